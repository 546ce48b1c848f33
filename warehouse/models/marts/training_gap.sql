/*
---
description: >
  Where training is missing, by office: employees without any class that ended in the two years before the as-of date, and hours (JP) that PNS lack
  to the floor in the newest year. Counts, no persons. A class without a list of participants may have been anybody's, and a month that no
  delivery covers may have had classes: the numbers are then the most that can be without.
grain: office (OPD)
key: [unit_code]
small_groups:
  - {people: n_staying, hides: [n_without_training, without_share]}
  - {people: "case when n_floor_known > 0 then n_floor_known else n_pns end", hides: [n_below_floor, below_floor_share, jp_missing, jp_missing_mean]}
columns:
  unit_code: {description: "Office (OPD): the top unit below the city."}
  unit_name: {nullable: true}
  n_employees: {type: integer, description: "Employees on the as-of date.", label: "Jumlah pegawai", unit: people, minimum: 0}
  n_staying: {type: integer, description: "Of them, those who were employees through the two years, or since the first list of employees.", label: "Jumlah pegawai dua tahun", unit: people, minimum: 0}
  n_without_training: {type: integer, description: "Of n_staying, those without any enrolment, not withdrawn, in a class that ended in the two years.", label: "Jumlah tanpa pelatihan", unit: people, minimum: 0, nullable: true}
  without_share: {type: number, description: "n_without_training ÷ n_staying.", label: "Porsi tanpa pelatihan", share_of: [n_without_training, n_staying], unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  n_months_observed: {type: integer, description: "Months of the two years that deliveries of classes and of participants cover; below 24 some may have been trained unseen.", label: "Bulan teramati", unit: months, minimum: 0, maximum: 24}
  n_classes_without_list: {type: integer, description: "Classes of the city that ended in the two years and whose participants were not delivered: anybody may have been there.", label: "Kelas tanpa daftar peserta", unit: classes, minimum: 0}
  year: {type: integer, description: "Newest reporting year (training_hours); empty where it has no PNS of the office.", label: "Tahun", nullable: true}
  is_full_year: {type: boolean, description: "Whether that year is over and all of it was observed.", label: "Tahun penuh", nullable: true}
  n_pns: {type: integer, description: "PNS of the office in that year; 0 of one of which only others are known, empty where hours tell of nobody there.", label: "Jumlah PNS", unit: people, minimum: 0, nullable: true}
  n_floor_known: {type: integer, description: "PNS whose hours of that year are known.", label: "Jumlah PNS dengan JP diketahui", unit: people, minimum: 0}
  n_below_floor: {type: integer, description: "Of them, those below the floor of the policy (20 JP).", label: "Jumlah PNS di bawah JP minimum", unit: people, minimum: 0, nullable: true}
  below_floor_share: {type: number, description: "n_below_floor ÷ n_floor_known.", label: "Porsi PNS di bawah JP minimum", share_of: [n_below_floor, n_floor_known], unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  jp_missing: {type: number, description: "Hours that they lack to the floor, added up.", label: "JP yang kurang", unit: JP, minimum: 0, nullable: true}
  jp_missing_mean: {type: number, description: "jp_missing ÷ n_floor_known.", label: "JP yang kurang per PNS", unit: JP, minimum: 0, nullable: true}
  is_suppressed: {description: "True where numbers are left out for small groups, here or in training_hours."}
---
*/
with span as (
    select as_of, cast(as_of - interval 2 year as date) as since from ops.run
),
staff as (
    select e.employee_id, coalesce(u.opd_code, e.unit_code) as unit_code
    from core.dim_employee as e
    cross join span as s
    left join core.dim_unit as u
        on e.unit_code = u.unit_code and u.valid_from <= s.as_of and u.valid_to > s.as_of
    where e.employee_key <> 'unknown' and e.valid_from <= s.as_of and e.valid_to > s.as_of
),
spells as (
    select
        employee_id, valid_from, joined_on,
        case when lag(valid_to) over (partition by employee_id order by valid_from nulls last) = valid_from then 0 else 1 end as is_entry
    from core.dim_employee
    where employee_key <> 'unknown'
),
joined as (
    -- Who left and came back is there since then.
    select employee_id, max(case when is_entry = 1 then greatest(valid_from, coalesce(joined_on, valid_from)) end) as first_on
    from spells
    group by employee_id
),
trained as (
    select distinct f.employee_id
    from core.fact_enrolment as f
    inner join core.dim_class as c on f.class_key = c.class_key
    cross join span as s
    where f.status <> 'withdrawn' and coalesce(c.ended_on, f.listed_in) > s.since and coalesce(c.ended_on, f.listed_in) <= s.as_of
),
observed as (
    select count(*) as n_months
    from (
        select m.month_start
        from core.source_month as m
        cross join span as s
        where m.opd_code = 'semua' and m.source in ('classes', 'enrolments') and not m.is_gap
            and m.month_start > s.since and m.month_start <= s.as_of
        group by m.month_start
        having count(*) = 2
    ) as whole
),
listless as (
    select count(*) as n_classes
    from core.dim_class as c
    cross join span as s
    left join (select distinct class_key from core.fact_enrolment) as f on c.class_key = f.class_key
    where c.class_key <> 'unknown' and f.class_key is null and c.ended_on > s.since and c.ended_on <= s.as_of
),
counted as (
    select
        t.unit_code,
        count(*) as n_employees,
        count(case when j.first_on <= s.since then 1 end) as n_staying,
        count(case when j.first_on <= s.since and r.employee_id is null then 1 end) as n_without
    from staff as t
    cross join span as s
    inner join joined as j on t.employee_id = j.employee_id
    left join trained as r on t.employee_id = r.employee_id
    where t.unit_code <> 'unknown'
    group by t.unit_code
),
newest as (
    select h.unit_code, h.year, h.is_full_year, h.n_employees, h.n_jp_known, h.n_floor_met, h.jp_short, h.is_suppressed
    from marts.training_hours as h
    where h.employment_type = 'PNS'
    qualify row_number() over (partition by h.unit_code order by h.year desc nulls last) = 1
)
select
    c.unit_code, c.n_employees, c.n_staying,
    case when o.n_months > 0 then c.n_without end as n_without_training,
    case when o.n_months > 0 then cast(c.n_without as double) / nullif(c.n_staying, 0) end as without_share,
    o.n_months as n_months_observed, l.n_classes as n_classes_without_list,
    n.year, n.is_full_year, case when h.unit_code is not null then coalesce(n.n_employees, 0) end as n_pns, coalesce(n.n_jp_known, 0) as n_floor_known,
    n.n_jp_known - n.n_floor_met as n_below_floor,
    cast(n.n_jp_known - n.n_floor_met as double) / nullif(n.n_jp_known, 0) as below_floor_share,
    n.jp_short as jp_missing, n.jp_short / nullif(n.n_jp_known, 0) as jp_missing_mean,
    coalesce(n.is_suppressed, false) as is_suppressed
from counted as c
cross join observed as o
cross join listless as l
left join newest as n on c.unit_code = n.unit_code
left join (select distinct unit_code from marts.training_hours) as h on c.unit_code = h.unit_code
