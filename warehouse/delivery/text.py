"""Text to rows: tells the encoding of a text file, shows its first records, and reads the table in it batch by batch.

Nothing is typed here and nothing is guessed: the encoding is told by evidence, or the file is refused. A row that does not
fit the header is handed over as ragged; which of the others are data is told by `warehouse.delivery.sheet`. Formats that are
no text (a sheet of a workbook) are written as CSV first, so that there is one way from text to rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as arrow
import pyarrow.csv as arrow_csv

from schemas.reasons import FileRefused
from warehouse.delivery.sheet import (
    FOOTER,
    HEADER_ROWS,
    HEADER_WITHIN,
    ROW,
    TOTAL,
    Batch,
    Header,
    Sifter,
    Table,
    Unread,
    cells_of,
)

BLOCK = 8 << 20
"""Bytes of CSV per batch: bounds memory whatever the file's size."""

_LETTERS = set(range(0xC0, 0x100)) - {0xD7, 0xF7}
_CP1252 = {chr(code) for code in _LETTERS} | set("\u00a0§©«®°±²³´·¹º»¼½¾×÷€‘’“”–—…•™¿¡£")
"""Characters that Indonesian office text holds beyond ASCII; any other says that the text is not windows-1252."""


def encoding_of(path: Path) -> str:
    """The text's encoding, told by the whole file: utf-8, utf-16 or windows-1252. Raises FileRefused where it cannot be."""
    with path.open("rb") as handle:
        start = handle.read(1 << 12)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\x00" in start:
            even, odd = start[::2].count(0), start[1::2].count(0)
            if max(even, odd) < 0.4 * len(start) / 2 or min(even, odd) > 0:
                raise FileRefused("FILE_KIND", "Binary content.")
            return "utf-16-le" if odd else "utf-16-be"
        handle.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := handle.read(BLOCK):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
            return "utf-8-sig"
        except UnicodeDecodeError:
            pass
        handle.seek(0)
        while piece := handle.read(BLOCK):
            _check_windows(piece)
    return "cp1252"


def _check_windows(piece: bytes) -> None:
    """Refuse what is no windows-1252 text of an Indonesian office, or text of two encodings in one file."""
    if piece.isascii():
        return
    if re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", piece):
        raise FileRefused("FILE_ENCODING", "UTF-8 and other text are mixed.")
    try:
        odd = {c for c in piece.decode("cp1252") if c > "\x7f"} - _CP1252
    except UnicodeDecodeError as error:
        raise FileRefused("FILE_ENCODING", "Neither UTF-8 nor windows-1252.") from error
    if odd or re.search(rb"[\x00-\x08\x0e-\x1f]", piece):
        raise FileRefused("FILE_KIND" if re.search(rb"[\x00-\x08]", piece) else "FILE_ENCODING", "No office text.")


def head(text: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    """The first records with cells, each with the number of physical lines up to its end."""
    with text.open(encoding="utf-8-sig", newline="") as handle:
        start = handle.read(1 << 18)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
            if len(rows) == HEADER_WITHIN + HEADER_ROWS:
                break
    except csv.Error:
        pass  # A cell beyond the csv module's limit: what was read so far decides.
    return rows


def _has_odd_quotes(text: Path, delimiter: str) -> bool:
    """Whether any quote stands elsewhere than at an end of its cell or beside another one, or is never closed.

    A quick look, since few files have such: within a cell, too, a quote may be meant (`5" pipe`).
    """
    if not text.stat().st_size:
        return False
    content = np.memmap(text, dtype=np.uint8, mode="r")
    at_edge = np.zeros(256, dtype=bool)
    at_edge[[*f'{delimiter}\r\n"'.encode(), codecs.BOM_UTF8[-1]]] = True
    n = 0
    for start in range(0, len(content), BLOCK):
        quotes = np.flatnonzero(content[start : start + BLOCK] == ord('"')) + start
        opening, closing = quotes[n % 2 :: 2], quotes[(n + 1) % 2 :: 2]
        before, after = content[opening[opening > 0] - 1], content[closing[closing < len(content) - 1] + 1]
        if not (at_edge[before].all() and at_edge[after].all()):
            return True
        n += len(quotes)
    return n % 2 == 1


def _misquoted(text: Path, delimiter: str) -> Iterator[tuple[int, str]]:
    """(number, raw text) of the records in which text follows a closing quote. Raises FileRefused for a quote that is
    opened and never closed."""
    mark = re.escape(delimiter)
    inside = r'"(?>[^"]+|"")*+'
    bare = rf'[^{mark}"\r\n][^{mark}\r\n]*+'
    sound = re.compile(rf'(?:{inside}"|{bare}|)(?:{mark}(?:{inside}"|{bare}|))*+(?:\r\n|\r|\n)?')
    unclosed = re.compile(rf'(?:(?:{inside}"[^{mark}\r\n]*+|{bare}|){mark})*+{inside}')
    lines: list[str] = []

    def fed(handle: Iterable[str]) -> Iterator[str]:
        for line in handle:
            lines.append(line)
            yield line

    with text.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(fed(handle), delimiter=delimiter)
        number, line = 0, 1
        for cells in reader:
            raw = "".join(lines)
            lines.clear()
            number += bool(cells)
            if not sound.fullmatch(raw):
                if unclosed.fullmatch(raw):
                    raise FileRefused("FILE_QUOTES", f"The quote is in the row that starts in line {line}.")
                yield number, raw
            line = reader.line_num + 1


class CsvTable(Table):
    """A table in a CSV file, or in a sheet that was written as one."""

    def __init__(self, path: Path, text: Path, header: Header, **about: object) -> None:
        super().__init__(path, header.names, header.facts, header_row=header.record, **about)  # type: ignore[arg-type]
        self._text, self._header = text, header
        self._named = [(position, name) for position, name in enumerate(self.header) if name]
        self._misquoted: dict[int, str] = {}

    def refuse_cut(self) -> None:
        """Refuse a file whose last line is incomplete: no line end, and fewer cells than the header."""
        with self._text.open("rb") as handle:
            handle.seek(max(0, self._text.stat().st_size - (1 << 16)))
            tail = handle.read()
        if tail.endswith((b"\n", b"\r")):
            return
        with self._text.open("rb") as handle:
            quotes = sum(piece.count(b'"') for piece in iter(lambda: handle.read(BLOCK), b""))
        if quotes % 2:
            raise FileRefused("FILE_TRUNCATED", "The file ends within quotes.")
        cells = cells_of(tail.splitlines()[-1].decode("utf-8", errors="replace"), self.delimiter)
        if len(cells) < len(self.header) and not any(re.search(f"{FOOTER}|{TOTAL[4:]}", cell) for cell in cells):
            raise FileRefused("FILE_TRUNCATED", "The last line has fewer cells than the header and no line end.")

    def refuse_open_quotes(self) -> None:
        """Refuse a file in which a quote is never closed, and note the rows in which text follows a closing one."""
        if _has_odd_quotes(self._text, self.delimiter):
            self._misquoted = dict(_misquoted(self._text, self.delimiter))

    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch. Raises FileRefused where the text turns out to be broken."""
        self.unread.clear()
        self.totals.clear()
        self.skipped.clear()
        names = [f"c{position}" for position in range(len(self.header))]
        invalid: list[tuple[int, str]] = []

        def note(row: arrow_csv.InvalidRow) -> str:
            invalid.append((row.number - self._header.lines + self._header.record, row.text))
            return "skip"

        row, sorted_out = self._header.record + 1, 0
        sifter = Sifter(self, self._header)
        try:
            reader = arrow_csv.open_csv(
                self._text,
                # Without threads, so that a row that does not fit comes with its number.
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, block_size=BLOCK, column_names=names, skip_rows=self._header.lines
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, arrow.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                frame = _number(pl.DataFrame(arrow.Table.from_batches([batch])), row, [number for number, _ in invalid])
                row += frame.height
                if odd := set(self._misquoted).intersection(frame.get_column(ROW)):
                    frame = frame.filter(~pl.col(ROW).is_in(odd))
                    self.unread += [Unread(number, self._misquoted[number], "QUOTES") for number in odd]
                mended = self._mend(names, invalid[sorted_out:])
                sorted_out = len(invalid)
                yield from sifter.sift(pl.concat([frame, mended]).sort(ROW) if mended.height else frame)
        except arrow.ArrowInvalid as error:
            # A header and no rows: nothing was observed, which is a delivery too.
            if "Empty CSV" not in str(error) and "Could not skip initial" not in str(error):
                raise FileRefused("FILE_UNREADABLE", "Its rows cannot be told apart.") from error
        yield from sifter.sift(self._mend(names, invalid[sorted_out:]))
        sifter.sift_unread(self.unread, self.delimiter)

    def _mend(self, names: list[str], rows: list[tuple[int, str]]) -> pl.DataFrame:
        """Of rows that do not fit, those that only have empty cells too many; the others stay unread."""
        mended = []
        for number, text in rows:
            cells = cells_of(text, self.delimiter)
            if number in self._misquoted:
                self.unread.append(Unread(number, text, "QUOTES"))
            elif len(cells) > len(names) and not any(cell.strip() for cell in cells[len(names) :]):
                mended.append([*cells[: len(names)], number])
            else:
                self.unread.append(Unread(number, text))
        return pl.DataFrame(mended, schema=dict.fromkeys(names, pl.String) | {ROW: pl.Int64}, orient="row")


def _number(frame: pl.DataFrame, first: int, ragged: list[int]) -> pl.DataFrame:
    """Number the rows from `first`, leaving out the numbers that the ragged rows have."""
    rows = pl.int_range(first, first + frame.height, eager=True)
    if ragged:
        # The i-th ragged row (number r) lies before a sound row once r − i of the sound rows' numbers are used up.
        limits = pl.Series([number - position for position, number in enumerate(sorted(ragged))])
        rows = rows + limits.search_sorted(rows, side="right").cast(pl.Int64)
    return frame.with_columns(rows.alias(ROW))
