"""A profile's expressions tried on an empty table, before any file is read by them.

What is found here is a flaw of the profile: a column or function that is not there, a type that does not fit. What fails only
on values is found while a file is read (`warehouse.delivery.layouts.mapping`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from schemas.profiles import Layout
from schemas.said import said
from schemas.written import Location, Wrong
from warehouse.database import scratch
from warehouse.delivery.layouts.profile_layout import ENGINE_ERRORS, ProfileLayout
from warehouse.delivery.sheets.sheet import ROW, Batch, Table


def rehearse(layouts: Sequence[Layout]) -> Iterator[Wrong]:
    """What cannot be worked out whatever a file of these layouts holds; `at` counts from the profile's root."""
    for number, layout in enumerate(layouts):
        if layout.lookup and layout.lookup.by not in (names := _columns(layout)):
            yield Wrong(said("no column of the layout"), names, at=("layouts", number, "lookup", "by"))
        for source, target in layout.targets.items():
            at: Location = ("layouts", number, "targets", source)
            mapping = ProfileLayout(layout, source, Path("file"), "", "2026-01")
            rows = mapping.rows(_nothing(_columns(layout)), Table(Path("file"), (), {}))
            if target.query:
                yield from _query(mapping, rows, (*at, "query"))
                continue
            if target.unpivot:
                rows = rows.with_columns(
                    pl.lit(None, pl.String).alias(name)
                    for name in ("value", "_heading", "_nth", "_session", *target.groups)
                )
            if target.where:
                yield from _expression(layout, rows, target.where, (*at, "where"), is_condition=True)
            for column, expression in target.select.items():
                yield from _expression(layout, rows, expression, (*at, "select", column))


def _columns(layout: Layout) -> list[str]:
    """The columns that a file of this layout may have, under the names used in the profile."""
    headings = [name for target in layout.targets.values() for name in target.unpivot if not name.startswith("/")]
    names = dict.fromkeys((*layout.header, *layout.optional, *layout.aliases.values(), *headings))
    return [name for name in names if name not in layout.facts]


def _nothing(columns: Sequence[str]) -> Batch:
    return Batch(pl.DataFrame(schema=dict.fromkeys(columns, pl.String) | {ROW: pl.Int64}), {})


def _expression(
    layout: Layout, rows: pl.DataFrame, text: str, at: Location, *, is_condition: bool = False
) -> Iterator[Wrong]:
    try:
        expression = pl.sql_expr(text)
        strange = [name for name in expression.meta.root_names() if name not in rows.columns]
        if strange and layout.lookup is None:
            mend = said(
                "A column of the file must stand in header or optional; put a name with spaces in double quotes."
            )
            known = [name for name in rows.columns if name != "_number"]
            yield Wrong(
                said("{text} uses {name}, which is no column", text=repr(text), name=repr(strange[0])),
                known,
                mend,
                at,
                strange[0],
            )
            return
        # Whatever else is asked for may be a column of the other file.
        rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in strange)
        if is_condition:
            rows.filter(expression)
        else:
            rows.select(expression.cast(pl.String))
    except ENGINE_ERRORS as error:
        yield Wrong(
            f"{text!r}: {_first_line(error)}", said("an expression of polars SQL over the layout's columns"), at=at
        )


def _query(mapping: ProfileLayout, rows: pl.DataFrame, at: Location) -> Iterator[Wrong]:
    contract, query = mapping.contract, str(mapping.target.query)
    try:
        with scratch(sealed=True) as con:
            con.register("rows", rows.drop(ROW).rename({"_number": ROW}).to_arrow())
            relation: duckdb.DuckDBPyRelation | None = con.sql(query)
            columns = relation.columns if relation is not None else []
    except ENGINE_ERRORS as error:
        yield Wrong(_first_line(error), said("a DuckDB SELECT over the table rows"), at=at)
        return
    known = [*contract.names, ROW]
    for name in columns:
        if name not in known:
            yield Wrong(
                said("gives {name}, which is no column of {source}", name=repr(name), source=contract.name),
                known,
                at=at,
                name=name,
            )
    # The rows that a source needs filled, and where in the file they stand.
    needed = [column.name for column in contract.columns if not column.nullable and column.blank is None]
    if lost := [name for name in (*needed, ROW) if name not in columns]:
        yield Wrong(
            said("gives no {names}", names=", ".join(lost)),
            said("a SELECT that gives {names}", names=", ".join((*needed, ROW))),
            at=at,
        )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0]
