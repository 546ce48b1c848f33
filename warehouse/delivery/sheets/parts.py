"""Where in a text tables stand: one below the other, side by side, or among others that nobody reads.

A table ends where another heading row begins. A heading row that is known begins a table of its own; one that is not known, but is
a heading for certain, begins rows that are left out and counted. The same heading once more, without a title, is the next page of the
same table: see `warehouse.delivery.sheets.sifter.Sifter`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse.delivery.cells.class_code import LABELS, is_other_class, over
from warehouse.delivery.cells.values import plain
from warehouse.delivery.cells.words import fold
from warehouse.delivery.sheets.headings import HEADER_ROWS, Accepts, Header, find_headers
from warehouse.delivery.sheets.sifter import split_headings
from warehouse.delivery.sheets.titles import find_facts

BYTES_LIMIT = 1 << 20
"""Longer texts are written by programs, which write one table: no second one is looked for in them."""
ROWS_AT_ONCE = 100
"""From so many lines on it pays to ask all at once whether there can be a second table."""
TRIED = 200
"""Rows of one text that are asked about."""
OTHER = "another table"
"""What the rows below a heading that nobody knows are."""
_SECTION = re.compile(r"(?:\d{1,2}|[IVX]+|[A-H])\s*[.)]\s*[^\W\d].*")
"""A line that numbers the parts of a report: `3. In-Meeting Activities`."""
_LABEL = re.compile(r"[^\W\d_].*[^\W\d_]").search
"""What a label has that is more than a mark: two letters."""
_DATUM = re.compile(r"\d{5}")
"""An identity number or an amount: no heading has one."""


@dataclass(frozen=True)
class Part:
    """A table, from below its header to `end`, the number of its last record (None: the end of the text)."""

    header: Header
    end: int | None = None
    others: Mapping[int, str] = field(default_factory=dict)
    """Rows behind it that belong to no table that is known → what they are."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the rows behind it."""
        if not self.others:
            return ()
        return (
            f"row {min(self.others)} begins another table, whose columns are not known: {len(self.others):,} rows left out",
        )


class _Line(NamedTuple):
    lines: int
    """Physical lines up to its end."""
    cells: list[str]
    filled: list[str]
    is_after_gap: bool
    """Whether a blank line stands above it."""

    @property
    def is_label(self) -> bool:
        """A label and what it says: `Kode Kelas : A`, in one cell or several."""
        return len(self.filled) < 5 and bool(re.match(r"[^\W\d][^:=]*[:=]", " ".join(self.filled)))


def find_parts(
    text: Path, delimiter: str, first: Sequence[tuple[int, list[str]]], accepts: Accepts, names: Sequence[str]
) -> list[Part]:
    """The tables of a text whose first records are `first`, in order; none where nobody knows its header. `names` are those of its
    sheet and file."""
    headers = find_headers(first, accepts, names)
    if not headers or text.stat().st_size > BYTES_LIMIT or _is_one_table(text, delimiter[0], headers):
        return [Part(header) for header in headers]
    lines = _lines(text, delimiter)
    starts = _starts(lines, headers, accepts)
    parts: list[Part] = []
    for (top, known), following in zip(starts, [*(top for top, _ in starts[1:]), None], strict=True):
        parts += [Part(header, following) for header in known]
        if not known:
            rows = range(top, len(lines) if following is None else following)
            others = {row + 1: OTHER for row in rows if lines[row].filled}
            parts[-1] = Part(parts[-1].header, parts[-1].end, {**parts[-1].others, **others})
    return parts


def _is_one_table(text: Path, delimiter: str, headers: Sequence[Header]) -> bool:
    """Whether a long plain text certainly holds no second heading row, which most do not: no row but those of data stands below anything
    else than data, or has two of the headings. False where that is not certain."""
    with text.open(encoding="utf-8-sig", newline="") as handle:
        whole = handle.read()
    if '"' in whole or not whole.isascii() or whole.count("\n") < ROWS_AT_ONCE:
        return False
    # The row above each counts, too: of the first one that is the header's last.
    lines = pl.Series(re.split(r"\r\n|\r|\n", whole)).slice(headers[0].lines - 1)
    mark = re.escape(delimiter)
    n_filled = lines.str.count_matches(rf"[^{mark}\s][^{mark}]*")
    is_apart = n_filled < 2
    if ":" in whole or "=" in whole:
        is_apart |= (n_filled < 5) & lines.str.contains(rf"^[{mark}\s]*[A-Za-z_][^:=]*[:=]")
    may_be_heading = is_apart.shift(1)
    again = [heading for heading in _texts(headers) if whole.count(heading) > 1]
    if len(again) > 1:
        may_be_heading |= sum(lines.str.contains(heading, literal=True).cast(pl.Int64) for heading in again) > 1
    return not (may_be_heading & (n_filled > 1)).slice(1).any()


def _lines(text: Path, delimiter: str) -> list[_Line]:
    lines: list[_Line] = []
    is_after_gap = False
    with text.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(handle, delimiter=delimiter[0])
        for raw in reader:
            cells = [plain(cell).strip() for cell in raw]
            filled = list(filter(None, cells))
            if raw:
                lines.append(_Line(reader.line_num, cells, filled, is_after_gap))
            is_after_gap = not filled
    return lines


def _starts(lines: Sequence[_Line], headers: Sequence[Header], accepts: Accepts) -> list[tuple[int, Sequence[Header]]]:
    """(row, from 0, at which a part begins with its titles; its headers, none where nobody knows it)."""
    starts: list[tuple[int, Sequence[Header]]] = [(0, headers)]
    current, facts, tried = headers, dict(headers[0].facts), 0
    at = begin = headers[0].record
    while at < len(lines) and tried < TRIED:
        known = _texts(headers)
        is_split = at == headers[0].record and split_headings(headers[0].names, lines[at].cells)
        if is_split or not _may_be_heading(lines, at, known):
            at += 1
            continue
        top = _titles(lines, at, begin, headers[0])
        is_next_page = current and any(_is_same(lines[at].cells, row) for header in headers for row in header.rows)
        if is_next_page and not find_facts([line.cells for line in lines[top:at]]):
            begin = at + 1
        else:
            tried += 1
            if following := _headers_at(lines, top, at, facts, accepts):
                starts.append((top, following))
                current = headers = following
                facts = dict(following[0].facts)
                at = begin = following[0].record
                continue
            if current and _is_heading(lines, at, headers[0], known):
                starts.append((top, []))
                current, begin = [], at + 1
        at += 1
    return starts


def _texts(headers: Sequence[Header]) -> frozenset[str]:
    """The labels of the headers that no row of data has: a recap beside the sessions is headed by words of the sessions' own cells
    (`H`, `Sakit`), and so are days by bare numbers."""
    cells = {cell for header in headers for row in header.rows for cell in row}
    return frozenset(cell for cell in cells if _LABEL(cell) and fold(cell) not in _data())


@cache
def _data() -> frozenset[str]:
    """The words that cells of data are made of, as they are compared."""
    values = [column.values for contract in SOURCES.values() for column in contract.columns]
    return frozenset(fold(word) for words in values for value in words for word in (value, *words[value]))


def _may_be_heading(lines: Sequence[_Line], at: int, known: frozenset[str]) -> bool:
    filled = lines[at].filled
    if len(filled) < 2 or lines[at].is_label or len(set(filled)) < len(filled) * 0.8:
        return False
    if len(known.intersection(filled)) > 1:
        return True
    is_apart = lines[at].is_after_gap or len(lines[at - 1].filled) < 2 or lines[at - 1].is_label
    return is_apart and not any(map(_is_datum, filled))


def _titles(lines: Sequence[_Line], at: int, begin: int, header: Header) -> int:
    """The row at which the titles above a heading begin: labels, lines of one text, and, behind a gap, lines of two texts."""
    sparse = min(2, sum(map(bool, header.names)) - 1)

    def is_title(line: _Line) -> bool:
        return line.is_label or (len(line.filled) <= sparse and not any(map(_is_datum, line.filled)))

    top = at
    while top > begin and is_title(lines[top - 1]):
        top -= 1
    while top < at and len(lines[top].filled) == 2 and not (lines[top].is_after_gap or lines[top].is_label):
        top += 1
    return top


def _is_datum(cell: str) -> bool:
    return bool(_DATUM.search(re.sub(r"[\s.,]", "", cell)))


def _headers_at(
    lines: Sequence[_Line], top: int, at: int, facts: Mapping[str, str], accepts: Accepts
) -> Sequence[Header]:
    """The headers that begin in row `at`, with what stands above them and above the tables before. Raises FileRefused where they need the
    class of the table before, and are titled for another."""
    head = [(line.lines, line.cells) for line in lines[top : at + HEADER_ROWS]]
    above = facts

    def accepts_below(header: Sequence[str], facts: Mapping[str, str]) -> int:
        if is_other_class(above, facts):
            unsaid = {label: value for label, value in above.items() if label not in LABELS}
            if accepts(header, over(above, facts)) and not accepts(header, over(unsaid, facts)):
                raise FileRefused(
                    "FILE_FACTS",
                    f"The table whose heading is in row {at + 1} is titled for another class than the one above it: "
                    "'Kode Kelas : ...'",
                )
        return accepts(header, over(above, facts))

    found = find_headers(head, accepts_below)
    if not found or not any(_is_same(lines[at].cells, row) for row in found[0].rows):
        return []
    return [replace(header, facts=over(facts, header.facts), record=header.record + top) for header in found]


def _is_heading(lines: Sequence[_Line], at: int, header: Header, known: frozenset[str]) -> bool:
    """Whether a row that nobody knows is a heading for certain: it has the headings of the table above, which has this `header`, or it
    stands right below the number of a section. An office that is numbered among its people (`A. Dinas Sosial`) is no section: those
    stand apart, or begin with the first table."""
    filled = lines[at].filled
    shares = len(known.intersection(filled))
    return (shares > 1 and shares * 3 >= len(filled)) or (
        _begins_section(lines, at)
        and (lines[at - 1].is_after_gap or _begins_section(lines, header.record - len(header.rows)))
        and not any(cell[0].isdigit() or fold(cell) in _data() for cell in filled)
    )


def _begins_section(lines: Sequence[_Line], at: int) -> bool:
    above = lines[at - 1].filled if at else []
    return len(above) == 1 and bool(_SECTION.fullmatch(above[0]))


def _is_same(cells: Sequence[str], row: Sequence[str]) -> bool:
    return [cell for cell in cells if cell] == [cell for cell in row if cell]
