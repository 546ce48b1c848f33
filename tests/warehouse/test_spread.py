"""Months that others read: the same files as by one machine, whatever becomes of those who read. On Spark itself: `test_spark.py`."""

from __future__ import annotations

import datetime as dt
import errno
import io
import os
import pickle
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets import common
from schemas.profiles import shipped_profiles
from warehouse.building.engine import DUCKDB
from warehouse.delivery.landing import scan
from warehouse.staging import spread
from warehouse.staging.month import read_months
from warehouse.staging.recipe import Recipe, Recipes
from warehouse.staging.report import FileReport
from warehouse.staging.spread import OtherEdition, read_months_spread
from warehouse.store import Store, atomic
from warehouse.upkeep.health import reconcile

from ..conftest import DAY

HEAD = "class_id,session_no,employee_id,status\n"
Call = Callable[[int], str]


def recipes_of(store: Store, day: dt.date = DAY) -> list[Recipe]:
    recipes = Recipes(store, scan(store, day))
    return [recipes.of("attendance", month) for month in ("2026-01", "2026-02")]


def staged(store: Store) -> dict[str, bytes]:
    """Everything that a reading leaves, but for the notes of looking."""
    folders = (store.staging, store.quarantine, store.told)
    return {str(p.relative_to(store.home)): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}


@pytest.fixture
def recipes(store: Store, deliver: Callable[[str, str], Path]) -> list[Recipe]:
    """Two months, one with a row that is refused."""
    deliver("attendance/2026-01/a.csv", HEAD + "A,1,198503152010012001,Hadir\nA,x,198503152010012001,H\n")
    deliver("attendance/2026-02/a.csv", HEAD + "B,1,198503152010012001,Izin\n")
    return recipes_of(store)


@pytest.fixture
def expected(store: Store, recipes: list[Recipe]) -> tuple[list[tuple[str, list[FileReport]]], dict[str, bytes]]:
    """What one machine says and writes; it is taken away again."""
    reports, files = list(read_months(store, recipes)), staged(store)
    assert len(files) == 8
    for folder in (store.staging, store.quarantine, store.told):
        shutil.rmtree(folder)
    return reports, files


def test_months_are_read_as_by_one_machine(
    store: Store, recipes: list[Recipe], expected: tuple[list[tuple[str, list[FileReport]]], dict[str, bytes]]
) -> None:
    travelled: list[bytes] = []

    def each(function: Call, n: int) -> list[str]:
        travelled.append(pickle.dumps(function))
        # In whatever order they are done.
        return [pickle.loads(travelled[0])(number) for number in reversed(range(n))][::-1]

    assert list(read_months_spread(store, recipes, each)) == expected[0]
    assert staged(store) == expected[1]
    assert store.pseudonym_key() not in travelled[0]
    assert not list(spread._notes(store).iterdir())


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_layouts_travel_that_have_been_used(recipes: list[Recipe], name: str) -> None:
    """Without what they have worked out of headings."""
    for layout in shipped_profiles()[name]:
        layout.names(layout.header)
        for target in layout.targets.values():
            target.value_columns(["Nama"])
        used = replace(recipes[0], deliveries=[replace(recipes[0].deliveries[0], layout=layout)])
        there = spread._recipe(io.BytesIO(spread._noted(used)))
        assert (there, there.digest) == (used, used.digest)


def test_a_killed_reader_leaves_nothing_half_and_is_followed_by_another(
    store: Store,
    recipes: list[Recipe],
    expected: tuple[list[tuple[str, list[FileReport]]], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def each(function: Call, n: int) -> list[str]:
        if not (child := os.fork()):
            try:
                monkeypatch.setattr("warehouse.staging.month.read_month", half)
                function(0)
            finally:
                os._exit(1)  # Whatever goes wrong, it is no second run of the tests.
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        assert [path.name for path in store.staging.rglob("*") if path.is_file()] == [f".2026-01.parquet.{child}.tmp"]
        return DUCKDB.each(function, n)

    def half(store: Store, recipe: Recipe) -> None:
        with atomic(store.staging / "attendance" / "2026-01.parquet") as draft:
            draft.write_bytes(b"PAR1")
            os.kill(os.getpid(), signal.SIGKILL)

    assert list(read_months_spread(store, recipes, each)) == expected[0]
    reconcile(store)
    assert staged(store) == expected[1]


@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_who_comes_after_the_run_has_ended_writes_nothing(
    store: Store, recipes: list[Recipe], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    kept: list[Call] = []

    def each(function: Call, n: int) -> list[str]:
        kept.append(function)
        if when != "before":
            # Another had the month until the run had ended.
            monkeypatch.setattr(spread.fcntl, "flock", lambda *_: shutil.rmtree(spread._notes(store)))
            assert function(0) == '{"reports": []}'
        monkeypatch.undo()
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(read_months_spread(store, recipes, each))
    assert kept[0](0) == '{"reports": []}'
    assert not staged(store)


def test_the_next_run_waits_for_a_month_that_is_still_read(
    store: Store, recipes: list[Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An executor whose run was killed: it finishes its month, and finds no other."""
    there: list[bool] = []
    note = spread._notes(store) / "killed-0"
    with atomic(note) as draft:
        draft.write_bytes(b"")
    monkeypatch.setattr(spread.fcntl, "flock", lambda *_: there.append(note.exists()))
    reconcile(store)
    assert there == [True]
    assert not note.exists()


def test_who_would_read_otherwise_reads_nothing(
    store: Store, recipes: list[Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "code_version", lambda *_: "another")
    here = dict(recipes[0].libraries) | {"polars": "0.1"}
    monkeypatch.setattr(spread, "library_versions", lambda *_: here)
    with pytest.raises(
        OtherEdition, match=r"attendance 2026-01: another edition of this program, polars 0.1 instead of"
    ):
        list(read_months_spread(store, recipes, DUCKDB.each))
    assert not staged(store)


def test_a_full_disk_elsewhere_is_one_here(
    store: Store, recipes: list[Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a disk that does not answer is tried again, as any other."""

    def full(store: Store, recipe: Recipe) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(store.staging))

    def each(function: Call, n: int) -> list[str]:
        try:
            return DUCKDB.each(function, n)
        except OSError:
            raise RuntimeError("a cluster makes its own error of every one that is raised there") from None

    monkeypatch.setattr("warehouse.staging.month.read_month", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        list(read_months_spread(store, recipes, each))
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, str(store.staging))


def test_executors_read_where_the_settings_ask_for_it(
    store: Store, recipes: list[Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    @contextmanager
    def opened(name: str, remote: str, folder: Path) -> Iterator[Any]:
        said.append(f"begin {folder.name}")
        yield SimpleNamespace(each=lambda function, n: said.append(f"read {n}") or DUCKDB.each(function, n))
        said.append(f"end {folder.name}")

    monkeypatch.setattr(common, "opened", opened)
    resource = common.store_of(store.home, "spark", "", reads=True)
    for wanted in (recipes, recipes[:1], recipes):
        assert [month for month, _ in resource.read(wanted)] == [recipe.month for recipe in wanted]
    assert said == ["begin reading", "read 2", "read 2"], "one month alone is not spread"
    with resource.building():
        # Of Spark there is one session in a process: to end it later would end the other.
        assert said[3:] == ["end reading", "begin engine"]
    resource.close_build()
    said.clear()
    assert len(list(common.store_of(store.home, "spark").read(recipes))) == 2
    assert not said


def test_a_lost_cluster_is_looked_for_anew(
    store: Store, recipes: list[Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[str] = []

    @contextmanager
    def opened(name: str, remote: str, folder: Path) -> Iterator[Any]:
        sessions.append(name)

        def each(function: Call, n: int) -> list[str]:
            if len(sessions) == 1:
                raise RuntimeError("lost")
            return DUCKDB.each(function, n)

        yield SimpleNamespace(each=each)

    monkeypatch.setattr(common, "opened", opened)
    resource = common.store_of(store.home, "spark", "", reads=True)
    with pytest.raises(RuntimeError, match="lost"):
        list(resource.read(recipes))
    assert len(list(resource.read(recipes))) == 2
    resource.close_reader()
