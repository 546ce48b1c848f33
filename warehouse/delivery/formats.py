"""Files to text: opens a delivered CSV, XLSX or Parquet file and yields the rows of its tables.

Nothing is typed here and nothing is guessed: encoding and delimiter are told by evidence, or the file is refused. A row
that does not fit the header is handed over as ragged. A sheet of a workbook comes as a CSV file of its own (see
`warehouse.delivery.workbook`), so that there is one way from text to rows; which of the rows are data is told by `warehouse.delivery.sheet`.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl
import pyarrow as arrow
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from schemas.reasons import FileRefused
from warehouse.delivery import workbook
from warehouse.delivery.sheet import (
    FOOTER,
    HEADER_ROWS,
    HEADER_WITHIN,
    ROW,
    TOTAL,
    Accepts,
    Batch,
    Header,
    Sifter,
    Table,
    find_header,
)

DELIMITERS = ",;\t"
BLOCK = 8 << 20
"""Bytes of CSV per batch: bounds memory whatever the file's size."""
SHEET_ROWS = 1_048_576
"""Rows that a sheet can have."""

_LETTERS = set(range(0xC0, 0x100)) - {0xD7, 0xF7}
_CP1252 = {chr(code) for code in _LETTERS} | set("\u00a0§©«®°±²³´·¹º»¼½¾×÷€‘’“”–—…•™¿¡£")
"""Characters that Indonesian office text holds beyond ASCII; any other says that the text is not windows-1252."""


@contextmanager
def open_file(path: Path, accepts: Accepts, scratch: Path) -> Iterator[list[Table]]:
    """The tables of the file at `path`, while the block runs; temporary text lies below `scratch`.

    Raises FileRefused naming what is wrong: kind, encoding, no header that `accepts` knows.
    """
    if path.is_symlink():
        raise FileRefused("FILE_LINK")
    if path.stat().st_size == 0:
        raise FileRefused("FILE_EMPTY")
    opener = {".csv": _csv, ".xlsx": _workbook, ".parquet": _parquet}.get(path.suffix.lower())
    if opener is None:
        code = "FILE_MACRO" if path.suffix.lower() in (".xlsm", ".xltm", ".xlsb") else "FILE_KIND"
        raise FileRefused(code, f"Ending {path.suffix!r}; .csv, .xlsx and .parquet are read.")
    with ExitStack() as stack:
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch, prefix=f"{os.getpid()}-")))
        tables, seen = opener(path, accepts, folder)
        if not tables and not any(map(any, seen)):
            raise FileRefused("FILE_EMPTY")
        if not tables:
            raise UnknownHeader(seen)
        yield tables


class UnknownHeader(FileRefused):
    """Nobody knows the file's columns. `rows` are the first rows that were seen; they may name people."""

    def __init__(self, rows: list[list[str]]) -> None:
        super().__init__("FILE_COLUMNS")
        self.rows = rows


# ---------------------------------------------------------------- encoding and delimiter


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


def _csv(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    encoding = encoding_of(path)
    text = path
    if encoding != "utf-8-sig":
        text = folder / "text.csv"
        with path.open(encoding=encoding, newline="") as source, text.open("w", encoding="utf-8", newline="") as sink:
            try:
                while piece := source.read(BLOCK):
                    sink.write(piece)
            except UnicodeDecodeError as error:
                raise FileRefused("FILE_ENCODING", "The text is cut or broken.") from error
    found: list[_CsvTable] = []
    seen: list[list[str]] = []
    for delimiter in DELIMITERS:
        head = _head(text, delimiter)
        seen = max(seen, [cells for _, cells in head], key=lambda rows: max(map(len, rows), default=0))
        if header := find_header(head, accepts):
            found.append(_CsvTable(path, text, header, encoding=encoding, delimiter=delimiter))
    if len(found) > 1:
        raise FileRefused("FILE_COLUMNS", "The columns could be separated in two ways.")
    for table in found:
        table.refuse_cut()
    return list(found), seen


def _head(text: Path, delimiter: str) -> list[tuple[int, list[str]]]:
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


# ---------------------------------------------------------------- rows


class _CsvTable(Table):
    """A table in a CSV file, or in a sheet that was written as one."""

    def __init__(self, path: Path, text: Path, header: Header, **about: object) -> None:
        super().__init__(path, header.names, header.facts, header_row=header.record, **about)  # type: ignore[arg-type]
        self._text, self._header = text, header
        self._named = [(position, name) for position, name in enumerate(self.header) if name]

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
        last = tail.splitlines()[-1].decode("utf-8", errors="replace")
        cells = next(csv.reader([last], delimiter=self.delimiter))
        if len(cells) < len(self.header) and not any(re.search(f"{FOOTER}|{TOTAL[4:]}", cell) for cell in cells):
            raise FileRefused("FILE_TRUNCATED", "The last line has fewer cells than the header and no line end.")

    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch. Raises FileRefused where the text turns out to be broken."""
        self.ragged.clear()
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
                mended = self._mend(names, invalid[sorted_out:])
                sorted_out = len(invalid)
                yield from sifter.sift(pl.concat([frame, mended]).sort(ROW) if mended.height else frame)
        except arrow.ArrowInvalid as error:
            # A header and no rows: nothing was observed, which is a delivery too.
            if "Empty CSV" not in str(error) and "Could not skip initial" not in str(error):
                raise FileRefused("FILE_UNREADABLE", "Its rows cannot be told apart.") from error
        yield from sifter.sift(self._mend(names, invalid[sorted_out:]))
        sifter.sift_ragged(self.ragged, self.delimiter)

    def _mend(self, names: list[str], rows: list[tuple[int, str]]) -> pl.DataFrame:
        """Of rows that do not fit, those that only have empty cells too many; the others are ragged."""
        mended = []
        for number, text in rows:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
            if len(cells) > len(names) and not any(cell.strip() for cell in cells[len(names) :]):
                mended.append([*cells[: len(names)], number])
            else:
                self.ragged.append((number, text))
        return pl.DataFrame(mended, schema=dict.fromkeys(names, pl.String) | {ROW: pl.Int64}, orient="row")


def _number(frame: pl.DataFrame, first: int, ragged: list[int]) -> pl.DataFrame:
    """Number the rows from `first`, leaving out the numbers that the ragged rows have."""
    rows = pl.int_range(first, first + frame.height, eager=True)
    if ragged:
        # The i-th ragged row (number r) lies before a sound row once r − i of the sound rows' numbers are used up.
        limits = pl.Series([number - position for position, number in enumerate(sorted(ragged))])
        rows = rows + limits.search_sorted(rows, side="right").cast(pl.Int64)
    return frame.with_columns(rows.alias(ROW))


def _workbook(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    tables: list[Table] = []
    seen: list[list[str]] = []
    unread: list[str] = []
    for sheet in workbook.convert(path, folder):
        head = _head(Path(sheet["file"]), ",")
        if header := find_header(head, accepts):
            table = _CsvTable(path, Path(sheet["file"]), header, sheet=sheet["name"], delimiter=",")
            table.sheet_number, table.epoch_1904 = sheet["number"], sheet["epoch_1904"]
            if sheet["rows"] >= SHEET_ROWS:
                table.notes += ("the sheet is full to its last row: what came after may be cut off",)
            tables.append(table)
        elif cells := [row for _, row in head if any(row)]:
            seen += cells
            unread.append(str(sheet["number"]))
    if tables and unread:
        tables[0].notes += (f"sheets not read: {', '.join(unread)}",)
    return tables, seen


# ---------------------------------------------------------------- Parquet


class _ParquetTable(Table):
    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch."""
        row = 2
        for batch in self._stored():
            typed = pl.DataFrame(arrow.Table.from_batches([batch]))
            try:
                text = typed.cast(pl.String)
            except pl.exceptions.PolarsError as error:
                raise FileRefused("FILE_UNREADABLE", "A column holds more than plain values.") from error
            # A number is no text: its point is a decimal mark, which three digits behind it would leave in doubt.
            numbers = [name for name, kind in typed.schema.items() if kind.is_float()]
            text = text.with_columns(pl.col(numbers).str.replace(r"^(-?\d{1,3}\.\d{3})$", "${1}0")).fill_null("")
            yield Batch(text.with_columns(pl.int_range(row, row + text.height, eager=True).alias(ROW)), self.facts)
            row += text.height

    def _stored(self) -> Iterator[arrow.RecordBatch]:
        try:
            yield from arrow_parquet.ParquetFile(self.path).iter_batches(batch_size=200_000)
        except (arrow.ArrowException, OSError) as error:
            raise FileRefused("FILE_UNREADABLE", "A part of the file is damaged.") from error


def _parquet(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    try:
        file = arrow_parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise FileRefused("FILE_KIND", "The content is no Parquet file, or it is cut.") from error
    header = tuple(file.schema_arrow.names)
    return ([_ParquetTable(path, header, {})] if accepts(header, {}) else []), [list(header)]


def line_numbers(path: Path, rows: Sequence[int], encoding: str, delimiter: str) -> dict[int, int]:
    """Record → physical line on which it starts, for CSV files with line breaks inside cells or blank lines.

    Reads the file once with Python's csv module; memory is bounded by the rows asked for.
    """
    wanted, found = set(rows), {}
    with path.open(encoding=encoding, newline="") as handle:
        reader = csv.reader(handle, delimiter=delimiter)
        record, before = 0, 0
        for cells in reader:
            if cells:
                record += 1
                if record in wanted:
                    found[record] = before + 1
            before = reader.line_num
    return found
