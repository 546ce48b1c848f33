"""Contracts: complete, consistent, and the only place that describes a column."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.documentation import pages
from schemas.column import ContractError
from schemas.contract import Contract, column, parse_header, source
from schemas.reasons import REASONS
from schemas.sources import SOURCES
from warehouse.building.models import models
from warehouse.delivery.values import UNREADABLE

EVERY: list[Contract] = [*SOURCES.values(), *(model.contract for model in models().values())]
FIFTEEN = {
    "employees", "units", "programs", "instructors", "classes", "sessions", "enrolments", "attendance",
    "survey_responses", "assessments", "observations", "performance", "service_satisfaction", "projects", "follow_ups",
}  # fmt: skip


def test_the_fifteen_sources_are_there() -> None:
    assert set(SOURCES) >= FIFTEEN


@pytest.mark.parametrize("contract", EVERY, ids=lambda contract: contract.table)
def test_every_table_and_column_is_described(contract: Contract) -> None:
    assert contract.description
    assert contract.grain
    for described in contract.columns:
        assert described.description, described.name
        assert described.label, described.name
    schema = contract.schema
    for name, made in schema.columns.items():
        assert made.description
        assert made.title
        assert {"unit", "privacy"} == set(made.metadata or {}), name


@pytest.mark.parametrize("contract", EVERY, ids=lambda contract: contract.table)
def test_every_reference_leads_to_a_table(contract: Contract) -> None:
    known = {other.table for other in EVERY} | set(SOURCES)
    assert {c.references for c in contract.columns if c.references} <= known


def test_no_warehouse_table_holds_what_names_a_person() -> None:
    for contract in EVERY:
        if contract.layer != "staging":
            assert [c.name for c in contract.columns if c.privacy in ("identifier", "free_text")] == []


def test_every_code_that_a_rule_can_give_has_a_reason() -> None:
    codes = {check.error for c in EVERY for column_ in c.columns for check in column_.checks()}
    codes |= {rule.code for contract in SOURCES.values() for rule in contract.rules} | set(UNREADABLE.values())
    assert codes | {"MISSING", "KEY_CONFLICT", "RAGGED"} <= set(REASONS)


def test_rules_of_a_row_name_the_column_to_mend() -> None:
    frame = pl.DataFrame({"a": [1, 5]}, schema={"a": pl.Int64})
    contract = source(
        "t",
        description="d",
        grain="g",
        key=["a"],
        columns=[column("a", type="integer", description="d", label="l", maximum=3)],
    )
    with pytest.raises(Exception, match="TOO_LARGE"):
        contract.schema.validate(frame, lazy=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1", "no header"),
        ("/*\n---\ngrain: x\nkey: [class_id]\ncolumns: {class_id: }\n---\n*/ select 1", "lacks 'description'"),
        ("/*\n---\ndescription: d\ngrain: x\nkey: [y]\ncolumns: {class_id: }\n---\n*/", "key columns"),
        ("/*\n---\ndescription: d\ngrain: x\nkey: [nowhere]\ncolumns: {nowhere: }\n---\n*/", "in no registry"),
        ("/*\n---\ndescription: d\ngrain: x\nkeys: [y]\ncolumns: {class_id: }\n---\n*/", "unknown header entries"),
    ],
)
def test_a_wrong_header_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        parse_header(text, "core", "dim_x")


@pytest.mark.parametrize("name", list(pages()))
def test_generated_pages_are_current(name: str) -> None:
    path = Path(__file__).parents[2] / "docs" / name
    assert path.read_text(encoding="utf-8") == pages()[name], "run `make docs`"
