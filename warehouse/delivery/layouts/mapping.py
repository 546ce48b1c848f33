"""From a table's own columns to a source's: the contract's headings, or a profile's expressions.

Two ways with one face: `accepts` recognises a header, calling gives the source's columns as clean text, `cell_of` tells
where in the sender's row a column stands, so that a refused cell can be shown to the sender.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import polars as pl

from schemas.contract import Contract
from warehouse.delivery.layouts.doubts import Doubts
from warehouse.delivery.sheets.sheet import Batch, Table

CELL = "_cell"
"""Column of mapped text: the 1-based position, in the sender's row, of the value that an unpivoted row is about."""


class HeaderMatcher(Protocol):
    """Knows the header of a layout."""

    def accepts(self, header: Sequence[str], facts: Mapping[str, str]) -> int:
        """How many columns of a header are recognised; 0 where it is not this layout's."""
        ...


class RowMapper(HeaderMatcher, Protocol):
    """Brings the rows of a table into the columns of one source; what is doubtful about them is noted in `doubts`."""

    contract: Contract
    doubts: Doubts

    def batches(self, table: Table) -> Iterator[Batch]:
        """The table's rows in the pieces in which they can be brought over."""
        ...

    def __call__(self, batch: Batch, table: Table) -> pl.DataFrame:
        """The source's columns as clean text, `ROW`, and `CELL` where rows were made of columns."""
        ...

    def cell_of(self, table: Table) -> dict[str, int]:
        """Column of the source → position of its cell in the sender's row, from 1."""
        ...

    def reads(self, table: Table) -> list[str]:
        """The table's headings of the columns that are read."""
        ...
