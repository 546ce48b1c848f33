"""What a page says, as markup that is safe to put into it: the language's words, and what stands where a number is not there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from warehouse.report.metrics import Named
from warehouse.words import kept
from warehouse.words.language import SOURCE, SUPPRESSED, Kind, Language, Sentence, language

_COMMAND = re.compile("`([^`]+)`")


class Words:
    """One language on a page. Every method but `plain` returns text that is safe to put into it."""

    def __init__(self, spoken: Language) -> None:
        self.spoken, self.code = spoken, spoken.code

    def say(self, phrase: str, context: str = "", **values: Any) -> Markup:
        """The phrase of this language; `{name}` stands for an (escaped) value. Phrases are ours, hence trusted."""
        text = Markup(self.spoken.say(phrase, context))
        return text.format(**values) if values else text

    def word(self, kind: str, code: str | None) -> Markup:
        """The word for a code of the warehouse; a code without a word stands for itself, none is unknown."""
        return self.unknown() if code is None else escape(self.spoken.word(kind, code))

    def tell(self, sentence: Sentence) -> Markup:
        """A sentence of the warehouse; one that this language does not have stays in its own and is marked so."""
        text = Markup(self.spoken.tell(sentence, escape, self._told))
        return text if self.spoken.knows(sentence.phrase) else self.native(text)

    def _told(self, value: Any, kind: str) -> Markup:
        return _with_name(value, escape(self.spoken.write(value, kind)))

    def unknown(self) -> Markup:
        """What stands where a number is not known; never a zero."""
        word = self.say("tidak diketahui")
        return Markup(
            f'<span class="gap" title="{word}"><span aria-hidden="true">–</span><span class="unseen">{word}</span></span>'
        )

    def hidden(self) -> Markup:
        """What stands where a number would tell about a small group."""
        # One word is seen, for a page about a small group is full of it.
        word = self.say("disembunyikan (kelompok kecil)")
        return Markup(
            f'<span class="gap small" title="{word}"><span class="word">{self.say("disembunyikan")}</span></span>'
        )

    def show(self, value: Any, kind: Kind) -> Markup:
        """A value as this language writes it; a number with a name carries it."""
        return _with_name(value, self._text(value, kind))

    def _text(self, value: Any, kind: Kind) -> Markup:
        if value is SUPPRESSED:
            return self.hidden()
        if value is None:
            return self.unknown()
        return escape(self.spoken.write(value, kind))

    def plain(self, value: Any, kind: Kind) -> str:
        """The same as text without markup, for charts and documents; empty where the value is not known."""
        return "" if value is None or value is SUPPRESSED else self.spoken.write(value, kind)

    def date(self, day: dt.date) -> str:
        """A day in words."""
        return self.spoken.date(day)

    def interval(self, low: Any, high: Any, kind: Kind) -> Markup:
        """`1,2 s.d. 3,4`, or unknown where either end is."""
        for end in (low, high):
            if end is None or end is SUPPRESSED:
                return self.show(end, kind)
        return self.say(
            '<span class="range">{low} s.d. {high}</span>', low=self.show(low, kind), high=self.show(high, kind)
        )

    def cell(self, value: Any, kind: Kind, head: str = "") -> Markup:
        """A table cell with its sort key; what is not known has none and sorts last. `head` is said before it where the table is stacked."""
        key = value.isoformat() if isinstance(value, dt.date) else value
        known = value is not None and value is not SUPPRESSED
        attribute = "" if not known else f' data-v="{key if isinstance(key, int | float) else escape(key)}"'
        attribute += f' data-metric="{value.name}"' if isinstance(value, Named) else ""
        attribute += f' data-h="{escape(head)}"' if head else ""
        look = "day" if kind in ("date", "month") else "n"
        return Markup(f'<td class="{look}"{attribute}>{self._text(value, kind)}</td>')

    def kept(self, text: str, labels: Mapping[str, str] | None = None) -> Markup:
        """What a table keeps in English, columns by their `labels`; what only English has is marked as such."""
        told = kept.kept(self.code)(text, labels or {})
        said = Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text if told is None else told))))
        return Markup('<span lang="en">{}</span>').format(said) if told is None and text else said

    def source(self, text: str) -> Markup:
        """Where a limit comes from: a text of ours, which tables keep in English, or what the city wrote."""
        return self.native(text) if kept.kept(SOURCE)(text) is None else self.kept(text)

    def native(self, text: str | None) -> Markup:
        """What somebody wrote in Bahasa Indonesia: marked as such on pages in another language."""
        if text is None:
            return self.unknown()
        text = text.replace(" %", "\u00a0%")
        return escape(text) if self.code == SOURCE else Markup('<span lang="id">{}</span>').format(text)


def _with_name(value: Any, text: Markup) -> Markup:
    return Markup(f'<span data-metric="{value.name}">{text}</span>') if isinstance(value, Named) else text


@cache
def words_of(code: str) -> Words:
    """The words of a language by its code."""
    return Words(language(code))
