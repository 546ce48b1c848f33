"""What BI clients read: every published table by four clients, and the Superset bundle against the published tables.

Superset itself is tried by `deploy/superset/try.py`. Older DuckDB clients are tried in `tests/warehouse/test_publish.py`.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
import yaml

from tests.conftest import published_city
from warehouse.store import Store

SUPERSET = Path(__file__).parents[2] / "deploy" / "superset"
DOCS = Path(__file__).parents[2] / "docs" / "bi"
BUNDLE = {path.relative_to(SUPERSET / "bundle"): path for path in sorted((SUPERSET / "bundle").rglob("*.yaml"))}
Yaml = dict[str, Any]


def load(folder: str) -> dict[str, Yaml]:
    """The bundle's files of one kind, by their stem."""
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, path in BUNDLE.items()
        if name.parts[0] == folder
    }


def script(name: str) -> ModuleType:
    """A script of deploy/superset, which is no package."""
    spec = importlib.util.spec_from_file_location(f"superset_{name}", SUPERSET / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DATABASES, DATASETS, CHARTS, DASHBOARDS = (load(kind) for kind in ("databases", "datasets", "charts", "dashboards"))


def source(dataset: str) -> str:
    """The published table of a data set."""
    return f"{DATASETS[dataset]['schema']}.{dataset}"


BY_UUID = {dataset["uuid"]: dataset for dataset in DATASETS.values()}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small published city."""
    return published_city(tmp_path_factory, 800, 24)


@pytest.fixture(scope="module")
def con(city: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str((city.current / "warehouse.duckdb").resolve()), read_only=True) as con:
        yield con


@pytest.fixture(scope="module")
def counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every published table and view, as DuckDB 2 counts them in the file."""
    names = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() union all "
        "select schema_name || '.' || view_name from duckdb_views() where not internal order by all"
    ).fetchall()
    return {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for (name,) in names}


@pytest.fixture(scope="module")
def columns(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Columns of every published table."""
    found: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() where not internal"
    ).fetchall():
        found.setdefault(table, set()).add(column)
    return found


# Clients


def parquet(city: Store, table: str) -> Path:
    schema, _, name = table.partition(".")
    return city.current.resolve() / "parquet" / schema / f"{name}.parquet"


def test_every_table_and_view_is_published_as_parquet_too(city: Store, counts: dict[str, int]) -> None:
    folder = city.current.resolve() / "parquet"
    assert {f"{path.parent.name}.{path.stem}" for path in folder.rglob("*.parquet")} == set(counts)
    assert len(counts) > 30


@pytest.mark.parametrize("client", ["pandas", "pyarrow", "polars", "duckdb"])
def test_client_reads_every_parquet_file(city: Store, counts: dict[str, int], client: str) -> None:
    read = {
        "pandas": lambda path: len(pd.read_parquet(path)),
        "pyarrow": lambda path: pq.read_table(path).num_rows,
        "polars": lambda path: pl.read_parquet(path).height,
        "duckdb": lambda path: duckdb.sql(f"select count(*) from '{path}'").fetchall()[0][0],
    }[client]
    assert {table: read(parquet(city, table)) for table in counts} == counts


@pytest.mark.parametrize("client", ["pandas", "pyarrow", "polars"])
def test_client_takes_every_table_from_the_file(
    con: duckdb.DuckDBPyConnection, counts: dict[str, int], client: str
) -> None:
    take = {
        "pandas": lambda rows: len(rows.df()),
        "pyarrow": lambda rows: rows.to_arrow_table().num_rows,
        "polars": lambda rows: rows.pl().height,
    }[client]
    assert {table: take(con.sql(f"from {table}")) for table in counts} == counts


def test_empty_stays_empty_in_every_client(city: Store, con: duckdb.DuckDBPyConnection) -> None:
    """PPPK have no floor: no client may read their share as zero."""
    path = parquet(city, "marts.training_hours")
    empty = con.execute("select count(*) from marts.training_hours where floor_share is null").fetchall()[0][0]
    assert empty > 0
    assert pd.read_parquet(path)["floor_share"].isna().sum() == empty
    assert pq.read_table(path)["floor_share"].null_count == empty
    assert pl.read_parquet(path)["floor_share"].null_count() == empty


def test_a_read_only_client_cannot_write(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute("create table core.planted (a integer)")


def test_sqlalchemy(city: Store, counts: dict[str, int], tmp_path: Path) -> None:
    """On a copy: the dialect opens with settings of its own, and one process opens a file with one configuration only."""
    address = script("bundle").uri(
        shutil.copyfile(city.current / "warehouse.duckdb", tmp_path / "copy.duckdb").as_posix()
    )
    engine = sa.create_engine(address, connect_args={"read_only": True}, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        found = {table: len(connection.execute(sa.text(f"select * from {table}")).all()) for table in counts}
    assert found == counts


# The queries of docs/bi


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_queries_of_the_page_run(con: duckdb.DuckDBPyConnection, page: str) -> None:
    """Every block ```sql of a page runs on the published file; `copy` is left out, it writes."""
    for block in re.findall(r"```sql\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL):
        for query in block.split(";"):
            if query.strip() and not query.strip().startswith("copy"):
                con.execute(query).fetchall()


TOO_MANY = re.compile(
    r"sum\((?:index_\w+|n_dissatisfied|n_completed|n_floor_met)[^)]*\)\s*/\s*(?:nullif\()?sum\((?!case)", re.IGNORECASE
)
"""A sum of what is shown over a sum that counts also those whose numbers are left out."""


def test_no_quotient_counts_people_whose_numbers_are_left_out() -> None:
    root = DOCS.parents[1]
    paths = [path for room in ("docs", "warehouse", "pipelines") for path in (root / room).rglob("*.*")]
    texts = {path: path.read_text(encoding="utf-8") for path in paths if path.suffix in (".md", ".py", ".sql", ".yaml")}
    assert [(path.name, found) for path, text in texts.items() for found in TOO_MANY.findall(text)] == []
    assert TOO_MANY.search("sum(index_0_100 * n_respondents) / nullif(sum(n_respondents), 0)")
    assert TOO_MANY.search("sum(n_dissatisfied) / sum(n_respondents)")


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_of_the_page_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(((?!http)[^)#]*)(?:#[^)]*)?\)", (DOCS / page).read_text(encoding="utf-8")):
        assert not target or (DOCS / target).exists(), target


# The bundle


def named_columns(params: Yaml) -> set[str]:
    """Columns that a chart's parameters name."""
    lists = ("all_columns", "groupby", "groupbyRows", "groupbyColumns")
    found = {column for key in lists for column in params.get(key, [])}
    found |= {one["subject"] for one in params["adhoc_filters"]} | set(params.get("column_config", {})) - named_metrics(
        params
    )
    found |= {yaml.safe_load(order)[0] for order in params.get("order_by_cols", [])}
    found |= {one["column"] for one in params.get("conditional_formatting", [])} - named_metrics(params)
    return found | ({params["x_axis"]} if "x_axis" in params else set())


def named_metrics(params: Yaml) -> set[str]:
    """Saved metrics that a chart's parameters name."""
    single = {params[key] for key in ("metric", "timeseries_limit_metric") if key in params}
    return single | set(params.get("metrics", []))


def test_the_bundle_is_whole() -> None:
    assert len(DATABASES) == len(DASHBOARDS) == 1
    assert len(CHARTS) == 29
    assert (SUPERSET / "bundle" / "metadata.yaml").is_file()
    uuids = [one["uuid"] for kind in (DATABASES, DATASETS, CHARTS, DASHBOARDS) for one in kind.values()]
    assert len(uuids) == len(set(uuids))


def test_the_database_is_opened_for_reading_alone() -> None:
    (database,) = DATABASES.values()
    arguments = database["extra"]["engine_params"]["connect_args"]
    assert arguments == {"read_only": True, "config": {"enable_external_access": False, "lock_configuration": True}}
    assert not any(database[key] for key in ("allow_dml", "allow_ctas", "allow_cvas", "allow_csv_upload"))
    assert all(dataset["database_uuid"] == database["uuid"] for dataset in DATASETS.values())


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_is_a_published_mart(columns: dict[str, set[str]], name: str) -> None:
    dataset = DATASETS[name]
    assert dataset["schema"] in ("marts", "ops"), "no rows about persons"
    own = {column["column_name"] for column in dataset["columns"] if not column["expression"]}
    assert own == columns[source(name)] | ({"program_name"} if dataset["sql"] else set())


@pytest.mark.parametrize("name", DATASETS)
def test_words_of_a_dataset_are_for_every_code(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """A column that says codes in words is never empty where the code is there, and writes no underscore."""
    for column in DATASETS[name]["columns"]:
        if column["expression"]:
            code, words = column["column_name"].removesuffix("_kata"), column["expression"]
            rows = con.execute(f"select {code}, {words} from {source(name)} group by all").fetchall()
            empty = "–" if words.startswith("COALESCE") else None  # a dash where a table would say N/A
            assert [row for row in rows if (row[0] is None) != (row[1] == empty) or "_" in (row[1] or "")] == []


@pytest.mark.parametrize("name", DATASETS)
def test_metrics_run(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Every metric is SQL that the published table understands, is never an average, and divides by no zero."""
    for metric in DATASETS[name]["metrics"]:
        con.execute(f"select {metric['expression']} from {source(name)}").fetchall()
        assert con.execute(f"select {metric['expression']} from {source(name)} where false").fetchall()[0][0] in (
            None,
            0,
        )
        assert not re.search(r"\bavg\b|\bmean\b", metric["expression"], re.IGNORECASE)
        assert "/" not in metric["expression"] or "nullif" in metric["expression"].lower(), metric["metric_name"]


@pytest.mark.parametrize("name", CHARTS)
def test_chart_names_what_its_dataset_has(name: str) -> None:
    chart = CHARTS[name]
    dataset = BY_UUID[chart["dataset_uuid"]]
    assert named_columns(chart["params"]) <= {column["column_name"] for column in dataset["columns"]}
    assert named_metrics(chart["params"]) <= {metric["metric_name"] for metric in dataset["metrics"]}
    assert chart["viz_type"] == chart["params"]["viz_type"]


@pytest.mark.parametrize("name", CHARTS)
def test_reaction_is_never_shown_with_both_kinds_of_rows(name: str) -> None:
    chart = CHARTS[name]
    if BY_UUID[chart["dataset_uuid"]]["table_name"] == "reaction":
        assert any(one["subject"] == "instructor_id" for one in chart["params"]["adhoc_filters"])


@pytest.mark.parametrize("name", [name for name, one in CHARTS.items() if one["viz_type"] == "echarts_timeseries_line"])
def test_lines_say_what_they_measure_and_add_nothing_up(name: str) -> None:
    """Superset would write its own *Total* below indices, which cannot be added up."""
    params = CHARTS[name]["params"]
    assert re.fullmatch(r"(IKM|Indeks kepuasan) \(\d+–100\)", params["y_axis_title"])
    assert (params["showTooltipTotal"], params["showTooltipPercentage"]) == (False, False)


def test_the_dashboard_shows_every_chart_once() -> None:
    (dashboard,) = DASHBOARDS.values()
    position = dashboard["position"]
    shown = [one["meta"]["uuid"] for key, one in position.items() if key.startswith("CHART-")]
    assert sorted(shown) == sorted(chart["uuid"] for chart in CHARTS.values())
    children = [child for one in position.values() if isinstance(one, dict) for child in one.get("children", [])]
    assert sorted(children) == sorted(set(position) - {"DASHBOARD_VERSION_KEY", "ROOT_ID", "HEADER_ID"})
    for one in dashboard["metadata"]["native_filter_configuration"]:
        (target,) = one["targets"]
        names = {column["column_name"] for column in BY_UUID[target["datasetUuid"]]["columns"]}
        assert target["column"]["name"] in names


def test_one_click_filters_and_drills_from_program_to_class() -> None:
    """What is clicked filters every chart whose table has that column; one drills by what tells rows apart, and by no measure."""
    (dashboard,) = DASHBOARDS.values()
    assert dashboard["metadata"]["cross_filters_enabled"]
    assert {CHARTS[name]["params"].get("query_mode") for name in ("kelas_program", "tanda_per_aspek")} == {"aggregate"}
    assert CHARTS["kelas_program"]["params"]["groupby"] == ["program_name"]
    by = {
        name: {column["column_name"] for column in one["columns"] if column["groupby"]}
        for name, one in DATASETS.items()
    }
    assert {"program_name", "curriculum_version", "method_kata", "batch_no", "class_id"} <= by["class_scorecard"]
    assert {"unit_name", "year", "employment_type"} <= by["training_hours"]
    assert [name for columns in by.values() for name in columns if re.match(r"n_|.*_(share|low|high)$", name)] == []
    shared = [columns & {"program_name", "unit_name"} for columns in by.values()]
    assert sum(map(bool, shared)) >= 9


def test_a_table_does_not_say_numbers_without_their_dots() -> None:
    """Counts of raw tables are formatted: 17.437, not 17437."""
    bare = [
        (name, column)
        for name, chart in CHARTS.items()
        if chart["params"].get("query_mode") == "raw"
        for column in chart["params"]["all_columns"]
        if column.startswith("n_") and not chart["params"]["column_config"].get(column, {}).get("d3NumberFormat")
    ]
    assert bare == []
    for (
        chart
    ) in CHARTS.values():  # what is drilled by keeps the chart's own formats and words, and not those of its data set
        if chart["params"].get("query_mode") == "aggregate":
            told = chart["params"]["column_config"]
            assert all(
                told[name]["d3NumberFormat"] and told[name]["customColumnName"] for name in chart["params"]["metrics"]
            )


def test_a_program_has_as_many_participants_in_every_table(con: duckdb.DuckDBPyConnection) -> None:
    """A small class counts in none of them: neither who was enrolled, nor who was there, finished and passed."""

    def counted(dataset: str, *metrics: str) -> list[tuple[Any, ...]]:
        sql = {metric["metric_name"]: metric["expression"] for metric in DATASETS[dataset]["metrics"]}
        told = ", ".join(f"round({sql[metric]}, 9)" for metric in metrics)
        return con.execute(f"select program_code, {told} from marts.{dataset} group by all order by all").fetchall()

    by_class = counted("class_scorecard", "jumlah_peserta", "hadir", "selesai", "lulus")
    by_program = counted("program_scorecard", "jumlah_enrolled", "porsi_hadir", "porsi_menyelesaikan", "porsi_lulus")
    assert by_class == by_program
    small = con.execute("select sum(n_enrolled) from marts.class_scorecard where n_completed is null").fetchall()
    assert small[0][0] > 0, "the sample city has classes of three"


def test_months_that_hold_those_before_are_never_mixed(con: duckdb.DuckDBPyConnection) -> None:
    """The history of scorecards is drawn; what would add up its months, or curricula of one, says nothing."""
    dataset = DATASETS["scorecard_history"]
    assert dataset["uuid"] in {chart["dataset_uuid"] for chart in CHARTS.values()}
    metrics = [metric["expression"] for metric in dataset["metrics"]]
    assert metrics
    mixed = con.execute(
        f"select {', '.join(metrics)} from marts.scorecard_history group by program_code having count(*) > 1"
    )
    assert {value for row in mixed.fetchall() for value in row} == {None}
    apart = con.execute(
        f"select {', '.join(metrics)} from marts.scorecard_history group by program_code, curriculum_version, month_start"
    )
    assert any(all(value is not None for value in row) for row in apart.fetchall())


def test_every_chart_has_sql_to_be_compared_with(con: duckdb.DuckDBPyConnection) -> None:
    expected = script("check").EXPECTED
    assert set(expected) == {chart["slice_name"] for chart in CHARTS.values()}
    for query in expected.values():
        con.execute(query).fetchall()


def test_the_comparison_says_codes_as_the_chart_does() -> None:
    """A chart that shows words is compared with the words, whatever codes the city has."""
    expected = script("check").EXPECTED
    for chart in CHARTS.values():
        dataset, shown = BY_UUID[chart["dataset_uuid"]], named_columns(chart["params"])
        told = " ".join(expected[chart["slice_name"]].split())
        for column in dataset["columns"]:
            if column["column_name"] in shown and "CASE" in (column["expression"] or ""):
                for code, word in re.findall(r"WHEN '(\w+)' THEN '([^']*)'", column["expression"]):
                    is_said = f"'{word}'" in told or word == code or word == code.replace("_", " ")
                    assert is_said, (chart["slice_name"], code, word)


def test_the_comparison_finds_a_wrong_number() -> None:
    difference = script("check").difference
    assert difference([("a", 1.0), ("b", None)], [("b", None), ("a", 1.0 + 1e-12)]) == ""
    assert difference([("a", 1.0)], [("a", 1.000001)])
    assert difference([("a", 0)], [("a", None)]), "unknown is not zero"
    assert difference([("a", 1)], [])
    assert difference([("a", 1)], [("a", 1, 2)])


def test_the_zip_is_the_same_every_time(tmp_path: Path) -> None:
    database = "/srv/data kota/published/current/warehouse.duckdb"
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for out in (one, two):
        subprocess.run([sys.executable, SUPERSET / "bundle.py", out, "--database", database], check=True)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as bundle:
        assert len(bundle.namelist()) == len(BUNDLE)
        charts = [yaml.safe_load(bundle.read(name)) for name in bundle.namelist() if "/charts/" in name]
        for chart in charts:  # what answers who asks for a chart's data, as a mailed report does
            (query,) = json.loads(chart["query_context"])["queries"]
            assert query["columns"] or query["metrics"], chart["slice_name"]
        (name,) = (name for name in bundle.namelist() if "/databases/" in name)
        assert yaml.safe_load(bundle.read(name))["sqlalchemy_uri"] == f"duckdb:///{database}"


def test_a_relative_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="absolute"):
        script("bundle").build(tmp_path / "out.zip", "data/published/current/warehouse.duckdb")
