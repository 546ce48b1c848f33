"""The language of the command line: English where it stands, another by its catalogue `<code>.po` beside this file (gettext).

Belongs here: what makes words and numbers of a phrase. Does not belong here: the report's words (`warehouse.words`), and anything for machines, which is English whatever the setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipelines.settings import language_asked
from schemas.said import Count, Said
from schemas.written import Flaw

CATALOGUES = Path(__file__).parent
SOURCE = "en"
"""The language that phrases are written in where they stand."""
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
_language: Any = None
"""What is spoken (`warehouse.words.language.Language`); None for the source language, for which nothing is loaded."""


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language while the block lasts."""
    global _language
    before = _language
    _language = None
    if code != SOURCE:
        from warehouse.words.language import Language

        _language = Language(code, CATALOGUES)
    try:
        yield
    finally:
        _language = before


def spoken() -> str:
    """The code of the language that is spoken."""
    return SOURCE if _language is None else str(_language.code)


def _(text: str, /, **given: Any) -> str:
    """A phrase with its values, or a text made by `said`, in the language that is spoken; what its catalogue does not have stays in English."""
    source, values = (text.phrase, text.values) if isinstance(text, Said) else (text, given)
    phrase = str(_language.say(source)) if _language is not None and source else source
    return phrase.format(**{name: written(value) for name, value in values.items()}) if values else phrase


def written(value: Any) -> Any:
    """A value as the language writes it: a text in its words, a count with its marks; any other as it is."""
    if isinstance(value, Flaw):
        return flaw(value)
    if isinstance(value, Said):
        return _(value)
    return number(value) if isinstance(value, Count) else value


def number(value: float, digits: int = 0) -> str:
    """22,000 or 22.000; 0.46 or 0,46."""
    return f"{value:,.{digits}f}" if _language is None else str(_language.number(value, digits))


def share(value: float) -> str:
    """0.45 as 45%."""
    return f"{number(100 * value)}%"


def flaw(found: Flaw) -> str:
    """A flaw of a written file, in words."""
    where = (found.file, _("line {n}", n=found.line) if found.line else "", found.key)
    allowed = _("allowed: {allowed}", allowed=_(found.allowed)) if found.allowed else ""
    nearest = _("Did you mean {name}?", name=found.nearest) if found.nearest else ""
    told = f"{', '.join(filter(None, where))}: {'; '.join(filter(None, (_(found.seen), allowed)))}."
    return " ".join(filter(None, (told, nearest, _(found.mend))))


def fault(error: BaseException) -> str:
    """What an error says."""
    several = getattr(error, "flaws", None) or getattr(error, "wrong", ())
    if several:
        return "\n".join(map(written, several))
    text = error.args[0] if error.args else ""
    return _(text) if isinstance(text, Said) else str(error)


# ---------------------------------------------------------------- pages of help


class _Spoken:
    """What help pages of commands and groups have in common."""

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
    """A command whose help is in the language of the command line."""


class Group(_Spoken, TyperGroup):
    """Commands of which this holds, and the way into them: what runs below speaks the language that the settings ask for."""

    def main(self, *args: Any, **named: Any) -> Any:
        """Read the setting, and run."""
        with speaking(language_asked()), _panels():
            return super().main(*args, **named)


@contextmanager
def _panels() -> Iterator[None]:
    if _language is None:
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
