"""The city that the warehouse stands in: its name, clock, calendar, languages and offices' names.

Read from `$DIKLAT_HOME/city.yaml`; without that file it is Kota Tangerang Selatan. A wrong zone or month would make published
numbers wrong, so that a flaw in this file stops the run before it starts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from schemas.aliases import UnitAlias
from schemas.said import said
from schemas.written import Document, Flawed, Text, Written, Wrong, wrong


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        mend = said("WIB is Asia/Jakarta, WITA is Asia/Makassar, WIT is Asia/Jayapura.")
        raise wrong(
            Wrong(allowed=said("a zone of the IANA database"), mend=mend, known=sorted(available_timezones()))
        ) from None
    return name


Zone = Annotated[Text, AfterValidator(_zone)]
"""Name of a zone of the IANA database."""


FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2049, 12, 31)
"""Days that a month of deliveries, and a day that is refreshed, may be of: `core.dim_date` has them."""


class OutsideCalendar(ValueError):
    """A day that no version can be as of; the message says which can."""


def _month(text: str) -> str:
    if not re.fullmatch(r"20[0-4]\d-(0[1-9]|1[0-2])", text):
        raise wrong(Wrong(allowed=said("a month from 2000-01 to 2049-12, as 2015-01")))
    return text


def _time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise wrong(
            Wrong(
                allowed=said("a time from 00:00 to 23:59, as '01:00'"), mend=said("Hours with two digits, and a colon.")
            )
        )
    return text


def _once(languages: tuple[str, ...]) -> tuple[str, ...]:
    if not languages:
        raise wrong(Wrong(seen=said("an empty list"), allowed=said("at least one language")))
    if repeated := [position for position, name in enumerate(languages) if name in languages[:position]]:
        raise wrong(*(Wrong(allowed=said("each language once"), at=(position,)) for position in repeated))
    return languages


def _logo(text: str) -> str:
    path = PurePosixPath(text)
    if path.suffix.lower() not in (".svg", ".png") or path.is_absolute() or ".." in path.parts:
        raise wrong(Wrong(allowed=said("an .svg or .png below the data root, as logo.svg")))
    return text


class City(Written):
    """One city. The defaults are Kota Tangerang Selatan's."""

    name: Text = "Kota Tangerang Selatan"
    agency: Text = "BKPSDM Kota Tangerang Selatan"
    """The office that trains and evaluates."""
    timezone: Zone = "Asia/Jakarta"
    """IANA zone of business dates, schedules, and timestamps without a zone."""
    nightly_at: Annotated[Text, AfterValidator(_time)] = "01:00"
    """When the nightly run starts, HH:MM in the city's zone."""
    deadline_hour: Annotated[int, Field(ge=0, le=23, strict=True)] = 5
    """Hour of the day by which the night's version must be published."""
    first_month: Annotated[Text, AfterValidator(_month)] = "2015-01"
    """Earliest delivery month, YYYY-MM. Events may lie earlier."""
    year_starts_in: Annotated[int, Field(ge=1, le=12, strict=True)] = 1
    """First month of the reporting year."""
    languages: Annotated[tuple[Text, ...], AfterValidator(_once)] = ("id", "en")
    """Languages of the report, each with a catalogue in `warehouse/words`; the first is the one that it opens in."""
    aliases: tuple[UnitAlias, ...] = ()
    """Further names of the city's units."""
    names_instructors: Annotated[bool, Field(strict=True)] = True
    """Whether report and dashboards name narasumber. Where they do not, narasumber stand there by their codes; analysts find the names in
    `warehouse.duckdb`."""
    logo: Annotated[Text, AfterValidator(_logo)] | None = None
    """Picture at the head of the report: path below the data root."""

    def in_calendar(self, day: dt.date) -> dt.date:
        """The day, where a version can be as of it; raises OutsideCalendar otherwise."""
        first = max(FIRST_DAY, dt.date.fromisoformat(f"{self.first_month}-01"))
        if not first <= day <= LAST_DAY:
            raise OutsideCalendar(
                said(
                    "{day} lies outside the city's calendar, {first} (first_month of city.yaml) to {last}. Look at --as-of, or at this machine's clock.",
                    day=day, first=first, last=LAST_DAY,
                )
            )  # fmt: skip
        return day

    @property
    def zone_label(self) -> str:
        """What people call the zone: WIB, WITA, WIT; its name where it has no word, or two in a year."""
        zone = ZoneInfo(self.timezone)
        words = {dt.datetime(2026, month, 1, tzinfo=zone).tzname() or "" for month in (1, 7)}
        word = words.pop()
        return word if not words and word.isalpha() else self.timezone

    @classmethod
    def read(cls, home: Path, known_languages: Sequence[str], above: Mapping[str, Any] | None = None) -> City:
        """The city of a data root; what its file does not say is as `above` says, else as it is shipped. Raises ContractError with every
        flaw of its `city.yaml`."""
        path = home / "city.yaml"
        if not path.exists():
            return cls(**(above or {}))
        document = Document.read(path)
        city = document.parse(cls, {**above, **document.data} if above and isinstance(document.data, dict) else None)
        strange = [at for at, name in enumerate(city.languages) if name not in known_languages]
        if strange:
            raise Flawed([document.flaw(("languages", at), Wrong(allowed=known_languages)) for at in strange])
        if city.logo and not (home / city.logo).is_file():
            raise Flawed(
                [
                    document.flaw(
                        ("logo",),
                        Wrong(allowed=said("a file that is there"), mend=said("Put it into {home}.", home=home)),
                    )
                ]
            )
        return city

    @property
    def handed_down(self) -> dict[str, Any]:
        """What a national file says and each agency of the nation has that says nothing else: all but the picture, and the names of units, which are
        added up (`warehouse.delivery.layouts.written`)."""
        return self.model_dump(include=self.model_fields_set - {"logo", "aliases"})
