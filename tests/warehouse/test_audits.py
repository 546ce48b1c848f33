"""What audits find: each integrity rule and each expectation has a planted defect that turns it red, and only such."""

from __future__ import annotations

import os
import re

import pytest

from warehouse.auditing.expectations import EXPECTATIONS
from warehouse.auditing.integrity import AuditFailed, Verdict
from warehouse.database import connect
from warehouse.publishing.version import publish_build, review_build, verdicts_of
from warehouse.store import Store, read_json

from ..conftest import copied, published_city


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city of 400 employees and six months."""
    return copied(published_city(tmp_path_factory, 400, 6), tmp_path_factory.mktemp("city") / "data")


def spoil(store: Store, *statements: str) -> list[Verdict]:
    """Change the build by SQL and audit it; what did not pass."""
    with connect(store.build) as con:
        for statement in statements:
            con.execute(statement)
    return [verdict for verdict in review_build(store) if not verdict.passed]


def test_the_sound_city_has_no_error_and_every_expectation_sees_rows(city: Store) -> None:
    again = review_build(city)
    assert [str(verdict) for verdict in again if not verdict.passed and verdict.severity == "error"] == []
    seen = {v.audit.removeprefix("expectation: "): v.actual for v in again if v.audit.startswith("expectation")}
    assert set(seen) == {one.name for one in EXPECTATIONS}
    few = {name for name, actual in seen.items() if actual == "0 of 0 unexpected"}
    assert few <= {"flags against the last version"}, "an expectation without rows expects nothing"


DEFECTS = {
    "rows of a delivered month against the last version": "update ops.delivery set n_accepted = 1 where source = 'attendance' and month = '2026-07'",
    "refused rows": "update ops.delivery set n_refused = n_read where source = 'sessions'",
    "attendance by month": "update core.fact_attendance set is_present = false",
    "response by month": "update marts.reaction set n_respondents = 0, response_rate = 0 where n_expected > 0",
    "satisfaction against the last version": "update marts.reaction set index_0_100 = index_0_100 / 2 where aspect = 'METODE'",
    "flags against the last version": "update marts.curriculum_flag set state = case when state = 'HIJAU' then 'KUNING' else 'HIJAU' end",
    "sources keep their rhythm": "delete from ops.delivery where source = 'attendance' and month > '2026-07'",
    "offices keep reporting": "update core.fact_performance set period_end = date '2025-12-31' where unit_key in (select unit_key from core.dim_unit where opd_code = (select min(opd_code) from core.dim_unit where unit_type = 'dinas'))",
    "every answer is counted in a reaction": "delete from marts.reaction where aspect = 'METODE'",
    "intervals hold their shares": "update marts.reaction set wilson_low = dissatisfied_share + 0.01 where aspect = 'MATERI'",
    "hours met by no more than are known": "update marts.training_hours set n_floor_met = n_jp_known + 1, floor_share = (n_jp_known + 1) / n_jp_known where n_floor_met is not null and n_jp_known > 0",
    "a mart is not empty while its fact is not": "delete from marts.service_satisfaction_index",
}  # fmt: skip


def test_every_expectation_has_a_planted_defect() -> None:
    assert set(DEFECTS) == {one.name for one in EXPECTATIONS}


@pytest.mark.parametrize("one", EXPECTATIONS, ids=lambda one: one.name)
def test_a_planted_defect_turns_its_expectation_red(copy: Store, one: object) -> None:
    assert isinstance(one, type(EXPECTATIONS[0]))
    before = os.readlink(copy.current)
    if one.name == "flags against the last version":
        # Below twenty flags a share of changed flags says nothing.
        with connect(copy.build) as con:
            assert con.execute("select count(*) >= 20 from marts.curriculum_flag").fetchall()[0][0]
    found = {verdict.audit: verdict for verdict in spoil(copy, DEFECTS[one.name])}
    verdict = found[f"expectation: {one.name}"]
    assert (verdict.severity, verdict.table_name) == (one.severity, one.table)
    assert re.match(r"[1-9]\d* of \d+: ", verdict.actual)
    assert verdict.meaning
    assert verdict.resolve
    errors = [name for name, v in found.items() if v.severity == "error"]
    if errors:
        with pytest.raises(AuditFailed, match=re.escape(errors[0])):
            publish_build(copy)
        assert os.readlink(copy.current) == before
    else:
        publish_build(copy)


INTEGRITY = {
    "integrity: numbers": "update marts.learning_gain set hedges_g = 'inf'::double",
    "integrity: shares": "update marts.reaction set response_rate = 0 where rowid = 0",
    "integrity: unknown share": "update core.fact_attendance set employee_key = 'unknown'",
    "integrity: small groups": "update marts.learning_gain set n_pairs = 4, n_post = 4, attrition = (n_pre - 4) / n_pre where rowid = 0",
    "integrity: reconciliation": "update ops.delivery set n_read = n_read + 1 where source = 'classes'",
}


@pytest.mark.parametrize("audit", INTEGRITY)
def test_a_planted_defect_turns_its_integrity_rule_red(copy: Store, audit: str) -> None:
    assert audit in {verdict.audit for verdict in spoil(copy, INTEGRITY[audit])}


def test_a_zero_for_an_unknown_share_is_an_error(copy: Store) -> None:
    found = spoil(copy, "update marts.response_rates set n_expected = 0, response_rate = 0 where rowid = 0")
    assert ("integrity: shares", "marts.response_rates", "response_rate") in {
        (v.audit, v.table_name, v.column_name) for v in found
    }


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
    spoil(copy, DEFECTS["refused rows"])
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
        con.execute("update marts.reaction set index_0_100 = 50 where aspect = 'METODE'")
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


def test_a_first_version_says_so(city: Store) -> None:
    assert read_json(city.current / "plan.json")["against"] is None  # type: ignore[index]
