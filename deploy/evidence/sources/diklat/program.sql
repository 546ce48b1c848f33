-- Participants, opinions and tests. One row: program × curriculum version. Sums; the page divides.
select
    program_code, program_name, curriculum_version, n_enrolled, n_completed, n_enrolled_examined, n_passed, n_judged, n_dissatisfied,
    index_0_100 * n_judged as index_sum, n_pairs, pre_mean * n_pairs as pre_sum, post_mean * n_pairs as post_sum
from marts.program_scorecard
