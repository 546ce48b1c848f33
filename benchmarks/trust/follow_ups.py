"""Decisions on the flags of simulated cities: what the product says came of them, where something did and where nothing did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.random import Generator

from benchmarks.trust.people import BAD, HEALTHY, Scenario, draw
from warehouse.evaluation import flags, quality
from warehouse.evaluation import statistics as st

BEFORE, AFTER = 6, 3
"""Batches before and after the decision, which is carried out on the day of it."""
STAYS = Scenario("nothing changes", bad=0.35, batches=BEFORE + AFTER)
CASES = {
    "nothing changes": STAYS,
    "nothing changes, ρ = .10": replace(STAYS, rho=0.10),
    "nothing changes, two bad months that all share before": replace(STAYS, dips=(BEFORE - 2, BEFORE - 1)),
    "nothing changes, of healthy programs": replace(STAYS, bad=STAYS.share, share=0.18),
    "the material falls from 35 to 10 %": replace(STAYS, mends=BEFORE),
}
"""What happens after the decision. Decided is on every flag of the material that is yellow or red on the day of it, so on the worst."""
NOT_WORSE, MENDED = "called membaik though nothing changed", "called membaik"
AIMS = {**{f"{name}: {NOT_WORSE}": ("at most", 5.0) for name in list(CASES)[:-1]}, f"{list(CASES)[-1]}: {MENDED}": ("at least", 80.0)}  # fmt: skip
"""Promises, in percent: measure → its bound."""


def outcomes(rng: Generator, policy: pd.DataFrame) -> list[tuple[str, float]]:
    """What is said of each decision in a city of each case: name of a measure, and 1 where it is called better."""
    found = []
    for name, scenario in CASES.items():
        cells = draw(rng, scenario, 1).drop(columns="city")
        told = judged(cells, policy)
        place = told["flag_id"].str[1:3].astype(int)
        asked = told if not scenario.mends else told[place.between(HEALTHY, HEALTHY + BAD - 1)]
        measure = f"{name}: {MENDED if scenario.mends else NOT_WORSE}"
        found += [(measure, float(improvement == "membaik")) for improvement in asked["improvement"]]
    return found


def judged(cells: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """What the product says of decisions on all flags of the material that wait for one after `BEFORE` batches."""
    rule, limits = flags.rules()["KEPUASAN"], st.policy_values(policy)
    rows = flags.evidence_of(rule, cells)
    known = rows[rows["batch"] < BEFORE].reset_index(drop=True)
    shares = quality.judge(known, quality.learn(known, limits), limits[rule.tolerated], limits)
    is_material = np.array([flag.endswith("MATERI") for flag in shares.flag_ids])
    waits = is_material & (shares.above(limits[rule.tolerated]) >= limits["flag_yellow_probability"])
    day = known["ended_on"].max() + pd.Timedelta(days=1)
    decisions = pd.DataFrame({"flag_id": np.asarray(shares.flag_ids, dtype=object)[waits], "action": "Revisi"})
    decisions = decisions.assign(owner=None, decided_on=day, due_on=day, done_on=day, new_curriculum_version=None)
    return flags.outcomes({rule.name: rows}, decisions, limits)
