"""Scales of which the lowest grade is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.delivery.cells.legend import check_grades
from warehouse.delivery.sheets.titles import find_facts
from warehouse.staging.report import FileReport

from ..conftest import book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
CLASS = ("Kode Kelas : TS-2026-01-001",)
FORM = [("Timestamp", "Materi [Kejelasan]"), ("13/01/2026 09:00:01", 1), ("13/01/2026 09:00:02", 2)]
OBSERVED = [("NIP", "Tanggal pengamatan", "Pengamat", "Fase", "Aspek", "Nilai"), ("198503152010011001", "13/01/2026", "Atasan", "Sebelum", "KINERJA", 1)]  # fmt: skip
TURNED = ("Keterangan : 1 = Sangat Baik, 2 = Baik, 3 = Cukup, 4 = Kurang",)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("google_form_4", [CLASS, TURNED, *FORM]),
        ("google_form_4", [CLASS, ("Skala 1 - 4 (1 = Sangat Baik, 4 = Kurang)",), *FORM]),
        ("google_form_4", [CLASS, ("Sangat Baik = 1, Baik = 2, Cukup = 3, Kurang = 4",), *FORM]),
        ("google_form_4", [CLASS, *FORM, ("Keterangan :",), ("1 = Sangat Baik",), ("2 = Baik",), ("4 = Kurang",)]),
        ("observations", [CLASS, ("Skala minimum : 1",), ("Skala maksimum : 4",), TURNED, *OBSERVED]),
    ],
    ids=["above", "in brackets", "the grade behind", "below", "an observation"],
)  # fmt: skip
def test_a_file_whose_lowest_grade_is_the_best_is_refused(
    deliver: Deliver, read: Read, name: str, rows: Sequence[Sequence[object]]
) -> None:
    """Who was most content had been counted among those who were not."""
    deliver(f"{name}/2026-01/a.xlsx", book(*rows))
    report = read()[f"{name}/2026-01/a.xlsx"]
    assert (report.reason_code, report.seen.casefold()) == ("FILE_TURNED", "1 = 'sangat baik', 4 = 'kurang'.")


@pytest.mark.parametrize(
    "line",
    [
        "Skala penilaian: 1 (Sangat Baik) sampai 4 (Kurang)",
        "Skala : Sangat Baik (1) - Kurang (4)",
        "Skala 1-4 (1: Sangat Baik, 4: Kurang)",
        "1. Sangat Baik  2. Baik  3. Cukup  4. Kurang",
        "Beri nilai 1 untuk sangat baik, 4 untuk kurang",
    ],
)
def test_what_a_grade_means_is_said_in_many_ways(deliver: Deliver, read: Read, line: str) -> None:
    deliver("google_form_4/2026-01/a.xlsx", book(CLASS, (line,), *FORM))
    assert read()["google_form_4/2026-01/a.xlsx"].reason_code == "FILE_TURNED"


@pytest.mark.parametrize(
    "line",
    [
        "1 (tidak baik) sampai 4 (sangat baik)",
        "1. Tidak Baik 2. Kurang Baik 3. Baik 4. Sangat Baik",
        "Petunjuk : 1. Isilah dengan baik; 2. Tidak boleh kosong",
        "Kelas 1 (baik), 30 (tiga puluh) orang",
        "Keterangan : 1 = Tidak Puas, 2 = Kurang Puas, 3 = Puas, 4 = Sangat Puas",
        "Sangat Kurang = 1, Kurang = 2, Baik = 3, Sangat Baik = 4",
        "1 = Baik, 2 = Sangat Baik",
        "Nilai baik : 1",
        "Peserta baik = 1 orang, kurang = 4 orang",
        "Hadir = 1, Tidak = 0",
    ],
)
def test_other_legends_are_as_they_were(line: str) -> None:
    check_grades(find_facts([("Skala maksimum : 4",), (line,)]), {})
