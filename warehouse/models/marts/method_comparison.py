"""How forms of delivery compare.

---
description: >
  Forms of delivery compared on each aspect. The unit is the class, so that a big class counts once and the interval
  says how much classes differ. Programs were not assigned to methods by lot: a difference is no effect of the method.
grain: method × aspect
key: [method, aspect]
columns:
  method: {nullable: false, values: {tatap_muka: [], seminar: [], workshop: [], bimbingan_teknis: [], e_learning: [], blended: [], other: [], unknown: []}}
  aspect:
  n_classes:
  n_programs: {type: integer, description: "Programs the classes belong to; with one or two, method and program cannot be told apart.", label: "Jumlah program", unit: programs, minimum: 0}
  n_respondents:
  index_0_100: {description: "Mean of the classes' index_0_100."}
  index_low: {type: number, description: "Lower end of the 95 % t interval over classes.", label: "Batas bawah indeks", unit: "points 0–100", nullable: true}
  index_high: {type: number, description: "Upper end of the 95 % t interval over classes.", label: "Batas atas indeks", unit: "points 0–100", nullable: true}
  n_dissatisfied: {nullable: true}
  dissatisfied_share:
  n_effective: {type: number, description: "Independent people that the respondents are worth, class by class (marts.reaction).", label: "Jumlah responden efektif", unit: people, minimum: 0}
  wilson_low: {description: "Lower bound of the two-sided 95 % Wilson interval of dissatisfied_share, of n_effective people."}
  wilson_high: {description: "Upper bound of the same interval."}
  n_classes_tested: {type: integer, description: "Classes of the method with a defined gain.", label: "Jumlah kelas dengan N-gain", unit: classes, minimum: 0}
  gain_class_mean: {type: number, description: "Mean of gain_class of the method's classes; the same for each aspect.", label: "Rata-rata N-gain kelas", unit: share, nullable: true}
  is_suppressed: {description: "True where classes that are too small to be shown are left out of the sums."}
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import statistics as st

INPUTS = {
    "cells": """
        select coalesce(method, 'unknown') as method, aspect, class_id, program_code, n_respondents, n_effective, n_dissatisfied, index_0_100, is_suppressed, is_repeated
        from marts.reaction
        where is_whole_class and n_respondents > 0
    """,
    "gains": """
        select coalesce(c.method, 'unknown') as method, l.class_id, l.gain_class
        from marts.learning_gain as l inner join core.dim_class as c on l.class_id = c.class_id
        where l.gain_class is not null
    """,
}


def model(*, cells: pd.DataFrame, gains: pd.DataFrame) -> pd.DataFrame:
    """Means and intervals over classes."""
    every = cells.sort_values(["method", "aspect", "class_id"]).astype({"n_dissatisfied": float, "index_0_100": float})
    groups = st.shown(every, ["method", "aspect"]).groupby(["method", "aspect"], as_index=False, sort=True)
    pooled = groups.agg(
        n_classes=("class_id", "nunique"),
        n_programs=("program_code", "nunique"),
        n_respondents=("n_respondents", "sum"),
        n_effective=("n_effective", "sum"),
        index_0_100=("index_0_100", "mean"),
        variance=("index_0_100", "var"),
    )
    pooled["n_dissatisfied"] = groups["n_dissatisfied"].sum(min_count=1)["n_dissatisfied"]
    small = every.groupby(["method", "aspect"], as_index=False, sort=True).agg(is_suppressed=("is_suppressed", "any"))
    pooled = pooled.merge(small, on=["method", "aspect"])
    pooled["index_low"], pooled["index_high"] = st.mean_interval(
        pooled["index_0_100"], pooled["variance"], pooled["n_classes"]
    )
    pooled["dissatisfied_share"] = st.divide(pooled["n_dissatisfied"], pooled["n_respondents"])
    worth = pooled["n_effective"]
    pooled["wilson_low"], pooled["wilson_high"] = st.wilson(pooled["dissatisfied_share"] * worth, worth)
    tested = (
        gains.sort_values(["method", "class_id"])
        .groupby("method", as_index=False, sort=True)
        .agg(n_classes_tested=("class_id", "nunique"), gain_class_mean=("gain_class", "mean"))
    )
    pooled = pooled.merge(tested, on="method", how="left")
    pooled["n_classes_tested"] = pooled["n_classes_tested"].fillna(0).astype(int)
    return st.rounded(pooled)
