"""What forms of delivery bring and cost, compared within programs.

---
description: >
  Forms of delivery on satisfaction, gain, observed behaviour and cost. The unit is the class. The plain means mix methods
  with the programs that use them; the adjusted difference compares classes of one program only, and is empty where no
  program was given in two forms. Classes were not given their form by lot: a difference, never an effect.
grain: method × measure
key: [method, measure]
small_groups:
  - {people: n_people, hides: [mean, mean_low, mean_high, adjusted_difference, adjusted_low, adjusted_high]}
columns:
  method: {nullable: false, values: {tatap_muka: [], seminar: [], workshop: [], bimbingan_teknis: [], e_learning: [], blended: [], other: [], unknown: []}}
  measure: {type: text, description: "satisfaction: mean index_0_100 over the class's aspects. gain: gain_class. behaviour: mean change observed by supervisors and peers. cost_per_participant: rupiah per person not withdrawn. cost_per_gain_point: rupiah of all classes with a known cost and gain over the points that their people gained together, also those of classes without gain; empty where they gained none, and never compared within programs.", label: "Ukuran", values: {satisfaction: [], gain: [], behaviour: [], cost_per_participant: [], cost_per_gain_point: []}}
  n_classes: {description: "Classes of the method with a known value."}
  n_programs: {type: integer, description: "Programs the classes belong to.", label: "Jumlah program", unit: programs, minimum: 0}
  mean: {type: number, description: "Mean over classes; of cost_per_gain_point the ratio of sums.", label: "Rata-rata", unit: "points, share or IDR", nullable: true}
  mean_low: {type: number, description: "Lower end of the 95 % t interval over classes (of the ratio: Fieller's, empty where it has no end).", label: "Batas bawah rata-rata", nullable: true}
  mean_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas rata-rata", nullable: true}
  n_classes_compared: {type: integer, description: "Classes, of this method and others, in programs that were given in this method and in another.", label: "Jumlah kelas dibandingkan", unit: classes, minimum: 0}
  n_programs_compared: {type: integer, description: "Those programs.", label: "Jumlah program dibandingkan", unit: programs, minimum: 0}
  adjusted_difference: {type: number, description: "This method less the others, within programs (OLS with program fixed effects).", label: "Selisih dalam program", nullable: true}
  adjusted_low: {type: number, description: "Lower end of its 95 % interval.", label: "Batas bawah selisih", nullable: true}
  adjusted_high: {type: number, description: "Upper end of its 95 % interval.", label: "Batas atas selisih", nullable: true}
  verdict_code: {type: text, description: "Code of the verdict, the same in every language.", label: "Kode kesimpulan"}
  verdict: {type: text, description: "What may be said, in Bahasa Indonesia.", label: "Kesimpulan"}
  n_people: {type: integer, description: "1 where the value is the behaviour of one class, which is shown nowhere else; empty otherwise.", label: "Jumlah orang yang dapat dikenali", unit: people, minimum: 0, nullable: true}
  is_suppressed:
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import effects
from warehouse.evaluation import statistics as st
from warehouse.words.language import stored

INPUTS = {
    "classes": """
        with satisfaction as (
            select class_id, avg(index_0_100) as satisfaction
            from marts.reaction
            where is_whole_class and n_respondents > 0 and not is_suppressed and not is_repeated
            group by class_id
        ),
        aspects as (
            select
                class_key, employee_id, observer_role, aspect,
                avg(case when phase = 'after' then score_share end) - avg(case when phase = 'before' then score_share end)
                    as change
            from core.fact_observation
            where score_share is not null and observer_role in ('supervisor', 'peer')
            group by class_key, employee_id, observer_role, aspect
        ),
        seen as (
            select class_key, employee_id, observer_role, avg(change) as change from aspects group by class_key, employee_id, observer_role
        ),
        -- Whom both observed is one of the class, as in transfer.
        people as (
            select class_key, employee_id, avg(change) as change from seen group by class_key, employee_id
        ),
        observed as (
            select
                c.program_code, p.class_key, c.start_date, 100.0 * avg(p.change) as behaviour, count(*) as n,
                count(*) < k.value as is_small, k.value as minimum
            from people as p
            inner join core.dim_class as c on p.class_key = c.class_key
            cross join (select value from ops.policy where policy = 'minimum_cell_size') as k
            where p.change is not null and c.class_key <> 'unknown'
            group by c.program_code, p.class_key, c.start_date, k.value
        ),
        -- The program's behaviour (behaviour_change) less the classes told here would be that of its others: the smallest goes with them.
        behaviour as (
            select class_key, case when not is_small then behaviour end as behaviour
            from observed
            qualify is_small
                or coalesce(sum(case when is_small then n end) over (partition by program_code), 0) not between 1 and minimum - 1
                or row_number() over (partition by program_code, is_small order by n nulls last, start_date nulls last, class_key nulls last) > 1
        )
        select
            coalesce(c.method, 'unknown') as method, c.program_code, c.class_id, s.satisfaction, l.gain_class as gain,
            b.behaviour,
            case when coalesce(c.start_date <= r.as_of, true) then cast(c.cost_idr as double) / nullif(p.n_expected, 0) end as cost_per_participant,
            case when p.n_expected > 0 and l.post_mean is not null then cast(c.cost_idr as double) end as cost,
            case when c.cost_idr is not null then p.n_expected * (l.post_mean - l.pre_mean) end as points
        from core.dim_class as c
        left join satisfaction as s on c.class_id = s.class_id
        left join marts.learning_gain as l on c.class_id = l.class_id
        left join behaviour as b on c.class_key = b.class_key
        left join marts.class_participants as p on c.class_id = p.class_id
        cross join ops.run as r
        where c.class_key <> 'unknown'
    """,
    "policy": "select policy, value, version from ops.policy",
}
MEASURES = ("satisfaction", "gain", "behaviour", "cost_per_participant")
DECIMALS = 6
"""Class means are rounded before they are compared: equal rows in another order give equal results."""


def model(*, classes: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """One row per method and measure that has a class with a value."""
    minimum = st.policy_values(policy)["effect_minimum_clusters"]
    rows = []
    for measure in MEASURES:
        known = classes.dropna(subset=[measure]).sort_values("class_id", ignore_index=True)
        known = known.assign(value=known[measure].astype(float).round(DECIMALS))
        for method, own in known.groupby("method", sort=True):
            n = len(own)
            low, high = st.mean_interval(own["value"].mean(), own["value"].var(), n)
            rows.append(
                {"method": method, "measure": measure, "n_classes": n, "n_programs": own["program_code"].nunique(),
                 # One class's behaviour is shown nowhere else: the program's less it would be the rest of the program.
                 "n_people": 1 if measure == "behaviour" and n == 1 else None,
                 "mean": own["value"].mean(), "mean_low": float(low), "mean_high": float(high)}
                | _within_programs(known, str(method), minimum)
            )  # fmt: skip
    rows += _cost_of_points(classes.dropna(subset=["cost", "points"]).sort_values("class_id"))
    return st.rounded(pd.DataFrame(rows, columns=COLUMNS))


def _cost_of_points(known: pd.DataFrame) -> list[dict[str, object]]:
    """What a person's point costs in each form, over all its classes."""
    rows: list[dict[str, object]] = []
    for method, own in known.groupby("method", sort=True):
        points, cost = own["points"].astype(float).round(DECIMALS), own["cost"].astype(float).round(DECIMALS)
        ratio, low, high = st.ratio(cost.to_numpy(), points.to_numpy())
        verdict = effects.comparison(np.nan, np.nan, np.nan)
        rows.append(
            {"method": method, "measure": "cost_per_gain_point", "n_classes": len(own),
             "n_programs": own["program_code"].nunique(), "n_people": None, "mean": ratio, "mean_low": low, "mean_high": high,
             "n_classes_compared": 0, "n_programs_compared": 0, "verdict_code": verdict.code, "verdict": stored(verdict)}
        )  # fmt: skip
    return rows


COLUMNS = [
    "method", "measure", "n_classes", "n_programs", "n_people", "mean", "mean_low", "mean_high", "n_classes_compared",
    "n_programs_compared", "adjusted_difference", "adjusted_low", "adjusted_high", "verdict_code", "verdict",
]  # fmt: skip


def _within_programs(known: pd.DataFrame, method: str, minimum: float) -> dict[str, object]:
    share = (known["method"] == method).groupby(known["program_code"]).transform("mean")
    both = known[(share > 0) & (share < 1)]
    estimate = st.NO_ESTIMATE
    if len(both):
        program = pd.factorize(both["program_code"], sort=True)[0]
        is_own = np.asarray(both["method"] == method, dtype=np.float64)
        value = np.asarray(both["value"], dtype=np.float64)
        cells = st.Cells.of(value, is_own, program, program, np.arange(len(both)))
        estimate = st.difference_in_differences(cells, randomised=False, minimum_clusters=minimum)
    verdict = effects.comparison(estimate.effect, estimate.ci_low, estimate.ci_high)
    return {
        "n_classes_compared": len(both),
        "n_programs_compared": both["program_code"].nunique(),
        "adjusted_difference": estimate.effect,
        "adjusted_low": estimate.ci_low,
        "adjusted_high": estimate.ci_high,
        "verdict_code": verdict.code,
        "verdict": stored(verdict),
    }
