"""Statistics that SQL does not have: thin, vectorised wrappers of scipy and statsmodels.

Belongs here: a formula that a model under `models/` needs, as a pure function of numbers, with its source.
Does not belong here: reading tables, policy values (they come from `ops.policy`), wording. Every formula with a
worked example stands in docs/measures.md.

Unknown is never zero: where a figure is not defined (nobody answered, one pair only), the result is NaN, which
becomes an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.proportion import proportion_confint

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
    low, high = proportion_confint(
        np.where(known, count, 0.0), np.where(known, total, 1.0), alpha=1 - confidence, method="wilson"
    )
    return np.where(known, np.clip(low, 0, 1), np.nan), np.where(known, np.clip(high, 0, 1), np.nan)


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
    combined = combine_effects(values, within / size, method_re="dl")
    tau2 = max(float(combined.tau2), 0.0)
    centre = combined.mean_effect_re if tau2 > 0 else combined.mean_effect_fe
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
    t = stats.t.ppf((1 + CONFIDENCE) / 2, np.maximum(size - 1, 1))
    return j * d, j * d - t * error, j * d + t * error


def hedges_groups(treated: Floats, control: Floats) -> float:
    """Hedges g of two independent groups, with the pooled standard deviation; NaN without spread."""
    n, m = len(treated), len(control)
    if n < 2 or m < 2:
        return float("nan")
    pooled = ((n - 1) * treated.var(ddof=1) + (m - 1) * control.var(ddof=1)) / (n + m - 2)
    d = divide(treated.mean() - control.mean(), np.sqrt(pooled))
    return float(hedges_j(n + m - 2) * d)


def standardised_difference(treated: Floats, control: Floats) -> float:
    """Difference of means ÷ √((s²t + s²c)/2) (Austin 2009): how unlike two groups are, whatever their sizes."""
    if len(treated) < 2 or len(control) < 2:
        return float("nan")
    sd = np.sqrt((treated.var(ddof=1) + control.var(ddof=1)) / 2)
    return float(divide(treated.mean() - control.mean(), sd))


def mean_interval(mean: ArrayLike, variance: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Student's t interval of a mean; NaN below two values."""
    size = np.asarray(n, dtype=float)
    error = np.sqrt(divide(np.asarray(variance, dtype=float), size))
    half = np.where(size >= 2, stats.t.ppf((1 + CONFIDENCE) / 2, np.maximum(size - 1, 1)) * error, np.nan)
    return np.asarray(mean, dtype=float) - half, np.asarray(mean, dtype=float) + half


def paired_p_value(mean: ArrayLike, variance: ArrayLike, n: ArrayLike) -> Floats:
    """Two-sided p-value of the paired t test, from mean and variance of the differences; NaN below two pairs."""
    size = np.asarray(n, dtype=float)
    t = divide(np.asarray(mean, dtype=float), np.sqrt(divide(variance, size)))
    return np.where(size >= 2, 2 * stats.t.sf(np.abs(t), np.maximum(size - 1, 1)), np.nan)


def clustered_mean(n: ArrayLike, total: ArrayLike) -> tuple[float, float, float]:
    """95 % interval of the mean of Σ n values, and the two-sided p-value of no mean, from the number and sum of each cluster.

    The error is clustered, corrected for small samples (CR2), the degrees of freedom Satterthwaite's (Bell and McCaffrey 2002): clusters
    of one value give Student's t, equal ones the t of their means. NaN below two clusters, the p-value also without an error.
    """
    size, sums = np.asarray(n, dtype=float), np.asarray(total, dtype=float)
    whole = size.sum()
    if len(size) < 2:
        return _NAN, _NAN, _NAN
    mean, weight = float(sums.sum() / whole), 1 / (1 - size / whole)
    error = float(np.sqrt((weight * (sums - size * mean) ** 2).sum())) / whole
    # The trace of Ω and of its square, Ω_gh = √(w_g·w_h)·(n_g·[g = h] − n_g·n_h ÷ N).
    trace, square = (
        size.sum(),
        (weight**2 * size**2 * (1 - 2 * size / whole)).sum() + ((weight * size**2).sum() / whole) ** 2,
    )
    df = trace**2 / square
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, df)) * error
    return mean - half, mean + half, float(2 * stats.t.sf(abs(mean) / error, df)) if error > 1e-12 else _NAN


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
    t2 = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) ** 2 / n
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
    p_permutation: float = float("nan")
    p_wild: float = float("nan")


NO_ESTIMATE = Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, "none")


def difference_in_differences(
    change: Floats,
    treated: Floats,
    stratum: NDArray[Any],
    unit: NDArray[Any],
    person: NDArray[Any],
    *,
    randomised: bool,
    minimum_clusters: float,
) -> Estimate:
    """Effect of `treated` (1 or 0) on `change` (after − before) among people of the same stratum, by OLS.

    Stratum fixed effects are absorbed (Frisch–Waugh–Lovell). Errors: with `minimum_clusters` units, the larger of those clustered by
    unit and by person, since few or unequal clusters bias the first downward (Angrist and Pischke 2009, 8.2); else, where
    one person stands in several strata, clustered by person; else classical where assignment was random within one
    unit; else HC3 (MacKinnon and White 1985) with the leverage of the full design. With too few units to cluster by, two
    p-values stand beside: people change places within their strata (Fisher 1935; Young 2019), and units change their signs (`_wild`).
    """
    frame = pd.DataFrame({"s": stratum, "x": treated, "y": change})
    groups = frame.groupby("s", sort=True)
    size = groups["x"].transform("size").to_numpy(dtype=float)
    x = (frame["x"] - groups["x"].transform("mean")).to_numpy()
    y = (frame["y"] - groups["y"].transform("mean")).to_numpy()
    total = float(x @ x)
    df = len(frame) - groups.ngroups - 1
    if total < 1e-12 or df < 1:
        return NO_ESTIMATE
    model = OLS(y, x)
    model.df_resid = df
    classical = model.fit()
    effect, n_units, n_people = float(classical.params[0]), len(pd.unique(unit)), len(pd.unique(person))
    if n_units >= minimum_clusters:
        by_unit, by_person = _clustered(classical, unit), _clustered(classical, person)
        kind = "cluster_unit" if by_unit >= by_person else "cluster_person"
        return _estimate(effect, max(by_unit, by_person), n_units - 1, kind)
    p = (_permuted(x, y, frame["s"].to_numpy(), total), _wild(x, y, unit))
    if n_people < len(person):
        return _estimate(effect, _clustered(classical, person), n_people - 1, "cluster_person", *p)
    if randomised and n_units == 1:
        return _estimate(effect, float(classical.bse[0]), df, "classical", *p)
    # Where one person alone decides a stratum's difference HC3 divides by zero: the interval is unknown.
    with np.errstate(divide="ignore", invalid="ignore"):
        outer = x * (y - x * effect) / (1 - 1 / size - x**2 / total)
        return _estimate(effect, float(np.sqrt(np.sum(outer**2)) / total), df, "HC3", *p)


def _permuted(x: Floats, y: Floats, stratum: NDArray[Any], total: float) -> float:
    """Share of the ways to exchange people within strata, this one included, whose effect is as large."""
    rng = np.random.default_rng(SEED)
    order = np.argsort(stratum, kind="stable")
    x, y, stratum = x[order], y[order], stratum[order]
    observed, as_large = abs(float(x @ y)), 1
    for _ in range(PERMUTATIONS):
        drawn = np.lexsort((rng.random(len(x)), stratum))
        as_large += abs(float(x[drawn] @ y)) >= observed * (1 - 1e-12)
    return as_large / (PERMUTATIONS + 1)


def _wild(x: Floats, y: Floats, unit: NDArray[Any]) -> float:
    """p-value of the wild cluster bootstrap with the effect held to zero: units change the signs of their outcomes (Cameron, Gelbach
    and Miller 2008; MacKinnon, Nielsen and Webb 2023). Up to ten units in every way that there is, so that two to five units never
    fall below 0.05. NaN for one unit."""
    code, units = pd.factorize(unit, sort=True)
    n = len(units)
    if n < 2:
        return float("nan")
    score, weight = np.bincount(code, x * y, n), np.bincount(code, x * x, n)
    if n <= ENUMERATED:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(PERMUTATIONS + 1, n))
        signs[0] = 1.0
    effect = signs @ score / weight.sum()
    left = signs * score - effect[:, None] * weight
    size = np.abs(effect) / np.maximum(np.sqrt((left**2).sum(axis=1)), 1e-12)
    return float(np.mean(size >= size[0] * (1 - 1e-9)))


def _clustered(fit: Any, group: NDArray[Any]) -> float:
    return float(fit.get_robustcov_results("cluster", groups=pd.factorize(group)[0]).bse[0])


def _estimate(
    effect: float, se: float, df: int, kind: str, p_permutation: float = _NAN, p_wild: float = _NAN
) -> Estimate:
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, df)) * se
    p = float(2 * stats.t.sf(abs(effect) / se, df)) if se > 0 else _NAN
    return Estimate(effect, se, effect - half, effect + half, p, kind, p_permutation, p_wild)


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
