"""Further names under which offices write a unit, with the days for which each holds: what a row says.

Which of several names counts is worked out in `warehouse.delivery.layouts.written`.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Self

from pydantic import model_validator

from schemas.said import said
from schemas.written import Day, Text, Written, Wrong, wrong

UNIT_ALIASES = Path(__file__).parent / "unit_aliases.csv"
"""The shipped further names of units."""


class _Days(Written):
    unit_code: Text
    valid_from: Day = dt.date.min
    """First day on which the name means this unit; by default since ever."""
    valid_to: Day = dt.date.max
    """First day on which it no longer does; by default never."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from >= self.valid_to:
            raise wrong(Wrong(allowed=said("a day after valid_from ({day})", day=self.valid_from), at=("valid_to",)))
        return self


class UnitAlias(_Days):
    """A further name of a unit, as `city.yaml` lists it."""

    name: Text


class UnitAliasRow(_Days):
    """A further name of a unit, as a row of `unit_aliases.csv`."""

    alias: Text
    source: str = ""
    """Where the name was seen."""

    @property
    def name(self) -> str:
        """The name."""
        return self.alias
