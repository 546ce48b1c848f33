"""What is written from the contracts: the data dictionary, the ERD, JSON schemas for editors of the files that people write, and the data
sets of the Superset dashboard. A test keeps the files current."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from sqlglot import exp

from schemas.agencies import Agency
from schemas.aliases import UnitAliasRow
from schemas.city import City
from schemas.column import DUCKDB_TYPES, Column
from schemas.contacts import Contacts
from schemas.contract import Contract
from schemas.national import NATIONAL_TABLES
from schemas.ops import OPS
from schemas.policy import PolicyRow
from schemas.profiles import Profile
from schemas.reasons import REASONS
from schemas.sources import SOURCES
from schemas.written import Written
from warehouse.building.engine import parsed
from warehouse.building.models import models
from warehouse.report.metrics import METRICS, Metric
from warehouse.words.language import SOURCE, language

WRITTEN: Mapping[str, type[Written]] = {
    "profile": Profile, "city": City, "policy": PolicyRow, "contacts": Contacts, "unit_alias": UnitAliasRow,
    "agency": Agency,
}  # fmt: skip
"""Files that people write, by their schema's name: `profiles/*.yaml`, `city.yaml`, an entry of `agencies.yaml`, and a row of each CSV file."""

DATASETS = Path(__file__).parents[1] / "deploy" / "superset" / "bundle" / "datasets" / "Diklat"
"""One file per table that the dashboard shows."""
D3_FORMATS = {"share": ".1%", "whole": ",d", "points": ".1f", "fine": ".2f", "signed": "+.1f", "rupiah": ",.0f"}
WORDS = {"dose_group": "dose", "flag_state": "state", "state_before": "state", "state_after": "state"}
"""Columns whose words are those of another column."""
FILLED = ("action", "affiliation", "cause", "flag_state", "grade", "owner")
"""Columns that may well be empty, where a dash is read more easily than the N/A of Superset's tables."""
DIMENSIONS = ("batch_no", "year")
"""Numbers that rows are told apart by; others are measured, and offered nowhere to drill by."""
OPEN = ("aspect", "instructor_type", "source")
"""Columns of codes whose list is open, for rules and sources may be added."""


def write(folder: Path) -> list[Path]:
    """Write every generated page below `folder`; returns the paths. Of the dashboard's data sets, which lie beside it in a checkout, nothing is written
    where there is no dashboard."""
    written = []
    for name, text in pages().items():
        path = folder / name
        if ".." in path.parts and not path.parent.is_dir():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def pages() -> Mapping[str, str]:
    """File name → text of every generated page."""
    return {
        "dictionary.md": "\n".join(_dictionary()) + "\n",
        "erd.md": "\n".join(_erd()) + "\n",
        "metrics.md": "\n".join(_metrics()) + "\n",
        **{
            f"schemas/{name}.schema.json": json.dumps(
                model.model_json_schema(schema_generator=_Documented), indent=1, ensure_ascii=False
            )
            + "\n"
            for name, model in WRITTEN.items()
        },
        **{
            f"../deploy/superset/bundle/datasets/Diklat/{path.name}": _dataset(path)
            for path in sorted(DATASETS.glob("*.yaml"))
        },
    }


class _Documented(GenerateJsonSchema):
    """A JSON schema whose entries are described by the docstrings of their attributes. pydantic can read them (`use_attribute_docstrings`), but
    does it whenever the program starts, which takes a tenth of it."""

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """See the class."""
        described = super().model_schema(schema)
        texts = _docstrings(schema["cls"])
        for name, entry in described.get("properties", {}).items():
            if name in texts:
                entry.setdefault("description", texts[name])
        return described


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Attribute → its docstring, of a model and those that it is made from."""
    texts: dict[str, str] = {}
    for kind in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        assert isinstance(definition, ast.ClassDef)
        for field, text in pairwise(definition.body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                    texts[name] = inspect.cleandoc(said)
    return texts


def _dataset(path: Path) -> str:
    """A data set of the dashboard with the columns of its table, their words and its measures made anew; only uuid and metrics of its own
    are written by hand."""
    about = yaml.safe_load(path.read_text(encoding="utf-8"))
    contract = models()[f"marts.{path.stem}"].contract if about["schema"] == "marts" else OPS[path.stem]
    measures = {name: one for name, one in METRICS.items() if one.mart == path.stem and one.where == "true"}
    about["description"] = f"{contract.description} Grain: {contract.grain}."
    about["metrics"] = [
        _of_dataset(
            metric_name=name,
            verbose_name=one.label[SOURCE],
            expression=one.expression,
            description=f"{one.unit} (docs/metrics.md).",
            d3format=D3_FORMATS[one.format],
        )
        for name, one in measures.items()
    ] + [one for one in about["metrics"] if one["metric_name"] not in measures]
    about["columns"] = [_column_of_dataset(column) for column in contract.columns]
    about["columns"] += [_column_of_dataset(column, sql) for column in contract.columns if (sql := _in_words(column))]
    return yaml.safe_dump(about, sort_keys=False, allow_unicode=True, width=120)


def _of_dataset(**about: str | None) -> dict[str, Any]:
    return {
        "metric_name": None, "verbose_name": None, "metric_type": None, "expression": None, "description": None, "d3format": None,
        "extra": None, "warning_text": None,
    } | about  # fmt: skip


def _column_of_dataset(column: Column, words: str | None = None) -> dict[str, Any]:
    """The column as Superset wants it; with `words` the column `<name>_kata` that says its codes in words."""
    return {
        "column_name": f"{column.name}_kata" if words else column.name,
        "verbose_name": column.label,
        "is_dttm": column.type in ("date", "timestamp"),
        "is_active": True,
        "type": "VARCHAR" if words else DUCKDB_TYPES[column.type],
        "groupby": bool(words) or column.name in DIMENSIONS or column.type not in ("integer", "number"),
        "filterable": True,
        "expression": words,
        "description": f"{column.name} in words." if words else column.description,
        "python_date_format": None,
        "extra": None,
    }


def _in_words(column: Column) -> str | None:
    """SQL: the column's codes in the words of Bahasa Indonesia, a code without words as it is; None where no code has any and nothing is filled."""
    if column.type == "boolean":
        return f"CASE WHEN {column.name} THEN 'ya' WHEN NOT {column.name} THEN 'tidak' END"
    words = language(SOURCE).words(WORDS.get(column.name, column.name))
    said = {code: word for code, word in words.items() if not column.values or code in column.values}
    has_words = bool(column.values or column.name in OPEN) and any(code != word for code, word in said.items())
    quoted = ((code, word.replace("'", "''")) for code, word in said.items())
    cases = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in quoted)
    told = f"CASE {column.name} {cases} ELSE {column.name} END" if has_words else column.name
    return f"COALESCE({told}, '–')" if column.nullable and column.name in FILLED else told if has_words else None


def _metrics() -> Iterator[str]:
    yield "# Measures that are added up\n\nGenerated from `warehouse/report/metrics.yaml` by `make docs`; do not edit. A number that is one cell of a mart is in the "
    yield "[dictionary](dictionary.md), formulas are in [measures](measures.md).\n"
    yield "Each measure is SQL over the rows of its mart, grouped by whatever you like, and the same in pandas (`con`: a connection of DuckDB) and in DAX (Power BI, Excel's data model). "
    yield "A row whose numerator is empty, unknown or left out for a small group, is in neither sum.\n"
    for name, one in METRICS.items():
        yield f"## {name}\n\n{one.label['en']} ({one.label['id']}). Unit: {one.unit}. One row of `marts.{one.mart}`: {one.grain}.\n"
        yield f"```sql\nselect {one.expression}\nfrom marts.{one.mart}\nwhere {one.where}\n```\n"
        yield f"```python\n{_pandas(one)}\n```\n"
        yield f"```dax\n{_dax(name, one)}\n```\n"


def _pandas(one: Metric) -> str:
    lines = [
        f'query = "from marts.{one.mart} where {one.where}"',
        f'rows = con.sql(query).df().eval("above = {one.numerator}").dropna(subset="above")',
        'rows["above"].sum()',
    ]
    if one.denominator:
        lines[-1] += f' / rows.eval("below = {one.denominator}")["below"].sum()'
    return "\n".join(lines)


def _dax(name: str, one: Metric) -> str:
    """A measure of the mart's table; what `where` asks by a query of its own is left to a filter of the page."""

    def of_table(tree: exp.Expr) -> str:
        named = tree.transform(lambda node: exp.column(node.name, one.mart) if isinstance(node, exp.Column) else node)
        return re.sub(rf"\b({one.mart})\.(\w+)", r"\1[\2]", named.sql("duckdb")).replace("'", '"')

    where, above = parsed(one.where), parsed(one.numerator)
    by_query = where.find(exp.Subquery) is not None
    parts = where.flatten() if isinstance(where, exp.And) else [where]
    kept = [] if by_query or one.where == "true" else [of_table(part) for part in parts]
    kept += [f"NOT ISBLANK ( {of_table(column)} )" for column in above.find_all(exp.Column)]
    whole = f"SUMX ( Rows, {of_table(above)} )"
    if one.denominator:
        whole = f"DIVIDE ( {whole}, SUMX ( Rows, {of_table(parsed(one.denominator))} ) )"
    lines = [f"{name} =", f"VAR Rows = FILTER ( {one.mart}, {' && '.join(kept)} )", f"RETURN {whole}"]
    return "\n".join([f"-- filter of the page: {one.where}", *lines] if by_query else lines)


def _dictionary() -> Iterator[str]:
    yield "# Data dictionary\n\nGenerated from the contracts by `make docs`; do not edit.\n"
    contracts: dict[str, list[Contract]] = {"Sources (landing area)": list(SOURCES.values())}
    for model in models().values():
        contracts.setdefault(model.contract.layer.capitalize(), []).append(model.contract)
    contracts["Ops (what a run leaves about itself)"] = list(OPS.values())
    contracts["Nation (national.duckdb, see national.md)"] = [
        one for one in NATIONAL_TABLES.values() if one.layer == "nation"
    ]
    for title, group in contracts.items():
        yield f"## {title}\n"
        for contract in sorted(group, key=lambda contract: contract.name):
            yield f"### {contract.name}\n\n{contract.description}\n"
            yield f"Grain: {contract.grain}. Key: {', '.join(f'`{name}`' for name in contract.key)}.\n"
            yield "| column | type | meaning | label (Bahasa Indonesia) | rule | privacy |\n|---|---|---|---|---|---|"
            for column in contract.columns:
                yield (
                    f"| `{column.name}` | {column.type} | {column.description} | {column.label} | "
                    f"{'; '.join(_rules(column))} | {column.privacy} |"
                )
            yield ""
    yield "## Reasons of refusal\n\n| code | Bahasa Indonesia | English | how to mend it |\n|---|---|---|---|"
    for code, reason in REASONS.items():
        yield f"| `{code}` | {reason.indonesian} | {reason.english} | {reason.mend} |"


def _rules(column: Column) -> Iterator[str]:
    if column.unit:
        yield column.unit
    yield "may be empty" if column.nullable else "filled"
    if column.values:
        yield "one of " + ", ".join(column.values)
    if column.minimum is not None:
        yield f"≥ {column.minimum:g}"
    if column.maximum is not None:
        yield f"≤ {column.maximum:g}"
    if column.references:
        yield f"→ {column.references}"


def _erd() -> Iterator[str]:
    yield "# Entity–relationship diagram\n\nGenerated from the declared references by `make docs`; do not edit.\n"
    yield "```mermaid\nerDiagram"
    core = [model.contract for model in models().values() if model.contract.layer == "core"]
    for contract in core:
        for column in contract.columns:
            if column.references and column.name.endswith("_key") and column.references != contract.table:
                parent = column.references.split(".")[1]
                yield f"  {parent} ||--o{{ {contract.name} : {column.name}"
    for contract in core:
        yield f"  {contract.name} {{"
        for column in contract.columns:
            mark = " PK" if column.name in contract.key else " FK" if column.references else ""
            yield f"    {column.type} {column.name}{mark}"
        yield "  }"
    yield "```"
