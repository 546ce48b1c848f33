"""Audits of the build, and their verdicts as asset checks: one per table and kind, with what was expected and found."""

from collections.abc import Iterator

import dagster as dg

from assets.common import Tenant, log, table_of
from assets.sources import DELIVERIES, deliveries, files_of
from schemas.sources import SOURCES
from warehouse.auditing.expectations import EXPECTATIONS
from warehouse.auditing.integrity import Verdict
from warehouse.building.models import models
from warehouse.code import code_version
from warehouse.publishing.version import review_build, verdicts_of

AUDITED = ("ops", "audit_result")
MEANT = {
    DELIVERIES: "Every file of the source was taken.",
    "contract": "The table is what dashboards were promised: columns, types, every value within its column's rule (pandera).",
    "integrity": "Keys are unique, references lead somewhere, no accepted row is lost, shares are their quotients (SQL).",
    "expectation": "Volumes, distributions, drift and freshness are what they usually are (Great Expectations).",
}
"""What each kind of audit looks at."""


def audit_asset(tenant: Tenant) -> dg.AssetsDefinition:
    """The asset that writes `ops.audit_result`, the pages in `build/audit` and the plan of the publication."""

    @tenant.asset(
        *AUDITED,
        group_name="ops",
        kinds={"pandera", "sql", "greatexpectations"},
        freshness_policy=tenant.nightly,
        deps=[tenant.table(name) for name in models()],
        code_version=code_version("warehouse/auditing"),
        description="Every audit's verdict on the build: expected, found, what it means, how to resolve it. A failed audit "
        "of severity error stops the publication, a warning is shown and recorded.\n\nGrain: audit × table × column.",
    )
    def audited(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        store = tenant.open(context)
        verdicts = review_build(store)
        failed = [verdict for verdict in verdicts if not verdict.passed]
        for verdict in failed:
            log.warning("%s: %s", verdict.severity, verdict)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(verdicts),
                "errors": sum(verdict.severity == "error" for verdict in failed),
                "warnings": sum(verdict.severity == "warning" for verdict in failed),
                "failed": dg.MarkdownMetadataValue("\n".join(f"- {verdict}" for verdict in failed) or "none"),
                "pages": dg.PathMetadataValue(str(store.build.parent / "audit" / "index.html")),
            }
        )

    return audited


def audit_checks(tenant: Tenant) -> dg.AssetChecksDefinition:
    """The verdicts of the build, and of what was delivered, as asset checks. They only show; the gate is the publication
    itself."""
    specs = list(_specs(tenant))

    # Any of them alone, so that a single asset can be made from the UI.
    @dg.multi_asset_check(
        specs=specs, name=tenant.name("verdicts"), can_subset=True, required_resource_keys={tenant.resource}
    )
    def verdicts(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        store = tenant.open(context)
        asked = [spec for spec in specs if spec.key in context.selected_asset_check_keys]
        written = verdicts_of(store) if any(spec.name != DELIVERIES for spec in asked) else []
        for spec in asked:
            if spec.name == DELIVERIES:
                yield deliveries(spec.asset_key, files_of(store, tenant.landing(context), spec.asset_key.path[-1]))
            else:
                yield _of_build(tenant, spec, written)

    return verdicts


def _asset_of(tenant: Tenant, table: str) -> dg.AssetKey:
    """The asset on which a table's audits are shown: its own, or that of all audits."""
    return tenant.table(table) if table in models() else tenant.key(*AUDITED)


def _of_build(tenant: Tenant, spec: dg.AssetCheckSpec, verdicts: list[Verdict]) -> dg.AssetCheckResult:
    """What the verdicts on the build say of one check."""
    own = [
        verdict
        for verdict in verdicts
        if verdict.audit.startswith(f"{spec.name}:") and _asset_of(tenant, verdict.table_name) == spec.asset_key
    ]
    return _result(spec, own)


def _specs(tenant: Tenant) -> Iterator[dg.AssetCheckSpec]:
    audited = tenant.key(*AUDITED)
    wanted = {(kind, tenant.table(table)) for table in models() for kind in ("contract", "integrity")}
    wanted |= {("expectation", _asset_of(tenant, expectation.table)) for expectation in EXPECTATIONS}
    for source in SOURCES:
        yield dg.AssetCheckSpec(DELIVERIES, asset=tenant.key("staging", source), description=MEANT[DELIVERIES])
    for kind, asset in sorted(wanted | {("integrity", audited)}):
        yield dg.AssetCheckSpec(
            kind, asset=asset, description=MEANT[kind], additional_deps=[] if asset == audited else [audited]
        )


def _result(spec: dg.AssetCheckSpec, own: list[Verdict]) -> dg.AssetCheckResult:
    failed = sorted((verdict for verdict in own if not verdict.passed), key=lambda verdict: verdict.severity)
    is_error = any(verdict.severity == "error" for verdict in failed)
    rows = [[v.severity, v.audit, v.column_name, v.expected, v.actual, v.meaning, v.resolve] for v in failed]
    head = ("state", "audit", "column", "expected", "found", "what it means", "how to resolve it")
    return dg.AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{v.audit}: expected {v.expected}, found {v.actual}" for v in failed) or "All passed.",
        metadata={
            "audits": len(own),
            "failed": len(failed),
            # Those that passed stand in ops.audit_result, every night.
            "verdicts": table_of(head, rows, otherwise="all passed"),
        },
    )
