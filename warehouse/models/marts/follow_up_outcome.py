"""What came of the decisions on flags.

---
description: >
  Each decision on a flag with the flag's state on the day of the decision and that of the later batches that show its
  result: those of the new curriculum version after the decision, or those after the action was done. The counts are those of the flag's rule.
grain: flag × action × day of the decision
key: [flag_id, action, decided_on]
columns:
  flag_id:
  program_code: {nullable: true}
  program_name: {nullable: true}
  curriculum_version: {nullable: true}
  aspect: {values: {}, nullable: true}
  instructor_id: {nullable: true}
  instructor_name:
  action: {type: text, description: "What was decided.", label: "Tindakan"}
  owner: {type: text, description: "Office in charge.", label: "Penanggung jawab", nullable: true}
  decided_on: {type: date, description: "Day of the decision.", label: "Tanggal keputusan"}
  due_on: {type: date, description: "Day by which it is due.", label: "Tenggat", nullable: true}
  done_on: {type: date, description: "Day on which it was done; empty until then.", label: "Tanggal selesai", nullable: true}
  is_overdue: {type: boolean, description: "Due before the as-of date and not done.", label: "Terlambat"}
  new_curriculum_version: {type: text, description: "Version that answers the flag.", label: "Versi kurikulum baru", nullable: true}
  is_known: {type: boolean, description: "Whether there is a flag of this name.", label: "Tanda dikenal"}
  state_before: {type: text, description: "State by the classes that had ended on the day of the decision.", label: "Status sebelum", values: {DATA_KURANG: [], HIJAU: [], KUNING: [], MERAH: []}, nullable: true}
  n_dissatisfied_before: {type: integer, description: "Respondents dissatisfied in those classes.", label: "Jumlah tidak puas sebelum", unit: people, minimum: 0, nullable: true}
  n_respondents_before: {type: integer, description: "Respondents of those classes.", label: "Jumlah responden sebelum", unit: people, minimum: 0}
  share_before: {type: number, description: "n_dissatisfied_before ÷ n_respondents_before.", share_of: [n_dissatisfied_before, n_respondents_before], label: "Porsi tidak puas sebelum", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  state_after: {type: text, description: "State by the later batches; empty without any.", label: "Status sesudah", values: {DATA_KURANG: [], HIJAU: [], KUNING: [], MERAH: []}, nullable: true}
  n_classes_after: {type: integer, description: "Later batches.", label: "Jumlah angkatan sesudah", unit: classes, minimum: 0}
  n_dissatisfied_after: {type: integer, description: "Respondents dissatisfied in the later batches.", label: "Jumlah tidak puas sesudah", unit: people, minimum: 0, nullable: true}
  n_respondents_after: {type: integer, description: "Respondents of the later batches.", label: "Jumlah responden sesudah", unit: people, minimum: 0}
  share_after: {type: number, description: "n_dissatisfied_after ÷ n_respondents_after.", share_of: [n_dissatisfied_after, n_respondents_after], label: "Porsi tidak puas sesudah", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  n_others: {type: integer, description: "Flags of the aspect in other programs on which nothing was decided, with classes before the decision and at the time of the later batches; 0 where there are fewer than five.", label: "Jumlah pembanding tanpa tindak lanjut", unit: flags, minimum: 0}
  others_change: {type: number, description: "Mean change of their share meanwhile; empty where there are too few.", label: "Perubahan pembanding", unit: share, minimum: -1, maximum: 1, nullable: true}
  change: {type: number, description: "Change of the share beyond that of the others (median): below zero is better. Both shares are drawn to the aspect's other flags, so that the worst get no credit for chance.", label: "Perubahan bersih", unit: share, minimum: -2, maximum: 2, nullable: true}
  change_low: {type: number, description: "Lower end of its 95 % interval.", label: "Batas bawah perubahan", unit: share, minimum: -3, maximum: 3, nullable: true}
  change_high: {type: number, description: "Upper end of its 95 % interval.", label: "Batas atas perubahan", unit: share, minimum: -3, maximum: 3, nullable: true}
  p_better: {type: number, description: "Probability that change is below zero.", label: "Peluang membaik", minimum: 0, maximum: 1, nullable: true}
  improvement: {type: text, description: "Whether it helped: membaik (p_better of at least follow_up_probability), tidak_membaik (an improvement by follow_up_matters has a probability of at most 0.05), or belum_diketahui.", label: "Perbaikan", values: {membaik: [], tidak_membaik: [], belum_diketahui: []}}
  result: {type: text, description: "Resolved (green, and better with at least follow_up_probability), persisting (yellow or red), or not yet to be judged.", label: "Hasil", values: {selesai: [], berlanjut: [], belum dapat dinilai: []}}
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import flags
from warehouse.evaluation import statistics as st

INPUTS = {
    **flags.inputs("cells"),
    "follow_ups": flags.FOLLOW_UPS,
    "policy": flags.POLICY,
    "run": "select as_of from ops.run",
}


ABOUT = ["flag_id", "program_code", "curriculum_version", "aspect", "instructor_id"]


def model(*, follow_ups: pd.DataFrame, policy: pd.DataFrame, run: pd.DataFrame, **frames: pd.DataFrame) -> pd.DataFrame:
    """One row per decision."""
    evidence = {
        name: flags.evidence_of(rule, flags.of_rule(frames, rule)["cells"]) for name, rule in flags.rules().items()
    }
    known = st.stacked([rows[ABOUT].drop_duplicates("flag_id") for rows in evidence.values()])
    outcomes = flags.outcomes(evidence, follow_ups, st.policy_values(policy)).merge(known, on="flag_id", how="left")
    as_of = pd.Timestamp(run["as_of"].iloc[0])
    for name in ("decided_on", "due_on", "done_on"):
        outcomes[name] = pd.to_datetime(outcomes[name])
    outcomes["is_overdue"] = (outcomes["due_on"] < as_of) & outcomes["done_on"].isna()
    for name in ("owner", "new_curriculum_version", "state_before", "state_after", *ABOUT):
        outcomes[name] = st.text(outcomes[name].replace("", None))
    return st.rounded(outcomes)
