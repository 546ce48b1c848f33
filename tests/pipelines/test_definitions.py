"""What Dagster shows and launches: the public surface, the schedule's plan, the nightly job itself."""

import datetime as dt
import fcntl
import html
import json
import lzma
import os
import re
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from typer.testing import CliRunner

from pipelines import cli
from pipelines import refresh as refreshing
from pipelines.definitions import build_defs, defs
from pipelines.event_log import PACKED
from pipelines.exit_code import ExitCode
from pipelines.refresh import RANGE_END, RANGE_START, run_tags
from pipelines.settings import Settings
from schemas.sources import SOURCES
from warehouse.building.models import models
from warehouse.database import open_version
from warehouse.delivery.landing import scan
from warehouse.store import AS_OF_TAG, Store, read_json, write_json

from ..conftest import once, sample_city

NIGHT = dt.datetime(2026, 11, 24, 1, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


def test_public_surface() -> None:
    repository = defs.get_repository_def()
    keys = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    tables = {name.replace(".", "/") for name in models()}
    beside = {"ops/inputs", "ops/audit_result", "restricted/returned", "published/report", "published/warehouse"}
    assert keys == {f"staging/{name}" for name in SOURCES} | tables | beside
    assert sorted(job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")) == [
        "housekeeping",
        "nightly_refresh",
    ]
    schedule = repository.get_schedule_def("nightly")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 1 * * *", "Asia/Jakarta")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_every_asset_tells_what_it_is() -> None:
    graph = defs.get_repository_def().asset_graph
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.group_name in {"sources", "core", "marts", "ops", "published"}
        assert node.owners
        assert node.kinds


def test_what_runs_by_itself_and_what_it_runs_say_what_they_are_for() -> None:
    repository = defs.get_repository_def()
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    told = [*repository.schedule_defs, *repository.sensor_defs, *jobs]
    assert [one.name for one in told if not one.description] == []


def test_columns_and_their_lineage_are_read_from_the_sql() -> None:
    graph = defs.get_repository_def().asset_graph
    metadata = graph.get(dg.AssetKey(["core", "fact_attendance"])).metadata
    assert "status" in {column.name for column in metadata["dagster/column_schema"].columns}
    lineage = metadata["dagster/column_lineage"].deps_by_column
    assert dg.TableColumnDep(dg.AssetKey(["staging", "attendance"]), "status") in lineage["status"]


def tick(store: Store) -> dg.RunRequest | dg.SkipReason:
    repository = build_defs(Settings(home=store.home)).get_repository_def()
    with (
        dg.DagsterInstance.local_temp() as instance,
        dg.build_schedule_context(
            instance=instance, scheduled_execution_time=NIGHT, repository_def=repository
        ) as context,
    ):
        result = repository.get_schedule_def("nightly")(context)
    assert isinstance(result, dg.RunRequest | dg.SkipReason)
    return result


def test_the_night_covers_the_earliest_changed_month_to_now_in_one_run(
    store: Store,
) -> None:
    for month in ("2026-03", "2026-09"):
        path = store.landing / "units" / month / "u.csv"
        path.parent.mkdir(parents=True)
        path.write_text("unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n")
    request = tick(store)
    assert isinstance(request, dg.RunRequest)
    expected = {RANGE_START: "2026-03-01", RANGE_END: "2026-11-01", AS_OF_TAG: "2026-11-24"}
    assert {name: request.tags[name] for name in expected} == expected


def refresh(home: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of `diklat refresh` on a data root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIKLAT_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(Store(home).dagster_home))
        result = CliRunner().invoke(cli.app, ["refresh", "--json", "--as-of", "2026-11-24"])
    return result.exit_code, json.loads(result.stdout[result.stdout.index("{") :])


def a_night(folder: Path) -> None:
    """A sample city with a picture that calls itself a workbook, refreshed as the command line does it."""
    sample_city(Store(folder / "data"), employees=300, months=3)
    (folder / "data/landing/attendance/2026-10/foto.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, summary = refresh(folder / "data")
    write_json(folder / "summary.json", {"code": code, **summary})


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city after its first night, and what was said of it."""
    return once(tmp_path_factory, "night", a_night)


@pytest.fixture
def first(night: Path) -> dict[str, Any]:
    """What the first night said."""
    return read_json(night / "summary.json") or {}


@pytest.fixture
def home(night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A copy of the city after its first night, as the command line sees it."""
    shutil.copytree(night / "data", tmp_path / "data", symlinks=True)
    monkeypatch.setenv("DIKLAT_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_HOME", str(Store(tmp_path / "data").dagster_home))
    return Store(tmp_path / "data")


def test_a_refresh_publishes_and_the_next_one_reads_nothing(home: Store, first: dict[str, Any]) -> None:
    assert first["code"] == ExitCode.REFUSED
    assert first["failure"] is None
    assert {file["file_name"]: file["reason_code"] for file in first["files_refused"]}["foto.xlsx"] == "FILE_KIND"
    assert {source["source"] for source in first["sources"]} >= FILLED
    assert os.readlink(home.current) == f"versions/{first['build_id']}"
    assert home.build.with_name("column_lineage.json").exists(), "the next process need not read it anew"
    staged = {path: path.stat().st_mtime_ns for path in home.staging.rglob("*.parquet")}

    _, again = refresh(home.home)
    assert not again["changed"]
    assert again["build_id"] == first["build_id"]
    assert {path: path.stat().st_mtime_ns for path in home.staging.rglob("*.parquet")} == staged
    assert isinstance(tick(home), dg.SkipReason)
    assert run_tags(home, NIGHT.date()) is None

    with dg.DagsterInstance.from_config(str(home.dagster_home)) as instance:
        [run] = instance.get_runs()
    assert run.remote_job_origin is not None, "without it the timeline does not show a run"
    assert run.remote_job_origin.repository_origin.get_label() == "__repository__@diklat"

    # Nowhere but where it was delivered and in the restricted store: not in what is published, logged, built or kept by Dagster.
    lines = (home.landing / "employees/2026-10/pegawai.csv").read_text().splitlines()[1:]
    with open_version(home.current) as con:
        trainers = " ".join(
            str(name) for (name,) in con.execute("select instructor_name from core.dim_instructor").fetchall()
        )
    people = [line.split(",")[:2] for line in lines]
    needles = [word.encode() for nip, name in people for word in (nip, name) if word not in trainers]
    assert len(needles) > 1.8 * len(people)
    files = [
        path
        for path in home.home.rglob("*")
        if path.is_file() and not {home.landing, home.home / "restricted"} & set(path.parents)
    ]
    assert {"index.html", "ringkasan.pdf", "runs.db", "manifest.json", f"{run.run_id}.db{PACKED}"} <= {
        path.name for path in files
    }
    for path in files:
        content = lzma.decompress(path.read_bytes()) if path.suffix == PACKED else path.read_bytes()
        assert not [needle for needle in needles if needle in content], path


def test_where_nothing_is_to_be_done_the_plan_alone_looks(home: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> dg.JobDefinition:
        raise AssertionError("Dagster is not needed")

    looks: list[dt.date] = []
    monkeypatch.setattr(refreshing, "scan", lambda store, day: looks.append(day) or scan(store, day))
    day = NIGHT.date()
    outcome = refreshing.refresh(Settings.read(), day, full=False, job=none, say=str)
    assert refreshing.summary(home, outcome, refreshing.look(home, outcome.seen))["undone"] == {}
    assert looks == [day]


def test_the_report_is_published_and_handed_on(home: Store, tmp_path: Path) -> None:
    run = CliRunner().invoke
    said = json.loads(run(cli.app, ["report", "--json"]).stdout)
    assert Path(said["report"]) == (home.current / "report/index.html").resolve()
    manifest = read_json(home.current / "manifest.json")
    assert manifest is not None
    assert {"report/index.html", "report/ringkasan.pdf", "report/en/metode.html", "dashboards.duckdb"} <= set(
        manifest["files"]
    )
    out = tmp_path / "rapat" / "ringkasan.pdf"
    assert run(cli.app, ["report", "--pdf", "--out", str(out)]).exit_code == 0
    assert out.read_bytes() == Path(said["pdf"]).read_bytes()
    assert run(cli.app, ["report", "--pdf", "--out", str(out)]).exit_code == 2, "nothing of somebody's is written over"
    assert run(cli.app, ["report", "--out", str(tmp_path / "web")]).exit_code == 0
    assert (tmp_path / "web" / "en" / "index.html").is_file()
    copies = {"report": tmp_path / "copy" / "index.html", "pdf": tmp_path / "copy.pdf"}
    for kind, more in (("report", ["--out", str(tmp_path / "copy")]), ("pdf", ["--pdf", "--out", str(copies["pdf"])])):
        handed = json.loads(run(cli.app, ["report", *more, "--json"]).stdout)
        assert handed == said | {kind: str(copies[kind])}, "the copy is named"
    page = (home.current / "report/kiriman.html").read_text().replace("<wbr>", "")
    returned = re.findall(r"<code>(restricted/returned/.*?)</code>", page)
    assert returned
    assert all((home.home / html.unescape(path)).is_file() for path in returned)


FILLED = {"employees", "units", "attendance", "survey_responses", "classes"}


def test_a_failed_night_names_the_cause_and_leaves_the_old_version(
    home: Store, first: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.landing / "attendance" / "2026-10" / "more.csv").write_text("class_id,session_no,employee_id,status\n")
    monkeypatch.setattr("assets.tables.build_table", broken)
    code, second = refresh(home.home)
    assert code == 1
    assert "disk is full" in second["failure"]
    assert os.readlink(home.current) == f"versions/{first['build_id']}"


def broken(*_: object) -> int:
    """A model that fails as a full disk does."""
    raise OSError("disk is full")


def test_two_refreshes_at_once_do_not_meet(home: Store) -> None:
    with (home.home / ".writer.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write('{"process": 4711, "what": "diklat refresh"}')
        other.flush()
        result = CliRunner().invoke(cli.app, ["refresh"])
    assert result.exit_code == 1
    assert "process 4711, diklat refresh" in result.output
