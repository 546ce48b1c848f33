"""The national tables, made of what the agencies published.

A cell is shown where its numbers are about `minimum_cell_size` people or more. A sum is made of the cells shown below it: of programs the agency, of agencies
the nation. What is left out is in no sum, so that nothing is had by subtraction (docs/adr/0014, 0071).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import numpy as np
import polars as pl

from schemas.column import POLARS_TYPES
from schemas.national import ALL, NATIONAL_TABLES
from schemas.policy import read_policy
from warehouse.building.build import describe
from warehouse.building.inputs import write_table
from warehouse.building.models import models
from warehouse.database import open_version, rows_of
from warehouse.evaluation import statistics as st
from warehouse.national.agencies import Known, version_of
from warehouse.national.people import movers
from warehouse.report.metrics import METRICS, Metric
from warehouse.store import Store

Row = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """What is read of an agency's version."""

    counts: Row
    """Of its programs and audits: columns of `nation.agency`."""
    programs: Mapping[str, str]
    """Program code → its name."""
    pieces: pl.DataFrame
    """The rows of its marts as measures see them."""


def read_agency(nation: Store, agency: Known) -> Read:
    """Read an agency's version. Raises duckdb.Error where a table is not there, cut, or not as this edition knows it."""
    with open_version(version_of(nation, agency)) as con:
        [counts] = rows_of(con, _COUNTS)
        programs = dict(con.execute("select program_code, program_name from marts.program_verdict").fetchall())
        rows = con.execute(_pieces()).fetchall()
    schema = {name: kind for name, kind in _PIECES.schema.items() if name != "agency"}
    pieces = pl.DataFrame(rows, schema=schema, orient="row")
    return Read(counts, programs, pieces.select(pl.lit(agency.agency_code).alias("agency"), *pieces.columns))


_COUNTS = """
    select
        count(*) as n_programs,
        count_if(verdict = 'perlu_diperbaiki') as n_to_improve, count_if(verdict = 'terbukti_berhasil') as n_proven,
        count_if(verdict = 'belum_terbukti') as n_not_proven, count_if(verdict = 'data_kurang') as n_lacking,
        count_if(decision = 'menunggu') as n_waiting, count_if(decision = 'terlambat') as n_overdue,
        (select count(*) from ops.audit_result where not passed) as n_warnings
    from marts.program_verdict
"""


def write_tables(
    con: duckdb.DuckDBPyConnection,
    nation: Store,
    run: Mapping[str, Any],
    agencies: Sequence[Known],
    read: Mapping[str, Read],
    with_people: frozenset[str],
) -> None:
    """Write every table of `schemas.national` but the audits into the database that `con` has open. `run`: build_id and as_of; `read`: what was read, by
    agency; `with_people`: codes of agencies whose people are known."""
    limits = read_policy(*nation.policies).in_force(run["as_of"])
    minimum = next(row.value for row in limits if row.policy == "minimum_cell_size")
    city = nation.city
    about = {
        "nation": city.name,
        "agency": city.agency,
        "languages": " ".join(city.languages),
        "n_agencies": len(agencies),
        "n_published": len(read),
    }
    rows = [
        asdict(agency)
        | {"knows_people": agency.agency_code in with_people}
        | (read[agency.agency_code].counts if agency.agency_code in read else {})
        for agency in agencies
    ]
    as_of = {agency.agency_code: agency.as_of for agency in agencies if agency.agency_code in read and agency.as_of}
    cells = measures(pl.concat([_PIECES, *(one.pieces for one in read.values())]), as_of, minimum)
    for row in cells:
        row["program_name"] = (
            read[row["agency_code"]].programs.get(row["program_code"]) if row["agency_code"] in read else None
        )
    _write(con, "run", [{**run, **about}])
    _write(con, "agency", rows)
    _write(con, "measure", cells)
    _write(con, "mover", [shown_mover(row, minimum) for row in movers(nation, sorted(with_people))])
    _write(con, "policy", [row.model_dump() for row in limits])


def _write(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    contract = NATIONAL_TABLES[name]
    con.execute(f"create schema if not exists {contract.layer}")
    schema = {column.name: POLARS_TYPES[column.type] for column in contract.columns}
    write_table(
        con, contract.table, pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    )
    describe(con, contract)


def write_audits(con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `nation.audit`."""
    _write(con, "audit", rows)


_PIECES = pl.DataFrame(
    schema={
        "agency": pl.String, "metric": pl.String, "program": pl.String, "above": pl.Float64, "below": pl.Float64, "people": pl.Float64,
        "is_suppressed": pl.Boolean,
    }
)  # fmt: skip
"""One row of an agency's mart as a measure sees it; without `above` it is unknown, or left out there."""


def _pieces() -> str:
    """Every measure's rows, one query."""
    return " union all ".join(
        f"select '{name}' as metric, {'program_code' if 'program_code' in columns else f'{ALL!r}'} as program, "
        f"cast({metric.numerator} as double) as above, cast({metric.denominator or 'null'} as double) as below, cast({metric.counted} as double) as people, "
        f"{'is_suppressed' if 'is_suppressed' in columns else 'false'} as is_suppressed from marts.{metric.mart} where {metric.where}"
        for name, metric in METRICS.items()
        for columns in [models()[f"marts.{metric.mart}"].contract.names]
    )


def measures(pieces: pl.DataFrame, as_of: Mapping[str, dt.date], minimum: float) -> list[Row]:
    """The rows of `nation.measure`: a cell per program, per agency of the cells of its programs that are shown, and the nation of the agencies that are."""
    rows: list[Row] = []
    parts = pieces.partition_by("metric", "agency", as_dict=True)
    for name, metric in METRICS.items():
        of_nation, left_out = [], 0
        for agency, day in as_of.items():
            about = {"metric": name, "agency_code": agency, "as_of": day, "n_agencies_left_out": 0}
            cells = parts.get((name, agency), _PIECES).partition_by("program", as_dict=True)
            shown = [cells.pop((ALL,), _PIECES)]
            is_small = False
            for (program,), cell in sorted(cells.items()):
                row = _cell(metric, cell, minimum)
                rows.append(about | {"program_code": program, "n_agencies": int(row["value"] is not None)} | row)
                is_small |= bool(row["is_suppressed"])
                if row["n_rows"]:
                    shown.append(cell)
            told = pl.concat(shown)
            row = _cell(metric, told, minimum)
            row["is_suppressed"] = row["is_suppressed"] or (is_small and not row["n_rows"])
            rows.append(about | {"program_code": ALL, "n_agencies": int(row["value"] is not None)} | row)
            left_out += row["is_suppressed"]
            if row["n_rows"]:
                of_nation.append(told)
        whole = _cell(metric, pl.concat([_PIECES, *of_nation]), minimum) | {"value_low": None, "value_high": None}
        rows.append(
            {"metric": name, "agency_code": ALL, "program_code": ALL, "as_of": min(as_of.values(), default=dt.date.min), "n_agencies": len(of_nation),
             "n_agencies_left_out": left_out} | whole
            | {"is_suppressed": bool(left_out and not of_nation)}
        )  # fmt: skip
    return rows if as_of else []


def _cell(metric: Metric, pieces: pl.DataFrame, minimum: float) -> Row:
    """The numbers of a cell: those of its rows that are known, none where they are about too few."""
    known = pieces.filter(pl.col("above").is_not_null())
    people = float(known["people"].sum())
    # Sums over the public are about nobody of the staff where nobody was counted.
    is_small = known.height > 0 and bool(known["people"].is_not_null().any()) and people < minimum
    nothing = dict.fromkeys(("n_rows", "n_people", "numerator", "denominator", "value", "value_low", "value_high"))
    if not known.height or is_small:
        left_out_there = not known.height and bool((pieces["is_suppressed"] & pieces["above"].is_null()).any())
        return nothing | {"is_suppressed": is_small or left_out_there}
    above = float(known["above"].sum())
    below = float(known["below"].sum()) if metric.denominator else None
    low, high = _interval(metric, known)
    return {
        "n_rows": known.height, "n_people": round(people) if known["people"].is_not_null().any() else None, "numerator": above, "denominator": below,
        "value": above if below is None else above / below if below else None, "value_low": low, "value_high": high, "is_suppressed": False,
    }  # fmt: skip


def _interval(metric: Metric, known: pl.DataFrame) -> tuple[float | None, float | None]:
    """95 % of a ratio over rows, which differ more than people drawn one by one would; of a share the wider of this and Wilson's."""
    if metric.denominator is None:
        return None, None
    above, below = known["above"].to_numpy(), known["below"].to_numpy()
    _, low, high = st.ratio(above, below)
    if metric.format == "share":
        one, other = (float(end) for end in st.wilson(above.sum(), below.sum()))
        low, high = max(0.0, np.fmin(low, one)), min(1.0, np.fmax(high, other))
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else (None, None)


def shown_mover(row: Mapping[str, Any], minimum: float) -> Row:
    """A row of `nation.mover` as it may be told."""
    is_small = row["n_people"] < minimum
    return {**row, "n_people": None if is_small else row["n_people"], "is_suppressed": is_small}
