"""A filled-in form is nobody's: what is published ties none to a person, whatever else is known of the person."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from schemas.contract import PROVENANCE
from tests.conftest import published_city
from warehouse.building.models import models
from warehouse.database import connect
from warehouse.publishing.files import FORMS, untied
from warehouse.store import Store

from .test_marts import City, city, key
from .test_small_groups import guarded

__all__ = ["city", "guarded"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city, to be read."""
    return published_city(tmp_path_factory, 300, 3)


def test_no_day_of_a_form_is_published(store: Store) -> None:
    """On a day on which one person was tested and one form was sent the two were one."""
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        pairs = con.execute(
            "with tested as (select class_key, assessed_date_key as day, min(employee_id) as who from core.fact_assessment "
            "where assessed_date_key > 0 group by all having count(distinct employee_id) = 1), "
            "sent as (select class_key, submitted_date_key as day from core.fact_survey_response "
            "group by all having count(distinct response_id) = 1) select count(*) from tested inner join sent using (class_key, day)"
        ).fetchall()
        days = con.execute(
            "select distinct submitted_date_key % 100 from core.fact_survey_response order by all"
        ).fetchall()
    assert pairs == [(0,)]
    assert {day for (day,) in days} <= {0, 1}


def test_whether_a_form_has_a_comment_is_not_published() -> None:
    """Of a class in which one commented the comment was the form's."""
    names = models()["core.fact_survey_response"].contract.names
    assert [name for name in names if "comment" in name] == []


def test_the_place_in_the_file_is_not_that_in_the_delivery(store: Store) -> None:
    """Where forms are sent in the order of the list of participants, their order was that of people."""
    staged = pl.concat(
        [pl.read_parquet(path) for path in sorted((store.staging / "survey_responses").glob("*.parquet"))]
    )
    published = pl.read_parquet(store.current / "parquet" / "core" / "fact_survey_response.parquet")
    sent = staged.group_by("class_id", "response_id", maintain_order=True).agg(pl.col("source_row").min())
    for class_id in sent.filter(pl.len().over("class_id") >= 10)["class_id"].unique():
        own = sent.filter(pl.col("class_id") == class_id).sort("source_row")["response_id"].to_list()
        found = published["response_id"].unique(maintain_order=True)
        assert found.filter(found.is_in(own)).to_list() != own
    assert "source_row" not in published.columns


def untie(con: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Have the answers be those that are published."""
    con.execute("set variable secret = ?", [secret.hex()])
    con.execute(f"create or replace table {FORMS} as {untied()}")


def published(city: City, sets: list[str], secret: bytes = b"nobody knows") -> list[tuple[str, ...]]:
    """What is published of a class of which each form judges some narasumber, and the material."""
    city.klass("K")
    city.answer("K", "MATERI", [(4,)] * len(sets))
    city.con.execute("update core.fact_survey_response set instructor_key = 'none'")
    rows = [
        {"response_id": f"K-{n}", "item_code": "N", "class_key": key("K"), "instructor_key": who, "submitted_date_key": 20260306}
        for n, own in enumerate(sets) for who in own
    ]  # fmt: skip
    city.put("fact_survey_response", rows)
    untie(city.con, secret)
    return list(
        city.con.execute("select response_id, item_code, instructor_key from core.fact_survey_response").fetchall()
    )


def test_who_was_late_has_no_month_of_their_own(guarded: City) -> None:
    """One was tested in the month after the class, and one form came in it: they were one."""
    guarded.klass("K")
    guarded.answer("K", "MATERI", [(4,)] * 9)
    late = "(select min(response_id) from core.fact_survey_response)"
    guarded.con.execute(
        f"update core.fact_survey_response set submitted_date_key = 20260402 where response_id = {late}"
    )
    untie(guarded.con, b"nobody knows")
    asked = "select submitted_date_key, count(distinct response_id) from core.fact_survey_response group by all"
    assert guarded.con.execute(asked).fetchall() == [(20260301, 9)]


def test_a_code_that_stands_on_forms_of_two_classes_ties_them_no_more(guarded: City) -> None:
    """A sender who numbers participants, not forms, told by the set of classes whose forms they were."""
    for klass in ("K", "L"):
        guarded.klass(klass)
        guarded.answer(klass, "MATERI" if klass == "K" else "SARANA", [(4,)] * 6)
    guarded.con.execute("update core.fact_survey_response set response_id = right(response_id, 1)")
    untie(guarded.con, b"nobody knows")
    asked = (
        "select count(distinct response_id), count(distinct (class_key, response_id)) from core.fact_survey_response"
    )
    assert guarded.con.execute(asked).fetchall() == [(12, 12)]


def test_no_published_row_of_an_answer_names_its_delivery(store: Store) -> None:
    """A file, or a sheet, per respondent is somebody's."""
    names = models()["core.fact_survey_response"].contract.names
    assert [name for name in names if name in PROVENANCE or "file" in name or "sheet" in name] == []


def test_a_set_of_narasumber_that_few_judged_ties_no_answers(guarded: City) -> None:
    """Two of ten missed B's session: of whom that is known, their forms were told by it, and with them all that they say."""
    rows = published(guarded, ["AB"] * 8 + ["A"] * 2)
    forms = {row[0] for row in rows if row[2] == "none"}
    assert len(forms) == 10
    about = [row for row in rows if row[2] != "none"]
    assert len({row[0] for row in about}) == len(about) == 18, "each answer stands alone"
    assert not forms & {row[0] for row in about}
    assert sorted(row[2] for row in about) == ["A"] * 10 + ["B"] * 8, "and is counted"


def test_forms_that_many_share_stay_whole(guarded: City) -> None:
    rows = published(guarded, ["AB"] * 8 + ["A"] * 6)
    assert {row[0] for row in rows if row[2] == "none"} == {row[0] for row in rows if row[2] == "A"}


def test_who_does_not_know_the_secret_ties_nothing_again(guarded: City) -> None:
    first = published(guarded, ["AB"] * 8 + ["A"] * 2)
    guarded.con.execute("delete from core.fact_survey_response; delete from core.dim_class")
    second = published(guarded, ["AB"] * 8 + ["A"] * 2, b"another")
    assert not {row[0] for row in first if row[2] != "none"} & {row[0] for row in second if row[2] != "none"}
