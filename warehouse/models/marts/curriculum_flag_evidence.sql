/*
---
description: The classes that each flag rests on, with their own counts.
grain: flag × class
key: [flag_id, class_id]
columns:
  flag_id:
  class_id:
  batch_no:
  end_date:
  n_expected:
  n_respondents:
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  index_0_100:
  index_agency:
  wilson_low: {description: "Lower bound of the two-sided 95 % Wilson interval of the class's share."}
  wilson_high: {description: "Upper bound of the same interval."}
  reaches_tolerated: {type: boolean, description: "Whether the class's own share reaches the tolerated share of the policy.", label: "Mencapai batas toleransi", nullable: true}
  is_suppressed:
---
*/
with named as (
    select distinct class_id from marts.reaction where instructor_id is not null and n_respondents > 0
)
select
    f.flag_id, r.class_id, c.batch_no, c.end_date, r.n_expected, r.n_respondents, r.n_dissatisfied,
    r.dissatisfied_share, r.index_0_100, r.index_agency, r.wilson_low, r.wilson_high,
    r.dissatisfied_share >= f.tolerated_share as reaches_tolerated, r.is_suppressed
from marts.curriculum_flag as f
inner join core.dim_class as c on f.program_code = c.program_code and f.curriculum_version = c.curriculum_version
inner join marts.reaction as r
    on c.class_id = r.class_id and f.aspect = r.aspect
    and coalesce(f.instructor_id, '') = coalesce(r.instructor_id, '')
cross join ops.run as u
left join named as n on r.class_id = n.class_id
where r.n_respondents > 0
    and coalesce(c.end_date, c.start_date, r.last_answered_on, u.as_of) <= u.as_of
    and (r.aspect <> 'NARASUMBER' or r.instructor_id is not null or n.class_id is null)
