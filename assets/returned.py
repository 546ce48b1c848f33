"""Workbooks that go back to the senders: what was refused in each file, marked in a copy of it."""

import dagster as dg

from assets.common import Tenant, progress
from schemas.said import Count, said
from schemas.sources import SOURCES
from warehouse.code import code_version


def returned_asset(tenant: Tenant) -> dg.AssetsDefinition:
    """The asset that writes one workbook per file with refused or doubtful rows."""

    @tenant.asset(
        "restricted",
        "returned",
        group_name="sources",
        kinds={"excel"},
        deps=[tenant.key("staging", name) for name in SOURCES],
        code_version=code_version("warehouse/offices"),
        description="One workbook per delivered file with refused or doubtful rows, in `restricted/returned/`: the sender's own "
        "sheets with the offending cells coloured and explained in Bahasa Indonesia, and a summary. It names people: "
        "restricted.",
    )
    def returned(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        # openpyxl is loaded where workbooks are written, not by every process that Dagster begins.
        from warehouse.offices.returned import write_returns

        # Workbooks whose file and refusals did not change are left as they are.
        paths = write_returns(tenant.open(context))
        progress.info("%s", said("{n:returned workbook/returned workbooks}", n=Count(len(paths))))
        return dg.MaterializeResult(metadata={"n_workbooks": len(paths)})

    return returned
