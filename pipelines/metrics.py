"""Figures for Prometheus, as a file that node exporter's textfile collector reads: `diklat.prom`. Nothing in it is about a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipelines.refresh import Look, look, today
from warehouse.database import open_version
from warehouse.national.agencies import known
from warehouse.store import Store, atomic, read_json

MEANINGS = {
    "heartbeat_timestamp_seconds": "When the program last looked at itself.",
    "published_timestamp_seconds": "When the published version was made.",
    "published_as_of_timestamp_seconds": "Midnight (UTC) of the day as of which it is.",
    "published_rows": "Rows of all its tables.",
    "run_duration_seconds": "How long the run took that made it.",
    "files": "Delivered files by what became of them.",
    "agencies": "Agencies of a nation by what is known of their versions.",
    "audits_failed": "Audits that did not pass, by severity.",
    "months_waiting": "Delivered months that wait to be read.",
    "is_undone": "1 where something delivered is not published.",
    "is_held": "1 while publication is held.",
}
"""Figure, without its prefix → what it is. All are gauges."""


def write(store: Store, folder: str, now: dt.datetime, seen: Look | None = None) -> None:
    """Write the figures into a folder; without one, nothing."""
    if not folder:
        return
    lines: list[str] = []
    for name, labels, value in _figures(store, now, seen or look(store)):
        full = f"diklat_{name}"
        if f"# TYPE {full} gauge" not in lines:
            lines += [f"# HELP {full} {MEANINGS[name]}", f"# TYPE {full} gauge"]
        lines.append(f"{full}{labels} {value:g}" if abs(value) < 1e6 else f"{full}{labels} {value:.0f}")
    with atomic(Path(folder) / "diklat.prom") as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        temporary.chmod(0o644)


def _figures(store: Store, now: dt.datetime, seen: Look) -> Iterator[tuple[str, str, float]]:
    """(name, labels, value), the values of one name one after the other."""
    yield "heartbeat_timestamp_seconds", "", now.timestamp()
    pending = seen(today(store.city))
    yield "months_waiting", "", sum(len(months) for months in pending.months.values())
    yield "is_undone", "", bool(pending)
    yield "is_held", "", bool(store.hold)
    manifest = read_json(store.current / "manifest.json")
    if manifest is None:
        return
    yield "published_timestamp_seconds", "", dt.datetime.fromisoformat(manifest["created_at"]).timestamp()
    as_of = dt.datetime.fromisoformat(manifest["as_of"]).replace(tzinfo=dt.UTC)
    yield "published_as_of_timestamp_seconds", "", as_of.timestamp()
    yield "published_rows", "", sum(manifest["rows"].values())
    if store.is_national:
        for state, n in sorted(Counter(one.state for one in known(store, today(store.city))).items()):
            yield "agencies", f'{{state="{state}"}}', n
        return
    with open_version(store.current, "ops.*") as con:
        [(seconds,)] = con.execute("select arg_max(duration_seconds, ended_at) from ops.run_history").fetchall() or [
            (None,)
        ]
        if seconds is not None:
            yield "run_duration_seconds", "", seconds
        for status, n in con.execute("select status, count(*) from ops.delivery group by all order by all").fetchall():
            yield "files", f'{{status="{status}"}}', n
        for severity, n in con.execute(
            "select severity, count(*) filter (not passed) from ops.audit_result group by all order by all"
        ).fetchall():
            yield "audits_failed", f'{{severity="{severity}"}}', n
