"""What calamine does not tell of a binary workbook (.xlsb): how numbers are shown, errors, merged cells, what is struck through or hidden, the count of days.

Walks the records of its parts ([MS-XLSB] 2.1.4). Belongs here: this format. Does not belong here: values of cells, which calamine
reads, and limits (`warehouse.delivery.workbooks.workbook`). Imports little, because the child process that opens workbooks imports it.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemas.reasons import FileRefused
from warehouse.delivery.workbooks.opendocument import COLUMNS, Looks, Special
from warehouse.delivery.workbooks.shown import BUILT_IN, of_format

BOOK, STYLES = "xl/workbook.bin", "xl/styles.bin"
_PROPERTIES, _SHEET = 0x0099, 0x009C
_FONT, _FORMAT, _STYLE, _STYLES_BEGIN, _STYLES_END = 0x002B, 0x002C, 0x002F, 0x0269, 0x026A
_ROW, _COLUMNS, _MERGED = 0x0000, 0x003C, 0x00B0
_STRUCK, _HIDDEN, _COLUMN_HIDDEN = 0x0008, 0x10, 0x0001
"""Bits of a font, of a row, and of columns."""
_CELLS = {*range(0x0002, 0x000C), 0x003E}
"""Cells that hold something."""
_NUMBERS = {0x0002, 0x0005, 0x0009}
"""Cells of numbers: short, long, and a formula's."""
_UNTOLD = {0x0003, 0x000B, 0x003E}
"""Errors, a formula's, too; and texts of several looks in a cell, which the library leaves out."""


@dataclass
class About:
    """What is told of a sheet."""

    special: Special = field(default_factory=dict)
    looks: Looks = field(default_factory=lambda: Looks({}, set(), set()))
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)


def look(archive: zipfile.ZipFile, targets: Mapping[str, str]) -> tuple[dict[str, About], bool]:
    """(sheet's name → what is told of it, whether days count from 1904). `targets` is the relation's id → the part of `xl/`.

    Raises FileRefused where a part is damaged.
    """
    try:
        epoch_1904, sheets = False, dict[str, About]()
        shown, struck = _styles(archive.read(STYLES)) if STYLES in archive.namelist() else ({}, set())
        for kind, content in _records(archive.read(BOOK)):
            if kind == _PROPERTIES:
                epoch_1904 = bool(content[0] & 1)
            elif kind == _SHEET:
                relation, end = _text(content, 8)
                name, _ = _text(content, end)
                sheets[name] = _sheet(archive.read(f"xl/{targets[relation]}"), shown, struck)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise FileRefused("FILE_UNREADABLE", "A part of the binary workbook is damaged or cut.") from error
    return sheets, epoch_1904


def _styles(part: bytes) -> tuple[dict[int, str], set[int]]:
    """Number of a style → how its numbers are shown, and the styles that are struck through."""
    formats, shown, struck = dict(BUILT_IN), dict[int, str](), set[int]()
    fonts = list[int]()
    is_of_cells, n = False, 0
    for kind, content in _records(part):
        if kind == _FORMAT:
            formats[struct.unpack_from("<H", content)[0]] = of_format(_text(content, 2)[0])
        elif kind == _FONT:
            fonts.append(struct.unpack_from("<H", content, 2)[0])
        elif kind in (_STYLES_BEGIN, _STYLES_END):
            is_of_cells = kind == _STYLES_BEGIN
        elif kind == _STYLE and is_of_cells:
            used, font = struct.unpack_from("<HH", content, 2)
            if formats.get(used):
                shown[n] = formats[used]
            if font < len(fonts) and fonts[font] & _STRUCK:
                struck.add(n)
            n += 1
    return shown, struck


def _sheet(part: bytes, shown: Mapping[int, str], struck: set[int]) -> About:
    about, row = About(), 0
    for kind, content in _records(part):
        if kind == _ROW:
            row = struct.unpack_from("<I", content)[0]
            if content[11] & _HIDDEN:
                about.looks.hidden.add(row)
        elif kind == _COLUMNS:
            first, last, _, _, options = struct.unpack_from("<IIIIH", content)
            if options & _COLUMN_HIDDEN:
                about.looks.columns.update(range(first, min(last + 1, COLUMNS)))
        elif kind in _CELLS:
            column, style = struct.unpack_from("<I", content)[0], int.from_bytes(content[4:7], "little")
            if style in struck:
                about.looks.struck.setdefault(row, set()).add(column)
            if kind in _UNTOLD or (kind in _NUMBERS and style in shown):
                about.special.setdefault(row, {})[column] = "error" if kind in _UNTOLD else shown[style]
        elif kind == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", content)
            about.merged.append(((top, left), (bottom, right)))
    return about


def _text(content: bytes, at: int) -> tuple[str, int]:
    """A text, and where it ends; empty where its length is the mark of none."""
    length = struct.unpack_from("<I", content, at)[0]
    end = at + 4 + (0 if length == 0xFFFFFFFF else 2 * length)
    if end > len(content):
        raise IndexError("a text that is longer than its record")
    return content[at + 4 : end].decode("utf-16-le"), end


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record: a kind of one byte or two, a length of up to four bytes of seven bits."""
    at = 0
    while at < len(part):
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (part[at] & 0x7F) << 7
            at += 1
        length = 0
        for nth in range(4):
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << 7 * nth
            if not byte & 0x80:
                break
        if at + length > len(part):
            raise IndexError("a record that is longer than its part")
        yield kind, part[at : at + length]
        at += length
