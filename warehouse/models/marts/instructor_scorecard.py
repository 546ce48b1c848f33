"""What participants thought of each narasumber.

---
description: >
  Each narasumber over all classes judged, with the share dissatisfied and its Wilson interval, and whether the
  evidence allows a firm judgement.
grain: narasumber
key: [instructor_id]
columns:
  instructor_id:
  instructor_name:
  instructor_type:
  affiliation:
  n_programs: {type: integer, description: "Programs in which the narasumber was judged.", label: "Jumlah program", unit: programs, minimum: 0}
  n_classes: {description: "Classes in which the narasumber was judged."}
  n_respondents:
  index_0_100:
  index_agency:
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  n_effective: {type: number, description: "Independent people that the respondents are worth, class by class (marts.reaction).", label: "Jumlah responden efektif", unit: people, minimum: 0}
  wilson_low: {description: "Lower bound of the two-sided 95 % Wilson interval of dissatisfied_share, of n_effective people."}
  wilson_high: {description: "Upper bound of the same interval."}
  is_firm: {type: boolean, description: "Judged in enough classes or by enough respondents (policy) for a firm judgement.", label: "Penilaian mantap"}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the sums."}
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import statistics as st

INPUTS = {
    "ratings": """
        select r.instructor_id, r.program_code, r.class_id, r.n_respondents, r.n_dissatisfied, r.index_0_100, r.index_agency, r.n_effective,
            r.is_suppressed, r.is_repeated
        from marts.reaction as r
        where r.instructor_id is not null and r.n_respondents > 0
    """,
    "people": "select instructor_id, instructor_name, instructor_type, affiliation from core.dim_instructor",
    "policy": "select policy, value, version from ops.policy",
}


def model(*, ratings: pd.DataFrame, people: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """One row per narasumber who was judged."""
    limits = st.policy_values(policy)
    numbers = ["n_dissatisfied", "index_0_100", "index_agency"]
    every = ratings.sort_values(["instructor_id", "class_id"]).astype(dict.fromkeys(numbers, float))
    rows = st.shown(every, ["instructor_id"])
    rows = rows.assign(
        share=rows["index_0_100"] * rows["n_respondents"], agency=rows["index_agency"] * rows["n_respondents"]
    )
    groups = rows.groupby("instructor_id", as_index=False, sort=True)
    scores = groups.agg(
        n_programs=("program_code", "nunique"),
        n_classes=("class_id", "nunique"),
        n_respondents=("n_respondents", "sum"),
        n_effective=("n_effective", "sum"),
    )
    sums = ["n_dissatisfied", "share", "agency"]
    scores[sums] = groups[sums].sum(min_count=1)[sums]
    n, k = scores["n_respondents"], scores["n_dissatisfied"]
    scores["index_0_100"], scores["index_agency"] = st.divide(scores["share"], n), st.divide(scores["agency"], n)
    scores["dissatisfied_share"] = st.divide(k, n)
    worth = scores["n_effective"]
    scores["wilson_low"], scores["wilson_high"] = st.wilson(scores["dissatisfied_share"] * worth, worth)
    scores["is_suppressed"] = scores["instructor_id"].isin(every.loc[every["is_suppressed"], "instructor_id"])
    scores["is_firm"] = (
        k.notna()
        & (n >= limits["minimum_respondents_judged"])
        & (
            (scores["n_classes"] >= limits["minimum_batches_instructor"])
            | (n >= limits["minimum_respondents_instructor"])
        )
    )
    return st.rounded(scores.merge(people, on="instructor_id", how="left"))
