"""How far something is: never silent, one line that moves on a terminal, whole lines elsewhere."""

from __future__ import annotations

import io
import logging
import threading
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from assets.common import STORE, Tenant, store_of
from pipelines.progress import HEAVY, LOGGERS, SILENCE_SECONDS, Progress
from pipelines.speech import speaking
from schemas.city import City
from schemas.said import Count, said

STEPS = logging.getLogger("diklat.steps")
LONG = "2026-09/Manajemen-Dokumen-dan-Arsip-Elektronik-2026-09-01.csv"


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def listening(clock: Clock, *, terminal: bool = False) -> tuple[io.StringIO, Progress]:
    """Where the lines go, and who writes them: to a pipe, or a terminal of 80 columns."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=80, color_system=None, _environ={"TERM": "xterm"})
    return file, Progress(console, clock)


def step(name: str, *, ended: bool = False) -> None:
    STEPS.info("%s", name, extra={"step": name, "ended": ended})


def read(source: str, rows: int, files: int = 1) -> None:
    logging.getLogger("diklat.progress").info(
        "%s %s: %s, %s accepted, %s refused, %s repeated", source, "2026-01",
        said("{n:row/rows} read", n=Count(rows)), *map(Count, (rows, 0, 0)),
        extra={"files": files, "rows": rows},
    )  # fmt: skip


def test_in_a_pipe_lines_are_whole_and_silence_is_broken(clock: Clock) -> None:
    file, shown = listening(clock)
    with shown.shown():
        shown.say(said("Starting Dagster ..."))
        clock.now += SILENCE_SECONDS - 1
        shown.tick()
        assert file.getvalue() == "   0.0 s  Starting Dagster ...\n"
        clock.now += 1
        shown.tick()
        shown.tick()
        logging.getLogger("diklat.run.steps").warning("%s refused: every row of it", LONG)
    assert file.getvalue().splitlines()[1:] == [
        "  15.0 s  Starting Dagster ... · 0:15",
        f"  15.0 s  {LONG} refused: every row of it",
    ]


def test_the_watch_looks_when_silence_would_end_and_ends_with_the_block(clock: Clock) -> None:
    file, shown = listening(clock)
    shown.say("x")
    waits: list[float] = []

    class Ended(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waits.append(timeout)
            clock.now += timeout
            return len(waits) == 4

    shown._watch(Ended())
    assert waits == [SILENCE_SECONDS] * 4
    assert len(file.getvalue().splitlines()) == 1 + 3


def test_it_says_how_many_of_all_how_quickly_and_how_long_the_rest_takes(clock: Clock) -> None:
    file, shown = listening(clock)
    assert 2 + 8 + sum(HEAVY.values()) - len(HEAVY) == 76
    with shown.shown():
        STEPS.info(
            "%s steps, %s", Count(2), said("{n:file/files} to read", n=Count(8)), extra={"n_steps": 2, "n_files": 8}
        )
        step("staging/attendance")
        clock.now += 10
        read("attendance", 22_000, files=8)
        assert shown.now() == "staging/attendance · 0 of 2 · 0:10 · 2,200 rows/s · about 1:25 left"
        step("staging/attendance", ended=True)
        step("marts/reaction")
        assert "rows/s" not in shown.now()
        step("marts/reaction", ended=True)
        assert shown.now().startswith("checks and the record of the run · 2 of 2")
        with speaking("id"):
            step("staging/attendance")
            clock.now += 1
            read("attendance", 22_000)
            assert "22.000 baris/s · sisa ±" in shown.now()
    assert "  10.0 s  attendance 2026-01: 22,000 rows read, 22,000 accepted, 0 refused, 0 repeated" in file.getvalue()
    assert "attendance 2026-01: 22.000 baris dibaca" in file.getvalue()


def test_what_tells_nothing_itself_is_counted(clock: Clock) -> None:
    _, shown = listening(clock)
    with shown.counting("Writing", 4, lambda: 1):
        clock.now += 30
        assert shown.now() == "Writing · 1 of 4 · 0:30 · 2 a minute · about 1:30 left"
    shown.say(said("[{nth}/{of}] reading {month} again without them", nth=2, of=4, month="attendance 2026-01"))
    assert " · 1 of 4 · 0:30 · about" in shown.now()
    # What has ended is no more what is being done.
    shown.say("Refreshing")
    shown.say(said("[{n}/{of}] {agency}", n=1, of=2, agency="kota-a"))
    assert shown.now() == "Refreshing · 1 of 2 · 0:30 · about 0:30 left"


def test_on_a_terminal_lines_are_folded_and_ids_are_whole(clock: Clock) -> None:
    file, shown = listening(clock, terminal=True)
    with shown.shown():
        step("staging/attendance")
        logging.getLogger("diklat.run.steps").warning(
            "%s refused: %s %s", LONG, "FILE_KIND", "The content is no workbook."
        )
    told = file.getvalue()
    lines = told.replace("\r", "\n").replace("\x1b[2K", "\n").splitlines()
    assert LONG in told
    assert max(len(line.rstrip()) for line in lines if "\x1b" not in line) <= 80
    assert "staging/attendance · 0:00" in told


def test_the_loggers_are_as_they_were_afterwards(clock: Clock) -> None:
    _, quiet = listening(clock)
    before = {name: (list(logging.getLogger(name).handlers), logging.getLogger(name).level) for name in LOGGERS}
    with quiet.shown() as shown:
        assert logging.getLogger("diklat.progress").handlers == [shown]
    assert before == {name: (list(logging.getLogger(name).handlers), logging.getLogger(name).level) for name in LOGGERS}


def test_every_step_of_a_run_tells_that_it_begins_and_that_it_has_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tenant = Tenant(City())

    @tenant.asset("marts", "sound")
    def sound(context) -> dg.MaterializeResult:
        return dg.MaterializeResult()

    @tenant.asset("marts", "failing", deps=[tenant.key("marts", "sound")])
    def failing(context) -> dg.MaterializeResult:
        raise ValueError

    with caplog.at_level(logging.INFO, "diklat.steps"):
        result = dg.materialize([sound, failing], resources={STORE: store_of(tmp_path)}, raise_on_error=False)
    assert not result.success
    told = [(vars(record)["step"], vars(record)["ended"]) for record in caplog.records if record.name == "diklat.steps"]
    assert told == [("marts/sound", False), ("marts/sound", True), ("marts/failing", False)]
