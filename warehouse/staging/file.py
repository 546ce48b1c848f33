"""One file of a month read: its tables found, their rows mapped, validated, split and written, and what is noticed told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from schemas.contract import Contract
from schemas.identity import IdSpace
from schemas.reasons import FileRefused
from warehouse.delivery.cells import values
from warehouse.delivery.cells.legend import (
    check_codes,
    check_grades,
    check_headings,
    check_legend,
    check_scale,
    coloured,
    together,
)
from warehouse.delivery.cells.others import group_of_others
from warehouse.delivery.cells.period import other_month, other_period
from warehouse.delivery.cells.presence import PRESENT
from warehouse.delivery.landing import RETURNED, WAITING, Delivery, readable
from warehouse.delivery.layouts.contract_layout import ContractLayout
from warehouse.delivery.layouts.profile_layout import ProfileLayout
from warehouse.delivery.layouts.tables import asked, check_units, open_tables, scale_of
from warehouse.delivery.sheets.parts import OTHER
from warehouse.delivery.sheets.sheet import ROW, Batch, Table
from warehouse.faults import Faults
from warehouse.staging.recipe import Recipe
from warehouse.staging.refusals import POSITION, quarantined, unread_rows
from warehouse.staging.report import FileReport, held
from warehouse.staging.scales import Scales
from warehouse.staging.validate import Splitter
from warehouse.staging.writers import Writers
from warehouse.store import Store


def read_file(delivery: Delivery, recipe: Recipe, store: Store, splitter: Splitter, writers: Writers) -> FileReport:
    """Read a file into the month's files; what became of it. What is wrong with the whole of it, and a fault of the program, are told there."""
    reading, faults = Reading(delivery, recipe, splitter, writers), Faults()
    report = reading.report
    try:
        with faults.aside(delivery.file_name), readable(store):
            reading.read(store.scratch)
    except FileRefused as refused:
        # A file is refused whole; rows of its earlier batches are taken back when the month is settled.
        report.n_read = report.n_accepted = report.n_refused = report.n_duplicate = report.n_skipped = (
            report.n_non_asn
        ) = 0
        report.status = "held" if refused.code in WAITING else "refused"
        report.reason_code, report.seen = refused.code, refused.seen
        return report
    if faults:
        return held(delivery, "PROGRAM_FAULT", f"{faults[0].error}.")
    if delivery.duplicate_of:
        is_mended = delivery.duplicate_of == delivery.file_name + RETURNED
        told = "In its place stands {}" if is_mended else "Same content as {}"
        report.status, report.seen = "duplicate", told.format(delivery.duplicate_of)
    elif recipe.hold.applies(report.n_read - report.n_non_asn, report.n_refused - report.n_non_asn):
        report.status, report.reason_code = "held", "HELD"
        report.seen = f"{report.n_refused:,} of {report.n_read:,} rows refused."
        report.n_accepted, report.n_refused = 0, report.n_read
    return report


class Reading:
    """One file while it is read."""

    def __init__(self, delivery: Delivery, recipe: Recipe, splitter: Splitter, writers: Writers) -> None:
        layout = delivery.layout
        self.delivery, self.recipe, self.splitter, self.writers = delivery, recipe, splitter, writers
        self.contract = splitter.contract
        self.report = FileReport(delivery.file_name, delivery.sha256, layout.profile if layout else "")
        self.ids = IdSpace(layout.id_scheme, layout.profile, recipe.people) if layout else IdSpace()
        self.mapping = (
            ProfileLayout(
                layout, delivery.source, delivery.path, delivery.sha256, delivery.month, recipe.presence_share
            )
            if layout
            else ContractLayout(self.contract)
        )
        self.scales = Scales(self.mapping)
        self._is_of_classes = self.contract.name in ("attendance", "enrolments")

    def read(self, scratch: Path) -> None:
        """Write the file's rows, accepted and refused, and fill the report. Raises FileRefused for what is wrong with the whole of it."""
        report, mapping = self.report, self.mapping
        with open_tables(self.delivery.path, [mapping], scratch) as found:
            tables = self._of_participants(found)
            if isinstance(mapping, ProfileLayout):
                tables = mapping.prepare(tables, scratch)
            else:
                report.drift = mapping.drift(tables[0])
            notes = dict.fromkeys(note for table in tables for note in table.notes)
            report.drift = "; ".join(filter(None, (report.drift, *notes)))
            report.read_as = "; ".join(table.read_as for table in tables)
            report.encoding, report.delimiter = tables[0].encoding, tables[0].delimiter
            noticed = self._read_tables(tables)
            self._check(tables)
            noticed += self.scales.doubts()
            counted = [f"{name} {what}: {n:,} rows" for (name, what), n in sorted(noticed.items())]
            later = dict.fromkeys(note for table in tables for note in table.notes if note not in notes)
            report.drift = "; ".join(filter(None, (report.drift, *counted, *self._doubts(tables, later))))

    def _of_participants(self, tables: Sequence[Table]) -> Sequence[Table]:
        """The tables but for those of narasumber or the committee. Raises FileRefused where there is no other."""
        others = [table for table in tables if self._is_of_classes and "sebutan lain" in table.facts]
        kept = [table for table in tables if table not in others]
        if not kept:
            raise FileRefused("FILE_OTHERS", f"{others[0].facts['sebutan lain']!r}.")
        kept[0].notes += tuple(
            f"a list of who taught or organised is left out: {table.place.lower()}" for table in others
        )
        return kept

    def _check_others(self, batch: Batch) -> None:
        """Raise FileRefused where those who taught or organised stand among the participants of a list, below a line or a title of their own."""
        lines = (group_of_others(row) for _, row, _ in batch.lines)
        if self._is_of_classes and (said := batch.facts.get("sebutan lain") or next(filter(None, lines), "")):
            raise FileRefused("FILE_OTHERS", f"{said!r}.")

    def _read_tables(self, tables: Sequence[Table]) -> Counter[tuple[str, str]]:
        """Read each table; returns what the cells' reader noticed, and of how many rows."""
        layout, mapping = self.delivery.layout, self.mapping
        noticed: Counter[tuple[str, str]] = Counter()
        proofs, legend = (
            ColumnProofs(self.contract, mapping, tables, self.delivery.month),
            FileLegend(self.contract, tables),
        )
        if isinstance(mapping, ProfileLayout):
            mapping.legend = legend
        for table in tables:
            reader = values.Reader(
                proofs,
                order=layout.dates if layout else "dmy",
                epoch_1904=table.epoch_1904,
                day=dt.date.fromisoformat(f"{self.delivery.month}-01"),
                zone=self.recipe.zone,
                aliases=self.recipe.aliases,
                # Whose layout is not ours says by its profile which column the sessions are made of.
                by_day=layout is not None,
                legend=legend,
            )
            self._read_table(table, reader)
            check_units(table, mapping)
            self.report.n_skipped += len(table.skipped)
            noticed += reader.noticed
        return noticed

    def _check(self, tables: Sequence[Table]) -> None:
        """Raise FileRefused where what a list says of itself contradicts how it was read."""
        contract, mapping = self.contract, self.mapping
        for status in (column for column in contract.columns if column.reader == "presence"):
            for table in tables:
                check_legend(table.legend, partial(values.word_of, status))
        if "element" in contract.names:
            for table in (table for table in tables if "U1" in table.header):
                check_codes(table.facts, table.legend, partial(values.word_of, contract.column("element")))
        # Of a test the highest score is said, and its grades (`1 = sangat baik`) are none.
        if "score" in contract.names and "max_score" not in contract.names:
            scale = scale_of(mapping)
            for table in tables:
                check_grades(table.facts, table.legend)
                if scale:
                    check_scale(table.facts, table.legend, scale)
                    check_headings(asked(mapping, table), scale)
        others = [number for table in tables for number, kind in table.skipped.items() if kind == OTHER]
        if others and not self.report.n_read:
            seen = f"Row {min(others)} begins another table, whose columns are not known; no other row is read."
            raise FileRefused("FILE_LAYOUTS", seen)
        self.scales.check()

    def _doubts(self, tables: Sequence[Table], notes: Mapping[str, None]) -> Iterator[str]:
        """What is doubtful of a list that was read. `notes`: what was noted while it was."""
        contract, mapping = self.contract, self.mapping
        yield from mapping.doubts
        for table in tables:
            read = {table.header.index(name) for name in mapping.reads(table)}
            for at in table.hidden:
                if at in read:
                    yield f"sheet {table.sheet_number}: column {at + 1} is hidden, and read"
        yield from notes
        # A picture of all is that of the month in which it is sent, whatever stands above it.
        said = {other_month(table.facts, self.delivery.month) for table in tables if contract.snapshot}
        for text in sorted(filter(None, said)):
            yield f"the list says that it is of another month: {text}"
        is_of_periods = bool({"period_start", "month"} & {*contract.names})
        called = {table.sheet_number: other_period(table.facts, table.sheet) for table in tables if is_of_periods}
        for number, name in called.items():
            if name:
                yield f"sheet {number} is called after another period than the list in it: {name}"
        if not self.report.n_read:
            n = sum(batch.frame.height for table in tables for batch in table.again().batches())
            yield (
                f"nothing that is read stands in the rows below the headings: {n:,} rows"
                if n
                else "no row stands below the headings"
            )

    def _read_table(self, table: Table, reader: values.Reader) -> None:
        contract, report, splitter = self.contract, self.report, self.splitter
        is_repeated = bool(self.delivery.duplicate_of)
        presences, states = set[str](), set[str]()
        for batch in self.mapping.batches(table):
            self._check_others(batch)
            text = splitter.without_forgotten(self.mapping(batch, table), self.ids)
            if is_repeated:
                report.n_read += text.height
                report.n_duplicate += text.height
                continue
            good, refusals = splitter.split(text.select(contract.names), self.ids, reader)
            self.scales.see(text, good, table)
            if contract.name == "attendance":
                presences |= {*good.get_column("status").unique()}
            if contract.name == "enrolments":
                states |= {*good.get_column("status").unique()}
            broken = refusals.get_column(POSITION).unique()
            lines = text.select(ROW).with_row_index(POSITION)
            n_totals = self._refuse(text, refusals, table) if len(broken) else 0
            report.n_read += text.height - n_totals
            self._keep(good, lines.filter(~pl.col(POSITION).is_in(broken.implode())).get_column(ROW), table)
        # The ticks of such a list may say who was away.
        if presences - {"unknown"} == {PRESENT} and "sebutan absen" in table.facts:
            raise FileRefused("FILE_AWAY", f"{table.facts['sebutan absen']!r}.")
        if {"unknown"} <= presences <= {"unknown", PRESENT}:
            # What the list says of its colours may be who was away, and nobody sees them.
            word_of = partial(values.word_of, contract.column("status"))
            if said := coloured(table.legend, word_of):
                raise FileRefused("FILE_COLOURS", f"{said!r}.")
        if states == {"registered"} and "sebutan cadangan" in table.facts:
            raise FileRefused("FILE_WAITING", f"{table.facts['sebutan cadangan']!r}.")
        table.unread[:] = [line for line in table.unread if not splitter.names_forgotten(line.text)]
        report.n_read += len(table.unread)
        if is_repeated:
            report.n_duplicate += len(table.unread)
        elif table.unread:
            report.n_refused += len(table.unread)
            refused = unread_rows(contract, self.delivery, table, self.mapping)
            self.writers.write(self.writers.refused, refused)

    def _refuse(self, text: pl.DataFrame, refusals: pl.DataFrame, table: Table) -> int:
        """Write rows that break a rule; returns how many of them are no data."""
        report = self.report
        broken = refusals.get_column(POSITION).unique().to_list()
        # What looks like a total and keeps the contract is data; what does not keep it was no data.
        totals = [at for at in broken if text.item(at, ROW) in table.totals] if table.totals else []
        table.skipped |= {text.item(at, ROW): "total or title" for at in totals}
        refusals = refusals.filter(~pl.col(POSITION).is_in(totals))
        report.n_refused += refusals.get_column(POSITION).n_unique()
        report.n_non_asn += refusals.filter(pl.col("reason_code") == "NIP_NON_ASN").get_column(POSITION).n_unique()
        refused = quarantined(self.contract, self.delivery, table, self.mapping, text, refusals)
        self.writers.write(self.writers.refused, refused)
        return len(totals)

    def _keep(self, good: pl.DataFrame, lines: pl.Series, table: Table) -> None:
        """Write accepted rows, which stand on these lines of the table."""
        writers = self.writers
        self.report.n_accepted += good.height
        final = self.splitter.pseudonymise(good, self.ids).with_columns(
            pl.lit(f"{self.delivery.month}-01").str.to_date().alias("delivery_month"),
            pl.lit(writers.numbers[self.delivery.file_name]).alias("source_file"),
            pl.lit(writers.sheet(table.sheet)).alias("source_sheet"),
            lines.alias("source_row"),
        )
        final = writers.without_words(final, self.splitter)
        writers.write(writers.accepted, final.select(list(writers.schema)))
        if writers.people is not None:
            named = good.select("employee_id", pl.lit("").alias("pseudonym"), "full_name", "email")
            writers.write(writers.people, named.with_columns(final.get_column("employee_id").alias("pseudonym")))


class ColumnProofs:
    """What the columns of one file prove about their dates and numbers; the file is read once more, if it is asked."""

    def __init__(
        self, contract: Contract, mapping: ContractLayout | ProfileLayout, tables: Sequence[Table], month: str
    ) -> None:
        self._contract, self._mapping, self._tables, self._month = contract, mapping, tables, month
        self._found: dict[str, set[str]] | None = None

    def __call__(self, name: str) -> values.Proofs:
        """The proofs of column `name`."""
        if self._found is None:
            columns = [c for c in self._contract.columns if c.type in ("date", "timestamp", "integer", "number")]
            self._found = {column.name: set() for column in columns}
            for table in self._tables:
                twin = table.again()
                for batch in self._mapping.batches(twin):
                    text = self._mapping(batch, twin)
                    for column in columns:
                        self._found[column.name] |= values.prove(text.get_column(column.name), column, self._month)
        # Whoever writes the month first does so in all columns; the moments of a form are written by a program.
        days = [column.name for column in self._contract.columns if column.type == "date"]
        orders = frozenset(proof for day in days for proof in self._found[day]) & {"dmy", "mdy"}
        is_open = name in days and not self._found[name] & {"dmy", "mdy"} and len(orders) == 1
        return frozenset(self._found[name]) | (orders if is_open else frozenset())


class FileLegend:
    """What one file says its own signs mean; the file is read once more, if it is asked, for that may stand below the rows, or on another sheet."""

    def __init__(self, contract: Contract, tables: Sequence[Table]) -> None:
        self._tables = tables
        self._status = next((column for column in contract.columns if column.reader == "presence"), None)
        self._found: Mapping[str, str] | None = None

    def __call__(self) -> Mapping[str, str]:
        """Signs → what they mean."""
        if self._found is None:
            twins = [table.again() for table in self._tables] if self._status else []
            for twin in twins:
                for _ in twin.batches():
                    pass
            word_of = partial(values.word_of, self._status) if self._status else str
            self._found = together((twin.legend for twin in twins), word_of)
        return self._found
