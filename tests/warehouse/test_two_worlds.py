"""Two cities that differ only in what is left out are one city to everybody outside: the published folder is the same in both.

Answers, tests, presence, withdrawals and observations of small groups are one thing in one city and the opposite in the other. What wide circles get is compared whole: the tables without persons, their Parquet files, the audits and their
pages, the plan, the manifest and the report.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.conftest import DAY, copied, published_city
from warehouse import report
from warehouse.building.build import build_table
from warehouse.building.inputs import begin_build
from warehouse.building.models import models
from warehouse.database import connect, open_version
from warehouse.delivery.landing import scan
from warehouse.publishing.version import publish_build, review_build
from warehouse.store import Store

MOMENTS = {"freshness", "run_history", "audit_history", "flag_history"}
"""Tables that say when a version was made."""
MINIMUM = 5
FACTS = ("fact_survey_response", "fact_assessment", "fact_attendance", "fact_enrolment", "fact_observation")
"""In which the worlds differ."""


def turned(least: pl.Expr, most: pl.Expr, where: pl.Expr) -> pl.Expr:
    """The score turned to the other end of its scale in some rows."""
    score = pl.col("score")
    return pl.when(where).then(least + most - score).otherwise(score).alias("score")


def opposite(city: Store, home: Path) -> Store:
    """A copy of the city in which the classes of three answered, learnt, attended and finished the other way round, and those few whom
    the behaviour of a program would tell about behave so; made, audited and published like the first."""
    store = copied(city, home)
    with open_version(city.current) as con:
        few = [name for (name,) in con.execute(
            f"select class_id from marts.response_rates where n_enrolled < {MINIMUM} order by all").fetchall()]  # fmt: skip
        observed = [name for (name,) in con.execute(
            "select class_id from core.dim_class where program_code in "
            "(select program_code from marts.behaviour_change where is_suppressed) order by all").fetchall()]  # fmt: skip
    assert len(few) == 2, "the sample city has classes of three"
    assert observed, "and a program of which few were observed"
    mine, there = pl.col("class_id").is_in(few), pl.col("status") == "hadir"

    def enrolled(rows: pl.DataFrame) -> pl.DataFrame:
        """The first of each three withdrew."""
        is_first = mine & (pl.col("status") == "completed")
        is_first &= pl.col("employee_id") == pl.col("employee_id").filter(is_first).min().over("class_id")
        return rows.with_columns(
            pl.when(is_first).then(pl.lit("withdrawn")).otherwise(pl.col("status")).alias("status")
        )

    turns: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
        "survey_responses": lambda rows: rows.with_columns(turned(pl.col("scale_min"), pl.col("scale_max"), mine)),
        "assessments": lambda rows: rows.with_columns(turned(pl.lit(0.0), pl.col("max_score"), mine)),
        "attendance": lambda rows: rows.with_columns(
            pl.when(mine & there).then(pl.lit("alpa")).when(mine & ~there).then(pl.lit("hadir")).otherwise(pl.col("status")).alias("status")
        ),
        "enrolments": enrolled,
        "observations": lambda rows: rows.with_columns(
            turned(pl.col("scale_min"), pl.col("scale_max"), pl.col("class_id").is_in(observed) & (pl.col("phase") == "after"))
        ),
    }  # fmt: skip
    for source, turn in turns.items():
        for path in sorted((store.staging / source).glob("*.parquet")):
            turn(pl.read_parquet(path)).write_parquet(path)
    for made in (store.published, store.history):
        shutil.rmtree(made)
    store.build.unlink()
    with connect(store.build) as con:
        begin_build(con, store, DAY, scan(store, DAY))
        for model in models().values():
            build_table(con, model)
    review_build(store)
    report.write(store.build, store.report)
    publish_build(store)
    return store


def persons(table: str) -> bool:
    """Whether the rows of a table, or of a view of what holds now, are about one person."""
    table = table.removesuffix("_current")
    return table in models() and models()[table].contract.is_about_persons


def published(version: Path) -> dict[str, Any]:
    """Everything that wide circles may read of a version, by its name."""
    found: dict[str, Any] = {}
    with connect(version / "dashboards.duckdb", read_only=True) as con:
        for (table,) in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall():
            if table.split(".")[1] not in MOMENTS:
                found[f"dashboards {table}"] = con.execute(f"select * from {table} order by all").fetchall()
    for path in sorted(version.rglob("*")):
        name = str(path.relative_to(version))
        table = f"{path.parent.name}.{path.stem}"
        if not path.is_file() or path.suffix == ".duckdb" or path.stem in MOMENTS:
            continue
        if path.suffix == ".parquet":
            if not persons(table):
                found[name] = sorted(pl.read_parquet(path).rows(), key=repr)
        elif name == "manifest.json":
            manifest = json.loads(path.read_text())
            found[name] = (manifest["build_id"], manifest["rows"])
        else:
            found[name] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is published of the one and of the other."""
    city = published_city(tmp_path_factory, 300, 3)
    other = opposite(city, tmp_path_factory.mktemp("world") / "data")
    for fact in FACTS:
        told = []
        for store in (city, other):
            with connect(store.build, read_only=True) as con:
                told.append(con.execute(f"select * from core.{fact} order by all").fetchall())
        assert told[0] != told[1], f"{fact}: the worlds are two"
    one = tmp_path_factory.mktemp("report") / "report"
    report.write(city.build, one)
    pages = {f"report/{path.relative_to(one)}": path.read_bytes() for path in one.rglob("*") if path.is_file()}
    return published(city.current.resolve()) | pages, published(other.current.resolve())


def test_what_is_left_out_changes_no_published_byte(worlds: tuple[dict[str, Any], dict[str, Any]]) -> None:
    one, other = worlds
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_the_whole_folder_was_compared(worlds: tuple[dict[str, Any], dict[str, Any]]) -> None:
    names = set(worlds[0])
    assert {f"dashboards {name}" for name in models() if name.startswith("marts.")} <= names
    assert {
        "plan.json",
        "manifest.json",
        "audit/index.html",
        "report/index.html",
        "parquet/marts/reaction.parquet",
    } <= names
    assert not {"parquet/core/fact_survey_response.parquet", "parquet/core/fact_enrolment.parquet"} & names
