"""Whether performance rose because of a program.

---
description: >
  Performance (Kirkpatrick level 3) of trained people against untrained colleagues of the same unit and position group,
  over the same two periods of the same regime, by difference-in-differences. The design is stated and the baseline
  balance shown. Without a comparison group, or with one that is not comparable, the word is change, not effect.
grain: program × outcome × design
key: [program_code, outcome, design]
metrics: {n_effects: "count(case when claim = 'effect' then 1 end)", n_proven: "count(case when evidence_grade = 'didukung' then 1 end)"}
small_groups:
  - {people: n_smallest, hides: [trained_pre_mean, trained_post_mean, control_pre_mean, control_post_mean, post_difference, effect, se, ci_low, ci_high, p_value, p_permutation, p_wild, hedges_g, baseline_smd]}
  - {people: n_smallest_prior, hides: [pretrend, pretrend_p_value]}
columns:
  program_code:
  outcome: {type: text, nullable: false, description: "Measure of performance: the numeric score, or the predicate as a rank from 1 (sangat kurang) to 5 (sangat baik).", label: "Ukuran kinerja", values: {numeric_score: [], predicate_rank: []}}
  design: {type: text, description: "How participants came to the classes.", label: "Rancangan", values: {randomised: [], nominated: [], self_selected: [], unknown: []}}
  n_trained: {type: integer, description: "Trained people with a period before and one after who have a comparison; all with both periods where nobody has one.", label: "Jumlah dilatih", unit: people, minimum: 0}
  n_trained_paired: {type: integer, description: "Trained people with a period before and one after.", label: "Jumlah dilatih dengan dua periode", unit: people, minimum: 0}
  n_cotrained: {type: integer, description: "Of them, those who took a class of another program between the two ratings: what it did cannot be told apart; left out of the comparison, as such colleagues are.", label: "Jumlah dilatih juga di program lain", unit: people, minimum: 0}
  n_control: {type: integer, description: "Colleagues never enrolled in the program, nor in another class between the first day of the period before and the last of the one after.", label: "Jumlah pembanding", unit: people, minimum: 0}
  n_strata: {type: integer, description: "Strata (unit × position group × pair of periods) with both trained people and colleagues.", label: "Jumlah strata", unit: strata, minimum: 0}
  n_units: {type: integer, description: "Units among them.", label: "Jumlah unit kerja", unit: units, minimum: 0}
  trained_pre_mean: {type: number, description: "Mean of trained people before.", label: "Rata-rata dilatih sebelum", nullable: true}
  trained_post_mean: {type: number, description: "Mean of trained people after.", label: "Rata-rata dilatih sesudah", nullable: true}
  control_pre_mean: {type: number, description: "Mean of colleagues before.", label: "Rata-rata pembanding sebelum", nullable: true}
  control_post_mean: {type: number, description: "Mean of colleagues after.", label: "Rata-rata pembanding sesudah", nullable: true}
  post_difference: {type: number, description: "trained_post_mean − control_post_mean.", label: "Selisih sesudah", nullable: true}
  effect: {type: number, description: "Coefficient of being trained on after − before, with stratum fixed effects (OLS). Read together with claim.", label: "Selisih dari selisih", nullable: true}
  se: {type: number, description: "Standard error of effect.", label: "Galat baku", minimum: 0, nullable: true}
  se_kind: {type: text, description: "Which error: clustered by unit or by person, classical, HC3, or none.", label: "Jenis galat baku", values: {cluster_unit: [], cluster_person: [], classical: [], HC3: [], none: []}}
  ci_low: {type: number, description: "Lower end of the 95 % interval of effect.", label: "Batas bawah", nullable: true}
  ci_high: {type: number, description: "Upper end of the 95 % interval of effect.", label: "Batas atas", nullable: true}
  p_value: {type: number, description: "Two-sided p-value of effect.", label: "Nilai p", minimum: 0, maximum: 1, nullable: true}
  p_permutation: {type: number, description: "Two-sided p-value by exchanging trained and untrained people within strata (1,999 draws); where there are too few units to cluster by.", label: "Nilai p permutasi", minimum: 0, maximum: 1, nullable: true}
  p_wild: {type: number, description: "Two-sided p-value of the wild cluster bootstrap over units, the effect held to zero; where there are too few units to cluster by, and more than one.", label: "Nilai p bootstrap unit", minimum: 0, maximum: 1, nullable: true}
  hedges_g: {description: "Standardised difference of the means after (trained − colleagues).", nullable: true}
  baseline_smd: {type: number, description: "Standardised difference of the means before; from 0.25 in size the groups are not comparable.", label: "Ketimpangan awal", unit: standard deviations, nullable: true}
  n_trained_prior: {type: integer, description: "Trained people with a further period before the one before, and colleagues with the same.", label: "Jumlah dilatih dengan periode lebih awal", unit: people, minimum: 0}
  pretrend: {type: number, description: "The same difference-in-differences one period earlier, when nobody was trained yet; empty without such periods.", label: "Tren sebelum pelatihan", nullable: true}
  pretrend_p_value: {type: number, description: "Two-sided p-value of pretrend; below the policy's limit nominated people were on their way already.", label: "Nilai p tren sebelum", minimum: 0, maximum: 1, nullable: true}
  claim: {type: text, description: "effect where enough trained people have a comparison that was alike before, and were drawn by lot and not seen to be on their way, or were nominated from enough units and known not to be; else change. Unknown passes no gate.", label: "Jenis pernyataan", values: {effect: [], change: []}}
  evidence_grade: {type: text, description: "Evidence: didukung (claim effect, and proven), perubahan (a change without a fair comparison), tidak_dapat_disimpulkan (too little is known, or nothing is proven).", label: "Derajat bukti", values: {didukung: [], perubahan: [], tidak_dapat_disimpulkan: []}}
  n_smallest: {type: integer, description: "People of the smaller group of the comparison; trained people where there are no colleagues.", label: "Jumlah orang kelompok terkecil", unit: people, minimum: 0}
  n_smallest_prior: {type: integer, description: "The same of the comparison one period earlier; empty without such periods.", label: "Jumlah orang kelompok terkecil sebelumnya", unit: people, minimum: 0, nullable: true}
  is_suppressed:
  verdict_code: {type: text, description: "Code of the verdict, the same in every language.", label: "Kode kesimpulan"}
  verdict: {type: text, description: "What may be said, in Bahasa Indonesia.", label: "Kesimpulan"}
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import effects
from warehouse.evaluation import statistics as st
from warehouse.words.language import stored

_TRAINED = """
    attended as (
        select
            c.program_code, coalesce(c.assignment, 'unknown') as design, f.employee_id, c.class_id, c.start_date,
            c.ended_on as end_date
        from core.fact_enrolment as f
        inner join core.dim_class as c on f.class_key = c.class_key
        cross join ops.run as r
        where f.status in ('completed', 'registered') and coalesce(f.is_attended, true) and c.class_key <> 'unknown'
            and c.start_date is not null and c.ended_on <= r.as_of
    ),
    trained as (
        select program_code, design, employee_id, start_date, end_date
        from attended
        qualify row_number() over (
            partition by program_code, employee_id order by start_date nulls last, class_id nulls last
        ) = 1
    )
"""

_STRATA = f"""
    {_TRAINED},
    ratings as (
        select
            f.employee_id, f.regime, f.period_start, f.period_end,
            (year(f.period_end) - year(f.period_start)) * 12 + month(f.period_end) - month(f.period_start) as span,
            coalesce(u.unit_code, 'unknown') as unit_code,
            coalesce(e.position_group, 'unknown') as position_group,
            f.numeric_score,
            case f.predicate
                when 'sangat_baik' then 5.0 when 'baik' then 4.0 when 'butuh_perbaikan' then 3.0
                when 'kurang' then 2.0 when 'sangat_kurang' then 1.0
            end as predicate_rank
        from core.fact_performance as f
        left join core.dim_employee as e on f.employee_key = e.employee_key
        left join core.dim_unit as u on f.unit_key = u.unit_key
        cross join ops.run as r
        where f.period_end <= r.as_of
    ),
    measured as (
        select
            'numeric_score' as outcome, employee_id, regime, span, period_start, period_end, unit_code,
            position_group, numeric_score as value
        from ratings
        where numeric_score is not null
        union all
        select
            'predicate_rank' as outcome, employee_id, regime, span, period_start, period_end, unit_code,
            position_group, predicate_rank as value
        from ratings
        where predicate_rank is not null
    ),
    scores as (
        select
            *,
            lag(value) over (
                partition by outcome, employee_id, regime, span order by period_end nulls last, period_start nulls last
            ) as prior,
            lag(period_end) over (
                partition by outcome, employee_id, regime, span order by period_end nulls last, period_start nulls last
            ) as prior_end
        from measured
    ),
    before_class as (
        select t.program_code, t.employee_id, s.outcome, s.regime, s.span, max(s.period_end) as pre_end
        from trained as t
        inner join scores as s on t.employee_id = s.employee_id and s.period_end < t.start_date
        group by t.program_code, t.employee_id, s.outcome, s.regime, s.span
    ),
    after_class as (
        select t.program_code, t.employee_id, s.outcome, s.regime, s.span, min(s.period_start) as post_start
        from trained as t
        inner join scores as s on t.employee_id = s.employee_id and s.period_start > t.end_date
        group by t.program_code, t.employee_id, s.outcome, s.regime, s.span
    ),
    matched as (
        select
            t.program_code, t.design, b.outcome, b.regime, b.span, b.pre_end, a.post_start, t.employee_id
        from trained as t
        inner join before_class as b on t.program_code = b.program_code and t.employee_id = b.employee_id
        inner join after_class as a
            on t.program_code = a.program_code and t.employee_id = a.employee_id and b.outcome = a.outcome
            and b.regime = a.regime and b.span = a.span
        qualify row_number() over (
            partition by t.program_code, t.employee_id, b.outcome
            order by b.pre_end desc nulls last, b.span nulls last, b.regime nulls last
        ) = 1
    ),
    pairs as (
        select
            m.program_code, m.design, m.outcome, m.regime, m.span, m.pre_end, m.post_start, m.employee_id,
            x.period_start as pre_start, y.period_end as post_end, x.unit_code, x.position_group,
            x.value as pre, y.value as post, x.prior, x.prior_end
        from matched as m
        inner join scores as x
            on m.employee_id = x.employee_id and m.outcome = x.outcome and m.regime = x.regime and m.span = x.span
            and m.pre_end = x.period_end
        inner join scores as y
            on m.employee_id = y.employee_id and m.outcome = y.outcome and m.regime = y.regime and m.span = y.span
            and m.post_start = y.period_start
    ),
    windows as (
        select distinct outcome, regime, span, pre_start, pre_end, post_start, post_end from pairs
    ),
    cells as (
        select distinct
            program_code, design, outcome, regime, span, pre_start, pre_end, post_start, post_end, unit_code,
            position_group
        from pairs
    ),
    strata as (
        select
            *,
            row_number() over (
                order by program_code nulls last, design nulls last, outcome nulls last, regime nulls last,
                    pre_end nulls last, post_start nulls last, pre_start nulls last, post_end nulls last,
                    unit_code nulls last, position_group nulls last
            ) as stratum
        from cells
    )
"""

INPUTS = {
    "programs": f"""
        with {_TRAINED}
        select program_code, design, count(*) as n_enrolled from trained group by program_code, design
    """,
    "strata": f"""
        with {_STRATA}
        select stratum, program_code, design, outcome, unit_code from strata
    """,
    "people": f"""
        with {_STRATA},
        busy as (
            select distinct w.outcome, w.regime, w.span, w.pre_start, w.pre_end, w.post_start, w.post_end, a.employee_id
            from windows as w
            inner join attended as a on a.start_date <= w.post_end and a.end_date >= w.pre_start
        ),
        candidates as (
            select
                w.outcome, w.regime, w.span, w.pre_start, w.pre_end, w.post_start, w.post_end, x.employee_id,
                x.unit_code, x.position_group, x.value as pre, y.value as post, x.prior, x.prior_end
            from windows as w
            inner join scores as x
                on w.outcome = x.outcome and w.regime = x.regime and w.pre_start = x.period_start
                and w.pre_end = x.period_end
            inner join scores as y
                on x.employee_id = y.employee_id and w.outcome = y.outcome and w.regime = y.regime
                and w.post_start = y.period_start and w.post_end = y.period_end
            left join busy as b
                on x.employee_id = b.employee_id and w.outcome = b.outcome and w.regime = b.regime and w.span = b.span
                and w.pre_start = b.pre_start and w.pre_end = b.pre_end and w.post_start = b.post_start
                and w.post_end = b.post_end
            where b.employee_id is null
        ),
        elsewhere as (
            select distinct p.program_code, p.employee_id, p.outcome
            from pairs as p
            inner join attended as a
                on p.employee_id = a.employee_id and p.program_code <> a.program_code and a.start_date <= p.post_end
                and a.end_date >= p.pre_start
        ),
        enrolled as (
            select distinct c.program_code, f.employee_id
            from core.fact_enrolment as f
            inner join core.dim_class as c on f.class_key = c.class_key
        )
        select s.stratum, p.employee_id, 1 as is_trained, case when o.employee_id is null then 0 else 1 end as is_cotrained,
            p.pre, p.post, p.prior, p.prior_end
        from pairs as p
        left join elsewhere as o
            on p.program_code = o.program_code and p.employee_id = o.employee_id and p.outcome = o.outcome
        inner join strata as s
            on p.program_code = s.program_code and p.design = s.design and p.outcome = s.outcome
            and p.regime = s.regime and p.span = s.span and p.pre_start = s.pre_start and p.pre_end = s.pre_end
            and p.post_start = s.post_start and p.post_end = s.post_end and p.unit_code = s.unit_code
            and p.position_group = s.position_group
        union all
        select s.stratum, c.employee_id, 0 as is_trained, 0 as is_cotrained, c.pre, c.post, c.prior, c.prior_end
        from strata as s
        inner join candidates as c
            on s.outcome = c.outcome and s.regime = c.regime and s.span = c.span and s.pre_start = c.pre_start
            and s.pre_end = c.pre_end and s.post_start = c.post_start and s.post_end = c.post_end
            and s.unit_code = c.unit_code and s.position_group = c.position_group
        left join enrolled as e on s.program_code = e.program_code and c.employee_id = e.employee_id
        where e.employee_id is null
    """,
    "policy": "select policy, value, version from ops.policy",
}
POLICIES = (
    "effect_baseline_smd", "effect_minimum_trained", "effect_minimum_clusters", "effect_minimum_units", "effect_pretrend_p",
)  # fmt: skip


def model(*, programs: pd.DataFrame, strata: pd.DataFrame, people: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """One estimate per program, outcome and design; programs whose people have no two periods are named too."""
    rows = []
    limits = st.policy_values(policy)
    key = ["program_code", "design", "outcome"]
    cells = strata.sort_values("stratum", ignore_index=True)
    cells["estimate"] = cells.groupby(key, sort=True).ngroup()
    cells["unit"] = pd.factorize(cells["unit_code"], sort=True)[0]
    people = people.assign(person=pd.factorize(people["employee_id"], sort=True)[0]).drop(columns="employee_id")
    people = people.merge(cells[["stratum", "estimate", "unit"]], on="stratum")
    # Earlier periods are compared only where they are the same ones.
    people["prior_stratum"] = people.groupby(["stratum", "prior_end"], sort=True).ngroup()
    people = people.sort_values(["estimate", "stratum", "is_trained", "person"], ignore_index=True)
    names = cells.groupby("estimate")[key].first()
    for number, part in people.groupby("estimate", sort=True):
        program, design, outcome = names.loc[number]
        rows.append(
            {"program_code": program, "design": design, "outcome": outcome, **_compare(part, str(design), limits)}
        )
    measured = {(row["program_code"], row["design"]) for row in rows if row["outcome"] == "numeric_score"}
    for program, design in programs.sort_values(["program_code", "design"])[["program_code", "design"]].to_numpy():
        if (program, design) not in measured:
            row = {"program_code": program, "design": design, "outcome": "numeric_score"}
            rows.append({**row, **_compare(people.iloc[:0], str(design), limits)})
    estimates = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "rule_version"])
    estimates["rule_version"] = st.policy_version(policy, POLICIES)
    return st.rounded(estimates)


COLUMNS = [
    "program_code", "outcome", "design", "n_trained", "n_trained_paired", "n_cotrained", "n_control", "n_strata", "n_units",
    "trained_pre_mean", "trained_post_mean", "control_pre_mean", "control_post_mean", "post_difference", "effect", "se",
    "se_kind", "ci_low", "ci_high", "p_value", "p_permutation", "p_wild", "hedges_g", "baseline_smd", "n_trained_prior",
    "pretrend", "pretrend_p_value", "claim", "evidence_grade", "verdict_code", "verdict", "n_smallest", "n_smallest_prior", "rule_version",
]  # fmt: skip


def _compare(part: pd.DataFrame, design: str, limits: dict[str, float]) -> dict[str, object]:
    n_paired, n_cotrained = int(part["is_trained"].sum()), int(part["is_cotrained"].sum())
    part = part[part["is_cotrained"] == 0]
    people = _compared(part)
    has_colleagues = people is not None
    people = part if people is None else people
    treated = people["is_trained"].to_numpy() == 1
    pre, post = people["pre"].to_numpy(dtype=float), people["post"].to_numpy(dtype=float)
    estimate = _estimate(people, post - pre, design, limits) if has_colleagues else st.NO_ESTIMATE
    # Before the training there was nothing that could have an effect: what shows there was on its way already.
    earlier = _compared(people.dropna(subset=["prior"]), "prior_stratum")
    trend = st.NO_ESTIMATE
    if has_colleagues and earlier is not None:
        rise = (earlier["pre"] - earlier["prior"]).to_numpy(dtype=float)
        trend = _estimate(earlier.assign(stratum=earlier["prior_stratum"]), rise, design, limits)
    result: dict[str, object] = {
        "n_trained": int(treated.sum()),
        "n_trained_paired": n_paired,
        "n_cotrained": n_cotrained,
        "n_control": people.loc[~treated, "person"].nunique(),
        "n_strata": people["stratum"].nunique() if has_colleagues else 0,
        "n_units": people["unit"].nunique() if has_colleagues else 0,
        "trained_pre_mean": _mean(pre[treated]),
        "trained_post_mean": _mean(post[treated]),
        "control_pre_mean": _mean(pre[~treated]),
        "control_post_mean": _mean(post[~treated]),
        "post_difference": _mean(post[treated]) - _mean(post[~treated]),
        "effect": estimate.effect,
        "se": estimate.se,
        "se_kind": estimate.se_kind,
        "ci_low": estimate.ci_low,
        "ci_high": estimate.ci_high,
        "p_value": estimate.p_value,
        "p_permutation": estimate.p_permutation,
        "p_wild": estimate.p_wild,
        "hedges_g": st.hedges_groups(post[treated], post[~treated]),
        "baseline_smd": st.standardised_difference(pre[treated], pre[~treated]),
        "n_trained_prior": 0 if earlier is None else int(earlier["is_trained"].sum()),
        "pretrend": trend.effect,
        "pretrend_p_value": trend.p_value,
    }
    n_trained, n_control = int(treated.sum()), people.loc[~treated, "person"].nunique()
    result["n_smallest"] = min(n_trained, n_control) if has_colleagues else n_trained
    result["n_smallest_prior"] = None if earlier is None else earlier.groupby("is_trained")["person"].nunique().min()
    result["verdict_code"] = code = effects.verdict_code(result | {"design": design}, limits)
    result["claim"], result["evidence_grade"] = effects.claim(code), effects.grade(code)
    result["verdict"] = stored(effects.verdict(result | {"design": design}, limits))
    return result


def _compared(part: pd.DataFrame, stratum: str = "stratum") -> pd.DataFrame | None:
    """People of the strata in which there are both trained and others; None where there is no such stratum."""
    share = part.groupby(stratum)["is_trained"].transform("mean")
    both = (share > 0) & (share < 1)
    return part[both] if both.any() else None


def _estimate(people: pd.DataFrame, change: st.Floats, design: str, limits: dict[str, float]) -> st.Estimate:
    return st.difference_in_differences(
        change,
        people["is_trained"].to_numpy(dtype=float),
        people["stratum"].to_numpy(),
        people["unit"].to_numpy(),
        people["person"].to_numpy(),
        randomised=design == "randomised",
        minimum_clusters=limits["effect_minimum_clusters"],
    )


def _mean(values: st.Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
