"""`ops.freshness`: how far each source's data goes, when it came, and what is not as it should be."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from schemas.sources import SOURCES
from warehouse.auditing.integrity import Verdict
from warehouse.building.inputs import begin_build
from warehouse.database import connect, open_version, rows_of
from warehouse.delivery.landing import Landing, arrival
from warehouse.publishing.freshness import note_failure, write_freshness
from warehouse.store import Store, read_json, write_json

from ..conftest import DAY, copied, published_city

MOMENT = dt.datetime(2026, 11, 24, 18, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published city of one's own."""
    return copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("freshness") / "data")


def fresh(city: Store, verdicts: list[Verdict] | None = None) -> dict[str, dict[str, Any]]:
    """Source → its row, written anew into the build."""
    with connect(city.build) as con:
        write_freshness(con, city, verdicts or [], MOMENT)
        return {row["source"]: row for row in rows_of(con, "select * from ops.freshness")}


def test_every_source_is_named_delivered_or_not(city: Store) -> None:
    with open_version(city.current) as con:
        rows = {row["source"]: row for row in rows_of(con, "select * from ops.freshness")}
        [(last,)] = con.execute("select max(period_end) from core.fact_performance").fetchall()
        held = con.execute("select source, count(*) from ops.delivery where status = 'held' group by all").fetchall()
    assert set(rows) == set(SOURCES)
    assert rows["performance"]["data_through"] == last
    assert all(row["data_through"] <= DAY for row in rows.values() if row["data_through"])
    assert {source: row["n_files_held"] for source, row in rows.items() if row["n_files_held"]} == dict(held)
    assert (rows["follow_ups"]["data_through"] is None) == (rows["follow_ups"]["delivered_at"] is None)


def test_times_are_the_citys_and_a_failed_night_is_told(city: Store) -> None:
    index = read_json(city.landing_index) or {}
    came = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)
    for name, entry in index.items():
        if name.startswith("attendance/"):
            entry["stamp"][2] = int(came.timestamp() * 1e9)
    write_json(city.landing_index, index)
    with connect(city.build) as con:
        begin_build(con, city, DAY, Landing({}, []))
    assert fresh(city)["attendance"]["last_failed_at"] is None
    note_failure(city, MOMENT - dt.timedelta(hours=1), {"core__dim_class": "no space"})
    row = fresh(city)["attendance"]
    assert str(row["delivered_at"]) == "2026-11-21 03:00:00"
    assert str(row["published_at"]) == "2026-11-25 01:30:00"
    assert str(row["last_failed_at"]) == "2026-11-25 00:30:00"


def test_a_member_of_an_archive_came_when_the_archive_did() -> None:
    """It is unpacked again where that was lost, by a night long after."""
    index = {
        "attendance/2026-11/a.zip": {"stamp": [1, 1, 7, 1]},
        "attendance/2026-11/a.zip/hadir.csv": {"stamp": [1, 1, 9, 1]},
    }
    assert arrival(index, "attendance/2026-11/a.zip/hadir.csv") == 7
    assert arrival(index, "attendance/2026-11/b.csv") is None


def test_warnings_count_where_they_belong(city: Store) -> None:
    def verdict(table: str, actual: str, passed: bool = False) -> Verdict:
        return Verdict("a", table, "", "warning", passed, "", actual, "", "")

    verdicts = [
        verdict("core.fact_attendance", "3 rows"),
        verdict("core.fact_attendance", "0 rows", passed=True),
        verdict("ops.delivery", "1 of 15: months_silent 3 source projects last_month 2026-08-01"),
        verdict("marts.reaction", "nobody's own"),
    ]
    rows = fresh(city, verdicts)
    assert {source: row["n_warnings"] for source, row in rows.items() if row["n_warnings"]} == {
        "attendance": 1,
        "projects": 1,
    }


def test_it_is_in_both_files_and_as_parquet(city: Store) -> None:
    for name in ("warehouse.duckdb", "dashboards.duckdb"):
        with connect(Path(os.path.realpath(city.current)) / name, read_only=True) as con:
            assert con.execute("select count(*) from ops.freshness").fetchall() == [(len(SOURCES),)]
    assert (city.current / "parquet" / "ops" / "freshness.parquet").exists()
