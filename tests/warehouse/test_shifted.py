"""Rows of which a text was cut in two: refused where every other row shows it, though they have as many cells as the header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from warehouse.delivery.sheets.shifted import FEWEST, find_shifted
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
HEAD = ("instructor_id", "instructor_type", "full_name", "competencies", "affiliation", "Situs", "Catatan")
SOUND = [(f"N{n}", "internal", "Ani", "Hukum", "LAN", f"https://lan.go.id/{n}", "") for n in range(FEWEST)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_whose_text_was_cut_in_two_is_refused(store: Store, deliver: Deliver, read: Read, kind: str) -> None:
    """Of a list that a program wrote which did not know quotes: competency 'S.Kom', affiliation 'Hukum' would be accepted."""
    rows = [HEAD, *SOUND, ("N10", "internal", "Budi", " S.Kom.", "Hukum", "LAN", "https://lan.go.id/10")]
    name = f"instructors/2026-01/a.{kind}"
    deliver(name, book(*rows) if kind == "xlsx" else "\n".join(map(",".join, rows)) + "\n")
    report = read()[name]
    assert (report.n_read, report.n_accepted, report.n_refused) == (11, 10, 1)
    [refusal] = pl.read_parquet(store.quarantine / "instructors" / "2026-01.parquet").iter_rows(named=True)
    assert (refusal["row_number"], refusal["reason_code"]) == (12, "SHIFTED")
    assert refusal["raw_row"] == "N10,internal,Budi, S.Kom.,Hukum,LAN,https://lan.go.id/10"


LINKS = [("Ani", "Hukum", "https://lan.go.id/1")] * FEWEST


@pytest.mark.parametrize(
    ("columns", "row", "is_shifted"),
    [
        (LINKS, ("Budi", "", "Manajemen"), True),
        (LINKS, ("Budi", 'Pipa 5', '" dan kabel'), True),
        (LINKS, ("Budi", "Hukum", "belum ada"), False),
        (LINKS, ("Budi", "Hukum", ""), False),
        (LINKS, ("Budi", "", ""), False),
        (LINKS, ("Budi", '"bagus', "https://lan.go.id/2"), False),
        (LINKS[1:], ("Budi", "", "Manajemen"), False),
        ([("Ani", "3", "Baik", "H")] * FEWEST, ("Budi", "tidak tahu", "", "H"), False),
    ],
    ids=["an empty cell where the cut was, the last cell lost", "a quote where the cut was", "another word for no address",
         "no address", "two cells missing", "a stray quote alone", "too few rows to tell", "a word for a number, beside a gap"],
)  # fmt: skip
def test_a_row_is_shifted_where_nothing_else_explains_it(
    columns: Sequence[Sequence[str]], row: Sequence[str], is_shifted: bool
) -> None:
    rows = pl.DataFrame([*columns[1:], row], schema=[f"c{at}" for at in range(len(row))], orient="row")
    assert find_shifted(rows) == [rows.height - 1] * is_shifted


def test_a_heading_that_swallowed_the_next_one_gives_no_row(store: Store, deliver: Deliver, read: Read) -> None:
    """`full_name,"competencies"` became one heading; that each row has a cell more would otherwise be the empty one at its end."""
    head = ",".join(HEAD).replace("full_name,competencies", 'full_name"competencies"')
    deliver("instructors/2026-01/a.csv", "\n".join([head, *map(",".join, SOUND)]) + "\n")
    report = read()["instructors/2026-01/a.csv"]
    assert (report.n_accepted, report.n_refused) == (0, len(SOUND))
