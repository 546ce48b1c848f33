"""The sample city's classes: when they run, who is chosen, who comes, what is learnt, and what it changes at work.

Belongs here: everything that is decided about a class before anybody answers a form or writes a file.
Does not belong here: answers (`answers`), rows as they are delivered (`deliveries`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import cycle, islice
from typing import Any

import numpy as np
import polars as pl

from warehouse.sample.world import ADVISERS_UNIT, ONE_DAY, POOLS, Array, Row, World, classes_per_month, first_day

SMALL_SHARE, SMALL, LARGE = 5, (3, 8), (25, 40)
"""One class in five is small (in-house and advisory courses; the order of BPSDM timetables, invented); people in a class."""
ATTENDANCE = ("hadir", "izin", "sakit", "alpa", "dinas_luar", "cuti", "unknown")
ATTENDANCE_SHARES = (0.945, 0.020, 0.015, 0.008, 0.007, 0.003, 0.002)
WITHDRAWN_SHARE = 0.03
COMPLETES = 0.6  # share of the sessions
PASSES = 60  # points of the test after
GUESTS = 0.08  # of the places go to people of other pools than the program's: invented
LOSERS = 0.5  # losers of a lottery for each place in the class: "kuota terbatas", invented
WAIT = 8  # months before who lost a lottery applies again, while there are others: invented
FIVE_POINTS = 3  # one class in three is asked on five points: both forms are in use (DOMAIN 3.1)
# One class in so many; counted from the given one, so that every city has one of each: invented.
WITHOUT_LIST = (37, 9)
WITHOUT_HOURS = (11, 5)
CLASS_GAIN_SD = 0.06  # what a class as a whole learns more or less, as a share of the gap to 100

TURNING_BATCHES, GOOD_BATCHES = 13, 9
"""Batches of the program whose curriculum turns bad, and how many were good."""
IN_HOUSE, IN_HOUSE_SHARE, IN_HOUSE_STAFF = 40, 0.5, 6
"""Places in a class for one office, and of its staff (somebody must keep the counter open); smaller offices have none."""
PROJECTS_PER, PROJECTS_LEAST = 550, 6  # employees per project under way: invented
BUILDERS = ("DSDABMBK", "DCKTR", "DISPERKIMTA", "DISHUB", "DLH")
DELAY_MEAN, DELAY_SD = 0.14, 0.07  # of the planned pace; contracts become critical at −10 points (DOMAIN 7)
CATCHES_UP = 1.35  # pace of a project whose manager learnt something, against the plan


SHARED = 3  # of the class that is given once, who is tested and observed: fewer than may be shown (invented)


@dataclass(frozen=True)
class Class:
    """One class (*angkatan*) with its timetable, its participants, their presence and their tests."""

    class_id: str
    number: int  # among all classes of the city
    month: int
    program: Row
    method: str
    version: str
    batch_no: int
    office: str  # of a class for one office, else empty
    days: Array  # day of each session
    jp: Array
    instructors: list[str]
    teachers: list[str]  # narasumber of each session
    members: Array
    losers: Array  # who wanted to come and was not drawn
    status: Array  # participant × session, index of ATTENDANCE
    withdrawn: Array
    tests: Array  # participant × (pre, post)

    @property
    def attended(self) -> Array:
        """Whether each participant was present in any session."""
        return (self.status == 0).any(axis=1)

    @property
    def completed(self) -> Array:
        """Whether each participant was there often enough."""
        return (self.status == 0).mean(axis=1) >= COMPLETES

    @property
    def passed(self) -> Array:
        """Whether each participant gets a certificate."""
        return self.completed & (self.tests[:, 1] >= PASSES)

    @property
    def is_tested(self) -> Array:
        """Whether each participant is asked to the tests: of the class that is given once the first half, and some of the second."""
        place, half = np.arange(len(self.members)), len(self.members) // 2
        return (place < half + SHARED) | (self.program["schedule"] != "once")

    @property
    def is_observed(self) -> Array:
        """Whether each participant may be observed at work: of the class that is given once the second half. So few were tested and
        observed that nothing may be told of both."""
        return (np.arange(len(self.members)) >= len(self.members) // 2) | (self.program["schedule"] != "once")

    @property
    def scale(self) -> int:
        """Points of the form."""
        return 5 if self.number % FIVE_POINTS == 1 else 4

    @property
    def has_list(self) -> bool:
        """Whether a list of participants is ever delivered; those of programs with an effect always are."""
        return bool(self.program["effect"] or self.office) or self.number % WITHOUT_LIST[0] != WITHOUT_LIST[1]

    @property
    def has_hours(self) -> bool:
        """Whether hours are printed on the certificates."""
        return self.number % WITHOUT_HOURS[0] != WITHOUT_HOURS[1]

    @property
    def is_turned(self) -> bool:
        """Whether the class had the curriculum that had turned bad."""
        return self.program["schedule"] == "turning" and self.batch_no > GOOD_BATCHES

    @property
    def is_plain_in_attendance(self) -> bool:
        """Whether no planted truth hangs on the class's presence, so that its list may be an odd file."""
        program = self.program
        return self.has_list and not (program["rarely_present"] or program["effect"] or program["schedule"])

    @property
    def is_plain_in_answers(self) -> bool:
        """The same of its answers."""
        program = self.program
        return not (program["materi_dislike"] or program["weak_instructor"] or program["schedule"])


@dataclass(frozen=True)
class Project:
    """A development project with its manager, who may have been trained, and may have learnt something."""

    project_id: str
    unit: str
    manager: int
    start: int
    length: int
    delay: float
    contract: int
    trained_in: int | None  # month of the manager's class
    speeds_up: bool


@dataclass
class City:
    """Everything that is decided before files are written."""

    world: World
    classes: list[Class] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    observations: pl.DataFrame = field(default_factory=pl.DataFrame)
    forms: dict[int, Any] = field(default_factory=dict)
    """What was answered (`answers.Forms`) by number of the class, as far as it was asked for."""

    @cached_property
    def lift(self) -> Array:
        """What training adds to performance, quarter × person: each program once, in full in quarters after the class,
        by the days left in the quarter of the class."""
        world = self.world
        lift = np.zeros(world.base.shape)
        starts, ends = (edge.astype("datetime64[D]") for edge in (world.quarters, world.quarters + 3))
        seen: dict[str, set[int]] = {}
        for klass in self.classes:
            if klass.program["effect"]:
                had = seen.setdefault(klass.program["program_code"], set())
                trained = np.array([one for one in klass.members[klass.attended].tolist() if one not in had], dtype=int)
                had.update(trained.tolist())
                share = np.clip((ends - 1 - klass.days[-1]) / (ends - starts), 0, 1)
                lift[:, trained] += np.outer(share, np.full(len(trained), float(klass.program["effect"])))
        return lift

    def classes_of(self, month: int) -> list[Class]:
        """Classes that end in `month`."""
        return [klass for klass in self.classes if klass.month == month]

    def listed(self, month: int) -> list[Class]:
        """Those whose list of participants is delivered."""
        return [klass for klass in self.classes_of(month) if klass.has_list]


def plan_city(world: World, employees: int) -> City:
    """Decide on classes and projects; nothing is written."""
    city, planner = City(world), _Planner(world)
    places: Counter[int] = Counter()
    for number, (month, index, office) in enumerate(plan_timetable(world, employees)):
        city.classes.append(planner.plan(number, month, places[month], index, office))
        places[month] += 1
    city.projects = plan_projects(city, employees)
    return city


def plan_timetable(world: World, employees: int) -> list[tuple[int, int, str]]:
    """Month, program (its place in the list) and office of each class. Programs take turns; some have a timetable of their own."""
    months, first = len(world.months), world.training_from
    length = months - first
    turns = [index for index, program in enumerate(world.programs) if not program["schedule"]]
    total = months * classes_per_month(employees)
    classes = [(first + k * length // total, index, "") for k, index in enumerate(islice(cycle(turns), total))]
    for index, program in enumerate(world.programs):
        if program["schedule"] == "turning":
            classes += [(first + k * length // TURNING_BATCHES, index, "") for k in range(TURNING_BATCHES)]
        elif program["schedule"] == "in_house":
            for when, start in (("early", first), ("late", first + length * 2 // 3)):
                offices = [service["unit_code"] for service in world.services if service["trained"] == when]
                planned = [(min(start + k, months - 1), index, office) for k, office in enumerate(offices)]
                classes += [(m, i, unit) for m, i, unit in planned if len(world.staff(m, unit)) >= IN_HOUSE_STAFF]
    # Last, so that it moves no other class's number.
    only = {"advisers": ADVISERS_UNIT, "once": ""}
    singles = [
        (first + length // 3, index, only[program["schedule"]])
        for index, program in enumerate(world.programs)
        if program["schedule"] in only
    ]
    return [*sorted(classes, key=lambda planned: planned[0]), *singles]


class _Planner:
    """Plans classes one after the other, and remembers who took what."""

    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng(2)
        self.batches: dict[int, int] = {}
        self.taken: dict[int, Array] = {}
        self.lost: dict[int, Array] = {}
        self.pools = {name: world.people.pool == name for name in POOLS}

    def plan(self, number: int, month: int, place: int, index: int, office: str) -> Class:
        """Class `number` of the city, the one at `place` of its month."""
        rng, program = self.rng, self.world.programs[index]
        batch = self.batches[index] = self.batches.get(index, 0) + 1
        methods = program["methods"].split()
        n_sessions = int(rng.integers(4, 7))
        days = plan_days(rng, self.world.months[month], n_sessions, is_first=place == 0)
        # One in five, whatever the number of programs; never a class of which much hangs on few batches.
        is_small = number % SMALL_SHARE == 2 and program["schedule"] != "turning"
        members, losers = self.choose(number, index, month, days[0], SMALL if is_small else LARGE, office)
        status = np.searchsorted(np.cumsum(ATTENDANCE_SHARES[:-1]), rng.random((len(members), n_sessions)))
        withdrawn = rng.random(len(members)) < WITHDRAWN_SHARE
        status[withdrawn] = ATTENDANCE.index("izin")
        stay_away(rng, status, program["rarely_present"])
        instructors = self.choose_instructors(index, month, batch)
        return Class(
            class_id=f"TS-{self.world.months[month]}-{place + 1:03d}",
            number=number,
            month=month,
            program=program,
            # Not in step with what else takes turns (batches with a weak narasumber).
            method=methods[batch // 2 % len(methods)],
            version=self.world.version(program, month),
            batch_no=batch,
            office=office,
            days=days,
            jp=rng.integers(2, 5, n_sessions),
            instructors=instructors,
            teachers=self.teachers(program, instructors, n_sessions),
            members=members,
            losers=losers,
            status=status,
            withdrawn=withdrawn,
            tests=plan_tests(rng, program["hake_gain"], len(members)),
        )

    def choose(
        self, number: int, index: int, month: int, start: np.datetime64, size: tuple[int, int], office: str
    ) -> tuple[Array, Array]:
        """Participants of class `number`, and the losers where a lot was drawn among those who applied. The eager come, or apply, more
        often; nobody repeats a program while there are others. Who enrols by himself is a low performer, who is nominated may be on the
        way up."""
        world, people, rng = self.world, self.world.people, self.rng
        program = world.programs[index]
        in_pool = self.pools[program["pool"]]
        is_open, is_lottery = program["assignment"] == "self_selected", program["assignment"] == "randomised"
        present = people.present(month)
        if office:
            candidates = world.staff(month, office)
            share = 1 if program["schedule"] == "advisers" else IN_HOUSE_SHARE
            places = min(IN_HOUSE, round(share * len(candidates)))
        else:
            places = int(rng.integers(size[0], size[1] + 1))
            others = present[~(in_pool | self.pools["comparison"])[present]]
            candidates = present[in_pool[present]]
            if not is_open:
                asked = rng.choice(others, rng.binomial(places, GUESTS), replace=False)
                candidates = np.sort(np.r_[candidates, asked])
            places = min(places, len(candidates))
        taken = self.taken.setdefault(index, np.zeros(len(people.joined), dtype=bool))
        lot = rng.exponential(size=len(candidates)) / people.eagerness[candidates]
        # Guests are asked to come, but where a lot is drawn they draw it, too.
        guests = ~in_pool[candidates] & (not office) & (not is_lottery)
        if is_open:
            known = np.flatnonzero((world.quarters + 3).astype("datetime64[D]") <= start)[-1]
            lot = world.base[known, candidates]
            places = min(places, max(25, len(candidates) // 2))
        lost = self.lost.setdefault(index, np.full(len(people.joined), -WAIT))
        waits = taken[candidates] | (month - lost[candidates] < WAIT)
        order = candidates[np.lexsort((lot, ~guests, waits))]
        applicants = order[: places + (round(places * LOSERS) if is_lottery else 0)]
        if is_lottery:
            applicants = self.world.rng(11, number).permutation(applicants)
        members, losers = applicants[:places], applicants[places:]
        taken[members], lost[losers] = True, month
        return members, losers

    def choose_instructors(self, index: int, month: int, batch: int) -> list[str]:
        """One to three narasumber of the program; a weak one teaches beside a liked one, in every other batch."""
        world, rng = self.world, self.rng
        own = [str(instructor["instructor_id"]) for instructor in world.instructors[4 * index : 4 * index + 4]]
        if index == 0 and month >= world.revised_from:
            own.append(str(world.instructors[-1]["instructor_id"]))
        label = world.programs[index]["weak_instructor"]
        number = int(rng.integers(1, 4))
        if not label:
            return [str(instructor) for instructor in rng.choice(own, number, replace=False)]
        liked = [str(instructor) for instructor in rng.choice(own[1:], min(number, 2), replace=False)]
        return [world.weak[label], *liked] if batch <= 2 or batch % 2 == 1 else liked

    def teachers(self, program: Row, instructors: list[str], n_sessions: int) -> list[str]:
        """Narasumber of each session: they take turns, but for the one who teaches the hard topic and nothing else."""
        weak = self.world.weak.get(program["weak_instructor"] or "")
        if program["hard_topic"] and weak in instructors:
            others = [instructor for instructor in instructors if instructor != weak]
            turns = list(islice(cycle(others), n_sessions))
            turns[1] = weak
            return turns
        return list(islice(cycle(instructors), n_sessions))


def stay_away(rng: np.random.Generator, status: Array, share: float | None) -> None:
    """Let a share of those who were always there leave early: fewer than four fifths of the sessions, enough to complete."""
    if share:
        sessions = status.shape[1]
        leaves = (status == 0).all(axis=1) & (rng.random(len(status)) < share)
        status[leaves, sessions - int(sessions * 0.2) - 1 :] = ATTENDANCE.index("alpa")


def plan_tests(rng: np.random.Generator, hake_gain: float, number: int) -> Array:
    """Scores before and after; the program closes part of the gap to 100 (Hake's gain), more in some classes."""
    pre = np.clip(rng.normal(55, 11, number), 15, 92)
    gain = np.clip(rng.normal(hake_gain + rng.normal(0, CLASS_GAIN_SD), 0.15, number), -0.2, 0.95)
    return np.round(np.column_stack([pre, pre + gain * (100 - pre)]), 1)


def plan_days(rng: np.random.Generator, month: np.datetime64, n_sessions: int, *, is_first: bool) -> Array:
    """Working days of the sessions, two a day, within one month; the month's first class begins at once."""
    first, beyond = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    working = np.arange(first, beyond)
    working = working[np.is_busday(working)]
    length = (n_sessions + 1) // 2
    start = 0 if is_first else int(rng.integers(0, len(working) - length - 1))
    return working[start + np.arange(n_sessions) // 2]


def plan_projects(city: City, employees: int) -> list[Project]:
    """Projects of structural staff who stay: by turns of a manager who was trained and learnt to catch up, of one who was
    trained and did not, and of one who never was."""
    world, people, months = city.world, city.world.people, len(city.world.months)
    rng, projects = world.rng(3), []
    managers = np.flatnonzero((people.group <= 2) & (people.joined == 0) & (people.left > months))
    trained: dict[int, int] = {}
    for klass in city.classes:
        # Early enough that what it changed can be seen.
        if klass.program["program_code"] == "MP-01" and klass.month <= months - 3:
            trained |= {one: klass.month for one in klass.members[klass.completed].tolist() if one not in trained}
    never = [one for one in managers.tolist() if one not in trained and people.pool[one] == "comparison"]
    learnt = [one for one in managers.tolist() if one in trained]
    for number in range(max(PROJECTS_LEAST, employees // PROJECTS_PER)):
        is_trained = number % 3 < 2 and bool(learnt)
        manager = int(rng.choice(learnt if is_trained else never or managers.tolist()))
        trained_in = trained[manager] if is_trained else None
        length = int(rng.integers(8, 14))
        # A project of a trained manager is under way at the time of the class.
        start = int(rng.integers(-6, max(1, months - 3)))
        if trained_in is not None:
            start = trained_in - int(rng.integers(2, 5))
        projects.append(
            Project(
                project_id=f"PRJ-{number + 1:03d}",
                unit=BUILDERS[number % len(BUILDERS)],
                manager=manager,
                start=start,
                length=length,
                delay=float(np.clip(rng.normal(DELAY_MEAN, DELAY_SD), 0, 0.3)),
                contract=int(rng.integers(20, 1500)) * 10_000_000,
                trained_in=trained_in,
                speeds_up=is_trained and number % 3 == 0,
            )
        )
    return projects


def progress(project: Project, world: World) -> list[tuple[Any, ...]]:
    """Month by month: month, planned and actual percentage, rupiah paid, planned end. The plan is S-shaped."""
    months, done, lines = len(world.months), 0.0, []
    end = first_day(world.months[0] + project.start + project.length) - ONE_DAY
    for month in range(project.start, min(project.start + project.length + 4, months)):
        learnt = project.speeds_up and project.trained_in is not None and month > project.trained_in
        done += CATCHES_UP if learnt else 1 - project.delay
        planned = s_curve((month - project.start + 1) / project.length)
        # Nobody builds ahead of the plan.
        done = min(done, month - project.start + 1.0)
        actual = s_curve(done / project.length)
        if month >= 0:
            paid = round(project.contract * actual / 100 * 0.9)
            lines.append((month, planned, actual, paid, end))
    return lines


def s_curve(share: float) -> float:
    """Cumulative progress in percent when `share` of the time has passed."""
    x = min(max(share, 0.0), 1.0)
    return round(100 * x * x * (3 - 2 * x), 2)
