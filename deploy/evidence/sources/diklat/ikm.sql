-- Public satisfaction. One row: unit × service × period; the newest is the last that has ended and has a number.
select
    unit_code, unit_name, service, strftime(period_start, '%Y-%m-%d') as period_start, strftime(period_end, '%Y-%m-%d') as period_end, ikm,
    (period_end, period_start) = (
        select (period_end, period_start)
        from marts.service_satisfaction_index
        where ikm is not null and period_end <= (select as_of from ops.run)
        order by period_end desc, period_start desc
        limit 1
    ) as is_newest
from marts.service_satisfaction_index
