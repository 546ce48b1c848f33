"""Sixty nights of a small city, one after the other: how large each folder of the data root is in the morning, and what the night took.

`python -m benchmarks.nights` (half an hour) writes NIGHTS.md. Offices send, correct, send what cannot be read, lose a month and find it again; some
nights are killed. Each night is a `diklat refresh` of its own, as of a day of its own. The machine's clock stays: in its place Dagster's runs are made a
day older each night. At the end all is made again at once of the deliveries: it must have the same rows, and where it takes less room something grows.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.refresh import ROOT, Measured, timed
from warehouse.database import connect
from warehouse.sample.city import write_sample
from warehouse.store import Store

NIGHTS = int(os.environ.get("BENCH_NIGHTS", "60"))
EMPLOYEES, MONTHS, BEFORE, SEED = 200, 5, 2, 2026
"""The city, how many months it delivers, and how many of them before the first night."""
FIRST = dt.date(2026, 9, 1)
WEEKS = ("send", "correct", "rest", "send", "spoil", "mend", "send", "lose", "find", "killed", "rest")
"""What comes before each night, over and over."""
KILLED_AT = ("_copy", "_verify", "point_at", "drop_old_versions")
"""Where in `warehouse.publishing.version` nights are killed, one after the other."""
KILLED = (
    "import os, signal; from pipelines.cli import app; from warehouse.publishing import version; "
    "version.{at} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL); app()"
)
SPLIT = ("build", "dagster", "published", "restricted")
"""Folders of the data root of which each folder and file is measured by itself."""
LIMITED = {
    "build/last.duckdb": "the build before, until the next one is audited",
    "build/report_cache.sqlite": "pages of seven versions",
    "dagster/history": "runs of 30 days, and up to a week more",
    "dagster/storage": "runs of 30 days, and up to a week more",
    "history": "nights of 400 days",
    "published/versions": "seven versions",
}
"""What holds more after many nights than after one, and how much at most."""
NEEDED = ("pseudonym.key", "shown.parquet")
"""What of the restricted store cannot be made again of the deliveries."""


@dataclass
class Night:
    """What a night was like, and what lay there in the morning."""

    kind: str
    code: int
    seconds: float
    processor: float
    peak_mb: float
    size: Counter[str]
    """Folder → bytes."""
    files: Counter[str]
    """Folder → files and folders in it."""
    rows: dict[str, int]
    """Table that tells of the program itself (of `ops`, of Dagster) → rows."""


class Offices:
    """What the city's offices do with the landing area, the same for the same seed."""

    def __init__(self, landing: Path, pool: Sequence[Path], a_night: int) -> None:
        self.landing, self.pool, self.a_night = landing, iter(pool), a_night
        self.chance = random.Random(SEED)
        self.spoilt = self.lost = landing

    def _registers(self) -> list[Path]:
        return sorted(self.landing.glob("attendance/*/daftar_hadir.csv"))

    def send(self) -> None:
        """Send the next files."""
        for path in islice(self.pool, self.a_night):
            target = self.landing.joinpath(*path.parts[-3:])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    killed = send

    def rest(self) -> None:
        """Send nothing."""

    def correct(self) -> None:
        """Send a list again that has a row less."""
        path = self.chance.choice(self._registers())
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))

    def spoil(self) -> None:
        """Send a list of which no row can be read."""
        self.spoilt = self._registers()[-1].with_name(f"rusak {self.chance.randrange(10**6)}.csv")
        self.spoilt.write_text("class_id,session_no,employee_id,status\n" + "X,satu,tidak tahu,entah\n" * 40)

    def mend(self) -> None:
        """Take it away."""
        self.spoilt.unlink()

    def lose(self) -> None:
        """Lose a month of presences, as where a disk is not mounted."""
        self.lost = self._registers()[0].parent
        self.lost.rename(self.landing.parent / "lost")

    def find(self) -> None:
        """Bring it back."""
        (self.landing.parent / "lost").rename(self.lost)


def sizes(home: Path) -> tuple[Counter[str], Counter[str]]:
    """Bytes, and number of files and folders, by folder of the data root. A file that has several names counts once."""
    size, files, seen = Counter[str](), Counter[str](), set[int]()
    for path in sorted(home.rglob("*")):
        parts = path.relative_to(home).parts
        folder, about = "/".join(parts[: 2 if parts[0] in SPLIT else 1]), path.lstat()
        files[folder] += 1
        if path.is_file() and not path.is_symlink() and about.st_ino not in seen:
            seen.add(about.st_ino)
            size[folder] += about.st_size
    return size, files


def rows(store: Store) -> dict[str, int]:
    """Rows of the tables that tell of the program itself."""
    found = Counter[str]()
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        for (table,) in con.execute("select table_name from duckdb_tables() where schema_name = 'ops'").fetchall():
            [(found[f"ops.{table}"],)] = con.execute(f"select count(*) from ops.{table}").fetchall()
    for file in store.dagster_home.glob("**/*.db"):
        with closing(sqlite3.connect(file)) as database:
            for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
                [(n,)] = database.execute(f"select count(*) from {table}").fetchall()
                found[f"Dagster's {table}"] += n
    return found


def let_a_day_pass(store: Store) -> None:
    """Make Dagster's runs a day older: when they are packed goes by their files, when they are deleted by when they were made."""
    file = store.dagster_home / "history" / "runs.db"
    for shard in file.with_suffix("").glob("*-*.db"):
        os.utime(shard, (shard.stat().st_mtime - 86_400,) * 2)
    if file.exists():
        with closing(sqlite3.connect(file)) as database, database:
            for column in ("create_timestamp", "update_timestamp"):
                database.execute(f"update runs set {column} = strftime('%Y-%m-%d %H:%M:%f000', {column}, '-1 day')")


def by_command(store: Store, day: dt.date, kind: str, nth: int) -> tuple[int, Measured]:
    """A night as the timer runs it; its exit code, and what it took."""
    measured, arguments = Measured(), ("refresh", "--as-of", day.isoformat(), "--json")
    begin = ("-c", KILLED.format(at=KILLED_AT[nth % len(KILLED_AT)])) if kind == "killed" else ("-m", "diklat")
    right = {"killed": (-signal.SIGKILL,), "lose": (1,)}.get(kind, (0, 3))
    code = timed(measured, sys.executable, *begin, *arguments, home=store.home, right=right)
    let_a_day_pass(store)
    return code, measured


def live(
    store: Store,
    offices: Offices,
    kinds: Sequence[str],
    first: dt.date,
    refresh: Callable[[Store, dt.date, str, int], tuple[int, Measured]] = by_command,
) -> Iterator[Night]:
    """Live through a night of each kind, from the `first` on."""
    for nth, kind in enumerate(kinds):
        getattr(offices, kind)()
        code, took = refresh(store, first + dt.timedelta(days=nth), kind, nth // len(WEEKS))
        yield Night(kind, code, took.seconds[0], took.processor[0], took.peak_mb[0], *sizes(store.home), rows(store))


def made_again(store: Store, home: Path) -> Store:
    """The deliveries, and what cannot be made again of them, in a data root of its own, in which nothing was read yet."""
    again = Store(home)
    shutil.copytree(store.landing, again.landing)
    for name in NEEDED:
        shutil.copyfile(store.restricted / name, again.restricted / name)
    return again


def hashes(store: Store) -> dict[str, str]:
    """Table → a hash of its rows in any order, of all published tables but those that tell of the nights themselves."""
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('core', 'marts', 'ops') "
            "and table_name not in ('audit_result', 'freshness', 'run_history', 'audit_history', 'flag_history')"
        ).fetchall()
        return {
            table: str(con.execute(f"select count(*), sum(cast(hash(t) as hugeint)) from {table} as t").fetchall())
            for (table,) in tables
        }


def grown(after: Night, at_once: Night) -> list[str]:
    """What takes more room after all nights than where the same deliveries came at once, and has no limit."""
    return [
        f"{folder}: {getattr(after, what)[folder]:,} {what}, made at once {getattr(at_once, what)[folder]:,}"
        for folder in sorted(after.size.keys() - LIMITED.keys())
        for what, little in (("size", 4096), ("files", 2))
        # A tenth, a page and two files: how full a database's pages are depends on the order in which they were written.
        if getattr(after, what)[folder] > 1.1 * getattr(at_once, what)[folder] + little
    ]


def report(nights: Sequence[Night], at_once: Night) -> list[str]:
    """The tables of NIGHTS.md: the nights, and what is left of them beside the same deliveries that came at once."""
    middle, last = nights[len(nights) // 2], nights[-1]
    lines = ["| night | what came before | exit code | seconds | processor seconds | peak memory, MB | delivered, kB | published, MB | Dagster, kB | all, MB | files |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for nth, night in enumerate(nights, start=1):
        dagster = sum(size for folder, size in night.size.items() if folder.startswith("dagster"))
        lines.append(
            f"| {nth} | {night.kind} | {night.code} | {night.seconds:.1f} | {night.processor:.1f} | {night.peak_mb:,.0f} | {night.size['landing'] / 1e3:,.0f} | "
            f"{night.size['published/versions'] / 1e6:.1f} | {dagster / 1e3:,.0f} | {night.size.total() / 1e6:.1f} | {night.files.total():,} |"
        )
    lines += ["\n| folder | kB in the middle | at the end | of the same deliveries at once | files in the middle | at the end | at once | holds at most |",
              "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {folder} | {' | '.join(f'{night.size[folder] / 1e3:,.0f}' for night in (middle, last, at_once))} | "
        f"{' | '.join(f'{night.files[folder]:,}' for night in (middle, last, at_once))} | {LIMITED.get(folder, '')} |"
        for folder in sorted(last.size.keys() | at_once.size.keys())
        if max(last.size[folder], at_once.size[folder]) > 1000
    ]
    lines += ["\n| rows of | in the middle | at the end |", "|---|---|---|"]
    lines += [
        f"| {table} | {middle.rows.get(table, 0):,} | {n:,} |"
        for table, n in sorted(last.rows.items())
        if n > middle.rows.get(table, 0)
    ]
    lines += ["\n| kind of night | processor seconds, mean of the earlier half | of the later half | peak memory, MB, earlier | later |", "|---|---|---|---|---|"]  # fmt: skip
    for kind in dict.fromkeys(night.kind for night in nights):
        halves = [
            [n for n in half if n.kind == kind] for half in (nights[: len(nights) // 2], nights[len(nights) // 2 :])
        ]
        cost = [f"{np.mean([n.processor for n in half]):.1f}" if half else "" for half in halves]
        peak = [f"{max(n.peak_mb for n in half):,.0f}" if half else "" for half in halves]
        lines.append(f"| {kind} | {' | '.join(cost)} | {' | '.join(peak)} |")
    return [
        *lines,
        f"\nTakes more room than the same deliveries at once, without a limit: {'; '.join(grown(last, at_once)) or 'nothing'}.\n",
    ]


def main() -> None:
    """Live through the nights, make everything again, write the report; exit code 1 where something grows or other rows come out."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        store, pool = Store(Path(folder, "data")), Path(folder, "pool", "landing")
        pool.mkdir(parents=True)
        write_sample(pool, employees=EMPLOYEES, months=MONTHS, seed=SEED, end_month="2026-10")
        store.write_sample_key(SEED)
        files = sorted((path for path in pool.glob("*/*/*")), key=lambda path: (path.parent.name, path))
        months = sorted({path.parent.name for path in files})
        begun = [path for path in files if path.parent.name < months[BEFORE]]
        kinds = [*islice(cycle(WEEKS), NIGHTS - 1), "rest"]
        sending = sum(kind in ("send", "killed") for kind in kinds)
        Offices(store.landing, begun, len(begun)).send()
        by_command(store, FIRST - dt.timedelta(days=1), "rest", 0)
        offices = Offices(store.landing, files[len(begun) :], -(-(len(files) - len(begun)) // sending))
        nights = []
        for night in live(store, offices, kinds, FIRST):
            nights.append(night)
            print(len(nights), night.kind, night.code, f"{night.seconds:.1f} s", f"{night.size.total() / 1e6:.1f} MB", flush=True)  # fmt: skip
        again = made_again(store, Path(folder, "again"))
        [at_once] = live(again, Offices(again.landing, [], 0), ["rest"], FIRST + dt.timedelta(days=len(kinds) - 1))
        then, now = hashes(store), hashes(again)
    other = sorted(table for table in then.keys() | now.keys() if then.get(table) != now.get(table))
    text = "\n".join(
        [
            "# Nights\n",
            f"Written by `python -m benchmarks.nights`: {len(kinds)} nights of a city of {EMPLOYEES} employees, each a `diklat refresh` as of a day of its own. "
            f"{BEFORE} months were delivered before, {MONTHS - BEFORE} come during the nights. `spoil`: a list of which no row can be read; `lose`: a month is gone, "
            "and the night refuses (1); `killed`: something was sent, and the process dies while it publishes (-9).\n",
            f"{dt.date.today():%Y-%m-%d}, commit {commit.strip() or 'unknown'}. {os.cpu_count()} cores, Python {platform.python_version()}.\n",
            *report(nights, at_once),
            f"Made again of the deliveries, {len(now)} tables: {', '.join(other) + ' differ' if other else 'the same rows'}.\n",
        ]
    )
    (ROOT / "benchmarks" / "NIGHTS.md").write_text(text, encoding="utf-8")
    print(text)
    sys.exit(bool(other or grown(nights[-1], at_once)))


if __name__ == "__main__":
    main()
