"""What keeps people out of what is published: pseudonyms in place of their ids, and comments without their names.

A pseudonym is a keyed HMAC-SHA256, so that nobody without the key can go from code to person or try all NIPs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import polars as pl

from warehouse.database import connect, quoted
from warehouse.store import Store, read_json

LENGTH = 16
"""Bytes of a pseudonym that are kept: 128 bits; a collision among 10⁹ people is less likely than 10⁻²⁰."""
CACHE_LIMIT = 500_000


class Pseudonyms:
    """Replaces ids of one key space. `space` is `person` or `survey`: their codes can never be joined."""

    def __init__(self, secret: bytes, space: str) -> None:
        self._key = hmac.digest(secret, space.encode(), hashlib.sha256)
        self._known: dict[str, str] = {}

    def one(self, value: str) -> str:
        """The pseudonym of one id."""
        # A name of its own, because another thread may begin a new cache.
        known = self._known
        return known.get(value) or known.setdefault(
            value, hmac.digest(self._key, value.encode(), "sha256")[:LENGTH].hex()
        )

    def series(self, values: pl.Series) -> pl.Series:
        """Pseudonyms of a column of text: 32 hex digits, the same for ever under the same key; null stays null.

        Each distinct value is worked out once.
        """
        distinct = values.drop_nulls().unique()
        if not distinct.len():
            return values
        if len(self._known) > CACHE_LIMIT:
            self._known = {}
        codes = [self.one(value) for value in distinct.to_list()]
        mapping = pl.DataFrame({"id": distinct, "code": codes})
        coded = values.to_frame("id").join(mapping, on="id", how="left", maintain_order="left")
        return coded.get_column("code").alias(values.name)


@cache
def pseudonyms(secret: bytes, space: str) -> Pseudonyms:
    """The pseudonyms of a key space, with what is already worked out in this process."""
    return Pseudonyms(secret, space)


@dataclass(frozen=True)
class Forgotten:
    """Whom nothing may be read of again, and the names that stay out of comments though nobody here knows them."""

    people: frozenset[str] = frozenset()
    """Pseudonyms."""
    words: frozenset[str] = frozenset()
    """Words of their names, as codes of the key space `name`."""
    since: str = ""
    """When somebody was forgotten last, in UTC: what was published before says who by what is missing after."""
    serial: int = 0
    """Its number among the versions: which came before does not hang on a clock."""


def forgotten(store: Store) -> Forgotten:
    """Who was forgotten so far."""
    register = read_json(store.forgotten) or {"people": [], "words": []}
    return Forgotten(
        frozenset(register["people"]),
        frozenset(register["words"]),
        register.get("since", ""),
        register.get("serial", 0),
    )


ADDRESS = frozenset(
    [
        "pak",
        "bapak",
        "bp",
        "bpk",
        "bu",
        "ibu",
        "sdr",
        "sdri",
        "saudara",
        "saudari",
        "mas",
        "mbak",
        "kak",
        "bang",
        "abang",
        "kang",
        "teh",
        "dr",
        "drs",
        "dra",
        "prof",
        "ir",
        "ustadz",
    ]
)
"""What stands before somebody's name."""
ORDINARY = frozenset(
    [
        "adil",
        "agung",
        "akan",
        "aman",
        "asli",
        "bagus",
        "bahagia",
        "bakti",
        "baru",
        "bijak",
        "bulan",
        "bunga",
        "cahaya",
        "cinta",
        "damai",
        "dewan",
        "elok",
        "gemilang",
        "guru",
        "hadir",
        "harapan",
        "hari",
        "hasil",
        "ilmu",
        "indah",
        "jaya",
        "jujur",
        "juni",
        "juli",
        "lestari",
        "maju",
        "makmur",
        "mantap",
        "maret",
        "mega",
        "mukti",
        "mulia",
        "mulya",
        "murni",
        "panji",
        "perdana",
        "permata",
        "prima",
        "rapi",
        "restu",
        "sabar",
        "sakti",
        "sari",
        "satria",
        "sehat",
        "sejati",
        "sejuk",
        "sentosa",
        "setia",
        "sukses",
        "surya",
        "tegar",
        "teguh",
        "tulus",
        "utama",
        "yang",
    ]
)
"""Words of the language that are also names: where they are written small they are taken as words."""
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_NUMBER = re.compile(r"\+?\d(?:[\s./-]?\d){5,}")
_PART = re.compile(r"(?:[A-ZÀ-Þ]?[^\W\d_A-ZÀ-Þ]+|[A-ZÀ-Þ]+)(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"\S+")


def without_mail(text: str, instead: str) -> str:
    """The text with `instead` for every word that has an @ within. A pattern that looks for the @ itself would begin anew at
    each letter of a long word."""
    return _TOKEN.sub(lambda token: instead if "@" in token.group()[1:-1] else token.group(), text)


def words_of(full_name: str) -> list[str]:
    """The words of a name, written small. Degrees stand behind a comma, or have a point."""
    words = _WORD.findall(full_name.split(",")[0].casefold())
    return [word for word in words if len(word) > 2 and "." not in word]


class Names:
    """Knows the names of people, to take them out of what others wrote.

    A word goes where it is part of a known name, except for an ordinary word that is written small; and after a form of
    address (Pak, Bu, …) any word with a capital. Words that are glued together (Bpk.Budi, Budi-nya, BudiSantoso) are looked at one
    by one. Numbers of six digits and more and mail addresses go, too.
    """

    def __init__(self, full_names: Iterable[str], secret: bytes = b"", forgotten_words: Iterable[str] = ()) -> None:
        told = list(full_names)
        names = [words_of(name) for name in told]
        self._words = {word for name in names for word in name} - ADDRESS
        self._pairs = {pair for name in names for pair in pairwise(name)}
        self._glued = {"".join(pair) for pair in self._pairs}
        self._words |= self._glued
        # With a digit it is a code of somebody whose name nobody gave.
        self._full = {
            tuple(words)
            for words, name in zip(names, told, strict=True)
            if len(words) > 1 and not re.search(r"\d", name)
        }
        self._begin = {name[:2] for name in self._full}
        self._codes, self._forgotten = pseudonyms(secret, "name"), frozenset(forgotten_words)

    def _knows(self, word: str) -> bool:
        return word in self._words or (bool(self._forgotten) and self._codes.one(word) in self._forgotten)

    def is_forgotten(self, text: str) -> bool:
        """Whether a text is the name of somebody who was forgotten: two of its words, or all, are of such names."""
        words = words_of(without_mail(text, " "))
        n = sum(self._codes.one(word) in self._forgotten for word in words)
        return n > 0 and n >= min(2, len(words))

    def _words_in(self, text: str) -> Iterator[re.Match[str]]:
        """The words of a text; of words that are glued together each, unless the whole is known (Ma'ruf)."""
        for word in _WORD.finditer(text):
            if self._knows(word.group().casefold()):
                yield word
            else:
                yield from _PART.finditer(text, *word.span())

    def scrub(self, text: str) -> str:
        """The text without names, long numbers and mail addresses."""
        text = _NUMBER.sub("[nomor]", without_mail(text, "[surel]"))
        words = list(self._words_in(text))
        small = [word.group().casefold() for word in words]
        gone = set()
        for at, word in enumerate(words):
            known, capital = self._knows(small[at]), word.group()[0].isupper()
            addressed = at > 0 and (small[at - 1] in ADDRESS or at - 1 in gone)
            if (known and (capital or small[at] not in ORDINARY)) or (
                addressed and capital and small[at] not in ADDRESS
            ):
                gone.add(at)
            if at and (small[at - 1], small[at]) in self._pairs:
                gone |= {at - 1, at}
        return self._without(text, words, gone)

    def scrub_sure(self, text: str) -> str:
        """The text without what is a name for sure: neighbours in somebody's name, also glued, a known word behind an initial, and
        what follows a form of address with a capital. One word alone may be a place, a program or a month."""
        words = list(self._words_in(text))
        small = [word.group().casefold() for word in words]
        gone = set()
        for at, word in enumerate(words):
            before = small[at - 1] if at else ""
            if (before, small[at]) in self._pairs:
                gone |= {at - 1, at}
            is_initial = len(before) == 1 and self._knows(small[at])
            is_addressed = before in ADDRESS and small[at] not in ADDRESS
            if small[at] in self._glued or ((is_initial or is_addressed) and word.group()[0].isupper()):
                gone.add(at)
        return self._without(text, words, gone)

    def is_name(self, text: str) -> bool:
        """Whether a text is nothing but the name of somebody: all of it, or the first two words; degrees aside."""
        words = tuple(words_of(text.replace("_", " ")))
        is_known = words in self._full or words in self._begin
        return len(words) > 1 and (is_known or (bool(self._forgotten) and self.is_forgotten(text)))

    def names_somebody(self, text: str) -> bool:
        """Whether the whole name of somebody, of two words or more, stands in a text."""
        small = [word.group().casefold() for word in self._words_in(text)]
        return any(
            pair in self._begin and any(tuple(small[at : at + n]) in self._full for n in range(2, 7))
            for at, pair in enumerate(pairwise(small))
        )

    @staticmethod
    def _without(text: str, words: list[re.Match[str]], gone: set[int]) -> str:
        for at in sorted(gone, reverse=True):
            text = text[: words[at].start()] + "[nama]" + text[words[at].end() :]
        return re.sub(r"\[nama\](?:[\s_]*\[nama\])+", "[nama]", text)


def write_identity(store: Store) -> None:
    """`restricted/identity.duckdb`: who a pseudonym is, newest month first known; mode 0600, never published."""
    months = sorted((store.restricted / "identity").glob("*.parquet"))
    if not months:
        return
    target = store.restricted / "identity.duckdb"
    draft = target.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    listed = ", ".join(f"'{quoted(path)}'" for path in months)
    with connect(draft) as con:
        con.execute(
            f"create table identity as select pseudonym, arg_max(employee_id, filename) as employee_id, "
            f"arg_max(full_name, filename) as full_name from read_parquet([{listed}], filename = true) group by pseudonym"
        )
    draft.chmod(0o600)
    draft.replace(target)
