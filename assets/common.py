"""What every asset shares: whose it is, the store as a resource, the as-of date of a run, column schemas for the UI."""

from __future__ import annotations

import datetime as dt
import errno
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import PrivateAttr

from schemas.city import City
from schemas.column import DUCKDB_TYPES, Column
from warehouse.delivery.landing import Landing, scan
from warehouse.lock import alive, is_held, one_writer
from warehouse.store import AS_OF_TAG, Store
from warehouse.upkeep import journal
from warehouse.upkeep.health import reconcile

OWNERS = ["team:diklat"]
POOL = "diklat_warehouse"
"""Pool of every step that writes: where it has one slot, one step at a time."""
log = logging.getLogger("diklat.assets")
WAIT_SECONDS = 2 * 60 * 60
"""How long a run waits for another writer before it gives up and says who that is."""


@dataclass(frozen=True)
class Tenant:
    """One city in a Dagster that others may use, too: its calendar, and the names under which its definitions stand.

    Without a prefix they have their plain names; with one, every asset key begins with it and every other name, too.
    """

    city: City
    prefix: tuple[str, ...] = ()

    def key(self, *path: str) -> dg.AssetKey:
        """The key of an asset."""
        return dg.AssetKey([*self.prefix, *path])

    def asset(self, *path: str, **features: Any) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
        """`dagster.asset` with what all of this city's assets share: the owners, the pool of writers, the store, and the note
        of how far the run has come."""
        define = dg.asset(
            key=self.key(*path), owners=OWNERS, pool=POOL, required_resource_keys={self.resource}, **features
        )

        def noted(make: Callable[..., Any]) -> dg.AssetsDefinition:
            @wraps(make)
            def step(context: dg.AssetExecutionContext) -> Iterator[Any]:
                with journal.step(self.open(context), context.run.run_id, "/".join(path)):
                    made = make(context)
                    yield from made if isinstance(made, Iterator) else (made,)

            return define(step)

        return noted

    def table(self, name: str) -> dg.AssetKey:
        """The key of the table `layer.name`."""
        return self.key(*name.split("."))

    def name(self, name: str) -> str:
        """The name of a job, schedule, sensor, op or resource."""
        return "_".join([*self.prefix, name])

    @property
    def resource(self) -> str:
        """Name of the resource that is this city's store."""
        return self.name("diklat_store")

    def open(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Store:
        """The store that a run works on."""
        store: StoreResource = getattr(context.resources, self.resource)
        return store.open()

    def landing(self, context: dg.AssetExecutionContext) -> Landing:
        """What was delivered, as the run saw it first: every step works on that picture. What comes or changes later belongs
        to the next run."""
        store: StoreResource = getattr(context.resources, self.resource)
        return store.landing(as_of(context, store.open()))

    @cached_property
    def months(self) -> dg.MonthlyPartitionsDefinition:
        """The months of deliveries, from the city's first to the current one."""
        return dg.MonthlyPartitionsDefinition(
            start_date=f"{self.city.first_month}-01", timezone=self.city.timezone, end_offset=1
        )

    @cached_property
    def nightly(self) -> dg.FreshnessPolicy:
        """What is made every night must be there at the city's deadline."""
        start = dt.datetime.strptime(self.city.nightly_at, "%H:%M")
        deadline = start.replace(hour=self.city.deadline_hour, minute=0)
        time = (deadline - start) % dt.timedelta(days=1) or dt.timedelta(days=1)
        return dg.FreshnessPolicy.cron(
            deadline_cron=f"0 {self.city.deadline_hour} * * *", lower_bound_delta=time, timezone=self.city.timezone
        )


class StoreResource(dg.ConfigurableResource):
    """The data root, held by one writer for as long as the run lasts."""

    home: str
    """Its folder; where it is relative, below the working directory."""
    _landing: Landing | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[StoreResource]:
        """Take the lock, put right what an ended run left behind, and only then let the first step begin."""
        store = self.open()
        run_id = context.run.run_id if context.run else "none"
        # The command line, which holds the lock already, has put things right before it planned the run.
        fresh = not is_held(store)
        with (
            alive(store, run_id),
            one_writer(store, f"run {run_id}", wait_seconds=WAIT_SECONDS, waiting=log.warning),
            journal.run(store, run_id),
        ):
            for line in reconcile(store) if fresh else ():
                log.warning(line)
            yield self

    def open(self) -> Store:
        """The store."""
        return Store(Path(self.home).absolute())

    def landing(self, day: dt.date) -> Landing:
        """What was delivered up to a day's month, looked at once in the life of the resource, which is a run."""
        if self._landing is None:
            self._landing = scan(self.open(), day)
        return self._landing


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


def as_of(context: dg.AssetExecutionContext, store: Store) -> dt.date:
    """The run's as-of date, from its tag, or the day in the city on which the run was launched."""
    tag = context.run.tags.get(AS_OF_TAG)
    if tag:
        return dt.date.fromisoformat(tag)
    started = context.instance.get_run_record_by_id(context.run_id)
    moment = started.create_timestamp if started else dt.datetime.now(dt.UTC)
    return moment.astimezone(ZoneInfo(store.city.timezone)).date()


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


def table_of(head: Sequence[str], rows: Iterable[Sequence[object]], otherwise: str) -> dg.MarkdownMetadataValue:
    """A table as Dagster shows it, or `otherwise` where it has no row. What stands in a cell cannot break the table."""
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return dg.MarkdownMetadataValue(
        "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines]) if lines else otherwise
    )
