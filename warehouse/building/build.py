"""The model engine: finds the table models, reads their dependencies from the SQL, builds them in order.

A model is one file `warehouse/models/<layer>/<table>.sql` (a contract header and one pure SELECT) or, where
statistics are needed that SQL does not have, `<table>.py` (the header as docstring, `INPUTS`: name → SELECT,
`model(**frames)` → pandas frame). Its path is its name. A new table is a new file.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage

from schemas.contract import DUCKDB_TYPES, Contract, ContractError, parse_header
from schemas.ops import OPS
from schemas.sources import SOURCES
from warehouse.store import Store

MODELS = Path(__file__).parents[1] / "models"
LAYERS = ("core", "marts")
STAGING_EXTRAS: Mapping[str, str] = {
    "delivery_month": "DATE", "source_file": "VARCHAR", "source_sheet": "VARCHAR", "source_row": "BIGINT",
}  # fmt: skip
"""Columns that every staging view has beside the source's own: when, in which file and where a row was delivered."""
STORAGE = "v1.4.0"
"""Storage format of the files we write: readable by DuckDB 1.4 and later, as BI tools have it."""


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
    def reads(self) -> frozenset[str]:
        """Tables the model reads, as `layer.name`, taken from the SQL."""
        found = set()
        for query in self.queries.values():
            tree = sqlglot.parse_one(query, read="duckdb")
            found |= {f"{node.db}.{node.name}" for node in tree.find_all(exp.Table) if node.db}
        return frozenset(found)

    @property
    def driver(self) -> str:
        """The table of the outermost FROM: each of its rows is one row of a fact."""
        select = sqlglot.parse_one(self.queries[""], read="duckdb")
        table = next(node for node in select.args["from_"].find_all(exp.Table))
        return f"{table.db}.{table.name}"

    def column_lineage(self, columns_of: Mapping[str, Mapping[str, str]]) -> dict[str, list[tuple[str, str]]]:
        """For each column the (table, column) pairs it is made of, read from the SQL.

        A Python model's column is made of the columns of its inputs that have the same name; one that the model computes
        is made of all that its inputs read, since which of them it uses is not written in SQL.
        """
        schema: dict[str, Any] = {}
        for table in self.reads:
            layer, name = table.split(".")
            schema.setdefault(layer, {})[name] = dict(columns_of[table])
        leaves = [_leaves(query, schema) for query in self.queries.values()]
        found: dict[str, set[tuple[str, str]]] = {}
        for query in leaves:
            for column, pairs in query.items():
                found.setdefault(column, set()).update(pairs)
        everything = set().union(*found.values()) if self.module else set()
        return {column: sorted(found.get(column, everything)) for column in self.contract.names}


def _leaves(query: str, schema: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """For each column of a query the (table, column) pairs that it is made of."""
    return {
        column: {
            (f"{node.expression.db}.{node.expression.name}", node.name.split(".")[-1].strip('"'))
            for node in root.walk()
            if not node.downstream and isinstance(node.expression, exp.Table)
        }
        for column, root in lineage(None, query, schema=dict(schema), dialect="duckdb", trim_selects=False).items()
    }


@cache
def models() -> Mapping[str, Model]:
    """Every table model by name, in an order in which each comes after what it reads.

    Raises ContractError for a header that is wrong, a table that nothing makes, or a circle.
    """
    found: dict[str, Model] = {}
    for layer in LAYERS:
        for path in sorted((MODELS / layer).glob("*.sql")):
            text = path.read_text(encoding="utf-8")
            contract = parse_header(text, layer, path.stem)
            found[contract.table] = Model(contract, {"": text.split("*/", 1)[1].strip()})
        for path in sorted((MODELS / layer).glob("*.py")):
            if path.stem == "__init__":
                continue
            name = f"warehouse.models.{layer}.{path.stem}"
            module = importlib.import_module(name)
            contract = parse_header(module.__doc__ or "", layer, path.stem)
            found[contract.table] = Model(contract, module.INPUTS, name)
    known = set(found) | {f"staging.{name}" for name in SOURCES} | set(BUILD_INPUTS)
    for model in found.values():
        if lost := model.reads - known:
            raise ContractError(f"{model.table} reads {sorted(lost)}, which nothing makes")
    order = TopologicalSorter({name: model.reads & set(found) for name, model in found.items()}).static_order()
    return {name: found[name] for name in order}


BUILD_INPUTS: Mapping[str, Mapping[str, str]] = {
    "ops.run": {"as_of": "DATE"},
    "ops.policy": {
        "policy": "VARCHAR", "value": "DOUBLE", "unit": "VARCHAR", "owner": "VARCHAR", "source": "VARCHAR",
        "valid_from": "DATE", "version": "VARCHAR",
    },
    "private.survey_comment": {"class_id": "VARCHAR", "comment": "VARCHAR"},
}  # fmt: skip
"""Tables that the build itself writes first, with their columns: the as-of date, the policy values with owner and source,
and comments without names. What is `staging` or `private` is not published."""


def columns_of(table: str) -> dict[str, str]:
    """Column name → DuckDB type of a model, a staging view or an input table of the build."""
    layer, name = table.split(".")
    if layer == "staging":
        kept = {column.name: DUCKDB_TYPES[column.type] for column in SOURCES[name].kept}
        return kept | dict(STAGING_EXTRAS)
    if table in BUILD_INPUTS:
        return dict(BUILD_INPUTS[table])
    return {column.name: DUCKDB_TYPES[column.type] for column in models()[table].contract.columns}


@contextmanager
def connect(path: Path | str, *, read_only: bool = False, memory: str = "1GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that is closed whatever happens (an open one locks everybody else out).

    No extension loading, bounded memory. Timestamps are the city's own, without zone.
    """
    if not read_only and isinstance(path, Path):
        path.parent.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {} if read_only else {"storage_compatibility_version": STORAGE}
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    try:
        connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        connection.execute(f"set preserve_insertion_order = false; set threads = 2; set memory_limit = '{memory}'")
        yield connection
    finally:
        connection.close()


def show_version(con: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
    """Attach a published version as the database `name`: views over its Parquet files, so that no program that has its
    database file open stands in the way."""
    con.execute(f"attach ':memory:' as {name}")
    for path in sorted(folder.resolve().glob("parquet/*/*.parquet")):
        con.execute(f"create schema if not exists {name}.{path.parent.name}")
        con.execute(
            f"create view {name}.{path.parent.name}.{path.stem} as select * from read_parquet('{_quoted(str(path))}')"
        )


@contextmanager
def open_version(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that shows the tables of a published version by their names."""
    with connect(":memory:") as con:
        show_version(con, folder, "published")
        con.execute("use published")
        yield con


def create_staging_views(con: duckdb.DuckDBPyConnection, store: Store, as_of: str) -> None:
    """One view per source over its months up to `as_of` (YYYY-MM-DD); a source without rows is an empty, typed view.

    A row delivered again in a later month supersedes the earlier one: the views hold one row per key (snapshot sources:
    one per key and month).
    """
    con.execute("create schema if not exists staging")
    for name, contract in SOURCES.items():
        wanted = columns_of(f"staging.{name}")
        files = [path for path in sorted((store.staging / name).glob("[!.]*.parquet")) if path.stem <= as_of[:7]]
        if files:
            listed = ", ".join(f"'{_quoted(str(path))}'" for path in files)
            rows = f"select {', '.join(wanted)} from read_parquet([{listed}])"
            if len(files) > 1 and not contract.snapshot:
                rows = _latest(con, contract, rows)
        else:
            rows = "select " + ", ".join(f"cast(null as {kind}) as {column}" for column, kind in wanted.items())
            rows += " where false"
        con.execute(f"create or replace view staging.{name} as {rows}")


def _latest(con: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> str:
    """`rows` without those that a later month delivered anew. Asked by hash first: mostly there are none."""
    key = ", ".join(contract.key)
    repeated = f"select hash({key}) as h from ({rows}) group by h having count(*) > 1"
    if not con.execute(f"select count(*) from ({repeated})").fetchall()[0][0]:
        return rows
    table = f"staging.superseded_{contract.name}"
    con.execute(
        f"create or replace table {table} as select delivery_month, source_file, source_sheet, source_row, {key} from ({rows}) "
        f"where hash({key}) in ({repeated}) qualify row_number() over "
        f"(partition by {key} order by delivery_month desc, source_file desc, source_sheet desc, source_row desc) > 1"
    )
    same = " and ".join(
        f"o.{c} is not distinct from r.{c}" for c in ("source_file", "source_sheet", "source_row", *contract.key)
    )
    return f"select r.* from ({rows}) as r where not exists (select 1 from {table} as o where {same})"


def build(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Make the model's table anew and return its number of rows.

    Columns are cast to the contract's types, in its order; a query that lacks a column fails by DuckDB's own message.
    What would tell about a small group is left out here, so that no table made of this one can bring it back.
    """
    con.execute(f"create schema if not exists {model.contract.layer}")
    if model.module:
        frames = {name: con.sql(query).df() for name, query in model.queries.items()}
        result = importlib.import_module(model.module).model(**frames)
        con.register("model_result", result)
        con.execute(f"create or replace table {model.table} as {_typed(con, model.contract, 'from model_result')}")
        con.unregister("model_result")
    else:
        rows = f"from ({model.queries['']})"
        con.execute(f"create or replace table {model.table} as {_typed(con, model.contract, rows)}")
    _describe(con, model.contract)
    return con.execute(f"select count(*) from {model.table}").fetchall()[0][0]


def _typed(con: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> str:
    """The contract's columns out of `rows` (a FROM clause), without the numbers of small groups."""
    value = {name: name for name in contract.names}
    small = [
        f"coalesce({group.people} > 0 and {group.people} < {_MINIMUM_CELL}, false)" for group in contract.small_groups
    ]
    for is_small, group in zip(small, contract.small_groups, strict=True):
        value |= {name: f"case when not {is_small} then {value[name]} end" for name in group.hides}
    if small:
        # A model that reads what was left out before says so itself.
        already = ["is_suppressed"] if "is_suppressed" in con.sql(f"select * {rows}").columns else []
        value["is_suppressed"] = " or ".join([*already, *small])
    columns = (f"cast({value[c.name]} as {DUCKDB_TYPES[c.type]}) as {c.name}" for c in contract.columns)
    return f"select {', '.join(columns)} {rows}"


_MINIMUM_CELL = "(select value from ops.policy where policy = 'minimum_cell_size')"


def _describe(con: duckdb.DuckDBPyConnection, contract: Contract, view: str = "") -> None:
    """Write the contract's texts onto its table, or onto a view of it."""
    name = view or contract.table
    con.execute(f"comment on {'view' if view else 'table'} {name} is '{_quoted(_table_comment(contract))}'")
    for column in contract.columns:
        text = f"{column.description} [{column.label}]" + (f" Unit: {column.unit}." if column.unit else "")
        con.execute(f"comment on column {name}.{column.name} is '{_quoted(text)}'")


def present(con: duckdb.DuckDBPyConnection) -> None:
    """Make a copy of the build what people open: the tables of a run described, and beside each dimension with history a
    view `<dimension>_current` of the versions that hold now, for dashboards that ask about today, and of the calendar a
    view per role that a day plays in a fact (`dim_submitted_date`), which joins by its name.

    Answers of a group that the marts leave out stay in the build: nobody can count them again from the facts.
    """
    con.execute("drop schema staging cascade; drop schema private cascade")
    con.execute(
        f"update core.fact_survey_response as f set {', '.join(f'{name} = null' for name in ANSWER)} {_SMALL_GROUPS}"
    )
    for contract in OPS.values():
        _describe(con, contract)
    for model in models().values():
        _add_views(con, model.contract)


def _add_views(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    if "is_current" in contract.names:
        view = f"{contract.table}_current"
        con.execute(f"create view {view} as select * from {contract.table} where is_current")
        _describe(con, contract, view)
    calendar = models()["core.dim_date"].contract
    for key in contract.columns:
        if key.references == calendar.table and key.name != "date_key":
            role = key.name.removesuffix("_date_key")
            names = {name: f"{role}_{name}" for name in calendar.names}
            names |= {"date_on": f"{role}_on", "is_weekend": f"is_{role}_weekend"}
            view = f"core.dim_{role}_date"
            columns = ", ".join(f"{name} as {new}" for name, new in names.items())
            con.execute(f"create or replace view {view} as select {columns} from {calendar.table}")
            played = tuple(replace(column, name=names[column.name]) for column in calendar.columns)
            said = replace(calendar, description=f"The calendar as: {key.label}.", columns=played, key=(key.name,))
            _describe(con, said, view)


ANSWER = ("score", "score_share", "agency_share", "is_dissatisfied")
"""The columns of `core.fact_survey_response` that say what somebody thought."""
_SMALL_GROUPS = """
    from (
        select distinct c.class_key, i.survey_item_key
        from marts.reaction as r
        inner join core.dim_class as c on r.class_id = c.class_id
        inner join core.dim_survey_item as i on r.aspect = i.aspect
        where r.is_suppressed
    ) as s
    where f.class_key = s.class_key and f.survey_item_key = s.survey_item_key
"""


def write_anew(source: Path, target: Path) -> None:
    """Write all tables and views of a database to a new file: what was deleted or emptied stays in the blocks of the old."""
    with connect(target) as con:
        con.execute(f"attach '{_quoted(str(source))}' as whole (read_only)")
        [(own,)] = con.execute("select current_database()").fetchall()
        con.execute(f'copy from database whole to "{own}"')
        con.execute("detach whole")
        con.execute("checkpoint")


def write_dashboards(warehouse: Path, path: Path) -> None:
    """Write to `path` the tables of a published file in which no row is about one person, with their texts and views."""
    with connect(path) as con:
        con.execute(f"attach '{_quoted(str(warehouse))}' as whole (read_only)")
        for contract in (*(model.contract for model in models().values()), *OPS.values()):
            if not contract.is_about_persons:
                con.execute(f"create schema if not exists {contract.layer}")
                con.execute(f"create table {contract.table} as select * from whole.{contract.table}")
                _describe(con, contract)
                _add_views(con, contract)


def write_parquet(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Write a table as Parquet; the file's metadata hold `description` and `columns`, the column's texts as JSON."""
    schema, name = table.split(".")
    where = f"schema_name = '{schema}' and table_name = '{name}'"
    [(description,)] = con.execute(f"select coalesce(comment, '') from duckdb_tables() where {where}").fetchall()
    columns = dict(con.execute(f"select column_name, comment from duckdb_columns() where {where}").fetchall())
    said = f"description: '{_quoted(description)}', columns: '{_quoted(json.dumps(columns, ensure_ascii=False))}'"
    con.execute(f"copy {table} to '{_quoted(str(path))}' (format parquet, compression zstd, kv_metadata {{{said}}})")


def metrics(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, float]:
    """The table's key figures, by name; an unknown one is left out."""
    if not contract.metrics:
        return {}
    row = con.execute(f"select {', '.join(contract.metrics.values())} from {contract.table}").fetchall()[0]
    return {name: float(value) for name, value in zip(contract.metrics, row, strict=True) if value is not None}


def _table_comment(contract: Contract) -> str:
    return f"{contract.description} Grain: {contract.grain}."


def _quoted(text: str) -> str:
    return text.replace("'", "''")
