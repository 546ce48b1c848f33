/*
---
description: >-
  Participants of the classes with the milestones that follow: enrolled, attended, tested, surveyed, observed, reviewed.
  A survey cannot be joined to a person, so its milestone is the class's first answer.
grain: class × employee
key: [class_id, employee_id]
columns:
  class_id:
  class_key:
  employee_key:
  unit_key:
  program_key:
  employee_id:
  status: {type: text, description: "State of the enrolment.", label: "Status keikutsertaan", values: {registered: [], completed: [], withdrawn: []}}
  outcome: {values: {lulus: [], tidak_lulus: []}}
  certificate_jp:
  start_date_key: {type: integer, description: "First day of the class as yyyymmdd; 0 unknown.", label: "Mulai", references: core.dim_date}
  end_date_key: {type: integer, description: "Last day of the class as yyyymmdd; 0 unknown.", label: "Selesai", references: core.dim_date}
  n_sessions_known: {type: integer, description: "Sessions whose presence is known.", label: "Sesi tercatat", unit: sessions, nullable: true, minimum: 0}
  n_sessions_attended: {type: integer, description: "Sessions attended.", label: "Sesi dihadiri", unit: sessions, nullable: true, minimum: 0}
  attended_jp: {type: number, description: "Training hours of the sessions attended. Empty where of some session it is not known whether the person was there, or how long one attended took.", label: "JP dihadiri", unit: JP, nullable: true, minimum: 0}
  is_attended: {type: boolean, description: "Whether the person was in at least one session; empty where it is not known.", label: "Pernah hadir", nullable: true}
  first_attended_on: {type: date, description: "First session attended.", label: "Pertama hadir", nullable: true}
  pre_tested_on: {type: date, description: "Day of the pre-test.", label: "Tanggal pre-test", nullable: true}
  post_tested_on: {type: date, description: "Day of the post-test.", label: "Tanggal post-test", nullable: true}
  class_surveyed_on: {type: date, description: "Day of the class's first survey answer.", label: "Survei pertama kelas", nullable: true}
  observed_on: {type: date, description: "First observation after the class.", label: "Pengamatan pertama sesudah kelas", nullable: true}
  reviewed_on: {type: date, description: "End of the first performance period that starts after the class.", label: "Penilaian kinerja pertama", nullable: true}
  listed_in: {type: date, description: "Last month in which a list of the class's participants was delivered (its first day): what is known of when a class was that no list of classes tells.", label: "Bulan daftar peserta", nullable: true}
---
*/
with presence as (
    select
        a.class_id, a.employee_id,
        sum(case when a.status <> 'unknown' then 1 else 0 end) as n_sessions_known,
        sum(case when a.status = 'hadir' then 1 else 0 end) as n_sessions_attended,
        sum(case when a.status = 'unknown' then 1 else 0 end) as n_sessions_unknown,
        count(case when coalesce(s.jp, 1.0) > 0.0 then s.session_no end) as n_sessions_planned,
        sum(case when a.status = 'hadir' and s.jp is null then 1 else 0 end) as n_sessions_without_jp,
        sum(case when a.status = 'hadir' then cast(round(s.jp, 4) as decimal(18, 4)) end) as attended_jp,
        min(case when a.status = 'hadir' then s.session_date end) as first_attended_on
    from staging.attendance as a
    left join core.dim_session as s on a.class_id = s.class_id and a.session_no = s.session_no
    group by a.class_id, a.employee_id
),
timetables as (
    select class_id, count(*) as n_sessions
    from staging.sessions
    where coalesce(jp, 1.0) > 0.0
    group by class_id
),
known as (
    -- A session of the timetable of which no list came is as unknown as one that is not signed.
    select p.*, p.n_sessions_known > 0 and p.n_sessions_unknown = 0 and p.n_sessions_planned = coalesce(t.n_sessions, 0) as is_whole
    from presence as p
    left join timetables as t on p.class_id = t.class_id
),
tests as (
    select
        class_id, employee_id,
        min(case when kind = 'pre' then assessed_on end) as pre_tested_on,
        min(case when kind = 'post' then assessed_on end) as post_tested_on
    from staging.assessments
    group by class_id, employee_id
),
surveys as (
    select class_id, cast(min(submitted_at) as date) as class_surveyed_on
    from staging.survey_responses
    group by class_id
),
observed as (
    select class_id, employee_id, min(observed_on) as observed_on
    from staging.observations
    where phase = 'after'
    group by class_id, employee_id
),
reviews as (
    select n.class_id, n.employee_id, min(p.period_end) as reviewed_on
    from staging.enrolments as n
    inner join core.dim_class as c on n.class_id = c.class_id
    inner join staging.performance as p on n.employee_id = p.employee_id and p.period_start > c.ended_on
    group by n.class_id, n.employee_id
)
select
    n.class_id,
    coalesce(c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(e.unit_key, 'unknown') as unit_key,
    coalesce(c.program_key, 'unknown') as program_key,
    n.employee_id, n.status, n.outcome, n.certificate_jp,
    coalesce(f.date_key, 0) as start_date_key,
    coalesce(d.date_key, 0) as end_date_key,
    h.n_sessions_known,
    case when h.n_sessions_known > 0 then h.n_sessions_attended end as n_sessions_attended,
    case when h.is_whole and h.n_sessions_without_jp = 0 then coalesce(cast(h.attended_jp as double), 0.0) end as attended_jp,
    case when h.n_sessions_attended > 0 then true when h.is_whole then false end as is_attended,
    h.first_attended_on, t.pre_tested_on, t.post_tested_on, s.class_surveyed_on, o.observed_on, r.reviewed_on,
    max(n.delivery_month) over (partition by n.class_id) as listed_in
from staging.enrolments as n
left join core.dim_class as c on n.class_id = c.class_id
left join core.dim_date as f on c.start_date = f.date_on
left join core.dim_date as d on c.end_date = d.date_on
left join core.bridge_employee_unit as e
    on n.employee_id = e.employee_id
    and coalesce(c.start_date, date '9999-12-30') between e.valid_from and e.valid_through
left join known as h on n.class_id = h.class_id and n.employee_id = h.employee_id
left join tests as t on n.class_id = t.class_id and n.employee_id = t.employee_id
left join surveys as s on n.class_id = s.class_id
left join observed as o on n.class_id = o.class_id and n.employee_id = o.employee_id
left join reviews as r on n.class_id = r.class_id and n.employee_id = r.employee_id
where n.status in ('registered', 'completed', 'withdrawn')
