"""What is left out of the marts for small groups cannot be brought back: not by a sum, a filter, or a later version.

The attack is the strongest there is: where the hidden answers could be anything without a digit of any mart changing,
nobody can work them out of the marts, whatever they add, subtract, filter or compare over time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from schemas.column import ContractError
from schemas.contract import SmallGroup, parse_header
from warehouse.building.build import build_table
from warehouse.building.models import Model

from .test_marts import City, city, day, key

__all__ = ["city"]
MINIMUM = 5
ASPECTS = ("MATERI", "NARASUMBER", "METODE", "OVERALL")
Marts = dict[str, list[dict[str, Any]]]


@pytest.fixture
def guarded(city: City) -> City:
    """The city with the minimum that the policy sets."""
    city.con.execute(f"update ops.policy set value = {MINIMUM} where policy = 'minimum_cell_size'")
    city.con.execute("update ops.policy set value = 10 where policy = 'minimum_comment_group'")
    return city


def empty(city: City) -> None:
    """Take away what a test before put in."""
    for table in ("fact_survey_response", "fact_enrolment", "dim_class", "dim_program", "fact_assessment",
                  "fact_observation", "dim_employee", "fact_performance"):  # fmt: skip
        city.con.execute(f"delete from core.{table}")


def two_worlds(city: City, fill: Callable[[bool], None], *marts: str) -> tuple[Marts, Marts]:
    """The marts (all, or those named) where the hidden people are of one kind, and where they are of the other."""
    found = []
    for kind in (False, True):
        empty(city)
        fill(kind)
        found.append({name: city.make(name) for name in marts} if marts else city.make_all())
    return found[0], found[1]


def survey(city: City, sizes: list[int], hidden_score: float) -> None:
    """Classes of two programs; the small ones give one score to everything, the others are mixed."""
    for program in ("P", "Q"):
        city.program(program)
    for number, size in enumerate(sizes):
        name = f"K{number}"
        city.klass(name, "PQ"[number % 2], start_date=day("2026-03-02"), end_date=day(f"2026-03-{10 + number}"),
                   method=("seminar", "workshop")[number // 2 % 2], batch_no=number)  # fmt: skip
        city.enrol(name, [f"{name}-{person}" for person in range(12)])
        for aspect in ASPECTS:
            scores = [(hidden_score if size < MINIMUM else float(1 + (number + at) % 4),) for at in range(size)]
            city.answer(name, aspect, scores, who="AB"[number % 2] if aspect == "NARASUMBER" else "")


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=some.lists(some.integers(1, 9), min_size=2, max_size=7))
def test_answers_of_small_classes_change_no_mart(guarded: City, sizes: list[int]) -> None:
    satisfied, dissatisfied = two_worlds(guarded, lambda kind: survey(guarded, sizes, 1.0 if kind else 4.0))
    assert satisfied == dissatisfied


def test_answers_of_other_classes_do(guarded: City) -> None:
    """The attack would notice: with five respondents the same change shows."""

    def fill(kind: bool) -> None:
        survey(guarded, [5, 8], 4.0)
        guarded.con.execute(
            f"update core.fact_survey_response set score_share = {int(kind)} where response_id like 'K0-%'"
        )

    one, other = two_worlds(guarded, fill)
    assert one["marts.reaction"] != other["marts.reaction"]


def test_a_class_that_joins_later_changes_no_total(guarded: City) -> None:
    """A version with three respondents more: the totals of the two versions give nothing to subtract."""
    totals = (
        "marts.program_scorecard",
        "marts.scorecard_history",
        "marts.instructor_scorecard",
        "marts.method_comparison",
        "marts.curriculum_flag",
    )
    shown = ("n_dissatisfied", "index_0_100", "dissatisfied_share", "wilson_low", "state")

    def numbers(found: Marts) -> list[Any]:
        return [[{name: row.get(name) for name in shown} for row in found[table]] for table in totals]

    survey(guarded, [8, 9, 7, 6], 4.0)
    first = guarded.make_all()
    empty(guarded)
    survey(guarded, [8, 9, 7, 6, 3], 1.0)
    second = guarded.make_all()
    assert numbers(first) == numbers(second)
    assert all(row["is_suppressed"] for row in second["marts.reaction"] if row["class_id"] == "K4")


def test_left_out_is_neither_zero_nor_unknown(guarded: City) -> None:
    survey(guarded, [4, 8], 1.0)
    rows = guarded.make("marts.reaction")
    small = [row for row in rows if row["class_id"] == "K0"]
    assert all(row["is_suppressed"] and row["n_respondents"] == 4 and row["n_expected"] == 12 for row in small)
    assert all(row["n_dissatisfied"] is None and row["index_0_100"] is None for row in small)
    assert not any(row["is_suppressed"] for row in rows if row["class_id"] == "K1")


def test_a_flag_of_small_classes_only_lacks_data_and_says_why(guarded: City) -> None:
    guarded.program("P")
    for name in ("K0", "K1", "K2"):
        guarded.klass(name)
        guarded.enrol(name, [f"{name}-{n}" for n in range(4)])
        guarded.judge(name, "MATERI", 4, 4)
    [flag] = guarded.make("marts.curriculum_flag")
    assert (flag["state"], flag["n_respondents"], flag["n_dissatisfied"], flag["is_suppressed"]) == (
        "DATA_KURANG", 12, None, True,
    )  # fmt: skip
    assert "terlalu kecil" in flag["reason"]


def test_judgements_of_a_class_go_together(guarded: City) -> None:
    """The class less one narasumber would give the other: of three judged B nothing is said, hence nothing of A."""
    guarded.program("P")
    guarded.klass("K")
    guarded.answer("K", "NARASUMBER", [(4,)] * 8, who="A")
    guarded.answer("K", "NARASUMBER", [(1,)] * 3, who="B")
    rows = {row["instructor_id"]: row for row in guarded.make("marts.reaction")}
    assert {person: row["is_suppressed"] for person, row in rows.items()} == {None: False, "A": True, "B": True}
    assert all(row["n_dissatisfied"] is None for row in guarded.make("marts.instructor_scorecard"))


def test_judgements_of_nobody_known_go_with_the_others(guarded: City) -> None:
    """Three forms do not say whom they judge: the class less A would give them."""
    guarded.program("P")
    guarded.klass("K")
    guarded.answer("K", "NARASUMBER", [(4,)] * 8, who="A")
    guarded.con.execute("update core.fact_survey_response set instructor_key = 'unknown' where response_id > 'K-4'")
    rows = {row["instructor_id"]: row for row in guarded.make("marts.reaction")}
    assert {person: row["is_suppressed"] for person, row in rows.items()} == {None: False, "A": True}


def test_tests_of_small_classes_change_no_mart(guarded: City) -> None:
    def fill(kind: bool) -> None:
        guarded.program("P")
        for name, size in (("K0", 4), ("K1", 9)):
            guarded.klass(name, cost_idr=1_000_000)
            guarded.enrol(name, [f"{name}-{n}" for n in range(size)])
            rows = [
                {"class_key": key(name), "employee_id": f"{name}-{n}", "kind": test, "score_pct": score}
                for n in range(size)
                for test, score in (("pre", 40.0 + n), ("post", 95.0 - n if kind and size < MINIMUM else 60.0 + 2 * n))
            ]
            guarded.put("fact_assessment", rows)

    one, other = two_worlds(guarded, fill)
    assert one == other
    assert {row["class_id"]: row["gain_class"] is None for row in one["marts.learning_gain"]} == {
        "K0": True,
        "K1": False,
    }


def test_behaviour_of_few_changes_no_mart(guarded: City) -> None:
    def fill(kind: bool) -> None:
        for program, size in (("P", 3), ("Q", 7)):
            guarded.program(program)
            guarded.klass(f"K{program}", program)
            people = [f"{program}{n}" for n in range(size)]
            guarded.enrol(f"K{program}", people)
            after = 0.9 if kind and size < MINIMUM else 0.6
            guarded.put("fact_observation", [
                {"class_key": key(f"K{program}"), "employee_id": person, "observer_role": "supervisor",
                 "phase": phase, "score_share": share}
                for person in people for phase, share in (("before", 0.5), ("after", after))
            ])  # fmt: skip

    one, other = two_worlds(guarded, fill)
    assert one == other
    assert [row["change"] is None for row in one["marts.behaviour_change"]] == [True, False]


def test_completion_of_small_classes_changes_no_mart(guarded: City) -> None:
    def fill(kind: bool) -> None:
        guarded.program("P")
        for name, size in (("K0", 3), ("K1", 8)):
            guarded.klass(name)
            status = "registered" if kind and size < MINIMUM else "completed"
            guarded.enrol(name, [f"{name}-{n}" for n in range(size)], status=status, n_sessions_known=4,
                          n_sessions_attended=1 if kind and size < MINIMUM else 3, is_attended=True)  # fmt: skip

    one, other = two_worlds(guarded, fill)
    assert one == other
    [program] = one["marts.program_scorecard"]
    assert (program["n_completed"], program["n_enrolled"], program["is_suppressed"]) == (8, 8, True)


def test_results_of_few_are_not_told(guarded: City) -> None:
    """Of eight of a class three have results."""

    def fill(kind: bool) -> None:
        guarded.program("P")
        guarded.klass("K")
        guarded.enrol("K", ["a", "b", "c"], outcome="lulus" if kind else "tidak_lulus")
        guarded.enrol("K", ["d", "e", "f", "g"])
        guarded.enrol("K", ["h"], status="withdrawn")

    one, other = two_worlds(guarded, fill)
    assert one == other
    [row] = one["marts.class_scorecard"]
    assert [row[n] for n in ("n_completed", "n_enrolled_examined", "n_passed", "pass_share")] == [7, None, None, None]


@pytest.mark.parametrize(
    ("sizes", "left_out"),
    [
        ({"PNS": 20, "PPPK": 3}, {"PNS", "PPPK"}),  # the office's total less PNS would give PPPK
        ({"PNS": 20, "PPPK": 3, "other": 7}, {"PPPK", "other"}),  # the smallest other goes with it
        ({"PNS": 20, "PPPK": 4, "other": 4}, {"PPPK", "other"}),  # two hide each other
        ({"PNS": 20, "PPPK": 5}, set()),
    ],
)
def test_hours_of_few_cannot_be_subtracted(guarded: City, sizes: dict[str, int], left_out: set[str]) -> None:
    guarded.program("P")
    guarded.klass("K", scheduled_jp=10)
    for kind, size in sizes.items():
        people = [f"{kind}{n}" for n in range(size)]
        guarded.staff(people, kind=kind)
        guarded.enrol("K", people, certificate_jp=10)
    rows = guarded.make("marts.training_hours")
    assert {row["employment_type"] for row in rows if row["is_suppressed"]} == left_out
    assert all((row["jp_total"] is None) == row["is_suppressed"] for row in rows)
    assert all(row["n_employees"] == sizes[row["employment_type"]] for row in rows)


def test_few_colleagues_are_no_comparison_to_be_shown(guarded: City) -> None:
    guarded.program("P")
    guarded.klass("K", start_date=day("2026-04-06"), end_date=day("2026-04-10"), assignment="randomised")
    trained, others = [f"T{n}" for n in range(25)], [f"C{n}" for n in range(4)]
    guarded.staff([*trained, *others])
    guarded.enrol("K", trained, is_attended=True)
    for at, person in enumerate([*trained, *others]):
        guarded.rate(person, "2026-01-01", 70 + at % 7)
        guarded.rate(person, "2026-07-01", 75 + at % 5)
    [row] = [r for r in guarded.make("marts.performance_effect") if r["outcome"] == "numeric_score"]
    assert (row["n_trained"], row["n_control"], row["is_suppressed"], row["effect"]) == (25, 4, True, None)
    assert row["verdict"].startswith("Tidak ditampilkan")


@pytest.mark.parametrize(("sizes", "told"), [((4, 9), set()), ((4, 6, 9), {9}), ((4, 4, 6), {6}), ((5, 6), {5, 6})])
def test_a_small_cohort_is_in_no_effect_over_time(guarded: City, sizes: tuple[int, ...], told: set[int]) -> None:
    """Nor is the next one, where what is left would be the smaller one's."""

    def fill(kind: bool) -> None:
        guarded.program("P")
        others = [f"C{n}" for n in range(8)]
        guarded.staff(others)
        for number, size in enumerate(sizes):
            people, quarter = (
                [f"T{number}-{n}" for n in range(size)],
                pd.Timestamp("2025-01-01") + pd.DateOffset(months=3 * number),
            )
            guarded.klass(
                f"K{number}",
                start_date=(quarter + pd.DateOffset(months=4)).date(),
                end_date=(quarter + pd.DateOffset(months=4)).date(),
            )
            guarded.enrol(f"K{number}", people)
            guarded.staff(people)
            for at, person in enumerate([*people, *(others if number == 0 else [])]):
                for later in (0, 2) if person in people else range(len(sizes) + 2):
                    hidden = 20.0 * kind if size < MINIMUM and later else 0.0
                    start = quarter + pd.DateOffset(months=3 * later)
                    guarded.rate(person, str(start.date()), 70 + at % 3 + later + hidden)

    one, other = two_worlds(guarded, fill, "marts.performance_effect", "marts.performance_over_time")
    assert one["marts.performance_over_time"] == other["marts.performance_over_time"]
    assert {row["n_trained"] for row in one["marts.performance_over_time"] if row["average"] == "group"} == told
    assert (one["marts.performance_effect"] == other["marts.performance_effect"]) == (min(sizes) >= MINIMUM)


def test_what_few_learnt_or_did_is_in_no_transfer(guarded: City) -> None:
    """Tests of a class of four, and behaviour of which a program tells nothing."""

    def fill(kind: bool) -> None:
        for program, size in (("P", 9), ("P", 4), ("Q", 4)):
            name = f"K{program}{size}"
            guarded.program(program)
            guarded.klass(name, program)
            people = [f"{name}-{n}" for n in range(size)]
            guarded.staff(people)
            guarded.enrol(name, people)
            more = 3.0 if kind and size < MINIMUM else 1.0
            for n, person in enumerate(people):
                tests = (("pre", 40.0), ("post", 50.0 + (n * more) % 7))
                guarded.put("fact_assessment", [
                    {"class_key": key(name), "employee_id": person, "kind": test, "score_pct": score} for test, score in tests
                ])  # fmt: skip
                after = 0.6 + 0.01 * ((n * more) % 7 if program == "Q" else n)
                guarded.put("fact_observation", [
                    {"class_key": key(name), "employee_id": person, "observer_role": "peer", "phase": phase, "score_share": share}
                    for phase, share in (("before", 0.5), ("after", after))
                ])  # fmt: skip

    one, other = two_worlds(guarded, fill, "marts.transfer")
    assert one["marts.transfer"] == other["marts.transfer"]
    assert [(row["program_code"], row["n_people"]) for row in one["marts.transfer"]] == [("P", 9)]


def test_comments_need_ten_respondents_and_stand_in_no_order_of_forms(guarded: City) -> None:
    guarded.program("P")
    for name, size in (("K9", 9), ("K10", 10)):
        guarded.klass(name)
        guarded.judge(name, "MATERI", 1, size)
        rows = ", ".join(f"('{name}', '{text}')" for text in ("c", "a", "b", "a"))
        guarded.con.execute(f"insert into private.survey_comment values {rows}")
    found = [(row["class_id"], row["comment_no"], row["comment"]) for row in guarded.make("marts.survey_comment")]
    assert found == [("K10", 1, "a"), ("K10", 2, "a"), ("K10", 3, "b"), ("K10", 4, "c")]


# ---- The rule of the contract -----------------------------------------------------------------------------------------

HEAD = """---
description: People by group.
grain: group
key: [grade]
small_groups:
  - {people: n_pairs, hides: [score]}
columns:
  grade: {type: text, description: Group., label: Kelompok}
  n_pairs:
  score: {nullable: %s}
  %s
---
"""


def test_hidden_columns_may_be_empty_and_say_so() -> None:
    parse_header(HEAD % ("true", "is_suppressed:"), "marts", "groups")
    with pytest.raises(ContractError, match="may not be empty"):
        parse_header(HEAD % ("false", "is_suppressed:"), "marts", "groups")
    with pytest.raises(ContractError, match="is_suppressed"):
        parse_header(HEAD % ("true", "n_answers:"), "marts", "groups")


def test_the_engine_leaves_out_what_the_contract_names() -> None:
    contract = parse_header(HEAD % ("true", "is_suppressed:"), "marts", "groups")
    assert contract.small_groups == (SmallGroup(people="n_pairs", hides=("score",)),)
    model = Model(
        contract,
        {
            "": "select * from (values ('a', 0, 1.0), ('b', 4, 2.0), ('c', 5, 3.0), ('d', null, 4.0)) as t (grade, n_pairs, score)"
        },
    )
    with duckdb.connect() as con:
        con.execute("create schema ops; create table ops.policy as select 'minimum_cell_size' as policy, 5.0 as value")
        build_table(con, Model(contract, model.queries))
        rows = con.execute("select grade, score, is_suppressed from marts.groups order by grade").fetchall()
    assert rows == [("a", 1.0, False), ("b", None, True), ("c", 3.0, False), ("d", 4.0, False)]
