"""The code location: every asset, the nightly job and its schedule."""

from zoneinfo import ZoneInfo

import dagster as dg

from assets.common import StoreResource
from assets.published import published
from assets.returned import returned
from assets.sources import sources
from assets.tables import tables
from pipelines.plan import run_tags
from warehouse.store import ZONE

nightly_refresh = dg.define_asset_job(
    "nightly_refresh",
    selection=dg.AssetSelection.all(),
    description="Reads what changed, builds the whole warehouse, audits it and publishes it. One writer at a time.",
)


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
    assets=[*sources, returned, *tables, published],
    jobs=[nightly_refresh],
    schedules=[nightly],
    # One process for whatever the UI launches, too: a process per table costs more than the tables.
    executor=dg.in_process_executor,
    resources={"store": StoreResource()},
)
