"""Which period a list is about, as its titles and the names of its sheet and file say it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.cells.period import named_period, period_of, with_years, year_of
from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ELEMENTS = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
JANUARY = "2026-01-01 2026-01-31"


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("REKAP TAHUN ANGGARAN 2025", "2025"),
        ("SKM TA. 2025", "2025"),
        ("PermenPANRB Nomor 14 Tahun 2017, Tahun 2025", "2025"),
        ("TAHUN 2024 DAN 2025", None),
        ("TAHUN 2024 dan TAHUN 2025", None),
        ("Tahun 2025/2026", None),
        ("KURVA S 2026", "2026"),
        ("REKAP PREDIKAT KINERJA DINAS KESEHATAN 2025", "2025"),
        ("SKP 2024/2025", None),
        ("PENILAIAN KINERJA MENUJU INDONESIA EMAS 2045", None),
        ("PELATIHAN VISI 2045", None),
    ],
)
def test_the_year_of_a_title_is_the_one_that_it_is_about(line: str, year: str | None) -> None:
    assert year_of(line) == year


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Rekap Triwulan III Tahun Anggaran 2025", "triwulan 3 2025"),
        ("REKAP S.D. TRIWULAN III TAHUN 2025", "januari s.d. september 2025"),
        ("Semester II 2025", "semester 2 2025"),
        ("Triwulan II s.d. Triwulan III 2025", "april s.d. september 2025"),
        ("TRIWULAN III DAN IV TAHUN 2025", "juli s.d. desember 2025"),
        ("TRIWULAN III 2025 DAN TRIWULAN IV 2025", "juli s.d. desember 2025"),
        ("TRIWULAN IV (OKTOBER - DESEMBER) TAHUN 2025", "oktober s.d. desember 2025"),
        ("BULAN OKTOBER 2025 S.D. DESEMBER 2025", "oktober s.d. desember 2025"),
        ("Hasil SKM Okt-Des 2025", "oktober s.d. desember 2025"),
        ("SKM NOVEMBER - JANUARI 2026", "november 2025 s.d. januari 2026"),
        ("S.D. BULAN SEPTEMBER 2025", "januari s.d. september 2025"),
        ("PERIODE 1 OKTOBER S.D. 31 DESEMBER 2025", "1 oktober s.d. 31 desember 2025"),
        ("SEMESTER II", "semester ii"),
        ("CATURWULAN II TAHUN 2025", "mei s.d. agustus 2025"),
        ("S.D. CATUR WULAN II TAHUN 2025", "januari s.d. agustus 2025"),
        ("KWARTAL IV 2025", "triwulan 4 2025"),
        ("SKP TWIV 2025", "triwulan 4 2025"),
        ("Paruh Kedua Tahun 2025", "semester 2 2025"),
        ("CATURWULAN IV TAHUN 2025", "caturwulan iv tahun 2025"),
        ("TRIWULAN TERAKHIR TAHUN 2025", "triwulan terakhir tahun 2025"),
        ("PPPK PARUH WAKTU TAHUN 2025", None),
        ("CATUR DHARMA TAHUN 2025", None),
        ("REKAP PER SEMESTER TAHUN 2025", None),
        ("PermenPANRB 14/2017, Triwulan IV Tahun 2025", "triwulan 4 2025"),
        ("Tangerang Selatan, 12 Januari 2026", None),
        ("Data per Januari 2026", None),
    ],
)
def test_the_period_of_a_title_is_the_one_that_it_names(title: str, period: str | None) -> None:
    """Of several the first had been taken, or none, and the rows were of the whole year, or of the month in which they were sent."""
    assert period_of([title]) == period


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("SKM TRIWULAN I DAN III TAHUN 2025", "triwulan i dan iii tahun 2025"),
        ("Triwulan IV 2025, dibandingkan Triwulan III 2025", "triwulan 4 2025 | triwulan 3 2025"),
        ("Triwulan I Tahun 2024 dan 2025", "triwulan i tahun 2024 dan 2025"),
    ],
)
def test_what_is_no_one_period_is_refused_in_its_own_words(
    store: Store, deliver: Deliver, read: Read, title: str, seen: str
) -> None:
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": survey(title)}))
    assert read()["service_satisfaction/2026-01/a.xlsx"].n_refused == 9
    refused = pl.read_parquet(store.quarantine / "service_satisfaction" / "2026-01.parquet")
    assert set(refused.get_column("value_seen")) == {seen}
    assert refused.item(0, "how_to_mend").startswith("Tulis satu masa yang berurutan")


@pytest.mark.parametrize(
    ("names", "period"),
    [
        (["Oktober 2025", "SKM"], "oktober 2025"),
        (["JAN", "SKM 2025"], "januari 2025"),
        (["Data", "SKM_TW4_2025_DINKES"], "triwulan 4 2025"),
        (["Data", "SKM Oktober - Desember 2025"], "oktober s.d. desember 2025"),
        (["Okt-25", "SKM"], "oktober 2025"),
        (["Okt-Des", "SKM 2025"], "oktober s.d. desember 2025"),
        (["Data", "SKM_TW_3_4_2025"], "juli s.d. desember 2025"),
        (["Data", "SKM TW IV"], "tw iv"),
        (["Data", "SKM 12 Januari 2026"], None),
        (["Data", "SKM TW III dan IV 2025"], "juli s.d. desember 2025"),
        (["Data", "SKM TW I dan III 2025"], "tw i dan iii 2025"),
        (["Des. Cipayung", "SKM"], None),
    ],
)
def test_a_sheet_or_else_a_file_may_be_called_after_a_period(names: list[str], period: str | None) -> None:
    assert named_period(names, {}).get("sebutan periode") == period


def test_a_file_that_is_called_after_another_year_than_its_title_was_sent_then() -> None:
    assert named_period(["Data", "SKM Januari 2026"], {"tahun": "2025"}) == {}


def test_what_stands_under_the_label_of_a_year_may_be_anything() -> None:
    facts = {"tahun": "nilai", "periode": "Semester II"}
    assert (with_years(facts), period_of(["Semester II"], "nilai"), named_period(["TW IV"], facts)) == (
        {},
        "semester ii",
        {"sebutan periode": "tw iv", "sebutan masa": "tw iv"},
    )


def survey(*lines: str) -> list[tuple[object, ...]]:
    return [("Unit Pelayanan : DINKES",), *((line,) for line in lines), ("No", *ELEMENTS), (1, *[3] * 9)]


@pytest.mark.parametrize(
    ("file", "sheets", "periods"),
    [
        ("a", {"Oktober 2025": [], "November 2025": []}, ["2025-10-01 2025-10-31", "2025-11-01 2025-11-30"]),
        ("a", {"JAN": ["SKM TAHUN 2025"]}, ["2025-01-01 2025-01-31"]),
        ("a", {"JAN": ["SKM DINKES 2025"]}, ["2025-01-01 2025-01-31"]),
        ("SKM TW IV 2025", {"Data": []}, ["2025-10-01 2025-12-31"]),
        ("a", {"Data": ["Triwulan : IV", "Tahun : 2025"]}, ["2025-10-01 2025-12-31"]),
        ("a", {"Data": ["LAPORAN SKM TAHUN 2025"]}, ["2025-01-01 2025-12-31"]),
        ("a", {"Data": ["LAPORAN SKM TAHUN 2026"]}, [JANUARY]),
        ("SKM Januari", {"Data": []}, [JANUARY]),
        ("SKM TW IV", {"Data": []}, []),
        ("a", {"Data": ["Bulan : Desember"]}, []),
        ("SKM Januari 2026", {"Data": ["SKM Triwulan IV Tahun 2025"]}, ["2025-10-01 2025-12-31"]),
        ("SKM Januari 2026", {"Data": ["SKM OKTOBER 2025"]}, ["2025-10-01 2025-10-31"]),
        ("a", {"Data": ["SKM", "TRIWULAN IV", "TAHUN 2025"]}, ["2025-10-01 2025-12-31"]),
        ("a", {"Data": ["Periode : TW III dan IV 2025"]}, ["2025-07-01 2025-12-31"]),
        ("a", {"Data": ["Periode : Semester II", "Tahun : 2025"]}, ["2025-07-01 2025-12-31"]),
        ("a", {"Data": ["SKM SEMESTER II"]}, []),
        ("a", {"TW III dan IV": []}, []),
    ],
    ids=["a sheet a month", "the year above", "the year alone", "the file", "a quarter above", "another year", "this year",
         "this month", "a quarter of no year", "a month of no year", "a title before a name", "a month in a title", "titles",
         "two quarters", "a half-year", "a half-year of no year", "quarters of no year"],
)  # fmt: skip
def test_a_survey_is_of_the_period_that_anything_about_it_names(
    store: Store, deliver: Deliver, read: Read, file: str, sheets: dict[str, list[str]], periods: list[str]
) -> None:
    """It had been of the month in which it was sent. What names a period without its year is refused, unless that is the month of delivery."""
    name = f"service_satisfaction/2026-01/{file}.xlsx"
    deliver(name, workbook({sheet: survey(*lines) for sheet, lines in sheets.items()}))
    report = read()[name]
    assert (report.n_accepted, report.n_read) == (9 * len(periods), 9 * len(sheets))
    if periods:
        rows = staged_rows(store, "service_satisfaction").select("period_start", "period_end").unique().sort(pl.all())
        assert [f"{first} {last}" for first, last in rows.rows()] == periods


@pytest.mark.parametrize(
    ("file", "title", "last"),
    [
        ("SKP TW III 2025", "REKAP SKP", dt.date(2025, 9, 30)),
        ("SKP TW III", "REKAP SKP TAHUN 2025", dt.date(2025, 9, 30)),
        ("SKP TW I-II", "REKAP SKP TAHUN 2025", dt.date(2025, 6, 30)),
        ("SKP", "REKAP SKP TRIWULAN I DAN II TAHUN 2025", dt.date(2025, 6, 30)),
        ("SKP Januari 2026", "REKAP SKP TAHUN 2025", dt.date(2025, 12, 31)),
        ("SKP", "REKAP SKP S.D. TRIWULAN II TAHUN 2025", dt.date(2025, 6, 30)),
    ],
)
def test_ratings_are_of_the_quarter_that_their_file_is_called_after(
    store: Store, deliver: Deliver, read: Read, file: str, title: str, last: dt.date
) -> None:
    rated = ("Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik")
    rows = [(title,), ("NIP", "Hasil Kerja", "Perilaku Kerja", "Predikat"), ("198503152010011001", *rated)]
    deliver(f"performance/2026-01/{file}.xlsx", workbook({"Data": rows}))
    read()
    assert staged_rows(store, "performance").get_column("period_end").to_list() == [last]


def test_the_lowest_answer_about_complaints_is_one_and_the_index_below_a_recap_is_nobody_s(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [*survey("Periode : Triwulan IV 2025")[:-1], (1, *["Sangat Mampu"] * 7, "Tidak ada", "Tidak ada")]
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": rows}))
    recap = "unsur,total_nilai,n_resp\nU1,350,100\nIKM,87.5,\nNRR Tertimbang,3.9,\n"
    deliver("skm/2026-01/dukcapil.csv", recap)
    report = read()
    assert staged_rows(store, "service_satisfaction").filter(pl.col("element") == "pengaduan").item(0, "score") == 1
    assert report["service_satisfaction/2026-01/a.xlsx"].n_refused == 1
    assert report["skm/2026-01/dukcapil.csv"].n_read == 1


@pytest.mark.parametrize(
    ("file", "rows", "period"),
    [
        ("a", [("REKAP PREDIKAT KINERJA TAHUN 2025",), ("NIP", "Predikat Kinerja")], "2025-01-01 2025-12-31"),
        ("a", [("PREDIKAT TRIWULAN III TAHUN 2025",), ("NIP", "Predikat")], "2025-07-01 2025-09-30"),
        ("SKP TW II", [("Tahun : 2025",), ("NIP", "Predikat")], "2025-04-01 2025-06-30"),
        ("a", [("NIP", "Predikat Kinerja Pegawai", "Periode Penilaian")], "2025-10-01 2025-12-31"),
    ],
    ids=["a year", "a quarter", "a file", "a column"],
)
def test_one_predicate_of_each_is_of_the_period_that_anything_about_it_names(
    store: Store, deliver: Deliver, read: Read, file: str, rows: list[tuple[object, ...]], period: str
) -> None:
    person = ("198503152010011001", "Cukup/Butuh Perbaikan", "Triwulan IV 2025")
    deliver(f"performance/2026-01/{file}.xlsx", workbook({"Data": [*rows, person[: len(rows[-1])]]}))
    read()
    found = staged_rows(store, "performance").select("period_start", "period_end", "predicate").rows()
    assert [(f"{first} {last}", predicate) for first, last, predicate in found] == [(period, "butuh_perbaikan")]


@pytest.mark.parametrize("is_year_first", [True, False])
@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("JANUARI", "01-01 01-31"), ("(Maret)", "03-01 03-31"), ("Januari 2025", "01-01 01-31"),
        ("Bulan ini : Januari", "01-01 01-31"), ("Bulan Laporan : 03", "03-01 03-31"), ("Keadaan s/d Bulan : Maret", "01-01 03-31"),
        ("Triwulan ke : IV", "10-01 12-31"), ("Posisi Akhir Triwulan : II", "04-01 06-30"), ("Bulan : ......", "01-01 12-31"),
        ("Januari 2026", ""), ("Bulan : semua", ""), ("Semester : Ganjil", ""), ("Tangerang Selatan, Januari 2026", "01-01 12-31"),
    ],
)  # fmt: skip
def test_a_line_beside_that_of_the_year_says_the_part_of_it(
    store: Store, deliver: Deliver, read: Read, line: str, ends: str, is_year_first: bool
) -> None:
    """Predicates had been of the whole year. Of a part that nobody can tell they are refused."""
    lines = [("PREDIKAT KINERJA",), *[("TAHUN 2025",), (line,)][:: 1 if is_year_first else -1]]
    rows = [*lines, ("No", "NIP", "Predikat"), (1, "198503152010011001", "Baik")]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    found = staged_rows(store, "performance").select("period_start", "period_end").rows()
    assert [f"{first:%m-%d} {last:%m-%d}" for first, last in found] == ([ends] if ends else [])


@pytest.mark.parametrize(
    ("lines", "header", "last"),
    [
        (["PREDIKAT KINERJA TRIWULANAN TAHUN 2025"], ("NIP", "Predikat"), ""), (["PENILAIAN PERIODIK", "TAHUN 2025"], ("NIP", "Predikat"), ""),
        (["PREDIKAT KINERJA BULANAN TAHUN 2025", "Bulan : Maret"], ("NIP", "Predikat"), "03-31"),
        (["PREDIKAT KINERJA TRIWULANAN TAHUN 2025"], ("NIP", "TW II"), "06-30"), (["PENILAIAN TAHUNAN TAHUN 2025"], ("NIP", "Predikat"), "12-31"),
        (["TAHUN 2025"], ("NIP", "Predikat", "Periode Mulai", "Periode Selesai"), "09-30"), (["TAHUN 2025"], ("NIP", "Predikat", "Tanggal Awal", "Tanggal Akhir"), "09-30"),
    ],
)  # fmt: skip
def test_predicates_of_some_part_of_a_year_are_not_those_of_the_whole(
    store: Store, deliver: Deliver, read: Read, lines: list[str], header: tuple[str, ...], last: str
) -> None:
    """Neither where a title says that they are of a quarter, and not of which, nor where columns say their days."""
    person = ("198503152010011001", "Baik", "01-07-2025", "30-09-2025")[: len(header)]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": [*((line,) for line in lines), header, person]}))
    read()
    found = staged_rows(store, "performance").get_column("period_end").to_list()
    assert [f"{day:%m-%d}" for day in found] == ([last] if last else [])


RATED = {"predicate": ("Predikat",), "ratings": ("Hasil Kerja", "Perilaku Kerja", "Tahun")}


@pytest.mark.parametrize("kind", RATED)
@pytest.mark.parametrize(
    ("file", "sheet", "title", "months"),
    [
        ("a", "Jan", "PREDIKAT KINERJA TAHUN 2025", "2025-01 2025-01"), ("a", "Bulan Februari", "PREDIKAT KINERJA TAHUN 2025", "2025-02 2025-02"),
        ("a", "Jan 2026", "PREDIKAT KINERJA TAHUN 2025", "2025-01 2025-12"), ("a", "Mei Contoh", "PREDIKAT KINERJA TAHUN 2025", "2025-01 2025-12"),
        ("SKP Des", "Sheet1", "PREDIKAT KINERJA TAHUN 2025", "2025-01 2025-12"), ("SKP Des", "Sheet1", "PREDIKAT KINERJA BULANAN TAHUN 2025", "2025-12 2025-12"),
    ],
)  # fmt: skip
def test_predicates_on_a_sheet_that_is_called_after_a_month_are_of_that(
    store: Store, deliver: Deliver, read: Read, file: str, sheet: str, title: str, months: str, kind: str
) -> None:
    """They had been of the whole year, a sheet of each month the same twelve times. When a file was made, or a sheet copied, says nothing."""
    person = ("198503152010011001", *(["Baik"] if kind == "predicate" else ["Sesuai", "Sesuai", 2025]))
    rows = [(title,), ("NIP", *RATED[kind]), person]
    deliver(f"performance/2026-01/{file}.xlsx", workbook({sheet: rows}))
    read()
    found = staged_rows(store, "performance").select("period_start", "period_end").rows()
    assert [f"{first:%Y-%m} {last:%Y-%m}" for first, last in found] == [months]


@pytest.mark.parametrize(("file", "month"), [("Predikat Kinerja 2025", "2025-01"), ("Predikat Kinerja", "")])
def test_the_year_of_a_sheet_s_month_may_stand_in_the_name_of_the_file_alone(
    store: Store, deliver: Deliver, read: Read, file: str, month: str
) -> None:
    """Without one it is refused: the month of delivery is none of it."""
    rows = [("NIP", "Predikat"), ("198503152010011001", "Baik")]
    deliver(f"performance/2026-01/{file}.xlsx", workbook({"Januari": rows}))
    read()
    found = staged_rows(store, "performance").get_column("period_end").to_list()
    assert [f"{day:%Y-%m}" for day in found] == ([month] if month else [])


def test_the_predicate_of_an_office_is_nobody_s(store: Store, deliver: Deliver) -> None:
    rows = [("Tahun : 2025",), ("NIP", "Predikat Kinerja Organisasi"), ("198503152010011001", "Baik")]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    assert [problem.code for problem in scan(store, dt.date(2026, 11, 24)).problems] == ["FILE_COLUMNS"]


def test_a_predicate_of_no_year_is_refused_with_the_line_to_write(store: Store, deliver: Deliver) -> None:
    deliver("performance/2026-01/a.xlsx", workbook({"Data": [("NIP", "Predikat"), ("198503152010011001", "Baik")]}))
    [problem] = scan(store, dt.date(2026, 11, 24)).problems
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Periode : ...'")


@pytest.mark.parametrize(
    ("above", "column", "cells", "months"),
    [
        ([], "Tanggal", [dt.date(2025, 10, 12), "5/11/2025", "Senin, 1 Desember 2025", ""], ["2025-10", "2025-11", "2025-12", "2026-01"]),
        (["SKM Triwulan IV Tahun 2025"], "Tanggal", [dt.date(2025, 11, 12)], ["2025-10"]),
        (["Tahun : 2025"], "Bulan", ["Oktober", "Nov 2024"], ["2025-10", "2024-11"]),
        (["Periode : Januari 2026"], "Triwulan", ["III 2025", "TW IV 2025"], ["2025-07", "2025-10"]),
        (["Tahun : 2025"], "Semester", ["II", "Semester I"], ["2025-07", "2025-01"]),
        ([], "Periode", ["TW III dan IV 2025", "Semester I"], ["2025-07"]),
    ],
    ids=["days", "days below a period", "months", "quarters", "half-years", "periods"],
)  # fmt: skip
def test_a_column_says_the_period_of_each_questionnaire(
    store: Store, deliver: Deliver, read: Read, above: list[str], column: str, cells: list[object], months: list[str]
) -> None:
    """It was not read, and each was of what stood above, or of the month in which they were sent. What has no year is refused."""
    people = [(at, cell, *[3] * 9) for at, cell in enumerate(cells, start=1)]
    rows = [*survey(*above)[:-2], ("No", column, *ELEMENTS), *people]
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": rows}))
    report = read()["service_satisfaction/2026-01/a.xlsx"]
    assert report.n_accepted == 9 * len(months)
    found = staged_rows(store, "service_satisfaction").unique("source_row").sort("source_row")
    assert [f"{day:%Y-%m}" for day in found.get_column("period_start")] == months


@pytest.mark.parametrize("header", [("NIP", "Periode", "Predikat"), ("NIP", "Periode", "Hasil Kerja", "Perilaku Kerja", "Predikat")])  # fmt: skip
def test_the_year_of_a_period_in_a_column_may_stand_above_it(
    store: Store, deliver: Deliver, read: Read, header: tuple[str, ...]
) -> None:
    rated = ("Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik")[-len(header) + 2 :]
    rows = [("REKAP SKP TAHUN 2025",), header, ("198503152010011001", "Semester II", *rated)]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    assert staged_rows(store, "performance").select("period_start", "period_end").rows() == [
        (dt.date(2025, 7, 1), dt.date(2025, 12, 31))
    ]


@pytest.mark.parametrize(
    ("line", "months"),
    [
        ("Triwulan : IV", "2025-10 2025-12"),
        ("Semester : II", "2025-07 2025-12"),
        ("Bulan Penilaian : Oktober", "2025-10 2025-10"),
        ("PREDIKAT SEMESTER GENAP (JANUARI - JUNI)", "2025-01 2025-06"),
        ("PREDIKAT SEMESTER GENAP", None),
        ("Periode : Semester Ganjil", None),
    ],
)
@pytest.mark.parametrize("header", [("NIP", "Predikat"), ("NIP", "Hasil Kerja", "Perilaku Kerja", "Predikat")])
def test_a_predicate_is_of_the_part_of_the_year_that_a_line_says(
    store: Store, deliver: Deliver, read: Read, header: tuple[str, ...], line: str, months: str | None
) -> None:
    """It had been of the whole year. Which half of a year `Semester Genap` is nobody can say without its months."""
    rated = ("Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik")[-len(header) + 1 :]
    rows = [(line,), ("Tahun 2025",), header, ("198503152010011001", *rated)]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    found = staged_rows(store, "performance").select("period_start", "period_end").rows()
    assert [f"{first:%Y-%m} {last:%Y-%m}" for first, last in found] == ([months] if months else [])


@pytest.mark.parametrize(
    ("columns", "cells", "month"),
    [
        (("Triwulan",), ("IV",), "2025-10"),
        (("Semester",), ("Semester II",), "2025-07"),
        (("Tahun", "Bulan"), (2024, "Oktober"), "2024-10"),
    ],
)
@pytest.mark.parametrize("rated", [("Predikat",), ("Hasil Kerja", "Perilaku Kerja")])
def test_a_predicate_is_of_the_part_of_the_year_that_a_column_says(
    store: Store, deliver: Deliver, read: Read, rated: tuple[str, ...], columns: tuple[str, ...], cells: tuple[object, ...], month: str
) -> None:  # fmt: skip
    said = ["Sesuai Ekspektasi"] * 2 if len(rated) > 1 else ["Baik"]
    rows = [("Tahun : 2025",), ("NIP", *columns, *rated), ("198503152010011001", *cells, *said)]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    assert [f"{day:%Y-%m}" for day in staged_rows(store, "performance").get_column("period_start")] == [month]


@pytest.mark.parametrize(
    ("header", "ends"),
    [
        (("NIP", "TW III", "TW IV", "Tahunan"), ["2025-07 2025-09", "2025-10 2025-12", "2025-01 2025-12"]),
        (("NIP", "Predikat Akhir Tahun"), ["2025-01 2025-12"]),
        (("NIP", "2023", "2024"), ["2023-01 2023-12", "2024-01 2024-12"]),
    ],
)
def test_a_column_may_hold_the_predicate_of_a_whole_year(
    store: Store, deliver: Deliver, read: Read, header: tuple[str, ...], ends: list[str]
) -> None:
    rows = [("Tahun : 2025",), header, ("198503152010011001", *["Baik"] * (len(header) - 1))]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    found = staged_rows(store, "performance").select("period_start", "period_end").rows()
    assert [f"{first:%Y-%m} {last:%Y-%m}" for first, last in found] == ends


@pytest.mark.parametrize(
    ("sheet", "title", "told"),
    [
        ("TW II", "PREDIKAT TRIWULAN I TAHUN 2025", "triwulan 2 2025"),
        ("Oktober", "PREDIKAT BULAN SEPTEMBER 2025", "oktober 2025"),
        ("Oktober", "PREDIKAT TRIWULAN IV TAHUN 2025", ""),
        ("TW I", "PREDIKAT TRIWULAN I TAHUN 2025", ""),
        ("Mei Contoh", "PREDIKAT TRIWULAN I TAHUN 2025", ""),
        ("TW II", "PREDIKAT TAHUN 2025", ""),
        ("2024", "PREDIKAT TAHUN 2025", "2024"),
        ("2025", "PREDIKAT TAHUN 2025", ""),
    ],
)
def test_a_sheet_that_is_called_after_another_period_than_its_title_is_told(
    store: Store, deliver: Deliver, read: Read, sheet: str, title: str, told: str
) -> None:
    """Who copies a sheet forgets its title: the second quarter was the first, without a word."""
    rows = [(title,), ("NIP", "Predikat"), ("198503152010011001", "Baik")]
    deliver("performance_table/2026-01/a.xlsx", workbook({sheet: rows}))
    drift = read()["performance_table/2026-01/a.xlsx"].drift
    sentence = f"sheet 1 is called after another period than the list in it: {told}"
    assert (sentence in drift) if told else ("is called after" not in drift)
    assert not told or kept("id")(sentence, {}) is not None


@pytest.mark.parametrize(
    ("above", "header", "row"),
    [
        ([], ("NIP", "Tahun", "Nilai SKP", "Rezim"), ("2020", "87,5", "PP 30/2019")),
        ([("Rezim Penilaian : PP 30/2019",)], ("NIP", "Tahun", "Nilai SKP"), ("2020", "87,5")),
        ([("Rezim Penilaian : PP 30/2019",), ("Tahun : 2020",)], ("NIP", "Nilai Prestasi Kerja"), ("87,5",)),
        ([("Rezim Penilaian : PP 30/2019",)], ("NIP", "Periode", "Nilai SKP"), ("Januari - Desember 2020", "87,5")),
    ],
    ids=["columns", "a line of rules", "a line of both", "a period"],
)
def test_a_number_of_each_is_read_with_the_rules_that_it_follows(
    store: Store,
    deliver: Deliver,
    read: Read,
    above: list[tuple[str]],
    header: tuple[str, ...],
    row: tuple[str, ...],
) -> None:
    """Such lists were refused as lacking columns."""
    deliver("performance/2026-01/a.xlsx", workbook({"Data": [*above, header, ("198503152010011001", *row)]}))
    read()
    columns = ("period_start", "period_end", "regime", "numeric_score")
    found = staged_rows(store, "performance").select(columns).rows()
    assert found == [(dt.date(2020, 1, 1), dt.date(2020, 12, 31), "PP 30/2019", 87.5)]


def test_a_number_that_does_not_say_its_rules_is_refused_with_the_line_to_write(store: Store, deliver: Deliver) -> None:
    rows = [("Tahun : 2020",), ("NIP", "Nilai SKP"), ("198503152010011001", "87,5")]
    deliver("performance/2026-01/a.xlsx", workbook({"Data": rows}))
    [problem] = scan(store, dt.date(2026, 11, 24)).problems
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Rezim Penilaian : ...'")


@pytest.mark.parametrize(
    ("lines", "begins"),
    [
        (["Periode : Semester II 2025", "Periode : Juli - Desember 2025"], 7),
        (["SKM SEMESTER II TAHUN 2025", "Periode : Juli - Desember 2025"], 7),
        (["SKM TAHUN 2025", "Periode : Triwulan IV 2025"], 10),
        (["SKM TRIWULAN III TAHUN 2025", "Periode : Triwulan IV 2025"], None),
        (["Periode : Triwulan III 2025", "Periode : Triwulan IV 2025"], None),
    ],
)
def test_a_line_says_the_period_of_the_title_in_whatever_words_or_contradicts_it(
    store: Store, deliver: Deliver, read: Read, lines: list[str], begins: int | None
) -> None:
    """Of a title that had been copied the line held without a word; and one period in two ways was refused as two."""
    deliver("service_satisfaction/2026-01/dinkes.xlsx", workbook({"Data": survey(*lines)}))
    if begins is None:
        [problem] = scan(store, dt.date(2026, 11, 24)).problems
        assert (problem.code, problem.seen) == ("FILE_TWICE", "'Periode : ...'")
    else:
        read()
        found = {day.month for day in staged_rows(store, "service_satisfaction").get_column("period_start")}
        assert found == {begins}
