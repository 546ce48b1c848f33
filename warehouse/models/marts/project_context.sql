/*
---
description: >
  Development projects as of their latest month. Context only: progress has many causes besides training and is never
  shown as an effect of it. Critical contracts after the standard contract clause 31.2 and Permen PU 07/PRT/M/2011.
grain: project
key: [project_id]
columns:
  project_id:
  unit_code: {nullable: true}
  unit_name: {nullable: true}
  month_start:
  planned_pct:
  actual_pct:
  deviation_pct: {type: number, description: "actual_pct − planned_pct; negative is late.", label: "Deviasi fisik", unit: percentage points}
  contract_idr:
  realised_idr:
  realised_share: {type: number, description: "realised_idr ÷ contract_idr.", label: "Porsi realisasi keuangan", share_of: [realised_idr, contract_idr], unit: share, nullable: true}
  planned_end_on: {type: date, description: "Planned end of the contract.", label: "Rencana selesai", nullable: true}
  passes_fiscal_year: {type: boolean, description: "Unfinished in December, or planned to end after the year of the latest month.", label: "Melampaui tahun anggaran"}
  is_critical: {type: boolean, description: "Kontrak kritis: late by more than 10 points below 70 % of the plan, by more than 5 from 70 %, or by less and passing the fiscal year.", label: "Kontrak kritis"}
  status: {type: text, description: "State of the project's progress.", label: "Status", values: {kritis: [], terlambat: [], sesuai: [], belum_mulai: []}}
---
*/
with ranked as (
    select
        f.project_id, u.unit_code, f.month_start, f.planned_pct, f.actual_pct,
        round(f.deviation_pct, 6) as deviation_pct,
        f.contract_idr, f.realised_idr, f.realised_share, f.planned_end_on,
        (month(f.month_start) = 12 and f.actual_pct < 100)
        or coalesce(year(f.planned_end_on) > year(f.month_start), false) as passes_fiscal_year
    from core.fact_project_progress as f
    left join core.dim_unit as u on f.unit_key = u.unit_key and u.unit_key <> 'unknown'
    cross join ops.run as r
    where f.month_start <= r.as_of
    qualify row_number() over (partition by f.project_id order by f.month_start desc nulls last) = 1
),
judged as (
    select
        *,
        (planned_pct < 70 and deviation_pct < -10)
        or (planned_pct >= 70 and deviation_pct < -5)
        or (planned_pct >= 70 and deviation_pct < 0 and passes_fiscal_year) as is_critical
    from ranked
)
select
    *,
    case
        when is_critical then 'kritis'
        when planned_pct = 0 and actual_pct = 0 then 'belum_mulai'
        when deviation_pct < 0 then 'terlambat'
        else 'sesuai'
    end as status
from judged
