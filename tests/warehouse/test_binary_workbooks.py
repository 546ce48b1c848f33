"""Binary workbooks (.xlsb) give the rows that the same table gives as .xlsx, and say what their cells say."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from schemas.reasons import ERROR_CELL, FileRefused
from warehouse.delivery.landing import scan
from warehouse.delivery.workbooks import workbook
from warehouse.offices.returned import write_returns
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI = "198503152010012001", "199001012024211002"
HEAD = ["class_id", "session_no", "employee_id", "status"]


def record(kind: int, content: bytes = b"") -> bytes:
    """[MS-XLSB] 2.1.4; short enough for one byte of kind and length, or two."""
    low, high = kind & 0x7F, kind >> 7
    length = [len(content) & 0x7F, len(content) >> 7]
    head = bytes([low | 0x80, high] if high else [low])
    return head + bytes([length[0] | 0x80, length[1]] if length[1] else length[:1]) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def cell(column: int, value: object) -> bytes:
    """Texts, numbers, ("%", share), ("000", number), ("-", text that is struck through), and `ERROR_CELL`, which a formula gave."""
    place = struct.pack("<I", column)
    match value:
        case str() if value == ERROR_CELL:
            return record(0x000B, place + bytes(4) + b"\x07" + bytes(10))
        case ("%", float(share)):
            return record(0x0005, place + struct.pack("<I", 1) + struct.pack("<d", share))
        case ("000", int(number)):
            return record(0x0005, place + struct.pack("<I", 2) + struct.pack("<d", number))
        case ("-", str(said)):
            return record(0x0006, place + struct.pack("<I", 3) + text(said))
        case int() | float():
            return record(0x0005, place + bytes(4) + struct.pack("<d", value))
        case _:
            return record(0x0006, place + bytes(4) + text(str(value)))


def xlsb(sheets: Mapping[str, Sequence[Sequence[object]]], merged: tuple[int, ...] = (), hidden: str = "",
    unseen: Sequence[int] = (), unseen_columns: Sequence[int] = (),
) -> bytes:  # fmt: skip
    """A binary workbook; `merged` is an area of each sheet as (first row, last row, first column, last column), `hidden` a sheet that nobody sees, and
    `unseen` are its rows."""
    book, parts = record(0x0083) + record(0x0099, bytes(8)) + record(0x008F), {}
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        book += record(0x009C, struct.pack("<II", name == hidden, number) + text(f"rId{number}") + text(name))
        area = struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, max(map(len, rows), default=1) - 1)
        sheet = record(0x0081) + record(0x0094, area)
        sheet += b"".join(record(0x003C, struct.pack("<IIIIH", at, at, 2000, 0, 1)) for at in unseen_columns)
        sheet += record(0x0091)
        for at, row in enumerate(rows):
            sheet += record(0x0000, struct.pack("<I7xB5x", at, 0x10 * (at in unseen)))
            sheet += b"".join(cell(column, value) for column, value in enumerate(row) if value != "")
        sheet += record(0x0092)
        if merged:
            sheet += record(0x00B1, struct.pack("<I", 1)) + record(0x00B0, struct.pack("<4I", *merged)) + record(0x00B2)
        parts[f"xl/worksheets/sheet{number}.bin"] = sheet + record(0x0082)
    styles = (
        record(0x0267, struct.pack("<I", 1)) + record(0x002C, struct.pack("<H", 164) + text("0.0%")) + record(0x0268)
    )
    styles += record(0x002C, struct.pack("<H", 165) + text("000"))
    styles += record(0x002B, bytes(25)) + record(0x002B, struct.pack("<HH", 220, 8) + bytes(21))
    looks = [struct.pack("<HHH", 0, *look) + bytes(10) for look in ((0, 0), (164, 0), (165, 0), (0, 1))]
    styles += record(0x0269, struct.pack("<I", 4)) + b"".join(record(0x002F, look) for look in looks) + record(0x026A)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in range(1, len(sheets) + 1)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.bin", book + record(0x0090) + record(0x0084))
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{relations}</Relationships>")
        archive.writestr("xl/styles.bin", styles)
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def cells_of(content: bytes, folder: Path) -> dict[str, list[list[str]]]:
    file = folder / "a.xlsb"
    file.write_bytes(content)
    return {
        sheet["name"]: list(csv.reader(Path(sheet["file"]).read_text(encoding="utf-8").splitlines()))
        for sheet in workbook.convert(file, folder)
    }


def test_the_same_table_gives_the_same_rows(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.xlsb", xlsb({"Data": [HEAD, ["A", 1, ANI, "H"], ["A", 2, BUDI, "I"]]}))
    assert read()["attendance/2026-01/a.xlsb"].n_accepted == 2
    frame = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    assert frame.select("class_id", "session_no", "status").rows() == [("A", 1, "hadir"), ("A", 2, "izin")]


def test_cells_say_what_is_seen(tmp_path: Path) -> None:
    """A share that shows as a percentage, the error of a formula, which the library calls empty, a merged label."""
    rows = [["Kelas", "Nilai", "Hadir"], ["A", 87.5, ("%", 0.85)], ["", ERROR_CELL, ("%", 1.0)]]
    assert cells_of(xlsb({"S": rows}, merged=(1, 2, 0, 0)), tmp_path) == {
        "S": [["Kelas", "Nilai", "Hadir"], ["A", "87.5", "85%"], ["A", ERROR_CELL, "100%"]]
    }


def test_what_is_struck_through_or_hidden_is_left_out_or_told(store: Store, deliver: Deliver, read: Read) -> None:
    out = [("-", "A"), ("-", "2"), ("-", ANI), ("-", "H")]
    rows = [HEAD, ["A", 1, ANI, "H"], out, ["A", 1, BUDI, ("-", "I")]]
    deliver("attendance/2026-01/a.xlsb", xlsb({"Data": rows}, unseen=[3], unseen_columns=[1]))
    report = read()["attendance/2026-01/a.xlsb"]
    assert report.n_accepted == 2
    assert report.drift.split("; ") == [
        "sheet 1: 1 rows are struck through and left out (3)",
        "sheet 1: 1 rows are struck through in part, and read (4)",
        "sheet 1: 1 rows are hidden, and read (4)",
        "sheet 1: column 2 is hidden, and read",
    ]


def test_a_code_is_what_is_shown(tmp_path: Path) -> None:
    assert cells_of(xlsb({"S": [["Kode"], [("000", 7)], [7]]}), tmp_path) == {"S": [["Kode"], ["007"], ["7"]]}


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    assert list(cells_of(xlsb({"A": [["x"]], "B": [["y"]]}, hidden="A"), tmp_path)) == ["B"]


@pytest.mark.parametrize("part", ["xl/workbook.bin", "xl/worksheets/sheet1.bin", "xl/styles.bin"])
def test_a_damaged_part_refuses_the_workbook(tmp_path: Path, part: str) -> None:
    whole, cut = io.BytesIO(xlsb({"A": [HEAD, ["A", 1, ANI, "H"]]})), io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(cut, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) * 2 // 3 - 1] if name == part else content)
    with pytest.raises(FileRefused) as refused:
        cells_of(cut.getvalue(), tmp_path)
    assert refused.value.code == "FILE_UNREADABLE"


def test_it_goes_back_as_a_workbook_of_today(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.xlsb", xlsb({"Data": [HEAD, ["A", 1, ANI, "H"], ["A", 2, BUDI, "X"]]}))
    read()
    [path] = write_returns(store)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[1:] == ["Data"]
    assert book["Data"]["D3"].comment is not None


def test_a_workbook_that_was_copied_as_text_is_said_to_have_lost_bytes(store: Store, deliver: Deliver) -> None:
    """Not that its ending is wrong: saving it again under another would help nobody."""
    whole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + bytes(range(1, 256)) * 20
    deliver("attendance/2026-01/a.xls", whole.decode("utf-8", errors="replace").encode())
    [problem] = scan(store, DAY).problems
    assert (problem.code, "the original is needed" in problem.seen) == ("FILE_UNREADABLE", True)
