/*
---
description: Answers of the public on the nine elements of PermenPANRB 14/2017, scored 1 to 4.
grain: unit × service × period × respondent × element
key: [unit_code, service, period_start, period_end, respondent_id, element]
columns:
  unit_key:
  unit_code:
  service:
  period_start:
  period_end:
  respondent_id: {type: text, description: "One questionnaire: a pseudonym in the surveys' own key space.", label: "Kode responden", privacy: respondent}
  service_element_key:
  element:
  score: {nullable: true, minimum: 1, maximum: 4}
  n_answers: {minimum: 1, description: "Questionnaires that the row stands for: one, or more for the mean of a recap."}
  n_users: {type: integer, description: "People who used the service in the period. Empty where it is not known.", label: "Jumlah penerima layanan", unit: people, minimum: 1, nullable: true}
---
*/
select
    coalesce(u.unit_key, 'unknown') as unit_key,
    s.unit_code, s.service, s.period_start, s.period_end, s.respondent_id,
    coalesce(d.service_element_key, 'unknown') as service_element_key, s.element, s.score,
    coalesce(s.n_answers, 1) as n_answers, s.n_users
from staging.service_satisfaction as s
left join core.dim_service_element as d on s.element = d.element
left join core.dim_unit as u
    on s.unit_code = u.unit_code and s.period_end >= u.valid_from and s.period_end < u.valid_to
