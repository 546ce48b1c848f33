/*
---
description: Classes (angkatan) with the program they run, their method, dates, cost and way of assigning participants.
grain: class
key: [class_key]
columns:
  class_key: {references: null}
  class_id:
  program_key:
  program_code:
  curriculum_version: {description: "Version of the program's curriculum. Where none was said: the one in force when the class began, else 1."}
  batch_no:
  assignment:
  method:
  start_date:
  end_date:
  ended_on: {type: date, description: "Last day of the class, or its first where no last one was delivered.", label: "Berakhir", nullable: true}
  scheduled_jp: {description: "Training hours of the class (1 JP = 45 minutes). Once per class: summed after a join with participants, sessions or answers it counts once for each of them; sum it in core.fact_class."}
  planned_participants: {description: "Planned number of participants. Once per class: summed after a join with participants, sessions or answers it counts once for each of them; sum it in core.fact_class."}
  cost_idr: {description: "Cost of the class. Once per class: summed after a join with participants, sessions or answers it counts once for each of them; sum it in core.fact_class."}
  organiser:
---
*/
with in_force as (
    -- The newest version that had begun, else the first one that was to begin; of a class without a day the newest of all.
    select c.class_id, p.curriculum_version
    from staging.classes as c
    inner join core.dim_program as p on c.program_code = p.program_code
    where c.curriculum_version is null
    qualify row_number() over (
        partition by c.class_id
        order by
            case when p.version_valid_from > c.start_date then 1 else 0 end nulls last,
            case when p.version_valid_from > c.start_date then p.version_no else -p.version_no end nulls last
    ) = 1
)
select
    substr(md5(c.class_id), 1, 16) as class_key,
    c.class_id, coalesce(p.program_key, 'unknown') as program_key, c.program_code,
    coalesce(c.curriculum_version, v.curriculum_version, '1') as curriculum_version, c.batch_no,
    c.assignment, c.method, c.start_date, c.end_date,
    coalesce(c.end_date, c.start_date) as ended_on, c.scheduled_jp, c.planned_participants, c.cost_idr, c.organiser
from staging.classes as c
left join in_force as v on c.class_id = v.class_id
left join core.dim_program as p
    on c.program_code = p.program_code and coalesce(c.curriculum_version, v.curriculum_version) = p.curriculum_version
-- A delivered code that is the special member's own is that member: codes stay unique for the joins of the facts.
where c.class_id <> 'unknown'
union all
select 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', null, null, null, null, null, null, null, null, null, null
