"""Dagster's own settings."""

from __future__ import annotations

import os

from warehouse.store import Store

KEPT_DAYS = 90
"""Days after which an ended run is forgotten, unless it made what is still the latest of something."""
DAGSTER_YAML = """\
# Dagster is the window and the clock; the stores beside this folder are complete without it.
telemetry: {enabled: false}
nux: {enabled: false}
run_monitoring: {enabled: true, start_timeout_seconds: 300, max_runtime_seconds: 14400}
concurrency: {pools: {default_limit: 1}, runs: {max_concurrent_runs: 1}}
retention: {schedule: {purge_after_days: 90}, sensor: {purge_after_days: {skipped: 7, failure: 30, success: 90}}}
event_log_storage: {module: pipelines.event_log, class: EventLog, config: {base_dir: {env: DAGSTER_HOME}}}
python_logs: {managed_python_loggers: [diklat], python_log_level: WARNING}
"""


def prepare_dagster(place: Store) -> None:
    """Give Dagster its home below the data root, with telemetry and pop-ups off, unless one is configured already."""
    place.dagster_home.mkdir(parents=True, exist_ok=True)
    config = place.dagster_home / "dagster.yaml"
    if not config.exists():
        config.write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ.setdefault("DAGSTER_HOME", str(place.dagster_home))
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
