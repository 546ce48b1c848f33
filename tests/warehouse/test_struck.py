"""Rows that an office took out of a workbook by striking them through, or hid."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from warehouse.staging.month import FileReport
from warehouse.store import Store
from warehouse.words.kept import doubts, kept

from ..conftest import staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
NAME = "attendance/2026-01/a.xlsx"
LIST: list[Sequence[object]] = [
    ("Kode Kelas : TS-2026-01-001",),
    ("No", "Nama", "NIP", "Hari 1", "Ket"),
    (1, "Budi", "198503152010011001", "H"),
    (2, "Siti", "198703162011012002", "H"),
    (3, "Ani", "199003172012012003", "I", "pindah"),
]


def struck(rows: Sequence[Sequence[object]], *cells: str) -> bytes:
    """A workbook in which these cells are struck through."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for cell in cells:
        made.active[cell].font = Font(strike=True)
    made.active["A1"].font = Font(bold=True, strike="A1" in cells)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("cells", "rows", "told"),
    [
        (("A4", "B4", "C4", "D4"), [3, 5], "sheet 1: 1 rows are struck through and left out (4)"),
        (("B4", "C4", "D4"), [3, 5], "sheet 1: 1 rows are struck through and left out (4)"),
        (("A5", "B5", "C5", "D5", "D4"), [3, 4], "sheet 1: 1 rows are struck through and left out (5); sheet 1: 1 rows are struck through in part, and read (4)"),
        (("D4", "C3"), [3, 4, 5], "sheet 1: 2 rows are struck through in part, and read (3, 4)"),
        (("E3", "F9"), [3, 4, 5], ""),
    ],
    ids=["a row", "all but its number", "all but why", "single cells", "empty cells"],
)  # fmt: skip
def test_a_row_that_is_struck_through_is_left_out_and_told(
    store: Store, deliver: Deliver, read: Read, cells: tuple[str, ...], rows: list[int], told: str
) -> None:
    """Whoever was taken out had been counted among those who came."""
    deliver(NAME, struck(LIST, *cells))
    report = read()[NAME]
    assert (report.drift, report.n_refused) == (told, 0)
    assert staged_rows(store, "attendance").get_column("source_row").sort().to_list() == rows
    assert all((kept("id")(doubt) or "").startswith("lembar 1: ") for doubt in doubts(told))


def test_a_line_above_the_table_that_is_struck_through_says_nothing(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(NAME, struck([("Kode Kelas : TS-2026-01-009",), *LIST], "A1"))
    read()
    assert set(staged_rows(store, "attendance").get_column("class_id")) == {"TS-2026-01-001"}


def test_rows_that_are_hidden_are_read_and_told(store: Store, deliver: Deliver, read: Read) -> None:
    """Who sends a list that is filtered sees fewer people than are counted."""
    made = openpyxl.Workbook()
    for row in LIST:
        made.active.append(row)
    for number in (4, 9):
        made.active.row_dimensions[number].hidden = True
    buffer = io.BytesIO()
    made.save(buffer)
    deliver(NAME, buffer.getvalue())
    report = read()[NAME]
    assert (report.drift, report.n_accepted) == ("sheet 1: 1 rows are hidden, and read (4)", 3)
    assert kept("id")(report.drift) == "lembar 1: 1 baris disembunyikan, dan dibaca (4)"
