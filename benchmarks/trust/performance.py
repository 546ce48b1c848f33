"""People who are rated before and after a class, under several ways of choosing participants, judged by the product's estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator

from warehouse.models.marts import performance_effect

DESIGNS = (
    "randomised", "nominated", "nominated for bad results", "nominated as rising", "nominated by promise", "self_selected",
)  # fmt: skip


def effects(rng: Generator, policy: pd.DataFrame) -> list[tuple[str, float]]:
    """Coverage, power and false claims of two programs per way of choosing people: one without effect, one with 2."""
    rows, strata, truths = [], [], {}
    for design in DESIGNS:
        for true in (0.0, 2.0):
            code = f"{design}/{true}"
            truths[code] = true
            people, cells = workforce(rng, code, design, true, len(strata))
            rows.append(people)
            strata += cells
    table = performance_effect.model(
        programs=pd.DataFrame(
            [{"program_code": c, "design": label(c.split("/")[0]), "n_enrolled": 40} for c in truths]
        ),
        strata=pd.DataFrame(strata),
        people=pd.concat(rows, ignore_index=True),
        policy=policy,
    )
    found = []
    for row in table.to_dict("records"):
        design, true = str(row["program_code"]).split("/")
        is_covered = row["ci_low"] <= truths[row["program_code"]] <= row["ci_high"]
        is_effect = row["claim"] == "effect"
        is_proven = row["evidence_grade"] == "didukung"
        if design in ("randomised", "nominated"):
            found.append((f"{design}: 95 % interval covers the truth", is_covered))
            name = "real effect called an effect and proven" if float(true) else "no effect, yet an effect proven"
            found.append((f"{design}: {name}", is_proven))
        elif not float(true):
            found.append((f"{design}, no effect: called an effect", is_effect))
            found.append((f"{design}, no effect: called a proven effect", is_proven))
    return found


def label(design: str) -> str:
    """The design as the classes state it."""
    return "nominated" if design.startswith("nominated") else design


def workforce(
    rng: Generator, code: str, design: str, true: float, first: int
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """People of 30 units with three periods; in each unit some are trained after the second.

    Ability is lasting, shocks are of the period: who is chosen for a bad period recovers, trained or not. Rising people go
    on rising.
    """
    units, size = 30, 10
    unit = np.repeat(np.arange(units), size)
    n = len(unit)
    level = 75 + 3 * rng.standard_normal(units)[unit] + 4 * rng.standard_normal(n)
    drift = 0.8 * rng.standard_normal((units, 3))[unit]
    slope = 1.5 * rng.standard_normal(n)
    shock = 3 * rng.standard_normal((n, 3))
    score = level[:, None] + drift + shock + slope[:, None] * np.arange(-1, 2)
    if design == "nominated for bad results":
        wish = -score[:, 1]
    elif design == "nominated as rising":
        wish = score[:, 1] - score[:, 0] + 0.5 * slope
    elif design == "nominated by promise":
        # A lasting trend that superiors half see: nothing but the earlier periods can tell.
        wish = slope + 1.5 * rng.standard_normal(n)
    elif design == "self_selected":
        wish = level + 4 * slope
    else:
        wish = rng.random(n)
    rank = pd.Series(wish).groupby(unit).rank(ascending=False).to_numpy()
    wanted = rng.integers(1, 4, units)[unit]
    trained = rank <= wanted
    score[:, 2] += true * trained
    people = pd.DataFrame(
        {
            "stratum": first + unit, "employee_id": [f"{code}-{i}" for i in range(n)], "is_trained": trained.astype(int), "is_cotrained": 0,
            "prior": score[:, 0], "pre": score[:, 1], "post": score[:, 2], "prior_end": pd.Timestamp("2025-06-30"),
        }
    )  # fmt: skip
    cells = [
        {
            "stratum": first + u,
            "program_code": code,
            "design": label(design),
            "outcome": "numeric_score",
            "unit_code": f"U{u}",
        }
        for u in range(units)
    ]
    return people, cells
