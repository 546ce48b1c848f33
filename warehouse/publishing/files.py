"""What a version's files hold beside the tables: their texts, views of what holds now, and a file without persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from schemas.column import POLARS_TYPES
from schemas.contract import Contract
from schemas.ops import OPS
from warehouse.building.build import describe, words_of
from warehouse.building.inputs import write_table
from warehouse.building.models import LAYERS, models
from warehouse.database import connect, parquet_of, parquet_rows, quoted, turn_into, write_parquet

SHOWN = (*LAYERS, "ops")
"""The schemas of a build that people get."""
FORMS = "core.fact_survey_response"
"""Answers, which are nobody's."""


def copy_tables(
    con: duckdb.DuckDBPyConnection,
    build: Path,
    tables: Iterable[str],
    secret: bytes,
    before: Mapping[str, Path],
    parquet: Path,
    months: Mapping[str, str],
) -> dict[str, int]:
    """Write tables of a build into the empty file that `con` has open, as people get them and with their texts; those of `before` from the Parquet
    that shows them already. Of tables of `months` that are about persons, which are to stand in files by month alone, no row: these files are
    written below `parquet`. Returns the rows of the Parquet that is there then.

    Answers of a group that the marts leave out stay in the build: nobody can count them again from the facts. What ties a form to
    a person goes, by the `secret` of the store. What never stood in the file is in none of its blocks.

    The build's staging area is seen until `leave_build`.
    """
    [(own,)] = con.execute("select current_database()").fetchall()
    con.execute(f"attach '{quoted(build)}' as build (read_only)")
    con.execute("set variable secret = ?", [secret.hex()])
    con.execute(f'begin; copy from database build to "{own}" (schema)')
    con.execute(f'drop schema "{own}".staging cascade; drop schema "{own}".private cascade; use build')
    rows = {table: parquet_rows(before[table]) if table in before else _shown(table) for table in tables}
    about_persons = _about_persons()
    for table, its_rows in rows.items():
        if table not in months or table not in about_persons:
            con.execute(f'insert into "{own}".{table} from {its_rows}')
    con.execute("commit")
    apart = {table: parquet_of(parquet, table) for table in months if table not in before}
    written = write_parquet(con, apart, months, rows)
    con.execute(f"set search_path = '{own}.main,build.staging'")
    there = {table: con.execute(f"select count(*) from {rows[table]}").fetchall()[0][0] for table in before}
    return written | there


def leave_build(con: duckdb.DuckDBPyConnection) -> None:
    """Detach the build from a version's file."""
    con.execute("reset search_path; detach build")


def _shown(table: str) -> str:
    """The rows of a table of a build as people get them, for a FROM clause."""
    rows = table
    for withheld in (one for model in models().values() for one in model.contract.withholds if one.table == table):
        empty = ", ".join(f"case when s.is_withheld is null then t.{name} end as {name}" for name in withheld.columns)
        groups = f"(select distinct *, true as is_withheld from ({withheld.rows}))"
        rows = f"(select t.* replace ({empty}) from {rows} as t natural left join {groups} as s)"
    return f"({untied(rows)})" if table == FORMS else rows


def describe_all(con: duckdb.DuckDBPyConnection) -> None:
    """Describe the tables of a run, and make beside each dimension with history a view `<dimension>_current` of the versions that hold now, for
    dashboards that ask about today, and of the calendar a view per role that a day plays in a fact (`dim_submitted_date`), which joins by its name."""
    _tell_codes(con)
    for contract in OPS.values():
        describe(con, contract)
    for name, (contract, query) in views().items():
        con.execute(f"create view {name} as {query}")
        describe(con, contract, name)


def _tell_codes(con: duckdb.DuckDBPyConnection) -> None:
    """`ops.code_list`: the closed lists of all tables, in words."""
    rows = [
        (contract.table, column.name, code, position, word, words_of(column, "en")[code])
        for contract in _contracts()
        for column in contract.columns
        for position, (code, word) in enumerate(words_of(column).items(), start=1)
    ]
    schema = {column.name: POLARS_TYPES[column.type] for column in OPS["code_list"].columns}
    write_table(con, OPS["code_list"].table, pl.DataFrame(rows, schema=schema, orient="row"))


def untied(rows: str = FORMS) -> str:
    """A SELECT of answers in which nothing says whose a form is: its day is the month in which most forms of its class came, its code is another in each class, its
    place in the table that of its code, not that in the delivery, and where fewer than minimum_cell_size forms of a class judge the same
    narasumber by as many answers, each such answer of the class stands alone: who was in which session is known. `rows`: where the answers are, of which codes, classes
    and days are the table's; the variable `secret` of the connection is the store's."""
    return f"""
        with judged as (
            select class_key, response_id, instructor_key, count(*) as n
            from {FORMS} where instructor_key <> 'none' group by all
        ),
        sets as (
            select class_key, response_id, list_sort(list(concat(instructor_key, ' ', n))) as who from judged group by all
        ),
        parts as (
            select class_key, count(*) as n_forms from sets group by class_key, who
        ),
        told_apart as (
            select class_key from parts group by class_key
            having count(*) > 1 and min(n_forms) < (select value from ops.policy where policy = 'minimum_cell_size')
        ),
        counted as (
            select class_key, submitted_date_key // 100 as month, count(distinct response_id) as n_forms
            from {FORMS} where submitted_date_key > 0 group by all
        ),
        months as (
            select class_key, arg_max(month, (n_forms, month)) as month from counted group by class_key
        )
        select f.* replace (
            md5(concat_ws(
                ' ', getvariable('secret'), f.class_key, f.response_id,
                case when f.instructor_key <> 'none' and a.class_key is not null then concat(f.item_code, ' ', f.instructor_key) end
            )) as response_id,
            -- Forms of no known class keep their own month: there is no list of theirs to compare with.
            coalesce(case when f.class_key = 'unknown' then nullif(f.submitted_date_key, 0) // 100 else m.month end * 100 + 1, 0)
                as submitted_date_key
        )
        from {rows} as f
        left join told_apart as a on f.class_key = a.class_key
        left join months as m on f.class_key = m.class_key
        order by response_id, item_code, survey_item_key, instructor_key
    """


def views() -> dict[str, tuple[Contract, str]]:
    """The views beside the tables, by name: each as a contract, and its query. Of a dimension with history what holds now; of the calendar
    one per role that a day plays in a fact."""
    found: dict[str, tuple[Contract, str]] = {}
    calendar = models()["core.dim_date"].contract
    for contract in (model.contract for model in models().values()):
        if "is_current" in contract.names:
            current = replace(contract, name=f"{contract.name}_current")
            found[current.table] = current, f"select * from {contract.table} where is_current"
        for key in contract.columns:
            if key.references == calendar.table and key.name != "date_key":
                role = key.name.removesuffix("_date_key")
                names = {name: f"{role}_{name}" for name in calendar.names}
                names |= {"date_on": f"{role}_on", "is_weekend": f"is_{role}_weekend"}
                columns = ", ".join(f"{name} as {new}" for name, new in names.items())
                played = replace(
                    calendar,
                    name=f"dim_{role}_date",
                    description=f"The calendar as: {key.label}.",
                    columns=tuple(replace(column, name=names[column.name]) for column in calendar.columns),
                    key=(key.name,),
                )
                found[played.table] = played, f"select {columns} from {calendar.table}"
    return found


def months_of_facts() -> dict[str, str]:
    """Facts → expression of the month of a row, as yyyymm: of its first day of the calendar, else of its first date; 0 where it has none."""
    calendar = models()["core.dim_date"].contract.table
    found = {}
    for contract in (model.contract for model in models().values()):
        if contract.name.startswith("fact_"):
            days = [f"{key.name} // 100" for key in contract.columns if key.references == calendar]
            days += [f"year({one.name}) * 100 + month({one.name})" for one in contract.columns if one.type == "date"]
            found[contract.table] = f"coalesce({days[0]}, 0)" if days else "0"
    return found


def show_files(con: duckdb.DuckDBPyConnection, tables: Iterable[str], parquet: Path) -> None:
    """Have tables be views of the Parquet files of their rows below the folder `parquet`."""
    for table in tables:
        turn_into(con, "view", table, parquet_rows(parquet_of(parquet, table)))


def write_dashboards(warehouse: Path, path: Path) -> None:
    """Write to `path` the tables of a build as readers get it in which no row is about one person, with their texts and views; narasumber by their
    codes alone, where the city says so."""
    about_persons = _about_persons()
    kept = {contract.table: contract for contract in _contracts() if contract.table not in about_persons}
    with connect(path) as con:
        con.execute(f"attach '{quoted(warehouse)}' as whole (read_only)")
        [(names_instructors,)] = con.execute("select names_instructors from whole.ops.run").fetchall()
        [(own,)] = con.execute("select current_database()").fetchall()
        # Empty, and described: a comment of its own for each column takes longer than the rows.
        con.execute(f'copy from database whole to "{own}" (schema)')
        for kind in ("view", "table"):
            there = f"select schema_name || '.' || {kind}_name from duckdb_{kind}s() where database_name = ? and not internal"
            for (name,) in con.execute(there, [own]).fetchall():
                if name.removesuffix("_current") in about_persons:
                    con.execute(f"drop {kind} {name}")
        for table, contract in kept.items():
            is_coded = "instructor_name" in contract.names and not names_instructors
            columns = "* replace (cast(null as varchar) as instructor_name)" if is_coded else "*"
            con.execute(f"insert into {table} select {columns} from whole.{table}")


def _contracts() -> list[Contract]:
    return [*(model.contract for model in models().values()), *OPS.values()]


def _about_persons() -> set[str]:
    """Tables in which a row is about one person."""
    return {contract.table for contract in _contracts() if contract.is_about_persons}
