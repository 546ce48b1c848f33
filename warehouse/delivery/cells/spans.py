"""Periods in people's words: a month, a part of a year, or several that follow each other (`Okt-Des 2025`, `TW III dan IV`, `s.d. Triwulan III`).

Several that do not follow each other (`Triwulan I dan III`) are no period: they are known by their words alone, so that whoever reads them
can say what was seen, and not take the first for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

MONTH_NAMES: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january", "februari feb pebruari peb february", "maret mar march mrt", "april apr", "mei may",
            "juni jun june", "juli jul july", "agustus agu agt ags agts agust aug august", "september sep sept",
            "oktober okt october oct", "november nov nopember nop", "desember des december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
MONTHS = tuple(next(name for name, number in MONTH_NAMES.items() if number == at) for at in range(1, 13))
"""The months as they are written out."""
PARTS: Mapping[str, int] = {
    **dict.fromkeys(("triwulan", "tw", "twl", "trw", "triw", "tribulan", "trimester", "kuartal", "kwartal", "q"), 3),
    **dict.fromkeys(("caturwulan", "catur", "cawu"), 4),
    **dict.fromkeys(("semester", "smt", "smtr", "sem", "paruh"), 6),
}
"""Names of the parts of a year → their months."""
_NAMED = {3: "triwulan", 6: "semester"}
"""Months of a part → its name in columns of periods."""
NUMBERS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(("i 1 satu pertama", "ii 2 dua kedua", "iii 3 tiga ketiga", "iv 4 empat keempat"), 1)
    for name in names.split()
}
"""Which part of a year."""
_UNSURE = frozenset(["ganjil", "gasal", "genap"])
"""Semesters of schools: which half of a year one is differs from one to the other."""
_NUMBERED = re.compile(r"[ivx]+|\d{1,2}|terakhir|ke(?:tiga|empat|lima|enam|tujuh|delapan)").fullmatch
"""The number of a part that the year has not (`Caturwulan IV`), or which part that is nobody says (`Triwulan Terakhir`)."""
_JOINED = re.compile(r"\b(tw|trw|triwulan|smt|semester|q)(i{1,3}|iv)\b")
_UP_TO = "s.d."
_TO = frozenset([_UP_TO, "-", "–", "—"])
_AND = frozenset(["dan", "serta", "&", ",", "/", "+"])
_BETWEEN = frozenset(["wulan", "tahun", "thn", "ta", "t", "a", "anggaran", "penilaian", "kinerja", "ke", ".", ":", "(", ")", "'", "’"])  # fmt: skip
"""What may stand between the words of a period and says nothing more."""
_LEADS = frozenset(["bulan", "bln", "periode"])
"""What says that a month behind it is meant as a period."""
_THROUGH = re.compile(r"\b(?:s\.?\s?/?\s?d\b\.?|sampai(?:\s+dengan)?\b|hingga\b)")
_TOKEN = re.compile(r"s\.d\.|(?<!\d)20\d\d(?!\d)|\d+|[^\W\d_]+|[^\w\s]")


@dataclass(frozen=True)
class Span:
    """A period that a text names."""

    words: str
    """As it is written."""
    first: tuple[int, int] = (0, 0)
    """Year (0 where nothing says it) and month; month 0 where the words are no one period."""
    last: tuple[int, int] = (0, 0)
    part: int = 0
    """Months of the one part of a year that it is; 0 where it is said otherwise."""
    is_sure: bool = True
    """Whether nothing but a period can be meant: one month may be that of a letter, or half a name."""

    @property
    def text(self) -> str:
        """The period in the words in which columns of periods are read; what is none, or lacks its year, as it is written."""
        (year, month), (last_year, last_month) = self.first, self.last
        if not month or (not last_year and not self.is_one_month):
            return self.words
        if self.part in _NAMED:
            name = f"{_NAMED[self.part]} {last_month // self.part}"
        elif self.first == self.last:
            name = MONTHS[month - 1]
        else:
            begins = f"{MONTHS[month - 1]} {year}" if year != last_year else MONTHS[month - 1]
            name = f"{begins} {_UP_TO} {MONTHS[last_month - 1]}"
        return f"{name} {last_year}" if last_year else name

    @property
    def is_one_month(self) -> bool:
        """Whether it is one month: a file may be called after that in which it was made."""
        return self.first == self.last and self.first[1] > 0


@dataclass
class _Unit:
    """A month, or a part of a year, and how it is joined to the one before: `to`, `and`, or not at all."""

    first: int
    months: int
    join: str
    year: int = 0
    is_near: bool = False
    """Whether its year stands right behind it, and not behind a later one."""
    is_short: bool = False

    def ends(self, year: int) -> tuple[int, int]:
        """The first and the last month, counted through the years."""
        begins = (self.year or year) * 12 + self.first - 1
        return begins, begins + self.months - 1


class _Phrase:
    """Words in a row that can be those of a period."""

    def __init__(self, before: str = "") -> None:
        self.units: list[_Unit] = []
        self.tokens: list[re.Match[str]] = []
        self.is_led = self.is_up_to = self.is_dated = self.is_broken = self.is_unsure = False
        self._before, self._year, self._part, self._join = before, 0, 0, ""
        self._is_behind_comma = False

    def take(self, match: re.Match[str]) -> bool:
        """Take one more word in; False where it is none of a period."""
        token, before = match[0], self.tokens[-1][0] if self.tokens else self._before
        if token in MONTH_NAMES:
            # `12 Oktober`, or the place and date of a letter.
            self.is_dated |= not self.units and before.isdigit()
            self._is_behind_comma = not self.units and before == ","
            self._add(MONTH_NAMES[token], 1, self._join, is_short=MONTHS[MONTH_NAMES[token] - 1] != token)
        elif token in PARTS:
            self._part = PARTS[token]
        elif self._part and NUMBERS.get(token, 9) * self._part <= 12:
            # `TW 3 4`, as names of files have it.
            self._add(self._part * (NUMBERS[token] - 1) + 1, self._part, self._join or "and" * (before in NUMBERS))
        elif self._part and (token in _UNSURE or _NUMBERED(token)):
            self.is_unsure = True
        elif re.fullmatch(r"20\d\d", token) or (re.fullmatch(r"\d\d", token) and self._is_marked(before)):
            unsaid = [unit for unit in self.units if not unit.year]
            # Of `Triwulan I 2024 dan 2025` neither is meant.
            self.is_broken |= bool(self.units) and not unsaid
            self._year = 2000 + int(token) % 100
            for unit in unsaid:
                unit.year, unit.is_near = self._year, unit is unsaid[-1]
            self._join = ""
        elif token.isdigit():
            if not (self.units and before in _TO | _AND):
                return False
            self.is_dated = True
        elif token in _TO or token in _AND:
            self.is_up_to |= token == _UP_TO and not self.units
            self._join = "to" if token in _TO else "and"
        elif token in _LEADS:
            self.is_led |= not self.units
        elif token not in _BETWEEN:
            return False
        self.tokens.append(match)
        return True

    def _add(self, first: int, months: int, join: str, *, is_short: bool = False) -> None:
        self.units.append(_Unit(first, months, join if self.units else "", is_short=is_short))
        self._join = ""

    def _is_marked(self, before: str) -> bool:
        """Whether two digits may be a year: `Okt-25`, `Okt '25`."""
        return before in ("-", "'", "’") and bool(self.units) and self.units[-1].months == 1 and not self.is_dated

    @property
    def words(self) -> str:
        """Its words, but for marks at its ends."""
        said = self.tokens[0].string[self.tokens[0].start() : self.tokens[-1].end()]
        return " ".join(said.split()).strip(" -–—:,./&")

    def spans(self, year: int) -> Iterator[Span]:
        """The periods that it names: several where one does not go on from the other (`Triwulan IV (Oktober - Desember)`)."""
        groups: list[list[_Unit]] = []
        for unit in self.units:
            if not unit.join:
                groups.append([])
            groups[-1].append(unit)
        if self.is_unsure and not self.units:
            yield Span(self.words)
        for group in groups if not self.is_dated else []:
            ends = None if self.is_broken else _joined(group, self._year or year, self.is_up_to)
            if ends is None:
                yield Span(self.words)
                continue
            (first_year, first), (last_year, last) = (divmod(index, 12) for index in ends)
            is_alone = len(group) == 1 and not self.is_up_to
            part = group[0].months if is_alone and group[0].months > 1 else 0
            is_sure = not is_alone or part > 0 or self.is_led
            # `Des. Cipayung`; `Tangerang Selatan, Januari 2026`.
            is_name = group[0].is_short and not last_year and self.words.strip("().") != self._text
            if is_sure or not (is_name or self._is_behind_comma):
                yield Span(self.words, (first_year, first + 1), (last_year, last + 1), part, is_sure)

    @property
    def _text(self) -> str:
        return self.tokens[0].string.strip("(). ")


def _joined(units: Sequence[_Unit], year: int, is_up_to: bool) -> tuple[int, int] | None:
    """The first and the last month of units that follow each other; None where they do not."""
    if any(unit.year for unit in units) and not all(unit.year or year for unit in units):
        return None
    if (
        len(units) == 2
        and units[1].join == "to"
        and units[1].is_near
        and not units[0].is_near
        and units[1].first < units[0].first
    ):
        # `November - Januari 2026`.
        units[0].year -= 1
    for one, other in pairwise(units):
        (_, before), (after, _) = one.ends(year), other.ends(year)
        follows = after > before if other.join == "to" else after == before + 1
        if not follows or one.months != other.months:
            return None
    begins, ends = units[0].ends(year)[0], units[-1].ends(year)[1]
    return (begins - begins % 12 if is_up_to else begins), ends


def _phrases(text: str) -> Iterator[_Phrase]:
    """The words of periods in a text, each as far as it goes."""
    phrase = _Phrase()
    for match in _TOKEN.finditer(_plain(text)):
        if not phrase.take(match):
            if phrase.units or phrase.is_unsure:
                yield phrase
            phrase = _Phrase(match[0])
    if phrase.units or phrase.is_unsure:
        yield phrase


def _plain(text: str) -> str:
    words = _JOINED.sub(r"\1 \2", text.replace("_", " ").casefold())
    return _THROUGH.sub(f" {_UP_TO} ", words).strip()


def spans_of(text: str, year: int = 0) -> list[Span]:
    """The periods that a text names, in their order; `year` is that of those beside which none stands. Days (`12 Oktober 2025`) are none."""
    return [span for phrase in _phrases(text) for span in phrase.spans(year)]


def whole_span(text: str) -> Span | None:
    """The one period that a text is, where it says nothing else."""
    phrases = list(_phrases(text))
    if len(phrases) != 1 or len(phrases[0].tokens) < len(_TOKEN.findall(_plain(text))):
        return None
    found = {(span.first, span.last): span for span in phrases[0].spans(0)}
    return found.popitem()[1] if len(found) == 1 else None
