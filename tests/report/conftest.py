"""A published city's report, as a folder of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import refresh, sample_city
from warehouse import report
from warehouse.store import Store


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city with all that is planted in it."""
    store = sample_city(Store(tmp_path_factory.mktemp("report") / "data"), employees=1_500, months=12)
    refresh(store)
    return store


@pytest.fixture(scope="package")
def site(city: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its report."""
    folder = tmp_path_factory.mktemp("site") / "report"
    report.write((city.current / "warehouse.duckdb").resolve(), folder)
    return folder
