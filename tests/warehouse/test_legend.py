"""What a list of presences says its own letters mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.delivery.cells.legend import is_legend, legend_of
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
CLASS = ("Kode Kelas : TS-2026-01-001",)
LIST = [("No", "Nama", "NIP", "Hari 1"), (1, "Budi", "198503152010011001", "H"), (2, "Siti", "198703162011012002", "A")]
NAME = "attendance/2026-01/a.xlsx"


@pytest.mark.parametrize(
    "legend",
    [
        [("Keterangan :",), ("H = Hadir",), ("A = Absen tanpa keterangan",), ("S = Sakit",), ("TK = Tanpa Keterangan",)],
        [("H = Hadir", "S = Sakit", "I = Izin (tidak hadir)", "A = Alpa/Mangkir")],
        [("Ket.", "H : Hadir", "I : Ijin", "A : Alfa")],
        [("", "Keterangan"), ("", "H", "=", "Hadir"), ("", "A", "=", "Alpa")],
        [("H = Hadir, S = Sakit, I = Izin, A = Alpa",)],
    ],
    ids=["a line each", "a cell each", "behind a label", "in three cells", "one line"],
)  # fmt: skip
@pytest.mark.parametrize("is_above", [True, False])
def test_a_legend_that_says_what_everybody_reads_is_nobody(
    store: Store, deliver: Deliver, read: Read, legend: list[tuple[str, ...]], is_above: bool
) -> None:
    deliver(NAME, book(CLASS, *(legend if is_above else []), *LIST, *([] if is_above else legend)))
    report = read()[NAME]
    assert (report.n_read, report.n_refused, report.reason_code) == (2, 0, "")
    assert staged_rows(store, "attendance").get_column("status").to_list() == ["hadir", "alpa"]


@pytest.mark.parametrize(
    ("legend", "seen"),
    [
        ([("Keterangan :",), ("A : Ada/Hadir",), ("B : Izin",)], "A = 'Ada/Hadir', where A is read as 'alpa'."),
        ([("A = Ada", "T = Tidak", "S = Sakit", "I = Izin")], "A = 'Ada', where A is read as 'alpa'."),
        ([("I = Ikut, S = Sakit, T = Tidak",)], "I = 'Ikut', where I is read as 'izin'."),
        ([("S = Sudah datang",)], "S = 'Sudah datang', where S is read as 'sakit'."),
        ([("C", "=", "Tidak Hadir")], "C = 'Tidak Hadir', where C is read as 'cuti'."),
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_a_list_whose_letters_mean_something_else_is_refused(
    deliver: Deliver, read: Read, legend: list[tuple[str, ...]], seen: str, is_above: bool
) -> None:
    """Who was there had been called absent."""
    deliver(NAME, book(CLASS, *(legend if is_above else []), *LIST, *([] if is_above else legend)))
    report = read()[NAME]
    assert (report.reason_code, report.seen, report.n_accepted) == ("FILE_LEGEND", seen, 0)


def listed(cells: str, *legend: tuple[str, ...], heading: str = "Hari 1", is_above: bool = False) -> bytes:
    """A list of people, one with each of these signs."""
    people = [(at, f"1985031520100110{at:02}", sign) for at, sign in enumerate(cells, start=1)]
    rows = [("No", "NIP", heading), *people]
    return book(CLASS, *(legend if is_above else ()), *rows, *(() if is_above else legend))


@pytest.mark.parametrize("is_above", [True, False])
@pytest.mark.parametrize(
    ("cells", "legend", "found"),
    [
        ("HXV", [("X = tidak hadir", "V = hadir")], ["hadir", "alpa", "hadir"]),
        ("PTX", [("Keterangan :",), ("P : Perjalanan Dinas",), ("T : Terlambat",), ("X : Alpa/Mangkir",)], ["dinas luar", "hadir", "alpa"]),
        ("xvX", [("x = tidak hadir, v = hadir",)], ["alpa", "hadir", "alpa"]),
        ("1230", [("1 = Hadir, 2 = Izin, 3 = Sakit, 0 = Alpa",)], ["hadir", "izin", "sakit", "alpa"]),
        ("HTX", [("T = Tugas Belajar, X = Izin atau Sakit",)], ["hadir"]),
        ("HX", [], ["hadir"]),
    ],
    ids=["crosses", "a line each", "small letters", "digits", "no word of ours", "no legend"],
)  # fmt: skip
def test_a_sign_that_nobody_knows_is_read_as_the_list_explains_it(
    store: Store,
    deliver: Deliver,
    read: Read,
    cells: str,
    legend: list[tuple[str, ...]],
    found: list[str],
    is_above: bool,
) -> None:
    """It had been refused; what the legend does not explain, or with no one word of ours, still is."""
    deliver(NAME, listed(cells, *legend, is_above=is_above))
    report = read()[NAME]
    assert (report.reason_code, report.n_refused) == ("", len(cells) - len(found))
    assert staged_rows(store, "attendance").sort("source_row").get_column("status").to_list() == found


def test_in_a_column_of_signatures_an_explained_sign_is_none(store: Store, deliver: Deliver, read: Read) -> None:
    """Whatever is written there is a signature, and so had been the cross of who was away."""
    deliver(NAME, listed("XVR", ("X = tidak hadir", "V = hadir"), heading="Tanda Tangan Hari 1"))
    read()
    statuses = staged_rows(store, "attendance").sort("source_row").get_column("status").to_list()
    assert statuses == ["alpa", "hadir", "hadir"]


@pytest.mark.parametrize(("second", "found"), [("X = Alpa", ["alpa", "alpa"]), ("X = Hadir", [])])
def test_a_legend_on_one_sheet_explains_the_others_unless_they_contradict_it(
    store: Store, deliver: Deliver, read: Read, second: str, found: list[str]
) -> None:
    sheets = {
        "1": [CLASS, ("NIP", "Hari 1"), ("198503152010011001", "X"), (second,)],
        "2": [CLASS, ("NIP", "Hari 2"), ("198503152010011001", "X"), ("X = Alpa",)],
    }
    deliver(NAME, workbook(sheets))
    assert read()[NAME].n_refused == 2 - len(found)
    assert staged_rows(store, "attendance").get_column("status").to_list() == found


def test_a_legend_below_a_text_file_counts_too(deliver: Deliver, read: Read) -> None:
    text = "Kode Kelas : TS-2026-01-001\nNo;NIP;Hari 1\n1;198503152010011001;A\n2;198703162011012002;A\n\nA = Ada\nT = Tidak\n"
    deliver("attendance/2026-01/a.csv", text)
    assert read()["attendance/2026-01/a.csv"].reason_code == "FILE_LEGEND"


@pytest.mark.parametrize(
    "row",
    [("Budi", "A"), ("No", ":", "5"), ("2", "Siti", "H", "A"), ("", ""), ("NIP. 1985",), ("1", "Budi"), ("1 : Budi",)],
)
def test_a_person_is_no_legend(row: tuple[str, ...]) -> None:
    assert (is_legend(row), legend_of(row)) == (False, {})


@pytest.mark.parametrize(
    ("legend", "status"),
    [
        (("Keterangan : v = hadir, - = tidak hadir",), "alpa"), (("v = Hadir, – = Sakit",), "sakit"), (("- = tidak hadir",), "alpa"),
        (("v = hadir, - = tidak ada kegiatan",), "unknown"), (("v = hadir",), "unknown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_above", [True, False])
def test_a_dash_is_what_the_list_says_that_it_means(
    store: Store, deliver: Deliver, read: Read, legend: tuple[str, ...], status: str, is_above: bool
) -> None:
    """Whoever was away was unknown, and everybody of whom something was known had been there."""
    rows = [LIST[0], (*LIST[1][:3], "v"), (*LIST[2][:3], "–" if "–" in legend[0] else "-")]
    deliver(NAME, book(CLASS, *([legend] if is_above else []), *rows, *([] if is_above else [legend])))
    read()
    assert staged_rows(store, "attendance").get_column("status").to_list() == ["hadir", status]


@pytest.mark.parametrize(
    ("legend", "status"),
    [
        (("Keterangan : Sel kosong = tidak hadir",), "alpa"), (("v = hadir, kosong = izin",), "izin"), (("Kosong", "=", "Tidak hadir"), "alpa"),
        (("Catatan : yang tidak diisi = tidak hadir",), "alpa"), (("kosong = belum dilaksanakan",), "unknown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_above", [True, False])
def test_an_empty_cell_is_what_the_list_says_that_it_means(
    store: Store, deliver: Deliver, read: Read, legend: tuple[str, ...], status: str, is_above: bool
) -> None:
    """Whoever was away was unknown, and everybody of whom something was known had been there. A day of which nobody says anything may be still to come."""
    rows = [(*LIST[0], "Hari 2"), (*LIST[1][:3], "v", ""), (*LIST[2][:3], "", "")]
    deliver(NAME, book(CLASS, *([legend] if is_above else []), *rows, *([] if is_above else [legend])))
    assert read()[NAME].n_read == 4
    found = staged_rows(store, "attendance").sort("session_no", "source_row").get_column("status").to_list()
    assert found == ["hadir", status, "unknown", "unknown"]


@pytest.mark.parametrize(
    ("legend", "cell", "seen"),
    [
        (("Keterangan : warna merah = tidak hadir",), "", "'warna merah = tidak hadir'."),
        (("Merah", "=", "Alpa"), "", "'merah = Alpa'."),
        (("hijau = hadir, yang diarsir = izin",), "", "'yang diarsir = izin'."),
        (("hijau = hadir",), "", ""),
        (("merah = tidak hadir",), "A", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_above", [True, False])
def test_a_list_whose_colours_say_who_was_away_is_refused(
    deliver: Deliver, read: Read, legend: tuple[str, ...], cell: str, seen: str, is_above: bool
) -> None:
    """Of everybody of whom something was known it was that they had been there."""
    rows = [LIST[0], LIST[1], (*LIST[2][:3], cell)]
    deliver(NAME, book(CLASS, *([legend] if is_above else []), *rows, *([] if is_above else [legend])))
    report = read()[NAME]
    assert (report.reason_code, report.seen) == (("FILE_COLOURS", seen) if seen else ("", ""))
