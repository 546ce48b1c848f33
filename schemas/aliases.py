"""Further names under which offices write a unit, with the days for which each holds."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import model_validator

from schemas.written import Text, Written, Wrong, wrong


class UnitAlias(Written):
    """A further name of a unit."""

    name: Text
    unit_code: Text
    valid_from: dt.date = dt.date.min
    """First day on which the name means this unit; by default since ever."""
    valid_to: dt.date = dt.date.max
    """Last day; by default for ever."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from >= self.valid_to:
            raise wrong(
                Wrong(str(self.valid_to), f"a day after valid_from ({self.valid_from})", at=("valid_to",)),
            )
        return self
