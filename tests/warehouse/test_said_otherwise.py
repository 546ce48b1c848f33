"""What a title or a line says of a whole list is not contradicted by how its cells are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import doubts, kept

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI = "198503152010011001", "198703162011012002"
CLASS = ("Kode Kelas : TS-2026-01-001",)
HEADER = ("No", "NIP", "Nama", "Sesi 1")


@pytest.mark.parametrize(
    "title", ["DAFTAR PESERTA YANG TIDAK HADIR", "REKAP KETIDAKHADIRAN PESERTA", "Nama-nama peserta tdk hadir"]
)
@pytest.mark.parametrize("is_sheet", [True, False])
def test_a_list_of_those_who_were_away_is_none_of_those_who_came(
    title: str, is_sheet: bool, deliver: Deliver, read: Read
) -> None:
    """Its ticks had been presences."""
    rows = [*([] if is_sheet else [(title,)]), CLASS, HEADER, (1, BUDI, "A", "v"), (2, SITI, "B", "v")]
    deliver("attendance_sheet/2026-01/a.xlsx", workbook({title if is_sheet else "Data": rows}))
    report = read()["attendance_sheet/2026-01/a.xlsx"]
    assert (report.reason_code, report.seen) == ("FILE_AWAY", f"{title!r}.")


@pytest.mark.parametrize(
    ("title", "cells"),
    [
        ("DAFTAR PESERTA YANG TIDAK HADIR", ("S", "A")), ("REKAP KETIDAKHADIRAN", ("H", "I")), ("DAFTAR HADIR DAN TIDAK HADIR", ("v", "v")),
        ("TIDAK HADIR DAN HADIR", ("v", "v")), ("Peserta menulis alasan bila tidak hadir", ("v", "v")),
    ],
)  # fmt: skip
def test_a_list_that_says_why_or_of_both_is_read(
    title: str, cells: tuple[str, str], deliver: Deliver, read: Read
) -> None:
    rows = [(title,), CLASS, HEADER, (1, BUDI, "A", cells[0]), (2, SITI, "B", cells[1])]
    deliver("attendance_sheet/2026-01/a.xlsx", book(*rows))
    assert read()["attendance_sheet/2026-01/a.xlsx"].n_accepted == 2


@pytest.mark.parametrize(
    ("title", "states", "is_read"),
    [
        ("DAFTAR PESERTA CADANGAN", ("Terdaftar", "Terdaftar"), False), ("DAFTAR TUNGGU PELATIHAN ARSIP", ("Terdaftar", "Terdaftar"), False),
        ("Peserta yang tidak terpilih", ("Peserta", "Peserta"), False), ("DAFTAR PESERTA CADANGAN", ("Terdaftar", "Selesai"), True),
        ("DAFTAR PESERTA CADANGAN", ("Cadangan", "Cadangan"), True), ("DAFTAR PESERTA DAN CADANGAN", ("Terdaftar", "Terdaftar"), True),
        ("DAFTAR PESERTA PELATIHAN KOMPONEN CADANGAN", ("Terdaftar", "Terdaftar"), True), ("Peserta Cadangan Pangan", ("Terdaftar", "Terdaftar"), True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_sheet", [True, False])
def test_a_list_of_those_who_were_not_let_in_is_none_of_participants(
    title: str, states: tuple[str, str], is_read: bool, is_sheet: bool, deliver: Deliver, read: Read
) -> None:
    """They had been participants, of whom nobody came. Of some who came after all it is read."""
    rows = [*([] if is_sheet else [(title,)]), CLASS, ("NIP", "Status"), (BUDI, states[0]), (SITI, states[1])]
    name = title[:31] if is_sheet else "Data"
    deliver("enrolments/2026-01/a.xlsx", workbook({name: rows}))
    report = read()["enrolments/2026-01/a.xlsx"]
    seen = f"{(name if is_sheet else title)!r}."
    assert (report.reason_code, report.seen) == (("", "") if is_read else ("FILE_WAITING", seen))


ELEMENTS = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
SURVEY = [("SKM TW IV 2025",), ("Unit Pelayanan : DUKCAPIL",), ("Jumlah Responden : 9",)]
FIVE = "1 = Tidak Baik, 2 = Kurang Baik, 3 = Cukup, 4 = Baik, 5 = Sangat Baik"
LISTS = {
    "skm_responden": [("No", *ELEMENTS), (1, *[3] * 9), (2, *[4] * 9)],
    "skm": [("No", "Unsur Pelayanan", "NRR"), *((at, name, 3.2) for at, name in enumerate(ELEMENTS, start=1))],
    "google_form_4": [CLASS, ("Timestamp", "Materi [Kejelasan]", "Metode [Kejelasan]"), ("13/01/2026 09:00:01", 3, 4)],
}


@pytest.mark.parametrize("folder", LISTS)
@pytest.mark.parametrize(
    ("above", "below"),
    [("Skala 1-5", ""), ("Skala Likert : 1 s.d. 5", ""), (f"Keterangan : {FIVE}", ""), ("", f"Keterangan : {FIVE}"), ("Skala Penilaian 1 - 10", "")],
)  # fmt: skip
def test_answers_that_are_said_to_be_on_another_scale_are_refused(
    folder: str, above: str, below: str, deliver: Deliver, read: Read
) -> None:
    """Three of five had been three of four, where nobody was quite content."""
    rows = [*SURVEY, (above,), *LISTS[folder], (), (below,)]
    deliver(f"{folder}/2026-01/a.xlsx", book(*rows))
    assert read()[f"{folder}/2026-01/a.xlsx"].reason_code == "FILE_SCALE"


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("Kejelasan materi (1-5)", "FILE_SCALE"), ("Kejelasan materi (skala 1 s.d. 5)", "FILE_SCALE"), ("Kejelasan materi [1 - 5]", "FILE_SCALE"),
        ("Kejelasan materi (5 = sangat baik, 1 = tidak baik)", "FILE_SCALE"), ("Kejelasan materi (1 = sangat baik, 4 = kurang)", "FILE_TURNED"),
        ("Kejelasan materi (1-4)", ""), ("Kejelasan materi (1 = kurang, 4 = sangat baik)", ""), ("Kejelasan materi bab 1-5", ""), ("Kejelasan materi (bab 1-5)", ""),
    ],
)  # fmt: skip
def test_the_scale_that_a_question_says_is_that_of_its_answers(
    heading: str, code: str, deliver: Deliver, read: Read
) -> None:
    """Who had ticked the best was counted among those who were not content."""
    answers = [("13/01/2026 09:00:01", 1, 4), ("13/01/2026 09:00:02", 3, 4)]
    deliver("google_form_4/2026-01/a.xlsx", book(CLASS, ("Timestamp", heading, "Metode"), *answers))
    assert read()["google_form_4/2026-01/a.xlsx"].reason_code == code


@pytest.mark.parametrize("folder", LISTS)
@pytest.mark.parametrize("line", ["Skala 1-4", "Keterangan : 1 = Tidak Baik, 4 = Sangat Baik", "Mutu pelayanan : 3,53 - 4,00 = A", "Nilai konversi 25 - 100"])  # fmt: skip
def test_a_line_of_the_same_scale_or_of_what_is_made_of_it_says_nothing_else(
    folder: str, line: str, deliver: Deliver, read: Read
) -> None:
    deliver(f"{folder}/2026-01/a.xlsx", book(*SURVEY, (line,), *LISTS[folder]))
    report = read()[f"{folder}/2026-01/a.xlsx"]
    assert report.n_accepted == report.n_read > 0


@pytest.mark.parametrize(
    ("source", "header", "row", "lost"),
    [
        ("instructors", ("No", "Nama Narasumber", "Instansi", "Keahlian"), (1, "A", "LAN", "Hukum"), "instructor_id"),
        ("instructors", ("No", "Nama Lengkap dan Gelar", "Jabatan", "Materi"), (1, "A", "Widyaiswara", "Hukum"), "instructor_id"),
        ("programs", ("No", "Nama Pelatihan", "Bidang"), (1, "Dokumen", "IT"), "program_code"),
        ("classes", ("Nama Diklat", "Tanggal Mulai", "Tanggal Selesai"), ("Dokumen", "2026-01-12", "2026-01-14"), "class_id"),
        ("units", ("No", "Nama OPD", "Jenis"), (1, "Dinas Kesehatan", "dinas"), "unit_code"),
        ("projects", ("Nama Paket", "OPD", "Rencana Kumulatif", "Realisasi Kumulatif"), ("A", "DLH", 50, 45), "project_id"),
    ],
)  # fmt: skip
def test_a_list_of_names_without_codes_is_refused_with_what_to_add(
    source: str, header: tuple[str, ...], row: tuple[object, ...], lost: str, deliver: Deliver, store: Store
) -> None:
    """*Columns not known* did not say that a name is no code."""
    deliver(f"{source}/2026-01/a.xlsx", book(("DAFTAR",), header, row))
    deliver(f"{source}/2026-01/b.xlsx", book(("DAFTAR",), ("Kode lama", *header), ("A-1", *row)))
    first, second = scan(store, DAY).problems
    assert (first.code, first.seen, second.code) == ("FILE_CODES", f"Missing: {lost}.", "FILE_COLUMNS")


EMPLOYEES = ("NIP", "Nama", "Status Kepegawaian", "Unit Kerja", "Kelompok Jabatan")
PEOPLE = [(BUDI, "A", "PNS", "DINKES", "pelaksana"), (SITI, "B", "PNS", "DINKES", "pelaksana")]
CLASSES = ("Kode kelas", "Kode program", "Versi kurikulum", "Tanggal mulai", "Tanggal selesai")
A_CLASS = ("MD-01", 1, "2026-01-12", "2026-01-14")


@pytest.mark.parametrize(
    ("name", "sheets", "n"),
    [
        ("employees", {"PNS": [EMPLOYEES, PEOPLE[0]], "Pensiun": [EMPLOYEES, PEOPLE[1]]}, 1),
        ("employees", {"Data": [("DAFTAR PEGAWAI YANG TELAH PENSIUN",), EMPLOYEES, *PEOPLE]}, 2),
        ("employees", {"Data": [("DAFTAR PEGAWAI YANG AKAN PENSIUN",), EMPLOYEES, *PEOPLE]}, 0),
        ("classes", {"Data": [("DAFTAR PELATIHAN YANG DIBATALKAN",), CLASSES, ("TS-2026-01-001", *A_CLASS)]}, 1),
        ("enrolments", {"Peserta": [CLASS, ("NIP", "Status Keikutsertaan"), (BUDI, "terdaftar")], "Mengundurkan diri": [CLASS, ("NIP", "Status Keikutsertaan"), (SITI, "terdaftar")]}, 1),
    ],
)  # fmt: skip
def test_a_list_of_those_who_have_left_is_told(
    name: str, sheets: dict[str, list[tuple[object, ...]]], n: int, deliver: Deliver, read: Read
) -> None:
    """They were counted without a word."""
    deliver(f"{name}/2026-01/a.xlsx", workbook(sheets))
    told = [note for note in doubts(read()[f"{name}/2026-01/a.xlsx"].drift) if note.startswith("a title or a sheet")]
    sentence = (
        f"a title or a sheet says that what stands below it has left, or did not take place, and it is read: {n} rows"
    )
    assert told == ([sentence] if n else [])
    assert (kept("id")(sentence) or "").startswith("judul atau nama lembar menyebut yang pensiun")


@pytest.mark.parametrize(
    ("name", "header", "rows"),
    [
        ("classes", (*CLASSES, "Status"), [("TS-2026-01-001", *A_CLASS, "Batal"), ("TS-2026-01-002", *A_CLASS, "Selesai")]),
        ("classes", (*CLASSES, "Keterangan"), [("TS-2026-01-001", *A_CLASS, "Ditunda ke Maret"), ("TS-2026-01-002", *A_CLASS, "")]),
        ("classes", (*CLASSES, "Keterangan"), [("TS-2026-01-001", *A_CLASS, "Jadwal ulang ke Maret"), ("TS-2026-01-002", *A_CLASS, "")]),
        ("sessions", ("Kode kelas", "Sesi", "Tanggal", "Ket"), [("A-1-1", 1, "2026-01-12", ""), ("A-1-1", 2, "2026-01-13", "dibatalkan")]),
        ("enrolments", ("Kode kelas", "NIP", "Status Keikutsertaan", "Ket"), [("A-1-1", BUDI, "terdaftar", "Mengundurkan diri"), ("A-1-1", SITI, "terdaftar", "")]),
        ("enrolments", ("Kode kelas", "NIP", "Status Keikutsertaan", "Ket"), [("A-1-1", BUDI, "selesai", "Tdk hadir (sakit)"), ("A-1-1", SITI, "selesai", "hadir penuh")]),
        ("enrolments", ("Kode kelas", "NIP", "Status Keikutsertaan", "Ket"), [("A-1-1", BUDI, "terdaftar", "diganti oleh Dewi"), ("A-1-1", SITI, "terdaftar", "pengganti Joko")]),
    ],
)  # fmt: skip
def test_what_did_not_take_place_is_told(
    name: str, header: tuple[str, ...], rows: list[tuple[object, ...]], deliver: Deliver, read: Read
) -> None:
    deliver(f"{name}/2026-01/a.xlsx", book(header, *rows))
    [told] = doubts(read()[f"{name}/2026-01/a.xlsx"].drift)
    assert told == f"column {len(header)} says what did not take place, or who withdrew, and is not read: 1 rows"
    assert (kept("id")(told) or "").startswith(f"kolom {len(header)} menyebut yang batal")


@pytest.mark.parametrize(
    ("source", "header", "row", "code"),
    [
        ("instructors", ("No", "Kode", "Nama", "Instansi"), (1, "NS-001", "A", "LAN"), "instructor_id"),
        ("units", ("Kode", "Nama OPD", "Jenis"), ("DINKES", "Dinas Kesehatan", "dinas"), "unit_code"),
        ("programs", ("Kode", "Nama Pelatihan", "Versi"), ("MD-01", "Dokumen", 1), "program_code"),
    ],
)
def test_the_code_of_what_a_list_is_of_is_its_code(
    source: str, header: tuple[str, ...], row: tuple[object, ...], code: str, deliver: Deliver, read: Read, store: Store
) -> None:
    deliver(f"{source}/2026-01/a.xlsx", book(header, row))
    read()
    assert staged_rows(store, source).get_column(code).to_list() == [row[header.index("Kode")]]


@pytest.mark.parametrize("time", ["Timestamp", "Stempel waktu"])
def test_who_fills_in_a_form_the_day_after_says_of_which_day_it_is(
    time: str, deliver: Deliver, read: Read, store: Store
) -> None:
    """It was of the day on which it came."""
    header = (time, "NIP", "Nama", "Kehadiran", "Tanggal Kegiatan")
    rows = [("14/01/2026 07:55:01", BUDI, "A", "Hadir", "13/01/2026"), ("14/01/2026 07:56:01", SITI, "B", "Hadir", "")]
    deliver("employees/2026-01/a.xlsx", book(EMPLOYEES, *PEOPLE))
    deliver("attendance_sheet/2026-01/a.xlsx", book(CLASS, header, *rows))
    read()
    assert staged_rows(store, "attendance").sort("session_no").get_column("session_no").to_list() == [
        20260113,
        20260114,
    ]


def test_why_somebody_was_away_may_stand_beside_the_answer_of_a_form(deliver: Deliver, read: Read) -> None:
    """Illness was absence without leave, and nobody was told."""
    header = ("Timestamp", "NIP", "Nama", "Kehadiran", "Alasan")
    rows = [("14/01/2026 07:55:01", BUDI, "A", "Hadir", ""), ("14/01/2026 07:56:01", SITI, "B", "Tidak Hadir", "Sakit")]
    deliver("employees/2026-01/a.xlsx", book(EMPLOYEES, *PEOPLE))
    deliver("attendance_sheet/2026-01/a.xlsx", book(CLASS, header, *rows))
    told = doubts(read()["attendance_sheet/2026-01/a.xlsx"].drift)
    assert told == ["column 5 says why people were away, and is not read: 1 rows"]
