"""The classes that each flag rests on.

---
description: >
  The classes that each flag rests on, with their own counts: n_observed, n_unfavourable and unfavourable_share as in
  curriculum_flag; the columns of respondents are those of rule KEPUASAN.
grain: flag × class
key: [flag_id, class_id]
columns:
  flag_id:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  aspect: {values: {}}
  instructor_id: {nullable: true}
  instructor_name:
  class_id:
  batch_no:
  end_date:
  n_expected:
  n_observed: {type: integer, description: "People observed in the class.", label: "Jumlah orang diamati", unit: people, minimum: 0}
  n_unfavourable: {type: integer, description: "Of them, those for whom it is bad.", label: "Jumlah bermasalah", unit: people, minimum: 0, nullable: true}
  unfavourable_share: {type: number, description: "n_unfavourable ÷ n_observed.", label: "Porsi bermasalah", unit: "share 0–1", minimum: 0, maximum: 1, nullable: true, share_of: [n_unfavourable, n_observed]}
  n_respondents: {nullable: true}
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  index_0_100: {nullable: true}
  index_agency: {nullable: true}
  wilson_low: {description: "Lower bound of the two-sided 95 % Wilson interval of the class's unfavourable_share."}
  wilson_high: {description: "Upper bound of the same interval."}
  reaches_tolerated: {type: boolean, description: "Whether the class's own share reaches the tolerated share of the policy.", label: "Mencapai batas toleransi", nullable: true}
  ended_on: {type: date, description: "Day on which the class counts.", label: "Tanggal dihitung", nullable: true}
  is_suppressed:
  is_repeated: {type: boolean, description: "More people observed than expected: forms were sent twice, or the list is not that of the class; not judged.", label: "Diduga formulir berulang"}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import flags
from warehouse.evaluation import statistics as st

INPUTS = {
    **flags.inputs("cells"),
    "raised": "select flag_id, tolerated_share from marts.curriculum_flag",
    "classes": "select class_id, batch_no, end_date from core.dim_class",
}


def model(*, raised: pd.DataFrame, classes: pd.DataFrame, **frames: pd.DataFrame) -> pd.DataFrame:
    """One row per flag and class of its evidence."""
    rows = st.stacked(
        [flags.evidence_of(rule, flags.of_rule(frames, rule)["cells"]) for rule in flags.rules().values()]
    )
    rows = rows.merge(raised, on="flag_id").merge(classes, on="class_id")
    rows["instructor_id"] = st.text(person or None for person in rows["instructor_id"])
    k, n = rows["n_unfavourable"].to_numpy(dtype=float), rows["n_observed"].to_numpy(dtype=float)
    rows["unfavourable_share"] = st.divide(k, n)
    rows["wilson_low"], rows["wilson_high"] = st.wilson(k, n)
    rows = st.rounded(rows)
    reaches = rows["unfavourable_share"] >= rows["tolerated_share"]
    rows["reaches_tolerated"] = reaches.astype(object).where(~np.isnan(k), None)
    return rows
