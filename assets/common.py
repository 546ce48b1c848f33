"""What every asset shares: the store as a resource, the as-of date of a run, column schemas for the UI."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from schemas.contract import DUCKDB_TYPES, Column
from warehouse.landing import FIRST_MONTH
from warehouse.store import AS_OF_TAG, ZONE, Store

OWNERS = ["team:diklat"]
log = logging.getLogger("diklat")
MONTHS = dg.MonthlyPartitionsDefinition(start_date=f"{FIRST_MONTH}-01", timezone=ZONE, end_offset=1)


class StoreResource(dg.ConfigurableResource):
    """The data root, as a Dagster resource."""

    home: str = ""
    """Empty: what `DIKLAT_HOME` says when a run starts."""

    def open(self) -> Store:
        """The store at `home`."""
        return Store(Path(self.home)) if self.home else Store.from_environment()


def as_of(context: dg.AssetExecutionContext) -> dt.date:
    """The run's as-of date, from its tag, or the day on which the run was launched."""
    tag = context.run.tags.get(AS_OF_TAG)
    if tag:
        return dt.date.fromisoformat(tag)
    started = context.instance.get_run_record_by_id(context.run_id)
    moment = started.create_timestamp if started else dt.datetime.now(dt.UTC)
    return moment.astimezone(ZoneInfo(ZONE)).date()


def table_schema(columns: tuple[Column, ...]) -> dg.TableSchema:
    """The contract's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                DUCKDB_TYPES[column.type],
                f"{column.description} [{column.label}]" + (f" Unit: {column.unit}." if column.unit else ""),
                dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in columns
        ]
    )
