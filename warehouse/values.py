"""Text to typed values: words, numbers, dates, identity numbers. What cannot be read is null with a reason.

Works on whole columns; words and identity numbers are worked out once per distinct value.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache

import polars as pl

from schemas.contract import POLARS_TYPES, Column

SPACES = " \t\r\n\u00a0\u2007\u202f\ufeff"


def clean(series: pl.Series, missing: frozenset[str] = frozenset()) -> pl.Series:
    """Text without surrounding white space; empty cells and the layout's words for "missing" become null."""
    name = series.name
    series = series.str.strip_chars(SPACES)
    empty = series.is_in(["", *missing])
    if empty.any():
        series = pl.select(pl.when(~empty).then(series)).to_series()
    return series.rename(name)


def parse(series: pl.Series, column: Column) -> pl.Series:
    """`series` (clean text) as the column's type; null where the text says no such value."""
    if column.values:
        words = _words(series, column)
        return (
            words
            if column.blank is None
            else _fallback(
                words,
                series.fill_null(""),
                lambda s: s.replace_strict({"": column.blank}, default=None, return_dtype=pl.String),
            )
        )
    if column.type == "text":
        return series
    if column.type == "integer":
        return _fallback(
            series.cast(pl.Int64, strict=False), series, lambda s: s.str.extract(r"^(-?\d+)\.0+$").cast(pl.Int64)
        )
    if column.type == "number":
        number = _fallback(
            series.cast(pl.Float64, strict=False),
            series,
            lambda s: s.str.extract(r"^(-?\d+,\d+)$").str.replace(",", ".", literal=True).cast(pl.Float64),
        )
        return pl.select(pl.when(number.is_finite()).then(number).alias(series.name)).to_series()
    if column.type == "date":
        return _date(series, month=column.unit == "month")
    if column.type == "timestamp":
        text = series.str.replace("T", " ", literal=True)
        found = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        for form in ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M:%S"):
            found = _fallback(found, text, lambda s, f=form: s.str.to_datetime(f, strict=False, time_unit="us"))
        return _fallback(found, text, lambda s: _date(s).cast(POLARS_TYPES["timestamp"]))
    truth = {"true": True, "1": True, "ya": True, "false": False, "0": False, "tidak": False}
    return series.str.to_lowercase().replace_strict(truth, default=None, return_dtype=pl.Boolean)


def _date(series: pl.Series, month: bool = False) -> pl.Series:
    found = series.str.to_date("%Y-%m-%d", strict=False)
    # Offices write day first, always; a spreadsheet's date cell arrives with a midnight.
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S"):
        found = _fallback(found, series, lambda s, f=form: s.str.to_date(f, strict=False))
    if month:
        found = _fallback(found, series, lambda s: (s + "-01").str.to_date("%Y-%m-%d", strict=False))
    return found


def _fallback(found: pl.Series, text: pl.Series, other: object) -> pl.Series:
    """`found`, and where it is null though there is text, `other(text)`; the second reading is tried only if needed."""
    if found.null_count() == text.null_count():
        return found
    return found.zip_with(found.is_not_null(), other(text).rename(found.name))  # type: ignore[operator]


def fold(word: str) -> str:
    """A word as it is compared: lower case, one space for any run of white space, underscores or hyphens."""
    return re.sub(r"[_\-\s\u00a0]+", " ", word).strip().casefold()


def _words(series: pl.Series, column: Column) -> pl.Series:
    known = {fold(spelling): word for word, spellings in column.values.items() for spelling in (word, *spellings)}
    distinct = [value for value in series.unique().to_list() if value is not None]
    mapping = {value: known.get(fold(value)) for value in distinct}
    if all(word == value for value, word in mapping.items()):
        return series
    return series.replace_strict(mapping, default=None, return_dtype=pl.String)


@cache
def _is_date(text: str) -> bool:
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return 1930 <= int(text[:4]) <= 2015


@lru_cache(maxsize=200_000)
def check_nip(raw: str) -> tuple[str | None, str | None]:
    """(the 18 digits, None) for a sound NIP or NI PPPK, otherwise (None, reason code).

    NIP: Peraturan Kepala BKN 22/2007: birth date, month of appointment, sex, serial 001–999. NI PPPK: digit 13 is 2,
    digit 14 the number of the work agreement. `…000` is a number that a spreadsheet destroyed; it is never repaired.
    """
    if re.search(r"[eE]\+?\d|[.,]0+$", raw):
        return None, "NIP_SCIENTIFIC"
    digits = re.sub(r"[\s.'`\u2018\u2019\u00a0-]", "", raw)
    if not digits.isascii() or not digits.isdigit() or len(digits) != 18:
        return None, {9: "NIP_OLD", 16: "NIP_IS_NIK"}.get(len(digits) if digits.isdigit() else 0, "NIP_LENGTH")
    if digits[15:] == "000":
        return None, "NIP_PRECISION_LOST"
    if not _is_date(digits[:8]):
        return None, "NIP_BIRTH_DATE"
    if digits[14] not in "12":
        return None, "NIP_SEX"
    pppk = digits[12] == "2" and digits[13] != "0" and int(digits[8:12]) >= 2019
    if not pppk and not (1 <= int(digits[12:14]) <= 12 and 1950 <= int(digits[8:12]) <= 2100):
        return None, "NIP_APPOINTMENT"
    return digits, None


UNREADABLE = {
    "integer": "NOT_AN_INTEGER",
    "number": "NOT_A_NUMBER",
    "date": "NOT_A_DATE",
    "timestamp": "NOT_A_TIME",
    "boolean": "NOT_A_BOOLEAN",
    "text": "NOT_ALLOWED",
}
"""Reason code for text that is there but is no value of the column's type."""
