/*
---
description: Presence of each participant in each session; who the person was on the day of the session.
grain: class × session × employee
key: [class_id, session_no, employee_id]
columns:
  class_id:
  session_no: {maximum: null, description: "Number of the session within the class, from 1; yyyymmdd, or yyyymmddnn for a part of the day, where a list tells only the day and the timetable does not number it."}
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
select
    a.class_id, a.session_no, a.employee_id,
    coalesce(s.session_key, 'unknown') as session_key,
    coalesce(s.class_key, c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(e.unit_key, 'unknown') as unit_key,
    coalesce(d.date_key, 0) as date_key,
    case when a.status = 'sakit' then 'absen_beralasan' else a.status end as status,
    case when a.status <> 'unknown' then a.status = 'hadir' end as is_present,
    s.jp
from staging.attendance as a
left join core.dim_class as c on a.class_id = c.class_id
left join core.dim_session as s on a.class_id = s.class_id and a.session_no = s.session_no
left join core.dim_date as d on s.session_date = d.date_on
left join core.bridge_employee_unit as e
    on a.employee_id = e.employee_id
    and coalesce(s.session_date, c.start_date, date '9999-12-30') between e.valid_from and e.valid_through
