"""The code location: every asset, the nightly job, what starts it, and the store. Another Dagster takes it in by `build_defs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from assets.audits import audit_asset, audit_checks
from assets.common import Tenant, store_of
from assets.published import published_asset, report_asset
from assets.returned import returned_asset
from assets.sources import source_assets
from assets.tables import table_assets
from pipelines import triggers
from pipelines.runs import Owner
from pipelines.settings import Settings, prepare_logs
from schemas.agencies import Agencies
from schemas.contacts import Contacts
from schemas.written import Flawed

NIGHTLY_REFRESH = "nightly_refresh"
NATIONAL_REFRESH = "national_refresh"


def build_defs(
    settings: Settings | None = None,
    *,
    key_prefix: str | Sequence[str] = (),
    resources: Mapping[str, Any] | None = None,
) -> dg.Definitions:
    """Everything that Dagster is shown of one city, by default as the environment says; of a national home its agencies and the nation.

    With a key prefix every asset key begins with it, and the names of jobs, schedules, sensors and resources do, joined by
    `_`: `Definitions.merge` takes it in beside others, or beside another city. The executor is then the others' matter, except
    that of the two jobs. `resources` are added, or take the place of those of the same name.
    Raises SettingsError and ContractError for settings, a `city.yaml` and an `agencies.yaml` that cannot be used.
    """
    settings = settings or Settings.read()
    prepare_logs(settings)
    prefix = (key_prefix,) if isinstance(key_prefix, str) else tuple(key_prefix)
    tenant = Tenant(settings.store.city, prefix, _contacts(settings), settings.address)
    if settings.store.is_national:
        return _nation(settings, tenant, key_prefix, resources)
    assets = [
        *source_assets(tenant),
        returned_asset(tenant),
        *table_assets(tenant, settings.store.build.with_name("column_lineage.json"), settings.engine),
        audit_asset(tenant),
        report_asset(tenant),
        published_asset(tenant),
    ]
    checks = audit_checks(tenant)
    refresh = dg.define_asset_job(
        tenant.name(NIGHTLY_REFRESH),
        selection=dg.AssetSelection.assets(*assets) | dg.AssetSelection.checks(checks),
        # One process: a process per table costs more than the tables.
        executor_def=dg.in_process_executor,
        description="Reads what changed, builds the whole warehouse, audits it and publishes it. One writer at a time.",
    )
    owner = _owner(settings, tenant, refresh.name, assets)
    housekeeping = triggers.housekeeping_job(tenant, owner)
    return dg.Definitions(
        assets=assets,
        asset_checks=[checks],
        jobs=[refresh, housekeeping],
        schedules=[
            triggers.nightly_schedule(settings, tenant, refresh.name),
            triggers.weekly_schedule(tenant, housekeeping),
        ],
        sensors=[
            triggers.deliveries_sensor(settings, tenant, refresh.name),
            triggers.notifier_sensor(settings, tenant, owner),
        ],
        executor=None if key_prefix else dg.in_process_executor,
        resources={
            tenant.resource: store_of(
                settings.store.home,
                settings.engine,
                settings.spark_remote.get_secret_value(),
                settings.spark_reads and settings.engine == "spark",
                settings.facts_by_month,
            ),
            **(resources or {}),
        },
    )


def _nation(
    settings: Settings, tenant: Tenant, key_prefix: str | Sequence[str], resources: Mapping[str, Any] | None
) -> dg.Definitions:
    """The same of a nation: its agencies, each refreshed by itself, and what they published together."""
    from assets.nation import nation_assets
    from pipelines.national import refresh_in_run

    assets = nation_assets(tenant, Agencies.read(settings.store.home).sound, refresh_in_run)
    refresh = dg.define_asset_job(
        tenant.name(NATIONAL_REFRESH),
        selection=dg.AssetSelection.assets(*assets),
        executor_def=dg.in_process_executor,
        description="Refreshes every agency, one after the other, each in a process of its own; then publishes the nation of what they have published.",
    )
    owner = _owner(settings, tenant, refresh.name, assets)
    housekeeping = triggers.housekeeping_job(tenant, owner)
    return dg.Definitions(
        assets=assets,
        jobs=[refresh, housekeeping],
        schedules=[
            triggers.national_schedule(settings, tenant, refresh.name),
            triggers.weekly_schedule(tenant, housekeeping),
        ],
        sensors=[triggers.notifier_sensor(settings, tenant, owner)],
        executor=None if key_prefix else dg.in_process_executor,
        resources={tenant.resource: store_of(settings.store.home), **(resources or {})},
    )


def _owner(settings: Settings, tenant: Tenant, refresh: str, assets: Sequence[dg.AssetsDefinition]) -> Owner:
    """Whose runs are told of and deleted: those of this code location's own jobs and assets."""
    jobs = frozenset({refresh, tenant.name("housekeeping")})
    return Owner(settings.code_location, jobs, frozenset(key for asset in assets for key in asset.keys))


def _contacts(settings: Settings) -> Contacts:
    """Who answers for sources; nobody where the file is flawed, which the notices tell."""
    try:
        return settings.store.contacts
    except Flawed:
        return Contacts()
