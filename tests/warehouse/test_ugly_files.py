"""Fifty files as offices really send them, each with the rows that must come out and the refusals that must be told."""

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

from warehouse.landing import scan
from warehouse.privacy import pseudonyms
from warehouse.staging import FileReport
from warehouse.store import Store

from ..conftest import DAY

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


def moved(rows: list[tuple[Any, ...]], by: int) -> list[tuple[Any, ...]]:
    return [(*row[:-1], row[-1] + by) for row in rows]


def two_sheets(book: Any) -> None:
    for name, rows in {"GABUNGAN": [HEAD, ONE, ["B", 1, CICI, "I"]], "Catatan": [["rapat"], ["besok"]]}.items():
        extra = book.create_sheet(name)
        for row in rows:
            extra.append(row)


def hidden_sheet(book: Any) -> None:
    extra = book.create_sheet("lama", 0)
    extra.sheet_state = "hidden"
    for row in (HEAD, ["LAMA", 1, CICI, "H"]):
        extra.append(row)


def percent(book: Any) -> None:
    book.active["D2"].number_format = "0%"
    book.active["E2"].number_format = "0.0%"


def epoch_1904(book: Any) -> None:
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def merged(book: Any) -> None:
    book.active.merge_cells("A1:D1")
    book.active.merge_cells("A3:A4")
    book.active.merge_cells("C3:D3")


CASES = [
    # where the table stands
    Ugly("title block, numbering, total, signature.xlsx",
         sheet(["DAFTAR HADIR"], ["Hari/Tanggal : Senin, 12 Januari 2026"], [], LABELS, ["(1)", "(2)", "(3)", "(4)"], ONE, TWO,
               ["JUMLAH", 2], *FOOT), moved(BOTH, 4)),
    Ugly("the same as text.csv",
         text(["DAFTAR HADIR", "", "", ""], ["", "", "", ""], LABELS, ["(1)", "(2)", "(3)", "(4)"], ONE, TWO, ["TOTAL", "2", "", ""],
              *[[*row, *[""] * (4 - len(row))] for row in FOOT]), moved(BOTH, 3)),
    Ugly("unpadded text with a footer.csv",
         text(["DAFTAR HADIR"], HEAD, ONE, TWO, ["Jml", "2"], ["Mengetahui,"], ["Nama Pejabat, S.Sos."], ["NIP. 19700101 199503 1 001"]),
         moved(BOTH, 1)),
    Ugly("class above the table.xlsx", sheet(["Kode Kelas : A"], [], LABELS[1:], ONE[1:], TWO[1:]), moved(BOTH, 2)),
    Ugly("class and session beside their labels.xlsx",
         sheet(["DAFTAR HADIR"], ["Kode Kelas", ":", "A"], ["Sesi", "3"], ["NIP", "Kehadiran"], [ANI, "H"], [BUDI, "DL"]),
         present((3, ANI, "hadir", 5), (3, BUDI, "dinas luar", 6))),
    Ugly("two stacked tables, each with its class.xlsx",
         sheet(["Kode Kelas : A"], LABELS[1:], ONE[1:], ["JUMLAH", "1"], [], ["Kode Kelas : B"], LABELS[1:], TWO[1:], *FOOT),
         [("A", 1, ANI, "hadir", 3), ("B", 2, BUDI, "sakit", 8)]),
    Ugly("header repeated on the next page.xlsx", sheet(HEAD, ONE, HEAD, TWO), [BOTH[0], *moved(BOTH[1:], 1)]),
    Ugly("header repeated on the next page.csv", text(HEAD, ONE, HEAD, TWO), [BOTH[0], *moved(BOTH[1:], 1)]),
    Ugly("two-row header with merged cells.xlsx",
         sheet(["DAFTAR HADIR"], [], ["Kode kelas", "Sesi ke-", "Peserta", ""], ["", "", "NIP", "Status kehadiran"], ONE, TWO, change=merged),
         moved(BOTH, 3)),
    Ugly("several sheets, equal rows once.xlsx", sheet(HEAD, ONE, TWO, change=two_sheets),
         [("A", 1, ANI, "hadir", 2), ("A", 2, BUDI, "sakit", 3), ("B", 1, CICI, "izin", 3)], n_duplicate=1),
    Ugly("hidden sheet.xlsx", sheet(HEAD, ONE, TWO, change=hidden_sheet), BOTH),
    Ugly("blank rows and a trailing column.xlsx", sheet(HEAD, ONE, [], ["", " "], [*TWO, "", "x"], []), [BOTH[0], *moved(BOTH[1:], 2)]),
    Ugly("shouted headings in another order.csv",
         text(["STATUS", "Catatan", "EMPLOYEE ID", " Session_No ", "Class-ID"], ["H", "x", ANI, 1, "A"], ["S", "", BUDI, 2, "A"]), BOTH),
    Ugly("headings over two lines.xlsx", sheet(["Kode\nkelas", "Sesi\nke-", "NIP /\nNI PPPK *", "Status  kehadiran"], ONE, TWO), BOTH),
    Ugly("a row called TOTAL that is a row.csv", text(HEAD, ["TOTAL", 1, ANI, "H"]), [("TOTAL", 1, ANI, "hadir", 2)]),
    Ugly("a total that nobody labelled is refused.csv", text(HEAD, ONE, ["", 30, "", ""]), BOTH[:1],
         [(3, "class_id", "MISSING"), (3, "employee_id", "MISSING")]),
    Ugly("the header in row 30.xlsx", sheet(*[[f"kop {n}"] for n in range(29)], HEAD, ONE), moved(BOTH[:1], 29)),
    # text
    Ugly("byte order mark.csv", text(HEAD, ONE, TWO, encoding="utf-8-sig"), BOTH),
    Ugly("utf-16 little endian, tabs.csv", text(HEAD, ONE, TWO, encoding="utf-16", delimiter="\t"), BOTH),
    Ugly("utf-16 big endian without mark.csv", text(HEAD, ONE, TWO, encoding="utf-16-be"), BOTH),
    Ugly("windows-1252 with semicolons.csv", text(HEAD, ["Café", 1, ANI, "H"], encoding="cp1252", delimiter=";"), [("Café", 1, ANI, "hadir", 2)]),
    Ugly("two encodings in one file.csv", text(HEAD, ["Café", 1, ANI, "H"]) + text(["Café", 2, ANI, "H"], encoding="cp1252"), code="FILE_ENCODING"),
    Ugly("sep line of Excel.csv", text("sep=;", ";".join(HEAD), "A;1;" + ANI + ";H"), moved(BOTH[:1], 1)),
    Ugly("carriage returns.csv", text(HEAD, ONE, TWO, end="\r\n"), BOTH),
    Ugly("line break in a cell.csv", text(HEAD, ["dua\nbaris", 1, ANI, "H"], ["A", "x", ANI, "H"]), [("dua\nbaris", 1, ANI, "hadir", 2)],
         [(4, "session_no", "NOT_AN_INTEGER")]),
    Ugly("ragged rows.csv", text(HEAD, ONE, "A,2," + BUDI, f"A,3,{BUDI},S,lebih", "A,4," + BUDI + ",S,,,"),
         [BOTH[0], ("A", 4, BUDI, "sakit", 5)], [(3, "", "RAGGED"), (4, "", "RAGGED")]),
    Ugly("cut in the middle of a row.csv", text(HEAD, ONE)[:-9], code="FILE_TRUNCATED"),
    Ugly("nobody's columns.csv", text(["a", "b"], [1, 2]), code="FILE_COLUMNS"),
    Ugly("two columns that mean the same.csv", text(["class_id", "session_no", "NIP", "NIP Baru", "status"], ["A", 1, ANI, ANI, "H"]), code="FILE_COLUMNS"),
    Ugly("an old Excel file.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), code="FILE_PASSWORD"),
    # identity numbers
    Ugly("ways to write a NIP.csv",
         text(HEAD, *ids("19850315 201001 2 001", "'198503152010012001", "19850315.201001.2.001", "NIP. 198503152010012001", "19850315-201001-2-001")),
         present(*[(n, ANI, "hadir", n + 1) for n in range(1, 6)])),
    Ugly("destroyed NIPs.csv",
         text(HEAD, *ids("1.98503E+17", "1,98503E+17", "198503152010012000", "198503152010012001.0", "198503152010012"), ["A", 9, ANI, "H"]),
         present((9, ANI, "hadir", 7)),
         [(2, "employee_id", "NIP_SCIENTIFIC"), (3, "employee_id", "NIP_SCIENTIFIC"), (4, "employee_id", "NIP_PRECISION_LOST"),
          (5, "employee_id", "NIP_SCIENTIFIC"), (6, "employee_id", "NIP_LENGTH")]),
    Ugly("a NIP as a number cell.xlsx", sheet(HEAD, *ids(198503152010012001, ANI)), present((2, ANI, "hadir", 3)), [(2, "employee_id", "NIP_SCIENTIFIC")]),
    Ugly("other people's numbers.csv", text(HEAD, *ids("480123456", "3674011203850001", "198513152010012001", BUDI)),
         present((4, BUDI, "hadir", 5)),
         [(2, "employee_id", "NIP_OLD"), (3, "employee_id", "NIP_IS_NIK"), (4, "employee_id", "NIP_BIRTH_DATE")]),
    # dates
    Ugly("dates in every way.csv",
         text(SESSIONS, *dates("2026-01-12", "12/01/2026", "12-1-2026", "12.01.2026", "12 Januari 2026", "Senin, 12 Januari 2026",
                               "12 Jan 26", "12 Peb 2026", "12 Agt 2026", "12 Nop 2026", "46034", "2026/01/12")),
         [("A", n, day) for n, day in enumerate([dt.date(2026, 1, 12)] * 7 + [dt.date(2026, m, 12) for m in (2, 8, 11)] + [dt.date(2026, 1, 12)] * 2, 1)],
         source="sessions", columns=("class_id", "session_no", "session_date")),
    Ugly("dates as cells.xlsx", sheet(SESSIONS, *dates(dt.date(2026, 1, 12), dt.datetime(2026, 1, 12), 46034, "46034")),
         [("A", n, dt.date(2026, 1, 12)) for n in range(1, 5)], source="sessions", columns=("class_id", "session_no", "session_date")),
    Ugly("days counted from 1904.xlsx", sheet(SESSIONS, *dates(dt.date(2026, 1, 12), 44572), change=epoch_1904),
         [("A", n, dt.date(2026, 1, 12)) for n in (1, 2)], source="sessions", columns=("class_id", "session_no", "session_date")),
    Ugly("days that are none.csv", text(SESSIONS, *dates("31 Februari 2026", "12 s.d. 14 Januari 2026", "besok", "12 Janvier 2026")),
         refusals=[(n, "session_date", "NOT_A_DATE") for n in range(2, 6)], source="sessions", columns=("class_id",)),
    Ugly("month first, proven.csv", text(SESSIONS, *dates("03/24/2026", "03/05/2026")),
         [("A", 1, dt.date(2026, 3, 24)), ("A", 2, dt.date(2026, 3, 5))], source="sessions", columns=("class_id", "session_no", "session_date")),
    Ugly("both orders.csv", text(SESSIONS, *dates("03/24/2026", "24/03/2026", "03/05/2026")),
         [("A", 1, dt.date(2026, 3, 24)), ("A", 2, dt.date(2026, 3, 24))], [(4, "session_date", "DATE_ORDER")],
         source="sessions", columns=("class_id", "session_no", "session_date")),
    Ugly("ranges of days, rupiah.csv",
         text(CLASSES, ["A", "P", "1", "12 s.d. 14 Januari 2026", "12 s.d. 14 Januari 2026", "Rp 1.234.567"],
              ["B", "P", "1", "28 Januari - 2 Februari 2026", "28 Januari - 2 Februari 2026", "Rp1.234.567,00"],
              ["C", "P", "1", "12-14 Januari 2026", "12-14 Januari 2026", "250.000"], ["D", "P", "1", "-", "N/A", "12,5"]),
         [("A", dt.date(2026, 1, 12), dt.date(2026, 1, 14), 1234567), ("B", dt.date(2026, 1, 28), dt.date(2026, 2, 2), 1234567),
          ("C", dt.date(2026, 1, 12), dt.date(2026, 1, 14), 250000)], [(5, "cost_idr", "NOT_AN_INTEGER")],
         source="classes", columns=("class_id", "start_date", "end_date", "cost_idr")),
    # numbers
    Ugly("decimal commas.csv", text(SCORES, *scores("87,5", "1.234,50", "9"), delimiter=";"), [(87.5,), (1234.5,), (9.0,)],
         source="assessments", columns=("score",)),
    Ugly("a mark in doubt.csv", text(SCORES, *scores("1.234", "90", "80")), [(90.0,), (80.0,)], [(2, "score", "NUMBER_AMBIGUOUS")],
         source="assessments", columns=("score",)),
    Ugly("a mark that others prove.csv", text(SCORES, *scores("1.234", "87,5"), delimiter=";"), [(1234.0,), (87.5,)],
         source="assessments", columns=("score",)),
    Ugly("a mark that others prove the other way.csv", text(SCORES, *scores("1.234", "87.5")), [(1.234,), (87.5,)],
         source="assessments", columns=("score",)),
    Ugly("a number cell is never in doubt.xlsx", sheet(SCORES, *scores(1.234, 90)), [(1.234,), (90.0,)], source="assessments", columns=("score",)),
    Ugly("percentages as text and as cells.xlsx", sheet(PROJECTS, ["P", "DLH", "2026-01", 0.85, 0.805], ["Q", "DLH", "2026-01", "85%", "80,5 %"], change=percent),
         [(85.0, 80.5), (85.0, 80.5)], source="projects", columns=("planned_pct", "actual_pct")),
    Ugly("errors and formulas without result.xlsx", sheet(SCORES, *scores("=1+1", "#REF!", 70)), [(70.0,)],
         [(2, "score", "CELL_ERROR"), (3, "score", "CELL_ERROR")], source="assessments", columns=("score",)),
    # words
    Ugly("every word for presence.csv",
         text(HEAD, *[["A", n, ANI, word] for n, word in enumerate(("Hadir", "v", "√", "✓", "1", "paraf", "I", "Ijin", "sakit", "Alpha", "TK",
                                                                    "tidak absen", "Dinas Luar", "C", "", "-"), 1)], ["A", 17, ANI, "mungkin"]),
         [(w,) for w in ["hadir"] * 6 + ["izin"] * 2 + ["sakit"] + ["alpa"] * 3 + ["dinas luar", "cuti", "unknown", "unknown"]],
         [(18, "status", "NOT_ALLOWED")], columns=("status",)),
    Ugly("grades of PNS.csv", text(PEOPLE, *people("PNS", "IIIc", "Penata (III/c)", "IV")), [("III/c",), ("III/c",)],
         [(4, "grade", "GRADE_UNCLEAR")], source="employees", columns=("grade",)),
    Ugly("more grades of PNS.csv", text(PEOPLE, *people("PNS", "3c", "III-C", "III/c - Penata")), [("III/c",)] * 3, source="employees", columns=("grade",)),
    Ugly("grades of PPPK.csv", text(PEOPLE, *people("P3K", "IX", "9", "Honorer")), [("IX",), ("IX",)], [(4, "grade", "NOT_ALLOWED")],
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


def test_there_are_enough_of_them_and_of_both_kinds() -> None:
    assert len(CASES) >= 50
    assert min(sum(ugly.name.endswith(ending) for ugly in CASES) for ending in (".csv", ".xlsx")) >= 18
