"""The real data sets through the whole way: known answers, read from the published file."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from warehouse.database import connect
from warehouse.store import Store

from ..conftest import REAL, needs_real, refresh

pytestmark = needs_real


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Turkiye, LaLonde, OULAD and the SKM recap, delivered in one month and published."""
    store = Store(tmp_path_factory.mktemp("real") / "data")
    for name in ("turkiye", "lalonde", "oulad", "skm"):
        shutil.copytree(REAL / name, store.landing / name / "2026-01")
    refresh(store)
    return store


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        return con.execute(query).fetchall()


def test_no_answered_form_is_lost_though_1843_are_equal_to_others(published: Store) -> None:
    query = "select count(distinct response_id), count(*), avg(score) from core.fact_survey_response"
    assert ask(published, query) == [(5820, 5820 * 28, pytest.approx(3.186156, abs=5e-7))]


def test_means_of_the_three_instructors(published: Store) -> None:
    query = """
        select i.instructor_id, count(distinct f.response_id) from core.fact_survey_response as f
        join core.dim_instructor as i using (instructor_key) where i.instructor_id <> 'none' group by 1 order by 1
    """
    assert ask(published, query) == [("INST-1", 775), ("INST-2", 1444), ("INST-3", 3601)]
    query = """
        select split_part(c.class_id, 'INST-', 2), avg(f.score) from core.fact_survey_response as f
        join core.dim_class as c using (class_key) group by 1 order by 1
    """
    means = [pytest.approx(mean, abs=5e-7) for mean in (3.378111, 3.394959, 3.061114)]
    assert ask(published, query) == list(zip("123", means, strict=True))


@pytest.mark.parametrize(
    ("program", "design", "n", "post", "effect", "claim"),
    [
        ("NSW_MIXTAPE", "lottery", (185, 260), 1794.3424, 1529.1961, "effect"),
        ("NSWDEMO", "lottery", (297, 425), 886.3037, 846.8883, "effect"),
        ("NSW74PSID1", "self_selected", (185, 2490), -15204.7775, 2326.5048, "change"),
    ],
)
def test_the_same_trained_people_against_other_comparison_groups(
    published: Store, program: str, design: str, n: tuple[int, int], post: float, effect: float, claim: str
) -> None:
    query = f"""
        select design, n_trained, n_control, post_difference, effect, claim from marts.performance_effect
        where program_code = '{program}' and outcome = 'numeric_score'
    """
    near = [pytest.approx(value, abs=5e-4) for value in (post, effect)]
    assert ask(published, query) == [(design, *n, *near, claim)]


def test_enrolments_of_the_open_university(published: Store) -> None:
    query = """
        select count(*), count(distinct employee_id), count(distinct class_key),
            count(*) filter (outcome = 'lulus'), count(*) filter (status = 'withdrawn'), count(*) filter (outcome = 'tidak_lulus')
        from core.fact_enrolment where program_key in
            (select program_key from core.dim_program where program_code in ('AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF', 'GGG'))
    """
    assert ask(published, query) == [(32593, 28785, 22, 12361 + 3024, 10156, 7052)]


def test_missing_scores_stay_unknown(published: Store) -> None:
    query = "select count(*), count(*) - count(score), avg(score) from core.fact_assessment"
    assert ask(published, query) == [(173912, 173, pytest.approx(75.79957, abs=5e-6))]


def test_the_satisfaction_index_has_weights_of_exactly_one_ninth(published: Store) -> None:
    query = "select n_respondents, ikm, grade from marts.service_satisfaction_index"
    assert ask(published, query) == [(29, pytest.approx(91.4751, abs=5e-5), "A")]


def test_every_file_adds_up(published: Store) -> None:
    query = "select count(*), sum(n_refused), count(*) filter (n_read <> n_accepted + n_refused + n_duplicate) from ops.delivery"
    assert ask(published, query)[0][1:] == (0, 0)
