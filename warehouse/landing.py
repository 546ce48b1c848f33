"""What was delivered: scans the landing area, knows files by content, and tells which months must be read again.

A file is routed by its folder (`landing/<source or profile>/<YYYY-MM>/`) and its header. Content hashes are kept with
the file's size and times, so that a file that was not touched is not read again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from schemas.contract import Contract
from schemas.profiles import Layout, profiles
from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse import reading, values
from warehouse.store import Store, digest, read_json, write_json

ENDINGS = (".csv", ".xlsx", ".parquet")
FIRST_MONTH = os.environ.get("DIKLAT_FIRST_MONTH", "2015-01")
"""Earliest delivery month (YYYY-MM): the first partition. Events may lie earlier."""


@dataclass(frozen=True)
class Delivery:
    """One delivered file, as one source reads it."""

    source: str
    month: str
    path: Path
    sha256: str
    layout: Layout | None
    """None: the canonical layout."""
    duplicate_of: str | None = None
    """Name of the file that brought the same content first."""
    others: tuple[str, ...] = ()
    """Hashes of other files that the layout looks up in."""

    @property
    def file_name(self) -> str:
        """Path below the landing area."""
        return str(Path(*self.path.parts[-3:]))


@dataclass(frozen=True)
class Problem:
    """A delivered file that no source reads, and why."""

    source: str
    month: str
    file_name: str
    sha256: str
    code: str
    seen: str


@dataclass(frozen=True)
class Landing:
    """Everything in the landing area up to a month, routed."""

    deliveries: Mapping[tuple[str, str], Sequence[Delivery]]
    """(source, month) → its files in order."""
    problems: Sequence[Problem]
    later: Sequence[str] = ()
    """Files delivered for months after the as-of date: not seen yet."""

    def fingerprint(self, source: str, month: str) -> str:
        """Changes whenever reading this month anew could give another result."""
        return digest(
            [
                _contract_signature(SOURCES[source]),
                [
                    [d.file_name, d.sha256, d.duplicate_of, d.others, d.layout.signature if d.layout else None]
                    for d in self.deliveries.get((source, month), ())
                ],
            ]
        )


@cache
def _code_signature() -> str:
    """Hash of the code that turns files into rows: a mended parser reads everything again."""
    from warehouse import staging

    modules: tuple[ModuleType, ...] = (reading, values, staging)
    return digest([inspect.getsource(module) for module in modules])


def _contract_signature(contract: Contract) -> list[Any]:
    return [_code_signature(), [repr(column) for column in contract.columns], [repr(rule.code) for rule in contract.rules],
            contract.key, contract.snapshot]  # fmt: skip


def scan(store: Store, as_of: dt.date) -> Landing:
    """Route every file of the landing area delivered up to the month of `as_of`. Hidden and lock files are no deliveries."""
    index_path = store.staging / "files.json"
    old = read_json(index_path) or {}
    new: dict[str, Any] = {}
    known = profiles(store.profiles)
    rules = digest([[layout.signature for name in known for layout in known[name]], _code_signature()])
    found: dict[tuple[str, str], list[Delivery]] = {}
    problems: list[Problem] = []
    later: list[str] = []
    hashes: dict[str, str] = {}
    paths = sorted(path for path in store.landing.rglob("*") if path.is_symlink() or path.is_file())
    for path in paths:
        if path.name.startswith((".", "~$")):
            continue
        relative = path.relative_to(store.landing)
        folder, month = (relative.parts[0], relative.parts[1]) if len(relative.parts) == 3 else (relative.parts[0], "")
        try:
            if path.is_symlink():
                raise FileRefused("FILE_LINK")
            if folder not in SOURCES and folder not in known:
                raise FileRefused("FOLDER_UNKNOWN", f"Folder {folder!r}.")
            if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) or month < FIRST_MONTH:
                raise FileRefused(
                    "FOLDER_MONTH", f"Folder {'/'.join(relative.parts[:-1])!r}; first month {FIRST_MONTH}."
                )
            if month > f"{as_of:%Y-%m}":
                later.append(str(relative))
                continue
            entry = new[str(relative)] = _entry(path, old.get(str(relative)), rules)
            hashes[str(relative)] = entry["sha256"]
            if "routes" not in entry:
                entry["routes"] = _routes(path, folder, known)
            for source, position in entry["routes"]:
                layout = None if position is None else known[position[0]][position[1]]
                others: tuple[str, ...] = ()
                if layout is not None and layout.lookup is not None:
                    beside = path.parent / layout.lookup.file
                    name = str(beside.relative_to(store.landing))
                    others = (_entry(beside, old.get(name), rules)["sha256"],) if beside.is_file() else ("absent",)
                found.setdefault((source, month), []).append(
                    Delivery(source, month, path, entry["sha256"], layout, None, others)
                )
        except FileRefused as refused:
            sha = hashes.get(str(relative), "")
            problems.append(Problem(folder, month, str(relative), sha, refused.code, refused.seen))
    if new != old:
        write_json(index_path, new)
    return Landing({key: _mark_duplicates(key[0], key[1], found) for key in sorted(found)}, problems, later)


def _entry(path: Path, old: Mapping[str, Any] | None, rules: str) -> dict[str, Any]:
    """Hash and routes of a file; both are taken from `old` while neither the file nor the rules of routing changed."""
    status = path.stat()
    # The change time cannot be set by hand, so a touched file is always noticed.
    stamp = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    if old is not None and old["stamp"] == stamp:
        if old["rules"] == rules:
            return dict(old)
        return {"stamp": stamp, "rules": rules, "sha256": old["sha256"]}
    with path.open("rb") as handle:
        return {"stamp": stamp, "rules": rules, "sha256": hashlib.file_digest(handle, "sha256").hexdigest()}


def _routes(path: Path, folder: str, known: Mapping[str, Sequence[Layout]]) -> list[tuple[str, tuple[str, int] | None]]:
    """The sources that read the file, each with the profile and number of its layout (None: the canonical layout).

    Raises FileRefused when the file cannot be opened or nobody knows its header.
    """
    contract = SOURCES.get(folder)
    names = [folder] if contract is None else list(known)
    candidates = [
        (layout, (name, number))
        for name in names
        for number, layout in enumerate(known[name])
        if contract is None or folder in layout.targets
    ]

    def accepts(header: Sequence[str]) -> bool:
        return _fits(contract, header) or any(layout.matches(header) for layout, _ in candidates)

    header = reading.open_table(path, accepts).header
    if _fits(contract, header):
        return [(folder, None)]
    layout, position = max((c for c in candidates if c[0].matches(header)), key=lambda c: len(c[0].header))
    return [(source, position) for source in layout.targets if contract is None or source == folder]


def _fits(contract: Contract | None, header: Sequence[str]) -> bool:
    return contract is not None and contract.fits([values.fold(name) for name in header])


def _mark_duplicates(source: str, month: str, found: Mapping[tuple[str, str], list[Delivery]]) -> list[Delivery]:
    """Mark files whose content an earlier file brought: in the same month, and for events in any earlier month too."""
    first: dict[str, str] = {}
    if not SOURCES[source].snapshot:
        for (other, earlier), deliveries in sorted(found.items()):
            if other == source and earlier < month:
                for delivery in deliveries:
                    first.setdefault(delivery.sha256, delivery.file_name)
    marked = []
    for delivery in found[source, month]:
        original = first.setdefault(delivery.sha256, delivery.file_name)
        same = original != delivery.file_name
        marked.append(
            Delivery(
                source,
                month,
                delivery.path,
                delivery.sha256,
                delivery.layout,
                original if same else None,
                delivery.others,
            )
        )
    return marked


def changed_months(store: Store, landing: Landing) -> dict[str, list[str]]:
    """Source → months whose staging differs from what the landing area holds, in order."""
    found: dict[str, list[str]] = {}
    for source in SOURCES:
        delivered = {month for other, month in landing.deliveries if other == source}
        staged = {path.stem for path in (store.staging / source).glob("*.json")}
        for month in sorted(delivered | staged):
            manifest = read_json(store.staging / source / f"{month}.json") or {}
            if manifest.get("fingerprint") != landing.fingerprint(source, month):
                found.setdefault(source, []).append(month)
    return found
