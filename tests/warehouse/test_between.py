"""Lines among the rows of a table that say something else than what is read from above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
Rows = Sequence[Sequence[object]]
BUDI, SITI = "198503152010011001", "198703162011012002"
CLASS = "TS-2026-01-001"
PEOPLE: Rows = [("Unit Kerja : Dinas Kesehatan",), ("Status Kepegawaian : PNS",), ("No", "Nama", "NIP", "Kelompok Jabatan"), (1, "Budi", BUDI, "Pelaksana")]  # fmt: skip
TESTS: Rows = [(f"Kode Kelas : {CLASS}",), ("Nilai Maksimum : 100",), ("Jenis Tes : Pre Test",), ("No", "Nama", "NIP", "Nilai"), (1, "Budi", BUDI, 60)]  # fmt: skip
SIDE: Rows = [(f"Kode Kelas : {CLASS}",), ("Nilai Maksimum : 100",), ("No", "Nama", "NIP", "Pre Test"), (1, "Budi", BUDI, 60)]  # fmt: skip
RATED: Rows = [("Tahun : 2024",), ("No", "NIP", "Predikat Kinerja"), (1, BUDI, "Baik")]
BUILT: Rows = [("OPD : DCKTR",), ("Kode Proyek", "Bulan", "Target Fisik Kumulatif (%)", "Realisasi Fisik Kumulatif (%)"), ("P-1", "Januari 2026", 91, 69)]  # fmt: skip
TAUGHT: Rows = [(f"Kode Kelas : {CLASS}",), ("Hari/Tanggal : Senin, 12 Januari 2026",), ("Sesi", "Materi", "JP"), (1, "Arsip", 2)]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "above", "line", "below", "stands"),
    [
        ("employees", PEOPLE, ("Unit Kerja : Dinas Sosial",), (2, "Siti", SITI, "Pelaksana"), "Dinas Kesehatan"),
        ("employees", PEOPLE, ("OPD", ":", "Dinas Sosial"), (2, "Siti", SITI, "Pelaksana"), "Dinas Kesehatan"),
        ("employees", PEOPLE, ("B", "DINAS SOSIAL"), (1, "Siti", SITI, "Pelaksana"), "Dinas Kesehatan"),
        ("employees", PEOPLE, ("B", "DINSOS"), (1, "Siti", SITI, "Pelaksana"), "Dinas Kesehatan"),
        ("employees", PEOPLE, ("PEGAWAI PPPK",), (1, "Siti", SITI, "Pelaksana"), "PNS"),
        ("assessments", TESTS, ("Jenis Tes : Post Test",), (1, "Budi", BUDI, 80), "Pre Test"),
        ("assessments", TESTS, ("POST TEST",), (1, "Siti", SITI, 80), "Pre Test"),
        ("assessments", SIDE, ("Nilai Maksimum : 10",), (2, "Siti", SITI, 8), "100"),
        ("performance", RATED, ("Tahun : 2025",), (1, SITI, "Baik"), "2024"),
        ("projects", BUILT, ("OPD : DISHUB",), ("P-2", "Januari 2026", 80, 60), "DCKTR"),
        ("projects", BUILT, ("DISHUB",), ("P-2", "Januari 2026", 80, 60), "DCKTR"),
        ("sessions", TAUGHT, ("Selasa, 13 Januari 2026",), (2, "Surat", 2), "Senin, 12 Januari 2026"),
        ("sessions", TAUGHT, ("Kode Kelas : TS-2026-01-002",), (1, "Surat", 2), CLASS),
    ],
)
@pytest.mark.parametrize("is_text", [False, True])
def test_a_line_among_the_rows_that_says_otherwise_refuses_the_file(
    deliver: Deliver, read: Read, source: str, above: Rows, line: Sequence[str], below: Sequence[object], stands: str, is_text: bool
) -> None:  # fmt: skip
    """Everybody below such a line was read as what stands above the table."""
    rows = [*above, line, below]
    text = "".join(";".join(map(str, row)) + "\n" for row in rows)
    name = f"{source}/2026-01/a.{'csv' if is_text else 'xlsx'}"
    deliver(name, text if is_text else book(*rows))
    report = read()[name]
    seen = f"Row {len(above) + 1} {' '.join(line)!r}: above the table stands {stands!r}."
    assert (report.reason_code, report.seen) == ("FILE_BETWEEN", seen)
    assert (kept("id")(report.seen) or "").startswith(f"Baris {len(above) + 1} ")


@pytest.mark.parametrize(
    "line",
    [
        ("Unit Kerja : DINAS KESEHATAN",),
        ("A. Dinas Kesehatan",),
        ("DINKES",),
        ("BIDANG PELAYANAN",),
        ("Puskesmas Setu",),
        ("PNS",),
        ("Tempat : Aula",),
        ("Tahun 2026",),
    ],
)
def test_lines_that_say_the_same_or_what_is_not_read_are_nobody(
    store: Store, deliver: Deliver, read: Read, line: Sequence[str]
) -> None:
    name = "employees/2026-01/a.xlsx"
    deliver(name, book(*PEOPLE, line, (2, "Siti", SITI, "Pelaksana")))
    report = read()[name]
    assert (report.reason_code, report.n_accepted, report.n_refused) == ("", 2, 0)


def test_lines_may_call_offices_for_short(store: Store, deliver: Deliver, read: Read) -> None:
    """Whoever stood below `Disdukcapil` was of the office above it, that was written out."""
    offices = ("Dinas Kesehatan", "Disdukcapil", "Kec. Setu (1 orang)", "BKPSDM KOTA TANGERANG SELATAN")
    header = ("No", "NIP", "Nama", "Jenis Kepegawaian", "Kelompok Jabatan")
    people = [(1, f"19850315201001100{nth}", "Budi", "PNS", "Pelaksana") for nth in range(1, 5)]
    rows = [row for office, person in zip(offices, people, strict=True) for row in (("I", office), person)]
    deliver("employees/2026-01/a.xlsx", book(header, *rows))
    read()
    units = staged_rows(store, "employees").sort("source_row").get_column("unit_code")
    assert units.to_list() == ["DINKES", "DISDUKCAPIL", "Kec. Setu", "BKPSDM"]


def test_a_column_or_a_heading_of_its_own_says_it(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("employees/2026-01/a.xlsx", book(*PEOPLE, (), ("Unit Kerja : DINSOS",), PEOPLE[2], (1, "Siti", SITI, "Pelaksana")))  # fmt: skip
    header = (*PEOPLE[2], "Unit Kerja")
    rows = [(1, "Ani", "199003172012012003", "Pelaksana", "DLH"), ("Dinas Sosial",), (2, "Joko", "199003172012011003", "Pelaksana", "DINSOS")]  # fmt: skip
    deliver("employees/2026-01/b.xlsx", book(*PEOPLE[:2], header, *rows))
    read()
    assert sorted(staged_rows(store, "employees").get_column("unit_code")) == ["DINKES", "DINSOS", "DINSOS", "DLH"]  # fmt: skip


def test_the_day_of_all_sessions_may_stand_above_them(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("sessions/2026-01/a.xlsx", book(*TAUGHT, (2, "Surat", 2)))
    read()
    assert set(staged_rows(store, "sessions").get_column("session_date")) == {dt.date(2026, 1, 12)}
