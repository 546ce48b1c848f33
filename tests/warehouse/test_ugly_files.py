"""Files as offices really send them: each ends as rows that are right, or comes back with an explanation.

A case says what lies in the file and what must become of it: the accepted rows, the refused cells with their reasons,
or the reason for which the whole file is refused. Every person is invented.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.people.privacy import pseudonyms
from warehouse.sample.workbooks import compound
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
Cells = Sequence[object]

ANI, BUDI, CITRA = "198503152010012001", "199001012024211002", "197208121998031004"
PEOPLE = (ANI, BUDI, CITRA)
JAN_12, JAN_14 = dt.date(2026, 1, 12), dt.date(2026, 1, 14)


@dataclass(frozen=True)
class Ugly:
    """A delivered file and what must become of it."""

    name: str
    source: str
    ending: str
    content: bytes
    columns: str = ""
    """Columns of `rows`, with spaces between them; `employee_id` is compared with the pseudonym of the 18 digits."""
    rows: Sequence[Cells] = ()
    refusals: Sequence[tuple[int, str, str]] = ()
    """(row of the sheet or line of the file, column, reason code)."""
    n_duplicate: int = 0
    file_code: str = ""
    """Reason for which the whole file is refused."""
    held_rows: int = 0
    """Rows of a file that is held whole."""


def accepted(store: Store, case: Ugly) -> list[Cells]:
    """The staged rows, with pseudonyms turned back into the digits of the people of this module."""
    if not (store.staging / case.source / "2026-01.parquet").is_file():
        return []
    frame = staged_rows(store, case.source)
    codes = pseudonyms(store.pseudonym_key(), "person").series(pl.Series(PEOPLE)).to_list()
    digits = pl.col("^.*employee_id$").replace(dict(zip(codes, PEOPLE, strict=True)))
    return frame.with_columns(digits).select(case.columns.split()).rows() if case.columns else frame.rows()


def refused(store: Store, case: Ugly) -> list[tuple[str, int, str, str]]:
    path = store.quarantine / case.source / "2026-01.parquet"
    if not path.is_file():
        return []
    return pl.read_parquet(path).select("sheet_name", "row_number", "column_name", "reason_code").rows()


# ---------------------------------------------------------------- builders


def text(*lines: str | Cells, encoding: str = "utf-8", delimiter: str = ";", end: str = "\n") -> bytes:
    """A CSV file; a line is written as it stands, or made of cells that need no quotes."""
    written = [line if isinstance(line, str) else delimiter.join(map(str, line)) for line in lines]
    return ("\n".join(written) + end).encode(encoding)


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook: its rows from row 1, merged ranges, number formats by cell, and whether it is visible."""

    title: str
    rows: Sequence[Cells]
    merged: Sequence[str] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    state: str = "visible"


def book(*pages: Page) -> bytes:
    """A workbook of several sheets. Text that begins with = is a formula without its result, #REF! and the like errors."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for page in pages:
        sheet = made.create_sheet(page.title)
        for number, row in enumerate(page.rows, start=1):
            for column, value in enumerate(row, start=1):
                if value not in (None, ""):
                    sheet.cell(number, column, value)
        for cells in page.merged:
            sheet.merge_cells(cells)
        for cell, number_format in page.formats.items():
            sheet[cell].number_format = number_format
        sheet.sheet_state = page.state
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def sheet(*rows: Cells, merged: Sequence[str] = (), formats: Mapping[str, str] | None = None) -> bytes:
    """A workbook of one sheet."""
    return book(Page("Sheet1", rows, merged, formats or {}))


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed, or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in {*old.namelist(), name}:
            found = old.read(part) if part in old.namelist() else b""
            new.writestr(part, change(found) if part == name else found)
    return buffer.getvalue()


HADIR = ("Kode kelas", "Sesi ke-", "NIP / NI PPPK", "Status kehadiran")
"""Labels of the attendance contract."""
ATTENDED = "class_id session_no employee_id status"
PLACED = f"{ATTENDED} source_row"
KELAS = ("Kode kelas", "Kode program", "Versi kurikulum")
"""Labels of what every class must have."""
PEGAWAI = ("NIP", "Nama", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan", "Golongan")
TES = ("Kode kelas", "NIP", "Jenis tes", "Nilai", "Nilai maksimum")
PROYEK = ("Kode proyek", "Kode unit kerja", "Bulan", "Target fisik kumulatif", "Realisasi fisik kumulatif")

ONE_ROW = sheet(HADIR, ("MD-01-1", 1, ANI, "H"))
SIGNATURE: list[Cells] = [
    ("", "", "", "Tangerang Selatan, 12 Januari 2026"),
    ("Mengetahui,",),
    ("Kepala Bidang Pengembangan Kompetensi",),
    (),
    (),
    ("Wiratama Sukmalana, S.Sos., M.Si.",),
    ("NIP. 19700101 199503 1 001",),
]


def classes(column: str, values: Sequence[object]) -> list[Cells]:
    """Header and one class per value of `column`: K-1, K-2, …"""
    head = (*KELAS, column)
    return [head, *((f"K-{number}", "MD-01", "2026", value) for number, value in enumerate(values, start=1))]


def numbered(values: Sequence[object]) -> list[Cells]:
    """What `classes` must give: K-1, K-2, … each with its value; Ellipsis for a value that is refused."""
    return [(f"K-{number}", value) for number, value in enumerate(values, start=1) if value is not ...]


WAYS_OF_A_DAY = (
    "2026-01-12", "12/01/2026", "12-01-2026", "12.01.2026", "12/1/2026", "12 Januari 2026", "Senin, 12 Januari 2026",
    "12 JANUARI 2026", "12 Jan 26", "46034",
)  # fmt: skip
WORDS = {
    "H": "hadir", "Hadir": "hadir", "HADIR": "hadir", "v": "hadir", "√": "hadir", "✓": "hadir", "1": "hadir",
    "paraf": "hadir", "I": "izin", "Izin": "izin", "Ijin": "izin", "S": "sakit", "sakit": "sakit", "A": "alpa",
    "Alpa": "alpa", "Alpha": "alpa", "TK": "alpa", "Tidak Absen": "alpa", "DL": "dinas luar",
    "Dinas Luar": "dinas luar", "C": "cuti", "Cuti": "cuti", "": "unknown", "-": "unknown",
}  # fmt: skip
GRADES = {
    "III/c": "III/c", "IIIc": "III/c", "3c": "III/c", "III-C": "III/c", "Penata (III/c)": "III/c",
    "III/c - Penata": "III/c", "Penata Tk. I\u00a0 III/d": "III/d", "Pembina, IV/a": "IV/a",
}  # fmt: skip
SOUND_NIPS = (ANI, "19850315 201001 2 001", "19850315.201001.2.001", "19850315-201001-2-001", f"'{ANI}",
              "NIP. 19850315 201001 2 001", f"NIP {ANI}", f"  {ANI} ")  # fmt: skip
LOST_NIPS = {
    "1,98503E+17": "NIP_SCIENTIFIC", "1.98503E+17": "NIP_SCIENTIFIC", f"{ANI}.0": "NIP_SCIENTIFIC",
    "198503152010012000": "NIP_PRECISION_LOST", "480112345": "NIP_OLD", "3674011503850001": "NIP_IS_NIK",
    "19850315201001200": "NIP_LENGTH",
}  # fmt: skip


def csv_cases() -> list[Ugly]:
    """Text files."""
    both = [("MD-01-1", 1, ANI, "hadir", 2), ("MD-01-1", 1, BUDI, "sakit", 3)]
    lines = (f"MD-01-1;1;{ANI};H", f"MD-01-1;1;{BUDI};S")
    return [
        # ---- header
        Ugly(
            "headings in any case, spacing and punctuation",
            "attendance",
            "csv",
            text("CLASS ID;  session-No. ;Employee_ID;*STATUS*", *lines),
            PLACED,
            both,
        ),
        Ugly(
            "Indonesian labels among columns that nobody needs",
            "attendance",
            "csv",
            text(
                "No;Nama Peserta;NIP;STATUS KEHADIRAN;Kode Kelas;Sesi Ke-;Ket.",
                f"1;Ani Lestari;{ANI};H;MD-01-1;1;",
                f"2;Budi Prakarsa;{BUDI};S;MD-01-1;1;surat dokter",
            ),
            PLACED,
            both,
        ),
        Ugly(
            "a two-row header, exported from merged cells",
            "attendance",
            "csv",
            text(
                "No;Peserta;;Pelatihan;;Status kehadiran",
                ";Nama;NIP;Kode kelas;Sesi ke-;",
                f"1;Ani Lestari;{ANI};MD-01-1;2;Hadir",
            ),
            PLACED,
            [("MD-01-1", 2, ANI, "hadir", 3)],
        ),
        Ugly(
            "class and session stand in the title block",
            "attendance",
            "csv",
            text(
                "DAFTAR HADIR PESERTA;;",
                "Pelatihan Manajemen Data;;",
                "Kode Kelas : MD-01-1;;",
                "Sesi ke-;: 3;",
                "Nama;NIP;Status kehadiran",
                f"Ani Lestari;{ANI};H",
                f"Budi Prakarsa;{BUDI};",
            ),
            PLACED,
            [("MD-01-1", 3, ANI, "hadir", 6), ("MD-01-1", 3, BUDI, "unknown", 7)],
        ),
        Ugly(
            "a table of something else",
            "attendance",
            "csv",
            text("Nama Barang;Merek;Satuan;Banyaknya", "Spidol;Papan;lusin;12"),
            file_code="FILE_COLUMNS",
        ),
        Ugly(
            "a required column is nowhere",
            "attendance",
            "csv",
            text("Kode kelas;NIP;Status kehadiran", f"MD-01-1;{ANI};H"),
            file_code="FILE_SESSIONS",
        ),
        Ugly(
            "two columns are both the NIP",
            "attendance",
            "csv",
            text("Kode kelas;Sesi ke-;NIP;NIP;Status kehadiran", f"MD-01-1;1;{ANI};{BUDI};H"),
            file_code="FILE_COLUMNS",
        ),
        # ---- encoding, delimiter, shape
        Ugly(
            "UTF-8 with a byte order mark and Excel's sep= line",
            "attendance",
            "csv",
            text("\ufeffsep=;", HADIR, *lines),
            ATTENDED,
            [row[:4] for row in both],
        ),
        Ugly(
            "UTF-16 LE with tabs",
            "attendance",
            "csv",
            text("\ufeff" + "\t".join(HADIR), ("MD-01-1", 1, ANI, "√"), encoding="utf-16-le", delimiter="\t"),
            PLACED,
            [("MD-01-1", 1, ANI, "hadir", 2)],
        ),
        Ugly(
            "UTF-16 BE with commas",
            "attendance",
            "csv",
            text("\ufeff" + ",".join(HADIR), ("MD-01-1", 1, ANI, "✓"), encoding="utf-16-be", delimiter=","),
            PLACED,
            [("MD-01-1", 1, ANI, "hadir", 2)],
        ),
        Ugly(
            "windows-1252 with Windows line ends",
            "classes",
            "csv",
            text(*classes("Penyelenggara", ["Kafé Diklat – Serpong"]), encoding="cp1252").replace(b"\n", b"\r\n"),
            "class_id organiser",
            [("K-1", "Kafé Diklat – Serpong")],
        ),
        Ugly(
            "half UTF-8, half windows-1252",
            "classes",
            "csv",
            text(*classes("Penyelenggara", ["Kafé Diklat"])) + "K-2;MD-01;2026;Kafé Serpong\n".encode("cp1252"),
            file_code="FILE_ENCODING",
        ),
        Ugly(
            "empty cells trail behind some rows",
            "attendance",
            "csv",
            text(HADIR, f"{lines[0]};;", lines[1]),
            PLACED,
            both[1:],
            [(2, "", "RAGGED")],
        ),
        Ugly(
            "empty cells trail behind every row",
            "attendance",
            "csv",
            text(HADIR, *(f"{line};;" for line in lines)),
            PLACED,
            both,
        ),
        Ugly(
            "rows with a cell too few or too many",
            "attendance",
            "csv",
            text(HADIR, f"MD-01-1;2;{ANI}", lines[1], f"MD-01-1;3;{ANI};H;terlambat"),
            PLACED,
            both[1:],
            [(2, "", "RAGGED"), (4, "", "RAGGED")],
        ),
        Ugly(
            "line breaks and delimiters inside quotes",
            "classes",
            "csv",
            text(
                (*KELAS, "Penyelenggara", "Biaya"),
                'K-1;MD-01;2026;"BKPSDM;\nbidang ""PK""";250.000',
                "K-2;MD-01;2026;BKPSDM;dua juta",
            ),
            "class_id organiser cost_idr",
            [("K-1", 'BKPSDM;\nbidang "PK"', 250_000)],
            [(4, "cost_idr", "NOT_AN_INTEGER")],
        ),
        Ugly(
            "blank lines do not move the line numbers",
            "attendance",
            "csv",
            text("", HADIR, "", lines[0], "", ";;;", f"MD-01-1;dua;{ANI};H"),
            ATTENDED,
            [both[0][:4]],
            [(7, "session_no", "NOT_AN_INTEGER")],
        ),
        Ugly(
            "cut in the middle of a row",
            "attendance",
            "csv",
            text(HADIR, lines[0], "MD-01-1;1;19900101", end=""),
            file_code="FILE_TRUNCATED",
        ),
        Ugly(
            "cut inside quotes",
            "attendance",
            "csv",
            text(HADIR, lines[0], f'MD-01-1;1;{BUDI};"Had', end=""),
            file_code="FILE_TRUNCATED",
        ),
        # ---- rows that are none
        Ugly(
            "numbering, a second page, a total and a signature",
            "attendance",
            "csv",
            text(
                HADIR,
                "(1);(2);(3);(4)",
                lines[0],
                HADIR,
                lines[1],
                "JUMLAH 2;;;",
                *SIGNATURE[:1],
                "Mengetahui,",
                "Kepala Bidang Pengembangan Kompetensi;;;",
                "Wiratama Sukmalana, S.Sos., M.Si.;;;",
                "NIP. 19700101 199503 1 001;;;",
            ),
            PLACED,
            [("MD-01-1", 1, ANI, "hadir", 3), ("MD-01-1", 1, BUDI, "sakit", 5)],
        ),
        Ugly(
            "two tables below each other, each with its own class",
            "attendance",
            "csv",
            text(
                "Kode Kelas : MD-01-1;;",
                "Sesi ke-;3;",
                "No;NIP;Status kehadiran",
                f"1;{ANI};H",
                ";;",
                "Kode Kelas : TI-02-1;;",
                "Sesi ke-;7;",
                "No;NIP;Status kehadiran",
                f"1;{ANI};S",
                f"2;{BUDI};?",
            ),
            PLACED,
            [("MD-01-1", 3, ANI, "hadir", 4), ("TI-02-1", 7, ANI, "sakit", 9)],
            [(10, "status", "NOT_ALLOWED")],
        ),
        Ugly(
            "two signers below a narrow table",
            "attendance",
            "csv",
            text(
                "Kode Kelas : MD-01-1;;",
                "Sesi ke- : 3;;",
                "No;NIP;Status kehadiran",
                f"1;{ANI};H",
                "JML;1;",
                ";;Tangerang Selatan, 12 Januari 2026",
                "Mengetahui,;;Panitia,",
                "Kepala Bidang;;Ketua",
                ";;",
                "Wiratama Sukmalana, S.Sos.;;Laras Wijayaningtyas, S.E.",
                "NIP. 19700101 199503 1 001;;NIP. 19881212 201402 2 003",
            ),
            PLACED,
            [("MD-01-1", 3, ANI, "hadir", 4)],
        ),
        Ugly(
            "a class that is called like a total is a class",
            "classes",
            "csv",
            text((*KELAS, "Biaya"), "Total Quality-1;MD-01;2026;250000", "TOTAL;;;250000"),
            "class_id cost_idr",
            [("Total Quality-1", 250_000)],
        ),
        Ugly(
            "the same row twice and a contradiction",
            "attendance",
            "csv",
            text(HADIR, lines[0], lines[0].replace("H", "hadir"), *(f"MD-01-1;2;{ANI};{status}" for status in "HS")),
            ATTENDED,
            [both[0][:4]],
            [(4, "employee_id", "KEY_CONFLICT"), (5, "employee_id", "KEY_CONFLICT")],
            n_duplicate=1,
        ),
        # ---- values
        Ugly(
            "NIPs as people type them",
            "attendance",
            "csv",
            text(HADIR, *(f"MD-01-1;{session};{nip};H" for session, nip in enumerate((*SOUND_NIPS, BUDI), start=1))),
            "session_no employee_id",
            [*((session, ANI) for session in range(1, len(SOUND_NIPS) + 1)), (len(SOUND_NIPS) + 1, BUDI)],
        ),
        Ugly(
            "NIPs that lost their digits or are none",
            "attendance",
            "csv",
            text(HADIR, *(f"MD-01-1;{session};{nip};H" for session, nip in enumerate(LOST_NIPS, start=1)), lines[1]),
            PLACED,
            [("MD-01-1", 1, BUDI, "sakit", len(LOST_NIPS) + 2)],
            [(row, "employee_id", code) for row, code in enumerate(LOST_NIPS.values(), start=2)],
        ),
        Ugly(
            "all words for presence",
            "attendance",
            "csv",
            text(HADIR, *(f"MD-01-1;{session};{CITRA};{word}" for session, word in enumerate(WORDS, start=1))),
            "session_no status",
            list(enumerate(WORDS.values(), start=1)),
        ),
        Ugly(
            "all ways to write one day",
            "classes",
            "csv",
            text(*classes("Tanggal mulai", WAYS_OF_A_DAY)),
            "class_id start_date",
            numbered([JAN_12] * len(WAYS_OF_A_DAY)),
        ),
        Ugly(
            "old names of months, and a day that no calendar has",
            "classes",
            "csv",
            text(*classes("Tanggal mulai", ["12 Peb 2026", "12 Agt 2026", "12 Nop 2026", "31 Februari 2026", "-"])),
            "class_id start_date",
            numbered([dt.date(2026, 2, 12), dt.date(2026, 8, 12), dt.date(2026, 11, 12), ..., None]),
            [(5, "start_date", "NOT_A_DATE")],
        ),
        Ugly(
            "one column of the dates of several days",
            "classes",
            "csv",
            text(
                (*KELAS, "Tanggal mulai", "Tanggal selesai"),
                "K-1;MD-01;2026;12 s.d. 14 Januari 2026;12 s.d. 14 Januari 2026",
                "K-2;MD-01;2026;14 Januari 2026;12 Januari 2026",
            ),
            "class_id start_date end_date",
            [("K-1", JAN_12, JAN_14)],
            [(3, "end_date", "END_BEFORE_START")],
        ),
        Ugly(
            "several days in a column that is one day",
            "sessions",
            "csv",
            text(
                "Kode kelas;Sesi ke-;Tanggal sesi",
                "MD-01-1;1;12 s.d. 14 Januari 2026",
                "MD-01-1;2;Rabu, 14 Januari 2026",
            ),
            "class_id session_no session_date",
            [("MD-01-1", 2, JAN_14)],
            [(2, "session_date", "DATE_SEVERAL")],
        ),
        Ugly(
            "the month stands first, as one value proves",
            "classes",
            "csv",
            text(*classes("Tanggal mulai", ["03/04/2026", "03/24/2026", "12/01/2026"])),
            "class_id start_date",
            numbered([dt.date(2026, 3, 4), dt.date(2026, 3, 24), dt.date(2026, 12, 1)]),
        ),
        Ugly(
            "both orders of day and month in one column",
            "classes",
            "csv",
            text(*classes("Tanggal mulai", ["03/04/2026", "03/24/2026", "24/03/2026", "2026-03-05"])),
            "class_id start_date",
            numbered([..., dt.date(2026, 3, 24), dt.date(2026, 3, 24), dt.date(2026, 3, 5)]),
            [(2, "start_date", "DATE_ORDER")],
        ),
        Ugly(
            "money in rupiah",
            "classes",
            "csv",
            text(
                *classes(
                    "Biaya (Rp)", ["Rp 1.234.567", "Rp1.234.567,00", "250.000", "1234567", "N/A", "gratis", "1,234.567"]
                )
            ),
            "class_id cost_idr",
            numbered([1_234_567, 1_234_567, 250_000, 1_234_567, None, ..., ...]),
            [(7, "cost_idr", "NOT_AN_INTEGER"), (8, "cost_idr", "NUMBER_AMBIGUOUS")],
        ),
        Ugly(
            "thousands or thousandths: nothing tells",
            "assessments",
            "csv",
            text(TES, f"MD-01-1;{ANI};pretest;1.234;2000", f"MD-01-1;{ANI};post test;90;100"),
            "kind score max_score",
            [("post", 90.0, 100.0)],
            [(2, "score", "NUMBER_AMBIGUOUS")],
        ),
        Ugly(
            "a decimal comma elsewhere makes the point a mark of thousands",
            "assessments",
            "csv",
            text(TES, f"MD-01-1;{ANI};pre;1.234;2000", f"MD-01-1;{ANI};post;87,5;1.234.567,50"),
            "kind score max_score",
            [("pre", 1234.0, 2000.0), ("post", 87.5, 1_234_567.5)],
        ),
        Ugly(
            "a decimal point elsewhere makes the point a decimal mark",
            "assessments",
            "csv",
            text(TES, f"MD-01-1;{ANI};pre;1.234;4", f"MD-01-1;{ANI};post;3.5;4"),
            "kind score",
            [("pre", 1.234), ("post", 3.5)],
        ),
        Ugly(
            "shares with a percent sign",
            "projects",
            "csv",
            text(PROYEK, "P-1;BKPSDM;2026-01;85%;62,5 %", "P-2;BKPSDM;Januari;40;40", "P-3;BKPSDM;2026-01;140%;-"),
            "project_id month planned_pct actual_pct",
            [("P-1", dt.date(2026, 1, 1), 85.0, 62.5)],
            [(3, "month", "NO_YEAR"), (4, "planned_pct", "TOO_LARGE"), (4, "actual_pct", "MISSING")],
        ),
        Ugly(
            "percentages are no money",
            "projects",
            "csv",
            text(
                (*PROYEK, "Nilai kontrak (Rp.)", "Realisasi Keuangan (%)"),
                "P-1;BKPSDM;2026-01;85;62,5;1.250.000.000;62",
            ),
            "project_id actual_pct contract_idr realised_idr",
            [("P-1", 62.5, 1_250_000_000, None)],
        ),
        Ugly(
            "millions are no money either, and percentages do not stand in its way",
            "projects",
            "csv",
            text(
                (*PROYEK, "Nilai kontrak (juta Rp)", "Realisasi Keuangan (%)", "Realisasi Keuangan (Rp)"),
                "P-1;BKPSDM;2026-01;85;62,5;1.250;62;775.000.000",
            ),
            "project_id contract_idr realised_idr",
            [("P-1", None, 775_000_000)],
        ),
        Ugly(
            "percentages are no money in a report of the year",
            "projects",
            "csv",
            text(
                "OPD : BKPSDM;;",
                "Kode RUP : P-1;;",
                "Tahun Anggaran : 2026;;",
                "Bulan;Akum Target Fisik (%);Akum % Fisik;Akumulasi Keuangan (%)",
                "Januari;85;62,5;62",
            ),
            "project_id planned_pct actual_pct realised_idr",
            [("P-1", 85.0, 62.5, None)],
        ),
        Ugly(
            "notes in the headings of how their columns are filled in",
            "assessments",
            "csv",
            text(
                "Kode kelas (wajib diisi)*;NIP (18 digit);Jenis tes [pre/post];Nilai (0-100);Nilai maksimum;Tanggal tes (hh/bb/tttt)",
                f"MD-01-1;{ANI};pre;87,5;100;12/01/2026",
            ),
            "kind score max_score assessed_on",
            [("pre", 87.5, 100.0, JAN_12)],
        ),
        Ugly(
            "notes in the headings of a list of presences",
            "attendance",
            "csv",
            text("Kode Kelas : MD-01-1;;", "Nama;NIP (18 digit);Sesi 3 (H/I/S/A)", f"Ani Lestari;{ANI};H"),
            ATTENDED,
            [("MD-01-1", 3, ANI, "hadir")],
        ),
        Ugly(
            "the column with the scores has a heading that nobody knows",
            "assessments",
            "csv",
            text((*TES[:3], "Angka", TES[4]), f"MD-01-1;{ANI};pre;87,5;100"),
            file_code="FILE_COLUMNS",
        ),
        Ugly(
            "a timetable under the headings of offices",
            "sessions",
            "csv",
            text(
                "Kode Kelas;Hari/Tanggal;Sesi;Mata Diklat;JP",
                "MD-01-1;Senin, 12 Januari 2026;1;Tata naskah;3 JP",
                "MD-01-1;Rabu, 14 Januari 2026;2;Arsip;nihil",
            ),
            "session_no session_date module_name jp",
            [(1, JAN_12, "Tata naskah", 3.0), (2, JAN_14, "Arsip", None)],
        ),
        Ugly(
            "a calendar of classes under the headings of offices",
            "classes",
            "csv",
            text(
                "Kode Kelas;Kode Diklat;Versi;Metode;Jumlah JP;Kuota",
                "K-1;MD-01;2026;Luring;24 JP;30 orang",
                "K-2;MD-01;2026;Blended Learning;24,5;Nihil",
                "K-3;MD-01;2026;Pembelajaran jarak jauh;16;tiga puluh",
            ),
            "class_id curriculum_version method scheduled_jp planned_participants",
            [("K-1", "2026", "tatap_muka", 24.0, 30), ("K-2", "2026", "blended", 24.5, None)],
            [(4, "planned_participants", "NOT_AN_INTEGER")],
        ),
        Ugly(
            "certificates and tests as offices call them",
            "enrolments",
            "csv",
            text("Kode Kelas;NIP;Status Peserta;No. STTPP;Jumlah JP", f"MD-01-1;{ANI};Selesai;893/001;24 JP"),
            "certificate_no certificate_jp",
            [("893/001", 24.0)],
        ),
        Ugly(
            "tests in the spelling of the dictionary",
            "assessments",
            "csv",
            text(
                TES,
                *(
                    f"MD-01-1;{nip};{kind};80;100"
                    for nip in (ANI, BUDI)
                    for kind in (("Pretes", "Pos tes") if nip == ANI else ("prates", "pascates"))
                ),
            ),
            "employee_id kind",
            [(ANI, "pre"), (ANI, "post"), (BUDI, "pre"), (BUDI, "post")],
        ),
        Ugly(
            "aspects as forms print them",
            "survey_responses",
            "csv",
            text(
                "Kode respons;Kode kelas;Aspek;Kode butir;Nilai;Skala minimum;Skala maksimum",
                *(
                    f"R-1;MD-01-1;{aspect};1;3;1;4"
                    for aspect in ("Sarana dan Prasarana", "Penyelenggaraan", "Fasilitator")
                ),
            ),
            "aspect",
            [("SARPRAS",), ("PENYELENGGARA",), ("NARASUMBER",)],
        ),
        Ugly(
            "the service and the hour of the interview stand beside the elements",
            "service_satisfaction",
            "csv",
            text(
                "Unit Kerja : BKPSDM;;;;;;",
                "No. Resp;Waktu Survei;Jenis Layanan;U1 Persyaratan;U2 Prosedur;U3 Waktu Pelayanan;U4 Biaya",
                "1;2;KTP;4;3;1;4",
            ),
            "service element score",
            [("KTP", "persyaratan", 4.0), ("KTP", "prosedur", 3.0), ("KTP", "waktu", 1.0), ("KTP", "biaya", 4.0)],
        ),
        Ugly(
            "months of a project's report as people write them",
            "projects",
            "csv",
            text(
                "OPD : BKPSDM;;",
                "Kode RUP : P-1;;",
                "TA : 2026;;",
                "Bulan;Akum Target Fisik (%);Akum % Fisik",
                "Jan;5;5 persen",
                "PEBRUARI;10;9",
                "Triwulan I;20;19",
                "Agt.;50;40",
                "2026-09-01;60;55",
            ),
            "month actual_pct",
            [
                (dt.date(2026, 1, 1), 5.0),
                (dt.date(2026, 2, 1), 9.0),
                (dt.date(2026, 8, 1), 40.0),
                (dt.date(2026, 9, 1), 55.0),
            ],
            [(7, "month", "NOT_A_DATE")],
        ),
        Ugly(
            "the highest, the lowest and the spread below a list of grades",
            "assessments",
            "csv",
            text(
                "Kode Kelas : MD-01-1;;;",
                "Nilai Maksimum : 100;;;",
                "No;Nama;NIP;Pre Test",
                f"1;Ani Lestari;{ANI};60",
                f"2;Budi Prakarsa;{BUDI};85",
                ";Rata-rata;;72,5",
                ";Nilai Tertinggi;;85",
                ";Terendah;;60",
                ";Standar Deviasi;;17,68",
                ";Median;;72,5",
            ),
            "employee_id score",
            [(ANI, 60.0), (BUDI, 85.0)],
        ),
        Ugly(
            "golongan in all spellings",
            "employees",
            "csv",
            text(
                PEGAWAI,
                f"{ANI};Ani Lestari;PNS;BKPSDM;pelaksana;IV",
                f"{BUDI};Budi Prakarsa;P3K;BKPSDM;ahli pertama;9",
                f"{CITRA};Citra Ayuningrum;Pegawai Negeri Sipil;BKPSDM;pengawas;penata muda",
            ),
            "employee_id employment_type grade",
            [(BUDI, "PPPK", "IX")],
            [(2, "grade", "GRADE_UNCLEAR"), (4, "grade", "NOT_ALLOWED")],
        ),
        *(
            Ugly(
                f"golongan {spelling!r}",
                "employees",
                "csv",
                text(PEGAWAI, f"{CITRA};Citra Ayuningrum;PNS;BKPSDM;pengawas;{spelling}"),
                "employee_id grade",
                [(CITRA, grade)],
            )
            for spelling, grade in GRADES.items()
        ),
        Ugly(
            "performance over a period that is written as one range",
            "performance",
            "csv",
            text(
                "NIP;Awal periode;Akhir periode;Rezim penilaian;Rating hasil kerja;Predikat;Nilai kinerja",
                *(
                    f"{nip};1 Januari s.d. 31 Maret 2026;1 Januari s.d. 31 Maret 2026;PermenPANRB 6/2022;{rest}"
                    for nip, rest in {ANI: "Diatas Ekspektasi;Sangat Baik;", BUDI: "1;Baik;"}.items()
                ),
                f"{CITRA};2020-01-01;2020-12-31;PP 30/2019;-;-;87,5",
            ),
            "employee_id period_start period_end work_rating predicate numeric_score",
            [
                (ANI, dt.date(2026, 1, 1), dt.date(2026, 3, 31), "di_atas", "sangat_baik", None),
                (CITRA, dt.date(2020, 1, 1), dt.date(2020, 12, 31), None, None, 87.5),
            ],
            [(3, "work_rating", "NOT_ALLOWED")],
        ),
        Ugly(
            "answers outside their scale, and an answer left open",
            "survey_responses",
            "csv",
            text(
                "Kode respons;Kode kelas;Waktu kirim;Aspek;Kode butir;Nilai;Skala minimum;Skala maksimum",
                "R-1;MD-01-1;2026-01-12 09:15:32;Materi;M1;4;1;4",
                "R-2;MD-01-1;-;materi;M1;5;1;4",
                "R-3;MD-01-1;-;METODE;M2;3;4;4",
                "R-4;MD-01-1;-;METODE;M2;-;1;4",
            ),
            "class_id aspect score source_row",
            [("MD-01-1", "MATERI", 4.0, 2), ("MD-01-1", "METODE", None, 5)],
            [(3, "score", "OFF_SCALE"), (4, "scale_max", "SCALE_EMPTY"), (4, "score", "OFF_SCALE")],
        ),
        # ---- held, and just not held
        Ugly(
            "most of sixty rows are wrong",
            "attendance",
            "csv",
            text(
                HADIR, *(f"MD-01-1;{session};{ANI if session <= 20 else '1,98503E+17'};H" for session in range(1, 61))
            ),
            held_rows=60,
        ),
        Ugly(
            "half of sixty rows are wrong",
            "attendance",
            "csv",
            text(HADIR, *(f"MD-01-1;{session};{ANI};{'H' if session <= 30 else '??'}" for session in range(1, 61))),
            "session_no status",
            [(session, "hadir") for session in range(1, 31)],
            [(session + 1, "status", "NOT_ALLOWED") for session in range(31, 61)],
        ),
    ]


def workbook_cases() -> list[Ugly]:
    """Workbooks, and what is called one."""
    titled: list[Cells] = [
        ("PEMERINTAH KOTA TANGERANG SELATAN",),
        ("DAFTAR HADIR PESERTA PELATIHAN MANAJEMEN DATA",),
        (),
        ("Hari/Tanggal", ":", "Senin, 12 Januari 2026"),
        ("Kode Kelas", ":", "MD-01-1"),
        ("Sesi ke-", 3),
        (),
        ("No", "Nama", "NIP", "Status kehadiran"),
    ]
    return [
        # ---- where the table is
        Ugly(
            "a printed attendance sheet from title to signature",
            "attendance",
            "xlsx",
            sheet(
                *titled,
                ("(1)", "(2)", "(3)", "(4)"),
                (1, "Ani Lestari", "19850315 201001 2 001", "√"),
                (2, "Budi Prakarsa", BUDI, ""),
                (3, "Citra Ayuningrum", CITRA, "entahlah"),
                ("JUMLAH", 3),
                (),
                *SIGNATURE,
                merged=["A1:D1", "A2:D2"],
            ),
            PLACED,
            [("MD-01-1", 3, ANI, "hadir", 10), ("MD-01-1", 3, BUDI, "unknown", 11)],
            [(12, "status", "NOT_ALLOWED")],
        ),
        Ugly(
            "two tables on one sheet, each with its own title and signature",
            "attendance",
            "xlsx",
            sheet(
                *titled,
                (1, "Ani Lestari", ANI, "H"),
                *SIGNATURE,
                (),
                ("DAFTAR HADIR PESERTA",),
                ("Kode Kelas : TI-02-1",),
                ("Sesi ke-", 7),
                titled[-1],
                (1, "Budi Prakarsa", BUDI, "S"),
                (2, "Citra Ayuningrum", CITRA, "DL"),
                ("", "JUMLAH", 2),
            ),
            PLACED,
            [
                ("MD-01-1", 3, ANI, "hadir", 9),
                ("TI-02-1", 7, BUDI, "sakit", 22),
                ("TI-02-1", 7, CITRA, "dinas luar", 23),
            ],
        ),
        Ugly(
            "two tables on one sheet, with colons in cells of their own",
            "attendance",
            "xlsx",
            sheet(
                *titled,
                (1, "Ani Lestari", ANI, "H"),
                (),
                ("DAFTAR HADIR PESERTA",),
                ("Hari/Tanggal", ":", "Selasa, 13 Januari 2026"),
                ("Kode Kelas", ":", "TI-02-1"),
                ("Sesi ke-", ":", 7),
                titled[-1],
                (1, "Budi Prakarsa", BUDI, "S"),
            ),
            PLACED,
            [("MD-01-1", 3, ANI, "hadir", 9), ("TI-02-1", 7, BUDI, "sakit", 16)],
        ),
        Ugly(
            "two signers side by side, one below the column of the NIPs",
            "attendance",
            "xlsx",
            sheet(
                *titled,
                (1, "Ani Lestari", ANI, "H"),
                (),
                ("", "", "Tangerang Selatan, 12 Januari 2026"),
                ("", "Mengetahui,", "Panitia,"),
                ("", "Kepala Bidang", "Ketua"),
                (),
                ("", "Wiratama Sukmalana, S.Sos.", "Laras Wijayaningtyas, S.E."),
                ("", "NIP. 19700101 199503 1 001", "NIP. 19881212 201402 2 003"),
            ),
            PLACED,
            [("MD-01-1", 3, ANI, "hadir", 9)],
        ),
        Ugly(
            "the table stands far from the corner",
            "attendance",
            "xlsx",
            sheet(
                *[()] * 4, ("", "", *HADIR), (), ("", "", "MD-01-1", 1.0, ANI, "h"), (), ("", "", "MD-01-1", 0, BUDI)
            ),
            PLACED,
            [("MD-01-1", 1, ANI, "hadir", 7)],
            [(9, "session_no", "TOO_SMALL")],
        ),
        Ugly(
            "the header is in row 30",
            "attendance",
            "xlsx",
            sheet(*[("Tata tertib peserta pelatihan",)] * 29, HADIR, ("MD-01-1", 1, ANI, "H")),
            PLACED,
            [("MD-01-1", 1, ANI, "hadir", 31)],
        ),
        Ugly(
            "the header is in row 41",
            "attendance",
            "xlsx",
            sheet(*[("Tata tertib peserta pelatihan",)] * 40, HADIR, ("MD-01-1", 1, ANI, "H")),
            file_code="FILE_COLUMNS",
        ),
        Ugly(
            "a two-row header with merged cells",
            "attendance",
            "xlsx",
            sheet(
                ("REKAP KEHADIRAN",),
                ("No", "Peserta", "", "Pelatihan", "", "Status kehadiran"),
                ("", "Nama", "NIP/NIPPPK", "Kode kelas", "Sesi ke-", ""),
                (1, "Ani Lestari", ANI, "MD-01-1", 2, "Izin"),
                merged=["A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3"],
            ),
            PLACED,
            [("MD-01-1", 2, ANI, "izin", 4)],
        ),
        Ugly(
            "the header comes again on every printed page",
            "assessments",
            "xlsx",
            sheet(
                TES,
                ("MD-01-1", ANI, "Pre Test", "62,5", 100),
                TES,
                ("MD-01-1", ANI, "Post Test", 87.5, 100),
                ("RATA-RATA", "", "", 75, 100),
            ),
            "kind score source_row",
            [("pre", 62.5, 2), ("post", 87.5, 4)],
        ),
        # ---- sheets
        Ugly(
            "a sheet per class, one hidden, one with a note",
            "attendance",
            "xlsx",
            book(
                Page("Petunjuk", [("Isi sesuai daftar hadir.",), ("H", "Hadir"), ("S", "Sakit")]),
                Page("MD-01-1", [HADIR, ("MD-01-1", 1, ANI, "H")]),
                Page("MD-01-2", [("Daftar hadir",), HADIR, ("MD-01-2", 1, BUDI, "H"), ("MD-01-2", "dua", CITRA, "H")]),
                Page("Lama", [HADIR, ("MD-00-9", 1, CITRA, "H")], state="hidden"),
                Page("Arsip", [HADIR, ("MD-00-8", 1, CITRA, "H")], state="veryHidden"),
            ),
            f"{PLACED} source_sheet",
            [("MD-01-1", 1, ANI, "hadir", 2, "MD-01-1"), ("MD-01-2", 1, BUDI, "hadir", 3, "MD-01-2")],
            [(4, "session_no", "NOT_AN_INTEGER")],
        ),
        Ugly(
            "GABUNGAN repeats what the sheets hold",
            "attendance",
            "xlsx",
            book(
                Page("Sesi 1", [HADIR, ("MD-01-1", 1, ANI, "H")]),
                Page("Sesi 2", [HADIR, ("MD-01-1", 2, ANI, "S")]),
                Page("GABUNGAN", [HADIR, ("MD-01-1", 1, ANI, "Hadir"), ("MD-01-1", 2, ANI, "Sakit")]),
            ),
            ATTENDED,
            [("MD-01-1", 1, ANI, "hadir"), ("MD-01-1", 2, ANI, "sakit")],
            n_duplicate=2,
        ),
        Ugly(
            "the table is on a hidden sheet only",
            "attendance",
            "xlsx",
            book(
                Page("Petunjuk", [("Data ada di lembar lain.", "Lihat di sana.")]),
                Page("Data", [HADIR, ("MD-01-1", 1, ANI, "H")], state="hidden"),
            ),
            file_code="FILE_HIDDEN",
        ),
        Ugly(
            "one column twice under two labels",
            "attendance",
            "xlsx",
            sheet((*HADIR, "Nomor Induk Pegawai"), ("MD-01-1", 1, ANI, "H", BUDI)),
            file_code="FILE_COLUMNS",
        ),
        # ---- cells
        Ugly(
            "NIPs that a spreadsheet keeps as numbers",
            "attendance",
            "xlsx",
            sheet(
                HADIR,
                ("MD-01-1", 1, int(ANI), "H"),
                ("MD-01-1", 2, "1,98503E+17", "H"),
                ("MD-01-1", 3, "198503152010012000", "H"),
                ("MD-01-1", 4, 480112345, "H"),
                ("MD-01-1", 5, "3674011503850001", "H"),
                ("MD-01-1", 6, f"'{ANI}", "H"),
                ("MD-01-1", 7, "NIP. 19900101 202421 1 002", "H"),
                formats={"C2": "0"},
            ),
            "session_no employee_id",
            [(6, ANI), (7, BUDI)],
            [
                (2, "employee_id", "NIP_SCIENTIFIC"),
                (3, "employee_id", "NIP_SCIENTIFIC"),
                (4, "employee_id", "NIP_PRECISION_LOST"),
                (5, "employee_id", "NIP_OLD"),
                (6, "employee_id", "NIP_IS_NIK"),
            ],
        ),
        Ugly(
            "dates as cells, as serial numbers and as text",
            "classes",
            "xlsx",
            sheet(
                *classes(
                    "Tanggal mulai",
                    [JAN_12, dt.datetime(2026, 1, 12), 46034, "46034", "Senin, 12 Januari 2026", "32/01/26"],
                )
            ),
            "class_id start_date",
            numbered([*[JAN_12] * 5, ...]),
            [(7, "start_date", "NOT_A_DATE")],
        ),
        Ugly(
            "shares as cells shown in percent",
            "projects",
            "xlsx",
            sheet(
                PROYEK,
                ("P-1", "BKPSDM", "2026-01", 0.85, 0.625),
                ("P-2", "BKPSDM", dt.date(2026, 1, 1), 85, "62,5%"),
                formats={"D2": "0%", "E2": "0.00%"},
            ),
            "project_id month planned_pct actual_pct",
            [("P-1", dt.date(2026, 1, 1), 85.0, 62.5), ("P-2", dt.date(2026, 1, 1), 85.0, 62.5)],
        ),
        Ugly(
            "numbers as cells and as text",
            "assessments",
            "xlsx",
            sheet(
                TES,
                ("MD-01-1", ANI, "pre", 1.234, "4"),
                ("MD-01-1", ANI, "post", "3,75", 4),
                ("MD-01-1", BUDI, "pre", "N/A", 4),
                ("MD-01-1", BUDI, "post", "lulus", 4),
            ),
            "kind score max_score source_row",
            [("pre", 1.234, 4.0, 2), ("post", 3.75, 4.0, 3), ("pre", None, 4.0, 4)],
            [(5, "score", "NOT_A_NUMBER")],
        ),
        Ugly(
            "money as cells and as text",
            "classes",
            "xlsx",
            sheet(
                *classes("Biaya", [15_000_000, "Rp 1.234.567", "250.000", "-"]),
                ("TOTAL", "", "", 16_484_567),
                formats={"D2": '"Rp"#,##0'},
            ),
            "class_id cost_idr",
            numbered([15_000_000, 1_234_567, 250_000, None]),
        ),
        Ugly(
            "errors, and formulas without their results",
            "attendance",
            "xlsx",
            sheet(
                (*HADIR, "Ket."),
                ("MD-01-1", 1, "#REF!", "H"),
                ("MD-01-1", "=1+1", ANI, "H"),
                ("MD-01-1", 3, ANI, "#N/A"),
                ("#DIV/0!", 4, ANI, "H"),
                ("MD-01-1", 5, ANI, "H", "#NAME?"),
            ),
            PLACED,
            [("MD-01-1", 5, ANI, "hadir", 6)],
            [
                (2, "employee_id", "CELL_ERROR"),
                (3, "session_no", "CELL_ERROR"),
                (4, "status", "CELL_ERROR"),
                (5, "class_id", "CELL_ERROR"),
            ],
        ),
        Ugly(
            "errors in numbers, dates and money",
            "classes",
            "xlsx",
            sheet(
                (*KELAS, "Tanggal mulai", "Biaya"),
                ("K-1", "MD-01", "2026", "#VALUE!", 250_000),
                ("K-2", "MD-01", "2026", JAN_12, "=SUM(E2:E2)"),
                ("K-3", "MD-01", "2026", JAN_12, 250_000),
            ),
            "class_id start_date cost_idr",
            [("K-3", JAN_12, 250_000)],
            [(2, "start_date", "CELL_ERROR"), (3, "cost_idr", "CELL_ERROR")],
        ),
        Ugly(
            "employees with golongan of both kinds of appointment",
            "employees",
            "xlsx",
            sheet(
                ("No", *PEGAWAI),
                (1, ANI, "Ani Lestari", "PNS", "BKPSDM", "Ahli Muda", "III-C"),
                (2, BUDI, "Budi Prakarsa", "PPPK", "BKPSDM", "Ahli Pertama", "IV"),
                (3, CITRA, "Citra Ayuningrum", "PNS", "BKPSDM", "Administrator", "IV"),
            ),
            "employee_id employment_type position_group grade",
            [(ANI, "PNS", "jf_keahlian", "III/c"), (BUDI, "PPPK", "jf_keahlian", "IV")],
            [(4, "grade", "GRADE_UNCLEAR")],
        ),
        Ugly(
            "observations in Indonesian words",
            "observations",
            "xlsx",
            sheet(
                (
                    "NIP",
                    "Kode kelas",
                    "Tanggal pengamatan",
                    "Pengamat",
                    "Fase",
                    "Aspek perilaku",
                    "Nilai",
                    "Skala minimum",
                    "Skala maksimum",
                ),
                (ANI, "MD-01-1", "12 Januari 2026", "Atasan", "Sebelum", "kolaborasi", 3, 1, 5),
                (ANI, "MD-01-1", "12 s.d. 14 Januari 2026", "Rekan", "Setelah", "kolaborasi", 4, 1, 5),
                (ANI, "MD-01-1", 46034, "mertua", "sesudah", "kolaborasi", 4, 1, 5),
            ),
            "observed_on observer_role phase score",
            [(JAN_12, "supervisor", "before", 3.0)],
            [(3, "observed_on", "DATE_SEVERAL"), (4, "observer_role", "NOT_ALLOWED")],
        ),
        Ugly(
            "a person is present and sick on two sheets",
            "attendance",
            "xlsx",
            book(
                Page("Pagi", [HADIR, ("MD-01-1", 1, ANI, "H"), ("MD-01-1", 1, BUDI, "H")]),
                Page("Siang", [HADIR, ("MD-01-1", 1, ANI, "S")]),
            ),
            ATTENDED,
            [("MD-01-1", 1, BUDI, "hadir")],
            [(2, "employee_id", "KEY_CONFLICT"), (2, "employee_id", "KEY_CONFLICT")],
        ),
        # ---- workbooks that are held or not opened
        Ugly(
            "all NIPs of a long list are numbers",
            "attendance",
            "xlsx",
            sheet(HADIR, *(("MD-01-1", session, int(ANI), "H") for session in range(1, 51)), ("JUMLAH", 50)),
            held_rows=50,
        ),
        Ugly(
            "all NIPs of a short list are numbers",
            "attendance",
            "xlsx",
            sheet(HADIR, *(("MD-01-1", session, int(ANI), "H") for session in range(1, 50))),
            refusals=[(row, "employee_id", "NIP_SCIENTIFIC") for row in range(2, 51)],
        ),
        Ugly(
            "macros in a workbook without",
            "attendance",
            "xlsx",
            with_part(ONE_ROW, "xl/vbaProject.bin", lambda _: b"macro"),
            file_code="FILE_MACRO",
        ),
        Ugly(
            "a password",
            "attendance",
            "xlsx",
            compound({"EncryptedPackage": bytes(4096)}),
            file_code="FILE_PASSWORD",
        ),
        Ugly(
            "an entity in a part",
            "attendance",
            "xlsx",
            with_part(
                ONE_ROW, "xl/worksheets/sheet1.xml", lambda xml: b'<!DOCTYPE a [<!ENTITY b "ha">]>' + xml.lstrip()
            ),
            file_code="FILE_HOSTILE",
        ),
        Ugly(
            "an old workbook without content",
            "attendance",
            "xls",
            bytes.fromhex("D0CF11E0A1B11AE1") + bytes(2048),
            file_code="FILE_UNREADABLE",
        ),
        Ugly(
            "text that is called a workbook",
            "attendance",
            "xlsx",
            text(HADIR, f"MD-01-1;1;{ANI};H"),
            file_code="FILE_KIND",
        ),
    ]


CASES = [*csv_cases(), *workbook_cases()]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.ending}: {case.name}" for case in CASES])
def test_an_ugly_file_ends_as_right_rows_or_with_an_explanation(
    store: Store, deliver: Deliver, read: Read, case: Ugly
) -> None:
    name = f"{case.source}/2026-01/kiriman.{case.ending}"
    deliver(name, case.content)
    problems = {problem.file_name: problem.code for problem in scan(store, DAY).problems}
    report = read().get(name)

    if case.file_code:
        assert (problems.get(name) or (report and report.reason_code)) == case.file_code
        assert accepted(store, case) == []
        assert report is None or (report.status, report.n_read) == ("refused", 0)
        return
    assert problems == {}
    assert report is not None
    assert report.n_read == report.n_accepted + report.n_refused + report.n_duplicate
    if case.held_rows:
        assert (report.status, report.n_accepted, report.n_refused) == ("held", 0, case.held_rows)
        assert accepted(store, case) == []
        return
    found = refused(store, case)
    assert sorted(row[1:] for row in found) == sorted(case.refusals)
    assert sorted(accepted(store, case), key=repr) == sorted(case.rows, key=repr)
    n_refused = len({row[:2] for row in found})
    assert (report.n_accepted, report.n_refused, report.n_duplicate) == (len(case.rows), n_refused, case.n_duplicate)
