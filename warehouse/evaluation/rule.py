"""What a rule of flags is: evidence, judgement, cause, action and reason. Most of it is the same for all rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from warehouse.evaluation import statistics as st
from warehouse.words.language import Sentence

Limits = dict[str, float]
"""Policy name → value."""
Row = dict[str, Any]
FLAGGED = ("KUNING", "MERAH")
"""States that ask for a decision."""
EVIDENCE = [
    "flag_id", "class_id", "program_code", "curriculum_version", "aspect", "instructor_id", "ended_on", "n_expected",
    "n_observed", "n_unfavourable", "is_suppressed",
]  # fmt: skip
"""Columns that a rule's class rows have; it may add others, which it adds up itself (`Rule.sums`)."""


@dataclass(frozen=True)
class Rule:
    """One way of raising flags. A module of `warehouse.evaluation.rules` makes one and calls it `RULE`.

    What is written here is what most rules need: the share of people for whom something is bad, held to a tolerated share by
    its Wilson bound, with the correction for many flags at once. A rule overrides what it does otherwise.
    """

    name: str
    """As it stands in `curriculum_flag.rule`."""
    inputs: Mapping[str, str]
    """Its evidence: name → SELECT, handed to `evidence` as frames. `cells` gives its class rows."""
    tolerated: str
    """Policy of the tolerated share (0–1)."""
    policies: tuple[str, ...]
    """Policies that it judges by; their versions are the flag's rule version."""
    people: str
    """Whom it counts, in Bahasa Indonesia: responden, peserta."""
    unfavourable: str
    """What is bad about those who count against it, in Bahasa Indonesia: tidak puas, jarang hadir."""
    sums: tuple[str, ...] = ()
    """Further columns of its class rows that are added up."""
    indices: tuple[str, ...] = ()
    """Columns that `pool` makes of the sums, beside the share."""

    def evidence(self, cells: pd.DataFrame) -> pd.DataFrame:
        """The class rows that its flags are made of, in the columns of `EVIDENCE` and `sums`; many batches, one order."""
        raise NotImplementedError

    def pool(self, rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
        """Class rows added up: counts and shares of all their people; unknown where all are left out."""
        groups = rows.groupby(by, as_index=False, sort=True)
        pooled = groups.agg(n_classes=("class_id", "nunique"), n_observed=("n_observed", "sum"))
        sums = ["n_unfavourable", *self.sums]
        pooled[sums] = groups[sums].sum(min_count=1)[sums]
        pooled["n_expected"] = groups["n_expected"].sum(skipna=False)["n_expected"]
        pooled["unfavourable_share"] = st.divide(pooled["n_unfavourable"], pooled["n_observed"])
        self.add_indices(pooled)
        if "instructor_id" in pooled:
            pooled["instructor_id"] = st.text(person or None for person in pooled["instructor_id"])
        return pooled

    def add_indices(self, pooled: pd.DataFrame) -> None:
        """Add the columns of `indices` to pooled rows."""

    def judge(self, pooled: pd.DataFrame, limits: Limits, *, adjust: bool) -> None:
        """Add Wilson bound, p, q and `state` to pooled rows (DOMAIN §10.3); `adjust` corrects over the judged rows of an aspect.

        DATA_KURANG: fewer than minimum_respondents, none in a class that may be shown, or fewer than
        minimum_respondents_judged of whom less than minimum_response_rate, or an unknown share, was observed.
        MERAH: Wilson bound above the tolerated share and q within the false discovery rate. KUNING: share at the
        tolerated one. `is_red` and `is_yellow` may know more.
        """
        tolerated = limits[self.tolerated]
        n, k = pooled["n_observed"].to_numpy(dtype=float), pooled["n_unfavourable"].to_numpy(dtype=float)
        rate = st.divide(n, pooled["n_expected"].to_numpy(dtype=float))
        few = n < limits["minimum_respondents_judged"]
        lacking = (n < limits["minimum_respondents"]) | np.isnan(k) | (few & ~(rate >= limits["minimum_response_rate"]))
        pooled["wilson_low"] = st.wilson_lower(k, n, limits["flag_confidence"])
        pooled["p_value"] = np.where(lacking, np.nan, st.binomial_above(k, n, tolerated))
        pooled["q_value"] = pooled["p_value"]
        if adjust:
            # One family per aspect: questions of one kind, asked of all programs at once.
            pooled["q_value"] = pooled.groupby("aspect")["p_value"].transform(st.benjamini_hochberg)
        share = np.round(st.divide(k, n), st.DIGITS)
        proven = (pooled["wilson_low"] > tolerated) & (pooled["q_value"] <= limits["flag_false_discovery_rate"])
        pooled["state"] = np.select(
            [lacking, proven | self.is_red(pooled, limits), (share >= tolerated) | self.is_yellow(pooled, limits)],
            ["DATA_KURANG", "MERAH", "KUNING"],
            "HIJAU",
        )

    def is_red(self, pooled: pd.DataFrame, limits: Limits) -> pd.Series:
        """Rows that are red for another reason than their share."""
        return pd.Series(False, index=pooled.index)

    def is_yellow(self, pooled: pd.DataFrame, limits: Limits) -> pd.Series:
        """Rows that are yellow for another reason than their share."""
        return pd.Series(False, index=pooled.index)

    def is_bad(self, rows: pd.DataFrame, limits: Limits) -> pd.Series:
        """Whether a class row on its own is at least yellow."""
        share = rows["n_unfavourable"] / rows["n_observed"]
        return (share.round(st.DIGITS) >= limits[self.tolerated]) | self.is_yellow(rows, limits)

    def conclude(
        self, flags: pd.DataFrame, rows: pd.DataFrame, frames: Mapping[str, pd.DataFrame], limits: Limits
    ) -> None:
        """Add what only this rule knows of its judged flags: `cause`, `cause_instructor_id`, and columns of its own; may hold
        a state back. `rows` are the class rows that count, `frames` its other inputs."""
        flags["cause"] = flags["cause_instructor_id"] = st.text([None] * len(flags))

    def action(self, flag: Row) -> Sentence:
        """What to do about a flag: a sentence with its code."""
        raise NotImplementedError

    def reason(self, flag: Row) -> Sentence:
        """The numbers behind a flag's state, of the columns of `curriculum_flag` alone, so that any language can tell them."""
        raise NotImplementedError
