"""Any code, such as a student number: nothing is known of its spelling, and another file's equal code is another person."""

from __future__ import annotations

from schemas.reasons import CELL_ERRORS

IS_SHARED = False


def check(raw: str) -> tuple[str | None, str | None]:
    """The code as it stands, unless it is a spreadsheet's error."""
    return (None, "CELL_ERROR") if raw in CELL_ERRORS else (raw, None)
