"""The agency's limits: what a row of `policy.csv` may say, and which value is in force on a day.

A limit has a name, of which the shipped file is the register, and a unit, which fixes its range. The city's own file
(`$DIKLAT_HOME/policy.csv`) may set any of them; a name without a sound row there keeps the shipped rows. Models read the
same values from `ops.policy`.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, model_validator

from schemas.said import Said, said
from schemas.written import NATIONAL, Day, Flaw, Flawed, OneOf, Text, Written, Wrong, read_rows, wrong

POLICY = Path(__file__).parent / "policy.csv"
"""The shipped limits, each with owner, source and valid-from."""

with POLICY.open(encoding="utf-8", newline="") as _handle:
    UNITS: Mapping[str, str] = {row["policy"]: row["unit"] for row in csv.DictReader(_handle)}
"""Name of every limit → its unit."""


class Range(NamedTuple):
    """What values of a unit may be."""

    lowest: float
    highest: float
    is_whole: bool = False

    def __str__(self) -> str:
        return str(self.told)

    @property
    def told(self) -> Said:
        """The range in words."""
        numbers = said("a whole number") if self.is_whole else said("a number")
        low, high = f"{self.lowest:g}", f"{self.highest:g}"
        if math.isinf(self.highest):
            return said("{numbers} from {low}", numbers=numbers, low=low)
        return said("{numbers} from {low} to {high}", numbers=numbers, low=low, high=high)

    def holds(self, value: float) -> bool:
        """Whether a value is in the range."""
        return self.lowest <= value <= self.highest and not (self.is_whole and value % 1)


RANGES: Mapping[str, Range] = {
    "share": Range(0, 1),
    "p-value": Range(0, 1),
    "points": Range(0, 100),
    "standard deviations": Range(0, math.inf),
    "JP": Range(0, math.inf),
    "times": Range(1, math.inf),
    "multiples": Range(0, math.inf),
    **dict.fromkeys(
        ("people", "rows", "classes", "programs", "units", "months", "days"), Range(0, math.inf, is_whole=True)
    ),
}
"""Unit → what its values may be."""


def _number(text: Any) -> Any:
    if isinstance(text, str) and not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        if match := re.fullmatch(r"([+-]?\d+),(\d+)", text):
            raise wrong(
                Wrong(
                    allowed=said("a decimal point"),
                    mend=said("A decimal comma: write {number}.", number=f"{match[1]}.{match[2]}"),
                )
            )
        raise wrong(Wrong(allowed=said("a number, as 0.30")))
    return text


class PolicyRow(Written):
    """One value of a limit, from a day on."""

    policy: Annotated[Text, OneOf(UNITS)]
    """Name of the limit."""
    value: Annotated[float, BeforeValidator(_number)]
    unit: Text
    """The limit's own; it says what range the value has."""
    owner: Text
    """Who may change it."""
    source: Text
    """Law, paper or decision that it comes from."""
    valid_from: Day
    """First day on which it holds."""
    version: Text
    """Version of the rule."""

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        unit = UNITS[self.policy]
        if self.unit != unit:
            raise wrong(
                Wrong(
                    allowed=said("{unit}, the unit of {limit}", unit=unit, limit=self.policy),
                    at=("unit",),
                    known=[unit],
                )
            )
        if not RANGES[unit].holds(self.value):
            is_percent = unit == "share" and 1 < self.value <= 100
            mend = said("{n} % is {share}.", n=f"{self.value:g}", share=f"{self.value / 100:g}") if is_percent else ""
            raise wrong(
                Wrong(allowed=said("{range} ({unit})", range=RANGES[unit].told, unit=unit), mend=mend, at=("value",))
            )
        return self


@dataclass(frozen=True)
class Policy:
    """The rows that count, and what is wrong with the others."""

    rows: tuple[PolicyRow, ...]
    set_aside: tuple[Flaw, ...] = ()

    def in_force(self, day: dt.date) -> tuple[PolicyRow, ...]:
        """The row of each limit that holds on a day, by name: the latest that began by then; before the first one, the
        first."""
        limits: dict[str, PolicyRow] = {}
        for row in sorted(self.rows, key=lambda row: row.valid_from):
            if row.policy not in limits or row.valid_from <= day:
                limits[row.policy] = row
        return tuple(limits[name] for name in sorted(limits))

    def limits(self, day: dt.date = dt.date.max) -> dict[str, float]:
        """Name of each limit → its value in force on a day; by default the latest."""
        return {row.policy: row.value for row in self.in_force(day)}


def read_policy(*files: Path) -> Policy:
    """The limits of a city: of its own file, which comes first, of each further one (the nation's) and last of the shipped one what holds
    before the first sound row of that name: a value that was decided for later leaves the former in force until then. A file that is not
    there says nothing."""
    rows: list[PolicyRow] = []
    flaws: list[Flaw] = []
    for nth, file in enumerate((*files, POLICY)):
        if file.exists():
            policy = _read(file, f"{NATIONAL} {file.name}" if 0 < nth < len(files) else file.name)
            begins: dict[str, dt.date] = {}
            for row in rows:
                begins[row.policy] = min(row.valid_from, begins.get(row.policy, row.valid_from))
            rows += [row for row in policy.rows if row.valid_from < begins.get(row.policy, dt.date.max)]
            flaws += policy.set_aside
    return Policy(tuple(rows), tuple(flaws))


def _read(file: Path, name: str) -> Policy:
    try:
        rows, flaws = read_rows(file, PolicyRow, name)
    except Flawed as error:
        return Policy((), error.flaws)
    alike: dict[tuple[str, dt.date], list[tuple[int, PolicyRow]]] = defaultdict(list)
    for line, row in rows:
        alike[row.policy, row.valid_from].append((line, row))
    sound = []
    for same in alike.values():
        if len({row.value for _, row in same}) == 1:
            sound.append(same[-1][1])
        else:
            flaws += _contradicting(name, same)
    return Policy(tuple(sound), tuple(flaws))


def _contradicting(file: str, rows: Iterable[tuple[int, PolicyRow]]) -> Iterable[Flaw]:
    """Nobody can say which of several values from one day on was meant: none of them counts."""
    lines = [line for line, _ in rows]
    for line, row in rows:
        others = ", ".join(str(other) for other in lines if other != line)
        seen = said("{value} for {limit} from {day}, and another value in line {lines}",
                    value=f"{row.value:g}", limit=row.policy, day=row.valid_from, lines=others)  # fmt: skip
        yield Flaw(file, line, "value", seen, said("one value per limit and day"), mend=said("Keep one of them."))


def policy_value(name: str, file: Path = POLICY, day: dt.date = dt.date.max) -> float:
    """The value of a limit in force on a day (by default the latest). Raises KeyError where there is none of that name."""
    return read_policy(file).limits(day)[name]
