"""Totals are no data, whoever the rows are about; rows that only look like totals are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.sheets.totals import find_totals
from warehouse.staging.report import FileReport
from warehouse.store import Store

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
APBD = """Jumlah Nilai Realisasi APBD Kota Tangerang Selatan Menurut Jenis Belanja Tahun 2021-2022 (Rupiah);;
;;
Jenis Belanja;2021;2022
Pegawai;Rp847.542.209.097;Rp911.516.133.943
Barang dan Jasa;Rp1.322.343.650.713;Rp1.689.017.973.676
Hibah;Rp165.225.302.260;Rp109.305.893.084
Bantuan Sosial;Rp14.514.897.000;Rp3.986.400.000
Belanja Modal;Rp748.795.986.827;Rp965.682.851.455
Belanja Tidak Terduga;Rp73.372.090.052;Rp6.108.268.239
Belanja Transfer;Rp21.715.356.000;Rp5.000.000.000
{label};Rp3.193.509.491.949;Rp3.690.617.520.397
;;
"""
TANGSEL = r"""
id_scheme: opaque
layouts:
  - header: [Jenis Belanja, '2021', '2022']
    targets:
      projects:
        unpivot: {'/(?P<tahun>20\d\d)/': {}}
        select:
          project_id: '"Jenis Belanja"'
          unit_code: "'TANGSEL'"
          month: "tahun || '-12'"
          planned_pct: "'100'"
          actual_pct: "'100'"
          realised_idr: value
"""
HADIRNAMA = r"""
id_scheme: opaque
layouts:
  - header: [Nama Peserta]
    targets:
      attendance:
        unpivot: {'/Hari (?P<hari>\d+)/': {}}
        select:
          class_id: "'K-1'"
          session_no: hari
          employee_id: '"Nama Peserta"'
          status: "CASE value WHEN '0' THEN 'alpa' ELSE value END"
"""


def profile(store: Store, name: str, text: str) -> None:
    store.profiles.mkdir(parents=True, exist_ok=True)
    (store.profiles / f"{name}.yaml").write_text(text)


@pytest.mark.parametrize(
    "label", ["Total", "JUMLAH :", "Kota Tangerang Selatan", ""], ids=["label", "caps", "a name", "nothing"]
)
def test_the_sum_of_all_kinds_of_spending_is_no_kind(store: Store, deliver: Deliver, read: Read, label: str) -> None:
    profile(store, "tangsel", TANGSEL)
    deliver("tangsel/2026-01/a.csv", APBD.format(label=label))
    report = read()["tangsel/2026-01/a.csv"]
    assert (report.n_read, report.n_accepted, report.n_skipped) == (14, 14, 1)
    staged = pl.read_parquet(store.staging / "projects" / "2026-01.parquet")
    assert staged.get_column("realised_idr").sum() == 3_193_509_491_949 + 3_690_617_520_397


@pytest.mark.parametrize("total", ["Total,2,1", "Rata-rata,1,0.5", "Jumlah Hadir,2,1", "JUMLAH,3,3"])
def test_a_total_is_no_person(store: Store, deliver: Deliver, read: Read, total: str) -> None:
    profile(store, "hadirnama", HADIRNAMA)
    deliver("hadirnama/2026-01/rekap.csv", f"Nama Peserta,Hari 1,Hari 2\nAni,1,1\nBudi,1,0\n{total}\n")
    report = read()["hadirnama/2026-01/rekap.csv"]
    assert (report.n_read, report.n_accepted, report.n_skipped) == (4, 4, 1)


@pytest.mark.parametrize("name", ["Citra", "Total Quality"])
def test_a_person_whose_presences_are_the_sum_of_others_by_chance_is_a_person(
    store: Store, deliver: Deliver, read: Read, name: str
) -> None:
    profile(store, "hadirnama", HADIRNAMA)
    deliver("hadirnama/2026-01/rekap.csv", f"Nama Peserta,Hari 1,Hari 2\nAni,1,0\nBudi,0,1\n{name},1,1\n")
    assert read()["hadirnama/2026-01/rekap.csv"].n_accepted == 6


def totals(*rows: tuple[str, ...], hints: tuple[int, ...] = ()) -> list[int]:
    cells = pl.DataFrame(
        [list(column) for column in zip(*rows, strict=True)], schema=[f"c{n}" for n in range(len(rows[0]))]
    )
    return sorted(find_totals(cells, pl.Series([at in hints for at in range(len(rows))])))


def test_subtotals_and_the_sum_of_all_are_found() -> None:
    rows = [
        ("A", "123.456"),
        ("B", "100.001"),
        ("x", "223.457"),
        ("C", "50.123"),
        ("D", "70.321"),
        ("y", "120.444"),
        ("z", "343.901"),
    ]
    assert totals(*rows) == [2, 5, 6]


def test_means_and_counts_need_a_label() -> None:
    assert totals(("A", "81,5"), ("B", "90,5"), ("C", "86")) == []
    assert totals(("A", "81,5"), ("B", "90,5"), ("Rata rata nilai kelas", "86"), hints=(2,)) == [2]


def test_round_numbers_prove_nothing() -> None:
    assert totals(("A", "5.000.000", "10"), ("B", "5.000.000", "10"), ("C", "10.000.000", "20")) == []


def test_a_row_with_more_than_one_text_is_no_total() -> None:
    assert totals(("A", "x", "123456"), ("B", "x", "654321"), ("C", "x", "777777")) == []
