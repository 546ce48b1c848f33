"""Text to typed values: words, numbers, dates, grades, units, identity numbers. What cannot be read has a reason.

Works on whole columns; what needs more than a cast is worked out once per distinct value. Where a text alone is
ambiguous (03/04/2026, 1.234), the other values of the column in the same file decide, or it is refused.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from zoneinfo import ZoneInfo

import polars as pl

from schemas.column import POLARS_TYPES, Column
from schemas.reasons import AS_DATE, CELL_ERRORS
from warehouse.delivery.cells.codes import (
    SMALL_CODE,
    class_code_of,
    code_of,
    flag_of,
    names_several,
    regime_of,
    version_of,
)
from warehouse.delivery.cells.days import PARTS, WEEKDAYS, bare_day, day_range
from warehouse.delivery.cells.grades import grade
from warehouse.delivery.cells.legend import SIGN, explained
from warehouse.delivery.cells.presence import presence
from warehouse.delivery.cells.spans import MONTH_NAMES, whole_span
from warehouse.delivery.cells.words import COUNT, fold, is_broad, remarked, same, something_else, spellings_of, word_of

SPACES = " \t\r\n\u00a0\u2007\u202f\ufeff"
MISSING = frozenset(["", "-", "–", "—", "N/A", "n/a", "nihil", "Nihil", "NIHIL"])
"""How offices write "nothing here"."""

Proofs = frozenset[str]
"""What a column's own values prove: `dmy`, `mdy` (order of day and month), `.`, `,` (the decimal mark), `number` (of sessions: they are
counted, no days), `clock` (of hours of training: they are times of day), `yy` (of days between hyphens the last two digits are the year: they differ less),
`dmy later`, `mdy later` (read in that order one of them is later than the month of delivery), `dmy to come`, `mdy to come` (than the month after it, too)."""


_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Soft hyphens, joiners, and marks of the direction of writing: nobody sees them, and web pages leave them in copied cells."""
_PLAIN: Mapping[int, str | None] = {
    **dict.fromkeys(map(ord, _INVISIBLE)),
    **{code: str(unicodedata.decimal(chr(code))) for code in range(0x80, 0x1FBFA) if chr(code).isdecimal()},
    **dict(zip(map(ord, "％٪／－．，：٫٬"), "%%/-.,:,.", strict=True)),
}
"""Characters that nobody sees, and digits and marks of other scripts → what they say."""


def plain(text: str) -> str:
    """Text without invisible characters, its digits 0 to 9 whatever script they stand in."""
    return text if text.isascii() else text.translate(_PLAIN)


def clean(frame: pl.DataFrame, missing: Collection[str] = ()) -> pl.DataFrame:
    """Columns of text without white space and what nobody sees around it, with one space between words, out of the guard that keeps a spreadsheet from reading it as
    a number (`="0012"`); empty cells and the words for "missing" become null.

    All columns at once: of a small table each further question costs more than its answer.
    """
    if not frame.width:
        return frame
    look = frame.select(
        (pl.all().str.len_bytes() > pl.all().str.len_chars()).any().name.suffix(" odd"),
        pl.all().str.contains('="', literal=True).any().name.suffix(" guard"),
        pl.all().str.contains("  ", literal=True).any().name.suffix(" wide"),
    ).row(0, named=True)
    odd = [name for name in frame.columns if look[f"{name} odd"]]
    frame = frame.with_columns(_map(frame.get_column(name), plain) for name in odd)

    def cleaned(name: str) -> pl.Expr:
        text = pl.col(name).str.strip_chars(SPACES)
        if look[f"{name} guard"] or look[f"{name} odd"]:
            inside = text.str.extract(r'^="((?:[^"]|"")*)"$').str.replace_all('""', '"', literal=True)
            text = pl.coalesce(inside.str.strip_chars(SPACES), text)
        if look[f"{name} wide"]:
            text = text.str.replace_all("  +", " ")
        return pl.when(~text.is_in([*MISSING, *missing])).then(text).alias(name)

    return frame.select(map(cleaned, frame.columns))


DITTO = r"""(?i)^(?:idem|ditto|s\.\s?d\.\s?a\.?|(?-i:sda|Sda)\.?|sama (?:dengan|dgn|dg) (?:yang )?di\s?atas|["”“″〃„]{1,2}|''|[-–]\s?["”“″〃„]{1,2}\s?[-–])$"""
"""How people write "as above". `SDA` in capitals is an office's short name."""


def filled_down(cells: pl.DataFrame, columns: Collection[str]) -> pl.DataFrame:
    """Clean text in which these columns hold what stands above a mark for "as above"; below nothing it says nothing."""
    if not columns:
        return cells
    is_ditto = {name: pl.col(name).str.contains(DITTO).fill_null(False) for name in columns}
    some = cells.select(mark.any().alias(name) for name, mark in is_ditto.items()).row(0, named=True)
    rows = pl.int_range(pl.len())
    return cells.with_columns(
        pl.col(name).gather(pl.when(~mark).then(rows).forward_fill()).alias(name)
        for name, mark in is_ditto.items()
        if some[name]
    )


WITHIN = "\x1f"
"""Between a unit and the one in which it lies, where columns of their own say both."""


def within(near: str, wide: str) -> pl.Expr:
    """Units of one column together with those of another in which they lie."""
    return pl.coalesce(pl.concat_str(pl.col(near).fill_null(""), pl.lit(WITHIN), pl.col(wide)), near).alias(near)


Aliases = Mapping[str, Sequence[tuple[dt.date, dt.date, str]]]
"""Name of a unit (folded) → (first day, first day no longer, code); of several that hold on a day the first counts."""
UNREADABLE = {
    "integer": "NOT_AN_INTEGER",
    "number": "NOT_A_NUMBER",
    "date": "NOT_A_DATE",
    "timestamp": "NOT_A_TIME",
    "boolean": "NOT_A_BOOLEAN",
    "text": "NOT_ALLOWED",
}
"""Reason code for text that is there but is no value of the column's type."""


Parsed = tuple[pl.Series, dict[str, str]]
"""(clean text as the column's type, text → reason code where it says no such value)."""


class Reader:
    """Reads the columns of one file.

    `proofs` tells what a column's values prove (asked only where a text is ambiguous), `order` the declared order of
    day and month (`dmy`, `mdy`, or `proven`: must be proven), `epoch_1904` the workbook's count of days, `day` when the
    file was delivered for (units change their names), `zone` the time zone that moments are kept in, `aliases` further names
    of units, `legend` what the file says its own signs mean (asked only where one is not known). With `by_day` the day may be written where a session's number stands, in any way that offices write one.
    """

    def __init__(
        self,
        proofs: Callable[[str], Proofs] = lambda name: frozenset(),
        *,
        order: str = "dmy",
        epoch_1904: bool = False,
        day: dt.date = dt.date.max,
        zone: str = "UTC",
        aliases: Aliases | None = None,
        by_day: bool = False,
        legend: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._by_day = by_day
        self._proofs, self._order, self._day, self._zone = proofs, order, day, ZoneInfo(zone)
        self._epoch = dt.date(1904, 1, 1) if epoch_1904 else dt.date(1899, 12, 30)
        self._aliases, self._legend = aliases or {}, legend
        self.noticed: Counter[tuple[str, str]] = Counter()
        """(column, what is odd about its days, percentages or amounts) → rows; they are read all the same."""

    def parse(self, series: pl.Series, column: Column) -> Parsed:
        """The clean text of a column as its type, and why some of it says no such value."""
        if column.unsaid:
            is_said = ~series.str.to_lowercase().is_in(column.unsaid)
            series = pl.select(pl.when(is_said).then(series)).to_series().rename(series.name)
        if column.name == "certificate_no" and (n := int(series.str.contains(AS_DATE).sum())):
            # Nothing is looked up by it: the rest of the row is sound.
            self.noticed[column.name, "was made a date, or a number, by a spreadsheet, and is not read"] += n
            series = pl.select(pl.when(~series.str.contains(AS_DATE)).then(series)).to_series().rename(series.name)
        found, codes = self._parse(series, column)
        wrong = found.is_null() & series.is_not_null()
        if wrong.any():
            default = "NOT_ALLOWED" if column.values else UNREADABLE[column.type]
            texts = series.filter(wrong).unique().to_list()
            return found, {text: "CELL_ERROR" if text in CELL_ERRORS else codes.get(text, default) for text in texts}
        return found, {}

    def _parse(self, series: pl.Series, column: Column) -> Parsed:
        if column.values:
            return self._word(series, column)
        read = READERS.get(column.reader) or READERS[column.type]
        return read(self, series, column)

    def _word(self, series: pl.Series, column: Column) -> Parsed:
        words = _words(series, column)
        if column.reader == "presence":
            words = self._uncounted(self._explained(words, series, column), series)
        broad = {fold(word) for word in column.broad}
        codes = {text: "TOO_BROAD" for text in series.drop_nulls().unique() if is_broad(text, broad)} if broad else {}
        if words.null_count() > series.null_count():
            unknown = series.filter(words.is_null() & series.is_not_null()).unique()
            codes |= {text: code for text in unknown if (code := something_else(text, column))}
        return _blank(words, series, column), codes

    def _grade(self, series: pl.Series, column: Column) -> Parsed:
        return _map(series, grade), {}

    def _units(self, series: pl.Series, column: Column) -> Parsed:
        units, near = _map(series, self._unit), _map(series.str.split(WITHIN).list.first(), self._unit)
        above = list(filter(self._is_of_part, series.drop_nulls().unique()))
        is_above = ((units != near) & (near != "")).fill_null(False) | series.is_in(above).fill_null(False)
        if n := int(is_above.sum()):
            self.noticed[column.name, "is the office above, for the nearer one is not known"] += n
        return units, {}

    def _capitals(self, series: pl.Series, column: Column) -> Parsed:
        words = series.str.replace(r"^\d{1,2}[.)]\s+", "").str.replace_all(r"\s+", " ")
        return words.str.to_uppercase(), {}

    def _text(self, series: pl.Series, column: Column) -> Parsed:
        if column.is_code and (dates := series.filter(series.str.contains(AS_DATE))).len():
            codes = dict.fromkeys(dates.unique().to_list(), "CODE_BECAME_DATE")
            return _without(series, codes), codes
        if column.is_code and (series.str.len_bytes() > series.str.len_chars()).any():
            # Word processors bend the hyphens of codes.
            series = series.str.replace_all("[‐‑–—−]", "-")
        if column.is_code and (is_small := series.str.contains(SMALL_CODE)).any():
            series = pl.select(pl.when(is_small).then(series.str.to_uppercase()).otherwise(series)).to_series()
        if column.reader == "class":
            found = _map(series, class_code_of)
            return found, dict.fromkeys(series.filter(found.is_null() & series.is_not_null()), "CODE_SEVERAL")
        if column.reader in ("code", "flag"):
            several = dict.fromkeys(filter(names_several, series.drop_nulls().unique()), "CODE_SEVERAL")
            return _map(_without(series, several), flag_of if column.reader == "flag" else code_of), several
        if column.reader == "version":
            return _blank(_map(series, version_of), series, column), {}
        if column.reader == "regime":
            return _map(series, regime_of), {}
        return _without(series, CELL_ERRORS), {}

    def _sessions(self, series: pl.Series, column: Column) -> Parsed:
        sessions, codes = (self._session if self._by_day else self._number)(series, column)
        self._notice_sessions(sessions, column)
        return sessions, codes

    def _amount(self, series: pl.Series, column: Column) -> Parsed:
        numbers, codes = self._number(series, column)
        if column.unit == "%":
            self._notice_shares(series, numbers, column)
        if column.unit == "IDR":
            self._notice_small(series, numbers, column)
        return numbers, codes

    def _days(self, series: pl.Series, column: Column) -> Parsed:
        days, codes = self._date(series, column)
        # Whoever writes a day of a month means the month.
        return days.dt.month_start() if column.unit == "month" else days, codes

    def _truth(self, series: pl.Series, column: Column) -> Parsed:
        truth = {"true": True, "1": True, "ya": True, "false": False, "0": False, "tidak": False}
        return series.str.to_lowercase().replace_strict(truth, default=None, return_dtype=pl.Boolean), {}

    def _explained(self, words: pl.Series, series: pl.Series, column: Column) -> pl.Series:
        """The words of a list of presences, with those of signs that its own legend explains."""
        is_open = words.is_null() & series.is_not_null()
        if not (is_open.any() and any(map(SIGN, series.filter(is_open).unique()))):
            return words
        known = self._legend()
        read = _map(series.filter(is_open), lambda text: explained(text, known, partial(word_of, column)))
        return words.scatter(is_open.arg_true(), read)

    def _uncounted(self, words: pl.Series, series: pl.Series) -> pl.Series:
        """The words of a list of presences without those of ones, where other numbers stand among them that are none: hours, or sessions, are counted."""
        is_count = series.str.contains(COUNT) & words.is_null()
        is_one = (series == "1") & ("1" not in self._legend() if is_count.any() else False)
        return pl.select(pl.when(~is_one).then(words)).to_series() if is_count.any() else words

    def _unit(self, text: str) -> str | None:
        """The code of a unit that is known by a name, else what is written; of one within another, the nearer where it is known, or a code."""
        if text in CELL_ERRORS:
            return None
        near, _, wide = text.partition(WITHIN)
        # Personnel systems write a unit with all those in which it lies: the nearest that is known.
        found = next(filter(None, map(self._code_of, dict.fromkeys([near, *near.split(" - ")]))), None)
        is_code = re.fullmatch(r"[A-Z][A-Z\d./-]+", near)
        return found or (near if is_code or not wide else self._code_of(wide) or near or wide)

    def _is_of_part(self, text: str) -> bool:
        """Whether a unit that is written with those in which it lies is not known, and one of those is."""
        near, *wide = text.partition(WITHIN)[0].split(" - ")
        known = self._code_of(text) or self._code_of(near)
        return not known and any(map(self._code_of, wide))

    def _code_of(self, name: str) -> str | None:
        known = self._aliases.get(fold(name), [])
        return next((code for start, end, code in known if start <= self._day < end), None)

    def _number(self, series: pl.Series, column: Column) -> Parsed:
        kind = POLARS_TYPES[column.type]
        number = series.cast(kind, strict=False)
        longest = series.str.len_bytes().max() or 0
        # The shortest text whose mark is in doubt is 1.234.
        doubtful = _in_doubt(series) if isinstance(longest, int) and longest >= 5 else None
        if kind == pl.Float64:
            number = pl.select(pl.when(number.is_finite()).then(number)).to_series()
        is_open = number.is_null() & series.is_not_null()
        if doubtful is not None:
            is_open |= doubtful
        if column.unit == "JP" and "clock" in self._proofs(column.name):
            # A float reads 08.00 as eight.
            is_open |= series.str.contains(_CLOCK).fill_null(False)
        if not is_open.any():
            return number.rename(series.name), {}
        codes: dict[str, str] = {}
        values: dict[str, float | int | None] = {}
        for text in series.filter(is_open).unique().to_list():
            values[text], code = _number_text(text, column, self._proofs)
            if code:
                codes[text] = code
        read = pl.Series([values[text] for text in series.filter(is_open)], dtype=kind, strict=False)
        return number.scatter(is_open.arg_true(), read).rename(series.name), codes

    def _session(self, series: pl.Series, column: Column) -> Parsed:
        """Sessions by number, by day as yyyymmdd, or by one of a day (`12/01/2026 sesi 2`) as yyyymmddnn. In a column that counts them a
        day is what a spreadsheet made of a number."""
        found, codes = self._number(series, column)
        is_open = found.is_null() & series.is_not_null()
        if not is_open.any() or "number" in self._proofs(column.name):
            return found, codes
        texts = series.filter(is_open)
        bare = texts.str.replace(_PART_OF_DAY, "")
        days, doubts = self._date(bare, replace(column, type="date"))
        wrong = {text: doubts.get(day, "NOT_A_SESSION") for text, day in zip(texts, bare, strict=True)}
        codes = {text: wrong[text] for text in texts.filter(days.is_null())} | codes
        part = (
            texts.str.extract(_PART_OF_DAY).str.to_lowercase().replace({name: str(at) for name, at in _PARTS.items()})
        )
        part = part.cast(pl.Int64).fill_null(0)
        day = days.dt.strftime("%Y%m%d").cast(pl.Int64)
        session = pl.select(pl.when(part > 0).then(day * 100 + part).otherwise(day)).to_series()
        return found.scatter(is_open.arg_true(), session).rename(series.name), codes

    def _date(self, series: pl.Series, column: Column) -> Parsed:
        kind = POLARS_TYPES[column.type]
        if column.type == "date":
            found = series.str.to_date("%Y-%m-%d", strict=False)
        else:
            text = series.str.replace("T", " ", literal=True)
            found = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        # `26-03-12` is no day of the year 26.
        found = pl.select(pl.when(found.dt.year().is_between(*_YEARS)).then(found)).to_series()
        is_open = found.is_null() & series.is_not_null()
        if not is_open.any():
            self._notice(found, column)
            return found, {}
        codes: dict[str, str] = {}
        values: dict[str, dt.date | dt.datetime | None] = {}
        for text in series.filter(is_open).unique().to_list():
            try:
                values[text] = self._moment(text, column)
            except _Doubt:
                values[text], codes[text] = None, "DATE_ORDER"
            except ValueError:
                values[text] = None
                if code := self._lacking(text, column):
                    codes[text] = code
        read = series.filter(is_open).replace_strict(values, return_dtype=kind)
        found = found.scatter(is_open.arg_true(), read).rename(series.name)
        wrong = [text for text, moment in values.items() if moment is not None and _is_other_weekday(text, moment)]
        if wrong:
            self.noticed[column.name, "is another day of the week than it says"] += int(series.is_in(wrong).sum())
        self._notice(found, column)
        return found, codes

    def _notice(self, days: pl.Series, column: Column) -> None:
        if column.is_past and self._day < dt.date(9999, 1, 1):
            behind = (self._day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
            if n := int((days.cast(pl.Date) >= behind).sum()):
                self.noticed[column.name, "lies after the month of delivery"] += n

    def _notice_sessions(self, sessions: pl.Series, column: Column) -> None:
        """Days that stand where a session's number does, with a part or without."""
        numbers = sessions.filter(sessions > 9_999_999)
        if numbers.len():
            days = numbers.cast(pl.String).str.head(8).str.to_date("%Y%m%d", strict=False)
            self._notice(days, column)
            # In January people still write the year before.
            if n := int(((days.dt.month() == self._day.month) & (days.dt.year() == self._day.year - 1)).sum()):
                self.noticed[column.name, "lies in the month of delivery, a year before"] += n

    def _notice_shares(self, series: pl.Series, numbers: pl.Series, column: Column) -> None:
        """Percentages that no sign says to be some, none of them above 1: a project may have begun, or 0.4 may mean 40."""
        bare = numbers.filter(~series.str.contains(r"(?i)%|persen")).drop_nulls()
        if bare.len() and (bare <= 1).all() and (bare % 1 > 0).any():
            self.noticed[column.name, "lies between 0 and 1, where percentages go to 100"] += bare.len()

    def _notice_small(self, series: pl.Series, numbers: pl.Series, column: Column) -> None:
        """Amounts that can hardly be rupiah: all of them, or those beside others whose millions stand behind them as a word."""
        some = numbers.filter(numbers > 0)
        if some.len() and (some < LITTLE).all():
            self.noticed[column.name, "is nowhere a hundred thousand rupiah"] += some.len()
            return
        few = ((numbers > 0) & (numbers < SMALLEST)).fill_null(False)
        if few.any() and series.str.contains(_IN_WORDS).any():
            self.noticed[column.name, "is below a thousand rupiah, beside amounts in words (juta)"] += int(few.sum())

    def _moment(self, text: str, column: Column) -> dt.date | dt.datetime:
        """A date or point in time in any of the ways that offices write it; raises ValueError where it is none."""
        if column.unit == "month" and (month := _month(text)):
            return month
        if re.fullmatch(r"\d{5}(\.\d+)?", text) and 20_000 <= float(text) <= 80_000:
            moment = dt.datetime.combine(self._epoch, dt.time()) + dt.timedelta(days=float(text))
            return moment.replace(microsecond=0) if column.type == "timestamp" else moment.date()
        day, time, zone = _split_time(_BY.sub("", text) if column.is_deadline else text)
        names_period = column.is_deadline or column.name.startswith("period_") or column.name.endswith("_from")
        ends = day_range(day) or (self._period(day) if names_period else None)
        if ends is None:
            date = self._day_text(day, column)
        elif column.name.startswith("start") or column.name.endswith(("_start", "_from")):
            date = self._day_text(ends[0], column)
        elif column.is_deadline or column.name.startswith("end") or column.name.endswith("_end"):
            date = self._day_text(ends[1], column)
        else:
            raise ValueError(text)
        if not _YEARS[0] <= date.year <= _YEARS[1]:
            raise ValueError(text)
        moment = dt.datetime.combine(date, time)
        if zone is not None:
            # Programs write the city's midnight as 17:00 UTC of the day before.
            moment = self._local(moment - zone)
        return moment.date() if column.type == "date" else moment

    def _lacking(self, text: str, column: Column) -> str:
        """Why a text that speaks of days is none: it tells several, or no year; '' where it is something else."""
        if day_range(_split_time(text)[0]):
            return "DATE_SEVERAL"
        if re.search(r"\d{4}|^\d+\.\d+$", text):
            return ""
        with suppress(ValueError):
            # Of a leap year, which has each day.
            self._moment(f"{text} 2024", column)
            return "NO_YEAR"
        return "NO_YEAR" if day_range(f"{text} 2024") else ""

    def _period(self, text: str) -> tuple[str, str] | None:
        """The first and last day of a period; of a month without its year, where that is the month of delivery."""
        is_this = MONTH_NAMES.get(text.casefold()) == self._day.month
        return _period(f"{text} {self._day.year}" if is_this else text)

    def _local(self, moment: dt.datetime) -> dt.datetime:
        """A moment of UTC as the clock of the city's zone shows it."""
        return moment.replace(tzinfo=dt.UTC).astimezone(self._zone).replace(tzinfo=None)

    def _day_text(self, text: str, column: Column) -> dt.date:
        text = re.sub(_WEEKDAY, "", _weekday_text(bare_day(text))).rstrip(". ")
        text = re.sub(r"\s*([-/.])\s*", r"\1", text).strip()
        if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
            return dt.date(*map(int, match.groups()))
        # As systems write it, and as letters are dated (`12-I-2026`).
        if match := re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", text):
            return dt.date(*map(int, match.groups()))
        if (match := re.fullmatch(r"(\d{1,2})[-/. ]([ivx]{1,4})[-/. ](\d{4})", text)) and _ROMAN(match[2].upper()):
            return dt.date(int(match[3]), _roman(match[2].upper()), int(match[1]))
        # `march 5, 2026` as English programs write it.
        turned = re.sub(r"^([a-z]{3,9})\.? (\d{1,2}),? (?=\d{4}$)", r"\2 \1 ", text)
        if match := re.fullmatch(r"(\d{1,2})[-\s./]*([a-z]{3,9})\.?[-\s,./']*(\d{4}|\d{2})", turned):
            if match[2] not in MONTH_NAMES:
                raise ValueError(text)
            year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
            return dt.date(year, MONTH_NAMES[match[2]], int(match[1]))
        if not (match := re.fullmatch(_DAY, text)):
            raise ValueError(text)
        first, second, year = int(match[1]), int(match[2]), int(match[3] if len(match[3]) == 4 else f"20{match[3]}")
        found = self._proofs(column.name)
        # What a form tells is over: the order in which one of its days would be long to come is not its order, where in the other none is.
        past = {
            order for order, other in _TURNED.items() if f"{other} to come" in found and f"{order} later" not in found
        }
        proofs = found & {"dmy", "mdy"} or (past if self._order == "proven" and _is_of_past(column) else frozenset())
        order = self._order if not proofs else next(iter(proofs)) if len(proofs) == 1 else "proven"
        if re.search(r"-\d\d$", text) and "yy" not in found:
            other, this = 2000 + first, self._day.year
            # Where the last two digits are the year it is a day of the month of delivery: of the other year it is none.
            is_of_month = (year, second) == (this, self._day.month)
            if other != year and not is_of_month and (abs(other - this) <= 1 or abs(other - this) < abs(year - this)):
                raise _Doubt(text)
        if first > 12 or (order == "dmy" and second <= 12):
            day = dt.date(year, second, first)
            # A form's own moments are in the order of its language.
            is_own = column.type == "timestamp"
            if not proofs and _is_of_past(column) and not is_own and is_turned(day, f"{self._day:%Y-%m}"):
                raise _Doubt(text)
            return day
        if len(match[3]) == 2 and second > 12 and order != "mdy":
            raise ValueError(text)
        if second > 12 or order == "mdy":
            return dt.date(year, first, second)
        raise _Doubt(text)


READERS: Mapping[str, Callable[[Reader, pl.Series, Column], Parsed]] = {
    "grade": Reader._grade,
    "unit": Reader._units,
    "capitals": Reader._capitals,
    "session": Reader._sessions,
    "text": Reader._text,
    "integer": Reader._amount,
    "number": Reader._amount,
    "date": Reader._days,
    "timestamp": Reader._days,
    "boolean": Reader._truth,
}
"""Way of writing (`Column.reader`), else type → what reads it."""


def _weekday_text(text: str) -> str:
    """The text with its Friday as people type it: word processors bend the mark of `Jum'at`."""
    return re.sub(r"(?<=^jum)[’‘`´](?=at)", "'", text.strip().casefold())


def _is_other_weekday(text: str, day: dt.date) -> bool:
    named = re.search(rf"\b({'|'.join(WEEKDAYS)})\b", _weekday_text(text))
    return named is not None and day_range(text) is None and WEEKDAYS[named[1]] != day.weekday()


def is_turned(day: dt.date, month: str) -> bool:
    """Whether a day lies behind the month of delivery (YYYY-MM), and within it where its month is read as the day."""
    return f"{day.year}-{day.day:02}" == month and day.month > day.day


_TURNED = {"dmy": "mdy", "mdy": "dmy"}
"""Order of day and month → the other one."""


def _is_of_past(column: Column) -> bool:
    """Whether a column tells of days that are over."""
    return column.is_past or column.reader == "session"


class _Doubt(ValueError):
    """A date whose day and month cannot be told apart."""


def prove(series: pl.Series, column: Column, month: str = "") -> Proofs:
    """What the clean texts of a column prove about the order of its dates, or about its decimal mark; where the `month` of delivery (YYYY-MM) is given, also which
    of them are later than that."""
    found = set()
    if column.reader == "session" and series.str.contains(r"^\d{1,3}$").any():
        found.add("number")
    if column.type in ("date", "timestamp") or column.reader == "session":
        days = series.str.extract_groups(
            r"^\s*(?:\pL+,?\s*)?(\d{1,2})[-/. ](\d{1,2})(?:[-/. ](\d{4})|[/.](\d\d)(?:[^/.\d]|$))"
        ).struct.unnest()
        parts = days.select(pl.all().cast(pl.Int32, strict=False))
        if parts.width == 4 and parts.height:
            first, second, long, short_year = parts.get_columns()
            found |= {"dmy"} if (first > 12).any() else set()
            found |= {"mdy"} if (second > 12).any() else set()
            year = long.fill_null(short_year + 2000)
            for order, month_said in (("dmy", second), ("mdy", first)) if month else ():
                ahead = year * 12 + month_said - int(month[:4]) * 12 - int(month[5:])
                found |= {f"{order} later"} if (ahead > 0).any() else set()
                found |= {f"{order} to come"} if (ahead > 1).any() else set()
        short = (
            series.str.extract_groups(r"^(\d{1,2})-\d{1,2}-(\d\d)$")
            .struct.unnest()
            .drop_nulls()
            .select(pl.all().n_unique())
        )
        found |= {"yy"} if short.width == 2 and short.row(0)[0] > short.row(0)[1] else set()
    if column.unit == "JP" and series.str.contains(r"^0\d[.:][0-5]\d$").any():
        found.add("clock")
    if column.type in ("integer", "number"):
        for mark, other in ((".", ","), (",", ".")):
            m, o = re.escape(mark), re.escape(other)
            # A decimal mark shows by another number of digits behind it, or by more than one group mark before it.
            decimal = rf"^\D*(?:\d+{m}(?:\d{{1,2}}|\d{{4,}})|0{m}\d+|\d{{4,}}{m}\d+|\d{{1,3}}(?:{o}\d{{3}})+{m}\d+|\d{{1,3}}(?:{o}\d{{3}}){{2,}})\D*$"
            if series.str.contains(decimal).any():
                found.add(mark)
    return frozenset(found)


# ---------------------------------------------------------------- numbers

THOUSAND = 1_000
_CLOCK = r"^\d\d[.:]\d\d$"
_GROUPED = r"-?[1-9]\d{0,2}[.,]\d{3}"
_CALLED = {"JP": "jp|jpl|jam pelajaran|jam pelatihan", "people": "orang|org|peserta", "%": "%|persen"}
"""Unit → what is written behind a number of it."""
_IN_LETTERS = re.compile(
    r"(?<=\d)\s*\((?:(?:nol|se|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|puluh|belas|ratus|ribu|koma)\s*)+\)(?=\s*[a-z%]*(?: [a-z]+)?\.?$)"
)
"""A number once more, in letters: `85 (delapan puluh lima)`, `30 (tiga puluh) orang`."""
MINUTES = 45
"""Of one hour of training; what is no whole number of them is not guessed at."""
_HOURS = rf"(\d+(?:[.,]\d+)?\s*(?:{_CALLED['JP']})\.?)"
_TIMES = re.compile(
    rf"(\d+(?:[.,]\d+)?)\s*(?:{_CALLED['JP']})?\.?\s*\(?\s*[x×*]\s*45\s*(?:menit|mnt|min|['’′])?\s*\)?"
).fullmatch
"""Hours by their minutes: `2 x 45 menit`."""
_MINUTES = re.compile(r"(\d{2,4})\s*(?:menit|mnt)\.?").fullmatch
"""Minutes alone (`90 menit`)."""
_OF_DAYS = re.compile(
    rf"\d{{1,2}}\s*hari(?: kerja)?\s*[(/,=]\s*{_HOURS}\)?|{_HOURS}\s*[/,=]\s*\d{{1,2}}\s*hari(?: kerja)?"
).fullmatch
"""Hours beside the days over which they go: `3 hari (24 JP)`, `24 JP / 3 hari`."""


def _in_doubt(series: pl.Series) -> pl.Series:
    return series.str.contains(rf"^{_GROUPED}$").fill_null(False)


_OUT_OF = r"^(\d+(?:[.,]\d+)?)\s*(?:/|(?i:dari))\s*(\d+(?:[.,]\d+)?)$"
"""A score and the highest one (`8,50/10,00`)."""


def on_their_scale(cells: pl.DataFrame) -> pl.DataFrame:
    """Clean cells in which a score that says the highest one beside it, too (`8,50/10,00`), is what stands before that, and one with three digits behind its
    mark (`66,667`, `8.333`) has them as decimals, where as thousands it would be above the highest."""
    top = next((name for name in ("max_score", "scale_max") if name in cells.columns), None)
    if top is None or "score" not in cells.columns:
        return cells
    highest = _decimal(pl.col(top))
    is_out_of = pl.col("score").str.contains(_OUT_OF) & (_decimal(pl.col("score").str.extract(_OUT_OF, 2)) == highest)
    score = pl.when(is_out_of).then(pl.col("score").str.extract(_OUT_OF, 1)).otherwise(pl.col("score"))
    thousands = score.str.replace_all(r"[.,]", "").cast(pl.Float64, strict=False)
    is_decimal = score.str.contains(rf"^{_GROUPED}$") & (thousands > highest)
    return cells.with_columns(
        pl.when(is_decimal).then(score.str.replace(",", ".", literal=True) + "0").otherwise(score).alias("score")
    )


def _decimal(text: pl.Expr) -> pl.Expr:
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def _number_text(text: str, column: Column, proofs: Callable[[str], Proofs]) -> tuple[float | None, str | None]:
    """(the number that a text says, reason code where it is in doubt); whole columns get whole numbers or none."""
    bare, zeros = _IN_LETTERS.sub("", text.strip(SPACES).removeprefix("'").casefold()), 0
    if column.unit == "IDR":
        bare, zeros = _rupiah(bare)

    def read(number: str) -> float | int | None:
        number = f"{Decimal(number).scaleb(zeros):f}" if zeros else number
        if column.unit == "IDR" and not zeros and abs(Decimal(number)) >= LITTLE:
            # What a spreadsheet worked out, or a system wrote with its sen.
            number = f"{Decimal(number).quantize(Decimal(1), ROUND_HALF_UP):f}"
        return _whole(number) if column.type == "integer" else float(number)

    if column.unit == "JP" and (match := _OF_DAYS(bare) or _TIMES(bare)):
        bare = next(filter(None, match.groups()))
    elif column.unit == "JP" and (match := _MINUTES(bare)) and int(match[1]) % MINUTES == 0:
        bare = str(int(match[1]) // MINUTES)
    if column.unit in _CALLED:
        bare = re.sub(rf"\s*(?:{_CALLED[column.unit]})\.?(?:\s*\([^()]*\)|\s*@.*)?$", "", bare)
    if column.unit == "JP" and "clock" in proofs(column.name) and re.fullmatch(_CLOCK, bare):
        return None, None
    if column.reader in ("ordinal", "session"):
        bare = _ordinal(text.strip(SPACES))
    if re.fullmatch(_GROUPED, bare):
        mark = bare[-4]
        # A grade of four, or a percentage, has no thousands.
        if column.type == "number" and column.maximum is not None and column.maximum < THOUSAND:
            return read(bare.replace(",", ".")), None
        proven = proofs(column.name) & {".", ","}
        # Nobody writes thousandths of a rupiah: in money three digits behind a mark are thousands. Of millions they may be either.
        if (column.unit == "IDR" and not zeros) or (len(proven) == 1 and mark not in proven):
            return read(bare.replace(mark, "")), None
        if len(proven) == 1:
            return read(bare.replace(",", ".")), None
        # Nor is there a quarter of a person: 1.250 is whole where 1.000 may be a one.
        if column.type == "integer" and not column.reader and column.unit != "IDR" and not bare.endswith("000"):
            return read(bare.replace(mark, "")), None
        return None, "NUMBER_AMBIGUOUS"
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?", bare):
        return read(bare.replace(",", ".")), None
    for group, mark in ((".", ","), (",", ".")):
        if re.fullmatch(rf"-?\d{{1,3}}(\{group}\d{{3}})+(\{mark}\d+)?", bare):
            # In money 1,250.000 is a slip of one of the marks.
            if column.unit == "IDR" and not zeros and bare[-4] == mark:
                return None, "NUMBER_AMBIGUOUS"
            return read(bare.replace(group, "").replace(mark, ".")), None
    return None, None


_ZEROS: Mapping[str, int] = {
    **dict.fromkeys(("ribu", "rb"), 3),
    **dict.fromkeys(("juta", "jt"), 6),
    **dict.fromkeys(("miliar", "milyar", "mlr"), 9),
    **dict.fromkeys(("triliun", "trilyun", "trilliun"), 12),
}
"""Word behind an amount → the zeros that it stands for. `M` is none: of miliar to some, of million to others."""
_IN_WORDS = rf"(?i)\d\s*(?:{'|'.join(_ZEROS)})\b"
SMALLEST = 1_000
"""Rupiah below which an amount beside others in words (`25 juta`) may lack its own."""

LITTLE = 100_000
"""Rupiah that no class, contract or payment comes to: where none does, they may be percentages, or thousands or millions."""


def _rupiah(text: str) -> tuple[str, int]:
    """An amount without what says that it is rupiah, and without its remark (`(dua puluh lima juta rupiah)`), and the zeros that stand behind
    it as a word: `rp 25 juta` is 25 and six."""
    bare = re.sub(r"^(rp\.?|idr)\s*|(?:\s*\([^()\d]*\))?$", "", text)
    bare = re.sub(r"\s*rupiah$", "", re.sub(r",-+$", "", bare)).strip(SPACES)
    match = re.fullmatch(rf"(-?\d[\d.,]*)\s*({'|'.join(_ZEROS)})\.?", bare)
    return (match[1], _ZEROS[match[2]]) if match else (bare, 0)


def _ordinal(text: str) -> str:
    """`Sesi 2`, `Angkatan III`, `ke-4` as digits; anything else as it is. A Roman numeral is written in capitals."""
    number = re.sub(
        r"^(?:(?:sesi|pertemuan|angkatan|angk|akt|gelombang|gel|batch)\b\W*)?(?:ke\b\W*)?",
        "",
        text,
        flags=re.IGNORECASE,
    )
    number = re.sub(r"\s*\([a-z ]+\)$", "", number)
    return str(_roman(number)) if _ROMAN(number) else number if number.isdigit() else text


_ROMAN = re.compile(r"(?=[LXVI])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})").fullmatch


def _roman(text: str) -> int:
    worth = [dict(zip("IVXL", (1, 5, 10, 50), strict=True))[letter] for letter in text]
    return sum(-one if one < following else one for one, following in zip(worth, [*worth[1:], 0], strict=True))


def _whole(text: str) -> int | None:
    """The whole number that a text with a decimal point says; None where it says another."""
    whole, _, rest = text.partition(".")
    number = int(whole)
    return number if not rest.strip("0") and abs(number) < 2**63 else None


# ---------------------------------------------------------------- dates

_WEEKDAY = rf"^\s*({'|'.join(WEEKDAYS)})\b\s*[,/]?\s*"
_BY = re.compile(
    r"^(?:(?:paling (?:lambat|lama)|selambat\W{0,3}lambatnya|maksimal|maks\.?|target|s\.?\s?/?\s?d\.?|sampai(?: dengan)?|hingga)\s+)?(?:(?:pada\s+)?akhir\s+(?:bulan\s+)?)?(?=\w)",
    re.IGNORECASE,
)
"""What stands before the day, or the month, by whose end something is due (`paling lambat akhir Maret 2026`)."""
_YEARS = (1900, 2199)
"""The first and the last year of which anybody writes a day."""
_DAY = r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|(?<=[-/.])\d{2})"
"""Day, month and year; between hyphens two digits may be the day (26-10-05)."""
_PARTS = {**{name.casefold(): at for at, name in enumerate(("I", "II", "III", "IV"), 1)}, **PARTS}
_PART_OF_DAY = rf"(?i) sesi (?:(?:sesi|pertemuan)\W*)?(?:ke\W*)?(\d{{1,2}}|{'|'.join(_PARTS)})$"
_ZONES = {"wib": 7, "wita": 8, "wit": 9, "z": 0, "utc": 0, "gmt": 0}


def _split_time(text: str) -> tuple[str, dt.time, dt.timedelta | None]:
    """(day, time of day, distance to UTC where the text tells it); of `08.00 - 09.30` the time at which it begins."""
    match = re.fullmatch(
        r"(.*?)(?:[T,\s]+)(?:(?:pukul|pkl\.?|jam)\s*)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*([ap]m)?"
        r"(?:\s?(?:-|–|s\.?\s?/?\s?d\b\.?|sampai|hingga)\s?\d{1,2}[:.]\d{2})?\s*"
        r"(wib|wita|wit|z|(?:gmt|utc)?\s*([+-]\d{1,2})(?::?00)?|gmt|utc)?",
        text.strip(),
        re.IGNORECASE,
    )
    if not match:
        return text, dt.time(), None
    hour = int(match[2])
    if match[5]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if match[5].casefold() == "pm" else 0)
    zone = None
    if match[6]:
        hours = int(match[7]) if match[7] else _ZONES[match[6].casefold()]
        zone = dt.timedelta(hours=hours)
    return match[1], dt.time(hour, int(match[3]), int(match[4] or 0)), zone


def spans(series: pl.Series) -> pl.Series:
    """The texts that tell two days; what tells one or none is empty."""
    return _map(series, lambda text: text if day_range(text) else None)


def _month(text: str) -> dt.date | None:
    """The first day of a month that a text names: `2026-03`, `3/2026`, `Maret 2026`, `Bulan Mar-26`, or up to which it reckons (`s.d. Maret 2026`); None
    where it names none."""
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})", text):
        year, number = match[1], int(match[2])
    elif match := re.fullmatch(r"(\d{1,2})\s*[-/.]\s*(\d{4})", text):
        year, number = match[2], int(match[1])
    elif match := re.fullmatch(
        r"(?:s\.?\s?/?\s?d\.?\s+)?(?:bulan\s+)?([a-z]{3,9})\.?[-\s/.,']*(\d{4}|\d{2})", text.casefold()
    ):
        year, number = match[2].zfill(4).replace("00", "20", 1), MONTH_NAMES.get(match[1], 0)
    else:
        return None
    is_month = 1 <= number <= 12 and _YEARS[0] <= int(year) <= _YEARS[1]
    return dt.date(int(year), number, 1) if is_month else None


def _period(text: str) -> tuple[str, str] | None:
    """The first and last day of a period that is told by its name: `Triwulan III 2026`, `TW I dan II 2026`, `Semester I Tahun 2026`, `Tahun 2026`,
    `Maret 2026`, `Januari s.d. Juni 2026`; None where the text names none, or several that do not follow each other."""
    text = re.sub(r"^periode\W+|\b(?:tahun|thn|ta|t\.a\.)\s*(?:anggaran\s+)?(?=\d)", "", text.casefold()).strip()
    if re.fullmatch(r"20\d\d", text):
        return f"{text}-01-01", f"{text}-12-31"
    if span := whole_span(text):
        first, last = (_month(f"{year}-{month}") for year, month in (span.first, span.last))
    else:
        begins, _, ends = re.sub(
            r"\s*(?:\bs\.?\s*/?\s*d\b\.?|\bsampai(?: dengan)?\b|[-–](?=\s*[a-z]))\s*", "~", text
        ).partition("~")
        last = _month(ends or begins)
        first = _month(begins) or (last and _month(f"{begins} {last.year}"))
    if first is None or last is None or first > last:
        return None
    return first.isoformat(), f"{last:%Y-%m}-{calendar.monthrange(last.year, last.month)[1]}"


# ---------------------------------------------------------------- words


def _without(series: pl.Series, texts: Collection[str]) -> pl.Series:
    """The series, empty where one of the texts stands."""
    is_one = series.is_in(list(texts)).fill_null(False) if len(texts) else None
    return pl.select(pl.when(~is_one).then(series)).to_series() if is_one is not None and is_one.any() else series


def _map(series: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    mapping = {value: read(value) for value in series.unique().to_list() if value is not None}
    if all(word == value for value, word in mapping.items()):
        return series
    return series.replace_strict(mapping, default=None, return_dtype=pl.String)


def _words(series: pl.Series, column: Column) -> pl.Series:
    known = spellings_of(column)
    if column.reader == "presence":
        return _map(series, lambda value: presence(value, lambda word: known.get(fold(word))))
    if column.reader == "remark":
        return _map(series, lambda value: known.get(fold(value)) or remarked(value, known) or same(value, known))
    return _map(series, lambda value: known.get(fold(value)))


def _blank(words: pl.Series, series: pl.Series, column: Column) -> pl.Series:
    """An empty cell as the word that it stands for, where the column has one."""
    if column.blank is None or not series.null_count():
        return words
    return (
        pl.select(pl.when(series.is_null()).then(pl.lit(column.blank)).otherwise(words)).to_series().rename(words.name)
    )
