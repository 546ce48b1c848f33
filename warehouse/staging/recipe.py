"""The recipe of a reading: everything that it may look at besides the files themselves, in one object.

`read_month` is given a recipe and nothing else, so whatever can change a row is in the recipe, and whatever is in the
recipe is in its digest. The digest is kept in the month's manifest: a month whose digest differs is read again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from schemas.contract import Contract
from schemas.policy import read_policy
from schemas.sources import SOURCES
from warehouse.code import code_version, library_versions
from warehouse.delivery.cells.values import Aliases
from warehouse.delivery.landing import Delivery, Landing
from warehouse.delivery.layouts.written import unit_aliases
from warehouse.people.known import NOBODY, People, known_people
from warehouse.people.privacy import Forgotten, forgotten
from warehouse.store import Store, digest, read_json

CODE = ("schemas", "warehouse/delivery", "warehouse/staging", "warehouse/people")
"""The rooms whose code turns files into rows: a mended parser reads everything again."""
LIBRARIES = ("openpyxl", "pandera", "polars", "pyarrow", "python-calamine")
"""Those that read and validate; another version may read otherwise."""


@dataclass(frozen=True)
class Hold:
    """A file of at least `minimum_rows` rows, of which more than `refused_share` (0–1) are refused, is held whole."""

    refused_share: float
    minimum_rows: float

    def applies(self, n_read: int, n_refused: int) -> bool:
        """Whether a file with these counts is held."""
        return n_read >= self.minimum_rows and n_refused > self.refused_share * n_read


@dataclass(frozen=True)
class Recipe:
    """How one month of a source is read. Nothing outside this object and the delivered files decides about a row."""

    contract: Contract
    """Columns, rules, key, and what `latest` means."""
    month: str
    deliveries: Sequence[Delivery]
    """The files, each by name and content, with the layout (its code book, dates, missing words) that reads it."""
    aliases: Aliases
    """Further names of units."""
    hold: Hold
    zone: str
    """Time zone in which a timestamp without one was written, and in which all are kept."""
    key: bytes = field(repr=False)
    """What pseudonyms are made with."""
    code: str
    libraries: Mapping[str, str]
    presence_share: float = 1.0
    """Share of the longest stay in an online meeting from which somebody was there."""
    people: People = NOBODY
    """Whom names and mail addresses mean, where a layout looks people up."""
    forgotten: Forgotten = field(default=Forgotten(), metadata={"digest": False})
    """Whom nothing is read of. Not in the digest: whoever is forgotten has their own months read again, and a month
    without them reads the same."""

    @cached_property
    def digest(self) -> str:
        """Changes whenever reading the month anew could give another result."""
        return self._digest()

    @cached_property
    def rules(self) -> str:
        """The digest of everything but the files: rows of other files, read by equal rules, fit beside those of today."""
        return self._digest(but="deliveries")

    def _digest(self, but: str = "") -> str:
        said = [f.name for f in fields(self) if f.metadata.get("digest", True) and f.name != but]
        return digest({name: self._said(name) for name in said})

    def _said(self, name: str) -> object:
        value = getattr(self, name)
        if name == "contract":
            return self.contract.signature
        if name == "deliveries":
            return [
                [d.file_name, d.sha256, d.duplicate_of, d.others, d.layout.signature if d.layout else None]
                for d in self.deliveries
            ]
        if name == "key":
            # The secret itself stays out of the store's digests: nobody can try keys against this one.
            return hashlib.sha256(b"recipe:" + self.key).hexdigest()
        return repr(sorted(value.items())) if isinstance(value, Mapping) else repr(value)


class Recipes:
    """The recipes of everything that was delivered; what they share is looked up once."""

    def __init__(self, store: Store, landing: Landing) -> None:
        self._store, self._landing = store, landing
        self._aliases = unit_aliases(store).names
        limits = read_policy(*store.policies).limits(landing.as_of)
        self._hold = Hold(limits["hold_refused_share"], limits["hold_minimum_rows"])
        self._presence_share = limits["presence_minimum_share"]
        self._key, self._forgotten = store.pseudonym_key(), forgotten(store)

    def of(self, source: str, month: str) -> Recipe:
        """The recipe of one month of a source; without deliveries it has none either."""
        deliveries = self._landing.deliveries.get((source, month), ())
        looks_up = any(delivery.layout and delivery.layout.id_scheme == "person" for delivery in deliveries)
        return Recipe(
            contract=SOURCES[source],
            month=month,
            deliveries=deliveries,
            aliases=self._aliases,
            hold=self._hold,
            zone=self._store.city.timezone,
            key=self._key,
            code=code_version(*CODE),
            libraries=library_versions(*LIBRARIES),
            presence_share=self._presence_share,
            people=known_people(self._store, month) if looks_up else NOBODY,
            forgotten=self._forgotten,
        )

    def digests(self) -> list[tuple[str, str, str]]:
        """(source, month, digest) of every delivered month, in order: what is wanted."""
        return [(source, month, self.of(source, month).digest) for source, month in sorted(self._landing.deliveries)]


def changed_months(
    store: Store, landing: Landing, *, waiting: bool = True, sources: Collection[str] = SOURCES
) -> dict[str, list[str]]:
    """Source → months whose staging differs from what the landing area holds, was made by another recipe, or (unless
    `waiting` is false) holds back a file that is tried again, in order; employees first, who are looked up by others. Months after the as-of date are no part of the picture.
    """
    recipes = Recipes(store, landing)
    manifests = staged(store, landing.as_of, sources)
    delivered = {at for at in landing.deliveries if at[0] in sources}
    changed: dict[str, list[str]] = {}
    for source, month in sorted(delivered | manifests.keys(), key=lambda at: (at[0] != "employees", at)):
        manifest = manifests.get((source, month), {})
        if manifest.get("recipe") != recipes.of(source, month).digest or (waiting and manifest["waits"]):
            changed.setdefault(source, []).append(month)
    return changed


def delivered_months(store: Store, landing: Landing, *, sources: Collection[str] = SOURCES) -> dict[str, list[str]]:
    """Source → every month that was delivered or read, in order: what a whole reading covers."""
    months: dict[str, list[str]] = {}
    delivered = {at for at in landing.deliveries if at[0] in sources}
    for source, month in sorted(delivered | staged(store, landing.as_of, sources).keys()):
        months.setdefault(source, []).append(month)
    return months


def staged(store: Store, as_of: dt.date, sources: Collection[str] = SOURCES) -> dict[tuple[str, str], dict[str, Any]]:
    """(source, month) → its manifest, of every month up to that of `as_of` that was read, in order. What has no manifest was
    not read to its end."""
    return {
        (source, path.stem): manifest
        for source in sorted(sources)
        for path in sorted((store.staging / source).glob("*.json"))
        if path.stem <= f"{as_of:%Y-%m}" and (manifest := read_manifest(store, source, path.stem))
    }


def read_manifest(store: Store, source: str, month: str) -> dict[str, Any] | None:
    """What became of a month's files, with what senders called them, which the restricted store keeps; None where it was not read to its end,
    or by an edition that kept this otherwise."""
    manifest: dict[str, Any] | None = read_json(store.staging / source / f"{month}.json")
    told = read_json(store.told / source / f"{month}.json")
    if manifest is None or told is None or len(told["files"]) != len(manifest["files"]):
        return None
    manifest["files"] = [file | said for file, said in zip(manifest["files"], told["files"], strict=True)]
    return manifest
