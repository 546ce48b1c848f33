"""Titles of a CSV file that its commas cut into cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, CLASS = "198503152010011001", "TS-2026-01-001"


def test_the_period_of_a_title_that_is_cut_is_its_own(store: Store, deliver: Deliver, read: Read) -> None:
    """Ratings of a quarter had been those of the whole year."""
    deliver("performance/2026-01/a.csv", f"PREDIKAT KINERJA, DINAS SOSIAL, TRIWULAN III, TAHUN 2025\nNIP,Predikat Kinerja\n{BUDI},Baik\n")  # fmt: skip
    read()
    found = staged_rows(store, "performance").select("period_start", "period_end").rows()
    assert found == [(dt.date(2025, 7, 1), dt.date(2025, 9, 30))]


def test_the_test_and_the_class_of_a_title_that_is_cut_are_its_own(store: Store, deliver: Deliver, read: Read) -> None:
    text = f"HASIL POST TEST, PELATIHAN ARSIP, {CLASS}\nNilai Maksimum : 100\nNIP,Nilai\n{BUDI},80\n"
    deliver("assessments/2026-01/a.csv", text)
    read()
    assert staged_rows(store, "assessments").select("class_id", "kind", "score").rows() == [(CLASS, "post", 80.0)]


def test_what_a_line_says_goes_on_behind_its_commas(store: Store, deliver: Deliver, read: Read) -> None:
    lines = "Unit Kerja : Dinas Sumber Daya Air, Bina Marga dan Bina Konstruksi\nStatus Kepegawaian : PNS\n"
    deliver("employees/2026-01/a.csv", f"{lines}NIP,Nama,Kelompok Jabatan\n{BUDI},Budi,Pelaksana\n")
    read()
    assert staged_rows(store, "employees").get_column("unit_code").to_list() == ["DSDABMBK"]


def test_files_with_a_space_behind_every_comma_are_read_as_before(store: Store, deliver: Deliver, read: Read) -> None:
    text = f"Kode Kelas, {CLASS}\nNIP, Sesi 1, Sesi 2\n{BUDI}, H, S\n"
    deliver("attendance/2026-01/a.csv", text)
    deliver("attendance/2026-01/b.csv", f"Kode Kelas : {CLASS}\nNIP, Sesi 1, Sesi 2\n198703162011012002,H,S\n")
    read()
    found = staged_rows(store, "attendance").select("class_id", "session_no", "status").unique().sort("session_no")
    assert found.rows() == [(CLASS, 1, "hadir"), (CLASS, 2, "sakit")]
