"""DuckDB, opened the one way that is safe here: connections, the tables of a version as views, files written whole.

Belongs here: what is true of every database file that this program opens or writes. What the tables mean is no matter of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import duckdb

STORAGE = "v1.4.0"
"""Storage format of the files we write: readable by DuckDB 1.4 and later, as BI tools have it."""
THREADS = min(os.cpu_count() or 1, 8)
"""Of a connection: the machine's cores, up to so many as work well in the memory that a connection has."""


def quoted(text: object) -> str:
    """A text, or a path, as it stands between the quotes of an SQL literal."""
    return str(text).replace("'", "''")


@contextmanager
def connect(path: Path | str, *, read_only: bool = False, memory: str = "2GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that is closed whatever happens (an open one locks everybody else out).

    No extension loading, bounded memory. Timestamps are the city's own, without zone.
    """
    if not read_only and isinstance(path, Path):
        path.parent.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {} if read_only else {"storage_compatibility_version": STORAGE}
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    try:
        _make_safe(connection, memory)
        yield connection
    finally:
        connection.close()


def _make_safe(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    connection.execute(f"set preserve_insertion_order = false; set threads = {THREADS}; set memory_limit = '{memory}'")


@contextmanager
def scratch(*, sealed: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to a database in memory that the process opens once (opening one takes as long as settling
    a month). Make only temporary tables and views: nobody else sees them, and they end with the connection.

    A sealed one reaches no file and no network: it is for queries that people wrote.
    """
    connection = _memory(os.getpid(), sealed).cursor()
    try:
        yield connection
    finally:
        connection.close()


@cache
def _memory(_process: int, sealed: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    _make_safe(connection, "2GB")
    if sealed:
        connection.execute("set enable_external_access = false")
    return connection


def show_version(con: duckdb.DuckDBPyConnection, folder: Path, name: str, tables: Iterable[str] = ("*.*",)) -> None:
    """Attach a published version as the database `name`: views over its Parquet files, so that no program that has its
    database file open stands in the way. Each file costs a look at its end: of who names `tables` only those."""
    con.execute(f"attach ':memory:' as {name}")
    made = folder.resolve() / "parquet"
    for path in sorted(path for table in tables for path in made.glob(str(parquet_of(Path(), table)))):
        con.execute(f"create schema if not exists {name}.{path.parent.name}")
        con.execute(f"create view {name}.{path.parent.name}.{path.stem} as select * from {parquet_rows(path)}")


def parquet_of(parquet: Path, table: str) -> Path:
    """Where a table stands below a version's folder `parquet`: a file, or the folder of a fact's months."""
    return parquet / f"{table.replace('.', '/')}.parquet"


def parquet_rows(path: Path) -> str:
    """The rows of a table that stands as Parquet, in one file or in a folder of a file or more for each month (`write_parquet`), for a FROM clause."""
    pattern = f"{quoted(path)}/*/*.parquet" if path.is_dir() else quoted(path)
    return f"read_parquet('{pattern}', hive_partitioning = false)"


@contextmanager
def open_version(folder: Path, *tables: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that shows the tables of a published version by their names: those that are named, else all."""
    with connect(":memory:") as con:
        show_version(con, folder, "published", tables or ("*.*",))
        con.execute("use published")
        yield con


def rows_of(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries; what is null is None."""
    result = con.execute(query)
    names = [str(column[0]) for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def rows_of_older(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]] | None:
    """The same of a version that an older program may have made; None where it has no such table or column."""
    try:
        return rows_of(con, query)
    except (duckdb.BinderException, duckdb.CatalogException):
        return None


def write_anew(source: Path, target: Path) -> None:
    """Write all tables and views of a database to a new file: what was deleted or emptied stays in the blocks of the old."""
    with connect(target) as con:
        con.execute(f"attach '{quoted(source)}' as whole (read_only)")
        [(own,)] = con.execute("select current_database()").fetchall()
        con.execute(f'copy from database whole to "{own}"')
        con.execute("detach whole")
        con.execute("checkpoint")


def write_parquet(
    con: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    months: Mapping[str, str] = MappingProxyType({}),
    rows: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, int]:
    """Write tables and views as Parquet, each to its file, whose metadata hold `description` and `columns`, the columns' texts as JSON;
    returns the rows of each table. `months`: table → expression of the month of a row, of those whose path becomes a folder of a folder for each
    month (`month=202601/`, as Hive has it), with one of no rows where the table has none. `rows`: table → FROM clause of its rows, where they are
    not those that it holds."""
    names, own = "schema_name || '.' || table_name", "database_name = current_database()"
    views = f"select schema_name, view_name as table_name, comment, internal from duckdb_views() where {own}"
    tables = f"select schema_name, table_name, comment, internal from duckdb_tables() where {own}"
    told = f"from ({tables} union all {views}) where not internal"
    descriptions = dict(con.execute(f"select {names}, comment {told}").fetchall())
    columns: dict[str, dict[str, str | None]] = {}
    asked = f"select {names}, column_name, comment from duckdb_columns() where {own}"
    for table, column, text in con.execute(asked).fetchall():
        columns.setdefault(table, {})[column] = text
    counts = {}
    for table, path in files.items():
        texts = json.dumps(columns[table], ensure_ascii=False)
        said = f"description: '{quoted(descriptions[table] or '')}', columns: '{quoted(texts)}'"
        how = f"format parquet, compression zstd, kv_metadata {{{said}}}"
        target = path
        if table in months:
            by_month = f"select *, {months[table]} as month from {rows.get(table, table)} order by month"
            [(n,)] = con.execute(f"copy ({by_month}) to '{quoted(path)}' ({how}, partition_by (month))").fetchall()
            if n:
                counts[table] = n
                continue
            target = path / "month=0" / "data_0.parquet"
            target.parent.mkdir(parents=True)
        [(counts[table],)] = con.execute(
            f"copy (from {rows.get(table, table)}) to '{quoted(target)}' ({how})"
        ).fetchall()
    return counts


def turn_into(con: duckdb.DuckDBPyConnection, kind: Literal["table", "view"], name: str, rows: str) -> None:
    """Have a table be a view of `rows` (a FROM clause), or a view a table of them, of the same columns and texts."""
    other = "view" if kind == "table" else "table"
    where = f"where schema_name || '.' || {{}}_name = '{name}'"
    [(text,)] = con.execute(f"select comment from duckdb_{other}s() {where.format(other)}").fetchall()
    asked = f"select column_name, comment from duckdb_columns() {where.format('table')} order by column_index"
    columns = con.execute(asked).fetchall()
    made = f"{name}_made"
    con.execute(f"create {kind} {made} as select {', '.join(column for column, _ in columns)} from {rows}")
    con.execute(f"drop {other} {name}; alter {kind} {made} rename to {name.split('.')[1]}")
    told = [(f"{kind} {name}", text), *((f"column {name}.{column}", text) for column, text in columns)]
    con.execute("; ".join(f"comment on {what} is '{quoted(text)}'" for what, text in told if text is not None))
