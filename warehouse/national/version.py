"""A national version: built beside the published one, audited, sealed, and then pointed at, as a city's is (`warehouse.publishing.version`).

`published/versions/<build_id>/{national.duckdb, parquet/, report/, manifest.json}`; `published/current` → the newest good one.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb

from schemas.agencies import Agencies
from schemas.national import ALL, NATIONAL_TABLES
from schemas.policy import read_policy
from schemas.said import said
from warehouse.auditing.integrity import AuditFailed, Verdict, broken_rules
from warehouse.code import code_version
from warehouse.database import connect, write_parquet
from warehouse.faults import Faults
from warehouse.national.agencies import UNREADABLE, Known, known
from warehouse.national.people import keep_people, note_people
from warehouse.national.tables import Read, read_agency, write_audits, write_tables
from warehouse.people.privacy import forgotten
from warehouse.publishing.version import drop_old_versions, is_sound, made_again, point_at, seal
from warehouse.report import national as national_report
from warehouse.store import ALL_BUT_READERS, Store, digest, read_json

FILE = "national.duckdb"
"""The published file."""


def publish_nation(nation: Store, day: dt.date, say: Callable[[str], object] = lambda line: None) -> dict[str, Any]:
    """Publish what the agencies have published by now; returns the version's manifest. `say` is told of agencies that are not in it, or not as they should be.

    While publication is held, the version is made and the pointer stays. The caller holds the writer's lock of the national home.
    Raises Flawed where `agencies.yaml` cannot be used, AuditFailed naming each audit that did not pass; in each case the pointer stays.
    """
    agencies, read = _read(nation, known(nation, day))
    for flaw in (*Agencies.read(nation.home).set_aside, *read_policy(*nation.policies).set_aside):
        say(said("set aside: {flaw}", flaw=flaw))
    for line in remarks(agencies):
        say(line)
    people = frozenset(
        agency.agency_code for agency in agencies if agency.agency_code in read and note_people(nation, agency)
    )
    keep_people(nation, people)
    name = _name(nation, day, agencies, people)
    target = nation.version(name)
    if is_sound(target):
        made_again(nation, target)
    else:
        before = os.umask(ALL_BUT_READERS)
        try:
            _write(nation, {"build_id": name, "as_of": day}, agencies, read, people, target)
        finally:
            os.umask(before)
    # Links to the agencies' reports hold from published/current/report and from the folder that this leads to alike.
    beside = nation.published / nation.agencies.name
    if not beside.is_symlink():
        beside.symlink_to(Path("..") / nation.agencies.name)
    if not nation.hold:
        point_at(nation, target)
    drop_old_versions(nation)
    nation.close_to_others()
    return dict(read_json(target / "manifest.json") or {})


def _read(nation: Store, agencies: list[Known]) -> tuple[list[Known], dict[str, Read]]:
    """The agencies with what is read of their versions: one that cannot be read is said to be so, and stops no other."""
    read: dict[str, Read] = {}
    for agency in agencies:
        if agency.is_read:
            with Faults().aside(f"the published version of {agency.agency_code}"):
                read[agency.agency_code] = read_agency(nation, agency)
    return [
        replace(agency, state=UNREADABLE) if agency.is_read and agency.agency_code not in read else agency
        for agency in agencies
    ], read


def remarks(agencies: list[Known]) -> list[str]:
    """What is to be said of agencies: those not read, outdated ones, failed refreshes."""
    words = {
        "belum": said("has published nothing yet"),
        "disisihkan": said("its entry in agencies.yaml is set aside"),
        UNREADABLE: said("its published version cannot be read"),
    }
    lines: list[str] = [
        said("{agency}: {line}", agency=agency.agency_code, line=words[agency.state])
        for agency in agencies
        if agency.state in words
    ]
    lines += [
        said(
            "{agency}: outdated, its version is of {day} ({days} days)",
            agency=agency.agency_code,
            day=agency.as_of,
            days=agency.days_old,
        )
        for agency in agencies
        if agency.state == "usang"
    ]
    lines += [
        said(
            "{agency}: its refresh failed at {step}; its version of {day} stands",
            agency=agency.agency_code,
            step=agency.stopped_at,
            day=agency.as_of,
        )
        for agency in agencies
        if agency.refreshed == "gagal" and agency.is_read
    ]
    return lines


def _name(nation: Store, day: dt.date, agencies: list[Known], people: frozenset[str]) -> str:
    inputs = [
        [asdict(agency) for agency in agencies],
        sorted(people),
        [row.model_dump(mode="json") for row in read_policy(*nation.policies).in_force(day)],
        nation.city.model_dump(mode="json"),
        code_version("schemas", "warehouse"),
        forgotten(nation).since,
    ]
    return f"{day:%Y%m%d}-{digest(inputs)[:12]}"


def _write(
    nation: Store,
    run: dict[str, Any],
    agencies: list[Known],
    read: dict[str, Read],
    people: frozenset[str],
    target: Path,
) -> None:
    """Make the version in a draft beside `target`, audit it, and give it its name when it is whole."""
    draft = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    file = draft / FILE
    with connect(file) as con:
        write_tables(con, nation, run, agencies, read, people)
        verdicts = audit(con)
        write_audits(con, verdicts)
        con.execute("checkpoint")
        if failed := [row for row in verdicts if not row["passed"]]:
            raise AuditFailed(
                [
                    Verdict(
                        row["audit"],
                        "national",
                        "",
                        "error",
                        False,
                        "nothing",
                        row["actual"],
                        row["meaning"],
                        "Nothing was published.",
                    )
                    for row in failed
                ]
            )
        paths = {
            contract.table: draft / "parquet" / contract.layer / f"{contract.name}.parquet"
            for contract in NATIONAL_TABLES.values()
        }
        for path in paths.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        rows = write_parquet(con, paths)
        [(left_out,)] = con.execute("select count(*) from nation.measure where is_suppressed").fetchall()
    faults = Faults()
    with faults.aside("report"):
        faults.extend(national_report.write(file, draft / "report"))
    seal(
        nation, draft, target,
        {"build_id": run["build_id"], "as_of": run["as_of"].isoformat(), "created_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "rows": rows,
         "left_out": {"nation.measure": left_out}, "set_aside": [asdict(fault) for fault in faults],
         "agencies": {agency.agency_code: agency.build_id if agency.is_read else None for agency in agencies}},
    )  # fmt: skip


def audit(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of `nation.audit`: what is asked of the tables that `con` has open, each with what was found."""
    tables = [contract for contract in NATIONAL_TABLES.values() if contract.name != "audit"]
    broken = [f"{table.table}: {rule} ({n})" for table in tables for rule, n in broken_rules(con, table).items()]
    repeated = [
        table.table
        for table in tables
        if con.execute(
            f"select 1 from {table.table} group by {', '.join(table.key)} having count(*) > 1 limit 1"
        ).fetchall()
    ]
    named = con.execute(
        "select column_name from duckdb_columns() where column_name in ('employee_id', 'employee_key', 'person', 'full_name')"
    ).fetchall()
    minimum = "(select value from ops.policy where policy = 'minimum_cell_size')"
    small = con.execute(
        f"select count(*) from (select n_people from nation.measure union all select n_people from nation.mover) where n_people < {minimum}"
    ).fetchall()[0][0]
    bare = con.execute(
        "select count(*) from nation.measure where is_suppressed and (numerator, denominator, n_people, value, value_low, value_high) "
        "is distinct from (null, null, null, null, null, null)"
    ).fetchall()[0][0]
    # A total that held a cell which is left out would give it away to whoever subtracts the others.
    apart = con.execute(
        f"""
        with whole as (select metric, agency_code, numerator, denominator, n_people from nation.measure where program_code = '{ALL}'),
        agencies as (
            select w.metric, sum(p.numerator) as numerator, sum(p.denominator) as denominator, sum(p.n_people) as n_people
            from whole as w join whole as p on w.metric = p.metric and p.agency_code <> '{ALL}' where w.agency_code = '{ALL}' group by w.metric
        ),
        programs as (
            select metric, agency_code, sum(numerator) as numerator, sum(denominator) as denominator, sum(n_people) as n_people
            from nation.measure where program_code <> '{ALL}' group by all
        ),
        pairs as (
            select w.numerator as a, s.numerator as b, w.denominator as c, s.denominator as d, w.n_people as e, s.n_people as f
            from whole as w join agencies as s on w.metric = s.metric where w.agency_code = '{ALL}'
            union all
            select w.numerator, s.numerator, w.denominator, s.denominator, w.n_people, s.n_people
            from whole as w join programs as s on w.metric = s.metric and w.agency_code = s.agency_code
        )
        select count(*) from pairs
        where abs(coalesce(a, 0) - coalesce(b, 0)) > 1e-6 * greatest(1, abs(a)) or abs(coalesce(c, 0) - coalesce(d, 0)) > 1e-6 * greatest(1, abs(c))
            or coalesce(e, 0) <> coalesce(f, 0)
        """
    ).fetchall()[0][0]

    def row(name: str, found: list[Any] | int, meaning: str) -> dict[str, Any]:
        text = ", ".join(map(str, found)) if isinstance(found, list) else str(found)
        return {"audit": name, "passed": not found, "actual": text or "nothing", "meaning": meaning}

    return [
        row("contract", broken, "Every column keeps its rules."),
        row("grain", repeated, "One row per key of each table."),
        row(
            "no person",
            [name for (name,) in named],
            "No column of the national tables is about one person.",
        ),
        row("small cells", small, "No number is about fewer people than minimum_cell_size."),
        row("left out", bare, "What is left out has no number."),
        row(
            "sums of what is shown",
            apart,
            "A total is the sum of the cells that are shown and of no other, so that subtraction gives nothing.",
        ),
    ]
