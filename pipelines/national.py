"""A national refresh: every agency in a process of its own, where one that fails stops no other; then what they published becomes the national version.

Nothing here prints.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipelines.exit_code import ExitCode
from pipelines.settings import variable
from schemas.agencies import Agencies, Agency
from schemas.said import Count, Said, said
from warehouse.national.agencies import DONE, FAILED, UNKNOWN_STEP, note_refreshed
from warehouse.store import AS_OF_TAG, Store, read_json

if TYPE_CHECKING:
    from dagster import AssetExecutionContext

progress = logging.getLogger("diklat.progress")
HEARD_SECONDS = 1.0
"""Within what time whoever ends a national refresh is heard."""
ENDING_SECONDS = 20
"""How long the refreshes of agencies have to end by themselves."""
TOLD_LINES = 5
"""Of what a refresh that failed said, so many last lines are told."""


@dataclass(frozen=True)
class Ended:
    """How one agency's refresh ended."""

    code: str
    outcome: str
    stopped_at: tuple[str, ...] = ()
    message: str = ""
    """What the failed refresh said last: for the one who started it, never published."""
    seconds: float = 0


Run = Callable[[Store, Agency], Ended]
"""Refreshes one agency."""
_running = set[subprocess.Popen[str]]()
"""The refreshes of agencies that are under way in processes of their own."""


def refresh_agency(store: Store, agency: Agency, *, day: dt.date | None = None, full: bool = False) -> Ended:
    """`diklat refresh` in the agency's home, as a process of its own: its faults, its memory and its Dagster are its own."""
    begun, before = time.monotonic(), read_json(store.last_failure)
    asked = [*(["--as-of", day.isoformat()] if day else []), *(["--full"] if full else [])]
    # The nation's own: its Dagster, its file of figures, its window.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DAGSTER_HOME", variable("metrics"))
    }
    environment |= {variable("home"): str(store.home), variable("address"): agency.address or ""}
    with subprocess.Popen(
        [sys.executable, "-m", "diklat", "refresh", "--json", *asked],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as ended:
        _running.add(ended)
        _said, complained = ended.communicate()
        _running.discard(ended)
    seconds = time.monotonic() - begun
    if ended.returncode in (ExitCode.DONE, ExitCode.REFUSED):
        return Ended(agency.code, DONE, seconds=seconds)
    failure = read_json(store.last_failure)
    steps = tuple(failure["steps"]) if failure and failure != before else ()
    where = steps or (("settings",) if ended.returncode == ExitCode.USAGE else (UNKNOWN_STEP,))
    last = "\n".join(complained.strip().splitlines()[-TOLD_LINES:]) or said(
        "It ended with {code}.", code=ended.returncode
    )
    return Ended(agency.code, FAILED, where, last, seconds)


def prepare_agency(nation: Store, code: str) -> Store:
    """The agency's home and landing folder, made where they are not there yet: its readers may go through its home to what is published."""
    store = nation.agency(code)
    for folder in (nation.agencies, store.home):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711)
    store.landing.mkdir(parents=True, exist_ok=True)
    return store


def refresh_agencies(
    nation: Store, run: Run, *, workers: int = 1, say: Callable[[str], object] = lambda line: None
) -> list[Ended]:
    """Refresh every agency whose entry is sound, `workers` at a time, and note how each ended. `say` is told each one's end, with the rate and the rest.

    Raises Flawed where `agencies.yaml` cannot be used.
    """
    agencies = Agencies.read(nation.home).sound
    begun, done = time.monotonic(), list[Ended]()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = [pool.submit(_run, nation, agency, run) for agency in agencies]
        try:
            pending = set(running)
            while pending:
                # Not for ever: Polars has what Ctrl-C interrupts begin again, and nobody would hear it before an agency is done.
                completed, pending = wait(pending, HEARD_SECONDS, FIRST_COMPLETED)
                for ended in (future.result() for future in completed):
                    done.append(ended)
                    say(_progress(ended, len(done), len(agencies), time.monotonic() - begun))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end(tuple(_running))
            raise
    order = {agency.code: position for position, agency in enumerate(agencies)}
    return sorted(done, key=lambda ended: order[ended.code])


def _end(refreshes: Sequence[subprocess.Popen[str]]) -> None:
    """End refreshes that are under way, asked first and after a while made to: a library that is being loaded may have put the request aside. What a
    terminal ends it ends by itself; a service manager, or `kill`, ends the national one alone."""
    for refresh in refreshes:
        refresh.terminate()
    for refresh in refreshes:
        with suppress(subprocess.TimeoutExpired):
            refresh.wait(ENDING_SECONDS)
        refresh.kill()


def _run(nation: Store, agency: Agency, run: Run) -> Ended:
    try:
        ended = run(prepare_agency(nation, agency.code), agency)
    except Exception as error:  # one agency's fault is its own
        ended = Ended(agency.code, FAILED, (UNKNOWN_STEP,), f"{type(error).__name__}: {error}")
    note_refreshed(nation, ended.code, ended.outcome, ended.stopped_at)
    return ended


def refresh_in_run(nation: Store, agency: Agency, context: AssetExecutionContext) -> tuple[str, tuple[str, ...], float]:
    """The same of one agency as a step of a run: how it ended, the steps at which it stopped, seconds. What it said last stands in the run's output."""
    day = context.run.tags.get(AS_OF_TAG)
    ended = _run(nation, agency, partial(refresh_agency, day=dt.date.fromisoformat(day) if day else None))
    if ended.message:
        progress.info("%s: %s", agency.code, ended.message)
    return ended.outcome, ended.stopped_at, ended.seconds


def _progress(ended: Ended, n_done: int, n: int, seconds: float) -> Said:
    how = said("done")
    if ended.outcome != DONE:
        how = said("FAILED at {steps}; its version stands as it was", steps=", ".join(ended.stopped_at))
    rest = said("") if n_done == n else said("; about {time} left", time=_time((n - n_done) * seconds / n_done))
    return said(
        "[{n}/{of}] {agency}: {how} ({seconds} s). {each} s an agency{rest}.",
        n=n_done, of=n, agency=ended.code, how=how, seconds=Count(ended.seconds), each=Count(seconds / n_done), rest=rest,
    )  # fmt: skip


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def failures(ended: Sequence[Ended]) -> list[Ended]:
    """Those that failed."""
    return [one for one in ended if one.outcome == FAILED]
