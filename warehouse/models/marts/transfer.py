"""Whether what was learnt is carried to work.

---
description: >
  Transfer along Kirkpatrick's levels in the same people: whether those of a class who learnt more changed their behaviour more, and whether
  those who changed more are rated higher than before. Compared within classes, so that what a whole class has in common says nothing. An association: who learns more
  may differ in other ways, too.
grain: program × link
key: [program_code, link]
small_groups:
  - {people: n_people, hides: [correlation, slope, slope_low, slope_high, p_value, p_adjusted, carries]}
columns:
  program_code:
  program_name: {nullable: true}
  link: {type: text, description: "Between which two levels: gain in points from pre-test to post-test (learning), mean change observed by supervisors and peers in points of 100 (behaviour), change of the numeric score between the periods around the class (performance).", label: "Mata rantai", values: {learning_behaviour: [], behaviour_performance: [], learning_performance: []}}
  n_people: {type: integer, description: "People of whom both are known, in classes with another such person.", label: "Jumlah orang", unit: people, minimum: 0}
  n_classes: {type: integer, description: "Their classes.", label: "Jumlah kelas", unit: classes, minimum: 0}
  n_units: {type: integer, description: "Their units.", label: "Jumlah unit kerja", unit: units, minimum: 0}
  correlation: {type: number, description: "Correlation within classes; empty where all are alike.", label: "Korelasi", minimum: -1, maximum: 1, nullable: true}
  slope: {type: number, description: "Points of the later level per point of the earlier one, within classes.", label: "Kemiringan", nullable: true}
  slope_low: {type: number, description: "Lower end of its 95 % interval, clustered by unit; empty below two.", label: "Batas bawah kemiringan", nullable: true}
  slope_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas kemiringan", nullable: true}
  p_value: {type: number, description: "Two-sided p-value of no association.", label: "Nilai p", minimum: 0, maximum: 1, nullable: true}
  p_adjusted: {type: number, description: "The same, corrected over the programs of the link (Holm).", label: "Nilai p terkoreksi", minimum: 0, maximum: 1, nullable: true}
  carries: {type: text, description: "terbawa (who has more of the earlier has more of the later, p_adjusted at most 0.05), berlawanan (less), belum_diketahui. Fewer than effect_minimum_clusters units show nothing.", label: "Terbawa ke pekerjaan", values: {terbawa: [], berlawanan: [], belum_diketahui: []}, nullable: true}
  is_suppressed:
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import comparison, effects, learning
from warehouse.evaluation import statistics as st

INPUTS = {
    "people": f"""
        with {comparison.SCORES},
        {learning.TESTED},
        learnt as (
            select t.class_key, t.employee_id, t.post - t.pre as learning
            from tested as t
            inner join core.dim_class as c on t.class_key = c.class_key
            inner join marts.learning_gain as g on c.class_id = g.class_id
            where not g.is_suppressed
        ),
        aspects as (
            select f.class_key, f.employee_id, f.observer_role, f.aspect,
                avg(case when f.phase = 'after' then f.score_share end) - avg(case when f.phase = 'before' then f.score_share end) as change
            from core.fact_observation as f
            inner join core.dim_class as c on f.class_key = c.class_key
            inner join marts.behaviour_change as b on c.program_code = b.program_code and f.observer_role = b.observer_role
            where f.observer_role in ('supervisor', 'peer') and not b.is_suppressed
            group by f.class_key, f.employee_id, f.observer_role, f.aspect
        ),
        seen as (
            select class_key, employee_id, observer_role, avg(change) as change from aspects group by class_key, employee_id, observer_role
        ),
        behaved as (
            select class_key, employee_id, 100.0 * avg(change) as behaviour from seen group by class_key, employee_id
        ),
        rated as (
            select t.program_code, t.employee_id, x.unit_code, y.value - x.value as performance
            from trained as t
            inner join scores as x on t.employee_id = x.employee_id and x.period_end < t.start_date
            inner join scores as y
                on x.employee_id = y.employee_id and x.outcome = y.outcome and x.regime = y.regime and x.span = y.span
                and y.period_start > t.end_date
            where x.outcome = 'numeric_score'
            qualify row_number() over (
                partition by t.program_code, t.employee_id
                order by x.period_end desc nulls last, x.span nulls last, x.regime nulls last, y.period_start nulls last
            ) = 1
        )
        select
            t.program_code, t.class_id, t.employee_id, coalesce(r.unit_code, u.unit_code, 'unknown') as unit_code,
            cast(round(l.learning, 9) as double) as learning, cast(round(b.behaviour, 9) as double) as behaviour,
            cast(round(r.performance, 9) as double) as performance
        from trained as t
        inner join core.dim_class as c on t.class_id = c.class_id
        left join core.bridge_employee_unit as e on t.employee_id = e.employee_id and t.end_date between e.valid_from and e.valid_through
        left join core.dim_unit as u on e.unit_key = u.unit_key
        left join learnt as l on c.class_key = l.class_key and t.employee_id = l.employee_id
        left join behaved as b on c.class_key = b.class_key and t.employee_id = b.employee_id
        left join rated as r on t.program_code = r.program_code and t.employee_id = r.employee_id
        where l.learning is not null or b.behaviour is not null
    """,
    "policy": "select policy, value, version from ops.policy",
}
LINKS = (("learning", "behaviour"), ("behaviour", "performance"), ("learning", "performance"))
POLICIES = ("effect_minimum_clusters",)


def model(*, people: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """One row per program and link of which anything is known. `people`: one row per person and program."""
    limits = st.policy_values(policy)
    people = people.sort_values(["program_code", "class_id", "employee_id"], ignore_index=True)
    links = [_link(people, earlier, later, limits) for earlier, later in LINKS]
    rows = pd.concat(links, ignore_index=True)
    rows["rule_version"] = st.policy_version(policy, POLICIES)
    return st.rounded(rows)


COLUMNS = [
    "program_code", "link", "n_people", "n_classes", "n_units", "correlation", "slope", "slope_low", "slope_high", "p_value", "p_adjusted",
    "carries",
]  # fmt: skip


def _link(people: pd.DataFrame, earlier: str, later: str, limits: dict[str, float]) -> pd.DataFrame:
    """Each program's association of two levels within its classes."""
    known = people.dropna(subset=[earlier, later])
    known = known[known.groupby("class_id")["employee_id"].transform("size") > 1]
    rows: list[dict[str, object]] = []
    for program, own in known.groupby("program_code", sort=True):
        x, y = (own[name] - own.groupby("class_id")[name].transform("mean") for name in (earlier, later))
        slope, se, n_units = st.clustered_slope(x.to_numpy(), y.to_numpy(), own["unit_code"].to_numpy())
        spread = float(np.sqrt((x**2).sum() * (y**2).sum()))
        low, high, p = st.t_test(slope, se, n_units - 1)
        rows.append({
            "program_code": program, "link": f"{earlier}_{later}", "n_people": len(own), "n_classes": own["class_id"].nunique(),
            "n_units": n_units, "correlation": float(st.divide((x * y).sum(), spread if spread > 1e-9 else 0.0)), "slope": slope,
            "slope_low": float(low), "slope_high": float(high), "p_value": float(p),
        })  # fmt: skip
    links = pd.DataFrame(rows, columns=COLUMNS).astype({"p_adjusted": float})
    # Programs of few people or units are not among those of which something could be said.
    told = (links["n_people"] >= limits["minimum_cell_size"]) & (links["n_units"] >= limits["effect_minimum_clusters"])
    links.loc[told, "p_adjusted"] = st.holm(list(links.loc[told, "p_value"]))
    upward = np.where(links["slope"].astype(float) > 0, "terbawa", "berlawanan")
    links["carries"] = np.where(links["p_adjusted"].astype(float) <= effects.ALPHA, upward, "belum_diketahui")
    return links
