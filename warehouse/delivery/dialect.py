"""How a text file marks its cells: commas, semicolons, tabs or pipes, quotes doubled or escaped. Told by every line, or not at all.

A dialect is written as its delimiter, followed by a second character where cells are not quoted as usual: see `VARIANTS`.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from schemas.reasons import FileRefused

BLOCK = 8 << 20
"""Bytes of text per batch: bounds memory whatever the file's size."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
"""Marks between the cells of a text file, with their names."""
VARIANTS = {
    "\\": "backslash before quotes",
    " ": "a space after each",
    "'": "single quotes",
    '"': "each line in quotes",
}
"""Second character of a dialect → what is not as usual."""
_READER: dict[str, dict[str, Any]] = {
    "\\": {"escapechar": "\\"},
    " ": {"skipinitialspace": True},
    "'": {"quotechar": "'"},
}

csv.field_size_limit(1 << 30)
# Python's own limit, 131,072 characters, is an error that names no file. Rows are bounded where they are read.


def name_of(dialect: str) -> str:
    """A dialect for people."""
    return ", ".join((DELIMITERS[dialect[0]], *(VARIANTS[mark] for mark in dialect[1:])))


def records(lines: Iterable[str], dialect: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """(physical line on which it starts, cells) of each record that is not blank. Raises csv.Error where `strict` and the text
    does not keep to the dialect."""
    variant = dialect[1:].removesuffix('"')
    if dialect.endswith('"'):
        lines = _unwrapped(lines)
    if variant == "\\":
        # It escapes quotes, delimiters and itself; before anything else it is a character of the text.
        alone = re.compile(rf'\\(?![\\"{re.escape(dialect[0])}\r\n])|\\\\')
        lines = (alone.sub(lambda match: "\\\\", line) for line in lines)
    reader = csv.reader(lines, delimiter=dialect[0], strict=strict, **_READER.get(variant, {}))
    before = 0
    for cells in reader:
        if cells:
            yield before + 1, cells
        before = reader.line_num


def _unwrapped(lines: Iterable[str]) -> Iterator[str]:
    """Lines that stand in quotes without them."""
    for line in lines:
        bare = line.strip()
        yield bare[1:-1].replace('""', '"') + "\n"


def unwrap(text: Path, target: Path) -> None:
    """Write a text whose lines stand in quotes without them."""
    with (
        text.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        sink.writelines(_unwrapped(source))


def tell(text: Path, delimiter: str, width: int) -> str:
    """The dialect of a UTF-8 text with this delimiter, in which rows have `width` cells: the usual one unless some line does not
    keep to it, and every line keeps to exactly one other. Which rows are broken is then told when they are read."""
    likely = _look(text, delimiter)
    if "'" in likely and _is_kept(text, f"{delimiter}'", width):
        return f"{delimiter}'"
    if not likely or _is_kept(text, delimiter, width):
        return delimiter
    fitting = [delimiter + mark for mark in likely if mark != "'" and _is_kept(text, delimiter + mark, width)]
    return fitting[0] if len(fitting) == 1 else delimiter


def _look(text: Path, delimiter: str) -> str:
    """The variants that a text may be in; '' where nothing is unusual. A quick look at the bytes."""
    found = set()
    if has_odd_quotes(text, delimiter):
        found |= {"\\", " "}
    with text.open("rb") as handle:
        # A mark at the edge of two pieces is missed: then rows are refused that might have been read.
        marks = tuple(f"\\{mark}".encode() for mark in (delimiter, '"'))
        if any(mark in piece for piece in iter(lambda: handle.read(BLOCK), b"") for mark in marks):
            found.add("\\")
    if may_be_in_single_quotes(text, delimiter):
        found.add("'")
    return "".join(mark for mark in VARIANTS if mark in found)


def may_be_in_single_quotes(text: Path, delimiter: str) -> bool:
    """Whether some cell at the beginning of a text stands in single quotes."""
    with text.open("rb") as handle:
        start = handle.read(1 << 16).decode("utf-8", errors="ignore")
    mark = re.escape(delimiter)
    return bool(re.search(rf"(?:^|[{mark}]) *'[^'\r\n]+'(?:$|{mark}|[\r\n])", start, re.MULTILINE))


def _is_kept(text: Path, dialect: str, width: int) -> bool:
    """Whether every record keeps to the dialect and, from the first one of `width` cells on, has as many; but for titles and signatures."""
    is_below = False
    try:
        with text.open(encoding="utf-8-sig", newline="") as handle:
            for _, cells in records(handle, dialect, strict=True):
                is_below |= len(cells) == width
                if is_below and len(cells) != width and sum(map(bool, cells)) > min(2, width - 1):
                    return False
        return is_below and not (len(dialect) == 1 and any(True for _ in misquoted(text, dialect, width)))
    except (csv.Error, FileRefused):
        return False


def in_single_quotes(text: Path, delimiter: str) -> Iterator[tuple[int, str]]:
    """(number, raw text) of the records with a cell in single quotes, of a text whose cells are not all quoted so: what a quote is there
    cannot be told."""
    mark = re.escape(delimiter)
    quoted = re.compile(rf"(?:^|{mark}) *'[^'{mark}\r\n]*'(?= *(?:{mark}|[\r\n]|$))")
    with text.open(encoding="utf-8-sig", newline="") as handle:
        for number, (_, cells) in enumerate(records(handle, delimiter), start=1):
            raw = delimiter.join(cells)
            if quoted.search(raw):
                yield number, raw


def rewrite(text: Path, dialect: str, target: Path) -> None:
    """Write a text of any dialect in the usual one of its delimiter: record n on line n, where no cell holds a line break."""
    with (
        text.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        writer = csv.writer(sink, delimiter=dialect[0], lineterminator="\n")
        writer.writerows(cells for _, cells in records(source, dialect))


def is_quoted_by_lines(text: Path) -> bool:
    """Whether each line of a text is one cell in quotes, in which the cells stand with their own quotes doubled."""
    n = 0
    with text.open(encoding="utf-8-sig", newline="") as handle:
        for line in handle:
            bare = line.strip()
            if bare and not re.fullmatch(r'"(?:[^"]|"")*"', bare):
                return False
            n += bool(bare)
    return n > 1


def is_line_by_line(text: Path) -> bool:
    """Whether each record is a line of its own, so that its number is the line's: no cell is quoted, and no line is blank. A quick
    look at bytes in which quotes and line ends are those of ASCII."""
    last = b"\n"
    with text.open("rb") as handle:
        start = handle.read(len(codecs.BOM_UTF8))
        handle.seek(len(start) if start == codecs.BOM_UTF8 else 0)
        while piece := last + handle.read(BLOCK):
            if piece == last:
                return True
            if any(mark in piece for mark in (b'"', b"\n\n", b"\r\r", b"\n\r")):
                return False
            last = piece[-1:]
    return True


def has_odd_quotes(text: Path, delimiter: str) -> bool:
    """Whether any quote stands elsewhere than at an end of its cell or beside another one, or is never closed, or holds a line
    break.

    A quick look, since few files have such: within a cell, too, a quote may be meant (`5" pipe`).
    """
    if not text.stat().st_size:
        return False
    content = np.memmap(text, dtype=np.uint8, mode="r")
    at_edge = np.zeros(256, dtype=bool)
    at_edge[[*f'{delimiter}\r\n"'.encode(), codecs.BOM_UTF8[-1]]] = True
    n = 0
    for start in range(0, len(content), BLOCK):
        piece = content[start : start + BLOCK]
        quotes = np.flatnonzero(piece == ord('"')) + start
        opening, closing = quotes[n % 2 :: 2], quotes[(n + 1) % 2 :: 2]
        before, after = content[opening[opening > 0] - 1], content[closing[closing < len(content) - 1] + 1]
        if not (at_edge[before].all() and at_edge[after].all()):
            return True
        if len(quotes) or n % 2:
            breaks = np.flatnonzero(piece == ord("\n")) + start
            if ((np.searchsorted(quotes, breaks) + n) % 2).any():
                return True
        n += len(quotes)
    return n % 2 == 1


def misquoted(text: Path, delimiter: str, width: int) -> Iterator[tuple[int, str]]:
    """(number, raw text) of the records in which text follows a closing quote, or whose lines are rows of `width` cells each: two
    stray quotes that make one cell of all between them. Raises FileRefused for a quote that is opened and never closed."""
    mark = re.escape(delimiter)
    inside = r'"(?>[^"]+|"")*+'
    bare = rf'[^{mark}"\r\n][^{mark}\r\n]*+'
    sound = re.compile(rf'(?:{inside}"|{bare}|)(?:{mark}(?:{inside}"|{bare}|))*+(?:\r\n|\r|\n)?')
    # A quote that opens within a cell, and one that closes at the end of a later one: a mark between cells may be lost.
    across = re.compile(
        rf'[^{mark}"\r\n]"\w(?:[^{mark}"\r\n]|"")*(?:{mark}(?!")[^{mark}\r\n]*)*{mark}(?!")[^{mark}\r\n]*"(?={mark}|[\r\n]|$)'
    )
    unclosed = re.compile(rf'(?:(?:{inside}"[^{mark}\r\n]*+|{bare}|){mark})*+{inside}')
    lines: list[str] = []

    def fed(handle: Iterable[str]) -> Iterator[str]:
        for line in handle:
            lines.append(line)
            yield line

    with text.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.reader(fed(handle), delimiter=delimiter)
        number, line = 0, 1
        for cells in reader:
            raw = "".join(lines)
            is_swallowed = len(lines) > 1 < width and all(part.count(delimiter) == width - 1 for part in lines)
            lines.clear()
            number += bool(cells)
            if across.search(raw):
                yield number, raw
            elif not sound.fullmatch(raw):
                if unclosed.fullmatch(raw):
                    raise FileRefused("FILE_QUOTES", f"The quote is in the row that starts in line {line}.")
                yield number, raw
            elif is_swallowed:
                yield number, raw
            line = reader.line_num + 1
