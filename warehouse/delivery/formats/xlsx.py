"""XLSX: each visible sheet of a workbook is written as a CSV file of its own and read as such.

The workbook itself is opened by another process with limits: see `warehouse.delivery.workbooks.workbook`. Workbooks of other programs
are read by the same way, and given back by `copy_of_values`.
"""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.delivery.formats import UnknownHeader
from warehouse.delivery.sheets.headings import Accepts
from warehouse.delivery.sheets.parts import find_parts
from warehouse.delivery.sheets.sheet import Passed, Table
from warehouse.delivery.text import CsvTable, head
from warehouse.delivery.workbooks import workbook

if TYPE_CHECKING:
    from openpyxl import Workbook

ENDINGS = (".xlsx",)
SHEET_ROWS = 1_048_576
"""Rows that a sheet can have."""
BYTES_LIMIT = 64 << 20
"""Size of a workbook, unpacked, beyond which it is not copied: openpyxl takes many times as much memory."""
AREA_LIMIT = 1_000_000
"""Cells in merged or linked areas beyond which the same holds: openpyxl makes each of them."""
_AREA = re.compile(rb"""<(?:\w+:)?(?:mergeCell|hyperlink)\b[^>]*?\bref=["']([A-Z]+\d+:[A-Z]+\d+)["']""")

_GUIDE = re.compile(r"petunjuk\b", re.IGNORECASE)
"""Name of a sheet that says how the others are filled in: that it is not read is news to nobody."""


def open(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    """See `Format`: the sheets that somebody knows; the others are named by their numbers in a note."""
    tables: list[Table] = []
    seen: list[list[str]] = []
    unread: list[Passed] = []
    unseen: list[Passed] = []
    for sheet in workbook.convert(path, folder, unseen=True):
        first = head(Path(sheet["file"]), ",")
        if sheet["is_unseen"]:
            unseen.append(Passed(sheet["number"], first, [sheet["name"], path.stem]))
            continue
        parts = find_parts(Path(sheet["file"]), ",", first, accepts, [sheet["name"], path.stem])
        for part in parts:
            table = CsvTable(path, Path(sheet["file"]), part, sheet=sheet["name"], delimiter=",")
            table.sheet_number, table.epoch_1904 = sheet["number"], sheet["epoch_1904"]
            table.wide, table.tall, table.hidden = sheet["wide"], sheet["tall"], sheet["hidden_columns"]
            if sheet["rows"] >= SHEET_ROWS:
                table.notes += ("the sheet is full to its last row: what came after may be cut off",)
            tables.append(table)
        # All that a sheet's rows have to tell is told with its first table.
        if parts:
            tables[-len(parts)].notes += tuple(_looks(sheet))
        if not parts and (cells := [row for _, row in first if any(row)]):
            seen += cells
            unread.append(Passed(sheet["number"], first, [sheet["name"], path.stem]))
    if tables:
        if told := [str(sheet.number) for sheet in unread if not _GUIDE.match(sheet.names[0])]:
            tables[0].notes += (f"sheets not read: {', '.join(told)}",)
        tables[0].passed_over = tuple(unread)
    if not tables and unseen:
        raise UnknownHeader(seen, unseen)
    if tables:
        tables[0].unseen = tuple(unseen)
    return tables, seen


TOLD = 20
"""Rows that are named one by one."""


def _looks(sheet: Mapping[str, Any]) -> Iterator[str]:
    """What is told of rows that are struck through, or hidden."""
    for rows, what in (
        (sheet["struck"], "struck through and left out"),
        (sheet["partly_struck"], "struck through in part, and read"),
        (sheet["hidden"], "hidden, and read"),
    ):
        if rows:
            named = ", ".join(map(str, rows[:TOLD])) + (", …" if len(rows) > TOLD else "")
            yield f"sheet {sheet['number']}: {len(rows):,} rows are {what} ({named})"


def copy_back(path: Path, encoding: str, delimiter: str) -> Workbook:
    """See `Format`: the sender's own sheets, their look and values. Raises ValueError for what would take too much memory."""
    # Only what goes back to senders takes openpyxl; a file that is read does not.
    from openpyxl import load_workbook
    from openpyxl.utils import range_boundaries

    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > BYTES_LIMIT:
            raise ValueError("too large to be copied")
        area = 0
        for name in archive.namelist():
            for reference in _AREA.findall(archive.read(name)) if name.startswith("xl/worksheets/") else ():
                left, top, right, bottom = range_boundaries(reference.decode())
                area += (right - left + 1) * (bottom - top + 1)
        if area > AREA_LIMIT:
            raise ValueError("merged areas too large to be copied")
    return load_workbook(path, data_only=True, keep_vba=False, keep_links=False)


def copy_of_values(path: Path) -> Workbook:
    """A workbook of today with the visible sheets of one that cannot be written: what its cells say, as text, without its look.

    Raises ValueError for what would take too much memory.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    with tempfile.TemporaryDirectory() as folder:
        sheets = workbook.convert(path, Path(folder))
        if sum(Path(sheet["file"]).stat().st_size for sheet in sheets) > BYTES_LIMIT:
            raise ValueError("too large to be copied")
        for about in sheets:
            sheet = book.create_sheet(about["name"])
            with Path(about["file"]).open(encoding="utf-8", newline="") as handle:
                for number, cells in enumerate(csv.reader(handle), start=1):
                    for column, text in enumerate(cells, start=1):
                        if text:
                            cell = sheet.cell(number, column)
                            cell.value, cell.data_type, cell.number_format = text, "s", "@"
    return book
