"""What calamine does not tell of an OpenDocument spreadsheet: how numbers are shown, errors, merged cells, what is struck through or hidden.

Belongs here: the XML of `content.xml`. Does not belong here: opening workbooks, and limits (`warehouse.delivery.workbooks.workbook`).
Imports little, because the child process that opens workbooks imports it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from schemas.reasons import FileRefused
from warehouse.delivery.workbooks.shown import of_text

KIND = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = "content.xml"
PARTS = (CONTENT, "styles.xml", "META-INF/manifest.xml")
"""Parts that are read; others may be anything."""
CELLS_LIMIT = 4_000_000
"""Cells that one cell may stand for, repeated to the right and downwards, while it is filled."""
Special = dict[int, dict[int, str]]
"""Row → column → "error", or how it is shown (`warehouse.delivery.workbooks.shown`), for cells whose bare value would say something else (from 0)."""
Areas = list[tuple[tuple[int, int], tuple[int, int]]]
COLUMNS = 16_384
"""More columns no sheet has."""
Struck = dict[int, set[int]]
"""Row → columns of the cells that are struck through, from 0."""


class Looks(NamedTuple):
    """What a sheet shows beside what its cells say: cells that are struck through, and rows, from 0, that are hidden, those in which a part of
    a cell's text is struck through, and columns that are hidden."""

    struck: Struck
    hidden: set[int]
    columns: set[int]
    partly: Collection[int] = frozenset()


def is_locked(archive: zipfile.ZipFile) -> bool:
    """Whether a password is needed."""
    return "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml")


def special_cells(archive: zipfile.ZipFile) -> tuple[dict[str, Special], dict[str, Areas], dict[str, Looks]]:
    """Sheet → its special cells, its merged cells, and what else it shows.

    Raises FileRefused where a filled cell is repeated more often than any table is long.
    """
    special: dict[str, Special] = {}
    merged: dict[str, Areas] = {}
    looks: dict[str, Looks] = {}
    through, spans = set[str | None](), set[str]()
    partly: dict[str, set[int]] = {}
    name, row, columns = "", 0, 0
    with archive.open(CONTENT) as part:
        for event, node in ElementTree.iterparse(part, ("start", "end")):
            tag = node.tag.rpartition("}")[2]
            if event == "start" and tag == "table":
                name, row = _get(node, "name"), 0
                looks[name], columns = Looks({}, set(), set()), 0
            elif event == "end" and tag == "table-column":
                begins, columns = columns, columns + min(int(_get(node, "number-columns-repeated") or 1), COLUMNS)
                if _get(node, "visibility") in ("collapse", "filter"):
                    looks[name].columns.update(range(begins, columns))
            elif event == "end" and tag == "style" and _get(node, "family") in ("table-cell", "text"):
                if any(_get(one, f"text-line-through-{how}") not in ("", "none") for one in node for how in _THROUGH):
                    (spans if _get(node, "family") == "text" else through).add(_get(node, "name"))
            elif event == "end" and tag == "table-row":
                times = int(_get(node, "number-rows-repeated") or 1)
                for column, width, cell in _cells(node):
                    height, spanned = (int(_get(cell, f"number-{lines}-spanned") or 1) for lines in ("rows", "columns"))
                    if height > 1 or spanned > 1:
                        last = (row + height - 1, column + spanned - 1)
                        merged.setdefault(name, []).append(((row, column), last))
                    if not _get(cell, "value-type"):
                        continue
                    if times * width > CELLS_LIMIT:
                        raise FileRefused("FILE_TOO_LARGE", f"One cell is repeated {times * width:,} times.")
                    whole, part_of = _struck_words(cell, spans) if spans else (False, False)
                    if part_of:
                        partly.setdefault(name, set()).update(range(row, row + times))
                    if whole or (_get(cell, "style-name") or _get(node, "default-cell-style-name")) in through:
                        for at in range(row, row + times):
                            looks[name].struck.setdefault(at, set()).update(range(column, column + width))
                    if _get(node, "visibility") in ("collapse", "filter"):
                        looks[name].hidden.update(range(row, row + times))
                    if kind := _kind(cell):
                        for at in range(row, row + times):
                            special.setdefault(name, {}).setdefault(at, {}).update(
                                dict.fromkeys(range(column, column + width), kind)
                            )
                row += times
                node.clear()
    return special, merged, {sheet: look._replace(partly=partly.get(sheet, set())) for sheet, look in looks.items()}


def _struck_words(cell: ElementTree.Element, spans: Collection[str]) -> tuple[bool, bool]:
    """Whether all words of a cell are struck through by styles of their own, and whether some are and others are not."""
    struck = [one for one in cell.iter() if one.tag.endswith("}span") and _get(one, "style-name") in spans]
    taken_out = "".join(text for one in struck for text in one.itertext()).strip()
    words = "".join(text for one in cell if one.tag.endswith("}p") for text in one.itertext()).strip()
    return bool(taken_out) and taken_out == words, bool(taken_out) and taken_out != words


_THROUGH = ("style", "type")
"""Ways in which a style says that its text is struck through."""


def _cells(row: ElementTree.Element) -> Iterator[tuple[int, int, ElementTree.Element]]:
    """(first column, number of columns, cell) of each cell of a row."""
    column = 0
    for cell in row:
        if cell.tag.endswith(("}table-cell", "}covered-table-cell")):
            # A merged cell has its own width once; the cells that it covers follow it.
            width = int(_get(cell, "number-columns-repeated") or 1)
            yield column, width, cell
            column += width


def _kind(cell: ElementTree.Element) -> str:
    if _get(cell, "value-type") == "percentage":
        return "percent"
    # A formula that failed is a text that shows the error, and says so in newer files alone.
    is_formula = bool(_get(cell, "formula"))
    text = "".join(text for node in cell if node.tag.endswith("}p") for text in node.itertext())
    if is_formula and text.startswith(("#", "Err:")):
        return "error"
    return of_text(text, _get(cell, "value")) if _get(cell, "value-type") == "float" else ""


def _get(node: ElementTree.Element, name: str) -> str:
    """An attribute, whatever the prefix of its namespace."""
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), "")
