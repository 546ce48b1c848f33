/*
---
description: >
  The list of participants of each class, counted: who was enrolled, withdrew, finished and was there. Every other mart that tells how
  many were expected or present reads it here, where what is told of few people is left out.
grain: class
key: [class_id]
small_groups:
  - {people: n_enrolled, hides: [n_expected, n_withdrawn, n_completed, n_enrolled_examined, n_passed]}
  - {people: "case when n_presence_known > 0 then least(n_enrolled, n_presence_known) else n_enrolled end", hides: [n_attended, n_sessions_known, n_sessions_attended]}
columns:
  class_id:
  class_ended_on:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  n_enrolled: {description: "People enrolled, withdrawn ones included."}
  n_expected: {description: "Enrolled people who did not withdraw."}
  n_withdrawn: {type: integer, description: "Enrolled people who withdrew.", label: "Jumlah mundur", unit: people, minimum: 0, nullable: true}
  n_completed: {nullable: true, description: "Enrolled people with status completed; empty where nobody has it and somebody is still registered: how the class ended is not known."}
  n_enrolled_examined:
  n_passed: {nullable: true}
  n_presence_known: {type: integer, description: "Enrolled people whose presence is known in at least one session.", label: "Jumlah terdaftar yang kehadirannya diketahui", unit: people, minimum: 0}
  n_attended: {nullable: true, description: "Enrolled people present in at least one session; empty where presence is not known."}
  n_sessions_known:
  n_sessions_attended:
  is_suppressed:
---
*/
select
    c.class_id, c.program_code, c.curriculum_version,
    count(*) as n_enrolled,
    count(case when f.status <> 'withdrawn' then 1 end) as n_expected,
    count(case when f.status = 'withdrawn' then 1 end) as n_withdrawn,
    -- A list of people who are all still registered tells who came, and not yet who finished.
    case
        when count(case when f.status = 'completed' then 1 end) > 0 or count(case when f.status = 'registered' then 1 end) = 0
            then count(case when f.status = 'completed' then 1 end)
    end as n_completed,
    -- Results of few tell about them, however many there are on the list.
    case when count(case when f.status <> 'withdrawn' then f.outcome end) >= k.value
        then count(case when f.status = 'withdrawn' or f.outcome is not null then 1 end) end as n_enrolled_examined,
    case when count(case when f.status <> 'withdrawn' then f.outcome end) >= k.value
        then count(case when f.outcome = 'lulus' then 1 end) end as n_passed,
    count(case when f.n_sessions_known > 0 then 1 end) as n_presence_known,
    case when count(f.is_attended) > 0 then count(case when f.is_attended then 1 end) end as n_attended,
    sum(f.n_sessions_known) as n_sessions_known,
    sum(f.n_sessions_attended) as n_sessions_attended
from core.fact_enrolment as f
inner join core.dim_class as c on f.class_key = c.class_key
cross join ops.policy as k
where c.class_key <> 'unknown' and k.policy = 'minimum_cell_size'
group by c.class_id, c.program_code, c.curriculum_version, k.value
