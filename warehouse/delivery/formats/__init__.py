"""File formats: one module per kind of file that is read. A new format is a new module here.

A format has `ENDINGS`, `open`, which finds the tables of a file, and `copy_back`, which gives the sender's file again as it
is to be marked. Here stands what is true of every file whatever its format; how text becomes rows stands in
`warehouse.delivery.text`, for formats that are text or become it.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from schemas.reasons import FileRefused
from warehouse.delivery.dialect import is_line_by_line
from warehouse.delivery.sheets.headings import Accepts
from warehouse.delivery.sheets.sheet import Passed, Record, Table

if TYPE_CHECKING:
    from openpyxl import Workbook


class Format(Protocol):
    """What a module of this package offers."""

    ENDINGS: tuple[str, ...]
    """Endings of its files, in lower case: `(".csv",)`."""

    def open(self, path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
        """(tables whose header `accepts` knows, first rows that were seen), of a file that is not empty.

        `folder` takes temporary text; it is there as long as the tables are. Raises FileRefused naming what is wrong.
        """
        ...

    def copy_back(self, path: Path, encoding: str, delimiter: str) -> Workbook | Iterable[Record]:
        """The file again, for its sender: a workbook that keeps the look of the sender's, or rows of text.

        Rows are (row number as in a refusal, cells), from the first one on. Of a table that has an `encoding`, which is
        given back here with its `delimiter`, the n-th row given is the table's row n, and its number the line on which it
        starts. Whatever is raised means that there is no copy: the reasons go back without it.
        """
        ...


@cache
def find_formats() -> Mapping[str, Format]:
    """Ending → the format that reads it, loaded when the first file is looked at. Raises ValueError where two read the same."""
    formats: dict[str, Format] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        known = cast(Format, importlib.import_module(f"{__name__}.{module.name}"))
        if twice := sorted(set(known.ENDINGS) & set(formats)):
            raise ValueError(f"{__name__}.{module.name} reads {twice}, which another format reads already")
        formats |= dict.fromkeys(known.ENDINGS, known)
    return formats


class UnknownHeader(FileRefused):
    """Nobody knows the file's columns. `rows` are the first rows that were seen; they may name people. `unseen` are the sheets that are hidden."""

    def __init__(self, rows: list[list[str]], unseen: Sequence[Passed] = ()) -> None:
        super().__init__("FILE_COLUMNS")
        self.rows, self.unseen = rows, unseen


def format_of(path: Path) -> Format:
    """The format of a file, by its ending. Raises FileRefused where nothing reads it."""
    ending = path.suffix.lower()
    known = find_formats()
    if ending not in known:
        raise FileRefused(
            "FILE_ENDING", f"Ending {path.suffix!r}; {', '.join(sorted(known))} and .zip of such files are read."
        )
    return known[ending]


@contextmanager
def open_file(path: Path, accepts: Accepts, scratch: Path) -> Iterator[list[Table]]:
    """The tables of the file at `path`, while the block runs; temporary text lies below `scratch`.

    Raises FileRefused naming what is wrong: kind, encoding, no header that `accepts` knows.
    """
    if path.is_symlink():
        raise FileRefused("FILE_LINK")
    if path.stat().st_size == 0:
        raise FileRefused("FILE_EMPTY")
    known = format_of(path)
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"{os.getpid()}-") as folder:
        tables, seen = known.open(path, accepts, Path(folder))
        if not tables and not any(map(any, seen)):
            raise FileRefused("FILE_EMPTY")
        if not tables:
            raise UnknownHeader(seen)
        yield tables


def line_numbers(path: Path, rows: Sequence[int], encoding: str, delimiter: str) -> dict[int, int]:
    """Row → physical line on which it starts, of a text file with line breaks inside cells or blank lines.

    Reads the file once up to the last row asked for; memory is bounded by the rows asked for.
    """
    if encoding in ("utf-8-sig", "cp1252") and len(delimiter) == 1 and is_line_by_line(path):
        return {row: row for row in rows}
    wanted = set(rows)
    records = cast("Iterable[Record]", format_of(path).copy_back(path, encoding, delimiter))
    numbered = enumerate(islice(records, max(wanted)), start=1)
    return {row: line for row, (line, _) in numbered if row in wanted}
