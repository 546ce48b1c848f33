"""What came late waits until it tells of enough people: the difference of two versions is a number about those who are new.

A class of ten that becomes one of eleven tells, to whoever kept both versions, what the eleventh answered. So forms, tests and
observations that come for a group whose numbers were shown wait, as long as fewer than `minimum_cell_size` people are new in it, or in one of
the parts that have numbers of their own. What is corrected or withdrawn is shown at once: a number that is known to be wrong is not held.

What was shown is state, kept beside the pseudonyms (`Store.shown`) and written by publication: without it, equal files give equal rows; with
it they do for equal histories. docs/adr/0078-what-came-late-waits.md says what was weighed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from schemas.contract import PROVENANCE
from warehouse.database import quoted
from warehouse.store import Store, atomic


@dataclass(frozen=True, slots=True)
class Group:
    """Whose numbers are told together, of a source's staged rows; each is an expression over `r`, the rows."""

    group: str
    person: str
    unit: tuple[str, ...]
    """What one person adds at once: it came, or it did not."""
    part: str
    """The part of the group that has numbers of its own; null where the row is in none."""

    def rows(self, source: str, *others: str) -> str:
        """Group, person, unit and part of the staged rows, as numbers that are the same in every version of DuckDB, and other columns."""
        own = {f"unit_{n}": text for n, text in enumerate(self.unit)}
        told = {"grp": "of_group", "person": "who", "unit": ", ".join(("of_group", *own))}
        columns = {"of_group": self.group, "who": self.person, **own, "part": self.part}
        # Texts are made of what is left of the rows: a form has many answers.
        inner = ", ".join((*(f"{text} as {name}" for name, text in columns.items()), *others))
        hashed = ", ".join(f"md5_number_lower(concat_ws(chr(31), {text})) as {name}" for name, text in told.items())
        return (
            f"select {', '.join((hashed, 'part', *others))} from (select distinct {inner} from staging.{source} as r)"
        )


LATE: Mapping[str, Group] = {
    "survey_responses": Group("r.class_id", "r.response_id", ("r.response_id",), "r.instructor_id"),
    "assessments": Group(
        "r.class_id", "r.employee_id", ("r.employee_id", "r.kind", "r.assessment_code"),
        "case when bool_or(r.kind = 'pre') over (partition by r.class_id, r.employee_id) "
        "and bool_or(r.kind = 'post') over (partition by r.class_id, r.employee_id) then 'both' end",
    ),
    "observations": Group(
        "(select max(c.program_code) from staging.classes as c where c.class_id = r.class_id)", "r.employee_id",
        ("r.employee_id", "r.class_id", "r.observer_role", "r.phase"),
        "case when bool_or(r.phase = 'before') over (partition by r.class_id, r.employee_id, r.observer_role) "
        "and bool_or(r.phase = 'after') over (partition by r.class_id, r.employee_id, r.observer_role) then r.observer_role end",
    ),
}  # fmt: skip
"""Source → its groups. Presences and hours do not wait: what a person is owed of the year's hours (PP 11/2017) counts at once."""


def hold_late(con: duckdb.DuckDBPyConnection, store: Store, views: Mapping[str, str]) -> None:
    """Take what waits out of the staging views; `staging.late_<source>` holds the places of its rows, where there are any.

    `views`: source → the query of its view.
    """
    if not store.shown.exists():
        return
    for source, group in LATE.items():
        late = f"staging.late_{source}"
        con.execute(
            f"""
            create or replace temp table waits as
            with shown as (
                select grp, person, unit from read_parquet('{quoted(store.shown)}') where source = '{source}'
            ),
            units as (
                select r.grp, r.person, r.unit, r.part, s.unit is null as is_new
                from ({group.rows(source)}) as r
                left join shown as s on r.grp = s.grp and r.unit = s.unit
            ),
            parts as (
                select grp, person, is_new, '' as part from units
                union all
                select grp, person, is_new, part from units where part is not null
            ),
            few as (
                select grp
                from (select grp, part, count(distinct case when is_new then person end) as n_new from parts group by grp, part)
                where n_new > 0 and n_new < (select value from ops.policy where policy = 'minimum_cell_size')
            ),
            -- Not the same group any more: something of it was corrected or withdrawn.
            other as (select grp from shown as s anti join units as u on s.grp = u.grp and s.unit = u.unit)
            select distinct u.grp, u.unit
            from units as u
            semi join few as f on u.grp = f.grp
            semi join shown as s on u.grp = s.grp
            anti join other as o on u.grp = o.grp
            where u.is_new
            """
        )
        # On most nights nothing waits, and nobody need ask of each row where it stands.
        if not con.execute("select count(*) from waits").fetchall()[0][0]:
            continue
        con.execute(
            f"create or replace table {late} as select {', '.join(PROVENANCE)} "
            f"from ({group.rows(source, *PROVENANCE)}) as r semi join waits as w on r.grp = w.grp and r.unit = w.unit"
        )
        same = " and ".join(f"l.{name} is not distinct from r.{name}" for name in PROVENANCE)
        con.execute(
            f"create or replace view staging.{source} as "
            f"select r.* from ({views[source]}) as r where not exists (select 1 from {late} as l where {same})"
        )


def late_rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Source → its rows that wait."""
    asked = "select table_name from duckdb_tables() where schema_name = 'staging' and starts_with(table_name, 'late_') order by all"
    tables = [table for (table,) in con.execute(asked).fetchall()]
    return {
        table.removeprefix("late_"): con.execute(f"select count(*) from staging.{table}").fetchall()[0][0]
        for table in tables
    }


def note_shown(con: duckdb.DuckDBPyConnection, store: Store, as_of: dt.date) -> None:
    """Keep what the build shows, before readers are pointed at it: the units of each group with enough people to have numbers.

    A past day that is looked at again takes nothing back.
    """
    if store.shown.exists():
        [(noted,)] = con.execute(f"select max(as_of) from read_parquet('{quoted(store.shown)}')").fetchall()
        if noted is not None and as_of < noted:
            return
    every = " union all ".join(
        f"select '{source}' as source, grp, person, unit from ({group.rows(source)})" for source, group in LATE.items()
    )
    with atomic(store.shown) as temporary:
        con.execute(
            f"""
            copy (
                with units as (select distinct source, grp, person, unit from ({every})),
                enough as (
                    select source, grp from units group by source, grp
                    having count(distinct person) >= (select value from ops.policy where policy = 'minimum_cell_size')
                )
                select *, date '{as_of}' as as_of from units semi join enough using (source, grp)
            ) to '{quoted(temporary)}' (format parquet, compression zstd)
            """
        )
