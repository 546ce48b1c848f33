"""The numbers of civil servants in several columns: `NIP` of some beside `NI PPPK` of others, or a number's four parts below one heading. They are
read as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.bilingual import indonesian
from schemas.column import heading
from schemas.identity.nip import OF_BOTH, OF_PNS, OF_PPPK

_PNS, _PPPK, _BOTH = (frozenset(map(heading, names)) for names in (OF_PNS, OF_PPPK, OF_BOTH))


def one_number(names: Sequence[str]) -> tuple[tuple[str, ...], Mapping[int, int]]:
    """The names of columns, of which one at most holds numbers, and the places of its further columns → its place. Two columns of the same kind
    are left as they are: nobody can say which of them counts."""
    said = {at: indonesian(name) for at, name in enumerate(names) if name}
    kinds = [[at for at, name in said.items() if name in known] for known in (_PNS, _BOTH, _PPPK)]
    found = [at for kind in kinds for at in kind]
    if len(found) < 2 or any(len(kind) > 1 for kind in kinds):
        return tuple(names), {}
    first, *others = found
    return tuple("" if at in others else name for at, name in enumerate(names)), dict.fromkeys(others, first)


def join_numbers(cells: pl.DataFrame, beside: Mapping[int, int]) -> pl.DataFrame:
    """The rows with each number in the one column: of a row whose columns hold different ones both, so that neither counts."""
    for other, first in beside.items():
        here, there = pl.col(f"c{first}"), pl.col(f"c{other}")
        is_here, is_there = (cell.str.contains(r"\d") for cell in (here, there))
        differ = here.str.replace_all(r"\D", "") != there.str.replace_all(r"\D", "")
        one = (
            pl.when(is_here & is_there & differ)
            .then(here + " / " + there)
            .when(~is_here & (is_there | (here.str.strip_chars() == "")))
            .then(there)
            .otherwise(here)
        )
        cells = cells.with_columns(one.alias(f"c{first}"))
    return cells


_PARTS = (r"^\d{8}$", r"^\d{6}$", r"^[12]$", r"^\d{1,3}$")
"""A day of birth, a month of appointment, the sex, and a number that loses its zeros."""


def join_parts(cells: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The rows with the parts of a number that stand in cells of their own (`19850315` `201001` `1` `001`, below one heading) in the first of them."""
    numbers = (at for at, name in enumerate(names) if indonesian(name) in _PNS | _BOTH)
    at = next(
        (at for at in numbers if at + len(_PARTS) <= len(names) and not any(names[at + 1 : at + len(_PARTS)])), None
    )
    if at is None:
        return cells
    parts = [pl.col(f"c{at + nth}").str.strip_chars(" '") for nth in range(len(_PARTS))]
    is_cut = pl.all_horizontal(part.str.contains(known) for part, known in zip(parts, _PARTS, strict=True))
    whole = pl.concat_str(*parts[:-1], parts[-1].str.zfill(3))
    kept = [
        pl.when(is_cut).then(pl.lit("")).otherwise(pl.col(f"c{at + nth}")).alias(f"c{at + nth}")
        for nth in range(1, len(_PARTS))
    ]
    return cells.with_columns(pl.when(is_cut).then(whole).otherwise(pl.col(f"c{at}")).alias(f"c{at}"), *kept)
