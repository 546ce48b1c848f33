"""The contract's own layout: a source's columns by their names, labels and aliases."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import polars as pl

from schemas.column import SCALE, check_once, heading
from schemas.contract import Contract
from schemas.fields import STRUCTURAL, TERTENTU
from schemas.identity import nip
from schemas.reasons import FileRefused
from warehouse.delivery.cells import values
from warehouse.delivery.cells.appointments import names_kind, pppk_of
from warehouse.delivery.cells.days import HEADINGS, with_year
from warehouse.delivery.cells.others import IS_OTHER
from warehouse.delivery.layouts.columns import (
    check_split,
    close_headings,
    lacking,
    said_nearer,
    shape_of,
    shapes_of,
    without_shared,
    words_of,
)
from warehouse.delivery.layouts.doubts import (
    CANCELLED,
    CONTRADICTED,
    DONE,
    GONE,
    IN_PLACE,
    OTHERS,
    REPLACED,
    TAUGHT,
    TITLED,
    WORDS,
    Doubts,
)
from warehouse.delivery.sheets.between import check_lines, unit_of
from warehouse.delivery.sheets.sheet import ROW, Batch, Table

_DAYS = frozenset([*HEADINGS, "hari", "hari ke"])
"""Headings of a column that says the day of each row."""
_GONE = (
    r"(?i)^\W*(?:(?:telah|sudah|status|ybs)\W+)*(?:pensiun|purna\s?(?:tugas|bakti)|meninggal|wafat|alm\b|almarhum|diberhentikan|pemberhentian|berhenti|"
    r"mengundurkan diri|(?:mutasi|pindah)\W+(?:ke\b|keluar)|pindah instansi)"
)
"""How people write that somebody is no employee any more."""
_CANCELLED = r"(?i)^\W*(?:(?:telah|sudah|status|peserta|ybs|kegiatan|kelas)\W+)*(?:(?:di)?batal(?:kan)?|pembatalan|tidak (?:jadi|terlaksana|dilaksanakan)|ditunda|(?:di)?jadwal(?:kan)? ulang|reschedule\w*|mengundurkan diri|mundur|(?:tidak|tdk) (?:melanjutkan|hadir|ikut|mengikuti)|diganti(?:kan)?)\b"
"""How people write that something did not take place, or that somebody withdrew from it, or was not there."""
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
_CODED = r"^(?i:[a-z]{1,6})[-. ]?\d{1,6}$"
"""Codes of narasumber, where names may stand in their place: letters and a number (`NS-001`)."""
_OF_PNS, _OF_PPPK = r"^\d{12}(?:0[1-9]|1[0-2])\d{4}$", r"^\d{12}2[1-9]\d{4}$"
"""Numbers of civil servants of either kind, in digits alone."""
_LEVEL = r"(?i)\b(ahli (?:pertama|muda|madya|utama)|pemula|terampil|mahir|penyelia)\b"
"""What the title of a functional position says of its level."""


class ContractLayout:
    """The contract's own layout: columns by name, label or alias, in any order; a constant may stand above the table."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.doubts = Doubts()
        self._unit = next(
            (column.name for column in contract.columns if column.reader == "unit" and not column.nullable), ""
        )
        self._kind = {"employment_type"} & {*contract.required}
        self._taught: dict[str, int] = {}
        """Place of a table → that of its column of codes of narasumber that is headed as one of names, from 1; 0 where it has none."""
        self._last: dict[str, tuple[str, str]] = {}
        """Place of a table → the unit of its last batch's last row, and the office around it, where lines above the people say it."""
        self._said_last: dict[str, str] = {}
        """Place of a table → what the last line among its people says of their kind of appointment."""

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
        above = self.contract.said(
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
        check_once((label for label in facts if {*self.contract.said([label])} - {*found}), facts)
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
        nearer = said_nearer(
            batch.frame, {*named.values()}, lines, {name: self.contract.headings(name) for name in lines}
        )
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
            kinds = _kinds(cells.get_column("employee_id"), self._said_kinds(batch, table))
            cells = cells.with_columns(kinds.alias(name))
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
        return without_shared(rows, table, self)

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
            raise FileRefused("FILE_COLUMNS", lacking([self.contract], [table.header]))
        self._last[table.place] = units[-1], wide
        return units

    def _said_kinds(self, batch: Batch, table: Table) -> pl.Series:
        """What the line above each row that names a kind of appointment (`PPPK PARUH WAKTU`) says of it, or else the title, the sheet or the file."""
        said = self._said_last.get(table.place, batch.facts.get("sebutan jenis pegawai", ""))
        marks = [(0, said)]
        for number, row, _ in batch.lines:
            if names_kind(text := " ".join(row)):
                said = self._said_last[table.place] = text
                marks.append((number, said))
        lines = pl.DataFrame(marks, schema={ROW: batch.frame.schema[ROW], "said": pl.String}, orient="row").sort(ROW)
        return batch.frame.select(ROW).join_asof(lines, on=ROW).get_column("said")

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
        if self.contract.name == "attendance":
            self._note_like(IN_PLACE, REPLACED, batch.frame, table, found)
        if self.contract.name in ("attendance", "enrolments"):
            self._note_like(IS_OTHER, OTHERS, batch.frame, table, found)
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
                if words_of(texts, column):
                    numbers = rows.filter(texts != "").get_column(ROW)
                    self.doubts.note(WORDS.format(column=column.name), at, sheet=table.sheet_number, rows=numbers)

    def _said(self, facts: Mapping[str, str]) -> dict[str, str]:
        """Column → what a line above the table, or one within it, says of it."""
        labels = list(facts)
        return {name: facts[labels[at[0]]] for name, at in self.contract.said(labels).items()}

    def _check_sessions(self, rows: pl.DataFrame, found: Mapping[str, str]) -> None:
        """Raise FileRefused where sessions are numbered anew each day: the first of two days would be the same one."""
        number = found.get("session_no")
        days = [name for name in rows.columns if heading(name) in _DAYS and name != number]
        if number is None or not days:
            return
        key = [found[name] for name in self.contract.key if name in found]
        said = rows.filter((pl.col(days[0]).str.strip_chars() != "") & (pl.col(number).str.strip_chars() != ""))
        if (said.group_by(key).agg(pl.col(days[0]).n_unique()).get_column(days[0]) > 1).any():
            seen = f"Column {number!r} begins anew with each day of column {days[0]!r}: sessions are counted through the class."
            raise FileRefused("FILE_SESSIONS", seen)

    def cell_of(self, table: Table) -> dict[str, int]:
        """See `RowMapper`."""
        found = {name: positions[0] + 1 for name, positions in self.contract.match(table.header).items()}
        if "instructor_id" in self.contract.names and "instructor_id" not in {*found, *self._said(table.facts)}:
            if table.place not in self._taught:
                self._taught[table.place] = self._coded(table, {*found.values()})
            found |= {"instructor_id": self._taught[table.place]} if self._taught[table.place] else {}
        return found

    def _coded(self, table: Table, read: Collection[int]) -> int:
        """Where the one column stands that names who taught, and that holds nothing but codes, from 1; 0 where there is none."""
        places = [at for at, name in enumerate(table.header, 1) if at not in read and _TEACHES(heading(name))]
        if len(places) != 1:
            return 0
        rows = [batch.frame.select(table.header[places[0] - 1]) for batch in table.again().batches()]
        texts = values.clean(pl.concat(rows)).to_series().drop_nulls() if rows else pl.Series(dtype=pl.String)
        return places[0] if texts.len() and texts.str.contains(_CODED).all() else 0

    def drift(self, table: Table) -> str:
        """What the header lacks and has beyond the contract; '' where nothing. Strange headings are not repeated: they
        may be data, unless they look like one of ours."""
        header, facts = table.header, table.facts
        found = self.contract.match(header) | {name: [at - 1] for name, at in self.cell_of(table).items()}
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


def _kinds(numbers: pl.Series, said: pl.Series) -> pl.Series:
    """The kind of appointment that each number says: digits 13 and 14 are a month of a PNS, and of a PPPK more; empty where it says neither. Which PPPK
    they are is `said` above them."""
    digits = numbers.str.replace_all(r"\D", "")
    pppk = {text: pppk_of(text) for text in said.unique()}
    kind = pl.when(digits.str.contains(_OF_PNS)).then(pl.lit("PNS")).when(digits.str.contains(_OF_PPPK))
    return pl.select(kind.then(said.replace_strict(pppk, return_dtype=pl.String))).to_series()


def _finer(cells: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """The groups of positions; of a word that covers several (`Jabatan Fungsional`, `Struktural`), and of none, the one that the title (`… Ahli Muda`), or an echelon, beside it says."""
    group = cells.get_column("position_group")
    word = group.str.to_lowercase()
    echelon = next((name for name in rows.columns if heading(name) in ("eselon", "eselon nama", "nama eselon")), "")
    level = cells.get_column("position_title") if "position_title" in cells.columns else pl.Series([""])
    level = "jf " + level.str.extract(_LEVEL).str.to_lowercase()
    rank = values.clean(rows.select(echelon)).to_series() if echelon else pl.Series([None], dtype=pl.String)
    rank = "eselon " + rank.str.to_lowercase().str.strip_prefix("eselon").str.strip_chars(" .")
    either = pl.when(rank.is_null() | level.is_null()).then(pl.coalesce(rank, level))
    finer = (
        pl.when(word.is_in(TERTENTU))
        .then(level)
        .when(word.is_in(STRUCTURAL))
        .then(rank)
        .when(word.is_null())
        .then(either)
    )
    return pl.select(pl.coalesce(finer, group).alias("position_group")).to_series()


def _names_too(text: str) -> bool:
    """Whether a heading of numbers says that names stand in its cells, too (`Nama / NIP`)."""
    return bool(re.search(r"\bnama\b", heading(text)))


def _is_of_people(texts: pl.Series, code: str | None) -> bool:
    """Whether a column that is headed as one of classes (`Kelas`) says something else of each of the people, as their group or their hotel: a line says the `code` of their class, and none is made
    like it."""
    if code is None or heading(texts.name) != "kelas" or "0" not in (shape := shape_of(code)):
        return False
    return shape not in shapes_of(texts)
