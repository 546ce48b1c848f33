"""What audits find: each integrity rule and each expectation has a planted defect that turns it red, and only such."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from schemas.ops import OPS
from warehouse.auditing import beside, expectations
from warehouse.auditing.expectations import EXPECTATIONS, Expectation
from warehouse.auditing.integrity import AHEAD, RULES, AuditFailed, Build, Outcome, Verdict
from warehouse.building.models import models
from warehouse.database import connect
from warehouse.publishing.changes import lines
from warehouse.publishing.version import publish_build, review_build, verdicts_of
from warehouse.store import Store, read_json

from ..conftest import copied, published_city, refresh


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city of 300 employees and three months, that may be reviewed again."""
    return copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("city") / "data")


Defect = str | Callable[[Store, duckdb.DuckDBPyConnection], object]
"""SQL on the build, or what else damages it or the store."""


def spoil(store: Store, *defects: Defect) -> list[Verdict]:
    """Change the build by SQL, or what lies beside it, and audit it; what did not pass."""
    with connect(store.build) as con:
        for defect in defects:
            con.execute(defect) if isinstance(defect, str) else defect(store, con)
    return [verdict for verdict in review_build(store) if not verdict.passed]


def test_the_sound_city_has_no_error_and_every_expectation_sees_rows(city: Store) -> None:
    again = review_build(city)
    assert [str(verdict) for verdict in again if not verdict.passed and verdict.severity == "error"] == []
    seen = {v.audit.removeprefix("expectation: "): v.actual for v in again if v.audit.startswith("expectation")}
    assert set(seen) == {expectation.name for expectation in EXPECTATIONS}
    few = {name for name, actual in seen.items() if actual == "0 of 0 unexpected"}
    # Three months are observed, so nobody's hours are known.
    assert few == {"hours met by no more than are known"}, "an expectation without rows expects nothing"


def lose_a_staged_row(store: Store, _: duckdb.DuckDBPyConnection) -> None:
    """A disk that keeps one row less of the sessions."""
    path = next((store.staging / "sessions").glob("*.parquet"))
    pl.read_parquet(path).head(-1).write_parquet(path)


def name_somebody(store: Store, con: duckdb.DuckDBPyConnection) -> None:
    """An employee's number in the name of a session's module."""
    path = next((store.restricted / "identity").glob("*.parquet"))
    number = pl.read_parquet(path)["employee_id"][0]
    con.execute("update core.dim_session set module_name = ? where rowid = 0", [f"Bersama {number}"])


def write_a_broken_limit(store: Store, _: duckdb.DuckDBPyConnection) -> None:
    """A limit of the city's own that has no such name."""
    (store.home / "policy.csv").write_text(
        "policy,value,unit,owner,source,valid_from,version\nflag_confidenc,0.9,share,BKPSDM,SK 1,2026-01-01,1\n"
    )


STRANGERS = (
    "create table staging.strangers as select * replace (case when source_row % 2 = 0 then 'DINAS-X' else unit_code end as unit_code) from staging.projects; "
    "drop view staging.projects; alter table staging.strangers rename to projects"
)
"""Projects of an office that no list of offices has."""
PLANTED: dict[str, Defect] = {
    "contract: columns and types": "alter table core.dim_class alter scheduled_jp type varchar",
    "contract: rules": "update core.fact_attendance set status = 'entahlah' where rowid = 0",
    "integrity: grain": "insert into marts.survey_comment select * from marts.survey_comment limit 1",
    "integrity: references": "update core.fact_enrolment set class_key = 'nowhere' where rowid = 0",
    "integrity: unknown share": "update core.fact_attendance set employee_key = 'unknown'",
    "integrity: known codes": STRANGERS,
    "integrity: numbers": "update marts.learning_gain set hedges_g = 'inf'::double where hedges_g is not null",
    "integrity: shares": "update marts.reaction set response_rate = 0 where rowid = 0",
    "integrity: small groups": "update marts.learning_gain set n_pairs = 4, n_post = 4, attrition = (n_pre - 4) / n_pre where rowid = 0",
    "integrity: intervals": "update core.dim_unit set valid_to = date '9999-12-31' where unit_code = (select unit_code from core.dim_unit group by 1 having count(*) > 1 limit 1)",
    "integrity: rows kept": "delete from core.fact_attendance where rowid = 0",
    "integrity: nobody is named": name_somebody,
    "integrity: reconciliation": "update ops.delivery set n_read = n_read + 1 where source = 'classes'",
    "integrity: days that can be": "update core.dim_session set session_date = session_date - interval 1 year where rowid = (select max(rowid) from core.dim_session where class_key <> 'unknown')",
    "integrity: tests on one scale": "update core.fact_assessment set score_pct = null where rowid = 0",
    "integrity: progress that only grows": "update core.fact_project_progress set actual_pct = 0, deviation_pct = -planned_pct where (project_id, month_start) in (select project_id, max(month_start) from core.fact_project_progress where actual_pct > 0 group by 1)",
    "integrity: predicates that ratings give": "update core.fact_performance set predicate = 'kurang' where rowid = (select min(rowid) from core.fact_performance where predicate_expected = 'baik')",
    "integrity: staging": lose_a_staged_row,
    "integrity: typed inputs": write_a_broken_limit,
    "expectation: no day before the published one": "update ops.run set as_of = as_of - interval 1 day",
    "expectation: no delivered month went away": "update ops.delivery set folder = 'sessions/2026', sha256 = 'another' where folder = 'sessions/2026-09'",
    "expectation: no collapse": "delete from marts.curriculum_flag",
    "expectation: rows of a delivered month against the last version": "update ops.delivery set n_read = n_read - n_accepted + 1, n_accepted = 1 where source = 'attendance' and month = '2026-09'",
    "expectation: refused rows": "update ops.delivery set n_read = n_read + n_accepted, n_refused = n_refused + n_accepted where source = 'sessions'",
    "expectation: attendance by month": "update marts.class_participants set n_sessions_attended = 0 where n_sessions_attended is not null",
    "expectation: response by month": "update marts.reaction set n_expected = n_expected * 100, response_rate = response_rate / 100",
    "expectation: satisfaction against the last version": "update marts.reaction set index_0_100 = index_0_100 / 2 where aspect = 'METODE'",
    "expectation: flags against the last version": "update marts.curriculum_flag set state = case when state = 'HIJAU' then 'KUNING' else 'HIJAU' end",
    "expectation: sources keep their rhythm": "update ops.run set as_of = as_of + interval 4 month",
    "expectation: offices keep reporting": "update core.fact_performance set period_end = date '2025-12-31' where unit_key in (select unit_key from core.dim_unit where opd_code = (select min(opd_code) from core.dim_unit where unit_type = 'dinas'))",
    "expectation: every answer is counted in a reaction": "delete from marts.reaction where aspect = 'METODE'",
    "expectation: intervals hold their shares": "update marts.reaction set wilson_low = dissatisfied_share + 0.01 where aspect = 'MATERI'",
    "expectation: hours met by no more than are known": "update marts.training_hours set n_floor_met = 5 where employment_type = 'PNS' and n_jp_known = 0 and not is_suppressed",
    "expectation: a mart is not empty while its fact is not": "delete from marts.service_satisfaction_index",
}  # fmt: skip
"""Audit → what turns it red, and no other."""
AUDITS = {name: rule.severity for name, rule in RULES.items()} | {e.audit: e.severity for e in EXPECTATIONS}
"""Every audit, with its severity."""


TOGETHER = (
    # Where the contract does not hold expectations are not asked: alone.
    ["contract: columns and types"],
    ["contract: rules", "integrity: grain", "integrity: references", "integrity: numbers", "integrity: shares",
     "integrity: known codes", "integrity: intervals", "integrity: nobody is named", "integrity: reconciliation", "integrity: staging",
     "integrity: typed inputs"],
    ["integrity: unknown share", "integrity: small groups", "integrity: days that can be", "integrity: tests on one scale",
     "integrity: progress that only grows", "expectation: no collapse",
     "expectation: offices keep reporting", "expectation: every answer is counted in a reaction",
     "expectation: hours met by no more than are known", "expectation: a mart is not empty while its fact is not"],
    ["integrity: rows kept", "integrity: predicates that ratings give", "expectation: no delivered month went away", "expectation: attendance by month",
     "expectation: response by month", "expectation: flags against the last version"],
    ["expectation: no day before the published one", "expectation: rows of a delivered month against the last version",
     "expectation: satisfaction against the last version"],
    ["expectation: refused rows"],
    ["expectation: sources keep their rhythm", "expectation: intervals hold their shares"],
)  # fmt: skip
"""Audits whose defects are planted in one build: each in a table of its own, so that what else one turns red is seen."""


def test_every_audit_has_a_planted_defect() -> None:
    assert set(PLANTED) == set(AUDITS)
    assert sorted(audit for audits in TOGETHER for audit in audits) == sorted(PLANTED)


def test_what_answers_beside_the_run_answers_as_the_run_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it does not answer is answered here: a question that nobody can, and any once it is gone."""
    [expectation] = [one for one in EXPECTATIONS if one.name == "intervals hold their shares"]
    frame = pd.DataFrame({"aspect": ["MATERI", "METODE"], "n_rows": [3, 4], "room": [0.1, -0.2]})
    here = expectations.ask(expectation, frame, expectation.rule)
    assert not here[0].passed
    beside.prepare.cache_clear()
    with monkeypatch.context() as unloaded:
        unloaded.delitem(sys.modules, "great_expectations")
        child = beside.prepare()
    assert child
    assert child.stdin
    assert beside.ask(expectation, frame, expectation.rule) == here
    with pytest.raises(AttributeError, match="ExpectNothing"):
        beside.ask(replace(expectation, kind="ExpectNothing"), frame, expectation.rule)
    assert child.poll() is None, "it was asked, and is there for the next"
    child.stdin.close()
    assert child.wait(60) == 0, "it ends when its parent goes"
    assert beside.ask(expectation, frame, expectation.rule) == here
    beside.prepare.cache_clear()


def test_what_is_not_answered_in_time_is_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    [expectation] = [one for one in EXPECTATIONS if one.name == "intervals hold their shares"]
    frame = pd.DataFrame({"aspect": ["MATERI"], "n_rows": [3], "room": [0.1]})
    here = expectations.ask(expectation, frame, expectation.rule)
    silent = [sys.executable, "-c", "import sys; sys.stdin.buffer.read()"]
    with subprocess.Popen(silent, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        monkeypatch.setattr(beside, "prepare", lambda: child)
        monkeypatch.setattr(beside, "SECONDS", 0.0)
        assert beside.ask(expectation, frame, expectation.rule) == here
        assert child.wait(60) < 0, "nothing is asked of it again"


def test_a_host_without_room_for_one_more_process_asks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    beside.prepare.cache_clear()
    with monkeypatch.context() as unloaded:
        unloaded.delitem(sys.modules, "great_expectations", raising=False)
        unloaded.setattr(subprocess, "Popen", full)
        assert beside.prepare() is None
    beside.prepare.cache_clear()


def test_only_other_aggregates_are_asked_about_again(copy: Store) -> None:
    """And what was answered before is said again, word for word."""
    asked: list[str] = []
    ask, said = expectations.ask, {}

    def noted(expectation: Expectation, frame: pd.DataFrame, arguments: Mapping[str, Any]) -> tuple[Verdict, str]:
        asked.append(expectation.name)
        if expectation.name not in said:  # what Great Expectations says is asked for once
            said[expectation.name] = ask(expectation, frame, arguments)
        return said[expectation.name]

    folder = copy.build.parent / "audit"

    def answers() -> list[Verdict]:
        with connect(copy.build) as con:
            return expectations.check(con, copy.current.resolve(), folder, noted)

    kept = copy.build.with_name("expectations.json")
    kept.unlink()
    folder.mkdir(exist_ok=True)
    first = answers()
    page = (folder / "expectations.html").read_text()
    assert asked == [expectation.name for expectation in EXPECTATIONS]
    asked.clear()
    assert answers() == first
    assert asked == []
    assert (folder / "expectations.html").read_text() == page
    with connect(copy.build) as con:
        con.execute(str(PLANTED["expectation: refused rows"]))
    answers()
    assert "refused rows" in asked
    assert "intervals hold their shares" not in asked
    for damaged in ("{", "[]", json.dumps({asked_for: [{"audit": "short"}, ""] for asked_for in read_json(kept)})):
        asked.clear()
        kept.write_text(damaged)
        answers()
        assert asked == [expectation.name for expectation in EXPECTATIONS]


@pytest.mark.parametrize("audits", TOGETHER, ids=" + ".join)
def test_planted_defects_turn_exactly_their_audits_red(copy: Store, audits: list[str]) -> None:
    before, stops = os.readlink(copy.current), {audit for audit in audits if AUDITS[audit] == "error"}
    failed = spoil(copy, *(PLANTED[audit] for audit in audits))
    assert {(verdict.audit, verdict.severity) for verdict in failed} == {(audit, AUDITS[audit]) for audit in audits}
    assert len({verdict.table_name for verdict in failed}) == len(audits), "none turned another's table red"
    assert all(verdict.meaning and verdict.resolve and verdict.expected for verdict in failed)
    # The rows that are against an expectation are named.
    asked = [verdict for verdict in failed if verdict.audit.startswith("expectation")]
    assert all(re.match(r"[1-9]\d* of \d+: ", verdict.actual) for verdict in asked)
    if not stops:
        publish_build(copy)
        return
    with pytest.raises(AuditFailed) as stopped:
        publish_build(copy)
    assert {verdict.audit for verdict in stopped.value.failed} == stops
    assert all(audit in str(stopped.value) for audit in stops)
    assert os.readlink(copy.current) == before


@pytest.mark.parametrize(
    ("table", "column", "defect"),
    [
        ("core.fact_attendance", "session_no", "update core.fact_attendance set session_no = 20200101 where rowid = 0"),
        ("core.fact_attendance", "session_no", "update core.fact_attendance set session_no = 2020010102 where rowid = 0"),
        ("core.fact_assessment", "assessed_date_key", "update core.fact_assessment set assessed_date_key = (select min(date_key) from core.dim_date where date_key > 0) where kind = 'post'"),
        ("core.fact_observation", "observed_date_key", "update core.fact_observation set observed_date_key = (select max(date_key) from core.dim_date) where rowid = 0"),
        ("core.fact_survey_response", "submitted_date_key", "update core.fact_survey_response set submitted_date_key = 20200101 where rowid = 0"),
        ("core.fact_performance", "period_start", "update core.fact_performance set period_start = date '2099-01-01', period_end = date '2099-12-31' where rowid = 0"),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_is_counted(city: Store, table: str, column: str, defect: str) -> None:
    outcomes = broken(city, "integrity: days that can be", defect)
    assert [(o.table, o.column) for o in outcomes] == [(table, column)]
    # Of a person's row nothing is named.
    named = "" if table == "core.fact_performance" else r": TS-\d{4}-\d\d-\d{3}(, TS-\d{4}-\d\d-\d{3})*(, …)?"
    assert re.fullmatch(rf"\d+{named}", outcomes[0].actual)


def test_what_has_happened_is_not_of_a_day_to_come(city: Store) -> None:
    outcomes = broken(city, "integrity: days that can be", "update ops.run set as_of = date '2001-01-01'")
    assert set(AHEAD) <= {(outcome.table, outcome.column) for outcome in outcomes}


def test_codes_that_no_list_has_are_named_with_their_file(city: Store) -> None:
    """A mistyped class or office: its rows are taken, and count nowhere."""
    [found] = broken(city, "integrity: known codes", STRANGERS)
    assert (found.table, found.column) == ("staging.projects", "unit_code")
    assert re.fullmatch(r"\d+ rows of DINAS-X \(projects/2026-0\d/proyek\.csv( and \d more)?\)", found.actual)


def test_a_decision_on_a_flag_that_there_is_none_of_is_named_with_its_file(city: Store) -> None:
    defect = "update marts.follow_up_outcome set is_known = false where flag_id = (select min(flag_id) from marts.follow_up_outcome)"
    [found] = broken(city, "integrity: known codes", defect)
    assert (found.table, found.column) == ("staging.follow_ups", "flag_id")
    assert re.fullmatch(r"\d+ rows? of \S+ \(follow_ups/2026-\d\d/\S+\)", found.actual)


def test_an_unknown_row_is_told_once_and_not_again_by_what_hangs_on_it(city: Store) -> None:
    """Of whom nobody knows, nobody knows the unit either; of a list that never came another rule tells."""
    strangers = "update core.fact_attendance set employee_key = 'unknown', unit_key = 'unknown';"
    [found] = broken(city, "integrity: unknown share", strangers)
    assert (found.table, found.column) == ("core.fact_attendance", "employee_key")
    never_came = f"{strangers} delete from core.dim_employee where employee_key <> 'unknown'"
    assert not [
        one for one in broken(city, "integrity: unknown share", never_came) if one.table == "core.fact_attendance"
    ]
    homeless = "update core.fact_attendance set unit_key = 'unknown'"
    [found] = broken(city, "integrity: unknown share", homeless)
    assert found.column == "unit_key", "whoever is known has a unit"


def broken(city: Store, audit: str, defect: str) -> list[Outcome]:
    """What one audit finds broken in the build with a defect, which does not stay: what else it breaks is other rules' matter."""
    with connect(city.build) as con:
        con.execute("begin")
        con.execute(defect)
        outcomes = [outcome for outcome in RULES[audit].look(Build(con, city)) if not outcome.passed]
        con.execute("rollback")
    return outcomes


def test_the_first_night_of_a_newer_program_is_audited_against_what_an_older_one_made(copy: Store) -> None:
    """A column that the last version lacks is unknown in it, and fails no audit."""
    path = (copy.current / "parquet/ops/delivery.parquet").resolve()
    path.chmod(0o600)
    pl.read_parquet(path).drop("folder").write_parquet(path)
    assert [verdict for verdict in review_build(copy) if "the audit failed" in verdict.actual] == []


def test_forms_of_a_day_to_come_are_told_and_stop_no_night(copy: Store) -> None:
    """A telephone whose clock is wrong: its answers wait for their day."""
    [path] = (copy.landing / "survey_responses" / "2026-08").glob("*.csv")
    answers, before = pl.read_csv(path, infer_schema=False), os.readlink(copy.current)
    answers.with_columns(submitted_at=pl.col("submitted_at").str.replace("2026", "2027")).write_csv(path)
    refresh(copy)
    assert os.readlink(copy.current) != before
    with connect((copy.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        told = con.execute(
            "select column_name from ops.audit_result where audit like '%days that can be' and not passed"
        )
        assert ("submitted_date_key",) in told.fetchall()


def test_a_class_of_three_answers_is_left_out_and_the_city_is_published(copy: Store) -> None:
    """What reactions leave out for three respondents hides nothing about the thirty who were there."""
    [path] = (copy.landing / "survey_responses" / "2026-08").glob("*.csv")
    answers = pl.read_csv(path, infer_schema=False)
    forms = answers.group_by("class_id").agg(n=pl.col("response_id").n_unique()).sort("n", "class_id")
    name = forms.get_column("class_id").last()
    three = answers.filter(pl.col("class_id") == name).get_column("response_id").unique(maintain_order=True).head(3)
    before = os.readlink(copy.current)
    answers.filter((pl.col("class_id") != name) | pl.col("response_id").is_in(three.implode())).write_csv(path)
    refresh(copy)
    assert os.readlink(copy.current) != before
    with connect((copy.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        scores = con.execute(
            "select is_suppressed, n_respondents, index_0_100 from marts.reaction where class_id = ?", [name]
        )
        assert set(scores.fetchall()) == {(True, 3, None)}
        [(left_out, shown)] = con.execute(
            "select is_suppressed, n_attended is not null and completion_share is not null from marts.class_scorecard "
            "where class_id = ? and n_enrolled >= 5",
            [name],
        ).fetchall()
    assert (left_out, shown) == (True, True)


@pytest.mark.parametrize(
    ("table", "defect"),
    [
        # Its people are a column: it is judged by them, whatever it inherits.
        ("marts.class_scorecard", "set n_enrolled = 4 where n_attended is not null"),
        ("marts.reaction", "set is_suppressed = true where index_0_100 is not null"),
        ("marts.reaction", "set n_smallest = 4 where index_0_100 is not null"),
        # Of two groups each is judged.
        ("marts.performance_effect", "set n_smallest = 4, is_suppressed = true, effect = 1"),
        ("marts.performance_effect", "set n_smallest_prior = 4, is_suppressed = true, pretrend = 1"),
        ("marts.class_scorecard", "set n_respondents = 4, is_suppressed = true where index_overall is not null"),
        ("marts.class_scorecard", "set n_pairs = 4, is_suppressed = true where gain_class is not null"),
    ],
)
def test_numbers_about_a_small_group_are_an_error(city: Store, table: str, defect: str) -> None:
    assert RULES["integrity: small groups"].severity == "error"
    assert table in {o.table for o in broken(city, "integrity: small groups", f"update {table} {defect}")}


def test_every_number_that_may_be_left_out_is_judged_by_its_own_group(city: Store) -> None:
    judged = {(v.table_name, v.column_name) for v in review_build(city) if v.audit == "integrity: small groups"}
    declared = {
        (model.table, ", ".join(group.hides)) for model in models().values() for group in model.contract.small_groups
    }
    assert {pair for pair in judged if pair[1] != "is_suppressed"} == declared
    assert {table for table, column in judged if column == "is_suppressed"} == {table for table, _ in declared}


def test_verdicts_are_the_rows_that_the_contract_of_their_table_says() -> None:
    kinds = {"text": "str", "boolean": "bool"}
    said = {column.name: kinds[column.type] for column in OPS["audit_result"].columns}
    assert {f.name: "str" if f.type == "Severity" else f.type for f in fields(Verdict)} == said


def test_a_zero_for_an_unknown_share_is_an_error(city: Store) -> None:
    defect = "update marts.response_rates set n_expected = 0, response_rate = 0 where rowid = 0"
    assert RULES["integrity: shares"].severity == "error"
    assert ("marts.response_rates", "response_rate") in {
        (o.table, o.column) for o in broken(city, "integrity: shares", defect)
    }


def test_more_who_answered_than_were_asked_is_an_error(city: Store) -> None:
    """The share is its numerator over its denominator, and still more than all."""
    defect = (
        "update marts.response_rates set n_respondents = n_expected + 1, "
        "response_rate = (n_expected + 1.0) / n_expected where n_expected > 0"
    )
    assert RULES["contract: rules"].severity == "error"
    [found] = [o for o in broken(city, "contract: rules", defect) if o.table == "marts.response_rates"]
    assert "response_rate: TOO_LARGE" in found.actual


def test_the_gate_reads_the_verdicts_of_the_very_build(copy: Store) -> None:
    before = os.readlink(copy.current)
    with connect(copy.build) as con:
        con.execute("delete from core.fact_attendance where rowid = 0")
    for _ in range(2):  # started alone, and started alone again
        with pytest.raises(AuditFailed, match="rows kept"):
            publish_build(copy)
        assert os.readlink(copy.current) == before
    with connect(copy.build) as con:
        con.execute("delete from ops.audit_result")
    with pytest.raises(AuditFailed, match="rows kept"):
        publish_build(copy)


def test_the_verdicts_are_read_and_not_made_again_while_nothing_changed(
    copy: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = review_build(copy)
    monkeypatch.setattr("warehouse.publishing.version.review_build", lambda store: pytest.fail("audited twice"))
    assert verdicts_of(copy) == made


def test_pages_open_without_a_network_and_name_what_failed(copy: Store) -> None:
    spoil(copy, PLANTED["expectation: refused rows"])
    folder = copy.build.parent / "audit"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert set(texts) == {"index.html", "expectations.html"}
    for text in texts.values():
        assert not re.search(r"(src|href)=\"(https?:)?//|url\(", text)
        assert "<script" not in text
    assert "sessions" in texts["expectations.html"]
    anchors = set(re.findall(r'href="expectations\.html#([^"]+)"', texts["index.html"]))
    assert anchors == set(re.findall(r'<section id="([^"]+)"', texts["expectations.html"]))


def test_the_plan_names_what_readers_will_see_change_before_the_pointer_moves(copy: Store) -> None:
    before = os.readlink(copy.current)
    told: list[str] = []

    def say(line: str) -> None:
        told.append(line)
        assert os.readlink(copy.current) == before

    flag, state = "", ""
    with connect(copy.build) as con:
        flag, state = con.execute("select flag_id, state from marts.curriculum_flag order by 1 limit 1").fetchall()[0]
        con.execute("update ops.build set build_id = 'another'")
        con.execute(f"delete from marts.curriculum_flag where flag_id = '{flag}'")
        con.execute("update marts.reaction set index_0_100 = 50 where aspect = 'METODE' and not is_suppressed")
    publish_build(copy, say)
    assert os.readlink(copy.current) == "versions/another"
    text = "\n".join(told)
    assert f"flags: {flag}: {state}" in text
    assert "→ not there" in text
    assert re.search(r"index: METODE: [\d.]+ → 50.0", text)
    kept = read_json(copy.current / "plan.json")
    assert kept is not None
    assert kept["against"] == before.removeprefix("versions/")
    assert {change["item"] for change in kept["rows"]} == {"marts.curriculum_flag"}


def test_a_plan_of_the_same_tables_names_nothing(copy: Store) -> None:
    """Neither the verdicts nor the freshness, which are written after it."""
    with connect(copy.build) as con:
        con.execute("update ops.build set build_id = 'another'")
    publish_build(copy)
    kept = read_json(copy.current / "plan.json") or {}
    assert kept["against"] is not None
    assert {kind: changed for kind, changed in kept.items() if isinstance(changed, list) and changed} == {}
    assert lines(kept)[1:] == ["  nothing that people see changes"]


def test_a_first_version_says_so(city: Store) -> None:
    assert (read_json(city.current / "plan.json") or {"against": "no plan"})["against"] is None
