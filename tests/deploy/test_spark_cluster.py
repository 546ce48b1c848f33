"""deploy/spark/cluster, with another program in the place of Spark's: what is started, where it listens, who may use it.

That Spark itself does what it is told so is seen by `make chaos`.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy/spark/cluster"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs the script; somebody listens at its ports already, so that it need not wait. Started is nothing: it is noted in `started`."""
    spark = tmp_path / "spark"
    (spark / "sbin").mkdir(parents=True)
    for name, text in (
        ("python", f"echo {spark}"),
        ("sbin/spark-daemon.sh", f'echo "$@" >>{tmp_path}/started; echo $PYSPARK_PYTHON >>{tmp_path}/pythons'),
    ):
        (spark / name).write_text(f"#!/bin/sh\n{text}\n")
        (spark / name).chmod(0o755)
    (tmp_path / "further").write_text("spark.log.level ERROR\n")
    with socket.create_server(("127.0.0.1", 0)) as master, socket.create_server(("127.0.0.1", 0)) as server:
        settings = os.environ | {
            "PYTHON": str(spark / "python"), "SETTINGS": str(tmp_path / "further"),
            "MASTER_PORT": str(master.getsockname()[1]), "CONNECT_PORT": str(server.getsockname()[1]),
        }  # fmt: skip
        yield lambda verb: subprocess.run(
            [SCRIPT, verb, tmp_path / "cluster"], env=settings, capture_output=True, text=True
        )


def test_only_this_machine_and_who_knows_the_secret_can_use_it(run: Run, tmp_path: Path) -> None:
    done = run("start")
    assert done.returncode == 0, done.stderr
    started = (tmp_path / "started").read_text().splitlines()
    assert sorted(re.findall(r"(?:start|submit) \S+\.(\w+ \d)", "\n".join(started))) == [
        "Master 1",
        "SparkConnectServer 1",
        "Worker 1",
        "Worker 2",
    ]
    assert all("--host 127.0.0.1 " in line for line in started if line.startswith("start"))
    # Executors that read months run the Python of this program, not whichever is found first.
    assert set((tmp_path / "pythons").read_text().split()) == {str(tmp_path / "spark/python")}
    conf = tmp_path / "cluster/conf/spark-defaults.conf"
    said = dict(line.split(maxsplit=1) for line in conf.read_text().splitlines() if line[:1] not in ("", "#"))
    secret = said["spark.authenticate.secret"]
    assert re.fullmatch(r"[0-9a-f]{32}", secret)
    assert said["spark.connect.authenticate.token"] == secret
    assert said["spark.authenticate"] == "true"
    assert {said["spark.driver.host"], said["spark.connect.grpc.binding.address"]} == {"127.0.0.1"}
    assert said["spark.log.level"] == "ERROR"
    assert not any(path.stat().st_mode & 0o077 for path in (tmp_path / "cluster").rglob("*"))
    assert secret not in "\n".join(started), "any user sees the words of a command"
    driver, client = done.stdout.splitlines()
    assert driver == f"DIKLAT_ENGINE=spark SPARK_CONF_DIR={conf.parent}"
    assert client.endswith(f";token={secret}'")
    # The settings of those who use it stay right.
    assert run("start").stdout == done.stdout


def test_stop_ends_its_own_processes_alone(run: Run, tmp_path: Path) -> None:
    assert run("stop").returncode == 0, "nothing runs"
    pids = tmp_path / "cluster/pid"
    pids.mkdir(parents=True)
    mine, other = (
        subprocess.Popen(["sh", "-c", "echo; read _", *named], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for named in ([f"{tmp_path}/cluster/conf"], [])
    )
    for number, process in enumerate((mine, other), start=1):
        assert process.stdout
        process.stdout.readline()  # before it runs its words cannot be read
        (pids / f"spark-diklat-org.apache.spark.deploy.worker.Worker-{number}.pid").write_text(f"{process.pid}\n")
    try:
        ended = subprocess.Popen(
            [SCRIPT, "stop", tmp_path / "cluster"], env=os.environ | {"PYTHON": str(tmp_path / "spark/python")}
        )
        assert mine.wait(timeout=60) < 0
        assert ended.wait(timeout=60) == 0
        assert other.poll() is None, "a process of that number that is another's"
        assert not list(pids.iterdir())
    finally:
        other.communicate()


def test_another_word_is_refused(run: Run) -> None:
    assert run("restart").returncode == 2
