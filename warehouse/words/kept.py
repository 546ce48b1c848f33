"""What tables hold in English, in another language: what was seen in a file, what an audit means, where a limit comes from.

A catalogue `kept/<code>.po` knows such a text as it stands, or as a sentence with `{name}` where the code puts something in: `{n}` and
`{n_…}` are numbers, `{column}` and `{columns}` names of columns, and whatever else is put in may be such a text itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from warehouse.words.language import language

CATALOGUES = Path(__file__).parent / "kept"
SOURCE = "en"
"""The language that such texts are kept in."""
_COLUMN = "[a-z][a-z0-9_]*"
_LISTED = re.compile(r"(?<=\)), ")
"""Between several things of a list, each of which ends in brackets."""
_SEVERAL = re.compile(r"(?<![\w,.])1 ((?:other )?(?:row|column|code|cell|answer|member|day))s\b( are\b)?")
"""One of a thing, as it is kept: `1 rows are`."""


class Kept:
    """Texts that are kept in English, in one language."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._whole: dict[str, str] = {}
        self._sentences: list[tuple[re.Pattern[str], str]] = []
        file = CATALOGUES / f"{code}.po"
        if code == SOURCE or not file.is_file():
            return
        with file.open("rb") as handle:
            entries = {str(entry.id): str(entry.string) for entry in read_po(handle, locale=code) if entry.id}
        self._whole = {text: told for text, told in entries.items() if "{" not in text}
        # What says most in its own words is the most particular, and is tried first.
        sentences = sorted(entries.keys() - self._whole, key=lambda text: (-len(re.sub(r"{\w+}", "", text)), text))
        self._sentences = [(_pattern(text), entries[text]) for text in sentences]

    def __call__(self, text: str, labels: Mapping[str, str] = {}) -> str | None:
        """The text in this language, columns by their `labels`; None where the catalogue does not know it. English is as it was kept, but that
        one of a thing stands alone."""
        if self._code == SOURCE:
            return _SEVERAL.sub(lambda found: f"1 {found[1]}{' is' if found[2] else ''}", text)
        if text in self._whole:
            return self._whole[text]
        several = [self(one, labels) for one in _LISTED.split(text)] if _LISTED.search(text) else []
        if several and all(several):
            return ", ".join(filter(None, several))
        for pattern, told in self._sentences:
            if found := pattern.fullmatch(text):
                return told.format(
                    **{name: self._value(name, value, labels) for name, value in found.groupdict().items()}
                )
        return None

    def _value(self, name: str, text: str, labels: Mapping[str, str]) -> str:
        if name.startswith("column"):
            return ", ".join(labels.get(column, column) for column in text.split(", "))
        if _is_number(name):
            return language(self._code).number(int(text.replace(",", "")), 0) if "," in text else text
        return self(text, labels) or text


def _is_number(name: str) -> bool:
    return name == "n" or name.startswith("n_")


def _pattern(sentence: str) -> re.Pattern[str]:
    """What a sentence may look like with something put in."""

    def group(name: str) -> str:
        if name == "columns":
            return rf"(?P<columns>{_COLUMN}(?:, {_COLUMN})*)"
        if name.startswith("column"):
            return rf"(?P<{name}>{_COLUMN})"
        return rf"(?P<{name}>[\d,]+)" if _is_number(name) else rf"(?P<{name}>.+?)"

    pieces = re.split(r"{(\w+)}", sentence)
    return re.compile(
        "".join(group(piece) if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)), re.DOTALL
    )


def notes(text: str) -> list[str]:
    """The notes of a reading, which are kept in one text."""
    return [note for note in text.split("; ") if note]


def doubts(text: str) -> list[str]:
    """Of these notes those about what a file holds: it may be meant otherwise. What a file lacks or has beside at its sender's will is none."""
    return [note for note in notes(text) if not note.startswith(("not there: ", "not used: ", "sheets not read: "))]


@cache
def kept(code: str) -> Kept:
    """What is kept in English, in the language of a code."""
    return Kept(code)
