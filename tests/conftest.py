"""What tests share: an empty store, and a way to deliver files into it."""

from __future__ import annotations

import datetime as dt
import fcntl
import gc
import io
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from schemas.sources import SOURCES
from warehouse.building.build import build_table
from warehouse.building.inputs import begin_build
from warehouse.building.models import models
from warehouse.building.unchanged import begin_anew
from warehouse.database import connect
from warehouse.delivery.landing import Landing, scan
from warehouse.people.door import is_written
from warehouse.people.privacy import write_identity
from warehouse.publishing.version import publish_build
from warehouse.sample.city import write_sample
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes, changed_months
from warehouse.staging.report import FileReport
from warehouse.store import Store, read_json

DAY = dt.date(2026, 11, 24)
REAL = Path(__file__).parents[2] / "shared" / "real"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real data sets are not at {REAL}")

LONG = (
    "window", "chaos", "test_browser.py", "test_wheel.py", "deploy", "test_launch.py", "test_nights.py", "test_spark.py",
    "test_unchanged.py", "test_second_city.py", "test_definitions.py",
)  # fmt: skip
"""Folders and files of more than a minute, the longest first, one that waits for processes of its own beside one that computes: begun
before all others, so that no worker is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first, in their order; the other files stay in theirs."""
    items.sort(key=lambda item: next((at for at, name in enumerate(LONG) if name in item.path.parts), len(LONG)))


# As on the command line (`diklat/__main__.py`): to collect the tests alone takes a quarter less.
gc.set_threshold(100_000, 50, 100)


def _begin_in_memory(folder: Path = Path("/dev/shm")) -> None:
    """Have folders of tests lie in memory where there is room for them: nothing of a test outlives a power cut, so none waits for a disk."""
    if folder.is_dir():
        disk, memory = os.statvfs(folder), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if not disk.f_flag & os.ST_NOEXEC and min(memory / 2, disk.f_bavail * disk.f_frsize) > 8e9:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


_begin_in_memory()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in an empty folder."""
    return Store(tmp_path / "data")


@pytest.fixture
def deliver(store: Store) -> Callable[[str, str | bytes], Path]:
    """Write a file below the landing area: `deliver("attendance/2026-01/a.csv", text)`."""

    def put(name: str, content: str | bytes) -> Path:
        path = store.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


@pytest.fixture
def read(store: Store) -> Callable[[], dict[str, FileReport]]:
    """Read every changed month; returns what became of each file that a source reads, by name. Nothing may be lost."""

    def go() -> dict[str, FileReport]:
        landing = scan(store, DAY)
        recipes = Recipes(store, landing)
        reports = [
            report
            for source, months in changed_months(store, landing).items()
            for month in months
            for report in read_month(store, recipes.of(source, month))
        ]
        for report in reports:
            assert report.n_read == report.n_accepted + report.n_refused + report.n_duplicate, report
        return {report.file_name: report for report in reports}

    return go


def book(*rows: Sequence[object]) -> bytes:
    """A workbook of one sheet with these rows, as it is delivered."""
    return workbook({"Sheet": rows})


def workbook(named: Mapping[str, Iterable[Sequence[object]]]) -> bytes:
    """A workbook with a sheet per name, as it is delivered."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in named.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def sample_city(store: Store, employees: int, months: int, seed: int = 2026) -> Store:
    """Deliver a small sample city into an empty store, with its key."""
    store.landing.mkdir(parents=True)
    write_sample(store.landing, employees=employees, months=months, seed=seed)
    store.write_sample_key(seed)
    return store


def read_changed(store: Store, day: dt.date = DAY) -> Landing:
    """Read every month that changed; returns what was delivered."""
    landing = scan(store, day)
    recipes = Recipes(store, landing)
    for source, months in changed_months(store, landing).items():
        for month in months:
            read_month(store, recipes.of(source, month))
    return landing


def build(store: Store, day: dt.date = DAY) -> None:
    """Read what changed and make every table, without audits and publication."""
    landing = read_changed(store, day)
    begin_anew(store)
    with connect(store.build) as con:
        begin_build(con, store, day, landing)
        for model in models().values():
            build_table(con, model)


def refresh(store: Store, day: dt.date = DAY, *, allow_loss: bool = False) -> dict[str, Any]:
    """What a run does, step by step, without Dagster; returns the published version's manifest."""
    build(store, day)
    manifest = publish_build(store, allow_loss=allow_loss)
    write_identity(store)
    return manifest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` fills once for the whole run, whichever of the test processes asks first."""
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"once-{name}"
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder.with_suffix(".made")
        if not made.exists():  # asked under the lock: another process may have made it while this one waited
            make(folder)
            made.touch()
    return folder


def published_city(factory: pytest.TempPathFactory, employees: int, months: int, seed: int = 2026) -> Store:
    """A published sample city, made once for the whole run: to be read, and copied before it is changed."""
    return Store(
        once(
            factory, f"city-{employees}-{months}-{seed}",
            lambda home: refresh(sample_city(Store(home), employees=employees, months=months, seed=seed)),
        )
    )  # fmt: skip


def staged_rows(store: Store, source: str, month: str = "2026-01") -> pl.DataFrame:
    """The accepted rows of a month, with what the restricted store keeps of them: what people wrote, names of files and sheets."""
    rows = pl.read_parquet(store.staging / source / f"{month}.parquet")
    told = read_json(store.told / source / f"{month}.json") or {}
    names = {f"{number:04d}": file["file_name"] for number, file in enumerate(told["files"], start=1)}
    places = {"source_file": names, "source_sheet": {"": "", **told["sheets"]}}
    written = [column.name for column in SOURCES[source].columns if is_written(column)]
    words = dict(pl.read_parquet(store.words / source / f"{month}.parquet").iter_rows()) if written else {}
    known = {**places, **dict.fromkeys(written, words)}
    return rows.with_columns(pl.col(name).replace_strict(told, return_dtype=pl.String) for name, told in known.items())


def copied(city: Store, home: Path) -> Store:
    """A city of one's own, to be changed."""
    shutil.copytree(city.home, home, symlinks=True)
    return Store(home)


def words_in(text: str, words: Iterable[str]) -> set[str]:
    """Which of the words a text holds: all are looked for in one pass, for they are many and the texts long."""
    return set(pl.Series([text]).str.extract_many(sorted(words), overlapping=True).explode().drop_nulls())


def table_hashes(store: Store, file: Path | None = None) -> dict[str, str]:
    """Table → an order-free hash of all its rows, read from the published file, or from another of its databases.

    Without what depends on what was published before and when: `ops.audit_result`, for drift is measured against the last version,
    `ops.freshness`, for files arrive when they do, and the history of nights.
    """
    with connect(file or (store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('core', 'marts', 'ops') "
            "and table_name not in ('audit_result', 'freshness', 'run_history', 'audit_history', 'flag_history') order by all"
        ).fetchall()
        return {
            table: str(con.execute(f"select count(*), sum(cast(hash(t) as hugeint)) from {table} as t").fetchall()[0])
            for (table,) in tables
        }
