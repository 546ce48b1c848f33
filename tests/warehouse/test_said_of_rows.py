"""What a cell, or a line above a table, says of a row: not yet, by the end of a month, the hours of the class, who observed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl

from warehouse.staging.month import FileReport
from warehouse.store import Store
from warehouse.words.kept import doubts, kept

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO = "198503152010011001", "198703162011012002", "199003172012011003"
CLASS = "TS-2026-01-001"
FOLLOW_UPS = ("Kode tanda", "Tindak lanjut", "Tanggal keputusan", "Tenggat", "Tanggal selesai")


def test_what_is_not_done_yet_is_a_decision_all_the_same(store: Store, deliver: Deliver, read: Read) -> None:
    """Its row was refused, and the decision lost; a day to come was the day on which it had been done."""
    cells = [("31 Maret 2026", "Belum"), ("TW I 2026", "dalam proses"), ("Maret 2026", "-"), ("segera", "31 Maret 2026"), ("besok", "Selesai")]  # fmt: skip
    rows = [(f"MD-0{nth}:1:MATERI", "Revisi", "12 Januari 2026", *cell) for nth, cell in enumerate(cells, start=1)]
    deliver("follow_ups/2026-01/a.xlsx", book(FOLLOW_UPS, *rows))
    report = read()["follow_ups/2026-01/a.xlsx"]
    ends = dt.date(2026, 3, 31)
    found = staged_rows(store, "follow_ups").sort("source_row").select("due_on", "done_on").rows()
    assert found == [(ends, None), (ends, None), (ends, None), (None, ends)]
    assert "done_on lies after the month of delivery: 1 rows" in report.drift
    codes = pl.read_parquet(store.quarantine / "follow_ups/2026-01.parquet").select("row_number", "column_name").rows()
    assert codes == [(6, "due_on"), (6, "done_on")]


def test_a_project_may_be_planned_to_end_by_a_month(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Proyek", "Unit Kerja", "Bulan", "Target Fisik Kumulatif (%)", "Realisasi Fisik Kumulatif (%)", "Rencana selesai")  # fmt: skip
    deliver("projects/2026-01/a.xlsx", book(header, ("P-1", "DLH", "Januari 2026", 9, 8, "Februari 2026")))
    read()
    assert staged_rows(store, "projects").get_column("planned_end").to_list() == [dt.date(2026, 2, 28)]


def test_hours_above_a_list_of_participants_are_those_of_the_class(store: Store, deliver: Deliver, read: Read) -> None:
    """Who withdrew, or waited, was said to have a certificate over all of them."""
    lines = [(f"Kode Kelas : {CLASS}",), ("Jumlah JP : 24",)]
    rows = [(BUDI, "Selesai"), (SITI, "Daftar tunggu")]
    deliver("enrolments/2026-01/a.xlsx", book(*lines, ("NIP", "Status peserta"), *rows))
    deliver("enrolments/2026-01/b.xlsx", book(lines[0], ("NIP", "Status peserta", "JP Sertifikat"), (JOKO, "Selesai", 24)))  # fmt: skip
    report = read()["enrolments/2026-01/a.xlsx"]
    assert sorted(staged_rows(store, "enrolments").get_column("certificate_jp"), key=str) == [24, None, None]
    assert "not there: outcome, certificate_no, certificate_jp" in report.drift


def test_of_two_peers_who_say_the_same_neither_is_lost(store: Store, deliver: Deliver, read: Read) -> None:
    """Their number stood below `NIP Penilai`, which nobody knew: their equal scores were one row said twice."""
    header = ("NIP", "Kode Kelas", "Tanggal pengamatan", "Pengamat", "Fase", "Aspek", "Nilai", "Skala minimum", "Skala maksimum", "NIP Penilai")  # fmt: skip
    rows = [(BUDI, CLASS, "12/01/2026", "Rekan", "Sebelum", "KINERJA", 3, 1, 4, peer) for peer in (SITI, JOKO)]
    deliver("observations/2026-01/a.xlsx", book(header, *rows))
    report = read()["observations/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_duplicate) == (2, 0)
    assert staged_rows(store, "observations").get_column("observer_id").n_unique() == 2


def test_who_has_left_by_a_column_that_is_not_read_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """Who retired was an employee who was not trained."""
    header = ("NIP", "Nama", "Status Kepegawaian", "Unit Kerja", "Kelompok Jabatan", "Keterangan", "Kedudukan Hukum")
    said = [("", "Aktif"), ("Pensiun TMT 1-1-2026", "Pensiun"), ("Tugas belajar", "Aktif")]
    rows = [(nip, "A", "PNS", "DLH", "Pelaksana", *cells) for nip, cells in zip((BUDI, SITI, JOKO), said, strict=True)]
    deliver("employees/2026-01/a.xlsx", book(header, *rows))
    report = read()["employees/2026-01/a.xlsx"]
    told = [f"column {at} says who has left, and is not read: 1 rows" for at in (6, 7)]
    assert (report.n_accepted, doubts(report.drift)) == (3, told)
    assert (kept("id")(told[0]) or "").startswith("kolom 6 menyebut siapa")
