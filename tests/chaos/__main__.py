"""`make chaos`: every fault, one after the other, and a table of what was seen. Exit code 1 if an invariant broke."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.faults import QUICK, SLOW, NotHere
from tests.chaos.sandbox import Sandbox


def main(wanted: list[str]) -> int:
    """Run the faults whose name holds one of the words, or all."""
    screen = Console(width=150)
    table = Table("", "fault", "seen", "seconds", title="Chaos: what must be survived")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        base = Sandbox.prepare(Path(folder))
        for number, (name, fault) in enumerate((QUICK | SLOW).items()):
            if wanted and not any(word in name for word in wanted):
                continue
            screen.print(f"{name} ...", style="dim")
            began = time.monotonic()
            mark = "✓"
            try:
                seen = fault(base.copy(Path(folder, f"fault-{number}")))
            except NotHere as missing:
                mark, seen = "–", f"not on this machine: {missing}"
            except (
                Exception
            ) as broken:  # The table tells of every fault, also of one that ends in another way than foreseen.
                mark, seen, failed = "✗", str(broken) or type(broken).__name__, failed + 1
            table.add_row(mark, name, seen, f"{time.monotonic() - began:,.0f}")
            screen.print(f"  {mark} {seen}", style="dim")
    screen.print(table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
