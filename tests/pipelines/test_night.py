"""The nightly schedule under the real daemon, every minute instead of at 01:00."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from pipelines import runs
from tests.chaos.night import Night
from tests.chaos.sandbox import Sandbox
from warehouse.publishing.version import is_sound


def test_the_night_fires_by_itself_and_publishes(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    box = Sandbox.shared(tmp_path_factory, tmp_path)
    with Night(box) as night:
        run = night.wait_for_run("SUCCESS")
        with night.instance() as instance:
            tags = instance.get_run_by_id(run).tags
            own = instance.get_runs(dg.RunsFilter(tags=runs.repository_tag("diklat")))
    assert tags["dagster/schedule_name"] == "nightly"
    assert run in {own_run.run_id for own_run in own}, "filed as the command line files its own"
    assert Path(os.readlink(box.store.current)).name != box.old
    assert is_sound(box.store.current)
