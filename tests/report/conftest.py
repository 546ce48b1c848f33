"""A published city's report, as a folder of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import once, published_city
from warehouse import report
from warehouse.store import Store


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city with all that is planted in it."""
    return published_city(tmp_path_factory, 800, 24)


@pytest.fixture(scope="package")
def site(city: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its report."""
    warehouse = (city.current / "warehouse.duckdb").resolve()
    return once(tmp_path_factory, "site", lambda folder: report.write(warehouse, folder))
