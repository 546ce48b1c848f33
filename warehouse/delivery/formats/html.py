"""HTML: a web page with tables, read as a sheet. Nobody here writes one: it goes back as .xlsx."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.delivery.formats.xlsx import copy_of_values, open

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["ENDINGS", "copy_back", "open"]

ENDINGS = (".htm", ".html")


def copy_back(path: Path, encoding: str, delimiter: str) -> Workbook:
    """See `Format`: the values alone."""
    return copy_of_values(path)
