"""Tables that are shown as they were: their Parquet is copied from the version that was made last, and their rows are taken from it.

What is shown of a table hangs on its rows, on those groups that are withheld of it, on the policy and the store's secret, and on this program. A
digest of these lies beside the build with the hash of the files that were made of it, so that a version that was damaged, or of which somebody was
forgotten, gives nothing to the next. A night changes few tables of many, and to untie and pack a million forms takes longer than all the others.
"""

from __future__ import annotations

import shutil
from collections.abc import Container, Mapping
from pathlib import Path

import duckdb

from warehouse.building.models import models
from warehouse.building.unchanged import ALWAYS, LIBRARIES, rows_hash_of
from warehouse.code import code_version, library_versions
from warehouse.database import parquet_of
from warehouse.store import Store, digest, file_sha256, read_json, write_json


def ingredients(con: duckdb.DuckDBPyConnection, store: Store) -> dict[str, str]:
    """Table of a model → digest of all on which it hangs how the build that `con` has open shows it."""
    common = [
        code_version("schemas", "warehouse"),
        library_versions(*LIBRARIES),
        store.pseudonym_key().hex(),
        rows_hash_of(con, ALWAYS),
    ]
    withheld: dict[str, list[str]] = {}
    for model in models().values():
        for one in model.contract.withholds:
            withheld.setdefault(one.table, []).append(rows_hash_of(con, f"({one.rows})"))
    return {table: digest([common, rows_hash_of(con, table), withheld.get(table, [])]) for table in models()}


def shown_before(store: Store, made_of: Mapping[str, str], apart: Container[str]) -> dict[str, Path]:
    """Table → its Parquet in the version that was made last, of the tables that it shows as they are to be shown: in a file or, of those that stand
    `apart`, in a folder."""
    noted = read_json(_notes(store)) or {"version": "", "tables": {}}
    parquet = store.version(noted["version"]) / "parquet"
    found = {
        table: parquet_of(parquet, table)
        for table, before in noted["tables"].items()
        if before["made_of"] == made_of.get(table)
    }
    return {
        table: path
        for table, path in found.items()
        if path.exists() and path.is_dir() == (table in apart) and _hash(path) == noted["tables"][table]["sha256"]
    }


def note(store: Store, version: Path, made_of: Mapping[str, str]) -> None:
    """Note of what the tables of a version were made, once it has its name."""
    hashes = {table: _hash(parquet_of(version / "parquet", table)) for table in made_of}
    tables = {table: {"made_of": made_of[table], "sha256": sha256} for table, sha256 in hashes.items()}
    write_json(_notes(store), {"version": version.name, "tables": tables})


def copy(path: Path, target: Path) -> None:
    """Copy the Parquet of a table, for no two versions share a file: forgetting, going back and backing up know a version by its folder."""
    (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target)


def _hash(path: Path) -> str:
    if path.is_dir():
        return digest([[str(file.relative_to(path)), file_sha256(file)] for file in sorted(path.rglob("*.parquet"))])
    return file_sha256(path)


def _notes(store: Store) -> Path:
    return store.build.with_name("shown.json")
