"""One table of the build: made by its model, cast to its contract, described.

Here the numbers of small groups are left out, by what a model's header declares, before any other table can read them.
"""

from __future__ import annotations

import importlib

import duckdb

from schemas.column import DUCKDB_TYPES, Column
from schemas.contract import Contract
from warehouse.building import unchanged
from warehouse.building.engine import DUCKDB, Engine
from warehouse.building.models import Model
from warehouse.database import quoted
from warehouse.faults import is_fault
from warehouse.words.language import SOURCE, language


class ModelFailed(Exception):
    """A table could not be made; the published version stands as it was. The message names the table."""


def build_table(con: duckdb.DuckDBPyConnection, model: Model, engine: Engine = DUCKDB) -> int:
    """Make the model's table, or take it from the last build where nothing of it changed; returns its number of rows.

    Raises ModelFailed, naming the table.
    """
    try:
        return _build(con, model, engine)
    except Exception as error:
        if is_fault(error):
            raise ModelFailed(f"{model.table} could not be made: {error}") from error
        raise


def _build(con: duckdb.DuckDBPyConnection, model: Model, engine: Engine) -> int:
    con.execute(f"create schema if not exists {model.contract.layer}")
    made_of = unchanged.made_of(con, model)
    if not unchanged.take(con, model, made_of):
        make_table(con, model, engine)
        unchanged.note(con, model, made_of)
    describe(con, model.contract)
    return con.execute(f"select count(*) from {model.table}").fetchall()[0][0]


def make_table(con: duckdb.DuckDBPyConnection, model: Model, engine: Engine = DUCKDB) -> None:
    """Make the model's table, whatever there was before.

    Columns are cast to the contract's types, in its order; a query that lacks a column fails by DuckDB's own message.
    What would tell about a small group is left out here, so that no table made of this one can bring it back.
    """
    engine.begin(model.table)
    if model.module:
        result = importlib.import_module(model.module).model(**engine.frames(con, model.queries))
        con.register("model_result", result)
        con.execute(
            f"create or replace table {model.table} as {typed(con, model.contract, model.named('model_result'))}"
        )
        con.unregister("model_result")
    else:
        engine.make(con, model.table, typed(con, model.contract, model.named(f"({model.queries['']})")))


def typed(con: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> str:
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


def describe(con: duckdb.DuckDBPyConnection, contract: Contract, view: str = "") -> None:
    """Write the contract's texts onto its table, or onto a view of it."""
    name = view or contract.table
    texts = [f"comment on {'view' if view else 'table'} {name} is '{quoted(_table_comment(contract))}'"]
    for column in contract.columns:
        text = f"{column.description} [{column.label}]" + (f" Unit: {column.unit}." if column.unit else "")
        if column.values:
            text += f" Codes: {', '.join(f'{code} = {word}' for code, word in words_of(column).items())}."
        texts.append(f"comment on column {name}.{column.name} is '{quoted(text)}'")
    # One transaction: each of its own would wait for the disk.
    con.execute("; ".join(["begin", *texts, "commit"]))


def words_of(column: Column, code: str = SOURCE) -> dict[str, str]:
    """The codes of a column's closed list in its order, and what each is called in a language."""
    spoken = language(code)
    return {value: spoken.word(column.name, value) for value in column.values}


def metrics_of(con: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, float]:
    """The table's key figures, by name; an unknown one is left out."""
    if not contract.metrics:
        return {}
    row = con.execute(f"select {', '.join(contract.metrics.values())} from {contract.table}").fetchall()[0]
    return {name: float(value) for name, value in zip(contract.metrics, row, strict=True) if value is not None}


def preview_of(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[list[str], list[tuple[str, ...]]]:
    """The first columns and rows of a table by its key, as text, for engineers: no row about a person or left out for a small
    group."""
    columns = [column.name for column in contract.columns if column.privacy == "public"][:PREVIEW_COLUMNS]
    if contract.is_about_persons:
        return columns, []
    shown = "where not is_suppressed" if "is_suppressed" in contract.names else ""
    cells = ", ".join(f"coalesce(left(cast({name} as varchar), {PREVIEW_WIDTH}), '')" for name in columns)
    key = ", ".join(f"{name} nulls last" for name in contract.key)
    query = f"select {cells} from {contract.table} {shown} order by {key} limit {PREVIEW_ROWS}"
    return columns, con.execute(query).fetchall()


PREVIEW_COLUMNS, PREVIEW_ROWS, PREVIEW_WIDTH = 8, 3, 24
"""How much of a table a preview shows: it is kept each night."""


def _table_comment(contract: Contract) -> str:
    return f"{contract.description} Grain: {contract.grain}."
