"""What a rule of flags is: evidence, judgement, cause, action and reason. Most of it is the same for all rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from warehouse.evaluation import quality
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

POLICIES = (
    "flag_change_probability", "flag_change_rate", "flag_confidence", "flag_red_probability", "flag_red_probability_other", "flag_red_probability_person",
    "flag_shared_excess", "flag_shared_p", "flag_shared_programs", "flag_silent_ratio", "flag_yellow_probability", "minimum_respondents",
    "minimum_respondents_judged", "minimum_response_rate",
)  # fmt: skip
"""Policies that every rule judges by."""


@dataclass(frozen=True)
class Rule:
    """One way of raising flags. A module of `warehouse.evaluation.rules` makes one and calls it `RULE`.

    What is written here is what most rules need: the share of people for whom something is bad now, by all that the classes tell
    (`warehouse.evaluation.quality`), held to a tolerated share. A rule overrides what it does otherwise.
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
    counts_forms: bool = False
    """Whether people are counted by their forms, of which one may send several: more forms than people are not judged."""
    reds: Mapping[str, str] = field(default_factory=dict)
    """Aspect → policy of the probability from which its flags are red, where that is not `flag_red_probability`."""
    sums: tuple[str, ...] = ()
    """Further columns of its class rows that are added up."""
    indices: tuple[str, ...] = ()
    """Columns that `pool` makes of the sums, beside the share."""

    def evidence(self, cells: pd.DataFrame) -> pd.DataFrame:
        """The class rows that its flags are made of, in the columns of `EVIDENCE` and `sums`; in any order."""
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

    def judge(
        self, pooled: pd.DataFrame, rows: pd.DataFrame, background: quality.Background, limits: Limits
    ) -> quality.Judged:
        """Add to pooled rows (one per `flag_id`) what their class rows tell, and `state`; returns what they told class by class.

        DATA_KURANG: `lacking`. MERAH: the share now is above the tolerated one with at least the probability of `red`; KUNING: with
        at least `flag_yellow_probability`. Nothing is judged by a point estimate.
        """
        tolerated = limits[self.tolerated]
        counted = quality.countable(rows)
        told = quality.judge(counted, background, tolerated, limits)
        lacks = lacking(pooled["n_observed"], pooled["n_unfavourable"], pooled["n_expected"], limits)
        low, high = told.interval()
        told_of = pd.DataFrame(
            {"share_now": told.share(), "now_low": low, "now_high": high, "p_above": told.above(tolerated)}
        ).round(st.DIGITS)
        told_of = told_of.join(_present(counted, told, background, limits)).set_index(
            pd.Index(told.flag_ids, dtype=object)
        )
        told_of = told_of.join(_silent(told_of, tolerated, limits)).reindex(pooled["flag_id"])
        told_of.loc[lacks, NOT_JUDGED] = None
        for name in told_of.columns:
            pooled[name] = told_of[name].to_numpy()
        for name in ("change", "silence"):
            pooled[name] = st.text(pooled[name])
        # One family per aspect: questions of one kind, asked of all programs at once.
        pooled["q_value"] = pooled.groupby("aspect")["p_above"].transform(st.false_discovery)
        pooled["icc"] = [background.icc(aspect) for aspect in pooled["aspect"]]
        worth = pooled["n_effective"].to_numpy(dtype=float)
        share = pooled["unfavourable_share"].to_numpy(dtype=float)
        pooled["wilson_low"] = st.wilson_lower(share * worth, worth, limits["flag_confidence"])
        red = self.red(pooled["aspect"], limits)
        pooled["state"] = states(lacks, pooled["p_above"].to_numpy(dtype=float), red, limits)
        return told

    def red(self, aspects: pd.Series, limits: Limits) -> st.Floats:
        """From which probability on a flag of each aspect is red, by the policies of `reds`: the false alarms that a program may have are
        spent where something hangs on them (as weights of hypotheses: Genovese, Roeder and Wasserman 2006)."""
        return np.array([limits[self.reds.get(aspect, "flag_red_probability")] for aspect in aspects])

    def is_bad(self, rows: pd.DataFrame, limits: Limits) -> pd.Series:
        """Whether a class row's own share reaches the tolerated one: what was seen, not what lasts."""
        share = rows["n_unfavourable"] / rows["n_observed"]
        return share.round(st.DIGITS) >= limits[self.tolerated]

    def conclude(
        self,
        flags: pd.DataFrame,
        rows: pd.DataFrame,
        frames: Mapping[str, pd.DataFrame],
        background: quality.Background,
        limits: Limits,
    ) -> None:
        """Add what only this rule knows of its judged flags: `cause`, `cause_instructor_id`, `p_cause` and columns of its own; may hold
        a state back. `rows` are the class rows that count, `frames` its other inputs."""
        flags["cause"] = flags["cause_instructor_id"] = st.text([None] * len(flags))
        flags["p_cause"] = np.nan

    def action(self, flag: Row) -> Sentence:
        """What to do about a flag: a sentence with its code."""
        raise NotImplementedError

    def reason(self, flag: Row) -> Sentence:
        """The numbers behind a flag's state, of the columns of `curriculum_flag` alone, so that any language can tell them."""
        raise NotImplementedError


NOT_JUDGED = ["share_now", "now_low", "now_high", "p_above", "change", "changed_on", "silence", "silent_tipping_share"]
"""Columns that are empty where there is too little to judge."""


def lacking(n: ArrayLike, k: ArrayLike, expected: ArrayLike, limits: Limits) -> NDArray[np.bool_]:
    """Whether too little is known: fewer than minimum_respondents, none in a class that may be counted, or fewer than
    minimum_respondents_judged of whom less than minimum_response_rate, or an unknown share, was observed (DOMAIN §10.3)."""
    size = np.asarray(n, dtype=float)
    rate = st.divide(size, expected)
    few = (size < limits["minimum_respondents_judged"]) & ~(rate >= limits["minimum_response_rate"])
    return np.asarray((size < limits["minimum_respondents"]) | np.isnan(np.asarray(k, dtype=float)) | few)


def states(lacks: NDArray[np.bool_], p_above: st.Floats, red: st.Floats, limits: Limits) -> NDArray[np.str_]:
    """The state of each, by whether too little is known and how probably its share is above the tolerated one."""
    return np.select(
        [lacks, p_above >= red, p_above >= limits["flag_yellow_probability"]],
        ["DATA_KURANG", "MERAH", "KUNING"],
        "HIJAU",
    )


def _present(rows: pd.DataFrame, told: quality.Judged, background: quality.Background, limits: Limits) -> pd.DataFrame:
    """One row per flag, in the order of `told`: since when its present quality lasts, and the counts of the classes since then."""
    flag = pd.factorize(rows["flag_id"])[0]
    begun = pd.Series(told.begun)
    is_first = ~pd.Series(flag).duplicated().to_numpy()
    first = np.flatnonzero(is_first)
    later = begun.mask(is_first, -1.0).groupby(flag).idxmax().to_numpy(dtype=int)
    changed = told.changed >= limits["flag_change_probability"]
    since = np.where(changed, later, first)
    n = rows["n_observed"].to_numpy(dtype=float)
    icc = np.array([background.icc(aspect) for aspect in rows["aspect"]])
    sums = pd.DataFrame({
        "n_classes": 1.0, "n_observed": n, "n_unfavourable": rows["n_unfavourable"].to_numpy(dtype=float),
        "n_expected": rows["n_expected"].to_numpy(dtype=float),
    })  # fmt: skip
    is_now = np.arange(len(rows)) >= since[flag]
    now = sums[is_now].groupby(flag[is_now]).agg("sum", skipna=False)
    before = sums[~is_now].groupby(flag[~is_now]).sum().reindex(now.index)
    share, was = (st.divide(part["n_unfavourable"], part["n_observed"]) for part in (now, before))
    found = now.add_suffix("_now")
    turned = pd.Series(np.where(share > was, "memburuk", "membaik"), found.index, dtype=object)
    found["change"] = turned.where(changed, None)
    found["changed_on"] = pd.Series(rows["ended_on"].to_numpy()[since], found.index).where(changed)
    found["n_effective"] = np.bincount(flag, n / quality.design_effect(n, icc), len(first))
    found["n_classes_shared"] = np.bincount(flag, background.excess(rows) > 0, len(first))
    return found


def _silent(told: pd.DataFrame, tolerated: float, limits: Limits) -> pd.DataFrame:
    """What those who were not observed could change: how many of them would have to be dissatisfied, and whether they could be.

    They are held to be at most `flag_silent_ratio` times as often, or as rarely, dissatisfied as those observed: a bound between
    chance alone and Manski's (1989), who lets all of them be either.
    """
    n, k, expected = (told[f"{name}_now"].astype(float) for name in ("n_observed", "n_unfavourable", "n_expected"))
    silent, ratio = (expected - n).clip(lower=0), limits["flag_silent_ratio"]
    tipping = pd.Series(st.divide(tolerated * (n + silent) - k, silent), told.index)
    is_flagged = told["p_above"] >= limits["flag_yellow_probability"]
    most = (told["share_now"] * ratio).clip(upper=1)
    overturned = np.where(is_flagged, tipping >= told["share_now"] / ratio, tipping < most) & (silent > 0)
    word = pd.Series(np.where(overturned, "dapat_membalik", "tahan"), told.index, dtype=object)
    return pd.DataFrame(
        {
            "n_silent": silent,
            "silent_tipping_share": tipping.where(tipping.between(0, 1)),
            "silence": word.where(expected.notna(), None),
        },
        told.index,
    )
