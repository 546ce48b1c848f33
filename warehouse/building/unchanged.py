"""Tables that need not be made again: they are taken from the last build where all that goes into them is what went in then.

What goes into a table is this program's code, the libraries, the policy, and the rows of the tables that it reads, in the columns
that its SQL names. Each table's rows are known by a hash, so that a change ends where it changes no row: a corrected file that moves
no number of a mart costs that mart nothing. What is taken is hashed, too: a last build that was damaged, or that somebody wrote into, gives no row to the new one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from schemas.sources import SOURCES
from warehouse.building.models import BUILD_INPUTS, LAYERS, Model, columns_of
from warehouse.code import code_version, library_versions
from warehouse.database import quoted
from warehouse.store import Store, digest

LIBRARIES = ("duckdb", "numpy", "pandas", "scipy")
"""Those that make tables."""
ALWAYS = "ops.policy"
"""Read by every table: how many people a number that is shown is about."""


def begin_anew(store: Store) -> None:
    """Leave no build where the next one begins; the last one stays beside it until the new one is audited."""
    log = store.build.with_name(store.build.name + ".wal")
    last = last_of(store.build)
    if store.build.exists() and not log.exists():
        store.build.replace(last)
    for path in (store.build, log, last.with_name(last.name + ".wal")):
        path.unlink(missing_ok=True)


def last_of(build: Path) -> Path:
    """Where the last build lies while the next one is made."""
    return build.with_name("last.duckdb")


def note_inputs(con: duckdb.DuckDBPyConnection, staged: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
    """Note what a build begins with. `staged`: (source, month) → manifest of what was read."""
    con.execute("create or replace table private.made (table_name varchar, made_of varchar, rows_hash varchar)")
    for table in BUILD_INPUTS:
        _note(con, table, "", rows_hash_of(con, table))
    hashes = {path: sha256 for manifest in staged.values() for path, sha256 in manifest["sha256"].items()}
    # What a view shows of senders' words hangs on who may not be named, and what waits on what was shown, which no staged month tells.
    asked = "select table_name from duckdb_tables() where schema_name = 'staging' and regexp_matches(table_name, '^(shown|late)_') order by all"
    shown = {table: rows_hash_of(con, f"staging.{table}") for (table,) in con.execute(asked).fetchall()}
    for source in SOURCES:
        # Presences that lists know only by their day are numbered by the timetable.
        read = (source, "sessions") if source == "attendance" else (source,)
        files = [f"staging/{name}/{month}.parquet" for name, month in staged if name in read]
        texts = {
            table: rows
            for table, rows in shown.items()
            if table.startswith(tuple(f"shown_{name}_" for name in read)) or table == f"late_{source}"
        }
        _note(con, f"staging.{source}", "", digest([[[path, hashes[path]] for path in files], texts]))


def made_of(con: duckdb.DuckDBPyConnection, model: Model) -> str | None:
    """What goes into a table: a digest of all but the tables that it reads, and their rows' hashes. None in a database that no build
    began."""
    names = sorted({*model.reads, ALWAYS})
    try:
        asked = "select table_name, rows_hash from private.made where table_name in ? order by all"
        found = con.execute(asked, [names]).fetchall()
    except duckdb.CatalogException:
        return None
    if len(found) != len(names):
        return None
    rules = digest([code_version("schemas", "warehouse"), library_versions(*LIBRARIES), dict(model.queries)])
    return json.dumps({"rules": rules, "tables": dict(found)})


def take(con: duckdb.DuckDBPyConnection, model: Model, ingredients: str | None) -> bool:
    """Take the model's table from the last build; whether it was there and made of the same."""
    if ingredients is None or not _attach_last(con):
        return False
    try:
        asked = "select made_of, rows_hash from last.private.made where table_name = ?"
        found = con.execute(asked, [model.table]).fetchall()
        if not found or not _are_alike(con, model, found[0][0], ingredients):
            return False
        con.execute(f"create or replace table {model.table} as select * from last.{model.table}")
    except (duckdb.Error, ValueError, TypeError, KeyError):  # damaged, or of another shape: it is made anew
        return False
    if found[0][1] != rows_hash_of(con, model.table):
        return False
    _note(con, model.table, ingredients, found[0][1])
    return True


def _are_alike(con: duckdb.DuckDBPyConnection, model: Model, last: str, now: str) -> bool:
    """Whether what goes into the table is what went in: where rows of a table of a model differ, in the columns that are read of it."""
    if last == now:
        return True
    before, after = json.loads(last), json.loads(now)
    if before["rules"] != after["rules"]:
        return False
    words = set(re.findall(r"\w+", model.words))
    for table, rows in after["tables"].items():
        if rows == before["tables"][table]:
            continue
        # A hash begins with the number of rows. What was staged is no table of the last build.
        if rows.split()[0] != before["tables"][table].split()[0] or table.split(".")[0] not in LAYERS:
            return False
        read = [name for name in columns_of(table) if name in words]
        if rows_hash_of(con, table, read) != rows_hash_of(con, f"last.{table}", read):
            return False
    return True


def note(con: duckdb.DuckDBPyConnection, model: Model, ingredients: str | None) -> None:
    """Note of what a table was made, and its rows."""
    if ingredients is not None:
        _note(con, model.table, ingredients, rows_hash_of(con, model.table))


def _attach_last(con: duckdb.DuckDBPyConnection) -> bool:
    known = dict(con.execute("select database_name, path from duckdb_databases()").fetchall())
    if "last" in known:
        return True
    [(own,)] = con.execute("select current_database()").fetchall()
    last = last_of(Path(known[own])) if known[own] else None
    if last is None or not last.exists():
        return False
    try:
        con.execute(f"attach '{quoted(last)}' as last (read_only)")
    except duckdb.Error:
        return False
    return True


def rows_hash_of(con: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str] = ("*",)) -> str:
    """The same for the same rows in any order, in some of the columns."""
    rows = f"(select {', '.join(columns) or '1'} from {table})"
    [row] = con.execute(f"select count(*), sum(hash(t)), bit_xor(hash(t)) from {rows} as t").fetchall()
    return " ".join(map(str, row))


def _note(con: duckdb.DuckDBPyConnection, table: str, made_of: str, rows_hash: str) -> None:
    con.execute("delete from private.made where table_name = ?", [table])
    con.execute("insert into private.made values (?, ?, ?)", [table, made_of, rows_hash])
