"""XLSB: a binary workbook of Excel, read like any other. Nobody here writes one: it goes back as .xlsx."""

from __future__ import annotations

from warehouse.delivery.formats.ods import copy_back
from warehouse.delivery.formats.xlsx import open

__all__ = ["ENDINGS", "copy_back", "open"]

ENDINGS = (".xlsb",)
