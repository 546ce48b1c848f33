"""How far the last run came: the step that it began last, those that failed, whether it ended.

Dagster is not asked, so it can be told beside a database that is down. Whatever the disk does to it stops no run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from schemas.said import said
from warehouse.lock import is_alive
from warehouse.store import Store, read_json, write_json


@dataclass(frozen=True)
class LastRun:
    """What is known of the run that held the writer's lock last."""

    run_id: str
    step: str = ""
    """The step that began last."""
    failed: tuple[str, ...] = ()
    """Steps that failed."""
    ended: bool = False
    """Whether its process came to the end of the run, well or not."""

    def stopped_at(self, store: Store) -> tuple[str, ...]:
        """The steps at which it failed or died; none where it is running or ended well."""
        if self.ended or is_alive(store, self.run_id):
            return self.failed
        return tuple(dict.fromkeys((*self.failed, self.step or said("none, it had not begun"))))


def last_run(store: Store) -> LastRun | None:
    """The last run, or None where none is known."""
    with suppress(OSError):
        told = read_json(_path(store))
        return _read(told) if isinstance(told, Mapping) else None
    return None


def _read(told: Mapping[str, Any]) -> LastRun | None:
    try:
        run = LastRun(**told)
        return replace(run, failed=tuple(run.failed))
    except TypeError:
        return None


@contextmanager
def run(store: Store, run_id: str) -> Iterator[None]:
    """Note that a run has begun, and at the end of the block that it ended."""
    before = last_run(store)
    _write(store, replace(before, ended=False) if before and before.run_id == run_id else LastRun(run_id))
    try:
        yield
    finally:
        now = last_run(store)
        if now is not None and now.run_id == run_id:
            _write(store, replace(now, ended=True))


@contextmanager
def step(store: Store, run_id: str, name: str) -> Iterator[None]:
    """Note that a step of the run has begun, and if the block fails, that it did."""
    before = last_run(store)
    if before is None or before.run_id != run_id:
        before = LastRun(run_id)
    # One that is tried again has not failed yet.
    begun = replace(before, step=name, failed=tuple(other for other in before.failed if other != name))
    _write(store, begun)
    try:
        yield
    except BaseException:
        _write(store, replace(begun, failed=(*begun.failed, name)))
        raise


def _write(store: Store, run: LastRun) -> None:
    with suppress(OSError):
        write_json(_path(store), asdict(run))


def _path(store: Store) -> Path:
    return store.build.parent / "run.json"
