/*
---
description: Decisions taken on curriculum flags.
grain: flag × action
key: [flag_id, action]
columns:
  flag_id:
  action: {type: text, description: "What is to be done.", label: "Tindakan"}
  owner: {type: text, description: "Office in charge.", label: "Penanggung jawab", nullable: true}
  decided_on: {type: date, description: "Day of the decision.", label: "Tanggal keputusan"}
  due_on: {type: date, description: "Day by which it is due.", label: "Tenggat", nullable: true}
  done_on: {type: date, description: "Day on which it was done.", label: "Tanggal selesai", nullable: true}
  new_curriculum_version: {type: text, description: "Version that answers the flag.", label: "Versi kurikulum baru", nullable: true}
  decided_date_key: {type: integer, description: "Day of the decision as yyyymmdd.", label: "Tanggal keputusan", references: core.dim_date}
---
*/
select
    flag_id, action, owner, decided_on, due_on, done_on, new_curriculum_version,
    case when year(decided_on) between 2000 and 2050
        then year(decided_on) * 10000 + month(decided_on) * 100 + day(decided_on) else 0 end as decided_date_key
from staging.follow_ups
