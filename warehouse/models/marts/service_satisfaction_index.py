"""Public satisfaction with each service, its interval, and whether enough were asked for a grade.

---
description: >
  Public satisfaction index (IKM) of PermenPANRB 14/2017: the mean score (NRR) of each of the nine elements, weighted by
  exactly 1/9, times 25. Without all nine elements there is no index. The grade is decided on the index rounded
  to 2 decimals, and given from the minimum sample on. Of questionnaires and a recap of one service and period one counts: that with more
  elements, or answers.
grain: unit × service × period
key: [unit_code, service, period_start, period_end]
metrics: {ikm_mean: avg(ikm)}
columns:
  unit_code:
  unit_name: {nullable: true}
  service:
  period_start:
  period_end:
  n_respondents: {description: "Most questionnaires that answered any one element."}
  n_elements: {type: integer, description: "Elements with at least one answer, of nine.", label: "Jumlah unsur terisi", unit: elements, minimum: 0, maximum: 9}
  nrr_persyaratan: {type: number, description: "Mean score of the element persyaratan.", label: "NRR persyaratan", minimum: 1, maximum: 4, nullable: true}
  nrr_prosedur: {type: number, description: "Mean score of the element prosedur.", label: "NRR prosedur", minimum: 1, maximum: 4, nullable: true}
  nrr_waktu: {type: number, description: "Mean score of the element waktu.", label: "NRR waktu", minimum: 1, maximum: 4, nullable: true}
  nrr_biaya: {type: number, description: "Mean score of the element biaya.", label: "NRR biaya", minimum: 1, maximum: 4, nullable: true}
  nrr_produk: {type: number, description: "Mean score of the element produk.", label: "NRR produk", minimum: 1, maximum: 4, nullable: true}
  nrr_kompetensi: {type: number, description: "Mean score of the element kompetensi, the one closest to training.", label: "NRR kompetensi", minimum: 1, maximum: 4, nullable: true}
  nrr_perilaku: {type: number, description: "Mean score of the element perilaku.", label: "NRR perilaku", minimum: 1, maximum: 4, nullable: true}
  nrr_pengaduan: {type: number, description: "Mean score of the element pengaduan.", label: "NRR pengaduan", minimum: 1, maximum: 4, nullable: true}
  nrr_sarana: {type: number, description: "Mean score of the element sarana.", label: "NRR sarana", minimum: 1, maximum: 4, nullable: true}
  ikm: {type: number, description: "Sum of the nine NRR ÷ 9 × 25.", label: "IKM", unit: "points 25–100", minimum: 25, maximum: 100, nullable: true}
  ikm_low: {type: number, description: "Lower end of the 95 % interval of ikm: t over respondents from skm_minimum_respondents on whose own answers are known, else Wilson's, which is wide.", label: "Batas bawah IKM", unit: "points 25–100", minimum: 25, maximum: 100, nullable: true}
  ikm_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas IKM", unit: "points 25–100", minimum: 25, maximum: 100, nullable: true}
  n_users: {type: integer, description: "People who used the service in the period; empty where it is not known.", label: "Jumlah penerima layanan", unit: people, minimum: 1, nullable: true}
  n_required: {type: integer, description: "Respondents that a grade needs: the sample of Krejcie and Morgan for n_users, else skm_minimum_respondents.", label: "Sampel minimum", unit: people, minimum: 0}
  grade: {type: text, description: "A from 88.31, B from 76.61, C from 65.00, D below; empty below n_required respondents.", label: "Mutu pelayanan", values: {A: [], B: [], C: [], D: []}, nullable: true}
  is_newest: {type: boolean, description: "Whether it is the service's newest index of a period that ended within the year before the as-of date; of periods that end together that of the shortest.", label: "Terbaru dari layanannya"}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import statistics as st

INPUTS = {
    "services": """
        with recaps as (
            select distinct unit_code, service, period_start, period_end, respondent_id
            from core.fact_service_satisfaction
            where n_answers > 1
        ),
        answers as (
            -- Of a recap, too, one person alone may have answered an element.
            select
                f.unit_code, f.service, f.period_start, f.period_end, f.respondent_id, f.element, f.score, f.n_answers, f.n_users,
                r.respondent_id is not null as is_recap
            from core.fact_service_satisfaction as f
            left join recaps as r
                on f.unit_code = r.unit_code and f.service = r.service and f.period_start = r.period_start and f.period_end = r.period_end
                and f.respondent_id = r.respondent_id
            where f.score is not null
        ),
        elements as (
            select
                unit_code, service, period_start, period_end, is_recap, element,
                sum(n_answers) as n_answers,
                max(n_answers) as n_largest,
                max(n_users) as n_users,
                cast(sum(cast(round(score * n_answers, 6) as decimal(18, 6))) as double) / nullif(sum(n_answers), 0) as nrr
            from answers
            group by unit_code, service, period_start, period_end, is_recap, element
        ),
        wide as (
            select
                unit_code, service, period_start, period_end, is_recap,
                max(n_answers) as n_respondents,
                max(n_largest) as n_largest,
                max(max(n_users)) over (partition by unit_code, service, period_start, period_end) as n_users,
                count(nrr) as n_elements,
                max(case when element = 'persyaratan' then nrr end) as nrr_persyaratan,
                max(case when element = 'prosedur' then nrr end) as nrr_prosedur,
                max(case when element = 'waktu' then nrr end) as nrr_waktu,
                max(case when element = 'biaya' then nrr end) as nrr_biaya,
                max(case when element = 'produk' then nrr end) as nrr_produk,
                max(case when element = 'kompetensi' then nrr end) as nrr_kompetensi,
                max(case when element = 'perilaku' then nrr end) as nrr_perilaku,
                max(case when element = 'pengaduan' then nrr end) as nrr_pengaduan,
                max(case when element = 'sarana' then nrr end) as nrr_sarana
            from elements
            group by unit_code, service, period_start, period_end, is_recap
        ),
        counted as (
            -- A recap is of the same people as the questionnaires beside it.
            select * from wide
            qualify row_number() over (
                partition by unit_code, service, period_start, period_end order by n_elements desc nulls last, n_respondents desc nulls last, is_recap nulls last
            ) = 1
        ),
        forms as (
            select
                unit_code, service, period_start, period_end, is_recap, respondent_id,
                cast(round(avg(score) * 25.0, 9) as decimal(18, 9)) as own
            from answers
            group by unit_code, service, period_start, period_end, is_recap, respondent_id
        ),
        spread as (
            select
                unit_code, service, period_start, period_end, is_recap, count(*) as n_forms, cast(sum(own) as double) as total,
                cast(sum(own * own) as double) as squares
            from forms
            group by unit_code, service, period_start, period_end, is_recap
        )
        select w.*, s.n_forms, s.total, s.squares
        from counted as w
        inner join spread as s
            on w.unit_code = s.unit_code and w.service = s.service and w.period_start = s.period_start and w.period_end = s.period_end
            and w.is_recap = s.is_recap
    """,
    "run": "select as_of from ops.run",
    "policy": "select policy, value, version from ops.policy",
}
LOWEST, HIGHEST = 25.0, 100.0
"""Ends of the index."""
GRADES = (("A", 88.31), ("B", 76.61), ("C", 65.00), ("D", LOWEST))
"""Grade → where it begins (PermenPANRB 14/2017)."""
ELEMENTS = 9
"""Elements that an index is the mean of."""


def model(*, services: pd.DataFrame, run: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """The index of each service and period with interval and grade."""
    minimum = st.policy_values(policy)["skm_minimum_respondents"]
    rows = services.sort_values(["unit_code", "service", "period_start", "period_end"], ignore_index=True)
    means = rows.filter(like="nrr_").astype(float)
    rows["ikm"] = np.round(means.sum(axis=1, skipna=False) / ELEMENTS * 25, st.DIGITS)
    n = rows["n_respondents"].to_numpy(dtype=float)
    # No answer between two ends varies more than one that is always at an end: Wilson's interval holds for the mean of any.
    share = (rows["ikm"].to_numpy(dtype=float) - LOWEST) / (HIGHEST - LOWEST)
    wide = [LOWEST + (HIGHEST - LOWEST) * end for end in st.wilson(share * n, n)]
    variance = st.spread(rows["n_forms"], rows["total"], rows["squares"])
    own = st.mean_interval(rows["ikm"], variance, rows["n_forms"])
    is_own = ((rows["n_largest"] == 1) & (rows["n_forms"] >= minimum)).to_numpy()
    for name, of_forms, of_any in zip(("ikm_low", "ikm_high"), own, wide, strict=True):
        rows[name] = np.clip(np.where(is_own, of_forms, of_any), LOWEST, HIGHEST)
    required = st.krejcie_morgan(rows["n_users"])
    rows["n_required"] = np.where(np.isnan(required), minimum, required).astype(int)
    is_enough = (rows["n_respondents"] >= rows["n_required"]) & rows["ikm"].notna()
    hundredths = np.floor((rows["ikm"] * 100).round(st.DIGITS - 2) + 0.5)
    grades = np.select([hundredths >= round(least * 100) for _, least in GRADES], [grade for grade, _ in GRADES], "")
    rows["grade"] = st.text(grade if known else None for grade, known in zip(grades, is_enough, strict=True))
    rows["is_newest"] = rows.index.isin(_newest(rows[rows["ikm"].notna()], pd.Timestamp(run["as_of"].iloc[0])))
    return st.rounded(rows.drop(columns=["is_recap", "n_largest", "n_forms", "total", "squares"]))


def _newest(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.Index:
    """Which periods of services are their newest: offices do not all ask in the same months."""
    ended = pd.to_datetime(rows["period_end"])
    recent = rows[(ended <= as_of) & (ended > as_of - pd.DateOffset(years=1))]
    return recent.sort_values(["period_end", "period_start"]).groupby(["unit_code", "service"]).tail(1).index
