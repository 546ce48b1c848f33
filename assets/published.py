"""The published version: the audited build copied, verified; then the pointer is moved."""

import dagster as dg

from assets.audits import AUDITED
from assets.common import NIGHTLY, OWNERS, StoreResource, log, retried
from warehouse import changes, publish
from warehouse.store import read_json


@dg.asset(
    key=["published", "warehouse"],
    group_name="published",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
    pool="warehouse",
    freshness_policy=NIGHTLY,
    deps=[AUDITED],
    description="What BI tools open: `published/current/warehouse.duckdb` and the same tables as Parquet. "
    "Published only if the audits of that very build passed, whoever starts it; else the old version stays.",
)
def published(store: StoreResource) -> dg.MaterializeResult:
    """Raises dagster.Failure naming each failed audit."""
    place = store.open()
    try:
        with retried():
            manifest = publish.finish(place, say=log.info)
    except publish.AuditFailed as failed:
        table = "\n".join(f"- {verdict}" for verdict in failed.failed)
        raise dg.Failure(
            str(failed), metadata={"failed audits": dg.MarkdownMetadataValue(table)}, allow_retries=False
        ) from failed
    publish.write_identity(place)
    plan = read_json(place.current / "plan.json") or {}
    log.info("published %s", manifest["build_id"])
    return dg.MaterializeResult(
        metadata={
            "build_id": manifest["build_id"],
            "path": dg.PathMetadataValue(str(place.current / "warehouse.duckdb")),
            "audits": dg.UrlMetadataValue((place.current.resolve() / "audit" / "index.html").as_uri()),
            "plan": dg.MarkdownMetadataValue("```\n" + "\n".join(changes.lines(plan)) + "\n```") if plan else "none",
            "dagster/row_count": sum(manifest["rows"].values()),
        }
    )
