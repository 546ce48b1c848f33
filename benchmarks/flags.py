"""`python -m benchmarks.flags`: how far the flags and effects can be trusted, measured on cities whose truth is planted.

Each seeded city has 30 programs with three batches of 25 to 35 respondents: healthy ones, bad curricula, weak narasumber,
and programs whose dissatisfied participants answer less. The flags are judged by the product's own model as of each batch.
Beside them performance is drawn for programs with and without an effect, under four ways of choosing participants, and
judged by the product's own estimator. Prints shares with 95 % Wilson intervals; writes TRUST.md.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator

from schemas.policy import POLICY
from warehouse.evaluation import statistics as st
from warehouse.evaluation.flags import flags_of, rules
from warehouse.models.marts import performance_effect

CITIES = int(os.environ.get("BENCH_CITIES", "200"))
BATCHES = 3
ASPECTS = ("MATERI", "METODE", "MANFAAT", "PENYELENGGARA", "SARPRAS")
HEALTHY = 0.08
"""Share dissatisfied in a sound class: BDI Makassar's strong items have 5 to 12 %."""
BETWEEN = 0.35
"""Standard deviation between classes, in log odds."""
BAD, WEAK, HALO = 0.42, 0.45, 0.12
"""Share dissatisfied with a bad curriculum, with a weak narasumber, and with the material that one teaches."""
SILENT = 0.5
"""Chance that a dissatisfied participant answers, where non-response is planted; satisfied ones answer with 0.9."""


@dataclass(frozen=True)
class Program:
    """A program and what is planted in it."""

    code: str
    fault: str
    is_silent: bool


def plan(rng: Generator) -> list[Program]:
    """30 programs: 20 healthy, 5 bad curricula, 5 with a weak narasumber; a third with non-response."""
    faults = ["healthy"] * 20 + ["curriculum"] * 5 + ["narasumber"] * 5
    return [Program(f"P{n:02}", fault, bool(rng.random() < 1 / 3)) for n, fault in enumerate(faults)]


def draw(rng: Generator, programs: list[Program], bad: float = BAD) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(cells of the reaction mart, who taught which class)."""
    rows, teachers = [], []
    for number, program in enumerate(programs):
        staff = [f"{program.code}-N{n}" for n in range(3)]
        for batch in range(BATCHES):
            class_id = f"{program.code}-{batch + 1}"
            # The weak one, N0, teaches in two of three batches, beside a sound colleague.
            pair = [staff[1], staff[2]] if batch == 1 else [staff[0], staff[1 + batch % 2]]
            teachers += [{"class_id": class_id, "instructor_id": person} for person in pair]
            expected = int(rng.integers(28, 40))
            halo = HALO if program.fault == "narasumber" and staff[0] in pair else 0.0
            for aspect in ASPECTS:
                share = HEALTHY + halo * (aspect == "MATERI")
                if program.fault == "curriculum" and aspect == "MATERI":
                    share = bad
                rows.append(cell(rng, program, class_id, batch, aspect, None, expected, share))
            for person in pair:
                share = WEAK if program.fault == "narasumber" and person == staff[0] else HEALTHY
                rows.append(cell(rng, program, class_id, batch, "NARASUMBER", person, expected, share))
        assert number >= 0
    return pd.DataFrame(rows), pd.DataFrame(teachers)


def cell(
    rng: Generator,
    program: Program,
    class_id: str,
    batch: int,
    aspect: str,
    person: str | None,
    expected: int,
    share: float,
) -> dict[str, object]:
    """One class's answers on one aspect (or narasumber)."""
    odds = np.log(share / (1 - share)) + BETWEEN * rng.standard_normal()
    unhappy = rng.random(expected) < 1 / (1 + np.exp(-odds))
    chance = np.where(unhappy, SILENT if program.is_silent else 0.85, 0.9 if program.is_silent else 0.85)
    unhappy = unhappy[rng.random(expected) < chance]
    n, k = len(unhappy), int(unhappy.sum())
    scores = np.concatenate([rng.choice([1, 2], k, p=[0.3, 0.7]), rng.choice([3, 4], n - k, p=[0.45, 0.55])])
    return {
        "class_id": class_id, "program_code": program.code, "curriculum_version": "1", "aspect": aspect,
        "instructor_id": person, "n_expected": float(expected), "n_observed": n, "n_unfavourable": k,
        "index_0_100": 100 * float(np.mean((scores - 1) / 3)) if n else np.nan,
        "index_agency": 100 * float(np.mean(scores / 4)) if n else np.nan,
        "is_suppressed": False,
        "ended_on": pd.Timestamp("2026-01-30") + pd.DateOffset(months=batch),
    }  # fmt: skip


NO_LEARNING = pd.DataFrame(
    columns=["program_code", "curriculum_version", "class_id", "n_pairs", "pre_mean", "post_mean", "pre_sd", "post_sd"]
)
NO_FOLLOW_UPS = pd.DataFrame(
    columns=["flag_id", "action", "owner", "decided_on", "due_on", "done_on", "new_curriculum_version"]
)


def judged(cells: pd.DataFrame, teachers: pd.DataFrame, policy: pd.DataFrame, batches: int) -> pd.DataFrame:
    """The flags as of the end of a batch."""
    known = cells[cells["ended_on"] < pd.Timestamp("2026-01-01") + pd.DateOffset(months=batches)]
    frames = {"cells": known[known["n_observed"] > 0], "teachers": teachers, "learning": NO_LEARNING}
    return flags_of(rules()["KEPUASAN"], frames, NO_FOLLOW_UPS, policy)


def city(seed: int) -> dict[str, list[float]]:
    """What one city tells: name of a measure → zeros and ones (or numbers) to be averaged."""
    rng = np.random.default_rng(seed)
    policy = pd.read_csv(POLICY, dtype={"version": str})
    programs = plan(rng)
    cells, teachers = draw(rng, programs)
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(float(value))

    first_red: dict[str, int] = {}
    for batches in range(1, BATCHES + 1):
        flags = judged(cells, teachers, policy, batches)
        red = flags[flags["state"] == "MERAH"].set_index("flag_id")
        for flag in red.index:
            first_red.setdefault(flag, batches)
    for program in programs:
        own = red[red["program_code"] == program.code]
        if program.fault == "healthy":
            note("false red flags per healthy program", len(own))
            note("healthy programs with a false red flag", len(own) > 0)
        if program.fault == "curriculum":
            flag = f"{program.code}:1:MATERI"
            who = "bad curricula that hide behind non-response" if program.is_silent else "bad curricula"
            for batches in range(1, BATCHES + 1):
                note(f"{who}: red within {batches} batch{'es' * (batches > 1)}", first_red.get(flag, 99) <= batches)
            if flag in red.index:
                note("cause named rightly, of the bad curricula found", red.loc[flag, "cause"] == "kurikulum")
        if program.fault == "narasumber":
            flag = f"{program.code}:1:NARASUMBER:{program.code}-N0"
            note(f"weak narasumber{' with non-response' * program.is_silent}: red after two batches", flag in red.index)
            others = own[own["instructor_id"].notna() & (own["instructor_id"] != f"{program.code}-N0")]
            note("sound colleagues of a weak narasumber wrongly red", len(others) > 0)
            material = f"{program.code}:1:MATERI"
            if flag in red.index:
                note("cause named rightly, of the weak narasumber found", red.loc[flag, "cause"] == "narasumber")
            if material in red.index:
                note("their material flagged and laid on the curriculum", red.loc[material, "cause"] == "kurikulum")
    for name, value in effects(rng, policy):
        note(name, value)
    return found


# ---------------------------------------------------------------- performance

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
        is_proven = is_effect and (row["ci_low"] > 0 or row["ci_high"] < 0)
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
            "stratum": first + unit, "employee_id": [f"{code}-{i}" for i in range(n)], "is_trained": trained.astype(int),
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


# ---------------------------------------------------------------- report


def power(seeds: range) -> list[str]:
    """n against power: share of bad curricula red, by how bad they are and after how many batches."""
    policy = pd.read_csv(POLICY, dtype={"version": str})
    lines = ["| share dissatisfied | " + " | ".join(f"{b} batch{'es' * (b > 1)}" for b in range(1, BATCHES + 1)) + " |"]
    lines.append("|---|" + "---|" * BATCHES)
    for bad in (0.25, 0.30, 0.35, 0.42, 0.50):
        hits = np.zeros(BATCHES)
        n = 0
        for seed in seeds:
            rng = np.random.default_rng(seed)
            programs = plan(rng)
            cells, teachers = draw(rng, programs, bad)
            wanted = {f"{p.code}:1:MATERI" for p in programs if p.fault == "curriculum" and not p.is_silent}
            n += len(wanted)
            for batches in range(BATCHES):
                flags = judged(cells, teachers, policy, batches + 1)
                hits[batches] += len(wanted & set(flags.loc[flags["state"] == "MERAH", "flag_id"]))
        lines.append(f"| {bad:.0%} | " + " | ".join(f"{100 * hit / n:.0f} %" for hit in hits) + " |")
    return lines


def main() -> None:
    """Run the cities and write the report."""
    start = time.perf_counter()
    seeds = range(CITIES)
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(city, seeds, chunksize=5))
    pooled: dict[str, list[float]] = {}
    for result in results:
        for name, values in result.items():
            pooled.setdefault(name, []).extend(values)
    lines = [
        "# How far the flags can be trusted\n",
        f"Written by `python -m benchmarks.flags`: {CITIES} seeded cities of 30 programs, {BATCHES} batches each, judged by "
        "the product's own models and policy. Bad curricula have "
        f"{BAD:.0%} dissatisfied with the material, weak narasumber {WEAK:.0%}, everything else {HEALTHY:.0%}, varying from "
        "class to class; in a third of the programs the dissatisfied answer less.\n",
        "| measure | found | 95 % interval | of |",
        "|---|---|---|---|",
    ]
    for name, values in sorted(pooled.items()):
        n, total = len(values), sum(values)
        low, high = (float(x[0]) for x in st.wilson([min(total, n)], [n]))
        lines.append(f"| {name} | {100 * total / n:.1f} % | {100 * low:.1f} – {100 * high:.1f} % | {n:,} |")
    lines += ["\n## Bad curricula red, by how bad they are (n against power; a batch has about 29 respondents)\n"]
    lines += power(range(CITIES, CITIES + max(CITIES // 10, 5)))
    text = "\n".join(lines) + "\n"
    print(text)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    (Path(__file__).parent / "TRUST.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
