"""What both kinds of layout ask of a table's columns: which are meant, which are missing, and what their texts look like."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from schemas.column import Column, heading
from schemas.contract import Contract
from schemas.reasons import FileRefused
from warehouse.delivery.cells import values
from warehouse.delivery.cells.class_code import LABELS, OF_CLASS
from warehouse.delivery.layouts.doubts import SHARED
from warehouse.delivery.layouts.mapping import RowMapper
from warehouse.delivery.sheets.sheet import ROW, Table
from warehouse.delivery.sheets.titles import find_facts

MANY = 50
"""Different texts of a column from which on they are no words of a short list."""


NOTHING = "None of the columns is known."
"""What is said of a header of which nothing is known."""


def lacking(contracts: Sequence[Contract], rows: Sequence[Sequence[str]]) -> str:
    """What the row that comes closest to a header lacks. Cells that resemble no heading of ours may be data: not shown."""
    best, text = 0, NOTHING
    for contract in contracts:
        for at, row in enumerate(rows):
            found = contract.match(row)
            if len(found) > best:
                above = contract.said([label for label in find_facts(rows[:at]) if label != "title"])
                absent = [name for name in contract.required if name not in found]
                if "employee_id" in found:
                    absent = [name for name in absent if name != "employment_type"]
                # One known heading alone makes no table, whatever stands above it.
                lost = [name for name in absent if name not in above] or absent
                close = close_headings(row, lost)
                best, text = len(found), f"Missing: {', '.join(lost)}."
                if close:
                    text += " Perhaps " + ", ".join(f"{seen!r} is {name}" for seen, name in close.items()) + "?"
    return text


def check_split(table: Table, read: Iterable[str]) -> None:
    """Raise FileRefused where a column that is read is only the first of those below its heading (`JP` over `Teori`, `Praktik`)."""
    if name := next((name for name in read if name in table.split), None):
        raise FileRefused("FILE_COLUMNS", f"Below {name!r} stand {table.split[name]} columns: only one of them may be.")


def close_headings(strange: Iterable[str], wanted: Sequence[str]) -> dict[str, str]:
    """Heading nobody knows → the wanted column that it resembles."""
    headings = {heading(name): name for name in wanted}
    found = {}
    for text in strange:
        if close := difflib.get_close_matches(heading(text), list(headings), n=1, cutoff=0.75):
            found[text] = headings[close[0]]
    return found


def said_nearer(
    rows: pl.DataFrame, known: Collection[str], above: Mapping[str, str], labels: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """What is said `above` a table → the one column that no one reads (none of the `known`) and that is headed as its line would be (`Fase`, `Jenis Layanan yang
    Diterima`), or that holds classes whose codes are made like the one above the table. `labels` are those of the lines, as headings."""
    others = [name for name in rows.columns if name not in known and name != ROW]
    found: dict[str, list[str]] = {}
    for said, value in above.items():
        for name in others:
            text = heading(name)
            is_so = text in labels[said] or text.startswith(tuple(f"{label} yang " for label in labels[said]))
            is_class = bool(LABELS.intersection(labels[said]) and OF_CLASS(text))
            if is_so or (is_class and _are_alike(rows.get_column(name), value)):
                found.setdefault(said, []).append(name)
    return {said: names[0] for said, names in found.items() if len(names) == 1}


def without_shared(rows: pl.DataFrame, table: Table, mapper: RowMapper) -> pl.DataFrame:
    """Mapped rows without the amounts, and the hours of sessions, that are merged over several of what they are about: a sum of all of them may be meant, and
    each had it whole."""
    contract = mapper.contract
    for name, at in mapper.cell_of(table).items() if table.tall else ():
        if contract.column(name).unit != "IDR" and name != "jp":
            continue
        # The value of a contract is merged over the months of its project.
        about = contract.key if name == "jp" else contract.key[:1]
        numbers: list[int] = []
        for top, bottom, column in table.tall:
            if column == at - 1 and top >= table.header_row:
                within = rows.filter(pl.col(ROW).is_between(top + 1, bottom + 1) & pl.col(name).is_not_null())
                numbers += within.get_column(ROW).to_list() if within.select(*about).n_unique() > 1 else []
        if numbers:
            mapper.doubts.note(SHARED, at, sheet=table.sheet_number, rows=numbers)
            one = pl.when(~pl.col(ROW).is_in(numbers)).then(pl.col(name)).alias(name)
            rows = rows.with_columns(one)
    return rows


def _are_alike(texts: pl.Series, code: str) -> bool:
    """Whether all texts are codes that are made like another (`TS-2026-01-002` like `TS-2026-01-001`)."""
    shape, shapes = shape_of(code), shapes_of(texts)
    return "0" in shape and shapes == {shape}


def shapes_of(texts: pl.Series) -> set[str]:
    return set(map(shape_of, texts.drop_nulls().str.strip_chars().unique())) - {""}


def shape_of(code: str) -> str:
    """How a code is made."""
    return re.sub(r"\d", "0", code.upper().strip())


def words_of(texts: pl.Series, column: Column) -> set[str]:
    """The words of the column's closed list that a column's texts are, where they are nothing else. A number may be anything."""
    different = texts.unique()
    if different.len() > MANY:
        return set()
    said = {text: values.word_of(column, text) for text in different if text}
    return {word for word in said.values() if word} if all(said.values()) and not all(map(str.isdigit, said)) else set()
