"""What needs action: curricula, narasumber, organisation, attendance. One row per flag of every rule.

---
description: >
  One flag per program, curriculum version and aspect; for aspect NARASUMBER one per narasumber. Judged by its rule on all
  classes up to the as-of date by the policy's values, corrected for the number of flags of the aspect judged at once
  (Benjamini and Hochberg). Rule KEPUASAN judges what respondents say, KEHADIRAN who was there; n_observed, n_unfavourable
  and unfavourable_share are those of the rule.
  The limits of the index are those of index_agency, the scale of PermenPANRB 14/2017.
grain: program × curriculum version × aspect (× narasumber)
key: [flag_id]
metrics: {n_red: "count(case when state = 'MERAH' then 1 end)", n_yellow: "count(case when state = 'KUNING' then 1 end)"}
columns:
  flag_id:
  rule: {type: text, description: "Rule that raised the flag: KEPUASAN (participants dissatisfied), KEHADIRAN (participants rarely present), or another of the city.", label: "Aturan"}
  program_code:
  curriculum_version:
  aspect: {values: {}, description: "What is judged: an aspect of the training, or what another rule watches (KEHADIRAN)."}
  instructor_id: {nullable: true, description: "Narasumber judged; empty for other aspects."}
  state: {type: text, description: "DATA_KURANG: too few answers to judge. MERAH: act. KUNING: review. HIJAU: keep.", label: "Status tanda", values: {DATA_KURANG: [], HIJAU: [], KUNING: [], MERAH: []}}
  cause: {type: text, description: "Where the cause lies; empty where nothing is flagged or causes cannot be told apart.", label: "Sumber masalah", values: {kurikulum: [], narasumber: [], metode: [], penyelenggara: []}, nullable: true}
  cause_instructor_id: {type: text, description: "Narasumber in whose classes the dissatisfaction is found, where the cause is one.", label: "Narasumber terkait", nullable: true}
  action_code: {type: text, description: "Code of the action, the same in every language.", label: "Kode tindakan"}
  action: {type: text, description: "What to do, in Bahasa Indonesia.", label: "Tindakan"}
  reason: {type: text, description: "The numbers behind the state, in one sentence.", label: "Alasan"}
  contradiction: {type: text, description: "Where liking and learning disagree: disliked but effective, or liked but ineffective.", label: "Pertentangan", values: {tidak_disukai_tetapi_efektif: [], disukai_tetapi_tidak_efektif: []}, nullable: true}
  status: {type: text, description: "Life of the flag: open, followed up, resolved or persisting by later batches; none where nothing is flagged.", label: "Tindak lanjut", values: {terbuka: [], ditindaklanjuti: [], selesai: [], berlanjut: [], tidak_ada: []}}
  opened_on: {type: date, description: "End of the class with which the evidence so far first made the flag yellow or red.", label: "Dibuka pada", nullable: true}
  n_classes:
  n_classes_flagged: {type: integer, description: "Classes that would be yellow or red on their own.", label: "Jumlah kelas bermasalah", unit: classes, minimum: 0}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the judgement."}
  n_expected:
  n_observed: {type: integer, description: "People the flag is judged on: respondents, or participants with a known presence.", label: "Jumlah orang diamati", unit: people, minimum: 0}
  n_unfavourable: {type: integer, description: "Of them, those for whom it is bad: dissatisfied, or rarely present.", label: "Jumlah bermasalah", unit: people, minimum: 0, nullable: true}
  unfavourable_share: {type: number, description: "n_unfavourable ÷ n_observed.", label: "Porsi bermasalah", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true, share_of: [n_unfavourable, n_observed]}
  n_respondents: {nullable: true, description: "n_observed of flags of rule KEPUASAN: people who answered."}
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  wilson_low: {description: "One-sided lower Wilson bound of unfavourable_share at the policy's confidence."}
  index_0_100: {nullable: true}
  index_agency: {nullable: true}
  p_value: {type: number, description: "One-sided exact binomial p-value against the tolerated share; empty where the flag is not judged.", label: "Nilai p", minimum: 0, maximum: 1, nullable: true}
  q_value: {type: number, description: "p_value after Benjamini and Hochberg over the flags judged of the same aspect.", label: "Nilai q", minimum: 0, maximum: 1, nullable: true}
  n_pairs: {nullable: true, description: "People with pre-test and post-test in the classes of the program and version."}
  hedges_g: {description: "Learning in the classes of the program and version: mean gain over the pooled within-class standard deviation, corrected (J)."}
  tolerated_share: {type: number, description: "Tolerated share, of the policy of the rule.", label: "Toleransi", unit: "share 0–1"}
  index_red: {type: number, description: "index_agency below which a flag is red, of the policy.", label: "Batas merah", unit: points, nullable: true}
  index_yellow: {type: number, description: "index_agency below which a flag is yellow, of the policy.", label: "Batas kuning", unit: points, nullable: true}
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import flags
from warehouse.evaluation import statistics as st

INPUTS = {**flags.inputs(), "follow_ups": flags.FOLLOW_UPS, "policy": flags.POLICY}


def model(*, follow_ups: pd.DataFrame, policy: pd.DataFrame, **frames: pd.DataFrame) -> pd.DataFrame:
    """Every flag of every rule; a column that a rule does not know is empty."""
    raised = [flags.flags_of(rule, flags.of_rule(frames, rule), follow_ups, policy) for rule in flags.rules().values()]
    return st.rounded(st.stacked(raised))
