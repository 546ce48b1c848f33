"""What a cell, or a line above a table, says of a row: not yet, by the end of a month, the hours of the class, who observed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import doubts, kept

from ..conftest import DAY, book, staged_rows, workbook

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


def test_of_two_peers_who_are_known_by_name_neither_is_lost(store: Store, deliver: Deliver, read: Read) -> None:
    """Their names were not read: who said the same was one, and who said something else contradicted the other."""
    header = ("NIP", "Kode Kelas", "Tanggal pengamatan", "Pengamat", "Fase", "Aspek", "Nilai", "Skala minimum", "Skala maksimum", "Nama Penilai", "NIP Penilai")  # fmt: skip
    names = [("Rina Kartika, S.E.", ""), ("RINA KARTIKA", ""), ("Agus Salim", ""), ("Joko", JOKO), ("Salim", "")]
    aspects = ["Kerja Sama", "2. KERJA  SAMA", "kerja sama", "Kerja sama", "kerja Sama"]
    rows = [(BUDI, CLASS, "12/01/2026", "Rekan", "Sebelum", aspect, 3, 1, 4, *name) for aspect, name in zip(aspects, names, strict=True)]  # fmt: skip
    deliver("observations/2026-01/a.xlsx", book([name for name in header if "NIP P" not in name], *[row[:-1] for row in rows[:3]]))  # fmt: skip
    deliver("observations/2026-01/b.xlsx", book(header, *rows[3:]))
    reports = read()
    assert [(report.n_accepted, report.n_duplicate) for report in reports.values()] == [(2, 1), (2, 0)]
    found = staged_rows(store, "observations")
    assert found.get_column("observer_id").n_unique() == 4
    assert found.get_column("aspect").to_list() == ["KERJA SAMA"] * 4


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


def test_the_order_of_days_is_that_of_the_other_columns(store: Store, deliver: Deliver, read: Read) -> None:
    """The class had begun in May and ended in October."""
    header = ("Kode Kelas", "Kode Program", "Versi", "Tanggal mulai", "Tanggal selesai")
    rows = [(CLASS, "MD-01", 1, "1/12/2026", "1/14/2026"), ("TS-2026-01-002", "MD-01", 1, "1/5/2026", "1/7/2026")]
    deliver("classes/2026-01/a.xlsx", book(header, *rows))
    read()
    days = staged_rows(store, "classes").sort("source_row").get_column("start_date").to_list()
    assert days == [dt.date(2026, 1, 12), dt.date(2026, 1, 5)]


def test_a_flag_is_the_same_however_its_code_is_spaced(store: Store, deliver: Deliver, read: Read) -> None:
    """Its decision was of a flag that nobody knew."""
    codes = ("MD-01 : 1 : Materi Pelatihan", "MD-01:2:metode", "MP-01 : 1 : Narasumber : NS-009", "PP-01:1:KEHADIRAN")
    deliver("follow_ups/2026-01/a.xlsx", book(FOLLOW_UPS[:3], *[(code, "Revisi", "12/01/2026") for code in codes]))
    read()
    found = staged_rows(store, "follow_ups").sort("source_row").get_column("flag_id").to_list()
    assert found == ["MD-01:1:MATERI", "MD-01:2:METODE", "MP-01:1:NARASUMBER:NS-009", "PP-01:1:KEHADIRAN"]


def test_a_decision_on_two_flags_and_a_class_of_two_programs_are_sent_back(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """They were of a flag, and of a program, that nobody knew."""
    codes = ("MD-01:1:MATERI; MD-01 : 1 : Metode", "MD-01:1:MATERI")
    deliver("follow_ups/2026-01/a.xlsx", book(FOLLOW_UPS[:3], *[(code, "Revisi", "12/01/2026") for code in codes]))
    header = ("Kode Kelas", "Kode Program", "Versi", "Tanggal Mulai")
    deliver("classes/2026-01/a.xlsx", book(header, (CLASS, "MD-01 / MD-02", 1, "12/01/2026")))
    read()
    assert staged_rows(store, "follow_ups").get_column("flag_id").to_list() == ["MD-01:1:MATERI"]
    for source in ("follow_ups", "classes"):
        refused = pl.read_parquet(store.quarantine / source / "2026-01.parquet")
        assert refused.get_column("reason_code").to_list() == ["CODE_SEVERAL"]


def test_a_session_of_two_narasumber_is_sent_back(store: Store, deliver: Deliver, read: Read) -> None:
    """They had been one, whom nobody knew."""
    who = [
        "NS-001, NS-002",
        "NS-001 / 197104152000121003",
        "NS-001 dan NS-003",
        "NS/001-2",
        "NS-001",
        "NS-001/NS-002",
        "NS-01/A2",
    ]
    rows = [(nth, "Arsip", text) for nth, text in enumerate(who, start=1)]
    deliver("sessions/2026-01/a.xlsx", book((f"Kode Kelas : {CLASS}",), ("Sesi", "Materi", "Kode Narasumber"), *rows))
    read()
    assert staged_rows(store, "sessions").sort("source_row").get_column("session_no").to_list() == [4, 5, 7]
    codes = pl.read_parquet(store.quarantine / "sessions/2026-01.parquet").get_column("reason_code").to_list()
    assert codes == ["CODE_SEVERAL"] * 4


def test_an_appointment_that_the_number_contradicts_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """A ceiling of hours had held for who has a floor."""
    header = ("NIP", "Nama", "Status Kepegawaian", "Unit Kerja", "Kelompok Jabatan")
    people = [(BUDI, "PPPK"), ("199001012024211002", "PNS"), (SITI, "CPNS"), ("199001012024211003", "P3K")]
    deliver("employees/2026-01/a.xlsx", book(header, *[(nip, "A", kind, "DLH", "Pelaksana") for nip, kind in people]))
    told = doubts(read()["employees/2026-01/a.xlsx"].drift)
    assert told == ["employment_type is another than the person's number says: 2 rows"]
    assert kept("id")(told[0]) == "employment_type tidak sesuai dengan nomor orangnya: 2 baris"


def test_a_column_of_classes_holds_before_the_line_above_it(store: Store, deliver: Deliver, read: Read) -> None:
    """Where a cell is empty the line says its class."""
    header = ("NIP", "Kelas Diklat", "Status Kepesertaan")
    rows = [(BUDI, "TS-2026-01-002", "selesai"), (SITI, "", "selesai")]
    deliver("enrolments/2026-01/a.xlsx", book((f"Kode Kelas : {CLASS}",), header, *rows))
    read()
    found = staged_rows(store, "enrolments").sort("source_row").get_column("class_id").to_list()
    assert found == ["TS-2026-01-002", CLASS]


OBSERVED = [("Fase : Sesudah",), ("Tanggal Pengamatan : 12 Januari 2026",), ("Skala 1-5",)]


@pytest.mark.parametrize(
    ("source", "above", "column", "cell", "read_as"),
    [
        ("attendance", [], "Kelas", "TS-2026-01-002", ("class_id", "TS-2026-01-002")),
        ("attendance", [], "Kelas", "A", ("class_id", "TS-2026-01-001")),
        ("attendance", [], "Nomor Surat", "TS-2026-01-002", ("class_id", "TS-2026-01-001")),
        ("observations", OBSERVED, "Fase", "Sebelum", ("phase", "before")),
        ("observations", OBSERVED, "Fase", "", ("phase", "after")),
        ("observations", OBSERVED, "Tgl Pengamatan", "14 Januari 2026", ("observed_on", dt.date(2026, 1, 14))),
        ("performance", [("Tahun : 2025",)], "Tahun Penilaian", 2024, ("period_start", dt.date(2024, 1, 1))),
    ],
)
def test_what_a_row_says_of_itself_is_nearer_than_the_line_above_the_table(
    store: Store, deliver: Deliver, read: Read, source: str, above: list[tuple[str]], column: str, cell: object, read_as: tuple[str, object]
) -> None:  # fmt: skip
    """A column that the layout does not know had gone unread, and the line had held for every row."""
    values = {"attendance": [("Sesi 1", "H")], "observations": [("Atasan - A", 3), ("Rekan - A", 4)], "performance": [("Predikat", "Baik")]}[source]  # fmt: skip
    header, row = zip(("NIP", "198503152010011001"), (column, cell), *values, strict=True)
    deliver(f"{source}/2026-01/a.xlsx", book(("Kode Kelas : TS-2026-01-001",), *above, header, row))
    read()
    name, found = read_as
    assert set(staged_rows(store, source).get_column(name)) == {found}


def test_a_column_that_says_what_has_been_done_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """A decision without its day had been one that waits, whatever stood beside it."""
    header = ("Kode tanda", "Tindak lanjut", "Tgl Keputusan", "Tgl Selesai", "Status")
    said = [("20 Januari 2026", "Selesai"), ("", "Sudah dilaksanakan"), ("", "Belum selesai"), ("", "Proses")]
    rows = [(f"MD-0{nth}:1:MATERI", "Revisi", "12 Januari 2026", *cells) for nth, cells in enumerate(said, start=1)]
    deliver("follow_ups/2026-01/a.xlsx", book(header, *rows))
    report = read()["follow_ups/2026-01/a.xlsx"]
    assert report.n_accepted == 4
    [told] = doubts(report.drift)
    assert told == "column 5 says what has been done, and is not read: 1 rows"
    assert (kept("id")(told) or "").startswith("kolom 5 menyebut apa yang sudah selesai")


def test_a_day_that_lacks_its_year_is_told_so(store: Store, deliver: Deliver, read: Read) -> None:
    """It was no day of the calendar, and so was a day too many."""
    cells = ["12-14 Januari", "Senin, 12 Januari", "12/01", "Minggu ke-2 Januari 2026", "31 Februari", "1.5"]
    rows = [(f"TS-2026-01-00{nth}", "MD-01", 1, cell) for nth, cell in enumerate(cells, start=1)]
    deliver("classes/2026-01/a.xlsx", book(("Kode kelas", "Kode program", "Versi", "Tanggal Pelaksanaan"), *rows))
    turn = ("TS-2026-01-009", "MD-01", 1, "28 Desember - 2 Januari")
    deliver("classes/2026-01/b.xlsx", book(("TAHUN 2026",), ("Kode kelas", "Kode program", "Versi", "Tanggal Pelaksanaan"), turn))  # fmt: skip
    deliver("sessions/2026-01/a.xlsx", book(("Kode kelas", "Sesi", "Tanggal"), (CLASS, 1, "12 s.d. 14 Januari 2026")))
    read()
    codes = [
        pl.read_parquet(store.quarantine / f"{source}/2026-01.parquet").get_column("reason_code").to_list()
        for source in ("classes", "sessions")
    ]
    none = "NOT_A_DATE"
    assert codes == [["NO_YEAR", "NO_YEAR", "NO_YEAR", none, none, none, "NO_YEAR"], ["DATE_SEVERAL"]]


def test_hours_stand_beside_the_days_over_which_they_go(store: Store, deliver: Deliver, read: Read) -> None:
    cells = ["3 hari (24 JP)", "24 JP/3 hari", "3 hari kerja = 24 JPL", "8 JP/hari", "24 JP x 2"]
    rows = [(f"TS-2026-01-00{nth}", "MD-01", 1, cell) for nth, cell in enumerate(cells, start=1)]
    deliver("classes/2026-01/a.xlsx", book(("Kode kelas", "Kode program", "Versi", "JP"), *rows))
    report = read()["classes/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_refused) == (3, 2)
    assert staged_rows(store, "classes").get_column("scheduled_jp").to_list() == [24, 24, 24]


def test_who_taught_by_name_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """The names of a timetable went unread without a word."""
    header = ("Kode kelas", "Sesi", "Tanggal", "Materi", "Nama Narasumber")
    rows = [(CLASS, 1, "12 Januari 2026", "Pembukaan", "A, M.Si."), (CLASS, 2, "12 Januari 2026", "Etika", "")]
    deliver("sessions/2026-01/a.xlsx", book(header, *rows))
    deliver("sessions/2026-01/b.xlsx", book((*header, "Kode narasumber"), (CLASS, 3, "13 Januari 2026", "Etika", "A", "NS-01")))  # fmt: skip
    reports = read()
    told = "column 5 names who taught, and is not read: 1 rows"
    assert doubts(reports["sessions/2026-01/a.xlsx"].drift) == [told]
    assert kept("id")(told, {}) is not None
    assert doubts(reports["sessions/2026-01/b.xlsx"].drift) == []


def test_a_score_may_stand_once_more_in_letters(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("NIP", "Nama", "Pre Test", "Post Test")
    rows = [(BUDI, "A", "60 (enam puluh)", "85,5 (delapan puluh lima koma lima)"), (SITI, "B", "60 (remedial)", "75(tujuh puluh lima)")]  # fmt: skip
    lines = [(f"Kode Kelas : {CLASS}",), ("Nilai Maksimum : 100",)]
    deliver("grade_list/2026-01/a.xlsx", book(*lines, header, *rows))
    report = read()["grade_list/2026-01/a.xlsx"]
    assert (sorted(staged_rows(store, "assessments").get_column("score")), report.n_refused) == ([60, 75, 85.5], 1)


def test_what_became_of_people_and_decisions_has_more_names(store: Store, deliver: Deliver, read: Read) -> None:
    """Predicates of those who passed, and the days of a matrix of follow-ups, went unread."""
    people = [(BUDI, "Selesai", "Sangat Memuaskan"), (SITI, "Selesai", "Tidak Lulus")]
    deliver("enrolments/2026-01/a.xlsx", book((f"Kode Kelas : {CLASS}",), ("NIP", "Status Peserta", "Kelulusan"), *people))  # fmt: skip
    header = ("Kode tanda", "Rencana tindak lanjut", "Tanggal keputusan", "Target Waktu", "Tanggal Realisasi")
    deliver("follow_ups/2026-01/a.xlsx", book(header, ("MD-01:1:MATERI", "Revisi", "12/01/2026", "Maret 2026", "20/01/2026")))  # fmt: skip
    read()
    assert sorted(staged_rows(store, "enrolments").get_column("outcome")) == ["lulus", "tidak_lulus"]
    assert staged_rows(store, "follow_ups").select("due_on", "done_on").rows() == [(dt.date(2026, 3, 31), dt.date(2026, 1, 20))]  # fmt: skip


def test_progress_of_a_month_to_come_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """What will have been done in February nobody knows in January: the year may be a slip."""
    header = ("Kode Proyek", "Unit Kerja", "Bulan", "Target Fisik Kumulatif (%)", "Realisasi Fisik Kumulatif (%)")
    rows = [("P-1", "DLH", month, 9, 8) for month in ("Januari 2026", "Februari 2026")]
    deliver("projects/2026-01/a.xlsx", book(header, *rows))
    assert "month lies after the month of delivery: 1 rows" in read()["projects/2026-01/a.xlsx"].drift


@pytest.mark.parametrize(
    "rows",
    [
        [("Sebelum", "", "Sesudah", ""), ("Atasan", "Rekan") * 2],
        [("Atasan", "", "Rekan", ""), ("Sebelum", "Sesudah") * 2],
        [("Sebelum Pelatihan", "", "Sesudah Pelatihan", ""), ("Atasan - Disiplin", "Rekan - Disiplin") * 2],
        [("Atasan Pra", "Atasan Pasca", "Rekan Pra", "Rekan Pasca")],
    ],
)
def test_behaviour_of_two_phases_side_by_side_is_not_that_of_the_phase_above(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[str, ...]]
) -> None:
    """What was seen before the class had been seen after it, and was an aspect of its own."""
    lines = [(f"Kode Kelas : {CLASS}",), ("Fase : Sesudah",), ("Tanggal Pengamatan : 12 Januari 2026",), ("Skala 1-5",)]
    header = [(*(("NIP", "Nama") if at == 0 else ("", "")), *row) for at, row in enumerate(rows)]
    deliver("observation_sheet/2026-01/a.xlsx", book(*lines, *header, (BUDI, "A", 4, 5, 3, 4)))
    assert not read()


def test_two_columns_of_one_observer_and_aspect_contradict_each_other(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """The second was of an aspect `DISIPLIN #2`. What `Pasca` begins need be no phase."""
    lines = [(f"Kode Kelas : {CLASS}",), ("Fase : Sesudah",), ("Tanggal Pengamatan : 12 Januari 2026",), ("Skala 1-5",)]
    header = ("NIP", "Nama", *("Atasan - Disiplin",) * 2, "Rekan - Pasca Produksi")
    deliver("observation_sheet/2026-01/a.xlsx", book(*lines, header, (BUDI, "A", 4, 5, 3)))
    report = read()["observation_sheet/2026-01/a.xlsx"]
    found = staged_rows(store, "observations").get_column("aspect").to_list()
    assert (found, report.n_refused) == (["PASCA PRODUKSI"], 2)


def test_sheets_may_be_called_after_offices(store: Store, deliver: Deliver, read: Read) -> None:
    """Recaps of two offices in one workbook were of the office that the file is called after, or of one called `REKAP`; lists of employees were refused."""
    elements = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
    recap = [("SKM TAHUN 2025",), ("Jumlah Responden : 100",), ("Unsur Pelayanan", "NRR"), *((name, 3) for name in elements)]  # fmt: skip
    deliver("skm/2026-01/DPMPTSP.xlsx", workbook({"Dinkes": recap, "Kec. Setu": recap, "Rekap": recap}))
    header = ("NIP", "Nama", "Status Kepegawaian", "Kelompok Jabatan")
    sheets = {"Dinkes": BUDI, "Dinas Sosial": SITI}
    deliver("employees/2026-01/a.xlsx", workbook({name: [header, (nip, "A", "PNS", "Pelaksana")] for name, nip in sheets.items()}))  # fmt: skip
    deliver("employees/2026-01/b.xlsx", workbook({"Diskusi": [header, (JOKO, "A", "PNS", "Pelaksana")]}))
    reports = read()
    assert sorted(staged_rows(store, "service_satisfaction").get_column("unit_code").unique()) == ["DINKES", "DPMPTSP", "Kec. Setu"]  # fmt: skip
    assert staged_rows(store, "employees").sort("unit_code").get_column("unit_code").to_list() == ["DINKES", "DINSOS"]
    assert reports["employees/2026-01/b.xlsx"].seen == "Missing: unit_code."


TWO_DAYS = [("Tanggal Pengamatan Sebelum : 5 Januari 2026",), ("Tanggal Pengamatan Sesudah : 25 Januari 2026",)]


@pytest.mark.parametrize(
    ("lines", "header", "row"),
    [
        ([(f"Kode Kelas : {CLASS}",)], ("NIP", "Nama", "Aspek", "Pengamat", "Sebelum", "Sesudah"), (BUDI, "A", "Disiplin", "Atasan", 3, 4)),
        ([(f"Kode Kelas : {CLASS}",), ("Aspek : Disiplin",), ("Penilai : Atasan",)], ("NIP", "Sebelum Pelatihan", "Setelah Pelatihan"), (BUDI, 3, 4)),
        ([("Penilai : Atasan",)], ("NIP", "Kode Kelas", "Aspek", "Nilai Sebelum", "Nilai Sesudah"), (BUDI, CLASS, "Disiplin", 3, 4)),
    ],
    ids=["columns", "lines", "both"],
)  # fmt: skip
def test_what_was_seen_before_and_after_side_by_side_has_a_day_each(
    store: Store,
    deliver: Deliver,
    read: Read,
    lines: list[tuple[str, ...]],
    header: tuple[str, ...],
    row: tuple[object, ...],
) -> None:
    """Such a list was refused, for its columns. Whom nobody saw afterwards has no row of it."""
    rows = [row, (SITI, *row[1:-1], "")]
    deliver("observations/2026-01/a.xlsx", book(*lines, *TWO_DAYS, ("Skala 1-5",), header, *rows))
    read()
    found = staged_rows(store, "observations").sort("source_row", "observed_on")
    assert found.select("observed_on", "phase", "observer_role", "aspect", "score").rows() == [
        (dt.date(2026, 1, 5), "before", "supervisor", "DISIPLIN", 3.0),
        (dt.date(2026, 1, 25), "after", "supervisor", "DISIPLIN", 4.0),
        (dt.date(2026, 1, 5), "before", "supervisor", "DISIPLIN", 3.0),
    ]


@pytest.mark.parametrize("folder", ["observations", "observation_sheet"])
def test_phases_without_a_day_of_their_own_are_refused_with_what_to_write(
    store: Store, deliver: Deliver, folder: str
) -> None:
    """*None of the columns is known*, or that the score is missing, helped nobody."""
    lines = [(f"Kode Kelas : {CLASS}",), ("Tanggal Pengamatan : 12 Januari 2026",), ("Skala 1-5",)]
    deliver(f"{folder}/2026-01/a.xlsx", book(*lines, ("NIP", "Aspek", "Sebelum", "Sesudah"), (BUDI, "Disiplin", 3, 4)))
    header = [("NIP", "Disiplin", "", "Kerja Sama", ""), ("", *("Sebelum", "Setelah") * 2)]
    deliver(f"{folder}/2026-01/b.xlsx", book(*lines, *header, (BUDI, 3, 4, 3, 5)))
    problems = [(problem.code, problem.seen) for problem in scan(store, DAY).problems]
    days = "'Tanggal Pengamatan Sebelum : ...'; 'Tanggal Pengamatan Sesudah : ...'"
    assert problems == [("FILE_FACTS", days), ("FILE_PHASES", "Columns 'Sebelum' and 'Setelah'.")]


@pytest.mark.parametrize(
    ("observer", "is_told"), [("Diri", True), ("Mitra", True), ("Rata-rata", False), ("Ket", False)]
)
def test_scores_of_an_observer_whom_nobody_knows_are_told(
    deliver: Deliver, read: Read, observer: str, is_told: bool
) -> None:
    """They were lost without a word; `Pengembangan Diri` is an aspect."""
    lines = [(f"Kode Kelas : {CLASS}",), ("Fase : Sesudah",), ("Tanggal Pengamatan : 12 Januari 2026",), ("Skala 1-5",)]
    header = [("NIP", "Nama", "Disiplin", "", "", "Masa Kerja"), ("", "", "Atasan", "Teman Sejawat", observer, "")]
    deliver("observation_sheet/2026-01/a.xlsx", book(*lines, *header, (BUDI, "A", 4, 5, 3, 2)))
    report = read()["observation_sheet/2026-01/a.xlsx"]
    assert (report.n_accepted, "column 5 holds scores of an observer" in report.drift) == (2, is_told)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("akhir Maret 2026", (3, 31)), ("paling lambat 15 Maret 2026", (3, 15)), ("Selambat-lambatnya akhir bulan Maret 2026", (3, 31)),
        ("s.d. 15 Maret 2026", (3, 15)), ("akhir Triwulan I 2026", (3, 31)), ("awal Maret 2026", None), ("setelah 15 Maret 2026", None),
    ],
)  # fmt: skip
def test_a_decision_may_be_due_by_the_end_of_something(
    store: Store, deliver: Deliver, read: Read, said: str, day: tuple[int, int] | None
) -> None:
    deliver("follow_ups/2026-01/a.xlsx", book(FOLLOW_UPS, ("MD-01:1:MATERI", "Revisi", "12 Januari 2026", said, "")))
    report = read()["follow_ups/2026-01/a.xlsx"]
    found = staged_rows(store, "follow_ups").get_column("due_on").to_list() if report.n_accepted else []
    assert found == ([dt.date(2026, *day)] if day else [])


OBSERVED = [(f"Kode Kelas : {CLASS}",), ("Fase : Sesudah",), ("Tanggal Pengamatan : 12 Januari 2026",), ("Skala 1-5",)]


def test_a_sheet_of_one_person_has_a_row_per_aspect_and_a_column_per_observer(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """They were refused, though a line above them names the person."""
    header = ("No", "Aspek Perilaku", "Atasan", "Rekan 1", "Rekan 2", "Diri", "Bawahan", "Mitra", "Rata-rata")
    rows = [(1, "Kerja sama", 4, 3, 4, 5, 2, 3, 4), (2, "Disiplin", 5, "", 4, 4, 2, 3, 4), ("", "Jumlah", 9, 3, 8, 9, 4, 6, 8)]  # fmt: skip
    people = {"Budi": [("NIP", ":", BUDI), *OBSERVED, header, *rows], "Siti": [("NIP", ":", SITI), *OBSERVED, header, *rows[1:]]}  # fmt: skip
    deliver("observations/2026-01/a.xlsx", workbook(people))
    drift = read()["observations/2026-01/a.xlsx"].drift
    found = staged_rows(store, "observations").select("aspect", "observer_role", "score").rows()
    disciplined = [("DISIPLIN", "peer", 4), ("DISIPLIN", "self", 4), ("DISIPLIN", "supervisor", 5)]
    both = [("KERJA SAMA", "peer", 3), ("KERJA SAMA", "peer", 4), ("KERJA SAMA", "self", 5), ("KERJA SAMA", "supervisor", 4)]  # fmt: skip
    assert sorted(found) == sorted([*disciplined * 2, *both])
    assert "column 8 holds scores of an observer who is not known: not read" in drift
    assert staged_rows(store, "observations").get_column("employee_id").n_unique() == 2


def test_a_row_per_person_and_aspect_may_have_a_column_per_observer(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(BUDI, "Disiplin", 5, 4), (SITI, "Disiplin", 4, "")]
    deliver("observations/2026-01/a.xlsx", book(*OBSERVED, ("NIP", "Aspek", "Atasan", "Rekan"), *rows))
    assert read()["observations/2026-01/a.xlsx"].n_accepted == 3


@pytest.mark.parametrize(
    ("source", "lines", "header", "row", "label"),
    [
        ("observations", ["Penilai", f"NIP : {SITI}", "Yang dinilai", f"NIP : {BUDI}", "Pengamat : Atasan"], ("Aspek", "Nilai"), ("Disiplin", 4), "NIP"),
        ("observations", [f"NIP : {SITI}", f"NIP : {BUDI}"], ("Aspek", "Atasan"), ("Disiplin", 4), "NIP"),
        ("enrolments", [f"NIP : {SITI}", "Peserta", f"NIP : {BUDI}"], ("Status", "JP"), ("Selesai", 24), "NIP"),
        ("attendance", ["Kode Kelas : TS-2026-01-002"], ("NIP", "Hari 1"), (BUDI, "H"), "Kode kelas"),
        ("assessments", ["Nilai Maksimum : 100", "Nilai Maksimum : 10"], ("NIP", "Pre Test"), (BUDI, 8), "Nilai maksimum"),
        ("assessments", ["Skala Nilai : 0 - 10", "Nilai Maksimum : 100"], ("NIP", "Pre Test"), (BUDI, 8), "Nilai maksimum"),
        ("assessments", ["DAFTAR NILAI PRE TEST (SKALA 100)", "Jenis Tes : Post Test"], ("NIP", "Nilai"), (BUDI, 8), "Jenis tes"),
        ("observations", [f"NIP : {BUDI}", "OBSERVASI SEBELUM PELATIHAN"], ("Aspek", "Atasan"), ("Disiplin", 4), "FASE"),
        ("performance", ["PREDIKAT KINERJA TAHUN 2025", "Tahun Penilaian : 2024"], ("NIP", "Predikat"), (BUDI, "Baik"), "Tahun"),
        ("performance", ["PREDIKAT KINERJA TAHUN 2025", "Tahun Anggaran : 2026", "Tahun Penilaian : 2025 (Januari-Desember)"], ("NIP", "Predikat"), (BUDI, "Baik"), ""),
        ("observations", [f"NIP : {BUDI}", "OBSERVASI SETELAH PELATIHAN"], ("Aspek", "Atasan"), ("Disiplin", 4), ""),
        ("assessments", ["DAFTAR NILAI PRE TEST DAN POST TEST", "Skala 0-100", "Nilai Maksimum : 100,0 (seratus)", "Jenis Tes : Post Test"], ("NIP", "Nilai"), (BUDI, 8), ""),
        ("enrolments", [f"NIP : {SITI}", f"NIP : {JOKO}"], ("NIP", "Status"), (BUDI, "Selesai"), ""),
        ("enrolments", [f"NIP : {BUDI}", f"NIP : {BUDI[:8]} {BUDI[8:]}", "NIP : ......"], ("Status", "JP"), ("Selesai", 24), ""),
    ],
)  # fmt: skip
def test_two_lines_that_say_different_things_of_the_same_are_none(
    store: Store, deliver: Deliver, read: Read, source: str, lines: list[str], header: tuple[str, ...], row: tuple[object, ...], label: str
) -> None:  # fmt: skip
    """What somebody was given had been the other's, of whom the first line was. Where a column says it the lines are somebody's else."""
    above = OBSERVED if source == "observations" else OBSERVED[:1]
    deliver(f"{source}/2026-01/a.xlsx", book(*above, *((line,) for line in lines), header, row))
    problems = [(problem.code, problem.seen) for problem in scan(store, DAY).problems]
    assert problems == ([("FILE_TWICE", f"'{label} : ...'")] if label else [])
    assert label or read()[f"{source}/2026-01/a.xlsx"].n_accepted == 1


@pytest.mark.parametrize(
    ("line", "header", "cells"),
    [
        (("Pengamat : Atasan",), (), ()),
        (("Penilai : Atasan Langsung",), (), ()),
        ((), ("Pengamat",), ("Atasan",)),
    ],
    ids=["a line", "a line in other words", "a column"],
)
def test_the_aspects_of_one_observer_may_be_columns(
    store: Store, deliver: Deliver, read: Read, line: tuple[str, ...], header: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    """Such lists were refused. Of a column that is called otherwise nobody can say that it is an aspect."""
    above = [(f"Kode Kelas : {CLASS}",), *OBSERVED, line]
    names = ("No", "NIP", "Umur", *header, "1. Kerja Sama", "Disiplin Kerja", "Kesopanan", "Rata-rata")
    deliver("observations/2026-01/a.xlsx", book(*above, names, (1, BUDI, 40, *cells, 4, 5, 3, 4)))
    report = read()["observations/2026-01/a.xlsx"]
    at = names.index("Kesopanan") + 1
    assert report.drift == f"column {at} holds answers to a question that is not known: not read"
    found = staged_rows(store, "observations").select("observer_role", "aspect", "score").rows()
    assert sorted(found) == [("supervisor", "DISIPLIN KERJA", 5.0), ("supervisor", "KERJA SAMA", 4.0)]


def test_aspects_of_an_observer_whom_nothing_names_are_refused_with_the_line_to_write(
    deliver: Deliver, store: Store
) -> None:
    rows = [(f"Kode Kelas : {CLASS}",), *OBSERVED, ("NIP", "Kerja Sama", "Disiplin"), (BUDI, 4, 5)]
    deliver("observations/2026-01/a.xlsx", book(*rows))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Pengamat : ...'")
