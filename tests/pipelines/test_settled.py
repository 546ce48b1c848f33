"""What a run that ended well leaves in Dagster's event log on SQLite: whole in its own file, packed; in the file of all runs the newest alone."""

import datetime as dt
import errno
import lzma
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME

from pipelines import runs
from pipelines.code_location import NIGHTLY_REFRESH, build_defs
from pipelines.event_log import UNTOUCHED_SECONDS, EventLog
from pipelines.refresh import refresh
from pipelines.runs import Owner
from pipelines.settings import DAGSTER_YAML, Settings, prepare_dagster
from schemas.sources import SOURCES
from warehouse.store import Store

from ..conftest import DAY, copied, once
from .test_definitions import a_night

MONTHS = dg.StaticPartitionsDefinition(["a", "b"])
AFTER = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
DRY = -1
LOCATION = runs.repository_tag("diklat")
MEANT = {"ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED", "STEP_OUTPUT"}


@dg.asset(partitions_def=MONTHS)
def source(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"month": context.partition_key})


class Litres(dg.Config):
    litres: int = 3


@dg.asset
def spring(config: Litres) -> dg.MaterializeResult:
    if config.litres == DRY:
        raise ValueError("no water")
    return dg.MaterializeResult(metadata={"litres": config.litres}, data_version=dg.DataVersion(str(config.litres)))


@dg.asset_check(asset=spring)
def clear(config: Litres) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=config.litres > 0)


@dg.asset
def another() -> None:
    pass


DEFS = dg.Definitions(
    assets=[source, spring, another], asset_checks=[clear],
    jobs=[dg.define_asset_job("flow", dg.AssetSelection.assets(spring)), dg.define_asset_job("months", [source]), dg.define_asset_job("others", [another])],
)  # fmt: skip
OWNER = Owner("diklat", frozenset({"flow", "months"}), frozenset({spring.key, source.key}))


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_text(DAGSTER_YAML)
    with dg.DagsterInstance.get() as instance:
        yield instance


def flow(
    instance: dg.DagsterInstance,
    job: str = "flow",
    *,
    litres: int = 3,
    settled: bool = True,
    partition: str | None = None,
) -> str:
    asked = {"ops": {op: {"config": {"litres": litres}} for op in ("spring", "spring_clear")}}
    run = DEFS.resolve_job_def(job).execute_in_process(
        instance=instance,
        run_config=asked if job == "flow" else None,
        tags=LOCATION,
        partition_key=partition,
        raise_on_error=False,
    )
    if settled:
        runs.settle(instance, run.run_id)
    return run.run_id


def shard(instance: dg.DagsterInstance, run_id: str) -> Path:
    log = instance.event_log_storage
    assert isinstance(log, EventLog)
    return Path(log.path_for_shard(run_id))


def is_packed(instance: dg.DagsterInstance, run_id: str) -> bool:
    path = shard(instance, run_id)
    packed = path.with_name(f"{path.name}.xz").exists()
    assert packed != path.exists(), "one of both"
    return packed


def in_index(instance: dg.DagsterInstance) -> list[tuple[str, str | None, str]]:
    """Kind of event, asset and run of all that the file of all runs holds, and of the verdicts."""
    with closing(sqlite3.connect(shard(instance, INDEX_SHARD_NAME))) as database:
        asked = "select dagster_event_type, asset_key, run_id from event_logs where asset_key is not null"
        verdicts = "select execution_status, asset_key, run_id from asset_check_executions"
        return sorted([*database.execute(asked), *database.execute(verdicts)])


def test_half_a_packed_file_of_one_that_was_stopped_is_removed(instance: dg.DagsterInstance) -> None:
    run = flow(instance, settled=False)
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, under_way = (shard(instance, run).with_name(f".{run}.db.xz.{pid}") for pid in (ended.pid, os.getppid()))
    for path in (left, under_way):
        path.write_text("a")
    runs.settle(instance, run)
    assert [path.exists() for path in (left, under_way)] == [False, True]


def test_a_run_says_the_same_when_it_is_packed(instance: dg.DagsterInstance) -> None:
    run = flow(instance, settled=False)
    said = [
        entry
        for entry in instance.all_logs(run)
        if entry.dagster_event_type is None or entry.dagster_event_type.value not in MEANT
    ]
    runs.settle(instance, run)
    assert is_packed(instance, run)
    assert instance.all_logs(run) == said
    assert {entry.step_key for entry in said} >= {"spring", "spring_clear"}


def test_what_is_asked_of_an_asset_is_answered_by_the_newest_run(instance: dg.DagsterInstance) -> None:
    flow(instance)
    newest = flow(instance, litres=4)
    made = instance.get_latest_materialization_event(spring.key)
    assert made is not None
    assert (made.run_id, made.asset_materialization.metadata["litres"].value) == (newest, 4)
    assert instance.get_latest_data_version_record(spring.key).run_id == newest
    [verdict] = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(spring.key, "clear")]
    ).values()
    assert (verdict.run_id, verdict.status.value) == (newest, "SUCCEEDED")
    assert instance.get_asset_records([spring.key])[0].asset_entry.last_run_id == newest


def test_the_file_of_all_runs_holds_the_newest_of_each_asset_and_check_and_of_what_others_made(
    instance: dg.DagsterInstance,
) -> None:
    flow(instance, "others", settled=False)
    before = [row for row in in_index(instance) if "another" in str(row[1])]
    flow(instance)
    newest = flow(instance)
    key = spring.key.to_string()
    assert in_index(instance) == sorted([("ASSET_MATERIALIZATION", key, newest), ("SUCCEEDED", key, newest), *before])


def test_where_the_disk_is_full_the_run_stays_as_it_is(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = flow(instance, settled=False)
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", no_room)
        with pytest.raises(OSError, match="No space"):
            runs.settle(instance, run)
    assert instance.all_logs(run)
    assert not is_packed(instance, run)
    runs.settle(instance, run)
    assert is_packed(instance, run)
    assert not list(shard(instance, run).parent.glob(".*"))


def no_room(path: Path, _: bytes) -> int:
    path.touch()
    raise OSError(errno.ENOSPC, "No space left on device")


def test_each_month_keeps_its_own(instance: dg.DagsterInstance) -> None:
    made = {month: flow(instance, "months", partition=month) for month in ("a", "b", "a")}
    assert instance.get_materialized_partitions(source.key) == {"a", "b"}
    assert sorted(run for _, _, run in in_index(instance)) == sorted(made.values())


def test_what_was_counted_stands_in_the_file_of_all_runs_with_the_newest_of_an_asset(
    instance: dg.DagsterInstance,
) -> None:
    made = {month: flow(instance, "months", partition=month) for month in ("a", "b")}
    records = instance.fetch_materializations(source.key, limit=9).records
    assert {record.partition_key: record.asset_materialization.metadata.keys() for record in records} == {
        "a": set(),
        "b": {"month"},
    }
    assert all("dagster/data_version" in record.asset_materialization.tags for record in records)
    [said] = [
        entry
        for entry in instance.all_logs(made["a"])
        if entry.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
    ]
    assert said.asset_materialization.metadata["month"].value == "a", "whole on its run's page"


def test_a_run_that_was_packed_as_pages_is_read_too(instance: dg.DagsterInstance) -> None:
    run = flow(instance)
    said = instance.all_logs(run)
    path = shard(instance, run)
    with closing(sqlite3.connect(path)) as database:
        pages = database.serialize()
    instance.event_log_storage.dispose()
    path.with_name(f"{path.name}.xz").write_bytes(lzma.compress(pages))
    path.unlink()
    assert said
    assert instance.all_logs(run) == said


def test_a_verdict_that_failed_gives_way_to_the_next_one_alone(instance: dg.DagsterInstance) -> None:
    failed = flow(instance, litres=0)
    assert ("FAILED", spring.key.to_string(), failed) in in_index(instance)
    flow(instance)
    assert "FAILED" not in {kind for kind, _, _ in in_index(instance)}
    assert [
        entry
        for entry in instance.all_logs(failed)
        if entry.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]


def test_a_run_that_somebody_looked_at_is_packed_again_when_it_was_left(instance: dg.DagsterInstance) -> None:
    first = flow(instance)
    assert instance.all_logs(first)
    assert not is_packed(instance, first)
    flow(instance)
    assert not is_packed(instance, first), "it may be looked at still"
    before = shard(instance, first).stat().st_mtime - UNTOUCHED_SECONDS - 1
    os.utime(shard(instance, first), (before, before))
    flow(instance)
    assert is_packed(instance, first)
    assert instance.all_logs(first)


def test_a_packed_run_is_upgraded_deleted_and_wiped_like_others(instance: dg.DagsterInstance) -> None:
    first, second, third = (flow(instance) for _ in range(3))
    log = instance.event_log_storage
    assert isinstance(log, EventLog)
    assert set(log.get_all_run_ids()) == {first, second, third}
    instance.delete_run(first)
    assert runs.prune_runs(instance, OWNER, dt.datetime.now(dt.UTC) + dt.timedelta(days=1)) == 1, (
        "the third is the newest"
    )
    assert second not in log.get_all_run_ids()
    log.wipe()
    assert not log.get_all_run_ids()


def test_elsewhere_a_run_keeps_all_but_what_it_meant_to_do() -> None:
    """As in PostgreSQL, where every event stands once. A check of months leaves a row for each that nothing ever fills."""
    with dg.DagsterInstance.ephemeral() as instance:
        run = flow(instance, settled=False)
        said = instance.all_logs(run)
        runs.settle(instance, run)
        assert instance.all_logs(run) == [
            entry for entry in said if entry.dagster_event_type is None or entry.dagster_event_type.value not in MEANT
        ]
        flow(instance)
        assert len(instance.fetch_materializations(spring.key, limit=9).records) == 2
        with instance.event_log_storage.index_connection() as connection:
            asked = "select execution_status from asset_check_executions"
            assert {status for (status,) in connection.exec_driver_sql(asked)} == {"SUCCEEDED"}


def test_months_of_nights_stay_as_large_as_the_first_ones(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated by the clock: the moment at which a run was made is moved."""
    monkeypatch.setattr(runs, "KEPT_DAYS", 2)
    first, sizes = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), []
    for day in range(0, 28, 4):
        run, night = flow(instance), first + dt.timedelta(days=day)
        with closing(sqlite3.connect(tmp_path / "history/runs.db")) as database, database:
            made = (night.replace(tzinfo=None).isoformat(" "), run)
            database.execute("update runs set create_timestamp = ? where run_id = ?", made)
        runs.prune_weekly(instance, OWNER, night)
        sizes.append(size(tmp_path))
    assert max(sizes[4:]) < 1.1 * max(sizes[:4])
    assert len(instance.get_runs()) < 5


def test_the_daemon_settles_what_ended_well_and_is_its_own(instance: dg.DagsterInstance) -> None:
    made = flow(instance, settled=False)
    other = flow(instance, "others", settled=False)
    failed = flow(instance, litres=DRY, settled=False)
    runs.settle_ended(instance, OWNER, AFTER)
    assert [is_packed(instance, run) for run in (made, other, failed)] == [True, False, False]
    runs.settle_ended(instance, OWNER, AFTER)
    assert is_packed(instance, made), "and does not unpack it again"


def test_a_run_that_failed_is_packed_once_a_later_one_ended_well_and_says_the_same(
    instance: dg.DagsterInstance,
) -> None:
    """What all runs share held for a month what it had meant to do: a hundred times what a good night leaves."""
    failed = flow(instance, litres=DRY, settled=False)
    said = instance.all_logs(failed)
    made = flow(instance, settled=False)
    runs.settle_ended(instance, OWNER, AFTER)
    assert [is_packed(instance, run) for run in (failed, made)] == [True, True]
    assert {run for _, _, run in in_index(instance)} == {made}
    assert instance.all_logs(failed) == said


def correct_a_file(city: Store) -> None:
    register = city.landing / "attendance/2026-10/daftar_hadir.csv"
    head, *rows = register.read_text().splitlines(keepends=True)
    register.write_text("".join([head, *rows[30:]]))


def begin_a_month(city: Store) -> None:
    """Let Dagster know of nothing made in November, so that this night is the first of which it hears of that month. What it knew stands under
    October, whose own goes."""
    with closing(sqlite3.connect(city.dagster_home / "history/runs/index.db")) as database, database:
        database.execute("delete from event_logs where partition = '2026-10-01'")
        renamed = "set partition = '2026-10-01', event = replace(event, '2026-11-01', '2026-10-01')"
        assert database.execute(f"update event_logs {renamed} where partition = '2026-11-01'").rowcount == len(SOURCES)
        database.execute("delete from asset_event_tags where event_id not in (select id from event_logs)")
        database.commit()
        database.execute("vacuum")


@pytest.mark.parametrize(
    ("happened", "made"), [(correct_a_file, {"core__fact_attendance"}), (begin_a_month, {"staging__attendance"})]
)
def test_a_night_writes_no_more_than_100_kilobytes(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    happened: Callable[[Store], None],
    made: set[str],
) -> None:
    """The night after the first one, by the very job; the report says nothing to Dagster and is left out."""
    city = copied(Store(once(tmp_path_factory, "night", a_night) / "data"), tmp_path / "data")
    happened(city)
    monkeypatch.setenv("DAGSTER_HOME", str(city.dagster_home))
    monkeypatch.setattr("warehouse.report.write", lambda *_: [])
    settings = Settings(home=city.home)
    prepare_dagster(city)
    before = growing(city)
    outcome = refresh(
        settings, DAY + dt.timedelta(days=1), full=False, say=lambda _: None,
        job=lambda: build_defs(settings).resolve_job_def(NIGHTLY_REFRESH),
    )  # fmt: skip
    assert outcome.failure is None
    assert outcome.steps.keys() >= {"verdicts", "published__warehouse", *made}
    assert 10_000 < growing(city) - before <= 100_000


def growing(city: Store) -> int:
    """Bytes of Dagster's home without the snapshots of the job, which are kept once for a data root: the copy has moved."""
    with closing(sqlite3.connect(city.dagster_home / "history/runs.db")) as database:
        [(snapshots,)] = database.execute("select sum(length(snapshot_body)) from snapshots").fetchall()
    return size(city.dagster_home) - int(snapshots)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
