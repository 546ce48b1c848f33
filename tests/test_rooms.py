"""The order of the rooms holds, and a step back is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ("pipelines", "assets", "schemas", "warehouse")


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's word on a house, which is a folder with the four packages and the project's settings."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=house, env=os.environ | {"PYTHONPATH": str(house)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    for room in HOUSE:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("warehouse/delivery/cells/values.py", "from warehouse.publishing import changes", "nobody goes back BROKEN"),
        ("schemas/fields.py", "import warehouse.store", "the contract BROKEN"),
        ("warehouse/delivery/cells/days.py", "from warehouse.delivery.layouts import doubts", "source's columns BROKEN"),
        ("warehouse/models/marts/reaction.py", "from warehouse.models.marts import learning_gain", "no other model BROKEN"),
        ("warehouse/evaluation/statistics.py", "from warehouse.evaluation import flags", "No circles BROKEN"),
    ],
)  # fmt: skip
def test_a_planted_wrong_import_is_found(house: Path, file: str, line: str, contract: str) -> None:
    path = house / file
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    try:
        found = lint(house)
    finally:
        path.write_text(text, encoding="utf-8")
    assert found.returncode == 1
    assert contract in found.stdout


def test_the_engine_names_no_mart() -> None:
    for path in (ROOT / "warehouse" / "building").glob("*.py"):
        assert "marts." not in path.read_text(encoding="utf-8"), path.name


def test_every_room_says_what_it_is_for() -> None:
    for package in (path for room in HOUSE for path in (ROOT / room).rglob("__init__.py")):
        assert package.parent.name == "models" or package.read_text(encoding="utf-8").startswith('"""'), package
