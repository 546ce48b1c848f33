"""Staging: one source's month, read from its files, validated row by row, split, pseudonymised and written.

Accepted rows become `staging/<source>/<month>.parquet`; refused rows go to the quarantine with their reasons; the
manifest beside the Parquet file says of every file how many rows were read, accepted, refused and repeated. What senders wrote in their
own words, the names of their files included, goes to the restricted store; a number or a token stands for it. Memory is
bounded by one batch. A month is replaced whole, and its manifest is written last: a stop at any moment is made good by
the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

import polars as pl

from schemas.contract import Contract
from warehouse.delivery.landing import WAITING, Delivery
from warehouse.faults import Faults
from warehouse.staging.file import read_file
from warehouse.staging.recipe import Recipe
from warehouse.staging.refusals import ABOUT
from warehouse.staging.repeats import resolve_repeats
from warehouse.staging.report import MOVED, SAID, FileReport, held, numbered
from warehouse.staging.validate import Splitter
from warehouse.staging.writers import MonthFiles, Writers
from warehouse.store import Store, atomic, file_sha256, read_json, write_json


def read_months(store: Store, recipes: Sequence[Recipe]) -> Iterator[tuple[str, list[FileReport]]]:
    """Read several months, two at a time (the libraries below release Python's lock); (month, what became of its files)
    in the order of the recipes."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        read = pool.map(partial(read_month, store), recipes)
        yield from zip((recipe.month for recipe in recipes), read, strict=True)


def read_month(store: Store, recipe: Recipe) -> list[FileReport]:
    """Read a source's month anew and replace it in the staging store, which is all that `store` is for: whatever else
    the reading may look at is in `recipe`. Returns what became of each file.

    A file that cannot be read is refused, or at a fault of the program held, by name and the others go on. A file that is
    no longer the one that the recipe names belongs to the next run: the month stays as it was read before, where that was by
    the same rules, else it is read without the file. Raises OSError when the disk does not take the result; then the old
    month stands, and is read again by the next run.
    """
    contract, month, deliveries = recipe.contract, recipe.month, recipe.deliveries
    source = contract.name
    files, told = MonthFiles.of(store, contract, month), store.told / source / f"{month}.json"
    manifest = files.accepted.with_suffix(".json")
    written = [path for path in (*files, told) if path is not None]
    if not deliveries:
        for path in (manifest, *written):
            path.unlink(missing_ok=True)
        return []
    faults = Faults()
    reports: list[FileReport] = []
    sheets: Mapping[str, str] = {}
    untaken: list[str] = []
    with faults.aside(f"{source} {month}"):
        try:
            reports, sheets, untaken = _write_month(store, recipe, deliveries, files)
        except _Stands as stands:
            return stands.moved
    if faults:
        # What failed was none of the files alone: none of them is trusted.
        _write_month(store, recipe, [], files)
        reports = [held(delivery, "PROGRAM_FAULT", f"{faults[0].error}.") for delivery in deliveries]
    for report in reports:
        if report.status == "accepted" and report.n_refused:
            report.status = "refused" if report.n_refused == report.n_read else "partly_refused"
    said = [{name: getattr(report, name) for name in SAID} for report in reports]
    write_json(told, {"files": said, "sheets": sheets})
    write_json(
        manifest,
        {
            "recipe": recipe.digest,
            "rules": recipe.rules,
            # A month with a file that waits is read again by the next run.
            "waits": any(report.reason_code in WAITING for report in reports),
            "source": source,
            "month": month,
            "n_accepted": sum(report.n_accepted for report in reports),
            "untaken": untaken,
            "sha256": {str(path.relative_to(store.home)): file_sha256(path) for path in written},
            "files": [
                {"file": number} | {name: value for name, value in asdict(report).items() if name not in SAID}
                for number, report in numbered(reports).items()
            ],
        },
    )
    return reports


def _write_month(
    store: Store, recipe: Recipe, deliveries: Sequence[Delivery], files: MonthFiles
) -> tuple[list[FileReport], Mapping[str, str], list[str]]:
    """What became of each file, the sheets' names by their numbers, and of a picture of all whom, or what, only rows or files name that were
    not taken."""
    contract = recipe.contract
    manifest = files.accepted.with_suffix(".json")
    splitter = Splitter(contract, recipe.key, recipe.forgotten)
    with ExitStack() as stack:
        draft = MonthFiles._make(path and stack.enter_context(atomic(path)) for path in files)
        writers = Writers(contract, [delivery.file_name for delivery in deliveries], draft)
        try:
            reports = [read_file(delivery, recipe, store, splitter, writers) for delivery in deliveries]
        finally:
            writers.close()
        moved = [delivery for delivery in deliveries if not delivery.is_as_seen]
        if moved and (read_json(manifest) or {}).get("rules") == recipe.rules:
            raise _Stands([held(delivery, "FILE_CHANGING", MOVED) for delivery in moved])
        reports = [
            held(delivery, "FILE_CHANGING", MOVED) if delivery in moved else report
            for delivery, report in zip(deliveries, reports, strict=True)
        ]
        untaken = _subjects(contract, draft.accepted, draft.refused)
        if deliveries:
            resolve_repeats(contract, deliveries, writers.sheets, draft, reports)
        untaken -= _subjects(contract, draft.accepted)
        # From here on it describes what is no longer there.
        manifest.unlink(missing_ok=True)
    return reports, writers.sheets, sorted(untaken)


def _subjects(contract: Contract, accepted: Path, refused: Path | None = None) -> set[str]:
    """Whom, or what, the rows of a picture of all are about."""
    if not contract.snapshot:
        return set()
    listed = {*pl.read_parquet(accepted, columns=[contract.key[0]]).to_series()}
    return listed | ({*pl.read_parquet(refused, columns=[ABOUT]).to_series().drop_nulls()} if refused else set())


class _Stands(Exception):
    """The month stays as it was read before, for some of its files are no longer those that were to be read."""

    def __init__(self, moved: list[FileReport]) -> None:
        super().__init__(MOVED)
        self.moved = moved
