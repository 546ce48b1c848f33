"""What every asset shares: the store as a resource, the as-of date of a run, column schemas for the UI."""

from __future__ import annotations

import datetime as dt
import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import dagster as dg

from schemas.column import DUCKDB_TYPES, Column
from warehouse.delivery.landing import FIRST_MONTH
from warehouse.lock import alive, is_held, one_writer
from warehouse.store import AS_OF_TAG, ZONE, Store
from warehouse.upkeep.health import reconcile

OWNERS = ["team:diklat"]
log = logging.getLogger("diklat.assets")
MONTHS = dg.MonthlyPartitionsDefinition(start_date=f"{FIRST_MONTH}-01", timezone=ZONE, end_offset=1)


NIGHTLY = dg.FreshnessPolicy.cron(deadline_cron="0 5 * * *", lower_bound_delta=dt.timedelta(hours=4), timezone=ZONE)
"""What is made every night from 01:00 WIB must be there at 05:00."""
WAIT_SECONDS = 2 * 60 * 60
"""How long a run waits for another writer before it gives up and says who that is."""


class StoreResource(dg.ConfigurableResource):
    """The data root that `DIKLAT_HOME` names, held by one writer for as long as the run lasts."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[StoreResource]:
        """Take the lock, put right what an ended run left behind, and only then let the first step begin."""
        place = self.open()
        run_id = context.run.run_id if context.run else "none"
        # The command line, which holds the lock already, has put things right before it planned the run.
        fresh = not is_held(place)
        with (
            alive(place, run_id),
            one_writer(place, f"run {run_id}", wait_seconds=WAIT_SECONDS, waiting=log.warning),
        ):
            for line in reconcile(place) if fresh else ():
                log.warning(line)
            yield self

    def open(self) -> Store:
        """The store."""
        return Store.from_environment()


@contextmanager
def retried() -> Iterator[None]:
    """Ask for another try where one can help: the disk or the network share did not answer. Anything else goes on up.

    A full or read-only disk does not heal by itself; it fails at once, and its message names the path.
    """
    try:
        yield
    except OSError as error:
        if error.errno in PASSING:
            raise dg.RetryRequested(max_retries=3, seconds_to_wait=10) from error
        raise


PASSING = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ENETDOWN, errno.ESTALE, errno.ETIMEDOUT}
"""Errors of the operating system that may be gone at the next try."""


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
