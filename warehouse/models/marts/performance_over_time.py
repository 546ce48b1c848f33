"""How long an effect on performance lasts.

---
description: >
  The numeric score of trained people against colleagues as in `performance_effect`, after the first period and after later ones: group-time effects
  of people who were trained after the same period (cohort), so many months after their class (horizon), and their simple, dynamic and group averages
  (Callaway and Sant'Anna 2021). Each trained person counts the same. What may be called an effect says `performance_effect`; its grade stands here.
  Cohorts with fewer than minimum_cell_size people on a side, at a horizon, are in no average.
grain: program × design × average × cohort × horizon
key: [program_code, design, average, cohort, horizon]
columns:
  program_code:
  program_name: {nullable: true}
  design: {type: text, nullable: false, description: "How participants came to the classes, as in performance_effect.", label: "Rancangan", values: {lottery: [], randomised: [], nominated: [], self_selected: [], unknown: []}}
  average: {type: text, description: "group_time: one cohort at one horizon. simple: all trained people and horizons. dynamic: one horizon. dynamic_mean: mean of the horizons. group: one cohort. group_mean: mean of the cohorts, by their people.", label: "Rata-rata", values: {group_time: [], simple: [], dynamic: [], dynamic_mean: [], group: [], group_mean: []}}
  cohort: {type: date, description: "Last day of the period before the class; empty of averages over cohorts.", label: "Angkatan", nullable: true}
  horizon: {type: integer, description: "Whole rating periods, in months, from the end of the class to the end of the rated period: so long has the effect lasted. Empty of averages over horizons.", label: "Bulan sesudah pelatihan", unit: months, minimum: 1, nullable: true}
  n_trained: {type: integer, description: "Trained people (of a lottery: let in) who are counted.", label: "Jumlah dilatih", unit: people, minimum: 0}
  n_control: {type: integer, description: "Their colleagues (of a lottery: left out).", label: "Jumlah pembanding", unit: people, minimum: 0}
  n_units: {type: integer, description: "Units of the trained people and their colleagues.", label: "Jumlah unit kerja", unit: units, minimum: 0}
  effect: {type: number, description: "Change since the period before of trained people less that of their colleagues. Read together with evidence_grade.", label: "Selisih dari selisih"}
  se: {type: number, description: "Standard error, from the influence of each person, or of each unit where there are enough and that is larger.", label: "Galat baku", minimum: 0, nullable: true}
  se_kind: {type: text, description: "By what the error is clustered.", label: "Jenis galat baku", values: {cluster_unit: [], cluster_person: []}}
  ci_low: {type: number, description: "Lower end of the 95 % interval.", label: "Batas bawah", nullable: true}
  ci_high: {type: number, description: "Upper end of the 95 % interval.", label: "Batas atas", nullable: true}
  p_value: {type: number, description: "Two-sided p-value, of this number alone.", label: "Nilai p", minimum: 0, maximum: 1, nullable: true}
  evidence_grade: {type: text, description: "What may be said of the program and design (performance_effect).", label: "Derajat bukti", values: {terbukti: [], didukung: [], tanpa_pengaruh: [], perubahan: [], tidak_dapat_disimpulkan: []}}
  lasts: {type: text, description: "Of a horizon, where an effect is terbukti or didukung: bertahan (the interval lies on its side of zero), hilang (it lies below the smallest effect that matters), else belum_diketahui. Empty of everything else.", label: "Apakah bertahan", values: {bertahan: [], hilang: [], belum_diketahui: []}, nullable: true}
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import comparison, effects
from warehouse.evaluation import statistics as st

LONGEST = 12
"""Months after a class that are looked at: one appraisal year."""

_PEOPLE = f"""
    {comparison.MATCHED},
    {comparison.AROUND},
    later_scores as (
        select m.program_code, m.design, m.employee_id, m.pre_end, m.end_date, x.regime, x.span, x.period_start as pre_start,
            x.unit_code, x.position_group, y.period_start as post_start, y.period_end as post_end, y.value - x.value as change
        from matched as m
        inner join scores as x
            on m.employee_id = x.employee_id and m.outcome = x.outcome and m.regime = x.regime and m.span = x.span
            and m.pre_end = x.period_end
        inner join scores as y
            on m.employee_id = y.employee_id and m.outcome = y.outcome and m.regime = y.regime and m.span = y.span
            and m.end_date < y.period_start
        where m.outcome = 'numeric_score'
    ),
    later_lots as (
        select d.program_code, d.class_id, d.employee_id, d.is_trained, d.end_date, a.pre_end, x.span, x.unit_code, y.period_end as post_end,
            y.value - x.value as change
        from drawn as d
        inner join around as a on d.program_code = a.program_code and d.class_id = a.class_id
        inner join scores as x
            on d.employee_id = x.employee_id and a.outcome = x.outcome and a.regime = x.regime and a.span = x.span
            and a.pre_end = x.period_end
        inner join scores as y
            on d.employee_id = y.employee_id and a.outcome = y.outcome and a.regime = y.regime and a.span = y.span
            and d.end_date < y.period_start
        where a.outcome = 'numeric_score'
    ),
    followed as (
        select *,
            (span + 1) * cast(greatest(1, floor(
                ((year(post_end) - year(end_date)) * 12 + month(post_end) - month(end_date)) / nullif(span + 1, 0)
            )) as integer) as horizon
        from later_scores
    ),
    drawn_followed as (
        select *,
            (span + 1) * cast(greatest(1, floor(
                ((year(post_end) - year(end_date)) * 12 + month(post_end) - month(end_date)) / nullif(span + 1, 0)
            )) as integer) as horizon
        from later_lots
    ),
    near as (
        select * from followed where horizon <= {LONGEST}
    ),
    {comparison.places("near")},
    strata as (
        select
            *,
            row_number() over (order by program_code nulls last, design nulls last, horizon nulls last, place nulls last) as stratum
        from (select distinct program_code, design, horizon, place, pre_end, unit_code from placed) as occupied
    ),
    candidates as materialized (
        select l.place, x.employee_id, y.value - x.value as change
        from places as l
        inner join scores as x
            on l.regime = x.regime and l.pre_start = x.period_start and l.pre_end = x.period_end and l.unit_code = x.unit_code
            and l.position_group = x.position_group
        inner join scores as y
            on x.employee_id = y.employee_id and l.regime = y.regime and l.post_start = y.period_start
            and l.post_end = y.period_end
        anti join attended as a
            on x.employee_id = a.employee_id and a.start_date <= l.post_end and a.end_date >= l.pre_start
        where x.outcome = 'numeric_score' and y.outcome = 'numeric_score' and l.unit_code <> 'unknown'
    ),
    {comparison.ENROLLED},
    people as (
        select s.program_code, s.design, s.pre_end as cohort, s.horizon, s.stratum, s.unit_code, f.employee_id, 1 as is_trained, f.change
        from placed as f
        anti join attended as a
            on f.employee_id = a.employee_id and f.program_code <> a.program_code and a.start_date <= f.post_end
            and a.end_date >= f.pre_start
        inner join strata as s
            on f.program_code = s.program_code and f.design = s.design and f.horizon = s.horizon and f.place = s.place
        union all
        select s.program_code, s.design, s.pre_end as cohort, s.horizon, s.stratum, s.unit_code, c.employee_id, 0 as is_trained, c.change
        from strata as s
        inner join candidates as c on s.place = c.place
        left join enrolled as e on s.program_code = e.program_code and c.employee_id = e.employee_id
        where e.employee_id is null
        union all
        -- A lottery is its own stratum, whatever the units.
        select program_code, 'lottery' as design, pre_end as cohort, horizon,
            -dense_rank() over (order by program_code nulls last, class_id nulls last, horizon nulls last, post_end nulls last) as stratum,
            unit_code, employee_id, is_trained, change
        from drawn_followed
        where horizon <= {LONGEST}
    )
"""

_AVERAGES = f"""
    {_PEOPLE},
    sums as (
        select
            program_code, design, cohort, horizon, stratum,
            dense_rank() over (order by program_code nulls last, design nulls last, cohort nulls last, horizon nulls last) as cell, sum(is_trained) as n_trained, count(*) - sum(is_trained) as n_others,
            cast(sum(cast(case when is_trained = 0 then change end as decimal(38, 9))) as double)
                / nullif(count(*) - sum(is_trained), 0) as expected
        from people
        group by program_code, design, cohort, horizon, stratum
    ),
    -- What each person lends to the effect: their change less that of colleagues, and of colleagues as much less as they stand for.
    lent as (
        select
            s.cell, p.unit_code, p.employee_id, p.is_trained,
            case when p.is_trained = 1 then 1.0 else -s.n_trained / nullif(s.n_others, 0) end * (p.change - s.expected) as gain
        from people as p
        inner join sums as s on p.stratum = s.stratum
        where s.n_trained > 0 and s.n_others > 0
    ),
    cells as (
        select s.program_code, s.design, s.cohort, s.horizon, l.*, least(l.n, l.n_others) < k.value as is_small, k.value as minimum
        from (
            select
                cell, sum(is_trained) as n, count(distinct case when is_trained = 0 then employee_id end) as n_others,
                cast(sum(cast(case when is_trained = 1 then gain end as decimal(38, 9))) as double) as gain
            from lent
            group by cell
        ) as l
        inner join (select distinct cell, program_code, design, cohort, horizon from sums) as s on l.cell = s.cell
        cross join (select value from ops.policy where policy = 'minimum_cell_size') as k
    ),
    -- Less the cohorts that are told, the effect of the program would be that of its others: the smallest goes with them.
    told as (
        select program_code, design, cohort, horizon, cell, n, gain
        from (
            select *,
                coalesce(sum(case when is_small then n end) over (partition by program_code, design, horizon), 0) as n_left_out,
                row_number() over (partition by program_code, design, horizon, is_small order by n nulls last, cohort nulls last) as place
            from cells
        ) as every
        where not is_small and (n_left_out not between 1 and minimum - 1 or place > 1)
    ),
    horizons as (
        select program_code, design, horizon, sum(n) as n, sum(gain) / nullif(sum(n), 0) as mean
        from told
        group by program_code, design, horizon
    ),
    cohorts as (
        select program_code, design, cohort, sum(n) as n, max(n) as size, sum(gain) / nullif(sum(n), 0) as mean
        from told
        group by program_code, design, cohort
    ),
    wholes as (
        select t.program_code, t.design, sum(t.n) as n, sum(t.gain) / nullif(sum(t.n), 0) as mean
        from told as t
        group by t.program_code, t.design
    ),
    over_horizons as (
        select program_code, design, count(*) as n from horizons group by program_code, design
    ),
    over_cohorts as (
        select program_code, design, sum(size) as n, sum(size * mean) / nullif(sum(size), 0) as mean
        from cohorts
        group by program_code, design
    ),
    -- How much a cell weighs in each average, and what the influence of its people is measured from.
    averages as (
        select program_code, design, cell, gain, 'group_time' as average, cohort as of_cohort, horizon as of_horizon,
            1.0 / nullif(n, 0) as weight, gain / nullif(n, 0) as centre
        from told
        union all
        select t.program_code, t.design, t.cell, t.gain, 'simple', null, null, 1.0 / nullif(w.n, 0), w.mean
        from told as t
        inner join wholes as w on t.program_code = w.program_code and t.design = w.design
        union all
        select t.program_code, t.design, t.cell, t.gain, 'dynamic', null, t.horizon, 1.0 / nullif(h.n, 0), h.mean
        from told as t
        inner join horizons as h on t.program_code = h.program_code and t.design = h.design and t.horizon = h.horizon
        union all
        select t.program_code, t.design, t.cell, t.gain, 'dynamic_mean', null, null, 1.0 / nullif(o.n * h.n, 0), h.mean
        from told as t
        inner join horizons as h on t.program_code = h.program_code and t.design = h.design and t.horizon = h.horizon
        inner join over_horizons as o on t.program_code = o.program_code and t.design = o.design
        union all
        select t.program_code, t.design, t.cell, t.gain, 'group', t.cohort, null, 1.0 / nullif(c.n, 0), c.mean
        from told as t
        inner join cohorts as c on t.program_code = c.program_code and t.design = c.design and t.cohort = c.cohort
        union all
        select t.program_code, t.design, t.cell, t.gain, 'group_mean', null, null, c.size / nullif(o.n * c.n, 0), o.mean
        from told as t
        inner join cohorts as c on t.program_code = c.program_code and t.design = c.design and t.cohort = c.cohort
        inner join over_cohorts as o on t.program_code = o.program_code and t.design = o.design
    ),
    numbered as (
        select *,
            dense_rank() over (
                order by program_code nulls last, design nulls last, average nulls last, of_cohort nulls last, of_horizon nulls last
            ) as number
        from averages
    ),
    influences as (
        select a.number, l.employee_id, l.is_trained, a.weight * (l.gain - a.centre * l.is_trained) as influence
        from lent as l
        inner join numbered as a on l.cell = a.cell
    ),
    by_person as (
        select number, employee_id, max(is_trained) as is_trained,
            cast(sum(cast(influence as decimal(38, 15))) as double) as influence
        from influences
        group by number, employee_id
    ),
    -- Of units it is enough to know what their people lend together.
    lent_by_unit as (
        select cell, unit_code, sum(is_trained) as n_trained, cast(sum(cast(gain as decimal(38, 15))) as double) as gain
        from lent
        group by cell, unit_code
    ),
    by_unit as (
        select a.number, l.unit_code,
            cast(sum(cast(a.weight * (l.gain - a.centre * l.n_trained) as decimal(38, 15))) as double) as influence
        from lent_by_unit as l
        inner join numbered as a on l.cell = a.cell
        group by a.number, l.unit_code
    )
"""

INPUTS = {
    "averages": f"""
        with {_AVERAGES},
        persons as (
            select number, sum(is_trained) as n_trained, count(*) - sum(is_trained) as n_control,
                cast(sum(cast(influence * influence as decimal(38, 15))) as double) as squares
            from by_person
            group by number
        ),
        units as (
            select number, count(*) as n_units, cast(sum(cast(influence * influence as decimal(38, 15))) as double) as squares
            from by_unit
            group by number
        ),
        effects as (
            select program_code, design, average, of_cohort, of_horizon, number,
                cast(sum(cast(weight * gain as decimal(38, 12))) as double) as effect
            from numbered
            group by program_code, design, average, of_cohort, of_horizon, number
        )
        select
            e.program_code, e.design, e.average, e.of_cohort as cohort, e.of_horizon as horizon, e.effect, p.n_trained, p.n_control,
            u.n_units, p.squares as by_person, u.squares as by_unit
        from effects as e
        inner join persons as p on e.number = p.number
        inner join units as u on e.number = u.number
    """,
    "grades": """
        select program_code, design, evidence_grade, effect, smallest from marts.performance_effect where outcome = 'numeric_score'
    """,
    "policy": "select policy, value, version from ops.policy",
}
POLICIES = ("effect_matters", "effect_minimum_clusters")
KEY = ["program_code", "design", "average", "cohort", "horizon"]


def model(*, averages: pd.DataFrame, grades: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """Effects with their intervals. `averages`: one row per average with the sums of the squared influences of persons and of units."""
    limits = st.policy_values(policy)
    rows = averages.merge(
        grades.rename(columns={"effect": "first"}), on=["program_code", "design"], how="left", validate="many_to_one"
    ).sort_values(KEY, ignore_index=True)  # fmt: skip
    counts = ["n_trained", "n_control", "n_units"]
    rows[counts] = rows[counts].astype("int64")
    n_units, n_people = rows["n_units"].to_numpy(), (rows["n_trained"] + rows["n_control"]).to_numpy()
    by_person = np.sqrt(rows["by_person"].to_numpy(dtype=float))
    # Units are few: their squares are corrected for their number.
    by_unit = np.sqrt(st.divide(n_units * rows["by_unit"].to_numpy(dtype=float), n_units - 1.0))
    # The lot was about people: their units are no clusters of it.
    in_units = (rows["design"] != "lottery").to_numpy() & (by_unit >= by_person)
    rows["se"] = np.where(in_units, by_unit, by_person)
    rows["se_kind"] = np.where(in_units, "cluster_unit", "cluster_person")
    one_by_one = (rows["design"] == "lottery").to_numpy() | (n_units < 2)
    rows["ci_low"], rows["ci_high"], rows["p_value"] = st.t_test(
        rows["effect"], rows["se"], np.where(one_by_one, n_people, n_units) - 1
    )
    rows["lasts"] = _lasts(rows, limits)
    rows["rule_version"] = st.policy_version(policy, POLICIES)
    return st.rounded(rows[COLUMNS])


COLUMNS = [
    *KEY, "n_trained", "n_control", "n_units", "effect", "se", "se_kind", "ci_low", "ci_high", "p_value", "evidence_grade", "lasts",
    "rule_version",
]  # fmt: skip


def _lasts(rows: pd.DataFrame, limits: dict[str, float]) -> pd.Series:
    """Whether what was shown still shows at a horizon. An interval of few units is not held to know that."""
    sign = np.sign(rows["first"].astype(float))
    low, high = (np.where(sign > 0, rows[a], -rows[b]) for a, b in (("ci_low", "ci_high"), ("ci_high", "ci_low")))
    knows = (rows["design"] == "lottery") | (rows["n_units"] >= limits["effect_minimum_clusters"])
    told = np.select(
        [knows & (low > 0), knows & (high < rows["smallest"].astype(float))], ["bertahan", "hilang"], "belum_diketahui"
    )
    asked = (rows["average"] == "dynamic") & rows["evidence_grade"].isin(effects.PROVEN)
    return st.text(pd.Series(told, rows.index).where(asked))
