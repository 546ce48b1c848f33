"""How a file would be read, tried in a store that is thrown away: nothing is loaded, nothing is kept."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from schemas.profiles import Layout, profiles
from schemas.reasons import REASONS
from schemas.sources import SOURCES
from warehouse import reading, values
from warehouse.landing import Landing, scan
from warehouse.staging import read_month
from warehouse.store import Store

TRIAL = dt.date(2026, 1, 31)
"""The trial delivery's month; any would do."""


def inspect_file(store: Store, file: Path, folder: str | None = None) -> dict[str, Any]:
    """What each source would make of `file`, delivered into `folder` (default: wherever it fits).

    Returns `refused` (why nobody reads it, or None) and `readings`: source, layout, counts, unused and empty columns,
    and the refusals. Raises LookupError when `folder` is neither a source nor a profile.
    """
    known = {**dict.fromkeys(SOURCES), **profiles(store.profiles)}
    if folder is not None and folder not in known:
        raise LookupError(f"{folder!r} is neither a source nor a profile; known are {', '.join(known)}.")
    refused = None
    for name in [folder] if folder else known:
        with tempfile.TemporaryDirectory() as scratch:
            trial = Store(Path(scratch))
            target = trial.landing / name / f"{TRIAL:%Y-%m}" / file.name
            target.parent.mkdir(parents=True)
            shutil.copyfile(file, target)
            if store.profiles.is_dir():
                shutil.copytree(store.profiles, trial.profiles)
            landing = scan(trial, TRIAL)
            if landing.deliveries:
                return {"file": str(file), "refused": None, "readings": _readings(trial, landing)}
            if landing.problems:
                problem = landing.problems[0]
                reason = REASONS[problem.code]
                refused = f"{reason.indonesian} {reason.mend} ({reason.english}) {problem.seen}"
    return {"file": str(file), "refused": refused, "readings": []}


def _readings(trial: Store, landing: Landing) -> list[dict[str, Any]]:
    found = []
    for (source, month), deliveries in landing.deliveries.items():
        report = read_month(trial, landing, source, month)[0]
        layout = deliveries[0].layout
        used, empty = _columns(deliveries[0].path, source, layout)
        refusals = pl.read_parquet(trial.quarantine / source / f"{month}.parquet").drop("raw_row")
        found.append(
            {
                **asdict(report),
                "source": source,
                "layout": f"profile {layout.profile}" if layout else "the canonical layout",
                "columns_not_used": used,
                "columns_empty": empty,
                "refusals": refusals.to_dicts(),
            }
        )
    return found


def _columns(path: Path, source: str, layout: Layout | None) -> tuple[list[str], list[str]]:
    """(columns of the file that nobody reads, columns of the source that the file does not fill)."""
    contract = SOURCES[source]
    if layout is not None:
        return [], [name for name in contract.names if name not in layout.targets[source].select]
    header = reading.open_table(path, lambda cells: contract.fits([values.fold(cell) for cell in cells])).header
    given, wanted = {values.fold(name) for name in header}, {values.fold(name) for name in contract.names}
    unused = [name for name in header if name and values.fold(name) not in wanted]
    return unused, [name for name in contract.names if values.fold(name) not in given]
