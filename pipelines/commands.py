"""What every command has, whatever it does: a page of help in the language of the command line, and a way to end that could not be done.

Belongs here: what is made of Typer. Does not belong here: any single command (`pipelines.cli`).
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

from pipelines.exit_code import ExitCode
from pipelines.settings import Settings, language_asked
from pipelines.speech import SOURCE, _, speaking
from warehouse.faults import is_full

PANELS = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "ERRORS_PANEL_TITLE": "Error",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
    "ABORTED_TEXT": "Aborted.",
    "RICH_HELP": "Try [blue]'{command_path} {help_option}'[/] for help.",
}
"""Typer's own words on a page of help: name of the constant in `typer.rich_utils`, and its English."""
USAGE, HELP, OPTIONS, COMMANDS = "Usage: ", "Show this message and exit.", "[OPTIONS]", "COMMAND [ARGS]..."
"""Its words that are no constants."""


class Failure(typer.Exit):
    """Ends a command; why is told once everything that it held or showed is let go."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(code)
        self.message = message


def fail(message: str, code: ExitCode = ExitCode.FAILED) -> Failure:
    """The end of a command that could not be done."""
    return Failure(message, code)


class _Spoken:
    """What help pages of commands and groups have in common. Stands before a class of Typer's, which `super` means: mypy does not know it."""

    def get_usage(self, ctx: Any) -> str:
        """The line of usage."""
        own: Any = self
        own.options_metavar = _(OPTIONS)
        if isinstance(self, TyperGroup):
            own.subcommand_metavar = _(COMMANDS)
        return str(super().get_usage(ctx)).replace(USAGE, _(USAGE), 1)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.help = _(HELP)
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The page: what the command, its parts and its parameters are for."""
        own: Any = self
        for part in (own, *own.params, *getattr(own, "commands", {}).values()):
            part.help = _(part.help or "")
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Spoken, TyperCommand):
    """A command."""

    def invoke(self, ctx: Any) -> Any:
        """Run it, and say on stderr why it could not be done: also where a folder cannot be read or written, which is no fault of the program."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            complain(failure.message)
            raise
        except BrokenPipeError:
            raise  # Who read what is printed went away.
        except OSError as error:
            if is_full(error):
                complain(
                    _(
                        "The disk is full. Make room where {home} lies, or where it was to write.",
                        home=Settings.read().home,
                    )
                )
            elif error.filename is None or error.strerror is None:
                # As libraries tell it that are written in another language; they name no path.
                complain(str(error) or type(error).__name__)
            else:
                complain(f"{error.filename}: {error.strerror}.")
            raise typer.Exit(ExitCode.FAILED) from error


def complain(message: str) -> None:
    """Say on stderr what could not be done."""
    errors = Console(stderr=True)
    errors.print(message, style="bold red", markup=False, highlight=False, soft_wrap=not errors.is_terminal)


class Group(_Spoken, TyperGroup):
    """Several commands, and the way into them: what runs below speaks the language that the settings ask for."""

    def main(self, *args: Any, **named: Any) -> Any:
        """Read the setting, and run."""
        language = language_asked()
        with speaking(language), _panels(language), _printing(), _ended_alike():
            return super().main(*args, **named)


@contextmanager
def _ended_alike() -> Iterator[None]:
    """What a service manager sends, and a terminal that is closed, end a command like Ctrl-C: what it began is put away, and what it started
    ends, too. Where a signal is ignored (`nohup`) it stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Output:
    """Standard output of which a full disk takes the rest away: what was begun is done, and that it could not be told is told."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.failed = stream, False

    def write(self, text: str) -> int:
        """As the stream does."""
        self._try(self.stream.write, text)
        return len(text)

    def flush(self) -> None:
        """As the stream does."""
        self._try(self.stream.flush)

    def _try(self, do: Any, *given: str) -> None:
        try:
            do(*given)
        except OSError as error:
            if not is_full(error):
                raise
            self.failed = True
            # What is still in the buffer goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def _printing() -> Iterator[None]:
    """What is printed meanwhile goes to a standard output of which the rest may be taken away; then the command failed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started this, as a service may be
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        # What an alphabet cannot write (a tick, a name of bytes) is written as its number: it stops nothing.
        if isinstance(writes := getattr(sys, name), io.TextIOWrapper):
            writes.reconfigure(errors="backslashreplace")
    stream: Any = sys.stdout
    output: Any = _Output(stream)
    sys.stdout = output
    try:
        yield
    finally:
        sys.stdout = stream
        output.flush()
        if output.failed:
            complain(_("What was to be printed could not be written: no space is left there."))
            raise SystemExit(ExitCode.FAILED)


@contextmanager
def _panels(language: str) -> Iterator[None]:
    if language == SOURCE:
        yield
        return
    from typer import rich_utils

    for name, phrase in PANELS.items():
        setattr(rich_utils, name, _(phrase))
    try:
        yield
    finally:
        for name, phrase in PANELS.items():
            setattr(rich_utils, name, phrase)


class App(typer.Typer):
    """A program of such commands."""

    def __init__(self, **named: Any) -> None:
        super().__init__(cls=Group, **named)

    def command(self, name: str | None = None, **named: Any) -> Any:
        """As Typer's own."""
        return super().command(name, cls=Command, **named)
