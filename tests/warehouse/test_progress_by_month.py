"""Progress of projects by month: what is cumulative, beside the month's own share, and a row for each month of one project."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
PROJECT = [("KURVA S TAHUN ANGGARAN 2026",), ("Kode Paket : P-1",), ("OPD : DLH",)]
OWN = ("Rencana (%)", "Rencana Kumulatif (%)", "Realisasi (%)", "Realisasi Kumulatif (%)")


@pytest.mark.parametrize(
    "rows",
    [
        [("Bulan", "Rencana Kumulatif (%)", "Realisasi Kumulatif (%)"), ("Januari", 10, 9), ("Februari", 30, 27)],
        [("No", "Bulan", *OWN, "Deviasi"), (1, "Januari", 10, 10, 9, 9, -1), (2, "Februari", 20, 30, 18, 27, -3)],
        [("Bulan", "Rencana", "", "Realisasi", ""), ("", *("Bulan Ini", "Kumulatif") * 2), ("Januari", 10, 10, 9, 9), ("Februari 2026", 20, 30, 18, 27)],
        [("Bulan", "Rencana", "Realisasi"), ("Januari", 10, 9), ("Februari", 30, 27)],
    ],
    ids=["cumulative", "both", "grouped", "plain"],
)  # fmt: skip
def test_the_months_of_one_project_may_be_rows(
    rows: Sequence[tuple[object, ...]], store: Store, deliver: Deliver, read: Read
) -> None:
    """Such tables were refused, though lines above them name the project."""
    deliver("projects/2026-03/a.xlsx", book(*PROJECT, *rows))
    read()
    found = staged_rows(store, "projects", "2026-03").sort("month")
    assert found.select("project_id", "unit_code", "month", "planned_pct", "actual_pct").rows() == [
        ("P-1", "DLH", dt.date(2026, 1, 1), 10.0, 9.0),
        ("P-1", "DLH", dt.date(2026, 2, 1), 30.0, 27.0),
    ]


def test_what_is_each_month_s_own_is_no_progress(deliver: Deliver, read: Read) -> None:
    deliver("projects/2026-03/a.xlsx", book(*PROJECT, ("Bulan", "Rencana", "Realisasi"), ("Januari", 30, 27), ("Februari", 20, 18)))  # fmt: skip
    assert read()["projects/2026-03/a.xlsx"].reason_code == "FILE_CUMULATIVE"


def test_beside_what_is_cumulative_the_month_s_own_share_is_not_read(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """Both were taken for the plan, and the list was refused."""
    deliver("project_report/2026-01/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), ("Kode Paket", "OPD", *OWN), ("P-1", "DLH", 10, 50, 7, 45)))  # fmt: skip
    read()
    assert staged_rows(store, "projects").select("planned_pct", "actual_pct").rows() == [(50.0, 45.0)]


def test_two_columns_of_one_thing_are_named(deliver: Deliver, store: Store) -> None:
    header = ("Kode Paket", "OPD", "Rencana Kumulatif", "Target Kumulatif", "Realisasi Kumulatif")
    deliver("project_report/2026-01/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), header, ("P-1", "DLH", 50, 55, 45)))
    [problem] = scan(store, DAY).problems
    assert problem.seen == "The columns 'Rencana Kumulatif' and 'Target Kumulatif' both mean Rencana Kumulatif."


def test_a_workbook_may_have_a_sheet_of_each_month(store: Store, deliver: Deliver, read: Read) -> None:
    """Such were refused for saying no month."""
    rows = [("OPD : DLH",), ("Kode Paket", "Rencana Kumulatif", "Realisasi Kumulatif")]
    sheets = {"Des 2025": [*rows, ("P-1", 10, 9)], "Januari 2026": [*rows, ("P-1", 20, 18)]}
    deliver("project_report/2026-01/a.xlsx", workbook(sheets))
    read()
    found = staged_rows(store, "projects").sort("month").select("month", "actual_pct").rows()
    assert found == [(dt.date(2025, 12, 1), 9.0), (dt.date(2026, 1, 1), 18.0)]


def test_the_offices_of_a_list_of_projects_may_stand_in_lines_with_letters(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """Each such line was refused as a project without anything."""
    header = ("No", "Kode Paket", "Satker", "Rencana Kumulatif", "Realisasi Kumulatif", "Realisasi Keuangan s.d. Bulan Ini (Rp)")  # fmt: skip
    rows = [("A", "DCKTR"), (1, "P-1", "DCKTR", 25, 24, 300_000_000), ("B.", "DISHUB"), (1, "P-2", "DISHUB", 35, 34, 400_000_000)]  # fmt: skip
    deliver("project_report/2026-01/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), header, *rows))
    report = read()["project_report/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_skipped) == (2, 2, 2)
    found = staged_rows(store, "projects").sort("project_id").select("unit_code", "realised_idr").rows()
    assert found == [("DCKTR", 300_000_000), ("DISHUB", 400_000_000)]
