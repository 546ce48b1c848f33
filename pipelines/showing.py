"""What the commands show people: lines and tables in the language that is spoken, folded to the terminal and never cut.

Belongs here: how facts look. Does not belong here: where they come from, and how far a run is (`pipelines.progress`).
"""

from __future__ import annotations

import datetime as dt
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.speech import _, flaw, kept, number, share, spoken, written
from schemas.said import Count, said
from schemas.written import Flaw

if TYPE_CHECKING:
    from pipelines.refresh import Undone
    from warehouse.delivery.landing import Problem
    from warehouse.national.agencies import Known
    from warehouse.store import Store
    from warehouse.upkeep.forget import Result
    from warehouse.upkeep.health import Finding


class Screen(Console):
    """A console whose reader may go away (`diklat refresh | head`): what is being done is done all the same."""

    def on_broken_pipe(self) -> None:
        """Show nothing more."""
        self.quiet = True
        # What is still in the buffer goes nowhere when the program ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


screen = Screen(stderr="--json" in sys.argv)
"""Progress and tables; beside `--json` they go to stderr, so that stdout is one JSON object."""
NEEDS = {
    "lottery_places": said("lottery places"),
    "batches": said("batches"),
    "respondents": said("respondents"),
}
"""What settles a question (`needs` of `marts.open_question`), in words."""
OF_AGENCIES = {
    "terbit": said("up to date"),
    "usang": said("old"),
    "belum": said("nothing published"),
    "disisihkan": said("set aside"),
    "berhasil": said("succeeded"),
    "gagal": said("failed"),
    "tidak_dijalankan": said("not run"),
}
"""States of a nation's agencies, and how their last refresh ended (`warehouse.national.agencies`), in words."""
NO_DATA = {
    "another table": said("another table"),
    "blank": said("blank"),
    "header": said("header"),
    "numbering": said("numbering"),
    "signature": said("signature"),
    "total": said("total"),
    "total or title": said("total or title"),
}
"""Kinds of rows that are no data (`warehouse.delivery.sheets.sheet`), in words."""
NARROW = 60
"""Columns of a screen below which a table has no room."""
FEW = 3
"""So many sources or months are named one by one."""
SHOWN_FILES = 10
"""Refused and held files that a refresh lists."""
SHOWN_CELLS = 20
"""Refused cells of a file that an inspection lists."""
SHOWN_ABOVE = ("not there:", "not used:")
"""Notes of a reading that an inspection shows as columns."""


def line(text: str, style: str = "", indent: int = 0) -> None:
    """A line as it is, for programs to find whole in a pipe; on a terminal folded to its width."""
    if screen.is_terminal:
        screen.print(Padding(Text(text, style), (0, 0, 0, indent), expand=False))
    else:
        screen.print(" " * indent + text, style=style or None, soft_wrap=True, markup=False, highlight=False)


def say(text: str) -> None:
    """A line that tells what is being done."""
    line(written(text), "dim")


def path(file: Path) -> None:
    """A path alone, for whoever copies it."""
    screen.print(str(file), soft_wrap=True, markup=False, highlight=False)


def table(*heads: str, title: str = "") -> Table:
    """An empty table, whose cells are folded where they are longer than there is room."""
    made = Table(title=title or None)
    for head in heads:
        made.add_column(head, overflow="fold")
    return made


def show_table(made: Table) -> None:
    """A table; on a screen that is too narrow for columns (a telephone's), row by row, each cell behind its head."""
    if screen.width >= NARROW:
        screen.print(made)
        return
    if made.title:
        line(str(made.title), "italic")
    for cells in zip(*(column.cells for column in made.columns), strict=True):
        mark = ""
        for column, cell in zip(made.columns, map(str, cells), strict=True):
            if not column.header:
                mark = f"{cell} "
            elif cell:
                line(f"{mark}{column.header}: {cell}")
                mark = ""
        screen.print()


def months(names: Sequence[str]) -> str:
    """A few months by name, many by their ends."""
    if len(names) <= FEW:
        return ", ".join(names)
    return _("{n} months, {first} to {last}", n=Count(len(names)), first=names[0], last=names[-1])


def reason(code: str, seen: str = "") -> str:
    """Why something is refused, what was seen and, which is Bahasa Indonesia whatever is spoken, how the sender mends it."""
    from schemas.reasons import REASONS

    return " ".join(filter(None, (why(code), kept(seen), REASONS[code].mend)))


def why(code: str) -> str:
    """Why something is refused."""
    from schemas.reasons import REASONS

    return REASONS[code].indonesian if spoken() == "id" else REASONS[code].english


# ---------------------------------------------------------------- a refresh


def show_refresh(store: Store, summary: Mapping[str, Any]) -> None:
    """What a refresh did, and what is published now (`pipelines.refresh.summary`)."""
    from pipelines.refresh import nothing_to_do

    if not summary["sources"]:
        line(_("Nothing is published yet.") if summary["changed"] else written(nothing_to_do(store)))
        return
    if not summary["changed"]:
        line(_("Nothing was delivered since the current version was published; no file was read again."))
    _deliveries(summary)
    if summary["refusals"] or summary["files_refused"]:
        _refused(store, summary)
    _doubtful(store, summary["doubtful"])
    _flags(summary["flags"])
    shares = ", ".join(
        _("{mart} {n} of {of}", mart=row["mart"], n=Count(row["n_left_out"]), of=Count(row["n_rows"]))
        for row in summary["left_out"]
        if row["n_left_out"]
    )
    if shares:
        line(_("Rows whose numbers are left out (small groups): {shares}.", shares=shares))
    if summary["late"]:
        waiting = ", ".join(
            _("{source} {n:row/rows}", source=source, n=Count(n)) for source, n in summary["late"].items()
        )
        line(_("Came late, and wait until they tell of enough people: {waiting}.", waiting=waiting))
    _warnings(summary["warnings"] or ())
    _later(summary["later"], summary["as_of"])
    for source, names in summary["undone"].get("months", {}).items():
        line(_("Waiting: {months}: the next refresh reads it", months=f"{source} {months(names)}"), "yellow")
    show_hold(store)
    if store.has_sample_key and not (store.home / "truth.json").exists():
        line(_("Pseudonyms are made with the sample city's public key: start a new DIKLAT_HOME."), "yellow")
    version, either = _("version {name}", name=summary["build_id"]), _("or")
    pairs = {
        _("Warehouse"): f"{summary['warehouse']}  ({version})",
        _("Report"): f"{store.current / 'report' / 'index.html'}   {either}   diklat report --open",
        _("Open it"): opened_by(summary["warehouse"]),
    }
    show_pairs(pairs)


def opened_by(file: str) -> str:
    """What opens a published file, to be copied as it is."""
    return f"duckdb -readonly {shlex.quote(file)}   {_('or')}   diklat ui"


def show_pairs(pairs: Mapping[str, str]) -> None:
    """Lines of a name and what it stands for."""
    width = max(map(len, pairs))
    for name, value in pairs.items():
        # Longer than a line are paths alone: a terminal breaks them without a mark, so that they can be copied.
        screen.print(f"{name:<{width}}  {value}", soft_wrap=True, markup=False, highlight=False)


def _deliveries(summary: Mapping[str, Any]) -> None:
    made = table(
        _("source"), _("files"), _("read"), _("accepted"), _("refused"), _("repeated"),
        title=_("Deliveries as of {day}", day=summary["as_of"]),
    )  # fmt: skip
    for column in made.columns[1:]:
        column.justify = "right"
    for row in summary["sources"]:
        counts = (row[name] for name in ("files", "n_read", "n_accepted", "n_refused", "n_duplicate"))
        made.add_row(row["source"], *(number(int(count)) for count in counts))
    show_table(made)


def _refused(store: Store, summary: Mapping[str, Any]) -> None:
    if summary["refusals"]:
        made = table(_("source"), _("column"), _("rows"), _("why"), title=_("Refused rows"))
        made.columns[2].justify = "right"
        for row in summary["refusals"]:
            made.add_row(row["source"], row["column_name"], number(int(row["n_rows"])), why(row["reason_code"]))
        show_table(made)
    if files := summary["files_refused"]:
        line(_("Refused or held files:"), "bold")
        for row in files[:SHOWN_FILES]:
            line(str(Path(row["folder"], row["file_name"])), "red")
            line(reason(row["reason_code"], row["seen"]), indent=7)
        if (more := len(files) - SHOWN_FILES) > 0:
            line(_("… {n} more: ops.delivery names them all", n=Count(more)))
    line(_("Every refused row, with its reason and how to mend it: {path}", path=store.quarantine))
    line(_("Workbooks to send back, with the cells marked: {path}", path=store.returned))


def _doubtful(store: Store, files: Sequence[Mapping[str, Any]]) -> None:
    """Files that were read, and may be meant otherwise."""
    if not files:
        return
    line(_("Files that were read, and may be meant otherwise:"), "bold")
    for row in files[:SHOWN_FILES]:
        line(str(Path(row["folder"], row["file_name"])), "yellow")
        line("; ".join(map(kept, row["doubts"])), indent=7)
    if (more := len(files) - SHOWN_FILES) > 0:
        line(_("… {n} more: ops.delivery names them all", n=Count(more)))
    line(_("What their senders are to look at: {path}", path=store.returned))


def _warnings(warnings: Sequence[Mapping[str, Any]]) -> None:
    """Audits that did not pass and stopped nothing: where, what was expected and found, what should be, and what to do."""
    for audit, rows in groupby(warnings, key=lambda row: row["audit"]):
        line(_("Warning ({audit}):", audit=audit), "yellow")
        for row in rows:
            where = ".".join(filter(None, (row["table_name"], row["column_name"])))
            values = {name: kept(row[name]) for name in ("expected", "actual")}
            line(_("{where}: expected {expected}, found {actual}", where=where, **values), indent=7)
        line(_("The rule: {meaning}", meaning=kept(row["meaning"])), "dim", indent=7)
        line(_("What to do: {resolve}", resolve=kept(row["resolve"])), indent=7)


def _flags(flags: Sequence[Mapping[str, Any]] | None) -> None:
    if flags is None:
        line(_("Curriculum flags are not told: an older program made this version."), "bold")
        return
    line(_("Curriculum flags:") if flags else _("No curriculum flag is raised."), "bold")
    for row in flags:
        disliked = ""
        if row["unfavourable_share"] is not None:
            disliked = _("{share} of {n}", share=share(row["unfavourable_share"]), n=Count(row["n_observed"]))
        text = Text(f"{row['state']:<6} ", "red" if row["state"] == "MERAH" else "yellow")
        text.append(f"{row['flag_id']:<28} {disliked:<12} {row['cause'] or ''}".rstrip(), "default")
        screen.print(text, soft_wrap=True)
        if row["changed_on"]:
            since = {
                "day": row["changed_on"],
                "n": Count(row["n_unfavourable_now"]),
                "of": Count(row["n_observed_now"]),
            }
            line(_("since {day}: {n} of {of}", **since), indent=7)
        line(row["action"], indent=7)


# ---------------------------------------------------------------- what is published and what waits


def show_status(
    store: Store, day: dt.date, pending: Undone, problems: Sequence[Problem], manifest: Mapping[str, Any] | None
) -> None:
    """What is wrong first; a line each, whatever is wrong with however many files."""
    if pending.stopped_at:
        steps = ", ".join(map(written, pending.stopped_at))
        line(_("Stopped: the last run failed or died at step {steps}.", steps=steps), "red")
    show_hold(store)
    for status in dict.fromkeys(problem.status for problem in problems):
        _problems(status, [problem for problem in problems if problem.status == status])
    _later(pending.later, day)
    if pending.gone:
        line(
            _(
                "Gone from {folder}: {months}. Bring it back; a loss that is meant is published by `diklat refresh --allow-loss`.",
                folder=store.landing, months=_waiting(pending.gone),
            ),
            "red",
        )  # fmt: skip
    waiting = {
        source: left
        for source, names in pending.months.items()
        if (left := [month for month in names if month not in pending.gone.get(source, ())])
    }
    if waiting or not pending:
        line(_("Waiting: {months}", months=_waiting(waiting)) if waiting else _("No delivery waits."))
    if manifest is None:
        line(
            _("Nothing is published yet.")
            if pending.is_published
            else _("Nothing is published yet; what is wanted is another: `diklat refresh` publishes it.")
        )
        return
    version = {"name": manifest["build_id"], "day": manifest["as_of"]}
    line(
        _("Published: {name} as of {day}.", **version)
        if pending.is_published
        else _("Published: {name} as of {day}; what is wanted is another: `diklat refresh` publishes it.", **version)
    )


def _later(later: Sequence[str], day: object) -> None:
    """Files of months after a day: an old one is replayed, or a month was mistyped."""
    if later:
        names = ", ".join(later[:5]) + (" …" if len(later) > 5 else "")
        line(
            _(
                "Not seen as of {day}: {n:file/files} of later months: {names}",
                day=day,
                n=Count(len(later)),
                names=names,
            ),
            "yellow",
        )


def _waiting(waiting: Mapping[str, Sequence[str]]) -> str:
    """A few sources with their months, many by how many they are."""
    if len(waiting) <= FEW:
        return "; ".join(f"{source} {months(names)}" for source, names in waiting.items())
    every = sorted({month for names in waiting.values() for month in names})
    return _("{n} sources, {months}: which is in `diklat status --json`", n=Count(len(waiting)), months=months(every))


def _problems(status: str, problems: Sequence[Problem]) -> None:
    """Of one file the reason and how to mend it; of several how many they are, and where each is told."""
    last = problems[-1]
    if len(problems) == 1:
        text = f"{last.file_name}: {reason(last.code, last.seen) if last.code else _('every row was refused')}"
    else:
        text = _(
            "{n} files, {name} among them: why is in `diklat status --json` and the report's kiriman.html",
            n=Count(len(problems)), name=last.file_name,
        )  # fmt: skip
    line(_("Held: {what}", what=text) if status == "held" else _("Refused: {what}", what=text))


def show_agencies(
    nation: Store, manifest: Mapping[str, Any] | None, agencies: Sequence[Known], flaws: Sequence[Flaw]
) -> None:
    """What a nation has published, and the state of its agencies as of a day."""
    if manifest:
        line(_("Published: {name} as of {day}.", name=manifest["build_id"], day=manifest["as_of"]))
    else:
        line(_("Nothing is published yet."))
    show_hold(nation)
    width = max((len(one.agency_code) for one in agencies), default=0)
    for one in agencies:
        version = _("{name} as of {day}", name=one.build_id, day=one.as_of) if one.build_id else _("no version")
        values = {
            "state": _(OF_AGENCIES[one.state]),
            "version": version,
            "how": _(OF_AGENCIES[one.refreshed]),
            "step": one.stopped_at,
        }
        how = (
            _("{state}: {version}; last refresh {how} at {step}", **values)
            if one.stopped_at
            else _("{state}: {version}; last refresh {how}", **values)
        )
        line(f"{one.agency_code:<{width}}  {how}")
    for found in flaws:
        line(_("Set aside: {flaw}", flaw=found), "yellow")


def show_nation(nation: Store, file: Path, build_id: str) -> None:
    """Where the national version is."""
    show_hold(nation)
    version, either = _("version {name}", name=build_id), _("or")
    page = nation.current / "report" / "index.html"
    show_pairs({_("National"): f"{file}  ({version})", _("Report"): f"{page}   {either}   diklat report --open"})


def show_hold(store: Store) -> None:
    """Who holds publication, where somebody does."""
    if held := store.hold:
        line(
            _("Held since {since}: {reason}. Readers stay where they are until `diklat release`.",
              since=held["since"], reason=held["reason"]),
            "yellow",
        )  # fmt: skip


def show_versions(kept: Sequence[Mapping[str, Any]]) -> None:
    """The versions that are kept."""
    made = table(_("version"), _("as of"), _("created (UTC)"), _("rows"), _("current"))
    made.columns[0].no_wrap, made.columns[0].min_width = True, max((len(one["build_id"]) for one in kept), default=0)
    made.columns[3].justify = "right"
    for manifest in kept:
        created = dt.datetime.fromisoformat(manifest["created_at"])
        made.add_row(
            manifest["build_id"],
            manifest["as_of"],
            f"{created:%Y-%m-%d %H:%M}",
            number(sum(manifest["rows"].values())),
            _("yes") if manifest["is_current"] else "",
        )
    if kept:
        show_table(made)
    else:
        line(_("Nothing is published yet."))


# ---------------------------------------------------------------- files, findings, questions, people


def show_inspection(inspection: Mapping[str, Any], *, with_draft: bool) -> None:
    """How a file would be read (`warehouse.offices.inspection`), the drafted profile beside it where it is asked for."""
    if inspection["refused"]:
        line(_("Refused: {what}", what=inspection["refused"]), "red")
        for near in inspection["nearest"]:
            line("  " + _layout(near))
        if inspection["draft"] and with_draft:
            line(_("A profile to edit (`--draft FILE` writes it):") + "\n")
            screen.print(inspection["draft"], soft_wrap=True, highlight=False, markup=False)
    for reading in inspection["readings"]:
        _reading(reading)


def _layout(near: Mapping[str, Any]) -> str:
    values = {"layout": near["layout"], "n": Count(near["there"]), "of": Count(near["of"])}
    if near["missing"]:
        return _(
            "{layout}: {n} of {of} headings; not there: {names}", names=", ".join(map(_, near["missing"])), **values
        )
    return _("{layout}: {n} of {of} headings; but not in one row, or not alone", **values)


def _reading(reading: Mapping[str, Any]) -> None:
    line(
        _("{source} by {layout}: {read:row/rows} read, {accepted} accepted, {refused} refused, {repeated} repeated",
          source=reading["source"], layout=reading["layout"], read=Count(reading["n_read"]), accepted=Count(reading["n_accepted"]),
          refused=Count(reading["n_refused"]), repeated=Count(reading["n_duplicate"])),
        "bold",
    )  # fmt: skip
    line(_("Read as: {what}, delivered in {month}", what=_how(reading["read_as"]), month=reading["month"]))
    if reading["columns"]:
        line(_("Columns: {names}", names=", ".join(f"{seen} → {name}" for seen, name in reading["columns"].items())))
    if reading["columns_not_used"]:
        line(_("Columns that are not used: {names}", names=", ".join(reading["columns_not_used"])))
    if reading["columns_empty"]:
        line(_("Columns that stay empty: {names}", names=", ".join(reading["columns_empty"])))
    if reading["rows_left_out"]:
        line(_("Rows that are no data: {rows}", rows=_left_out(reading["rows_left_out"])))
    if noticed := [kept(note) for note in reading["drift"].split("; ") if note and not note.startswith(SHOWN_ABOVE)]:
        line(_("Look again: {what}", what="; ".join(noticed)), "yellow")
    if reading["status"] == "refused" and reading["reason_code"]:
        line(_("Refused whole: {what}", what=reason(reading["reason_code"], reading["seen"])), "red")
    if reading["status"] == "held":
        line(_("Held whole: {what} The rows would not be loaded.", what=kept(reading["seen"])), "yellow")
    cells = list(dict.fromkeys(map(_cell, reading["refusals"])))
    for text in cells[:SHOWN_CELLS]:
        line(text, indent=2)
    if len(cells) > SHOWN_CELLS:
        line(_("… and {n} more", n=Count(len(cells) - SHOWN_CELLS)), indent=2)


def _how(read_as: str) -> str:
    """How the tables of a file were read, piece by piece in the language that is spoken."""
    return "; ".join(", ".join(map(kept, table.split(", "))) for table in read_as.split("; "))


def _cell(refusal: Mapping[str, Any]) -> str:
    row = _("row {n}", n=refusal["row_number"])
    where = f"{refusal['sheet_name']} {row}".strip()
    told = _(
        "{indonesian} {mend} ({english}) {seen}",
        indonesian=refusal["reason_indonesian"], mend=refusal["how_to_mend"], english=refusal["reason_english"],
        seen=repr(refusal["value_seen"] or ""),
    )  # fmt: skip
    return f"{where}, {refusal['heading'] or refusal['column_name']}: {told}"


def _left_out(rows: Mapping[str, str]) -> str:
    """Rows that are no data, those of a kind that follow each other by their ends."""
    parts = []
    for kind, same in groupby(rows.items(), key=lambda row: row[1]):
        names = [name for name, _kind in same]
        ends = ", ".join(names) if len(names) <= FEW else f"{names[0]} … {names[-1]}"
        parts.append(f"{ends} {_(NO_DATA.get(kind, kind))}")
    return ", ".join(parts)


def show_findings(findings: Sequence[Finding]) -> None:
    """What was looked at, and how to mend what is wrong."""
    made = table("", _("what"), _("found"), _("how to mend it"))
    for finding in findings:
        mark = Text("✓", "green") if finding.is_good else Text("✗", "red")
        mend = "" if finding.is_good else written(finding.resolve)
        made.add_row(mark, Text(written(finding.what)), Text(str(written(finding.found))), Text(mend))
    show_table(made)


def show_profiles(checked: Mapping[str, Sequence[Flaw]]) -> None:
    """What is wrong with profiles, a line for each flaw."""
    for name, found in checked.items():
        for text in map(flaw, found):
            line(text)
        if not found:
            line(_("{name}: sound", name=name))
    if not checked:
        line(_("The city has no profiles of its own."))


def show_questions(program: str, questions: Sequence[Mapping[str, Any]]) -> None:
    """What would settle what is not known of a program (`marts.open_question`)."""
    for row in questions:
        text = Text(row["question"], "bold")
        text.append(f" {row['about']}: {row['answer']}", "not bold")
        screen.print(text, soft_wrap=True)
        places = NEEDS[row["needs"]]
        if row["n_losers"] is not None:
            places = said("{places} and {n:loser/losers}", places=places, n=Count(row["n_losers"]))
        told = []
        if row["detectable"] is not None and row["smallest"] is not None:
            effects = {"seen": number(row["detectable"], 2), "matters": number(row["smallest"], 2)}
            told.append(_("could be seen {seen}, matters {matters}", **effects))
        if row["n_needed"] is None:
            told.append(
                _("how many {places} it takes is not known, or they are more than can be planned", places=places)
            )
        else:
            counts = {
                "more": number(row["n_more"]),
                "needed": number(row["n_needed"]),
                "now": number(row["n_now"] or 0),
            }
            told.append(_("{places}: {more} more, {needed} needed, {now} there", places=places, **counts))
        line("; ".join(told), indent=2)
    if not questions:
        line(_("Nothing is open about {program}.", program=program))


def show_forgotten(result: Result) -> None:
    """What was done to forget a person, and where they still stand."""
    line(
        _("Forgotten: {person}. {n:row/rows} taken out of the stores, {versions:published version/published versions} written anew.",
          person=result.pseudonym, n=Count(result.n_rows), versions=Count(len(result.versions)))
    )  # fmt: skip
    line(
        _("Answers to surveys are tied to nobody and stay. Run `diklat refresh` for figures that lack the person, too.")
    )
    if result.still_in:
        line(
            _(
                "These files may still hold the person; nothing is read of them again, but they are the senders' to mend:"
            )
        )
        for file in result.still_in:
            line(f"  {file}")
