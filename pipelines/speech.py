"""The language of the command line: English where it stands, another by its catalogue `<code>.po` beside this file (gettext).

Belongs here: what makes words and numbers of a phrase. Does not belong here: the report's words (`warehouse.words`), and anything for machines, which is English whatever the setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.said import Count, Said
from schemas.written import Flaw

CATALOGUES = Path(__file__).parent
SOURCE = "en"
"""The language that phrases are written in where they stand."""
_language: Any = None
"""What is spoken (`warehouse.words.language.Language`); None for the source language, for which no catalogue is read."""


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language while the block lasts."""
    global _language
    before = _language
    _language = None
    if code != SOURCE:
        from warehouse.words.language import Language

        _language = Language(code, CATALOGUES)
    try:
        yield
    finally:
        _language = before


def spoken() -> str:
    """The code of the language that is spoken."""
    return SOURCE if _language is None else str(_language.code)


def _(text: str, /, **given: Any) -> str:
    """A phrase with its values, or a text made by `said`, in the language that is spoken; what its catalogue does not have stays in English."""
    source, values = (text.phrase, text.values) if isinstance(text, Said) else (text, given)
    phrase = str(_language.say(source)) if _language is not None and source else source
    return phrase.format(**{name: _put(value) for name, value in values.items()}) if values else phrase


def _put(value: Any) -> Any:
    """A value as a phrase takes it."""
    return _Counted(value) if isinstance(value, Count) else written(value)


class _Counted(Count):
    """How many, in the language that is spoken; where it lacks a phrase with nouns, these stay."""

    def __format__(self, spec: str) -> str:
        text = super().__format__(spec)
        return text.replace(f"{int(self):,}", number(int(self)), 1)


def written(value: Any) -> Any:
    """A value as the language writes it: a text in its words, a count with its marks; any other as it is."""
    if isinstance(value, Flaw):
        return flaw(value)
    if isinstance(value, Said):
        return _(value)
    return number(value) if isinstance(value, Count) else value


def kept(text: str) -> str:
    """What was seen in a file, which is kept in English, in the language that is spoken; what no catalogue knows stays as it was kept."""
    from warehouse.words import kept as texts

    return texts.kept(spoken())(text) or text


def number(value: float, digits: int = 0) -> str:
    """22,000 or 22.000; 0.46 or 0,46."""
    return f"{value:,.{digits}f}" if _language is None else str(_language.number(value, digits))


def share(value: float) -> str:
    """0.45 as 45%."""
    return f"{number(100 * value)}%"


def flaw(found: Flaw) -> str:
    """A flaw of a written file, in words."""
    where = (found.file, _("line {n}", n=found.line) if found.line else "", found.key)
    allowed = _("allowed: {allowed}", allowed=_(found.allowed)) if found.allowed else ""
    nearest = _("Did you mean {name}?", name=found.nearest) if found.nearest else ""
    told = f"{', '.join(filter(None, where))}: {'; '.join(filter(None, (_(found.seen), allowed)))}."
    return " ".join(filter(None, (told, nearest, _(found.mend))))


def fault(error: BaseException) -> str:
    """What an error says."""
    several = getattr(error, "flaws", None) or getattr(error, "wrong", ())
    if several:
        return "\n".join(map(written, several))
    text = error.args[0] if error.args else ""
    return _(text) if isinstance(text, Said) else str(error)
