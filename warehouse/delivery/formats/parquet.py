"""Parquet: typed columns, given as the text that says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as arrow
import pyarrow.parquet as arrow_parquet

from schemas.reasons import FileRefused
from warehouse.delivery.sheet import ROW, Accepts, Batch, Record, Table

ENDINGS = (".parquet",)
ROWS = 200_000
"""Rows per batch."""


def open(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    """See `Format`: the file's one table, whose header counts as row 1."""
    try:
        file = arrow_parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise FileRefused("FILE_KIND", "The content is no Parquet file, or it is cut.") from error
    header = tuple(file.schema_arrow.names)
    return ([_ParquetTable(path, header, {}, kind="Parquet")] if accepts(header, {}) else []), [list(header)]


def copy_back(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """See `Format`: rows of text."""
    with arrow_parquet.ParquetFile(path) as file:
        yield 1, file.schema_arrow.names
        rows = (row for batch in file.iter_batches() for row in zip(*map(_texts, batch.columns), strict=True))
        yield from enumerate(rows, start=2)


def _texts(column: arrow.Array) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


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
            yield from arrow_parquet.ParquetFile(self.path).iter_batches(batch_size=ROWS)
        except (arrow.ArrowException, OSError) as error:
            raise FileRefused("FILE_UNREADABLE", "A part of the file is damaged.") from error
