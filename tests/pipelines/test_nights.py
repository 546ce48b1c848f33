"""Nights that can be trusted: what a run did not see is published by the next one, undone work is told until it is done, and
publication can be held."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from assets import tables
from pipelines import cli, notify
from pipelines import refresh as refreshing
from pipelines.code_location import build_defs
from pipelines.exit_code import ExitCode
from pipelines.refresh import RANGE_END, RANGE_START, run_tags, undone
from pipelines.settings import Settings
from warehouse.building.build import ModelFailed
from warehouse.database import open_version
from warehouse.publishing.version import kept_versions
from warehouse.store import AS_OF_TAG, Store, read_json
from warehouse.upkeep import journal

from ..conftest import DAY, copied, once, refresh, table_hashes

HEAD = "class_id,session_no,employee_id,status\n"
ANI, BUDI = "198503152010012001", "199001012024211002"
FIRST = HEAD + f"A,1,{ANI},H\nA,1,{BUDI},H\n"
CORRECTED, AGAIN = HEAD + f"A,1,{ANI},S\n", HEAD + f"A,2,{BUDI},S\n"
MORNING = dt.datetime(2026, 11, 24, 0, 30, tzinfo=dt.UTC)  # 07:30 of the same day in WIB


def put(store: Store, text: str, name: str = "attendance/2026-10/a.csv") -> Path:
    path = store.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def a_city(home: Path) -> Store:
    """A city of two rows, published."""
    store = Store(home)
    store.write_sample_key(7)
    put(store, FIRST)
    refresh(store)
    return store


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A copy of a published city of two rows, as the command line sees it on the day that it was published."""
    store = copied(Store(once(tmp_path_factory, "two-rows", a_city)), tmp_path / "data")
    monkeypatch.setenv("DIKLAT_HOME", str(store.home))
    monkeypatch.setattr(refreshing, "today", lambda city: DAY)
    return store


def diklat(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def status() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(diklat("status", "--json").stdout)
    return facts


def sessions(store: Store) -> set[tuple[int, str]]:
    with open_version(store.current) as con:
        return set(con.execute("select session_no, status from core.fact_attendance").fetchall())


def test_what_an_older_program_published_is_told_as_far_as_it_goes(city: Store) -> None:
    """After an upgrade readers may stay with it: publication is held, or an audit stopped it."""
    path = (city.current / "parquet/marts/curriculum_flag.parquet").resolve()
    path.chmod(0o600)
    pl.read_parquet(path).drop("is_raised").write_parquet(path)
    facts = refreshing.summary(city, refreshing.Outcome(DAY), refreshing.look(city))
    assert (facts["flags"], facts["sources"][0]["n_read"]) == (None, 2), "unknown, and not none"
    assert refreshing.open_flags(city) == []


def launch(store: Store, tags: dict[str, str]) -> dg.ExecuteInProcessResult:
    """What the schedule, the sensor and the UI launch."""
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_defs(Settings(home=store.home)).resolve_job_def("nightly_refresh")
        return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def test_what_changes_beside_a_launched_month_or_during_a_run_is_published_by_the_next(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sessions(city)
    put(city, CORRECTED)
    november = {RANGE_START: "2026-11-01", RANGE_END: "2026-11-01", AS_OF_TAG: DAY.isoformat()}
    assert launch(city, november).success
    assert sessions(city) == first, "the run was over another month"
    tags = run_tags(city, DAY)
    assert tags is not None

    real = tables.begin_build

    def moved(*arguments: Any) -> None:
        put(city, AGAIN)
        real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(tables, "begin_build", moved)
        assert launch(city, tags).success
    assert sessions(city) == {(1, "absen_beralasan")}, "what the run had read"
    assert undone(city, DAY).months == {"attendance": ["2026-10"]}
    assert run_tags(city, DAY) is not None

    refresh(city)
    scratch = Store(tmp_path / "scratch")
    scratch.write_sample_key(7)
    put(scratch, AGAIN)
    refresh(scratch)
    assert table_hashes(city) == table_hashes(scratch)
    assert not undone(city, DAY)
    assert run_tags(city, DAY) is None


def test_a_launch_without_a_month_covers_all_that_changed(city: Store) -> None:
    """Published as the settings say."""
    put(city, CORRECTED)
    put(city, "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n", "units/2026-09/u.csv")
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_defs(Settings(home=city.home, facts_by_month=True)).resolve_job_def("nightly_refresh")
        assert job.execute_in_process(instance=instance, tags={AS_OF_TAG: DAY.isoformat()}).success
        for source, month in (("attendance", "2026-10"), ("units", "2026-09")):
            key = dg.AssetKey(["staging", source])
            assert instance.get_materialized_partitions(key) == {f"{month}-01"}
    assert sessions(city) == {(1, "absen_beralasan")}
    assert (city.current / "parquet" / "core" / "fact_attendance.parquet" / "month=0").is_dir()
    assert run_tags(city, DAY) is None


def test_a_run_looks_at_the_landing_area_once(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from assets import common

    put(city, CORRECTED)
    tags = run_tags(city, DAY)
    assert tags is not None
    looks: list[dt.date] = []
    real = common.scan
    monkeypatch.setattr(common, "scan", lambda store, day: (looks.append(day), real(store, day))[1])
    # It ends with its inputs: that is enough to have looked.
    monkeypatch.setattr(tables, "build_table", failing)
    assert not launch(city, tags).success
    assert looks == [DAY]
    last = journal.last_run(city)
    assert last is not None
    assert "core/dim_date" in last.stopped_at(city)


def failing(*_: object) -> None:
    """A model that cannot be made."""
    raise ModelFailed("core.dim_date could not be made")


def told(store: Store, log: Path, now: dt.datetime = MORNING) -> list[str]:
    """The English lines of what is told."""
    log.unlink(missing_ok=True)
    notify.tell(store, SecretStr(f"file://{log}"), notify.standing(store, now), now)
    if not log.exists():
        return []
    return str(json.loads(log.read_text())["text"]).split("In English:\n")[1].splitlines()


def test_undone_work_is_told_with_the_step_that_died_until_it_is_done(city: Store, tmp_path: Path) -> None:
    log = tmp_path / "told.log"
    assert status().keys() == {"published", "changed", "problems", "later"}
    assert told(city, log) == []
    put(city, CORRECTED)
    assert status()["undone"] == {"months": {"attendance": ["2026-10"]}, "is_published": True, "stopped_at": []}
    assert told(city, log) == [], "it came a moment ago"

    dying = journal.run(city, "a"), journal.step(city, "a", "core/dim_class")
    for block in dying:
        block.__enter__()
    assert status()["undone"]["stopped_at"] == ["core/dim_class"]
    assert "died at step core/dim_class" in " ".join(diklat("status").stdout.split())
    [line] = told(city, log)
    assert "attendance 2026-10" in line
    assert "core/dim_class" in line
    assert told(city, log) == [], "no alert twice"
    notify.heartbeat(city, MORNING, "daemon")
    beat = read_json(city.home / "heartbeat.json")
    assert beat is not None
    assert beat["undone"]["stopped_at"] == ["core/dim_class"]

    refresh(city)
    assert told(city, log) == ["- Mended: everything that was delivered is published."]
    assert told(city, log) == []
    assert "No delivery waits." in diklat("status").stdout


def test_what_was_read_and_is_gone_is_no_delivery_that_waits(city: Store) -> None:
    """As where the disk of the landing area is not mounted."""
    (city.landing / "attendance/2026-10/a.csv").rename(city.home / "elsewhere.csv")
    put(city, "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n", "units/2026-09/u.csv")
    put(city, "no workbook", "units/2026-10/u.xlsx")
    assert status()["undone"]["gone"] == {"attendance": ["2026-10"]}
    _, gone, waiting, _ = diklat("status").stdout.splitlines()
    assert gone.startswith(f"Gone from {city.landing}: attendance 2026-10. Bring it back")
    assert waiting == "Waiting: units 2026-09"


def test_where_a_night_died_is_said_though_nothing_new_was_delivered(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the day moved on: nothing waits, and yet the night was to publish it."""
    dying = journal.run(city, "a"), journal.step(city, "a", "core/dim_class")
    for block in dying:
        block.__enter__()
    assert "Stopped" not in diklat("status").stdout, "the day is published"
    monkeypatch.setattr(refreshing, "today", lambda city: DAY + dt.timedelta(days=1))
    stopped, waiting, _ = diklat("status").stdout.splitlines()
    assert stopped == "Stopped: the last run failed or died at step core/dim_class."
    assert waiting == "No delivery waits."
    assert status()["undone"] == {"months": {}, "is_published": True, "stopped_at": ["core/dim_class"]}
    told_of = told(city, tmp_path / "told.log", MORNING + dt.timedelta(days=1))
    assert not any("not published" in line for line in told_of), "no delivered change waits"


def test_what_was_read_and_not_published_is_undone(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from ..conftest import read_changed

    put(city, CORRECTED)
    read_changed(city)
    assert status()["undone"] == {"months": {}, "is_published": False, "stopped_at": []}
    assert "No delivery waits." not in diklat("status").stdout


def test_a_night_without_anything_new_loads_nothing_that_reads_or_builds(city: Store) -> None:
    """It takes two seconds, most of them to load code."""
    diklat("refresh", "--as-of", f"{DAY}")  # The copy's files are new to it once.
    asked = [sys.executable, "-X", "importtime", "-m", "diklat", "refresh", "--as-of", f"{DAY}"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time:")}
    assert "Nothing was delivered since" in told.stdout
    assert "warehouse.delivery.landing" in loaded
    needless = {"dagster", "numpy", "openpyxl", "pandas", "pyarrow", "scipy", "warehouse.delivery.layouts.mapping"}
    assert loaded & needless == set()


def test_status_counts_the_files_that_the_report_counts(city: Store) -> None:
    """Those that no source reads, and those that theirs did not take."""
    put(city, FIRST, "attendance/2027-02/b.csv")
    put(city, HEAD + f"A,1,{ANI},hilang\n", "attendance/2026-09/c.csv")
    put(city, "a,b\n1,2\n", "attendance/2026-09/d.csv")
    refresh(city)
    with open_version(city.current) as con:
        counted = con.execute(
            "select concat_ws('/', folder, file_name) from ops.delivery where status in ('refused', 'held') order by all"
        ).fetchall()
    assert len(counted) == 3
    assert [(problem["file_name"],) for problem in status()["problems"]] == counted
    assert "Refused: 2 files, attendance/2026-09/d.csv among them" in diklat("status").stdout  # and one is held


def test_a_mistyped_month_is_named_until_it_is_moved(city: Store, tmp_path: Path) -> None:
    log = tmp_path / "told.log"
    path = put(city, FIRST, "attendance/2027-02/b.csv")
    old = put(city, FIRST, "attendance/1999-02/c.csv")
    assert [problem["file_name"] for problem in status()["problems"]] == [
        "attendance/1999-02/c.csv", "attendance/2027-02/b.csv",
    ]  # fmt: skip
    assert run_tags(city, DAY) is not None
    refresh(city)
    lines = " ".join(told(city, log))
    assert "attendance/2027-02/b.csv (The month's folder must be YYYY-MM" in lines
    assert "attendance/1999-02/c.csv (The month's folder must be YYYY-MM" in lines
    for wrong in (path, old):
        wrong.unlink()
    refresh(city)
    assert told(city, log) == ["- Mended: no file is held any more.", "- Mended: no file is refused any more."]


def test_nothing_is_called_mended_while_the_stores_cannot_be_asked(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "told.log"
    assert diklat("hold", "the numbers are being checked").exit_code == 0
    assert len(told(city, log)) == 1
    (city.home / "hold.json").unlink()
    with monkeypatch.context() as broken:
        broken.setattr(notify, "open_version", failing)
        assert "Mended" not in " ".join(told(city, log))
    assert told(city, log) == ["- Mended: publication is not held any more."]


def pinned(store: Store) -> str:
    """Publish a second version and go back to the first; its name."""
    first = store.current.resolve().name
    put(store, CORRECTED)
    refresh(store)
    result = diklat("rollback")
    assert result.exit_code == 0, result.output
    assert f"Current is now {first}" in " ".join(result.stdout.split())
    return first


def test_a_rollback_holds_until_it_is_released(city: Store) -> None:
    first = pinned(city)
    assert run_tags(city, DAY) is None, "the version of what is staged is ready"
    put(city, AGAIN)
    assert run_tags(city, DAY) is not None
    made = refresh(city)["build_id"]
    assert city.current.resolve().name == first
    assert made in {manifest["build_id"] for manifest in kept_versions(city)}, "it waits, whole and audited"
    assert run_tags(city, DAY) is None
    assert status()["hold"]["reason"] == f"rolled back to {first}"
    assert "undone" not in status()
    assert f"rolled back to {first}" in " ".join(diklat("status").stdout.split())

    assert "rolled back" in diklat("release").stdout
    assert city.current.resolve().name == first, "the next refresh publishes"
    assert run_tags(city, DAY) is not None
    refresh(city)
    assert city.current.resolve().name == made
    assert "hold" not in status()
    assert "Nothing was held." in diklat("release").stdout


def test_a_hold_stops_publication_and_says_why_wherever_one_looks(city: Store, tmp_path: Path) -> None:
    before = city.current.resolve().name
    assert diklat("hold", " ").exit_code == 2
    assert diklat("hold", "the numbers are being checked").exit_code == 0
    put(city, CORRECTED)
    tags = run_tags(city, DAY)
    assert tags is not None
    result = launch(city, tags)
    assert result.success
    assert city.current.resolve().name == before
    [published] = result.asset_materializations_for_node("published__warehouse")
    assert "the numbers are being checked" in str(published.metadata["held"].value)
    [line] = told(city, tmp_path / "told.log", MORNING + dt.timedelta(days=3))
    assert "the numbers are being checked" in line
    notify.heartbeat(city, MORNING, "daemon")
    beat = read_json(city.home / "heartbeat.json")
    assert beat is not None
    assert beat["hold"]["reason"] == "the numbers are being checked"
    refreshed = diklat("refresh", "--as-of", DAY.isoformat())
    assert refreshed.exit_code == ExitCode.REFUSED
    assert "the numbers are being checked" in " ".join(refreshed.output.split())


def test_a_pinned_version_is_kept_however_many_are_made_after_it(city: Store) -> None:
    from warehouse.publishing import version

    first = pinned(city)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(version, "KEPT_VERSIONS", 1)
        put(city, AGAIN)
        refresh(city)
    assert city.current.resolve().name == first
    assert version.is_sound(city.current)
