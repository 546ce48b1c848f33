"""How observed behaviour changed.

---
description: >
  Behaviour at work (Kirkpatrick level 3) observed before and after the class in the same aspects of the same people, by who
  observed. There is no comparison group, so the word is change, never effect.
grain: program × observer role
key: [program_code, observer_role]
metrics: {change_mean: avg(change)}
small_groups:
  - {people: n_pairs, hides: [before_mean, after_mean, change, change_low, change_high, p_value, n_improved, n_worsened, improved_share]}
columns:
  program_code:
  program_name: {nullable: true}
  observer_role: {type: text, description: "Who observed.", label: "Pengamat", values: {self: [], supervisor: [], peer: []}}
  n_before: {type: integer, description: "People observed before.", label: "Jumlah diamati sebelum", unit: people, minimum: 0}
  n_after: {type: integer, description: "People observed after.", label: "Jumlah diamati sesudah", unit: people, minimum: 0}
  n_pairs: {description: "People of one class of whom this role observed an aspect both before and after."}
  n_raters: {type: integer, description: "Observers of the pairs after the class: the named ones, of several for a person the one who observed most people; a unit stands for its unnamed supervisor, a person for an unnamed peer and for themselves.", label: "Jumlah pengamat", unit: people, minimum: 0}
  before_mean: {type: number, description: "Mean score of the pairs before.", label: "Rata-rata sebelum", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  after_mean: {type: number, description: "Mean score of the pairs after.", label: "Rata-rata sesudah", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  change: {type: number, description: "after_mean − before_mean.", label: "Perubahan", unit: points, nullable: true}
  change_low: {type: number, description: "Lower end of the 95 % interval of change, clustered by observer; empty below two.", label: "Batas bawah perubahan", unit: points, nullable: true}
  change_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas perubahan", unit: points, nullable: true}
  p_value: {type: number, description: "Two-sided p-value of no change, clustered by observer.", label: "Nilai p", minimum: 0, maximum: 1, nullable: true}
  n_improved: {type: integer, description: "Pairs with a higher score after.", label: "Jumlah membaik", unit: people, minimum: 0, nullable: true}
  n_worsened: {type: integer, description: "Pairs with a lower score after.", label: "Jumlah memburuk", unit: people, minimum: 0, nullable: true}
  improved_share: {type: number, description: "n_improved ÷ n_pairs.", label: "Porsi membaik", share_of: [n_improved, n_pairs], unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  claim: {type: text, description: "Always change: nobody untrained was observed.", label: "Jenis pernyataan", values: {change: []}}
  is_suppressed:
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import statistics as st

INPUTS = {
    "people": """
        with observed as (
            select
                o.class_key, o.employee_id, o.observer_role, o.phase, o.aspect, o.score_share,
                coalesce(
                    'NIP ' || o.observer_id, case when o.observer_role = 'supervisor' then 'unit ' || e.unit_code end, o.employee_id
                ) as rater
            from core.fact_observation as o
            left join core.dim_employee as e on o.employee_key = e.employee_key
            where o.score_share is not null and o.class_key <> 'unknown'
        ),
        reach as (
            select observer_role, rater, count(distinct employee_id) as n
            from observed
            where phase = 'after'
            group by observer_role, rater
        ),
        -- Of several who observed a person after the class it is the one who observed most people.
        raters as (
            select o.class_key, o.employee_id, o.observer_role, o.rater
            from observed as o
            inner join reach as r on o.observer_role = r.observer_role and o.rater = r.rater
            where o.phase = 'after'
            qualify row_number() over (partition by o.class_key, o.employee_id, o.observer_role order by r.n desc nulls last, o.rater nulls last) = 1
        ),
        aspects as (
            select
                class_key, employee_id, observer_role, aspect,
                avg(case when phase = 'before' then score_share end) as before,
                avg(case when phase = 'after' then score_share end) as after
            from observed
            group by class_key, employee_id, observer_role, aspect
        ),
        -- An aspect that was asked on one side alone would pass for a change.
        people as (
            select
                class_key, employee_id, observer_role,
                count(before) as n_before, count(after) as n_after,
                cast(round(100.0 * avg(case when after is not null then before end), 9) as decimal(18, 9)) as before,
                cast(round(100.0 * avg(case when before is not null then after end), 9) as decimal(18, 9)) as after
            from aspects
            group by class_key, employee_id, observer_role
        )
        select
            c.program_code,
            p.observer_role,
            coalesce(r.rater, p.employee_id) as rater,
            count(nullif(p.n_before, 0)) as n_before,
            count(nullif(p.n_after, 0)) as n_after,
            count(p.before) as n_pairs,
            cast(sum(p.before) as double) as before_sum,
            cast(sum(p.after) as double) as after_sum,
            count(case when p.after > p.before then 1 end) as n_improved,
            count(case when p.after < p.before then 1 end) as n_worsened
        from people as p
        inner join core.dim_class as c on p.class_key = c.class_key
        left join raters as r
            on p.class_key = r.class_key and p.employee_id = r.employee_id and p.observer_role = r.observer_role
        group by c.program_code, p.observer_role, coalesce(r.rater, p.employee_id)
    """
}


def model(*, people: pd.DataFrame) -> pd.DataFrame:
    """Paired change with its interval. `people`: one row per program, role and rater."""
    by = ["program_code", "observer_role"]
    people = people.sort_values([*by, "rater"], ignore_index=True)
    counts = ["n_before", "n_after", "n_pairs", "before_sum", "after_sum", "n_improved", "n_worsened"]
    changes = people.groupby(by, as_index=False)[counts].sum()
    pairs = people[people["n_pairs"] > 0]
    intervals = {
        key: (len(part), *st.clustered_mean(part["n_pairs"], part["after_sum"] - part["before_sum"]))
        for key, part in pairs.groupby(by)
    }
    unseen = (0, *[float("nan")] * 3)
    found = [intervals.get(key, unseen) for key in zip(*(changes[name] for name in by), strict=True)]
    names = ["n_raters", "change_low", "change_high", "p_value"]
    changes = changes.join(pd.DataFrame(found, columns=names, index=changes.index))
    n = changes["n_pairs"]
    for phase in ("before", "after"):
        changes[f"{phase}_mean"] = st.divide(changes.pop(f"{phase}_sum"), n)
    changes["change"] = changes["after_mean"] - changes["before_mean"]
    changes["improved_share"] = st.divide(changes["n_improved"], n)
    changes["claim"] = "change"
    return st.rounded(changes)
