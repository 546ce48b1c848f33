/*
---
description: >
  Training hours (JP) of employees by office, reporting year and kind of appointment. JP of a class counts in the year in
  which it ends: the certificate's, else those of the sessions attended. No enrolment is zero JP; an enrolment without
  certificate and without attendance is unknown, and so is one in a class that no list of classes tells, in the year in which its participants were listed and the one before. Where deliveries of classes and participants do not cover the year from its beginning
  (core.source_month), nobody's hours are known. Classes without a list of participants may have been anybody's: they are counted, and
  bounds say what they could hide. PNS have a floor (PP 11/2017 jo 17/2020), PPPK a ceiling (PP 49/2018).
grain: office (OPD) × year × kind of appointment
key: [unit_code, year, employment_type]
metrics: {n_floor_met: sum(n_floor_met), n_jp_known: sum(n_jp_known)}
small_groups:
  - {people: n_shown, hides: [n_trained, jp_total, jp_median, n_floor_met, jp_short, floor_share, floor_low, floor_high, n_over_cap, n_over_cap_most]}
columns:
  unit_code: {description: "Office (OPD): the top unit below the city."}
  unit_name: {nullable: true}
  year: {description: "Reporting year in which the class ends; it begins in the month that the city names (January)."}
  employment_type:
  n_employees: {type: integer, description: "Employees on the last day of the year, or on the as-of date while the year runs.", label: "Jumlah pegawai", unit: people, minimum: 0}
  n_jp_known: {type: integer, description: "Employees whose hours are known.", label: "Jumlah pegawai dengan JP diketahui", unit: people, minimum: 0}
  n_trained: {type: integer, description: "Employees enrolled in at least one class that ended in the year.", label: "Jumlah pegawai dilatih", unit: people, minimum: 0, nullable: true}
  jp_total: {type: number, description: "Sum of known hours.", label: "Total JP", unit: JP, minimum: 0, nullable: true}
  jp_median: {type: number, description: "Median hours of employees whose hours are known.", label: "Median JP", unit: JP, minimum: 0, nullable: true}
  n_floor_met: {type: integer, description: "PNS with at least the floor of the policy (20 JP); empty for others, who have no floor, and where no hours are known.", label: "Jumlah memenuhi JP minimum", unit: people, minimum: 0, nullable: true}
  jp_short: {type: number, description: "Hours that PNS below the floor lack to it, added up over those whose hours are known; empty where n_floor_met is.", label: "JP yang kurang", unit: JP, minimum: 0, nullable: true}
  floor_share: {type: number, description: "n_floor_met ÷ n_jp_known.", label: "Porsi memenuhi JP minimum", share_of: [n_floor_met, n_jp_known], unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  floor_low: {type: number, description: "Lower bound of the share of all PNS who met the floor: those whose known hours suffice, whatever the unknown ones are.", label: "Batas bawah porsi memenuhi JP minimum", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  floor_high: {type: number, description: "Upper bound: also everybody with unknown hours, and as many as classes without a list had places for.", label: "Batas atas porsi memenuhi JP minimum", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  n_over_cap: {type: integer, description: "PPPK whose known hours alone are above the ceiling of the policy (24 JP); empty for others, and where no hours are known.", label: "Jumlah melampaui batas JP", unit: people, minimum: 0, nullable: true}
  n_over_cap_most: {type: integer, description: "PPPK who may be above it: also those with unknown hours, and as many as classes without a list had places for.", label: "Jumlah yang mungkin melampaui batas JP", unit: people, minimum: 0, nullable: true}
  n_classes_without_list: {type: integer, description: "Classes of the city that ended in the year and whose participants were not delivered: anybody may have been there.", label: "Kelas tanpa daftar peserta", unit: classes, minimum: 0}
  n_months_observed: {type: integer, description: "Months of the year that deliveries of classes and of participants cover.", label: "Bulan teramati", unit: months, minimum: 0, maximum: 12}
  is_full_year: {type: boolean, description: "Whether the year is over and all of it was observed. False while the year runs: the floor may still be met.", label: "Tahun penuh"}
  n_shown: {type: integer, description: "Fewest people that the numbers would tell about: those of the row, or those whom the office's total less the other rows would give.", label: "Jumlah orang yang dapat dikenali", unit: people, minimum: 0}
  is_suppressed: {description: "True where numbers are left out: fewer than minimum_cell_size employees with known hours, or the smallest other kind of appointment of an office in which only such a group would be left out."}
---
*/
with limits as (
    select
        max(case when policy = 'jp_floor_pns' then value end) as jp_floor,
        max(case when policy = 'jp_cap_pppk' then value end) as jp_cap
    from ops.policy
),
hours as (
    select
        f.employee_id,
        d.reporting_year as year,
        coalesce(f.certificate_jp, f.attended_jp) as jp,
        1 as is_dated
    from core.fact_enrolment as f
    inner join core.dim_class as c on f.class_key = c.class_key
    inner join core.dim_date as d on c.ended_on = d.date_on
    cross join ops.run as r
    where f.status <> 'withdrawn' and c.ended_on <= r.as_of
    union all
    -- Of a class that no list of classes tells nobody knows when it was: not long before its participants were listed, hence in one of two years.
    select f.employee_id, d.reporting_year - b.years_before as year, cast(null as double) as jp, 0 as is_dated
    from core.fact_enrolment as f
    inner join core.dim_class as c on f.class_key = c.class_key
    inner join core.dim_date as d on f.listed_in = d.date_on
    cross join (select 0 as years_before union all select 1) as b
    where f.status <> 'withdrawn' and c.ended_on is null
),
listless as (
    select
        d.reporting_year as year,
        count(*) as n_classes,
        case when count(c.planned_participants) = count(*) then sum(c.planned_participants) end as n_places
    from core.dim_class as c
    inner join core.dim_date as d on c.ended_on = d.date_on
    cross join ops.run as r
    left join (
        select distinct class_key from core.fact_enrolment
    ) as f on c.class_key = f.class_key
    where c.class_key <> 'unknown' and c.ended_on <= r.as_of and f.class_key is null
    group by d.reporting_year
),
person_years as (
    select
        employee_id,
        year,
        cast(sum(cast(round(jp, 4) as decimal(18, 4))) as double) as jp,
        count(case when jp is null then 1 end) as n_unknown,
        sum(is_dated) as n_classes
    from hours
    group by employee_id, year
),
observed as (
    select month_start
    from core.source_month
    where opd_code = 'semua' and source in ('classes', 'enrolments') and not is_gap
    group by month_start
    having count(*) = 2
),
years as (
    select
        m.year, m.last_on,
        count(case when o.month_start <= r.as_of then 1 end) as n_months_observed,
        -- A month that was not observed, though a later one was or the year is over.
        count(case when o.month_start is null and (m.month_start < l.month_start or m.last_on <= r.as_of) then 1 end) as n_missing
    from (
        select distinct
            reporting_year as year, month_start,
            max(date_on) over (partition by reporting_year) as last_on
        from core.dim_date
        where date_on is not null
    ) as m
    cross join ops.run as r
    cross join (select max(month_start) as month_start from observed) as l
    left join observed as o on m.month_start = o.month_start
    group by m.year, m.last_on
),
days as (
    select
        y.year,
        case when y.last_on > r.as_of then r.as_of else y.last_on end as day_on,
        y.n_months_observed,
        y.n_missing = 0 and y.n_months_observed > 0 as is_known,
        y.n_missing = 0 and y.last_on <= r.as_of as is_full_year
    from years as y
    cross join ops.run as r
),
staff as (
    select
        y.year, y.day_on, y.n_months_observed, y.is_known, y.is_full_year, e.employee_id, e.employment_type,
        coalesce(u.opd_code, e.unit_code) as unit_code
    from core.dim_employee as e
    -- Whoever came later was not short of that year's hours.
    inner join days as y on coalesce(e.joined_on, e.valid_from) <= y.day_on and e.valid_from <= y.day_on and e.valid_to > y.day_on
    left join core.dim_unit as u
        on e.unit_code = u.unit_code and u.valid_from <= y.day_on and u.valid_to > y.day_on
    where e.employee_key <> 'unknown' and y.year in (select distinct year from person_years where n_classes > 0)
),
joined as (
    select
        s.year, s.n_months_observed, s.is_full_year, s.employment_type, s.unit_code,
        case when not s.is_known then null when coalesce(p.n_classes, 0) = 0 then 0 else 1 end as is_trained,
        case
            when not s.is_known then null
            when p.employee_id is null then 0.0
            when p.n_unknown = 0 then p.jp
        end as jp,
        case when not s.is_known then null else coalesce(p.jp, 0.0) end as jp_least,
        case when not s.is_known then null when p.n_unknown > 0 then 1 else 0 end as is_more_possible
    from staff as s
    left join person_years as p on s.employee_id = p.employee_id and s.year = p.year
),
counted as (
    select
        j.unit_code, j.year, j.employment_type, j.n_months_observed, j.is_full_year,
        count(*) as n_employees,
        count(j.jp) as n_jp_known,
        sum(j.is_trained) as n_trained,
        cast(sum(cast(round(j.jp, 4) as decimal(18, 4))) as double) as jp_total,
        median(j.jp) as jp_median,
        case when j.employment_type = 'PNS' and count(j.jp) > 0 then count(case when j.jp >= l.jp_floor then 1 end) end as n_floor_met,
        case
            when j.employment_type = 'PNS' and count(j.jp) > 0
                then cast(sum(cast(round(case when j.jp < l.jp_floor then l.jp_floor - j.jp else 0.0 end, 4) as decimal(18, 4))) as double)
        end as jp_short,
        case
            when j.employment_type = 'PPPK' and (count(j.jp) > 0 or max(j.jp_least) > l.jp_cap)
                then count(case when j.jp_least > l.jp_cap then 1 end)
        end as n_over_cap,
        case when j.employment_type = 'PNS' then count(case when j.jp_least >= l.jp_floor then 1 end) end as n_floor_least,
        sum(case when j.employment_type = 'PNS' and j.jp_least < l.jp_floor then j.is_more_possible end) as n_floor_open,
        sum(case when j.employment_type = 'PPPK' and j.jp_least <= l.jp_cap then j.is_more_possible end) as n_cap_open,
        count(j.jp_least) as n_observed,
        coalesce(nullif(count(j.jp), 0), count(*)) as n_people
    from joined as j
    cross join limits as l
    group by j.unit_code, j.year, j.employment_type, j.n_months_observed, j.is_full_year, l.jp_floor, l.jp_cap
),
small as (
    select
        c.*, c.n_people < p.value as is_small, p.value as minimum, coalesce(w.n_classes, 0) as n_classes_without_list,
        -- Places that nobody planned may have been everybody's.
        case when w.n_classes is null then 0 else coalesce(w.n_places, c.n_employees) end as n_places
    from counted as c
    left join listless as w on c.year = w.year
    cross join ops.policy as p
    where p.policy = 'minimum_cell_size'
),
ranked as (
    select
        *,
        coalesce(sum(case when is_small then n_people end) over (partition by unit_code, year), 0) as n_left_out,
        row_number() over (partition by unit_code, year, is_small order by n_people nulls last, employment_type nulls last) as size_rank
    from small
)
select
    unit_code, year, employment_type, n_employees, n_jp_known, n_trained, jp_total, jp_median, n_floor_met, jp_short,
    cast(n_floor_met as double) / nullif(n_jp_known, 0) as floor_share,
    cast(n_floor_least as double) / nullif(n_observed, 0) as floor_low,
    case
        when employment_type = 'PNS'
            then cast(least(n_observed, n_floor_least + coalesce(n_floor_open, 0) + n_places) as double) / nullif(n_observed, 0)
    end as floor_high,
    n_over_cap,
    case
        when employment_type = 'PPPK' and n_observed > 0
            then least(n_observed, coalesce(n_over_cap, 0) + coalesce(n_cap_open, 0) + n_places)
    end as n_over_cap_most,
    n_classes_without_list, n_months_observed, is_full_year,
    -- An office knows its total: with one small group left out alone, the total less the others would give it.
    case
        when not is_small and size_rank = 1 and n_left_out between 1 and minimum - 1 then n_left_out
        else n_people
    end as n_shown
from ranked
