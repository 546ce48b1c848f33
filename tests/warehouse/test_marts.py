"""Metrics and flags from small tables written by hand: given these rows, expect those rows."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from hashlib import md5
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from schemas.policy import POLICY
from tests.conftest import REAL, needs_real
from warehouse.building.build import make_table
from warehouse.building.models import columns_of, models
from warehouse.database import connect
from warehouse.evaluation import effects, quality
from warehouse.evaluation import statistics as st
from warehouse.evaluation.flags import flags_of, rules
from warehouse.models.marts import reaction
from warehouse.words.language import stored

Row = dict[str, Any]
DAY = dt.date(2026, 11, 24)
CORE = [name for name in models() if name.startswith("core.")]
MARTS = [name for name in models() if name.startswith("marts.")]
LIMITS = st.policy_values(pd.read_csv(POLICY))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def key(*parts: object) -> str:
    return md5("|".join(map(str, parts)).encode()).hexdigest()[:16]


@cache
def needed(table: str) -> list[str]:
    """The marts that a mart is made of, and itself, in the order of building."""
    wanted = [table]
    for name in wanted:
        wanted += [read for read in sorted(models()[name].reads) if read.startswith("marts.")]
    return [name for name in MARTS if name in wanted]


@dataclass
class City:
    """Core tables with rows put in by hand; columns left out are empty."""

    database: duckdb.DuckDBPyConnection
    waiting: dict[str, list[Row]] = field(default_factory=dict)
    """Rows by table that were put and are not in it yet: they go in together, which costs as much as one of them."""

    made: set[str] = field(default_factory=set)
    """Marts that are made of all that is in the core tables."""

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection, to look and to change with: all that was put is in, and marts are made anew after it."""
        self.made.clear()
        return self._filled()

    def _filled(self) -> duckdb.DuckDBPyConnection:
        for table, rows in self.waiting.items():
            self.database.register("incoming", pl.DataFrame(rows, infer_schema_length=None, strict=False).to_arrow())
            self.database.execute(f"insert into core.{table} by name select * from incoming")
            self.database.unregister("incoming")
        self.waiting.clear()
        return self.database

    def put(self, table: str, rows: list[Row]) -> None:
        """Add rows to a core table."""
        types = columns_of(f"core.{table}")
        assert all(set(row) <= set(types) for row in rows), f"{table} has no such column"
        self.made.clear()
        if rows:
            self.waiting.setdefault(table, []).extend(rows)

    def observe(self, first: str, last: str, *, gap: bool = False) -> None:
        """Months that the deliveries of classes and participants cover, instead of those before."""
        self.con.execute("delete from core.source_month where is_gap = ?", [gap])
        months = [month.date() for month in pd.date_range(first, last, freq="MS")]
        row = {"opd_code": "semua", "is_seen": not gap, "is_gap": gap}
        self.put("source_month", [
            row | {"source": source, "month_start": m} for source in ("classes", "enrolments") for m in months
        ])  # fmt: skip

    def program(self, code: str, version: str = "1") -> None:
        """A curriculum version."""
        row = {"program_key": key(code, version), "program_code": code, "curriculum_version": version}
        self.put("dim_program", [row | {"program_name": code}])

    def klass(self, class_id: str, program: str = "P", version: str = "1", **more: Any) -> None:
        """A class."""
        row = {"class_key": key(class_id), "class_id": class_id, "program_code": program, "curriculum_version": version}
        dates = {"start_date": day("2026-03-02"), "end_date": day("2026-03-06")}
        row |= {"program_key": key(program, version)} | dates | more
        self.put("dim_class", [row | {"ended_on": row["end_date"] or row["start_date"]}])

    def enrol(self, class_id: str, people: list[str], status: str = "completed", **more: Any) -> None:
        """People enrolled in a class."""
        row = {"class_id": class_id, "class_key": key(class_id), "status": status} | more
        self.put("fact_enrolment", [{"unit_key": "U"} | row | {"employee_id": p, "employee_key": p} for p in people])

    def leave_out(self, class_id: str, people: list[str], status: str = "not_drawn") -> None:
        """People who applied for a class and got no place."""
        row = {"class_id": class_id, "class_key": key(class_id), "status": status}
        self.put("fact_applicant", [row | {"employee_id": p, "employee_key": p, "unit_key": "U"} for p in people])

    def answer(
        self, class_id: str, aspect: str, forms: list[tuple[float | None, ...]], *, who: str = "", top: int = 4
    ) -> None:
        """Forms of a class: the scores of one aspect's items, one tuple per respondent."""
        rows = []
        for number, scores in enumerate(forms):
            for item, score in enumerate(scores):
                known = score is not None
                rows.append({
                    "response_id": f"{class_id}-{number}", "item_code": f"{aspect}{item}", "class_key": key(class_id),
                    "instructor_key": who or "unknown", "survey_item_key": f"{aspect}{top}",
                    "submitted_date_key": 20260306, "score": score,
                    "score_share": (score - 1) / (top - 1) if known else None,
                    "agency_share": score / top if known else None,
                })  # fmt: skip
        self.put("fact_survey_response", rows)

    def judge(self, class_id: str, aspect: str, k: int, n: int, *, who: str = "") -> None:
        """k of n respondents answer 1, the others 4 of 4."""
        self.answer(class_id, aspect, [(1,)] * k + [(4,)] * (n - k), who=who)

    def attend(self, class_id: str, presence: dict[str, str], first: int = 1) -> None:
        """Who was there, session by session: `{"a": "HHA?"}` (Hadir, Alpa, unknown)."""
        rows = []
        for person, marks in presence.items():
            for number, mark in enumerate(marks, start=first):
                row = {"class_id": class_id, "class_key": key(class_id), "session_key": "unknown", "session_no": number}
                rows.append(row | {"employee_id": person, "is_present": {"H": True, "A": False}.get(mark)})
        self.put("fact_attendance", rows)

    def rate(self, person: str, period: str, score: float, *, unit: str = "U", regime: str = "R", **more: Any) -> None:
        """A performance score in a quarter, named by its first day."""
        start = day(period)
        end = (pd.Timestamp(start) + pd.offsets.MonthEnd(3)).date()
        row = {"employee_id": person, "employee_key": person, "unit_key": unit, "regime": regime}
        self.put("fact_performance", [row | {"period_start": start, "period_end": end, "numeric_score": score} | more])

    def staff(self, people: list[str], unit: str = "U", kind: str = "PNS", **more: Any) -> None:
        """Employees of a unit, for ever."""
        ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
        row = {"employment_type": kind, "unit_code": unit, "position_group": "pelaksana"} | ever | more
        self.put("dim_employee", [{"employee_key": p, "employee_id": p} | row for p in people])

    def make(self, table: str) -> list[Row]:
        """The rows of a mart, all that it needs being built first."""
        for name in needed(table):
            if name not in self.made:
                make_table(self._filled(), models()[name])
                self.made.add(name)
        return self.rows(table)

    def make_all(self) -> dict[str, list[Row]]:
        """The rows of every mart."""
        return {name: self.make(name) for name in MARTS}

    def rows(self, table: str) -> list[Row]:
        """The rows of a table that is there, in order."""
        cursor = self._filled().execute(f"select * from {table} order by all")
        assert cursor.description
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def flags(self) -> dict[str, Row]:
        """Flags by id."""
        return {row["flag_id"]: row for row in self.make("marts.curriculum_flag")}


OPEN = ExitStack()
"""What is open until the process ends."""


@cache
def empty_core() -> duckdb.DuckDBPyConnection:
    """Empty core tables, the policy, a calendar, a unit, two narasumber and the questions: opened once, and never committed to."""
    con = OPEN.enter_context(connect(":memory:"))
    con.execute("create schema core; create schema marts; create schema ops; create schema private")
    con.execute("create table private.survey_comment (class_id varchar, comment varchar)")
    con.execute(f"create table ops.run as select date '{DAY}' as as_of, 1 as year_starts_in")
    con.execute(
        f"create table ops.policy as select policy, value, unit, owner, source, valid_from, cast(version as varchar) as version from read_csv('{POLICY}')"
    )
    # Tables worked by hand are small: groups of any size are shown (what is left out has tests of its own).
    con.execute("update ops.policy set value = 1 where policy in ('minimum_cell_size', 'minimum_comment_group')")
    for table in CORE:
        columns = ", ".join(f"{name} {kind}" for name, kind in columns_of(table).items())
        con.execute(f"create table {table} ({columns})")
    made = City(con)
    first = dt.date(2025, 1, 1)
    days = [first + dt.timedelta(days=n) for n in range(730)]
    made.put("dim_date", [
        {"date_key": d.year * 10000 + d.month * 100 + d.day, "date_on": d, "year": d.year,
         "reporting_year": d.year, "month": d.month, "month_start": d.replace(day=1)} for d in days
    ])  # fmt: skip
    made.observe("2025-01-01", "2026-12-31")
    ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
    made.put("dim_unit", [{"unit_key": u, "unit_code": u, "opd_code": u} | ever for u in ("U", "V")])
    made.put("dim_instructor", [{"instructor_key": i, "instructor_id": i} for i in ("A", "B", "C", "unknown")])
    aspects = ("MATERI", "NARASUMBER", "METODE", "PENYELENGGARA", "SARPRAS", "MANFAAT", "OVERALL")
    made.put("dim_survey_item", [
        {"survey_item_key": f"{a}{top}", "item_code": a, "aspect": a, "scale_min": 1, "scale_max": top}
        for a in aspects for top in (4, 5)
    ])  # fmt: skip
    return made.con


@pytest.fixture
def city() -> Iterator[City]:
    """`empty_core`, of which nothing that a test does stays."""
    con = empty_core()
    con.execute("begin")
    yield City(con)
    con.execute("rollback")


# ---- All of them --------------------------------------------------------------------------------------------------


def test_without_any_delivery_every_mart_is_empty(city: City) -> None:
    city.con.execute("delete from core.source_month")
    assert city.make_all() == {table: [] for table in MARTS}


def test_every_row_keeps_its_contract(city: City) -> None:
    whole_city(city)
    city.make_all()
    for table in MARTS:
        contract = models()[table].contract
        frame = city.con.sql(f"select * from {table}").pl()
        contract.schema.validate(frame, lazy=True)
        assert frame.height == frame.select(contract.key).unique().height, f"{table}: {contract.grain}"
        assert frame.height > 0, f"{table} is not tested here"


def test_order_of_the_rows_does_not_matter(city: City) -> None:
    whole_city(city)
    before = city.make_all()
    for table in CORE:
        city.con.execute(f"create or replace table {table} as select * from {table} order by hash(columns(*)) desc")
    assert city.make_all() == before


def whole_city(city: City) -> None:
    """A little of everything."""
    city.program("P")
    people = [f"e{n}" for n in range(30)]
    city.staff(people)
    for number in range(2):
        class_id = f"K{number}"
        city.klass(class_id, assignment="randomised", method="seminar", start_date=day(f"2026-0{4 + number}-02"))
        mine = people[10 * number : 10 * number + 10]
        city.enrol(class_id, mine, is_attended=True, n_sessions_known=4, n_sessions_attended=3, attended_jp=9.0)
        city.leave_out(class_id, people[20 + 5 * number : 25 + 5 * number])
        city.attend(class_id, dict.fromkeys(mine, "HHHH"))
        city.judge(class_id, "MATERI", 6, 9)
        city.con.execute(f"insert into private.survey_comment values ('{class_id}', 'b'), ('{class_id}', 'a')")
        city.judge(class_id, "OVERALL", 3, 9)
        city.judge(class_id, "NARASUMBER", 1, 9, who="A")
        for kind, shift in (("pre", 40), ("post", 70)):
            city.put("fact_assessment", [test(class_id, p, kind, shift + 1.7 * n) for n, p in enumerate(mine)])
        for phase, score in (("before", 0.3), ("after", 0.6)):
            city.put("fact_observation", [
                {"employee_id": p, "class_key": key(class_id), "observer_role": "supervisor", "phase": phase,
                 "aspect": "KINERJA", "score": 2, "score_share": score + 0.01 * (n % 3) * (phase == "after")} for n, p in enumerate(mine)
            ])  # fmt: skip
    for number, person in enumerate(people):
        city.rate(person, "2026-01-01", 80 + number % 7)
        city.rate(person, "2026-07-01", 81 + number % 5 + (number < 20), predicate="baik")
    skm(city, [3.1] * 9)
    project(city, 50, 45)
    for person, deviation in (("e0", -1), ("e28", -3), ("e29", -5)):
        city.put("fact_project_progress", [
            {"project_id": f"P-{person}", "unit_key": "U", "manager_employee_key": person, "month_start": day(month), "planned_pct": plan,
             "actual_pct": plan + deviation, "deviation_pct": deviation} for month, plan in (("2026-02-01", 15.0), ("2026-06-01", 45.0))
        ])  # fmt: skip
    city.put("fact_follow_up", [{"flag_id": "P:1:MATERI", "action": "Revisi", "decided_on": day("2026-06-01")}])


def test(class_id: str, person: str, kind: str, score: float | None) -> Row:
    """A test score."""
    row = {"class_id": class_id, "class_key": key(class_id), "employee_id": person, "kind": kind}
    return row | {"assessment_code": kind, "score": score, "score_pct": score}


test.__test__ = False


# ---- Reaction -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "agency", "index", "share"), [(4, 100, 100, 0), (1, 25, 0, 1)])
def test_everybody_at_one_end(city: City, score: int, agency: float, index: float, share: float) -> None:
    city.klass("K")
    city.answer("K", "MATERI", [(score, score)] * 6)
    [row] = city.make("marts.reaction")
    assert (row["index_agency"], row["index_0_100"], row["dissatisfied_share"]) == (agency, index, share)


def test_the_unit_is_the_respondent(city: City) -> None:
    # Shares of the first: (0 + 1/3)/2 = 1/6; the second 1; the third exactly 1/2, which is not dissatisfied.
    city.klass("K")
    city.enrol("K", list("abcde"))
    city.enrol("K", ["f"], status="withdrawn")
    city.answer("K", "MATERI", [(1, 2), (4, 4), (2, 3), (None, None)])
    [row] = city.make("marts.reaction")
    assert (row["n_expected"], row["n_respondents"], row["n_answers"], row["n_dissatisfied"]) == (5, 3, 6, 1)
    assert row["response_rate"] == pytest.approx(3 / 5)
    assert row["index_0_100"] == pytest.approx(100 * (1 / 6 + 1 + 1 / 2) / 3)
    assert row["index_agency"] == pytest.approx(100 * (3 / 8 + 1 + 5 / 8) / 3)
    assert (row["wilson_low"], row["wilson_high"]) == pytest.approx((0.061492, 0.792340), abs=1e-6)
    assert (row["dissatisfied_low_bound"], row["dissatisfied_high_bound"]) == pytest.approx((1 / 5, 3 / 5))
    assert row["index_shrunk"] is None, "one class says nothing of the spread between classes"


def test_who_was_expected_may_be_unknown(city: City) -> None:
    city.klass("K")
    city.answer("K", "MATERI", [(3,)])
    [row] = city.make("marts.reaction")
    assert [row[name] for name in ("n_expected", "response_rate", "dissatisfied_low_bound")] == [None] * 3


def test_nobody_answered_and_not_surveyed_are_not_zero(city: City) -> None:
    city.klass("K")
    city.enrol("K", ["a"])
    city.answer("K", "MATERI", [(None,)])
    assert city.make("marts.reaction") == []
    [row] = city.make("marts.response_rates")
    assert (row["n_expected"], row["n_respondents"], row["response_rate"]) == (1, None, None)
    assert (row["n_attended"], row["attendance_share"]) == (None, None), "nobody noted who was there"


def test_straight_liners_are_counted_over_the_whole_form(city: City) -> None:
    city.klass("K")
    city.answer("K", "MATERI", [(3, 3, 3), (3, 3, 3), (3, 3, 3)])
    city.answer("K", "OVERALL", [(3, 3), (3, 4), (3,)])
    rows = city.make("marts.reaction")
    assert [(row["n_straight_liners"], row["n_respondents"], row["n_forms"]) for row in rows] == [(1, 3, 3)] * 2


def test_each_narasumber_and_the_class_as_a_whole(city: City) -> None:
    city.klass("K")
    city.answer("K", "NARASUMBER", [(4,), (4,)], who="A")
    city.answer("K", "NARASUMBER", [(1,), (3,)], who="B")
    rows = {row["instructor_id"]: row for row in city.make("marts.reaction")}
    assert {who: row["index_0_100"] for who, row in rows.items()} == pytest.approx(
        {None: 100 * (0.5 + 5 / 6) / 2, "A": 100, "B": 100 * (0 + 2 / 3) / 2}
    )
    assert {who: row["n_dissatisfied"] for who, row in rows.items()} == {None: 0, "A": 0, "B": 1}


def test_extreme_classes_are_drawn_to_the_mean_of_their_method(city: City) -> None:
    for number in range(12):
        city.klass(f"K{number:02}", method="seminar" if number < 10 else "workshop")
        city.judge(f"K{number:02}", "MATERI", number % 5, 8)
    rows = city.make("marts.reaction")
    best, worst = rows[0], rows[4]
    assert best["index_0_100"] > best["index_shrunk"] > worst["index_shrunk"] > worst["index_0_100"]
    assert [row["index_shrunk"] for row in rows[10:]] == [None, None], "two workshops are too few"


def test_five_point_scale(city: City) -> None:
    city.klass("K")
    city.answer("K", "MATERI", [(2,), (3,)], top=5)
    [row] = city.make("marts.reaction")
    assert (row["n_dissatisfied"], row["index_0_100"], row["index_agency"]) == (1, 37.5, 50)


def test_whose_result_is_not_known_did_not_fail(city: City) -> None:
    """Of ten who completed, six passed and one did not; two withdrew. In the other class one who withdrew has a result alone."""
    city.program("P")
    people = [f"e{n}" for n in range(12)]
    for class_id in ("K", "L"):
        city.klass(class_id)
    for part, status, outcome in ((people[:6], "completed", "lulus"), (people[6:7], "completed", "tidak_lulus"),
                                  (people[7:10], "completed", None), (people[10:], "withdrawn", None)):  # fmt: skip
        city.enrol("K", part, status, outcome=outcome)
        city.enrol("L", part, status, outcome="tidak_lulus" if status == "withdrawn" else None)
    names = ("n_enrolled_examined", "n_passed", "pass_share")
    found = {row["class_id"]: [row[n] for n in names] for row in city.make("marts.class_scorecard")}
    assert found == {"K": [9, 6, pytest.approx(6 / 9)], "L": [None] * 3}
    for mart in ("marts.program_scorecard", "marts.scorecard_history"):
        assert [city.make(mart)[-1][n] for n in names] == found["K"]


# ---- Learning -----------------------------------------------------------------------------------------------------


def learn(city: City, pre: list[float | None], post: list[float | None]) -> Row:
    """The learning of a class with these scores, person by person."""
    city.klass("K")
    for kind, scores in (("pre", pre), ("post", post)):
        city.put("fact_assessment", [test("K", f"e{n}", kind, score) for n, score in enumerate(scores)])
    [row] = city.make("marts.learning_gain")
    return row


def test_gain_on_class_means_differs_from_the_mean_of_individual_gains(city: City) -> None:
    # Pairs (20, 60), (80, 90), (100, 100). Means 66.67 and 83.33: 16.67/33.33. Individual 0.5 and 0.5; the third has none.
    row = learn(city, [20, 80, 100, 50], [60, 90, 100, None])
    assert (row["n_pre"], row["n_post"], row["n_pairs"], row["attrition"]) == (4, 3, 3, 0.25)
    assert row["gain_class"] == pytest.approx(0.5, abs=1e-6)
    assert (row["gain_individual_mean"], row["n_gain_defined"], row["gain_band"]) == (0.5, 2, "sedang")


def test_two_gains_that_differ(city: City) -> None:
    # (0, 50) and (90, 90): on means 25/55, individual (0.5 + 0)/2.
    row = learn(city, [0, 90], [50, 90])
    assert (row["gain_class"], row["gain_individual_mean"]) == pytest.approx((25 / 55, 0.25))


def test_no_gain_is_defined_where_everybody_knew_all(city: City) -> None:
    row = learn(city, [100, 100], [100, 90])
    assert [row[n] for n in ("gain_class", "gain_band", "gain_individual_mean", "n_gain_defined")] == [
        None,
        None,
        None,
        0,
    ]


def test_before_a_score_after_the_class_has_come_nobody_was_lost(city: City) -> None:
    row = learn(city, [20, 80], [None, None])
    assert [row[n] for n in ("n_pre", "n_post", "n_pairs", "attrition", "gain_class")] == [2, 0, 0, None, None]


@pytest.mark.parametrize(
    ("post", "band"), [(64.9, "rendah"), (65, "sedang"), (84.9, "sedang"), (85, "tinggi"), (30, "rendah")]
)
def test_bands_of_hake(city: City, post: float, band: str) -> None:
    assert learn(city, [50, 50], [post, post])["gain_band"] == band


def test_hedges_g_of_pairs(city: City) -> None:
    row = learn(city, [40, 50, 60], [60, 70, 80])
    # d = 20/10, J = 1 − 3/(4·2 − 1); equal gains leave the error of the spread alone, d²·2 ÷ 8; t of 2 is 4.302653.
    g, half = 2 * (1 - 3 / 7), 4.302653 * (1 - 3 / 7)
    assert (row["hedges_g"], row["g_low"], row["g_high"]) == pytest.approx((g, g - half, g + half), abs=1e-5)
    assert row["pre_sd"] == row["post_sd"] == 10


def test_several_tests_of_a_person_count_as_their_mean(city: City) -> None:
    city.klass("K")
    city.put(
        "fact_assessment", [test("K", "e", k, s) for k, s in (("pre", 40), ("pre", 60), ("post", 75), ("other", 1))]
    )
    [row] = city.make("marts.learning_gain")
    assert (row["pre_mean"], row["post_mean"], row["hedges_g"]) == (50, 75, None)


def test_of_two_versions_that_began_on_one_day_the_newer_is_given_now(city: City) -> None:
    for number, version in enumerate(("9", "10"), start=1):
        row = {
            "program_key": key("P", version),
            "program_code": "P",
            "curriculum_version": version,
            "version_no": number,
        }
        city.put("dim_program", [row])
        city.klass(f"K{version}", version=version)
        city.judge(f"K{version}", "MATERI", 12, 15)
    assert {flag["curriculum_version"]: flag["is_raised"] for flag in city.flags().values()} == {"9": False, "10": True}
    [verdict] = city.make("marts.program_verdict")
    assert verdict["curriculum_version"] == "10"


def test_who_missed_one_of_several_tests_is_compared_in_the_others(city: City) -> None:
    """Everybody gains 10 points; the second test is the hard one, which b missed before and c after the class."""
    city.klass("K")
    took = {"a": ("easy", "hard"), "b": ("easy", "HARD"), "c": ("easy", "hard"), "d": ("easy", "hard")}
    missed = {("b", "pre"), ("c", "post")}
    rows = [
        test("K", who, kind, {"easy": 80, "hard": 20}[code.lower()] + 10 * (kind == "post")) | {"assessment_code": code}
        for who, codes in took.items() for code in codes for kind in ("pre", "post") if code == "easy" or (who, kind) not in missed
    ]  # fmt: skip
    # Of a third test nobody was asked before, and of e nothing on both sides.
    rows += [test("K", who, "post", 5) | {"assessment_code": "new"} for who in took]
    rows += [
        test("K", "e", "pre", 80) | {"assessment_code": "easy"},
        test("K", "e", "post", 30) | {"assessment_code": "hard"},
    ]
    city.put("fact_assessment", rows)
    [row] = city.make("marts.learning_gain")
    assert [row[n] for n in ("n_pre", "n_post", "n_pairs", "attrition")] == [5, 5, 4, 0.2]
    assert (row["pre_mean"], row["post_mean"]) == (65, 75)


# ---- Public satisfaction ------------------------------------------------------------------------------------------

ELEMENTS = ("persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarana")


def skm(city: City, scores: list[float], n_answers: int = 1, users: int | None = None) -> list[Row]:
    """The index of a service with one questionnaire, or a recap of several."""
    skm_rows(city, scores, n_answers, users)
    return city.make("marts.service_satisfaction_index")


def skm_rows(city: City, scores: list[float], n_answers: int = 1, users: int | None = None, who: str = "r") -> None:
    """One questionnaire, or a recap of several."""
    row = {
        "unit_key": "U",
        "unit_code": "U",
        "service": "S",
        "period_start": day("2026-01-01"),
        "period_end": day("2026-03-31"),
    }
    city.put("fact_service_satisfaction", [
        row | {"element": e, "score": s, "n_answers": n_answers, "n_users": users, "respondent_id": who}
        for e, s in zip(ELEMENTS, scores, strict=False)
    ])  # fmt: skip


def test_published_totals_with_weights_of_exactly_one_ninth(city: City) -> None:
    totals = (105, 101, 100, 116, 102, 105, 106, 105, 115)
    [row] = skm(city, [total / 29 for total in totals], 29)
    assert (row["n_respondents"], row["ikm"], row["grade"]) == (29, pytest.approx(91.4751, abs=5e-5), "A")


@pytest.mark.parametrize(("n", "users", "grade"), [
    (1, None, None), (24, None, None), (25, None, "A"), (79, 100, None), (80, 100, "A"), (10, 10, "A"), (383, 10**6, None),
    (384, 10**6, "A"),
])  # fmt: skip
def test_there_is_no_grade_below_the_minimum_sample(city: City, n: int, users: int | None, grade: str | None) -> None:
    [row] = skm(city, [4] * 9, n, users)
    assert (row["ikm"], row["grade"]) == (100, grade)


def test_an_index_of_one_respondent_says_little(city: City) -> None:
    [row] = skm(city, [4] * 9)
    # Wilson's interval of 1 of 1 is 0.2065 to 1.
    assert (row["n_required"], row["ikm_low"], row["ikm_high"]) == (25, pytest.approx(25 + 75 * 0.2065, abs=0.01), 100)


def test_the_interval_of_the_index_is_that_of_respondents(city: City) -> None:
    for number in range(40):
        skm_rows(city, [2 + number % 2] * 9, who=f"r{number}")
    [row] = city.make("marts.service_satisfaction_index")
    # Twenty at 50 and twenty at 75: SD 12.5 √(40/39), t(39) = 2.0227.
    half = 2.0227 * 12.5 * (40 / 39) ** 0.5 / 40**0.5
    assert (row["ikm"], row["grade"]) == (62.5, "D")
    assert [row["ikm_low"], row["ikm_high"]] == pytest.approx([62.5 - half, 62.5 + half], abs=1e-3)


@pytest.mark.parametrize(("score", "ikm", "grade"), [
    (4, 100, "A"), (1, 25, "D"), (2.5996, 64.99, "D"), (2.6, 65, "C"), (3.064, 76.6, "C"), (3.0644, 76.61, "B"),
    (3.532, 88.3, "B"), (3.5324, 88.31, "A"), (2.5998, 64.995, "C"), (3.5322, 88.305, "A"), (3.0642, 76.605, "B"),
])  # fmt: skip
def test_grades_are_decided_on_two_decimals(city: City, score: float, ikm: float, grade: str) -> None:
    [row] = skm(city, [score] * 9, 25)
    assert (row["ikm"], row["grade"]) == (pytest.approx(ikm), grade)


def test_without_all_nine_elements_there_is_no_index(city: City) -> None:
    [row] = skm(city, [4] * 8)
    assert (row["n_elements"], row["ikm"], row["grade"], row["nrr_sarana"]) == (8, None, None, None)


@pytest.mark.parametrize(
    ("n_answers", "n_respondents", "ikm"), [(30, 30, 75), (29, 30, 75), (40, 40, 100)], ids=["as many", "fewer", "more"]
)
def test_a_recap_of_the_questionnaires_beside_it_is_no_further_answer(
    city: City, n_answers: int, n_respondents: int, ikm: float
) -> None:
    """Twice as many had been asked, enough for a grade of half of them."""
    for number in range(30):
        skm_rows(city, [3] * 9, who=f"r{number}")
    skm_rows(city, [4] * 9, n_answers=n_answers, users=200, who="rekap")
    [row] = city.make("marts.service_satisfaction_index")
    assert (row["n_respondents"], row["ikm"], row["n_users"]) == (n_respondents, ikm, 200)


def test_a_recap_has_all_its_elements_though_one_person_alone_answered_one(city: City) -> None:
    skm_rows(city, [3] * 8, n_answers=30, who="rekap")
    city.put("fact_service_satisfaction", [
        {"unit_key": "U", "unit_code": "U", "service": "S", "period_start": day("2026-01-01"), "period_end": day("2026-03-31"),
         "element": ELEMENTS[8], "score": 3, "n_answers": 1, "respondent_id": "rekap"}
    ])  # fmt: skip
    [row] = city.make("marts.service_satisfaction_index")
    assert (row["n_elements"], row["n_respondents"], row["ikm"]) == (9, 30, 75)


def test_each_service_has_a_newest_index_of_its_own(city: City) -> None:
    """One office asks each month, another once a year; one has stopped asking, and one tells of a year that has not ended."""
    for service, start, end in (
        ("monthly", "2026-09-01", "2026-09-30"), ("monthly", "2026-10-01", "2026-10-31"), ("yearly", "2025-01-01", "2025-12-31"),
        ("both", "2025-01-01", "2025-12-31"), ("both", "2025-10-01", "2025-12-31"), ("stopped", "2025-07-01", "2025-09-30"),
        ("unended", "2026-01-01", "2026-12-31"),
    ):  # fmt: skip
        city.put("fact_service_satisfaction", [
            {"unit_code": "U", "service": service, "period_start": day(start), "period_end": day(end), "element": element, "score": 3.0, "n_answers": 1}
            for element in ELEMENTS
        ])  # fmt: skip
    newest = {
        (row["service"], str(row["period_start"]))
        for row in city.make("marts.service_satisfaction_index")
        if row["is_newest"]
    }
    assert newest == {("monthly", "2026-10-01"), ("yearly", "2025-01-01"), ("both", "2025-10-01")}


# ---- Performance --------------------------------------------------------------------------------------------------


def lalonde(city: City, name: str, assignment: str) -> Row:
    """One study as a program: trained people and others of one unit, earnings of 1975 and 1978."""
    with (REAL / "lalonde" / f"{name}.csv").open() as file:
        people = list(csv.DictReader(file))
    treat = "treat" if "treat" in people[0] else "trt"
    ids = [f"{name}-{one['rownames']}" for one in people]
    city.staff(ids)
    city.klass("K", assignment=assignment, start_date=day("1976-01-01"), end_date=day("1977-12-31"))
    city.enrol("K", [i for i, one in zip(ids, people, strict=True) if one[treat] == "1"])
    if assignment == "randomised":
        city.leave_out("K", [i for i, one in zip(ids, people, strict=True) if one[treat] != "1"])
    city.put("fact_performance", [
        {"employee_id": i, "employee_key": i, "unit_key": "U", "regime": "usd", "numeric_score": float(one[f"re{y}"]),
         "period_start": day(f"19{y}-01-01"), "period_end": day(f"19{y}-12-31")}
        for i, one in zip(ids, people, strict=True) for y in (75, 78)
    ])  # fmt: skip
    [row] = city.make("marts.performance_effect")
    return row


@needs_real
def test_the_experiment_comes_out_as_published(city: City) -> None:
    row = lalonde(city, "nsw_mixtape", "randomised")
    assert (row["n_trained"], row["n_control"], row["se_kind"], row["claim"]) == (185, 260, "classical", "effect")
    assert row["post_difference"] == pytest.approx(1794.3424, abs=5e-5)
    assert (row["effect"], row["se"]) == pytest.approx((1529.1961, 679.5380), abs=5e-5)
    assert row["hedges_g"] == pytest.approx(0.272253, abs=5e-7)


@needs_real
def test_the_whole_experiment(city: City) -> None:
    row = lalonde(city, "nswdemo", "randomised")
    assert (row["post_difference"], row["effect"]) == pytest.approx((886.3037, 846.8883), abs=5e-5)
    assert "belum terbukti" in row["verdict"], "the interval contains zero"


@needs_real
def test_people_who_were_never_candidates_are_no_comparison(city: City) -> None:
    row = lalonde(city, "nsw74psid1", "self_selected")
    assert (row["post_difference"], row["effect"]) == pytest.approx((-15204.7775, 2326.5048), abs=5e-5)
    assert (row["design"], row["claim"], row["se_kind"]) == ("self_selected", "change", "HC3")
    assert row["baseline_smd"] < -1
    assert "tidak diacak" in row["verdict"]
    assert "tidak seimbang" in row["verdict"]


def trial(
    city: City,
    assignment: str,
    n: int = 20,
    *,
    apart: float = 0,
    control: bool = True,
    units: int = 1,
    prior: bool = False,
) -> None:
    """n people of as many units trained in the second quarter and as many untrained; the trained gain 3 more, and start `apart`;
    with `prior` a period more is known, in which both were as they are before the training."""
    trained, others = ([f"{letter}{i}" for i in range(n)] for letter in "tc")
    of = {person: f"U{int(person[1:]) % units}" if units > 1 else "U" for person in trained + others}
    ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
    if units > 1:
        city.put("dim_unit", [{"unit_key": u, "unit_code": u, "opd_code": u} | ever for u in sorted(set(of.values()))])
    for person in trained + others:
        city.staff([person], of[person])
    city.klass("K", assignment=assignment, start_date=day("2026-05-04"), end_date=day("2026-05-08"))
    city.enrol("K", trained)
    for person in trained + (others if control else []):
        base, noise = 70 + int(person[1:]) % 5, 0.1 * (int(person[1:]) % 3)
        first = base + apart * (person[0] == "t")
        if prior:
            city.rate(person, "2025-10-01", first + 0.2 * (int(person[1:]) % 3 - 1), unit=of[person])
        city.rate(person, "2026-01-01", first, unit=of[person])
        city.rate(person, "2026-07-01", first + 1 + noise + 3 * (person[0] == "t"), unit=of[person])


def test_effect_against_untrained_colleagues(city: City) -> None:
    trial(city, "nominated", 32, units=8, prior=True)
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained"], row["n_control"], row["n_units"], row["claim"]) == (32, 32, 8, "effect")
    assert (row["effect"], row["baseline_smd"]) == (pytest.approx(3), 0)
    assert (row["evidence_grade"], row["p_wild"] <= 0.05) == ("didukung", True)
    assert "meningkat karena pelatihan" in row["verdict"]


@pytest.mark.parametrize(
    ("assignment", "n", "apart", "claim", "grade", "said"),
    [
        (
            "nominated",
            20,
            0.0,
            "change",
            "tidak_dapat_disimpulkan",
            "tren kinerja mereka sebelum pelatihan tidak diketahui",
        ),
        ("nominated", 20, 1.0, "change", "perubahan", "tidak seimbang"),
        ("nominated", 19, 0.0, "change", "tidak_dapat_disimpulkan", "hanya 19 peserta"),
        ("self_selected", 20, 0.0, "change", "perubahan", "tidak diacak (mendaftar sendiri)"),
        (None, 20, 0.0, "change", "perubahan", "cara yang tidak diketahui"),
        (
            "randomised",
            20,
            0.0,
            "change",
            "tidak_dapat_disimpulkan",
            "diundi tanpa catatan siapa yang tidak terpilih, dan tren",
        ),
        (
            "randomised",
            20,
            1.0,
            "change",
            "perubahan",
            "diundi tanpa catatan siapa yang tidak terpilih dan kondisi awal tidak seimbang",
        ),
        ("randomised", 5, 0.0, "change", "tidak_dapat_disimpulkan", "hanya 5 peserta"),
    ],
)
def test_what_may_be_called_an_effect(
    city: City, assignment: str | None, n: int, apart: float, claim: str, grade: str, said: str
) -> None:
    trial(city, assignment or "", n, apart=apart, units=5)
    if assignment is None:
        city.con.execute("update core.dim_class set assignment = null")
    [row] = city.make("marts.performance_effect")
    assert (row["design"], row["claim"], row["evidence_grade"]) == (assignment or "unknown", claim, grade)
    assert said in row["verdict"]


def test_what_is_no_effect_is_counted_as_none(city: City) -> None:
    """A lot between five and five, of whom the first began three standard deviations higher and rose as much before the training."""
    trial(city, "randomised", 5, apart=4.74)
    for person in ("t", "c"):
        for n in range(5):
            city.rate(f"{person}{n}", "2025-10-01", 70 + n + 0.001 * (n % 2) + 1.74 * (person == "t"))
    [row] = city.make("marts.performance_effect")
    assert (row["baseline_smd"], row["pretrend"]) == (pytest.approx(3, abs=0.01), pytest.approx(3, abs=0.01))
    assert row["pretrend_p_value"] < 1e-6
    assert (row["claim"], row["evidence_grade"]) == ("change", "tidak_dapat_disimpulkan")
    assert row["verdict"].startswith("Tidak dapat disimpulkan: hanya 5 peserta terukur")
    counts = models()["marts.performance_effect"].contract.metrics
    told = city.con.execute(
        f"select {counts['n_effects']}, {counts['n_proven']} from marts.performance_effect"
    ).fetchall()
    assert told == [(0, 0)]


@pytest.mark.parametrize(("units", "said"), [(1, "hanya 1 unit kerja"), (5, "belum terbukti")])
def test_few_units_prove_nothing_of_nominated_people(city: City, units: int, said: str) -> None:
    trial(city, "nominated", 30, units=units, prior=True)
    [row] = city.make("marts.performance_effect")
    assert row["evidence_grade"] == "tidak_dapat_disimpulkan"
    assert said in row["verdict"]


def test_what_another_program_did_is_not_laid_on_this_one(city: City) -> None:
    """Twenty of twenty-five took another program, too, between the two ratings."""
    trial(city, "nominated", 25, units=5, prior=True)
    city.klass("L", "Q", start_date=day("2026-05-18"), end_date=day("2026-05-20"))
    city.enrol("L", [f"t{i}" for i in range(20)])
    row = next(row for row in city.make("marts.performance_effect") if row["program_code"] == "P")
    assert (row["n_trained"], row["n_trained_paired"], row["n_cotrained"], row["claim"]) == (5, 25, 20, "change")
    assert (row["evidence_grade"], row["verdict_code"]) == ("tidak_dapat_disimpulkan", "not_separable")
    assert "20 dari 25 peserta juga mengikuti program lain" in row["verdict"]


def lottery(
    city: City,
    n: int = 30,
    losers: int = 20,
    *,
    effect: float = 3.0,
    apart: float = 0.0,
    unrated: int = 0,
    year: int = 2026,
) -> None:
    """A class whose places were drawn: `n` let in, of whom every second came, `losers` left out, of whom `unrated` have no later rating."""
    people = [f"t{i}" for i in range(n)] + [f"c{i}" for i in range(losers)]
    city.staff(people)
    city.klass("K", assignment="randomised", start_date=day(f"{year}-04-01"), end_date=day(f"{year}-04-03"))
    city.enrol("K", people[:n:2], is_attended=True)
    city.enrol("K", people[1:n:2], status="withdrawn", is_attended=False)
    city.leave_out("K", people[n:])
    for place, person in enumerate(people):
        number = int(person[1:])
        base = 70 + number % 5 + apart * (place < n)
        city.rate(person, f"{year}-01-01", base)
        if place < len(people) - unrated:
            city.rate(person, f"{year}-07-01", base + 0.1 * (number % 3) + effect * (place < n and number % 2 == 0))


def test_a_lottery_with_its_losers_proves_by_intention_to_treat(city: City) -> None:
    lottery(city)
    city.klass("L", start_date=day("2026-05-01"), end_date=day("2026-05-03"), assignment="nominated")
    city.enrol("L", ["c0"], is_attended=True)  # who lost and came later stays a loser
    row = next(row for row in city.make("marts.performance_effect") if row["design"] == "lottery")
    assert (row["n_trained"], row["n_control"], row["n_drawn_in"], row["n_drawn_out"]) == (30, 20, 30, 20)
    assert (row["effect"], row["attrition"]) == (pytest.approx(1.5, abs=0.02), 0)
    assert (row["claim"], row["evidence_grade"], row["verdict_code"]) == ("effect", "terbukti", "proven_risen")
    assert row["p_permutation"] <= 0.05
    assert row["verdict"].startswith("Terbukti: kinerja meningkat karena pelatihan")


@pytest.mark.parametrize(
    ("more", "code", "grade"),
    [
        ({"effect": 0.0}, "no_effect", "tanpa_pengaruh"),
        ({"apart": 1.0}, "change_unbalanced", "perubahan"),
        ({"unrated": 5}, "attrition", "tidak_dapat_disimpulkan"),  # 10 % of all, 25 points more of those left out
        ({"unrated": 2}, "proven_risen", "terbukti"),  # 4 % of all, 10 points
        ({"n": 19}, "few_trained", "tidak_dapat_disimpulkan"),
    ],
)
def test_what_a_lottery_does_not_prove(city: City, more: dict[str, Any], code: str, grade: str) -> None:
    lottery(city, **more)
    [row] = city.make("marts.performance_effect")
    assert (row["verdict_code"], row["evidence_grade"]) == (code, grade)


def test_a_waiting_list_is_no_lottery_and_no_participant(city: City) -> None:
    lottery(city)
    city.con.execute("update core.fact_applicant set status = 'waiting'")
    [row] = city.make("marts.performance_effect")
    assert (row["design"], row["n_trained"], row["n_drawn_out"], row["evidence_grade"]) == (
        "randomised", 15, None, "tidak_dapat_disimpulkan",
    )  # fmt: skip


def test_a_second_lottery_counts_only_people_of_their_first(city: City) -> None:
    lottery(city)
    city.klass("L", assignment="randomised", start_date=day("2026-05-01"), end_date=day("2026-05-03"))
    city.enrol("L", ["c0", "x"])
    city.leave_out("L", ["c1", "y"])
    [row] = [row for row in city.make("marts.performance_effect") if row["design"] == "lottery"]
    assert (row["n_drawn_in"], row["n_drawn_out"], row["n_trained"]) == (30, 20, 30), "nobody of x and y has a rating"


def test_an_effect_that_a_smaller_drift_explains_is_not_supported(city: City) -> None:
    trial(city, "nominated", 32, units=8, prior=True)
    city.con.execute("update ops.policy set value = 1000 where policy = 'effect_breakdown'")
    [row] = city.make("marts.performance_effect")
    assert (row["verdict_code"], row["claim"], row["evidence_grade"]) == ("drift", "effect", "tidak_dapat_disimpulkan")
    assert 0.5 < row["breakdown"] < 1000


def test_an_effect_no_larger_than_a_promotion_unseen_is_not_supported(city: City) -> None:
    trial(city, "nominated", 32, units=8, prior=True)
    city.con.execute("update ops.policy set value = 2.06 where policy = 'effect_unseen'")
    [row] = city.make("marts.performance_effect")
    assert row["ci_low"] < row["unseen"] < row["effect"]
    assert (row["verdict_code"], row["claim"], row["evidence_grade"]) == ("unseen", "effect", "tidak_dapat_disimpulkan")
    assert "promosi, penilai yang lebih murah hati" in row["verdict"]


def test_what_may_have_begun_unseen_does_not_touch_a_lottery(city: City) -> None:
    lottery(city)
    [before] = city.make("marts.performance_effect")
    city.con.execute("update ops.policy set value = 1000 where policy = 'effect_unseen'")
    [after] = city.make("marts.performance_effect")
    assert before["evidence_grade"] == after["evidence_grade"] == "terbukti"


def test_no_effect_is_told_from_not_known(city: City) -> None:
    lottery(city, 60, 40, effect=0.0)
    [row] = city.make("marts.performance_effect")
    assert (row["verdict_code"], row["claim"], row["evidence_grade"]) == ("no_effect", "effect", "tanpa_pengaruh")
    # Scores before spread by √2 (0 to 4); a fifth of it matters.
    assert row["smallest"] == pytest.approx(0.2 * 2**0.5, rel=0.02)
    assert row["detectable"] == pytest.approx(2.8016 * row["se"], rel=1e-4)
    assert city.make("marts.open_question") == []


def test_an_interval_without_zero_that_is_not_proven_says_why(city: City) -> None:
    """One of many programs: what the interval says of it alone is not what is known of all of them at once."""
    lottery(city)
    [row] = city.make("marts.performance_effect")
    row |= {"p_adjusted": 0.19, "ci_low": 0.04}
    row["verdict_code"] = effects.verdict_code(row, LIMITS)
    assert (row["verdict_code"], effects.grade(row["verdict_code"])) == ("of_many", "tidak_dapat_disimpulkan")
    assert "nilai p terkoreksi 0,19" in stored(effects.verdict(row, LIMITS))
    assert effects.verdict_code(row | {"ci_low": -0.04}, LIMITS) == "not_proven"


def test_what_would_settle_whether_a_program_works(city: City) -> None:
    lottery(city, 30, 20)
    city.con.execute(
        "update core.fact_performance set numeric_score = numeric_score + hash(employee_id) % 40 where period_start > date '2026-06-01'"
    )
    [effect] = city.make("marts.performance_effect")
    assert effect["evidence_grade"] == "tidak_dapat_disimpulkan"
    [row] = city.make("marts.open_question")
    spread = effect["se"] / (1 / 30 + 1 / 20) ** 0.5
    people = 2.8015852**2 * spread**2 / (effect["smallest"] ** 2 * 2 / 9)
    assert (row["question"], row["answer"], row["needs"], row["n_now"]) == (
        "effect",
        "tidak_dapat_disimpulkan",
        "lottery_places",
        30,
    )
    assert (row["n_needed"], row["n_losers"]) == (-(-people * 2 // 3), -(-people // 3))
    assert row["n_more"] == row["n_needed"] - 30


@pytest.mark.parametrize(
    ("k", "n", "needs", "needed"),
    [(20, 50, "batches", 6), (9, 40, "batches", None), (6, 6, "respondents", 10), (0, 25, None, None)],
)
def test_what_would_settle_a_flag(city: City, k: int, n: int, needs: str | None, needed: int | None) -> None:
    city.klass("K")
    city.enrol("K", [f"e{number}" for number in range(60)])
    city.judge("K", "MATERI", k, n)
    rows = [row for row in city.make("marts.open_question") if row["question"] == "flag"]
    assert [row["needs"] for row in rows] == [needs] * (needs is not None)
    assert [row["n_needed"] for row in rows] == ([] if needs is None else [needed])


def test_without_colleagues_there_is_only_a_change(city: City) -> None:
    trial(city, "randomised", control=False)
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained"], row["n_control"], row["effect"], row["claim"]) == (20, 0, None, "change")
    assert row["trained_post_mean"] > row["trained_pre_mean"]
    assert "tidak ada rekan pembanding" in row["verdict"]


def test_who_does_not_count_as_untrained(city: City) -> None:
    trial(city, "randomised")
    city.enrol("K", ["c0"], status="withdrawn")
    city.klass("L", "Q", start_date=day("2026-07-01"), end_date=day("2026-07-02"))
    city.enrol("L", ["c1"])
    city.klass("M", "Q", start_date=day("2026-10-01"), end_date=day("2026-10-02"))
    city.enrol("M", ["c2"])
    city.con.execute("update core.dim_employee set position_group = 'jpt' where employee_id = 'c3'")
    city.con.execute("update core.fact_performance set unit_key = 'V' where employee_id = 'c4'")
    rows = {row["program_code"]: row for row in city.make("marts.performance_effect")}
    assert rows["P"]["n_control"] == 16, "all but c0 (was enrolled), c1 (trained elsewhere), c3 and c4 (other strata)"


def test_absent_people_were_not_trained_and_regimes_are_not_mixed(city: City) -> None:
    trial(city, "randomised")
    city.con.execute("update core.fact_enrolment set is_attended = false where employee_id = 't0'")
    city.con.execute(
        "update core.fact_performance set regime = 'old' where employee_id = 't1' and period_start < date '2026-07-01'"
    )
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained"], row["n_control"]) == (18, 20)


def test_nearest_periods_are_compared(city: City) -> None:
    trial(city, "randomised")
    for person in ("t0", "c0"):
        city.rate(person, "2025-10-01", 0)
        city.rate(person, "2026-04-01", 0)
    [row] = city.make("marts.performance_effect")
    assert row["effect"] == pytest.approx(3), "neither the quarter before the last nor that of the class counts"


def test_predicate_as_a_rank(city: City) -> None:
    trial(city, "randomised")
    city.con.execute(
        "update core.fact_performance set predicate = case when employee_id like 't%' and period_start > date '2026-06-01' "
        "then 'sangat_baik' else 'baik' end"
    )
    rows = {row["outcome"]: row for row in city.make("marts.performance_effect")}
    assert (rows["predicate_rank"]["effect"], rows["predicate_rank"]["control_post_mean"]) == (pytest.approx(1), 4)


def test_trained_people_without_ratings_are_named(city: City) -> None:
    city.klass("K")
    city.enrol("K", ["a"])
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained"], row["claim"], row["se_kind"]) == (0, "change", "none")


# ---- Effects over time --------------------------------------------------------------------------------------------

MPDTA = {
    None: (309, [-6.263, -4.9822, -1.5734, 0.6503],
           [[295.813], [201.2918, 333.8857], [221.5119, 296.6138, 659.8803], [227.8714, 289.9709, 530.5291, 666.4438]]),
    0: (20, [-7.3133, -12.0245, -15.2992, -9.4309],
        [[88.9757], [65.1084, 170.4004], [76.9835, 166.762, 222.8008], [21.8276, 127.6615, 138.7763, 192.9758]]),
    2: (40, [-5.611, -4.6052, -1.6559, -3.0953],
        [[179.363], [202.7279, 349.7076], [201.1611, 321.3013, 367.1442], [193.2937, 332.3337, 346.2699, 424.2285]]),
    3: (131, [-3.2123, -2.2041, -1.904, -2.2858],
        [[170.661], [136.8085, 358.8296], [153.3267, 306.7201, 503.4862], [164.7458, 317.3952, 442.6776, 632.8085]]),
}  # fmt: skip
"""Teen employment of 500 counties (mpdta, Callaway and Sant'Anna 2021): periods before the minimum wage rose (none: never) → counties, and mean and
covariance of the change since 2003 in 2004 to 2007, in hundredths of a logarithm. Effects and their errors are made of nothing else."""
QUARTERS = ("2024-10-01", "2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01")
"""The years 2003 to 2007."""
BETWEEN = (day("2024-12-31"), day("2025-03-31"), day("2025-06-30"), day("2025-09-30"))
"""A day between two of them."""


def counties(city: City) -> None:
    """People of these means and covariances, each of a county, rated in five quarters."""
    rng, rows = np.random.default_rng(1), []
    for after, (n, mean, below) in MPDTA.items():
        covariance = np.array([[below[max(i, j)][min(i, j)] for j in range(4)] for i in range(4)])
        drawn = np.linalg.qr(rng.standard_normal((n, 5)) * [0, 1, 1, 1, 1] + [1, 0, 0, 0, 0])[0][:, 1:] * n**0.5
        scores = np.hstack([np.zeros((n, 1)), drawn @ np.linalg.cholesky(covariance).T + mean])
        people = [f"{after}-{number}" for number in range(n)]
        if after is not None:
            city.klass(f"K{after}", assignment="nominated", start_date=BETWEEN[after], end_date=BETWEEN[after])
            city.enrol(f"K{after}", people)
        for first, values in zip(QUARTERS, scores.T, strict=True):
            last = (pd.Timestamp(first) + pd.offsets.MonthEnd(3) - pd.Timedelta(days=1)).date()
            rows += [
                {"employee_id": who, "employee_key": who, "unit_key": "U", "regime": "R", "period_start": day(first), "period_end": last,
                 "numeric_score": score}
                for who, score in zip(people, values, strict=True)
            ]  # fmt: skip
    city.staff(sorted({row["employee_id"] for row in rows}))
    city.put("fact_performance", rows)


def test_effects_over_time_are_those_of_r_s_did_to_the_printed_digit(city: City) -> None:
    """The effects of the vignette of did; errors without a bootstrap, as moderndid 0.2.0 prints them for the 500 counties themselves."""
    counties(city)
    found = {
        (row["average"], row["cohort"] and BETWEEN.index(row["cohort"] + dt.timedelta(days=1)), row["horizon"]): (
            round(row["effect"] / 100, 4), round(row["se"] / 100, 4),
        )
        for row in city.make("marts.performance_over_time")
    }  # fmt: skip
    assert found == {
        ("group_time", 0, 3): (-0.0105, 0.0233), ("group_time", 0, 6): (-0.0704, 0.0310), ("group_time", 0, 9): (-0.1373, 0.0364),
        ("group_time", 0, 12): (-0.1008, 0.0344), ("group_time", 2, 3): (-0.0046, 0.0178), ("group_time", 2, 6): (-0.0412, 0.0202),
        ("group_time", 3, 3): (-0.0261, 0.0167),
        ("simple", None, None): (-0.0400, 0.0120),
        ("dynamic", None, 3): (-0.0199, 0.0118), ("dynamic", None, 6): (-0.0510, 0.0169), ("dynamic", None, 9): (-0.1373, 0.0364),
        ("dynamic", None, 12): (-0.1008, 0.0344), ("dynamic_mean", None, None): (-0.0772, 0.0200),
        ("group", 0, None): (-0.0797, 0.0264), ("group", 2, None): (-0.0229, 0.0167), ("group", 3, None): (-0.0261, 0.0167),
        ("group_mean", None, None): (-0.0310, 0.0124),
    }  # fmt: skip


def test_whether_an_effect_lasts_is_told_beside_what_it_was(city: City) -> None:
    """Half of those let in came and rose by 3, which lasts half a year; after nine months ratings are too rough to tell, after twelve it is gone."""
    lottery(city, year=2025)
    for place in range(50):
        person, number = (f"t{place}", place) if place < 30 else (f"c{place - 30}", place - 30)
        came, rough = place < 30 and number % 2 == 0, 5.0 * (number % 4)
        for period, gain, noise in (("2025-10-01", 3, 0.0), ("2026-01-01", 1, rough), ("2026-04-01", 0, 0.0)):
            city.rate(person, period, 70 + number % 5 + 0.1 * (number % 3) + gain * came + noise)
    rows = city.make("marts.performance_over_time")
    assert {row["evidence_grade"] for row in rows} == {"terbukti"}
    assert {row["horizon"]: row["lasts"] for row in rows if row["average"] == "dynamic"} == {
        3: "bertahan", 6: "bertahan", 9: "belum_diketahui", 12: "hilang",
    }  # fmt: skip
    assert all(row["lasts"] is None for row in rows if row["average"] != "dynamic")
    [simple] = [row for row in rows if row["average"] == "simple"]
    assert (simple["n_trained"], simple["n_control"], simple["se_kind"]) == (30, 20, "cluster_person")
    assert simple["effect"] == pytest.approx((1.5 + 1.5 + 0.5 + 0) / 4, abs=0.2)


def test_of_what_is_no_proven_effect_nobody_asks_whether_it_lasts(city: City) -> None:
    trial(city, "self_selected", 32, units=8, prior=True)
    rows = city.make("marts.performance_over_time")
    assert {(row["evidence_grade"], row["lasts"], row["horizon"]) for row in rows if row["average"] == "dynamic"} == {
        ("perubahan", None, 3)
    }
    assert all(row["effect"] == pytest.approx(3) for row in rows)


def carry(city: City, *, carried: float, units: int = 24) -> None:
    """Two classes of 12 people, of so many units: who learnt a point more changed `carried` points more, and is rated a tenth of that higher;
    the second class learnt, changed and rose more as a whole."""
    for number, class_id in enumerate(("K", "L")):
        city.klass(class_id)
        people = [f"{class_id}{n}" for n in range(12)]
        city.enrol(class_id, people, is_attended=True)
        for n, person in enumerate(people):
            unit, gain = f"U{(n + 12 * number) % units}", 2.0 * n + 10 * number
            behaviour = carried * 2.0 * n + 8 * number + 0.5 * (n * 5 % 3)
            city.staff([person], unit)
            city.put("fact_assessment", [test(class_id, person, "pre", 40), test(class_id, person, "post", 40 + gain)])
            city.put("fact_observation", [
                {"class_key": key(class_id), "employee_id": person, "observer_role": "supervisor", "phase": phase, "score_share": share}
                for phase, share in (("before", 0.2), ("after", 0.2 + behaviour / 100))
            ])  # fmt: skip
            city.rate(person, "2025-10-01", 70, unit=unit)
            city.rate(person, "2026-04-01", 70 + behaviour / 10 + 0.1 * (n % 2), unit=unit)


def unit_codes(city: City, units: int) -> None:
    """So many units more."""
    ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
    city.put("dim_unit", [{"unit_key": f"U{n}", "unit_code": f"U{n}", "opd_code": "U"} | ever for n in range(units)])


def test_what_is_learnt_is_followed_to_work_in_the_same_people(city: City) -> None:
    unit_codes(city, 24)
    carry(city, carried=1.5)
    rows = {row["link"]: row for row in city.make("marts.transfer")}
    assert {link: row["carries"] for link, row in rows.items()} == dict.fromkeys(
        ("learning_behaviour", "behaviour_performance", "learning_performance"), "terbawa"
    )
    first = rows["learning_behaviour"]
    assert (first["n_people"], first["n_classes"], first["n_units"]) == (24, 2, 24)
    assert first["slope"] == pytest.approx(1.5, abs=0.05)
    assert rows["learning_performance"]["slope"] == pytest.approx(0.15, abs=0.01)
    assert first["slope_low"] < first["slope"] < first["slope_high"]


def test_what_whole_classes_have_in_common_is_no_transfer(city: City) -> None:
    unit_codes(city, 24)
    carry(city, carried=0.0)
    rows = city.make("marts.transfer")
    assert {row["carries"] for row in rows if row["link"] != "behaviour_performance"} == {"belum_diketahui"}
    assert all(abs(row["slope"]) < 0.05 for row in rows if row["link"] != "behaviour_performance")


def test_nineteen_units_show_no_transfer(city: City) -> None:
    unit_codes(city, 19)
    carry(city, carried=1.5, units=19)
    assert {(row["n_units"], row["carries"]) for row in city.make("marts.transfer")} == {(19, "belum_diketahui")}


# ---- Flags --------------------------------------------------------------------------------------------------------


def judged(classes: list[tuple[int, int]], expected: float | None = None, **beside: list[tuple[int, int]]) -> Row:
    """The flag of the material of one program in a city without any other; see `told_in`."""
    return told_in({"MATERI": classes, **beside}, expected)["MATERI"]


def told_in(aspects: dict[str, list[tuple[int, int]]], expected: float | None = None) -> dict[str, Row]:
    """The flag of each aspect of one program in a city without any other, by its classes (dissatisfied, of), which are a month apart."""
    cells = pd.concat([
        pd.DataFrame({
            "class_id": [f"K{n:02}" for n in range(len(told))], "program_code": "P", "curriculum_version": "1",
            "aspect": aspect, "instructor_id": None, "n_expected": expected, "index_0_100": 50.0, "index_agency": 80.0,
            "n_observed": [n for _, n in told], "n_unfavourable": [k for k, _ in told], "is_suppressed": False,
            "ended_on": pd.date_range("2025-01-31", periods=len(told), freq="ME"),
        })
        for aspect, told in aspects.items()
    ])  # fmt: skip
    return {name.removeprefix("P:1:"): flag for name, flag in flag_rows(cells).items()}


def flag_rows(cells: pd.DataFrame) -> dict[str, Row]:
    """Flags of class rows, by id."""
    cells = cells.assign(method="seminar")
    empty = {"teachers": ["class_id", "instructor_id", "module_name"],
             "learning": ["program_code", "curriculum_version", "class_id", "n_pairs", "pre_mean", "post_mean", "pre_sd",
                          "post_sd"]}  # fmt: skip
    frames = {"cells": cells} | {name: pd.DataFrame(columns=columns) for name, columns in empty.items()}
    decided = pd.DataFrame(columns=["flag_id", "decided_on", "result"])
    flags = flags_of(rules()["KEPUASAN"], frames, decided, pd.read_csv(POLICY, dtype={"version": str}))
    return {str(row["flag_id"]): row for row in st.records(flags)}


@pytest.mark.parametrize(
    ("n", "k", "expected", "found"),
    [
        (4, 4, 4, "DATA_KURANG"),
        (5, 5, 5, "MERAH"),
        (9, 0, 18, "HIJAU"),
        (9, 0, 19, "DATA_KURANG"),
        (9, 0, None, "DATA_KURANG"),
        (10, 0, None, "HIJAU"),
        (5, 2, 8, "KUNING"),  # a case of the five who answered 1, 1, 3, 3, 3
        (10, 5, None, "KUNING"),  # one class is one draw: it may have been a bad day
        (10, 7, None, "MERAH"),
        (25, 9, None, "KUNING"),
        (25, 13, None, "MERAH"),
        (20, 2, None, "HIJAU"),
    ],
)
def test_states_of_one_class(n: int, k: int, expected: float | None, found: str) -> None:
    assert judged([(k, n)], expected)["state"] == found


@pytest.mark.parametrize(
    ("k", "red"), [(11, []), (13, ["MATERI"]), (15, ["MATERI", "NARASUMBER"]), (22, ["MATERI", "METODE", "NARASUMBER"])]
)
def test_the_material_is_red_first_then_a_person_then_the_rest(k: int, red: list[str]) -> None:
    flags = told_in({aspect: [(k, 25)] for aspect in ("MATERI", "METODE", "NARASUMBER")})
    assert sorted(name for name, flag in flags.items() if flag["state"] == "MERAH") == red
    assert {flag["state"] for flag in flags.values()} <= {"MERAH", "KUNING"}
    assert len({flag["p_above"] for flag in flags.values()}) == 1


def test_several_classes_tell_more_than_one_of_as_many_people() -> None:
    one, five = judged([(20, 50)]), judged([(4, 10)] * 5)
    assert (one["state"], five["state"]) == ("KUNING", "MERAH")
    assert one["n_effective"] < five["n_effective"] < 50


def test_a_curriculum_that_turned_bad_is_red_for_what_it_is_now() -> None:
    flag = judged([(2, 25)] * 9 + [(11, 25)] * 3)
    assert (flag["state"], flag["change"]) == ("MERAH", "memburuk")
    assert pd.Timestamp(flag["changed_on"]) == pd.Timestamp("2025-10-31")
    assert (flag["n_unfavourable_now"], flag["n_observed_now"], flag["n_unfavourable"]) == (33, 75, 51)
    assert "memburuk sejak 31 Oktober 2025: 33 dari 75" in flag["reason"]
    assert pd.Timestamp(flag["opened_on"]) == pd.Timestamp("2025-10-31")


def test_a_curriculum_that_became_better_is_green_again() -> None:
    flag = judged([(11, 25)] * 6 + [(1, 25)] * 6)
    assert (flag["state"], flag["change"], flag["status"]) == ("HIJAU", "membaik", "tidak_ada")
    assert flag["unfavourable_share"] > LIMITS["dissatisfied_tolerated_share"]


def test_what_did_not_change_has_no_since() -> None:
    flag = judged([(2, 25), (3, 25), (1, 25), (4, 25)])
    assert (flag["change"], flag["n_observed_now"]) == (None, flag["n_observed"])
    assert pd.isna(flag["changed_on"])


@pytest.mark.parametrize("years", [1, 5])
def test_a_long_history_of_one_quality_is_no_change(years: int) -> None:
    """That a quality changes once in twenty batches makes a change probable before anything is seen; what is said is what was seen."""
    usual = [(2, 25), (4, 25), (1, 25), (3, 25), (5, 25), (2, 25), (3, 25), (0, 25), (4, 25), (3, 25), (2, 25), (6, 25)]
    assert judged(usual * years)["change"] is None
    turned = judged(usual * years + [(11, 25)] * 3)
    assert (turned["change"], turned["n_classes_now"]) == ("memburuk", 3)


def test_one_class_tells_of_no_change() -> None:
    assert judged([(12, 25)])["change"] is None


OTHERS = ("METODE", "MANFAAT", "PENYELENGGARA", "SARPRAS")
ONE_BAD_CLASS = [(2, 25), (2, 25), (12, 25), (2, 25), (3, 25)]


def told_of(classes: list[tuple[int, int]], **beside: list[tuple[int, int]]) -> float:
    """How probably the material is above the tolerated share."""
    return float(judged(classes, **beside)["p_above"])


def test_a_class_in_which_all_else_was_disliked_too_tells_less_of_the_material() -> None:
    alone = told_of(ONE_BAD_CLASS, **dict.fromkeys(OTHERS, [(2, 25)] * 5))
    in_a_bad_mood = told_of(ONE_BAD_CLASS, **dict.fromkeys(OTHERS, ONE_BAD_CLASS))
    assert in_a_bad_mood < 0.7 * alone


@pytest.mark.parametrize("n_changed", [1, 2])
def test_what_two_aspects_say_is_no_mood(n_changed: int) -> None:
    """One quality that changed is not taken for a mood: neither where few others were asked, nor beside others that are as ever."""
    as_ever = dict.fromkeys(OTHERS, [(2, 25)] * 5)
    assert told_of(ONE_BAD_CLASS, **as_ever) == told_of(ONE_BAD_CLASS, **as_ever | {"METODE": ONE_BAD_CLASS})
    few = dict.fromkeys(OTHERS[:n_changed], ONE_BAD_CLASS)
    assert told_of(ONE_BAD_CLASS, **few) == told_of(ONE_BAD_CLASS, **dict.fromkeys(few, [(2, 25)] * 5))


def test_where_everything_turned_bad_and_stays_so_it_is_no_mood() -> None:
    turned = [(2, 25)] * 9 + [(11, 25)] * 3
    flag = judged(turned, **dict.fromkeys(OTHERS, turned))
    assert (flag["state"], flag["change"]) == ("MERAH", "memburuk")


def test_a_mood_is_the_median_of_what_stands_out_beside() -> None:
    """8 of 20 where 2 of 20 are usual before and after: (8 − 2) ÷ (1.8 + 8) = 0.61 of log odds; the aspect that is as ever, and the one
    that was not asked elsewhere, change nothing."""
    told = {**dict.fromkeys(("A", "B", "C", "D"), (2, 8, 2)), "E": (2, 2, 2)}
    rows = pd.DataFrame(
        [(aspect, f"K{n}", k) for aspect, ks in told.items() for n, k in enumerate(ks)] + [("F", "K1", 20)],
        columns=["flag_id", "class_id", "n_unfavourable"],
    ).assign(n_observed=20)
    odds = rows.assign(mood=quality.moods(rows, np.zeros(len(rows)))).set_index(["flag_id", "class_id"])["mood"]
    assert odds.xs("K1", level="class_id").to_dict() == pytest.approx(dict.fromkeys("ABCDEF", 0.60))
    assert odds["A", "K0"] == pytest.approx(-0.25)  # (2 − 5) ÷ (20·0.25·0.75 + 8) = −0.26 of B, C and D, and 0 of E
    shared = np.where(rows["class_id"] == "K1", 0.3, 0.0)
    assert set(quality.moods(rows, shared)) == {0.0}


def dip(size: int) -> dict[str, Row]:
    """Twelve programs with six monthly classes of 25, of whom 3 are dissatisfied, in the fifth month `size` more in every program;
    one program has 12 in every month."""
    rows = [
        (f"P{p:02}", month, min(25, (12 if p == 0 else 3) + size * (month == 4) + (p + month) % 2))
        for p in range(12)
        for month in range(6)
    ]
    cells = pd.DataFrame(rows, columns=["program_code", "month", "n_unfavourable"])
    cells = cells.assign(
        class_id=cells["program_code"] + cells["month"].astype(str), curriculum_version="1", aspect="MATERI",
        instructor_id=None, n_expected=25.0, n_observed=25, index_0_100=50.0, index_agency=80.0, is_suppressed=False,
        ended_on=pd.Timestamp("2025-01-31") + cells["month"].map(lambda m: pd.offsets.MonthEnd(int(m))),
    )  # fmt: skip
    return flag_rows(cells)


def test_a_dip_that_all_programs_share_is_laid_on_none() -> None:
    flags = dip(8)
    assert [flag["state"] for flag in flags.values()] == ["MERAH"] + ["HIJAU"] * 11
    assert {flag["n_classes_shared"] for flag in flags.values()} == {1}
    assert "selisih bersama itu tidak dihitung" in flags["P01:1:MATERI"]["reason"]


def test_a_month_like_the_others_is_no_dip() -> None:
    assert {flag["n_classes_shared"] for flag in dip(0).values()} == {0}


def class_intervals(size: int, programs: int) -> pd.DataFrame:
    """By program and month `share_low` and `share_high` of classes of 100: 12 are dissatisfied, in the fifth month `size` more in some programs."""
    rows = [(f"P{p:02}", month, 12 + size * (month == 4 and p < programs)) for p in range(12) for month in range(6)]
    cells = pd.DataFrame(rows, columns=["program_code", "month", "n_dissatisfied"])
    cells = cells.assign(
        class_id=cells["program_code"] + cells["month"].astype(str), curriculum_version="1", aspect="MATERI", method="tatap_muka",
        instructor_id=None, is_whole_class=True, is_repeated=False, n_part=np.nan, share_sum=50.0, agency_sum=60.0, share_squares=30.0, n_straight_liners=0,
        ended_on=pd.Timestamp("2025-01-31") + cells["month"].map(lambda m: pd.offsets.MonthEnd(int(m))), last_answered_on=pd.NaT,
        **dict.fromkeys(("n_expected", "n_respondents", "n_answers", "n_forms", "n_smallest"), 100),
    )  # fmt: skip
    policy = pd.read_csv(POLICY, dtype={"version": str})
    return reaction.model(cells=cells, policy=policy).set_index(["program_code", "month"])[["share_low", "share_high"]]


def test_a_class_of_a_month_that_all_share_may_be_as_good_as_ever() -> None:
    shared, own, plain = class_intervals(30, 12), class_intervals(30, 1), class_intervals(0, 0)
    assert own.loc[("P00", 4), "share_low"] > 0.12, "a class that alone is worse"
    assert shared.loc[("P00", 4), "share_low"] == pytest.approx(shared.loc[("P00", 3), "share_low"]), (
        "without the 30 points"
    )
    assert shared.loc[("P00", 4), "share_high"] > 0.42
    assert (plain == plain.iloc[0]).all(axis=None)


def test_forms_of_more_people_than_there_were_are_named_and_not_judged(city: City) -> None:
    city.klass("K")
    city.enrol("K", [f"e{n}" for n in range(10)])
    city.judge("K", "MATERI", 20, 25)
    flag = city.flags()["P:1:MATERI"]
    assert (flag["state"], flag["is_repeated"], flag["n_unfavourable"]) == ("DATA_KURANG", True, None)
    assert "25 dari 10" in flag["reason"]
    [row] = city.make("marts.reaction")
    assert (row["is_repeated"], row["dissatisfied_low_bound"], row["dissatisfied_high_bound"]) == (True, None, None)
    [row] = city.make("marts.curriculum_flag_evidence")
    assert (row["is_repeated"], row["n_unfavourable"]) == (True, None)


def test_who_withdrew_may_answer_and_is_then_expected_too(city: City) -> None:
    """Of ten people one withdrew: nine are expected, and ten of ten forms are no repetition; eleven are."""
    for class_id, n in (("K1", 8), ("K2", 10), ("K3", 11)):
        city.klass(class_id)
        city.enrol(class_id, [f"e{number}" for number in range(9)])
        city.enrol(class_id, ["e9"], "withdrawn")
        city.judge(class_id, "MATERI", 0, n)
    told = [(8 / 9, 9, False), (1.0, 10, False), (None, None, True)]
    rows = city.make("marts.reaction")
    assert [(row["response_rate"], row["n_expected"], row["is_repeated"]) for row in rows] == [
        (pytest.approx(rate), *rest) if rate else (rate, *rest) for rate, *rest in told
    ]
    for mart in ("marts.response_rates", "marts.class_scorecard"):
        assert [row["n_expected"] for row in city.make(mart)] == [9, 10, None], mart
    [program] = city.make("marts.program_scorecard")
    assert (program["n_respondents"], program["n_expected"]) == (18, 19)
    assert "lebih banyak daripada peserta" not in city.flags()["P:1:MATERI"]["reason"]


def test_repeated_forms_of_one_class_leave_the_others_judged(city: City) -> None:
    for class_id, n in (("K1", 10), ("K2", 25)):
        city.klass(class_id)
        city.enrol(class_id, [f"e{number}" for number in range(10)])
        city.judge(class_id, "MATERI", 0, n)
    flag = city.flags()["P:1:MATERI"]
    assert (flag["state"], flag["is_repeated"], flag["n_observed"], flag["n_classes"]) == ("HIJAU", True, 10, 1)


@pytest.mark.parametrize("items", [1, 10])
@pytest.mark.parametrize(("low", "high", "top"), [(2, 3, 4), (2, 4, 5)])
def test_the_same_opinion_gives_the_same_state_on_every_form(
    city: City, low: int, high: int, top: int, items: int
) -> None:
    city.klass("K")
    city.answer("K", "MATERI", [(low,) * items] * 15 + [(high,) * items] * 5, top=top)
    city.answer("K", "METODE", [(high,) * items] * 20, top=top)
    city.answer("K", "MANFAAT", [(low,) * items] * 2 + [(high,) * items] * 18, top=top)
    assert {flag["aspect"]: flag["state"] for flag in city.flags().values()} == {
        "MATERI": "MERAH", "METODE": "HIJAU", "MANFAAT": "HIJAU",
    }  # fmt: skip


def test_five_of_eight_are_too_few_for_red_and_their_index_says_so(city: City) -> None:
    city.klass("K")
    city.enrol("K", [f"e{n}" for n in range(8)])
    city.answer("K", "MATERI", [(1,), (1,), (3,), (3,), (3,)])
    assert city.flags()["P:1:MATERI"]["state"] == "KUNING"
    [row] = [row for row in city.make("marts.reaction") if row["aspect"] == "MATERI"]
    assert (row["n_dissatisfied"], row["index_0_100"]) == (2, pytest.approx(40))
    assert row["index_low"] < 20 < 60 < row["index_high"]


def test_where_nobody_is_dissatisfied_nothing_is_red(city: City) -> None:
    city.klass("K")
    city.answer("K", "MATERI", [(3,)] * 20, top=5)
    assert city.flags()["P:1:MATERI"]["state"] == "HIJAU"


@pytest.mark.parametrize(
    ("k", "n", "silence", "tipping"),
    [
        (1, 25, "tahan", None),  # all five silent ones would have to be dissatisfied, and then it were 6 of 30
        (3, 15, "dapat_membalik", 0.2),
        (2, 20, "dapat_membalik", 0.4),
        (28, 28, "tahan", None),
    ],
)
def test_what_the_silent_could_change(k: int, n: int, silence: str, tipping: float | None) -> None:
    flag = judged([(k, n)], expected=30)
    assert (flag["silence"], flag["n_silent"]) == (silence, 30 - n)
    if tipping is None:
        assert pd.isna(flag["silent_tipping_share"]) or flag["silent_tipping_share"] == 1
    else:
        assert flag["silent_tipping_share"] == pytest.approx(tipping)


def test_without_a_list_nobody_knows_who_was_silent() -> None:
    assert judged([(3, 25)])["silence"] is None


def test_a_curriculum_disliked_in_every_batch_whoever_teaches(city: City) -> None:
    for class_id, who in (("K1", "A"), ("K2", "B"), ("K3", "A")):
        city.klass(class_id)
        city.judge(class_id, "MATERI", 8, 15)
        city.judge(class_id, "NARASUMBER", 0, 15, who=who)
    flags = city.flags()
    assert set(flags) == {"P:1:MATERI", "P:1:NARASUMBER:A", "P:1:NARASUMBER:B"}
    flag = flags["P:1:MATERI"]
    assert (flag["state"], flag["cause"], flag["status"], flag["instructor_id"]) == (
        "MERAH",
        "kurikulum",
        "terbuka",
        None,
    )
    assert flag["action"] == "Revisi kurikulum dan materi."
    assert (flag["n_classes"], flag["n_classes_flagged"], flag["n_dissatisfied"], flag["n_respondents"]) == (
        3,
        3,
        24,
        45,
    )
    assert "24 dari 45 responden (53,3%)" in flag["reason"]
    assert (flag["rule_version"], flag["q_value"] <= 0.1) == ("1", True)
    keep = flags["P:1:NARASUMBER:A"]
    assert (keep["state"], keep["cause"], keep["status"], keep["opened_on"]) == ("HIJAU", None, "tidak_ada", None)
    assert keep["action"] == "Pertahankan."


def test_material_disliked_only_with_one_narasumber_is_not_the_curriculums_fault(city: City) -> None:
    for class_id, who, k in (("K1", "A", 12), ("K2", "A", 12), ("K3", "B", 0), ("K4", "B", 1)):
        city.klass(class_id)
        city.judge(class_id, "MATERI", k, 15)
        city.judge(class_id, "NARASUMBER", k, 15, who=who)
    flags = city.flags()
    assert (flags["P:1:MATERI"]["cause"], flags["P:1:MATERI"]["cause_instructor_id"]) == ("narasumber", "A")
    assert (flags["P:1:NARASUMBER:A"]["state"], flags["P:1:NARASUMBER:A"]["cause"]) == ("MERAH", "narasumber")
    assert flags["P:1:NARASUMBER:A"]["action"] == "Pilih narasumber yang lebih kompeten."
    assert flags["P:1:NARASUMBER:B"]["state"] == "HIJAU"


def test_bad_material_that_colours_every_narasumber_is_not_their_fault(city: City) -> None:
    for number in range(6):
        city.klass(f"K{number}", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "MATERI", 9, 15)
        city.judge(f"K{number}", "NARASUMBER", 8, 15, who="ABC"[number % 3])
        city.klass(f"L{number}", "Q", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"L{number}", "NARASUMBER", 0, 15, who="ABC"[number % 3])
    flags = city.flags()
    assert {flags[f"P:1:NARASUMBER:{who}"]["cause"] for who in "ABC"} == {"kurikulum"}
    assert flags["P:1:NARASUMBER:A"]["p_cause"] >= 0.8
    assert flags["P:1:MATERI"]["cause"] == "kurikulum"


def two_at_once(city: City, persons: tuple[int, int]) -> dict[str, Row]:
    """A and B are disliked with the material in two classes of 15 each, C is liked in two; of the persons say A's and B's `persons`."""
    for number, (who, material, person) in enumerate(
        [
            ("A", 9, persons[0]),
            ("B", 9, persons[1]),
            ("C", 0, 0),
            ("A", 10, persons[0]),
            ("B", 8, persons[1]),
            ("C", 1, 1),
        ]
    ):
        city.klass(f"K{number}", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "MATERI", material, 15)
        city.judge(f"K{number}", "NARASUMBER", person, 15, who=who)
    return city.flags()


def test_two_narasumber_at_once_are_each_their_own_cause_and_not_the_curriculums(city: City) -> None:
    flags = two_at_once(city, (9, 10))
    assert {who: flags[f"P:1:NARASUMBER:{who}"]["cause_instructor_id"] for who in "ABC"} == {
        "A": "A",
        "B": "B",
        "C": None,
    }
    assert (flags["P:1:MATERI"]["state"], flags["P:1:MATERI"]["cause"]) == ("KUNING", None)


def test_material_disliked_with_two_of_three_is_not_told_apart(city: City) -> None:
    flags = two_at_once(city, (1, 1))
    assert (flags["P:1:MATERI"]["state"], flags["P:1:MATERI"]["cause"], flags["P:1:MATERI"]["p_cause"]) == (
        "KUNING",
        None,
        None,
    )


def test_a_bad_curriculum_and_a_narasumber_who_is_disliked_beside_are_both_named(city: City) -> None:
    for number, (who, k) in enumerate([("A", 12), ("B", 1), ("C", 1)] * 2):
        city.klass(f"K{number}", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "MATERI", 7, 15)
        city.judge(f"K{number}", "NARASUMBER", k, 15, who=who)
    flags = city.flags()
    assert (flags["P:1:MATERI"]["state"], flags["P:1:MATERI"]["cause"]) == ("MERAH", "kurikulum")
    assert (flags["P:1:NARASUMBER:A"]["cause"], flags["P:1:NARASUMBER:A"]["cause_instructor_id"]) == ("narasumber", "A")
    assert {flags[f"P:1:NARASUMBER:{who}"]["state"] for who in "BC"} == {"HIJAU"}


def test_who_is_disliked_wherever_they_teach_is_the_cause_although_the_material_is_bad(city: City) -> None:
    for number in range(6):
        city.klass(f"K{number}", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "MATERI", 9, 15)
        city.judge(f"K{number}", "NARASUMBER", 9 if number % 2 else 0, 15, who="BA"[number % 2])
        city.klass(f"L{number}", "Q", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"L{number}", "NARASUMBER", 9 if number % 2 else 0, 15, who="BA"[number % 2])
    flag = city.flags()["P:1:NARASUMBER:A"]
    assert (flag["cause"], flag["cause_instructor_id"]) == ("narasumber", "A")


@pytest.mark.parametrize(("topics", "cause"), [(("hard", "hard"), None), (("hard", "easy"), "narasumber")])
def test_a_hard_topic_is_not_a_persons_fault(city: City, topics: tuple[str, str], cause: str | None) -> None:
    """A taught it in every batch, and nothing else; B taught the rest."""
    for number in range(4):
        city.klass(f"K{number}", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "NARASUMBER", 9, 15, who="A")
        city.judge(f"K{number}", "NARASUMBER", 0, 15, who="B")
        city.put("dim_session", [
            {"class_id": f"K{number}", "class_key": key(f"K{number}"), "instructor_key": who, "module_name": topic}
            for who, topic in (("A", topics[number % 2]), ("B", "rest"))
        ])  # fmt: skip
    flag = city.flags()["P:1:NARASUMBER:A"]
    assert (flag["state"], flag["cause"]) == ("MERAH", cause)
    assert (flag["action_code"] == "investigate") == (cause is None)


def test_material_disliked_in_one_form_only_is_the_methods_fault(city: City) -> None:
    for number in range(8):
        method = "e_learning" if number % 2 else "seminar"
        city.klass(f"K{number}", method=method, end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "MATERI", 10 if number % 2 else 0, 15)
    assert city.flags()["P:1:MATERI"]["cause"] == "metode"


@pytest.mark.parametrize("aspect", ["MATERI", "METODE"])
def test_a_form_that_colours_its_narasumber_is_the_methods_fault_and_no_persons(city: City, aspect: str) -> None:
    """A and B teach in both forms, and are disliked in one."""
    for number in range(8):
        bad, who = number % 2, "AB"[number // 2 % 2]
        city.klass(f"K{number}", method="e_learning" if bad else "seminar", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", aspect, 11 if bad else 0, 15)
        city.judge(f"K{number}", "NARASUMBER", 11 if bad else 0, 15, who=who)
    flags = city.flags()
    asked = (f"P:1:{aspect}", "P:1:NARASUMBER:A", "P:1:NARASUMBER:B")
    assert [flags[flag]["cause"] for flag in asked] == ["metode"] * 3
    assert {flags[flag]["cause_instructor_id"] for flag in asked} == {None}


@pytest.mark.parametrize(
    ("away", "cause"),
    [({"e_learning": 0, "seminar": 0}, "metode"), ({"e_learning": 11, "seminar": 0}, "metode"), ({"e_learning": 11, "seminar": 11}, "narasumber")],
)  # fmt: skip
def test_a_form_is_told_from_its_narasumber_by_what_they_are_elsewhere(
    city: City, away: dict[str, int], cause: str
) -> None:
    """A alone teaches the disliked form, and both forms of another program."""
    for number in range(8):
        form = ("seminar", "e_learning")[number % 2]
        city.klass(f"K{number}", method=form, end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "NARASUMBER", 11 if number % 2 else 0, 15, who="BA"[number % 2])
        city.klass(f"L{number}", "Q", method=form, end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"L{number}", "NARASUMBER", away[form], 15, who="A")
    assert city.flags()["P:1:NARASUMBER:A"]["cause"] == cause


def test_a_person_who_alone_teaches_the_disliked_form_cannot_be_told_from_it(city: City) -> None:
    for number in range(8):
        bad = number % 2
        city.klass(f"K{number}", method="e_learning" if bad else "seminar", end_date=day(f"2026-0{number + 1}-20"))
        city.judge(f"K{number}", "NARASUMBER", 11 if bad else 0, 15, who="BA"[bad])
    flag = city.flags()["P:1:NARASUMBER:A"]
    assert (flag["state"], flag["cause"], flag["action_code"]) == ("MERAH", None, "investigate")


def test_where_one_disliked_narasumber_taught_every_batch_causes_cannot_be_told_apart(city: City) -> None:
    city.klass("K")
    city.judge("K", "MATERI", 12, 15)
    city.judge("K", "NARASUMBER", 12, 15, who="A")
    flags = city.flags()
    assert (flags["P:1:MATERI"]["state"], flags["P:1:MATERI"]["cause"]) == ("MERAH", None)
    assert "belum dapat dibedakan" in flags["P:1:MATERI"]["action"]
    assert flags["P:1:NARASUMBER:A"]["state"] == "KUNING", "one batch of 15 is no firm evidence against a person"


def test_a_person_is_red_with_25_respondents_of_one_batch(city: City) -> None:
    city.klass("K")
    city.judge("K", "NARASUMBER", 15, 25, who="A")
    assert city.flags()["P:1:NARASUMBER:A"]["state"] == "MERAH"


def test_causes_of_other_aspects(city: City) -> None:
    city.klass("K")
    for aspect in ("METODE", "PENYELENGGARA", "SARPRAS", "MANFAAT"):
        city.judge("K", aspect, 10, 15)
    city.judge("K", "OVERALL", 9, 15)
    causes = {row["aspect"]: row["cause"] for row in city.flags().values()}
    assert causes == {"METODE": "metode", "PENYELENGGARA": "penyelenggara", "SARPRAS": "penyelenggara",
                      "MANFAAT": "kurikulum", "OVERALL": "kurikulum"}  # fmt: skip


def test_a_form_that_names_no_narasumber_is_judged_as_a_whole(city: City) -> None:
    city.klass("K")
    city.judge("K", "NARASUMBER", 0, 12)
    assert list(city.flags()) == ["P:1:NARASUMBER"]


@pytest.mark.parametrize(
    ("k", "post", "contradiction", "said"),
    [
        (10, 80, "tidak_disukai_tetapi_efektif", "sebelum merevisi"),
        (10, 51, None, "Revisi kurikulum"),
        (0, 51, "disukai_tetapi_tidak_efektif", "hasil belajar rendah"),
        (0, 80, None, "Pertahankan"),
    ],
)
def test_liking_and_learning_may_disagree(city: City, k: int, post: float, contradiction: str, said: str) -> None:
    city.klass("K")
    city.judge("K", "MATERI", k, 15)
    for kind, mean in (("pre", 50), ("post", post)):
        city.put("fact_assessment", [test("K", f"e{n}", kind, mean + 5 * (n % 5 - 2)) for n in range(15)])
    flag = city.flags()["P:1:MATERI"]
    assert flag["contradiction"] == contradiction
    assert said in flag["action"]


def test_too_few_answers_are_not_judged(city: City) -> None:
    city.klass("K")
    city.enrol("K", [f"e{n}" for n in range(30)])
    city.judge("K", "MATERI", 6, 6)
    flag = city.flags()["P:1:MATERI"]
    assert (flag["state"], flag["cause"], flag["q_value"], flag["status"]) == ("DATA_KURANG", None, None, "tidak_ada")
    assert "6 responden dari 30 yang diharapkan" in flag["reason"]


def test_a_flag_is_opened_by_the_batch_that_makes_it_so(city: City) -> None:
    for number, k in enumerate((1, 2, 9, 9), start=1):
        city.klass(f"K{number}", end_date=day(f"2026-0{number}-20"))
        city.judge(f"K{number}", "MATERI", k, 15)
    assert city.flags()["P:1:MATERI"]["opened_on"] == day("2026-03-20"), "12 of 45 reach the tolerated share"


def test_a_class_that_ends_after_the_as_of_date_does_not_count(city: City) -> None:
    city.klass("K1")
    city.klass("K2", end_date=day("2026-12-01"))
    city.judge("K1", "MATERI", 0, 15)
    city.judge("K2", "MATERI", 15, 15)
    assert city.flags()["P:1:MATERI"]["n_respondents"] == 15


def followed(city: City, later: dict[str, int], version: str | None = "2", done: str | None = "2026-05-01") -> Row:
    """What came of a red flag that was followed up, with later batches (end → dissatisfied of 15)."""
    for number in range(2):
        city.klass(f"K{number}")
        city.judge(f"K{number}", "MATERI", 9, 15)
    for ended, k in later.items():
        city.klass(f"L{ended}", version=version or "1", end_date=day(ended))
        city.judge(f"L{ended}", "MATERI", k, 15)
    city.put("fact_follow_up", [{
        "flag_id": "P:1:MATERI", "action": "Revisi", "decided_on": day("2026-04-01"),
        "done_on": day(done) if done else None, "due_on": day("2026-06-01"), "new_curriculum_version": version,
    }])  # fmt: skip
    [outcome] = city.make("marts.follow_up_outcome")
    return outcome


@pytest.mark.parametrize(
    ("later", "version", "done", "status", "result"),
    [
        ({}, "2", "2026-05-01", "ditindaklanjuti", "belum dapat dinilai"),
        ({"2026-06-05": 0}, "2", "2026-05-01", "selesai", "selesai"),
        ({"2026-06-05": 9}, "2", "2026-05-01", "berlanjut", "berlanjut"),
        ({"2026-06-05": 0}, None, "2026-05-01", "selesai", "selesai"),
        ({"2026-04-05": 0}, None, "2026-05-01", "ditindaklanjuti", "belum dapat dinilai"),
        ({"2026-06-05": 0}, None, None, "ditindaklanjuti", "belum dapat dinilai"),
        (
            {"2026-03-20": 0},
            "2",
            "2026-05-01",
            "ditindaklanjuti",
            "belum dapat dinilai",
        ),  # the version was there before
        ({"2026-06-05": 0}, "1", "2026-05-01", "selesai", "selesai"),  # it stays
    ],
)
def test_later_batches_say_what_came_of_a_decision(
    city: City, later: dict[str, int], version: str | None, done: str | None, status: str, result: str
) -> None:
    outcome = followed(city, later, version, done)
    assert (city.flags()["P:1:MATERI"]["status"], outcome["result"], outcome["state_before"]) == (
        status,
        result,
        "MERAH",
    )
    assert outcome["is_overdue"] is (done is None)


def test_the_newest_decision_says_how_a_flag_lives(city: City) -> None:
    """The first one did not help; of the second the result is not to be seen yet, and of the third, on the same day, it did not help either."""
    followed(city, {"2026-06-05": 9}, None)
    city.program("P")
    again = {"flag_id": "P:1:MATERI", "decided_on": day("2026-07-01"), "due_on": day("2026-12-31")}
    city.put("fact_follow_up", [again | {"action": "Ganti narasumber"}])
    assert city.flags()["P:1:MATERI"]["status"] == "ditindaklanjuti"
    [verdict] = city.make("marts.program_verdict")
    assert (verdict["decision"], verdict["due_on"]) == ("diputuskan", day("2026-12-31"))
    city.klass("L", end_date=day("2026-09-05"))
    city.judge("L", "MATERI", 9, 15)
    city.put("fact_follow_up", [again | {"action": "Ubah jadwal", "done_on": day("2026-08-01")}])
    assert city.flags()["P:1:MATERI"]["status"] == "berlanjut"


def test_what_is_to_be_done_tomorrow_is_not_done(city: City) -> None:
    outcome = followed(city, {"2026-06-05": 0}, None, "2026-12-01")
    assert (outcome["is_overdue"], outcome["done_on"], outcome["result"]) == (True, None, "belum dapat dinilai")


@pytest.mark.parametrize(
    ("later", "others", "improvement"),
    [
        ({"2026-06-05": 0, "2026-07-05": 0}, 3, "membaik"),
        ({"2026-06-05": 12, "2026-07-05": 12, "2026-08-05": 12, "2026-09-05": 12}, 3, "tidak_membaik"),
        ({"2026-06-05": 6}, 3, "belum_diketahui"),
        ({}, 3, "belum_diketahui"),
        ({"2026-06-05": 3, "2026-07-05": 3}, -6, "tidak_membaik"),  # the others fell as much
    ],
)
def test_whether_a_follow_up_helped_is_told_beside_programs_without_one(
    city: City, later: dict[str, int], others: int, improvement: str
) -> None:
    for number in range(6):
        for month, k in (("03", 8), ("06", 8 if others > 0 else 8 + others), ("07", 8 if others > 0 else 8 + others)):
            city.klass(f"Q{number}{month}", f"Q{number}", end_date=day(f"2026-{month}-06"))
            city.judge(f"Q{number}{month}", "MATERI", k + number % 2, 15)
    outcome = followed(city, later)
    assert outcome["improvement"] == improvement
    if later:
        assert (outcome["n_others"], outcome["change_low"] < outcome["change"] < outcome["change_high"]) == (6, True)
        assert outcome["others_change"] == pytest.approx(0 if others > 0 else others / 15, abs=1e-9)
    else:
        assert (outcome["n_others"], outcome["change"]) == (0, None)


def test_a_little_less_by_chance_is_not_resolved(city: City) -> None:
    """6 of 25 before, 4 of 25 after (Fisher's p = 0.73)."""
    city.klass("K")
    city.judge("K", "MATERI", 6, 25)
    city.klass("L", end_date=day("2026-06-05"))
    city.judge("L", "MATERI", 4, 25)
    city.put("fact_follow_up", [{
        "flag_id": "P:1:MATERI", "action": "Revisi", "decided_on": day("2026-04-01"), "done_on": day("2026-05-01"),
    }])  # fmt: skip
    [outcome] = city.make("marts.follow_up_outcome")
    assert outcome["result"] == "belum dapat dinilai"
    assert 0.5 < outcome["p_better"] < 0.9


@pytest.mark.parametrize("name", ["X:1:MATERI", "X", "P:1", "materi", "P:1:MATERI:NS-1:x", ":", "P 1 MATERI"])
@pytest.mark.parametrize("version", [None, "2"])
def test_a_decision_on_a_flag_that_is_none_is_shown(city: City, name: str, version: str | None) -> None:
    """Also one whose code was mistyped, or is another thing altogether."""
    city.klass("K")
    city.judge("K", "MATERI", 6, 25)
    city.put(
        "fact_follow_up",
        [{"flag_id": name, "new_curriculum_version": version, "action": "Revisi", "decided_on": day("2026-04-01")}],
    )
    [row] = city.make("marts.follow_up_outcome")
    assert (row["is_known"], row["state_before"], row["result"]) == (False, None, "belum dapat dinilai")


def test_evidence_adds_up_to_the_flag(city: City) -> None:
    whole_city(city)
    flags, rows = city.flags(), city.make("marts.curriculum_flag_evidence")
    assert {flag["rule"] for flag in flags.values()} == {"KEPUASAN", "KEHADIRAN"}
    for flag_id, flag in flags.items():
        own = [row for row in rows if row["flag_id"] == flag_id]
        assert len(own) == flag["n_classes"]
        for name in ("n_observed", "n_unfavourable"):
            assert sum(row[name] for row in own) == flag[name]
        assert (flag["n_respondents"] is None) == (flag["rule"] == "KEHADIRAN")


@pytest.mark.parametrize(
    ("rare", "state", "code"),
    [(1, "HIJAU", "keep_schedule"), (10, "KUNING", "watch_attendance"), (18, "MERAH", "reschedule")],
)
def test_attendance_that_collapses_is_flagged(city: City, rare: int, state: str, code: str) -> None:
    city.klass("K")
    city.enrol("K", [f"e{n}" for n in range(20)])
    city.attend("K", {f"e{n}": "HHHA?" if n < rare else "HHHH" for n in range(20)})
    flag = city.flags()["P:1:KEHADIRAN"]
    assert (flag["state"], flag["action_code"], flag["n_observed"], flag["n_unfavourable"]) == (state, code, 20, rare)
    assert (flag["status"], flag["opened_on"]) == (
        ("tidak_ada", None) if state == "HIJAU" else ("terbuka", day("2026-03-06"))
    )
    assert f"{rare} dari 20 peserta" in flag["reason"]
    assert (flag["cause"], flag["n_respondents"], flag["dissatisfied_share"], flag["index_agency"]) == (None,) * 4


def test_four_of_five_sessions_are_enough_and_unknown_ones_do_not_count(city: City) -> None:
    city.klass("K")
    city.attend("K", {"a": "HHHHA", "b": "HHHA", "c": "HHH???", "d": "???", "e": "HHHH", "f": "HHHH"})
    [row] = city.make("marts.class_attendance")
    assert (row["n_presence_known"], row["n_rarely_present"], row["n_expected"]) == (5, 1, None)


def test_presence_of_few_is_not_told(city: City) -> None:
    city.con.execute("update ops.policy set value = 5 where policy = 'minimum_cell_size'")
    city.klass("K")
    city.attend("K", dict.fromkeys("abcd", "HA"))
    [row] = city.make("marts.class_attendance")
    assert (row["n_presence_known"], row["n_rarely_present"], row["is_suppressed"]) == (4, None, True)
    flag = city.flags()["P:1:KEHADIRAN"]
    assert (flag["state"], flag["n_unfavourable"], flag["action_code"]) == ("DATA_KURANG", None, "complete_lists")


def test_a_decision_on_attendance_is_followed_up_by_later_batches(city: City) -> None:
    for number, marks in enumerate(["HHAA", "HHHH"]):
        city.klass(
            f"K{number}", start_date=day(f"2026-0{3 + 3 * number}-02"), end_date=day(f"2026-0{3 + 3 * number}-06")
        )
        city.attend(f"K{number}", {f"e{n}": marks for n in range(20)})
    decided = {"flag_id": "P:1:KEHADIRAN", "action": "Atur ulang", "decided_on": day("2026-04-01")}
    city.put("fact_follow_up", [decided | {"done_on": day("2026-05-01")}])
    flag = city.flags()["P:1:KEHADIRAN"]
    assert (flag["state"], flag["status"], flag["opened_on"]) == ("HIJAU", "selesai", None)
    [outcome] = city.make("marts.follow_up_outcome")
    assert (outcome["state_before"], outcome["state_after"], outcome["result"]) == ("MERAH", "HIJAU", "selesai")
    assert (outcome["n_dissatisfied_before"], outcome["n_respondents_before"]) == (20, 20)


def test_every_limit_comes_from_the_policy(city: City) -> None:
    city.klass("K")
    city.judge("K", "MATERI", 3, 20)
    assert city.flags()["P:1:MATERI"]["state"] == "HIJAU"
    city.con.execute("update ops.policy set value = 0.15, version = '2' where policy = 'dissatisfied_tolerated_share'")
    flag = city.flags()["P:1:MATERI"]
    assert (flag["state"], flag["rule_version"], flag["tolerated_share"]) == ("KUNING", "1+2", 0.15)


# ---- The other marts ----------------------------------------------------------------------------------------------


def test_training_hours_of_a_year(city: City) -> None:
    city.staff(list("abcd"))
    city.staff(list("pq"), kind="PPPK")
    city.staff(["v"], unit="V")
    city.klass("K")
    city.klass("L", end_date=day("2025-06-30"), start_date=day("2025-06-01"))
    city.klass("N", end_date=day("2026-12-31"))
    city.enrol("K", ["a"], certificate_jp=20.0, attended_jp=99.0)
    city.enrol("K", ["b"], attended_jp=12.0)
    city.enrol("K", ["c"])
    city.enrol("K", ["d"], status="withdrawn", certificate_jp=40.0)
    city.enrol("K", ["p"], certificate_jp=24.0)
    city.enrol("K", ["q"], certificate_jp=24.5)
    city.enrol("L", ["a"], certificate_jp=19.0)
    city.enrol("N", ["b"], certificate_jp=40.0)
    rows = {(r["unit_code"], r["year"], r["employment_type"]): r for r in city.make("marts.training_hours")}
    assert set(rows) == {
        ("U", 2025, "PNS"),
        ("V", 2025, "PNS"),
        ("U", 2026, "PNS"),
        ("V", 2026, "PNS"),
        ("U", 2025, "PPPK"),
        ("U", 2026, "PPPK"),
    }
    # Nobody of the kind was enrolled: nothing unknown about it.
    assert [rows["U", 2025, "PPPK"][n] for n in ("n_jp_known", "n_trained", "jp_total")] == [2, 0, 0]
    pns = rows["U", 2026, "PNS"]
    # a 20 (the certificate wins), b 12, c unknown, d nothing: the median of 0, 12 and 20.
    assert [pns[n] for n in ("n_employees", "n_jp_known", "n_trained", "jp_median", "n_floor_met")] == [4, 3, 3, 12, 1]
    assert (pns["floor_share"], pns["n_over_cap"], pns["is_full_year"]) == (pytest.approx(1 / 3), None, False)
    pppk = rows["U", 2026, "PPPK"]
    assert (pppk["n_floor_met"], pppk["floor_share"], pppk["n_over_cap"]) == (None, None, 1)
    assert (rows["V", 2026, "PNS"]["jp_median"], rows["V", 2026, "PNS"]["n_floor_met"]) == (0, 0)
    assert (rows["U", 2025, "PNS"]["n_floor_met"], rows["U", 2025, "PNS"]["is_full_year"]) == (0, True)


def test_unknown_hours_do_not_hide_a_ceiling_that_the_known_ones_exceed(city: City) -> None:
    city.staff(list("pqr"), kind="PPPK")
    for class_id in ("K", "L"):
        city.klass(class_id)
    city.enrol("K", ["p"], certificate_jp=30.0)
    city.enrol("L", ["p", "q"])
    [row] = city.make("marts.training_hours")
    # p is certainly above 24, q may be, r had nothing.
    assert [row[n] for n in ("n_jp_known", "n_over_cap", "n_over_cap_most")] == [1, 1, 2]


@pytest.mark.parametrize(("places", "high", "most"), [(1, 2 / 4, 1), (None, 1.0, 2)])
def test_anybody_may_have_been_in_a_class_without_a_list(
    city: City, places: int | None, high: float, most: int
) -> None:
    city.staff(list("abcd"))
    city.staff(list("pq"), kind="PPPK")
    city.klass("K")
    city.enrol("K", ["a"], certificate_jp=20.0)
    city.klass("L", planned_participants=places)
    city.klass("M", planned_participants=9)
    city.enrol("M", ["b"], status="withdrawn")  # a list of people who all withdrew is a list
    pns, pppk = city.make("marts.training_hours")
    assert [pns[n] for n in ("n_classes_without_list", "floor_share", "floor_low", "floor_high")] == [
        1, 0.25, 0.25, high,
    ]  # fmt: skip
    assert [pppk[n] for n in ("n_over_cap", "n_over_cap_most")] == [0, most]


@pytest.mark.parametrize(
    ("first", "last", "known"),
    [
        ("2025-01-01", "2026-10-01", {2025: True, 2026: True}),  # the year runs, and so does the delivery
        ("2025-01-01", "2025-11-01", {2025: False, 2026: False}),  # nobody delivers any more
        ("2025-11-01", "2026-11-01", {2025: False, 2026: True}),
        ("2026-02-01", "2026-11-01", {2025: False, 2026: False}),
    ],
)
def test_hours_of_a_year_that_was_not_observed_are_unknown(
    city: City, first: str, last: str, known: dict[int, bool]
) -> None:
    city.observe(first, last)
    city.staff(["a", "b"])
    city.staff(["p"], kind="PPPK")
    for class_id, end in (("K", "2025-11-20"), ("L", "2026-03-06")):
        city.klass(class_id, end_date=day(end))
        city.enrol(class_id, ["a", "p"], certificate_jp=30.0)
    rows = {(row["year"], row["employment_type"]): row for row in city.make("marts.training_hours")}
    for year, is_known in known.items():
        pns, pppk = rows[year, "PNS"], rows[year, "PPPK"]
        expected = [2, 1, 30, 1, 0.5, None, 1] if is_known else [0, None, None, None, None, None, None]
        columns = ("n_jp_known", "n_trained", "jp_total", "n_floor_met", "floor_share", "n_over_cap")
        assert [*(pns[name] for name in columns), pppk["n_over_cap"]] == expected
        assert pns["n_employees"] == 2
    assert rows[2025, "PNS"]["is_full_year"] is known[2025]
    months = pd.date_range(first, last, freq="MS")
    assert [rows[year, "PNS"]["n_months_observed"] for year in known] == [sum(months.year == year) for year in known]


def test_a_gap_in_the_deliveries_is_no_zero(city: City) -> None:
    city.observe("2025-01-01", "2026-11-01")
    city.con.execute(
        "update core.source_month set is_gap = true where source = 'enrolments' and month_start = '2025-06-01'"
    )
    city.staff(["a"])
    city.klass("K", end_date=day("2025-11-20"))
    city.enrol("K", ["a"], certificate_jp=30.0)
    [row] = city.make("marts.training_hours")
    assert (row["n_months_observed"], row["is_full_year"], row["n_jp_known"]) == (11, False, 0)


def project(
    city: City, planned: float, actual: float, month: str = "2026-05-01", end: str | None = "2026-11-30"
) -> Row:
    """The context of a project in its latest month."""
    city.put("fact_project_progress", [{
        "project_id": "P", "unit_key": "U", "month_start": day(m), "planned_pct": p, "actual_pct": a, "deviation_pct": a - p,
        "planned_end_on": day(end) if end else None,
    } for m, p, a in (("2025-01-01", 10, 0), (month, planned, actual))])  # fmt: skip
    [row] = city.make("marts.project_context")
    return row


@pytest.mark.parametrize(
    ("planned", "actual", "month", "end", "status"),
    [
        (50, 40, "2026-05-01", "2026-11-30", "terlambat"),
        (50, 39.9, "2026-05-01", "2026-11-30", "kritis"),
        (80, 75, "2026-05-01", "2026-11-30", "terlambat"),
        (80, 74.9, "2026-05-01", "2026-11-30", "kritis"),
        (80, 79, "2026-05-01", "2027-01-31", "kritis"),
        (80, 79, "2025-12-01", None, "kritis"),
        (80, 80, "2025-12-01", "2027-01-31", "sesuai"),
        (0, 0, "2026-05-01", None, "belum_mulai"),
    ],
)
def test_critical_contracts(
    city: City, planned: float, actual: float, month: str, end: str | None, status: str
) -> None:
    row = project(city, planned, actual, month, end)
    assert (row["status"], row["is_critical"]) == (status, status == "kritis")


def test_observed_behaviour_is_a_change_in_the_same_people(city: City) -> None:
    city.klass("K")
    seen = {"a": (0.2, 0.4), "b": (0.2, 0.6), "c": (0.5, 0.5), "d": (0.5, None)}
    city.put("fact_observation", [
        {"employee_id": p, "class_key": key("K"), "observer_role": "peer", "phase": phase, "aspect": "X", "score_share": s}
        for p, both in seen.items() for phase, s in zip(("before", "after"), both, strict=True)
    ])  # fmt: skip
    [row] = city.make("marts.behaviour_change")
    assert [row[n] for n in ("n_before", "n_after", "n_pairs", "n_improved", "n_worsened")] == [4, 3, 3, 2, 0]
    assert (row["before_mean"], row["after_mean"], row["change"], row["claim"]) == (30, 50, 20, "change")
    # SD of 20, 40, 0 is 20; t(2) = 4.302653.
    assert row["change_low"] == pytest.approx(20 - 4.302653 * 20 / 3**0.5, abs=1e-4)


def test_an_aspect_that_was_observed_on_one_side_alone_is_no_change(city: City) -> None:
    """A form that asks of more, or of less, after the class; of d nothing is alike."""
    city.klass("K")
    before, after = {"X": 0.2, "Y": 0.8}, {"X": 0.3, "Z": 1.0}
    seen = {"a": (before, after), "b": (before, after), "c": (before, after), "d": ({"Y": 0.8}, {"X": 0.3})}
    city.put("fact_observation", [
        {"employee_id": person, "class_key": key("K"), "observer_role": "peer", "phase": phase, "aspect": aspect, "score_share": share}
        for person, sides in seen.items() for phase, side in zip(("before", "after"), sides, strict=True) for aspect, share in side.items()
    ])  # fmt: skip
    [row] = city.make("marts.behaviour_change")
    assert [row[n] for n in ("n_before", "n_after", "n_pairs", "change")] == [4, 4, 3, 10]


def test_people_of_one_supervisor_are_not_independent(city: City) -> None:
    """Ten people each of four supervisors, who differ: 1, 2, 3 and 4 tenths more than before."""
    city.klass("K")
    city.put("fact_observation", [
        {"employee_id": f"{rater}{n}", "class_key": key("K"), "observer_role": "supervisor", "observer_id": rater, "phase": phase,
         "aspect": "X", "score_share": 0.4 + (phase == "after") * 0.1 * (1 + "wxyz".index(rater))}
        for rater in "wxyz" for n in range(10) for phase in ("before", "after")
    ])  # fmt: skip
    [row] = city.make("marts.behaviour_change")
    # Means of 10, 20, 30, 40: SD 12.91, t(3) = 3.182446.
    half = 3.182446 * 12.909944 / 2
    assert (row["n_pairs"], row["n_raters"], row["change"]) == (40, 4, 25)
    assert [row["change_low"], row["change_high"]] == pytest.approx([25 - half, 25 + half], abs=1e-4)


def test_of_several_observers_it_is_the_one_who_observed_most_people_whatever_they_are_called(city: City) -> None:
    """Each of four people is observed by one peer of their own and by the same two; z, whose name is the last one, observed three, a all."""
    city.klass("K")
    seen = [(f"e{n}", observer) for n in range(4) for observer in ("a", f"p{n}", *("z" if n else ""))]
    city.put("fact_observation", [
        {"employee_id": person, "class_key": key("K"), "observer_role": "peer", "observer_id": observer, "phase": phase,
         "aspect": "X", "score_share": share} for person, observer in seen for phase, share in (("before", 0.2), ("after", 0.4))
    ])  # fmt: skip
    [row] = city.make("marts.behaviour_change")
    assert (row["n_pairs"], row["n_raters"]) == (4, 1)


def test_who_moved_is_observed_by_the_unit_after_the_class(city: City) -> None:
    """Before, the unit is another for each, or not known."""
    city.klass("K")
    city.staff(["e0", "e1", "e2", "e3"], unit="U")
    for n in range(3):
        city.staff([f"before{n}"], unit=f"V{n}")
    before = ["before0", "before1", "before2", "unknown"]
    city.put("fact_observation", [
        {"employee_id": f"e{n}", "employee_key": version, "class_key": key("K"), "observer_role": "supervisor", "phase": phase,
         "aspect": "X", "score_share": share}
        for n in range(4) for phase, version, share in (("before", before[n], 0.2), ("after", f"e{n}", 0.4))
    ])  # fmt: skip
    [row] = city.make("marts.behaviour_change")
    assert (row["n_pairs"], row["n_raters"]) == (4, 1)


@pytest.mark.parametrize(("units", "raters"), [("UUUU", 1), ("UUVV", 2)])
def test_without_a_name_a_unit_stands_for_its_supervisor(city: City, units: str, raters: int) -> None:
    city.klass("K")
    for number, unit in enumerate(units):
        city.staff([f"e{number}"], unit=unit)
        city.put("fact_observation", [
            {"employee_id": f"e{number}", "employee_key": f"e{number}", "class_key": key("K"), "observer_role": "supervisor",
             "phase": phase, "aspect": "X", "score_share": share} for phase, share in (("before", 0.2), ("after", 0.3 + 0.1 * number))
        ])  # fmt: skip
    [row] = city.make("marts.behaviour_change")
    assert (row["n_raters"], row["change_low"] is None, row["p_value"] is None) == (raters, raters == 1, raters == 1)


def test_methods_are_compared_by_class_not_by_head(city: City) -> None:
    for class_id, k, n in (("K1", 0, 40), ("K2", 5, 10)):
        city.klass(class_id, method="seminar")
        city.judge(class_id, "MATERI", k, n)
    [row] = city.make("marts.method_comparison")
    assert (row["index_0_100"], row["n_classes"], row["dissatisfied_share"]) == (75, 2, 0.1)
    assert row["index_low"] < 0, "two classes say little"


def test_narasumber_over_all_classes(city: City) -> None:
    for class_id, program, k in (("K1", "P", 2), ("K2", "Q", 3)):
        city.klass(class_id, program)
        city.judge(class_id, "NARASUMBER", k, 10, who="A")
    city.judge("K1", "NARASUMBER", 1, 10, who="B")
    rows = {row["instructor_id"]: row for row in city.make("marts.instructor_scorecard")}
    assert [rows["A"][n] for n in ("n_programs", "n_classes", "n_respondents", "n_dissatisfied", "is_firm")] == [
        2,
        2,
        20,
        5,
        True,
    ]
    assert rows["A"]["index_0_100"] == 75
    assert rows["B"]["is_firm"] is False


def test_scorecards_of_class_and_program(city: City) -> None:
    whole_city(city)
    city.enrol("K0", ["gone"], status="withdrawn")
    [first, _] = city.make("marts.class_scorecard")
    assert [first[n] for n in ("n_enrolled", "n_withdrawn", "n_completed", "n_attended")] == [11, 1, 10, 10]
    assert (first["attendance_share"], first["completion_share"]) == (0.75, pytest.approx(10 / 11))
    assert first["index_overall"] == pytest.approx(100 * 6 / 9)
    [row] = city.make("marts.program_scorecard")
    assert (row["n_classes"], row["n_enrolled"], row["n_respondents"], row["n_expected"]) == (2, 21, 18, 20)
    assert (row["n_dissatisfied"], row["n_judged"], row["dissatisfied_share"]) == (6, 18, pytest.approx(1 / 3))
    assert (row["n_pairs"], row["gain"], row["n_flags_red"]) == (20, pytest.approx(30 / 52.35, abs=1e-4), 1)
    assert (row["performance_design"], row["performance_claim"], row["n_services"]) == ("lottery", "effect", 1)
    assert row["ikm_mean"] == pytest.approx(77.5)


@pytest.mark.parametrize(
    ("service", "begins", "ends"),
    [
        pytest.param("S", "2026-07-01", "2026-12-31", id="a period that is not over"),
        pytest.param("former", "2025-04-01", "2025-06-30", id="a service that nobody has asked about for a year"),
    ],
)
def test_what_is_not_of_the_last_year_is_no_programs(city: City, service: str, begins: str, ends: str) -> None:
    """The index of the running year had stood for the one that was over; a former service got another code since, or is no more."""
    whole_city(city)
    [before] = city.make("marts.program_scorecard")
    city.put("fact_service_satisfaction", [
        {"unit_code": "U", "service": service, "period_start": day(begins), "period_end": day(ends), "element": element, "score": 1.0, "n_answers": 5}
        for element in ELEMENTS_OF_SKM
    ])  # fmt: skip
    [row] = city.make("marts.program_scorecard")
    assert (
        (row["n_services"], row["ikm_mean"]) == (before["n_services"], before["ikm_mean"]) == (1, pytest.approx(77.5))
    )


def test_a_month_counts_the_classes_that_had_ended_and_the_newest_is_the_scorecard(city: City) -> None:
    """From the month of the first class to the as-of date, also where no class ended; what is not known does not become zero."""
    city.program("P")
    for class_id, ended, n in (("K", "2026-08-31", 6), ("L", "2026-10-01", 2), ("LATER", "2026-12-01", 9)):
        city.klass(class_id, start_date=day("2026-08-28"), end_date=day(ended))
        city.judge(class_id, "OVERALL", 1, n)
    city.klass("UNTOLD", start_date=None, end_date=None)
    city.enrol("L", ["a", "b"])
    rows = city.make("marts.scorecard_history")
    names = ("month_start", "counted_to", "n_classes", "n_judged", "n_dissatisfied", "n_enrolled", "n_pairs")
    assert [[str(row[name]) for name in names] for row in sorted(rows, key=lambda row: row["month_start"])] == [
        ["2026-08-01", "2026-08-31", "1", "6", "1", "None", "None"],
        ["2026-09-01", "2026-09-30", "1", "6", "1", "None", "None"],
        ["2026-10-01", "2026-10-31", "2", "8", "2", "2", "None"],
        ["2026-11-01", "2026-11-24", "2", "8", "2", "2", "None"],
    ]
    city.con.execute("delete from core.dim_class where class_id in ('LATER', 'UNTOLD')")
    *_, last = sorted(city.make("marts.scorecard_history"), key=lambda row: row["month_start"])
    [card] = city.make("marts.program_scorecard")
    alike = (set(last) & set(card)) - {"program_name"}
    assert len(alike) > 20
    assert {name: last[name] for name in alike} == {name: card[name] for name in alike}


def test_a_class_without_lists_has_unknown_counts(city: City) -> None:
    city.klass("K")
    [row] = city.make("marts.class_scorecard")
    names = (
        "n_enrolled",
        "n_attended",
        "attendance_share",
        "completion_share",
        "n_respondents",
        "n_pairs",
        "gain_class",
    )
    assert [row[name] for name in names] == [None] * len(names)


@pytest.mark.parametrize(("rise", "claim"), [(0.0, "effect"), (2.0, "change")])
def test_people_who_were_on_their_way_already_show_no_effect(city: City, rise: float, claim: str) -> None:
    trial(city, "nominated", units=5)
    for letter in "tc":
        for i in range(20):
            # A period earlier: the trained were `rise` lower, and everybody a little apart.
            city.rate(
                f"{letter}{i}", "2025-07-01", 70 + i % 5 - rise * (letter == "t") + 0.2 * (i % 3) * (-1) ** (i % 2),
                unit=f"U{i % 5}",
            )  # fmt: skip
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained_prior"], row["claim"]) == (20, claim)
    assert row["pretrend"] == pytest.approx(rise)
    assert ("sebelum pelatihan" in row["verdict"]) == (claim == "change")


def test_q_is_the_share_of_suspects_expected_wrong() -> None:
    q = st.false_discovery([0.99, 0.9, float("nan"), 0.5, 0.9])
    assert q.round(12).tolist()[:2] == [0.01, 0.07]
    assert np.isnan(q[2])
    assert q[3:].round(12).tolist() == [0.1775, 0.07]


def test_a_class_without_gain_costs_too(city: City) -> None:
    """Ten people each, 100,000 rupiah a head, +20 and −10 points: 2,000,000 for 100 person-points."""
    for class_id, gain in (("K", 20), ("L", -10)):
        city.klass(class_id, method="seminar", cost_idr=1_000_000)
        people = [f"{class_id}{n}" for n in range(10)]
        city.enrol(class_id, people)
        scores = [("pre", 50), ("post", 50 + gain)]
        city.put("fact_assessment", [test(class_id, who, kind, score) for who in people for kind, score in scores])
    [row] = [row for row in city.make("marts.method_outcome") if row["measure"] == "cost_per_gain_point"]
    assert (row["mean"], row["n_classes"]) == (pytest.approx(20_000), 2)


def test_methods_are_compared_within_programs(city: City) -> None:
    """P is liked and only given as a seminar; Q is given in both forms, where the workshop is 20 points better."""
    for class_id, program, method, k in (
        ("P1", "P", "seminar", 0), ("P2", "P", "seminar", 0), ("Q1", "Q", "seminar", 4), ("Q2", "Q", "seminar", 6),
        ("Q3", "Q", "workshop", 2), ("Q4", "Q", "workshop", 4),
    ):  # fmt: skip
        city.klass(class_id, program, method=method, cost_idr=1_000_000)
        city.judge(class_id, "MATERI", k, 10)
        city.enrol(class_id, [f"{class_id}-{n}" for n in range(10)])
    found = {(row["method"], row["measure"]): row for row in city.make("marts.method_outcome")}
    seminar, workshop = found["seminar", "satisfaction"], found["workshop", "satisfaction"]
    assert (seminar["mean"], workshop["mean"]) == (75, 70)
    assert (seminar["n_programs"], seminar["n_programs_compared"], seminar["n_classes_compared"]) == (2, 1, 4)
    assert (seminar["adjusted_difference"], workshop["adjusted_difference"]) == (pytest.approx(-20), pytest.approx(20))
    assert workshop["adjusted_low"] < 0 < workshop["adjusted_high"]
    assert "Tidak ada perbedaan yang terbukti" in workshop["verdict"]
    assert found["seminar", "cost_per_participant"]["mean"] == 100_000
    assert ("seminar", "gain") not in found


def test_whom_two_observed_is_one_of_the_class(city: City) -> None:
    """a rose by 40 points as both saw it, b by 10 as the supervisor did."""
    for name in ("K", "L"):
        city.klass(name, method="seminar")
    seen = [("a", "supervisor", 0.6), ("a", "peer", 0.6), ("b", "supervisor", 0.3)]
    city.put("fact_observation", [
        {"employee_id": person, "class_key": key(name), "observer_role": role, "phase": phase, "aspect": "X", "score_share": share}
        for name in ("K", "L") for person, role, after in seen for phase, share in (("before", 0.2), ("after", after))
    ])  # fmt: skip
    [row] = [row for row in city.make("marts.method_outcome") if row["measure"] == "behaviour"]
    assert (row["n_classes"], row["mean"]) == (2, 25)


def test_services_before_and_after_their_offices_own_class(city: City) -> None:
    """25 points up, against others that moved by -1, 0 and 1: s = 1, so ± 4.302653·√(1 + 1/3)."""
    ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
    city.put("dim_unit", [{"unit_key": u, "unit_code": u, "opd_code": u} | ever for u in "TABCD"])
    city.staff(["a", "b", "c"], unit="T")
    city.staff(["d"], unit="A")
    city.klass("MIXED", end_date=day("2025-11-03"))
    city.enrol("MIXED", ["a"], unit_key="T")
    city.enrol("MIXED", ["d", "e", "f"], unit_key="A")  # one of four: not T's own
    city.klass("OWN", end_date=day("2026-02-20"))
    city.enrol("OWN", ["a", "b"], unit_key="T")
    city.enrol("OWN", ["g"], unit_key="B")
    city.enrol("OWN", ["h"], unit_key="B", status="withdrawn")
    for unit, before, after in (("T", 2.0, 3.0), ("B", 3.0, 3.0), ("C", 3.0, 3.04), ("D", 3.0, 2.96)):
        for start, end, score in (
            ("2025-10-01", "2025-12-31", before),
            ("2026-01-01", "2026-03-31", 4.0),
            ("2026-04-01", "2026-06-30", after),
        ):
            city.put("fact_service_satisfaction", [
                {"unit_code": unit, "service": "S", "period_start": day(start), "period_end": day(end), "element": element,
                 "score": score, "n_answers": 5} for element in ELEMENTS_OF_SKM
            ])  # fmt: skip
    found = {row["unit_code"]: row for row in city.make("marts.service_satisfaction_by_start")}
    own, half = found["T"], 4.302653 * (4 / 3) ** 0.5
    assert (str(own["trained_on"]), own["n_periods_before"], own["n_periods_after"], own["n_others"]) == (
        "2026-02-20",
        1,
        1,
        3,
    )
    assert (own["change"], own["net_change"]) == (25, pytest.approx(25))
    assert (own["net_low"], own["net_high"]) == (pytest.approx(25 - half, abs=1e-4), pytest.approx(25 + half, abs=1e-4))
    assert own["verdict_code"] == "service_risen"
    assert "Bukan bukti pengaruh" in own["verdict"]
    assert {found[unit]["verdict_code"] for unit in "BCD"} == {"service_without"}


def test_a_period_in_which_the_class_ran_is_neither_before_nor_after_it(city: City) -> None:
    """A class of half a year."""
    ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
    city.put("dim_unit", [{"unit_key": "T", "unit_code": "T", "opd_code": "T"} | ever])
    city.klass("OWN", start_date=day("2025-11-03"), end_date=day("2026-05-08"))
    city.enrol("OWN", ["a", "b"], unit_key="T")
    quarters = ("2025-07-01", "2025-09-30", 2.0), ("2025-10-01", "2025-12-31", 4.0), ("2026-01-01", "2026-03-31", 4.0), ("2026-07-01", "2026-09-30", 3.0)  # fmt: skip
    city.put("fact_service_satisfaction", [
        {"unit_code": "T", "service": "S", "period_start": day(start), "period_end": day(end), "element": element, "score": score, "n_answers": 5}
        for start, end, score in quarters for element in ELEMENTS_OF_SKM
    ])  # fmt: skip
    [row] = city.make("marts.service_satisfaction_by_start")
    names = ("trained_on", "n_periods_before", "n_periods_after", "ikm_before", "ikm_after")
    assert [row[name] for name in names] == [day("2026-05-08"), 1, 1, 50, 75]


def test_services_are_held_to_what_moved_meanwhile_in_offices_without_a_class(city: City) -> None:
    """Another part of the same office, and years in which nobody asked about the service, had been what it was held to."""
    ever = {"valid_from": day("1900-01-01"), "valid_to": day("9999-12-31")}
    city.put(
        "dim_unit",
        [
            {"unit_key": u, "unit_code": u, "opd_code": "T" if u == "T2" else u} | ever
            for u in ("T", "T2", "B", "C", "D")
        ],
    )
    city.klass("OWN", end_date=day("2026-02-20"))
    city.enrol("OWN", ["a", "b"], unit_key="T")
    quarters = {"2025-04-01": "2025-06-30", "2025-10-01": "2025-12-31", "2026-04-01": "2026-06-30"}
    for unit, scores in {
        "T": (None, 2.0, 3.0),
        "T2": (None, 1.0, 4.0),
        "B": (1.0, 3.0, 3.0),
        "C": (1.0, 3.0, 3.04),
        "D": (1.0, 3.0, 2.96),
    }.items():
        for (start, end), score in zip(quarters.items(), scores, strict=True):
            city.put("fact_service_satisfaction", [
                {"unit_code": unit, "service": "S", "period_start": day(start), "period_end": day(end), "element": element, "score": score,
                 "n_answers": 5} for element in ELEMENTS_OF_SKM if score
            ])  # fmt: skip
    found = {row["unit_code"]: row for row in city.make("marts.service_satisfaction_by_start")}
    own = found["T"]
    assert (found["T2"]["trained_on"], found["T2"]["net_change"]) == (own["trained_on"], pytest.approx(75))
    assert (own["n_others"], own["others_change"], own["net_change"]) == (3, pytest.approx(0), pytest.approx(25))


def test_where_no_office_had_a_class_all_services_are_without(city: City) -> None:
    city.put("fact_service_satisfaction", [
        {"unit_code": unit, "service": "S", "period_start": day("2026-01-01"), "period_end": day("2026-03-31"), "element": element, "score": 3.0,
         "n_answers": 5} for element in ELEMENTS_OF_SKM for unit in "UV"
    ])  # fmt: skip
    rows = city.make("marts.service_satisfaction_by_start")
    assert [(row["trained_on"], row["verdict_code"]) for row in rows] == [(None, "service_without")] * 2


def test_a_service_with_no_period_after_is_not_judged(city: City) -> None:
    city.put(
        "dim_unit",
        [
            {
                "unit_key": "T",
                "unit_code": "T",
                "opd_code": "T",
                "valid_from": day("1900-01-01"),
                "valid_to": day("9999-12-31"),
            }
        ],
    )
    city.staff(["a"], unit="T")
    city.klass("OWN", start_date=day("2026-05-18"), end_date=day("2026-05-20"))
    city.enrol("OWN", ["a"], unit_key="T")
    city.put("fact_service_satisfaction", [
        {"unit_code": "T", "service": "S", "period_start": day("2026-01-01"), "period_end": day("2026-03-31"), "element": element, "score": 3.0,
         "n_answers": 5} for element in ELEMENTS_OF_SKM
    ])  # fmt: skip
    [row] = city.make("marts.service_satisfaction_by_start")
    assert (row["ikm_before"], row["ikm_after"], row["net_change"], row["verdict_code"]) == (
        75,
        None,
        None,
        "service_early",
    )


def test_projects_before_and_after_their_managers_class(city: City) -> None:
    """Others are 3 points behind early and 5 later, each ± 1; trained managers' projects 3 and then 1: four points up."""
    city.staff(["m", "n", "x", "y"])
    city.klass("K", end_date=day("2026-03-06"))
    city.enrol("K", ["m", "n"])
    deviations = {"m": (-3, -1), "n": (-3, -1), "x": (-2, -4), "y": (-4, -6)}
    for person, both in deviations.items():
        city.put("fact_project_progress", [
            {"project_id": f"P-{person}", "unit_key": "U", "manager_employee_key": person, "month_start": day(month), "planned_pct": plan,
             "actual_pct": plan + deviation, "deviation_pct": deviation}
            for month, plan, deviation in zip(("2026-02-01", "2026-05-01"), (15.0, 45.0), both, strict=True)
        ])  # fmt: skip
    [row] = city.make("marts.project_deviation_change")
    assert (row["n_projects"], row["n_managers"], row["n_others"]) == (2, 2, 2)
    assert (row["net_before"], row["net_after"], row["change"]) == (0, 4, 4)
    # s² of the others' means is 2, ÷ 2 projects; t of one degree of freedom is 12.706205.
    assert (row["change_low"], row["change_high"]) == (pytest.approx(4 - 12.706205), pytest.approx(4 + 12.706205))
    assert row["verdict_code"] == "project_alike"
    months = {row["months_since"]: row for row in city.make("marts.project_deviation_by_month")}
    assert sorted(months) == [-1, 2]
    assert (months[2]["deviation_mean"], months[2]["others_deviation"], months[2]["net_deviation"]) == (-1, -5, 4)


def test_a_project_is_its_managers_and_who_is_not_known_to_have_completed_a_class_is_nobodys_other(city: City) -> None:
    """m gave H, which is far behind, to w before w's class; of r, whose projects are far behind, too, it is not known how the class ended."""
    city.staff(["m", "w", "x", "y", "r"])
    city.klass("K", end_date=day("2026-03-06"))
    city.klass("L", end_date=day("2026-08-06"))
    city.enrol("K", ["m"])
    city.enrol("K", ["r"], status="registered")
    city.enrol("L", ["w"])
    months = ("2026-02-01", "2026-05-01", "2026-06-01")
    managers = {"P-m": "mmm", "H": "-mw", "P-x": "xxx", "P-y": "yyy", "P-r": "rrr"}
    city.put("fact_project_progress", [
        {"project_id": project, "unit_key": "U", "manager_employee_key": who, "month_start": day(month), "planned_pct": 45.0,
         "actual_pct": 45 + deviation, "deviation_pct": deviation}
        for project, by_month in managers.items() for month, who in zip(months, by_month, strict=True) if who != "-"
        for deviation in (-30 if project in ("H", "P-r") else -2,)
    ])  # fmt: skip
    [row] = city.make("marts.project_deviation_change")
    assert [row[n] for n in ("n_projects", "n_managers", "n_others", "net_before", "net_after")] == [1, 1, 2, 0, 0]


def test_who_had_no_class_in_two_years(city: City) -> None:
    city.observe("2024-12-01", "2026-11-01")
    city.staff(["a", "b", "c"])
    city.staff(["new"], valid_from=day("2026-01-01"))
    for name, ended, person, status in (
        ("K", "2026-03-06", "a", "completed"), ("L", "2026-03-06", "b", "withdrawn"), ("OLD", "2024-03-06", "c", "completed"),
    ):  # fmt: skip
        city.klass(name, end_date=day(ended))
        city.enrol(name, [person], status=status, certificate_jp=8.0)
    [row] = city.make("marts.training_gap")
    assert (row["n_employees"], row["n_staying"], row["n_without_training"], row["n_months_observed"]) == (4, 3, 2, 24)
    assert (row["year"], row["n_floor_known"], row["n_below_floor"], row["jp_missing"]) == (2026, 4, 4, 12 + 3 * 20)


def test_who_came_later_or_came_back_was_not_there_for_two_years(city: City) -> None:
    city.observe("2024-12-01", "2026-11-01")
    city.staff(["a"])
    city.staff(["new"], joined_on=day("2026-01-01"))
    city.staff(["back"], valid_to=day("2025-03-01"))
    city.put("dim_employee", [{"employee_key": "back2", "employee_id": "back", "employment_type": "PNS", "unit_code": "U",
                               "valid_from": day("2026-02-01"), "valid_to": day("9999-12-31")}])  # fmt: skip
    city.staff(["moved"], valid_to=day("2025-03-01"))
    city.put("dim_employee", [{"employee_key": "moved2", "employee_id": "moved", "employment_type": "PNS", "unit_code": "U",
                               "valid_from": day("2025-03-01"), "valid_to": day("9999-12-31")}])  # fmt: skip
    [row] = city.make("marts.training_gap")
    assert (row["n_employees"], row["n_staying"], row["n_without_training"]) == (4, 2, 2)


def test_who_joined_later_lacks_nothing_to_a_years_floor(city: City) -> None:
    """Hours of a year are those of its employees: whoever came in the next one had been below the floor."""
    city.observe("2025-01-01", "2026-11-01")
    city.staff(["a"])
    city.staff(["new"], joined_on=day("2026-02-01"))
    for name, ended in (("K", "2025-03-06"), ("L", "2026-03-06")):
        city.klass(name, end_date=day(ended))
        city.enrol(name, ["a"], certificate_jp=20.0)
    found = {
        row["year"]: (row["n_employees"], row["n_floor_met"], row["jp_short"])
        for row in city.make("marts.training_hours")
    }
    assert found == {2025: (1, 1, 0), 2026: (2, 1, 20)}


def test_people_of_no_known_unit_are_no_colleagues(city: City) -> None:
    """They had been one unit; and so had everybody of a city without a list of units."""
    trial(city, "nominated", 20)
    city.con.execute("update core.fact_performance set unit_key = 'unknown'")
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained"], row["n_control"], row["effect"]) == (20, 20, pytest.approx(3))
    city.con.execute("update core.dim_employee set unit_code = 'V' where employee_id like 't%'")
    assert city.make("marts.performance_effect")[0]["n_control"] == 0
    city.con.execute("delete from core.dim_employee")
    [row] = city.make("marts.performance_effect")
    assert (row["n_trained_paired"], row["n_control"], row["effect"]) == (20, 0, None)
    assert not city.make("marts.performance_over_time")


def test_a_program_has_its_name_where_a_version_is_not_in_the_list(city: City) -> None:
    city.program("P")
    city.con.execute("update core.dim_program set is_current = true")
    city.klass("K", version="2")
    city.judge("K", "MATERI", 1, 10)
    for table in ("class_scorecard", "program_scorecard", "program_verdict"):
        assert [row["program_name"] for row in city.make(f"marts.{table}")] == ["P"], table


def test_hours_of_a_class_that_no_list_tells_are_unknown(city: City) -> None:
    """They were none, so that each class that was missing from the list took its people below the floor."""
    city.observe("2025-01-01", "2026-11-01")
    city.staff(["a", "b", "c"])
    for name, ended in (("K", "2025-06-06"), ("L", "2026-03-06")):
        city.klass(name, end_date=day(ended))
        city.enrol(name, ["a", "b"], certificate_jp=20.0)
    city.enrol("LOST", ["a", "c"], class_key="unknown", certificate_jp=30.0, listed_in=day("2026-02-01"))
    city.put("dim_class", [{"class_key": "unknown", "class_id": "unknown"}])
    names = ("n_employees", "n_trained", "n_jp_known", "n_floor_met", "jp_total", "floor_low", "floor_high")
    found = {row["year"]: tuple(row[name] for name in names) for row in city.make("marts.training_hours")}
    of_year = (3, 2, 1, 1, 20, pytest.approx(2 / 3), 1)
    assert found == {2025: of_year, 2026: of_year}
    [gap] = city.make("marts.training_gap")
    assert (gap["n_staying"], gap["n_without_training"]) == (3, 0)


def test_hours_go_with_people_to_an_office_of_another_code(city: City) -> None:
    """Where offices got new codes they were offices that nobody had trained; and a class that no list tells was no hour at all."""
    city.observe("2025-01-01", "2026-11-01")
    city.staff(["a", "b"], valid_to=day("2026-01-01"))
    moved = {"valid_from": day("2026-01-01"), "valid_to": day("9999-12-31"), "unit_code": "V", "employment_type": "PNS"}
    city.put("dim_employee", [{"employee_key": f"{person}2", "employee_id": person} | moved for person in "ab"])
    city.klass("K", start_date=day("2025-09-01"), end_date=day("2025-09-02"), scheduled_jp=10)
    city.enrol("K", ["a"], certificate_jp=10.0)
    city.put("fact_service_satisfaction", [
        {"unit_code": "V", "service": "S", "period_start": day("2026-01-01"), "period_end": day("2026-03-31"), "element": element, "score": 3.0,
         "n_answers": 5} for element in ELEMENTS_OF_SKM
    ])  # fmt: skip
    [row] = city.make("marts.service_satisfaction_by_dose")
    assert (row["dose_group"], row["n_employees"], row["jp_per_employee"], row["jp_per_employee_most"]) == (
        "high",
        2,
        5,
        5,
    )
    city.put("dim_class", [{"class_key": "unknown", "class_id": "unknown"}])
    city.enrol("LOST", ["b", "a"], class_key="unknown", certificate_jp=30.0, listed_in=day("2025-10-01"))
    [row] = city.make("marts.service_satisfaction_by_dose")
    assert (row["dose_group"], row["jp_per_employee"]) == ("unknown", None)


def test_who_completes_is_unknown_while_all_are_registered(city: City) -> None:
    """A class that has not begun had nobody who finished: it lowered the program's share."""
    city.program("P")
    city.klass("K")
    city.enrol("K", ["a", "b", "c"])
    city.enrol("K", ["d"], status="registered")
    city.klass("NEXT", start_date=day("2026-12-07"), end_date=day("2026-12-11"))
    city.enrol("NEXT", ["e", "f"], status="registered")
    city.klass("EMPTY")
    city.enrol("EMPTY", ["g"], status="withdrawn")
    rows = {
        row["class_id"]: (row["n_enrolled"], row["n_completed"], row["completion_share"])
        for row in city.make("marts.class_scorecard")
    }
    assert rows == {"K": (4, 3, 0.75), "NEXT": (2, None, None), "EMPTY": (1, 0, 0)}
    [row] = city.make("marts.program_scorecard")
    assert (row["n_classes"], row["n_enrolled"], row["n_completed"], row["completion_share"]) == (3, 5, 3, 0.6)


def test_a_class_that_has_not_begun_costs_nobody_anything_yet(city: City) -> None:
    """Two had put their names down for a class of a million."""
    for class_id, begun, n in (("K", "2026-03-02", 10), ("NEXT", "2026-12-07", 2)):
        city.klass(class_id, method="seminar", cost_idr=1_000_000, start_date=day(begun), end_date=day(begun))
        city.enrol(class_id, [f"{class_id}{number}" for number in range(n)])
    [row] = city.make("marts.program_method")
    assert (row["n_classes"], row["n_classes_costed"], row["cost_per_participant"]) == (2, 1, 100_000)
    [cost] = [row for row in city.make("marts.method_outcome") if row["measure"] == "cost_per_participant"]
    assert (cost["n_classes"], cost["mean"]) == (1, 100_000)


def test_how_many_pns_an_office_has_is_unknown_where_no_hours_tell_of_it(city: City) -> None:
    """Without lists of classes every office had none."""
    city.staff(["a", "b"])
    [row] = city.make("marts.training_gap")
    assert (row["n_employees"], row["year"], row["n_pns"], row["n_floor_known"]) == (2, None, None, 0)
    city.observe("2025-12-01", "2026-11-01")
    city.klass("K", end_date=day("2026-03-06"))
    city.enrol("K", ["a"], certificate_jp=8.0)
    city.con.execute("update core.dim_employee set employment_type = 'PPPK' where employee_key <> 'unknown'")
    [row] = city.make("marts.training_gap")
    assert (row["year"], row["n_pns"]) == (None, 0)


def test_a_program_is_judged_by_what_is_given_now(city: City) -> None:
    """The old version's flag is red; the new one has no answers: nothing can be said of it."""
    city.program("P", "2")
    for number in range(6):
        city.klass(f"K{number}", end_date=day("2026-01-09"), start_date=day("2026-01-05"))
        city.judge(f"K{number}", "MATERI", 15, 20)
    [row] = city.make("marts.program_verdict")
    assert (row["verdict"], row["decision"], row["flag_id"], row["n_flags_red"]) == (
        "perlu_diperbaiki",
        "menunggu",
        "P:1:MATERI",
        1,
    )
    city.klass("NEW", version="2", start_date=day("2026-06-01"), end_date=day("2026-06-05"))
    [row] = city.make("marts.program_verdict")
    assert (row["curriculum_version"], row["verdict"], row["decision"], row["flag_id"]) == (
        "2",
        "data_kurang",
        "tidak_ada",
        None,
    )


def test_services_by_the_hours_of_their_office(city: City) -> None:
    city.observe("2024-12-01", "2026-11-01")
    city.staff(["a", "b"], unit="U")
    city.staff(["c"], unit="V")
    city.klass("K", start_date=day("2026-03-02"), end_date=day("2026-03-06"))
    city.put("fact_enrolment", [
        {"class_id": "K", "class_key": key("K"), "status": "completed", "employee_id": "a", "employee_key": "a", "unit_key": "U",
         "certificate_jp": 10.0}
    ])  # fmt: skip
    for unit, before, after in (("U", 2.0, 3.0), ("V", 3.0, 3.0), ("W", 4.0, 4.0)):
        for start, end, score in (("2026-01-01", "2026-03-31", before), ("2026-04-01", "2026-06-30", after)):
            city.put("fact_service_satisfaction", [
                {"unit_code": unit, "service": "S", "period_start": day(start), "period_end": day(end), "element": element,
                 "score": score, "n_answers": 5} for element in ELEMENTS_OF_SKM
            ])  # fmt: skip
    found = {
        (str(row["period_start"]), row["dose_group"]): row for row in city.make("marts.service_satisfaction_by_dose")
    }
    trained, others = found["2026-04-01", "high"], found["2026-04-01", "none"]
    assert (trained["n_units"], trained["jp_per_employee"], trained["ikm"], trained["ikm_change"]) == (1, 5, 75, 25)
    assert (others["n_units"], others["jp_per_employee"], others["ikm"], others["ikm_change"]) == (1, 0, 75, 0)
    # The class had not ended when the first period began, and nobody is known of W.
    assert found["2026-01-01", "none"]["n_units"] == 2
    assert found["2026-04-01", "unknown"]["jp_per_employee"] is None
    assert trained["ikm_low"] is None


def test_a_quarter_of_a_service_is_compared_with_the_quarter_before_and_a_year_with_the_year_before(city: City) -> None:
    """A year begins with its first quarter, and ends after the others that it holds."""
    city.observe("2023-12-01", "2026-11-01")
    city.staff(["a"], unit="U")
    periods = {
        ("2025-01-01", "2025-12-31"): 2.0, ("2025-07-01", "2025-09-30"): 2.5, ("2025-10-01", "2025-12-31"): 3.0,
        ("2026-01-01", "2026-03-31"): 4.0, ("2026-01-01", "2026-12-31"): 3.0, ("2026-04-01", "2026-06-30"): 2.0,
    }  # fmt: skip
    for (start, end), score in periods.items():
        city.put("fact_service_satisfaction", [
            {"unit_code": "U", "service": "S", "period_start": day(start), "period_end": day(end), "element": element,
             "score": score, "n_answers": 5} for element in ELEMENTS_OF_SKM
        ])  # fmt: skip
    found = {
        (str(row["period_start"]), str(row["period_end"])): row["ikm_change"]
        for row in city.make("marts.service_satisfaction_by_dose")
    }
    assert found == dict(zip(periods, (None, None, 12.5, 25, 25, -50), strict=True))


@pytest.mark.parametrize(
    ("first", "hours", "group"),
    [
        ("2025-04-01", [10.0], "high"),
        ("2025-05-01", [10.0], "unknown"),  # a month of the twelve was not observed
        ("2025-04-01", [10.0, None], "high"),
        ("2025-04-01", [10.0, None, None], "unknown"),
        ("2025-04-01", [None], "unknown"),  # hours that nobody knows are not none
        ("2025-04-01", [0.0, None], "unknown"),
        ("2025-04-01", [0.0], "none"),
        ("2025-04-01", [], "none"),
    ],
)
def test_a_dose_that_was_not_observed_is_unknown(city: City, first: str, hours: list[float | None], group: str) -> None:
    city.observe(first, "2026-11-01")
    city.staff(["a"])
    for number, jp in enumerate(hours):
        city.klass(f"K{number}", end_date=day("2026-03-06"))
        city.enrol(f"K{number}", ["a"], certificate_jp=jp)
    city.put("fact_service_satisfaction", [
        {"unit_code": "U", "service": "S", "period_start": day("2026-04-01"), "period_end": day("2026-06-30"),
         "element": element, "score": 3.0, "n_answers": 5} for element in ELEMENTS_OF_SKM
    ])  # fmt: skip
    [row] = city.make("marts.service_satisfaction_by_dose")
    assert (row["dose_group"], row["n_employees"]) == (group, 1)
    assert (row["jp_per_employee"] is None) == (group == "unknown")
    city.con.execute("delete from core.dim_employee where employee_id = 'a'")
    [row] = city.make("marts.service_satisfaction_by_dose")
    assert (row["dose_group"], row["n_employees"]) == ("unknown", None), (
        "of an office without a list nobody knows how many"
    )


@pytest.mark.parametrize(
    ("places", "scheduled", "most"),
    [
        (1, 8.0, 9.0),  # one of the two may have had all eight hours
        (30, 8.0, 13.0),  # no more people than the office has
        (None, 8.0, None),
        (30, None, None),
    ],
)
def test_a_class_without_a_list_may_have_been_anybodys(
    city: City, places: int | None, scheduled: float | None, most: float | None
) -> None:
    """Ten hours of two people are known: five each."""
    city.observe("2025-04-01", "2026-11-01")
    city.staff(["a", "b"])
    city.klass("K", end_date=day("2026-03-06"))
    city.enrol("K", ["a"], certificate_jp=10.0)
    for class_id, ended in (("OPEN", "2026-03-31"), ("LATER", "2026-04-01"), ("BEFORE", "2025-03-31")):
        city.klass(class_id, end_date=day(ended), planned_participants=places, scheduled_jp=scheduled)
    city.put("fact_service_satisfaction", [
        {"unit_code": "U", "service": "S", "period_start": day("2026-04-01"), "period_end": day("2026-06-30"),
         "element": element, "score": 3.0, "n_answers": 5} for element in ELEMENTS_OF_SKM
    ])  # fmt: skip
    [row] = city.make("marts.service_satisfaction_by_dose")
    assert (row["jp_per_employee"], row["jp_per_employee_most"], row["n_classes_without_list"]) == (5, most, 1)


ELEMENTS_OF_SKM = (
    "persyaratan",
    "prosedur",
    "waktu",
    "biaya",
    "produk",
    "kompetensi",
    "perilaku",
    "pengaduan",
    "sarana",
)
