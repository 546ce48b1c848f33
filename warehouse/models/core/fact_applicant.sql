/*
---
description: >-
  People who applied for a class and got no place: whom the lot left out, and who is on the waiting list. No participants
  (core.fact_enrolment), but what a lottery is compared with.
grain: class × employee
key: [class_id, employee_id]
columns:
  class_id:
  class_key:
  employee_key:
  unit_key:
  program_key:
  employee_id:
  status: {type: text, description: "Why there was no place.", label: "Status pendaftar", values: {not_drawn: [], waiting: []}}
---
*/
select
    n.class_id,
    coalesce(c.class_key, 'unknown') as class_key,
    coalesce(e.employee_key, 'unknown') as employee_key,
    coalesce(e.unit_key, 'unknown') as unit_key,
    coalesce(c.program_key, 'unknown') as program_key,
    n.employee_id, n.status
from staging.enrolments as n
left join core.dim_class as c on n.class_id = c.class_id
left join core.bridge_employee_unit as e
    on n.employee_id = e.employee_id
    and coalesce(c.start_date, date '9999-12-30') between e.valid_from and e.valid_through
where n.status in ('not_drawn', 'waiting')
