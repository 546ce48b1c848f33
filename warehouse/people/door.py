"""The one door for what senders wrote: file names, codes, titles and sentences, before they are published, logged or shown.

Numbers that are a NIP, telephone numbers and mail addresses go everywhere; in a code a NIP becomes a pseudonym, and so does a code that is a name, so that
rows still meet.
Names go where people write words: whole in prose (as from comments), in titles and names of files where two words of one name
stand together, after a form of address, behind an initial, or glued. Every pattern takes a time that grows with the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from schemas.column import Column
from warehouse.people.privacy import Names, Pseudonyms, forgotten, pseudonyms, without_mail, words_of
from warehouse.store import Store

NIP = re.compile(r"(?<!\d)\d(?:[ .\-_]?\d){17}(?!\d)")
PHONE = re.compile(r"(?<![\da-f])(?:\+?62[ .\-]?|0)8\d(?:[ .\-]?\d){7,10}(?![\da-f])")
_DIGITS = re.compile(r"\d{18,}")
SUSPECT = r"\d([ ._-]?\d){8,}|@"
"""What a value must hold to be looked at for numbers and addresses."""
NAME_LIKE = r"\pL{2,}[^\d]*[\s_][^\d]*\pL{2,}"
"""What a code must hold to be looked at for a name."""
PROSE = frozenset(["action", "owner", "objectives"])
"""Columns in which people write sentences."""
TITLES = frozenset(["organiser", "module_name", "competencies", "affiliation"])
"""Columns in which people write titles."""


def is_written(column: Column) -> bool:
    """Whether people write words into a column, which may name somebody whom nobody here knows yet: they stay in the restricted store."""
    return column.privacy == "free_text" or column.name in PROSE | TITLES


OF_FILES = frozenset(["source", "month", "folder", "file_name", "column_name", "seen", "read_as", "drift"])
"""Columns of `ops` that repeat what senders called files, folders and headings, or what stood there."""


@dataclass(frozen=True)
class Door:
    """Who must not be named, and how codes of theirs are called."""

    names: Names
    codes: Pseudonyms

    def number(self, text: str) -> str:
        """Without NIP, telephone numbers and mail addresses."""
        return PHONE.sub("[nomor]", NIP.sub("[nomor]", without_mail(text, "[surel]")))

    def code(self, text: str) -> str:
        """The same of a code, in which such a number becomes a pseudonym: equal codes stay equal, and others others."""
        return PHONE.sub(self._pseudonym, NIP.sub(self._pseudonym, without_mail(text, "[surel]")))

    def _pseudonym(self, number: re.Match[str]) -> str:
        return "K" + self.codes.one(re.sub(r"\D", "", number.group()))[:12]

    def named(self, text: str) -> str:
        """A code that is nothing but somebody's name becomes a pseudonym, however it is written, and so does such a part of a flag's; any other stays.
        A place or a program may be called like a person, so that a name among other words is left."""
        return ":".join(self._named(part) if self.names.is_name(part) else part for part in text.split(":"))

    def _named(self, name: str) -> str:
        return "K" + self.codes.one(" ".join(words_of(name.replace("_", " "))))[:12]

    def numbers(self, values: pl.Series) -> pl.Series:
        """A column of codes or names of things, without the numbers of people. What it looks like hangs on the key alone."""
        distinct = values.drop_nulls().unique()
        said = distinct.filter(distinct.str.contains(SUSPECT)).to_list()
        passes = self.code if values.name.endswith(("_id", "_code", "_no", "_version")) else self.number
        return values.replace({text: passes(text) for text in said}) if said else values

    def title(self, text: str) -> str:
        """A title or the name of a file: without numbers, and without names that are sure."""
        return self.names.scrub_sure(self.number(text))

    def prose(self, text: str) -> str:
        """A sentence, as comments are."""
        return self.names.scrub(self.number(text))

    def of(self, column: str) -> Callable[[str], str]:
        """How what people wrote into a source's column goes through."""
        return self.title if column in TITLES else self.prose

    def file(self, path: str) -> str:
        """A path below the landing area, piece by piece."""
        return "/".join(self.title(piece) for piece in path.split("/"))

    def files(self, paths: Iterable[str]) -> dict[str, str]:
        """Path of a delivered file → how it is shown; two that would be shown alike are numbered, in the order of their true names."""
        shown: dict[str, str] = {}
        taken: set[str] = set()
        cleaned = {path: self.file(path) for path in set(paths)}
        for path in sorted(cleaned, key=lambda path: (cleaned[path] != path, path)):
            name = cleaned[path]
            stem, dot, suffix = name.rpartition(".")
            nth = 1
            while name in taken:
                nth += 1
                name = f"{stem} ({nth}).{suffix}" if dot else f"{suffix} ({nth})"
            taken.add(name)
            shown[path] = name
        return shown


def door(store: Store) -> Door:
    """The door of a store: everybody of its identities, and the hashed names of those who were forgotten."""
    months = sorted((store.restricted / "identity").glob("[!.]*.parquet"))
    stamps = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in months)
    return _door(stamps, store.pseudonym_key(), forgotten(store).words)


@lru_cache(maxsize=2)
def _door(months: tuple[tuple[Path, int, int], ...], secret: bytes, words: frozenset[str]) -> Door:
    people = [pl.read_parquet(path, columns=["full_name"]) for path, *_ in months]
    known = pl.concat([pl.DataFrame(schema={"full_name": pl.String}), *people]).get_column("full_name")
    return Door(Names(known.drop_nulls().unique(), secret, words), pseudonyms(secret, "code"))


def known_numbers(store: Store) -> frozenset[str]:
    """The NIP of everybody whom the store knows, digits alone."""
    months = sorted((store.restricted / "identity").glob("[!.]*.parquet"))
    people = [pl.read_parquet(path, columns=["employee_id"]) for path in months]
    known = pl.concat([pl.DataFrame(schema={"employee_id": pl.String}), *people]).get_column("employee_id")
    return frozenset(known.drop_nulls().unique())


def names_a_number(text: str, numbers: frozenset[str]) -> bool:
    """Whether one of the numbers stands in a text, whatever stands between or around its digits."""
    return any(
        digits[at : at + 18] in numbers
        for digits in _DIGITS.findall(re.sub(r"(?<=\d)[ .\-_/](?=\d)", "", text))
        for at in range(len(digits) - 17)
    )
