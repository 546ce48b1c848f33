/*
---
description: >-
  Employees with their history: a new version whenever unit, position, grade, education or kind of appointment changes.
  A list speaks for the offices (OPD) that it names: a person who is missing from a later one of their office leaves
  there, months without one are no gap. Whoever is named by rows or files alone that were not taken is as before. What held
  before the first picture is assumed to be what the first picture shows; that somebody was employed then is not: see joined_on.
grain: employee × version
key: [employee_key]
columns:
  employee_key: {references: null}
  employee_id:
  employment_type: {values: {}}
  unit_code:
  unit_key:
  position_title:
  position_group: {values: {}}
  grade:
  education_level:
  valid_from:
  valid_to:
  is_current:
  joined_on: {type: date, description: "First day of the month in whose list the person stands for the first time, where a list of their office had come before without them: no employee until then. Empty where nobody knows since when.", label: "Pegawai sejak", nullable: true}
---
*/
with months as (
    select
        delivery_month,
        row_number() over (order by delivery_month nulls last) as seq,
        lead(delivery_month) over (order by delivery_month nulls last) as next_month
    from (select distinct delivery_month from staging.employees) as d
),
listed as (
    select e.*, coalesce(u.opd_code, e.unit_code, '') as opd_code
    from staging.employees as e
    left join core.dim_unit as u
        on e.unit_code = u.unit_code and e.delivery_month >= u.valid_from and e.delivery_month < u.valid_to
),
appeared as (
    -- Whose row was not taken stood in the list, too.
    select employee_id, min(delivery_month) as first_month
    from (
        select employee_id, delivery_month from staging.employees
        union all
        select subject, delivery_month from private.untaken where source = 'employees'
    ) as a
    group by employee_id
),
joined as (
    select a.employee_id, case when o.first_list < a.first_month then a.first_month end as joined_on
    from appeared as a
    inner join (
        select
            employee_id, opd_code,
            row_number() over (partition by employee_id order by delivery_month nulls last) as nth
        from listed
    ) as l on a.employee_id = l.employee_id and l.nth = 1
    inner join (select opd_code, min(delivery_month) as first_list from listed group by opd_code) as o on l.opd_code = o.opd_code
),
lists as (
    select opd_code, delivery_month, lead(delivery_month) over (partition by opd_code order by delivery_month nulls last) as next_list
    from (select distinct opd_code, delivery_month from listed) as l
),
untaken as (
    select
        l.employee_id, l.employment_type, l.unit_code, l.position_title, l.position_group, l.grade, l.education_level, l.opd_code,
        r.delivery_month,
        row_number() over (partition by r.subject, r.delivery_month order by l.delivery_month desc nulls last) as nth
    from private.untaken as r
    inner join listed as l on r.subject = l.employee_id and l.delivery_month < r.delivery_month
    where r.source = 'employees'
),
named as (
    select
        employee_id, employment_type, unit_code, position_title, position_group, grade, education_level, opd_code, delivery_month
    from listed
    union all
    select
        employee_id, employment_type, unit_code, position_title, position_group, grade, education_level, opd_code, delivery_month
    from untaken
    where nth = 1
),
closed as (
    select unit_code, max(valid_to) as closed_on from core.dim_unit group by unit_code
),
held as (
    -- Until the person is listed again, their office sends a list without them, or there is no such office any more.
    select
        l.*,
        least(
            lead(l.delivery_month) over (partition by l.employee_id order by l.delivery_month nulls last), n.next_list,
            case when c.closed_on > l.delivery_month then c.closed_on end
        ) as held_until
    from named as l
    inner join lists as n on l.opd_code = n.opd_code and l.delivery_month = n.delivery_month
    left join closed as c on l.unit_code = c.unit_code
),
pictures as (
    select m.delivery_month, m.seq, h.employee_id, h.employment_type, h.unit_code, h.position_title, h.position_group, h.grade, h.education_level
    from held as h
    inner join months as m
        on m.delivery_month >= h.delivery_month and m.delivery_month < coalesce(h.held_until, date '9999-12-31')
),
marked as (
    select
        e.*,
        case when lag(e.seq) over same is null or e.seq <> lag(e.seq) over same + 1
            or e.employment_type is distinct from lag(e.employment_type) over same
            or e.unit_code is distinct from lag(e.unit_code) over same
            or e.position_title is distinct from lag(e.position_title) over same
            or e.position_group is distinct from lag(e.position_group) over same
            or e.grade is distinct from lag(e.grade) over same
            or e.education_level is distinct from lag(e.education_level) over same
            then 1 else 0 end as is_start
    from pictures as e
    window same as (partition by e.employee_id order by e.delivery_month nulls last)
),
numbered as (
    select
        *,
        sum(is_start) over (
            partition by employee_id order by delivery_month nulls last rows between unbounded preceding and current row
        ) as version
    from marked
),
versions as (
    select
        employee_id, version, max(employment_type) as employment_type, max(unit_code) as unit_code,
        max(position_title) as position_title, max(position_group) as position_group, max(grade) as grade,
        max(education_level) as education_level,
        case when version = 1 then date '1900-01-01' else min(delivery_month) end as valid_from,
        max(delivery_month) as last_month
    from numbered
    group by employee_id, version
)
select
    substr(md5(concat(v.employee_id, '|', cast(v.valid_from as varchar))), 1, 16) as employee_key,
    v.employee_id, v.employment_type, v.unit_code, coalesce(u.unit_key, 'unknown') as unit_key, v.position_title,
    v.position_group, v.grade, v.education_level, v.valid_from,
    coalesce(m.next_month, date '9999-12-31') as valid_to,
    m.next_month is null as is_current, j.joined_on
from versions as v
inner join months as m on v.last_month = m.delivery_month
inner join joined as j on v.employee_id = j.employee_id
left join core.dim_unit as u
    on v.unit_code = u.unit_code and v.valid_from >= u.valid_from and v.valid_from < u.valid_to
union all
select
    'unknown', 'unknown', 'unknown', 'unknown', 'unknown', null, 'unknown', null, null,
    date '1900-01-01', date '9999-12-31', true, null
