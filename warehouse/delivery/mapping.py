"""From a table's own columns to a source's: the contract's headings, or a profile's expressions.

Two ways with one face: `accepts` recognises a header, calling gives the source's columns as clean text, `cell_of` tells
where in the sender's row a column stands, so that a refused cell can be shown to the sender.
"""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from itertools import chain, groupby
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from schemas.column import SCALE, Column, heading
from schemas.contract import Contract
from schemas.fields import ASPECTS, STRUCTURAL, TERTENTU
from schemas.identity import nip
from schemas.profiles import Layout, Target
from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse.database import scratch
from warehouse.delivery import formats, values
from warehouse.delivery.between import check_lines, unit_of
from warehouse.delivery.class_code import LABELS, other_code
from warehouse.delivery.days import HEADINGS, with_year
from warehouse.delivery.doubts import (
    ANSWERED,
    CANCELLED,
    CONTRADICTED,
    DONE,
    GONE,
    REMARKED,
    SHARED,
    TAUGHT,
    TITLED,
    TURNED,
    UNNUMBERED,
    WORDS,
    Doubts,
)
from warehouse.delivery.legend import SIGN
from warehouse.delivery.period import of_rows
from warehouse.delivery.presence import presence
from warehouse.delivery.session import Sessions, names_session
from warehouse.delivery.sheet import ROW, Alike, Batch, Passed, Table, Unread, find_facts, find_headers

CELL = "_cell"
"""Column of mapped text: the 1-based position, in the sender's row, of the value that an unpivoted row is about."""


_DAYS = frozenset([*HEADINGS, "hari", "hari ke"])
"""Headings of a column that says the day of each row."""
_SIGNED = re.compile(r"(?i)(?:paraf|tanda ?tangan|ttd|signature)").match
"""Headings of columns in which people sign in their own way."""
_ASKED = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, [*ASPECTS, *chain.from_iterable(ASPECTS.values()), 'fasilitas', 'instruktur', 'layanan', 'pelayanan']))})\b",
    re.IGNORECASE,
).search
"""What a heading asks about that is a question of a form, whatever its answers."""
_OF_CLASS = re.compile(r"\b(?:kelas|angkatan|batch|gelombang)\b").search
"""Headings, as they are compared, of columns that may name the class of each row."""
_COUNTED = re.compile(
    r"\b(?:usia|umur|lama|masa|jumlah|jml|banyak|tahun|bulan|hari|nomor|no|nip|id|kode|angkatan|gelombang|kelas|kelompok|golongan|gol|sesi|jam|ke|eselon)\b",
    re.IGNORECASE,
).search
"""What a heading of numbers asks about that are no answers on a scale."""
_AWAY = frozenset(["izin", "sakit", "alpa", "dinas luar", "cuti"])
"""Words of presences that say that somebody was away."""
_GONE = (
    r"(?i)^\W*(?:(?:telah|sudah|status|ybs)\W+)*(?:pensiun|purna\s?(?:tugas|bakti)|meninggal|wafat|alm\b|almarhum|diberhentikan|pemberhentian|berhenti|"
    r"mengundurkan diri|(?:mutasi|pindah)\W+(?:ke\b|keluar)|pindah instansi)"
)
"""How people write that somebody is no employee any more."""
_CANCELLED = r"(?i)^\W*(?:(?:telah|sudah|status|peserta|ybs|kegiatan|kelas)\W+)*(?:(?:di)?batal(?:kan)?|pembatalan|tidak (?:jadi|terlaksana|dilaksanakan)|ditunda|mengundurkan diri|mundur|tidak melanjutkan)\b"
"""How people write that something did not take place, or that somebody withdrew from it."""
_OF_GONE = re.compile(
    r"\W*(?:(?:daftar|data|rekap\w*|nama)\W+)*(?:(?:pegawai|asn|pns|pppk|peserta|pelatihan|diklat|kelas|kegiatan|sesi|jadwal)\W+)*(?:(?:yang|yg|telah|sudah)\W+)*"
    r"(?:pensiun|purna\W?(?:tugas|bakti)|meninggal|wafat|(?:mutasi|pindah)\W+(?:ke\W?)?luar|(?:di)?batal(?:kan)?|ditunda|mengundurkan diri|mundur|tidak terlaksana)\b.*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""A title, or the name of a sheet, of those who have left, or of what did not take place."""
_DONE = r"(?i)^\W*(?:(?:telah|sudah|status)\W+)*(?:selesai|tuntas|terlaksana|dilaksanakan|terealisasi|direalisasikan|rampung|done|closed|100\s?%)"
"""How people write that something has been done."""
_TEACHES = re.compile(
    r"(?:nama )?(?:narasumber|nara sumber|pengajar|tenaga pengajar|fasilitator|instruktur|widyaiswara|pemateri)\b.*"
).fullmatch
"""Headings, as they are compared, of columns that name who taught."""
_OF_PNS, _OF_PPPK = r"^\d{12}(?:0[1-9]|1[0-2])\d{4}$", r"^\d{12}2[1-9]\d{4}$"
"""Numbers of civil servants of either kind, in digits alone."""
_LEVEL = r"(?i)\b(ahli (?:pertama|muda|madya|utama)|pemula|terampil|mahir|penyelia)\b"
"""What the title of a functional position says of its level."""
_NAMES = {
    source: re.compile(rf"(?:(?:nama|judul) )?(?:{words})|nama(?: lengkap)?(?: dan gelar)?").fullmatch
    for source, words in {
        "instructors": "narasumber|nara sumber|pengajar|fasilitator|instruktur|widyaiswara|pemateri",
        "programs": "program|pelatihan|diklat|program pelatihan",
        "classes": "kelas|pelatihan|diklat|angkatan|kegiatan|program|bimtek",
        "projects": "paket|paket pekerjaan|pekerjaan|proyek|kegiatan|sub kegiatan",
        "units": "opd|unit|unit kerja|perangkat daerah|skpd|instansi",
    }.items()
}
"""Source that lists things → the headings, as they are compared, of their names."""
TOLD = 100
"""Rows of one batch that a profile's expression may fail on; beyond that it is the profile that does not fit the file."""
MANY = 50
"""Different texts of a column from which on they are no words of a short list."""
ValueColumns = Sequence[tuple[str, Mapping[str, str | None]]]
"""(column of the file, text columns for its rows) of each column that becomes rows."""
ENGINE_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, duckdb.Error)
"""What is raised where an expression of a profile cannot be worked out."""


class HeaderMatcher(Protocol):
    """Knows the header of a layout."""

    def accepts(self, header: Sequence[str], facts: Mapping[str, str]) -> int:
        """How many columns of a header are recognised; 0 where it is not this layout's."""
        ...


class RowMapper(HeaderMatcher, Protocol):
    """Brings the rows of a table into the columns of one source; what is doubtful about them is noted in `doubts`."""

    doubts: Doubts

    def batches(self, table: Table) -> Iterator[Batch]:
        """The table's rows in the pieces in which they can be brought over."""
        ...

    def __call__(self, batch: Batch, table: Table) -> pl.DataFrame:
        """The source's columns as clean text, `ROW`, and `CELL` where rows were made of columns."""
        ...

    def cell_of(self, table: Table) -> dict[str, int]:
        """Column of the source → position of its cell in the sender's row, from 1."""
        ...

    def reads(self, table: Table) -> list[str]:
        """The table's headings of the columns that are read."""
        ...


class ContractLayout:
    """The contract's own layout: columns by name, label or alias, in any order; a constant may stand above the table."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.doubts = Doubts()
        self._unit = next(
            (column.name for column in contract.columns if column.reader == "unit" and not column.nullable), ""
        )
        self._kind = {"employment_type"} & {*contract.required}
        self._last: dict[str, tuple[str, str]] = {}
        """Place of a table → the unit of its last batch's last row, and the office around it, where lines above the people say it."""

    def reads(self, table: Table) -> list[str]:
        """See `RowMapper`."""
        return [table.header[position - 1] for position in self.cell_of(table).values()]

    @cached_property
    def _repeated(self) -> frozenset[str]:
        """Columns in which "as above" is said of a row: words, codes and days, never people, presences or amounts."""
        return frozenset(
            column.name
            for column in self.contract.columns
            if column.type in ("text", "date") and column.privacy == "public" and column.reader != "presence"
        )

    def accepts(self, header: Sequence[str], facts: Mapping[str, str]) -> int:
        """Every required column is in the header, or labelled above the table. Two headings for one column are refused."""
        found = self.contract.match(header)
        if not found:
            return 0
        # The upper row of a heading says nothing of what stands below it, though each of its labels stands beside another.
        above = self.contract.match(
            [label for label, value in facts.items() if label != "title" and not self.contract.match([value])]
        )
        lost = set(self.contract.required) - set(found)
        # Of a list of people, and of nothing else, all but their numbers may stand above it.
        is_of_people = [*found] == ["employee_id"] and any(heading(name).startswith("nama") for name in header)
        if "employee_id" in found and len(found) > 2:
            # Whose office no column says may stand below lines that say it; of which kind somebody is their number says.
            lost -= {self._unit, *self._kind}
        if "employee_id" in found and _names_too(header[found["employee_id"][0]]):
            lost -= {"full_name"}
        if lost - set(above) or (len(found) < min(2, len(self.contract.required)) and not is_of_people):
            return 0
        for name, positions in found.items():
            if len(positions) > 1:
                seen = " and ".join(repr(header[position]) for position in positions)
                raise FileRefused("FILE_COLUMNS", f"The columns {seen} both mean {name}.")
        if SCALE in facts and any(self.contract.column(name).unit == "IDR" for name in found):
            raise FileRefused("FILE_UNITS", f"{facts[SCALE]!r}.")
        return len(found)

    def batches(self, table: Table) -> Iterator[Batch]:
        """See `RowMapper`."""
        return table.batches()

    def __call__(self, batch: Batch, table: Table) -> pl.DataFrame:
        """See `RowMapper`."""
        named = {name: table.header[position - 1] for name, position in self.cell_of(table).items()}
        above = self._said(batch.facts)
        found = {
            name: seen
            for name, seen in named.items()
            if not _is_of_people(batch.frame.get_column(seen), above.get(name))
        }
        lines = {name: value for name, value in above.items() if name not in found}
        nearer = _nearer(batch.frame, {*named.values()}, lines, {name: self.contract.headings(name) for name in lines})
        found |= nearer
        read = {name: value for name, value in above.items() if name not in found}
        check_lines(batch.lines, read, self._said, self.contract.column)
        check_split(table, self.reads(table))
        self._note_gone(batch.frame, table, found)
        self._note_done(batch.frame, table, found)
        self._note_cancelled(batch, table, found)
        self._note_taught(batch.frame, table, {*found, *above})
        self._note_words(batch.frame, table, {*found, *above})
        self._check_sessions(batch.frame, found)
        wider = {name: f"wider {name}" for name in self.contract.wider(table.header)}
        seen_at = found | {wider[name]: table.header[at] for name, at in self.contract.wider(table.header).items()}
        cells = values.clean(batch.frame.select(pl.col(seen).alias(name) for name, seen in seen_at.items()))
        cells = values.filled_down(cells, [name for name in cells.columns if name.split()[-1] in self._repeated])
        cells = cells.with_columns(pl.coalesce(name, pl.lit(above[name])).alias(name) for name in nearer)
        if self._unit in self.contract.required and self._unit not in {*found, *above}:
            cells = cells.with_columns(self._units(batch, table).alias(self._unit))
            found[self._unit] = ""
        for name in self._kind - {*found, *above}:
            cells = cells.with_columns(_kinds(cells.get_column("employee_id")).alias(name))
            found[name] = ""
        if "full_name" in self.contract.names and "full_name" not in found and _names_too(found.get("employee_id", "")):
            numbers = cells.get_column("employee_id")
            names = [nip.parts_of(text)[0].strip() or None if text else None for text in numbers]
            cells, found["full_name"] = cells.with_columns(pl.Series("full_name", names, dtype=pl.String)), ""
        if "position_group" in found:
            cells = cells.with_columns(_finer(cells, batch.frame).alias("position_group"))
        for name, wide in wider.items():
            is_unit = self.contract.column(name).reader == "unit"
            cells = cells.with_columns(values.within(name, wide) if is_unit else pl.coalesce(name, wide))
        days = [column.name for column in self.contract.columns if column.type == "date" and not column.is_deadline]
        cells = with_year(cells, [name for name in days if name in found], batch.facts.get("tahun", ""))
        for column in self.contract.columns:
            if column.ends and column.ends in found and column.name not in above:
                # Both days may stand in the column of the first, also where the other has a column that is left empty.
                own = [column.name] if column.name in found else []
                both = values.spans(cells.get_column(column.ends)).alias("both")
                cells = cells.with_columns(both).with_columns(pl.coalesce(*own, "both").alias(column.name)).drop("both")
                found.setdefault(column.name, found[column.ends])
        rows = cells.select(
            *(
                pl.col(name) if name in found else pl.lit(above.get(name), dtype=pl.String).alias(name)
                for name in self.contract.names
            ),
            batch.frame.get_column(ROW),
        )
        self._note_kinds(rows, table)
        return _without_shared(rows, table, self)

    def _units(self, batch: Batch, table: Table) -> pl.Series:
        """The unit of each row, which the lines above it name: an office, or a unit within the office above. Raises FileRefused where a row stands below none."""
        office = batch.facts.get("sebutan unit", "")
        above, wide = self._last.get(table.place, (office, office))
        marks = [(0, above)]
        for number, row, facts in batch.lines:
            if said := self._said(facts).get(self._unit):
                above = wide = said
            elif named := unit_of(row, above):
                name, kind = named
                if kind == "part":
                    # Below a unit within an office it may be of either: of the office they are anyway.
                    above = f"{name} {wide}{values.WITHIN}{wide}" if wide and above != wide else above
                else:
                    wide = name if kind == "office" else wide
                    above = name if kind == "office" or not wide else f"{name}{values.WITHIN}{wide}"
            marks.append((number, above))
        lines = pl.DataFrame(marks, schema={ROW: batch.frame.schema[ROW], "unit": pl.String}, orient="row").sort(ROW)
        units = batch.frame.select(ROW).join_asof(lines, on=ROW).get_column("unit")
        if (units == "").any():
            raise FileRefused("FILE_COLUMNS", _lacking([self.contract], [table.header]))
        self._last[table.place] = units[-1], wide
        return units

    def _note_kinds(self, rows: pl.DataFrame, table: Table) -> None:
        """Note the people whose kind of appointment their number contradicts: digits 13 and 14 are a month of a PNS, and of a PPPK more."""
        if not {"employee_id", "employment_type"} <= {*rows.columns}:
            return
        column = self.contract.column("employment_type")
        kinds = {
            text: values.word_of(column, text) or "" for text in rows.get_column(column.name).drop_nulls().unique()
        }
        number = pl.col("employee_id").str.replace_all(r"\D", "")
        kind = pl.col(column.name).replace_strict(kinds, default="", return_dtype=pl.String)
        is_pns = number.str.contains(_OF_PNS) & kind.str.starts_with("PPPK")
        is_pppk = number.str.contains(_OF_PPPK) & (kind == "PNS")
        if numbers := rows.filter(is_pns | is_pppk).get_column(ROW).to_list():
            self.doubts.note(CONTRADICTED, sheet=table.sheet_number, rows=numbers)

    def _note_gone(self, rows: pl.DataFrame, table: Table, found: Mapping[str, str]) -> None:
        """Note the columns beside the employees of a month that say of some that they have left (`Keterangan` : `Pensiun`)."""
        if self.contract.snapshot and "employee_id" in found:
            self._note_like(_GONE, GONE, rows, table, found)

    def _note_cancelled(self, batch: Batch, table: Table, found: Mapping[str, str]) -> None:
        """Note the columns of classes, sessions and participants that say of some that nothing came of it, and titles and sheets that say so of all."""
        if self.contract.name in ("classes", "sessions", "enrolments"):
            self._note_like(_CANCELLED, CANCELLED, batch.frame, table, found)
        if any(map(_OF_GONE, (table.sheet, batch.facts.get("title", "")))):
            self.doubts.note(TITLED, sheet=table.sheet_number, rows=batch.frame.get_column(ROW))

    def _note_done(self, rows: pl.DataFrame, table: Table, found: Mapping[str, str]) -> None:
        """Note the columns beside decisions that say of some that they have been carried out (`Status` : `Selesai`), where no day says it."""
        if "done_on" in self.contract.names:
            day = found.get("done_on")
            is_open = values.clean(rows.select(day)).to_series().is_null() if day else pl.lit(True)
            self._note_like(_DONE, DONE, rows.filter(is_open), table, found)

    def _note_taught(self, rows: pl.DataFrame, table: Table, known: Collection[str]) -> None:
        """Note the column of a timetable that names who taught, where none has their codes: names may be anybody's."""
        if "instructor_id" not in self.contract.names or "instructor_id" in known:
            return
        for at, name in enumerate(table.header, start=1):
            if _TEACHES(heading(name)) and (texts := rows.filter(pl.col(name).str.strip_chars() != "")).height:
                self.doubts.note(TAUGHT, at, sheet=table.sheet_number, rows=texts.get_column(ROW))

    def _note_like(
        self, pattern: str, sentence: str, rows: pl.DataFrame, table: Table, found: Mapping[str, str]
    ) -> None:
        others = [name for name in table.header if name and name not in found.values()]
        alike = rows.select(ROW, *(pl.col(name).str.contains(pattern) for name in others))
        for name in others:
            if numbers := alike.filter(name).get_column(ROW).to_list():
                self.doubts.note(sentence, table.header.index(name) + 1, sheet=table.sheet_number, rows=numbers)

    def _note_words(self, rows: pl.DataFrame, table: Table, known: Collection[str]) -> None:
        """Note the columns that are not read and hold words of a column that the table lacks (`Keterangan` : `Lulus`)."""
        lacking = [column for column in self.contract.columns if column.values and column.name not in known]
        read = {*self.cell_of(table).values()}
        others = [(at, name) for at, name in enumerate(table.header, start=1) if name and lacking and at not in read]
        for at, name in others:
            texts = rows.get_column(name).str.strip_chars()
            for column in lacking:
                if _words_of(texts, column):
                    numbers = rows.filter(texts != "").get_column(ROW)
                    self.doubts.note(WORDS.format(column=column.name), at, sheet=table.sheet_number, rows=numbers)

    def _said(self, facts: Mapping[str, str]) -> dict[str, str]:
        """Column → what a line above the table, or one within it, says of it."""
        labels = list(facts)
        said = self.contract.match(labels).items()
        return {name: facts[labels[at[0]]] for name, at in said if not self.contract.column(name).is_of_row}

    def _check_sessions(self, rows: pl.DataFrame, found: Mapping[str, str]) -> None:
        """Raise FileRefused where sessions are numbered anew each day: the first of two days would be the same one."""
        number = next((found[c.name] for c in self.contract.columns if c.reader == "session" and c.name in found), None)
        days = [name for name in rows.columns if heading(name) in _DAYS and name not in found.values()]
        if number is None or not days:
            return
        key = [found[name] for name in self.contract.key if name in found]
        if (
            rows.filter(pl.col(days[0]) != "").group_by(key).agg(pl.col(days[0]).n_unique()).get_column(days[0]) > 1
        ).any():
            seen = f"Column {number!r} begins anew with each day of column {days[0]!r}: sessions are counted through the class."
            raise FileRefused("FILE_SESSIONS", seen)

    def cell_of(self, table: Table) -> dict[str, int]:
        """See `RowMapper`."""
        return {name: positions[0] + 1 for name, positions in self.contract.match(table.header).items()}

    def drift(self, header: Sequence[str], facts: Mapping[str, str]) -> str:
        """What the header lacks and has beyond the contract; '' where nothing. Strange headings are not repeated: they
        may be data, unless they look like one of ours."""
        found = self.contract.match(header)
        ours = {position for positions in found.values() for position in positions} | {
            *self.contract.wider(header).values()
        }
        new = [name for position, name in enumerate(header) if name and position not in ours]
        above = self._said(facts)
        # A unit that neither says stands in lines among the people.
        known = {*found, *above, *([self._unit] if self._unit in self.contract.required else [])}
        known |= {"full_name"} if any(_names_too(header[at]) for at in found.get("employee_id", ())) else set()
        lost = [column for column in self.contract.names if column not in known]
        parts = []
        if lost:
            parts.append(f"not there: {', '.join(lost)}")
        renamed = close_headings(new, lost)
        if renamed:
            parts.append("perhaps renamed: " + ", ".join(f"{old!r} is {name}" for old, name in renamed.items()))
        if new:
            parts.append(f"not used: {len(new)} other columns")
        return "; ".join(parts)


@contextmanager
def open_tables(path: Path, readings: Sequence[HeaderMatcher], scratch: Path) -> Iterator[list[Table]]:
    """The tables of the file at `path` that any of `readings` recognises; FileRefused says what the others lack, also one sheet among
    others, on which people would be lost."""
    refused, alike = list[FileRefused](), list[FileRefused]()

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        best = 0
        for one in readings:
            try:
                best = max(best, one.accepts(header, facts))
            except FileRefused as reason:
                (alike if isinstance(header, Alike) else refused).append(reason)
        return best

    try:
        with formats.open_file(path, accepts, scratch) as tables:
            was_refused = bool(refused)
            # Read with a line less above it, the table would lack what makes its amounts wrong.
            if wrong := [reason for reason in refused if reason.code == "FILE_UNITS"]:
                raise wrong[0]
            for sheet in tables[0].passed_over:
                # Asked once more only where somebody had something to say: a workbook may have many sheets of nobody's.
                if was_refused:
                    _check_refused(sheet, readings)
                _check_headings(sheet, readings)
            if lists := _lists(tables[0].unseen, readings):
                tables[0].notes += (f"hidden sheets hold lists, and are not read: {', '.join(map(str, lists))}",)
            said = {code for table in tables for label, code in table.facts.items() if label in LABELS}
            if said and (named := other_code(path.stem, said)):
                tables[0].notes += (f"the file is called after another class than the lists in it: {named}",)
            for table in tables:
                own = {code for label, code in table.facts.items() if label in LABELS}
                if table.sheet and own and (named := other_code(table.sheet, own)):
                    tables[0].notes += (
                        f"sheet {table.sheet_number} is called after another class than the list in it: {named}",
                    )
            yield tables
    except formats.UnknownHeader as unknown:
        if refused:
            raise least(refused) from unknown
        if lists := _lists(unknown.unseen, readings):
            raise FileRefused("FILE_HIDDEN", f"Hidden sheets: {', '.join(map(str, lists))}.") from unknown
        contracts = [one.contract for one in readings if isinstance(one, ContractLayout)]
        if columns := _phases(readings, unknown.rows):
            raise FileRefused("FILE_PHASES", f"Columns {columns[0]!r} and {columns[1]!r}.") from unknown
        if lost := _by_name(contracts, unknown.rows):
            raise FileRefused("FILE_CODES", f"Missing: {lost}.") from unknown
        if alike:
            raise least(alike) from unknown
        layouts = [one.layout if isinstance(one, ProfileLayout) else one for one in readings]
        seen = _lacking(contracts, unknown.rows)
        if not contracts:
            seen = _lacking_of([one for one in layouts if isinstance(one, Layout)], unknown.rows) or seen
        raise FileRefused("FILE_COLUMNS", seen) from unknown


def _lists(sheets: Iterable[Passed], readings: Sequence[HeaderMatcher]) -> list[int]:
    """The numbers of the sheets on which a list stands that is known, with something below its header."""

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        best = 0
        for one in readings:
            with suppress(FileRefused):
                best = max(best, one.accepts(header, facts))
        return best

    found = ((sheet, find_headers(sheet.first, accepts, sheet.names)) for sheet in sheets)
    return [
        sheet.number
        for sheet, headers in found
        if any(any(cells) for header in headers for _, cells in sheet.first[header.record :])
    ]


def _check_refused(sheet: Passed, readings: Sequence[HeaderMatcher]) -> None:
    """Raise FileRefused where a sheet that nobody reads holds a list whose headings are known: it lacks a line above it, or has a heading
    too much."""
    lacking: list[FileRefused] = []

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        for one in readings:
            try:
                one.accepts(header, facts)
            except FileRefused as reason:
                layout = one.layout if isinstance(one, ProfileLayout) else one
                # A survey's recap is headed like its forms, and nobody stands on it.
                is_survey = isinstance(layout, Layout) and layout.id_scheme == "opaque"
                if not is_survey and is_list(layout, header):
                    lacking.append(reason)
        return 0

    find_headers(sheet.first, accepts, sheet.names)
    if lacking:
        reason = least(lacking)
        raise FileRefused(reason.code, f"Sheet {sheet.number}: {reason.seen}")


def _check_headings(sheet: Passed, readings: Sequence[HeaderMatcher]) -> None:
    """Raise FileRefused where a sheet that nobody reads has the headings of a contract but for one."""
    rows = [cells for _, cells in sheet.first]
    for contract in (one.contract for one in readings if isinstance(one, ContractLayout)):
        most = max((len({*contract.match(row)} & {*contract.required}) for row in rows), default=0)
        if most > 2 and most == len(contract.required) - 1:
            raise FileRefused("FILE_COLUMNS", f"Sheet {sheet.number}: {_lacking([contract], rows)}")


def is_list(layout: HeaderMatcher, header: Sequence[str]) -> bool:
    """Whether a header that the layout knows is that of a list: of no recap, whose columns of presences do not say when, and of no
    machine's log, whose report may tell the same twice, as a sum and in detail."""
    for target in layout.targets.values() if isinstance(layout, Layout) else ():
        if target.query:
            return False
        if re.search(r"\b_session\b", " ".join(target.select.values())):
            return any(names_session(name) for name, _ in target.value_columns(header))
    return True


def least(refused: Sequence[FileRefused]) -> FileRefused:
    """Of what was refused of one header, read together with more rows above it and with fewer, the reason that asks least."""
    return min((reason for reason in refused if reason.code == refused[0].code), key=lambda reason: len(reason.seen))


def _lacking(contracts: Sequence[Contract], rows: Sequence[Sequence[str]]) -> str:
    """What the row that comes closest to a header lacks. Cells that resemble no heading of ours may be data: not shown."""
    best, text = 0, "None of the columns is known."
    for contract in contracts:
        for at, row in enumerate(rows):
            found = contract.match(row)
            if len(found) > best:
                above = contract.match([label for label in find_facts(rows[:at]) if label != "title"])
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


def _phases(readings: Sequence[HeaderMatcher], rows: Sequence[Sequence[str]]) -> list[str]:
    """Where observations are looked for: the headings of a row that say the phase before a class and the one after it, one of each."""
    sources = {
        name
        for one in readings
        for name in (one.layout.targets if isinstance(one, ProfileLayout) else getattr(one, "targets", ()))
    } | {one.contract.name for one in readings if isinstance(one, ContractLayout)}
    phase = SOURCES["observations"].column("phase")
    for row in rows if "observations" in sources else ():
        said = {word: cell for cell in reversed(row) if (word := values.word_of(phase, cell))}
        if len(said) > 1:
            return [said[word] for word in phase.values]
    return []


def scale_of(mapper: ContractLayout | ProfileLayout) -> tuple[int, int] | None:
    """The one scale on which a layout reads answers: its codebook's, or that of the source; None where each row says its own."""
    if isinstance(mapper, ProfileLayout) and mapper.layout.codebook:
        return mapper.layout.codebook.scale
    score = next((column for column in mapper.contract.columns if column.name == "score"), None)
    if score is None or score.minimum is None or score.maximum is None:
        return None
    return int(score.minimum), int(score.maximum)


def asked(mapper: ContractLayout | ProfileLayout, table: Table) -> list[str]:
    """The headings of a table's columns that hold answers, or their mean."""
    found = {mapper.cell_of(table).get("score", 0)}
    if isinstance(mapper, ProfileLayout):
        found |= {table.header.index(name) + 1 for name, _ in mapper.target.value_columns(table.header)}
    return [table.header[at - 1] for at in sorted(found) if at]


def check_units(table: Table, mapper: ContractLayout | ProfileLayout) -> None:
    """Raise FileRefused where a line within a table that was read, or below it, says that its amounts are no rupiah."""
    if table.scaled and any(mapper.contract.column(name).unit == "IDR" for name in mapper.cell_of(table)):
        raise FileRefused("FILE_UNITS", f"{table.scaled!r}.")


def _by_name(contracts: Sequence[Contract], rows: Sequence[Sequence[str]]) -> str:
    """The column of codes that a list of things lacks, whose names it has; '' where it has codes, or lists something else."""
    for contract in contracts:
        code, names = contract.key[0], _NAMES.get(contract.name)
        is_named = names and any(sum(map(bool, row)) > 1 and any(map(names, map(heading, row))) for row in rows)
        has_codes = any(
            heading(cell).startswith(("kode", "id ")) or code in contract.match([cell]) for row in rows for cell in row
        )
        if is_named and not has_codes:
            return code
    return ""


def _lacking_of(layouts: Sequence[Layout], rows: Sequence[Sequence[str]]) -> str:
    """What the row that comes closest to the header of a layout lacks: columns by their headings, or those that its further columns would be, or that two are
    called alike; '' where none is known."""
    best, text = 0, ""
    for layout, row in ((layout, row) for layout in layouts for row in rows):
        names = layout.names(row)
        found = {*layout.header}.intersection(names.values())
        lost = [name for name in layout.header if name not in found]
        n = 2 * len(found) - len(lost)
        if not found or n <= best:
            continue
        selects = (column for target in layout.targets.values() for column in target.select.items())
        made = [column for column, said in selects if re.search(r"\bvalue\b", said)]
        alike = [[seen for seen, meant in names.items() if meant == name] for name in layout.header]
        called = {meant: seen for seen, meant in reversed([*layout.aliases.items()])}
        shown = [name if name != name.lower() else called.get(name, name) for name in lost] or made[:1]
        best, text = n, f"Missing: {', '.join(shown or layout.header)}."
        if not lost and (twice := next((seen for seen in alike if len(seen) > 1), None)):
            text = f"The columns {' and '.join(map(repr, twice[:2]))} both mean {names[twice[0]]}."
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


def _nearer(
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
            is_class = bool(LABELS.intersection(labels[said]) and _OF_CLASS(text))
            if is_so or (is_class and _are_alike(rows.get_column(name), value)):
                found.setdefault(said, []).append(name)
    return {said: names[0] for said, names in found.items() if len(names) == 1}


def _without_shared(rows: pl.DataFrame, table: Table, mapper: ContractLayout | ProfileLayout) -> pl.DataFrame:
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


def _kinds(numbers: pl.Series) -> pl.Series:
    """The kind of appointment that each number says: digits 13 and 14 are a month of a PNS, and of a PPPK more; empty where it says neither."""
    digits = numbers.str.replace_all(r"\D", "")
    kind = pl.when(digits.str.contains(_OF_PNS)).then(pl.lit("PNS")).when(digits.str.contains(_OF_PPPK))
    return pl.select(kind.then(pl.lit("PPPK"))).to_series()


def _finer(cells: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """The groups of positions; of a word that covers several (`Jabatan Fungsional`, `Struktural`) the one that the title (`… Ahli Muda`), or an echelon, beside it says."""
    group = cells.get_column("position_group")
    word = group.str.to_lowercase()
    echelon = next((name for name in rows.columns if heading(name) in ("eselon", "eselon nama", "nama eselon")), "")
    level = cells.get_column("position_title") if "position_title" in cells.columns else pl.Series([""])
    level = "jf " + level.str.extract(_LEVEL).str.to_lowercase()
    rank = values.clean(rows.select(echelon)).to_series() if echelon else pl.Series([None], dtype=pl.String)
    rank = "eselon " + rank.str.to_lowercase().str.strip_prefix("eselon").str.strip_chars(" .")
    finer = pl.when(word.is_in(TERTENTU)).then(level).when(word.is_in(STRUCTURAL)).then(rank)
    return pl.select(pl.coalesce(finer, group).alias("position_group")).to_series()


def _are_alike(texts: pl.Series, code: str) -> bool:
    """Whether all texts are codes that are made like another (`TS-2026-01-002` like `TS-2026-01-001`)."""
    shape, shapes = _shape(code), _shapes(texts)
    return "0" in shape and shapes == {shape}


def _names_too(text: str) -> bool:
    """Whether a heading of numbers says that names stand in its cells, too (`Nama / NIP`)."""
    return bool(re.search(r"\bnama\b", heading(text)))


def _is_of_people(texts: pl.Series, code: str | None) -> bool:
    """Whether a column that is headed as one of classes (`Kelas`) says something else of each of the people, as their group or their hotel: a line says the `code` of their class, and none is made
    like it."""
    if code is None or heading(texts.name) != "kelas" or "0" not in (shape := _shape(code)):
        return False
    return shape not in _shapes(texts)


def _shapes(texts: pl.Series) -> set[str]:
    return set(map(_shape, texts.drop_nulls().str.strip_chars().unique())) - {""}


def _shape(code: str) -> str:
    """How a code is made."""
    return re.sub(r"\d", "0", code.upper().strip())


def _words_of(texts: pl.Series, column: Column) -> set[str]:
    """The words of the column's closed list that a column's texts are, where they are nothing else. A number may be anything."""
    different = texts.unique()
    if different.len() > MANY:
        return set()
    said = {text: values.word_of(column, text) for text in different if text}
    return {word for word in said.values() if word} if all(said.values()) and not all(map(str.isdigit, said)) else set()


class ProfileLayout:
    """A layout that is not ours, brought into one source by its profile. `other` is what the layout looks up in."""

    def __init__(
        self, layout: Layout, source: str, file: Path, sha256: str, month: str, presence_share: float = 1.0
    ) -> None:
        self.layout, self.file, self.sha256, self.month = layout, file, sha256, month
        self._presence_share = presence_share
        self.contract = SOURCES[source]
        self.target: Target = layout.targets[source]
        self.other: pl.DataFrame | None = None
        self.doubts = Doubts()
        self.legend: Callable[[], Mapping[str, str]] = dict
        """Gives what the file says its own signs mean."""
        self._sessions: Sessions | None = None
        self._days = [
            column.name
            for column in self.contract.columns
            if (column.type == "date" and not column.is_deadline) or column.reader == "session"
        ]
        self._asks_periods = any(re.search(r"\b_row_(?:period|month)\b", text) for text in self.target.select.values())

    def accepts(self, header: Sequence[str], facts: Mapping[str, str]) -> int:
        """See `RowMapper`."""
        return self.layout.accepts(header, facts)

    def reads(self, table: Table) -> list[str]:
        """See `RowMapper`."""
        return [*self.layout.names(table.header), *(name for name, _ in self.target.value_columns(table.header))]

    def prepare(self, tables: Sequence[Table], scratch: Path) -> Sequence[Table]:
        """Look at what the rows do not tell: the sessions of all `tables` of the file, and the other file that the layout looks
        up in. Returns the tables that are to be read: beside lists no recap. Raises FileRefused where the other file is not there."""
        if any(re.search(r"\b_session\b", expression) for expression in self.target.select.values()):
            columns = [[name for name, _ in self.target.value_columns(table.header)] for table in tables]
            sessions = self._sessions = Sessions(list(zip(tables, columns, strict=True)), self.month)
            asked = zip(tables, columns, strict=True)
            recaps = [table for table, named in asked if sessions.is_recap(named, table.facts, table.sheet)]
            if recaps and len(recaps) < len(tables):
                tables = [table for table in tables if table not in recaps]
                tables[0].notes += tuple(f"a recap is left out: {table.place.lower()}" for table in recaps)
        lookup = self.layout.lookup
        if lookup is None:
            return tables
        path = self.file.parent / lookup.file
        if not path.is_file():
            raise FileRefused("FILE_COLUMNS", f"The layout needs {lookup.file!r} in the same folder.")
        with formats.open_file(path, lambda header, facts: int(lookup.by in header), scratch) as others:
            rows = pl.concat(batch.frame for batch in others[0].batches())
        self.other = rows.drop(ROW).unique(subset=[lookup.by], keep="first")
        return tables

    def batches(self, table: Table) -> Iterator[Batch]:
        """See `RowMapper`."""
        if self.target.query:
            # Rows that are counted together must be seen together.
            for facts, group in groupby(table.batches(), key=lambda batch: batch.facts):
                batches = list(group)
                lines = [line for batch in batches for line in batch.lines]
                yield Batch(pl.concat(batch.frame for batch in batches), facts, lines)
        else:
            yield from table.batches()

    def __call__(self, batch: Batch, table: Table) -> pl.DataFrame:
        """See `RowMapper`. A row on whose values an expression of the profile fails is handed over as unread.

        Raises FileRefused where it fails on all rows, or on more than can be told one by one.
        """
        self._check_lines(batch)
        check_split(table, self.reads(table))
        rows, columns = self.rows(batch, table), self._value_columns(batch, table)
        self._note_answers(batch, table)
        self._note_words(batch, table)
        try:
            mapped = self._mapped(rows, table, columns)
        except ENGINE_ERRORS as error:
            failing = self._failing_rows(rows, table, columns)
            if not 0 < len(failing) < rows.get_column("_number").n_unique():
                # The engines' own words repeat values: what is said, and what stands in a log, is where it failed.
                where = ", ".join(self._failing(rows, table, columns)) or "query"
                seen = f"Profile {self.layout.profile}, {self.contract.name}: {where} ({type(error).__name__})."
                raise FileRefused("PROFILE_FAILED", seen) from None
            mapped = self._mapped(rows.filter(~pl.col("_number").is_in(failing)), table, columns)
            self._set_aside(batch, rows, table, columns, failing)
        self._note_unnumbered(rows, table, mapped)
        self._note_remarks(batch, table, mapped)
        mapped = mapped.with_columns(*values.clean(mapped.select(self.contract.names)))
        mapped = _without_shared(mapped, table, self)
        return with_year(mapped, self._days, batch.facts.get("tahun", ""))

    def _check_lines(self, batch: Batch) -> None:
        """Raise FileRefused for a line among the rows that says otherwise what the layout reads from above them."""
        if not batch.lines:
            return
        target = self.target
        asked = " ".join((*target.select.values(), target.where or "", target.query or ""))
        columns = {*self.layout.names(batch.frame.columns).values()}
        facts = self.layout.found_facts(batch.facts)
        read = {
            name: value
            for name, value in facts.items()
            if name not in columns and name != "title" and re.search(rf"\b{re.escape(name)}\b", asked)
        }
        meant = {
            expression.strip('"'): self.contract.column(column)
            for column, expression in target.select.items()
            if expression.strip('"') in read
        }
        check_lines(batch.lines, read, self.layout.found_facts, meant.get)

    def _note_answers(self, batch: Batch, table: Table) -> None:
        """Note the columns in which everybody answers in words of the codebook, or to a row of a grid, and whose question nobody knows."""
        codebook = self.layout.codebook
        others = self.target.left_out(table.header)
        for name in others:
            self.doubts.note(TURNED, table.header.index(name) + 1)
        known = {*self.reads(table)}
        for at, name in enumerate(table.header, start=1):
            if codebook is None or not name or name in known or name in others:
                continue
            said = (
                values.clean(batch.frame.select(name), self.layout.missing).to_series().drop_nulls().unique().to_list()
            )
            is_words = not any(text.isdigit() for text in said) or (" " in name and not _COUNTED(name))
            is_asked = name.endswith(("]", "?")) or _ASKED(name) or is_words
            if said and is_asked and all(codebook.read(text).isdigit() for text in said):
                self.doubts.note(ANSWERED, at)

    def _note_unnumbered(self, rows: pl.DataFrame, table: Table, mapped: pl.DataFrame) -> None:
        """Note the rows of forms that the layout leaves out and that hold nothing but answers, as the sums and means below them do not."""
        codebook, names = self.layout.codebook, self.layout.names(table.header)
        if codebook is None or not self.target.where or self.target.query:
            return
        left_out = rows.filter(
            ~pl.col("_number").is_in(mapped.get_column(ROW).unique().to_list())
            & ~pl.col("_number").is_in(list(table.totals))
        )
        columns = [names.get(name, name) for name, _ in self.target.value_columns(table.header)]
        answers = {
            row: [codebook.read(text) for text in said if text]
            for row, *said in left_out.select("_number", *columns).iter_rows()
        }
        low, high = codebook.scale
        scale = {str(score) for score in range(low, high + 1)}
        if numbers := [row for row, said in answers.items() if said and scale.issuperset(said)]:
            self.doubts.note(UNNUMBERED, sheet=table.sheet_number, rows=numbers)

    def _note_remarks(self, batch: Batch, table: Table, mapped: pl.DataFrame) -> None:
        """Note the columns beside presences that are not read and hold reasons of absence (`Ket` : `Sakit`) of people whose presences say otherwise, or
        nothing."""
        status = next((column for column in self.contract.columns if column.reader == "presence"), None)
        presences = [name for name, _ in self.target.value_columns(table.header)]
        if status is not None and not presences and (at := self.cell_of(table).get(status.name)):
            presences = [table.header[at - 1]]
        if status is None or not (presences or self.target.query):
            return
        word_of = partial(values.word_of, status)
        made = dict(mapped.select(ROW, status.name).iter_rows()) if self.target.query else {}
        known = {*presences, *self.layout.names(table.header), *self.target.left_out(table.header)}
        for at, name in enumerate(table.header, start=1):
            if not name or name in known:
                continue
            texts = batch.frame.get_column(name).str.strip_chars()
            reasons = {text: word for text in texts.unique() if len(text) > 2 and (word := word_of(text)) in _AWAY}
            if not reasons:
                continue
            is_one = texts.is_in(list(reasons)) & ~pl.col(ROW).is_in(list(table.totals))
            people = batch.frame.filter(is_one).select(ROW, name, *presences)
            for row, said, *cells in people.iter_rows():
                texts_of_row = [made.get(row) or "", *cells]
                if reasons[said.strip()] not in {presence(cell.strip(), word_of) for cell in texts_of_row}:
                    self.doubts.note(REMARKED, at, sheet=table.sheet_number, rows=[row])

    def _note_words(self, batch: Batch, table: Table) -> None:
        """Note the columns that are not read and hold words of what is made of the columns that are (`Pembukaan` : `Hadir`, `Tahunan` : `Baik`)."""
        of_values = (name for name, text in self.target.select.items() if re.search(r"\bvalue\b", text))
        column = next((column for name in of_values if (column := self.contract.column(name)).values), None)
        known = {*self.reads(table), *self.target.left_out(table.header)}
        for at, name in enumerate(table.header, start=1):
            if column is None or not name or name in known:
                continue
            texts = batch.frame.get_column(name).str.strip_chars()
            # Why somebody was away is told by itself.
            said = _words_of(texts, column)
            if said and not _AWAY.issuperset(said):
                numbers = batch.frame.filter(texts != "").get_column(ROW)
                self.doubts.note(WORDS.format(column=column.name), at, sheet=table.sheet_number, rows=numbers)

    def _value_columns(self, batch: Batch, table: Table) -> ValueColumns:
        """The value columns of an unpivoted table, each with the text columns of its rows; `_session` where it is asked for."""
        columns = self.target.value_columns(table.header)
        if self._sessions is None:
            return columns
        sessions = self._sessions.of([name for name, _ in columns], batch.facts, table.sheet)
        return [(name, more | {"_session": sessions[name]}) for name, more in columns if name in sessions]

    def _mapped(self, rows: pl.DataFrame, table: Table, columns: ValueColumns) -> pl.DataFrame:
        return self.queried(rows) if self.target.query else self._selected(rows, table, columns)

    def _failing_rows(self, rows: pl.DataFrame, table: Table, columns: ValueColumns) -> list[int]:
        """Numbers of the rows that cannot be worked out even alone; none where there are more than `TOLD`."""
        failing: list[int] = []
        parts = [rows]
        while parts and len(failing) <= TOLD:
            part = parts.pop()
            try:
                self._mapped(part, table, columns)
            except ENGINE_ERRORS:
                if part.height == 1:
                    failing.append(part.item(0, "_number"))
                else:
                    parts += [part[: part.height // 2], part[part.height // 2 :]]
        return failing if len(failing) <= TOLD else []

    def _set_aside(
        self, batch: Batch, rows: pl.DataFrame, table: Table, columns: ValueColumns, failing: Sequence[int]
    ) -> None:
        sent = batch.frame.filter(pl.col(ROW).is_in(failing))
        for number, *cells in sent.select(ROW, pl.exclude(ROW)).iter_rows():
            row = rows.filter(pl.col("_number") == number)
            column = next((name for name in self._failing(row, table, columns) if name in self.contract.names), "")
            text = " | ".join(str(cell or "") for cell in cells)
            table.unread.append(Unread(number, text, "PROFILE_FAILED", column))

    def _selected(self, rows: pl.DataFrame, table: Table, columns: ValueColumns) -> pl.DataFrame:
        if self.target.unpivot:
            rows = self._unpivoted(self._widened(rows, table, columns), table, columns)
        if self.target.where:
            rows = rows.filter(pl.sql_expr(self.target.where))
        select = self.target.select
        return rows.select(
            *(
                (pl.sql_expr(select[name]) if name in select else pl.lit(None)).cast(pl.String).alias(name)
                for name in self.contract.names
            ),
            pl.col("_number").alias(ROW),
            *([CELL] if CELL in rows.columns else []),
        )

    def _failing(self, rows: pl.DataFrame, table: Table, columns: ValueColumns) -> Iterator[str]:
        """The entries of the target that cannot be worked out for these rows."""
        if self.target.unpivot:
            rows = self._unpivoted(self._widened(rows, table, columns), table, columns)
        if self.target.where:
            try:
                rows = rows.filter(pl.sql_expr(self.target.where))
            except ENGINE_ERRORS:
                yield "where"
                return
        for name, expression in self.target.select.items():
            try:
                rows.select(pl.sql_expr(expression).cast(pl.String))
            except ENGINE_ERRORS:
                yield name

    def rows(self, batch: Batch, table: Table) -> pl.DataFrame:
        """The file's rows under the names that the profile uses, with the columns that stand beside them."""
        year, month = map(int, self.month.split("-"))
        rows = batch.frame.with_columns(*values.clean(batch.frame.drop(ROW), self.layout.missing))
        said = of_rows(rows, batch.facts) if self._asks_periods else (pl.lit(None, pl.String), pl.lit(None, pl.String))
        facts = self.layout.found_facts(batch.facts)
        labels = {name: tuple(map(heading, self.layout.facts[name])) for name, value in facts.items() if value}
        nearer = _nearer(rows, {*self.reads(table)}, {name: facts[name] or "" for name in labels}, labels)
        rows = rows.rename(self.layout.names(rows.columns))
        absent = [name for name in self.layout.optional if name not in rows.columns and name not in facts]
        rows = rows.with_columns(
            # What a row says of itself is nearer than what stands above the table.
            *(
                pl.coalesce(
                    *([near] if (near := nearer.get(name, name)) in rows.columns else []), pl.lit(value, pl.String)
                ).alias(name)
                for name, value in facts.items()
            ),
            *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
        )
        if self.other is not None and self.layout.lookup is not None:
            extra = [n for n in self.other.columns if n not in rows.columns or n == self.layout.lookup.by]
            rows = rows.join(self.other.select(extra), on=self.layout.lookup.by, how="left", maintain_order="left")
        scale = self.layout.codebook.scale if self.layout.codebook else ()
        return rows.with_columns(
            pl.lit(self.file.stem).alias("_file"),
            pl.lit(self.sha256[:12]).alias("_sha"),
            pl.lit(table.sheet).alias("_sheet"),
            said[0].alias("_row_period"),
            said[1].alias("_row_month"),
            pl.lit(self._presence_share).alias("_presence_share"),
            pl.lit(self.month).alias("_month"),
            pl.lit(f"{self.month}-{calendar.monthrange(year, month)[1]}").alias("_month_end"),
            *(pl.lit(str(end)).alias(name) for name, end in zip(("_scale_min", "_scale_max"), scale, strict=False)),
            pl.col(ROW).alias("_number"),
            pl.col(ROW).cast(pl.String),
        )

    def _widened(self, rows: pl.DataFrame, table: Table, columns: ValueColumns) -> pl.DataFrame:
        """The rows with what is merged sideways over several of the columns, as `IZIN` over three days, in each of them; and in each row of
        a block."""
        names = self.layout.names(table.header)
        places = {table.header.index(column): names.get(column, column) for column, _ in columns}
        # Titles and headings are merged sideways in most files, which costs no row anything.
        wide = [area for area in table.wide if area[0] >= table.header_row and area[2] in places]
        at = {number: at for at, number in enumerate(rows.get_column("_number"))} if wide else {}
        said: dict[str, dict[int, str]] = {}
        for top, bottom, first, last in wide:
            if text := rows.item(at[top + 1], places[first]) if top + 1 in at else None:
                below = [number for number in range(top + 1, min(bottom + 1, max(at)) + 1) if number in at]
                for name in (name for place, name in places.items() if first <= place <= last):
                    said.setdefault(name, {}).update(dict.fromkeys(below, text))
        return rows.with_columns(
            pl.coalesce(pl.col("_number").replace_strict(told, default=None, return_dtype=pl.String), name).alias(name)
            for name, told in said.items()
        )

    def _unpivoted(self, rows: pl.DataFrame, table: Table, columns: ValueColumns) -> pl.DataFrame:
        names = self.layout.names(table.header)
        parts = []
        for nth, (column, more) in enumerate(columns, start=1):
            value = rows.get_column(names.get(column, column)).alias("value")
            if self.layout.codebook is not None:
                answers = {
                    answer: self.layout.codebook.read(answer) for answer in value.drop_nulls().unique().to_list()
                }
                value = value.replace(answers)
            if _SIGNED(column) and any(map(SIGN, said := value.drop_nulls().unique())):
                # What is not explained is somebody's own sign.
                known = self.legend()
                value = value.replace({text: known[text.upper()] for text in said if text.upper() in known})
            extra = (
                dict[str, str | None].fromkeys(self.target.groups) | dict(more) | {"_heading": column, "_nth": str(nth)}
            )
            parts.append(
                rows.with_columns(
                    value,
                    pl.lit(table.header.index(column) + 1).alias(CELL),
                    *(pl.lit(text, dtype=pl.String).alias(name) for name, text in extra.items()),
                )
            )
        return pl.concat(parts).sort("_number", maintain_order=True)

    def queried(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The source's columns as the target's query makes them of the whole table."""
        with scratch(sealed=True) as con:
            con.register("rows", rows.drop(ROW).rename({"_number": ROW}).to_arrow())
            found = con.sql(str(self.target.query)).pl()
        absent = [pl.lit(None).alias(name) for name in self.contract.names if name not in found.columns]
        return found.with_columns(absent).select(
            *(pl.col(name).cast(pl.String) for name in self.contract.names), pl.col(ROW).cast(pl.Int64)
        )

    def cell_of(self, table: Table) -> dict[str, int]:
        """See `RowMapper`. Only where a column is made of one cell."""
        names = self.layout.names(table.header)
        places = {names.get(name, name): position + 1 for position, name in enumerate(table.header) if name}
        found = {}
        for column, expression in self.target.select.items():
            used = [name for name in places if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", expression)]
            if len(used) == 1:
                found[column] = places[used[0]]
        return found
