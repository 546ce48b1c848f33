"""Any code, such as a student number: nothing is known of its spelling, and another file's equal code is another person."""

from __future__ import annotations

import re

from schemas.reasons import AS_DATE, CELL_ERRORS

IS_SHARED = False


def check(raw: str) -> tuple[str | None, str | None]:
    """The code as it stands, unless it is a spreadsheet's error, or was made a date, or a number, by one."""
    if re.match(AS_DATE, raw):
        return None, "CODE_BECAME_DATE"
    return (None, "CELL_ERROR") if raw in CELL_ERRORS else (raw, None)
