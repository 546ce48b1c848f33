"""What the scores of one file tell of the scale that they are on, beside what the file or its folder says of it.

Answers above the scale of the folder are no slips where they are many: the rest of them is on that other scale, too, and would count
for more than was meant. Where no score comes near the top, this is only told: a class may be like that. It is none where the other test of
that class comes near: one of the two is on another scale, and every gain between them would be made of that.
"""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from schemas.profiles import NAMES
from schemas.reasons import FileRefused
from warehouse.delivery.layouts.contract_layout import ContractLayout
from warehouse.delivery.layouts.profile_layout import ProfileLayout
from warehouse.delivery.sheets.sheet import Table

ABOVE, SHARE = 3, 0.05
"""Answers one above the scale, and their share of all, from which on the form is on another one."""
ANSWERS = 50
"""Of so many answers on five points somebody's is the highest."""
TESTS = 3
"""Tests of a kind that are no accident."""
NEAR_ZERO = 0.1
"""Share of the highest score up to which tests may be on another scale (0.8 for 80, 8 for 80), or not taken at all."""
CUMULATIVE = ("planned_pct", "actual_pct", "realised_idr")
"""Columns of a project that only grow: a month's own share or amount in their place falls."""
_SAYS_CUMULATIVE = re.compile(r"(?i)kumulatif|akum|s\W?d\b|sampai|_pct").search
FAR = 0.5
"""Share of the highest score from which on the other test of a class is on that scale for certain."""


class Scales:
    """The scores of one file, batch by batch."""

    def __init__(self, mapping: ContractLayout | ProfileLayout) -> None:
        codebook = mapping.layout.codebook if isinstance(mapping, ProfileLayout) else None
        self._top = codebook.scale[1] if codebook and "score" in mapping.contract.names else None
        self._n_said = self._n_above = 0
        self._most: dict[tuple[str, float], float] = {}
        self._n: Counter[tuple[str, float]] = Counter()
        self._slips: Counter[tuple[str, float]] = Counter()
        """(kind of test, highest score) → how many have decimals, and are at most a tenth of it: 6,5 may be a 65."""
        self._falls: Counter[tuple[str, str]] = Counter()
        self._mapping, self._unsaid = mapping, dict[str, str]()
        """Column of progress → its heading in the file, where that does not say that it is cumulative."""
        self._tests: dict[tuple[str, float], dict[str, tuple[int, float]]] = {}
        """(class, highest score) → kind of test → how many of them, and the best."""

    def see(self, text: pl.DataFrame, good: pl.DataFrame, table: Table) -> None:
        """Look at a batch of a table: its clean texts, and what was accepted of them."""
        if self._top is not None:
            said = text.get_column("score").drop_nulls()
            self._n_said += said.len()
            self._n_above += int((said == str(self._top + 1)).sum())
        if "month" in good.columns:
            # Who writes a profile of their own says by it what a column is.
            if isinstance(self._mapping, ContractLayout) or self._mapping.layout.profile in NAMES:
                headings = {
                    name: table.header[at - 1]
                    for name, at in self._mapping.cell_of(table).items()
                    if name.endswith("_pct")
                }
                self._unsaid |= {name: text for name, text in headings.items() if not _SAYS_CUMULATIVE(text)}
            months = good.sort("project_id", "month")
            is_next = pl.col("project_id") == pl.col("project_id").shift(1)
            for name in (name for name in CUMULATIVE if name in good.columns):
                if n := months.filter(is_next & (pl.col(name) < pl.col(name).shift(1))).height:
                    self._falls[name, "falls from one month to the next, where it is cumulative"] += n
        top = next((name for name in ("max_score", "scale_max") if name in good.columns), None)
        if top is None:
            return
        kind = pl.col("kind") if "kind" in good.columns else pl.lit("")
        class_id = pl.col("class_id") if "kind" in good.columns else pl.lit("")
        found = good.filter(pl.col("score").is_not_null()).group_by(
            class_id.alias("class_id"), kind.alias("kind"), pl.col(top).alias("top")
        )
        is_slip = (pl.col("score") % 1 > 0) & (pl.col("score") <= NEAR_ZERO * pl.col(top))
        for of, name, highest, n, most, n_slips in found.agg(
            pl.len().alias("n"), pl.col("score").max().alias("most"), is_slip.sum().alias("n_slips")
        ).iter_rows():
            self._n[name, highest] += n
            self._slips[name, highest] += n_slips
            self._most[name, highest] = max(most, self._most.get((name, highest), most))
            tests = self._tests.setdefault((of, highest), {})
            n_before, most_before = tests.get(name, (0, most))
            tests[name] = (n_before + n, max(most, most_before))

    def check(self) -> None:
        """Raise FileRefused where the answers are on another scale than that of the folder, one of two tests on another than the other, or
        progress is that of each month."""
        if self._n_above >= ABOVE and self._n_above >= SHARE * self._n_said:
            seen = f"{self._n_above:,} of {self._n_said:,} answers are {(self._top or 0) + 1}, above the scale of 1 to {self._top}."
            raise FileRefused("FILE_SCALE", seen)
        if name := next((name for name, _ in self._falls if name in self._unsaid), None):
            raise FileRefused("FILE_CUMULATIVE", f"Column {self._unsaid[name]!r} falls from one month to the next.")
        for (class_id, top), tests in sorted(self._tests.items()):
            if self._differ(top, *(tests.get(kind, (0, 0.0)) for kind in ("pre", "post"))):
                (n_pre, pre), (n_post, post) = tests["pre"], tests["post"]
                seen = f"Class {class_id!r}: the highest of {n_pre:,} pre-tests is {pre:g}, of {n_post:,} post-tests {post:g}, where {top:g} can be reached."
                raise FileRefused("FILE_TESTS", seen)

    @staticmethod
    def _differ(top: float, *tests: tuple[int, float]) -> bool:
        """Whether the better one of two tests is on the scale up to `top`, and the other on one up to a tenth of it. Who has nothing but zeros
        took none."""
        (_, low), (_, high) = sorted(tests, key=lambda test: test[1])
        return min(n for n, _ in tests) >= TESTS and top >= 10 and 0 < low <= NEAR_ZERO * top and high >= FAR * top

    def doubts(self) -> Counter[tuple[str, str]]:
        """(column, what is odd about it) → rows."""
        found = self._falls.copy()
        for (kind, top), n in self._n.items():
            most = self._most[kind, top]
            if kind and n >= TESTS and top >= 10 and most <= NEAR_ZERO * top:
                found["score", "is nowhere above a tenth of the highest score"] += n
            elif kind and top >= 100 and most >= FAR * top and (n_slips := self._slips[kind, top]):
                found["score", "has decimals, and is at most a tenth of the highest score"] += n_slips
            elif not kind and n >= ANSWERS and (top, most) == (5, 4):
                found["score", "is nowhere 5, on a scale of 1 to 5"] += n
        return found
