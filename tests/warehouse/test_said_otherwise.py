"""What a title or a line says of a whole list is not contradicted by how its cells are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.staging.month import FileReport

from ..conftest import book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
CLASS = ("Kode Kelas : TS-2026-01-001",)
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


@pytest.mark.parametrize("folder", LISTS)
@pytest.mark.parametrize("line", ["Skala 1-4", "Keterangan : 1 = Tidak Baik, 4 = Sangat Baik", "Mutu pelayanan : 3,53 - 4,00 = A", "Nilai konversi 25 - 100"])  # fmt: skip
def test_a_line_of_the_same_scale_or_of_what_is_made_of_it_says_nothing_else(
    folder: str, line: str, deliver: Deliver, read: Read
) -> None:
    deliver(f"{folder}/2026-01/a.xlsx", book(*SURVEY, (line,), *LISTS[folder]))
    report = read()[f"{folder}/2026-01/a.xlsx"]
    assert report.n_accepted == report.n_read > 0
