"""Layout profiles: how a file that is not ours maps onto our sources. A new layout is a new YAML file, never code.

A profile lists `layouts`; a layout is picked by the columns its `header` names, and has `targets`: source → mapping.
Values are SQL expressions over the file's text columns (the polars SQL dialect), with these columns beside them:
`_file` (name without ending), `_sha` (12 hex digits of the content), `_row` (row number), `_month` and `_month_end` (of
the folder), `_sheet`, `_scale_min` and `_scale_max` (of the codebook), and in unpivoted rows `value`, `_heading` (the column's heading)
and `_nth` (its number, from 1). `extends` takes over a shipped profile, of which single entries are changed.
docs/extending.md explains every entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from schemas.column import ContractError, heading
from schemas.reasons import FileRefused
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
    """Wide to long: heading of a value column, or a /pattern/ whose named groups become text columns → further text
    columns for its rows."""
    query: str | None = None
    """Instead of all others: a DuckDB SELECT over the whole file as table `rows`, for layouts that must be counted
    together (taps of a fingerprint reader). Returns the source's columns and `_row`."""

    @cached_property
    def groups(self) -> frozenset[str]:
        """Every text column that the value columns' entries and patterns can give."""
        named = {name for wanted in self.unpivot for name in re.findall(r"\(\?P<(\w+)>", wanted)}
        return frozenset(named.union(*(more.keys() for more in self.unpivot.values())))

    def value_columns(self, header: Sequence[str]) -> list[tuple[str, dict[str, str | None]]]:
        """(column of the file, text columns for its rows) of every value column that the header has, in order."""
        found: list[tuple[str, dict[str, str | None]]] = []
        for name in header:
            for wanted, more in self.unpivot.items():
                if not wanted.startswith("/"):
                    if heading(name) == heading(wanted):
                        found.append((name, dict(more)))
                        break
                elif match := re.fullmatch(wanted[1:-1], " ".join(name.split()), re.IGNORECASE):
                    found.append((name, {**more, **match.groupdict()}))
                    break
        return found


@dataclass(frozen=True)
class Codebook:
    """The words of a form's answers and the scores that they stand for; never inferred from the answers."""

    scale: tuple[int, int]
    words: Mapping[str, int]

    def read(self, answer: str) -> str:
        """The score of an answer (`4`, `Sangat Setuju`, `4 - Sangat Setuju`) as text; other answers are left as they are."""
        known = {heading(word): score for word, score in self.words.items()}
        match = re.fullmatch(r"(\d+)\s*(?:[-–.:=)]\s*)?(.*)", answer.strip())
        number, word = (match[1], match[2]) if match else ("", answer)
        score = known.get(heading(word)) if word else int(number or -1)
        low, high = self.scale
        sound = score is not None and low <= score <= high and (not number or int(number) == score)
        return str(score) if sound else answer


@dataclass(frozen=True)
class Layout:
    """One kind of file. A layout without targets is known and serves others as a lookup."""

    profile: str
    header: tuple[str, ...]
    targets: Mapping[str, Target]
    aliases: Mapping[str, str] = field(default_factory=dict)
    """The file's heading → the name used here."""
    optional: tuple[str, ...] = ()
    """Columns, and facts, that may be missing; they are empty then."""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name used here → labels of a line that stands above the table (`Kode Kelas : …`)."""
    missing: frozenset[str] = frozenset()
    """Words that stand for a missing value."""
    codebook: Codebook | None = None
    dates: str = "dmy"
    """Order of day and month where the column's values do not prove it: dmy, mdy, or proven (then they must)."""
    lookup: Lookup | None = None
    id_scheme: str = "nip"
    """`nip`, or `opaque`: any code, kept apart from other profiles' codes."""

    def names(self, header: Sequence[str]) -> dict[str, str]:
        """Column of the file → the name used here, for the columns that are known by one."""
        wanted = {heading(name): name for name in (*self.header, *self.optional)}
        wanted |= {heading(seen): name for seen, name in self.aliases.items()}
        return {name: wanted[heading(name)] for name in header if heading(name) in wanted}

    def found_facts(self, facts: Mapping[str, str]) -> dict[str, str | None]:
        """Name used here → what stands above the table."""
        return {
            name: next((facts[heading(label)] for label in labels if heading(label) in facts), None)
            for name, labels in self.facts.items()
        }

    def accepts(self, header: Sequence[str], facts: Mapping[str, str]) -> int:
        """How many columns of a header are recognised; 0 where a file with this header has another layout.

        Raises FileRefused where the header fits, but a line that must stand above the table is missing.
        """
        names = self.names(header)
        values = [target.value_columns(header) for target in self.targets.values() if target.unpivot]
        is_clear = len(set(names.values())) == len(names)
        if not is_clear or not set(self.header) <= set(names.values()) or not all(values):
            return 0
        lacking = [name for name, value in self.found_facts(facts).items() if value is None]
        if lost := [self.facts[name][0] for name in lacking if name not in self.optional]:
            raise FileRefused("FILE_FACTS", "; ".join(f"'{label} : ...'" for label in lost))
        return len(names) + max(map(len, values), default=0)

    @property
    def signature(self) -> str:
        """Text that changes whenever the reading of a file would."""
        return repr(self)


@cache
def _load(path: Path, stamp: tuple[int, int]) -> tuple[Layout, ...]:
    """`load`, once per state of the file."""
    return load(path)


def load(path: Path) -> tuple[Layout, ...]:
    """The layouts of one profile file; raises ContractError naming the file and what is wrong."""
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
        if base := text.get("extends"):
            text = yaml.safe_load((SHIPPED / f"{base}.yaml").read_text(encoding="utf-8")) | text
        return tuple(_layout(path.stem, text, layout) for layout in text["layouts"])
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise ContractError(f"Profile {path}: {type(error).__name__}: {error}") from error


def _layout(profile: str, head: Mapping[str, Any], layout: Mapping[str, Any]) -> Layout:
    for name in (*layout["header"], *(layout.get("optional") or ()), *(layout.get("aliases") or {}).values()):
        if not isinstance(name, str):
            raise ContractError(
                f"Profile {profile}: {name!r} is no text; put quotes around it (YAML reads No as false)"
            )
    targets = {}
    for source, target in (layout.get("targets") or {}).items():
        if source not in SOURCES:
            raise ContractError(f"Profile {profile}: {source!r} is no source; sources are {', '.join(SOURCES)}")
        if lost := set(target.get("select") or {}) - set(SOURCES[source].names):
            raise ContractError(f"Profile {profile}: {source} has no column {', '.join(sorted(lost))}")
        targets[source] = Target(
            {name: str(value) for name, value in (target.get("select") or {}).items()},
            target.get("where"),
            {
                name: {key: str(text) for key, text in (more or {}).items()}
                for name, more in (target.get("unpivot") or {}).items()
            },
            target.get("query"),
        )
    book = layout.get("codebook") or head.get("codebook")
    return Layout(
        profile,
        tuple(layout["header"]),
        targets,
        layout.get("aliases") or {},
        tuple(layout.get("optional") or ()),
        {name: tuple(labels) for name, labels in (layout.get("facts") or {}).items()},
        frozenset(str(word) for word in head.get("missing", [])),
        Codebook(tuple(book["scale"]), book["words"]) if book else None,
        layout.get("dates") or head.get("dates", "dmy"),
        Lookup(**layout["lookup"]) if layout.get("lookup") else None,
        head.get("id_scheme", "nip"),
    )


def profiles(own: Path) -> Mapping[str, tuple[Layout, ...]]:
    """Every profile by name: the shipped ones, and the city's own in `own`, which win over shipped ones."""
    files = [*sorted(SHIPPED.glob("*.yaml")), *sorted(own.glob("*.yaml"))]
    return {path.stem: _load(path, (path.stat().st_mtime_ns, path.stat().st_size)) for path in files}
