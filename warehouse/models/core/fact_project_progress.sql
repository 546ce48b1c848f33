/*
---
description: Cumulative progress of projects by month; context, never an effect of training.
grain: project × month
key: [project_id, month_start]
columns:
  project_id:
  unit_key:
  manager_employee_key: {type: text, description: "Manager of the project, as in that month.", label: "Pengelola proyek", references: core.dim_employee}
  month_date_key: {type: integer, description: "First day of the month as yyyymmdd.", label: "Bulan", references: core.dim_date}
  month_start:
  planned_pct:
  actual_pct:
  deviation_pct: {type: number, description: "actual_pct − planned_pct, percentage points.", label: "Deviasi fisik", unit: percentage points}
  contract_idr:
  realised_idr:
  realised_share: {type: number, description: "realised_idr ÷ contract_idr.", label: "Realisasi keuangan", unit: share, nullable: true}
  planned_end_on: {type: date, description: "Planned end.", label: "Rencana selesai", nullable: true}
---
*/
select
    p.project_id,
    coalesce(u.unit_key, 'unknown') as unit_key,
    coalesce(e.employee_key, 'unknown') as manager_employee_key,
    coalesce(d.date_key, 0) as month_date_key,
    p.month as month_start, p.planned_pct, p.actual_pct,
    p.actual_pct - p.planned_pct as deviation_pct,
    p.contract_idr, p.realised_idr,
    cast(p.realised_idr as double) / nullif(p.contract_idr, 0) as realised_share,
    p.planned_end as planned_end_on
from staging.projects as p
left join core.dim_unit as u on p.unit_code = u.unit_code and p.month >= u.valid_from and p.month < u.valid_to
left join core.dim_date as d on p.month = d.date_on
left join core.bridge_employee_unit as e
    on p.manager_employee_id = e.employee_id and p.month between e.valid_from and e.valid_through
