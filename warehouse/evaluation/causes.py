"""Whose fault a flag of satisfaction is: the curriculum, a narasumber, the method, or not to be told apart.

One model (`quality`) is asked how well each cause explains the same class counts. If it is the curriculum, one bad quality stands
behind all classes; if it is a narasumber, or a form of delivery, one bad quality behind their classes and a sound one behind the others.
A dislike of the person may be the material's (halo) or that of a hard topic; several narasumber may be disliked at once. Where nothing tells them apart, no cause
is named.
docs/measures.md has an example.

Belongs here: what causes there are, and which classes each would make bad. Does not belong here: the model (`quality`), what to do.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from warehouse.evaluation import quality
from warehouse.evaluation import statistics as st
from warehouse.evaluation.rule import FLAGGED, Limits, Row

MIXED = "campuran"
"""Stands for reasons that come and go with classes, whatever is taught: never named, but they take probability from the others."""


@dataclass(frozen=True)
class Cause:
    """A cause with its narasumber, if it is one, and how probable it is among the causes that were thought of."""

    name: str | None
    instructor_id: str | None = None
    probability: float = float("nan")


OPEN = Cause(None)
"""Not to be told apart."""


@dataclass(frozen=True)
class _Suspect:
    """A cause, and the groups of class rows that it would make bad and leave sound."""

    cause: Cause
    bad: tuple[str, ...]
    sound: tuple[str, ...] = ()


def told(
    flags: pd.DataFrame, rows: pd.DataFrame, teachers: pd.DataFrame, background: quality.Background, limits: Limits
) -> dict[str, Cause]:
    """Flag → cause, of each yellow or red one. `teachers`: who taught what in which class."""
    flagged = flags[flags["state"].isin(FLAGGED)]
    counted = quality.countable(rows)
    groups: list[pd.DataFrame] = []
    suspects: dict[str, list[_Suspect]] = {}
    for flag in st.records(flagged):
        if flag["aspect"] not in ("PENYELENGGARA", "SARPRAS", "OVERALL"):
            find = _of_person if flag["aspect"] == "NARASUMBER" else _of_material
            suspects[flag["flag_id"]] = list(find(flag, flags, counted, teachers, groups, limits))
    causes = dict(_weighed(suspects, groups, background, limits))
    for flag in st.records(flagged):
        if flag["aspect"] in ("PENYELENGGARA", "SARPRAS"):
            causes[flag["flag_id"]] = Cause("penyelenggara", None, 1.0)
    for flag in st.records(flagged[flagged["aspect"] == "OVERALL"]):
        beside = flagged[_same(flagged, flag) & (flagged["aspect"] != "OVERALL")]
        beside = beside.sort_values(["dissatisfied_share", "flag_id"], ascending=[False, True])
        causes[flag["flag_id"]] = next((causes[other] for other in beside["flag_id"]), OPEN)
    return causes


def _same(frame: pd.DataFrame, flag: Row) -> pd.Series:
    """Rows of the flag's curriculum."""
    return (frame["program_code"] == flag["program_code"]) & (frame["curriculum_version"] == flag["curriculum_version"])


def _weighed(
    suspects: Mapping[str, list[_Suspect]], groups: list[pd.DataFrame], background: quality.Background, limits: Limits
) -> Iterator[tuple[str, Cause]]:
    """The cause of each flag that is probable enough. Kinds of causes are as probable beforehand, those of a kind share it."""
    if not groups:
        return
    rows = pd.concat(groups, ignore_index=True)
    explained = quality.explain(rows, background, limits["dissatisfied_tolerated_share"], limits)
    for flag_id, own in suspects.items():
        kinds = [suspect.cause.name for suspect in own]
        log = np.array([explained.together(suspect.bad, suspect.sound) for suspect in own])
        weight = np.exp(log - log.max()) / np.array([kinds.count(kind) for kind in kinds])
        # A narasumber is named only alone; that it is one of them names nobody.
        probable: dict[tuple[str | None, str | None], float] = defaultdict(float)
        for suspect, share in zip(own, weight / weight.sum(), strict=True):
            probable[suspect.cause.name, suspect.cause.instructor_id] += float(share)
        (name, person), best = max(probable.items(), key=operator.itemgetter(1))
        named = best >= limits["flag_cause_probability"] and name != MIXED
        yield flag_id, Cause(name, person, best) if named else OPEN


def _group(name: str, rows: pd.DataFrame, groups: list[pd.DataFrame]) -> str:
    """Note class rows as a group of this name, in the order in which their classes ended."""
    if len(rows):
        groups.append(rows.sort_values(["ended_on", "class_id"], na_position="first").assign(flag_id=name))
    return name


def _of_material(
    flag: Row,
    flags: pd.DataFrame,
    rows: pd.DataFrame,
    teachers: pd.DataFrame,
    groups: list[pd.DataFrame],
    limits: Limits,
) -> Iterator[_Suspect]:
    """Dissatisfaction with material, method or use: the curriculum's (or the method's) in every class, or a narasumber's in theirs, or
    that of several, or one form's in its classes."""
    mine, own = rows[rows["flag_id"] == flag["flag_id"]], "metode" if flag["aspect"] == "METODE" else "kurikulum"
    name = flag["flag_id"]
    whole = _group(f"{name}|semua", mine, groups)
    yield _Suspect(Cause(own), (whole,))
    same = flags[_same(flags, flag) & (flags["aspect"] == "NARASUMBER")]
    disliked = set(same.loc[same["state"].isin(FLAGGED), "instructor_id"])
    for person, part in teachers[teachers["class_id"].isin(mine["class_id"])].groupby("instructor_id", sort=True):
        theirs = mine["class_id"].isin(part["class_id"])
        cause = Cause("narasumber", str(person))
        if not theirs.all():
            with_them = _group(f"{name}|dengan {person}", mine[theirs], groups)
            without = _group(f"{name}|tanpa {person}", mine[~theirs], groups)
            yield _Suspect(cause, (with_them,), (without,))
        elif person in disliked:
            yield _Suspect(cause, (whole,))
    several, rest = [], mine
    for person, part in teachers[teachers["class_id"].isin(mine["class_id"])].groupby("instructor_id", sort=True):
        theirs = rest[rest["class_id"].isin(part["class_id"])]
        if (
            len(theirs)
            and theirs["n_unfavourable"].sum() > limits["dissatisfied_tolerated_share"] * theirs["n_observed"].sum()
        ):
            several.append(_group(f"{name}|juga {person}", theirs, groups))
            rest = rest.drop(theirs.index)
    if len(several) > 1 and len(rest):
        yield _Suspect(Cause(MIXED), tuple(several), (_group(f"{name}|tanpa mereka", rest, groups),))
    yield from _of_form(name, mine, mine.iloc[:0], groups)


def _of_form(name: str, here: pd.DataFrame, away: pd.DataFrame, groups: list[pd.DataFrame]) -> Iterator[_Suspect]:
    """One form of delivery, bad in its classes of the curriculum, whoever teaches them, and nowhere `away` from it, or there, too; nothing
    where there is one form alone."""
    forms = sorted(here["method"].unique())
    if len(forms) < 2:
        return
    elsewhere = _group(f"{name}|di luar", away, groups)
    for form in forms:
        bad, also_bad = (
            _group(f"{name}|{form} {place}", rows[rows["method"] == form], groups)
            for place, rows in (("di sini", here), ("di luar", away))
        )
        sound, also_sound = (
            _group(f"{name}|bukan {form} {place}", rows[rows["method"] != form], groups)
            for place, rows in (("di sini", here), ("di luar", away))
        )
        yield _Suspect(Cause("metode"), (bad,), (sound, elsewhere))
        if len(away):
            yield _Suspect(Cause("metode"), (bad, also_bad), (sound, also_sound))


def _of_person(
    flag: Row,
    flags: pd.DataFrame,
    rows: pd.DataFrame,
    teachers: pd.DataFrame,
    groups: list[pd.DataFrame],
    limits: Limits,
) -> Iterator[_Suspect]:
    """Dissatisfaction with a narasumber: theirs wherever they teach, while others of the curriculum are liked, or some of them are as
    disliked for themselves; or the material's, which colours every narasumber of the curriculum and none elsewhere; or that of a form of
    delivery, in whose classes every narasumber is disliked; or that of a topic that nobody else taught."""
    person, name = flag["instructor_id"], flag["flag_id"]
    judged = rows[rows["aspect"] == "NARASUMBER"]
    here, theirs = _same(judged, flag), judged["instructor_id"] == person
    everywhere = _group(f"{name}|orang", judged[theirs], groups)
    others = _group(f"{name}|lain", judged[here & ~theirs], groups)
    yield _Suspect(Cause("narasumber", person), (everywhere,), (others,))
    same = flags[_same(flags, flag) & flags["state"].isin(FLAGGED)]
    disliked = sorted(set(same.loc[same["aspect"] == "NARASUMBER", "instructor_id"]) - {person})
    rest = judged[here & ~theirs & ~judged["instructor_id"].isin(disliked)]
    if disliked and len(rest):
        also = [
            _group(f"{name}|juga {who}", judged[here & (judged["instructor_id"] == who)], groups) for who in disliked
        ]
        yield _Suspect(
            Cause("narasumber", person), (everywhere, *also), (_group(f"{name}|tanpa mereka", rest, groups),)
        )
    if (same["aspect"] == "MATERI").any():
        whole = _group(f"{name}|kurikulum", judged[here], groups)
        yield _Suspect(Cause("kurikulum"), (whole,), (_group(f"{name}|tempat lain", judged[theirs & ~here], groups),))
    yield from _of_form(name, judged[here], judged[theirs & ~here], groups)
    if _alone_with_topic(flag, rows, teachers):
        yield _Suspect(Cause(MIXED), (everywhere,), (others,))


def _alone_with_topic(flag: Row, rows: pd.DataFrame, teachers: pd.DataFrame) -> bool:
    """Whether a narasumber taught one topic of the curriculum and nothing else there, and nobody else taught that."""
    classes = rows.loc[_same(rows, flag), "class_id"].unique()
    taught = teachers[teachers["class_id"].isin(classes) & teachers["module_name"].notna()]
    own = taught["instructor_id"] == flag["instructor_id"]
    topics = set(taught.loc[own, "module_name"])
    return len(topics) == 1 and not topics & set(taught.loc[~own, "module_name"])
