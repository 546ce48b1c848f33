"""What of a sheet's rows is data: titles, totals, numbers of columns, signatures and repeated headings are told from it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from string import ascii_lowercase

import polars as pl

from schemas.bilingual import indonesian, translates
from schemas.column import SCALED, heading
from schemas.reasons import FileRefused
from warehouse.delivery.cells.class_code import LABELS, is_other_class, other_class, over
from warehouse.delivery.cells.days import HEADINGS, ORDINALS
from warehouse.delivery.cells.legend import MAY_BE, is_legend, legend_above, legend_of
from warehouse.delivery.sheets.banners import is_banner, is_said, is_section
from warehouse.delivery.sheets.between import Line
from warehouse.delivery.sheets.headings import BANNER_ROWS, HEADER_WITHIN, IS_LABEL, NUMBERED, YEAR_OVER, Header
from warehouse.delivery.sheets.numbers import join_numbers, join_parts
from warehouse.delivery.sheets.pairs import join_pairs
from warehouse.delivery.sheets.sheet import ROW, Batch, Table, Unread, cells_of
from warehouse.delivery.sheets.shifted import find_shifted
from warehouse.delivery.sheets.titles import DAY_LINE, MONTHS, find_facts
from warehouse.delivery.sheets.totals import find_totals

SMALL = 10_000
"""Rows of a list that an office keeps by hand: of more nobody is asked whether a row is a break or a vacancy."""
SHORT_LINES = 1_000
"""Lines of one piece that are asked what they say, where a text has some with fewer cells than columns."""
TOTAL = (
    r"(?i)^\W*(grand |sub ?)?(jumlah|total|jml|rata\s?-?\s?rata|rerata|persentase|prosentase)\b.{0,40}$|"
    r"^\W*(?:(?:tidak |tdk |belum )?(?:hadir|lulus|tuntas)|izin|ijin|sakit|alph?a|tanpa keterangan|dinas luar|cuti|laki\W?laki|perempuan|pria|wanita)\s?[:=]\s?\d{1,4}\s?(?:orang|org)?\W*$"
)
"""A row that sums up others, or counts them in words."""
FOOTER = (
    r"(?i)^\W*(mengetahui|menyetujui|mengesahkan|disetujui|diketahui|dibuat oleh|diperiksa oleh|panitia|ketua panitia|"
    r"petugas|penyelenggara|penanggung jawab|kepala |sekretaris |ketua |koordinator |plt\b|plh\b|a\.?n\.? |keterangan\s*:|catatan|\*\)|"
    rf"nip[ .:]+\d|tanda tangan)|,[^,]*\b({MONTHS})\s+\d{{4}}\W*$|^[^\W\d][^,]*,\s*\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?20\d\d\W*$|,\s*\.{{3,}}"
)
"""What stands below a list: who signed it, where and when, notes."""
PAGE = re.compile(
    r"(?i)\W*(?:halaman|hal|page|lembar)\b\W*(?:ke\W*)?\d{1,4}(?:\W*(?:(?:dari|of)\W*)?\d{1,4})?\W*"
).fullmatch
"""The line at the foot, or the head, of a printed page."""
_LINE = re.compile(r"\(?\d+(?:[.,]\d+)?[.)]?").fullmatch
"""The number of a line, also where a spreadsheet went on counting by a step of its own."""
_EXAMPLE = r"(?i)^\W*(?:contoh|cth|misal)\W*$"
"""What stands for the number of a line that shows how the others are to be filled in."""
_NOTHING = (
    r"(?i)^\W*(?:is(?:t|h)?oma|ishoma|istirahat|(?:coffee|lunch|tea|snack)\W?break|rehat(?: kopi)?|makan siang|istirahat\W+(?:sholat|salat|makan).*"
    r"|kosong|lowong|formasi kosong|jabatan kosong|belum terisi)\W*$"
)
"""A break in a timetable, or a position that nobody holds: no data where nothing else makes a row of it."""


def _lists_people(header: Sequence[str]) -> bool:
    """Whether the columns are those of a list of people."""
    names = [heading(name) for name in header]
    return any(re.search(r"\b(?:nama|name|nip|pegawai|peserta|employee|email|surel)\b", name) for name in names)


def _line_column(header: Sequence[str]) -> int | None:
    """Place of the column that numbers the lines of a list; None where there is none."""
    names = [indonesian(name) for name in header]
    return next((at for at, name in enumerate(names) if name in ("no", "no urut", "nomor urut", "s no", "sno")), None)


_THOUSANDS = (
    r"(?:(?:dalam\W+)?(?:rp\.?|rupiah)?\s*(?:ribu|juta|mil[iy]ar)(?:an)?(?:\s*(?:rp|rupiah))?"
    r"|(?:rp\.?|rupiah|x)\s*(?:x\s*)?1?[.,]?000(?:[.,]000)*|\(1?[.,]?000(?:[.,]000)*\))"
)
_SCALED_UNIT = re.compile(rf"\W*{_THOUSANDS}\W*", re.IGNORECASE).fullmatch
_UNIT = re.compile(
    rf"\W*(?:{_THOUSANDS}|(?:dalam\W+)?(?:rp|rupiah|idr)|persen|orang|org|jp|jam|hari|menit|skor|nilai)\W*|\W*%\W*"
    r"|\W*(?:senin|sen|sn|selasa|sel|sl|rabu|rab|rb|kamis|kam|km|jum.?at|jum|jm|sabtu|sab|sb|minggu|min|mg|ahad)\W*",
    re.IGNORECASE,
).fullmatch
"""A cell below a heading that says only in what its column is counted, or on which day of the week its day is."""
_SECOND = frozenset(
    [
        "nip",
        "ni pppk",
        "nip ni pppk",
        "nipppk",
        "nip nipppk",
        "pangkat",
        "golongan",
        "pangkat golongan",
        "jabatan",
        "unit kerja",
    ]
)
"""Labels that stand below another one of the same column, where people stand on two lines."""
_DAYS = frozenset([*HEADINGS, "hari", "sesi", "sesi ke", "nomor sesi", "session no", "session date", "pertemuan"])
"""Headings of a column that says the day or the session of each row."""
_NTH_DAY = re.compile(rf"(?i)\W*(?:hari|pertemuan|sesi)\W+(?:ke\W*)?(?:{'|'.join(ORDINALS)}|terakhir)\W*").fullmatch


def split_headings(names: Sequence[str], row: Sequence[str]) -> dict[str, int]:
    """Heading → how many columns stand below it, where the row below the headings only says what they are: words below a heading and beside it, and
    else nothing but headings that are merged downwards."""
    split, rest = {}, set(range(len(row)))
    for at, end in pairwise([*(at for at, name in enumerate(names) if name), len(row)]):
        labels = [cell for cell in row[at:end] if cell]
        if len(labels) > 1 and row[at] and all(IS_LABEL(label) or YEAR_OVER(label) for label in labels):
            split[names[at]] = len(labels)
            rest -= set(range(at, end))
    return {} if any(row[at] and row[at] != (*names, *[""] * len(row))[at] for at in rest) else split


class Sifter:
    """Tells the rows of a table from what stands around them, batch by batch."""

    def __init__(self, table: Table, header: Header) -> None:
        self.table, self.header = table, header
        self.facts = dict(table.facts)
        table.legend |= legend_above(table.facts)
        self.named = [position for position, name in enumerate(table.header) if name]
        self.sparse = min(2, len(self.named) - 1)
        """A row with no more cells than this may be a title or a signature."""
        self.of_people, self.number = _lists_people(table.header), _line_column(table.header)
        self.line = self.number if self.of_people else None
        """Place of the column that numbers the people: what such a line alone holds is nobody."""
        self.in_footer, self.at_start = False, True
        self.lines: list[tuple[int, Line]] = []
        """(place, line) of the lines of one batch that stand above further rows."""
        self.nameless = [
            position
            for position in range(self.named[0], min(self.named[-1] + 2, len(table.header)))
            if not (table.header[position] or _SIGNED(table.header[position - 1]))
            # What another table beside it, or the column before it, has a heading for is read there.
            and not any(row[position : position + 1] not in ((), ("",)) for row in header.rows)
        ]
        """Columns without a heading among those that have one, or right beside them: what stands there is looked for, for it is read by nobody."""

    def sift(self, cells: pl.DataFrame) -> Iterator[Batch]:
        """The data rows among `cells`, in pieces that share their facts."""
        cells = self._filled(cells)
        if not cells.height:
            return
        drop: set[int] = set()
        self.lines = []
        if self.at_start:
            self._drop_below_header(cells, 0, drop)
            self.at_start = False
        start, before = 0, -2
        titles: list[int] = []
        above: list[list[str]] = []
        for at, sparse, total, legend, header in self._looked_at(cells).iter_rows():
            number, row = self._row(cells, at)
            if sparse or legend:
                self.table.legend |= legend_of(row)
                self._note_scale(row)
            if not (sparse or total or header):
                if is_legend(row):
                    drop.add(at)
                    self.table.skipped[number] = "legend"
                continue
            if at != before + 1:
                titles, above = [], []
                # Only a signature that began at the end of the last batch goes on at the start of this one.
                self.in_footer &= before == -2 and at == 0
            before = at
            kind = self._kind(row, sparse, header) or ("legend" if is_legend(row) else "")
            if kind:
                drop.add(at)
                self.table.skipped[number] = kind
            elif total or (sparse and (is_banner(row, self.line) if self.of_people else is_section(row, self.number))):
                self.table.totals.add(number)
            if sparse and self.of_people and kind in ("", "signature") and self._is_above_people(cells, at):
                self._check_banner(number, row)
            if sparse and kind not in ("header", "blank", "page") and self._is_above_rows(cells, at):
                self.lines.append((at, (number, row, find_facts([row]))))
            if kind == "header":
                # What stands between two tables on one sheet is the title of the second, unless it is data.
                self.table.totals.update(self._row(cells, title)[0] for title in titles)
                yield from self._piece(cells, start, at, drop)
                # A label that stood above the first table is looked for however full its row is.
                near = [self._row(cells, row)[1] for row in range(max(start, at - HEADER_WITHIN), at)]
                labelled = {label: value for label, value in find_facts(near).items() if label in self.facts}
                self.facts = over(over(self.facts, labelled), find_facts(above))
                start, titles, above = at, [], []
                self._drop_below_header(cells, at + 1, drop)
            elif sparse:
                # A title after a signature still belongs to the signature's block, but labels the next table.
                titles += [] if kind else [at]
                above = [] if any(re.search(FOOTER, cell) for cell in row if cell) else [*above, row]
        self.in_footer &= before == cells.height - 1
        yield from self._piece(cells, start, cells.height, drop)

    def _filled(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The rows that hold something: two lines of one person are one, and what shows how a row is filled in is none."""
        cells = join_numbers(join_parts(cells, self.table.header), self.header.beside)
        columns = [pl.col(f"c{position}").str.strip_chars(" \t\u00a0") for position in self.named]
        if cells.select((columns[0] == "").any()).item():
            cells = cells.filter(~pl.all_horizontal(column == "" for column in columns))
        if self.of_people:
            # First of all: a NIP on a line of its own begins a signature, too.
            cells, seconds = join_pairs(cells, self.table.header, self.line, ROW)
            self.table.skipped |= dict.fromkeys(seconds, "second line")
        if self.line is not None:
            is_example = cells.get_column(f"c{self.line}").str.contains(_EXAMPLE)
            self.table.skipped |= dict.fromkeys(cells.get_column(ROW).filter(is_example), "example")
            cells = cells.filter(~is_example)
        return cells

    def _looked_at(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The places of rows that may be no data, each with what makes it so. A row of a short list on which nobody stands is noted among the totals."""
        columns = [pl.col(f"c{position}") for position in self.named]
        # A colon between a label and its value often has a cell of its own.
        filled = pl.sum_horizontal(((column != "") & (column != ":")).cast(pl.Int32) for column in columns)
        label = pl.coalesce(pl.when(column != "").then(column) for column in columns[:4])
        first = next(position for position, cell in enumerate(self.header.rows[0]) if cell)
        if cells.height <= SMALL:
            nobody = pl.any_horizontal(column.str.contains(_NOTHING) for column in columns)
            self.table.totals.update(cells.filter(nobody).get_column(ROW))
        look = cells.select(
            (filled <= self.sparse).alias("sparse"),
            label.str.contains(TOTAL).fill_null(False).alias("total"),
            label.str.contains(MAY_BE).fill_null(False).alias("legend"),
            (pl.col(f"c{first}").str.strip_chars() == self.header.rows[0][first]).alias("header"),
        ).with_row_index("at")
        return look.filter(pl.any_horizontal(pl.exclude("at")))

    def _row(self, cells: pl.DataFrame, at: int) -> tuple[int, list[str]]:
        values = cells.row(at, named=True)
        return values[ROW], [values[f"c{position}"].strip() for position in range(len(self.table.header))]

    def _kind(self, row: list[str], sparse: bool, header: bool) -> str:
        """What a row is that is no data: header, signature or a numbered line on which nobody stands; '' for data and titles."""
        filled = [cell for cell in row if cell]
        if header and any(self._same(row, raw) for raw in self.header.rows):
            self.in_footer = False
            return "header"
        if self.line is not None and len(filled) == 1 and _LINE("".join(row[self.line : self.line + 1])):
            return "blank"
        if len(filled) == 1 and PAGE(filled[0]):
            return "page"
        # Whom a list numbers has a number: an identity number alone is that of who signs it.
        if (
            self.line is not None
            and len(filled) == 1
            and not row[self.line]
            and NUMBERED(re.sub(r"[\s.'-]", "", filled[0]))
        ):
            return "signature"
        self.in_footer = sparse and (self.in_footer or any(re.search(FOOTER, cell) for cell in filled))
        return "signature" if self.in_footer else ""

    def _is_above_people(self, cells: pl.DataFrame, at: int) -> bool:
        """Whether somebody stands below a line, right there or below more such lines."""
        for below in range(at + 1, min(at + 1 + BANNER_ROWS, cells.height)):
            if self._is_person(cells, below):
                return True
            if sum(map(bool, self._row(cells, below)[1])) > self.sparse:
                return False
        return False

    def _is_above_rows(self, cells: pl.DataFrame, at: int) -> bool:
        """Whether further rows stand below a line, and no heading: of people, somebody for certain."""
        if self.of_people:
            return self._is_above_people(cells, at)
        below = (self._row(cells, row)[1] for row in range(at + 1, min(at + 1 + BANNER_ROWS, cells.height)))
        full = next((row for row in below if sum(map(bool, row)) > self.sparse), None)
        return full is not None and not any(self._same(full, raw) for raw in self.header.rows)

    def _is_person(self, cells: pl.DataFrame, at: int) -> bool:
        """Whether somebody stands on a row for certain: on a numbered line, or with an identity number."""
        if at >= cells.height:
            return False
        _, row = self._row(cells, at)
        if sum(map(bool, row)) <= self.sparse:
            return False
        if self.line is not None:
            return bool(_LINE(row[self.line]))
        return any(NUMBERED(re.sub(r"[\s.'-]", "", cell)) for cell in row)

    def _check_banner(self, number: int, row: Sequence[str]) -> None:
        """Raise FileRefused for a line among the people that says another class, or another day, than what stands above them all."""
        said = [cell for cell in row if cell.strip(" :=")]
        is_one = len(said) == 1 or (len(said) == 2 and is_said(row))
        if not is_one or any(indonesian(name) in LABELS for name in self.table.header):
            return
        line, own = " ".join(said), find_facts([row])
        if is_other_class(self.facts, own) or other_class(self.facts, own):
            raise FileRefused(
                "FILE_FACTS", f"Row {number} {line!r}: the people below are of another class. 'Kode Kelas : ...'"
            )
        says_day = re.search(DAY_LINE, line) or _NTH_DAY(line)
        if says_day and not any(indonesian(name) in _DAYS for name in self.table.header):
            raise FileRefused(
                "FILE_SESSIONS", f"Row {number} {line!r}: the people below are of another day than those above."
            )

    def _note_scale(self, row: Sequence[str], units: Iterable[str] = ()) -> None:
        """Note what a line, or a row of units, says of amounts that are no rupiah."""
        said = SCALED.search(" ".join(row)) or next(filter(None, map(_SCALED_UNIT, units)), None)
        self.table.scaled = self.table.scaled or (said[0] if said else "")

    def _drop_below_header(self, cells: pl.DataFrame, at: int, drop: set[int]) -> None:
        """Labels of the columns below headings that stand over several, the header once more in another language, a second label of its columns
        (`NIP` below `Nama`), and the numbers of the columns."""
        if at < cells.height:
            number, row = self._row(cells, at)
            if split := split_headings(self.table.header, row):
                drop.add(at)
                self.table.skipped[number] = "header"
                self.table.split |= split
                at += 1
        if at < cells.height:
            number, row = self._row(cells, at)
            if self.of_people and all(indonesian(cell) in _SECOND for cell in row if cell):
                drop.add(at)
                self.table.skipped[number] = "header"
                at += 1
        if at < cells.height:
            number, row = self._row(cells, at)
            pairs = [(name, cell) for name, cell in zip(self.table.header, row, strict=True) if name and cell]
            n_translated = sum(translates(name, cell) for name, cell in pairs)
            if n_translated > 1 and n_translated * 2 >= len(pairs):
                drop.add(at)
                self.table.skipped[number] = "header"
                at += 1
        at = self._drop_units(cells, at, drop)
        self._drop_units(cells, self._drop_numbering(cells, at, drop), drop)

    def _drop_units(self, cells: pl.DataFrame, at: int, drop: set[int]) -> int:
        """The row right under a header that says in what its columns are counted; returns where the rows go on."""
        number, row = self._row(cells, at) if at < cells.height else (0, [])
        if not self._is_of_units(row):
            return at
        drop.add(at)
        self.table.skipped[number] = "header"
        self._note_scale(row, filter(None, row))
        return at + 1

    def _is_of_units(self, row: Sequence[str]) -> bool:
        return any(row) and not row[self.named[0]] and all(map(_UNIT, filter(None, row)))

    def _drop_numbering(self, cells: pl.DataFrame, at: int, drop: set[int]) -> int:
        """The row right under a header that numbers the columns: (1) (2) (3), or a b c; returns where the rows go on. Without brackets it may still be data, which the next
        row goes on to count."""
        if at >= cells.height:
            return at
        number, row = self._row(cells, at)
        row = row[self.named[0] : self.named[-1] + 1]
        letters = "".join(cell.strip("(). ").casefold() for cell in row)
        if len(letters) == len(self.named) > 2 and ascii_lowercase.startswith(letters):
            drop.add(at)
            self.table.skipped[number] = "numbering"
            return at + 1
        marks = [re.fullmatch(r"(\()?(\d{1,2})\)?(?:\s*=.*)?", cell) for cell in row if cell]
        numbers = [int(mark[2]) for mark in marks if mark]
        if len(marks) < 3 or not all(marks) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            return at
        following = (self._row(cells, below)[1] for below in range(at + 1, min(at + 3, cells.height)))
        below = next((row[self.named[0]] for row in following if not self._is_of_units(row)), "")
        is_of_all = numbers[0] == 1 and len(numbers) == len(self.named)
        if (marks[0] and marks[0][1]) or (is_of_all and below not in ("", "2")):
            drop.add(at)
            self.table.skipped[number] = "numbering"
            return at + 1
        self.table.totals.add(number)
        return at

    @staticmethod
    def _same(row: Sequence[str], raw: Sequence[str]) -> bool:
        return [cell for cell in row if cell] == [cell for cell in raw if cell]

    def _piece(self, cells: pl.DataFrame, start: int, end: int, drop: set[int]) -> Iterator[Batch]:
        piece = cells[start:end]
        if left_out := [at - start for at in drop if start <= at < end]:
            piece = piece.with_row_index("at").filter(~pl.col("at").is_in(left_out)).drop("at")
        if not piece.height:
            return
        hints = piece.get_column(ROW).is_in(list(self.table.totals))
        if totals := find_totals(piece.select(f"c{position}" for position in self.named), hints):
            is_total = pl.int_range(pl.len()).is_in(list(totals))
            for number in piece.filter(is_total).get_column(ROW):
                self.table.skipped[number] = "total"
            piece = piece.filter(~is_total)
        if shifted := find_shifted(piece.select(f"c{position}" for position in self.named)):
            piece = self._set_aside(piece, shifted)
        for position in [at for at in self.nameless if (piece.get_column(f"c{at}").str.strip_chars() != "").any()]:
            self.nameless.remove(position)
            self.table.notes += (f"column {position + 1} holds something under no heading: not read",)
        if piece.height:
            lines = [line for at, line in self.lines if start <= at < end]
            lines += self._short_lines(piece.item(0, ROW), piece.item(-1, ROW))
            yield Batch(under_header(piece, self.table.header), dict(self.facts), lines)

    def _short_lines(self, first: int, last: int) -> Iterator[Line]:
        """The same of a text's lines with fewer cells than the table has columns, between two of its rows."""
        short = (line for line in self.table.unread if line.code == "RAGGED" and first < line.number < last)
        for line in islice(short, SHORT_LINES):
            row = [cell.strip() for cell in cells_of(line.text, self.table.delimiter or ",")]
            if sum(cell not in ("", ":") for cell in row) <= self.sparse:
                if self.of_people:
                    self._check_banner(line.number, row)
                yield line.number, row, find_facts([row])

    def _set_aside(self, piece: pl.DataFrame, shifted: Sequence[int]) -> pl.DataFrame:
        """The piece without its shifted rows, which are noted as unread; lines that look like totals or titles stay."""
        is_shifted = pl.int_range(pl.len()).is_in(shifted) & ~pl.col(ROW).is_in(list(self.table.totals))
        for number, *cells in piece.filter(is_shifted).select(ROW, pl.exclude(ROW)).iter_rows():
            text = io.StringIO()
            csv.writer(text, delimiter=(self.table.delimiter or ",")[0], lineterminator="").writerow(cells)
            self.table.unread.append(Unread(number, text.getvalue(), "SHIFTED"))
        return piece.filter(~is_shifted)

    def sift_unread(self, unread: list[Unread], delimiter: str) -> None:
        """Take titles, totals, lines of nobody and signatures out of the rows that do not fit the header."""
        kept = []
        for line in sorted(unread):
            if line.code != "RAGGED":
                kept.append(line)
                continue
            row = [cell.strip() for cell in cells_of(line.text, delimiter)]
            filled = [cell for cell in row if cell]
            kind = self._kind(row, len(filled) <= self.sparse, False)
            if not kind and filled and re.search(TOTAL, filled[0]):
                kind = "total"
            self.table.legend |= legend_of(row)
            self._note_scale(row)
            if not kind and self.of_people and is_banner(row, self.line):
                kind = "title"
            if not kind and is_legend(row):
                kind = "legend"
            if kind or not filled:
                self.table.skipped[line.number] = kind or "blank"
            else:
                kept.append(line)
        unread[:] = kept


_SIGNED = re.compile(r"(?i)(?:(?:kolom )?tanda\s?tangan|ttd|paraf)\W*").fullmatch


def under_header(cells: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
    """Cells under their headers; unnamed columns are left out, but for the second one below `Tanda Tangan`: people sign to the left and to
    the right by turns."""
    named = {name: pl.col(f"c{position}") for position, name in enumerate(header) if name}
    for position, name in enumerate(header[:-1]):
        if _SIGNED(name) and not header[position + 1]:
            left, right = named[name], pl.col(f"c{position + 1}")
            named[name] = pl.when(left.str.strip_chars() == "").then(right).otherwise(left)
    return cells.select(*(cell.alias(name) for name, cell in named.items()), ROW)
