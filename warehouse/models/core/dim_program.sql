/*
---
description: Training programs, one row for each version of the curriculum.
grain: program × curriculum version
key: [program_key]
columns:
  program_key: {references: null}
  program_code:
  program_name:
  competency_area:
  curriculum_version:
  version_valid_from:
  version_valid_to: {type: date, description: "Day on which the next version takes over; empty for the newest.", label: "Versi berlaku sampai", nullable: true}
  is_current:
  objectives: {type: text, description: "What participants can do afterwards.", label: "Tujuan pelatihan", nullable: true}
---
*/
with versions as (
    select
        *,
        lead(version_valid_from) over (
            partition by program_code order by version_valid_from nulls first, curriculum_version nulls last
        ) as version_valid_to,
        row_number() over (
            partition by program_code order by version_valid_from desc nulls last, curriculum_version desc nulls last
        ) as nth_from_end
    from staging.programs
)
select
    substr(md5(concat(program_code, '|', curriculum_version)), 1, 16) as program_key,
    program_code, program_name, competency_area, curriculum_version, version_valid_from, version_valid_to,
    nth_from_end = 1 as is_current, objectives
from versions
-- A delivered code that is the special member's own is that member: codes stay unique for the joins of the facts.
where not (program_code = 'unknown' and curriculum_version = 'unknown')
union all
select 'unknown', 'unknown', 'unknown', null, 'unknown', null, null, true, null
