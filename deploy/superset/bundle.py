"""Zips the dashboard bundle beside this file, with the path of the DuckDB file and each chart's query filled in.

    python bundle.py evaluasi_diklat.zip --database /var/lib/diklat/published/current/dashboards.duckdb

`--over` makes it for `check.py --load`, which writes it over a dashboard that is there; Superset's own import changes no chart and no data set
that it has. Any Python with PyYAML makes the same bytes: files in order, one fixed time, no compression. Without its query (`query_context`) a chart
answers nothing to who asks for its data, `GET /api/v1/chart/ID/data/`, as mailed reports do; it is made here of the chart's parameters.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

SOURCE = Path(__file__).parent / "bundle"
ROOT = "evaluasi_diklat"
EPOCH = (1980, 1, 1, 0, 0, 0)


def uri(database: str) -> str:
    """The SQLAlchemy address of a DuckDB file. The path is not resolved: `current` has to stay in it."""
    if not PurePosixPath(database).is_absolute() or "?" in database:
        raise ValueError(f"the path of the DuckDB file must be absolute and without '?', not {database!r}")
    return f"duckdb:///{database}"


def query_context(form_data: dict[str, Any]) -> dict[str, Any]:
    """The query that Superset's pages make of a chart's parameters, for the kinds of chart of the bundle. Its import fills in which data set."""
    kind = form_data["viz_type"]
    metrics = form_data.get("metrics") or []
    orderby: list[list[Any]] = []
    if kind == "big_number_total":
        columns, metrics = [], [form_data["metric"]]
    elif kind == "table" and form_data["query_mode"] == "raw":
        columns, metrics = form_data["all_columns"], None
        orderby = [json.loads(order) for order in form_data["order_by_cols"]]
    elif kind == "table":
        columns = form_data["groupby"]
        orderby = [[form_data["timeseries_limit_metric"], not form_data["order_desc"]]]
    elif kind == "pivot_table_v2":
        columns = form_data["groupbyRows"] + form_data["groupbyColumns"]
    elif kind in {"echarts_timeseries_bar", "echarts_timeseries_line"}:
        columns = [form_data["x_axis"], *form_data["groupby"]]
    else:
        raise ValueError(f"{form_data.get('slice_name')}: no query is known for a chart of kind {kind}")
    query = {
        "columns": columns,
        "metrics": metrics,
        "orderby": orderby,
        "filters": [
            {"col": one["subject"], "op": one["operator"]}
            | ({"val": one["comparator"]} if one.get("comparator") else {})
            for one in form_data["adhoc_filters"]
        ],
        "row_limit": form_data.get("row_limit", 0),
        "extras": {"having": "", "where": ""},
    }
    return {
        "datasource": {"id": 0, "type": "table"},
        "queries": [query],
        "form_data": form_data,
        "result_format": "json",
        "result_type": "full",
        "force": False,
    }


def build(out: Path, database: str, kind: str = "Dashboard") -> Path:
    """Write the zip that Superset imports; `kind` is `assets` for one that is written over what is there."""
    address = f"sqlalchemy_uri: {json.dumps(uri(database))}"
    with zipfile.ZipFile(out, "w") as bundle:
        for path in sorted(SOURCE.rglob("*.yaml"), key=lambda path: path.as_posix()):
            text = path.read_text(encoding="utf-8")
            if path.parent.name == "databases":
                text = re.sub(r"(?m)^sqlalchemy_uri:.*$", lambda _: address, text)
            if path.name == "metadata.yaml":
                text = text.replace("type: Dashboard", f"type: {kind}")
            if path.parent.name == "charts":
                query = json.dumps(query_context(yaml.safe_load(text)["params"]), sort_keys=True)
                line = f"query_context: {json.dumps(query)}"
                text = re.sub(r"(?m)^query_context:.*$", lambda _, line=line: line, text)
            name = f"{ROOT}/{path.relative_to(SOURCE).as_posix()}"
            bundle.writestr(zipfile.ZipInfo(name, EPOCH), text.encode())
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description="Zip the Superset dashboard.")
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--database", required=True, help="absolute path, through published/current, of the DuckDB file"
    )
    parser.add_argument("--over", action="store_true", help="for check.py --load: written over what is there")
    args = parser.parse_args()
    print(build(args.out, args.database, "assets" if args.over else "Dashboard"))


if __name__ == "__main__":
    main()
