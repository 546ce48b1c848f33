"""The table among the rows: finds the header, tells data from what stands around it, and reads the labels above it.

Titles, numbering rows, repeated headers and signature blocks are left out and named; totals and titles that may be data
are left to the contract. Works on cells of text, whatever file they are from.
"""

from __future__ import annotations

import copy
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, pairwise, takewhile
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple, Protocol

import polars as pl

from schemas.bilingual import english, indonesian, translates
from schemas.column import SCALE, SCALED, heading
from schemas.profiles import vocabulary
from schemas.reasons import FileRefused
from warehouse.delivery.banners import is_banner, is_said, is_section
from warehouse.delivery.between import SHORT, Line
from warehouse.delivery.class_code import LABELS, class_of, is_other_class, named_class, other_class, over
from warehouse.delivery.days import HEADINGS, ORDINALS, WEEKDAYS
from warehouse.delivery.dialect import name_of
from warehouse.delivery.legend import MAY_BE, is_legend, legend_above, legend_of
from warehouse.delivery.numbers import join_numbers, join_parts, one_number
from warehouse.delivery.pairs import join_pairs
from warehouse.delivery.period import SAID, named_period, part_untold, period_of, with_years, year_of
from warehouse.delivery.presence import LISTS_AWAY
from warehouse.delivery.shifted import find_shifted
from warehouse.delivery.spans import spans_of
from warehouse.delivery.totals import find_totals

ROW = "_row"
"""Name of the row-number column of every batch: the sheet's row, the CSV file's record (blank lines not counted)."""
HEADER_WITHIN = 30
"""The header is looked for in this many rows."""
HEADER_ROWS = 4
"""Rows that a header may span, as group labels over sub-labels."""
BANNER_ROWS = 5
"""Lines in a row between the people of a list, below which somebody is still looked for."""
SMALL = 10_000
"""Rows of a list that an office keeps by hand: of more nobody is asked whether a row is a break or a vacancy."""
SHORT_LINES = 1_000
"""Lines of one piece that are asked what they say, where a text has some with fewer cells than columns."""

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


_MONTHS = "januari|februari|pebruari|maret|april|mei|juni|juli|agustus|september|oktober|november|nopember|desember"
TOTAL = (
    r"(?i)^\W*(grand |sub ?)?(jumlah|total|jml|rata\s?-?\s?rata|rerata|persentase|prosentase)\b.{0,40}$|"
    r"^\W*(?:(?:tidak |tdk |belum )?(?:hadir|lulus|tuntas)|izin|ijin|sakit|alph?a|tanpa keterangan|dinas luar|cuti|laki\W?laki|perempuan|pria|wanita)\s?[:=]\s?\d{1,4}\s?(?:orang|org)?\W*$"
)
DAY_LINE = (
    rf"(?i)^(?:(?:hari|tanggal|tgl)\W*)*(?:(?:senin|selasa|rabu|kamis|jum.?at|sabtu|minggu)\W+)?\d{{1,2}}\W+(?:{_MONTHS})\W+\d{{4}}\W*$|"
    r"^\W*(?:hari|pertemuan|sesi)\W*(?:ke\W*)?(?:[ivx]+|\d{1,3})\W*$"
)
"""A line above a table that is the day, or the session, of what follows."""
_DAY_LABEL = re.compile(r"^\W*(?:hari\W*)?(?:tanggal|tgl)\W*[:=]\s*", re.IGNORECASE)
FOOTER = (
    r"(?i)^\W*(mengetahui|menyetujui|mengesahkan|disetujui|diketahui|dibuat oleh|diperiksa oleh|panitia|ketua panitia|"
    r"petugas|penyelenggara|penanggung jawab|kepala |sekretaris |ketua |koordinator |plt\b|plh\b|a\.?n\.? |keterangan\s*:|catatan|\*\)|"
    rf"nip[ .:]+\d|tanda tangan)|,[^,]*\b({_MONTHS})\s+\d{{4}}\W*$|^[^\W\d][^,]*,\s*\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?20\d\d\W*$|,\s*\.{{3,}}"
)
PAGE = re.compile(
    r"(?i)\W*(?:halaman|hal|page|lembar)\b\W*(?:ke\W*)?\d{1,4}(?:\W*(?:(?:dari|of)\W*)?\d{1,4})?\W*"
).fullmatch
"""The line at the foot, or the head, of a printed page."""


class Accepts(Protocol):
    """HeaderMatcher a header: how many of its columns somebody knows, 0 where it is no header.

    `facts` are the labelled values above it, such as `kode kelas` → `MD-01-1`.
    """

    def __call__(self, header: Sequence[str], facts: Mapping[str, str]) -> int: ...


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


# ---------------------------------------------------------------- header


@dataclass(frozen=True)
class Header:
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
    rows = [cells for _, cells in head]
    find_above = cache(lambda top: find_facts(rows[:top], files))
    is_data = cache(
        lambda at: any(_TICK(cell) or _MOMENT(cell) or _NUMBERED(re.sub(r"[\s.'-]", "", cell)) for cell in rows[at])
    )
    # Many ways to read a header ask for what stands above the same columns.
    facts_within = cache(lambda top, first, last: find_facts([row[first : last + 1] for row in rows[:top]]))

    @cache
    def facts_above(top: int, depth: int) -> Mapping[str, str]:
        """What stands above a header; where nothing says its year, the one that stands over its columns."""
        years = _years_over(rows[below_titles(top, depth) : top + depth])
        return ({"tahun": years.pop()} if len(years) == 1 else {}) | find_above(below_titles(top, depth))

    def facts_of(block: Sequence[str], top: int, depth: int) -> Mapping[str, str]:
        """What stands above one of several tables: in its own columns, or else, from the left, above them all."""
        places = [position for position, name in enumerate(block) if name]
        own = facts_within(below_titles(top, depth), places[0], places[-1])
        return over(facts_above(top, depth), own)

    def is_torn(top: int, depth: int) -> bool:
        """Whether years stand over columns of a header that are not all of the same year, nor of the year that stands above it."""
        years, above = _years_over(rows[below_titles(top, depth) : top + depth]), facts_above(top, depth)
        said = _YEAR.findall(f"{above.get('tahun', '')} {above.get(SAID, '')}")
        return bool(years) and len(years.union(said)) > 1

    def below_titles(top: int, depth: int) -> int:
        """Where a header begins below what may be titles: a line of one text is one, though it may be read as a label over the header."""
        titles = takewhile(lambda row: sum(map(bool, row)) == 1, rows[top : top + depth - 1])
        return top + sum(1 for _ in titles)

    is_cut = cache(
        lambda top, depth: (
            _goes_on(rows[top - 1 : top], rows[top]) or _is_below(rows[top : top + depth], rows[top + depth :])
        )
    )

    for start in range(min(len(rows), HEADER_WITHIN)):
        best: tuple[int, int, int, int, int, list[tuple[str, ...]]] = (0, 0, 0, 0, 0, [])
        # A title may be read as a label over the header: where fewer rows say as much, they are the header. Where they call two columns
        # alike (Pagi, Siang, Pagi, Siang), what stands over them tells them apart. Nor does a header begin or end between labels that are
        # merged, or grouped.
        for top in range(start, min(start + HEADER_ROWS, len(rows))):
            # Below a header's own rows begins another table's, however many more columns it has.
            if best[0] and top >= best[4] - best[3]:
                break
            if top and _is_below_another(rows[top - 1], rows[top]):
                continue
            for depth in range(1, min(HEADER_ROWS, len(rows) - top) + 1):
                if not any(rows[top]) or not any(rows[top + depth - 1]) or (depth > 1 and is_data(top + depth - 1)):
                    break
                above = facts_above(top, depth)
                for names in _names(rows[top : top + depth], is_torn(top, depth)):
                    if isinstance(names, Alike):
                        accepts(names, above)
                        continue
                    blocks = _blocks(names)
                    # One that nobody knows is enough: they are no tables side by side then.
                    scores = list(
                        takewhile(
                            bool, (accepts(one_number(block)[0], facts_of(block, top, depth)) for block in blocks)
                        )
                    )
                    if len(scores) < max(len(blocks), 1):
                        blocks, scores = [names], [accepts(one_number(names)[0], above)]
                    alike = sum(len(named) - len({*named}) for block in blocks for named in [[*filter(None, block)]])
                    if all(scores) and (sum(scores), -alike, -is_cut(top, depth), -depth) > best[:4]:
                        best = (sum(scores), -alike, -is_cut(top, depth), -depth, top, blocks)
            if not best[0]:
                break
        score, _, _, depth, top, blocks = best
        if score:
            last = top - depth
            raw = tuple(tuple(row) for row in rows[top:last])
            return [
                Header(
                    _unique(names),
                    facts_above(top, -depth) if len(blocks) == 1 else facts_of(block, top, -depth),
                    last,
                    head[last - 1][0],
                    raw,
                    beside,
                )
                for block in blocks
                for names, beside in [one_number(block)]
            ]
    return []


def _goes_on(above: Sequence[Sequence[str]], row: Sequence[str]) -> bool:
    """Whether labels of the row above are merged downwards into a header's first row: they stand in both."""
    return sum(bool(cell) and cell == upper for upper, cell in zip(above[0], row, strict=False)) > 1 if above else False


def _is_below(header: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> bool:
    """Whether the row below a header holds the labels of a group's columns: words alone, one of them where the header has none, or all of them the same, and none
    where it has one of its own; or the days of a month below those of the week."""
    row = below[0] if below else []
    labels = {at for at, cell in enumerate(row) if cell}
    over_them = [*header[-1], *[""] * len(row)]
    if len(labels) > 1 and all(_DAY(row[at]) and _WEEKDAY(over_them[at]) for at in labels):
        return True
    named = {at for cells in header for at, cell in enumerate(cells) if cell}
    is_words = all(re.search(r"[^\W\d]", row[at]) and not re.search(r"\d{5}", row[at]) for at in labels)
    # Of columns that only their groups tell apart (Biaya below Usulan and Disetujui) each has a heading above.
    is_alike = len({row[at] for at in labels}) == 1 and min(named, default=0) not in labels
    return len(labels) > 1 and is_words and (bool(labels - named) or is_alike) and bool(named - labels)


_DAY = re.compile(r"[1-9]|[12]\d|3[01]").fullmatch
_WEEKDAY = re.compile("|".join(WEEKDAYS), re.IGNORECASE).fullmatch
_TICK = re.compile(r"[√✓✔☑✅🗸•●–—…._-]+").fullmatch
"""A mark of presence, or the dots to sign on: no label is one, and beside a label it would go unseen."""
_IS_LABEL = re.compile(r"(?!.*\d{4})(?:.*[^\W\d]|\W*%)", re.DOTALL).match
"""What may be the label of a column: words, or a sign of percentages."""
_MOMENT = re.compile(r"\d{4}\D{1,3}\d{1,2}[:.]\d\d[:.]\d\d").search
"""A day with a time to the second: programs write it, and no label has it."""
_NUMBERED = re.compile(r"\d{9}").search
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
_YEAR_OVER = re.compile(
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
        if (match := _YEAR_OVER(cell))
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
        if any(
            _is_of_another(upper, last) or (is_torn and upper != last and _YEAR_OVER(upper)) for upper in column[:-1]
        )
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
        if year := _YEAR_OVER(named[at]):
            named[at : at + 2] = named[at + 1], year[1]
    return named


def _undated(labels: Iterable[str]) -> list[str]:
    """The labels of one column without the years over the lowest."""
    *over, last = [*labels] or [""]
    return [label for label in over if not _YEAR_OVER(label)] + [last]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique.append(f"{name} #{counts[name]}" if name and counts[name] > 1 else name)
    return tuple(unique)


def is_cut(row: Sequence[str]) -> bool:
    """Whether a row is a text that its commas cut into cells: each but the first begins with a space."""
    more = [cell for cell in row[1:] if cell.strip()]
    return bool(more and row[0].strip()) and all(cell[0].isspace() for cell in more)


_SCALE = re.compile(
    r"\W*(?:skala|rentang)\s*(?:nilai|penilaian|skor|jawaban|likert)?\W+(\d)\s*(?:[-–]|s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?)\s*(\d{1,3})\W*(?:\(.*\)\W*)?",
    re.IGNORECASE,
).fullmatch
"""A line that says from which score to which something is judged: `Skala Nilai : 0 - 100`."""
_AS_OF = re.compile(
    r"\b(?:keadaan|posisi|kondisi|status|per|(?:laporan|realisasi|progre\w*|kemajuan|capaian)\b\D*\b(?:s\W?d|sampai(?: dengan)?|hingga))\b\W*"
    rf"(?:(?:per|pada|s\W?d|sampai(?: dengan)?|hingga|tanggal|tgl)\b\W*)*(?P<day>\d{{1,2}}\s+(?:{_MONTHS})\s+20\d\d)\b",
    re.IGNORECASE,
).search
"""The day of which a title says that things stood as they are listed: `Keadaan s.d. 31 Januari 2026`."""
_MARKED = re.compile(r"[:=]|\d{4}").search
"""What no label has that stands over what it says."""


def find_facts(rows: Sequence[Sequence[str]], names: Sequence[str] = ()) -> dict[str, str]:
    """Labelled values in title rows: `Kode Kelas : A` in one cell, or in neighbouring cells. Keys as headings.

    The first line of all stands under `title`, the year of "… Tahun 2026" under `tahun`, the one period that titles name ("… Triwulan IV
    Tahun 2025") under `periode`, amounts that are no rupiah ("dalam jutaan rupiah") under `satuan uang`, the scale ("Skala Nilai 0-100") under `skala minimum`, `skala maksimum` and, of one from 0 on, `nilai maksimum`, a line that is a day alone under
    `hari tanggal`, the test that titles, the sheet or else the file are called after under `sebutan tes` (columns may be tests of their own), the phase of observations under `sebutan fase`, one that speaks of money and of no work under `sebutan keuangan`, of those who were away under `sebutan absen`, the service that the sheet
    or else the file is called after (`Layanan KTP`) under `sebutan layanan`, the office that the sheet is called after (`Dinkes`) under `sebutan unit`, the day as of which titles say that all stood so under `sebutan hari`; the class code in a title, or in the `names` of sheet and file, under `kode kelas`, where no label says the class.
    """
    facts: dict[str, str] = {}
    titles = list(names)
    for above, below in pairwise(rows):
        # Three labels and more with what they say below them: the first lines of a report.
        labels = {position: cell.strip() for position, cell in enumerate(above) if cell.strip()}
        said = {position: cell.strip() for position, cell in enumerate(below) if cell.strip()}
        if (
            len(labels) > 2
            and len(said) > 1
            and said.keys() <= labels.keys()
            and not any(map(_MARKED, labels.values()))
        ):
            facts |= {heading(labels[position]): cell for position, cell in said.items() if heading(labels[position])}
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip() not in ("", ":", "=")]
        if is_cut(row):
            whole = ", ".join(cells)
            if re.search("[:=]", cells[0]):
                cells = [whole]
            elif not re.search("[:=]", whole):
                titles.append(whole)
                facts.setdefault("title", whole)
        if cells:
            facts.setdefault("title", cells[0])
            if year := year_of(" ".join(cells)):
                facts.setdefault("tahun", year)
            if scored := _SCALE(" ".join(cells)):
                facts |= {"skala minimum": scored[1], "skala maksimum": scored[2]} | facts
                facts |= {"nilai maksimum": scored[2]} | facts if scored[1] == "0" else {}
            if scale := SCALED.search(" ".join(cells)):
                facts.setdefault(SCALE, scale[0])
            if len(cells) == 1 and re.search(DAY_LINE, cells[0]):
                facts.setdefault("hari tanggal", _DAY_LABEL.sub("", cells[0]))
            if len(cells) == 1 and not re.search("[:=]", cells[0]):
                titles.append(cells[0])
        position = 0
        while position < len(cells):
            label, mark, value = re.match(r"([^:=]*)([:=]?)(.*)", cells[position], re.DOTALL).groups()  # type: ignore[union-attr]
            position += 1
            if not value.strip() and position < len(cells) and heading(label):
                value = cells[position].lstrip(":= ")
                position += bool(mark) or len(cells) == 2
            if heading(label) and value.strip():
                facts.setdefault(heading(label), value.strip())
                for ours in (indonesian(label), *english(label)):
                    facts.setdefault(ours, value.strip())
    # A file may hold several tests, each on a sheet of its own.
    own = [*titles[len(names) :], *names[:-1]]
    is_said = any(known.search(title) for known in (*_TESTS.values(), _REMEDIAL) for title in own)
    if test := _test_of(own) if is_said else _test_of(names):
        facts["sebutan tes"] = test
    if phase := _phase_of(own if any(map(_OF_PHASE.search, own)) else names[-1:]):
        facts["sebutan fase"] = phase
    if money := next(filter(_OF_MONEY, own), None):
        facts["sebutan keuangan"] = money
    if service := next(filter(None, map(_service_of, names)), None):
        facts["sebutan layanan"] = service
    if away := next(filter(LISTS_AWAY, [*own, *names[-1:]]), None):
        facts["sebutan absen"] = away
    if len(days := {said["day"] for said in map(_AS_OF, titles[len(names) :]) if said}) == 1:
        facts["sebutan hari"] = days.pop()
    if office := next((name for name in names[:-1] if _OFFICE(name)), None):
        facts["sebutan unit"] = office.strip()
    if period := period_of(titles[len(names) :], facts.get("tahun", "")):
        facts.setdefault(SAID, period)
    facts |= with_years(facts)
    facts |= named_period(names, facts, titles[len(names) :])
    facts |= part_untold(titles[len(names) :], facts)
    return facts | class_of(titles, facts) | named_class(titles[len(names) :], facts)


# ---------------------------------------------------------------- rows


_LINE = re.compile(r"\(?\d+(?:[.,]\d+)?[.)]?").fullmatch
"""The number of a line, also where a spreadsheet went on counting by a step of its own."""


_EXAMPLE = r"(?i)^\W*(?:contoh|cth|misal)\W*$"
"""What stands for the number of a line that shows how the others are to be filled in."""
_NOTHING = (
    r"(?i)^\W*(?:is(?:t|h)?oma|ishoma|istirahat|(?:coffee|lunch|tea|snack)\W?break|rehat(?: kopi)?|makan siang|istirahat\W+(?:sholat|salat|makan).*"
    r"|kosong|lowong|formasi kosong|jabatan kosong|belum terisi)\W*$"
)
"""A break in a timetable, or a position that nobody holds: no data where nothing else makes a row of it."""
_TESTS = {
    "Pre Test": re.compile(r"(?i)(?<![^\W_])(?:pr[ea][\W_]{0,3}test?|tes[\W_]{0,3}awal)(?![^\W_])"),
    "Post Test": re.compile(r"(?i)(?<![^\W_])(?:(?:post?|pasca)[\W_]{0,3}test?|tes[\W_]{0,3}akhir)(?![^\W_])"),
}
"""Test before or after a class → how titles and names write it."""
_REMEDIAL = re.compile(
    r"(?i)(?:test?|awal|akhir)[\W_]{0,3}rem[ei]d\w*|(?<![^\W_])rem[ei]d\w*[\W_]{1,3}(?:(?:hasil|nilai)[\W_]{1,3})?(?:pr[ea]|post?|tes|pasca)"
    r"|^[\W_]*(?:(?:hasil|nilai|daftar|tes|ujian)[\W_]+)*rem[ei]d\w*[\W_]*$"
)
"""How they write one that is taken again by whom the first has shown to know too little; a class may be about remedial teaching."""


_OF_MONEY = re.compile(
    r"(?!.*(?:fisik|progre|pekerjaan|pembangunan|\b(?:dan|badan|dinas|bidang|bagian)\b)).*(?:\bkeuangan\b|\b(?:pe)?nyerapan\b|\bserapan\b|\brealisasi\W+anggaran\b).*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""What is titled so is about money, and about no work."""


def _test_of(titles: Sequence[str]) -> str | None:
    """The one test that titles are about; those that name both say neither."""
    said = [
        ["Remedial"] if _REMEDIAL.search(title) else [name for name, known in _TESTS.items() if known.search(title)]
        for title in titles
    ]
    single = {names[0] for names in said if len(names) == 1}
    return single.pop() if len(single) == 1 else None


_OF_PHASE = re.compile(
    r"(?i)(?<![^\W_])(sebelum|sesudah|setelah|pasca|pra)(?![^\W_])(\W*(?:(?:pelatihan|diklat|bimtek|kegiatan|mengikuti)\b|$))?"
)
"""How titles and names say whether somebody was observed before or after a class, and of what."""


def _phase_of(titles: Sequence[str]) -> str | None:
    """The one phase that titles name; those that name several say none."""
    said = [match for title in titles for match in _OF_PHASE.findall(title.replace("_", " "))]
    words = {word.casefold() for word, _ in said}
    return words.pop() if len(words) == 1 and any(of for _, of in said) else None


_SERVICE = re.compile(
    r"(?:jenis[\W_]+)?(?:pe)?layanan[\W_]+(?P<service>(?!20\d\d$)[^\W_].*)", re.IGNORECASE | re.DOTALL
)
"""How the name of a sheet or file begins that is called after the service that people were asked about."""


_OFFICE = re.compile(
    rf"\s*(?:(?:dinas|badan|kecamatan|kelurahan|puskesmas|inspektorat|satpol|sekretariat (?:daerah|dprd)) ?.*|(?:kec|kel)\. ?.+|rsud.*|{SHORT})\s*",
    re.IGNORECASE,
).fullmatch
"""The name of a sheet that is called after an office."""


def _service_of(name: str) -> str | None:
    """The service that a sheet or file is called after; what is called after a period (`Layanan TW IV`) is of that."""
    match = _SERVICE.fullmatch(name.strip())
    return match["service"] if match and not spans_of(match["service"]) else None


def _lists_people(header: Sequence[str]) -> bool:
    """Whether the columns are those of a list of people."""
    names = [heading(name) for name in header]
    return any(re.search(r"\b(?:nama|name|nip|pegawai|peserta|employee|email|surel)\b", name) for name in names)


def _line_column(header: Sequence[str]) -> int | None:
    """Place of the column that numbers the lines of a list; None where there is none."""
    names = [indonesian(name) for name in header]
    return next((at for at, name in enumerate(names) if name in ("no", "no urut", "nomor urut", "s no", "sno")), None)


_THOUSANDS = (
    r"(?:(?:dalam\W+)?(?:rp\.?|rupiah)?\s*(?:ribu|juta|mil[iy]ar)(?:an)?(?:\s*(?:rp|rupiah))?"
    r"|(?:rp\.?|rupiah|x)\s*(?:x\s*)?1?[.,]?000(?:[.,]000)*|\(1?[.,]?000(?:[.,]000)*\))"
)
_SCALED_UNIT = re.compile(rf"\W*{_THOUSANDS}\W*", re.IGNORECASE).fullmatch
_UNIT = re.compile(
    rf"\W*(?:{_THOUSANDS}|(?:dalam\W+)?(?:rp|rupiah|idr)|persen|orang|org|jp|jam|hari|menit|skor|nilai)\W*|\W*%\W*"
    r"|\W*(?:senin|sen|sn|selasa|sel|sl|rabu|rab|rb|kamis|kam|km|jum.?at|jum|jm|sabtu|sab|sb|minggu|min|mg|ahad)\W*",
    re.IGNORECASE,
).fullmatch
"""A cell below a heading that says only in what its column is counted, or on which day of the week its day is."""
_SECOND = frozenset(
    [
        "nip",
        "ni pppk",
        "nip ni pppk",
        "nipppk",
        "nip nipppk",
        "pangkat",
        "golongan",
        "pangkat golongan",
        "jabatan",
        "unit kerja",
    ]
)
"""Labels that stand below another one of the same column, where people stand on two lines."""
_DAYS = frozenset([*HEADINGS, "hari", "sesi", "sesi ke", "nomor sesi", "session no", "session date", "pertemuan"])
"""Headings of a column that says the day or the session of each row."""
_NTH_DAY = re.compile(rf"(?i)\W*(?:hari|pertemuan|sesi)\W+(?:ke\W*)?(?:{'|'.join(ORDINALS)}|terakhir)\W*").fullmatch


def split_headings(names: Sequence[str], row: Sequence[str]) -> dict[str, int]:
    """Heading → how many columns stand below it, where the row below the headings only says what they are: words below a heading and beside it, and
    else nothing but headings that are merged downwards."""
    split, rest = {}, set(range(len(row)))
    for at, end in pairwise([*(at for at, name in enumerate(names) if name), len(row)]):
        labels = [cell for cell in row[at:end] if cell]
        if len(labels) > 1 and row[at] and all(_IS_LABEL(label) or _YEAR_OVER(label) for label in labels):
            split[names[at]] = len(labels)
            rest -= set(range(at, end))
    return {} if any(row[at] and row[at] != (*names, *[""] * len(row))[at] for at in rest) else split


class Sifter:
    """Tells the rows of a table from what stands around them, batch by batch."""

    def __init__(self, table: Table, header: Header) -> None:
        self.table, self.header = table, header
        self.facts = dict(table.facts)
        table.legend |= legend_above(table.facts)
        self.named = [position for position, name in enumerate(table.header) if name]
        self.sparse = min(2, len(self.named) - 1)
        """A row with no more cells than this may be a title or a signature."""
        self.of_people, self.number = _lists_people(table.header), _line_column(table.header)
        self.line = self.number if self.of_people else None
        """Place of the column that numbers the people: what such a line alone holds is nobody."""
        self.in_footer, self.at_start = False, True
        self.lines: list[tuple[int, Line]] = []
        """(place, line) of the lines of one batch that stand above further rows."""
        self.nameless = [
            position
            for position in range(self.named[0], min(self.named[-1] + 2, len(table.header)))
            if not (table.header[position] or _SIGNED(table.header[position - 1]))
            # What another table beside it, or the column before it, has a heading for is read there.
            and not any(row[position : position + 1] not in ((), ("",)) for row in header.rows)
        ]
        """Columns without a heading among those that have one, or right beside them: what stands there is looked for, for it is read by nobody."""

    def sift(self, cells: pl.DataFrame) -> Iterator[Batch]:
        """The data rows among `cells`, in pieces that share their facts."""
        cells = join_numbers(join_parts(cells, self.table.header), self.header.beside)
        columns = [pl.col(f"c{position}") for position in self.named]
        blank = pl.all_horizontal(column.str.strip_chars(" \t\u00a0") == "" for column in columns)
        if cells.select((columns[0].str.strip_chars(" \t\u00a0") == "").any()).item():
            cells = cells.filter(~blank)
        if self.of_people:
            # First of all: a NIP on a line of its own begins a signature, too.
            cells, seconds = join_pairs(cells, self.table.header, self.line, ROW)
            self.table.skipped |= dict.fromkeys(seconds, "second line")
        if self.line is not None:
            is_example = cells.get_column(f"c{self.line}").str.contains(_EXAMPLE)
            self.table.skipped |= dict.fromkeys(cells.get_column(ROW).filter(is_example), "example")
            cells = cells.filter(~is_example)
        if not cells.height:
            return
        # A colon between a label and its value often has a cell of its own.
        filled = pl.sum_horizontal(((column != "") & (column != ":")).cast(pl.Int32) for column in columns)
        label = pl.coalesce(pl.when(column != "").then(column) for column in columns[:4])
        first = next(position for position, cell in enumerate(self.header.rows[0]) if cell)
        look = cells.select(
            (filled <= self.sparse).alias("sparse"),
            label.str.contains(TOTAL).fill_null(False).alias("total"),
            label.str.contains(MAY_BE).fill_null(False).alias("legend"),
            (pl.col(f"c{first}").str.strip_chars() == self.header.rows[0][first]).alias("header"),
        ).with_row_index("at")
        if cells.height <= SMALL:
            nobody = pl.any_horizontal(column.str.contains(_NOTHING) for column in columns)
            self.table.totals.update(cells.filter(nobody).get_column(ROW))
        drop: set[int] = set()
        self.lines = []
        if self.at_start:
            self._drop_below_header(cells, 0, drop)
            self.at_start = False
        start, before = 0, -2
        titles: list[int] = []
        above: list[list[str]] = []
        for at, sparse, total, legend, header in look.filter(pl.any_horizontal(pl.exclude("at"))).iter_rows():
            number, row = self._row(cells, at)
            if sparse or legend:
                self.table.legend |= legend_of(row)
                self._note_scale(row)
            if not (sparse or total or header):
                if is_legend(row):
                    drop.add(at)
                    self.table.skipped[number] = "legend"
                continue
            if at != before + 1:
                titles, above = [], []
                # Only a signature that began at the end of the last batch goes on at the start of this one.
                self.in_footer &= before == -2 and at == 0
            before = at
            kind = self._kind(row, sparse, header) or ("legend" if is_legend(row) else "")
            if kind:
                drop.add(at)
                self.table.skipped[number] = kind
            elif total or (sparse and (is_banner(row, self.line) if self.of_people else is_section(row, self.number))):
                self.table.totals.add(number)
            if sparse and self.of_people and kind in ("", "signature") and self._is_above_people(cells, at):
                self._check_banner(number, row)
            if sparse and kind not in ("header", "blank", "page") and self._is_above_rows(cells, at):
                self.lines.append((at, (number, row, find_facts([row]))))
            if kind == "header":
                # What stands between two tables on one sheet is the title of the second, unless it is data.
                self.table.totals.update(self._row(cells, title)[0] for title in titles)
                yield from self._piece(cells, start, at, drop)
                # A label that stood above the first table is looked for however full its row is.
                near = [self._row(cells, row)[1] for row in range(max(start, at - HEADER_WITHIN), at)]
                labelled = {label: value for label, value in find_facts(near).items() if label in self.facts}
                self.facts = over(over(self.facts, labelled), find_facts(above))
                start, titles, above = at, [], []
                self._drop_below_header(cells, at + 1, drop)
            elif sparse:
                # A title after a signature still belongs to the signature's block, but labels the next table.
                titles += [] if kind else [at]
                above = [] if any(re.search(FOOTER, cell) for cell in row if cell) else [*above, row]
        self.in_footer &= before == cells.height - 1
        yield from self._piece(cells, start, cells.height, drop)

    def _row(self, cells: pl.DataFrame, at: int) -> tuple[int, list[str]]:
        values = cells.row(at, named=True)
        return values[ROW], [values[f"c{position}"].strip() for position in range(len(self.table.header))]

    def _kind(self, row: list[str], sparse: bool, header: bool) -> str:
        """What a row is that is no data: header, signature or a numbered line on which nobody stands; '' for data and titles."""
        filled = [cell for cell in row if cell]
        if header and any(self._same(row, raw) for raw in self.header.rows):
            self.in_footer = False
            return "header"
        if self.line is not None and len(filled) == 1 and _LINE("".join(row[self.line : self.line + 1])):
            return "blank"
        if len(filled) == 1 and PAGE(filled[0]):
            return "page"
        # Whom a list numbers has a number: an identity number alone is that of who signs it.
        if (
            self.line is not None
            and len(filled) == 1
            and not row[self.line]
            and _NUMBERED(re.sub(r"[\s.'-]", "", filled[0]))
        ):
            return "signature"
        self.in_footer = sparse and (self.in_footer or any(re.search(FOOTER, cell) for cell in filled))
        return "signature" if self.in_footer else ""

    def _is_above_people(self, cells: pl.DataFrame, at: int) -> bool:
        """Whether somebody stands below a line, right there or below more such lines."""
        for below in range(at + 1, min(at + 1 + BANNER_ROWS, cells.height)):
            if self._is_person(cells, below):
                return True
            if sum(map(bool, self._row(cells, below)[1])) > self.sparse:
                return False
        return False

    def _is_above_rows(self, cells: pl.DataFrame, at: int) -> bool:
        """Whether further rows stand below a line, and no heading: of people, somebody for certain."""
        if self.of_people:
            return self._is_above_people(cells, at)
        below = (self._row(cells, row)[1] for row in range(at + 1, min(at + 1 + BANNER_ROWS, cells.height)))
        full = next((row for row in below if sum(map(bool, row)) > self.sparse), None)
        return full is not None and not any(self._same(full, raw) for raw in self.header.rows)

    def _is_person(self, cells: pl.DataFrame, at: int) -> bool:
        """Whether somebody stands on a row for certain: on a numbered line, or with an identity number."""
        if at >= cells.height:
            return False
        _, row = self._row(cells, at)
        if sum(map(bool, row)) <= self.sparse:
            return False
        if self.line is not None:
            return bool(_LINE(row[self.line]))
        return any(_NUMBERED(re.sub(r"[\s.'-]", "", cell)) for cell in row)

    def _check_banner(self, number: int, row: Sequence[str]) -> None:
        """Raise FileRefused for a line among the people that says another class, or another day, than what stands above them all."""
        said = [cell for cell in row if cell.strip(" :=")]
        is_one = len(said) == 1 or (len(said) == 2 and is_said(row))
        if not is_one or any(indonesian(name) in LABELS for name in self.table.header):
            return
        line, own = " ".join(said), find_facts([row])
        if is_other_class(self.facts, own) or other_class(self.facts, own):
            raise FileRefused(
                "FILE_FACTS", f"Row {number} {line!r}: the people below are of another class. 'Kode Kelas : ...'"
            )
        says_day = re.search(DAY_LINE, line) or _NTH_DAY(line)
        if says_day and not any(indonesian(name) in _DAYS for name in self.table.header):
            raise FileRefused(
                "FILE_SESSIONS", f"Row {number} {line!r}: the people below are of another day than those above."
            )

    def _note_scale(self, row: Sequence[str], units: Iterable[str] = ()) -> None:
        """Note what a line, or a row of units, says of amounts that are no rupiah."""
        said = SCALED.search(" ".join(row)) or next(filter(None, map(_SCALED_UNIT, units)), None)
        self.table.scaled = self.table.scaled or (said[0] if said else "")

    def _drop_below_header(self, cells: pl.DataFrame, at: int, drop: set[int]) -> None:
        """Labels of the columns below headings that stand over several, the header once more in another language, a second label of its columns
        (`NIP` below `Nama`), and the numbers of the columns."""
        if at < cells.height:
            number, row = self._row(cells, at)
            if split := split_headings(self.table.header, row):
                drop.add(at)
                self.table.skipped[number] = "header"
                self.table.split |= split
                at += 1
        if at < cells.height:
            number, row = self._row(cells, at)
            if self.of_people and all(indonesian(cell) in _SECOND for cell in row if cell):
                drop.add(at)
                self.table.skipped[number] = "header"
                at += 1
        if at < cells.height:
            number, row = self._row(cells, at)
            pairs = [(name, cell) for name, cell in zip(self.table.header, row, strict=True) if name and cell]
            n_translated = sum(translates(name, cell) for name, cell in pairs)
            if n_translated > 1 and n_translated * 2 >= len(pairs):
                drop.add(at)
                self.table.skipped[number] = "header"
                at += 1
        at = self._drop_units(cells, at, drop)
        self._drop_units(cells, self._drop_numbering(cells, at, drop), drop)

    def _drop_units(self, cells: pl.DataFrame, at: int, drop: set[int]) -> int:
        """The row right under a header that says in what its columns are counted; returns where the rows go on."""
        number, row = self._row(cells, at) if at < cells.height else (0, [])
        if not self._is_of_units(row):
            return at
        drop.add(at)
        self.table.skipped[number] = "header"
        self._note_scale(row, filter(None, row))
        return at + 1

    def _is_of_units(self, row: Sequence[str]) -> bool:
        return any(row) and not row[self.named[0]] and all(map(_UNIT, filter(None, row)))

    def _drop_numbering(self, cells: pl.DataFrame, at: int, drop: set[int]) -> int:
        """The row right under a header that numbers the columns: (1) (2) (3), or a b c; returns where the rows go on. Without brackets it may still be data, which the next
        row goes on to count."""
        if at >= cells.height:
            return at
        number, row = self._row(cells, at)
        row = row[self.named[0] : self.named[-1] + 1]
        letters = "".join(cell.strip("(). ").casefold() for cell in row)
        if len(letters) == len(self.named) > 2 and ascii_lowercase.startswith(letters):
            drop.add(at)
            self.table.skipped[number] = "numbering"
            return at + 1
        marks = [re.fullmatch(r"(\()?(\d{1,2})\)?(?:\s*=.*)?", cell) for cell in row if cell]
        numbers = [int(mark[2]) for mark in marks if mark]
        if len(marks) < 3 or not all(marks) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            return at
        following = (self._row(cells, below)[1] for below in range(at + 1, min(at + 3, cells.height)))
        below = next((row[self.named[0]] for row in following if not self._is_of_units(row)), "")
        is_of_all = numbers[0] == 1 and len(numbers) == len(self.named)
        if (marks[0] and marks[0][1]) or (is_of_all and below not in ("", "2")):
            drop.add(at)
            self.table.skipped[number] = "numbering"
            return at + 1
        self.table.totals.add(number)
        return at

    @staticmethod
    def _same(row: Sequence[str], raw: Sequence[str]) -> bool:
        return [cell for cell in row if cell] == [cell for cell in raw if cell]

    def _piece(self, cells: pl.DataFrame, start: int, end: int, drop: set[int]) -> Iterator[Batch]:
        piece = cells[start:end]
        if left_out := [at - start for at in drop if start <= at < end]:
            piece = piece.with_row_index("at").filter(~pl.col("at").is_in(left_out)).drop("at")
        if not piece.height:
            return
        hints = piece.get_column(ROW).is_in(list(self.table.totals))
        if totals := find_totals(piece.select(f"c{position}" for position in self.named), hints):
            is_total = pl.int_range(pl.len()).is_in(list(totals))
            for number in piece.filter(is_total).get_column(ROW):
                self.table.skipped[number] = "total"
            piece = piece.filter(~is_total)
        if shifted := find_shifted(piece.select(f"c{position}" for position in self.named)):
            piece = self._set_aside(piece, shifted)
        for position in [at for at in self.nameless if (piece.get_column(f"c{at}").str.strip_chars() != "").any()]:
            self.nameless.remove(position)
            self.table.notes += (f"column {position + 1} holds something under no heading: not read",)
        if piece.height:
            lines = [line for at, line in self.lines if start <= at < end]
            lines += self._short_lines(piece.item(0, ROW), piece.item(-1, ROW))
            yield Batch(under_header(piece, self.table.header), dict(self.facts), lines)

    def _short_lines(self, first: int, last: int) -> Iterator[Line]:
        """The same of a text's lines with fewer cells than the table has columns, between two of its rows."""
        short = (line for line in self.table.unread if line.code == "RAGGED" and first < line.number < last)
        for line in islice(short, SHORT_LINES):
            row = [cell.strip() for cell in cells_of(line.text, self.table.delimiter or ",")]
            if sum(cell not in ("", ":") for cell in row) <= self.sparse:
                if self.of_people:
                    self._check_banner(line.number, row)
                yield line.number, row, find_facts([row])

    def _set_aside(self, piece: pl.DataFrame, shifted: Sequence[int]) -> pl.DataFrame:
        """The piece without its shifted rows, which are noted as unread; lines that look like totals or titles stay."""
        is_shifted = pl.int_range(pl.len()).is_in(shifted) & ~pl.col(ROW).is_in(list(self.table.totals))
        for number, *cells in piece.filter(is_shifted).select(ROW, pl.exclude(ROW)).iter_rows():
            text = io.StringIO()
            csv.writer(text, delimiter=(self.table.delimiter or ",")[0], lineterminator="").writerow(cells)
            self.table.unread.append(Unread(number, text.getvalue(), "SHIFTED"))
        return piece.filter(~is_shifted)

    def sift_unread(self, unread: list[Unread], delimiter: str) -> None:
        """Take titles, totals, lines of nobody and signatures out of the rows that do not fit the header."""
        kept = []
        for line in sorted(unread):
            if line.code != "RAGGED":
                kept.append(line)
                continue
            row = [cell.strip() for cell in cells_of(line.text, delimiter)]
            filled = [cell for cell in row if cell]
            kind = self._kind(row, len(filled) <= self.sparse, False)
            if not kind and filled and re.search(TOTAL, filled[0]):
                kind = "total"
            self.table.legend |= legend_of(row)
            self._note_scale(row)
            if not kind and self.of_people and is_banner(row, self.line):
                kind = "title"
            if not kind and is_legend(row):
                kind = "legend"
            if kind or not filled:
                self.table.skipped[line.number] = kind or "blank"
            else:
                kept.append(line)
        unread[:] = kept


_SIGNED = re.compile(r"(?i)(?:(?:kolom )?tanda\s?tangan|ttd|paraf)\W*").fullmatch


def under_header(cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
    """Cells under their headers; unnamed columns are left out, but for the second one below `Tanda Tangan`: people sign to the left and to
    the right by turns."""
    named = {name: pl.col(f"c{position}") for position, name in enumerate(header) if name}
    for position, name in enumerate(header[:-1]):
        if _SIGNED(name) and not header[position + 1]:
            left, right = named[name], pl.col(f"c{position + 1}")
            named[name] = pl.when(left.str.strip_chars() == "").then(right).otherwise(left)
    return cells.select(*(cell.alias(name) for name, cell in named.items()), ROW)
