"""Audits of a build before it is published: the contract of every table, and the integrity of the whole.

A rule is one entry: a function under `@rule(…)`, which asks the build and gives what it expected and found, table by table.
What the rule means and how a failure is resolved is said once, beside its name. Severity `error` stops the publication,
`warning` is shown and recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import duckdb
import polars as pl

from schemas.column import DUCKDB_TYPES, Column
from schemas.contract import Contract
from schemas.fields import LAST_NUMBER
from schemas.said import Count
from schemas.sources import SOURCES
from schemas.sources.performance import NEWEST
from warehouse.building.inputs import NAMED, led_by
from warehouse.building.models import Model, models
from warehouse.database import quoted
from warehouse.delivery.layouts.written import set_aside
from warehouse.faults import Fault, Faults
from warehouse.people.door import NAME_LIKE, OF_FILES, PROSE, SUSPECT, TITLES, door, known_numbers, names_a_number
from warehouse.store import Store, read_json

Severity = Literal["error", "warning"]
SHARE_TOLERANCE = 1e-6
"""Shares are rounded; a share further from its quotient was computed from other numbers."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One audit's outcome on one table of this very build: a row of `ops.audit_result`, whose columns these are."""

    audit: str
    table_name: str
    column_name: str
    severity: Severity
    passed: bool
    expected: str
    actual: str
    meaning: str
    resolve: str

    def __str__(self) -> str:
        where = f"{self.table_name}.{self.column_name}" if self.column_name else self.table_name
        return f"{self.audit} on {where}: expected {self.expected}, found {self.actual}. {self.resolve}"


class AuditFailed(Exception):
    """At least one audit of severity error failed; the published version stands as it was."""

    def __init__(self, failed: list[Verdict]) -> None:
        self.failed = failed
        super().__init__("Publication stopped. " + " ".join(str(verdict) for verdict in failed))


# ---------------------------------------------------------------- what a rule is


class Outcome(NamedTuple):
    """What a rule found in one place."""

    table: str
    column: str
    """Empty for the whole table."""
    passed: bool
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One audit."""

    name: str
    """Kind and name: `integrity: grain`."""
    severity: Severity
    meaning: str
    resolve: str
    look: Callable[[Build], Iterator[Outcome]]


RULES: dict[str, Rule] = {}
"""Name → rule, in the order in which they are asked."""


def rule(
    name: str, *, severity: Severity = "error", meaning: str, resolve: str
) -> Callable[[Callable[[Build], Iterator[Outcome]]], Callable[[Build], Iterator[Outcome]]]:
    """Register the function below as the rule `name`."""

    def register(look: Callable[[Build], Iterator[Outcome]]) -> Callable[[Build], Iterator[Outcome]]:
        RULES[name] = Rule(name, severity, meaning, resolve, look)
        return look

    return register


@dataclass(frozen=True)
class Build:
    """What rules ask: the open build, and the store for what lies beside it."""

    con: duckdb.DuckDBPyConnection
    store: Store

    def count(self, query: str) -> int:
        """The one number that a query gives."""
        [(number,)] = self.con.execute(query).fetchall()
        return int(number)

    def policy(self, name: str) -> float:
        """The value that this build was made with."""
        [(value,)] = self.con.execute("select value from ops.policy where policy = ?", [name]).fetchall()
        return float(value)

    @cached_property
    def shapes(self) -> Mapping[str, list[tuple[str, str]]]:
        """Table → its columns with their types, as they are."""
        shapes: dict[str, list[tuple[str, str]]] = {}
        for table, name, kind in self.con.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() order by column_index"
        ).fetchall():
            shapes.setdefault(table, []).append((name, kind))
        return shapes

    @cached_property
    def models(self) -> list[Model]:
        """The models whose table has its contract's shape: of another nothing more can be asked."""
        return [model for model in models().values() if self.shapes.get(model.table) == promised(model.contract)]

    @property
    def contracts(self) -> list[Contract]:
        """The contracts of `models`."""
        return [model.contract for model in self.models]


def promised(contract: Contract) -> list[tuple[str, str]]:
    """The columns, with their types, that a contract says."""
    return [(column.name, DUCKDB_TYPES[column.type]) for column in contract.columns]


def audit_build(con: duckdb.DuckDBPyConnection, store: Store) -> list[Verdict]:
    """Every rule's verdicts on the build that `con` has open; its staging views and `ops.delivery` must be there."""
    build = Build(con, store)
    verdicts = []
    for audit in RULES.values():
        faults = Faults()
        with faults.aside(f"audit {audit.name!r}"):
            verdicts += [
                Verdict(
                    audit.name, outcome.table, outcome.column, audit.severity, outcome.passed, outcome.expected,
                    outcome.actual, audit.meaning, audit.resolve,
                )
                for outcome in audit.look(build)
            ]  # fmt: skip
        verdicts += [unanswered(audit.name, "", "", audit.severity, fault) for fault in faults]
    return verdicts


def unanswered(audit: str, table: str, column: str, severity: Severity, fault: Fault) -> Verdict:
    """The verdict of an audit that failed itself: it did not pass, and stops what its severity stops."""
    return Verdict(
        audit, table, column, severity, False, "an answer", f"the audit failed: {fault.error}",
        "Nobody knows whether the build is as it should be: the program failed at the question.",
        "Tell whoever looks after the program the place in the code.",
    )  # fmt: skip


# ---------------------------------------------------------------- the contract of every table

SHAPE = "contract: columns and types"


@rule(
    SHAPE,
    meaning="The table's columns, their order and types are those that dashboards were promised.",
    resolve="Correct the model's SELECT or its header.",
)
def _shape(build: Build) -> Iterator[Outcome]:
    for table, model in models().items():
        actual, expected = build.shapes.get(table, []), promised(model.contract)
        wrong = sorted(f"{name} {kind}" for name, kind in set(actual) ^ set(expected))
        text = "the same" if actual == expected else f"differences in {wrong or 'their order'}"
        yield Outcome(table, "", actual == expected, "the contract's columns and types", text)


@rule(
    "contract: rules",
    meaning="Every value keeps its column's rule: filled where it must be, an allowed word, within its limits.",
    resolve="Look at the named column in the model; if the data is right, the rule in the contract is wrong.",
)
def _rules(build: Build) -> Iterator[Outcome]:
    for contract in build.contracts:
        broken = sorted(broken_rules(build.con, contract).items())
        text = ", ".join(f"{name} ({n} rows)" for name, n in broken) or "0"
        yield Outcome(contract.table, "", not broken, "0 rows against a rule", text)


def broken_rules(con: duckdb.DuckDBPyConnection, contract: Contract) -> Mapping[str, int]:
    """`column: code` of each rule of the contract that rows are against → their number.

    Told by the rules' SQL predicates in one pass over the table, which say the same as the pandera schema does.
    """
    rules = [(f"{column.name}: {known.code}", known.broken) for column in contract.columns for known in column.rules()]
    if not rules:
        return {}
    counts = ", ".join(f"count(*) filter ({broken})" for _, broken in rules)
    [row] = con.execute(f"select {counts} from {contract.table}").fetchall()
    return {name: n for (name, _), n in zip(rules, row, strict=True) if n}


# ---------------------------------------------------------------- the integrity of each table


@rule(
    "integrity: grain",
    meaning="One row per grain of the table: its key occurs once.",
    resolve="Find the join that multiplies rows, or the key that is too short.",
)
def _grain(build: Build) -> Iterator[Outcome]:
    for contract in build.contracts:
        key = ", ".join(contract.key)
        n = build.count(f"select count(*) from (select 1 from {contract.table} group by {key} having count(*) > 1)")
        yield Outcome(contract.table, key, n == 0, f"0 repeated keys, one row per {contract.grain}", str(n))


def _pointers(build: Build) -> Iterator[tuple[Contract, Column, Contract, str]]:
    """Each column that points at a dimension: its table, itself, the dimension, and the rows that must know theirs (SQL)."""
    for contract in build.contracts:
        rows = contract.table
        if contract.name.startswith("dim_"):
            # A dimension's own unknown member knows nothing else either.
            rows = f"(select * from {contract.table} where {contract.key[0]} <> 'unknown')"
        for column in contract.columns:
            if column.references and column.name.endswith("_key") and column.references != contract.table:
                yield contract, column, models()[column.references].contract, rows


@rule(
    "integrity: references",
    meaning="Every row points at a row of its dimension; what is not known points at the dimension's unknown member.",
    resolve="Join to the dimension and coalesce to its unknown member.",
)
def _references(build: Build) -> Iterator[Outcome]:
    for contract, column, target, rows in _pointers(build):
        [key] = target.key
        n = build.count(
            f"select count(*) from {rows} as f left join {target.table} as d on f.{column.name} = d.{key} where d.{key} is null"
        )
        yield Outcome(contract.table, column.name, n == 0, f"0 orphans or nulls towards {target.table}", str(n))


LED_BY = {
    "program_key": "class_key", "start_date_key": "class_key", "end_date_key": "class_key", "unit_key": "employee_key",
}  # fmt: skip
"""Pointer → the one of the same row that leads to it: where that is unknown, so is this, and it is told of that alone."""


@rule(
    "integrity: unknown share",
    severity="warning",
    meaning="Rows whose dimension's row was never delivered, though others of its list were.",
    resolve="Ask the sender for the missing reference rows.",
)
def _unknown(build: Build) -> Iterator[Outcome]:
    tolerated = build.policy("audit_unknown_share")
    for contract, column, target, rows in _pointers(build):
        if not build.count(
            f"select count(*) from {target.table} where {target.key[0]}::varchar not in ('unknown', '0')"
        ):
            continue  # Of a list that never came `integrity: known codes` tells, once.
        leader = LED_BY.get(column.name)
        is_led = f"{leader} <> 'unknown'" if leader in contract.names else "true"
        [(unknown, n)] = build.con.execute(
            f"select count(*) filter ({column.name}::varchar in ('unknown', '0')), count(*) from {rows} as f where {is_led}"
        ).fetchall()
        share = unknown / n if n else 0.0
        yield Outcome(
            contract.table, column.name, share <= tolerated, f"at most {tolerated:.0%} unknown in {target.table}",
            f"{unknown} of {n} ({share:.1%})",
        )  # fmt: skip


@rule(
    "integrity: known codes",
    severity="warning",
    meaning="What is told of a class, a program, an office, a narasumber or a flag is of one that there is; rows of another count in none.",
    resolve="Look whether the code was mistyped, and whether the list was sent in which it stands.",
)
def _known_codes(build: Build) -> Iterator[Outcome]:
    pointers = led_by()
    listed = {home.name: build.count(f"select count(*) from staging.{home.name}") for _, _, home in pointers}
    for name, n in listed.items():
        lost = {
            contract.name: build.count(f"select count({column.name}) from staging.{contract.name}")
            for contract, column, home in pointers
            if home.name == name and not n
        }
        wait = f"none; {Count(sum(lost.values())):row/rows} of {', '.join(one for one in lost if lost[one])} lead to it"
        yield Outcome(f"staging.{name}", "", not any(lost.values()), "a list that others lead to", wait if lost else "")
    homes = [
        (contract.name, column.name, home.name, f"select {home.key[0]} from staging.{home.name}")
        for contract, column, home in pointers
        if column.privacy == "public" and listed[home.name]
    ]
    if "marts.follow_up_outcome" in build.shapes:
        known = "select flag_id from marts.follow_up_outcome where is_known"
        homes.append(("follow_ups", "flag_id", "curriculum_flag", known))
    for source, name, home_name, known in homes:
        strangers = build.con.execute(
            f"""
            select s.{name}, count(*), min(f.shown), count(distinct f.shown) - 1
            from staging.{source} as s
            left join staging.shown_file as f
                on f.address = concat('{source}/', strftime(s.delivery_month, '%Y-%m'), '/', s.source_file)
            where s.{name} not in ({known})
            group by 1 order by 2 desc, 1
            """
        ).fetchall()
        told = [
            f"{Count(n):row/rows} of {code} ({file}{f' and {more} more' if more else ''})"
            for code, n, file, more in strangers[:NAMED]
        ] + [f"{Count(len(strangers) - NAMED):code/codes} more"][: len(strangers) > NAMED]
        yield Outcome(
            f"staging.{source}", name, not strangers, f"codes that {home_name} has", ", ".join(told) or "the same"
        )


@rule(
    "integrity: numbers",
    meaning="A number is finite or unknown (empty); a division by zero is neither.",
    resolve="Put nullif(…, 0) around the denominator.",
)
def _numbers(build: Build) -> Iterator[Outcome]:
    for contract in build.contracts:
        columns = [column.name for column in contract.columns if column.type == "number"]
        if columns:
            counts = ", ".join(f"count(*) filter (not isfinite({column}))" for column in columns)
            [row] = build.con.execute(f"select {counts} from {contract.table}").fetchall()
            broken = {column: n for column, n in zip(columns, row, strict=True) if n}
            text = ", ".join(f"{column} ({n} rows)" for column, n in broken.items()) or "0"
            yield Outcome(contract.table, ", ".join(broken), not broken, "0 infinite or undefined numbers", text)


@rule(
    "integrity: shares",
    meaning="A share is its numerator over its denominator, and unknown (empty, not 0) without a denominator.",
    resolve="Look at how the model computes it.",
)
def _shares(build: Build) -> Iterator[Outcome]:
    for contract in build.contracts:
        for column in contract.columns:
            if column.share_of:
                part, whole = column.share_of
                quotient = f"cast({part} as double) / nullif({whole}, 0)"
                n = build.count(
                    f"select count(*) from {contract.table} where ({column.name} is null) <> ({quotient} is null) "
                    f"or abs({column.name} - {quotient}) > {SHARE_TOLERANCE}"
                )
                yield Outcome(contract.table, column.name, n == 0, f"0 rows that are not {part} ÷ {whole}", str(n))


@rule(
    "integrity: small groups",
    meaning="What would tell about few people is left out, and nothing is computed from it, whoever wrote it.",
    resolve="Look at the model's `small_groups`; the engine leaves out what they name.",
)
def _small_groups(build: Build) -> Iterator[Outcome]:
    least = "(select value from ops.policy where policy = 'minimum_cell_size')"
    for model in build.models:
        contract = model.contract
        smalls = []
        for group in contract.small_groups:
            small = f"coalesce({group.people} > 0 and {group.people} < {least}, false)"
            smalls.append(small)
            filled = " or ".join(f"{name} is not null" for name in group.hides)
            n = build.count(f"select count(*) from {contract.table} where {small} and ({filled})")
            expected = "0 rows with numbers about fewer people than minimum_cell_size"
            yield Outcome(contract.table, ", ".join(group.hides), n == 0, expected, str(n))
        if smalls:
            left_out = " or ".join(smalls)
            wrong = f"({left_out}) and not is_suppressed"
            if not _may_inherit(model):
                wrong += f" or is_suppressed and not ({left_out})"
            n = build.count(f"select count(*) from {contract.table} where {wrong}")
            yield Outcome(
                contract.table, "is_suppressed", n == 0, "0 rows that do not say whether numbers are left out", str(n)
            )


def _may_inherit(model: Model) -> bool:
    """Whether `is_suppressed` may be true of a row because of what another table left out, though its own groups are
    large enough."""
    return "is_suppressed" in model.words


@rule(
    "integrity: intervals",
    meaning="Versions of one member follow each other; on any day at most one holds.",
    resolve="Look at the change detection in the model.",
)
def _intervals(build: Build) -> Iterator[Outcome]:
    for contract in build.contracts:
        if {"valid_from", "valid_to"} <= set(contract.names):
            natural = contract.names[1]  # beside the surrogate key, by the naming rule of dimensions
            n = build.count(
                f"select count(*) from (select valid_from, valid_to, lead(valid_from) over "
                f"(partition by {natural} order by valid_from, valid_to) as next_from from {contract.table}) "
                "where valid_from >= valid_to or next_from < valid_to"
            )
            yield Outcome(contract.table, "valid_from", n == 0, "0 empty or overlapping intervals", str(n))


# ---------------------------------------------------------------- the integrity of the whole


@rule(
    "integrity: rows kept",
    meaning="Every accepted row is in the fact exactly once, or in one of those that share it.",
    resolve="A join lost or multiplied rows: join to unique keys, from the left.",
)
def _rows_kept(build: Build) -> Iterator[Outcome]:
    facts = [model for model in build.models if model.contract.name.startswith("fact_")]
    for model in facts:
        n_in = build.count(f"select count(*) from {model.driver}")
        sharing = [fact.table for fact in facts if fact.driver == model.driver]
        n_out = sum(build.count(f"select count(*) from {table}") for table in sharing)
        yield Outcome(
            model.table, "", n_in == n_out, f"{n_in} rows in {' and '.join(sharing)}, as in {model.driver}", str(n_out)
        )


@rule(
    "integrity: nobody is named",
    meaning="No number of an employee, and no whole name in what senders wrote, is in a table that is published.",
    resolve="What senders wrote goes through warehouse.people.door before it is a row: let the named column, too.",
)
def _nobody_is_named(build: Build) -> Iterator[Outcome]:
    through, numbers = door(build.store), known_numbers(build.store)
    for table, columns in build.shapes.items():
        model = models().get(table)
        coded = {c.name for c in model.contract.columns if c.privacy != "public" or c.references} if model else set()
        for column in [name for name, kind in columns if kind == "VARCHAR" and name not in coded]:
            if not table.startswith(("core.", "marts.", "ops.")):
                continue
            in_words = column in PROSE | TITLES | OF_FILES | {"comment"}
            is_code = column.endswith(("_id", "_code"))
            # Each text is looked at once, and not each row of a fact.
            texts = pl.Series(
                [text for (text,) in build.con.execute(f"select distinct {column} from {table}").fetchall() if text],
                dtype=pl.String,
            )
            if not in_words:
                texts = texts.filter(texts.str.contains(f"{SUSPECT}|{NAME_LIKE}" if is_code else SUSPECT))
            n = sum(
                names_a_number(text, numbers)
                or (in_words and through.names.names_somebody(text))
                or (is_code and through.named(text) != text)
                for text in texts
            )
            if len(texts):
                yield Outcome(table, column, n == 0, "0 texts with an employee's number or name", str(n))


@rule(
    "integrity: reconciliation",
    meaning="Rows read = accepted + refused + duplicates, for every file.",
    resolve="Read the month again: `diklat refresh --full`.",
)
def _reconciliation(build: Build) -> Iterator[Outcome]:
    n = build.count("select count(*) from ops.delivery where n_read <> n_accepted + n_refused + n_duplicate")
    yield Outcome("ops.delivery", "n_read", n == 0, "0 files that do not add up", str(n))


@rule(
    "integrity: staging",
    meaning="No accepted row was lost on the disk: the staging files hold what their manifests say.",
    resolve="Read the month again: `diklat refresh --full`.",
)
def _staging(build: Build) -> Iterator[Outcome]:
    wrong = []
    for source in SOURCES:
        for path in sorted((build.store.staging / source).glob("*.parquet")):
            manifest = read_json(path.with_suffix(".json")) or {"n_accepted": "no manifest"}
            n = build.count(f"select count(*) from read_parquet('{quoted(path)}')")
            if n != manifest["n_accepted"]:
                wrong.append(f"{source}/{path.stem}: {n} rows, manifest {manifest['n_accepted']}")
    yield Outcome("staging", "", not wrong, "as many rows as the manifests say", "; ".join(wrong) or "the same")


NAMES = ("class_id", "project_id", "flag_id")
"""What a row is about, by whose code whoever mends it finds it."""


def _named(build: Build, table: str) -> str:
    """The column of a table that says what a row is about; of people it is nobody's."""
    columns = {name for name, _ in build.shapes.get(table, ())}
    return next((name for name in NAMES if name in columns), "null")


def _counted(build: Build, query: str) -> tuple[int, str]:
    """How many rows a query gives, and that with the first of their codes."""
    rows = build.con.execute(f"select code, count(*) from ({query}) group by 1 order by 2 desc, 1").fetchall()
    n, codes = sum(n for _, n in rows), [code for code, _ in rows if code]
    named = f": {', '.join(codes[:NAMED])}{', …' if len(codes) > NAMED else ''}" if codes else ""
    return n, f"{n:,}{named}"


DAY = "case when {column} > 99999999 then {column} // 100 else {column} end"
"""The day, as yyyymmdd, of a session that is known by its day or a part of it."""
IMPOSSIBLE = {
    (
        "core.dim_session",
        "session_date",
    ): "select t.class_id as code from core.dim_session as t inner join core.dim_class as c using (class_key) "
    "where t.session_date < c.start_date or t.session_date > c.end_date",
    (
        "core.fact_attendance",
        "session_no",
    ): "select t.class_id as code from core.fact_attendance as t inner join core.dim_class as c using (class_key) "
    f"where t.session_no > {LAST_NUMBER} and ({DAY.format(column='t.session_no')} < cast(strftime(c.start_date, '%Y%m%d') as bigint) "
    f"or {DAY.format(column='t.session_no')} > cast(strftime(c.end_date, '%Y%m%d') as bigint))",
    (
        "core.fact_assessment",
        "assessed_date_key",
    ): "select t.class_id as code from core.fact_assessment as t inner join core.dim_class as c using (class_key) "
    "inner join core.dim_date as d on t.assessed_date_key = d.date_key "
    "where (t.kind = 'post' and d.date_on < c.start_date) or (t.kind = 'pre' and d.date_on > c.ended_on)",
    (
        "core.fact_observation",
        "observed_date_key",
    ): "select t.class_id as code from core.fact_observation as t inner join core.dim_class as c using (class_key) "
    "inner join core.dim_date as d on t.observed_date_key = d.date_key cross join ops.run as r "
    "where d.date_on > r.as_of or (t.phase = 'after' and d.date_on < c.start_date) or (t.phase = 'before' and d.date_on > c.ended_on)",
    (
        "core.fact_survey_response",
        "submitted_date_key",
    ): "select c.class_id as code from core.fact_survey_response as t inner join core.dim_class as c using (class_key) "
    "where t.submitted_date_key > 0 and t.submitted_date_key < cast(strftime(c.start_date, '%Y%m%d') as bigint)",
}
"""(table, column) → its rows whose day cannot be, seen beside what other sources say."""
AHEAD = {
    ("core.fact_attendance", "date_key"): "t.date_key > r.today and t.is_present is not null",
    ("core.fact_enrolment", "status"): "t.status = 'completed' and t.start_date_key > r.today",
    ("core.fact_assessment", "assessed_date_key"): "t.assessed_date_key > r.today",
    ("core.fact_survey_response", "submitted_date_key"): "t.submitted_date_key > r.today",
    ("core.fact_performance", "period_start"): "t.period_start > r.as_of",
    ("core.fact_service_satisfaction", "period_start"): "t.period_start > r.as_of",
    ("core.fact_project_progress", "month_date_key"): "t.month_date_key > r.today and t.actual_pct is not null",
    ("core.fact_follow_up", "decided_on"): "t.decided_on > r.as_of",
    ("core.fact_follow_up", "done_on"): "t.done_on > r.as_of",
}
"""(table, column) → which rows tell as done what is of a day after the as-of date."""


@rule(
    "integrity: days that can be",
    severity="warning",
    meaning="No session lies outside its class, no test, answer or observation on the wrong side of it, and what has happened is not of a day to come.",
    resolve="Ask the office for the dates of the class, or of the rows, and whether its code was that of another class before; they are counted as they were delivered until then.",
)
def _days(build: Build) -> Iterator[Outcome]:
    today = "(select as_of, cast(strftime(as_of, '%Y%m%d') as bigint) as today from ops.run) as r"
    ahead = {
        (table, column): f"select {_named(build, table)} as code from {table} as t cross join {today} where {is_ahead}"
        for (table, column), is_ahead in AHEAD.items()
    }
    for table, column in IMPOSSIBLE | ahead:
        query = " union all ".join(asked[table, column] for asked in (IMPOSSIBLE, ahead) if (table, column) in asked)
        if table in {contract.table for contract in build.contracts}:
            n, names = _counted(build, query)
            yield Outcome(table, column, n == 0, "0 days that cannot be", names)


@rule(
    "integrity: tests on one scale",
    severity="warning",
    meaning="The tests before and after a class are on one scale: none of them is nowhere above a tenth of the highest score while the other comes near it.",
    resolve="Ask the office for both tests on one scale; until then nothing is told of what the class learned.",
)
def _tests(build: Build) -> Iterator[Outcome]:
    n, names = _counted(
        build,
        "select class_id as code from core.fact_assessment where score_pct is null and score is not null and max_score > 0",
    )
    yield Outcome("core.fact_assessment", "score_pct", n == 0, "0 tests on two scales", names)


@rule(
    "integrity: progress that only grows",
    severity="warning",
    meaning="The progress of no project, planned or actual, falls from one delivered month to the next: it is cumulative.",
    resolve="Ask the office whether it sent the progress of each month; it is counted as cumulative until then.",
)
def _progress(build: Build) -> Iterator[Outcome]:
    for name in ("planned_pct", "actual_pct"):
        falls = f"{name} < lag({name}) over (partition by project_id order by month_start)"
        n, names = _counted(
            build,
            f"select project_id as code from (select project_id, {falls} as falls from core.fact_project_progress) where falls",
        )
        yield Outcome("core.fact_project_progress", name, n == 0, "0 months whose progress is below that before", names)


@rule(
    "integrity: predicates that ratings give",
    severity="warning",
    meaning="A predicate of performance is the one that its two ratings give by the matrix of PermenPANRB 6/2022.",
    resolve="Ask the office for both; each is counted as it was delivered until then.",
)
def _predicates(build: Build) -> Iterator[Outcome]:
    n, offices = _counted(
        build,
        "select u.opd_code as code from core.fact_performance as f left join core.dim_unit as u on f.unit_key = u.unit_key "
        f"where f.regime = '{NEWEST}' and f.predicate <> f.predicate_expected",
    )
    yield Outcome("core.fact_performance", "predicate", n == 0, "0 predicates that contradict their ratings", offices)


@rule(
    "integrity: typed inputs",
    severity="warning",
    meaning="What the city wrote is in force: profiles, limits, further names of units.",
    resolve="Mend the named line; until then the rest of the file and the shipped values hold.",
)
def _written(build: Build) -> Iterator[Outcome]:
    flaws = set_aside(build.store)
    yield Outcome("written files", "", not flaws, "nothing set aside", " ".join(map(str, flaws)) or "the same")
