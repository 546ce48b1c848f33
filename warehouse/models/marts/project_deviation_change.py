"""Whether projects caught up after their manager's training.

---
description: >
  Development projects whose manager completed a class of a program while they ran: how far they were behind other projects at the same stage of the
  plan (bands of 10 points) in the months before the class and in those after it. Managers and projects were not drawn by lot: a difference,
  never an effect of training.
grain: program
key: [program_code]
small_groups:
  - {people: n_managers, hides: [net_before, net_after, change, change_low, change_high]}
columns:
  program_code:
  program_name: {nullable: true}
  n_projects: {type: integer, description: "Projects with a report up to the month of their manager's class and one after it, and others at their stage.", label: "Jumlah proyek", unit: projects, minimum: 0}
  n_managers: {type: integer, description: "Their managers.", label: "Jumlah manajer", unit: people, minimum: 0}
  n_others: {type: integer, description: "Projects of managers who were never enrolled in a class of the program.", label: "Jumlah proyek pembanding", unit: projects, minimum: 0}
  net_before: {type: number, description: "Mean over projects of their deviation beyond that of others, in the months up to the class; negative is later than others.", label: "Deviasi bersih sebelum", unit: percentage points, nullable: true}
  net_after: {type: number, description: "The same in the months after the class.", label: "Deviasi bersih sesudah", unit: percentage points, nullable: true}
  change: {type: number, description: "net_after − net_before; positive is catching up.", label: "Perubahan deviasi bersih", unit: percentage points, nullable: true}
  change_low: {type: number, description: "Lower end of its 95 % t interval over projects, those compared with included.", label: "Batas bawah perubahan", unit: percentage points, nullable: true}
  change_high: {type: number, description: "Upper end of the same interval.", label: "Batas atas perubahan", unit: percentage points, nullable: true}
  verdict_code: {type: text, description: "Code of what may be said, the same in every language.", label: "Kode kesimpulan"}
  verdict: {type: text, description: "What may be said, in Bahasa Indonesia.", label: "Kesimpulan"}
  is_suppressed:
---
"""

from __future__ import annotations

import pandas as pd

from warehouse.evaluation import effects, projects
from warehouse.evaluation import statistics as st
from warehouse.words.language import stored

INPUTS = {"months": projects.MONTHS, "policy": "select policy, value, version from ops.policy"}


def model(*, months: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """One row per program that managers completed while their projects ran."""
    least = st.policy_values(policy)["minimum_cell_size"]
    found = []
    for program, part in months.groupby("program_code", sort=True):
        rows = projects.beyond(part)
        n_others, variance = projects.spread_of_others(rows)
        own = rows[rows["months_since"].notna() & rows["net"].notna()]
        is_after = own["months_since"].astype(float) > 0
        # Who took a project over has it from their own first month on.
        sides = (
            own.groupby(["project_id", "employee_id", is_after])["net"]
            .mean()
            .unstack()
            .reindex(columns=[False, True])
            .dropna()
        )
        if sides.empty:
            continue
        change, low, high = projects.interval(sides[True] - sides[False], n_others, variance)
        n_projects, managers = (
            sides.index.get_level_values(level).nunique() for level in ("project_id", "employee_id")
        )
        enough = managers >= least and n_others >= least
        verdict = effects.association("project", low if enough else float("nan"), high)
        found.append((program, n_projects, managers, n_others, sides[False].mean(), sides[True].mean(), change, low, high,
                      verdict.code, stored(verdict)))  # fmt: skip
    return st.rounded(pd.DataFrame(found, columns=COLUMNS))


COLUMNS = [
    "program_code", "n_projects", "n_managers", "n_others", "net_before", "net_after", "change", "change_low", "change_high", "verdict_code",
    "verdict",
]  # fmt: skip
