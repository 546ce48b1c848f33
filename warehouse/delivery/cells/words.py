"""Words of closed lists, however they are spelt, and what stands in their place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache

from schemas.column import Column
from schemas.fields import FIELDS


def fold(word: str) -> str:
    """A word as it is compared: lower case, one space for any run of white space, underscores or hyphens."""
    return re.sub(r"[_\-\s\u00a0]+", " ", word).strip().casefold()


@cache
def _known(column_name: str, values: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return {fold(spelling): word for word, spellings in values for spelling in (word, *spellings)}


def word_of(column: Column, spelling: str) -> str | None:
    """The word of a column's closed list that a spelling alone means."""
    return spellings_of(column).get(fold(spelling))


def spellings_of(column: Column) -> dict[str, str]:
    """Every spelling of a column's words, as it is compared → the word."""
    return _known(column.name, tuple((word, tuple(spellings)) for word, spellings in column.values.items()))


def remarked(text: str, known: Mapping[str, str]) -> str | None:
    """The word before a remark in brackets; none where the remark is another one (`Klasikal (via Zoom)`), or may take it back (`Terdaftar (batal)`)."""
    bare = _without_remark(text)
    said = text[len(bare) :]
    word, remark = known.get(fold(bare)), known.get(fold(said.strip(" ()")))
    return word if remark in (None, word) and not _TAKES_BACK(said) else None


_TAKES_BACK = re.compile(r"\b(?:batal|dibatalkan|tidak|tdk|tak|belum|bukan|\w*ganti\w*)\b", re.IGNORECASE).search


def same(text: str, known: Mapping[str, str]) -> str | None:
    """The word that both sides of a stroke mean (`Pengawas / Eselon IV`)."""
    words = {known.get(fold(part)) for part in text.split("/")}
    return words.pop() if len(words) == 1 else None


def _without_remark(text: str) -> str:
    return re.sub(r"\([^()]*\)\s*$", "", text)


_HOUR = re.compile(
    r"(?:pukul |jam )?(?:[01]?\d|2[0-3])[.:][0-5]\d(?:[.:][0-5]\d)?(?: ?(?:wib|wita|wit|am|pm))?"
).fullmatch


COUNT = r"^(?:[2-9]|1\d|2[0-4]|\d{1,2}[.,]\d)$"
"""A number where a presence is asked for that may count the hours, or the sessions, of a day."""


def something_else(text: str, column: Column) -> str:
    """Why a text is none of a column's words, where it says something of another kind; '' where nobody knows what it says."""
    if column.reader == "presence" and _HOUR(text.casefold()):
        return "PRESENCE_HOUR"
    if column.reader == "presence" and (text == "1" or re.search(COUNT, text)):
        return "PRESENCE_COUNT"
    is_result = "completed" in column.values and remarked(text, spellings_of(FIELDS["outcome"]))
    return "STATUS_RESULT" if is_result else ""


def is_broad(text: str, broad: Collection[str]) -> bool:
    """Whether a text, with a remark in brackets or without, is one of the words that cover several."""
    return fold(text) in broad or fold(_without_remark(text)) in broad
