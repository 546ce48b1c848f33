"""Limits: what a row may say, which row is in force, and that a broken one is left out by itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import POLICY, RANGES, UNITS, Policy, PolicyRow, policy_value, read_policy
from warehouse.words.language import language, languages

HEAD = "policy,value,unit,owner,source,valid_from,version\n"
SHIPPED = read_policy()
NAME = "dissatisfied_tolerated_share"
ROW = f"{NAME},0.30,share,BKPSDM,own,2026-01-01,2"


def own(folder: Path, *rows: str) -> Policy:
    path = folder / "policy.csv"
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return read_policy(path)


def test_the_shipped_limits_are_sound() -> None:
    assert SHIPPED.set_aside == ()
    assert {row.policy for row in SHIPPED.rows} == set(UNITS)
    assert set(UNITS.values()) <= set(RANGES)
    assert len(SHIPPED.rows) == len(POLICY.read_text(encoding="utf-8").splitlines()) - 1


@pytest.mark.parametrize(
    ("row", "key", "seen", "allowed", "nearest", "mend"),
    [
        (ROW.replace(NAME, "dissatisfied_tolerated_shar"), "policy", "'dissatisfied_tolerated_shar'", "", NAME, ""),
        (ROW.replace("0.30", "30"), "value", "'30'", "a number from 0 to 1 (share)", "", "30 % is 0.3."),
        (ROW.replace("0.30", '"0,30"'), "value", "'0,30'", "a decimal point", "", "A decimal comma: write 0.30."),
        (ROW.replace("0.30", "-0.1"), "value", "'-0.1'", "a number from 0 to 1 (share)", "", ""),
        (ROW.replace("0.30", "30%"), "value", "'30%'", "a number, as 0.30", "", ""),
        (ROW.replace("0.30", "nan"), "value", "'nan'", "a number, as 0.30", "", ""),
        (ROW.replace("0.30", "1e-1"), "value", "'1e-1'", "a number, as 0.30", "", ""),
        (ROW.replace("0.30", ""), "value", "not there", "must be filled in", "", ""),
        (ROW.replace(",share,", ",points,"), "unit", "'points'", "share, the unit of", "", ""),
        ("minimum_cell_size,4.5,people,B,own,2026-01-01,2", "value", "'4.5'", "a whole number from 0 (people)", "", ""),
        ("minimum_cell_size,-1,people,B,own,2026-01-01,2", "value", "'-1'", "a whole number from 0 (people)", "", ""),
        ("audit_index_drift,101,points,B,own,2026-01-01,2", "value", "'101'", "a number from 0 to 100 (points)", "", ""),
        ("jp_floor_pns,-1,JP,B,own,2026-01-01,2", "value", "'-1'", "a number from 0 (JP)", "", ""),
        ("effect_pretrend_p,3,p-value,B,own,2026-01-01,2", "value", "'3'", "a number from 0 to 1 (p-value)", "", ""),
        ("flag_effective_g,-0.1,standard deviations,B,own,2026-01-01,2", "value", "'-0.1'", "a number from 0 (st", "", ""),
        (ROW.replace("2026-01-01", "01/01/2026"), "valid_from", "'01/01/2026'", "YYYY-MM-DD", "", ""),
        (ROW.replace("2026-01-01", "20260101"), "valid_from", "'20260101'", "YYYY-MM-DD", "", ""),
        (ROW.replace("2026-01-01", "2026-02-30"), "valid_from", "'2026-02-30'", "YYYY-MM-DD", "", ""),
        (ROW.replace("BKPSDM", " "), "owner", "not there", "must be filled in", "", ""),
        (ROW.replace("own", ""), "source", "not there", "must be filled in", "", ""),
        (ROW.removesuffix("2"), "version", "not there", "must be filled in", "", ""),
        (ROW.replace("0.30", "0,30"), "", "1 cells more", "one cell per column", "", "decimal point"),
    ],
)  # fmt: skip
def test_a_broken_row_is_set_aside_by_itself(
    tmp_path: Path, row: str, key: str, seen: str, allowed: str, nearest: str, mend: str
) -> None:
    policy = own(tmp_path, "minimum_respondents,7,people,BKPSDM,own,2026-01-01,2", row)
    [flaw] = policy.set_aside
    assert (flaw.file, flaw.line, flaw.key, flaw.nearest) == ("policy.csv", 3, key, nearest)
    assert seen in flaw.seen
    assert allowed in flaw.allowed
    assert mend in flaw.mend
    assert policy.limits() == SHIPPED.limits() | {"minimum_respondents": 7}


def test_of_sixty_limits_the_one_that_is_meant_is_named(tmp_path: Path) -> None:
    told = {
        row: str(own(tmp_path, row).set_aside[0]) for row in (ROW.replace(NAME, f"{NAME}s"), ROW.replace(NAME, "xyz"))
    }
    meant, unknown = told.values()
    assert f"Did you mean {NAME}?" in meant
    assert len(meant) < 200
    assert "audit_index_drift" in unknown, "whoever means none of them sees them all"


def test_the_city_s_other_rows_of_a_name_hold_beside_a_broken_one(tmp_path: Path) -> None:
    policy = own(tmp_path, ROW, ROW.replace("0.30", "40").replace("2026-01-01", "2026-06-01"))
    assert policy.limits()[NAME] == 0.3
    assert [flaw.line for flaw in policy.set_aside] == [3]


@pytest.mark.parametrize(
    "content", ["policy;value\na;1\n", HEAD + '"', HEAD.replace("unit", "units"), "", b"\xff\xfe\x00"]
)
def test_of_a_file_that_cannot_be_read_all_shipped_values_hold(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "policy.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    policy = read_policy(path)
    assert policy.limits() == SHIPPED.limits()
    assert [flaw.file for flaw in policy.set_aside] == ["policy.csv"]


def test_a_city_without_a_file_has_the_shipped_limits(tmp_path: Path) -> None:
    assert read_policy(tmp_path / "policy.csv") == SHIPPED


def test_two_values_from_one_day_on_are_both_set_aside(tmp_path: Path) -> None:
    policy = own(tmp_path, ROW, ROW.replace("0.30", "0.40"))
    assert [flaw.line for flaw in policy.set_aside] == [2, 3]
    assert policy.limits()[NAME] == SHIPPED.limits()[NAME]
    assert own(tmp_path, ROW, ROW).set_aside == ()


@pytest.mark.parametrize(
    ("day", "value"),
    [("2025-12-31", 0.1), ("2026-01-01", 0.1), ("2026-05-31", 0.1), ("2026-06-01", 0.2), ("2026-09-01", 0.3)],
)
def test_the_latest_value_that_began_by_a_day_is_in_force_and_before_the_first_the_first(
    tmp_path: Path, day: str, value: float
) -> None:
    path = tmp_path / "policy.csv"
    own(
        tmp_path,
        *(ROW.replace("0.30", v).replace("2026-01-01", d) for v, d in (("0.3", "2026-09-01"), ("0.1", "2026-01-01"), ("0.2", "2026-06-01"))),
    )  # fmt: skip
    assert policy_value(NAME, path, dt.date.fromisoformat(day)) == value
    assert policy_value(NAME, path) == 0.3
    assert policy_value("minimum_cell_size", path, dt.date.fromisoformat(day)) == 5


@pytest.mark.parametrize(("day", "value"), [("2026-01-01", 0.2), ("2026-12-31", 0.2), ("2027-01-01", 0.3)])
def test_what_was_decided_for_later_leaves_the_shipped_value_in_force_until_then(
    tmp_path: Path, day: str, value: float
) -> None:
    policy = own(tmp_path, ROW.replace("2026-01-01", "2027-01-01"))
    assert policy.limits(dt.date.fromisoformat(day))[NAME] == value


def test_the_city_s_own_value_wins_from_its_first_day_on(tmp_path: Path) -> None:
    own(tmp_path, ROW.replace("2026-01-01", "2025-01-01"))
    nation = tmp_path / "nation.csv"
    nation.write_text(HEAD + f"{ROW.replace('0.30', '0.40')}\n")
    policy = read_policy(tmp_path / "policy.csv", nation)
    assert {row.value for row in policy.rows if row.policy == NAME} == {0.3}, "the nation's later one is not the city's"


@given(
    name=st.sampled_from(sorted(UNITS)), value=st.floats(-10, 200, allow_nan=False).map(lambda value: round(value, 2))
)
def test_a_value_counts_exactly_where_its_unit_s_range_holds_it(name: str, value: float) -> None:
    row = next(row for row in SHIPPED.rows if row.policy == name).model_dump()
    try:
        kept = PolicyRow.model_validate(row | {"value": value}).value == value
    except ValueError:
        kept = False
    lowest, highest = RANGES[UNITS[name]].lowest, RANGES[UNITS[name]].highest
    assert kept == (lowest <= value <= highest and (not RANGES[UNITS[name]].is_whole or value == int(value)))


def test_no_shipped_limit_is_a_certain_citys() -> None:
    """Who may change it is said in words that hold everywhere, and that every language of the report has."""
    for owner in {row.owner for row in SHIPPED.rows}:
        for code in languages():
            assert owner in language(code).words("policy_owner")
