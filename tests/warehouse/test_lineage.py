"""Column lineage is read from the SQL once for a version of the models, and never wrong for being kept."""

from pathlib import Path

import pytest

from warehouse.building import lineage
from warehouse.building.lineage import column_lineage
from warehouse.building.models import models
from warehouse.store import read_json, write_json


@pytest.fixture(scope="module")
def read() -> dict[str, lineage.Lineage]:
    return column_lineage(Path("nowhere/column_lineage.json"))


def test_every_column_of_every_table_has_its_own(read: dict[str, lineage.Lineage]) -> None:
    assert {table: set(columns) for table, columns in read.items()} == {
        name: set(model.contract.names) for name, model in models().items()
    }
    assert ["staging.attendance", "status"] in read["core.fact_attendance"]["status"]


def test_what_is_kept_is_not_read_again(
    tmp_path: Path, read: dict[str, lineage.Lineage], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "column_lineage.json"
    assert column_lineage(kept) == read
    monkeypatch.setattr(lineage, "_read", lambda: pytest.fail("the SQL is taken apart again"))
    assert column_lineage(kept) == read


@pytest.mark.parametrize("damage", ["other version", "broken"])
def test_what_was_kept_by_another_version_or_is_broken_is_made_anew(
    tmp_path: Path, read: dict[str, lineage.Lineage], damage: str
) -> None:
    kept = tmp_path / "column_lineage.json"
    if damage == "broken":
        kept.write_text('{"version"')
    else:
        write_json(kept, {"version": "another", "tables": {}})
    assert column_lineage(kept) == read
    assert read_json(kept)["tables"] == read


def test_nothing_is_written_where_no_data_root_is(tmp_path: Path, read: dict[str, lineage.Lineage]) -> None:
    assert column_lineage(tmp_path / "build" / "column_lineage.json") == read
    assert not list(tmp_path.iterdir())
