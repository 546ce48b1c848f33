"""Dagster's SQLite event log, without making a database engine anew for every event.

The event log is the window's memory, not the warehouse's: a night writes some thousand events, and at 12 ms each they
would cost as much as the work itself. Everything but the connection is Dagster's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool


class EventLog(SqliteEventLogStorage):
    """`event_log_storage` of `dagster.yaml`: one database file per run and an index, as Dagster lays them out."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> EventLog:
        """Made by Dagster from its configuration; `base_dir` is Dagster's home, the log lies where it lies by default."""
        return cls(str(Path(config_value["base_dir"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                engine = create_engine(
                    self.conn_string_for_shard(shard),
                    poolclass=NullPool,
                    connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
                )
                # In WAL mode NORMAL cannot corrupt the log; a power cut may cost its last moments.
                event.listen(engine, "connect", lambda raw, _: raw.execute("pragma synchronous = normal"))
                self._initdb(engine)
                self._engines[shard] = engine
            with self._engines[shard].connect() as connection, connection.begin():
                yield connection
