"""How far development projects are behind their plan around their manager's training, against other projects at the same stage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import statistics as st

MONTHS = """
    with managed as (
        select f.project_id, e.employee_id, f.month_start, f.planned_pct, f.deviation_pct
        from core.fact_project_progress as f
        inner join core.dim_employee as e on f.manager_employee_key = e.employee_key and e.employee_key <> 'unknown'
        cross join ops.run as r
        where f.month_start <= r.as_of and f.deviation_pct is not null
    ),
    trained as (
        select e.employee_id, c.program_code, min(c.ended_on) as trained_on
        from core.fact_enrolment as e
        inner join core.dim_class as c on e.class_key = c.class_key
        cross join ops.run as r
        where e.status = 'completed' and c.ended_on <= r.as_of
        group by e.employee_id, c.program_code
    ),
    enrolled as (
        select distinct e.employee_id, c.program_code
        from core.fact_enrolment as e
        inner join core.dim_class as c on e.class_key = c.class_key
    ),
    programs as (
        select distinct t.program_code
        from managed as m
        inner join trained as t on m.employee_id = t.employee_id
    )
    select
        p.program_code, m.project_id, m.employee_id, m.month_start, m.planned_pct, m.deviation_pct,
        (year(m.month_start) - year(t.trained_on)) * 12 + month(m.month_start) - month(t.trained_on) as months_since
    from managed as m
    cross join programs as p
    left join trained as t on m.employee_id = t.employee_id and p.program_code = t.program_code
    left join enrolled as e on m.employee_id = e.employee_id and p.program_code = e.program_code
    where t.employee_id is not null or e.employee_id is null
"""
"""Each month of each project by program: months since its manager completed a class of it (0: the month of the class; empty: was never enrolled
in one). Of managers who were, and are not known to have completed it, nobody knows which they are."""
BAND = 10
"""Points of the plan within which projects are at the same stage: how far one can be behind depends on it."""


def beyond(months: pd.DataFrame) -> pd.DataFrame:
    """The months of one program's projects with `net`: deviation less the mean of the projects of other managers in the same band of the plan.

    Unknown where no other project was there. Rows in a fixed order, so that sums are.
    """
    rows = months.sort_values(["project_id", "month_start"], ignore_index=True)
    rows["band"] = (rows["planned_pct"].astype(float) // BAND).astype(int)
    others = rows[rows["months_since"].isna()]
    # A project counts once in a band, however long it stays.
    usual = others.groupby(["band", "project_id"])["deviation_pct"].mean().groupby("band").mean()
    rows["net"] = rows["deviation_pct"].astype(float) - rows["band"].map(usual)
    return rows


def spread_of_others(rows: pd.DataFrame) -> tuple[int, float]:
    """(projects of other managers, variance of their mean net deviations): how much projects differ by themselves."""
    own = rows[rows["months_since"].isna()].groupby("project_id")["net"].mean().dropna()
    return len(own), float(own.var()) if len(own) > 1 else float("nan")


def interval(values: pd.Series, n_others: int, variance: float) -> tuple[float, float, float]:
    """(mean over projects, ends of its 95 % interval): the error of the others' mean is part of it; t with the fewer projects less one."""
    own = values.dropna()
    n = len(own)
    if n == 0:
        return float("nan"), float("nan"), float("nan")
    error = np.sqrt(own.var() / n + variance / n_others) if n > 1 and n_others > 1 else np.nan
    low, high, _ = st.t_test(own.mean(), np.nan_to_num(error), min(n, n_others) - 1)
    return float(own.mean()), float(low), float(high)
