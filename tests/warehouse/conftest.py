"""What tests of the warehouse share: a copy of their module's published city, to be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from warehouse.store import Store


@pytest.fixture
def copy(city: Store, tmp_path: Path) -> Store:
    """The module's `city` in a folder of its own."""
    shutil.copytree(city.home, tmp_path / "copy", symlinks=True)
    return Store(tmp_path / "copy")
