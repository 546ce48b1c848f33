"""Whether performance rose because of a program.

---
description: >
  Performance (Kirkpatrick level 3) of trained people against untrained colleagues of the same unit and position group,
  over the same two periods of the same regime, by difference-in-differences; where the losers of a lottery are on record, those whom the lot
  let in against those whom it left out, whoever came. The design is stated, baseline balance and attrition are
  shown. Without a comparison group, or with one that is not comparable, the word is change, not effect.
grain: program × outcome × design
key: [program_code, outcome, design]
metrics: {n_effects: "count(case when claim = 'effect' then 1 end)", n_proven: "count(case when evidence_grade in ('terbukti', 'didukung') then 1 end)"}
small_groups:
  - {people: n_smallest, hides: [trained_pre_mean, trained_post_mean, control_pre_mean, control_post_mean, post_difference, effect, se, ci_low, ci_high, p_value, p_permutation, p_wild, p_adjusted, hedges_g, d_ppc2, smallest, unseen, detectable, baseline_smd, attrition, attrition_difference]}
  - {people: n_smallest_prior, hides: [pretrend, pretrend_p_value, breakdown]}
columns:
  program_code:
  program_name: {nullable: true}
  outcome: {type: text, nullable: false, description: "Measure of performance: the numeric score, or the predicate as a rank from 1 (sangat kurang) to 5 (sangat baik).", label: "Ukuran kinerja", values: {numeric_score: [], predicate_rank: []}}
  design: {type: text, description: "How participants came to the classes; lottery: by lot, with the losers on record; randomised: by lot, the losers unknown.", label: "Rancangan", values: {lottery: [], randomised: [], nominated: [], self_selected: [], unknown: []}}
  n_trained: {type: integer, description: "Trained people with a period before and one after who have a comparison; all with both periods where nobody has one. Of a lottery: those whom the lot let in, whether they came or not.", label: "Jumlah dilatih", unit: people, minimum: 0}
  n_trained_paired: {type: integer, description: "Trained people (of a lottery: let in) with a period before and one after.", label: "Jumlah dilatih dengan dua periode", unit: people, minimum: 0}
  n_cotrained: {type: integer, description: "Of them, those who took a class of another program between the two ratings: what it did cannot be told apart; left out of the comparison, as such colleagues are.", label: "Jumlah dilatih juga di program lain", unit: people, minimum: 0}
  n_control: {type: integer, description: "Colleagues never enrolled in the program, nor in another class between the first day of the period before and the last of the one after. Of a lottery: those whom the lot left out, whatever they took later.", label: "Jumlah pembanding", unit: people, minimum: 0}
  n_drawn_in: {type: integer, description: "People whom the lot let in; empty where it is not a lottery.", label: "Jumlah terpilih undian", unit: people, minimum: 0, nullable: true}
  n_drawn_out: {type: integer, description: "People whom the lot left out.", label: "Jumlah tidak terpilih undian", unit: people, minimum: 0, nullable: true}
  attrition: {type: number, description: "Share of all who were drawn that have not both ratings.", label: "Tidak terukur", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  attrition_difference: {type: number, description: "Share not measured of those left out less that of those let in.", label: "Selisih tidak terukur", unit: "share", minimum: -1, maximum: 1, nullable: true}
  n_strata: {type: integer, description: "Strata (unit × position group × pair of periods; of a lottery: the class) with both trained people and colleagues.", label: "Jumlah strata", unit: strata, minimum: 0}
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
  p_permutation: {type: number, description: "Two-sided p-value of the lot, by exchanging people within each lottery (1,999 draws); empty where it is not one.", label: "Nilai p permutasi", minimum: 0, maximum: 1, nullable: true}
  p_wild: {type: number, description: "Two-sided p-value of the wild cluster bootstrap over units, the effect held to zero; where there are too few units to cluster by, and more than one.", label: "Nilai p bootstrap unit", minimum: 0, maximum: 1, nullable: true}
  p_adjusted: {type: number, description: "p-value that decides (of the lot, of units where they are few, else of effect), corrected over all fair comparisons of the outcome (Holm); empty of others.", label: "Nilai p terkoreksi", minimum: 0, maximum: 1, nullable: true}
  hedges_g: {description: "Standardised difference of the means after (trained − colleagues).", nullable: true}
  d_ppc2: {type: number, description: "Gain of the trained less that of the others, in pooled standard deviations before (Morris 2008).", label: "Selisih baku terhadap pembanding", unit: standard deviations, nullable: true}
  smallest: {type: number, description: "Smallest effect that matters: effect_matters standard deviations before.", label: "Pengaruh terkecil yang berarti", minimum: 0, nullable: true}
  unseen: {type: number, description: "What may have begun with the class unseen, a promotion or a kinder rater: effect_unseen standard deviations before.", label: "Hal lain yang mungkin bersamaan", minimum: 0, nullable: true}
  detectable: {type: number, description: "Smallest effect that these people and units would have shown with a power of 80 %.", label: "Pengaruh terkecil yang dapat terlihat", minimum: 0, nullable: true}
  baseline_smd: {type: number, description: "Standardised difference of the means before; from 0.25 in size the groups are not comparable.", label: "Ketimpangan awal", unit: standard deviations, nullable: true}
  n_trained_prior: {type: integer, description: "Trained people with a further period before the one before, and colleagues with the same.", label: "Jumlah dilatih dengan periode lebih awal", unit: people, minimum: 0}
  pretrend: {type: number, description: "The same difference-in-differences one period earlier, when nobody was trained yet; empty without such periods.", label: "Tren sebelum pelatihan", nullable: true}
  pretrend_p_value: {type: number, description: "Two-sided p-value of pretrend; below the policy's limit nominated people were on their way already.", label: "Nilai p tren sebelum", minimum: 0, maximum: 1, nullable: true}
  breakdown: {type: number, description: "How many times as much as before the training the groups may have drifted apart without it, before the effect could be nothing; 0 where nothing shows.", label: "Ketahanan terhadap tren", minimum: 0, nullable: true}
  claim: {type: text, description: "effect where enough people of a lottery whose losers are on record are measured, or enough trained people, drawn or nominated from enough units, have a comparison that was alike before and is known not to have been on its way; else change. Unknown passes no gate.", label: "Jenis pernyataan", values: {effect: [], change: []}}
  evidence_grade: {type: text, description: "Evidence: terbukti (a lottery with its losers, by intention to treat, attrition within the boundary of the What Works Clearinghouse, balanced, and proven), didukung (claim effect of another comparison, proven, robust to a stated drift and larger than what may have begun unseen), tanpa_pengaruh (a fair comparison that shows no effect that matters), perubahan (a change without a fair comparison), tidak_dapat_disimpulkan (too little is known, or nothing is proven).", label: "Derajat bukti", values: {terbukti: [], didukung: [], tanpa_pengaruh: [], perubahan: [], tidak_dapat_disimpulkan: []}}
  is_proven: {type: boolean, description: "Whether the evidence shows an effect: evidence_grade is terbukti or didukung. claim alone says only that the comparison is fair enough for the word.", label: "Terbukti"}
  n_smallest: {type: integer, description: "People of the smaller group of the comparison; trained people where there are no colleagues.", label: "Jumlah orang kelompok terkecil", unit: people, minimum: 0}
  n_smallest_prior: {type: integer, description: "The same of the comparison one period earlier; empty without such periods.", label: "Jumlah orang kelompok terkecil sebelumnya", unit: people, minimum: 0, nullable: true}
  is_suppressed:
  verdict_code: {type: text, description: "Code of the verdict, the same in every language.", label: "Kode kesimpulan"}
  verdict: {type: text, description: "What may be said, in Bahasa Indonesia.", label: "Kesimpulan"}
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from warehouse.evaluation import comparison, effects, power
from warehouse.evaluation import statistics as st
from warehouse.words.language import stored

_STRATA = f"""
    {comparison.MATCHED},
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
    {comparison.places("pairs", "outcome")},
    strata as (
        select
            *,
            dense_rank() over (
                order by program_code nulls last, design nulls last, outcome nulls last
            ) as estimate,
            row_number() over (
                order by program_code nulls last, design nulls last, place nulls last
            ) as stratum
        from (select distinct program_code, design, outcome, place, unit_code from placed) as occupied
    )
"""
"""The same, and whom a class trained at which place. A stratum is a place in one estimate."""

_PAIRED = f"""
    {_STRATA},
    elsewhere as (
        select p.program_code, p.employee_id, p.outcome
        from pairs as p
        semi join attended as a
            on p.employee_id = a.employee_id and p.program_code <> a.program_code and a.start_date <= p.post_end
            and a.end_date >= p.pre_start
    ),
    paired as (
        select s.stratum, s.estimate, s.program_code, s.design, s.outcome, p.employee_id,
            case when o.employee_id is null then 0 else 1 end as is_cotrained, p.pre, p.post, p.prior, p.prior_end
        from placed as p
        left join elsewhere as o
            on p.employee_id = o.employee_id and p.program_code = o.program_code and p.outcome = o.outcome
        inner join strata as s on p.program_code = s.program_code and p.design = s.design and p.place = s.place
    )
"""

_PEOPLE = f"""
    {_PAIRED},
    candidates as materialized (
        select l.place, x.employee_id, x.value as pre, y.value as post, x.prior, x.prior_end
        from places as l
        inner join scores as x
            on l.outcome = x.outcome and l.regime = x.regime and l.pre_start = x.period_start and l.pre_end = x.period_end
            and l.unit_code = x.unit_code and l.position_group = x.position_group
        inner join scores as y
            on x.employee_id = y.employee_id and l.outcome = y.outcome and l.regime = y.regime
            and l.post_start = y.period_start and l.post_end = y.period_end
        anti join attended as a
            on x.employee_id = a.employee_id and a.start_date <= l.post_end and a.end_date >= l.pre_start
        -- People of whom nobody knows where they work are no colleagues of each other.
        where l.unit_code <> 'unknown'
    ),
    {comparison.ENROLLED},
    people as not materialized (
        select stratum, estimate, employee_id, 1 as is_trained, is_cotrained, pre, post, prior, prior_end
        from paired
        union all
        select s.stratum, s.estimate, c.employee_id, 0 as is_trained, 0 as is_cotrained, c.pre, c.post, c.prior, c.prior_end
        from strata as s
        inner join candidates as c on s.place = c.place
        left join enrolled as e on s.program_code = e.program_code and c.employee_id = e.employee_id
        where e.employee_id is null
    ),
    changes as not materialized (
        select
            'effect' as kind, stratum, estimate, date '1900-01-01' as since, employee_id, is_trained, pre, post, post - pre as change
        from people
        where is_cotrained = 0
        union all
        -- Before the training there was nothing that could have an effect: what shows there was on its way already.
        select
            'pretrend' as kind, stratum, estimate, prior_end as since, employee_id, is_trained, pre, post, pre - prior as change
        from people
        where is_cotrained = 0 and prior is not null
    )
"""

INPUTS = {
    "programs": f"""
        with {comparison.TRAINED}
        select program_code, design, count(*) as n_enrolled from trained group by program_code, design
    """,
    "paired": f"""
        with {_PAIRED}
        select program_code, design, outcome, count(*) as n_paired, sum(is_cotrained) as n_cotrained
        from paired
        group by program_code, design, outcome
    """,
    "cells": f"""
        with {_PEOPLE},
        sums as (
            select
                estimate, kind, stratum, since, is_trained, count(*) as n,
                cast(sum(cast(change as decimal(38, 9))) as double) as change,
                cast(sum(cast(change * change as decimal(38, 9))) as double) as change_squares,
                cast(sum(cast(pre as decimal(38, 9))) as double) as pre,
                cast(sum(cast(pre * pre as decimal(38, 9))) as double) as pre_squares,
                cast(sum(cast(post as decimal(38, 9))) as double) as post,
                cast(sum(cast(post * post as decimal(38, 9))) as double) as post_squares
            from changes
            group by estimate, kind, stratum, since, is_trained
        ),
        means as (
            select
                kind, stratum, since, cast(sum(n * is_trained) as double) / nullif(sum(n), 0) as trained,
                sum(change) / nullif(sum(n), 0) as change
            from sums
            group by kind, stratum, since
            having count(*) = 2
        ),
        parts as (
            select
                c.estimate, c.kind, c.employee_id,
                (c.is_trained - m.trained) * (c.change - m.change) as a,
                (c.is_trained - m.trained) * (c.is_trained - m.trained) as b
            from changes as c
            inner join means as m on c.kind = m.kind and c.stratum = m.stratum and c.since = m.since
        ),
        own as (
            select
                estimate, kind, employee_id,
                cast(sum(cast(a as decimal(38, 12))) as double) as a, cast(sum(cast(b as decimal(38, 12))) as double) as b
            from parts
            group by estimate, kind, employee_id
        ),
        persons as (
            select
                estimate, kind, count(*) as n_people,
                cast(sum(cast(a * a as decimal(38, 12))) as double) as aa,
                cast(sum(cast(a * b as decimal(38, 12))) as double) as ab,
                cast(sum(cast(b * b as decimal(38, 12))) as double) as bb
            from own
            group by estimate, kind
        )
        select
            s.program_code, s.design, s.outcome, s.unit_code, c.*, p.n_people, p.aa, p.ab, p.bb
        from sums as c
        inner join strata as s on c.stratum = s.stratum
        left join persons as p on c.estimate = p.estimate and c.kind = p.kind
    """,
    "lots": f"""
        with {comparison.SCORES},
        {comparison.AROUND}
        select
            d.program_code, a.outcome, d.class_id, d.employee_id, d.is_trained, x.unit_code, x.value as pre, y.value as post,
            x.prior, x.prior_end
        from drawn as d
        inner join around as a on d.program_code = a.program_code and d.class_id = a.class_id
        left join scores as x
            on d.employee_id = x.employee_id and a.outcome = x.outcome and a.regime = x.regime and a.span = x.span
            and a.pre_end = x.period_end
        left join scores as y
            on d.employee_id = y.employee_id and a.outcome = y.outcome and a.regime = y.regime and a.span = y.span
            and a.post_start = y.period_start
    """,
    "policy": "select policy, value, version from ops.policy",
}
POLICIES = (
    "effect_baseline_smd", "effect_breakdown", "effect_matters", "effect_minimum_trained", "effect_minimum_clusters", "effect_minimum_units", "effect_pretrend_p",
    "effect_unseen",
)  # fmt: skip


ESTIMATE = ["program_code", "design", "outcome"]
"""What an estimate is told by."""


def model(
    *,
    programs: pd.DataFrame,
    paired: pd.DataFrame,
    cells: pd.DataFrame,
    lots: pd.DataFrame,
    policy: pd.DataFrame,
) -> pd.DataFrame:
    """One estimate per program, outcome and design; programs whose people have no two periods are named too.

    `cells`: one row per stratum and arm, of the effect and of the trend before, each with the moments of the people of its estimate.
    """
    limits = st.policy_values(policy)
    counts = {
        tuple(key): (int(n), int(twice))
        for *key, n, twice in paired[[*ESTIMATE, "n_paired", "n_cotrained"]].itertuples(index=False)
    }
    cells = cells.sort_values([*ESTIMATE, "kind", "stratum", "since", "is_trained"], ignore_index=True)
    cells["part"] = cells.groupby(["stratum", "since"], sort=False).ngroup()
    rows = []
    for key, own in cells.groupby(ESTIMATE, sort=True):
        sides = {kind: _side(own[own["kind"] == kind]) for kind in ("effect", "pretrend")}
        everybody = own[own["kind"] == "effect"]
        rows.append(
            _row(key, sides["effect"], sides["pretrend"], everybody, *counts[cast(tuple[str, ...], key)], limits)
        )
    told = {(row["program_code"], row["design"], row["outcome"]) for row in rows}
    # People of whom all took another program, too, are in no cell.
    rows += [_row(key, None, None, cells.iloc[:0], *n, limits) for key, n in counts.items() if key not in told]
    rows += [_lottery(key, own, limits) for key, own in lots.groupby(["program_code", "outcome"], sort=True)]
    measured = {(row["program_code"], row["design"]) for row in rows if row["outcome"] == "numeric_score"}
    for program, design in programs.sort_values(["program_code", "design"])[["program_code", "design"]].to_numpy():
        if (program, design) not in measured:
            rows.append(_row((program, design, "numeric_score"), None, None, cells.iloc[:0], 0, 0, limits))
    _judge(rows, limits)
    estimates = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "rule_version"])
    estimates["rule_version"] = st.policy_version(policy, POLICIES)
    return st.rounded(estimates)


COLUMNS = [
    "program_code", "outcome", "design", "n_trained", "n_trained_paired", "n_cotrained", "n_control", "n_drawn_in", "n_drawn_out",
    "attrition", "attrition_difference", "n_strata", "n_units",
    "trained_pre_mean", "trained_post_mean", "control_pre_mean", "control_post_mean", "post_difference", "effect", "se",
    "se_kind", "ci_low", "ci_high", "p_value", "p_permutation", "p_wild", "p_adjusted", "hedges_g", "d_ppc2", "smallest", "unseen", "detectable", "baseline_smd", "n_trained_prior",
    "pretrend", "pretrend_p_value", "breakdown", "claim", "evidence_grade", "is_proven", "verdict_code", "verdict", "n_smallest", "n_smallest_prior",
    "rule_version",
]  # fmt: skip


def _judge(rows: list[dict[str, Any]], limits: dict[str, float]) -> None:
    """Add what may be said. Fair comparisons of one outcome are a family: that nothing of it works is called an effect once in
    twenty, however many programs there are (Holm 1979)."""
    for outcome in sorted({str(row["outcome"]) for row in rows}):
        own = [row for row in rows if row["outcome"] == outcome]
        fair = [row for row in own if effects.unfair(row, limits) is None]
        for row, p in zip(fair, st.holm([effects.chance(row, limits) for row in fair]), strict=True):
            row["p_adjusted"] = p
    for row in rows:
        row["verdict_code"] = code = effects.verdict_code(row, limits)
        row["claim"], row["evidence_grade"] = effects.claim(code), effects.grade(code)
        row["is_proven"] = row["evidence_grade"] in effects.PROVEN
        row["verdict"] = stored(effects.verdict(row, limits))


@dataclass(frozen=True)
class _Side:
    """A comparison over two periods, added up by stratum and arm."""

    cells: pd.DataFrame
    """Of the strata in which there are both trained people and others."""
    people: st.Cells
    n_trained: int
    n_control: int
    """People; who stands in several strata is one."""

    def estimate(self, limits: dict[str, float], *, by_lot: bool) -> st.Estimate:
        """The lot was about people: their units are no clusters of it."""
        clusters = float("inf") if by_lot else limits["effect_minimum_clusters"]
        return st.difference_in_differences(self.people, randomised=by_lot, minimum_clusters=clusters)


def _side(cells: pd.DataFrame) -> _Side | None:
    """None where no stratum has both."""
    own = cells[cells.groupby("part")["is_trained"].transform("size") == 2]
    if own.empty:
        return None
    of = own.iloc[0]
    people = st.Cells(
        own["part"].to_numpy(), own["unit_code"].to_numpy(dtype=object), own["is_trained"].to_numpy(dtype=float),
        own["n"].to_numpy(dtype=float), own["change"].to_numpy(dtype=float), own["change_squares"].to_numpy(dtype=float),
        int(of["n_people"]), (float(of["aa"]), float(of["ab"]), float(of["bb"])),
    )  # fmt: skip
    n_trained = int(own.loc[own["is_trained"] == 1, "n"].sum())  # each of them stands in one stratum
    return _Side(own, people, n_trained, people.n_people - n_trained)


def _lottery(key: Hashable, drawn: pd.DataFrame, limits: dict[str, float]) -> dict[str, object]:
    """Those whom the lot let in against those whom it left out, by intention to treat; each class is a lottery of its own."""
    program, outcome = cast(tuple[str, str], key)
    measured = drawn.dropna(subset=["pre", "post"]).assign(change=lambda rows: rows["post"] - rows["pre"], since=0)
    earlier = measured.dropna(subset=["prior"]).assign(change=lambda rows: rows["pre"] - rows["prior"])
    earlier["since"] = earlier["prior_end"]
    side, before = _of_people(measured), _of_people(earlier)
    share = [
        float(measured["is_trained"].eq(arm).sum() / n) if (n := drawn["is_trained"].eq(arm).sum()) else np.nan
        for arm in (1, 0)
    ]
    lot = {
        "n_drawn_in": int(drawn["is_trained"].sum()),
        "n_drawn_out": int((1 - drawn["is_trained"]).sum()),
        "attrition": 1 - len(measured) / len(drawn),
        "attrition_difference": share[0] - share[1],
    }
    n_paired = int(measured["is_trained"].sum())
    if side is not None:
        own = measured[measured["class_id"].isin(side.cells["stratum"])].sort_values("employee_id")
        columns = (own[name].to_numpy() for name in ("change", "is_trained", "class_id"))
        lot["p_permutation"] = st.permuted(*columns)
    return _row(
        (program, "lottery", outcome), side, before, _sums(measured.assign(stratum=0)), n_paired, 0, limits, lot
    )


def _of_people(people: pd.DataFrame) -> _Side | None:
    """The lotteries with measured people on both sides, added up."""
    if people.empty:
        return None
    people = people.assign(stratum=people["class_id"])
    share = people.groupby(["stratum", "since"])["is_trained"].transform("mean")
    people = people[(share > 0) & (share < 1)].sort_values(["stratum", "since", "employee_id"])
    if people.empty:
        return None
    part = people.groupby(["stratum", "since"]).ngroup().to_numpy()
    columns = [people[name].to_numpy() for name in ("change", "is_trained", "employee_id")]
    # A lottery reaches across units: their number is told, and nothing is clustered by them.
    cells = st.Cells.of(columns[0], columns[1].astype(float), part, part, columns[2])
    n = people.groupby("is_trained")["employee_id"].nunique()
    return _Side(_sums(people), cells, int(n[1]), int(n[0]))


def _sums(people: pd.DataFrame) -> pd.DataFrame:
    """People of lotteries added up by stratum and arm."""
    squares = people.assign(**{f"{name}_squares": people[name] ** 2 for name in ("pre", "post")})
    return squares.groupby(["stratum", "since", "is_trained"], as_index=False).agg(
        n=("pre", "size"), unit_code=("unit_code", lambda units: tuple(sorted(set(units)))),
        **{name: (name, "sum") for name in ("pre", "pre_squares", "post", "post_squares")},
    )  # fmt: skip


def _row(
    key: Hashable,
    side: _Side | None,
    before: _Side | None,
    everybody: pd.DataFrame,
    n_paired: int,
    n_cotrained: int,
    limits: dict[str, float],
    lot: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """A row of the mart. `before`: the comparison one period earlier, `everybody`: the cells with and without a comparison, `lot`: what
    only a lottery has."""
    program, design, outcome = cast(tuple[str, str, str], key)
    by_lot = lot is not None
    estimate = side.estimate(limits, by_lot=by_lot) if side else st.NO_ESTIMATE
    trend = before.estimate(limits, by_lot=by_lot) if side and before else st.NO_ESTIMATE
    row: dict[str, object] = {"program_code": program, "design": design, "outcome": outcome}
    row |= {
        "n_drawn_in": None,
        "n_drawn_out": None,
        "attrition": np.nan,
        "attrition_difference": np.nan,
        "p_permutation": np.nan,
        "p_adjusted": np.nan,
    }
    row |= {
        "n_trained": side.n_trained if side else n_paired - n_cotrained,
        "n_trained_paired": n_paired,
        "n_cotrained": n_cotrained,
        "n_control": side.n_control if side else 0,
        "n_strata": side.cells["part" if "part" in side.cells else "stratum"].nunique() if side else 0,
        "n_units": _units(side.cells["unit_code"]) if side else 0,
        "effect": estimate.effect,
        "se": estimate.se,
        "se_kind": estimate.se_kind,
        "ci_low": estimate.ci_low,
        "ci_high": estimate.ci_high,
        "p_value": estimate.p_value,
        "p_wild": np.nan if by_lot else estimate.p_wild,
        "n_trained_prior": before.n_trained if side and before else 0,
        "pretrend": trend.effect,
        "pretrend_p_value": trend.p_value,
        "detectable": float(power.detectable(estimate.se)),
        "breakdown": st.breakdown((estimate.ci_low, estimate.ci_high), (trend.ci_low, trend.ci_high)),
        **_means(side.cells if side else everybody, limits),
        **(lot or {}),
    }
    row["n_smallest"] = min(side.n_trained, side.n_control) if side else row["n_trained"]
    row["n_smallest_prior"] = min(before.n_trained, before.n_control) if side and before else None
    return row


def _units(codes: pd.Series) -> int:
    """Units among cells, of which those of a lottery have several."""
    return len({unit for code in codes for unit in (code if isinstance(code, tuple) else (code,))})


def _means(cells: pd.DataFrame, limits: dict[str, float]) -> dict[str, object]:
    """Means before and after, and what they differ by in standard deviations; unknown of an arm without people."""
    names = ["trained_pre_mean", "control_pre_mean", "trained_post_mean", "control_post_mean"]
    arms = (
        cells.groupby("is_trained")[["n", "pre", "pre_squares", "post", "post_squares"]]
        .sum()
        .reindex([1, 0], fill_value=0)
    )
    pre, post = (arms[["n", name, f"{name}_squares"]].to_numpy(dtype=float).T for name in ("pre", "post"))
    before, after = st.divide(pre[1], pre[0]), st.divide(post[1], post[0])
    means = dict(zip(names, [*before, *after], strict=True))
    return means | {
        "post_difference": after[0] - after[1],
        "hedges_g": st.group_gap(*post, pooled=True),
        "smallest": limits["effect_matters"] * st.pooled_sd(*pre),
        "unseen": limits["effect_unseen"] * st.pooled_sd(*pre),
        "d_ppc2": float(st.morris_gap(pre[0], before, after, np.sqrt(st.spread(*pre)))),
        "baseline_smd": st.group_gap(*pre, pooled=False),
    }
