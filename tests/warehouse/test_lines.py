"""Lines between the people of a list that say something of the list, and are nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.delivery.sheets.banners import is_said
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
CLASS, MOST = ("Kode Kelas : TS-2026-01-001",), ("Nilai Maksimum : 100",)
NAME = "assessments/2026-01/a.xlsx"


def scores(*lines: Sequence[object], is_numbered: bool = True) -> bytes:
    """A list of tests with these lines between its people, and once more below them."""
    people = [(1, "Budi", "198503152010011001", 70), *lines, (2, "Siti", "198703162011012002", 80), *lines]
    rows = [("No", "Nama", "NIP", "Pre Test"), *people]
    return book(CLASS, MOST, *(row if is_numbered else row[1:] for row in rows))


@pytest.mark.parametrize("is_numbered", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        ("", "Kode Kelas : TS-2026-01-001"),
        ("", "Kode Kelas", ": ts-2026-01-001"),
        ("", "Nilai Maksimum : 100"),
        ("", "Nilai Minimum", "", 40),
        ("", "Tahun 2026"),
        ("", "Tahun", "2026"),
        ("", "Tahun Anggaran : 2026"),
        ("", "Tempat : Aula", "Lantai 2"),
    ],
)
def test_a_line_that_says_something_of_the_list_is_nobody(
    store: Store, deliver: Deliver, read: Read, line: Sequence[object], is_numbered: bool
) -> None:
    """It was somebody of whom nobody had heard."""
    deliver(NAME, scores(line, is_numbered=is_numbered))
    report = read()[NAME]
    assert (report.n_read, report.n_refused, report.n_skipped) == (2, 0, 2)
    assert staged_rows(store, "assessments").get_column("score").sort().to_list() == [70, 80]


@pytest.mark.parametrize("row", [("1", "Budi", ""), ("", "Tahun", "198503152010011001"), ("", "Materi Handayani", "H"), ("Hari", "80"), ("", "Hari", ""), ("", "", ""), ("", "Nilai", "80", "90")])  # fmt: skip
def test_a_person_says_nothing_of_the_list(row: tuple[str, ...]) -> None:
    assert not is_said(row)


@pytest.mark.parametrize(
    "lines",
    [
        [("", "Kode Kelas : TS-2026-01-002")],
        [("", "Kode Angkatan", ": TS-2026-01-002")],
        [("", "Kode Kelas : TS-2026-01-002"), ("", "Tempat : Aula"), ("", "Tahun 2026")],
    ],
    ids=["one cell", "two cells", "lines"],
)
def test_people_below_a_line_that_says_another_class_are_not_of_the_first(
    deliver: Deliver, read: Read, lines: list[Sequence[object]]
) -> None:
    """They had been, without a word."""
    deliver(NAME, scores(*lines))
    report = read()[NAME]
    shown = " ".join(cell for cell in map(str, lines[0]) if cell)
    assert report.reason_code == "FILE_FACTS"
    assert report.seen == f"Row 5 {shown!r}: the people below are of another class. 'Kode Kelas : ...'"


@pytest.mark.parametrize("at", [0, 1])
def test_a_small_table_below_a_list_that_counts_its_people_is_nobody(
    store: Store, deliver: Deliver, read: Read, at: int
) -> None:
    counted = [
        ("Keterangan", "Jumlah"),
        ("Hadir", 1),
        ("Sakit", "0 orang"),
        ("Tanpa Keterangan", 0),
        ("Tidak Hadir", "0%"),
    ]
    below = [("REKAPITULASI",), *(("", *row)[1 - at :] for row in counted)]
    rows = [CLASS, ("No", "Nama", "NIP", "Sesi 1"), (1, "Budi", "198503152010011001 (PNS)", "H"), (), *below]
    deliver("attendance/2026-01/a.xlsx", book(*rows))
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted, report.drift) == (1, 1, "")
