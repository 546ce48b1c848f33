"""Layout profiles: how a file that is not ours maps onto our sources. A new layout is a new YAML file, never code.

A profile lists `layouts`; a layout is picked by the columns its `header` names, and has `targets`: source → mapping.
Values are SQL expressions over the file's text columns (the polars SQL dialect), with five columns beside them:
`_file` (name without ending), `_sha` (12 hex digits of the content), `_row` (row number), `_month` and `_month_end` (of the folder).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.contract import ContractError
from schemas.sources import SOURCES

SHIPPED = Path(__file__).parent / "profiles"


@dataclass(frozen=True)
class Lookup:
    """Another file of the same folder whose columns are added to each row where column `by` is equal."""

    file: str
    by: str


@dataclass(frozen=True)
class Target:
    """How one source is made of the layout's rows."""

    select: Mapping[str, str]
    """Source column → SQL expression; columns left out are null."""
    where: str | None = None
    """Rows for which this SQL condition does not hold are not about the source."""
    unpivot: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Wide to long: header of a value column → further text columns for its rows; the value is called `value`."""


@dataclass(frozen=True)
class Layout:
    """One kind of file. A layout without targets is known and serves others as a lookup."""

    profile: str
    header: tuple[str, ...]
    targets: Mapping[str, Target]
    aliases: Mapping[str, str] = field(default_factory=dict)
    """The file's header → the name used here."""
    missing: frozenset[str] = frozenset()
    """Words that stand for a missing value."""
    lookup: Lookup | None = None
    id_scheme: str = "nip"
    """`nip`, or `opaque`: any code, kept apart from other profiles' codes."""

    def matches(self, header: Sequence[str]) -> bool:
        """Whether a file with this header has the layout."""
        return set(self.header) <= {self.aliases.get(name, name) for name in header}

    @property
    def signature(self) -> str:
        """Text that changes whenever the reading of a file would."""
        return repr(self)


def load(path: Path) -> tuple[Layout, ...]:
    """The layouts of one profile file; raises ContractError naming the file and what is wrong."""
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        return tuple(_layout(path.stem, text, layout) for layout in text["layouts"])
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise ContractError(f"Profile {path}: {type(error).__name__}: {error}") from error


def _layout(profile: str, head: Mapping[str, Any], layout: Mapping[str, Any]) -> Layout:
    targets = {}
    for source, target in (layout.get("targets") or {}).items():
        if source not in SOURCES:
            raise ContractError(f"Profile {profile}: {source!r} is no source; sources are {', '.join(SOURCES)}")
        if lost := set(target["select"]) - set(SOURCES[source].names):
            raise ContractError(f"Profile {profile}: {source} has no column {', '.join(sorted(lost))}")
        targets[source] = Target(
            {name: str(value) for name, value in target["select"].items()},
            target.get("where"),
            {name: dict(more or {}) for name, more in (target.get("unpivot") or {}).items()},
        )
    return Layout(
        profile,
        tuple(layout["header"]),
        targets,
        layout.get("aliases") or {},
        frozenset(str(word) for word in head.get("missing", [])),
        Lookup(**layout["lookup"]) if layout.get("lookup") else None,
        head.get("id_scheme", "nip"),
    )


@cache
def profiles(own: Path) -> Mapping[str, tuple[Layout, ...]]:
    """Every profile by name: the shipped ones, and the city's own in `own`, which win over shipped ones."""
    files = [*sorted(SHIPPED.glob("*.yaml")), *sorted(own.glob("*.yaml"))]
    return {path.stem: load(path) for path in files}
