"""Contracts of what a nation publishes: counts and sums of agencies, no row about a person."""

from pathlib import Path

from schemas.contract import Contract, Header
from schemas.ops import OPS
from schemas.written import Document

ALL = "semua"
"""Stands for all agencies together, or for all programs of one."""
_DOCUMENT = Document.read(Path(__file__).with_name("national.yaml"))
NATIONAL_TABLES: dict[str, Contract] = {
    **{
        name: _DOCUMENT.parse(Header, head, at=(name,)).contract("nation", name)
        for name, head in _DOCUMENT.data.items()
    },
    "policy": OPS["policy"],
}
"""Table → its contract; the texts stand in `national.yaml`."""
