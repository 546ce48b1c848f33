"""What the sample city's offices deliver: the rows of each source in a month, in the columns of its contract.

Belongs here: one function per source, from the plan to rows.
Does not belong here: how rows become files, broken or odd ones (`files`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from warehouse.sample.answers import ELEMENTS, forms_of, public
from warehouse.sample.courses import ATTENDANCE, City, Class, progress
from warehouse.sample.world import EDUCATION, GROUPS, ONE_DAY, RENAMED_UNIT, Row, first_day

# Golongan/ruang (PNS): entry by education, one step every four years, up to a ceiling (custom; unverified).
GRADES = np.array([*(f"{g}/{r}" for g in ("I", "II", "III", "IV") for r in "abcd"), "IV/e"])
ENTRY_GRADE = np.array([4, 6, 8, 9, 10])
CEILING_GRADE = np.array([9, 11, 12, 13, 14])
STRUCTURAL_GRADE = np.array([13, 11, 9, 0, 0, 0])  # at least IV/b, III/d, III/b
MONTHS_PER_GRADE = 48
PPPK_GRADE = np.array(["V", "VII", "IX", "X", "XI"])  # by education (Perpres 98/2020; unverified)
# Titles: eselon posts, kinds of pelaksana (PermenPANRB 45/2022), levels of JF (UU 5/2014).
POSTS = ("Kepala Perangkat Daerah", "Kepala Bidang", "Kepala Subbagian")
PELAKSANA = ("Klerek Pengadministrasi", "Operator Layanan Operasional", "Teknisi Sarana dan Prasarana")
EXPERTS = {"DISDIKBUD": ("Guru",), "DINKES": ("Dokter", "Perawat", "Bidan", "Apoteker"), "ITKO": ("Auditor",)}
OTHER_EXPERTS = ("Analis Kebijakan", "Perencana", "Pranata Komputer", "Analis SDM Aparatur", "Arsiparis")
EXPERT_LEVELS = ("Ahli Pertama", "Ahli Muda", "Ahli Madya")
SKILLED = {"DISDIKBUD": ("Pustakawan",), "DINKES": ("Perawat", "Bidan"), "DAMKAR": ("Pemadam Kebakaran",)}
OTHER_SKILLED = ("Arsiparis", "Pranata Komputer", "Pranata SDM Aparatur")
SKILLED_LEVELS = ("Terampil", "Mahir", "Penyelia")

REGIME = "PermenPANRB 6/2022"
RATINGS = ("di_bawah", "sesuai", "di_atas")
# Predikat: row is the rating of results, column the rating of behaviour (PermenPANRB 6/2022).
PREDICATES = (
    ("sangat_kurang", "butuh_perbaikan", "butuh_perbaikan"),
    ("kurang", "baik", "baik"),
    ("kurang", "baik", "sangat_baik"),
)

USERS = (None, 1.2, 20)
"""Users per respondent of the services in turn; None counts none."""

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
    "service_satisfaction": "unit_code service period_start period_end respondent_id element score n_users",
    "projects": "project_id unit_code manager_employee_id month planned_pct actual_pct contract_idr realised_idr "
    "planned_end",
    "follow_ups": "flag_id action owner decided_on due_on done_on new_curriculum_version",
}
"""What offices deliver: the columns of each source, in order."""


def table(source: str, *values: Any) -> pl.DataFrame:
    """Rows of a source from its columns in order; a single value stands for a column of it."""
    height = max(len(value) for value in values if isinstance(value, list | np.ndarray | pl.Series))
    # Repeated here: for each column of one value polars would run a query.
    columns = (value if isinstance(value, list | np.ndarray | pl.Series) else [value] * height for value in values)
    return pl.DataFrame(dict(zip(COLUMNS[source].split(), columns, strict=True)))


def stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """All frames in one; none makes an empty frame, which is not delivered."""
    return pl.concat(frames) if frames else pl.DataFrame()


def rows(source: str, lines: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows of a source from tuples in the order of its columns."""
    return pl.DataFrame(lines, schema=COLUMNS[source].split(), orient="row", infer_schema_length=None)


def employees_of(city: City, month: int) -> pl.DataFrame:
    """All staff of the month."""
    world, people = city.world, city.world.people
    who = people.present(month)
    served = people.service[who] + month - people.joined[who]
    education, group, is_pns = people.education[who], people.group_in(month)[who], people.is_pns[who]
    step = np.minimum(ENTRY_GRADE[education] + served // MONTHS_PER_GRADE, CEILING_GRADE[education])
    grade = np.where(is_pns, GRADES[np.maximum(step, STRUCTURAL_GRADE[group])], PPPK_GRADE[education])
    units = world.units["unit_code"].to_numpy()[people.unit[month, who]]
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
    is_renamed = (pl.col("unit_code") == code) & (month >= city.world.revised_from)
    return city.world.units.drop("weight").with_columns(
        unit_name=pl.when(is_renamed).then(pl.lit(name)).otherwise("unit_name")
    )


def programs_of(city: City, month: int) -> pl.DataFrame:
    """All programs with the versions of their curricula so far, in the first month and whenever one is revised."""
    world = city.world
    if month not in (0, world.revised_from, world.updated_from):
        return pl.DataFrame()
    begins = {"yes": world.revised_from, "minor": world.updated_from}
    lines = []
    for program in world.programs:
        versions = [("1", first_day(world.months[0].astype("datetime64[Y]")))]
        if (revised := begins.get(program["is_revised"])) is not None and revised <= month:
            versions.append(("2", first_day(world.months[revised])))
        for version, valid_from in versions:
            about = (program["program_code"], program["program_name"], program["competency_area"])
            lines.append((*about, version, valid_from, program["objectives"]))
    return rows("programs", lines)


def instructors_of(city: City, month: int) -> pl.DataFrame:
    """All narasumber, in the first month and when a new one arrives."""
    if month not in (0, city.world.revised_from):
        return pl.DataFrame()
    return pl.DataFrame(city.world.instructors if month else city.world.instructors[:-1])


def classes_in(city: City, month: int) -> pl.DataFrame:
    """Classes that end in the month."""
    lines = []
    for klass in city.classes_of(month):
        program, jp, number = klass.program, int(klass.jp.sum()), len(klass.members)
        cost = number * jp * 45_000 + len(klass.instructors) * 2_500_000
        first, last = klass.days[0].item(), klass.days[-1].item()
        how = (
            program["assignment"],
            klass.method,
            first,
            last,
            jp,
            -(-number // 5) * 5,
            cost,
            klass.office or "BKPSDM",
        )
        lines.append((klass.class_id, program["program_code"], klass.version, klass.batch_no, *how))
    return rows("classes", lines) if lines else pl.DataFrame()


def sessions_of(city: City, month: int) -> pl.DataFrame:
    """Sessions of the month's classes, with the narasumber of each."""
    lines = []
    for klass in city.classes_of(month):
        for place, (day, jp) in enumerate(zip(klass.days.tolist(), klass.jp.tolist(), strict=True)):
            lines.append((klass.class_id, place + 1, day, module(klass, place), klass.teachers[place], jp))
    return rows("sessions", lines) if lines else pl.DataFrame()


def module(klass: Class, place: int) -> str:
    """Title of a session; the second one of a program with a hard topic is about that."""
    topic = klass.program["hard_topic"]
    return topic if topic and place == 1 else f"{klass.program['program_name']}: modul {place + 1}"


def enrolments_of(city: City, month: int) -> pl.DataFrame:
    """Participants: completed with 60 % presence; passed, with a certificate, with a post-test of 60 or more; and the losers of a
    lottery."""
    frames = []
    for klass in city.listed(month):
        completed, passed = klass.completed, klass.passed
        state = np.where(klass.withdrawn, "withdrawn", np.where(completed, "completed", "registered"))
        outcome = ["lulus" if p else "tidak_lulus" if c else None for p, c in zip(passed, completed, strict=True)]
        numbers = [
            f"BKPSDM/{str(klass.days[0])[:4]}/{klass.class_id}/{i + 1:03d}" if p else None for i, p in enumerate(passed)
        ]
        hours = int(klass.jp.sum()) if klass.has_hours else None
        jp = pl.Series([hours if p else None for p in passed], dtype=pl.Int64)
        ids = city.world.people.employee_id[klass.members]
        columns = (pl.Series(column, dtype=pl.String) for column in (outcome, numbers))
        frames.append(table("enrolments", klass.class_id, ids, state, *columns, jp))
        if len(klass.losers):
            none = [pl.Series([None] * len(klass.losers), dtype=kind) for kind in (pl.String, pl.String, pl.Int64)]
            losers = city.world.people.employee_id[klass.losers]
            frames.append(table("enrolments", klass.class_id, losers, ["not_drawn"] * len(losers), *none))
    return stack(frames)


def attendance_of(city: City, month: int) -> pl.DataFrame:
    """Presence of each participant in each session."""
    frames = []
    for klass in city.listed(month):
        number, sessions = klass.status.shape
        ids = np.tile(city.world.people.employee_id[klass.members], sessions)
        status = np.array(ATTENDANCE)[klass.status.T.ravel()]
        frames.append(table("attendance", klass.class_id, np.repeat(np.arange(1, sessions + 1), number), ids, status))
    return stack(frames)


def survey_responses_of(city: City, month: int) -> pl.DataFrame:
    """All forms of the month's classes, one row per answer."""
    frames = []
    for klass in city.classes_of(month):
        forms = forms_of(city, klass)
        number, width = forms.scores.shape
        comment = np.full(forms.scores.shape, None, dtype=object)
        comment[:, 0] = forms.comments
        frames.append(
            table(
                "survey_responses", np.repeat(forms.ids, width), klass.class_id,
                np.repeat(np.datetime_as_string(forms.sent), width), forms.aspects * number, forms.codes * number,
                forms.scores.ravel(), 1, klass.scale, pl.Series(forms.judged * number, dtype=pl.String),
                pl.Series(comment.ravel().tolist(), dtype=pl.String),
            )
        )  # fmt: skip
    return stack(frames)


def assessments_of(city: City, month: int) -> pl.DataFrame:
    """Tests on the first and the last day; few miss one, and who withdrew has no second."""
    people, parts = city.world.people, []
    for klass in city.listed(month):
        rng = city.world.rng(8, klass.number)
        for column, kind in enumerate(("pre", "post")):
            taken = (rng.random(len(klass.members)) < 0.95) & ~(klass.withdrawn & (kind == "post")) & klass.is_tested
            ids, score, day = people.employee_id[klass.members[taken]], klass.tests[taken, column], klass.days[-column]
            once = (np.full(len(ids), value) for value in (klass.class_id, kind, day))
            parts.append((ids, score, *once))
    if not parts:
        return pl.DataFrame()
    ids, score, classes, kinds, days = (np.concatenate(column) for column in zip(*parts, strict=True))
    return table("assessments", classes, ids, kinds, score, 100, days)


def observations_of(city: City, month: int) -> pl.DataFrame:
    """Observations made in the month."""
    now = city.observations.filter(pl.col("month") == str(city.world.months[month]))
    if now.is_empty():
        return now
    ids = city.world.people.employee_id[now["person"].to_numpy()]
    class_id = np.array([klass.class_id for klass in city.classes])[now["class"].to_numpy()]
    return table(
        "observations", ids, class_id, *(now[name] for name in ("day", "role", "phase", "aspect", "score")), 1, 4
    )


def performance_of(city: City, month: int) -> pl.DataFrame:
    """Ratings of the quarters that arrive in the month, for all who were there throughout the quarter."""
    world, people, frames = city.world, city.world.people, []
    for quarter, first, last in world.periods_of(month):
        start = (world.quarters[quarter] - world.months[0]).astype(int)
        who = np.flatnonzero(((people.joined == 0) | (people.joined <= start)) & (people.left > start + 2))
        score = np.clip(np.round(world.base[quarter, who] + city.lift[quarter, who], 1), 40, 100)
        # At most 70 % may be "baik" (guidance on the distribution of predikat): limits at 76 and 88.
        noise = world.rng(9, quarter).normal(0, 4, len(who))
        work, behaviour = np.digitize(score, (76, 88)), np.digitize(score + noise, (68, 88))
        ratings = np.array(RATINGS)[work], np.array(RATINGS)[behaviour], np.array(PREDICATES)[work, behaviour]
        frames.append(table("performance", people.employee_id[who], first, last, REGIME, *ratings, score))
    return stack(frames)


def service_satisfaction_of(city: City, month: int) -> pl.DataFrame:
    """Answers of the public on the quarters that arrive in the month. Some services count their users: of one nearly all were
    asked, of another too few."""
    frames = []
    for (quarter, first, last), (place, service) in product(
        city.world.periods_of(month), enumerate(city.world.services)
    ):
        people, scores = public(city, quarter, place)
        ids, what = np.repeat(people, len(ELEMENTS)), (service["unit_code"], service["service"])
        per_form = USERS[place % len(USERS)]
        users = pl.Series([round(per_form * len(people)) if per_form else None], dtype=pl.Int64).new_from_index(
            0, scores.size
        )
        frames.append(
            table("service_satisfaction", *what, first, last, ids, ELEMENTS * len(people), scores.ravel(), users)
        )
    return stack(frames)


def projects_of(city: City, month: int) -> pl.DataFrame:
    """Progress of the projects under way in the month."""
    world, lines = city.world, []
    for project in city.projects:
        manager = str(world.people.employee_id[project.manager])
        for when, planned, actual, paid, end in progress(project, world):
            if when == month:
                about = (project.project_id, project.unit, manager, str(world.months[month]))
                lines.append((*about, planned, actual, project.contract, paid, end))
    return rows("projects", lines) if lines else pl.DataFrame()


def follow_ups_of(city: City, month: int) -> pl.DataFrame:
    """Decisions: a curriculum that is revised, one whose mending changes nothing, and a weak narasumber who is still to be
    mentored."""
    if month != city.world.revised_from:
        return pl.DataFrame()
    start = first_day(city.world.months[month])
    decided, due = start - 20 * ONE_DAY, start + 60 * ONE_DAY
    lines = [
        (about["flag_id"], about["action"], "BKPSDM", decided, start if about["is_done"] else due,
         start if about["is_done"] else None, about["new_curriculum_version"])
        for about in decisions(city)
    ]  # fmt: skip
    return rows("follow_ups", lines)


def decisions(city: City) -> list[Row]:
    """What is decided about which flag, whether it is done, and whether it helps."""
    world = city.world
    bad = [program for program in world.programs if program["materi_dislike"]]
    taught = next(program for program in world.programs if program["weak_instructor"])
    weak = f"{taught['program_code']}:1:NARASUMBER:{world.weak[taught['weak_instructor']]}"
    found = []
    for program in bad:
        works = program["is_revised"] == "yes"
        action = "Revisi kurikulum dan bahan ajar" if works else "Penyegaran bahan ajar"
        flag = f"{program['program_code']}:1:MATERI"
        found.append(
            {"flag_id": flag, "action": action, "is_done": True, "new_curriculum_version": "2" if works else None}
            | {"helps": works}
        )
    last = {"flag_id": weak, "action": "Pembinaan narasumber", "is_done": False, "new_curriculum_version": None}
    return [*found, last | {"helps": None}]


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
