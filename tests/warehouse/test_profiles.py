"""The shipped profiles: files as other programs and offices write them, each with the rows that must come out."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from schemas.profiles import SHIPPED, Codebook, load, shipped_profiles
from warehouse.delivery.landing import scan
from warehouse.delivery.layouts.rehearsal import rehearse
from warehouse.offices.drafts import draft_profile
from warehouse.offices.inspection import inspect_file
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI = "198503152010012001", "199001012024211002"


def accepted(store: Store, source: str, *columns: str) -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.staging / source / "2026-01.parquet")
    return frame.sort("source_file", "source_row", maintain_order=True).select(columns).rows()


def refused(store: Store, source: str) -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.quarantine / source / "2026-01.parquet")
    return frame.select("row_number", "column_name", "column_number", "reason_code").rows()


SHEET = (
    ["DAFTAR HADIR PESERTA"],
    ["Pelatihan Manajemen Dokumen"],
    ["Kode Kelas : MD-01-1"],
    [],
    ["No", "Nama", "NIP", "Pangkat/Gol", "Unit Kerja", "Hari I", None, "Hari II", None, "Tanda Tangan", "Ket"],
    [None, None, None, None, None, "Pagi", "Siang", "Pagi", "Siang"],
    ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)", "(11)"],
    [1, "Peserta Satu", "19850315 201001 2 001", "III/c", "BKPSDM", "H", "H", "Ijin", "H"],
    [2, "Peserta Dua", f"'{BUDI}", "IX", "DINKES", "v", None, "S", "mungkin"],
    ["JUMLAH", None, None, None, None, 2, 1, 0, 1],
    [],
    [None, None, None, None, None, None, None, "Tangerang Selatan, 12 Januari 2026"],
    [None, None, None, None, None, None, None, "Kepala Badan"],
    [None, None, None, None, None, None, None, "Pejabat Penandatangan"],
    [None, None, "NIP. 19700101 199503 1 001"],
)


@pytest.mark.parametrize("folder", ["attendance", "attendance_sheet"])
def test_an_attendance_sheet_becomes_sessions_and_the_signer_is_no_participant(
    store: Store, deliver: Deliver, read: Read, folder: str
) -> None:
    deliver(f"{folder}/2026-01/daftar hadir.xlsx", book(*SHEET))
    report = read()[f"{folder}/2026-01/daftar hadir.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_refused, report.n_duplicate) == (8, 7, 1, 0)
    assert accepted(store, "attendance", "class_id", "session_no", "status", "source_row") == [
        ("MD-01-1", 1, "hadir", 8),
        ("MD-01-1", 2, "hadir", 8),
        ("MD-01-1", 3, "izin", 8),
        ("MD-01-1", 4, "hadir", 8),
        ("MD-01-1", 1, "hadir", 9),
        ("MD-01-1", 2, "unknown", 9),
        ("MD-01-1", 3, "sakit", 9),
    ]
    assert refused(store, "attendance") == [(9, "status", 9, "NOT_ALLOWED")]


def test_a_number_in_the_cell_of_the_name_says_who_it_is(store: Store, deliver: Deliver, read: Read) -> None:
    people = (["Peserta Satu\nNIP. 19850315 201001 2 001", "H", "S"], [f"{BUDI} / Peserta Dua", "I", "H"])
    head = ["Nama / NIP", "Hari 1", "Hari 2"]
    deliver("attendance/2026-01/a.xlsx", book(["Kode Kelas : MD-01-1"], head, *people, ["Tanpa Nomor", "H", "H"]))
    read()
    assert accepted(store, "attendance", "session_no", "status", "source_row") == [
        (1, "hadir", 3), (2, "sakit", 3), (1, "izin", 4), (2, "hadir", 4),
    ]  # fmt: skip
    assert refused(store, "attendance") == [(5, "employee_id", 1, "PERSON_UNKNOWN")] * 2


def test_what_stands_over_labels_that_are_alike_tells_them_apart(store: Store, deliver: Deliver, read: Read) -> None:
    """Cells merged downwards hold for each of their rows, so that the lowest row alone would be a header, too."""
    rows = (
        ["Kode Kelas : MD-01-1"],
        ["N I P", "Tanggal / Sesi", None, None, None],
        ["N I P", "12 Jan 2026", None, "13 Jan 2026", None],
        ["N I P", "Pagi", "Siang", "Pagi", "Siang"],
        [ANI, "H", "S", "I", "H"],
    )
    deliver("attendance/2026-01/a.xlsx", book(*rows))
    read()
    assert accepted(store, "attendance", "session_no", "status") == [
        (2026011201, "hadir"), (2026011202, "sakit"), (2026011301, "izin"), (2026011302, "hadir"),
    ]  # fmt: skip


def test_a_sheet_that_does_not_say_its_class_is_refused_and_told_what_to_write(store: Store, deliver: Deliver) -> None:
    deliver("attendance/2026-01/a.xlsx", book(*SHEET[:2], *SHEET[3:]))
    problem = scan(store, DAY).problems[0]
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Kode Kelas : ...'")


def test_fingerprint_days_need_both_taps(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "fingerprint/2026-01/days.csv",
        "Kode Kelas : A-1;;;\nNIP;Tanggal;Jam Masuk;Jam Pulang\n"
        f"{ANI};12/01/2026;07:30;16:05\n{ANI};13/01/2026;07:31;\n{BUDI};13/01/2026;07:10;16:00\n",
    )
    deliver(
        "fingerprint/2026-01/taps.csv",
        "Kode Kelas : A-2\nNo. ID,Waktu,Status\n"
        f"{ANI},12/01/2026 07:30:00,C/In\n{ANI},12/01/2026 07:30:09,C/In\n{ANI},12/01/2026 16:00:00,C/Out\n"
        f"{BUDI},13/01/2026 07:00:00,C/In\n",
    )
    read()
    assert accepted(store, "attendance", "class_id", "session_no", "status") == [
        ("A-1", 20260112, "hadir"),
        ("A-1", 20260113, "unknown"),
        ("A-1", 20260113, "hadir"),
        ("A-2", 20260112, "hadir"),
        ("A-2", 20260113, "unknown"),
    ]


def test_ekinerja_keeps_every_period_and_leaves_acting_posts_out(store: Store, deliver: Deliver, read: Read) -> None:
    head = ["no", "nip", "nama", "is_plt_plh", "periode_awal", "periode_akhir", "rating_hasil_kerja",
            "rating_perilaku_kerja", "predikat_kinerja_pegawai"]  # fmt: skip
    rows = (
        [1, ANI, "x", 0, "01-01-2025", "31-12-2025", "Di Atas Ekspektasi", "Sesuai Ekspektasi", "Baik"],
        [2, ANI, "x", 1, "01-01-2025", "31-12-2025", "Di Bawah Ekspektasi", "Sesuai Ekspektasi", "Butuh Perbaikan"],
        [3, ANI, "x", 0, "01-01-2026", "31-03-2026", "Sesuai Ekspektasi", "Sesuai Ekspektasi", "Baik"],
    )
    deliver("performance/2026-01/skp.xlsx", book(["LAPORAN SKP TAHUN 2025"], [], head, *rows))
    read()
    assert [(str(a), str(b), c) for a, b, c in accepted(store, "performance", "period_start", "period_end", "work_rating")] == [
        ("2025-01-01", "2025-12-31", "di_atas"),
        ("2026-01-01", "2026-03-31", "sesuai"),
    ]  # fmt: skip


def test_days_of_a_class_in_one_cell_are_its_first_and_its_last(store: Store, deliver: Deliver, read: Read) -> None:
    head, kelas = ["Kode Kelas", "Kode Pelatihan", "Versi kurikulum"], ["A-1", "MD-01", "1"]
    days = ("12 s.d. 14 Januari 2026", "12/01/2026 - 14/01/2026", "12 Januari 2026")
    for number, text in enumerate(days):
        deliver("classes/2026-01/a.xlsx", book([*head, "Tanggal Pelaksanaan"], [*kelas, text]))
        read()
        [found] = accepted(store, "classes", "start_date", "end_date")
        assert list(map(str, found)) == ["2026-01-12", "None" if number == 2 else "2026-01-14"]
    deliver("classes/2026-01/a.xlsx", book([*head, "Tanggal Pelaksanaan", "Tgl Selesai"], [*kelas, days[0], ""]))
    read()
    [(end,)] = accepted(store, "classes", "end_date")
    assert str(end) == "2026-01-14", "a column of its own that is left empty takes nothing away"


@pytest.mark.parametrize("days", ["12, 13 dan 14 Januari 2026", "12,13,14 Januari 2026", "12, 13, dan 14 Januari 2026"])
def test_days_of_a_class_one_by_one_are_its_first_and_its_last(
    store: Store, deliver: Deliver, read: Read, days: str
) -> None:
    head = ["Kode kelas", "Kode program", "Versi kurikulum", "Angkatan", "Tanggal mulai", "Tanggal selesai"]
    deliver("classes/2026-01/a.xlsx", book(head, ["MD-01-1", "MD-01", 1, 1, days, days]))
    read()
    [(first, last)] = accepted(store, "classes", "start_date", "end_date")
    assert (str(first), str(last)) == ("2026-01-12", "2026-01-14")


def test_the_highest_grade_may_stand_in_the_heading(store: Store, deliver: Deliver, read: Read) -> None:
    head = ["NIP", "Nama", "Pre-Test (0-100)", "Post Test (maks. 50)"]
    deliver("assessments/2026-01/a.xlsx", book(["Kode Kelas : MD-01-1"], head, [ANI, "Peserta Satu", 60, 45]))
    read()
    assert accepted(store, "assessments", "kind", "score", "max_score") == [("pre", 60.0, 100.0), ("post", 45.0, 50.0)]


def test_ekinerja_takes_a_named_period_from_its_column_or_title(store: Store, deliver: Deliver, read: Read) -> None:
    head, rating = ["NIP", "Hasil Kerja", "Perilaku Kerja"], ["Sesuai Ekspektasi", "Sesuai"]
    deliver("performance/2026-01/a.xlsx", book([*head, "Periode"], [ANI, *rating, "Triwulan III 2025"]))
    deliver("performance/2026-01/b.xlsx", book(["Periode Penilaian : Semester I 2025"], head, [BUDI, *rating]))
    read()
    assert [tuple(map(str, row)) for row in accepted(store, "performance", "period_start", "period_end")] == [
        ("2025-07-01", "2025-09-30"), ("2025-01-01", "2025-06-30"),
    ]  # fmt: skip


def test_ekinerja_without_periods_takes_the_year_of_its_title(store: Store, deliver: Deliver, read: Read) -> None:
    head = ["nip", "rating_hasil_kerja", "rating_perilaku_kerja"]
    deliver("ekinerja/2026-01/skp.xlsx", book(["LAPORAN SKP TAHUN 2025"], head, [ANI, "Sesuai Ekspektasi", "Sesuai"]))
    read()
    assert [tuple(map(str, row)) for row in accepted(store, "performance", "period_start", "period_end")] == [
        ("2025-01-01", "2025-12-31")
    ]


def test_siasn_codes_are_inverted_and_the_predicate_comes_from_the_matrix(
    store: Store, deliver: Deliver, read: Read
) -> None:
    lines = "\n".join(
        f"{year},{ANI},{work},{conduct},9" for year, work, conduct in ((2023, 1, 1), (2024, 3, 2), (2025, 2, 4))
    )
    deliver(
        "siasn/2026-01/skp.csv", f"tahun,nipBaru,hasilKinerjaNilai,perilakuKerjaNilai,kuadranKinerjaNilai\n{lines}\n"
    )
    read()
    assert accepted(store, "performance", "work_rating", "behaviour_rating", "predicate") == [
        ("di_atas", "di_atas", "sangat_baik"),
        ("di_bawah", "sesuai", "butuh_perbaikan"),
    ]
    assert refused(store, "performance") == [(4, "behaviour_rating", 4, "NOT_ALLOWED")]


def test_siasn_training_history_feeds_programs_classes_and_enrolments(
    store: Store, deliver: Deliver, read: Read
) -> None:
    head = "id,idPns,nipBaru,nipLama,latihanStrukturalId,latihanStrukturalNama,nomor,tanggal,tanggalSelesai,tahun,institusiPenyelenggara,jumlahJam"
    deliver("siasn/2026-01/diklat.csv", f"{head}\n1,p,{ANI},,4,PIM IV,S-1,01-12-2024,31-12-2024,2024,LAN,300\n")
    read()
    assert accepted(store, "enrolments", "class_id", "status", "certificate_no", "certificate_jp") == [
        ("SIASN-4-01-12-2024-LAN", "completed", "S-1", 300.0)
    ]
    assert [(a, str(b)) for a, b in accepted(store, "classes", "program_code", "end_date")] == [
        ("SIASN-4", "2024-12-31")
    ]


ELEMENTS = ["Persyaratan", "Sistem, Mekanisme dan Prosedur", "Waktu Penyelesaian", "Biaya/Tarif", "Produk Layanan",
            "Kompetensi Pelaksana", "Perilaku Pelaksana", "Sarana dan Prasarana", "Penanganan Pengaduan"]  # fmt: skip


def test_skm_elements_go_by_name_and_the_rows_below_are_no_respondents(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(
        "service_satisfaction/2026-01/skm.xlsx",
        book(
            ["PENGOLAHAN SURVEI KEPUASAN MASYARAKAT"],
            ["Unit Pelayanan", ":", "Dinas Kependudukan dan Pencatatan Sipil"],
            ["No", *ELEMENTS],
            [1, 4, 3, 3, 4, 4, 3, 4, 2, 1],
            [2, 4, 3, 3, 4, 4, 3, 4, 2, 5],
            ["NRR", 4, 3, 3, 4, 4, 3, 4, 2, 3],
            ["IKM Unit Pelayanan", 85.2],
        ),
    )
    report = read()["service_satisfaction/2026-01/skm.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_refused) == (18, 17, 1)
    scores = dict(accepted(store, "service_satisfaction", "element", "score")[:9])
    assert (scores["sarana"], scores["pengaduan"], scores["prosedur"]) == (2, 1, 3)
    assert {row[0] for row in accepted(store, "service_satisfaction", "unit_code")} == {"DISDUKCAPIL"}
    assert refused(store, "service_satisfaction") == [(5, "score", 10, "TOO_LARGE")]


@pytest.mark.parametrize("swapped", [False, True])
def test_bare_skm_codes_need_a_line_that_says_what_they_are(
    store: Store, deliver: Deliver, read: Read, swapped: bool
) -> None:
    names = ["Sarana dan Prasarana", "Penanganan Pengaduan"][:: -1 if swapped else 1]
    table = (["No", *(f"U{n}" for n in range(1, 10))], [1, 4, 4, 4, 4, 4, 4, 4, 2, 1])
    deliver("skm_responden/2026-01/bare.xlsx", book(["Unit Pelayanan : DLH"], *table))
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_FACTS"]
    legend = [["Unit Pelayanan : DLH"], [f"U8 : {names[0]}"], [f"U9 = {names[1]}"]]
    deliver("skm_responden/2026-01/bare.xlsx", book(*legend, *table))
    read()
    scores = dict(accepted(store, "service_satisfaction", "element", "score"))
    assert (scores["sarana"], scores["pengaduan"]) == ((1, 2) if swapped else (2, 1))


ABOUT = ["kesesuaian persyaratan pelayanan", "kemudahan prosedur", "kecepatan waktu", "kewajaran biaya/tarif", "kesesuaian produk pelayanan",
         "kompetensi petugas", "perilaku petugas", "penanganan pengaduan", "kualitas sarana"]  # fmt: skip


@pytest.mark.parametrize(
    "question", ["Bagaimana {} di unit ini?", "3. Bagaimana pendapat Anda mengenai {}?", "Apakah {} sudah baik?", "Bagaimana pendapat Saudara {} di unit ini?", "U3. {}", "Menurut Anda, bagaimana {}?"]
)  # fmt: skip
def test_an_element_is_known_however_it_is_asked_about(
    store: Store, deliver: Deliver, read: Read, question: str
) -> None:
    """What was asked without `tentang` was not read, and the index was made of the rest without a word."""
    above = [["Unit Pelayanan : DLH"], ["Periode : Desember 2025"]]
    deliver("skm_responden/2026-01/a.xlsx", book(*above, ["No", *map(question.format, ABOUT)], [1, *[4] * 9]))
    read()
    assert len({element for element, _ in accepted(store, "service_satisfaction", "element", "score")}) == 9


def test_a_question_that_is_not_known_is_told(deliver: Deliver, read: Read) -> None:
    above = [["Unit Pelayanan : DLH"], ["Periode : Desember 2025"]]
    deliver("skm_responden/2026-01/a.xlsx", book(*above, ["No", *ABOUT[:8], "Bagaimana parkirnya?"], [1, *[4] * 9]))
    report = read()["skm_responden/2026-01/a.xlsx"]
    assert report.drift == "column 10 holds answers to a question that is not known: not read"


@pytest.mark.parametrize("is_column", [True, False])
def test_a_form_about_a_service_has_the_regulations_questions_and_no_numbers(
    store: Store, deliver: Deliver, read: Read, is_column: bool
) -> None:
    asked = [f"Bagaimana pendapat Saudara tentang {about} di unit ini?" for about in ABOUT]
    said = [
        "Sesuai",
        "Kurang mudah",
        "Sangat cepat",
        "Gratis",
        3,
        "Tidak kompeten",
        "Sopan dan ramah",
        "Dikelola dengan baik",
        "Buruk",
    ]
    unit = ["Unit Pelayanan", "DISDUKCAPIL"] if is_column else ["", ""]
    rows = [["Timestamp", unit[0], *asked], ["1/13/2026 9:15:32", unit[1], *said]]
    above = [] if is_column else [["Unit Pelayanan : DISDUKCAPIL"]]
    deliver("skm_responden/2026-01/a.xlsx", book(*above, *rows))
    assert [(problem.code, problem.seen) for problem in scan(store, DAY).problems] == [
        ("FILE_FACTS", "'Periode : ...'")
    ]
    above.append(["Periode : Desember 2025"])
    deliver("skm_responden/2026-01/a.xlsx", book(*above, *rows))
    deliver("skm_responden/2026-02/b.xlsx", book(*above, *rows, ["1/31/2026 9:15:32", unit[1], *[4] * 9]))
    reports = read()
    scores = [score for _, score in accepted(store, "service_satisfaction", "element", "score")]
    assert scores == [3, 2, 4, 4, 3, 1, 3, 4, 1]
    codes = [
        set(pl.read_parquet(store.staging / f"service_satisfaction/2026-0{month}.parquet").get_column("respondent_id"))
        for month in (1, 2)
    ]
    assert (len(codes[1]), codes[0] < codes[1], reports["skm_responden/2026-02/b.xlsx"].n_refused) == (2, True, 0)


def test_what_a_row_says_of_itself_is_nearer_than_what_stands_above(store: Store, deliver: Deliver, read: Read) -> None:
    """A column in which a row says what a line says of all; where a cell is empty, the line holds."""
    head = ["Bulan", "Akumulasi Target Fisik (%)", "Akumulasi Prosentase Fisik (%)", "Nilai Kontrak", "Tanggal Selesai"]
    lines = (["Kode RUP", "RUP-7"], ["OPD : Dinas SDABMBK"], ["Tahun : 2025"], ["Nilai Kontrak : 3.000.000.000"], head)
    deliver(
        "projects/2026-01/a.xlsx",
        book(*lines, ["November", 10, 8, "4.000.000.000", "2026-12-31"], ["Desember", 20, 15, None, None]),
    )
    read()
    rows = accepted(store, "projects", "contract_idr", "planned_end")
    assert [(contract, str(end)) for contract, end in rows] == [(4e9, "2026-12-31"), (3e9, "None")]


def test_a_project_report_takes_the_cumulative_percentages(store: Store, deliver: Deliver, read: Read) -> None:
    head = ["No", "Bulan", "Keterangan", "Pagu Awal", "Target Fisik (%)", "Realisasi Fisik (Anggaran)",
            "Prosentase Fisik (%)", "Akumulasi Target Fisik (%)", "Akumulasi Realisasi Fisik",
            "Akumulasi Prosentase Fisik (%)", "Realisasi Keuangan", "Akumulasi Keuangan",
            "Akumulasi Prosentase Keuangan", "Deviasi Fisik (%)", "Deviasi Keuangan (%)"]  # fmt: skip
    deliver(
        "projects/2026-01/laporan.xlsx",
        book(
            ["LAPORAN REALISASI"], ["Kode RUP", "RUP-7"], ["OPD : Dinas SDABMBK"], ["Tahun Anggaran : 2026"],
            ["Nilai Kontrak : Rp 2.500.000.000"], [], head,
            [1, "Januari", "", 2.5e9, 10, 2e8, 8, 10, 2e8, 8, 1e8, 1e8, 4, -2, 0],
            [2, "Pebruari", "", 2.5e9, 15, 3e8, 12, 25, 5e8, "20,5", 2e8, "300.000.000", 12, -4.5, 0],
            ["TOTAL", None, None, None, 25, 5e8, 20],
        ),
    )  # fmt: skip
    read()
    rows = accepted(
        store,
        "projects",
        "project_id",
        "unit_code",
        "month",
        "planned_pct",
        "actual_pct",
        "contract_idr",
        "realised_idr",
    )
    assert [(*row[:2], str(row[2]), *row[3:]) for row in rows] == [
        ("RUP-7", "DSDABMBK", "2026-01-01", 10.0, 8.0, 2_500_000_000, 100_000_000),
        ("RUP-7", "DSDABMBK", "2026-02-01", 25.0, 20.5, 2_500_000_000, 300_000_000),
    ]  # fmt: skip


PROGRESS = "project_id", "unit_code", "month", "planned_pct", "actual_pct", "contract_idr", "realised_idr"
OF_ONE = [["Kode Paket : P-1"], ["OPD : DLH"], ["Tahun Anggaran : 2025"]]


@pytest.mark.parametrize(
    "rows",
    [
        [["LAPORAN PROGRES BULAN OKTOBER 2025"], ["No", "Kode Paket", "Nama Paket", "OPD", "Rencana Fisik (%)", "Realisasi Fisik (%)", "Deviasi"], [1, "P-1", "Jalan", "DLH", 45.5, 40, -5.5]],
        [["LAPORAN FISIK S.D. BULAN OKTOBER 2025"], ["OPD : DLH"], ["Kode Proyek", "Fisik (%)", ""], ["", "Rencana", "Realisasi"], ["P-1", "45,5", "40%"]],
        [["OPD : DLH"], ["Kode Proyek", "Bulan", "Fisik (%)", "", "", ""], ["", "", "Rencana Bulan Ini", "Realisasi Bulan Ini", "Rencana s.d. Bulan Ini", "Realisasi s.d. Bulan Ini"], ["P-1", "Oktober 2025", 5, 4, 45.5, 40]],
        [["Bulan : Oktober"], ["Tahun : 2025"], ["Kode Paket", "OPD", "Rencana Fisik (%)", "Realisasi Fisik (%)", "Rencana Kumulatif (%)", "Realisasi Kumulatif (%)"], ["P-1", "DLH", 5, 4, 45.5, 40]],
        [*OF_ONE, ["Uraian", "Okt", "Nop"], ["Rencana", 5, 10], ["Rencana Kumulatif (%)", 45.5, 55.5], ["Realisasi Kumulatif (%)", 40, ""], ["Deviasi Kumulatif", -5.5, ""]],
    ],
    ids=["a title", "labels in two rows", "the month's own beside it", "both", "an S-curve"],
)  # fmt: skip
def test_progress_of_projects_is_read_from_lists_and_curves(
    store: Store, deliver: Deliver, read: Read, rows: list[list[object]]
) -> None:
    deliver("projects/2026-01/a.xlsx", book(*rows))
    read()
    assert accepted(store, "projects", *PROGRESS) == [("P-1", "DLH", dt.date(2025, 10, 1), 45.5, 40.0, None, None)]


@pytest.mark.parametrize(
    ("rows", "planned"),
    [
        ([["PEMERINTAH KOTA"], ["LAPORAN REALISASI KEUANGAN BULAN OKTOBER 2025"], ["Kode Paket", "OPD", "Rencana", "Realisasi"], ["P-1", "DLH", 45.5, 40]], []),
        ([*OF_ONE, ["KURVA S KEUANGAN"], ["Uraian", "Okt"], ["Rencana Kumulatif", 45.5], ["Realisasi Kumulatif", 40]], []),
        ([*OF_ONE, ["Uraian", "Okt"], ["Rencana Penyerapan Anggaran Kumulatif", 45.5], ["Realisasi Penyerapan Anggaran Kumulatif", 40]], []),
        ([["BADAN KEUANGAN DAERAH"], ["PROGRES BULAN OKTOBER TAHUN ANGGARAN 2025"], ["Kode Paket", "OPD", "Rencana", "Realisasi"], ["P-1", "DLH", 45.5, 40]], [45.5]),
        ([["REALISASI FISIK DAN KEUANGAN BULAN OKTOBER 2025"], ["Kode Paket", "OPD", "Rencana", "Realisasi"], ["P-1", "DLH", 45.5, 40]], [45.5]),
        ([["BULAN OKTOBER 2025"], ["Kode Paket", "OPD", "Keuangan", "", "Progres", ""], ["", "", "Nilai Kontrak", "Realisasi Keuangan", "Rencana", "Realisasi"], ["P-1", "DLH", 9000, 100, 45.5, 40]], [45.5]),
    ],
    ids=["a title", "a curve's title", "a curve's rows", "an office", "both", "money beside it"],
)  # fmt: skip
def test_what_is_about_money_alone_is_no_progress(
    store: Store, deliver: Deliver, read: Read, rows: list[list[object]], planned: list[float]
) -> None:
    deliver("projects/2026-01/a.xlsx", book(*rows))
    report = read()["projects/2026-01/a.xlsx"]
    found = [row[0] for row in accepted(store, "projects", "planned_pct")] if report.n_accepted else []
    assert found == planned


@pytest.mark.parametrize("group", ["Keuangan (%)", "Tahun Lalu", "Fisik"])
@pytest.mark.parametrize("merged", [True, False])
def test_a_label_over_a_group_of_columns_is_not_left_out_where_it_makes_them_something_else(
    store: Store, deliver: Deliver, read: Read, group: str, *, merged: bool
) -> None:
    made = openpyxl.Workbook()
    for row in (["BULAN OKTOBER 2025"], ["Kode Paket", "OPD", group, None], [None, None, "Rencana", "Realisasi"], ["P-1", "DLH", 45.5, 40]):  # fmt: skip
        made.active.append(row)
    for area in ("A2:A3", "B2:B3", "C2:D2") if merged else ():
        made.active.merge_cells(area)
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("projects/2026-01/a.xlsx", buffer.getvalue())
    report = read().get("projects/2026-01/a.xlsx")
    assert (report.n_accepted if report else 0) == (group == "Fisik")


def test_progress_that_is_that_of_each_month_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    header = ["Kode Paket", "OPD", "Bulan Laporan", "Rencana Fisik (%)", "Realisasi Fisik (%)"]
    rows = [["P-1", "DLH", f"{month} 2025", share, share] for month, share in (("Oktober", 50), ("November", 30))]
    deliver("projects/2026-01/a.xlsx", book(header, *rows))
    curve = [["Uraian", "Okt", "Nop"], ["Rencana", 50, 30], ["Realisasi", 50, 30]]
    deliver("projects/2026-01/b.xlsx", book(*OF_ONE, *curve))
    report = read()
    assert report["projects/2026-01/a.xlsx"].reason_code == "FILE_CUMULATIVE"
    assert {row[3] for row in refused(store, "projects")} == {"MISSING"}


FORM = ["Kode Kelas", "Email Address", "Nama Narasumber 1", "Materi [Kesesuaian dengan kebutuhan]", "Narasumber 1 [Penguasaan materi]",
        "Nama Narasumber 2", "Narasumber 2 [Penguasaan materi]", "Saran"]  # fmt: skip


def answers(when: str, mail: str, *given: str) -> list[str]:
    return [when, "MD-01-1", mail, "NS-001", *given[:2], "NS-002", given[2], "Lebih banyak praktik"]


def test_a_google_form_in_english_has_blocks_for_narasumber_and_the_last_sending_counts(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(
        "google_form_4/2026-01/form.xlsx",
        book(
            ["Timestamp", *FORM],
            answers("1/25/2026 9:15:32", "a@x", "4 - Sangat Setuju", "3", "TS"),
            answers("1/26/2026 10:00:00", "a@x", "Setuju", "3", "STS"),
            answers("1/26/2026 10:01:00", "b@x", "5", "4 - Setuju", "SS"),
        ),
    )
    report = read()["google_form_4/2026-01/form.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_refused, report.n_duplicate) == (9, 4, 2, 3)
    assert accepted(store, "survey_responses", "aspect", "item_code", "score", "instructor_id", "source_row") == [
        ("MATERI", "Kesesuaian dengan kebutuhan", 3.0, None, 3),
        ("NARASUMBER", "Penguasaan materi", 3.0, "NS-001", 3),
        ("NARASUMBER", "Penguasaan materi", 1.0, "NS-002", 3),
        ("NARASUMBER", "Penguasaan materi", 4.0, "NS-002", 4),
    ]
    assert refused(store, "survey_responses") == [(4, "score", 5, "OFF_SCALE"), (4, "score", 6, "NOT_A_NUMBER")]


def test_another_form_of_the_class_and_one_about_another_narasumber_replace_no_answer(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """One person answers about the material on the first day, and about each narasumber on his; the last form is sent once more."""
    head = ["Timestamp", "Kode Kelas", "Email Address"]
    about = [*head, "Nama Narasumber", "Narasumber [Penguasaan materi]"]
    deliver(
        "google_form_4/2026-01/materi.xlsx",
        book([*head, "Materi [Kesesuaian]"], ["1/25/2026 9:00:00", "MD-01-1", "a@x", "2"]),
    )
    deliver("google_form_4/2026-01/hari 1.xlsx", book(about, ["1/25/2026 9:15:32", "MD-01-1", "a@x", "NS-001", "1"]))
    deliver(
        "google_form_4/2026-01/hari 2.xlsx",
        book(
            about,
            ["1/26/2026 9:15:32", "MD-01-1", "a@x", "NS-002", "3"],
            ["1/26/2026 9:16:00", "MD-01-1", "a@x", "NS-002", "4"],
        ),
    )
    assert sum(report.n_duplicate for report in read().values()) == 1
    assert sorted(accepted(store, "survey_responses", "aspect", "score", "instructor_id"), key=repr) == [
        ("MATERI", 2.0, None), ("NARASUMBER", 1.0, "NS-001"), ("NARASUMBER", 4.0, "NS-002"),
    ]  # fmt: skip


def test_aspects_may_be_asked_about_in_the_same_words(store: Store, deliver: Deliver, read: Read) -> None:
    head = ["Cap waktu", "Kode Kelas", "Materi [Kejelasan]", "Metode [Kejelasan]"]
    deliver("google_form_4/2026-01/f.xlsx", book(head, ["26/01/2026 9.15.32", "MD-01-1", "4", "2"]))
    read()
    assert accepted(store, "survey_responses", "aspect", "item_code", "score") == [
        ("MATERI", "Kejelasan", 4.0), ("METODE", "Kejelasan", 2.0),
    ]  # fmt: skip
    assert refused(store, "survey_responses") == []


@pytest.mark.parametrize(
    ("when", "n"),
    [("26/01/2026 9.15.32", 2), ("26/01/2026", 3), ("26.01.2026", 3)],
    ids=["second", "day", "day in dots"],
)
def test_an_anonymous_form_counts_once_in_a_later_export_under_another_name(
    store: Store, deliver: Deliver, read: Read, when: str, n: int
) -> None:
    """It is known by its second, and by its place among those of one second; of a day alone nobody can say which form it is."""
    head = ["Cap waktu", "Kode Kelas", "Materi [Kejelasan]", "Metode [Kejelasan]"]
    first = [when, "MD-01-1", "4", "2"]
    deliver("google_form_4/2026-01/f.xlsx", book(head, first))
    deliver("google_form_4/2026-01/f (1).xlsx", book(head, first, first))
    reports = read()
    assert sum(report.n_accepted for report in reports.values()) == 2 * n
    assert (reports["google_form_4/2026-01/f.xlsx"].status == "duplicate") == (n == 2)


@pytest.mark.parametrize(
    ("name", "above", "known"),
    [
        ("Evaluasi TS-2026-01-001 (Jawaban).xlsx", [], "TS-2026-01-001"),
        ("f.xlsx", [["Kode Kelas : MD-01-1"]], "MD-01-1"),
        ("f.xlsx", [], ""),
    ],
    ids=["in the file's name", "above the table", "nowhere"],
)
@pytest.mark.parametrize("stamp", ["Cap waktu", "Timestamp", "Waktu penyelesaian"])
def test_a_form_of_one_class_need_not_ask_for_it(
    store: Store, deliver: Deliver, read: Read, stamp: str, name: str, above: list[list[str]], known: str
) -> None:
    folder = "survey_export_4" if stamp.endswith("penyelesaian") else "google_form_4"
    deliver(f"{folder}/2026-01/{name}", book(*above, [stamp, "Materi sesuai"], ["26/01/2026 9:15:32", "Setuju"]))
    problems = [(problem.code, problem.seen) for problem in scan(store, DAY).problems]
    assert problems == ([] if known else [("FILE_FACTS", "'Kode Kelas : ...'")])
    read()
    if known:
        assert accepted(store, "survey_responses", "class_id", "score") == [(known, 3.0)]


def test_a_form_may_ask_a_question_per_column_and_open_ones_are_no_scores(
    store: Store, deliver: Deliver, read: Read
) -> None:
    head = ["Cap waktu", "Kode Kelas", "Nama Narasumber", "1. Materi sesuai kebutuhan", "2) Narasumber menguasai materi",
            "Materi apa yang perlu ditambah?", "Metode lain yang Anda usulkan"]  # fmt: skip
    deliver(
        "google_form_4/2026-01/f.xlsx",
        book(head, ["26/01/2026 9.15.32", "MD-01-1", "NS-001", "3. Baik", "Setuju", "2 hari", "4 hari"]),
    )
    assert read()["google_form_4/2026-01/f.xlsx"].n_refused == 0
    assert accepted(store, "survey_responses", "aspect", "item_code", "score", "instructor_id") == [
        ("MATERI", "Materi sesuai kebutuhan", 3.0, None),
        ("NARASUMBER", "Narasumber menguasai materi", 3.0, "NS-001"),
    ]


@pytest.mark.parametrize(("stamp", "day"), [("Cap waktu", "2026-02-01"), ("Timestamp", None)])
def test_the_order_of_day_and_month_is_the_export_s_or_must_be_proven(
    store: Store, deliver: Deliver, read: Read, stamp: str, day: str | None
) -> None:
    deliver(
        "google_form_5/2026-01/f.xlsx", book([stamp, *FORM], answers("01/02/2026 9.15.32", "a@x", "5", "Netral", "N"))
    )
    read()
    days = {str(row[0])[:10] for row in accepted(store, "survey_responses", "submitted_at")}
    assert days == ({day} if day else set())
    assert {row[3] for row in refused(store, "survey_responses")} == (set() if day else {"DATE_ORDER"})


def test_a_form_s_scale_is_never_guessed(store: Store, deliver: Deliver) -> None:
    deliver(
        "survey_responses/2026-01/f.xlsx", book(["Cap waktu", *FORM], answers("01/02/2026 9.15.32", "a", "4", "4", "4"))
    )
    problem = scan(store, DAY).problems[0]
    assert (problem.code, problem.seen) == ("FILE_SEVERAL", "Profiles: google_form_4, google_form_5.")


def test_the_city_s_own_profile_wins_over_a_shipped_one_that_fits_as_well_and_over_no_other_of_its_own(
    store: Store, deliver: Deliver
) -> None:
    form = book(["Cap waktu", *FORM], answers("01/02/2026 9.15.32", "a", "4", "4", "4"))
    deliver("survey_responses/2026-01/f.xlsx", form)
    store.profiles.mkdir(parents=True, exist_ok=True)
    (store.profiles / "formulir_kota.yaml").write_text("extends: google_form_4\n")
    landing = scan(store, DAY)
    [delivery] = landing.deliveries["survey_responses", "2026-01"]
    assert (delivery.layout and delivery.layout.profile, landing.problems) == ("formulir_kota", [])
    (store.profiles / "formulir_lain.yaml").write_text("extends: google_form_5\n")
    problem = scan(store, DAY).problems[0]
    assert (problem.code, problem.seen) == ("FILE_SEVERAL", "Profiles: formulir_kota, formulir_lain.")


@pytest.mark.parametrize(
    ("answer", "score"),
    [("4", "4"), ("4 - Sangat Setuju", "4"), ("sangat  setuju", "4"), ("TS", "2"), ("4 - Setuju", "4 - Setuju"), ("5", "5"), ("S?", "3")],
)  # fmt: skip
def test_a_codebook_reads_words_and_numbers_that_agree(answer: str, score: str) -> None:
    book_ = Codebook(scale=(1, 4), words={"Sangat Setuju": 4, "Setuju": 3, "S": 3, "TS": 2})
    assert book_.read(answer) == score


def test_a_draft_for_an_unknown_layout_is_a_profile_once_it_is_filled_in(
    store: Store, deliver: Deliver, read: Read, tmp_path: Path
) -> None:
    file = tmp_path / "aplikasi.csv"
    file.write_text(f"Peserta NIP;Ruang Kelas;Sesi;Kehadiran\n{ANI};K-1;1;Hadir\n")
    draft = draft_profile(file, tmp_path)
    assert draft is not None
    assert inspect_file(store, file)["draft"] == draft
    for column, heading in {"class_id": "Ruang Kelas", "employee_id": "Peserta NIP"}.items():
        draft = draft.replace(f"{column}: \"'TODO'\"", f"{column}: '\"{heading}\"'")
    store.profiles.mkdir(parents=True)
    (store.profiles / "aplikasi.yaml").write_text(draft)
    deliver("aplikasi/2026-01/a.csv", file.read_bytes())
    read()
    assert accepted(store, "attendance", "class_id", "session_no", "status") == [("K-1", 1, "hadir")]


APP = """
layouts:
  - header: [NIP, Waktu]
    targets:
      attendance:
        select: {class_id: "'MD-01-1'", session_no: Waktu, employee_id: NIP, status: "'hadir'"}
"""


@pytest.mark.parametrize(
    ("cells", "sessions", "refusals"),
    [
        pytest.param(
            ["26 01 2026", "5 01 2026", "2026-01-07 06:12:00", "Senin, 12 Januari 2026", "20260113", "kemarin"],
            [20260126, 20260105, 20260107, 20260112, 20260113], [(7, "NOT_A_SESSION")], id="days",
        ),
        pytest.param(["01/02/2026", "01/13/2026"], [20260102, 20260113], [], id="the month first, as one of them proves"),
        pytest.param(["13/01/2026", "01/13/2026", "01/02/2026"], [20260113, 20260113], [(4, "DATE_ORDER")], id="both orders"),
        pytest.param(["1", "02/03/2026"], [1], [(3, "NOT_AN_INTEGER")], id="a number that a spreadsheet made a day"),
    ],
)  # fmt: skip
def test_a_profile_s_sessions_are_numbers_or_days_as_offices_write_them(
    store: Store, deliver: Deliver, read: Read, cells: list[str], sessions: list[int], refusals: list[tuple[int, str]]
) -> None:
    store.profiles.mkdir(parents=True)
    (store.profiles / "aplikasi.yaml").write_text(APP)
    people = [f"1985031520100120{n:02d}" for n in range(1, 1 + len(cells))]
    deliver(
        "aplikasi/2026-01/a.csv",
        "NIP;Waktu\n" + "".join(f"{nip};{cell}\n" for nip, cell in zip(people, cells, strict=True)),
    )
    read()
    assert [number for (number,) in accepted(store, "attendance", "session_no")] == sessions
    assert [(row, code) for row, _, _, code in refused(store, "attendance")] == refusals


def test_a_day_under_our_own_heading_of_a_session_s_number_is_refused(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver("attendance/2026-01/a.csv", f"Kode kelas;Sesi ke-;NIP;Status\nMD-01-1;02/03/2026;{ANI};Hadir\n")
    read()
    assert [row[3] for row in refused(store, "attendance")] == ["NOT_AN_INTEGER"]


@pytest.mark.parametrize("is_one_row", [True, False])
def test_behaviour_that_is_seen_from_all_sides_has_a_column_for_each_observer_and_aspect(
    store: Store, deliver: Deliver, read: Read, is_one_row: bool
) -> None:
    above = ["Kode Kelas : MD-01-1"], ["Fase : Sesudah"], ["Tanggal Pengamatan : 12 Januari 2026"], ["Skala 1-5"]
    roles, aspects = ["Atasan", "", "", "Rekan", ""], ["Kerja Sama", "Disiplin", "Rata-rata", "Kerja Sama", "Disiplin"]
    joined = [f"{role or before} - {aspect}" for role, before, aspect in zip(roles, ["", "Atasan", "Atasan", "", "Rekan"], aspects, strict=True)]  # fmt: skip
    header = [["NIP", *joined]] if is_one_row else [["NIP", *roles], ["", *aspects]]
    deliver("observations/2026-01/a.xlsx", book(*above, *header, [ANI, 4, 5, 4.5, 3, ""]))
    read()
    found = accepted(store, "observations", "observer_role", "phase", "aspect", "score", "scale_min", "scale_max")
    assert sorted(found) == [
        ("peer", "after", "KERJA SAMA", 3, 1, 5),
        ("supervisor", "after", "DISIPLIN", 5, 1, 5),
        ("supervisor", "after", "KERJA SAMA", 4, 1, 5),
    ]


@pytest.mark.parametrize(
    "header",
    [
        [("NIP", "Atasan", "", "Rekan 1", "", "Rekan 2", ""), ("", *["Kerja Sama", "Disiplin"] * 3)],
        [("NIP", "Atasan", "", "Rekan I", "", "Rekan II", ""), ("", *["1. Kerja Sama", "2. Disiplin"] * 3)],
        [("NIP", *(f"{aspect} ({who})" for who in ("Atasan", "Rekan A", "Rekan B") for aspect in ("Kerja Sama", "Disiplin")))],
        [("NIP", *(f"{who} - {aspect}" for who in ("Atasan", "Rekan Kerja 1", "Rekan Kerja 2") for aspect in ("Kerja Sama", "Disiplin")))],
    ],
    ids=["over aspects", "Roman numerals", "behind the aspect", "in one heading"],
)  # fmt: skip
def test_several_peers_of_one_row_are_told_apart_by_their_numbers(
    store: Store, deliver: Deliver, read: Read, header: list[tuple[str, ...]]
) -> None:
    """They were not read, or their aspects had been others (`I KERJA SAMA`)."""
    above = ["Kode Kelas : MD-01-1"], ["Fase : Sesudah"], ["Tanggal Pengamatan : 12 Januari 2026"], ["Skala 1-5"]
    deliver("observations/2026-01/a.xlsx", book(*above, *header, [ANI, 4, 5, 3, 2, 1, 5], [BUDI, 4, 5, 3, 2, "", ""]))
    read()
    found = accepted(store, "observations", "observer_role", "aspect", "score", "observer_id", "employee_id")
    peers = [row for row in found if row[0] == "peer"]
    assert sorted(row[:3] for row in peers) == [
        ("peer", "DISIPLIN", 2), ("peer", "DISIPLIN", 2), ("peer", "DISIPLIN", 5),
        ("peer", "KERJA SAMA", 1), ("peer", "KERJA SAMA", 3), ("peer", "KERJA SAMA", 3),
    ]  # fmt: skip
    # The first of one person's peers is nobody's of another.
    assert len({row[3] for row in peers}) == 3
    assert {row[3] for row in found if row[0] == "supervisor"} == {None}


def test_what_people_below_somebody_say_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    above = ["Kode Kelas : MD-01-1"], ["Fase : Sesudah"], ["Tanggal Pengamatan : 12 Januari 2026"], ["Skala 1-5"]
    header = [("NIP", "Atasan", "", "Bawahan"), ("", "Kerja Sama", "Disiplin", "Kerja Sama")]
    deliver("observations/2026-01/a.xlsx", book(*above, *header, [ANI, 4, 5, 3]))
    report = read()["observations/2026-01/a.xlsx"]
    assert (report.n_accepted, report.drift) == (
        2, "column 4 asks the other way round, or about something else: not read"
    )  # fmt: skip


def test_questions_may_be_numbered_and_name_the_narasumber(store: Store, deliver: Deliver, read: Read) -> None:
    """Of a narasumber by number and name nothing was read, and where the answers were numbers nothing was said."""
    asked = [
        "1. Materi: kesesuaian",
        "Narasumber 1 (Dr. A): penguasaan",
        "Narasumber 2: penguasaan",
        "Layanan makan siang",
    ]
    rows = [("Cap waktu", "Kode Kelas", *asked), ("13/01/2026 09.15.32", "MD-01-1", 4, 3, 2, 1)]
    deliver("google_form_4/2026-01/a.xlsx", book(*rows))
    report = read()["google_form_4/2026-01/a.xlsx"]
    found = accepted(store, "survey_responses", "aspect", "item_code", "instructor_id", "score")
    assert sorted(found, key=str) == [
        ("MATERI", "Materi: kesesuaian", None, 4),
        ("NARASUMBER", "penguasaan", "Dr. A", 3),
        ("NARASUMBER", "penguasaan", None, 2),
    ]
    assert report.drift == "column 6 holds answers to a question that is not known: not read"


def test_a_predicate_of_each_year_has_the_year_in_its_heading(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("No", "NIP", "Nama", "Predikat Kinerja Tahun 2024", "Predikat 2025")
    deliver("performance/2026-01/a.xlsx", book(header, (1, ANI, "Ani", "Baik", "Sangat Baik")))
    read()
    found = accepted(store, "performance", "period_start", "period_end", "predicate")
    assert sorted(found) == [
        (dt.date(2024, 1, 1), dt.date(2024, 12, 31), "baik"),
        (dt.date(2025, 1, 1), dt.date(2025, 12, 31), "sangat_baik"),
    ]


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_profile_is_sound_and_its_expressions_can_be_worked_out(name: str) -> None:
    assert load(SHIPPED / f"{name}.yaml", rehearse)


def test_the_shipped_profiles_are_there() -> None:
    assert set(shipped_profiles()) >= {
        "attendance_sheet", "fingerprint", "ekinerja", "siasn", "skm", "skm_responden", "project_report",
        "google_form_4", "google_form_5", "turkiye", "lalonde", "oulad",
    }  # fmt: skip
