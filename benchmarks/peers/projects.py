"""The dbt project and the SQLMesh project that do the bare script's work: written out of the product's own models and contracts.

Both have the same queries (`benchmarks.bare.reading`, then the SQL models, cast to their contracts) and the same checks, in each tool's own
words: models and generic tests, models and audits. Nothing is written twice, so a new table or rule is in both at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from benchmarks import bare
from schemas.contract import Contract
from schemas.sources import SOURCES
from warehouse.building.build import typed
from warehouse.building.models import READ, columns_of, models


@dataclass(frozen=True)
class Check:
    """One rule of a table's contract, as dbt and SQLMesh have it."""

    kind: str
    """not_null, is_unique, accepted_values, accepted_range, or relationships."""
    columns: tuple[str, ...]
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    target: str = ""
    """Of relationships: the table pointed at, and its key."""
    field: str = ""

    @property
    def condition(self) -> str:
        """SQL that is true of a row against the rule; empty where one row alone does not tell."""
        name = self.columns[0]
        if self.kind == "not_null":
            return f"{name} is null"
        if self.kind == "accepted_values":
            words = ", ".join("'" + word.replace("'", "''") + "'" for word in self.values)
            return f"{name} not in ({words})"
        low = [f"{name} < {self.low}"] if self.low is not None else []
        high = [f"{name} > {self.high}"] if self.high is not None else []
        return " or ".join(low + high)

    def broken(self, table: str) -> str:
        """SELECT of the rows that break it."""
        if self.condition:
            return f"select * from {table} where {self.condition}"
        names = ", ".join(self.columns)
        if self.kind == "is_unique":
            return f"select {names} from {table} group by {names} having count(*) > 1"
        return f"select * from {table} where {names} not in (select {self.field} from {self.target})"


def checks(contract: Contract) -> Iterator[Check]:
    """The rules of a table of core or marts."""
    yield Check("is_unique", contract.key)
    for column in contract.columns:
        name = (column.name,)
        if not column.nullable:
            yield Check("not_null", name)
        if column.values:
            yield Check("accepted_values", name, tuple(column.values))
        if column.minimum is not None or column.maximum is not None:
            yield Check("accepted_range", name, low=column.minimum, high=column.maximum)
        if column.references in models() and column.references != contract.table and column.name.endswith("_key"):
            [field] = models()[column.references].contract.key
            yield Check("relationships", name, target=column.references, field=field)


def queries(home: Path) -> dict[str, str]:
    """Table → its query, in an order in which each comes after what it reads: files as read, refused rows, staging, core and marts."""
    made = {}
    for name, contract in SOURCES.items():
        read = bare.reading(home, contract)
        key, rows, names = read.key, f"staging.read_{name}", ", ".join(read.names)
        made[rows] = read.query
        made[f"staging.refused_{name}"] = f"select * from {rows} where is_good is distinct from true"
        # Few keys come twice, if any: only their rows are put in order.
        twice = f"select hash({key}) from {rows} where is_good group by hash({key}) having count(*) > 1"
        made[f"staging.{name}"] = (
            f"select {names} from {rows} where is_good and hash({key}) not in ({twice}) union all "
            f"select {names} from (select *, row_number() over (partition by {key} order by delivery_month desc, source_file desc) as nth "
            f"from {rows} where is_good and hash({key}) in ({twice})) as t where nth = 1"
        )
    made |= bare.inputs(home)
    with duckdb.connect() as con:
        con.execute(
            "create schema staging; create schema ops; create schema core; create schema marts; create schema private"
        )
        for table in [*(f"staging.{name}" for name in SOURCES), *bare.inputs(home), *bare.without_python()]:
            columns = ", ".join(f"{name} {kind}" for name, kind in columns_of(table).items())
            con.execute(f"create table {table} ({columns})")
        for name, model in bare.without_python().items():
            rows = model.named(f"({model.queries['']})")
            made[name] = typed(con, model.contract, f"{rows} as made")
    return made


def write_dbt(home: Path, folder: Path) -> None:
    """A dbt project of `home/landing` in `folder`, with its profile; its database is `folder/peer.duckdb`."""
    made = queries(home)
    for table, query in made.items():
        schema, alias = table.split(".")
        text = READ.sub(
            lambda m: m[0].replace(m[1], f"{{{{ ref('{file_name(m[1])}') }}}}") if m[1] in made else m[0], query
        )
        head = f"{{{{ config(materialized='table', schema='{schema}', alias='{alias}') }}}}"
        _write(folder / "models" / f"{file_name(table)}.sql", f"{head}\n{text}\n")
    described = []
    for name, model in bare.without_python().items():
        columns: dict[str, list[Any]] = {}
        whole: list[Any] = []
        for check in checks(model.contract):
            said: dict[str, Any] = {}
            if check.kind == "is_unique":
                whole.append({"is_unique": {"arguments": {"columns": list(check.columns)}}})
                continue
            if check.values:
                said["values"] = list(check.values)
            said |= {key: value for key, value in (("low", check.low), ("high", check.high)) if value is not None}
            if check.target:
                said |= {"to": f"ref('{file_name(check.target)}')", "field": check.field}
            columns.setdefault(check.columns[0], []).append({check.kind: {"arguments": said}} if said else check.kind)
        listed = [{"name": column, "data_tests": tests} for column, tests in columns.items()]
        described.append({"name": file_name(name), "data_tests": whole, "columns": listed})
    _write_yaml(folder / "models" / "schema.yml", {"version": 2, "models": described})
    _write(
        folder / "tests" / "generic" / "of_contracts.sql",
        "{% test is_unique(model, columns) %}\nselect {{ columns | join(', ') }} from {{ model }} group by all having count(*) > 1\n{% endtest %}\n"
        "{% test accepted_range(model, column_name, low=none, high=none) %}\nselect * from {{ model }} where false\n"
        "{% if low is not none %} or {{ column_name }} < {{ low }}{% endif %}\n"
        "{% if high is not none %} or {{ column_name }} > {{ high }}{% endif %}\n{% endtest %}\n",
    )
    _write(
        folder / "macros" / "generate_schema_name.sql",
        "{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}\n",
    )
    _write_yaml(
        folder / "dbt_project.yml",
        {"name": "peer", "profile": "peer", "model-paths": ["models"], "flags": {"send_anonymous_usage_stats": False}},
    )
    settings = bare.SETTINGS | {"threads": 2}
    output = {"type": "duckdb", "path": str(folder / "peer.duckdb"), "threads": 2, "settings": settings}
    _write_yaml(folder / "profiles.yml", {"peer": {"target": "here", "outputs": {"here": output}}})


def write_sqlmesh(home: Path, folder: Path) -> None:
    """A SQLMesh project of `home/landing` in `folder`; its database is `folder/peer.duckdb`, its state beside it."""
    contracts = {name: model.contract for name, model in bare.without_python().items()}
    audits: dict[str, str] = {}
    for table, query in queries(home).items():
        asked = []
        for position, check in enumerate(checks(contracts[table]) if table in contracts else ()):
            if check.kind == "not_null":
                continue
            name = f"{file_name(table)}_{position}_{check.kind}"
            audits[name] = check.broken("@this_model")
            asked.append(name)
        if table in contracts:
            required = ", ".join(c.name for c in contracts[table].columns if not c.nullable)
            asked.append(f"not_null(columns := ({required}))")
        # Its optimizer makes 6 + n % 7 of 1 + (n + 5) % 7 (sqlglot 30.8), which an audit of core.dim_date finds.
        head = [f"name {table}", "kind FULL", "cron '@daily'", "optimize_query false"]
        if asked:
            targets = {check.target for check in checks(contracts[table]) if check.target}
            head += [f"audits ({', '.join(asked)})", f"depends_on ({', '.join(sorted(targets))})"]
        _write(folder / "models" / f"{file_name(table)}.sql", f"MODEL ({', '.join(head)});\n{query}\n")
    for name, query in audits.items():
        _write(folder / "audits" / f"{name}.sql", f"AUDIT (name {name});\n{query}\n")
    connection = {
        "type": "duckdb",
        "database": str(folder / "peer.duckdb"),
        "connector_config": bare.SETTINGS | {"threads": 2},
    }
    state = {"type": "duckdb", "database": str(folder / "state.duckdb")}
    gateway = {"connection": connection, "state_connection": state}
    _write_yaml(
        folder / "config.yaml",
        {
            "gateways": {"here": gateway},
            "default_gateway": "here",
            "disable_anonymized_analytics": True,
            "model_defaults": {"dialect": "duckdb", "start": "2020-01-01"},
        },
    )


def file_name(table: str) -> str:
    """What the table's file is called: names of files must be unique across schemas."""
    return table.replace(".", "__")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_yaml(path: Path, content: Any) -> None:
    _write(path, yaml.safe_dump(content, sort_keys=False, width=120))
