"""A version describes itself: as a data package, a DCAT catalogue and dbt's sources, each true to the files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from warehouse.database import connect

from ..conftest import published_city

KINDS = {
    "string": "string",
    "int64": "integer",
    "int32": "integer",
    "double": "number",
    "bool": "boolean",
    "date32[day]": "date",
}


@pytest.fixture
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a published version."""
    return published_city(tmp_path_factory, 300, 3).current.resolve()


@pytest.fixture
def resources(version: Path) -> dict[str, dict[str, Any]]:
    """The tables of the data package by name."""
    package = json.loads((version / "datapackage.json").read_text())
    return {one["name"]: one for one in package["resources"]}


def test_every_parquet_file_is_a_resource_with_its_columns(version: Path, resources: dict[str, Any]) -> None:
    files = {str(path.relative_to(version)) for path in (version / "parquet").rglob("*.parquet")}
    assert {one["path"] for one in resources.values()} == files
    for name, one in resources.items():
        path = version / one["path"]
        found = pq.read_schema(path)
        assert [field["name"] for field in one["schema"]["fields"]] == found.names, name
        for field in one["schema"]["fields"]:
            kind = str(found.field(field["name"]).type)
            assert KINDS.get(kind, "datetime") == field["type"], (name, field["name"], kind)
        assert one["rows"] == pq.read_metadata(path).num_rows
        assert not {"hash", "bytes"} & set(one), "of a file with rows about persons they tell of what is left out"


def key_of(resource: dict[str, Any]) -> list[str]:
    """The columns that tell its rows apart, whether or not one of them may be empty."""
    schema = resource["schema"]
    return list(schema["primaryKey"] if "primaryKey" in schema else schema["uniqueKeys"][0])


def test_keys_and_references_lead_to_columns(resources: dict[str, Any]) -> None:
    n = 0
    for name, one in resources.items():
        columns = {field["name"] for field in one["schema"]["fields"]}
        required = {field["name"] for field in one["schema"]["fields"] if field["constraints"]["required"]}
        assert set(key_of(one)) <= columns, name
        assert ("primaryKey" in one["schema"]) == (set(key_of(one)) <= required), name
        for key in one["schema"].get("foreignKeys", ()):
            target = resources[key["reference"]["resource"]]
            assert set(key["reference"]["fields"]) <= {field["name"] for field in target["schema"]["fields"]}
            n += 1
    assert n > 20


def test_each_column_has_the_standard_of_satu_data(resources: dict[str, Any]) -> None:
    """Perpres 39/2019: concept, definition, classification, measure, unit."""
    for one in resources.values():
        for field in one["schema"]["fields"]:
            standard = field["satu_data"]
            assert set(standard) == {"konsep", "definisi", "klasifikasi", "ukuran", "satuan"}
            assert standard["konsep"]
            assert standard["definisi"]
    share = next(f for f in resources["marts.training_hours"]["schema"]["fields"] if f["name"] == "floor_share")
    assert (share["satu_data"]["ukuran"], share["satu_data"]["satuan"]) == ("proporsi", "share 0–1")


def test_the_catalogue_names_who_may_read(version: Path, resources: dict[str, Any]) -> None:
    datasets = json.loads((version / "dcat.jsonld").read_text())["dcat:dataset"]
    rights = {one["dct:identifier"]: one["dct:accessRights"] for one in datasets}
    assert set(rights) == set(resources)
    assert {rights[name] for name in ("core.fact_enrolment", "core.dim_employee", "core.bridge_employee_unit")} == {
        "restricted"
    }
    assert {rights[name] for name in ("marts.training_hours", "core.fact_class")} == {"public"}
    with connect(version / "dashboards.duckdb", read_only=True) as con:
        wide = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() union all "
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
    assert {name for name, right in rights.items() if right == "public"} == {name for (name,) in wide}


def test_dbt_takes_every_table_as_a_source(version: Path, resources: dict[str, Any]) -> None:
    found = yaml.safe_load((version / "dbt" / "sources.yml").read_text())
    tables = {f"{source['schema']}.{table['name']}": table for source in found["sources"] for table in source["tables"]}
    assert set(tables) == set(resources)
    state = next(c for c in tables["marts.curriculum_flag"]["columns"] if c["name"] == "state")
    assert {"accepted_values": {"values": ["DATA_KURANG", "HIJAU", "KUNING", "MERAH"]}} in [
        {"accepted_values": {"values": sorted(one["accepted_values"]["values"])}}
        for one in state["data_tests"]
        if isinstance(one, dict)
    ]
    for name, about in resources.items():
        columns = {column["name"]: column.get("data_tests", []) for column in tables[name]["columns"]}
        unique = [column for column, declared in columns.items() if "unique" in declared]
        key = key_of(about)
        assert unique == (key if len(key) == 1 else [])
        led = {
            (column, one["relationships"]["to"], one["relationships"]["field"])
            for column, declared in columns.items()
            for one in declared
            if isinstance(one, dict) and "relationships" in one
        }
        assert led == {
            (
                one["fields"][0],
                "source('{}', '{}')".format(*one["reference"]["resource"].split(".")),
                one["reference"]["fields"][0],
            )
            for one in about["schema"].get("foreignKeys", [])
        }
    assert {name for one in found["exposures"] for name in one["depends_on"]} == {
        f"source('marts', '{name.removeprefix('marts.')}')" for name in resources if name.startswith("marts.")
    }


def test_the_manifest_seals_them(version: Path) -> None:
    files = json.loads((version / "manifest.json").read_text())["files"]
    assert {"datapackage.json", "dcat.jsonld", "dbt/sources.yml"} <= set(files)
