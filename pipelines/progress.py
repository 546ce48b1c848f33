"""How far something long is: on a terminal a line that moves, elsewhere plain lines, and never silence.

Belongs here: showing what the assets' loggers and `say` tell while it happens. Does not belong here: what came of it (`pipelines.showing`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress as Moving
from rich.progress import ProgressColumn, SpinnerColumn, Task
from rich.table import Column, Table
from rich.text import Text

from pipelines.showing import screen
from pipelines.speech import _, number, written
from schemas.said import Said

SILENCE_SECONDS = 15.0
"""In a pipe or a log something is said at least so often."""
LOGGERS = {"diklat.progress": logging.INFO, "diklat.run.steps": logging.WARNING, "diklat.steps": logging.INFO}
"""What a run's steps report through (`assets.common`), and from which level."""
HEAVY = {"published/report": 25, "published/warehouse": 25, "ops/audit_result": 10, "restricted/returned": 10}
"""Steps that take as long as so many tables: the estimate of the rest rests on it, and nothing else."""
FILES_A_TABLE = 50
"""Of so many files that are read a table takes as long as one, of more in proportion: what is read once is worked on in each."""
LEAST_SHARE = 0.03
"""Before so much is done nothing is said of the rest."""


class Progress(logging.Handler):
    """Shows what it is told while the block lasts, with the seconds since the start; and how far that is.

    It is told by `say` and by log records: of a run's size (`n_steps`, `n_files`), of a step that begins or has `ended`, of `files` and
    `rows` that were read. Where a text made by `said` has the values `n` and `of`, so many of all are
    done; with `nth` instead, that one is begun.
    """

    def __init__(self, console: Console = screen, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.console, self.clock = console, clock
        self._start = self._spoke = self._began = clock()
        self._doing = ""
        self._n = self._of = 0
        self._done = self._all = 0.0
        self._table = 1.0
        self._files = self._rows = 0
        self._reading_since: float | None = None
        self._count: Callable[[], int] | None = None

    # ------------------------------------------------------------ what is told

    def say(self, text: str) -> None:
        """What is being done now."""
        values = text.values if isinstance(text, Said) else {}
        if "of" in values:
            self._n, self._of = values["n"] if "n" in values else values["nth"] - 1, values["of"]
            self._done, self._all = self._n, self._of
        if "n" not in values:
            self._doing = written(text)
        self._line(written(text))

    def emit(self, record: logging.LogRecord) -> None:
        """What the steps of a run report."""
        told: dict[str, Any] = vars(record)
        if step := told.get("step"):
            self._step(step, has_ended=told["ended"])
            return
        if "n_steps" in told:
            self._n, self._of, self._began = 0, told["n_steps"], self.clock()
            self._table = max(1.0, told["n_files"] / FILES_A_TABLE)
            tables = told["n_steps"] + sum(HEAVY.values()) - len(HEAVY)
            self._done, self._all = 0, told["n_files"] + self._table * tables
        elif "files" in told:
            self._files += told["files"]
            self._rows += told["rows"]
            self._done += told["files"]
        self._line(in_words(record), "yellow" if record.levelno >= logging.WARNING else "dim")

    def _step(self, name: str, *, has_ended: bool) -> None:
        if has_ended:
            self._n += 1
            self._done += self._table * HEAVY.get(name, 1)
        self._doing = _("checks and the record of the run") if has_ended and self._n == self._of else name
        if not name.startswith("staging/"):
            self._reading_since = None
        elif self._reading_since is None:
            self._reading_since, self._rows = self.clock(), 0

    @contextmanager
    def counting(self, text: str, of: int, count: Callable[[], int]) -> Iterator[None]:
        """Something that tells nothing by itself, of which `count` finds how many of all are done."""
        self.say(text)
        self._n, self._of, self._all, self._count, self._began = 0, of, of, count, self.clock()
        try:
            yield
        finally:
            self._count, self._n, self._of, self._done, self._all = None, 0, 0, 0, 0

    # ------------------------------------------------------------ what is shown

    def now(self) -> str:
        """What is being done, how many of all are done, for how long, how quickly, and how long the rest will take."""
        if self._count is not None:
            self._n = self._count()
            self._done = self._n
        now, parts = self.clock(), [self._doing] if self._doing else []
        if self._of:
            parts.append(_("{n} of {of}", n=self._n, of=self._of))
        parts.append(minutes(now - self._start))
        if self._reading_since is not None and self._rows:
            rate = self._rows / max(now - self._reading_since, 0.1)
            parts.append(_("{rate} rows/s", rate=number(rate)))
        elif self._count is not None and self._n:
            parts.append(_("{rate} a minute", rate=number(60 * self._n / max(now - self._began, 0.1))))
        if self._all and LEAST_SHARE < self._done / self._all < 1:
            rest = (now - self._began) * (self._all / self._done - 1)
            parts.append(_("about {time} left", time=minutes(rest)))
        return " · ".join(parts)

    def tick(self) -> None:
        """Say how far it is, if nothing was said for long."""
        if self._doing and self.clock() - self._spoke >= SILENCE_SECONDS:
            self._line(self.now())

    def _line(self, text: str, style: str = "dim") -> None:
        self._spoke = self.clock()
        seconds = f"{self._spoke - self._start:6.1f} s"
        if self.console.is_terminal:
            # The text hangs beside the time, folded at words: ids stay whole.
            row = Table.grid(Column(no_wrap=True), Column(overflow="fold"), padding=(0, 2, 0, 0))
            row.add_row(Text(seconds, style), Text(text, style))
            self.console.print(row)
        else:
            self.console.print(f"{seconds}  {text}", style=style, soft_wrap=True, markup=False, highlight=False)

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(max(0.5, self._spoke + SILENCE_SECONDS - self.clock())):
            self.tick()

    @contextmanager
    def shown(self) -> Iterator[Progress]:
        """Listen to the loggers and show, until the block ends."""
        loggers = {logging.getLogger(name): level for name, level in LOGGERS.items()}
        before = {logger: (logger.handlers, logger.level) for logger in loggers}
        for logger, level in loggers.items():
            logger.handlers = [self]
            logger.setLevel(level)
        try:
            with self._moving() if self.console.is_terminal else self._told():
                yield self
        finally:
            for logger, (handlers, level) in before.items():
                logger.handlers = handlers
                logger.setLevel(level)

    @contextmanager
    def _moving(self) -> Iterator[None]:
        columns = (SpinnerColumn(), _Now(self))
        with Moving(*columns, console=self.console, transient=True, refresh_per_second=2) as moving:
            moving.add_task("")
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


class _Now(ProgressColumn):
    """The one column of the line that moves."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(Column(overflow="fold"))
        self._progress = progress

    def render(self, task: Task) -> Text:
        """What is being done now."""
        return Text(self._progress.now())


def in_words(record: logging.LogRecord) -> str:
    """What a record says, in the language that is spoken."""
    text = _(record.msg)
    return text % tuple(map(written, record.args)) if isinstance(record.args, tuple) and record.args else text


def minutes(seconds: float) -> str:
    """95 as 1:35."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
