"""The table among the rows: finds the header, tells data from what stands around it, and reads the labels above it.

Titles, numbering rows, repeated headers and signature blocks are left out and named; totals and titles that may be data
are left to the contract. Works on cells of text, whatever file they are from.
"""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from warehouse.delivery.dialect import name_of
from warehouse.delivery.sheets.between import Line

ROW = "_row"
"""Name of the row-number column of every batch: the sheet's row, the CSV file's record (blank lines not counted)."""

Record = tuple[int, Sequence[str]]
"""A row of a file as text: its number, and its cells."""


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of one row of text."""
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter[0]), [])


class Unread(NamedTuple):
    """A row that cannot be brought under the header or into a source's columns."""

    number: int
    text: str
    code: str = "RAGGED"
    """Why: a key of `schemas.reasons`."""
    column: str = ""
    """The source's column that it fails at, where one is known."""


class Passed(NamedTuple):
    """A sheet that nobody knows, or sees: its number, its first rows as records, and the names that may say its class."""

    number: int
    first: Sequence[tuple[int, list[str]]]
    names: Sequence[str]


@dataclass
class Batch:
    """Rows of a table: text columns named as in the header, and `ROW`; with the facts that stand above them."""

    frame: pl.DataFrame
    facts: Mapping[str, str]
    lines: Sequence[Line] = ()
    """What stands between the rows, above further ones, and is none."""


@dataclass
class Table:
    """An opened table: its header, and a way to its rows."""

    path: Path
    header: tuple[str, ...]
    """One name per column of the file; '' where it has none, and a repeated name goes on with ` #2`, ` #3`."""
    facts: Mapping[str, str]
    sheet: str = ""
    sheet_number: int = 0
    """Place of the sheet in the workbook, from 1."""
    notes: tuple[str, ...] = ()
    """What else is to be said about the file."""
    kind: str = ""
    """What the file is, for people, where it is neither text nor a workbook."""
    encoding: str = ""
    """Of text: its encoding; a row is then a record, which may begin on another line than its number says."""
    delimiter: str = ""
    """Of text: its dialect, see `warehouse.delivery.dialect`."""
    header_row: int = 1
    epoch_1904: bool = False
    wide: Sequence[tuple[int, int, int, int]] = ()
    """Cells of its sheet that are merged over several columns: first and last row, first and last column, from 0."""
    tall: Sequence[tuple[int, int, int]] = ()
    """Cells of its sheet that are merged over several rows: first and last row, and column, from 0; what they say stands in each of the rows."""
    hidden: Sequence[int] = ()
    """Columns of its sheet, from 0, that nobody sees."""
    unread: list[Unread] = field(default_factory=list)
    """Rows that no batch holds, or that could not be mapped; filled while the batches are read and mapped."""
    totals: set[int] = field(default_factory=set)
    """Row numbers that look like totals, column numbers or titles: no data unless they keep the contract."""
    skipped: dict[int, str] = field(default_factory=dict)
    """Row number → what the row is (numbering, header, title, signature)."""
    split: dict[str, int] = field(default_factory=dict)
    """Heading that stands over several columns, of which a row below it says what each is → how many; filled while the batches are read."""
    legend: dict[str, str] = field(default_factory=dict)
    """What the list says its own letters mean; filled while the batches are read."""
    scaled: str = ""
    """What a line within it, or below it, says of its amounts that makes them no rupiah (`dalam ribuan rupiah`); filled while the batches are read."""
    passed_over: tuple[Passed, ...] = ()
    """Of the file's first table: the sheets that nobody knows."""
    unseen: tuple[Passed, ...] = ()
    """Of the file's first table: the sheets that are hidden, of which nothing is read."""

    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch; may be asked for more than once."""
        raise NotImplementedError

    def again(self) -> Table:
        """The same table, to be read beside this one."""
        twin = copy.copy(self)
        twin.unread, twin.totals, twin.skipped, twin.split, twin.legend, twin.scaled = [], set(), {}, {}, {}, ""
        return twin

    @property
    def place(self) -> str:
        """Where in the file it stands, for people. A sheet goes by its number: its name may name somebody."""
        return f"Sheet {self.sheet_number}, row {self.header_row}" if self.sheet else f"Row {self.header_row}"

    @property
    def read_as(self) -> str:
        """How the file was read, for people. A sheet goes by its number: its name may name somebody."""
        how = self.encoding or self.kind
        if self.delimiter:
            how += f", {name_of(self.delimiter)}"
        if self.sheet:
            how = f"sheet {self.sheet_number}"
        return f"{how}, header in row {self.header_row}"


def is_cut(row: Sequence[str]) -> bool:
    """Whether a row is a text that its commas cut into cells: each but the first begins with a space."""
    more = [cell for cell in row[1:] if cell.strip()]
    return bool(more and row[0].strip()) and all(cell[0].isspace() for cell in more)
