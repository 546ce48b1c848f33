"""How people answer in the sample city: participants on their training, observers on behaviour, the public on services.

Belongs here: from what is true of a class to the marks that somebody ticks.
Does not belong here: the class itself (`courses`), the file that holds the answers (`files`).

A mark is where a latent judgement falls among thresholds. The judgement has a part that the whole class shares (the room,
the day, the group), a part of the person, who is strict on every form, and chance. The intra-class correlations are those
of course evaluations in the literature, 0.02 to 0.15: highest where all sit in the same room, lowest for what each takes home.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl
from scipy.special import ndtri

from warehouse.sample.courses import City, Class
from warehouse.sample.world import Array, World

# The form: a strong ceiling and a tail at 1 (evaluation of BDI Makassar). 1-2 is "tidak puas" on four points and on five.
ITEMS = (
    ("MATERI", "M1"), ("MATERI", "M2"), ("METODE", "T1"), ("PENYELENGGARA", "P1"), ("PENYELENGGARA", "P2"),
    ("SARPRAS", "S1"), ("MANFAAT", "F1"), ("OVERALL", "O1"),
)  # fmt: skip
INSTRUCTOR_ITEMS = ("N1", "N2")
CLASS_SHARE = {
    "MATERI": 0.06, "METODE": 0.06, "PENYELENGGARA": 0.10, "SARPRAS": 0.15, "MANFAAT": 0.05, "OVERALL": 0.06,
    "NARASUMBER": 0.08,
}  # fmt: skip
"""Variance of the latent judgement that a class shares, by aspect (invented within the range above)."""
MOOD = 0.5  # of the class's part: the same for all aspects
PERSON_SHARE = 0.35  # of the variance: how strict the person is, and in what mood that day
STRICT = 0.6  # of the person's part: strictness that goes along from form to form

DISLIKED = (0.05, 0.12)  # share dissatisfied where nothing is wrong (BDI Makassar: 5 to 13 %)
DISLIKED_OVERALL = 0.12  # what a bad curriculum does to the overall judgement
DISLIKED_INSTRUCTOR = 0.55  # a weak narasumber
DISLIKED_TOPIC = 0.14  # what a hard topic that is badly taught does to the material of its classes
DISLIKED_TURNED = 0.55  # a curriculum that has turned bad
DIP_MONTH, DIP = 12, 0.10  # December, when budgets must be spent: everything is disliked more (invented)
STRAIGHT = 0.08  # who ticks one column from top to bottom
UNHAPPY = 2  # questions that make a dissatisfied person
ANSWERS, ANSWERS_DISSATISFIED = (
    0.86,
    0.68,
)  # share of participants who send the form, and of the dissatisfied (invented)
TWICE = 0.02  # who sends it once more, by mistake
COMMENTS, GLUED_COMMENTS = 0.12, 0.08
PRAISE = ("Sangat bermanfaat", "Materi mudah diterapkan", "Mohon diadakan lagi", "Narasumber komunikatif")
COMPLAINTS = ("Materi kurang sesuai kebutuhan", "Contoh sudah usang", "Waktu terlalu singkat")
GLUED = ("Terima kasih Bpk.Budi", "Sdr.Joko banyak membantu", "Penjelasan Bu.Siti jelas", "Dewi-nya ramah sekali",
         "Panitia AgusSantoso sigap", "Hendra.Kurang suaranya")  # fmt: skip
"""Comments in which somebody's name is glued to another word."""

# The nine elements of PermenPANRB 14/2017.
ELEMENTS = ["persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarana"]
SERVICE_DISLIKED = (0.08, 0.20)  # share dissatisfied with an element of a service
RISES = 0.35  # what is left of it where training changed the service
ASKED, ASKED_FEW = (60, 150), (3, 8)  # people asked per service and quarter

OBSERVED = 1 / 3  # share of participants whose behaviour is observed
BEHAVIOUR_CHANGE, BEHAVIOUR_ANYWAY = 0.45, 0.1  # points of four, with and without an effect


@dataclass(frozen=True)
class Forms:
    """The forms of one class: respondent × question, with who sent them (place in the class, for the truth alone)."""

    aspects: list[str]
    codes: list[str]
    judged: list[str | None]  # narasumber that the question is about
    scores: Array
    sent: Array
    comments: list[str | None]
    ids: list[str]
    who: Array
    is_straight: Array
    is_repeat: Array


def is_dip(world: World, month: int) -> bool:
    """Whether all are dissatisfied in the month, whatever they are taught."""
    return world.is_long and world.months[month].astype(int) % 12 == DIP_MONTH - 1


def dislikes(city: City, klass: Class, rng: np.random.Generator, aspects: list[str], judged: list[str | None]) -> Array:
    """Share dissatisfied with each question that the class expects, before the class's own mood."""
    share = rng.uniform(*DISLIKED, len(aspects))
    aspect, weak = np.array(aspects), set(city.world.weak.values())
    program = klass.program
    if program["materi_dislike"] and (klass.version == "1" or program["is_revised"] != "yes"):
        share[aspect == "MATERI"] = program["materi_dislike"]
        share[aspect == "OVERALL"] = DISLIKED_OVERALL
    if klass.is_turned:
        share[aspect == "MATERI"], share[aspect == "OVERALL"] = DISLIKED_TURNED, DISLIKED_OVERALL
    if program["hard_topic"] and weak & set(klass.instructors):
        share[aspect == "MATERI"] = DISLIKED_TOPIC
    share[[who in weak for who in judged]] = DISLIKED_INSTRUCTOR
    return share + DIP * is_dip(city.world, klass.month)


def likert(latent: Array, dislike: Array, scale: int) -> Array:
    """Marks 1 to `scale` of standard normal judgements; `dislike` is each question's share of 1 and 2, more of it at 1."""
    liked = 1 - dislike
    steps = (0.0, 0.36) if scale == 4 else (0.0, 0.07, 0.42)
    limits = [ndtri(0.55 * dislike), *(ndtri(dislike + step * liked) for step in steps)]
    return 1 + np.sum([latent > limit for limit in limits], axis=0)


def forms_of(city: City, klass: Class) -> Forms:
    """Everything that the class's participants send back; drawn once."""
    if klass.number not in city.forms:
        city.forms[klass.number] = _drawn(city, klass)
    forms: Forms = city.forms[klass.number]
    return forms


def _drawn(city: City, klass: Class) -> Forms:
    world, rng = city.world, city.world.rng(4, klass.number)
    blocks = [("NARASUMBER", code, who) for who in klass.instructors for code in INSTRUCTOR_ITEMS]
    questions = [*((aspect, code, None) for aspect, code in ITEMS), *blocks]
    aspects, codes, judged = (list(part) for part in zip(*questions, strict=True))
    there = np.flatnonzero(klass.attended)
    # What the class shares: a mood, and a view of each aspect and of each narasumber.
    objects = {key: place for place, key in enumerate(dict.fromkeys(zip(aspects, judged, strict=True)))}
    views = rng.normal(size=len(objects))[[objects[key] for key in zip(aspects, judged, strict=True)]]
    together = np.sqrt(MOOD) * rng.normal() + np.sqrt(1 - MOOD) * views
    strictness = world.people.strictness[klass.members[there]]
    person = np.sqrt(STRICT) * strictness + np.sqrt(1 - STRICT) * rng.normal(size=len(there))
    shared = np.array([CLASS_SHARE[aspect] for aspect in aspects])
    latent = (
        np.sqrt(shared) * together
        - np.sqrt(PERSON_SHARE) * person[:, None]
        + np.sqrt(1 - PERSON_SHARE - shared) * rng.normal(size=(len(there), len(aspects)))
    )
    scores = likert(latent, dislikes(city, klass, rng, aspects, judged), klass.scale)
    straight = rng.random(len(there)) < STRAIGHT
    top = klass.scale - (rng.random(len(there)) < 0.3)
    scores[straight] = top[straight, None]
    unhappy = (scores <= 2).sum(axis=1) >= UNHAPPY
    answered = rng.random(len(there)) < np.where(unhappy, ANSWERS_DISSATISFIED, ANSWERS)
    if not answered.any():
        answered[:1] = True
    who = np.flatnonzero(answered)
    again = who[rng.random(len(who)) < TWICE] if klass.withdrawn.sum() + len(who) < len(klass.members) else who[:0]
    who = np.r_[who, again]
    number = len(who)
    is_repeat = np.arange(number) >= number - len(again)
    sent = klass.days[-1].astype("datetime64[s]") + 15 * 3600 + rng.integers(0, 30 * 3600, number) + is_repeat * 86_400
    scores = scores[who]
    remark = np.where(scores[:, 0] <= 2, rng.choice(COMPLAINTS, number), rng.choice(PRAISE, number)).astype(object)
    glued = rng.random(number) < GLUED_COMMENTS
    remark = np.where(glued, rng.choice(GLUED, number), remark)
    written = rng.random(number) < COMMENTS
    comments = [text if has else None for text, has in zip(remark.tolist(), written.tolist(), strict=True)]
    return Forms(
        aspects, codes, judged, scores, sent, comments, opaque_ids(rng, "R", number), there[who],
        straight[who], is_repeat,
    )  # fmt: skip


def opaque_ids(rng: np.random.Generator, letter: str, number: int) -> list[str]:
    """Codes that say nothing about the respondent."""
    return [f"{letter}{value:012x}" for value in rng.integers(0, 2**48, number)]


def plan_observations(city: City) -> pl.DataFrame:
    """Behaviour at work of a third of the participants, before each class and some three months after it: one row per person
    (their place among all), class, day, role, phase and aspect."""
    kinds = list(product(("before", "after"), ("self", "supervisor", "peer"), ("KINERJA", "IMPLEMENTASI")))
    half, frames = len(kinds) // 2, []
    for klass in city.classes:
        rng = city.world.rng(5, klass.number)
        observed = 1.0 if klass.program["schedule"] in ("advisers", "once") else OBSERVED
        chosen = klass.is_observed & (rng.random(len(klass.members)) < observed)
        seen = klass.members[klass.attended & chosen & klass.has_list]
        before = max(klass.days[0] - 3, city.world.months[klass.month].astype("datetime64[D]"))
        after = klass.days[-1] + rng.integers(70, 96, len(seen))
        change = np.repeat([0.0, BEHAVIOUR_CHANGE if klass.program["effect"] else BEHAVIOUR_ANYWAY], half)[:, None]
        level = rng.normal(2.7, 0.5, len(seen)) + change + rng.normal(0, 0.4, (len(kinds), len(seen)))
        score = np.clip(np.rint(level), 1, 4).astype(int)
        days = np.r_[np.full(half * len(seen), before), np.tile(after, half)]
        frames.append(
            {"person": np.tile(seen, len(kinds)), "class": np.full(score.size, klass.number), "day": days,
             "kind": np.repeat(np.arange(len(kinds)), len(seen)), "score": score.ravel()}
        )  # fmt: skip
    columns = {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}
    named = {
        name: np.array(words) for name, words in zip(("phase", "role", "aspect"), zip(*kinds, strict=True), strict=True)
    }
    columns |= {name: words[columns["kind"]] for name, words in named.items()}
    return pl.DataFrame(columns).with_columns(pl.col("day").dt.strftime("%Y-%m").alias("month"))


def public(city: City, quarter: int, place: int) -> tuple[list[str], Array]:
    """Answers of the public on the service at `place` of the list: ids of respondents, respondent × element."""
    world, service = city.world, city.world.services[place]
    own, rng = world.rng(6, place), world.rng(7, place, quarter)
    dislike = own.uniform(*SERVICE_DISLIKED, len(ELEMENTS)) * rng.uniform(0.9, 1.1, len(ELEMENTS))
    if service["rises"] and (begun := office_trained_in(city, service["unit_code"])) is not None:
        starts = (world.quarters[quarter] - world.months[0]).astype(int)
        dislike = dislike * (RISES if starts > begun else 1)
    number = int(rng.integers(*(ASKED_FEW if service["respondents"] else ASKED), endpoint=True))
    person = rng.normal(size=(number, 1))
    latent = np.sqrt(PERSON_SHARE) * person + np.sqrt(1 - PERSON_SHARE) * rng.normal(size=(number, len(ELEMENTS)))
    return opaque_ids(rng, "S", number), likert(latent, dislike, 4)


def office_trained_in(city: City, unit_code: str) -> int | None:
    """The month of the office's own class; none where it never had one."""
    return next((klass.month for klass in city.classes if klass.office == unit_code), None)
