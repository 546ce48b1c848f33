"""Who a name or a mail address means: the employees of a year of lists, from the identity store."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import polars as pl

from warehouse.people.privacy import ADDRESS, words_of
from warehouse.store import Store, digest, file_sha256

_MAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_APART = re.compile(r"[()\[\]<>/|_:;]|\s[-–—]\s")
"""What stands between a name and whatever else people call themselves: their office, their number."""


@dataclass(frozen=True)
class People:
    """The employees of some lists; equal where the files of their identities are equal."""

    sha256: str = ""
    paths: tuple[Path, ...] = field(default=(), repr=False)

    def __call__(self, raw: str) -> Collection[str]:
        """The NIPs of those whom a text may mean: by its mail addresses, else by the name in it. Two are no answer."""
        if not self.paths:
            return ()
        by_mail, by_word, names = _index(self.paths, self.sha256)
        mails = [by_mail[mail] for mail in _MAIL.findall(raw.casefold()) if mail in by_mail]
        if mails:
            return frozenset().union(*mails)
        meant: set[str] = set()
        text = _MAIL.sub(" ", raw)
        for part in (text, *_APART.split(text)):
            words = name_words(part)
            bearers = [by_word.get(word, frozenset()) for word in words]
            if bearers and (whose := frozenset[str].intersection(*bearers)):
                # Somebody of a longer name may go by a part of it.
                exact = {nip for nip in whose if tuple(words) in names[nip]}
                meant |= whose if exact else set()
        return meant


NOBODY = People()
"""Where no layout looks people up, or nobody is known."""


def name_words(text: str) -> list[str]:
    """The words of a name, without forms of address and degrees."""
    return [word for word in words_of(text) if word not in ADDRESS]


def known_people(store: Store, month: str) -> People:
    """The employees of the lists of the year up to `month` (YYYY-MM); without any, of the last one before it, else of the first after it.

    One list may be that of an office alone, in which a name that two people of the city bear is one person's; and who has left since is still
    meant by the lists of their last class.
    """
    months = {path.stem: path for path in sorted((store.restricted / "identity").glob("[!.]*.parquet"))}
    until = [stem for stem in months if stem <= month] or list(months)[:1]
    year_before = f"{int(month[:4]) - 1}{month[4:]}"
    paths = tuple(months[stem] for stem in until if stem > year_before or stem == until[-1])
    stats = [path.stat() for path in paths]
    hashes = [_sha256(path, s.st_ino, s.st_mtime_ns, s.st_size) for path, s in zip(paths, stats, strict=True)]
    return People(digest(hashes), paths) if paths else NOBODY


@lru_cache(maxsize=1_000)
def _sha256(path: Path, *_as_seen: int) -> str:
    """The hash of a file's content: each month asks for those of a year, and a list is replaced whole."""
    return file_sha256(path)


Index = tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]], Mapping[str, Collection[tuple[str, ...]]]]


@lru_cache(maxsize=4)
def _index(paths: tuple[Path, ...], sha256: str) -> Index:
    """Mail address → NIPs, word of a name → NIPs, and NIP → the words of each of the names by which the lists call somebody."""
    columns = ["employee_id", "full_name", "email"]
    people = pl.concat(pl.read_parquet(path, columns=columns) for path in paths).unique()
    by_mail: dict[str, set[str]] = {}
    by_word: dict[str, set[str]] = {}
    names: dict[str, set[tuple[str, ...]]] = {}
    for nip, name, mail in people.iter_rows():
        if mail:
            by_mail.setdefault(mail.strip().casefold(), set()).add(nip)
        words = tuple(name_words(name or ""))
        names.setdefault(nip, set()).add(words)
        for word in words:
            by_word.setdefault(word, set()).add(nip)
    return (
        {mail: frozenset(nips) for mail, nips in by_mail.items()},
        {word: frozenset(nips) for word, nips in by_word.items()},
        names,
    )
