"""The sample city's world: its calendar, offices, people, programs and narasumber, before anybody is trained.

Belongs here: who there is, when, and what everybody would achieve without any training.
Does not belong here: classes (`courses`), answers (`answers`), files (`files`).

The city looks like Kota Tangerang Selatan: its offices, its mix of posts and its training programs are in the CSV files
beside this module. People and narasumber are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[Any]
Row = dict[str, Any]

SEEDS = Path(__file__).parent
ONE_DAY = timedelta(days=1)

# Who works there. Shares: ASN in November 2025 (BKN): PNS 64 %, JF 60 / pelaksana 33 / struktural 7 %, women 55 %,
# S1 62 % of staff.
PNS_SHARE = 0.64
WOMEN_SHARE = 0.55
EDUCATION = ("SMA", "D3", "S1", "S2", "S3")
EDUCATION_SHARES = (0.16, 0.11, 0.62, 0.105, 0.005)
GROUPS = ("jpt", "administrator", "pengawas", "pelaksana", "jf_keahlian", "jf_keterampilan")
STRUCTURAL_SHARES = (0.0018, 0.015, 0.07)  # cumulative: jpt, administrator, pengawas
JF_SHARE_GRADUATES = 0.71  # with the next one: JF 60 % and pelaksana 33 % of all
JF_SHARE_OTHERS = 0.48
JOINING, LEAVING, MOVING, PROMOTED = 0.004, 0.003, 0.004, 0.001  # of staff per month: invented
# Offices so small that their numbers are left out: a mayor has at most three advisers (PP 18/2016), and the company for water,
# which the public is asked about, two seconded civil servants (invented), whom nobody trains.
ADVISERS, ADVISERS_UNIT = 3, "STAF-AHLI"
SECONDED, COMPANY = 2, "PERUMDA-AIR"
RENAMED_UNIT = ("BAPPELITBANGDA", "Badan Perencanaan Pembangunan, Riset dan Inovasi Daerah")  # "Bapperida"

# Who may be sent to which training: a fifth is never trained, as comparison, and the staff of offices that never send
# anybody. Each effect has a pool of its own, so that it hardly leaks into other programs; the one exception (two programs
# that share a pool, of which one has an effect) is planted, and named in the truth.
POOLS = {
    "comparison": 0.20, "open": 0.12, "projects": 0.08, "data": 0.08, "plans": 0.08, "rising": 0.06, "other": 0.38,
}  # fmt: skip
EAGERNESS_SD = 1.2  # of the logarithm: few people take most places (invented)
RISING_PER_QUARTER = 1.0  # points; how fast people of the pool rise who are on their way up anyway (invented)

INSTRUCTOR_TYPES = ("widyaiswara", "praktisi", "pakar", "narasumber_lainnya")
AFFILIATIONS = ("Lembaga Administrasi Negara", "Praktisi mandiri", "Perguruan tinggi", "BPSDM Provinsi Banten")
# Some offices write a narasumber's NIP where a code is wanted; this one's owner works for another government.
INSTRUCTOR_NIP, INSTRUCTOR_NIP_AT = "197104152000121003", 3

SCORE_MEAN, SCORE_PERSON_SD, SCORE_NOISE_SD = 85.0, 4.7, 3.5  # together, a standard deviation of about 6

# A city whose year of training is longer than this has what takes long to show: programs with a timetable of their own
# (one that turns bad, one for single offices), a bad season, and training sources that begin in the middle of a year.
LONG = 12
TRAINING_BEGINS = 2  # February: the month of the year in which classes begin to be delivered


@dataclass(frozen=True)
class People:
    """All who ever work in the city, one entry each; months count from the first month of the sample."""

    employee_id: Array
    full_name: Array
    is_pns: Array
    is_woman: Array
    education: Array  # index of EDUCATION
    group: Array  # index of GROUPS, on joining
    promoted: Array  # month of the promotion; beyond the sample where there is none
    joined: Array
    left: Array  # first month without the person
    service: Array  # months of service on joining
    unit: Array  # row of the list of units, month × person
    pool: Array  # key of POOLS
    eagerness: Array  # weight in the choice of participants
    strictness: Array  # standard normal: who is strict gives lower marks on every form

    def present(self, month: int) -> Array:
        """Indexes of those employed in `month`."""
        return np.flatnonzero((self.joined <= month) & (month < self.left))

    def group_in(self, month: int) -> Array:
        """Everybody's position group in `month`: staff become pengawas, pengawas administrator."""
        higher = np.where(self.group == 2, 1, 2)
        return np.where((self.promoted <= month) & (self.group >= 2), higher, self.group)


@dataclass(frozen=True)
class World:
    """Everything there is before anybody is trained."""

    seed: int
    months: Array
    units: pl.DataFrame
    services: list[Row]
    programs: list[Row]
    instructors: list[Row]
    people: People
    quarters: Array  # first month of each rated quarter
    delivered: Array  # month, counted from the first, in which the quarter's files arrive
    base: Array  # performance without any training, quarter × person

    @property
    def is_long(self) -> bool:
        """Whether there is time for what takes long to show."""
        return len(self.months) >= LONG

    @property
    def training_from(self) -> int:
        """The month in which the training sources begin: in a long city the first February, in a short one the first."""
        wanted = np.flatnonzero(self.months.astype(int) % 12 == TRAINING_BEGINS - 1)
        return int(wanted[0]) if self.is_long else 0

    @property
    def revised_from(self) -> int:
        """The month in which the answer to a bad curriculum, the unit's new name and a new narasumber begin."""
        return (len(self.months) + 1) // 2

    @property
    def updated_from(self) -> int:
        """The month in which a curriculum that nobody complained about is updated."""
        return len(self.months) * 2 // 3

    def version(self, program: Row, month: int) -> str:
        """The curriculum version that is taught in `month`."""
        begins = {"yes": self.revised_from, "minor": self.updated_from}.get(program["is_revised"])
        return "2" if begins is not None and month >= begins else "1"

    @property
    def weak(self) -> dict[str, str]:
        """Weak narasumber by label: the first narasumber of the first program that bears the label."""
        labels = [
            (program["weak_instructor"], place)
            for place, program in enumerate(self.programs)
            if program["weak_instructor"]
        ]
        return {label: self.instructors[4 * place]["instructor_id"] for label, place in reversed(labels)}

    def staff(self, month: int, unit_code: str) -> Array:
        """Indexes of those who work in a unit in `month`."""
        present = self.people.present(month)
        return present[self.units["unit_code"].to_numpy()[self.people.unit[month, present]] == unit_code]

    def periods_of(self, month: int) -> list[tuple[int, date, date]]:
        """Quarters whose files arrive in `month`: index, first day, last day."""
        quarters = np.flatnonzero(self.delivered == month).tolist()
        return [(q, first_day(self.quarters[q]), first_day(self.quarters[q] + 3) - ONE_DAY) for q in quarters]

    def rng(self, *about: int) -> np.random.Generator:
        """A stream of chance for one purpose: what is drawn for one thing moves nothing else."""
        return np.random.default_rng([self.seed, *about])


def first_day(month: np.datetime64) -> date:
    """First day of the month."""
    day: date = month.astype("datetime64[D]").item()
    return day


def plan_world(employees: int, months: int, seed: int, end_month: str) -> World:
    """The city of `employees` in its first month, over `months` months up to `end_month`."""
    rng = np.random.default_rng(seed)
    last = np.datetime64(end_month, "M")
    calendar = np.arange(last - months + 1, last + 1)
    units = pl.read_csv(SEEDS / "units.csv", infer_schema_length=None)
    services = pl.read_csv(SEEDS / "services.csv").to_dicts()
    people = plan_people(rng, calendar, employees, units, services)
    programs = choose_programs(months * classes_per_month(employees), is_long=months >= LONG)
    quarters, delivered = plan_quarters(calendar)
    seat_the_few(people, units)
    base = plan_performance(rng, people, delivered, units["weight"].to_numpy() > 0)
    instructors = plan_instructors(programs)
    return World(seed, calendar, units, services, programs, instructors, people, quarters, delivered, base)


def classes_per_month(employees: int) -> int:
    """Classes a month: 40 in a city of 22,000."""
    return round(3 + employees / 600)


def choose_programs(n_classes: int, *, is_long: bool) -> list[Row]:
    """Programs, so many that each has some three classes; those with a timetable of their own only where it has time."""
    programs = pl.read_csv(SEEDS / "programs.csv").to_dicts()
    turns = [program for program in programs if not program["schedule"]]
    return turns[: max(4, n_classes // 3)] + [program for program in programs if program["schedule"] and is_long]


def plan_people(
    rng: np.random.Generator, calendar: Array, employees: int, units: pl.DataFrame, services: list[Row]
) -> People:
    """The staff of the first month, those who join later, their moves, promotions and departures."""
    months, weights = len(calendar), units["weight"].to_numpy()
    joined = np.r_[np.zeros(employees, int), np.repeat(np.arange(1, months), max(1, round(employees * JOINING)))]
    total, is_new = len(joined), joined > 0
    is_pns, is_woman = rng.random(total) < PNS_SHARE, rng.random(total) < WOMEN_SHARE
    education = rng.choice(len(EDUCATION), total, p=EDUCATION_SHARES)
    # PNS retire at 58 and were appointed at 19-32; PPPK are appointed from 2021 on, at any age from 20.
    age = np.where(is_new, rng.integers(23 * 12, 33 * 12, total), rng.integers(25 * 12, 57 * 12, total))
    served = np.where(is_pns, age - rng.integers(19 * 12, 33 * 12, total), rng.integers(4, 58, total))
    # No PPPK was appointed before 2019 (PP 49/2018), however long ago the sample begins.
    since_2019 = (calendar[0] - np.datetime64("2019-01", "M")).astype(int)
    service = np.where(is_new, 0, np.maximum(np.where(is_pns, served, np.minimum(served, since_2019)), 4))
    start = calendar[joined]
    born = (start - age).astype("datetime64[D]") + rng.integers(0, 28, total)
    unit = np.empty((months, total), dtype=int)
    for month in range(months):
        drawn = rng.choice(len(weights), total, p=weights / weights.sum())
        moves = rng.random(total) < MOVING
        unit[month] = np.where(moves, drawn, unit[month - 1]) if month else drawn
    never = {service["unit_code"] for service in services if service["trained"] == "never"}
    untrained = np.isin(units["unit_code"].to_numpy()[unit[0]], list(never))
    pool = np.where(untrained, "comparison", rng.choice(list(POOLS), total, p=list(POOLS.values())))
    return People(
        employee_id=make_employee_ids(born, start - service, is_pns, is_woman),
        full_name=make_names(rng, is_woman),
        is_pns=is_pns,
        is_woman=is_woman,
        education=education,
        group=plan_groups(rng, is_pns, education, service),
        promoted=joined + rng.geometric(PROMOTED, total),
        joined=joined,
        left=joined + rng.geometric(LEAVING, total),
        service=service,
        unit=unit,
        pool=pool,
        eagerness=rng.lognormal(0, EAGERNESS_SD, total),
        strictness=rng.normal(size=total),
    )


def seat_the_few(people: People, units: pl.DataFrame) -> None:
    """Give the smallest offices their people, for good: the first of a position group."""
    codes = units["unit_code"].to_list()
    for unit, group, number in ((ADVISERS_UNIT, "jpt", ADVISERS), (COMPANY, "administrator", SECONDED)):
        first = np.flatnonzero((people.group == GROUPS.index(group)) & (people.joined == 0))[:number]
        people.unit[:, first] = codes.index(unit)
        if unit == COMPANY:
            people.pool[first] = "comparison"


def make_employee_ids(born: Array, appointed: Array, is_pns: Array, is_woman: Array) -> Array:
    """NIP (birth, appointment, sex, serial) for PNS, NI PPPK (birth, year, 2, contract, sex, serial) for PPPK.

    The serial counts from 001 those who share the first fifteen digits, as Peraturan Kepala BKN 22/2007 has it.
    """
    frame = pl.DataFrame({"born": born, "appointed": appointed.astype("datetime64[D]"), "pns": is_pns})
    tail = (
        pl.when("pns")
        .then(pl.col("appointed").dt.strftime("%Y%m"))
        .otherwise(pl.col("appointed").dt.strftime("%Y") + "21")
    )
    sex = pl.Series(np.where(is_woman, "2", "1"))
    frame = frame.select(prefix=pl.col("born").dt.strftime("%Y%m%d") + tail + sex)
    serial = pl.int_range(1, pl.len() + 1).over("prefix").cast(pl.String).str.zfill(3)
    return frame.select(pl.col("prefix") + serial).to_series().to_numpy().astype("U18")


def make_names(rng: np.random.Generator, is_woman: Array) -> Array:
    """Invented names of two or three words; no word is shared with the names of narasumber."""
    words = name_words()
    given = np.where(is_woman, rng.choice(words["female"], len(is_woman)), rng.choice(words["male"], len(is_woman)))
    middle, last = rng.choice(words["family"], (2, len(is_woman)))
    long = (rng.random(len(is_woman)) < 0.4) & (middle != last)
    return np.array([f"{a} {b} {c}" if d else f"{a} {c}" for a, b, c, d in zip(given, middle, last, long, strict=True)])


def name_words() -> dict[str, list[str]]:
    """Words of names by kind."""
    frame = pl.read_csv(SEEDS / "names.csv")
    return {str(kind): part["word"].to_list() for (kind,), part in frame.group_by("kind", maintain_order=True)}


def plan_groups(rng: np.random.Generator, is_pns: Array, education: Array, service: Array) -> Array:
    """Position group (index of GROUPS): the longest-serving graduates among PNS lead, the rest are JF or pelaksana."""
    total, graduate = len(is_pns), education >= 2
    is_jf = rng.random(total) < np.where(graduate, JF_SHARE_GRADUATES, JF_SHARE_OTHERS)
    group = np.where(~is_jf, 3, np.where(graduate, 4, 5))
    seniority = np.where(is_pns & graduate, service + rng.normal(0, 60, total), -np.inf)
    ranking = np.argsort(-seniority, kind="stable")
    first = 0
    for index, share in enumerate(STRUCTURAL_SHARES):
        last = max(first + 1, round(share * total))
        group[ranking[first:last]] = index
        first = last
    return group


def plan_instructors(programs: list[Row]) -> list[Row]:
    """Four narasumber per program, and one who arrives with the first program's new curriculum."""
    words = name_words()
    given, family = words["narasumber_given"], words["narasumber_family"]
    return [
        {
            "instructor_id": INSTRUCTOR_NIP if i == INSTRUCTOR_NIP_AT else f"NS-{i + 1:03d}",
            "full_name": f"{given[i % len(given)]} {family[(i // len(given) + i) % len(family)]}",
            "instructor_type": INSTRUCTOR_TYPES[i % len(INSTRUCTOR_TYPES)],
            "affiliation": AFFILIATIONS[i % len(AFFILIATIONS)],
            "competencies": programs[i // 4 % len(programs)]["competency_area"],
        }
        for i in range(4 * len(programs) + 1)
    ]


def plan_quarters(calendar: Array) -> tuple[Array, Array]:
    """Quarters to be rated, and the month in which each arrives: the one after its end, none before the first."""
    first = calendar[0] - calendar[0].astype(int) % 3 - 3
    quarters = np.arange(first, calendar[-1] - 2, 3)
    return quarters, np.maximum((quarters + 3 - calendar[0]).astype(int), 0)


def plan_performance(rng: np.random.Generator, people: People, delivered: Array, is_staffed: Array) -> Array:
    """Scores without training: person and trend, unit × quarter, position group (× quarter), and chance. `is_staffed` says of each
    unit whether it has a share of the staff; the others have no shift of their own."""
    n_quarters, total = len(delivered), len(people.joined)
    person = rng.normal(0, SCORE_PERSON_SD, total)
    unit_shift = np.zeros((n_quarters, len(is_staffed)))
    unit_shift[:, is_staffed] = rng.normal(0, 1.0, (n_quarters, is_staffed.sum()))
    group_shift = np.linspace(1.5, -0.5, len(GROUPS)) + rng.normal(0, 0.3, (n_quarters, len(GROUPS)))
    groups = np.stack([people.group_in(month) for month in delivered.tolist()])
    shifts = np.take_along_axis(unit_shift, people.unit[delivered], axis=1)
    shifts += np.take_along_axis(group_shift, groups, axis=1)
    trend = np.outer(np.arange(n_quarters) * RISING_PER_QUARTER, people.pool == "rising")
    return SCORE_MEAN + person + trend + shifts + rng.normal(0, SCORE_NOISE_SD, (n_quarters, total))
