"""`make bench-peers`: what other tools take for the same work from the same files, as multiples of the bare script; writes PEERS.md.

The work: read typed, apply the contracts' rules, keep what is refused, build the star and the marts that are SQL down to the files. Files in
layouts that only the product reads are left out. dbt-duckdb and SQLMesh are installed by name into environments of their own below `build/peers`;
their projects are written out of the product's models and contracts. Runs are interleaved. Tables that a peer shares with the bare script must
have the same rows and values: one that has others is no peer, its row names the table, and the run fails.

Lines of code are those that are not blank: of a script with the SQL of its models, of the two projects as they are written, of the product all its
packages. Contracts, where all but the pandas script have their rules from, are counted in the product alone.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks import bare
from benchmarks.city import write_city
from benchmarks.peers import projects
from benchmarks.refresh import REPEATS, ROOT, SIZES, Measured, timed
from schemas.column import DUCKDB_TYPES
from schemas.sources import SOURCES
from warehouse.store import Store

AS_OF = "2026-11-24"
RESTATED = "staging.read_attendance"
"""The model whose file changes: dbt and SQLMesh must be told."""
TOOLS = {
    # dbt-core 1.12 has a parser that is fetched from elsewhere while it is installed.
    "dbt-duckdb": ("dbt-duckdb", "dbt-core<1.12"),
    "sqlmesh": ("sqlmesh",),
}
KINDS = ("full refresh", "one changed month", "nothing changed")


@dataclass
class Peer:
    """One way to do the work."""

    name: str
    made: Path
    """The database that it makes, or the folder of its Parquet files."""
    lines: int
    lacks: str
    commands: dict[str, tuple[str, ...]]
    """Kind of run → command. What makes everything again whatever changed has one for a full refresh only."""
    begin: Callable[[], None] = lambda: None
    """Run before a full refresh, and not timed."""
    measured: dict[str, Measured] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)
    shared: int = 0
    """How many of the bare script's tables it makes."""
    failed: str = ""

    def run(self, kind: str, home: Path) -> None:
        """Time one run; a peer that failed once is not asked again."""
        if self.failed or kind not in self.commands:
            return
        if kind == KINDS[0]:
            self.begin()
        try:
            timed(self.measured.setdefault(kind, Measured()), *self.commands[kind], home=home)
        except (RuntimeError, OSError) as error:
            self.failed = f"{kind} failed: {error}"

    def compare(self, base: Fingerprint) -> None:
        """Note where it made other rows than `base` tells."""
        if not self.failed:
            made = fingerprint(self.made)
            self.shared = len(made)
            self.differs += [line for line in differences(base, made) if line not in self.differs]


Fingerprint = dict[str, dict[str, int]]
"""Table → its number of rows (called rows), and of each column that is no text the sum of its values' hashes. Ids differ by their secrets."""


def fingerprint(made: Path) -> Fingerprint:
    """What stands in the tables of a database, or of a folder of Parquet files, that the bare script makes too."""
    found = {}
    with duckdb.connect() if made.is_dir() else duckdb.connect(str(made), read_only=True) as con:
        for table, model in bare.without_python().items():
            path = made / f"{table.replace('.', '/')}.parquet"
            if made.is_dir() and not path.exists():
                continue
            rows = con.sql(f"from '{path}'" if made.is_dir() else f"from {table}")
            has = {
                column.name: f"cast({column.name} as {DUCKDB_TYPES[column.type]})"
                for column in model.contract.columns
                if column.name in rows.columns and column.type != "text"
            }
            # A sum in another order is another number in its last digits.
            values = {name: f"round({value}, 6)" if value.endswith("DOUBLE)") else value for name, value in has.items()}
            sums = ", ".join(["count(*)", *(f"sum(cast(hash({value}) as hugeint))" for value in values.values())])
            [numbers] = rows.aggregate(sums).fetchall()
            found[table] = dict(zip(["rows", *values], numbers, strict=True))
    return found


def differences(base: Fingerprint, other: Fingerprint) -> list[str]:
    """Tables of both in which rows or values differ, one line each."""
    told = []
    for table in sorted(set(base) & set(other)):
        ours, theirs = base[table], other[table]
        if ours["rows"] != theirs["rows"]:
            told.append(f"{table}: {theirs['rows']:,} rows, not {ours['rows']:,}")
        elif names := [name for name in ours if name in theirs and ours[name] != theirs[name]]:
            told.append(f"{table}: other {', '.join(names)}")
    return told


def peers(home: Path, folder: Path) -> list[Peer]:
    """All of them, the bare script first; a tool that cannot be had says so."""
    python, diklat = sys.executable, str(Path(sys.executable).parent / "diklat")
    scripts = {name: folder / name / "peer.duckdb" for name in ("bare", "whole", "published", "dbt", "sqlmesh")}
    for path in scripts.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).parent
    queries = sum(_code(model.queries[""] for model in bare.without_python().values()))
    own = _lines([ROOT / "benchmarks" / "bare.py"]) + queries

    def script(name: str, *more: str, module: str = "benchmarks.bare") -> dict[str, tuple[str, ...]]:
        return {KINDS[0]: (python, "-m", module, str(home), str(scripts[name]), *more)}

    never = "no report, verdicts, Python marts"
    every = f"No schedule, history of runs, versions to go back to; {never}"
    found = [
        Peer("bare DuckDB script", scripts["bare"], own, f"{every}. No reasons, checks, Parquet.", script("bare", "--sql")),
        Peer(
            "the same with the Python marts (the measure of RESULTS.md)", scripts["whole"], own,
            "As the bare script, but for the Python marts (their lines are not counted).", script("whole"),
        ),
        Peer(
            "bare script with publication", scripts["published"], own + _lines([here / "published.py"]),
            f"{every}. No line numbers; does not see what changed.", script("published", module="benchmarks.peers.published"),
        ),
        Peer(
            "pandas script", folder / "pandas", _lines([here / "analyst.py"]),
            f"{every}; nor small dimensions and facts, columns of tests and observations, nor marts of hours. "
            "No reasons, no checks; does not see what changed.",
            {KINDS[0]: (python, "-m", "benchmarks.peers.analyst", str(home), str(folder / "pandas"))},
        ),
    ]  # fmt: skip
    for tool, add in (("dbt-duckdb", _dbt), ("sqlmesh", _sqlmesh)):
        peer = add(home, scripts[add.__name__.strip("_")], never)
        environment, peer.failed = installed(tool)
        peer.commands = {
            kind: (str(environment / "bin" / command), *more) for kind, (command, *more) in peer.commands.items()
        }
        found.append(peer)
    ours = [
        path for name in ("schemas", "warehouse", "assets", "pipelines", "diklat") for path in (ROOT / name).rglob("*")
    ]
    refresh = (diklat, "refresh", "--json", "--as-of", AS_OF)
    found.append(
        Peer(
            "diklat refresh", Store(home).build, _lines(path for path in ours if path.suffix in (".py", ".sql")),
            "Nothing of this list: it makes all tables, reasons with line numbers, audits, verdicts, report and publication.",
            {KINDS[0]: (*refresh, "--full"), KINDS[1]: refresh, KINDS[2]: refresh},
        )
    )  # fmt: skip
    return found


def _dbt(home: Path, target: Path, never: str) -> Peer:
    folder = target.parent
    projects.write_dbt(home, folder)
    where = ("--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet")
    return Peer(
        "dbt-duckdb with its tests", target, _lines(_project(folder)),
        f"No schedule, versions to go back to; {never}. No reasons, no Parquet; tests run after the table stands for all to see. Does not look at files: it is told which model "
        "to make again, and makes it and all that hangs on it whole.",
        {KINDS[0]: ("dbt", "build", *where), KINDS[1]: ("dbt", "build", "--select", f"{projects.file_name(RESTATED)}+", *where)},
        lambda: target.unlink(missing_ok=True),
    )  # fmt: skip


def _sqlmesh(home: Path, target: Path, never: str) -> Peer:
    folder = target.parent
    projects.write_sqlmesh(home, folder)
    where = ("-p", str(folder), "--log-file-dir", str(folder / "logs"))
    plan = ("sqlmesh", *where, "plan", "--auto-apply", "--no-prompts")

    def begin() -> None:
        for path in (target, folder / "state.duckdb"):
            path.unlink(missing_ok=True)

    return Peer(
        "SQLMesh with its audits", target, _lines(_project(folder)),
        f"{never[0].upper()}{never[1:]}. No reasons, no Parquet. Does not look at files: it is told which model to make again, and makes it and all that hangs "
        "on it whole; with nothing due it does nothing, whatever was delivered.",
        {KINDS[0]: plan, KINDS[1]: (*plan, "--restate-model", RESTATED), KINDS[2]: ("sqlmesh", *where, "run")},
        begin,
    )  # fmt: skip


def _project(folder: Path) -> Iterable[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".sql", ".yml", ".yaml")]


def _code(texts: Iterable[str]) -> Iterable[int]:
    return (sum(bool(line.strip()) for line in text.splitlines()) for text in texts)


def _lines(paths: Iterable[Path]) -> int:
    return sum(_code(path.read_text(encoding="utf-8") for path in paths))


def installed(tool: str) -> tuple[Path, str]:
    """The tool's environment, made where it is not, and why it could not be made (empty where it could)."""
    folder = ROOT / "build" / "peers" / tool
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *TOOLS[tool]],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                errors = [line for line in done.stderr.splitlines() if line.lower().startswith("error")]
                return folder, f"could not be installed here: {' '.join(errors[:1]) or 'see pip'}"
        (folder / "ready").touch()
    return folder, ""


def _version(tool: str) -> str:
    asked = f"from importlib.metadata import version as v; print('{tool}', v('{tool}') + ', DuckDB', v('duckdb'))"
    python = ROOT / "build" / "peers" / tool / "bin" / "python"
    done = subprocess.run([str(python), "-c", asked], capture_output=True, text=True) if python.exists() else None
    return done.stdout.strip() if done and not done.returncode else f"no {tool}"


def measure(rows: int, folder: Path, repeats: int, employees: int = 22_000) -> tuple[list[Peer], list[str]]:
    """The peers, measured over one city, and the lines of the report."""
    home = folder / "data"
    write_city(home, rows, employees)
    for path in (home / "landing").iterdir():
        if path.name not in SOURCES:
            shutil.rmtree(path)  # layouts that only the product reads
    found = peers(home, folder)
    changed = sorted((home / "landing" / "attendance").iterdir())[-1] / "attendance.csv"
    for _ in range(repeats):
        for peer in found:
            peer.run(KINDS[0], home)
            peer.run(KINDS[2], home)
        base = fingerprint(found[0].made)
        for peer in found:
            peer.compare(base)
        lines = changed.read_text().splitlines(keepends=True)
        changed.write_text("".join(lines[:-1]))
        for peer in found:
            peer.run(KINDS[1], home)
    bare.run(home, folder / "after.duckdb", bare.without_python())
    base = fingerprint(folder / "after.duckdb")
    for peer in found:
        if KINDS[1] in peer.commands:
            peer.compare(base)
    return found, report(found, rows)


def report(found: list[Peer], rows: int) -> list[str]:
    """The table of one size. A run that makes everything again whatever changed counts as the full one."""
    base = found[0].measured[KINDS[0]].median
    lines = [
        f"## {rows:,} attendance and {rows:,} survey rows\n",
        f"| | {KINDS[0]}, seconds | ratio | {KINDS[1]} | {KINDS[2]} | processor seconds | peak memory, MB | lines of code | same rows | what it does not do |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for peer in found:
        if peer.failed:
            lines.append(f"| {peer.name} | {peer.failed} |  |  |  |  |  | {peer.lines:,} |  | {peer.lacks} |")
            continue
        full = peer.measured[KINDS[0]]
        ratios = [peer.measured.get(kind, full).median / base for kind in KINDS]
        marks = ["" if kind in peer.commands else " *" for kind in KINDS]
        cells = " | ".join(f"{ratio:.2f}{mark}" for ratio, mark in zip(ratios, marks, strict=True))
        peak = max(mb for one in peer.measured.values() for mb in one.peak_mb)
        same = "; ".join(peer.differs) or f"yes, {peer.shared} tables"
        lines.append(
            f"| {peer.name} | {full.median:.1f} | {cells} | {statistics.median(full.processor):.1f} | {peak:,.0f} | {peer.lines:,} | {same} | {peer.lacks} |"
        )
    return [
        *lines,
        "\nRatios are to the bare script's full refresh; processor seconds are the full refresh's. * makes everything again, whatever changed.\n",
    ]


def main() -> None:
    """Measure every size and write the report; exit code 1 where a peer made other rows."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    lines = ["# Peers\n", "Written by `make bench-peers`.", *(__doc__ or "").splitlines()[2:], ""]
    wrong, tables = [], []
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            found, told = measure(rows, Path(folder), REPEATS)
            tables += told
            wrong += [f"{peer.name}: {line}" for peer in found for line in peer.differs]
    lines += [
        f"{dt.date.today():%Y-%m-%d}, commit {commit or 'unknown'}. {os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}; "
        f"{'; '.join(map(_version, TOOLS))}. Interleaved runs of each: {REPEATS}. {os.environ.get('BENCH_NOTE', '')}".rstrip()
        + "\n",
        *tables,
    ]
    (ROOT / "benchmarks" / "PEERS.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
