"""The class of a list without a line that says it: one code in its titles, or in the name of its sheet or file, or no class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from schemas.sources import SOURCES
from warehouse.delivery.cells import values
from warehouse.delivery.cells.class_code import class_of, over
from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI = "198503152010012001"
TABLE = [["NIP", "Nama", "12 Januari 2026"], [ANI, "Ani", "H"]]
CLASS = "TS-2026-01-001"


def classes(store: Store) -> list[str]:
    return pl.read_parquet(store.staging / "attendance" / "2026-01.parquet").get_column("class_id").unique().to_list()


@pytest.mark.parametrize(
    ("file", "sheet", "title"),
    [
        ("absen minggu 2", "Sheet1", f"PELATIHAN {CLASS} MINGGU KE-2"),
        ("absen minggu 2", "Sheet1", f"Nama Diklat : {CLASS} Manajemen Dokumen"),
        ("absen minggu 2", f"{CLASS} mg 2", "DAFTAR HADIR"),
        (f"absen {CLASS} minggu 2", "Sheet1", "DAFTAR HADIR"),
        (f"daftar_hadir_{CLASS}_final", "Sheet1", "DAFTAR HADIR"),
        (f"{CLASS} minggu 2", CLASS, f"DAFTAR HADIR {CLASS}"),
        ("MD-01-2", "MD-01-3", f"Kode Angkatan : {CLASS}"),
    ],
    ids=["title", "another label", "sheet", "file", "file with low lines", "everywhere the same", "a line that says it, whatever the names are"],
)  # fmt: skip
def test_a_weekly_list_is_of_the_class_whose_code_stands_with_it(
    store: Store, deliver: Deliver, read: Read, file: str, sheet: str, title: str
) -> None:
    deliver(f"attendance/2026-01/{file}.xlsx", workbook({sheet: [["PEMERINTAH KOTA"], [title], *TABLE]}))
    assert read()[f"attendance/2026-01/{file}.xlsx"].n_accepted == 1
    assert classes(store) == [CLASS]


@pytest.mark.parametrize(
    ("file", "sheet", "title"),
    [
        ("absen minggu 2", "Minggu 2", "DAFTAR HADIR MINGGU KE-2"),
        ("ABSEN-MINGGU-2", "Sheet1", "DAFTAR HADIR"),
        ("absen", "Sheet1", "Nomor : UND-800-12-3"),
        ("absen", "Sheet1", "PELATIHAN COVID-19 ANGKATAN-1-2026"),
        (f"{CLASS}-2026-01-12", "Sheet1", "DAFTAR HADIR"),
        (f"absen {CLASS}", "TS-2026-01-002", "DAFTAR HADIR"),
    ],
    ids=["no code", "words", "the number of a letter", "no class's code", "a code that runs on into a day", "two codes"],
)  # fmt: skip
def test_a_list_of_no_certain_class_is_told_what_to_write(
    store: Store, deliver: Deliver, file: str, sheet: str, title: str
) -> None:
    deliver(f"attendance/2026-01/{file}.xlsx", workbook({sheet: [[title], *TABLE]}))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Kode Kelas : ...'")


@pytest.mark.parametrize(
    ("own", "merged"),
    [
        ({"kode angkatan": "B"}, {"kode angkatan": "B", "tahun": "2026"}),
        ({"hari tanggal": "12 Januari 2026"}, {"kode kelas": "A", "tahun": "2026", "hari tanggal": "12 Januari 2026"}),
    ],
)
def test_the_class_of_a_later_table_replaces_that_of_the_first(
    own: Mapping[str, str], merged: Mapping[str, str]
) -> None:
    assert over({"kode kelas": "A", "tahun": "2026"}, own) == merged


def test_a_line_that_says_the_class_leaves_no_code_to_be_looked_for() -> None:
    assert class_of([CLASS], {"id kelas": "K-1"}) == {}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("ts-2026-01-001", "TS-2026-01-001"),
        ("TS - 2026 - 01 - 001", "TS-2026-01-001"),
        ("Ts-2026–01-001 (Angkatan I)", "TS-2026-01-001"),
        ("md.01.2", "MD.01.2"),
        ("TS-2026-01-001 - Pengadaan Barang", "TS-2026-01-001"),
        ("Manajemen Dokumen (ts-2026-01-001)", "TS-2026-01-001"),
        ("TS-2026-01-001 Kelas A", "TS-2026-01-001 Kelas A"),
        ("TS-2026-01-001 pindahan", "TS-2026-01-001 pindahan"),
        ("TS-2026-01-001 dan TS-2026-01-002", None),
        ("MD-01-1 s.d. MD-01-3", None),
        ("kelas-a", "kelas-a"),
        ("SIASN-5-2024-01-02-Badan Kepegawaian", "SIASN-5-2024-01-02-Badan Kepegawaian"),
        ("AAA-2013J", "AAA-2013J"),
    ],
)
def test_a_class_is_the_same_however_its_code_is_typed(written: str, code: str | None) -> None:
    column = SOURCES["attendance"].column("class_id")
    found, codes = values.Reader().parse(pl.Series([written]), column)
    assert (found.item(), codes) == (code, {} if code else {written: "CODE_SEVERAL"})


def test_a_sheet_that_is_called_after_another_class_than_its_list_is_told(deliver: Deliver, read: Read) -> None:
    """The line above the table is copied from sheet to sheet, and everybody was of the first class without a word."""
    rows = [("Kode Kelas : TS-2026-01-001",), ("NIP", "Hari 1"), ("198503152010011001", "H")]
    deliver(
        "attendance/2026-01/a.xlsx",
        workbook({"TS-2026-01-001": rows, "TS-2026-01-002": [*rows[:2], ("198703162011012002", "H")]}),
    )
    told = "sheet 2 is called after another class than the list in it: TS-2026-01-002"
    assert read()["attendance/2026-01/a.xlsx"].drift == told
    assert kept("id")(told) is not None


@pytest.mark.parametrize(
    ("heading", "classes"), [("Kelas", ["TS-2026-01-001", "TS-2026-01-002"]), ("Angkatan", ["TS-2026-01-001"] * 2)]
)
@pytest.mark.parametrize("number", ["NIP", "Nama"])
def test_a_column_of_codes_says_the_class_of_each_row_whatever_it_is_called(
    store: Store, deliver: Deliver, read: Read, heading: str, classes: list[str], number: str
) -> None:
    """Such a list was refused as one that does not say its class."""
    people = {"Budi": "198503152010011001", "Siti": "198703162011012002"}
    head = ("NIP", "Nama lengkap", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan")
    deliver("employees/2026-01/p.xlsx", book(head, *((nip, name, "PNS", "DINKES", "pelaksana") for name, nip in people.items())))  # fmt: skip
    rows = [(nip if number == "NIP" else name, code, "H") for (name, nip), code in zip(people.items(), classes, strict=True)]  # fmt: skip
    deliver(
        "attendance/2026-01/a.xlsx", book(("DAFTAR HADIR",), (number, heading, "Hari 1"), ("(1)", "(2)", "(3)"), *rows)
    )
    read()
    assert staged_rows(store, "attendance").sort("source_row").get_column("class_id").to_list() == classes


def test_a_column_of_rooms_or_groups_is_none_of_classes(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [("Kode Kelas : TS-2026-01-001",), ("NIP", "Kelas", "Hari 1"), ("198503152010011001", "A", "H")]
    deliver("attendance/2026-01/a.xlsx", book(*rows))
    read()
    assert staged_rows(store, "attendance").get_column("class_id").to_list() == ["TS-2026-01-001"]


def test_participants_by_name_may_have_a_column_of_classes_below_a_line_of_their_state(
    store: Store, deliver: Deliver, read: Read
) -> None:
    head = ("NIP", "Nama lengkap", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan")
    deliver("employees/2026-01/p.xlsx", book(head, ("198503152010011001", "Budi", "PNS", "DINKES", "pelaksana")))
    rows = [("Status Keikutsertaan : terdaftar",), ("No", "Nama", "Kelas"), (1, "Budi", "TS-2026-01-001")]
    deliver("enrolments/2026-01/a.xlsx", book(*rows))
    read()
    assert staged_rows(store, "enrolments").select("class_id", "status").rows() == [("TS-2026-01-001", "registered")]


@pytest.mark.parametrize("number", ["NIP", "Nama"])
def test_scores_of_one_test_may_have_a_column_of_classes(
    store: Store, deliver: Deliver, read: Read, number: str
) -> None:
    """They were refused as lacking the test, which their title says."""
    head = ("NIP", "Nama lengkap", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan")
    deliver("employees/2026-01/p.xlsx", book(head, ("198503152010011001", "Budi", "PNS", "DINKES", "pelaksana")))
    who = "Budi" if number == "Nama" else "198503152010011001"
    rows = [("HASIL POST TEST",), ("Nilai Maksimum : 100",), (number, "Kelas", "Nilai"), (who, "TS-2026-01-001", 80)]
    deliver("assessments/2026-01/a.xlsx", book(*rows))
    read()
    found = staged_rows(store, "assessments").select("class_id", "kind", "score").rows()
    assert found == [("TS-2026-01-001", "post", 80.0)]
