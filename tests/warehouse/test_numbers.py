"""People's numbers in two columns: `NIP` of some, `NI PPPK` of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from schemas.identity import person
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
CLASS = ("Kode Kelas : TS-2026-01-001",)
PNS, PPPK = "198503152010011001", "199104182023211004"
NAME = "attendance/2026-01/a.xlsx"


def refused(store: Store, source: str) -> list[tuple[object, ...]]:
    rows = pl.read_parquet(store.quarantine / source / "2026-01.parquet")
    return rows.select("row_number", "reason_code", "value_seen").rows()


@pytest.mark.parametrize(
    "header",
    [
        [("No", "Nama", "NIP", "NI PPPK", "Hari 1")],
        [("No", "Nama", "NIP PNS", "NIPPPK", "Hari 1")],
        [("No", "Nama", "NIP", "NIP/NI PPPK", "Hari 1")],
        [("No", "Nama", "NIP/NI PPPK", "NIP", "Hari 1")],
        [("No", "Nama", "NIP", "", "Hari 1"), ("", "", "PNS", "PPPK", "")],
    ],
)
@pytest.mark.parametrize("nothing", ["", "-", "tidak ada"])
def test_each_person_is_known_by_the_number_that_is_there(
    store: Store, deliver: Deliver, read: Read, header: list[Sequence[str]], nothing: str
) -> None:
    """Whoever has a NI PPPK alone had been refused."""
    people = [
        (1, "Budi", PNS, nothing, "H"),
        (2, "Siti", nothing, PPPK, "I"),
        (3, "Ani", PPPK[:-1] + "5", PPPK[:-1] + "5", "S"),
    ]
    deliver(NAME, book(CLASS, *header, *people))
    report = read()[NAME]
    assert (report.n_accepted, report.n_refused, report.drift) == (3, 0, "")
    assert staged_rows(store, "attendance").sort("source_row").get_column("status").to_list() == [
        "hadir",
        "izin",
        "sakit",
    ]


def test_a_number_in_four_cells_is_one(store: Store, deliver: Deliver, read: Read) -> None:
    """A spreadsheet had taken the zeros of the last part."""
    rows = [(19850315, 201001, 1, 1, "H"), ("19870316", "201101", "2", "002", "I"), ("198703162011012003", "", "", "", "S")]  # fmt: skip
    deliver(NAME, book(CLASS, ("NIP", "", "", "", "Hari 1"), *rows))
    deliver("attendance/2026-02/b.xlsx", book(CLASS, ("NIP", "Hari 1"), (PNS, "H")))
    report = read()[NAME]
    assert (report.n_accepted, report.drift) == (3, "")
    months = [staged_rows(store, "attendance", month) for month in ("2026-01", "2026-02")]
    people = [set(rows.filter(pl.col("status") == "hadir").get_column("employee_id")) for rows in months]
    assert people[0] == people[1]


def test_a_column_of_one_kind_alone_is_that_of_the_numbers(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(NAME, book(CLASS, ("No", "Nama", "NI PPPK", "Hari 1"), (1, "Siti", PPPK, "H")))
    assert read()[NAME].n_accepted == 1


def test_of_two_numbers_that_differ_neither_counts(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        NAME, book(CLASS, ("Nama", "NIP", "NI PPPK", "Hari 1"), ("Budi", PNS, PPPK, "H"), ("Siti", "Honorer", "", "H"))
    )
    read()
    assert refused(store, "attendance") == [(3, "NIP_LENGTH", f"{PNS} / {PPPK}"), (4, "NIP_NON_ASN", "Honorer")]
    assert person.check(f"{PNS} / {PPPK} | Budi") == (None, "PERSON_AMBIGUOUS")
    assert person.check(f"{PNS[:8]} {PNS[8:14]} 1 001 | Budi <{PNS}>") == (PNS, None)


def test_two_columns_of_one_kind_are_refused_as_before(deliver: Deliver, read: Read) -> None:
    deliver(NAME, book(CLASS, ("Nama", "NIP", "NIP", "Hari 1"), ("Budi", PNS, "", "H")))
    assert read()[NAME].reason_code == "FILE_COLUMNS"


def test_they_are_one_column_in_our_own_layout_too(store: Store, deliver: Deliver, read: Read) -> None:
    rows = ["Kode Kelas;NIP;NI PPPK;Status", f"TS-2026-01-001;{PNS};;completed", f"TS-2026-01-001;;{PPPK};completed"]
    deliver("enrolments/2026-01/a.csv", "\n".join([*rows, ""]))
    assert read()["enrolments/2026-01/a.csv"].n_accepted == 2


def test_of_tables_side_by_side_each_has_its_own(store: Store, deliver: Deliver, read: Read) -> None:
    half = ("Nama", "NIP", "NI PPPK", "Hari 1")
    deliver(NAME, book(CLASS, (*half, *half), ("Budi", PNS, "", "H", "Siti", "", PPPK, "I")))
    report = read()[NAME]
    assert (report.n_accepted, report.drift) == (2, "")
