"""Rows that a layout leaves out are told where they hold answers, and a list of which nothing is read is none without rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.staging.report import FileReport
from warehouse.words.kept import kept

from ..conftest import book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ELEMENTS = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
LINES = [("SKM TW IV 2025",), ("Unit Pelayanan : DUKCAPIL",)]
SUMS = [("Jumlah", *[7] * 9), ("NRR", *[3.5] * 9), ("NRR Tertimbang", *[0.38] * 9), ("IKM", 87.5)]


@pytest.mark.parametrize("number", ["{}", "R{}", "R-0{}", "Responden {}", "Kuesioner {}.", "No. {}"])
def test_forms_are_numbered_in_any_way(deliver: Deliver, read: Read, number: str) -> None:
    """Those with letters before their numbers were left out without a word, and the file accepted."""
    forms = [(number.format(at), *[5 - at] * 9) for at in (1, 2)]
    deliver("skm_responden/2026-01/a.xlsx", book(*LINES, ("No Responden", *ELEMENTS), *forms, *SUMS))
    aspects = ("Materi", "Narasumber", "Metode", "Penyelenggara")
    answers = [(number.format(at), *[5 - at] * 4) for at in (1, 2)]
    deliver("survey_export_4/2026-01/a.xlsx", book(("Kode Kelas : TS-2026-01-001",), ("No", *aspects), *answers))
    reports = read().values()
    assert sorted((report.n_accepted, report.n_read, report.drift) for report in reports) == [(8, 8, ""), (18, 18, "")]


def test_answers_without_a_number_are_told_and_sums_are_not(deliver: Deliver, read: Read) -> None:
    forms = [(1, *[4] * 9), ("", *[3] * 9), ("x", *["Sangat Baik"] * 9)]
    deliver("skm_responden/2026-01/a.xlsx", book(*LINES, ("No", *ELEMENTS), *forms, *SUMS))
    report = read()["skm_responden/2026-01/a.xlsx"]
    sentence = "rows of answers lack their number, and are not read: 2 rows"
    assert (report.n_accepted, report.drift) == (9, sentence)
    assert (kept("id")(sentence) or "").startswith("baris jawaban tanpa nomor responden tidak dibaca (2 baris)")


def test_rows_of_which_nothing_is_read_are_told(deliver: Deliver, read: Read) -> None:
    """An S-curve of weeks was said to have no row."""
    lines = [("KURVA S TAHUN 2026",), ("Kode Paket : P-1",), ("OPD : DLH",)]
    rows = [("Uraian", "Minggu 1", "Minggu 2"), ("Rencana Kumulatif", 10, 30), ("Realisasi Kumulatif", 9, 27)]
    deliver("project_report/2026-01/a.xlsx", book(*lines, *rows))
    sentence = "nothing that is read stands in the rows below the headings: 2 rows"
    assert read()["project_report/2026-01/a.xlsx"].drift == sentence
