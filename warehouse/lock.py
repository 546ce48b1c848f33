"""One writer at a time, by a lock of the operating system: it is free as soon as its holder ends, however it ends.

Whoever writes below the data root holds `.writer.lock`, whether the command line, the schedule or the UI started it.
A Dagster run holds a lock of its own besides, so that a run whose process is gone is told from one that waits; and so does the window.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from schemas.said import said
from warehouse.store import OTHERS, Store

RETRY_SECONDS = 1.0
_held: dict[Path, int] = {}
_guard = threading.Lock()


class Busy(RuntimeError):
    """Another process holds what only one may; the message says which and what it does."""


@contextmanager
def one_writer(
    store: Store, what: str, *, wait_seconds: float = 0, waiting: Callable[[str], object] | None = None
) -> Iterator[None]:
    """Hold the data root's lock; within one process the lock may be taken again. What is made while it is held is closed to other users,
    whatever the umask was; what is published is opened by the publication.

    `what` tells others who holds it. While another process does, `waiting` is told once and the lock is tried again for
    `wait_seconds`. Raises Busy after that.
    """
    path = store.home / ".writer.lock"
    with _guard:
        again = path in _held
        if again:
            _held[path] += 1
    handle = None
    if not again:
        handle = _acquire(path, what, wait_seconds, waiting)
        with _guard:
            _held[path] = 1
        before = os.umask(OTHERS)
    try:
        yield
    finally:
        with _guard:
            _held[path] -= 1
            last = not _held[path]
            if last:
                del _held[path]
        if handle is not None:
            os.umask(before)
            handle.close()


def is_held(store: Store) -> bool:
    """Whether this very process holds the lock."""
    return store.home / ".writer.lock" in _held


@contextmanager
def one_window(store: Store, address: str) -> Iterator[None]:
    """Hold the data root's window, of which others are told the address: of two daemons each would launch every night. Raises Busy where
    another process holds it."""
    path = store.dagster_home / "window.lock"
    with _opened(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                said("The window of {home} is open already ({holder}).", home=store.home, holder=holder(path))
            ) from None
        _sign(handle, address)
        yield


def _opened(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "a+")


def _sign(handle: IO[str], what: str) -> None:
    handle.truncate(0)
    handle.write(json.dumps({"process": os.getpid(), "what": what}))
    handle.flush()


def _acquire(path: Path, what: str, wait_seconds: float, waiting: Callable[[str], object] | None) -> IO[str]:
    deadline = time.monotonic() + wait_seconds
    told = False
    handle = _opened(path)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            message = said("Another refresh is running ({holder}); try again later.", holder=holder(path))
            if time.monotonic() >= deadline:
                handle.close()
                raise Busy(message) from None
            if waiting is not None and not told:
                waiting(said("Waiting: {holder} is writing.", holder=holder(path)))
                told = True
            time.sleep(RETRY_SECONDS)
    _sign(handle, what)
    return handle


def holder(path: Path) -> str:
    """Who wrote itself into the lock file last."""
    try:
        holder_says = json.loads(path.read_text(encoding="utf-8"))
        return said("process {process}, {what}", process=holder_says["process"], what=holder_says["what"])
    except (OSError, ValueError, KeyError, TypeError):
        return said("process unknown")


@contextmanager
def alive(store: Store, run_id: str) -> Iterator[None]:
    """Hold a lock in the name of a Dagster run while the block lasts."""
    path = _lock_of(store, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_dead(store: Store, run_id: str) -> bool:
    """Whether the run held a lock once and its process is gone. False where it never held one: that is not known."""
    try:
        with _lock_of(store, run_id).open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def is_alive(store: Store, run_id: str) -> bool:
    """Whether a process holds the run's lock."""
    return _lock_of(store, run_id).exists() and not is_dead(store, run_id)


def bury(store: Store, run_id: str) -> None:
    """Remove what a dead run left of its lock, once everybody who must know was told."""
    _lock_of(store, run_id).unlink(missing_ok=True)


def _lock_of(store: Store, run_id: str) -> Path:
    return store.home / "build" / "runs" / f"{run_id}.lock"
