-- Public satisfaction. One row: unit × service × period.
select
    unit_code, unit_name, service, strftime(period_start, '%Y-%m-%d') as period_start, strftime(period_end, '%Y-%m-%d') as period_end, ikm, is_newest
from marts.service_satisfaction_index
