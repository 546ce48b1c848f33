"""What the city wrote, as it is in force: profiles and further names of units; and what of all that it wrote is set aside.

One broken profile, row or name never stops the rest: it is left out by itself, and everybody who looks is told.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from schemas.aliases import UNIT_ALIASES, UnitAlias, UnitAliasRow
from schemas.policy import read_policy
from schemas.profiles import Layout, Profiles, load, profiles
from schemas.said import said
from schemas.written import NATIONAL, Flaw, Flawed, Wrong, read_rows
from warehouse.delivery.cells.values import Aliases
from warehouse.delivery.cells.words import fold
from warehouse.store import Store


def known_profiles(store: Store) -> Profiles:
    """Every profile, the city's own tried on an empty table."""
    return profiles(*(home / store.profiles.name for home in store.homes), rules=_rehearse)


def _rehearse(layouts: Sequence[Layout]) -> Iterable[Wrong]:
    # Where nobody wrote a profile, nothing that reads files need be loaded for it.
    from warehouse.delivery.layouts.rehearsal import rehearse

    return rehearse(layouts)


def check_profiles(store: Store, file: Path | None = None) -> dict[str, list[Flaw]]:
    """Flaws of each of the city's own profiles, or of one file; a sound one has none."""
    if file is None:
        broken = known_profiles(store).broken
        return {
            path.name: list(broken.get(path.stem, broken.get(path.name, ())))
            for path in sorted(store.profiles.glob("*.y*ml"))
        }
    try:
        load(file, _rehearse, str(file))
    except Flawed as error:
        return {str(file): list(error.flaws)}
    return {str(file): []}


@dataclass(frozen=True)
class UnitAliases:
    """Further names of units, and what is wrong with those that are left out."""

    names: Aliases
    set_aside: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class _Named:
    """A further name, and where it is written."""

    file: str
    line: int
    key: str
    alias: UnitAlias | UnitAliasRow

    def contradicts(self, other: _Named) -> bool:
        """Whether both name another unit by one name on one day."""
        one, two = self.alias, other.alias
        meet = one.valid_from < two.valid_to and two.valid_from < one.valid_to
        return meet and fold(one.name) == fold(two.name) and one.unit_code != two.unit_code


def unit_aliases(store: Store) -> UnitAliases:
    """Further names of units: the shipped ones, the nation's, where there is one, and the city's own (`unit_aliases.csv`, and `aliases` of
    `city.yaml`); each wins over those before on the days for which it holds, and may be followed by the name of the city. Of those that one home says, those that contradict each other are left out. A code is a name of its unit, too, however its letters are set."""
    sound: list[_Named] = []
    flaws: list[Flaw] = []
    for home in filter(None, (store, store.national)):
        of = f"{NATIONAL} " if home is not store else ""
        own, wrong = _rows(home.unit_aliases, of) if home.unit_aliases.exists() else ([], [])
        own += [_Named(f"{of}city.yaml", 0, f"aliases[{at}]", alias) for at, alias in enumerate(home.city.aliases)]
        flaws += wrong
        for named in own:
            if others := [other for other in own if named.contradicts(other)]:
                flaws.append(_contradicting(named, others))
            else:
                sound.append(named)
    aliases = (named.alias for named in (*sound, *_rows(UNIT_ALIASES)[0]))
    spans = tuple((alias.name, (alias.valid_from, alias.valid_to, alias.unit_code)) for alias in aliases)
    return UnitAliases(_by_name(spans, store.city.name), tuple(flaws))


@lru_cache
def _by_name(spans: Sequence[tuple[str, tuple[dt.date, dt.date, str]]], city: str) -> Aliases:
    """Folded name → the spans in which a unit has it, the first of them wins; also the unit's code, and each followed by the name of the city. Every step of a
    run asks for the same, so it is kept."""
    names: dict[str, list[tuple[dt.date, dt.date, str]]] = {}
    for name, span in spans:
        names.setdefault(fold(name), []).append(span)
    for code in [code for known in names.values() for _, _, code in known]:
        names.setdefault(fold(code), [(dt.date.min, dt.date.max, code)])
    for name, known in [*names.items()]:
        for longer in _of_city(name, city):
            names.setdefault(fold(longer), known)
    return names


def _of_city(name: str, city: str) -> list[str]:
    """A name of a unit followed by that of the city, with the kind of the city and without."""
    return [f"{name} {of}" for of in (city, re.sub(r"(?i)^(?:kota|kabupaten|kab\.?)\s+", "", city))]


def units_by_name(store: Store, listed: Iterable[tuple[str, str]], day: dt.date) -> dict[str, str]:
    """Folded name → the code of the one unit that bears it, of a list of units (codes and names): its code, its name alone or followed by that of the city, and the
    code by which a further name that is shipped, or that the city wrote, knows it on a `day`. What two units are called is nobody's."""
    further: Aliases = unit_aliases(store).names
    meant: dict[str, set[str]] = defaultdict(set)
    for code, name in listed:
        known = [of for start, end, of in further.get(fold(name), ()) if start <= day < end]
        for text in (code, name, *_of_city(name, store.city.name), *known):
            meant[fold(text)].add(code)
    return {name: codes.pop() for name, codes in meant.items() if len(codes) == 1}


def _rows(file: Path, of: str = "") -> tuple[list[_Named], list[Flaw]]:
    name = f"{of}{file.name}"
    try:
        rows, flaws = read_rows(file, UnitAliasRow, name)
    except Flawed as error:
        return [], list(error.flaws)
    return [_Named(name, line, "alias", row) for line, row in rows], flaws


def _contradicting(named: _Named, others: Sequence[_Named]) -> Flaw:
    where = ", ".join(f"{other.file} {f'line {other.line}' if other.line else other.key}" for other in others)
    seen = said(
        "{name} is {unit} here and another unit in {where}",
        name=repr(named.alias.name),
        unit=named.alias.unit_code,
        where=where,
    )
    return Flaw(
        named.file,
        named.line,
        named.key,
        seen,
        said("one unit per name and day"),
        mend=said("Keep one, or give both days."),
    )


def set_aside(store: Store) -> list[Flaw]:
    """Everything that the city wrote and that is left out: profiles, limits, further names of units."""
    broken = known_profiles(store).broken
    return [
        *(flaw for name in broken for flaw in broken[name]),
        *read_policy(*store.policies).set_aside,
        *unit_aliases(store).set_aside,
    ]
