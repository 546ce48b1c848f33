"""Compares every number of the dashboard in a running Superset with SQL run by DuckDB on the file itself.

    SUPERSET_PASSWORD=… python check.py --url http://127.0.0.1:8088 --user admin --file …/current/dashboards.duckdb

Superset is asked over its REST API for the data of each chart, `GET /api/v1/chart/ID/data/`, which its stored query answers. The SQL below
is written by hand from the definitions of the measures; it does not come from the bundle. A chart without SQL here, or SQL without a
chart, is a failure. Exit code 1 when anything differs. Needs the packages of requirements.txt.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import secrets
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import duckdb

SLUG = "evaluasi-diklat"
WHOLE = "from marts.reaction where instructor_id is null"
GIVEN = "from marts.curriculum_flag inner join marts.program_verdict using (program_code, curriculum_version)"
"""Flags of the curricula that are given now."""


def said(column: str, **words: str) -> str:
    """SQL: the codes of a column in words; what is not named is written as the code."""
    return (
        f"case {column} "
        + " ".join(f"when '{code}' then '{word}'" for code, word in words.items())
        + f" else {column} end"
    )


def state(column: str) -> str:
    """SQL: a flag's state in words."""
    return said(column, DATA_KURANG="DATA KURANG")


ASPECT = said(
    "aspect", KEHADIRAN="Kehadiran", MANFAAT="Manfaat", MATERI="Materi", METODE="Metode", NARASUMBER="Narasumber",
    OVERALL="Keseluruhan", PENYELENGGARA="Penyelenggara", SARPRAS="Sarana dan prasarana",
)  # fmt: skip
STATUS = said(
    "status", terbuka="terbuka, belum ada keputusan", ditindaklanjuti="sudah diputuskan, hasil belum terlihat",
    selesai="selesai: angkatan sesudahnya hijau", berlanjut="berlanjut: angkatan sesudahnya belum hijau", tidak_ada="tidak perlu",
)  # fmt: skip
SOURCE = said(
    "source", assessments="tes peserta", attendance="daftar hadir", classes="kelas (angkatan)", employees="pegawai", enrolments="peserta",
    follow_ups="tindak lanjut", instructors="narasumber", observations="pengamatan perilaku", performance="kinerja (SKP)",
    programs="program", projects="proyek", service_satisfaction="survei kepuasan masyarakat", sessions="sesi",
    survey_responses="survei peserta", units="unit kerja",
)  # fmt: skip
EVIDENCE = said(
    "evidence_grade", didukung="didukung bukti", tanpa_pengaruh="tanpa pengaruh yang berarti",
    perubahan="perubahan, bukan bukti pengaruh", tidak_dapat_disimpulkan="tidak dapat disimpulkan",
)  # fmt: skip
DOSE = said(
    "dose_group",
    high="median ke atas",
    low="di bawah median",
    none="tanpa pelatihan",
    unknown="jumlah pegawai tidak diketahui",
)
GRADE = said("grade", A="A (sangat baik)", B="B (baik)", C="C (kurang baik)", D="D (tidak baik)")
EXPECTED: dict[str, str] = {
    "Keadaan data": "select as_of from ops.run",
    "Perlu diperbaiki": "select count(*) from marts.program_verdict where verdict = 'perlu_diperbaiki'",
    "Terbukti berhasil": "select count(*) from marts.program_verdict where verdict = 'terbukti_berhasil'",
    "Keputusan terlambat": "select count(*) from marts.program_verdict where decision = 'terlambat'",
    "Putusan per program": f"""
        select program_name, replace(verdict, '_', ' '), coalesce(flag_state, '–'), coalesce(action, '–'),
            {said("decision", menunggu="menunggu keputusan", diputuskan="sudah diputuskan", tidak_ada="tidak ada")},
            coalesce(owner, '–'), due_on, {EVIDENCE}, cost_per_participant
        from marts.program_verdict""",
    "Tanda MERAH": f"select count(*) {GIVEN} where state = 'MERAH' and status <> 'selesai'",
    "Tanda KUNING": f"select count(*) {GIVEN} where state = 'KUNING' and status <> 'selesai'",
    "Belum dapat dinilai": "select count(*) from marts.curriculum_flag where state = 'DATA_KURANG'",
    "Tanda menurut aspek": f"""
        select {ASPECT}, count(*) filter (state = 'MERAH' and status <> 'selesai' and v.program_code is not null),
            count(*) filter (state = 'KUNING' and status <> 'selesai' and v.program_code is not null), count(*) filter (state = 'HIJAU'),
            count(*) filter (state = 'DATA_KURANG')
        from marts.curriculum_flag left join marts.program_verdict as v using (program_code, curriculum_version) group by all""",
    "Tanda MERAH dan KUNING: alasan dan tindakan": f"""
        select curriculum_flag.flag_id, curriculum_flag.program_name, state, coalesce(cause, '–'), reason, curriculum_flag.action, {STATUS}, opened_on
        {GIVEN} where state not in ('HIJAU', 'DATA_KURANG') and status <> 'selesai'""",
    "Keputusan": f"""
        select flag_id, program_name, {ASPECT}, action, owner, decided_on, due_on, done_on, if(is_overdue, 'ya', 'tidak')
        from marts.follow_up_outcome""",
    "Hasil keputusan": f"""
        select program_name, {ASPECT}, replace(improvement, '_', ' '), n_dissatisfied_before, n_respondents_before, share_before,
            n_dissatisfied_after, n_respondents_after, share_after, change, change_low, change_high
        from marts.follow_up_outcome""",
    "Pengaruh pada kinerja": f"""
        select program_name, {EVIDENCE}, effect, ci_low, ci_high, n_trained, n_control, verdict
        from marts.performance_effect where outcome = 'numeric_score'""",
    "Kartu nilai program": """
        select program_name, curriculum_version, n_enrolled, completion_share, pass_share, n_judged,
            dissatisfied_share, index_0_100, n_pairs, gain, behaviour_n_pairs, behaviour_change, ikm_mean
        from marts.program_scorecard""",
    "Indeks kepuasan menurut program, bulan demi bulan": "select month_start, program_name, curriculum_version, index_0_100 from marts.scorecard_history",
    "Penyelesaian, kelulusan, dan kehadiran menurut program": """
        select program_name, sum(n_classes), sum(n_enrolled), sum(n_completed) / sum(n_enrolled) filter (n_completed is not null),
            sum(n_passed) / sum(n_enrolled_examined) filter (n_passed is not null),
            sum(n_sessions_attended) / sum(n_sessions_known) filter (n_sessions_attended is not null),
            sum(n_dissatisfied) / sum(n_judged) filter (n_dissatisfied is not null)
        from marts.program_scorecard group by program_name""",
    "Dari program ke kelas": """
        select program_name, count(*), sum(n_enrolled) filter (n_completed is not null),
            sum(n_sessions_attended) / sum(n_sessions_known) filter (n_sessions_attended is not null),
            sum(n_completed) / sum(n_enrolled) filter (n_completed is not null),
            sum(n_passed) / sum(n_enrolled_examined) filter (n_passed is not null),
            sum(index_overall * n_respondents) / sum(n_respondents) filter (index_overall is not null),
            sum(gain_class * n_pairs) / sum(n_pairs) filter (gain_class is not null)
        from marts.class_scorecard group by program_name""",
    "Indeks kepuasan menurut program (keseluruhan)": f"""
        select program_name, sum(index_0_100 * n_respondents) / sum(n_respondents) filter (not is_suppressed)
        {WHOLE} and aspect = 'OVERALL' group by program_name""",
    "Porsi tidak puas menurut aspek": f"""
        select {ASPECT}, sum(n_dissatisfied) / sum(n_respondents) filter (not is_suppressed) {WHOLE} group by all""",
    "Indeks kepuasan menurut program dan aspek": f"""
        select program_name, {ASPECT}, sum(index_0_100 * n_respondents) / sum(n_respondents) filter (not is_suppressed) {WHOLE} group by all""",
    "Narasumber": """
        select instructor_name, replace(instructor_type, '_', ' '), coalesce(affiliation, '–'), n_programs, n_classes, n_respondents, index_0_100, n_dissatisfied,
            dissatisfied_share, wilson_low, wilson_high, if(is_firm, 'ya', 'tidak')
        from marts.instructor_scorecard""",
    "PNS yang memenuhi JP minimum menurut tahun": """
        select year, if(is_full_year, 'ya', 'tidak'), sum(n_floor_met), sum(n_jp_known), sum(n_employees), sum(n_floor_met) / sum(n_jp_known) filter (not is_suppressed)
        from marts.training_hours where employment_type = 'PNS' group by all""",
    "PPPK yang melampaui batas JP menurut tahun": """
        select year, if(is_full_year, 'ya', 'tidak'), sum(n_over_cap), sum(n_jp_known), sum(n_over_cap) / sum(n_jp_known) filter (not is_suppressed)
        from marts.training_hours where employment_type = 'PPPK' group by all""",
    "PNS yang memenuhi JP minimum menurut OPD": """
        select unit_name, year, sum(n_floor_met) / nullif(sum(n_jp_known) filter (n_floor_met is not null), 0), sum(n_floor_met),
            sum(n_jp_known)
        from marts.training_hours where employment_type = 'PNS' group by all""",
    "IKM menurut layanan dan periode": "select period_start, unit_code, service, ikm from marts.service_satisfaction_index",
    "IKM: nilai, mutu, dan responden": f"""
        select unit_name, service, period_start, period_end, n_respondents, n_elements, ikm, coalesce({GRADE}, '–'), nrr_kompetensi,
            nrr_perilaku
        from marts.service_satisfaction_index""",
    "IKM menurut dosis pelatihan OPD": f"select period_start, {DOSE}, ikm from marts.service_satisfaction_by_dose",
    "IKM menurut dosis: selang kepercayaan dan perubahan": f"""
        select period_start, period_end, {DOSE}, n_units, n_services, n_respondents, jp_per_employee, ikm, ikm_low,
            ikm_high, ikm_change, ikm_change_low, ikm_change_high
        from marts.service_satisfaction_by_dose""",
    "Sampai kapan data tiap sumber": f"""
        select {SOURCE}, first_month, data_through, delivered_at, n_files_held, n_files_refused, n_warnings from ops.freshness""",
}

Row = tuple[Any, ...]


class Superset:
    """A Superset that one is logged in to."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.token = url.rstrip("/"), ""
        # What writes asks for a token that the session has.
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open
        login = {"username": user, "password": password, "provider": "db", "refresh": False}
        self.token = self.call("security/login", login)["access_token"]

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST where there is a body."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers=({} if body is None else {"Content-Type": "application/json"})
            | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        )
        try:
            with self.open(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode(errors='replace')[:2000]}") from error

    def load(self, archive: Path) -> None:
        """Write a bundle made with `--over` over what is there: database, data sets, charts and dashboard."""
        bound = secrets.token_hex(16)
        head = f'--{bound}\r\nContent-Disposition: form-data; name="bundle"; filename="bundle.zip"\r\nContent-Type: application/zip\r\n\r\n'
        request = urllib.request.Request(
            f"{self.url}/api/v1/assets/import/",
            data=head.encode() + archive.read_bytes() + f"\r\n--{bound}--\r\n".encode(),
            headers={
                "Content-Type": f"multipart/form-data; boundary={bound}",
                "Authorization": f"Bearer {self.token}",
                "X-CSRFToken": str(self.call("security/csrf_token/")["result"]),
                "Referer": self.url,
            },
        )
        with self.open(request, timeout=300) as answer:
            json.load(answer)

    def charts(self) -> dict[str, int]:
        """Title → number of every chart of the dashboard."""
        return {chart["slice_name"]: chart["id"] for chart in self.call(f"dashboard/{SLUG}/charts")["result"]}

    def rows(self, number: int) -> list[Row]:
        """What a chart's stored query answers."""
        result = self.call(f"chart/{number}/data/")["result"][0]
        return [tuple(row[name] for name in result["colnames"]) for row in result["data"]]


def plain(value: Any) -> Any:
    """A value as JSON has it: days and times as milliseconds, no NaN."""
    if isinstance(value, dt.datetime):
        return int(value.replace(tzinfo=dt.UTC).timestamp() * 1000)
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


def check(superset: Superset, file: Path) -> tuple[int, int]:
    """Print a line for each chart; returns how many are not equal, and how many of them gave no answer."""
    charts = superset.charts()
    wrong = silent = 0
    width = max(len(title) for title in EXPECTED)
    print(f"{'chart':{width}} | rows | equal")
    with duckdb.connect(str(file.resolve()), read_only=True) as con:
        for title in [*EXPECTED, *sorted(set(charts) - set(EXPECTED))]:
            if title not in charts or title not in EXPECTED:
                found, reason = [], "not in the dashboard" if title in EXPECTED else "no SQL to compare with"
                silent += 1
            else:
                try:
                    found = [tuple(plain(value) for value in row) for row in superset.rows(charts[title])]
                    expected = [tuple(plain(value) for value in row) for row in con.execute(EXPECTED[title]).fetchall()]
                    reason = difference(found, expected)
                except RuntimeError as error:
                    found, reason = [], str(error)
                    silent += 1
            wrong += bool(reason)
            print(f"{title:{width}} | {len(found):4} | {'NO: ' + reason if reason else 'yes'}")
    print(f"{len(EXPECTED)} charts, {wrong} not equal")
    return wrong, silent


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the dashboard's numbers with the file's.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--file", required=True, type=Path)
    parser.add_argument("--differ", action="store_true", help="every chart must differ: proves that the check can fail")
    parser.add_argument("--load", type=Path, help="a bundle made with --over, to be loaded before")
    args = parser.parse_args()
    superset = Superset(args.url, args.user, os.environ["SUPERSET_PASSWORD"])
    if args.load:
        superset.load(args.load)
    found = check(superset, args.file)
    sys.exit(found != ((len(EXPECTED) if args.differ else 0), 0))


if __name__ == "__main__":
    main()
