/*
---
description: >
  What was known of each curriculum version at the end of each month: participation, reaction and learning of the classes that had ended by then, from
  the month of the first one to that of the as-of date. Reckoned anew each night from what is known today, so that what came late or was corrected is in
  the month that it is about; how the flags of a month were told at its end is kept in ops.flag_history.
grain: program × curriculum version × month
key: [program_code, curriculum_version, month_start]
small_groups:
  - {people: n_judged, hides: [n_dissatisfied, dissatisfied_share, index_0_100]}
  - {people: n_pairs, hides: [pre_mean, post_mean, gain]}
columns:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  month_start:
  counted_to: {type: date, description: "Last day that is counted: the last of the month, of the newest month the as-of date.", label: "Sampai dengan"}
  n_classes: {description: "Classes that had ended; those of which no day is known are in no month."}
  n_enrolled: {nullable: true, description: "Enrolments, withdrawn ones included, in classes whose numbers are shown and of which it is known who completed; empty where there is none."}
  n_completed: {nullable: true, description: "Enrolments with status completed."}
  completion_share:
  n_enrolled_examined:
  n_passed: {nullable: true}
  pass_share:
  n_sessions_known: {nullable: true}
  n_sessions_attended: {nullable: true}
  attendance_share: {nullable: true}
  cost_idr: {description: "Cost of the classes whose cost is known."}
  n_expected: {description: "People expected to answer in the classes that were surveyed and are large enough to be told about."}
  n_respondents: {nullable: true, description: "Forms with at least one answer in the same classes; empty where none was surveyed."}
  response_rate:
  n_judged: {type: integer, description: "Respondents who judged the training as a whole (aspect OVERALL).", label: "Responden penilaian keseluruhan", unit: people, minimum: 0, nullable: true}
  n_dissatisfied: {nullable: true, description: "Those of n_judged who are dissatisfied."}
  dissatisfied_share: {description: "n_dissatisfied ÷ n_judged.", share_of: [n_dissatisfied, n_judged]}
  index_0_100: {description: "Index of aspect OVERALL over all respondents."}
  n_pairs: {nullable: true, description: "People with both tests; empty where nobody was tested."}
  pre_mean: {type: number, description: "Mean pre-test score of the pairs.", label: "Rata-rata pre-test", unit: "%", nullable: true}
  post_mean: {type: number, description: "Mean post-test score of the pairs.", label: "Rata-rata post-test", unit: "%", nullable: true}
  gain: {type: number, description: "(post_mean − pre_mean) ÷ (100 − pre_mean).", label: "N-gain", unit: share, nullable: true}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the sums."}
---
*/
with classes as (
    select
        c.program_code, c.curriculum_version, c.ended_on,
        case when s.n_completed is not null then s.n_enrolled end as n_enrolled,
        s.n_completed, s.n_enrolled_examined, s.n_passed, s.n_sessions_known, s.n_sessions_attended, s.cost_idr, s.is_suppressed,
        -- Of a list that is too small to be told about nobody knows how many were expected.
        case when a.n_enrolled is null or a.n_expected is not null then a.n_respondents end as n_respondents,
        case when a.n_respondents is not null then a.n_expected end as n_expected,
        o.n_respondents as n_judged, o.n_dissatisfied,
        cast(round(o.index_0_100 * o.n_respondents, 6) as decimal(18, 6)) as points,
        l.n_pairs,
        cast(round(l.pre_mean * l.n_pairs, 6) as decimal(18, 6)) as points_before,
        cast(round(l.post_mean * l.n_pairs, 6) as decimal(18, 6)) as points_after
    from core.dim_class as c
    inner join marts.class_scorecard as s on c.class_id = s.class_id
    inner join marts.response_rates as a on c.class_id = a.class_id
    left join marts.reaction as o
        on c.class_id = o.class_id and o.aspect = 'OVERALL' and o.is_whole_class and not o.is_suppressed and not o.is_repeated
    left join marts.learning_gain as l on c.class_id = l.class_id and not l.is_suppressed
),
months as (
    select d.month_start, max(d.date_on) as counted_to
    from core.dim_date as d
    cross join ops.run as r
    where d.date_on <= r.as_of
    group by d.month_start
),
counted as (
    select
        c.program_code, c.curriculum_version, m.month_start, m.counted_to,
        count(*) as n_classes,
        sum(c.n_enrolled) as n_enrolled,
        sum(c.n_completed) as n_completed,
        sum(c.n_enrolled_examined) as n_enrolled_examined,
        sum(c.n_passed) as n_passed,
        sum(c.n_sessions_known) as n_sessions_known,
        sum(c.n_sessions_attended) as n_sessions_attended,
        sum(c.cost_idr) as cost_idr,
        sum(c.n_respondents) as n_respondents,
        case when count(c.n_expected) = count(c.n_respondents) then sum(c.n_expected) end as n_expected,
        sum(c.n_judged) as n_judged,
        sum(c.n_dissatisfied) as n_dissatisfied,
        cast(sum(c.points) as double) / nullif(sum(c.n_judged), 0) as index_0_100,
        sum(c.n_pairs) as n_pairs,
        cast(sum(c.points_before) as double) / nullif(sum(c.n_pairs), 0) as pre_mean,
        cast(sum(c.points_after) as double) / nullif(sum(c.n_pairs), 0) as post_mean,
        bool_or(c.is_suppressed) as is_suppressed
    from classes as c
    inner join months as m on c.ended_on <= m.counted_to
    group by c.program_code, c.curriculum_version, m.month_start, m.counted_to
)
select
    c.program_code, c.curriculum_version, c.month_start, c.counted_to, c.n_classes, c.n_enrolled, c.n_completed,
    cast(c.n_completed as double) / nullif(c.n_enrolled, 0) as completion_share,
    c.n_enrolled_examined, c.n_passed,
    cast(c.n_passed as double) / nullif(c.n_enrolled_examined, 0) as pass_share,
    c.n_sessions_known, c.n_sessions_attended,
    cast(c.n_sessions_attended as double) / nullif(c.n_sessions_known, 0) as attendance_share,
    c.cost_idr, c.n_expected, c.n_respondents,
    cast(c.n_respondents as double) / nullif(c.n_expected, 0) as response_rate,
    c.n_judged, c.n_dissatisfied,
    cast(c.n_dissatisfied as double) / nullif(c.n_judged, 0) as dissatisfied_share,
    round(c.index_0_100, 6) as index_0_100,
    c.n_pairs, round(c.pre_mean, 6) as pre_mean, round(c.post_mean, 6) as post_mean,
    round((c.post_mean - c.pre_mean) / nullif(round(100.0 - c.pre_mean, 6), 0.0), 6) as gain,
    c.is_suppressed
from counted as c
