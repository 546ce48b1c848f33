"""One refresh in a process of its own, which can be told to kill itself, or to correct what was delivered, at a named step.

    python -m tests.chaos.driver [--plain] [--kill|--correct before|after MODULE:FUNCTION NTH] [--blind] AS_OF

`--plain` leaves Dagster out, `--blind` the look at the free space. It prints the build id.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Run it; the exit code is that of `diklat refresh`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("as_of", type=dt.date.fromisoformat)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--blind", action="store_true")
    parser.add_argument("--kill", nargs=3, metavar=("WHEN", "WHERE", "NTH"))
    parser.add_argument("--correct", nargs=3, metavar=("WHEN", "WHERE", "NTH"))
    arguments = parser.parse_args()
    if arguments.blind:
        _replace("warehouse.upkeep.health:check_room", lambda function: lambda *a, **k: None)
    if arguments.kill:
        when, where, nth = arguments.kill
        _replace(where, lambda function: _at(function, when, int(nth), lambda: os.kill(os.getpid(), signal.SIGKILL)))
    if arguments.correct:
        from pipelines.settings import Settings
        from tests.chaos.sandbox import correct

        when, where, nth = arguments.correct
        home = Settings.read().store
        _replace(where, lambda function: _at(function, when, int(nth), lambda: correct(home)))
    if not arguments.plain:
        from pipelines.cli import app

        sys.exit(app(["refresh", "--as-of", arguments.as_of.isoformat(), "--json"]))
    from pipelines.settings import Settings
    from tests.chaos.sandbox import plain_refresh

    print(plain_refresh(Settings.read().store, arguments.as_of))


def _at(function: Any, when: str, nth: int, happen: Callable[[], object]) -> Any:
    """The function, with something that happens before or after its nth call."""
    calls = 0

    def watched(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            happen()
        result = function(*args, **kwargs)
        if calls == nth and when == "after":
            happen()
        return result

    return watched


def _replace(where: str, make: Any) -> None:
    """Put another function in the place of `module:function`, wherever it was imported to before."""
    module, name = where.split(":")
    for room in (
        "warehouse.publishing.version",
        "warehouse.staging.month",
        "warehouse.upkeep.health",
        "warehouse.offices.returned",
        "assets.sources",
        "assets.tables",
        "tests.chaos.sandbox",
    ):
        importlib.import_module(room)
    old = getattr(importlib.import_module(module), name)
    new = make(old)
    for loaded in list(sys.modules.values()):
        if getattr(loaded, name, None) is old:
            setattr(loaded, name, new)


if __name__ == "__main__":
    main()
