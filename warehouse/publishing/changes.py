"""The plan of a publication: what the build changes against the published version, before the pointer moves.

It is written beside the build (`plan.json`) and kept with the version.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from schemas.said import Count, said
from warehouse.database import show_version
from warehouse.store import read_json

LATER = ("audit_result", "freshness", "run_history", "audit_history", "flag_history", "code_list")
"""Tables of `ops` that are written after the plan, so they are no part of it."""
KINDS = {
    "columns": said("columns"),
    "rows": said("rows"),
    "replaced": said("replaced"),
    "index": said("index"),
    "flags": said("flags"),
    "claims": said("claims"),
}
"""What is compared, in the order in which it is told."""
SHOWN = 12
"""Lines of each kind that are shown to people; the file holds all."""
INDEX = """
    select aspect, round(sum(index_0_100 * n_respondents) / nullif(sum(case when index_0_100 is not null then n_respondents end), 0), 2)
    from {at}marts.reaction where instructor_id is null and n_respondents > 0 group by aspect
"""
FLAGS = "select flag_id, state || ', ' || status from {at}marts.curriculum_flag"
CLAIMS = """
    select program_code || ' ' || outcome, claim || ' ' || coalesce(cast(round(effect, 2) as varchar), 'unknown')
    from {at}marts.performance_effect
"""
COLUMNS = """
    select schema_name || '.' || table_name || '.' || column_name, data_type from duckdb_columns()
    where schema_name in ('core', 'marts', 'ops') and database_name = {database} and not internal
        and schema_name || '.' || table_name in {tables}
"""
"""Of the tables: the views of a version follow them, and are made after the plan."""


def plan(con: duckdb.DuckDBPyConnection, build_id: str, last: Path | None) -> dict[str, Any]:
    """Differences of rows, columns, indices, flags, claims, and of rows that later months replace by others: kind → list of
    `{item, before, after}`.

    `last` is the folder of the published version, or None. What the last version does not have is None. What it has in another shape is
    left out rather than guessed.
    """
    plan_of_build: dict[str, Any] = {"build_id": build_id, "against": None}
    own = con.execute("select current_database()").fetchall()[0][0]
    after_rows, before_rows = _rows(con, own), {}
    if last is not None:
        show_version(con, last, "published")
        manifest = read_json(last / "manifest.json") or {}
        plan_of_build["against"] = manifest["build_id"]
        before_rows = {table: rows for table, rows in manifest["rows"].items() if not table.endswith(LATER)}
    try:
        for kind, query in {"columns": COLUMNS, "index": INDEX, "flags": FLAGS, "claims": CLAIMS}.items():
            after = _read(con, query.format(at="", database=f"'{own}'", tables=tuple(after_rows)))
            before = (
                _read(con, query.format(at="published.", database="'published'", tables=tuple(before_rows)))
                if last is not None
                else {}
            )
            plan_of_build[kind] = _differences(before, after)
        plan_of_build["rows"] = _differences(before_rows, after_rows)
        plan_of_build["superseded"] = _superseded(con)
        earlier = (read_json(last / "plan.json") or {}) if last is not None else {}
        plan_of_build["replaced"] = _differences(earlier.get("superseded", {}), plan_of_build["superseded"])
    finally:
        if last is not None:
            con.execute("detach published")
    return plan_of_build


def _read(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    try:
        return dict(con.execute(query).fetchall())
    except (duckdb.CatalogException, duckdb.BinderException):
        return {}


def _superseded(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Source, month and file that replaces → rows of that month that say something else than those that count."""
    tables = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'staging' and table_name like 'superseded_%' order by all"
    ).fetchall()
    found: dict[str, int] = {}
    for (name,) in tables:
        found |= con.execute(
            f"select concat('{name.removeprefix('superseded_')} ', strftime(delivery_month, '%Y-%m'), ' by ', f.shown), "
            f"count(*) from staging.{name} left join staging.shown_file as f on by_file = f.address where is_other group by 1 order by 1"
        ).fetchall()
    return found


def _rows(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    tables = con.execute(
        "select schema_name || '.' || table_name as name from duckdb_tables() where database_name = ? "
        f"and schema_name in ('core', 'marts', 'ops') and table_name not in {LATER} order by all",
        [database],
    ).fetchall()
    return {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in tables}


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"item": item, "before": before.get(item), "after": after.get(item)}
        for item in sorted(before.keys() | after.keys())
        if before.get(item) != after.get(item)
    ]


def lines(plan_of_build: dict[str, Any]) -> list[str]:
    """The plan as lines for people: a first publication says so, otherwise what changed, kind by kind."""
    if plan_of_build["against"] is None:
        return [said("plan: first version, {n} tables", n=Count(len(plan_of_build["rows"])))]
    text: list[str] = [
        said("plan: {name} against {other}", name=plan_of_build["build_id"], other=plan_of_build["against"])
    ]
    for kind, word in KINDS.items():
        changed = plan_of_build[kind]
        for difference in changed[:SHOWN]:
            before, after = map(_value, (difference["before"], difference["after"]))
            text.append(
                said(
                    "  {kind}: {item}: {before} → {after}",
                    kind=word,
                    item=difference["item"],
                    before=before,
                    after=after,
                )
            )
        if len(changed) > SHOWN:
            text.append(said("  {kind}: … and {n} more in plan.json", kind=word, n=Count(len(changed) - SHOWN)))
    return text if len(text) > 1 else [*text, said("  nothing that people see changes")]


def _value(value: Any) -> Any:
    if value is None:
        return said("not there")
    return Count(value) if isinstance(value, int) else str(value)
