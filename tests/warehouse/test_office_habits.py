"""Habits of offices in how they fill and lay out lists: small workbooks, and what must become of each row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.people.privacy import pseudonyms
from warehouse.staging.month import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO = "198503152010011001", "198703162011012002", "199003172012011003"
NAMES = {BUDI: "Budi Santoso", SITI: "Siti Aminah", JOKO: "Joko Widagdo"}
CLASS = "TS-2026-01-001"
TITLE = (f"Kode Kelas : {CLASS}",)
EMPLOYEES = ("NIP", "Nama lengkap", "Jenis kepegawaian", "Kode unit kerja", "Kelompok jabatan")


@pytest.fixture(autouse=True)
def people(deliver: Deliver) -> None:
    """Three employees."""
    rows = [(nip, name, "PNS", "DINKES", "pelaksana") for nip, name in NAMES.items()]
    deliver("employees/2026-01/pegawai.xlsx", book(EMPLOYEES, *rows))


def staged(store: Store, source: str, *columns: str) -> list[tuple[object, ...]]:
    """The accepted rows, people by their first name."""
    people = pseudonyms(store.pseudonym_key(), "person")
    names = {people.one(nip): name.split()[0] for nip, name in NAMES.items()}
    frame = staged_rows(store, source).with_columns(pl.col("employee_id").replace(names))
    return sorted(frame.select(columns).rows(), key=repr)


def presences(store: Store) -> list[tuple[object, ...]]:
    return staged(store, "attendance", "employee_id", "session_no", "status")


def refused(store: Store, source: str = "attendance") -> list[tuple[object, ...]]:
    path = store.quarantine / source / "2026-01.parquet"
    return pl.read_parquet(path).select("row_number", "column_name", "reason_code").rows()


# ---------------------------------------------------------------- words


def test_in_a_column_of_signatures_a_word_of_absence_is_no_signature(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(BUDI, "Tdk hadir"), (SITI, "mangkir"), (JOKO, "Joko Wdg")]
    deliver("attendance/2026-01/a.xlsx", book(TITLE, ("NIP", "Paraf Sesi 1"), *rows))
    read()
    assert presences(store) == [("Budi", 1, "alpa"), ("Joko", 1, "hadir"), ("Siti", 1, "alpa")]


def test_a_group_of_positions_that_is_too_broad_is_sent_back_with_the_finer_ones(
    store: Store, deliver: Deliver, read: Read
) -> None:
    rows = [(BUDI, "Budi", "PNS", "DINKES", "Jabatan Struktural"), (SITI, "Siti", "PNS", "DINKES", "Fungsional Umum")]
    deliver("employees/2026-01/pegawai.xlsx", book(EMPLOYEES, *rows))
    read()
    assert staged(store, "employees", "employee_id", "position_group") == [("Siti", "pelaksana")]
    assert refused(store, "employees") == [(2, "position_group", "TOO_BROAD")]
    mend = pl.read_parquet(store.quarantine / "employees/2026-01.parquet").item(0, "how_to_mend")
    assert "Struktural: jpt, administrator, atau pengawas." in mend
