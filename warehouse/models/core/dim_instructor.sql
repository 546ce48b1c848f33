/*
---
description: >-
  Resource persons (narasumber), who act in a public role. Those who are only named in a timetable or a survey are here
  too, without a name. 'none' is the member for what is about no narasumber.
grain: instructor
key: [instructor_key]
columns:
  instructor_key: {references: null}
  instructor_id:
  instructor_name:
  instructor_type:
  affiliation:
  competencies: {type: text, description: "Fields the narasumber is competent in.", label: "Kompetensi", nullable: true}
---
*/
with seen as (
    select instructor_id from staging.instructors
    union
    select instructor_id from staging.sessions where instructor_id is not null
    union
    select instructor_id from staging.survey_responses where instructor_id is not null
)
select
    substr(md5(s.instructor_id), 1, 16) as instructor_key,
    s.instructor_id, i.full_name as instructor_name, i.instructor_type, i.affiliation, i.competencies
from seen as s
left join staging.instructors as i on s.instructor_id = i.instructor_id
-- A delivered code that is a special member's own is that member: codes stay unique for the joins of the facts.
where s.instructor_id not in ('unknown', 'none')
union all
select 'unknown', 'unknown', null, null, null, null
union all
select 'none', 'none', 'tanpa narasumber', null, null, null
