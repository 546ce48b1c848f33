-- Cost. One row: program × method.
select program_code, program_name, method, cost_idr, n_participants
from marts.program_method
