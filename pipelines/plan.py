"""What a refresh has to do: read off the stores alone, before Dagster is even loaded."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from warehouse.delivery.landing import scan
from warehouse.publishing.version import is_published
from warehouse.staging.recipe import changed_months
from warehouse.store import AS_OF_TAG, ZONE, Store

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def today() -> dt.date:
    """Today in the city's time zone: the as-of date of a run that names none."""
    return dt.datetime.now(ZoneInfo(ZONE)).date()


def run_tags(place: Store, day: dt.date) -> dict[str, str] | None:
    """Tags of the run that brings the warehouse up to date: the range from the earliest changed month to now.

    None when nothing changed since the current version was published.
    """
    landing = scan(place, day)
    changed = changed_months(place, landing)
    if not changed and is_published(place, day, landing):
        return None
    now = f"{day:%Y-%m}"
    first = min((month for months in changed.values() for month in months), default=now)
    return {RANGE_START: f"{min(first, now)}-01", RANGE_END: f"{now}-01", AS_OF_TAG: day.isoformat()}
