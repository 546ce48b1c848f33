"""A layout that is not ours, brought into the columns of a source by its profile."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, groupby
from pathlib import Path

import duckdb
import polars as pl

from schemas.column import heading
from schemas.fields import ASPECTS
from schemas.profiles import Layout, Target, vocabulary
from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse.database import scratch
from warehouse.delivery import formats
from warehouse.delivery.cells import values
from warehouse.delivery.cells.days import with_year
from warehouse.delivery.cells.legend import BLANK, DASHES, SIGN, explained
from warehouse.delivery.cells.others import IS_OTHER
from warehouse.delivery.cells.period import of_rows
from warehouse.delivery.cells.presence import presence
from warehouse.delivery.layouts.columns import check_split, said_nearer, without_shared, words_of
from warehouse.delivery.layouts.doubts import (
    ANSWERED,
    AWAY,
    IN_PLACE,
    OBSERVED,
    OTHERS,
    REMARKED,
    REPLACED,
    TURNED,
    UNNUMBERED,
    WORDS,
    Doubts,
)
from warehouse.delivery.layouts.mapping import CELL
from warehouse.delivery.sheets.between import check_lines
from warehouse.delivery.sheets.session import Sessions
from warehouse.delivery.sheets.sheet import ROW, Batch, Table, Unread

_SIGNED = re.compile(r"(?i)(?:paraf|tanda ?tangan|ttd|signature)").match
"""Headings of columns in which people sign in their own way."""
_ASKED = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, [*ASPECTS, *chain.from_iterable(ASPECTS.values()), 'fasilitas', 'instruktur', 'layanan', 'pelayanan']))})\b",
    re.IGNORECASE,
).search
"""What a heading asks about that is a question of a form, whatever its answers."""
_COUNTED = re.compile(
    r"\b(?:usia|umur|lama|masa|jumlah|jml|banyak|tahun|bulan|hari|nomor|no|nip|id|kode|angkatan|gelombang|kelas|kelompok|golongan|gol|sesi|jam|ke|eselon)\b",
    re.IGNORECASE,
).search
"""What a heading of numbers asks about that are no answers on a scale."""
_NO_ASPECT = re.compile(vocabulary()["no_aspect"], re.IGNORECASE).match
"""What stands beside the scores of an aspect, as headings, and is no observer."""
_AWAY = frozenset(["izin", "sakit", "alpa", "dinas luar", "cuti"])
"""Words of presences that say that somebody was away."""
TOLD = 100
"""Rows of one batch that a profile's expression may fail on; beyond that it is the profile that does not fit the file."""
ValueColumns = Sequence[tuple[str, Mapping[str, str | None]]]
"""(column of the file, text columns for its rows) of each column that becomes rows."""
ENGINE_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, duckdb.Error)
"""What is raised where an expression of a profile cannot be worked out."""


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
            recaps = [
                table
                for table, named in zip(tables, columns, strict=True)
                if sessions.is_recap(named, table.facts, table.sheet)
            ]
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
        self._note_observers(batch, table)
        self._note_words(batch, table)
        self._note_others(batch, table)
        self._note_zeros(batch, table)
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
        mapped = without_shared(mapped, table, self)
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

    def _note_observers(self, batch: Batch, table: Table) -> None:
        """Note the columns of scores that stand beside those of an aspect under a heading that names it, and nobody who is known to observe (`Disiplin` over `Diri`),
        and those of aspects that are not known, where each of the others is one (`Kesopanan` beside `Disiplin`)."""
        if "observer_role" not in self.contract.names:
            return
        columns = self.target.value_columns(table.header)
        aspects = {heading(more.get("aspek") or "") for _, more in columns} - {""}
        # Where each row is an aspect, the observers stand side by side.
        is_observed = any(more.get("pengamat") for _, more in columns)
        is_row = not aspects and is_observed
        known = {*self.reads(table), *self.target.left_out(table.header)}
        for at, name in enumerate(table.header, start=1):
            beside = [
                heading(name).removeprefix(aspect).removesuffix(aspect).strip()
                for aspect in aspects
                if heading(name).startswith(f"{aspect} ") or heading(name).endswith(f" {aspect}")
            ] or [heading(name)] * is_row
            is_aspect = bool(aspects) and not is_observed and not _COUNTED(heading(name))
            beside = beside or [heading(name)] * is_aspect
            if not name or name in known or not beside or any(map(_NO_ASPECT, beside)):
                continue
            texts = values.clean(batch.frame.select(name)).to_series().drop_nulls()
            if texts.len() and texts.str.contains(r"^\d+([.,]\d+)?$").all():
                self.doubts.note(ANSWERED if is_aspect else OBSERVED, at)

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
            reasons = {
                text: word
                for text in texts.unique()
                if len(text) > 2 and (word := word_of(text)) in _AWAY and text.casefold() != "tidak"
            }
            if not reasons:
                continue
            is_one = texts.is_in(list(reasons)) & ~pl.col(ROW).is_in(list(table.totals))
            people = batch.frame.filter(is_one).select(ROW, name, *presences)
            for row, said, *cells in people.iter_rows():
                texts_of_row = [made.get(row) or "", *cells]
                if reasons[said.strip()] not in {presence(cell.strip(), word_of) for cell in texts_of_row}:
                    self.doubts.note(REMARKED, at, sheet=table.sheet_number, rows=[row])

    def _note_zeros(self, batch: Batch, table: Table) -> None:
        """Note the columns beside tests that are not read and say that people took none of whom a test has a zero."""
        if self.contract.name != "assessments":
            return
        tests = [name for name, _ in self.target.value_columns(table.header)]
        tests = tests or [table.header[at - 1] for name, at in self.cell_of(table).items() if name == "score"]
        zeros = [pl.col(name).str.strip_chars().str.contains(r"^0+([.,]0+)?$") for name in tests]
        known = {*self.reads(table), *self.target.left_out(table.header)}
        for at, name in enumerate(table.header, start=1):
            if not name or name in known or not zeros:
                continue
            away = batch.frame.filter(pl.col(name).str.contains(AWAY) & pl.any_horizontal(zeros))
            if numbers := away.get_column(ROW).to_list():
                self.doubts.note(REMARKED, at, sheet=table.sheet_number, rows=numbers)

    def _note_others(self, batch: Batch, table: Table) -> None:
        """Note the columns that are not read and say who came in the place of somebody else, or was no participant."""
        told = {"attendance": {IN_PLACE: REPLACED, IS_OTHER: OTHERS}, "enrolments": {IS_OTHER: OTHERS}}
        known = {*self.reads(table), *self.target.left_out(table.header)}
        for pattern, sentence in told.get(self.contract.name, {}).items():
            for at, name in enumerate(table.header, start=1):
                if not name or name in known:
                    continue
                texts = batch.frame.get_column(name)
                if numbers := batch.frame.filter(texts.str.contains(pattern)).get_column(ROW).to_list():
                    self.doubts.note(sentence, at, sheet=table.sheet_number, rows=numbers)

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
            said = words_of(texts, column)
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
        sent = self._with_unsaid(batch.frame, table)
        rows = sent.with_columns(*values.clean(sent.drop(ROW), self.layout.missing))
        said = of_rows(rows, batch.facts) if self._asks_periods else (pl.lit(None, pl.String), pl.lit(None, pl.String))
        facts = self.layout.found_facts(batch.facts)
        labels = {name: tuple(map(heading, self.layout.facts[name])) for name, value in facts.items() if value}
        nearer = said_nearer(rows, {*self.reads(table)}, {name: facts[name] or "" for name in labels}, labels)
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

    def _with_unsaid(self, rows: pl.DataFrame, table: Table) -> pl.DataFrame:
        """The rows in which dashes below sessions, and cells that are empty where others are not, are what the list itself says that they mean
        (`- = tidak hadir`, `kosong = tidak hadir`)."""
        status = next((column for column in self.contract.columns if column.reader == "presence"), None)
        cells = {name: pl.col(name).str.strip_chars() for name, _ in self.target.value_columns(table.header)}
        if status is None or not cells:
            return rows
        word_of = partial(values.word_of, status)
        # A session of which nobody says anything may be still to come.
        begun = rows.select((cell != "").any().alias(name) for name, cell in cells.items()).row(0, named=True)
        for signs, names in ((DASHES, [*cells]), ((BLANK,), [name for name in cells if begun[name]])):
            marks = {name: cells[name].is_in(signs) for name in names}
            if not names or not rows.select(pl.any_horizontal(marks.values()).any()).item():
                continue
            meant = next(filter(None, (explained(sign, self.legend(), word_of) for sign in signs)), None)
            said = marks.items() if meant else ()
            rows = rows.with_columns(
                pl.when(mark).then(pl.lit(meant)).otherwise(name).alias(name) for name, mark in said
            )
        return rows

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
