"""`make bench`: a full refresh, one with nothing changed and one with one changed month, beside a bare DuckDB script.

Runs are interleaved (bare, ours, bare, ours, …) on the same files; each figure is the median. Writes RESULTS.md.

`make bench-quick` runs each once on a small city, writes nothing, and fails where a night has become dear: by processor seconds, which what else the machine
does changes least.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks.city import write_city

SIZES = [int(size) for size in os.environ.get("BENCH_ROWS", "1000000,5000000").split(",")]
REPEATS = int(os.environ.get("BENCH_REPEATS", "3"))
ROOT = Path(__file__).parents[1]
QUICK_ROWS, QUICK_EMPLOYEES = 20_000, 600
QUICK_BOUNDS = {"full refresh": 11.0, "nothing changed": 0.6}
"""Kind of run → processor seconds, as multiples of the bare script's, that `make bench-quick` allows on its small city: about twice what was seen."""


@dataclass
class Measured:
    """Wall seconds, processor seconds and peak memory of the runs of one kind."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Median of the wall seconds."""
        return statistics.median(self.seconds)


def timed(into: Measured, *command: str, home: Path, right: Collection[int] = (0, 3)) -> int:
    """Run a command and note its wall time and peak resident memory; its exit code. Raises where that is none of those that are `right`."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, env={**os.environ, "DIKLAT_HOME": str(home)})
        _, status, usage = os.wait4(process.pid, 0)
        into.seconds.append(time.perf_counter() - start)
        into.processor.append(usage.ru_utime + usage.ru_stime)
        into.peak_mb.append(usage.ru_maxrss / 1024)
        code = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
        if code not in right:
            raise RuntimeError(f"{' '.join(command)} failed")
        if text.startswith(b"{"):
            into.steps = json.loads(text)["steps"]
    return code


def measure(rows: int, folder: Path, repeats: int, employees: int = 22_000) -> tuple[dict[str, Measured], list[str]]:
    """The runs of each kind for one size, and the lines of the report."""
    home = folder / "data"
    write_city(home, rows, employees)
    python, diklat = sys.executable, str(Path(sys.executable).parent / "diklat")
    bare, full, same, month, start_up = (Measured() for _ in range(5))
    changed = sorted((home / "landing" / "attendance").iterdir())[-1] / "attendance.csv"
    for _ in range(repeats):
        timed(bare, python, "-m", "benchmarks.bare", str(home), str(folder / "bare.duckdb"), home=home)
        timed(full, diklat, "refresh", "--full", "--json", home=home)
        timed(same, diklat, "refresh", "--json", home=home)
        lines = changed.read_text().splitlines(keepends=True)
        changed.write_text("".join(lines[:-1]))
        timed(month, diklat, "refresh", "--json", home=home)
        timed(start_up, diklat, "versions", "--json", home=home)
    with duckdb.connect(str(home / "published/current/warehouse.duckdb"), read_only=True) as con:
        total = con.execute("select sum(n_read) from ops.delivery").fetchall()[0][0]
    size = sum(path.stat().st_size for path in (home / "landing").rglob("*.csv")) / 1e6
    report = [
        f"## {rows:,} attendance and {rows:,} survey rows ({total:,} rows in all, {size:,.0f} MB of CSV)\n",
        "| run | seconds (median) | all runs | ratio to the bare script | processor seconds | rows/s | peak memory, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    kinds = {
        "bare DuckDB script": bare,
        "full refresh": full,
        "one changed month": month,
        "nothing changed": same,
        "start-up alone (`diklat versions`)": start_up,
    }
    for name, found in kinds.items():
        runs = ", ".join(f"{second:.1f}" for second in found.seconds)
        speed = f"{total / found.median:,.0f}" if found in (bare, full) else ""
        report.append(
            f"| {name} | {found.median:.2f} | {runs} | {found.median / bare.median:.2f} | {statistics.median(found.processor):.1f} | {speed} | {max(found.peak_mb):,.0f} |"
        )
    report += [
        "\nSeconds by step of the last full refresh (steps above 1 % of it):\n",
        "| step | seconds |",
        "|---|---|",
    ]
    whole = sum(full.steps.values())
    ordered = sorted(full.steps.items(), key=lambda item: -item[1])
    report += [f"| {step.replace('__', '.')} | {seconds:.2f} |" for step, seconds in ordered if seconds > whole / 100]
    report.append(f"| Dagster's own work, start-up, summary | {full.seconds[-1] - whole:.2f} |\n")
    return kinds, report


def too_dear(kinds: Mapping[str, Measured]) -> list[str]:
    """The kinds of run that cost more than `QUICK_BOUNDS` allows, a line each."""
    bare = kinds["bare DuckDB script"].processor[0]
    return [
        f"{name}: {kinds[name].processor[0] / bare:.1f} × the bare script's processor seconds, allowed are {bound:g}"
        for name, bound in QUICK_BOUNDS.items()
        if kinds[name].processor[0] > bound * bare
    ]


def quick() -> None:
    """Measure a small city once; exit code 1 where a night costs more than it may."""
    with tempfile.TemporaryDirectory() as folder:
        kinds, lines = measure(QUICK_ROWS, Path(folder), 1, QUICK_EMPLOYEES)
    print("\n".join(lines))
    sys.exit("\n".join(too_dear(kinds)) or 0)


def main() -> None:
    """Measure every size and write the report."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    lines = [
        "# Speed\n",
        "Written by `make bench`. The bare script (`benchmarks/bare.py`) reads the same CSV files typed, applies the same "
        "rules as SQL predicates, keeps the refused rows, and builds the same star and metrics with the same queries. It "
        "has no line numbers or reasons, no audits, no publication, no Parquet copy and no orchestration.\n",
        f"{dt.date.today():%Y-%m-%d}, commit {commit or 'unknown'}. {os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}; "
        f"{REPEATS} interleaved runs of each.\n",
    ]
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            lines += measure(rows, Path(folder), REPEATS)[1]
    (ROOT / "benchmarks" / "RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    quick() if sys.argv[1:] == ["--quick"] else main()
