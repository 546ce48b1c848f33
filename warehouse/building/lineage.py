"""Which columns a column is made of, read from the models' SQL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlglot import exp
from sqlglot.lineage import lineage

from warehouse.building.models import Model, columns_of, models
from warehouse.code import code_version, library_versions
from warehouse.store import digest, read_json, write_json

Lineage = Mapping[str, list[list[str]]]
"""Column → the [table, column] pairs that it is made of."""


def column_lineage(kept: Path) -> dict[str, Lineage]:
    """Table → its columns' lineage.

    It is read once for a version of the models and kept in the file `kept`: to take the SQL apart costs more than all else that
    Dagster is told. Where the file's folder is not there or cannot be written, it is read anew by every process.
    """
    rooms = code_version("schemas", "warehouse/building", "warehouse/models")
    version = digest([rooms, library_versions("sqlglot")])
    found = read_json(kept)
    if not isinstance(found, dict) or found.get("version") != version:
        found = {"version": version, "tables": _read()}
        with suppress(OSError):
            if kept.parent.exists():
                write_json(kept, found)
    return found["tables"]


@cache
def _read() -> dict[str, Lineage]:
    return {name: _of(model) for name, model in models().items()}


def _of(model: Model) -> Lineage:
    """A Python model's column is made of the columns of its inputs that have the same name; one that the model computes
    is made of all that its inputs read, since which of them it uses is not written in SQL."""
    schema: dict[str, Any] = {}
    for table in model.reads:
        layer, name = table.split(".")
        schema.setdefault(layer, {})[name] = columns_of(table)
    sources: dict[str, set[tuple[str, str]]] = {}
    for query in model.queries.values():
        for column, pairs in _leaves(query, schema).items():
            sources.setdefault(column, set()).update(pairs)
    sources |= {name: {(how.dimension, how.column)} for name, how in model.namings.items()}
    everything = set().union(*sources.values()) if model.module else set()
    return {column: [list(pair) for pair in sorted(sources.get(column, everything))] for column in model.contract.names}


def _leaves(query: str, schema: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    return {
        column: {
            (f"{node.expression.db}.{node.expression.name}", node.name.split(".")[-1].strip('"'))
            for node in root.walk()
            if not node.downstream and isinstance(node.expression, exp.Table)
        }
        for column, root in lineage(None, query, schema=dict(schema), dialect="duckdb", trim_selects=False).items()
    }
