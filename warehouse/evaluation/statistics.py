"""Statistics that SQL does not have: thin, vectorised wrappers of `scipy.special`.

Belongs here: a formula that a model under `models/` needs, as a pure function of numbers, with its source.
Does not belong here: reading tables, policy values (they come from `ops.policy`), wording. Every formula with a
worked example stands in docs/measures.md.

Unknown is never zero: where a figure is not defined (nobody answered, one pair only), the result is NaN, which
becomes an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

# Conventions of the literature, not agency policy.
CONFIDENCE = 0.95
"""Coverage of two-sided intervals."""
GAIN_HIGH, GAIN_MEDIUM = 0.7, 0.3
"""Limits of high and medium gain (Hake 1998)."""
PERMUTATIONS, SEED = 1_999, 20_260_101
"""Draws of a permutation test and their seed: equal inputs give equal p-values."""
ENUMERATED = 10
"""Units up to which all signs of a wild bootstrap are tried."""
DIGITS = 9
"""Decimals that are kept: equal inputs in another order give equal rows."""


def policy_values(policy: pd.DataFrame) -> dict[str, float]:
    """Policy name → value, of the rows of `ops.policy`."""
    return dict(zip(policy["policy"], policy["value"].astype(float), strict=True))


def policy_version(policy: pd.DataFrame, names: tuple[str, ...]) -> str:
    """The version of the policy rows `names`; several versions are joined by `+`."""
    return "+".join(sorted(set(policy.loc[policy["policy"].isin(names), "version"])))


def divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Elementwise quotient; NaN where the denominator is zero or unknown."""
    below = np.asarray(denominator, dtype=float)
    return np.asarray(numerator, dtype=float) / np.where(below == 0, np.nan, below)


def wilson(k: ArrayLike, n: ArrayLike, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Wilson's (1927) two-sided interval of k ÷ n; NaN where n is zero or unknown."""
    count, total = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    known = (total > 0) & ~np.isnan(count)
    n, p = np.where(known, total, 1.0), np.where(known, count, np.nan) / np.where(known, total, 1.0)
    z2 = float(special.ndtri((1 + confidence) / 2)) ** 2
    centre, half = p + z2 / (2 * n), np.sqrt(z2 * (p * (1 - p) + z2 / (4 * n)) / n)
    return np.clip((centre - half) / (1 + z2 / n), 0, 1), np.clip((centre + half) / (1 + z2 / n), 0, 1)


def wilson_lower(k: ArrayLike, n: ArrayLike, confidence: float) -> Floats:
    """One-sided lower Wilson bound of k ÷ n: the lower end of the two-sided interval with twice the error."""
    return wilson(k, n, 1 - 2 * (1 - confidence))[0]


def false_discovery(p_above: ArrayLike) -> Floats:
    """q-values of Bayesian judgements: of all that are at least as probable as this one, the share to be expected wrong.

    The mean of 1 − p over those with a probability of p or more (Newton et al. 2004; Storey 2003); NaN stays NaN.
    """
    wrong = 1 - np.asarray(p_above, dtype=float)
    q, known = np.full(wrong.shape, np.nan), ~np.isnan(wrong)
    order = np.sort(wrong[known])
    at_least = np.searchsorted(order, wrong[known], side="right")
    q[known] = np.cumsum(order)[at_least - 1] / at_least
    return q


def shrink(mean: ArrayLike, n: ArrayLike, within: float) -> Floats:
    """Empirical-Bayes means: each class's mean drawn to the mean of all by as much as chance explains it.

    w = τ² ÷ (τ² + σ²/n), result w·mean + (1−w)·μ; τ² by DerSimonian and Laird (1986), σ² = `within`, the pooled
    variance between respondents of one class. Without variance within classes there is nothing to shrink.
    """
    values, size = np.asarray(mean, dtype=float), np.asarray(n, dtype=float)
    if not within > 0 or len(values) < 2:
        return values.copy()
    precision = size / within
    total, fixed = precision.sum(), np.average(values, weights=precision)
    excess = float(precision @ (values - fixed) ** 2) - (len(values) - 1)
    tau2 = max(excess / float(total - precision @ precision / total), 0.0)
    centre = np.average(values, weights=1 / (tau2 + within / size))
    weight = tau2 / (tau2 + within / size)
    return np.asarray(weight * values + (1 - weight) * centre)


def spread(n: ArrayLike, total: ArrayLike, squares: ArrayLike) -> Floats:
    """Sample variance from n, Σx and Σx²; NaN below two values. Rounding noise counts as zero."""
    size, first, second = (np.asarray(x, dtype=float) for x in (n, total, squares))
    centred = second - divide(first**2, size)
    noise = 1e-9 * np.maximum(np.abs(second), 1e-3)
    return np.where(size >= 2, np.where(centred > noise, centred, 0.0) / np.maximum(size - 1, 1), np.nan)


def hedges_j(df: ArrayLike) -> Floats:
    """Hedges' (1981) small-sample correction, J = 1 − 3 ÷ (4·df − 1)."""
    return 1 - 3 / (4 * np.asarray(df, dtype=float) - 1)


def hedges_paired(
    pre: ArrayLike, post: ArrayLike, pre_var: ArrayLike, post_var: ArrayLike, correlation: ArrayLike, n: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Hedges g of paired means with its interval.

    d = (post − pre) ÷ √((s²pre + s²post)/2), g = J·d with n−1 degrees of freedom (Lakens 2013, g_av); variance of d
    2(1−r)/n + d²(1+r²)/4(n−1) (Bonett 2008; Cousineau 2020), with the t distribution. NaN below two pairs or without spread.
    """
    size, r = np.asarray(n, dtype=float), np.asarray(correlation, dtype=float)
    sd = np.sqrt((np.asarray(pre_var, dtype=float) + np.asarray(post_var, dtype=float)) / 2)
    d = divide(np.asarray(post, dtype=float) - np.asarray(pre, dtype=float), sd)
    d = np.where(size >= 2, d, np.nan)
    j = hedges_j(np.maximum(size - 1, 1))
    error = j * np.sqrt(2 * (1 - r) * divide(1, size) + divide(d**2 * (1 + r**2), 4 * (size - 1)))
    t = _t(np.maximum(size - 1, 1))
    return j * d, j * d - t * error, j * d + t * error


def mean_interval(mean: ArrayLike, variance: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Student's t interval of a mean; NaN below two values."""
    size = np.asarray(n, dtype=float)
    error = np.sqrt(divide(np.asarray(variance, dtype=float), size))
    half = np.where(size >= 2, _t(np.maximum(size - 1, 1)) * error, np.nan)
    return np.asarray(mean, dtype=float) - half, np.asarray(mean, dtype=float) + half


def paired_p_value(mean: ArrayLike, variance: ArrayLike, n: ArrayLike) -> Floats:
    """Two-sided p-value of the paired t test, from mean and variance of the differences; NaN below two pairs."""
    size = np.asarray(n, dtype=float)
    t = divide(np.asarray(mean, dtype=float), np.sqrt(divide(variance, size)))
    return np.where(size >= 2, _p_value(t, np.maximum(size - 1, 1)), np.nan)


def _t(df: ArrayLike) -> Floats:
    """Quantile of Student's t that bounds a two-sided interval."""
    return np.asarray(special.stdtrit(df, (1 + CONFIDENCE) / 2))


def _p_value(t: ArrayLike, df: ArrayLike) -> Floats:
    """Two-sided p-value of Student's t."""
    return np.asarray(2 * special.stdtr(df, -np.abs(t)))


def clustered_mean(n: ArrayLike, total: ArrayLike) -> tuple[float, float, float]:
    """95 % interval of the mean of Σ n values, and the two-sided p-value of no mean, from the number and sum of each cluster (see
    `_mean_of_clusters`). NaN below two clusters, the p-value also without an error."""
    mean, error, df = _mean_of_clusters(n, total)
    if error != error:
        return _NAN, _NAN, _NAN
    half = float(_t(df)) * error
    return mean - half, mean + half, float(_p_value(mean / error, df)) if error > 1e-12 else _NAN


def _mean_of_clusters(weight: ArrayLike, total: ArrayLike) -> tuple[float, float, float]:
    """Σ total ÷ Σ weight, its error and degrees of freedom, clusters being independent.

    The error is clustered, corrected for small samples (CR2), the degrees of freedom Satterthwaite's (Bell and McCaffrey 2002): clusters
    of one value give Student's t, equal ones the t of their means. NaN below two clusters.
    """
    size, sums = np.asarray(weight, dtype=float), np.asarray(total, dtype=float)
    sums, size = sums[size > 0], size[size > 0]
    whole = size.sum()
    if len(size) < 2:
        return _NAN, _NAN, _NAN
    mean, correction = float(sums.sum() / whole), 1 / (1 - size / whole)
    error = float(np.sqrt((correction * (sums - size * mean) ** 2).sum())) / whole
    # The trace of Ω and of its square, Ω_gh = √(w_g·w_h)·(n_g·[g = h] − n_g·n_h ÷ N).
    trace, square = (
        size.sum(),
        (correction**2 * size**2 * (1 - 2 * size / whole)).sum() + ((correction * size**2).sum() / whole) ** 2,
    )
    return mean, error, float(trace**2 / square)


def clustered_slope(x: Floats, y: Floats, group: NDArray[Any]) -> tuple[float, float, int]:
    """OLS slope of y on x, both less their means, its error, and how many groups there are. The error is the larger of those clustered by
    group and by row, since few or unequal clusters bias the first downward (Angrist and Pischke 2009, 8.2). NaN where x is the same for
    all, the error below two groups."""
    code, groups = pd.factorize(group, sort=True)
    weight = float(x @ x)
    if weight < 1e-9:
        return _NAN, _NAN, len(groups)
    slope = float(x @ y) / weight
    by_row = x * (y - slope * x)
    by_group = np.bincount(code, by_row, len(groups))
    roots = [_root(float(score @ score), len(score)) for score in (by_group, by_row)]
    return slope, float(np.max(roots)) / weight, len(groups)


def krejcie_morgan(population: ArrayLike) -> Floats:
    """Sample that a population needs for a share to ±5 points at 95 %: χ²·N·¼ ÷ (0.05²·(N − 1) + χ²·¼), χ² = 3.841, rounded as the
    printed table (Krejcie and Morgan 1970); NaN where the population is unknown."""
    number, chi = np.asarray(population, dtype=float), 3.841 / 4
    return np.round(chi * number / (0.05**2 * (number - 1) + chi))


def ratio(above: NDArray[Any], below: NDArray[Any]) -> tuple[float, float, float]:
    """Σ above ÷ Σ below with Fieller's (1954) interval over pairs; NaN where Σ below is not positive, its ends where `below` may as
    well be nothing, or there is one pair."""
    n, total = len(below), float(np.sum(below))
    if not total > 0:
        return _NAN, _NAN, _NAN
    value = float(np.sum(above)) / total
    if n < 2:
        return value, _NAN, _NAN
    t2 = float(_t(n - 1)) ** 2 / n
    (s_aa, s_ab), (_, s_bb) = np.cov(above, below)
    a, b = float(np.mean(above)), float(np.mean(below))
    square, middle, last = b**2 - t2 * s_bb, a * b - t2 * s_ab, a**2 - t2 * s_aa
    if square <= 0:
        return value, _NAN, _NAN
    half = float(np.sqrt(max(middle**2 - square * last, 0.0))) / square
    return value, middle / square - half, middle / square + half


_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its error and interval, and which error it is."""

    effect: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    se_kind: str
    p_wild: float = float("nan")


NO_ESTIMATE = Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, "none")


@dataclass(frozen=True, slots=True)
class Cells:
    """Trained people and others of the same strata, added up: all that `difference_in_differences` needs of them.

    One entry per stratum and arm (`treated` 1 or 0): the unit, how many people, Σ and Σ² of what changed.
    """

    stratum: NDArray[Any]
    unit: NDArray[Any]
    treated: Floats
    n: Floats
    total: Floats
    squares: Floats
    n_people: int
    """People among them; who stands in several strata is one."""
    moments: tuple[float, float, float]
    """Σa², Σab, Σb² over people of a = Σ x·y and b = Σ x² over their strata, x and y less the stratum's mean."""

    @classmethod
    def of(
        cls, change: Floats, treated: Floats, stratum: NDArray[Any], unit: NDArray[Any], person: NDArray[Any]
    ) -> Cells:
        """Of one entry per person and stratum; strata lie within units."""
        rows = pd.DataFrame({"s": stratum, "u": unit, "x": treated, "y": change, "who": person})
        x, y = (rows[name] - rows.groupby("s")[name].transform("mean") for name in ("x", "y"))
        a, b = (part.groupby(rows["who"]).sum().to_numpy() for part in (x * y, x * x))
        sums = rows.assign(yy=rows["y"] ** 2).groupby(["s", "u", "x"], as_index=False, sort=True).agg(
            n=("y", "size"), total=("y", "sum"), squares=("yy", "sum")
        )  # fmt: skip
        arms, n, total, squares = (sums[name].to_numpy(dtype=float) for name in ("x", "n", "total", "squares"))
        moments = float(a @ a), float(a @ b), float(b @ b)
        return cls(sums["s"].to_numpy(), sums["u"].to_numpy(), arms, n, total, squares, len(a), moments)


def difference_in_differences(cells: Cells, *, randomised: bool, minimum_clusters: float) -> Estimate:
    """Effect of being trained on what changed (after − before) among people of the same stratum, by OLS.

    Stratum fixed effects are absorbed (Frisch–Waugh–Lovell). Errors: with `minimum_clusters` units, the larger of those clustered by
    unit and by person, since few or unequal clusters bias the first downward (Angrist and Pischke 2009, 8.2); else, where
    one person stands in several strata, clustered by person; else classical where assignment was random within one
    unit; else HC3 (MacKinnon and White 1985) with the leverage of the full design. Of few units the effect is a weighted mean of theirs,
    since strata lie within them: where its interval (see `_mean_of_clusters`) is wider, what befell a whole team is in it. `p_wild`
    stands beside (see `_wild`).
    """
    names, at = np.unique(cells.stratum, return_inverse=True)
    size, trained, total = (
        np.bincount(at, part, len(names)) for part in (cells.n, cells.n * cells.treated, cells.total)
    )
    x = cells.treated - (trained / size)[at]
    y = cells.total - cells.n * (total / size)[at]
    weight = cells.n * x**2
    df = size.sum() - len(names) - 1
    if weight.sum() < 1e-12 or df < 1:
        return NO_ESTIMATE
    effect = float((x * y).sum() / weight.sum())
    units, unit = np.unique(cells.unit, return_inverse=True)
    n_units, (aa, ab, bb) = len(units), cells.moments
    by_person = _root(aa - 2 * effect * ab + effect**2 * bb, cells.n_people) / weight.sum()
    if n_units >= minimum_clusters:
        score = np.bincount(unit, x * y - effect * weight)
        by_unit = _root(float(score @ score), n_units) / weight.sum()
        kind = "cluster_unit" if by_unit >= by_person else "cluster_person"
        return _estimate(effect, max(by_unit, by_person), n_units - 1, kind)
    p_wild = _wild(x * y, weight, unit)
    by_unit = NO_ESTIMATE
    if not randomised and n_units > 1:
        _, error, df_units = _mean_of_clusters(np.bincount(unit, weight), np.bincount(unit, x * y))
        by_unit = _estimate(effect, error, df_units, "cluster_unit", p_wild)
    if cells.n_people < size.sum():
        return _wider(by_unit, _estimate(effect, by_person, cells.n_people - 1, "cluster_person", p_wild))
    # Σ of the squared residuals of a stratum and arm.
    residual = cells.squares - 2 * cells.total * (total / size)[at] + cells.n * (total / size)[at] ** 2
    residual = np.maximum(residual - 2 * effect * x * y + effect**2 * weight, 0.0)
    if randomised and n_units == 1:
        return _estimate(effect, float(np.sqrt(residual.sum() / df / weight.sum())), int(df), "classical", p_wild)
    # Where one person alone decides a stratum's difference HC3 divides by zero: the interval is unknown.
    left = 1 - 1 / size[at] - x**2 / weight.sum()
    outer = residual * divide(x, np.where(left > 1e-9, left, 0.0)) ** 2
    return _wider(by_unit, _estimate(effect, float(np.sqrt(outer.sum())) / weight.sum(), int(df), "HC3", p_wild))


def _wider(by_unit: Estimate, other: Estimate) -> Estimate:
    """The one with the wider interval; the other where that of units is unknown."""
    return by_unit if by_unit.ci_high - by_unit.ci_low > other.ci_high - other.ci_low else other


def _root(squares: float, clusters: int) -> float:
    """Root of a sum over clusters, corrected for their number; unknown of one."""
    return float(np.sqrt(clusters / (clusters - 1) * max(squares, 0.0))) if clusters > 1 else _NAN


def permuted(change: Floats, treated: Floats, stratum: NDArray[Any]) -> float:
    """p-value of a lot: the share of the ways to exchange people within strata, this one included, whose effect is as large
    (Fisher 1935; Young 2019)."""
    frame = pd.DataFrame({"s": stratum, "x": treated, "y": change}).sort_values(["s", "x", "y"])
    rng, drawn, observed = np.random.default_rng(SEED), np.zeros(PERMUTATIONS), 0.0
    for _, rows in frame.groupby("s", sort=True):
        y, n = rows["y"].to_numpy() - rows["y"].mean(), int(rows["x"].sum())
        observed += float(y[len(y) - n :].sum())
        drawn += y[rng.random((PERMUTATIONS, len(y)), dtype=np.float32).argpartition(n - 1, axis=1)[:, :n]].sum(axis=1)
    as_large = int((np.abs(drawn) >= abs(observed) * (1 - 1e-9) - 1e-12).sum())
    return (1 + as_large) / (PERMUTATIONS + 1)


def _wild(score: Floats, weight: Floats, unit: NDArray[Any]) -> float:
    """p-value of the wild cluster bootstrap with the effect held to zero: units change the signs of their outcomes (Cameron, Gelbach
    and Miller 2008; MacKinnon, Nielsen and Webb 2023). Up to ten units in every way that there is, so that two to five units never
    fall below 0.05. NaN for one unit. `score` Σxy, `weight` Σx², in any parts of units."""
    code, units = pd.factorize(unit, sort=True)
    n = len(units)
    if n < 2:
        return float("nan")
    score, weight = (np.asarray(np.bincount(code, part, n), dtype=np.float64) for part in (score, weight))
    if n <= ENUMERATED:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(PERMUTATIONS + 1, n))
        signs[0] = 1.0
    effect = signs @ score / weight.sum()
    left = signs * score - effect[:, None] * weight
    size = np.abs(effect) / np.maximum(np.sqrt((left**2).sum(axis=1)), 1e-12)
    return float(np.mean(size >= size[0] * (1 - 1e-9)))


def _estimate(effect: float, se: float, df: float, kind: str, p_wild: float = _NAN) -> Estimate:
    half = float(_t(df)) * se
    p = float(_p_value(effect / se, df)) if se > 0 else _NAN
    return Estimate(effect, se, effect - half, effect + half, p, kind, p_wild)


def t_test(effect: ArrayLike, se: ArrayLike, df: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """95 % interval and two-sided p-value of numbers with an error of so many degrees of freedom; NaN without an error."""
    value, error, freedom = (np.asarray(part, dtype=float) for part in (effect, se, df))
    known = (error > 1e-12) & (freedom > 0)
    half = np.where(known, _t(np.maximum(freedom, 1)) * error, np.nan)
    p = np.where(known, _p_value(divide(value, np.where(known, error, np.nan)), np.maximum(freedom, 1)), np.nan)
    return value - half, value + half, p


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm 1979); one that is unknown counts as 1."""
    if not len(p):
        return []
    known = np.nan_to_num(np.asarray(p, dtype=float), nan=1.0)
    order = known.argsort(kind="stable")
    adjusted = np.empty_like(known)
    adjusted[order] = np.maximum.accumulate(known[order] * np.arange(len(known), 0, -1)).clip(max=1.0)
    return [float(value) for value in adjusted]


def breakdown(effect: tuple[float, float], trend: tuple[float, float]) -> float:
    """How many times as much as before the groups may have drifted apart without the training, before the effect could be nothing:
    the end of its interval nearer to zero ÷ the end of the trend's interval farther from it.

    The breakdown value M̄ of relative magnitudes (Rambachan and Roth 2023) for one period before and one after; conservative, since
    both intervals are used whole, whatever their correlation. 0 where the interval holds nothing; NaN where either is unknown.
    """
    (low, high), (first, last) = effect, trend
    nearest = max(low, -high, 0.0) if low == low else _NAN
    return float(divide(nearest, max(abs(first), abs(last))))


def pooled_sd(n: ArrayLike, total: ArrayLike, squares: ArrayLike) -> float:
    """Standard deviation within groups, from n, Σx and Σx² of each; NaN below two values in any."""
    size = np.asarray(n, dtype=float)
    return float(np.sqrt(divide((size - 1) @ spread(n, total, squares), size.sum() - len(size))))


def group_gap(n: ArrayLike, total: ArrayLike, squares: ArrayLike, *, pooled: bool) -> float:
    """Difference of the means of two groups (trained first) in standard deviations, from n, Σx and Σx² of each: Hedges g with the
    pooled one, else over √((s²t + s²c)/2) (Austin 2009), which is how unlike two groups are, whatever their sizes. NaN without spread."""
    size = np.asarray(n, dtype=float)
    variance, mean = spread(n, total, squares), divide(total, n)
    if pooled:
        return float(hedges_j(size.sum() - 2) * divide(mean[0] - mean[1], pooled_sd(n, total, squares)))
    return float(divide(mean[0] - mean[1], np.sqrt(variance.mean())))


def morris_gap(n: ArrayLike, pre: ArrayLike, post: ArrayLike, pre_sd: ArrayLike) -> Floats:
    """d_ppc2 (Morris 2008): the gain of the trained less that of the others, in pooled standard deviations before, × J with the gamma
    function, Γ(df/2) ÷ (√(df/2)·Γ((df − 1)/2)) (Hedges 1981). Each argument: trained first, others second.
    """
    size, sd = np.asarray(n, dtype=float), np.asarray(pre_sd, dtype=float)
    gain = np.asarray(post, dtype=float) - np.asarray(pre, dtype=float)
    df = size.sum(axis=0) - 2
    half = np.where(df > 1, df, np.nan) / 2
    j = np.exp(special.gammaln(half) - special.gammaln(half - 0.5)) / np.sqrt(half)
    return j * divide(gain[0] - gain[1], np.sqrt(divide(((size - 1) * sd**2).sum(axis=0), df)))


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with its fractions rounded to `DIGITS` decimals; infinite values become unknown."""
    whole = frame.copy()
    for name in whole.columns:
        if pd.api.types.is_float_dtype(whole[name]):
            whole[name] = whole[name].astype(float).round(DIGITS).replace([np.inf, -np.inf], np.nan) + 0.0
    return whole


def shown(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The rows of each group that may be added up: without those that are left out for small groups (`is_suppressed`), or
    because nobody knows how many people the forms are (`is_repeated`).

    A sum over the others then gives nothing away. Of a group in which all are left out the rows stay: their numbers are
    unknown, but how many people answered is not.
    """
    left_out = rows["is_suppressed"].astype(bool)
    if "is_repeated" in rows:
        left_out |= rows["is_repeated"].astype(bool)
    return rows[~left_out | left_out.groupby([rows[name] for name in by]).transform("all")]


def stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames one below the other; a column that one of them does not have is empty there."""
    columns = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    # A frame without rows has no types that the others should bend to.
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    whole = pd.concat([frame.reindex(columns=columns) for frame in filled], ignore_index=True)
    for name in columns:
        if whole[name].dtype == object:
            whole[name] = whole[name].where(whole[name].notna(), None)
    return whole


def text(values: Iterable[Any]) -> pd.Series:
    """Text values as a column whose missing values are None, so that they are false."""
    return pd.Series([str(value) if isinstance(value, str) else None for value in values], dtype=object)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
