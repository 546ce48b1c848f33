"""What was made of what, told to a catalogue that speaks OpenLineage: one event per table of a version, and two of the night itself.

Wants the extra `lineage` (openlineage-python). Tables, columns and counts are told, no row.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from warehouse.building.models import models
from warehouse.faults import Faults
from warehouse.store import Store, read_json, write_json

log = logging.getLogger("diklat.lineage")
PRODUCER = "https://openlineage.io/producers/diklat"
NIGHT = "nightly_refresh"


def tell(store: Store, address: str, namespace: str) -> None:
    """Tell a catalogue at an address of the published version, once; without an address, nothing, and of a nation nothing, whose
    tables are those of its agencies. A catalogue that does not answer is logged and told the next time."""
    manifest = read_json(store.current / "manifest.json")
    path = store.home / "lineage.json"
    if (
        not address
        or store.is_national
        or manifest is None
        or (read_json(path) or {}).get("told") == manifest["build_id"]
    ):
        return
    faults = Faults()
    with faults.aside("telling the catalogue of lineage"):
        from openlineage.client import OpenLineageClient
        from openlineage.client.transport.http import HttpConfig, HttpTransport

        client = OpenLineageClient(transport=HttpTransport(HttpConfig.from_dict({"url": address, "timeout": 10})))
        for event in _events(manifest, namespace):
            client.emit(event)
        client.close()
        write_json(path, {"told": manifest["build_id"]})


def _events(manifest: Mapping[str, Any], namespace: str) -> Iterator[Any]:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import output_statistics_output_dataset, parent_run, schema_dataset

    made = dt.datetime.fromisoformat(manifest["created_at"])
    night = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{namespace}/{manifest['build_id']}/{made.isoformat()}"))

    def event(state: Any, run: Any, name: str, reads: Iterator[str], writes: list[Any]) -> Any:
        inputs = [InputDataset(namespace, table) for table in reads]
        return RunEvent(
            eventType=state, eventTime=made.isoformat(), run=run, job=Job(namespace, name), inputs=inputs,
            outputs=writes, producer=PRODUCER,
        )  # fmt: skip

    tables = {name: model for name, model in models().items() if name in manifest["rows"]}
    yield event(RunState.START, Run(night), NIGHT, iter(()), [])
    parent = parent_run.ParentRunFacet(run=parent_run.Run(night), job=parent_run.Job(namespace, NIGHT))
    for name, model in tables.items():
        fields = [
            schema_dataset.SchemaDatasetFacetFields(name=column.name, type=column.type, description=column.description)
            for column in model.contract.columns
        ]
        statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=manifest["rows"][name]
        )
        output = OutputDataset(
            namespace, name,
            facets={"schema": schema_dataset.SchemaDatasetFacet(fields=fields)}, outputFacets={"outputStatistics": statistics},
        )  # fmt: skip
        run = Run(str(uuid.uuid5(uuid.UUID(night), name)), facets={"parent": parent})
        yield event(RunState.COMPLETE, run, name, iter(sorted(model.reads)), [output])
    sources = sorted({table for model in tables.values() for table in model.reads if table.startswith("staging.")})
    yield event(
        RunState.COMPLETE, Run(night), NIGHT, iter(sources), [OutputDataset(namespace, name) for name in tables]
    )
