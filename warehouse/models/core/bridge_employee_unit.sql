/*
---
description: >
  Who a person was on a day, and in which unit: the versions of employee and unit that held, in intervals in which neither
  changes. A fact joins it once, by the person and the day of the event; an event without a day is joined as of 9999-12-30,
  which is the person's latest version, also of somebody who has left.
grain: employee × interval
key: [employee_id, valid_from]
columns:
  employee_id:
  valid_from:
  valid_through: {type: date, description: "Last day on which both versions hold (inclusive).", label: "Berlaku hingga"}
  employee_key:
  unit_key:
---
*/
with cuts as (
    select employee_key, valid_from as cut_on
    from core.dim_employee
    union
    select e.employee_key, u.valid_from
    from core.dim_employee as e
    inner join core.dim_unit as u
        on e.unit_code = u.unit_code and u.valid_from > e.valid_from and u.valid_from < e.valid_to
    union
    select e.employee_key, u.valid_to
    from core.dim_employee as e
    inner join core.dim_unit as u on e.unit_code = u.unit_code and u.valid_to > e.valid_from and u.valid_to < e.valid_to
),
intervals as (
    select
        e.employee_id, e.employee_key, e.unit_code, c.cut_on as valid_from,
        lead(c.cut_on, 1, e.valid_to) over (partition by e.employee_key order by c.cut_on nulls last) as valid_to
    from cuts as c
    inner join core.dim_employee as e on c.employee_key = e.employee_key
    where e.employee_key <> 'unknown'
),
placed as (
    select
        i.employee_id, i.valid_from, i.valid_to, i.employee_key, coalesce(u.unit_key, 'unknown') as unit_key,
        row_number() over (partition by i.employee_id order by i.valid_from desc nulls last) as nth_latest
    from intervals as i
    left join core.dim_unit as u
        on i.unit_code = u.unit_code and i.valid_from >= u.valid_from and i.valid_from < u.valid_to
)
select
    employee_id, valid_from, cast(valid_to - interval 1 day as date) as valid_through, employee_key, unit_key
from placed
union all
select employee_id, date '9999-12-30', date '9999-12-30', employee_key, unit_key
from placed
where nth_latest = 1 and valid_to < date '9999-12-31'
