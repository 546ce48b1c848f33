"""A file format is one file: what it says about itself is all that reading, inspecting and returning know of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from warehouse.delivery import formats
from warehouse.delivery.landing import scan
from warehouse.offices.inspection import inspect_file
from warehouse.offices.returned import write_returns
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY

JSON_LINES = '''
"""JSON Lines: one object per line."""

import json

import polars as pl

from schemas.reasons import FileRefused
from warehouse.delivery.sheets.sheet import ROW, Batch, Table

ENDINGS = (".jsonl",)


def open(path, accepts, folder):
    try:
        objects = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except json.JSONDecodeError as error:
        raise FileRefused("FILE_UNREADABLE", f"Line {error.lineno} is no JSON.") from error
    header = tuple(objects[0])
    tables = [JsonTable(path, header, {}, kind="JSON Lines")] if accepts(header, {}) else []
    return tables, [list(header)]


def copy_back(path, encoding, delimiter):
    objects = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    yield 0, list(objects[0])
    yield from ((row, [str(value) for value in cells.values()]) for row, cells in enumerate(objects, start=1))


class JsonTable(Table):
    def batches(self):
        rows = pl.read_ndjson(self.path).select(pl.all().cast(pl.String))
        yield Batch(rows.with_columns(pl.int_range(1, rows.height + 1).alias(ROW)), self.facts)
'''
ANI, BUDI = "198503152010012001", "199001012024211002"
ROWS = "".join(
    f'{{"class_id": "A", "session_no": {session}, "employee_id": "{person}", "status": "H"}}\n'
    for session, person in ((1, ANI), (2, BUDI), (3, "198503152010012000"))
)


@pytest.fixture
def json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON Lines as a format: a module on the package's path, and nothing else."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "json_lines.py").write_text(JSON_LINES)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path / "more")])
    found = formats.find_formats.__wrapped__()
    monkeypatch.setattr(formats, "find_formats", lambda: found)


@pytest.mark.usefixtures("json_lines")
def test_a_new_format_is_read_inspected_and_returned(
    store: Store, deliver: Callable[[str, str], Path], read: Callable[[], dict[str, FileReport]]
) -> None:
    path = deliver("attendance/2026-01/a.jsonl", ROWS)
    report = read()["attendance/2026-01/a.jsonl"]
    assert (report.n_read, report.n_accepted, report.n_refused) == (3, 2, 1)
    assert report.read_as == "JSON Lines, header in row 1"
    staged = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    assert staged.select("session_no", "source_row").rows() == [(1, 1), (2, 2)]

    [reading] = inspect_file(store, path, "attendance")["readings"]
    assert (reading["n_accepted"], reading["refusals"][0]["row_number"]) == (2, 3)

    [workbook] = write_returns(store)
    data = load_workbook(workbook)["Data"]
    assert [cell.value for cell in data["C"]] == ["employee_id", ANI, BUDI, "198503152010012000"]
    assert data["C4"].comment is not None


@pytest.mark.usefixtures("json_lines")
def test_a_new_format_refuses_its_own_broken_files(store: Store, deliver: Callable[[str, str], Path]) -> None:
    deliver("attendance/2026-01/a.jsonl", ROWS + "{")
    assert [(problem.code, problem.seen) for problem in scan(store, DAY).problems] == [
        ("FILE_UNREADABLE", "Line 1 is no JSON.")
    ]


def test_a_file_that_no_format_reads_is_told_which_are(
    store: Store, deliver: Callable[[str, str], Path], request: pytest.FixtureRequest
) -> None:
    deliver("attendance/2026-01/a.jsonl", ROWS)
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == (
        "FILE_ENDING",
        "Ending '.jsonl'; .csv, .htm, .html, .ods, .parquet, .tsv, .txt, .xls, .xlsb, .xlsm, .xlsx and .zip of such files are read.",
    )
    request.getfixturevalue("json_lines")
    deliver("attendance/2026-01/b.yaml", ROWS)
    seen = {problem.file_name: problem.seen for problem in scan(store, DAY).problems}
    assert seen["attendance/2026-01/b.yaml"] == (
        "Ending '.yaml'; .csv, .htm, .html, .jsonl, .ods, .parquet, .tsv, .txt, .xls, .xlsb, .xlsm, .xlsx and .zip of such files are read."
    )


@pytest.mark.parametrize(("ending", "delimiter"), [("tsv", "\t"), ("txt", ";"), ("TXT", "|")])
def test_text_is_read_by_what_it_holds_whatever_its_ending(
    store: Store,
    deliver: Callable[[str, str], Path],
    read: Callable[[], dict[str, FileReport]],
    ending: str,
    delimiter: str,
) -> None:
    lines = (("class_id", "session_no", "nip", "status"), ("A", "1", ANI, "H"), ("A", "x", BUDI, "H"))
    deliver(f"attendance/2026-01/a.{ending}", "".join(delimiter.join(line) + "\n" for line in lines))
    report = read()[f"attendance/2026-01/a.{ending}"]
    assert (report.n_accepted, report.n_refused) == (1, 1)
    assert len(write_returns(store)) == 1


@pytest.mark.parametrize("name", ["a.rar", "a.docx"])
def test_an_ending_that_is_not_read_is_the_reason(store: Store, deliver: Callable[[str, str], Path], name: str) -> None:
    deliver(f"attendance/2026-01/{name}", "x")
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_ENDING"]


def test_two_formats_that_read_the_same_ending_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "second_csv.py").write_text('ENDINGS = (".csv",)')
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match=r"second_csv reads \['.csv'\], which another format reads already"):
        formats.find_formats.__wrapped__()
