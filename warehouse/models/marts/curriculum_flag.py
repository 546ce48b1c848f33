"""What needs action: curricula, narasumber, organisation, attendance. One row per flag of every rule.

---
description: >
  One flag per program, curriculum version and aspect; for aspect NARASUMBER one per narasumber. Judged by its rule on all
  classes up to the as-of date by the policy's values: what share is bad now, knowing that answers of one class hang together, what the
  aspect's other flags have, that quality may change, what all programs share in a month, and what a class thinks of everything. Rule
  KEPUASAN judges what respondents say, KEHADIRAN who was there; n_observed, n_unfavourable and unfavourable_share are those of the rule.
grain: program × curriculum version × aspect (× narasumber)
key: [flag_id]
metrics: {n_red: "count(case when is_raised and state = 'MERAH' then 1 end)", n_yellow: "count(case when is_raised and state = 'KUNING' then 1 end)"}
columns:
  flag_id:
  rule: {type: text, description: "Rule that raised the flag: KEPUASAN (participants dissatisfied), KEHADIRAN (participants rarely present), or another of the city.", label: "Aturan"}
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  aspect: {values: {}, description: "What is judged: an aspect of the training, or what another rule watches (KEHADIRAN)."}
  instructor_id: {nullable: true, description: "Narasumber judged; empty for other aspects."}
  instructor_name:
  state: {type: text, description: "DATA_KURANG: too few answers to judge. MERAH: the share is above the tolerated one with (at least) flag_red_probability (material, attendance), flag_red_probability_person (narasumber) or flag_red_probability_other (other aspects): act. KUNING: more probably than not: review. HIJAU: keep.", label: "Status tanda", values: {DATA_KURANG: [], HIJAU: [], KUNING: [], MERAH: []}}
  cause: {type: text, description: "Where the cause lies; empty where nothing is flagged or causes cannot be told apart.", label: "Sumber masalah", values: {kurikulum: [], narasumber: [], metode: [], penyelenggara: []}, nullable: true}
  p_cause: {type: number, description: "How probable the cause is among those that were thought of; empty where none is named.", label: "Peluang sumber masalah", minimum: 0, maximum: 1, nullable: true}
  cause_instructor_id: {type: text, description: "Narasumber in whose classes the dissatisfaction is found, where the cause is one.", label: "Narasumber terkait", nullable: true}
  action_code: {type: text, description: "Code of the action, the same in every language.", label: "Kode tindakan"}
  action: {type: text, description: "What to do, in Bahasa Indonesia.", label: "Tindakan"}
  reason: {type: text, description: "The numbers behind the state, in one sentence.", label: "Alasan"}
  contradiction: {type: text, description: "Where liking and learning disagree: disliked but effective, or liked but ineffective.", label: "Pertentangan", values: {tidak_disukai_tetapi_efektif: [], disukai_tetapi_tidak_efektif: []}, nullable: true}
  status: {type: text, description: "Life of the flag: open, followed up, resolved or persisting by later batches; none where nothing is flagged.", label: "Tindak lanjut", values: {terbuka: [], ditindaklanjuti: [], selesai: [], berlanjut: [], tidak_ada: []}}
  is_raised: {type: boolean, description: "Whether the flag asks for something now: red or yellow, of the version of the program's newest class that has begun, and not resolved by later batches. Count these.", label: "Perlu tindakan"}
  opened_on: {type: date, description: "End of the class since which the evidence so far has made the flag yellow or red without a break.", label: "Dibuka pada", nullable: true}
  n_classes:
  n_classes_flagged: {type: integer, description: "Of n_classes, those whose own share reaches tolerated_share.", label: "Jumlah kelas bermasalah", unit: classes, minimum: 0}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the judgement."}
  is_repeated: {type: boolean, description: "True where classes with more forms than participants are left out of the judgement: forms were sent twice, or the list is not that of the class.", label: "Diduga formulir berulang"}
  n_expected:
  n_observed: {type: integer, description: "People the flag is judged on: respondents, or participants with a known presence.", label: "Jumlah orang diamati", unit: people, minimum: 0}
  n_unfavourable: {type: integer, description: "Of them, those for whom it is bad: dissatisfied, or rarely present.", label: "Jumlah bermasalah", unit: people, minimum: 0, nullable: true}
  unfavourable_share: {type: number, description: "n_unfavourable ÷ n_observed.", label: "Porsi bermasalah", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true, share_of: [n_unfavourable, n_observed]}
  n_respondents: {nullable: true, description: "n_observed of flags of rule KEPUASAN: people who answered."}
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  icc: {type: number, description: "Intra-class correlation to be expected of the aspect's classes: how much answers of one class hang together, beyond the mood in which it judged everything.", label: "Korelasi dalam kelas", unit: share, minimum: 0, maximum: 1}
  n_effective: {type: number, description: "Independent people that the observed ones are worth: Σ n ÷ (1 + (n − 1)·icc) over classes.", label: "Jumlah responden efektif", unit: people, minimum: 0, nullable: true}
  wilson_low: {description: "One-sided lower Wilson bound of unfavourable_share at the policy's confidence, of n_effective people."}
  share_now: {type: number, description: "Share to be expected of the next class, by all that the classes tell.", label: "Porsi sekarang", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  now_low: {type: number, description: "Lower end of the 95 % interval of the share as it is now.", label: "Batas bawah porsi sekarang", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  now_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas porsi sekarang", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  p_above: {type: number, description: "Probability that the share is above the tolerated one now; empty where the flag is not judged.", label: "Peluang di atas toleransi", minimum: 0, maximum: 1, nullable: true}
  q_value: {type: number, description: "Of the aspect's flags with a p_above as large or larger, the share to be expected wrongly suspected.", label: "Nilai q", minimum: 0, maximum: 1, nullable: true}
  change: {type: text, description: "Whether the quality turned bad or better at some class (probability of a change at least flag_change_probability, had one been as probable as none beforehand).", label: "Perubahan mutu", values: {memburuk: [], membaik: []}, nullable: true}
  changed_on: {type: date, description: "End of the first class of the present quality, where it changed.", label: "Berubah sejak", nullable: true}
  n_classes_now: {type: integer, description: "Classes of the present quality; all, where none changed.", label: "Jumlah kelas sekarang", unit: classes, minimum: 0, nullable: true}
  n_observed_now: {type: integer, description: "People observed in them.", label: "Jumlah orang diamati sekarang", unit: people, minimum: 0, nullable: true}
  n_unfavourable_now: {type: integer, description: "Of them, those for whom it is bad.", label: "Jumlah bermasalah sekarang", unit: people, minimum: 0, nullable: true}
  n_expected_now: {type: integer, description: "People expected in them; empty where a list is missing.", label: "Jumlah diharapkan sekarang", unit: people, minimum: 0, nullable: true}
  n_classes_shared: {type: integer, description: "Classes of months in which all programs were worse; what all shared is not counted.", label: "Jumlah kelas pada bulan yang turun bersama", unit: classes, minimum: 0, nullable: true}
  silence: {type: text, description: "Whether those not observed could overturn the judgement, if they were at most flag_silent_ratio times as often, or as rarely, dissatisfied.", label: "Pengaruh yang diam", values: {tahan: [], dapat_membalik: []}, nullable: true}
  n_silent: {type: integer, description: "People of the present classes who were expected and not observed.", label: "Jumlah yang diam", unit: people, minimum: 0, nullable: true}
  silent_tipping_share: {type: number, description: "Share of the silent who would have to be dissatisfied for the whole to be at the tolerated share; empty where no share would do.", label: "Porsi pembalik dari yang diam", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  index_0_100: {nullable: true}
  index_agency: {nullable: true}
  n_pairs: {nullable: true, description: "People with pre-test and post-test in the classes of the program and version."}
  hedges_g: {description: "Learning in the classes of the program and version: mean gain over the pooled within-class standard deviation, corrected (J)."}
  tolerated_share: {type: number, description: "Tolerated share, of the policy of the rule.", label: "Toleransi", unit: "share 0–1"}
  rule_version: {type: text, description: "Version of the policy values used.", label: "Versi aturan"}
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import flags
from warehouse.evaluation import statistics as st
from warehouse.evaluation.rule import FLAGGED

INPUTS = {
    **flags.inputs(),
    "outcomes": "select flag_id, decided_on, result from marts.follow_up_outcome",
    "given": """
        select c.program_code, c.curriculum_version as version_now
        from core.dim_class as c
        left join core.dim_program as p on c.program_key = p.program_key
        cross join ops.run as r
        where c.class_key <> 'unknown' and c.start_date <= r.as_of
        qualify row_number() over (
            partition by c.program_code order by c.start_date desc nulls last, p.version_no desc nulls last, c.curriculum_version desc nulls last
        ) = 1
    """,
    "policy": flags.POLICY,
}


def model(*, outcomes: pd.DataFrame, given: pd.DataFrame, policy: pd.DataFrame, **frames: pd.DataFrame) -> pd.DataFrame:
    """Every flag of every rule; a column that a rule does not know is empty."""
    every = [flags.flags_of(rule, flags.of_rule(frames, rule), outcomes, policy) for rule in flags.rules().values()]
    rows = st.stacked(every)
    now = rows["program_code"].map(given.set_index("program_code")["version_now"])
    is_given = now.isna() | (now == rows["curriculum_version"])
    rows["is_raised"] = is_given & rows["state"].isin(FLAGGED) & (rows["status"] != "selesai")
    return st.rounded(rows)
