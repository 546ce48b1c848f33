"""Staging: one source's month, read from its files, validated row by row, split, pseudonymised and written.

Accepted rows become `staging/<source>/<month>.parquet`; refused rows go to the quarantine with their reasons; the
manifest beside the Parquet file says of every file how many rows were read, accepted, refused and repeated. What senders wrote in their
own words, the names of their files included, goes to the restricted store; a number or a token stands for it. Memory is
bounded by one batch. A month is replaced whole, and its manifest is written last: a stop at any moment is made good by
the next run.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import polars as pl
import pyarrow as arrow
import pyarrow.parquet as arrow_parquet

from schemas.column import POLARS_TYPES
from schemas.contract import PROVENANCE, Contract
from schemas.identity import IdSpace
from schemas.reasons import FileRefused
from warehouse.database import quoted, scratch
from warehouse.delivery import values
from warehouse.delivery.landing import RETURNED, WAITING, Delivery, readable
from warehouse.delivery.legend import check_grades, check_headings, check_legend, check_scale, together
from warehouse.delivery.mapping import ContractLayout, ProfileLayout, asked, check_units, open_tables, scale_of
from warehouse.delivery.parts import OTHER
from warehouse.delivery.period import other_month, other_period
from warehouse.delivery.presence import PRESENT
from warehouse.delivery.sheet import ROW, Table
from warehouse.faults import Faults
from warehouse.people.door import is_written
from warehouse.staging.contained import contained_files, is_anonymous
from warehouse.staging.recipe import Recipe, read_manifest
from warehouse.staging.refusals import ABOUT, POSITION, REFUSALS, conflicts, quarantined, true_lines, unread_rows
from warehouse.staging.scales import Scales
from warehouse.staging.validate import Splitter
from warehouse.store import Store, atomic, file_sha256, read_json, write_json

T = TypeVar("T")


@dataclass
class FileReport:
    """What became of one file: n_read = n_accepted + n_refused + n_duplicate, always."""

    file_name: str
    sha256: str
    profile: str
    n_read: int = 0
    n_accepted: int = 0
    n_refused: int = 0
    n_duplicate: int = 0
    n_non_asn: int = 0
    """Of the refused rows those about staff without a NIP. Nobody can mend them, so they hold no file."""
    n_skipped: int = 0
    """Rows that are no data: titles, column numbers, totals, signatures."""
    status: str = "accepted"
    """accepted, partly_refused, refused, duplicate, or held."""
    reason_code: str = ""
    seen: str = ""
    read_as: str = ""
    """Encoding, delimiter or sheet, and the header's row."""
    drift: str = ""
    """Columns that are not there, new, or perhaps renamed; days that can hardly be."""
    encoding: str = ""
    delimiter: str = ""


SAID = ("file_name", "seen", "read_as", "drift")
"""What a report repeats of what a sender wrote: it is told by the restricted store."""
WORDS = {"token": pl.String, "text": pl.String}
"""Columns of a words file: what stands in the staging store for what somebody wrote, and what they wrote."""


def read_months(store: Store, recipes: Sequence[Recipe]) -> Iterator[tuple[str, list[FileReport]]]:
    """Read several months, two at a time (the libraries below release Python's lock); (month, what became of its files)
    in the order of the recipes."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        read = pool.map(partial(read_month, store), recipes)
        yield from zip((recipe.month for recipe in recipes), read, strict=True)


def read_month(store: Store, recipe: Recipe) -> list[FileReport]:
    """Read a source's month anew and replace it in the staging store, which is all that `store` is for: whatever else
    the reading may look at is in `recipe`. Returns what became of each file.

    A file that cannot be read is refused, or at a fault of the program held, by name and the others go on. A file that is
    no longer the one that the recipe names belongs to the next run: the month stays as it was read before, where that was by
    the same rules, else it is read without the file. Raises OSError when the disk does not take the result; then the old
    month stands, and is read again by the next run.
    """
    contract, month, deliveries = recipe.contract, recipe.month, recipe.deliveries
    source = contract.name
    manifest, parquet = store.staging / source / f"{month}.json", store.staging / source / f"{month}.parquet"
    quarantine = store.quarantine / source / f"{month}.parquet"
    identity = store.restricted / "identity" / f"{month}.parquet" if source == "employees" else None
    texts = store.words / source / f"{month}.parquet" if any(map(is_written, contract.columns)) else None
    told = store.told / source / f"{month}.json"
    written = [path for path in (parquet, quarantine, identity, texts, told) if path is not None]
    if not deliveries:
        for path in (manifest, *written):
            path.unlink(missing_ok=True)
        return []
    faults = Faults()
    reports: list[FileReport] = []
    sheets: Mapping[str, str] = {}
    untaken: list[str] = []
    with faults.aside(f"{source} {month}"):
        try:
            reports, sheets, untaken = _write_month(store, recipe, deliveries, parquet, quarantine, identity, texts)
        except _Stands as stands:
            return stands.moved
    if faults:
        # What failed was none of the files alone: none of them is trusted.
        _write_month(store, recipe, [], parquet, quarantine, identity, texts)
        reports = [_held(delivery, "PROGRAM_FAULT", f"{faults[0].error}.") for delivery in deliveries]
    for report in reports:
        if report.status == "accepted" and report.n_refused:
            report.status = "refused" if report.n_refused == report.n_read else "partly_refused"
    said = [{name: getattr(report, name) for name in SAID} for report in reports]
    write_json(told, {"files": said, "sheets": sheets})
    write_json(
        manifest,
        {
            "recipe": recipe.digest,
            "rules": recipe.rules,
            # A month with a file that waits is read again by the next run.
            "waits": any(report.reason_code in WAITING for report in reports),
            "source": source,
            "month": month,
            "n_accepted": sum(report.n_accepted for report in reports),
            "untaken": untaken,
            "sha256": {str(path.relative_to(store.home)): file_sha256(path) for path in written},
            "files": [
                {"file": number} | {name: value for name, value in asdict(report).items() if name not in SAID}
                for number, report in _numbered(reports).items()
            ],
        },
    )
    return reports


def _numbered(files: Sequence[T]) -> dict[str, T]:
    """What stands in the staging store for each of a month's files (or sheets), in their order → the file."""
    return {f"{number:04d}": file for number, file in enumerate(files, start=1)}


def _write_month(
    store: Store,
    recipe: Recipe,
    deliveries: Sequence[Delivery],
    parquet: Path,
    quarantine: Path,
    identity: Path | None,
    texts: Path | None,
) -> tuple[list[FileReport], Mapping[str, str], list[str]]:
    """What became of each file, the sheets' names by their numbers, and of a picture of all whom, or what, only rows or files name that were
    not taken."""
    contract = recipe.contract
    manifest = parquet.with_suffix(".json")
    splitter = Splitter(contract, recipe.key, recipe.forgotten)
    with ExitStack() as stack:
        accepted = stack.enter_context(atomic(parquet))
        refused = stack.enter_context(atomic(quarantine))
        people = stack.enter_context(atomic(identity)) if identity else None
        words = stack.enter_context(atomic(texts)) if texts else None
        writers = Writers(contract, [delivery.file_name for delivery in deliveries], accepted, refused, people, words)
        try:
            reports = [_read_file(delivery, recipe, store, splitter, writers) for delivery in deliveries]
        finally:
            writers.close()
        moved = [delivery for delivery in deliveries if not delivery.is_as_seen]
        if moved and (read_json(manifest) or {}).get("rules") == recipe.rules:
            raise _Stands([_held(delivery, "FILE_CHANGING", MOVED) for delivery in moved])
        reports = [
            _held(delivery, "FILE_CHANGING", MOVED) if delivery in moved else report
            for delivery, report in zip(deliveries, reports, strict=True)
        ]
        untaken = _subjects(contract, accepted, refused)
        if deliveries:
            _resolve_repeats(contract, deliveries, writers.sheets, accepted, refused, words, reports)
        untaken -= _subjects(contract, accepted)
        # From here on it describes what is no longer there.
        manifest.unlink(missing_ok=True)
    return reports, writers.sheets, sorted(untaken)


def _subjects(contract: Contract, accepted: Path, refused: Path | None = None) -> set[str]:
    """Whom, or what, the rows of a picture of all are about."""
    if not contract.snapshot:
        return set()
    listed = {*pl.read_parquet(accepted, columns=[contract.key[0]]).to_series()}
    return listed | ({*pl.read_parquet(refused, columns=[ABOUT]).to_series().drop_nulls()} if refused else set())


MOVED = "It changed after the run had looked at it."
"""What is seen of a file that belongs to the next run."""


class _Stands(Exception):
    """The month stays as it was read before, for some of its files are no longer those that were to be read."""

    def __init__(self, moved: list[FileReport]) -> None:
        super().__init__(MOVED)
        self.moved = moved


def _held(delivery: Delivery, code: str, seen: str) -> FileReport:
    """What became of a file that is left for the next run."""
    profile = delivery.layout.profile if delivery.layout else ""
    return FileReport(delivery.file_name, delivery.sha256, profile, status="held", reason_code=code, seen=seen)


def reports_of(store: Store, source: str) -> list[dict[str, Any]]:
    """What became of every file of a source, month by month, as the manifests keep it."""
    months = sorted(path.stem for path in (store.staging / source).glob("*.json"))
    return [file for month in months for file in (read_manifest(store, source, month) or {"files": []})["files"]]


class Writers:
    """The month's output files, written batch by batch."""

    def __init__(
        self,
        contract: Contract,
        files: Sequence[str],
        accepted: Path,
        refused: Path,
        people: Path | None,
        words: Path | None,
    ) -> None:
        self.numbers = {name: number for number, name in _numbered(files).items()}
        self.sheets: dict[str, str] = {}
        """Number of each sheet → its name, in the order in which they were read."""
        self.written = [column.name for column in contract.columns if is_written(column)]
        self.schema = {c.name: POLARS_TYPES[c.type] for c in contract.kept} | {
            name: POLARS_TYPES[kind] for name, kind in PROVENANCE.items()
        }
        self.accepted = self._open(accepted, self.schema)
        self.refused = self._open(refused, REFUSALS)
        self.person_schema = {
            "employee_id": pl.String,
            "pseudonym": pl.String,
            "full_name": pl.String,
            "email": pl.String,
        }
        self.people = self._open(people, self.person_schema) if people else None
        self.words = self._open(words, WORDS) if words else None

    @staticmethod
    def _open(path: Path, schema: Mapping[str, Any]) -> arrow_parquet.ParquetWriter:
        empty = pl.DataFrame(schema=dict(schema)).to_arrow(compat_level=pl.CompatLevel.oldest())
        return arrow_parquet.ParquetWriter(path, empty.schema, compression="zstd", compression_level=1)

    @staticmethod
    def write(writer: arrow_parquet.ParquetWriter, frame: pl.DataFrame) -> None:
        """Append a batch."""
        table: arrow.Table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer.write_table(table.cast(writer.schema))

    def sheet(self, name: str) -> str:
        """The number of a sheet; a file without sheets has none."""
        if not name:
            return ""
        if name not in self.sheets.values():
            self.sheets[f"{len(self.sheets) + 1:04d}"] = name
        return next(number for number, known in self.sheets.items() if known == name)

    def without_words(self, frame: pl.DataFrame, splitter: Splitter) -> pl.DataFrame:
        """The rows with tokens for what somebody wrote; the words themselves go where they are restricted."""
        for name in self.written:
            said = frame.get_column(name)
            if splitter.names:
                said = said.map_elements(splitter.names.scrub, return_dtype=pl.String)
            tokens = splitter.tokens.series(said)
            told = pl.DataFrame({"token": tokens, "text": said}, schema=WORDS).drop_nulls().unique(maintain_order=True)
            assert self.words is not None
            self.write(self.words, told)
            frame = frame.with_columns(tokens.alias(name))
        return frame

    def close(self) -> None:
        """Finish the files."""
        for writer in (self.accepted, self.refused, self.people, self.words):
            if writer is not None:
                writer.close()


def _read_file(delivery: Delivery, recipe: Recipe, store: Store, splitter: Splitter, writers: Writers) -> FileReport:
    report = FileReport(delivery.file_name, delivery.sha256, delivery.layout.profile if delivery.layout else "")
    faults = Faults()
    try:
        with faults.aside(delivery.file_name), readable(store):
            _read_tables(delivery, recipe, store.scratch, splitter, writers, report)
    except FileRefused as refused:
        # A file is refused whole; rows of its earlier batches are taken back when the month is settled.
        report.n_read = report.n_accepted = report.n_refused = report.n_duplicate = report.n_skipped = (
            report.n_non_asn
        ) = 0
        report.status = "held" if refused.code in WAITING else "refused"
        report.reason_code, report.seen = refused.code, refused.seen
        return report
    if faults:
        return _held(delivery, "PROGRAM_FAULT", f"{faults[0].error}.")
    if delivery.duplicate_of:
        is_mended = delivery.duplicate_of == delivery.file_name + RETURNED
        told = "In its place stands {}" if is_mended else "Same content as {}"
        report.status, report.seen = "duplicate", told.format(delivery.duplicate_of)
    elif recipe.hold.applies(report.n_read - report.n_non_asn, report.n_refused - report.n_non_asn):
        report.status, report.reason_code = "held", "HELD"
        report.seen = f"{report.n_refused:,} of {report.n_read:,} rows refused."
        report.n_accepted, report.n_refused = 0, report.n_read
    return report


def _read_tables(
    delivery: Delivery, recipe: Recipe, scratch: Path, splitter: Splitter, writers: Writers, report: FileReport
) -> None:
    contract, layout = splitter.contract, delivery.layout
    ids = IdSpace(layout.id_scheme, layout.profile, recipe.people) if layout else IdSpace()
    mapping = (
        ProfileLayout(layout, delivery.source, delivery.path, delivery.sha256, delivery.month, recipe.presence_share)
        if layout
        else ContractLayout(contract)
    )
    with open_tables(delivery.path, [mapping], scratch) as found:
        tables: Sequence[Table] = found
        if isinstance(mapping, ProfileLayout):
            tables = mapping.prepare(tables, scratch)
        else:
            report.drift = mapping.drift(tables[0].header, tables[0].facts)
        notes = dict.fromkeys(note for table in tables for note in table.notes)
        report.drift = "; ".join(filter(None, (report.drift, *notes)))
        report.read_as = "; ".join(table.read_as for table in tables)
        report.encoding, report.delimiter = tables[0].encoding, tables[0].delimiter
        proofs = ColumnProofs(contract, mapping, tables)
        noticed: Counter[tuple[str, str]] = Counter()
        scales = Scales(mapping)
        legend = FileLegend(contract, tables)
        if isinstance(mapping, ProfileLayout):
            mapping.legend = legend
        for table in tables:
            reader = values.Reader(
                proofs,
                order=layout.dates if layout else "dmy",
                epoch_1904=table.epoch_1904,
                day=dt.date.fromisoformat(f"{delivery.month}-01"),
                zone=recipe.zone,
                aliases=recipe.aliases,
                # Whose layout is not ours says by its profile which column the sessions are made of.
                by_day=layout is not None,
                legend=legend,
            )
            _read_table(table, delivery, mapping, reader, ids, scales, splitter, writers, report)
            check_units(table, mapping)
            report.n_skipped += len(table.skipped)
            noticed += reader.noticed
        for status in (column for column in contract.columns if column.reader == "presence"):
            for table in tables:
                check_legend(table.legend, partial(values.word_of, status))
        # Of a test the highest score is said, and its grades (`1 = sangat baik`) are none.
        if "score" in contract.names and "max_score" not in contract.names:
            scale = scale_of(mapping)
            for table in tables:
                check_grades(table.facts, table.legend)
                if scale:
                    check_scale(table.facts, table.legend, scale)
                    check_headings(asked(mapping, table), scale)
        others = [number for table in tables for number, kind in table.skipped.items() if kind == OTHER]
        if others and not report.n_read:
            seen = f"Row {min(others)} begins another table, whose columns are not known; no other row is read."
            raise FileRefused("FILE_LAYOUTS", seen)
        scales.check()
        noticed += scales.doubts()
        days = [f"{name} {what}: {n:,} rows" for (name, what), n in sorted(noticed.items())]
        days += mapping.doubts
        for table in tables:
            read = {table.header.index(name) for name in mapping.reads(table)}
            days += [
                f"sheet {table.sheet_number}: column {at + 1} is hidden, and read" for at in table.hidden if at in read
            ]
        days += dict.fromkeys(note for table in tables for note in table.notes if note not in notes)
        # A picture of all is that of the month in which it is sent, whatever stands above it.
        said = {other_month(table.facts, delivery.month) for table in tables if contract.snapshot}
        days += sorted(f"the list says that it is of another month: {text}" for text in said if text)
        is_of_periods = bool({"period_start", "month"} & {*contract.names})
        called = {table.sheet_number: other_period(table.facts, table.sheet) for table in tables if is_of_periods}
        days += [
            f"sheet {number} is called after another period than the list in it: {text}"
            for number, text in called.items()
            if text
        ]
        if not report.n_read:
            n = sum(batch.frame.height for table in tables for batch in table.again().batches())
            days.append(
                f"nothing that is read stands in the rows below the headings: {n:,} rows"
                if n
                else "no row stands below the headings"
            )
        report.drift = "; ".join(filter(None, (report.drift, *days)))


def _read_table(
    table: Table,
    delivery: Delivery,
    mapping: ContractLayout | ProfileLayout,
    reader: values.Reader,
    ids: IdSpace,
    scales: Scales,
    splitter: Splitter,
    writers: Writers,
    report: FileReport,
) -> None:
    contract = splitter.contract
    month = pl.lit(f"{delivery.month}-01").str.to_date()
    presences = set[str]()
    for batch in mapping.batches(table):
        text = splitter.without_forgotten(mapping(batch, table), ids)
        if delivery.duplicate_of:
            report.n_read += text.height
            report.n_duplicate += text.height
            continue
        good, refusals = splitter.split(text.select(contract.names), ids, reader)
        scales.see(text, good, table)
        if contract.name == "attendance":
            presences |= {*good.get_column("status").unique()}
        rows = text.get_column(ROW)
        n_totals = 0
        if refusals.height:
            broken = set(refusals.get_column(POSITION).to_list())
            rows = rows.to_frame().with_row_index(POSITION).filter(~pl.col(POSITION).is_in(broken)).get_column(ROW)
            # What looks like a total and keeps the contract is data; what does not keep it was no data.
            totals = {at for at in broken if text.item(at, ROW) in table.totals} if table.totals else set()
            n_totals = len(totals)
            table.skipped |= {text.item(at, ROW): "total or title" for at in totals}
            refusals = refusals.filter(~pl.col(POSITION).is_in(totals))
            report.n_refused += refusals.get_column(POSITION).n_unique()
            report.n_non_asn += refusals.filter(pl.col("reason_code") == "NIP_NON_ASN").get_column(POSITION).n_unique()
            writers.write(writers.refused, quarantined(contract, delivery, table, mapping, text, refusals))
        report.n_read += text.height - n_totals
        report.n_accepted += good.height
        final = splitter.pseudonymise(good, ids).with_columns(
            month.alias("delivery_month"),
            pl.lit(writers.numbers[delivery.file_name]).alias("source_file"),
            pl.lit(writers.sheet(table.sheet)).alias("source_sheet"),
            rows.alias("source_row"),
        )
        final = writers.without_words(final, splitter)
        writers.write(writers.accepted, final.select(list(writers.schema)))
        if writers.people is not None:
            named = good.select("employee_id", pl.lit("").alias("pseudonym"), "full_name", "email")
            writers.write(writers.people, named.with_columns(final.get_column("employee_id").alias("pseudonym")))
    # The ticks of such a list may say who was away.
    if presences - {"unknown"} == {PRESENT} and "sebutan absen" in table.facts:
        raise FileRefused("FILE_AWAY", f"{table.facts['sebutan absen']!r}.")
    table.unread[:] = [line for line in table.unread if not splitter.names_forgotten(line.text)]
    report.n_read += len(table.unread)
    if delivery.duplicate_of:
        report.n_duplicate += len(table.unread)
    elif table.unread:
        report.n_refused += len(table.unread)
        writers.write(writers.refused, unread_rows(contract, delivery, table, mapping))


def _resolve_contained(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    deliveries: Sequence[Delivery],
    files: Mapping[str, FileReport],
) -> list[str]:
    """The numbers of the files of anonymous answers that another one holds whole; their rows are repetitions of that one's."""
    layouts = {delivery.file_name: delivery.layout for delivery in deliveries}
    asked = [number for number, report in files.items() if is_anonymous(contract, layouts[report.file_name])]
    contained = contained_files(con, contract, asked) if len(asked) > 1 else {}
    for number, holder in contained.items():
        report = files[number]
        report.n_duplicate, report.n_accepted = report.n_duplicate + report.n_accepted, 0
        report.status, report.seen = "duplicate", f"Every row stands in {files[holder].file_name}, too."
    return list(contained)


class ColumnProofs:
    """What the columns of one file prove about their dates and numbers; the file is read once more, if it is asked."""

    def __init__(self, contract: Contract, mapping: ContractLayout | ProfileLayout, tables: Sequence[Table]) -> None:
        self._contract, self._mapping, self._tables = contract, mapping, tables
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
                        self._found[column.name] |= values.prove(text.get_column(column.name), column)
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


def _resolve_repeats(
    contract: Contract,
    deliveries: Sequence[Delivery],
    sheets: Mapping[str, str],
    accepted: Path,
    refused: Path,
    words: Path | None,
    reports: list[FileReport],
) -> None:
    """What can only be said of the whole month: rows of refused files, repeated keys, true line numbers."""
    files = _numbered(reports)
    withdrawn = [number for number, report in files.items() if report.status in ("refused", "held")]
    gone = [report.file_name for report in reports if report.status == "refused" or report.reason_code in WAITING]
    key = ", ".join(contract.key)
    # Of a comment it counts whether there is one: some systems repeat it on each question of a form, cut or not.
    content = ", ".join(f"{c.name} is null" if c.privacy == "free_text" else c.name for c in contract.kept)
    quarantined = []
    with scratch() as con:
        con.execute("create temp table withdrawn as select unnest(?::varchar[]) as file_name", [withdrawn])
        con.execute(
            f"create temp view staged as select * from read_parquet('{quoted(accepted)}', file_row_number = true) "
            "where source_file not in (select file_name from withdrawn)"
        )
        contained = _resolve_contained(con, contract, deliveries, files)
        con.execute("insert into withdrawn select unnest(?::varchar[])", [contained])
        withdrawn += contained
        con.execute("create temp table earlier (file_row_number bigint, source_file varchar)")
        if when := contract.latest:
            # Said again: the latest counts, earlier ones are repetitions of it. Who fills in another form of the class, or one about another
            # narasumber, says something else.
            again = f"select hash({key}) as h from staged group by h having min({when}) < max({when})"
            con.execute(
                f"insert into earlier select file_row_number, source_file from staged where hash({key}) in ({again}) "
                f"qualify {when} < max({when}) over (partition by {key})"
            )
        current = "select * from staged where file_row_number not in (select file_row_number from earlier)"
        repeated = f"select hash({key}) as h from ({current}) group by h having count(*) > 1"
        n_earlier = con.execute("select count(*) from earlier").fetchall()[0][0]
        if n_earlier or withdrawn or con.execute(f"select count(*) from ({repeated})").fetchall()[0][0]:
            con.execute(
                f"""
                create temp table copies as
                select *, min(content) over same <> max(content) over same as is_conflict,
                    row_number() over (partition by {key} order by source_file, source_sheet, source_row) as nth
                from (select *, hash({content}) as content from ({current}) where hash({key}) in ({repeated}))
                window same as (partition by {key})
                """
            )
            # Equal rows are kept once; of rows that contradict each other none can be trusted.
            con.execute("create temp table originals as select * from copies where not is_conflict and nth = 1")
            con.execute("delete from copies where not is_conflict and nth = 1")
            for number, report in files.items():
                n_conflicts, n_repeated = con.execute(
                    "select count(*) filter (is_conflict), count(*) filter (not is_conflict) "
                    "from (select source_file, is_conflict from copies union all select source_file, false from earlier) "
                    "where source_file = ?",
                    [number],
                ).fetchall()[0]
                report.n_refused += n_conflicts
                report.n_duplicate += n_repeated
                report.n_accepted -= n_conflicts + n_repeated
                if report.status == "accepted" and 0 < report.n_read == report.n_duplicate:
                    # Two lists that are meant to differ may be named alike: nothing of this one counts, so it is said.
                    same = " and ".join(f"c.{name} is not distinct from o.{name}" for name in contract.key)
                    others = con.execute(
                        f"select distinct o.source_file from originals as o join copies as c on {same} where c.source_file = ? "
                        "order by all",
                        [number],
                    ).fetchall()
                    report.status = "duplicate"
                    names = ", ".join(files[other].file_name for (other,) in others)
                    report.seen = f"Every row stands in {names or 'a later sending'}, too."
            rewritten = accepted.with_suffix(".rewritten")
            con.execute(
                f"""
                copy (select * exclude (file_row_number) from staged where file_row_number not in
                    (select file_row_number from copies union all select file_row_number from earlier))
                to '{quoted(rewritten)}' (format parquet, compression zstd)
                """
            )
            rewritten.replace(accepted)
            contradicting = con.sql("select * from copies where is_conflict").pl().with_columns(
                pl.col("source_file").replace({number: report.file_name for number, report in files.items()}),
                pl.col("source_sheet").replace(dict(sheets)),
            )  # fmt: skip
            if words:
                texts = dict(pl.read_parquet(words).iter_rows())
                contradicting = contradicting.with_columns(
                    pl.col(column.name).replace(texts) for column in contract.columns if is_written(column)
                )
            quarantined.append(conflicts(contract, deliveries[0], contradicting))
    quarantined.append(pl.read_parquet(refused).filter(~pl.col("file_name").is_in(gone)))
    rows = pl.concat([frame.select(list(REFUSALS)) for frame in quarantined])
    lines = pl.concat(
        [
            true_lines(delivery, report.encoding, report.delimiter, rows)
            for delivery, report in zip(deliveries, reports, strict=True)
        ]
    )
    rows = rows.join(lines, on=["file_name", "row_number"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("line", "row_number").alias("row_number")).drop("line")
    rows.sort("file_name", "sheet_name", "row_number", maintain_order=True).write_parquet(refused)
