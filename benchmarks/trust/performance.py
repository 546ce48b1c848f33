"""People who are rated before and after a class, under several ways of choosing participants, judged by the product's estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator

from warehouse.evaluation import statistics as st
from warehouse.models.marts import performance_effect

DESIGNS = (
    "lottery", "lottery, half do not come", "lottery, losers leave", "lottery among the ambitious, losers unknown", "nominated", "nominated without an earlier period",
    "nominated for bad results", "nominated as rising", "nominated by promise", "nominated before a promotion", "nominated by who rates them",
    "nominated in teams, 4 units", "nominated in teams, 8 units", "nominated in teams, 20 units", "nominated in teams, 40 units", "self_selected",
)  # fmt: skip
"""Ways of choosing people. In teams: the trained of a unit share what befalls them. Before a promotion, by who rates them: their ratings rise, training or
not, from the period after the class on, and by nothing that could be seen before."""
FAIR = ("lottery", "nominated", *(design for design in DESIGNS if "in teams" in design))
"""Designs of which the estimate is right."""
LEAVES = 0.35
"""Chance that a loser who did badly leaves, where losers leave."""
TEAM = 1.5
"""Standard deviation of what befalls a team, where there are teams; people have 3 a period."""
LIFT = 1.5
"""By how much nominees are rated higher than before, where a promotion or a kind rater does it."""
ESTIMATE = ["program_code", "design", "outcome"]


def effects(rng: Generator, policy: pd.DataFrame) -> list[tuple[str, float]]:
    """Coverage, power and false claims of two programs per way of choosing people: one without effect, one with 2.

    Each program is judged as if it were the only one: nothing is corrected for their number.
    """
    found = []
    for design in DESIGNS:
        for true in (0.0, 2.0) if design in FAIR else (0.0,):
            [row] = judged(workforce(rng, design, true), label(design), policy).to_dict("records")
            is_effect, is_proven = row["claim"] == "effect", row["evidence_grade"] in ("terbukti", "didukung")
            if design in FAIR:
                found.append((f"{design}: 95 % interval covers the truth", row["ci_low"] <= true <= row["ci_high"]))
                name = "real effect called an effect and proven" if true else "no effect, yet an effect proven"
                found.append((f"{design}: {name}", is_proven))
            else:
                found.append((f"{design}, no effect: called an effect", is_effect))
                found.append((f"{design}, no effect: called a proven effect", is_proven))
    return found


def label(design: str) -> str:
    """The design as the mart states it."""
    if design.endswith("losers unknown"):
        return "randomised"
    return design.split(",")[0].split(" ")[0]


def judged(people: pd.DataFrame, design: str, policy: pd.DataFrame) -> pd.DataFrame:
    """What the mart says of people of one program."""
    about = dict(zip(ESTIMATE, ("P", design, "numeric_score"), strict=True))
    people = people.assign(**about)
    programs = pd.DataFrame([{"program_code": "P", "design": design, "n_enrolled": people["is_trained"].sum()}])
    lots = people.assign(class_id=people["unit_code"])
    lot = design == "lottery"
    rated = people.iloc[:0] if lot else people
    paired = rated.groupby(ESTIMATE, as_index=False).agg(n_paired=("is_trained", "sum")).assign(n_cotrained=0)
    return performance_effect.model(
        programs=programs, paired=paired, cells=added_up(rated), lots=lots if lot else lots.iloc[:0], policy=policy
    )


def added_up(people: pd.DataFrame) -> pd.DataFrame:
    """People of units as the mart adds them up, for the effect and the trend before."""
    frames = []
    for kind, before, after in (("effect", "pre", "post"), ("pretrend", "prior", "pre")):
        rows = people.assign(
            kind=kind,
            since=people["prior_end"],
            stratum=people["unit_code"],
            n=1,
            change=people[after] - people[before],
        )
        rows = rows.dropna(subset=["change"])
        for name in ("change", "pre", "post"):
            rows[f"{name}_squares"] = rows[name] ** 2
        sums = ["n", "change", "change_squares", "pre", "pre_squares", "post", "post_squares"]
        keys = [*ESTIMATE, "kind", "stratum", "since", "unit_code", "is_trained"]
        cells = rows.groupby(keys, as_index=False)[sums].sum()
        if len(rows):
            unit = rows["unit_code"].to_numpy()
            moments = st.Cells.of(
                rows["change"], rows["is_trained"].astype(float), unit, unit, rows["employee_id"]
            ).moments
            cells[["aa", "ab", "bb"]] = moments
        frames.append(cells.assign(n_people=len(rows), n_trained=int(rows["is_trained"].sum())))
    return pd.concat(frames, ignore_index=True)


def workforce(rng: Generator, design: str, true: float) -> pd.DataFrame:
    """People of 30 units (in teams, of as many as the design says) with three periods; in each unit some are trained after the second.

    Ability is lasting, shocks are of the period: who is chosen for a bad period recovers, trained or not. Rising people go
    on rising. Losers who leave are those who do badly.
    """
    in_teams = "in teams" in design
    units, size = (int(design.split()[-2]), max(10, 200 // int(design.split()[-2]))) if in_teams else (30, 10)
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
    elif design.startswith("lottery among the ambitious"):
        # A lot among those who rise: to colleagues who never applied they are as nominated.
        wish = rng.random(n) + 2 * (slope > 0.5)
    else:
        wish = rng.random(n)
    rank = pd.Series(wish).groupby(unit).rank(ascending=False).to_numpy()
    wanted = rng.integers(1, 4, units)[unit] * (size // 10)
    trained = rank <= wanted
    came = trained & (rng.random(n) < 0.5) if design.endswith("half do not come") else trained
    score[:, 2] += true * came
    if design in ("nominated before a promotion", "nominated by who rates them"):
        score[:, 2] += LIFT * trained
    if in_teams:
        score += TEAM * rng.standard_normal((units, 3))[unit] * trained[:, None]
    if design == "nominated without an earlier period":
        score[:, 0] = np.nan
    if design == "lottery, losers leave":
        gone = ~trained & (score[:, 2] < level) & (rng.random(n) < LEAVES)
        score[gone, 2] = np.nan
    return pd.DataFrame({
        "unit_code": [f"U{u:02}" for u in unit], "employee_id": np.arange(n), "is_trained": trained.astype(int),
        "prior": score[:, 0], "pre": score[:, 1], "post": score[:, 2], "prior_end": pd.Timestamp("2025-06-30"),
    })  # fmt: skip
