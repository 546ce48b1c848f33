"""Which session a column of presences is about: a number or a day, and never the place where the column stands.

The heading says it ("Hari 5", "12 Januari"), or what stands above the table ("Hari/Tanggal : Senin, 12 Januari 2026"), or the
name of the sheet. A session goes by its number; where only the day is known, by the day as yyyymmdd; and by the day and its
part as yyyymmddnn where the day has several. What says neither is refused with what to write.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.bilingual import english, indonesian
from schemas.column import TWICE, check_once
from schemas.reasons import FileRefused
from warehouse.delivery.cells.days import ORDINALS, PARTS, WEEKDAYS
from warehouse.delivery.cells.spans import MONTH_NAMES, MONTHS, spans_of, whole_span
from warehouse.delivery.cells.values import is_turned
from warehouse.delivery.sheets.sheet import Table

SHORTEST = 28
"""Days of the shortest month."""
CLOCK = 50
"""A part that is told by the hour at which it begins is numbered from here on."""
_SIGNED = r"(?:tanda\s?tangan|ttd|paraf)\W*(?:#\d+)?"
_ASKED = r"(?:kehadiran|presensi|absensi|hadir|status(?: kehadiran)?)\W*(?:#\d+)?"
"""Headings that say what the column holds, and not when."""
_STATE = (
    r"(?:(?:kehadiran|presensi|absensi|status|keterangan)\W+)?(?:h|hadir|ya|i|izin|ijin|s|sakit|a|alpa|alpha|tk|th|tidak|tidak hadir|tdk hadir|"
    r"tanpa keterangan|dl|dinas luar|c|cuti)"
)
"""Headings of one state: of a recap its count, of a list a mark in one of several columns."""
_PRESENT = r"(?:(?:kehadiran|presensi|absensi|status|keterangan)\W+)?(?:h|hadir|ya)"
"""Of these the one whose mark says no less than a mark under a session: under `Tidak Hadir` it would say the contrary."""
_NUMBER = r"\b\W*(?:ke)?\W*(?P<n>[ivx]+|\d{1,3})(?![\w:]|[.]\d|\s*[-–&+/]\s*\d)"
_RUNNING = re.compile(rf"\b(?:pertemuan|kegiatan){_NUMBER}")
_COUNTED = re.compile(rf"\bke{_NUMBER}")
_DAY_NO = re.compile(rf"\b(?:hari|hr|day){_NUMBER}")
_SESSION_NO = re.compile(rf"\b(?:sesi|session|jam|jp|mp){_NUMBER}")
_COUNTS = (
    r"\b(?:hari|hr|sesi|jam|jp|mp|pertemuan|ke|kelas|angkatan|gelombang|gel|batch|kelompok|grup|group|regu|minggu|pekan|modul|bab|tahap|"
    r"ruang|lantai|semester|triwulan|tw)\W*$"
)
"""What stands before numbers that are no day: `Hari 1-2`, `Kelas 1-2`."""
_WEEK = re.compile(r"\b(?:minggu|pekan)\W*(?:ke\W*)?(?:[ivx]+|\d{1,2})$")
_IN_WEEK = re.compile(rf"\b(?:minggu|pekan){_NUMBER}")
_BARE = re.compile(
    rf"(?:(?:kehadiran|tanggal|tgl|bulan|{'|'.join(WEEKDAYS)})\W*)?(?P<n>[1-9]|[12]\d|3[01])(?<!minggu [1-5])"
)
"""A number alone, or below a day of the week; `Minggu 2` may be the second week."""
_MONTH = re.compile(rf"\b(?P<month>{'|'.join(MONTH_NAMES)})\b\.?\s+(?P<year>20\d\d)\b")
_IN_WORDS = re.compile(rf"\b(hari|hr|sesi|pertemuan|kegiatan)\W+(?:ke\W+)?({'|'.join(ORDINALS)})\b")
_MONTH_FIRST = re.compile(
    rf"^(?:(?:bulan|tanggal|tgl)\W+)?(?P<month>(?:{'|'.join(MONTH_NAMES)})\W+20\d\d)\W+(?P<weekday>(?:{'|'.join(WEEKDAYS)})\W+)?(?P<day>\d{{1,2}})$"
)
"""A day below the month that is merged over it, also below that of the week: `Januari 2026 Senin 12`."""
_OF_MONTH = ("bulan", "periode", "masa", "hari tanggal", "title")
"""Facts that may say the month of columns that are called by a number alone."""
_BEFORE_MONTH = re.compile(
    r"(?<![\d./:])\d{1,2}(?:\s*(?:,|&|/|-|–|dan\b|s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?|hingga)\s*\d{1,2})*\s*$"
)
"""The days that are named right before a month: `12 s.d. 14` Januari."""
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b")
_NAMED = re.compile(
    rf"\b(?P<day>\d{{1,2}})[-/.\s]*(?P<month>{'|'.join(MONTH_NAMES)})\b\.?(?:[-/.,\s]+(?P<year>\d{{4}}|\d{{2}})\b(?![:.]\d))?"
)
_FIGURES = re.compile(
    r"(?<![\d.:])(?P<day>\d{1,2})(?:(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})|[-/](?P<m>\d{1,2}))(?![\d:])"
)
_SPAN = re.compile(
    r"\d\s*(?:[a-z]+\s*)?(?:\d{4}\s*)?(?:s\.?\s*/?\s*d\b\.?|sampai|hingga|–|-)\s*(?:dengan\s*)?\d{1,2}\s+[a-z]{3}"
)
_LISTED = re.compile(
    rf"(?<![\d.:/\w-])\d{{1,2}}(?:\s*(?:,|&|\+|/|dan\b|serta\b)\s*(?:dan\b\s*)?\d{{1,2}}){{1,9}}\s*(?:{'|'.join(MONTH_NAMES)})\b"
)
"""Several days of a month: `12, 13 dan 14 Januari`."""
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.][0-5]\d(?!\d)")
_LABEL = re.compile(
    r"(?:(?:hari|tanggal|tgl|pertemuan|sesi|waktu|jam|pukul) ?)+(?:ke|pelaksanaan|pelatihan|kegiatan|pertemuan|diklat)?"
)
"""Labels, as headings, of what says above a table when it was."""
_IN_TITLE = re.compile(r"(?i)\b(?:(?:hari|pertemuan|sesi)\W+(?:ke\b)?|tanggal|tgl)\b")
_WRITE = (
    "Write 'Sesi 5', 'Hari 5' or '12 Januari 2026' over the column, or 'Hari/Tanggal : 12 Januari 2026' above the table; "
    "above columns that are days of a month 'Bulan : Januari 2026'."
)


@dataclass(frozen=True)
class Mark:
    """What a text says of a session; None where it does not say it."""

    number: int | None = None
    """Of the session, counted through the class."""
    day_no: int | None = None
    """Of the day, counted through the class."""
    session_no: int | None = None
    """Of the session, counted through the class or within its day."""
    day: dt.date | None = None
    part: int | None = None
    is_weekday: bool = False
    """Names a day of the week and no date."""

    @property
    def says_when(self) -> bool:
        """Whether anything tells which session or day it is."""
        return any(value is not None for value in (self.number, self.day_no, self.session_no, self.day))

    def or_else(self, other: Mark) -> Mark:
        """This, and where it says nothing, what `other` says."""
        names = ("number", "day_no", "session_no", "day", "part")
        return replace(self, **{name: getattr(other, name) for name in names if getattr(self, name) is None})


def read_mark(text: str, month: str, year: str | None = None) -> Mark:
    """What `text` says, in a delivery of `month` (YYYY-MM) whose title names `year`. A day without a year is the last
    one that had come when the month after it ended. Raises FileRefused where the date is none, or its day of the week is another."""
    # The second Sunday and the second week are both "Minggu 2": it says neither.
    text = _IN_WORDS.sub(lambda match: f"{match[1]} {ORDINALS[match[2]]}", text.casefold())
    text = _MONTH_FIRST.sub(r"\g<weekday>\g<day> \g<month>", _WEEK.sub("", " ".join(text.casefold().split())))
    weekday = next((number for name, number in WEEKDAYS.items() if re.search(rf"\b{name}\b", text)), None)
    day, rest = _day(text, month, year, weekday)
    part = next((number for name, number in PARTS.items() if re.search(rf"\b{name}\b", rest)), None)
    if part is None and (clock := _CLOCK.search(rest)):
        part = CLOCK + int(clock[1])
    number, day_no, session_no = (_number(known.search(rest)) for known in (_RUNNING, _DAY_NO, _SESSION_NO))
    if number is day_no is session_no is None:
        number = _number(_COUNTED.search(rest))
    return Mark(number, day_no, session_no, day, part, weekday is not None and day is None)


def names_session(heading: str) -> bool:
    """Whether a heading means one session or day, if only together with what stands above the table."""
    try:
        mark = read_mark(heading, "2000-01")
    except FileRefused:
        return True
    is_counted = _BARE.fullmatch(heading.strip().casefold()) is not None
    return mark.says_when or mark.is_weekday or mark.part is not None or is_counted


def _is(pattern: str, heading: str) -> bool:
    return any(re.fullmatch(pattern, text, re.IGNORECASE) for text in (heading, indonesian(heading), *english(heading)))


def _number(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    text = match["n"]
    if text.isdigit():
        return int(text)
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in text]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def _day(text: str, month: str, year: str | None, weekday: int | None) -> tuple[dt.date | None, str]:
    """(the day that a text names, the text without it); of several days it names none."""
    listed = _LISTED.search(text)
    if (
        _SPAN.search(_ISO.sub("0", text))
        or _is_several(text)
        or (listed and not re.search(_COUNTS, text[: listed.start()]))
    ):
        return None, text
    match = _ISO.search(text) or _NAMED.search(text) or _FIGURES.search(text)
    if match is None:
        return None, text
    before, behind = text[: match.start()], text[match.end() :]
    found = match.groupdict()
    if found.get("m") and re.search(_COUNTS, before):
        return None, text  # "Hari 1-2" is no date.
    if found.get("m") and "-" in match[0] and re.search(r"[^\W\d]-$", before):
        return None, text  # Nor is the class MD-01-3 the first of March.
    named = found.get("month") or found["m"]
    month_no = MONTH_NAMES.get(named) or int(named)
    written = f"20{found['year']}" if found["year"] and len(found["year"]) == 2 else found["year"] or year
    centre = dt.date.fromisoformat(f"{month}-15")
    days = []
    for candidate in [int(written)] if written else [centre.year - 1, centre.year, centre.year + 1]:
        try:
            days.append(dt.date(candidate, month_no, int(found["day"])))
        except ValueError:
            continue
    if not days:
        raise FileRefused("FILE_SESSIONS", f"{text!r} is no date (day, month, year). {_WRITE}")
    # Lists are sent after the day, however late, or for the month to come.
    month_after_next = (centre + dt.timedelta(days=60)).replace(day=1)
    day = max((candidate for candidate in days if candidate < month_after_next), default=days[0])
    # `26-10-05` in a delivery of 2026: the year may stand first.
    if len(found["year"] or "") == 2 and int(found["day"]) == centre.year % 100 and abs(day.year - centre.year) > 1:
        raise FileRefused("FILE_SESSIONS", f"{text!r} may be {day} or begin with the year. {_WRITE}")
    if weekday is not None and day.weekday() != weekday:
        raise FileRefused("FILE_SESSIONS", f"{text!r}: {day} is another day of the week. {_WRITE}")
    return day, f"{before} {behind}"


def _is_several(text: str) -> bool:
    """Whether a text names several days in figures: `12/01/2026 - 14/01/2026`."""
    in_figures = ((match["year"], match["month"], match["day"]) for match in _FIGURES.finditer(text) if match["year"])
    return max(len({*in_figures}), len({match[0] for match in _ISO.finditer(text)})) > 1


class Sessions:
    """The sessions of the tables of one file, each given with its columns of presences."""

    def __init__(self, tables: Sequence[tuple[Table, Sequence[str]]], month: str) -> None:
        self._month = month
        texts = [text for table, columns in tables for text in (*columns, table.sheet, *table.facts.values())]
        self._is_day_first = any(int(match["day"]) > 12 for text in texts for match in _FIGURES.finditer(text))
        self._parts: dict[int, set[int | None]] = {}
        """Number of a day → its parts, for days that are known by their number alone."""
        for table, columns in tables:
            for mark in self._marks(columns, table.facts, table.sheet).values():
                if mark.day_no is not None and mark.day is None:
                    part = mark.session_no if mark.session_no is not None else mark.part
                    self._parts.setdefault(mark.day_no, set()).add(part)

    def of(self, columns: Sequence[str], facts: Mapping[str, str], sheet: str) -> dict[str, str]:
        """Column of presences → its session as `attendance.session_no` holds it. Columns that only say that somebody was there
        are left out beside columns that say when. Raises FileRefused where a column says neither number nor day."""
        marks = self._marks(columns, facts, sheet)
        weeks = [_number(_IN_WEEK.search(text.casefold())) or 1 for text in (facts.get("title", ""), sheet)]
        days = {column: mark.day_no for column, mark in marks.items() if mark.day_no is not None and mark.day is None}
        if early := [column for column, number in days.items() if number < max(weeks)]:
            seen = (
                f"Column {early[0]!r} of week {max(weeks)}: days are counted through the class, not through the week."
            )
            raise FileRefused("FILE_SESSIONS", f"{seen} {_WRITE}")
        states = [column for column in marks if _is(_STATE, column)]
        if len(states) > 1:
            seen = f"{states[0]!r} and {states[1]!r} are columns of one state each: write H, I, S, A, DL or C of each session in one column."
            raise FileRefused("FILE_SESSIONS", seen)
        if states and not _is(_PRESENT, states[0]):
            seen = f"{states[0]!r} is a column of one state: write H, I, S, A, DL or C of each session in one column."
            raise FileRefused("FILE_SESSIONS", seen)
        sessions: dict[str, str] = {}
        for column, mark in marks.items():
            session = self._session(mark, list(marks.values()))
            if session is None:
                check_once(filter(_LABEL.fullmatch, facts), facts)
                raise FileRefused("FILE_SESSIONS", f"Column {column!r}. {_WRITE}")
            if twins := [name for name, known in sessions.items() if known == session]:
                raise FileRefused("FILE_SESSIONS", f"{twins[0]!r} and {column!r} are both session {session}. {_WRITE}")
            sessions[column] = session
        return sessions

    def is_recap(self, columns: Sequence[str], facts: Mapping[str, str], sheet: str) -> bool:
        """Whether the columns of presences count states and say no day, and nor does what stands above them."""
        marks = self._marks(columns, facts, sheet)
        return len(marks) > 1 and all(_is(_STATE, name) and not mark.says_when for name, mark in marks.items())

    def _mark(self, text: str, year: str | None) -> Mark:
        """What a text says. Raises FileRefused for a day that lies behind the month of delivery, and within it where the month stands
        first: nobody was there yet, and no day of the file proves its order."""
        mark = read_mark(text, self._month, year)
        is_in_figures = _FIGURES.search(text) and not _ISO.search(text)
        if mark.day and is_in_figures and not self._is_day_first and is_turned(mark.day, self._month):
            turned = mark.day.replace(month=mark.day.day, day=mark.day.month)
            raise FileRefused("FILE_SESSIONS", f"{text!r} may be {mark.day} or {turned}. {_WRITE}")
        return mark

    def _marks(self, columns: Sequence[str], facts: Mapping[str, str], sheet: str) -> dict[str, Mark]:
        own = {column: self._mark(column, facts.get("tahun")) for column in columns}
        own |= {column: Mark(day=day) for column, day in self._days(columns, facts, sheet).items()}
        left_out = ""
        if any(mark.says_when or mark.is_weekday for mark in own.values()):
            left_out = f"{_SIGNED}|{_ASKED}|{_STATE}"
        elif any((_is(_ASKED, column) and not _is(_STATE, column)) or mark.part for column, mark in own.items()):
            left_out = f"{_SIGNED}|{_STATE}"
        elif any(_is(_STATE, column) for column in own):
            left_out = _SIGNED
        context = self._context(facts, sheet)
        marks = {}
        for column, mark in own.items():
            if _is(left_out, column):
                continue
            if mark.session_no is not None and mark.day_no is mark.day is None:
                # It may be numbered within its day.
                mark = replace(mark, day_no=context.day_no, day=context.day)
            elif not mark.says_when and not mark.is_weekday:
                mark = mark.or_else(context)
            marks[column] = mark
        return marks

    def _days(self, columns: Sequence[str], facts: Mapping[str, str], sheet: str) -> dict[str, dt.date]:
        """The days of columns that are called by a number alone, where a month stands above the table or in the sheet's name; the
        delivery's may be another. Raises FileRefused for a day that the month does not have."""
        bare = {column: int(match["n"]) for column in columns if (match := _BARE.fullmatch(column.strip().casefold()))}
        texts = {label: facts[label] for label in _OF_MONTH if label in facts} | {"": sheet}
        # From one on they may as well be sessions, counted.
        is_counted = sorted(bare.values()) == list(range(1, len(bare) + 1)) and len(bare) < SHORTEST
        texts = {label: text.casefold() for label, text in texts.items()}
        texts |= (
            {} if is_counted else {label: self._with_year(text, facts.get("tahun")) for label, text in texts.items()}
        )
        # Of several months, such as a quarter's, nobody can say which one a number is of.
        months = {
            label: match for label, text in texts.items() if (match := _MONTH.search(text)) and not _is_long(text)
        }
        if not bare or not months:
            return {}
        label, month = next(iter(months.items()))
        year, number = int(month["year"]), MONTH_NAMES[month["month"]]
        last = calendar.monthrange(year, number)[1]
        if late := [column for column, day in bare.items() if day > last]:
            raise FileRefused("FILE_SESSIONS", f"Column {late[0]!r}: {year}-{number:02} has {last} days. {_WRITE}")
        if match := _BEFORE_MONTH.search(texts[label][: month.start()]):
            days = list(map(int, re.findall(r"\d+", match[0])))
            said, named = set(bare.values()), set(range(min(days), max(days) + 1))
            # Sessions are counted from one whatever the day; a title may name the last day of a month of which each has its column.
            if not (said <= named or (named <= said and label == "title")):
                shown = texts[label][match.start() : month.end()]
                raise FileRefused(
                    "FILE_SESSIONS", f"Column {min(bare, key=bare.__getitem__)!r} is none of {shown!r}. {_WRITE}"
                )
        dated = {column: dt.date(year, number, day) for column, day in bare.items()}
        for column, day in dated.items():
            weekday = next((name for name in WEEKDAYS if column.casefold().startswith(name)), "")
            if WEEKDAYS.get(weekday, day.weekday()) != day.weekday():
                raise FileRefused("FILE_SESSIONS", f"{column!r}: {day} is another day of the week. {_WRITE}")
        return dated

    def _with_year(self, text: str, year: str | None) -> str:
        """A text that is one month and nothing else, written out with its year: its own, the `year` of the titles, or that of the delivery
        where it is its month or the one before; any other text as it is."""
        span = whole_span(text)
        if span is None or not span.is_one_month:
            return text
        own, month = span.last
        sent = int(self._month[:4]) * 12 + int(self._month[5:]) - 1
        near = (sent - (sent - month + 1) % 12) // 12 if (sent - month + 1) % 12 < 2 else ""
        return f"{MONTHS[month - 1]} {own or year or near}".strip()

    def _context(self, facts: Mapping[str, str], sheet: str) -> Mark:
        """What stands above the table, or else in the name of the sheet; FileRefused where they contradict each other."""
        twice = facts.get(TWICE, "").split("; ")
        texts = [f"{label} {value}" for label, value in facts.items() if _LABEL.fullmatch(label) and label not in twice]
        texts += [facts["title"]] if _IN_TITLE.search(facts.get("title", "")) else []
        above, beside = Mark(), self._mark(sheet, facts.get("tahun"))
        for text in texts:
            above = above.or_else(self._mark(text, facts.get("tahun")))
        for name in ("number", "day_no", "session_no", "day"):
            seen = getattr(above, name), getattr(beside, name)
            if None not in seen and seen[0] != seen[1]:
                raise FileRefused("FILE_SESSIONS", f"Above the table stands {seen[0]}, in the sheet's name {seen[1]}.")
        return above.or_else(beside)

    def _session(self, mark: Mark, others: Sequence[Mark]) -> str | None:
        if mark.number is not None:
            return str(mark.number)
        if mark.is_weekday:
            return None
        if mark.session_no is not None and _runs_on(others):
            return str(mark.session_no)
        part = mark.session_no if mark.session_no is not None else mark.part
        if mark.day is not None:
            return f"{mark.day:%Y%m%d}" if part is None else f"{mark.day:%Y%m%d}{part:02}"
        if mark.day_no is not None:
            return str(mark.day_no) if part is None else self._counted(mark.day_no, part)
        return None

    def _counted(self, day_no: int, part: int) -> str | None:
        """The number of a part of a numbered day. How many sessions came before is told only where the file begins with day 1,
        leaves no day out, and every day has the same parts."""
        known = list(self._parts.values())
        is_whole = sorted(self._parts) == list(range(1, len(known) + 1)) and all(parts == known[0] for parts in known)
        parts = sorted(part for part in known[0] if part is not None) if is_whole and None not in known[0] else []
        return str((day_no - 1) * len(parts) + parts.index(part) + 1) if part in parts else None


def _is_long(text: str) -> bool:
    """Whether a text names a period of several months."""
    return any(not span.is_one_month for span in spans_of(text))


def _runs_on(marks: Sequence[Mark]) -> bool:
    """Whether sessions are numbered through several days, or go on from a day before: then no number is one within its day."""
    days = {(mark.day, mark.day_no) for mark in marks}
    known = [mark.session_no for mark in marks if mark.session_no is not None]
    if days == {(None, None)}:
        return True
    return len(set(known)) == len(marks) and (len(days) > 1 or min(known) > 1)
