"""What the launchpad of Dagster offers, and what a launch leaves to be read: one error per cause, links, a preview of each mart."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from pydantic import ValidationError

from assets.common import StoreResource
from pipelines.code_location import build_defs
from pipelines.settings import DAGSTER_YAML, Settings, SettingsError
from warehouse.building.build import preview_of
from warehouse.building.models import models
from warehouse.database import connect, open_version
from warehouse.store import AS_OF_TAG, Store

from ..conftest import DAY, copied, once, published_city
from .test_nights import a_city, failing, put


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Store:
    """A copy of a published city of two rows."""
    return copied(Store(once(tmp_path_factory, "two-rows", a_city)), tmp_path / "data")


def launch(store: Store, *assets: str, address: str = "", **asked: Any) -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """Launch a job, or some assets, with what the launchpad's form says; the result and the messages that are no events."""
    defs = build_defs(Settings(home=store.home, address=address))
    job = defs.resolve_implicit_global_asset_job_def() if assets else defs.resolve_job_def("nightly_refresh")
    selected = [dg.AssetKey(asset.split("/")) for asset in assets] or None
    with dg.DagsterInstance.local_temp(
        overrides={"python_logs": yaml.safe_load(DAGSTER_YAML)["python_logs"]}
    ) as instance:
        result = job.execute_in_process(
            instance=instance, asset_selection=selected, raise_on_error=False,
            run_config={"resources": {"diklat_store": {"config": asked}}}, tags={AS_OF_TAG: DAY.isoformat()},
        )  # fmt: skip
        said = [entry for entry in instance.all_logs(result.run_id) if entry.dagster_event is None]
    return result, [entry.user_message for entry in said if entry.level >= logging.WARNING]


def read_at(store: Store) -> dict[str, int]:
    """Source → when its newest month was read."""
    return {path.parent.name: path.stat().st_mtime_ns for path in sorted(store.staging.glob("*/*.json"))}


def test_a_failure_is_said_once_however_much_depends_on_it(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(city, "class_id,session_no,employee_id,status\nA,1,1,H\nA,1,2,H\n")
    monkeypatch.setattr("assets.tables.begin_build", failing)
    result, said = launch(city)
    assert [event.step_key for event in result.all_events if event.is_step_failure] == ["ops__inputs"]
    assert not [line for line in said if "Not executing" in line]
    assert ["attendance/2026-10/a.csv" in line for line in said] == [True], "what a step itself warns of is kept"


def test_a_whole_reading_of_some_sources_is_asked_for_in_the_launchpad(city: Store) -> None:
    put(city, "unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n", "units/2026-09/u.csv")
    both = ("staging/units", "staging/attendance")
    before = sorted(read_at(city))
    assert launch(city, *both, sources=["attendance"])[0].success
    assert sorted(read_at(city)) == before, "units stay as they were read"
    assert launch(city, *both)[0].success
    first = read_at(city)
    assert sorted(first) == sorted([*before, "units"])
    assert launch(city, *both, full=True, sources=["units"])[0].success
    second = read_at(city)
    assert {source for source in first if second[source] != first[source]} == {"units"}
    assert launch(city, *both, full=True)[0].success
    assert not [source for source, at in read_at(city).items() if at == second[source]]


def test_the_day_and_a_meant_loss_are_asked_for_in_the_launchpad(city: Store) -> None:
    """An earlier day than the published one is a loss."""
    old = "2026-10-20"
    assert launch(city, "ops/inputs", as_of=old)[0].success
    with connect(city.build, read_only=True) as con:
        assert con.execute("select cast(as_of as varchar) from ops.build").fetchall() == [(old,)]


def test_a_launch_publishes_a_loss_only_where_it_was_asked_for(city: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def publish(*_: object, allow_loss: bool, **how: object) -> None:
        asked.append(allow_loss)
        raise RuntimeError("that is enough")

    monkeypatch.setattr("assets.published.publish_build", publish)
    for how in ({}, {"allow_loss": True}):
        assert not launch(city, "published/warehouse", **how)[0].success
    assert asked == [False, True]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("as_of", "20-10-2026", "write a day as YYYY-MM-DD"),
        ("sources", ["attendence"], "Did you mean attendance?"),
    ],
)
def test_what_cannot_be_asked_for_is_said_with_what_can(field: str, value: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words.replace("?", r"\?")):
        StoreResource.model_validate({"home": "data", field: value})


def test_links_lead_to_the_address_that_people_use(city: Store) -> None:
    links = {
        "https://diklat.example.go.id": "https://diklat.example.go.id/report/index.html",
        "": str(city.current.resolve() / "report/index.html"),
    }
    for address, link in links.items():
        result, _ = launch(city, "published/warehouse", address=address)
        [published] = result.asset_materializations_for_node("published__warehouse")
        assert published.metadata["report"].value == link
        assert published.metadata["audits"].value == link.replace("/report/", "/audit/")


def test_an_address_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_ADDRESS", "diklat.example.go.id")
    with pytest.raises(SettingsError, match="https://diklat"):
        Settings.read()
    monkeypatch.setenv("DIKLAT_ADDRESS", "https://diklat.example.go.id/")
    assert Settings.read().address == "https://diklat.example.go.id"


def test_a_preview_shows_no_person_and_no_small_group(tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = {}
    with open_version(published_city(tmp_path_factory, 300, 3).current) as con:
        for name, model in models().items():
            columns, rows = preview_of(con, model.contract)
            assert all(len(row) == len(columns) for row in rows)
            shown[name] = rows
            if rows and "is_suppressed" in model.contract.names:
                key = " and ".join(f"coalesce(cast({c} as varchar), '') like ? || '%'" for c in model.contract.key)
                at = [rows[0][columns.index(c)] for c in model.contract.key if c in columns]
                if len(at) == len(model.contract.key):
                    query = f"select bool_or(not is_suppressed) from {name} where {key}"
                    assert con.execute(query, at).fetchall() == [(True,)]
    assert shown["marts.program_scorecard"]
    assert not [name for name, rows in shown.items() if rows and models()[name].contract.is_about_persons]


def test_the_launchpad_says_what_each_field_is() -> None:
    resource = build_defs().resolve_job_def("nightly_refresh").resource_defs["diklat_store"]
    fields = resource.config_schema.config_type.fields
    assert set(fields) == {"home", "as_of", "full", "sources", "allow_loss"}
    assert all(field.description for field in fields.values())


def test_the_preview_of_a_mart_is_kept_with_it(city: Store) -> None:
    result, _ = launch(city, "marts/observation_window", "marts/survey_comment", "core/dim_class")
    [mart] = result.asset_materializations_for_node("marts__observation_window")
    assert "| source |" in str(mart.metadata["preview"].value)
    for unshown in ("core__dim_class", "marts__survey_comment"):
        [table] = result.asset_materializations_for_node(unshown)
        assert "preview" not in table.metadata
