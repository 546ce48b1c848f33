"""How far projects were behind their plan, month by month around their manager's training.

---
description: >
  Development projects whose manager completed a class of a program, by month before and after it, against projects of managers who never did,
  at the same stage of the plan (bands of 10 points). Managers and projects were not drawn by lot: a difference, never an effect of training.
grain: program × month since the class
key: [program_code, months_since]
small_groups:
  - {people: n_managers, hides: [deviation_mean, others_deviation, net_deviation, net_low, net_high]}
columns:
  program_code:
  program_name: {nullable: true}
  months_since: {type: integer, description: "Months from the month of the manager's class, which is 0, to the month of the report; from 6 before to 12 after.", label: "Bulan sejak kelas", unit: months}
  n_projects: {type: integer, description: "Projects of trained managers with a report of that month and others at their stage.", label: "Jumlah proyek", unit: projects, minimum: 0}
  n_managers: {type: integer, description: "Their managers.", label: "Jumlah manajer", unit: people, minimum: 0}
  n_others: {type: integer, description: "Projects of managers who were never enrolled in a class of the program.", label: "Jumlah proyek pembanding", unit: projects, minimum: 0}
  deviation_mean: {type: number, description: "Mean deviation of the projects (actual − planned); negative is late.", label: "Rata-rata deviasi", unit: percentage points, nullable: true}
  others_deviation: {type: number, description: "Mean deviation of other projects at the same stage.", label: "Deviasi pembanding", unit: percentage points, nullable: true}
  net_deviation: {type: number, description: "deviation_mean − others_deviation.", label: "Deviasi bersih", unit: percentage points, nullable: true}
  net_low: {type: number, description: "Lower end of its 95 % t interval over projects, those compared with included.", label: "Batas bawah deviasi bersih", unit: percentage points, nullable: true}
  net_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas deviasi bersih", unit: percentage points, nullable: true}
  is_suppressed:
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import projects
from warehouse.evaluation import statistics as st

INPUTS = {"months": projects.MONTHS}
BEFORE, AFTER = 6, 12
"""Months around the class that are told."""


def model(*, months: pd.DataFrame) -> pd.DataFrame:
    """One row per program and month in which a project of a trained manager reported."""
    found = []
    for program, part in months.groupby("program_code", sort=True):
        rows = projects.beyond(part)
        n_others, variance = projects.spread_of_others(rows)
        told = rows[rows["months_since"].between(-BEFORE, AFTER) & rows["net"].notna()]
        for since, own in told.groupby("months_since", sort=True):
            net, low, high = projects.interval(own["net"], n_others, variance)
            mean = own["deviation_pct"].astype(float).mean()
            found.append((program, int(str(since).split(".")[0]), len(own), own["employee_id"].nunique(), n_others, mean, mean - net, net, low, high))  # fmt: skip
    return st.rounded(pd.DataFrame(found, columns=COLUMNS))


COLUMNS = [
    "program_code", "months_since", "n_projects", "n_managers", "n_others", "deviation_mean", "others_deviation", "net_deviation", "net_low",
    "net_high",
]  # fmt: skip
