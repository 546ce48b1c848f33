"""Table models: found in their files, their dependencies read from the SQL, put in order.

A model is one file `warehouse/models/<layer>/<table>.sql` (a contract header and one pure SELECT) or, where
statistics are needed that SQL does not have, `<table>.py` (the header as docstring, `INPUTS`: name → SELECT,
`model(**frames)` → pandas frame). Its path is its name. A new table is a new file.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path

from schemas.column import DUCKDB_TYPES, ContractError
from schemas.contract import PROVENANCE, Contract, parse_header
from schemas.ops import OPS
from schemas.sources import SOURCES
from schemas.written import Flaw, Flawed, nearest

MODELS = Path(__file__).parents[1] / "models"


LAYERS = ("core", "marts")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
READ = re.compile(r"(?<!distinct )\b(?:from|join)\s+(\w+\.\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Naming:
    """Where it is found what a code is called, or when it was."""

    code: str
    """The column of the code, in the mart as in the dimension."""
    dimension: str
    column: str
    newest: str = ""
    """Where a code has several rows: the column that is highest in its last one, which may have ended."""

    @property
    def query(self) -> str:
        """A row per code."""
        if self.newest:
            found = f"max_by({self.column}, {self.newest}) as {self.column}"
            return f"select {self.code}, {found} from {self.dimension} group by {self.code}"
        return f"select {self.code}, {self.column} from {self.dimension}"


NAMINGS: Mapping[str, Naming] = {
    "program_name": Naming("program_code", "core.dim_program", "program_name", "is_current"),
    "unit_name": Naming("unit_code", "core.dim_unit", "unit_name", "valid_from"),
    "instructor_name": Naming("instructor_id", "core.dim_instructor", "instructor_name"),
    "class_ended_on": Naming("class_id", "core.dim_class", "ended_on"),
}
"""Column of a mart → how it is found, where the mart's header lists it and its queries do not name it."""


@dataclass(frozen=True)
class Model:
    """One table model: its contract, its queries, and what they read."""

    contract: Contract
    queries: Mapping[str, str]
    """One SELECT for an SQL model (called `""`), the named inputs for a Python model."""
    module: str | None = None

    @property
    def table(self) -> str:
        """`layer.name`."""
        return self.contract.table

    @cached_property
    def namings(self) -> Mapping[str, Naming]:
        """What the building room puts beside the mart's codes."""
        own = "\n".join(self.queries.values())
        asked = NAMINGS if self.contract.layer == "marts" else {}
        return {
            name: how
            for name, how in asked.items()
            if name in self.contract.names and not re.search(rf"\b{name}\b", own)
        }

    def named(self, rows: str) -> str:
        """A FROM clause of `rows` (a table, or a query in brackets) with the names of their codes."""
        joins = (
            f" left join ({how.query}) as of_{name} on made.{how.code} = of_{name}.{how.code}"
            for name, how in self.namings.items()
        )
        found = "".join(f", of_{name}.{how.column} as {name}" for name, how in self.namings.items())
        return f"from (select made.*{found} from {rows} as made{''.join(joins)})" if found else f"from {rows}"

    @cached_property
    def words(self) -> str:
        """The queries without their comments. To take them apart costs a process that begins a second and more."""
        own = (COMMENT.sub("", query) for query in self.queries.values())
        return "\n".join([*own, *(how.query for how in self.namings.values())])

    @cached_property
    def reads(self) -> frozenset[str]:
        """Tables the model reads, as `layer.name`, taken from the SQL."""
        return frozenset(READ.findall(self.words))

    @cached_property
    def driver(self) -> str:
        """The table of the outermost FROM: each of its rows is one row of a fact."""
        import sqlglot

        tree = sqlglot.parse_one(self.queries[""], read="duckdb")
        table = next(node for node in tree.args["from_"].find_all(sqlglot.exp.Table))
        return f"{table.db}.{table.name}"


@cache
def models() -> Mapping[str, Model]:
    """Every table model by name, in an order in which each comes after what it reads.

    Raises ContractError for a header that is wrong, a table that nothing makes, or a circle.
    """
    unordered: dict[str, Model] = {}
    for layer in LAYERS:
        for path in sorted((MODELS / layer).glob("*.sql")):
            text = path.read_text(encoding="utf-8")
            contract = parse_header(text, layer, path.stem)
            unordered[contract.table] = Model(contract, {"": text.split("*/", 1)[1].strip()})
        for path in sorted((MODELS / layer).glob("*.py")):
            if path.stem == "__init__":
                continue
            name = f"warehouse.models.{layer}.{path.stem}"
            module = importlib.import_module(name)
            contract = parse_header(module.__doc__ or "", layer, path.stem)
            unordered[contract.table] = Model(contract, module.INPUTS, name)
    known = set(unordered) | {f"staging.{name}" for name in SOURCES} | set(BUILD_INPUTS)
    for model in unordered.values():
        if lost := model.reads - known:
            raise ContractError(f"{model.table} reads {sorted(lost)}, which nothing makes")
        _check_references(model.contract, [*unordered, *SOURCES])
    order = TopologicalSorter({name: model.reads & set(unordered) for name, model in unordered.items()}).static_order()
    return {name: unordered[name] for name in order}


def _check_references(contract: Contract, tables: Sequence[str]) -> None:
    flaws = [
        Flaw(contract.table, 0, f"columns.{c.name}.references", c.references, "a table, or a source", nearest(c.references, tables))
        for c in contract.columns
        if c.references and c.references not in tables
    ]  # fmt: skip
    if flaws:
        raise Flawed(flaws)


BUILD_INPUTS: Mapping[str, Mapping[str, str]] = {
    **{
        OPS[name].table: {c.name: DUCKDB_TYPES[c.type] for c in OPS[name].columns}
        for name in ("run", "policy", "delivery")
    },
    "private.survey_comment": {"class_id": "VARCHAR", "comment": "VARCHAR"},
    "private.untaken": {"source": "VARCHAR", "delivery_month": "DATE", "subject": "VARCHAR"},
}
"""Tables that the build itself writes first, with their columns: the as-of date, the policy values with owner and source, what
was delivered, comments without names, and whom, or what, a picture of all names only in rows and files that were not taken. What is `staging` or `private` is not published."""


def columns_of(table: str) -> dict[str, str]:
    """Column name → DuckDB type of a model, a staging view or an input table of the build."""
    layer, name = table.split(".")
    if layer == "staging":
        kept = {column.name: DUCKDB_TYPES[column.type] for column in SOURCES[name].kept}
        return kept | {column: DUCKDB_TYPES[kind] for column, kind in PROVENANCE.items()}
    if table in BUILD_INPUTS:
        return dict(BUILD_INPUTS[table])
    return {column.name: DUCKDB_TYPES[column.type] for column in models()[table].contract.columns}
