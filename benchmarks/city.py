"""A city as large as asked for: the sample city's reference files, with attendance and survey rows multiplied."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from warehouse.sample.city import write_sample

MONTHS = 12
PER_CLASS = 30
SESSIONS = 6
ITEMS = 10
REPLACED = (
    "classes",
    "sessions",
    "enrolments",
    "attendance",
    "survey_responses",
    "assessments",
    "observations",
    "follow_ups",
)


def write_city(home: Path, rows: int, employees: int = 22_000) -> None:
    """Write `rows` attendance rows and as many survey rows, over twelve months, below `home/landing`."""
    shutil.rmtree(home, ignore_errors=True)
    landing = home / "landing"
    landing.mkdir(parents=True)
    write_sample(landing, employees=employees, months=MONTHS)
    for source in REPLACED:
        shutil.rmtree(landing / source, ignore_errors=True)
    classes = rows // (PER_CLASS * SESSIONS)
    respondents = max(1, rows // classes // ITEMS)
    months = sorted(path.name for path in (landing / "employees").iterdir())
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        con.execute(
            f"create table people as select employee_id, row_number() over (order by employee_id) - 1 as n "
            f"from read_csv('{landing}/employees/{months[0]}/*.csv', all_varchar = true)"
        )
        con.execute(
            f"create table programs as select program_code, min(curriculum_version) as curriculum_version, "
            f"row_number() over (order by program_code) - 1 as n "
            f"from read_csv('{landing}/programs/*/*.csv', all_varchar = true, union_by_name = true) group by program_code"
        )
        n_people, n_programs = (
            con.execute(f"select count(*) from {t}").fetchall()[0][0] for t in ("people", "programs")
        )
        for position, month in enumerate(months):
            low, high = classes * position // MONTHS, classes * (position + 1) // MONTHS
            con.execute(
                f"""
                create or replace table c as
                select i as n, 'BM-' || lpad(i::varchar, 6, '0') as class_id, p.program_code, p.curriculum_version,
                    date '{month}-01' + (i % 20)::int as start_date,
                    'NS-' || lpad((1 + i % 40)::varchar, 3, '0') as instructor_id
                from range({low}, {high}) as r(i) join programs as p on p.n = i % {n_programs}
                """
            )
            members = f"c join range({PER_CLASS}) as k(k) on true join people as e on e.n = (c.n * 37 + k.k * 101) % {n_people}"
            tables = {
                "classes": "select class_id, program_code, curriculum_version, 1 as batch_no, 'nominated' as assignment, "
                "'tatap_muka' as method, start_date, start_date + 3 as end_date, 12 as scheduled_jp, "
                f"{PER_CLASS} as planned_participants, 15000000 as cost_idr, 'BKPSDM' as organiser from c",
                "sessions": "select class_id, s as session_no, start_date + (s // 2)::int as session_date, "
                f"'Modul ' || s as module_name, instructor_id, 2 as jp from c, range(1, {SESSIONS + 1}) as t(s)",
                "enrolments": "select class_id, employee_id, 'completed' as status, 'lulus' as outcome, "
                f"'' as certificate_no, 12 as certificate_jp from {members}",
                "attendance": "select class_id, s as session_no, employee_id, "
                "case when hash(c.n, k.k, s) % 100 < 92 then 'Hadir' when hash(c.n, k.k, s) % 100 < 96 then 'Izin' "
                f"else 'Sakit' end as status from {members}, range(1, {SESSIONS + 1}) as t(s)",
                "survey_responses": "select class_id || '-' || q.q as response_id, class_id, "
                "start_date::varchar || 'T15:00:00' as submitted_at, "
                "case when i < 4 then 'MATERI' when i < 8 then 'NARASUMBER' else 'PENYELENGGARA' end as aspect, "
                "'I' || i as item_code, 1 + greatest(0, 3 - (hash(c.n, q.q, i) % 5) // 2)::int as score, "
                "1 as scale_min, 4 as scale_max, case when i between 4 and 7 then instructor_id end as instructor_id, "
                f"'' as comment from c, range({respondents}) as q(q), range({ITEMS}) as t(i)",
            }
            for source, query in tables.items():
                folder = landing / source / month
                folder.mkdir(parents=True)
                con.execute(f"copy ({query}) to '{folder}/{source}.csv' (header)")
