"""What every asset shares: whose it is, the store and what is asked of a run as a resource, column schemas for the UI."""

from __future__ import annotations

import datetime as dt
import errno
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, wraps
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
from pydantic import Field, PrivateAttr, field_validator

from schemas.city import City
from schemas.column import DUCKDB_TYPES, Column
from schemas.contacts import Contacts
from schemas.sources import SOURCES
from schemas.written import nearest
from warehouse.building.engine import DUCKDB, Engine, opened
from warehouse.database import connect
from warehouse.delivery.landing import Landing, scan
from warehouse.lock import alive, is_held, one_writer
from warehouse.staging.month import read_months
from warehouse.staging.recipe import Recipe, changed_months, delivered_months
from warehouse.staging.report import FileReport
from warehouse.staging.spread import read_months_spread
from warehouse.store import AS_OF_TAG, Store
from warehouse.upkeep import journal
from warehouse.upkeep.health import reconcile

OWNERS = ["team:diklat"]
POOL = "diklat_warehouse"
"""Pool of every step that writes: where it has one slot, one step at a time."""
STORE = "diklat_store"
"""Name of the resource that is a city's store, before a prefix."""
log = logging.getLogger("diklat.run.steps")
# What a run's steps say is kept from warnings on, whatever Dagster keeps of its own (`python_logs` in dagster.yaml).
log.setLevel(logging.WARNING)
progress = logging.getLogger("diklat.progress")
"""How far a run is: printed, and read in the window under its run's output; no event is kept of it."""
progress.setLevel(logging.INFO)
steps = logging.getLogger("diklat.steps")
"""That a step begins, and that it has ended: for whoever shows how far the run is. Nobody else hears it."""
WAIT_SECONDS = 2 * 60 * 60
"""How long a run waits for another writer before it gives up and says who that is."""


@cache
def _key(*path: str) -> dg.AssetKey:
    """Each key once: columns' lineage names them a thousand times."""
    return dg.AssetKey(path)


@dataclass(frozen=True)
class Tenant:
    """One city in a Dagster that others may use, too: its calendar, and the names under which its definitions stand.

    Without a prefix they have their plain names; with one, every asset key begins with it and every other name, too.
    """

    city: City
    prefix: tuple[str, ...] = ()
    contacts: Contacts = field(default_factory=Contacts)
    """Who answers for its sources."""
    address: str = ""
    """Where people reach the report and the audits' pages, as `https://host`; empty where nothing serves them."""

    def key(self, *path: str) -> dg.AssetKey:
        """The key of an asset."""
        return _key(*self.prefix, *path)

    def asset(self, *path: str, **features: Any) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
        """`dagster.asset` with what all of this city's assets share: the owners, the pool of writers, the store, and the note
        of how far the run has come."""
        define = dg.asset(
            key=self.key(*path), owners=OWNERS, pool=POOL, required_resource_keys={self.resource}, **features
        )

        def noted(make: Callable[..., Any]) -> dg.AssetsDefinition:
            @wraps(make)
            def step(context: dg.AssetExecutionContext) -> Iterator[Any]:
                name = "/".join(path)
                steps.info("%s", name, extra={"step": name, "ended": False})
                with journal.step(self.run(context).open(), context.run.run_id, name):
                    made = make(context)
                    for event in made if isinstance(made, Iterator) else (made,):
                        yield _once(context, event)
                steps.info("%s", name, extra={"step": name, "ended": True})

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
        return self.name(STORE)

    def open(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Store:
        """The store that a run works on, with nothing of it held open."""
        self.run(context).close_build()
        return self.run(context).open()

    def run(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> StoreResource:
        """The store with what is asked of the run."""
        resource: StoreResource = getattr(context.resources, self.resource)
        return resource

    def as_of(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> dt.date:
        """The run's as-of date: the one of its configuration, or of its tag (the schedule's way), or the day in the city on which
        it was launched."""
        run = self.run(context)
        if text := run.as_of or context.run.tags.get(AS_OF_TAG):
            return self.city.in_calendar(dt.date.fromisoformat(text))
        started = context.instance.get_run_record_by_id(context.run.run_id)
        moment = started.create_timestamp if started else dt.datetime.now(dt.UTC)
        return self.city.in_calendar(moment.astimezone(ZoneInfo(run.open().city.timezone)).date())

    def landing(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Landing:
        """What was delivered, as the run saw it first: every step works on that picture. What comes or changes later belongs
        to the next run."""
        return self.run(context).landing(self.as_of(context))

    def link(self, page: str, otherwise: Path) -> dg.MetadataValue:
        """A page of the published version (`report/index.html`): its address, or its path where nothing serves it."""
        return dg.UrlMetadataValue(f"{self.address}/{page}") if self.address else dg.PathMetadataValue(str(otherwise))

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
    """The data root, held by one writer for as long as the run lasts, and what is asked of the run: what the launchpad offers."""

    home: str = Field(description="The data root; where it is relative, below the working directory.")
    as_of: str = Field(
        default="", description="Evaluate as of this day, YYYY-MM-DD. Empty: the night's, or the day of the launch."
    )
    full: bool = Field(default=False, description="Read every delivery of the launched months again, changed or not.")
    sources: list[str] = Field(
        default=[], description="Read these sources alone; the others stay as they were read. Empty: all of them."
    )
    allow_loss: bool = Field(default=False, description="Publish also what holds less than the published version.")
    engine: ClassVar[str] = DUCKDB.name
    """What makes the tables, and for Spark at which server: the settings' matter, nothing that a launch is asked."""
    spark_remote: ClassVar[str] = ""
    spark_reads: ClassVar[bool] = False
    """Whether Spark's executors read the months, too."""
    facts_by_month: ClassVar[bool] = False
    """Whether a version's facts stand in Parquet files by month alone."""
    _landing: Landing | None = PrivateAttr(default=None)
    _building: tuple[duckdb.DuckDBPyConnection, Engine] | None = PrivateAttr(default=None)
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _reader: Engine | None = PrivateAttr(default=None)
    _reading: ExitStack = PrivateAttr(default_factory=ExitStack)

    @field_validator("as_of")
    @classmethod
    def _day(cls, text: str) -> str:
        try:
            return text and dt.date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(f"as_of is {text!r}; write a day as YYYY-MM-DD, or leave it empty") from None

    @field_validator("sources")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in SOURCES:
                guess = nearest(name, SOURCES.keys())
                meant = f" Did you mean {guess}?" if guess else ""
                raise ValueError(f"sources has {name!r}; sources are {', '.join(SOURCES)}.{meant}")
        return names

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
            try:
                yield self
            finally:
                self.close_build()
                self.close_reader()

    def open(self) -> Store:
        """The store."""
        return Store(Path(self.home).absolute())

    def landing(self, day: dt.date) -> Landing:
        """What was delivered up to a day's month, looked at once in the life of the resource, which is a run."""
        if self._landing is None:
            self._landing = scan(self.open(), day)
        return self._landing

    def months_to_read(self, source: str, landing: Landing) -> list[str]:
        """The months of a source that the run reads, if it covers them: those that changed or, where a whole reading is asked for,
        all; none where other sources are named."""
        if self.sources and source not in self.sources:
            return []
        months = delivered_months if self.full else changed_months
        return months(self.open(), landing, sources=[source]).get(source, [])

    def read(self, recipes: Sequence[Recipe]) -> Iterator[tuple[str, list[FileReport]]]:
        """Read months of a source: by executors where the settings ask for it, but for one month, of which nothing is to be spread; else here. The
        engine that reads stays until tables are made."""
        store = self.open()
        if not self.spark_reads or len(recipes) < 2:
            yield from read_months(store, recipes)
            return
        if self._reader is None:
            folder = store.build.with_name("reading")
            self._reader = self._reading.enter_context(opened(self.engine, self.spark_remote, folder))
        try:
            yield from read_months_spread(store, recipes, self._reader.each)
        except BaseException:
            self.close_reader()
            raise

    def close_reader(self) -> None:
        """End the engine that reads."""
        self._reader = None
        self._reading.close()

    @contextmanager
    def building(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Engine]]:
        """The build's database and the engine, opened once for all tables that follow each other: to open one takes longer than to make a
        small table. After a failure both are closed, so that the next table does not meet what is left of it."""
        if self._building is None:
            self.close_reader()  # of Spark there is one session in a process
            build = self.open().build
            engine = self._open.enter_context(opened(self.engine, self.spark_remote, build.with_name("engine")))
            self._building = self._open.enter_context(connect(build)), engine
        try:
            yield self._building
        except BaseException:
            self.close_build()
            raise

    def close_build(self) -> None:
        """Let others open the build."""
        self._building = None
        self._open.close()


def store_of(
    folder: Path, engine_name: str = DUCKDB.name, remote: str = "", reads: bool = False, by_month: bool = False
) -> StoreResource:
    """The resource of a data root with what the settings say of it, in which a launch that names some fields keeps this root, too: Dagster takes what stands in the
    class for what is not named, and nothing of the instance."""

    class Own(StoreResource):
        home: str = Field(default=str(folder), description=StoreResource.model_fields["home"].description)
        engine: ClassVar[str] = engine_name
        spark_remote: ClassVar[str] = remote
        spark_reads: ClassVar[bool] = reads
        facts_by_month: ClassVar[bool] = by_month

    return Own()


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


def _once(context: dg.AssetExecutionContext, event: Any) -> Any:
    """The event as it is yielded: its metadata go with the materialisation alone, and of several months with the last, where Dagster would
    keep them with each month and with the step's output as well."""
    if not isinstance(event, dg.MaterializeResult) or not event.metadata:
        return event
    months = context.partition_keys if context.has_partition_key_range and context.assets_def.partitions_def else [None]
    context.add_asset_metadata(event.metadata, partition_key=months[-1])
    return event._replace(metadata=None)


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
