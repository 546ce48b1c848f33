"""What forms, platforms and offices commonly write, and was refused, or read as something else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO = "198503152010011001", "198703162011012002", "199003172012011003"
CODE = "TS-2026-01-001"
CLASS = (f"Kode Kelas : {CODE}",)
EMPLOYEES = book(
    ("NIP", "Nama lengkap", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan"),
    *(
        (number, name, "PNS", "DINKES", "pelaksana")
        for number, name in ((BUDI, "Budi Santoso"), (SITI, "Siti Aminah"), (JOKO, "Joko Widagdo"))
    ),
)


def refused(store: Store, source: str) -> list[tuple[object, ...]]:
    path = store.quarantine / source / "2026-01.parquet"
    return pl.read_parquet(path).select("row_number", "reason_code").rows() if path.exists() else []


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        pytest.param(("1/5/2026 8:01:22", "1/6/2026 8:02:10"), ["2026-01-05", "2026-01-06"], id="May is to come"),
        pytest.param(("12/8/2025 8:01:22", "1/5/2026 8:02:10"), ["2025-12-08", "2026-01-05"], id="one of them tells"),
        pytest.param(("12/8/2025 8:01:22", "12/9/2025 8:02:10"), None, id="both are over"),
        pytest.param(("2/1/2026 8:01:22",), None, id="the day after the month of delivery"),
        pytest.param(("1/5/2026 8:01:22", "8/1/2026 8:02:10"), None, id="either has one to come"),
    ],
)
@pytest.mark.parametrize("year", ["2026", "26"])
def test_a_form_s_order_of_day_and_month_is_the_one_in_which_its_days_are_over(
    store: Store, deliver: Deliver, read: Read, moments: tuple[str, ...], days: list[str] | None, year: str
) -> None:
    said = [moment.replace("2026 ", f"{year} ").replace("2025 ", f"{int(year) - 1} ") for moment in moments]
    rows = "".join(f"{moment},{CODE},{4 - nth}\n" for nth, moment in enumerate(said))
    deliver("google_form_5/2026-01/a.csv", f"Timestamp,Kode Kelas,Materi [Kesesuaian]\n{rows}")
    report = read()["google_form_5/2026-01/a.csv"]
    found = staged_rows(store, "survey_responses").get_column("submitted_at").to_list() if report.n_accepted else []
    assert sorted(str(moment)[:10] for moment in found) == (days or [])
    assert {code for _, code in refused(store, "survey_responses")} == (set() if days else {"DATE_ORDER"})


@pytest.mark.parametrize(
    "headings",
    [
        ("Hadir Hari 1", "Hadir Hari 2"),
        ("Absensi 12/01/2026", "Absensi 13/01/2026"),
        ("Presensi Sesi 1", "Presensi Sesi 2"),
        ("Daftar Hadir Hari ke-1", "Daftar Hadir Hari ke-2"),
        ("TTD Hari 1", "TTD Hari 2"),
    ],
)
def test_a_column_of_presences_says_so_before_its_day(
    store: Store, deliver: Deliver, read: Read, headings: tuple[str, str]
) -> None:
    people = [(1, "Budi", BUDI, "Hadir", "Hadir"), (2, "Siti", SITI, "Hadir", "Sakit")]
    counted = ("Jumlah Hadir Hari 1-2",)
    deliver("attendance/2026-01/a.xlsx", book(CLASS, ("No", "Nama", "NIP", *headings, *counted), *people))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_refused) == (4, 0)
    assert staged_rows(store, "attendance").get_column("session_no").n_unique() == 2


@pytest.mark.parametrize(
    "headings", [("Start time", "Completion time", "Email", "Name"), ("Waktu mulai", "Waktu penyelesaian", "Email", "Nama")]
)  # fmt: skip
def test_microsoft_forms_ask_whether_somebody_is_there(
    store: Store, deliver: Deliver, read: Read, headings: tuple[str, ...]
) -> None:
    moments = [dt.datetime(2026, 1, 12, 8), dt.datetime(2026, 1, 13, 8)]
    rows = [
        (nth, moment, moment, "anonymous", None, "Budi Santoso", BUDI, "Hadir")
        for nth, moment in enumerate(moments, start=1)
    ]
    deliver(
        f"attendance/2026-01/Absensi {CODE}.xlsx",
        book(("ID", *headings, "Nama Lengkap", "NIP", "Kehadiran"), *rows),
    )
    read()
    assert sorted(staged_rows(store, "attendance").get_column("session_no")) == [20260112, 20260113]


def test_who_was_in_the_waiting_room_was_not_in_the_meeting(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("employees/2026-01/a.xlsx", EMPLOYEES)
    deliver(
        "attendance/2026-01/a.csv",
        f"""Topic,ID,Host name,Host email,Duration (minutes),Start time,End time,Participants
{CODE} Arsip,812,BKPSDM,host@kota.example,128,01/13/2026 07:55:01 AM,01/13/2026 10:02:11 AM,2

Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room
Budi Santoso,,01/13/2026 07:30:00 AM,01/13/2026 08:00:00 AM,30,No,Yes
Budi Santoso,,01/13/2026 08:00:00 AM,01/13/2026 10:00:00 AM,120,No,No
Siti Aminah,,01/13/2026 08:00:00 AM,01/13/2026 10:00:00 AM,120,Yes,Yes
""",
    )
    read()
    assert staged_rows(store, "attendance").get_column("status").to_list() == ["hadir"]


PART_TIME, PPPK = "198503152025211001", "198603152022211001"
PEOPLE = ("No", "Nama", "NIPPPK", "Unit Kerja", "Jenis Jabatan")


def of_dinkes(number: str) -> tuple[object, ...]:
    return (1, "Budi", number, "DINKES", "Pelaksana")


BOTH = ["PPPK", "PPPK_PARUH_WAKTU"]


@pytest.mark.parametrize(
    ("name", "content", "kinds"),
    [
        ("a.xlsx", workbook({"PPPK": [PEOPLE, of_dinkes(PPPK)], "PPPK PW": [PEOPLE, of_dinkes(PART_TIME)]}), BOTH),
        ("a.xlsx", book(PEOPLE, ("PPPK",), of_dinkes(PPPK), ("PPPK PARUH WAKTU",), of_dinkes(PART_TIME)), BOTH),
        ("PPPK Paruh Waktu.xlsx", workbook({"PPPK": [PEOPLE, of_dinkes(PPPK)], "B": [PEOPLE, of_dinkes(PART_TIME)]}), BOTH),
        # Of a list of both nobody can say it of anybody.
        ("a.xlsx", book(("DAFTAR PPPK DAN PPPK PARUH WAKTU",), PEOPLE, of_dinkes(PPPK), of_dinkes(PART_TIME)), []),
    ],
    ids=["sheets", "lines", "file", "both in one"],
)  # fmt: skip
def test_who_works_part_time_is_said_above_them(
    store: Store, deliver: Deliver, read: Read, name: str, content: bytes, kinds: list[str]
) -> None:
    """They were PPPK, for no number says it."""
    deliver(f"employees/2026-01/{name}", content)
    report = read()[f"employees/2026-01/{name}"]
    found = staged_rows(store, "employees").get_column("employment_type").to_list() if report.n_accepted else []
    assert sorted(found) == kinds


def test_a_quiz_of_microsoft_forms_is_a_test(store: Store, deliver: Deliver, read: Read) -> None:
    moment = dt.datetime(2026, 1, 12, 8)
    head = ("ID", "Start time", "Completion time", "Email", "Name", "Total points", "Quiz feedback", "Nama Lengkap", "NIP", "Points - NIP")  # fmt: skip
    row = (1, moment, moment, "anonymous", None, 80, None, "Budi Santoso", BUDI, 0)
    deliver(f"assessments/2026-01/Post Test {CODE}.xlsx", book(("Nilai Maksimum : 100",), head, row))
    read()
    found = staged_rows(store, "assessments").select("kind", "score", "max_score").rows()
    assert found == [("post", 80.0, 100.0)]


RECAP = (("Unit Pelayanan : DISDUKCAPIL",), ("No", "Unsur", "NRR", "Jumlah Responden"), (1, "Persyaratan", 3.25, 100))


@pytest.mark.parametrize(
    ("name", "sheets", "days"),
    [
        pytest.param("SKM 2025.xlsx", ("Sheet1",), ["2025-01-01"], id="file"),
        pytest.param("SKM_Tahun_2025.xlsx", ("Sheet1",), ["2025-01-01"], id="file, with the word"),
        pytest.param("SKM.xlsx", ("2024", "SKM 2025"), ["2024-01-01", "2025-01-01"], id="sheets"),
        pytest.param("SKM 2025.xlsx", ("2024",), ["2024-01-01"], id="the sheet is nearer"),
        pytest.param("SKM 2024 dan 2025.xlsx", ("Sheet1",), ["2026-01-01"], id="two years are none"),
        pytest.param("SKM, 5 Juni 2025.xlsx", ("Sheet1",), ["2026-01-01"], id="a day"),
        pytest.param("TS-2025-01-001.xlsx", ("Sheet1",), ["2026-01-01"], id="a code"),
        pytest.param("SKM 2026.xlsx", ("Sheet1",), ["2026-01-01"], id="the year of the folder"),
    ],
)
def test_a_recap_is_of_the_year_that_its_sheet_or_file_is_called_after(
    store: Store, deliver: Deliver, read: Read, name: str, sheets: tuple[str, ...], days: list[str]
) -> None:
    """It was of the month of its folder, and the recap of a second year was taken for the first one again."""
    deliver(f"service_satisfaction/2026-01/{name}", workbook({sheet: [*RECAP] for sheet in sheets}))
    read()
    found = staged_rows(store, "service_satisfaction").sort("period_start").select("period_start", "period_end").rows()
    assert [str(first) for first, _ in found] == days
    assert all(str(last)[4:] == ("-01-31" if str(first) == "2026-01-01" else "-12-31") for first, last in found)


def test_the_day_of_each_questionnaire_says_more_than_the_file_s_name(
    store: Store, deliver: Deliver, read: Read
) -> None:
    head = ("No", "Tanggal", "U1 Persyaratan", "U2 Prosedur", "U3 Waktu", "U4 Biaya")
    deliver("service_satisfaction/2026-01/SKM 2025.xlsx", book(RECAP[0], head, (1, "12/11/2025", 3, 4, 3, 4)))
    read()
    assert staged_rows(store, "service_satisfaction").get_column("period_start").to_list() == [dt.date(2025, 11, 1)] * 4


@pytest.mark.parametrize(
    ("name", "sheets", "years"),
    [
        ("Rekap SKP 2025.xlsx", ("Sheet1",), [2025]),
        ("a.xlsx", ("2024", "2025"), [2024, 2025]),
        ("a.xlsx", ("SKP 2024", "Tahun 2025"), [2024, 2025]),
        ("SKP triwulanan 2025.xlsx", ("Sheet1",), []),
        ("SKP, 5 Januari 2026.xlsx", ("Sheet1",), []),
    ],
)
def test_predicates_are_of_the_year_that_their_sheet_or_file_is_called_after(
    store: Store, deliver: Deliver, read: Read, name: str, sheets: tuple[str, ...], years: list[int]
) -> None:
    rows = [("No", "NIP", "Nama", "Predikat"), (1, BUDI, "Budi", "Baik")]
    deliver(f"performance/2026-01/{name}", workbook(dict.fromkeys(sheets, rows)))
    if not years:
        assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_FACTS"]
        return
    read()
    found = staged_rows(store, "performance").sort("period_start").select("period_start", "period_end").rows()
    assert found == [(dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in years]


def test_a_sum_may_have_its_label_beside_its_first_number(store: Store, deliver: Deliver, read: Read) -> None:
    head = ("Kode Kelas", "Kode Program", "Versi", "Tanggal Mulai", "Tanggal Selesai", "JP", "Biaya")
    classes = [(f"TS-2026-01-00{nth}", "MD-01", 1, "12-01-2026", "14-01-2026", 24, 1_000_000) for nth in (1, 2)]
    sums = [(None, None, None, None, label, 48, 2_000_000) for label in ("JUMLAH", "Total Keseluruhan :")]
    # What is no sum is no total, wherever it stands.
    rest = (None, None, None, None, "Lulus", 24, 1)
    deliver("classes/2026-01/a.xlsx", book(head, *classes, *sums, rest))
    report = read()["classes/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_refused, report.n_skipped) == (2, 1, 2)


@pytest.mark.parametrize("said", ["Angk. II", "Gel. 2", "Angkatan II"])
def test_a_batch_may_be_cut_short(store: Store, deliver: Deliver, read: Read, said: str) -> None:
    head = ("Kode Kelas", "Kode Program", "Versi", "Angkatan", "Tanggal Mulai")
    deliver("classes/2026-01/a.xlsx", book(head, (CODE, "MD-01", 1, said, "12-01-2026")))
    read()
    assert staged_rows(store, "classes").get_column("batch_no").to_list() == [2]


def test_a_predicate_that_is_to_come_is_not_known(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(1, BUDI, "Budi", "Baik"), (2, SITI, "Siti", "Belum dinilai"), (3, JOKO, "Joko", "Lumayan")]
    deliver("performance/2026-01/a.xlsx", book(("TAHUN 2025",), ("No", "NIP", "Nama", "Predikat"), *rows))
    read()
    assert staged_rows(store, "performance").sort("source_row").get_column("predicate").to_list() == ["baik", None]
    assert refused(store, "performance") == [(5, "NOT_ALLOWED")]


CODES = ("U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8", "U9")
CODED = (("SKM TRIWULAN IV 2025",), ("U8 = Penanganan Pengaduan",), ("U9 = Sarana Prasarana",))
OFFICE = ("Unit Pelayanan : DISDUKCAPIL",)
GRADES = (1, 2, 3, 4, 1, 2, 3, 4, 3)
SWAPPED = (("U1 = Prosedur",), ("U2 : Persyaratan Pelayanan",))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((OFFICE, *CODED, *SWAPPED, ("No", *CODES), (1, *GRADES)), id="questionnaires"),
        pytest.param((*CODED, *SWAPPED, ("No", "Unit Pelayanan", *CODES), (1, "DISDUKCAPIL", *GRADES)), id="of units"),
        pytest.param(
            (*CODED, *SWAPPED, ("No", "OPD", "Jumlah Responden", *CODES), (1, "DISDUKCAPIL", 50, *GRADES)), id="recap"
        ),
        pytest.param(
            (OFFICE, *CODED, *SWAPPED, ("Unsur", "NRR", "Jumlah Responden"), ("U1", 1, 50), ("U2", 2, 50)), id="rows"
        ),
    ],
)
def test_codes_of_elements_are_what_the_lines_above_say(
    store: Store, deliver: Deliver, read: Read, rows: tuple[tuple[object, ...], ...]
) -> None:
    """They were read in the order of the regulation, whatever the file said of it."""
    deliver("service_satisfaction/2026-01/a.xlsx", book(*rows))
    report = read()["service_satisfaction/2026-01/a.xlsx"]
    found = dict(staged_rows(store, "service_satisfaction").select("element", "score").rows())
    assert (found["prosedur"], found["persyaratan"], report.n_refused) == (1, 2, 0)


@pytest.mark.parametrize("first", ["Kenyamanan", "Prosedur"])
def test_a_code_of_an_element_that_nobody_knows_or_that_is_said_of_two_is_refused(
    store: Store, deliver: Deliver, read: Read, first: str
) -> None:
    deliver(
        "service_satisfaction/2026-01/a.xlsx", book(OFFICE, *CODED, (f"U1 = {first}",), ("No", *CODES), (1, *GRADES))
    )
    read()
    wanted = ["NOT_ALLOWED"] if first == "Kenyamanan" else ["KEY_CONFLICT", "KEY_CONFLICT"]
    assert [code for _, code in refused(store, "service_satisfaction")] == wanted


ANSWERED = ("Materi sesuai harapan", "Materi memenuhi harapan", "Fasilitas ruangan memadai")
IN_WORDS = ("Materi apa yang paling bermanfaat?", "Harapan terhadap materi")


@pytest.mark.parametrize("folder", ["google_form_5", "survey_export_5"])
def test_what_is_as_one_hoped_is_an_answer_and_what_asks_for_words_is_none(
    store: Store, deliver: Deliver, read: Read, folder: str
) -> None:
    """A number in answer to `Materi apa …` was satisfaction, and `Materi sesuai harapan` not read."""
    head = ("Timestamp", "Kode Kelas") if folder == "google_form_5" else ("No",)
    who = (dt.datetime(2026, 1, 14, 15), CODE) if folder == "google_form_5" else (1,)
    deliver(f"{folder}/2026-01/a.xlsx", book(CLASS, (*head, *ANSWERED, *IN_WORDS), (*who, 4, 4, 4, 2, 2)))
    read()
    assert staged_rows(store, "survey_responses").get_column("score").to_list() == [4.0] * len(ANSWERED)


WEEK = ("Senin", "Selasa", "Rabu")
DATES = tuple(dt.date(2026, 1, day) for day in (12, 13, 14))
AS_TEXT = ("12/01/2026", "13 Jan 2026", "14-1-26")


@pytest.mark.parametrize(
    "head",
    [
        ((*PEOPLE[:3], *WEEK), (None, None, None, *DATES)),
        ((*PEOPLE[:3], *WEEK), (None, None, None, *AS_TEXT)),
        ((*PEOPLE[:3], "Hari 1", "Hari 2", "Hari 3"), (None, None, None, *DATES)),
        ((*PEOPLE[:3], "HARI / TANGGAL", None, None), (None, None, None, *WEEK), (None, None, None, *DATES)),
        ((*PEOPLE[:3], "TANDA TANGAN", None, None), (None, None, None, *WEEK), (None, None, None, *DATES)),
    ],
    ids=["dates", "texts", "days of the class", "below a label", "below signatures"],
)
def test_days_stand_below_those_of_the_week(
    store: Store, deliver: Deliver, read: Read, head: tuple[tuple[object, ...], ...]
) -> None:
    rows = [(1, "Budi", BUDI, "H", "H", "S"), (2, "Siti", SITI, "H", "H", "H")]
    deliver("attendance/2026-01/a.xlsx", book(CLASS, *head, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_refused) == (6, 0)
    assert sorted(staged_rows(store, "attendance").get_column("session_no").unique()) == [20260112, 20260113, 20260114]


def test_parts_stand_below_a_day_that_a_spreadsheet_knows(store: Store, deliver: Deliver, read: Read) -> None:
    head = [(*PEOPLE[:3], "KEHADIRAN", None), (None, None, None, DATES[0], None), (None, None, None, "Pagi", "Siang")]
    deliver("attendance/2026-01/a.xlsx", book(CLASS, *head, (1, "Budi", BUDI, "H", "S"), (2, "Siti", SITI, "H", "H")))
    read()
    found = staged_rows(store, "attendance").get_column("session_no").unique()
    assert sorted(found) == [2026011201, 2026011202]


@pytest.mark.parametrize(
    "said",
    ["12/01/2026 - 14/01/2026", "12-01-2026 & 13-01-2026", "2026-01-12 s.d. 2026-01-14", "2026-01-12 s.d. 14 Januari 2026"],
)  # fmt: skip
def test_several_days_are_no_session(deliver: Deliver, read: Read, said: str) -> None:
    """It was the first of them, on which everybody had been there who came at all."""
    deliver("attendance/2026-01/a.xlsx", book(CLASS, (*PEOPLE[:3], said), (1, "Budi", BUDI, "H")))
    above = (CLASS, (f"Hari/Tanggal : {said}",), (*PEOPLE[:3], "Tanda Tangan"), (1, "Budi", BUDI, "ttd"))
    deliver("attendance/2026-01/b.xlsx", book(*above))
    assert {report.reason_code for report in read().values()} == {"FILE_SESSIONS"}


@pytest.mark.parametrize(
    ("said", "is_told"),
    [("Tidak ikut pre test", True), ("Sakit", True), ("Susulan", True), ("Tepat waktu", False), (None, False)],
)
def test_a_zero_of_somebody_who_was_not_there_is_told(
    store: Store, deliver: Deliver, read: Read, said: str | None, is_told: bool
) -> None:
    head = ("No", "NIP", "Nama", "Pre Test (skala 100)", "Post Test (skala 100)", "Ket")
    # Of whom both tests have a score nothing is told, whatever is said.
    people = [(1, BUDI, "Budi", 0, 80, said), (2, SITI, "Siti", 60, 90, "Izin hari ke-2")]
    deliver("assessments/2026-01/a.xlsx", book(CLASS, head, *people))
    report = read()["assessments/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_refused) == (4, 0)
    assert ("column 6 says why people were away, and is not read: 1 rows" in report.drift) == is_told


def test_days_stand_below_those_of_the_week_and_their_month(store: Store, deliver: Deliver, read: Read) -> None:
    head = [(*PEOPLE[:3], "JANUARI 2026", None), (None, None, None, "Senin", "Selasa"), (None, None, None, 12, 13)]
    deliver("attendance/2026-01/a.xlsx", book(CLASS, *head, (1, "Budi", BUDI, "H", "S"), (2, "Siti", SITI, "H", "H")))
    read()
    assert sorted(staged_rows(store, "attendance").get_column("session_no").unique()) == [20260112, 20260113]


def test_who_was_replaced_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    head = ("No", "Nama", "NIP", "Status", "Ket")
    deliver("enrolments/2026-01/a.xlsx", book(CLASS, head, (1, "Budi", BUDI, "Terdaftar", "Diganti Siti")))
    drift = read()["enrolments/2026-01/a.xlsx"].drift
    assert "column 5 says what did not take place, or who withdrew, and is not read: 1 rows" in drift


def test_observations_are_of_the_phase_that_their_sheet_is_called_after(
    store: Store, deliver: Deliver, read: Read
) -> None:
    def sheet(day: str) -> list[tuple[object, ...]]:
        said = [(f"Tanggal Pengamatan : {day}",), ("Skala 1-5",), ("Pengamat : Atasan",)]
        return [CLASS, *said, ("No", "Nama", "NIP", "Disiplin", "Kerja Sama"), (1, "Budi", BUDI, 3, 4)]

    days = {"Sebelum": "5 Januari 2026", "Sesudah": "20 Januari 2026"}
    deliver("observations/2026-01/a.xlsx", workbook({name: sheet(day) for name, day in days.items()}))
    read()
    found = staged_rows(store, "observations").select("phase", "observed_on").unique().sort("phase").rows()
    assert found == [("after", dt.date(2026, 1, 20)), ("before", dt.date(2026, 1, 5))]


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [("U1 : Prosedur", True), ("U8 = Sarana", True), ("U1 = Persyaratan; U2 = Prosedur", False), ("U1 : lihat", False)],
)
def test_a_line_below_the_rows_that_says_what_a_code_is_must_agree(
    store: Store, deliver: Deliver, read: Read, line: str, is_refused: bool
) -> None:
    rows = (OFFICE, *CODED, ("No", *CODES), (1, *GRADES), (2, *GRADES), (), ("Keterangan",), (line,))
    deliver("service_satisfaction/2026-01/a.xlsx", book(*rows))
    # By their names elements are what they are called.
    names = ("Persyaratan", "Prosedur", "Waktu", "Biaya")
    deliver(
        "service_satisfaction/2026-01/b.xlsx",
        book(OFFICE, CODED[0], ("No", *names), (1, 1, 2, 3, 4), (2, 1, 2, 3, 4), (), ("Keterangan",), (line,)),
    )
    codes = {name[-6]: report.reason_code for name, report in read().items()}
    assert codes == {"a": "FILE_ELEMENTS" if is_refused else "", "b": ""}


def test_months_of_rows_may_be_numbered(store: Store, deliver: Deliver, read: Read) -> None:
    head = ("No", "NIP", "Nama", "Tahun", "Bulan", "Predikat")
    rows = [(1, BUDI, "Budi", 2025, 1, "Baik"), (2, BUDI, "Budi", 2025, "02", "Sangat Baik"), (3, BUDI, "Budi", 2025, 13, "Baik")]  # fmt: skip
    deliver("performance/2026-01/a.xlsx", book(head, *rows))
    report = read()["performance/2026-01/a.xlsx"]
    found = staged_rows(store, "performance").sort("period_start").select("period_start", "period_end").rows()
    assert found == [(dt.date(2025, 1, 1), dt.date(2025, 1, 31)), (dt.date(2025, 2, 1), dt.date(2025, 2, 28))]
    assert report.n_refused == 1
