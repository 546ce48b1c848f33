"""What starts a run by itself: the nightly schedule, deliveries that have settled, the weekly housekeeping; and the notifier."""

import datetime as dt
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from assets.common import Tenant
from pipelines import lineage, metrics, notify, runs
from pipelines.refresh import look, nothing_to_do, run_tags, today
from pipelines.runs import Owner
from pipelines.settings import Settings
from warehouse.delivery.landing import Landing, scan
from warehouse.faults import Faults
from warehouse.publishing.freshness import note_failure
from warehouse.publishing.version import is_published
from warehouse.staging.recipe import Recipes, changed_months
from warehouse.store import AS_OF_TAG, Store, digest, read_json

EVERY_SECONDS = 60
TRIES = 3
"""Runs that are started for one content; then it is the night's matter."""
PATIENCE = 10
"""Ticks after which a run that was started and never seen is started again."""


def _nightly(
    settings: Settings, tenant: Tenant, job: str, what: str
) -> Callable[[Callable[..., Any]], dg.ScheduleDefinition]:
    """The schedule at the city's hour of the night, which does `what`."""
    city = tenant.city
    hour, minute = map(int, city.nightly_at.split(":"))
    when = f"By {settings.nightly_cron}" if settings.nightly_cron else f"Every night at {city.nightly_at}"
    return dg.schedule(
        name=tenant.name("nightly"),
        job_name=job,
        cron_schedule=settings.nightly_cron or f"{minute} {hour} * * *",
        execution_timezone=city.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{when} {city.zone_label}, {what}",
    )


def nightly_schedule(settings: Settings, tenant: Tenant, job: str) -> dg.ScheduleDefinition:
    """The night of the city."""

    @_nightly(settings, tenant, job, "one run from the earliest changed month to now.")
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # The tick's own date is the as-of date, so a late tick publishes what the night should have published.
        store = settings.store
        day = context.scheduled_execution_time.astimezone(ZoneInfo(tenant.city.timezone)).date()
        runs.fail_dead(context.instance, store)
        published = (read_json(store.current / "manifest.json") or {"as_of": ""})["as_of"]
        if published > day.isoformat():
            return dg.SkipReason(f"A late tick: {published} is published already.")
        tags = run_tags(store, day)
        if tags is None:
            return dg.SkipReason(nothing_to_do(store))
        return dg.RunRequest(run_key=f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M}", tags=tags)

    return nightly


def national_schedule(settings: Settings, tenant: Tenant, job: str) -> dg.ScheduleDefinition:
    """The night of a nation: its agencies look themselves what was delivered."""

    @_nightly(settings, tenant, job, "each agency's refresh, then the national version of what they have published.")
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        runs.fail_dead(context.instance, settings.store)
        day = context.scheduled_execution_time.astimezone(ZoneInfo(tenant.city.timezone)).date()
        return dg.RunRequest(
            run_key=f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M}", tags={AS_OF_TAG: day.isoformat()}
        )

    return nightly


@dataclass
class Batch:
    """What the sensor of the landing area remembers from tick to tick, in its cursor."""

    content: str = ""
    """What was seen at the last tick."""
    started: str = ""
    """The content that a run was started for."""
    done: str = ""
    """The content that is published."""
    tries: int = 0
    """Runs that were started for that content."""
    patience: int = 0
    """Ticks until a run that was started and never seen is started again."""
    number: int = 0
    """Runs that were ever started: it makes A, then B, then A again three runs."""
    looked_at: str = ""
    """The last run that had ended when it was looked whether the content is published."""

    def is_due(self, last: dg.DagsterRun | None) -> bool:
        """Whether to look if the content is published: it is new, a run ended since, or none was ever seen."""
        run_id = last.run_id if last else ""
        has_news, self.looked_at = run_id != self.looked_at, run_id
        if self.content == self.done:
            is_well = last is None or last.status == dg.DagsterRunStatus.SUCCESS
            self.tries = 0 if is_well else self.tries
            return has_news and not is_well
        self.patience -= self.content == self.started
        return self.content != self.started or has_news or self.patience <= 0

    def is_done(self) -> None:
        """The content is published."""
        self.done = self.started = self.content
        self.tries = 0

    def is_given_up(self, last: dg.DagsterRun | None) -> bool:
        """Whether the content is left to the night: it was tried often enough, or somebody ended its run by hand."""
        if self.content != self.started:
            self.tries = 0
        elif last is not None and last.status == dg.DagsterRunStatus.CANCELED:
            self.tries = TRIES
        return self.tries >= TRIES

    def start(self) -> str:
        """Start a run: the key that makes it one of its own."""
        self.started, self.patience = self.content, PATIENCE
        self.tries += 1
        self.number += 1
        return f"{self.number}-{self.content[:16]}"


def _is_wanted(store: Store, day: dt.date, landing: Landing) -> bool:
    """Whether a run would bring more than another look at files that are held back."""
    return bool(changed_months(store, landing, waiting=False)) or not is_published(store, day, landing)


def deliveries_sensor(settings: Settings, tenant: Tenant, job: str) -> dg.SensorDefinition:
    """The sensor of the landing area."""

    @dg.sensor(
        name=tenant.name("deliveries"),
        job_name=job,
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts one run when files came or changed and then stood still for a tick. A batch is known by its "
        "content, so a correction is never taken for what it corrects. It is done when it is published: a run that failed or "
        f"died, the night's too, is tried again, {TRIES} times; then it is the next night's matter.",
    )
    def deliveries(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        store = settings.store
        runs.fail_dead(context.instance, store)
        origin = context.code_location_origin
        last = runs.newest(context.instance, job, origin.location_name if origin else settings.code_location)
        day = today(store.city)
        landing = scan(store, day)
        content = digest([
            Recipes(store, landing).digests(), [[p.file_name, p.sha256, p.code] for p in landing.problems], bool(store.hold)
        ])  # fmt: skip
        batch = Batch(**json.loads(context.cursor or "{}"))
        is_settled, batch.content = content == batch.content, content
        if not is_settled:
            reason = "Files came or changed; waiting until they stand still."
        elif last is not None and last.status in runs.UNDER_WAY:
            reason = f"Run {last.run_id} is under way."
        elif not batch.is_due(last):
            reason = "Nothing was delivered since the last run."
        elif not _is_wanted(store, day, landing) or (tags := run_tags(store, day)) is None:
            batch.is_done()
            reason = nothing_to_do(store)
        elif batch.is_given_up(last):
            reason = "What was delivered is not published: its runs failed or were ended; the night tries again."
        else:
            run_key = batch.start()
            context.update_cursor(json.dumps(asdict(batch)))
            return dg.RunRequest(run_key=run_key, tags=tags)
        context.update_cursor(json.dumps(asdict(batch)))
        return dg.SkipReason(reason)

    return deliveries


def notifier_sensor(settings: Settings, tenant: Tenant, owner: Owner) -> dg.SensorDefinition:
    """The sensor that starts nothing and tells people."""

    @dg.sensor(
        name=tenant.name("notifier"),
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells people about failed runs, held files, a missed night and silent sources, in a nation about agencies that failed or are behind "
        "(`DIKLAT_NOTIFY`; off until it is set), and writes the heartbeat.",
    )
    def notifier(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        # One message for all there is to tell; the cursor is the moment up to which failures were looked at.
        store, now = settings.store, dt.datetime.now(dt.UTC)
        seen = look(store)
        runs.fail_dead(context.instance, store)
        after = dt.datetime.fromisoformat(context.cursor) if context.cursor else now - dt.timedelta(days=1)
        failed = runs.failures(context.instance, owner.at(context.code_location_origin), after)
        for steps, _ in failed.values():
            note_failure(store, now, steps)
        notices = [
            *(notify.failure(steps, run_id, number) for run_id, (steps, number) in failed.items()),
            *notify.standing(store, now, seen),
        ]
        if notify.tell(store, settings.notify, notices, now, settings.escalate):
            context.update_cursor(now.isoformat())
        notify.heartbeat(store, now, "daemon", seen)
        with suppress(OSError), Faults().aside("settling runs"):
            runs.settle_ended(context.instance, owner.at(context.code_location_origin), after)
        with Faults().aside("figures and lineage"):
            metrics.write(store, settings.metrics, now, seen)
            lineage.tell(store, settings.lineage, settings.code_location)
        return dg.SkipReason(f"{len(notices)} things to tell, each once.")

    return notifier


def housekeeping_job(tenant: Tenant, owner: Owner) -> dg.JobDefinition:
    """The job that keeps Dagster's storage from growing for ever."""

    @dg.op(
        name=tenant.name("prune_runs"),
        description=f"Deletes runs that ended more than {runs.KEPT_DAYS} days ago and made nothing that is still the latest.",
    )
    def prune_runs(context: dg.OpExecutionContext) -> None:
        before = dt.datetime.now(dt.UTC) - dt.timedelta(days=runs.KEPT_DAYS)
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
        default_status=dg.DefaultScheduleStatus.RUNNING, description="Sundays at 03:00: old runs are deleted.",
    )  # fmt: skip
