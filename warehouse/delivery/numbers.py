"""The numbers of civil servants in two columns side by side: `NIP` of some and `NI PPPK` of others. They are read as one."""

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
