"""How a file would be read, tried in a store that is thrown away: nothing is loaded, nothing is kept.

For a layout that nobody knows, a profile is drafted for the city to edit.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from schemas.contract import Contract
from schemas.profiles import Layout
from schemas.reasons import REASONS, FileRefused
from schemas.sources import SOURCES
from warehouse.delivery import formats
from warehouse.delivery.landing import Landing, scan
from warehouse.delivery.mapping import ContractLayout, ProfileLayout, open_tables
from warehouse.delivery.written import known_profiles
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes
from warehouse.store import Store

TRIAL = dt.date(2026, 1, 31)
"""The trial delivery's month; any would do."""


def inspect_file(store: Store, file: Path, folder: str | None = None) -> dict[str, Any]:
    """What each source would make of `file`, delivered into `folder` (default: wherever it fits).

    Returns `refused` (why nobody reads it, or None), `draft` (a profile to edit, where the columns are unknown) and
    `readings`: source, layout, evidence, counts, mapping and refusals. Raises LookupError when `folder` is neither a
    source nor a profile.
    """
    profiles = known_profiles(store)
    known = [*SOURCES, *profiles.layouts]
    if folder is not None and folder not in (*known, *profiles.broken):
        raise LookupError(f"{folder!r} is neither a source nor a profile; known are {', '.join(known)}.")
    reasons: list[tuple[bool, str, str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in [folder] if folder else known:
            trial = Store(Path(scratch) / name)
            target = trial.landing / name / f"{TRIAL:%Y-%m}" / file.name
            target.parent.mkdir(parents=True)
            shutil.copyfile(file, target)
            if store.profiles.is_dir():
                shutil.copytree(store.profiles, trial.profiles)
            landing = scan(trial, TRIAL)
            if landing.deliveries:
                try:
                    return {"file": str(file), "refused": None, "draft": None, "readings": _readings(trial, landing)}
                except FileRefused as fault:
                    said = _said(fault.code, fault.seen)
                    return {"file": str(file), "refused": said, "draft": None, "readings": []}
            for problem in landing.problems:
                text = _said(problem.code, problem.seen)
                # What comes closest is told: a missing line above a known table, then the fewest missing columns.
                reasons.append((problem.code == "FILE_COLUMNS", f"{problem.seen.count(','):3}", text))
        draft = draft_profile(file, Path(scratch)) if all(unknown for unknown, _, _ in reasons) else None
    refused = min(reasons)[2] if reasons else None
    if refused and folder is None and profiles.broken:
        # One of them might have been this file's.
        refused += " " + " ".join(str(flaw) for flaws in profiles.broken.values() for flaw in flaws)
    return {"file": str(file), "refused": refused, "draft": draft, "readings": []}


def _said(code: str, seen: str) -> str:
    reason = REASONS[code]
    return f"{reason.indonesian} {reason.mend} ({reason.english}) {seen}".strip()


def _readings(trial: Store, landing: Landing) -> list[dict[str, Any]]:
    readings = []
    recipes = Recipes(trial, landing)
    pairs = [
        (delivery, report)
        for (source, month), deliveries in landing.deliveries.items()
        for delivery, report in zip(deliveries, read_month(trial, recipes.of(source, month)), strict=True)
    ]
    for delivery, report in pairs:
        if report.reason_code == "PROGRAM_FAULT":
            raise FileRefused(report.reason_code, report.seen)
        source, month, layout = delivery.source, delivery.month, delivery.layout
        refusals = pl.read_parquet(trial.quarantine / source / f"{month}.parquet").drop("raw_row")
        refusals = refusals.filter(pl.col("file_name") == report.file_name)
        mapper: ProfileLayout | ContractLayout
        if layout is None:
            mapper = ContractLayout(SOURCES[source])
        else:
            mapper = ProfileLayout(layout, source, delivery.path, delivery.sha256, delivery.month)
        with open_tables(delivery.path, [mapper], trial.scratch) as tables:
            for table in tables:
                for _ in table.batches():
                    pass
            used = {tables[0].header[position - 1]: name for name, position in mapper.cell_of(tables[0]).items()}
            readings.append(
                {
                    **asdict(report),
                    "source": source,
                    "layout": f"profile {layout.profile}" if layout else "the canonical layout",
                    "columns": used,
                    "columns_not_used": [name for name in tables[0].header if name and name not in used and not layout],
                    "columns_empty": _empty(SOURCES[source], used, tables[0].facts, layout),
                    "facts": dict(tables[0].facts),
                    "rows_left_out": {
                        f"{table.sheet} {row}".strip(): kind
                        for table in tables
                        for row, kind in sorted(table.skipped.items())
                    },
                    "refusals": refusals.to_dicts(),
                }
            )
    return readings


def _empty(contract: Contract, used: Mapping[str, str], facts: Mapping[str, str], layout: Layout | None) -> list[str]:
    """Columns of the source that the file does not fill."""
    filled = set(layout.targets[contract.name].select) if layout else {*used.values(), *contract.match(list(facts))}
    return [name for name in contract.names if name not in filled]


def draft_profile(file: Path, scratch: Path) -> str | None:
    """A profile for a layout that nobody knows, as YAML to edit: the source that fits best, and what is to be filled in.

    None where the file cannot be opened as a table at all.
    """
    rows: Sequence[Sequence[str]] = []
    try:
        with formats.open_file(file, lambda header, facts: 0, scratch):
            pass
    except formats.UnknownHeader as unknown:
        rows = unknown.rows
    except FileRefused:
        return None
    # The header is the first of the rows with the most texts that are no numbers.
    header = max(rows, key=lambda row: sum(1 for cell in row if cell and not cell[:1].isdigit()), default=[])
    names = list(dict.fromkeys(cell for cell in header if cell))
    contract = max(SOURCES.values(), key=lambda source: len(source.match(names)) / len(source.columns))
    headings = {column: names[positions[0]] for column, positions in contract.match(names).items()}
    lines = [
        f"# Drafted from {file.name}; read docs/extending.md, fill in what is marked, save as profiles/<name>.yaml.",
        "id_scheme: nip  # or opaque, for ids that are no NIP",
        "layouts:",
        "  - header:",
        *(f"      - {_quoted(name)}" for name in names),
        "    targets:",
        f"      {contract.name}:  # one of {', '.join(SOURCES)}",
        "        select:",
    ]
    for column in contract.columns:
        if column.name in headings:
            expression = '"' + headings[column.name].replace('"', '""') + '"'
            lines.append(f"          {column.name}: {_quoted(expression)}")
        else:
            mark = "# " if column.nullable else ""
            lines.append(f"          {mark}{column.name}: \"'TODO'\"  # {column.label}: {column.description}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
