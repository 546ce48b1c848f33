"""Dagster's runs: those whose process is gone are ended, failures are told from each other, old runs are deleted.

Others may use the same Dagster. Only runs of one's own are looked at, told of, or touched.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from sqlalchemy import text

from assets.common import POOL
from pipelines.event_log import MEANT, UNFILLED, EventLog
from warehouse.building.build import ModelFailed
from warehouse.lock import bury, is_dead
from warehouse.store import Store
from warehouse.upkeep.journal import last_run

UNDER_WAY = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]  # fmt: skip
RUNNING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
PAGE = 200
KEPT_DAYS = 30
"""Days after which an ended run is deleted, unless it made what is still the latest of something. What nights were like is told for
longer in `ops.run_history`."""


GROWING = ("event_logs", "asset_check_executions", "runs", "run_tags")
"""Tables of Dagster's PostgreSQL whose rows come and go with runs: their place is used again once they are vacuumed."""


@dataclass(frozen=True)
class Owner:
    """Whose runs these are: those of a code location, and in it of some jobs and assets."""

    location: str
    jobs: frozenset[str]
    assets: frozenset[dg.AssetKey]

    def at(self, origin: Any) -> Owner:
        """The same in the code location that a tick or a run says it comes from; None is known of runs in process."""
        return dataclasses.replace(self, location=origin.location_name) if origin else self

    def owns(self, run: dg.DagsterRun) -> bool:
        """Whether a run of the code location is of these jobs and assets."""
        touched = {*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())}
        return run.job_name in self.jobs or not touched.isdisjoint(self.assets)


def repository_tag(location: str) -> dict[str, str]:
    """The tag by which Dagster files a run under its code location. It sets it itself for whatever it launches."""
    return {".dagster/repository": f"__repository__@{location}"}


def file(instance: dg.DagsterInstance, run_id: str, location: str) -> None:
    """Show a run that was made in this process where Dagster shows those that it launches: in the timeline, under its job."""
    run = instance.get_run_by_id(run_id)
    if run is not None:
        repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), "__repository__")
        instance.run_storage.replace_job_origin(run, RemoteJobOrigin(repository, run.job_name))


def fail_dead(instance: dg.DagsterInstance, store: Store) -> list[str]:
    """Report as failed every run on this store that is said to be running while its process is gone; returns their ids.

    A run left so by a killed host would hold its place in the queue until its time limit, and its slot of the pool for
    ever: the next run would wait for it. A run of somebody else has no lock in this store, and a pool of its own.
    """
    dead = []
    for run in instance.get_runs(dg.RunsFilter(statuses=RUNNING)):
        if is_dead(store, run.run_id):
            last = last_run(store)
            at = f" at step {last.step}" if last and last.run_id == run.run_id and last.step else ""
            instance.report_run_failed(run, f"The run's process ended without a word{at}: killed, or the host stopped.")
            bury(store, run.run_id)
            dead.append(run.run_id)
    storage = instance.event_log_storage
    pool = storage.get_concurrency_info(POOL)
    for run_id in pool.active_run_ids | pool.pending_run_ids | pool.assigned_run_ids:
        ended = instance.get_run_by_id(run_id)
        if ended is None or ended.is_finished:
            storage.free_concurrency_slots_for_run(run_id)
    return dead


def newest(instance: dg.DagsterInstance, job: str, location: str) -> dg.DagsterRun | None:
    """The run of a job of the code location that was made last, or None."""
    return next(iter(instance.get_runs(dg.RunsFilter(job_name=job, tags=repository_tag(location)), limit=1)), None)


def failures(
    instance: dg.DagsterInstance, owner: Owner, after: dt.datetime
) -> dict[str, tuple[Mapping[str, str], int]]:
    """Runs that failed after a moment, grouped by cause: id of the latest → (step → its message, number of runs). Of a run whose
    process ended without a word it is the steps that had begun."""
    grouped: dict[str, tuple[Mapping[str, str], int]] = {}
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    failed = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE], updated_after=after, tags=repository_tag(owner.location)
    )
    for record in instance.get_run_records(failed, limit=PAGE):
        if not owner.owns(record.dagster_run):
            continue
        run_id = record.dagster_run.run_id
        messages = {}
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            data = entry.get_dagster_event().step_failure_data
            messages[str(entry.step_key)] = cause(data)
        messages = messages or dict.fromkeys(_unfinished(instance, run_id), "its process ended without a word")
        key = tuple(sorted(messages.items()))
        if key in seen:
            grouped[seen[key]] = (messages, grouped[seen[key]][1] + 1)
        else:
            seen[key] = run_id
            grouped[run_id] = (messages, 1)
    return grouped


def _unfinished(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """The steps of a run that began and did not end."""
    begun: dict[str, None] = {}
    kinds = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS}
    for entry in instance.all_logs(run_id, of_type=kinds):
        if entry.get_dagster_event().event_type == dg.DagsterEventType.STEP_START:
            begun[str(entry.step_key)] = None
        else:
            begun.pop(str(entry.step_key), None)
    return list(begun)


def cause(failure: dg.StepFailureData) -> str:
    """What a failed step says: its own description, or the innermost error's message."""
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    # A table that cannot be made says so itself, with the engine's words.
    while error is not None and error.cause is not None and error.cls_name != ModelFailed.__name__:
        error = error.cause
    return str(error.message if error else "no message").strip()


def settle(instance: dg.DagsterInstance, run_id: str) -> None:
    """Keep of a run that ended well what is new: on SQLite once (`EventLog.settle`), elsewhere without what it meant to do."""
    storage = instance.event_log_storage
    if isinstance(storage, EventLog):
        if Path(storage.path_for_shard(run_id)).exists():
            storage.settle(run_id)
            _vacuum(storage)
    elif isinstance(storage, SqlEventLogStorage) and not storage.is_run_sharded:
        with storage.index_connection() as connection:
            for statement in (MEANT, UNFILLED):
                connection.execute(text(statement), {"run": run_id})


def settle_failed(instance: dg.DagsterInstance, owner: Owner, job: str, before: dt.datetime) -> None:
    """On SQLite, keep of a job's runs that failed or were ended, and were made before one that ended well, what is new: what they meant to do was done
    since. It takes a hundred times the room of what a good night leaves."""
    storage = instance.event_log_storage
    if not isinstance(storage, EventLog):
        return
    badly = dg.RunsFilter(
        job_name=job,
        statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED],
        created_before=before,
        tags=repository_tag(owner.location),
    )
    for run in instance.get_runs(badly, limit=PAGE):
        if owner.owns(run) and Path(storage.path_for_shard(run.run_id)).exists():
            storage.settle(run.run_id, well=False)


def settle_ended(instance: dg.DagsterInstance, owner: Owner, after: dt.datetime) -> None:
    """The same of every run that ended well after a moment, and of those before it that did not."""
    well = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.SUCCESS], updated_after=after, tags=repository_tag(owner.location)
    )
    made: dict[str, dt.datetime] = {}
    for record in instance.get_run_records(well, limit=PAGE):
        if owner.owns(record.dagster_run):
            settle(instance, record.dagster_run.run_id)
            made.setdefault(record.dagster_run.job_name, record.create_timestamp)  # newest first
    # Of assets that somebody makes by hand each run is of others.
    for job in made.keys() & owner.jobs:
        settle_failed(instance, owner, job, made[job])


def prune_runs(instance: dg.DagsterInstance, owner: Owner, before: dt.datetime) -> int:
    """Delete ended runs older than `before`; returns how many.

    Kept is every run that holds the latest materialisation of an asset or of one of its partitions, so the UI never
    forgets when and how something was last made; of what it said and printed on the way nothing is kept. A run goes after
    all that it left: what one that is stopped has not deleted, the next one does.
    """
    own = dg.RunsFilter(statuses=ENDED, created_before=before, tags=repository_tag(owner.location))
    old = [run.run_id for run in instance.get_runs(own) if owner.owns(run)]
    kept = set(_latest(instance, owner)) if old else set()
    pruned = [run_id for run_id in old if run_id not in kept]
    for run_id in pruned:
        instance.event_log_storage.delete_events(run_id)
    for run_id in old:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
    _delete_rest(instance, old, pruned)
    for run_id in pruned:
        instance.run_storage.delete_run(run_id)
    if old:
        _give_back(instance)
    return len(pruned)


def prune_weekly(instance: dg.DagsterInstance, owner: Owner, now: dt.datetime) -> int:
    """Delete old runs where a week of them has come together: what keeps the storage small without a daemon."""
    before = now - dt.timedelta(days=KEPT_DAYS)
    oldest = dg.RunsFilter(
        statuses=ENDED, created_before=before - dt.timedelta(days=7), tags=repository_tag(owner.location)
    )
    is_due = any(owner.owns(run) and _has_log(instance, run.run_id) for run in instance.get_runs(oldest))
    return prune_runs(instance, owner, before) if is_due else 0


def _has_log(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run has events of its own still. Of a run that holds the latest of something SQLite's file is deleted, too."""
    storage = instance.event_log_storage
    return not isinstance(storage, SqliteEventLogStorage) or any(_files(storage, run_id))


def _files(storage: SqliteEventLogStorage, run_id: str) -> Iterator[Path]:
    """The run's own file of events, packed or not, and what lies beside it while it is open."""
    return Path(storage.path_for_shard(run_id)).parent.glob(f"{run_id}.db*")


def _delete_rest(instance: dg.DagsterInstance, old: Sequence[str], pruned: Sequence[str]) -> None:
    """Delete what Dagster leaves of a deleted run: verdicts of its checks; with SQLite its file of events, with PostgreSQL what it said. What is the
    latest of something stands in shared files and among the events of assets, so that whatever else an old run said can go."""
    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):
        with storage.index_connection() as connection:
            for run_id in pruned:
                table = AssetCheckExecutionsTable
                connection.execute(table.delete().where(table.c.run_id == run_id))
            if old and connection.dialect.name == "postgresql":
                events = SqlEventLogStorageTable.c
                is_said = events.run_id.in_(old) & events.asset_key.is_(None)
                connection.execute(SqlEventLogStorageTable.delete().where(is_said))
    if isinstance(storage, SqliteEventLogStorage):
        for run_id in old:
            for path in _files(storage, run_id):
                path.unlink(missing_ok=True)


def _give_back(instance: dg.DagsterInstance) -> None:
    """Free the place of what was deleted: with SQLite the pages of the files that all runs share, with PostgreSQL that of rows."""
    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        _vacuum(storage)
    elif isinstance(storage, SqlEventLogStorage):
        with storage.index_connection() as connection:
            if connection.dialect.name == "postgresql":
                for name in GROWING:
                    connection.exec_driver_sql(f"vacuum (analyze) {name}")


def _vacuum(storage: SqliteEventLogStorage) -> None:
    """Free what was deleted from the files that all runs share."""
    index = Path(storage.path_for_shard(INDEX_SHARD_NAME))
    for path in (index, index.parents[1] / "runs.db"):
        # Somebody else may be reading: then the next time.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=60)) as database:
            database.execute("vacuum")
            database.execute("pragma wal_checkpoint(truncate)")


def _latest(instance: dg.DagsterInstance, owner: Owner) -> Iterator[str]:
    for key in owner.assets:
        for partition in [None, *instance.get_materialized_partitions(key)]:
            records = instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None), limit=1
            ).records
            yield from (record.run_id for record in records)
