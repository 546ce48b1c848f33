"""How fresh each source is at the moment of publication: `ops.freshness`.

When a file arrived and which night failed are not of the build, so equal builds may differ here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from schemas.column import POLARS_TYPES
from schemas.ops import OPS
from schemas.sources import SOURCES
from warehouse.auditing.integrity import Verdict
from warehouse.building.inputs import write_table
from warehouse.building.models import models
from warehouse.database import rows_of
from warehouse.publishing.history import add_failure, local
from warehouse.store import Store, read_json, write_json


def note_failure(store: Store, moment: dt.datetime, steps: Mapping[str, str]) -> None:
    """Keep when the last night failed, and by which steps, for the next version to say."""
    add_failure(store, moment, steps)
    write_json(store.last_failure, {"at": moment.isoformat(timespec="seconds"), "steps": dict(steps)})


def write_freshness(
    con: duckdb.DuckDBPyConnection, store: Store, verdicts: Sequence[Verdict], moment: dt.datetime
) -> None:
    """Write `ops.freshness` into the copy that `con` has open: one row per source, delivered or not."""
    windows = {
        row["source"]: row for row in rows_of(con, "select * from marts.observation_window where opd_code = 'semua'")
    }
    files = rows_of(
        con,
        "select d.source, d.status, d.n_accepted, f.arrived from ops.delivery as d "
        "left join (select shown, max(arrived) as arrived from staging.shown_file group by shown) as f "
        "on f.shown = concat(d.folder, '/', d.file_name)",
    )
    failed = read_json(store.last_failure)
    rows = []
    for source in SOURCES:
        own = [file for file in files if file["source"] == source]
        arrived = [file["arrived"] for file in own if file["n_accepted"] > 0 and file["arrived"]]
        rows.append(
            {
                "source": source,
                "first_month": windows[source]["first_month"] if source in windows else None,
                "data_through": windows[source]["data_through"] if source in windows else None,
                # The change time, which no sender can set.
                "delivered_at": local(store, dt.datetime.fromtimestamp(max(arrived) / 1e9, dt.UTC))
                if arrived
                else None,
                "published_at": local(store, moment),
                "last_failed_at": local(store, dt.datetime.fromisoformat(failed["at"])) if failed else None,
                "n_files_held": sum(file["status"] == "held" for file in own),
                "n_files_refused": sum(file["status"] == "refused" for file in own),
                "n_warnings": sum(not verdict.passed and _is_about(verdict, source) for verdict in verdicts),
            }
        )
    schema = {column.name: POLARS_TYPES[column.type] for column in OPS["freshness"].columns}
    write_table(con, "ops.freshness", pl.DataFrame(rows, schema=schema))


def _is_about(verdict: Verdict, source: str) -> bool:
    """Whether a verdict is on a table that is made of the source's rows, or names the source."""
    model = models().get(verdict.table_name)
    made_of_it = model is not None and f"staging.{source}" in model.reads
    return made_of_it or re.search(rf"\bsource {source}\b", verdict.actual) is not None
