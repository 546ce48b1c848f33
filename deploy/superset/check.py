"""Compares every number of the dashboard in a running Superset with SQL run by DuckDB on the file itself.

    SUPERSET_PASSWORD=… python check.py --url http://127.0.0.1:8088 --user admin --file …/current/dashboards.duckdb

Superset is asked over its REST API, each chart by the query that its stored parameters make. The SQL below is written by
hand from the definitions of the measures; it does not come from the bundle. A chart without SQL here, or SQL without a
chart, is a failure. Exit code 1 when anything differs. Needs the packages of requirements.txt.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import duckdb

SLUG = "evaluasi-diklat"
WHOLE = "from marts.reaction where instructor_id is null"
EXPECTED: dict[str, str] = {
    "Putusan per program": """
        select decision, program_name, verdict, flag_state, flag_id, action, owner, due_on, evidence_grade, is_proven, cost_per_participant,
            n_resolved
        from marts.program_verdict""",
    "Tanda MERAH": "select count(*) from marts.curriculum_flag where state = 'MERAH'",
    "Tanda KUNING": "select count(*) from marts.curriculum_flag where state = 'KUNING'",
    "Belum dapat dinilai": "select count(*) from marts.curriculum_flag where state = 'DATA_KURANG'",
    "Tanda menurut aspek dan status": "select aspect, state, count(*) from marts.curriculum_flag group by all",
    "Tanda MERAH dan KUNING: alasan dan tindakan": """
        select state, flag_id, cause, reason, action, status, opened_on, n_dissatisfied, n_respondents,
            dissatisfied_share, contradiction
        from marts.curriculum_flag where state not in ('HIJAU', 'DATA_KURANG')""",
    "Kartu nilai program": """
        select program_code, program_name, curriculum_version, n_classes, n_enrolled, n_completed,
            completion_share, n_respondents, response_rate, n_judged, n_dissatisfied, dissatisfied_share, index_0_100,
            n_flags_red, n_flags_yellow, n_pairs, gain, hedges_g, behaviour_n_pairs, behaviour_change,
            performance_effect, performance_ci_low, performance_ci_high, performance_claim, ikm_mean
        from marts.program_scorecard""",
    "Penyelesaian kelas dan kehadiran menurut program": """
        select program_code, sum(n_classes), sum(n_enrolled), sum(n_completed) / sum(n_enrolled),
            sum(n_sessions_attended) / sum(n_sessions_known), sum(n_dissatisfied) / sum(n_judged)
        from marts.program_scorecard group by program_code""",
    "Indeks kepuasan menurut program (keseluruhan)": f"""
        select program_code, sum(index_0_100 * n_respondents) / sum(n_respondents) filter (not is_suppressed)
        {WHOLE} and aspect = 'OVERALL' group by program_code""",
    "Porsi tidak puas menurut aspek": f"select aspect, sum(n_dissatisfied) / sum(n_respondents) filter (not is_suppressed) {WHOLE} group by aspect",
    "Indeks kepuasan menurut program dan aspek": f"""
        select program_code, aspect, sum(index_0_100 * n_respondents) / sum(n_respondents) filter (not is_suppressed) {WHOLE} group by all""",
    "PNS yang memenuhi JP minimum menurut tahun": """
        select year, is_full_year, sum(n_floor_met), sum(n_jp_known), sum(n_employees), sum(n_floor_met) / sum(n_jp_known) filter (not is_suppressed)
        from marts.training_hours where employment_type = 'PNS' group by all""",
    "PPPK yang melampaui batas JP menurut tahun": """
        select year, is_full_year, sum(n_over_cap), sum(n_jp_known), sum(n_over_cap) / sum(n_jp_known) filter (not is_suppressed)
        from marts.training_hours where employment_type = 'PPPK' group by all""",
    "PNS yang memenuhi JP minimum menurut OPD": """
        select unit_code, year, case when sum(n_jp_known) > 0 then sum(n_floor_met) / sum(n_jp_known) filter (not is_suppressed) end
        from marts.training_hours where employment_type = 'PNS' group by all""",
    "IKM menurut layanan dan periode": "select period_start, unit_code, service, ikm from marts.service_satisfaction_index",
    "IKM: nilai, mutu, dan responden": """
        select unit_code, service, period_start, period_end, n_respondents, n_elements, ikm, grade, nrr_kompetensi,
            nrr_perilaku
        from marts.service_satisfaction_index""",
    "IKM menurut dosis pelatihan OPD": "select period_start, dose_group, ikm from marts.service_satisfaction_by_dose",
    "IKM menurut dosis: selang kepercayaan dan perubahan": """
        select period_start, period_end, dose_group, n_units, n_services, n_respondents, jp_per_employee, ikm, ikm_low,
            ikm_high, n_services_before, ikm_change, ikm_change_low, ikm_change_high
        from marts.service_satisfaction_by_dose""",
}

Row = tuple[Any, ...]


class Superset:
    """A Superset that one is logged in to."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.token = url.rstrip("/"), ""
        login = {"username": user, "password": password, "provider": "db", "refresh": False}
        self.token = self.call("security/login", login)["access_token"]

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST where there is a body."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode(errors='replace')[:2000]}") from error

    def charts(self) -> dict[str, dict[str, Any]]:
        """Title → parameters of every chart of the dashboard."""
        return {chart["slice_name"]: chart["form_data"] for chart in self.call(f"dashboard/{SLUG}/charts")["result"]}

    def rows(self, form_data: dict[str, Any]) -> list[Row]:
        """What a chart shows."""
        result = self.call("chart/data", query_context(form_data))["result"][0]
        return [tuple(row[name] for name in result["colnames"]) for row in result["data"]]


def query_context(form_data: dict[str, Any]) -> dict[str, Any]:
    """The query that Superset's pages make of a chart's parameters, for the kinds of chart of the bundle."""
    kind = form_data["viz_type"]
    metrics = form_data.get("metrics") or []
    orderby: list[list[Any]] = []
    if kind == "big_number_total":
        columns, metrics = [], [form_data["metric"]]
    elif kind == "table" and form_data["query_mode"] == "raw":
        columns, metrics = form_data["all_columns"], None
        orderby = [json.loads(order) for order in form_data["order_by_cols"]]
    elif kind == "table":
        columns = form_data["groupby"]
        orderby = [[form_data["timeseries_limit_metric"], not form_data["order_desc"]]]
    elif kind == "pivot_table_v2":
        columns = form_data["groupbyRows"] + form_data["groupbyColumns"]
    elif kind in {"echarts_timeseries_bar", "echarts_timeseries_line"}:
        columns = [form_data["x_axis"], *form_data["groupby"]]
    else:
        raise ValueError(f"{form_data.get('slice_name')}: no query is known for a chart of kind {kind}")
    number, _, source = form_data["datasource"].partition("__")
    query = {
        "columns": columns,
        "metrics": metrics,
        "orderby": orderby,
        "filters": [
            {"col": one["subject"], "op": one["operator"]}
            | ({"val": one["comparator"]} if one.get("comparator") else {})
            for one in form_data["adhoc_filters"]
        ],
        "row_limit": form_data.get("row_limit", 0),
        "extras": {"having": "", "where": ""},
    }
    return {
        "datasource": {"id": int(number), "type": source},
        "queries": [query],
        "form_data": form_data,
        "result_format": "json",
        "result_type": "full",
        "force": False,
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: days as milliseconds, no NaN."""
    if isinstance(value, dt.date):
        return int(dt.datetime.combine(value, dt.time(), dt.UTC).timestamp() * 1000)
    if isinstance(value, float) and not math.isfinite(value):
        return f"not a number: {value}"
    return value


def same(left: Any, right: Any) -> bool:
    """Equal; numbers to nine digits. An empty cell equals an empty cell only."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (left, right))
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12) if numbers else left == right


def order(row: Row) -> list[str]:
    """Rows are compared without order."""
    return [f"{value:.6g}" if isinstance(value, float) else repr(value) for value in row]


def difference(found: list[Row], expected: list[Row]) -> str:
    """What differs, in words; empty if nothing does."""
    if len(found) != len(expected):
        return f"{len(found)} rows, expected {len(expected)}"
    for left, right in zip(sorted(found, key=order), sorted(expected, key=order), strict=True):
        if len(left) != len(right):
            return f"{len(left)} columns, expected {len(right)}"
        for got, want in zip(left, right, strict=True):
            if not same(got, want):
                return f"{got!r}, expected {want!r}, in {right[:3]}"
    return ""


def check(superset: Superset, file: Path) -> int:
    """Print a line for each chart; returns how many are not equal."""
    charts = superset.charts()
    wrong = 0
    width = max(len(title) for title in EXPECTED)
    print(f"{'chart':{width}} | rows | equal")
    with duckdb.connect(str(file.resolve()), read_only=True) as con:
        for title in [*EXPECTED, *sorted(set(charts) - set(EXPECTED))]:
            if title not in charts or title not in EXPECTED:
                found, reason = [], "not in the dashboard" if title in EXPECTED else "no SQL to compare with"
            else:
                try:
                    found = [tuple(plain(value) for value in row) for row in superset.rows(charts[title])]
                    expected = [tuple(plain(value) for value in row) for row in con.execute(EXPECTED[title]).fetchall()]
                    reason = difference(found, expected)
                except RuntimeError as error:
                    found, reason = [], str(error)
            wrong += bool(reason)
            print(f"{title:{width}} | {len(found):4} | {'NO: ' + reason if reason else 'yes'}")
    print(f"{len(EXPECTED)} charts, {wrong} not equal")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the dashboard's numbers with the file's.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--file", required=True, type=Path)
    parser.add_argument("--differ", action="store_true", help="every chart must differ: proves that the check can fail")
    args = parser.parse_args()
    wrong = check(Superset(args.url, args.user, os.environ["SUPERSET_PASSWORD"]), args.file)
    sys.exit(wrong != (len(EXPECTED) if args.differ else 0))


if __name__ == "__main__":
    main()
