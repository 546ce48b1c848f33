"""The star: history from monthly pictures, keys as of the event, every row kept once, unknown members."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.city import FIRST_DAY, LAST_DAY
from schemas.sources import SOURCES
from warehouse.building.build import build_table
from warehouse.building.models import columns_of, models

Rows = list[dict[str, Any]]
Make = Callable[..., duckdb.DuckDBPyConnection]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def make() -> Iterator[Make]:
    """Build the core layer, or what one table of it needs, from staging rows given by source:
    `make("core.dim_employee", units=[{...}], employees=[...])`."""
    with duckdb.connect() as con:
        con.execute("create schema ops; create table ops.run as select 1 as year_starts_in, date '2026-11-24' as as_of")
        con.execute("create schema private")
        for table in ("ops.policy", "ops.delivery", "private.untaken"):
            con.execute(f"create table {table} ({', '.join(f'{c} {t}' for c, t in columns_of(table).items())})")

        def go(table: str = "", **sources: Rows) -> duckdb.DuckDBPyConnection:
            con.execute("drop schema if exists staging cascade; create schema staging")
            for name in SOURCES:
                columns = columns_of(f"staging.{name}")
                con.execute(f"create table staging.{name} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
                for row in sources.get(name, []):
                    assert set(row) <= set(columns), (name, set(row) - set(columns))
                    marks = ", ".join("?" * len(row))
                    con.execute(f"insert into staging.{name} ({', '.join(row)}) values ({marks})", list(row.values()))
            wanted = _needed(table) if table else {name for name in models() if name.startswith("core.")}
            for model in models().values():
                if model.table in wanted:
                    build_table(con, model)
            return con

        yield go


def _needed(table: str) -> set[str]:
    """The table and every model that it is made of."""
    return {table}.union(*(_needed(name) for name in models()[table].reads if name in models()))


def person(month: str, **changes: Any) -> dict[str, Any]:
    base = {"employee_id": "p1", "employment_type": "PNS", "unit_code": "A", "position_group": "pelaksana"}
    return {**base, "delivery_month": day(f"{month}-01"), **changes}


def unit(month: str, **changes: Any) -> dict[str, Any]:
    base = {"unit_code": "A", "unit_name": "Dinas A", "parent_unit_code": None, "unit_type": "dinas"}
    return {**base, "delivery_month": day(f"{month}-01"), **changes}


def history(con: duckdb.DuckDBPyConnection, column: str = "unit_code") -> list[tuple[Any, ...]]:
    query = f"""select {column}, cast(valid_from as varchar), cast(valid_to as varchar), is_current
                from core.dim_employee where employee_key <> 'unknown' order by employee_id, valid_from"""
    return con.execute(query).fetchall()


FIRST, OPEN = "1900-01-01", "9999-12-31"


def test_a_move_opens_a_new_version_on_the_first_of_the_month(make: Make) -> None:
    con = make(employees=[person("2026-01"), person("2026-02"), person("2026-03", unit_code="B")])
    assert history(con) == [("A", FIRST, "2026-03-01", False), ("B", "2026-03-01", OPEN, True)]


def test_from_known_to_unknown_and_back_is_a_change_each_time_and_unknown_to_unknown_is_none(make: Make) -> None:
    grades = ["III/a", None, None, "III/a"]
    con = make(employees=[person(f"2026-0{n}", grade=grade) for n, grade in enumerate(grades, 1)])
    assert [row[:3] for row in history(con, "grade")] == [
        ("III/a", FIRST, "2026-02-01"),
        (None, "2026-02-01", "2026-04-01"),
        ("III/a", "2026-04-01", OPEN),
    ]


def test_who_is_missing_from_a_picture_left_and_may_return(make: Make) -> None:
    other = [person(f"2026-0{n}", employee_id="p2") for n in range(1, 5)]
    con = make(employees=[person("2026-01"), person("2026-04"), *other])
    assert [row[1:] for row in history(con)][:2] == [
        (FIRST, "2026-02-01", False),
        ("2026-04-01", OPEN, True),
    ]


def test_who_stands_in_a_later_list_alone_joined_then(make: Make) -> None:
    """They had been employees for ever: of an office's first list nobody knows since when, of whom a refused row named before neither."""
    con = make()
    con.execute("insert into private.untaken values ('employees', '2026-01-01', 'late')")
    units = [unit("2026-01", unit_code=code) for code in "AB"]
    rows = [
        *(person(f"2026-0{n}") for n in (1, 2, 3)),
        person("2026-03", employee_id="new"),
        person("2026-02", employee_id="late"),
    ]
    make(employees=[*rows, person("2026-02", employee_id="q", unit_code="B")], units=units)
    query = "select distinct employee_id, cast(joined_on as varchar), cast(min(valid_from) as varchar) from core.dim_employee where employee_key <> 'unknown' group by all order by all"
    assert con.execute(query).fetchall() == [
        ("late", None, FIRST), ("new", "2026-03-01", FIRST), ("p1", None, FIRST), ("q", None, FIRST),
    ]  # fmt: skip


def test_the_list_of_one_office_says_nothing_of_another(make: Make) -> None:
    """Whoever was not in it had left the city."""
    of_a = [person("2026-01"), person("2026-01", employee_id="p2"), person("2026-02"), person("2026-04")]
    of_b = [
        person("2026-01", employee_id="q", unit_code="B"),
        person("2026-03", employee_id="q", unit_code="B", grade="III/b"),
    ]
    units = [unit("2026-01", unit_code=code) for code in "AB"]
    con = make(employees=[*of_a, *of_b], units=units)
    assert history(con, "employee_id") == [
        ("p1", FIRST, OPEN, True),
        ("p2", FIRST, "2026-02-01", False),
        ("q", FIRST, "2026-03-01", False),
        ("q", "2026-03-01", OPEN, True),
    ]


def test_a_list_of_an_office_is_of_its_parts_too(make: Make) -> None:
    """A part of which nobody is left has no rows of its own."""
    units = [unit("2026-01"), unit("2026-01", unit_code="A1", parent_unit_code="A")]
    units = [
        unit("2026-01", unit_code="KOTA"),
        *({**row, "parent_unit_code": row["parent_unit_code"] or "KOTA"} for row in units),
    ]
    rows = [person("2026-01"), person("2026-01", employee_id="p2", unit_code="A1"), person("2026-02")]
    assert history(make(employees=rows, units=units), "employee_id")[1] == ("p2", FIRST, "2026-02-01", False)


def test_who_moves_to_another_office_leaves_the_former_whose_list_did_not_come(make: Make) -> None:
    rows = [person("2026-01"), person("2026-02", unit_code="B")]
    assert history(make(employees=rows)) == [("A", FIRST, "2026-02-01", False), ("B", "2026-02-01", OPEN, True)]


def test_whose_row_was_refused_is_as_before(make: Make) -> None:
    """They had left, and come back."""
    con = make()
    con.execute(
        "insert into private.untaken values ('employees', '2026-02-01', 'p1'), ('employees', '2026-04-01', 'p1')"
    )
    others = [person(f"2026-0{n}", employee_id="p2") for n in range(1, 6)]
    make(employees=[person("2026-01"), person("2026-03", grade="III/b"), *others])
    assert history(con)[:2] == [("A", FIRST, "2026-03-01", False), ("A", "2026-03-01", "2026-05-01", False)]


def test_a_unit_whose_row_was_refused_is_as_before(make: Make) -> None:
    con = make()
    con.execute("insert into private.untaken values ('units', '2026-02-01', 'A')")
    con = make(units=[*(unit(f"2026-0{n}", unit_code=code) for n in (1, 2, 3) for code in "BC"), unit("2026-01")])
    query = "select cast(valid_from as varchar), cast(valid_to as varchar) from core.dim_unit where unit_code = 'A'"
    assert con.execute(query).fetchall() == [(FIRST, "2026-03-01")]


def test_nobody_stays_in_an_office_that_is_no_more(make: Make) -> None:
    units = [unit("2026-01", unit_code=code) for code in "AB"] + [unit("2026-02", unit_code="B")]
    rows = [person("2026-01"), *(person(f"2026-0{n}", employee_id="q", unit_code="B") for n in (1, 2))]
    assert history(make(employees=rows, units=units))[0] == ("A", FIRST, "2026-02-01", False)


def test_a_list_of_a_few_units_closes_none(make: Make) -> None:
    """A new part of an office, sent by itself: every other unit had been closed, and what was told of them led nowhere."""
    units = [
        unit("2026-01", unit_code="KOTA"),
        *(unit("2026-01", unit_code=code, parent_unit_code="KOTA") for code in "ABCD"),
    ]
    con = make(
        units=[
            *units,
            unit("2026-02", unit_code="A1", parent_unit_code="A"),
            *({**row, "delivery_month": day("2026-03-01")} for row in units[:4]),
        ]
    )
    query = """select unit_code, opd_code, depth, cast(valid_from as varchar), cast(valid_to as varchar)
               from core.dim_unit where unit_key <> 'unknown' order by 1"""
    assert con.execute(query).fetchall() == [
        ("A", "A", 1, FIRST, OPEN), ("A1", "A", 2, FIRST, "2026-03-01"), ("B", "B", 1, FIRST, OPEN), ("C", "C", 1, FIRST, OPEN),
        ("D", "D", 1, FIRST, "2026-03-01"), ("KOTA", "KOTA", 0, FIRST, OPEN),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("above", "offices"),
    [
        ({"KOTA": None, "A": "KOTA", "A1": "A", "A11": "A1", "B": "KOTA"}, {"A": "A", "A1": "A", "A11": "A", "B": "B"}),
        ({"A": None, "A1": "A", "A11": "A1", "B": None, "B1": "B"}, {"A": "A", "A1": "A", "A11": "A", "B": "B", "B1": "B"}),
        ({"A": "KOTA", "A1": "A", "B": "KOTA", "B1": "B"}, {"A": "A", "A1": "A", "B": "B", "B1": "B"}),
        ({"A": "A", "A1": "A", "B": "B", "B1": "B"}, {"A": "A", "A1": "A", "B": "B", "B1": "B"}),
        ({"A": None, "B": None}, {"A": "A", "B": "B"}),
        ({"A": None, "A1": "A", "A2": "A", "A3": "A", "B": None}, {"A": "A", "A1": "A", "A2": "A", "A3": "A", "B": "B"}),
        ({"KOTA": None, "A": "KOTA", "A1": "A", "B": "KOTA", "C": None}, {"A": "A", "A1": "A", "B": "B", "C": "C"}),
        (dict(zip("KABCDEFGHI", [None, *"KABCDEFGH"], strict=True)), dict.fromkeys("ABCDEFGHI", "A")),
    ],
    ids=["city", "no city", "a city that is not listed", "their own parents", "no parents", "an office of many parts", "one without a parent", "deep"],
)  # fmt: skip
def test_the_office_of_a_unit_is_the_one_below_the_city_whether_the_city_is_listed_or_not(
    make: Make, above: dict[str, str | None], offices: dict[str, str]
) -> None:
    """Where the list has no line of the city itself each part of an office had been an office, and offices had no page."""
    kinds = {"KOTA": "kota"}
    units = [
        unit("2026-01", unit_code=code, parent_unit_code=up, unit_type=kinds.get(code, "dinas"))
        for code, up in above.items()
    ]
    con = make(units=units)
    found = con.execute("select unit_code, opd_code, depth from core.dim_unit where unit_key <> 'unknown'").fetchall()
    city = above.keys() - offices.keys()
    assert {code: office for code, office, _ in found} == {**offices, **{code: code for code in city}}
    depths = {code: depth for code, _, depth in found}
    assert {code for code, depth in depths.items() if depth == 0} == city
    assert all(depths[code] == (1 if offices[code] == code else depths[str(above[code])] + 1) for code in offices)


def test_a_month_without_any_picture_is_no_gap(make: Make) -> None:
    con = make(employees=[person("2026-01"), person("2026-04")])
    assert history(con) == [("A", FIRST, OPEN, True)]


def test_a_renamed_unit_has_two_versions_and_its_children_follow(make: Make) -> None:
    units = [
        row
        for month, name in (("2026-01", "Bappelitbangda"), ("2026-02", "Bapperida"))
        for row in (
            unit(month, unit_code="KOTA", unit_name="Kota"),
            unit(month, unit_code="B", unit_name=name, parent_unit_code="KOTA"),
            unit(month, unit_code="B1", unit_name="Bidang", parent_unit_code="B"),
        )
    ]
    con = make(units=units)
    query = """select unit_code, opd_name, depth, cast(valid_from as varchar) from core.dim_unit
               where unit_key <> 'unknown' order by 1, 4"""
    assert con.execute(query).fetchall() == [
        ("B", "Bappelitbangda", 1, FIRST),
        ("B", "Bapperida", 1, "2026-02-01"),
        ("B1", "Bappelitbangda", 2, FIRST),
        ("B1", "Bapperida", 2, "2026-02-01"),
        ("KOTA", "Kota", 0, FIRST),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pictures=st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from("pq"), st.sampled_from(["A", "B", None])),
        unique_by=lambda t: t[:2],
    ),
    seed=st.integers(),
)
def test_versions_never_overlap_and_the_order_of_arrival_does_not_matter(
    make: Make, pictures: list[tuple[int, str, str | None]], seed: int
) -> None:
    rows = [person(f"2026-0{month}", employee_id=who, grade=grade) for month, who, grade in pictures]
    shuffled = random.Random(seed).sample(rows, len(rows))
    query = "select * from core.dim_employee order by employee_key"
    found = make("core.dim_employee", employees=rows).execute(query).fetchall()
    assert make("core.dim_employee", employees=shuffled).execute(query).fetchall() == found
    versions = sorted((row[1], row[9], row[10]) for row in found if row[0] != "unknown")
    for (who, start, end), (next_who, next_start, _) in itertools.pairwise(versions):
        assert start < end
        assert who != next_who or end <= next_start
    # On each pictured month exactly the pictured people are there, with what the picture shows.
    for month, who, grade in pictures:
        on = day(f"2026-0{month}-01")
        assert [row[7] for row in found if row[1] == who and row[9] <= on < row[10]] == [grade]


CLASS = {"class_id": "K1", "program_code": "P", "curriculum_version": "1", "start_date": day("2026-02-10"), "end_date": day("2026-02-12")}  # fmt: skip
PROGRAM = {"program_code": "P", "program_name": "Program", "curriculum_version": "1"}


def test_facts_carry_who_the_person_was_on_the_day_of_the_event(make: Make) -> None:
    sessions = [
        {"class_id": "K1", "session_no": 1, "session_date": day("2026-01-31"), "jp": 2.0},
        {"class_id": "K1", "session_no": 2, "session_date": day("2026-02-01"), "jp": 2.0},
    ]
    attendance = [{"class_id": "K1", "session_no": n, "employee_id": "p1", "status": "hadir"} for n in (1, 2)]
    con = make(
        employees=[person("2026-01"), person("2026-02", unit_code="B")],
        classes=[CLASS],
        programs=[PROGRAM],
        sessions=sessions,
        attendance=attendance,
    )
    query = """select f.session_no, e.unit_code from core.fact_attendance as f
               join core.dim_employee as e using (employee_key) order by 1"""
    assert con.execute(query).fetchall() == [(1, "A"), (2, "B")]


def test_a_class_without_a_last_day_is_reviewed_after_its_first(make: Make) -> None:
    ratings = [{"employee_id": "p1", "regime": "R", "period_start": day(start), "period_end": day(end), "numeric_score": 80.0}
               for start, end in (("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30"))]  # fmt: skip
    con = make(
        employees=[person("2026-01")], classes=[{**CLASS, "end_date": None}], performance=ratings,
        enrolments=[{"class_id": "K1", "employee_id": "p1", "status": "completed"}],
    )  # fmt: skip
    assert con.execute("select reviewed_on from core.fact_enrolment").fetchall() == [(day("2026-06-30"),)]


def test_what_a_class_cost_stands_once_whatever_it_is_joined_with(make: Make) -> None:
    con = make(
        classes=[
            {**CLASS, "scheduled_jp": 12, "planned_participants": 30, "cost_idr": 9_000_000, "start_date": day("2026-01-31"), "end_date": day("2026-02-01")},
            {"class_id": "K2", "program_code": "X", "curriculum_version": "1"},
        ],
        programs=[PROGRAM],
        enrolments=[{"class_id": "K1", "employee_id": f"p{n}", "status": "registered"} for n in range(3)],
    )  # fmt: skip
    query = """select c.class_id, p.program_code, start_date_key, end_date_key, f.scheduled_jp, f.planned_participants, f.cost_idr
               from core.fact_class as f join core.dim_class as c using (class_key) join core.dim_program as p on f.program_key = p.program_key
               order by 1"""
    assert con.execute(query).fetchall() == [
        ("K1", PROGRAM["program_code"], 20260131, 20260201, 12, 30, 9_000_000),
        ("K2", "unknown", 0, 0, None, None, None),
    ]


def test_what_was_done_before_it_was_decided_again_stays_a_decision(make: Make) -> None:
    """Of A the second list corrects the day, of B it says that it was done; C was done and is decided again, D in one list."""
    lists = [
        ("A", "2026-01", "2026-01-10", None), ("A", "2026-02", "2026-01-12", None),
        ("B", "2026-01", "2026-01-10", "2026-03-05"), ("B", "2026-02", "2026-01-12", "2026-03-05"),
        ("C", "2026-01", "2026-01-10", "2026-02-20"), ("C", "2026-06", "2026-06-05", None),
        ("D", "2026-06", "2026-01-10", "2026-02-20"), ("D", "2026-06", "2026-06-05", None),
    ]  # fmt: skip
    rows = [
        {
            "flag_id": flag,
            "action": "Revisi",
            "delivery_month": day(f"{month}-01"),
            "decided_on": day(decided),
            "done_on": done and day(done),
        }
        for flag, month, decided, done in lists
    ]
    con = make(follow_ups=rows)
    found = con.execute("select flag_id, cast(decided_on as varchar) from core.fact_follow_up order by all").fetchall()
    assert found == [
        ("A", "2026-01-12"), ("B", "2026-01-12"),
        ("C", "2026-01-10"), ("C", "2026-06-05"), ("D", "2026-01-10"), ("D", "2026-06-05"),
    ]  # fmt: skip


def test_the_tenth_version_comes_after_the_ninth(make: Make) -> None:
    names = ["10", "9", "1.10", "1.9", "2", "Revisi 10", "Revisi 9"]
    con = make(programs=[{**PROGRAM, "curriculum_version": name, "version_valid_from": None} for name in names])
    query = (
        "select curriculum_version, is_current from core.dim_program where version_no is not null order by version_no"
    )
    assert con.execute(query).fetchall() == [
        (name, name == "Revisi 10") for name in ["1.9", "1.10", "2", "9", "10", "Revisi 9", "Revisi 10"]
    ]


@pytest.mark.parametrize(
    ("versions", "start", "meant"),
    [
        ({"2": None}, "2026-02-10", "2"),
        ({"1": None, "2": "2026-03-01"}, "2026-02-10", "1"),
        ({"1": None, "2": "2026-03-01"}, "2026-03-01", "2"),
        ({"1": "2026-03-01", "2": "2026-06-01"}, "2026-02-10", "1"),
        ({"1": "2025-01-01", "2": "2026-06-01"}, None, "2"),
        ({"9": None, "10": None}, "2026-02-10", "10"),
        ({"1.10": "2026-01-01", "1.9": "2026-01-01"}, "2026-02-10", "1.10"),
        ({}, "2026-02-10", "1"),
    ],
)
def test_a_class_that_says_no_version_has_the_one_that_was_in_force(
    make: Make, versions: dict[str, str | None], start: str | None, meant: str
) -> None:
    """Few lists of classes have such a column, and those that have none were refused."""
    programs = [
        {**PROGRAM, "curriculum_version": name, "version_valid_from": since and day(since)}
        for name, since in versions.items()
    ]
    begun = {**CLASS, "curriculum_version": None, "start_date": start and day(start), "end_date": None}
    con = make(classes=[begun, {**CLASS, "class_id": "K2"}], programs=programs)
    query = """select c.class_id, c.curriculum_version, p.curriculum_version from core.dim_class as c
               join core.dim_program as p using (program_key) where class_key <> 'unknown' order by 1"""
    assert con.execute(query).fetchall()[0] == ("K1", meant, meant if versions else "unknown")


def test_what_was_never_delivered_leads_to_the_unknown_member_and_no_row_is_lost(make: Make) -> None:
    con = make(
        attendance=[{"class_id": "K9", "session_no": 1, "employee_id": "p9", "status": "hadir"}],
        performance=[
            {"employee_id": "p9", "period_start": day("2026-01-01"), "period_end": day("2026-03-31"), "regime": "r"}
        ],
    )
    query = "select class_key, session_key, employee_key, unit_key, date_key from core.fact_attendance"
    assert con.execute(query).fetchall() == [("unknown", "unknown", "unknown", "unknown", 0)]
    assert con.execute("select employee_key from core.fact_performance").fetchall() == [("unknown",)]


def test_illness_is_published_as_an_excused_absence_and_unknown_is_neither(make: Make) -> None:
    statuses = ["hadir", "sakit", "unknown", "alpa"]
    con = make(
        attendance=[
            {"class_id": "K", "session_no": n, "employee_id": "p", "status": s} for n, s in enumerate(statuses, 1)
        ]
    )
    query = "select status, is_present from core.fact_attendance order by session_no"
    assert con.execute(query).fetchall() == [
        ("hadir", True),
        ("absen_beralasan", False),
        ("unknown", None),
        ("alpa", False),
    ]


MATRIX = {
    ("di_atas", "di_bawah"): "kurang",
    ("di_atas", "sesuai"): "baik",
    ("di_atas", "di_atas"): "sangat_baik",
    ("sesuai", "di_bawah"): "kurang",
    ("sesuai", "sesuai"): "baik",
    ("sesuai", "di_atas"): "baik",
    ("di_bawah", "di_bawah"): "sangat_kurang",
    ("di_bawah", "sesuai"): "butuh_perbaikan",
    ("di_bawah", "di_atas"): "butuh_perbaikan",
}
"""(results, behaviour) → predicate: PermenPANRB 6/2022."""


def test_the_predicate_matrix(make: Make) -> None:
    rows = [
        {"employee_id": f"p{n}", "period_start": day("2026-01-01"), "period_end": day("2026-03-31"), "regime": "r",
         "work_rating": work, "behaviour_rating": behaviour}
        for n, (work, behaviour) in enumerate(MATRIX)
    ]  # fmt: skip
    query = "select work_rating, behaviour_rating, predicate_expected from core.fact_performance"
    assert {row[:2]: row[2] for row in make(performance=rows).execute(query).fetchall()} == MATRIX


def test_an_enrolment_gathers_its_milestones(make: Make) -> None:
    periods = [("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30"), ("2026-07-01", "2026-09-30")]
    con = make(
        classes=[CLASS],
        programs=[PROGRAM],
        sessions=[
            {"class_id": "K1", "session_no": n, "session_date": day(f"2026-02-{9 + n}"), "jp": 3.0} for n in (1, 2)
        ],
        enrolments=[
            {"class_id": "K1", "employee_id": "p1", "status": "completed", "outcome": "lulus"},
            {"class_id": "K1", "employee_id": "p2", "status": "registered"},
            *({"class_id": "K1", "employee_id": f"p{n}", "status": "registered"} for n in range(3, 7)),
        ],
        attendance=[
            {"class_id": "K1", "session_no": 1, "employee_id": "p1", "status": "izin"},
            {"class_id": "K1", "session_no": 2, "employee_id": "p1", "status": "hadir"},
            {"class_id": "K1", "session_no": 1, "employee_id": "p3", "status": "hadir"},
            {"class_id": "K1", "session_no": 2, "employee_id": "p3", "status": "unknown"},
            # Of the second session no list of the next two came.
            {"class_id": "K1", "session_no": 1, "employee_id": "p4", "status": "hadir"},
            {"class_id": "K1", "session_no": 1, "employee_id": "p5", "status": "alpa"},
            *({"class_id": "K1", "session_no": n, "employee_id": "p6", "status": "alpa"} for n in (1, 2)),
        ],
        assessments=[
            {
                "class_id": "K1",
                "employee_id": "p1",
                "kind": "pre",
                "max_score": 100.0,
                "assessed_on": day("2026-02-10"),
            },
            {
                "class_id": "K1",
                "employee_id": "p1",
                "kind": "post",
                "max_score": 100.0,
                "assessed_on": day("2026-02-12"),
            },
        ],
        performance=[
            {"employee_id": "p1", "period_start": day(a), "period_end": day(b), "regime": "r"} for a, b in periods
        ],
    )
    query = """select n_sessions_known, n_sessions_attended, attended_jp, is_attended, cast(first_attended_on as varchar),
               cast(pre_tested_on as varchar), cast(post_tested_on as varchar), observed_on, cast(reviewed_on as varchar)
               from core.fact_enrolment order by employee_id"""
    assert con.execute(query).fetchall() == [
        (2, 1, 3.0, True, "2026-02-11", "2026-02-10", "2026-02-12", None, "2026-06-30"),
        (None, None, None, None, None, None, None, None, None),
        # Who did not sign once was there for three hours, or six.
        (1, 1, None, True, "2026-02-10", None, None, None, None),
        (1, 1, None, True, "2026-02-10", None, None, None, None),
        (1, 0, None, None, None, None, None, None, None),
        (2, 0, 0.0, False, None, None, None, None, None),
    ]


def test_a_reporting_year_may_begin_in_april(make: Make) -> None:
    con = make()
    con.execute("update ops.run set year_starts_in = 4")
    query = "select date_key, reporting_year from core.dim_date where date_key in (20260331, 20260401, 0) order by 1"
    assert make().execute(query).fetchall() == [(0, None), (20260331, 2025), (20260401, 2026)]


def test_the_calendar_knows_its_days(make: Make) -> None:
    query = """select date_key, weekday_name, month_name, is_weekend from core.dim_date
               where date_key in (20240229, 20260112, 20501231, 0) order by 1"""
    assert make().execute(query).fetchall() == [
        (0, None, None, None),
        (20240229, "Kamis", "Februari", False),
        (20260112, "Senin", "Januari", False),
        (20501231, "Sabtu", "Desember", True),
    ]


def test_the_calendar_has_every_day_that_may_be_refreshed(make: Make) -> None:
    query = "select count(*) from core.dim_date where date_on between ? and ?"
    [(n,)] = make().execute(query, [FIRST_DAY, LAST_DAY]).fetchall()
    assert n == (LAST_DAY - FIRST_DAY).days + 1
