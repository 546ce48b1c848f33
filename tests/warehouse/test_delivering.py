"""Delivering: files that are not whole yet wait, files that are mostly wrong are held, drift is named, mended files load."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from schemas.policy import policy_value
from warehouse.delivery import landing
from warehouse.delivery.landing import scan
from warehouse.offices.returned import write_returns
from warehouse.staging.recipe import changed_months
from warehouse.staging.report import FileReport
from warehouse.store import Store, file_sha256

from ..conftest import DAY, book, refresh

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
HEAD = "class_id,session_no,employee_id,status\n"
ANI, BUDI = "198503152010012001", "199001012024211002"
NAME = "attendance/2026-01/a.csv"


def lines(good: int, bad: int) -> str:
    return HEAD + "".join(f"A,{n + 1},{ANI},{'H' if n < good else 'entah'}\n" for n in range(good + bad))


def staged(store: Store) -> pl.DataFrame:
    return pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")


def held(store: Store) -> list[tuple[str, str, str]]:
    return [(p.file_name, p.status, p.code) for p in scan(store, DAY).problems]


def test_a_file_that_a_program_still_writes_is_left_for_the_next_run(
    store: Store, deliver: Deliver, read: Read
) -> None:
    path = deliver(NAME, HEAD)
    with path.open("a") as handle:
        handle.write(f"A,1,{ANI},H\n")
        handle.flush()
        assert held(store) == [(NAME, "held", "FILE_CHANGING")]
    assert read()[NAME].n_accepted == 1


def test_a_file_that_changes_while_it_is_read_is_left(
    store: Store, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(NAME, lines(3, 0))
    real = hashlib.file_digest

    def slow(handle: object, name: str) -> object:
        found = real(handle, name)
        path.write_text(lines(4, 0))
        return found

    monkeypatch.setattr(hashlib, "file_digest", slow)
    assert held(store) == [(NAME, "held", "FILE_CHANGING")]


def test_a_file_with_its_sum_beside_it_waits_until_they_agree(store: Store, deliver: Deliver, read: Read) -> None:
    whole = lines(9, 0)
    cut = whole[: whole.rindex("A,9")]  # cut exactly between two rows: nothing else would tell
    deliver(NAME, cut)
    deliver(f"{NAME}.sha256", f"{hashlib.sha256(whole.encode()).hexdigest()}  a.csv\n")
    assert held(store) == [(NAME, "held", "FILE_CHANGING")]
    deliver(NAME, whole)
    assert read()[NAME].n_accepted == 9


def test_who_only_looks_reads_no_new_file_whole(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is asked for often while many gigabytes wait. What was read before is told by what it holds."""
    deliver("attendance/2026-01/old.csv", lines(3, 0))
    assert len(scan(replace(store, is_looked_at=True), DAY).deliveries) == 1, "an index that is lost is no matter"
    read()
    new = [deliver(f"attendance/2026-02/{name}.csv", lines(2, 0)) for name in ("a", "b")]
    for path in (store.landing / "attendance/2026-01/old.csv", *new):
        os.utime(path)
    hashed: list[Path] = []
    monkeypatch.setattr(landing, "file_sha256", lambda path: (hashed.append(path), file_sha256(path))[1])
    looked = scan(replace(store, is_looked_at=True), DAY)
    assert [path.name for path in hashed] == ["old.csv"]
    assert [one.duplicate_of for one in looked.deliveries["attendance", "2026-02"]] == [None, None]
    assert changed_months(store, looked) == {"attendance": ["2026-02"]}
    assert [one.duplicate_of for one in scan(store, DAY).deliveries["attendance", "2026-02"]] == [
        None,
        "attendance/2026-02/a.csv",
    ]


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.crdownload", ".a.csv.swp", "~$a.xlsx", "a.tmp"])
def test_names_of_unfinished_copies_are_no_deliveries(store: Store, deliver: Deliver, name: str) -> None:
    deliver(f"attendance/2026-01/{name}", lines(1, 0))
    landing = scan(store, DAY)
    assert not landing.deliveries
    assert not landing.problems


def test_a_file_refused_beyond_the_policy_s_share_is_held_whole(store: Store, deliver: Deliver, read: Read) -> None:
    least, share = int(policy_value("hold_minimum_rows")), policy_value("hold_refused_share")
    bad = int(least * share) + 1
    deliver(NAME, lines(least - bad, bad))
    deliver("attendance/2026-01/b.csv", HEAD + f"B,1,{ANI},H\n")
    report = read()[NAME]
    assert (report.status, report.n_read, report.n_accepted, report.n_refused) == ("held", least, 0, least)
    assert staged(store)["class_id"].to_list() == ["B"]
    assert pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet").height == bad
    manifest = refresh(store)
    assert manifest["rows"]["core.fact_attendance"] == 1
    for name, content in {"one row less": lines(least - bad + 1, bad - 1), "a small file": lines(0, least - 1)}.items():
        deliver(NAME, content)
        assert read()[NAME].status != "held", name


def test_sheets_that_are_not_read_are_counted_and_not_named(store: Store, deliver: Deliver, read: Read) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(HEAD.strip().split(","), ["A", 1, ANI, "H"])))
    made.create_sheet("Budi Santoso").append(["lain", "sekali"])
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("attendance/2026-01/a.xlsx", buffer.getvalue())
    report = read()["attendance/2026-01/a.xlsx"]
    assert (report.read_as, report.drift) == ("sheet 1, header in row 1", "sheets not read: 2")


def test_drift_is_named_and_a_renamed_column_is_recognised_by_its_likeness(
    store: Store, deliver: Deliver, read: Read
) -> None:
    head = "class_id;program_code;curriculum_version;batch_no;catatan;start_dates"
    deliver("classes/2026-01/k.csv", f"{head}\nA;P;1;1;Budi Santoso;2026-01-12\n")
    drift = read()["classes/2026-01/k.csv"].drift
    assert "not there: assignment, method, start_date" in drift
    assert "'start_dates' is start_date" in drift
    assert "not used: 2 other columns" in drift
    assert "catatan" not in drift


def test_a_missing_column_is_named_and_no_cell_of_a_file_without_header_is_shown(
    store: Store, deliver: Deliver
) -> None:
    deliver(NAME, f"class_id,session_no,nip,statuss\nA,1,{ANI},H\n")
    deliver("attendance/2026-01/b.csv", f"A,1,{ANI},Budi Santoso\n")
    lacking, bare = scan(store, DAY).problems
    assert (lacking.code, lacking.seen) == ("FILE_COLUMNS", "Missing: status. Perhaps 'statuss' is status?")
    assert (bare.code, bare.seen) == ("FILE_COLUMNS", "None of the columns is known.")


def test_what_stands_above_the_table_is_not_missing(store: Store, deliver: Deliver) -> None:
    deliver("assessments/2026-01/a.csv", f"Kode Kelas : A;;\nNilai Maksimum : 100;;\nNo;NIP;Skor\n1;{ANI};80\n")
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_COLUMNS", "Missing: kind.")
    deliver("enrolments/2026-01/a.csv", f"Kode Kelas : A;\nNama;NIP\nAni;{ANI}\n")
    deliver("enrolments/2026-01/b.csv", f"Kode Kelas : A;\nStatus peserta : Selesai;\nNama;NIP\nAni;{ANI}\n")
    seen = {problem.file_name: problem.seen for problem in scan(store, DAY).problems}
    assert seen["enrolments/2026-01/a.csv"] == "'Status Keikutsertaan : ...'"
    assert "enrolments/2026-01/b.csv" not in seen, "all but the people stands above them"


SHEET = book(
    ["DAFTAR HADIR"], ["Kode Kelas : A"], [], ["No", "Nama", "NIP", "Hari I", None], [None, None, None, "Pagi", "Siang"],
    [1, "Satu", ANI, "H", "entah"], [2, "Dua", 199001012024211002, "H", "H"], ["Jumlah", None, None, 2, 1],
)  # fmt: skip
MENDED: dict[str, tuple[bytes, dict[str, str]]] = {
    "sheet.xlsx": (SHEET, {"E6": "Izin", "C7": BUDI}),
    "text.csv": (f"{HEAD}A,1,{ANI},H\n\nA,x,{BUDI},H\n".encode(), {"B3": "2"}),
    "old.csv": (f"Kode kelas;Sesi ke-;NIP;Status kehadiran\nCafé;x;{ANI};H\n".encode("cp1252"), {"B2": "1"}),
}


@pytest.mark.parametrize("name", MENDED)
def test_a_returned_workbook_that_is_mended_where_it_says_loads_clean(
    store: Store, deliver: Deliver, read: Read, name: str
) -> None:
    content, cells = MENDED[name]
    original = deliver(f"attendance/2026-01/{name}", content)
    before = read()[f"attendance/2026-01/{name}"]
    assert before.n_refused
    (path,) = write_returns(store)
    returned = openpyxl.load_workbook(path)
    sheet = returned.worksheets[1]
    coloured = {c.coordinate for row in sheet.iter_rows() for c in row if c.comment}
    assert coloured == set(cells)
    for cell, value in cells.items():
        sheet[cell] = value
    returned.save(path)
    original.unlink()
    deliver("attendance/2026-01/kembali.xlsx", path.read_bytes())
    after = read()["attendance/2026-01/kembali.xlsx"]
    assert (after.n_read, after.n_accepted, after.n_refused) == (before.n_read, before.n_read, 0)
    assert write_returns(store) == []


def test_units_by_their_names_and_the_city_s_own_aliases_with_their_days(
    store: Store, deliver: Deliver, read: Read
) -> None:
    store.home.mkdir(parents=True, exist_ok=True)
    aliases = "alias,unit_code,valid_from,valid_to\nBagian Umum,OLD,,2026-02-01\nBagian Umum,NEW,2026-02-01,\n"
    (store.home / "unit_aliases.csv").write_text(aliases)
    head = "unit_code,unit_name,parent_unit_code,unit_type\n"
    for month in ("2026-01", "2026-02"):
        rows = 'Bagian Umum,x,Dinas SDA dan apa saja,bagian\nX,x,"Dinas SDA, Bina Marga & Bina Konstruksi",bagian\n'
        deliver(f"units/{month}/u.csv", head + rows)
    read()
    found = [
        pl.read_parquet(store.staging / "units" / f"{month}.parquet").select("unit_code", "parent_unit_code").rows()
        for month in ("2026-01", "2026-02")
    ]
    assert found == [
        [("OLD", "Dinas SDA dan apa saja"), ("X", "DSDABMBK")],
        [("NEW", "Dinas SDA dan apa saja"), ("X", "DSDABMBK")],
    ]
