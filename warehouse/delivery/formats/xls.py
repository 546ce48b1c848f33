"""XLS: a workbook of Excel 97 to 2003; or text, or a web page, that was called one, as web applications give it out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.delivery.formats import csv, xlsx
from warehouse.delivery.sheets.headings import Accepts
from warehouse.delivery.sheets.sheet import Record, Table
from warehouse.delivery.workbooks.biff import SIGNATURE
from warehouse.delivery.workbooks.webpage import is_markup

if TYPE_CHECKING:
    from openpyxl import Workbook

ENDINGS = (".xls",)


def open(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    """See `Format`."""
    return csv.open(path, accepts, folder) if _is_text(path) else xlsx.open(path, accepts, folder)


def copy_back(path: Path, encoding: str, delimiter: str) -> Workbook | Iterable[Record]:
    """See `Format`: the values alone."""
    return csv.copy_back(path, encoding, delimiter) if _is_text(path) else xlsx.copy_of_values(path)


def _is_text(path: Path) -> bool:
    with path.open("rb") as handle:
        start = handle.read(512)
    return not start.startswith((SIGNATURE, b"PK")) and not is_markup(start)
