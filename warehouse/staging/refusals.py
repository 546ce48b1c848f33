"""Refused rows: what the quarantine keeps of them, with their reasons in words and how to mend them."""

from __future__ import annotations

import polars as pl

from schemas.column import Column
from schemas.contract import Contract
from schemas.reasons import REASONS
from warehouse.delivery import formats
from warehouse.delivery.landing import Delivery
from warehouse.delivery.layouts.mapping import CELL, RowMapper
from warehouse.delivery.sheets.sheet import ROW, Table
from warehouse.faults import Faults
from warehouse.words.language import offered

POSITION = "_position"
ABOUT = "about"
"""Whom, or what, a refused row of a picture of all is about: the first column of its key, as accepted rows have it; null where it cannot be told."""


REFUSALS = {
    "source": pl.String, "month": pl.String, "file_name": pl.String, "sheet_name": pl.String, "row_number": pl.Int64,
    "column_name": pl.String, "column_number": pl.Int64, "heading": pl.String, "reason_code": pl.String, "value_seen": pl.String, "reason_indonesian": pl.String, "reason_english": pl.String,
    "how_to_mend": pl.String, "raw_row": pl.String, ABOUT: pl.String,
}  # fmt: skip
"""Columns of a quarantine file: one row per refused row and broken rule. `column_number` and `heading` tell
the cell in the sender's row."""


LONGEST = 2_000
"""Characters of a value, or of a raw row, that the quarantine keeps: enough to find it in the file again."""


NO_CELL = {
    "class_id": "Tulis baris 'Kode Kelas : ...' di atas tabel, atau kode kelas (misalnya TS-2026-08-001) pada nama berkas.",
    "session_no": "Letakkan berkas di folder bulan kegiatannya, atau tulis tanggalnya sebagai TTTT-BB-HH.",
}
"""Column → how to mend what is missing where no cell of the row is to be filled: the layout makes it of a line above the table, of
the file's name, or of all rows together."""

PERIOD = "Tulis satu masa yang berurutan dengan tahunnya, misalnya Triwulan III 2025 atau Juli s.d. Desember 2025."
"""How to mend what is no period, wherever it stands."""


def _cut(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.len_chars() > LONGEST).then(text.str.head(LONGEST) + " …").otherwise(text)


def quarantined(
    contract: Contract,
    delivery: Delivery,
    table: Table,
    mapping: RowMapper,
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
            pl.struct(_cut(pl.col(name)) for name in contract.names).struct.json_encode().alias("raw_row"),
            ABOUT,
        ),
        contract,
    )


def unread_rows(contract: Contract, delivery: Delivery, table: Table, mapping: RowMapper) -> pl.DataFrame:
    cells = mapping.cell_of(table)
    rows = [(*line, cells.get(line.column)) for line in table.unread]
    schema = {"row_number": pl.Int64, "raw_row": pl.String, "reason_code": pl.String, "column_name": pl.String}
    frame = pl.DataFrame(rows, schema=schema | {"column_number": pl.Int64}, orient="row")
    headings = dict(enumerate(table.header, start=1))
    return _explained(
        frame.with_columns(
            _cut(pl.col("raw_row")),
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.lit(delivery.file_name).alias("file_name"),
            pl.lit(table.sheet).alias("sheet_name"),
            pl.col("column_number").replace_strict(headings, default="", return_dtype=pl.String).alias("heading"),
            pl.lit(None, dtype=pl.String).alias("value_seen"),
            pl.lit(None, dtype=pl.String).alias(ABOUT),
        ),
        contract,
    )


def conflicts(contract: Contract, delivery: Delivery, rows: pl.DataFrame) -> pl.DataFrame:
    shown = [pl.col(name).cast(pl.String).fill_null("") for name in contract.key]
    return _explained(
        rows.select(
            pl.lit(delivery.source).alias("source"),
            pl.lit(delivery.month).alias("month"),
            pl.col("source_file").alias("file_name"),
            pl.col("source_sheet").alias("sheet_name"),
            pl.col("source_row").alias("row_number"),
            pl.lit(_last_filled(contract)).alias("column_name"),
            pl.lit(None, dtype=pl.Int64).alias("column_number"),
            pl.lit("").alias("heading"),
            pl.lit("KEY_CONFLICT").alias("reason_code"),
            pl.concat_str(shown, separator=" | ").alias("value_seen"),
            _cut(pl.struct([column.name for column in contract.kept]).struct.json_encode()).alias("raw_row"),
            pl.col(contract.key[0]).cast(pl.String).alias(ABOUT),
        ),
        contract,
    )


def _last_filled(contract: Contract) -> str:
    """The last column of the key that every row has: one that may be empty may not be in the sender's table."""
    filled = {column.name for column in contract.columns if not column.nullable}
    return [name for name in contract.key if name in filled][-1]


def _explained(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The refusals with their reasons in words, and what the column takes."""

    def texts(part: str) -> dict[str, str]:
        return {code: getattr(reason, part) for code, reason in REASONS.items()}

    code, column = pl.col("reason_code"), pl.col("column_name")
    expected = {
        "NOT_ALLOWED": {c.name: _choices(c) for c in contract.columns if c.values},
        "TOO_BROAD": {c.name: _broad(c) for c in contract.columns if c.broad},
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
    has_no_cell = (code == "MISSING") & pl.col("column_number").is_null() & column.is_in(list(NO_CELL))
    mend = pl.when(has_no_cell).then(column.replace_strict(NO_CELL, default=None, return_dtype=pl.String))
    is_period = code.is_in(["NOT_A_DATE", "NO_YEAR"]) & column.is_in(["period_start", "period_end"])
    return frame.with_columns(
        _cut(pl.col("value_seen")),
        code.replace_strict(texts("indonesian")).alias("reason_indonesian"),
        code.replace_strict(texts("english")).alias("reason_english"),
        mend.when(is_period)
        .then(pl.lit(PERIOD))
        .otherwise(code.replace_strict(texts("mend")) + more)
        .alias("how_to_mend"),
    ).select(list(REFUSALS))


def _choices(column: Column) -> str:
    """What the column takes."""
    left_out = " Yang tidak diketahui dibiarkan kosong." if column.blank else ""
    return f"Pilihan: {', '.join(offered(column))}.{left_out}"


def _broad(column: Column) -> str:
    """What each word that covers several values may mean."""
    words = dict.fromkeys(tuple(meant) for meant in column.broad.values())
    firsts = {meant: next(word for word, values in column.broad.items() if tuple(values) == meant) for meant in words}
    return " ".join(
        f"{word.capitalize()}: {', '.join(meant[:-1])}, atau {meant[-1]}." for meant, word in firsts.items()
    )


def true_lines(delivery: Delivery, encoding: str, delimiter: str, refused: pl.DataFrame) -> pl.DataFrame:
    """Row number → physical line, where line breaks inside cells or blank lines make them differ."""
    schema = {"file_name": pl.String, "row_number": pl.Int64, "line": pl.Int64}
    if not encoding:  # a workbook: its rows are lines
        return pl.DataFrame(schema=schema)
    rows = refused.filter(pl.col("file_name") == delivery.file_name).get_column("row_number").unique()
    if not rows.len():
        return pl.DataFrame(schema=schema)
    found: dict[int, int] = {}
    with Faults().aside(f"line numbers of {delivery.file_name}"):  # the row's own number stands
        found = formats.line_numbers(delivery.path, rows.to_list(), encoding, delimiter)
    lines = [(delivery.file_name, row, line) for row, line in found.items()]
    return pl.DataFrame(lines, schema=schema, orient="row")
