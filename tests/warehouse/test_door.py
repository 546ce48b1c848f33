"""What senders wrote names nobody outside: not as the name of a file or a folder, not in a code, a title or a sentence."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import copied, published_city, refresh
from warehouse.auditing.integrity import RULES, Build
from warehouse.database import connect
from warehouse.people.door import Door, door, known_numbers, names_a_number
from warehouse.people.privacy import Names, pseudonyms
from warehouse.store import Store

NIP = "198503152010012001"
DOOR = Door(Names(["Budi Santoso, S.Sos.", "Siti Rahmawati", "Ahmad Surya Pratama"]), pseudonyms(b"k", "code"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"hadir {NIP}.csv", "hadir [nomor].csv"),
        ("hadir 19850315 201001 2 001.csv", "hadir [nomor].csv"),
        ("hadir_19850315-201001-2-001_ok.csv", "hadir_[nomor]_ok.csv"),
        ("hadir Budi Santoso.csv", "hadir [nama].csv"),
        ("hadir_BudiSantoso.csv", "hadir_[nama].csv"),
        ("hadir budi_santoso 2026-08-14.csv", "hadir [nama] 2026-08-14.csv"),
        ("hadir dari Pak Joko.xlsx", "hadir dari Pak [nama].xlsx"),
        ("rekap B. Santoso.csv", "rekap B. [nama].csv"),
        ("WA 0812-3456-7890.csv", "WA [nomor].csv"),
        ("budi@dinas.go.id", "[surel]"),
        ("Surya 2026-08 kelas TS-2026-08-001.csv", "Surya 2026-08 kelas TS-2026-08-001.csv"),  # one word alone may be anything
        ("sidik 5f0812345678900a.csv", "sidik 5f0812345678900a.csv"),
    ],
)  # fmt: skip
def test_a_title_names_nobody(written: str, shown: str) -> None:
    assert DOOR.title(written) == shown


def test_a_code_with_a_number_of_a_person_becomes_one_without() -> None:
    code = DOOR.code(f"P:1:NARASUMBER:{NIP}")
    assert code == DOOR.code("P:1:NARASUMBER:19850315 201001 2 001"), "rows still meet"
    assert code.startswith("P:1:NARASUMBER:K")
    assert NIP not in code
    assert DOOR.code("TS-2026-08-001") == "TS-2026-08-001"


def test_files_that_would_be_shown_alike_are_numbered() -> None:
    shown = DOOR.files(["a/2026-01/dari Pak Joko.csv", "a/2026-01/dari Pak Agus.csv", "a/2026-01/b.csv"])
    assert sorted(shown.values()) == [
        "a/2026-01/b.csv",
        "a/2026-01/dari Pak [nama] (2).csv",
        "a/2026-01/dari Pak [nama].csv",
    ]
    assert shown == DOOR.files(reversed(list(shown)))


def test_a_long_text_takes_a_time_that_grows_with_it() -> None:
    begun = time.process_time()
    for text in ("1" * 200_000, "8" * 100_000 + "@", "0812" * 50_000, "1-" * 100_000, "Aa" * 100_000):
        DOOR.prose(text)
        DOOR.code(text)
    assert time.process_time() - begun < 20


# ---- A city whose senders name people everywhere ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """NIP and name of an employee whose words are nobody else's in what is published."""
    with connect(published_city(tmp_path_factory, 300, 3).restricted / "identity.duckdb", read_only=True) as con:
        people = con.execute("select employee_id, full_name from identity order by all").fetchall()
    return next((nip, name) for nip, name in people if len(name.split(",")[0].split()) >= 2)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, person: tuple[str, str]) -> Store:
    """The sample city after a night in which the person is named wherever somebody can write."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("named") / "data")
    nip, full = person
    name = full.split(",")[0].title()
    with connect(store.current.resolve() / "dashboards.duckdb", read_only=True) as con:
        class_id, program, version = con.execute(
            "select class_id, program_code, curriculum_version from core.dim_class where class_key <> 'unknown' order by all limit 1"
        ).fetchall()[0]
    files = {
        f"attendance/2026-11/hadir {name} {nip}.csv": f"class_id,session_no,employee_id,status\n{class_id},x,{nip},hadir\n",
        f"{name} {nip}/2026-11/a.csv": "a\n1\n",
        f"follow_ups/2026-11/putusan {name}.csv": "flag_id,action,owner,decided_on,due_on,done_on,new_curriculum_version\n"
        f"{program}:{version}:NARASUMBER:{nip},Bina {name} ({nip}),{name} 0812-3456-7890,2026-11-02,,,\n",
        f"programs/2026-11/program {nip}.csv": "program_code,program_name,competency_area,curriculum_version,version_valid_from,objectives\n"
        f"ZZ-01,Uji,Uji,1,2026-01-01,Dibimbing {name} NIP {nip}\n",
        "classes/2026-11/kelas.csv": "class_id,program_code,curriculum_version,batch_no,assignment,method,start_date,end_date,"
        f"scheduled_jp,planned_participants,cost_idr,organiser\nZZ-{nip},ZZ-01,1,1,nominated,seminar,2026-11-02,2026-11-03,5,10,,{name} {nip}\n",
        "sessions/2026-11/sesi.csv": "class_id,session_no,session_date,module_name,instructor_id,jp\n"
        f"ZZ-{nip},1,2026-11-02,Bersama {name},{nip},2\nZZ-{nip},2,2026-11-03,Uji,{name.upper()},2\n",
        "instructors/2026-11/narasumber.csv": "instructor_id,full_name,instructor_type,affiliation,competencies\n"
        f"{nip},Narasumber Uji,internal,Kantor {name},{nip}\n{name},Narasumber Lain,internal,Kantor,x\n",
    }  # fmt: skip
    for path, text in files.items():
        (store.landing / path).parent.mkdir(parents=True, exist_ok=True)
        (store.landing / path).write_text(text)
    refresh(store)
    return store


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that can be read below a folder, and the names of its files."""
    for path in sorted(folder.rglob("*")):
        yield str(path), str(path)
        if path.suffix == ".duckdb":
            with connect(path, read_only=True) as con:
                for (table,) in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall():
                    yield f"{path} {table}", con.sql(f"select * from {table}").pl().write_csv()
        elif path.suffix == ".parquet":
            yield str(path), pl.read_parquet(path).write_csv()
        elif path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")


def test_nobody_is_named_outside(city: Store, person: tuple[str, str]) -> None:
    nip, full = person
    name = full.split(",")[0].title()
    # Codes are read as they are written: who is known changes from month to month.
    below = [path for path in city.home.iterdir() if path not in (city.landing, city.restricted, city.staging)]
    for where, text in (found for path in below for found in texts(path)):
        assert nip not in text, where
        assert name.casefold() not in text.casefold(), where


def test_what_was_named_is_there_and_meets(city: Store) -> None:
    """The rows are accepted, and a code that was a NIP is one and the same wherever it stands."""
    with connect(city.current.resolve() / "dashboards.duckdb", read_only=True) as con:
        [(instructor,)] = con.execute(
            "select instructor_id from core.dim_instructor where instructor_name = 'Narasumber Uji'"
        ).fetchall()
        [(flag, action, owner)] = con.execute(
            "select flag_id, action, owner from core.fact_follow_up where flag_id like '%:NARASUMBER:K%'"
        ).fetchall()
        [(taught,)] = con.execute(
            "select i.instructor_id from core.dim_session as s inner join core.dim_instructor as i using (instructor_key) "
            "where s.class_id like 'ZZ-%' and s.session_no = '1'"
        ).fetchall()
        folders = {row[0] for row in con.execute("select distinct folder from ops.delivery").fetchall()}
        lists = con.execute(
            "select (select instructor_id from core.dim_instructor where instructor_name = 'Narasumber Lain'), "
            "(select i.instructor_id from core.dim_session as s inner join core.dim_instructor as i using (instructor_key) "
            "where s.class_id like 'ZZ-%' and s.session_no = '2')"
        ).fetchall()
    [(listed, met)] = lists
    assert listed == met
    assert re.fullmatch(r"K[0-9a-f]{12}", listed), (
        "a code that is a name is one and the same, too, however it is written"
    )
    assert instructor == taught == flag.split(":")[3]
    assert ("[nama]" in action, "[nomor]" in action, "[nomor]" in owner) == (True, True, True)
    assert any("[nama]" in folder and "[nomor]" in folder for folder in folders)


PLANTED = {
    "core.fact_follow_up": "action",
    "core.dim_class": "class_id",
    "core.dim_program": "objectives",
    "core.dim_instructor": "instructor_id",
    "ops.delivery": "file_name",
    "ops.rejection_summary": "column_name",
    "marts.curriculum_flag": "flag_id",
    "marts.survey_comment": "comment",
    "core.dim_unit": "unit_name",
}
"""Table → a column in which somebody's number is planted, and, where people write words, somebody's name."""


@pytest.mark.parametrize("table", PLANTED)
def test_one_who_is_named_turns_the_audit_red(city: Store, person: tuple[str, str], table: str, tmp_path: Path) -> None:
    nip, full = person
    rule, column = RULES["integrity: nobody is named"], PLANTED[table]
    assert rule.severity == "error"
    with connect(city.build, read_only=True) as con:
        assert [outcome for outcome in rule.look(Build(con, city)) if not outcome.passed] == []
    with connect(":memory:") as con:
        con.execute(f"attach '{city.build}' as whole (read_only); create schema {table.split('.')[0]}")
        con.execute(f"create table {table} as select * from whole.{table} limit 5; detach whole")
        planted = [f"x{nip[:8]} {nip[8:14]} {nip[14:]}"]
        planted += (
            [f"oleh {full.split(',')[0].lower()}"] if column in ("action", "objectives", "file_name", "comment") else []
        )
        planted += [full.split(",")[0]] if column.endswith("_id") else []
        for text in planted:
            con.execute(f"update {table} set {column} = ? where rowid = 0", [text])
            red = [(o.table, o.column) for o in rule.look(Build(con, city)) if not o.passed]
            assert red == [(table, column)], text


def test_numbers_are_known_whatever_stands_between_their_digits(city: Store, person: tuple[str, str]) -> None:
    numbers, (nip, _) = known_numbers(city), person
    assert names_a_number(f"00{nip[:4]}-{nip[4:]}99", numbers)
    assert not names_a_number("1" * 500_000, numbers)
    assert json.dumps(sorted(numbers)).count(nip) == 1
    assert door(city) is door(city)
