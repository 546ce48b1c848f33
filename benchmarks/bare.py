"""The limit: one DuckDB script from the same CSV files to the same star and metrics, without everything else.

Typed reading, the contracts' rules as SQL predicates with a quarantine, latest delivery by key, hashed ids, the same
model queries. No orchestration, no line numbers or reasons, no audits, no report, no second copy, no Parquet, no manifests.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from schemas.column import DUCKDB_TYPES
from schemas.contract import PROVENANCE, Contract
from schemas.policy import POLICY
from schemas.sources import SOURCES
from warehouse.building.build import build_table
from warehouse.building.models import Model, columns_of, models
from warehouse.delivery.cells.words import fold

SETTINGS = {"threads": "2", "memory_limit": "1500MB", "preserve_insertion_order": "false"}
"""DuckDB's, of this script and of every peer of it."""


def run(home: Path, target: Path, only: Mapping[str, Model] | None = None) -> None:
    """Build `target` from `home/landing`: all tables, or `only` these."""
    with begun(target) as con:
        stage(con, home)
        for model in (models() if only is None else only).values():
            build_table(con, model)


def begun(target: Path) -> duckdb.DuckDBPyConnection:
    """An empty database at `target`."""
    target.unlink(missing_ok=True)
    con = duckdb.connect(str(target))
    con.execute("; ".join(f"set {name} = '{value}'" for name, value in SETTINGS.items()))
    con.execute(
        "create schema staging; create schema ops; create schema core; create schema marts; create schema private"
    )
    return con


def stage(con: duckdb.DuckDBPyConnection, home: Path, *, reasons: bool = False) -> None:
    """Read every source into `staging`, what is refused into `staging.refused_<source>` (`reasons`: with why), and make what models read besides."""
    for name, contract in SOURCES.items():
        _stage(con, name, reading(home, contract, reasons=reasons))
    for table, query in inputs(home).items():
        con.execute(f"create table {table} as {query}")


def without_python() -> dict[str, Model]:
    """The models that are SQL alone, down to the files."""
    found: dict[str, Model] = {}
    for name, model in models().items():
        if not model.module and not model.reads & (set(models()) - set(found)):
            found[name] = model
    return found


def inputs(home: Path) -> dict[str, str]:
    """Table that models read beside the sources → its query."""
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns_of("ops.policy").items())
    months = [(path.parts[-3], path.parts[-2]) for path in sorted((home / "landing").glob("*/*/*.csv"))]
    delivered = {"source": "source", "month": "month", "n_accepted": "1"}
    columns = (f"cast({delivered.get(n, 'null')} as {kind}) as {n}" for n, kind in columns_of("ops.delivery").items())
    return {
        "ops.run": "select date '2026-11-24' as as_of, 1 as year_starts_in",
        "ops.policy": f"select * from read_csv('{POLICY}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{typed}}})",
        "ops.delivery": f"select {', '.join(columns)} from (values {', '.join(map(str, months))}) as t (source, month)",
        "private.survey_comment": "select distinct class_id, comment from staging.survey_responses where trim(comment) <> ''",
        # No row of a picture of all is refused in these cities.
        "private.untaken": f"select {', '.join(f'cast(null as {kind}) as {n}' for n, kind in columns_of('private.untaken').items())} where false",
    }


class Reading(NamedTuple):
    """How a source's files become rows."""

    query: str
    """SELECT of `names`, `is_good`, `raw_row` of a refused row, and why it was refused where that was asked for."""
    names: list[str]
    key: str
    """Columns of which of several good rows the latest delivery's counts."""


def reading(home: Path, contract: Contract, *, reasons: bool = False) -> Reading:
    """The reading of a source by its contract. All its files have the first one's header."""
    files = sorted((home / "landing" / contract.name).glob("*/*.csv"))
    kept = [column for column in contract.columns if column.privacy != "identifier"]
    names = [*(c.name for c in kept), *PROVENANCE]
    key = ", ".join((*contract.key, "delivery_month") if contract.snapshot else contract.key)
    why = ", cast(null as varchar) as refused_for" if reasons else ""
    if not files:
        extras = ", ".join(f"cast(null as {DUCKDB_TYPES[kind]}) as {column}" for column, kind in PROVENANCE.items())
        empty = ", ".join(f"cast(null as {DUCKDB_TYPES[c.type]}) as {c.name}" for c in kept)
        return Reading(f"select {empty}, {extras}, true as is_good, '' as raw_row{why} where false", names, key)
    header = files[0].read_text(encoding="utf-8-sig").split("\n", 1)[0].strip().split(",")
    columns: list[str] = []
    rules: list[tuple[str, str]] = []
    for column in kept:
        if column.name not in header:
            columns.append(f"cast(null as {DUCKDB_TYPES[column.type]}) as {column.name}")
            continue
        text = f"nullif(trim({column.name}), '')"
        if column.values:
            words = {fold(s): word for word, spellings in column.values.items() for s in (word, *spellings)}
            mapped = " ".join(f"when '{s.replace(chr(39), chr(39) * 2)}' then '{word}'" for s, word in words.items())
            value = f"case replace(replace(lower({text}), '_', ' '), '-', ' ') {mapped} end"
        elif column.privacy in ("pseudonym", "respondent"):
            value = f"sha256({text})[:32]"
        elif column.unit == "month":
            value = f"try_cast({text} || '-01' as date)"
        else:
            value = text if column.type == "text" else f"try_cast({text} as {DUCKDB_TYPES[column.type]})"
        columns.append(f"{value} as {column.name}")
        if column.privacy == "pseudonym":
            raw = f"nullif(trim(raw_{column.name}), '')"
            rules.append(
                (f"NOT_A_NIP:{column.name}", f"regexp_full_match({raw}, '[0-9]{{18}}') and {raw} not like '%000'")
            )
        if not column.nullable:
            rules.append((f"MISSING:{column.name}", f"{column.name} is not null"))
        if column.minimum is not None:
            rules.append((f"TOO_SMALL:{column.name}", f"coalesce({column.name} >= {column.minimum}, true)"))
        if column.maximum is not None:
            rules.append((f"TOO_LARGE:{column.name}", f"coalesce({column.name} <= {column.maximum}, true)"))
    if {"score", "scale_min", "scale_max"} <= set(contract.names):
        rules.append(("OFF_SCALE:score", "coalesce(score between scale_min and scale_max, true)"))
    listed = ", ".join(f"'{path}'" for path in files)
    typed = ", ".join(f"'{n}': 'VARCHAR'" for n in header)
    raw = f"read_csv([{listed}], header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{typed}}}, filename = true)"
    month = "try_cast(regexp_extract(filename, '/([0-9-]+)/[^/]*$', 1) || '-01' as date)"
    good = " and ".join(f"({rule})" for _, rule in rules) or "true"
    if reasons:
        told = ", ".join(f"case when ({rule}) is distinct from true then '{reason}' end" for reason, rule in rules)
        why = f", case when is_good is distinct from true then concat_ws(', ', {told or 'null'}) end as refused_for"
    query = (
        f"select {', '.join(names)}, {good} as is_good, "
        f"case when not is_good then concat_ws(',', {', '.join(f'raw_{n}' for n in header)}) end as raw_row{why} from "
        f"(select {', '.join(columns)}, {month} as delivery_month, filename as source_file, "
        f"cast(null as varchar) as source_sheet, cast(null as bigint) as source_row, {', '.join(f'{n} as raw_{n}' for n in header)} from {raw})"
    )
    return Reading(query, names, key)


def _stage(con: duckdb.DuckDBPyConnection, name: str, read: Reading) -> None:
    con.execute(f"create table staging.{name} as {read.query}")
    con.execute(
        f"create table staging.refused_{name} as select * from staging.{name} where is_good is distinct from true"
    )
    con.execute(f"delete from staging.{name} where is_good is distinct from true")
    repeated = con.execute(f"select count(*) - count(distinct hash({read.key})) from staging.{name}").fetchall()[0][0]
    if repeated:
        con.execute(
            f"create or replace table staging.{name} as select * from staging.{name} qualify row_number() over "
            f"(partition by {read.key} order by delivery_month desc, source_file desc) = 1"
        )


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), without_python() if "--sql" in sys.argv else None)
