"""What an attacker worked out of the published tables stays unknown: each recovery that succeeded once, by the numbers it took.

Each test is one way: what was subtracted from what, on a city of few people. Beside them the rule that closes the kind: what
few people did is read from a fact by the mart that counts them first, and by nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from warehouse.auditing.expectations import EXPECTATIONS
from warehouse.building.models import models
from warehouse.publishing import changes
from warehouse.report import figures

from .test_marts import ELEMENTS_OF_SKM, City, city, day, key, test
from .test_small_groups import Marts, guarded, two_worlds

__all__ = ["city", "guarded"]


def observe(city: City, class_id: str, size: int, after: Callable[[int], float]) -> None:
    """Supervisors observe `size` people of a class before (0.5) and after."""
    city.put("fact_observation", [
        {"employee_id": f"{class_id}-{n}", "class_key": key(class_id), "observer_role": "supervisor", "phase": phase,
         "score_share": share}
        for n in range(size) for phase, share in (("before", 0.5), ("after", after(n)))
    ])  # fmt: skip


def by_seminar(city: City) -> dict[str, object]:
    """The behaviour of classes held as a seminar."""
    [row] = [r for r in city.make("marts.method_outcome") if (r["method"], r["measure"]) == ("seminar", "behaviour")]
    return row


def test_the_behaviour_of_a_class_of_three_is_no_remainder(guarded: City) -> None:
    """Two seminars of one program, told by mean and interval, are two numbers; the program's change less them was the third class."""
    guarded.program("P")
    for name, size, method in (("K0", 8, "seminar"), ("K1", 7, "seminar"), ("K2", 3, "workshop")):
        guarded.klass(name, method=method)
        observe(guarded, name, size, lambda n: 0.6 + 0.02 * n)
    assert by_seminar(guarded)["mean"] is None
    assert guarded.make("marts.behaviour_change")[0]["change"] is not None, "the program's own number stays"


def test_the_behaviour_of_classes_without_a_small_one_is_told(guarded: City) -> None:
    guarded.program("P")
    for name, size in (("K0", 8), ("K1", 7)):
        guarded.klass(name, method="seminar")
        observe(guarded, name, size, lambda n: 0.6 + 0.02 * n)
    assert by_seminar(guarded)["n_classes"] == 2


def test_the_hours_of_an_office_of_four_are_no_remainder(guarded: City) -> None:
    """The mean dose of two offices less that of the other (training_hours) was the small one's."""

    def fill(hours: float) -> Marts:
        for table in ("dim_class", "fact_enrolment", "dim_employee", "fact_service_satisfaction"):
            guarded.con.execute(f"delete from core.{table}")
        for unit, size, jp in (("U", 8, 10.0), ("V", 4, hours)):
            people = [f"{unit}{n}" for n in range(size)]
            guarded.staff(people, unit=unit)
            guarded.klass(f"K{unit}", end_date=day("2025-06-06"), start_date=day("2025-06-02"))
            guarded.enrol(f"K{unit}", people, certificate_jp=jp)
            guarded.con.execute(f"update core.fact_enrolment set unit_key = '{unit}' where class_id = 'K{unit}'")
            guarded.put("fact_service_satisfaction", [
                {"unit_code": unit, "unit_key": unit, "service": "S", "period_start": day("2026-01-01"),
                 "period_end": day("2026-03-31"), "element": e, "score": 3.0, "n_answers": 5} for e in ELEMENTS_OF_SKM
            ])  # fmt: skip
        return guarded.make_all()

    few, many = fill(5.0), fill(20.0)
    assert few["marts.service_satisfaction_by_dose"] == many["marts.service_satisfaction_by_dose"]
    assert few["marts.training_hours"] == many["marts.training_hours"]
    told = [row["jp_per_employee"] for row in few["marts.service_satisfaction_by_dose"]]
    assert 10.0 in told, "the larger office's is told"


def asked(city: City, audit: str) -> list[tuple[object, ...]]:
    """What an expectation sees of the city."""
    [expectation] = [e for e in EXPECTATIONS if e.name == audit]
    return list(city.con.execute(expectation.frame).fetchall())


def test_an_audit_of_attendance_tells_of_no_class_of_four(guarded: City) -> None:
    """A month of which one class of four is known was named with its share of presence."""
    for name, size in (("K0", 4), ("K1", 5)):
        guarded.klass(name, start_date=day(f"2026-0{3 + int(name[1])}-02"))
        people = [f"{name}-{n}" for n in range(size)]
        guarded.attend(name, dict.fromkeys(people, "HAAAAAAA"))
        guarded.enrol(name, people, n_sessions_known=8, n_sessions_attended=1, is_attended=True)
    guarded.make("marts.class_participants")
    assert asked(guarded, "attendance by month") == [(2026, 4, 40, 1 / 8)]


@pytest.mark.parametrize("n_questions", [11, 12])
def test_the_answer_of_one_respondent_is_no_remainder(guarded: City, n_questions: int) -> None:
    """A is judged by twelve; B by eleven of them, or by twelve of whom one leaves a question out. The class less both was the twelfth."""
    guarded.program("P")
    guarded.klass("K")
    guarded.answer("K", "NARASUMBER", [(1 + n % 4,) for n in range(12)], who="A")
    guarded.answer(
        "K", "NARASUMBER", [(1 + n % 3, 2)[: 1 + (n_questions == 12 and n < 11)] for n in range(n_questions)], who="B"
    )
    rows = {row["instructor_id"]: row for row in guarded.make("marts.reaction")}
    assert {who: row["index_0_100"] is None for who, row in rows.items()} == {None: True, "A": False, "B": False}
    assert rows[None]["n_smallest"] == 1


def test_a_class_whose_forms_all_judge_the_same_is_told_whole(guarded: City) -> None:
    guarded.program("P")
    guarded.klass("K")
    for who in "AB":
        guarded.answer("K", "NARASUMBER", [(1 + n % 4,) for n in range(12)], who=who)
    assert not any(row["is_suppressed"] for row in guarded.make("marts.reaction"))


@pytest.mark.parametrize(
    ("others", "told"), [((100, 100), False), ((70, 100), False), ((100, 80), False), ((70, 80), True)]
)
def test_the_tests_of_one_person_are_no_means_of_a_class(guarded: City, others: tuple[int, int], told: bool) -> None:
    """Of five four had the highest score, before or after: mean and deviation were the fifth's."""
    guarded.program("P")
    guarded.klass("K")
    pairs = {"a": (60, 85)} | {f"b{n}": others for n in range(4)}
    guarded.put("fact_assessment", [
        test("K", person, kind, score) for person, scores in pairs.items() for kind, score in zip(("pre", "post"), scores, strict=True)
    ])  # fmt: skip
    [row] = guarded.make("marts.learning_gain")
    numbers = ("pre_mean", "post_mean", "pre_sd", "post_sd", "gain_individual_mean", "n_gain_defined", "hedges_g")
    assert {row[name] is None for name in numbers} == {not told}
    assert row["is_suppressed"] is not told


def test_the_attendance_of_one_known_among_twenty_is_left_out(guarded: City) -> None:
    guarded.program("P")
    guarded.klass("K")
    guarded.enrol("K", ["a"], n_sessions_known=4, n_sessions_attended=1, is_attended=True)
    guarded.enrol("K", [f"b{n}" for n in range(19)], n_sessions_known=0)
    for mart in ("marts.response_rates", "marts.class_scorecard", "marts.program_scorecard"):
        [row] = guarded.make(mart)
        assert (row["n_enrolled"], row["attendance_share"], row["is_suppressed"]) == (20, None, True), mart
        assert row["n_sessions_attended"] is None


def test_who_withdrew_from_a_class_of_three_is_told_by_no_mart(guarded: City) -> None:
    """Neither as such nor as the number of those who were expected, nor by what the class cost each of them."""

    def fill(kind: bool) -> None:
        guarded.program("P")
        for name, size in (("K0", 3), ("K1", 8)):
            people = [f"{name}-{n}" for n in range(size)]
            guarded.klass(name, method="seminar" if size == 3 else "workshop", cost_idr=6_000_000)
            guarded.enrol(name, people[:1], status="withdrawn" if kind and size == 3 else "completed")
            guarded.enrol(name, people[1:])
            guarded.attend(name, dict.fromkeys(people, "HH"))
            guarded.judge(name, "OVERALL", 1, size)

    one, other = two_worlds(guarded, fill)
    assert one == other
    small = {row["class_id"]: row for row in one["marts.class_scorecard"]}["K0"]
    assert (small["n_enrolled"], small["n_withdrawn"], small["response_rate"]) == (3, None, None)
    [program] = one["marts.program_scorecard"]
    assert (program["n_expected"], program["n_respondents"]) == (8, 8), "of the class that is told"


def test_a_list_of_three_with_twelve_forms_is_not_judged(guarded: City) -> None:
    """How many withdrew is left out; that the forms are too many is not."""
    guarded.program("P")
    guarded.klass("K")
    guarded.enrol("K", list("abc"))
    guarded.judge("K", "MATERI", 12, 12)
    [row] = guarded.make("marts.reaction")
    assert (row["n_expected"], row["is_repeated"]) == (None, True)
    [flag] = guarded.make("marts.curriculum_flag")
    assert (flag["state"], flag["is_repeated"]) == ("DATA_KURANG", True)


def test_the_plan_divides_by_those_who_are_told(guarded: City) -> None:
    guarded.program("P")
    for name, size, score in (("K0", 4, 1.0), ("K1", 8, 4.0)):
        guarded.klass(name)
        guarded.answer(name, "MATERI", [(score,)] * size)
    guarded.make("marts.reaction")
    assert guarded.con.execute(changes.INDEX.format(at="")).fetchall() == [("MATERI", 100.0)]
    guarded.con.execute("create schema last; create table last.reaction as select * from marts.reaction")
    assert asked(guarded, "satisfaction against the last version") == [("MATERI", 100.0, 100.0, 0.0)]


# ---- The rule -----------------------------------------------------------------------------------------------------------

ENROLLED = {
    "status",
    "outcome",
    "certificate_jp",
    "attended_jp",
    "is_attended",
    "n_sessions_known",
    "n_sessions_attended",
}
COUNTED = {
    "core.fact_survey_response": ({"score", "score_share", "agency_share", "is_dissatisfied"}, {"marts.reaction"}),
    "core.fact_assessment": ({"score", "score_pct"}, {"marts.learning_gain", "marts.transfer"}),
    "core.fact_observation": ({"score", "score_share"}, {"marts.behaviour_change", "marts.method_outcome", "marts.transfer"}),
    "core.fact_attendance": ({"status", "is_present", "jp"}, {"marts.class_attendance"}),
    "core.fact_performance": (
        {"work_rating", "behaviour_rating", "predicate", "predicate_expected", "numeric_score"},
        {"marts.performance_effect", "marts.performance_over_time", "marts.transfer"},
    ),
    "core.fact_enrolment": (
        ENROLLED,
        {"marts.class_participants", "marts.training_hours", "marts.service_satisfaction_by_dose", "marts.performance_effect",
         "marts.performance_over_time", "marts.transfer", "marts.training_gap", "marts.service_satisfaction_by_start",
         "marts.project_deviation_by_month", "marts.project_deviation_change"},
    ),
}  # fmt: skip
"""Fact → what it tells of a person, and the marts that count it first, each by its own groups."""
ONLY_COUNTS = {
    "expectation: every answer is counted in a reaction": "how many answers there are, of all classes together",
    "expectation: a mart is not empty while its fact is not": "whether there is any row, of all classes together",
}
"""Others that name such a column, and what they learn."""


def reads_around(name: str, query: str) -> list[str]:
    """The measures of persons that a query reads from a fact though it is not the one that counts them."""
    found = []
    for scope in traverse_scope(sqlglot.parse_one(query, read="duckdb")):
        facts = {f"{source.db}.{source.name}" for source in scope.sources.values() if isinstance(source, exp.Table)}
        columns = {column.name for column in scope.columns}
        found += [
            f"{fact}.{column}"
            for fact, (measures, counters) in COUNTED.items()
            if fact in facts and name not in counters
            for column in sorted(measures if scope.expression.is_star else measures & columns)
        ]
    return found


def questions() -> Iterator[tuple[str, str]]:
    """Everything that is asked of a build and published: marts, audits, the plan, the report."""
    for name, model in models().items():
        if name.startswith("marts."):
            yield from ((name, query) for query in model.queries.values())
    yield from ((expectation.audit, expectation.frame) for expectation in EXPECTATIONS)
    yield from (("plan", query.format(at="")) for query in (changes.INDEX, changes.FLAGS, changes.CLAIMS))
    yield from (("report", query) for query in figures.QUERIES.values())


def test_nobody_reads_around_the_mart_that_counts_first() -> None:
    broken = {name: around for name, query in questions() if (around := reads_around(name, query))}
    assert set(broken) <= set(ONLY_COUNTS), broken


def test_one_who_reads_around_is_found() -> None:
    query = "select c.method, avg(f.score_share) from core.fact_observation as f inner join core.dim_class as c using (class_key) group by 1"
    assert reads_around("marts.method_of_mine", query) == ["core.fact_observation.score_share"]
    assert reads_around("marts.behaviour_change", query) == []
