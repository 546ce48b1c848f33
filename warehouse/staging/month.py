"""Staging: one source's month, read from its files, validated row by row, split, pseudonymised and written.

Accepted rows become `staging/<source>/<month>.parquet`; refused rows go to the quarantine with their reasons; the
manifest beside the Parquet file says of every file how many rows were read, accepted, refused and repeated. Memory is
bounded by one batch. A month is replaced whole, and its manifest is written last: a stop at any moment is made good by
the next run.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandera.errors
import polars as pl
import pyarrow as arrow
import pyarrow.parquet as arrow_parquet

from schemas.contract import POLARS_TYPES, Contract
from schemas.policy import policy
from schemas.reasons import REASONS, FileRefused
from schemas.sources import SOURCES
from warehouse.building.build import connect
from warehouse.delivery import formats as reading
from warehouse.delivery import values
from warehouse.delivery.landing import Delivery, Landing
from warehouse.delivery.mapping import CELL, ByProfile, Canonical, opened
from warehouse.delivery.sheet import ROW, Table
from warehouse.people.privacy import Forgotten, Names, forgotten, pseudonyms
from warehouse.store import Store, atomic, file_sha256, read_json, write_json

POSITION = "_position"
REFUSALS = {
    "source": pl.String, "month": pl.String, "file_name": pl.String, "sheet_name": pl.String, "row_number": pl.Int64,
    "column_name": pl.String, "column_number": pl.Int64, "heading": pl.String, "reason_code": pl.String, "value_seen": pl.String, "reason_indonesian": pl.String, "reason_english": pl.String,
    "how_to_mend": pl.String, "raw_row": pl.String,
}  # fmt: skip
"""Columns of a quarantine file: one row per refused row and broken rule. `column_number` and `heading` tell
the cell in the sender's row."""


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
    n_skipped: int = 0
    """Rows that are no data: titles, column numbers, totals, signatures."""
    status: str = "accepted"
    """accepted, partly_refused, refused, duplicate, or held."""
    reason_code: str = ""
    seen: str = ""
    read_as: str = ""
    """Encoding, delimiter or sheet, and the header's row."""
    drift: str = ""
    """Columns that are not there, new, or perhaps renamed."""
    encoding: str = ""
    delimiter: str = ""


WRITTEN = "[tertulis]"
"""What stands in the staging store where somebody wrote something in their own words: the words are restricted."""
PLACE = {"delivery_month": pl.Date, "source_file": pl.String, "source_sheet": pl.String, "source_row": pl.Int64}
"""Columns of staging that tell where a row was delivered."""


class Splitter:
    """Validates batches of one source: text in, typed accepted rows and refusals out."""

    def __init__(self, contract: Contract, secret: bytes, gone: Forgotten) -> None:
        self.contract, self._gone = contract, gone.people
        self.names = Names([], secret, gone.words) if gone.words else None
        self._people = pseudonyms(secret, "person")
        self._respondents = pseudonyms(secret, "survey")

    def without_forgotten(self, text: pl.DataFrame, id_space: str) -> pl.DataFrame:
        """The rows that are not about somebody who was forgotten; of theirs not even a refusal is kept."""
        if self._gone:
            for column in self.contract.columns:
                if column.privacy == "pseudonym":
                    is_theirs = [self._is_gone(value, id_space) for value in text.get_column(column.name)]
                    if column.name in self.contract.key:
                        text = text.filter(~pl.Series(is_theirs, dtype=pl.Boolean))
                    else:
                        theirs = pl.Series(is_theirs, dtype=pl.Boolean)
                        text = text.with_columns(pl.when(~theirs).then(pl.col(column.name)).alias(column.name))
        return text

    def _is_gone(self, value: str | None, id_space: str) -> bool:
        found = values.check_nip(value)[0] if value and id_space == "nip" else f"{id_space}:{value}"
        return value is not None and found is not None and self._people.one(found) in self._gone

    def names_forgotten(self, line: str) -> bool:
        """Whether a raw line holds the NIP of somebody who was forgotten."""
        numbers = re.findall(r"\d(?:[ ]?\d){8,}", line) if self._gone else []
        return any(self._people.one(number.replace(" ", "")) in self._gone for number in numbers)

    def split(
        self, text: pl.DataFrame, id_space: str = "nip", reader: values.Reader | None = None
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(typed rows that keep the contract, refusals as position, column_name, reason_code).

        `text` holds the contract's columns as clean text. `id_space` is `nip`, or the name of the space that opaque
        ids belong to. Ids in the accepted rows are still readable: see `pseudonymise`.
        """
        reader = reader or values.Reader()
        typed, found = [], []
        for column in self.contract.columns:
            raw = text.get_column(column.name)
            if column.privacy == "pseudonym" and id_space == "nip":
                checked = {value: values.check_nip(value) for value in raw.drop_nulls().unique().to_list()}
                codes = {value: code for value, (_, code) in checked.items() if code}
                digits = {value: found for value, (found, _) in checked.items()}
                is_plain = all(value == found for value, found in digits.items())
                parsed = raw if is_plain else raw.replace_strict(digits, return_dtype=pl.String)
            else:
                parsed, codes = reader.parse(raw, column)
            typed.append(parsed.alias(column.name))
            if codes:
                reasons = raw.replace_strict(codes, default=None, return_dtype=pl.String)
                found += [
                    _refusals((reasons == code).fill_null(False).arg_true(), column.name, code)
                    for code in sorted(set(codes.values()))
                ]
        frame = pl.DataFrame(typed)
        try:
            self.contract.schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            found.extend(self._failures(errors.failure_cases))
        if not found:
            return frame, _refusals(pl.Series([], dtype=pl.UInt32), "", "")
        refusals = pl.concat(found).unique(subset=[POSITION, "column_name"], keep="first", maintain_order=True)
        good = frame.with_row_index(POSITION).join(refusals, on=POSITION, how="anti", maintain_order="left")
        return good.drop(POSITION), refusals.sort(POSITION, maintain_order=True)

    def _failures(self, cases: pl.DataFrame) -> Iterator[pl.DataFrame]:
        lost = cases.filter(pl.col("index").is_null())
        if lost.height:
            raise AssertionError(f"{self.contract.name}: contract and frame differ: {lost.rows()[:3]}")
        cases = cases.select(
            pl.col("index").cast(pl.UInt32).alias(POSITION),
            pl.col("column").cast(pl.String).alias("column_name"),
            pl.col("check").cast(pl.String).replace({"not_nullable": "MISSING"}).alias("reason_code"),
        )
        # A rule over the whole row names the column to mark in its code: CODE:column.
        parts = pl.col("reason_code").str.split(":")
        yield cases.with_columns(
            pl.coalesce(parts.list.get(1, null_on_oob=True), "column_name").alias("column_name"),
            parts.list.get(0).alias("reason_code"),
        )

    def pseudonymise(self, frame: pl.DataFrame, id_space: str) -> pl.DataFrame:
        """Ids replaced by pseudonyms, direct identifiers left out."""
        replaced = []
        for column in self.contract.columns:
            if column.privacy in ("pseudonym", "respondent"):
                ids = frame.get_column(column.name)
                if id_space != "nip":
                    ids = (id_space + ":" + ids).alias(column.name)
                space = self._people if column.privacy == "pseudonym" else self._respondents
                replaced.append(space.series(ids))
        return frame.with_columns(replaced).drop([c.name for c in self.contract.columns if c.privacy == "identifier"])


def _refusals(positions: pl.Series, column: str, code: str) -> pl.DataFrame:
    return (
        positions.cast(pl.UInt32)
        .alias(POSITION)
        .to_frame()
        .with_columns(pl.lit(column).alias("column_name"), pl.lit(code).alias("reason_code"))
    )


def read_months(
    store: Store, landing: Landing, source: str, months: Sequence[str]
) -> Iterator[tuple[str, list[FileReport]]]:
    """Read several months of a source, two at a time (the libraries below release Python's lock); in order."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        read = pool.map(lambda month: read_month(store, landing, source, month), months)
        yield from zip(months, read, strict=True)


def read_month(store: Store, landing: Landing, source: str, month: str) -> list[FileReport]:
    """Read a source's month anew and replace it in the staging store. Returns what became of each file.

    A file that cannot be read is refused by name and the others go on. Raises OSError when the disk does not take the
    result; then the old month stands, without its manifest, and is read again by the next run.
    """
    contract = SOURCES[source]
    deliveries = landing.deliveries.get((source, month), ())
    manifest, parquet = store.staging / source / f"{month}.json", store.staging / source / f"{month}.parquet"
    quarantine = store.quarantine / source / f"{month}.parquet"
    manifest.unlink(missing_ok=True)
    identity = store.restricted / "identity" / f"{month}.parquet" if source == "employees" else None
    texts = store.words / source / f"{month}.parquet" if contract.free_texts else None
    written = [path for path in (parquet, quarantine, identity, texts) if path is not None]
    if not deliveries:
        for path in written:
            path.unlink(missing_ok=True)
        return []
    splitter = Splitter(contract, store.pseudonym_key(), forgotten(store))
    with ExitStack() as stack:
        accepted = stack.enter_context(atomic(parquet))
        refused = stack.enter_context(atomic(quarantine))
        people = stack.enter_context(atomic(identity)) if identity else None
        words = stack.enter_context(atomic(texts)) if texts else None
        writers = Writers(contract, accepted, refused, people, words)
        try:
            reports = [_read_file(store, delivery, splitter, writers) for delivery in deliveries]
        finally:
            writers.close()
        _settle(contract, deliveries, accepted, refused, reports)
    for report in reports:
        if report.status == "accepted" and report.n_refused:
            report.status = "partly_refused" if report.n_accepted else "refused"
    write_json(
        manifest,
        {
            "fingerprint": landing.fingerprint(source, month),
            "source": source,
            "month": month,
            "n_accepted": sum(report.n_accepted for report in reports),
            "sha256": {str(path.relative_to(store.home)): file_sha256(path) for path in written},
            "files": [asdict(report) for report in reports],
        },
    )
    return reports


def reports_of(store: Store, source: str) -> list[dict[str, Any]]:
    """What became of every file of a source, month by month, as the manifests keep it."""
    manifests = sorted((store.staging / source).glob("*.json"))
    return [file for path in manifests for file in (read_json(path) or {"files": []})["files"]]


class Writers:
    """The month's output files, written batch by batch."""

    def __init__(
        self, contract: Contract, accepted: Path, refused: Path, people: Path | None, words: Path | None
    ) -> None:
        self.schema = {c.name: POLARS_TYPES[c.type] for c in contract.kept} | PLACE
        self.accepted = self._open(accepted, self.schema)
        self.refused = self._open(refused, REFUSALS)
        self.person_schema = {"employee_id": pl.String, "pseudonym": pl.String, "full_name": pl.String}
        self.people = self._open(people, self.person_schema) if people else None
        self.free_texts = [*PLACE, *contract.free_texts]
        self.words = self._open(words, {name: self.schema[name] for name in self.free_texts}) if words else None

    @staticmethod
    def _open(path: Path, schema: Mapping[str, Any]) -> arrow_parquet.ParquetWriter:
        empty = pl.DataFrame(schema=dict(schema)).to_arrow(compat_level=pl.CompatLevel.oldest())
        return arrow_parquet.ParquetWriter(path, empty.schema, compression="zstd", compression_level=1)

    @staticmethod
    def write(writer: arrow_parquet.ParquetWriter, frame: pl.DataFrame) -> None:
        """Append a batch."""
        table: arrow.Table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer.write_table(table.cast(writer.schema))

    def close(self) -> None:
        """Finish the files."""
        for writer in (self.accepted, self.refused, self.people, self.words):
            if writer is not None:
                writer.close()


def _read_file(store: Store, delivery: Delivery, splitter: Splitter, writers: Writers) -> FileReport:
    contract, layout = splitter.contract, delivery.layout
    report = FileReport(delivery.file_name, delivery.sha256, layout.profile if layout else "")
    id_space = "nip" if layout is None or layout.id_scheme == "nip" else layout.profile
    mapping = (
        ByProfile(layout, delivery.source, delivery.path, delivery.sha256, delivery.month)
        if layout
        else Canonical(contract)
    )
    try:
        with opened(delivery.path, [mapping], store.scratch) as tables:
            if isinstance(mapping, ByProfile):
                mapping.look_up(store.scratch)
            else:
                report.drift = mapping.drift(tables[0].header, tables[0].facts)
            notes = dict.fromkeys(note for table in tables for note in table.notes)
            report.drift = "; ".join(filter(None, (report.drift, *notes)))
            report.read_as = "; ".join(table.read_as for table in tables)
            report.encoding, report.delimiter = tables[0].encoding, tables[0].delimiter
            proofs = Evidence(contract, mapping, tables)
            for table in tables:
                reader = values.Reader(
                    proofs,
                    order=layout.dates if layout else "dmy",
                    epoch_1904=table.epoch_1904,
                    day=dt.date.fromisoformat(f"{delivery.month}-01"),
                    aliases=values.unit_aliases(*store.unit_aliases),
                )
                _read_table(table, delivery, mapping, reader, id_space, splitter, writers, report)
                report.n_skipped += len(table.skipped)
    except FileRefused as refused:
        # A file is refused whole; rows of its earlier batches are taken back when the month is settled.
        report.n_read = report.n_accepted = report.n_refused = report.n_duplicate = report.n_skipped = 0
        report.status, report.reason_code, report.seen = "refused", refused.code, refused.seen
        return report
    if delivery.duplicate_of:
        report.status, report.seen = "duplicate", f"Same content as {delivery.duplicate_of}"
    elif _is_held(report, store):
        report.status, report.reason_code = "held", "HELD"
        report.seen = f"{report.n_refused:,} of {report.n_read:,} rows refused."
        report.n_accepted, report.n_refused = 0, report.n_read
    return report


def _is_held(report: FileReport, store: Store) -> bool:
    share, least = policy("hold_refused_share", store.policy), policy("hold_minimum_rows", store.policy)
    return report.n_read >= least and report.n_refused > share * report.n_read


def _read_table(
    table: Table,
    delivery: Delivery,
    mapping: Canonical | ByProfile,
    reader: values.Reader,
    id_space: str,
    splitter: Splitter,
    writers: Writers,
    report: FileReport,
) -> None:
    contract = splitter.contract
    month = pl.lit(f"{delivery.month}-01").str.to_date()
    for batch in mapping.batches(table):
        text = splitter.without_forgotten(mapping(batch, table), id_space)
        if delivery.duplicate_of:
            report.n_read += text.height
            report.n_duplicate += text.height
            continue
        good, refusals = splitter.split(text.select(contract.names), id_space, reader)
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
            writers.write(writers.refused, _quarantined(contract, delivery, table, mapping, text, refusals))
        report.n_read += text.height - n_totals
        report.n_accepted += good.height
        final = splitter.pseudonymise(good, id_space).with_columns(
            month.alias("delivery_month"),
            pl.lit(delivery.file_name).alias("source_file"),
            pl.lit(table.sheet).alias("source_sheet"),
            rows.alias("source_row"),
        )
        if writers.words is not None:
            said = [pl.col(name) for name in contract.free_texts]
            texts = final.select(writers.free_texts).filter(pl.any_horizontal(s.is_not_null() for s in said))
            if splitter.names:
                texts = texts.with_columns(s.map_elements(splitter.names.scrub, return_dtype=pl.String) for s in said)
            writers.write(writers.words, texts)
            final = final.with_columns(
                pl.when(s.is_not_null()).then(pl.lit(WRITTEN)).alias(s.meta.output_name()) for s in said
            )
        writers.write(writers.accepted, final.select(list(writers.schema)))
        if writers.people is not None:
            named = good.select("employee_id", pl.lit("").alias("pseudonym"), "full_name")
            writers.write(writers.people, named.with_columns(final.get_column("employee_id").alias("pseudonym")))
    table.ragged[:] = [line for line in table.ragged if not splitter.names_forgotten(line[1])]
    report.n_read += len(table.ragged)
    if delivery.duplicate_of:
        report.n_duplicate += len(table.ragged)
    elif table.ragged:
        report.n_refused += len(table.ragged)
        writers.write(writers.refused, _ragged(contract, delivery, table.ragged))


class Evidence:
    """What the columns of one file prove about their dates and numbers; the file is read once more, if it is asked."""

    def __init__(self, contract: Contract, mapping: Canonical | ByProfile, tables: Sequence[Table]) -> None:
        self._contract, self._mapping, self._tables = contract, mapping, tables
        self._found: dict[str, set[str]] | None = None

    def __call__(self, name: str) -> values.Proofs:
        """The proofs of column `name`."""
        if self._found is None:
            columns = [c for c in self._contract.columns if c.type in ("date", "timestamp", "integer", "number")]
            self._found = {column.name: set() for column in columns}
            for table in self._tables:
                for batch in self._mapping.batches(table.again()):
                    text = self._mapping(batch, table)
                    for column in columns:
                        self._found[column.name] |= values.prove(text.get_column(column.name), column)
        return frozenset(self._found[name])


def _quarantined(
    contract: Contract,
    delivery: Delivery,
    table: Table,
    mapping: Canonical | ByProfile,
    text: pl.DataFrame,
    refusals: pl.DataFrame,
) -> pl.DataFrame:
    raw = text.with_row_index(POSITION).join(refusals, on=POSITION, how="inner", maintain_order="right")
    seen = pl.coalesce(pl.when(pl.col("column_name") == name).then(pl.col(name)) for name in contract.names)
    cells = mapping.cell_of(table)
    cell = pl.col("column_name").replace_strict(cells or {"": 0}, default=None, return_dtype=pl.Int64)
    headings = dict(enumerate(table.header, start=1))
    if CELL in raw.columns:
        cell = pl.coalesce(cell, pl.col(CELL).cast(pl.Int64))
    return _explained(
        raw.select(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.lit(delivery.file_name).alias("file_name"),
            pl.lit(table.sheet).alias("sheet_name"),
            pl.col(ROW).alias("row_number"),
            "column_name",
            cell.alias("column_number"),
            cell.replace_strict(headings, default="", return_dtype=pl.String).alias("heading"),
            "reason_code",
            seen.alias("value_seen"),
            pl.struct(contract.names).struct.json_encode().alias("raw_row"),
        ),
        contract,
    )


def _ragged(contract: Contract, delivery: Delivery, rows: list[tuple[int, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"row_number": pl.Int64, "raw_row": pl.String}, orient="row")
    return _explained(
        frame.with_columns(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.lit(delivery.file_name).alias("file_name"),
            pl.lit("").alias("sheet_name"),
            pl.lit("").alias("column_name"),
            pl.lit(None, dtype=pl.Int64).alias("column_number"),
            pl.lit("").alias("heading"),
            pl.lit("RAGGED").alias("reason_code"),
            pl.lit(None, dtype=pl.String).alias("value_seen"),
        ),
        contract,
    )


def _explained(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The refusals with their reasons in words, and what the column takes."""

    def texts(part: str) -> dict[str, str]:
        return {code: getattr(reason, part) for code, reason in REASONS.items()}

    code, column = pl.col("reason_code"), pl.col("column_name")
    expected = {
        "NOT_ALLOWED": {c.name: f"Pilihan: {', '.join(c.values)}." for c in contract.columns if c.values},
        "TOO_SMALL": {c.name: f"Paling kecil {c.minimum:g}." for c in contract.columns if c.minimum is not None},
        "TOO_LARGE": {c.name: f"Paling besar {c.maximum:g}." for c in contract.columns if c.maximum is not None},
    }
    more = pl.coalesce(
        *(
            pl.when(code == wanted).then(" " + column.replace_strict(known, default=None, return_dtype=pl.String))
            for wanted, known in expected.items()
            if known
        ),
        pl.lit(""),
    )
    return frame.with_columns(
        code.replace_strict(texts("indonesian")).alias("reason_indonesian"),
        code.replace_strict(texts("english")).alias("reason_english"),
        (code.replace_strict(texts("mend")) + more).alias("how_to_mend"),
    ).select(list(REFUSALS))


def _settle(
    contract: Contract, deliveries: Sequence[Delivery], accepted: Path, refused: Path, reports: list[FileReport]
) -> None:
    """What can only be said of the whole month: rows of refused files, repeated keys, true line numbers."""
    withdrawn = [report.file_name for report in reports if report.status in ("refused", "held")]
    gone = [report.file_name for report in reports if report.status == "refused"]
    key = ", ".join(contract.key)
    content = ", ".join(column.name for column in contract.kept)
    quarantined = []
    with connect(":memory:") as con:
        con.execute("create table withdrawn as select unnest(?::varchar[]) as file_name", [withdrawn])
        con.execute(
            f"create view staged as select * from read_parquet('{_quoted(accepted)}', file_row_number = true) "
            "where source_file not in (select file_name from withdrawn)"
        )
        con.execute("create table earlier (file_row_number bigint, source_file varchar)")
        if contract.latest:
            one, when = contract.latest
            # Sent again as a whole: the latest sending counts, earlier ones are repetitions of it.
            con.execute(
                f"insert into earlier select s.file_row_number, s.source_file from staged as s join "
                f"(select {one}, max({when}) as newest from staged group by {one} having min({when}) < max({when})) as l "
                f"on s.{one} = l.{one} and s.{when} < l.newest"
            )
        current = "select * from staged where file_row_number not in (select file_row_number from earlier)"
        repeated = f"select hash({key}) as h from ({current}) group by h having count(*) > 1"
        n_earlier = con.execute("select count(*) from earlier").fetchall()[0][0]
        if n_earlier or withdrawn or con.execute(f"select count(*) from ({repeated})").fetchall()[0][0]:
            con.execute(
                f"""
                create table copies as
                select *, min(content) over same <> max(content) over same as is_conflict,
                    row_number() over (partition by {key} order by source_file, source_sheet, source_row) as nth
                from (select *, hash({content}) as content from ({current}) where hash({key}) in ({repeated}))
                window same as (partition by {key})
                """
            )
            # Equal rows are kept once; of rows that contradict each other none can be trusted.
            con.execute("delete from copies where not is_conflict and nth = 1")
            for report in reports:
                n_conflicts, n_repeated = con.execute(
                    "select count(*) filter (is_conflict), count(*) filter (not is_conflict) "
                    "from (select source_file, is_conflict from copies union all select source_file, false from earlier) "
                    "where source_file = ?",
                    [report.file_name],
                ).fetchall()[0]
                report.n_refused += n_conflicts
                report.n_duplicate += n_repeated
                report.n_accepted -= n_conflicts + n_repeated
            rewritten = accepted.with_suffix(".rewritten")
            con.execute(
                f"""
                copy (select * exclude (file_row_number) from staged where file_row_number not in
                    (select file_row_number from copies union all select file_row_number from earlier))
                to '{_quoted(rewritten)}' (format parquet, compression zstd)
                """
            )
            rewritten.replace(accepted)
            quarantined.append(
                _conflicts(contract, deliveries[0], con.sql("select * from copies where is_conflict").pl())
            )
    quarantined.append(pl.read_parquet(refused).filter(~pl.col("file_name").is_in(gone)))
    rows = pl.concat([frame.select(list(REFUSALS)) for frame in quarantined])
    lines = pl.concat(
        [_true_lines(delivery, report, rows) for delivery, report in zip(deliveries, reports, strict=True)]
    )
    rows = rows.join(lines, on=["file_name", "row_number"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("line", "row_number").alias("row_number")).drop("line")
    rows.sort("file_name", "sheet_name", "row_number", maintain_order=True).write_parquet(refused)


def _conflicts(contract: Contract, delivery: Delivery, rows: pl.DataFrame) -> pl.DataFrame:
    shown = [pl.col(name).cast(pl.String).fill_null("") for name in contract.key]
    return _explained(
        rows.select(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.col("source_file").alias("file_name"),
            pl.col("source_sheet").alias("sheet_name"),
            pl.col("source_row").alias("row_number"),
            pl.lit(contract.key[-1]).alias("column_name"),
            pl.lit(None, dtype=pl.Int64).alias("column_number"),
            pl.lit("").alias("heading"),
            pl.lit("KEY_CONFLICT").alias("reason_code"),
            pl.concat_str(shown, separator=" | ").alias("value_seen"),
            pl.struct([column.name for column in contract.kept]).struct.json_encode().alias("raw_row"),
        ),
        contract,
    )


def _true_lines(delivery: Delivery, report: FileReport, refused: pl.DataFrame) -> pl.DataFrame:
    """Row number → physical line, where line breaks inside cells or blank lines make them differ."""
    schema = {"file_name": pl.String, "row_number": pl.Int64, "line": pl.Int64}
    rows = refused.filter(pl.col("file_name") == delivery.file_name).get_column("row_number").unique()
    if not report.encoding or not rows.len():
        return pl.DataFrame(schema=schema)
    found = reading.line_numbers(delivery.path, rows.to_list(), report.encoding, report.delimiter)
    lines = [(delivery.file_name, row, line) for row, line in found.items()]
    return pl.DataFrame(lines, schema=schema, orient="row")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
