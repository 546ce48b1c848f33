"""Histories of simulated cities, long and short: whether the product says that a quality changed, where it did and where it never did."""

from __future__ import annotations

import pandas as pd
from numpy.random import Generator

from benchmarks.trust.people import BAD, HEALTHY, Scenario, draw
from warehouse.evaluation import flags, quality
from warehouse.evaluation import statistics as st

TURNS = 9
"""Good batches before the bad curricula turn bad."""
STEADY = [Scenario("ρ = .05", batches=batches) for batches in (12, 24, 60)]
STEADY += [Scenario("ρ = .10", rho=0.10, batches=24), Scenario("two bad months that all share", dips=(10, 11), batches=24)]  # fmt: skip
"""Looked at is on healthy programs, after as many batches."""
TURNED = [Scenario(f"ρ = {rho:.2f}".replace("0.", "."), rho=rho, turns=TURNS, batches=TURNS + after) for rho in (0.02, 0.05) for after in (3, 6)]  # fmt: skip
"""Looked at is on the material of curricula that turned bad."""
NEVER, SAID, HELD = "called changed though it never was", "called memburuk", "interval of the share now holds it"


def measure(scenario: Scenario, said: str) -> str:
    """How a measure of a case is called."""
    if not scenario.turns:
        return f"{scenario.batches} batches, {scenario.name}: {said}"
    return f"turned bad {scenario.batches - TURNS} batches ago, {scenario.name}: {said}"


AIMS = {measure(scenario, NEVER): ("at most", 1.0) for scenario in STEADY}
AIMS |= {measure(scenario, SAID): ("at least", aim) for scenario, aim in zip(TURNED, (80.0, 98.0, 60.0, 90.0), strict=True)}  # fmt: skip
"""Promises, in percent: measure → its bound."""


def histories(rng: Generator, policy: pd.DataFrame) -> list[tuple[str, float]]:
    """What is said of the flags of a city of each case: name of a measure, and 1 where it holds."""
    found = []
    for scenario in (*STEADY, *TURNED):
        told = judged(draw(rng, scenario, 1).drop(columns="city"), policy)
        if scenario.turns:
            asked = told[(told["aspect"] == "MATERI") & told["place"].between(HEALTHY, HEALTHY + BAD - 1)]
            is_held = asked["now_low"].le(scenario.bad) & asked["now_high"].ge(scenario.bad)
            found += [(measure(scenario, SAID), float(change == "memburuk")) for change in asked["change"]]
            found += [(measure(scenario, HELD), float(held)) for held in is_held]
        else:
            healthy = told.loc[told["place"] < HEALTHY, "change"]
            found += [(measure(scenario, NEVER), float(is_told)) for is_told in healthy.notna()]
    return found


def judged(cells: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """The product's flags, each with the number of its program (`place`)."""
    rule, limits = flags.rules()["KEPUASAN"], st.policy_values(policy)
    rows = flags.evidence_of(rule, cells)
    pooled = rule.pool(rows, flags.FLAG)
    rule.judge(pooled, rows, quality.learn(rows, limits), limits)
    return pooled.assign(place=pooled["program_code"].str[1:].astype(int))
