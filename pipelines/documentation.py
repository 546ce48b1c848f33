"""What is written from the contracts: the data dictionary, the ERD, and JSON schemas for editors of the files that people
write. A test keeps the files in `docs/` current."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.aliases import UnitAliasRow
from schemas.city import City
from schemas.column import Column
from schemas.contacts import Contacts
from schemas.contract import Contract
from schemas.ops import OPS
from schemas.policy import PolicyRow
from schemas.profiles import Profile
from schemas.reasons import REASONS
from schemas.sources import SOURCES
from schemas.written import Written
from warehouse.building.models import models
from warehouse.report.metrics import METRICS

WRITTEN: Mapping[str, type[Written]] = {
    "profile": Profile, "city": City, "policy": PolicyRow, "contacts": Contacts, "unit_alias": UnitAliasRow,
}  # fmt: skip
"""Files that people write, by their schema's name: `profiles/*.yaml`, `city.yaml`, and a row of each CSV file."""


def write(folder: Path) -> list[Path]:
    """Write every generated page below `folder`; returns the paths."""
    written = []
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def pages() -> Mapping[str, str]:
    """File name → text of every generated page."""
    return {
        "dictionary.md": "\n".join(_dictionary()) + "\n",
        "erd.md": "\n".join(_erd()) + "\n",
        "metrics.md": "\n".join(_metrics()) + "\n",
        **{
            f"schemas/{name}.schema.json": json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False) + "\n"
            for name, model in WRITTEN.items()
        },
    }


def _metrics() -> Iterator[str]:
    yield "# Measures that are added up\n\nGenerated from `warehouse/report/metrics.yaml` by `make docs`; do not edit. A number that is one cell of a mart is in the "
    yield "[dictionary](dictionary.md), formulas are in [measures](measures.md).\n"
    yield "Each measure is SQL over the rows of its mart, grouped by whatever you like. A row whose numerator is empty, unknown or left out for a small group, is in neither sum.\n"
    for name, one in METRICS.items():
        yield f"## {name}\n\n{one.label['en']} ({one.label['id']}). Unit: {one.unit}. One row of `marts.{one.mart}`: {one.grain}.\n"
        yield f"```sql\nselect {one.expression}\nfrom marts.{one.mart}\nwhere {one.where}\n```\n"


def _dictionary() -> Iterator[str]:
    yield "# Data dictionary\n\nGenerated from the contracts by `make docs`; do not edit.\n"
    contracts: dict[str, list[Contract]] = {"Sources (landing area)": list(SOURCES.values())}
    for model in models().values():
        contracts.setdefault(model.contract.layer.capitalize(), []).append(model.contract)
    contracts["Ops (what a run leaves about itself)"] = list(OPS.values())
    for title, group in contracts.items():
        yield f"## {title}\n"
        for contract in sorted(group, key=lambda contract: contract.name):
            yield f"### {contract.name}\n\n{contract.description}\n"
            yield f"Grain: {contract.grain}. Key: {', '.join(f'`{name}`' for name in contract.key)}.\n"
            yield "| column | type | meaning | label (Bahasa Indonesia) | rule | privacy |\n|---|---|---|---|---|---|"
            for column in contract.columns:
                yield (
                    f"| `{column.name}` | {column.type} | {column.description} | {column.label} | "
                    f"{'; '.join(_rules(column))} | {column.privacy} |"
                )
            yield ""
    yield "## Reasons of refusal\n\n| code | Bahasa Indonesia | English | how to mend it |\n|---|---|---|---|"
    for code, reason in REASONS.items():
        yield f"| `{code}` | {reason.indonesian} | {reason.english} | {reason.mend} |"


def _rules(column: Column) -> Iterator[str]:
    if column.unit:
        yield column.unit
    yield "may be empty" if column.nullable else "filled"
    if column.values:
        yield "one of " + ", ".join(column.values)
    if column.minimum is not None:
        yield f"≥ {column.minimum:g}"
    if column.maximum is not None:
        yield f"≤ {column.maximum:g}"
    if column.references:
        yield f"→ {column.references}"


def _erd() -> Iterator[str]:
    yield "# Entity–relationship diagram\n\nGenerated from the declared references by `make docs`; do not edit.\n"
    yield "```mermaid\nerDiagram"
    core = [model.contract for model in models().values() if model.contract.layer == "core"]
    for contract in core:
        for column in contract.columns:
            if column.references and column.name.endswith("_key") and column.references != contract.table:
                parent = column.references.split(".")[1]
                yield f"  {parent} ||--o{{ {contract.name} : {column.name}"
    for contract in core:
        yield f"  {contract.name} {{"
        for column in contract.columns:
            mark = " PK" if column.name in contract.key else " FK" if column.references else ""
            yield f"    {column.type} {column.name}{mark}"
        yield "  }"
    yield "```"
