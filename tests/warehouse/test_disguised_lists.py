"""Whatever offices do to a list of presences: the same presences come out, or a refusal that is counted, and never others."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from warehouse.people.privacy import pseudonyms
from warehouse.sample.workbooks import ods, xls
from warehouse.store import Store

from ..conftest import read_changed, workbook

PEOPLE = [f"1985031520100120{number:02}" for number in range(11, 17)]
MARKS = {"H": "hadir", "I": "izin", "S": "sakit", "A": "alpa", "DL": "dinas luar"}
MONTH = "2026-01"
Cells = list[list[str]]
Presences = dict[tuple[str, int], str]
"""(person, session) → mark."""

presences = st.integers(1, 6).flatmap(
    lambda n: st.lists(
        st.lists(st.sampled_from(list(MARKS)), min_size=n, max_size=n), min_size=1, max_size=len(PEOPLE)
    ).map(lambda rows: {(PEOPLE[at], s + 1): mark for at, row in enumerate(rows) for s, mark in enumerate(row)})
)


def table(marks: Presences, sessions: Sequence[int], *, heading: str, reverse: bool, totals: bool) -> Cells:
    """A list of some sessions, in this spelling of their headings."""
    people = sorted({person for person, _ in marks}, reverse=reverse)
    head = ["No", "Nama", "NIP", *(heading.format(session) for session in sessions)]
    rows = [
        [str(at), f"Peserta {at}", person, *(marks[person, session] for session in sessions)]
        for at, person in enumerate(people, start=1)
    ]
    present = [str(sum(marks[person, session] == "H" for person in people)) for session in sessions]
    return [head, *rows, *([["", "Jumlah hadir", "", *present]] if totals else [])]


def as_text(cells: Cells, delimiter: str = ";") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(cells)
    return buffer.getvalue().encode()


def as_archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


ABOVE = [["DAFTAR HADIR"], ["Kode Kelas : K-1"], []]
SECTION = [[], ["3. Rekapitulasi"], ["Orang", "Instansi", "JP"], ["Peserta 1", "Dinas", "8"]]


@st.composite
def disguised(draw: st.DrawFn) -> tuple[Presences, dict[str, bytes]]:
    """Presences, and the files that an office makes of them."""
    marks = draw(presences)
    sessions = sorted({session for _, session in marks})
    spelling = {
        "heading": draw(st.sampled_from(["Hari {}", "Sesi {}", "Pertemuan ke-{}", "JP {}"])),
        "reverse": draw(st.booleans()),
        "totals": draw(st.booleans()),
    }
    below = draw(st.sampled_from([[], SECTION]))
    cut = draw(st.integers(1, len(sessions)))
    parts = [part for part in (sessions[:cut], sessions[cut:]) if part]
    tables = [table(marks, part, **spelling) for part in parts]
    kind = draw(st.sampled_from(["one", "weekly", "below", "beside", "sheet per part", "sheet per day"]))
    wrap = draw(st.sampled_from([".csv", ".xlsx", ".xls", ".ods"]))
    if kind == "sheet per day":
        sheets = {
            f"Hari {session}": [
                *ABOVE,
                *table(marks, [session], **(spelling | {"heading": "Kehadiran", "totals": False})),
            ]
            for session in sessions
        }
        files = {"a.xlsx": workbook(sheets)}
    elif kind == "sheet per part":
        files = {"a.xlsx": workbook({f"Minggu {n}": [*ABOVE, *cells] for n, cells in enumerate(tables, start=1)})}
    else:
        if kind == "one":
            pieces = [[*ABOVE, *table(marks, sessions, **spelling), *below]]
        elif kind == "weekly":
            pieces = [[*ABOVE, *cells, *below] for cells in tables]
        elif kind == "below":
            pieces = [[row for cells in tables for row in [*ABOVE, *cells, []]] + below]
        else:
            height = max(map(len, tables))
            padded = [[*cells, *([[""] * len(cells[0])] * (height - len(cells)))] for cells in tables]
            pieces = [[*ABOVE, *([cell for cells in rows for cell in cells] for rows in zip(*padded, strict=True))]]
        made = {".csv": as_text, ".xlsx": lambda cells: workbook({"Sheet1": cells}), ".xls": xls, ".ods": ods}[wrap]
        files = {f"minggu {n}{wrap}": made(cells) for n, cells in enumerate(pieces, start=1)}
    if draw(st.booleans()):
        files = {"kiriman.zip": as_archive(files)}
    return marks, files


def read_files(home: Path, files: Mapping[str, bytes]) -> tuple[Store, dict[tuple[str, int], str], int]:
    """What is accepted of the files, and how many rows are refused."""
    shutil.rmtree(home, ignore_errors=True)
    store = Store(home)
    for name, content in files.items():
        path = store.landing / "attendance" / MONTH / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    read_changed(store, dt.date(2026, 11, 24))
    path = store.staging / "attendance" / f"{MONTH}.parquet"
    if not path.is_file():
        return store, {}, 0
    codes = pseudonyms(store.pseudonym_key(), "person")
    names = {codes.one(person): person for person in PEOPLE}
    rows = pl.read_parquet(path).select("employee_id", "session_no", "status", "class_id").rows()
    assert {row[3] for row in rows} <= {"K-1"}
    refused = pl.read_parquet(store.quarantine / "attendance" / f"{MONTH}.parquet").height
    return store, {(names[person], session): status for person, session, status, _ in rows}, refused


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=disguised())
def test_a_disguised_list_gives_the_same_presences(tmp_path: Path, case: tuple[Presences, dict[str, bytes]]) -> None:
    marks, files = case
    _, found, refused = read_files(tmp_path / "data", files)
    assert refused == 0
    assert found == {at: MARKS[mark] for at, mark in marks.items()}


BREAKS = {
    "a cell less": lambda line: line.rpartition(";")[0],
    "a cell more": lambda line: line + ";H",
    "an empty cell more": lambda line: line + ";",
    "a cell more in the middle": lambda line: line.replace(";", ";;", 1),
    "a quote that opens": lambda line: line.replace(";", ';"', 1),
    "a quote that closes": lambda line: line.replace(";", '";', 1),
    "text behind a closing quote": lambda line: line.replace("Peserta", '"Peserta"', 1),
    "other delimiters": lambda line: line.replace(";", ","),
    "a NIP that became a number": lambda line: line.replace("19850315", "1,98503E+17", 1),
}


@pytest.mark.parametrize("name", BREAKS)
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(marks=presences, at=st.integers(0, 5))
def test_a_broken_row_gives_its_own_presences_or_none(tmp_path: Path, name: str, marks: Presences, at: int) -> None:
    """Neither its own changed, nor another's."""
    sessions = sorted({session for _, session in marks})
    cells = [*ABOVE, *table(marks, sessions, heading="Hari {}", reverse=False, totals=False)]
    lines = as_text(cells).decode().split("\r\n")
    people = sorted({person for person, _ in marks})
    row = len(ABOVE) + 1 + at % len(people)
    lines[row] = BREAKS[name](lines[row])
    _, found, _ = read_files(tmp_path / "data", {"a.csv": "\r\n".join(lines).encode()})
    right = {at: MARKS[mark] for at, mark in marks.items()}
    assert found.items() <= right.items()
