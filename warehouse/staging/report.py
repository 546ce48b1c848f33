"""What became of the files of a month: how many rows of each were read, accepted, refused and repeated, and why one was refused or held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from warehouse.delivery.landing import Delivery
from warehouse.staging.recipe import read_manifest
from warehouse.store import Store

T = TypeVar("T")


@dataclass
class FileReport:
    """What became of one file: n_read = n_accepted + n_refused + n_duplicate, always."""

    file_name: str
    sha256: str
    profile: str
    n_read: int = 0
    n_accepted: int = 0
    n_refused: int = 0
    n_duplicate: int = 0
    n_non_asn: int = 0
    """Of the refused rows those about staff without a NIP. Nobody can mend them, so they hold no file."""
    n_skipped: int = 0
    """Rows that are no data: titles, column numbers, totals, signatures."""
    status: str = "accepted"
    """accepted, partly_refused, refused, duplicate, or held."""
    reason_code: str = ""
    seen: str = ""
    read_as: str = ""
    """Encoding, delimiter or sheet, and the header's row."""
    drift: str = ""
    """Columns that are not there, new, or perhaps renamed; days that can hardly be."""
    encoding: str = ""
    delimiter: str = ""


SAID = ("file_name", "seen", "read_as", "drift")
"""What a report repeats of what a sender wrote: it is told by the restricted store."""


def numbered(files: Sequence[T]) -> dict[str, T]:
    """What stands in the staging store for each of a month's files (or sheets), in their order → the file."""
    return {f"{number:04d}": file for number, file in enumerate(files, start=1)}


MOVED = "It changed after the run had looked at it."
"""What is seen of a file that belongs to the next run."""


def held(delivery: Delivery, code: str, seen: str) -> FileReport:
    """What became of a file that is left for the next run."""
    profile = delivery.layout.profile if delivery.layout else ""
    return FileReport(delivery.file_name, delivery.sha256, profile, status="held", reason_code=code, seen=seen)


def reports_of(store: Store, source: str) -> list[dict[str, Any]]:
    """What became of every file of a source, month by month, as the manifests keep it."""
    months = sorted(path.stem for path in (store.staging / source).glob("*.json"))
    return [file for month in months for file in (read_manifest(store, source, month) or {"files": []})["files"]]
