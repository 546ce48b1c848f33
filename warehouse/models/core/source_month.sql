/*
---
description: >
  Months that a source's deliveries cover, for the city and, where its rows name an office, for each office: from the first to the
  last month that was delivered or that a row is about. A month outside, or in a gap, is unknown, never zero.
grain: source × office × month
key: [source, opd_code, month_start]
columns:
  source: {type: text, description: "Source.", label: "Sumber data"}
  opd_code: {type: text, description: "Office (OPD); 'semua' for the whole city.", label: "Kode OPD"}
  month_start:
  is_seen: {type: boolean, description: "Whether a file was delivered for the month, or a row is about it.", label: "Ada kiriman"}
  is_gap: {type: boolean, description: "Whether it lies in a longer row of unseen months than observation_gap_months: nothing is known of it.", label: "Kosong"}
  last_event_on: {type: date, description: "Last day, up to the as-of date, that a row of the month is about; empty where the source's rows have no day.", label: "Kejadian terakhir", nullable: true}
---
*/
with events as (
    select 'classes' as source, 'semua' as opd_code, ended_on as first_on, ended_on as last_on from core.dim_class
    union
    select 'enrolments', 'semua', c.ended_on, c.ended_on
    from core.fact_enrolment as f inner join core.dim_class as c on f.class_key = c.class_key
    union
    select 'sessions', 'semua', session_date, session_date from core.dim_session
    union
    select 'attendance', 'semua', d.date_on, d.date_on
    from core.fact_attendance as f inner join core.dim_date as d on f.date_key = d.date_key
    union
    select 'survey_responses', 'semua', d.date_on, d.date_on
    from core.fact_survey_response as f inner join core.dim_date as d on f.submitted_date_key = d.date_key
    union
    select 'assessments', 'semua', d.date_on, d.date_on
    from core.fact_assessment as f inner join core.dim_date as d on f.assessed_date_key = d.date_key
    union
    select 'observations', 'semua', d.date_on, d.date_on
    from core.fact_observation as f inner join core.dim_date as d on f.observed_date_key = d.date_key
    union
    select 'follow_ups', 'semua', decided_on, decided_on from core.fact_follow_up
    union
    select 'performance', u.opd_code, f.period_start, f.period_end
    from core.fact_performance as f inner join core.dim_unit as u on f.unit_key = u.unit_key
    union
    select 'service_satisfaction', u.opd_code, f.period_start, f.period_end
    from core.fact_service_satisfaction as f inner join core.dim_unit as u on f.unit_key = u.unit_key
),
months as (
    select month_start, min(date_on) as first_on, max(date_on) as last_on, max(year * 12 + month) as position
    from core.dim_date
    where date_on is not null
    group by month_start
),
seen as (
    select e.source, e.opd_code, m.month_start, e.last_on as last_event_on
    from events as e
    cross join ops.run as r
    inner join months as m on e.first_on <= m.last_on and e.last_on >= m.first_on
    where e.last_on <= r.as_of
    union all
    select e.source, 'semua', m.month_start, e.last_on
    from events as e
    cross join ops.run as r
    inner join months as m on e.first_on <= m.last_on and e.last_on >= m.first_on
    where e.last_on <= r.as_of and e.opd_code <> 'semua'
    union all
    select distinct 'projects', case when o.is_whole then 'semua' else u.opd_code end, f.month_start, cast(null as date)
    from core.fact_project_progress as f
    inner join core.dim_unit as u on f.unit_key = u.unit_key
    cross join (select true as is_whole union all select false) as o
    cross join ops.run as r
    where f.month_start <= r.as_of
    union all
    select 'employees', u.opd_code, e.delivery_month, cast(null as date)
    from (select distinct delivery_month, unit_code from staging.employees) as e
    inner join core.dim_unit as u
        on e.unit_code = u.unit_code and e.delivery_month >= u.valid_from and e.delivery_month < u.valid_to
    union all
    select source, 'semua', cast(concat(month, '-01') as date), cast(null as date)
    from ops.delivery
    where n_accepted > 0
),
once as (
    select source, opd_code, month_start, max(last_event_on) as last_event_on
    from seen
    where opd_code <> 'unknown'
    group by source, opd_code, month_start
),
windows as (
    select source, opd_code, min(month_start) as first_month, max(month_start) as last_month
    from once
    group by source, opd_code
),
calendar as (
    select
        w.source, w.opd_code, m.month_start, m.position, o.last_event_on,
        case when o.month_start is not null then m.position end as seen_position
    from windows as w
    inner join months as m on m.month_start between w.first_month and w.last_month
    left join once as o
        on w.source = o.source and w.opd_code = o.opd_code and m.month_start = o.month_start
),
neighbours as (
    select
        *,
        max(seen_position) over (
            partition by source, opd_code order by position nulls last rows between unbounded preceding and current row
        ) as position_before,
        min(seen_position) over (
            partition by source, opd_code order by position nulls last rows between current row and unbounded following
        ) as position_after
    from calendar
)
select
    n.source, n.opd_code, n.month_start, n.seen_position is not null as is_seen,
    -- Lists of what there is are sent when they change.
    n.source not in ('programs', 'instructors', 'follow_ups') and n.position_after - n.position_before - 1 > p.value as is_gap,
    n.last_event_on
from neighbours as n
cross join ops.policy as p
where p.policy = 'observation_gap_months'
