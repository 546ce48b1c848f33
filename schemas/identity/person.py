"""Whatever names a person: a NIP or NI PPPK somewhere in the text, else a mail address or a name, looked up among the employees.

A name counts where one employee bears it and nobody else's name begins or goes on with it; whom it could mean otherwise is never guessed.
"""

from __future__ import annotations

import re

from schemas.identity import nip
from schemas.reasons import CELL_ERRORS

IS_SHARED = True


def check(raw: str) -> tuple[str | None, str | None]:
    """The NIP that stands in the text, or the reason code why there is none: PERSON_UNKNOWN is looked up (`IdSpace`). Of several none counts."""
    if raw in CELL_ERRORS:
        return None, "CELL_ERROR"
    numbers = {number.replace(" ", "") for number in re.findall(r"(?<!\d)\d{8} ?\d{6} ?\d ?\d{3}(?!\d)", raw)}
    if len(numbers) > 1:
        return None, "PERSON_AMBIGUOUS"
    if numbers:
        return nip.check(numbers.pop())
    return None, "PERSON_UNKNOWN"
