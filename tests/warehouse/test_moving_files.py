"""Files that come or change while a run reads: the run publishes what it staged, under the name of that, and the rest belongs
to the next run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.building.inputs import begin_build, build_id
from warehouse.database import connect
from warehouse.delivery.landing import Delivery, Landing, scan
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes, changed_months
from warehouse.store import Store
from warehouse.upkeep.forget import forget_person

from ..conftest import DAY

ANI, BUDI, CICI = "198503152010012001", "199001012024211002", "198001012005011003"
HEAD = "class_id,session_no,employee_id,status\n"
FILE, OTHER = "attendance/2026-10/a.csv", "attendance/2026-09/b.csv"
FIRST = HEAD + "".join(f"A,{session},{who},H\n" for session in (1, 2) for who in (ANI, BUDI, CICI))
CORRECTED = HEAD + f"A,1,{ANI},S\n"
AGAIN = HEAD + f"A,1,{ANI},S\nA,2,{BUDI},H\n"
ROWS = (
    "select delivery_month, source_file, class_id, session_no, employee_id, status from staging.attendance order by all"
)
FILES = "select source, folder, file_name, sha256, status, reason_code, n_accepted from ops.delivery order by all"
Made = tuple[str, list[tuple[object, ...]], list[tuple[object, ...]]]


def put(store: Store, text: str, name: str = FILE) -> Path:
    path = store.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def a_city(home: Path, text: str) -> Store:
    """A store with three files, as they are delivered."""
    store = Store(home)
    store.write_sample_key(7)
    put(store, text)
    put(store, HEAD + f"B,1,{CICI},H\n", OTHER)
    put(store, "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n", "units/2026-10/u.csv")
    return store


def run(store: Store, after: Callable[[str], object] = lambda step: None) -> Made:
    """The steps of a run up to what is to be published: its name, its rows, its files. `after` is called between them."""
    landing = scan(store, DAY)
    after("looked")
    for source in ("attendance", "units"):
        recipes = Recipes(store, landing)
        for month in changed_months(store, landing).get(source, []):
            read_month(store, recipes.of(source, month))
            after(f"read {source} {month}")
    store.build.unlink(missing_ok=True)
    store.build.parent.mkdir(parents=True, exist_ok=True)
    with connect(store.build) as con:
        begin_build(con, store, DAY, landing)
        after("begun")
        [(name,)] = con.execute("select build_id from ops.build").fetchall()
        return name, con.execute(ROWS).fetchall(), con.execute(FILES).fetchall()


def waits(store: Store, name: str) -> bool:
    """Whether another run is wanted when the version of this name is published."""
    landing = scan(store, DAY)
    return bool(changed_months(store, landing)) or build_id(store, DAY, landing) != name


def test_a_run_that_nothing_disturbs_leaves_nothing_to_do(tmp_path: Path) -> None:
    store = a_city(tmp_path / "data", FIRST)
    assert not waits(store, run(store)[0])
    put(store, CORRECTED)
    assert waits(store, "20261124-whatever")
    assert run(store) == run(a_city(tmp_path / "scratch", CORRECTED))


BOUNDARIES = {
    "looked": FIRST,  # not read yet: the month stays as it was
    "read attendance 2026-10": CORRECTED,
    "read units 2026-10": CORRECTED,
    "begun": CORRECTED,
}
"""Step after which a file is corrected once more → what the run has read of it."""


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("change", [lambda store: put(store, AGAIN), lambda store: (store.landing / FILE).unlink()])
def test_a_file_that_is_corrected_or_withdrawn_while_a_run_reads_belongs_to_the_next(
    tmp_path: Path, boundary: str, change: Callable[[Store], object]
) -> None:
    store = a_city(tmp_path / "data", FIRST)
    run(store)
    put(store, CORRECTED)
    put(store, "unit_code,unit_name,parent_unit_code,unit_type\nY,Dinas Y,,dinas\n", "units/2026-10/u.csv")
    expected = a_city(tmp_path / "expected", BOUNDARIES[boundary])
    put(expected, (store.landing / "units/2026-10/u.csv").read_text(), "units/2026-10/u.csv")
    made = run(store, lambda step: change(store) if step == boundary else None)
    assert made == run(expected), "the name is that of the rows"
    assert waits(store, made[0])

    scratch = Store(tmp_path / "scratch")
    scratch.write_sample_key(7)
    for path in store.landing.rglob("*.csv"):
        put(scratch, path.read_text(), str(path.relative_to(store.landing)))
    last = run(store)
    assert last == run(scratch)
    assert not waits(store, last[0])


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_file_that_comes_while_a_run_reads_belongs_to_the_next(tmp_path: Path, boundary: str) -> None:
    store = a_city(tmp_path / "data", FIRST)
    new = "attendance/2026-08/c.csv"
    made = run(store, lambda step: put(store, HEAD + f"C,1,{ANI},H\n", new) if step == boundary else None)
    assert made == run(a_city(tmp_path / "expected", FIRST))
    assert waits(store, made[0])
    name, rows, _ = run(store)
    assert ("C", 1) in {row[2:4] for row in rows}
    assert not waits(store, name)


def test_where_nothing_was_read_before_the_file_that_moves_is_held_by_name_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    store = a_city(tmp_path / "data", FIRST)
    put(store, HEAD + f"D,1,{BUDI},H\n", "attendance/2026-10/d.csv")
    name, rows, files = run(store, lambda step: put(store, AGAIN) if step == "looked" else None)
    assert {row[2] for row in rows} == {"B", "D"}
    assert ("a.csv", "held", "FILE_CHANGING", 0) in {(row[2], *row[4:]) for row in files}
    assert waits(store, name)
    name, rows, _ = run(store)
    assert {row[2] for row in rows} == {"A", "B", "D"}
    assert not waits(store, name)


def test_a_month_that_other_rules_have_read_does_not_stand_beside_those_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its columns may be others: what was read by the code before an upgrade is not kept."""
    store = a_city(tmp_path / "data", FIRST)
    run(store)
    monkeypatch.setattr("warehouse.staging.recipe.code_version", lambda *rooms: "mended")
    _, rows, files = run(store, lambda step: put(store, AGAIN) if step == "looked" else None)
    assert {row[2] for row in rows} == {"B"}
    assert "FILE_CHANGING" in {row[5] for row in files}


def test_whoever_is_forgotten_is_taken_out_also_of_a_month_whose_file_moves_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_city(tmp_path / "data", FIRST)
    run(store)
    monkeypatch.setattr(Delivery, "is_as_seen", property(lambda delivery: delivery.file_name != FILE))
    forgotten = forget_person(store, CICI)
    assert forgotten.n_rows > 0
    for path in (store.staging / "attendance").glob("*.parquet"):
        assert forgotten.pseudonym not in set(pl.read_parquet(path)["employee_id"])


def test_a_file_that_is_read_no_longer_is_told_as_it_was_staged(tmp_path: Path) -> None:
    """A run over other months leaves the month alone: its rows are still in, and the name says so."""
    store = a_city(tmp_path / "data", FIRST)
    before = run(store)
    put(store, "no,such,columns\n1,2,3\n")
    landing = scan(store, DAY)
    assert [problem.file_name for problem in landing.problems] == [FILE]
    assert build_id(store, DAY, landing) == before[0]
    assert waits(store, before[0])


def test_a_month_without_its_manifest_was_not_read_to_its_end(tmp_path: Path) -> None:
    store = a_city(tmp_path / "data", FIRST)
    run(store)
    (store.staging / "attendance/2026-10.json").unlink()
    store.build.unlink()
    with connect(store.build) as con:
        begin_build(con, store, DAY, Landing({}, []))
        assert {row[2] for row in con.execute(ROWS).fetchall()} == {"B"}


def test_a_past_day_is_replayed_once_and_leaves_later_months_staged(tmp_path: Path) -> None:
    store = a_city(tmp_path / "data", FIRST)
    run(store)
    then = scan(store, dt.date(2026, 9, 30))
    assert changed_months(store, then) == {}
    with connect(":memory:") as con:
        begin_build(con, store, dt.date(2026, 9, 30), then)
        assert {row[2] for row in con.execute(ROWS).fetchall()} == {"B"}


def test_another_version_of_a_library_makes_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_city(tmp_path / "data", FIRST)
    name, *_ = run(store)
    monkeypatch.setattr("warehouse.building.inputs.library_versions", lambda *names: {"duckdb": "9"})
    assert waits(store, name)
