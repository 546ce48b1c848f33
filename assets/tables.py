"""One asset per table model: core and marts, in the order that their SQL gives."""

import dagster as dg

from assets.common import NIGHTLY, OWNERS, StoreResource, as_of, log, table_schema
from schemas.sources import SOURCES
from warehouse.building.build import build_table, metrics_of
from warehouse.building.inputs import begin_build
from warehouse.building.models import BUILD_INPUTS, Model, columns_of, models
from warehouse.database import connect
from warehouse.delivery.landing import scan
from warehouse.upkeep.health import check_room

INPUTS = dg.AssetKey(["ops", "inputs"])


@dg.asset(
    key=INPUTS,
    group_name="ops",
    kinds={"duckdb"},
    owners=OWNERS,
    pool="warehouse",
    deps=[dg.AssetKey(["staging", name]) for name in SOURCES],
    description="Begins a new build: staging views, as-of date, policy values, deliveries and refusals.",
)
def inputs(context: dg.AssetExecutionContext, store: StoreResource) -> None:
    """The build's private database is disposable: each build starts from an empty file."""
    place = store.open()
    for path in (place.build, place.build.with_name(place.build.name + ".wal")):
        path.unlink(missing_ok=True)
    landing = scan(place, as_of(context))
    check_room(place, landing, {})
    with connect(place.build) as con:
        begin_build(con, place, as_of(context), landing)
    log.info("build begun as of %s", as_of(context))


def lineage(model: Model) -> dict[str, dg.TableColumnLineage]:
    """Dagster's column lineage, read from the model's SQL."""
    columns = {table: columns_of(table) for table in model.reads}
    deps = {
        column: [dg.TableColumnDep(asset_key=_asset_key(table), column_name=name) for table, name in leaves]
        for column, leaves in model.column_lineage(columns).items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}


def _asset_key(table: str) -> dg.AssetKey:
    layer, name = table.split(".")
    return INPUTS if table in BUILD_INPUTS else dg.AssetKey([layer, name])


def table_asset(model: Model) -> dg.AssetsDefinition:
    """The asset that makes one table anew from the tables that it reads."""
    contract = model.contract

    @dg.asset(
        key=[contract.layer, contract.name],
        group_name=contract.layer,
        kinds={"python" if model.module else "sql", "duckdb"},
        owners=OWNERS,
        pool="warehouse",
        deps=sorted({INPUTS, *map(_asset_key, model.reads)}),
        description=f"{contract.description}\n\nGrain: {contract.grain}. Key: {', '.join(contract.key)}.",
        metadata={"dagster/column_schema": table_schema(contract.columns), **lineage(model)},
        freshness_policy=NIGHTLY,
    )
    def asset(store: StoreResource) -> dg.MaterializeResult:
        with connect(store.open().build) as con:
            rows = build_table(con, model)
            figures = metrics_of(con, contract)
        log.info("%s: %s rows", contract.table, f"{rows:,}")
        # Numbers are what Dagster plots over time.
        return dg.MaterializeResult(metadata={"dagster/row_count": rows, **figures})

    return asset


tables = [inputs, *(table_asset(model) for model in models().values())]
