"""The models on Spark: the rows that DuckDB gives, of the same files; what is missing is said.

One session for the module, as small as it gets. Without pyspark or Java the tests that need them are skipped and say so.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

from assets import common
from tests.conftest import DAY, published_city
from warehouse.building import engine
from warehouse.building.build import ModelFailed, build_table, make_table
from warehouse.building.models import models
from warehouse.database import connect, quoted
from warehouse.delivery.landing import scan
from warehouse.staging.recipe import Recipes, changed_months
from warehouse.staging.spread import read_months_spread
from warehouse.store import Store, read_json

MISSING = [name for name, there in {"pyspark": find_spec("pyspark"), "Java": shutil.which("java")}.items() if not there]
needs_spark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
SMALL = (
    "--master local[1] --driver-memory 768m --driver-java-options '-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote "
    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmn400m' "
    "--conf spark.log.level=ERROR --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false --conf spark.sql.ui.explainMode=simple "
    "--conf spark.sql.maxPlanStringLength=0 --conf spark.sql.shuffle.partitions=1 --conf spark.sql.leafNodeDefaultParallelism=1 "
    "--conf spark.sql.autoBroadcastJoinThreshold=-1 --conf spark.sql.adaptive.enabled=false "
    "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN pyspark-shell"
)
"""Of few rows compilers, checks and threads cost more than the rows."""


@contextmanager
def spark_session(folder: Path) -> Iterator[engine.Engine]:
    """Spark on this machine; its Java ends, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", SMALL)
        with engine.opened("spark", "", folder) as spark:
            yield spark
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=60)
    SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engine.Engine]:
    with spark_session(tmp_path_factory.mktemp("spark")) as session:
        yield session


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A sample city, built by DuckDB, of which every table but one has rows."""
    return published_city(tmp_path_factory, 300, 3)


@pytest.fixture
def beside(city: Store, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the city's build to be built anew, with the build itself as the database `expected`."""
    shutil.copyfile(city.build, tmp_path / "build.duckdb")
    with connect(tmp_path / "build.duckdb") as con:
        con.execute(f"attach '{quoted(city.build)}' as expected (read_only)")
        yield con


def difference(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """What a table has that the expected one has not, by its key; nothing where they are equal, numbers to 1e-9."""
    contract = models()[table].contract
    same = " and ".join(f"a.{name} is not distinct from b.{name}" for name in contract.key)
    columns = []
    for column in contract.columns:
        equal = f"a.{column.name} is not distinct from b.{column.name}"
        if column.type == "number":
            equal += f" or coalesce(abs(a.{column.name} - b.{column.name}) <= 1e-9 * greatest(1, abs(b.{column.name})), false)"
        columns.append(f"count(case when not ({equal}) then 1 end) as {column.name}")
    query = (
        f"select count(*) filter (where a.rowid is null or b.rowid is null) as rows, {', '.join(columns)} "
        f"from {table} as a full join expected.{table} as b on {same}"
    )
    found = con.sql(query)
    wrong = [f"{name}: {n}" for name, n in zip(found.columns, found.fetchall()[0], strict=True) if n]
    return ", ".join(wrong)


@needs_spark
def test_every_table_is_the_same_on_both_engines(beside: duckdb.DuckDBPyConnection, spark: engine.Engine) -> None:
    beside.execute("drop schema core cascade; drop schema marts cascade; create schema core; create schema marts")
    for model in models().values():
        make_table(beside, model, spark)
    assert {table: wrong for table in models() if (wrong := difference(beside, table))} == {}
    for table in models():
        assert beside.table(f"expected.{table}").types == beside.table(table).types
    empty = [table for table in models() if not beside.sql(f"select 1 from {table} limit 1").fetchall()]
    # Of others nothing would be proven.
    assert set(empty) == {
        "marts.performance_over_time",
        "marts.project_deviation_by_month",
        "marts.project_deviation_change",
    }


@needs_spark
def test_a_wrong_translation_shows(
    beside: duckdb.DuckDBPyConnection, spark: engine.Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = engine.translated
    monkeypatch.setattr(
        engine, "translated", lambda query: right(query).replace("AS DOUBLE) / NULLIF(", "AS BIGINT) DIV NULLIF(")
    )
    other = engine.Spark("", tmp_path)  # of the same session
    make_table(beside, models()["marts.class_attendance"], other)
    assert "rarely_present_share: " in difference(beside, "marts.class_attendance")


WORDS = """
    select round(1.005e0, 2) as a, round(1e0 / 640, 6) as b, round(-2.5e0) as c, 1.0 / 3 as d, 7 / 2 as e, 1.0 / nullif(0, 0) as f,
        concat('a', null, 'b') as g, 'a' || null as h, cast(date '2026-03-01' - interval 1 day as date) as i,
        date '2026-03-01' + cast(3 as integer) as j, cast(date_trunc('month', date '2026-03-31') as date) as k, -7 % 3 as l,
        least(1, null) as m, greatest(null, 2) as n, substr(md5('ä'), 1, 16) as o, null in (1, 2) as p, 1 is distinct from null as q,
        cast(round(2.00005e0, 4) as decimal(18, 4)) as r
"""
LISTED = """
    select s, row_number() over (order by x desc nulls last, s nulls last) as nth, lag(x, 1, -1) over (order by s nulls last) as before,
        avg(x) over (order by s nulls last rows between 1 preceding and current row) as mean
    from (values ('b', 1), ('a', null), ('B', 3), ('é', 2), (null, 5)) as t (s, x)
"""
SUMS = """
    select s, cast(sum(cast(x as decimal(38, 9))) as double) as x, cast(sum(cast(x * x as decimal(38, 12))) as double) as squares,
        cast(sum(cast(round(x, 4) as decimal(18, 4))) as double) as rounded
    from (values ('a', 0.1e0), ('a', -0.7e0), ('a', null), ('b', -2.5e0), ('b', 1e-9), ('c', 4000000.123456789e0), ('c', -4000000e0), ('d', null),
        ('e', -1e-9), ('f', 7e7)) as t (s, x)
    group by s
"""


@needs_spark
@pytest.mark.parametrize("query", [WORDS, LISTED, SUMS])
def test_words_mean_the_same(spark: engine.Engine, query: str) -> None:
    """What the models' words mean at the edges: halves, nothing, signs, order."""
    with connect(":memory:") as con:
        con.execute(
            "create schema ops; create table ops.policy as select 'engine_collected_rows' as policy, 10 as value"
        )
        expected, found = (runner.frames(con, {"": query})[""] for runner in (engine.DUCKDB, spark))
    order = list(expected.columns[:1])
    assert found.sort_values(order, ignore_index=True).equals(expected.sort_values(order, ignore_index=True))


@needs_spark
def test_a_sum_that_is_too_large_fails(spark: engine.Spark) -> None:
    """It is not cut off."""
    text = engine.translated(engine.parsed("select cast(sum(cast(1e20 as decimal(38, 9))) as double)"))
    with pytest.raises(Exception, match="CAST_OVERFLOW"):
        spark.session.sql(text).collect()


@needs_spark
def test_persons_are_not_brought_to_one_machine(beside: duckdb.DuckDBPyConnection, spark: engine.Engine) -> None:
    beside.execute("update ops.policy set value = 10 where policy = 'engine_collected_rows'")
    model = models()["marts.method_comparison"]
    with pytest.raises(
        ModelFailed, match=r"marts.method_comparison could not be made: \d+ rows would be brought .* allows 10"
    ):
        build_table(beside, model, spark)
    build_table(beside, model)  # what is on this machine already is not brought


def staged(store: Store) -> dict[str, object]:
    """What readings have left: rows in whatever order, manifests without the digests that hang on it."""
    folders = (store.staging, store.quarantine, store.told, store.words, store.restricted / "identity")
    files = [path for folder in folders for path in folder.rglob("*.*")]
    rows = {path: pl.read_parquet(path) for path in files if path.suffix == ".parquet"}
    said = {path: read_json(path) for path in files if path.suffix == ".json"}
    return {str(path.relative_to(store.home)): sorted(map(repr, frame.rows())) for path, frame in rows.items()} | {
        str(path.relative_to(store.home)): {name: text for name, text in told.items() if name != "sha256"}
        for path, told in said.items()
    }


@needs_spark
def test_executors_read_what_one_machine_reads(city: Store, spark: engine.Engine, tmp_path: Path) -> None:
    """Every row of every file of every month, and what the manifests say of them; in processes of Spark's own."""
    store = Store(tmp_path / "data")
    store.home.mkdir()
    (store.home / "landing").symlink_to(city.landing)
    store.write_sample_key(2026)
    landing = scan(store, DAY)
    for source, months in changed_months(store, landing).items():
        recipes = Recipes(store, landing)  # of people whom the employees' months name
        assert len(list(read_months_spread(store, [recipes.of(source, month) for month in months], spark.each))) == len(
            months
        )
    written = staged(city)
    assert len(written) > 100
    assert staged(store) == written
    assert not [path for path in store.home.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]


@pytest.mark.skipif("pyspark" in MISSING, reason="not installed: pyspark")
def test_missing_java_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(engine.EngineMissing, match=r"Java 17 or later"), engine.opened("spark", "", tmp_path) as spark:
        spark.begin("core.dim_date")


def test_spark_begins_with_the_first_table(tmp_path: Path) -> None:
    with engine.opened("spark", "", tmp_path / "engine") as spark:
        assert spark.metadata("core.dim_date") == {}, "a table that was taken says nothing of an application"
        assert "session" not in vars(spark)


def test_what_costs_nothing_is_not_written(tmp_path: Path) -> None:
    """A part that is read twice is computed once, but for one that only picks rows: then what it reads is."""
    asked: list[str] = []

    def write(path: str) -> None:
        Path(path).mkdir()
        duckdb.execute(f"copy (select 1 as a, 2 as n) to '{path}/rows.parquet'")

    def sql(text: str) -> Any:
        asked.append(text)
        return SimpleNamespace(write=SimpleNamespace(parquet=write))

    spark = engine.Spark("", tmp_path)
    frame = SimpleNamespace(createOrReplaceTempView=lambda name: None)
    read = SimpleNamespace(schema=lambda columns: SimpleNamespace(parquet=lambda *files: frame))
    vars(spark)["session"] = SimpleNamespace(sql=sql, read=read)
    with connect(tmp_path / "build.duckdb") as con:
        con.execute("create schema core; create table core.t as select 1 as a")
        spark.make(
            con,
            "core.made",
            "with counted as (select a, count(*) as n from core.t group by a), many as (select a, n from counted where n > 1) "
            "select x.a, y.n from many as x inner join many as y on x.a = y.a",
        )
    assert [text.split(" FROM ")[0] for text in asked] == [
        "SELECT a, COUNT(*) AS n",
        "WITH many AS (SELECT a, n",
    ]


def test_a_view_is_the_builds_own_and_not_the_last_builds(tmp_path: Path) -> None:
    """Which is attached while tables are taken from it, and has views of the same names on the months that it had."""
    asked: list[str] = []
    spark = engine.Spark("", tmp_path)
    frame = SimpleNamespace(createOrReplaceTempView=lambda name: None)
    vars(spark)["session"] = SimpleNamespace(sql=lambda text: asked.append(text) or frame)
    with connect(tmp_path / "build.duckdb") as con:
        for other in ("a", "z"):
            con.execute(f"attach ':memory:' as {other}; create schema {other}.staging")
            con.execute(f"create view {other}.staging.units as select 'last' as build")
        con.execute("create schema staging; create view staging.units as select 'this' as build")
        spark._table(con, "staging.units")
    assert asked == ["SELECT 'this' AS build"]


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_nothing_is_left_of_a_killed_build(tmp_path: Path, name: str) -> None:
    """Whichever engine comes after it."""
    left = tmp_path / "engine" / "rows-of-a-killed-build"
    left.mkdir(parents=True)
    with engine.opened(name, "", left.parent):
        assert not left.exists()
    assert not left.parent.exists()


def test_missing_pyspark_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with (
        pytest.raises(engine.EngineMissing, match=r"pip install 'diklat\[spark\]'"),
        engine.opened("spark", "", tmp_path) as spark,
    ):
        spark.begin("core.dim_date")


def test_a_run_builds_with_the_engine_of_the_settings(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    @contextmanager
    def opened(name: str, remote: str, folder: Path) -> Iterator[Any]:
        asked.append((name, remote))
        yield SimpleNamespace(name=name)

    monkeypatch.setattr(common, "opened", opened)
    resource = common.store_of(store.home, "spark", "sc://host:15002")
    for _ in range(2):
        with resource.building() as (_, runner):
            assert runner.name == "spark"
    resource.close_build()
    assert asked == [("spark", "sc://host:15002")]
