/*
---
description: >
  Test scores of participants; a missing score is unknown, not zero. Tests before and after a class of which one is nowhere above a tenth of the highest score, and
  the other comes near it, are on two scales (8 beside 85): what they are in per cent is unknown, whichever files they came in.
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
  score_pct: {type: number, description: "score ÷ max_score × 100; empty where the tests before and after the class are on two scales.", label: "Nilai persen", unit: "%", nullable: true, minimum: 0, maximum: 100}
---
*/
with best as (
    select
        class_id,
        count(case when kind = 'pre' then score end) as n_pre,
        count(case when kind = 'post' then score end) as n_post,
        max(case when kind = 'pre' then score / nullif(max_score, 0.0) end) as pre,
        max(case when kind = 'post' then score / nullif(max_score, 0.0) end) as post
    from staging.assessments
    where kind in ('pre', 'post') and max_score >= 10
    group by class_id
),
-- The bounds are those of files that hold both tests: see warehouse/staging/scales.py.
two_scales as (
    select class_id
    from best
    where least(n_pre, n_post) >= 3 and least(pre, post) > 0 and least(pre, post) <= 0.1 and greatest(pre, post) >= 0.5
)
select
    a.class_id, a.employee_id,
    coalesce(c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(c.program_key, 'unknown') as program_key,
    a.kind, a.assessment_code,
    coalesce(d.date_key, 0) as assessed_date_key,
    a.score, a.max_score,
    case when t.class_id is null or a.kind = 'other' then 100.0 * a.score / nullif(a.max_score, 0.0) end as score_pct
from staging.assessments as a
left join two_scales as t on a.class_id = t.class_id
left join core.dim_class as c on a.class_id = c.class_id
left join core.dim_date as d on a.assessed_on = d.date_on
left join core.bridge_employee_unit as e
    on a.employee_id = e.employee_id
    and coalesce(a.assessed_on, c.start_date, date '9999-12-30') between e.valid_from and e.valid_through
