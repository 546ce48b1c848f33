"""A nation in Dagster: one asset per agency, which is its refresh, and the national version of what they published."""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from assets.common import Tenant, log, progress, table_of
from schemas.agencies import Agency
from warehouse.auditing.integrity import AuditFailed
from warehouse.code import code_version
from warehouse.national.agencies import DONE, known
from warehouse.national.version import FILE, publish_nation, remarks
from warehouse.store import Store, read_json

REFRESHED, COMPLETE = "refreshed", "complete"
"""The checks: that an agency's refresh ended well, and that every agency is in the national version, none of them outdated."""
Refresh = Callable[[Store, Agency, dg.AssetExecutionContext], tuple[str, tuple[str, ...], float]]
"""Refreshes one agency of a nation: how it ended, the steps at which it stopped, seconds."""


def nation_assets(tenant: Tenant, agencies: Sequence[Agency], refresh: Refresh) -> list[dg.AssetsDefinition]:
    """An asset for each agency, and `national/published` of them. An agency that fails is a check that does not pass: its step ends well, so that the
    others and the nation go on."""
    own = [_agency(tenant, agency, refresh) for agency in agencies]
    return [*own, _published(tenant, [tenant.key("agencies", agency.code) for agency in agencies])]


def _agency(tenant: Tenant, agency: Agency, refresh: Refresh) -> dg.AssetsDefinition:
    key = tenant.key("agencies", agency.code)

    @tenant.asset(
        "agencies",
        agency.code,
        group_name="agencies",
        kinds={"duckdb", "parquet"},
        check_specs=[
            dg.AssetCheckSpec(
                REFRESHED,
                asset=key,
                description="The agency's own refresh ended well; else its version stands as it was.",
            )
        ],
        description=f"{agency.name}: its own refresh, in a process and a home of its own, as `diklat refresh` there.",
    )
    def refreshed(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        nation = tenant.open(context)
        outcome, stopped_at, seconds = refresh(nation, agency, context)
        manifest = read_json(nation.agency(agency.code).current / "manifest.json") or {}
        if outcome != DONE:
            log.warning("%s failed at %s; its version stands as it was", agency.code, ", ".join(stopped_at))
        yield dg.MaterializeResult(
            metadata={
                "version": manifest.get("build_id", "nothing is published"),
                "as of": manifest.get("as_of", "nothing is published"),
                "dagster/row_count": sum(manifest.get("rows", {}).values()),
                "seconds": round(seconds, 1),
                "stopped at": ", ".join(stopped_at) or "nothing",
            },
            check_results=[
                dg.AssetCheckResult(check_name=REFRESHED, passed=outcome == DONE, severity=dg.AssetCheckSeverity.WARN)
            ],
        )

    return refreshed


def _published(tenant: Tenant, agencies: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    key = tenant.key("national", "published")

    @tenant.asset(
        "national",
        "published",
        group_name="national",
        kinds={"duckdb", "parquet", "html"},
        deps=list(agencies),
        freshness_policy=tenant.nightly,
        check_specs=[
            dg.AssetCheckSpec(
                COMPLETE,
                asset=key,
                description="Every agency's version is read, and none is outdated or left by a refresh that failed.",
            )
        ],
        code_version=code_version("warehouse/national", "warehouse/report"),
        description="The nation, of what the agencies have published: `published/current/national.duckdb`, Parquet, the national report. Counts and sums alone; "
        "no cell about few people.",
    )
    def published(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        nation = tenant.open(context)
        day = tenant.as_of(context)
        try:
            manifest = publish_nation(nation, day, progress.info)
        except AuditFailed as failed:
            raise dg.Failure(str(failed), allow_retries=False) from failed
        agencies_now = known(nation, day)
        said = remarks(agencies_now)
        version = nation.version(manifest["build_id"])
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(manifest["build_id"]),
            metadata={
                "build_id": manifest["build_id"],
                "path": dg.PathMetadataValue(str(nation.current / FILE)),
                "report": tenant.link("report/index.html", version / "report" / "index.html"),
                "dagster/row_count": sum(manifest["rows"].values()),
                "cells left out": manifest["left_out"]["nation.measure"],
                "agencies": table_of(
                    ("agency", "state", "data as of", "version", "last refresh"),
                    [(a.agency_code, a.state, a.as_of or "", a.build_id or "", a.refreshed) for a in agencies_now],
                    otherwise="none",
                ),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=COMPLETE,
                    passed=not said,
                    severity=dg.AssetCheckSeverity.WARN,
                    description="; ".join(said) or "All are.",
                )
            ],
        )

    return published
