/*
---
description: Test scores of participants; a missing score is unknown, not zero.
grain: class × employee × kind × assessment
key: [class_id, employee_id, kind, assessment_code]
columns:
  class_id:
  employee_id:
  class_key:
  employee_key:
  program_key:
  kind: {type: text, description: "pre, post, or another test.", label: "Jenis tes", values: {pre: [], post: [], other: []}}
  assessment_code: {type: text, description: "Which test, where a class has several of a kind.", label: "Kode tes", nullable: true}
  assessed_date_key: {type: integer, description: "Day of the test as yyyymmdd; 0 unknown.", label: "Tanggal tes", references: core.dim_date}
  score: {nullable: true}
  max_score:
  score_pct: {type: number, description: "score ÷ max_score × 100.", label: "Nilai persen", unit: "%", nullable: true, minimum: 0, maximum: 100}
---
*/
select
    a.class_id, a.employee_id,
    coalesce(c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(c.program_key, 'unknown') as program_key,
    a.kind, a.assessment_code,
    coalesce(d.date_key, 0) as assessed_date_key,
    a.score, a.max_score,
    100.0 * a.score / nullif(a.max_score, 0.0) as score_pct
from staging.assessments as a
left join core.dim_class as c on a.class_id = c.class_id
left join core.dim_date as d on a.assessed_on = d.date_on
left join core.bridge_employee_unit as e
    on a.employee_id = e.employee_id
    and coalesce(a.assessed_on, c.start_date, date '9999-12-30') between e.valid_from and e.valid_through
