"""A label over a group of columns that makes them something else, or tells them from others that are called alike, is not left out of their headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI = "198503152010011001", "198703162011012002"
CLASS = "TS-2026-01-001"
TESTS = ("Pre Test", "Post Test")
GRADES = ((f"Kode Kelas : {CLASS}",), ("Nilai Maksimum : 100",))


def below(labels: tuple[str, ...], columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The rows of a header with labels over the same columns once each."""
    over = tuple(cell for label in labels for cell in (label, *[""] * (len(columns) - 1)))
    return [("No", "NIP", "Nama", *over), ("", "", "", *columns * len(labels))]


@pytest.mark.parametrize(
    ("labels", "scores"),
    [
        (("Nilai", "Nilai x Bobot"), [(60.0, 80.0)]), (("Usulan", "Hasil"), [(24.0, 48.0)]), (("Individu", "Kelompok"), [(60.0, 80.0)]),
        (("Kelompok", "Peserta"), [(24.0, 48.0)]), (("Sebelum Perbaikan", "Setelah Perbaikan"), []), (("Target",), []), (("Kelompok",), []),
        (("Usulan Nilai",), []), (("Nilai",), [(60.0, 80.0)]), (("Hasil Evaluasi",), [(60.0, 80.0)]),
    ],
)  # fmt: skip
def test_tests_below_two_labels_are_those_of_the_person(
    labels: tuple[str, ...], scores: list[tuple[float, float]], store: Store, deliver: Deliver, read: Read
) -> None:
    """What stood below the second label was a second test, and a target the score itself."""
    row = (1, BUDI, "A", 60, 80, 24, 48)[: 3 + 2 * len(labels)]
    deliver("grade_list/2026-01/a.xlsx", book(*GRADES, *below(labels, TESTS), row))
    if not scores:
        [problem] = scan(store, DAY).problems
        assert (problem.code, problem.seen) == ("FILE_COLUMNS", "Missing: score.")
        return
    read()
    found = staged_rows(store, "assessments").sort("kind", descending=True)
    assert (found.get_column("score").to_list(), found.get_column("assessment_code").null_count()) == ([*scores[0]], 2)


@pytest.mark.parametrize("columns", [("TW I", "TW II"), ("Hasil Kerja", "Predikat"), ("Predikat",)])
@pytest.mark.parametrize(
    ("labels", "predicate"),
    [(("Usulan", "Penetapan"), "kurang"), (("Individu", "Organisasi"), "baik"), (("Target",), ""), (("Usulan Predikat",), "")],
)  # fmt: skip
def test_predicates_below_labels_are_those_that_were_settled(
    labels: tuple[str, ...], columns: tuple[str, ...], predicate: str, store: Store, deliver: Deliver, read: Read
) -> None:
    """A proposal had been the predicate, where it stood first."""
    n = len(columns)
    row = (1, BUDI, "A", *["Baik"] * n, *["Kurang"] * n)[: 3 + n * len(labels)]
    deliver("performance_table/2026-01/a.xlsx", book(("TAHUN 2025",), *below(labels, columns), row))
    read()
    found = staged_rows(store, "performance").get_column("predicate").to_list() if predicate else []
    assert set(found) == ({predicate} if predicate else set())


@pytest.mark.parametrize("labels", [("Pegawai yang Dinilai", "Pejabat Penilai"), ("Pejabat Penilai", "Pegawai yang Dinilai"), ("Atasan Langsung", "Peserta")])  # fmt: skip
def test_whom_a_row_is_about_stands_below_the_label_that_says_so(
    labels: tuple[str, ...], store: Store, deliver: Deliver, read: Read
) -> None:
    """Of two people side by side the first had been meant, or the list was refused."""
    people = {True: ("Budi Santoso", BUDI), False: ("Siti Aminah", SITI)}
    row = (1, *[cell for label in labels for cell in people[label in ("Pegawai yang Dinilai", "Peserta")]], "Baik")
    header = [("No", labels[0], "", labels[1], "", "Predikat"), ("", "Nama", "NIP", "Nama", "NIP", "")]
    deliver("performance_table/2026-01/a.xlsx", book(("TAHUN 2025",), *header, row))
    deliver("performance_table/2026-01/b.xlsx", book(("TAHUN 2025",), ("NIP", "Predikat"), (BUDI, "Baik")))
    assert read()["performance_table/2026-01/b.xlsx"].n_duplicate == 1


def test_columns_of_progress_below_a_weight_are_none(store: Store, deliver: Deliver) -> None:
    header = [("Kode Paket", "OPD", "Bobot (%)", ""), ("", "", "Rencana", "Realisasi")]
    deliver("project_report/2026-01/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), *header, ("P-1", "DLH", 5.5, 4.5)))
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_COLUMNS"]


@pytest.mark.parametrize(
    ("labels", "columns", "cost"),
    [
        (("Usulan", "Disetujui"), ("Biaya",), 2), (("Usulan", "Penetapan"), ("Biaya",), 2), (("Per Peserta", "Total"), ("Biaya",), None),
        (("Usulan",), ("Rencana Peserta", "Biaya"), None), (("Pelaksanaan",), ("Rencana Peserta", "Biaya"), 2),
    ],
)  # fmt: skip
def test_costs_below_labels_are_those_that_were_settled(
    labels: tuple[str, ...], columns: tuple[str, ...], cost: int | None, store: Store, deliver: Deliver, read: Read
) -> None:
    """The second row of the header was a class without a code."""
    over = tuple(cell for label in labels for cell in (label, *[""] * (len(columns) - 1)))
    own = ("Kode kelas", "Kode program", "Versi kurikulum", "Tanggal mulai", "Tanggal selesai")
    rows = [(*own, *over), (*[""] * 5, *columns * len(labels)), (CLASS, "MD-01", 1, "2026-01-05", "2026-01-07", 1_000_000, 2_000_000)]  # fmt: skip
    deliver("classes/2026-01/a.xlsx", book(*rows))
    report = read()["classes/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted) == (1, 1)
    assert staged_rows(store, "classes").item(0, "cost_idr") == (cost and cost * 1_000_000)


def test_staff_who_moved_are_not_where_they_were(store: Store, deliver: Deliver, read: Read) -> None:
    header = [("NIP", "Nama lengkap", "Jenis kepegawaian", "Kelompok jabatan", "Lama", "", "Baru", ""), (*[""] * 4, *["Jabatan", "Unit Kerja"] * 2)]  # fmt: skip
    row = (BUDI, "A", "PNS", "pelaksana", "Staf", "DINKES", "Analis", "DLH")
    deliver("employees/2026-01/a.xlsx", book(*header, row))
    report = read()["employees/2026-01/a.xlsx"]
    assert (report.reason_code, report.seen) == ("FILE_COLUMNS", "Missing: unit_code.")


def test_parts_of_a_test_below_labels_are_parts(store: Store, deliver: Deliver, read: Read) -> None:
    """They were tests called 2."""
    header = below(("Teori", "Praktik"), TESTS)
    deliver("grade_list/2026-01/a.xlsx", book(*GRADES, *header, (1, BUDI, "A", 60, 80, 70, 90)))
    read()
    found = staged_rows(store, "assessments").select("kind", "assessment_code", "score").rows()
    assert sorted(found) == [("post", "Praktik", 90), ("post", "Teori", 80), ("pre", "Praktik", 70), ("pre", "Teori", 60)]  # fmt: skip


def four(*rows: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A header of four rows, of people in the first."""
    return [(*(("No", "NIP", "Nama") if at == 0 else ("", "", "")), *row) for at, row in enumerate(rows)]


FOUR = {
    "years": (
        "performance_table", [], four(("Penilaian Kinerja", "", "", ""), ("Predikat", "", "", ""), ("2024", "", "2025", ""), ("Semester I", "Semester II") * 2),
        ("Baik", "Baik", "Kurang", "Kurang"), 4,
    ),
    "parts": (
        "grade_list", GRADES, four(("Hasil Evaluasi", "", "", ""), ("Kognitif", "", "Psikomotor", ""), ("Nilai", "", "Nilai", ""), TESTS * 2), (60, 80, 70, 90), 4,
    ),
    "observers": (
        "observation_sheet", [*GRADES[:1], ("Fase : Sesudah",), ("Tanggal Pengamatan : 20 Januari 2026",), ("Skala 1-5",)],
        four(("Hasil Pengamatan", "", "", ""), ("Penilai", "", "", ""), ("Atasan", "", "Rekan", ""), ("Disiplin", "Kerja Sama") * 2), (4, 5, 3, 4), 4,
    ),
    "numbers": (
        "attendance_sheet", GRADES[:1], [*four(("Kehadiran", "", "", ""), ("Tatap Muka", "", "", ""), ("Hari 1", "", "Hari 2", ""), ("Pagi", "Siang") * 2), tuple(map(str, range(1, 8)))],
        ("H", "S", "H", "H"), 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOUR)
def test_headings_may_have_four_rows(kind: str, deliver: Deliver, read: Read) -> None:
    """Such lists were refused, for the fourth row was the first of the data."""
    folder, lines, header, values, n = FOUR[kind]
    deliver(f"{folder}/2026-01/a.xlsx", book(*lines, *header, (1, BUDI, "A", *values)))
    report = read()[f"{folder}/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_read, report.drift) == (n, n, "")


def test_a_list_of_projects_may_have_a_heading_of_four_rows(store: Store, deliver: Deliver, read: Read) -> None:
    header = [
        ("Kode Paket", "OPD", "Progres", "", "", ""), ("", "", "Fisik", "", "Keuangan", ""),
        ("", "", "s.d. Bulan Ini", "", "s.d. Bulan Ini", ""), ("", "", "Rencana", "Realisasi", "Rencana", "Realisasi"),
    ]  # fmt: skip
    deliver("projects/2026-01/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), *header, ("P-1", "DLH", 50, 45, 40, 30)))
    read()
    assert staged_rows(store, "projects").select("planned_pct", "actual_pct").rows() == [(50.0, 45.0)]


@pytest.mark.parametrize("labels", [("Rp", "%"), ("(%)", "(Rp)"), ("Persen", "Rp.")])
def test_rupiah_below_money_are_what_was_spent(
    store: Store, deliver: Deliver, read: Read, labels: Sequence[str]
) -> None:
    """They were not read, and nobody was told."""
    said = {"%": 24, "Persen": 24}
    header = [("Kode Paket", "OPD", "Fisik", "", "Keuangan", ""), ("", "", "Rencana Kumulatif", "Realisasi Kumulatif", *labels)]  # fmt: skip
    row = ("P-1", "DLH", 50, 45, *(said.get(label.strip("()"), 300_000_000) for label in labels))
    deliver("projects/2026-01/a.xlsx", book(("LAPORAN BULAN JANUARI 2026",), *header, row))
    read()
    assert staged_rows(store, "projects").select("actual_pct", "realised_idr").rows() == [(45.0, 300_000_000)]


@pytest.mark.parametrize(
    ("lines", "month"),
    [
        (("Keadaan s.d. 31 Januari 2026",), 1),
        (("LAPORAN REALISASI FISIK PER 31 JANUARI 2026",), 1),
        (("TAHUN 2026", "Posisi : 31 Januari"), 1),
        (("Bulan : Januari 2026", "Data per 5 Februari 2026"), 1),
        (("PEKERJAAN 1 Januari s.d. 31 Desember 2026",), None),
    ],
)
def test_the_day_as_of_which_a_list_of_projects_is_says_its_month(
    store: Store, deliver: Deliver, read: Read, lines: Sequence[str], month: int | None
) -> None:
    """Such lists were refused for saying no month."""
    rows = [*((line,) for line in lines), ("OPD : DLH",), ("Kode Paket", "Rencana Kumulatif", "Realisasi Kumulatif"), ("P-1", 50, 45)]  # fmt: skip
    deliver("projects/2026-01/a.xlsx", book(*rows))
    report = read()
    found = [staged_rows(store, "projects").item(0, "month").month] if report else []
    assert found == ([month] if month else [])


@pytest.mark.parametrize("names", [("Sen", "Sel"), ("Senin", "Selasa"), ("Sn", "Sl")])
def test_the_days_of_the_week_below_those_of_the_month_are_nobody(
    names: tuple[str, str], deliver: Deliver, read: Read
) -> None:
    """They were refused as somebody without a number."""
    header = [("No", "NIP", "Nama", "Tanggal", ""), ("", "", "", "12", "13"), ("", "", "", *names)]
    deliver("attendance_sheet/2026-01/a.xlsx", book(GRADES[0], ("Bulan : Januari 2026",), *header, (1, BUDI, "A", "H", "S")))  # fmt: skip
    report = read()["attendance_sheet/2026-01/a.xlsx"]
    assert (report.n_accepted, report.n_read) == (2, 2)


def test_a_profile_says_what_is_lacking_as_offices_head_it(store: Store, deliver: Deliver) -> None:
    """Its own name for the column (`nrr`) is nobody's."""
    lines = [("SKM TW IV 2025",), ("Unit Pelayanan : DUKCAPIL",), ("Jumlah Responden : 100",)]
    deliver("skm/2026-01/a.xlsx", book(*lines, ("No", "Unsur Pelayanan", "TW III", "TW IV"), (1, "Persyaratan", 3, 3)))
    [problem] = scan(store, DAY).problems
    assert problem.seen == "Missing: NRR."


@pytest.mark.parametrize(
    ("title", "phases"),
    [
        ("PERILAKU KERJA SETELAH MENGIKUTI PELATIHAN", {"after"}),
        ("OBSERVASI PRA DIKLAT", {"before"}),
        ("PERILAKU KERJA SEBELUM DAN SETELAH PELATIHAN", set[str]()),
    ],
)
def test_a_title_says_the_phase_of_observations(
    store: Store, deliver: Deliver, read: Read, title: str, phases: set[str]
) -> None:
    """Such lists were refused for lacking a line."""
    header = [("NIP", "Atasan", ""), ("", "Kerja Sama", "Disiplin")]
    lines = [GRADES[0], ("Tanggal Pengamatan : 20 Januari 2026",), ("Skala 1-5",)]
    deliver("observations/2026-01/a.xlsx", book((title,), *lines, *header, (BUDI, 4, 5)))
    found = staged_rows(store, "observations").get_column("phase") if read() else []
    assert {*found} == phases


def test_a_label_that_says_no_more_than_score_names_no_test(store: Store, deliver: Deliver, read: Read) -> None:
    header = [("NIP", "Pre Test", "Post Test"), ("", "Nilai", "Skor")]
    deliver("assessments/2026-01/a.xlsx", book(*GRADES, *header, (BUDI, 60, 80)))
    read()
    assert staged_rows(store, "assessments").select("kind", "assessment_code").rows() == [("pre", None), ("post", None)]
