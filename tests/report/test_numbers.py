"""Numbers are what their names say: every one on every page against the warehouse, every measure against SQL written by hand, and what
readers were once told wrongly."""

from __future__ import annotations

import datetime as dt
import inspect
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import duckdb
import pandas as pd
import polars as pl
import pytest
import yaml

from pipelines import showing
from pipelines.refresh import Outcome, look, summary
from schemas.reasons import REASONS
from tests.conftest import published_city
from warehouse.faults import Faults
from warehouse.report import figures
from warehouse.report.metrics import METRICS, Named, named
from warehouse.report.site import DEFINITIONS
from warehouse.report.words import words_of
from warehouse.store import Store
from warehouse.words.language import Kind

from .test_report import ask, pages, plain

KINDS = set(get_args(Kind)) - {"text", "date", "month"}
"""How numbers are written."""
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "bi"


def wilson(share: float, n: float) -> tuple[float, float]:
    """Two-sided 95 % Wilson interval, by its formula."""
    z = 1.959963984540054
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


class Numbers(HTMLParser):
    """What a page shows with the name of a number: name → texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if about.get("data-metric"):
            self._open.append((tag, str(about["data-metric"]), ""))

    def handle_data(self, data: str) -> None:
        self._open = [(tag, name, text + data) for tag, name, text in self._open]

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self.found.append(self._open.pop())


def cells(con: duckdb.DuckDBPyConnection, list_name: str) -> dict[str, Any]:
    """Every number of a mart by its name, asked without the report."""
    mart, *key = figures.CELLS[list_name]
    file_key = f", {FILE_KEY} as file_key" if "file_key" in key else ""
    rows = con.execute(f"select *{file_key} from {mart if '.' in mart else f'marts.{mart}'}")
    columns = [about[0] for about in rows.description]
    found = {}
    for values in rows.fetchall():
        row = dict(zip(columns, values, strict=True))
        at = "|".join("" if row[name] is None else str(row[name]) for name in key)
        found |= {f"{mart}.{name}|{at}": value for name, value in row.items()}
    return found


FILE_KEY = "left(md5(concat_ws('|', source, month, folder, file_name)), 10)"

ADDED_UP = (
    """
    select year || '|' || employment_type,
        sum(n_employees) as "training_hours.n_employees|*|{}",
        coalesce(sum(n_jp_known) filter (jp_total is not null), 0) as "training_hours.n_jp_known|*|{}",
        sum(n_trained) as "training_hours.n_trained|*|{}",
        sum(jp_total) / nullif(sum(n_jp_known) filter (jp_total is not null), 0) as "training_hours.jp_mean|*|{}",
        sum(n_floor_met) / nullif(sum(n_jp_known) filter (n_floor_met is not null), 0) as "training_hours.floor_share|*|{}",
        sum(n_floor_met) as "training_hours.n_floor_met|*|{}",
        coalesce(sum(n_jp_known) filter (n_floor_met is not null), 0) as "training_hours.floor_n|*|{}",
        sum(n_over_cap) as "training_hours.n_over_cap|*|{}"
    from marts.training_hours group by all""",
    """
    select unit_code || '|' || year || '|' || employment_type, jp_total / nullif(n_jp_known, 0) as "training_hours.jp_mean|{}"
    from marts.training_hours""",
    """
    select program_code || '|' || instructor_id,
        sum(n_classes) as "curriculum_flag.n_classes|*|{}",
        sum(n_respondents) filter (n_dissatisfied is not null) as "curriculum_flag.n_respondents|*|{}",
        sum(index_0_100 * n_respondents) / sum(n_respondents) filter (index_0_100 is not null) as "curriculum_flag.index_0_100|*|{}",
        sum(n_dissatisfied) / sum(n_respondents) filter (n_dissatisfied is not null) as "curriculum_flag.dissatisfied_share|*|{}"
    from marts.curriculum_flag where instructor_id is not null group by all""",
    """
    select program_code || '|' || instructor_id, sum(n_effective) as "curriculum_flag.worth|*|{}"
    from marts.reaction where instructor_id is not null and not is_suppressed and not is_repeated group by all""",
    """
    select program_code || '|' || curriculum_version, sum(n_effective) as "program_scorecard.worth|{}"
    from marts.reaction where aspect = 'OVERALL' and is_whole_class and not is_suppressed and not is_repeated group by all""",
    """
    with newest as (
        select coalesce(u.opd_code, s.unit_code) as office, s.ikm
        from marts.service_satisfaction_index as s
        left join core.dim_unit_current as u using (unit_code)
        where s.is_newest
    )
    select o.office, avg(n.ikm) as "service_satisfaction_index.ikm|*|{}", count(n.ikm) as "service_satisfaction_index.n_services|*|{}"
    from (select unit_code as office from core.dim_unit_current) as o left join newest as n using (office) group by all""",
    """
    with given as (
        select c.program_code, c.curriculum_version from core.dim_class as c, ops.run where c.start_date <= as_of
        qualify row_number() over (partition by c.program_code order by c.start_date desc) = 1
    ),
    flags as (
        select f.*, f.state in ('MERAH', 'KUNING') and f.status <> 'selesai' and g.program_code is not null as is_raised
        from marts.curriculum_flag as f left join given as g using (program_code, curriculum_version)
    )
    select '',
        count(*) filter (is_raised and status in ('terbuka', 'berlanjut')) as "curriculum_flag.n_waiting|*|{}",
        count(*) filter (is_raised and state = 'MERAH') as "curriculum_flag.n_red|*|{}",
        count(*) filter (is_raised and state = 'KUNING') as "curriculum_flag.n_yellow|*|{}",
        count(*) filter (is_raised and status = 'ditindaklanjuti') as "curriculum_flag.n_decided|*|{}",
        count(*) filter (status = 'selesai' or flag_id in (select flag_id from marts.follow_up_outcome where result = 'selesai'))
            as "curriculum_flag.n_resolved|*|{}",
        (select count(*) from marts.follow_up_outcome where is_overdue) as "curriculum_flag.n_overdue|*|{}",
        count(*) filter (state = 'DATA_KURANG') as "curriculum_flag.n_lacking|*|{}"
    from flags""",
    """
    select '', count(*) as "program_verdict.n_programs|*|{}",
        count(*) filter (n_flags_red + n_flags_yellow > 0) as "program_verdict.n_improve|*|{}",
        count(*) filter (verdict = 'terbukti_berhasil') as "program_verdict.n_proven|*|{}",
        count(*) filter (verdict = 'belum_terbukti') as "program_verdict.n_unproven|*|{}",
        count(*) filter (verdict = 'data_kurang') as "program_verdict.n_lacking|*|{}",
        count(*) filter (decision = 'menunggu') as "program_verdict.n_waiting|*|{}",
        count(*) filter (decision = 'terlambat') as "program_verdict.n_overdue|*|{}"
    from marts.program_verdict""",
    """
    with quarter as (select date_trunc('quarter', as_of) - interval 3 month as first, date_trunc('quarter', as_of) as next from ops.run),
    decisions as (
        select result, decided_on >= first and decided_on < next as is_decided, coalesce(done_on >= first and done_on < next, false) as is_done
        from marts.follow_up_outcome, quarter
    )
    select '', count(*) filter (is_decided) as "follow_up_outcome.n_decided|*|{}", count(*) filter (is_done) as "follow_up_outcome.n_done|*|{}",
        count(*) filter ((is_decided or is_done) and result = 'selesai') as "follow_up_outcome.n_resolved|*|{}",
        count(*) filter ((is_decided or is_done) and result = 'berlanjut') as "follow_up_outcome.n_persisting|*|{}"
    from decisions""",
    """
    select '', count(*) filter (trained_on is not null and net_change is not null) as "service_satisfaction_by_start.n_judged|*|{}",
        count(*) filter (trained_on is not null and verdict_code = 'service_risen') as "service_satisfaction_by_start.n_risen|*|{}"
    from marts.service_satisfaction_by_start""",
    """
    select '', count(distinct program_code) as "program_method.n_forms|*|{}",
        count(distinct program_code) filter (gain_code in ('higher', 'lower')) as "program_method.n_gain|*|{}",
        count(distinct program_code) filter (cost_code in ('higher', 'lower')) as "program_method.n_cost|*|{}"
    from marts.program_method where n_methods > 1""",
    """
    select program_code, n_flags_red + n_flags_yellow - 1 as "curriculum_flag.n_others|*|{}" from marts.program_verdict""",
    """
    select '', count(*) filter (trained_on is not null) as "service_satisfaction_by_start.n_trained|*|{}",
        count(*) filter (trained_on is null) as "service_satisfaction_by_start.n_untrained|*|{}"
    from marts.service_satisfaction_by_start""",
    """
    select '', sum(n_respondents) as "service_satisfaction_index.n_respondents|*|{}"
    from marts.service_satisfaction_index where is_newest""",
    """
    select coalesce(e.instructor_id, e.program_code || '|' || e.aspect), count(*) as "curriculum_flag_evidence.n_shown|*|{}",
        count(*) filter (e.unfavourable_share >= f.tolerated_share) as "curriculum_flag_evidence.n_bad|*|{}"
    from marts.curriculum_flag_evidence as e join marts.curriculum_flag as f using (flag_id)
    where e.ended_on is not null and e.wilson_low is not null group by all""",
    """
    select program_code || '|' || outcome || '|' || design, n_drawn_in + n_drawn_out as "performance_effect.n_drawn|*|{}"
    from marts.performance_effect""",
    """
    select program_code || '|' || curriculum_version || '|' || left(md5(comment), 10), count(*) as "survey_comment.n|*|{}"
    from marts.survey_comment group by all""",
    """
    select date_trunc('month', class_ended_on)::date, avg(index_0_100) as "reaction.mean|*|{}"
    from marts.reaction join core.dim_class using (class_id)
    where aspect = 'OVERALL' and is_whole_class and not is_repeated group by all""",
    """
    select date_trunc('month', c.ended_on)::date, avg(gain_class) as "learning_gain.mean|*|{}"
    from marts.learning_gain as l join core.dim_class as c using (class_id) group by all""",
    """
    select source, count(*) as "ops.delivery.n_files|*|{}", sum(n_read) as "ops.delivery.n_read|*|{}",
        sum(n_accepted) as "ops.delivery.n_accepted|*|{}", sum(n_refused) as "ops.delivery.n_refused|*|{}",
        sum(n_duplicate) as "ops.delivery.n_duplicate|*|{}", sum(n_refused) / sum(n_read) as "ops.delivery.share|*|{}"
    from ops.delivery group by all""",
    'select status, count(*) as "ops.delivery.n_files|*|{}" from ops.delivery group by all',
    f"""
    select {FILE_KEY} || '|' || reason_code || '|' || coalesce(column_name, ''), n_rows as "ops.rejection_summary.n_rows|{{}}"
    from ops.rejection_summary""",
    """
    select source || '|' || reason_code || '|' || coalesce(column_name, ''), sum(n_rows) as "ops.rejection_summary.n_rows|*|{}"
    from ops.rejection_summary group by all""",
    'select ended_at, duration_seconds / 60 as "ops.run_history.minutes|*|{}" from ops.run_history',
    """
    select '', count(*) as "ops.audit_result.n_audits|*|{}", count(*) filter (not passed) as "ops.audit_result.n_failed|*|{}"
    from ops.audit_result""",
)
"""What the report adds up over rows of a mart: key, then each number under its name."""


@pytest.fixture(scope="module")
def truth(city: Store) -> dict[str, Any]:
    """Every cell of the marts and every measure, by name."""
    with duckdb.connect(str((city.current / "warehouse.duckdb").resolve()), read_only=True) as con:
        found: dict[str, Any] = {}
        for name in figures.CELLS:
            found |= cells(con, name)
        for name, one in METRICS.items():
            n = f"count({one.numerator})"
            below = one.denominator or "0"
            above, under, n = con.execute(
                f"select sum(n), sum(d), {n} from (select {one.numerator} as n, {below} as d, * from marts.{one.mart} where {one.where}) "
                f"where n is not null"
            ).fetchall()[0]  # fmt: skip
            found[f"{name}.above"], found[f"{name}.below"] = above, under
            found[name] = above if one.denominator is None else above / under if under else None
        for query in ADDED_UP:
            rows = con.execute(query)
            columns = [about[0] for about in rows.description]
            for at, *values in rows.fetchall():
                found |= {name.format(at): value for name, value in zip(columns[1:], values, strict=True)}
    # Answers of one class hang together: an interval over classes is that of as many independent people as they are worth.
    for name in [name for name in found if name.startswith("curriculum_flag.worth|*|")]:
        low, high = _interval(found.get(name.replace(".worth|", ".dissatisfied_share|")), found[name])
        found |= {name.replace(".worth|", ".low|"): low, name.replace(".worth|", ".high|"): high}
    worth = 0.0
    for name in [name for name in found if name.startswith("program_scorecard.worth|")]:
        at = name.partition("|")[2]
        share = found[f"program_scorecard.dissatisfied_share|{at}"]
        worth += found[name] if share is not None else 0
        low, high = _interval(share, found[name])
        found |= {
            f"program_scorecard.dissatisfied_low|*|{at}": low,
            f"program_scorecard.dissatisfied_high|*|{at}": high,
        }
    low, high = _interval(found["porsi_tidak_puas"], worth)
    return found | {"porsi_tidak_puas.low": low, "porsi_tidak_puas.high": high}


def _interval(share: float | None, n: float | None) -> tuple[float | None, float | None]:
    return wilson(share, n) if share is not None and n else (None, None)


def wrong_numbers(text: str, language: str, truth: dict[str, Any]) -> list[tuple[str, str]]:
    """Numbers of a page that are not how the language writes the value of their name, in any way of writing it."""
    words = words_of(language)
    wrong = []
    for _, name, shown in Numbers(text).found:
        value = truth.get(name.removeprefix("|"))
        value = abs(value) if value is not None and name.startswith("|") else value
        if value is None or shown.strip() not in {words.plain(value, kind) for kind in KINDS}:
            wrong.append((name, shown.strip()))
    return wrong


def test_every_number_with_a_name_is_that_of_the_warehouse(city: Store, site: Path, truth: dict[str, Any]) -> None:
    n, wrong = 0, []
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        n += text.count("data-metric=")
        wrong += [
            (path.name, *one)
            for one in wrong_numbers(text, "en" if "en" in path.relative_to(site).parts[:1] else "id", truth)
        ]
    assert wrong == []
    assert n > 5_000
    used = {
        name.split("|")[0] for path in pages(site) for _, name, _ in Numbers(path.read_text(encoding="utf-8")).found
    }
    used = {name.split(".")[0] if name.split(".")[0] in METRICS else name for name in used}
    assert set(METRICS) - {"porsi_menyelesaikan", "porsi_lulus", "biaya_per_peserta"} <= used
    assert {
        "program_verdict.cost_per_participant",
        "training_gap.without_share",
        "service_satisfaction_by_start.net_change",
        "program_verdict.n_waiting",
        "follow_up_outcome.share_before",
        "program_method.n_forms",
    } <= used


class Unnamed(HTMLParser):
    """What a page says outside of its numbers with names, a text a line: without marks on axes, codes, addresses and what people wrote."""

    SILENT = ("script", "style", "code", "q", "option", "g")
    CODES = ("id", "day", "file", "found")
    OPEN = ("meta", "link", "img", "br", "wbr", "input", "path", "circle")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        classes = (about.get("class") or "").split()
        is_told = (
            "data-metric" in about
            or tag in self.SILENT
            or bool({*classes} & {*self.CODES})
            or about.get("lang") == "en"
        )
        if tag not in self.OPEN:
            self._open.append((tag, is_told and tag != "html"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without text."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        is_level = self._open and self._open[-1][0] == "h4" and data.strip() in ("1", "2", "3", "4")  # of evaluation
        if "main" in (tag for tag, _ in self._open) and not any(is_told for _, is_told in self._open) and not is_level:
            self.lines.append(" ".join(data.split()))


MONTHS = "|".join(
    {
        words_of(code).plain(dt.date(2026, month, 1), "month").split()[0]
        for code in ("id", "en")
        for month in range(1, 13)
    }
)
NO_NUMBERS = re.compile(
    rf"""
    (\d{{1,2}}\s)?({MONTHS})\s\d{{4}} | \b(Tw\s(I|II|III|IV)|Q[1-4])\s\d{{4}} | (JP\spada|PNS\sfor|hours\sin|JP\sin|in)\s\d{{4}} | ^\d{{4}}$  # days and periods
    | \b(?!Rp)[A-Z][\w-]*\d[\w:-]*  # codes of programs, projects, offices, people
    | \b([Vv]ersi|[Vv]ersion)\s(kurikulum\s|baru\s)?\d+ | ^[1-4]\s(Kepuasan|Satisfaction|N-gain|Hedges|Perilaku|Behaviour|Kinerja|Performance|IKM).*$
    | ([Ss]elang|Wilson|[Ii]nterval|kepercayaan|[Ss]ekarang,|[Nn]ow,|^\()\s?\(?95%\)? | 95%\s([Ww]ilson|[Cc]onfidence|[Ii]nterval) | \(95%\)
    | 0–100 | \(1–5\) | \b(dari|of)\s(12|24)\s(bulan|months)
    | (PP|PermenPANRB)\s\d+/\d{{4}} | (pasal|article)\s\d+ | (bulan|month)\s0\b
    | {"|".join(re.escape(text) for one in REASONS.values() for text in (one.indonesian, one.english, one.mend, str(words_of("en").say(one.mend))))}
    | ^\d+\s(bulan|months?|malam|nights?|program(me)?s?|periode|periods?)\b | ,\s\d+\s(bentuk|forms?)\.  # what a chart draws
    """,
    re.VERBOSE,
)
"""Digits that are no numbers of the warehouse; of reasons of refusal, those of their texts."""


def unnamed(text: str) -> list[str]:
    """What a page says with numbers that have no name."""
    return [line for line in Unnamed(text).lines if re.search(r"\d", NO_NUMBERS.sub("", line))]


def test_every_number_has_a_name(site: Path) -> None:
    """On every page: in tables, cards, sentences, reasons and what charts say. Definitions explain scales."""
    found = {}
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r'<dl class="definitions">.*?</dl>', "", text, flags=re.DOTALL)
        found[str(path.relative_to(site))] = unnamed(text)
    assert {name: numbers for name, numbers in found.items() if numbers} == {}


@pytest.mark.parametrize(
    "planted",
    [
        '<td class="n" data-v="3">3</td>', '<td>12,5%</td>', "<p>sampai 7,9%</p>", "<p>toleransi 20%; 95%</p>", "<p>2 dari 14 bulan</p>",
        "<svg><desc>9 bulan; terendah 81,0</desc></svg>", "<td class='n'><span data-metric='a'>4</span> <small>(5)</small></td>",
    ],
)  # fmt: skip
def test_a_number_without_a_name_is_found(planted: str, site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    assert unnamed(text) == []
    assert len(unnamed(text.replace("</main>", f"{planted}</main>"))) == 1


def test_a_wrong_number_is_found(site: Path, truth: dict[str, Any]) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    name, shown = next((name, shown) for _, name, shown in Numbers(text).found if name == "porsi_tidak_puas")
    assert wrong_numbers(text.replace(shown, "99,9%"), "id", truth) != []
    assert name


def test_a_number_with_a_name_is_the_number() -> None:
    one, half = named(3, "a"), named(0.5, "b")
    assert (one + 1, half * 2, isinstance(one, Named), named(None, "c"), named(True, "d")) == (4, 1.0, True, None, True)
    assert not isinstance(one + 1, Named)
    assert 'data-metric="b"' in words_of("id").show(half, "share")
    assert 'data-metric="b"' in words_of("id").cell(half, "share")


# Measures


def test_measures_are_sql_written_by_hand(city: Store) -> None:
    """On a city some of whose cells are left out."""
    assert ask(city, "select count(*) from marts.training_hours where is_suppressed") > [(0,)]
    by_hand = {
        "porsi_memenuhi_jp": "select sum(n_floor_met) / sum(n_jp_known) from marts.training_hours where employment_type = 'PNS' and year = 2026 and n_floor_met is not null",
        "porsi_tidak_puas": "select sum(n_dissatisfied) / sum(n_judged) from marts.program_scorecard where n_dissatisfied is not null",
        "porsi_lulus": "select sum(n_passed) / sum(n_enrolled_examined) from marts.class_scorecard where n_passed is not null",
        "porsi_menyelesaikan": "select sum(n_completed) / sum(n_enrolled) from marts.class_scorecard where n_completed is not null",
        "indeks_kepuasan": "select sum(index_0_100 * n_respondents) / sum(n_respondents) from marts.reaction where aspect = 'OVERALL' and is_whole_class and not is_suppressed and not is_repeated",
        "biaya_per_peserta": "select sum(cost_idr) / sum(class_participants.n_expected) from marts.class_scorecard join marts.class_participants using (class_id) where cost_idr is not null and class_participants.n_expected > 0",
        "porsi_tanpa_pelatihan": "select sum(n_without_training) / sum(n_staying) from marts.training_gap where n_without_training is not null",
    }
    found = {name: one for name, one, _, _ in ask(city, figures.QUERIES["metrics"])}
    for name, query in by_hand.items():
        [(value,)] = ask(city, query)
        assert found[name] == pytest.approx(value, rel=1e-6), name


RECIPE = re.compile(r"^## (\w+)\n.*?```python\n(.*?)```.*?```dax\n(.*?)```", re.DOTALL | re.MULTILINE)


def in_pandas(con: duckdb.DuckDBPyConnection, text: str) -> float:
    """The value of the last line."""
    *lines, last = text.strip().splitlines()
    names: dict[str, Any] = {"con": con}
    exec("\n".join(lines), names)
    return float(eval(last, names))


def in_dax(con: duckdb.DuckDBPyConnection, text: str) -> float:
    """What Power BI would reckon, as far as the page goes."""
    text = re.sub(r"(\w+)\[(\w+)\]", r'rows["\2"]', text)
    table, kept, result = re.findall(r"FILTER \( (\w+), (.*) \)\nRETURN (.*)", text)[0]
    page = re.match(r"-- filter of the page: (.*)", text)
    rows = con.sql(f"from marts.{table} where {page[1] if page else 'true'}").df()
    for part in kept.split(" && "):
        rows = rows[eval(re.sub(r"NOT ISBLANK \( (.*) \)", r"\1.notna()", part).replace(" = ", " == "), {"rows": rows})]
    meaning = {"rows": rows, "DIVIDE": lambda a, b: a / b, "SUMX": lambda x: pd.Series(x, rows.index).sum()}
    return float(eval(result.replace("SUMX ( Rows,", "SUMX ("), meaning))


def test_every_recipe_gives_its_measure(city: Store) -> None:
    """docs/metrics.md says each measure in three languages; one that forgets what is left out gives another number."""
    found = {name: one for name, one, _, _ in ask(city, figures.QUERIES["metrics"])}
    recipes = RECIPE.findall((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    assert [name for name, _, _ in recipes] == list(METRICS)
    with duckdb.connect(str((city.current / "warehouse.duckdb").resolve()), read_only=True) as con:
        forgetful = 0
        for name, pandas, dax in recipes:
            assert in_pandas(con, pandas) == pytest.approx(found[name]), name
            assert in_dax(con, dax) == pytest.approx(found[name]), name
            forgetful += in_pandas(con, pandas.replace('.dropna(subset="above")', "")) != pytest.approx(found[name])
        assert forgetful > 0


def test_every_measure_has_words_and_a_definition() -> None:
    assert {one.definition for one in METRICS.values()} <= set(DEFINITIONS)
    assert all(set(one.label) == {"id", "en"} for one in METRICS.values())
    assert "passed" not in METRICS["porsi_menyelesaikan"].label["en"].lower()
    assert METRICS["porsi_lulus"].numerator == "n_passed"


SUPERSET = {
    ("training_hours", "porsi_memenuhi"): ("porsi_memenuhi_jp", "employment_type = 'PNS'"),
    **{("program_scorecard", name): (name, "true") for name, one in METRICS.items() if one.mart == "program_scorecard"},
}
"""Dataset and metric of the bundle → the measure, and rows of one kind."""


def test_superset_measures_the_same(city: Store) -> None:
    compared = 0
    for (table, name), (measure, where) in SUPERSET.items():
        dataset = yaml.safe_load((ROOT / f"deploy/superset/bundle/datasets/Diklat/{table}.yaml").read_text())
        for metric in dataset["metrics"]:
            if metric["metric_name"] == name:
                query = f"select {metric['expression']}, {METRICS[measure].expression} from marts.{table} where {where}"
                [(left, right)] = ask(city, query)
                assert left == pytest.approx(right), name
                compared += 1
    assert compared == len(SUPERSET)


# What readers were told wrongly


def test_passed_is_counted_by_results(city: Store, site: Path) -> None:
    rows = ask(
        city,
        """
        select s.program_code, s.n_passed, s.n_enrolled_examined, f.n from marts.program_scorecard as s
        join (
            select c.program_code, c.curriculum_version, count(*) filter (f.outcome = 'lulus') as n
            from core.fact_enrolment as f join core.dim_class as c using (class_key)
            join marts.class_participants as p on c.class_id = p.class_id
            where p.n_passed is not null group by all
        ) as f using (program_code, curriculum_version)""",
    )
    assert rows
    assert all(n_passed == n for _, n_passed, _, n in rows)
    words = words_of("id")
    for program, n_passed, n, _ in rows:
        told = f"lulus {words.plain(n_passed / n, 'share')} ({words.plain(n_passed, 'whole')} dari {words.plain(n, 'whole')})"
        assert told.replace("\xa0", " ") in plain(site / "program" / f"{program}.html")


def test_a_quality_that_turned_bad_is_told_by_what_was_counted_since(
    city: Store, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All classes together may lie below what is tolerated; the verdict is about now."""
    [(since, k, n, share, tolerated)] = ask(
        city,
        "select changed_on, n_unfavourable_now, n_observed_now, unfavourable_share, tolerated_share from marts.curriculum_flag "
        "where state = 'MERAH' and change = 'memburuk'",
    )
    assert share < tolerated < k / n
    told = f"memburuk sejak {words_of('id').date(since)}: {k} dari {n}".replace("\xa0", " ")
    for page in ("index.html", "keputusan.html"):
        assert told in plain(site / page), page
    showing.show_refresh(city, summary(city, Outcome(dt.date(2026, 11, 24)), look(city)))
    assert f"since {since}: {k} of {n}" in capsys.readouterr().out


def test_flagged_classes_are_those_that_reach_the_tolerated_share(city: Store) -> None:
    rows = ask(
        city,
        """
        select f.flag_id, f.n_classes_flagged, count(*) filter (e.reaches_tolerated)
        from marts.curriculum_flag as f join marts.curriculum_flag_evidence as e using (flag_id)
        where not e.is_suppressed and not e.is_repeated group by all""",
    )
    assert len(rows) > 20
    assert [row for row in rows if row[1] != row[2]] == []


def test_a_program_is_judged_by_its_current_curriculum(city: Store, site: Path) -> None:
    """Only a flag of the version that is given now, and one that is not resolved, asks for anything."""
    rows = ask(
        city,
        """
        select v.program_code, v.verdict, count(f.flag_id) from marts.program_verdict as v
        left join marts.curriculum_flag as f on v.program_code = f.program_code and v.curriculum_version = f.curriculum_version
            and f.state in ('MERAH', 'KUNING') and f.status <> 'selesai'
        group by all""",
    )
    assert {verdict == "perlu_diperbaiki" for _, verdict, _ in rows} == {True, False}
    assert [row for row in rows if (row[1] == "perlu_diperbaiki") != (row[2] > 0)] == []
    versions = ask(
        city, "select program_code, curriculum_version from marts.program_verdict where curriculum_version <> '1'"
    )
    for code, version in versions:
        assert f"{code}, versi {version}" in plain(site / "daftar-program.html")


def test_what_is_overdue_stands_first_and_is_called_so(city: Store, site: Path) -> None:
    late = ask(city, "select program_code from marts.program_verdict where decision = 'terlambat' order by 1")
    assert late
    rows = re.findall(
        r"<tr><th scope=\"row\"><a href=\"program/([^\"]+)\.html\">.*?</tr>",
        (site / "index.html").read_text(),
        re.DOTALL,
    )
    assert sorted(rows[: len(late)]) == [code for (code,) in late]
    assert "terlambat: tenggat" in plain(site / "index.html")
    assert plain(site / "keputusan.html").count("Terlambat: tenggat sudah lewat") == 1


def test_one_verdict_on_an_effect(site: Path) -> None:
    """The word of a design (effect or change) stands nowhere beside a verdict; what is shown is the evidence."""
    templates = (ROOT / "warehouse/report/templates").glob("*.html")
    assert all('w.word("claim"' not in path.read_text() for path in templates)
    assert "dapat dibaca sebagai pengaruh" not in "".join(plain(path) for path in (site / "program").glob("*.html"))


def test_two_indices_have_two_names(city: Store, site: Path) -> None:
    reasons = [
        reason for (reason,) in ask(city, "select reason from marts.curriculum_flag where reason like '%indeks %'")
    ]
    assert reasons
    assert all("indeks instansi" in reason for reason in reasons)


def shares_of_python_md(marts: Path) -> pl.DataFrame:
    """The recipe of docs/bi/python.md, word for word."""
    return (
        pl.scan_parquet(marts / "training_hours.parquet")
        .filter(pl.col("employment_type") == "PNS", pl.col("n_floor_met").is_not_null())
        .group_by("year")
        .agg((pl.col("n_floor_met").sum() / pl.col("n_jp_known").sum()).alias("porsi"))
        .collect()
    )


def test_one_share_has_one_interval(city: Store, site: Path) -> None:
    """Of who teaches in one program only, the card and the table of programs say the same."""
    alone = ask(
        city,
        "select instructor_id, any_value(program_code) from marts.curriculum_flag where instructor_id is not null group by 1 having count(*) = 1",
    )
    compared = 0
    for person, program in alone:
        found = {name: text for _, name, text in Numbers((site / "narasumber" / f"{person}.html").read_text()).found}
        for end in ("low", "high"):
            in_table = found.get(f"curriculum_flag.{end}|*|{program}|{person}")
            if in_table:
                assert in_table == found[f"instructor_scorecard.wilson_{end}|{person}"], person
                compared += 1
    assert compared > 10


def test_recipes_count_nobody_whose_numbers_are_left_out(city: Store) -> None:
    """Each recipe of docs/bi for the share of PNS who meet the floor, on a city that leaves some of them out."""
    [(right, wrong)] = ask(
        city,
        "select sum(n_floor_met) / sum(n_jp_known) filter (n_floor_met is not null), sum(n_floor_met) / sum(n_jp_known) "
        "from marts.training_hours where employment_type = 'PNS' and year = 2026",
    )
    assert right != wrong
    marts = (city.current / "parquet" / "marts").resolve()
    recipe = inspect.getsource(shares_of_python_md).partition("return ")[2].replace("\n    ", "\n")
    assert recipe in (DOCS / "python.md").read_text()
    shares = shares_of_python_md(marts)
    assert dict(shares.iter_rows())[2026] == pytest.approx(right)
    assert "`is_suppressed` = FALSE" in (DOCS / "excel.md").read_text()


def test_the_python_page_gives_the_index_of_those_that_are_shown(city: Store) -> None:
    query = re.search(r'con\.sql\("""(.*?)"""\)', (DOCS / "python.md").read_text(), re.DOTALL)
    assert query
    shown = dict(ask(city, query.group(1)))
    right = dict(
        ask(
            city,
            "select program_code, sum(index_0_100 * n_respondents) / sum(n_respondents) from marts.reaction "
            "where is_whole_class and aspect = 'OVERALL' and index_0_100 is not null group by 1",
        )
    )
    assert right
    assert {code: shown[code] for code in right} == pytest.approx(right)


def test_a_year_that_was_not_observed_is_not_full(city: Store) -> None:
    rows = ask(
        city,
        "select n_months_observed, is_full_year, n_jp_known, floor_share from marts.training_hours where year = 2025",
    )
    assert rows
    assert {(is_full, known, share) for months, is_full, known, share in rows if months < 12} == {(False, 0, None)}


def test_an_office_of_unknown_hours_is_not_untrained(city: Store) -> None:
    rows = ask(
        city,
        "select dose_group, jp_per_employee from marts.service_satisfaction_by_dose where period_start < date '2026-02-01'",
    )
    assert rows, "before then no twelve months are known"
    assert set(rows) == {("unknown", None)}


def test_the_query_of_effects_gives_proven_ones(city: Store) -> None:
    query = re.search(r"```sql\n(select program_code, program_name.*?);", (DOCS / "dbeaver.md").read_text(), re.DOTALL)
    assert query
    proven = ask(city, "select count(*) from marts.performance_effect where evidence_grade in ('terbukti', 'didukung')")
    assert len(ask(city, query.group(1))) == proven[0][0]


def test_what_must_not_be_summed_over_participants_says_so(city: Store) -> None:
    comments = dict(
        ask(
            city,
            "select column_name, comment from duckdb_columns() where schema_name = 'core' and table_name = 'dim_class'",
        )
    )
    for name in ("cost_idr", "scheduled_jp", "planned_participants"):
        assert "Once per class" in comments[name], name
    once = ask(
        city,
        "select program_code, curriculum_version, sum(f.cost_idr) from core.fact_class as f join core.dim_class using (class_key) "
        "where f.cost_idr is not null group by all order by all",
    )
    told = ask(
        city,
        "select program_code, curriculum_version, cost_idr from marts.program_scorecard where cost_idr is not null order by all",
    )
    assert once
    assert set(told) <= set(once)


# The pages of the city's questions


def test_the_front_page_is_read_in_a_minute(site: Path) -> None:
    for path in (site / "index.html", site / "en" / "index.html"):
        body = path.read_text().split('<main id="isi">')[1].split("</main>")[0]
        text = re.sub(r"<[^>]+>", " ", body)
        assert len(text.split()) <= 900, path
    for path in pages(site):
        assert path.stat().st_size < 500_000, path


def test_each_question_has_its_page_and_a_sentence_on_the_front(city: Store, site: Path) -> None:
    front = plain(site / "index.html")
    for page, heading in {
        "layanan.html": "Apakah kepuasan layanan naik di kantor yang pegawainya dilatih?",
        "proyek.html": "Apakah proyek lebih cepat sesudah manajernya dilatih?",
        "bentuk.html": "Bentuk mana, dengan biaya berapa?",
        "daftar-opd.html": "Siapa yang belum dilatih, dan di mana jam kurang",
    }.items():
        assert heading in front
        assert plain(site / page).count(heading) >= 1
    assert "Apa hasil keputusan triwulan lalu?" in plain(site / "keputusan.html")
    for (verdict,) in ask(city, "select verdict from marts.service_satisfaction_by_start where trained_on is not null"):
        assert " ".join(verdict.split()) in plain(site / "layanan.html")


def test_what_the_pages_say_of_few_managers_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    city = published_city(tmp_path_factory, 800, 24)
    file = shutil.copyfile(city.current / "warehouse.duckdb", tmp_path / "copy.duckdb")
    found = figures.read(file, Faults())
    few = [row for row in found.rows["project_months"] if row["n_managers"] < 5]
    assert few
    assert all(row["net_deviation"] is not None and not isinstance(row["net_deviation"], float) for row in few)


def test_last_quarter_is_the_one_before(city: Store) -> None:
    found = figures.read((city.current / "warehouse.duckdb").resolve(), Faults())
    quarter = figures.last_quarter(found)
    assert (quarter["start"], quarter["end"]) == (dt.date(2026, 7, 1), dt.date(2026, 9, 30))
