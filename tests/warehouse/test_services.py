"""Which service a satisfaction survey, or its recap, is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from warehouse.building.inputs import create_staging_views
from warehouse.database import connect
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ELEMENTS = ("Persyaratan", "Prosedur", "Waktu", "Biaya", "Produk", "Kompetensi", "Perilaku", "Pengaduan", "Sarana")
ALL = "Semua layanan"


def recap(*above: Sequence[object]) -> list[Sequence[object]]:
    return [*above, ("unsur", "total_nilai", "n_resp"), ("U1", 300, 100)]


def survey(*above: Sequence[object]) -> list[Sequence[object]]:
    return [("Unit Pelayanan : DINKES",), *above, ("No", *ELEMENTS), (1, *[3] * 9)]


@pytest.mark.parametrize("made", [recap, survey])
@pytest.mark.parametrize(
    ("sheets", "services"),
    [
        ({"Data": [("Jenis Layanan : KTP",)]}, {"KTP"}),
        ({"Data": [("Nama Layanan", ":", "KTP")]}, {"KTP"}),
        ({"Layanan KTP": [], "Pelayanan - Kartu Keluarga": []}, {"KTP", "Kartu Keluarga"}),
        ({"Layanan KTP": [("Jenis Layanan : KTP Elektronik",)]}, {"KTP Elektronik"}),
        ({"Layanan": []}, {ALL}),
        ({"Layanan 2026": []}, {ALL}),
        ({"Layanan Januari": []}, {ALL}),
    ],
    ids=["a line", "a line of cells", "sheets", "a line before a sheet", "no name", "a year", "a month"],
)
def test_a_survey_is_of_the_service_that_a_line_or_its_sheet_names(
    store: Store,
    deliver: Deliver,
    read: Read,
    made: Callable[..., list[Sequence[object]]],
    sheets: dict[str, list[Sequence[object]]],
    services: set[str],
) -> None:
    """A recap had been of all services, and of several sheets the second was told as a repetition of the first."""
    folder = "skm" if made is recap else "service_satisfaction"
    name = f"{folder}/2026-01/dinkes.xlsx"
    deliver(name, workbook({sheet: made(*above) for sheet, above in sheets.items()}))
    report = read()[name]
    assert report.n_accepted == report.n_read == len(sheets) * (1 if made is recap else 9)
    assert set(staged_rows(store, "service_satisfaction").get_column("service")) == services


def test_a_column_of_a_recap_says_the_service_of_each_row(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [("Jenis Layanan", "unsur", "total_nilai", "n_resp"), ("KTP", "U1", 300, 100), ("KK", "U1", 320, 100)]
    deliver("skm/2026-01/dinkes.xlsx", workbook({"Data": rows}))
    assert read()["skm/2026-01/dinkes.xlsx"].n_accepted == 2
    assert set(staged_rows(store, "service_satisfaction").get_column("service")) == {"KTP", "KK"}


def test_lines_above_a_recap_say_which_element_is_the_eighth(store: Store, deliver: Deliver, read: Read) -> None:
    """Agencies swap the last two; the recap's order had held whatever its own lines said."""
    lines = [("U8 : Penanganan Pengaduan",), ("U9 : Sarana dan Prasarana",)]
    rows = [("unsur", "total_nilai", "n_resp"), ("U8", 300, 100), ("U9", 200, 100)]
    deliver("skm/2026-01/dinkes.xlsx", workbook({"Data": [*lines, *rows]}))
    read()
    found = staged_rows(store, "service_satisfaction").sort("source_row").select("element", "score").rows()
    assert found == [("pengaduan", 3.0), ("sarana", 2.0)]


def test_elements_of_a_recap_may_have_their_numbers_and_more_words(store: Store, deliver: Deliver, read: Read) -> None:
    """They were refused, though the same words head the columns of questionnaires."""
    said = ["U1. Kesesuaian Persyaratan", "U2 Prosedur Pelayanan", "3. Kecepatan Waktu Pelayanan", "Biaya / Tarif Pelayanan", "Produk Spesifikasi Jenis Layanan", "Kompetensi Petugas", "U7 - Perilaku Petugas", "U8 Penanganan Pengaduan, Saran & Masukan", "U9 Sarana & Prasarana"]  # fmt: skip
    rows = [("unsur", "NRR", "n_resp"), *((name, 3.5, 100) for name in said), ("Persyaratan (harapan)", 4, 100)]
    deliver("skm/2026-01/DPMPTSP.xlsx", book(*rows))
    assert read()["skm/2026-01/DPMPTSP.xlsx"].n_refused == 1
    elements = staged_rows(store, "service_satisfaction").sort("source_row").get_column("element").to_list()
    assert elements == ["persyaratan", "prosedur", "waktu", "biaya", "produk", "kompetensi", "perilaku", "pengaduan", "sarana"]  # fmt: skip


@pytest.mark.parametrize("label", ["Unit Pelayanan", "OPD"])
def test_a_recap_is_of_the_office_that_a_line_names(store: Store, deliver: Deliver, read: Read, label: str) -> None:
    """It had been of whatever its file was called after."""
    line = (f"{label} : Dinas Kependudukan dan Pencatatan Sipil",)
    deliver("skm/2026-01/dinkes.xlsx", workbook({"Data": recap(line)}))
    deliver("skm/2026-01/dlh.xlsx", workbook({"Data": recap()}))
    read()
    assert set(staged_rows(store, "service_satisfaction").get_column("unit_code")) == {"DISDUKCAPIL", "DLH"}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (("No", "Unsur Pelayanan", "Nilai Rata-rata", "Mutu"), (1, "Waktu Penyelesaian", "3,2", "B")),
        (("No", "Unsur", "Jumlah Responden", "NRR"), (1, "U3", 100, 3.2)),
        (("No", "Unsur SKM", "Jumlah Nilai", "Jumlah Responden", "NRR"), (1, "U3", 320, 100, 3.2)),
    ],
    ids=["a mean", "a mean of so many", "a sum"],
)
def test_a_recap_says_means_or_sums_of_so_many(
    store: Store, deliver: Deliver, read: Read, header: Sequence[str], row: Sequence[object]
) -> None:
    above = [("Unit Pelayanan : DINKES",), ("Jumlah Responden : 100 orang",)]
    deliver("skm/2026-01/a.xlsx", workbook({"Data": [*above, header, row, ("", "IKM", 80)]}))
    read()
    found = staged_rows(store, "service_satisfaction").select("element", "score", "n_answers").rows()
    assert found == [("waktu", 3.2, 100)]


OF_UNITS = [("DPMPTSP", 120, *[3.5] * 9, 87.5, "B"), ("Dinas Kesehatan", 80, *[3.2] * 9, 80, "B")]


@pytest.mark.parametrize(
    ("above", "elements"),
    [
        ([("OPD : Sekretariat Daerah",)], ELEMENTS),
        ([("U8 : Penanganan Pengaduan",), ("U9 : Sarana",)], [f"U{nth}" for nth in range(1, 10)]),
    ],
)
def test_a_recap_of_several_units_is_each_unit_s(
    store: Store, deliver: Deliver, read: Read, above: list[Sequence[object]], elements: Sequence[str]
) -> None:
    """Below the line of the office that made it, each of its rows was a questionnaire of that office."""
    header = ("No", "Unit Layanan", "Jumlah Responden", *elements, "IKM", "Mutu")
    rows = [(nth, *row) for nth, row in enumerate(OF_UNITS, start=1)]
    total = ("", "Rata-rata", "", *[3.4] * 9, 84, "")
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": [*above, header, *rows, total]}))
    read()
    found = staged_rows(store, "service_satisfaction").select("unit_code", "score", "n_answers").unique()
    assert set(found.rows()) == {("DPMPTSP", 3.5, 120), ("DINKES", 3.2, 80)}


def test_a_recap_of_units_without_its_questionnaires_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    header = ("No", "Unit Layanan", *ELEMENTS, "IKM", "Mutu")
    rows = [(nth, unit, *rest) for nth, (unit, _, *rest) in enumerate(OF_UNITS, start=1)]
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": [header, *rows]}))
    assert read()["service_satisfaction/2026-01/a.xlsx"].n_accepted == 0


@pytest.mark.parametrize(
    ("said", "unit"), [("DPMPTSP", "DPMPTSP"), ("Dinas Kesehatan", "DINKES"), ("Loket 1", "SETDA")]
)
def test_a_column_says_the_unit_of_each_questionnaire(
    store: Store, deliver: Deliver, read: Read, said: str, unit: str
) -> None:
    """It was of the office above the table; a counter is of that."""
    rows = [("OPD : Sekretariat Daerah",), ("No", "Unit Layanan", *ELEMENTS), (1, said, *[3] * 9)]
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    assert set(staged_rows(store, "service_satisfaction").get_column("unit_code")) == {unit}


@pytest.mark.parametrize("first", ["No", "Timestamp"])
@pytest.mark.parametrize(
    ("line", "heading", "unit"),
    [
        ("Unit Pelayanan : BKPSDM", "OPD", "BKPSDM"),
        ("Unit Layanan : BKPSDM", "Unit Kerja", "BKPSDM"),
        ("Unit Pelayanan : BKPSDM", "Unit Layanan", "DINKES"),
        ("OPD : BKPSDM", "OPD", "DINKES"),
    ],
)
def test_the_office_of_who_was_asked_is_not_the_one_that_serves(
    store: Store, deliver: Deliver, read: Read, first: str, line: str, heading: str, unit: str
) -> None:
    """Where a line says who serves, a column of offices says whose people answered."""
    number = 1 if first == "No" else "12/01/2026 10:00:11"
    rows = [(line,), ("Periode : Triwulan IV 2025",), (first, heading, *ELEMENTS), (number, "Dinas Kesehatan", *[3] * 9)]  # fmt: skip
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    assert set(staged_rows(store, "service_satisfaction").get_column("unit_code")) == {unit}


def test_what_people_expect_of_an_element_is_not_how_they_judge_it(store: Store, deliver: Deliver, read: Read) -> None:
    some = ELEMENTS[:4]
    header = ("No", "Harapan", None, None, None, "Kinerja", None, None, None)
    rows = [("Unit Pelayanan : DINKES",), header, (None, *some, *some), (1, *[4] * 4, *[3] * 4)]
    deliver("service_satisfaction/2026-01/a.xlsx", workbook({"Data": rows}))
    read()
    assert staged_rows(store, "service_satisfaction").get_column("score").to_list() == [3.0] * 4


def test_the_recap_of_a_year_leaves_that_of_its_first_quarter(store: Store, deliver: Deliver, read: Read) -> None:
    """Both begin in January: the later one had taken the place of the earlier."""
    deliver("skm/2025-04/dinkes.xlsx", workbook({"Data": recap(("TRIWULAN I TAHUN 2025",))}))
    deliver("skm/2026-01/dinkes.xlsx", workbook({"Data": recap(("TAHUN 2025",))}))
    read()
    with connect(store.build) as con:
        create_staging_views(con, store, DAY)
        found = con.execute("select period_start, period_end from staging.service_satisfaction order by all").fetchall()
    assert [tuple(map(str, row)) for row in found] == [("2025-01-01", "2025-03-31"), ("2025-01-01", "2025-12-31")]


@pytest.mark.parametrize("number", ["NOMOR URUT RESPONDEN", "No. Urut Responden"])
def test_the_form_of_the_regulation_is_read(store: Store, deliver: Deliver, read: Read, number: str) -> None:
    """Its numbers of questionnaires stand beside a label over all elements, and sums below them."""
    lines = [("UNIT PELAYANAN", ":", "DINKES"), ("U8", ":", "Sarana"), ("U9", ":", "Pengaduan")]
    header = [(number, "NILAI UNSUR PELAYANAN"), ("", *(f"U{at}" for at in range(1, 10)))]
    rows = [(1, *[3] * 9), (2, *[4] * 9), ("Jumlah Nilai Per Unsur", *[7] * 9), ("NRR Per Unsur", *[3.5] * 9)]
    name = "service_satisfaction/2026-01/a.xlsx"
    deliver(name, book(*lines, *header, *rows))
    assert read()[name].n_accepted == 18
    assert staged_rows(store, "service_satisfaction").get_column("score").sum() == 63


@pytest.mark.parametrize(
    ("total", "people", "score"),
    [
        (1250, 400, 3.125), ("1.250", "400", 3.125), ("3.900", "1.250 orang", 3.12), ("3900", "1.000", 3.9), ("312,5", 100, 3.125), (320, "100 responden", 3.2),
    ],
)  # fmt: skip
def test_a_total_is_divided_by_as_many_as_were_asked(
    store: Store, deliver: Deliver, read: Read, total: object, people: object, score: float
) -> None:
    """Three digits behind a mark are thousands of what is counted; a mean of three decimals had been in doubt."""
    deliver("skm/2026-01/dinkes.xlsx", book(("Unsur", "Jumlah Nilai", "Jumlah Responden"), ("U1", total, people)))
    assert read()["skm/2026-01/dinkes.xlsx"].n_accepted == 1
    assert staged_rows(store, "service_satisfaction").get_column("score").to_list() == [score]


@pytest.mark.parametrize("mean", ["3,335", "3.335", 3.335])
def test_a_mean_of_four_has_no_thousands(store: Store, deliver: Deliver, read: Read, mean: object) -> None:
    rows = [("Jumlah Responden : 1.250",), ("Unsur", "NRR"), *((name, mean) for name in ELEMENTS)]
    deliver("skm/2026-01/dinkes.xlsx", book(*rows))
    assert read()["skm/2026-01/dinkes.xlsx"].n_accepted == 9
    found = staged_rows(store, "service_satisfaction").select("score", "n_answers").unique().rows()
    assert found == [(3.335, 1250)]


def test_a_recap_of_several_offices_names_each_in_a_column(store: Store, deliver: Deliver, read: Read) -> None:
    """They had been of one office, that the file was called after. Beside others an empty cell is none."""
    rows = [
        ("OPD", "Unit Pelayanan", "unsur", "total_nilai", "n_resp"),
        ("DINKES", "PKM-SETU", "U1", 300, 100), ("DINSOS", "", "U1", 320, 100), ("", "", "U2", 310, 100),
    ]  # fmt: skip
    deliver("skm/2026-01/rekap.xlsx", workbook({"Data": rows}))
    report = read()["skm/2026-01/rekap.xlsx"]
    assert (report.n_accepted, report.n_refused) == (2, 1)
    found = staged_rows(store, "service_satisfaction").select("unit_code", "score").rows()
    assert sorted(found) == [("DINSOS", 3.2), ("PKM-SETU", 3.0)]


@pytest.mark.parametrize(
    ("line", "counts", "score"),
    [
        ("Jumlah Responden : 100", (0, 5, 60, 35), 3.3),
        ("", (0, 10, 60, 30), None),
        ("Jumlah Responden : 250", (0, 5, 60, 35), None),
        ("", ("", 1, 2, 1), 3.0),
        ("", ("0%", "25%", "50%", "25%"), None),
    ],
    ids=["of a hundred", "perhaps percentages", "percentages of others", "of a few", "percentages"],
)
def test_a_recap_may_say_how_many_chose_each_answer(
    store: Store, deliver: Deliver, read: Read, line: str, counts: tuple[object, ...], score: float | None
) -> None:
    """Such lists were refused as lacking columns."""
    header = ("Unsur Pelayanan", "Tidak Baik", "Kurang Baik", "Baik", "Sangat Baik")
    rows = [("Unit Pelayanan : DINKES",), (line,), header, ("Persyaratan", *counts)]
    deliver("skm/2026-01/dinkes.xlsx", workbook({"Data": rows}))
    assert read()["skm/2026-01/dinkes.xlsx"].n_refused == (score is None)
    found = staged_rows(store, "service_satisfaction").select("score", "n_answers").rows()
    assert found == ([(score, sum(map(int, filter(None, counts))))] if score else [])  # type: ignore[call-overload]
