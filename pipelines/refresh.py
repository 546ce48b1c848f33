"""A refresh: what it has to do, the run in this process, and what it found.

The plan is read off the stores alone, before Dagster is even loaded. Nothing here prints.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipelines.settings import Settings
from schemas.city import City
from schemas.said import Count, Said, said
from schemas.sources import SOURCES
from warehouse.auditing import beside
from warehouse.database import open_version, rows_of_older
from warehouse.delivery.landing import Landing, scan
from warehouse.faults import Faults, says_full
from warehouse.national.agencies import FAILED, known
from warehouse.publishing.version import is_made, is_published
from warehouse.staging.recipe import changed_months, delivered_months
from warehouse.store import AS_OF_TAG, Store, read_json
from warehouse.upkeep.health import NoRoom, check_room, reconcile
from warehouse.upkeep.journal import last_run
from warehouse.words import kept

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult, JobDefinition

INTERRUPTIONS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
"""Errors that are none: a run was ended."""
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass
class Outcome:
    """What became of a refresh."""

    as_of: dt.date
    changed: bool = False
    """Whether there was anything to do."""
    failure: str | None = None
    failed_steps: dict[str, str] = field(default_factory=dict)
    """Step → its message."""
    steps: dict[str, float] = field(default_factory=dict)
    """Step → seconds."""
    incidents: list[str] = field(default_factory=list)
    """What an ended process or a bad disk had left behind, and was put right."""
    seen: dict[dt.date, Undone] = field(default_factory=dict)
    """What was seen to be undone, where nothing was to be done: nobody need look again."""


def today(city: City) -> dt.date:
    """Today in the city's time zone: the as-of date of a run that names none."""
    return dt.datetime.now(ZoneInfo(city.timezone)).date()


@dataclass(frozen=True)
class Plan:
    """What a run has to do."""

    tags: dict[str, str]
    """Of the run: the range from the earliest changed month to now, and the day."""
    n_files: int
    """Delivered files in the months that it reads."""


def run_tags(store: Store, day: dt.date, *, full: bool = False) -> dict[str, str] | None:
    """Tags of the run that brings the warehouse up to date; None where `plan` gives none."""
    planned = plan(store, scan(store, day), full=full)
    return planned.tags if planned else None


def plan(store: Store, landing: Landing, *, full: bool = False) -> Plan | None:
    """What the run that brings the warehouse up to date has to do on the day of a picture of the landing area.

    None when nothing changed since the current version was published; while publication is held, since the version that
    waits was made; and where nothing was ever delivered, for an empty version tells nobody anything. Raises OutsideCalendar. With `full` every month that was delivered counts as changed.
    """
    day = store.city.in_calendar(landing.as_of)
    changed = (delivered_months if full else changed_months)(store, landing)
    if not changed and (is_new(store, landing) or is_published(store, day, landing)):
        return None
    now = f"{day:%Y-%m}"
    first = min((month for months in changed.values() for month in months), default=now)
    # Months that lie before the calendar (the city's first month was moved) have no partition.
    start = min(max(first, store.city.first_month), now)
    tags = {RANGE_START: f"{start}-01", RANGE_END: f"{now}-01", AS_OF_TAG: day.isoformat()}
    return Plan(
        tags, sum(len(landing.deliveries.get((s, month), ())) for s, months in changed.items() for month in months)
    )


def is_new(store: Store, landing: Landing) -> bool:
    """Whether this is an installation to which nothing was ever delivered: no file, nothing read, no version."""
    was_read = any(store.staging.glob("*/*.json")) or any((store.published / "versions").glob("[!.]*"))
    return not was_read and not landing.deliveries and not landing.problems


def nothing_to_do(store: Store) -> str:
    """Why no run is started where `plan` gives none, in words."""
    if not any((store.published / "versions").glob("[!.]*")):
        return said("Nothing was delivered yet, so nothing is published.")
    return said("Nothing was delivered since the current version was published.")


@dataclass(frozen=True)
class Undone:
    """What is wanted and not published."""

    months: Mapping[str, list[str]]
    """Source → months that wait to be read, or hold back a file that is tried again."""
    is_published: bool
    """Whether what was read is published; while publication is held, whether the version of it is ready."""
    stopped_at: tuple[str, ...]
    """Steps at which the last run failed or died, where something is undone since, or another day than the wanted one is published."""
    later: Sequence[str] = ()
    """Files of later months, which an old day that is replayed does not see."""
    gone: Mapping[str, list[str]] = field(default_factory=dict)
    """Source → those of `months` that were read, and of which no file is there any more."""

    def __bool__(self) -> bool:
        return bool(self.months) or not self.is_published

    @property
    def facts(self) -> dict[str, Any]:
        """The same for machines; nothing where nothing is undone and no run stopped."""
        if not self and not self.stopped_at:
            return {}
        facts = {"months": dict(self.months), "is_published": self.is_published, "stopped_at": list(self.stopped_at)}
        return facts | ({"gone": dict(self.gone)} if self.gone else {})


def undone(store: Store, day: dt.date) -> Undone:
    """Compare what is wanted on a day with what is published. That a newer day is wanted is the night's matter, but where a night stopped is
    said; of a nation, what its agencies could not publish."""
    if store.is_national:
        failed = [one for one in known(store, day) if one.refreshed == FAILED]
        return Undone({}, not failed, tuple(f"{one.agency_code}: {one.stopped_at}" for one in failed))
    landing = scan(store, day)
    months = changed_months(store, landing)
    manifest = read_json(store.current / "manifest.json")
    published = dt.date.fromisoformat(manifest["as_of"]) if manifest else day
    if manifest is None:
        is_done = not any(store.landing.glob("*/*/*"))
    else:
        is_done = is_made(store, published, landing if published == day else scan(store, published))
    run = last_run(store)
    stopped_at = run.stopped_at(store) if run and (months or not is_done or published != day) else ()
    return Undone(months, is_done, stopped_at, landing.later, _gone(landing, months))


def _gone(landing: Landing, changed: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Of the changed months those of which nothing is there, refused or not; by source."""
    # In the folder of a profile a refused file may be of any source.
    refused = {(problem.source if problem.source in SOURCES else "", problem.month) for problem in landing.problems}
    there = landing.deliveries.keys() | refused
    gone = {
        source: [month for month in months if not there & {(source, month), ("", month)}]
        for source, months in changed.items()
    }
    return {source: months for source, months in gone.items() if months}


Look = Callable[[dt.date], Undone]
"""What is undone by a day."""


def look(store: Store, seen: Mapping[dt.date, Undone] | None = None) -> Look:
    """`undone` of a store, asked once for each day, for several who tell of one moment; not for a day on which it was `seen`."""
    known = seen or {}
    return cache(lambda day: known[day] if day in known else undone(store, day))


def standing_facts(store: Store, pending: Undone) -> dict[str, Any]:
    """What stands between what is wanted and what readers see, for machines: `undone` and `hold`, each only where there is one."""
    facts = {"undone": pending.facts, "hold": store.hold}
    return {name: value for name, value in facts.items() if value}


def refresh(
    settings: Settings,
    day: dt.date | None,
    *,
    full: bool,
    allow_loss: bool = False,
    job: Callable[[], JobDefinition],
    say: Callable[[str], object],
) -> Outcome:
    """Bring the warehouse up to date: the very job that the nightly schedule launches, in this process.

    `job` gives it once there is something to do, for Dagster takes seconds to load. `say` is told what is being done before the first step, and what was put right. The caller holds the writer's
    lock. With `allow_loss` a version may be published that holds less than the published one. Raises KeyboardInterrupt where somebody ends the run.
    """
    store = settings.store
    say(said("Looking at what is there and what was delivered ..."))
    outcome = Outcome(day or today(store.city), incidents=reconcile(store))
    for incident in outcome.incidents:
        say(incident)
    landing = scan(store, outcome.as_of)
    if planned := plan(store, landing, full=full):
        beside.prepare()
        # What Dagster is told of the tables is kept there, once there is such a folder.
        store.build.parent.mkdir(parents=True, exist_ok=True)
        say(said("Starting Dagster ..."))
        _run(settings, job, planned, {"full": full, "allow_loss": allow_loss}, outcome)
    elif (read_json(store.current / "manifest.json") or {}).get("as_of") == outcome.as_of.isoformat():
        outcome.seen[outcome.as_of] = Undone({}, True, (), landing.later)
    return outcome


def _run(
    settings: Settings, job: Callable[[], JobDefinition], planned: Plan, asked: dict[str, bool], outcome: Outcome
) -> None:
    import dagster as dg

    from assets.common import STORE, steps
    from pipelines import runs

    store = settings.store
    before = readers_at(store)
    with dg.DagsterInstance.get() as instance:
        for run_id in runs.fail_dead(instance, store):
            outcome.incidents.append(said("run {run} had ended without a word; it is marked as failed", run=run_id))
        nightly = job()
        n_steps = len(nightly.asset_layer.selected_asset_keys)
        steps.info(
            "%s steps, %s", Count(n_steps), said("{n:file/files} to read", n=Count(planned.n_files)),
            extra={"n_steps": n_steps, "n_files": planned.n_files},
        )  # fmt: skip
        result = nightly.execute_in_process(
            instance=instance,
            tags=planned.tags | runs.repository_tag(settings.code_location),
            raise_on_error=False,
            run_config={
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                "resources": {STORE: {"config": asked}},
            },
        )
        runs.file(instance, result.run_id, settings.code_location)
        if _was_interrupted(result):
            raise KeyboardInterrupt
        # What is published is published, also where the disk has no room for less.
        owner = runs.Owner(
            settings.code_location, frozenset({nightly.name}), frozenset(nightly.asset_layer.selected_asset_keys)
        )
        with suppress(OSError), Faults().aside("settling the run"):
            if result.success:
                runs.settle(instance, result.run_id)
                runs.settle_failed(instance, owner, nightly.name, dt.datetime.now(dt.UTC))
        with Faults().aside("deleting old runs"):
            runs.prune_weekly(instance, owner, dt.datetime.now(dt.UTC))
    outcome.changed = True
    if not result.success:
        outcome.failed_steps = {
            str(event.step_key): runs.cause(event.step_failure_data)
            for event in result.all_events
            if event.is_step_failure
        } or {"run": said("It could not begin; see the run in Dagster.")}
        messages = "\n".join(f"{step}: {message}" for step, message in outcome.failed_steps.items())
        outcome.failure = _failure(store, before, messages, said(" (run {run})", run=result.run_id))
    outcome.steps = {
        str(event.step_key): round(event.step_success_data.duration_ms / 1000, 3)
        for event in result.all_events
        if event.is_step_success
    }


def _was_interrupted(result: ExecuteInProcessResult) -> bool:
    """Whether somebody ended the run: Dagster makes of Ctrl-C and SIGTERM a step, or a run, that failed."""
    failures = [event.event_specific_data for event in result.all_events if event.is_failure]
    return any(error.cls_name in INTERRUPTIONS for failure in failures if (error := getattr(failure, "error", None)))


def readers_at(store: Store) -> Path:
    """Where readers are led now, to be asked again when a run has ended."""
    return store.current.resolve()


def since(store: Store, before: Path) -> Said:
    """What a run that came to no good end means for readers: it may have published before."""
    now = readers_at(store)
    if now == before:
        return said("the published version stands as it was")
    return said("but {version} had been published", version=now.name)


def failure_of(store: Store, before: Path, error: Exception) -> str:
    """In words, what neither a step nor a file can be blamed for: a full or read-only disk under Dagster itself."""
    return _failure(store, before, f"{type(error).__name__}: {error}")


def _failure(store: Store, before: Path, message: str, run: str = "") -> str:
    return said(
        "The refresh failed; {readers}{run}.\n{message}{room}",
        readers=since(store, before), run=run, message=message, room=_room(store, message),
    )  # fmt: skip


def _room(store: Store, message: str) -> str:
    """Where a disk was full: how much is needed and how much there is."""
    if not says_full(message):
        return ""
    try:
        check_room(store, Landing({}, [], []), {})
    except NoRoom as full:
        return said("\n{room}", room=full.args[0])
    return said("\n{home} has {free} MB free.", home=store.home, free=Count(shutil.disk_usage(store.home).free / 1e6))


QUERIES = {
    "sources": "select source, cast(count(*) as int) as files, cast(sum(n_read) as bigint) as n_read, "
    "cast(sum(n_accepted) as bigint) as n_accepted, cast(sum(n_refused) as bigint) as n_refused, "
    "cast(sum(n_duplicate) as bigint) as n_duplicate from ops.delivery group by source order by source",
    "refusals": "select source, reason_code, column_name, cast(sum(n_rows) as bigint) as n_rows "
    "from ops.rejection_summary group by all order by n_rows desc, 1, 2, 3",
    "files_refused": "select folder, file_name, status, reason_code, seen from ops.delivery "
    "where status in ('refused', 'held') and reason_code <> '' order by all",
    "flags": "select flag_id, rule, state, cause, action, n_observed, round(unfavourable_share, 3) as unfavourable_share, "
    "cast(changed_on as varchar) as changed_on, n_unfavourable_now, n_observed_now from marts.curriculum_flag where is_raised "
    "order by state desc, unfavourable_share desc, flag_id",
    "doubtful": "select folder, file_name, drift from ops.delivery where status not in ('refused', 'held') and drift <> '' order by all",
    "warnings": "select audit, table_name, column_name, expected, actual, meaning, resolve from ops.audit_result where not passed order by all",
}
"""What a summary lists of the published version."""


def summary(store: Store, outcome: Outcome, seen: Look) -> dict[str, Any]:
    """What was done and what is published now, as `diklat refresh --json` prints it."""
    facts: dict[str, Any] = {
        "as_of": outcome.as_of.isoformat(), "changed": outcome.changed, "failure": outcome.failure,
        "warehouse": str(store.current / "warehouse.duckdb"),
        "report": str(store.current / "report" / "index.html"), **{name: [] for name in (*QUERIES, "left_out")}, "late": {}, "hold": store.hold,
        "undone": seen(outcome.as_of).facts, "later": list(seen(outcome.as_of).later),
        "n_refused": 0, "steps": outcome.steps, "incidents": outcome.incidents,
    }  # fmt: skip
    if (store.current / "warehouse.duckdb").exists():
        with open_version(store.current, "ops.*", "marts.curriculum_flag") as con:
            [(facts["build_id"],)] = con.execute("select build_id from ops.build").fetchall()
            for name, query in QUERIES.items():
                facts[name] = rows_of_older(con, query)
        facts["doubtful"] = [
            row | {"doubts": told} for row in facts["doubtful"] or () if (told := kept.doubts(row.pop("drift")))
        ]
    if manifest := read_json(store.current / "manifest.json"):
        facts["left_out"] = [
            {"mart": table.removeprefix("marts."), "n_rows": manifest["rows"][table], "n_left_out": n}
            for table, n in sorted(manifest.get("left_out", {}).items())
        ]
        facts["late"] = manifest.get("late", {})
    facts["n_refused"] = int(sum(source["n_refused"] for source in facts["sources"] or ()))
    return facts


def open_flags(store: Store) -> list[str]:
    """Flags of the published version that ask for a decision, worst first; none where nothing is published."""
    if not store.current.exists():
        return []
    with open_version(store.current, "marts.curriculum_flag") as con:
        query = "select flag_id from marts.curriculum_flag where is_raised order by state desc, flag_id"
        return [row["flag_id"] for row in rows_of_older(con, query) or ()]
