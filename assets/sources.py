"""One asset per source, partitioned by delivery month: files in, accepted rows in the staging store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from assets.common import Tenant, log, progress, retried, table_of, table_schema
from schemas.contract import Contract
from schemas.reasons import REASONS
from schemas.said import Count, said
from schemas.sources import SOURCES
from warehouse.code import code_version
from warehouse.delivery.landing import Landing
from warehouse.people.door import door
from warehouse.staging.recipe import CODE, Recipes, staged
from warehouse.staging.report import FileReport, reports_of
from warehouse.store import Store, digest
from warehouse.upkeep.health import check_room

DELIVERIES = "deliveries"
"""The check that every file of a source was taken."""
COUNTS = ("n_read", "n_accepted", "n_refused", "n_duplicate")
SHOWN_COLUMNS = ["file_name", "sheet_name", "row_number", "heading", "column_name", "reason_english", "how_to_mend"]
SHOWN = 5
"""Refused rows that the UI previews."""


def source_asset(tenant: Tenant, contract: Contract) -> dg.AssetsDefinition:
    """The asset that reads `landing/<source>/<month>/*`; months that did not change are left as they are.

    Its code version is that of the contract and of the code that reads; the data version of a month is the digest of its
    recipe (`warehouse.staging.recipe`), so that the UI calls a month outdated when it would be read otherwise today.
    """
    key = tenant.key("staging", contract.name)
    code = digest([contract.signature, code_version(*CODE)])

    @tenant.asset(
        "staging",
        contract.name,
        group_name="sources",
        partitions_def=tenant.months,
        backfill_policy=dg.BackfillPolicy.single_run(),
        kinds={"parquet", "pandera"},
        code_version=code,
        # Reports of meetings name people whom the employees' pictures know.
        op_tags={"dagster/priority": "1"} if contract.name == "employees" else None,
        description=f"{contract.description}\n\nGrain: {contract.grain}. Key: {', '.join(contract.key)}.",
        metadata={"dagster/column_schema": table_schema(contract.kept), **_owner(tenant, contract.name)},
    )
    def asset(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetMaterialization]:
        store, landing = tenant.open(context), tenant.landing(context)
        changed = tenant.run(context).months_to_read(contract.name, landing)
        # Launched without a month, it covers all that changed.
        is_of_months = context.has_partition_key or context.has_partition_key_range
        asked = list(context.partition_keys) if is_of_months else [f"{month}-01" for month in changed]
        # What was read before the calendar was made shorter belongs to no partition: whatever run comes first clears it.
        wanted = [month for month in changed if f"{month}-01" in asked or month < store.city.first_month]
        partitions = [partition for partition in asked if partition[:7] >= store.city.first_month]
        recipes = Recipes(store, landing)
        check_room(store, landing, {contract.name: wanted})
        lines = []
        with retried():
            for month, reports in tenant.run(context).read([recipes.of(contract.name, month) for month in wanted]):
                lines.append(_told(contract, month, reports, store))
        metadata = _metadata(store, contract, lines, files_of(store, landing, contract.name))
        # Of what was staged, which is another recipe where a file moved while it was read.
        manifests = staged(store, landing.as_of, [contract.name])
        versions = {
            partition: manifests.get((contract.name, partition[:7]), {}).get("recipe")
            or recipes.of(contract.name, partition[:7]).digest
            for partition in partitions
        }
        last = partitions[-1] if partitions else None
        yield dg.MaterializeResult(
            metadata=metadata,
            data_version=dg.DataVersion(versions[last]) if last else None,
        )
        # Dagster gives one data version to all months of a run; where there are several, each is said once more with its own.
        # The last one comes last: what Dagster shows first is the newest.
        for partition in partitions if len(partitions) > 1 or not is_of_months else ():
            yield dg.AssetMaterialization(
                key,
                partition=partition,
                metadata=metadata if partition == last else None,
                tags={
                    "dagster/data_version": versions[partition],
                    "dagster/data_version_is_user_provided": "true",
                    "dagster/code_version": code,
                },
            )

    return asset


def _told(contract: Contract, month: str, reports: Sequence[FileReport], store: Store) -> list[Any]:
    """Tell whoever watches what became of a month and of each file of it that was not taken; returns the month's line in the table of the run."""
    numbers = [sum(getattr(report, name) for report in reports) for name in COUNTS]
    progress.info(
        "%s %s: %s, %s accepted, %s refused, %s repeated", contract.name, month,
        said("{n:row/rows} read", n=Count(numbers[0])), *map(Count, numbers[1:]),
        extra={"files": len(reports), "rows": numbers[0]},
    )  # fmt: skip
    for report in reports:
        if report.status in ("refused", "held"):
            through = door(store)
            name, seen = through.file(report.file_name), through.title(report.seen or "")
            if report.status == "held":
                log.warning("%s held: %s %s", name, report.reason_code, seen)
            elif report.reason_code:
                log.warning("%s refused: %s %s", name, report.reason_code, seen)
            else:
                log.warning("%s refused: every row of it", name)
    return [month, len(reports), *(f"{n:,}" for n in numbers)]


def _metadata(
    store: Store, contract: Contract, lines: Sequence[Sequence[Any]], files: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What Dagster's UI shows of a materialisation: the months that were read, all files of the source, and the newest refused rows."""
    return {
        "months read": table_of(
            ("month", "files", "read", "accepted", "refused", "repeated"), lines, otherwise="no month changed"
        ),
        "n_months_read": len(lines),
        "n_files": len(files),
        **{name: sum(file.get(name, 0) for file in files) for name in COUNTS},
        "refused rows": _preview(store, contract.name),
    }


def _owner(tenant: Tenant, source: str) -> dict[str, str]:
    """Who answers for the source and how they are reached, where the city says it."""
    own = [contact for contact in tenant.contacts.sources if contact.source == source]
    return {"answers for it": "; ".join(f"{contact.owner} ({contact.contact})" for contact in own)} if own else {}


def files_of(store: Store, landing: Landing, source: str) -> list[dict[str, Any]]:
    """What became of every file of a source, and the files that nobody reads."""
    problems = [vars(p) | {"reason_code": p.code} for p in landing.problems if p.source == source]
    through = door(store)
    return [
        file | {"file_name": through.file(file["file_name"]), "seen": file["seen"] and through.title(file["seen"])}
        for file in [*reports_of(store, source), *problems]
    ]


def deliveries(asset: dg.AssetKey, files: list[dict[str, Any]]) -> dg.AssetCheckResult:
    """Whether every file of the source was taken; one that was not is named with its reason and how to mend it."""
    stopped = [file for file in files if file["status"] in ("refused", "held")]
    rows = [
        [
            file["status"],
            file["file_name"],
            REASONS[code].english if code else "every row was refused",
            file["seen"],
            REASONS[code].mend if code else "",
        ]
        for file in stopped
        for code in [file["reason_code"]]
    ]
    return dg.AssetCheckResult(
        check_name=DELIVERIES,
        asset_key=asset,
        passed=not stopped,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(files)} files, {len(stopped)} refused or held. The others were loaded.",
        metadata={
            "n_files": len(files),
            "n_refused_or_held": len(stopped),
            "files": table_of(("state", "file", "why", "found", "how to mend it"), rows, otherwise="all taken"),
        },
    )


def _preview(store: Store, source: str) -> dg.MarkdownMetadataValue:
    """Where the newest refused rows stand and why, without what stands in them: that may name people."""
    through = door(store)
    rows = [
        [through.file(row["file_name"]), through.title(row["sheet_name"] or ""), row["row_number"] or "",
         through.title(row["heading"] or row["column_name"] or ""),
         row["reason_english"], row["how_to_mend"]]
        for path in sorted((store.quarantine / source).glob("*.parquet"), reverse=True)
        for row in pl.read_parquet(path, columns=SHOWN_COLUMNS).head(SHOWN).to_dicts()
    ]  # fmt: skip
    return table_of(("file", "sheet", "row", "column", "why", "how to mend it"), rows[:SHOWN], otherwise="none")


def source_assets(tenant: Tenant) -> list[dg.AssetsDefinition]:
    """One asset per source."""
    return [source_asset(tenant, contract) for contract in SOURCES.values()]
