"""The share behind the classes of a flag, worked out a second time: by every possible last change, one flag after the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

SHARES = np.linspace(0.005, 0.995, 100)
CORRELATIONS = dict(zip((0.01, 0.03, 0.06, 0.10, 0.15, 0.25), (0.15, 0.2, 0.2, 0.2, 0.15, 0.1), strict=True))
MEANS = (0.04, 0.06, 0.08, 0.10, 0.125, 0.15, 0.175, 0.20, 0.25, 0.30, 0.40)
NEW, CHANGED = 0.1, 0.5
"""How many new flags, and changed ones, may have any share."""


@dataclass
class Background:
    """What the classes of an aspect tell about each other."""

    weights: dict[float, float]
    populations: dict[float, np.ndarray]
    dips: dict[str, float]
    moods: dict[tuple[str, str], float]

    @property
    def icc(self) -> float:
        """The correlation to be expected."""
        return sum(rho * weight for rho, weight in self.weights.items())


def month(rows: pd.DataFrame) -> pd.Series:
    """The month of each class."""
    return pd.to_datetime(rows["day"]).dt.to_period("M").astype(str)


def dips(rows: pd.DataFrame, limits: dict[str, float]) -> dict[str, float]:
    """Months in which all programs were worse than in their other months, and by how much."""
    cells = rows.assign(month=month(rows)).groupby(["program_code", "month"])[["k", "n"]].sum().reset_index()
    found: dict[str, float] = {}
    for _ in range(3):
        now = {}
        for name, own in cells.groupby("month"):
            usual = cells[(cells["month"] != name) & ~cells["month"].isin(list(found))].groupby("program_code").sum()
            own = own.set_index("program_code")
            excess = (own["k"] / own["n"] - usual["k"] / usual["n"]).dropna()
            up, moved = int((excess > 0).sum()), int((excess != 0).sum())
            if moved < limits["flag_shared_programs"] or excess.median() < limits["flag_shared_excess"]:
                continue
            if stats.binomtest(up, moved, 0.5, alternative="greater").pvalue <= limits["flag_shared_p"]:
                now[str(name)] = round(100 * excess.median()) / 100
        found = now
    return found


def moods(rows: pd.DataFrame, shared: dict[str, dict[str, float]]) -> dict[tuple[str, str], float]:
    """Flag as it was asked, and class → by how much the class was worse than the two before and after it in all else that it judged."""
    beside: dict[str, dict[str, float]] = defaultdict(dict)
    for flag, part in rows.groupby("asked"):
        dip = [shared[aspect].get(when, 0.0) for aspect, when in zip(part["aspect"], month(part), strict=True)]
        bad = [max(k - n * extra, 0.0) for k, n, extra in zip(part["k"], part["n"], dip, strict=True)]
        share = [k / n for k, n in zip(bad, part["n"], strict=True)]
        for at, (name, k, n) in enumerate(zip(part["class_id"], bad, part["n"], strict=True)):
            if around := share[max(at - 2, 0) : at] + share[at + 1 : at + 3]:
                usual = float(np.median(around))
                beside[name][str(flag)] = (k - n * usual) / (n * usual * (1 - usual) + 8)
    found = {}
    for flag, name in zip(rows["asked"], rows["class_id"], strict=True):
        others = [odds for other, odds in beside[name].items() if other != flag]
        found[flag, name] = round(float(np.median(others)) / 0.05) * 0.05 if len(others) > 2 else 0.0
    return found


def likelihood(rows: pd.DataFrame, rho: float, background: Background) -> np.ndarray:
    """Class × share: the probability of its count."""
    excess = [background.dips.get(name, 0.0) for name in month(rows)] if background.dips else [0.0] * len(rows)
    odds = [background.moods.get(key, 0.0) for key in zip(rows["asked"], rows["class_id"], strict=True)]
    counts = zip(rows["k"].tolist(), rows["n"].tolist(), excess, odds, strict=True)
    return np.array([of_count(rho, *count) for count in counts]).reshape(-1, len(SHARES))


@cache
def of_count(rho: float, k: int, n: int, excess: float, odds: float) -> np.ndarray:
    """The probability that k of n are dissatisfied, at each share, in a month that was worse by `excess`, in a class of that mood."""
    size, share = (1 - rho) / rho, np.clip(SHARES + excess, SHARES[0], SHARES[-1])
    share = 1 / (1 + (1 - share) / share * np.exp(-odds))
    return stats.betabinom.pmf(k, n, share * size, (1 - share) * size)


@cache
def betas() -> list[np.ndarray]:
    """The distributions that the flags of an aspect may come from."""
    shapes = [(mean * size, (1 - mean) * size) for mean in MEANS for size in (2.0, 4.0, 8.0, 16.0, 32.0)]
    return [np.diff(stats.beta.cdf(np.linspace(0, 1, 101), a, b)) for a, b in shapes]


def population(flags: list[np.ndarray]) -> np.ndarray:
    """How the flags of an aspect are spread."""
    whole = np.array([np.prod(own, axis=0) for own in flags])
    evidence = [np.log(whole @ beta).sum() for beta in betas()]
    weight = np.exp(np.array(evidence) - max(evidence))
    return weight @ np.array(betas()) / weight.sum()


def passed(
    own: np.ndarray, days: list[object], spread: np.ndarray, rate: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log evidence of a flag's classes, how probable each share is now, and with which class that quality began."""
    new, changed = (part / len(SHARES) + (1 - part) * spread for part in (NEW, CHANGED))
    turn = [0.0] + [0.0 if days[i] == days[i - 1] else rate for i in range(1, len(own))]
    evidence, before, stays, spreads = [1.0], np.empty(0), np.empty(0), np.empty((0, len(SHARES)))
    together = np.empty((0, len(SHARES)))
    for end in range(1, len(own) + 1):
        # One class more: of each quality that began with a class before and stays, and of one that begins with it.
        start = end - 1
        before = np.append(before, evidence[start] * turn[start] if start else 1.0)
        stays = np.append(stays * (1 - turn[start]), 1.0)
        spreads = np.vstack([spreads, changed if start else new])
        together = np.vstack([together, np.ones(len(SHARES))]) * own[start]
        parts = (before * stays)[:, None] * spreads * together
        evidence.append(float(parts.sum()))
    now = parts.sum(axis=0) / evidence[-1]
    return float(np.log(evidence[-1])), now, parts.sum(axis=1) / evidence[-1]


def learn(rows: pd.DataFrame, limits: dict[str, float], odds: dict[tuple[str, str], float] | None = None) -> Background:
    """The background of the countable classes of one aspect (`flag_id`, `asked`, `class_id`, `program_code`, `day`, `k`, `n`)."""
    rate = limits["flag_change_rate"]
    background = Background({}, {}, dips(rows, limits), odds or {})
    rows = rows.reset_index(drop=True)
    parts = [part for _, part in rows.groupby("flag_id")]
    evidence, populations = {}, {}
    for rho, expected in CORRELATIONS.items():
        every = likelihood(rows, rho, background)
        own = [every[part.index] for part in parts]
        populations[rho] = population(own)
        evidence[rho] = np.log(expected) + sum(
            passed(one, list(part["day"]), populations[rho], rate)[0] for one, part in zip(own, parts, strict=True)
        )
    top = max(evidence.values())
    weights = {rho: float(np.exp(value - top)) for rho, value in evidence.items()}
    total = sum(weights.values())
    return replace(
        background, weights={rho: weight / total for rho, weight in weights.items()}, populations=populations
    )


def judged(rows: pd.DataFrame, background: Background, limits: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """How probable each share is now, and with which class that quality began."""
    now, begun = np.zeros(len(SHARES)), np.zeros(len(rows))
    for rho, weight in background.weights.items():
        own = likelihood(rows, rho, background)
        _, share, since = passed(own, list(rows["day"]), background.populations[rho], limits["flag_change_rate"])
        now, begun = now + weight * share, begun + weight * since
    return now, begun


def quantile(now: np.ndarray, at: float) -> float:
    """The share below which a part of the probability lies, evenly spread within each percent."""
    below = np.cumsum(now) - now
    cell = int(np.flatnonzero(below <= at)[-1])
    return float((cell + (at - below[cell]) / now[cell]) / 100)
