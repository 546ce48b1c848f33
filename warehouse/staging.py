"""Staging: one source's month, read from its files, validated row by row, split, pseudonymised and written.

Accepted rows become `staging/<source>/<month>.parquet`; refused rows go to the quarantine with their reasons; the
manifest beside the Parquet file says of every file how many rows were read, accepted, refused and repeated. Memory is
bounded by one batch. A month is replaced whole, and its manifest is written last: a stop at any moment is made good by
the next run.
"""

from __future__ import annotations

import calendar
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
from schemas.profiles import Layout, Target
from schemas.reasons import REASONS, FileRefused
from schemas.sources import SOURCES
from warehouse import reading, values
from warehouse.engine import connect
from warehouse.landing import Delivery, Landing
from warehouse.privacy import pseudonyms
from warehouse.reading import ROW
from warehouse.store import Store, atomic, write_json

POSITION = "_position"
REFUSALS = {
    "source": pl.String, "month": pl.String, "file_name": pl.String, "row_number": pl.Int64, "column_name": pl.String,
    "reason_code": pl.String, "value_seen": pl.String, "reason_indonesian": pl.String, "reason_english": pl.String,
    "how_to_mend": pl.String, "raw_row": pl.String,
}  # fmt: skip
"""Columns of a quarantine file: one row per refused row and broken rule."""


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
    status: str = "accepted"
    reason_code: str = ""
    seen: str = ""


class Splitter:
    """Validates batches of one source: text in, typed accepted rows and refusals out."""

    def __init__(self, contract: Contract, secret: bytes) -> None:
        self.contract = contract
        self._people = pseudonyms(secret, "person")
        self._respondents = pseudonyms(secret, "survey")

    def split(self, text: pl.DataFrame, id_space: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(typed rows that keep the contract, refusals as position, column_name, reason_code).

        `text` holds the contract's columns as clean text. `id_space` is `nip`, or the name of the space that opaque
        ids belong to. Ids in the accepted rows are still readable: see `pseudonymise`.
        """
        typed, found = [], []
        for column in self.contract.columns:
            raw = text.get_column(column.name)
            if column.privacy == "pseudonym" and id_space == "nip":
                parsed, bad = self._nips(raw)
                found.extend(bad)
            else:
                parsed = values.parse(raw, column)
                if parsed.null_count() != raw.null_count():
                    unread = (parsed.is_null() & raw.is_not_null()).arg_true()
                    code = "NOT_ALLOWED" if column.values else values.UNREADABLE[column.type]
                    found.append(_refusals(unread, column.name, code))
            typed.append(parsed)
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

    def _nips(self, raw: pl.Series) -> tuple[pl.Series, list[pl.DataFrame]]:
        checked = {value: values.check_nip(value) for value in raw.drop_nulls().unique().to_list()}
        wrong = {value: code for value, (_, code) in checked.items() if code}
        bad = [_refusals((raw == value).fill_null(False).arg_true(), raw.name, code) for value, code in wrong.items()]
        mapping = {value: digits for value, (digits, _) in checked.items()}
        parsed = raw if all(k == v for k, v in mapping.items()) else raw.replace_strict(mapping, return_dtype=pl.String)
        return parsed, bad

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


def canonical(batch: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """A batch in the canonical layout: columns by name in any order, case or spacing; a missing one is null."""
    by_name = {values.fold(name): name for name in batch.columns if name != ROW}
    columns = [
        values.clean(batch.get_column(by_name[values.fold(c.name)]).alias(c.name))
        if values.fold(c.name) in by_name
        else pl.Series(c.name, [None], dtype=pl.String).new_from_index(0, batch.height)
        for c in contract.columns
    ]
    return pl.DataFrame([*columns, batch.get_column(ROW)])


class Mapper:
    """Brings the rows of a layout that is not ours into the canonical columns of one source."""

    def __init__(self, delivery: Delivery, layout: Layout) -> None:
        self.contract = SOURCES[delivery.source]
        self.layout, self.delivery = layout, delivery
        self.target: Target = layout.targets[delivery.source]
        self.other = self._lookup(delivery.path.parent)

    def _lookup(self, folder: Path) -> pl.DataFrame | None:
        lookup = self.layout.lookup
        if lookup is None:
            return None
        path = folder / lookup.file
        if not path.is_file():
            raise FileRefused("FILE_COLUMNS", f"The layout needs {lookup.file!r} in the same folder.")
        table = reading.open_table(path, lambda header: lookup.by in header)
        return pl.concat(table.batches()).drop(ROW).unique(subset=[lookup.by], keep="first")

    def __call__(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Canonical text columns and `ROW`; several rows per file row where the layout is wide."""
        year, month = map(int, self.delivery.month.split("-"))
        batch = batch.rename({k: v for k, v in self.layout.aliases.items() if k in batch.columns})
        batch = batch.with_columns(
            [values.clean(batch.get_column(n), self.layout.missing) for n in batch.columns if n != ROW]
        )
        if self.other is not None and self.layout.lookup is not None:
            extra = [n for n in self.other.columns if n not in batch.columns or n == self.layout.lookup.by]
            batch = batch.join(self.other.select(extra), on=self.layout.lookup.by, how="left", maintain_order="left")
        batch = batch.with_columns(
            pl.lit(self.delivery.path.stem).alias("_file"),
            pl.lit(self.delivery.sha256[:12]).alias("_sha"),
            pl.lit(self.delivery.month).alias("_month"),
            pl.lit(f"{self.delivery.month}-{calendar.monthrange(year, month)[1]}").alias("_month_end"),
            pl.col(ROW).alias("_number"),
            pl.col(ROW).cast(pl.String),
        )
        if self.target.where:
            batch = batch.filter(pl.sql_expr(self.target.where))
        if self.target.unpivot:
            parts = [
                batch.with_columns(pl.col(header).alias("value"), *(pl.lit(v).alias(k) for k, v in more.items()))
                for header, more in self.target.unpivot.items()
            ]
            batch = pl.concat(parts).sort("_number", maintain_order=True)
        chosen = [
            pl.sql_expr(self.target.select[c.name]).cast(pl.String).alias(c.name)
            if c.name in self.target.select
            else pl.lit(None, dtype=pl.String).alias(c.name)
            for c in self.contract.columns
        ]
        return batch.select(*chosen, pl.col("_number").alias(ROW))


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
    if not deliveries:
        for path in (parquet, quarantine):
            path.unlink(missing_ok=True)
        return []
    splitter = Splitter(contract, store.pseudonym_key())
    with ExitStack() as stack:
        accepted = stack.enter_context(atomic(parquet))
        refused = stack.enter_context(atomic(quarantine))
        people = (
            stack.enter_context(atomic(store.restricted / "identity" / f"{month}.parquet"))
            if source == "employees"
            else None
        )
        writers = Writers(contract, accepted, refused, people)
        try:
            reports = [_read_file(delivery, splitter, writers) for delivery in deliveries]
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
            "files": [asdict(report) for report in reports],
        },
    )
    return reports


class Writers:
    """The month's output files, written batch by batch."""

    def __init__(self, contract: Contract, accepted: Path, refused: Path, people: Path | None) -> None:
        self.kept = {c.name: POLARS_TYPES[c.type] for c in contract.kept}
        extras = {"delivery_month": pl.Date, "source_file": pl.String, "source_row": pl.Int64}
        self.schema = {**self.kept, **extras}
        self.accepted = self._open(accepted, self.schema)
        self.refused = self._open(refused, REFUSALS)
        self.person_schema = {"employee_id": pl.String, "pseudonym": pl.String, "full_name": pl.String}
        self.people = self._open(people, self.person_schema) if people else None

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
        for writer in (self.accepted, self.refused, self.people):
            if writer is not None:
                writer.close()


def _read_file(delivery: Delivery, splitter: Splitter, writers: Writers) -> FileReport:
    contract, layout = splitter.contract, delivery.layout
    report = FileReport(delivery.file_name, delivery.sha256, layout.profile if layout else "")
    id_space = "nip" if layout is None or layout.id_scheme == "nip" else layout.profile
    month = pl.lit(f"{delivery.month}-01").str.to_date()
    try:
        table = reading.open_table(delivery.path, lambda header: _accepts(contract, layout, header))
        mapper = Mapper(delivery, layout) if layout else None
        for batch in table.batches():
            text = mapper(batch) if mapper else canonical(batch, contract)
            report.n_read += text.height
            if delivery.duplicate_of:
                report.n_duplicate += text.height
                continue
            rows = text.get_column(ROW)
            numbered = text.select(contract.names)
            good, refusals = splitter.split(numbered, id_space)
            if refusals.height:
                report.n_refused += refusals.get_column(POSITION).n_unique()
                numbers = rows.to_frame().with_row_index(POSITION)
                rows = numbers.join(refusals, on=POSITION, how="anti", maintain_order="left").get_column(ROW)
                writers.write(writers.refused, _quarantined(contract, delivery, text, refusals))
            report.n_accepted += good.height
            final = splitter.pseudonymise(good, id_space).with_columns(
                month.alias("delivery_month"), pl.lit(delivery.file_name).alias("source_file"), rows.alias("source_row")
            )
            writers.write(writers.accepted, final.select(list(writers.schema)))
            if writers.people is not None:
                named = good.select("employee_id", pl.lit("").alias("pseudonym"), "full_name")
                writers.write(writers.people, named.with_columns(final.get_column("employee_id").alias("pseudonym")))
        if table.ragged:
            report.n_read += len(table.ragged)
            report.n_refused += len(table.ragged)
            writers.write(writers.refused, _ragged(delivery, table.ragged))
    except FileRefused as refused:
        # A file is refused whole; rows of its earlier batches are taken back when the month is settled.
        report.n_read = report.n_accepted = report.n_refused = report.n_duplicate = 0
        report.status, report.reason_code, report.seen = "refused", refused.code, refused.seen
    if delivery.duplicate_of and report.status == "accepted":
        report.status, report.seen = "duplicate", f"Same content as {delivery.duplicate_of}"
    return report


def _accepts(contract: Contract, layout: Layout | None, header: Sequence[str]) -> bool:
    return layout.matches(header) if layout else contract.fits([values.fold(name) for name in header])


def _quarantined(contract: Contract, delivery: Delivery, text: pl.DataFrame, refusals: pl.DataFrame) -> pl.DataFrame:
    raw = text.with_row_index(POSITION).join(refusals, on=POSITION, how="inner", maintain_order="right")
    seen = pl.coalesce(pl.when(pl.col("column_name") == name).then(pl.col(name)) for name in contract.names)
    return _explained(
        raw.select(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.lit(delivery.file_name).alias("file_name"),
            pl.col(ROW).alias("row_number"),
            "column_name",
            "reason_code",
            seen.alias("value_seen"),
            pl.struct(contract.names).struct.json_encode().alias("raw_row"),
        )
    )


def _ragged(delivery: Delivery, rows: list[tuple[int, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"row_number": pl.Int64, "raw_row": pl.String}, orient="row")
    return _explained(
        frame.with_columns(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.lit(delivery.file_name).alias("file_name"),
            pl.lit("").alias("column_name"),
            pl.lit("RAGGED").alias("reason_code"),
            pl.lit(None, dtype=pl.String).alias("value_seen"),
        )
    )


def _explained(frame: pl.DataFrame) -> pl.DataFrame:
    def texts(part: str) -> dict[str, str]:
        return {code: getattr(reason, part) for code, reason in REASONS.items()}

    code = pl.col("reason_code")
    return frame.with_columns(
        code.replace_strict(texts("indonesian")).alias("reason_indonesian"),
        code.replace_strict(texts("english")).alias("reason_english"),
        code.replace_strict(texts("mend")).alias("how_to_mend"),
    ).select(list(REFUSALS))


def _settle(
    contract: Contract, deliveries: Sequence[Delivery], accepted: Path, refused: Path, reports: list[FileReport]
) -> None:
    """What can only be said of the whole month: rows of refused files, repeated keys, true line numbers."""
    withdrawn = [report.file_name for report in reports if report.status == "refused"]
    key = ", ".join(contract.key)
    content = ", ".join(column.name for column in contract.kept)
    quarantined = []
    with connect(":memory:") as con:
        con.execute(
            f"create view staged as select * from read_parquet('{_quoted(accepted)}') "
            f"where not list_contains({withdrawn!r}::varchar[], source_file)"
        )
        repeated = f"select hash({key}) as h from staged group by h having count(*) > 1"
        if con.execute(f"select count(*) from ({repeated})").fetchall()[0][0] or withdrawn:
            con.execute(
                f"""
                create table copies as
                select *, count(*) over same as n_copies,
                    min(content) over same <> max(content) over same as is_conflict,
                    row_number() over (partition by {key} order by source_file, source_row) as nth
                from (select *, hash({content}) as content from staged where hash({key}) in ({repeated}))
                window same as (partition by {key})
                """
            )
            # Equal rows are kept once; of rows that contradict each other none can be trusted.
            con.execute("delete from copies where not is_conflict and nth = 1")
            for report in reports:
                counts = con.execute(
                    "select count(*) filter (is_conflict), count(*) filter (not is_conflict) from copies "
                    "where source_file = ?",
                    [report.file_name],
                ).fetchall()[0]
                report.n_refused += counts[0]
                report.n_duplicate += counts[1]
                report.n_accepted -= sum(counts)
            same = " and ".join(f"c.{name} is not distinct from s.{name}" for name in contract.key)
            rewritten = accepted.with_suffix(".rewritten")
            con.execute(
                f"""
                copy (select s.* from staged as s where not exists (
                    select 1 from copies as c
                    where c.source_file = s.source_file and c.source_row = s.source_row and {same}))
                to '{_quoted(rewritten)}' (format parquet, compression zstd)
                """
            )
            rewritten.replace(accepted)
            quarantined.append(
                _conflicts(contract, deliveries[0], con.sql("select * from copies where is_conflict").pl())
            )
    quarantined.append(pl.read_parquet(refused).filter(~pl.col("file_name").is_in(withdrawn)))
    rows = pl.concat([frame.select(list(REFUSALS)) for frame in quarantined])
    lines = pl.concat([_true_lines(delivery, rows) for delivery in deliveries])
    rows = rows.join(lines, on=["file_name", "row_number"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("line", "row_number").alias("row_number")).drop("line")
    rows.sort("file_name", "row_number", maintain_order=True).write_parquet(refused)


def _conflicts(contract: Contract, delivery: Delivery, rows: pl.DataFrame) -> pl.DataFrame:
    shown = [pl.col(name).cast(pl.String).fill_null("") for name in contract.key]
    return _explained(
        rows.select(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.col("source_file").alias("file_name"),
            pl.col("source_row").alias("row_number"),
            pl.lit(contract.key[-1]).alias("column_name"),
            pl.lit("KEY_CONFLICT").alias("reason_code"),
            pl.concat_str(shown, separator=" | ").alias("value_seen"),
            pl.struct([column.name for column in contract.kept]).struct.json_encode().alias("raw_row"),
        )
    )


def _true_lines(delivery: Delivery, refused: pl.DataFrame) -> pl.DataFrame:
    """Row number → physical line, where line breaks inside cells or blank lines make them differ."""
    schema = {"file_name": pl.String, "row_number": pl.Int64, "line": pl.Int64}
    rows = refused.filter(pl.col("file_name") == delivery.file_name).get_column("row_number").unique()
    if delivery.path.suffix.lower() != ".csv" or not rows.len():
        return pl.DataFrame(schema=schema)
    found = reading.line_numbers(delivery.path, rows.to_list())
    lines = [(delivery.file_name, row, line) for row, line in found.items()]
    return pl.DataFrame(lines, schema=schema, orient="row")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
