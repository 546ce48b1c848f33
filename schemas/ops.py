"""Contracts of the schema `ops`: what a run leaves in the warehouse about itself."""

from pathlib import Path

from schemas.contract import Contract, Header
from schemas.written import Document

_DOCUMENT = Document.read(Path(__file__).with_name("ops.yaml"))
OPS: dict[str, Contract] = {
    name: _DOCUMENT.parse(Header, head, at=(name,)).contract("ops", name) for name, head in _DOCUMENT.data.items()
}
"""Table → its contract; the texts stand in `ops.yaml`."""
