"""The agency's policy values: `policy.csv` beside this file, each with owner, source and valid-from."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

POLICY = Path(__file__).parent / "policy.csv"


@cache
def policy(name: str) -> float:
    """The value of a policy; raises KeyError when there is none of that name."""
    with POLICY.open(encoding="utf-8", newline="") as handle:
        return {row["policy"]: float(row["value"]) for row in csv.DictReader(handle)}[name]
