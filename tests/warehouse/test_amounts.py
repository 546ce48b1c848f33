"""Amounts of money whose thousands and millions stand behind them as a word."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
NAME = "projects/2026-01/a.xlsx"


def projects(*amounts: object) -> bytes:
    """A project of each of these amounts."""
    header = ("project_id", "unit_code", "month", "planned_pct", "actual_pct", "contract_idr", "realised_idr")
    return book(header, *[(f"P{at}", "DINKES", "2026-01", 10, 10, said, 500_000) for at, said in enumerate(amounts)])


@pytest.mark.parametrize(
    ("text", "rupiah"),
    [
        ("Rp 25 juta", 25_000_000),
        ("25jt", 25_000_000),
        ("Rp. 25 juta rupiah,-", 25_000_000),
        ("1,2 miliar", 1_200_000_000),
        ("Rp 1.25 milyar", 1_250_000_000),
        ("750 rb.", 750_000),
        ("0,001 triliun", 1_000_000_000),
        ("1.250.000 ribu", 1_250_000_000),
        ("Rp 25.000.000 (dua puluh lima juta rupiah)", 25_000_000),
        ("Rp 1.249.999.999,87", 1_250_000_000),
        ("1,249,999.50", 1_250_000),
        ("1249999999.1234567", 1_249_999_999),
    ],
)
def test_an_amount_in_words_is_rupiah(store: Store, deliver: Deliver, read: Read, text: str, rupiah: int) -> None:
    """It had been refused."""
    deliver(NAME, projects(text))
    assert read()[NAME].drift == "not there: manager_employee_id, planned_end"
    assert staged_rows(store, "projects").get_column("contract_idr").to_list() == [rupiah]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.250 juta", "NUMBER_AMBIGUOUS"),
        ("2 M", "NOT_AN_INTEGER"),
        ("24,75", "NOT_AN_INTEGER"),
        ("1,2345678 juta", "NOT_AN_INTEGER"),
        ("25 juta lebih", "NOT_AN_INTEGER"),
        ("2-3 juta", "NOT_AN_INTEGER"),
    ],
)
def test_an_amount_that_may_be_another_is_refused(
    store: Store, deliver: Deliver, read: Read, text: str, code: str
) -> None:
    deliver(NAME, projects(text))
    read()
    refused = pl.read_parquet(store.quarantine / "projects" / "2026-01.parquet")
    assert refused.select("reason_code", "value_seen").rows() == [(code, text)]


def test_the_column_s_other_amounts_tell_thousands_of_millions_from_decimals(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(NAME, projects("1.250 juta", "1,5 juta"))
    read()
    assert staged_rows(store, "projects").get_column("contract_idr").sort().to_list() == [1_500_000, 1_250_000_000]


def test_a_small_amount_beside_others_in_words_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(NAME, projects("25 juta", 30, 40_000_000))
    told = "contract_idr is below a thousand rupiah, beside amounts in words (juta): 1 rows"
    assert read()[NAME].drift.endswith(f"; {told}")
    assert kept("id")(told, {"contract_idr": "Nilai kontrak"}) is not None


@pytest.mark.parametrize(("amounts", "is_told"), [((85, 0, 40.5), True), ((25_000, 1_250), True), ((25_000, 1_250_000), False), ((0, 0), False)])  # fmt: skip
def test_amounts_of_which_none_can_be_rupiah_are_told(
    store: Store, deliver: Deliver, read: Read, amounts: tuple[float, ...], is_told: bool
) -> None:
    """`Keuangan` over `Realisasi` may be percentages: 85 was 85 rupiah."""
    deliver(NAME, projects(*map(int, amounts)))
    told = f"contract_idr is nowhere a hundred thousand rupiah: {sum(amount > 0 for amount in amounts)} rows"
    assert (told in read()[NAME].drift) == is_told
    assert kept("id")(told, {"contract_idr": "Nilai kontrak"}) is not None


def merged(rows: Sequence[Sequence[object]], *areas: str) -> bytes:
    """A workbook in which these areas are merged."""
    made = openpyxl.load_workbook(io.BytesIO(book(*rows)))
    for area in areas:
        made.active.merge_cells(area)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_an_amount_that_is_merged_over_several_classes_is_of_none_of_them_alone(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """Each had it whole: two classes of 25 million cost 50."""
    header = ("Kode Kelas", "Kode Program", "Versi", "JP", "Biaya")
    rows = [(f"TS-2026-01-00{at}", "MD-01", 1, 24, 25_000_000) for at in range(1, 4)]
    deliver("classes/2026-01/a.xlsx", merged([header, *rows], "B2:B4", "D2:D4", "E2:E3"))
    report = read()["classes/2026-01/a.xlsx"]
    told = "column 5 has amounts that are merged over several rows, and are of none of them alone: 2 rows"
    found = staged_rows(store, "classes").sort("class_id").select("scheduled_jp", "cost_idr").rows()
    assert (found, told in report.drift) == ([(24, None), (24, None), (24, 25_000_000)], True)
    assert kept("id")(told, {}) is not None


def test_hours_that_are_merged_over_several_sessions_are_of_none_of_them_alone(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [("TS-2026-01-001", at, "12 Januari 2026", 4) for at in range(1, 4)]
    deliver("sessions/2026-01/a.xlsx", merged([("Kode Kelas", "Sesi", "Tanggal", "JP"), *rows], "C2:C4", "D3:D4"))
    read()
    found = staged_rows(store, "sessions").sort("session_no")
    assert found.get_column("jp").to_list() == [4, None, None]
    assert found.get_column("session_date").null_count() == 0


@pytest.mark.parametrize(("projects", "values"), [(("P-1", "P-1"), [9, 9]), (("P-1", "P-2"), [None, None])])
def test_a_contract_may_be_merged_over_the_months_of_its_project(
    projects: tuple[str, str], values: list[float | None], store: Store, deliver: Deliver, read: Read
) -> None:
    header = ("Kode Paket", "OPD", "Bulan", "Rencana Kumulatif", "Realisasi Kumulatif", "Nilai Kontrak")
    rows = [(name, "DLH", f"2026-0{at}", 9, 8, 9_000_000) for at, name in enumerate(projects, start=1)]
    deliver("project_report/2026-02/a.xlsx", merged([header, *rows], "F2:F3"))
    read()
    found = staged_rows(store, "projects", "2026-02").get_column("contract_idr").to_list()
    assert found == [value and value * 1_000_000 for value in values]


CLASSES = ("Kode kelas", "Kode program", "Versi kurikulum", "Tanggal Pelaksanaan", "Biaya")
A_CLASS = ("TS-2026-01-001", "MD-01", 1, "12 s.d. 14 Januari 2026", 125_000)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ([("", "", "", "", "(Rp 000)")], []), ([("", "", "", "", "juta Rp")], []), ([("", "", "", "(hari)", "(000)")], []),
        ([], [("*) dalam juta rupiah",)]), ([], [("Keterangan : biaya dalam ribuan rupiah",)]), ([], [(), ("Catatan", "Satuan Rp juta")]),
    ],
    ids=["zeros", "millions", "zeros alone", "a mark", "a note", "a unit"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_amounts_of_which_a_row_of_units_or_a_note_below_says_that_they_are_no_rupiah_are_refused(
    deliver: Deliver, read: Read, above: list[tuple[str, ...]], below: list[tuple[str, ...]], kind: str
) -> None:
    """125 million had been 125 thousand. The row of units was a class without a code."""
    rows = [CLASSES, *above, A_CLASS, (*A_CLASS[:4], 90_000), *below]
    text = "\n".join(";".join(map(str, row)) for row in rows) + "\n"
    deliver(f"classes/2026-01/a.{kind}", book(*rows) if kind == "xlsx" else text)
    assert read()[f"classes/2026-01/a.{kind}"].reason_code == "FILE_UNITS"


def test_a_row_of_units_in_full_is_no_row(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("classes/2026-01/a.xlsx", book(CLASSES, ("", "", "", "", "(Rp)"), A_CLASS, ("", "", "", "Jumlah", 125_000)))
    report = read()["classes/2026-01/a.xlsx"]
    assert (report.n_read, staged_rows(store, "classes").get_column("cost_idr").to_list()) == (1, [125_000])


def test_units_below_headings_that_are_not_read_refuse_nothing(deliver: Deliver, read: Read) -> None:
    units = ("", "", "", "", "(Rp juta)")
    deliver("classes/2026-01/a.xlsx", book((*CLASSES[:4], "Honor"), units, A_CLASS))
    assert read()["classes/2026-01/a.xlsx"].n_accepted == 1


PROJECTS = ("Kode Paket", "OPD", "Rencana Fisik Kumulatif", "Realisasi Fisik Kumulatif", "Nilai Kontrak")
NUMBERS = ("1", "2", "3", "4", "5")
UNITS = ("", "", "(%)", "(%)", "(Rp)")


@pytest.mark.parametrize("between", [[NUMBERS], [UNITS, NUMBERS], [NUMBERS, UNITS], [("(1)", "(2)", "(3)", "(4)", "(5)"), UNITS], [tuple("abcde")]])  # fmt: skip
def test_the_numbers_of_the_columns_are_no_project(
    store: Store, deliver: Deliver, read: Read, between: list[tuple[str, ...]]
) -> None:
    """Project 1 of office 2 had done four per cent of three."""
    rows = [("LAPORAN BULAN JANUARI 2026",), PROJECTS, *between, ("P-1", "DLH", 50, 45, 1_250_000_000)]
    deliver(NAME, book(*rows))
    assert read()[NAME].n_read == 1
    assert staged_rows(store, "projects").get_column("project_id").to_list() == ["P-1"]


def test_a_form_that_answers_in_order_is_one_where_the_next_goes_on_to_count(
    store: Store, deliver: Deliver, read: Read
) -> None:
    header = ("No", "Materi", "Narasumber", "Metode", "Penyelenggara")
    forms = [(1, 2, 3, 4, 5), (2, 5, 5, 5, 5), (3, 4, 4, 4, 4)]
    deliver("survey_export_5/2026-01/a.xlsx", book(("Kode Kelas : TS-2026-01-001",), header, *forms))
    assert read()["survey_export_5/2026-01/a.xlsx"].n_accepted == 12


@pytest.mark.parametrize("numbers", [("1", "2", "3"), ("a", "b", "c"), ("(A)", "(B)", "(C)"), (1, 2, 3)])
def test_the_numbers_of_the_columns_are_no_unit(
    store: Store, deliver: Deliver, read: Read, numbers: tuple[object, ...]
) -> None:
    """An office 1 called 2 had been one of the city's."""
    rows = [("Kode unit kerja", "Nama unit kerja", "Jenis unit"), numbers, ("DINKES", "Dinas Kesehatan", "dinas")]
    deliver("units/2026-01/a.xlsx", book(*rows))
    report = read()["units/2026-01/a.xlsx"]
    assert (report.n_read, staged_rows(store, "units").get_column("unit_code").to_list()) == (1, ["DINKES"])
