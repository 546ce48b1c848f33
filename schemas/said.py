"""Texts that can be said in another language: plain English wherever they are kept, and for whoever shows them the phrase and the values that
they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Count(int):
    """How many: 22000 is written 22,000, and as a language does where one is spoken; `{n:row/rows}` is 1 row, 22,000 rows."""

    def __format__(self, spec: str) -> str:
        one, is_counted, several = spec.partition("/")
        if is_counted:
            return f"{int(self):,} {one if self == 1 else several}"
        return format(int(self), spec or ",")

    def __str__(self) -> str:
        return format(self)


class Said(str):
    """A text made by `said`: it is its own English."""

    phrase: str
    """The text with `{name}` for values: what catalogues know it by."""
    values: Mapping[str, Any]


def said(phrase: str, **values: Any) -> Said:
    """A text with its values, of which some may be such texts, or a `Count`."""
    text = Said(phrase.format(**values))
    text.phrase, text.values = phrase, values
    return text
