-- Behaviour at work, by supervisors. One row: a program.
select program_code, program_name, n_pairs, change * n_pairs as change_sum
from marts.behaviour_change
where observer_role = 'supervisor'
