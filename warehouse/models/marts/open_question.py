"""What is not known yet of each program, and what would settle it.

---
description: >
  Questions that what was delivered leaves open: whether a program changes performance, and flags that are yellow or cannot be judged. For each how
  large an effect could have been found, how large a one matters, and how many places of a lottery, or batches, would
  settle it with a power of 80 %. Plans, not promises: they hold if what comes is as what was seen.
grain: program × question × what it is about
key: [program_code, question, about]
columns:
  program_code:
  program_name: {nullable: true}
  question: {type: text, description: "effect: does it change performance? flag: is the share above the tolerated one?", label: "Pertanyaan", values: {effect: [], flag: []}}
  about: {type: text, description: "The measure of performance, or the flag.", label: "Tentang"}
  answer: {type: text, description: "What is known: the grade of evidence, or the state.", label: "Sekarang", values: {perubahan: [], tidak_dapat_disimpulkan: [], KUNING: [], DATA_KURANG: []}}
  detectable: {type: number, description: "effect: smallest effect that what was delivered would have shown with a power of 80 %.", label: "Pengaruh terkecil yang dapat terlihat", minimum: 0, nullable: true}
  smallest: {type: number, description: "effect: smallest effect that matters (effect_matters standard deviations before).", label: "Pengaruh terkecil yang berarti", minimum: 0, nullable: true}
  needs: {type: text, description: "What settles it: places of a lottery whose losers are recorded, batches, or respondents.", label: "Yang diperlukan", values: {lottery_places: [], batches: [], respondents: []}}
  n_now: {type: integer, description: "How many of them there are.", label: "Sudah ada", minimum: 0, nullable: true}
  n_needed: {type: integer, description: "How many are needed in all; empty where the spread is not known, or more than plan_most_batches batches would be.", label: "Diperlukan", minimum: 0, nullable: true}
  n_more: {type: integer, description: "How many more.", label: "Masih diperlukan", minimum: 0, nullable: true}
  n_losers: {type: integer, description: "effect: people whom the lottery leaves out beside.", label: "Tidak terpilih", unit: people, minimum: 0, nullable: true}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import power
from warehouse.evaluation import statistics as st

INPUTS = {
    "effects": """
        select program_code, design, outcome, evidence_grade, n_trained, n_control, n_drawn_in, se, detectable, smallest
        from marts.performance_effect
        where outcome = 'numeric_score'
    """,
    "flags": """
        select
            flag_id, program_code, state, share_now, tolerated_share, icc, n_classes, n_classes_now, n_observed, n_observed_now
        from marts.curriculum_flag
        where state in ('KUNING', 'DATA_KURANG')
    """,
    "policy": "select policy, value, version from ops.policy",
}
SETTLED = ("terbukti", "didukung", "tanpa_pengaruh")
COLUMNS = [
    "program_code", "question", "about", "answer", "detectable", "smallest", "needs", "n_now", "n_needed", "n_more", "n_losers",
]  # fmt: skip


def model(*, effects: pd.DataFrame, flags: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """One row per open question."""
    limits = st.policy_values(policy)
    questions = pd.concat([_of_effects(effects), _of_flags(flags, limits)], ignore_index=True)
    questions["n_more"] = (questions["n_needed"] - questions["n_now"].fillna(0)).clip(lower=0)
    for name in ("n_now", "n_needed", "n_more", "n_losers"):
        questions[name] = questions[name].astype("Float64").astype("Int64")
    return st.rounded(questions[COLUMNS])


def _of_effects(effects: pd.DataFrame) -> pd.DataFrame:
    """Programs of which no design settles it; told by the design that knows most: a lottery, else the most people."""
    rows = effects.astype(
        dict.fromkeys(("n_trained", "n_control", "n_drawn_in", "se", "detectable", "smallest"), float)
    )
    rows = rows[~rows["program_code"].isin(rows.loc[rows["evidence_grade"].isin(SETTLED), "program_code"])]
    rows = rows.assign(is_lottery=rows["design"] == "lottery").sort_values(
        ["program_code", "is_lottery", "n_trained", "design"], ascending=[True, False, False, True]
    )
    rows = rows.drop_duplicates("program_code").reset_index(drop=True)
    spread = power.spread_of(rows["se"], rows["n_trained"], rows["n_control"])
    places, losers = power.lottery(spread, rows["smallest"])
    return pd.DataFrame(
        {
            "program_code": rows["program_code"], "question": "effect", "about": "numeric_score", "answer": rows["evidence_grade"],
            "detectable": rows["detectable"], "smallest": rows["smallest"], "needs": "lottery_places", "n_now": rows["n_drawn_in"].fillna(0),
            "n_needed": places, "n_losers": losers,
        }
    )  # fmt: skip


def _of_flags(flags: pd.DataFrame, limits: dict[str, float]) -> pd.DataFrame:
    """Yellow flags by batches like those since their present quality, flags without enough answers by respondents."""
    rows = flags.sort_values("flag_id", ignore_index=True)
    is_few = rows["state"] == "DATA_KURANG"
    numbers = {name: rows[name].astype(float) for name in rows.columns.difference(["flag_id", "program_code", "state"])}
    size = st.divide(numbers["n_observed_now"], numbers["n_classes_now"])
    needed = power.batches(numbers["share_now"], numbers["tolerated_share"], size, numbers["icc"])
    needed = np.where(needed <= limits["plan_most_batches"], np.maximum(needed, numbers["n_classes_now"] + 1), np.nan)
    return pd.DataFrame(
        {
            "program_code": rows["program_code"], "question": "flag", "about": rows["flag_id"], "answer": rows["state"],
            "detectable": np.nan, "smallest": np.nan, "needs": np.where(is_few, "respondents", "batches"),
            "n_now": np.where(is_few, numbers["n_observed"], numbers["n_classes_now"]),
            "n_needed": np.where(is_few, limits["minimum_respondents_judged"], needed), "n_losers": np.nan,
        }
    )  # fmt: skip
