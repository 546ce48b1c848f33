/*
---
description: >
  What was observed of each source, for the city and, where its rows name an office, for each office. Outside the window numbers are unknown.
grain: source × office
key: [source, opd_code]
columns:
  source: {type: text, description: "Source.", label: "Sumber data"}
  opd_code: {type: text, description: "Office (OPD); 'semua' for the whole city.", label: "Kode OPD"}
  first_month: {type: date, description: "First month that was delivered or that a row is about (its first day).", label: "Bulan pertama"}
  last_month: {type: date, description: "Last such month.", label: "Bulan terakhir"}
  n_months: {type: integer, description: "Months from the first to the last.", label: "Jumlah bulan", unit: months, minimum: 1}
  n_gap_months: {type: integer, description: "Of them, those in gaps: more months in a row than observation_gap_months without a delivery or a row.", label: "Bulan kosong", unit: months, minimum: 0}
  data_through: {type: date, description: "Last day, up to the as-of date, that a row is about; where rows have no day, the end of the last month.", label: "Data sampai"}
---
*/
with ends as (
    select month_start, max(date_on) as last_on
    from core.dim_date
    where date_on is not null
    group by month_start
)
select
    s.source, s.opd_code, min(s.month_start) as first_month, max(s.month_start) as last_month,
    count(*) as n_months,
    count(case when s.is_gap then 1 end) as n_gap_months,
    coalesce(
        max(s.last_event_on), case when max(e.last_on) > max(r.as_of) then max(r.as_of) else max(e.last_on) end
    ) as data_through
from core.source_month as s
inner join ends as e on s.month_start = e.month_start
cross join ops.run as r
group by s.source, s.opd_code
