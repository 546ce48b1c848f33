"""Audits of a build before it is published: the contract of every table, and the integrity of the whole.

Every audit says what it means, what was expected, what was found and how to resolve it. Severity `error` stops the
publication, `warning` is shown and recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pandera.errors

from schemas.column import DUCKDB_TYPES
from schemas.contract import Contract
from schemas.sources import SOURCES
from warehouse.building.models import Model, models
from warehouse.delivery.written import set_aside
from warehouse.store import Store, read_json

SHAPE = "contract: columns and types"
SHARE_TOLERANCE = 1e-6
"""Shares are rounded; a share further from its quotient was computed from other numbers."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One audit's outcome on one table of this very build."""

    audit: str
    table_name: str
    column_name: str
    severity: str
    passed: bool
    expected: str
    actual: str
    meaning: str
    resolve: str

    def __str__(self) -> str:
        where = f"{self.table_name}.{self.column_name}" if self.column_name else self.table_name
        return f"{self.audit} on {where}: expected {self.expected}, found {self.actual}. {self.resolve}"


class AuditFailed(Exception):
    """At least one audit of severity error failed; the published version stands as it was."""

    def __init__(self, failed: list[Verdict]) -> None:
        self.failed = failed
        super().__init__("Publication stopped. " + " ".join(str(verdict) for verdict in failed))


def audit_build(con: duckdb.DuckDBPyConnection, store: Store) -> list[Verdict]:
    """Every verdict on the build that `con` has open; its staging views and `ops.delivery` must be there."""
    found: list[Verdict] = []
    [(unknown_share,)] = con.execute("select value from ops.policy where policy = 'audit_unknown_share'").fetchall()
    for table, model in models().items():
        found.append(_shape(con, model.contract))
        if found[-1].passed:
            found.append(_rules(con, model.contract))
            found.append(_grain(con, model.contract))
            found.extend(_references(con, model.contract, unknown_share))
            found.extend(_numbers(con, model.contract))
            found.extend(_shares(con, model.contract))
            found.extend(_small_groups(con, model.contract))
            if {"valid_from", "valid_to"} <= set(model.contract.names):
                found.append(_intervals(con, model.contract))
        if table.startswith("core.fact_"):
            found.append(_rows_kept(con, model))
    found.append(_reconciled(con))
    found.append(_staged(con, store))
    found.append(_written(store))
    return found


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])


def _shape(con: duckdb.DuckDBPyConnection, contract: Contract) -> Verdict:
    rows = con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ? "
        "order by column_index",
        [contract.layer, contract.name],
    ).fetchall()
    expected = [(column.name, DUCKDB_TYPES[column.type]) for column in contract.columns]
    wrong = [f"{name} {kind}" for name, kind in set(rows) ^ set(expected)]
    return Verdict(
        SHAPE, contract.table, "", "error", rows == expected,
        "the contract's columns and types", "the same" if rows == expected else f"differences in {sorted(wrong)}",
        "The table's columns, their order and types are those that dashboards were promised.",
        "Correct the model's SELECT or its header.",
    )  # fmt: skip


def _rules(con: duckdb.DuckDBPyConnection, contract: Contract) -> Verdict:
    """Dimensions and marts are validated by pandera; facts, which may be large, by the same rules as SQL predicates."""
    if contract.name.startswith("fact_"):
        broken = {rule: n for rule, n in _predicates(con, contract) if n}
    else:
        broken = {}
        frame = con.sql(f"select * from {contract.table}").pl()
        try:
            contract.schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for name, check in errors.failure_cases.select("column", "check").rows():
                rule = f"{name}: {check}"
                broken[rule] = broken.get(rule, 0) + 1
    return Verdict(
        "contract: rules", contract.table, "", "error", not broken, "0 rows against a rule",
        ", ".join(f"{rule} ({n} rows)" for rule, n in sorted(broken.items())) or "0",
        "Every value keeps its column's rule: filled where it must be, an allowed word, within its limits.",
        "Look at the named column in the model; if the data is right, the rule in the contract is wrong.",
    )  # fmt: skip


def _predicates(con: duckdb.DuckDBPyConnection, contract: Contract) -> Iterator[tuple[str, int]]:
    parts = []
    for column in contract.columns:
        if not column.nullable:
            parts.append((f"{column.name}: not_nullable", f"{column.name} is null"))
        if column.values:
            words = ", ".join("'" + word.replace("'", "''") + "'" for word in column.values)
            parts.append((f"{column.name}: NOT_ALLOWED", f"{column.name} not in ({words})"))
        if column.minimum is not None:
            parts.append((f"{column.name}: TOO_SMALL", f"{column.name} < {column.minimum}"))
        if column.maximum is not None:
            parts.append((f"{column.name}: TOO_LARGE", f"{column.name} > {column.maximum}"))
    if parts:
        counts = ", ".join(f"count(*) filter ({predicate})" for _, predicate in parts)
        row = con.execute(f"select {counts} from {contract.table}").fetchall()[0]
        yield from zip((rule for rule, _ in parts), row, strict=True)


def _grain(con: duckdb.DuckDBPyConnection, contract: Contract) -> Verdict:
    key = ", ".join(contract.key)
    n = _count(con, f"select count(*) from (select 1 from {contract.table} group by {key} having count(*) > 1)")
    return Verdict(
        "integrity: grain", contract.table, key, "error", n == 0, "0 repeated keys", str(n),
        f"One row per {contract.grain}.", "Find the join that multiplies rows, or the key that is too short.",
    )  # fmt: skip


def _references(con: duckdb.DuckDBPyConnection, contract: Contract, tolerated: float) -> Iterator[Verdict]:
    for column in contract.columns:
        if not (column.references and column.name.endswith("_key")):
            continue
        target = models()[column.references].contract
        key = target.key[0]
        if target.name == contract.name:
            continue
        # A dimension's own unknown member knows nothing else either.
        known = f" where f.{contract.key[0]} <> 'unknown'" if contract.name.startswith("dim_") else ""
        orphans, unknown, n = con.execute(
            f"select count(*) filter (d.{key} is null), "
            f"count(*) filter (cast(f.{column.name} as varchar) in ('unknown', '0')), count(*) "
            f"from {contract.table} as f left join {target.table} as d on f.{column.name} = d.{key}{known}"
        ).fetchall()[0]
        yield Verdict(
            "integrity: references", contract.table, column.name, "error", orphans == 0, "0 orphans or nulls", str(orphans),
            f"Every row points at a row of {target.table}; what is not known points at its unknown member.",
            "Join to the dimension and coalesce to its unknown member.",
        )  # fmt: skip
        share = unknown / n if n else 0.0
        yield Verdict(
            "integrity: unknown share", contract.table, column.name, "warning", share <= tolerated,
            f"at most {tolerated:.0%} unknown", f"{unknown} of {n} ({share:.1%})",
            f"Rows whose {target.name} was never delivered.", "Ask the sender for the missing reference rows.",
        )  # fmt: skip


def _numbers(con: duckdb.DuckDBPyConnection, contract: Contract) -> Iterator[Verdict]:
    columns = [column.name for column in contract.columns if column.type == "number"]
    if columns:
        counts = ", ".join(f"count(*) filter (not isfinite({column}))" for column in columns)
        row = con.execute(f"select {counts} from {contract.table}").fetchall()[0]
        broken = {column: n for column, n in zip(columns, row, strict=True) if n}
        yield Verdict(
            "integrity: numbers", contract.table, ", ".join(broken), "error", not broken, "0 infinite or undefined numbers",
            ", ".join(f"{column} ({n} rows)" for column, n in broken.items()) or "0",
            "A number is finite or unknown (empty); a division by zero is neither.", "Put nullif(…, 0) around the denominator.",
        )  # fmt: skip


def _shares(con: duckdb.DuckDBPyConnection, contract: Contract) -> Iterator[Verdict]:
    """Unknown is never zero, and no share is without what it is a share of."""
    for column in contract.columns:
        if column.share_of:
            part, whole = column.share_of
            quotient = f"cast({part} as double) / nullif({whole}, 0)"
            n = _count(
                con,
                f"select count(*) from {contract.table} where ({column.name} is null) <> ({quotient} is null) "
                f"or abs({column.name} - {quotient}) > {SHARE_TOLERANCE}",
            )
            yield Verdict(
                "integrity: shares", contract.table, column.name, "error", n == 0, f"0 rows that are not {part} ÷ {whole}",
                str(n), "A share is its numerator over its denominator, and unknown (empty, not 0) without a denominator.",
                "Look at how the model computes it.",
            )  # fmt: skip


def _small_groups(con: duckdb.DuckDBPyConnection, contract: Contract) -> Iterator[Verdict]:
    """What is about few people is empty, whoever wrote it."""
    least = "(select value from ops.policy where policy = 'minimum_cell_size')"
    for group in contract.small_groups:
        small = []
        if group.people in contract.names:
            small.append(f"({group.people} > 0 and {group.people} < {least})")
        if len(contract.small_groups) == 1:
            small.append("is_suppressed")
        if small:
            filled = " or ".join(f"{name} is not null" for name in group.hides)
            n = _count(con, f"select count(*) from {contract.table} where ({' or '.join(small)}) and ({filled})")
            yield Verdict(
                "integrity: small groups", contract.table, ", ".join(group.hides), "error", n == 0,
                "0 rows with numbers about fewer people than minimum_cell_size", str(n),
                "What would tell about few people is left out, and nothing is computed from it.",
                "Look at the model's `small_groups`; the engine leaves out what they name.",
            )  # fmt: skip


def _intervals(con: duckdb.DuckDBPyConnection, contract: Contract) -> Verdict:
    natural = contract.names[1]  # beside the surrogate key, by the naming rule of dimensions
    n = _count(
        con,
        f"select count(*) from (select valid_from, valid_to, lead(valid_from) over "
        f"(partition by {natural} order by valid_from, valid_to) as next_from from {contract.table}) "
        "where valid_from >= valid_to or next_from < valid_to",
    )
    return Verdict(
        "integrity: intervals", contract.table, "valid_from", "error", n == 0, "0 empty or overlapping intervals", str(n),
        "Versions of one member follow each other; on any day at most one holds.",
        "Look at the change detection in the model.",
    )  # fmt: skip


def _rows_kept(con: duckdb.DuckDBPyConnection, model: Model) -> Verdict:
    source = model.driver
    n_in, n_out = _count(con, f"select count(*) from {source}"), _count(con, f"select count(*) from {model.table}")
    return Verdict(
        "integrity: rows kept", model.table, "", "error", n_in == n_out, f"{n_in} rows, as in {source}", str(n_out),
        "Every accepted row is in the fact exactly once.",
        "A join lost or multiplied rows: join to unique keys, from the left.",
    )  # fmt: skip


def _reconciled(con: duckdb.DuckDBPyConnection) -> Verdict:
    n = _count(con, "select count(*) from ops.delivery where n_read <> n_accepted + n_refused + n_duplicate")
    return Verdict(
        "integrity: reconciliation", "ops.delivery", "n_read", "error", n == 0, "0 files that do not add up", str(n),
        "Rows read = accepted + refused + duplicates, for every file.", "Read the month again: `diklat refresh --full`.",
    )  # fmt: skip


def _staged(con: duckdb.DuckDBPyConnection, store: Store) -> Verdict:
    """Rows in the staging files against the manifests."""
    wrong = []
    for source in SOURCES:
        for path in sorted((store.staging / source).glob("*.parquet")):
            manifest = read_json(path.with_suffix(".json")) or {"n_accepted": "no manifest"}
            n = _count(con, f"select count(*) from read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')")
            if n != manifest["n_accepted"]:
                wrong.append(f"{source}/{path.stem}: {n} rows, manifest {manifest['n_accepted']}")
    return Verdict(
        "integrity: staging", "staging", "", "error", not wrong, "as many rows as the manifests say",
        "; ".join(wrong) or "the same", "No accepted row was lost on the disk.",
        "Read the month again: `diklat refresh --full`.",
    )  # fmt: skip


def _written(store: Store) -> Verdict:
    flaws = set_aside(store)
    return Verdict(
        "integrity: typed inputs", "written files", "", "warning", not flaws, "nothing set aside",
        " ".join(map(str, flaws)) or "the same", "What the city wrote is in force: profiles, limits, further names of units.",
        "Mend the named line; until then the rest of the file and the shipped values hold.",
    )  # fmt: skip
