"""Workbooks whose bytes depend on their cells alone: no clock in the properties or in the archive.

Belongs here: cells to the bytes of .xlsx, .xls and .ods.
Does not belong here: what the cells say (`files`).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

Cells = Iterable[Sequence[Any]]
SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
"""Marks of the sectors of a compound file ([MS-CFB] 2.1)."""
SMALL_STREAM = 4096
"""Shorter streams would be kept elsewhere in the compound file."""


def xlsx(sheets: Mapping[str, Cells]) -> bytes:
    """A workbook of named sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(list(row))
    buffer, fixed = io.BytesIO(), io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as out:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", content)
            out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def ods(cells: Cells) -> bytes:
    """An OpenDocument spreadsheet of one sheet, every cell text."""
    text = (
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Sheet1">{"".join(text)}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{names}:manifest:1.0" '
        f'manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        for name, part in (("META-INF/manifest.xml", manifest), ("content.xml", content)):
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def xls(cells: Cells) -> bytes:
    """A workbook of Excel 97 (BIFF8 in a compound file) of one sheet, every cell text."""
    begin = struct.Struct("<HHHHHHII")
    name = b"Sheet1"
    size = 20 + 4 + 8 + len(name) + 4  # where the sheet begins: after the records of the workbook
    stream = begin.pack(0x0809, 16, 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 0x0600)
    stream += struct.pack("<HHIHBB", 0x0085, 8 + len(name), size, 0, len(name), 0) + name
    stream += struct.pack("<HH", 0x000A, 0)
    stream += begin.pack(0x0809, 16, 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 0x0600)
    grid = [[str(cell).encode("latin-1") for cell in row] for row in cells]
    stream += struct.pack("<HHIIHHH", 0x0200, 14, 0, len(grid), 0, max(map(len, grid), default=0), 0)
    labels = (
        struct.pack("<HHHHHHB", 0x0204, 9 + len(text), row, column, 0, len(text), 0) + text
        for row, line in enumerate(grid)
        for column, text in enumerate(line)
    )
    stream += b"".join(labels) + struct.pack("<HH", 0x000A, 0)
    return compound({"Workbook": stream.ljust(SMALL_STREAM, b"\0")})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file ([MS-CFB]) that holds one stream of at least `SMALL_STREAM` bytes alone: header, sector table, directory, stream."""
    [(name, stream)] = streams.items()
    n_stream = -(-len(stream) // SECTOR)
    n_table = 1
    while n_table * SECTOR // 4 < n_table + 1 + n_stream:
        n_table += 1
    first = n_table + 1
    chain = [*range(first + 1, first + n_stream), END]
    table = [FAT] * n_table + [END] + chain
    table += [FREE] * (n_table * SECTOR // 4 - len(table))
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, n_table, n_table, 0, SMALL_STREAM, END, 0, END, 0)
    head += struct.pack("<109I", *range(n_table), *[FREE] * (109 - n_table))
    directory = _entry("Root Entry", 5, 1, END, 0) + _entry(name, 2, FREE, first, len(stream))
    directory += 2 * _entry("", 0, FREE, 0, 0)
    return head + struct.pack(f"<{len(table)}I", *table) + directory + stream.ljust(n_stream * SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
        + bytes(16 + 4 + 16)
        + struct.pack("<IQ", start, size)
    )
