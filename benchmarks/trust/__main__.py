"""`python -m benchmarks.trust`: the product's models judge cities whose truth is planted; writes benchmarks/TRUST.md.

`BENCH_CITIES` (200) cities per scenario, in `BENCH_WORKERS` (2) processes; with `BENCH_SCENARIOS` (names, with | between them) only those, the others
of `BENCH_FEW` (5) cities. What only a curve draws, follow-ups and changes have a fraction of them (`CURVE_SHARE`, `FLAGS_SHARE`); causes are asked of some cities only
(`ASKED_CAUSES`), for they cost the most. A rate stands with its 95 % Wilson interval.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.trust import changes, follow_ups, performance
from benchmarks.trust.people import BAD, HEALTHY, PROGRAMS, Scenario, draw, lasting_index
from schemas.policy import POLICY
from warehouse.evaluation import quality
from warehouse.evaluation import statistics as st
from warehouse.evaluation.flags import flags_of, rules
from warehouse.models.marts import reaction

CITIES = int(os.environ.get("BENCH_CITIES", "200"))
TOGETHER = 5
"""Cities that are judged in one go."""
WORKERS = int(os.environ.get("BENCH_WORKERS", "2"))
ASKED = tuple(name for name in os.environ.get("BENCH_SCENARIOS", "").split("|") if name)
FEW = int(os.environ.get("BENCH_FEW", str(TOGETHER)))
"""Cities of a scenario that is not asked for."""
CURVE_SHARE, FLAGS_SHARE = 0.2, 0.4
"""Cities of a scenario that stands in a curve alone, and of follow-ups and changes, as a share of `CITIES`."""
ASKED_CAUSES = 2
"""Cities, of those judged in one go, whose causes are looked at."""
WORKFORCES = 1
"""Programs of each way of choosing people, for each city."""
NEVER = 99
SCENARIOS = (
    Scenario("p = .08, ρ = .014", share=0.08, rho=0.014),
    Scenario("p = .12, ρ = .02", rho=0.02),
    Scenario("p = .12, ρ = .05"),
    Scenario("p = .12, ρ = .10", rho=0.10),
    Scenario("p = .12, ρ = .20", rho=0.20),
    Scenario("p = .15, ρ = .05", share=0.15),
    Scenario("two bad months that all share", dips=(3, 4)),
    Scenario("classes of 5–12", size=(5, 12)),
    Scenario("satisfied people silent", answers=0.45, answers_unhappy=0.85),
    Scenario("dissatisfied people silent", answers_unhappy=0.4),
    Scenario("30 % straight-liners", straight=0.3),
    Scenario("bad material colours the narasumber", colours=0.25),
    Scenario("a weak narasumber colours the material", rubs_off=0.25),
    Scenario("a bad form of delivery colours material and narasumber", bad_form=True, colours=0.25),
    Scenario("turns bad after nine, p = .08, ρ = .014", share=0.08, rho=0.014, turns=9, batches=15),
    Scenario("everything turns bad after nine", whole=True, turns=9, batches=15),
    Scenario("turns bad after nine, p = .12, ρ = .02", rho=0.02, turns=9, batches=15),
    Scenario("turns bad after nine, p = .12, ρ = .05", turns=9, batches=15),
)
EVER_RED = "healthy programs ever red, any aspect"
WITHIN = "bad curricula red within {} batches"
AIMS: tuple[tuple[str, str, str, float], ...] = (
    *((name, EVER_RED, "at most", 1) for name in ("p = .08, ρ = .014", "p = .12, ρ = .02", "p = .12, ρ = .05",
                                                  "two bad months that all share", "classes of 5–12")),
    ("p = .12, ρ = .10", EVER_RED, "at most", 3), ("p = .12, ρ = .20", EVER_RED, "at most", 5), ("p = .15, ρ = .05", EVER_RED, "at most", 5),
    *((name, EVER_RED, "at most", 5) for name in ("satisfied people silent", "dissatisfied people silent", "30 % straight-liners")),
    ("p = .12, ρ = .02", WITHIN.format(3), "at least", 95), ("p = .12, ρ = .05", WITHIN.format(3), "at least", 85),
    ("p = .12, ρ = .10", WITHIN.format(6), "at least", 90),
    ("dissatisfied people silent", WITHIN.format(6), "at least", 90), ("30 % straight-liners", WITHIN.format(6), "at least", 90),
    ("turns bad after nine, p = .12, ρ = .02", WITHIN.format(3), "at least", 85),
    ("turns bad after nine, p = .12, ρ = .02", WITHIN.format(6), "at least", 98),
    ("turns bad after nine, p = .12, ρ = .05", WITHIN.format(6), "at least", 90),
)  # fmt: skip
"""Promises, in percent: scenario, measure, and its bound."""
CAUSES = ("kurikulum", "metode", "narasumber")
"""Causes that the cities have. One may be left open, and is wrong at most as often as an interval is."""
COVERAGE = (93.0, 97.0)
"""What 95 % intervals promise to hold: more is too wide."""
INTERVALS = (
    "interval of the share now, after 3 batches", "interval of the share now, after 12 batches", "interval of the share behind a class",
    "interval of the index behind a class",
)  # fmt: skip
ENOUGH = 200
"""Cities from which a promise counts as shown."""
REDS = (0.8, 0.9, 0.95, 0.98)
"""Probabilities from which flags of all aspects could be red, instead of the policy's."""
CURVE = (0.01, 0.02, 0.05, 0.10, 0.15, 0.20)
"""Correlations of the curve of false alarms."""
SHARES = (0.25, 0.30, 0.35, 0.42, 0.50)
"""Shares dissatisfied of the curve of power."""
RATES = (0.01, 0.02, 0.05, 0.10)
"""Rates of change (`flag_change_rate`) of the curve of late turns."""
NO_LEARNING = pd.DataFrame(
    columns=["program_code", "curriculum_version", "class_id", "n_pairs", "pre_mean", "post_mean", "pre_sd", "post_sd"]
)
NOTHING_DECIDED = pd.DataFrame(columns=["flag_id", "decided_on", "result"])
Measures = dict[str, list[float]]


def policy() -> pd.DataFrame:
    """The shipped policy."""
    return pd.read_csv(POLICY, dtype={"version": str})


def looks(cells: pd.DataFrame, scenario: Scenario) -> tuple[pd.DataFrame, Measures]:
    """First batch after which each flag of each city was red (`first`, and with each probability of `REDS`), looking after every batch, and
    what its interval covered.

    Cities lie side by side as aspects of one frame: the models learn of each aspect apart.
    """
    rule, limits = rules()["KEPUASAN"], dict(st.policy_values(policy()))
    tolerated = rule.tolerated
    limits["flag_change_rate"] = scenario.change_rate or limits["flag_change_rate"]
    rows = cells.assign(aspect=cells["city"].astype(str) + ":" + cells["aspect"])
    rows["program_code"], rows["class_id"] = (
        rows["city"].astype(str) + ":" + rows[name] for name in ("program_code", "class_id")
    )
    rows["flag_id"] = rows["city"].astype(str) + ":" + rows["flag"]
    named = rows.drop_duplicates("flag_id")
    of_flag = dict(zip(named["flag_id"], rule.red(named["flag"].str.split(":").str[2], limits).tolist(), strict=True))
    reds = {"first": of_flag, **{f"first {red}": dict.fromkeys(of_flag, red) for red in REDS}}
    first = {name: dict.fromkeys(of_flag, NEVER) for name in reds}
    found: Measures = defaultdict(list)
    for batch in range(1, scenario.batches + 1):
        known = rows[rows["batch"] < batch].reset_index(drop=True)
        told = quality.judge(known, quality.learn(known, limits), limits[tolerated], limits)
        for flag, p_above in zip(told.flag_ids, told.above(limits[tolerated]), strict=True):
            for name, red in reds.items():
                if p_above >= red[flag]:
                    first[name][flag] = min(first[name][flag], batch)
        if batch in (3, 12):
            low, high = told.interval()
            truth = known.groupby("flag_id", sort=False)["truth"].last().to_numpy()
            found[f"interval of the share now, after {batch} batches"] += list((low <= truth) & (truth <= high))
    about = rows.drop_duplicates("flag_id")[["flag_id", "city", "program", "flag"]]
    return about.assign(**{name: about["flag_id"].map(days) for name, days in first.items()}), found


def coverage(cells: pd.DataFrame) -> Measures:
    """How often the intervals of `marts.reaction` hold what lasts behind their class."""
    found: Measures = defaultdict(list)
    for _, part in cells.groupby("city"):
        given = part.assign(
            is_whole_class=part["instructor_id"].isna(), n_smallest=part["n_respondents"], n_answers=part["n_respondents"],
            n_forms=part["n_respondents"], n_straight_liners=0, agency_sum=part["index_agency"] * part["n_respondents"] / 100,
            last_answered_on=part["ended_on"],
        )  # fmt: skip
        for row in st.records(reaction.model(cells=given, policy=policy())):
            truth, index = row["truth"], lasting_index(row["truth"])
            found["interval of the share behind a class"].append(row["share_low"] <= truth <= row["share_high"])
            found["interval of the index behind a class"].append(row["index_low"] <= index <= row["index_high"])
            found["Wilson interval of a class, for the share behind it"].append(
                row["wilson_low"] <= truth <= row["wilson_high"]
            )
    return found


def causes(cells: pd.DataFrame, scenario: Scenario) -> Measures:
    """What the product holds to be the cause of the flags that it finds, in one city at the end. A narasumber of a bad curriculum has none
    unless it colours them."""
    teachers = cells.loc[cells["instructor_id"].notna(), ["class_id", "instructor_id"]].assign(module_name=None)
    frames = {"cells": cells, "teachers": teachers, "learning": NO_LEARNING}
    flags = flags_of(rules()["KEPUASAN"], frames, NOTHING_DECIDED, policy())
    found: Measures = defaultdict(list)
    for flag in st.records(flags[flags["state"].isin(["MERAH", "KUNING"])]):
        place = int(flag["program_code"][1:])
        is_bad = place < HEALTHY + BAD
        aspects = ("MATERI", "NARASUMBER") if scenario.colours or not is_bad else ("MATERI",)
        if place >= HEALTHY and flag["aspect"] in aspects:
            true = ("metode" if scenario.bad_form else "kurikulum") if is_bad else "narasumber"
            found[f"cause right or left open ({true})"].append(flag["cause"] in (true, None))
            found[f"cause right ({true})"].append(flag["cause"] == true)
            found[f"cause wrong ({true})"].append(flag["cause"] not in (true, None))
    return found


def measures(scenario: Scenario, seed: int, n_cities: int) -> Measures:
    """What the cities of one seed tell: name of a measure → zeros and ones."""
    cells = draw(np.random.default_rng(seed), scenario, n_cities)
    red, found = looks(cells, scenario)
    found["cities"] = [1.0] * n_cities
    kind = np.select([red["program"] < HEALTHY, red["program"] < HEALTHY + BAD], ["healthy", "bad"], "weak")
    is_material = red["flag"].str.endswith("MATERI")
    for ending, first in (("", "first"), *((f", red from {p}", f"first {p}") for p in REDS)):
        of_program = red[kind == "healthy"].groupby(["city", "program"])[first].min()
        found[f"healthy programs ever red, any aspect{ending}"] = list(of_program < NEVER)
        found[f"healthy programs ever red, material{ending}"] = list(
            red.loc[(kind == "healthy") & is_material, first] < NEVER
        )
        bad = red.loc[(kind == "bad") & is_material, first] - scenario.turns
        for batches in (3, 6):
            found[f"bad curricula red within {batches} batches{ending}"] = list((bad > 0) & (bad <= batches))
    weak = red.loc[(kind == "weak") & red["flag"].str.endswith("-N0"), "first"]
    sound = red.loc[(kind == "weak") & red["flag"].str.endswith("-N1"), "first"]
    for batches in (3, 6):
        # A narasumber teaches every other batch.
        found[f"weak narasumber red within {batches} batches of theirs"] = list(weak <= 2 * batches - 1)
    found["sound colleagues of a weak narasumber ever red"] = list(sound < NEVER)
    for name, values in coverage(cells[cells["city"] == 0]).items():
        found[name] = values
    told = pooled(causes(cells[cells["city"] == city], scenario) for city in range(min(n_cities, ASKED_CAUSES)))
    return {**found, **told}


def pooled(results: Iterable[Mapping[str, list[float]]]) -> Measures:
    """The measures of many seeds as one."""
    found: Measures = defaultdict(list)
    for result in results:
        for name, values in result.items():
            found[name] += values
    return found


def rate(values: list[float]) -> str:
    """A rate with its 95 % interval."""
    if not values:
        return "–"
    low, high = (100 * float(x[0]) for x in st.wilson([sum(values)], [len(values)]))
    return f"{100 * float(np.mean(values)):.1f} ({low:.1f}–{high:.1f})"


def table(names: list[str], rows: Mapping[str, Measures]) -> list[str]:
    """Scenario × measure, in percent with intervals."""
    lines = ["| scenario | cities | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    return lines + [
        f"| {row} | {len(m['cities'])} | " + " | ".join(rate(m.get(n, [])) for n in names) + " |"
        for row, m in rows.items()
    ]


def listed(found: Measures) -> list[str]:
    """Measure by measure, in percent with intervals, and of how many."""
    rows = (f"| {name} | {rate(values)} | {len(values):,} |" for name, values in sorted(found.items()))
    return ["| measure | found | of |", "|---|---|---|", *rows]


def unnamed(scenario: Scenario) -> Scenario:
    """The scenario without its name: equal ones of several tables are drawn once."""
    return replace(scenario, name="")


def promises(
    scenarios: Mapping[str, Measures], effects: Measures, decisions: Measures, histories: Measures
) -> list[str]:
    """What was promised, the broken first: a promise is kept where the 95 % interval of its rate touches the aim."""
    every = [
        (f"{name}: {measure}", scenarios[name][measure], len(scenarios[name]["cities"]), side, _bounds(side, aim))
        for name, measure, side, aim in AIMS
    ]
    every += [
        (f"{name}: {measure}", told[measure], len(told["cities"]), "{:g} to {:g}".format(*COVERAGE), COVERAGE)
        for name, told in scenarios.items()
        for measure in INTERVALS
    ]
    every += [
        (f"{name}: {measure}", told[measure], len(told["cities"]), "at most", (0.0, 5.0))
        for name, told in scenarios.items()
        for measure in (f"cause wrong ({true})" for true in CAUSES)
        if measure in told
    ]
    for name, values in sorted(effects.items()):
        if "covers" in name:
            every.append((name, values, len(values), "{:g} to {:g}".format(*COVERAGE), COVERAGE))
        elif name.endswith(("called a proven effect", "yet an effect proven")):
            every.append((name, values, len(values), "at most", (0.0, 5.0)))
    for about, aims, found in (("follow-up", follow_ups.AIMS, decisions), ("change", changes.AIMS, histories)):
        every += [
            (f"{about}, {name}", found[name], len(found[name]), side, _bounds(side, aim))
            for name, (side, aim) in aims.items()
        ]
    lines: dict[bool, list[str]] = {True: [], False: []}
    for name, values, n_cities, side, (least, most) in every:
        low, high = (100 * float(end[0]) for end in st.wilson([sum(values)], [len(values)]))
        is_broken = low > most or high < least
        word = "broken" if is_broken else "kept" if n_cities >= ENOUGH else "kept as far as so few can tell"
        aim = {"at most": f"at most {most:g}", "at least": f"at least {least:g}"}.get(side, side)
        lines[is_broken].append(f"| {word} | {name} | {aim} | {rate(values)} | {n_cities} |")
    return ["| promise | of | aim | found | cities |", "|---|---|---|---|---|", *lines[True], *lines[False]]


def _bounds(side: str, aim: float) -> tuple[float, float]:
    return (0.0, aim) if side == "at most" else (aim, 100.0)


def effect_measures(seed: int) -> Measures:
    """What is said of performance in one city."""
    return _by_name(performance.effects(np.random.default_rng(seed), policy()))


def follow_up_measures(seed: int) -> Measures:
    """What is said of decisions in one city of each case."""
    return _by_name(follow_ups.outcomes(np.random.default_rng(seed), policy()))


def change_measures(seed: int) -> Measures:
    """What is said of changes in one city of each case."""
    return _by_name(changes.histories(np.random.default_rng(seed), policy()))


def _by_name(told: Iterable[tuple[str, float]]) -> Measures:
    found: Measures = defaultdict(list)
    for name, value in told:
        found[name].append(float(value))
    return found


def main() -> None:
    """Run the cities and write the report."""
    start = time.perf_counter()
    if strangers := set(ASKED) - {scenario.name for scenario in SCENARIOS}:
        sys.exit(f"BENCH_SCENARIOS names {sorted(strangers)}; there are {[scenario.name for scenario in SCENARIOS]}.")
    jobs = [
        (scenario, seed, TOGETHER) for scenario in drawn() for seed in range(max(cities_of(scenario) // TOGETHER, 1))
    ]
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        results = list(pool.map(measures, *zip(*jobs, strict=True)))
        effects = pooled(pool.map(effect_measures, range(WORKFORCES * CITIES)))
        n_cities = math.ceil(FLAGS_SHARE * CITIES)
        decisions = pooled(pool.map(follow_up_measures, range(n_cities)))
        histories = pooled(pool.map(change_measures, range(n_cities)))
    told = {
        scenario: pooled(r for (s, _, _), r in zip(jobs, results, strict=True) if s is scenario) for scenario in drawn()
    }
    write(told, effects, decisions, histories)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)


def curves() -> tuple[list[Scenario], list[Scenario], list[Scenario]]:
    """The scenarios of the curves of false alarms, of power and of late turns."""
    base, turns = SCENARIOS[2], SCENARIOS[-1]
    of_rho = [replace(base, name=f"ρ = {rho:.2f}", rho=rho) for rho in CURVE]
    of_power = [replace(base, name=f"{share:.0%} dissatisfied", bad=share, batches=6) for share in SHARES]
    shipped = st.policy_values(policy())["flag_change_rate"]
    rates = {rate: None if rate == shipped else rate for rate in RATES}
    return of_rho, of_power, [replace(turns, name=f"{p:.0%} of batches", change_rate=own) for p, own in rates.items()]


@cache
def drawn() -> tuple[Scenario, ...]:
    """Every scenario once."""
    return tuple(dict.fromkeys(unnamed(scenario) for part in (SCENARIOS, *curves()) for scenario in part))


def cities_of(scenario: Scenario) -> int:
    """How many cities of a scenario are asked for."""
    asked = [unnamed(known) for known in SCENARIOS if known.name in ASKED or not ASKED]
    if scenario in asked:
        return CITIES
    return math.ceil(CURVE_SHARE * CITIES) if not ASKED else min(CITIES, FEW)


def by_red(base: Measures) -> dict[str, Measures]:
    """What each probability from which a flag is red would bring and cost, and the policy's."""
    names = [name.removesuffix(f", red from {REDS[0]}") for name in base if name.endswith(f", red from {REDS[0]}")]
    rows = {f"red from {p}": {name: base[f"{name}, red from {p}"] for name in names} for p in REDS}
    limits = st.policy_values(policy())
    material, person, other = (limits[f"flag_red_probability{ending}"] for ending in ("", "_person", "_other"))
    shipped = f"the policy: red from {material} the material, from {person} a narasumber, from {other} the rest"
    return {row: {"cities": base["cities"], **told} for row, told in {**rows, shipped: base}.items()}


def write(told: Mapping[Scenario, Measures], effects: Measures, decisions: Measures, histories: Measures) -> None:
    """Write the report of what the cities of each scenario told."""
    base = SCENARIOS[2]
    scenarios, alarms_by_rho, power, late = (
        {scenario.name: told[unnamed(scenario)] for scenario in part} for part in (SCENARIOS, *curves())
    )
    within = [f"bad curricula red within {n} batches" for n in (3, 6)]
    alarms = ["healthy programs ever red, any aspect", "healthy programs ever red, material"]
    weak = [f"weak narasumber red within {n} batches of theirs" for n in (3, 6)]
    reasons = [f"cause {word} ({true})" for true in CAUSES for word in ("right", "right or left open", "wrong")]
    lines = [
        "# How far the flags can be trusted\n",
        f"Written by `make trust`: seeded cities of {PROGRAMS} programs ({HEALTHY} healthy, {BAD} bad "
        f"curricula, {PROGRAMS - HEALTHY - BAD} with a weak narasumber), one batch a month, judged after every batch by the product's own "
        "models and policy. People answer (benchmarks/trust/people.py), with a halo over five aspects; the shares of classes are beta "
        "about the lasting one. Percent, with 95 % Wilson intervals. p: share dissatisfied where nothing is wrong; bad curricula have "
        f'{base.bad:.0%}, weak narasumber {base.weak:.0%}. "Ever red" is over all looks, 12 or 15 of them.\n',
        "## Promises\n",
        f"Kept where the 95 % interval of the rate touches the aim, over at least {ENOUGH} cities (of performance: programs; of follow-ups: decisions; of changes: flags).\n",
        *promises(scenarios, effects, decisions, histories),
        "\n## False alarms and power\n",
        *table([*alarms, *within, *weak, "sound colleagues of a weak narasumber ever red"], scenarios),
        "\n## Coverage of 95 % intervals\n",
        *table([*INTERVALS, "Wilson interval of a class, for the share behind it"], scenarios),
        "\n## Causes\n",
        f"Of {ASKED_CAUSES} cities in {TOGETHER}.\n",
        *table(reasons, scenarios),
        "\n## False alarms against ρ (p = .12)\n",
        *table([*alarms, *within], alarms_by_rho),
        "\n## Power against how bad it is (p = .12, ρ = .05)\n",
        *table(within, power),
        "\n## What earlier red would bring and cost (p = .12, ρ = .05)\n",
        *table([*alarms, *within], by_red(told[unnamed(base)])),
        "\n## What a quicker eye for changes would bring and cost (turns bad after nine, p = .12, ρ = .05)\n",
        "How often a quality is thought to change (`flag_change_rate`). The interval is too wide where nothing ever changes, as here in most programs.\n",
        *table([*alarms, *within, INTERVALS[1]], late),
        "\n## Performance\n",
        *listed(effects),
        "\n## Follow-ups\n",
        f"Decided is on every flag of the material that is yellow or red after {follow_ups.BEFORE} batches, judged after {follow_ups.AFTER} more.\n",
        *listed(decisions),
        "\n## Changes\n",
        f"Flags of healthy programs, of which none ever changes, and of materials that turned bad after {changes.TURNS} good batches.\n",
        *listed(histories),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    (Path(__file__).parents[1] / "TRUST.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
