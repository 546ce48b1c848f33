"""What was delivered could have shown, and how much more would settle an open question.

Belongs here: formulas of power, as pure functions of numbers. Does not belong here: which questions are open (marts.open_question).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from warehouse.evaluation.statistics import CONFIDENCE, Floats, divide

POWER = 0.80
"""Chance to find what is there, by which is planned (Cohen 1988)."""
LET_IN = 2 / 3
"""Share of the applicants whom a planned lottery lets in: two places for each loser."""
_BOTH, _ONE = (float(ndtri(share) + ndtri(POWER)) for share in ((1 + CONFIDENCE) / 2, CONFIDENCE))


def detectable(error: ArrayLike) -> Floats:
    """Smallest effect that an estimate with this standard error finds with `POWER`: (z₀.₉₇₅ + z₀.₈)·error (Bloom 1995)."""
    return _BOTH * np.asarray(error, dtype=float)


def spread_of(error: ArrayLike, n_trained: ArrayLike, n_others: ArrayLike) -> Floats:
    """Standard deviation of what changed, such that two groups of these sizes have this standard error."""
    return np.asarray(error, dtype=float) / np.sqrt(divide(1, n_trained) + divide(1, n_others))


def lottery(spread: ArrayLike, smallest: ArrayLike) -> tuple[Floats, Floats]:
    """Places and losers of a lottery that finds an effect of `smallest` with `POWER`, rounded up:
    n = (z₀.₉₇₅ + z₀.₈)²·spread² ÷ (smallest²·q(1 − q)), q = `LET_IN`."""
    n = divide(
        (_BOTH * np.asarray(spread, dtype=float)) ** 2, np.asarray(smallest, dtype=float) ** 2 * LET_IN * (1 - LET_IN)
    )
    return np.ceil(n * LET_IN), np.ceil(n * (1 - LET_IN))


def batches(share: ArrayLike, tolerated: ArrayLike, respondents: ArrayLike, icc: ArrayLike) -> Floats:
    """Batches of so many respondents that tell a lasting share from the tolerated one with `POWER`, one-sided, rounded up:
    n = (z₀.₉₅ + z₀.₈)²·π(1 − π) ÷ (π − π₀)² independent people, of whom a batch has m ÷ (1 + (m − 1)·ρ) (Kish 1965)."""
    p, m = np.asarray(share, dtype=float), np.asarray(respondents, dtype=float)
    people = divide(_ONE**2 * p * (1 - p), (p - np.asarray(tolerated, dtype=float)) ** 2)
    return np.ceil(people * divide(1 + (m - 1) * np.asarray(icc, dtype=float), m))
