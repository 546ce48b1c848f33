"""Text to rows: tells the encoding of a text file, shows its first records, and reads the table in it batch by batch.

Nothing is typed here and nothing is guessed: the encoding is told by evidence, or the file is refused. A row that does not
fit the header is handed over as ragged; which of the others are data is told by `warehouse.delivery.sheets.sheet`. Formats that are
no text (a sheet of a workbook) are written as CSV first, so that there is one way from text to rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as arrow
import pyarrow.csv as arrow_csv

from schemas.reasons import FileRefused
from warehouse.delivery.cells.values import plain
from warehouse.delivery.dialect import BLOCK, has_odd_quotes, in_single_quotes, may_be_in_single_quotes, misquoted
from warehouse.delivery.sheets.headings import HEADER_ROWS, HEADER_WITHIN, Accepts
from warehouse.delivery.sheets.parts import Part
from warehouse.delivery.sheets.sheet import ROW, Batch, Table, Unread, cells_of, is_cut
from warehouse.delivery.sheets.sifter import FOOTER, TOTAL, Sifter

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
                _refuse_zeros(start, 0)
            return "utf-16-le" if odd else "utf-16-be"
        handle.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := handle.read(BLOCK):
                _refuse_zeros(piece, handle.tell() - len(piece))
                decoder.decode(piece)
            decoder.decode(b"", final=True)
            return "utf-8-sig"
        except UnicodeDecodeError:
            pass
        handle.seek(0)
        while piece := handle.read(BLOCK):
            _check_windows(piece)
    return "cp1252"


def _refuse_zeros(piece: bytes, before: int) -> None:
    """Refuse text with zero bytes, which no text has. Many other control characters: it never was text, or is what a copy left of a file."""
    if b"\x00" not in piece:
        return
    start = piece[: 1 << 12]
    if len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", start)) > max(8, len(start) // 50):
        if "\ufffd".encode() in start:
            # A workbook that a mail gateway or a script took for text: no program opens it again.
            raise FileRefused("FILE_UNREADABLE", "It was copied as text and has lost bytes: the original is needed.")
        raise FileRefused("FILE_KIND", "Binary content.")
    at = piece.index(b"\x00")
    raise FileRefused("FILE_ZERO_BYTE", f"It is byte {before + at + 1:,} of the file.")


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
    """The first records with cells, each with the number of physical lines up to its end. Cells have no spaces around them, but for those into
    which the commas of a title cut it."""
    with text.open(encoding="utf-8-sig", newline="") as handle:
        start = handle.read(1 << 18)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                rows.append((reader.line_num, [plain(cell) for cell in cells]))
            if len(rows) == HEADER_WITHIN + HEADER_ROWS:
                break
    except csv.Error:
        pass  # A cell beyond the csv module's limit: what was read so far decides.
    # The commas of a title have a space behind them; where those of the first row that is none have one, too, they tell nothing.
    lead = next((at for at, (_, cells) in enumerate(rows) if sum(map(bool, cells)) > 1 and not is_cut(cells)), 0)
    return [
        (line, [cells[0].strip(), *cells[1:]] if at < lead else [cell.strip() for cell in cells])
        for at, (line, cells) in enumerate(rows)
    ]


class CsvTable(Table):
    """A table in a CSV file, or in a sheet that was written as one."""

    def __init__(self, path: Path, text: Path, part: Part, **about: object) -> None:
        header = part.header
        super().__init__(
            path,
            header.names,
            header.facts,
            header_row=header.record,
            notes=part.notes,
            **about,  # type: ignore[arg-type]
        )
        self._text, self._header, self._part = text, header, part
        self._named = [(position, name) for position, name in enumerate(self.header) if name]
        self._misquoted: dict[int, str] = {}
        self._width = len(header.names)
        """Cells of a data row."""

    def fit_width(self, first: Sequence[tuple[int, list[str]]], accepts: Accepts) -> None:
        """Take rows that all have one more cell than the header, an empty one, or that all end some cells early, whose columns may
        be missing. `first` are the file's first records; whether the others are alike is seen when they are read."""
        rows = [cells for _, cells in first[self._header.record : self._part.end]]
        rows = [row for row in rows if sum(map(bool, row)) > min(2, len(self._named) - 1)]
        widths = {len(row) for row in rows}
        if len(rows) < 2 or len(widths) > 1 or not rows[0]:
            return
        [width] = widths
        surplus = [cell for row in rows for cell in row[len(self.header) :]]
        # Where a column before the last has no name, the header may have a mark too many: then cells would be shifted.
        # Where a quote is left in one, it may have a mark too few.
        is_whole = all(self.header[: max(position for position, _ in self._named) + 1])
        is_plain = not any('"' in name for name in self.header)
        if (width > len(self.header) and not any(surplus) and is_plain and not self._has_text_marks()) or (
            width < len(self.header) and is_whole and accepts(self.header[:width], self.facts)
        ):
            self._width = width

    def _has_text_marks(self) -> bool:
        """Whether some cells begin with a space and others do not: rather a comma of a text than one between cells."""
        with self._text.open(encoding="utf-8-sig", newline="") as handle:
            rows = islice(csv.reader(handle, delimiter=self.delimiter[0]), self._header.record, HEADER_WITHIN)
            begins = {cell.startswith(" ") for row in rows for cell in row[1:] if cell.strip()}
        return len(begins) > 1

    def refuse_cut(self) -> None:
        """Refuse a file whose last line is incomplete: no line end, and fewer cells than the header."""
        with self._text.open("rb") as handle:
            handle.seek(max(0, self._text.stat().st_size - (1 << 16)))
            tail = handle.read()
        if tail.endswith((b"\n", b"\r")) or self._part.end is not None:
            return
        with self._text.open("rb") as handle:
            quotes = sum(piece.count(b'"') for piece in iter(lambda: handle.read(BLOCK), b""))
        if quotes % 2:
            raise FileRefused("FILE_TRUNCATED", "The file ends within quotes.")
        cells = cells_of(tail.splitlines()[-1].decode("utf-8", errors="replace"), self.delimiter)
        if len(cells) < self._width and not any(re.search(f"{FOOTER}|{TOTAL[4:]}", cell) for cell in cells):
            raise FileRefused("FILE_TRUNCATED", "The last line has fewer cells than the header and no line end.")

    def refuse_open_quotes(self) -> None:
        """Refuse a file in which a quote is never closed, and note the rows in which text follows a closing one."""
        if has_odd_quotes(self._text, self.delimiter[0]):
            self._misquoted = dict(misquoted(self._text, self.delimiter[0], len(self.header)))
        if len(self.delimiter) == 1 and may_be_in_single_quotes(self._text, self.delimiter):
            self._misquoted |= dict(in_single_quotes(self._text, self.delimiter))

    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch. Raises FileRefused where the text turns out to be broken."""
        self.unread.clear()
        self.totals.clear()
        self.skipped.clear()
        self.skipped.update(self._part.others)
        names = [f"c{position}" for position in range(self._width)]
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
                    delimiter=self.delimiter[0], newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, arrow.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                frame = _number(pl.DataFrame(arrow.Table.from_batches([batch])), row, [number for number, _ in invalid])
                row += frame.height
                if self._misquoted and (odd := set(self._misquoted).intersection(frame.get_column(ROW))):
                    frame = frame.filter(~pl.col(ROW).is_in(odd))
                    self.unread += [Unread(number, self._misquoted[number], "QUOTES") for number in odd]
                self._set_aside(invalid[sorted_out:])
                sorted_out = len(invalid)
                if self._part.end is not None:
                    frame = frame.filter(pl.col(ROW) <= self._part.end)
                yield from sifter.sift(self._under(frame))
        except arrow.ArrowInvalid as error:
            # A header and no rows: nothing was observed, which is a delivery too.
            if "Empty CSV" not in str(error) and "Could not skip initial" not in str(error):
                raise FileRefused("FILE_UNREADABLE", "Its rows cannot be told apart.") from error
        self._set_aside(invalid[sorted_out:])
        sifter.sift_unread(self.unread, self.delimiter)
        if self._width != len(self.header):
            whole = [u for u in self.unread if u.code == "RAGGED" and len(self._cells(u.text)) == len(self.header)]
            if whole:
                seen = f"Row {whole[0].number} has {len(self.header)} cells, the first rows have {self._width}."
                raise FileRefused("FILE_CELLS", seen)

    def _cells(self, text: str) -> list[str]:
        return cells_of(text, self.delimiter)

    def _set_aside(self, rows: list[tuple[int, str]]) -> None:
        """Note rows that do not fit as unread."""
        self.unread += [
            Unread(number, text, "QUOTES" if number in self._misquoted else "RAGGED")
            for number, text in rows
            if self._part.end is None or number <= self._part.end
        ]

    def _under(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows as wide as the header: a surplus cell taken away, where it is empty, and missing ones empty."""
        width = len(self.header)
        if self._width < width:
            return frame.with_columns(pl.lit("").alias(f"c{position}") for position in range(self._width, width))
        surplus = [pl.col(f"c{position}") for position in range(width, self._width)]
        if not surplus:
            return frame
        filled = pl.any_horizontal(column.str.strip_chars() != "" for column in surplus)
        for row in frame.filter(filled).iter_rows(named=True):
            text = self.delimiter[0].join(row[f"c{position}"] for position in range(self._width))
            self.unread.append(Unread(row[ROW], text))
        return frame.filter(~filled).drop(f"c{position}" for position in range(width, self._width))


def _number(frame: pl.DataFrame, first: int, ragged: list[int]) -> pl.DataFrame:
    """Number the rows from `first`, leaving out the numbers that the ragged rows have."""
    rows = pl.int_range(first, first + frame.height, eager=True)
    if ragged:
        # The i-th ragged row (number r) lies before a sound row once r − i of the sound rows' numbers are used up.
        limits = pl.Series([number - position for position, number in enumerate(sorted(ragged))])
        rows = rows + limits.search_sorted(rows, side="right").cast(pl.Int64)
    return frame.with_columns(rows.alias(ROW))
