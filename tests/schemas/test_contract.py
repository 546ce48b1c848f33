"""Contracts: complete, consistent, and the only place that describes a column."""

from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from pipelines.documentation import pages, write
from schemas.column import Column, ContractError
from schemas.contract import Changes, Contract, column, parse_header, source
from schemas.fields import FIELDS
from schemas.reasons import REASONS
from schemas.sources import SOURCES
from schemas.written import Flawed
from warehouse.building.models import MODELS, models
from warehouse.delivery.cells.values import UNREADABLE

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


def test_a_share_of_people_is_at_most_one() -> None:
    """What was paid may be more than was agreed; more people than there are may not have done something."""
    money = "marts.project_context.realised_share"
    shares = {f"{table.table}.{one.name}": one.maximum for table in EVERY for one in table.columns if one.share_of}
    assert {name for name, maximum in shares.items() if maximum != 1} == {money}


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


HEADER = """\
/*
---
description: d
grain: x
key: [class_id]
columns:
  class_id:
  score: {nullable: true}
  is_suppressed:
small_groups:
  - {people: 3 + 4, hides: [score]}
---
*/ select 1
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "seen", "nearest"),
    [
        ("description: d\n", "", 3, "description", "not there", ""),
        ("description: d", "description: ''", 3, "description", "''", ""),
        ("key:", "keys:", 5, "keys", "unknown entry", "key"),
        ("key: [class_id]", "key: [class_ids]", 5, "key[0]", "class_ids", "class_id"),
        ("key: [class_id]", "key: class_id", 5, "key", "class_id", ""),
        ("class_id:\n", "classid:\n", 7, "columns.classid", "classid is in no registry", "class_id"),
        ("class_id:\n", "zzz: {type: text}\n", 7, "columns.zzz", "zzz is in no registry", ""),
        ("nullable: true", "nullable: yess", 8, "columns.score.nullable", "yess", ""),
        ("nullable: true", "nullable: null", 8, "columns.score.nullable", "null", ""),
        ("nullable: true", "nullable: 1", 8, "columns.score.nullable", "1", ""),
        ("nullable: true", "nulable: true", 8, "columns.score.nulable", "unknown entry", "nullable"),
        ("nullable: true", "nullable: true, minimum: low", 8, "columns.score.minimum", "low", ""),
        ("nullable: true", "nullable: true, type: nomber", 8, "columns.score.type", "nomber", "number"),
        ("nullable: true", "nullable: true, unit: NO", 8, "columns.score.unit", "NO", ""),
        ("nullable: true", "nullable: true, values: {ya: y}", 8, "columns.score.values.ya", "y", ""),
        ("nullable: true", "nullable: true, share_of: [score]", 8, "columns.score.share_of", "a list", ""),
        ("hides: [score]", "hides: [scores]", 11, "small_groups[0].hides[0]", "scores", "score"),
        ("hides: [score]", "hide: [score], hides: [score]", 11, "small_groups[0].hide", "unknown entry", "hides"),
        ("hides: [score]", "hides: []", 11, "small_groups[0].hides", "a list", ""),
        ("3 + 4", "n_pair", 11, "small_groups[0].people", "'n_pair' is no column of the table", ""),
        ("3 + 4", "clas_id + 1", 11, "small_groups[0].people", "'clas_id' is no column of the table", "class_id"),
        ("3 + 4", "score", 11, "small_groups[0].people", "'score' is left out itself", ""),
        ("3 + 4", "(3 +", 11, "small_groups[0].people", "(3 +", ""),
        ("grain: x", "metrics: [n]\ngrain: x", 4, "metrics", "a list", ""),
        ("grain: x", "grain: x\ngrain: y", 5, "grain", "written twice, also in line 4", ""),
    ],
)  # fmt: skip
def test_a_flaw_of_a_header_names_table_line_key_value_and_the_nearest_name(
    old: str, new: str, line: int, key: str, seen: str, nearest: str
) -> None:
    assert parse_header(HEADER, "core", "dim_x").table == "core.dim_x"
    with pytest.raises(Flawed) as caught:
        parse_header(HEADER.replace(old, new, 1), "core", "dim_x")
    flaw = next(flaw for flaw in caught.value.flaws if flaw.key == key)
    assert (flaw.file, flaw.line, flaw.seen, flaw.nearest) == ("core.dim_x", line, seen, nearest), str(flaw)
    others = {other.key for other in caught.value.flaws if other.key != key}
    assert others <= {"key", "key[0]"}, "a misspelt name leaves another entry without it"


def test_a_file_without_a_header_is_named() -> None:
    with pytest.raises(ContractError, match=r"core\.dim_x: the file has no header"):
        parse_header("select 1", "core", "dim_x")


def test_what_the_registry_says_is_taken_away_by_null() -> None:
    contract = parse_header(
        HEADER.replace("  class_id:", "  class_key: {references: null}\n  class_id:"), "core", "dim_x"
    )
    assert FIELDS["class_key"].references == "core.dim_class"
    assert contract.column("class_key").references is None


def test_every_field_of_a_column_may_stand_in_a_header() -> None:
    assert {f.name for f in fields(Column)} - {"name"} == set(Changes.model_fields)


def test_a_reference_to_no_table_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "core", tmp_path / "core", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = tmp_path / "core" / "dim_class.sql"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("references: null", "references: core.dim_programm", 1), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    monkeypatch.setattr("warehouse.building.models.MODELS", tmp_path)
    with pytest.raises(
        ContractError,
        match=r"core\.dim_class, columns\.\w+\.references: core\.dim_programm.*Did you mean core\.dim_program\?",
    ):
        models.__wrapped__()


PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name: str) -> None:
    path = Path(__file__).parents[2] / "docs" / name
    assert path.read_text(encoding="utf-8") == PAGES[name], "run `make docs`"


def test_pages_are_written_below_the_folder_that_is_named_alone(tmp_path: Path) -> None:
    """In another folder than a checkout's there is no dashboard beside them."""
    write(tmp_path / "here" / "docs")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["docs"]
