/*
---
description: Questions of the surveys with the aspect they judge and their scale.
grain: item × aspect × scale
key: [survey_item_key]
columns:
  survey_item_key: {references: null}
  item_code:
  aspect: {nullable: true}
  scale_min: {nullable: true}
  scale_max: {nullable: true}
---
*/
select
    substr(md5(concat(item_code, '|', aspect, '|', cast(scale_min as varchar), '|', cast(scale_max as varchar))), 1, 16)
        as survey_item_key,
    item_code, aspect, scale_min, scale_max
from (select distinct item_code, aspect, scale_min, scale_max from staging.survey_responses) as d
union all
select 'unknown', 'unknown', null, null, null
