"""CSV: text whose encoding and delimiter are told by evidence, or the file is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas.reasons import FileRefused
from warehouse.delivery.dialect import BLOCK, DELIMITERS, is_quoted_by_lines, records, rewrite, tell, unwrap
from warehouse.delivery.sheets.headings import Accepts, find_headers
from warehouse.delivery.sheets.parts import find_parts
from warehouse.delivery.sheets.sheet import Record, Table
from warehouse.delivery.text import CsvTable, encoding_of, head

ENDINGS = (".csv", ".tsv", ".txt")


def open(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    """See `Format`: the one table that the file holds under the delimiter that gives a known header."""
    encoding = encoding_of(path)
    text = path
    if encoding != "utf-8-sig":
        text = folder / "text.csv"
        with path.open(encoding=encoding, newline="") as source, text.open("w", encoding="utf-8", newline="") as sink:
            try:
                while piece := source.read(BLOCK):
                    sink.write(piece)
            except UnicodeDecodeError as error:
                raise FileRefused("FILE_ENCODING", "The text is cut or broken.") from error
    is_wrapped = is_quoted_by_lines(text)
    if is_wrapped:
        plain = folder / "unwrapped.csv"
        unwrap(text, plain)
        text = plain
    tables: list[CsvTable] = []
    names = [path.stem]
    seen: list[list[str]] = []
    fitting = 0
    for number, delimiter in enumerate(DELIMITERS):
        first = head(text, delimiter)
        rows = [cells for _, cells in first]
        seen = max(seen, rows, key=_width)
        if _width(rows) < 2 or not (headers := find_headers(first, accepts, names)):
            continue
        dialect, lines = tell(text, delimiter, len(headers[0].names)), text
        if dialect != delimiter:
            lines = folder / f"{number}.csv"
            rewrite(text, dialect, lines)
            first = head(lines, delimiter)
        parts = find_parts(lines, delimiter, first, accepts, names)
        dialect += '"' * is_wrapped
        for part in parts:
            tables.append(CsvTable(path, lines, part, encoding=encoding, delimiter=dialect))
            tables[-1].fit_width(first, accepts)
        fitting += bool(parts)
    if fitting > 1:
        raise FileRefused("FILE_COLUMNS", "The columns could be separated in two ways.")
    for table in tables:
        table.refuse_cut()
        table.refuse_open_quotes()
    return list(tables), seen


def _width(rows: list[list[str]]) -> int:
    """Columns of the widest row; a delimiter that gives one column separates nothing."""
    return max(map(len, rows), default=0)


def copy_back(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """See `Format`: records, each with the physical line on which it starts; blank lines are none."""
    with path.open(encoding=encoding, newline="") as handle:
        yield from records(handle, delimiter)
