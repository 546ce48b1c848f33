"""One asset per source, partitioned by delivery month: files in, accepted rows in the staging store."""

import dagster as dg

from assets.common import MONTHS, OWNERS, StoreResource, as_of, log, retried, table_schema
from schemas.contract import Contract
from schemas.sources import SOURCES
from warehouse.health import check_room
from warehouse.landing import changed_months, scan
from warehouse.staging import read_months


def source_asset(contract: Contract) -> dg.AssetsDefinition:
    """The asset that reads `landing/<source>/<month>/*`; months that did not change are left as they are."""

    @dg.asset(
        key=["staging", contract.name],
        group_name="sources",
        partitions_def=MONTHS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        kinds={"parquet", "pandera"},
        owners=OWNERS,
        pool="warehouse",
        description=f"{contract.description}\n\nGrain: {contract.grain}. Key: {', '.join(contract.key)}.",
        metadata={"dagster/column_schema": table_schema(contract.kept)},
    )
    def asset(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        place = store.open()
        landing = scan(place, as_of(context))
        changed = changed_months(place, landing).get(contract.name, [])
        lines = []
        asked = {key[:7] for key in context.partition_keys}
        wanted = [month for month in changed if month in asked]
        check_room(place, landing, {contract.name: wanted})
        with retried():
            for month, reports in read_months(place, landing, contract.name, wanted):
                read, kept, refused, again = (
                    sum(getattr(r, name) for r in reports)
                    for name in ("n_read", "n_accepted", "n_refused", "n_duplicate")
                )
                log.info("%s %s: %s rows read, %s accepted, %s refused, %s repeated",
                         contract.name, month, *(f"{n:,}" for n in (read, kept, refused, again)))  # fmt: skip
                for report in reports:
                    if report.status == "refused":
                        log.warning("%s refused: %s %s", report.file_name, report.reason_code, report.seen)
                lines.append(f"| {month} | {len(reports)} | {read:,} | {kept:,} | {refused:,} | {again:,} |")
        head = "| month | files | read | accepted | refused | repeated |\n|---|---|---|---|---|---|"
        return dg.MaterializeResult(
            metadata={
                "months read": dg.MarkdownMetadataValue("\n".join([head, *lines]) if lines else "no month changed"),
                "n_months_read": len(lines),
            }
        )

    return asset


sources = [source_asset(contract) for contract in SOURCES.values()]
