"""The SQL's house rules: pure SELECTs in a subset that carries over to other engines unchanged in meaning."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from warehouse.building.models import LAYERS, NAMINGS, Model, columns_of, models
from warehouse.database import connect

QUERIES = {
    f"{name}{':' + part if part else ''}": query
    for name, model in models().items()
    for part, query in model.queries.items()
}
FORBIDDEN = {
    "hash", "generateseries", "range", "dayofweek", "isodow", "strftime", "len",
    # Which row of several: each engine takes another.
    "first", "last", "anyvalue", "argmax", "argmin", "maxby", "minby", "mode", "rand", "random", "uuid",
    # Between which values, and how many: approximations, and interpolations of several kinds. `median` is one.
    "quantile", "approxquantile", "quantilecont", "quantiledisc", "percentilecont", "percentiledisc", "approxdistinct", "percentile",
    # Lists and texts of lists: their order, what becomes of nulls, where counting begins.
    "list", "arrayagg", "groupconcat", "stringagg", "listaggregate", "array", "unnest", "explode", "split", "stringsplit", "concatws",
    # Dialects of regular expressions, of formats of dates, of parts of dates.
    "regexplike", "regexpmatches", "regexpextract", "regexpreplace", "strptime", "strtotime", "strtodate", "timetostr",
    "datediff", "datesub", "age", "extract", "week", "weekofyear", "dayofyear",
    # Floors to the one, cuts off to the other; hides what fails; asks the clock.
    "intdiv", "trycast", "currentdate", "currenttimestamp", "now", "today",
}  # fmt: skip
"""By sqlglot's name or DuckDB's, without underscores."""
WHOLE = {exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT, exp.DataType.Type.TINYINT}


def broken_rules(query: str) -> list[str]:
    """What a query does that it must not."""
    tree = sqlglot.parse_one(query, read="duckdb")
    found = [] if isinstance(tree, exp.Query) else ["no SELECT"]
    for node in tree.walk():
        name = (node.name.lower() if isinstance(node, exp.Anonymous) else node.key).replace("_", "")
        if name in FORBIDDEN:
            found.append(name)
        if isinstance(node, exp.Pivot):
            found.append("pivot")
        if isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("replace")):
            found.append("star with exceptions")
        if isinstance(node, exp.Select) and _takes_everything(node):
            found.append("every column of a table, whichever they are")
        if isinstance(node, exp.Group) and node.args.get("all"):
            found.append("group by all")
        if isinstance(node, exp.ArrayAgg) and node.find(exp.Order):
            found.append("ordered list aggregate")
        if (
            isinstance(node, exp.Cast)
            and node.to.this in WHOLE
            and not node.find(exp.Floor)
            and not isinstance(node.this, exp.Column)
        ):
            found.append(f"a whole number that is rounded or cut off: {node.sql()}")
        if isinstance(node, exp.Round) and not isinstance(node.args.get("decimals"), (exp.Literal, type(None))):
            found.append(f"digits that are no literal: {node.sql()}")
        if isinstance(node, exp.Div) and not isinstance(node.expression, (exp.Nullif, exp.Literal)):
            found.append(f"a denominator that may be zero: {node.sql()}")
    # The parser fills in each engine's default, so whether it was written is asked of the text.
    if len(re.findall(r"\bnulls\s+(first|last)\b", query, re.IGNORECASE)) < len(list(tree.find_all(exp.Ordered))):
        found.append("an order that leaves nulls to the engine")
    return found


def _takes_everything(select: exp.Select) -> bool:
    """Whether it has a star of a table of a model: a table is taken from the last build by the columns that are named."""
    parts = [select.args.get("from_"), *(select.args.get("joins") or [])]
    tables = [part.this for part in parts if part and isinstance(part.this, exp.Table) and part.this.db in LAYERS]
    stars = [column for column in select.expressions if column.is_star]
    return any(isinstance(star, exp.Star) or star.table == table.alias_or_name for star in stars for table in tables)


@pytest.mark.parametrize("name", QUERIES)
def test_models_keep_to_portable_sql(name: str) -> None:
    assert broken_rules(QUERIES[name]) == []
    assert sqlglot.transpile(QUERIES[name], read="duckdb", write="spark")


@pytest.mark.parametrize(
    "query",
    [
        "select hash(a) from t",
        "select a / b from t",
        "select * exclude (a) from t",
        "select * from core.dim_unit",
        "select u.*, t.a from t inner join core.dim_unit as u on t.a = u.a",
        "select a, count(*) from t group by all",
        "select row_number() over (order by a) from t",
        "select list(a order by b nulls last) from t",
        "insert into t select 1",
        "select a // nullif(b, 0) from t",
        "select quantile_cont(a, 0.5) from t",
        "select string_agg(a, ',') from t",
        "select any_value(a) from t",
        "select arg_max(a, b) from t",
        "select regexp_matches(a, 'x') from t",
        "select date_diff('month', a, b) from t",
        "select try_cast(a as date) from t",
        "select current_date",
        "select cast(a * 2.5 as bigint) from t",
        "select round(a, b) from t",
    ],
)
def test_each_rule_can_turn_red(query: str) -> None:
    assert broken_rules(query) != []


@pytest.mark.parametrize("name", models())
def test_what_a_model_reads_is_what_the_parser_reads(name: str) -> None:
    model = models()[name]
    queries = [*model.queries.values(), *(naming.query for naming in model.namings.values())]
    trees = [sqlglot.parse_one(query, read="duckdb") for query in queries]
    tables = {f"{table.db}.{table.name}" for tree in trees for table in tree.find_all(exp.Table) if table.db}
    assert model.reads == tables
    inherits = any(column.name == "is_suppressed" for tree in trees for column in tree.find_all(exp.Column))
    assert ("is_suppressed" in model.words) == inherits


def test_what_stands_in_a_comment_is_not_read() -> None:
    queries = {"a": "select 1 /* from core.a\njoin core.b */ from core.c -- join core.d", "b": "select 1 from core.e"}
    model = Model(models()["core.dim_unit"].contract, queries)
    assert model.reads == {"core.c", "core.e"}


def test_what_the_contract_calls_whole_is_whole() -> None:
    """A cast would round in one engine and cut off in the other. Types are DuckDB's own, of empty tables."""
    with connect(":memory:") as con:
        for table in {table for model in models().values() for table in (model.table, *model.reads)}:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in columns_of(table).items())
            con.execute(f"create schema if not exists {table.split('.')[0]}; create table {table} ({columns})")
        for model in models().values():
            if model.module is None:
                bound = con.sql(model.queries[""])
                kinds = dict(zip(bound.columns, map(str, bound.types), strict=True))
                whole = [column.name for column in model.contract.columns if column.type == "integer"]
                assert {name: kinds[name] for name in whole if kinds.get(name) in ("DOUBLE", "FLOAT")} == {}, (
                    model.table
                )


def test_a_mart_says_what_its_codes_are_called() -> None:
    """A class is dated: by this column, or by days that it has anyway."""
    for model in models().values():
        columns = set(model.contract.names)
        if model.contract.layer == "marts":
            lacking = {name for name, how in NAMINGS.items() if how.code in columns and name not in columns}
            assert lacking <= ({"class_ended_on"} if {"end_date", "ended_on"} & columns else set()), model.table


def test_a_name_is_found_by_todays_row_and_makes_no_row_more() -> None:
    contract = models()["marts.project_context"].contract
    with connect(":memory:") as con:
        con.execute(
            "create schema core; create table core.dim_unit as from (values ('U', 'Dinas Baru', 2026), ('U', 'Dinas Lama', 1900), ('Ended', 'Dinas Bubar', 2024)) as t(unit_code, unit_name, valid_from)"
        )
        model = Model(contract, {"": "select unit_code from units"})
        con.execute("create table units as select unnest(['U', 'U', 'Ended', 'nowhere', null]) as unit_code")
        found = con.sql(
            f"select unit_name {model.named('(select unit_code from units)')} order by all nulls last"
        ).fetchall()
        assert found == [("Dinas Baru",), ("Dinas Baru",), ("Dinas Bubar",), (None,), (None,)]
        own = Model(contract, {"": "select unit_code, 'own' as unit_name from units"})
        assert own.named("units") == "from units"


def test_marts_never_read_staging() -> None:
    for model in models().values():
        if model.contract.layer == "marts":
            assert [table for table in model.reads if table.startswith("staging.")] == []
