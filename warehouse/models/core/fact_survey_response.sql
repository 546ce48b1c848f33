/*
---
description: >-
  Answers of participants, one row per question. A response can never be joined to a person. Dissatisfied means an
  answer in the lower half of its scale (1 and 2 of four, 1 and 2 of five).
grain: response × item × narasumber judged
key: [response_id, survey_item_key, instructor_key]
columns:
  response_id: {type: text, description: "One filled-in form: a pseudonym in the surveys' own key space, in what is published another one in each class. There the answers about narasumber stand alone where few forms of the class judge the same ones.", label: "Kode respons", privacy: respondent}
  item_code:
  class_key:
  program_key:
  instructor_key: {description: "Narasumber judged; 'none' where the question is about none."}
  survey_item_key:
  submitted_date_key: {type: integer, description: "Day of the answer as yyyymmdd; 0 unknown. What is published tells the month in which most forms of the class came, by its first day: on a day on which one person was tested one form may have been sent.", label: "Tanggal jawaban", references: core.dim_date}
  score: {nullable: true}
  score_share: {type: number, description: "(score − scale_min) ÷ (scale_max − scale_min).", label: "Nilai 0–1", unit: share 0–1, nullable: true, minimum: 0, maximum: 1}
  agency_share: {type: number, description: "score ÷ scale_max, as agencies print it.", label: "Nilai gaya instansi", unit: share 0–1, nullable: true}
  is_dissatisfied: {type: boolean, description: "Whether the answer lies in the lower half of its scale.", label: "Tidak puas", nullable: true}
---
*/
select
    r.response_id, r.item_code,
    coalesce(c.class_key, 'unknown') as class_key,
    coalesce(c.program_key, 'unknown') as program_key,
    case when r.instructor_id is null and r.aspect <> 'NARASUMBER' then 'none'
        else coalesce(n.instructor_key, 'unknown') end as instructor_key,
    coalesce(i.survey_item_key, 'unknown') as survey_item_key,
    coalesce(d.date_key, 0) as submitted_date_key,
    r.score,
    (r.score - r.scale_min) / nullif(r.scale_max - r.scale_min, 0.0) as score_share,
    r.score / nullif(r.scale_max, 0.0) as agency_share,
    (r.score - r.scale_min) / nullif(r.scale_max - r.scale_min, 0.0) < 0.5 as is_dissatisfied
from staging.survey_responses as r
left join core.dim_class as c on r.class_id = c.class_id
left join core.dim_date as d on cast(r.submitted_at as date) = d.date_on
left join core.dim_instructor as n on r.instructor_id = n.instructor_id
left join core.dim_survey_item as i
    on r.item_code = i.item_code and r.aspect = i.aspect and r.scale_min = i.scale_min and r.scale_max = i.scale_max
