"""What calamine does not tell of a workbook of Excel 97 to 2003: how numbers are shown, errors, the count of days, what is
struck through or hidden.

Walks the records of the stream `Workbook` ([MS-XLS] 2.4) in its compound file ([MS-CFB]). Belongs here: these two formats.
Does not belong here: values of cells, which calamine reads, and limits (`warehouse.delivery.workbooks.workbook`).
Imports little, because the child process that opens workbooks imports it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.reasons import FileRefused
from warehouse.delivery.workbooks.opendocument import Looks, Special
from warehouse.delivery.workbooks.shown import BUILT_IN, of_format

SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
LAST_SECTOR = 0xFFFFFFFA
"""Sector numbers above this are marks: end, free, or of the table itself."""
_BOF, _EOF, _SHEET, _LOCKED, _DAYS, _FORMAT, _STYLE = 0x0809, 0x000A, 0x0085, 0x002F, 0x0022, 0x041E, 0x00E0
_NUMBER, _RK, _RKS, _FORMULA, _ERROR = 0x0203, 0x027E, 0x00BD, 0x0006, 0x0205
_SHARED, _TEXT, _RICH, _FONT, _ROW, _COLUMNS = 0x00FD, 0x0204, 0x00D6, 0x0031, 0x0208, 0x007D
_EXCEL_97 = 0x0600
_STRUCK, _HIDDEN, _COLUMN_HIDDEN = 0x0008, 0x0020, 0x0001
"""Bits of a font, of a row, and of columns."""


def special_cells(path: Path) -> tuple[dict[int, Special], bool, list[Looks]]:
    """(number of the sheet from 0 → its special cells, whether days count from 1904, what else each sheet shows).

    Raises FileRefused where the file holds no workbook, a locked one, or is damaged.
    """
    try:
        return _special_cells(_workbook(path.read_bytes()))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise FileRefused("FILE_UNREADABLE", "The old workbook is damaged or cut.") from error


def _special_cells(book: bytes) -> tuple[dict[int, Special], bool, list[Looks]]:
    sheets: list[int] = []
    formats, styles, fonts = dict(BUILT_IN), list[tuple[int, int]](), list[int]()
    epoch_1904 = False
    version = 0
    for kind, at, length in _records(book, 0):
        if kind == _BOF:
            version = version or struct.unpack_from("<H", book, at)[0]
        elif kind == _LOCKED:
            raise FileRefused("FILE_PASSWORD")
        elif kind == _SHEET:
            sheets.append(struct.unpack_from("<I", book, at)[0])
        elif kind == _DAYS:
            epoch_1904 = book[at] == 1
        elif kind == _FORMAT:
            # Excel 97 counts a format's characters in two bytes and says whether each has two; Excel 95 does neither.
            of_now = version >= _EXCEL_97
            text = book[at + (5 if of_now else 3) : at + length]
            formats[struct.unpack_from("<H", book, at)[0]] = of_format(
                text.decode("utf-16-le" if of_now and book[at + 4] & 1 else "latin-1", errors="replace")
            )
        elif kind == _FONT:
            fonts.append(struct.unpack_from("<H", book, at + 2)[0])
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<HH", book, at))
    if not version:
        raise FileRefused("FILE_UNREADABLE", "The old workbook is damaged or cut.")
    shown = {number: formats[used] for number, (_, used) in enumerate(styles) if formats.get(used)}
    # No font has the number 4.
    through = {at + (at > 3) for at, font in enumerate(fonts) if font & _STRUCK}
    struck = {number for number, (font, _) in enumerate(styles) if font in through}
    found = [_of_sheet(book, start, shown, struck) for start in sheets]
    return {number: special for number, (special, _) in enumerate(found)}, epoch_1904, [looks for _, looks in found]


def _of_sheet(book: bytes, start: int, shown: Mapping[int, str], struck: set[int]) -> tuple[Special, Looks]:
    special: Special = {}
    looks = Looks({}, set(), set())

    def note(row: int, column: int, kind: str) -> None:
        special.setdefault(row, {})[column] = kind

    for kind, at, length in _records(book, start):
        if kind == _RKS:
            row, first = struct.unpack_from("<HH", book, at)
            for nth in range((length - 6) // 6):
                style = struct.unpack_from("<H", book, at + 4 + 6 * nth)[0]
                if style in shown:
                    note(row, first + nth, shown[style])
                if style in struck:
                    looks.struck.setdefault(row, set()).add(first + nth)
        elif kind == _ROW:
            if struct.unpack_from("<H", book, at + 12)[0] & _HIDDEN:
                looks.hidden.add(struct.unpack_from("<H", book, at)[0])
        elif kind == _COLUMNS:
            first, last, _, _, options = struct.unpack_from("<HHHHH", book, at)
            if options & _COLUMN_HIDDEN:
                looks.columns.update(range(first, last + 1))
        elif kind in (_NUMBER, _RK, _FORMULA, _ERROR, _SHARED, _TEXT, _RICH):
            row, column, style = struct.unpack_from("<HHH", book, at)
            if style in struck:
                looks.struck.setdefault(row, set()).add(column)
            # A formula's result is a number unless its last two bytes are set; the first then says what it is: 2 an error.
            is_other = kind == _FORMULA and book[at + 12 : at + 14] == b"\xff\xff"
            if (kind == _ERROR and book[at + 7] == 1) or (is_other and book[at + 6] == 2):
                note(row, column, "error")
            elif kind in (_NUMBER, _RK, _FORMULA) and not is_other and style in shown:
                note(row, column, shown[style])
    return special, looks


def _records(book: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(kind, place, length) of the records from `start` to the end of that part; parts within it (charts) are left out."""
    at, depth = start, 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:
            yield kind, at + 4, length
        elif depth < 1:
            return
        at += 4 + length


def _workbook(content: bytes) -> bytes:
    """The stream `Workbook` (Excel 97) or `Book` (Excel 95) of a compound file."""
    sector, small = (1 << struct.unpack_from("<H", content, at)[0] for at in (30, 32))
    if not (9 <= sector.bit_length() - 1 <= 12 and small < sector):
        raise FileRefused("FILE_UNREADABLE", "The old workbook is damaged or cut.")
    _, first_entry, _, cutoff, first_small, _, first_more, _ = struct.unpack_from("<8I", content, 44)

    def piece(number: int) -> bytes:
        return content[(number + 1) * sector : (number + 2) * sector]

    tables = list(struct.unpack_from("<109I", content, 76))
    seen = set()
    while first_more <= LAST_SECTOR and first_more not in seen:
        seen.add(first_more)
        *more, following = struct.unpack(f"<{sector // 4}I", piece(first_more))
        tables += more
        first_more = following
    table = b"".join(piece(number) for number in tables if number <= LAST_SECTOR)

    def chain(first: int, table: bytes) -> Iterator[int]:
        for _ in range(len(table) // 4 + 1):
            if first > LAST_SECTOR:
                return
            yield first
            first = struct.unpack_from("<I", table, 4 * first)[0]
        raise IndexError("a chain of sectors without an end")

    directory = b"".join(piece(number) for number in chain(first_entry, table))
    streams: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory) - 127, 128):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        first, size = struct.unpack_from("<II", directory, at + 116)
        if kind:
            streams[directory[at : at + max(length - 2, 0)].decode("utf-16-le")] = first, size
    name = next((name for name in ("Workbook", "Book") if name in streams), "")
    if "EncryptedPackage" in streams:
        raise FileRefused("FILE_PASSWORD")
    if not name:
        raise FileRefused(
            "FILE_KIND" if streams else "FILE_UNREADABLE", "The content is no workbook, or it is damaged."
        )
    first, size = streams[name]
    if size >= cutoff:
        return b"".join(piece(number) for number in chain(first, table))[:size]
    within = b"".join(piece(number) for number in chain(streams["Root Entry"][0], table))
    small_table = b"".join(piece(number) for number in chain(first_small, table))
    return b"".join(within[small * n : small * (n + 1)] for n in chain(first, small_table))[:size]
