"""The lasting quality behind classes that come and go: what share is bad now, how sure that is, and since when.

Belongs here: from the counts of classes to what they tell about the curriculum, narasumber or organiser behind them.
Does not belong here: which share is tolerated, states, causes, words (`flags`, `rule`, `rules`).

A class is one draw: its people share a room, a day and a mood, so that 25 answers of one class tell less than 25 answers of
25 classes. The share of a class varies about the lasting one by a beta distribution (intra-class correlation ρ), its count is
beta-binomial. The lasting share is, before the first class, as those of the aspect's other flags are (partial pooling); between two
classes it may have changed to any other (Shiryaev 1963; Adams and MacKay 2007). What all programs share in a month is nobody's, and what all
else that a class judged shares, against the classes around it, is the class's mood.
Everything is summed over the possible shares and correlations; nothing is drawn. docs/measures.md has the formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import bdtrc, betainc, expit, logit, logsumexp, ndtr

from warehouse.evaluation.statistics import CONFIDENCE, Floats, divide

Places = NDArray[np.intp]

STEP = 0.01
"""Shares are told apart by one percent."""
SHARES: Floats = np.asarray((np.arange(round(1 / STEP)) + 0.5) * STEP, dtype=np.float64)
"""The shares that a lasting quality may have."""
CORRELATIONS: Floats = np.array([0.01, 0.03, 0.06, 0.10, 0.15, 0.25])
"""The intra-class correlations that the classes of an aspect may have."""
EXPECTED: Floats = np.array([0.15, 0.20, 0.20, 0.20, 0.15, 0.10])
"""How probable each is before any class was seen: course evaluations have 0.02 to 0.15."""
EXPECTED_PAIRS = 10
"""Pairs of classes that this expectation is worth where a variance is taken of moments."""
MEANS = (0.04, 0.06, 0.08, 0.10, 0.125, 0.15, 0.175, 0.20, 0.25, 0.30, 0.40)
PRECISIONS = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Means and precisions (a + b) of the beta distributions that the flags of an aspect may come from."""
STRANGERS, STRANGERS_CHANGED = 0.1, 0.5
"""How many new flags, and how many of those whose quality changed, may have any share, whatever the others have."""
NEIGHBOURS = 2
"""Classes of a flag before one, and after it, that say what is usual there: a quality that changed is usual after two classes."""
MOOD_PRECISION = 8.0
"""Before a class is seen its mood is normal about zero with this precision: ±0.35 of log odds."""
MOOD_WITNESSES = 3
"""Other flags of a class that must tell its mood: of fewer, one quality that changed would pass for it."""
MOOD_STEP = 0.05
"""Moods are told apart by this much of log odds."""
ROUNDS = 3
"""A month that all share hides in the usual of others: it is looked for again without those that were found."""


@dataclass(frozen=True)
class Background:
    """What the classes of a city tell about each other."""

    correlation: Mapping[str, Floats]
    """Aspect → how probable each of `CORRELATIONS` is."""
    population: Mapping[str, Floats]
    """Aspect → for each of `CORRELATIONS` a row: how many of its flags have each of `SHARES`, as a distribution."""
    shared: Mapping[tuple[str, str], float]
    """Aspect and month (YYYY-MM) → share by which all programs were worse in it."""
    moods: Mapping[tuple[str, str, str], float]
    """Aspect, class and narasumber (empty: none) → log odds by which all else that the class judged was worse than around it."""

    def icc(self, aspect: str) -> float:
        """The intra-class correlation to be expected of an aspect's classes."""
        own = self.correlation.get(aspect, EXPECTED)
        return float(own @ CORRELATIONS)

    def excess(self, rows: pd.DataFrame) -> Floats:
        """By how much all programs were worse in the month of each row."""
        keys = zip(rows["aspect"], months_of(rows), strict=True)
        return np.array([self.shared.get(key, 0.0) for key in keys], dtype=float)

    def mood(self, rows: pd.DataFrame) -> Floats:
        """The mood of each row's class."""
        return np.array([self.moods.get(key, 0.0) for key in _told_apart(rows)], dtype=float)


def _told_apart(rows: pd.DataFrame) -> Iterable[tuple[str, str, str]]:
    return zip(rows["aspect"], rows["class_id"], rows["instructor_id"].fillna(""), strict=True)


def countable(rows: pd.DataFrame) -> pd.DataFrame:
    """The class rows whose count is known."""
    return rows[rows["n_unfavourable"].notna() & (rows["n_observed"] > 0)]


def months_of(rows: pd.DataFrame) -> pd.Series:
    """Month (YYYY-MM) in which each class counts; empty without a day."""
    day, days = pd.factorize(rows["ended_on"])
    names = [*pd.DatetimeIndex(days).strftime("%Y-%m"), np.nan]
    return pd.Series([names[at] for at in day], rows.index, dtype=object)


def learn(rows: pd.DataFrame, limits: Mapping[str, float], *, has_moods: bool = True) -> Background:
    """The background of class rows (`warehouse.evaluation.rule.EVIDENCE`), those of a flag together and in their order.

    Each correlation is as probable as it foretold the classes, one after the other: it is what the moods leave. Without `has_moods`
    nobody's mood is looked for, and the correlation is that of people of a class as they are.
    """
    parts = {str(name): part for name, part in countable(rows).groupby("aspect", sort=True)}
    if not parts:
        return Background({}, {}, {}, {})
    dips = {aspect: shared_excess(part, limits) for aspect, part in parts.items()}
    shared = {(aspect, month): excess for aspect, months in dips.items() for month, excess in months.items()}
    every = pd.concat(parts.values())
    excess = np.concatenate(
        [[dips[aspect].get(month, 0.0) for month in months_of(part)] for aspect, part in parts.items()]
    )
    # Those of an aspect lie together, among the rows as among the flags.
    mood = moods(every, excess) if has_moods else np.zeros(len(every))
    spans = list(pairwise(np.cumsum([0, *map(len, parts.values())])))
    codes = [pd.factorize(part["flag_id"])[0] for part in parts.values()]
    flags = list(pairwise(np.cumsum([0, *(int(code.max()) + 1 for code in codes)])))
    flag = np.concatenate([code + first for code, (first, _) in zip(codes, flags, strict=True)])
    days, rate = _days(every, flag), limits["flag_change_rate"]
    spread, evidence = [], []
    for likely in likelihoods(every, excess, mood):
        spread.append([population(likely[at:end], code) for code, (at, end) in zip(codes, spans, strict=True)])
        own = np.repeat(spread[-1], [end - at for at, end in flags], axis=0)
        foretold = _pass(days.known(likely), days.flag, own, rate).evidence[days.last]
        evidence.append([foretold[at:end].sum() for at, end in flags])
    correlation, populations = {}, {}
    for aspect, likely_so, curves in zip(parts, np.array(evidence).T, np.array(spread).swapaxes(0, 1), strict=True):
        weight = EXPECTED * np.exp(likely_so - likely_so.max())
        correlation[aspect], populations[aspect] = weight / weight.sum(), curves
    odds = dict(zip(_told_apart(every), mood.tolist(), strict=True)) if has_moods else {}
    return Background(correlation, populations, shared, odds)


def shared_excess(rows: pd.DataFrame, limits: Mapping[str, float]) -> dict[str, float]:
    """Month → share by which an aspect was worse than usual in (nearly) all programs at once.

    A program's excess is its share in the month less that of its other months, without such months. The month's is the median
    over programs, where at least `flag_shared_programs` moved, it reaches `flag_shared_excess`, and a sign test over programs
    says (p ≤ `flag_shared_p`) that it is no accident. Rounded to `STEP`.
    """
    program, programs = pd.factorize(rows["program_code"])
    month, months = pd.factorize(months_of(rows), sort=True)
    k, n = np.zeros((2, len(programs), len(months)))
    dated = month >= 0
    cells = (program[dated], month[dated])
    np.add.at(k, cells, rows["n_unfavourable"].to_numpy(dtype=float)[dated])
    np.add.at(n, cells, rows["n_observed"].to_numpy(dtype=float)[dated])
    own, size = divide(k, n), np.zeros(len(months))
    for _ in range(ROUNDS):
        usual = size == 0
        k_usual, n_usual = (part[:, usual].sum(axis=1)[:, None] - part * usual for part in (k, n))
        excess = own - divide(k_usual, n_usual)
        size = np.array([_shared(excess[~np.isnan(excess[:, m]), m], limits) for m in range(len(months))])
    return {str(month): float(excess) for month, excess in zip(months, size, strict=True) if excess}


def _shared(excess: Floats, limits: Mapping[str, float]) -> float:
    moved = excess[excess != 0]
    if len(moved) < max(limits["flag_shared_programs"], 1) or np.median(excess) < limits["flag_shared_excess"]:
        return 0.0
    accident = float(bdtrc(int((moved > 0).sum()) - 1, len(moved), 0.5))
    return round(float(np.median(excess)) / STEP) * STEP if accident <= limits["flag_shared_p"] else 0.0


def moods(rows: pd.DataFrame, excess: Floats) -> Floats:
    """Row of all aspects, those of a flag together and in their order: the mood of its class, told by all else that the class judged.

    What is usual is the median share of up to `NEIGHBOURS` classes of the flag on either side; each other flag of the class stands out
    from its own by (k − n·u) ÷ (n·u(1 − u) + `MOOD_PRECISION`) of log odds (one Newton step to the mode, about a mood of zero), and the
    median of them is the mood, so that one quality that changed is none. Zero with fewer than `MOOD_WITNESSES`. `excess` is what all
    shared. Rounded to `MOOD_STEP`.
    """
    n, flag = rows["n_observed"].to_numpy(dtype=float), rows["flag_id"].to_numpy()
    k = np.maximum(rows["n_unfavourable"].to_numpy(dtype=float) - n * excess, 0)
    shares = pd.Series(k / n).groupby(flag)
    around = pd.DataFrame({step: shares.shift(step) for step in range(-NEIGHBOURS, NEIGHBOURS + 1) if step})
    usual = around.median(axis=1).to_numpy()
    own = (k - n * usual) / (n * usual * (1 - usual) + MOOD_PRECISION)
    room = pd.factorize(rows["class_id"])[0]
    place = pd.Series(room).groupby(room).cumcount().to_numpy()
    table = np.full((room.max() + 1, place.max() + 1), np.nan)
    table[room, place] = own
    odds = np.zeros(table.shape)
    for at in range(table.shape[1]):
        others = pd.DataFrame(np.delete(table, at, axis=1))
        odds[:, at] = others.median(axis=1).where(others.notna().sum(axis=1) >= MOOD_WITNESSES, 0.0)
    return np.asarray(np.round(odds[room, place] / MOOD_STEP) * MOOD_STEP)


def likelihoods(rows: pd.DataFrame, excess: Floats, mood: Floats) -> Iterator[Floats]:
    """For each of `CORRELATIONS`, row × share of `SHARES`: log of the beta-binomial probability of a class's count, without the binomial
    coefficient.

    With θ = ρ ÷ (1 − ρ): Π (π + jθ) over j < k, times Π (1 − π + jθ) over j < n − k, over Π (1 + jθ) over j < n
    (Griffiths 1973). `excess` is what all shared: the class varies about π + excess, and `mood` of log odds beside that.
    """
    counts = [rows[name].to_numpy(dtype=int) for name in ("n_observed", "n_unfavourable")]
    alike, row = np.unique(np.column_stack([excess, mood, *counts]), axis=0, return_inverse=True)
    shifts, which = np.unique(alike[:, :2], axis=0, return_inverse=True)
    n, k = alike[:, 2:].T.astype(int)
    for rho in CORRELATIONS:
        theta, result = rho / (1 - rho), np.empty((len(alike), len(SHARES)))
        for number, (size, odds) in enumerate(shifts):
            at = np.flatnonzero(which.ravel() == number)
            share = expit(logit(np.clip(SHARES + size, SHARES[0], SHARES[-1])) + odds)
            steps = theta * np.arange(n[at].max())[:, None]
            bad, good, all_ = (
                np.vstack([np.zeros((1, len(part))), np.cumsum(np.log(part + steps), axis=0)])
                for part in (share, 1 - share, np.ones(1))
            )
            result[at] = bad[k[at]] + good[(n - k)[at]] - all_[n[at]]
        yield result[row.ravel()]


def population(likely: Floats, flag: Places) -> Floats:
    """How the flags of an aspect are spread over `SHARES`: beta distributions, mixed by how well each foretells all flags."""
    by_flag = np.add.reduceat(likely, np.unique(flag, return_index=True)[1], axis=0)
    top = by_flag.max(axis=1, keepdims=True)
    evidence = np.log(np.exp(by_flag - top) @ _betas().T).sum(axis=0)
    weight = np.exp(evidence - evidence.max())
    return np.asarray(weight @ _betas() / weight.sum())


@cache
def _betas() -> Floats:
    shapes = np.array([(mean * size, (1 - mean) * size) for mean in MEANS for size in PRECISIONS])
    edges = np.linspace(0, 1, len(SHARES) + 1)
    return np.asarray(np.diff(betainc(shapes[:, :1], shapes[:, 1:], edges), axis=1))


@dataclass(frozen=True)
class _Passed:
    """What is known after each day."""

    now: Floats
    """Day × share: how probable each of `SHARES` is."""
    evidence: Floats
    """Day: log of the probability of the flag's rows up to it."""


def _mixed(population: Floats, strangers: float) -> Floats:
    return (1 - strangers) * population + strangers / len(SHARES)


def _place(flag: Places) -> Places:
    return np.arange(len(flag)) - np.unique(flag, return_index=True)[1][flag]


@dataclass(frozen=True)
class _Days:
    """The days on which classes of each flag end. What ends on one day is known at once, and no quality changes between."""

    first: Places
    """The first row of each day."""
    flag: Places
    """The flag of each day."""
    of: Places
    """The day of each row."""

    def known(self, likely: Floats) -> Floats:
        """What all rows of each day say together."""
        return np.asarray(np.add.reduceat(likely, self.first, axis=0))

    @property
    def last(self) -> Places:
        """The last day of each flag."""
        return np.r_[np.flatnonzero(np.diff(self.flag)), len(self.flag) - 1].astype(np.intp)


def _days(rows: pd.DataFrame, flag: Places) -> _Days:
    day = rows["ended_on"].to_numpy()
    is_new = np.r_[True, (day[1:] != day[:-1]) | (flag[1:] != flag[:-1])]
    first = np.flatnonzero(is_new)
    return _Days(first, flag[first], np.cumsum(is_new) - 1)


def _pass(likely: Floats, flag: Places, population: Floats, rate: float) -> _Passed:
    """Forward through the days of every flag at once. `population`: of all, or one row per flag."""
    n_flags, place = int(flag.max()) + 1, _place(flag)
    new, changed = (
        np.broadcast_to(_mixed(population, strangers), (n_flags, len(SHARES)))
        for strangers in (STRANGERS, STRANGERS_CHANGED)
    )
    now, evidence = np.empty(likely.shape), np.empty(len(likely))
    for t in range(int(place.max()) + 1):
        at = np.flatnonzero(place == t)
        before = (1 - rate) * now[at - 1] + rate * changed[flag[at]] if t else new[flag[at]]
        top = likely[at].max(axis=1, keepdims=True)
        weight = before * np.exp(likely[at] - top)
        total = weight.sum(axis=1, keepdims=True)
        now[at] = weight / total
        evidence[at] = np.log(total[:, 0]) + top[:, 0] + (evidence[at - 1] if t else 0.0)
    return _Passed(now, evidence)


def _begun(likely: Floats, flag: Places, population: Floats, rate: float, evidence: Floats) -> Floats:
    """Day: probability that the present quality began with it: what was known before, times what one new quality says of all
    classes from it on."""
    n_flags, place = int(flag.max()) + 1, _place(flag)
    new, changed = _mixed(population, STRANGERS), _mixed(population, STRANGERS_CHANGED)
    rest, begins = np.zeros((n_flags, len(SHARES))), np.empty(len(likely))
    for t in range(int(place.max()), -1, -1):
        at = np.flatnonzero(place == t)
        rest[flag[at]] += likely[at]
        from_here = rest[flag[at]]
        top = from_here.max(axis=1)
        start = changed if t else new
        begins[at] = np.log((start[flag[at]] * np.exp(from_here - top[:, None])).sum(axis=1)) + top
        if t:
            with np.errstate(divide="ignore"):  # never is minus infinity
                begins[at] += np.log(rate) + evidence[at - 1]
            rest[flag[at]] += np.log1p(-rate)
    best = np.full(n_flags, -np.inf)
    np.maximum.at(best, flag, begins)
    weight = np.exp(begins - best[flag])
    return np.asarray(weight / np.bincount(flag, weight)[flag])


@dataclass(frozen=True)
class Judged:
    """What class rows tell about their flags."""

    flag_ids: list[str]
    """The flags, in the order of their rows."""
    now: Floats
    """Flag × share: how probable each of `SHARES` is now."""
    above_so_far: Floats
    """Row: probability, by what was known after its day, that the share was above the tolerated one."""
    begun: Floats
    """Row: probability that the present quality began with this class; of those of a day, with the first."""
    changed: Floats
    """Flag: probability that its quality changed at all, had that been as probable as not before any class was seen. Unknown with one day."""

    def above(self, tolerated: float) -> Floats:
        """Probability of each flag that its share is above a tolerated one."""
        return np.asarray(self.now[:, tolerated < SHARES].sum(axis=1))

    def share(self) -> Floats:
        """The share to be expected of each flag's next class."""
        return np.asarray(self.now @ SHARES)

    def interval(self) -> tuple[Floats, Floats]:
        """The 95 % interval of each flag's share; within a step every share is equally probable."""
        edges, tail = np.linspace(0, 1, len(SHARES) + 1), (1 - CONFIDENCE) / 2
        cumulated = np.hstack([np.zeros((len(self.now), 1)), np.cumsum(self.now, axis=1)])
        low, high = (np.array([np.interp(at, row, edges) for row in cumulated]) for at in (tail, 1 - tail))
        return low, high


def judge(rows: pd.DataFrame, background: Background, tolerated: float, limits: Mapping[str, float]) -> Judged:
    """What class rows with known counts tell about their flags (`flag_id`), those of a flag together and in their order.

    Between two days on which classes of a flag end its share changes with probability `flag_change_rate`.
    """
    flag, names = pd.factorize(rows["flag_id"])
    if not len(rows):
        return Judged([], np.empty((0, len(SHARES))), *(np.empty(0) for _ in range(3)))
    aspects = rows["aspect"].to_numpy()[np.unique(flag, return_index=True)[1]]
    excess, mood = background.excess(rows), background.mood(rows)
    days, rate = _days(rows, flag), limits["flag_change_rate"]
    now, above, begun = np.zeros((len(names), len(SHARES))), np.zeros(len(rows)), np.zeros(len(rows))
    for which, likely in enumerate(likelihoods(rows, excess, mood)):
        probable = np.array([background.correlation[aspect][which] for aspect in aspects])
        own = np.array([background.population[aspect][which] for aspect in aspects])
        likely = days.known(likely)
        passed = _pass(likely, days.flag, own, rate)
        now += probable[:, None] * passed.now[days.last]
        above += probable[flag] * passed.now[:, tolerated < SHARES].sum(axis=1)[days.of]
        begun[days.first] += probable[days.flag] * _begun(likely, days.flag, own, rate, passed.evidence)
    kept = begun[np.unique(flag, return_index=True)[1]]
    return Judged([str(name) for name in names], now, above, begun, _changed(kept, np.bincount(days.flag), rate))


def _changed(kept: Floats, n_days: Places, rate: float) -> Floats:
    """Probability of a change at even odds beforehand, from that of none (`kept`): the longer a history, the more probable one is before
    anything is seen, and a word for what nobody saw would be wrong in each long history (Kass and Raftery 1995 on such factors)."""
    never = (1 - rate) ** (n_days - 1.0)
    some, none = (1 - kept) * never, kept * (1 - never)
    return np.where(never < 1, divide(some, some + none), np.nan)


@dataclass(frozen=True)
class Explained:
    """How well one lasting quality behind all its classes explains each group of class rows."""

    groups: list[str]
    """The groups, as `flag_id`, in the order of their rows."""
    weight: Floats
    """Group × correlation: how probable each of `CORRELATIONS` is."""
    bad: Floats
    """Group × correlation: log of the probability of the rows, and that the share now is above the tolerated one."""
    sound: Floats
    """The same, and that it is not."""

    def together(self, bad: Iterable[str] = (), sound: Iterable[str] = ()) -> float:
        """Log of the probability that the groups of `bad` are bad and those of `sound` are not, for one correlation of all of them.
        A group without rows says nothing."""
        place = {name: number for number, name in enumerate(self.groups)}
        parts = [
            side[place[name]]
            for side, names in ((self.bad, bad), (self.sound, sound))
            for name in names
            if name in place
        ]
        some = next((place[name] for name in (*bad, *sound) if name in place), None)
        if some is None:
            return 0.0
        return float(logsumexp(np.sum(parts, axis=0), b=self.weight[some]))


def explain(rows: pd.DataFrame, background: Background, tolerated: float, limits: Mapping[str, float]) -> Explained:
    """What `judge` sums over, told apart: class rows with known counts of groups (`flag_id`), those of a group together and in their
    order."""
    flag, names = pd.factorize(rows["flag_id"])
    aspects = rows["aspect"].to_numpy()[np.unique(flag, return_index=True)[1]]
    excess, mood = background.excess(rows), background.mood(rows)
    days, rate = _days(rows, flag), limits["flag_change_rate"]
    weight = np.array([background.correlation[aspect] for aspect in aspects])
    bad, sound = np.empty(weight.shape), np.empty(weight.shape)
    for which, likely in enumerate(likelihoods(rows, excess, mood)):
        own = np.array([background.population[aspect][which] for aspect in aspects])
        passed = _pass(days.known(likely), days.flag, own, rate)
        above = np.clip(passed.now[days.last][:, tolerated < SHARES].sum(axis=1), 1e-12, 1 - 1e-12)
        bad[:, which] = passed.evidence[days.last] + np.log(above)
        sound[:, which] = passed.evidence[days.last] + np.log1p(-above)
    return Explained([str(name) for name in names], weight, bad, sound)


@dataclass(frozen=True)
class Change:
    """By how much a share rose, beyond what others rose by meanwhile."""

    likely: Floats
    """How probable each difference of two of `SHARES` is."""
    others: float
    """Mean rise of the others."""
    error: float
    """Its standard error."""

    def below(self, rise: float) -> float:
        """Probability that it rose by less; within a step every share is equally probable."""
        steps = np.arange(1 - len(SHARES), len(SHARES)) * STEP
        spread = np.sqrt(self.error**2 + STEP**2 / 6)
        return float(self.likely @ ndtr((rise - steps + self.others) / spread))

    def at(self, probability: float) -> float:
        """The rise below which it lies with a probability."""
        from scipy.optimize import brentq  # takes half a second to load, which no table needs that is as it was

        return float(brentq(lambda rise: self.below(rise) - probability, -3, 3, xtol=1e-12))


def change(after: Floats | None, before: Floats | None, others: float = 0.0, error: float = 0.0) -> Change | None:
    """How a share changed, from how probable each of `SHARES` is after and before; None where either is not known."""
    if after is None or before is None:
        return None
    return Change(np.convolve(after, before[::-1]), others, error)


def design_effect(n: Floats, icc: Floats) -> Floats:
    """How many times as many people of one class tell as much as people of different ones: 1 + (n − 1)·ρ (Kish 1965)."""
    return np.asarray(1 + (n - 1) * icc)


def variances(rows: pd.DataFrame) -> tuple[float, float]:
    """Variance of a mean score between classes of one flag, and between people of one class (`mean`, `variance`, `n_observed`).

    Within: pooled. Between: by moments over pairs of consecutive classes of a flag, as the moving range of control charts, so that a
    quality that changes once makes one large difference among many; drawn to what `CORRELATIONS` lets expect, as if that were
    `EXPECTED_PAIRS` pairs more. Unknown without two people in any class.
    """
    n, mean = rows["n_observed"].to_numpy(dtype=float), rows["mean"].to_numpy(dtype=float)
    within = float(divide(np.nansum((n - 1) * rows["variance"].to_numpy(dtype=float)), (n - 1).sum()))
    flag = rows["flag_id"].to_numpy()
    pair = np.flatnonzero(flag[1:] == flag[:-1])
    rho = float(EXPECTED @ CORRELATIONS)
    own, chance = (mean[pair + 1] - mean[pair]) ** 2 / 2, within * (1 / n[pair] + 1 / n[pair + 1]) / 2
    weight = 2 / (1 / n[pair] + 1 / n[pair + 1])
    between = max(float(weight @ (own - chance) / weight.sum()), 0.0) if len(pair) else 0.0
    return (len(pair) * between + EXPECTED_PAIRS * within * rho / (1 - rho)) / (len(pair) + EXPECTED_PAIRS), within
