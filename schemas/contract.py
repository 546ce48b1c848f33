"""Contracts: what a table is, and the pandera schemas made from it.

A `Column` says once what a column is: type, rule, description, label in Bahasa Indonesia, unit, privacy class.
A `Contract` says what a table is: grain, key, columns, references. Validation, DuckDB comments, Dagster column
schemas, the data dictionary, the ERD and the refusal reasons are all derived from these two.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self, get_type_hints

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, field_validator, model_validator

from schemas.bilingual import indonesian
from schemas.column import Column, ContractError, Type, heading, is_share, noted
from schemas.fields import FIELDS
from schemas.written import Document, Text, Written, Wrong, wrong

if TYPE_CHECKING:
    import pandera.polars as pa

# pandera loads pyspark where that is installed, which then warns of a part of itself that nobody here uses.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)

PROVENANCE: Mapping[str, Type] = {
    "delivery_month": "date", "source_file": "text", "source_sheet": "text", "source_row": "integer",
}  # fmt: skip
"""Columns that every staged row has beside its source's own: when, in which file and where it was delivered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over several columns of one row; true (or null) means kept.

    `code` is a key of `schemas.reasons`, `column` the one that is marked when the rule is broken.
    """

    code: str
    column: str
    holds: Callable[[], pl.Expr]

    def check(self) -> pa.Check:
        """The rule as a frame-level pandera check."""
        import pandera.polars as pa

        return pa.Check(
            lambda data: data.lazyframe.select(self.holds().fill_null(True)),
            error=f"{self.code}:{self.column}",
        )


class SmallGroup(Written):
    """Numbers of a mart that tell about few people where `people` is small, and are then left out.

    `people` is SQL over the table's own columns: how many people the numbers are about, empty where it is about none.
    Below the policy's `minimum_cell_size` the columns of `hides` are empty and the row's `is_suppressed` is true. Numbers
    that another mart may have left out are named here, too, so that each is judged by its own group.
    """

    people: Text
    hides: Annotated[tuple[Text, ...], Field(min_length=1)]

    @field_validator("people")
    @classmethod
    def _is_sql(cls, people: str) -> str:
        import sqlglot

        try:
            sqlglot.parse_one(people, read="duckdb")
        except sqlglot.errors.SqlglotError:
            raise wrong(Wrong(allowed="an SQL expression over the table's columns")) from None
        return people

    @property
    def counts(self) -> list[str]:
        """The columns that `people` is made of."""
        import sqlglot
        from sqlglot import exp

        return sorted({column.name for column in sqlglot.parse_one(self.people, read="duckdb").find_all(exp.Column)})


class Withheld(Written):
    """What a mart leaves out and another table would give back: those columns are empty in what is published."""

    table: Text
    columns: tuple[Text, ...]
    rows: Text
    """A SELECT of columns of `table`, by which its rows are found."""


@dataclass(frozen=True)
class Contract:
    """A table's contract: grain, key, columns, rules.

    `snapshot` sources are full pictures per month (equal content in two months is two pictures);
    the others are events, where the same content again, under any name, is one load.
    """

    name: str
    layer: str
    description: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    snapshot: bool = False
    latest: str | None = None
    """Column that tells when a row was said: of several of one key the latest counts."""
    metrics: Mapping[str, str] = field(default_factory=dict)
    """Key figures of a table, to be watched over time: name → SQL aggregate over its rows."""
    small_groups: tuple[SmallGroup, ...] = ()
    withholds: tuple[Withheld, ...] = ()

    def __post_init__(self) -> None:
        hidden = {name for group in self.small_groups for name in group.hides}
        if filled := sorted(hidden - {column.name for column in self.columns if column.nullable}):
            raise ContractError(f"{self.table}: {filled} can not be left out for small groups, they may not be empty")
        if hidden and "is_suppressed" not in self.names:
            raise ContractError(
                f"{self.table}: numbers are left out for small groups, but no column is_suppressed says so"
            )
        missing = set(self.key) - set(self.names)
        if missing or not self.key:
            raise ContractError(f"{self.table}: key columns {sorted(missing)} are not columns of the table")
        if len(set(self.names)) != len(self.names):
            raise ContractError(f"{self.table}: a column is listed twice")

    @cached_property
    def signature(self) -> str:
        """Text that changes whenever anything of the contract does, rules included: they are told by their expressions."""
        rules = [(rule.code, rule.column, rule.holds().meta.serialize(format="json")) for rule in self.rules]
        return repr({f.name: rules if f.name == "rules" else getattr(self, f.name) for f in fields(self)})

    @property
    def table(self) -> str:
        """`layer.name`, the table's name in the warehouse."""
        return f"{self.layer}.{self.name}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def is_about_persons(self) -> bool:
        """Whether a row tells about one person, if only by a pseudonym."""
        return any(
            c.privacy in ("pseudonym", "respondent") or c.references == "core.dim_employee" for c in self.columns
        )

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError with the table's name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.table} has no column {name!r}")

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Columns that a delivery must have: those that may not be empty, and what the table is about."""
        return tuple(column.name for column in self.columns if not column.nullable or column.is_subject)

    @cached_property
    def _headings(self) -> Mapping[str, str]:
        """Heading → column. A column's own name wins over another's label, a label over another's alias."""
        known: dict[str, str] = {}
        for column in self.columns:
            known.setdefault(heading(column.name), column.name)
        for column in self.columns:
            known.setdefault(heading(column.label), column.name)
        for column in self.columns:
            for alias in (*column.aliases, *column.vague):
                known.setdefault(heading(alias), column.name)
        return known

    def headings(self, name: str) -> frozenset[str]:
        """All headings, as they are compared, that mean a column."""
        return frozenset(text for text, meant in self._headings.items() if meant == name)

    @cached_property
    def _meant(self) -> Callable[[str], str | None]:
        # The rows of a file that nobody knows are asked as headers, one by one and in many ways.
        return lru_cache(maxsize=1_000)(self._column_of)

    def _column_of(self, text: str) -> str | None:
        """The column that a heading means: by what it says, in one language or two, or by that without a note of how the column is filled in. One of
        percentages means no column of another unit, such as rupiah."""
        found = self._headings.get(heading(text)) or self._headings.get(indonesian(text))
        if found is None:
            bare, note = noted(text)
            found = self._headings.get(heading(bare)) if note else None
            if found and not self.column(found).explains(note):
                return None
        return None if found and is_share(text) and self.column(found).unit not in ("", "%") else found

    def match(self, header: Sequence[str]) -> dict[str, list[int]]:
        """Column → positions of the headings that mean it; its own name, where there is one, wins over other headings, and those over one
        with a note."""
        found: dict[str, list[int]] = {}
        for position, text in enumerate(header):
            if column := self._meant(text):
                found.setdefault(column, []).append(position)
        for column, positions in found.items():
            own = [position for position in positions if heading(header[position]) == heading(column)]
            chosen = own or [at for at in positions if heading(header[at]) in self._headings] or positions
            near = [at for at in chosen if not self._is_wider(column, header[at])]
            found[column] = near or [at for at in chosen if not self._is_vague(column, header[at])] or chosen
        for named in (column for column in self.columns if column.codes and column.name not in found):
            beside = [at for at, text in enumerate(header) if self._meant(text) == named.codes]
            others = [at for at in beside if at not in found[named.codes]]
            found |= {named.name: others} if len(others) == 1 else {}
        # Of several that are vague none need be it.
        return {
            column: positions
            for column, positions in found.items()
            if len(positions) < 2
            or not self.column(column).nullable
            or not all(self._is_vague(column, header[at]) for at in positions)
        }

    def said(self, labels: Sequence[str]) -> dict[str, list[int]]:
        """Column → positions of the labels of lines above a table that say it of all rows."""
        return {
            column: positions
            for column, positions in self.match(labels).items()
            if not self.column(column).is_of_row and not self._is_vague(column, labels[positions[0]])
        }

    def wider(self, header: Sequence[str]) -> dict[str, int]:
        """Column → position of a heading that would mean it, and says something wider than the one beside it that does. What is vague fills no gap of that: a day
        may be that of a decree."""
        near = self.match(header)
        named = {column.codes for column in self.columns}
        meant = [(self._meant(text), at) for at, text in enumerate(header) if text]
        return {
            column: at
            for column, at in meant
            if column in near
            and column not in named
            and at not in near[column]
            and self._is_wider(column, header[at])
            and (self.column(column).reader == "unit" or not self._is_vague(column, header[at]))
        }

    def _is_wider(self, column: str, text: str) -> bool:
        return heading(text) in self._wide[column]

    def _is_vague(self, column: str, text: str) -> bool:
        return heading(text) in self._vague[column]

    @cached_property
    def _vague(self) -> Mapping[str, frozenset[str]]:
        return {column.name: frozenset(map(heading, column.vague)) for column in self.columns}

    @cached_property
    def _wide(self) -> Mapping[str, frozenset[str]]:
        return {column.name: frozenset(map(heading, (*column.wider, *column.vague))) for column in self.columns}

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The pandera schema: strict (no further column), typed, with row-level rules."""
        import pandera.polars as pa

        return pa.DataFrameSchema(
            {column.name: column.pandera() for column in self.columns},
            checks=[rule.check() for rule in self.rules],
            strict=True,
            ordered=False,
            name=self.table,
            title=self.name,
            description=self.description,
            metadata={"grain": self.grain, "key": list(self.key)},
        )

    @property
    def kept(self) -> tuple[Column, ...]:
        """Columns that leave the restricted store: all but direct identifiers."""
        return tuple(column for column in self.columns if column.privacy != "identifier")


def column(name: str, **changes: Any) -> Column:
    """The registered column `name` (schemas/fields.py), with this table's `changes` (nullable, references, …).

    A name that is not registered is described in full where it is used.
    """
    if name in FIELDS:
        return replace(FIELDS[name], **changes)
    try:
        return Column(name=name, **changes)
    except TypeError as error:
        raise ContractError(
            f"Column {name!r} is in no registry: give type, description and label where it is used ({error})."
        ) from error


def source(
    name: str,
    *,
    description: str,
    grain: str,
    key: Sequence[str],
    columns: Sequence[Column],
    rules: Sequence[Rule] = (),
    snapshot: bool = False,
    latest: str | None = None,
) -> Contract:
    """The contract of a source: what `landing/<name>/<YYYY-MM>/*` must hold."""
    return Contract(name, "staging", description, grain, tuple(key), tuple(columns), tuple(rules), snapshot, latest)


class _Strict(Written):
    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        # `references: null` takes away what the registry says.
        return data


_HINTS = get_type_hints(Column)
_CHANGES: dict[str, Any] = {f.name: (_HINTS[f.name], None) for f in fields(Column) if f.name != "name"}
Changes: Any = create_model("Changes", __base__=_Strict, **_CHANGES)
"""What a header may say of a column: every field of `Column` but its name."""


class Header(Written):
    """What stands at the head of a model file, and of each table in `ops.yaml`. A further entry is a further field."""

    description: Text
    grain: Text
    key: Annotated[tuple[Text, ...], Field(min_length=1)]
    columns: Annotated[
        Mapping[Text, Annotated[Changes, BeforeValidator(lambda changes: {} if changes is None else changes)]],
        Field(min_length=1),
    ]
    """Names of the registry, each with what differs here; any other name is described in full."""
    metrics: Mapping[Text, Text] = Field(default_factory=dict)
    small_groups: tuple[SmallGroup, ...] = ()
    withholds: tuple[Withheld, ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        flaws = [
            Wrong(allowed=list(self.columns), at=("key", position))
            for position, name in enumerate(self.key)
            if name not in self.columns
        ]
        flaws += [
            Wrong(allowed=list(self.columns), at=("small_groups", number, "hides", position))
            for number, group in enumerate(self.small_groups)
            for position, name in enumerate(group.hides)
            if name not in self.columns
        ]
        # What a group is judged by must stand in the table, or nobody could see afterwards whether it was.
        hidden = {name for group in self.small_groups for name in group.hides}
        flaws += [
            Wrong(
                f"{name!r} {'is left out itself' if name in hidden else 'is no column of the table'}",
                [column for column in self.columns if column not in hidden],
                at=("small_groups", number, "people"),
                name=name,
            )
            for number, group in enumerate(self.small_groups)
            for name in group.counts
            if name not in self.columns or name in hidden
        ]
        for name, changes in self.columns.items():
            lost = [entry for entry in ("type", "description", "label") if getattr(changes, entry) is None]
            if name not in FIELDS and lost:
                mend = f"Or give {', '.join(lost)} here."
                allowed = "a column of the registry schemas/fields.py"
                flaws.append(
                    Wrong(
                        f"{name} is in no registry", allowed, mend, at=("columns", name), name=name, known=list(FIELDS)
                    )
                )
            if changes.share_of is not None and len(changes.share_of) != 2:
                flaws.append(Wrong(allowed="[numerator, denominator]", at=("columns", name, "share_of")))
        if flaws:
            raise wrong(*flaws)
        return self

    def contract(self, layer: str, name: str) -> Contract:
        """The contract of the table `layer.name`."""
        columns = tuple(column(key, **dict(_given(changes))) for key, changes in self.columns.items())
        description = " ".join(self.description.split())
        return Contract(
            name,
            layer,
            description,
            self.grain,
            self.key,
            columns,
            metrics=self.metrics,
            small_groups=self.small_groups,
            withholds=self.withholds,
        )


def _given(changes: BaseModel) -> Iterator[tuple[str, Any]]:
    for name in changes.model_fields_set:
        yield name, getattr(changes, name)


def parse_header(text: str, layer: str, name: str) -> Contract:
    """The contract written at the head of a model file, between two `---` lines, as YAML: a `Header`.

    Raises ContractError naming the table, with every flaw, when the header is missing or wrong.
    """
    parts = text.split("---\n", 2)
    if len(parts) < 3:
        raise ContractError(f"{layer}.{name}: the file has no header between two '---' lines")
    document = Document(parts[1], f"{layer}.{name}", above=parts[0].count("\n") + 1)
    return document.parse(Header).contract(layer, name)
