"""Rows that an office took out of a workbook by striking them through, or hid."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from warehouse.delivery.landing import scan
from warehouse.sample.workbooks import SMALL_STREAM, compound, ods
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import doubts, kept

from ..conftest import DAY, book, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
NAME = "attendance/2026-01/a.xlsx"
LIST: list[Sequence[object]] = [
    ("Kode Kelas : TS-2026-01-001",),
    ("No", "Nama", "NIP", "Hari 1", "Ket"),
    (1, "Budi", "198503152010011001", "H"),
    (2, "Siti", "198703162011012002", "H"),
    (3, "Ani", "199003172012012003", "I", "pindah"),
]


def struck(rows: Sequence[Sequence[object]], *cells: str) -> bytes:
    """A workbook in which these cells are struck through."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for cell in cells:
        made.active[cell].font = Font(strike=True)
    made.active["A1"].font = Font(bold=True, strike="A1" in cells)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("cells", "rows", "told"),
    [
        (("A4", "B4", "C4", "D4"), [3, 5], "sheet 1: 1 rows are struck through and left out (4)"),
        (("B4", "C4", "D4"), [3, 5], "sheet 1: 1 rows are struck through and left out (4)"),
        (("A5", "B5", "C5", "D5", "D4"), [3, 4], "sheet 1: 1 rows are struck through and left out (5); sheet 1: 1 rows are struck through in part, and read (4)"),
        (("D4", "C3"), [3, 4, 5], "sheet 1: 2 rows are struck through in part, and read (3, 4)"),
        (("E3", "F9"), [3, 4, 5], ""),
    ],
    ids=["a row", "all but its number", "all but why", "single cells", "empty cells"],
)  # fmt: skip
def test_a_row_that_is_struck_through_is_left_out_and_told(
    store: Store, deliver: Deliver, read: Read, cells: tuple[str, ...], rows: list[int], told: str
) -> None:
    """Whoever was taken out had been counted among those who came."""
    deliver(NAME, struck(LIST, *cells))
    report = read()[NAME]
    assert (report.drift, report.n_refused) == (told, 0)
    assert staged_rows(store, "attendance").get_column("source_row").sort().to_list() == rows
    assert all((kept("id")(doubt) or "").startswith("lembar 1: ") for doubt in doubts(told))


def test_a_line_above_the_table_that_is_struck_through_says_nothing(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(NAME, struck([("Kode Kelas : TS-2026-01-009",), *LIST], "A1"))
    read()
    assert set(staged_rows(store, "attendance").get_column("class_id")) == {"TS-2026-01-001"}


def test_rows_that_are_hidden_are_read_and_told(store: Store, deliver: Deliver, read: Read) -> None:
    """Who sends a list that is filtered sees fewer people than are counted."""
    made = openpyxl.Workbook()
    for row in LIST:
        made.active.append(row)
    for number in (4, 9):
        made.active.row_dimensions[number].hidden = True
    buffer = io.BytesIO()
    made.save(buffer)
    deliver(NAME, buffer.getvalue())
    report = read()[NAME]
    assert (report.drift, report.n_accepted) == ("sheet 1: 1 rows are hidden, and read (4)", 3)
    assert kept("id")(report.drift) == "lembar 1: 1 baris disembunyikan, dan dibaca (4)"


def test_a_column_that_is_hidden_and_read_is_told(deliver: Deliver, read: Read) -> None:
    """The scores that an office had hidden counted as if they were seen. Of what is not read nothing is told."""
    made = openpyxl.load_workbook(io.BytesIO(book(*LIST)))
    for column in "BDZ":
        made.active.column_dimensions[column].hidden = True
    buffer = io.BytesIO()
    made.save(buffer)
    deliver(NAME, buffer.getvalue())
    report = read()[NAME]
    assert (report.drift, report.n_accepted) == ("sheet 1: column 4 is hidden, and read", 3)
    assert kept("id")(report.drift) == "lembar 1: kolom 4 tersembunyi, dan dibaca"


def open_document(rows: Sequence[Sequence[object]], struck: set[int], hidden: set[int]) -> bytes:
    """A spreadsheet of LibreOffice in which these rows, from 1, are struck through, or hidden, and so is the fourth column."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    style = (
        f'<office:automatic-styles xmlns:style="{names}:style:1.0"><style:style style:name="ce1" style:family="table-cell">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style><style:style style:name="ce2" '
        'style:family="table-cell"><style:text-properties style:text-line-through-style="none"/></style:style></office:automatic-styles>'
    )
    plain = ods(rows)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            text = old.read(part).decode()
            if part == "content.xml":
                head, *lines = text.split("<table:table-row>")
                for nth, line in enumerate(lines, start=1):
                    cell = f'<table:table-cell table:style-name="{"ce1" if nth in struck else "ce2"}" '
                    row = '<table:table-row table:visibility="filter">' if nth in hidden else "<table:table-row>"
                    lines[nth - 1] = row + line.replace("<table:table-cell ", cell)
                hides = '<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>'
                text = "".join([head.replace("<office:body>", f"{style}<office:body>"), hides, *lines])
            new.writestr(zipfile.ZipInfo(part), text)
    return buffer.getvalue()


def old_book(rows: Sequence[Sequence[object]], struck: set[int], hidden: set[int]) -> bytes:
    """The same of Excel 97. Of its six fonts the last is struck through, which has the number 6."""
    begin = struct.Struct("<HHHHHHII")
    fonts = b"".join(struct.pack("<HHHH", 0x0031, 14, 200, 8 * (nth == 5)) + bytes(10) for nth in range(6))
    styles = b"".join(struct.pack("<HHHH", 0x00E0, 20, font, 0) + bytes(16) for font in (0, 6))
    stream = begin.pack(0x0809, 16, 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 0x0600) + fonts + styles
    stream += struct.pack("<HHIHBB", 0x0085, 14, len(stream) + 18 + 4, 0, 6, 0) + b"Sheet1"
    stream += struct.pack("<HH", 0x000A, 0) + begin.pack(0x0809, 16, 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 0x0600)
    stream += struct.pack("<HHIIHHH", 0x0200, 14, 0, len(rows), 0, max(map(len, rows)), 0)
    stream += struct.pack("<HHHHHHHH", 0x007D, 12, 3, 3, 2000, 0, 1, 0)
    for at, row in enumerate(rows):
        stream += struct.pack("<HHHHHHHHHH", 0x0208, 16, at, 0, 9, 255, 0, 0, 0x20 * (at + 1 in hidden), 15)
        for column, cell in enumerate(row):
            text = str(cell).encode()
            stream += struct.pack("<HHHHHHB", 0x0204, 9 + len(text), at, column, at + 1 in struck, len(text), 0) + text
    return compound({"Workbook": (stream + struct.pack("<HH", 0x000A, 0)).ljust(SMALL_STREAM, b"\0")})


@pytest.mark.parametrize(("ending", "made"), [("ods", open_document), ("xls", old_book)])
def test_rows_of_other_programs_that_are_struck_through_are_left_out_and_hidden_ones_told(
    store: Store, deliver: Deliver, read: Read, ending: str, made: Callable[..., bytes]
) -> None:
    name = f"attendance/2026-01/a.{ending}"
    deliver(name, made(LIST, {4}, {5}))
    report = read()[name]
    assert report.drift.split("; ") == [
        "sheet 1: 1 rows are struck through and left out (4)",
        "sheet 1: 1 rows are hidden, and read (5)",
        "sheet 1: column 4 is hidden, and read",
    ]
    assert staged_rows(store, "attendance").get_column("source_row").sort().to_list() == [3, 5]


def test_what_is_struck_through_within_a_cell_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """Whoever mends a list by hand strikes out the word that was wrong, and writes the right one beside it."""
    rows = [*LIST[:3], (2, "Siti", "198703162011012002", "S"), LIST[4]]
    texts: list[str] = []

    def shared(cell: re.Match[str]) -> str:
        out = cell[2] in ("Siti", "198703162011012002", "S")
        first = f"<r><rPr><strike/></rPr><t>{cell[2] if out else 'Badu '}</t></r>"
        part = f"<r><t>{cell[2]}</t></r>"
        texts.append(first if out else first + part if cell[2] == "Budi" else part)
        return f'{cell[1]}t="s"><v>{len(texts) - 1}</v></c>'

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(*rows))) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            text = old.read(part).decode()
            if part.endswith("sheet1.xml"):
                text = re.sub(r'(<c [^>]*)t="inlineStr"><is><t>([^<]*)</t></is></c>', shared, text)
            new.writestr(part, text)
        items = "".join(f"<si>{text}</si>" for text in texts)
        name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{name}">{items}</sst>')
    deliver(NAME, buffer.getvalue())
    report = read()[NAME]
    assert report.drift == (
        "sheet 1: 1 rows are struck through and left out (4); sheet 1: 1 rows are struck through in part, and read (3)"
    )


def test_so_it_is_where_the_text_stands_in_its_cell(store: Store, deliver: Deliver, read: Read) -> None:
    made = openpyxl.Workbook()
    for row in LIST:
        made.active.append(row)
    made.active["B3"] = CellRichText(TextBlock(InlineFont(strike=True), "Badu "), "Budi")
    made.active["B4"] = CellRichText(TextBlock(InlineFont(b=True), "Siti "), "Aminah")
    buffer = io.BytesIO()
    made.save(buffer)
    deliver(NAME, buffer.getvalue())
    assert read()[NAME].drift == "sheet 1: 1 rows are struck through in part, and read (3)"


def with_hidden(first: Sequence[Sequence[object]], hidden: Sequence[Sequence[object]], state: str) -> bytes:
    """A workbook whose second sheet is hidden."""
    made = openpyxl.load_workbook(io.BytesIO(book(*first)))
    sheet = made.create_sheet("Lama")
    for row in hidden:
        sheet.append(row)
    sheet.sheet_state = state
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_list_on_a_hidden_sheet_is_not_read_and_told(store: Store, deliver: Deliver, read: Read, state: str) -> None:
    """Nothing had been said of it."""
    deliver(NAME, with_hidden(LIST, LIST[:3], state))
    report = read()[NAME]
    assert (report.n_read, report.drift) == (3, "hidden sheets hold lists, and are not read: 2")
    assert kept("id")(report.drift) == "lembar tersembunyi berisi daftar, dan tidak dibaca: 2"


@pytest.mark.parametrize("hidden", [LIST[:2], [("Kode", "Arti"), ("H", "Hadir")], [], [("Rp dalam jutaan",)]])
def test_a_hidden_sheet_without_a_list_is_not_spoken_of(
    store: Store, deliver: Deliver, read: Read, hidden: Sequence[Sequence[object]]
) -> None:
    deliver(NAME, with_hidden(LIST, hidden, "hidden"))
    report = read()[NAME]
    assert (report.n_read, report.drift) == (3, "")


def test_a_file_whose_only_list_is_hidden_says_so(store: Store, deliver: Deliver) -> None:
    deliver(NAME, with_hidden([("Rekap",), ("Jumlah", 3)], LIST, "hidden"))
    assert [(problem.code, problem.seen) for problem in scan(store, DAY).problems] == [
        ("FILE_HIDDEN", "Hidden sheets: 2.")
    ]


def test_words_that_are_struck_through_in_an_open_document_are_told(store: Store, deliver: Deliver, read: Read) -> None:
    """A row of which every word is, is left out as one whose cells are."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    style = (
        f'<office:automatic-styles xmlns:style="{names}:style:1.0"><style:style style:name="T1" style:family="text">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style></office:automatic-styles>'
    )
    out = '<text:p><text:span text:style-name="T1">{}</text:span>{}</text:p>'.format
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods(LIST))) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            text = old.read(part).decode().replace("<office:body>", f"{style}<office:body>")
            text = text.replace("<text:p>Budi</text:p>", out("Badu", " Budi"))
            for cell in map(str, LIST[3]):
                text = text.replace(f"<text:p>{cell}</text:p>", out(cell, "")) if cell != "H" else text
            new.writestr(zipfile.ZipInfo(part), text)
    deliver("attendance/2026-01/a.ods", buffer.getvalue())
    report = read()["attendance/2026-01/a.ods"]
    assert report.drift.split("; ") == [
        "sheet 1: 1 rows are struck through and left out (4)",
        "sheet 1: 1 rows are struck through in part, and read (3)",
    ]
    assert staged_rows(store, "attendance").get_column("source_row").sort().to_list() == [3, 5]
