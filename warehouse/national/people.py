"""People who move between agencies: known to the nation by a pseudonym of its own, in its restricted area, and published as counts.

Each agency has its own key, so that nobody can join two agencies' published rows. The nation's key makes a further pseudonym of the NIP, which stands in
`restricted/people/<agency>.parquet` of the nation alone.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb
import polars as pl

from warehouse.database import connect, parquet_of, parquet_rows, quoted, rows_of
from warehouse.national.agencies import Known, version_of
from warehouse.people.privacy import forgotten, pseudonyms
from warehouse.publishing.version import moment_of
from warehouse.store import Store, atomic, write_json

SPACE = "national"
"""The key space: no pseudonym of an agency is one of these."""


def note_people(nation: Store, agency: Known) -> bool:
    """Keep of an agency's version who was trained there and who is employed there, by the national pseudonym; False where its list of identities is
    not there or not to be read, when what was kept before goes, too: it would be of another version."""
    target = _people(nation, agency.agency_code)
    identity = nation.agency(agency.agency_code).home / "restricted" / "identity.duckdb"
    version = version_of(nation, agency)
    try:
        with connect(identity, read_only=True) as con:
            known = pl.DataFrame(
                con.execute("select pseudonym, employee_id from identity").fetchall(),
                schema=["person", "id"],
                orient="row",
                schema_overrides={"person": pl.String, "id": pl.String},
            )
    except (OSError, duckdb.Error):
        target.unlink(missing_ok=True)
        return False
    codes = pseudonyms(nation.pseudonym_key(), SPACE)
    known = known.select("person", codes.series(known["id"]).alias("national"))
    tables = {
        name: parquet_rows(parquet_of(version / "parquet", f"core.{name}"))
        for name in ("fact_enrolment", "dim_employee")
    }
    with suppress(duckdb.Error), atomic(target) as temporary, connect(":memory:") as con:
        con.register("known", known.to_arrow())
        con.execute(
            f"""
            copy (
                with trained as (
                    select distinct employee_id as person from {tables["fact_enrolment"]}
                    where status <> 'withdrawn' and end_date_key between 1 and {agency.as_of:%Y%m%d}
                ),
                employed as (
                    select distinct employee_id as person from {tables["dim_employee"]} where is_current and employee_key <> 'unknown'
                )
                select k.national, k.person, t.person is not null as is_trained, e.person is not null as is_employed
                from known as k
                left join trained as t on k.person = t.person
                left join employed as e on k.person = e.person
                where t.person is not null or e.person is not null
                order by k.national
            ) to '{quoted(temporary)}' (format parquet, compression zstd)
            """
        )
        return True
    target.unlink(missing_ok=True)
    return False


def keep_people(nation: Store, codes: frozenset[str]) -> None:
    """Drop what is known of the people of agencies that are not among these: nothing of a former agency stays."""
    for path in (nation.restricted / "people").glob("*.parquet"):
        if path.stem not in codes:
            path.unlink()


def movers(nation: Store, codes: list[str]) -> list[dict[str, object]]:
    """How many were trained in one of these agencies, are no longer in its newest list of employees, and stand in that of another: one row per pair of
    agencies where there is anybody. Not yet what may be told."""
    files = [path for code in codes if (path := _people(nation, code)).exists()]
    if not files:
        return []
    listed = ", ".join(f"'{quoted(path)}'" for path in files)
    with connect(":memory:") as con:
        return rows_of(
            con,
            f"""
            with people as (
                select *, parse_filename(filename, true) as agency from read_parquet([{listed}], filename = true)
            )
            select a.agency as from_agency_code, b.agency as to_agency_code, count(distinct a.national) as n_people
            from people as a
            inner join people as b on a.national = b.national and a.agency <> b.agency
            where a.is_trained and not a.is_employed and b.is_employed
            group by all order by all
            """,
        )


def forget_in_nation(nation: Store, code: str, person: str) -> None:
    """Take a person of an agency, by its pseudonym, out of what the nation knows of them there. The next national version counts without them, and
    withdraws those from before."""
    path = _people(nation, code)
    if path.exists():
        rows = pl.read_parquet(path)
        if (kept := rows.filter(pl.col("person") != person)).height < rows.height:
            with atomic(path) as temporary:
                kept.write_parquet(temporary)
            before = forgotten(nation)
            register = {"people": sorted(before.people), "words": sorted(before.words)}
            write_json(nation.forgotten, register | moment_of(nation))


def _people(nation: Store, code: str) -> Path:
    return nation.restricted / "people" / f"{code}.parquet"
