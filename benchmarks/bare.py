"""The limit: one DuckDB script from the same CSV files to the same star and metrics, without everything else.

Typed reading, the contracts' rules as SQL predicates with a quarantine, latest delivery by key, hashed ids, the same
model queries. No orchestration, no line numbers or reasons, no audits, no report, no second copy, no Parquet, no manifests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from schemas.column import DUCKDB_TYPES
from schemas.contract import PROVENANCE, Contract
from schemas.policy import POLICY
from schemas.sources import SOURCES
from warehouse.building.build import build_table
from warehouse.building.models import columns_of, models
from warehouse.delivery.values import fold


def run(home: Path, target: Path) -> None:
    """Build `target` from `home/landing`."""
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as con:
        con.execute("set threads = 2; set memory_limit = '1500MB'; set preserve_insertion_order = false")
        con.execute("create schema staging; create schema ops; create schema core; create schema marts")
        for name, contract in SOURCES.items():
            _stage(con, home, name, contract)
        con.execute("create table ops.run as select date '2026-11-24' as as_of, 1 as year_starts_in")
        types = ", ".join(f"'{n}': '{kind}'" for n, kind in columns_of("ops.policy").items())
        con.execute(
            f"create table ops.policy as select * from read_csv('{POLICY}', header = true, auto_detect = false, "
            f"delim = ',', quote = '\"', columns = {{{types}}})"
        )
        types = ", ".join(f"{n} {kind}" for n, kind in columns_of("ops.delivery").items())
        con.execute(f"create table ops.delivery ({types})")
        months = [(path.parts[-3], path.parts[-2]) for path in sorted((home / "landing").glob("*/*/*.csv"))]
        con.executemany("insert into ops.delivery (source, month, n_accepted) values (?, ?, 1)", months)
        con.execute(
            "create schema private; create table private.survey_comment as "
            "select distinct class_id, comment from staging.survey_responses where trim(comment) <> ''"
        )
        for model in models().values():
            build_table(con, model)


def _stage(con: duckdb.DuckDBPyConnection, home: Path, name: str, contract: Contract) -> None:
    files = sorted((home / "landing" / name).glob("*/*.csv"))
    kept = [column for column in contract.columns if column.privacy != "identifier"]
    extras = ", ".join(f"cast(null as {DUCKDB_TYPES[kind]}) as {column}" for column, kind in PROVENANCE.items())
    if not files:
        columns = ", ".join(f"cast(null as {DUCKDB_TYPES[c.type]}) as {c.name}" for c in kept)
        con.execute(f"create table staging.{name} as select {columns}, {extras} where false")
        return
    header = files[0].read_text(encoding="utf-8-sig").split("\n", 1)[0].strip().split(",")
    columns, rules = [], []
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
            rules.append(f"regexp_full_match({text}, '[0-9]{{18}}') and {text} not like '%000'")
        if not column.nullable:
            rules.append(f"{column.name} is not null")
        if column.minimum is not None:
            rules.append(f"coalesce({column.name} >= {column.minimum}, true)")
        if column.maximum is not None:
            rules.append(f"coalesce({column.name} <= {column.maximum}, true)")
    if {"score", "scale_min", "scale_max"} <= set(contract.names):
        rules.append("coalesce(score between scale_min and scale_max, true)")
    listed = ", ".join(f"'{path}'" for path in files)
    typed = ", ".join(f"'{n}': 'VARCHAR'" for n in header)
    raw = f"read_csv([{listed}], header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{typed}}}, filename = true)"
    month = "try_cast(regexp_extract(filename, '/([0-9-]+)/[^/]*$', 1) || '-01' as date)"
    good = " and ".join(f"({rule})" for rule in rules) or "true"
    key = ", ".join((*contract.key, "delivery_month") if contract.snapshot else contract.key)
    for column in kept:
        if column.privacy == "pseudonym" and column.name in header:
            good = good.replace(f"trim({column.name})", f"trim(raw_{column.name})")
    names = [*(c.name for c in kept), *PROVENANCE]
    con.execute(
        f"create table staging.{name} as select {', '.join(names)}, {good} as is_good, "
        f"case when not is_good then concat_ws(',', {', '.join(f'raw_{n}' for n in header)}) end as raw_row from "
        f"(select {', '.join(columns)}, {month} as delivery_month, filename as source_file, "
        f"cast(null as varchar) as source_sheet, cast(null as bigint) as source_row, {', '.join(f'{n} as raw_{n}' for n in header)} from {raw})"
    )
    con.execute(
        f"create table staging.refused_{name} as select * from staging.{name} where is_good is distinct from true"
    )
    con.execute(f"delete from staging.{name} where is_good is distinct from true")
    repeated = con.execute(f"select count(*) - count(distinct hash({key})) from staging.{name}").fetchall()[0][0]
    if repeated:
        con.execute(
            f"create or replace table staging.{name} as select * from staging.{name} qualify row_number() over "
            f"(partition by {key} order by delivery_month desc, source_file desc) = 1"
        )


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
