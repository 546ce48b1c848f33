"""The real daemon, by default with a nightly schedule that fires every minute."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import dagster as dg

from pipelines import settings
from tests.chaos.sandbox import ROOT, Sandbox

PATIENCE = 420
"""Seconds until something must have happened."""


class Night:
    """A running daemon on a sandbox; leaving the block ends it and everything that it started."""

    def __init__(self, box: Sandbox, cron: str = "* * * * *") -> None:
        self.box = box
        self.home = box.store.dagster_home
        self.environment = box.environment | {
            "DAGSTER_HOME": str(self.home), "DIKLAT_NIGHTLY_CRON": cron, "DAGSTER_DISABLE_TELEMETRY": "1",
        }  # fmt: skip
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "dagster.yaml").write_text(settings.DAGSTER_YAML)
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        """Where its window listens, if it has one."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start the daemon in a session of its own."""
        command = [Path(sys.executable).parent / "dagster-daemon", "run", "-w", "workspace.yaml"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def kill(self) -> None:
        """End the daemon, its code server and its runs at once, as a host that loses its power does."""
        assert self.process is not None
        for process in self.left():
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    def left(self) -> list[int]:
        """Processes that work on the sandbox."""
        mine = f"DAGSTER_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mine in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def process_of(self, run_id: str) -> int:
        """The process of a run that has begun to work: it holds the run's lock, as long as it lives."""
        lock = str(self.box.store.home / "build" / "runs" / f"{run_id}.lock")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for number in self.left():
                with suppress(OSError):
                    if lock in {os.readlink(handle) for handle in Path("/proc", str(number), "fd").iterdir()}:
                        return number
            time.sleep(0.1)
        raise AssertionError(f"the run {run_id} never began to work")

    def states(self) -> dict[str, str]:
        """Run id → status, newest first."""
        with self.instance() as instance:
            return {run.run_id: run.status.value for run in instance.get_runs()}

    def instance(self) -> Any:
        """Dagster's instance of the sandbox."""
        os.environ["DAGSTER_HOME"] = str(self.home)
        return dg.DagsterInstance.from_config(str(self.home))

    def wait_for_run(self, state: str) -> str:
        """The first run that is seen in that state; looked for whenever the daemon says something, which it does often."""
        assert self.process is not None
        assert self.process.stdout is not None
        said: deque[str] = deque(maxlen=50)
        watchdog = threading.Timer(PATIENCE, self.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                said.append(line)
                for run_id, status in self.states().items():
                    if status == state:
                        return run_id
        finally:
            watchdog.cancel()
        raise AssertionError(f"no run was {state}; runs {self.states()}; the daemon said {''.join(said)}")
