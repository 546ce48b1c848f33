"""Another city is a file: Makassar, in WITA, with its own hour and its own first month; nothing that it publishes says otherwise."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from pipelines import cli
from pipelines.code_location import build_defs
from pipelines.refresh import RANGE_END, RANGE_START
from pipelines.settings import Settings
from warehouse.database import connect
from warehouse.store import AS_OF_TAG, Store

from ..conftest import DAY, sample_city, staged_rows

FILE = """\
name: Kota Makassar
agency: BKPSDMD Kota Makassar
timezone: Asia/Makassar
nightly_at: "00:30"
deadline_hour: 4
first_month: 2026-09
"""
HEAD = "response_id,class_id,submitted_at,aspect,item_code,score,scale_min,scale_max,instructor_id,comment\n"
FOREIGN = ("WIB", "Asia/Jakarta", "Tangerang Selatan")
"""Words of another city, and of its clock."""


@pytest.fixture(scope="module")
def makassar(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The city, refreshed by the command line."""
    home = tmp_path_factory.mktemp("makassar") / "data"
    store = sample_city(Store(home), employees=300, months=3)
    (home / "city.yaml").write_text(FILE, encoding="utf-8")
    for path in (home / "landing/units").rglob("*.csv"):  # what the offices send names their own city
        path.write_text(path.read_text(encoding="utf-8").replace("Tangerang Selatan", "Makassar"), encoding="utf-8")
    (home / "landing/survey_responses/2026-09/wib.csv").write_text(
        f"{HEAD}Rwib,TS-2026-09-001,2026-01-12 23:30 WIB,MATERI,M1,4,1,4,,\n"
        "Rwita,TS-2026-09-001,2026-01-12 23:30,MATERI,M1,4,1,4,,\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIKLAT_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(store.dagster_home))
        result = CliRunner().invoke(cli.app, ["refresh", "--json", "--as-of", DAY.isoformat()])
    assert json.loads(result.stdout[result.stdout.index("{") :])["failure"] is None, result.output
    return store


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that a published folder says: (where, text) of each file, decoded."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix == ".parquet":
            yield name, str(pq.read_metadata(path).metadata)
            yield name, str(pl.read_parquet(path).to_dicts())
        elif path.suffix == ".duckdb":
            with connect(path, read_only=True) as con:
                for what in ("duckdb_tables()", "duckdb_columns()", "duckdb_views()"):
                    yield f"{name} {what}", str(con.execute(f"from {what}").fetchall())
                for (table,) in con.execute(
                    "select schema_name || '.' || table_name from duckdb_tables() union all "
                    "select schema_name || '.' || view_name from duckdb_views() where not internal"
                ).fetchall():
                    yield f"{name} {table}", str(con.execute(f"from {table}").fetchall())
        elif path.suffix == ".pdf":
            yield name, "".join(page.extract_text() for page in PdfReader(path).pages)
        elif path.suffix != ".png":
            yield name, path.read_text(encoding="utf-8")


def test_nothing_that_is_published_is_of_another_city(makassar: Store) -> None:
    seen = set()
    for where, text in texts(makassar.current.resolve()):
        seen.add(where.split(" ")[0].rsplit(".", 1)[-1])
        assert not [word for word in FOREIGN if word in text], where
    assert {"parquet", "duckdb", "html", "json", "pdf"} <= seen


def test_a_word_of_another_city_would_be_seen(tmp_path: Path) -> None:
    with connect(tmp_path / "a.duckdb") as con:
        con.execute("create table t as select 1 as hour; comment on column t.hour is 'in WIB'")
        con.execute("create view v as select 'Asia/Jakarta' as zone")
    pl.DataFrame({"hour": ["23:30 WIB"]}).write_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.html").write_text("BKPSDM Kota Tangerang Selatan")
    told = {where for where, text in texts(tmp_path) if any(word in text for word in FOREIGN)}
    assert told >= {"a.duckdb duckdb_columns()", "a.duckdb main.v", "b.parquet", "c.html"}


def test_a_moment_with_another_zone_becomes_the_citys(makassar: Store) -> None:
    rows = staged_rows(makassar, "survey_responses", "2026-09").filter(pl.col("source_file").str.ends_with("wib.csv"))
    assert sorted(rows["submitted_at"]) == [dt.datetime(2026, 1, 12, 23, 30), dt.datetime(2026, 1, 13, 0, 30)]


def test_the_calendar_begins_with_the_citys_first_month(makassar: Store) -> None:
    assert not (makassar.staging / "employees/2026-08.json").exists()
    assert (makassar.staging / "employees/2026-09.json").exists()
    with connect(makassar.current.resolve() / "warehouse.duckdb", read_only=True) as con:
        [(reason,)] = con.execute(
            "select distinct reason_code from ops.delivery where folder = 'employees/2026-08'"
        ).fetchall()
    assert reason == "FOLDER_MONTH"


def test_the_night_ticks_on_the_citys_clock(store: Store) -> None:
    store.home.mkdir()
    (store.home / "city.yaml").write_text(FILE, encoding="utf-8")
    (store.landing / "units/2026-11").mkdir(parents=True)
    (store.landing / "units/2026-11/u.csv").write_text(
        "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n"
    )
    repository = build_defs(Settings(home=store.home)).get_repository_def()
    schedule = repository.get_schedule_def("nightly")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 0 * * *", "Asia/Makassar")
    assert "00:30 WITA" in (schedule.description or "")
    moment = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)  # 23:30 in Jakarta, the day before
    with (
        dg.DagsterInstance.local_temp() as instance,
        dg.build_schedule_context(
            instance=instance, scheduled_execution_time=moment, repository_def=repository
        ) as tick,
    ):
        request = schedule(tick)
    assert isinstance(request, dg.RunRequest)
    expected = {RANGE_START: "2026-11-01", RANGE_END: "2026-11-01", AS_OF_TAG: "2026-11-24"}
    assert {name: request.tags[name] for name in expected} == expected
    months = repository.asset_graph.get(dg.AssetKey(["staging", "units"])).partitions_def
    assert months is not None
    assert months.get_first_partition_key() == "2026-09-01"


def test_a_first_month_that_was_moved_takes_out_what_lies_before_it(
    makassar: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last test here: it moves the city's calendar."""
    monkeypatch.setenv("DIKLAT_HOME", str(makassar.home))
    monkeypatch.setenv("DAGSTER_HOME", str(makassar.dagster_home))
    (makassar.home / "city.yaml").write_text(FILE.replace("2026-09", "2026-10"), encoding="utf-8")
    result = CliRunner().invoke(cli.app, ["refresh", "--json", "--as-of", DAY.isoformat()])
    assert json.loads(result.stdout[result.stdout.index("{") :])["failure"] is None, result.output
    assert not list(makassar.staging.glob("*/2026-09.*"))
    status = CliRunner().invoke(cli.app, ["status", "--json"])
    assert json.loads(status.stdout)["changed"] == {}


def test_a_flaw_in_the_citys_file_stops_every_command_with_its_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.home.mkdir()
    (store.home / "city.yaml").write_text("name: Kota Makassar\ntimezone: Asia/Makasar\n", encoding="utf-8")
    monkeypatch.setenv("DIKLAT_HOME", str(store.home))
    result = CliRunner().invoke(cli.app, ["status"])
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "line 2" in said
    assert "Did you mean Asia/Makassar?" in said
