"""The sample city: same arguments, same bytes; canonical columns; valid ids; as hard as it says; what is planted can be found."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import python_calamine as calamine
from openpyxl import load_workbook

from schemas.policy import POLICY
from schemas.sources import SOURCES
from warehouse.delivery.landing import scan
from warehouse.models.marts import performance_effect
from warehouse.sample import workbooks
from warehouse.sample.answers import CLASS_SHARE, ELEMENTS, forms_of, likert, public
from warehouse.sample.city import invent_city, write_sample, written_whole
from warehouse.sample.courses import ATTENDANCE, SMALL, City, progress
from warehouse.sample.deliveries import COLUMNS
from warehouse.sample.truth import describe_truth
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes, changed_months
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, sample_city

NIP = re.compile(r"\d{8}(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])|20\d\d2[1-9])[12](?!000)\d{3}")
OPTIONAL = {"assessment_code", "email", "n_answers", "observer_id"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    landing = tmp_path_factory.mktemp("city") / "landing"
    return landing, write_sample(landing, employees=300, months=3)


@pytest.fixture(scope="module")
def large() -> City:
    """A city of 6,000 people and 24 months, as it is planned."""
    return invent_city(6_000, 24, 2026, "2026-10")


def plain(landing: Path, source: str) -> list[Path]:
    """A source's files in its own columns, without what is odd."""
    odd = {landing / about["name"] for about in json.loads((landing.parent / "truth.json").read_text())["files"]}
    return [path for path in sorted((landing / source).glob("*/*.csv")) if path not in odd]


def read(landing: Path, source: str) -> pl.DataFrame:
    """All plain rows of a source as text, broken ones included."""
    return pl.concat(pl.read_csv(path, infer_schema=False) for path in plain(landing, source))


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


def test_every_plain_file_has_the_columns_of_its_source(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    for path in (path for source in COLUMNS for path in plain(landing, source)):
        with path.open(newline="") as handle:
            assert next(csv.reader(handle)) == COLUMNS[path.parts[-3]].split()
    books = [landing / about["name"] for about in truth["files"] if about["kind"] == "workbook"]
    assert len(books) == 2
    for path in books:
        header = next(load_workbook(path, read_only=True).active.values)
        assert list(header) == COLUMNS["attendance"].split()


def test_files_arrive_when_expected(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    monthly = {"employees", "units", "classes", "sessions", "enrolments", "survey_responses", "assessments", "projects"}
    for source in COLUMNS:
        months = {path.parent.name for path in plain(landing, source)}
        assert months, source
        if source in monthly:
            assert months == {"2026-08", "2026-09", "2026-10"}
    assert {path.parent.name for path in landing.rglob("skp.csv")} == {"2026-08", "2026-10"}
    assert {path.parent.name for path in landing.rglob("program.csv")} == {"2026-08", "2026-10"}
    assert truth["observed"]["training"] == ["2026-08", "2026-10"]


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
        assert read(landing, source).height == number


# ---------------------------------------------------------------- files as offices make them

KINDS = {
    "attendance_signed", "attendance_weekly", "attendance_daily", "attendance_sheet_per_day", "teams_report", "zoom_report",
    "google_form_4", "google_form_5", "workbook", "xls", "ods", "lottery", "unclosed_quote", "damaged",
}  # fmt: skip


def test_each_odd_file_is_read_whole_or_refused_by_name(tmp_path: Path) -> None:
    """Those that load give every row that they carry; of the others no row is accepted."""
    store = sample_city(Store(tmp_path / "data"), employees=300, months=3)
    truth = json.loads((store.home / "truth.json").read_text())
    landing = scan(store, DAY)
    recipes, reports = Recipes(store, landing), dict[str, FileReport]()
    for source, months in changed_months(store, landing).items():
        if source in ("attendance", "survey_responses", "enrolments"):
            for month in months:
                reports |= {report.file_name: report for report in read_month(store, recipes.of(source, month))}
    refused = {problem.file_name for problem in landing.problems}
    assert {about["kind"] for about in truth["files"]} == KINDS
    for about in truth["files"]:
        report = reports.get(about["name"])
        if about["loads"]:
            assert report is not None, about
            assert report.n_accepted + report.n_duplicate == about["n_rows"] > 0, about
            # Where a month has one class alone, two files carry it: the second is named as a repetition.
            assert report.status == ("accepted" if report.n_accepted else "duplicate"), about
        else:
            assert about["reason"]
            assert about["n_rows"] == 0, "no row is in an unread file alone"
            assert about["name"] in refused or (report and (report.status, report.n_accepted) == ("refused", 0)), about


def test_workbooks_of_other_programs_are_sound(tmp_path: Path) -> None:
    cells = [["class_id", "session_no"], ["TS-2026-08-001", "1"], ["TS-2026-08-001", "2"]]
    for name, content in (("a.xls", workbooks.xls(cells)), ("a.ods", workbooks.ods(cells))):
        (tmp_path / name).write_bytes(content)
        book = calamine.CalamineWorkbook.from_path(tmp_path / name)
        assert [list(map(str, row)) for row in book.get_sheet_by_index(0).to_python()] == cells


def test_many_rows_fit_into_an_old_workbook(tmp_path: Path) -> None:
    cells = [[f"TS-{row}", str(row)] for row in range(5_000)]
    (tmp_path / "a.xls").write_bytes(workbooks.xls(cells))
    sheet = calamine.CalamineWorkbook.from_path(tmp_path / "a.xls").get_sheet_by_index(0)
    assert len(sheet.to_python()) == 5_000


# ---------------------------------------------------------------- the world


def test_small_classes_stand_beside_large_ones(large: City) -> None:
    sizes = np.array([len(klass.members) for klass in large.classes if not klass.office])
    assert 0.15 < (sizes <= SMALL[1]).mean() < 0.25
    assert sizes.min() >= SMALL[0]
    assert ((sizes <= SMALL[1]) | (sizes >= 20)).all()
    assert describe_truth(large)["classes"]["n"] == len(large.classes)


def test_the_same_people_come_again_and_some_never(large: City) -> None:
    people = describe_truth(large)["people"]
    assert people["courses"]["2-5"] + people["courses"]["6+"] > people["courses"]["1"]
    assert people["courses"]["0"] > 0.3 * len(large.world.people.joined)
    assert people["in_two_classes_at_once"] > 20
    assert people["transfers"] > 100
    assert people["promotions"] > 20
    never = large.world.people.pool == "comparison"
    assert not never[np.concatenate([klass.members for klass in large.classes if not klass.office])].any()


def test_programs_are_given_in_several_forms(large: City) -> None:
    for code, methods in describe_truth(large)["methods"].items():
        assert len(methods) > 1 or code in {"PU-01", "PK-01", "SL-01"}, (
            "but for single classes and the classes of single offices"
        )
        used = {klass.method for klass in large.classes if klass.program["program_code"] == code}
        assert used == set(methods)


def test_lots_have_losers_who_are_no_participants(large: City) -> None:
    for klass in large.classes:
        assert bool(len(klass.losers)) <= (klass.program["assignment"] == "randomised")
        assert not set(klass.losers.tolist()) & set(klass.members.tolist())
    assert describe_truth(large)["lotteries"]["programs"]["TI-02"]["n_losers"] > 50


def test_training_is_delivered_from_the_middle_of_the_first_full_year(tmp_path: Path) -> None:
    truth = write_sample(tmp_path / "landing", employees=200, months=12)
    assert truth["observed"] == {"employees": ["2025-11", "2026-10"], "training": ["2026-02", "2026-10"]}
    for source in (
        "classes",
        "sessions",
        "enrolments",
        "attendance",
        "survey_responses",
        "assessments",
        "observations",
    ):
        assert min(path.name for path in (tmp_path / "landing" / source).iterdir()) == "2026-02"
    assert min(path.name for path in (tmp_path / "landing" / "employees").iterdir()) == "2025-11"


def test_some_classes_have_no_list_and_some_certificates_no_hours(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    [without] = truth["classes"]["without_list"]
    assert without in read(landing, "survey_responses")["class_id"]
    assert without in read(landing, "sessions")["class_id"]
    for source in ("enrolments", "attendance", "assessments", "observations"):
        assert without not in read(landing, source)["class_id"]
    enrolled = read(landing, "enrolments").filter(pl.col("certificate_no").is_not_null())
    bare = enrolled.filter(pl.col("certificate_jp").is_null())["class_id"].unique().to_list()
    assert bare == truth["classes"]["certificates_without_hours"]


def test_curricula_change_in_the_middle_of_a_year(large: City) -> None:
    begins = {about["program_code"]: about["from"] for about in describe_truth(large)["versions"]}
    assert begins == {"MD-01": "2025-11", "KM-01": "2026-03"}
    for klass in large.classes:
        changed = begins.get(klass.program["program_code"], "9999")
        assert klass.version == ("2" if str(large.world.months[klass.month]) >= changed else "1")


def test_pppk_are_appointed_from_2019_on(large: City) -> None:
    ids = large.world.people.employee_id[~large.world.people.is_pns]
    assert {one[12] for one in ids.tolist()} == {"2"}
    assert min(one[8:12] for one in ids.tolist()) >= "2019"


def test_a_narasumber_has_a_nip_for_a_code_and_is_nobody_of_the_city(city: tuple[Path, dict[str, Any]]) -> None:
    landing, truth = city
    code = truth["instructor_with_nip"]
    assert NIP.fullmatch(code)
    assert code in read(landing, "instructors")["instructor_id"]
    assert code not in read(landing, "employees")["employee_id"]


# ---------------------------------------------------------------- answers


def icc(scores: pl.DataFrame) -> float:
    """ICC(1) of `score` by `class_id`: one-way analysis of variance, classes of any size."""
    groups = scores.group_by("class_id").agg(n=pl.len(), mean=pl.col("score").mean(), var=pl.col("score").var())
    n, mean, var = (groups.filter(pl.col("n") > 1)[name].to_numpy().astype(float) for name in ("n", "mean", "var"))
    total, k = n.sum(), len(n)
    within = ((n - 1) * var).sum() / (total - k)
    between = (n * (mean - (n * mean).sum() / total) ** 2).sum() / (k - 1)
    size = (total - (n**2).sum() / total) / (k - 1)
    return float((between - within) / (between + (size - 1) * within))


@pytest.fixture(scope="module")
def forms(large: City) -> pl.DataFrame:
    """Every answer of the large city's classes in which nothing is planted."""
    frames = []
    for klass in large.classes:
        program, sent = klass.program, forms_of(large, klass)
        if not (program["materi_dislike"] or program["weak_instructor"] or program["schedule"]):
            number, width = sent.scores.shape
            about = {"class_id": klass.class_id, "month": klass.month, "scale": klass.scale}
            frames.append(
                pl.DataFrame(
                    {
                        "aspect": sent.aspects * number, "person": np.repeat(klass.members[sent.who], width),
                        "score": sent.scores.ravel(), "straight": np.repeat(sent.is_straight, width),
                        "form": np.repeat(sent.ids, width),
                    }
                ).with_columns(pl.lit(value).alias(name) for name, value in about.items())
            )  # fmt: skip
    return pl.concat(frames)


def test_answers_hang_together_within_a_class(forms: pl.DataFrame) -> None:
    shares = {
        aspect: icc(forms.filter((pl.col("aspect") == aspect) & (pl.col("scale") == 4))) for aspect in CLASS_SHARE
    }
    assert all(0.015 < share < 0.16 for share in shares.values()), shares
    assert shares["SARPRAS"] > shares["MANFAAT"], "all sit in the same room"


def test_who_is_strict_on_one_form_is_strict_on_the_next(forms: pl.DataFrame) -> None:
    own = forms.filter(~pl.col("straight")).with_columns(share=(pl.col("score") - 1) / (pl.col("scale") - 1))
    own = own.group_by("person", "class_id").agg(pl.col("share").mean()).sort("person", "class_id")
    pairs = own.group_by("person", maintain_order=True).agg(
        pl.col("share").first(), pl.col("share").last().alias("other")
    )
    again = own.group_by("person").len().filter(pl.col("len") > 1)
    pairs = pairs.join(again, on="person", how="semi")
    assert pairs.select(pl.corr("share", "other")).item() > 0.2


def test_marks_pile_up_at_the_top_with_a_tail_at_one(forms: pl.DataFrame) -> None:
    for scale in (4, 5):
        counts = forms.filter(pl.col("scale") == scale)["score"].value_counts(sort=True)
        shares = dict(counts.with_columns(pl.col("count") / pl.col("count").sum()).iter_rows())
        assert set(shares) == set(range(1, scale + 1))
        assert shares[scale] > 0.45
        assert shares[1] > 0.02


def test_thresholds_give_the_share_that_is_dissatisfied() -> None:
    latent = np.random.default_rng(1).normal(size=(200_000, 2))
    for scale in (4, 5):
        marks = likert(latent, np.array([0.10, 0.40]), scale)
        assert (marks <= 2).mean(axis=0) == pytest.approx([0.10, 0.40], abs=0.005)
        assert (marks == 1).mean(axis=0) == pytest.approx([0.055, 0.22], abs=0.005)


def test_some_tick_one_column_some_send_twice_and_the_dissatisfied_are_silent(large: City) -> None:
    truth = describe_truth(large)["answers"]
    assert 0.06 < truth["n_straight_lines"] / truth["n_forms"] < 0.11
    assert 0.01 < truth["n_sent_twice"] / truth["n_forms"] < 0.03
    strictness: dict[bool, list[float]] = {True: [], False: []}
    for klass in large.classes:
        who, there = forms_of(large, klass).who, np.flatnonzero(klass.attended)
        for person in there.tolist():
            strictness[person in who].append(large.world.people.strictness[klass.members[person]])
    # Who is strict is dissatisfied, whatever he is taught: five times the standard error of the difference.
    assert np.mean(strictness[False]) - np.mean(strictness[True]) > 5 * np.sqrt(
        sum(1 / len(v) for v in strictness.values())
    )


def test_all_are_less_satisfied_in_december_and_the_truth_says_so(large: City, forms: pl.DataFrame) -> None:
    [dip] = describe_truth(large)["seasonal_dip"]
    assert dip == "2025-12"
    low = forms.with_columns(
        low=pl.col("score") <= 2, dip=pl.col("month") == large.world.months.astype(str).tolist().index(dip)
    )
    by_aspect = low.group_by("aspect", "dip").agg(pl.col("low").mean()).pivot("dip", index="aspect", values="low")
    assert by_aspect.height == len(CLASS_SHARE)
    assert (by_aspect["true"] > by_aspect["false"]).all()


# ---------------------------------------------------------------- what is planted


def answers(large: City) -> pl.DataFrame:
    """Each class's share of dissatisfied answers (1 or 2) by aspect and narasumber."""
    lines = []
    for klass in large.classes:
        forms = forms_of(large, klass)
        for place, (aspect, who) in enumerate(zip(forms.aspects, forms.judged, strict=True)):
            low = (forms.scores[:, place] <= 2).astype(int)
            key = (klass.program["program_code"], klass.version, klass.class_id, klass.is_turned)
            lines.append((*key, aspect, who, int(low.sum()), len(low)))
    names = ["program_code", "curriculum_version", "class_id", "turned", "aspect", "instructor_id", "k", "n"]
    return pl.DataFrame(lines, schema=names, orient="row", infer_schema_length=None)


def share(frame: pl.DataFrame, *keys: str) -> dict[tuple[Any, ...], float]:
    """Dissatisfied share by key."""
    found = frame.group_by(keys).agg(pl.col("k").sum() / pl.col("n").sum())
    return {row[:-1]: row[-1] for row in found.iter_rows()}


def test_bad_curricula_are_disliked_and_no_other(large: City) -> None:
    truth = describe_truth(large)
    bad = {(one["program_code"], one["curriculum_version"]) for one in truth["bad_curricula"]}
    turned = {(one["program_code"], one["curriculum_version"]) for one in truth["turned_bad"]}
    assert [one["fixed_by_version"] for one in truth["bad_curricula"]] == ["2", None]
    material = answers(large).filter(pl.col("aspect") == "MATERI")
    shares = share(material, "program_code", "curriculum_version")
    for key, value in shares.items():
        assert value > 0.3 if key in bad else value < 0.15 or key in turned
    assert bad | turned < set(shares)


def test_a_curriculum_turns_bad_after_nine_good_batches(large: City) -> None:
    [planted] = describe_truth(large)["turned_bad"]
    material = answers(large).filter(
        (pl.col("aspect") == "MATERI") & (pl.col("program_code") == planted["program_code"])
    )
    shares = share(material, "turned")
    assert material["class_id"].n_unique() - len(planted["bad_classes"]) == planted["good_batches"] == 9
    assert shares[(False,)] < 0.15
    assert shares[(True,)] > 0.3


def test_weak_narasumber_are_disliked_and_no_other(large: City) -> None:
    weak = {one["instructor_id"] for one in describe_truth(large)["weak_instructors"]}
    shares = share(answers(large).filter(pl.col("aspect") == "NARASUMBER"), "instructor_id")
    assert len(weak) == 3
    assert {who for (who,), value in shares.items() if value > 0.3} == weak
    assert {who for (who,), value in shares.items() if value >= 0.17} == weak


def test_one_weak_narasumber_teaches_one_hard_topic_and_nothing_else(large: City) -> None:
    [hard] = [one for one in describe_truth(large)["weak_instructors"] if one["hard_topic"]]
    taught = [klass for klass in large.classes if hard["instructor_id"] in klass.instructors]
    assert len(taught) > 3
    for klass in taught:
        assert [who == hard["instructor_id"] for who in klass.teachers].count(True) == 1
        assert klass.teachers[1] == hard["instructor_id"]


def test_of_two_decisions_one_helped_and_one_changed_nothing(large: City) -> None:
    done = {one["flag_id"]: one for one in describe_truth(large)["follow_ups"] if one["is_done"]}
    assert {flag: one["helps"] for flag, one in done.items()} == {"MD-01:1:MATERI": True, "TI-01:1:MATERI": False}
    day = large.world.months[large.world.revised_from]
    when = {klass.class_id: large.world.months[klass.month] >= day for klass in large.classes}
    material = answers(large).filter(pl.col("aspect") == "MATERI")
    later = material.with_columns(later=pl.col("class_id").replace_strict(when, return_dtype=pl.Boolean))
    shares = share(later, "program_code", "later")
    assert shares["MD-01", True] < 0.15 < 0.3 < shares["MD-01", False]
    assert shares["TI-01", True] == pytest.approx(shares["TI-01", False], abs=0.1)
    assert shares["TI-01", True] > 0.3


def test_people_stay_away_where_the_truth_says_and_nowhere_else() -> None:
    planned = invent_city(900, 6, 2026, "2026-10")
    rare: dict[str, list[bool]] = {}
    for klass in planned.classes:
        present = klass.status == ATTENDANCE.index("hadir")
        rare.setdefault(klass.program["program_code"], []).extend(present.mean(axis=1) < 0.8)
    often = {program for program, those in rare.items() if sum(those) > 0.3 * len(those)}
    assert often == set(describe_truth(planned)["rarely_present"]) == {"PP-01"}


def changes(planned: City) -> dict[str, float]:
    """Program → change from the last quarter before the class to the first after it, against those never trained."""
    world = planned.world
    score = world.base + planned.lift
    never = world.people.pool == "comparison"
    score = score - score[:, never].mean(axis=1, keepdims=True)
    starts, ends = (edge.astype("datetime64[D]") for edge in (world.quarters, world.quarters + 3))
    found: dict[str, list[float]] = {}
    for klass in planned.classes:
        before, after = np.flatnonzero(ends <= klass.days[0]), np.flatnonzero(starts > klass.days[-1])
        if len(before) and len(after):
            change = score[after[0], klass.members] - score[before[-1], klass.members]
            found.setdefault(klass.program["program_code"], []).extend(change[klass.attended].tolist())
    return {code: float(np.mean(values)) for code, values in found.items()}


def test_effects_are_real_where_the_truth_says(large: City) -> None:
    truth, found = describe_truth(large), changes(large)
    for one in truth["real_effects"]:
        # Who comes again gains nothing more.
        assert one["size"] - 1.0 < found[one["program_code"]] < one["size"] + 1.0
    entangled = {one["program_code"] for one in truth["entangled"]}
    others = {*truth["selection"], *truth["nominated_on_the_way_up"], *entangled}
    for program in set(truth["no_effects"]) - others:
        assert abs(found[program]) < 1.0
    assert found[truth["selection"][0]] > 1.5, "regression to the mean, not an effect"
    assert truth["entangled"] == [{"program_code": "MD-02", "with": ["TI-02"]}]


def test_who_was_nominated_on_the_way_up_rose_before_the_class(large: City) -> None:
    world = large.world
    [rising] = describe_truth(large)["nominated_on_the_way_up"]
    members = {
        code: np.concatenate([k.members for k in large.classes if k.program["program_code"] == code])
        for code in (rising, "KU-01")
    }
    never = world.people.pool == "comparison"
    drift = (world.base[-1] - world.base[0])[never].mean()
    rise = {code: (world.base[-1] - world.base[0])[who].mean() - drift for code, who in members.items()}
    assert rise[rising] > 2.0
    assert abs(rise["KU-01"]) < 1.0


def test_services_rise_after_their_office_was_trained_and_in_no_other(large: City) -> None:
    world = large.world
    for place, office in enumerate(describe_truth(large)["offices"]):
        marks = [public(large, quarter, place)[1] for quarter in range(len(world.quarters))]
        shares = [(marks_of <= 2).mean() for marks_of in marks]
        assert all(marks_of.shape[1] == len(ELEMENTS) for marks_of in marks)
        if len(marks[0]) < 20:
            continue  # one office asks next to nobody
        if office["satisfaction_rises"]:
            begun = np.datetime64(office["from"], "M")
            after = [share for share, quarter in zip(shares, world.quarters, strict=True) if quarter > begun]
            before = [share for share, quarter in zip(shares, world.quarters, strict=True) if quarter <= begun]
            assert np.mean(after) < 0.6 * np.mean(before), office
        else:
            half = len(shares) // 2
            assert np.mean(shares[half:]) > 0.75 * np.mean(shares[:half]), office
    kinds = [(office["trained"], office["satisfaction_rises"]) for office in describe_truth(large)["offices"]]
    assert {("early", True), ("early", False), ("late", True), ("late", False), ("never", False)} <= set(kinds)


def test_projects_of_some_trained_managers_speed_up(large: City) -> None:
    kinds = {(bool(about["manager_trained_in"]), about["speeds_up"]) for about in describe_truth(large)["projects"]}
    assert kinds == {(True, True), (True, False), (False, False)}
    late: dict[bool, list[float]] = {True: [], False: []}
    for project in large.projects:
        lines = progress(project, large.world)
        if project.trained_in is not None and len(lines) > 8:
            planned, actual = (np.array([line[place] for line in lines]) for place in (1, 2))
            open_ = [line[0] > project.trained_in and line[2] < 100 for line in lines]
            late[project.speeds_up].append(float((actual - planned)[open_].mean()) if any(open_) else 0.0)
    assert np.mean(late[True]) > np.mean(late[False]) + 3


@pytest.mark.parametrize(("employees", "months"), [(100, 3), (300, 2)])
def test_too_small_a_city_is_refused(tmp_path: Path, employees: int, months: int) -> None:
    with pytest.raises(ValueError, match="at least 200 employees and 3 months"):
        write_sample(tmp_path / "landing", employees=employees, months=months)


def test_one_office_and_one_program_are_too_small_to_be_shown(large: City) -> None:
    staff = large.world.staff(0, "STAF-AHLI")
    assert 0 < len(staff) < 5
    [code] = describe_truth(large)["too_few"]
    [only] = [klass for klass in large.classes if klass.program["program_code"] == code]
    assert set(only.members.tolist()) <= set(staff.tolist())
    assert "PERUMDA-AIR" in {service["unit_code"] for service in large.world.services}
    seconded = large.world.staff(0, "PERUMDA-AIR")
    assert 0 < len(seconded) < 5
    assert not any(np.isin(seconded, klass.members).any() for klass in large.classes)


def test_a_lottery_proves_what_works_and_nothing_else(large: City) -> None:
    """By intention to treat, with the ratings that the plan gives everybody."""
    world, drawn, seen = large.world, [], set()
    score = np.round(world.base + large.lift, 1)
    starts, ends = (edge.astype("datetime64[D]") for edge in (world.quarters, world.quarters + 3))
    for klass in large.classes:
        before, after = np.flatnonzero(ends <= klass.days[0]), np.flatnonzero(starts > klass.days[-1])
        if not (len(klass.losers) and len(before) > 1 and len(after)):
            continue
        code = klass.program["program_code"]
        for people, is_trained in ((klass.members, 1), (klass.losers, 0)):
            for who in people.tolist():
                if (code, who) not in seen:
                    prior, pre, post = score[[*before[-2:], after[0]], who]
                    drawn.append(
                        (
                            code,
                            "numeric_score",
                            klass.class_id,
                            who,
                            is_trained,
                            "U",
                            pre,
                            post,
                            prior,
                            ends[before[-2]],
                        )
                    )
                seen.add((code, who))
    columns = [
        "program_code",
        "outcome",
        "class_id",
        "employee_id",
        "is_trained",
        "unit_code",
        "pre",
        "post",
        "prior",
        "prior_end",
    ]
    none = {name: pd.DataFrame(columns=names) for name, names in (
        ("programs", ["program_code", "design"]), ("paired", [*performance_effect.ESTIMATE, "n_paired", "n_cotrained"]),
        ("cells", [*performance_effect.ESTIMATE, "kind", "stratum", "since", "is_trained"]),
    )}  # fmt: skip
    rows = performance_effect.model(
        **none, lots=pd.DataFrame(drawn, columns=columns), policy=pd.read_csv(POLICY, dtype={"version": str})
    )
    truth = describe_truth(large)["lotteries"]
    assert set(rows["program_code"]) == set(truth["programs"])
    proven = rows.loc[rows["evidence_grade"] == "terbukti", "program_code"]
    assert sorted(proven) == sorted(truth["works"]) != []


def test_a_sample_that_stopped_on_the_way_is_nowhere(tmp_path: Path) -> None:
    """A full disk, Ctrl-C: half a city would be read as a whole one, and the other half is never written over deliveries."""
    store = Store(tmp_path / "data")
    with pytest.raises(OSError, match="No space left"), written_whole(store) as draft:
        write_sample(draft.landing, employees=200, months=3)
        raise OSError("No space left on device (os error 28)")
    assert not [path for path in store.home.rglob("*") if path.is_file()]
    with written_whole(store) as draft:
        write_sample(draft.landing, employees=200, months=3)
    assert (store.home / "truth.json").is_file()
    assert {path.name for path in store.home.iterdir()} == {"build", "landing", "truth.json"}
    assert not list(store.build.parent.iterdir())
