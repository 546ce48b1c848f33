"""A small published city to be hurt, and the invariant that must hold afterwards."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import once, refresh, sample_city, table_hashes
from warehouse.building.lineage import column_lineage
from warehouse.database import connect
from warehouse.delivery.landing import Landing
from warehouse.lock import one_writer
from warehouse.publishing.version import is_sound
from warehouse.store import Store, read_json, write_json
from warehouse.upkeep.health import check_room, reconcile

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 11, 24)
CORRECTION = "attendance/2026-10/koreksi.csv"
SECONDS = 900
"""Longest time that one refresh may take here."""


@dataclass
class Sandbox:
    """A data root with a published version, and a delivery that waits to make the next one."""

    store: Store
    old: str = ""
    new: str = ""
    expected: dict[str, str] = field(default_factory=dict)
    """Table → hash of the rows that an undisturbed refresh gives."""
    settings: dict[str, str] = field(default_factory=dict)
    """What the environment of its processes says beside the data root."""
    undisturbed: Path = Path()
    """Data root of the copy that an undisturbed refresh made the next version in."""

    @classmethod
    def prepare(cls, folder: Path) -> Sandbox:
        """Write the city, publish it, deliver a correction, and learn from a copy what a refresh makes of it."""
        store = sample_city(Store(folder / "data"), employees=200, months=3)
        old = refresh(store, DAY)["build_id"]
        box = cls(store, old)
        box.deliver()
        box.learn()
        return box

    @classmethod
    def shared(cls, factory: pytest.TempPathFactory, folder: Path) -> Sandbox:
        """A copy in `folder` of the sandbox that is prepared once for the whole test run."""
        made = once(factory, "sandbox", cls._keep)
        known = read_json(made / "sandbox.json") or {}
        return cls(Store(made / "data"), undisturbed=made / "undisturbed", **known).copy(folder)

    @classmethod
    def _keep(cls, folder: Path) -> None:
        box = cls.prepare(folder)
        column_lineage(box.store.build.with_name("column_lineage.json"))  # once, not by the first process of each copy
        write_json(folder / "sandbox.json", {"old": box.old, "new": box.new, "expected": box.expected})

    def learn(self) -> None:
        """Refresh a copy undisturbed: that is what must come out."""
        self.undisturbed = self.store.home.with_name("undisturbed")
        shutil.rmtree(self.undisturbed, ignore_errors=True)
        shutil.copytree(self.store.home, self.undisturbed, symlinks=True)
        self.new = refresh(Store(self.undisturbed), DAY)["build_id"]
        self.expected = table_hashes(Store(self.undisturbed))

    def copy(self, folder: Path) -> Sandbox:
        """The sandbox in another folder."""
        shutil.copytree(self.store.home, folder / "data", symlinks=True)
        return Sandbox(Store(folder / "data"), self.old, self.new, self.expected, undisturbed=self.undisturbed)

    def advance(self) -> None:
        """Take over what the undisturbed refresh made: the new version is the published one, and nothing waits."""
        shutil.rmtree(self.store.home)
        shutil.copytree(self.undisturbed, self.store.home, symlinks=True)

    def deliver(self, text: str | None = None, name: str = CORRECTION) -> Path:
        """Put a file into the landing area; by default further attendance of people that are enrolled."""
        path = self.store.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            lines = (self.store.landing / "attendance/2026-10/daftar_hadir.csv").read_text().splitlines()
            text = (
                "\n".join([lines[0], *(line.rsplit(",", 1)[0].replace(",1,", ",9,") + ",hadir" for line in lines[1:9])])
                + "\n"
            )
        path.write_text(text)
        return path

    @property
    def environment(self) -> dict[str, str]:
        """Environment of a process that works on this data root."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DIKLAT", "DAGSTER"))}
        return kept | {"DIKLAT_HOME": str(self.store.home), "PYTHONPATH": str(ROOT)} | self.settings

    def start(self, *arguments: str, day: dt.date = DAY, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a refresh (see `driver`)."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.driver", *arguments, day.isoformat()],
            cwd=ROOT, env=self.environment | (env or {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str, **how: Any) -> tuple[int, str]:
        """Run a refresh to its end; exit code and everything it said."""
        process = self.start(*arguments, **how)
        out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out + err

    def check_published(self) -> str:
        """The published version is the old or the new one, whole, and opens; returns its build id."""
        target = os.readlink(self.store.current)
        build_id = Path(target).name
        assert build_id in (self.old, self.new), f"published is {build_id}, neither {self.old} nor {self.new}"
        assert is_sound(self.store.current), f"{build_id} is not whole"
        manifest = read_json(self.store.current / "manifest.json")
        assert manifest is not None
        with connect((self.store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
            for table, rows in manifest["rows"].items():
                found = con.execute(f"select count(*) from {table}").fetchall()[0][0]
                assert found == rows, f"{table} has {found} rows, the manifest {rows}"
        # What a draft left is another matter: the next run removes it.
        assert not list(self.store.published.glob("versions/[!.]*/*.wal")), "a log lies beside the published file"
        return build_id

    def check_recovers(self, *, cli: bool = False) -> None:
        """The next refresh succeeds by itself and gives the expected rows; nothing half done is left."""
        if cli:
            code, said = self.run()
            assert code in (0, 3), f"the next refresh ended with {code}: {said[-2000:]}"
        else:
            plain_refresh(self.store, DAY)
        assert self.check_published() == self.new
        found = table_hashes(self.store)
        wrong = {table for table in found.keys() | self.expected.keys() if found.get(table) != self.expected.get(table)}
        assert not wrong, f"other rows in {sorted(wrong)}"
        left = [
            path
            for root in (self.store.staging, self.store.published, self.store.restricted, self.store.build.parent)
            for path in root.rglob("*")
            if path.suffix in (".tmp", ".wal")
        ]
        assert not left, f"left behind: {left}"

    def check(self, *, cli: bool = False) -> str:
        """The whole invariant; returns whether the old or the new version stood before the next refresh."""
        stood = "new" if self.check_published() == self.new else "old"
        self.check_recovers(cli=cli)
        return stood


def correct(store: Store) -> None:
    """Correct the waiting delivery: it has a row less."""
    path = store.landing / CORRECTION
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def plain_refresh(store: Store, day: dt.date) -> str:
    """What `diklat refresh` does, without Dagster; returns the build id."""
    with one_writer(store, "chaos"):
        reconcile(store)
        check_room(store, Landing({}, [], []), {})
        return str(refresh(store, day)["build_id"])


@contextmanager
def small_disk(folder: Path, megabytes: float) -> Iterator[Path]:
    """A file system of its own of that size, mounted on `folder`. Raises OSError where that is not allowed."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "diklat", str(folder)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    """Change the options of a mounted file system (`size=…`, `ro`, `rw`)."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)
