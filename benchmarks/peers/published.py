"""The bare script with what a publication needs: why each refused row was refused, checks before anything is shown, a Parquet copy."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks import bare
from benchmarks.peers.projects import checks
from schemas.sources import SOURCES
from warehouse.building.build import build_table


def run(home: Path, target: Path) -> None:
    """Build `target`, check it, and put `published/` beside it in place of what was there. Exits, naming the checks, where one fails."""
    tables = bare.without_python()
    with bare.begun(target) as con:
        bare.stage(con, home, reasons=True)
        for model in tables.values():
            build_table(con, model)
        if failed := list(broken(con)):
            sys.exit("\n".join(failed))
        new, public = target.with_name("published.new"), target.with_name("published")
        shutil.rmtree(new, ignore_errors=True)
        for table in tables:
            path = new / f"{table.replace('.', '/')}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            con.execute(f"copy {table} to '{path}' (format parquet, compression zstd)")
        refused = " union all ".join(
            f"select '{name}' as source, delivery_month, source_file, refused_for, raw_row from staging.refused_{name}"
            for name in SOURCES
        )
        con.execute(f"copy ({refused}) to '{new / 'quarantine.parquet'}' (format parquet, compression zstd)")
    shutil.rmtree(public, ignore_errors=True)
    new.rename(public)


def broken(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The checks that rows break, one line each: rules of single rows in one pass over the table, the others by a query each."""
    for table, model in bare.without_python().items():
        found = list(checks(model.contract))
        rules = [check for check in found if check.condition]
        counts = ", ".join(f"count(*) filter ({rule.condition})" for rule in rules)
        numbers = con.execute(f"select {counts} from {table}").fetchall()[0] if rules else ()
        counted = dict(zip(rules, numbers, strict=True))
        for check in found:
            n = counted.get(check)
            if n is None:
                n = con.execute(f"select count(*) from ({check.broken(table)})").fetchall()[0][0]
            if n:
                yield f"{table}: {check.kind} of {', '.join(check.columns)}: {n} rows"


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
