"""Deliveries start one run per settled batch; dead runs are ended; old runs are deleted, but never the latest success; and
what others do in the same Dagster is no matter of ours."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.execution.plan.objects import StepSuccessData

from assets.common import POOL, Tenant
from pipelines import runs, triggers
from pipelines.code_location import build_defs
from pipelines.refresh import nothing_to_do, run_tags
from pipelines.runs import Owner
from pipelines.settings import Settings
from schemas.city import City
from warehouse import lock
from warehouse.store import AS_OF_TAG, Store

from ..conftest import DAY, copied, once, refresh

UNITS = "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas {},,dinas\n"


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Dagster's storage in an empty folder."""
    monkeypatch.setattr(triggers, "today", lambda city: DAY)
    with dg.DagsterInstance.local_temp() as instance:
        yield instance


class Ticks:
    """Ticks of the deliveries sensor, each with the cursor that the last one left."""

    def __init__(self, instance: dg.DagsterInstance, store: Store) -> None:
        self.instance, self.cursor = instance, None
        self.sensor = triggers.deliveries_sensor(Settings(home=store.home), Tenant(store.city), "nightly_refresh")

    def __call__(self) -> dg.RunRequest | None:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = self.sensor(context)
        self.cursor = context.cursor
        return result if isinstance(result, dg.RunRequest) else None


def put(store: Store, name: str, text: str = UNITS.format("A")) -> Path:
    path = store.landing / "units" / f"{DAY:%Y-%m}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def a_unit(home: Path) -> None:
    """A store that published the file a.csv."""
    put(Store(home), "a.csv")
    refresh(Store(home), DAY)


@pytest.fixture
def done(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Store:
    """The store with a file that was delivered and published."""
    return copied(Store(once(tmp_path_factory, "a-unit", a_unit)), store.home)


def test_a_batch_starts_one_run_once_it_stands_still(store: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance, store)
    assert tick() is None
    put(store, "a.csv")
    assert tick() is None, "seen for the first time"
    put(store, "b.csv", UNITS.replace("X", "Y").format("B"))
    assert tick() is None, "still coming"
    request = tick()
    assert request is not None
    assert request.tags[AS_OF_TAG] == DAY.isoformat()
    assert [tick() for _ in range(3)] == [None] * 3, "one run for both"


def test_where_nothing_was_ever_delivered_nothing_is_published_and_that_is_said(
    store: Store, instance: dg.DagsterInstance
) -> None:
    """A fresh installation: by the sensor, the night and the command line. The first file, or one that nobody reads, is work."""
    context = dg.build_sensor_context(instance=instance)
    sensor = triggers.deliveries_sensor(Settings(home=store.home), Tenant(store.city), "nightly_refresh")
    for _ in range(2):
        said = sensor(context)
        context.update_cursor(context.cursor)
    assert run_tags(store, DAY) is None
    assert run_tags(store, DAY, full=True) is None
    assert isinstance(said, dg.SkipReason)
    assert said.skip_message == nothing_to_do(store) == "Nothing was delivered yet, so nothing is published."
    put(store, "a.exe")
    assert run_tags(store, DAY) is not None


def test_a_correction_is_never_taken_for_what_it_corrects(store: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance, store)
    keys = []
    for name in ("A", "B", "A"):
        if keys:
            refresh(store, DAY)
        put(store, "a.csv", UNITS.format(name))
        assert tick() is None
        request = tick()
        assert request is not None
        keys.append(request.run_key)
    assert len(set(keys)) == 3


def test_what_is_published_already_starts_nothing(done: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance, done)
    assert [tick() for _ in range(3)] == [None] * 3


def test_a_batch_whose_run_failed_is_tried_again_and_in_the_end_left_to_the_night(
    store: Store, instance: dg.DagsterInstance
) -> None:
    tick = Ticks(instance, store)
    put(store, "a.csv")
    tick()
    keys = []
    for _ in range(triggers.TRIES):
        request = tick()
        assert request is not None
        keys.append(request.run_key)
        under_way = run(instance, dg.DagsterRunStatus.STARTED, **OURS)
        assert tick() is None, "it is under way"
        instance.report_run_failed(under_way)
    assert len(set(keys)) == triggers.TRIES
    assert [tick() for _ in range(2 * triggers.PATIENCE)] == [None] * 2 * triggers.PATIENCE
    put(store, "a.csv", UNITS.format("B"))
    assert tick() is None
    assert tick() is not None, "other content is another batch"


def test_a_run_that_was_never_seen_is_started_again(store: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance, store)
    put(store, "a.csv")
    tick()
    assert tick() is not None
    assert [tick() is not None for _ in range(triggers.PATIENCE)].index(True) == triggers.PATIENCE - 1


def test_a_run_that_somebody_ended_by_hand_is_not_started_again(store: Store, instance: dg.DagsterInstance) -> None:
    tick = Ticks(instance, store)
    put(store, "a.csv")
    tick()
    assert tick() is not None
    run(instance, dg.DagsterRunStatus.CANCELED, **OURS)
    assert [tick() for _ in range(2 * triggers.PATIENCE)] == [None] * 2 * triggers.PATIENCE


def test_a_batch_is_done_when_it_is_published_and_a_night_that_died_is_tried_again(
    store: Store, instance: dg.DagsterInstance
) -> None:
    tick = Ticks(instance, store)
    put(store, "a.csv")
    tick()
    assert tick() is not None
    refresh(store, DAY)
    run(instance, dg.DagsterRunStatus.SUCCESS, **OURS)
    assert tick() is None
    assert json.loads(tick.cursor or "{}")["done"] == json.loads(tick.cursor or "{}")["content"]
    run(instance, dg.DagsterRunStatus.FAILURE, **OURS)
    assert tick() is None, "it had nothing to bring"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triggers, "today", lambda city: DAY + dt.timedelta(days=1))
        assert tick() is None, "that a day has passed is the night's matter"
        run(instance, dg.DagsterRunStatus.FAILURE, **OTHERS)
        assert tick() is None, "nor are others' nights"
        run(instance, dg.DagsterRunStatus.FAILURE, **OURS)
        request = tick()
    assert request is not None
    assert request.tags[AS_OF_TAG] == "2026-11-25"


def test_a_file_that_is_held_back_starts_no_run_after_run(
    store: Store, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = Ticks(instance, store)
    put(store, "a.csv")
    with monkeypatch.context() as broken:
        broken.setattr("warehouse.staging.file.Reading.read", failing)
        refresh(store, DAY)
    assert run_tags(store, DAY) is not None, "the next night tries it again"
    assert [tick() for _ in range(3)] == [None] * 3


def failing(*_: object) -> None:
    """A program with a fault."""
    raise KeyError("a fault")


OURS = runs.repository_tag("diklat")
OTHERS = runs.repository_tag("elsewhere")


def run(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, name: str = "nightly_refresh", **tags: str
) -> dg.DagsterRun:
    @dg.job(name=name)
    def nothing() -> None:
        pass

    return instance.create_run_for_job(nothing, status=status, tags=tags)


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
    statuses = {run.run_id: run.status for run in instance.get_runs()}
    assert statuses[dead.run_id] == dg.DagsterRunStatus.FAILURE
    assert statuses[alive.run_id] == statuses[young.run_id] == dg.DagsterRunStatus.STARTED
    assert not (folder / f"{dead.run_id}.lock").exists()


def test_a_dead_run_does_not_keep_its_slot_of_the_pool(store: Store, instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.set_concurrency_slots(POOL, 1)
    dead, done = (run(instance, dg.DagsterRunStatus.STARTED) for _ in range(2))
    assert storage.claim_concurrency_slot(POOL, dead.run_id, "a step").is_claimed
    assert not storage.claim_concurrency_slot(POOL, done.run_id, "a step").is_claimed
    with lock.alive(store, dead.run_id):
        assert runs.fail_dead(instance, store) == []
        assert storage.get_concurrency_info(POOL).active_run_ids == {dead.run_id}
    folder = store.home / "build" / "runs"
    (folder / f"{dead.run_id}.lock").touch()
    assert runs.fail_dead(instance, store) == [dead.run_id]
    assert dead.run_id not in storage.get_concurrency_run_ids()
    assert storage.claim_concurrency_slot(POOL, done.run_id, "a step").is_claimed


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def months() -> None:
    """An asset with two partitions."""


@dg.asset
def broken() -> None:
    """An asset that fails."""
    raise ValueError("the cause")


@dg.asset
def theirs() -> None:
    """An asset of another code location, which fails."""
    raise ValueError("a thing that is not ours")


OWNER = Owner("diklat", frozenset({"nightly_refresh"}), frozenset({months.key, broken.key}))


def make(
    instance: dg.DagsterInstance, asset: dg.AssetsDefinition, tags: dict[str, str] = OURS, partition: str | None = None
) -> str:
    """Materialise an asset as the UI does; returns the run's id."""
    job = dg.Definitions(assets=[months, broken, theirs]).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        asset_selection=[asset.key], partition_key=partition, instance=instance, raise_on_error=False, tags=tags
    )
    return result.run_id


def ids(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def test_old_runs_are_deleted_but_not_the_last_success_of_a_partition(instance: dg.DagsterInstance) -> None:
    made = [make(instance, months, partition=key) for key in ("a", "b", "a", "a")]
    make(instance, broken)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert runs.prune_runs(instance, OWNER, tomorrow - dt.timedelta(days=9)) == 0
    assert runs.prune_runs(instance, OWNER, tomorrow) == 3
    assert ids(instance) == {made[1], made[3]}


@dg.asset(check_specs=[dg.AssetCheckSpec("fine", asset="checked")])
def checked() -> dg.MaterializeResult:
    """An asset whose run leaves much behind."""
    return dg.MaterializeResult(
        metadata={"text": "x" * 500_000},
        check_results=[dg.AssetCheckResult(passed=True, metadata={"text": "x" * 500_000})],
    )


def test_what_deleted_runs_left_on_the_disk_is_freed(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = dg.Definitions(assets=[checked]).resolve_implicit_global_asset_job_def()
        select = [checked.key]
        made = [job.execute_in_process(asset_selection=select, instance=instance, tags=OURS).run_id for _ in range(4)]

        def size() -> int:
            return sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())

        before = size()
        owner = Owner("diklat", frozenset(), frozenset({checked.key}))
        assert runs.prune_runs(instance, owner, dt.datetime.now(dt.UTC) + dt.timedelta(days=1)) == 3
        assert size() < before / 2
        assert [path.name for path in tmp_path.rglob("*") if any(run_id in str(path) for run_id in made[:3])] == []
        [latest] = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(checked.key, "fine")]
        ).values()
        assert latest.run_id == made[3]


@pytest.mark.parametrize("at", ["delete_events", "delete_logs", "_delete_rest", "delete_run", "_give_back"])
def test_what_one_that_was_stopped_left_of_deleted_runs_the_next_one_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Killed at the second run, wherever: no run is gone whose events, verdicts or files are there."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = dg.Definitions(assets=[checked]).resolve_implicit_global_asset_job_def()
        made = [
            job.execute_in_process(asset_selection=[checked.key], instance=instance, tags=OURS).run_id for _ in range(3)
        ]
        owners = (instance.event_log_storage, instance.compute_log_manager, runs, instance.run_storage)
        owner = next(one for one in owners if hasattr(one, at) and (at != "delete_run" or one is instance.run_storage))
        real, calls = getattr(owner, at), []

        def killed(*given: Any, **named: Any) -> Any:
            calls.append(given)
            if len(calls) == 2 or owner is runs:
                raise KeyboardInterrupt
            return real(*given, **named)

        ours, tomorrow = (
            Owner("diklat", frozenset(), frozenset({checked.key})),
            dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
        )
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(owner, at, killed)
            runs.prune_runs(instance, ours, tomorrow)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        runs.prune_runs(instance, ours, tomorrow)
        assert ids(instance) == {made[2]}
        assert [path.name for path in tmp_path.rglob("*") if any(run_id in str(path) for run_id in made[:2])] == []
        with instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
            for table in ("event_logs", "asset_check_executions"):
                told = connection.exec_driver_sql(f"select distinct run_id from {table}").fetchall()
                assert {run_id for (run_id,) in told} == {made[2]}, table


def test_a_year_of_nights_without_a_daemon_stays_as_large_as_its_first_weeks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated by the clock: the moment at which a run was made is moved. One night stands for several."""
    monkeypatch.setattr(runs, "KEPT_DAYS", 7)
    owner, first = Owner("diklat", frozenset(), frozenset({broken.key})), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    sizes = []
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for day in range(0, 366, 30):
            for night in (first + dt.timedelta(days=day + n) for n in (0, 5)):
                make(instance, broken)
                [record] = instance.get_run_records(limit=1)
                with closing(sqlite3.connect(tmp_path / "history/runs.db")) as database, database:
                    values = (night.replace(tzinfo=None).isoformat(" "), record.dagster_run.run_id)
                    database.execute("update runs set create_timestamp = ? where run_id = ?", values)
                runs.prune_weekly(instance, owner, night)
            sizes.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
    assert max(sizes[3:]) < 1.1 * max(sizes[:3])


def test_failures_are_grouped_by_their_cause(instance: dg.DagsterInstance) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    for _ in range(3):
        make(instance, broken)
    ((steps, n),) = runs.failures(instance, OWNER, before).values()
    assert (steps, n) == ({"broken": "ValueError: the cause"}, 3)


def test_a_run_whose_process_is_gone_is_told_with_the_step_that_it_was_at(instance: dg.DagsterInstance) -> None:
    killed = run(instance, dg.DagsterRunStatus.STARTED, **OURS)
    for kind, step, data in (
        ("STEP_START", "core__dim_class", None),
        ("STEP_SUCCESS", "core__dim_class", StepSuccessData(1.0)),
        ("STEP_START", "marts__reaction", None),
    ):
        event = dg.DagsterEvent(kind, killed.job_name, step_key=step, event_specific_data=data)
        instance.report_dagster_event(event, killed.run_id)
    instance.report_run_failed(killed)
    ((steps, _),) = runs.failures(instance, OWNER, dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).values()
    assert steps == {"marts__reaction": "its process ended without a word"}


def notifier(store: Store, log: Path, owner: Owner = OWNER) -> dg.SensorDefinition:
    settings = Settings(home=store.home, notify=f"file://{log}")
    return triggers.notifier_sensor(settings, Tenant(store.city), owner)


def test_the_notifier_tells_failures_and_beats(store: Store, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    log = tmp_path / "told.log"
    for _ in range(3):
        make(instance, broken)
    context = dg.build_sensor_context(instance=instance)
    notifier(store, log)(context)
    (line,) = log.read_text().splitlines()
    assert "3 × " in line
    assert "the cause" in line
    assert (store.home / "heartbeat.json").exists()
    notifier(store, log)(dg.build_sensor_context(instance=instance, cursor=context.cursor))
    assert len(log.read_text().splitlines()) == 1


def test_the_runs_of_another_code_location_are_kept_and_not_told(
    store: Store, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    log = tmp_path / "told.log"
    ours = make(instance, broken)
    kept = {
        make(instance, theirs, OTHERS),
        # Of the same names as ours, too.
        make(instance, broken, OTHERS),
        run(instance, dg.DagsterRunStatus.FAILURE, **OTHERS).run_id,
        run(instance, dg.DagsterRunStatus.STARTED, **OTHERS).run_id,
    }
    storage = instance.event_log_storage
    storage.set_concurrency_slots("warehouse", 1)
    ended = make(instance, theirs, OTHERS)
    assert storage.claim_concurrency_slot("warehouse", ended, "a step").is_claimed
    notifier(store, log)(dg.build_sensor_context(instance=instance))
    (line,) = log.read_text().splitlines()
    assert "the cause" in line
    assert "3 ×" not in line
    assert "not ours" not in line
    assert storage.get_concurrency_info("warehouse").active_run_ids == {ended}, "a pool that is not ours"
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert runs.prune_runs(instance, OWNER, tomorrow) == 1
    assert ids(instance) == kept | {ended}
    assert ours not in ids(instance)


def test_two_cities_in_one_code_location_do_not_tell_of_each_other(
    instance: dg.DagsterInstance,
) -> None:
    """Their runs are filed under one location; jobs and assets tell them apart."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    own = Owner("diklat", frozenset({"a_nightly_refresh"}), frozenset({broken.key}))
    other = Owner("diklat", frozenset({"b_nightly_refresh"}), frozenset({theirs.key}))
    run(instance, dg.DagsterRunStatus.FAILURE, "a_nightly_refresh", **OURS)
    make(instance, theirs)
    assert [steps for steps, _ in runs.failures(instance, own, before).values()] == [{}]
    assert [list(steps) for steps, _ in runs.failures(instance, other, before).values()] == [["theirs"]]


def test_the_weekly_job_deletes_old_runs_of_its_own(store: Store, instance: dg.DagsterInstance) -> None:
    """Through the very job: what is not yet old stays, whoever's it is."""
    make(instance, broken)
    make(instance, broken, OTHERS)
    job = build_defs(Settings(home=store.home)).resolve_job_def("housekeeping")
    assert job.execute_in_process(instance=instance, tags=OURS).success
    assert len(ids(instance)) == 3


def test_the_night_is_the_citys(store: Store) -> None:
    def schedule(**settings: str) -> dg.ScheduleDefinition:
        city = City(timezone="Asia/Jayapura", nightly_at="22:30")
        return triggers.nightly_schedule(Settings(home=store.home, **settings), Tenant(city), "nightly_refresh")

    assert (schedule().cron_schedule, schedule().execution_timezone) == ("30 22 * * *", "Asia/Jayapura")
    assert "22:30 WIT," in (schedule().description or "")
    assert schedule(nightly_cron="* * * * *").cron_schedule == "* * * * *"


def test_a_late_tick_does_not_go_back_behind_a_later_day(done: Store, instance: dg.DagsterInstance) -> None:
    put(done, "b.csv", UNITS.replace("X", "Y").format("B"))
    nightly = triggers.nightly_schedule(Settings(home=done.home), Tenant(done.city), "nightly_refresh")

    def fire(day: dt.date) -> dg.RunRequest | dg.SkipReason:
        moment = dt.datetime.combine(day, dt.time(1), ZoneInfo(done.city.timezone))
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
        return nightly(context)

    skipped = fire(DAY - dt.timedelta(days=1))
    assert isinstance(skipped, dg.SkipReason)
    assert DAY.isoformat() in str(skipped.skip_message)
    request = fire(DAY)
    assert isinstance(request, dg.RunRequest)
    assert request.tags[AS_OF_TAG] == DAY.isoformat()
