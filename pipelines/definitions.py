"""The code location: every asset, the nightly job schedules and sensors."""

import datetime as dt
import os
from zoneinfo import ZoneInfo

import dagster as dg

from assets.audits import audited, verdicts
from assets.common import StoreResource
from assets.published import evaluation, published
from assets.returned import returned
from assets.sources import sources
from assets.tables import tables
from pipelines import runs, settings
from pipelines.plan import run_tags
from pipelines.sensors import deliveries, notifier
from warehouse.store import ZONE, Store

nightly_refresh = dg.define_asset_job(
    "nightly_refresh",
    selection=dg.AssetSelection.all(),
    description="Reads what changed, builds the whole warehouse, audits it and publishes it. One writer at a time.",
)


@dg.schedule(
    job=nightly_refresh,
    cron_schedule=os.environ.get("DIKLAT_NIGHTLY_CRON", "0 1 * * *"),
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 01:00 WIB, one run from the earliest changed month to now.",
)
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """The tick's own date is the as-of date, so a late tick publishes what the night should have published."""
    place = Store.from_environment()
    day = context.scheduled_execution_time.astimezone(ZoneInfo(ZONE)).date()
    runs.fail_dead(context.instance, place)
    tags = run_tags(place, day)
    if tags is None:
        return dg.SkipReason("Nothing was delivered since the current version was published.")
    return dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M}", tags=tags)


@dg.op(
    description=f"Forgets runs that ended more than {settings.KEPT_DAYS} days ago and made nothing that is still the latest."
)
def forget_old_runs(context: dg.OpExecutionContext) -> None:
    """Keeps Dagster's storage from growing for ever."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=settings.KEPT_DAYS)
    context.log.info("forgot %s runs", runs.prune(context.instance, before))


@dg.job(description="Weekly: forgets old runs. The last success of every asset and partition is kept.")
def housekeeping() -> None:
    """One step."""
    forget_old_runs()


weekly = dg.ScheduleDefinition(
    name="weekly", job=housekeeping, cron_schedule="0 3 * * 0", execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)  # fmt: skip

defs = dg.Definitions(
    assets=[*sources, returned, *tables, audited, evaluation, published],
    asset_checks=[verdicts],
    jobs=[nightly_refresh, housekeeping],
    schedules=[nightly, weekly],
    sensors=[deliveries, notifier],
    # One process for whatever the UI launches, too: a process per table costs more than the tables.
    executor=dg.in_process_executor,
    resources={"store": StoreResource()},
)
