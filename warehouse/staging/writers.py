"""What a month of a source becomes: its files in the staging store and the restricted one, written batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as arrow
import pyarrow.parquet as arrow_parquet

from schemas.column import POLARS_TYPES
from schemas.contract import PROVENANCE, Contract
from warehouse.people.door import is_written
from warehouse.staging.refusals import REFUSALS
from warehouse.staging.report import numbered
from warehouse.staging.validate import Splitter
from warehouse.store import Store

WORDS = {"token": pl.String, "text": pl.String}
"""Columns of a words file: what stands in the staging store for what somebody wrote, and what they wrote."""


PEOPLE = dict.fromkeys(("employee_id", "pseudonym", "full_name", "email"), pl.String)
"""Columns of a people file: who a pseudonym is."""


class MonthFiles(NamedTuple):
    """Where a month stands, each a Parquet file."""

    accepted: Path
    refused: Path
    people: Path | None
    """Of the list of employees alone."""
    words: Path | None
    """Of sources in which people write something."""

    @classmethod
    def of(cls, store: Store, contract: Contract, month: str) -> MonthFiles:
        """Those of a source's month."""
        name = f"{contract.name}/{month}.parquet"
        return cls(
            store.staging / name,
            store.quarantine / name,
            store.restricted / "identity" / f"{month}.parquet" if contract.name == "employees" else None,
            store.words / name if any(map(is_written, contract.columns)) else None,
        )


class Writers:
    """A month's files while they are written. `names`: of the files that it is made of."""

    def __init__(self, contract: Contract, names: Sequence[str], files: MonthFiles) -> None:
        self.numbers = {name: number for number, name in numbered(names).items()}
        self.sheets: dict[str, str] = {}
        """Number of each sheet → its name, in the order in which they were read."""
        self.written = [column.name for column in contract.columns if is_written(column)]
        self.schema = {c.name: POLARS_TYPES[c.type] for c in contract.kept} | {
            name: POLARS_TYPES[kind] for name, kind in PROVENANCE.items()
        }
        self.accepted = self._open(files.accepted, self.schema)
        self.refused = self._open(files.refused, REFUSALS)
        self.people = self._open(files.people, PEOPLE) if files.people else None
        self.words = self._open(files.words, WORDS) if files.words else None

    @staticmethod
    def _open(path: Path, schema: Mapping[str, Any]) -> arrow_parquet.ParquetWriter:
        empty = pl.DataFrame(schema=dict(schema)).to_arrow(compat_level=pl.CompatLevel.oldest())
        return arrow_parquet.ParquetWriter(path, empty.schema, compression="zstd", compression_level=1)

    @staticmethod
    def write(writer: arrow_parquet.ParquetWriter, frame: pl.DataFrame) -> None:
        """Append a batch."""
        table: arrow.Table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer.write_table(table.cast(writer.schema))

    def sheet(self, name: str) -> str:
        """The number of a sheet; a file without sheets has none."""
        if not name:
            return ""
        if name not in self.sheets.values():
            self.sheets[f"{len(self.sheets) + 1:04d}"] = name
        return next(number for number, known in self.sheets.items() if known == name)

    def without_words(self, frame: pl.DataFrame, splitter: Splitter) -> pl.DataFrame:
        """The rows with tokens for what somebody wrote; the words themselves go where they are restricted."""
        for name in self.written:
            said = frame.get_column(name)
            if splitter.names:
                said = said.map_elements(splitter.names.scrub, return_dtype=pl.String)
            tokens = splitter.tokens.series(said)
            told = pl.DataFrame({"token": tokens, "text": said}, schema=WORDS).drop_nulls().unique(maintain_order=True)
            assert self.words is not None
            self.write(self.words, told)
            frame = frame.with_columns(tokens.alias(name))
        return frame

    def close(self) -> None:
        """Finish the files."""
        for writer in (self.accepted, self.refused, self.people, self.words):
            if writer is not None:
                writer.close()
