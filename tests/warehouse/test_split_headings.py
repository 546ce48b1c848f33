"""Headings that stand over several columns, whose labels are in the row below."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from warehouse.staging.report import FileReport
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


@pytest.mark.parametrize("label", ["Bobot (%)", "Jumlah Benar", "Waktu Pengerjaan", "Peringkat"])
def test_what_stands_beside_scores_below_a_label_of_its_own_is_none(
    store: Store, deliver: Deliver, read: Read, label: str
) -> None:
    """Weights were the scores of a first test, and the scores those of a second."""
    lines = [("Kode Kelas : TS-2026-01-001",), ("Nilai Maksimum : 100",)]
    header = [("No", "NIP", "Nama", label, "", "Nilai", ""), ("", "", "", *("Pre Test", "Post Test") * 2)]
    deliver("grade_list/2026-01/a.xlsx", book(*lines, *header, (1, "198503152010011001", "A", 40, 60, 70, 90)))
    read()
    found = staged_rows(store, "assessments").select("kind", "assessment_code", "score").sort("score").rows()
    assert found == [("pre", None, 70), ("post", None, 90)]


def test_a_label_that_says_the_weight_or_the_day_of_scores_leaves_them_scores(
    store: Store, deliver: Deliver, read: Read
) -> None:
    lines = [("Kode Kelas : TS-2026-01-001",), ("Nilai Maksimum : 100",)]
    for at, labels in enumerate([("Bobot 40%", "Bobot 60%"), ("Tanggal Tes : 12 Januari 2026", "")], start=1):
        header = [("No", "NIP", "Nama", *labels), ("", "", "", "Pre Test", "Post Test")]
        deliver(f"grade_list/2026-01/{at}.xlsx", book(*lines, *header, (1, f"19850315201001100{at}", "A", 70, 90)))
    read()
    assert staged_rows(store, "assessments").get_column("score").to_list() == [70, 90, 70, 90]


def test_what_was_planned_beside_what_was_done_is_told_apart(store: Store, deliver: Deliver, read: Read) -> None:
    """Labels of the upper row were read as classes and programs, and the two groups as two tables."""
    header = [("Kode Kelas", "Kode Program", "Versi", "Rencana", "", "", "Realisasi", "", ""), ("", "", "", *("Tanggal Mulai", "Peserta", "Biaya") * 2)]  # fmt: skip
    row = ("TS-2026-01-001", "MD-01", 1, "12/01/2026", 30, "25.000.000", "19/01/2026", 28, "20.000.000")
    deliver("classes/2026-01/a.xlsx", book(*header, row))
    one = ("Kode Kelas", "Kode Program", "Versi", "Tanggal Mulai", "Realisasi Mulai", "Biaya", "Realisasi Anggaran")
    deliver("classes/2026-01/b.xlsx", book(one, ("TS-2026-01-002", *row[1:4], row[6], row[5], row[8])))
    read()
    found = staged_rows(store, "classes").sort("class_id").select("start_date", "planned_participants", "cost_idr")
    assert found.rows() == [(dt.date(2026, 1, 19), 30, 20_000_000), (dt.date(2026, 1, 12), None, 25_000_000)]
