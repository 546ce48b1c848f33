"""What participants thought of a class.

---
description: >
  Reaction (Kirkpatrick level 1) to each class by aspect. A row without instructor_id is the class as a whole; for aspect
  NARASUMBER one row per narasumber stands beside it. The unit is the respondent, whose score is the mean of their items.
grain: class × aspect × narasumber judged (none, the class as a whole)
key: [class_id, aspect, instructor_id]
metrics: {index_0_100: "sum(case when is_whole_class then index_0_100 * n_respondents end) / nullif(sum(case when is_whole_class and not is_suppressed then n_respondents end), 0)"}
small_groups:
  - {people: n_smallest, hides: [n_straight_liners, index_0_100, index_agency, n_dissatisfied, dissatisfied_share, wilson_low, wilson_high, lower_one_sided, share_low, share_high, index_low, index_high, dissatisfied_low_bound, dissatisfied_high_bound, index_shrunk]}
withholds:
  - table: core.fact_survey_response
    columns: [score, score_share, agency_share, is_dissatisfied]
    rows: >
      select distinct c.class_key, i.survey_item_key from marts.reaction as r
      inner join core.dim_class as c on r.class_id = c.class_id
      inner join core.dim_survey_item as i on r.aspect = i.aspect
      where r.is_suppressed
columns:
  class_id:
  class_ended_on:
  aspect:
  instructor_id: {nullable: true}
  instructor_name:
  is_whole_class: {type: boolean, description: "True for the class as a whole, false for one narasumber of it.", label: "Seluruh kelas"}
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  method:
  n_expected: {description: "Enrolled people who did not withdraw; where more forms came than that, who withdrew answered, too: all enrolled. Empty without a list, and where more forms came than that."}
  n_respondents:
  n_answers:
  n_forms: {type: integer, description: "Forms of the class with at least one answered question, of any aspect.", label: "Jumlah formulir", unit: forms, minimum: 0}
  n_straight_liners: {type: integer, description: "Respondents who gave one and the same score to all (at least five) questions of the form. Counted, never dropped.", label: "Jumlah jawaban seragam", unit: people, minimum: 0, nullable: true}
  response_rate:
  index_0_100: {nullable: true}
  index_agency: {nullable: true}
  n_dissatisfied: {description: "Respondents whose mean over the aspect's items lies in the lower half of the scale.", nullable: true}
  dissatisfied_share: {nullable: true}
  wilson_low: {description: "Lower bound of the two-sided 95 % Wilson interval of dissatisfied_share: of this class, by chance alone.", nullable: true}
  wilson_high: {description: "Upper bound of the same interval.", nullable: true}
  icc: {type: number, description: "Intra-class correlation to be expected of the aspect's classes: how much answers of one class hang together.", label: "Korelasi dalam kelas", unit: share, minimum: 0, maximum: 1}
  n_effective: {type: number, description: "Independent people that the respondents of the class are worth: n ÷ (1 + (n − 1)·icc).", label: "Jumlah responden efektif", unit: people, minimum: 0}
  share_low: {type: number, description: "Lower bound of the 95 % Wilson interval of n_effective people: of the lasting quality behind the class, hence without what all programs shared in its month.", label: "Batas bawah porsi bertahan", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  share_high: {type: number, description: "Upper bound of the same interval, with it.", label: "Batas atas porsi bertahan", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  index_low: {type: number, description: "Lower end of the 95 % interval of the lasting index behind the class: knows how much people of a class and classes of a curriculum differ.", label: "Batas bawah indeks bertahan", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  index_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas indeks bertahan", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  lower_one_sided: {type: number, description: "One-sided Wilson lower bound of dissatisfied_share at the policy's confidence: what flags are judged by.", label: "Batas bawah satu sisi", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  dissatisfied_low_bound: {type: number, description: "Share dissatisfied if all who were expected and did not answer were satisfied (Manski); empty where forms are repeated.", label: "Batas bawah nonrespons", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  dissatisfied_high_bound: {type: number, description: "Share dissatisfied if all who were expected and did not answer were dissatisfied (Manski).", label: "Batas atas nonrespons", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  index_shrunk: {type: number, description: "index_0_100 drawn toward the mean of classes of the same method and aspect (empirical Bayes); empty with too few classes.", label: "Indeks 0–100 terkoreksi", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  n_smallest: {type: integer, description: "Respondents; of a narasumber the fewest who judged any one in the class, named or not: the class less the others would give them. Of the class as a whole, where its narasumber are told about, the fewest forms that judge the same ones by as many answers.", label: "Jumlah responden kelompok terkecil", unit: people, minimum: 0}
  is_suppressed: {description: "True where numbers are left out: fewer than minimum_cell_size respondents, here or, of the judgements of narasumber in a class, in any of them."}
  is_repeated: {type: boolean, description: "More respondents than people enrolled: forms were sent twice, or the list is not that of the class.", label: "Diduga formulir berulang"}
  last_answered_on: {type: date, description: "Day of the last answer, where forms bear a time.", label: "Jawaban terakhir", nullable: true}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from schemas.fields import ASPECTS
from warehouse.evaluation import quality
from warehouse.evaluation import statistics as st

NORMAL = float(ndtri((1 + st.CONFIDENCE) / 2))


def _each_aspect(column: str) -> str:
    """One aggregate of the answers per aspect: a form is one row, so that millions of answers are grouped but once."""
    value = {"n": "1", "share": "f.score_share", "agency": "f.agency_share"}[column]
    return ", ".join(f"sum(case when i.aspect = '{a}' then {value} end) as {column}_{a}" for a in ASPECTS)


def _of_aspect(column: str) -> str:
    return "case a.aspect " + " ".join(f"when '{a}' then f.{column}_{a}" for a in ASPECTS) + " end"


_ANSWERS = """
    from core.fact_survey_response as f
    inner join core.dim_survey_item as i on f.survey_item_key = i.survey_item_key
    cross join (select year(as_of) * 10000 + month(as_of) * 100 + day(as_of) as today from ops.run) as r
    where f.score_share is not null and f.class_key <> 'unknown' and f.submitted_date_key <= r.today
"""

# Sums over people are made of decimals: exact, hence the same whatever the order of the rows.
INPUTS = {
    "cells": f"""
        with answered as (
            select
                f.class_key, f.response_id,
                count(*) as n, min(f.score) as lowest, max(f.score) as highest, max(f.submitted_date_key) as answered,
                {_each_aspect("n")},
                {_each_aspect("share")},
                {_each_aspect("agency")}
            {_ANSWERS}
            group by f.class_key, f.response_id
        ),
        forms as (
            select *, case when n >= 5 and lowest = highest then 1 else 0 end as is_straight
            from answered
        ),
        judged as (
            select f.class_key, f.response_id, f.instructor_key,
                count(*) as n, sum(f.score_share) as share, sum(f.agency_share) as agency
            {_ANSWERS} and i.aspect = 'NARASUMBER' and f.instructor_key <> 'unknown'
            group by f.class_key, f.response_id, f.instructor_key
        ),
        aspects as (
            select distinct aspect from core.dim_survey_item where aspect is not null
        ),
        respondents as (
            select
                f.class_key, a.aspect, 'all' as instructor_key, f.is_straight, f.answered,
                {_of_aspect("n")} as n, {_of_aspect("share")} as share, {_of_aspect("agency")} as agency
            from forms as f
            cross join aspects as a
            union all
            select
                j.class_key, 'NARASUMBER' as aspect, j.instructor_key, f.is_straight, f.answered,
                j.n, j.share, j.agency
            from judged as j
            inner join forms as f on j.class_key = f.class_key and j.response_id = f.response_id
        ),
        means as (
            select
                class_key, aspect, instructor_key, n, answered, is_straight,
                cast(round(share / nullif(n, 0), 9) as decimal(18, 9)) as share,
                cast(round(agency / nullif(n, 0), 9) as decimal(18, 9)) as agency
            from respondents
            where n > 0
        ),
        totals as (
            select
                class_key, aspect, instructor_key,
                count(*) as n_respondents,
                sum(n) as n_answers,
                sum(is_straight) as n_straight_liners,
                sum(share) as share_sum,
                sum(agency) as agency_sum,
                sum(cast(share as decimal(10, 9)) * cast(share as decimal(10, 9))) as share_squares,
                count(case when share < 0.5 then 1 end) as n_dissatisfied,
                max(answered) as answered
            from means
            group by class_key, aspect, instructor_key
        ),
        ranked as (
            select *, dense_rank() over (partition by class_key order by instructor_key nulls last) as nth
            from judged
        ),
        -- Which narasumber a form judges, by how many answers, told by sums of powers: forms alike are one part of the class.
        judges as (
            select
                f.class_key, f.response_id, max(f.n_NARASUMBER) as n, sum(r.n * r.nth) as first_power,
                sum(r.n * r.nth * r.nth) as second_power, sum(r.n * r.nth * r.nth * r.nth) as third_power
            from forms as f
            left join ranked as r on f.class_key = r.class_key and f.response_id = r.response_id
            where f.n_NARASUMBER > 0
            group by f.class_key, f.response_id
        ),
        parts as (
            select class_key, count(*) as n_forms
            from judges
            group by class_key, n, first_power, second_power, third_power
        ),
        smallest_parts as (
            select class_key, min(n_forms) as n_part from parts group by class_key
        ),
        form_counts as (
            select class_key, count(*) as n_forms from forms group by class_key
        ),
        unnamed as (
            select f.class_key, count(distinct f.response_id) as n_respondents
            {_ANSWERS} and i.aspect = 'NARASUMBER' and f.instructor_key = 'unknown'
            group by f.class_key
        )
        select
            c.class_id, t.aspect, i.instructor_id, i.instructor_id is null as is_whole_class,
            c.program_code, c.curriculum_version, c.method,
            -- A form is nobody's: one more than were expected came from somebody who withdrew, or came twice.
            case
                when n.n_forms <= e.n_expected then e.n_expected
                when n.n_forms <= e.n_enrolled and e.n_expected is not null then e.n_enrolled
            end as n_expected,
            -- Of a list that is too small to be told about it is known how many are on it.
            coalesce(t.n_respondents > e.n_enrolled, false) as is_repeated,
            t.n_respondents, t.n_answers, n.n_forms, t.n_straight_liners, t.n_dissatisfied,
            case when t.aspect = 'NARASUMBER' then s.n_part end as n_part,
            -- The judgements of a class's narasumber go together: the class less the others would give the small one.
            case
                when i.instructor_id is null then t.n_respondents
                else least(min(t.n_respondents) over (partition by t.class_key, i.instructor_id is null), u.n_respondents)
            end as n_smallest,
            cast(t.share_sum as double) as share_sum,
            cast(t.agency_sum as double) as agency_sum,
            cast(t.share_squares as double) as share_squares,
            d.date_on as last_answered_on,
            coalesce(c.ended_on, d.date_on) as ended_on
        from totals as t
        inner join core.dim_class as c on t.class_key = c.class_key
        inner join form_counts as n on t.class_key = n.class_key
        left join unnamed as u on t.class_key = u.class_key
        left join smallest_parts as s on t.class_key = s.class_key
        left join marts.class_participants as e on c.class_id = e.class_id
        left join core.dim_instructor as i on t.instructor_key = i.instructor_key
        left join core.dim_date as d on t.answered = d.date_key and d.date_key <> 0
    """,
    "policy": "select policy, value, version from ops.policy",
}


def model(*, cells: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """Shares, indices and intervals of each cell."""
    limits = st.policy_values(policy)
    judged = cells.sort_values(["class_id", "aspect", "instructor_id"], ignore_index=True, na_position="first")
    n, k = judged["n_respondents"].to_numpy(dtype=float), judged["n_dissatisfied"].to_numpy(dtype=float)
    expected = judged["n_expected"].to_numpy(dtype=float)
    judged["response_rate"] = st.divide(n, expected)
    judged["index_0_100"] = 100 * st.divide(judged["share_sum"], n)
    judged["index_agency"] = 100 * st.divide(judged["agency_sum"], n)
    judged["dissatisfied_share"] = st.divide(k, n)
    judged["wilson_low"], judged["wilson_high"] = st.wilson(k, n)
    judged["lower_one_sided"] = st.wilson_lower(k, n, limits["flag_confidence"])
    judged["n_smallest"] = _smallest(judged, limits["minimum_cell_size"])
    everybody = np.where(expected > 0, expected, np.nan)
    judged["dissatisfied_low_bound"] = st.divide(k, everybody)
    judged["dissatisfied_high_bound"] = st.divide(k + everybody - n, everybody)
    _know_the_class(judged, limits)
    judged["index_shrunk"] = _shrunk(judged, limits["minimum_classes_shrinkage"], limits["minimum_cell_size"])
    return st.rounded(judged)


def _smallest(judged: pd.DataFrame, least: float) -> pd.Series:
    """`n_smallest`, where a class as a whole less its narasumber, who are shown, would give the few forms that judge other ones, or
    with other questions, than the rest: those."""
    is_told = judged["n_smallest"] >= least
    named = set(judged.loc[is_told & ~judged["is_whole_class"], "class_id"])
    part = judged["n_part"].astype(float)
    is_overlapping = judged["is_whole_class"] & judged["class_id"].isin(named) & (part < least)
    return judged["n_smallest"].mask(is_overlapping, part).astype(int)


def _know_the_class(judged: pd.DataFrame, limits: dict[str, float]) -> None:
    """Add the intervals of what lasts behind a class. What is left out, or is no count of people, lends nothing to them."""
    kind = judged["aspect"] + np.where(judged["is_whole_class"], "", ":")
    rows = pd.DataFrame({
        "aspect": kind, "program_code": judged["program_code"], "class_id": judged["class_id"], "ended_on": judged["ended_on"],
        "n_observed": judged["n_respondents"], "n_unfavourable": judged["n_dissatisfied"].astype(float),
        "mean": judged["index_0_100"], "variance": 1e4 * st.spread(judged["n_respondents"], judged["share_sum"], judged["share_squares"]),
        "flag_id": kind + ":" + judged["program_code"] + ":" + judged["curriculum_version"] + ":" + judged["instructor_id"].fillna(""),
    })  # fmt: skip
    counts = (judged["n_smallest"] >= limits["minimum_cell_size"]) & ~judged["is_repeated"]
    rows = rows[counts].sort_values(["flag_id", "ended_on", "class_id"], na_position="first")
    background = quality.learn(rows, limits, has_moods=False)
    judged["icc"] = [background.icc(name) for name in kind]
    n = judged["n_respondents"].to_numpy(dtype=float)
    worth = n / quality.design_effect(n, judged["icc"].to_numpy())
    judged["n_effective"] = worth
    # A month that is bad for all says nothing lasting: the interval reaches down to what is left without it.
    excess = background.excess(judged.assign(aspect=kind))
    share = judged["dissatisfied_share"]
    judged["share_low"], _ = st.wilson((share - excess).clip(lower=0) * worth, worth)
    _, judged["share_high"] = st.wilson(share * worth, worth)
    judged["index_low"] = judged["index_high"] = np.nan
    for name, part in rows.groupby("aspect", sort=True):
        own = (kind == name).to_numpy()
        between, within = quality.variances(part)
        half = NORMAL * np.sqrt(between + within / n[own])
        judged.loc[own, "index_low"] = (judged.loc[own, "index_0_100"] - half).clip(lower=0)
        judged.loc[own, "index_high"] = (judged.loc[own, "index_0_100"] + half).clip(upper=100)


def _shrunk(judged: pd.DataFrame, minimum: float, least: float) -> pd.Series:
    # A small cell that took part in the mean of all could be worked out of what the others were drawn to.
    shrunk = pd.Series(np.nan, index=judged.index)
    group = [judged["method"].fillna("?"), judged["aspect"], judged["instructor_id"].notna()]
    for _, part in judged[judged["n_smallest"] >= least].groupby(group, sort=True):
        if part["class_id"].nunique() < minimum:
            continue
        size = part["n_respondents"]
        within = st.spread(size, part["share_sum"], part["share_squares"]) * (size - 1)
        pooled = float(st.divide(np.nansum(within), (size - 1).sum()))
        shrunk.loc[part.index] = 100 * st.shrink(part["share_sum"] / size, size, pooled)
    return shrunk.clip(0, 100)
