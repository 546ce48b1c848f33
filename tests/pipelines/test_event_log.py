"""Dagster's event log with connections that are kept: it says the same as Dagster's own, of runs that came and of runs that went."""

from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipelines.event_log import EventLog
from pipelines.settings import DAGSTER_YAML


@dg.asset
def spring() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"litres": 3})


@dg.asset_check(asset=spring)
def clear() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


DEFS = dg.Definitions(assets=[spring], asset_checks=[clear], jobs=[dg.define_asset_job("flow")])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    (tmp_path / "dagster.yaml").write_text(DAGSTER_YAML)
    return tmp_path


def flow(instance: dg.DagsterInstance) -> str:
    return DEFS.resolve_job_def("flow").execute_in_process(instance=instance).run_id


def test_it_says_what_dagsters_own_log_says(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        ours = [(run, instance.all_logs(run)) for run in (flow(instance), flow(instance))]
        made = instance.get_latest_materialization_event(spring.key)
    own = yaml.safe_load(DAGSTER_YAML)
    del own["event_log_storage"]
    (home / "dagster.yaml").write_text(yaml.safe_dump(own))
    with dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        assert [(run, instance.all_logs(run)) for run, _ in ours] == ours
        assert instance.get_latest_materialization_event(spring.key) == made
        assert {entry.step_key for _, entries in ours for entry in entries} >= {"spring", "spring_clear"}


def test_what_a_run_means_to_do_is_written_at_once_or_one_by_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.get() as instance:
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        store, batches = log.store_event, []

        def full_disk(event: dg.EventLogEntry) -> None:
            if (
                log._batch
                and event.get_dagster_event().event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
            ):
                batches.append(len(log.get_logs_for_run(event.run_id)))
                raise OSError("no space left")
            store(event)

        monkeypatch.setattr(log, "store_event", full_disk)
        planned = [
            str(entry.get_dagster_event().event_type_value)
            for entry in instance.all_logs(flow(instance))
            if entry.is_dagster_event and "PLANNED" in entry.get_dagster_event().event_type_value
        ]
        assert batches == [1], "within the batch, after the first of its two events"
        assert sorted(planned) == ["ASSET_CHECK_EVALUATION_PLANNED", "ASSET_MATERIALIZATION_PLANNED"], "nothing twice"


def test_a_file_that_was_deleted_is_not_read_on(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        first = flow(instance)
        assert instance.all_logs(first)
        Path(instance.event_log_storage.path_for_shard(first)).unlink()
        assert not instance.all_logs(first)
        assert instance.all_logs(flow(instance)), "the others are written and read"


def test_only_the_index_and_one_run_stay_open(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        runs = [flow(instance) for _ in range(3)]
        for run in runs:
            instance.all_logs(run)
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        assert set(log._engines) == {"index", runs[-1]}
    assert not log._engines, "none after the instance is closed"
