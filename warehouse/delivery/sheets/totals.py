"""Rows that sum up the rows above them: told by their label, or proven by arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import polars as pl

_OF = r"(?: (?:keseluruhan|seluruhnya|semua|akhir|umum|peserta|hadir))?"
SUM = rf"(?i)^\W*(?:(?:grand|sub)[\s-]*)?(?:jumlah|total|jml){_OF}\W*$"
"""A label of a sum, in whatever column it stands: people write it beside its first number."""
LABEL = (
    r"(?i)^\W*(?:(?:(?:grand|sub)[\s-]*)?(?:jumlah|total|jml|rata\s?-?\s?rata|rerata|average|mean)"
    rf"{_OF}"
    r"|(?:nilai |skor )?(?:tertinggi|terendah|maksimum|maksimal|minimum|minimal|median|modus)|(?:standar|simpangan) (?:deviasi|baku)"
    r"|(?:nilai )?(?:kkm|kktp|batas lulus|batas kelulusan|ambang batas|passing grade)|(?:persentase )?(?:ketuntasan|kelulusan)|(?:(?:tidak|tdk|belum) )?(?:lulus|tuntas)|daya serap)\W*$"
)
"""A label that nothing but a total has."""
ROWS = 5_000
"""Longer pieces are made by programs, which write no totals without a label: nothing is proven there."""
PROOF, HINTED = 5, 1
"""Digits beyond the first that must agree, before a row counts as a sum: without a label, and with one such as "Jumlah aset"."""


def find_totals(cells: pl.DataFrame, hints: pl.Series) -> set[int]:
    """Positions of the rows of `cells` (text columns) that are totals. `hints` says which have a label that may be one.

    Beside its numbers a total has one text at most. It is one where that says so in its first cell; or where each of its numbers
    is the sum of those above it (since the last total, or of all), by more digits than agree by chance; with a hint also their mean
    or count.
    """
    if cells.height <= ROWS and not cells.select(_may_be(tuple(cells.columns)).any()).item():
        return set()
    text = cells.select(pl.all().str.strip_chars(" \t\u00a0"))
    first = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in text.columns]
    labels = text.select(pl.coalesce(first[:4]).alias("label"), pl.coalesce(first).alias("sum"))
    labelled = labels.select(
        pl.col("label").str.contains(LABEL).fill_null(False) | pl.col("sum").str.contains(SUM).fill_null(False)
    ).to_series()
    if cells.height > ROWS and not labelled.any():
        return set()
    filled = text.select(~pl.all().is_in(["", "-", "–"])).to_numpy()
    numbers = one_by_one(text, _number)
    is_number = np.isfinite(numbers)
    few_texts = (filled & ~is_number).sum(axis=1) <= 1
    found = set(np.flatnonzero(labelled.to_numpy() & few_texts).tolist())
    if not 3 <= cells.height <= ROWS:
        return found
    alone = few_texts & is_number.any(axis=1)
    is_hinted = hints.to_numpy()
    since = 0
    for at in np.flatnonzero(alone).tolist():
        if at in found:
            since = at + 1
            continue
        rows = [row for row in range(at) if row not in found]
        for above in (rows, [row for row in rows if row >= since]):
            if len(above) > 1 and _sums_up(numbers, filled, above, at, is_hinted=bool(is_hinted[at])):
                found.add(at)
                since = at + 1
                break
    return found


def one_by_one(cells: pl.DataFrame, worked_out: Callable[[pl.Series], pl.Series]) -> np.ndarray:
    """What is worked out of each cell, row by row: in one column, since of a small table the patterns take longer to make than to be
    looked for."""
    column = pl.concat(series.alias("cell") for series in cells.iter_columns())
    return worked_out(column).to_numpy().reshape(cells.width, cells.height).T


def _sums_up(numbers: np.ndarray, filled: np.ndarray, above: list[int], at: int, *, is_hinted: bool) -> bool:
    columns = np.flatnonzero(np.isfinite(numbers[at]))
    values, known = numbers[above][:, columns], filled[above][:, columns]
    if (known & ~np.isfinite(values)).any() or (known.sum(axis=0) < 2).any():
        return False
    said, sums, counts = numbers[at, columns], np.nansum(values, axis=0), known.sum(axis=0)
    wanted = [sums, sums / counts, counts] if is_hinted else [sums]
    if not any((np.abs(said - want) <= 0.005 + 1e-9 * np.abs(want)).all() for want in wanted):
        return False
    # Round numbers agree by chance; the digits between the first and the trailing zeros do not.
    digits = sum(len(f"{abs(value):.2f}".replace(".", "").strip("0")) - 1 for value in said)
    return digits >= (HINTED if is_hinted else PROOF)


@lru_cache
def _may_be(columns: tuple[str, ...]) -> pl.Expr:
    """Whether a row has one cell at most with a word in it: few tables have such rows at all. `Rp` is no word."""
    words = (pl.col(name).str.contains(r"(?i)[\p{L}--r]\p{L}|r[\p{L}--p]|r\p{L}{2}") for name in columns)
    return pl.sum_horizontal(word.cast(pl.Int32) for word in words) <= 1


def _number(text: pl.Series) -> pl.Series:
    """The number that a cell says, however it is grouped; undefined where it says none, or an identity number."""
    cells = text.str.replace_all(r"(?i)^rp\.?\s*|[\s\u00a0]|%$|,-$", "").alias("cell").to_frame()
    bare = pl.col("cell")
    dots, commas = r"^-?\d{1,3}(?:\.\d{3})+(?:,\d+)?$", r"^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$"
    plain = (
        pl.when(bare.str.contains(dots))
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(bare.str.contains(commas))
        .then(bare.str.replace_all(",", "", literal=True))
        .otherwise(bare.str.replace(",", ".", literal=True))
    )
    numbers = cells.select(plain.cast(pl.Float64, strict=False))
    is_one = bare.is_finite() & (bare.abs() < 1e15)
    return numbers.select(pl.when(is_one).then(bare).otherwise(float("nan"))).to_series()
