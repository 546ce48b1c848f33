"""What did not change is not made again, and what is taken from the last build is what would be made."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests import conftest
from tests.conftest import DAY, copied, published_city, sample_city, table_hashes
from warehouse.building import build
from warehouse.building.models import Model, models
from warehouse.building.unchanged import begin_anew, last_of
from warehouse.database import connect
from warehouse.store import Store

ALL = set(models())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city, whose build lies there."""
    return published_city(tmp_path_factory, 300, 3)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The tables that were made and not taken."""
    names: set[str] = set()
    make = build.make_table

    def noted(con: Any, model: Model, engine: Any) -> None:
        names.add(model.table)
        make(con, model, engine)

    monkeypatch.setattr(build, "make_table", noted)
    return names


def correct(store: Store) -> None:
    """The last presence of the last month is taken back."""
    path = store.landing / "attendance" / "2026-10" / "daftar_hadir.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def from_scratch(store: Store, home: Path) -> dict[str, str]:
    """The rows that a store gives in which nothing was ever built."""
    other = copied(store, home)
    other.build.unlink()
    conftest.build(other)
    return table_hashes(other, other.build)


def test_nothing_is_made_again_where_nothing_changed(copy: Store, made: set[str]) -> None:
    before = table_hashes(copy, copy.build)
    conftest.refresh(copy)
    assert made == set()
    assert table_hashes(copy, copy.build) == before
    assert not last_of(copy.build).exists()


def test_a_change_costs_what_hangs_on_it(copy: Store, made: set[str], tmp_path: Path) -> None:
    correct(copy)
    conftest.build(copy)
    assert {"core.fact_attendance", "core.fact_enrolment", "marts.class_scorecard"} <= made
    # They do not read it, or what they read of it has the same rows: somebody was there less often, and was there.
    assert made.isdisjoint(
        {"core.fact_survey_response", "marts.learning_gain", "marts.curriculum_flag", "marts.performance_effect"}
    )
    assert table_hashes(copy, copy.build) == from_scratch(copy, tmp_path / "scratch")


def test_another_day_makes_what_reads_the_day(copy: Store, made: set[str]) -> None:
    conftest.build(copy, DAY + dt.timedelta(days=1))
    assert {table for table in ALL if "ops.run" in models()[table].reads} <= made
    assert "marts.learning_gain" not in made


def test_a_name_that_becomes_known_leaves_what_was_made_before(copy: Store, made: set[str]) -> None:
    """What is shown of senders' words hangs on who is known, which no staged month tells."""
    with connect(copy.build) as con:
        [(title,)] = con.execute(
            "select min(module_name) from core.dim_session where module_name like '% %'"
        ).fetchall()
    name = " ".join(title.split()[:2])
    identity = copy.restricted / "identity" / "2026-10.parquet"
    people = pl.read_parquet(identity)
    pl.concat([people, people[:1].with_columns(pl.lit(name).alias("full_name"))]).write_parquet(identity)
    conftest.build(copy)
    assert "core.dim_session" in made
    assert "core.fact_performance" not in made
    with connect(copy.build) as con:
        [(n,)] = con.execute("select count(*) from core.dim_session where module_name = ?", [title]).fetchall()
    assert n == 0


@pytest.mark.parametrize("what", ["code", "policy"])
def test_other_code_and_another_policy_make_everything(
    copy: Store, made: set[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "code":
        monkeypatch.setattr("warehouse.building.unchanged.code_version", lambda *rooms: "another")
    else:
        (copy.home / "policy.csv").write_text(
            "policy,value,unit,owner,source,valid_from,version\nminimum_cell_size,6,people,BKPSDM,SK 1,2026-01-01,1\n"
        )
    conftest.build(copy)
    assert made == ALL


def written_into(path: Path) -> None:
    """Somebody changed a number."""
    with connect(path) as con:
        con.execute("update marts.learning_gain set hedges_g = 9 where rowid = 0")


def flipped(path: Path) -> None:
    """A bit in each of many places."""
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 8, len(content), len(content) // 64):
        content[at] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Two thirds of it."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def emptied(path: Path) -> None:
    """Nothing of it."""
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [written_into, flipped, cut, emptied])
def test_a_last_build_that_is_not_what_was_noted_gives_no_row(
    copy: Store, made: set[str], damage: Callable[[Path], None]
) -> None:
    before = table_hashes(copy, copy.build)
    damage(copy.build)
    conftest.build(copy)
    assert table_hashes(copy, copy.build) == before
    assert "marts.learning_gain" in made


def test_a_build_that_was_not_closed_is_not_taken_from(copy: Store, made: set[str]) -> None:
    copy.build.with_name(copy.build.name + ".wal").write_bytes(b"a log")
    begin_anew(copy)
    assert not list(copy.build.parent.glob("*.duckdb*"))
    conftest.build(copy)
    assert made == ALL


def live(store: Store, chance: random.Random, away: Path) -> None:
    """What offices do on one day with the lists that they keep as CSV: some rows less, a list taken back, one brought again, one sent twice, or nothing."""
    files = sorted(store.landing.glob("*/*/*.csv"))
    path, gone = chance.choice(files), sorted(away.glob("*/*/*.csv"))
    kind = chance.choice(("fewer rows", "fewer rows", "taken back", "brought again", "sent twice", "nothing"))
    if kind == "fewer rows":
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        del lines[max(1, len(lines) - chance.randint(1, 3)) :]
        path.write_text("".join(lines), encoding="utf-8")
    elif kind == "taken back" and len(files) > 1:
        target = away / path.relative_to(store.landing)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    elif kind == "brought again" and gone:
        (back := chance.choice(gone)).rename(store.landing / back.relative_to(away))
    elif kind == "sent twice":
        path.with_name(f"salinan {path.name}").write_bytes(path.read_bytes())


def test_after_many_nights_every_table_is_that_of_the_deliveries(tmp_path: Path) -> None:
    """Thirty changes of chance in ten nights, one build taken from the other, and the last deliveries at once."""
    store, chance = sample_city(Store(tmp_path / "data"), employees=200, months=3), random.Random(30)
    for night in range(10):
        conftest.build(store, DAY + dt.timedelta(days=night // 3))
        for _ in range(3):
            live(store, chance, tmp_path / "away")
    conftest.build(store, DAY + dt.timedelta(days=3))
    at_once = Store(tmp_path / "at once")
    shutil.copytree(store.landing, at_once.landing)
    at_once.write_sample_key(2026)
    conftest.build(at_once, DAY + dt.timedelta(days=3))
    assert table_hashes(store, store.build) == table_hashes(at_once, at_once.build)
