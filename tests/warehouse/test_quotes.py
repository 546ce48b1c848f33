"""Quotes and very long cells: what nobody can take apart is refused by name, the rest is read, and nothing of it is logged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.offices.returned import write_returns
from warehouse.staging.refusals import LONGEST
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI = "198503152010012001", "199001012024211002"
HEAD = "class_id,session_no,nip,status\n"
FOLDER = "attendance/2026-01"
MANY = "".join(f"C{number},1,{ANI},H\n" for number in range(6_000))
"""More than Python's csv module takes for one cell."""
LONG = "x" * 200_000


def refusals(store: Store) -> list[tuple[int, str]]:
    return (
        pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet").select("row_number", "reason_code").rows()
    )


@pytest.mark.parametrize("broken", [f'"B,1,{BUDI},H\n', f'B,1,{BUDI},"H\n'], ids=["first cell", "last cell"])
def test_a_file_with_a_quote_that_is_never_closed_is_refused_and_the_others_are_read(
    store: Store, deliver: Deliver, read: Read, broken: str
) -> None:
    deliver(f"{FOLDER}/a.csv", f"{HEAD}A,1,{ANI},H\n{broken}{MANY}")
    deliver(f"{FOLDER}/b.csv", f"{HEAD}B,2,{BUDI},H\n")
    [problem] = scan(store, DAY).problems
    assert (problem.file_name, problem.code, problem.status) == (f"{FOLDER}/a.csv", "FILE_QUOTES", "refused")
    assert problem.seen == "The quote is in the row that starts in line 3."
    assert read()[f"{FOLDER}/b.csv"].n_accepted == 1


def test_a_row_with_text_after_a_closing_quote_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", f'{HEAD}A,1,{ANI},H\n"Kelas "B", pagi",1,{BUDI}\nC,1,{ANI},H\n')
    report = read()[f"{FOLDER}/a.csv"]
    assert (report.n_accepted, report.n_refused) == (2, 1)
    assert refusals(store) == [(3, "QUOTES")]


def test_of_two_quotes_that_are_never_closed_no_row_between_is_invented(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(f"{FOLDER}/a.csv", f'{HEAD}A,1,{ANI},H\nB,1,{BUDI},"H\nC,1,{ANI},H\nD,1,{BUDI},"H\nE,1,{ANI},H\n')
    assert read()[f"{FOLDER}/a.csv"].n_accepted == 2
    assert refusals(store) == [(3, "QUOTES")]
    staged = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    assert sorted(staged.get_column("class_id")) == ["A", "E"]


def test_quotes_that_are_meant_are_read(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", f'\ufeff"class_id",session_no,nip,status\r\n"A ""x"", y",1,{ANI},H\r\n"B\nC",1,"{BUDI}",H\r\n"""D""",1,{ANI},""\r\n5" pipa,1,{ANI},H\r\n')  # fmt: skip
    assert read()[f"{FOLDER}/a.csv"].n_accepted == 4
    staged = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    assert sorted(staged.get_column("class_id")) == ['"D"', '5" pipa', 'A "x", y', "B\nC"]


@pytest.mark.parametrize(
    ("row", "code"), [(f"B,1,{BUDI},{LONG}\n", "NOT_ALLOWED"), (f"{LONG},1,{BUDI},H,5,6\n", "RAGGED")]
)  # fmt: skip
def test_a_refused_row_with_a_very_long_cell_is_cut_in_the_preview(
    store: Store, deliver: Deliver, read: Read, caplog: pytest.LogCaptureFixture, row: str, code: str
) -> None:
    deliver(f"{FOLDER}/a.csv", f'{HEAD}\n"A\n1",1,{ANI},H\n{row}')
    report = read()[f"{FOLDER}/a.csv"]
    assert (report.n_accepted, report.n_refused) == (1, 1)
    assert refusals(store) == [(5, code)]
    kept = pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet").select("value_seen", "raw_row").row(0)
    assert all(value is None or LONGEST / 2 < len(value) < LONGEST + 500 for value in kept)
    [back] = write_returns(store)
    assert back.is_file()
    assert "xxx" not in caplog.text
