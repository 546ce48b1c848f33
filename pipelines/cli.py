"""The `diklat` command line. Exit codes: 0 done, 1 failed, 2 bad usage, 3 finished but something was refused or held."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from pipelines.settings import Settings, SettingsError, prepare_dagster, prepare_logs, write_workspace
from schemas.column import ContractError
from warehouse.faults import Faults
from warehouse.lock import Busy, one_writer
from warehouse.store import Store

if TYPE_CHECKING:
    from dagster import JobDefinition

    from pipelines.refresh import Look
    from warehouse.delivery.landing import Problem

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
profile_app = typer.Typer(no_args_is_help=True, help="The city's own layout profiles.")
app.add_typer(profile_app, name="profile")
national_app = typer.Typer(no_args_is_help=True, help="A nation of agencies: a data root with an agencies.yaml.")
app.add_typer(national_app, name="national")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
screen = Console(stderr="--json" in sys.argv)
"""Progress and tables; beside `--json` they go to stderr, so that stdout is one JSON object."""
REFUSED = 3
ENDING_SECONDS = 20
"""How long the programs of `diklat ui` have to end by themselves."""
SHOWN_FILES = 10
"""Refused and held files that a refresh lists."""


def _fail(message: str, code: int = 1) -> typer.Exit:
    Console(stderr=True).print(f"[bold red]{message}[/]", highlight=False)
    return typer.Exit(code)


@contextmanager
def _one_writer(store: Store, what: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the writer's lock of the data root; if another process does, say which."""
    try:
        with one_writer(store, what, wait_seconds=wait_seconds, waiting=screen.print):
            yield
    except Busy as busy:
        raise _fail(str(busy)) from None


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise _fail(f"--as-of {text!r} is no date; write it as YYYY-MM-DD.", 2) from None


class _Progress(logging.Handler):
    """Shows what the assets report, with the seconds since the start."""

    def __init__(self) -> None:
        super().__init__()
        self.start = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        style = "yellow" if record.levelno >= logging.WARNING else "dim"
        screen.print(
            f"[{style}]{time.monotonic() - self.start:6.1f} s  {record.getMessage()}[/]",
            highlight=False,
            soft_wrap=True,
        )


def _settings() -> Settings:
    """The environment's settings, once the city's file can be used, too."""
    try:
        settings = Settings.read()
        _ = settings.store.city
        prepare_logs(settings)
    except (SettingsError, ContractError) as error:
        raise _fail(escape(str(error)), 2) from None
    return settings


def _version(asked: bool) -> None:
    if asked:
        print(f"diklat {version('diklat')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Tells a government which of its trainings work."""


@app.command()
def refresh(
    as_of: Annotated[
        str | None, typer.Option(help="Evaluate as of this day (YYYY-MM-DD); default today in the city.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read every delivery again.")] = False,
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="Publish also what holds less than the published version.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait while another refresh is running.")] = 0,
    sample_if_empty: Annotated[bool, typer.Option(help="Write the sample city if nothing was delivered yet.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the warehouse up to date: the very job that the nightly schedule launches, run here."""
    from pipelines.refresh import failure_of, look, summary
    from pipelines.refresh import refresh as refresh_warehouse

    day = _day(as_of)
    settings = _settings()
    store = settings.store
    _not_national(store)
    if not as_json:
        _show_progress()
    try:
        with _one_writer(store, "diklat refresh", wait_seconds=wait):
            # An empty landing area beside a published version is a loss, not a beginning.
            if sample_if_empty and not store.current.exists() and not any(store.landing.rglob("*.*")):
                _write_sample(
                    store, 22_000, 24, 2026, meanwhile=lambda: importlib.import_module("pipelines.code_location")
                )
            prepare_dagster(store)
            outcome = refresh_warehouse(
                settings, day, full=full, allow_loss=allow_loss, job=lambda: _nightly_refresh(settings), say=_say
            )
    except typer.Exit:
        raise
    except Exception as error:
        raise _fail(failure_of(store, error)) from error
    seen = look(store)
    facts = summary(store, outcome, seen)
    _tell(settings, outcome.failed_steps, seen)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, default=str))
    else:
        _show(store, facts)
    if outcome.failure:
        raise _fail(outcome.failure)
    raise typer.Exit(REFUSED if facts["n_refused"] or facts["files_refused"] or facts["hold"] else 0)


def _not_national(store: Store) -> None:
    """A national home has no deliveries of its own."""
    if store.is_national:
        raise _fail(
            f"{store.home} is a national home: `diklat national refresh`, or DIKLAT_HOME={store.agencies}/<code>.", 2
        )


@national_app.command("refresh")
def refresh_nation(
    as_of: Annotated[str | None, typer.Option(help="Evaluate as of this day (YYYY-MM-DD); default today.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read every delivery of every agency again.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="Agencies refreshed at a time; each takes the memory of a refresh.")
    ] = 1,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait while another national refresh is running.")] = 0,
    sample_if_empty: Annotated[
        bool, typer.Option(help="Write three small sample agencies if there is no agencies.yaml.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Refresh every agency, each by itself, and publish what they have published as the national version."""
    from functools import partial

    from pipelines.national import failures, refresh_agencies, refresh_agency
    from pipelines.refresh import today
    from warehouse.auditing.integrity import AuditFailed
    from warehouse.national.sample import write_sample_nation
    from warehouse.national.version import FILE, publish_nation
    from warehouse.upkeep.health import reconcile

    given = _day(as_of)
    store = _settings().store
    with _one_writer(store, "diklat national refresh", wait_seconds=wait):
        if (
            sample_if_empty
            and not store.is_national
            and not store.current.exists()
            and not any(store.landing.rglob("*.*"))
        ):
            _say("Writing a sample nation of three agencies ...")
            write_sample_nation(store)
            store = _settings().store
        if not store.is_national:
            raise _fail(
                f"{store.home} has no agencies.yaml: write one (docs/national.md), or try --sample-if-empty.", 2
            )
        for incident in reconcile(store):
            _say(incident)
        try:
            ended = refresh_agencies(store, partial(refresh_agency, day=given, full=full), workers=workers, say=_say)
            for one in failures(ended):
                screen.print(
                    f"{one.code}: {one.message}", style="yellow", soft_wrap=True, markup=False, highlight=False
                )
            manifest = publish_nation(store, given or today(store.city), _say)
        except ContractError as error:
            raise _fail(escape(str(error)), 2) from None
        except (AuditFailed, OSError) as error:
            raise _fail(f"The national version stands as it was. {escape(str(error))}") from error
    missing = sorted(code for code, version in manifest["agencies"].items() if version is None)
    if as_json:
        facts = {"build_id": manifest["build_id"], "as_of": manifest["as_of"], "agencies": manifest["agencies"], "missing": missing,
                 "refreshed": [asdict(one) for one in ended], "hold": store.hold, "national": str(store.current / FILE)}  # fmt: skip
        print(json.dumps(facts, ensure_ascii=False))
    else:
        _show_hold(store)
        screen.print(
            f"National   {store.current / FILE}  (version {manifest['build_id']})", soft_wrap=True, highlight=False
        )
        screen.print(
            f"Report     {store.current / 'report' / 'index.html'}   or   diklat report --open",
            soft_wrap=True,
            highlight=False,
        )
    raise typer.Exit(REFUSED if failures(ended) or missing or store.hold else 0)


def _nightly_refresh(settings: Settings) -> JobDefinition:
    from pipelines.code_location import NIGHTLY_REFRESH, build_defs

    return build_defs(settings).resolve_job_def(NIGHTLY_REFRESH)


def _say(line: str) -> None:
    screen.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def _show_progress() -> None:
    for name in ("diklat.progress", "diklat.run.steps"):
        logging.getLogger(name).handlers = [_Progress()]


def _tell(settings: Settings, failed_steps: dict[str, str], seen: Look) -> None:
    """Without a daemon the command line is the night: it tells people, too, and writes the heartbeat."""
    from pipelines import lineage, metrics, notify
    from warehouse.publishing.freshness import note_failure

    store, now = settings.store, dt.datetime.now(dt.UTC)
    with suppress(OSError), Faults().aside("telling people"):
        if failed_steps:
            note_failure(store, now, failed_steps)
        failed = [notify.failure(failed_steps, "diklat refresh")] if failed_steps else []
        notify.tell(store, settings.notify, [*failed, *notify.standing(store, now, seen)], now, settings.escalate)
        notify.heartbeat(store, now, "diklat refresh", seen)
        metrics.write(store, settings.metrics, now, seen)
        lineage.tell(store, settings.lineage, settings.code_location)


def _show(store: Store, summary: dict[str, Any]) -> None:
    from pipelines.refresh import nothing_to_do
    from schemas.reasons import REASONS
    from warehouse.delivery.landing import scan

    if not summary["sources"]:
        day = dt.date.fromisoformat(summary["as_of"])
        screen.print("Nothing is published yet." if summary["changed"] else nothing_to_do(store, day))
        return
    if not summary["changed"]:
        screen.print("Nothing was delivered since the current version was published; no file was read again.")
    table = Table(
        "source", *(("files", "read", "accepted", "refused", "repeated")), title=f"Deliveries as of {summary['as_of']}"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for row in summary["sources"]:
        table.add_row(
            row["source"], *(f"{int(row[n]):,}" for n in ("files", "n_read", "n_accepted", "n_refused", "n_duplicate"))
        )
    screen.print(table)
    if summary["refusals"] or summary["files_refused"]:
        table = Table("source", "column", "rows", "why", title="Refused")
        for row in summary["refusals"]:
            table.add_row(
                row["source"], row["column_name"], f"{int(row['n_rows']):,}", REASONS[row["reason_code"]].english
            )
        for row in summary["files_refused"][:SHOWN_FILES]:
            reason = REASONS[row["reason_code"]]
            table.add_row(
                str(Path(row["folder"], row["file_name"])), "", "file", f"{reason.english} {row['seen']} {reason.mend}"
            )
        if (more := len(summary["files_refused"]) - SHOWN_FILES) > 0:
            table.add_row("…", "", "file", f"{more:,} more: ops.delivery names them all")
        screen.print(table)
        screen.print(f"Every refused row, with its reason and how to mend it: {store.quarantine}", soft_wrap=True)
        screen.print(f"Workbooks to send back, with the cells marked: {store.returned}", soft_wrap=True)
    screen.print("Curriculum flags:" if summary["flags"] else "No curriculum flag is raised.", style="bold")
    for row in summary["flags"]:
        style = "red" if row["state"] == "MERAH" else "yellow"
        share = "" if row["unfavourable_share"] is None else f"{row['unfavourable_share']:.0%} of {row['n_observed']:,}"
        said = f"[{style}]{row['state']:<6}[/] {row['flag_id']:<28} {share:<12} {row['cause'] or ''}"
        screen.print(said.rstrip(), soft_wrap=True, highlight=False)
        if row["changed_on"]:
            since = f"since {row['changed_on']}: {row['n_unfavourable_now']:,} of {row['n_observed_now']:,}"
            screen.print(Padding(since, (0, 0, 0, 7)), highlight=False)
        screen.print(Padding(row["action"], (0, 0, 0, 7)), highlight=False)
    shares = (f"{row['mart']} {row['n_left_out']:,} of {row['n_rows']:,}" for row in summary["left_out"])
    screen.print(f"Rows whose numbers are left out (small groups): {', '.join(shares)}.", highlight=False)
    if summary["late"]:
        waiting = ", ".join(f"{source} {n:,} rows" for source, n in summary["late"].items())
        screen.print(f"Came late, and wait until they tell of enough people: {waiting}.", highlight=False)
    for row in summary["warnings"]:
        where = ".".join(filter(None, (row["table_name"], row["column_name"])))
        screen.print(f"[yellow]Warning[/] {row['audit']}: {where}: {row['actual']}", soft_wrap=True)
    later = scan(store, dt.date.fromisoformat(summary["as_of"])).later
    if later:
        names = ", ".join(later[:5]) + (" …" if len(later) > 5 else "")
        screen.print(f"[yellow]Not seen as of {summary['as_of']}[/]: {len(later)} files of later months: {names}")
    for source, months in summary["undone"].get("months", {}).items():
        screen.print(f"[yellow]Waiting[/]: {source} {_months(months)}: the next refresh reads it", highlight=False)
    _show_hold(store)
    if store.has_sample_key and not (store.home / "truth.json").exists():
        screen.print("[yellow]Pseudonyms are made with the sample city's public key[/]: start a new DIKLAT_HOME.")
    screen.print(f"Warehouse  {summary['warehouse']}  (version {summary['build_id']})", soft_wrap=True)
    screen.print(f"Report     {store.current / 'report' / 'index.html'}   or   diklat report --open", soft_wrap=True)
    screen.print(
        f"Open it    duckdb -readonly {summary['warehouse']}   or   diklat ui", soft_wrap=True, highlight=False
    )


def _write_sample(
    store: Store, employees: int, months: int, seed: int, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Write it in a process of its own; what this one has to do `meanwhile` (to load Dagster) takes as long."""
    from warehouse.sample.city import write_sample

    screen.print(f"Writing a sample city: {employees:,} employees, {months} months ...", style="dim", highlight=False)
    store.landing.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        written = pool.submit(write_sample, store.landing, employees=employees, months=months, seed=seed)
        meanwhile()
        written.result()
    store.write_sample_key(seed)


@app.command()
def sample(
    employees: Annotated[int, typer.Option(min=100, help="Number of employees.")] = 22_000,
    months: Annotated[int, typer.Option(min=3, max=36, help="Months of deliveries.")] = 24,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = 2026,
) -> None:
    """Write a sample city (Tangerang Selatan, invented people) into the landing area, with its truth in truth.json."""
    store = _settings().store
    _not_national(store)
    with _one_writer(store, "diklat sample"):
        if any(store.landing.rglob("*.*")):
            raise _fail(f"{store.landing} holds deliveries already; choose another DIKLAT_HOME.", 2)
        _write_sample(store, employees, months, seed)
    screen.print(f"Files are in {store.landing}; what was planted is in {store.home / 'truth.json'}.", soft_wrap=True)


@app.command()
def status(as_json: Json = False) -> None:
    """What is published, what holds it, and what waits to be read or published."""
    from pipelines.refresh import standing_facts, today, undone
    from warehouse.delivery.landing import scan
    from warehouse.store import read_json

    store = _settings().store
    day = today(store.city)
    manifest = read_json(store.current / "manifest.json")
    if store.is_national:
        _show_agencies(store, day, manifest, as_json)
        return
    pending = undone(store, day)
    problems = sorted(scan(store, day).problems, key=lambda problem: problem.file_name)
    if as_json:
        listed = [asdict(problem) for problem in problems]
        facts = {"published": manifest, "changed": pending.months, "problems": listed, **standing_facts(store, pending)}
        print(json.dumps(facts, ensure_ascii=False))
        return
    # What is wrong first; a line each, whatever is wrong with however many files.
    if pending.stopped_at:
        screen.print(f"[red]Stopped[/]: the last run failed or died at step {', '.join(pending.stopped_at)}.")
    _show_hold(store)
    for status in dict.fromkeys(problem.status for problem in problems):
        _show_problems(status, [problem for problem in problems if problem.status == status])
    waiting = "; ".join(f"{source} {_months(months)}" for source, months in pending.months.items())
    if waiting or not pending:
        screen.print(f"Waiting: {waiting}" if waiting else "No delivery waits.", soft_wrap=True, highlight=False)
    wanted = "" if pending.is_published else "; what is wanted is another: `diklat refresh` publishes it"
    published = (
        f"Published: {manifest['build_id']} as of {manifest['as_of']}" if manifest else "Nothing is published yet"
    )
    screen.print(f"{published}{wanted}.", soft_wrap=True, highlight=False)


def _months(months: Sequence[str]) -> str:
    """A few months by name, many by their ends."""
    return ", ".join(months) if len(months) < 4 else f"{len(months)} months, {months[0]} to {months[-1]}"


def _show_problems(status: str, problems: Sequence[Problem]) -> None:
    """Of one file the reason and how to mend it; of several how many they are, and where each is told."""
    from schemas.reasons import REASONS

    last = problems[-1]
    if len(problems) == 1:
        reason = REASONS[last.code]
        text = f"{last.file_name}: {reason.english} {last.seen} {reason.mend}"
    else:
        text = f"{len(problems):,} files, {last.file_name} among them: why is in `diklat status --json` and the report's kiriman.html"
    screen.print(f"{status.capitalize()}: {text}", soft_wrap=True, markup=False, highlight=False)


def _show_agencies(nation: Store, day: dt.date, manifest: dict[str, Any] | None, as_json: bool) -> None:
    """What a nation has published, and the state of its agencies as of a day."""
    from schemas.agencies import Agencies
    from warehouse.national.agencies import known

    try:
        agencies, flaws = known(nation, day), Agencies.read(nation.home).set_aside
    except ContractError as error:
        raise _fail(escape(str(error)), 2) from None
    if as_json:
        facts = {
            "published": manifest,
            "agencies": [asdict(one) for one in agencies],
            "set_aside": [str(flaw) for flaw in flaws],
        }
        print(json.dumps(facts | ({"hold": nation.hold} if nation.hold else {}), ensure_ascii=False, default=str))
        return
    screen.print(
        f"Published: {manifest['build_id']} as of {manifest['as_of']}" if manifest else "Nothing is published yet."
    )
    _show_hold(nation)
    width = max((len(one.agency_code) for one in agencies), default=0)
    for one in agencies:
        version = f"{one.build_id} as of {one.as_of}" if one.build_id else "no version"
        stopped = f" at {one.stopped_at}" if one.stopped_at else ""
        line = f"{one.agency_code:<{width}}  {one.state}: {version}; last refresh {one.refreshed.replace('_', ' ')}{stopped}"
        screen.print(line, soft_wrap=True, markup=False, highlight=False)
    for flaw in flaws:
        screen.print(f"Set aside: {flaw}", style="yellow", soft_wrap=True, markup=False, highlight=False)


def _show_hold(store: Store) -> None:
    if held := store.hold:
        text = f"Held since {held['since']}: {held['reason']}. Readers stay where they are until `diklat release`."
        screen.print(text, style="yellow", soft_wrap=True, markup=False, highlight=False)


@app.command()
def inspect(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="A delivery: text, a workbook, Parquet, or a .zip of such."),
    ],
    source: Annotated[
        str | None, typer.Option(help="Read it as this source or profile; default: whatever fits.")
    ] = None,
    draft: Annotated[
        Path | None, typer.Option(help="Where the columns are unknown: write a drafted profile to this file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """How a file would be read: layout, evidence, rows accepted and refused with reasons. Nothing is loaded."""
    from warehouse.offices.inspection import inspect_file

    try:
        inspection = inspect_file(_settings().store, file, source)
    except LookupError as error:
        raise _fail(str(error), 2) from None
    if draft is not None and inspection["draft"]:
        draft.write_text(inspection["draft"], encoding="utf-8")
        screen.print(
            f"Drafted {draft}: fill in what is marked TODO, then `diklat profile check {draft}`.", soft_wrap=True
        )
    elif draft is not None:
        screen.print("No profile was drafted: one is made where the columns are unknown.", soft_wrap=True)
    if as_json:
        print(json.dumps(inspection, ensure_ascii=False, default=str))
    elif inspection["refused"]:
        screen.print(f"[red]Refused:[/] {escape(inspection['refused'])}", soft_wrap=True)
        for near in inspection["nearest"]:
            lost = f"not there: {', '.join(near['missing'])}" if near["missing"] else "but not in one row, or not alone"
            screen.print(
                f"  {near['layout']}: {near['there']} of {near['of']} headings; {lost}",
                soft_wrap=True,
                highlight=False,
                markup=False,
            )
        if inspection["draft"] and draft is None:
            screen.print("A profile to edit (`--draft FILE` writes it):\n")
            screen.print(inspection["draft"], soft_wrap=True, highlight=False, markup=False)
    for reading in [] if as_json else inspection["readings"]:
        _show_reading(reading)
    refused = inspection["refused"] or any(
        reading["n_refused"] or reading["status"] == "refused" for reading in inspection["readings"]
    )
    raise typer.Exit(REFUSED if refused else 0)


def _show_reading(reading: dict[str, Any]) -> None:
    from schemas.reasons import REASONS

    def line(text: str) -> None:
        screen.print(text, soft_wrap=True, highlight=False)

    line(
        f"[bold]{reading['source']}[/] by {reading['layout']}: {reading['n_read']:,} rows read, "
        f"{reading['n_accepted']:,} accepted, {reading['n_refused']:,} refused, {reading['n_duplicate']:,} repeated"
    )
    line(f"Read as: {escape(reading['read_as'])}, delivered in {reading['month']}")
    if reading["columns"]:
        line("Columns: " + escape(", ".join(f"{seen} → {name}" for seen, name in reading["columns"].items())))
    if reading["columns_not_used"]:
        line(f"Columns that are not used: {escape(', '.join(reading['columns_not_used']))}")
    if reading["columns_empty"]:
        line(f"Columns that stay empty: {', '.join(reading['columns_empty'])}")
    if reading["rows_left_out"]:
        line("Rows that are no data: " + escape(", ".join(f"{r} {k}" for r, k in reading["rows_left_out"].items())))
    if reading["status"] == "refused" and reading["reason_code"]:
        reason = REASONS[reading["reason_code"]]
        line(f"[red]Refused whole:[/] {reason.indonesian} {escape(reading['seen'])} ({reason.english})")
    if reading["status"] == "held":
        line(f"[yellow]Held whole:[/] {reading['seen']} The rows would not be loaded.")
    shown = list(dict.fromkeys(_refusal_line(refusal) for refusal in reading["refusals"]))
    for text in shown[:20]:
        line(f"  {text}")
    if len(shown) > 20:
        line(f"  … and {len(shown) - 20:,} more")


def _refusal_line(refusal: dict[str, Any]) -> str:
    where = f"{refusal['sheet_name']} row {refusal['row_number']}".strip()
    return escape(
        f"{where}, {refusal['heading'] or refusal['column_name']}: {refusal['reason_indonesian']} {refusal['how_to_mend']} "
        f"({refusal['reason_english']}) {(refusal['value_seen'] or '')!r}"
    )


@app.command()
def template(
    source: Annotated[str, typer.Argument(help="A source, such as attendance.")],
    target: Annotated[Path, typer.Argument(dir_okay=False, help="The workbook to write, ending in .xlsx.")],
    rows: Annotated[int, typer.Option(min=1, max=100_000, help="Input rows to prepare.")] = 1000,
) -> None:
    """Write a blank workbook for a source: drop-downs, input checks and notes in Bahasa Indonesia."""
    from schemas.sources import SOURCES
    from warehouse.offices.templates import write_template

    if source not in SOURCES:
        raise _fail(f"{source!r} is no source; sources are {', '.join(SOURCES)}.", 2)
    if target.suffix.lower() != ".xlsx":
        raise _fail(f"{target.name!r} must end in .xlsx.", 2)
    from pipelines.refresh import open_flags

    store = _settings().store
    known = {"flag_id": open_flags(store)} if source == "follow_ups" and not store.is_national else {}
    write_template(SOURCES[source], target, rows, known)
    screen.print(f"Wrote {target}", soft_wrap=True)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at everything that a refresh needs, and say how to mend what is wrong. Changes nothing."""
    from warehouse.upkeep.health import examine

    findings = examine(_settings().store)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        table = Table("", "what", "found", "how to mend it")
        for finding in findings:
            table.add_row(
                "[green]✓[/]" if finding.is_good else "[red]✗[/]",
                finding.what,
                finding.found,
                "" if finding.is_good else finding.resolve,
            )
        screen.print(table)
    raise typer.Exit(0 if all(finding.is_good for finding in findings) else 1)


@profile_app.command("check")
def check_profile(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="One profile; default: all of the city's own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with a profile, by line, before any file is read by it."""
    from warehouse.delivery.written import check_profiles

    checked = check_profiles(_settings().store, file)
    if as_json:
        flaws = {name: [asdict(flaw) | {"text": str(flaw)} for flaw in found] for name, found in checked.items()}
        print(json.dumps({"is_sound": not any(checked.values()), "profiles": flaws}, ensure_ascii=False))
    else:
        for name, found in checked.items():
            lines = [str(flaw) for flaw in found] or [f"{name}: sound"]
            screen.print("\n".join(lines), soft_wrap=True, highlight=False, markup=False)
        if not checked:
            screen.print("The city has no profiles of its own.")
    raise typer.Exit(1 if any(checked.values()) else 0)


@app.command()
def versions(as_json: Json = False) -> None:
    """The published versions that are kept."""
    from warehouse.publishing.version import kept_versions

    kept = kept_versions(_settings().store)
    if as_json:
        print(json.dumps(kept, ensure_ascii=False))
        return
    table = Table("version", "as of", "created (UTC)", "rows", "current")
    table.columns[0].no_wrap, table.columns[0].min_width = True, max((len(one["build_id"]) for one in kept), default=0)
    for manifest in kept:
        created = dt.datetime.fromisoformat(manifest["created_at"])
        total = sum(manifest["rows"].values())
        table.add_row(
            manifest["build_id"],
            manifest["as_of"],
            f"{created:%Y-%m-%d %H:%M}",
            f"{total:,}",
            "yes" if manifest["is_current"] else "",
        )
    screen.print(table if kept else "Nothing is published yet.")


@app.command()
def report(
    show: Annotated[
        bool, typer.Option("--open", help="Open it in the browser (the page for a meeting in a viewer).")
    ] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The page for a meeting: the flags on one A4.")] = False,
    out: Annotated[Path | None, typer.Option(help="Copy the PDF, or the website's folder, to this path.")] = None,
    as_json: Json = False,
) -> None:
    """Say where the published evaluation report is, open it, or hand it on."""
    from warehouse.report import PAGE, SUMMARY

    store = _settings().store
    folder = (store.current / "report").resolve()
    page = folder / (SUMMARY if pdf else PAGE)
    if not page.is_file():
        raise _fail("No report is published yet: run `diklat refresh`.")
    if out is not None:
        if out.exists():
            raise _fail(f"{out} exists already; name another path.", 2)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, out) if pdf else shutil.copytree(folder, out, copy_function=shutil.copyfile)
        page = out if pdf else out / PAGE
    if as_json:
        print(json.dumps({"report": str(folder / PAGE), "pdf": str(folder / SUMMARY), "build_id": folder.parent.name}))
    else:
        screen.print(str(page), soft_wrap=True, highlight=False)
    if show and typer.launch(page.absolute().as_uri()):
        screen.print("[yellow]No browser could be started here[/]; open the file yourself.")


@app.command()
def power(
    program: Annotated[str, typer.Argument(help="Code of the program.")],
    as_json: Json = False,
) -> None:
    """How many lottery places, batches or respondents would settle what is not known of a program."""
    from warehouse.upkeep.questions import UnknownProgram, open_questions

    store = _settings().store
    _not_national(store)
    if not store.current.exists():
        raise _fail("Nothing is published yet: run `diklat refresh`.")
    try:
        questions = open_questions(store, program)
    except UnknownProgram as unknown:
        raise _fail(str(unknown), 2) from None
    if as_json:
        print(json.dumps(questions, ensure_ascii=False))
        return
    for row in questions:
        seen, matters = (f"{row[name]:.2f}" if row[name] is not None else "?" for name in ("detectable", "smallest"))
        now, needed, more = (
            f"{row[name]:,}" if row[name] is not None else "?" for name in ("n_now", "n_needed", "n_more")
        )
        beside = f" and {row['n_losers']:,} losers" if row["n_losers"] is not None else ""
        screen.print(
            f"[bold]{escape(row['question'])}[/] {escape(row['about'])}: {escape(row['answer'])}", highlight=False
        )
        asked = f"{more} more {row['needs'].replace('_', ' ')}{beside}: {needed} needed, {now} there"
        screen.print(Padding(f"could be seen {seen}, matters {matters}; {asked}", (0, 0, 0, 2)), highlight=False)
    if not questions:
        screen.print(f"Nothing is open about {program}.")


@app.command()
def rollback(
    build_id: Annotated[str | None, typer.Argument(help="Default: the version before the current one.")] = None,
) -> None:
    """Point readers back to an earlier version, and keep them there until `diklat release`."""
    from warehouse.publishing.version import hold, rollback

    store = _settings().store
    with _one_writer(store, "diklat rollback"):
        try:
            name = rollback(store, build_id)
        except LookupError as error:
            raise _fail(str(error)) from None
        hold(store, f"rolled back to {name}")
    screen.print(f"Current is now {name}, until `diklat release`.")


@app.command()
def hold(reason: Annotated[str, typer.Argument(help="Why; `diklat status` and the UI show it.")]) -> None:
    """Stop publication: versions are made and audited, and readers stay where they are until `diklat release`."""
    from warehouse.publishing.version import hold

    if not reason.strip():
        raise _fail("A reason is wanted: whoever meets the hold must know why.", 2)
    store = _settings().store
    hold(store, reason.strip())
    _show_hold(store)


@app.command()
def release() -> None:
    """Lift `diklat hold`, and the pin of `diklat rollback`: the next refresh publishes what is newest."""
    from warehouse.publishing.version import release

    held = release(_settings().store)
    if held is None:
        screen.print("Nothing was held.")
    else:
        screen.print(f"Released ({held['reason']}): the next refresh publishes.", soft_wrap=True, markup=False)


@app.command()
def forget(
    employee_id: Annotated[str, typer.Argument(help="NIP or NI PPPK, or the pseudonym.")], as_json: Json = False
) -> None:
    """Take a person out of staging, identities, quarantine and every kept version, for good."""
    from warehouse.upkeep.forget import forget_person

    store = _settings().store
    with _one_writer(store, "diklat forget"):
        try:
            result = forget_person(store, employee_id, say=lambda line: screen.print(f"[dim]{line}[/]"))
        except ValueError as error:
            raise _fail(str(error), 2) from None
        except LookupError as error:
            raise _fail(str(error)) from None
    if as_json:
        print(json.dumps(asdict(result), ensure_ascii=False))
        return
    screen.print(
        f"Forgotten: {result.pseudonym}. {result.n_rows:,} rows taken out of the stores, "
        f"{len(result.versions)} published versions written anew.\n"
        "Answers to surveys are tied to nobody and stay. Run `diklat refresh` for figures that lack the person, too."
    )
    if result.still_in:
        screen.print(
            "These files may still hold the person; nothing is read of them again, but they are the senders' to mend:"
        )
        for file in result.still_in:
            screen.print(f"  {file}", highlight=False)


@app.command()
def docs() -> None:
    """Write the data dictionary and the ERD from the contracts into ./docs."""
    from pipelines.documentation import write

    for path in write(Path("docs")):
        screen.print(f"Wrote {path}")


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on the loopback interface.")] = 3000) -> None:
    """Dagster's UI and daemon, on this machine only, until Ctrl-C or SIGTERM."""
    import dagster as dg

    settings = _settings()
    prepare_dagster(settings.store)
    workspace = write_workspace(settings)
    # Makes Dagster's tables. Two programs that find none both make them, and one that is stamped twice opens no more.
    dg.DagsterInstance.get().dispose()
    screen.print(f"Dagster UI on http://127.0.0.1:{port} (Ctrl-C ends it)", highlight=False)
    # What a service manager sends ends it like Ctrl-C: the programs below are ended, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    is_json = settings.log_format == "json"
    # In a group of its own, with whatever it starts: code servers and runs end with it.
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", *command, "-w", workspace, *(["--log-format", "json"] if is_json else [])],
            process_group=0,
        )
        for command in (["dagster_webserver", "-h", "127.0.0.1", "-p", str(port)], ["dagster._daemon", "run"])
    ]
    try:
        programs[0].wait()
    except KeyboardInterrupt:
        pass
    finally:
        _end(programs)


def _end(programs: Sequence[subprocess.Popen[bytes]]) -> None:
    """End programs and everything that they started: asked first, and after a while made to."""
    for program in programs:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGTERM)
    for program in programs:
        with suppress(subprocess.TimeoutExpired):
            program.wait(ENDING_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


if __name__ == "__main__":
    app()
