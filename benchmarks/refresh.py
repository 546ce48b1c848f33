"""`make bench`: a full refresh, one with nothing changed and one with one changed month, beside a bare DuckDB script.

Runs are interleaved (bare, ours, bare, ours, …) on the same files; each figure is the median. Writes RESULTS.md.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks.city import write_city

SIZES = [int(size) for size in os.environ.get("BENCH_ROWS", "1000000,5000000").split(",")]
REPEATS = int(os.environ.get("BENCH_REPEATS", "3"))
ROOT = Path(__file__).parents[1]


@dataclass
class Measured:
    """Wall seconds and peak memory of the runs of one kind."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Median of the wall seconds."""
        return statistics.median(self.seconds)


def timed(into: Measured, *command: str, home: Path) -> None:
    """Run a command and note its wall time and peak resident memory; raises when it fails."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, env={**os.environ, "DIKLAT_HOME": str(home)})
        _, status, usage = os.wait4(process.pid, 0)
        into.seconds.append(time.perf_counter() - start)
        into.peak_mb.append(usage.ru_maxrss / 1024)
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            raise RuntimeError(f"{' '.join(command)} failed")
        output.seek(0)
        text = output.read()
        if text.startswith(b"{"):
            into.steps = json.loads(text)["steps"]


def measure(rows: int, folder: Path) -> list[str]:
    """Lines of the report for one size."""
    home = folder / "data"
    write_city(home, rows)
    python, diklat = sys.executable, str(Path(sys.executable).parent / "diklat")
    bare, full, same, month, start_up = (Measured() for _ in range(5))
    changed = sorted((home / "landing" / "attendance").iterdir())[-1] / "attendance.csv"
    for _ in range(REPEATS):
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
        "| run | seconds (median) | all runs | ratio to the bare script | rows/s | peak memory, MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in {
        "bare DuckDB script": bare,
        "full refresh": full,
        "one changed month": month,
        "nothing changed": same,
        "start-up alone (`diklat versions`)": start_up,
    }.items():
        runs = ", ".join(f"{second:.1f}" for second in found.seconds)
        speed = f"{total / found.median:,.0f}" if found in (bare, full) else ""
        report.append(
            f"| {name} | {found.median:.2f} | {runs} | {found.median / bare.median:.2f} | {speed} | {max(found.peak_mb):,.0f} |"
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
    return report


def main() -> None:
    """Measure every size and write the report."""
    lines = [
        "# Speed\n",
        "Written by `make bench`. The bare script (`benchmarks/bare.py`) reads the same CSV files typed, applies the same "
        "rules as SQL predicates, keeps the refused rows, and builds the same star and metrics with the same queries. It "
        "has no line numbers or reasons, no audits, no publication, no Parquet copy and no orchestration.\n",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}; "
        f"{REPEATS} interleaved runs of each.\n",
    ]
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            lines += measure(rows, Path(folder))
    (ROOT / "benchmarks" / "RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
