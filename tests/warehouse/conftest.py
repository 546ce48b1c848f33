"""What tests of the warehouse share: a copy of their module's published city, to be changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import copied
from warehouse.store import Store


@pytest.fixture
def copy(city: Store, tmp_path: Path) -> Store:
    """The module's `city` in a folder of its own."""
    return copied(city, tmp_path / "copy")
