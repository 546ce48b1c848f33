"""Dagster's event log on SQLite, with connections that are kept.

The log is the window's memory, not the warehouse's: a night writes several hundred events, and Dagster makes a database engine anew
for each, compiles the same statements again and closes the file, at twice the time. Where the files lie and what stands in them
is Dagster's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event


class EventLog(SqliteEventLogStorage):
    """`event_log_storage` of `dagster.yaml`: connections to the index and to the run that was asked for last stay open."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> EventLog:
        """Made by Dagster from its configuration: `base_dir` is Dagster's home, below which the log lies where it lies by default."""
        return cls(str(Path(config_value["base_dir"]) / "history" / "runs"), inst_data)

    def dispose(self) -> None:
        """Close the connections, too."""
        super().dispose()
        self._close(*self._engines)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        # Somebody may have deleted the run, and its file.
        if shard not in self._engines or not Path(self.path_for_shard(shard)).exists():
            self._close(shard, *(self._engines.keys() - {INDEX_SHARD_NAME}))
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
