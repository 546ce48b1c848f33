"""Columns that are called alike: which of them is meant cannot be told, and the first alone would be read without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
NIP = "198503152010011001"
YEAR, CLASS, MOST = ("Tahun : 2025",), ("Kode Kelas : TS-2026-01-001",), ("Nilai Maksimum : 100",)
RATED = ("Sesuai Ekspektasi", "Sesuai Ekspektasi")


@pytest.mark.parametrize(
    ("source", "rows", "heading"),
    [
        ("performance", [("NIP", "Penilai A", "", "Penilai B", ""), ("", *["Hasil Kerja", "Perilaku Kerja"] * 2), (NIP, *RATED, *RATED)], "Hasil Kerja"),
        ("assessments", [CLASS, ("HASIL PRE TEST",), MOST, ("NIP", "Materi A", "Materi B"), ("", "Nilai", "Nilai"), (NIP, 60, 80)], "Nilai"),
    ],
    ids=["a group a rater", "a group a subject"],
)  # fmt: skip
def test_a_list_with_several_groups_of_the_same_columns_is_refused(
    store: Store, deliver: Deliver, source: str, rows: list[tuple[object, ...]], heading: str
) -> None:
    deliver(f"{source}/2026-01/a.xlsx", book(*rows))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == (
        "FILE_COLUMNS", f"Several columns are called {heading!r}: only one of them may be."
    )  # fmt: skip


def test_ratings_with_a_group_of_columns_per_year_are_refused(store: Store, deliver: Deliver, read: Read) -> None:
    """A column that is called after a year alone holds its predicate, where nothing stands below it."""
    header = [("NIP", "2024", "", "2025", ""), ("", *["Hasil Kerja", "Perilaku Kerja"] * 2)]
    deliver("performance/2026-01/a.xlsx", book(*header, (NIP, *RATED, *RATED)))
    report = read()["performance/2026-01/a.xlsx"]
    assert (report.reason_code, report.seen) == (
        "FILE_COLUMNS", "Below '2024' stand 2 columns: only one of them may be."
    )  # fmt: skip


def test_of_ratings_with_a_group_of_columns_per_year_each_predicate_is_read(
    store: Store, deliver: Deliver, read: Read
) -> None:
    header = [("NIP", "2024", "", "", "2025"), ("", *["Hasil Kerja", "Perilaku", "Predikat"] * 2)]
    deliver("performance/2026-01/a.xlsx", book(*header, (NIP, *RATED, "Baik", *RATED, "Sangat Baik")))
    read()
    found = staged_rows(store, "performance").select("period_end", "predicate").sort("period_end").rows()
    assert [(f"{day:%Y}", predicate) for day, predicate in found] == [("2024", "baik"), ("2025", "sangat_baik")]


def test_of_ratings_with_a_group_of_columns_per_quarter_each_predicate_is_read(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """It was one of the first quarter, as if of the whole year."""
    header = [("NIP", "Triwulan I", "", "", "Triwulan II"), ("", *["Hasil Kerja", "Perilaku", "Predikat"] * 2)]
    deliver("performance/2026-01/a.xlsx", book(YEAR, *header, (NIP, *RATED, "Baik", *RATED, "Kurang")))
    read()
    rows = staged_rows(store, "performance").sort("period_end").select("period_end", "predicate", "work_rating")
    assert [(str(day), *rest) for day, *rest in rows.rows()] == [
        ("2025-03-31", "baik", None),
        ("2025-06-30", "kurang", None),
    ]
