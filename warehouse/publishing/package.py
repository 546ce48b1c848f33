"""What a version says about itself to programs that know no contract: `datapackage.json` (Frictionless Data Package 1.0) with the standard of Satu
Data Indonesia for each column (Perpres 39/2019, article 1: konsep, definisi, klasifikasi, ukuran, satuan), `dcat.jsonld` (W3C DCAT 3), and
`dbt/sources.yml`, which a dbt project takes as its sources. All are made of the contracts:
of two versions of equal contracts they differ by day, name and numbers of rows alone. Digests of files stand in the manifest; sizes and digests of
files with rows about persons are nothing for wider circles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from schemas.column import Column
from schemas.contract import Contract
from schemas.ops import OPS
from warehouse.building.models import models
from warehouse.database import parquet_of
from warehouse.publishing.files import views
from warehouse.store import write_json

TYPES = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean", "date": "date", "timestamp": "datetime"}  # fmt: skip
"""Type of a column → that of a Frictionless field."""


def describe_version(folder: Path, about: Mapping[str, Any], tables: Mapping[str, int]) -> None:
    """Write the three files into a version's `folder`, whose Parquet files are there. `about` has the row of `ops.run` and build_id; `tables` are the tables and views that are published, with their rows."""
    contracts = {model.table: model.contract for model in models().values()} | {one.table: one for one in OPS.values()}
    contracts |= {name: contract for name, (contract, _) in views().items()}
    published = {table: contracts[table] for table in sorted(tables) if table in contracts}
    title = f"Evaluasi diklat {about['city']}"
    resources = [
        _resource(contract, published, tables[table], _paths(folder, parquet_of(folder / "parquet", table)))
        for table, contract in published.items()
    ]
    package = {
        "profile": "data-package",
        "name": "evaluasi-diklat",
        "id": about["build_id"],
        "title": title,
        "description": f"Gudang data evaluasi diklat per {about['as_of']}. Kosong berarti tidak diketahui, bukan nol.",
        "created": f"{about['as_of']}T00:00:00Z",
        "version": about["build_id"],
        "contributors": [{"title": about["agency"], "role": "publisher"}],
        "resources": resources,
    }
    write_json(folder / "datapackage.json", package)
    closed = {table for table, contract in published.items() if contract.is_about_persons}
    write_json(folder / "dcat.jsonld", _catalogue(about, title, resources, closed))
    (folder / "dbt").mkdir()
    # The dumper in C, where the library has it: the other one takes a sixth of a small publication.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    sources = _dbt(published, title, about["agency"])
    text = yaml.dump(sources, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120)
    (folder / "dbt" / "sources.yml").write_text(text, encoding="utf-8")


def _resource(
    contract: Contract, published: Mapping[str, Contract], n_rows: int, path: str | list[str]
) -> dict[str, Any]:
    keys = []
    for column in contract.columns:
        target = published.get(column.references or "")
        if target and (key := _key_of(target, column)):
            keys.append({"fields": [column.name], "reference": {"resource": target.table, "fields": [key]}})
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in contract.columns],
        **_key(contract),
    }
    return {
        "name": contract.table,
        "path": path,
        "profile": "data-resource",
        "title": contract.name,
        "description": f"{contract.description} Grain: {contract.grain}.",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "rows": n_rows,
        "schema": schema | ({"foreignKeys": keys} if keys else {}),
    }


def _paths(folder: Path, path: Path) -> str | list[str]:
    """A table's file, or files, below a version's folder."""
    files = [str(file.relative_to(folder)) for file in ([path] if path.is_file() else sorted(path.rglob("*.parquet")))]
    return files if path.is_dir() else files[0]


def _key(contract: Contract) -> dict[str, Any]:
    """What tells the rows apart: a primary key has no empty cell (Frictionless Table Schema); where one may be empty it is a unique key."""
    may_be_empty = any(column.nullable for column in contract.columns if column.name in contract.key)
    return {"uniqueKeys": [list(contract.key)]} if may_be_empty else {"primaryKey": list(contract.key)}


def _key_of(target: Contract, column: Column) -> str | None:
    """The column of the table that another's column points at: of the same name, or the table's only key."""
    if column.name in target.names:
        return column.name
    return target.key[0] if len(target.key) == 1 else None


def _field(column: Column) -> dict[str, Any]:
    limits = {"required": not column.nullable, "minimum": column.minimum, "maximum": column.maximum, "enum": list(column.values) or None}  # fmt: skip
    return {
        "name": column.name,
        "type": TYPES[column.type],
        "title": column.label,
        "description": column.description,
        "constraints": {name: value for name, value in limits.items() if value is not None},
        "satu_data": {
            "konsep": column.label,
            "definisi": column.description,
            "klasifikasi": list(column.values) or None,
            "ukuran": _measure(column),
            "satuan": column.unit or None,
        },
    }


def _measure(column: Column) -> str:
    """What kind of measure a column is, in the words of Satu Data."""
    if column.share_of:
        return "proporsi"
    if column.type in ("integer", "number"):
        return "jumlah" if column.type == "integer" and column.unit else "nilai"
    return {"text": "kategori" if column.values else "teks", "boolean": "kategori"}.get(column.type, "waktu")


def _catalogue(
    about: Mapping[str, Any], title: str, resources: list[dict[str, Any]], closed: Collection[str]
) -> dict[str, Any]:
    return {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@type": "dcat:Catalog",
        "dct:title": title,
        "dct:publisher": about["agency"],
        "dct:issued": f"{about['as_of']}",
        "dct:language": about["languages"].split(),
        "dcat:dataset": [
            {
                "@type": "dcat:Dataset",
                "dct:identifier": one["name"],
                "dct:title": one["title"],
                "dct:description": one["description"],
                "dcat:version": about["build_id"],
                "dct:accessRights": "restricted" if one["name"] in closed else "public",
                "dcat:distribution": {
                    "@type": "dcat:Distribution",
                    "dcat:downloadURL": one["path"],
                    "dcat:mediaType": one["mediatype"],
                },
            }
            for one in resources
        ],
    }  # fmt: skip


def _dbt(published: Mapping[str, Contract], title: str, agency: str) -> dict[str, Any]:
    layers: dict[str, list[Contract]] = {}
    for contract in published.values():
        layers.setdefault(contract.layer, []).append(contract)
    return {
        "version": 2,
        "sources": [
            {
                "name": layer,
                "schema": layer,
                "tables": [
                    {
                        "name": contract.name,
                        "description": f"{contract.description} Grain: {contract.grain}.",
                        "columns": [_dbt_column(contract, column, published) for column in contract.columns],
                    }
                    for contract in contracts
                ],
            }
            for layer, contracts in layers.items()
        ],
        "exposures": [
            {
                "name": name,
                "label": f"{title}: {label}",
                "type": kind,
                "owner": {"name": agency},
                "depends_on": [f"source('{contract.layer}', '{contract.name}')" for contract in layers.get("marts", [])],
            }
            for name, label, kind in (("laporan", "laporan", "analysis"), ("superset", "Superset", "dashboard"))
        ],
    }  # fmt: skip


def _dbt_column(contract: Contract, column: Column, published: Mapping[str, Contract]) -> dict[str, Any]:
    tests: list[Any] = [] if column.nullable else ["not_null"]
    if contract.key == (column.name,):
        tests.append("unique")
    if column.values:
        tests.append({"accepted_values": {"values": list(column.values)}})
    target = published.get(column.references or "")
    if target and (key := _key_of(target, column)):
        tests.append({"relationships": {"to": f"source('{target.layer}', '{target.name}')", "field": key}})
    return {"name": column.name, "description": f"{column.description} [{column.label}]"} | ({"data_tests": tests} if tests else {})  # fmt: skip
