/*
---
description: One line per class (angkatan) with participation, reaction, learning and cost side by side.
grain: class
key: [class_id]
small_groups:
  - {people: n_enrolled, hides: [n_withdrawn, n_attended, n_sessions_known, n_sessions_attended, attendance_share, n_completed, completion_share, n_enrolled_examined, n_passed, pass_share, cost_per_completed_idr]}
  - {people: n_respondents, hides: [index_materi, index_narasumber, index_overall]}
  - {people: n_pairs, hides: [gain_class, hedges_g]}
columns:
  class_id:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  batch_no:
  method:
  assignment:
  start_date:
  end_date:
  n_enrolled: {nullable: true, description: "People enrolled, withdrawn ones included; empty where no list was delivered."}
  n_withdrawn: {type: integer, description: "Enrolled people who withdrew.", label: "Jumlah mundur", unit: people, minimum: 0, nullable: true}
  n_attended: {nullable: true, description: "Enrolled people present in at least one session; empty where presence is not known."}
  n_sessions_known: {nullable: true}
  n_sessions_attended: {nullable: true}
  attendance_share: {nullable: true}
  n_completed: {nullable: true, description: "Enrolled people with status completed; empty where nobody has it and somebody is still registered: how the class ended is not known."}
  completion_share: {nullable: true}
  n_enrolled_examined:
  n_passed: {nullable: true}
  pass_share:
  n_respondents: {nullable: true, description: "Forms with at least one answer; empty where the class was not surveyed."}
  n_expected: {description: "People expected to answer, as in reaction."}
  response_rate:
  index_materi: {type: number, description: "index_0_100 of aspect MATERI.", label: "Indeks materi", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  index_narasumber: {type: number, description: "index_0_100 of aspect NARASUMBER.", label: "Indeks narasumber", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  index_overall: {type: number, description: "index_0_100 of aspect OVERALL.", label: "Indeks keseluruhan", unit: "points 0–100", minimum: 0, maximum: 100, nullable: true}
  n_pairs: {nullable: true, description: "People with both a pre-test and a post-test; empty where nobody was tested."}
  gain_class: {type: number, description: "Hake's gain on class means.", label: "N-gain kelas", unit: share, nullable: true}
  hedges_g: {description: "Standardised gain from pre-test to post-test."}
  scheduled_jp:
  cost_idr:
  cost_per_completed_idr: {type: number, description: "cost_idr ÷ n_completed.", label: "Biaya per peserta yang selesai", unit: IDR, minimum: 0, nullable: true}
  is_suppressed:
---
*/
with reaction as (
    select
        class_id,
        max(case when aspect = 'MATERI' then index_0_100 end) as index_materi,
        max(case when aspect = 'NARASUMBER' then index_0_100 end) as index_narasumber,
        max(case when aspect = 'OVERALL' then index_0_100 end) as index_overall,
        bool_or(is_suppressed) as is_suppressed
    from marts.reaction
    where is_whole_class
    group by class_id
)
select
    c.class_id, c.program_code, c.curriculum_version, c.batch_no, c.method, c.assignment,
    c.start_date, c.end_date,
    s.n_enrolled, e.n_withdrawn, s.n_attended, s.n_sessions_known, s.n_sessions_attended, s.attendance_share,
    e.n_completed,
    cast(e.n_completed as double) / nullif(s.n_enrolled, 0) as completion_share,
    e.n_enrolled_examined, e.n_passed,
    cast(e.n_passed as double) / nullif(e.n_enrolled_examined, 0) as pass_share,
    s.n_respondents, s.n_expected, s.response_rate, r.index_materi, r.index_narasumber, r.index_overall,
    l.n_pairs, l.gain_class, l.hedges_g,
    c.scheduled_jp, c.cost_idr,
    cast(c.cost_idr as double) / nullif(e.n_completed, 0) as cost_per_completed_idr,
    coalesce(e.is_suppressed, false) or coalesce(r.is_suppressed, false) or coalesce(l.is_suppressed, false) as is_suppressed
from core.dim_class as c
left join marts.response_rates as s on c.class_id = s.class_id
left join marts.class_participants as e on c.class_id = e.class_id
left join reaction as r on c.class_id = r.class_id
left join marts.learning_gain as l on c.class_id = l.class_id
where c.class_key <> 'unknown'
