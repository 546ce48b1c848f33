"""The highest grade of a test is the one that is said nearest to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI = "198503152010011001"
LINES = [("Kode Kelas : TS-2026-01-001",), ("Nilai Maksimum : 100",)]


@pytest.mark.parametrize(
    ("headings", "highest"),
    [
        (("Pre Test (0-50)", "Post Test (0-50)"), (50, 50)), (("Pre Test (maks. 50)", "Post Test"), (50, 100)), (("Pre Test", "Post Test (skala 1-60)"), (100, 60)),
        (("Pre Test (0 s.d. 50)", "Post Test (0-100)"), (50, 100)), (("Pre Test", "Post Test"), (100, 100)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["NIP", "Nama"])
def test_a_heading_says_it_nearer_than_a_line_above(
    headings: tuple[str, str], highest: tuple[int, int], who: str, store: Store, deliver: Deliver, read: Read
) -> None:
    """Thirty of fifty had been thirty of a hundred, of a test called 0-50."""
    deliver("employees/2026-01/a.xlsx", book(("NIP", "Nama", "Status Kepegawaian", "Unit Kerja", "Kelompok Jabatan"), (BUDI, "Budi Santoso", "PNS", "DINKES", "pelaksana")))  # fmt: skip
    deliver("grade_list/2026-01/a.xlsx", book(*LINES, (who, *headings), (BUDI if who == "NIP" else "Budi Santoso", 30, 45)))  # fmt: skip
    read()
    found = staged_rows(store, "assessments").sort("kind", descending=True)
    assert found.select("score", "max_score").rows() == [(30, highest[0]), (45, highest[1])]
    assert not {*found.get_column("assessment_code")} - {None, ""}


def test_the_time_at_which_a_test_began_is_no_score(store: Store, deliver: Deliver, read: Read) -> None:
    """08.00 had been eight points."""
    header = [("NIP", "Nama", "Pre Test", "", ""), ("", "", "Jam Mulai", "Selesai", "Nilai")]
    deliver("grade_list/2026-01/a.xlsx", book(*LINES, *header, (BUDI, "A", "08.00", "09.00", 60)))
    read()
    assert staged_rows(store, "assessments").get_column("score").to_list() == [60]


@pytest.mark.parametrize(
    "rows",
    [
        [("NIP", "Nilai Pre-Test dan Post-Test", ""), ("", "Pre", "Post"), (BUDI, 60, 80)],
        [("NIP", "Pretest / Posttest", ""), ("", "Pre Test", "Post Test"), (BUDI, 60, 80)],
        [("NIP", "Pre Test", "", "Post Test", ""), ("", *("Skor", "Nilai") * 2), (BUDI, 12, 60, 16, 80)],
        [("NIP", "Pre Test", "", "Post Test", ""), ("", *("Mentah", "Konversi") * 2), (BUDI, 12, 60, 16, 80)],
    ],
    ids=["both above", "both in a word", "points", "raw"],
)
def test_each_test_has_the_one_score_that_is_its_own(
    rows: list[tuple[object, ...]], store: Store, deliver: Deliver, read: Read
) -> None:
    """The test after the class had been the one before it, below a label of both; and twelve points of twenty, twelve of a hundred."""
    deliver("grade_list/2026-01/a.xlsx", book(*LINES, *rows))
    read()
    found = staged_rows(store, "assessments").sort("kind", descending=True)
    assert found.select("kind", "score").rows() == [("pre", 60), ("post", 80)]


@pytest.mark.parametrize(
    ("highest", "score", "found"),
    [(10, "8/10", 8), (10, "8 / 10", 8), (10, 10, 10), (100, "85/100", 85), (100, "85%", 85), (10, "8/20", None)],
)
@pytest.mark.parametrize("is_column", [True, False])
def test_a_score_may_say_of_how_many_points_it_is(
    store: Store, deliver: Deliver, read: Read, highest: int, score: object, found: int | None, is_column: bool
) -> None:
    line = [LINES[0], *([] if is_column else [(f"Nilai Maksimal : {highest}",)])]
    more = (("Nilai Maksimum",), (highest,)) if is_column else ((), ())
    deliver("grade_list/2026-01/a.xlsx", book(*line, ("NIP", "Pre Test", "Post Test", *more[0]), (BUDI, 5, score, *more[1])))  # fmt: skip
    report = read()["grade_list/2026-01/a.xlsx"]
    assert report.n_refused == (found is None)
    assert staged_rows(store, "assessments").sort("kind").get_column("score").to_list() == [found, 5][found is None :]


@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ("Skor maksimal 80", True), ("NILAI PRE-TEST DAN POST-TEST (SKALA 100)", True), ("Nilai maks. 80", True),
        ("Nilai maksimal 100 juta", False), ("Skala 1:100", False), ("Skor tertinggi 90", False),
    ],
)  # fmt: skip
def test_a_title_may_say_it(store: Store, deliver: Deliver, read: Read, line: str, is_said: bool) -> None:
    deliver("grade_list/2026-01/a.xlsx", book(LINES[0], (line,), ("NIP", "Pre Test", "Post Test"), (BUDI, 30, 45)))
    reports = read()
    assert bool(reports) == is_said
    if is_said:
        highest = staged_rows(store, "assessments").get_column("max_score").unique().to_list()
        assert highest == [100 if "100" in line else 80]
