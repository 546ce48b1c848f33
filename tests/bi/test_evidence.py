"""The Evidence site (deploy/evidence): its sources and the queries of its page, in DuckDB, against the project's own measures.

Evidence itself, and a browser, are tried by `deploy/evidence/try.py`.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from tests.conftest import published_city
from warehouse.report.metrics import METRICS, QUERY
from warehouse.store import Store

SITE = Path(__file__).parents[2] / "deploy" / "evidence"
PAGE = (SITE / "pages" / "index.md").read_text(encoding="utf-8")
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((SITE / "sources" / "diklat").glob("*.sql"))}
Row = tuple[Any, ...]
Rows = list[Row]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small published city."""
    return published_city(tmp_path_factory, 800, 24)


@pytest.fixture
def con(city: Store) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file that dashboards read, and beside it a schema for what the sources give."""
    with duckdb.connect() as con:
        file = (city.current / "dashboards.duckdb").resolve()
        con.execute(f"create schema memory.diklat; attach '{file}' as dashboards (read_only); use dashboards")
        yield con


def fill(con: duckdb.DuckDBPyConnection, sources: dict[str, str]) -> None:
    """A table per source, named as Evidence names it; it keeps every number as a DOUBLE."""
    for name, sql in sources.items():
        con.execute(f"create or replace table memory.diklat.{name} as {sql}")
        for column, kind in con.execute(
            f"select column_name, column_type from (describe memory.diklat.{name})"
        ).fetchall():
            if kind in ("BIGINT", "INTEGER", "HUGEINT"):
                con.execute(f"alter table memory.diklat.{name} alter {column} type double")


def asked(page: str, name: str, **inputs: str) -> str:
    """A query of the page as Evidence sends it: those that it names put in, and what a reader chose."""
    blocks = dict(re.findall(r"```sql (\w+)\n(.*?)```", page, re.DOTALL))
    sql = re.sub(r"\$\{inputs\.(\w+)\.value\}", lambda found: inputs[found[1]], blocks[name])
    return re.sub(r"\$\{(\w+)\}", lambda found: f"({asked(page, found[1], **inputs)})", sql)


def shown(con: duckdb.DuckDBPyConnection, name: str, columns: str, page: str = PAGE, **inputs: str) -> Rows:
    """What a query of the page answers."""
    con.execute("use memory")
    rows = con.execute(f"select {columns} from ({asked(page, name, **inputs)})").fetchall()
    con.execute("use dashboards")
    return rows


def defined(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str | None], Row]:
    """Measure and code (none: the city) → value, numerator and denominator, as the project defines them."""
    found: dict[tuple[str, str | None], Row] = {
        (name, None): tuple(sums) for name, *sums in con.execute(QUERY).fetchall()
    }
    for name, one in METRICS.items():
        columns = {
            column
            for (column,) in con.execute(
                "select column_name from duckdb_columns() where table_name = ?", [one.mart]
            ).fetchall()
        }
        code = "program_code" if "program_code" in columns else "unit_code"
        query = f"select {code}, {one.expression}, {one.above}, {one.below or 'null'} from marts.{one.mart} where {one.where} group by all"
        found |= {(name, value): tuple(sums) for value, *sums in con.execute(query).fetchall()}
    return found


def wrong(con: duckdb.DuckDBPyConnection, page: str = PAGE, sources: dict[str, str] = SOURCES) -> set[str]:
    """Measures of the page that are not the project's, in value or either sum, of the city, a program or an office."""
    fill(con, sources)
    found = {
        (name, code): tuple(sums)
        for name, code, *sums in shown(con, "ukuran", "ukuran, kode, nilai, pembilang, penyebut", page)
    }
    expected = defined(con)
    return {key[0] for key in found.keys() | expected.keys() if found.get(key) != pytest.approx(expected.get(key))}


def test_every_measure_of_the_page_is_the_projects(con: duckdb.DuckDBPyConnection) -> None:
    assert wrong(con) == set()
    told = shown(con, "kota", "ukuran, label, bentuk")
    assert sorted(told) == sorted((name, one.label["id"], one.format) for name, one in METRICS.items())
    assert len(defined(con)) > 100, "programs and offices are compared, too"


@pytest.mark.parametrize(
    ("text", "planted", "measure"),
    [
        ("n_dissatisfied, n_judged", "n_dissatisfied, n_enrolled", "porsi_tidak_puas"),
        ("n_passed, n_enrolled_examined", "n_passed, n_completed", "porsi_lulus"),
        ("100 * n_pairs - pre_sum", "100 * n_pairs", "hasil_belajar"),
        ("sum(case when pembilang is not null then penyebut end)", "sum(penyebut)", "porsi_memenuhi_jp"),
        ("ikm, 1 from", "ikm, 2 from", "rata_rata_ikm"),
    ],
)
def test_a_wrong_denominator_of_the_page_is_found(
    con: duckdb.DuckDBPyConnection, text: str, planted: str, measure: str
) -> None:
    assert text in PAGE
    assert measure in wrong(con, PAGE.replace(text, planted))


@pytest.mark.parametrize(
    ("source", "text", "planted", "measure"),
    [
        ("perilaku", "where observer_role = 'supervisor'", "", "perubahan_perilaku"),
        ("jam", "max(year)", "min(year)", "porsi_memenuhi_jp"),
        ("ikm", "ikm, is_newest", "ikm, not is_newest as is_newest", "rata_rata_ikm"),
        ("program", "index_0_100 * n_judged", "index_0_100 * n_enrolled", "indeks_kepuasan"),
    ],
)
def test_a_wrong_source_is_found(
    con: duckdb.DuckDBPyConnection, source: str, text: str, planted: str, measure: str
) -> None:
    assert text in SOURCES[source]
    assert measure in wrong(con, sources=SOURCES | {source: SOURCES[source].replace(text, planted)})


def test_every_query_of_the_page_answers(con: duckdb.DuckDBPyConnection) -> None:
    """Evidence builds a page whose query fails, too. What is chosen has all its measures, those without a number as well."""
    fill(con, SOURCES)
    [(program,)], [(unit,)] = (
        con.execute(f"select min({kind}_code) from marts.{mart}").fetchall()
        for kind, mart in (("program", "program_scorecard"), ("unit", "training_gap"))
    )
    names = re.findall(r"```sql (\w+)\n", PAGE)
    for name in names:
        assert shown(con, name, "*", program=program, unit=unit), name
    for kind in ("program", "unit"):
        assert len(shown(con, f"satu_{kind}", "ukuran", program="nobody", unit="nobody")) == len(
            shown(con, f"satu_{kind}", "ukuran", program=program, unit=unit)
        )
    for name in set(re.findall(r"data=\{(\w+)\}|\{#each (\w+) as", PAGE)):
        assert "".join(name) in names


def test_the_newest_point_of_the_line_is_the_measure(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, SOURCES)
    assert shown(con, "ikm", "ikm")[-1] == pytest.approx(defined(con)["rata_rata_ikm", None][:1])


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_one_select_of_sums_about_nobody(con: duckdb.DuckDBPyConnection, name: str) -> None:
    sql = SOURCES[name]
    assert len(con.extract_statements(sql)) == 1
    assert set(re.findall(r"(?:from|join) (\w+)\.", sql)) <= {"marts", "ops"}, "no rows about persons"
    columns = con.sql(sql).columns
    assert [column for column in columns if re.search(r"_(share|rate|mean|low|high)$", column)] == []
    assert not re.search(r"/|avg\(", sql), "shares are divided in the page"
    kinds = [str(kind) for kind in con.sql(sql).types]
    assert not {"DATE", "TIMESTAMP"} & set(kinds), (
        "Evidence makes a moment of a date, and west of Greenwich it is the day before"
    )


def test_codes_are_said_in_words(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, SOURCES)
    rows = con.execute(
        "select source, source_name from memory.diklat.keadaan union all select verdict, verdict_name from memory.diklat.putusan"
    ).fetchall()
    assert [(code, word) for code, word in rows if not word or "_" in word or (code == word and "_" in code)] == []
    assert (
        con.execute("select count(*) from memory.diklat.keadaan").fetchall()
        == con.execute("select count(*) from ops.freshness").fetchall()
    )
    assert (
        con.execute("select count(*) from memory.diklat.putusan").fetchall()
        == con.execute("select count(*) from marts.program_verdict").fetchall()
    )


def test_nothing_is_asked_of_the_internet() -> None:
    """The older DuckDB-WASM of universal-sql 2.1.9 has Parquet built in; the newer asks extensions.duckdb.org, of every reader, too."""
    package = json.loads((SITE / "package.json").read_text(encoding="utf-8"))
    assert package["overrides"] == {"@evidence-dev/universal-sql": "2.1.9"}
    assert all(re.fullmatch(r"~?\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    texts = [
        path.read_text(encoding="utf-8")
        for path in SITE.rglob("*")
        if path.suffix in (".svelte", ".md", ".yaml", ".json") and "node_modules" not in path.parts
    ]
    assert [found for text in texts for found in re.findall(r"https?://\S+", text)] == []


# What the trial compares with


@pytest.fixture(scope="module")
def trial() -> ModuleType:
    """The script of deploy/evidence, which is no package."""
    pytest.importorskip("playwright")
    spec = importlib.util.spec_from_file_location("evidence_try", SITE / "try.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_second_version_changes_all_that_is_compared(trial: ModuleType, city: Store, tmp_path: Path) -> None:
    with duckdb.connect(shutil.copyfile(city.current / "dashboards.duckdb", tmp_path / "copy.duckdb")) as con:
        [(program, _)], [(unit, _)] = (con.execute(query).fetchall() for query in (trial.PROGRAM, trial.UNIT))
        first = trial.expected(con, program, unit)
        con.execute(trial.TAMPER)
        second = trial.expected(con, program, unit)
    assert set(first["kota"]) == set(METRICS) == set(first["program"]) | set(first["unit"])
    assert [(kind, key) for kind in first for key in first[kind] if first[kind][key] == second[kind].get(key)] == []


def test_the_trial_finds_a_wrong_number(trial: ModuleType) -> None:
    equal = trial.equal
    right = [[0.12345, "12,3%"], [1234.5, "1.235"], [10000.0, "10.000"]]
    assert equal("porsi_lulus", right, [0.12345, 1234.5, 10000])
    assert not equal("porsi_lulus", right, [0.12346, 1234.5, 10000])
    assert not equal("porsi_lulus", [[0.12345, "12,4%"], *right[1:]], [0.12345, 1234.5, 10000]), (
        "the number is right, its text is not"
    )
    assert equal("porsi_lulus", [[0.0001, "<\u00a00,1%"], *right[1:]], [0.0001, 1234.5, 10000]), (
        "few of many are not none"
    )
    assert equal("jp_kurang", [[None, "–"]] * 3, [None] * 3)
    assert not equal("jp_kurang", [[0, "0"], [None, "–"], [None, "–"]], [None] * 3), "unknown is not zero"
    assert not trial.compare({"hari": {}}, {"hari": {"dinilai per": ["2026-11-29"]}})["hari dinilai per"]
