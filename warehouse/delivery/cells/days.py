"""Days in people's words: two that a text tells, the first and the last (`12 s.d. 14 Januari 2026`), and days whose year stands elsewhere.

What the first of two lacks it has of the last; where its month comes behind that of the last, it is of the year before
(`28 Desember - 2 Januari 2027`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import polars as pl

from warehouse.delivery.cells.spans import MONTH_NAMES

WEEKDAYS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        ("senin monday", "selasa tuesday", "rabu wednesday", "kamis thursday", "jumat jum'at friday", "sabtu saturday",
         "minggu ahad sunday")
    )
    for name in names.split()
}  # fmt: skip
PARTS: Mapping[str, int] = {
    **{"pagi": 1, "siang": 2, "sore": 3, "petang": 3, "malam": 4},
    **{"datang": 1, "masuk": 1, "pulang": 2, "keluar": 2},
}
"""Parts of a day, in their order; also of one that people sign at its beginning and its end."""
ORDINALS: Mapping[str, int] = {
    name: number
    for number, word in enumerate(
        ("satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh"), 1
    )
    for name in (word, f"ke{word}", *(["pertama"] if number == 1 else []))
}
"""Numbers of days and sessions in words."""
HEADINGS = ("tanggal", "tgl", "hari tanggal")
"""Headings of columns that say the day of each row."""
_TO = r"(?:\bs\.?\s*/?\s*d\b\.?|(?<=\d)s\.?/?d(?=\d)|\bsampai(?:\s+dengan)?\b|\bhingga\b|[-–—‑])"
_ANY_WEEKDAY = rf"\b(?:{'|'.join(WEEKDAYS)})\b"
_OF_WEEK = re.compile(rf"{_ANY_WEEKDAY}(?:\s*{_TO}\s*{_ANY_WEEKDAY})?\s*[,/]?\s*")
_ASIDE = re.compile(rf"^(?:tanggal|tgl)\b[\s.:]*|\s*\((?:\d{{1,2}}\s*hari(?:\s+kerja)?|{'|'.join(WEEKDAYS)})\)$")
"""What stands around days and says nothing more; a remark such as `(batal)` says more."""
_FIGURES = re.compile(
    rf"(\d{{1,2}})(?:([-/.])(\d{{1,2}})(?:\2(\d{{4}}|\d{{2}}))?)?\s*{_TO}\s*(\d{{1,2}})([-/.])(\d{{1,2}})\6(\d{{4}}|\d{{2}})"
).fullmatch
_ISO = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})\s*{_TO}\s*(\d{{4}}-\d{{2}}-\d{{2}})").fullmatch
_NAMED = re.compile(
    rf"(\d{{1,2}})(?:\s*([a-z]{{3,9}})\b\.?)?(?:\s+(\d{{4}}))?\s*(?:{_TO}|\bdan\b|&)\s*(\d{{1,2}})\s*([a-z]{{3,9}})\.?\s*(\d{{4}}|\d{{2}})"
).fullmatch
_LISTED = re.compile(
    r"(\d{1,2})(?:\s*,\s*\d{1,2})*\s*(?:,|&|(?:,\s*)?\bdan\b)\s*(\d{1,2})\s+([a-z]{3,9})\.?\s+(\d{4})"
).fullmatch
_BARE = rf"(?i)^(?:.*[^\pL])?(?:{'|'.join(MONTH_NAMES)})\.?$"
"""What ends with a month, and without a year."""


def bare_day(text: str) -> str:
    """A day, or two, in small letters without what stands around them (`Tgl 12 Oktober 2026 (Senin)`)."""
    return _ASIDE.sub("", " ".join(text.casefold().split()))


def day_range(text: str) -> tuple[str, str] | None:
    """The first and last day of `12 s.d. 14 Januari 2026`, `12, 13 dan 14 Januari 2026`, `28 Januari - 2 Februari 2026`, `12-14/01/2026` or
    `12/01/2026 - 14/01/2026`; None for one day."""
    text = _OF_WEEK.sub("", bare_day(text))
    if match := _ISO(text):
        return match[1], match[2]
    if match := _FIGURES(text):
        day, _, month, year, last, _, last_month, last_year = match.groups()
        return f"{day}/{month or last_month}/{year or last_year}", f"{last}/{last_month}/{last_year}"
    if match := _LISTED(text):
        day, last, last_month, last_year = match.groups()
        month = year = None
    elif match := _NAMED(text):
        day, month, year, last, last_month, last_year = match.groups()
    else:
        return None
    is_before = month is not None and MONTH_NAMES.get(month, 0) > MONTH_NAMES.get(last_month, 0)
    first_year = year or (f"{int(last_year) - 1}" if is_before else last_year)
    return f"{day} {month or last_month} {first_year}", f"{last} {last_month} {last_year}"


def with_year(cells: pl.DataFrame, columns: Collection[str], year: str) -> pl.DataFrame:
    """Clean text in which the days and months of these columns that lack their year are of that which stands above them all ('' where none does). Two days
    around the turn of a year stay as they are: either of them may be meant to be of it."""

    def whole(text: str) -> str:
        ends = day_range(f"{text} {year}")
        return f"{text} {year}" if ends is None or ends[0].endswith(year) else text

    if not (columns and re.fullmatch(r"20\d\d", year)):
        return cells
    is_bare = cells.select(pl.col(name).str.contains(_BARE).fill_null(False) for name in columns)
    some = [name for name in columns if is_bare.get_column(name).any()]
    bare = {name: cells.get_column(name).filter(is_bare.get_column(name)).unique().to_list() for name in some}
    return cells.with_columns(pl.col(name).replace({text: whole(text) for text in bare[name]}) for name in some)
