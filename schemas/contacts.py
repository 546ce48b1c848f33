"""Who answers for a source or an office, how they are reached, and by when a month is promised.

Read from `$DIKLAT_HOME/contacts.yaml`, which may be missing. It changes no number, so that a flaw in it stops nothing: it is told.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from pydantic import Field

from schemas.sources import SOURCES
from schemas.written import Document, OneOf, Text, Written


class Contact(Written):
    """A person or office that answers."""

    owner: Text
    """Who answers for it."""
    contact: Text
    """How they are reached: a mail address, a number of an office."""
    escalate_after_days: Annotated[int, Field(ge=1, le=365, strict=True)] = 7
    """Days after which those above are told, too: after what is promised was due, or after a file came that cannot be read."""
    escalate_to: Text | None = None
    """Who is named then."""


class SourceContact(Contact):
    """Who answers for a source, and what is promised of it."""

    source: Annotated[Text, OneOf(SOURCES)]
    due_day: Annotated[int, Field(ge=1, le=28, strict=True)] | None = None
    """Day of the next month by which a month must have been delivered; empty where nothing is promised."""

    def last_due(self, day: dt.date) -> tuple[str, dt.date] | None:
        """The newest month that should be there on a day, YYYY-MM, and the day by which it was due; None without a promise."""
        if self.due_day is None:
            return None
        due = day.replace(day=self.due_day)
        if due >= day:
            due = (due.replace(day=1) - dt.timedelta(days=1)).replace(day=self.due_day)
        return f"{due.replace(day=1) - dt.timedelta(days=1):%Y-%m}", due


class OfficeContact(Contact):
    """Who answers for an office."""

    unit_code: Text
    sender: Text | None = None
    """The name under which it sends; where none is given its code, in lower case."""

    def sent(self, file_name: str) -> bool:
        """Whether a delivered file is the office's: the part of its name before `__` is its sender's."""
        sender, mark, _ = file_name.partition("__")
        return bool(mark) and sender.casefold() == (self.sender or self.unit_code).casefold()


class Contacts(Written):
    """Everybody who answers for something."""

    sources: tuple[SourceContact, ...] = ()
    """By source."""
    offices: tuple[OfficeContact, ...] = ()
    """By office."""

    @classmethod
    def read(cls, home: Path) -> Contacts:
        """Those of a data root. Raises Flawed with every flaw of its `contacts.yaml`."""
        path = home / "contacts.yaml"
        return Document.read(path).parse(cls) if path.exists() else cls()
