"""Great Expectations in a process of its own: it takes seconds to load, and loads beside what a run does before the audits.

The child is started once for a process, answers what it is sent (frames of aggregates), and ends when its parent does. What it does not
answer is answered here. Imports little, so that it can be started first; started as a program: `python -m warehouse.auditing.beside`.
"""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from warehouse.auditing.expectations import Expectation
    from warehouse.auditing.integrity import Verdict

UNUSED = ("pyspark", "sqlalchemy")
"""What Great Expectations goes without where it is not installed. Only frames are shown to it, and to load these takes a sixth of its time."""
DRAWS = "altair"
"""Loaded by it for the chart of one expectation, which is not asked for; another sixth."""
SECONDS = 120.0
"""Time that the child has for an answer, and to load before the first."""


@cache
def prepare() -> subprocess.Popen[bytes] | None:
    """Begin to load Great Expectations, unless this process has; the child, if there is one."""
    if "great_expectations" in sys.modules:
        return None
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "warehouse.auditing.beside"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # a host that has no room for one more process can still ask by itself
        return None


def ask(expectation: Expectation, frame: pd.DataFrame, arguments: Mapping[str, Any]) -> tuple[Verdict, str]:
    """As `warehouse.auditing.expectations.ask`, by the child where it answers."""
    from warehouse.auditing import expectations

    child, answer = prepare(), None
    if child and child.stdin and child.stdout:
        try:
            pickle.dump((expectation, frame, dict(arguments)), child.stdin)
            child.stdin.flush()
            if select.select([child.stdout], [], [], SECONDS)[0]:
                answer = pickle.load(child.stdout)
            else:
                child.kill()
        except (OSError, EOFError, ValueError, pickle.PickleError):
            child.kill()
    return answer or expectations.ask(expectation, frame, arguments)


def main() -> None:
    """Answer until the parent goes away; nothing where something went wrong, which is then said where it is asked again."""
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]  # None: not to be imported
    sys.modules[DRAWS] = ModuleType(DRAWS)
    from warehouse.auditing import expectations

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    expectations.load()
    while True:
        try:
            asked = pickle.load(sys.stdin.buffer)
        except EOFError:
            os._exit(0)  # to put away all that was loaded takes a second, and nothing is left to be written
        try:
            answer = expectations.ask(*asked)
        except Exception:
            answer = None
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    main()
