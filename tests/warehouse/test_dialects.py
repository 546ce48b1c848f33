"""A clean text file and its polluted twins: the same rows, or a refusal that is true, and never other rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
HEAD = ["program_code", "program_name", "curriculum_version", "competency_area", "objectives"]
ROWS = [
    ["MD-01", "Manajemen Dokumen", "1", "teknis", "Arsip, surat dan lampiran"],
    ["TI-02", 'Aplikasi "Pelayanan"', "2", "teknis", ""],
    ["PP-03", "Manajemen Proyek", "1", "manajerial", "Rencana"],
    ["KP-04", "Kepemimpinan", "3", "manajerial", "Visi"],
    ["AK-05", "Akuntansi Dasar", "1", "teknis", ""],
]
FILE = "programs/2026-01/p.csv"


def written(rows: list[list[str]] = ROWS, head: list[str] = HEAD, end: str = "\r\n", **how: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end, **how).writerows([head, *rows])
    return buffer.getvalue()


CLEAN = written()
LINES = CLEAN.split("\r\n")[:-1]


def changed(number: int, old: str, new: str) -> str:
    """The clean file with one line changed."""
    lines = list(LINES)
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)
    return "\r\n".join(lines) + "\r\n"


def spaced() -> str:
    return "".join(", ".join('"' + c.replace('"', '""') + '"' for c in row) + "\n" for row in [HEAD, *ROWS])


def in_line_quotes() -> str:
    return "".join('"' + line.replace('"', '""') + '"\n' for line in LINES)


READ = {
    "clean": CLEAN,
    "semicolons": written(delimiter=";"),
    "tabs": written(delimiter="\t"),
    "pipes": written(delimiter="|"),
    "all quoted": written(quoting=csv.QUOTE_ALL),
    "backslash before quotes": written(quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\"),
    "backslash before commas": written(quoting=csv.QUOTE_NONE, escapechar="\\"),
    "a comma and a space": spaced(),
    "whole lines in quotes": in_line_quotes(),
    "single quotes": written(quotechar="'", quoting=csv.QUOTE_ALL),
    "line feeds": CLEAN.replace("\r\n", "\n"),
    "carriage returns": CLEAN.replace("\r\n", "\r"),
    "mixed line ends": "\r\n".join(LINES[:3]) + "\n" + "\n".join(LINES[3:]) + "\n",
    "no last line end": CLEAN.removesuffix("\r\n"),
    "blank lines": CLEAN.replace("\r\n", "\r\n\r\n"),
    "the header twice": LINES[0] + "\r\n" + CLEAN,
    "lines above": "Daftar program,,,,\r\nKota : Tangerang Selatan,,,,\r\n,,,,\r\n" + CLEAN,
    "a surplus comma in every line but the header": CLEAN.replace("\r\n", ",\r\n").replace("objectives,", "objectives"),
    "a surplus comma in every line": CLEAN.replace("\r\n", ",\r\n"),
    "a byte order mark": "\ufeff" + CLEAN,
}
"""Kinds of pollution that are read."""
SHORT = [[*row[:4], ""] for row in ROWS]
REFUSED_ROWS = {
    "a surplus cell": (changed(3, "1,", "1,,"), {"PP-03"}),
    "a surplus empty cell at the end": (changed(3, "Rencana", "Rencana,"), {"PP-03"}),
    "a comma too many that an empty cell hides": (changed(5, "Akuntansi Dasar", "Akuntansi, Dasar"), {"AK-05"}),
    "a missing cell": (changed(3, "PP-03,", "PP-03 "), {"PP-03"}),
    "a missing last cell": (changed(5, "teknis,", "teknis"), {"AK-05"}),
    "another delimiter in one line": (changed(3, LINES[3], LINES[3].replace(",", ";")), {"PP-03"}),
    "text behind a closing quote": (changed(3, "Manajemen Proyek", '"Manajemen" Proyek'), {"PP-03"}),
    "a quote in a quoted cell": (changed(1, '"Arsip,', '"Arsip" baru,'), {"MD-01"}),
    "a lost comma that a comma in quotes makes good": (changed(1, 'teknis,"', 'teknis"'), {"MD-01"}),
    "the same before a doubled quote": (
        changed(1, '"Arsip, surat dan lampiran"', "x").replace("teknis,x", 'teknis"Arsip, 10"""'),
        {"MD-01"},
    ),
    "one line in quotes": (changed(4, LINES[4], f'"{LINES[4]}"'), {"KP-04"}),
}
"""Kinds that cost the rows that are named."""
REFUSED = {
    "no header": "\r\n".join(LINES[1:]) + "\r\n",
    "a zero byte": changed(3, "Proyek", "Pro\x00yek"),
    "a quote that is never closed": changed(3, "PP-03", '"PP-03'),
    "spaces between the cells": "".join(" ".join(row) + "\n" for row in [HEAD, *ROWS]),
    "a comma too many between headings": changed(0, "program_name", ",program_name"),
    "single quotes around some cells, apostrophes in others": LINES[0]
    + "\n"
    + "MD-01,'Jum'at',1,'teknis','Pagi'\n" * 4,
    "two kinds of width": LINES[0] + "\n" + f"{LINES[3]},\n" * 40 + f"{LINES[4]}\n",
    "a surplus that may be a text's": f"{LINES[0]}\nA,Surat, masuk,1,x,\nB,Surat, keluar,1,x,\n",
}
"""Kinds that cost the file."""


def programs(store: Store) -> set[tuple[object, ...]]:
    return set(staged_rows(store, "programs").select(HEAD).fill_null("").rows())


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_a_polluted_file_that_is_read_gives_the_rows_of_the_clean_one(
    store: Store, deliver: Deliver, read: Read, text: str
) -> None:
    deliver(FILE, text.encode())
    assert scan(store, DAY).problems == []
    report = read()[FILE]
    assert (report.n_accepted, report.n_refused) == (len(ROWS), 0)
    assert programs(store) == set(map(tuple, ROWS))


@pytest.mark.parametrize(("text", "lost"), REFUSED_ROWS.values(), ids=REFUSED_ROWS)
def test_a_row_that_cannot_be_told_is_refused_and_the_others_are_the_clean_ones(
    store: Store, deliver: Deliver, read: Read, text: str, lost: set[str]
) -> None:
    deliver(FILE, text.encode())
    report = read()[FILE]
    assert (report.n_accepted, report.n_refused) == (len(ROWS) - len(lost), len(lost))
    assert programs(store) == {tuple(row) for row in ROWS if row[0] not in lost}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_told_is_refused(store: Store, deliver: Deliver, read: Read, text: str) -> None:
    deliver(FILE, text.encode())
    problems, reports = scan(store, DAY).problems, read()
    assert problems or all(report.status == "refused" for report in reports.values())
    assert all(report.n_accepted == 0 for report in reports.values())


def test_two_stray_quotes_do_not_make_one_cell_of_the_rows_between(store: Store, deliver: Deliver, read: Read) -> None:
    rows = ["MD-01,x,1", 'TI-02,"y,2', "PP-03,z,3", 'KP-04,v",4', "AK-05,w,5"]
    deliver(FILE, "program_code,program_name,curriculum_version\n" + "\n".join(rows) + "\n")
    report = read()[FILE]
    assert (report.n_accepted, report.n_refused) == (2, 1)
    assert {row[0] for row in programs(store)} == {"MD-01", "AK-05"}


def test_rows_that_all_end_a_cell_early_are_read_where_the_cell_may_be_empty(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(FILE, "\n".join([",".join(HEAD), *(",".join(row[:4]) for row in SHORT if '"' not in row[1])]) + "\n")
    report = read()[FILE]
    assert (report.n_accepted, report.n_refused) == (4, 0)
    assert all(row[4] == "" for row in programs(store))


def test_rows_that_all_lack_a_cell_that_must_be_filled_are_refused(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(FILE, "program_code,curriculum_version,program_name\nMD-01,1\nTI-02,1\n")
    report = read()[FILE]
    assert (report.n_accepted, report.n_refused) == (0, 2)


def test_a_backslash_before_anything_but_a_quote_is_one(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [[*ROWS[0][:4], r"C:\arsip \'baru\'"], *ROWS[1:]]
    text = ["".join(f'"{cell}",'.replace('"', '"') for cell in HEAD).rstrip(",")]
    text += [",".join('"' + cell.replace('"', '\\"') + '"' for cell in row) for row in rows]
    deliver(FILE, "\n".join(text) + "\n")
    assert read()[FILE].n_accepted == len(ROWS)
    assert ("MD-01", rows[0][4]) in {(row[0], row[4]) for row in programs(store)}


def test_a_refused_row_of_another_dialect_is_shown_on_its_line(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [*ROWS, ["", 'Kelas "B"', "1", "teknis", ""]]
    deliver(FILE, written(rows, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\"))
    assert read()[FILE].read_as == "utf-8-sig, comma, backslash before quotes, header in row 1"
    refused = pl.read_parquet(store.quarantine / "programs" / "2026-01.parquet")
    assert refused.select("row_number", "column_name", "reason_code").rows() == [(7, "program_code", "MISSING")]
