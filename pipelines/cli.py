"""The `diklat` command line. Exit codes: 0 done, 1 failed, 2 bad usage, 3 finished but something was refused or held."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines import settings
from warehouse.lock import Busy, one_writer
from warehouse.store import Store

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Tells a government which of its trainings work.",
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
screen = Console(stderr="--json" in sys.argv)
"""Progress and tables; beside `--json` they go to stderr, so that stdout is one JSON object."""
REFUSED = 3


def _fail(message: str, code: int = 1) -> typer.Exit:
    Console(stderr=True).print(f"[bold red]{message}[/]", highlight=False)
    return typer.Exit(code)


@contextmanager
def _one_writer(place: Store, what: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the writer's lock of the data root; if another process does, say which."""
    try:
        with one_writer(place, what, wait_seconds=wait_seconds, waiting=screen.print):
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


@app.command()
def refresh(
    as_of: Annotated[
        str | None, typer.Option(help="Evaluate as of this day (YYYY-MM-DD); default today in WIB.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read every delivery again.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait while another refresh is running.")] = 0,
    sample_if_empty: Annotated[bool, typer.Option(help="Write the sample city if nothing was delivered yet.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the warehouse up to date: the very job that the nightly schedule launches, run here."""
    day = _day(as_of)
    place = Store.from_environment()
    if not as_json:
        _show_progress()
    with _failing_clearly(place), _one_writer(place, "diklat refresh", wait_seconds=wait):
        if sample_if_empty and not any(place.landing.rglob("*.*")):
            _write_sample(place, 22_000, 12, 2026)
        settings.prepare_dagster(place)
        outcome = _run(place, day, full)
    summary = _summary(place, outcome)
    _tell(place, outcome["failed_steps"])
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        _show(place, summary)
    if outcome["failure"]:
        raise _fail(outcome["failure"])
    raise typer.Exit(REFUSED if summary["n_refused"] or summary["files_refused"] else 0)


def _show_progress() -> None:
    # Below "diklat", whose level Dagster sets: its event log keeps warnings, people see every line.
    log = logging.getLogger("diklat.assets")
    log.setLevel(logging.INFO)
    log.addHandler(_Progress())


@contextmanager
def _failing_clearly(place: Store) -> Iterator[None]:
    """What neither a step nor a file can be blamed for (a full or read-only disk under Dagster itself) as one message."""
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise _fail(
            f"The refresh failed; the published version stands as it was. {said}{_room(place, said)}"
        ) from error


def _room(place: Store, said: str) -> str:
    """Where a disk was full: how much is needed and how much there is."""
    from warehouse.delivery.landing import Landing
    from warehouse.upkeep.health import NoRoom, check_room

    if not re.search("no space left|disk is full|disk full", said, re.IGNORECASE):
        return ""
    try:
        check_room(place, Landing({}, [], []), {})
    except NoRoom as full:
        return f"\n{full}"
    return f"\n{place.home} has {shutil.disk_usage(place.home).free / 1e6:,.0f} MB free."


def _tell(place: Store, failed_steps: dict[str, str]) -> None:
    """Without a daemon the command line is the night: it tells people, too, and writes the heartbeat."""
    from pipelines import notify

    now = dt.datetime.now(dt.UTC)
    with suppress(OSError):
        failed = [notify.failure(failed_steps, "diklat refresh")] if failed_steps else []
        notify.tell(place, [*failed, *notify.standing(place, now)], now)
        notify.heartbeat(place, now, "diklat refresh")


def _run(place: Store, day: dt.date | None, full: bool) -> dict[str, Any]:
    from pipelines.plan import run_tags, today
    from warehouse.upkeep.health import reconcile

    incidents = reconcile(place)
    for line in incidents:
        screen.print(f"[yellow]{escape(line)}[/]", soft_wrap=True, highlight=False)
    outcome: dict[str, Any] = {
        "as_of": day or today(), "changed": False, "failure": None, "failed_steps": {}, "steps": {}, "incidents": incidents
    }  # fmt: skip
    if full:
        shutil.rmtree(place.staging, ignore_errors=True)
    tags = run_tags(place, outcome["as_of"])
    if tags is None:
        return outcome
    screen.print("Starting Dagster ...", style="dim")
    import dagster as dg

    from pipelines import runs
    from pipelines.definitions import defs

    with dg.DagsterInstance.get() as instance:
        for run_id in runs.fail_dead(instance, place):
            outcome["incidents"].append(f"run {run_id} had ended without a word; it is marked as failed")
        result = defs.resolve_job_def("nightly_refresh").execute_in_process(
            instance=instance,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    outcome["changed"] = True
    if not result.success:
        outcome["failed_steps"] = {
            event.step_key: runs.cause(event.step_failure_data) for event in result.all_events if event.is_step_failure
        } or {"run": "It could not begin; see the run in Dagster."}
        said = "\n".join(f"{step}: {text}" for step, text in outcome["failed_steps"].items())
        outcome["failure"] = (
            f"The refresh failed; the published version stands as it was (run {result.run_id}).\n{said}{_room(place, said)}"
        )
    outcome["steps"] = {
        event.step_key: round(event.step_success_data.duration_ms / 1000, 3)
        for event in result.all_events
        if event.is_step_success
    }
    return outcome


def _summary(place: Store, outcome: dict[str, Any]) -> dict[str, Any]:
    from warehouse.database import open_version

    summary: dict[str, Any] = {
        "as_of": outcome["as_of"].isoformat(), "changed": outcome["changed"], "failure": outcome["failure"],
        "warehouse": str(place.current / "warehouse.duckdb"),
        "report": str(place.current / "report" / "index.html"), "sources": [], "refusals": [], "flags": [],
        "files_refused": [], "n_refused": 0, "warnings": [], "steps": outcome["steps"],
        "incidents": outcome["incidents"],
    }  # fmt: skip
    file = place.current / "warehouse.duckdb"
    if not file.exists():
        return summary
    with open_version(place.current) as con:

        def rows(query: str) -> list[dict[str, Any]]:
            return con.sql(query).df().to_dict("records")

        summary["build_id"] = con.execute("select build_id from ops.build").fetchall()[0][0]
        summary["sources"] = rows(
            "select source, cast(count(*) as int) as files, cast(sum(n_read) as bigint) as n_read, "
            "cast(sum(n_accepted) as bigint) as n_accepted, cast(sum(n_refused) as bigint) as n_refused, "
            "cast(sum(n_duplicate) as bigint) as n_duplicate from ops.delivery group by source order by source"
        )
        summary["refusals"] = rows(
            "select source, reason_code, column_name, cast(sum(n_rows) as bigint) as n_rows "
            "from ops.rejection_summary group by all order by n_rows desc, 1, 2, 3"
        )
        summary["files_refused"] = rows(
            "select folder, file_name, status, reason_code, seen from ops.delivery "
            "where status in ('refused', 'held') and reason_code <> '' order by all"
        )
        summary["flags"] = rows(
            "select flag_id, state, cause, action, n_respondents, round(dissatisfied_share, 3) as dissatisfied_share "
            "from marts.curriculum_flag where state in ('MERAH', 'KUNING') "
            "order by state desc, dissatisfied_share desc, flag_id"
        )
        summary["warnings"] = rows(
            "select audit, table_name, column_name, actual from ops.audit_result where not passed order by all"
        )
    summary["n_refused"] = int(sum(source["n_refused"] for source in summary["sources"]))
    return summary


def _show(place: Store, summary: dict[str, Any]) -> None:
    from schemas.reasons import REASONS
    from warehouse.delivery.landing import scan

    if not summary["sources"]:
        screen.print("Nothing is published yet.")
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
        for row in summary["files_refused"]:
            reason = REASONS[row["reason_code"]]
            table.add_row(
                str(Path(row["folder"], row["file_name"])), "", "file", f"{reason.english} {row['seen']} {reason.mend}"
            )
        screen.print(table)
        screen.print(f"Every refused row, with its reason and how to mend it: {place.quarantine}", soft_wrap=True)
        screen.print(f"Workbooks to send back, with the cells marked: {place.returned}", soft_wrap=True)
    table = Table("state", "flag", "cause", "dissatisfied", "n", "action", title="Curriculum flags")
    table.columns[1].no_wrap = True
    for row in summary["flags"]:
        style = "red" if row["state"] == "MERAH" else "yellow"
        share = f"{row['dissatisfied_share']:.0%}"
        table.add_row(
            f"[{style}]{row['state']}[/]",
            row["flag_id"],
            row["cause"] or "",
            share,
            str(row["n_respondents"]),
            row["action"],
        )
    screen.print(table if summary["flags"] else "No curriculum flag is raised.")
    for row in summary["warnings"]:
        where = ".".join(filter(None, (row["table_name"], row["column_name"])))
        screen.print(f"[yellow]Warning[/] {row['audit']}: {where}: {row['actual']}", soft_wrap=True)
    later = scan(place, dt.date.fromisoformat(summary["as_of"])).later
    if later:
        names = ", ".join(later[:5]) + (" …" if len(later) > 5 else "")
        screen.print(f"[yellow]Not seen as of {summary['as_of']}[/]: {len(later)} files of later months: {names}")
    if place.has_sample_key and not (place.home / "truth.json").exists():
        screen.print("[yellow]Pseudonyms are made with the sample city's public key[/]: start a new DIKLAT_HOME.")
    screen.print(f"Warehouse  {summary['warehouse']}  (version {summary['build_id']})", soft_wrap=True)
    screen.print(f"Report     {place.current / 'report' / 'index.html'}   or   diklat report --open", soft_wrap=True)
    screen.print(f"Open it    duckdb -readonly {summary['warehouse']}   or   make ui", soft_wrap=True, highlight=False)


def _write_sample(place: Store, employees: int, months: int, seed: int) -> None:
    from warehouse.sample.city import write_sample

    screen.print(f"Writing a sample city: {employees:,} employees, {months} months ...", style="dim", highlight=False)
    place.landing.mkdir(parents=True, exist_ok=True)
    write_sample(place.landing, employees=employees, months=months, seed=seed)
    place.write_sample_key(seed)


@app.command()
def sample(
    employees: Annotated[int, typer.Option(min=100, help="Number of employees.")] = 22_000,
    months: Annotated[int, typer.Option(min=3, max=36, help="Months of deliveries.")] = 12,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = 2026,
) -> None:
    """Write a sample city (Tangerang Selatan, invented people) into the landing area, with its truth in truth.json."""
    place = Store.from_environment()
    with _one_writer(place, "diklat sample"):
        if any(place.landing.rglob("*.*")):
            raise _fail(f"{place.landing} holds deliveries already; choose another DIKLAT_HOME.", 2)
        _write_sample(place, employees, months, seed)
    screen.print(f"Files are in {place.landing}; what was planted is in {place.home / 'truth.json'}.", soft_wrap=True)


@app.command()
def status(as_json: Json = False) -> None:
    """What is published, and what waits to be read."""
    from pipelines.plan import today
    from warehouse.delivery.landing import scan
    from warehouse.staging.recipe import changed_months
    from warehouse.store import read_json

    place = Store.from_environment()
    manifest = read_json(place.current / "manifest.json")
    changed = changed_months(place, scan(place, today()))
    if as_json:
        print(json.dumps({"published": manifest, "changed": changed}, ensure_ascii=False))
        return
    screen.print(
        f"Published: {manifest['build_id']} as of {manifest['as_of']}" if manifest else "Nothing is published yet."
    )
    for source, months in changed.items():
        screen.print(f"Waiting: {source} {', '.join(months)}")
    if not changed:
        screen.print("No delivery waits.")


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV, XLSX or Parquet file.")],
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
        found = inspect_file(Store.from_environment(), file, source)
    except LookupError as error:
        raise _fail(str(error), 2) from None
    if draft is not None and found["draft"]:
        draft.write_text(found["draft"], encoding="utf-8")
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str))
    elif found["refused"]:
        screen.print(f"[red]Refused:[/] {escape(found['refused'])}", soft_wrap=True)
        if found["draft"] and draft is None:
            screen.print("A profile to edit (`--draft FILE` writes it):\n")
            screen.print(found["draft"], soft_wrap=True, highlight=False, markup=False)
    for reading in [] if as_json else found["readings"]:
        _show_reading(reading)
    refused = found["refused"] or any(reading["n_refused"] for reading in found["readings"])
    raise typer.Exit(REFUSED if refused else 0)


def _show_reading(reading: dict[str, Any]) -> None:
    def line(text: str) -> None:
        screen.print(text, soft_wrap=True, highlight=False)

    line(
        f"[bold]{reading['source']}[/] by {reading['layout']}: {reading['n_read']:,} rows read, "
        f"{reading['n_accepted']:,} accepted, {reading['n_refused']:,} refused, {reading['n_duplicate']:,} repeated"
    )
    line(f"Read as: {escape(reading['read_as'])}")
    if reading["columns"]:
        line("Columns: " + escape(", ".join(f"{seen} → {name}" for seen, name in reading["columns"].items())))
    if reading["columns_not_used"]:
        line(f"Columns that are not used: {escape(', '.join(reading['columns_not_used']))}")
    if reading["columns_empty"]:
        line(f"Columns that stay empty: {', '.join(reading['columns_empty'])}")
    if reading["rows_left_out"]:
        line("Rows that are no data: " + escape(", ".join(f"{r} {k}" for r, k in reading["rows_left_out"].items())))
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
    write_template(SOURCES[source], target, rows)
    screen.print(f"Wrote {target}", soft_wrap=True)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at everything that a refresh needs, and say how to mend what is wrong. Changes nothing."""
    from warehouse.upkeep.health import examine

    found = examine(Store.from_environment())
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        table = Table("", "what", "found", "how to mend it")
        for one in found:
            table.add_row(
                "[green]✓[/]" if one.is_good else "[red]✗[/]", one.what, one.found, "" if one.is_good else one.resolve
            )
        screen.print(table)
    raise typer.Exit(0 if all(one.is_good for one in found) else 1)


@app.command()
def versions(as_json: Json = False) -> None:
    """The published versions that are kept."""
    from warehouse.publishing.version import kept_versions

    kept = kept_versions(Store.from_environment())
    if as_json:
        print(json.dumps(kept, ensure_ascii=False))
        return
    table = Table("version", "as of", "created (UTC)", "rows", "current")
    for manifest in kept:
        total = sum(manifest["rows"].values())
        table.add_row(
            manifest["build_id"],
            manifest["as_of"],
            manifest["created_at"],
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

    place = Store.from_environment()
    folder = (place.current / "report").resolve()
    found = folder / (SUMMARY if pdf else PAGE)
    if not found.is_file():
        raise _fail("No report is published yet: run `diklat refresh`.")
    if out is not None:
        if out.exists():
            raise _fail(f"{out} exists already; name another path.", 2)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, out) if pdf else shutil.copytree(folder, out)
        found = out if pdf else out / PAGE
    if as_json:
        print(json.dumps({"report": str(folder / PAGE), "pdf": str(folder / SUMMARY), "build_id": folder.parent.name}))
    else:
        screen.print(str(found), soft_wrap=True, highlight=False)
    if show and typer.launch(found.absolute().as_uri()):
        screen.print("[yellow]No browser could be started here[/]; open the file yourself.")


@app.command()
def rollback(
    build_id: Annotated[str | None, typer.Argument(help="Default: the version before the current one.")] = None,
) -> None:
    """Point readers back to an earlier version."""
    from warehouse.publishing.version import rollback

    place = Store.from_environment()
    with _one_writer(place, "diklat rollback"):
        try:
            screen.print(f"Current is now {rollback(place, build_id)}.")
        except LookupError as error:
            raise _fail(str(error)) from None


@app.command()
def forget(
    employee_id: Annotated[str, typer.Argument(help="NIP or NI PPPK, or the pseudonym.")], as_json: Json = False
) -> None:
    """Take a person out of staging, identities, quarantine and every kept version, for good."""
    from warehouse.upkeep.forget import forget_person

    place = Store.from_environment()
    with _one_writer(place, "diklat forget"):
        try:
            result = forget_person(place, employee_id, say=lambda line: screen.print(f"[dim]{line}[/]"))
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
    place = Store.from_environment()
    settings.prepare_dagster(place)
    module = {"module_name": "pipelines.definitions", "location_name": "diklat"}
    workspace = place.dagster_home / "workspace.yaml"
    workspace.write_text(json.dumps({"load_from": [{"python_module": module}]}), encoding="utf-8")
    screen.print(f"Dagster UI on http://127.0.0.1:{port} (Ctrl-C ends it)", highlight=False)
    # What a service manager sends ends it like Ctrl-C: the programs below are ended, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    programs = [
        subprocess.Popen([sys.executable, "-m", *command, "-w", workspace])
        for command in (["dagster_webserver", "-h", "127.0.0.1", "-p", str(port)], ["dagster._daemon", "run"])
    ]
    try:
        programs[0].wait()
    except KeyboardInterrupt:
        pass
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait()


if __name__ == "__main__":
    app()
