"""A small published city, as frames."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from warehouse.database import connect
from warehouse.store import Store

from ...conftest import published_city

Tables = dict[str, pd.DataFrame]
TOLERANCE = 1e-9
ROUNDING = 1e-13
"""Of a number itself: rupiah have fifteen digits in all, of which sums in another order keep fewer behind the point."""


@pytest.fixture(scope="package")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Every table of a published city of 800 employees and 24 months, by its name (`core.dim_class`)."""
    return tables_of(published_city(tmp_path_factory, 800, 24))


def tables_of(store: Store) -> Tables:
    """The published tables; facts as they were built, for what is published of small groups is a part of them; and of which offices the lists of
    employees were."""
    published = read_tables(store.current / "warehouse.duckdb")
    built = read_tables(store.build)
    with connect(store.build, read_only=True) as con:
        listed = con.execute("select distinct delivery_month, unit_code from staging.employees").df()
    return (
        published | {name: table for name, table in built.items() if name.startswith("core.fact_")} | {"listed": listed}
    )


def read_tables(path: Path) -> Tables:
    """Every table of a published file; dates are timestamps, whole numbers with gaps are floats."""
    with connect(path.resolve(), read_only=True) as con:
        names = con.execute("select schema_name || '.' || table_name from duckdb_tables() order by all").fetchall()
        return {name: con.execute(f"select * from {name}").df() for (name,) in names}


MINIMUM_CELL = 5
"""Fewer people are not told about (threshold rule of statistical agencies)."""


def leave_out(found: pd.DataFrame, people: pd.Series, columns: list[str]) -> pd.DataFrame:
    """The rows without the numbers that are about few people, and which rows these are."""
    small = (people > 0) & (people < MINIMUM_CELL)
    before = found.get("is_suppressed", False)
    hidden = {
        name: found[name].where(~small, None if found[name].dtype == object else float("nan")) for name in columns
    }
    return found.assign(**hidden, is_suppressed=before | small)


def shown(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """What may be added up: rows that are not left out; where all of a group are, how many people there were is still told."""
    out = rows["is_suppressed"] | (rows.get("is_repeated", False))
    parts = rows.assign(out=out).groupby(by)
    kept = [(part if part["out"].all() else part[~part["out"]]).drop(columns="out") for _, part in parts]
    return pd.concat(kept) if kept else rows


NAMES = {
    "program_name": ("core.dim_program", "program_code", "program_name"),
    "unit_name": ("core.dim_unit", "unit_code", "unit_name"),
    "instructor_name": ("core.dim_instructor", "instructor_id", "instructor_name"),
    "class_ended_on": ("core.dim_class", "class_id", "ended_on"),
}
"""What codes are called, and when a class ended: dimension, code, column."""


def with_names(rows: pd.DataFrame, published: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """The rows with those of `NAMES` that are published beside their codes, by the last row of each code."""
    for name, (dimension, code, column) in NAMES.items():
        if name in published and name not in rows:
            one = tables[dimension]
            today = one[one["is_current"]] if "is_current" in one else one
            assert today[code].is_unique
            rows = rows.merge(today[[code, column]].rename(columns={column: name}), how="left", on=code)
    return rows


def assert_same(found: pd.DataFrame, expected: pd.DataFrame, key: list[str]) -> None:
    """The mart holds the oracle's rows, and the oracle's columns to 1e-9; every column must be asked for or left out by name."""
    columns = list(expected.columns)
    left = found[columns].sort_values(key, ignore_index=True)
    right = expected.sort_values(key, ignore_index=True)
    assert len(left) == len(right) > 0
    for column in columns:
        if pd.api.types.is_numeric_dtype(right[column]) or pd.api.types.is_numeric_dtype(left[column]):
            pd.testing.assert_series_equal(
                left[column].astype(float),
                right[column].astype(float),
                rtol=ROUNDING,
                atol=TOLERANCE,
                check_names=False,
            )
        else:
            got, want = (one[column].astype(object).where(one[column].notna(), None) for one in (left, right))
            assert got.tolist() == want.tolist(), column
