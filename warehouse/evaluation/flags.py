"""Flags: what a rule is, and what is the same for all of them: evidence → judged → cause → action → life.

A rule (`warehouse.evaluation.rules`) says what its evidence is, class by class, when that is bad, where the cause lies and
what to do. Here its class rows are added up to flags, judged, opened on the day on which they first showed, and followed
up by later batches. Works on frames; the marts `curriculum_flag`, `curriculum_flag_evidence` and `follow_up_outcome` hold
what comes out.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from warehouse.evaluation import quality
from warehouse.evaluation import rules as rooms
from warehouse.evaluation import statistics as st
from warehouse.evaluation.rule import FLAGGED, Limits, Row, Rule, lacking, states
from warehouse.words.language import stored

FLAG = ["flag_id", "program_code", "curriculum_version", "aspect", "instructor_id"]


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(rooms.__path__))
    known = [importlib.import_module(f"{rooms.__name__}.{name}").RULE for name in names]
    return {rule.name: rule for rule in known}


FOLLOW_UPS = """
    select f.flag_id, f.action, f.owner, f.decided_on, f.due_on,
        -- What is to be done on a day to come is not done.
        case when f.done_on <= r.as_of then f.done_on end as done_on, f.new_curriculum_version
    from core.fact_follow_up as f
    cross join ops.run as r
    where f.decided_on <= r.as_of
"""
POLICY = "select policy, value, version from ops.policy"


def inputs(*names: str) -> dict[str, str]:
    """The SELECTs of every rule as a model's INPUTS, `RULE__name`; with `names` only those of these names."""
    return {
        f"{rule.name}__{name}": query
        for rule in rules().values()
        for name, query in rule.inputs.items()
        if not names or name in names
    }


def of_rule(frames: Mapping[str, pd.DataFrame], rule: Rule) -> dict[str, pd.DataFrame]:
    """The frames of one rule under its own names."""
    return {name: frames[f"{rule.name}__{name}"] for name in rule.inputs if f"{rule.name}__{name}" in frames}


def flags_of(
    rule: Rule, frames: Mapping[str, pd.DataFrame], decided: pd.DataFrame, policy: pd.DataFrame
) -> pd.DataFrame:
    """Every flag of one rule with its state, cause, action and life, in the columns of `curriculum_flag`. `decided` are the results
    of decisions: flag_id, decided_on, result."""
    limits = st.policy_values(policy)
    every = evidence_of(rule, frames["cells"])
    rows = st.shown(every, ["flag_id"])
    background = quality.learn(rows, limits)
    flags = rule.pool(rows, FLAG)
    told = rule.judge(flags, rows, background, limits)
    marked = rows.assign(n_classes_flagged=rule.is_bad(rows, limits).astype(int))
    flags = flags.merge(
        marked.groupby("flag_id", as_index=False).agg(n_classes_flagged=("n_classes_flagged", "sum")),
        on="flag_id", how="left",
    )  # fmt: skip
    for name in ("is_suppressed", "is_repeated"):
        flags[name] = flags["flag_id"].isin(every.loc[every[name].astype(bool), "flag_id"])
    flags["rule"], flags["tolerated_share"] = rule.name, limits[rule.tolerated]
    rule.conclude(flags, rows, frames, background, limits)
    actions = [rule.action(flag) for flag in st.records(flags)]
    flags["action_code"] = [action.code for action in actions]
    flags["action"] = [stored(action) for action in actions]
    flags["reason"] = [stored(rule.reason(flag)) for flag in st.records(flags)]
    is_open = flags["state"].isin(FLAGGED)
    lives = life(decided)
    flags["status"] = [
        lives.get(flag, "terbuka") if o else "selesai" if lives.get(flag) == "selesai" else "tidak_ada"
        for flag, o in zip(flags["flag_id"], is_open, strict=True)
    ]
    opened = _opened(rule, quality.countable(rows), told, limits)
    flags["opened_on"] = [opened.get(flag) if o else None for flag, o in zip(flags["flag_id"], is_open, strict=True)]
    flags["opened_on"] = pd.to_datetime(flags["opened_on"])
    flags["rule_version"] = st.policy_version(policy, rule.policies)
    return flags


def evidence_of(rule: Rule, cells: pd.DataFrame) -> pd.DataFrame:
    """The class rows of a rule, those of a flag together and in their order. More forms than people expected: `is_repeated`;
    some were sent twice, or the list is not that of the class, and how many people said what is unknown."""
    rows = rule.evidence(cells)
    rows["n_expected"] = rows["n_expected"].astype(float)
    repeated = (rows["n_observed"] > rows["n_expected"]) & rule.counts_forms | rows.get("is_repeated", False)
    rows["is_repeated"] = repeated
    rows["n_unfavourable"] = rows["n_unfavourable"].astype(float).mask(repeated)
    return rows.sort_values(["flag_id", "ended_on", "class_id"], ignore_index=True, na_position="first")


def _opened(rule: Rule, rows: pd.DataFrame, told: quality.Judged, limits: Limits) -> dict[str, Any]:
    """Flag → end of the class since which the evidence so far has made it yellow or red without a break."""
    sums = rows.groupby("flag_id")[["n_observed", "n_unfavourable", "n_expected"]].cumsum(skipna=False)
    lacks = lacking(sums["n_observed"], sums["n_unfavourable"], sums["n_expected"], limits)
    state = states(lacks, np.round(told.above_so_far, st.DIGITS), rule.red(rows["aspect"], limits), limits)
    days = pd.DataFrame({"flag_id": rows["flag_id"], "day": rows["ended_on"], "is_open": np.isin(state, FLAGGED)})
    # Classes that end on one day are known on one day: the last one's word counts.
    days = days.dropna(subset="day").drop_duplicates(["flag_id", "day"], keep="last")
    breaks = (~days["is_open"]).groupby(days["flag_id"]).cumsum()
    run = days[days["is_open"] & (breaks == breaks.groupby(days["flag_id"]).transform("last"))]
    return {str(flag): day for flag, day in run.groupby("flag_id")["day"].first().items()}


OUTCOME = [
    "is_known", "state_before", "n_dissatisfied_before", "n_respondents_before", "share_before", "state_after",
    "n_classes_after", "n_dissatisfied_after", "n_respondents_after", "share_after", "n_others", "others_change", "change", "change_low",
    "change_high", "p_better", "improvement", "result",
]  # fmt: skip
"""Columns that `outcomes_of` adds to a decision: the counts are those of the flag's rule."""


def outcomes_of(
    rule: Rule, rows: pd.DataFrame, follow_ups: pd.DataFrame, limits: Limits, background: quality.Background
) -> pd.DataFrame:
    """What came of each decision on a flag of the rule: the flag's state on the day of it, and that of the batches that show
    its result. `rows` are the rule's evidence, `background` what they tell about each other.

    Later batches are those of the new curriculum version that end after the decision, or, where the curriculum stays, those of the
    same flag that end after the action was done.
    """
    decided: list[Row] = []
    followed, every = set(follow_ups["flag_id"]), quality.countable(st.shown(rows, ["flag_id"]))
    for row in st.records(follow_ups.sort_values(["flag_id", "action", "decided_on"])):
        own = rows[rows["flag_id"] == row["flag_id"]]
        version, done = row["new_curriculum_version"], row["done_on"]
        before = own[own["ended_on"].isna() | (own["ended_on"] <= pd.Timestamp(row["decided_on"]))]
        parts = str(row["flag_id"]).split(":")
        if isinstance(version, str) and parts[1:2] != [version]:
            parts[1:2] = [version]
            # What the version was before is nothing that the decision did.
            later = rows[(rows["flag_id"] == ":".join(parts)) & (rows["ended_on"] > pd.Timestamp(row["decided_on"]))]
        elif pd.isna(done):
            later = own.iloc[:0]
        else:
            later = own[own["ended_on"] > pd.Timestamp(done)]
        before, later = st.shown(before, ["flag_id"]), st.shown(later, ["flag_id"])
        state_before, share_before = _state_of(rule, before, limits, background)
        state_after, share_after = _state_of(rule, later, limits, background)
        meanwhile = _others(every[~every["flag_id"].isin(followed)], own, row, later, limits)
        change = quality.change(share_after, share_before, *meanwhile[1:])
        p_better = change.below(0.0) if change else float("nan")
        decided.append(
            row
            | {
                "is_known": not own.empty,
                "state_before": state_before,
                **_counts(before, "before"),
                "state_after": state_after,
                **_counts(later, "after"),
                "n_classes_after": later["class_id"].nunique(),
                "n_others": meanwhile[0],
                "others_change": meanwhile[1] if meanwhile[0] else float("nan"),
                **_ends(change),
                "p_better": p_better,
                "improvement": _improvement(change, p_better, limits),
                "result": _result(state_after, p_better, limits),
            }
        )
    return pd.DataFrame(decided, columns=[*follow_ups.columns, *OUTCOME])


def outcomes(evidence: Mapping[str, pd.DataFrame], follow_ups: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """What came of every decision, each told by the rule whose flag it is about. `evidence`: rule → its class rows."""
    owner = {flag: name for name, rows in evidence.items() for flag in rows["flag_id"].unique()}
    first = next(iter(evidence))
    # A decision on a flag that nobody raised is told, too: no rule knows a class of it.
    of_rule = np.array([owner.get(flag, first) for flag in follow_ups["flag_id"]], dtype=object)
    return st.stacked(
        [
            outcomes_of(
                rules()[name],
                rows,
                follow_ups[of_rule == name],
                limits,
                quality.learn(st.shown(rows, ["flag_id"]), limits),
            )
            for name, rows in evidence.items()
        ]
    ).sort_values(["flag_id", "action", "decided_on"], ignore_index=True)


LEAST_OTHERS = 5
"""Flags that make a comparison: fewer say little of what would have been."""


def _others(
    rows: pd.DataFrame, own: pd.DataFrame, decision: Row, later: pd.DataFrame, limits: Limits
) -> tuple[int, float, float]:
    """How the shares of a flag's aspect rose meanwhile in other programs, on which nothing was decided: number of flags, mean rise and its
    standard error; zeros where there are too few. `own` are the flag's rows; a name of which there are none is no flag's."""
    if own.empty:
        return 0, 0.0, 0.0
    aspect, program = own[["aspect", "program_code"]].iloc[0]
    beside = rows[(rows["aspect"] == aspect) & (rows["program_code"] != program)]
    sides = []
    for part in (
        beside[beside["ended_on"] <= pd.Timestamp(decision["decided_on"])],
        beside[beside["ended_on"] >= later["ended_on"].min()],
    ):
        sums = part.groupby("flag_id")[["n_unfavourable", "n_observed"]].sum()
        sums = sums[sums["n_observed"] >= limits["minimum_respondents"]]
        sides.append(sums["n_unfavourable"] / sums["n_observed"])
    rise = (sides[1] - sides[0]).dropna()
    if len(rise) < LEAST_OTHERS:
        return 0, 0.0, 0.0
    return len(rise), float(rise.mean()), float(rise.std() / np.sqrt(len(rise)))


def _ends(change: quality.Change | None) -> Row:
    tail = (1 - st.CONFIDENCE) / 2
    ends = {"change": 0.5, "change_low": tail, "change_high": 1 - tail}
    return {name: change.at(end) if change else float("nan") for name, end in ends.items()}


def _improvement(change: quality.Change | None, p_better: float, limits: Limits) -> str:
    """Whether it helped: proven, or at least no improvement that matters, or not known."""
    if change is None:
        return "belum_diketahui"
    if round(p_better, st.DIGITS) >= limits["follow_up_probability"]:
        return "membaik"
    helped = change.below(-limits["follow_up_matters"])
    return "tidak_membaik" if helped <= 1 - st.CONFIDENCE else "belum_diketahui"


def _result(state_after: str | None, p_better: float, limits: Limits) -> str:
    """Resolved is what is green and better than before, beyond what chance and the choice of the worst explain."""
    if state_after in FLAGGED:
        return "berlanjut"
    is_better = state_after == "HIJAU" and round(p_better, st.DIGITS) >= limits["follow_up_probability"]
    return "selesai" if is_better else "belum dapat dinilai"


def _state_of(
    rule: Rule, rows: pd.DataFrame, limits: Limits, background: quality.Background
) -> tuple[str | None, st.Floats | None]:
    """The state of classes judged by themselves, and how probable each share is; None where there is nothing to judge."""
    if rows.empty:
        return None, None
    together = rows.assign(flag_id=rows["flag_id"].iloc[0])
    pooled = rule.pool(together, ["flag_id", "aspect"])
    told = rule.judge(pooled, together, background, limits)
    state = str(pooled["state"].iloc[0])
    return state, told.now[0] if state != "DATA_KURANG" else None


def _counts(rows: pd.DataFrame, when: str) -> Row:
    k, n = rows["n_unfavourable"].sum(min_count=len(rows) > 0), int(rows["n_observed"].sum())
    return {f"n_dissatisfied_{when}": k, f"n_respondents_{when}": n, f"share_{when}": float(st.divide(k, n))}


def life(outcomes: pd.DataFrame) -> dict[str, str]:
    """Flag → followed up, resolved or persisting: what came of the newest decision; of several of one day the worst judged result counts."""
    lives: dict[str, str] = {}
    order = ["ditindaklanjuti", "selesai", "berlanjut"]
    newest = outcomes[outcomes["decided_on"] == outcomes.groupby("flag_id")["decided_on"].transform("max")]
    for flag, result in zip(newest["flag_id"], newest["result"], strict=True):
        now = result if result in order else "ditindaklanjuti"
        if flag not in lives or order.index(now) > order.index(lives[flag]):
            lives[flag] = now
    return lives
