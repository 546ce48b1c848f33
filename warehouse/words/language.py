"""One language: phrases out of its catalogue, codes in words, numbers and days as it writes them (Babel)."""

from __future__ import annotations

import datetime as dt
import gettext
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from schemas.column import Column

CATALOGUES = Path(__file__).parent
SOURCE = "id"
"""The language that phrases are written in where they stand: Bahasa Indonesia."""
Kind = Literal[
    "text",
    "whole",
    "points",
    "fine",
    "share",
    "signed",
    "signed_fine",
    "signed_share",
    "signed_rupiah",
    "chance",
    "probability",
    "rupiah",
    "date",
    "month",
]
"""What a value is, which says how it is written: `share` and `probability` take 0–1, `rupiah` whole rupiah, `signed` shows its plus;
`signed_share` is a difference of shares, written in percentage points."""
DIGITS = {"whole": 0, "points": 1, "fine": 2, "signed": 1, "signed_fine": 2}
MINUS = "−"


class Gap(Enum):
    """Why a number is not there, where it is not just unknown (None)."""

    SUPPRESSED = "suppressed"


SUPPRESSED = Gap.SUPPRESSED
"""Stands for a number that is left out because its group is so small that it would tell about persons."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of the warehouse: its code, its Bahasa Indonesia with `{name}` for values, and the values with their kinds.

    Tables hold code and numbers; `Language.tell` makes the words of them, in whatever language.
    """

    code: str
    phrase: str
    values: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    more: tuple[Sentence, ...] = ()
    """Parts that follow, each after a semicolon, before the full stop."""


class Language:
    """A language by its code (`id`, `en`): what it says, and how it writes."""

    def __init__(self, code: str, catalogues: Path = CATALOGUES) -> None:
        self.code, self.locale = code, Locale.parse(code)
        with (catalogues / f"{code}.po").open("rb") as file:
            catalogue = read_po(file, locale=code)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        self._words: dict[str, dict[str, str]] = {}
        for message in catalogue:
            if message.context:
                self._words.setdefault(message.context, {})[str(message.id)] = str(message.string)
        self._catalogue = gettext.GNUTranslations(compiled)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.say("Bahasa Indonesia")

    def say(self, phrase: str, context: str = "") -> str:
        """A phrase in this language; one that the catalogue does not have stays in Bahasa Indonesia."""
        return self._catalogue.pgettext(context, phrase) if context else self._catalogue.gettext(phrase)

    def knows(self, phrase: str) -> bool:
        """Whether the phrase is there in this language."""
        return self.code == SOURCE or self.say(phrase) != phrase

    def word(self, kind: str, code: str) -> str:
        """A code of the warehouse in words; one without words stands for itself."""
        return self._catalogue.pgettext(kind, code)

    def words(self, kind: str) -> Mapping[str, str]:
        """Every code of a kind that has words, and what they are; empty where none has."""
        return self._words.get(kind, {})

    def tell(
        self, sentence: Sentence, said: Callable[[str], str] = str, write: Callable[[Any, str], str] | None = None
    ) -> str:
        """A sentence with its values, ending in a full stop; `said` and `write` make of phrases and values what the place asks for."""
        parts = []
        for part in (sentence, *sentence.more):
            values = {name: (write or self.write)(value, kind) for name, (value, kind) in part.values.items()}
            parts.append(said(self.say(part.phrase)).format(**values))
        text = said("; ").join(parts)
        return text if text.endswith(".") else text + "."

    def write(self, value: Any, kind: str) -> str:
        """A value as this language writes it, or in words that there is none; `kind` is one of `Kind`."""
        if value is SUPPRESSED:
            return self.say("disembunyikan (kelompok kecil)")
        if value is None or value != value:
            return self.say("tidak diketahui")
        if kind == "text":
            return self.say(str(value))
        if kind == "date":
            return self.date(value)
        if kind == "month":
            return _day(value, "MMMM y", self.code)
        if kind == "rupiah":
            return (MINUS if value <= -0.5 else "") + "Rp" + self.number(abs(value), 0)
        if kind == "signed_rupiah":
            return ("+" if value >= 0.5 else "") + self.write(value, "rupiah")
        if kind == "signed_share":
            return self.write(100 * value, "signed")
        if kind == "share":
            # Few of many are not none.
            return "<\u00a0" + self.percent(0.001, 1) if 1e-9 < value < 0.0005 else self.percent(value, 1)
        if kind == "probability" and not 0.001 <= value <= 0.999:
            # Nothing is certain.
            return ">\u00a0" + self.write(0.999, "share") if value > 0.5 else "<\u00a0" + self.write(0.001, "share")
        if kind == "probability":
            return self.write(value, "share")
        if kind == "chance":
            return "<\u00a0" + self.number(0.001, 3) if value < 0.001 else self.number(value, 3)
        text = self.number(value, DIGITS[kind])
        return "+" + text if kind.startswith("signed") and value > 0 and text.strip("0.,") else text

    def number(self, value: float, digits: int) -> str:
        """`1234.5` as 1.234,5 or 1,234.5, with a true minus sign, and none before a zero."""
        text = _decimal(round(abs(value), digits), digits, self.code)
        return MINUS + text if value < 0 and text.strip("0.,") else text

    def percent(self, share: float, digits: int) -> str:
        """0.125 as 12,5% or 12.5%."""
        return f"{self.number(100 * share, digits)}%"

    def short_month(self, day: dt.date) -> str:
        """Nov 2026."""
        return _day(day, "MMM y", self.code)

    def date(self, day: dt.date) -> str:
        """24 November 2026."""
        return _day(day, "d MMMM y", self.code)

    def moment(self, at: dt.datetime) -> str:
        """24 November 2026 14.05, or 14:05 in English."""
        return f"{self.date(at.date())} {format_skeleton('Hm', at, locale=self.code)}"


@lru_cache(maxsize=100_000)
def _decimal(value: float, digits: int, code: str) -> str:
    # A report writes the same few thousand numbers again and again.
    return format_decimal(value, f"#,##0.{'0' * digits}".rstrip("."), locale=_locale(code))


@lru_cache(maxsize=10_000)
def _day(day: dt.date, pattern: str, code: str) -> str:
    return format_date(day, pattern, locale=_locale(code))


# Babel would look it up for every number.
_locale = cache(Locale.parse)


@cache
def language(code: str) -> Language:
    """The language of a code; raises FileNotFoundError where there is no catalogue of it."""
    return Language(code)


def offered(column: Column) -> list[str]:
    """What a sender may choose from in a column, as staff say it, in the order of its list; each is read again as the code that it is. A code without
    words is a word itself, and so is one whose words would fall apart in a list (`sistem, mekanisme, dan prosedur`)."""
    spoken = language(SOURCE).words(column.name)
    return [word if "," not in (word := spoken.get(code, code.replace("_", " "))) else code for code in column.choices]


def languages() -> list[str]:
    """Codes of the languages that there is a catalogue of, the source language first."""
    return sorted((path.stem for path in CATALOGUES.glob("*.po")), key=lambda code: (code != SOURCE, code))


def stored(sentence: Sentence) -> str:
    """A sentence as tables hold it beside its code: in the source language, with a keyboard's spaces and minus signs."""
    return language(SOURCE).tell(sentence).replace("\u00a0", " ").replace(MINUS, "-")
