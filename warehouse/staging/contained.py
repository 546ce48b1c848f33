"""Files of anonymous answers that stand whole in another file of their month: the same form exported again, with what came since.

An answer that nobody signed is known by its file alone, so the same file saved anew, or with one more row, would count twice. Here such a
file is told by what it says: all its rows, in their order, among the rows of another, and more of them than chance would bring together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import lgamma, log, log2

import duckdb

from schemas.contract import Contract
from schemas.profiles import Layout

Answers = frozenset[int]
"""What one form says: a digest of each of its answers."""
CERTAIN = 40.0
"""Bits by which it must be no chance: once in a million million pairs of files."""


def is_anonymous(contract: Contract, layout: Layout | None) -> bool:
    """Whether a layout may know its rows by their file alone: its content's digest stands in their key."""
    target = layout.targets.get(contract.name) if layout else None
    return target is not None and any(re.search(r"\b_sha\b", target.select.get(name, "")) for name in contract.key)


def contained_files(con: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[str]) -> dict[str, str]:
    """File → the file in which all its rows stand, of those of `files` (their numbers) among the rows of the view `staged`."""
    said = [column.name for column in contract.kept if column.privacy != "respondent"]
    rows = con.execute(
        f"select source_file, list(hash({', '.join(said)})) from staged where list_contains(?, source_file) "
        "group by source_file, source_sheet, source_row order by source_file, source_sheet, source_row",
        [list(files)],
    ).fetchall()
    sequences: dict[str, list[Answers]] = {}
    for file, answers in rows:
        sequences.setdefault(file, []).append(frozenset(answers))
    return find_contained(sequences)


def find_contained(sequences: Mapping[str, Sequence[Answers]]) -> dict[str, str]:
    """Name → the name of another sequence of forms that holds all of it, in order, for certain. Of equal ones the first stands."""
    kept: list[str] = []
    found: dict[str, str] = {}
    # Of as many forms those with more answers hold the others.
    size = {name: (len(forms), sum(map(len, forms))) for name, forms in sequences.items()}
    for name in sorted(sequences, key=lambda name: (-size[name][0], -size[name][1], name)):
        holder = next((other for other in kept if _stands_in(sequences[name], sequences[other])), None)
        if holder is None:
            kept.append(name)
        else:
            found[name] = holder
    return found


def _stands_in(part: Sequence[Answers], whole: Sequence[Answers]) -> bool:
    """Whether all of `part` stands in `whole`, in order, and not by chance: the rarer its forms, and the fewer the ways to choose as many of
    `whole`, the less. A survey in which everybody ticked the same says nothing, however long it is. A form of which an answer was refused
    stands in the mended one, and proves nothing."""
    rest, proving = iter(whole), []
    for form in part:
        found = next((other for other in rest if form <= other), None)
        if found is None:
            return False
        if form == found:
            proving.append(form)
    counts, n = Counter(part) + Counter(whole), len(part) + len(whole)
    ways = (lgamma(len(whole) + 1) - lgamma(len(part) + 1) - lgamma(len(whole) - len(part) + 1)) / log(2)
    return sum(log2(n / counts[form]) for form in proving) - ways >= CERTAIN
