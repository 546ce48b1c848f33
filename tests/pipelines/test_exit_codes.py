"""What the page of the command line promises of exit codes is what the commands can end with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import typer.main
from typer.testing import CliRunner

from pipelines import cli
from pipelines.exit_code import ExitCode

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
EVERYWHERE = {ExitCode.DONE, ExitCode.USAGE}
"""Every command can be done, and asked for with an option that there is not."""


def codes(code: str) -> dict[str, set[ExitCode]]:
    """Function of a module → the codes that it, and what it calls of the module, ends with."""
    functions = {node.name: node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)}

    def own(name: str, seen: frozenset[str]) -> Iterator[ExitCode]:
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ExitCode":
                yield ExitCode[node.attr]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id == "fail" and len(node.args) == 1:
                    yield ExitCode.FAILED
                # What a command imports under a command's name is not that command.
                if node.func.id.startswith("_") and node.func.id in functions.keys() - seen:
                    yield from own(node.func.id, seen | {node.func.id})

    return {name: set(own(name, frozenset({name}))) for name in functions}


def promised() -> dict[str, set[ExitCode]]:
    """Command → its codes on the page."""
    rows = re.findall(r"^\| `([\w ]+)` \|(.*)\|$", PAGE.split("\n## Exit codes\n", 1)[1], re.MULTILINE)
    return {
        name: {code for code, cell in zip(ExitCode, cells.split("|"), strict=True) if cell.strip()}
        for name, cells in rows
    }


def commands() -> dict[str, str]:
    """Command → the function that is it."""
    found = {}
    root = typer.main.get_command(cli.app)
    for name, command in vars(root)["commands"].items():
        for below, part in {"": command, **vars(command).get("commands", {})}.items():
            if part.callback and not hasattr(part, "commands"):
                found[f"{name} {below}".strip()] = part.callback.__name__
    return found


def test_the_page_has_every_command_with_the_codes_that_it_can_end_with() -> None:
    assert cli.__file__ is not None
    known = codes(Path(cli.__file__).read_text(encoding="utf-8"))
    assert promised() == {name: known[function] | EVERYWHERE for name, function in commands().items()}


def test_a_code_that_the_page_does_not_have_would_be_seen() -> None:
    planted = (
        "def _busy():\n    raise fail('x')\n"
        "def power():\n    _busy()\n    raise typer.Exit(ExitCode.REFUSED)\n"
        "def hold():\n    raise fail('x', ExitCode.USAGE)\n"
    )
    assert codes(planted)["power"] == {ExitCode.FAILED, ExitCode.REFUSED}
    assert codes(planted)["hold"] == {ExitCode.USAGE}


def test_every_command_ends_with_2_where_it_is_asked_for_wrongly() -> None:
    for name in commands():
        assert CliRunner().invoke(cli.app, [*name.split(), "--no-such-option"]).exit_code == ExitCode.USAGE


def test_the_codes_of_the_readme_are_those_of_the_program() -> None:
    told = re.search(r"Exit codes: (.*?)\.", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert told
    numbers = [int(number) for number in re.findall(r"\b\d\b", told[1])]
    assert numbers == list(ExitCode) == [0, 1, 2, 3]
