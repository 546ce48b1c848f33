"""The published version: the build audited, copied, verified; then the pointer is moved."""

import dagster as dg

from assets.common import OWNERS, StoreResource, log
from warehouse import engine, publish


@dg.asset(
    key=["published", "warehouse"],
    group_name="published",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
    pool="warehouse",
    deps=[dg.AssetKey(name.split(".")) for name in engine.models()],
    description="What BI tools open: `published/current/warehouse.duckdb` and the same tables as Parquet. "
    "The build is audited here, right before it is copied; a failed audit leaves the old version.",
)
def published(store: StoreResource) -> dg.MaterializeResult:
    """Raises dagster.Failure naming each failed audit."""
    place = store.open()
    try:
        manifest = publish.finish(place)
    except publish.AuditFailed as failed:
        table = "\n".join(f"- {verdict}" for verdict in failed.failed)
        raise dg.Failure(
            str(failed), metadata={"failed audits": dg.MarkdownMetadataValue(table)}, allow_retries=False
        ) from failed
    publish.write_identity(place)
    log.info("published %s", manifest["build_id"])
    return dg.MaterializeResult(
        metadata={
            "build_id": manifest["build_id"],
            "path": dg.PathMetadataValue(str(place.current / "warehouse.duckdb")),
            "dagster/row_count": sum(manifest["rows"].values()),
        }
    )
