"""What starts a run by itself: the nightly schedule, deliveries that have settled, the weekly housekeeping; and the notifier."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import dagster as dg

from assets.common import Tenant
from pipelines import notify, runs
from pipelines.refresh import run_tags, today
from pipelines.runs import Owner
from pipelines.settings import Settings
from warehouse.delivery.landing import scan
from warehouse.publishing.freshness import note_failure
from warehouse.staging.recipe import Recipes
from warehouse.store import digest

EVERY_SECONDS = 60
KEPT_DAYS = 90
"""Days after which an ended run is deleted, unless it made what is still the latest of something."""


def nightly_schedule(settings: Settings, tenant: Tenant, job: str) -> dg.ScheduleDefinition:
    """The night of the city."""
    city = tenant.city
    hour, minute = map(int, city.nightly_at.split(":"))

    @dg.schedule(
        name=tenant.name("nightly"),
        job_name=job,
        cron_schedule=settings.nightly_cron or f"{minute} {hour} * * *",
        execution_timezone=city.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Every night at {city.nightly_at} {city.zone_label}, one run from the earliest changed month to now."
        if not settings.nightly_cron
        else f"One run from the earliest changed month to now, {settings.nightly_cron} ({city.zone_label}).",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # The tick's own date is the as-of date, so a late tick publishes what the night should have published.
        store = settings.store
        day = context.scheduled_execution_time.astimezone(ZoneInfo(city.timezone)).date()
        runs.fail_dead(context.instance, store)
        tags = run_tags(store, day)
        if tags is None:
            return dg.SkipReason("Nothing was delivered since the current version was published.")
        return dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M}", tags=tags)

    return nightly


def deliveries_sensor(settings: Settings, tenant: Tenant, job: str) -> dg.SensorDefinition:
    """The sensor of the landing area."""

    @dg.sensor(
        name=tenant.name("deliveries"),
        job_name=job,
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts one run when files came or changed and then stood still for a tick. A batch is known by its "
        "content, so a correction is never taken for what it corrects.",
    )
    def deliveries(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # The cursor holds the content seen at the last tick, the content that a run was started for, and the runs' number.
        store = settings.store
        runs.fail_dead(context.instance, store)
        seen = json.loads(context.cursor or "{}")
        day = today(store.city)
        landing = scan(store, day)
        content = digest(
            [Recipes(store, landing).digests(), [[p.file_name, p.sha256, p.code] for p in landing.problems]]
        )
        settled = content == seen.get("content")
        number = seen.get("number", 0)
        wanted = settled and content != seen.get("started")
        tags = run_tags(store, day) if wanted else None
        if wanted:
            # Also when there is nothing to do: the content is what is published.
            seen["started"] = content
            number += tags is not None
        context.update_cursor(json.dumps(seen | {"content": content, "number": number}))
        if not settled:
            return dg.SkipReason("Files came or changed; waiting until they stand still.")
        if tags is None:
            return dg.SkipReason("Nothing was delivered since the last run.")
        # The number makes A, then B, then A again three runs.
        return dg.RunRequest(run_key=f"{number}-{content[:16]}", tags=tags)

    return deliveries


def notifier_sensor(settings: Settings, tenant: Tenant, owner: Owner) -> dg.SensorDefinition:
    """The sensor that starts nothing and tells people."""

    @dg.sensor(
        name=tenant.name("notifier"),
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells people about failed runs, held files, a missed night and silent sources (`DIKLAT_NOTIFY`; off "
        "until it is set), and writes the heartbeat.",
    )
    def notifier(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        # One message for all there is to tell; the cursor is the moment up to which failures were looked at.
        store = settings.store
        now = dt.datetime.now(dt.UTC)
        runs.fail_dead(context.instance, store)
        after = dt.datetime.fromisoformat(context.cursor) if context.cursor else now - dt.timedelta(days=1)
        failed = runs.failures(context.instance, owner.at(context.code_location_origin), after)
        for steps, _ in failed.values():
            note_failure(store, now, steps)
        notices = [
            *(notify.failure(steps, run_id, number) for run_id, (steps, number) in failed.items()),
            *notify.standing(store, now),
        ]
        if notify.tell(store, settings.notify, notices, now):
            context.update_cursor(now.isoformat())
        notify.heartbeat(store, now, "daemon")
        return dg.SkipReason(f"{len(notices)} things to tell, each once a day.")

    return notifier


def housekeeping_job(tenant: Tenant, owner: Owner) -> dg.JobDefinition:
    """The job that keeps Dagster's storage from growing for ever."""

    @dg.op(
        name=tenant.name("prune_runs"),
        description=f"Deletes runs that ended more than {KEPT_DAYS} days ago and made nothing that is still the latest.",
    )
    def prune_runs(context: dg.OpExecutionContext) -> None:
        before = dt.datetime.now(dt.UTC) - dt.timedelta(days=KEPT_DAYS)
        own = owner.at(context.run.remote_job_origin)
        context.log.info("deleted %s runs", runs.prune_runs(context.instance, own, before))

    @dg.job(
        name=tenant.name("housekeeping"),
        executor_def=dg.in_process_executor,
        description="Weekly: deletes old runs. The last success of every asset and partition is kept.",
    )
    def housekeeping() -> None:
        prune_runs()

    return housekeeping


def weekly_schedule(tenant: Tenant, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """When old runs are deleted."""
    return dg.ScheduleDefinition(
        name=tenant.name("weekly"), job=job, cron_schedule="0 3 * * 0", execution_timezone=tenant.city.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )  # fmt: skip
