"""Workbooks that go back to the senders: what was refused in each file, marked in a copy of it."""

import dagster as dg

from assets.common import OWNERS, StoreResource, log
from schemas.sources import SOURCES
from warehouse.offices.returned import write_returns


@dg.asset(
    key=["restricted", "returned"],
    group_name="sources",
    kinds={"excel"},
    owners=OWNERS,
    pool="warehouse",
    deps=[dg.AssetKey(["staging", name]) for name in SOURCES],
    description="One workbook per delivered file with refused rows, in `restricted/returned/`: the sender's own sheets "
    "with the offending cells coloured and explained in Bahasa Indonesia, and a summary. It names people: restricted.",
)
def returned(store: StoreResource) -> dg.MaterializeResult:
    """Workbooks whose file and refusals did not change are left as they are."""
    paths = write_returns(store.open())
    log.info("%s returned workbooks", len(paths))
    return dg.MaterializeResult(metadata={"n_workbooks": len(paths)})
