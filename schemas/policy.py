"""The agency's policy values outside SQL; models read the same values from `ops.policy`."""

from __future__ import annotations

import csv
from pathlib import Path

POLICY = Path(__file__).parent / "policy.csv"
"""The shipped policy values, each with owner, source and valid-from."""
UNIT_ALIASES = Path(__file__).parent / "unit_aliases.csv"
"""The shipped further names of units."""


def policy(name: str, file: Path = POLICY) -> float:
    """The latest value of a policy: the file's, else the shipped one. Raises KeyError when there is none of that name."""
    found: dict[str, float] = {}
    for source in (POLICY, file):
        with source.open(encoding="utf-8", newline="") as handle:
            rows = sorted(csv.DictReader(handle), key=lambda row: row["valid_from"])
        found |= {row["policy"]: float(row["value"]) for row in rows}
    return found[name]
