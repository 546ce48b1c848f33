"""One writer at a time, whoever starts it; a lock never outlives its process."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from warehouse.lock import Busy, alive, is_dead, one_window, one_writer
from warehouse.store import Store

HOLDER = """
import sys
from pathlib import Path
from warehouse.lock import alive, one_window, one_writer
from warehouse.store import Store
place = Store(Path(sys.argv[1]))
with alive(place, "run-1"), one_window(place, "http://there"), one_writer(place, "another program"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(store: Store) -> subprocess.Popen[str]:
    """Another process that holds the lock of the store and of run-1, until its stdin is closed or it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_holds_it(store: Store, other: subprocess.Popen[str]) -> None:
    with pytest.raises(Busy, match=f"process {other.pid}, another program"), one_writer(store, "test"):
        pass
    other.communicate("")
    with one_writer(store, "test"):
        pass


def test_a_window_is_open_once_and_says_where(store: Store, other: subprocess.Popen[str]) -> None:
    with pytest.raises(Busy, match=f"process {other.pid}, http://there"), one_window(store, "http://here"):
        pass
    other.kill()
    other.wait()
    with one_window(store, "http://here"):
        assert stat.S_IMODE((store.dagster_home / "window.lock").stat().st_mode) == 0o600


def test_a_killed_holder_leaves_nothing_that_blocks(store: Store, other: subprocess.Popen[str]) -> None:
    assert not is_dead(store, "run-1")
    other.kill()
    other.wait()
    assert is_dead(store, "run-1")
    with one_writer(store, "test"):
        pass


def test_the_second_waits_and_then_goes_on(store: Store, other: subprocess.Popen[str]) -> None:
    told = threading.Event()
    entered = threading.Event()

    def second() -> None:
        with one_writer(store, "second", wait_seconds=60, waiting=lambda text: told.set()):
            entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert told.wait(30)
    assert not entered.is_set()
    other.communicate("")
    assert entered.wait(30)
    thread.join()


def test_the_lock_is_closed_to_other_users_whatever_the_umask(store: Store) -> None:
    before = os.umask(0)
    try:
        with one_writer(store, "the first command in a new data root"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((store.home / ".writer.lock").stat().st_mode) == 0o600


def test_within_one_process_it_may_be_taken_again(store: Store) -> None:
    with one_writer(store, "outer"), one_writer(store, "inner"):
        pass


def test_a_run_that_never_held_a_lock_is_not_called_dead(store: Store) -> None:
    assert not is_dead(store, "unknown")
    with alive(store, "mine"):
        pass
    assert not is_dead(store, "mine")
