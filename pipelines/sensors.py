"""Sensors: deliveries start a run once they have settled; people are told what went wrong."""

from __future__ import annotations

import datetime as dt
import json

import dagster as dg

from pipelines import notify, runs
from pipelines.plan import run_tags, today
from warehouse.delivery.landing import scan
from warehouse.staging.recipe import Recipes
from warehouse.store import Store, digest

EVERY_SECONDS = 60


@dg.sensor(
    name="deliveries",
    job_name="nightly_refresh",
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts one run when files came or changed and then stood still for a tick. A batch is known by its "
    "content, so a correction is never taken for what it corrects.",
)
def deliveries(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """The cursor holds the content seen at the last tick, the content that a run was started for, and the runs' number."""
    place = Store.from_environment()
    runs.fail_dead(context.instance, place)
    seen = json.loads(context.cursor or "{}")
    day = today()
    landing = scan(place, day)
    content = digest(
        [Recipes(place, landing).digests(),
         [[p.file_name, p.sha256, p.code] for p in landing.problems]]
    )  # fmt: skip
    settled = content == seen.get("content")
    number = seen.get("number", 0)
    wanted = settled and content != seen.get("started")
    tags = run_tags(place, day) if wanted else None
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


@dg.sensor(
    name="notifier",
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells people about failed runs, held files, a missed night and silent sources (e-mail, webhook, log; each "
    "off until it is set), and writes the heartbeat.",
)
def notifier(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """One message for all there is to tell; the cursor is the moment up to which failures were looked at."""
    place = Store.from_environment()
    now = dt.datetime.now(dt.UTC)
    runs.fail_dead(context.instance, place)
    after = dt.datetime.fromisoformat(context.cursor) if context.cursor else now - dt.timedelta(days=1)
    failed = [notify.failure(steps, run_id, n) for run_id, (steps, n) in runs.failures(context.instance, after).items()]
    notices = [*failed, *notify.standing(place, now)]
    if notify.tell(place, notices, now):
        context.update_cursor(now.isoformat())
    notify.heartbeat(place, now, "daemon")
    return dg.SkipReason(f"{len(notices)} things to tell, each once a day.")
