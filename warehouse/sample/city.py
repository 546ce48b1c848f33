"""A sample city: the files that its offices would send, and what is planted in them.

Belongs here: inventing a city's deliveries, in the layout of `landing/<source>/<YYYY-MM>/`, with known truth.
Does not belong here: reading them. Nothing in this module is used when real files are read.

The city looks like Kota Tangerang Selatan: its offices, its mix of posts and its training programs are in
the CSV files beside this module. People, narasumber and answers are invented. What is planted (bad curricula, weak
narasumber, real effects, broken rows) is written in `truth.json`, so that findings can be marked right or wrong.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from openpyxl import Workbook
from scipy.special import ndtr

from warehouse.store import write_json

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
JOINING, LEAVING, MOVING = 0.004, 0.003, 0.004  # of staff per month: invented
# Golongan/ruang (PNS): entry by education, one step every four years, up to a ceiling (custom; unverified).
GRADES = np.array([*(f"{g}/{r}" for g in ("I", "II", "III", "IV") for r in "abcd"), "IV/e"])
ENTRY_GRADE = np.array([4, 6, 8, 9, 10])
CEILING_GRADE = np.array([9, 11, 12, 13, 14])
STRUCTURAL_GRADE = np.array([13, 11, 9, 0, 0, 0])  # at least IV/b, III/d, III/b
MONTHS_PER_GRADE = 48
PPPK_GRADE = np.array(["V", "VII", "IX", "X", "XI"])  # by education (Perpres 98/2020; unverified)
RENAMED_UNIT = ("BAPPELITBANGDA", "Badan Perencanaan Pembangunan, Riset dan Inovasi Daerah")  # "Bapperida"
# Titles: eselon posts, kinds of pelaksana (PermenPANRB 45/2022), levels of JF (UU 5/2014).
POSTS = ("Kepala Perangkat Daerah", "Kepala Bidang", "Kepala Subbagian")
PELAKSANA = ("Klerek Pengadministrasi", "Operator Layanan Operasional", "Teknisi Sarana dan Prasarana")
EXPERTS = {"DISDIKBUD": ("Guru",), "DINKES": ("Dokter", "Perawat", "Bidan", "Apoteker"), "ITKO": ("Auditor",)}
OTHER_EXPERTS = ("Analis Kebijakan", "Perencana", "Pranata Komputer", "Analis SDM Aparatur", "Arsiparis")
EXPERT_LEVELS = ("Ahli Pertama", "Ahli Muda", "Ahli Madya")
SKILLED = {"DISDIKBUD": ("Pustakawan",), "DINKES": ("Perawat", "Bidan"), "DAMKAR": ("Pemadam Kebakaran",)}
OTHER_SKILLED = ("Arsiparis", "Pranata Komputer", "Pranata SDM Aparatur")
SKILLED_LEVELS = ("Terampil", "Mahir", "Penyelia")

# Who is sent to which training: fixed groups, so that one program's effect does not leak into another's, and a
# fifth stays untrained as comparison.
POOLS = {"comparison": 0.20, "open": 0.14, "effect": 0.18, "other": 0.48}
ATTENDANCE = ("hadir", "izin", "sakit", "alpa", "dinas_luar", "cuti", "unknown")
ATTENDANCE_SHARES = (0.945, 0.020, 0.015, 0.008, 0.007, 0.003, 0.002)
WITHDRAWN_SHARE = 0.03

# The form: scores 1-4 with a strong ceiling and a tail at 1 (evaluation of BDI Makassar). 1-2 is "tidak puas".
ITEMS = (
    ("MATERI", "M1"), ("MATERI", "M2"), ("METODE", "T1"), ("PENYELENGGARA", "P1"), ("PENYELENGGARA", "P2"),
    ("SARPRAS", "S1"), ("MANFAAT", "F1"), ("OVERALL", "O1"),
)  # fmt: skip
INSTRUCTOR_ITEMS = ("N1", "N2")
DISLIKED = (0.03, 0.08)  # share dissatisfied where nothing is wrong
DISLIKED_OVERALL = 0.12  # what a bad curriculum does to the overall judgement
DISLIKED_INSTRUCTOR = 0.45  # a weak narasumber
PRAISE = ("Sangat bermanfaat", "Materi mudah diterapkan", "Mohon diadakan lagi", "Narasumber komunikatif")
COMPLAINTS = ("Materi kurang sesuai kebutuhan", "Contoh sudah usang", "Waktu terlalu singkat")
INSTRUCTOR_TYPES = ("widyaiswara", "praktisi", "pakar", "narasumber_lainnya")
AFFILIATIONS = ("Lembaga Administrasi Negara", "Praktisi mandiri", "Perguruan tinggi", "BPSDM Provinsi Banten")

REGIME = "PermenPANRB 6/2022"
RATINGS = ("di_bawah", "sesuai", "di_atas")
# Predikat: row is the rating of results, column the rating of behaviour (PermenPANRB 6/2022).
PREDICATES = (
    ("sangat_kurang", "butuh_perbaikan", "butuh_perbaikan"),
    ("kurang", "baik", "baik"),
    ("kurang", "baik", "sangat_baik"),
)
SCORE_MEAN, SCORE_PERSON_SD, SCORE_NOISE_SD = 85.0, 4.7, 3.5  # together, a standard deviation of about 6

# The nine elements of PermenPANRB 14/2017.
ELEMENTS = ["persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarana"]
BUILDERS = ("DSDABMBK", "DCKTR", "DISPERKIMTA", "DISHUB", "DLH")

COLUMNS = {
    "employees": "employee_id full_name employment_type unit_code position_title position_group grade education_level",
    "units": "unit_code unit_name parent_unit_code unit_type",
    "programs": "program_code program_name competency_area curriculum_version version_valid_from objectives",
    "instructors": "instructor_id full_name instructor_type affiliation competencies",
    "classes": "class_id program_code curriculum_version batch_no assignment method start_date end_date scheduled_jp "
    "planned_participants cost_idr organiser",
    "sessions": "class_id session_no session_date module_name instructor_id jp",
    "enrolments": "class_id employee_id status outcome certificate_no certificate_jp",
    "attendance": "class_id session_no employee_id status",
    "survey_responses": "response_id class_id submitted_at aspect item_code score scale_min scale_max instructor_id "
    "comment",
    "assessments": "class_id employee_id kind score max_score assessed_on",
    "observations": "employee_id class_id observed_on observer_role phase aspect score scale_min scale_max",
    "performance": "employee_id period_start period_end regime work_rating behaviour_rating predicate numeric_score",
    "service_satisfaction": "unit_code service period_start period_end respondent_id element score",
    "projects": "project_id unit_code manager_employee_id month planned_pct actual_pct contract_idr realised_idr "
    "planned_end",
    "follow_ups": "flag_id action owner decided_on due_on done_on new_curriculum_version",
}
"""What offices deliver: the columns of each source, in order."""


@dataclass(frozen=True)
class People:
    """All who ever work in the city, one entry each; months count from the first month of the sample."""

    employee_id: Array
    full_name: Array
    is_pns: Array
    education: Array  # index of EDUCATION
    group: Array  # index of GROUPS
    joined: Array
    left: Array  # first month without the person
    service: Array  # months of service on joining
    unit: Array  # row of the list of units, month × person
    pool: Array  # key of POOLS

    def present(self, month: int) -> Array:
        """Indexes of those employed in `month`."""
        return np.flatnonzero((self.joined <= month) & (month < self.left))


@dataclass(frozen=True)
class Class:
    """One class (*angkatan*) with its timetable, its participants, their presence and their tests."""

    class_id: str
    month: int
    program: Row
    version: str
    batch_no: int
    days: Array  # day of each session
    jp: Array
    instructors: list[str]
    members: Array
    status: Array  # participant × session, index of ATTENDANCE
    withdrawn: Array
    tests: Array  # participant × (pre, post)

    @property
    def attended(self) -> Array:
        """Whether each participant was present in any session."""
        return (self.status == 0).any(axis=1)


@dataclass
class City:
    """Everything that is decided before files are written."""

    rng: np.random.Generator
    aside: np.random.Generator  # for what is planted without a change to anything else
    months: Array
    units: pl.DataFrame
    programs: list[Row]
    instructors: list[Row]
    people: People
    quarters: Array  # first month of each rated quarter
    delivered: Array  # month, counted from the first, in which the quarter's files arrive
    base: Array  # performance without any training, quarter × person
    lift: Array  # what training adds, quarter × person
    classes: list[Class] = field(default_factory=list)
    observations: pl.DataFrame = field(default_factory=pl.DataFrame)
    projects: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def revised_from(self) -> int:
        """The month in which new curriculum versions, the unit's new name and a new narasumber begin."""
        return (len(self.months) + 1) // 2

    @property
    def weak(self) -> dict[str, str]:
        """Weak narasumber by label: the first narasumber of the first program that bears the label."""
        labels = [
            (program["weak_instructor"], place)
            for place, program in enumerate(self.programs)
            if program["weak_instructor"]
        ]
        return {label: self.instructors[4 * place]["instructor_id"] for label, place in reversed(labels)}

    def periods_of(self, month: int) -> list[tuple[int, date, date]]:
        """Quarters whose files arrive in `month`: index, first day, last day."""
        quarters = np.flatnonzero(self.delivered == month).tolist()
        return [(q, first_day(self.quarters[q]), first_day(self.quarters[q] + 3) - ONE_DAY) for q in quarters]

    def classes_of(self, month: int) -> list[Class]:
        """Classes that end in `month`."""
        return [klass for klass in self.classes if klass.month == month]


def first_day(month: np.datetime64) -> date:
    """First day of the month."""
    day: date = month.astype("datetime64[D]").item()
    return day


def table(source: str, *values: Any) -> pl.DataFrame:
    """Rows of a source from its columns in order; a single value stands for a column of it."""
    return pl.DataFrame(dict(zip(COLUMNS[source].split(), values, strict=True)))


def stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """All frames in one; none makes an empty frame, which is not delivered."""
    return pl.concat(frames) if frames else pl.DataFrame()


def rows(source: str, lines: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows of a source from tuples in the order of its columns."""
    return pl.DataFrame(lines, schema=COLUMNS[source].split(), orient="row", infer_schema_length=None)


def write_sample(
    landing: Path,
    *,
    employees: int = 22_000,
    months: int = 12,
    seed: int = 2026,
    end_month: str = "2026-10",
    progress: Callable[[str], None] | None = None,
) -> Row:
    """Write the deliveries of a sample city below `landing` and `truth.json` beside it; return the truth.

    `employees` is the headcount of the first month, `end_month` the last of the `months` months (YYYY-MM).
    The same arguments write the same bytes; the clock is never read. Files of other names are left alone.
    Raises ValueError below 200 employees or 3 months, where what is planted would not show.
    """
    if employees < 200 or months < 3:
        raise ValueError(
            f"A sample city needs at least 200 employees and 3 months, not {employees} and {months}: "
            "with fewer, what is planted cannot be found again."
        )
    city = plan_city(employees, months, seed, end_month)
    out = Landing(landing, city.rng)
    for month, name in enumerate(map(str, city.months)):
        for source, (stem, make) in SOURCES.items():
            out.write(source, name, stem, make(city, month))
        if progress:
            progress(f"{name}: {out.n_rows.total():,} rows so far")
    truth = describe_truth(city) | {
        "arguments": {"employees": employees, "months": months, "seed": seed, "end_month": end_month},
        "rows": dict(sorted(out.n_rows.items())),
        "planted_defects": out.defects,
    }
    write_json(landing.parent / "truth.json", truth)
    return truth


# ---- Planning ---------------------------------------------------------------------------------------------------


def plan_city(employees: int, months: int, seed: int, end_month: str) -> City:
    """Decide on people, programs, classes and effects; nothing is written."""
    rng = np.random.default_rng(seed)
    last = np.datetime64(end_month, "M")
    calendar = np.arange(last - months + 1, last + 1)
    units = pl.read_csv(SEEDS / "units.csv", infer_schema_length=None)
    people = plan_people(rng, calendar, employees, units["weight"].to_numpy())
    per_month = round(3 + employees / 600)  # 40 classes a month in a city of 22,000
    programs = pl.read_csv(SEEDS / "programs.csv").to_dicts()[: min(12, max(4, months * per_month // 3))]
    quarters, delivered = plan_quarters(calendar)
    city = City(
        rng, np.random.default_rng([seed, 1]), calendar, units, programs, plan_instructors(programs), people, quarters, delivered,
        base=plan_performance(rng, people, delivered, len(units)),
        lift=np.zeros((len(quarters), len(people.joined))),
    )  # fmt: skip
    enrolled = np.zeros(len(people.joined), dtype=int)
    for number in range(months * per_month):
        city.classes.append(plan_class(city, number, per_month, enrolled))
    city.observations = plan_observations(city)
    city.projects = plan_projects(city, employees)
    return city


def plan_people(rng: np.random.Generator, calendar: Array, employees: int, weights: Array) -> People:
    """The staff of the first month, those who join later, their moves and departures."""
    months = len(calendar)
    joined = np.r_[np.zeros(employees, int), np.repeat(np.arange(1, months), max(1, round(employees * JOINING)))]
    total, is_new = len(joined), joined > 0
    is_pns, is_woman = rng.random(total) < PNS_SHARE, rng.random(total) < WOMEN_SHARE
    education = rng.choice(len(EDUCATION), total, p=EDUCATION_SHARES)
    # PNS retire at 58 and were appointed at 19-32; PPPK are appointed from 2021 on, at any age from 20.
    age = np.where(is_new, rng.integers(23 * 12, 33 * 12, total), rng.integers(25 * 12, 57 * 12, total))
    served = np.where(is_pns, age - rng.integers(19 * 12, 33 * 12, total), rng.integers(4, 58, total))
    service = np.where(is_new, 0, np.maximum(served, 4))
    start = calendar[joined]
    born = (start - age).astype("datetime64[D]") + rng.integers(0, 28, total)
    unit = np.empty((months, total), dtype=int)
    for month in range(months):
        drawn = rng.choice(len(weights), total, p=weights / weights.sum())
        moves = rng.random(total) < MOVING
        unit[month] = np.where(moves, drawn, unit[month - 1]) if month else drawn
    return People(
        employee_id=make_employee_ids(born, start - service, is_pns, is_woman),
        full_name=make_names(rng, is_woman),
        is_pns=is_pns,
        education=education,
        group=plan_groups(rng, is_pns, education, service),
        joined=joined,
        left=joined + rng.geometric(LEAVING, total),
        service=service,
        unit=unit,
        pool=rng.choice(list(POOLS), total, p=list(POOLS.values())),
    )


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
    instructors = []
    for i in range(4 * len(programs) + 1):
        name = f"{given[i % len(given)]} {family[(i // len(given) + i) % len(family)]}"
        area = programs[i // 4 % len(programs)]["competency_area"]
        kind, affiliation = INSTRUCTOR_TYPES[i % len(INSTRUCTOR_TYPES)], AFFILIATIONS[i % len(AFFILIATIONS)]
        instructors.append(
            dict(zip(COLUMNS["instructors"].split(), (f"NS-{i + 1:03d}", name, kind, affiliation, area), strict=True))
        )
    return instructors


def plan_quarters(calendar: Array) -> tuple[Array, Array]:
    """Quarters to be rated, and the month in which each arrives: the one after its end, none before the first."""
    first = calendar[0] - calendar[0].astype(int) % 3 - 3
    quarters = np.arange(first, calendar[-1] - 2, 3)
    return quarters, np.maximum((quarters + 3 - calendar[0]).astype(int), 0)


def plan_performance(rng: np.random.Generator, people: People, delivered: Array, n_units: int) -> Array:
    """Scores without training: person, unit × quarter, position group (× quarter), and chance."""
    n_quarters, total = len(delivered), len(people.joined)
    person = rng.normal(0, SCORE_PERSON_SD, total)
    unit_shift = rng.normal(0, 1.0, (n_quarters, n_units))
    group_shift = np.linspace(1.5, -0.5, len(GROUPS)) + rng.normal(0, 0.3, (n_quarters, len(GROUPS)))
    units = people.unit[delivered]
    shifts = np.take_along_axis(unit_shift, units, axis=1) + group_shift[:, people.group]
    return SCORE_MEAN + person + shifts + rng.normal(0, SCORE_NOISE_SD, (n_quarters, total))


def plan_class(city: City, number: int, per_month: int, enrolled: Array) -> Class:
    """Class `number` of the city: programs take turns; `enrolled` counts each person's classes so far."""
    rng, (month, place) = city.rng, divmod(number, per_month)
    batch, index = divmod(number, len(city.programs))
    program = city.programs[index]
    n_sessions = int(rng.integers(4, 7))
    days = plan_days(rng, city.months[month], n_sessions, is_first=place == 0)
    members = choose_members(city, program, month, days[0], enrolled)
    enrolled[members] += 1
    status = np.searchsorted(np.cumsum(ATTENDANCE_SHARES[:-1]), rng.random((len(members), n_sessions)))
    withdrawn = rng.random(len(members)) < WITHDRAWN_SHARE
    status[withdrawn] = ATTENDANCE.index("izin")
    stay_away(city.aside, status, program["rarely_present"])
    planned = Class(
        class_id=f"TS-{city.months[month]}-{place + 1:03d}",
        month=month,
        program=program,
        version="2" if program["is_revised"] and month >= city.revised_from else "1",
        batch_no=batch + 1,
        days=days,
        jp=rng.integers(2, 5, n_sessions),
        instructors=choose_instructors(city, index, month, batch),
        members=members,
        status=status,
        withdrawn=withdrawn,
        tests=plan_tests(rng, program["hake_gain"], len(members)),
    )
    add_effect(city, planned)
    return planned


def stay_away(rng: np.random.Generator, status: Array, share: float | None) -> None:
    """Let a share of those who were always there leave early: fewer than four fifths of the sessions, enough to complete."""
    if share:
        sessions = status.shape[1]
        leaves = (status == 0).all(axis=1) & (rng.random(len(status)) < share)
        status[leaves, sessions - int(sessions * 0.2) - 1 :] = ATTENDANCE.index("alpa")


def plan_tests(rng: np.random.Generator, hake_gain: float, number: int) -> Array:
    """Scores before and after; the program closes part of the gap to 100 (Hake's gain)."""
    pre = np.clip(rng.normal(55, 11, number), 15, 92)
    gain = np.clip(rng.normal(hake_gain, 0.15, number), -0.2, 0.95)
    return np.round(np.column_stack([pre, pre + gain * (100 - pre)]), 1)


def plan_days(rng: np.random.Generator, month: np.datetime64, n_sessions: int, *, is_first: bool) -> Array:
    """Working days of the sessions, two a day, within one month; the month's first class begins at once."""
    first, beyond = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    working = np.arange(first, beyond)
    working = working[np.is_busday(working)]
    length = (n_sessions + 1) // 2
    start = 0 if is_first else int(rng.integers(0, len(working) - length - 1))
    return working[start + np.arange(n_sessions) // 2]


def choose_members(city: City, program: Row, month: int, start: np.datetime64, enrolled: Array) -> Array:
    """Participants: by lot among those with the fewest classes; those who enrol themselves are low performers."""
    rng, people = city.rng, city.people
    is_open = program["assignment"] == "self_selected"
    pool = "open" if is_open else "effect" if program["effect"] else "other"
    present = people.present(month)
    candidates = present[people.pool[present] == pool]
    size = min(int(rng.integers(25, 41)), len(candidates))
    lot = rng.random(len(candidates))
    if is_open:
        known = np.flatnonzero((city.quarters + 3).astype("datetime64[D]") <= start)[-1]
        lot = city.base[known, candidates]
        size = min(size, max(25, len(candidates) // 2))
    return candidates[np.lexsort((lot, enrolled[candidates]))[:size]]


def choose_instructors(city: City, index: int, month: int, batch: int) -> list[str]:
    """One to three narasumber of the program; a weak one teaches beside a liked one, in every other batch."""
    own = [instructor["instructor_id"] for instructor in city.instructors[4 * index : 4 * index + 4]]
    if index == 0 and month >= city.revised_from:
        own.append(city.instructors[-1]["instructor_id"])
    label = city.programs[index]["weak_instructor"]
    number = int(city.rng.integers(1, 4))
    if not label:
        return [str(instructor) for instructor in city.rng.choice(own, number, replace=False)]
    liked = [str(instructor) for instructor in city.rng.choice(own[1:], min(number, 2), replace=False)]
    return [city.weak[label], *liked] if batch < 2 or batch % 2 == 0 else liked


def add_effect(city: City, klass: Class) -> None:
    """Lift those who attended: in full in quarters after the class, by the days left in the quarter of the class."""
    if not klass.program["effect"]:
        return
    starts, ends = (edge.astype("datetime64[D]") for edge in (city.quarters, city.quarters + 3))
    share = np.clip((ends - 1 - klass.days[-1]) / (ends - starts), 0, 1)
    trained = klass.members[klass.attended]
    gained = np.outer(share, np.full(len(trained), float(klass.program["effect"])))
    city.lift[:, trained] = np.maximum(city.lift[:, trained], gained)


def plan_observations(city: City) -> pl.DataFrame:
    """Behaviour at work of a third of the participants, before the class and some three months after it."""
    rng, frames = city.rng, []
    kinds = list(product(("before", "after"), ("self", "supervisor", "peer"), ("KINERJA", "IMPLEMENTASI")))
    for klass in city.classes:
        seen = klass.members[klass.attended & (rng.random(len(klass.members)) < 1 / 3)]
        number, half = len(seen), len(kinds) // 2
        phases, roles, aspects = (np.repeat(words, number) for words in zip(*kinds, strict=True))
        before = np.full(number, max(klass.days[0] - 3, city.months[klass.month].astype("datetime64[D]")))
        after = klass.days[-1] + rng.integers(70, 96, number)
        change = np.repeat([0.0, 0.45 if klass.program["effect"] else 0.1], half)[:, None]
        level = rng.normal(2.7, 0.5, number) + change + rng.normal(0, 0.4, (len(kinds), number))
        score = np.clip(np.rint(level), 1, 4).astype(int).ravel()
        ids, days = (
            np.tile(city.people.employee_id[seen], len(kinds)),
            np.r_[np.tile(before, half), np.tile(after, half)],
        )
        frames.append(table("observations", ids, klass.class_id, days, roles, phases, aspects, score, 1, 4))
    return pl.concat(frames)


def plan_projects(city: City, employees: int) -> pl.DataFrame:
    """Projects with an S-shaped plan; some fall behind. Managers are structural staff who stay."""
    rng, people, months, lines = city.rng, city.people, len(city.months), []
    managers = np.flatnonzero((people.group <= 2) & (people.joined == 0) & (people.left > months))
    for number in range(max(4, employees // 550)):
        start, length = int(rng.integers(-6, max(1, months - 3))), int(rng.integers(6, 13))
        delay, contract = rng.normal(0.06, 0.09), int(rng.integers(20, 1500)) * 10_000_000
        manager, unit = str(people.employee_id[rng.choice(managers)]), BUILDERS[number % len(BUILDERS)]
        end = first_day(city.months[0] + start + length) - ONE_DAY
        for month in range(max(start, 0), min(start + length + 2, months)):
            planned, actual = (s_curve((month - start + 1) / length * pace) for pace in (1.0, 1 - delay))
            paid = round(contract * actual / 100 * 0.9)
            name = str(city.months[month])
            lines.append((f"PRJ-{number + 1:03d}", unit, manager, name, planned, actual, contract, paid, end))
    return rows("projects", lines)


def s_curve(share: float) -> float:
    """Cumulative progress in percent when `share` of the time has passed."""
    x = min(max(share, 0.0), 1.0)
    return round(100 * x * x * (3 - 2 * x), 2)


def likert(rng: np.random.Generator, dislike: Array, respondents: int) -> Array:
    """Scores 1-4, respondent × item; `dislike` is each item's share of 1 and 2, more of it at 1.

    A respondent who dislikes one item tends to dislike the others too.
    """
    person = rng.normal(size=(respondents, 1))
    rank = ndtr(np.sqrt(0.35) * person + np.sqrt(0.65) * rng.normal(size=(respondents, len(dislike))))
    return 1 + (rank > 0.55 * dislike) + (rank > dislike).astype(int) + (rank > 0.64 * dislike + 0.36)


def opaque_ids(rng: np.random.Generator, letter: str, number: int) -> list[str]:
    """Codes that say nothing about the respondent."""
    return [f"{letter}{value:012x}" for value in rng.integers(0, 2**48, number)]


# ---- Sources: one function each, giving the rows that are delivered in a month ------------------------------------


def employees_of(city: City, month: int) -> pl.DataFrame:
    """All staff of the month."""
    people, who = city.people, city.people.present(month)
    served = people.service[who] + month - people.joined[who]
    education, group, is_pns = people.education[who], people.group[who], people.is_pns[who]
    step = np.minimum(ENTRY_GRADE[education] + served // MONTHS_PER_GRADE, CEILING_GRADE[education])
    grade = np.where(is_pns, GRADES[np.maximum(step, STRUCTURAL_GRADE[group])], PPPK_GRADE[education])
    units = city.units["unit_code"].to_numpy()[people.unit[month, who]]
    titles = [position(*about) for about in zip(group, units, served // 12, who, strict=True)]
    kind, groups, levels = np.where(is_pns, "PNS", "PPPK"), np.array(GROUPS)[group], np.array(EDUCATION)[education]
    return table(
        "employees", people.employee_id[who], people.full_name[who], kind, units, titles, groups, grade, levels
    )


def position(group: int, unit: str, years: int, person: int) -> str:
    """Title of the post; JF titles carry a level that grows with service."""
    if group < 3:
        return POSTS[group]
    if group == 3:
        return PELAKSANA[person % len(PELAKSANA)]
    level = 0 if years < 8 else 1 if years < 18 else 2
    if group == 4:
        names, levels = EXPERTS.get(unit, OTHER_EXPERTS), EXPERT_LEVELS
    else:
        names, levels = SKILLED.get(unit, OTHER_SKILLED), SKILLED_LEVELS
    return f"{names[person % len(names)]} {levels[level]}"


def units_of(city: City, month: int) -> pl.DataFrame:
    """All units of the month; one is renamed, under the same code."""
    code, name = RENAMED_UNIT
    is_renamed = (pl.col("unit_code") == code) & (month >= city.revised_from)
    return city.units.drop("weight").with_columns(
        unit_name=pl.when(is_renamed).then(pl.lit(name)).otherwise("unit_name")
    )


def programs_of(city: City, month: int) -> pl.DataFrame:
    """All programs, in the first month and when a curriculum is revised."""
    if month not in (0, city.revised_from):
        return pl.DataFrame()
    begun = first_day(city.months[0].astype("datetime64[Y]"))
    versions = (("1", begun), ("2", first_day(city.months[month])))
    lines = [
        (
            program["program_code"],
            program["program_name"],
            program["competency_area"],
            version,
            valid_from,
            program["objectives"],
        )
        for program, (version, valid_from) in product(city.programs, versions)
        if version == "1" or (program["is_revised"] and month)
    ]
    return rows("programs", lines)


def instructors_of(city: City, month: int) -> pl.DataFrame:
    """All narasumber, in the first month and when a new one arrives."""
    if month not in (0, city.revised_from):
        return pl.DataFrame()
    return pl.DataFrame(city.instructors if month else city.instructors[:-1])


def classes_in(city: City, month: int) -> pl.DataFrame:
    """Classes that end in the month."""
    lines = []
    for klass in city.classes_of(month):
        program, jp, number = klass.program, int(klass.jp.sum()), len(klass.members)
        cost = number * jp * 45_000 + len(klass.instructors) * 2_500_000
        first, last = klass.days[0].item(), klass.days[-1].item()
        how = (program["assignment"], program["method"], first, last, jp, -(-number // 5) * 5, cost, "BKPSDM")
        lines.append((klass.class_id, program["program_code"], klass.version, klass.batch_no, *how))
    return rows("classes", lines)


def sessions_of(city: City, month: int) -> pl.DataFrame:
    """Sessions of the month's classes; narasumber take turns."""
    lines = []
    for klass in city.classes_of(month):
        for place, (day, jp) in enumerate(zip(klass.days.tolist(), klass.jp.tolist(), strict=True)):
            module = f"{klass.program['program_name']}: modul {place + 1}"
            lines.append(
                (klass.class_id, place + 1, day, module, klass.instructors[place % len(klass.instructors)], jp)
            )
    return rows("sessions", lines)


def enrolments_of(city: City, month: int) -> pl.DataFrame:
    """Participants: completed with 60 % presence; passed, with a certificate, with a post-test of 60 or more."""
    frames = []
    for klass in city.classes_of(month):
        completed = (klass.status == 0).mean(axis=1) >= 0.6
        passed = completed & (klass.tests[:, 1] >= 60)
        state = np.where(klass.withdrawn, "withdrawn", np.where(completed, "completed", "registered"))
        outcome = ["lulus" if p else "tidak_lulus" if c else None for p, c in zip(passed, completed, strict=True)]
        numbers = [
            f"BKPSDM/{str(klass.days[0])[:4]}/{klass.class_id}/{i + 1:03d}" if p else None for i, p in enumerate(passed)
        ]
        ids, jp = city.people.employee_id[klass.members], [int(klass.jp.sum()) if p else None for p in passed]
        frames.append(table("enrolments", klass.class_id, ids, state, outcome, numbers, jp))
    return pl.concat(frames)


def attendance_of(city: City, month: int) -> pl.DataFrame:
    """Presence of each participant in each session."""
    frames = []
    for klass in city.classes_of(month):
        number, sessions = klass.status.shape
        ids = np.tile(city.people.employee_id[klass.members], sessions)
        status = np.array(ATTENDANCE)[klass.status.T.ravel()]
        frames.append(table("attendance", klass.class_id, np.repeat(np.arange(1, sessions + 1), number), ids, status))
    return pl.concat(frames)


def survey_responses_of(city: City, month: int) -> pl.DataFrame:
    """Answers of 70 to 90 % of those who attended, with a block of questions per narasumber."""
    return pl.concat(survey_of_class(city, klass) for klass in city.classes_of(month))


def survey_of_class(city: City, klass: Class) -> pl.DataFrame:
    """One class's forms: eight items on the training, two on each narasumber, rarely a comment."""
    rng, number = city.rng, round(klass.attended.sum() * city.rng.uniform(0.7, 0.9))
    blocks = [("NARASUMBER", code, who) for who in klass.instructors for code in INSTRUCTOR_ITEMS]
    aspects, codes, judged = zip(*[(*item, None) for item in ITEMS], *blocks, strict=True)
    dislike = rng.uniform(*DISLIKED, len(codes))
    if klass.program["materi_dislike"] and klass.version == "1":
        dislike[np.array(aspects) == "MATERI"] = klass.program["materi_dislike"]
        dislike[np.array(aspects) == "OVERALL"] = DISLIKED_OVERALL
    dislike[[who in city.weak.values() for who in judged]] = DISLIKED_INSTRUCTOR
    score = likert(rng, dislike, number)
    sent = klass.days[-1].astype("datetime64[s]") + 15 * 3600 + rng.integers(0, 30 * 3600, number)
    remark = np.where(score[:, 0] <= 2, rng.choice(COMPLAINTS, number), rng.choice(PRAISE, number))
    comment = np.full(score.shape, None, dtype=object)
    comment[:, 0] = np.where(rng.random(number) < 0.12, remark, None)
    ids, times = opaque_ids(rng, "R", number), np.datetime_as_string(sent)
    return table(
        "survey_responses", np.repeat(ids, len(codes)), klass.class_id, np.repeat(times, len(codes)), aspects * number,
        codes * number, score.ravel(), 1, 4, pl.Series(judged * number, dtype=pl.String),
        pl.Series(comment.ravel().tolist(), dtype=pl.String),
    )  # fmt: skip


def assessments_of(city: City, month: int) -> pl.DataFrame:
    """Tests on the first and the last day; few miss one, and who withdrew has no second."""
    frames = []
    for klass in city.classes_of(month):
        for column, kind in enumerate(("pre", "post")):
            taken = (city.rng.random(len(klass.members)) < 0.95) & ~(klass.withdrawn & (kind == "post"))
            ids, day = city.people.employee_id[klass.members[taken]], klass.days[-column].item()
            frames.append(table("assessments", klass.class_id, ids, kind, klass.tests[taken, column], 100, day))
    return pl.concat(frames)


def observations_of(city: City, month: int) -> pl.DataFrame:
    """Observations made in the month."""
    return city.observations.filter(pl.col("observed_on").dt.strftime("%Y-%m") == str(city.months[month]))


def performance_of(city: City, month: int) -> pl.DataFrame:
    """Ratings of the quarters that arrive in the month, for all who were there throughout the quarter."""
    people, frames = city.people, []
    for quarter, first, last in city.periods_of(month):
        start = (city.quarters[quarter] - city.months[0]).astype(int)
        who = np.flatnonzero(((people.joined == 0) | (people.joined <= start)) & (people.left > start + 2))
        score = np.clip(np.round(city.base[quarter, who] + city.lift[quarter, who], 1), 40, 100)
        # At most 70 % may be "baik" (guidance on the distribution of predikat): limits at 76 and 88.
        work, behaviour = np.digitize(score, (76, 88)), np.digitize(score + city.rng.normal(0, 4, len(who)), (68, 88))
        ratings = np.array(RATINGS)[work], np.array(RATINGS)[behaviour], np.array(PREDICATES)[work, behaviour]
        frames.append(table("performance", people.employee_id[who], first, last, REGIME, *ratings, score))
    return stack(frames)


def service_satisfaction_of(city: City, month: int) -> pl.DataFrame:
    """Answers of the public on the quarters that arrive in the month, 60 to 150 people per service."""
    rng, frames, services = city.rng, [], pl.read_csv(SEEDS / "services.csv").rows()
    for (_, first, last), (unit, service) in product(city.periods_of(month), services):
        number = int(rng.integers(60, 151))
        score = likert(rng, rng.uniform(0.04, 0.16, len(ELEMENTS)), number).ravel()
        ids = np.repeat(opaque_ids(rng, "S", number), len(ELEMENTS))
        frames.append(table("service_satisfaction", unit, service, first, last, ids, ELEMENTS * number, score))
    return stack(frames)


def projects_of(city: City, month: int) -> pl.DataFrame:
    """Progress of the projects under way in the month."""
    return city.projects.filter(pl.col("month") == str(city.months[month]))


def follow_ups_of(city: City, month: int) -> pl.DataFrame:
    """Decisions on two flags: a curriculum that is revised, and a weak narasumber who is still to be mentored."""
    if month != city.revised_from:
        return pl.DataFrame()
    start = first_day(city.months[month])
    revised = next(program for program in city.programs if program["is_revised"])["program_code"]
    taught = next(program for program in city.programs if program["weak_instructor"])
    weak = f"{taught['program_code']}:1:NARASUMBER:{city.weak[taught['weak_instructor']]}"
    decided, due = start - 20 * ONE_DAY, start + 60 * ONE_DAY
    lines = (
        (f"{revised}:1:MATERI", "Revisi kurikulum dan bahan ajar", "BKPSDM", decided, start, start, "2"),
        (weak, "Pembinaan narasumber", "BKPSDM", decided, due, None, None),
    )
    return rows("follow_ups", lines)


SOURCES: dict[str, tuple[str, Callable[[City, int], pl.DataFrame]]] = {
    "employees": ("pegawai", employees_of),
    "units": ("unit", units_of),
    "programs": ("program", programs_of),
    "instructors": ("narasumber", instructors_of),
    "classes": ("kelas", classes_in),
    "sessions": ("sesi", sessions_of),
    "enrolments": ("peserta", enrolments_of),
    "attendance": ("daftar_hadir", attendance_of),
    "survey_responses": ("survei", survey_responses_of),
    "assessments": ("tes", assessments_of),
    "observations": ("pengamatan", observations_of),
    "performance": ("skp", performance_of),
    "service_satisfaction": ("skm", service_satisfaction_of),
    "projects": ("proyek", projects_of),
    "follow_ups": ("tindak_lanjut", follow_ups_of),
}
"""File name and maker of each source's month; an empty frame means that nothing is delivered."""


# ---- Writing ------------------------------------------------------------------------------------------------------


@dataclass
class Landing:
    """Writes deliveries and remembers how many rows there are and which are broken."""

    root: Path
    rng: np.random.Generator
    n_rows: Counter[str] = field(default_factory=Counter)
    defects: list[Row] = field(default_factory=list)
    planted: pl.DataFrame = field(default_factory=lambda: pl.read_csv(SEEDS / "defects.csv"))

    def write(self, source: str, month: str, stem: str, frame: pl.DataFrame) -> None:
        """Write one source's month: a CSV with the month's defects; one office sends attendance as workbooks."""
        if frame.is_empty():
            return
        folder = self.root / source / month
        folder.mkdir(parents=True, exist_ok=True)
        if source == "attendance":
            ids = frame["class_id"].unique(maintain_order=True)
            for class_id in ids[-min(2, len(ids) // 2) :]:
                sheet, frame = (frame.filter((pl.col("class_id") == class_id) == wanted) for wanted in (True, False))
                write_workbook(folder / f"{class_id}.xlsx", sheet)
                self.n_rows[source] += sheet.height
        name = f"{source}/{month}/{stem}.csv"
        frame = self.spoil(name, frame, self.planted.filter(pl.col("source") == source).to_dicts())
        self.n_rows[source] += frame.height
        frame.write_csv(self.root / name)

    def spoil(self, name: str, frame: pl.DataFrame, defects: list[Row]) -> pl.DataFrame:
        """Put spoiled copies of rows right after them; `line` is the line of the file, the header being line 1."""
        if not defects:
            return frame
        frame = frame.cast(pl.String).with_row_index("order")
        picked = np.sort(self.rng.choice(frame.height, len(defects), replace=False)).tolist()
        copies = []
        for before, (row, defect) in enumerate(zip(picked, defects, strict=True)):
            column, value = defect["column"], defect["value"]
            copies.append(frame[row].with_columns(pl.lit(value).alias(column)) if column else frame[row])
            place = {"file": name, "line": row + 3 + before, "column": column}
            self.defects.append(place | {"kind": defect["kind"], "value": value})
        return pl.concat([frame, *copies]).sort("order", maintain_order=True).drop("order")


def write_workbook(path: Path, frame: pl.DataFrame) -> None:
    """Write a sheet whose bytes depend on the rows alone: no clock in the properties or in the archive."""
    book = Workbook()
    sheet = book.active
    sheet.append(frame.columns)
    for row in frame.iter_rows():
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", content)
            fixed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def describe_truth(city: City) -> Row:
    """What a correct evaluation of the city must find, and what it must not."""
    revised_from = str(city.months[city.revised_from])
    truth: Row = {name: [] for name in ("bad_curricula", "real_effects", "no_effects", "selection", "weak_instructors")}
    for program in city.programs:
        code, effect = program["program_code"], program["effect"]
        if program["materi_dislike"]:
            fixed = ("2", revised_from) if program["is_revised"] else (None, None)
            bad = {"program_code": code, "curriculum_version": "1", "aspect": "MATERI"}
            truth["bad_curricula"].append(bad | {"fixed_by_version": fixed[0], "fixed_from": fixed[1]})
        if effect:
            truth["real_effects"].append({"program_code": code, "outcome": "numeric_score", "size": float(effect)})
        else:
            truth["no_effects"].append(code)
        if program["assignment"] == "self_selected":
            truth["selection"].append(code)
    truth["rarely_present"] = [program["program_code"] for program in city.programs if program["rarely_present"]]
    for label, instructor in sorted(city.weak.items()):
        codes = [program["program_code"] for program in city.programs if program["weak_instructor"] == label]
        truth["weak_instructors"].append({"instructor_id": instructor, "program_codes": codes})
    return truth | {"renamed_unit": {"unit_code": RENAMED_UNIT[0], "from": revised_from}}
