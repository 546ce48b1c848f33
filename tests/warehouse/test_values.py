"""Text to values: identity numbers, words, dates and numbers."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.column import Column
from schemas.identity import nip
from schemas.sources import SOURCES
from warehouse.delivery.values import Reader, clean, prove


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("196608011988031001", "196608011988031001"),
        ("19660801 198803 1 001", "196608011988031001"),
        ("'19660801.198803.1.001", "196608011988031001"),
        ("200012312024211001", "200012312024211001"),  # NI PPPK: digits 13–14 are 21, no month
    ],
)
def test_sound_numbers_are_kept_as_digits(raw: str, digits: str) -> None:
    assert nip.check(raw) == (digits, None)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.98503E+17", "NIP_SCIENTIFIC"),
        ("198503152010011008.0", "NIP_SCIENTIFIC"),
        ("198503152010011000", "NIP_PRECISION_LOST"),
        ("130812345", "NIP_OLD"),
        ("3674011503850001", "NIP_IS_NIK"),
        ("19850315201001100", "NIP_LENGTH"),
        ("19850315201001100x", "NIP_LENGTH"),
        ("198502302010011001", "NIP_BIRTH_DATE"),
        ("198503152010013001", "NIP_SEX"),
        ("198503152010131001", "NIP_APPOINTMENT"),
        ("٠٩٨٥٠٣١٥٢٠١٠٠١١٠٠١", "NIP_LENGTH"),  # digits of another script are no NIP
    ],
)
def test_damaged_numbers_are_named_and_never_repaired(raw: str, code: str) -> None:
    assert nip.check(raw) == (None, code)


def column(name: str, source: str = "attendance") -> Column:
    return SOURCES[source].column(name)


def parsed(texts: list[str | None], column: Column) -> list[object]:
    series = clean(pl.DataFrame({column.name: texts}, schema={column.name: pl.String})).to_series()
    return Reader(lambda name: prove(series, column)).parse(series, column)[0].to_list()


def test_words_are_brought_to_the_contract_s_spelling_and_an_empty_cell_is_unknown() -> None:
    words = ["Hadir", "H", "√", "Ijin", "SAKIT", "Alpha", "Dinas_Luar", "", None, "entahlah"]
    expected = ["hadir", "hadir", "hadir", "izin", "sakit", "alpa", "dinas luar", "unknown", "unknown", None]
    assert parsed(words, column("status")) == expected


def test_dates_are_day_first_and_must_exist() -> None:
    dates = ["2026-03-12", "12/03/2026", "12-03-2026", "2026-03-12 00:00:00", "2026-02-31", "31/02/2026", "tomorrow"]
    assert parsed(dates, column("session_date", "sessions")) == [dt.date(2026, 3, 12)] * 4 + [None] * 3


def test_a_month_is_its_first_day() -> None:
    assert parsed(["2026-03", "2026-13"], column("month", "projects")) == [dt.date(2026, 3, 1), None]


def test_numbers_take_a_decimal_comma_and_refuse_the_rest() -> None:
    numbers = ["87.5", "87,5", "1.234,5", "nan", "inf", "12 %", "-3"]
    assert parsed(numbers, column("score", "assessments")) == [87.5, 87.5, 1234.5, None, None, None, -3.0]


@given(st.integers(-(2**62), 2**62))
def test_whole_numbers_survive_text(number: int) -> None:
    assert parsed([str(number), f"{number}.0"], column("session_no")) == [number, number]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_any_date_survives_each_way_of_writing(date: dt.date) -> None:
    texts = [f"{date:%Y-%m-%d}", f"{date:%d/%m/%Y}", f"{date:%d-%m-%Y}"]
    assert parsed(texts, column("session_date", "sessions")) == [date] * 3
