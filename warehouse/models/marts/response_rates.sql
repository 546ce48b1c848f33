/*
---
description: >
  Attendance and survey response of each class. Nobody expected, not surveyed, and nobody answered are different states;
  none of them is a rate of zero.
grain: class
key: [class_id]
metrics: {response_rate: "sum(case when n_expected is not null then n_respondents end) / nullif(cast(sum(case when n_respondents is not null then n_expected end) as double), 0)"}
columns:
  class_id:
  class_ended_on:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  n_enrolled: {nullable: true, description: "People enrolled; empty where no list of participants was delivered."}
  n_expected: {description: "As in reaction."}
  n_respondents: {nullable: true, description: "Forms with at least one answer; empty where the class was not surveyed."}
  response_rate:
  n_attended: {nullable: true, description: "Enrolled people present in at least one session; empty where presence is not known."}
  n_sessions_known: {nullable: true}
  n_sessions_attended: {nullable: true}
  attendance_share: {nullable: true}
  survey_state: {type: text, description: "What is known of the class's survey.", label: "Status survei", values: {dijawab: [], belum_ada_jawaban: [], peserta_tidak_diketahui: []}}
  is_suppressed: {description: "True where numbers are left out: fewer than minimum_cell_size people enrolled, or with a known presence."}
---
*/
with forms as (
    select class_id, max(n_forms) as n_respondents, max(n_expected) as n_expected
    from marts.reaction
    group by class_id
)
select
    c.class_id, c.program_code, c.curriculum_version, p.n_enrolled,
    case when f.n_respondents is null then p.n_expected else f.n_expected end as n_expected,
    f.n_respondents,
    cast(f.n_respondents as double) / nullif(f.n_expected, 0) as response_rate,
    p.n_attended, p.n_sessions_attended, p.n_sessions_known,
    cast(p.n_sessions_attended as double) / nullif(p.n_sessions_known, 0) as attendance_share,
    case
        when p.n_enrolled is null then 'peserta_tidak_diketahui'
        when f.n_respondents is null then 'belum_ada_jawaban'
        else 'dijawab'
    end as survey_state,
    coalesce(p.is_suppressed, false) as is_suppressed
from core.dim_class as c
left join marts.class_participants as p on c.class_id = p.class_id
left join forms as f on c.class_id = f.class_id
where c.class_key <> 'unknown'
