/*
---
description: What was planned for a class and what it cost, once per class, so that no sum counts a class twice.
grain: class
key: [class_key]
columns:
  class_key:
  program_key:
  start_date_key: {type: integer, description: "First day of the class as yyyymmdd; 0 unknown.", label: "Mulai", references: core.dim_date}
  end_date_key: {type: integer, description: "Last day of the class as yyyymmdd; 0 unknown.", label: "Selesai", references: core.dim_date}
  scheduled_jp: {description: "Training hours of the class (1 JP = 45 minutes)."}
  planned_participants:
  cost_idr:
---
*/
select
    coalesce(k.class_key, 'unknown') as class_key, coalesce(k.program_key, 'unknown') as program_key,
    coalesce(s.date_key, 0) as start_date_key, coalesce(e.date_key, 0) as end_date_key,
    c.scheduled_jp, c.planned_participants, c.cost_idr
from staging.classes as c
left join core.dim_class as k on c.class_id = k.class_id
left join core.dim_date as s on c.start_date = s.date_on
left join core.dim_date as e on c.end_date = e.date_on
