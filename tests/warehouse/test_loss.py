"""A good version is not replaced by one that holds less: what went away is named, and since when it was there."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import pytest

from warehouse.auditing.expectations import GUARDS
from warehouse.auditing.integrity import AuditFailed
from warehouse.publishing.version import hold, release, rollback
from warehouse.store import Store

from ..conftest import DAY, copied, published_city, refresh


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published city of one's own, its landing area included."""
    return copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("loss") / "data")


def refused(city: Store, day: dt.date) -> str:
    """What is said where a refresh publishes nothing, for one cause; the pointer stays."""
    before = os.readlink(city.current)
    with pytest.raises(AuditFailed) as failed:
        refresh(city, day)
    assert os.readlink(city.current) == before
    [verdict] = failed.value.failed
    assert verdict.audit in GUARDS
    assert "diklat refresh --allow-loss" in verdict.resolve
    return verdict.actual


def test_an_emptied_landing_area_is_not_published_unless_it_is_meant(city: Store, tmp_path: Path) -> None:
    mounted = city.landing.rename(tmp_path / "landing")
    city.landing.mkdir()
    assert re.match(
        r"(\d+) of \1: assessments/2026-08: \d+ files with \d+ rows, last published as of 2026-11-24; ",
        refused(city, DAY),
    )
    assert refresh(city, allow_loss=True)["rows"]["core.dim_class"] == 1, "the unknown one"
    city.landing.rmdir()
    mounted.rename(city.landing)
    refresh(city)


def test_a_month_that_was_deleted_and_a_day_of_long_ago_are_named(city: Store, tmp_path: Path) -> None:
    month = (city.landing / "attendance" / "2026-10").rename(tmp_path / "2026-10")
    seen = refused(city, DAY)
    assert re.fullmatch(r"1 of \d+: attendance/2026-10: \d+ files with \d+ rows, last published as of 2026-11-24", seen)
    assert refused(city, dt.date(2020, 1, 1)) == "1 of 1: as of 2020-01-01, published as of 2026-11-24"
    # Moved is not lost.
    (city.landing / "attendance" / "2026-11").mkdir(exist_ok=True)
    for path in month.iterdir():
        path.rename(city.landing / "attendance" / "2026-11" / f"moved {path.name}")
    before = os.readlink(city.current)
    refresh(city)
    assert os.readlink(city.current) != before


def test_after_a_day_to_come_was_published_by_mistake_the_way_back_is_said_and_works(city: Store) -> None:
    """Until that day every night would be refused as one of an earlier day."""
    refresh(city, DAY + dt.timedelta(days=365))
    with pytest.raises(AuditFailed) as failed:
        refresh(city, DAY + dt.timedelta(days=1))
    [verdict] = failed.value.failed
    assert "`diklat rollback`, then `diklat release`" in verdict.resolve
    hold(city, f"rolled back to {rollback(city)}")
    release(city)
    assert refresh(city, DAY + dt.timedelta(days=1))["as_of"] == f"{DAY + dt.timedelta(days=1)}"
    refresh(city, allow_loss=True)


def test_files_that_are_cut_to_a_tenth_are_a_collapse(city: Store) -> None:
    for path in (city.landing / "service_satisfaction").glob("*/*.csv"):
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[: max(2, len(lines) // 10)]))
    assert re.fullmatch(
        r"1 of \d+: rows of service_satisfaction: \d+ of \d+ published as of 2026-11-24", refused(city, DAY)
    )
