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
  version_no: {type: integer, description: "Which of the program's versions it is, the oldest first: by the day from which it holds, else by its number.", label: "Urutan versi", minimum: 1, nullable: true}
  version_valid_from:
  version_valid_to: {type: date, description: "Day on which the next version takes over; empty for the newest.", label: "Versi berlaku sampai", nullable: true}
  is_current:
  objectives: {type: text, description: "What participants can do afterwards.", label: "Tujuan pelatihan", nullable: true}
---
*/
with numbered as (
    select
        *,
        row_number() over (
            partition by program_code
            order by
                version_valid_from nulls first,
                -- 10 comes after 9, and 1.10 after 1.9.
                lpad(split_part(curriculum_version, '.', 1), 40, '0') nulls last,
                lpad(split_part(curriculum_version, '.', 2), 40, '0') nulls last, curriculum_version nulls last
        ) as version_no
    from staging.programs
),
versions as (
    select
        *,
        lead(version_valid_from) over (partition by program_code order by version_no nulls last) as version_valid_to,
        max(version_no) over (partition by program_code) as newest_no
    from numbered
)
select
    substr(md5(concat(program_code, '|', curriculum_version)), 1, 16) as program_key,
    program_code, program_name, competency_area, curriculum_version, version_no, version_valid_from, version_valid_to,
    version_no = newest_no as is_current, objectives
from versions
-- A delivered code that is the special member's own is that member: codes stay unique for the joins of the facts.
where not (program_code = 'unknown' and curriculum_version = 'unknown')
union all
select 'unknown', 'unknown', 'unknown', null, 'unknown', null, null, null, true, null
