"""Habits of offices in how they fill and lay out lists: small workbooks, and what must become of each row."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.people.privacy import pseudonyms
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO = "198503152010011001", "198703162011012002", "199003172012011003"
NAMES = {BUDI: "Budi Santoso", SITI: "Siti Aminah", JOKO: "Joko Widagdo"}
CLASS = "TS-2026-01-001"
TITLE = (f"Kode Kelas : {CLASS}",)
EMPLOYEES = ("NIP", "Nama lengkap", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan")


@pytest.fixture(autouse=True)
def people(deliver: Deliver) -> None:
    """Three employees."""
    rows = [(nip, name, "PNS", "DINKES", "pelaksana") for nip, name in NAMES.items()]
    deliver("employees/2026-01/pegawai.xlsx", book(EMPLOYEES, *rows))


def staged(store: Store, source: str, *columns: str) -> list[tuple[object, ...]]:
    """The accepted rows, people by their first name."""
    people = pseudonyms(store.pseudonym_key(), "person")
    names = {people.one(nip): name.split()[0] for nip, name in NAMES.items()}
    frame = staged_rows(store, source).with_columns(pl.col("employee_id").replace(names))
    return sorted(frame.select(columns).rows(), key=repr)


def presences(store: Store) -> list[tuple[object, ...]]:
    return staged(store, "attendance", "employee_id", "session_no", "status")


def refused(store: Store, source: str = "attendance") -> list[tuple[object, ...]]:
    path = store.quarantine / source / "2026-01.parquet"
    return pl.read_parquet(path).select("row_number", "column_name", "reason_code").rows()


# ---------------------------------------------------------------- words


def test_in_a_column_of_signatures_a_word_of_absence_is_no_signature(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(BUDI, "Tdk hadir"), (SITI, "mangkir"), (JOKO, "Joko Wdg")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Paraf Sesi 1"), *rows))
    read()
    assert presences(store) == [("Budi", 1, "alpa"), ("Joko", 1, "hadir"), ("Siti", 1, "alpa")]


def test_a_group_of_positions_that_is_too_broad_is_sent_back_with_the_finer_ones(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(BUDI, "Budi", "PNS", "DINKES", "Jabatan Struktural"), (SITI, "Siti", "PNS", "DINKES", "Fungsional Umum")]
    deliver("employees/2026-01/pegawai.xlsx", book(EMPLOYEES, *rows))
    read()
    assert staged(store, "employees", "employee_id", "position_group") == [("Siti", "pelaksana")]
    assert refused(store, "employees") == [(2, "position_group", "TOO_BROAD")]
    mend = pl.read_parquet(store.quarantine / "employees/2026-01.parquet").item(0, "how_to_mend")
    assert "Struktural: jpt, administrator, atau pengawas." in mend


# ---------------------------------------------------------------- headings in two languages


@pytest.mark.parametrize(
    "header",
    [
        ("No / No.", "Nama / Name", "NIP (Employee ID)", "Sesi 1 / Session 1"),
        ("No", "Nama\nName", "NIP\nEmployee Number", "Sesi / Session 1"),
        ("No", "Full Name | Nama Lengkap", "Employee ID - NIP", "Session 1/Sesi 1"),
    ],
    ids=["behind a stroke", "in one cell", "English first"],
)
def test_a_heading_in_two_languages_is_its_half_in_ours(
    store: Store, deliver: Deliver, read: Read, header: tuple[str, ...]
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, header, (1, "Budi", BUDI, "H"), (2, "Siti", SITI, "S")))
    read()
    assert presences(store) == [("Budi", 1, "hadir"), ("Siti", 1, "sakit")]


@pytest.mark.parametrize("named", [("Nama", "Name", "Budi Santoso"), ("NIP", "Employee ID", BUDI)])
@pytest.mark.parametrize("is_ours_first", [True, False])
def test_a_heading_row_in_english_below_ours_or_above_it_is_nobody(
    store: Store, deliver: Deliver, read: Read, named: tuple[str, str, str], is_ours_first: bool
) -> None:
    ours, english, budi = named
    header = [("No", ours, "Unit Kerja", "Sesi 1"), ("No", english, "Office", "Session 1")]
    numbers = ("(1)", "(2)", "(3)", "(4)")
    rows = [*(header if is_ours_first else header[::-1]), numbers, (1, budi, "Dinkes", "H")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_read) == ([("Budi", 1, "hadir")], 1)


def test_the_contract_s_own_headings_and_the_lines_above_may_stand_in_two_languages(
    store: Store, deliver: Deliver, read: Read
) -> None:
    header = ("NIP / Employee ID", "Sesi ke- / Session No.", "Status kehadiran / Attendance Status")
    deliver("attendance/2026-01/a.xlsx", book((f"Kode Kelas / Class Code : {CLASS}",), header, (BUDI, 1, "H")))
    read()
    assert staged(store, "attendance", "class_id", "employee_id", "status") == [(CLASS, "Budi", "hadir")]


@pytest.mark.parametrize("heading", ["NIP / Nama Atasan", "NIP (Atasan)"])
def test_two_things_in_one_heading_are_no_translation(store: Store, deliver: Deliver, heading: str) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, (heading, "Sesi 1"), (BUDI, "H")))
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_COLUMNS"]


# ---------------------------------------------------------------- columns that are rows

SCORES = [("Budi", "post", 80.0, 100.0), ("Budi", "pre", 60.0, 100.0), ("Siti", "pre", 55.0, 100.0)]
MOST = ("Nilai Maksimum : 100",)


@pytest.mark.parametrize(
    "rows",
    [
        [TITLE, MOST, ("NIP", "Pre Test", "Post Test"), (BUDI, 60, 80), (SITI, 55, "")],
        [TITLE, MOST, ("Nama", "Pretes", "Postes", "N-Gain"), ("Budi Santoso", 60, 80, 0.5), ("Siti Aminah", 55, "", "")],
        [TITLE, MOST, ("NIP", "Nilai Tes Awal", "Nilai Tes Akhir"), (BUDI, 60, 80), (SITI, 55, "")],
        [TITLE, ("NIP", "Pra Tes (0-100)", "Pasca Tes (0-100)"), (BUDI, 60, 80), (SITI, 55, "")],
        [("Kode kelas", "NIP", "Pre Test", "Post Test", "Nilai maksimum"), (CLASS, BUDI, 60, 80, 100), (CLASS, SITI, 55, "", 100)],
    ],
    ids=["by NIP", "in one word", "first and last test", "the highest in the headings", "all in columns"],
)  # fmt: skip
def test_tests_side_by_side_are_a_row_each(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[object, ...]]
) -> None:
    deliver("assessments/2026-01/a.xlsx", book(*rows))
    read()
    found = staged(store, "assessments", "employee_id", "kind", "score", "max_score")
    assert [row for row in found if row[2] is not None] == SCORES
    assert found[2:] == [("Siti", "post", None, 100.0), SCORES[2]], "a test that was not taken is unknown"


@pytest.mark.parametrize("heading", ["Pra Jabatan", "Pasca Pelatihan", "Nilai Akhir"])
def test_what_only_begins_like_a_test_is_none(store: Store, deliver: Deliver, heading: str) -> None:
    deliver("assessments/2026-01/a.xlsx", book(TITLE, MOST, ("NIP", heading), (BUDI, 60)))
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_COLUMNS"]


@pytest.mark.parametrize(
    ("rows", "periods"),
    [
        ([("REKAP PREDIKAT KINERJA TAHUN 2025",), ("Nama", "NIP", "Jan", "Agt", "Nopember"), ("Budi", BUDI, "Baik", "Cukup", "")], ["01-01 01-31", "08-01 08-31"]),
        ([("Tahun : 2025",), ("NIP", "Predikat Kinerja", ""), ("", "TW I", "Triwulan 2"), (BUDI, "Baik", "Cukup")], ["01-01 03-31", "04-01 06-30"]),
        ([("NIP", "Tahun", "Semester I", "Semester II"), (BUDI, 2025, "Baik", "Cukup")], ["01-01 06-30", "07-01 12-31"]),
        ([("NIP", "Triwulan III 2025", "Triwulan IV Tahun 2025"), (BUDI, "Baik", "Cukup")], ["07-01 09-30", "10-01 12-31"]),
    ],
    ids=["months below a title", "quarters", "half-years", "the year in the headings"],
)  # fmt: skip
def test_predicates_with_a_column_per_period_are_a_row_each(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[object, ...]], periods: list[str]
) -> None:
    """A month whose cell is empty has not been rated, and is no row that could stand in place of an earlier one."""
    deliver("performance/2026-01/a.xlsx", book(*rows))
    read()
    days = [[dt.date.fromisoformat(f"2025-{day}") for day in period.split()] for period in periods]
    found = staged(store, "performance", "employee_id", "period_start", "period_end", "predicate")
    assert sorted(found) == [("Budi", *days[0], "baik"), ("Budi", *days[1], "butuh_perbaikan")]


def test_periods_without_their_year_and_numbers_without_their_rules_are_refused(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver("performance/2026-01/a.xlsx", book(("NIP", "Triwulan I"), (BUDI, "Baik")))
    deliver("performance/2026-01/b.xlsx", book(("Tahun : 2025",), ("NIP", "Triwulan I"), (BUDI, 87.5)))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Tahun : ...'")
    read()
    assert refused(store, "performance") == [(3, "predicate", "NOT_ALLOWED")]


def test_numbers_of_performance_follow_the_rules_that_a_line_names(store: Store, deliver: Deliver, read: Read) -> None:
    lines = [("Tahun : 2021",), ("Rezim Penilaian : PP 30/2019",)]
    deliver("performance/2026-01/a.xlsx", book(*lines, ("NIP", "Semester I", "Semester II"), (BUDI, "87,5", 91)))
    read()
    found = staged(store, "performance", "regime", "numeric_score", "predicate")
    assert found == [("PP 30/2019", 87.5, None), ("PP 30/2019", 91.0, None)]


@pytest.mark.parametrize(
    ("above", "header", "row"),
    [
        (("Rezim Penilaian : PP No. 46 Tahun 2011",), ("NIP", "Tahun", "Predikat"), (BUDI, 2020, "Baik")),
        (("REKAP PRESTASI KERJA",), ("NIP", "Tahun", "Rezim", "Predikat"), (BUDI, 2020, "PP 46/2011", "Baik")),
        (("REKAP",), ("NIP", "Periode Mulai", "Periode Selesai", "Rezim Penilaian", "Predikat"), (BUDI, "01/01/2020", "31/12/2020", "PP 46/2011", "Baik")),
        (("PREDIKAT KINERJA TAHUN 2020",), ("NIP", "Rezim", "Semester I"), (BUDI, "PP 46/2011", "Baik")),
    ],
)  # fmt: skip
def test_predicates_follow_the_rules_that_a_list_names(
    store: Store, deliver: Deliver, read: Read, above: Sequence[str], header: Sequence[str], row: Sequence[object]
) -> None:
    """They were those of PermenPANRB 6/2022, whatever the list said."""
    deliver("performance/2026-01/a.xlsx", book(above, header, row))
    read()
    assert staged(store, "performance", "regime", "predicate") == [("PP 46/2011", "baik")]


def test_nobody_was_rated_by_rules_that_came_later(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "performance/2026-01/a.xlsx", book(("NIP", "Tahun", "Predikat"), (BUDI, 2021, "Baik"), (BUDI, 2022, "Baik"))
    )
    read()
    assert refused(store, "performance") == [(2, "period_start", "REGIME_EARLY")]


# ---------------------------------------------------------------- two lines, and lines of nobody

NIP_BUDI, NIP_SITI = "19850315 201001 1 001", "19870316 201101 2 002"
TWO = [("Budi", 1, "hadir"), ("Siti", 1, "sakit")]


@pytest.mark.parametrize("heading", ["Nama / NIP", "Nama", "NIP", "Nama / NIP / Pangkat"])
def test_a_name_above_its_nip_in_one_cell_is_the_nip_s(
    store: Store, deliver: Deliver, read: Read, heading: str
) -> None:
    rows = [(1, f"Budi Santoso, S.Sos.\n{NIP_BUDI}", "H"), (2, f"Aminah\nNIP. {NIP_SITI}\nPenata (III/c)", "S")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("No", heading, "Sesi 1"), *rows))
    read()
    assert presences(store) == TWO


def test_a_name_above_its_nip_stands_in_lists_of_tests_and_of_one_row_per_session_too(
    store: Store, deliver: Deliver, read: Read
) -> None:
    who = f"Budi Santoso\n{NIP_BUDI}"
    deliver("assessments/2026-01/a.xlsx", book(TITLE, MOST, ("No", "Nama / NIP", "Pre Test"), (1, who, 60)))
    header = ("Kode kelas", "Sesi ke-", "Nama / NIP", "Status kehadiran")
    deliver("attendance/2026-01/a.xlsx", book(header, (CLASS, 1, who, "H")))
    read()
    assert staged(store, "assessments", "employee_id", "score") == [("Budi", 60.0)]
    assert presences(store) == TWO[:1]


@pytest.mark.parametrize(
    "rows",
    [
        [("No", "Nama / NIP", "Sesi 1"), (1, "Budi Santoso", "H"), ("", NIP_BUDI, ""), (2, "S. Aminah", "S"), ("", NIP_SITI, "")],
        [("No", "Nama", "Sesi 1"), ("", "NIP", ""), (1, "Budi Santoso", "H"), ("", f"NIP. {NIP_BUDI}", ""), (2, "S. Aminah", ""), ("", NIP_SITI, "S")],
        [("No", "Nama", "Jabatan", "Sesi 1"), (1, "Budi Santoso", "Analis", "H"), (1, BUDI, "III/c", "H"), (2, "S. Aminah", "Kasi", "S"), (2, SITI, "IV/a", "S")],
        [("Nama", "Sesi 1"), ("Budi Santoso", "H"), (NIP_BUDI, ""), ("S. Aminah", "S"), (NIP_SITI, ""), (), ("Mengetahui,",), ("Joko Widagdo",), (f"NIP. {JOKO}",)],
    ],
    ids=["one heading", "two headings", "merged downwards", "not numbered"],
)  # fmt: skip
def test_a_nip_in_the_row_below_the_name_is_the_same_person_s(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[object, ...]]
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_read, report.n_refused) == (TWO, 2, 0)


@pytest.mark.parametrize("first", [0, 1], ids=["numbered", "not numbered"])
def test_a_number_on_a_line_of_its_own_is_somebody_of_their_own(
    store: Store, deliver: Deliver, read: Read, first: int
) -> None:
    rows = [("No", "Nama / NIP", "Sesi 1"), (1, "Joko Widagdo", "H"), (2, BUDI, ""), (3, "Siti Aminah", "S")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, *(row[first:] for row in rows)))
    read()
    assert presences(store) == [("Budi", 1, "unknown"), ("Joko", 1, "hadir"), ("Siti", 1, "sakit")]


def test_two_lines_of_one_person_that_contradict_each_other_are_refused(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(1, "Budi Santoso", "H"), ("", NIP_BUDI, "S"), (2, f"Siti Aminah\n{NIP_SITI}", "S")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("No", "Nama / NIP", "Sesi 1"), *rows))
    read()
    assert (presences(store), refused(store)) == (TWO[1:], [(3, "status", "NOT_ALLOWED")])


@pytest.mark.parametrize("named", [("NIP", BUDI, SITI), ("Nama", "Budi Santoso", "Siti Aminah")])
@pytest.mark.parametrize(
    "banner", [("KELOMPOK A",), ("", "Bidang Sosial"), ("", "Lanjutan"), ("B", "Sekretariat"), ("Peserta Kota",)]
)
def test_a_line_that_names_a_group_is_nobody(
    store: Store, deliver: Deliver, read: Read, banner: tuple[str, ...], named: tuple[str, str, str]
) -> None:
    heading, budi, siti = named
    rows = [("A.", "Dinas Sosial"), (1, budi, "", "H"), banner, (2, siti, "", "S")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("No", heading, "Unit Kerja", "Sesi 1"), *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_refused, report.n_skipped) == (TWO, 0, 2)


def test_a_name_alone_on_a_line_is_somebody(store: Store, deliver: Deliver, read: Read) -> None:
    """Whom nobody marked was there or not; and whom nobody knows is sent back."""
    rows = [(1, "Budi Santoso", "H"), ("", "Siti Aminah", ""), ("", "Wiratama Sukmalana", "")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("No", "Nama", "Sesi 1"), *rows))
    read()
    assert presences(store) == [("Budi", 1, "hadir"), ("Siti", 1, "unknown")]
    assert refused(store) == [(5, "employee_id", "PERSON_UNKNOWN")]


PEOPLE = ("No", "NIP", "Sesi 1")


@pytest.mark.parametrize(
    ("title", "line", "row"),
    [
        ((), ("DAFTAR HADIR PELATIHAN MANAJEMEN PROYEK",), 6),
        (("PELATIHAN ARSIP ANGKATAN I",), ("PELATIHAN ARSIP ANGKATAN II",), 7),
    ],
)
def test_a_table_that_is_titled_for_another_class_is_not_of_the_one_above(
    store: Store, deliver: Deliver, title: tuple[str, ...], line: tuple[str, ...], row: int
) -> None:
    rows = [*([title] if title else []), TITLE, PEOPLE, (1, BUDI, "H"), (), line, PEOPLE, (1, SITI, "S")]
    deliver("attendance/2026-01/a.xlsx", book(*rows))
    [problem] = scan(store, DAY).problems
    assert problem.code == "FILE_FACTS"
    assert f"row {row} " in problem.seen


@pytest.mark.parametrize("line", ["PELATIHAN ARSIP ANGKATAN I - HARI KE-2", "Lanjutan", "Daftar hadir hari kedua"])
def test_a_table_that_is_titled_for_the_same_class_is_of_it(
    store: Store, deliver: Deliver, read: Read, line: str
) -> None:
    title = ("DAFTAR HADIR PELATIHAN ARSIP ANGKATAN I",)
    second = ("No", "NIP", "Sesi 2")
    deliver(
        "attendance/2026-01/a.xlsx", book(title, TITLE, PEOPLE, (1, BUDI, "H"), (), (line,), second, (1, SITI, "S"))
    )
    read()
    assert presences(store) == [("Budi", 1, "hadir"), ("Siti", 2, "sakit")]


@pytest.mark.parametrize(
    ("banner", "above", "code"),
    [
        ("ANGKATAN II", "Kelas manajemen", "FILE_FACTS"),
        ("Selasa, 13 Januari 2026", "Hari/Tanggal : 12 Januari 2026", "FILE_SESSIONS"),
        ("Hari Kedua", "Daftar hadir", "FILE_SESSIONS"),
    ],
)
def test_a_line_that_says_another_class_or_day_of_those_below_refuses_the_file(
    store: Store, deliver: Deliver, read: Read, banner: str, above: str, code: str
) -> None:
    rows = [(1, BUDI, "H"), (banner,), (1, SITI, "S")]
    deliver("attendance/2026-01/a.xlsx", book((above,), TITLE, ("No", "NIP", "Kehadiran Sesi 1"), *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.reason_code, report.n_accepted) == (code, 0)
    assert banner in report.seen


def test_a_line_of_another_class_or_day_is_nobody_where_each_row_says_its_own(
    store: Store, deliver: Deliver, read: Read
) -> None:
    header = ("No", "Kode Kelas", "Sesi ke-", "NIP", "Status kehadiran")
    rows = [("Hari Kedua",), (1, CLASS, 1, BUDI, "H"), ("ANGKATAN II",), (1, CLASS, 1, SITI, "S")]
    deliver("attendance/2026-01/a.xlsx", book(header, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_refused) == (TWO, 0)


@pytest.mark.parametrize("mark", ["√", "...", "-"])
def test_a_first_person_whose_marks_have_no_letters_is_no_row_of_the_heading(
    store: Store, deliver: Deliver, read: Read, mark: str
) -> None:
    """The name stands over two columns, and the day over its morning and afternoon."""
    rows = [("Nama", "", "Hari 1", ""), ("Budi Santoso", mark, mark, mark), ("Siti Aminah", "√", "S", "√")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert report.n_read == 2
    assert ("Siti", 1, "sakit") in presences(store)


@pytest.mark.parametrize(
    "heading", ["NIP (tanpa spasi)", "NIP Pegawai", "NIP/NRP", "NIP / NIK", "Nomor Induk Pegawai (NIP)"]
)
@pytest.mark.parametrize("name", ["Nama Lengkap (dengan gelar)", "Nama Lengkap & Gelar", "Nama Peserta Pelatihan"])
def test_whoever_a_number_names_is_not_looked_up_by_name(
    store: Store, deliver: Deliver, read: Read, heading: str, name: str
) -> None:
    """Siti's number beside Budi's name is a slip for somebody to see; it is not Budi who was there."""
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("No", name, heading, "Sesi 1"), (1, "Budi Santoso", SITI, "H")))
    deliver("attendance/2026-01/b.xlsx", book(TITLE, ("No", name, "Sesi 2"), (1, "Budi Santoso", "H")))
    read()
    assert presences(store) == [("Budi", 2, "hadir"), ("Siti", 1, "hadir")]


# ---------------------------------------------------------------- columns of one state each

ONE_DAY = ("Hari/Tanggal : 12 Januari 2026",)


@pytest.mark.parametrize(
    "rows",
    [
        [("NIP", "Hadir", "Tidak Hadir"), (BUDI, "√", ""), (SITI, "", "√")],
        [("NIP", "Kehadiran", "", "", ""), ("", "H", "I", "S", "A"), (BUDI, "√", "", "", ""), (SITI, "", "", "√", "")],
        [("NIP", "Kehadiran", ""), ("", "Hadir", "Tidak"), (BUDI, "√", ""), (SITI, "", "√")],
        [("NIP", "Kehadiran", ""), ("", "Ya", "Tidak"), (BUDI, "√", ""), (SITI, "", "√")],
        [("NIP", "Tidak Hadir"), (BUDI, ""), (SITI, "√")],
        [("NIP", "Keterangan Alpa"), (BUDI, ""), (SITI, "√")],
    ],
    ids=["one row of headings", "two", "or not", "yes or no", "absence alone", "a state alone"],
)
def test_a_mark_under_one_of_several_states_is_not_unknown(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[str, ...]]
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ONE_DAY, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.reason_code, report.n_accepted) == ("FILE_SESSIONS", 0)
    assert "of one state" in report.seen


@pytest.mark.parametrize("is_first", [True, False])
def test_a_recap_on_a_sheet_of_its_own_is_left_out_beside_lists(
    store: Store, deliver: Deliver, read: Read, is_first: bool
) -> None:
    recap = ("Rekap", [TITLE, ("NIP", "Hadir", "Izin", "Alpa"), (BUDI, 1, 0, 0), (SITI, 0, 0, 1)])
    daily = ("Harian", [TITLE, ("NIP", "Hari 1"), (BUDI, "H"), (SITI, "A")])
    deliver("attendance/2026-01/a.xlsx", workbook(dict([recap, daily] if is_first else [daily, recap])))
    report = read()["attendance/2026-01/a.xlsx"]
    assert presences(store) == [("Budi", 1, "hadir"), ("Siti", 1, "alpa")]
    assert report.drift == f"a recap is left out: sheet {1 if is_first else 2}, row 2"


def test_a_recap_beside_the_presence_of_one_day_is_no_presence(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(BUDI, "H", 1, 0), (SITI, "A", 0, 1)]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ONE_DAY, ("NIP", "Kehadiran", "H", "A"), *rows))
    read()
    assert presences(store) == [("Budi", 20260112, "hadir"), ("Siti", 20260112, "alpa")]


# ---------------------------------------------------------------- days that have not come yet


@pytest.mark.parametrize(
    ("month", "days", "is_read"),
    [
        ("2026-01", ("1/5/2026", "1/6/2026"), False),
        ("2026-01", ("1/12/2026", "1/13/2026"), False),
        ("2026-05", ("1/5/2026", "2/5/2026"), True),
        ("2026-01", ("30/1/2026", "2/2/2026"), True),
        ("2026-01", ("5 Mei 2026", "6 Mei 2026"), True),
    ],
    ids=["month first", "proven by one", "of the month", "the next month", "named"],
)
def test_a_heading_that_turned_round_lies_in_the_month_of_delivery_is_refused(
    store: Store, deliver: Deliver, read: Read, month: str, days: tuple[str, str], is_read: bool
) -> None:
    deliver(f"attendance/{month}/a.csv", f"{TITLE[0]},,\nNIP,{days[0]},{days[1]}\n{BUDI},H,A\n")
    report = read()[f"attendance/{month}/a.csv"]
    assert (report.n_accepted, report.reason_code) == ((2, "") if is_read else (0, "FILE_SESSIONS"))


@pytest.mark.parametrize(
    ("month", "days", "accepted"),
    [
        ("2026-01", ("1/5/2026", "1/6/2026"), []),
        ("2026-01", ("29/1/2026", "1/2/2026"), [dt.date(2026, 1, 29), dt.date(2026, 2, 1)]),
        ("2026-06", ("1/5/2026", "1/6/2026"), [dt.date(2026, 5, 1), dt.date(2026, 6, 1)]),
    ],
    ids=["month first", "day first", "past"],
)
def test_a_day_of_the_past_that_turned_round_lies_in_the_month_of_delivery_is_refused(
    store: Store, deliver: Deliver, read: Read, month: str, days: tuple[str, str], accepted: list[dt.date]
) -> None:
    header = "Kode Kelas,NIP,Jenis Tes,Nilai,Nilai Maks,Tanggal Tes"
    rows = [f"{CLASS},{nip},pre,60,100,{day}" for nip, day in zip((BUDI, SITI), days, strict=True)]
    deliver(f"assessments/{month}/a.csv", "\n".join([header, *rows, ""]))
    read()
    staged = pl.read_parquet(store.staging / f"assessments/{month}.parquet")
    assert sorted(staged.get_column("assessed_on")) == accepted


# ---------------------------------------------------------------- taps that are none


@pytest.mark.parametrize(
    ("taps", "status"),
    [
        (("07:28", "16:05"), "hadir"),
        (("7.28", "16.05"), "hadir"),
        (("7:28 AM", "4:05 PM"), "hadir"),
        (("2026-01-12 07:28:00", "2026-01-12 16:05:00"), "hadir"),
        (("0.311111", "0.67"), "hadir"),
        (("00:00", "00:00"), "unknown"),
        (("07:28", "00:00:00"), "unknown"),
        (("07:28", "07:28"), "unknown"),
        (("", "16:05"), "unknown"),
        (("Sakit", "Sakit"), "sakit"),
        (("Tidak Hadir", ""), "alpa"),
        (("07:28", "Libur"), None),
    ],
)
def test_a_tap_is_a_time_of_day(
    store: Store, deliver: Deliver, read: Read, taps: tuple[str, str], status: str | None
) -> None:
    deliver(
        f"fingerprint/2026-01/{CLASS}.csv", f"NIP;Tanggal;Jam Masuk;Jam Pulang\n{BUDI};12/01/2026;{';'.join(taps)}\n"
    )
    read()
    assert presences(store) == ([("Budi", 20260112, status)] if status else [])
    assert status or refused(store) == [(2, "status", "NOT_ALLOWED")]


def test_a_log_of_taps_with_the_month_first_is_told_by_all_its_days(store: Store, deliver: Deliver, read: Read) -> None:
    taps = [
        f"{BUDI};1/{day}/2026 {time};{way}"
        for day in (12, 13)
        for time, way in (("7:28 AM", "C/In"), ("4:05 PM", "C/Out"))
    ]
    deliver(f"fingerprint/2026-01/{CLASS}.csv", "\n".join(["NIP;Waktu;Status", *taps, ""]))
    read()
    assert presences(store) == [("Budi", 20260112, "hadir"), ("Budi", 20260113, "hadir")]


# ---------------------------------------------------------------- what stands above a table

ELEMENTS = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Sarana", "Pengaduan")
OCTOBER, DECEMBER = dt.date(2025, 10, 1), dt.date(2025, 12, 31)


@pytest.mark.parametrize(
    ("title", "line", "is_read"),
    [
        ("PREDIKAT KINERJA TAHUN 2025", "Bulan : Januari 2026", False),
        ("PREDIKAT KINERJA TAHUN 2025", "Bulan : Desember 2025", True),
        ("PREDIKAT KINERJA TRIWULAN IV TAHUN 2025", "Bulan : Januari 2026", True),
    ],
)
def test_a_month_of_another_year_than_the_list_s_is_not_its_period(
    store: Store, deliver: Deliver, read: Read, title: str, line: str, *, is_read: bool
) -> None:
    """It may be when the list was printed."""
    deliver("performance/2026-01/a.xlsx", book((title,), (line,), ("NIP", "Predikat Kinerja"), (BUDI, "Baik")))
    assert read()["performance/2026-01/a.xlsx"].n_accepted == is_read
    if is_read:
        assert staged(store, "performance", "period_end") == [(DECEMBER,)]


@pytest.mark.parametrize(
    ("above", "start", "end"),
    [
        ([("Periode : Triwulan IV 2025",)], OCTOBER, DECEMBER),
        ([("SURVEI KEPUASAN MASYARAKAT TRIWULAN IV TAHUN 2025",)], OCTOBER, DECEMBER),
        ([("SKM",), ("Periode Oktober - Desember 2025",)], OCTOBER, DECEMBER),
        ([("Bulan : Desember",), ("Tahun : 2025",)], dt.date(2025, 12, 1), DECEMBER),
        ([("Bulan : Desember 2025",), ("Tahun : 2025",)], dt.date(2025, 12, 1), DECEMBER),
        ([], dt.date(2026, 1, 1), dt.date(2026, 1, 31)),
    ],
    ids=[
        "a line",
        "the title",
        "a title of two months",
        "month and year",
        "a month with its year",
        "none",
    ],
)
def test_a_survey_s_period_is_the_one_that_stands_above_it(
    store: Store, deliver: Deliver, read: Read, above: list[tuple[str]], start: dt.date, end: dt.date
) -> None:
    rows = [*above, ("Unit Pelayanan : DINKES",), ("No", *ELEMENTS), (1, *[3] * 9), (2, *[4] * 9)]
    deliver("skm_responden/2026-01/a.xlsx", book(*rows))
    recap = [",".join(map(str, row)) + ",," for row in (*above, ("unsur,total_nilai,n_resp",), ("U1,29,10",))]
    deliver(
        "skm/2026-01/dinkes.csv",
        "\n".join([*(line if "unsur" not in line and "U1" not in line else line[:-2] for line in recap), ""]),
    )
    read()
    staged = staged_rows(store, "service_satisfaction")
    assert set(staged.select("period_start", "period_end").rows()) == {(start, end)}
    assert staged.height == 19


@pytest.mark.parametrize(
    "line",
    ["(dalam jutaan rupiah)", "Dalam ribuan rupiah", "Satuan : Juta Rupiah", "(Rp. 000)", "Nilai dalam juta rupiah"],
)
def test_amounts_that_are_no_rupiah_are_not_read_as_some(store: Store, deliver: Deliver, read: Read, line: str) -> None:
    header = ("Kode Kelas", "Kode Program", "Versi Kurikulum")
    deliver(
        "classes/2026-01/a.xlsx", book(("DAFTAR KELAS",), (line,), (*header, "Biaya"), (CLASS, "TI", "1", "45.000"))
    )
    deliver("classes/2026-01/b.xlsx", book(("DAFTAR KELAS",), (line,), header, (CLASS, "TI", "1")))
    report = ["Kode RUP : 12", "OPD : DINKES", "Tahun : 2026", "Nilai Kontrak : 1.500", line]
    columns = ("Bulan", "Akumulasi Target Fisik (%)", "Akumulasi Prosentase Fisik (%)")
    deliver("project_report/2026-01/c.xlsx", book(*((text,) for text in report), columns, ("Januari", 10, 9)))
    assert [(problem.file_name[-6:], problem.code) for problem in scan(store, DAY).problems] == [
        ("a.xlsx", "FILE_UNITS"),
        ("c.xlsx", "FILE_UNITS"),
    ]
    assert read()["classes/2026-01/b.xlsx"].n_accepted == 1


# ---------------------------------------------------------------- who signs, and pages

LIST = ("No", "Nama", "NIP", "Sesi 1")


@pytest.mark.parametrize(
    "signed",
    [
        [("", "", "Tangsel, 12-01-2026"), ("", "", "Ketua Tim Kerja"), ("", "", "Joko Widagdo"), ("", "", JOKO)],
        [("", "", "Koordinator Kelas"), ("", "", "Joko Widagdo"), ("", "", JOKO)],
        [("", "", JOKO)],
    ],
    ids=["a day in figures", "an office", "a number alone"],
)
def test_who_signs_a_numbered_list_was_not_in_class(
    store: Store, deliver: Deliver, read: Read, signed: list[tuple[str, ...]]
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, LIST, (1, "Budi", BUDI, "H"), (), *signed))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_refused) == ([("Budi", 1, "hadir")], 0)


def test_a_list_that_numbers_nobody_may_hold_numbers_alone(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Sesi 1", "Sesi 2"), (BUDI, "H", "H"), (SITI, "", "")))
    read()
    assert [row[2] for row in presences(store)] == ["hadir", "hadir", "unknown", "unknown"]


@pytest.mark.parametrize("page", ["Halaman 1 dari 2", "Hal. 1/2", "Page 1 of 2", "- Lembar ke-1 -"])
def test_the_foot_of_a_page_is_nobody(store: Store, deliver: Deliver, read: Read, page: str) -> None:
    rows = [(1, "Budi", BUDI, "H"), ("", page), LIST, (2, "Siti", SITI, "S"), ("", page)]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, LIST, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_refused) == ([("Budi", 1, "hadir"), ("Siti", 1, "sakit")], 0)


def test_the_code_of_a_class_is_no_day(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.xlsx", workbook({"MD-01-2": [("NIP", "Kehadiran"), (BUDI, "H")]}))
    deliver("attendance/2026-01/b.xlsx", workbook({"MD-01-2": [("NIP", "12-1", "Sabtu-17/1"), (BUDI, "H", "S")]}))
    reports = read()
    assert reports["attendance/2026-01/a.xlsx"].reason_code == "FILE_SESSIONS"
    assert presences(store) == [("Budi", 20260112, "hadir"), ("Budi", 20260117, "sakit")]


@pytest.mark.parametrize(
    "rows",
    [
        [("NIP", "Pre Test", "", "Post Test", ""), ("", "Benar", "Nilai", "Benar", "Nilai"), (BUDI, 12, 60, 16, 80)],
        [("NIP", "Pre Test", "Post Test", "Post Test Peringkat", "Post Test (40%)"), (BUDI, 60, 80, 3, 32)],
        [("NIP", "Nilai Pre Test", "Pretest - Jumlah Benar", "Tes Akhir", "Tes Akhir Durasi"), (BUDI, 60, 12, 80, 30)],
    ],
    ids=["right answers", "rank and weight", "time"],
)
def test_what_stands_beside_a_score_is_none(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[object, ...]]
) -> None:
    deliver("assessments/2026-01/a.xlsx", book(TITLE, MOST, *rows))
    read()
    assert staged(store, "assessments", "kind", "score") == [("post", 80.0), ("pre", 60.0)]


def test_a_sheet_that_counts_is_of_no_day(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-02/a.xlsx", workbook({"Kelas 1-2": [TITLE, ("NIP", "Kehadiran"), (BUDI, "H")]}))
    assert read()["attendance/2026-02/a.xlsx"].reason_code == "FILE_SESSIONS"


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_day_over_its_parts_is_kept_however_its_neighbours_are_merged(
    store: Store, deliver: Deliver, read: Read, is_merged: bool
) -> None:
    beside = ("No", "NIP") if is_merged else ("", "")
    rows = [("No", "NIP", "Hari 1", ""), (*beside, "Pagi", "Siang"), (1, BUDI, "H", "A")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, *rows))
    read()
    assert presences(store) == [("Budi", 1, "hadir"), ("Budi", 2, "alpa")]


def test_a_title_right_above_the_headings_still_says_the_class(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/TS-2026-01-002.xlsx", book((f"DAFTAR HADIR {CLASS}",), ("NIP", "Hari 1"), (BUDI, "H")))
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_FACTS"]


def test_what_moodle_calls_otherwise_is_no_test_before_or_after(store: Store, deliver: Deliver, read: Read) -> None:
    names = {
        "Quiz: Pre-test": "pre", "Quiz: Pretes 2": "pre", "Quiz: Tes Awal": "pre", "Kuis: Awal": "pre", "Quiz: Ujian Akhir": "post",
        "Quiz: Posttest Etika": "post", "Quiz: Premium": "other", "Quiz: Presentasi Akhir": "other", "Assignment: Tugas Akhir": "other",
        "Quiz: Poster": "other",
    }  # fmt: skip
    header = ("First name", "Last name", "ID number", *(f"{name} (Percentage)" for name in names))
    deliver(
        "moodle/2026-01/a.xlsx", book(TITLE, header, ("Budi", "Santoso", BUDI, *(f"{n} %" for n in range(len(names)))))
    )
    read()
    found = dict(staged(store, "assessments", "score", "kind"))
    assert [found[float(n)] for n in range(len(names))] == list(names.values())


# ---------------------------------------------------------------- a row per day

BY_DAY = [("12/01/2026", 1, "H"), ("12/01/2026", 2, "I"), ("13/01/2026", 1, "H"), ("13/01/2026", "Sesi 2", "A")]


def test_sessions_that_begin_anew_each_day_are_not_repeated(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(BUDI, *row) for row in BY_DAY[:3]]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Tanggal", "Sesi", "Status Kehadiran"), *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.reason_code, report.n_accepted) == ("FILE_SESSIONS", 0)


@pytest.mark.parametrize("days", [("Hari ke", 1, 2), ("Tanggal", "12 Januari 2026", "13 Januari 2026")])
@pytest.mark.parametrize("number", [1, 2])
def test_a_timetable_whose_sessions_begin_anew_each_day_is_refused(
    store: Store, deliver: Deliver, read: Read, days: tuple[object, ...], number: int
) -> None:
    """Of two sessions that are alike the second was the first once more, and lost; a break has no number."""
    rows = [(days[1], 1, "Etika", 2), (days[1], "", "ISHOMA", ""), (days[2], number, "Etika", 2), (days[2], "", "ISHOMA", "")]  # fmt: skip
    deliver("sessions/2026-01/a.xlsx", book(TITLE, (days[0], "Sesi", "Mata Pelajaran", "JP"), *rows))
    report = read()["sessions/2026-01/a.xlsx"]
    assert (report.reason_code, report.n_accepted) == (("FILE_SESSIONS", 0) if number == 1 else ("", 2))


def test_sessions_that_are_counted_through_the_class_may_say_their_day(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(BUDI, "12/01/2026", 1, "H"), (SITI, "12/01/2026", 1, "S"), (BUDI, "13/01/2026", 2, "A")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Tanggal", "Sesi", "Status Kehadiran"), *rows))
    read()
    assert presences(store) == [("Budi", 1, "hadir"), ("Budi", 2, "alpa"), ("Siti", 1, "sakit")]


@pytest.mark.parametrize("who", [("NIP", BUDI), ("Nama", "Budi Santoso")])
@pytest.mark.parametrize("is_coded", [True, False])
def test_a_row_per_person_and_day_is_a_presence(
    store: Store, deliver: Deliver, read: Read, who: tuple[str, str], is_coded: bool
) -> None:
    code = ("Kode Kelas", CLASS) if is_coded else ("Ket", "")
    header = (who[0], code[0], "Hari/Tanggal", "Sesi ke-", "Kehadiran")
    rows = [(who[1], code[1], *row) for row in BY_DAY]
    deliver("attendance_sheet/2026-01/a.xlsx", book(*([] if is_coded else [TITLE]), header, *rows))
    deliver(
        "attendance_sheet/2026-01/b.xlsx",
        book(TITLE, (who[0], "Tanggal", "Kehadiran"), (who[1], "Rabu, 14 Januari 2026", "S")),
    )
    read()
    assert presences(store) == [
        ("Budi", 2026011201, "hadir"), ("Budi", 2026011202, "izin"), ("Budi", 2026011301, "hadir"), ("Budi", 2026011302, "alpa"),
        ("Budi", 20260114, "sakit"),
    ]  # fmt: skip


def test_answers_to_a_question_that_nobody_knows_are_said_not_to_be_read(
    store: Store, deliver: Deliver, read: Read
) -> None:
    header = (
        "Cap waktu",
        "Kode Kelas",
        "Materi [Kejelasan]",
        "Kualitas makan siang",
        "Antar jemput [Kebersihan]",
        "Lama bekerja",
        "Pekerjaan",
    )
    rows = [
        ("13/01/2026 09.15.32", CLASS, "5", "Baik", "4", "3", "Staf"),
        ("13/01/2026 09.16.32", CLASS, "4", "", "5", "4", "Baik"),
    ]
    deliver("google_form_5/2026-01/a.xlsx", book(header, *rows))
    report = read()["google_form_5/2026-01/a.xlsx"]
    assert (report.n_accepted, report.drift) == (
        2,
        "column 4 holds answers to a question that is not known: not read; "
        "column 5 holds answers to a question that is not known: not read",
    )


def merged(content: bytes, *areas: str) -> bytes:
    """A workbook with these areas merged."""
    made = openpyxl.load_workbook(io.BytesIO(content))
    for area in areas:
        made.active.merge_cells(area)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_a_word_that_is_merged_over_several_days_is_said_of_each(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(1, BUDI, "IZIN", "", "", "H"), (2, SITI, "H", "SAKIT", "", ""), (3, JOKO, "", "", "", "H")]
    header = ("No", "NIP", "Hari 1", "Hari 2", "Hari 3", "Hari 4")
    deliver("attendance/2026-01/a.xlsx", merged(book(TITLE, header, *rows), "A1:F1", "C3:E3", "D4:E4", "C5:E5"))
    read()
    assert [status for _, _, status in presences(store)] == [
        *("izin", "izin", "izin", "hadir"), *("unknown", "unknown", "unknown", "hadir"), *("hadir", "sakit", "sakit", "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("ends", [("Datang", "Pulang"), ("Masuk", "Keluar"), ("Paraf Datang", "Paraf Pulang")])
def test_a_day_that_is_signed_at_its_beginning_and_its_end_has_two_parts(
    store: Store, deliver: Deliver, read: Read, ends: tuple[str, str]
) -> None:
    header = [("NIP", "12 Januari 2026", "", "13 Januari 2026", ""), ("", *ends, *ends)]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, *header, (BUDI, "H", "S", "√", "")))
    read()
    days = [2026011201, 2026011202, 2026011301, 2026011302]
    assert presences(store) == [
        ("Budi", day, word) for day, word in zip(days, ("hadir", "sakit", "hadir", "unknown"), strict=True)
    ]


def test_hours_of_coming_and_going_are_no_presences(store: Store, deliver: Deliver, read: Read) -> None:
    above = (TITLE, ("Hari/Tanggal : Senin, 12 Januari 2026",))
    rows = [(BUDI, "07.45", "16.05"), (SITI, dt.time(7, 45), "16.05 WIB")]
    deliver("attendance/2026-01/a.xlsx", book(*above, ("NIP", "Masuk", "Pulang"), *rows))
    read()
    assert (presences(store), [reason for *_, reason in refused(store)]) == ([], ["PRESENCE_HOUR"] * 4)


def test_a_result_is_no_state_of_a_participant_and_is_sent_back_with_where_to_write_it(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(BUDI, "LULUS"), (SITI, "Tidak Lulus"), (JOKO, "Selesai")]
    deliver("enrolments/2026-01/a.xlsx", book(TITLE, ("NIP", "Status"), *rows))
    read()
    assert refused(store, "enrolments") == [(3, "status", "STATUS_RESULT"), (4, "status", "STATUS_RESULT")]
    assert staged(store, "enrolments", "employee_id", "status") == [("Joko", "completed")]


@pytest.mark.parametrize("headings", [("Pre Test (40%)", "Post Test (60%)"), ("Nilai Tes Awal 40 %", "Nilai Tes Akhir 60 %")])  # fmt: skip
@pytest.mark.parametrize("folder", ["assessments", "grade_list"])
def test_tests_that_say_their_weights_are_sent_back_for_that(
    store: Store, deliver: Deliver, headings: tuple[str, str], folder: str
) -> None:
    deliver(f"{folder}/2026-01/a.xlsx", book(TITLE, MOST, ("NIP", *headings), (BUDI, 60, 80)))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_WEIGHTS", f"Column {headings[0]!r}.")


def test_a_word_that_is_merged_over_several_people_and_days_is_said_of_each(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """Of a block but its first cell had been unknown."""
    rows = [(BUDI, "DL", "", "H"), (SITI, "", "", "H"), (JOKO, "H", "H", "H")]
    deliver("attendance/2026-01/a.xlsx", merged(book(TITLE, ("NIP", "Hari 1", "Hari 2", "Hari 3"), *rows), "B3:C4"))
    read()
    official = [(name, day, "dinas luar") for name in ("Budi", "Siti") for day in (1, 2)]
    assert [row for row in presences(store) if row[2] != "hadir"] == official


def test_a_label_that_is_merged_over_no_days_is_said_of_none(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(1, "IZIN", "", "H"), (2, SITI, "S", "")]
    deliver(
        "attendance/2026-01/a.xlsx", merged(book(TITLE, ("No", "NIP", "Hari 1", "Hari 2"), *rows), "B3:C3", "C4:D4")
    )
    read()
    assert presences(store) == [("Siti", 1, "sakit"), ("Siti", 2, "sakit")]
    assert {reason for _, _, reason in refused(store)} == {"NIP_LENGTH"}


@pytest.mark.parametrize(
    ("second", "noted"),
    [(("H", "I"), [4, 6]), (("H", ""), [4]), (("", ""), [])],
)
def test_what_stands_under_no_heading_is_told(
    store: Store, deliver: Deliver, read: Read, second: tuple[str, str], noted: list[int]
) -> None:
    """Of two columns under a heading that is merged over both the first alone is read; signatures by turns are no loss."""
    header = ("No", "NIP", "Hari 1", "", "Hari 2", "", "Tanda Tangan", "", "Ket")
    row = (1, BUDI, "H", second[0], "H", second[1], "", "paraf", "")
    areas = ("A1:I1", "C2:D2", "E2:F2", "G2:H2")
    deliver("attendance/2026-01/a.xlsx", merged(book(TITLE, header, row), *areas))
    told = read()["attendance/2026-01/a.xlsx"].drift
    notes = [f"column {n} holds something under no heading: not read" for n in noted]
    assert [note for note in told.split("; ") if "heading" in note] == notes


@pytest.mark.parametrize(
    ("word", "status"),
    [("Present", "hadir"), ("Late", "hadir"), (True, "hadir"), ("Absent", "alpa"), ("Sick", "sakit"), ("Excused", "izin"), ("On leave", "cuti"), (False, "unknown")],
)  # fmt: skip
def test_presences_in_english_and_boxes_to_tick_are_read(
    store: Store, deliver: Deliver, read: Read, word: object, status: str
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Sesi 1"), (BUDI, word)))
    read()
    assert presences(store) == [("Budi", 1, status)]


@pytest.mark.parametrize("word", ["Leave", 0])
def test_a_presence_that_may_mean_two_things_is_refused(
    store: Store, deliver: Deliver, read: Read, word: object
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Sesi 1", "Sesi 2"), (BUDI, "H", word)))
    read()
    assert refused(store) == [(3, "status", "NOT_ALLOWED")]


@pytest.mark.parametrize(
    ("line", "sessions"),
    [
        ("12, 13 dan 14 Januari 2026", None), ("12 & 13 Januari 2026", None), ("Senin, 12 dan Selasa, 13 Januari 2026", None), ("12/13 Januari", None),
        ("Senin, 12 Januari 2026", [20260112]), ("Sesi 1, 12 Januari 2026", [2026011201]), ("Hari ke-2, 13 Januari 2026", [20260113]),
    ],
)  # fmt: skip
def test_several_days_in_one_line_are_not_the_last_of_them(
    store: Store, deliver: Deliver, read: Read, line: str, sessions: list[int] | None
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, (f"Hari/Tanggal : {line}",), ("NIP", "Kehadiran"), (BUDI, "H")))
    report = read()["attendance/2026-01/a.xlsx"]
    assert report.reason_code == ("" if sessions else "FILE_SESSIONS")
    assert sessions is None or [session for _, session, _ in presences(store)] == sessions


@pytest.mark.parametrize(
    "rows",
    [
        [("Date : 12 January 2026",), ("No", "Name", "Employee ID", "Department", "Attendance"), (1, "Budi S.", BUDI, "Health", "Present"), (2, "Siti A.", SITI, "Health", "Sick")],
        [("No", "Full Name", "Office", "Date", "Attendance Status"), (1, "Budi Santoso", "Health", "12 January 2026", "Present"), (2, "Siti Aminah", "", "12 January 2026", "Sick")],
        [("Date : 12 January 2026",), ("No", "Participant Name", "Signature"), (1, "Budi Santoso", "Bd. Sant."), (2, "Siti Aminah", "sick")],
    ],
    ids=["by number", "a row per day", "signatures"],
)  # fmt: skip
def test_a_list_in_english_alone_is_read(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[object, ...]]
) -> None:
    deliver("attendance/2026-01/a.xlsx", book((f"Class Code : {CLASS}",), *rows))
    read()
    assert presences(store) == [("Budi", 20260112, "hadir"), ("Siti", 20260112, "sakit")]


def test_the_number_of_a_line_in_english_is_nobodys(store: Store, deliver: Deliver) -> None:
    deliver(
        "fingerprint/2026-01/a.xlsx",
        book(TITLE, ("Number", "Tanggal", "Masuk", "Pulang"), (1, "2026-01-12", "07:30", "16:00")),
    )
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_COLUMNS"]


@pytest.mark.parametrize(
    ("day", "drift"),
    [("12 Januari 2027", "session_no lies after the month of delivery: 1 rows"), ("12 Januari 2026", "")],
)
def test_a_presence_of_next_year_is_told(store: Store, deliver: Deliver, read: Read, day: str, drift: str) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", day), (BUDI, "H")))
    assert read()["attendance/2026-01/a.xlsx"].drift == drift


@pytest.mark.parametrize(
    ("name", "is_told"),
    [("Absen TS-2026-01-002", True), (f"Absen {CLASS}", False), ("ST-2026-01-12", False), ("Hadir", False)],
)
def test_a_file_that_is_called_after_another_class_is_told(
    store: Store, deliver: Deliver, read: Read, name: str, is_told: bool
) -> None:
    deliver(f"attendance/2026-01/{name}.xlsx", book(TITLE, ("NIP", "Sesi 1"), (BUDI, "H")))
    note = "the file is called after another class than the lists in it: TS-2026-01-002"
    assert read()[f"attendance/2026-01/{name}.xlsx"].drift == (note if is_told else "")


def test_a_file_of_several_classes_may_be_called_after_one(store: Store, deliver: Deliver, read: Read) -> None:
    sheets = {name: [(f"Kode Kelas : {name}",), ("NIP", "Sesi 1"), (BUDI, "H")] for name in (CLASS, "TS-2026-01-002")}
    deliver("attendance/2026-01/TS-2026-01-002.xlsx", workbook(sheets))
    assert read()["attendance/2026-01/TS-2026-01-002.xlsx"].drift == ""


def test_a_code_with_the_bent_hyphens_of_a_word_processor_is_the_same(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(
        "attendance/2026-01/a.xlsx", book((f"Kode Kelas : {CLASS.replace('-', '–')}",), ("NIP", "Sesi 1"), (BUDI, "H"))
    )
    read()
    assert staged(store, "attendance", "class_id") == [(CLASS,)]


@pytest.mark.parametrize(
    "day",
    ["Senin, 12 Januari 2026 08.00 - 09.30", "12 Januari 2026, pukul 08.00 s.d. 09.30 WIB", "12/01/2026 08:00-09:30"],
)
def test_a_day_with_the_hours_from_and_to_is_the_day(store: Store, deliver: Deliver, read: Read, day: str) -> None:
    deliver("sessions/2026-01/a.xlsx", book(("Kode kelas", "Sesi ke-", "Tanggal sesi"), (CLASS, 1, day)))
    read()
    assert staged_rows(store, "sessions").get_column("session_date").to_list() == [dt.date(2026, 1, 12)]


PRE, POST = ("Budi", "pre", 60.0), ("Budi", "post", 60.0)


@pytest.mark.parametrize(
    ("name", "title", "sheets", "tests"),
    [
        ("a", "HASIL PRE TEST PELATIHAN ARSIP", ["Sheet"], [PRE]), ("a", "DAFTAR NILAI", ["Pre Test", "Postes"], [POST, PRE]),
        ("a", "NILAI PRE TEST DAN POST TEST", ["Tes Awal", "Tes Akhir"], [POST, PRE]), ("Nilai_Posttest_Arsip", "NILAI", ["Sheet"], [POST]),
        ("Nilai Post Test", "NILAI PRE TEST", ["Sheet"], [PRE]), ("a", "NILAI PRE TEST", ["Post Test"], []), ("a", "NILAI PRE TEST DAN POST TEST", ["Sheet"], []),
        ("a", "NILAI PRESTASI, PROTES, PASCA PELATIHAN", ["Sheet"], []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("named", [("NIP", BUDI), ("Nama", "Budi Santoso")])
def test_a_column_of_scores_is_of_the_test_that_its_title_its_sheet_or_its_file_is_called_after(
    store: Store, deliver: Deliver, read: Read, name: str, title: str, sheets: list[str], tests: list[object], named: tuple[str, str],
) -> None:  # fmt: skip
    rows = [(title,), TITLE, MOST, ("No", named[0], "Unit Kerja", "Nilai"), (1, named[1], "Dinkes", 60)]
    deliver(f"assessments/2026-01/{name}.xlsx", workbook(dict.fromkeys(sheets, rows)))
    if tests:
        read()
        assert staged(store, "assessments", "employee_id", "kind", "score") == tests
    else:
        assert [problem.code for problem in scan(store, DAY).problems] in (["FILE_COLUMNS"], ["FILE_FACTS"])


@pytest.mark.parametrize("named", [("NIP", BUDI), ("Nama", "Budi Santoso")])
def test_columns_of_tests_are_not_of_the_test_in_the_title(
    store: Store, deliver: Deliver, read: Read, named: tuple[str, str]
) -> None:
    header = ("No", named[0], "Pre Test", "Post Test", "Nilai")
    deliver("assessments/2026-01/a.xlsx", book(("HASIL PRE TEST",), TITLE, MOST, header, (1, named[1], 60, 80, 70)))
    read()
    assert staged(store, "assessments", "kind", "score") == [("post", 80.0), ("pre", 60.0)]


def test_a_line_that_shows_how_to_fill_in_is_nobody(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [("Contoh", "199101012015011001", "H"), (1, BUDI, "H"), (2, SITI, "S")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, PEOPLE, *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_skipped) == (TWO, 1)


@pytest.mark.parametrize("line", ["PESERTA CADANGAN", "Hadir : 25 orang", "Tidak hadir = 0", "Perempuan: 3"])
def test_counts_and_groups_below_the_people_are_nobody(store: Store, deliver: Deliver, read: Read, line: str) -> None:
    rows = [(1, "Budi Santoso", "H"), ("", line, ""), (2, "Siti Aminah", "S")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("No", "Nama", "Sesi 1"), *rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (presences(store), report.n_refused, report.n_skipped) == (TWO, 0, 1)


@pytest.mark.parametrize(
    "piece",
    ["halaman 1 ", "halaman 1" + " " * 32_000, "Tangsel, ", "dalam satuan ", "triwulan ", "hadir : ", "pre ", "1, "],
)
def test_the_longest_cell_that_excel_has_is_no_footer_and_costs_nothing(
    store: Store, deliver: Deliver, read: Read, piece: str
) -> None:
    text = (piece * 32_767)[:32_766] + "x"
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Sesi 1"), (BUDI, "H"), (text,)))
    begun = time.process_time()
    read()
    assert presences(store) == [("Budi", 1, "hadir")]
    assert time.process_time() - begun < 5


def test_a_cross_in_a_column_of_signatures_is_none(store: Store, deliver: Deliver, read: Read) -> None:
    """It was one, also where the list says that it means absence."""
    header, rows = ("NIP", "Tanda Tangan"), [(BUDI, "Budi S."), (SITI, "x"), (JOKO, "✗")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("Sesi : 1",), ("x = tidak hadir",), header, *rows[:2]))
    deliver("attendance/2026-01/b.xlsx", book(TITLE, ("Sesi : 2",), header, *rows))
    read()
    assert presences(store) == [("Budi", 1, "hadir"), ("Budi", 2, "hadir"), ("Siti", 1, "alpa")]
    assert [code for _, _, code in refused(store)] == ["NOT_ALLOWED"] * 2


@pytest.mark.parametrize("said", ["Luring", "DARING", "Via Zoom", "Online", "Tatap Muka"])
def test_in_what_way_somebody_was_there_says_that_they_were(
    store: Store, deliver: Deliver, read: Read, said: str
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Sesi 1"), (BUDI, said), (SITI, "Langsung pulang")))
    read()
    assert presences(store) == [("Budi", 1, "hadir")]


def test_platforms_of_learning_say_how_far_somebody_is(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("Kode Kelas", "NIP", "Status Penyelesaian")
    deliver("enrolments/2026-01/a.xlsx", book(header, (CLASS, BUDI, "Completed"), (CLASS, SITI, "In progress")))
    read()
    assert staged(store, "enrolments", "employee_id", "status") == [("Budi", "completed"), ("Siti", "registered")]


@pytest.mark.parametrize(
    ("source", "header", "cells"),
    [("attendance", ("Hari 1", "Hari 2"), ("H", "H")), ("attendance", ("Sesi ke-", "Status kehadiran"), (1, "H"))],
    ids=["a column per day", "a row per session"],
)
@pytest.mark.parametrize(
    ("said", "is_told"), [("Hari 2 digantikan stafnya", True), ("mewakili Kepala Bidang", True), ("Ketua kelas", False)]
)
def test_who_came_in_the_place_of_somebody_else_is_told(
    deliver: Deliver,
    read: Read,
    source: str,
    header: tuple[str, ...],
    cells: tuple[object, ...],
    said: str,
    is_told: bool,
) -> None:
    """Whom the list names was there, though it says that somebody else was."""
    deliver(f"{source}/2026-01/a.xlsx", book(TITLE, ("NIP", *header, "Keterangan"), (BUDI, *cells, said)))
    drift = read()[f"{source}/2026-01/a.xlsx"].drift
    assert ("says who came in the place of somebody else, and is not read: 1 rows" in drift) is is_told


@pytest.mark.parametrize(
    ("echelon", "title", "group"),
    [
        ("", "Analis Hukum Ahli Muda", "jf_keahlian"), ("IV.a", "Kepala Seksi", "pengawas"), ("", "Staf", None),
        ("IV.a", "Kepala Seksi / Analis Ahli Muda", None),
    ],
)  # fmt: skip
def test_where_no_group_of_positions_is_written_the_title_or_the_echelon_says_it(
    store: Store, deliver: Deliver, read: Read, echelon: str, title: str, group: str | None
) -> None:
    header = ("NIP", "Nama", "Jabatan", "Eselon", "Unit Kerja", "Jenis Jabatan")
    deliver("employees/2026-01/pegawai.xlsx", book(header, (BUDI, "Budi", title, echelon, "DINKES", "")))
    report = read()["employees/2026-01/pegawai.xlsx"]
    if group:
        assert staged(store, "employees", "position_group") == [(group,)]
    else:
        assert (report.n_refused, refused(store, "employees")) == (1, [(2, "position_group", "MISSING")])


ROWS = [("NIP", "Hari 1"), (BUDI, "H")]
OTHERS = [("NIP", "Hari 1"), (SITI, "H")]


@pytest.mark.parametrize(
    ("sheets", "found"),
    [
        ({"Peserta": [TITLE, *ROWS], "Panitia": [TITLE, *OTHERS]}, ["Budi"]),
        ({"Peserta": [TITLE, *ROWS, (), ("DAFTAR HADIR NARASUMBER",), *OTHERS]}, ["Budi"]),
        ({"Data": [("DAFTAR HADIR NARASUMBER DAN MODERATOR",), TITLE, *OTHERS]}, "DAFTAR HADIR NARASUMBER DAN MODERATOR"),
        ({"Data": [TITLE, *ROWS, ("B. PANITIA",), OTHERS[1]]}, "B. PANITIA"),
        ({"Data": [TITLE, *ROWS, ("Narasumber",), OTHERS[1]]}, "Narasumber"),
        ({"Data": [("PANITIA PELAKSANA BIMTEK",), ("DAFTAR HADIR",), TITLE, *ROWS]}, ["Budi"]),
        ({"Data": [("Narasumber : Dr. Andi",), TITLE, *ROWS]}, ["Budi"]),
        ({"Data": [("DAFTAR HADIR PESERTA DAN PANITIA",), TITLE, *ROWS]}, ["Budi"]),
    ],
    ids=["a sheet", "a title below", "a title", "a line", "a bare line", "a letterhead", "who taught", "of both"],
)  # fmt: skip
def test_who_taught_or_organised_is_no_participant(
    store: Store, deliver: Deliver, read: Read, sheets: dict[str, list[tuple[str, ...]]], found: list[str] | str
) -> None:
    """They had been there as participants, who are none."""
    deliver("attendance/2026-01/a.xlsx", workbook(sheets))
    report = read()["attendance/2026-01/a.xlsx"]
    if isinstance(found, str):
        assert (report.reason_code, report.seen) == ("FILE_OTHERS", f"{found!r}.")
    else:
        assert [name for name, *_ in presences(store)] == found
        assert ("a list of who taught or organised is left out" in report.drift) is ("Peserta" in sheets)


@pytest.mark.parametrize(
    ("source", "header", "cells"),
    [("attendance", ("Hari 1",), ("H",)), ("enrolments", ("Status Peserta",), ("Selesai",))],
)
@pytest.mark.parametrize(("said", "is_told"), [("Ketua Panitia", True), ("Narasumber", True), ("Ketua kelas", False)])
def test_a_column_that_says_who_taught_or_organised_is_told(
    deliver: Deliver, read: Read, source: str, header: tuple[str, ...], cells: tuple[str, ...], said: str, is_told: bool
) -> None:
    deliver(f"{source}/2026-01/a.xlsx", book(TITLE, ("NIP", "Nama", *header, "Peran"), (BUDI, "Budi", *cells, said)))
    drift = read()[f"{source}/2026-01/a.xlsx"].drift
    assert ("says who taught or organised, and they are read as participants: 1 rows" in drift) is is_told


@pytest.mark.parametrize(
    ("above", "cells", "found"),
    [
        ((), (8, 4, 1), []),
        ((), (2, 1, 1), []),
        ((), ("1,5", "H", 1), ["hadir"]),
        ((), (1, "A", 1), ["hadir", "alpa", "hadir"]),
        (("1 = hadir, 2 = izin",), (1, 2, 1), ["hadir", "izin", "hadir"]),
    ],
    ids=["hours", "sessions", "halves", "ones", "a legend"],
)
def test_a_one_among_counts_is_no_presence(
    store: Store, deliver: Deliver, read: Read, above: tuple[str, ...], cells: tuple[object, ...], found: list[str]
) -> None:
    """Whoever had been there for one hour of eight was present."""
    rows = zip((BUDI, SITI, JOKO), cells, strict=True)
    deliver("attendance/2026-01/a.xlsx", book(TITLE, above, ("NIP", "Hari 1"), *rows))
    read()
    assert sorted(status for *_, status in presences(store)) == sorted(found)
    assert {reason for *_, reason in refused(store)} <= {"PRESENCE_COUNT"}
