/*
---
description: Sessions of the classes with their day, narasumber and training hours.
grain: class × session
key: [session_key]
columns:
  session_key: {references: null}
  class_key:
  class_id:
  session_no: {minimum: 0}
  session_date:
  module_name:
  instructor_key:
  jp:
---
*/
select
    substr(md5(concat(s.class_id, '|', cast(s.session_no as varchar))), 1, 16) as session_key,
    coalesce(c.class_key, 'unknown') as class_key, s.class_id, s.session_no, s.session_date, s.module_name,
    coalesce(i.instructor_key, 'unknown') as instructor_key, s.jp
from staging.sessions as s
left join core.dim_class as c on s.class_id = c.class_id
left join core.dim_instructor as i on s.instructor_id = i.instructor_id
union all
select 'unknown', 'unknown', 'unknown', 0, null, null, 'unknown', null
