/*
---
description: >
  Presence in each class, participant by participant: how many were rarely there, which is present in less than the policy's
  attendance_minimum_share of the sessions whose presence is known.
grain: class
key: [class_id]
small_groups:
  - {people: n_presence_known, hides: [n_rarely_present, rarely_present_share]}
columns:
  class_id:
  class_ended_on:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  n_expected: {description: "People enrolled and not withdrawn; empty where no list of participants was delivered.", nullable: true}
  n_presence_known: {type: integer, description: "Participants whose presence is known in at least one session.", label: "Jumlah peserta yang kehadirannya diketahui", unit: people, minimum: 0}
  n_rarely_present: {type: integer, description: "Of them, those present in less than attendance_minimum_share of their known sessions.", label: "Jumlah jarang hadir", unit: people, minimum: 0, nullable: true}
  rarely_present_share: {type: number, description: "n_rarely_present ÷ n_presence_known.", label: "Porsi jarang hadir", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true, share_of: [n_rarely_present, n_presence_known]}
  last_session_on: {type: date, description: "Day of the last session with a known presence.", label: "Sesi terakhir", nullable: true}
  is_suppressed:
---
*/
with people as (
    select
        f.class_key, f.employee_id,
        count(*) as n_known,
        count(case when f.is_present then 1 end) as n_present,
        max(s.session_date) as last_session_on
    from core.fact_attendance as f
    left join core.dim_session as s on f.session_key = s.session_key
    where f.is_present is not null
    group by f.class_key, f.employee_id
),
presence as (
    select
        p.class_key,
        count(*) as n_presence_known,
        count(case when cast(p.n_present as double) / nullif(p.n_known, 0) < l.value then 1 end) as n_rarely_present,
        max(p.last_session_on) as last_session_on
    from people as p
    cross join ops.policy as l
    where l.policy = 'attendance_minimum_share'
    group by p.class_key
)
select
    c.class_id, c.program_code, c.curriculum_version, e.n_expected, p.n_presence_known, p.n_rarely_present,
    cast(p.n_rarely_present as double) / nullif(p.n_presence_known, 0) as rarely_present_share, p.last_session_on
from presence as p
inner join core.dim_class as c on p.class_key = c.class_key
left join marts.class_participants as e on c.class_id = e.class_id
where c.class_key <> 'unknown'
