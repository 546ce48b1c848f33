-- Training hours of PNS. One row: office × year.
select unit_code, unit_name, year, n_floor_met, n_jp_known, year = (select max(year) from marts.training_hours where employment_type = 'PNS') as is_newest
from marts.training_hours
where employment_type = 'PNS'
