"""Dagster's event log on SQLite, with connections that are kept and files that are packed.

The log is the window's memory, not the warehouse's: a night writes several hundred events, and Dagster makes a database engine anew
for each, compiles the same statements again and closes the file, at twice the time. What a run said lies in a file of its own, of
which nine parts in ten say what the others say: once the run ended it is packed, and unpacked when somebody looks at the run.
What stands in the files, and where they lie, is Dagster's own.
"""

from __future__ import annotations

import lzma
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event, text

MEANT = """delete from event_logs where run_id = :run
and dagster_event_type in ('ASSET_MATERIALIZATION_PLANNED', 'ASSET_CHECK_EVALUATION_PLANNED', 'STEP_OUTPUT')"""
"""Of a run that ended well all of it was done, and stands there as what was made and found."""
UNFILLED = "delete from asset_check_executions where run_id = :run and execution_status = 'PLANNED'"
"""Dagster plans a check once for each month of the run, and keeps its verdict beside that."""
COUNTS = "$.dagster_event.event_specific_data.materialization.metadata_entries"
"""Where an event holds what was counted when an asset was made."""
SAID_AGAIN = (
    "delete from event_logs where run_id = :run and dagster_event_type = 'ASSET_CHECK_EVALUATION'",
    """delete from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION' and exists (
    select 1 from event_logs as newer where newer.run_id = :run and newer.dagster_event_type = 'ASSET_MATERIALIZATION'
    and newer.asset_key = event_logs.asset_key and newer.partition is event_logs.partition and newer.id > event_logs.id)""",
    f"""update event_logs set event = json_set(event, '{COUNTS}', json('[]')) where dagster_event_type = 'ASSET_MATERIALIZATION' and exists (
    select 1 from event_logs as newer where newer.run_id = :run and newer.dagster_event_type = 'ASSET_MATERIALIZATION'
    and newer.asset_key = event_logs.asset_key and newer.id > event_logs.id) and json_array_length(event, '{COUNTS}') > 0""",
    "delete from asset_event_tags where event_id not in (select id from event_logs)",
    """delete from asset_check_executions where exists (
    select 1 from asset_check_executions as newer where newer.run_id = :run and newer.asset_key = asset_check_executions.asset_key
    and newer.check_name = asset_check_executions.check_name and newer.partition is asset_check_executions.partition
    and newer.id > asset_check_executions.id)""",
)
"""What stands in the run's own file, or has been said anew by the run: of a month before an asset's newest one, what was counted. The verdicts of
checks have a table of their own."""
PACKED = ".xz"
"""Ending of a packed file, after `.db`."""
PAGES = b"SQLite format 3\0"
"""How a file begins that was packed as it lay on the disk, which an earlier version of this program did."""
UNTOUCHED_SECONDS = 24 * 60 * 60
"""Time after which an unpacked file is packed again. No run takes that long."""


class EventLog(SqliteEventLogStorage):
    """`event_log_storage` of `dagster.yaml`: connections to the index and to the run that was asked for last stay open,
    and what a run means to do is written at once (`DAGSTER_EVENT_BATCH_SIZE`)."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._there: set[str] = set()
        self._batch: ExitStack | None = None
        self._open: dict[str, Connection] = {}
        super().__init__(base_dir, inst_data)
        # Who writes a batch asks for the same files again meanwhile.
        self._db_lock = cast("threading.Lock", threading.RLock())

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> EventLog:
        """Made by Dagster from its configuration: `base_dir` is Dagster's home, below which the log lies where it lies by default."""
        return cls(str(Path(config_value["base_dir"]) / "history" / "runs"), inst_data)

    def dispose(self) -> None:
        """Close the connections, too."""
        super().dispose()
        self._close(*self._engines)

    def has_table(self, table_name: str) -> bool:
        """A table that is there stays there; Dagster asks several hundred times a night, each time through a connection of its own."""
        return self._stays(f"table {table_name}", partial(super().has_table, table_name))

    def has_secondary_index(self, name: str) -> bool:
        """The same of what was brought up to date in the log."""
        return self._stays(f"index {name}", partial(super().has_secondary_index, name))

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        return self._stays(
            f"column {column_name}", partial(super()._has_asset_key_col_on_connection, conn, column_name)
        )

    def _stays(self, what: str, is_there: Callable[[], bool]) -> bool:
        if what not in self._there and is_there():
            self._there.add(what)
        return what in self._there

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """In one transaction of each file: a run begins with an event for each table, check and month that it means to make."""
        with self._db_lock, ExitStack() as self._batch:
            try:
                super().store_event_batch(events)
            finally:
                self._batch = None
                self._open.clear()

    def get_all_run_ids(self) -> Sequence[str]:
        """Packed ones, too: an upgrade of Dagster brings each up to date."""
        packed = (path.name.removesuffix(f".db{PACKED}") for path in Path(self._base_dir).glob(f"*.db{PACKED}"))
        return sorted({*super().get_all_run_ids(), *packed})

    def wipe(self) -> None:
        """Delete everything, packed files too."""
        super().wipe()
        for path in Path(self._base_dir).glob(f"*.db{PACKED}"):
            path.unlink()

    def settle(self, run_id: str, *, well: bool = True) -> None:
        """Keep of a run that ended well once what it said; of one that did not, all in its own file, from which it may be resumed.

        Whole it stands in the run's own file, without what it meant to do and handed from step to step; the file is packed. What all runs
        share keeps the newest materialisation of each asset and month, what was counted with the newest of each asset alone, and the newest
        verdict of each check.
        """
        if well:
            with self.run_connection(run_id) as connection:
                connection.execute(text(MEANT), {"run": run_id})
        with self.index_connection() as connection:
            for statement in (MEANT, UNFILLED, *SAID_AGAIN):
                connection.execute(text(statement), {"run": run_id})
        self._pack(run_id)

    def _pack(self, run_id: str) -> None:
        """Pack the file of a run, and those that somebody looked at and left. Whoever reads one now reads on, and unpacks it the next time; what is
        being written to stays for later."""
        for part in Path(self._base_dir).glob(".*.db*"):  # of one who was stopped
            if not Path("/proc", part.suffix[1:]).exists():
                part.unlink(missing_ok=True)
        before = time.time() - UNTOUCHED_SECONDS
        for shard in super().get_all_run_ids():
            path = Path(self.path_for_shard(shard))
            with self._db_lock, suppress(FileNotFoundError, sqlite3.OperationalError):
                if shard == run_id or path.stat().st_mtime < before:
                    self._close(shard)
                    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as database:
                        # Packed, the statements that make the database again are a quarter smaller than its pages.
                        content = "\n".join(database.iterdump()).encode()
                    with _whole(path.with_name(path.name + PACKED)) as part:
                        part.write_bytes(lzma.compress(content))
                    for ending in ("", "-wal", "-shm"):
                        path.with_name(path.name + ending).unlink(missing_ok=True)

    def _unpack(self, shard: str) -> None:
        path = Path(self.path_for_shard(shard))
        packed = path.with_name(path.name + PACKED)
        if not path.exists() and packed.exists():
            content = lzma.decompress(packed.read_bytes())
            with _whole(path) as part:
                if content.startswith(PAGES):
                    part.write_bytes(content)
                else:
                    with closing(sqlite3.connect(part)) as database:
                        database.executescript(content.decode())
            packed.unlink(missing_ok=True)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if self._batch is None:
                with self._engine(shard).begin() as connection:
                    yield connection
            else:
                if shard not in self._open:
                    self._open[shard] = self._batch.enter_context(self._engine(shard).begin())
                yield self._open[shard]

    def _engine(self, shard: str) -> Engine:
        # Somebody may have deleted the run, and its file.
        if shard not in self._engines or not Path(self.path_for_shard(shard)).exists():
            self._close(shard, *(self._engines.keys() - {INDEX_SHARD_NAME}))
            self._unpack(shard)
            engine = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
            # With a write-ahead log NORMAL cannot corrupt; a power cut may cost the last moments.
            event.listen(engine, "connect", lambda raw, _: raw.execute("pragma synchronous = normal"))
            self._initdb(engine)
            self._engines[shard] = engine
        return self._engines[shard]

    def _close(self, *shards: str) -> None:
        for shard in shards:
            if engine := self._engines.pop(shard, None):
                engine.dispose()


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name to write under beside `path`: it takes the place of `path` when all of it is written, and is gone where it is not."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
