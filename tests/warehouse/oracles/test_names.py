"""What things are called decides nothing: a city in which everybody and everything has another name, in the opposite order, has the same numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from warehouse.building.build import build_table
from warehouse.building.inputs import begin_build
from warehouse.building.models import models
from warehouse.database import connect, rows_of
from warehouse.delivery.landing import scan
from warehouse.store import Store

from ...conftest import DAY, copied, published_city

KINDS = {
    "program_code": ("program_code",),
    "class_id": ("class_id",),
    "instructor_id": ("instructor_id",),
    "unit_code": ("unit_code", "parent_unit_code"),
    "employee_id": ("employee_id", "manager_employee_id", "observer_id"),
    "project_id": ("project_id",),
    "response_id": ("response_id",),
}
"""Kind of name → the columns of staged rows in which it stands."""
DRAWN = {"p_permutation", "p_wild", "p_adjusted"}
"""Columns of probabilities that are drawn by lot, unit by unit in the order of their names."""
NEW_NAME = re.compile(r"Z\d-\d{6}")


def renamed(city: Store, home: Path) -> tuple[Store, dict[str, str]]:
    """A copy of the city in which each name is another one; with it new name → old."""
    store = copied(city, home)
    months = {path: pl.read_parquet(path) for path in sorted(store.staging.glob("*/*.parquet"))}
    new: dict[str, dict[str, str]] = {}
    for kind, (_, columns) in enumerate(KINDS.items()):
        known = {
            name for rows in months.values() for column in columns if column in rows.columns for name in rows[column]
        }
        names = sorted(known - {None})
        others = {name: f"Z{kind}-{len(names) - n:06d}" for n, name in enumerate(names)}
        new |= dict.fromkeys(columns, others)
    parts = new["program_code"] | new["instructor_id"]
    for path, rows in months.items():
        is_named = [pl.col(column).replace(new[column]) for column in rows.columns if column in new]
        flags = [pl.col("flag_id").str.split(":").list.eval(pl.element().replace(parts)).list.join(":")]
        rows.with_columns(is_named + (flags if "flag_id" in rows.columns else [])).write_parquet(path)
    return store, {others: name for column in new.values() for name, others in column.items()}


def marts(con: duckdb.DuckDBPyConnection, old: Mapping[str, str]) -> dict[str, list[str]]:
    """Mart → its rows by the old names, without what is drawn by lot."""

    def said(row: Mapping[str, Any]) -> str:
        values = [row[column] for column in row if column not in DRAWN]
        text = str([float(f"{value:.8g}") if isinstance(value, float) else value for value in values])
        return NEW_NAME.sub(lambda name: old[name.group()], text)

    tables = [table for table, model in models().items() if model.contract.layer == "marts"]
    return {table: sorted(said(row) for row in rows_of(con, f"select * from {table}")) for table in tables}


def test_what_things_are_called_decides_nothing(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    city = published_city(tmp_path_factory, 800, 24)
    with connect(city.build, read_only=True) as con:
        expected = marts(con, {})
    other, old = renamed(city, tmp_path / "renamed")
    other.build.unlink()
    with connect(other.build) as con:
        begin_build(con, other, DAY, scan(other, DAY))
        for model in models().values():
            build_table(con, model)
        found = marts(con, old)
    assert {table: rows for table, rows in found.items() if rows != expected[table]} == {}
