"""What is expected of a whole build, checked by Great Expectations on aggregates: volumes, distributions, drift against
the last published version, freshness of sources and offices.

An expectation is one entry of `EXPECTATIONS`. It sees aggregates only, so its page carries nothing about a person. Great
Expectations takes seconds and 200 MB to import: it is imported where it is asked, and nowhere else; a run has a process of its own for
it (`beside`).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from warehouse.auditing import pages as data_docs
from warehouse.auditing.integrity import Severity, Verdict, unanswered
from warehouse.code import code_version, library_versions
from warehouse.database import parquet_of, show_version
from warehouse.faults import Faults
from warehouse.store import digest, read_json, write_json

SHOWN = 5
"""Unexpected rows that a verdict names."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation on one frame of aggregates."""

    name: str
    table: str
    column: str
    severity: Severity
    frame: str
    """SELECT over the build; `last.<table>` is the last published version's table (empty where there is none)."""
    key: tuple[str, ...]
    """Columns that name a row of the frame."""
    kind: str
    """Class of Great Expectations."""
    rule: Mapping[str, Any]
    """Its arguments; a text that begins with `policy:` is that value of `ops.policy`."""
    expected: str
    meaning: str
    resolve: str
    is_guard: bool = False
    """Whether it guards the last published version against one that holds less; a loss that is meant may be allowed."""

    @property
    def audit(self) -> str:
        """Kind and name, as its verdicts bear it."""
        return f"expectation: {self.name}"


BROUGHT = """
    select folder, count(distinct sha256) as n_files, cast(sum(n_accepted) as bigint) as n_rows,
        bool_and(sha256 in (select sha256 from ops.delivery)) as is_kept
    from last.delivery where n_accepted > 0 group by folder
"""
"""Folders of the landing area that the last version was made of, and whether all of that is there, if only elsewhere."""
GONE = f"select folder from ({BROUGHT}) where not is_kept and folder not in (select folder from ops.delivery)"
"""Of them, those that are empty now."""
HELD = """
    select 'rows of ' || source as held, cast(sum(n_accepted) as bigint) as n from {schema}.delivery group by source
    union all select 'people', count(distinct employee_id) from {core}.dim_employee where employee_key <> 'unknown'
    union all select 'classes', count(*) from {core}.dim_class where class_key <> 'unknown'
    union all select 'judged flags', count(*) from {marts}.curriculum_flag where state <> 'DATA_KURANG'
"""
"""What a version holds, kind by kind."""
MEANT = "If the loss is meant: `diklat refresh --allow-loss`, in Dagster's launchpad `allow_loss: true`."
RESTORE = f"Bring back what is missing. {MEANT}"
GO_BACK = f"Refresh as of the published day or a later one. If the published day was a mistake: `diklat rollback`, then `diklat release`. {MEANT}"
PAIR, BETWEEN = "ExpectColumnPairValuesAToBeGreaterThanB", "ExpectColumnValuesToBeBetween"
LAST = ("ops.run", "ops.delivery", "core.dim_employee", "core.dim_class", "marts.reaction", "marts.curriculum_flag")
"""Tables of the last version that expectations look at."""
EXPECTATIONS = (
    # The guards against loss. An earlier day, and a month that went away, take more with them: they are named alone.
    Expectation(
        "no day before the published one", "ops.run", "as_of", "error",
        """
        select concat('as of ', r.as_of, ', published as of ', l.as_of) as missing, date_diff('day', l.as_of, r.as_of) as days
        from ops.run as r cross join last.run as l
        """,
        ("missing",), BETWEEN, {"column": "days", "min_value": 0},
        "an as-of date not before that of the published version",
        "Readers would be put back to an earlier day.",
        GO_BACK, is_guard=True,
    ),
    Expectation(
        "no delivered month went away", "ops.delivery", "folder", "error",
        f"""
        select concat(b.folder, ': ', b.n_files, ' files with ', b.n_rows, ' rows, last published as of ', l.as_of) as missing,
            cast(g.folder is null as int) as is_there
        from ({BROUGHT}) as b cross join ops.run as r inner join last.run as l on l.as_of <= r.as_of
        left join ({GONE}) as g on b.folder = g.folder
        """,
        ("missing",), BETWEEN, {"column": "is_there", "min_value": 1},
        "files in every folder of the landing area that the published version was made of",
        "A month was deleted, or the landing area was emptied or is not mounted: its rows would be gone from every number.",
        RESTORE, is_guard=True,
    ),
    Expectation(
        "no collapse", "ops.delivery", "n_accepted", "error",
        f"""
        with now as ({HELD.format(schema="ops", core="core", marts="marts")}),
        before as ({HELD.format(schema="last", core="last", marts="last")})
        select concat(b.held, ': ', coalesce(n.n, 0), ' of ', b.n, ' published as of ', l.as_of) as missing,
            coalesce(n.n, 0) / cast(b.n as double) as kept_share
        from before as b cross join ops.run as r inner join last.run as l on l.as_of <= r.as_of
        left join now as n on b.held = n.held
        where b.n >= (select value from ops.policy where policy = 'loss_minimum') and not exists ({GONE})
        """,
        ("missing",), BETWEEN, {"column": "kept_share", "min_value": "policy:loss_kept_share"},
        "of each source's rows, of people, classes and judged flags at least the least share of the published version",
        "So much is missing that the numbers would be of another city.",
        RESTORE, is_guard=True,
    ),
    Expectation(
        "rows of a delivered month against the last version", "ops.delivery", "n_accepted", "warning",
        """
        with now as (select source, month, sum(n_accepted) as n_now from ops.delivery group by source, month),
        before as (select source, month, sum(n_accepted) as n_before from last.delivery group by source, month)
        select source, month, n_before, coalesce(n_now, 0) as n_now, coalesce(n_now, 0) / cast(n_before as double) as kept_share
        from before left join now using (source, month)
        where n_before > 0 and month <= strftime((select as_of from ops.run), '%Y-%m')
        """,
        ("source", "month"), BETWEEN, {"column": "kept_share", "min_value": "policy:audit_rows_kept_share"},
        "no month lost more than the tolerated share of its rows",
        "A month that held many more rows in the last version: a file was cut, replaced by a smaller one or refused.",
        "Compare the month's files with what was delivered before; `diklat rollback` goes back to the last version.",
    ),
    Expectation(
        "refused rows", "ops.delivery", "n_refused", "warning",
        """
        select source, sum(n_refused) as n_refused, sum(n_read) as n_read,
            cast(sum(n_refused) as double) / nullif(sum(n_read), 0) as refused_share
        from ops.delivery group by source
        """,
        ("source",), BETWEEN, {"column": "refused_share", "max_value": "policy:audit_refused_share"},
        "no source has more than the tolerated share refused",
        "Refused rows are missing from every number below.",
        "Send the workbooks in restricted/returned back to the offices and ask for corrected files.",
    ),
    Expectation(
        "attendance by month", "marts.class_participants", "n_sessions_attended", "warning",
        """
        select year(c.start_date) as year, month(c.start_date) as month, sum(p.n_sessions_known) as n_known,
            cast(sum(p.n_sessions_attended) as double) / sum(p.n_sessions_known) as attended_share
        from marts.class_participants as p inner join core.dim_class as c on p.class_id = c.class_id
        where p.n_sessions_known > 0 and p.n_sessions_attended is not null
        group by year(c.start_date), month(c.start_date) having sum(p.n_sessions_known) >= 30
        """,
        ("year", "month"), BETWEEN, {"column": "attended_share", "min_value": "policy:audit_attendance_share"},
        "in every month more than the least plausible share was present",
        "So few present people are rather a list filled in wrongly than empty rooms.",
        "Look at the attendance lists of the month: which words do they use for present?",
    ),
    Expectation(
        "response by month", "marts.reaction", "response_rate", "warning",
        """
        select year(c.end_date) as year, month(c.end_date) as month, sum(r.n_expected) as n_expected,
            sum(r.n_respondents) / cast(sum(r.n_expected) as double) as response_rate
        from marts.reaction as r inner join core.dim_class as c on r.class_id = c.class_id
        where r.aspect = 'MATERI' and r.is_whole_class and r.n_expected > 0 and r.n_respondents is not null
        group by year(c.end_date), month(c.end_date) having sum(r.n_expected) >= 30
        """,
        ("year", "month"), BETWEEN, {"column": "response_rate", "min_value": "policy:audit_response_rate"},
        "in every month more than the least share answered",
        "Where few answer, satisfaction says little about the participants.",
        "Ask the organisers of the month's classes to hand out the form before people leave.",
    ),
    Expectation(
        "satisfaction against the last version", "marts.reaction", "index_0_100", "warning",
        """
        with now as (
            select aspect, sum(index_0_100 * n_respondents)
                / nullif(sum(case when index_0_100 is not null then n_respondents end), 0) as index_now from marts.reaction
            where is_whole_class and not is_repeated and n_respondents > 0 group by aspect
        ),
        before as (
            select aspect, sum(index_0_100 * n_respondents)
                / nullif(sum(case when index_0_100 is not null then n_respondents end), 0) as index_before from last.reaction
            where is_whole_class and not is_repeated and n_respondents > 0 group by aspect
        )
        select aspect, index_now, index_before, index_now - index_before as change from now inner join before using (aspect)
        """,
        ("aspect",), BETWEEN,
        {"column": "change", "min_value": "policy:-audit_index_drift", "max_value": "policy:audit_index_drift"},
        "no aspect's mean index moved more than the tolerated points",
        "So much movement over all classes from one version to the next is rather a scale or a file than the trainings.",
        "Look at the plan of this version: which deliveries changed? Which scale do the new forms declare?",
    ),
    Expectation(
        "flags against the last version", "marts.curriculum_flag", "state", "warning",
        """
        select 'all flags' as flags, count(*) as n_flags,
            cast(count(case when n.state <> b.state then 1 end) as double) / nullif(count(*), 0) as changed_share
        from marts.curriculum_flag as n inner join last.curriculum_flag as b on n.flag_id = b.flag_id
        having count(*) >= 20
        """,
        ("flags",), BETWEEN, {"column": "changed_share", "max_value": "policy:audit_flags_changed"},
        "no more than the tolerated share of the flags changed its state",
        "Many flags at once change with the policy or with a large delivery, seldom with the trainings.",
        "Look at the plan of this version: which flags changed, and did a policy value?",
    ),
    Expectation(
        "sources keep their rhythm", "ops.delivery", "month", "warning",
        """
        with months as (
            select distinct source, cast(month || '-01' as date) as month from ops.delivery where n_accepted > 0
        ),
        gaps as (
            select source, month, date_diff('month', lag(month) over (partition by source order by month), month) as gap
            from months
        )
        select source, max(month) as last_month, coalesce(max(gap), 1) + 1 as longest_gap_and_one,
            date_diff('month', max(month), (select as_of from ops.run)) as months_silent
        from gaps group by source having count(*) >= 3
        """,
        ("source", "last_month"), PAIR,
        {"column_A": "longest_gap_and_one", "column_B": "months_silent", "or_equal": True},
        "no source is silent for longer than its longest gap so far and one month",
        "A source that used to come has stopped coming: its numbers stand still.",
        "Ask the sender; the report says which numbers stand on which month.",
    ),
    Expectation(
        "offices keep reporting", "core.fact_performance", "period_end", "warning",
        """
        select u.opd_code, max(f.period_end) as last_period_end,
            date_diff('month', max(f.period_end), (select as_of from ops.run)) as months_silent
        from core.fact_performance as f inner join core.dim_unit as u on f.unit_key = u.unit_key
        where u.opd_code is not null and u.unit_code <> 'unknown'
            and u.opd_code in (select opd_code from core.dim_unit where valid_to > (select as_of from ops.run))
        group by u.opd_code
        """,
        ("opd_code", "last_period_end"), BETWEEN,
        {"column": "months_silent", "max_value": "policy:audit_office_silent"},
        "no office is silent for longer than tolerated",
        "The office's staff have no recent performance rating: effects of their trainings cannot be seen.",
        "Ask the office for its e-Kinerja export.",
    ),
    Expectation(
        "every answer is counted in a reaction", "marts.reaction", "n_answers", "error",
        """
        with facts as (
            select c.class_id, count(f.score) as n_scores
            from core.fact_survey_response as f inner join core.dim_class as c on f.class_key = c.class_key
            left join core.dim_date as d on f.submitted_date_key = d.date_key cross join ops.run as r
            where c.class_key <> 'unknown' and coalesce(d.date_on <= r.as_of, true) group by c.class_id
        ),
        marts as (select class_id, sum(n_answers) as n_answers from marts.reaction where is_whole_class group by class_id)
        select count(*) as n_classes, sum(n_scores) as n_scores, coalesce(sum(n_answers), 0) as n_answers
        from facts left join marts using (class_id) having count(*) > 0
        """,
        ("n_classes",), "ExpectColumnPairValuesToBeEqual", {"column_A": "n_scores", "column_B": "n_answers"},
        "as many answers in the mart as scores in the fact",
        "An answer that no aspect counts would change a flag without a trace.",
        "Look at the aspects of dim_survey_item and at the join in marts.reaction.",
    ),
    Expectation(
        "intervals hold their shares", "marts.reaction", "dissatisfied_share", "error",
        """
        select aspect, count(*) as n_rows, min(least(dissatisfied_share - wilson_low, wilson_high - dissatisfied_share)) as room
        from marts.reaction where dissatisfied_share is not null group by aspect
        """,
        ("aspect",), BETWEEN, {"column": "room", "min_value": -1e-9},
        "wilson_low ≤ dissatisfied_share ≤ wilson_high",
        "An interval that does not hold its own share was computed from other numbers.",
        "Look at marts.reaction.",
    ),
    Expectation(
        "hours met by no more than are known", "marts.training_hours", "n_floor_met", "error",
        """
        select year, employment_type, sum(n_jp_known) as n_jp_known, sum(n_floor_met) as n_floor_met
        from marts.training_hours where n_floor_met is not null group by year, employment_type
        """,
        ("year", "employment_type"), PAIR, {"column_A": "n_jp_known", "column_B": "n_floor_met", "or_equal": True},
        "n_floor_met ≤ n_jp_known",
        "More people who met the floor than people whose hours are known.",
        "Look at marts.training_hours.",
    ),
    Expectation(
        "a mart is not empty while its fact is not", "marts", "", "error",
        """
        select mart, cast(n_fact > 0 as int) as has_facts, cast(n_mart > 0 as int) as has_rows from (
            select 'reaction' as mart, (select count(*) from core.fact_survey_response where class_key <> 'unknown') as n_fact,
                (select count(*) from marts.reaction) as n_mart
            union all select 'training_hours', (
                    -- Hours are counted in the years of the calendar.
                    select count(*)
                    from core.fact_enrolment as f
                    inner join core.dim_class as c on f.class_key = c.class_key
                    inner join ops.run as r on c.ended_on <= r.as_of
                    where f.employee_key <> 'unknown' and f.status <> 'withdrawn'
                        and year(c.ended_on) in (select year from core.dim_date)
                ),
                (select count(*) from marts.training_hours)
            union all select 'service_satisfaction_index', (select count(*) from core.fact_service_satisfaction),
                (select count(*) from marts.service_satisfaction_index)
            union all select 'class_scorecard', (select count(*) from core.dim_class where class_key <> 'unknown'),
                (select count(*) from marts.class_scorecard)
        )
        """,
        ("mart",), PAIR, {"column_A": "has_rows", "column_B": "has_facts", "or_equal": True},
        "rows wherever there are facts",
        "A dashboard would show nothing and nobody would know why.",
        "Look at the joins of the named mart.",
    ),
)  # fmt: skip

GUARDS = frozenset(expectation.audit for expectation in EXPECTATIONS if expectation.is_guard)
"""Audits that a loss which is meant may fail."""


def check(
    con: duckdb.DuckDBPyConnection, last: Path | None, docs: Path, by: Callable[..., tuple[Verdict, str]]
) -> list[Verdict]:
    """Check every expectation on the build that `con` has open, `by` what answers as `ask` does; the page with the evidence goes into the
    folder `docs`.

    `last` is the folder of the last published version, or None. A frame without rows expects nothing. An expectation that
    cannot be asked has not passed. What was answered of the very same aggregates before is not asked again: the answers are kept
    beside `docs`.
    """
    kept = docs.with_name("expectations.json")
    found, answers = read_json(kept), {}
    before = found if isinstance(found, dict) else {}
    policy = dict(con.execute("select policy, value from ops.policy").fetchall())
    _show_last(con, last)
    verdicts, evidences = [], []
    for expectation in EXPECTATIONS:
        faults = Faults()
        with faults.aside(f"audit {expectation.audit!r}"):
            # In order: a verdict names the first rows, and must name the same ones every time.
            frame = con.sql(expectation.frame).df().sort_values(list(expectation.key), ignore_index=True)
            for column in frame.select_dtypes(exclude="number"):
                frame[column] = frame[column].astype(str).astype(object)
            arguments = {key: _value(value, policy) for key, value in expectation.rule.items()}
            asked = digest([_VERSION, asdict(expectation), arguments, frame.to_dict("split")])
            verdict, shown = _kept(before.get(asked)) or by(expectation, frame, arguments)
            answers[asked] = [asdict(verdict), shown]
        for fault in faults:
            shown = ""
            verdict = unanswered(expectation.audit, expectation.table, expectation.column, expectation.severity, fault)
        verdicts.append(verdict)
        evidences.append(shown)
    con.execute("drop schema last cascade")
    if last is not None:
        con.execute("detach published")
    write_json(kept, answers)
    data_docs.write_expectations(docs, verdicts, evidences)
    return verdicts


_VERSION = [code_version("warehouse/auditing"), library_versions("great-expectations", "pandas")]
"""What an answer depends on beside what is asked."""


def _kept(answer: Any) -> tuple[Verdict, str] | None:
    """An answer as it was kept; None where there is none, or where it is not what was written: it is asked again."""
    try:
        verdict, shown = answer
        return Verdict(**verdict), str(shown)
    except (TypeError, ValueError):
        return None


def ask(expectation: Expectation, frame: pd.DataFrame, arguments: Mapping[str, Any]) -> tuple[Verdict, str]:
    """Great Expectations' verdict on the frame, and what it shows of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        import great_expectations.expectations as kinds

        notes = {"notes": {"format": "markdown", "content": f"{expectation.meaning} {expectation.resolve}"}}
        severity = "critical" if expectation.severity == "error" else "warning"
        asked = getattr(kinds, expectation.kind)(**arguments, severity=severity, meta=notes)
        result = (
            load()
            .get_batch({"dataframe": frame})
            .validate(
                gx.ExpectationSuite(name=expectation.name, expectations=[asked]),
                result_format={"result_format": "COMPLETE", "unexpected_index_column_names": list(expectation.key)},
            )
        )
        return _verdict(expectation, frame, arguments, result), data_docs.evidence(result)


@cache
def load() -> Any:
    """Where Great Expectations takes frames from: one for all of a process, for each further one would write the whole configuration
    anew."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    # The default would leave a folder for pages in the temporary folder each time.
    config = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False))
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return (
        context.data_sources.add_pandas("aggregates")
        .add_dataframe_asset("aggregate")
        .add_batch_definition_whole_dataframe("whole")
    )


def _value(value: Any, policy: Mapping[str, float]) -> Any:
    if isinstance(value, str) and value.startswith("policy:"):
        name = value.removeprefix("policy:")
        return -policy[name[1:]] if name.startswith("-") else policy[name]
    return value


def _show_last(con: duckdb.DuckDBPyConnection, last: Path | None) -> None:
    """The tables of the last version that expectations look at, as views of the schema `last`; empty where it has no such
    table, or column. They lead to the database `published`."""
    con.execute("create or replace schema last")
    if last is not None:
        show_version(con, last, "published")
    for table in LAST:
        is_there = last is not None and parquet_of(last / "parquet", table).exists()
        # What an older program made may lack a column.
        older = f" union all by name select * from published.{table}" if is_there else ""
        con.execute(f"create view last.{table.split('.')[1]} as select * from {table} where false{older}")


def _verdict(expectation: Expectation, frame: pd.DataFrame, arguments: Mapping[str, Any], result: Any) -> Verdict:
    [outcome] = result.results
    if outcome.exception_info.get("raised_exception"):
        raise RuntimeError(f"Expectation {expectation.name!r}: {outcome.exception_info['exception_message']}")
    rows = outcome.result.get("unexpected_index_list") or []
    named = "; ".join(
        row["missing"] if expectation.is_guard else " ".join(f"{key} {value}" for key, value in row.items())
        for row in rows[:SHOWN]
    )
    limits = ", ".join(f"{key} {value:g}" for key, value in arguments.items() if isinstance(value, float))
    return Verdict(
        expectation.audit, expectation.table, expectation.column, expectation.severity, bool(result.success),
        expectation.expected + (f" ({limits})" if limits else ""),
        f"{len(rows)} of {len(frame)}: {named}" + (" …" if len(rows) > SHOWN else "") if rows
        else f"0 of {len(frame)} unexpected",
        expectation.meaning, expectation.resolve,
    )  # fmt: skip
