/*
---
description: >
  Public satisfaction index (IKM) of PermenPANRB 14/2017: the mean score (NRR) of each of the nine elements, weighted by
  exactly 1/9, times 25. Without all nine elements there is no index. The grade is decided on the index rounded to 2 decimals.
grain: unit × service × period
key: [unit_code, service, period_start, period_end]
metrics: {ikm_mean: avg(ikm)}
columns:
  unit_code:
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
  grade: {type: text, description: "A from 88.31, B from 76.61, C from 65.00, D below.", label: "Mutu pelayanan", values: {A: [], B: [], C: [], D: []}, nullable: true}
---
*/
with elements as (
    select
        unit_code, service, period_start, period_end, element,
        sum(n_answers) as n_answers,
        cast(sum(cast(round(score * n_answers, 6) as decimal(18, 6))) as double) / nullif(sum(n_answers), 0) as nrr
    from core.fact_service_satisfaction
    where score is not null
    group by unit_code, service, period_start, period_end, element
),
wide as (
    select
        unit_code, service, period_start, period_end,
        max(n_answers) as n_respondents,
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
    group by unit_code, service, period_start, period_end
),
indexed as (
    select
        *,
        round(
            (
                nrr_persyaratan + nrr_prosedur + nrr_waktu + nrr_biaya + nrr_produk
                + nrr_kompetensi + nrr_perilaku + nrr_pengaduan + nrr_sarana
            ) / 9.0 * 25.0,
            9
        ) as ikm
    from wide
)
select
    unit_code, service, period_start, period_end, n_respondents, n_elements,
    nrr_persyaratan, nrr_prosedur, nrr_waktu, nrr_biaya, nrr_produk, nrr_kompetensi, nrr_perilaku, nrr_pengaduan,
    nrr_sarana, ikm,
    case
        when ikm is null then null
        when round(cast(ikm as decimal(18, 9)), 2) >= 88.31 then 'A'
        when round(cast(ikm as decimal(18, 9)), 2) >= 76.61 then 'B'
        when round(cast(ikm as decimal(18, 9)), 2) >= 65.00 then 'C'
        else 'D'
    end as grade
from indexed
