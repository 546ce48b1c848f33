"""Spark's cluster of `deploy/spark/cluster` beside a sandbox: what runs in it, and what is killed there."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.chaos.sandbox import ROOT

PATIENCE = 600
"""Seconds until something must have happened."""
SMALL = """\
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
spark.sql.autoBroadcastJoinThreshold -1
spark.sql.maxPlanStringLength 0
spark.sql.ui.explainMode simple
spark.log.level ERROR
"""
"""Of few rows compilers cost more than the rows."""
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"


class Cluster:
    """A running cluster; leaving the block ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
            self.ports = {"MASTER_PORT": str(one.getsockname()[1]), "CONNECT_PORT": str(other.getsockname()[1])}
        self.driver: dict[str, str] = {}
        """The environment of a refresh that is its own driver."""
        self.client: dict[str, str] = {}
        """The environment of a refresh that asks the server of Spark Connect."""

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        (self.folder / "small.conf").write_text(SMALL)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._script("stop")

    def start(self) -> None:
        """Start master, workers and server."""
        said = self._script("start").splitlines()
        self.driver, self.client = (
            {name: value.strip("'") for name, value in re.findall(r"(\w+)=('.*?'|\S+)", line)} for line in said
        )

    def restart(self) -> None:
        """The same, after what a kill left has been ended."""
        self._script("stop")
        self.start()

    def _script(self, verb: str) -> str:
        command = [ROOT / "deploy/spark/cluster", verb, self.folder]
        settings = os.environ | {"PYTHON": sys.executable, "SETTINGS": str(self.folder / "small.conf")} | self.ports
        done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processes(self, kind: str, but: str = "-") -> list[int]:
        """Java's processes that work with the cluster, whose command has the first word and not the other."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (entry / "cmdline").read_text().split("\0")
                mine = str(self.folder) in (entry / "environ").read_text() and words[0].endswith("java")
                if mine and any(kind in word for word in words) and but not in words:
                    found.append(int(entry.name))
        return found

    @property
    def servers(self) -> list[int]:
        """The server of Spark Connect."""
        return self.processes(SERVER)

    @property
    def drivers(self) -> list[int]:
        """Refreshes' own drivers."""
        return self.processes("deploy.SparkSubmit", but=SERVER)

    @property
    def executors(self) -> list[int]:
        """What computes, for the server and for drivers."""
        return self.processes("CoarseGrainedExecutorBackend")


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Look until something has happened. Raises AssertionError naming what did not."""
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, f"never happened: {what}"
        time.sleep(0.1)


def kill(processes: list[int]) -> None:
    """kill -9 of each. Raises AssertionError where there is none."""
    assert processes, "nobody to kill"
    for process in processes:
        os.kill(process, signal.SIGKILL)
