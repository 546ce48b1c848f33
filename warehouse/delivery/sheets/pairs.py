"""People who stand on two rows of a list: the name, and the NIP right below it in the same column."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from schemas.bilingual import indonesian

_NUMBER = r"(?i)^\W*(?:(?:NIP|NI ?PPPK|NIPPPK)\b[\s.:]*)?(?:\d[\s.'-]*){18}$"
_NAMES = re.compile(r"\b(?:nama|name|pegawai|peserta)\b").search


def join_pairs(
    cells: pl.DataFrame, header: Sequence[str], line: int | None, row: str
) -> tuple[pl.DataFrame, list[int]]:
    """The rows of a table with each NIP brought into the cell of the name above it, and the numbers (column `row`) of those that were
    joined.

    The second of two rows is told by its number: it has none in the column `line` that numbers the people, or the same, where that is merged
    downwards. Where a list numbers nobody, everybody of whom it says something must have a NIP below, of which it says nothing. Other cells that differ are joined, too: what
    matters of them is then refused as what it is, and not guessed.
    """
    names = [indonesian(name) for name in header]
    column = next((at for at, name in enumerate(names) if _NAMES(name)), None)
    others = [pl.col(f"c{at}").str.strip_chars() != "" for at, name in enumerate(header) if name and at != column]
    if column is None or not others or any(re.fullmatch(r"nip\b.*", name) for name in names) or not cells.height:
        return cells, []
    who = pl.col(f"c{column}")
    below = who.str.contains(_NUMBER)
    above = who.str.contains(r"\pL{2}") & ~who.str.contains(r"\d{5}")
    follows = above.shift(1) & (pl.col(row) - pl.col(row).shift(1) == 1)
    if line is None:
        is_first = pl.any_horizontal(others)
        is_second = below & follows & ~is_first & is_first.shift(1)
        is_second &= (~is_first | is_second.shift(-1, fill_value=False)).all()
    else:
        number = pl.col(f"c{line}").str.strip_chars()
        is_second = below & follows & (number.shift(1) != "") & ((number == "") | (number == number.shift(1)))
    marked = cells.with_columns(is_second.fill_null(False).alias("_second"))
    if not marked.get_column("_second").any():
        return cells, []

    def joined(name: str) -> pl.Expr:
        here, next_one = pl.col(name), pl.col(name).shift(-1)
        both = pl.when(here == "").then(next_one).otherwise(here + "\n" + next_one)
        is_more = pl.col("_second").shift(-1, fill_value=False) & (next_one != "") & (next_one != here)
        return pl.when(is_more).then(both).otherwise(here).alias(name)

    whole = marked.with_columns(joined(name) for name in cells.columns if name != row)
    return whole.filter(~pl.col("_second")).select(cells.columns), marked.filter("_second").get_column(row).to_list()
