"""Dagster's runs: those whose process is gone are ended, old ones are forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import dagster as dg

from warehouse.lock import bury, is_dead
from warehouse.store import Store

RUNNING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
PAGE = 200


def fail_dead(instance: dg.DagsterInstance, place: Store) -> list[str]:
    """Report as failed every run that is said to be running while its process is gone; returns their ids.

    A run left so by a killed host would hold its place in the queue until its time limit, and its slot of the pool for
    ever: the next run would wait for it.
    """
    found = []
    for run in instance.get_runs(dg.RunsFilter(statuses=RUNNING)):
        if is_dead(place, run.run_id):
            instance.report_run_failed(run, "The run's process ended without a word: killed, or the host stopped.")
            bury(place, run.run_id)
            found.append(run.run_id)
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        ended = instance.get_run_by_id(run_id)
        if ended is None or ended.is_finished:
            storage.free_concurrency_slots_for_run(run_id)
    return found


def failures(instance: dg.DagsterInstance, after: dt.datetime) -> dict[str, tuple[Mapping[str, str], int]]:
    """Runs that failed after a moment, grouped by cause: id of the latest → (step → what it said, number of runs)."""
    found: dict[str, tuple[Mapping[str, str], int]] = {}
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    records = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=after), limit=PAGE
    )
    for record in records:
        run_id = record.dagster_run.run_id
        said = {}
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            data = entry.get_dagster_event().step_failure_data
            said[str(entry.step_key)] = cause(data)
        key = tuple(sorted(said.items()))
        if key in seen:
            found[seen[key]] = (said, found[seen[key]][1] + 1)
        else:
            seen[key] = run_id
            found[run_id] = (said, 1)
    return found


def cause(failure: dg.StepFailureData) -> str:
    """What a failed step says: its own description, or the innermost error's message."""
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message if error else "no message").strip()


def prune(instance: dg.DagsterInstance, before: dt.datetime) -> int:
    """Delete ended runs older than `before`; returns how many.

    Kept is every run that holds the latest materialisation of an asset or of one of its partitions, so the UI never
    forgets when and how something was last made.
    """
    kept = set()
    for key in instance.all_asset_keys():
        for partition in [None, *instance.get_materialized_partitions(key)]:
            records = instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None), limit=1
            ).records
            kept |= {record.run_id for record in records}
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    old = instance.get_runs(dg.RunsFilter(statuses=ended, created_before=before))
    forgotten = [run.run_id for run in old if run.run_id not in kept]
    for run_id in forgotten:
        instance.delete_run(run_id)
    return len(forgotten)
