"""The agencies of a nation (a province, a ministry): who they are, by the code that their folders have.

Read from `$DIKLAT_HOME/agencies.yaml`, whose being there makes a data root a national one. An entry that is flawed is set aside by
itself: its agency is named in what the nation publishes, and the others go on.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError

from schemas.city import Zone
from schemas.said import said
from schemas.written import Document, Flaw, Flawed, Text, Written, Wrong, nearest, wrong

FILE = "agencies.yaml"
"""Name of the file in a national home."""


def _code(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise wrong(Wrong(allowed=said("small letters, digits and '-', as kota-bogor: folders are named by it")))
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise wrong(Wrong(allowed=said("an address as https://diklat.example.go.id")))
    return text.rstrip("/")


class Agency(Written):
    """One agency of the nation."""

    code: Annotated[Text, AfterValidator(_code)]
    """Names its folders: `agencies/<code>` and `landing/<code>`. It stays for good: versions and links are found by it."""
    name: Text
    """The office that trains and evaluates, as BKPSDM Kota Bogor: `agency` of its city."""
    short_name: Text
    """What tables call it, as Kota Bogor: `name` of its city."""
    timezone: Zone | None = None
    """IANA zone of its days; by default the national `city.yaml`'s."""
    address: Annotated[Text, AfterValidator(_address)] | None = None
    """Where people reach its published folder, as https://diklat.kotabogor.go.id: the national report links there. By default the folder beside it."""

    @property
    def city(self) -> dict[str, Any]:
        """What the entry says of the agency's city; the agency's own `city.yaml` wins over it."""
        told = {"name": self.short_name, "agency": self.name, "timezone": self.timezone}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class Agencies:
    """The agencies whose entries are sound, in the order of the file, and what is wrong with the others."""

    sound: tuple[Agency, ...]
    set_aside: tuple[Flaw, ...] = ()
    unsound: tuple[str, ...] = ()
    """Codes of entries that are set aside, where one can be read; else their place in the list, as `#3`."""

    @classmethod
    def read(cls, home: Path) -> Agencies:
        """Those of a national home. Raises Flawed where the file as a whole says nothing: no YAML, no list `agencies`, none in it."""
        document = Document.read(home / FILE)
        data = document.data
        if strange := [key for key in data if key != "agencies"] if isinstance(data, dict) else []:
            raise Flawed([document.flaw((key,), Wrong(key, ["agencies"], name=key)) for key in strange])
        if not isinstance(data, dict) or not isinstance(data.get("agencies"), list) or not data["agencies"]:
            raise Flawed(
                [
                    document.flaw(
                        ("agencies",), Wrong(said("no agency"), said("a list `agencies:` with an entry for each"))
                    )
                ]
            )
        entries: list[Agency | None] = []
        flaws: list[Flaw] = []
        for position, entry in enumerate(data["agencies"]):
            try:
                entries.append(document.parse(Agency, {} if entry is None else entry, ("agencies", position)))
            except Flawed as error:
                entries.append(None)
                flaws += error.flaws
        count = Counter(agency.code for agency in entries if agency)
        for position, agency in enumerate(entries):
            if agency and count[agency.code] > 1:
                seen, mend = (
                    said("{agency} is the code of {n} entries", agency=agency.code, n=count[agency.code]),
                    said("Nobody can say which is meant: keep one."),
                )
                flaws.append(document.flaw(("agencies", position, "code"), Wrong(seen, said("each code once"), mend)))
                entries[position] = None
        sound = tuple(agency for agency in entries if agency)
        unsound = (
            _name(entry, position) for position, entry in enumerate(data["agencies"]) if entries[position] is None
        )
        return cls(sound, tuple(flaws), tuple(dict.fromkeys(unsound)))

    def one(self, code: str) -> Agency:
        """The agency of a code. Raises Flawed, with the flaws of its entry, where there is no sound one."""
        for agency in self.sound:
            if agency.code == code:
                return agency
        if self.set_aside and code in self.unsound:
            raise Flawed(self.set_aside)
        known = [agency.code for agency in self.sound]
        raise Flawed(
            [
                Flaw(
                    FILE,
                    0,
                    "agencies",
                    said("no entry with code {code}", code=code),
                    ", ".join(known),
                    nearest(code, known),
                    said("Add one."),
                )
            ]
        )


def _name(entry: Any, position: int) -> str:
    code = entry.get("code") if isinstance(entry, dict) else None
    try:
        return Agency.model_validate({"code": code, "name": "-", "short_name": "-"}).code
    except ValidationError:
        return f"#{position + 1}"
