/*
---
description: >
  Programs by curriculum version, Kirkpatrick's levels side by side, each share with numerator and denominator. The levels
  are no chain: a good reaction proves no learning, and learning proves no better service.
grain: program × curriculum version
key: [program_code, curriculum_version]
small_groups:
  - {people: n_judged, hides: [n_dissatisfied, dissatisfied_share, index_0_100]}
  - {people: n_pairs, hides: [pre_mean, post_mean, gain]}
  - {people: behaviour_n_pairs, hides: [behaviour_change]}
  - {people: "case when performance_n_control > 0 then least(performance_n_trained, performance_n_control) else performance_n_trained end", hides: [performance_effect, performance_ci_low, performance_ci_high]}
columns:
  program_code:
  program_name: {nullable: true}
  competency_area:
  curriculum_version:
  n_classes:
  n_enrolled: {nullable: true, description: "Enrolments, withdrawn ones included, in classes whose numbers are shown and of which it is known who completed; empty where there is none."}
  n_completed: {nullable: true, description: "Enrolments with status completed."}
  completion_share:
  n_enrolled_examined:
  n_passed: {nullable: true}
  pass_share:
  n_sessions_known:
  n_sessions_attended:
  attendance_share:
  cost_idr: {description: "Cost of the classes whose cost is known."}
  n_expected: {description: "People expected to answer in the classes that were surveyed and are large enough to be told about."}
  n_respondents: {nullable: true, description: "Level 1: forms with at least one answer in the same classes; empty where none was surveyed."}
  response_rate:
  n_judged: {type: integer, description: "Level 1: respondents who judged the training as a whole (aspect OVERALL).", label: "Responden penilaian keseluruhan", unit: people, minimum: 0, nullable: true}
  n_dissatisfied: {nullable: true, description: "Level 1: those of n_judged who are dissatisfied."}
  dissatisfied_share: {description: "Level 1: n_dissatisfied ÷ n_judged.", share_of: [n_dissatisfied, n_judged]}
  index_0_100: {description: "Level 1: index of aspect OVERALL over all respondents."}
  n_flags_red: {type: integer, description: "Level 1: red flags of the version.", label: "Jumlah tanda merah", unit: flags, minimum: 0}
  n_flags_yellow: {type: integer, description: "Level 1: yellow flags of the version.", label: "Jumlah tanda kuning", unit: flags, minimum: 0}
  n_pairs: {nullable: true, description: "Level 2: people with both tests; empty where nobody was tested."}
  pre_mean: {type: number, description: "Level 2: mean pre-test score of the pairs.", label: "Rata-rata pre-test", unit: "%", nullable: true}
  post_mean: {type: number, description: "Level 2: mean post-test score of the pairs.", label: "Rata-rata post-test", unit: "%", nullable: true}
  gain: {type: number, description: "Level 2: (post_mean − pre_mean) ÷ (100 − pre_mean).", label: "N-gain", unit: share, nullable: true}
  hedges_g: {description: "Level 2: as in curriculum_flag."}
  behaviour_n_pairs: {type: integer, description: "Level 3: people observed by their supervisor before and after, over all versions.", label: "Pasangan pengamatan atasan", unit: people, minimum: 0, nullable: true}
  behaviour_change: {type: number, description: "Level 3: change observed by the supervisor, over all versions; no comparison group.", label: "Perubahan perilaku", unit: points, nullable: true}
  performance_design: {type: text, description: "Level 3: design with the most trained people, over all versions.", label: "Rancangan kinerja", nullable: true}
  performance_n_trained: {type: integer, description: "Level 3: trained people measured.", label: "Dilatih terukur", unit: people, minimum: 0, nullable: true}
  performance_n_control: {type: integer, description: "Level 3: colleagues they are compared with.", label: "Pembanding", unit: people, minimum: 0, nullable: true}
  performance_effect: {type: number, description: "Level 3: difference-in-differences of the numeric score; read with performance_claim.", label: "Selisih dari selisih kinerja", nullable: true}
  performance_ci_low: {type: number, description: "Level 3: lower end of its 95 % interval.", label: "Batas bawah kinerja", nullable: true}
  performance_ci_high: {type: number, description: "Level 3: upper end of its 95 % interval.", label: "Batas atas kinerja", nullable: true}
  performance_claim: {type: text, description: "Level 3: effect or change.", label: "Jenis pernyataan kinerja", nullable: true}
  n_services: {type: integer, description: "Level 4: services of participants' units with an index of the year before the as-of date.", label: "Jumlah layanan", unit: services, minimum: 0, nullable: true}
  ikm_mean: {type: number, description: "Level 4: mean public satisfaction index of these services, the newest of each (is_newest). Context, no effect.", label: "Rata-rata IKM unit peserta", unit: "points 25–100", nullable: true}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the sums, or level 3 tells about too few people."}
---
*/
with classes as (
    select
        program_code, curriculum_version,
        count(*) as n_classes,
        sum(case when n_completed is not null then n_enrolled end) as n_enrolled,
        sum(n_completed) as n_completed,
        sum(n_enrolled_examined) as n_enrolled_examined,
        sum(n_passed) as n_passed,
        sum(n_sessions_known) as n_sessions_known,
        sum(n_sessions_attended) as n_sessions_attended,
        sum(cost_idr) as cost_idr,
        bool_or(is_suppressed) as is_suppressed
    from marts.class_scorecard
    group by program_code, curriculum_version
),
surveys as (
    select
        program_code, curriculum_version,
        sum(n_respondents) as n_respondents,
        case when count(n_expected) = count(*) then sum(n_expected) end as n_expected
    from marts.response_rates
    -- Of a list that is too small to be told about nobody knows how many were expected.
    where n_respondents is not null and (n_enrolled is null or n_expected is not null)
    group by program_code, curriculum_version
),
overall as (
    select
        program_code, curriculum_version,
        sum(n_respondents) as n_judged,
        sum(n_dissatisfied) as n_dissatisfied,
        cast(sum(cast(round(index_0_100 * n_respondents, 6) as decimal(18, 6))) as double) / nullif(sum(n_respondents), 0) as index_0_100
    from marts.reaction
    where aspect = 'OVERALL' and is_whole_class and not is_suppressed and not is_repeated
    group by program_code, curriculum_version
),
flags as (
    select
        program_code, curriculum_version,
        count(case when state = 'MERAH' then 1 end) as n_flags_red,
        count(case when state = 'KUNING' then 1 end) as n_flags_yellow,
        max(hedges_g) as hedges_g
    from marts.curriculum_flag
    group by program_code, curriculum_version
),
learning as (
    select
        program_code, curriculum_version,
        sum(n_pairs) as n_pairs,
        cast(sum(cast(round(pre_mean * n_pairs, 6) as decimal(18, 6))) as double) / nullif(sum(n_pairs), 0) as pre_mean,
        cast(sum(cast(round(post_mean * n_pairs, 6) as decimal(18, 6))) as double) / nullif(sum(n_pairs), 0) as post_mean
    from marts.learning_gain
    where not is_suppressed
    group by program_code, curriculum_version
),
performance as (
    select program_code, design, n_trained, n_control, effect, ci_low, ci_high, claim, is_suppressed
    from marts.performance_effect
    where outcome = 'numeric_score'
    qualify row_number() over (partition by program_code order by n_trained desc nulls last, design nulls last) = 1
),
latest as (
    select unit_code, ikm
    from marts.service_satisfaction_index
    where is_newest
),
served as (
    select distinct c.program_code, c.curriculum_version, u.unit_code
    from core.fact_enrolment as f
    inner join core.dim_class as c on f.class_key = c.class_key
    inner join core.dim_unit as u on f.unit_key = u.unit_key
),
services as (
    select
        s.program_code, s.curriculum_version,
        count(*) as n_services,
        cast(sum(cast(round(l.ikm, 6) as decimal(18, 6))) as double) / nullif(count(*), 0) as ikm_mean
    from served as s
    inner join latest as l on s.unit_code = l.unit_code
    group by s.program_code, s.curriculum_version
)
select
    c.program_code, p.competency_area, c.curriculum_version, c.n_classes, c.n_enrolled, c.n_completed,
    cast(c.n_completed as double) / nullif(c.n_enrolled, 0) as completion_share,
    c.n_enrolled_examined, c.n_passed,
    cast(c.n_passed as double) / nullif(c.n_enrolled_examined, 0) as pass_share,
    c.n_sessions_known, c.n_sessions_attended,
    cast(c.n_sessions_attended as double) / nullif(c.n_sessions_known, 0) as attendance_share,
    c.cost_idr, s.n_expected, s.n_respondents,
    cast(s.n_respondents as double) / nullif(s.n_expected, 0) as response_rate,
    o.n_judged, o.n_dissatisfied,
    cast(o.n_dissatisfied as double) / nullif(o.n_judged, 0) as dissatisfied_share,
    round(o.index_0_100, 6) as index_0_100,
    coalesce(f.n_flags_red, 0) as n_flags_red,
    coalesce(f.n_flags_yellow, 0) as n_flags_yellow,
    l.n_pairs, round(l.pre_mean, 6) as pre_mean, round(l.post_mean, 6) as post_mean,
    round((l.post_mean - l.pre_mean) / nullif(round(100.0 - l.pre_mean, 6), 0.0), 6) as gain,
    f.hedges_g,
    b.n_pairs as behaviour_n_pairs, b.change as behaviour_change,
    e.design as performance_design, e.n_trained as performance_n_trained, e.n_control as performance_n_control,
    e.effect as performance_effect, e.ci_low as performance_ci_low, e.ci_high as performance_ci_high,
    e.claim as performance_claim,
    v.n_services, round(v.ikm_mean, 6) as ikm_mean,
    c.is_suppressed or coalesce(b.is_suppressed, false) or coalesce(e.is_suppressed, false) as is_suppressed
from classes as c
left join core.dim_program as p on c.program_code = p.program_code and c.curriculum_version = p.curriculum_version
left join surveys as s on c.program_code = s.program_code and c.curriculum_version = s.curriculum_version
left join overall as o on c.program_code = o.program_code and c.curriculum_version = o.curriculum_version
left join flags as f on c.program_code = f.program_code and c.curriculum_version = f.curriculum_version
left join learning as l on c.program_code = l.program_code and c.curriculum_version = l.curriculum_version
left join marts.behaviour_change as b on c.program_code = b.program_code and b.observer_role = 'supervisor'
left join performance as e on c.program_code = e.program_code
left join services as v on c.program_code = v.program_code and c.curriculum_version = v.curriculum_version
