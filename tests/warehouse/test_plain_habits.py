"""How offices write classes, timetables, lists of participants and positions, plainly enough to be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.cells.grades import grade
from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO = "198503152010011001", "198703162011012002", "199003172012011003"
CLASS = ("Kode Kelas : TS-2026-01-001",)
CLASS_OF_100 = (CLASS, ("Nilai Maksimum : 100",))
CLASSES = ("Kode Kelas", "Kode Program", "Versi", "Jenis Pelatihan", "Angkatan", "JP", "Target Peserta")


def refused(store: Store, source: str) -> list[tuple[object, ...]]:
    return pl.read_parquet(store.quarantine / source / "2026-01.parquet").select("row_number", "column_name").rows()


def test_classes_as_a_calendar_of_training_lists_them(store: Store, deliver: Deliver, read: Read) -> None:
    said = [
        ("Daring (Zoom)", "XXI", "24 JPL @45 menit", "30 org"),
        ("Tatap Muka (Klasikal)", "2 (dua)", "24 JP (3 hari)", "30 orang"),
        ("Blended (daring + klasikal)", "XLIX", 24, 30),
        ("Teknis", "IV", 24, 30),
        ("Klasikal (via Zoom)", "IIX", "3 hari", "30-40"),
    ]
    rows = [(f"TS-2026-01-00{nth}", "MD-01", 1, *cells) for nth, cells in enumerate(said, start=1)]
    deliver("classes/2026-01/a.xlsx", book(CLASSES, *rows))
    read()
    columns = ("method", "batch_no", "scheduled_jp", "planned_participants")
    assert staged_rows(store, "classes").sort("source_row").select(columns).rows() == [
        ("e_learning", 21, 24.0, 30),
        ("tatap_muka", 2, 24.0, 30),
        ("blended", 49, 24.0, 30),
        (None, 4, 24.0, 30),
    ]
    assert sorted(refused(store, "classes")) == sorted((6, name) for name in columns)


def test_the_last_day_may_stand_beside_the_first(store: Store, deliver: Deliver, read: Read) -> None:
    """It was lost where the column of last days was there, and empty."""
    header = ("Kode Kelas", "Kode Program", "Versi", "Tanggal Mulai", "Tanggal Selesai")
    rows = [("A", "MD-01", 1, "12 s.d. 14 Januari 2026", ""), ("B", "MD-01", 1, "12-14 Januari 2026", "16 Januari 2026")]  # fmt: skip
    deliver("classes/2026-01/a.xlsx", book(header, *rows))
    read()
    days = staged_rows(store, "classes").sort("class_id").select("start_date", "end_date").rows()
    assert days == [(dt.date(2026, 1, 12), dt.date(2026, 1, 14)), (dt.date(2026, 1, 12), dt.date(2026, 1, 16))]


@pytest.mark.parametrize(
    ("said", "day"),
    [("12-I-2026", (1, 12)), ("5/XII/2026", (12, 5)), ("12 VIII 2026", (8, 12)), ("20260112", (1, 12)), ("12-XIII-2026", None), ("20261312", None)],
)  # fmt: skip
def test_a_day_may_have_its_month_in_roman_figures_or_no_marks(
    store: Store, deliver: Deliver, read: Read, said: str, day: tuple[int, int] | None
) -> None:
    header = ("Kode Kelas", "Kode Program", "Versi", "Tanggal Mulai")
    deliver("classes/2026-01/a.xlsx", book(header, ("A", "MD-01", 1, said)))
    report = read()["classes/2026-01/a.xlsx"]
    found = staged_rows(store, "classes").get_column("start_date").to_list() if report.n_accepted else []
    assert found == ([dt.date(2026, *day)] if day else [])


@pytest.mark.parametrize("said", ["2 x 45 menit", "2x45'", "2 JP (x 45 menit)", "2 JPL x 45 mnt", "90 menit", "90 mnt"])
def test_hours_may_be_said_by_their_minutes(store: Store, deliver: Deliver, read: Read, said: str) -> None:
    deliver(
        "sessions/2026-01/a.xlsx", book(CLASS, ("Sesi", "Tanggal", "Materi", "JP"), (1, "12/01/2026", "Arsip", said))
    )
    read()
    assert staged_rows(store, "sessions").get_column("jp").to_list() == [2.0]


@pytest.mark.parametrize("pause", ["ISOMA", "Ishoma", "Coffee Break", "ISTIRAHAT", "Istirahat, sholat, makan"])
def test_a_break_in_a_timetable_is_no_session(store: Store, deliver: Deliver, read: Read, pause: str) -> None:
    header = ("Sesi", "Hari/Tanggal", "Waktu", "Materi", "JP")
    rows = [(1, "12/01/2026", "08.00-09.30", "Arsip", 2), ("", "12/01/2026", "09.30-10.00", pause, ""), (2, "12/01/2026", "10.00-11.30", "Surat", 2)]  # fmt: skip
    deliver("sessions/2026-01/a.xlsx", book(CLASS, header, *rows))
    report = read()["sessions/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_skipped) == (2, 2, 1)


def test_a_position_that_nobody_holds_is_nobody(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("No", "Nama Jabatan", "Nama", "NIP", "Status Kepegawaian", "Unit Kerja", "Kelompok Jabatan")
    held = (1, "Analis", "Budi", BUDI, "PNS", "DLH", "Pelaksana")
    empty = [(2, "Arsiparis", "KOSONG", "-", "", "DLH", "Pelaksana"), (3, "Analis", "(Lowong)", "", "", "DLH", "")]
    deliver("employees/2026-01/a.xlsx", book(header, held, *empty))
    report = read()["employees/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_skipped) == (1, 1, 2)


def test_a_list_of_people_may_have_all_else_above_it(store: Store, deliver: Deliver, read: Read) -> None:
    """It was refused for lacking the class and the state that stand above it."""
    header = ("No", "Nama", "NIP", "Pangkat/Gol", "Jabatan")
    people = [(1, "Budi", BUDI, "III/a", "Analis"), (2, "Siti", SITI, "III/b", "Analis")]
    lines = [("LAMPIRAN SURAT TUGAS",), CLASS, ("Status : Terdaftar",)]
    deliver("enrolments/2026-01/a.xlsx", book(*lines, header, *people))
    deliver("enrolments/2026-01/b.xlsx", book(*lines, header, people[0], ("PESERTA CADANGAN",), people[1]))
    reports = read()
    assert reports["enrolments/2026-01/a.xlsx"].n_accepted == 2
    assert reports["enrolments/2026-01/b.xlsx"].reason_code == "FILE_BETWEEN"


@pytest.mark.parametrize("heading", ["Hasil Undian", "Status"])
def test_whom_a_lot_chose_is_registered(store: Store, deliver: Deliver, read: Read, heading: str) -> None:
    rows = [(BUDI, "Terpilih"), (SITI, "Tidak Terpilih"), (JOKO, "Cadangan")]
    deliver("enrolments/2026-01/a.xlsx", book(CLASS, ("NIP", heading), *rows))
    read()
    found = staged_rows(store, "enrolments").sort("source_row").get_column("status").to_list()
    assert found == ["registered", "not_drawn", "waiting"]


def test_a_month_without_its_year_is_of_the_year_above_the_table(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Proyek", "Unit Kerja", "Bulan", "Target Fisik Kumulatif (%)", "Realisasi Fisik Kumulatif (%)")
    rows: list[Sequence[object]] = [("P-1", "DLH", "s.d. Desember", 9, 8), ("P-1", "DLH", "Jan 2026", 19, 18)]
    deliver("projects/2026-01/a.xlsx", book(("Tahun Anggaran : 2025",), header, *rows))
    deliver("projects/2026-01/b.xlsx", book(header, ("P-2", "DLH", "Desember", 9, 8)))
    read()
    months = staged_rows(store, "projects").sort("source_row").get_column("month").to_list()
    assert months == [dt.date(2025, 12, 1), dt.date(2026, 1, 1)]
    assert refused(store, "projects") == [(2, "month")]


def test_days_without_their_year_are_of_the_year_above_the_table(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Kelas", "Kode Program", "Versi", "Tanggal Pelaksanaan")
    said = ["12 s.d. 14 Oktober", "30 November - 3 Desember", "28 Desember - 2 Januari", "28 Des 2026 - 2 Jan 2027"]
    rows = [(f"TS-2026-10-00{nth}", "MD-01", 1, text) for nth, text in enumerate(said, start=1)]
    deliver("classes/2026-01/a.xlsx", book(("JADWAL PELATIHAN TAHUN 2026",), header, *rows))
    read()
    found = staged_rows(store, "classes").sort("source_row").select("start_date", "end_date").rows()
    assert found == [
        (dt.date(2026, 10, 12), dt.date(2026, 10, 14)),
        (dt.date(2026, 11, 30), dt.date(2026, 12, 3)),
        (dt.date(2026, 12, 28), dt.date(2027, 1, 2)),
    ]
    assert refused(store, "classes") == [(5, "start_date")]


@pytest.mark.parametrize("month", ["Januari 2026", "Tanggal (Januari 2026)", "BULAN JAN. 2026"])
def test_days_below_their_month_are_days_beside_a_recap_of_states(
    store: Store, deliver: Deliver, read: Read, month: str
) -> None:
    header = [("No", "Nama", "NIP", month, "", "Keterangan", "", "", ""), ("", "", "", "12", "13", "H", "I", "S", "A")]
    deliver("attendance_sheet/2026-02/a.xlsx", book(CLASS, *header, (1, "Budi", BUDI, "H", "I", 1, 1, 0, 0)))
    read()
    found = staged_rows(store, "attendance", "2026-02").sort("session_no").select("session_no", "status").rows()
    assert found == [(20260112, "hadir"), (20260113, "izin")]


@pytest.mark.parametrize(("days", "code"), [(("Senin", "Selasa"), ""), (("Senin", "Rabu"), "FILE_SESSIONS")])
def test_days_below_those_of_the_week_are_of_the_month_of_their_sheet(
    store: Store, deliver: Deliver, read: Read, days: tuple[str, str], code: str
) -> None:
    rows = [CLASS, ("No", "Nama", "NIP", *days), ("", "", "", "12", "13"), (1, "Budi", BUDI, "H", "I")]
    deliver("attendance_sheet/2026-02/a.xlsx", workbook({"Januari 2026": rows}))
    report = read()["attendance_sheet/2026-02/a.xlsx"]
    assert report.reason_code == code
    if not code:
        found = staged_rows(store, "attendance", "2026-02").get_column("session_no")
        assert sorted(found) == [20260112, 20260113]


@pytest.mark.parametrize(
    ("sheet", "lines", "sessions"),
    [
        ("Jan", ["DAFTAR HADIR TAHUN 2026"], [20260112, 20260113]), ("Desember", ["DAFTAR HADIR"], [20251212, 20251213]),
        ("Sheet1", ["DAFTAR HADIR", "BULAN JANUARI"], [20260112, 20260113]), ("Mar", ["DAFTAR HADIR"], []), ("Jan", ["DAFTAR HADIR TAHUN 2025"], [20250112, 20250113]),
    ],
)  # fmt: skip
def test_days_below_a_month_alone_are_of_the_year_of_the_title_or_of_the_delivery(
    store: Store, deliver: Deliver, read: Read, sheet: str, lines: list[str], sessions: list[int]
) -> None:
    """What is neither of the month of delivery nor of the one before may be of any year."""
    rows = [CLASS, *((line,) for line in lines), ("NIP", "12", "13"), (BUDI, "H", "S")]
    deliver("attendance_sheet/2026-01/a.xlsx", workbook({sheet: rows}))
    report = read()["attendance_sheet/2026-01/a.xlsx"]
    assert (report.reason_code == "FILE_SESSIONS") == (not sessions)
    assert not sessions or staged_rows(store, "attendance").get_column("session_no").to_list() == sessions


@pytest.mark.parametrize(("last", "code"), [(3, "FILE_SESSIONS"), (31, "")])
def test_columns_that_are_counted_below_a_month_alone_may_be_sessions(
    deliver: Deliver, read: Read, last: int, code: str
) -> None:
    """But for those of the whole month."""
    rows = [CLASS, ("DAFTAR HADIR TAHUN 2026",), ("NIP", *range(1, last + 1)), (BUDI, *["H"] * last)]
    deliver("attendance_sheet/2026-01/a.xlsx", workbook({"Jan": rows}))
    assert read()["attendance_sheet/2026-01/a.xlsx"].reason_code == code


def test_a_code_is_the_same_however_its_letters_are_set(store: Store, deliver: Deliver, read: Read) -> None:
    """The class was of a program that nobody had sent, and two names of one program contradicted each other."""
    rows = [("MD-01", "Manajemen  Arsip", 1), ("md-01", "Manajemen Arsip", "1.0")]
    deliver("programs/2026-01/a.xlsx", book(("Kode Program", "Nama Program", "Versi"), *rows))
    deliver("classes/2026-01/a.xlsx", book(("Kode Kelas", "Kode Program", "Versi"), ("ts-2026-01-001", "md-01", 1)))
    header = ("NIP", "Nama", "Unit Kerja", "Status Kepegawaian", "Kelompok Jabatan")
    deliver("employees/2026-01/a.xlsx", book(header, (BUDI, "Budi", "Dinkes", "PNS", "Pelaksana")))
    reports = read()
    assert (reports["programs/2026-01/a.xlsx"].n_accepted, reports["programs/2026-01/a.xlsx"].n_duplicate) == (1, 1)
    assert staged_rows(store, "classes").select("class_id", "program_code").rows() == [("TS-2026-01-001", "MD-01")]
    assert staged_rows(store, "employees").get_column("unit_code").to_list() == ["DINKES"]


@pytest.mark.parametrize("parts", [("Pagi", "Siang"), ("I", "II"), ("Sesi 1", "Sesi 2")])
def test_a_row_per_person_and_part_of_a_day(store: Store, deliver: Deliver, read: Read, parts: tuple[str, str]) -> None:
    rows = [("12/01/2026", part, status) for part, status in zip(parts, ("Hadir", "Izin"), strict=True)]
    header = ("Kode Kelas", "NIP", "Tanggal", "Sesi", "Status Kehadiran")
    deliver("attendance_sheet/2026-01/a.xlsx", book(header, *[("TS-2026-01-001", BUDI, *row) for row in rows]))
    read()
    found = staged_rows(store, "attendance").sort("session_no").select("session_no", "status").rows()
    assert found == [(2026011201, "hadir"), (2026011202, "izin")]


def test_days_may_be_numbered_in_words_and_presences_that_are_not_read_are_told(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """Of four columns one was read, and nothing said."""
    header = ("No", "Nama", "NIP", "Hari 1", "Hari Kedua", "Hari ke-tiga", "Pembukaan", "Kelas", "Ket")
    deliver("attendance_sheet/2026-01/a.xlsx", book(CLASS, header, (1, "Budi", BUDI, "H", "I", "S", "H", "1", "Sakit")))
    report = read()["attendance_sheet/2026-01/a.xlsx"]
    found = staged_rows(store, "attendance").sort("session_no").select("session_no", "status").rows()
    assert found == [(1, "hadir"), (2, "izin"), (3, "sakit")]
    assert report.drift == "column 7 holds words of status, and is not read: 1 rows"
    assert kept("id")(report.drift) == "kolom 7 memuat isian status, dan tidak dibaca: 1 baris"


def test_predicates_may_be_abbreviated(store: Store, deliver: Deliver, read: Read) -> None:
    said = {"SB": "sangat_baik", "B": "baik", "BP": "butuh_perbaikan", "K": "kurang", "SK": "sangat_kurang"}
    header = ("NIP", *(f"TW I {year}" for year in range(2022, 2027)))
    deliver("performance/2026-01/a.xlsx", book(header, (BUDI, *said)))
    read()
    found = staged_rows(store, "performance").sort("period_start").get_column("predicate").to_list()
    assert found == list(said.values())


def test_a_version_may_hold_from_a_month_or_a_year_on(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Program", "Nama Program", "Versi", "Berlaku Sejak")
    deliver("programs/2026-01/a.xlsx", book(header, ("MD-01", "Arsip", 1, "Maret 2025"), ("MD-02", "Surat", 1, "2025")))
    read()
    found = staged_rows(store, "programs").sort("source_row").get_column("version_valid_from").to_list()
    assert found == [dt.date(2025, 3, 1), dt.date(2025, 1, 1)]


def test_who_was_not_tested_has_no_score(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("No", "Nama", "NIP", "Pre Test", "Post Test")
    rows = [(1, "Budi", BUDI, "Tidak Hadir", 80), (2, "Siti", SITI, "TH", "Sakit"), ("", "Persentase", "", "33%", "66%")]  # fmt: skip
    deliver("assessments/2026-01/a.xlsx", book(*CLASS_OF_100, header, *rows))
    deliver("assessments/2026-01/b.xlsx", book((*header[2:3], "Kode Kelas", "Jenis Tes", "Nilai", "Nilai Maksimum"), (JOKO, "A", "Pre Test", "izin", 100)))  # fmt: skip
    reports = read()
    assert [(report.n_accepted, report.n_refused) for report in reports.values()] == [(4, 0), (1, 0)]
    assert staged_rows(store, "assessments").get_column("score").drop_nulls().to_list() == [80.0]


def test_a_unit_within_its_office_is_that_unit_where_it_is_known(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("NIP", "Nama", "OPD", "Unit Kerja", "Status Kepegawaian", "Kelompok Jabatan")
    units = {BUDI: "Kecamatan Setu", SITI: "PKM-SETU", JOKO: "Bidang Kesmas", "198001012005011004": ""}
    rows = [(nip, "Ani", "Dinas Kesehatan", unit, "PNS", "Pelaksana") for nip, unit in units.items()]
    deliver("employees/2026-01/a.xlsx", book(header, *rows))
    report = read()["employees/2026-01/a.xlsx"]
    found = staged_rows(store, "employees").sort("source_row").get_column("unit_code").to_list()
    assert found == ["KEC-SETU", "PKM-SETU", "DINKES", "DINKES"]
    assert report.drift.endswith("unit_code is the office above, for the nearer one is not known: 1 rows")


@pytest.mark.parametrize("heading", ["Bentuk Pelatihan", "Metode", "Bentuk"])
def test_a_kind_of_training_stands_beside_its_form(store: Store, deliver: Deliver, read: Read, heading: str) -> None:
    header = ("Kode Kelas", "Kode Program", "Versi", "Jenis Pelatihan", heading)
    deliver("classes/2026-01/a.xlsx", book(header, ("TS-2026-01-001", "MD-01", 1, "Teknis", "Daring")))
    read()
    assert staged_rows(store, "classes").get_column("method").to_list() == ["e_learning"]


@pytest.mark.parametrize("heading", ["Induk", "Unit Induk", "OPD Induk"])
def test_the_unit_above_may_stand_below_its_short_names(
    store: Store, deliver: Deliver, read: Read, heading: str
) -> None:
    header = ("Kode OPD", "Nama OPD", heading, "Jenis Unit")
    deliver("units/2026-01/a.xlsx", book(header, ("PKM-SETU", "Puskesmas Setu", "Dinas Kesehatan", "uptd")))
    read()
    assert staged_rows(store, "units").get_column("parent_unit_code").to_list() == ["DINKES"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Penata Tk. I / III d", "III/d"),
        ("Penata Muda / III/a", "III/a"),
        ("III / c", "III/c"),
        ("Penata Muda Tk.I/ III b", "III/b"),
        ("Pembina Tk. I, IV.b", "IV/b"),
        ("Pembina Tk.I/b", None),
        ("Penata Muda Tk. I", None),
        ("IX (PPPK)", "IX"),
        ("PPPK Gol. V", "V"),
        ("V-P3K", "V"),
        ("PPPK", None),
    ],
)
def test_a_grade_may_stand_behind_its_rank_and_a_stroke(text: str, found: str | None) -> None:
    """One that contradicts the rank is none: of `Pembina Tk.I/b` the numeral is that of the rank."""
    assert grade(text) == found


OFFICES = ("No", "NIP", "Nama", "Jenis Kepegawaian", "Kelompok Jabatan")


@pytest.mark.parametrize(
    ("lines", "units"),
    [
        ([("DINAS KESEHATAN",), ("DINAS SOSIAL (1 orang)",)], ["DINKES", "DINSOS"]),
        ([("A", "DINAS KESEHATAN"), ("B", "Kecamatan Setu")], ["DINKES", "KEC-SETU"]),
        ([("DINAS KESEHATAN",), ("BIDANG PELAYANAN",)], ["DINKES", "DINKES"]),
        ([("DINAS KESEHATAN",), ("PUSKESMAS TANPA NAMA",)], ["DINKES", "DINKES"]),
        ([("Unit Kerja : Dinas Kesehatan",), ("Unit Kerja : Dinas Sosial",)], ["DINKES", "DINSOS"]),
    ],
    ids=["bare", "with letters", "a part", "a unit within", "labelled"],
)
def test_employees_may_stand_below_the_names_of_their_offices(
    store: Store, deliver: Deliver, read: Read, lines: list[tuple[str, ...]], units: list[str]
) -> None:
    people = [(at, nip, "Nama", "PNS", "pelaksana") for at, nip in enumerate((BUDI, SITI), start=1)]
    rows = [row for pair in zip(lines, people, strict=True) for row in pair]
    deliver("employees/2026-01/a.xlsx", book(("DAFTAR PEGAWAI",), OFFICES, *rows))
    report = read()["employees/2026-01/a.xlsx"]
    assert (report.n_read, staged_rows(store, "employees").sort("source_row").get_column("unit_code").to_list()) == (
        2, units
    )  # fmt: skip
    assert "unit_code," not in report.drift


@pytest.mark.parametrize(
    ("lines", "units"),
    [
        (["KECAMATAN SETU", "KELURAHAN SETU", "SEKRETARIAT"], ["KEC-SETU", "KEL-SETU", "KEC-SETU"]),
        (["KECAMATAN SETU", "KELURAHAN SETU", "KANTOR KESBANGPOL"], ["KEC-SETU", "KEL-SETU", "KANTOR KESBANGPOL"]),
        (["KECAMATAN SETU", "KELURAHAN SETU", "PAUD MAWAR"], ["KEC-SETU", "KEL-SETU", "KEC-SETU"]),
        (["DINAS KESEHATAN", "RSUD TANPA NAMA", "BAGIAN UMUM"], ["DINKES", "DINKES", "DINKES"]),
        (["RSUD TANPA NAMA", "BAGIAN UMUM", "DINAS SOSIAL"], ["RSUD TANPA NAMA", "RSUD TANPA NAMA", "DINSOS"]),
        (["SEKRETARIAT DAERAH", "BAGIAN UMUM", "GOLONGAN III"], ["SETDA", "BAG-UMUM", "BAG-UMUM"]),
    ],
)
def test_a_part_below_a_unit_within_an_office_may_be_of_either(
    store: Store, deliver: Deliver, read: Read, lines: list[str], units: list[str]
) -> None:
    """Whoever stood below was of that unit; a `Bagian` of a hospital was that of the city's secretariat."""
    names = ["alias,unit_code", "Kelurahan Setu,KEL-SETU", "Bagian Umum,BAG-UMUM"]
    store.unit_aliases.parent.mkdir(parents=True, exist_ok=True)
    store.unit_aliases.write_text("\n".join([*names, ""]), encoding="utf-8")
    people = [(at, nip, "Nama", "PNS", "pelaksana") for at, nip in enumerate((BUDI, SITI, JOKO), start=1)]
    deliver("employees/2026-01/a.xlsx", book(OFFICES, *[row for line, one in zip(lines, people, strict=True) for row in ((line,), one)]))  # fmt: skip
    read()
    assert staged_rows(store, "employees").sort("source_row").get_column("unit_code").to_list() == units


def test_employees_above_the_first_office_s_name_refuse_the_file(store: Store, deliver: Deliver, read: Read) -> None:
    people = [(at, nip, "Nama", "PNS", "pelaksana") for at, nip in enumerate((BUDI, SITI), start=1)]
    deliver("employees/2026-01/a.xlsx", book(OFFICES, people[0], ("DINAS SOSIAL",), people[1]))
    report = read()["employees/2026-01/a.xlsx"]
    assert (report.reason_code, report.seen) == ("FILE_COLUMNS", "Missing: unit_code.")


@pytest.mark.parametrize(
    ("header", "above"),
    [
        (("No", "Nama Peserta", "Status Kepesertaan", "Hasil"), []),
        (("No", "Nama", "Keterangan", "Kelulusan"), [("Status Keikutsertaan : selesai",)]),
    ],
)
def test_participants_may_be_known_by_name(
    store: Store, deliver: Deliver, read: Read, header: tuple[str, ...], above: list[tuple[str, ...]]
) -> None:
    staff = [(1, nip, name, "PNS", "pelaksana") for nip, name in ((BUDI, "Budi Santoso"), (SITI, "Siti Aminah"))]
    deliver("employees/2026-01/a.xlsx", book(("OPD : Dinas Kesehatan",), OFFICES, *staff))
    rows = [(1, "Budi Santoso, S.Kom", "selesai", "Lulus"), (2, "Ani Lestari", "selesai", "Lulus")]
    deliver("enrolments/2026-01/a.xlsx", book(CLASS, *above, header, *rows))
    report = read()["enrolments/2026-01/a.xlsx"]
    assert staged_rows(store, "enrolments").select("status", "outcome").rows() == [("completed", "lulus")]
    assert (report.n_read, refused(store, "enrolments")) == (2, [(len(above) + 4, "employee_id")])


def test_a_column_that_holds_words_of_one_that_is_not_there_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("NIP", "Status Kepesertaan", "Keterangan", "Catatan")
    rows = [(BUDI, "selesai", "Lulus", "Lulus"), (SITI, "selesai", "", "hadir")]
    deliver("enrolments/2026-01/a.xlsx", book(CLASS, header, *rows))
    assert read()["enrolments/2026-01/a.xlsx"].drift.endswith(
        "column 3 holds words of outcome, and is not read: 1 rows"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("DAFTAR PEGAWAI BULAN OKTOBER 2025", "the list says that it is of another month: oktober 2025"),
        ("Bulan : Maret 2026", "the list says that it is of another month: maret 2026"),
        ("KEADAAN BULAN DESEMBER 2025", ""),
        ("Periode : Januari 2026", ""),
        ("DATA TRIWULAN III TAHUN 2025", ""),
    ],
)
def test_a_picture_of_another_month_is_told(store: Store, deliver: Deliver, read: Read, line: str, told: str) -> None:
    rows = [(line,), ("OPD : Dinas Kesehatan",), OFFICES, (1, BUDI, "Budi", "PNS", "pelaksana")]
    deliver("employees/2026-01/a.xlsx", book(*rows))
    drift = read()["employees/2026-01/a.xlsx"].drift
    assert [note for note in drift.split("; ") if "month" in note] == ([told] if told else [])
    assert kept("id")(told or "nothing")


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        (("A", "VIP"), ["TS-2026-01-001"] * 2),
        (("A-1", ""), ["TS-2026-01-001"] * 2),
        (("TS-2026-01-002", "TS-2026-01-003"), ["TS-2026-01-002", "TS-2026-01-003"]),
    ],
)
def test_a_column_of_another_kind_of_classes_does_not_say_the_class(
    store: Store, deliver: Deliver, read: Read, said: tuple[str, str], classes: list[str]
) -> None:
    """Groups within a class were classes that no list has."""
    rows = [(1, BUDI, "terdaftar", said[0]), (2, SITI, "terdaftar", said[1])]
    header = ("No", "NIP", "Status keikutsertaan", "Kelas")
    deliver("enrolments/2026-01/a.xlsx", book(CLASS, header, *rows))
    read()
    assert staged_rows(store, "enrolments").sort("source_row").get_column("class_id").to_list() == classes


def test_an_amount_below_a_label_of_money_says_itself_what_it_is(store: Store, deliver: Deliver, read: Read) -> None:
    header = (
        "Kode Kelas",
        "Kode Program",
        "Versi",
        "Metode",
        "Tanggal Mulai",
        "Tanggal Selesai",
        "JP",
        "Penyelenggara",
    )
    one = ("TS-2026-01-001", "MD-01", "1", "klasikal", "2026-01-12", "2026-01-14", 24, "BKPSDM")
    below = (*[None] * len(header), "Biaya (Rp)", "Sumber")
    deliver("classes/2026-01/a.xlsx", book((*header, "Anggaran", None), below, (*one, 45_000_000, "APBD")))
    read()
    assert staged_rows(store, "classes").get_column("cost_idr").to_list() == [45_000_000]


HEADED = {
    "employees": ((("No", "Nama ASN", "NIP", "Jenis Pegawai", "Nama OPD", "Unit Kerja", "Jenis Jabatan"), (1, "Budi", BUDI, "PNS", "DINKES", "Puskesmas X", "Pelaksana")), ("employment_type", "unit_code"), ("PNS", "DINKES")),
    "units": ((("Kode SKPD", "Nama SKPD", "Jenis Perangkat Daerah", "Kode OPD Induk"), ("DINKES", "Dinas Kesehatan", "Dinas", "SETDA")), ("unit_code", "unit_name", "unit_type"), ("DINKES", "Dinas Kesehatan", "Dinas")),
    "programs": ((("ID Program", "Judul Pelatihan", "Rumpun Kompetensi", "Versi", "Capaian Pembelajaran"), ("MD-01", "Data", "Teknis", 1, "Mengerti")), ("program_name", "competency_area", "objectives"), ("Data", "Teknis", "Mengerti")),
    "instructors": ((("Kode WI", "Nama Lengkap", "Kategori", "Unit Kerja", "Spesialisasi"), ("NS-01", "Dr. Andi", "Internal", "BPSDM", "Data")), ("full_name", "instructor_type", "affiliation", "competencies"), ("Dr. Andi", "Internal", "BPSDM", "Data")),
    "classes": ((("Kode Kelas", "Kode Program", "Versi", "Gelombang", "Tanggal", "Durasi (JP)", "Pagu Anggaran", "Penyelenggara Diklat"), ("A", "MD-01", 1, "II", "12 Januari 2026", 24, "25 juta", "BKPSDM")), ("batch_no", "start_date", "scheduled_jp", "cost_idr", "organiser"), (2, dt.date(2026, 1, 12), 24.0, 25_000_000, "BKPSDM")),
    "sessions": ((("Kode Kelas", "Sesi", "Kegiatan", "JPL", "Kode Pengajar"), ("A", 1, "Pembukaan", 2, "NS-01")), ("module_name", "jp", "instructor_id"), ("Pembukaan", 2.0, "NS-01")),
    "enrolments": ((("Kode Kelas", "NIP", "Status", "Hasil", "No. Piagam", "JPL"), ("A", BUDI, "Peserta aktif", "Lulus (Memuaskan)", "7/2026", 40)), ("status", "outcome", "certificate_no", "certificate_jp"), ("registered", "lulus", "7/2026", 40.0)),
    "assessments": ((("Kode Kelas", "NIP", "Jenis Ujian", "Nilai Ujian", "Nilai Maksimal", "Tanggal"), ("A", BUDI, "pre", 6, 10, "12 Januari 2026")), ("kind", "score", "max_score", "assessed_on"), ("pre", 6.0, 10.0, dt.date(2026, 1, 12))),
    "observations": ((("Kode Kelas", "NIP", "Tanggal Observasi", "Penilai", "Fase", "Aspek yang Dinilai", "Skor", "Skala Min", "Skala Maks"), ("A", BUDI, "12 Januari 2026", "Atasan", "Sesudah", "Disiplin", 4, 1, 5)), ("observer_role", "aspect", "scale_max"), ("supervisor", "DISIPLIN", 5.0)),
    "survey_responses": ((("ID Respon", "Kode Kelas", "Timestamp", "Aspek", "Pernyataan", "Skor", "Skala Min", "Skala Maks", "Saran"), ("r1", "A", "2026-01-12 08:00:00", "Materi", "Jelas", 4, 1, 5, "Baik")), ("item_code", "score", "comment"), ("Jelas", 4.0, "Baik")),
    "performance": ((("NIP", "Tanggal Awal", "Tanggal Akhir", "Rezim", "Nilai SKP", "Predikat Kinerja"), (BUDI, "1/1/2020", "31/12/2020", "PP 30/2019", 88.5, "Baik")), ("numeric_score", "predicate"), (88.5, "baik")),
    "follow_ups": ((("Kode Flag", "RTL", "Penanggung Jawab (PIC)", "Tanggal Rapat", "Deadline", "Kurikulum Baru"), ("MD-01:1:MATERI", "Revisi", "BKPSDM", "12/1/2026", "31/3/2026", "2")), ("action", "owner", "decided_on", "due_on", "new_curriculum_version"), ("Revisi", "BKPSDM", dt.date(2026, 1, 12), dt.date(2026, 3, 31), "2")),
}  # fmt: skip


@pytest.mark.parametrize("source", HEADED)
def test_columns_have_the_names_that_offices_give_them(store: Store, deliver: Deliver, read: Read, source: str) -> None:
    rows, columns, found = HEADED[source]
    deliver(f"{source}/2026-01/a.xlsx", book(*rows))
    read()
    assert staged_rows(store, source).select(columns).rows() == [found]


def test_what_a_line_says_of_a_list_is_said_of_none_of_its_rows(store: Store, deliver: Deliver, read: Read) -> None:
    """The budget, and the places, of all classes had been those of each."""
    lines = [("Tanggal : 5 Januari 2026",), ("Anggaran : Rp 500.000.000",), ("Target Peserta : 120 orang",)]
    header, rows = ("Kode Kelas", "Kode Program", "Versi"), [("A", "MD-01", 1), ("B", "MD-01", 1)]
    deliver("classes/2026-01/a.xlsx", book(*lines, header, *rows))
    deliver("instructors/2026-01/a.xlsx", book(("Unit Kerja : BKPSDM",), ("Kode Narasumber", "Narasumber"), ("NS-01", "Dr. Andi")))  # fmt: skip
    read()
    said = staged_rows(store, "classes").select("start_date", "cost_idr", "planned_participants").unique().rows()
    assert said == [(None, None, None)]
    assert staged_rows(store, "instructors").select("full_name", "affiliation").rows() == [("Dr. Andi", None)]


def test_of_two_columns_that_may_be_it_the_nearer_is_or_neither(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Kelas", "Kode Program", "Versi", "Tanggal", "Mulai", "Anggaran", "Pagu Anggaran")
    deliver("classes/2026-01/a.xlsx", book(header, ("A", "MD-01", 1, "5/1/2026", "12/1/2026", "Rp 10.000.000", "Rp 12.000.000")))  # fmt: skip
    read()
    assert staged_rows(store, "classes").select("start_date", "cost_idr").rows() == [(None, 10_000_000)]


def test_what_is_vague_fills_no_gap_of_what_is_not(store: Store, deliver: Deliver, read: Read) -> None:
    """The day of a decree is not that of the class."""
    header = ("Kode Kelas", "Kode Program", "Versi", "Nomor SK", "Tanggal", "Waktu Pelaksanaan")
    rows = [("A", "MD-01", 1, "800/1", "5/1/2026", ""), ("B", "MD-01", 1, "800/2", "5/1/2026", "12 s.d. 14 Januari 2026")]  # fmt: skip
    deliver("classes/2026-01/a.xlsx", book(header, *rows))
    read()
    found = staged_rows(store, "classes").sort("class_id").get_column("start_date").to_list()
    assert found == [None, dt.date(2026, 1, 12)]


def test_what_is_said_twice_is_said_once(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Kelas", "Kode Program", "Versi", "JP", "Kuota", "Metode")
    rows = [("A", "MD-01", 1, "24 (dua puluh empat) JP", "30 (tiga puluh) orang", "Klasikal / Tatap Muka"), ("B", "MD-01", 1, 24, "30 (tiga puluh) kelas", "Klasikal/Daring")]  # fmt: skip
    deliver("classes/2026-01/a.xlsx", book(header, *rows))
    read()
    found = staged_rows(store, "classes").select("scheduled_jp", "planned_participants", "method").rows()
    assert found == [(24.0, 30, "tatap_muka")]
    assert sorted(refused(store, "classes")) == [(3, "method"), (3, "planned_participants")]


def test_lists_need_neither_versions_of_curricula_nor_kinds_of_units(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """No calendar of training and no list of offices has them; such lists were refused."""
    deliver("programs/2026-01/a.xlsx", book(("Kode Program", "Nama Program"), ("MD-01", "Arsip")))
    deliver(
        "programs/2026-01/b.xlsx",
        book(("Kode Program", "Nama Program", "Versi"), ("MD-02", "Naskah", ""), ("MD-03", "Data", "2")),
    )
    deliver("classes/2026-01/a.xlsx", book(("Kode Kelas", "Kode Program"), ("TS-2026-01-001", "MD-01")))
    deliver("units/2026-01/a.xlsx", book(("Kode Unit", "Nama Unit"), ("DINKES", "Dinas Kesehatan")))
    assert {(report.status, report.n_accepted) for report in read().values()} == {("accepted", 1), ("accepted", 2)}
    programs = staged_rows(store, "programs").select("program_code", "curriculum_version").sort("program_code")
    assert programs.rows() == [("MD-01", "1"), ("MD-02", "1"), ("MD-03", "2")]
    assert staged_rows(store, "classes").get_column("curriculum_version").to_list() == [None]
    assert staged_rows(store, "units").get_column("unit_type").to_list() == [None]


def test_units_are_called_as_the_personnel_system_calls_them(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode UNOR", "Nama UNOR", "UNOR Induk", "Jenis Unit")
    deliver("units/2026-01/a.xlsx", book(header, ("DINKES", "Dinas Kesehatan", "SETDA", "Dinas")))
    read()
    found = staged_rows(store, "units").select("unit_code", "unit_name", "parent_unit_code").rows()
    assert found == [("DINKES", "Dinas Kesehatan", "SETDA")]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["NS-001", "", "NS-002"], ["NS-001", None, "NS-002"]), (["NS-001", "", "Dr. Andi"], None), (["Andi", "Tim 2", "Rina"], None),
    ],
)  # fmt: skip
def test_codes_may_stand_below_a_heading_of_names(
    store: Store, deliver: Deliver, read: Read, texts: list[str], found: list[str | None] | None
) -> None:
    """A timetable's `Narasumber` was not read, even where it holds nothing but codes."""
    rows = [(at, "Etika", text, 2) for at, text in enumerate(texts, start=1)]
    deliver("sessions/2026-01/a.xlsx", book(CLASS, ("Sesi", "Materi", "Narasumber", "JP"), *rows))
    drift = read()["sessions/2026-01/a.xlsx"].drift
    seen = staged_rows(store, "sessions").sort("session_no").get_column("instructor_id").to_list()
    assert seen == (found or [None] * 3)
    assert ("instructor_id" in drift, "names who taught" in drift) == (found is None, found is None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NS-001 (Dr. Andi, M.Si)", "NS-001"), ("NS-001 - Dr. Andi", "NS-001"), ("NS-001 / Andi", "NS-001"), ("NS-001-A", "NS-001-A"),
        ("NS-001 (diganti NS-002)", "NS-001 (diganti NS-002)"), ("NS-001 (berhalangan)", "NS-001 (berhalangan)"),
    ],
)  # fmt: skip
def test_the_name_behind_a_code_is_none_of_it(store: Store, deliver: Deliver, read: Read, text: str, code: str) -> None:
    """They were narasumber whom no list knows."""
    deliver("sessions/2026-01/a.xlsx", book(CLASS, ("Sesi", "Materi", "Kode Narasumber", "JP"), (1, "Etika", text, 2)))
    read()
    assert staged_rows(store, "sessions").item(0, "instructor_id") == code


@pytest.mark.parametrize(
    ("header", "row", "is_read"),
    [
        (("Kode", "Perangkat Daerah", "Jenis"), ("1.02", "Dinas Kesehatan", "Dinas"), True),
        (("Kode OPD", "OPD", "Jenis"), ("1.02", "Dinas Kesehatan", "Dinas"), True),
        (("Kode", "OPD", "Nama OPD", "Jenis"), ("1.02", "Dinkes", "Dinas Kesehatan", "Dinas"), True),
        (("Kode", "Unit Kerja", "OPD", "Jenis"), ("1.02", "Dinas Kesehatan", "Dinkes", "Dinas"), False),
        (("OPD", "Jenis"), ("Dinas Kesehatan", "Dinas"), False),
    ],
)
def test_beside_its_code_an_office_is_named_by_whatever_heading(
    store: Store, deliver: Deliver, read: Read, header: tuple[str, ...], row: tuple[str, ...], is_read: bool
) -> None:
    deliver("units/2026-01/a.xlsx", book(header, row))
    assert bool(scan(store, DAY).problems) is not is_read
    if is_read:
        read()
        assert staged_rows(store, "units").select("unit_code", "unit_name").rows() == [("1.02", "Dinas Kesehatan")]


def test_a_version_may_have_a_comma(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [("Kode Program", "Nama Program", "Versi"), ("MD-01", "Dokumen", "1,0"), ("BJ-01", "Pengadaan", "2,1")]
    deliver("programs/2026-01/a.xlsx", book(*rows))
    read()
    assert set(staged_rows(store, "programs").get_column("curriculum_version")) == {"1", "2.1"}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Mengundurkan diri (sakit)", "withdrawn"), ("Selesai (dengan predikat baik)", "completed"),
        ("Terdaftar (batal)", None), ("Terdaftar (cadangan)", None), ("Terdaftar (digantikan)", None),
    ],
)  # fmt: skip
def test_a_remark_behind_a_state_is_none_of_it_unless_it_may_take_it_back(
    store: Store, deliver: Deliver, read: Read, text: str, status: str | None
) -> None:
    deliver("enrolments/2026-01/a.xlsx", book(CLASS, ("NIP", "Nama", "Status Peserta"), (BUDI, "Budi", text)))
    report = read()["enrolments/2026-01/a.xlsx"]
    assert report.n_refused == (status is None)
    assert staged_rows(store, "enrolments").get_column("status").to_list() == ([status] if status else [])


@pytest.mark.parametrize(("text", "score"), [("8,50/10,00", 8.5), ("7 dari 10", 7.0), ("7/20", None)])
def test_a_score_may_say_the_highest_one_too(
    store: Store, deliver: Deliver, read: Read, text: str, score: float | None
) -> None:
    rows = [CLASS, ("NIP", "Jenis Tes", "Nilai", "Nilai Maksimum"), (BUDI, "Pre", text, 10)]
    deliver("assessments/2026-01/a.xlsx", book(*rows))
    assert read()["assessments/2026-01/a.xlsx"].n_refused == (score is None)
    assert staged_rows(store, "assessments").get_column("score").to_list() == ([score] if score else [])


def test_how_participants_were_chosen_is_read_as_offices_say_it(store: Store, deliver: Deliver, read: Read) -> None:
    said = ["Undian", "Penunjukan OPD", "Penugasan", "Seleksi"]
    rows = [(f"TS-2026-01-00{nth}", "MD-01", text) for nth, text in enumerate(said, start=1)]
    deliver("classes/2026-01/a.xlsx", book(("Kode Kelas", "Kode Program", "Cara Penetapan Peserta"), *rows))
    read()
    found = staged_rows(store, "classes").sort("class_id").get_column("assignment").to_list()
    assert found == ["randomised", "nominated", "nominated"]
    assert refused(store, "classes") == [(5, "assignment")]
