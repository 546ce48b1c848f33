"""Web pages that hold tables, and the XML of Excel 2003: what web applications give out as "Excel", and people save as a page.

A page is one sheet: each line of text above or between its tables is a row of one cell, each row of a table a row, cells that span
several are merged as in a workbook. Scripts never run and nothing is fetched. Read in the child process of `warehouse.delivery.workbooks.workbook`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from schemas.reasons import FileRefused

PIECE = 1 << 20
COLUMN_LIMIT = 16_384
"""Columns that a sheet of Excel has."""
SPAN_LIMIT = 1_000
"""Columns that one cell may span, as in browsers (HTML Standard, 4.9.11)."""
ROW_SPAN_LIMIT = 65_534
"""Rows that one cell may span, as in browsers."""
_BLOCKS = frozenset(["caption", "center", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "pre", "section"])
"""What begins a new line of text."""
_UNSEEN = frozenset(["comment", "script", "style", "title"])
_OF_EXCEL = {"row": "tr", "cell": "td"}
"""Names of Excel's XML → what they are in a page."""
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", re.IGNORECASE)


class Page(HTMLParser):
    """A page with the face of a sheet of calamine: `start`, `end`, `merged_cell_ranges`, `iter_rows`."""

    def __init__(self, path: Path) -> None:
        """Read the page. Raises UnicodeDecodeError where it is not in the encoding that it names, or else in UTF-8 or windows-1252;
        FileRefused where it ends within a table."""
        super().__init__()
        self._rows: list[dict[int, str]] = []
        self._taken: dict[int, int] = {}
        """Column → rows for which a cell from above still spans it."""
        self._row: dict[int, str] | None = None
        """Of the row that is open its cells by column; None between tables."""
        self._column: int | None = None
        """Of the cell that is open; its text stands in `_text`."""
        self._first = 0
        """The first row of the table."""
        self._next = 0
        """The first column behind it."""
        self._text: list[str] = []
        self._unseen = ""
        self._is_workbook = False
        self._open = 0
        self.tables = 0
        """Tables that the page holds."""
        self.merged_cell_ranges: list[tuple[tuple[int, int], tuple[int, int]]] = []
        with path.open("rb") as handle, path.open("rb") as again:
            decoder = codecs.getincrementaldecoder(_encoding(again.read(PIECE)))()
            while piece := handle.read(PIECE):
                self.feed(decoder.decode(piece))
            self.feed(decoder.decode(b"", final=True))
        self.close()
        if self._open > 0:
            raise FileRefused("FILE_TRUNCATED", "The page ends within a table.")
        self._end_row()
        self._end_line()
        width = max((column for row in self._rows for column in row), default=-1)
        self.start = (0, 0) if width >= 0 else None
        self.end = (len(self._rows) - 1, width)

    def iter_rows(self) -> Iterator[list[str]]:
        """The rows, each as long as its last cell."""
        for row in self._rows:
            yield [row.get(column, "") for column in range(max(row, default=-1) + 1)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What ends a cell, a row or a line begins another: most pages leave their ends out."""
        if tag == "workbook":
            self._is_workbook = True
        if self._is_workbook:
            tag = _OF_EXCEL.get(tag, tag)
        if tag in _UNSEEN:
            self._unseen = tag
        elif tag == "table":
            self.tables += 1
            self._open += 1
            self._end_row()
            self._end_line()
            self._taken.clear()
            self._first = len(self._rows)
        elif tag == "tr":
            self._end_row()
            self._end_line()
            self._skip_to(_number(dict(attrs).get("ss:index"), 1, ROW_SPAN_LIMIT) - 1)
            self._row = {}
        elif tag in ("td", "th"):
            self._end_cell()
            self._begin_cell(dict(attrs))
        elif tag == "br" or tag in _BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        """See `handle_starttag`."""
        if self._is_workbook:
            tag = _OF_EXCEL.get(tag, tag)
        if tag == self._unseen:
            self._unseen = ""
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._open -= tag == "table"
            self._end_row()
        elif tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        """Text of the cell, or of the line, that is open; between the cells of a row there is none."""
        if not self._unseen and (self._column is not None or (self._row is None and not self._is_workbook)):
            # White space is one space, but for those that do not break.
            self._text.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _break(self) -> None:
        if self._row is None:
            self._end_line()
        elif "".join(self._text).strip():
            self._text.append("\n")

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        if self._row is None:
            self._row = {}
        column = max(_number(attributes.get("ss:index"), 1, COLUMN_LIMIT) - 1, self._next)
        while column in self._taken:
            column += 1
        wide = _number(attributes.get("colspan"), 1, SPAN_LIMIT) + _number(
            attributes.get("ss:mergeacross"), 0, SPAN_LIMIT
        )
        high = _number(attributes.get("rowspan"), 1, ROW_SPAN_LIMIT) + _number(
            attributes.get("ss:mergedown"), 0, ROW_SPAN_LIMIT
        )
        number, self._next = len(self._rows), column + wide
        for spanned in range(column, column + wide):
            self._row[spanned] = ""
            if high > 1:
                # This row's own end counts one of them down.
                self._taken[spanned] = high
        if wide > 1 or high > 1:
            self.merged_cell_ranges.append(((number, column), (number + high - 1, column + wide - 1)))
        self._column = column

    def _end_cell(self) -> None:
        if self._row is not None and self._column is not None:
            self._row[self._column] = self._said()
            self._column = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self._rows.append(self._row)
            self._row, self._next = None, 0
            self._taken = {column: left - 1 for column, left in self._taken.items() if left > 1}

    def _skip_to(self, row: int) -> None:
        """Excel's XML leaves empty rows out and numbers the next one, from the table's first."""
        while len(self._rows) - self._first < row:
            self._row = {}
            self._end_row()

    def _end_line(self) -> None:
        if line := self._said():
            self._rows.append({0: line})

    def _said(self) -> str:
        text = "".join(self._text)
        self._text = []
        return "\n".join(line.strip(" ") for line in text.strip(" \n").split("\n"))


def _number(text: str | None, otherwise: int, limit: int) -> int:
    """A number of columns or rows, at least `otherwise` and at most `limit`, whatever somebody wrote."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise
    return min(max(number, otherwise), limit)


def is_markup(start: bytes) -> bool:
    """Whether a file that begins so is a web page, or other XML."""
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")[:1] == b"<"


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    named = _CHARSET.search(start)
    try:
        # Whoever can be asked in ASCII for UTF-16 is not in it (HTML Standard, 13.2.3.3).
        if named and not start.startswith(codecs.BOM_UTF8) and not named[1].lower().startswith(b"utf"):
            return codecs.lookup(named[1].decode()).name
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except (LookupError, UnicodeDecodeError):
        return "cp1252"
    return "utf-8-sig"
