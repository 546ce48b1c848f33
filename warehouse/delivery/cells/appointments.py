"""How lines and titles of lists of employees, and names of sheets and files, say the kind of appointment of those below them."""

from __future__ import annotations

import re

_PPPK = r"(?<![^\W_])(?:pppk|p3k)(?![^\W_])"
_PART_TIME = (
    r"(?:(?<![^\W_])(?:pppk|p3k)[\W_]*)?(?<![^\W_])(?:paruh[\W_]?waktu|(?<=pppk[\W_])pw|(?<=p3k[\W_])pw)(?![^\W_])"
)
names_kind = re.compile(rf"(?<![^\W_])(?:pns|cpns)(?![^\W_])|{_PPPK}|{_PART_TIME}", re.IGNORECASE).search
"""Whether a text names a kind of appointment."""


def pppk_of(said: str) -> str | None:
    """What PPPK are of whom this is said: who works part-time no number says. None where it is said of both."""
    rest = re.sub(_PART_TIME, "", said, flags=re.IGNORECASE)
    if rest == said:
        return "PPPK"
    return None if re.search(_PPPK, rest, re.IGNORECASE) else "PPPK_PARUH_WAKTU"
