"""The `diklat` command line: parses, calls, and has shown what came of it. What it ends with: `pipelines.exit_code`."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import shutil
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import showing
from pipelines.commands import App, complain, fail
from pipelines.exit_code import ExitCode
from pipelines.settings import Settings, SettingsError, prepare_dagster, prepare_logs
from pipelines.showing import line, say
from pipelines.speech import _, fault
from schemas.city import OutsideCalendar
from schemas.column import ContractError
from schemas.said import said
from warehouse.faults import Faults
from warehouse.lock import Busy, one_writer
from warehouse.store import Store, whole

if TYPE_CHECKING:
    from dagster import JobDefinition

    from pipelines.progress import Progress
    from pipelines.refresh import Look

app = App(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
profile_app = App(no_args_is_help=True, help="The city's own layout profiles.")
app.add_typer(profile_app, name="profile")
national_app = App(no_args_is_help=True, help="A nation of agencies: a data root with an agencies.yaml.")
app.add_typer(national_app, name="national")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
SAMPLE = {"employees": 22_000, "months": 24, "seed": 2026}
"""The sample city that is written where none is described."""


@contextmanager
def _one_writer(
    store: Store, what: str, wait_seconds: float = 0, waiting: Callable[[str], object] = say
) -> Iterator[None]:
    """Hold the writer's lock of the data root; if another process does, say which."""
    try:
        with one_writer(store, what, wait_seconds=wait_seconds, waiting=waiting):
            yield
    except Busy as busy:
        raise fail(fault(busy)) from None


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").date() if text is not None else None
    except ValueError:
        raise fail(_("--as-of {text} is no date; write it as YYYY-MM-DD.", text=repr(text)), ExitCode.USAGE) from None
    return day


def _checked(store: Store, given: dt.date | None) -> None:
    """The day that is asked for, or that the clock says, is one of the city's calendar: a version of another would hold back every night
    from then on."""
    from pipelines.refresh import today

    try:
        store.city.in_calendar(given or today(store.city))
    except OutsideCalendar as error:
        raise fail(fault(error), ExitCode.USAGE if given else ExitCode.FAILED) from None


def _settings() -> Settings:
    """The environment's settings, once the city's file can be used, too."""
    try:
        settings = Settings.read()
        _city = settings.store.city
        prepare_logs(settings)
    except (SettingsError, ContractError) as error:
        raise fail(fault(error), ExitCode.USAGE) from None
    return settings


def _looked_at() -> Store:
    """The store of a command that only looks: it makes nothing."""
    return replace(_settings().store, is_looked_at=True)


@contextmanager
def _changing(store: Store, what: str) -> Iterator[Store]:
    """The store to a command that changes what is there: one that is not (a mistyped path) is only looked at."""
    if not store.home.exists():
        yield replace(store, is_looked_at=True)
        return
    with _one_writer(store, what):
        yield store


def _json(facts: object) -> None:
    # In an alphabet that lacks letters they are written as JSON itself does.
    print(json.dumps(facts, ensure_ascii="utf" not in sys.stdout.encoding.lower(), default=str))


def _version(asked: bool) -> None:
    if asked:
        print(f"diklat {version('diklat')}")
        raise typer.Exit


@app.callback()
def main(
    is_asked: Annotated[
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
    from pipelines.refresh import failure_of, look, readers_at, summary
    from pipelines.refresh import refresh as refresh_warehouse

    day = _day(as_of)
    settings = _settings()
    store = settings.store
    _not_national(store)
    _checked(store, day)
    before = readers_at(store)
    try:
        with (
            _progress(as_json) as progress,
            _one_writer(store, "diklat refresh", wait_seconds=wait, waiting=progress.say),
        ):
            before = readers_at(store)
            # An empty landing area beside a published version is a loss, not a beginning.
            if sample_if_empty and not store.current.exists() and not any(store.landing.rglob("*.*")):
                from pipelines.sampling import write_beside

                write_beside(
                    store, progress, **SAMPLE, meanwhile=lambda: importlib.import_module("pipelines.code_location")
                )
            prepare_dagster(store)
            outcome = refresh_warehouse(
                settings,
                day,
                full=full,
                allow_loss=allow_loss,
                job=lambda: _nightly_refresh(settings),
                say=progress.say,
            )
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        _interrupted(store, before)
        raise
    except Exception as error:
        raise fail(_(failure_of(store, before, error))) from error
    seen = look(store, outcome.seen)
    facts = summary(store, outcome, seen)
    _tell(settings, outcome.failed_steps, seen)
    if as_json:
        _json(facts)
    else:
        showing.show_refresh(store, facts)
    if outcome.failure:
        raise fail(_(outcome.failure))
    is_whole = not (facts["n_refused"] or facts["files_refused"] or facts["hold"])
    raise typer.Exit(ExitCode.DONE if is_whole else ExitCode.REFUSED)


def _interrupted(store: Store, before: Path) -> None:
    from pipelines.refresh import since

    complain(_("Interrupted: {readers}.", readers=_(since(store, before))))


def _not_national(store: Store) -> None:
    """A national home has no deliveries of its own."""
    if store.is_national:
        raise fail(
            _(
                "{home} is a national home: `diklat national refresh`, or DIKLAT_HOME={agencies}/<code>.",
                home=store.home,
                agencies=store.agencies,
            ),
            ExitCode.USAGE,
        )


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress]:
    """How far a run is; beside `--json` that is told on stderr, and the loggers say the rest as they do everywhere."""
    from pipelines.progress import Progress

    if as_json:
        yield Progress(showing.Screen(stderr=True))
        return
    with Progress().shown() as progress:
        yield progress


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
    from pipelines.refresh import look, readers_at, today
    from warehouse.auditing.integrity import AuditFailed
    from warehouse.national.sample import write_sample_nation
    from warehouse.national.version import FILE, publish_nation
    from warehouse.upkeep.health import reconcile

    given = _day(as_of)
    settings = _settings()
    store = settings.store
    _checked(store, given)
    is_empty = not store.current.exists() and not any(store.landing.rglob("*.*"))
    if not store.is_national and not (sample_if_empty and is_empty):
        raise fail(
            _("{home} has no agencies.yaml: write one (docs/national.md), or try --sample-if-empty.", home=store.home),
            ExitCode.USAGE,
        )
    with (
        _progress(as_json) as progress,
        _one_writer(store, "diklat national refresh", wait_seconds=wait, waiting=progress.say),
    ):
        if not store.is_national:
            progress.say(said("Writing a sample nation of three agencies ..."))
            write_sample_nation(store)
            settings = _settings()
            store = settings.store
        before = readers_at(store)
        for incident in reconcile(store):
            progress.say(incident)
        try:
            run = partial(refresh_agency, day=given, full=full)
            progress.say(said("Refreshing the agencies, each by itself ..."))
            ended = refresh_agencies(store, run, workers=workers, say=progress.say)
            for one in failures(ended):
                line(f"{one.code}: {_(one.message)}", "yellow")
            progress.say(said("Publishing what they have published ..."))
            manifest = publish_nation(store, given or today(store.city), progress.say)
        except ContractError as error:
            _tell(settings, {}, look(store))
            raise fail(fault(error), ExitCode.USAGE) from None
        except KeyboardInterrupt:
            _interrupted(store, before)
            raise
        except (AuditFailed, OSError) as error:
            _tell(settings, {"national/published": str(error)}, look(store))
            raise fail(_("The national version stands as it was. {fault}", fault=fault(error))) from error
    _tell(settings, {}, look(store))
    missing = sorted(code for code, version in manifest["agencies"].items() if version is None)
    if as_json:
        facts = {"build_id": manifest["build_id"], "as_of": manifest["as_of"], "agencies": manifest["agencies"], "missing": missing,
                 "refreshed": [asdict(one) for one in ended], "hold": store.hold, "national": str(store.current / FILE)}  # fmt: skip
        _json(facts)
    else:
        showing.show_nation(store, store.current / FILE, manifest["build_id"])
    raise typer.Exit(ExitCode.REFUSED if failures(ended) or missing or store.hold else ExitCode.DONE)


def _nightly_refresh(settings: Settings) -> JobDefinition:
    from pipelines.code_location import NIGHTLY_REFRESH, build_defs

    return build_defs(settings).resolve_job_def(NIGHTLY_REFRESH)


def _tell(settings: Settings, failed_steps: dict[str, str], seen: Look) -> None:
    """Without a daemon the command line is the night: it tells people, too, and writes the heartbeat."""
    from pipelines import lineage, metrics, notify
    from warehouse.publishing.freshness import note_failure

    store, now = settings.store, dt.datetime.now(dt.UTC)
    command = "diklat national refresh" if store.is_national else "diklat refresh"
    with suppress(OSError), Faults().aside("telling people"):
        if failed_steps:
            note_failure(store, now, failed_steps)
        failed = [notify.failure(failed_steps, command)] if failed_steps else []
        notify.tell(store, settings.notify, [*failed, *notify.standing(store, now, seen)], now, settings.escalate)
        notify.heartbeat(store, now, command, seen)
        metrics.write(store, settings.metrics, now, seen)
        lineage.tell(store, settings.lineage, settings.code_location)


@app.command()
def sample(
    employees: Annotated[int, typer.Option(min=200, help="Number of employees.")] = SAMPLE["employees"],
    months: Annotated[int, typer.Option(min=3, max=36, help="Months of deliveries.")] = SAMPLE["months"],
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = SAMPLE["seed"],
    as_json: Json = False,
) -> None:
    """Write a sample city (Tangerang Selatan, invented people) into the landing area, with its truth in truth.json."""
    from pipelines.sampling import write_beside

    store = _settings().store
    _not_national(store)
    with _progress(as_json) as progress, _one_writer(store, "diklat sample"):
        if any(store.landing.rglob("*.*")):
            raise fail(
                _("{folder} holds deliveries already; choose another DIKLAT_HOME.", folder=store.landing),
                ExitCode.USAGE,
            )
        write_beside(store, progress, employees=employees, months=months, seed=seed)
    truth = store.home / "truth.json"
    if as_json:
        _json({"landing": store.landing, "truth": truth})
    else:
        line(_("Files are in {folder}; what was planted is in {truth}.", folder=store.landing, truth=truth))


@app.command()
def status(as_json: Json = False) -> None:
    """What is published, what holds it, and what waits to be read or published."""
    from pipelines.refresh import standing_facts, today, undone
    from warehouse.building.inputs import untaken
    from warehouse.delivery.landing import scan
    from warehouse.store import read_json

    store = _looked_at()
    day = today(store.city)
    manifest = read_json(store.current / "manifest.json")
    if store.is_national:
        _status_of_nation(store, day, manifest, as_json)
        return
    pending = undone(store, day)
    problems = untaken(store, scan(store, day))
    if as_json:
        listed = [asdict(problem) for problem in problems]
        facts = {"published": manifest, "changed": pending.months, "problems": listed, "later": list(pending.later)}
        _json(facts | standing_facts(store, pending))
    else:
        showing.show_status(store, day, pending, problems, manifest)


def _status_of_nation(nation: Store, day: dt.date, manifest: dict[str, Any] | None, as_json: bool) -> None:
    from schemas.agencies import Agencies
    from warehouse.national.agencies import known

    try:
        agencies, flaws = known(nation, day), Agencies.read(nation.home).set_aside
    except ContractError as error:
        raise fail(fault(error), ExitCode.USAGE) from None
    if as_json:
        facts = {
            "published": manifest,
            "agencies": [asdict(one) for one in agencies],
            "set_aside": [str(flaw) for flaw in flaws],
        }
        _json(facts | ({"hold": nation.hold} if nation.hold else {}))
    else:
        showing.show_agencies(nation, manifest, agencies, flaws)


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

    if draft is not None:
        _not_over(draft)
    try:
        inspection = inspect_file(_looked_at(), file, source)
    except LookupError as error:
        raise fail(fault(error), ExitCode.USAGE) from None
    if draft is not None and inspection["draft"]:
        with whole(draft) as beside:
            beside.write_text(inspection["draft"], encoding="utf-8")
        line(_("Drafted {file}: fill in what is marked TODO, then `diklat profile check {file}`.", file=draft))
    elif draft is not None:
        line(_("No profile was drafted: one is made where the columns are unknown."))
    if as_json:
        _json(inspection)
    else:
        showing.show_inspection(inspection, with_draft=draft is None)
    refused = inspection["refused"] or any(
        reading["n_refused"] or reading["status"] == "refused" for reading in inspection["readings"]
    )
    raise typer.Exit(ExitCode.REFUSED if refused else ExitCode.DONE)


@app.command()
def template(
    source: Annotated[str, typer.Argument(help="A source, such as attendance.")],
    target: Annotated[Path, typer.Argument(dir_okay=False, help="The workbook to write, ending in .xlsx.")],
    rows: Annotated[int, typer.Option(min=1, max=100_000, help="Input rows to prepare.")] = 1000,
    as_json: Json = False,
) -> None:
    """Write a blank workbook for a source: drop-downs, input checks and notes in Bahasa Indonesia."""
    from schemas.sources import SOURCES
    from warehouse.offices.templates import write_template

    if source not in SOURCES:
        names = ", ".join(SOURCES)
        raise fail(_("{name} is no source; sources are {names}.", name=repr(source), names=names), ExitCode.USAGE)
    if target.suffix.lower() != ".xlsx":
        raise fail(_("{file} must end in .xlsx.", file=repr(target.name)), ExitCode.USAGE)
    _not_over(target)
    from pipelines.refresh import open_flags

    store = _looked_at()
    known = {"flag_id": open_flags(store)} if source == "follow_ups" and not store.is_national else {}
    write_template(SOURCES[source], target, rows, known)
    _wrote([target], as_json)


def _not_over(path: Path) -> None:
    """What somebody filled in, or edited, is not written over."""
    if path.is_dir() or (path.exists() and path.stat().st_size):
        raise fail(_("{file} exists already; name another path.", file=path), ExitCode.USAGE)


def _wrote(files: Sequence[Path], as_json: bool) -> None:
    if as_json:
        _json({"files": files})
    else:
        for file in files:
            line(_("Wrote {file}", file=file))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at everything that a refresh needs, and say how to mend what is wrong. Changes nothing."""
    from warehouse.upkeep.health import examine

    findings = examine(_looked_at())
    if as_json:
        _json([asdict(finding) for finding in findings])
    else:
        showing.show_findings(findings)
    raise typer.Exit(ExitCode.DONE if all(finding.is_good for finding in findings) else ExitCode.FAILED)


@profile_app.command("check")
def check_profile(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="One profile; default: all of the city's own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with a profile, by line, before any file is read by it."""
    from warehouse.delivery.layouts.written import check_profiles

    checked = check_profiles(_looked_at(), file)
    is_sound = not any(checked.values())
    if as_json:
        flaws = {name: [asdict(flaw) | {"text": str(flaw)} for flaw in found] for name, found in checked.items()}
        _json({"is_sound": is_sound, "profiles": flaws})
    else:
        showing.show_profiles(checked)
    raise typer.Exit(ExitCode.DONE if is_sound else ExitCode.FAILED)


@app.command()
def versions(as_json: Json = False) -> None:
    """The published versions that are kept."""
    from warehouse.publishing.version import kept_versions

    kept = kept_versions(_looked_at())
    if as_json:
        _json(kept)
    else:
        showing.show_versions(kept)


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

    store = _looked_at()
    folder = (store.current / "report").resolve()
    page = folder / (SUMMARY if pdf else PAGE)
    if not page.is_file():
        raise fail(_("No report is published yet: run `diklat refresh`."))
    if out is not None:
        _not_over(out)
        with whole(out) as draft:
            shutil.copyfile(page, draft) if pdf else _copy(folder, draft)
        page = out if pdf else out / PAGE
    if as_json:
        there = {"report": folder / PAGE, "pdf": folder / SUMMARY, "pdf" if pdf else "report": page}
        _json({**there, "build_id": folder.parent.name})
    else:
        showing.path(page)
    if show and not webbrowser.open(page.absolute().as_uri()):
        line(_("No browser could be started here; open the file yourself."), "yellow")


def _copy(folder: Path, target: Path) -> None:
    """Copy what is published to where others read it: `copytree` would give folders the mode of those that only a group may enter."""
    target.mkdir()
    for path in sorted(folder.rglob("*")):
        to = target / path.relative_to(folder)
        to.mkdir() if path.is_dir() else shutil.copyfile(path, to)


@app.command()
def power(
    program: Annotated[str, typer.Argument(help="Code of the program.")],
    as_json: Json = False,
) -> None:
    """How many lottery places, batches or respondents would settle what is not known of a program."""
    from warehouse.upkeep.questions import UnknownProgram, open_questions

    store = _looked_at()
    _not_national(store)
    if not store.current.exists():
        raise fail(_("Nothing is published yet: run `diklat refresh`."))
    try:
        questions = open_questions(store, program)
    except UnknownProgram as unknown:
        raise fail(fault(unknown), ExitCode.USAGE) from None
    if as_json:
        _json(questions)
    else:
        showing.show_questions(program, questions)


@app.command()
def rollback(
    build_id: Annotated[str | None, typer.Argument(help="Default: the version before the current one.")] = None,
    as_json: Json = False,
) -> None:
    """Point readers back to an earlier version, and keep them there until `diklat release`."""
    from warehouse.publishing.version import rollback

    with _changing(_settings().store, "diklat rollback") as store:
        try:
            name = rollback(store, build_id, is_held=True)
        except LookupError as error:
            raise fail(fault(error)) from None
    if as_json:
        _json({"build_id": name, "hold": store.hold})
    else:
        line(_("Current is now {name}, until `diklat release`.", name=name))


@app.command()
def hold(
    reason: Annotated[str, typer.Argument(help="Why; `diklat status` and the UI show it.")], as_json: Json = False
) -> None:
    """Stop publication: versions are made and audited, and readers stay where they are until `diklat release`."""
    from warehouse.publishing.version import hold

    if not reason.strip():
        raise fail(_("A reason is wanted: whoever meets the hold must know why."), ExitCode.USAGE)
    store = _settings().store
    hold(store, reason.strip())
    if as_json:
        _json({"hold": store.hold})
    else:
        showing.show_hold(store)
        if not store.current.exists():
            line(
                _("Nothing is published in {home}: see whether DIKLAT_HOME is the one that is meant.", home=store.home),
                "yellow",
            )


@app.command()
def release(as_json: Json = False) -> None:
    """Lift `diklat hold`, and the pin of `diklat rollback`: the next refresh publishes what is newest."""
    from warehouse.publishing.version import release

    held = release(_settings().store)
    if as_json:
        _json({"released": held})
    elif held is None:
        line(_("Nothing was held."))
    else:
        line(_("Released ({reason}): the next refresh publishes.", reason=held["reason"]))


@app.command()
def forget(
    employee_id: Annotated[str, typer.Argument(help="NIP or NI PPPK, or the pseudonym.")], as_json: Json = False
) -> None:
    """Take a person out of staging, identities, quarantine and every kept version, for good."""
    from warehouse.upkeep.forget import forget_person

    with _progress(as_json) as progress, _changing(_settings().store, "diklat forget") as store:
        try:
            result = forget_person(store, employee_id, say=progress.say)
        except ValueError as error:
            raise fail(fault(error), ExitCode.USAGE) from None
        except LookupError as error:
            raise fail(fault(error)) from None
    if as_json:
        _json(asdict(result))
    else:
        showing.show_forgotten(result)


@app.command()
def docs(as_json: Json = False) -> None:
    """Write the data dictionary and the ERD from the contracts into ./docs."""
    from pipelines.documentation import write

    _wrote(write(Path("docs")), as_json)


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on the loopback interface.")] = 3000,
) -> None:
    """Dagster's UI and daemon, on this machine only, until Ctrl-C or SIGTERM."""
    from pipelines import window

    settings = _settings()
    try:
        window.serve(
            settings, port, lambda address: line(_("Dagster UI on {address} (Ctrl-C ends it)", address=address))
        )
    except (Busy, window.PortTaken) as taken:
        raise fail(fault(taken)) from None
    except KeyboardInterrupt:
        return
    raise fail(_("The window ended by itself; why stands above."))


if __name__ == "__main__":
    app()
