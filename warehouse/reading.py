"""Files to rows: opens a delivered CSV, XLSX or Parquet file, finds the table in it and yields its rows as text.

Nothing is typed here and nothing is guessed: encoding, delimiter and header are told by evidence, or the file is
refused. Titles, numbering rows, repeated headers and signature blocks are left out and named; a row that does not fit
the header is handed over as ragged. A sheet of a workbook comes as a CSV file of its own (see `warehouse.workbook`), so
that there is one way from text to rows.
"""

from __future__ import annotations

import codecs
import copy
import csv
import io
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as arrow
import pyarrow.csv as arrow_csv
import pyarrow.parquet as arrow_parquet

from schemas.contract import heading
from schemas.reasons import FileRefused
from warehouse import workbook

ROW = "_row"
"""Name of the row-number column of every batch: the sheet's row, the CSV file's record (blank lines not counted)."""
DELIMITERS = ",;\t"
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
BLOCK = 8 << 20
"""Bytes of CSV per batch: bounds memory whatever the file's size."""
HEADER_WITHIN = 30
"""The header is looked for in this many rows."""
HEADER_ROWS = 3
"""Rows that a header may span, as group labels over sub-labels."""

SHEET_ROWS = 1_048_576
"""Rows that a sheet can have."""

_MONTHS = "januari|februari|pebruari|maret|april|mei|juni|juli|agustus|september|oktober|november|nopember|desember"
_TOTAL = r"(?i)^\W*(grand |sub ?)?(jumlah|total|jml|rata\s?-?\s?rata|rerata)\b.{0,40}$"
_FOOTER = (
    r"(?i)^\W*(mengetahui|menyetujui|mengesahkan|disetujui|diketahui|dibuat oleh|diperiksa oleh|panitia|ketua panitia|"
    r"petugas|penyelenggara|penanggung jawab|kepala |sekretaris |plt\b|plh\b|a\.?n\.? |keterangan\s*:|catatan|\*\)|"
    rf"nip[ .:]+\d|tanda tangan)|,.*\b({_MONTHS})\s+\d{{4}}\W*$|,\s*\.{{3,}}"
)
_LETTERS = set(range(0xC0, 0x100)) - {0xD7, 0xF7}
_CP1252 = {chr(code) for code in _LETTERS} | set("\u00a0§©«®°±²³´·¹º»¼½¾×÷€‘’“”–—…•™¿¡£")
"""Characters that Indonesian office text holds beyond ASCII; any other says that the text is not windows-1252."""


class Accepts(Protocol):
    """Recognises a header: how many of its columns somebody knows, 0 where it is no header.

    `facts` are the labelled values above it, such as `kode kelas` → `MD-01-1`.
    """

    def __call__(self, header: Sequence[str], facts: Mapping[str, str]) -> int: ...


@dataclass
class Batch:
    """Rows of a table: text columns named as in the header, and `ROW`; with the facts that stand above them."""

    frame: pl.DataFrame
    facts: Mapping[str, str]


@dataclass
class Table:
    """An opened table: its header, and a way to its rows."""

    path: Path
    header: tuple[str, ...]
    """One name per column of the file; '' where it has none, and a repeated name goes on with ` #2`, ` #3`."""
    facts: Mapping[str, str]
    sheet: str = ""
    sheet_number: int = 0
    """Place of the sheet in the workbook, from 1."""
    notes: tuple[str, ...] = ()
    """What else is to be said about the file."""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 1
    epoch_1904: bool = False
    ragged: list[tuple[int, str]] = field(default_factory=list)
    """(row number, raw text) of rows with another number of cells; filled while the batches are read."""
    totals: set[int] = field(default_factory=set)
    """Row numbers that look like totals, column numbers or titles: no data unless they keep the contract."""
    skipped: dict[int, str] = field(default_factory=dict)
    """Row number → what the row is (numbering, header, title, signature)."""

    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch; may be asked for more than once."""
        raise NotImplementedError

    def again(self) -> Table:
        """The same table, to be read beside this one."""
        twin = copy.copy(self)
        twin.ragged, twin.totals, twin.skipped = [], set(), {}
        return twin

    @property
    def read_as(self) -> str:
        """How the file was read, for people. A sheet goes by its number: its name may name somebody."""
        how = self.encoding or "Parquet"
        if self.delimiter:
            how += f", {DELIMITER_NAMES[self.delimiter]}"
        if self.sheet:
            how = f"sheet {self.sheet_number}"
        return f"{how}, header in row {self.header_row}"


@contextmanager
def opened(path: Path, accepts: Accepts, scratch: Path) -> Iterator[list[Table]]:
    """The tables of the file at `path`, while the block runs; temporary text lies below `scratch`.

    Raises FileRefused naming what is wrong: kind, encoding, no header that `accepts` knows.
    """
    if path.is_symlink():
        raise FileRefused("FILE_LINK")
    if path.stat().st_size == 0:
        raise FileRefused("FILE_EMPTY")
    opener = {".csv": _csv, ".xlsx": _workbook, ".parquet": _parquet}.get(path.suffix.lower())
    if opener is None:
        code = "FILE_MACRO" if path.suffix.lower() in (".xlsm", ".xltm", ".xlsb") else "FILE_KIND"
        raise FileRefused(code, f"Ending {path.suffix!r}; .csv, .xlsx and .parquet are read.")
    with ExitStack() as stack:
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch)))
        tables, seen = opener(path, accepts, folder)
        if not tables and not any(map(any, seen)):
            raise FileRefused("FILE_EMPTY")
        if not tables:
            raise UnknownHeader(seen)
        yield tables


class UnknownHeader(FileRefused):
    """Nobody knows the file's columns. `rows` are the first rows that were seen; they may name people."""

    def __init__(self, rows: list[list[str]]) -> None:
        super().__init__("FILE_COLUMNS")
        self.rows = rows


# ---------------------------------------------------------------- encoding and delimiter


def encoding_of(path: Path) -> str:
    """The text's encoding, told by the whole file: utf-8, utf-16 or windows-1252. Raises FileRefused where it cannot be."""
    with path.open("rb") as handle:
        start = handle.read(1 << 12)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\x00" in start:
            even, odd = start[::2].count(0), start[1::2].count(0)
            if max(even, odd) < 0.4 * len(start) / 2 or min(even, odd) > 0:
                raise FileRefused("FILE_KIND", "Binary content.")
            return "utf-16-le" if odd else "utf-16-be"
        handle.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := handle.read(BLOCK):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
            return "utf-8-sig"
        except UnicodeDecodeError:
            pass
        handle.seek(0)
        while piece := handle.read(BLOCK):
            _check_windows(piece)
    return "cp1252"


def _check_windows(piece: bytes) -> None:
    """Refuse what is no windows-1252 text of an Indonesian office, or text of two encodings in one file."""
    if piece.isascii():
        return
    if re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", piece):
        raise FileRefused("FILE_ENCODING", "UTF-8 and other text are mixed.")
    try:
        odd = {c for c in piece.decode("cp1252") if c > "\x7f"} - _CP1252
    except UnicodeDecodeError as error:
        raise FileRefused("FILE_ENCODING", "Neither UTF-8 nor windows-1252.") from error
    if odd or re.search(rb"[\x00-\x08\x0e-\x1f]", piece):
        raise FileRefused("FILE_KIND" if re.search(rb"[\x00-\x08]", piece) else "FILE_ENCODING", "No office text.")


def _csv(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
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
    found: list[_CsvTable] = []
    seen: list[list[str]] = []
    for delimiter in DELIMITERS:
        head = _head(text, delimiter)
        seen = max(seen, [cells for _, cells in head], key=lambda rows: max(map(len, rows), default=0))
        if header := _find_header(head, accepts):
            found.append(_CsvTable(path, text, header, encoding=encoding, delimiter=delimiter))
    if len(found) > 1:
        raise FileRefused("FILE_COLUMNS", "The columns could be separated in two ways.")
    for table in found:
        table.refuse_cut()
    return list(found), seen


def _head(text: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    """The first records with cells, each with the number of physical lines up to its end."""
    with text.open(encoding="utf-8-sig", newline="") as handle:
        start = handle.read(1 << 18)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
            if len(rows) == HEADER_WITHIN + HEADER_ROWS:
                break
    except csv.Error:
        pass  # A cell beyond the csv module's limit: what was read so far decides.
    return rows


# ---------------------------------------------------------------- header


@dataclass(frozen=True)
class _Header:
    names: tuple[str, ...]
    facts: Mapping[str, str]
    record: int
    """Number of the header's last record among the file's records, from 1."""
    lines: int
    """Physical lines up to its end."""
    rows: tuple[tuple[str, ...], ...]
    """The header's rows as they stand in the file: they may come again on the next printed page."""


def _find_header(head: Sequence[tuple[int, list[str]]], accepts: Accepts) -> _Header | None:
    """The first row, or rows, that somebody knows as a header; of several ways to read it the one with most columns."""
    rows = [cells for _, cells in head]
    for start in range(min(len(rows), HEADER_WITHIN)):
        best: tuple[int, int, int, tuple[str, ...]] = (0, 0, 0, ())
        # A title may be read as a label over the header: where fewer rows say as much, they are the header.
        for top in range(start, min(start + HEADER_ROWS, len(rows))):
            facts = find_facts(rows[:top])
            for depth in range(1, min(HEADER_ROWS, len(rows) - top) + 1):
                if not any(rows[top]) or not any(rows[top + depth - 1]):
                    break
                for names in _names(rows[top : top + depth]):
                    if (score := accepts(names, facts)) and (score, -depth) > best[:2]:
                        best = (score, -depth, top, names)
            if not best[0]:
                break
        score, depth, top, names = best
        if score:
            last = top - depth
            raw = tuple(tuple(row) for row in rows[top:last])
            return _Header(_unique(names), find_facts(rows[:top]), last, head[last - 1][0], raw)
    return None


def _names(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Names that header rows give to the columns: joined from top to bottom, and the lowest label alone."""
    if len(rows) == 1:
        yield tuple(" ".join(cell.split()) for cell in rows[0])
        return
    width = max(map(len, rows))
    grid = [[" ".join(cell.split()) for cell in row] + [""] * (width - len(row)) for row in rows]
    spread = [list(row) for row in grid]
    for level, row in enumerate(spread[:-1]):
        for column in range(1, width):
            # A group's label stands over its first column and is meant for the following ones that have a sub-label.
            below = any(grid[lower][column] for lower in range(level + 1, len(grid)))
            above = any(grid[upper][column] for upper in range(level))
            if not row[column] and below and not above:
                row[column] = row[column - 1]
    # A label merged downwards stands in each of its rows.
    yield tuple(" ".join(dict.fromkeys(filter(None, column))) for column in zip(*spread, strict=True))
    yield tuple(next((cell for cell in reversed(column) if cell), "") for column in zip(*grid, strict=True))


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique.append(f"{name} #{counts[name]}" if name and counts[name] > 1 else name)
    return tuple(unique)


def find_facts(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Labelled values in title rows: `Kode Kelas : A` in one cell, or in neighbouring cells. Keys as headings.

    The first line of all stands under `title`, the year of "… Tahun 2026" under `tahun`.
    """
    facts: dict[str, str] = {}
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip() not in ("", ":", "=")]
        if cells:
            facts.setdefault("title", cells[0])
            if year := re.search(r"(?i)\btahun\s+(20\d\d)\b", " ".join(cells)):
                facts.setdefault("tahun", year[1])
        position = 0
        while position < len(cells):
            label, mark, value = re.match(r"([^:=]*)([:=]?)(.*)", cells[position], re.DOTALL).groups()  # type: ignore[union-attr]
            position += 1
            if not value.strip() and position < len(cells) and heading(label):
                value = cells[position].lstrip(":= ")
                position += bool(mark) or len(cells) == 2
            if heading(label) and value.strip():
                facts.setdefault(heading(label), value.strip())
    return facts


# ---------------------------------------------------------------- rows


class _CsvTable(Table):
    """A table in a CSV file, or in a sheet that was written as one."""

    def __init__(self, path: Path, text: Path, header: _Header, **about: object) -> None:
        super().__init__(path, header.names, header.facts, header_row=header.record, **about)  # type: ignore[arg-type]
        self._text, self._header = text, header
        self._named = [(position, name) for position, name in enumerate(self.header) if name]

    def refuse_cut(self) -> None:
        """Refuse a file whose last line is incomplete: no line end, and fewer cells than the header."""
        with self._text.open("rb") as handle:
            handle.seek(max(0, self._text.stat().st_size - (1 << 16)))
            tail = handle.read()
        if tail.endswith((b"\n", b"\r")):
            return
        with self._text.open("rb") as handle:
            quotes = sum(piece.count(b'"') for piece in iter(lambda: handle.read(BLOCK), b""))
        if quotes % 2:
            raise FileRefused("FILE_TRUNCATED", "The file ends within quotes.")
        last = tail.splitlines()[-1].decode("utf-8", errors="replace")
        cells = next(csv.reader([last], delimiter=self.delimiter))
        if len(cells) < len(self.header) and not any(re.search(f"{_FOOTER}|{_TOTAL[4:]}", cell) for cell in cells):
            raise FileRefused("FILE_TRUNCATED", "The last line has fewer cells than the header and no line end.")

    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch. Raises FileRefused where the text turns out to be broken."""
        self.ragged.clear()
        self.totals.clear()
        self.skipped.clear()
        names = [f"c{position}" for position in range(len(self.header))]
        invalid: list[tuple[int, str]] = []

        def note(row: arrow_csv.InvalidRow) -> str:
            invalid.append((row.number - self._header.lines + self._header.record, row.text))
            return "skip"

        row, sorted_out = self._header.record + 1, 0
        sifter = _Sifter(self, self._header)
        try:
            reader = arrow_csv.open_csv(
                self._text,
                # Without threads, so that a row that does not fit comes with its number.
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, block_size=BLOCK, column_names=names, skip_rows=self._header.lines
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, arrow.string()), strings_can_be_null=False
                ),
            )
            for batch in reader:
                frame = _number(pl.DataFrame(arrow.Table.from_batches([batch])), row, [number for number, _ in invalid])
                row += frame.height
                mended = self._mend(names, invalid[sorted_out:])
                sorted_out = len(invalid)
                yield from sifter.sift(pl.concat([frame, mended]).sort(ROW) if mended.height else frame)
        except arrow.ArrowInvalid as error:
            # A header and no rows: nothing was observed, which is a delivery too.
            if "Empty CSV" not in str(error) and "Could not skip initial" not in str(error):
                raise FileRefused("FILE_UNREADABLE", "Its rows cannot be told apart.") from error
        yield from sifter.sift(self._mend(names, invalid[sorted_out:]))
        sifter.sift_ragged(self.ragged, self.delimiter)

    def _mend(self, names: list[str], rows: list[tuple[int, str]]) -> pl.DataFrame:
        """Of rows that do not fit, those that only have empty cells too many; the others are ragged."""
        mended = []
        for number, text in rows:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
            if len(cells) > len(names) and not any(cell.strip() for cell in cells[len(names) :]):
                mended.append([*cells[: len(names)], number])
            else:
                self.ragged.append((number, text))
        return pl.DataFrame(mended, schema=dict.fromkeys(names, pl.String) | {ROW: pl.Int64}, orient="row")


class _Sifter:
    """Tells the rows of a table from what stands around them, batch by batch."""

    def __init__(self, table: Table, header: _Header) -> None:
        self.table, self.header = table, header
        self.facts = dict(table.facts)
        self.named = [position for position, name in enumerate(table.header) if name]
        self.sparse = min(2, len(self.named) - 1)
        """A row with no more cells than this may be a title or a signature."""
        self.in_footer, self.at_start = False, True

    def sift(self, cells: pl.DataFrame) -> Iterator[Batch]:
        """The data rows among `cells`, in pieces that share their facts."""
        columns = [pl.col(f"c{position}") for position in self.named]
        blank = pl.all_horizontal(column.str.strip_chars(" \t\u00a0") == "" for column in columns)
        if cells.select((columns[0].str.strip_chars(" \t\u00a0") == "").any()).item():
            cells = cells.filter(~blank)
        if not cells.height:
            return
        # A colon between a label and its value often has a cell of its own.
        filled = pl.sum_horizontal(((column != "") & (column != ":")).cast(pl.Int32) for column in columns)
        label = pl.coalesce(pl.when(column != "").then(column) for column in columns[:4])
        first = next(position for position, cell in enumerate(self.header.rows[0]) if cell)
        look = cells.select(
            (filled <= self.sparse).alias("sparse"),
            ((filled < len(columns)) & label.str.contains(_TOTAL)).fill_null(False).alias("total"),
            (pl.col(f"c{first}").str.strip_chars() == self.header.rows[0][first]).alias("header"),
        ).with_row_index("at")
        drop: set[int] = set()
        if self.at_start:
            self._drop_numbering(cells, 0, drop)
            self.at_start = False
        start, before = 0, -2
        titles: list[int] = []
        above: list[list[str]] = []
        for at, sparse, total, header in look.filter(pl.col("sparse") | pl.col("total") | pl.col("header")).iter_rows():
            if at != before + 1:
                titles, above = [], []
                # Only a signature that began at the end of the last batch goes on at the start of this one.
                self.in_footer &= before == -2 and at == 0
            before = at
            number, row = self._row(cells, at)
            kind = self._kind(row, sparse, header)
            if kind:
                drop.add(at)
                self.table.skipped[number] = kind
            elif total:
                self.table.totals.add(number)
            if kind == "header":
                # What stands between two tables on one sheet is the title of the second, unless it is data.
                self.table.totals.update(self._row(cells, title)[0] for title in titles)
                yield from self._piece(cells, start, at, drop)
                # A label that stood above the first table is looked for however full its row is.
                near = [self._row(cells, row)[1] for row in range(max(start, at - HEADER_WITHIN), at)]
                self.facts |= {label: value for label, value in find_facts(near).items() if label in self.facts}
                self.facts |= find_facts(above)
                start, titles, above = at, [], []
                self._drop_numbering(cells, at + 1, drop)
            elif sparse:
                # A title after a signature still belongs to the signature's block, but labels the next table.
                titles += [] if kind else [at]
                above = [] if any(re.search(_FOOTER, cell) for cell in row if cell) else [*above, row]
        self.in_footer &= before == cells.height - 1
        yield from self._piece(cells, start, cells.height, drop)

    def _row(self, cells: pl.DataFrame, at: int) -> tuple[int, list[str]]:
        values = cells.row(at, named=True)
        return values[ROW], [values[f"c{position}"].strip() for position in range(len(self.table.header))]

    def _kind(self, row: list[str], sparse: bool, header: bool) -> str:
        """What a row is that is no data: header or signature; '' for data and titles."""
        filled = [cell for cell in row if cell]
        if header and any(self._same(row, raw) for raw in self.header.rows):
            self.in_footer = False
            return "header"
        self.in_footer = sparse and (self.in_footer or any(re.search(_FOOTER, cell) for cell in filled))
        return "signature" if self.in_footer else ""

    def _drop_numbering(self, cells: pl.DataFrame, at: int, drop: set[int]) -> None:
        """The row right under a header that numbers the columns: (1) (2) (3). Without brackets it may still be data."""
        if at >= cells.height:
            return
        number, row = self._row(cells, at)
        marks = [re.fullmatch(r"(\()?(\d{1,2})\)?(?:\s*=.*)?", cell) for cell in row if cell]
        numbers = [int(mark[2]) for mark in marks if mark]
        if len(marks) > 2 and all(marks) and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            if marks[0] and marks[0][1]:
                drop.add(at)
                self.table.skipped[number] = "numbering"
            else:
                self.table.totals.add(number)

    @staticmethod
    def _same(row: Sequence[str], raw: Sequence[str]) -> bool:
        return [cell for cell in row if cell] == [cell for cell in raw if cell]

    def _piece(self, cells: pl.DataFrame, start: int, end: int, drop: set[int]) -> Iterator[Batch]:
        piece = cells[start:end]
        if left_out := [at - start for at in drop if start <= at < end]:
            piece = piece.with_row_index("at").filter(~pl.col("at").is_in(left_out)).drop("at")
        if piece.height:
            yield Batch(_frame(piece, self.table.header), dict(self.facts))

    def sift_ragged(self, ragged: list[tuple[int, str]], delimiter: str) -> None:
        """Take titles, totals and signatures out of the rows that do not fit the header."""
        kept = []
        for number, text in sorted(ragged):
            row = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])]
            filled = [cell for cell in row if cell]
            kind = self._kind(row, len(filled) <= self.sparse, False)
            if not kind and filled and re.search(_TOTAL, filled[0]):
                kind = "total"
            if kind or not filled:
                self.table.skipped[number] = kind or "blank"
            else:
                kept.append((number, text))
        ragged[:] = kept


def _number(frame: pl.DataFrame, first: int, ragged: list[int]) -> pl.DataFrame:
    """Number the rows from `first`, leaving out the numbers that the ragged rows have."""
    rows = pl.int_range(first, first + frame.height, eager=True)
    if ragged:
        # The i-th ragged row (number r) lies before a sound row once r − i of the sound rows' numbers are used up.
        limits = pl.Series([number - position for position, number in enumerate(sorted(ragged))])
        rows = rows + limits.search_sorted(rows, side="right").cast(pl.Int64)
    return frame.with_columns(rows.alias(ROW))


def _frame(cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
    """Cells under their headers; unnamed columns are left out."""
    named = {name: f"c{position}" for position, name in enumerate(header) if name}
    return cells.select(*(pl.col(position).alias(name) for name, position in named.items()), ROW)


def _workbook(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    tables: list[Table] = []
    seen: list[list[str]] = []
    unread: list[str] = []
    for sheet in workbook.convert(path, folder):
        head = _head(Path(sheet["file"]), ",")
        if header := _find_header(head, accepts):
            table = _CsvTable(path, Path(sheet["file"]), header, sheet=sheet["name"], delimiter=",")
            table.sheet_number, table.epoch_1904 = sheet["number"], sheet["epoch_1904"]
            if sheet["rows"] >= SHEET_ROWS:
                table.notes += ("the sheet is full to its last row: what came after may be cut off",)
            tables.append(table)
        elif cells := [row for _, row in head if any(row)]:
            seen += cells
            unread.append(str(sheet["number"]))
    if tables and unread:
        tables[0].notes += (f"sheets not read: {', '.join(unread)}",)
    return tables, seen


# ---------------------------------------------------------------- Parquet


class _ParquetTable(Table):
    def batches(self) -> Iterator[Batch]:
        """The rows, batch by batch."""
        row = 2
        for batch in self._stored():
            typed = pl.DataFrame(arrow.Table.from_batches([batch]))
            try:
                text = typed.cast(pl.String)
            except pl.exceptions.PolarsError as error:
                raise FileRefused("FILE_UNREADABLE", "A column holds more than plain values.") from error
            # A number is no text: its point is a decimal mark, which three digits behind it would leave in doubt.
            numbers = [name for name, kind in typed.schema.items() if kind.is_float()]
            text = text.with_columns(pl.col(numbers).str.replace(r"^(-?\d{1,3}\.\d{3})$", "${1}0")).fill_null("")
            yield Batch(text.with_columns(pl.int_range(row, row + text.height, eager=True).alias(ROW)), self.facts)
            row += text.height

    def _stored(self) -> Iterator[arrow.RecordBatch]:
        try:
            yield from arrow_parquet.ParquetFile(self.path).iter_batches(batch_size=200_000)
        except (arrow.ArrowException, OSError) as error:
            raise FileRefused("FILE_UNREADABLE", "A part of the file is damaged.") from error


def _parquet(path: Path, accepts: Accepts, folder: Path) -> tuple[list[Table], list[list[str]]]:
    try:
        file = arrow_parquet.ParquetFile(path)
    except (arrow.ArrowException, OSError) as error:
        raise FileRefused("FILE_KIND", "The content is no Parquet file, or it is cut.") from error
    header = tuple(file.schema_arrow.names)
    return ([_ParquetTable(path, header, {})] if accepts(header, {}) else []), [list(header)]


def line_numbers(path: Path, rows: Sequence[int], encoding: str, delimiter: str) -> dict[int, int]:
    """Record → physical line on which it starts, for CSV files with line breaks inside cells or blank lines.

    Reads the file once with Python's csv module; memory is bounded by the rows asked for.
    """
    wanted, found = set(rows), {}
    with path.open(encoding=encoding, newline="") as handle:
        reader = csv.reader(handle, delimiter=delimiter)
        record, before = 0, 0
        for cells in reader:
            if cells:
                record += 1
                if record in wanted:
                    found[record] = before + 1
            before = reader.line_num
    return found
