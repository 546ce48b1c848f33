"""What would settle the open questions of a program: what `diklat power` prints.

Belongs here: reading the published answers. Does not belong here: planning (`evaluation.power`, marts.open_question).
"""

from __future__ import annotations

import difflib
from typing import Any

from schemas.said import said
from warehouse.database import connect, rows_of_older
from warehouse.store import Store


class UnknownProgram(LookupError):
    """No program has this code; the message names the nearest ones."""


def open_questions(store: Store, program: str) -> list[dict[str, Any]]:
    """The rows of marts.open_question of a program, in the published version. Raises UnknownProgram."""
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        known = [
            str(code)
            for (code,) in con.execute(
                "select distinct program_code from core.dim_program where program_key <> 'unknown' order by all"
            ).fetchall()
        ]
        if program not in known:
            near = difflib.get_close_matches(program, known, n=3, cutoff=0.3) or known[:10]
            raise UnknownProgram(
                said(
                    "No program {program}; known are {names}.",
                    program=repr(program),
                    names=f"{', '.join(near)}{' …' if len(known) > len(near) else ''}",
                )
            )
        questions = rows_of_older(con, "select * from marts.open_question order by question, about")
        return [row for row in questions or () if row["program_code"] == program]
