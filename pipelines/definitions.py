"""The code location: every asset, the nightly job and its schedule."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from assets.common import AS_OF_TAG, ZONE, StoreResource
from assets.published import published
from assets.sources import sources
from assets.tables import tables
from pipelines import settings
from warehouse.landing import changed_months, scan
from warehouse.publish import is_published
from warehouse.store import Store

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

nightly_refresh = dg.define_asset_job(
    "nightly_refresh",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Reads what changed, builds the whole warehouse, audits it and publishes it. One writer at a time.",
)


def run_tags(place: Store, day: dt.date) -> dict[str, str] | None:
    """Tags of the run that brings the warehouse up to date: the range from the earliest changed month to now.

    None when nothing changed since the current version was published.
    """
    landing = scan(place, day)
    changed = changed_months(place, landing)
    if not changed and is_published(place, day, landing):
        return None
    now = f"{day:%Y-%m}"
    first = min((month for months in changed.values() for month in months), default=now)
    return {RANGE_START: f"{min(first, now)}-01", RANGE_END: f"{now}-01", AS_OF_TAG: day.isoformat()}


@dg.schedule(
    job=nightly_refresh,
    cron_schedule="0 1 * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 01:00 WIB, one run from the earliest changed month to now.",
)
def nightly(
    context: dg.ScheduleEvaluationContext, store: dg.ResourceParam[StoreResource]
) -> dg.RunRequest | dg.SkipReason:
    """The tick's own date is the as-of date, so a late tick publishes what the night should have published."""
    day = context.scheduled_execution_time.astimezone(ZoneInfo(ZONE)).date()
    tags = run_tags(store.open(), day)
    if tags is None:
        return dg.SkipReason("Nothing was delivered since the current version was published.")
    return dg.RunRequest(run_key=f"{day}", tags=tags)


defs = dg.Definitions(
    assets=[*sources, *tables, published],
    jobs=[nightly_refresh],
    schedules=[nightly],
    resources={"store": StoreResource(home=str(settings.store().home))},
)
