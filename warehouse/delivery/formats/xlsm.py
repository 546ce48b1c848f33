"""XLSM: a workbook that may carry macros. Its cells are read like those of any other; nothing in it is ever run."""

from __future__ import annotations

from warehouse.delivery.formats.xlsx import copy_back, open

__all__ = ["ENDINGS", "copy_back", "open"]

ENDINGS = (".xlsm",)
