"""Contracts of the schema `ops`: what a run leaves in the warehouse about itself."""

from pathlib import Path

import yaml

from schemas.contract import Contract, from_header

OPS: dict[str, Contract] = {
    name: from_header(head, "ops", name)
    for name, head in yaml.safe_load(Path(__file__).with_name("ops.yaml").read_text(encoding="utf-8")).items()
}
"""Table → its contract; the texts stand in `ops.yaml`."""
