"""A column's rules: pandera and SQL say the same of every value."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pandera.errors
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from schemas.column import PANDERA_CODES, POLARS_TYPES, Column, heading
from schemas.contract import Contract
from warehouse.auditing.integrity import broken_rules

VALUES: dict[str, some.SearchStrategy[Any]] = {
    "text": some.sampled_from(["hadir", "alpa", "o'clock", "", "Hadir"]),
    "integer": some.integers(-5, 5) | some.sampled_from([2**53, -(2**63)]),
    "number": some.floats(-5, 5) | some.sampled_from([float("inf"), float("-inf"), float("nan"), 0.1 + 0.2, -0.0]),
    "boolean": some.booleans(),
    "date": some.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory."""
    with duckdb.connect() as connection:
        yield connection


def broken_by_pandera(con: duckdb.DuckDBPyConnection, contract: Contract) -> Counter[str]:
    """What `broken_rules` says, told by the pandera schema."""
    try:
        contract.schema.validate(con.sql(f"select * from {contract.table}").pl(), lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.select("column", "check").rows()
        return Counter(f"{column}: {PANDERA_CODES.get(check, check)}" for column, check in cases)
    return Counter()


@some.composite
def columns(draw: some.DrawFn) -> Column:
    """A column with any rules that its type may have."""
    kind = draw(some.sampled_from(sorted(VALUES)))
    limits = some.none() | some.sampled_from([-3, 0, 0.3, 2.0, 1e-05])
    is_number = kind in ("integer", "number")
    return Column(
        "value",
        kind,
        "d",
        "l",
        nullable=draw(some.booleans()),
        values=draw(some.sampled_from([{}, {"hadir": ["H"], "o'clock": []}])) if kind == "text" else {},
        minimum=draw(limits) if is_number else None,
        maximum=draw(limits) if is_number else None,
    )


@settings(max_examples=150, deadline=None)
@given(column=columns(), data=some.data())
def test_pandera_and_sql_count_the_same_rows_against_a_rule(
    con: duckdb.DuckDBPyConnection, column: Column, data: some.DataObject
) -> None:
    rows = data.draw(some.lists(some.none() | VALUES[column.type], max_size=6))
    frame = pl.DataFrame({"value": rows}, schema={"value": POLARS_TYPES[column.type]})
    contract = Contract("t", "main", "d", "g", ("value",), (column,))
    con.register("incoming", frame.to_arrow())
    con.execute("create or replace table main.t as select * from incoming")
    assert broken_rules(con, contract) == broken_by_pandera(con, contract)


def test_a_rule_that_is_broken_is_named_with_its_column(con: duckdb.DuckDBPyConnection) -> None:
    column = Column("value", "integer", "d", "l", minimum=0, maximum=3)
    contract = Contract("t", "main", "d", "g", ("value",), (column,))
    con.execute("create or replace table main.t as select unnest([-1, 0, 3, 4, 5, null])::bigint as value")
    expected = {"value: MISSING": 1, "value: TOO_SMALL": 1, "value: TOO_LARGE": 2}
    assert broken_rules(con, contract) == broken_by_pandera(con, contract) == expected


def test_headings_may_shorten_words() -> None:
    assert [heading(text) for text in ("Tgl. Mulai", "Jml JP", "THN Anggaran", "Bln", "Tgltes")] == [
        "tanggal mulai", "jumlah jp", "tahun anggaran", "bulan", "tgltes"
    ]  # fmt: skip
