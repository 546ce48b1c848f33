"""What a build begins with: staging views, the as-of date, the policy, what was delivered and refused, comments without names.

The build id is made of the as-of date and of everything that went in: equal inputs, equal id. What went in is what was
staged, as the months' manifests tell it, never what lies in the landing area by then.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from schemas.column import POLARS_TYPES, Column
from schemas.contract import PROVENANCE, Contract
from schemas.fields import LAST_NUMBER
from schemas.ops import OPS
from schemas.policy import read_policy
from schemas.sources import SOURCES
from warehouse.building.late import hold_late
from warehouse.building.models import columns_of
from warehouse.building.unchanged import note_inputs
from warehouse.code import code_version, library_versions
from warehouse.database import quoted
from warehouse.delivery.cells.words import fold
from warehouse.delivery.landing import Landing, Problem, arrival
from warehouse.delivery.layouts.written import set_aside, units_by_name
from warehouse.people.door import NAME_LIKE, OF_FILES, Door, door, is_written
from warehouse.people.privacy import Names, forgotten
from warehouse.staging.recipe import staged
from warehouse.store import Store, digest, read_json

LIBRARIES = ("duckdb", "jinja2", "numpy", "pandas", "scipy", "typst")
"""Those that make tables, pictures and pages of what was staged; those that read are in the recipes."""
SHOWN_FILE = {"address": pl.String, "shown": pl.String, "arrived": pl.Int64}
"""Columns of `staging.shown_file`: source, month and number of a staged file, what it is called outside, when it came (ns)."""
NAMED = 3
"""So many of the codes that no list has are named."""


def build_id(store: Store, as_of: dt.date, landing: Landing) -> str:
    """Name of the version that these inputs make: what was staged of which files by which recipes, the files that nobody
    reads, contracts, models, policy, libraries and as-of date.
    """
    manifests = staged(store, as_of)
    inputs = [
        # Not the hashes of the staging files: equal rows may be packed otherwise.
        [{name: told for name, told in manifest.items() if name != "sha256"} for manifest in manifests.values()],
        [asdict(problem) for problem in _unread(landing, manifests)],
        code_version("schemas", "warehouse"),
        library_versions(*LIBRARIES),
        [row.model_dump(mode="json") for row in read_policy(*store.policies).rows],
        [str(flaw) for flaw in set_aside(store)],
        store.city.model_dump(mode="json"),
        _logo(store),
        store.pseudonym_key().hex(),
        read_json(store.forgotten),
    ]
    return f"{as_of:%Y%m%d}-{digest(inputs)[:12]}"


def _unread(landing: Landing, manifests: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[Problem]:
    """The files that no source reads, without those whose former content is still staged."""
    known = {(*key, file["file_name"]) for key, manifest in manifests.items() for file in manifest["files"]}
    return [problem for problem in landing.problems if (problem.source, problem.month, problem.file_name) not in known]


def untaken(store: Store, landing: Landing) -> list[Problem]:
    """Every file that is refused or held, as it may be shown: those that no source reads, and those that theirs did not take. What had
    every row refused has no code."""
    through = door(store)
    read = [
        Problem(source, month, *(file[name] for name in ("file_name", "sha256", "reason_code", "seen", "status")))
        for (source, month), manifest in staged(store, landing.as_of).items()
        for file in manifest["files"]
        if file["status"] in ("refused", "held")
    ]
    return [
        replace(one, file_name=through.file(one.file_name), seen=through.title(one.seen))
        for one in sorted([*landing.problems, *read], key=lambda one: one.file_name)
    ]


def begin_build(con: duckdb.DuckDBPyConnection, store: Store, as_of: dt.date, landing: Landing) -> None:
    """Prepare the build: staging views, the as-of date, the policy, what was staged and what was refused.

    `landing` is the picture that the run works on; only the files that nobody reads are taken from it.
    """
    con.execute("create schema if not exists ops; create schema if not exists staging")
    city, through = store.city, door(store)
    run = {
        "as_of": as_of, "city": city.name, "agency": city.agency, "timezone": city.timezone,
        "languages": " ".join(city.languages), "year_starts_in": city.year_starts_in,
        "names_instructors": city.names_instructors, "logo": _logo(store),
    }  # fmt: skip
    write_table(con, "ops.run", pl.DataFrame([run], schema=_schema("run")))
    limits = [row.model_dump() for row in read_policy(*store.policies).in_force(as_of)]
    write_table(con, "ops.policy", pl.DataFrame(limits, schema=_schema("policy")))
    delivered, rejected = [], []
    manifests = staged(store, as_of)
    addresses: list[tuple[str, str]] = []
    for (source, month), manifest in manifests.items():
        addresses += [(f"{source}/{month}/{file['file']}", file["file_name"]) for file in manifest["files"]]
        delivered += [{"source": source, "month": month, **report} for report in manifest["files"]]
        refused = store.quarantine / source / f"{month}.parquet"
        if refused.exists():
            rejected.append(
                pl.read_parquet(refused, columns=["source", "month", "file_name", "reason_code", "column_name"])
            )
    for problem in _unread(landing, manifests):
        delivered.append({**asdict(problem), "profile": "", "status": problem.status, "reason_code": problem.code,
                          **dict.fromkeys(("n_read", "n_accepted", "n_refused", "n_duplicate", "n_skipped"), 0)})  # fmt: skip
    files = pl.DataFrame(delivered, schema_overrides=_schema("delivery"), infer_schema_length=None)
    key = [column for column in OPS["rejection_summary"].names if column not in ("n_rows", "folder")]
    summary = pl.concat([pl.DataFrame(schema=dict.fromkeys(key, pl.String)), *rejected])
    shown = through.files(name for table in (files, summary) if table.width for name in table["file_name"])
    index = read_json(store.landing_index) or {}
    told = [(address, shown[name], arrival(index, name)) for address, name in addresses]
    write_table(con, "staging.shown_file", pl.DataFrame(told, schema=SHOWN_FILE, orient="row"))
    _write_ops(con, "delivery", files, through, shown)
    _write_ops(con, "rejection_summary", summary.group_by(key).agg(pl.len().alias("n_rows")), through, shown)
    name = build_id(store, as_of, landing)
    con.execute(f"create or replace table ops.build as select '{name}' as build_id, date '{as_of}' as as_of")
    hold_late(con, store, create_staging_views(con, store, as_of))
    write_unlisted(con)
    con.execute("create schema if not exists private")
    _write_comments(con, store)
    untaken = [
        (source, dt.date.fromisoformat(f"{month}-01"), subject)
        for (source, month), manifest in manifests.items()
        for subject in manifest.get("untaken", [])
    ]
    schema = {"source": pl.String, "delivery_month": pl.Date, "subject": pl.String}
    write_table(con, "private.untaken", pl.DataFrame(untaken, schema=schema, orient="row"))
    note_inputs(con, manifests)


def _logo(store: Store) -> str | None:
    """The city's picture as a data address, which needs no file beside a page."""
    if store.city.logo is None:
        return None
    path = store.home / store.city.logo
    kind = {".svg": "svg+xml", ".png": "png"}[path.suffix.lower()]
    return f"data:image/{kind};base64,{b64encode(path.read_bytes()).decode()}"


def _schema(name: str) -> dict[str, Any]:
    return {column.name: POLARS_TYPES[column.type] for column in OPS[name].columns}


def _write_ops(
    con: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame, through: Door, shown: Mapping[str, str]
) -> None:
    """Write a table of `ops` in its contract's columns, with what senders wrote as it may be shown. In the store a file goes by its path
    below the landing area, in the warehouse by folder and name."""
    schema, path = _schema(name), pl.col("file_name").str
    if not rows.width:
        rows = pl.DataFrame(schema=schema)
    for column in OF_FILES & set(rows.columns):
        texts = rows[column].drop_nulls().unique().to_list()
        known = shown if column == "file_name" else {text: through.title(text) for text in texts}
        rows = rows.with_columns(pl.col(column).replace(dict(known)))
    # A member of an archive lies in the archive's folder: another archive of the same month may take its place.
    member = r"(?i)^([^/]+/[^/]+)/([^/]+\.zip/.+)$"
    rows = rows.with_columns(
        pl.coalesce(path.extract(member, 2), path.extract(r"([^/]*)$")).alias("file_name"),
        pl.coalesce(path.extract(member, 1), path.extract(r"^(.*)/")).fill_null("").alias("folder"),
    )
    columns = [pl.col(column).cast(kind) if column in rows.columns else pl.lit(None, kind).alias(column)
               for column, kind in schema.items()]  # fmt: skip
    write_table(con, f"ops.{name}", rows.select(columns).sort(OPS[name].key))


def write_table(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Make a table anew of a frame's rows."""
    con.register("incoming", rows.to_arrow())
    con.execute(f"create or replace table {table} as select * from incoming")
    con.unregister("incoming")


def led_by() -> list[tuple[Contract, Column, Contract]]:
    """Each column of a source by whose codes its rows lead to another source's list: the source, the column, and the source that lists them."""
    return [
        (contract, column, home)
        for contract in SOURCES.values()
        for column in contract.columns
        if (home := SOURCES.get(column.references or ""))
    ]


def write_unlisted(con: duckdb.DuckDBPyConnection) -> None:
    """`ops.unlisted_code`: of each column that leads to another source's list, the rows whose code is not in it."""
    # Each list is made once: that of all employees is half a million rows, and ten columns lead to it.
    lists = {
        home.name: f"{home.name}_listed as materialized (select distinct {home.key[0]} as code from staging.{home.name})"
        for _, _, home in led_by()
    }
    looks = [
        f"""
        select '{contract.name}' as source, '{column.name}' as column_name, '{home.name}' as listed_by,
            (select count(code) from {home.name}_listed) as n_listed,
            coalesce(sum(c.n), 0) as n_rows, coalesce(sum(c.n) filter (l.code is null), 0) as n_unlisted,
            list(c.code order by c.n desc, c.code) filter (l.code is null and {column.privacy == "public"}) as codes
        from (
            select {column.name} as code, count(*) as n from staging.{contract.name} where {column.name} is not null group by all
        ) as c
        left join {home.name}_listed as l on c.code = l.code
        """
        for contract, column, home in led_by()
    ]
    con.execute(
        f"""
        create or replace table ops.unlisted_code as
        with {", ".join(lists.values())}
        select source, column_name, listed_by, cast(n_listed as bigint) as n_listed, cast(n_rows as bigint) as n_rows,
            cast(n_unlisted as bigint) as n_unlisted, cast(n_unlisted as double) / nullif(n_rows, 0) as unlisted_share,
            array_to_string(codes[:{NAMED}], ', ') as codes
        from ({" union all ".join(looks)}) order by source, column_name
        """
    )


def _write_comments(con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """`private.survey_comment`: what respondents wrote, without the names of employees and narasumber."""
    people = [
        pl.read_parquet(path, columns=["full_name"]) for path in (store.restricted / "identity").glob("*.parquet")
    ]
    known = (
        pl.concat([pl.DataFrame(schema={"full_name": pl.String}), *people])
        .get_column("full_name")
        .drop_nulls()
        .unique()
    )
    trainers = con.execute("select distinct full_name from staging.instructors where full_name is not null").fetchall()
    names = Names([*known, *(name for (name,) in trainers)], store.pseudonym_key(), forgotten(store).words)
    # A form has one comment, which some systems repeat on each of its questions.
    said = sorted((store.words / "survey_responses").glob("[!.]*.parquet"))
    found = con.execute(
        "select distinct s.class_id, s.response_id, w.text from staging.survey_responses as s inner join ops.run as r "
        "on coalesce(cast(s.submitted_at as date) <= r.as_of, true) "
        "inner join (select distinct token, text from read_parquet(?)) as w on s.comment = w.token where trim(w.text) <> ''",
        [[str(path) for path in said]],
    ).fetchall() if said else []  # fmt: skip
    rows = [(class_id, names.scrub(" ".join(comment.split()))) for class_id, _, comment in found]
    table = pl.DataFrame(rows, schema={"class_id": pl.String, "comment": pl.String}, orient="row")
    write_table(con, "private.survey_comment", table)


def create_staging_views(con: duckdb.DuckDBPyConnection, store: Store, as_of: dt.date) -> dict[str, str]:
    """One view per source over its staged months up to that of `as_of`; a source without rows is an empty, typed view. What senders wrote
    is as it may be shown. Returns each view's query.

    A row delivered again in a later month supersedes the earlier one: the views hold one row per key (snapshot sources:
    one per key and month).
    """
    con.execute("create schema if not exists staging")
    through = door(store)
    months, queries = staged(store, as_of), {}
    units: dict[str, str] = {}
    # Whom other lists call by the name of their unit, the list of units knows; and so do its own lines what they belong to.
    for name, contract in [("units", SOURCES["units"]), *SOURCES.items()]:
        wanted = columns_of(f"staging.{name}")
        files = [store.staging / name / f"{month}.parquet" for source, month in months if source == name]
        if files:
            listed = ", ".join(f"'{quoted(path)}'" for path in files)
            rows = f"select {', '.join(wanted)} from read_parquet([{listed}])"
            if len(files) > 1 and not contract.snapshot:
                rows = _latest(con, contract, rows)
            words = [store.words / name / path.name for path in files]
            rows = _shown(con, contract, rows, words, through, units)
        else:
            rows = "select " + ", ".join(f"cast(null as {kind}) as {column}" for column, kind in wanted.items())
            rows += " where false"
        con.execute(f"create or replace view staging.{name} as {rows}")
        queries[name] = rows
        if name == "units":
            names = con.execute("select distinct unit_code, unit_name from staging.units").fetchall()
            units = units_by_name(store, names, as_of)
    _number_days(con, queries["attendance"])
    return queries


def _shown(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    rows: str,
    words: Sequence[Path],
    through: Door,
    units: Mapping[str, str],
) -> str:
    """`rows` with what people wrote, as it may be shown, in place of the tokens that stand for it. A comment is shown apart from its form. `units`: how units are
    called, folded → their codes."""
    for column in contract.kept:
        if not is_written(column) or column.privacy == "free_text":
            continue
        texts = con.execute(
            f"select distinct w.token, w.text from read_parquet(?) as w semi join ({rows}) as r on w.token = r.{column.name}",
            [[str(path) for path in words]],
        ).fetchall()
        passes = through.of(column.name)
        shown = [(token, passes(text)) for token, text in texts]
        table = f"staging.shown_{contract.name}_{column.name}"
        write_table(con, table, pl.DataFrame(shown, schema=dict.fromkeys(("token", "shown"), pl.String), orient="row"))
        rows = (
            f"select {_with(contract, column.name, 's.shown', 'r')} "
            f"from ({rows}) as r left join {table} as s on r.{column.name} = s.token"
        )
    for column in contract.kept:
        if column.is_code and column.privacy == "public":
            rows = _recoded(con, contract, column, rows, through, units if column.references == "units" else {})
    return rows


def _recoded(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    column: Column,
    rows: str,
    through: Door,
    units: Mapping[str, str],
) -> str:
    """`rows` with codes of units in place of their names, and pseudonyms in place of codes that are people's names. Which there are changes from month to month,
    hence not when a month is read."""
    # Each code is looked at once, and not each row.
    query = f"select distinct {column.name} from ({rows}) where {column.name} is not null"
    codes = pl.Series([code for (code,) in con.execute(query).fetchall()], dtype=pl.String)
    named = {code: through.named(code) for code in codes.filter(codes.str.contains(NAME_LIKE))}
    listed = {*units.values()}
    known = {code: units[fold(code)] for code in codes if code not in listed and fold(code) in units} if units else {}
    shown = [
        # The build need not say who.
        (hashlib.md5(code.encode(), usedforsecurity=False).hexdigest(), instead)
        for code, instead in (named | known).items()
        if instead != code
    ]
    if not shown:
        return rows
    table = f"staging.shown_{contract.name}_{column.name}"
    write_table(con, table, pl.DataFrame(shown, schema=dict.fromkeys(("code", "shown"), pl.String), orient="row"))
    value = f"coalesce(s.shown, r.{column.name})"
    return f"select {_with(contract, column.name, value, 'r')} from ({rows}) as r left join {table} as s on md5(r.{column.name}) = s.code"


def _with(contract: Contract, column: str, value: str, rows: str) -> str:
    """The columns of a source's view, of `rows`, with another value for one of them."""
    others = {name: f"{rows}.{name}" for name in columns_of(f"staging.{contract.name}")}
    return ", ".join(f"{text} as {name}" for name, text in {**others, column: value}.items())


def _number_days(con: duckdb.DuckDBPyConnection, presences: str) -> None:
    """Give sessions that lists know only by their day the timetable's numbers.

    Where the timetable has as many sessions on the day as the lists, they are the same in their order; where it has not, or a
    list brings those numbers already, the day stands for itself and leads to no session of the timetable.
    """
    by_day = f"select distinct class_id, session_no from ({presences}) where session_no > {LAST_NUMBER}"
    if not con.execute(f"select count(*) from ({by_day})").fetchall()[0][0]:
        return
    day = "case when session_no > 99999999 then session_no // 100 else session_no end"
    nth = "row_number() over (partition by class_id, day order by session_no) as nth, count(*) over (partition by class_id, day) as n"
    con.execute(
        f"""
        create or replace table staging.numbered_day as
        with listed as (select *, {nth} from (select *, {day} as day from ({by_day}))),
        planned as (
            select *, {nth} from (select *, cast(strftime(session_date, '%Y%m%d') as bigint) as day from staging.sessions)
        )
        select l.class_id, l.session_no as day_no, p.session_no
        from listed as l inner join planned as p using (class_id, day, nth, n)
        where not exists (
            select 1 from ({presences}) as a where a.class_id = p.class_id and a.session_no = p.session_no
        )
        """
    )
    con.execute(
        "create or replace view staging.attendance as "
        f"select {_with(SOURCES['attendance'], 'session_no', 'coalesce(d.session_no, a.session_no)', 'a')} "
        f"from ({presences}) as a left join staging.numbered_day as d on a.class_id = d.class_id and a.session_no = d.day_no"
    )


def _latest(con: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> str:
    """`rows` without those that a later month delivered anew, which stand in a table of their own (`by_file` instead of them, `is_other`
    where it says something else). Asked by hash first: mostly there are none."""
    key = ", ".join(contract.key)
    repeated = f"select hash({key}) as h from ({rows}) group by h having count(*) > 1"
    if not con.execute(f"select count(*) from ({repeated})").fetchall()[0][0]:
        return rows
    table = f"staging.superseded_{contract.name}"
    content = ", ".join(column.name for column in contract.kept)
    con.execute(
        f"create or replace table {table} as select {', '.join(PROVENANCE)}, {key}, "
        f"first_value(concat('{contract.name}/', strftime(delivery_month, '%Y-%m'), '/', source_file)) over newest as by_file, first_value(hash({content})) over newest <> hash({content}) as is_other "
        f"from ({rows}) where hash({key}) in ({repeated}) "
        f"window newest as (partition by {key} order by delivery_month desc, source_file desc, source_sheet desc, source_row desc) "
        "qualify row_number() over newest > 1"
    )
    same = " and ".join(f"o.{c} is not distinct from r.{c}" for c in (*PROVENANCE, *contract.key))
    return f"select r.* from ({rows}) as r where not exists (select 1 from {table} as o where {same})"
