/*
---
description: >-
  Organisational units with their history: a new version whenever name, kind or place in the hierarchy changes. A unit
  that is missing from a later picture is closed there; a list of fewer than half of the units that one before had is no
  picture of the city, and closes none, nor is one closed that rows or files name which were not taken. What held before the first picture is assumed to be what the first picture shows.
grain: unit × version
key: [unit_key]
columns:
  unit_key: {references: null}
  unit_code:
  unit_name:
  unit_type: {nullable: true}
  parent_unit_code:
  opd_code: {type: text, description: "Unit directly below the city that this unit belongs to: the highest one, where the city is no unit of the list; itself, of the city.", label: "Kode OPD"}
  opd_name: {type: text, description: "Name of that unit.", label: "Nama OPD"}
  depth: {type: integer, description: "Steps to the city: 0 of the city, 1 of an office (OPD).", label: "Tingkat", unit: steps, nullable: true, minimum: 0}
  valid_from:
  valid_to:
  is_current:
---
*/
with months as (
    select
        delivery_month,
        row_number() over (order by delivery_month nulls last) as seq,
        lead(delivery_month) over (order by delivery_month nulls last) as next_month
    from (select distinct delivery_month from staging.units) as d
),
sizes as (
    select
        delivery_month, count(*) as n,
        max(count(*)) over (order by delivery_month nulls last rows between unbounded preceding and 1 preceding) as most
    from staging.units
    group by delivery_month
),
whole as (
    select
        delivery_month,
        min(case when most is null or 2 * n >= most then delivery_month end)
            over (order by delivery_month nulls last rows between 1 following and unbounded following) as next_whole
    from sizes
),
untaken as (
    select
        u.unit_code, u.unit_name, u.unit_type, u.parent_unit_code, r.delivery_month,
        row_number() over (partition by r.subject, r.delivery_month order by u.delivery_month desc nulls last) as nth
    from private.untaken as r
    inner join staging.units as u on r.subject = u.unit_code and u.delivery_month < r.delivery_month
    where r.source = 'units'
),
named as (
    select unit_code, unit_name, unit_type, parent_unit_code, delivery_month from staging.units
    union all
    select unit_code, unit_name, unit_type, parent_unit_code, delivery_month from untaken where nth = 1
),
held as (
    select
        u.*, least(lead(u.delivery_month) over (partition by u.unit_code order by u.delivery_month nulls last), w.next_whole) as held_until
    from named as u
    inner join whole as w on u.delivery_month = w.delivery_month
),
pictures as (
    select m.delivery_month, m.seq, h.unit_code, h.unit_name, h.unit_type, h.parent_unit_code
    from held as h
    inner join months as m
        on m.delivery_month >= h.delivery_month and m.delivery_month < coalesce(h.held_until, date '9999-12-31')
),
climbing as (
    -- From each unit to the one above it, until the one that lies directly below the city. A code that is the special member's own is that member.
    select
        u.*, a.unit_code as above,
        count(case when a.unit_code is null then 1 end) over (partition by u.delivery_month) as n_tops,
        count(*) over (partition by u.delivery_month, a.unit_code) as n_beside,
        count(*) over (partition by u.delivery_month, u.unit_type) as n_alike
    from pictures as u
    left join pictures as a
        on u.parent_unit_code = a.unit_code and u.delivery_month = a.delivery_month and u.unit_code <> a.unit_code
    where u.unit_code <> 'unknown'
),
cities as (
    -- The only top; of several, one of a kind of its own of which more units are direct parts than there are other tops.
    select distinct t.delivery_month, t.unit_code
    from climbing as t
    inner join climbing as u on t.unit_code = u.above and t.delivery_month = u.delivery_month
    where t.above is null and u.n_beside >= t.n_tops and (t.n_tops = 1 or t.n_alike = 1)
),
one as (
    -- A step up; what lies below the city stays where it is. Two are one from where one leads, and so on: eight levels below an office, without a join for each.
    select
        u.delivery_month, u.unit_code,
        case when u.above is null or a.unit_code is not null then u.unit_code else u.above end as upper,
        case when u.above is null or a.unit_code is not null then 0 else 1 end as steps
    from climbing as u
    left join cities as a on u.above = a.unit_code and u.delivery_month = a.delivery_month
),
two as (
    select u.delivery_month, u.unit_code, a.upper, u.steps + a.steps as steps
    from one as u
    inner join one as a on u.upper = a.unit_code and u.delivery_month = a.delivery_month
),
four as (
    select u.delivery_month, u.unit_code, a.upper, u.steps + a.steps as steps
    from two as u
    inner join two as a on u.upper = a.unit_code and u.delivery_month = a.delivery_month
),
eight as (
    select u.delivery_month, u.unit_code, a.upper, u.steps + a.steps as steps
    from four as u
    inner join four as a on u.upper = a.unit_code and u.delivery_month = a.delivery_month
),
placed as (
    select
        u.delivery_month, u.seq, u.unit_code, u.unit_name, u.unit_type, u.parent_unit_code,
        case when c.unit_code is null then e.steps + 1 else 0 end as depth, o.unit_code as opd_code, o.unit_name as opd_name
    from climbing as u
    inner join eight as e on u.unit_code = e.unit_code and u.delivery_month = e.delivery_month
    inner join pictures as o on e.upper = o.unit_code and e.delivery_month = o.delivery_month
    left join cities as c on u.unit_code = c.unit_code and u.delivery_month = c.delivery_month
),
marked as (
    select
        *,
        case when lag(seq) over same is null or seq <> lag(seq) over same + 1
            or unit_name is distinct from lag(unit_name) over same
            or unit_type is distinct from lag(unit_type) over same
            or parent_unit_code is distinct from lag(parent_unit_code) over same
            or opd_code is distinct from lag(opd_code) over same
            or opd_name is distinct from lag(opd_name) over same
            or depth is distinct from lag(depth) over same
            then 1 else 0 end as is_start
    from placed
    window same as (partition by unit_code order by delivery_month nulls last)
),
numbered as (
    select
        *,
        sum(is_start) over (
            partition by unit_code order by delivery_month nulls last rows between unbounded preceding and current row
        ) as version
    from marked
),
versions as (
    select
        unit_code, version, max(unit_name) as unit_name, max(unit_type) as unit_type,
        max(parent_unit_code) as parent_unit_code, max(opd_code) as opd_code, max(opd_name) as opd_name,
        max(depth) as depth,
        case when version = 1 then date '1900-01-01' else min(delivery_month) end as valid_from,
        max(delivery_month) as last_month
    from numbered
    group by unit_code, version
)
select
    substr(md5(concat(v.unit_code, '|', cast(v.valid_from as varchar))), 1, 16) as unit_key,
    v.unit_code, v.unit_name, v.unit_type, v.parent_unit_code, v.opd_code, v.opd_name, v.depth, v.valid_from,
    coalesce(m.next_month, date '9999-12-31') as valid_to,
    m.next_month is null as is_current
from versions as v
inner join months as m on v.last_month = m.delivery_month
union all
select
    'unknown', 'unknown', 'unknown', 'unknown', null, 'unknown', 'unknown', null, date '1900-01-01', date '9999-12-31', true
