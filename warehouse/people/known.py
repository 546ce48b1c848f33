"""Who a name or a mail address means: the employees of a month, from the identity store."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import polars as pl

from warehouse.people.privacy import ADDRESS, words_of
from warehouse.store import Store, file_sha256

_MAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_APART = re.compile(r"[()\[\]<>/|_:;]|\s[-–—]\s")
"""What stands between a name and whatever else people call themselves: their office, their number."""


@dataclass(frozen=True)
class People:
    """The employees of a month; equal where the file of their identities is equal."""

    sha256: str = ""
    path: Path | None = field(default=None, repr=False)

    def __call__(self, raw: str) -> Collection[str]:
        """The NIPs of those whom a text may mean: by its mail addresses, else by the name in it. Two are no answer."""
        if self.path is None:
            return ()
        by_mail, by_word, names = _index(self.path, self.sha256)
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
                exact = {nip for nip in whose if names[nip] == tuple(words)}
                meant |= whose if exact else set()
        return meant


NOBODY = People()
"""Where no layout looks people up, or nobody is known."""


def name_words(text: str) -> list[str]:
    """The words of a name, without forms of address and degrees."""
    return [word for word in words_of(text) if word not in ADDRESS]


def known_people(store: Store, month: str) -> People:
    """The employees of the last month up to `month` (YYYY-MM) of which there is a picture, else of the first after it."""
    months = {path.stem: path for path in sorted((store.restricted / "identity").glob("[!.]*.parquet"))}
    until = [stem for stem in months if stem <= month] or list(months)[:1]
    return People(file_sha256(months[until[-1]]), months[until[-1]]) if until else NOBODY


Index = tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]], Mapping[str, tuple[str, ...]]]


@lru_cache(maxsize=4)
def _index(path: Path, sha256: str) -> Index:
    """Mail address → NIPs, word of a name → NIPs, and NIP → the words of the name."""
    people = pl.read_parquet(path, columns=["employee_id", "full_name", "email"])
    by_mail: dict[str, set[str]] = {}
    by_word: dict[str, set[str]] = {}
    names: dict[str, tuple[str, ...]] = {}
    for nip, name, mail in people.iter_rows():
        if mail:
            by_mail.setdefault(mail.strip().casefold(), set()).add(nip)
        names[nip] = tuple(name_words(name or ""))
        for word in names[nip]:
            by_word.setdefault(word, set()).add(nip)
    return (
        {mail: frozenset(nips) for mail, nips in by_mail.items()},
        {word: frozenset(nips) for word, nips in by_word.items()},
        names,
    )
