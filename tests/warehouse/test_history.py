"""`ops.run_history` and `ops.audit_history`: what nights were like stays when versions go."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from warehouse.auditing.integrity import Verdict
from warehouse.database import connect, open_version, rows_of
from warehouse.publishing.freshness import note_failure
from warehouse.publishing.history import KEPT_DAYS, add_night, write_history
from warehouse.store import Store

from ..conftest import copied, published_city

MOMENT = dt.datetime(2026, 11, 24, 18, 30, tzinfo=dt.UTC)
GOOD = Verdict("integrity: grain", "core.dim_class", "", "error", True, "", "", "", "")
BAD = Verdict("integrity: grain", "core.dim_unit", "", "error", False, "", "", "", "")


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Store:
    """A published city of one's own, of whose nights nothing is kept."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path / "data")
    shutil.rmtree(store.history)
    return store


def nights(city: Store, table: str = "run_history") -> list[dict[str, Any]]:
    """The rows of a table as the next version would have them."""
    with connect(city.build) as con:
        write_history(con, city)
        return rows_of(con, f"select * from ops.{table} order by all")


def night(city: Store, moment: dt.datetime, *verdicts: Verdict) -> None:
    with connect(city.build) as con:
        add_night(con, city, verdicts, moment, moment - dt.timedelta(minutes=2))


def test_a_version_tells_of_its_own_night(city: Store) -> None:
    with open_version(city.current) as con:
        [row] = rows_of(con, "select * from ops.run_history")
        [(build_id, n_read)] = con.execute(
            "select (select build_id from ops.build), (select sum(n_read) from ops.delivery)"
        ).fetchall()
        looked_at = con.execute("select sum(n_looked_at) from ops.audit_history").fetchall()
        assert looked_at == con.execute("select count(*) from ops.audit_result").fetchall()
    assert (row["ended_as"], row["build_id"], row["n_read"]) == ("published", build_id, n_read)
    assert row["n_rows"] > 1000


def test_nights_are_kept_with_their_duration_and_verdicts(city: Store) -> None:
    night(city, MOMENT, GOOD, BAD)
    [last] = nights(city)
    assert (str(last["ended_at"]), last["duration_seconds"], last["n_warnings"]) == ("2026-11-25 01:30:00", 120, 1)
    [audit] = nights(city, "audit_history")
    assert (audit["audit"], audit["n_looked_at"], audit["n_failed"]) == ("integrity: grain", 2, 1)
    assert (audit["severity"], audit["tables"]) == ("error", "core.dim_unit")


def test_a_failed_night_is_one_row_however_often_it_is_noted(city: Store) -> None:
    for minutes in (0, 1, 2):
        note_failure(city, MOMENT + dt.timedelta(minutes=minutes), {"core__dim_class": "no space"})
    note_failure(city, MOMENT + dt.timedelta(days=1), {"core__dim_class": "no space"})
    failed = [row for row in nights(city) if row["ended_as"] == "failed"]
    assert [(row["failed_steps"], row["build_id"]) for row in failed] == [("core__dim_class", None)] * 2


def test_what_is_older_than_a_year_and_a_bit_goes(city: Store) -> None:
    night(city, MOMENT)
    night(city, MOMENT + dt.timedelta(days=KEPT_DAYS + 1))
    assert [row["ended_at"].year for row in nights(city)] == [2027]


def test_flags_are_kept_as_the_last_version_of_a_month_had_them(city: Store) -> None:
    with connect(city.build) as con:
        [(flag, as_of)] = con.execute(
            "select min(flag_id), any_value(as_of) from marts.curriculum_flag, ops.build"
        ).fetchall()
        for state, day in (("HIJAU", as_of), ("MERAH", as_of), ("KUNING", as_of + dt.timedelta(days=31))):
            con.execute("update marts.curriculum_flag set state = ? where flag_id = ?", [state, flag])
            con.execute("update ops.build set as_of = ?", [day])
            add_night(con, city, [], MOMENT + (day - as_of), None)
        con.execute("update ops.build set as_of = ?", [as_of])
    kept = [row for row in nights(city, "flag_history") if row["flag_id"] == flag]
    assert [(str(row["month_start"]), row["state"]) for row in kept] == [
        ("2026-11-01", "MERAH"),
        ("2026-12-01", "KUNING"),
    ]
    with connect(city.build) as con:
        add_night(con, city, [], MOMENT + dt.timedelta(days=6 * 366), None)
    assert len({row["ended_at"].year for row in nights(city, "flag_history")}) == 1, "older than five years is gone"
