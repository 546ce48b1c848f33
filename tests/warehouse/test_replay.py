"""Flags are a function of the data up to the as-of date and of the policy in force on it, and of nothing else."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from schemas.policy import POLICY
from warehouse.database import connect
from warehouse.store import Store

from ..conftest import build, copied, published_city, table_hashes

THEN = dt.date(2026, 9, 30)
FLAGS = "select flag_id, state, cause, status, opened_on, q_value, rule_version from marts.curriculum_flag order by 1"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small city of three months, published."""
    return published_city(tmp_path_factory, 300, 3)


@pytest.fixture(scope="module")
def earlier(city: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same city as of a past month."""
    store = copied(city, tmp_path_factory.mktemp("earlier") / "data")
    build(store, THEN)
    return store


def until(month: str, city: Store, home: Path) -> Store:
    """A new store with the city's deliveries up to a month."""
    store = Store(home)
    for path in city.landing.rglob("*.*"):
        if path.parent.name <= month:
            target = store.landing / path.relative_to(city.landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    store.write_sample_key(2026)
    return store


def flags(store: Store) -> list[tuple[object, ...]]:
    with connect(store.build, read_only=True) as con:
        return con.execute(FLAGS).fetchall()


def rule_versions(store: Store) -> set[tuple[str, str]]:
    """Each rule that raised a flag, with its version: a row of the policy changes that of the rules that read it alone."""
    with connect(store.build, read_only=True) as con:
        return set(con.execute("select distinct rule, rule_version from marts.curriculum_flag").fetchall())


def test_a_past_month_is_replayed_as_it_was(city: Store, earlier: Store, tmp_path: Path) -> None:
    then = until(f"{THEN:%Y-%m}", city, tmp_path / "then")
    build(then, THEN)
    assert flags(earlier) == flags(then) != flags(city)
    assert table_hashes(earlier, earlier.build) == table_hashes(then, then.build)


def with_policy(store: Store, name: str, line: str) -> None:
    """Give the store a policy file of its own, with one more line."""
    (store.home / "policy.csv").write_text(POLICY.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert name in line


TOLERATED = "dissatisfied_tolerated_share"
STRICTER = f"{TOLERATED},0.05,share,BKPSDM,a stricter policy,2026-10-01,2"


def test_a_threshold_changes_the_flags_and_their_rule_version_and_nothing_else(city: Store, tmp_path: Path) -> None:
    store = copied(city, tmp_path / "data")
    before, states = table_hashes(store, store.build), flags(store)
    with_policy(store, TOLERATED, STRICTER)
    build(store)
    after = table_hashes(store, store.build)
    changed = {table for table in before if before[table] != after.get(table)}
    assert changed <= {
        "marts.curriculum_flag", "marts.curriculum_flag_evidence", "marts.follow_up_outcome", "marts.program_scorecard",
        "marts.class_scorecard", "marts.instructor_scorecard", "marts.program_verdict", "marts.open_question",
        "ops.policy", "ops.build",
    }  # fmt: skip
    assert {"marts.curriculum_flag", "ops.policy"} <= changed
    assert [row[1] for row in flags(store)] != [row[1] for row in states]
    assert rule_versions(store) == {("KEHADIRAN", "1"), ("KEPUASAN", "1+2")}


def test_a_policy_holds_from_its_day(earlier: Store, tmp_path: Path) -> None:
    """The day before, it changes nothing; on it (above) it does."""
    store = copied(earlier, tmp_path / "data")
    with_policy(store, TOLERATED, STRICTER)
    build(store, THEN)
    assert flags(store) == flags(earlier)
    assert rule_versions(store) == {("KEHADIRAN", "1"), ("KEPUASAN", "1")}
