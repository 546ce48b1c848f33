"""The report on the audited build, and the published version: both copied and verified; then the pointer is moved."""

from base64 import b64encode

import dagster as dg

from assets.audits import AUDITED
from assets.common import NIGHTLY, OWNERS, StoreResource, log, retried
from warehouse.auditing.integrity import AuditFailed
from warehouse.people.privacy import write_identity
from warehouse.publishing import changes
from warehouse.publishing.version import publish_build
from warehouse.store import read_json

REPORT = dg.AssetKey(["published", "report"])
DRAWN = {
    "satisfaction": "reaction",
    "gain": "learning_gain",
    "effects": "performance_effect",
    "dose": "service_satisfaction_by_dose",
}
"""Picture of the report → the mart that it draws."""


@dg.asset(
    key=REPORT,
    group_name="published",
    kinds={"html"},
    owners=OWNERS,
    pool="warehouse",
    freshness_policy=NIGHTLY,
    deps=[AUDITED],
    description="The evaluation report on the audited build, for people who decide: a static website in Bahasa Indonesia and "
    "English, and one page for a meeting. It is published with the warehouse, as `published/current/report/index.html`.",
)
def evaluation(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """Writes `build/report`; each picture is also shown with the table that it draws."""
    from warehouse import report  # charts and typesetting are wanted by this step alone

    place = store.open()
    with retried():
        report.write(place.build, place.report)
    drawn = {
        name: dg.MarkdownMetadataValue(f"![{name}](data:image/png;base64,{b64encode(png).decode()})")
        for name, png in report.pictures(place.build).items()
    }
    for name, picture in drawn.items():
        context.log_event(dg.AssetObservation(dg.AssetKey(["marts", DRAWN[name]]), metadata={name: picture}))
    pages = sum(1 for _ in place.report.rglob("*.html"))
    log.info("report: %s pages", f"{pages:,}")
    return dg.MaterializeResult(
        metadata={
            "page": dg.UrlMetadataValue((place.report / report.PAGE).as_uri()),
            "pages": pages,
            **drawn,
        }
    )


@dg.asset(
    key=["published", "warehouse"],
    group_name="published",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
    pool="warehouse",
    freshness_policy=NIGHTLY,
    deps=[AUDITED, REPORT],
    description="What BI tools open: `published/current/warehouse.duckdb` and the same tables as Parquet. "
    "Published only if the audits of that very build passed, whoever starts it; else the old version stays.",
)
def published(store: StoreResource) -> dg.MaterializeResult:
    """Raises dagster.Failure naming each failed audit."""
    place = store.open()
    try:
        with retried():
            manifest = publish_build(place, say=log.info)
    except AuditFailed as failed:
        table = "\n".join(f"- {verdict}" for verdict in failed.failed)
        raise dg.Failure(
            str(failed), metadata={"failed audits": dg.MarkdownMetadataValue(table)}, allow_retries=False
        ) from failed
    write_identity(place)
    plan = read_json(place.current / "plan.json") or {}
    log.info("published %s", manifest["build_id"])
    return dg.MaterializeResult(
        metadata={
            "build_id": manifest["build_id"],
            "path": dg.PathMetadataValue(str(place.current / "warehouse.duckdb")),
            "report": dg.UrlMetadataValue((place.current.resolve() / "report" / "index.html").as_uri()),
            "audits": dg.UrlMetadataValue((place.current.resolve() / "audit" / "index.html").as_uri()),
            "plan": dg.MarkdownMetadataValue("```\n" + "\n".join(changes.lines(plan)) + "\n```") if plan else "none",
            "dagster/row_count": sum(manifest["rows"].values()),
        }
    )
