"""The quick faults; `make chaos` runs all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.faults import QUICK
from tests.chaos.sandbox import Sandbox


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The city that is hurt, in copies."""
    return Sandbox.shared(tmp_path_factory, tmp_path_factory.mktemp("chaos"))


@pytest.mark.parametrize("name", QUICK)
def test_the_invariant_holds_after(base: Sandbox, tmp_path: Path, name: str) -> None:
    assert QUICK[name](base.copy(tmp_path))
