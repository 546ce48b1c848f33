"""Rows whose cells stand one column too far to the right: a text was cut in two where a mark or a quote stood in it.

Such a row may have as many cells as the header, where the last one was empty or was cut off; told by what every other row says.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.delivery.sheets.totals import one_by_one

ROWS = 5_000
"""Longer pieces are made by programs, which quote as they should."""
FEWEST, SHARE = 10, 0.9
"""Rows from which on, and the share of them by which, a column is of one shape."""
_EMPTY, _TEXT, _FIGURES, _ADDRESS, _BROKEN, _MIXED = range(6)
"""Shapes of cells; `_BROKEN` is text that begins with a quote and ends without, `_MIXED` is what a column of several shapes is of."""


def find_shifted(cells: pl.DataFrame) -> list[int]:
    """Positions of the rows of `cells` (text columns, in order) that are shifted.

    One is where cells, not only empty ones, differ from their columns in at least two points (their shape, a quote that never ends),
    and where all agree once a text is joined again with the cell behind it and what follows goes back by one column. What then stands
    in the last column is not known.
    """
    if not FEWEST <= cells.height <= ROWS or cells.width < 3:
        return []
    shapes = one_by_one(cells, _shape)
    counts = np.stack([(shapes == shape).sum(axis=0) for shape in range(_BROKEN)])
    columns = np.where(counts.max(axis=0) >= SHARE * cells.height, counts.argmax(axis=0), _MIXED)
    points = _points(shapes, columns)
    suspects = np.flatnonzero((points.sum(axis=1) > 1) & (points * (shapes != _EMPTY)).any(axis=1))
    return [at for at in suspects.tolist() if _is_shifted(shapes[at], columns)]


def _is_shifted(row: np.ndarray, columns: np.ndarray) -> bool:
    for at in range(1, len(row)):
        is_cut = row[at - 1] == columns[at - 1] == _TEXT and row[at] in (_EMPTY, _TEXT, _BROKEN)
        back = np.concatenate([row[:at], row[at + 1 :]])
        if is_cut and not _points(back, columns[:-1]).any():
            return True
    return False


def _points(shapes: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """In how many points each cell differs from its column."""
    is_broken = shapes == _BROKEN
    return ((np.where(is_broken, _TEXT, shapes) != columns) & (columns != _MIXED)).astype(int) + is_broken


def _shape(cell: pl.Series) -> pl.Series:
    text = pl.col("cell")
    shape = (
        pl.when(text == "")
        .then(_EMPTY)
        .when(text.str.contains(r'^"[^"]*$'))
        .then(_BROKEN)
        .when(text.str.contains(r"^\S+(?:://|@)\S+$"))
        .then(_ADDRESS)
        .when(text.str.contains(r"^\P{L}*\d\P{L}*$"))
        .then(_FIGURES)
        .otherwise(_TEXT)
        .cast(pl.Int8)
    )
    return cell.str.strip_chars().alias("cell").to_frame().select(shape).to_series()
