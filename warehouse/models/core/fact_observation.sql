/*
---
description: Observed behaviour at work by the person, the supervisor and peers, before and after a class.
grain: employee × class × observer role × phase × aspect × day × observer
key: [employee_id, class_id, observer_role, phase, aspect, observed_date_key, observer_id]
columns:
  employee_id:
  class_id:
  class_key:
  employee_key:
  program_key:
  observed_date_key: {type: integer, description: "Day of the observation as yyyymmdd.", label: "Tanggal pengamatan", references: core.dim_date}
  observer_role: {type: text, description: "Who observed.", label: "Pengamat", values: {self: [], supervisor: [], peer: []}}
  observer_id: {type: text, description: "Who observed: pseudonym of the NIP. Empty where the form does not say.", label: "NIP pengamat", privacy: pseudonym, nullable: true}
  phase: {type: text, description: "Before or after the class.", label: "Fase", values: {before: [], after: []}}
  aspect: {values: {}, description: "Behaviour that was observed.", label: "Aspek perilaku"}
  score:
  score_share: {type: number, description: "(score − scale_min) ÷ (scale_max − scale_min).", label: "Nilai 0–1", unit: share 0–1, nullable: true, minimum: 0, maximum: 1}
---
*/
select
    o.employee_id, o.class_id,
    coalesce(c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(c.program_key, 'unknown') as program_key,
    coalesce(d.date_key, 0) as observed_date_key,
    o.observer_role, o.observer_id, o.phase, o.aspect, o.score,
    (o.score - o.scale_min) / nullif(o.scale_max - o.scale_min, 0.0) as score_share
from staging.observations as o
left join core.dim_class as c on o.class_id = c.class_id
left join core.dim_date as d on o.observed_on = d.date_on
left join core.bridge_employee_unit as e
    on o.employee_id = e.employee_id and o.observed_on between e.valid_from and e.valid_through
