/*
---
description: Presence of each participant in each session; who the person was on the day of the session.
grain: class × session × employee
key: [class_id, session_no, employee_id]
columns:
  class_id:
  session_no:
  employee_id:
  session_key:
  class_key:
  employee_key:
  unit_key:
  date_key: {type: integer, description: "Day of the session as yyyymmdd; 0 unknown.", label: "Tanggal sesi", references: core.dim_date}
  status: {type: text, description: "Presence; illness is published as an excused absence (health is specific personal data).", label: "Status kehadiran", values: {hadir: [], izin: [], absen_beralasan: [], alpa: [], dinas luar: [], cuti: [], unknown: []}}
  is_present: {type: boolean, description: "Whether the person was there; empty where it is not known.", label: "Hadir", nullable: true}
  jp:
---
*/
with latest as (
    -- Last day of each employee's latest version: where an event has no date, who the person was then.
    select employee_id, cast(max(valid_to) - interval 1 day as date) as last_on
    from core.dim_employee
    group by employee_id
)
select
    a.class_id, a.session_no, a.employee_id,
    coalesce(s.session_key, 'unknown') as session_key,
    coalesce(s.class_key, c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(u.unit_key, 'unknown') as unit_key,
    case when year(s.session_date) between 2000 and 2050
        then year(s.session_date) * 10000 + month(s.session_date) * 100 + day(s.session_date) else 0 end as date_key,
    case when a.status = 'sakit' then 'absen_beralasan' else a.status end as status,
    case when a.status <> 'unknown' then a.status = 'hadir' end as is_present,
    s.jp
from staging.attendance as a
left join core.dim_class as c on a.class_id = c.class_id
left join core.dim_session as s on a.class_id = s.class_id and a.session_no = s.session_no
left join latest as l on a.employee_id = l.employee_id
left join core.dim_employee as e
    on a.employee_id = e.employee_id
    and coalesce(s.session_date, c.start_date, l.last_on) >= e.valid_from
    and coalesce(s.session_date, c.start_date, l.last_on) < e.valid_to
left join core.dim_unit as u
    on e.unit_code = u.unit_code
    and coalesce(s.session_date, c.start_date, l.last_on) >= u.valid_from
    and coalesce(s.session_date, c.start_date, l.last_on) < u.valid_to
