"""The report on the audited build, and the published version: both copied and verified; then the pointer is moved."""

import datetime as dt

import dagster as dg

from assets.audits import AUDITED
from assets.common import Tenant, log, progress, retried, table_of
from schemas.said import Count
from warehouse.auditing.integrity import AuditFailed
from warehouse.code import code_version
from warehouse.faults import Faults, keep
from warehouse.people.privacy import write_identity
from warehouse.publishing import changes
from warehouse.publishing.version import kept_versions, publish_build
from warehouse.store import read_json

REPORT = ("published", "report")


def report_asset(tenant: Tenant) -> dg.AssetsDefinition:
    """The asset that writes `build/report`."""

    @tenant.asset(
        *REPORT,
        group_name="published",
        kinds={"html"},
        freshness_policy=tenant.nightly,
        deps=[tenant.key(*AUDITED)],
        code_version=code_version("warehouse/report"),
        description="The evaluation report on the audited build, for people who decide: a static website in Bahasa Indonesia "
        "and English, and one page for a meeting. It is published with the warehouse, as "
        "`published/current/report/index.html`.",
    )
    def evaluation(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        store = tenant.open(context)
        faults = Faults()
        with retried(), faults.aside("report"):
            from warehouse import report  # charts and typesetting are wanted by this step alone

            versions = [str(manifest["build_id"]) for manifest in kept_versions(store)]
            faults.extend(report.write(store.build, store.report, report.Cache(store.report_cache, versions)))
        keep(store, "report", faults)
        pages = sum(1 for _ in store.report.rglob("*.html"))
        progress.info("report: %s pages", Count(pages))
        return dg.MaterializeResult(
            metadata={
                "page": dg.PathMetadataValue(str(store.report / "index.html")),
                "pages": pages,
                "set aside": table_of(("piece", "fault"), [(f.what, f.error) for f in faults], otherwise="nothing"),
            }
        )

    return evaluation


def published_asset(tenant: Tenant) -> dg.AssetsDefinition:
    """The asset that publishes. Its step raises dagster.Failure naming each failed audit."""

    @tenant.asset(
        "published",
        "warehouse",
        group_name="published",
        kinds={"duckdb", "parquet"},
        freshness_policy=tenant.nightly,
        deps=[tenant.key(*AUDITED), tenant.key(*REPORT)],
        code_version=code_version("warehouse/publishing"),
        description="What BI tools open: `published/current/warehouse.duckdb` and the same tables as Parquet. "
        "Published only if the audits of that very build passed, whoever starts it; else the old version stays. A version that "
        f"holds less than the published one needs `allow_loss` in the run's configuration (resource `{tenant.resource}`).",
    )
    def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        store = tenant.open(context)
        try:
            with retried():
                run = tenant.run(context)
                manifest = publish_build(
                    store,
                    say=progress.info,
                    allow_loss=run.allow_loss,
                    begun=_begun(context),
                    by_month=run.facts_by_month,
                )
        except AuditFailed as failed:
            table = "\n".join(f"- {verdict}" for verdict in failed.failed)
            raise dg.Failure(
                str(failed), metadata={"failed audits": dg.MarkdownMetadataValue(table)}, allow_retries=False
            ) from failed
        write_identity(store)
        version = store.version(manifest["build_id"])
        plan = read_json(version / "plan.json") or {}
        held = store.hold
        if held:
            log.warning("publication is held (%s): %s waits", held["reason"], manifest["build_id"])
        else:
            progress.info("published %s", manifest["build_id"])
        return dg.MaterializeResult(
            data_version=dg.DataVersion(manifest["build_id"]),
            metadata={
                "build_id": manifest["build_id"],
                "held": f"{held['reason']} (since {held['since']}): readers stay where they are until `diklat release`"
                if held
                else "no",
                "path": dg.PathMetadataValue(str(store.current / "warehouse.duckdb")),
                "report": tenant.link("report/index.html", version / "report" / "index.html"),
                "audits": tenant.link("audit/index.html", version / "audit" / "index.html"),
                "plan": dg.MarkdownMetadataValue("```\n" + "\n".join(changes.lines(plan)) + "\n```")
                if plan
                else "none",
                "dagster/row_count": sum(manifest["rows"].values()),
            },
        )

    return published


def _begun(context: dg.AssetExecutionContext) -> dt.datetime | None:
    """When the run began."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    return dt.datetime.fromtimestamp(record.start_time, dt.UTC) if record and record.start_time else None
