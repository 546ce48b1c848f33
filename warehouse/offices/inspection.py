"""How a file would be read, tried in a store that is thrown away: nothing is loaded, nothing is kept.

The city's own profiles, limits, names of units and settings are those that would hold; of a file that nobody reads it is told who comes
closest, and a profile is drafted (`drafts`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from schemas.agencies import FILE as AGENCIES_FILE
from schemas.contract import Contract
from schemas.profiles import Layout, Profiles
from schemas.reasons import REASONS, FileRefused
from schemas.said import Said, said
from schemas.sources import SOURCES
from warehouse.delivery import archive, formats
from warehouse.delivery.landing import Landing, scan
from warehouse.delivery.layouts.contract_layout import ContractLayout
from warehouse.delivery.layouts.mapping import HeaderMatcher
from warehouse.delivery.layouts.profile_layout import ProfileLayout
from warehouse.delivery.layouts.tables import least, open_tables
from warehouse.delivery.layouts.written import known_profiles
from warehouse.offices.drafts import draft_of, draft_profile
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes
from warehouse.store import Store

_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])(?!\d{3})")
"""A month, or a day, in a name."""
VALUES = said("columns of values")
"""What is said of value columns: they are known by patterns, which would help nobody."""
SHOWN = 3
"""Of a file that nobody reads so many layouts are told that come closest."""


def inspect_file(store: Store, file: Path, folder: str | None = None) -> dict[str, Any]:
    """What each source would make of `file`, delivered into `folder` (default: wherever it fits).

    Returns `refused` (why nobody reads it, or None), `nearest` (the layouts that come closest, and what of their headings is not
    there), `draft` (a profile to edit, where the columns are unknown) and `readings`: source, layout, evidence, counts, mapping and
    refusals, and the month in which it would be delivered. Raises LookupError when `folder` is neither a source nor a profile.
    """
    profiles = known_profiles(store)
    known = [*SOURCES, *profiles.layouts]
    if folder is not None and folder not in (*known, *profiles.broken):
        raise LookupError(
            said(
                "{name} is neither a source nor a profile; known are {names}.",
                name=repr(folder),
                names=", ".join(known),
            )
        )
    about: dict[str, Any] = {"file": str(file), "refused": None, "nearest": [], "draft": None, "readings": []}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            if not file.is_file():
                raise FileRefused("FILE_NO_FILE")
            folders = [folder] if folder else list(_fitting(file, profiles, Path(scratch)))
            for name in folders:
                trial, landing = _delivered(store, file, name, Path(scratch) / name)
                if landing.deliveries:
                    return about | {"refused": None, "draft": None, "readings": _readings(trial, landing)}
                about["refused"] = next((_said(problem.code, problem.seen) for problem in landing.problems), "")
                if any(problem.code == "FILE_COLUMNS" for problem in landing.problems):
                    about["draft"] = draft_profile(file, Path(scratch))
        except formats.UnknownHeader as unknown:
            about["nearest"] = _nearest(unknown.rows, profiles)
            about["refused"] = _said("FILE_COLUMNS", said("None of the columns is known."))
            if about["nearest"]:
                about["refused"] = _said("FILE_COLUMNS", _closest(about["nearest"][0]))
            about["draft"] = draft_of(file.name, unknown.rows)
        except FileRefused as fault:
            about["refused"] = _said(fault.code, fault.seen)
    if about["refused"] and folder is None and profiles.broken:
        # One of them might have been this file's.
        for found in (flaw for flaws in profiles.broken.values() for flaw in flaws):
            about["refused"] = said("{refused} {flaw}", refused=about["refused"], flaw=found)
    return about


def _fitting(file: Path, profiles: Profiles, scratch: Path) -> Iterator[str]:
    """The folder in which the file would be read; of an archive every one that may be, for its members differ.

    Raises FileRefused naming what is wrong with the file: UnknownHeader, or the line above the table that the layout which fits needs.
    """
    if file.suffix.lower() == archive.ENDING:
        yield from (*SOURCES, *profiles.layouts)
        return
    refused: list[FileRefused] = []

    def score(reading: HeaderMatcher, header: Sequence[str], facts: Mapping[str, str]) -> int:
        try:
            return reading.accepts(header, facts)
        except FileRefused as reason:
            refused.append(reason)
            return 0

    readings: dict[str, list[HeaderMatcher]] = {}
    for source, contract in SOURCES.items():
        targeted = [layout for layouts in profiles.layouts.values() for layout in layouts if source in layout.targets]
        readings[source] = [ContractLayout(contract), *targeted]
    for name, layouts in profiles.layouts.items():
        readings[name] = list(layouts)
    every = list({id(reading): reading for group in readings.values() for reading in group}.values())

    @cache
    def is_known(name: str) -> bool:
        """Whether it is a heading of anybody: most rows of a large workbook hold none, and need not be asked of each."""
        contracts = any(contract.match([name]) for contract in SOURCES.values())
        return contracts or any(layout.names([name]) for layouts in profiles.layouts.values() for layout in layouts)

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        names = list(filter(None, header))
        return max(score(one, names, facts) for one in every) if any(map(is_known, names)) else 0

    try:
        with formats.open_file(file, accepts, scratch) as tables:
            header, facts = tables[0].header, tables[0].facts
    except formats.UnknownHeader:
        if refused:
            raise least(refused) from None
        raise

    def fit(name: str) -> tuple[int, bool]:
        """How well a folder's best layout fits; the city's own before a shipped one, as in the landing area."""
        return max(
            (score(one, header, facts), isinstance(one, Layout) and one.profile in profiles.own)
            for one in readings[name]
        )

    yield max(readings, key=fit)


def _delivered(store: Store, file: Path, folder: str, home: Path) -> tuple[Store, Landing]:
    """A store with the city's own settings and employees, into whose `folder` the file was delivered; and what it holds."""
    month = max(_month_of(file), store.city.first_month)
    trial = Store(home / store.home.relative_to(store.homes[-1]))
    for own, copy in zip(store.homes, (trial.home, home), strict=False):
        copy.mkdir(parents=True, exist_ok=True)
        for name in ("policy.csv", "unit_aliases.csv", "city.yaml", AGENCIES_FILE):
            if (own / name).is_file():
                shutil.copyfile(own / name, copy / name)
        if (own / store.profiles.name).is_dir():
            shutil.copytree(own / store.profiles.name, copy / store.profiles.name)
    if store.city.logo:
        (trial.home / store.city.logo).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.home / store.city.logo, trial.home / store.city.logo)
    if pictures := sorted((store.home / "restricted" / "identity").glob("[!.]*.parquet")):
        (trial.restricted / "identity").mkdir(mode=0o700)
        shutil.copyfile(pictures[-1], trial.restricted / "identity" / f"{month}.parquet")
    target = trial.landing / folder / month / file.name
    target.parent.mkdir(parents=True)
    shutil.copyfile(file, target)
    year, number = map(int, month.split("-"))
    return trial, scan(trial, dt.date(year, number, calendar.monthrange(year, number)[1]))


def _month_of(file: Path) -> str:
    """The month of the delivery: that of the file's folder, or in its name, else of its last change. Days whose order is told by the
    month, and days without a year, are read by it."""
    for name in (file.absolute().parent.name, file.stem):
        if match := _MONTH.search(name):
            return f"{match[1]}-{match[2]}"
    return f"{dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC):%Y-%m}"


def _nearest(rows: Sequence[Sequence[str]], profiles: Profiles) -> list[dict[str, Any]]:
    """The layouts of whose headings most stand in one of the rows: name, how many of how many are there, and which are not. One more
    that is not there is reckoned with, or the one heading of a short layout would be nearer than four of five."""
    found: dict[str, tuple[float, int, dict[str, Any]]] = {}

    def note(name: str, wanted: Sequence[str], there: set[str]) -> None:
        share = len(there) / (len(wanted) + 1)
        if there and (share, len(there)) > found.get(name, (0.0, 0, {}))[:2]:
            lost = [text for text in wanted if text not in there]
            about = {"layout": name, "there": len(there), "of": len(wanted), "missing": lost}
            found[name] = (share, len(there), about)

    for row in dict.fromkeys(tuple(filter(None, row)) for row in rows):
        for source, contract in SOURCES.items():
            note(source, contract.required, set(contract.match(row)) & set(contract.required))
        for name, layouts in profiles.layouts.items():
            for layout in layouts:
                lacks_values = any(
                    t.unpivot and len(t.value_columns(row)) < t.at_least for t in layout.targets.values()
                )
                headings = {name: _spelt(layout, name) for name in layout.header}
                there = {headings[name] for name in layout.names(row).values() if name in headings}
                note(
                    said("profile {name}", name=name), [*headings.values(), *([VALUES] if lacks_values else [])], there
                )
    best = sorted(found.values(), key=lambda one: (-one[0], -one[1]))
    return [about for _, _, about in best if about["there"] > about["of"] / 2][:SHOWN]


def _spelt(layout: Layout, name: str) -> str:
    """A heading of a layout, as the profile calls it and as files do."""
    seen = next((seen for seen, known in layout.aliases.items() if known == name), name)
    return name if seen == name else f"{name} ({seen})"


def _closest(about: Mapping[str, Any]) -> str:
    values = {"layout": about["layout"], "n": about["there"], "of": about["of"]}
    if about["missing"]:
        return said(
            "Closest is {layout}: {n} of {of} headings are there; not there: {names}.",
            names=", ".join(about["missing"]),
            **values,
        )
    return said(
        "Closest is {layout}: {n} of {of} headings are there, but not in one row, or two of the file's headings mean the same.",
        **values,
    )


def _said(code: str, seen: str) -> Said:
    reason = REASONS[code]
    values = {"indonesian": reason.indonesian, "mend": reason.mend, "english": reason.english}
    if seen:
        return said("{indonesian} {mend} ({english}) {seen}", seen=seen, **values)
    return said("{indonesian} {mend} ({english})", **values)


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
                    "month": month,
                    "layout": said("profile {name}", name=layout.profile) if layout else said("the canonical layout"),
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
