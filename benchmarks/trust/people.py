"""Cities of people who answer forms: what is true of their programs, and what they tick.

Every person has a mood that colours all answers (halo); every class has a share of its own about the lasting one. Who is
dissatisfied may be silent, some tick one column, some months are bad for all. The truth is known; the method is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import stats

PROGRAMS, HEALTHY, BAD = 30, 20, 5
"""Programs of a city: healthy ones first, then bad curricula, the rest has a weak narasumber."""
ASPECTS = ("MATERI", "METODE", "MANFAAT", "PENYELENGGARA", "NARASUMBER")
STAFF = 2
"""Narasumber of a program; they take turns, and the first is the weak one."""
FORMS = ("seminar", "daring")
"""Forms of delivery; they change when every narasumber had a turn."""
SCORES = np.array([1, 2, 3, 4])
UNHAPPY, HAPPY = np.array([0.3, 0.7, 0, 0]), np.array([0, 0, 0.45, 0.55])
"""What dissatisfied and satisfied people tick on four points."""


@dataclass(frozen=True)
class Scenario:
    """What a city is made of, and how it is looked at; every ingredient is a knob."""

    name: str
    share: float = 0.12
    """Lasting share dissatisfied where nothing is wrong."""
    rho: float = 0.05
    """Intra-class correlation: class shares are beta with mean share and precision (1 − ρ) ÷ ρ."""
    size: tuple[int, int] = (25, 35)
    batches: int = 12
    turns: int = 0
    """Good batches before the bad curricula turn bad."""
    mends: int = 0
    """Batches after which the bad curricula are `mended`; 0: never."""
    mended: float = 0.10
    bad: float = 0.42
    weak: float = 0.45
    rubs_off: float = 0.0
    """What a weak narasumber adds to the share dissatisfied with the material of their classes."""
    whole: bool = False
    """Whether bad curricula are bad in every aspect, and not in the material alone."""
    bad_form: bool = False
    """Whether what is bad about bad curricula is the second of `FORMS` alone."""
    colours: float = 0.0
    """What a bad curriculum adds to the share dissatisfied with whoever teaches it."""
    dips: tuple[int, ...] = ()
    dip: float = 0.20
    answers: float = 0.85
    answers_unhappy: float = 0.85
    """Chance to answer of those who are satisfied, and dissatisfied, with the material."""
    straight: float = 0.0
    """Share of people who tick the best answer everywhere."""
    halo: float = 0.5
    """Part of a person's judgement that is the same for all aspects."""
    mood: float = 0.5
    """The same of a class."""
    change_rate: float | None = None
    """How often quality is thought to change by who judges it (`flag_change_rate`); none: as the shipped policy says."""

    def lasting(self, n_cities: int) -> NDArray[np.float64]:
        """City × program × batch × aspect: the share dissatisfied that is true of it."""
        shares = np.full((n_cities, PROGRAMS, self.batches, len(ASPECTS)), self.share)
        is_bad = np.arange(self.batches) >= self.turns
        if self.bad_form:
            is_bad &= form(np.arange(self.batches)) == FORMS[1]
        shares[:, HEALTHY : HEALTHY + BAD, is_bad, : len(ASPECTS) if self.whole else 1] = self.bad
        shares[:, HEALTHY : HEALTHY + BAD, is_bad, -1] += self.colours
        if self.mends:
            shares[:, HEALTHY : HEALTHY + BAD, self.mends :, 0] = self.mended
        taught_by_weak = np.arange(self.batches) % STAFF == 0
        shares[:, HEALTHY + BAD :, taught_by_weak, -1] = self.weak
        shares[:, HEALTHY + BAD :, taught_by_weak, 0] += self.rubs_off
        return shares


def draw(rng: Generator, scenario: Scenario, n_cities: int) -> pd.DataFrame:
    """Class rows of many cities (`city`), as the cells that `marts.reaction` is made of, with the lasting share (`truth`)."""
    lasting = scenario.lasting(n_cities)
    hit = lasting.copy()
    hit[:, :, list(scenario.dips)] += scenario.dip
    shape = hit.shape
    mood = np.sqrt(scenario.mood) * rng.standard_normal((*shape[:3], 1))
    mood = mood + np.sqrt(1 - scenario.mood) * rng.standard_normal(shape)
    size = (1 - scenario.rho) / max(scenario.rho, 1e-9)
    own = stats.beta.ppf(stats.norm.cdf(mood), hit * size, (1 - hit) * size) if scenario.rho else hit
    enrolled = rng.integers(scenario.size[0], scenario.size[1] + 1, shape[:3])
    people = np.arange(enrolled.max()) < enrolled[..., None]
    each = (*shape[:3], enrolled.max())
    person = np.sqrt(scenario.halo) * rng.standard_normal((*each, 1))
    person = person + np.sqrt(1 - scenario.halo) * rng.standard_normal((*each, shape[3]))
    unhappy = person < stats.norm.ppf(np.clip(own, 1e-12, 1 - 1e-12))[..., None, :]
    chance = np.where(unhappy[..., 0], scenario.answers_unhappy, scenario.answers)
    answered = people & (rng.random(each) < chance)
    unhappy &= ~(rng.random(each) < scenario.straight)[..., None]
    low, high = rng.choice(SCORES, unhappy.shape, p=UNHAPPY), rng.choice(SCORES, unhappy.shape, p=HAPPY)
    share = (np.where(unhappy, low, high) - 1) / 3
    there = answered[..., None]
    city, program, batch, aspect = (axis.ravel() for axis in np.indices(shape))
    rows = pd.DataFrame({
        "city": city, "program": program, "batch": batch, "aspect": np.array(ASPECTS, dtype=object)[aspect],
        "n_expected": np.repeat(enrolled.ravel(), shape[3]).astype(float), "is_repeated": False,
        "n_part": np.nan,
        "n_respondents": np.repeat(answered.sum(axis=-1).ravel(), shape[3]),
        "n_dissatisfied": (unhappy & there).sum(axis=3).ravel(),
        "share_sum": (share * there).sum(axis=3).ravel(), "share_squares": (share**2 * there).sum(axis=3).ravel(),
        "truth": lasting.ravel(),
    })  # fmt: skip
    return named(rows[rows["n_respondents"] > 0])


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the names and days that models ask for; cities are told apart by the program and aspect."""
    about_person = rows["aspect"] == "NARASUMBER"
    program = "P" + rows["program"].astype(str).str.zfill(2)
    person = program + "-N" + (rows["batch"] % STAFF).astype(str)
    rows = rows.assign(
        program_code=program, curriculum_version="1", method=form(rows["batch"]), is_suppressed=False,
        class_id=program + "-" + rows["batch"].astype(str).str.zfill(2),
        instructor_id=person.astype(object).where(about_person, None),
        ended_on=pd.Timestamp("2026-01-28") + rows["batch"].map(lambda b: pd.DateOffset(months=int(b))),
        n_observed=rows["n_respondents"], n_unfavourable=rows["n_dissatisfied"].astype(float),
        index_0_100=100 * rows["share_sum"] / rows["n_respondents"],
        index_agency=100 * (0.25 + 0.75 * rows["share_sum"] / rows["n_respondents"]),
    )  # fmt: skip
    flag = rows["program_code"] + ":1:" + rows["aspect"]
    rows["flag"] = flag.where(~about_person, flag + ":" + person)
    return rows.sort_values(["city", "flag", "batch"], ignore_index=True)


def form(batch: Any) -> Any:
    """In which of `FORMS` a batch is given."""
    return np.array(FORMS, dtype=object)[batch // STAFF % len(FORMS)]


def lasting_index(share: Any) -> Any:
    """The index of a class whose share dissatisfied is `share`."""
    low, high = (float(ticks @ (SCORES - 1)) / 3 for ticks in (UNHAPPY, HAPPY))
    return 100 * (share * low + (1 - share) * high)
