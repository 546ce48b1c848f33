"""Measures: each defined once, in metrics.yaml, as SQL over the rows of a mart. A number with a name knows where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from warehouse.words.language import Kind


class Metric(BaseModel):
    """A measure that is added up over rows of a mart; what its fields mean stands at the head of metrics.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: dict[str, str]
    mart: str
    numerator: str
    denominator: str | None = None
    people: str | None = None
    where: str = "true"
    grain: str
    unit: str
    format: Kind
    definition: str

    @property
    def above(self) -> str:
        """SQL aggregate: the sum of the numerator."""
        return f"sum({self.numerator})"

    @property
    def below(self) -> str | None:
        """SQL aggregate: the sum of the denominator over the rows that have a numerator; None of a sum."""
        return self.denominator and f"sum(case when {self.numerator} is not null then {self.denominator} end)"

    @property
    def counted(self) -> str:
        """SQL over one row of the mart: how many people its numbers are about."""
        return self.people or self.denominator or "null"

    @property
    def expression(self) -> str:
        """SQL aggregate over rows of the mart that gives the measure, whatever they are grouped by; empty without any row to divide by."""
        return self.above if self.below is None else f"{self.above} / nullif({self.below}, 0)"


METRICS: dict[str, Metric] = {
    name: Metric.model_validate(entry)
    for name, entry in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).items()
}
"""Name → measure."""

QUERY = " union all ".join(
    f"select '{name}' as metric, cast({one.expression} as double) as value, cast({one.above} as double) as above, "
    f"cast({one.below or 'null'} as double) as below from marts.{one.mart} where {one.where}"
    for name, one in METRICS.items()
)
"""Every measure of the city: metric, value, and the two sums that it is made of."""


class Named:
    """A number that is one cell of the warehouse or one measure: `name` says which, as `table.column|key` or the measure's own, escaped for
    an attribute."""

    name: str


class Whole(Named, int):
    """A whole number with a name; what is reckoned with it has none."""


class Fraction(Named, float):
    """Any other number with a name; of its size the name begins with a bar."""

    def __abs__(self) -> float:
        size: float = named(super().__abs__(), f"|{self.name}")
        return size


def named(value: Any, name: str) -> Any:
    """The number with its name; what is no number stays as it is."""
    kind = type(value)
    if kind is not int and kind is not float:
        return value
    number = Whole(value) if kind is int else Fraction(value)
    number.name = name
    return number
