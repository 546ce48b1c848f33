"""What can only be said of a whole month: rows that say the same twice, or contradict each other, and rows of files that do not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from schemas.contract import Contract
from warehouse.database import quoted, scratch
from warehouse.delivery.landing import WAITING, Delivery
from warehouse.people.door import is_written
from warehouse.staging.contained import contained_files, is_anonymous
from warehouse.staging.refusals import REFUSALS, conflicts, true_lines
from warehouse.staging.report import FileReport, numbered
from warehouse.staging.writers import MonthFiles


def resolve_repeats(
    contract: Contract,
    deliveries: Sequence[Delivery],
    sheets: Mapping[str, str],
    made: MonthFiles,
    reports: list[FileReport],
) -> None:
    """Take out of the accepted rows of a month those of files that do not count, and those that say the same again or contradict each other;
    reports and refused rows tell of it, the latter with the line on which each stands."""
    files = numbered(reports)
    gone = [report.file_name for report in reports if report.status == "refused" or report.reason_code in WAITING]
    refused = [pl.read_parquet(made.refused).filter(~pl.col("file_name").is_in(gone))]
    with scratch() as con:
        left_out = _leave_out_files(con, contract, deliveries, made, files)
        n_earlier = _find_earlier(con, contract)
        repeated = f"select hash({', '.join(contract.key)}) as h from current group by h having count(*) > 1"
        if left_out or n_earlier or con.execute(f"select 1 from ({repeated}) limit 1").fetchall():
            _find_copies(con, contract, repeated)
            for number, report in files.items():
                _count(con, contract, files, number, report)
            _keep_the_rest(con, made)
            contradicting = _contradicting(con, contract, files, sheets, made)
            refused.insert(0, conflicts(contract, deliveries[0], contradicting))
    _write_refused(made, deliveries, reports, pl.concat([frame.select(list(REFUSALS)) for frame in refused]))


def _leave_out_files(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    deliveries: Sequence[Delivery],
    made: MonthFiles,
    files: Mapping[str, FileReport],
) -> list[str]:
    """Make `staged`, the rows of the files that count; returns the numbers of those that do not: refused, held, or held whole by another one."""
    withdrawn = [number for number, report in files.items() if report.status in ("refused", "held")]
    con.execute("create temp table withdrawn as select unnest(?::varchar[]) as file_name", [withdrawn])
    con.execute(
        f"create temp view staged as select * from read_parquet('{quoted(made.accepted)}', file_row_number = true) "
        "where source_file not in (select file_name from withdrawn)"
    )
    contained = _resolve_contained(con, contract, deliveries, files)
    con.execute("insert into withdrawn select unnest(?::varchar[])", [contained])
    return withdrawn + contained


def _find_earlier(con: duckdb.DuckDBPyConnection, contract: Contract) -> int:
    """Make `earlier`, the places of rows that were said again later, and `current`, the others; returns how many are earlier."""
    con.execute("create temp table earlier (file_row_number bigint, source_file varchar)")
    if when := contract.latest:
        # Said again: the latest counts, earlier ones are repetitions of it. Who fills in another form of the class, or one about another
        # narasumber, says something else.
        key = ", ".join(contract.key)
        again = f"select hash({key}) as h from staged group by h having min({when}) < max({when})"
        con.execute(
            f"insert into earlier select file_row_number, source_file from staged where hash({key}) in ({again}) "
            f"qualify {when} < max({when}) over (partition by {key})"
        )
    con.execute(
        "create temp view current as select * from staged where file_row_number not in (select file_row_number from earlier)"
    )
    return int(con.execute("select count(*) from earlier").fetchall()[0][0])


def _find_copies(con: duckdb.DuckDBPyConnection, contract: Contract, repeated: str) -> None:
    """Make `copies`, the rows of one key that go: of equal ones all but the first, which is among the `originals`; of those that contradict each other,
    all, for none can be trusted. `repeated` are the hashes of the keys that several rows have."""
    key = ", ".join(contract.key)
    # Of a comment it counts whether there is one: some systems repeat it on each question of a form, cut or not.
    content = ", ".join(f"{c.name} is null" if c.privacy == "free_text" else c.name for c in contract.kept)
    con.execute(
        f"""
        create temp table copies as
        select *, min(content) over same <> max(content) over same as is_conflict,
            row_number() over (partition by {key} order by source_file, source_sheet, source_row) as nth
        from (select *, hash({content}) as content from current where hash({key}) in ({repeated}))
        window same as (partition by {key})
        """
    )
    con.execute("create temp table originals as select * from copies where not is_conflict and nth = 1")
    con.execute("delete from copies where not is_conflict and nth = 1")


def _count(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    files: Mapping[str, FileReport],
    number: str,
    report: FileReport,
) -> None:
    """Have the report of a file tell which of its rows contradict others, or say the same; of one that says nothing else, in which files it stands, too."""
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


def _keep_the_rest(con: duckdb.DuckDBPyConnection, made: MonthFiles) -> None:
    """Write the accepted rows anew, without those that were found."""
    rewritten = made.accepted.with_suffix(".rewritten")
    con.execute(
        f"""
        copy (select * exclude (file_row_number) from staged where file_row_number not in
            (select file_row_number from copies union all select file_row_number from earlier))
        to '{quoted(rewritten)}' (format parquet, compression zstd)
        """
    )
    rewritten.replace(made.accepted)


def _contradicting(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    files: Mapping[str, FileReport],
    sheets: Mapping[str, str],
    made: MonthFiles,
) -> pl.DataFrame:
    """The rows that contradict each other, with the names of their files and sheets and what people wrote."""
    rows = con.sql("select * from copies where is_conflict").pl().with_columns(
        pl.col("source_file").replace({number: report.file_name for number, report in files.items()}),
        pl.col("source_sheet").replace(dict(sheets)),
    )  # fmt: skip
    if made.words:
        texts = dict(pl.read_parquet(made.words).iter_rows())
        rows = rows.with_columns(
            pl.col(column.name).replace(texts) for column in contract.columns if is_written(column)
        )
    return rows


def _write_refused(
    made: MonthFiles, deliveries: Sequence[Delivery], reports: Sequence[FileReport], rows: pl.DataFrame
) -> None:
    """Write the refused rows anew, each with the line of its file on which it stands, in the order of the files."""
    lines = pl.concat(
        [
            true_lines(delivery, report.encoding, report.delimiter, rows)
            for delivery, report in zip(deliveries, reports, strict=True)
        ]
    )
    rows = rows.join(lines, on=["file_name", "row_number"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("line", "row_number").alias("row_number")).drop("line")
    rows.sort("file_name", "sheet_name", "row_number", maintain_order=True).write_parquet(made.refused)


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
