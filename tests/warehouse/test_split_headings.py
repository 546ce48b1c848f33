"""Headings that stand over several columns, whose labels are in the row below."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from warehouse.staging.month import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
Rows = Sequence[Sequence[object]]
BUDI = "198503152010011001"
CLASSES = ("No", "Kode Kelas", "Kode Program", "Versi")
CLASS = (1, "TS-2026-01-001", "MD-01", "1")
PROJECT = ("Kode Proyek", "Unit Kerja", "Bulan", "Target Fisik Kumulatif (%)", "Realisasi Fisik Kumulatif (%)")
SCORED = ("NIP", "Kode Kelas", "Tanggal Pengamatan", "Pengamat", "Fase", "Aspek", "Skala minimum", "Skala maksimum")


@pytest.mark.parametrize("is_merged", [False, True])
@pytest.mark.parametrize(
    ("source", "header", "labels", "row", "column"),
    [
        ("classes", (*CLASSES, "JP", ""), ("Teori", "Praktik"), (*CLASS, 10, 14), "JP"),
        ("classes", (*CLASSES, "Biaya", ""), ("Rencana", "Realisasi"), (*CLASS, 25_000_000, 20_000_000), "Biaya"),
        ("classes", (*CLASSES, "Target Peserta", ""), ("L", "P"), (*CLASS, 10, 14), "Target Peserta"),
        ("projects", (*PROJECT, "Realisasi Keuangan", ""), ("%", "Rp"), ("P-1", "DLH", "Jan 2026", 9, 8, 50, 500_000), "Realisasi Keuangan"),
        ("observations", (*SCORED, "Nilai", ""), ("Awal", "Akhir"), (BUDI, "TS-2026-01-001", "12/01/2026", "Atasan", "Sebelum", "KINERJA", 1, 4, 3, 4), "Nilai"),
    ],
)  # fmt: skip
def test_of_several_columns_below_a_heading_none_is_read_for_it(
    deliver: Deliver, read: Read, source: str, header: Sequence[str], labels: Sequence[str], row: Sequence[object], column: str, is_merged: bool
) -> None:  # fmt: skip
    """The first of them had counted, such as the hours of theory for all hours."""
    made = openpyxl.Workbook()
    plain = len(header) - 2
    for cells in (("DAFTAR",), header, (*[""] * plain, *labels), row):
        made.active.append(cells)
    if is_merged:
        for at in range(1, plain + 1):
            made.active.merge_cells(start_row=2, end_row=3, start_column=at, end_column=at)
        made.active.merge_cells(start_row=2, end_row=2, start_column=plain + 1, end_column=plain + 2)
    buffer = io.BytesIO()
    made.save(buffer)
    name = f"{source}/2026-01/a.xlsx"
    deliver(name, buffer.getvalue())
    report = read()[name]
    assert (report.reason_code, report.seen) == (
        "FILE_COLUMNS",
        f"Below {column!r} stand 2 columns: only one of them may be.",
    )
    assert (kept("id")(report.seen) or "").startswith(f"Di bawah {column!r}")


def test_labels_of_columns_that_are_not_read_are_no_row(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [(*CLASSES, "Ruang", ""), ("", "", "", "", "Pagi", "Siang"), (*CLASS, "A", "B")]
    deliver("classes/2026-01/a.xlsx", book(*rows))
    report = read()["classes/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted) == (1, 1)


def test_a_list_by_rank_is_read_with_both_rows_of_its_heading(store: Store, deliver: Deliver, read: Read) -> None:
    """Its education was what was studied, and its grades were lost."""
    top = (
        "No",
        "Nama",
        "NIP",
        "Pangkat",
        "",
        "Jabatan",
        "",
        "Masa Kerja",
        "",
        "Pendidikan",
        "",
        "",
        "Kelompok Jabatan",
    )
    below = ("", "", "", "Gol", "TMT", "Nama", "TMT", "Thn", "Bln", "Nama", "Lulus", "Tingkat", "")
    budi = (1, "Budi", BUDI, "III/c", "01-04-2020", "Analis", "01-01-2021", 10, 3, "Manajemen", 2008, "S1", "Pelaksana")
    deliver("employees/2026-01/a.xlsx", book(("Unit Kerja : DLH",), ("Status Kepegawaian : PNS",), top, below, budi))
    read()
    found = staged_rows(store, "employees").select("position_title", "grade", "education_level").rows()
    assert found == [("Analis", "III/c", "S1")]


@pytest.mark.parametrize("when", ["Tanggal Pelaksanaan", "Waktu Pelaksanaan", "Pelaksanaan", "Tanggal"])
def test_the_first_and_the_last_day_may_stand_below_one_heading(
    store: Store, deliver: Deliver, read: Read, when: str
) -> None:
    rows = [(*CLASSES, when, ""), ("", "", "", "", "Mulai", "Selesai"), (*CLASS, "12/01/2026", "14/01/2026")]
    deliver("classes/2026-01/a.xlsx", book(*rows))
    read()
    found = staged_rows(store, "classes").select("start_date", "end_date").rows()
    assert found == [(dt.date(2026, 1, 12), dt.date(2026, 1, 14))]
