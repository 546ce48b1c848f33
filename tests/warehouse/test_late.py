"""What comes late for a group whose numbers were shown waits until it tells of enough people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse.building.late import LATE, hold_late, late_rows, note_shown
from warehouse.building.models import columns_of
from warehouse.database import connect
from warehouse.store import Store, read_json

from ..conftest import DAY, copied, published_city, refresh

Rows = list[dict[str, object]]
Night = Callable[..., Rows]


@pytest.fixture
def night(store: Store) -> Night:
    """A night as the staging area sees it: what was delivered so far of one source, and what of it the build sees."""
    con = duckdb.connect()
    con.execute("create schema raw; create schema staging; create schema ops")
    con.execute("create table ops.policy as select 'minimum_cell_size' as policy, 5.0 as value")
    for source in (*LATE, "classes"):
        types = ", ".join(f"{name} {kind}" for name, kind in columns_of(f"staging.{source}").items())
        con.execute(f"create table raw.{source} ({types})")
    for name in ("K1", "K2"):
        con.execute("insert into raw.classes (class_id, program_code) values (?, 'P')", [name])

    def go(source: str, rows: Rows, as_of: dt.date = DAY) -> Rows:
        con.execute(f"delete from raw.{source}")
        for number, row in enumerate(rows):
            told = {"delivery_month": dt.date(2026, 1, 1), "source_file": "a.csv", "source_row": number, **row}
            marks = ", ".join("?" * len(told))
            con.execute(f"insert into raw.{source} ({', '.join(told)}) values ({marks})", list(told.values()))
        views = {name: f"select * from raw.{name}" for name in (*LATE, "classes")}
        for name, query in views.items():
            con.execute(f"create or replace view staging.{name} as {query}")
            con.execute(f"drop table if exists staging.late_{name}")
        hold_late(con, store, views)
        seen = con.execute(f"select source_row from staging.{source}").fetchall()
        assert len(rows) - len(seen) == late_rows(con).get(source, 0)
        note_shown(con, store, as_of)
        return [rows[number] for (number,) in sorted(seen)]

    return go


def sat(people: range, kind: str = "post", class_id: str = "K1") -> Rows:
    return [{"class_id": class_id, "employee_id": f"p{n}", "kind": kind, "assessment_code": "T"} for n in people]


def forms(people: range, *instructors: str) -> Rows:
    return [
        {"class_id": "K1", "response_id": f"r{n}", "item_code": "X", "instructor_id": name}
        for n in people
        for name in instructors
    ]


def seen(people: range, class_id: str) -> Rows:
    return [
        {"employee_id": f"{class_id}{n}", "class_id": class_id, "observer_role": "peer", "phase": phase, "aspect": "A"}
        for n in people
        for phase in ("before", "after")
    ]


def test_fewer_late_tests_than_a_group_has_people_wait_for_each_other(night: Night) -> None:
    first, late = sat(range(10)), sat(range(10, 14))
    assert night("assessments", first) == first
    assert night("assessments", first + late) == first
    assert night("assessments", first + late) == first, "the night after, too"
    enough = first + sat(range(10, 15))
    assert night("assessments", enough) == enough


def test_what_makes_a_pair_of_two_people_waits_with_the_rest(night: Night) -> None:
    first = sat(range(8)) + sat(range(8), "pre") + sat(range(8, 10), "pre")
    assert night("assessments", first) == first
    assert night("assessments", first + sat(range(8, 20))) == first, "twelve are new, two of them with both tests"


def test_forms_wait_where_few_of_them_judge_a_narasumber(night: Night) -> None:
    first = forms(range(10), "N1", "N2")
    assert night("survey_responses", first) == first
    late = forms(range(10, 16), "N1") + forms(range(10, 12), "N2")
    assert night("survey_responses", first + late) == first
    every = first + forms(range(10, 16), "N1", "N2")
    assert night("survey_responses", every) == every


def test_a_group_that_was_never_shown_waits_for_nobody(night: Night) -> None:
    night("assessments", sat(range(4)))
    assert night("assessments", sat(range(6))) == sat(range(6))


def test_another_class_is_another_group(night: Night) -> None:
    night("assessments", sat(range(10)))
    every = sat(range(10)) + sat(range(3), class_id="K2")
    assert night("assessments", every) == every


def test_what_is_corrected_or_withdrawn_is_shown_at_once(night: Night) -> None:
    night("assessments", sat(range(10)))
    assert night("assessments", sat(range(9))) == sat(range(9))
    assert night("assessments", sat(range(1, 10))) == sat(range(1, 10)), "one went and one came"


def test_observations_are_told_by_program(night: Night) -> None:
    first, small = seen(range(8), "K1"), seen(range(3), "K2")
    assert night("observations", first) == first
    assert night("observations", first + small) == first
    assert night("observations", first + seen(range(5), "K2")) == first + seen(range(5), "K2")


def test_a_past_day_takes_nothing_back(night: Night) -> None:
    every = sat(range(10)) + sat(range(10, 12), "pre")
    night("assessments", every)
    night("assessments", sat(range(7)), DAY - dt.timedelta(30))
    assert night("assessments", every) == every


def test_a_late_test_changes_no_published_number_of_its_class(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """By whole nights of the sample city: wide circles get the same tables, and the manifest says what waits."""
    city = copied(published_city(tmp_path_factory, 300, 3), tmp_path / "data")
    told = "select * from marts.learning_gain order by all", "select * from marts.program_scorecard order by all"

    def numbers() -> list[list[tuple[object, ...]]]:
        with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
            return [con.execute(query).fetchall() for query in told]

    before = numbers()
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        [(class_id,)] = con.execute(
            "select class_id from marts.learning_gain where not is_suppressed and n_pairs < n_pre order by all limit 1"
        ).fetchall()
        [(person, code)] = con.execute(
            "select employee_id, any_value(assessment_code) from core.fact_assessment where class_id = ? group by 1 "
            "having count(*) filter (kind = 'pre') > 0 and count(*) filter (kind = 'post') = 0 order by all limit 1", [class_id],
        ).fetchall()  # fmt: skip
    nip = pl.read_parquet(city.restricted / "identity" / "*.parquet").filter(pl.col("pseudonym") == person)[
        "employee_id"
    ][0]
    (max((city.landing / "assessments").iterdir()) / "susulan.csv").write_text(
        f"class_id,employee_id,kind,assessment_code,score,max_score\n{class_id},{nip},post,{code or ''},100,100\n"
    )
    assert refresh(city)["late"] == {"assessments": 1}
    assert numbers() == before


def test_the_state_says_nothing_of_people(tmp_path_factory: pytest.TempPathFactory) -> None:
    city = published_city(tmp_path_factory, 300, 3)
    kept = pl.read_parquet(city.shown)
    assert dict(kept.schema) == {
        "source": pl.String, "grp": pl.UInt64, "person": pl.UInt64, "unit": pl.UInt64, "as_of": pl.Date
    }  # fmt: skip
    assert set(kept["source"]) == set(LATE)
    assert (read_json(city.current / "manifest.json") or {})["late"] == {}
