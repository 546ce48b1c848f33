"""The sample city: same arguments, same bytes; canonical columns; valid ids; what is planted can be found."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from schemas.sources import SOURCES
from warehouse.sample.city import ATTENDANCE, COLUMNS, describe_truth, plan_city, write_sample

NIP = re.compile(r"\d{8}(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])|20\d\d2[1-9])[12](?!000)\d{3}")
OPTIONAL = {"assessment_code", "n_answers"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    landing = tmp_path_factory.mktemp("city") / "landing"
    return landing, write_sample(landing, employees=300, months=3)


def read(landing: Path, source: str) -> pl.DataFrame:
    """All CSV rows of a source as text, broken ones included."""
    return pl.concat(pl.read_csv(path, infer_schema=False) for path in sorted((landing / source).glob("*/*.csv")))


def hashes(landing: Path) -> dict[str, str]:
    return {
        str(path.relative_to(landing)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in landing.rglob("*")
        if path.is_file()
    }


def test_same_arguments_write_the_same_bytes(city: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    landing, truth = city
    assert write_sample(tmp_path / "landing", employees=300, months=3) == truth
    assert hashes(tmp_path / "landing") == hashes(landing)


def test_another_seed_writes_another_city(city: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    write_sample(tmp_path / "landing", employees=300, months=3, seed=7)
    assert (
        hashes(tmp_path / "landing")["employees/2026-08/pegawai.csv"]
        != hashes(city[0])["employees/2026-08/pegawai.csv"]
    )


def test_truth_is_written_beside_the_landing_area(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    assert json.loads((landing.parent / "truth.json").read_text()) == truth


def test_columns_are_those_of_the_contracts() -> None:
    assert set(COLUMNS) == set(SOURCES)
    for source, contract in SOURCES.items():
        assert COLUMNS[source].split() == [name for name in contract.names if name not in OPTIONAL]


def test_every_file_has_the_columns_of_its_source(city: tuple[Path, dict[str, Any]]) -> None:
    for path in city[0].rglob("*.csv"):
        with path.open(newline="") as handle:
            assert next(csv.reader(handle)) == COLUMNS[path.parts[-3]].split()
    for path in city[0].rglob("*.xlsx"):
        header = next(load_workbook(path, read_only=True).active.values)
        assert list(header) == COLUMNS["attendance"].split()


def test_files_arrive_when_expected(city: tuple[Path, dict[str, Any]]) -> None:
    landing, _ = city
    monthly = {"employees", "units", "classes", "sessions", "enrolments", "survey_responses", "assessments", "projects"}
    for source in COLUMNS:
        months = {path.parent.name for path in (landing / source).rglob("*.csv")}
        assert months, source
        if source in monthly:
            assert months == {"2026-08", "2026-09", "2026-10"}
    assert {path.parent.name for path in landing.rglob("skp.csv")} == {"2026-08", "2026-10"}
    assert {path.parent.name for path in landing.rglob("program.csv")} == {"2026-08", "2026-10"}
    assert len(list(landing.rglob("*.xlsx"))) == 6


def test_ids_are_valid_and_unique(city: tuple[Path, dict[str, Any]]) -> None:
    staff = read(city[0], "employees")
    assert all(NIP.fullmatch(one) for one in staff["employee_id"])
    first = pl.read_csv(city[0] / "employees/2026-08/pegawai.csv", infer_schema=False)
    assert first["employee_id"].n_unique() == first.height == 300
    is_pppk = staff["employee_id"].str.slice(12, 1) == "2"
    assert (is_pppk == (staff["employment_type"] == "PPPK")).all()
    assert staff["unit_code"].is_in(read(city[0], "units")["unit_code"].implode()).all()


def test_references_hold_outside_the_planted_defects(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    known = set(read(landing, "employees")["employee_id"])
    spoiled = {one["value"] for one in truth["planted_defects"] if one["column"] == "employee_id"}
    for source in ("enrolments", "attendance", "assessments", "observations", "performance"):
        assert set(read(landing, source)["employee_id"]) - known <= spoiled
    classes = set(read(landing, "classes")["class_id"])
    for source in ("sessions", "enrolments", "attendance", "survey_responses", "assessments", "observations"):
        assert set(read(landing, source)["class_id"]) <= classes


def test_no_narasumber_bears_a_word_of_an_employees_name(city: tuple[Path, dict[str, Any]]) -> None:
    words = {word for name in read(city[0], "employees")["full_name"] for word in name.split()}
    assert not words & {word for name in read(city[0], "instructors")["full_name"] for word in name.split()}


def test_planted_defects_stand_where_the_truth_says(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    kinds = {one["kind"] for one in truth["planted_defects"]}
    wanted = {"scientific_notation", "precision_loss", "off_scale", "not_allowed", "impossible_date", "duplicate"}
    assert kinds == wanted
    for one in truth["planted_defects"]:
        with (landing / one["file"]).open(newline="") as handle:
            lines = list(csv.reader(handle))
        row = lines[one["line"] - 1]
        if one["kind"] == "duplicate":
            assert row == lines[one["line"] - 2]
        else:
            assert row[lines[0].index(one["column"])] == one["value"]


def test_rows_in_the_truth_are_the_rows_of_the_files(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    for source, number in truth["rows"].items():
        sheets = (load_workbook(path).active.max_row - 1 for path in (landing / source).rglob("*.xlsx"))
        assert read(landing, source).height + sum(sheets) == number


def answers(landing: Path) -> pl.DataFrame:
    """Survey answers with their program, and whether each is one of dissatisfaction (1 or 2)."""
    frame = read(landing, "survey_responses").join(read(landing, "classes"), on="class_id")
    return frame.filter(pl.col("score") != "7").with_columns(low=pl.col("score").cast(pl.Int64) <= 2)


def test_bad_curricula_are_disliked_and_no_other(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    bad = {(one["program_code"], one["curriculum_version"]) for one in truth["bad_curricula"]}
    assert [one["fixed_by_version"] for one in truth["bad_curricula"]] == ["2", None]
    keys = ("program_code", "curriculum_version")
    shares = answers(landing).filter(pl.col("aspect") == "MATERI").group_by(keys).agg(pl.col("low").mean())
    for program, version, share in shares.iter_rows():
        assert share > 0.3 if (program, version) in bad else share < 0.15
    assert bad < set(shares.select(keys).iter_rows())


def test_weak_narasumber_are_disliked_and_no_other(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    weak = {one["instructor_id"] for one in truth["weak_instructors"]}
    shares = answers(landing).drop_nulls("instructor_id").group_by("instructor_id").agg(pl.col("low").mean())
    assert weak
    assert set(shares.filter(pl.col("low") > 0.3)["instructor_id"]) == weak
    assert set(shares.filter(pl.col("low") >= 0.17)["instructor_id"]) == weak


def test_people_stay_away_where_the_truth_says_and_nowhere_else() -> None:
    planned = plan_city(900, 6, 2026, "2026-10")
    rare: dict[str, list[bool]] = {}
    for klass in planned.classes:
        present = klass.status == ATTENDANCE.index("hadir")
        rare.setdefault(klass.program["program_code"], []).extend(present.mean(axis=1) < 0.8)
    often = {program for program, those in rare.items() if sum(those) > 0.3 * len(those)}
    assert often == set(describe_truth(planned)["rarely_present"]) == {"PP-01"}


def test_effects_are_real_where_the_truth_says(tmp_path: Path) -> None:
    """Last quarter before the class to first quarter after it, trained against never trained."""
    landing = tmp_path / "landing"
    truth = write_sample(landing, employees=6_000, months=9)
    scores = read(landing, "performance").select(
        "employee_id", "period_start", "period_end", score=pl.col("numeric_score").cast(pl.Float64)
    )
    enrolled = read(landing, "enrolments").join(read(landing, "classes"), on="class_id")
    untrained = scores.join(enrolled, on="employee_id", how="anti")
    level = dict(untrained.group_by("period_start").agg(pl.col("score").mean()).iter_rows())
    scores = scores.with_columns(score=pl.col("score") - pl.col("period_start").replace_strict(level))
    pairs = enrolled.filter(pl.col("status") != "withdrawn").join(scores, on="employee_id")
    key = ("program_code", "class_id", "employee_id")
    before = pairs.filter(pl.col("period_end") < pl.col("start_date")).sort("period_start").group_by(key).last()
    after = pairs.filter(pl.col("period_start") > pl.col("end_date")).sort("period_start").group_by(key).first()
    change = before.join(after, on=key).group_by("program_code").agg((pl.col("score_right") - pl.col("score")).mean())
    found = dict(change.iter_rows())
    for one in truth["real_effects"]:
        assert found[one["program_code"]] == pytest.approx(one["size"], abs=1.0)
    for program in set(truth["no_effects"]) - set(truth["selection"]):
        assert abs(found[program]) < 1.0
    assert found[truth["selection"][0]] > 1.5  # regression to the mean, not an effect


@pytest.mark.parametrize(("employees", "months"), [(100, 3), (300, 2)])
def test_too_small_a_city_is_refused(tmp_path: Path, employees: int, months: int) -> None:
    with pytest.raises(ValueError, match="at least 200 employees and 3 months"):
        write_sample(tmp_path / "landing", employees=employees, months=months)
