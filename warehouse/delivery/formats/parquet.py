"""Parquet: typed columns, given as the text that says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.parquet as arrow_parquet

from schemas.reasons import FileRefused
from warehouse.delivery.sheets.headings import Accepts
from warehouse.delivery.sheets.sheet import ROW, Batch, Record, Table

ENDINGS = (".parquet",)
ROWS = 200_000
"""Rows per batch."""
CONTENT_LIMIT = 1 << 30
"""Bytes of content beyond which a file is not read: a text that stands once in its dictionary may be meant a million times."""
PIECE = 64 << 20
"""Bytes of content that are made text at once."""


def open(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    """See `Format`: the file's one table, whose header counts as row 1."""
    try:
        file = arrow_parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise FileRefused("FILE_KIND", "The content is no Parquet file, or it is cut.") from error
    metadata = file.metadata
    declared = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if declared > CONTENT_LIMIT:
        raise FileRefused("FILE_TOO_LARGE", f"{declared:,} bytes unpacked from {path.stat().st_size:,}.")
    header = tuple(file.schema_arrow.names)
    return ([_ParquetTable(path, header, {}, kind="Parquet")] if accepts(header, {}) else []), [list(header)]


def copy_back(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """See `Format`: rows of text."""
    yield 1, arrow_parquet.read_schema(path).names
    rows = (row for batch in _pieces(path) for row in zip(*map(_texts, batch.columns), strict=True))
    yield from enumerate(rows, start=2)


def _pieces(path: Path) -> Iterator[arrow.RecordBatch]:
    """The file's rows in pieces of bounded size. Raises FileRefused where the content is damaged or larger than it looks."""
    try:
        file = arrow_parquet.ParquetFile(path, read_dictionary=_packed(path))
        read = 0
        for batch in file.iter_batches(batch_size=ROWS):
            size = sum(map(_size, batch.columns))
            read += size
            if read > CONTENT_LIMIT:
                seen = f"More than {CONTENT_LIMIT:,} bytes of text from {path.stat().st_size:,}."
                raise FileRefused("FILE_TOO_LARGE", seen)
            step = -(-batch.num_rows // (size // PIECE + 1))
            for start in range(0, batch.num_rows, step):
                piece = batch.slice(start, step)
                columns = [c.dictionary_decode() if isinstance(c, arrow.DictionaryArray) else c for c in piece.columns]
                yield arrow.RecordBatch.from_arrays(columns, names=batch.schema.names)
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FileRefused("FILE_UNREADABLE", "A part of the file is damaged.") from error


def _packed(path: Path) -> list[str]:
    """Columns of text that are stored by a dictionary: they are read as such, so that their size is known beforehand."""
    with arrow_parquet.ParquetFile(path) as file:
        metadata, schema = file.metadata, file.schema_arrow
        stored = {
            metadata.row_group(group).column(column).path_in_schema
            for group in range(metadata.num_row_groups)
            for column in range(metadata.num_columns)
            if metadata.row_group(group).column(column).has_dictionary_page
        }
    kinds = (arrow.string(), arrow.large_string(), arrow.binary(), arrow.large_binary())
    return [field.name for field in schema if field.type in kinds and field.name in stored]


def _size(column: arrow.Array) -> int:
    """Bytes of a column once each of its values stands for itself."""
    if not isinstance(column, arrow.DictionaryArray):
        return int(column.nbytes)
    lengths = compute.binary_length(column.dictionary)
    return int(compute.sum(lengths.take(column.indices)).as_py() or 0)


def _texts(column: arrow.Array) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


class _ParquetTable(Table):
    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch."""
        row = 2
        for batch in _pieces(self.path):
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
