"""What nights were like: `ops.run_history` and `ops.audit_history`, and what the flags of each month were (`ops.flag_history`), kept beside the versions, which are pure, and written into each.

A night that made a version adds its row and its audits' verdicts at publication; one that failed adds its row when its failure is noted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from schemas.column import POLARS_TYPES
from schemas.ops import OPS
from warehouse.auditing.integrity import Verdict
from warehouse.building.inputs import write_table
from warehouse.store import Store, atomic

RUNS, AUDITS, FLAGS = "run_history", "audit_history", "flag_history"
KEPT_DAYS = 400
"""Days for which nights are kept: a year, and what it is compared with."""
KEPT_MONTHS_DAYS = 5 * 366
"""Days for which the flags of a month are kept: five years, as long as a curriculum lives."""


def add_night(
    con: duckdb.DuckDBPyConnection,
    store: Store,
    verdicts: Sequence[Verdict],
    moment: dt.datetime,
    begun: dt.datetime | None,
) -> None:
    """Keep the night that made the build which `con` has open; `begun` is when its run began, where that is known."""
    at = local(store, moment)
    [(build_id, as_of)] = con.execute("select build_id, as_of from ops.build").fetchall()
    [(n_files, n_read, n_refused)] = con.execute(
        "select count(*), coalesce(sum(n_read), 0), coalesce(sum(n_refused), 0) from ops.delivery"
    ).fetchall()
    [(n_rows,)] = con.execute(
        "select coalesce(sum(estimated_size), 0) from duckdb_tables() where schema_name in ('core', 'marts')"
    ).fetchall()
    failed = [verdict for verdict in verdicts if not verdict.passed]
    night = {
        "ended_at": at,
        "ended_as": "held" if store.hold else "published",
        "as_of": as_of,
        "build_id": build_id,
        "duration_seconds": (moment - begun).total_seconds() if begun else None,
        "n_rows": n_rows,
        "n_files": n_files,
        "n_read": n_read,
        "n_refused": n_refused,
        "n_warnings": len(failed),
        "failed_steps": "",
    }
    _add(store, RUNS, [night], at)
    audits: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        audits.setdefault(verdict.audit, []).append(verdict)
    _add(store, AUDITS, [_of_audit(at, audit, own) for audit, own in sorted(audits.items())], at)
    flags = con.execute("select flag_id, state, status, p_above from marts.curriculum_flag order by flag_id")
    month = {"month_start": as_of.replace(day=1), "ended_at": at, "build_id": build_id}
    names = ("flag_id", "state", "status", "p_above")
    _add(store, FLAGS, [month | dict(zip(names, flag, strict=True)) for flag in flags.fetchall()], at, KEPT_MONTHS_DAYS)


def _of_audit(at: dt.datetime, audit: str, own: Sequence[Verdict]) -> dict[str, Any]:
    failed = [verdict for verdict in own if not verdict.passed]
    return {
        "ended_at": at,
        "audit": audit,
        "n_looked_at": len(own),
        "n_failed": len(failed),
        "severity": min((verdict.severity for verdict in failed), default=""),
        "tables": " ".join(sorted({verdict.table_name for verdict in failed})),
    }


def add_failure(store: Store, moment: dt.datetime, steps: Mapping[str, str]) -> None:
    """Keep that a night failed, and at which steps; the same failure of one day is one row."""
    at, names = local(store, moment), " ".join(sorted(steps))
    night = {"ended_at": at, "ended_as": "failed", "failed_steps": names}
    same = (pl.col("failed_steps") == names) & (pl.col("ended_at").dt.date() == at.date())
    if _kept(store, RUNS).filter(same).is_empty():
        _add(store, RUNS, [night], at)


def write_history(con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Write the tables into the file that `con` has open: the nights up to now."""
    for name in (RUNS, AUDITS, FLAGS):
        write_table(con, f"ops.{name}", _kept(store, name))


def local(store: Store, moment: dt.datetime) -> dt.datetime:
    """The city's own clock, without a zone, as all times of the warehouse."""
    return moment.astimezone(ZoneInfo(store.city.timezone)).replace(tzinfo=None, microsecond=0)


def _add(store: Store, name: str, rows: Sequence[Mapping[str, Any]], at: dt.datetime, days: int = KEPT_DAYS) -> None:
    kept = _kept(store, name)
    new = pl.DataFrame([{column: row.get(column) for column in kept.columns} for row in rows], schema=kept.schema)
    key = list(OPS[name].key)
    nights = pl.concat([kept, new]).filter(pl.col("ended_at") > at - dt.timedelta(days=days))
    with atomic(_path(store, name)) as temporary:
        nights.unique(key, keep="last").sort(key).write_parquet(temporary)


def _kept(store: Store, name: str) -> pl.DataFrame:
    """The nights that are known, in the columns of their contract; a column that an older program did not keep is empty."""
    schema = {column.name: POLARS_TYPES[column.type] for column in OPS[name].columns}
    path = _path(store, name)
    rows = pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=schema)
    return rows.select(
        pl.col(column).cast(kind) if column in rows.columns else pl.lit(None, kind).alias(column)
        for column, kind in schema.items()
    )


def _path(store: Store, name: str) -> Path:
    return store.history / f"{name}.parquet"
