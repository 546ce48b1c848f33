"""Deliveries start one run per settled batch; dead runs are ended; old runs are forgotten, but never the latest success."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines import runs, sensors
from warehouse import lock
from warehouse.store import AS_OF_TAG, Store

from ..conftest import DAY, refresh

UNITS = "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas {},,dinas\n"


@pytest.fixture
def instance(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Dagster's storage in an empty folder, and a data root."""
    monkeypatch.setenv("DIKLAT_HOME", str(store.home))
    monkeypatch.setattr(sensors, "today", lambda: DAY)
    with dg.DagsterInstance.local_temp() as instance:
        yield instance


class Ticks:
    """Ticks of the deliveries sensor, each with the cursor that the last one left."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance, self.cursor = instance, None

    def __call__(self) -> dg.RunRequest | None:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = sensors.deliveries(context)
        self.cursor = context.cursor
        return result if isinstance(result, dg.RunRequest) else None


def put(store: Store, name: str, text: str = UNITS.format("A")) -> Path:
    path = store.landing / "units" / f"{DAY:%Y-%m}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_batch_starts_one_run_once_it_stands_still(store: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance)
    assert tick() is None
    put(store, "a.csv")
    assert tick() is None, "seen for the first time"
    put(store, "b.csv", UNITS.replace("X", "Y").format("B"))
    assert tick() is None, "still coming"
    request = tick()
    assert request is not None
    assert request.tags[AS_OF_TAG] == DAY.isoformat()
    assert [tick() for _ in range(3)] == [None] * 3, "one run for both"


def test_a_correction_is_never_taken_for_what_it_corrects(store: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance)
    keys = []
    for name in ("A", "B", "A"):
        put(store, "a.csv", UNITS.format(name))
        assert tick() is None
        request = tick()
        assert request is not None
        keys.append(request.run_key)
        refresh(store, DAY)
    assert len(set(keys)) == 3


def test_what_is_published_already_starts_nothing(store: Store, instance: dg.DagsterInstance) -> None:
    put(store, "a.csv")
    refresh(store, DAY)
    tick = Ticks(instance)
    assert [tick() for _ in range(3)] == [None] * 3


def run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    @dg.job
    def nothing() -> None:
        pass

    return instance.create_run_for_job(nothing, status=status)


def test_a_run_whose_process_is_gone_is_ended_and_one_that_waits_is_not(
    store: Store, instance: dg.DagsterInstance
) -> None:
    dead, alive, young = (run(instance, dg.DagsterRunStatus.STARTED) for _ in range(3))
    folder = store.home / "build" / "runs"
    folder.mkdir(parents=True)
    (folder / f"{dead.run_id}.lock").touch()
    with lock.alive(store, alive.run_id):
        # The lock is this process's own; asked from within it, it can still not be taken twice.
        assert runs.fail_dead(instance, store) == [dead.run_id]
    statuses = {one.run_id: one.status for one in instance.get_runs()}
    assert statuses[dead.run_id] == dg.DagsterRunStatus.FAILURE
    assert statuses[alive.run_id] == statuses[young.run_id] == dg.DagsterRunStatus.STARTED
    assert not (folder / f"{dead.run_id}.lock").exists()


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def months() -> None:
    """An asset with two partitions."""


@dg.asset
def broken() -> None:
    """An asset that fails."""
    raise ValueError("the cause")


def test_a_dead_run_does_not_keep_its_slot_of_the_pool(store: Store, instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.set_concurrency_slots("warehouse", 1)
    dead, done = (run(instance, dg.DagsterRunStatus.STARTED) for _ in range(2))
    assert storage.claim_concurrency_slot("warehouse", dead.run_id, "a step").is_claimed
    assert not storage.claim_concurrency_slot("warehouse", done.run_id, "a step").is_claimed
    with lock.alive(store, dead.run_id):
        assert runs.fail_dead(instance, store) == []
        assert storage.get_concurrency_info("warehouse").active_run_ids == {dead.run_id}
    folder = store.home / "build" / "runs"
    (folder / f"{dead.run_id}.lock").touch()
    assert runs.fail_dead(instance, store) == [dead.run_id]
    assert dead.run_id not in storage.get_concurrency_run_ids()
    assert storage.claim_concurrency_slot("warehouse", done.run_id, "a step").is_claimed


def test_old_runs_are_forgotten_but_not_the_last_success_of_a_partition(instance: dg.DagsterInstance) -> None:
    made = [dg.materialize([months], partition_key=key, instance=instance) for key in ("a", "b", "a", "a")]
    failed = dg.materialize([broken], instance=instance, raise_on_error=False)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert runs.prune(instance, tomorrow - dt.timedelta(days=9)) == 0
    assert runs.prune(instance, tomorrow) == 3
    assert {one.run_id for one in instance.get_runs()} == {made[1].run_id, made[3].run_id}
    assert failed.run_id not in {one.run_id for one in instance.get_runs()}


def test_failures_are_grouped_by_their_cause(instance: dg.DagsterInstance) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    for _ in range(3):
        dg.materialize([broken], instance=instance, raise_on_error=False)
    ((steps, n),) = runs.failures(instance, before).values()
    assert (steps, n) == ({"broken": "ValueError: the cause"}, 3)


def test_the_notifier_tells_failures_and_beats(
    store: Store, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "told.log"
    monkeypatch.setenv("DIKLAT_NOTIFY_LOG", str(log))
    for _ in range(3):
        dg.materialize([broken], instance=instance, raise_on_error=False)
    context = dg.build_sensor_context(instance=instance)
    sensors.notifier(context)
    (line,) = log.read_text().splitlines()
    assert "3 × " in line
    assert "the cause" in line
    assert (store.home / "heartbeat.json").exists()
    sensors.notifier(dg.build_sensor_context(instance=instance, cursor=context.cursor))
    assert len(log.read_text().splitlines()) == 1
