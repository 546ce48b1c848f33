"""Where the headings of a list stand, what they are called, and what is no name of a column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from typing import Protocol

from schemas.column import TWICE
from schemas.profiles import vocabulary
from warehouse.delivery.cells.class_code import LABELS, over, with_classes
from warehouse.delivery.cells.days import WEEKDAYS
from warehouse.delivery.cells.period import SAID
from warehouse.delivery.cells.spans import MONTH_NAMES, spans_of
from warehouse.delivery.sheets.numbers import one_number
from warehouse.delivery.sheets.titles import find_facts

HEADER_WITHIN = 30
"""The header is looked for in this many rows."""
HEADER_ROWS = 4
"""Rows that a header may span, as group labels over sub-labels."""
BANNER_ROWS = 5
"""Lines in a row between the people of a list, below which somebody is still looked for."""


class Accepts(Protocol):
    """Tells how many columns of a header somebody knows, 0 where it is none.

    `facts` are the labelled values above it, such as `kode kelas` → `MD-01-1`.
    """

    def __call__(self, header: Sequence[str], facts: Mapping[str, str]) -> int: ...


@dataclass(frozen=True)
class Header:
    """Where the headings of a table stand, what its columns are called, and what is said above it."""

    names: tuple[str, ...]
    facts: Mapping[str, str]
    record: int
    """Number of the header's last record among the file's records, from 1."""
    lines: int
    """Physical lines up to its end."""
    rows: tuple[tuple[str, ...], ...]
    """The header's rows as they stand in the file: they may come again on the next printed page."""
    beside: Mapping[int, int] = field(default_factory=dict)
    """Places of further columns of people's numbers → that of the first."""


def find_headers(head: Sequence[tuple[int, list[str]]], accepts: Accepts, files: Sequence[str] = ()) -> list[Header]:
    """The first row, or rows, that somebody knows as a header; of several ways to read it the one with most columns.

    Several where the row heads several tables that stand side by side. `files` are the names of the sheet and of the file: the class
    of the list may stand there.
    """
    search = _Search([cells for _, cells in head], accepts, files)
    for start in range(min(len(head), HEADER_WITHIN)):
        if best := search.begun_from(start):
            last = best.top + best.depth
            return [
                Header(
                    _unique(names),
                    search.facts(best.top, best.depth)
                    if len(best.blocks) == 1
                    else search.facts_of(block, best.top, best.depth),
                    last,
                    head[last - 1][0],
                    tuple(tuple(cells) for _, cells in head[best.top : last]),
                    beside,
                )
                for block in best.blocks
                for names, beside in [one_number(block)]
            ]
    return []


@dataclass(frozen=True)
class _Way:
    """A way to read rows as a header: which they are, what the columns of each table are called, and how well somebody knows them."""

    top: int
    depth: int
    blocks: Sequence[tuple[str, ...]]
    rank: tuple[int, int, bool, int]
    """How many columns are known; of as many, how few are called alike, whether no labels are cut, how few rows it takes."""


class _Search:
    """The rows at the head of a sheet, and what stands above each of them that may begin a header. Many ways to read one ask for the same, so it is kept."""

    def __init__(self, rows: Sequence[list[str]], accepts: Accepts, files: Sequence[str]) -> None:
        self.rows, self.accepts = rows, accepts
        self._facts_above = cache(lambda top: find_facts(rows[:top], files))
        self._facts_within = cache(lambda top, first, last: find_facts([row[first : last + 1] for row in rows[:top]]))
        self.facts = cache(self._facts)
        self._is_cut = cache(self._cuts)
        self._is_data = cache(
            lambda at: any(_TICK(cell) or _MOMENT(cell) or NUMBERED(re.sub(r"[\s.'-]", "", cell)) for cell in rows[at])
        )

    def begun_from(self, start: int) -> _Way | None:
        """The best header among those that begin in a row, or in the few below it; None where nobody knows one that begins there.

        A title may be read as a label over the header: where fewer rows say as much, they are the header. Where they call two columns
        alike (Pagi, Siang, Pagi, Siang), what stands over them tells them apart. Nor does a header begin or end between labels that are
        merged, or grouped.
        """
        best: _Way | None = None
        for top in range(start, min(start + HEADER_ROWS, len(self.rows))):
            # Below a header's own rows begins another table's, however many more columns it has.
            if best and top >= best.top + best.depth:
                break
            if top and _is_below_another(self.rows[top - 1], self.rows[top]):
                continue
            for way in self._ways(top):
                if best is None or way.rank > best.rank:
                    best = way
            if not best:
                break
        return best

    def _ways(self, top: int) -> Iterator[_Way]:
        """The ways to read a row, and some below it, that somebody knows."""
        for depth in range(1, min(HEADER_ROWS, len(self.rows) - top) + 1):
            last = top + depth - 1
            if not any(self.rows[top]) or not any(self.rows[last]) or (depth > 1 and self._is_data(last)):
                return
            for names in _names(self.rows[top : last + 1], self._is_torn(top, depth)):
                if isinstance(names, Alike):
                    self.accepts(names, self.facts(top, depth))
                elif way := self._way(names, top, depth):
                    yield way

    def _way(self, names: tuple[str, ...], top: int, depth: int) -> _Way | None:
        """What rows say when the columns are called so, or, where more of them are known then, the one that names the class of each row after its
        codes: somebody's own layout may know it as it is called."""
        called = [names]
        if not LABELS & self.facts(top, depth).keys():
            called.append(with_classes(names, self.rows[top + depth :]))
        ways = [way for name in dict.fromkeys(called) if (way := self._known(name, top, depth))]
        return max(ways, key=lambda way: way.rank, default=None)

    def _known(self, names: tuple[str, ...], top: int, depth: int) -> _Way | None:
        """Several tables side by side, of which each is known, or one; None where nobody knows it."""
        blocks = _blocks(names)
        asked = (self.accepts(one_number(block)[0], self.facts_of(block, top, depth)) for block in blocks)
        scores = list(takewhile(bool, asked))
        # One that nobody knows is enough: they are no tables side by side then.
        if len(scores) < max(len(blocks), 1):
            blocks, scores = [names], [self.accepts(one_number(names)[0], self.facts(top, depth))]
        alike = sum(len(named) - len({*named}) for block in blocks for named in [[*filter(None, block)]])
        return (
            _Way(top, depth, blocks, (sum(scores), -alike, not self._is_cut(top, depth), -depth))
            if all(scores)
            else None
        )

    def _facts(self, top: int, depth: int) -> Mapping[str, str]:
        """What stands above a header; where nothing says its year, the one that stands over its columns."""
        years = _years_over(self.rows[self._below_titles(top, depth) : top + depth])
        return ({"tahun": years.pop()} if len(years) == 1 else {}) | self._facts_above(self._below_titles(top, depth))

    def facts_of(self, block: Sequence[str], top: int, depth: int) -> Mapping[str, str]:
        """What stands above one of several tables: in its own columns, or else, from the left, above them all."""
        places = [position for position, name in enumerate(block) if name]
        own = self._facts_within(self._below_titles(top, depth), places[0], places[-1])
        facts = over(self.facts(top, depth), own)
        # What each says of itself is said once.
        both = own.get(TWICE, "").split("; ")
        twice = [label for label in facts.get(TWICE, "").split("; ") if label not in own or label in both]
        return {**facts, TWICE: "; ".join(twice)}

    def _is_torn(self, top: int, depth: int) -> bool:
        """Whether years stand over columns of a header that are not all of the same year, nor of the year that stands above it."""
        years, above = _years_over(self.rows[self._below_titles(top, depth) : top + depth]), self.facts(top, depth)
        said = _YEAR.findall(f"{above.get('tahun', '')} {above.get(SAID, '')}")
        return bool(years) and len(years.union(said)) > 1

    def _below_titles(self, top: int, depth: int) -> int:
        """Where a header begins below what may be titles: a line of one text is one, though it may be read as a label over the header."""
        titles = takewhile(lambda row: sum(map(bool, row)) == 1, self.rows[top : top + depth - 1])
        return top + sum(1 for _ in titles)

    def _cuts(self, top: int, depth: int) -> bool:
        """Whether a header would begin, or end, between labels that are merged downwards or grouped."""
        rows, end = self.rows, top + depth
        return _goes_on(rows[top - 1 : top], rows[top]) or _is_below(rows[top:end], rows[end:])


def _goes_on(above: Sequence[Sequence[str]], row: Sequence[str]) -> bool:
    """Whether labels of the row above are merged downwards into a header's first row: they stand in both."""
    return sum(bool(cell) and cell == upper for upper, cell in zip(above[0], row, strict=False)) > 1 if above else False


def _is_below(header: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> bool:
    """Whether the row below a header holds the labels of a group's columns: words alone, one of them where the header has none, or all of them the same, and none
    where it has one of its own; or days of the calendar below those of the week, or of the class."""
    row = below[0] if below else []
    labels = {at for at, cell in enumerate(row) if cell}
    over_them = [*header[-1], *[""] * len(row)]
    if len(labels) > 1 and all(_DAY(row[at]) and _NAMED_DAY(over_them[at]) for at in labels):
        return True
    named = {at for cells in header for at, cell in enumerate(cells) if cell}
    is_words = all(re.search(r"[^\W\d]", row[at]) and not re.search(r"\d{5}", row[at]) for at in labels)
    # Of columns that only their groups tell apart (Biaya below Usulan and Disetujui) each has a heading above.
    is_alike = len({row[at] for at in labels}) == 1 and min(named, default=0) not in labels
    return len(labels) > 1 and is_words and (bool(labels - named) or is_alike) and bool(named - labels)


_DAY = re.compile(
    rf"[1-9]|[12]\d|3[01]|20\d\d-\d\d?-\d\d?|\d{{1,2}}(?:[-/. ](?:\d{{1,2}}|{'|'.join(MONTH_NAMES)})){{1,2}}(?:[-/. ](?:20)?\d\d)?",
    re.IGNORECASE,
).fullmatch
"""A day of the calendar, or of a month."""
_NAMED_DAY = re.compile(
    rf"{'|'.join(WEEKDAYS)}|(?:hari|pertemuan|sesi)\W*(?:ke\W*)?(?:[ivx]+|\d{{1,2}})", re.IGNORECASE
).fullmatch
"""One of the week, or of the class."""
_TICK = re.compile(r"[√✓✔☑✅🗸•●–—…._-]+").fullmatch
"""A mark of presence, or the dots to sign on: no label is one, and beside a label it would go unseen."""
IS_LABEL = re.compile(r"(?!.*\d{4})(?:.*[^\W\d]|\W*%)", re.DOTALL).match
"""What may be the label of a column: words, or a sign of percentages."""
_MOMENT = re.compile(r"\d{4}\D{1,3}\d{1,2}[:.]\d\d[:.]\d\d").search
"""A day with a time to the second: programs write it, and no label has it."""
NUMBERED = re.compile(r"\d{9}").search
"""An identity number or a large amount: no label has one, not even a date."""


def _blocks(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The names that belong to each of several tables side by side, at their places: the first name comes again with each; none
    where there is one table."""
    first = next((name for name in names if name), "")
    begins = [position for position, name in enumerate(names) if name and name == first]
    if len(begins) < 2:
        return []
    ends = [*begins[1:], len(names)]
    return [
        tuple(name if begin <= position < end else "" for position, name in enumerate(names))
        for begin, end in zip(begins, ends, strict=True)
    ]


_ANOTHER = re.compile(
    r"(?!.*\bfisik\b).*\b(?:keuangan|anggaran|(?:pe)?nyerapan|serapan|(?:tahun|bulan|triwulan|periode|semester)\W+(?:lalu|sebelum\w*)|rem[ei]d\w*|kuis|quiz|try\W?out|harapan|kepentingan|"
    r"rating\W+(?:hasil|perilaku)|(?:kinerja|predikat)\W+organisasi)\b.*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""A label over a group of columns that makes them something else than what they are called: money, a test that is taken again, what was before, what people expect."""

_BESIDE_A_SCORE = re.compile(
    rf"\W*(?:(?:jumlah|jml|total)\W+)?(?:{vocabulary()['no_score']})\b[^:\d]*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""A label over tests that makes their columns no scores: their weights, the time that they took, the ranks."""
_A_TEST = re.compile(r"\W*(?:pr[ea]|post?|pasca|tes|test|ujian|kuis|quiz)\b.*", re.IGNORECASE | re.DOTALL).fullmatch
_PHASE = re.compile(rf"\W*{vocabulary()['phase']}\W*", re.IGNORECASE).fullmatch
_OBSERVER = re.compile(rf"\W*(?:{vocabulary()['observer']})\b", re.IGNORECASE).match
"""Before or after a class, over those who observed somebody then."""
_MONEY = re.compile(r"\b(?:keuangan|anggaran)\b", re.IGNORECASE).search
_AMOUNT = re.compile(r"(?!\W*(?:rp|rupiah)\W*$).*\b(?:kontrak|biaya|pagu|rp)\b", re.IGNORECASE | re.DOTALL).match
"""What a label below one of money says that names an amount by itself; `Rp` alone is an amount of what stands above."""


_UNSETTLED = re.compile(
    r"\W*(?:(?:nilai|skor|predikat|kinerja|hasil)\W+)?(?:usulan|target|bobot|prediksi|perkiraan|organisasi|kelompok|tim)\b[^:\d]*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""A label that makes what is judged below it a wish, a weight, or that of several people."""
_ELSE = re.compile(
    rf"\b(?:{vocabulary()['no_score']}|kelompok|organisasi|tim|perbaikan|rem[ei]d\w*)\b|%", re.IGNORECASE
).search
"""What a label has that makes its columns no parts of what they are called."""
_JUDGED = re.compile(
    r"\W*(?:predikat|nilai|skor|nrr|rating|hasil kerja|perilaku|rencana|realisasi|biaya)\b.*", re.IGNORECASE | re.DOTALL
).fullmatch
_OWN = re.compile(
    r"\W*(?:(?:data|identitas|nama)\W+)?(?:individu|perorangan|pegawai|pns|asn|peserta|penetapan|ditetapkan|final)\b\W*"
    r"(?:(?:yang\W+)?(?:dinilai|diamati|bersangkutan)\W*)?|\W*yang\W+(?:dinilai|diamati)\W*",
    re.IGNORECASE,
).fullmatch
"""A label over a group of columns that says no more than that they are those of the person whom a row is about, or what was settled."""
YEAR_OVER = re.compile(
    r"\W*(?:(?:tahun|thn|t\.?\s?a)\b\W*)?(?:(?:anggaran|penilaian|kinerja)\W+)?(20\d\d)\W*", re.IGNORECASE
).fullmatch
"""A label over a group of columns that says their year."""


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def _years_over(rows: Sequence[Sequence[str]]) -> set[str]:
    """The years that stand over labels of a header."""
    found = (
        (level, at, match[1])
        for level, row in enumerate(rows)
        for at, cell in enumerate(row)
        if (match := YEAR_OVER(cell))
    )
    return {
        year
        for level, at, year in found
        for row in rows[level + 1 :]
        if row[at : at + 1] not in ([], [""], [rows[level][at]])
    }


def _is_of_another(upper: str, label: str) -> bool:
    """Whether a label stands below one without which it would be taken for something else (`Realisasi` below `Keuangan (%)`); one that names its amount says
    so by itself (`Nilai Kontrak`)."""
    if (_BESIDE_A_SCORE(upper) and _A_TEST(label)) or (_PHASE(upper) and _OBSERVER(label)):
        return True
    if _UNSETTLED(upper) and (_A_TEST(label) or _JUDGED(label) or spans_of(label)):
        return upper != label
    return upper != label and bool(_ANOTHER(upper)) and not (_ANOTHER(label) or (_MONEY(upper) and _AMOUNT(label)))


def _is_below_another(above: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a row is the lower part of a header whose labels are merged downwards, and a group's label in the upper part makes its columns something
    else."""
    both = [(upper, label) for upper, label in zip(above, row, strict=False) if upper and label]
    return any(upper == label for upper, label in both) and (
        any(_is_of_another(*pair) for pair in both) or bool(_years_over([above, row]))
    )


def _names(rows: Sequence[Sequence[str]], is_torn: bool = False) -> Iterator[tuple[str, ...]]:
    """Names that header rows give to the columns: joined from top to bottom, a year behind what it stands over; the lowest label, a number with what stands over
    it; and the lowest label alone, with its year where that `is_torn` from what is said of the others."""
    if len(rows) == 1:
        yield tuple(" ".join(cell.split()) for cell in rows[0])
        return
    width = max(map(len, rows))
    grid = [[" ".join(cell.split()) for cell in row] + [""] * (width - len(row)) for row in rows]
    spread = [list(row) for row in grid]
    for level, row in enumerate(spread[:-1]):
        for column in range(1, width):
            # A group's label stands over its first column and is meant for the following ones that have a sub-label.
            below = any(grid[lower][column] for lower in range(level + 1, len(grid)))
            above = any(grid[upper][column] for upper in range(level))
            if not row[column] and below and not above:
                row[column] = row[column - 1]
    # A label merged downwards stands in each of its rows.
    joined = tuple(" ".join(_dated(dict.fromkeys(filter(None, column)))) for column in zip(*spread, strict=True))
    lowest = tuple(
        whole
        if any(_is_of_another(upper, last) or (is_torn and upper != last and YEAR_OVER(upper)) for upper in column[:-1])
        else last
        for whole, column, last in zip(
            joined,
            zip(*spread, strict=True),
            (next((cell for cell in reversed(column) if cell), "") for column in zip(*grid, strict=True)),
            strict=True,
        )
    )
    behind, alike = lowest, Alike(lowest)
    if lowest.count(next(filter(None, lowest), "")) == 1:
        # Of tables side by side each has its own.
        lowest, behind = _told_apart(lowest, [*zip(*spread, strict=True)])
    counted = tuple(whole if last.isdigit() else last for whole, last in zip(joined, lowest, strict=True))
    # The one year that is said above all columns need not be said of each.
    bare = tuple(" ".join(_undated(dict.fromkeys(filter(None, column)))) for column in zip(*spread, strict=True))
    yield from dict.fromkeys((*([] if is_torn else [bare]), joined, counted, lowest, behind))
    if alike != lowest:
        yield alike


class Alike(tuple[str, ...]):
    """Names of columns that only the labels over them tell apart: by them nothing is read, and who knows them says what is wrong."""


def _told_apart(names: Sequence[str], columns: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of columns, of those that are called alike with the labels over them that tell them apart, before the name and behind it (`Pre Test Teori`); none
    where a label says that they are those of whom the row is about."""
    before, behind = list(names), list(names)
    for name in {name for name in names if name and names.count(name) > 1}:
        places = [at for at, other in enumerate(names) if other == name]
        shared = set[str].intersection(*({*columns[at]} for at in places))
        for at in places:
            labels = [label for label in dict.fromkeys(columns[at]) if label and label not in shared]
            if not any(map(_OWN, labels)):
                before[at] = " ".join(_dated([*labels, name]))
                behind[at] = before[at] if any(map(_ELSE, labels)) else " ".join([name, *labels])
    return tuple(before), tuple(behind)


def _dated(labels: Iterable[str]) -> list[str]:
    """The labels of one column from top to bottom, a year behind the one below it: `Semester I` below `Tahun 2025` is `Semester I 2025`."""
    named = list(labels)
    for at in reversed(range(len(named) - 1)):
        if year := YEAR_OVER(named[at]):
            named[at : at + 2] = named[at + 1], year[1]
    return named


def _undated(labels: Iterable[str]) -> list[str]:
    """The labels of one column without the years over the lowest."""
    *over, last = [*labels] or [""]
    return [label for label in over if not YEAR_OVER(label)] + [last]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique.append(f"{name} #{counts[name]}" if name and counts[name] > 1 else name)
    return tuple(unique)
