"""Small oddities of cells, line ends and numbers: further files as offices send them, beside `test_ugly_files`."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.delivery.workbooks.shown import of_format, shown
from warehouse.people.privacy import pseudonyms
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI, CICI = "198503152010012001", "199001012024211002", "197208121998031004"
HEAD = ["class_id", "session_no", "employee_id", "status"]
LABELS = ["Kode kelas", "Sesi ke-", "NIP", "Status Kehadiran"]
FOOT = [
    [],
    ["", "", "Tangerang Selatan, 12 Januari 2026"],
    ["", "", "Mengetahui,"],
    ["", "", "Kepala Bidang Diklat"],
    [],
    ["", "", "Nama Pejabat, S.Sos., M.Si."],
    ["", "", "NIP. 19700101 199503 1 001"],
]

ATTENDANCE = ("class_id", "session_no", "employee_id", "status", "source_row")
Cells = Sequence[Sequence[Any]]


def sheet(*rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of one sheet; `change` does to the workbook what cannot be said in cells."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([None if cell == "" else cell for cell in row])
    if change:
        change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def text(*rows: Sequence[Any] | str, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    """A text file; a row that is one string stands as it is."""
    lines = []
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerow([] if isinstance(row, str) else row)
        lines.append(row if isinstance(row, str) else buffer.getvalue().removesuffix("\n"))
    return (end.join(lines) + end).encode(encoding)


@dataclass
class Ugly:
    """A file, what must come out of it, and what must be told about it."""

    name: str
    content: bytes
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    refusals: list[tuple[int, str, str]] = field(default_factory=list)
    """(row, column, reason)"""
    source: str = "attendance"
    columns: tuple[str, ...] = ATTENDANCE
    code: str = ""
    """Reason for which the whole file is refused."""
    n_duplicate: int = 0


def present(*marks: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Rows of attendance from (session, NIP, status, row) of class A."""
    return [("A", *mark) for mark in marks]


def ids(*cells: Any) -> Cells:
    """Attendance rows of class A with these NIP cells, sessions 1, 2, 3 …"""
    return [["A", number, cell, "H"] for number, cell in enumerate(cells, start=1)]


def dates(*cells: Any) -> Cells:
    return [["A", number, cell] for number, cell in enumerate(cells, start=1)]


def scores(*cells: Any) -> Cells:
    return [["A", nip, "post", cell, "10000"] for nip, cell in zip((ANI, BUDI, CICI), cells, strict=False)]


def people(kind: str, *grades: str) -> Cells:
    return [[nip, "Nama", kind, "BKPSDM", "pelaksana", g] for nip, g in zip((ANI, BUDI, CICI), grades, strict=False)]


SESSIONS = ["class_id", "session_no", "session_date"]
SCORES = ["class_id", "employee_id", "kind", "score", "max_score"]
PEOPLE = ["NIP", "Nama", "Jenis kepegawaian", "Unit Kerja", "Kelompok jabatan", "Golongan"]
CLASSES = ["class_id", "program_code", "curriculum_version", "start_date", "end_date", "cost_idr"]
PROJECTS = ["project_id", "unit_code", "month", "planned_pct", "actual_pct"]
ONE, TWO = ["A", 1, ANI, "H"], ["A", 2, BUDI, "S"]
BOTH = present((1, ANI, "hadir", 2), (2, BUDI, "sakit", 3))


def epoch_1904(book: Any) -> None:
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


CASES = [
    Ugly(
        "full title lines between two tables.xlsx",
        sheet(["Kode Kelas", ":", "A", "Sesi", ":", 1], ["No", "Nama", *LABELS[2:]], [1, "Satu", ANI, "H"], [2, "Dua", CICI, "H"],
              ["Kode Kelas", ":", "B", "Sesi", ":", 2], ["No", "Nama", *LABELS[2:]], [1, "Satu", BUDI, "S"]),
        [("A", 1, ANI, "hadir", 3), ("A", 1, CICI, "hadir", 4), ("B", 2, BUDI, "sakit", 7)],
        [(5, "employee_id", "NIP_LENGTH"), (5, "status", "NOT_ALLOWED")],
    ),
    Ugly("class and session beside their labels.xlsx",
         sheet(["DAFTAR HADIR"], ["Kode Kelas", ":", "A"], ["Sesi", "3"], ["NIP", "Kehadiran"], [ANI, "H"], [BUDI, "DL"]),
         present((3, ANI, "hadir", 5), (3, BUDI, "dinas luar", 6))),
    Ugly("class merged over its rows.xlsx", sheet(HEAD, ONE, ["", *TWO[1:]], change=lambda book: book.active.merge_cells("A2:A3")), BOTH),
    Ugly("it's a name.csv", text(HEAD, ONE, ONE, ["", 2, BUDI, "S"]), BOTH[:1], [(4, "class_id", "MISSING")], n_duplicate=1),
    Ugly("line ends of old.csv", text(HEAD, ONE, TWO, end="\r"), BOTH),
    Ugly("headings over two lines.xlsx", sheet(["Kode\nkelas", "Sesi\nke-", "NIP /\nNI PPPK *", "Status  kehadiran"], ONE, TWO), BOTH),
    Ugly("a row called TOTAL that is a row.csv", text(HEAD, ["TOTAL", 1, ANI, "H"]), [("TOTAL", 1, ANI, "hadir", 2)]),
    Ugly("a total that nobody labelled is refused.csv", text(HEAD, ONE, ["", 30, "", ""]), BOTH[:1],
         [(3, "class_id", "MISSING"), (3, "employee_id", "MISSING")]),
    Ugly("utf-16 big endian without mark.csv", text(HEAD, ONE, TWO, encoding="utf-16-be"), BOTH),
    Ugly("a NIP as a number cell.xlsx", sheet(HEAD, *ids(198503152010012001, ANI)), present((2, ANI, "hadir", 3)), [(2, "employee_id", "NIP_SCIENTIFIC")]),
    Ugly("other people's numbers.csv", text(HEAD, *ids("480123456", "3674011203850001", "198513152010012001", BUDI)),
         present((4, BUDI, "hadir", 5)),
         [(2, "employee_id", "NIP_OLD"), (3, "employee_id", "NIP_IS_NIK"), (4, "employee_id", "NIP_BIRTH_DATE")]),
    Ugly("days counted from 1904.xlsx", sheet(SESSIONS, *dates(dt.date(2026, 1, 12), 44572), change=epoch_1904),
         [("A", n, dt.date(2026, 1, 12)) for n in (1, 2)], source="sessions", columns=("class_id", "session_no", "session_date")),
    Ugly("days that are none.csv", text(SESSIONS, *dates("31 Februari 2026", "12 s.d. 14 Januari 2026", "besok", "12 Janvier 2026")),
         refusals=[(n, "session_date", code) for n, code in enumerate(["NOT_A_DATE", "DATE_SEVERAL", "NOT_A_DATE", "NOT_A_DATE"], start=2)], source="sessions", columns=("class_id",)),
    Ugly("a mark that others prove.csv", text(SCORES, *scores("1.234", "87,5"), delimiter=";"), [(1234.0,), (87.5,)],
         source="assessments", columns=("score",)),
    Ugly("more grades of PNS.csv", text(PEOPLE, *people("PNS", "3c", "III-C", "III/c - Penata")), [("III/c",)] * 3, source="employees", columns=("grade",)),
    Ugly("grades of nobody.csv", text(PEOPLE, *people("PNS", "Juru I/e", "III/a III/b", "I/II/a")), refusals=[(n, "grade", "NOT_ALLOWED") for n in (2, 3, 4)],
         source="employees", columns=("grade",)),
    Ugly("units by their names.csv", text(PEOPLE, [ANI, "Nama", "PNS", "Dinas SDABMBK", "pelaksana", ""], [BUDI, "Nama", "PPPK", "Dinas  kesehatan", "pelaksana", ""]),
         [("DSDABMBK",), ("DINKES",)], source="employees", columns=("unit_code",)),
]  # fmt: skip


@pytest.mark.parametrize("ugly", CASES, ids=lambda ugly: ugly.name)
def test_an_ugly_file_gives_the_right_rows_and_tells_the_rest(
    store: Store, deliver: Deliver, read: Read, ugly: Ugly
) -> None:
    name = f"{ugly.source}/2026-01/{ugly.name}"
    deliver(name, ugly.content)
    problems = {problem.file_name: problem.code for problem in scan(store, DAY).problems}
    assert problems == ({name: ugly.code} if ugly.code else {})
    reports = read()
    if ugly.code:
        assert reports == {}
        return
    report = reports[name]
    assert report.n_read == report.n_accepted + report.n_refused + report.n_duplicate
    assert report.n_duplicate == ugly.n_duplicate
    refused = pl.read_parquet(store.quarantine / ugly.source / "2026-01.parquet")
    assert refused.select("row_number", "column_name", "reason_code").rows() == ugly.refusals
    assert report.n_refused == len({row for row, _, _ in ugly.refusals})
    code = pseudonyms(store.pseudonym_key(), "person")
    known = dict(zip(code.series(pl.Series([ANI, BUDI, CICI])).to_list(), (ANI, BUDI, CICI), strict=True))
    found = pl.read_parquet(store.staging / ugly.source / "2026-01.parquet").sort("source_sheet", "source_row")
    rows = [tuple(known.get(cell, cell) for cell in row) for row in found.select(ugly.columns).rows()]
    assert sorted(rows, key=str) == sorted(ugly.rows, key=str)


@pytest.mark.parametrize("mark", ["idem", "sda", "s.d.a.", '"', "''", '-"-', "〃", "sama dengan di atas"])
def test_as_above_is_what_stands_above(store: Store, deliver: Deliver, read: Read, mark: str) -> None:
    """The office was called `sda`, and nobody was told."""
    header = ("NIP", "Nama", "Status Kepegawaian", "Unit Kerja", "Nama Jabatan", "Kelompok Jabatan")
    first = ("198503152010011001", "Budi", "PNS", "Dinas Kesehatan", "", "Pelaksana")
    rows = [("198703162011012002", "Siti", mark, mark, mark, mark), ("199003172012011003", "Joko", "PPPK", "SDA", "Analis", mark)]  # fmt: skip
    deliver("employees/2026-01/a.xlsx", book(header, first, *rows))
    read()
    columns = ("source_row", "employment_type", "unit_code", "position_title", "position_group")
    found = staged_rows(store, "employees").select(columns).sort("source_row").rows()
    assert found == [
        (2, "PNS", "DINKES", None, "pelaksana"),
        (3, "PNS", "DINKES", None, "pelaksana"),
        (4, "PPPK", "SDA", "Analis", "pelaksana"),
    ]


def test_as_above_says_nothing_of_presences_and_where_nothing_is_above(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [("198503152010011001", "TS-2026-01-001", 1, "H"), ("198703162011012002", "sda", 1, "sda")]
    deliver("attendance/2026-01/a.xlsx", book(("NIP", "Kode kelas", "Sesi ke-", "Status kehadiran"), *rows))
    first = ("NS-001", "Budi", "Praktisi", "sda")
    deliver("instructors/2026-01/a.xlsx", book(("Kode Narasumber", "Nama", "Jenis", "Instansi"), first))
    read()
    assert staged_rows(store, "attendance").get_column("source_row").to_list() == [2]
    assert staged_rows(store, "instructors").get_column("affiliation").to_list() == [None]


def test_times_of_day_are_no_hours_of_training(store: Store, deliver: Deliver, read: Read) -> None:
    """A session at eight had been one of eight hours."""
    header = ("Sesi", "Materi", "Jam Pelajaran")
    rows = [(1, "A", "08.00"), (2, "B", "10.15"), (3, "C", "2")]
    deliver("sessions/2026-01/a.xlsx", book(("Kode Kelas : TS-2026-01-001",), header, *rows))
    deliver("sessions/2026-01/b.xlsx", book(("Kode Kelas : TS-2026-01-002",), header, (1, "A", "10.25"), (2, "B", "1,5")))  # fmt: skip
    read()
    assert staged_rows(store, "sessions").sort("jp").select("source_file", "source_row", "jp").rows() == [
        ("sessions/2026-01/b.xlsx", 4, 1.5),
        ("sessions/2026-01/a.xlsx", 5, 2.0),
        ("sessions/2026-01/b.xlsx", 3, 10.25),
    ]


def test_a_code_is_read_with_the_zeros_that_are_shown_before_it(store: Store, deliver: Deliver, read: Read) -> None:
    """What is shown as 007 had been 7, which is another code in every other file."""
    made = openpyxl.Workbook()
    for row in (("Kode unit kerja", "Nama unit kerja", "Jenis unit"), (7, "A", "dinas"), (12345, "B", "dinas"), (8, "C", "dinas")):  # fmt: skip
        made.active.append(row)
    made.active["A2"].number_format = made.active["A3"].number_format = "000"
    made.active["A4"].number_format = "0"
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("units/2026-01/a.xlsx", buffer.getvalue())
    read()
    assert sorted(staged_rows(store, "units").get_column("unit_code")) == ["007", "12345", "8"]


@pytest.mark.parametrize(
    ("code", "text", "told"),
    [
        ("0%", "0.85", "85%"), ("0.0%;[Red]-0.0%", "0.85", "85%"), ('0.00"%"', "0.45", "0.45%"), (r"0\ \%", "45", "45 %"), ('General"%"', "45", "45%"),
        ('#,##0" juta"', "25", "25 juta"), (r'"Rp "#,##0.0\ "jt"', "2.5", "2.5 jt"), ('#,##0".000.000"', "25", "25.000.000"),
        ('#,##0,," juta"', "25000000", "25000000"), (r"#\.##0", "25000", "25000"), ('0" JP"', "24", "24"), ("[$Rp-421]#,##0", "900000", "900000"),
        ("0.00", "1.1", "1.10"), ("0.00", "1", "1"), ("0.00", "85.456", "85.456"), ("0.000", "3.4", "3.4"), ("#,##0.00", "1.1", "1.1"),
        ("000", "7", "007"), ('"NS-"000', "7", "NS-007"), ("dd/mm/yyyy", "3", "3"),
    ],
)  # fmt: skip
def test_a_cell_says_what_its_format_makes_of_its_number(code: str, text: str, told: str) -> None:
    """0.45 shown as 0.45% was 45, 25 shown as 25 juta was 25 rupiah, and a version shown as 1.10 was 1.1, which is another one."""
    kind = of_format(code)
    assert (shown(text, kind) if kind else text) == told


def test_versions_and_amounts_are_read_as_they_are_shown(store: Store, deliver: Deliver, read: Read) -> None:
    made = openpyxl.Workbook()
    header = ("Kode kelas", "Kode program", "Versi kurikulum", "Tanggal mulai", "Tanggal selesai", "Biaya")
    days = ("2026-01-12", "2026-01-14")
    for row in (header, ("TS-2026-01-001", "MD-01", 1.1, *days, 25), ("TS-2026-01-002", "MD-01", 1.1, *days, 30_000_000)):  # fmt: skip
        made.active.append(row)
    made.active["C2"].number_format, made.active["F2"].number_format = "0.00", '#,##0" juta"'
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("classes/2026-01/a.xlsx", buffer.getvalue())
    read()
    found = staged_rows(store, "classes").select("curriculum_version", "cost_idr").rows()
    assert sorted(found) == [("1.1", 30_000_000), ("1.10", 25_000_000)]
