"""Employees as personnel systems export them (SIASN): units within units, no kind of appointment, and groups of positions that titles make finer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
PNS, PPPK = "198503152010011001", "199001012024211002"
EXPORT = (
    *("PNS ID", "NIP BARU", "NIP LAMA", "NAMA", "GELAR DEPAN", "TANGGAL LAHIR", "EMAIL", "JENIS PEGAWAI NAMA", "STATUS CPNS PNS"),
    *("GOL AWAL NAMA", "GOL AKHIR NAMA", "JENIS JABATAN NAMA", "JABATAN NAMA", "TINGKAT PENDIDIKAN NAMA", "PENDIDIKAN NAMA"),
    *("UNOR NAMA", "UNOR INDUK NAMA", "INSTANSI INDUK NAMA"),
)  # fmt: skip


def test_an_export_of_the_personnel_system_is_a_list_of_employees(store: Store, deliver: Deliver, read: Read) -> None:
    """It was refused, for the kind of appointment and the unit stand under other headings or nowhere."""
    begins = ("", "A", "", "15-03-1985", "a@x.go.id", "PNS Daerah", "P", "III/a")
    rows = [
        ("A1", PNS, *begins, "III/c", "Jabatan Fungsional Tertentu", "Pranata Komputer Ahli Muda", "S-1", "S-1 Informatika", "BIDANG DATA", "DINAS KESEHATAN", "Pemkot"),
        ("A2", PPPK, *begins, "IX", "Jabatan Pelaksana", "Operator", "S-1", "S-1 Hukum", "KELURAHAN SETU", "KECAMATAN SETU", "Pemkot"),
    ]  # fmt: skip
    deliver("employees/2026-01/a.xlsx", book(EXPORT, *rows))
    report = read()["employees/2026-01/a.xlsx"]
    found = staged_rows(store, "employees").sort("source_row")
    assert found.select("employment_type", "unit_code", "position_group", "grade", "education_level").rows() == [
        ("PNS", "DINKES", "jf_keahlian", "III/c", "S-1"),
        ("PPPK", "KEC-SETU", "pelaksana", "IX", "S-1"),
    ]
    assert report.drift.startswith("not there: employment_type; ")


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("Dinas Kesehatan", "DINKES"), ("SEKSI A - BIDANG B - DINAS KESEHATAN", "DINKES"), ("KECAMATAN SETU - DINAS KESEHATAN", "KEC-SETU"),
        ("Bidang A - Bidang B", "Bidang A - Bidang B"),
    ],
)  # fmt: skip
def test_a_unit_that_is_written_with_those_around_it_is_the_nearest_that_is_known(
    store: Store, deliver: Deliver, read: Read, unit: str, code: str
) -> None:
    header = ("NIP", "Nama", "Status Kepegawaian", "Kelompok Jabatan", "UNOR")
    deliver("employees/2026-01/a.xlsx", book(header, (PNS, "A", "PNS", "pelaksana", unit)))
    report = read()["employees/2026-01/a.xlsx"]
    assert staged_rows(store, "employees").item(0, "unit_code") == code
    is_above = unit.startswith("SEKSI")
    assert ("unit_code is the office above, for the nearer one is not known: 1 rows" in report.drift) == is_above


@pytest.mark.parametrize(
    ("group", "echelon", "title", "meant"),
    [
        ("Fungsional Tertentu", "", "Guru Ahli Muda", "jf_keahlian"), ("Jabatan Fungsional", "", "TERAMPIL - PERAWAT", "jf_keterampilan"),
        ("Struktural", "III.a", "Sekretaris", "administrator"), ("Jabatan Struktural", "Eselon II.b", "Kepala Dinas", "jpt"),
        ("Fungsional Umum", "", "Operator Terampil", "pelaksana"), ("Struktural", "-", "Guru Ahli Muda", None), ("Fungsional", "III.a", "Dokter", None),
    ],
)  # fmt: skip
def test_a_group_that_is_too_broad_is_the_one_that_title_or_echelon_say(
    store: Store, deliver: Deliver, read: Read, group: str, echelon: str, title: str, meant: str | None
) -> None:
    header = ("NIP", "Nama", "Unit Kerja", "Jenis Jabatan", "Eselon", "Jabatan")
    deliver("employees/2026-01/a.xlsx", book(header, (PNS, "A", "DINKES", group, echelon, title)))
    read()
    assert staged_rows(store, "employees").get_column("position_group").to_list() == ([meant] if meant else [])
    if meant is None:
        refused = pl.read_parquet(store.quarantine / "employees/2026-01.parquet")
        assert refused.get_column("reason_code").to_list() == ["TOO_BROAD"]


def test_the_kind_of_appointment_is_not_lacking_where_numbers_say_it(store: Store, deliver: Deliver) -> None:
    header = ("NIP BARU", "NAMA", "GOLONGAN", "JABATAN", "UNOR")
    deliver("employees/2026-01/a.xlsx", book(header, (PNS, "A", "III/c", "Pranata Komputer", "DINAS KESEHATAN")))
    [problem] = scan(store, DAY).problems
    assert problem.seen == "Missing: position_group."


@pytest.mark.parametrize("heading", ["NAMA / NIP", "NIP / Nama", "Nama dan NIP"])
def test_names_may_stand_in_the_cells_of_numbers(store: Store, deliver: Deliver, read: Read, heading: str) -> None:
    """Such lists, as that of ranks (DUK) is printed, were refused for lacking names."""
    cells = ("Budi Santoso, S.Sos\nNIP. 19850315 201001 1 001", f"{PPPK}\nSiti Aminah", PNS)
    header = ("No", heading, "Jenis Kepegawaian", "Kelompok Jabatan")
    rows = [(nth, cell, kind, "Pelaksana") for nth, (cell, kind) in enumerate(zip(cells, ("PNS", "PPPK", "PNS"), strict=True), 1)]  # fmt: skip
    deliver("employees/2026-01/a.xlsx", book(("Unit Kerja : Dinas Kesehatan",), header, *rows[:2]))
    deliver("employees/2026-01/b.xlsx", book(("Unit Kerja : Dinas Sosial",), header, rows[2]))
    report = read()
    assert "full_name" not in report["employees/2026-01/a.xlsx"].drift
    assert staged_rows(store, "employees").get_column("employment_type").to_list() == ["PNS", "PPPK"]
    missing = pl.read_parquet(store.quarantine / "employees" / "2026-01.parquet")
    assert missing.select("column_name", "reason_code").rows() == [("full_name", "MISSING")]


def test_the_name_of_a_unit_may_be_followed_by_that_of_the_city(store: Store, deliver: Deliver, read: Read) -> None:
    """Only some names were known so; the others were units that no list has."""
    offices = ("Dinas Sosial Kota Tangerang Selatan", "DISHUB TANGERANG SELATAN", "Dinas Sosial Kota Bogor")
    header = ("NIP", "Nama", "Jenis Kepegawaian", "Unit Kerja", "Kelompok Jabatan")
    people = [(f"19850315201001100{nth}", "A", "PNS", office, "Pelaksana") for nth, office in enumerate(offices, 1)]
    deliver("employees/2026-01/a.xlsx", book(header, *people))
    read()
    units = staged_rows(store, "employees").sort("source_row").get_column("unit_code").to_list()
    assert units == ["DINSOS", "DISHUB", "Dinas Sosial Kota Bogor"]


def test_people_that_are_counted_below_a_list_by_their_grades_are_nobody(deliver: Deliver, read: Read) -> None:
    """They were refused as people without names."""
    header = ("No", "NIP", "Nama", "Jenis Kepegawaian", "Unit Kerja", "Kelompok Jabatan")
    below = [("REKAPITULASI",), ("Golongan", "Jumlah"), ("III", 1), ("IV/a", 0), ("PPPK", "0 orang")]
    deliver("employees/2026-01/a.xlsx", book(header, (1, PNS, "A", "PNS", "Dinkes", "Pelaksana"), (), *below))
    report = read()["employees/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted, report.n_skipped) == (1, 1, 5)
