"""One asset per table model: core and marts, in the order that their SQL gives."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.common import Tenant, progress, table_of, table_schema
from schemas.said import Count, said
from schemas.sources import SOURCES
from warehouse.auditing import beside
from warehouse.building.build import build_table, metrics_of, preview_of
from warehouse.building.engine import DUCKDB
from warehouse.building.inputs import begin_build
from warehouse.building.lineage import Lineage, column_lineage
from warehouse.building.models import BUILD_INPUTS, Model, models
from warehouse.building.unchanged import begin_anew
from warehouse.code import code_version
from warehouse.database import connect
from warehouse.upkeep.health import check_room

INPUTS = ("ops", "inputs")
UNSHOWN = {"marts.survey_comment"}
"""Tables that hold what people wrote: nobody previews them."""


def table_assets(tenant: Tenant, kept: Path, engine: str = DUCKDB.name) -> list[dg.AssetsDefinition]:
    """The assets of a build: its beginning, then every table. `kept` is the file in which the columns' lineage is kept; `engine` the name
    of what makes the tables."""
    lineage = column_lineage(kept)
    tables = (table_asset(tenant, model, lineage[name], engine) for name, model in models().items())
    return [inputs_asset(tenant), *tables]


def inputs_asset(tenant: Tenant) -> dg.AssetsDefinition:
    """The asset that begins a build. Its data version is the build's own name: a digest of everything that goes in."""

    @tenant.asset(
        *INPUTS,
        group_name="ops",
        kinds={"duckdb"},
        deps=[tenant.key("staging", name) for name in SOURCES],
        code_version=code_version("schemas", "warehouse/building"),
        description="Begins a new build: staging views, as-of date, policy values, deliveries and refusals.",
    )
    def inputs(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        store = tenant.open(context)
        day = tenant.as_of(context)
        beside.prepare()
        begin_anew(store)
        landing = tenant.landing(context)
        check_room(store, landing, {})
        with connect(store.build) as con:
            begin_build(con, store, day, landing)
            [(name,)] = con.execute("select build_id from ops.build").fetchall()
        progress.info("build begun as of %s", day)
        return dg.MaterializeResult(metadata={"build_id": name}, data_version=dg.DataVersion(name))

    return inputs


def _asset_key(tenant: Tenant, table: str) -> dg.AssetKey:
    return tenant.key(*INPUTS) if table in BUILD_INPUTS else tenant.table(table)


def table_asset(tenant: Tenant, model: Model, lineage: Lineage, engine: str) -> dg.AssetsDefinition:
    """The asset that makes one table anew from the tables that it reads."""
    contract = model.contract
    made_of = {
        column: [dg.TableColumnDep(asset_key=_asset_key(tenant, table), column_name=name) for table, name in leaves]
        for column, leaves in lineage.items()
    }
    file = f"warehouse/models/{contract.layer}/{contract.name}"

    @tenant.asset(
        *contract.table.split("."),
        group_name=contract.layer,
        kinds={"python" if model.module else "sql", "duckdb", engine},
        deps=sorted({tenant.key(*INPUTS), *(_asset_key(tenant, table) for table in model.reads)}),
        code_version=code_version(f"{file}.py", "warehouse/evaluation")
        if model.module
        else code_version(f"{file}.sql"),
        description=f"{contract.description}\n\nGrain: {contract.grain}. Key: {', '.join(contract.key)}.",
        metadata={
            "dagster/column_schema": table_schema(contract.columns),
            "dagster/column_lineage": dg.TableColumnLineage(made_of),
        },
        freshness_policy=tenant.nightly,
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with tenant.run(context).building() as (con, runner):
            rows = build_table(con, model, runner)
            # Numbers are what Dagster plots over time.
            metadata: dict[str, Any] = {"dagster/row_count": rows, **metrics_of(con, contract)}
            if contract.layer == "marts" and contract.table not in UNSHOWN:
                metadata["preview"] = table_of(*preview_of(con, contract), otherwise="nothing that may be shown here")
            for name, text in runner.metadata(contract.table).items():
                metadata[name] = dg.MetadataValue.url(text) if text.startswith("http") else text
        progress.info("%s: %s", contract.table, said("{n:row/rows}", n=Count(rows)))
        return dg.MaterializeResult(metadata=metadata)

    return asset
