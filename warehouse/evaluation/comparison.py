"""Who is compared with whom in performance: the SELECTs that the marts of performance have in common.

Belongs here: who was trained or drawn, whose ratings there are, and which period before a class is compared with the first after it. Does not
belong here: what the comparison says (`effects`), how it is estimated (`statistics`).
"""

from __future__ import annotations

TRAINED = """
    lotteries as (
        select distinct c.class_key, c.class_id, c.program_code, c.start_date, c.ended_on as end_date
        from core.dim_class as c
        inner join core.fact_applicant as a on c.class_key = a.class_key
        cross join ops.run as r
        where a.status = 'not_drawn' and c.assignment = 'randomised' and c.class_key <> 'unknown'
            and c.start_date is not null and c.ended_on <= r.as_of
    ),
    drawn as (
        select program_code, class_id, start_date, end_date, employee_id, is_trained
        from (
            select l.program_code, l.class_id, l.start_date, l.end_date, f.employee_id, 1 as is_trained
            from lotteries as l
            inner join core.fact_enrolment as f on l.class_key = f.class_key
            union all
            select l.program_code, l.class_id, l.start_date, l.end_date, a.employee_id, 0 as is_trained
            from lotteries as l
            inner join core.fact_applicant as a on l.class_key = a.class_key
            where a.status = 'not_drawn'
        ) as everybody
        qualify row_number() over (
            partition by employee_id, program_code order by start_date nulls last, class_id nulls last
        ) = 1
    ),
    attended as (
        select
            c.program_code, case when l.class_key is not null then 'lottery' else coalesce(c.assignment, 'unknown') end as design,
            f.employee_id, c.class_id, c.start_date,
            c.ended_on as end_date
        from core.fact_enrolment as f
        inner join core.dim_class as c on f.class_key = c.class_key
        left join lotteries as l on c.class_key = l.class_key
        cross join ops.run as r
        where f.status in ('completed', 'registered') and coalesce(f.is_attended, true) and c.class_key <> 'unknown'
            and c.start_date is not null and c.ended_on <= r.as_of
    ),
    trained as (
        select program_code, design, employee_id, class_id, start_date, end_date
        from attended
        qualify row_number() over (
            partition by employee_id, program_code order by start_date nulls last, class_id nulls last
        ) = 1
    )
"""
"""Lotteries with their losers, everybody who was drawn, who attended which class, and the first class of a program of everybody who was
trained."""

SCORES = f"""
    {TRAINED},
    ratings as (
        select
            f.employee_id, f.regime, f.period_start, f.period_end,
            (year(f.period_end) - year(f.period_start)) * 12 + month(f.period_end) - month(f.period_start) as span,
            -- A unit that no list of units has is still the same for those who are in it.
            coalesce(case when u.unit_code <> 'unknown' then u.unit_code end, e.unit_code, 'unknown') as unit_code,
            coalesce(e.position_group, 'unknown') as position_group,
            f.numeric_score,
            case f.predicate
                when 'sangat_baik' then 5.0 when 'baik' then 4.0 when 'butuh_perbaikan' then 3.0
                when 'kurang' then 2.0 when 'sangat_kurang' then 1.0
            end as predicate_rank
        from core.fact_performance as f
        left join core.dim_employee as e on f.employee_key = e.employee_key
        left join core.dim_unit as u on f.unit_key = u.unit_key
        cross join ops.run as r
        where f.period_end <= r.as_of
    ),
    measured as (
        select
            'numeric_score' as outcome, employee_id, regime, span, period_start, period_end, unit_code,
            position_group, numeric_score as value
        from ratings
        where numeric_score is not null
        union all
        select
            'predicate_rank' as outcome, employee_id, regime, span, period_start, period_end, unit_code,
            position_group, predicate_rank as value
        from ratings
        where predicate_rank is not null
    ),
    scores as (
        select
            *,
            lag(value) over (
                partition by employee_id, outcome, regime, span order by period_end nulls last, period_start nulls last
            ) as prior,
            lag(period_end) over (
                partition by employee_id, outcome, regime, span order by period_end nulls last, period_start nulls last
            ) as prior_end
        from measured
    )
"""
"""The same, and the ratings of everybody, with the one before of the same regime and length."""

MATCHED = f"""
    {SCORES},
    -- Of each kind of rating the last one before the class and the first one after it, in one pass over all of a person's.
    beside_class as (
        select
            t.program_code, t.design, t.end_date, t.employee_id, s.outcome, s.regime, s.span,
            max(case when s.period_end < t.start_date then s.period_end end) as pre_end,
            min(case when s.period_start > t.end_date then s.period_start end) as post_start
        from trained as t
        inner join scores as s on t.employee_id = s.employee_id
        where t.design <> 'lottery'
        group by t.program_code, t.design, t.end_date, t.employee_id, s.outcome, s.regime, s.span
    ),
    matched as (
        select program_code, design, outcome, regime, span, pre_end, post_start, end_date, employee_id
        from beside_class
        where pre_end is not null and post_start is not null
        qualify row_number() over (
            partition by employee_id, program_code, outcome order by pre_end desc nulls last, span nulls last, regime nulls last
        ) = 1
    )
"""
"""The same, and the two periods around the first class of everybody who was trained and not drawn."""


def places(people: str, *more: str) -> str:
    """`places` and `placed`: the unit, position group and pair of periods (and whatever `more` columns say) in which the rows of `people` are compared, by
    its number, and these rows with theirs. Whoever else stands there is then joined once, and by the number alone with whom a program trained."""
    columns = (*more, "regime", "span", "pre_start", "pre_end", "post_start", "post_end", "unit_code", "position_group")
    order, same = (
        ", ".join(f"{name} nulls last" for name in columns),
        " and ".join(f"f.{name} = l.{name}" for name in columns),
    )
    return f"""
    places as (
        select *, row_number() over (order by {order}) as place
        from (select distinct {", ".join(columns)} from {people}) as cells
    ),
    placed as (
        select f.*, l.place from {people} as f inner join places as l on {same}
    )
"""


ENROLLED = """
    enrolled as (
        select distinct c.program_code, f.employee_id
        from core.fact_enrolment as f
        inner join core.dim_class as c on f.class_key = c.class_key
    )
"""
"""Who was ever enrolled in a program: no colleague of those it trained."""

AROUND = """
    beside_lot as (
        select
            d.program_code, d.class_id, s.outcome, s.regime, s.span,
            max(case when s.period_end < d.start_date then s.period_end end) as pre_end,
            min(case when s.period_start > d.end_date then s.period_start end) as post_start
        from drawn as d
        inner join scores as s on d.employee_id = s.employee_id
        group by d.program_code, d.class_id, s.outcome, s.regime, s.span
    ),
    around as (
        select program_code, class_id, outcome, regime, span, pre_end, post_start
        from beside_lot
        where pre_end is not null and post_start is not null
        qualify row_number() over (
            partition by class_id, outcome order by pre_end desc nulls last, span nulls last, regime nulls last
        ) = 1
    )
"""
"""Added to `SCORES`: the two periods around each lottery."""
