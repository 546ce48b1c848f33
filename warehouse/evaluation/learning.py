"""What each person knew before and after a class: the SELECTs that the marts of learning have in common.

Belongs here: which tests of a person are compared. Does not belong here: what is made of the two scores.
"""

from __future__ import annotations

TESTED = """
    tests as (
        select class_key, employee_id, kind, lower(coalesce(assessment_code, '')) as code, score_pct
        from core.fact_assessment
        where kind in ('pre', 'post') and score_pct is not null and class_key <> 'unknown'
    ),
    codes as (
        select class_key, code, max(count(distinct kind)) over (partition by class_key) as n_sides
        from tests
        group by class_key, code
    ),
    subjects as (
        select
            t.class_key, t.employee_id, case when c.n_sides = 2 then t.code end as code,
            avg(case when t.kind = 'pre' then t.score_pct end) as pre,
            avg(case when t.kind = 'post' then t.score_pct end) as post
        from tests as t
        inner join codes as c on t.class_key = c.class_key and t.code = c.code
        group by t.class_key, t.employee_id, case when c.n_sides = 2 then t.code end
    ),
    tested as (
        select
            class_key, employee_id, count(pre) as n_pre, count(post) as n_post,
            avg(case when post is not null then pre end) as pre,
            avg(case when pre is not null then post end) as post
        from subjects
        group by class_key, employee_id
    )
"""
"""Each person of a class with the means of their tests before and after it, of the tests that they took on both sides: who missed one of
them would else have learnt what the others ask more, or less. Where no test of the class is called alike on both sides all count as one."""
