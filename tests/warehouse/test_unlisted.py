"""Codes that their list does not have: counted by source and column, and told of a list that never came at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from schemas.sources import SOURCES
from warehouse.auditing.integrity import RULES, Build
from warehouse.building.inputs import write_unlisted
from warehouse.building.models import columns_of
from warehouse.database import connect
from warehouse.store import Store
from warehouse.words.kept import kept


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A staging area of every source, without rows."""
    with connect(":memory:") as con:
        con.execute("create schema staging; create schema ops")
        con.execute("create table staging.shown_file (address varchar, shown varchar)")
        for name in SOURCES:
            columns = ", ".join(f"{column} {kind}" for column, kind in columns_of(f"staging.{name}").items())
            con.execute(f"create table staging.{name} ({columns})")
        yield con


def fill(con: duckdb.DuckDBPyConnection, source: str, column: str, *codes: str | None) -> None:
    con.executemany(f"insert into staging.{source} ({column}) values (?)", [[code] for code in codes])


def unlisted(con: duckdb.DuckDBPyConnection, source: str, column: str) -> tuple[object, ...] | None:
    write_unlisted(con)
    return con.execute(
        "select listed_by, n_listed, n_rows, n_unlisted, unlisted_share, codes from ops.unlisted_code "
        "where source = ? and column_name = ?",
        [source, column],
    ).fetchone()


def test_rows_of_codes_that_the_list_does_not_have_are_counted_and_the_most_frequent_named(
    con: duckdb.DuckDBPyConnection,
) -> None:
    fill(con, "classes", "class_id", "A", "A", "B")
    fill(con, "survey_responses", "class_id", "A", "A", "C", "C", "D", "E", "F", None)
    assert unlisted(con, "survey_responses", "class_id") == ("classes", 2, 7, 5, 5 / 7, "C, D, E")


def test_where_nothing_leads_to_a_list_the_share_is_unknown(con: duckdb.DuckDBPyConnection) -> None:
    assert unlisted(con, "survey_responses", "class_id") == ("classes", 0, 0, 0, None, None)


def test_codes_of_people_are_counted_and_not_named(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, "attendance", "employee_id", "x", "y", "y")
    fill(con, "employees", "employee_id", "x")
    assert unlisted(con, "attendance", "employee_id") == ("employees", 1, 3, 2, 2 / 3, None)


def test_of_a_list_that_never_came_one_thing_is_told(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """And not the codes of every source that leads to it."""
    fill(con, "attendance", "class_id", "A", "B")
    fill(con, "survey_responses", "class_id", "A")
    fill(con, "attendance", "employee_id", "x")
    found = [one for one in RULES["integrity: known codes"].look(Build(con, Store(tmp_path))) if not one.passed]
    assert {(one.table, one.actual) for one in found} == {
        ("staging.classes", "none; 3 rows of attendance, survey_responses lead to it"),
        ("staging.employees", "none; 1 row of attendance lead to it"),
    }
    assert kept("id")(found[0].expected) == "daftar yang dirujuk kiriman lain"
    assert all(kept("id")(one.actual) for one in found), "staff are told in their language"
    fill(con, "classes", "class_id", "A")
    told = {one.table for one in RULES["integrity: known codes"].look(Build(con, Store(tmp_path))) if not one.passed}
    assert told == {"staging.employees", "staging.attendance"}
