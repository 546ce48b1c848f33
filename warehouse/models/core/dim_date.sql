/*
---
description: Calendar from 2000 to 2050 with Indonesian names; facts point at it by role.
grain: day
key: [date_key]
columns:
  date_key: {type: integer, description: "Day as yyyymmdd; 0 is the unknown day.", label: "Kunci tanggal"}
  date_on: {type: date, description: "The day.", label: "Tanggal", nullable: true}
  year: {nullable: true}
  reporting_year: {type: integer, description: "Reporting year, called by the calendar year in which it begins; the same as year where it begins in January.", label: "Tahun pelaporan", unit: year, nullable: true}
  quarter: {type: integer, description: "Quarter of the year, 1 to 4.", label: "Triwulan", nullable: true, minimum: 1, maximum: 4}
  month: {type: integer, description: "Month of the year, 1 to 12.", label: "Bulan ke-", nullable: true, minimum: 1, maximum: 12}
  month_start: {nullable: true}
  month_name: {type: text, description: "Name of the month.", label: "Nama bulan", nullable: true}
  iso_weekday: {type: integer, description: "Day of the week, 1 Monday to 7 Sunday.", label: "Hari ke-", nullable: true, minimum: 1, maximum: 7}
  weekday_name: {type: text, description: "Name of the day.", label: "Nama hari", nullable: true}
  is_weekend: {type: boolean, description: "Saturday or Sunday.", label: "Akhir pekan", nullable: true}
---
*/
with digits as (
    select * from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as t (d)
),
numbers as (
    select a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d as n
    from digits as a cross join digits as b cross join digits as c cross join digits as e cross join digits as f
),
days as (
    select cast(date '2000-01-01' + cast(n as integer) as date) as date_on, n
    from numbers
    where n < 18628 -- up to 2050-12-31
),
-- 2000-01-01 was a Saturday, the sixth day.
named as (
    select date_on, 1 + (n + 5) % 7 as iso_weekday from days
)
select
    year(date_on) * 10000 + month(date_on) * 100 + day(date_on) as date_key,
    date_on,
    year(date_on) as year,
    case when month(date_on) >= r.year_starts_in then year(date_on) else year(date_on) - 1 end as reporting_year,
    quarter(date_on) as quarter,
    month(date_on) as month,
    cast(date_trunc('month', date_on) as date) as month_start,
    case month(date_on)
        when 1 then 'Januari' when 2 then 'Februari' when 3 then 'Maret' when 4 then 'April' when 5 then 'Mei'
        when 6 then 'Juni' when 7 then 'Juli' when 8 then 'Agustus' when 9 then 'September' when 10 then 'Oktober'
        when 11 then 'November' else 'Desember'
    end as month_name,
    iso_weekday,
    case iso_weekday
        when 1 then 'Senin' when 2 then 'Selasa' when 3 then 'Rabu' when 4 then 'Kamis' when 5 then 'Jumat'
        when 6 then 'Sabtu' else 'Minggu'
    end as weekday_name,
    iso_weekday >= 6 as is_weekend
from named
cross join ops.run as r
union all
select 0, null, null, null, null, null, null, null, null, null, null
