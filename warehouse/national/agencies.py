"""What each agency of a nation published last, and how its last refresh ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.agencies import Agencies
from schemas.policy import read_policy
from warehouse.store import Store, read_json, write_json

DONE, FAILED, NOT_RUN = "berhasil", "gagal", "tidak_dijalankan"
"""How a refresh ended."""
UNREADABLE = "tak_terbaca"
"""State of an agency whose published version is there and cannot be read."""
UNKNOWN_STEP = "tidak diketahui"
"""Where a refresh stopped that told no step: its process ended."""


@dataclass(frozen=True)
class Known:
    """One agency as the nation sees it: a row of `nation.agency`, but for what its version holds."""

    agency_code: str
    agency_name: str
    agency_short: str
    position: int
    state: str
    refreshed: str
    stopped_at: str
    build_id: str | None
    as_of: dt.date | None
    days_old: int | None
    report: str | None

    @property
    def is_read(self) -> bool:
        """Whether there is a version of it to read."""
        return self.state in ("terbit", "usang")


def version_of(nation: Store, agency: Known) -> Path:
    """The folder of the version that is read of an agency: the one that `known` saw, though readers may be pointed at another since."""
    return nation.agency(agency.agency_code).version(str(agency.build_id))


def note_refreshed(nation: Store, code: str, outcome: str, stopped_at: Sequence[str] = ()) -> None:
    """Keep how an agency's refresh ended, for the next national version to say; steps alone, for messages may repeat what a file holds."""
    write_json(_note(nation, code), {"outcome": outcome, "stopped_at": list(stopped_at)})


def known(nation: Store, day: dt.date) -> list[Known]:
    """Every agency of `agencies.yaml`, in its order, those whose entries are flawed last. Raises Flawed where the file cannot be used."""
    agencies = Agencies.read(nation.home)
    old_after = read_policy(*nation.policies).limits(day)["national_old_days"]
    found = []
    for position, agency in enumerate(agencies.sound, start=1):
        note = read_json(_note(nation, agency.code)) or {}
        manifest = _manifest(nation.agency(agency.code))
        as_of = dt.date.fromisoformat(manifest["as_of"]) if manifest else None
        days = (day - as_of).days if as_of else None
        state = "belum" if days is None else "usang" if days > old_after else "terbit"
        # From published/current/report of the nation to that of the agency.
        page = f"{agency.address or f'../../../agencies/{agency.code}/published/current'}/report/index.html"
        found.append(
            Known(
                agency.code, agency.name, agency.short_name, position, state, note.get("outcome", NOT_RUN),
                ", ".join(note.get("stopped_at", ())), manifest["build_id"] if manifest else None, as_of, days, page if manifest else None,
            )
        )  # fmt: skip
    for position, code in enumerate(agencies.unsound, start=len(found) + 1):
        found.append(Known(code, code, code, position, "disisihkan", NOT_RUN, "", None, None, None, None))
    return found


def _manifest(store: Store) -> dict[str, Any] | None:
    """The manifest of an agency's version; None where there is none, or this account may not read it."""
    try:
        return read_json(store.current / "manifest.json")
    except PermissionError:
        return None


def _note(nation: Store, code: str) -> Path:
    return nation.home / "refreshed" / f"{code}.json"
