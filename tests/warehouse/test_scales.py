"""Scores that are on another scale than it seems, and what stands beside them and is no score."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from warehouse.auditing.integrity import audit_build
from warehouse.database import connect
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import doubts, kept

from ..conftest import book, build, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
CLASS, MOST = ("Kode Kelas : TS-2026-01-001",), ("Nilai Maksimum : 100",)
PEOPLE = [f"19850315201001{number:04}" for number in range(1001, 1011)]


def scores(store: Store) -> dict[str, list[object]]:
    """Kind of test → its scores."""
    rows = staged_rows(store, "assessments").sort("source_row").select("kind", "score").rows()
    return {kind: [score for other, score in rows if other == kind] for kind in sorted({kind for kind, _ in rows})}


# ---------------------------------------------------------------- forms


def form(answers: list[object], folder: str) -> tuple[str, bytes]:
    rows = [(f"2026-01-13 15:{at // 60:02}:{at % 60:02}", "TS-2026-01-001", said) for at, said in enumerate(answers)]
    return f"{folder}/2026-01/a.xlsx", book(("Cap waktu", "Kode Kelas", "Materi [Kejelasan]"), *rows)


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ([5, 5, 5, *[4, 3] * 20], "3 of 43 answers are 5, above the scale of 1 to 4."),
        ([5, 5, *[4, 3] * 5], ""),
        ([5, 5, 5, *[4, 3] * 40], ""),
        ([7, 7, 7, *[4, 3] * 5], ""),
    ],
    ids=["another scale", "two", "three of many", "no point of another scale"],
)
def test_a_form_whose_answers_are_above_its_folder_s_scale_is_refused_whole(
    store: Store, deliver: Deliver, read: Read, answers: list[object], seen: str
) -> None:
    """Only the fives had been refused, so that fours and threes of five were the best and the second of four."""
    name, content = form(answers, "google_form_4")
    deliver(name, content)
    report = read()[name]
    assert (report.reason_code, report.seen) == (("FILE_SCALE", seen) if seen else ("", ""))
    assert report.n_accepted == (0 if seen else sum(said in (3, 4) for said in answers))


@pytest.mark.parametrize(("answers", "n"), [([4, 3] * 25, 50), ([4, 3] * 24, 0), ([5, *[4, 3] * 25], 0), ([3] * 60, 0)])
def test_where_nobody_gives_five_of_five_the_form_may_have_four(
    deliver: Deliver, read: Read, answers: list[object], n: int
) -> None:
    name, content = form(answers, "google_form_5")
    deliver(name, content)
    assert read()[name].drift == (f"score is nowhere 5, on a scale of 1 to 5: {n} rows" if n else "")


# ---------------------------------------------------------------- tests


@pytest.mark.parametrize(
    ("values", "n"),
    [([0.6, 0.85, 1], 3), ([0, 0, 0], 3), ([6, 8, 10], 3), ([0.6, 0.85], 0), ([6, 8, 11], 0)],
    ids=["shares", "not taken", "of ten", "two people", "one above"],
)
def test_tests_that_are_nowhere_near_the_highest_score_are_told(
    deliver: Deliver, read: Read, values: list[object], n: int
) -> None:
    rows = list(zip(PEOPLE, values, strict=False))
    deliver("assessments/2026-01/a.xlsx", book(CLASS, MOST, ("NIP", "Pre Test"), *rows))
    told = f"score is nowhere above a tenth of the highest score: {n} rows" if n else ""
    assert read()["assessments/2026-01/a.xlsx"].drift == told


@pytest.mark.parametrize(
    ("values", "n"), [(["6,5", 55, 65], 1), ([0.7, "8,5", 90], 2), ([6, 8, 90], 0), (["6,5", 12, 20], 0), ([10.5, 60, 70], 0)]
)  # fmt: skip
def test_a_score_that_may_be_ten_times_as_much_is_told(
    deliver: Deliver, read: Read, values: list[object], n: int
) -> None:
    """Whoever types 6,5 beside 55 and 65 means 65."""
    rows = list(zip(PEOPLE, values, strict=False))
    deliver("assessments/2026-01/a.xlsx", book(CLASS, MOST, ("NIP", "Pre Test"), *rows))
    sentence = "score has decimals, and is at most a tenth of the highest score: {n} rows"
    assert read()["assessments/2026-01/a.xlsx"].drift == (sentence.format(n=n) if n else "")
    assert kept("id")(sentence.format(n=1), {}) is not None


@pytest.mark.parametrize(
    ("texts", "top", "found"),
    [
        (["66,667", "53.333", "100"], 100, [66.667, 53.333, 100]), (["8,667", "7,333", "10"], 10, [8.667, 7.333, 10]), (["1,250", "1,333", "900"], 2000, [900]),
    ],
)  # fmt: skip
def test_what_would_be_above_the_highest_score_as_thousands_has_decimals(
    store: Store, deliver: Deliver, read: Read, texts: list[str], top: int, found: list[float]
) -> None:
    """Means of three tests had all been numbers in doubt."""
    lines = [CLASS[0], f"Nilai Maksimum : {top}", "NIP;Pre Test"]
    rows = [f"{nip};{text}" for nip, text in zip(PEOPLE, texts, strict=False)]
    deliver("assessments/2026-01/a.csv", "\n".join([*lines, *rows, ""]))
    assert read()["assessments/2026-01/a.csv"].n_refused == len(texts) - len(found)
    assert scores(store)["pre"] == found


@pytest.mark.parametrize(
    ("pre", "post", "seen"),
    [
        ([6, 8, 7], [85, 90, 70], "the highest of 3 pre-tests is 8, of 3 post-tests 90, where 100 can be reached."),
        ([80, 75, 60], [8.5, 9, 7], "the highest of 3 pre-tests is 80, of 3 post-tests 9, where 100 can be reached."),
        ([6, 8], [85, 90], ""),
        ([6, 8, 11], [85, 90, 70], ""),
        ([0, 0, 0], [85, 90, 70], ""),
        ([6, 8, 7], [20, 40, 30], ""),
    ],
    ids=["before", "after", "two people", "one above", "not taken", "a hard test"],
)
def test_a_class_whose_two_tests_are_on_different_scales_is_refused_whole(
    deliver: Deliver, read: Read, pre: list[float], post: list[float], seen: str
) -> None:
    """Both had been taken as scores of 100, and the class had learned ten times as much as it had."""
    rows = [("TS-2026-01-002", nip, 50, 60) for nip in PEOPLE[:3]]
    rows += [("TS-2026-01-001", *row) for row in zip(PEOPLE, pre, post, strict=False)]
    name = "assessments/2026-01/a.xlsx"
    deliver(name, book(MOST, ("Kode Kelas", "NIP", "Pre Test", "Post Test"), *rows))
    report = read()[name]
    found = ("FILE_TESTS", f"Class 'TS-2026-01-001': {seen}", 0) if seen else ("", "", 2 * len(rows))
    assert (report.reason_code, report.seen, report.n_accepted) == found


@pytest.mark.parametrize("top", ["100", "10"])
def test_tests_of_two_files_on_different_scales_are_told_and_no_gain_is_made_of_them(
    store: Store, deliver: Deliver, top: str
) -> None:
    """Each file alone might be right: the gain was made of both, and nothing was said."""
    before = [("Nilai Maksimum : " + top,), ("NIP", "Pre Test"), *zip(PEOPLE, [6, 8, 7], strict=False)]
    deliver("assessments/2026-01/a.xlsx", book(CLASS, *before))
    deliver("assessments/2026-02/b.xlsx", book(CLASS, MOST, ("NIP", "Post Test"), *zip(PEOPLE, [85, 90, 70], strict=False)))  # fmt: skip
    build(store)
    with connect(store.build, read_only=True) as con:
        found = con.execute("select score, score_pct from core.fact_assessment order by score").fetchall()
        verdicts = {v.audit: v.actual for v in audit_build(con, store) if not v.passed}
    shares = [60.0, 70.0, 80.0, 70.0, 85.0, 90.0] if top == "10" else [None] * 6
    assert found == list(zip([6.0, 7.0, 8.0, 70.0, 85.0, 90.0], shares, strict=True))
    assert verdicts.get("integrity: tests on one scale") == (None if top == "10" else "6: TS-2026-01-001")


def test_each_test_with_its_own_highest_score_is_on_its_own_scale(deliver: Deliver, read: Read) -> None:
    header = ("NIP", "Pre Test (0-10)", "Post Test (0-100)")
    deliver("assessments/2026-01/a.xlsx", book(CLASS, header, *[(nip, 7, 85) for nip in PEOPLE[:3]]))
    report = read()["assessments/2026-01/a.xlsx"]
    assert (report.reason_code, report.n_accepted) == ("", 6)


@pytest.mark.parametrize("line", ["Skala Nilai 0-100", "(Rentang Nilai : 0 s.d. 100)", "SKALA PENILAIAN 0 – 100"])
def test_a_scale_above_the_table_says_the_highest_score(store: Store, deliver: Deliver, read: Read, line: str) -> None:
    deliver("assessments/2026-01/a.xlsx", book(CLASS, (line,), ("NIP", "Pre Test"), (PEOPLE[0], 60)))
    read()
    assert staged_rows(store, "assessments").get_column("max_score").to_list() == [100.0]


def test_where_the_highest_score_is_100_a_share_of_it_is_a_score(store: Store, deliver: Deliver, read: Read) -> None:
    made = openpyxl.Workbook()
    for row in [CLASS, MOST, ("NIP", "Pre Test", "Post Test"), (PEOPLE[0], 0.6, "85%"), (PEOPLE[1], 0.5, "90 / 100")]:
        made.active.append(row)
    for cell in made.active["B"]:
        cell.number_format = "0%"
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("assessments/2026-01/a.xlsx", buffer.getvalue())
    read()
    assert scores(store) == {"post": [85.0, 90.0], "pre": [60.0, 50.0]}


def test_where_the_highest_score_is_another_a_share_is_refused(deliver: Deliver, read: Read) -> None:
    deliver(
        "assessments/2026-01/a.xlsx", book(CLASS, ("Nilai Maksimum : 40",), ("NIP", "Pre Test"), (PEOPLE[0], "60%"))
    )
    assert read()["assessments/2026-01/a.xlsx"].n_refused == 1


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        ([("NIP", "Post Test", "", ""), ("", "PG", "Esai", "Total")], (60, 30, 90), {"post": [90.0]}),
        ([("NIP", "Post Test", "", ""), ("", "Teori", "Praktik", "Rata-rata")], (80, 90, 85), {"post": [85.0]}),
        ([("NIP", "Post Test", "Post Test Rata-rata", "x")], (80, 71, ""), {"post": [80.0]}),
        ([("NIP", "Post Test", "", ""), ("", "Teori", "Praktik", "Sikap")], (80, 90, 85), {"post": [80.0, 90.0, 85.0]}),
        ([("NIP", "Post Test", "", ""), ("", "Nilai", "Predikat", "Keterangan")], (80, "Baik", "Lulus"), {"post": [80.0]}),
        ([("NIP", "Post Test", "Post Test Remedial", "Pre Test")], (50, 80, 40), {"other": [80.0], "post": [50.0], "pre": [40.0]}),
        ([("NIP", "Post Test", "Post Test (Revisi)", "Pre Test")], (50, 80, 40), {"post": [80.0], "pre": [40.0]}),
        ([("NIP", "Post Test", "Post Test (Revisi)", "Pre Test Hasil Koreksi")], (50, "", 40), {"post": [50.0], "pre": [40.0]}),
    ],
    ids=["parts and their sum", "parts and their mean", "a mean of others", "parts alone", "a word beside it", "remedial", "revised", "not revised"],
)  # fmt: skip
def test_what_stands_beside_a_test_is_no_further_one(
    store: Store, deliver: Deliver, read: Read, header: list[tuple[str, ...]], row: tuple[object, ...], found: object
) -> None:
    """A sum or a mean had been one more test of the person, and so had a remedial one."""
    deliver("assessments/2026-01/a.xlsx", book(CLASS, MOST, *header, (PEOPLE[0], *row)))
    report = read()["assessments/2026-01/a.xlsx"]
    assert (scores(store), report.n_refused) == (found, 0)


def test_a_revised_score_comes_in_the_place_of_the_one_before(store: Store, deliver: Deliver, read: Read) -> None:
    for file, header, score in [("a", "Pre Test", 40), ("b", "Pre Test (Revisi)", 60)]:
        deliver(f"assessments/2026-0{'ab'.index(file) + 1}/{file}.xlsx", book(CLASS, MOST, ("NIP", header), (PEOPLE[0], score)))  # fmt: skip
    read()
    keys = [staged_rows(store, "assessments", f"2026-0{month}").select("kind", "assessment_code").row(0) for month in (1, 2)]  # fmt: skip
    assert keys == [("pre", None)] * 2


@pytest.mark.parametrize(
    ("title", "sheet", "kind"),
    [
        ("HASIL REMEDIAL POST TEST", "Data", "other"),
        ("NILAI", "Post Test (remidi)", "other"),
        ("NILAI REMEDIAL", "Data", "other"),
        ("HASIL POST TEST PELATIHAN PENGAJARAN REMEDIAL", "Data", "post"),
    ],
)
def test_a_remedial_test_of_its_own_sheet_is_no_test_after_the_class(
    store: Store, deliver: Deliver, read: Read, title: str, sheet: str, kind: str
) -> None:
    rows = [(title,), CLASS, MOST, ("NIP", "Nilai"), (PEOPLE[0], 80)]
    deliver("assessments/2026-01/Post Test.xlsx", workbook({sheet: rows}))
    read()
    assert scores(store) == {kind: [80.0]}


@pytest.mark.parametrize(
    "header",
    [
        [("NIP", "Sebelum", "Sesudah")],
        [("NIP", "Nilai Sebelum Pelatihan", "Nilai Setelah Pelatihan")],
        [("NIP", "Nilai", ""), ("", "Sebelum", "Sesudah")],
    ],
)
def test_scores_before_and_after_the_class_are_its_tests(
    store: Store, deliver: Deliver, read: Read, header: list[tuple[str, ...]]
) -> None:
    deliver("assessments/2026-01/a.xlsx", book(CLASS, MOST, *header, (PEOPLE[0], 40, 80)))
    read()
    assert scores(store) == {"post": [80.0], "pre": [40.0]}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("DAFTAR NILAI REMEDIAL",), CLASS, MOST, ("NIP", "Sebelum", "Sesudah")], {}),
        ([CLASS, MOST, ("NIP", "Post Test Sebelum", "Post Test Sesudah")], {}),
        ([CLASS, MOST, ("NIP", "Post Test (Sesudah)", "Pre Test (Sebelum)")], {"post": [50.0], "pre": [75.0]}),
    ],
)
def test_scores_before_and_after_a_remedial_test_are_not_those_of_the_class(
    store: Store, deliver: Deliver, read: Read, rows: list[tuple[str, ...]], found: dict[str, list[float]]
) -> None:
    deliver("assessments/2026-01/a.xlsx", book(*rows, (PEOPLE[0], 50, 75)))
    report = read()["assessments/2026-01/a.xlsx"]
    assert (report.n_refused, scores(store) if found else {}) == (0 if found else 2, found)


@pytest.mark.parametrize(
    "label", ["KKM", "Nilai Batas Lulus", "Passing Grade", "Ketuntasan", "Nilai Tertinggi", "Tidak Lulus"]
)
def test_the_line_of_a_limit_is_nobody(store: Store, deliver: Deliver, read: Read, label: str) -> None:
    rows = [("", label, "", 70), (1, "Budi", PEOPLE[0], 80), ("", label, "", "70%")]
    deliver("assessments/2026-01/a.xlsx", book(CLASS, MOST, ("No", "Nama", "NIP", "Post Test"), *rows))
    report = read()["assessments/2026-01/a.xlsx"]
    assert (scores(store), report.n_read) == ({"post": [80.0]}, 1)


@pytest.mark.parametrize("heading", ["Target Fisik Kumulatif (%)", "Rencana Fisik (%)"])
def test_progress_that_falls_is_told(store: Store, deliver: Deliver, read: Read, heading: str) -> None:
    """A month's own share stands where the cumulative one is asked for."""
    header = ("Kode Proyek", "Unit Kerja", "Bulan", heading, "Realisasi Fisik Kumulatif (%)")
    rows = [("P-1", "DLH", "November 2025", 10, 50), ("P-1", "DLH", "Desember 2025", 8, 60), ("P-2", "DLH", "Desember 2025", 7, 7)]  # fmt: skip
    deliver("projects/2026-01/a.xlsx", book(header, *rows))
    report = read()["projects/2026-01/a.xlsx"]
    if "Kumulatif" not in heading:
        assert (report.reason_code, report.n_accepted) == ("FILE_CUMULATIVE", 0)
        return
    told = ["planned_pct falls from one month to the next, where it is cumulative: 1 rows"]
    assert (report.n_accepted, doubts(report.drift)) == (3, told)
    assert kept("id")(told[0]) == "planned_pct turun dari bulan ke bulan, padahal kumulatif: 1 baris"
