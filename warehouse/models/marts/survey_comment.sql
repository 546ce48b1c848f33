/*
---
description: >
  What respondents wrote, of classes with at least minimum_comment_group respondents only, without names, long numbers and
  mail addresses. In the order of the alphabet: nothing ties a comment to a form, a person or a score.
grain: comment of a class
key: [class_id, comment_no]
columns:
  class_id:
  class_ended_on:
  comment_no: {type: integer, description: "Number of the comment among the class's, in the order of the alphabet.", label: "Nomor komentar", minimum: 1}
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  comment: {type: text, description: "The comment; [nama], [nomor] and [surel] stand for what was taken out.", label: "Komentar"}
---
*/
with surveyed as (
    select class_id, max(n_forms) as n_forms
    from marts.reaction
    group by class_id
),
listed as (
    select
        c.class_id, c.program_code, c.curriculum_version, p.comment,
        row_number() over (partition by c.class_id order by p.comment nulls last) as comment_no
    from private.survey_comment as p
    inner join core.dim_class as c on p.class_id = c.class_id
    inner join surveyed as s on c.class_id = s.class_id
    inner join ops.policy as m on m.policy = 'minimum_comment_group' and s.n_forms >= m.value
)
select class_id, comment_no, program_code, curriculum_version, comment
from listed
