/*
---
description: >-
  Decisions taken on curriculum flags. What was decided before and done when the same was decided again is a decision of its own; what was not
  done is told by the later list alone.
grain: flag × action × day of the decision
key: [flag_id, action, decided_on]
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
    f.flag_id, f.action, f.owner, f.decided_on, f.due_on, f.done_on, f.new_curriculum_version,
    coalesce(d.date_key, 0) as decided_date_key
from (
    select
        *,
        min(decided_on) over (
            partition by flag_id, action order by delivery_month nulls last, decided_on nulls last
            rows between 1 following and unbounded following
        ) as next_decided_on
    from staging.follow_ups
) as f
left join core.dim_date as d on f.decided_on = d.date_on
where f.next_decided_on is null or f.done_on <= f.next_decided_on
