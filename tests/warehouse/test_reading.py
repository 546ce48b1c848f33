"""Small files that were once read wrongly, each for a whole kind: right rows, or a refusal that says what to write."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from schemas.identity import SCHEMES
from schemas.sources import SOURCES
from warehouse.delivery.cells.values import Reader, clean, plain
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO, ANI = "198503152010011001", "198703162011012002", "199003172012011003", "197803182005012004"
TES = "NIP,Kode kelas,Jenis tes,Nilai,Nilai maksimum,Tanggal tes"
PEGAWAI = "NIP,Nama,Jenis kepegawaian,Kode unit kerja,Kelompok jabatan,Golongan,Nama jabatan,Pendidikan terakhir"


def staged(store: Store, source: str, *columns: str) -> list[tuple[object, ...]]:
    return pl.read_parquet(store.staging / source / "2026-01.parquet").select(columns).rows()


def refusals(store: Store, source: str) -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.quarantine / source / "2026-01.parquet")
    return frame.select("row_number", "column_name", "reason_code").rows()


@pytest.mark.parametrize(
    ("second", "code"),
    [(f"{BUDI},Budi,PNS,DINKES,pelaksana,III/a,Analis Hukum, Ahli Pertama,", "RAGGED"),
     (f'{BUDI},Budi,PNS,DINKES,pelaksana,III/a,"Analis "Ahli", Muda",', "QUOTES")],
    ids=["a comma in a text beside an empty cell", "quotes in a quoted text"],
)  # fmt: skip
def test_a_shifted_row_is_refused(store: Store, deliver: Deliver, read: Read, second: str, code: str) -> None:
    rows = [
        second,
        f"{SITI},Siti,PNS,DINKES,pelaksana,III/b,Arsiparis,S1",
        f"{JOKO},Joko,PNS,DINKES,pelaksana,III/b,Arsiparis,",
    ]
    deliver("employees/2026-01/pegawai.csv", "\n".join([PEGAWAI, *rows]) + "\n")
    read()
    assert staged(store, "employees", "position_title", "education_level") == [("Arsiparis", "S1"), ("Arsiparis", None)]
    assert refusals(store, "employees") == [(2, "", code)]


def test_a_list_with_a_cell_too_many_refuses_that_person(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [f"{BUDI},Budi,H,,A,H,", f"{SITI},Siti,H,H,H,H", f"{JOKO},Joko,H,H,A,"]
    head = "Kode Kelas : MD-01-1,,,,,\nNIP,Nama,Hari 1,Hari 2,Hari 3,Hari 4\n"
    deliver("attendance_sheet/2026-01/hadir.csv", head + "\n".join(rows) + "\n")
    report = read()["attendance_sheet/2026-01/hadir.csv"]
    assert (report.n_accepted, report.n_refused) == (8, 1)
    assert refusals(store, "attendance") == [(3, "", "RAGGED")]


def test_rows_that_all_end_before_the_date_have_no_date(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [f"{who},MD-01-1,post,80,100" for who in (BUDI, SITI, JOKO, ANI)]
    deliver("assessments/2026-01/a.csv", "\r\n".join([TES, *rows]) + "\r\n")
    read()
    assert staged(store, "assessments", "score", "assessed_on") == [(80.0, None)] * 4
    assert refusals(store, "assessments") == []


def test_a_recap_with_a_word_for_a_number_refuses_that_element(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "skm/2026-01/dukcapil.csv",
        'unsur,total_nilai,n_resp\nU1,332,100\nU2,"331,5",100\nU3,tidak ada,100\nU4,340,100\n',
    )
    read()
    assert [score for (score,) in staged(store, "service_satisfaction", "score")] == [3.32, 3.315, 3.4]
    assert refusals(store, "service_satisfaction") == [(4, "score", "PROFILE_FAILED")]


def test_a_recap_of_nobody_is_no_answer(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("skm/2026-01/dukcapil.csv", "unsur,total_nilai,n_resp\nU1,0,0\nU2,10,0\nU3,332,100\n")
    read()
    assert staged(store, "service_satisfaction", "score", "n_answers") == [(3.32, 100)]
    assert {row for row, _, _ in refusals(store, "service_satisfaction")} == {2, 3}


def test_an_unedited_draft_is_no_profile(store: Store, deliver: Deliver, read: Read) -> None:
    store.profiles.mkdir(parents=True)
    select = "{class_id: \"'TODO'\", session_no: '\"Pertemuan ke\"', employee_id: NIP, status: Kehadiran}"
    (store.profiles / "tododraft.yaml").write_text(
        f"layouts:\n  - header: [NIP, Pertemuan ke, Kehadiran]\n    targets:\n      attendance:\n        select: {select}\n"
    )
    deliver("tododraft/2026-01/hadir.csv", f"NIP,Pertemuan ke,Kehadiran\n{BUDI},1,H\n")
    assert read() == {}


@pytest.mark.parametrize(
    "write",
    [
        lambda nip: f'"=""{nip}"""',
        lambda nip: f'="{nip}"',
        lambda nip: f"\u200b{nip}",
        lambda nip: f"\u202a{nip}\u202c",
        lambda nip: nip.translate({ord("0") + n: 0x0660 + n for n in range(10)}),
        lambda nip: nip.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
    ],
    ids=["a quoted guard", "a guard", "zero width", "direction", "Arabic digits", "full-width digits"],
)
def test_what_nobody_sees_in_a_nip_changes_nothing(
    store: Store, deliver: Deliver, read: Read, write: Callable[[str], str]
) -> None:
    rows = [f"{write(nip)},MD-01-1,post,{80 + n},100,2026-01-1{n}" for n, nip in enumerate((BUDI, SITI, JOKO, ANI))]
    deliver("assessments/2026-01/a.csv", "\r\n".join([f"\u200b{TES}", *rows]) + "\r\n")
    report = read()["assessments/2026-01/a.csv"]
    assert (report.n_accepted, report.n_refused) == (4, 0)


def test_a_code_that_a_spreadsheet_made_a_date_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [[BUDI, dt.datetime(2026, 2, 1), "post", 80, 100], [SITI, "MD-01-1", "post", 81, 100]]
    deliver("assessments/2026-01/a.xlsx", book(TES.split(",")[:5], *rows))
    read()
    assert staged(store, "assessments", "class_id") == [("MD-01-1",)]
    assert refusals(store, "assessments") == [(2, "class_id", "CODE_BECAME_DATE")]


def test_a_certificate_whose_number_a_spreadsheet_made_a_date_is_told_and_its_number_left_out(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """It had been the certificate's number. Who came, and with what result, stands in the other cells."""
    rows = ["12/01/2026", "1,23457E+11", "893.3/012/BKPSDM/2026"]
    people = [f"MD-01-1;{nip};Selesai;{text}" for nip, text in zip((BUDI, SITI, JOKO), rows, strict=True)]
    deliver("enrolments/2026-01/a.csv", "\n".join(["Kode Kelas;NIP;Status;Nomor STTPP", *people, ""]))
    drift = read()["enrolments/2026-01/a.csv"].drift
    assert staged(store, "enrolments", "certificate_no") == [(None,), (None,), (rows[2],)]
    sentence = "certificate_no was made a date, or a number, by a spreadsheet, and is not read: 2 rows"
    assert sentence in drift
    assert kept("id")(sentence, {}) is not None


@pytest.mark.parametrize(
    ("text", "is_date"),
    [("2026-02-01", True), ("01-Feb", True), ("Mar-01", True), ("1/2/2026", True), ("1-Agu-26", True), ("2026-02-01 00:00:00", True), ("1,23457E+11", True), ("1E+15", True),
     ("MD-01-1", False), ("DES-01", False), ("TS-2026-08-001", False), ("2013J", False), ("2026", False)],
)  # fmt: skip
def test_codes_that_look_like_dates(text: str, is_date: bool) -> None:
    read, codes = Reader().parse(pl.Series("class_id", [text]), SOURCES["classes"].column("class_id"))
    assert (read.item() is None, codes) == (is_date, {text: "CODE_BECAME_DATE"} if is_date else {})
    assert (SCHEMES["opaque"].check(text)[1] == "CODE_BECAME_DATE") is is_date


def test_percent_and_marks_of_other_scripts_are_read() -> None:
    column = SOURCES["projects"].column("planned_pct")
    read, codes = Reader().parse(
        clean(pl.DataFrame({"planned_pct": ["85％", "٨٥٫٥٪", "７０％", "12,5 %"]})).to_series(), column
    )
    assert (read.to_list(), codes) == ([85.0, 85.5, 70.0, 12.5], {})
    assert plain("Kantor \u200bCamat") == "Kantor Camat"


def test_staff_without_a_nip_have_a_reason_of_their_own_and_hold_no_file(
    store: Store, deliver: Deliver, read: Read
) -> None:
    words = ["Non ASN", "THL", "Honorer", "Tenaga Kontrak", "PPNPN", "non-PNS"] * 10
    rows = [f"{nip},MD-01-1,post,80,100,2026-01-10" for nip in (BUDI, SITI, *words)]
    deliver("assessments/2026-01/a.csv", "\n".join([TES, *rows]) + "\n")
    report = read()["assessments/2026-01/a.csv"]
    assert (report.status, report.n_accepted, report.n_refused) == ("partly_refused", 2, 60)
    assert {code for _, _, code in refusals(store, "assessments")} == {"NIP_NON_ASN"}


def test_a_workbook_with_its_size_in_whole_rows_is_read(store: Store, deliver: Deliver, read: Read) -> None:
    content = book(TES.split(",")[:5], [BUDI, "MD-01-1", "post", 80, 100], [SITI, "MD-01-1", "post", 81, 100])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="1:3"', old.read(name)))
    deliver("assessments/2026-01/nilai.xlsx", buffer.getvalue())
    assert read()["assessments/2026-01/nilai.xlsx"].n_accepted == 2


@pytest.mark.parametrize(
    ("planned", "n"), [(["0.4", "1"], 2), (["0,4", "40"], 0), (["0.4%", "0,9 persen"], 0), (["0", "1"], 0)]
)
def test_percentages_that_may_be_shares_of_one_are_counted(
    store: Store, deliver: Deliver, read: Read, planned: list[str], n: int
) -> None:
    rows = [f"P-{at};BKPSDM;2026-01;{share};50" for at, share in enumerate(planned)]
    head = "project_id;unit_code;month;planned_pct;actual_pct"
    deliver("projects/2026-01/a.csv", "\n".join([head, *rows]) + "\n")
    report = read()["projects/2026-01/a.csv"]
    assert report.n_accepted == 2
    told = f"planned_pct lies between 0 and 1, where percentages go to 100: {n} rows"
    assert (told in report.drift) == (n > 0)
    assert "actual_pct lies" not in report.drift


def test_days_that_can_hardly_be_are_counted(store: Store, deliver: Deliver, read: Read) -> None:
    days = ["Senin, 12 Januari 2026", "Selasa, 12 Januari 2026", "2 Februari 2026", "31 Januari 2026"]
    rows = [f'{nip},MD-01-1,post,80,100,"{day}"' for nip, day in zip((BUDI, SITI, JOKO, ANI), days, strict=True)]
    deliver("assessments/2026-01/a.csv", "\n".join([TES, *rows]) + "\n")
    report = read()["assessments/2026-01/a.csv"]
    assert report.n_accepted == 4
    assert report.drift.split("; ")[1:] == [
        "assessed_on is another day of the week than it says: 1 rows",
        "assessed_on lies after the month of delivery: 1 rows",
    ]
