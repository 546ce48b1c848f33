"""Id schemes: one module per way in which a file names people. A new scheme is a new module here.

A scheme has `check(raw)`, which gives the id in its one spelling or the reason code (`schemas.reasons`) why there is
none, and `IS_SHARED`: whether equal ids mean the same person in whatever file they stand. Ids of a scheme that is not
shared are kept apart profile by profile.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, cast


class IdScheme(Protocol):
    """What a module of this package offers."""

    IS_SHARED: bool

    def check(self, raw: str) -> tuple[str | None, str | None]:
        """(the id, None), or (None, reason code)."""
        ...


SCHEMES: Mapping[str, IdScheme] = {
    module.name: cast(IdScheme, importlib.import_module(f"{__name__}.{module.name}"))
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
}
"""Name, as profiles write it in `id_scheme` → scheme."""


def _nobody(raw: str) -> Collection[str]:
    return ()


@dataclass(frozen=True)
class IdSpace:
    """The ids of one file: their scheme, and the profile whose own they are where the scheme is not shared."""

    scheme: str = "nip"
    profile: str = ""
    people: Callable[[str], Collection[str]] = _nobody
    """Gives the ids of those whom a name or a mail address may mean, for the scheme that looks people up."""

    def check(self, raw: str) -> tuple[str | None, str | None]:
        """See `IdScheme.check`."""
        known, code = SCHEMES[self.scheme].check(raw)
        if code != "PERSON_UNKNOWN":
            return known, code
        meant = self.people(raw)
        return (next(iter(meant)), None) if len(meant) == 1 else (None, "PERSON_AMBIGUOUS" if meant else code)

    def is_beside_another(self, raw: str, number: str) -> bool:
        """Whether a text names the `number` of one person, and by name, or mail address, another: a list that was sorted by one of its columns alone."""
        meant = self.people(raw) if raw != number else ()
        return bool(meant) and number not in meant

    @property
    def prefix(self) -> str:
        """What stands before an id so that it is different from every other space's equal id."""
        return "" if SCHEMES[self.scheme].IS_SHARED else f"{self.profile}:"
