"""From delivered files to the staging store: what is kept, what is refused and why, and that nothing is lost."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.building.inputs import begin_build
from warehouse.database import connect
from warehouse.delivery.landing import scan
from warehouse.publishing.changes import lines, plan
from warehouse.staging.recipe import changed_months
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
HEAD = "class_id,session_no,employee_id,status\n"
ANI, BUDI = "198503152010012001", "199001012024211002"


def accepted(store: Store, source: str = "attendance", month: str = "2026-01") -> pl.DataFrame:
    return pl.read_parquet(store.staging / source / f"{month}.parquet")


def refused(store: Store, source: str = "attendance", month: str = "2026-01") -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.quarantine / source / f"{month}.parquet")
    return frame.select("row_number", "column_name", "reason_code", "value_seen").rows()


def counts(report: FileReport) -> tuple[int, int, int, int, str]:
    return report.n_read, report.n_accepted, report.n_refused, report.n_duplicate, report.status


def test_sound_rows_are_kept_and_each_refused_row_says_why(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "attendance/2026-01/a.csv",
        HEAD + f"A,1,{ANI},Hadir\nA,x,{ANI},H\nA,1,198503152010012000,H\nA,1,{BUDI},entahlah\n,1,{BUDI},H\n",
    )
    assert counts(read()["attendance/2026-01/a.csv"]) == (5, 1, 4, 0, "partly_refused")
    assert refused(store) == [
        (3, "session_no", "NOT_AN_INTEGER", "x"),
        (4, "employee_id", "NIP_PRECISION_LOST", "198503152010012000"),
        (5, "status", "NOT_ALLOWED", "entahlah"),
        (6, "class_id", "MISSING", None),
    ]
    assert accepted(store).select("class_id", "session_no", "status", "source_row").rows() == [("A", 1, "hadir", 2)]
    [path] = store.quarantine.glob("attendance/*.parquet")
    mend = pl.read_parquet(path).filter(pl.col("reason_code") == "NOT_ALLOWED").item(0, "how_to_mend")
    assert mend.endswith(
        "Pilihan: hadir, izin, sakit, alpa (tanpa keterangan), dinas luar, cuti. Yang tidak diketahui dibiarkan kosong."
    )


def test_ids_leave_as_pseudonyms_and_names_not_at_all(store: Store, deliver: Deliver, read: Read) -> None:
    head = "employee_id,full_name,employment_type,unit_code,position_title,position_group,grade,education_level\n"
    deliver("employees/2026-01/p.csv", head + f"{ANI},Ani Lestari,PNS,BKPSDM,Analis,pelaksana,III/a,S1\n")
    deliver("attendance/2026-01/a.csv", HEAD + f"A,1,'{ANI[:8]} {ANI[8:]},H\n")
    read()
    people = accepted(store, "employees")
    assert "full_name" not in people.columns
    assert people["employee_id"][0] == accepted(store)["employee_id"][0]
    for path in store.staging.rglob("*.parquet"):
        assert ANI.encode() not in path.read_bytes()
        assert b"Lestari" not in path.read_bytes()


def test_what_people_wrote_is_restricted_and_a_contradiction_is_told_in_their_words(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """In the staging store stand a token, a number for the file, and a code without the number of a person: nowhere the words."""
    head = "program_code,program_name,competency_area,curriculum_version,version_valid_from,objectives\n"
    rows = [("A", "untuk Ani"), ("B", "oleh Ani"), ("B", "oleh Budi"), (ANI, "untuk Ani"), (BUDI, "untuk Ani")]
    lines = "".join(f"{code},Uji,Uji,1,2026-01-01,{text}\n" for code, text in rows)
    deliver("programs/2026-01/dari Ani.csv", head + lines)
    read()
    staged = accepted(store, "programs")
    assert staged["objectives"].n_unique() == 1, "equal words, equal tokens"
    assert staged["program_code"].n_unique() == 3
    kept = "".join(map(str, [staged.rows(), *(path.read_text() for path in store.staging.rglob("*.json"))]))
    assert [word for word in ("Ani", "Budi", ANI, BUDI) if word in kept] == []
    assert [row[-1] for row in refused(store, "programs")] == ["B | 1", "B | 1"]
    raw = pl.read_parquet(store.quarantine / "programs" / "2026-01.parquet")
    assert [json.loads(row)["objectives"] for row in raw["raw_row"]] == ["oleh Ani", "oleh Budi"]
    assert raw["file_name"].unique().to_list() == ["programs/2026-01/dari Ani.csv"]


def test_survey_codes_live_in_a_key_space_of_their_own(store: Store, deliver: Deliver, read: Read) -> None:
    head = "response_id,class_id,submitted_at,aspect,item_code,score,scale_min,scale_max,instructor_id,comment\n"
    deliver("survey_responses/2026-01/s.csv", head + f"{ANI},A,2026-01-05T10:00:00,MATERI,M1,3,1,4,,\n")
    deliver("attendance/2026-01/a.csv", HEAD + f"A,1,{ANI},H\n")
    read()
    assert accepted(store, "survey_responses")["response_id"][0] != accepted(store)["employee_id"][0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_delimiters_byte_order_marks_and_column_order_do_not_matter(
    store: Store, deliver: Deliver, read: Read, delimiter: str, start: str
) -> None:
    lines = [["Status", "EMPLOYEE_ID", "session no", "class_id", "note"], ["H", ANI, "1", "A", "x"]]
    deliver("attendance/2026-01/a.csv", start + "\n".join(delimiter.join(line) for line in lines) + "\n")
    read()
    assert accepted(store).select("class_id", "session_no", "status").rows() == [("A", 1, "hadir")]


def test_workbooks_and_parquet_files_give_the_same_rows(
    store: Store, deliver: Deliver, read: Read, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for line in ([], ["class_id", "session_no", "employee_id", "status"], ["A", 1, ANI, "H"], [], ["A", "x", ANI, "H"]):
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    deliver("attendance/2026-01/a.xlsx", (tmp_path / "a.xlsx").read_bytes())
    columns = {"class_id": ["B"], "session_no": [2], "employee_id": [ANI], "status": ["S"]}
    pl.DataFrame(columns).write_parquet(tmp_path / "b.parquet")
    deliver("attendance/2026-01/b.parquet", (tmp_path / "b.parquet").read_bytes())
    read()
    assert accepted(store).select("class_id", "session_no", "status").rows() == [("A", 1, "hadir"), ("B", 2, "sakit")]
    assert refused(store) == [(5, "session_no", "NOT_AN_INTEGER", "x")]


def test_equal_rows_are_kept_once_and_contradicting_rows_are_refused(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = f"A,1,{ANI},H\nA,1,{ANI},hadir\nA,2,{ANI},H\nA,2,{ANI},S\nA,3,{ANI},H\n"
    deliver("attendance/2026-01/a.csv", HEAD + rows)
    assert counts(read()["attendance/2026-01/a.csv"]) == (5, 2, 2, 1, "partly_refused")
    assert [(row[0], row[2]) for row in refused(store)] == [(4, "KEY_CONFLICT"), (5, "KEY_CONFLICT")]
    assert accepted(store)["session_no"].to_list() == [1, 3]


def test_who_stands_in_rows_or_files_that_were_not_taken_is_known(store: Store, deliver: Deliver, read: Read) -> None:
    """A picture of all says by leaving somebody out that they have left: who is refused was not left out."""
    head = "employee_id,full_name,employment_type,unit_code,position_title,position_group,grade,education_level\n"
    people = [f"19900101{2010 + n}011001" for n in range(12)]

    def rows(*listed: tuple[int, str, str]) -> str:
        return head + "".join(f"{people[n]},Uji,PNS,{unit},Analis,pelaksana,{grade},S1\n" for n, unit, grade in listed)

    deliver("employees/2026-01/p.csv", rows(*((n, "A", "III/a") for n in range(12))))
    deliver(
        "employees/2026-02/a.csv",
        rows((0, "A", "XX/z"), (0, "A", "III/a"), (1, "A", "XX/z"), *((n, "A", "III/a") for n in range(2, 9))),
    )
    deliver(
        "employees/2026-02/b.csv",
        rows((8, "B", "III/a")) + f"{people[9][:12]}000000,Uji,PNS,B,Analis,pelaksana,III/a,S1\n",
    )
    deliver("employees/2026-02/held.csv", rows(*[(10, "C", "XX/z")] * 50, (11, "C", "III/a")))
    reports = read()
    assert reports["employees/2026-02/held.csv"].status == "held"
    known = accepted(store, "employees").sort("source_row")["employee_id"]
    untaken = json.loads((store.staging / "employees/2026-02.json").read_text())["untaken"]
    assert untaken == sorted(known[n] for n in (1, 8, 10, 11))


def test_of_a_conflict_a_column_is_named_that_is_there(store: Store, deliver: Deliver, read: Read) -> None:
    """The key of a test ends in a code that hardly any list has."""
    rows = f"A,{ANI},post,70,100\nA,{ANI},post,80,100\n"
    deliver("assessments/2026-01/a.csv", "class_id,employee_id,kind,score,max_score\n" + rows)
    read()
    assert {(row[1], row[2]) for row in refused(store, "assessments")} == {("kind", "KEY_CONFLICT")}


def test_a_file_of_which_no_row_was_new_is_refused_only_where_every_row_was(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """Two weekly copies of one list: what stands in the first is repeated in the second, and its one bad row is refused."""
    deliver("attendance/2026-01/a.csv", HEAD + f"A,1,{ANI},H\nA,2,{ANI},H\n")
    deliver("attendance/2026-01/b.csv", HEAD + f"A,1,{ANI},H\nA,2,{ANI},entahlah\n")
    deliver("attendance/2026-01/c.csv", HEAD + f"A,3,{ANI},entahlah\n")
    reports = read()
    assert counts(reports["attendance/2026-01/b.csv"]) == (2, 0, 1, 1, "partly_refused")
    assert counts(reports["attendance/2026-01/c.csv"]) == (1, 0, 1, 0, "refused")


def test_several_peers_of_one_day_are_told_apart_by_who_they_are(store: Store, deliver: Deliver, read: Read) -> None:
    """Without a name, two who say something else contradict each other."""
    head = "employee_id,class_id,observed_on,observer_role,phase,aspect,score,scale_min,scale_max,observer_id"
    seen = [(3, BUDI), (4, "197501012000032001"), (4, ""), (2, "")]
    rows = [f"{ANI},A,2026-01-20,rekan,sesudah,KERJA SAMA,{score},1,4,{observer}" for score, observer in seen]
    deliver("observations/2026-01/a.csv", "\n".join([head, *rows]))
    assert counts(read()["observations/2026-01/a.csv"]) == (4, 2, 2, 0, "partly_refused")
    assert staged_rows(store, "observations")["score"].to_list() == [3, 4]


def test_the_same_content_under_another_name_is_one_load(store: Store, deliver: Deliver, read: Read) -> None:
    text = HEAD + f"A,1,{ANI},H\n"
    for name in ("attendance/2026-01/a.csv", "attendance/2026-01/b.csv", "attendance/2026-02/c.csv"):
        deliver(name, text)
    reports = read()
    assert counts(reports["attendance/2026-01/a.csv"]) == (1, 1, 0, 0, "accepted")
    assert counts(reports["attendance/2026-01/b.csv"]) == (1, 0, 0, 1, "duplicate")
    assert counts(reports["attendance/2026-02/c.csv"]) == (1, 0, 0, 1, "duplicate")


def test_equal_snapshots_of_two_months_are_two_pictures(store: Store, deliver: Deliver, read: Read) -> None:
    for month in ("2026-01", "2026-02"):
        deliver(f"units/{month}/u.csv", "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n")
    assert {counts(report)[4] for report in read().values()} == {"accepted"}


def test_a_corrected_delivery_supersedes_and_unchanged_months_are_left_alone(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver("attendance/2026-01/a.csv", HEAD + f"A,1,{ANI},H\n")
    deliver("attendance/2026-02/a.csv", HEAD + f"B,1,{ANI},H\n")
    read()
    assert changed_months(store, scan(store, DAY)) == {}
    deliver("attendance/2026-01/a.csv", HEAD + f"A,1,{ANI},S\n")
    assert changed_months(store, scan(store, DAY)) == {"attendance": ["2026-01"]}
    read()
    assert accepted(store)["status"].to_list() == ["sakit"]


def test_a_withdrawn_delivery_leaves_no_rows(store: Store, deliver: Deliver, read: Read) -> None:
    path = deliver("attendance/2026-01/a.csv", HEAD + f"A,1,{ANI},H\n")
    read()
    path.unlink()
    read()
    assert not list(store.staging.glob("attendance/*"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "FILE_EMPTY"),
        ("blank.csv", b" \n\n", "FILE_EMPTY"),
        ("other.csv", b"a,b\n1,2\n", "FILE_COLUMNS"),
        ("cut.csv", (HEAD + f"A,1,{ANI},H\nA,1,1985").encode(), "FILE_TRUNCATED"),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(200), "FILE_KIND"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "FILE_KIND"),
        ("letter.docx", b"PK\x03\x04", "FILE_ENDING"),
        ("mixed.csv", (HEAD + "Caf\xe9,1,x,H\n").encode("latin-1") + "Caf\xe9,1,x,H\n".encode(), "FILE_ENCODING"),
        ("half.parquet", b"PAR1xxxx", "FILE_KIND"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_the_others_go_on(
    store: Store, deliver: Deliver, read: Read, name: str, content: bytes, code: str
) -> None:
    deliver(f"attendance/2026-01/{name}", content)
    deliver("attendance/2026-01/good.csv", HEAD + f"A,1,{ANI},H\n")
    landing = scan(store, DAY)
    problems = {p.file_name: p.code for p in landing.problems}
    reports = read()
    codes = problems | {file: report.reason_code for file, report in reports.items() if report.reason_code}
    assert codes == {f"attendance/2026-01/{name}": code}
    assert counts(reports["attendance/2026-01/good.csv"]) == (1, 1, 0, 0, "accepted")


def test_a_file_that_breaks_late_is_refused_whole(store: Store, deliver: Deliver, read: Read) -> None:
    rows = 300_000
    columns = {"class_id": ["A"] * rows, "session_no": range(rows), "employee_id": [ANI] * rows, "status": ["H"] * rows}
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer, row_group_size=50_000, statistics=False)
    damaged = bytearray(buffer.getvalue())
    for position in range(len(damaged) * 6 // 10, len(damaged) * 7 // 10):
        damaged[position] ^= 0xFF
    deliver("attendance/2026-01/late.parquet", bytes(damaged))
    deliver("attendance/2026-01/ok.csv", HEAD + f"C,1,{ANI},H\n")
    reports = read()
    assert counts(reports["attendance/2026-01/late.parquet"]) == (0, 0, 0, 0, "refused")
    assert accepted(store)["class_id"].to_list() == ["C"]


@pytest.mark.parametrize(
    "name", ["nowhere/2026-01/a.csv", "attendance/January/a.csv", "attendance/2026-13/a.csv", "a.csv"]
)
def test_a_file_in_a_wrong_folder_is_named(store: Store, deliver: Deliver, name: str) -> None:
    deliver(name, HEAD)
    assert [problem.file_name for problem in scan(store, DAY).problems] == [name]


def test_a_header_without_rows_is_a_delivery_of_nothing(store: Store, deliver: Deliver, read: Read) -> None:
    for name, text in {"a.csv": HEAD, "b.csv": HEAD.rstrip()}.items():
        deliver(f"attendance/2026-01/{name}", text)
    assert {counts(report) for report in read().values()} == {(0, 0, 0, 0, "accepted")}


def test_months_after_the_as_of_date_wait_and_are_named(store: Store, deliver: Deliver) -> None:
    """Early, or a mistyped month: nobody can tell, so somebody is told."""
    deliver("attendance/2026-12/a.csv", HEAD)
    landing = scan(store, DAY)
    [problem] = landing.problems
    assert (dict(landing.deliveries), problem.file_name, problem.status) == ({}, "attendance/2026-12/a.csv", "held")
    assert (problem.code, problem.seen) == ("FOLDER_MONTH", "2026-12 lies after 2026-11: it waits for its month.")
    assert not scan(store, dt.date(2026, 12, 1)).problems
    # Once it was read it is no mistake: an old day is replayed as it was, however often.
    for _ in range(2):
        replayed = scan(store, DAY)
        assert (list(replayed.problems), list(replayed.later)) == ([], ["attendance/2026-12/a.csv"])


def test_a_link_is_not_followed(store: Store, deliver: Deliver, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(HEAD)
    deliver("attendance/2026-01/a.csv", HEAD).with_name("l.csv").symlink_to(tmp_path / "secret.csv")
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_LINK"]


CELL = st.sampled_from(["A", "B;C", 'say "x"', "two\nlines", "", "ragged"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELL, st.sampled_from(["1", "2", "x", ""]), st.booleans()), min_size=1, max_size=30))
def test_line_numbers_are_those_of_an_independent_reader(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[str, str, bool]]
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    buffer.write(HEAD)
    for position, (name, number, blank_before) in enumerate(rows):
        if blank_before:
            buffer.write("\n")
        cells = [name, number, ANI, "H"] if name != "ragged" else [name, number]
        writer.writerow([*cells[:1], cells[1] and f"{cells[1]}{position + 1}" if number != "x" else "x", *cells[2:]])
    deliver("attendance/2026-01/a.csv", buffer.getvalue())
    report = read()["attendance/2026-01/a.csv"]

    expected, before = set(), 0
    reader = csv.reader(io.StringIO(buffer.getvalue(), newline=""))
    for cells in reader:
        start, before = before + 1, reader.line_num
        if cells and start > 1 and (len(cells) != 4 or not cells[0] or not cells[1].isdigit()):
            expected.add(start)
    too_large = {row[0] for row in refused(store) if row[2] == "TOO_LARGE"}
    assert {row[0] for row in refused(store)} - too_large == expected
    assert report.n_read == report.n_accepted + report.n_refused + report.n_duplicate == len(rows)


def test_the_plan_says_which_rows_of_an_earlier_month_are_replaced_by_others(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """A row that is sent again as it was is no news."""
    deliver("attendance/2026-01/a.csv", f"{HEAD}A,1,{ANI},H\nA,1,{BUDI},H\nA,2,{ANI},H\n")
    deliver("attendance/2026-02/b.csv", f"{HEAD}A,1,{ANI},I\nA,1,{BUDI},H\nA,3,{ANI},H\n")
    read()
    with connect(":memory:") as con:
        begin_build(con, store, DAY, scan(store, DAY))
        assert con.execute("select count(*) from staging.attendance").fetchall() == [(4,)]
        found = plan(con, "new", None)
    assert found["replaced"] == [{"item": "attendance 2026-01 by attendance/2026-02/b.csv", "before": None, "after": 1}]
    assert "  replaced: attendance 2026-01 by attendance/2026-02/b.csv: not there → 1" in lines(
        {**found, "against": "old"}
    )
