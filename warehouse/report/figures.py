"""What the report reads of a published version: SQL to plain rows, and what its front page adds up. No words, no markup."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import escape

from warehouse.database import connect
from warehouse.evaluation import statistics as st
from warehouse.evaluation.flags import rules
from warehouse.evaluation.rule import FLAGGED
from warehouse.faults import Faults
from warehouse.report.cache import Cache
from warehouse.report.metrics import METRICS, QUERY, named
from warehouse.words.language import SUPPRESSED

Row = dict[str, Any]
NUMBERS = ("DOUBLE", "BIGINT", "INTEGER", "HUGEINT", "DECIMAL", "FLOAT", "NUMBER")
"""How the names of DuckDB's types of numbers begin."""

SECTIONS = Path(__file__).parent / "templates" / "sections"
STATES = ("MERAH", "KUNING", "HIJAU", "DATA_KURANG")
"""States of a flag, worst first."""
NEEDS_DECISION = ("terbuka", "berlanjut")
"""Status of a red or yellow flag about which nobody has decided, or whose last decision did not help."""

RESOLVED = "selesai"
"""Status of a flag that was decided on and is not found in later batches."""

# Worst first: colour, then what waits for a decision, then how sure the share is above the tolerated one.
FLAG_ORDER = """
    case state when 'MERAH' then 0 when 'KUNING' then 1 when 'DATA_KURANG' then 2 else 3 end,
    case status when 'berlanjut' then 0 when 'terbuka' then 1 when 'ditindaklanjuti' then 2 else 3 end,
    now_low desc nulls last, flag_id
"""

INSTRUCTORS = """(
    select d.* replace (case when r.names_instructors then d.instructor_name end as instructor_name)
    from core.dim_instructor as d cross join ops.run as r
)"""
"""Narasumber as the report may call them: by name, or by code alone."""
NEWEST = 100
"""Classes of a table or chart: of more the newest, and how many there are. A page of thousands is read by nobody."""
FILE = "left(md5(concat_ws('|', source, month, folder, file_name)), 10)"
"""A delivered file, told shortly: its names may be long, and a page has hundreds of them."""
QUERIES = {
    "flags": f"""
        -- All classes with the moods that they had, as narasumber are told of by marts.instructor_scorecard.
        with worth as (
            select program_code, curriculum_version, instructor_id, sum(n_effective) as n_worth
            from marts.reaction
            where instructor_id is not null and not is_suppressed and not is_repeated
            group by program_code, curriculum_version, instructor_id
        )
        select f.* exclude (instructor_name), w.n_worth, i.instructor_name, c.instructor_name as cause_instructor_name
        from marts.curriculum_flag as f
        left join worth as w
            on f.program_code = w.program_code and f.curriculum_version = w.curriculum_version and f.instructor_id = w.instructor_id
        left join {INSTRUCTORS} as i on f.instructor_id = i.instructor_id
        left join {INSTRUCTORS} as c on f.cause_instructor_id = c.instructor_id
        order by {FLAG_ORDER}
    """,
    "evidence": f"""
        -- Of a flag the newest, which are listed and drawn; of a narasumber who has many flags the newest of all.
        with numbered as (
            select e.*, f.rule, f.tolerated_share, f.state,
                count(*) over (partition by e.flag_id) as n_of_flag,
                count(*) over (partition by e.instructor_id) as n_of_instructor,
                row_number() over (partition by e.flag_id order by e.ended_on desc nulls first, e.class_id desc) as nth_of_flag,
                row_number() over (partition by e.instructor_id order by e.ended_on desc nulls first, e.class_id desc) as nth_of_instructor
            from marts.curriculum_flag_evidence as e
            inner join marts.curriculum_flag as f on e.flag_id = f.flag_id
        )
        select * exclude (state, nth_of_flag, nth_of_instructor) from numbered
        where nth_of_flag <= {NEWEST} and (instructor_id is null or state in {FLAGGED} or nth_of_instructor <= {NEWEST})
        order by flag_id, ended_on nulls last, class_id
    """,
    "scorecards": """
        with worth as (
            select program_code, curriculum_version, sum(n_effective) as n_worth
            from marts.reaction
            where aspect = 'OVERALL' and is_whole_class and not is_suppressed and not is_repeated
            group by program_code, curriculum_version
        )
        select
            s.*, w.n_worth,
            -- Small lists do not count here: where forms are told, only a list that nobody sent leaves the share without a denominator.
            case when n_respondents is not null then ['n_expected', 'response_rate'] else [] end
            -- Where participants are told, only results that nobody sent leave out who passed.
            || case when n_completed is not null then ['n_enrolled_examined', 'n_passed', 'pass_share'] else [] end as absent
        from marts.program_scorecard as s
        left join worth as w on s.program_code = w.program_code and s.curriculum_version = w.curriculum_version
        left join core.dim_program as v on s.program_code = v.program_code and s.curriculum_version = v.curriculum_version
        order by s.program_code, v.version_no nulls first, s.curriculum_version
    """,
    "metrics": QUERY,
    "versions": "select * from core.dim_program where program_key <> 'unknown' order by program_code, version_no",
    "classes": f"""
        select c.*, count(*) over (partition by c.program_code) as n_of_program, l.pre_mean, l.post_mean, l.g_low, l.g_high, r.survey_state,
            -- Without a list, without answers, without tests there is nothing that could be left out.
            ['n_enrolled', 'n_respondents', 'n_pairs', 'batch_no', 'cost_idr', 'scheduled_jp']
            || case
                when c.n_enrolled is null
                    then ['n_withdrawn', 'n_attended', 'n_sessions_known', 'n_sessions_attended', 'attendance_share',
                        'n_completed', 'completion_share', 'cost_per_completed_idr']
                -- Where the list is told and who finished is not, nobody knows yet.
                when c.n_withdrawn is not null and c.n_completed is null then ['n_completed', 'completion_share', 'cost_per_completed_idr']
                else []
            end
            || case
                when c.n_enrolled is null or c.n_respondents is null or c.n_respondents > c.n_enrolled then ['response_rate']
                else []
            end
            || case when c.n_respondents is null then ['index_materi', 'index_narasumber', 'index_overall'] else [] end
            || case
                when coalesce(c.n_pairs, 0) = 0
                    then ['gain_class', 'hedges_g', 'pre_mean', 'post_mean', 'g_low', 'g_high']
                else []
            end as absent
        from marts.class_scorecard as c
        left join marts.learning_gain as l on c.class_id = l.class_id
        left join marts.response_rates as r on c.class_id = r.class_id
        qualify row_number() over (partition by c.program_code order by c.end_date desc nulls first, c.class_id desc) <= {NEWEST}
        order by c.end_date nulls last, c.class_id
    """,
    "given": "select program_code, method from marts.program_method where method <> 'unknown' order by program_code, method",
    "behaviour": """
        select * from marts.behaviour_change
        order by program_code, case observer_role when 'supervisor' then 0 when 'peer' then 1 else 2 end
    """,
    "performance": "select *, n_drawn_in + n_drawn_out as n_drawn from marts.performance_effect order by outcome, program_code, design",
    "lasting": "select * from marts.performance_over_time where average = 'dynamic' order by program_code, design, horizon",
    "transfer": "select * from marts.transfer order by program_code, link",
    "questions": "select * from marts.open_question order by program_code, question, about",
    "methods": "select * from marts.method_outcome order by measure, method",
    "instructors": f"""
        select i.instructor_id, i.instructor_name, i.instructor_type, i.affiliation, i.competencies,
            s.* exclude (instructor_id, instructor_name, instructor_type, affiliation)
        from {INSTRUCTORS} as i
        left join marts.instructor_scorecard as s on i.instructor_id = s.instructor_id
        where i.instructor_key not in ('unknown', 'none')
        order by i.instructor_id
    """,
    "offices": """
        with codes as (
            select unit_code as code from marts.training_hours
            union select opd_code from core.dim_unit where unit_key <> 'unknown' and is_current and depth > 0
        )
        select c.code, any_value(u.unit_name) as name, any_value(u.unit_type) as kind
        from codes as c
        left join core.dim_unit as u on c.code = u.unit_code and u.is_current
        where c.code <> 'unknown'
        group by c.code order by c.code
    """,
    "unit_office": "select unit_code, max(opd_code) as office from core.dim_unit where is_current group by unit_code order by unit_code",
    "hours": "select * from marts.training_hours order by unit_code, year desc, employment_type",
    "projects": "select * from marts.project_context order by is_critical desc, deviation_pct, project_id",
    "services": "select * from marts.service_satisfaction_index order by unit_code, service, period_start",
    "dose": """
        select * from marts.service_satisfaction_by_dose
        order by period_start, case dose_group when 'none' then 0 when 'low' then 1 else 2 end
    """,
    "verdicts": """
        select v.*
        from marts.program_verdict as v
        left join marts.curriculum_flag as f using (flag_id)
        order by
            case decision when 'terlambat' then 0 when 'menunggu' then 1 when 'diputuskan' then 2 else 3 end,
            case flag_state when 'MERAH' then 0 else 1 end,
            case f.status when 'berlanjut' then 0 else 1 end,
            case verdict when 'terbukti_berhasil' then 0 when 'belum_terbukti' then 1 else 2 end,
            f.now_low desc nulls last, v.program_code
    """,
    "starts": "select * from marts.service_satisfaction_by_start order by trained_on nulls last, unit_code, service",
    "project_months": "select * from marts.project_deviation_by_month order by program_code, months_since",
    "project_changes": "select * from marts.project_deviation_change order by n_managers desc, program_code",
    "forms": """
        select * from marts.program_method where n_methods > 1
        order by max(gain_mean) over (partition by program_code) desc nulls last, program_code, method
    """,
    "gaps": "select * from marts.training_gap order by without_share desc nulls last, unit_code",
    "follow_ups": f"""
        select o.* replace (i.instructor_name as instructor_name)
        from marts.follow_up_outcome as o
        left join {INSTRUCTORS} as i on o.instructor_id = i.instructor_id
        order by o.decided_on desc, o.flag_id, o.action
    """,
    "comments": """
        select program_code, curriculum_version, comment, left(md5(comment), 10) as comment_key, count(*) as n
        from marts.survey_comment
        group by program_code, curriculum_version, comment
        order by program_code, curriculum_version desc, n desc, comment
    """,
    "deliveries": f"""
        select *, {FILE} as file_key from ops.delivery
        order by case status when 'held' then 0 when 'refused' then 1 when 'partly_refused' then 2 when 'duplicate' then 3 else 4 end,
            month desc, folder, file_name, source
    """,
    "unlisted": "select * from ops.unlisted_code where n_unlisted > 0 order by n_listed > 0, unlisted_share desc, source, column_name",
    "nights": "select *, duration_seconds / 60 as minutes from ops.run_history order by ended_at desc limit 60",
    "unmet": """
        select audit, min(severity) as severity, count(*) as n_nights, max(ended_at) as last_at, arg_max(tables, ended_at) as tables
        from ops.audit_history
        where n_failed > 0 and ended_at >= (select max(ended_at) from ops.audit_history) - interval 30 day
        group by audit order by severity, n_nights desc, audit
    """,
    "windows": "select * from marts.observation_window order by n_gap_months desc, data_through, source, opd_code",
    "refusals": f"select *, {FILE} as file_key from ops.rejection_summary order by source, month, folder, file_name, n_rows desc, reason_code, column_name",
    "refused_share": """
        select source, count(*) as n_files, sum(n_read) as n_read, sum(n_accepted) as n_accepted, sum(n_refused) as n_refused,
            sum(n_duplicate) as n_duplicate, cast(sum(n_refused) as double) / nullif(sum(n_read), 0) as share
        from ops.delivery group by source order by n_refused desc, source
    """,
    "refusal_reasons": """
        select source, reason_code, column_name, sum(n_rows) as n_rows from ops.rejection_summary
        group by source, reason_code, column_name order by n_rows desc, source, reason_code, column_name
    """,
    "audits": "select * from ops.audit_result order by passed, severity, audit, table_name, column_name",
    "policies": "select * from ops.policy order by policy",
    "satisfaction_by_month": """
        select cast(date_trunc('month', c.ended_on) as date) as month, count(*) as n_classes, sum(r.n_respondents) as n,
            avg(r.index_0_100) as mean, var_samp(r.index_0_100) as variance
        from marts.reaction as r
        inner join core.dim_class as c on r.class_id = c.class_id
        cross join ops.run as u
        where r.aspect = 'OVERALL' and r.is_whole_class and not r.is_repeated and r.index_0_100 is not null
            and c.ended_on <= u.as_of
        group by month order by month
    """,
    "gain_by_month": """
        select cast(date_trunc('month', c.ended_on) as date) as month, count(*) as n_classes, sum(l.n_pairs) as n,
            avg(l.gain_class) as mean, var_samp(l.gain_class) as variance
        from marts.learning_gain as l
        inner join core.dim_class as c on l.class_id = c.class_id
        cross join ops.run as u
        where l.gain_class is not null and c.ended_on <= u.as_of
        group by month order by month
    """,
}
"""Name of a list of rows → the query that gives it, in the order in which it is shown. A column `absent` names the numbers of
a row that never were: empty, they are unknown, whatever else of the row is left out for a small group."""


CELLS: dict[str, tuple[str, ...]] = {
    "flags": ("curriculum_flag", "flag_id"),
    "evidence": ("curriculum_flag_evidence", "flag_id", "class_id"),
    "scorecards": ("program_scorecard", "program_code", "curriculum_version"),
    "classes": ("class_scorecard", "class_id"),
    "behaviour": ("behaviour_change", "program_code", "observer_role"),
    "performance": ("performance_effect", "program_code", "outcome", "design"),
    "lasting": ("performance_over_time", "program_code", "design", "average", "cohort", "horizon"),
    "transfer": ("transfer", "program_code", "link"),
    "questions": ("open_question", "program_code", "question", "about"),
    "methods": ("method_outcome", "method", "measure"),
    "instructors": ("instructor_scorecard", "instructor_id"),
    "hours": ("training_hours", "unit_code", "year", "employment_type"),
    "projects": ("project_context", "project_id"),
    "services": ("service_satisfaction_index", "unit_code", "service", "period_start", "period_end"),
    "dose": ("service_satisfaction_by_dose", "period_start", "period_end", "dose_group"),
    "verdicts": ("program_verdict", "program_code"),
    "starts": ("service_satisfaction_by_start", "unit_code", "service"),
    "project_months": ("project_deviation_by_month", "program_code", "months_since"),
    "project_changes": ("project_deviation_change", "program_code"),
    "forms": ("program_method", "program_code", "method"),
    "gaps": ("training_gap", "unit_code"),
    "windows": ("observation_window", "source", "opd_code"),
    "follow_ups": ("follow_up_outcome", "flag_id", "action", "decided_on"),
    "deliveries": ("ops.delivery", "file_key"),
    "refusals": ("ops.rejection_summary", "file_key", "reason_code", "column_name"),
    "unlisted": ("ops.unlisted_code", "source", "column_name"),
    "nights": ("ops.run_history", "ended_at"),
    "policies": ("ops.policy", "policy"),
}
"""List of rows → its table, a mart unless it says otherwise, and the table's key: a number of such a column is a cell, and carries its name
`mart.column|key|…`."""
SUMS: dict[str, tuple[str, ...]] = {
    "performance": ("performance_effect", "program_code", "outcome", "design"),
    "comments": ("survey_comment", "program_code", "curriculum_version", "comment_key"),
    "nights": ("ops.run_history", "ended_at"),
    "unmet": ("ops.audit_history", "audit"),
    "refused_share": ("ops.delivery", "source"),
    "refusal_reasons": ("ops.rejection_summary", "source", "reason_code", "column_name"),
    "satisfaction_by_month": ("reaction", "month"),
    "gain_by_month": ("learning_gain", "month"),
}
"""List of rows → table and what is added up over: the numbers that its query reckons, which no cell of the table is, carry the name
`mart.column|*|…`. So do numbers that the report itself adds up over a table's rows; rows that it counts are `mart.n_…|*|`."""


def _counts_of(mart: str, counts: Mapping[str, int]) -> Row:
    """Counts of a mart's rows, with their names."""
    return {name: named(n, f"{mart}.{name}|*|") for name, n in counts.items()}


@dataclass(frozen=True)
class Figures:
    """Everything the report says about one published version.

    `rows` holds the result of each query by its name; unknown values are None, left-out ones `SUPPRESSED`.
    """

    as_of: dt.date
    build_id: str
    rows: dict[str, list[Row]]
    city: Row
    """The row of `ops.run`: name of the city and its agency, logo."""
    languages: list[str]
    """Codes of the languages that pages are written in; the first is the city's own."""
    faults: Faults
    """What was set aside, of what is read here and of what is made of it."""
    cache: Cache = field(default_factory=Cache, repr=False)
    """What earlier reports made of the same figures."""
    _by_values: dict[tuple[str, tuple[str, ...]], dict[Any, list[Row]]] = field(default_factory=dict, repr=False)

    def where(self, name: str, **values: Any) -> list[Row]:
        """The rows of a list whose columns have these values."""
        columns = tuple(values)
        if (name, columns) not in self._by_values:
            self._by_values[name, columns] = grouped(self.rows[name], lambda row: tuple(row[c] for c in columns))
        return self._by_values[name, columns].get(tuple(values.values()), [])

    def policy(self, name: str) -> float:
        """A value of `ops.policy`, with its name."""
        return named(self.limits[name], f"ops.policy.value|{name}")

    @property
    def limits(self) -> dict[str, float]:
        """Policy name → value."""
        return {row["policy"]: float(row["value"]) for row in self.rows["policies"]}

    @property
    def raised(self) -> list[Row]:
        """Red and yellow flags of the curricula that are given now, worst first; what later batches resolved is a success and
        asks for nothing."""
        return [flag for flag in self.rows["flags"] if flag["is_raised"]]

    @property
    def resolved(self) -> list[Row]:
        """Flags that later batches resolved, also those that are green by now."""
        ended = {row["flag_id"] for row in self.rows["follow_ups"] if row["result"] == RESOLVED}
        return [flag for flag in self.rows["flags"] if flag["status"] == RESOLVED or flag["flag_id"] in ended]


def sections() -> dict[str, str]:
    """Sections of the front page that are files of their own: template → the query at its head, between `{#` and `#}`."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(SECTIONS.glob("*.html"))}
    return {f"sections/{name}": text.split("{#", 1)[1].split("#}", 1)[0] for name, text in texts.items()}


def read(warehouse: Path, faults: Faults, cache: Cache | None = None) -> Figures:
    """The figures of a warehouse file, audited build or published version, which is opened read-only.

    A list whose query fails is set aside: it is not among the rows, and what shows it fails by itself.
    """
    with connect(warehouse, read_only=True) as con:
        con.execute("set threads = 1")  # sums in one order: equal input gives equal digits
        [city] = _rows(con, "select r.*, b.build_id from ops.run as r cross join ops.build as b")
        rows: dict[str, list[Row]] = {}
        for name, query in (QUERIES | sections()).items():
            with faults.aside(f"list {name}"):
                rows[name] = _rows(con, query, CELLS.get(name, ()), SUMS.get(name, ()))
    for name in ("satisfaction_by_month", "gain_by_month"):
        for row in rows.get(name, ()):
            low, high = st.mean_interval(row["mean"], _nan(row["variance"]), row["n_classes"])
            row["low"], row["high"] = _known(float(low)), _known(float(high))
    return Figures(city["as_of"], city["build_id"], rows, city, city["languages"].split(), faults, cache or Cache())


def _rows(
    con: duckdb.DuckDBPyConnection, query: str, cell: tuple[str, ...] = (), added: tuple[str, ...] = ()
) -> list[Row]:
    schema, _, table = (cell or ("",))[0].rpartition(".")
    result = con.execute(
        "select column_name from duckdb_columns() where schema_name = ? and table_name = ?", [schema or "marts", table]
    )
    own = {column for (column,) in result.fetchall()}
    result = con.execute(query)
    columns = [(str(about[0]), str(about[1])) for about in result.description or []]
    names = [name for name, _ in columns]
    numbers = [name for name, kind in columns if kind.startswith(NUMBERS)]
    names_of = [(of, [(name, f"{of[0]}.{name}|{sign}") for name in numbers if (name in own) is is_cell])
                for of, sign, is_cell in ((cell, "", True), (added, "*|", False)) if of]  # fmt: skip
    indices = {name for rule in rules().values() for name in rule.indices}
    rows: list[Row] = []
    for values in result.fetchall():
        row: Row = dict(zip(names, values, strict=True))
        # What never was, as an index that a rule does not have, is not left out.
        absent = set(row.pop("absent", None) or ())
        absent |= indices.difference(rules()[row["rule"]].indices) if row.get("rule") else set()
        for name in numbers:
            row[name] = _known(row[name])
            if row[name] is None and row.get("is_suppressed") and name not in absent:
                row[name] = SUPPRESSED
        for (_, *key), prefixes in names_of:
            at = str(escape("|".join("" if row[part] is None else str(row[part]) for part in key)))
            for name, prefix in prefixes:
                if row[name] is not None and row[name] is not SUPPRESSED:
                    row[name] = named(row[name], prefix + at)
        rows.append(row)
    return rows


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _nan(value: float | None) -> float:
    return math.nan if value is None else value


def known(row: Row, *names: str) -> bool:
    """Whether all these numbers of the row are there: neither unknown nor left out."""
    return all(row[name] is not None and row[name] is not SUPPRESSED for name in names)


def number(row: Row, name: str) -> float | None:
    """The number of the row to reckon with; None where it is unknown or left out."""
    return row[name] if known(row, name) else None


@lru_cache(maxsize=10_000)
def wilson(k: float | None, n: float | None) -> tuple[float | None, float | None]:
    """The two-sided 95 % Wilson interval of k of n; unknown where n is zero or either is unknown."""
    if not isinstance(k, int | float) or not isinstance(n, int | float) or n <= 0:
        return None, None
    low, high = st.wilson(k, n)
    return float(low), float(high)


def bounds(name: str, share: Any, worth: Any) -> tuple[Any, Any]:
    """The interval of a share over many classes with its names: `name` has `{}` for low and high. `worth` is how many independent people
    the respondents are worth, for answers of one class hang together; without either nothing is known."""
    is_known = isinstance(share, int | float) and isinstance(worth, int | float)
    low, high = wilson(share * worth, worth) if is_known else (None, None)
    return named(low, name.replace("{}", "low")), named(high, name.replace("{}", "high"))


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by the value of `key`, in their order."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def weighted(rows: Iterable[Row], value: str, weight: str) -> tuple[float | None, int]:
    """The weighted mean of the rows whose value and weight are known, and the sum of their weights."""
    used = [row for row in rows if known(row, value, weight)]
    total = sum(row[weight] for row in used)
    return (sum(row[value] * row[weight] for row in used) / total if total else None), int(total)


def ratio(rows: Iterable[Row], numerator: str, denominator: str) -> tuple[float | None, int, int]:
    """Share of sums over the rows where both are known, with its numerator and denominator."""
    used = [row for row in rows if known(row, numerator, denominator)]
    k, n = int(sum(row[numerator] for row in used)), int(sum(row[denominator] for row in used))
    return (k / n if n else None), k, n


def measures(figures: Figures) -> dict[str, Row]:
    """Measures of the city by name: `value`, and `above` and `below`, the sums that it is made of; each number has its name."""
    whole = {row["metric"]: row for row in figures.rows["metrics"]}
    return {
        name: {part: named(_counted(whole[name][part]), name if part == "value" else f"{name}.{part}") for part in ("value", "above", "below")}
        for name in METRICS
    }  # fmt: skip


def _counted(value: float | None) -> float | None:
    """A sum of counts is a whole number."""
    return int(value) if value is not None and value == int(value) else value


def key_figures(figures: Figures) -> Row:
    """The numbers of the front page's cards, each with its n; a share with its interval."""
    found = measures(figures)
    year = max((row["year"] for row in figures.rows["hours"] if row["employment_type"] == "PNS"), default=None)
    of_year = [row for row in figures.rows["hours"] if row["employment_type"] == "PNS" and row["year"] == year]
    share, floor = found["porsi_tidak_puas"], found["porsi_memenuhi_jp"]
    worth = added([row for row in figures.rows["scorecards"] if known(row, "n_dissatisfied")], "n_worth")
    latest = [row for row in figures.rows["services"] if row["is_newest"]]
    return {
        "index": found["indeks_kepuasan"]["value"],
        "n_index": found["indeks_kepuasan"]["below"],
        "share": share["value"],
        "k_share": share["above"],
        "n_share": share["below"],
        **dict(zip(("share_low", "share_high"), bounds("porsi_tidak_puas.{}", share["value"], worth), strict=True)),
        "gain": found["hasil_belajar"]["value"],
        "n_gain": found["nilai_sebelum"]["below"],
        "pre": found["nilai_sebelum"]["value"],
        "post": found["nilai_sesudah"]["value"],
        "behaviour": found["perubahan_perilaku"]["value"],
        "n_behaviour": found["perubahan_perilaku"]["below"],
        "floor": floor["value"],
        "k_floor": floor["above"],
        "n_floor": floor["below"],
        "floor_year": year,
        "floor_full": all(row["is_full_year"] for row in of_year),
        "floor_months": min((row["n_months_observed"] for row in of_year), default=0),
        "ikm": found["rata_rata_ikm"]["value"],
        "n_ikm": found["rata_rata_ikm"]["below"],
        "ikm_respondents": named(
            sum(row["n_respondents"] for row in latest if known(row, "n_respondents")),
            "service_satisfaction_index.n_respondents|*|",
        ),
        "ikm_start": min((row["period_start"] for row in latest), default=None),
        "ikm_end": max((row["period_end"] for row in latest), default=None),
    }


def data_through(figures: Figures) -> dict[str, dt.date]:
    """Last day that is known of the sources by which people judge."""
    known_to = {row["source"]: row["data_through"] for row in figures.where("windows", opd_code="semua")}
    return {source: known_to[source] for source in LEADING if source in known_to}


LEADING = ("classes", "performance", "service_satisfaction")
"""Sources whose last day stands on every page."""


def standing(figures: Figures) -> Row:
    """How many programs there are, by verdict, and by what became of the flag that comes first."""
    rows = figures.rows["verdicts"]
    verdicts = {"improve": "perlu_diperbaiki", "proven": "terbukti_berhasil", "unproven": "belum_terbukti", "lacking": "data_kurang"}  # fmt: skip
    decisions = {"waiting": "menunggu", "overdue": "terlambat", "decided": "diputuskan"}
    counts = {"n_programs": len(rows)}
    for column, words in (("verdict", verdicts), ("decision", decisions)):
        counts |= {f"n_{name}": sum(row[column] == code for row in rows) for name, code in words.items()}
    return _counts_of("program_verdict", counts)


def headline(figures: Figures) -> Row:
    """The flags by state and status."""
    raised = figures.raised
    waiting = [flag for flag in raised if flag["status"] in NEEDS_DECISION]
    counts = {
        "n_waiting": len(waiting),
        "n_red": sum(flag["state"] == "MERAH" for flag in raised),
        "n_yellow": sum(flag["state"] == "KUNING" for flag in raised),
        "n_decided": sum(flag["status"] == "ditindaklanjuti" for flag in raised),
        "n_resolved": len(figures.resolved),
        "n_overdue": sum(bool(row["is_overdue"]) for row in figures.rows["follow_ups"]),
        "n_lacking": sum(flag["state"] == "DATA_KURANG" for flag in figures.rows["flags"]),
    }
    return _counts_of("curriculum_flag", counts)


def last_quarter(figures: Figures) -> Row:
    """The quarter before the one of the as-of date, what its follow-ups achieved by now, and the day of the last decision of all."""
    this = figures.as_of.replace(month=figures.as_of.month - (figures.as_of.month - 1) % 3, day=1)
    end = this - dt.timedelta(days=1)
    start = end.replace(month=end.month - 2, day=1)
    rows = [
        row
        for row in figures.rows["follow_ups"]
        if any(day and start <= day <= end for day in (row["decided_on"], row["done_on"]))
    ]
    counts = {
        "n_decided": sum(start <= row["decided_on"] <= end for row in rows),
        "n_done": sum(bool(row["done_on"] and start <= row["done_on"] <= end) for row in rows),
        "n_resolved": sum(row["result"] == "selesai" for row in rows),
        "n_persisting": sum(row["result"] == "berlanjut" for row in rows),
    }
    last = max((row["decided_on"] for row in figures.rows["follow_ups"] if row["decided_on"]), default=None)
    return {"start": start, "end": end, "last_decided_on": last, **_counts_of("follow_up_outcome", counts)}


def gap(figures: Figures) -> Row:
    """Who is without training and where hours are missing, added up over the offices whose numbers are shown."""
    rows, found = figures.rows["gaps"], measures(figures)
    without, below = found["porsi_tanpa_pelatihan"], found["porsi_di_bawah_minimum"]
    return {
        "share": without["value"], "k": without["above"], "n": without["below"],
        "below": below["value"], "k_below": below["above"], "n_below": below["below"], "jp": found["jp_kurang"]["value"],
        **{name: max((row[name] for row in rows), default=0) for name in ("n_months_observed", "n_classes_without_list")},
        "year": max((row["year"] for row in rows if known(row, "year")), default=None),
    }  # fmt: skip


def answers(figures: Figures) -> Row:
    """What the pages of the city's questions answer, in numbers: for the sentence that leads to each."""
    starts = [row for row in figures.rows["starts"] if row["trained_on"] is not None]
    forms = figures.rows["forms"]
    of_starts = {
        "n_started": len(starts),
        "n_risen": sum(row["verdict_code"] == "service_risen" for row in starts),
        "n_judged": sum(known(row, "net_change") for row in starts),
    }
    of_forms = {
        "n_forms": len({row["program_code"] for row in forms}),
        "n_gain": len({row["program_code"] for row in forms if row["gain_code"] in ("higher", "lower")}),
        "n_cost": len({row["program_code"] for row in forms if row["cost_code"] in ("higher", "lower")}),
    }
    return {
        **_counts_of("service_satisfaction_by_start", of_starts),
        **_counts_of("program_method", of_forms),
        "project": next(iter(figures.rows["project_changes"]), None),
        "gap": gap(figures),
        "quarter": last_quarter(figures),
    }


def services_counted(figures: Figures) -> Row:
    """Services of offices that once had a class of their own, and of those that had none."""
    trained = [row["trained_on"] is not None for row in figures.rows["starts"]]
    counts = {"n_trained": sum(trained), "n_untrained": len(trained) - sum(trained)}
    return _counts_of("service_satisfaction_by_start", counts)


def added(rows: Iterable[Row], name: str) -> Any:
    """The sum of what is known; where nothing is, what there is instead: left out, or unknown, never zero."""
    values = [row[name] for row in rows]
    shown = [value for value in values if value is not None and value is not SUPPRESSED]
    return sum(shown) if shown else SUPPRESSED if SUPPRESSED in values else None


def hours_by_year(rows: Iterable[Row]) -> list[Row]:
    """Training hours by year and kind of appointment, added up over offices; newest year first."""
    years = []
    for (year, kind), group in sorted(
        grouped(rows, lambda r: (r["year"], r["employment_type"])).items(), key=lambda i: (-i[0][0], i[0][1])
    ):
        used = [row for row in group if known(row, "jp_total", "n_jp_known")]
        share, k, n = ratio(group, "n_floor_met", "n_jp_known")
        people = sum(row["n_jp_known"] for row in used)
        sums = {
            "n_employees": added(group, "n_employees"),
            "n_jp_known": people,
            "n_trained": added(group, "n_trained"),
            "jp_mean": sum(row["jp_total"] for row in used) / people if people else None,
            "floor_share": share,
            "n_floor_met": k if n else None,
            "floor_n": n,
            "n_over_cap": added(group, "n_over_cap"),
        }
        years.append(
            {
                "year": year,
                "employment_type": kind,
                "is_full_year": all(row["is_full_year"] for row in group),
                "n_months_observed": min(row["n_months_observed"] for row in group),
                **{name: named(value, f"training_hours.{name}|*|{year}|{kind}") for name, value in sums.items()},
            }
        )
    return years


def people_of(figures: Figures, **values: Any) -> list[Row]:
    """Judgements of narasumber, added up by narasumber (and program): n, share dissatisfied with interval, index, worst state."""
    rows = [
        f for f in figures.rows["flags"] if f["instructor_id"] is not None and all(f[k] == v for k, v in values.items())
    ]
    people = []
    for (person, program), group in grouped(rows, lambda f: (f["instructor_id"], f["program_code"])).items():
        share, _, n = ratio(group, "n_dissatisfied", "n_respondents")
        worth = added([f for f in group if known(f, "n_dissatisfied")], "n_worth")
        low, high = bounds(f"curriculum_flag.{{}}|*|{program}|{person}", share, worth)
        sums = {"n_classes": sum(f["n_classes"] for f in group if known(f, "n_classes"))}
        if n:
            index = weighted(group, "index_0_100", "n_respondents")[0]
            sums |= {"n_respondents": n, "index_0_100": index, "dissatisfied_share": share}
        people.append(
            {
                "instructor_id": person,
                "instructor_name": group[0]["instructor_name"],
                "program_code": program,
                **{name: group[0][name] for name in ("n_respondents", "index_0_100", "dissatisfied_share")},
                **{name: named(value, f"curriculum_flag.{name}|*|{program}|{person}") for name, value in sums.items()},
                "low": low,
                "high": high,
                "state": min((f["state"] for f in group), key=STATES.index),
            }
        )
    return sorted(
        people, key=lambda r: (STATES.index(r["state"]), -(r["low"] or 0), r["instructor_id"], r["program_code"])
    )
