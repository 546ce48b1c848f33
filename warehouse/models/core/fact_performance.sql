/*
---
description: >-
  Performance of employees by period under a named regime; regimes are never compared. `predicate_expected` is worked
  out from the two ratings by the matrix of PermenPANRB 6/2022.
grain: employee × period × regime
key: [employee_id, period_start, period_end, regime]
columns:
  employee_key:
  unit_key:
  employee_id:
  period_start:
  period_end:
  period_end_date_key: {type: integer, description: "Last day of the period as yyyymmdd.", label: "Akhir periode", references: core.dim_date}
  regime: {type: text, description: "Rules that the rating follows.", label: "Rezim penilaian"}
  work_rating: {type: text, description: "Rating of results.", label: "Rating hasil kerja", nullable: true}
  behaviour_rating: {type: text, description: "Rating of behaviour.", label: "Rating perilaku kerja", nullable: true}
  predicate: {type: text, description: "Predicate as delivered.", label: "Predikat", nullable: true}
  predicate_expected: {type: text, description: "Predicate that the two ratings give.", label: "Predikat menurut matriks", nullable: true}
  numeric_score:
---
*/
select
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(e.unit_key, 'unknown') as unit_key,
    p.employee_id, p.period_start, p.period_end,
    coalesce(d.date_key, 0) as period_end_date_key,
    p.regime, p.work_rating, p.behaviour_rating, p.predicate,
    case
        when p.work_rating is null or p.behaviour_rating is null then null
        when p.work_rating = 'di_bawah' and p.behaviour_rating = 'di_bawah' then 'sangat_kurang'
        when p.behaviour_rating = 'di_bawah' then 'kurang'
        when p.work_rating = 'di_bawah' then 'butuh_perbaikan'
        when p.work_rating = 'di_atas' and p.behaviour_rating = 'di_atas' then 'sangat_baik'
        else 'baik'
    end as predicate_expected,
    p.numeric_score
from staging.performance as p
left join core.dim_date as d on p.period_end = d.date_on
left join core.bridge_employee_unit as e
    on p.employee_id = e.employee_id and p.period_end between e.valid_from and e.valid_through
