"""Files to text: opens a delivered CSV, XLSX or Parquet file and yields its rows as text, batch by batch.

Nothing is guessed and nothing is typed here. A row that does not fit the header is handed over as ragged; a file that
is not what it says raises `FileRefused` with the reason.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fastexcel
import polars as pl
import pyarrow as arrow
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from schemas.reasons import FileRefused

ROW = "_row"
"""Name of the row-number column of every batch: 1 is the header's row (the record's number, blank lines not counted)."""
DELIMITERS = ",;\t"
BLOCK = 8 << 20
"""Bytes of CSV per batch: bounds memory whatever the file's size."""
WORKBOOK_LIMIT = 1 << 30
"""Unpacked bytes of a workbook beyond which it is not opened."""
HEADER_WITHIN = 20
"""The header of a sheet is looked for in this many rows."""

Accepts = Callable[[Sequence[str]], bool]
"""Tells whether a row of cells is a header that somebody knows."""


@dataclass
class Table:
    """An opened file: its header, and a way to its rows."""

    path: Path
    header: tuple[str, ...]
    batches: Callable[[], Iterator[pl.DataFrame]]
    """Text columns named as in the header, and `ROW`."""
    ragged: list[tuple[int, str]] = field(default_factory=list)
    """(row number, raw text) of rows with another number of cells; filled while the batches are read."""


def open_table(path: Path, accepts: Accepts) -> Table:
    """Open `path` by its ending; `accepts` recognises the header. Raises FileRefused naming what is wrong."""
    if path.is_symlink():
        raise FileRefused("FILE_LINK")
    if path.stat().st_size == 0:
        raise FileRefused("FILE_EMPTY")
    opener = {".csv": _csv, ".xlsx": _workbook, ".parquet": _parquet}.get(path.suffix.lower())
    if opener is None:
        raise FileRefused("FILE_KIND", f"Ending {path.suffix!r}; .csv, .xlsx and .parquet are read.")
    return opener(path, accepts)


def _csv(path: Path, accepts: Accepts) -> Table:
    with path.open("rb") as handle:
        start = handle.read(1 << 16)
    if b"\x00" in start:
        raise FileRefused(
            "FILE_ENCODING" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "FILE_KIND", "Binary content."
        )
    if not start.strip():
        raise FileRefused("FILE_EMPTY")
    try:
        # A multi-byte character may be cut at the block's end; only the last three bytes may be at fault.
        text = start.decode("utf-8-sig") if len(start) < 1 << 16 else start[:-3].decode("utf-8-sig", errors="strict")
    except UnicodeDecodeError as error:
        if len(start) < 1 << 16 or error.start < len(start) - 8:
            raise FileRefused("FILE_ENCODING", f"Byte {error.start} is no UTF-8.") from error
        text = start[: error.start].decode("utf-8-sig")
    found = None
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = tuple(cell.strip() for cell in next(reader, []))
        if found is None or accepts(header):
            found = header, delimiter, reader.line_num
        if accepts(header):
            break
    assert found is not None
    header, delimiter, lines = found
    if not accepts(header):
        raise FileRefused("FILE_COLUMNS", f"Columns seen: {', '.join(header)[:300]}.")
    _refuse_cut(path, delimiter, len(header))

    table = Table(path, header, lambda: iter(()))
    names = [f"c{position}" for position in range(len(header))]

    def note(row: arrow_csv.InvalidRow) -> str:
        table.ragged.append((row.number - lines + 1, row.text))
        return "skip"

    def batches() -> Iterator[pl.DataFrame]:
        table.ragged.clear()
        row = 2
        try:
            reader = arrow_csv.open_csv(
                path,
                # Without threads, so that a row that does not fit comes with its number.
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, block_size=BLOCK, column_names=names, skip_rows=lines
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, arrow.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                frame = _frame(pl.DataFrame(arrow.Table.from_batches([batch])), header)
                yield _number(frame, row, [number for number, _ in table.ragged])
                row += frame.height
        except arrow.ArrowInvalid as error:
            if "Empty CSV" in str(error) or "Could not skip initial" in str(error):
                return  # A header and no rows: nothing was observed, which is a delivery too.
            code = "FILE_ENCODING" if "UTF8" in str(error) else "FILE_UNREADABLE"
            raise FileRefused(code, str(error)[:200]) from error

    table.batches = batches
    return table


def _number(frame: pl.DataFrame, first: int, ragged: list[int]) -> pl.DataFrame:
    """Number the rows from `first`, leaving out the numbers that the ragged rows have."""
    rows = pl.int_range(first, first + frame.height, eager=True)
    if ragged:
        # The i-th ragged row (number r) lies before a sound row once r − i of the sound rows' numbers are used up.
        limits = pl.Series([number - position for position, number in enumerate(sorted(ragged))])
        rows = rows + limits.search_sorted(rows, side="right").cast(pl.Int64)
    return frame.with_columns(rows.alias(ROW))


def _refuse_cut(path: Path, delimiter: str, width: int) -> None:
    """Refuse a file whose last line is incomplete: no line end, and fewer cells than the header."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - (1 << 16)))
        tail = handle.read()
    if tail.endswith((b"\n", b"\r")):
        return
    last = tail.splitlines()[-1].decode("utf-8", errors="replace")
    if len(next(csv.reader([last], delimiter=delimiter))) < width:
        raise FileRefused("FILE_TRUNCATED", "The last line has fewer cells than the header and no line end.")


def _workbook(path: Path, accepts: Accepts) -> Table:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    except (zipfile.BadZipFile, OSError) as error:
        raise FileRefused("FILE_KIND", "The content is no Excel workbook.") from error
    if "xl/workbook.xml" not in sizes:
        raise FileRefused("FILE_KIND", "The archive holds no workbook.")
    if sum(sizes.values()) > WORKBOOK_LIMIT:
        raise FileRefused("FILE_TOO_LARGE", f"{sum(sizes.values()):,} bytes unpacked; at most {WORKBOOK_LIMIT:,}.")
    try:
        book = fastexcel.read_excel(path)
        sheets = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in book.sheet_names]
    except fastexcel.FastExcelError as error:
        raise FileRefused("FILE_UNREADABLE", str(error)[:200]) from error
    seen: tuple[str, ...] = ()
    for sheet in sheets:
        cells = sheet.to_polars()
        for position, row in enumerate(cells.head(HEADER_WITHIN).iter_rows()):
            header = tuple((cell or "").strip() for cell in row)
            seen = seen or tuple(filter(None, header))
            if accepts(tuple(filter(None, header))):
                return Table(path, header, _sheet_batches(cells, header, position))
    if not seen:
        raise FileRefused("FILE_EMPTY")
    raise FileRefused("FILE_COLUMNS", f"Columns seen: {', '.join(seen)[:300]}.")


def _sheet_batches(cells: pl.DataFrame, header: tuple[str, ...], position: int) -> Callable[[], Iterator[pl.DataFrame]]:
    def batches() -> Iterator[pl.DataFrame]:
        body = cells.with_row_index(ROW, 1).slice(position + 1)
        numbers = body.get_column(ROW).cast(pl.Int64)
        body = _frame(body.drop(ROW), header).with_columns(pl.all().fill_null(""), numbers)
        filled = pl.any_horizontal(pl.exclude(ROW).str.strip_chars() != "")
        yield body.filter(filled)

    return batches


def _parquet(path: Path, accepts: Accepts) -> Table:
    try:
        file = arrow_parquet.ParquetFile(path)
    except arrow.ArrowException as error:
        raise FileRefused("FILE_KIND", "The content is no Parquet file, or it is cut.") from error
    header = tuple(file.schema_arrow.names)
    if not accepts(header):
        raise FileRefused("FILE_COLUMNS", f"Columns seen: {', '.join(header)[:300]}.")

    def batches() -> Iterator[pl.DataFrame]:
        row = 2
        for batch in arrow_parquet.ParquetFile(path).iter_batches(batch_size=200_000):
            frame = pl.DataFrame(arrow.Table.from_batches([batch])).cast(pl.String).fill_null("")
            yield frame.with_columns(pl.int_range(row, row + frame.height, eager=True).alias(ROW))
            row += frame.height

    return Table(path, header, batches)


def _frame(cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
    """Cells under their headers; unnamed columns are left out, of equal names the first is kept."""
    wanted: dict[str, str] = {}
    for position, name in zip(cells.columns, header, strict=True):
        if name and name not in wanted:
            wanted[name] = position
    return cells.select(pl.col(position).alias(name) for name, position in wanted.items())


def line_numbers(path: Path, rows: Sequence[int], header_lines: int = 1) -> dict[int, int]:
    """Row number → physical line on which the record starts, for CSV files with line breaks inside cells or blank lines.

    Reads the file once with Python's csv module; memory is bounded by the rows asked for.
    """
    wanted, found = set(rows), {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        sample = handle.readline()
        handle.seek(0)
        delimiter = max(DELIMITERS, key=sample.count)
        reader = csv.reader(handle, delimiter=delimiter)
        record, before = 0, 0
        for cells in reader:
            if cells:
                record += 1
                if record in wanted:
                    found[record] = before + 1
            before = reader.line_num
    return found
