"""What forms, platforms and offices commonly write, and was refused, or read as something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO = "198503152010011001", "198703162011012002", "199003172012011003"
CODE = "TS-2026-01-001"
CLASS = (f"Kode Kelas : {CODE}",)


def refused(store: Store, source: str) -> list[tuple[object, ...]]:
    path = store.quarantine / source / "2026-01.parquet"
    return pl.read_parquet(path).select("row_number", "reason_code").rows() if path.exists() else []


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        pytest.param(("1/5/2026 8:01:22", "1/6/2026 8:02:10"), ["2026-01-05", "2026-01-06"], id="May is to come"),
        pytest.param(("12/8/2025 8:01:22", "1/5/2026 8:02:10"), ["2025-12-08", "2026-01-05"], id="one of them tells"),
        pytest.param(("12/8/2025 8:01:22", "12/9/2025 8:02:10"), None, id="both are over"),
        pytest.param(("2/1/2026 8:01:22",), None, id="the day after the month of delivery"),
        pytest.param(("1/5/2026 8:01:22", "8/1/2026 8:02:10"), None, id="either has one to come"),
    ],
)
@pytest.mark.parametrize("year", ["2026", "26"])
def test_a_form_s_order_of_day_and_month_is_the_one_in_which_its_days_are_over(
    store: Store, deliver: Deliver, read: Read, moments: tuple[str, ...], days: list[str] | None, year: str
) -> None:
    said = [moment.replace("2026 ", f"{year} ").replace("2025 ", f"{int(year) - 1} ") for moment in moments]
    rows = "".join(f"{moment},{CODE},{4 - nth}\n" for nth, moment in enumerate(said))
    deliver("google_form_5/2026-01/a.csv", f"Timestamp,Kode Kelas,Materi [Kesesuaian]\n{rows}")
    report = read()["google_form_5/2026-01/a.csv"]
    found = staged_rows(store, "survey_responses").get_column("submitted_at").to_list() if report.n_accepted else []
    assert sorted(str(moment)[:10] for moment in found) == (days or [])
    assert {code for _, code in refused(store, "survey_responses")} == (set() if days else {"DATE_ORDER"})
