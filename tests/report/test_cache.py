"""What did not change is not made again; what changed is; and nothing that becomes of the cache stops a report."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.conftest import published_city
from warehouse import report
from warehouse.report import cache as caching
from warehouse.report.cache import Cache


class Maker:
    """Makes texts, and counts them."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self) -> str:
        self.n += 1
        return "a text"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A cache that knows one text, made of 1 for version v1."""
    made(tmp_path / "cache.sqlite", "v1", 1)
    return tmp_path / "cache.sqlite"


def made(file: Path, version: str, *of: object, kept: tuple[str, ...] = ()) -> int:
    """How many of the texts that are made of these a report of this version makes anew."""
    cache, make = Cache(file, kept), Maker()
    assert {cache.text(make, part) for part in of} <= {"a text"}
    cache.keep(version)
    return make.n


def test_what_is_made_of_the_same_is_made_once(file: Path) -> None:
    assert made(file, "v2", 1) == 0


@pytest.mark.parametrize("of", [2, "1", [1], None])
def test_what_is_made_of_something_else_is_made_anew(file: Path, of: object) -> None:
    assert made(file, "v2", of) == 1


def test_a_day_is_not_the_text_of_a_day(tmp_path: Path) -> None:
    day = dt.date(2026, 11, 24)
    assert made(tmp_path / "cache.sqlite", "v1", {"on": day}) == 1
    assert made(tmp_path / "cache.sqlite", "v1", {"on": str(day)}, {"on": dt.date(2026, 11, 24)}) == 1


def test_another_program_makes_everything_anew(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "_program", lambda: ["another"])
    assert made(file, "v2", 1) == 1


@pytest.mark.parametrize(
    "harm", ["content = x'00'", "content = null", "sha256 = 'text'", "content = cast('é' as text)"]
)
def test_a_damaged_entry_is_made_anew_and_mended(file: Path, harm: str) -> None:
    assert made(file, "v1", 2) == 1
    with sqlite3.connect(file) as con:
        con.execute(f"update made set {harm} where key = (select min(key) from made)")
    assert made(file, "v1", 1, 2) == 1
    assert made(file, "v1", 1, 2) == 0


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 9_000])
def test_a_damaged_file_is_begun_anew(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert made(file, "v1", 1) == 1
    assert made(file, "v1", 1) == 0


def test_a_file_of_an_older_program_is_begun_anew(file: Path) -> None:
    with sqlite3.connect(file) as con:
        con.execute("alter table made rename column content to svg")
    assert made(file, "v1", 1) == 1
    assert made(file, "v1", 1) == 0


@pytest.mark.parametrize("trouble", ["query_only = on", "max_page_count = 1"])
def test_a_read_only_file_or_a_full_disk_stops_nothing(
    file: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = caching._opened

    def troubled(path: Path) -> sqlite3.Connection:
        connection = opened(path)
        connection.execute(f"pragma {trouble}")
        return connection

    monkeypatch.setattr(caching, "_opened", troubled)
    assert made(file, "v1", *range(1, 2_000)) == 1_998


def test_a_file_that_cannot_be_there_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for file in (tmp_path / "folder", tmp_path / "nowhere" / "cache.sqlite"):
        assert made(file, "v1", 1) == 1


def test_what_no_kept_version_uses_is_dropped(file: Path) -> None:
    made(file, "v2", 2, kept=("v1",))
    made(file, "v3", 3, kept=("v1", "v2"))
    assert made(file, "v3", 1, 2, 3, kept=("v1", "v2")) == 0
    made(file, "v4", 1, kept=("v2", "v3"))
    made(file, "v5", kept=("v4",))
    with sqlite3.connect(file) as con:
        assert con.execute("select version, count(*) from made group by version").fetchall() == [("v4", 1)]


class Counting(Cache):
    """A cache that knows the templates of the pages that were made anew."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.made: list[object] = []

    def text(self, make: Callable[[], str], *made_of: object) -> str:
        return super().text(lambda: self.made.append(made_of[0]) or make(), *made_of)


def test_a_changed_number_makes_its_own_pages_anew_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    city = published_city(tmp_path_factory, 300, 3)
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copyfile(city.current / "warehouse.duckdb", warehouse)

    def written(query: str = "select 1") -> tuple[list[object], dict[Path, bytes]]:
        """Templates of the pages that are made anew after the query, and all pages."""
        with duckdb.connect(warehouse) as con:
            con.execute(query)
        cache, folder = Counting(tmp_path / "cache.sqlite"), tmp_path / "site"
        assert report.write(warehouse, folder, cache) == []
        return cache.made, {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.html")}

    made, first = written()
    assert len(made) == len(first)
    made, again = written()
    assert (made, again) == ([], first)
    made, next_day = written("update ops.run set as_of = as_of + 1; update ops.build set build_id = 'next'")
    assert made == ["front.html"] * 2
    assert all(next_day[path] != first[path] for path in first), "each says in its foot of when it is"
    program = "(select min(program_code) from marts.curriculum_flag)"
    made, after = written(f"update marts.class_scorecard set n_enrolled = 987 where program_code = {program}")
    assert made == ["program.html"] * 2
    changed = [path for path in after if after[path] != next_day[path]]
    assert len(changed) == 2
    assert all(b"987" in after[path] for path in changed)
