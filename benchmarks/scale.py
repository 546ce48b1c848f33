"""`python -m benchmarks.scale [ROWS …]`: all tables of a city made by DuckDB and by Spark on this machine, with what each took.

The months are read once; each engine then makes every table anew, in a process of its own, from the same staged files.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.city import write_city
from warehouse.building.build import make_table
from warehouse.building.engine import opened
from warehouse.building.inputs import begin_build
from warehouse.building.models import models
from warehouse.database import connect
from warehouse.delivery.landing import scan
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes, changed_months
from warehouse.store import Store

AS_OF = dt.date(2026, 11, 24)
SIZES = [100_000, 1_000_000]
ENGINES = ("duckdb", "spark")
WATCHED = "marts.performance_effect"
"""The model of most joins."""


def stage(home: Path, rows: int, employees: int) -> Store:
    """A city whose months are read and whose build is begun, without a table."""
    write_city(home, rows, employees)
    store = Store(home)
    store.write_sample_key(2026)
    landing = scan(store, AS_OF)
    recipes = Recipes(store, landing)
    for source, months in changed_months(store, landing).items():
        for month in months:
            read_month(store, recipes.of(source, month))
    with connect(store.build) as con:
        begin_build(con, store, AS_OF, landing)
    return store


def make(engine: str, build: Path) -> dict[str, Any]:
    """Make every table in a copy of a begun build; returns seconds by table, processor seconds, peak memory in MB, and MB that went from one
    task to another."""
    copy, folder = build.with_name(f"{engine}.duckdb"), build.with_name("engine")
    shutil.copyfile(build, copy)
    seconds: dict[str, float] = {}
    start = time.perf_counter()
    with connect(copy) as con, opened(engine, "", folder) as runner:
        begun = time.perf_counter() - start
        con.execute("create schema core; create schema marts")
        for model in models().values():
            since = time.perf_counter()
            make_table(con, model, runner)
            seconds[model.table] = time.perf_counter() - since
        java = _java() if engine == "spark" else (0.0, 0.0)
        shuffled = _shuffled() if engine == "spark" else 0.0
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "engine": engine,
        "begun": begun,
        "seconds": seconds,
        "processor": used.ru_utime + used.ru_stime + java[0],
        "peak_mb": used.ru_maxrss / 1024 + java[1],
        "shuffled_mb": shuffled,
    }


def _java() -> tuple[float, float]:
    """Processor seconds and peak resident MB of Spark's Java so far."""
    from pyspark import SparkContext

    process = Path(f"/proc/{SparkContext._gateway.proc.pid}")
    ticks = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
    peak = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024


def _shuffled() -> float:
    """MB that tasks of this process's Spark wrote for others so far."""
    from pyspark import SparkContext

    executors = SparkContext._active_spark_context._jsc.sc().statusStore().executorList(True)
    return sum(executors.apply(n).totalShuffleWrite() for n in range(executors.size())) / 1e6


def measure(rows: int, folder: Path, employees: int = 22_000) -> list[str]:
    """Lines of the table for one size."""
    store = stage(folder / "data", rows, employees)
    lines = []
    for engine in ENGINES:
        command = [sys.executable, "-m", "benchmarks.scale", engine, str(store.build)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = json.loads(said.splitlines()[-1])
        whole = sum(found["seconds"].values())
        lines.append(
            f"| {rows:,} | {engine} | {found['begun']:.1f} | {whole:.1f} | {found['processor']:.0f} | {found['peak_mb']:,.0f} "
            f"| {found['shuffled_mb']:,.0f} | {found['seconds'][WATCHED]:.1f} |"
        )
    return lines


HEAD = f"""\
| attendance rows, and as many survey rows | engine | seconds to begin | seconds for all tables | processor seconds | peak memory, MB | MB shuffled | `{WATCHED}`, seconds |
|---|---|---|---|---|---|---|---|"""


def main(sizes: list[int]) -> None:
    """Measure every size and print the table."""
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {version('duckdb')}, pyspark {version('pyspark')}"
    )
    print(HEAD)
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print("\n".join(measure(rows, Path(folder))), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ENGINES:
        print(json.dumps(make(sys.argv[1], Path(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or SIZES)
