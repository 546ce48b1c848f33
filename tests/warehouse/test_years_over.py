"""A year that stands over a group of columns is theirs, whatever the title says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI = "198503152010011001"
CLASS = "TS-2026-01-001"
PROJECT = (("KURVA S",), ("Kode Paket : P-1",), ("OPD : DLH",))


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        ("TAHUN 2025", [("Tahun 2024", "", "Tahun 2025", ""), ("Semester I", "Semester II") * 2]),
        ("PREDIKAT KINERJA", [("2024", "", "2025", ""), ("Semester I", "Semester II") * 2]),
        ("TAHUN 2025", [("Predikat", "", "", ""), ("2024", "", "2025", ""), ("Semester I", "Semester II") * 2]),
    ],
)
def test_predicates_below_two_years_are_each_of_their_own(
    title: str, rows: list[tuple[str, ...]], store: Store, deliver: Deliver, read: Read
) -> None:
    """Those of the first had been of the title's year, and those of the second refused."""
    header = [(*(("No", "NIP", "Nama") if at == 0 else ("", "", "")), *row) for at, row in enumerate(rows)]
    person = (1, BUDI, "A", "Baik", "Kurang", "Cukup", "Sangat Baik")
    deliver("performance_table/2026-01/a.xlsx", book((title,), *header, person))
    read()
    found = staged_rows(store, "performance").sort("period_start").select("period_start", "predicate").rows()
    assert found == [
        (dt.date(2024, 1, 1), "baik"), (dt.date(2024, 7, 1), "kurang"),
        (dt.date(2025, 1, 1), "butuh_perbaikan"), (dt.date(2025, 7, 1), "sangat_baik"),
    ]  # fmt: skip


def test_the_year_over_quarters_holds_over_that_of_the_title(store: Store, deliver: Deliver, read: Read) -> None:
    header = [("No", "NIP", "Nama", "2024", ""), ("", "", "", "TW III", "TW IV")]
    deliver("performance_table/2026-01/a.xlsx", book(("TAHUN 2025",), *header, (1, BUDI, "A", "Baik", "Kurang")))
    read()
    assert sorted(staged_rows(store, "performance").get_column("period_start")) == [dt.date(2024, 7, 1), dt.date(2024, 10, 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "over", "months"),
    [
        ("TAHUN 2026", ("2025", "", "2026"), [(2025, 11), (2025, 12), (2026, 1)]),
        ("TAHUN 2026", ("Tahun 2025", "", ""), [(2025, 1), (2025, 11), (2025, 12)]),
        ("TAHUN ANGGARAN 2025", ("2025", "", ""), [(2025, 1), (2025, 11), (2025, 12)]),
        ("PROGRES", ("TA 2025", "", ""), [(2025, 1), (2025, 11), (2025, 12)]),
    ],
)
def test_months_of_an_s_curve_are_of_the_year_over_them(
    title: str, over: tuple[str, ...], months: list[tuple[int, int]], store: Store, deliver: Deliver, read: Read
) -> None:
    """November of the year before was one to come."""
    rows = [("Rencana Kumulatif", 10, 20, 30), ("Realisasi Kumulatif", 9, 18, 27)]
    deliver("project_report/2026-02/a.xlsx", book(*PROJECT, (title,), ("Uraian", *over), ("", "Nov", "Des", "Jan"), *rows))  # fmt: skip
    read()
    found = sorted(staged_rows(store, "projects", "2026-02").get_column("month"))
    assert found == [dt.date(*month, 1) for month in months]


@pytest.mark.parametrize("over", [("2025", ""), ("2025", "2026")])
def test_progress_of_another_year_is_not_that_of_the_month_above(
    over: tuple[str, ...], store: Store, deliver: Deliver, read: Read
) -> None:
    labels = ("", "", "Rencana Kumulatif", "Realisasi Kumulatif")
    rows = [("Kode Paket", "OPD", *over), labels, ("P-1", "DLH", 50, 45)]
    deliver("project_report/2026-02/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), *rows))
    assert not read()


def test_a_recap_of_two_years_is_not_that_of_the_first(store: Store, deliver: Deliver, read: Read) -> None:
    """The means of the year before were those of the title's, and its own had no heading."""
    elements = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
    lines = [("SKM TAHUN 2025",), ("Unit Pelayanan : DUKCAPIL",), ("Jumlah Responden : 100",)]
    header = [("No", "Unsur Pelayanan", "NRR", ""), ("", "", "2024", "2025")]
    rows = [(at, name, 3.1, 3.4) for at, name in enumerate(elements, start=1)]
    deliver("skm/2026-01/a.xlsx", book(*lines, *header, *rows))
    report = read()["skm/2026-01/a.xlsx"]
    assert (report.reason_code, report.seen) == (
        "FILE_COLUMNS",
        "Below 'NRR' stand 2 columns: only one of them may be.",
    )


def test_days_are_of_the_year_over_them(store: Store, deliver: Deliver, read: Read) -> None:
    header = [("No", "NIP", "Nama", "2025", ""), ("", "", "", "29 Desember", "30 Desember")]
    deliver("attendance_sheet/2026-01/a.xlsx", book((f"Kode Kelas : {CLASS}",), *header, (1, BUDI, "A", "H", "S")))
    read()
    assert sorted(staged_rows(store, "attendance").get_column("session_no")) == [20251229, 20251230]


def test_days_may_stand_below_their_month_and_that_below_its_year(store: Store, deliver: Deliver, read: Read) -> None:
    """They were refused."""
    header = [("No", "NIP", "Nama", "2026", ""), ("", "", "", "Januari", ""), ("", "", "", "12", "13")]
    deliver("attendance_sheet/2026-01/a.xlsx", book((f"Kode Kelas : {CLASS}",), *header, (1, BUDI, "A", "H", "S")))
    read()
    assert sorted(staged_rows(store, "attendance").get_column("session_no")) == [20260112, 20260113]


def test_a_year_over_tests_of_one_year_is_no_name_of_a_test(store: Store, deliver: Deliver, read: Read) -> None:
    lines = [("NILAI TAHUN 2026",), (f"Kode Kelas : {CLASS}",), ("Nilai Maksimum : 100",)]
    header = [("No", "NIP", "Nama", "2026", ""), ("", "", "", "Pre Test", "Post Test")]
    deliver("grade_list/2026-01/a.xlsx", book(*lines, *header, (1, BUDI, "A", 60, 80)))
    read()
    assert staged_rows(store, "assessments").get_column("assessment_code").to_list() == [None, None]
