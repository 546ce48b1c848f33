-- Who has had no training, and missing hours. One row: an office.
select unit_code, unit_name, n_staying, n_without_training, n_floor_known, n_below_floor, jp_missing
from marts.training_gap
