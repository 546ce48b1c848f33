"""What a program brings and costs in each form that it is given in.

---
description: >
  Programs by form of delivery: cost, gain and satisfaction of their classes, and the difference from the program's other forms. The unit is the
  class. Classes were not given their form by lot: a difference, never an effect. With many programs some differ by chance; codes are decided
  on p-values corrected for their number (Holm 1979).
grain: program × method
key: [program_code, method]
columns:
  program_code:
  program_name: {nullable: true}
  method: {nullable: false, values: {tatap_muka: [], seminar: [], workshop: [], bimbingan_teknis: [], e_learning: [], blended: [], other: [], unknown: []}}
  n_methods: {type: integer, description: "Forms that the program was given in.", label: "Jumlah bentuk", unit: methods, minimum: 1}
  n_classes:
  n_classes_costed: {type: integer, description: "Classes that have begun and whose cost and participants are known.", label: "Jumlah kelas dengan biaya", unit: classes, minimum: 0}
  n_participants: {type: integer, description: "People not withdrawn in those classes.", label: "Jumlah peserta", unit: people, minimum: 0, nullable: true}
  cost_idr: {description: "Cost of those classes.", nullable: true}
  cost_per_participant: {type: number, description: "cost_idr ÷ n_participants.", label: "Biaya per peserta", unit: IDR, minimum: 0, nullable: true}
  cost_low: {type: number, description: "Lower end of the 95 % interval of the ratio over classes (Fieller).", label: "Batas bawah biaya", unit: IDR, nullable: true}
  cost_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas biaya", unit: IDR, nullable: true}
  cost_difference: {type: number, description: "Mean over classes of their cost per participant less that of the program's classes in other forms.", label: "Selisih biaya per peserta", unit: IDR, nullable: true}
  cost_difference_low: {type: number, description: "Lower end of its 95 % interval (Welch).", label: "Batas bawah selisih biaya", unit: IDR, nullable: true}
  cost_difference_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas selisih biaya", unit: IDR, nullable: true}
  cost_code: {type: text, description: "higher or lower where the difference is proven, no_difference where it is not, not_comparable without two classes of both.", label: "Kode selisih biaya", values: {higher: [], lower: [], no_difference: [], not_comparable: []}}
  n_classes_tested: {type: integer, description: "Classes with a defined gain.", label: "Jumlah kelas dengan N-gain", unit: classes, minimum: 0}
  gain_mean: {type: number, description: "Mean of gain_class.", label: "Rata-rata N-gain kelas", unit: share, nullable: true}
  gain_low: {type: number, description: "Lower end of its 95 % t interval over classes.", label: "Batas bawah N-gain", unit: share, nullable: true}
  gain_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas N-gain", unit: share, nullable: true}
  gain_difference: {type: number, description: "gain_mean less the mean of the program's classes in other forms.", label: "Selisih N-gain", unit: share, nullable: true}
  gain_difference_low: {type: number, description: "Lower end of its 95 % interval (Welch).", label: "Batas bawah selisih N-gain", unit: share, nullable: true}
  gain_difference_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas selisih N-gain", unit: share, nullable: true}
  gain_code: {type: text, description: "As cost_code.", label: "Kode selisih N-gain", values: {higher: [], lower: [], no_difference: [], not_comparable: []}}
  n_classes_judged: {type: integer, description: "Classes with an index of aspect OVERALL.", label: "Jumlah kelas dengan indeks", unit: classes, minimum: 0}
  satisfaction_mean: {type: number, description: "Mean of index_overall.", label: "Rata-rata indeks keseluruhan", unit: "points 0–100", nullable: true}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import effects
from warehouse.evaluation import statistics as st

INPUTS = {
    "classes": """
        select
            c.program_code, coalesce(c.method, 'unknown') as method, c.class_id, s.gain_class as gain, s.index_overall as satisfaction,
            -- Who will come to a class that has not begun is not known, nor what it will have cost.
            case when p.n_expected > 0 and coalesce(c.start_date <= r.as_of, true) then c.cost_idr end as cost,
            case when c.cost_idr is not null and p.n_expected > 0 and coalesce(c.start_date <= r.as_of, true) then p.n_expected end as people
        from core.dim_class as c
        inner join marts.class_scorecard as s on c.class_id = s.class_id
        left join marts.class_participants as p on c.class_id = p.class_id
        cross join ops.run as r
        where c.class_key <> 'unknown'
    """,
}


def model(*, classes: pd.DataFrame) -> pd.DataFrame:
    """One row per program and form."""
    rows = classes.sort_values("class_id", ignore_index=True).astype(
        {"gain": float, "satisfaction": float, "cost": float, "people": float}
    )
    rows["each"] = rows["cost"] / rows["people"]
    found = []
    for program, part in rows.groupby("program_code", sort=True):
        for method, own in part.groupby("method", sort=True):
            other, costed = part[part["method"] != method], own.dropna(subset=["cost"])
            ratio, ratio_low, ratio_high = st.ratio(costed["cost"].to_numpy(), costed["people"].to_numpy())
            gain = own["gain"].dropna()
            low, high = st.mean_interval(gain.mean(), gain.var(), len(gain))
            known = len(costed) > 0
            found.append(
                {"program_code": program, "method": method, "n_methods": part["method"].nunique(), "n_classes": len(own),
                 "n_classes_costed": len(costed), "n_participants": costed["people"].sum() if known else np.nan,
                 "cost_idr": costed["cost"].sum() if known else np.nan, "cost_per_participant": ratio, "cost_low": ratio_low,
                 "cost_high": ratio_high, **_difference("cost_difference", own["each"], other["each"]),
                 "n_classes_tested": len(gain), "gain_mean": gain.mean(), "gain_low": float(low), "gain_high": float(high),
                 **_difference("gain_difference", own["gain"], other["gain"]), "n_classes_judged": int(own["satisfaction"].count()),
                 "satisfaction_mean": own["satisfaction"].mean()}
            )  # fmt: skip
    frame = pd.DataFrame(found, columns=[*COLUMNS, "cost_difference_p", "gain_difference_p"])
    for measure in ("cost", "gain"):
        difference = f"{measure}_difference"
        sure = np.asarray(st.holm(frame[f"{difference}_p"].tolist())) <= effects.ALPHA
        compared = frame[f"{difference}_low"].notna()
        frame[f"{measure}_code"] = np.select(
            [~compared, ~sure, frame[difference] > 0], ["not_comparable", "no_difference", "higher"], "lower"
        )
    for name in ("n_participants", "cost_idr"):
        frame[name] = frame[name].astype("Int64")
    return st.rounded(frame[COLUMNS])


def _difference(name: str, own: pd.Series, other: pd.Series) -> dict[str, float]:
    """Welch's difference of two means with its interval and p-value; unknown with fewer than two values on a side."""
    a, b = own.dropna(), other.dropna()
    known = len(a) > 1 and len(b) > 1
    parts = (a.var() / len(a), b.var() / len(b)) if known else (0.0, 0.0)
    error = np.sqrt(sum(parts))
    freedom = error**4 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1)) if error > 0 else 0.0
    value = a.mean() - b.mean() if len(a) and len(b) else float("nan")
    low, high, p = st.t_test(value, error, freedom)
    return {name: value, f"{name}_low": float(low), f"{name}_high": float(high), f"{name}_p": float(p)}


COLUMNS = [
    "program_code", "method", "n_methods", "n_classes", "n_classes_costed", "n_participants", "cost_idr", "cost_per_participant", "cost_low",
    "cost_high", "cost_difference", "cost_difference_low", "cost_difference_high", "cost_code", "n_classes_tested", "gain_mean", "gain_low",
    "gain_high", "gain_difference", "gain_difference_low", "gain_difference_high", "gain_code", "n_classes_judged", "satisfaction_mean",
]  # fmt: skip
