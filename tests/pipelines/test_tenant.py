"""The definitions beside others in one Dagster: names that collide with nobody's, a store that can be another one, versions that
say what is outdated, single assets that can be made alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleCauseCategory, StaleStatus
from dagster._core.loader import LoadingContextForTest

from pipelines.code_location import build_defs
from pipelines.refresh import RANGE_END, RANGE_START
from pipelines.settings import Settings
from schemas.sources import SOURCES
from warehouse.building.models import models
from warehouse.store import AS_OF_TAG, Store, read_json

from ..conftest import copied, published_city


def names(defs: dg.Definitions) -> dict[str, set[str]]:
    """Everything in a repository that has a name of its own."""
    repository = defs.get_repository_def()
    return {
        "assets": {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()},
        "checks": {key.asset_key.to_user_string() for key in repository.asset_graph.asset_check_keys},
        "jobs": {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")},
        "schedules": {schedule.name for schedule in repository.schedule_defs},
        "sensors": {sensor.name for sensor in repository.sensor_defs},
        "resources": set(repository.get_top_level_resources()),
    }


@dg.asset(key=["staging", "attendance"])
def store() -> None:
    """Another project's, with a key and a name that could be ours."""


@dg.job
def housekeeping() -> None:
    """Another project's."""


def test_with_a_prefix_nothing_collides_with_others_or_with_a_second_city(tmp_path: Path) -> None:
    others = dg.Definitions(
        assets=[store],
        jobs=[housekeeping],
        resources={"store": 1, "diklat_store": 2},
        executor=dg.multiprocess_executor,
    )
    cities = [
        build_defs(Settings(home=tmp_path / name), key_prefix=["bkpsdm", name]) for name in ("tangsel", "makassar")
    ]
    alone, merged = names(cities[0]), names(dg.Definitions.merge(others, *cities))
    assert all(name.startswith("bkpsdm/tangsel/") for kind in ("assets", "checks") for name in alone[kind])
    for kind in ("jobs", "schedules", "sensors", "resources"):
        assert all(name.startswith("bkpsdm_tangsel_") for name in alone[kind])
    assert names(build_defs(Settings(home=tmp_path), key_prefix="kota"))["jobs"] == {
        "kota_housekeeping",
        "kota_nightly_refresh",
    }
    plain = {kind: len(there) for kind, there in alone.items()}
    assert len(merged["assets"]) == 2 * plain["assets"] + 1
    assert len(merged["jobs"]) == 2 * plain["jobs"] + 1
    assert len(merged["resources"]) == 4


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample city's data root, whose months are read and of which nothing is published."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("city") / "data")
    shutil.rmtree(store.published)
    return store.home


NIGHT = {RANGE_START: "2026-08-01", RANGE_END: "2026-11-01", AS_OF_TAG: "2026-11-24"}
PREFIX = ("kota", "diklat")


class Window:
    """What the UI knows of a city whose definitions stand below a prefix."""

    def __init__(self, instance: dg.DagsterInstance, home: Path) -> None:
        self.instance, self.home = instance, home
        self.defs = build_defs(Settings(home=home), key_prefix=PREFIX)

    def make(self, *assets: str, partition: str | None = None, **how: Any) -> dg.ExecuteInProcessResult:
        """Make some assets, as a click on *Materialize* does."""
        job = self.defs.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=self.instance, asset_selection=[key(asset) for asset in assets], partition_key=partition, **how
        )

    def version(self, asset: str, month: str) -> str:
        """The data version that is recorded of a month."""
        record = self.instance.get_latest_data_version_record(key(asset), partition_key=f"{month}-01")
        assert record is not None
        return (record.event_log_entry.tags or {})["dagster/data_version"]

    def status(self, asset: str, partition: str | None = None) -> tuple[StaleStatus, set[StaleCauseCategory]]:
        """Whether the UI calls an asset outdated, and why."""
        graph = self.defs.get_repository_def().asset_graph
        resolver = CachingStaleStatusResolver(self.instance, graph, LoadingContextForTest(self.instance))
        causes = resolver.get_stale_causes(key(asset), partition)
        return resolver.get_status(key(asset), partition), {cause.category for cause in causes}


FRESH: tuple[StaleStatus, set[StaleCauseCategory]] = (StaleStatus.FRESH, set())


def key(asset: str) -> dg.AssetKey:
    return dg.AssetKey([*PREFIX, *asset.split("/")])


@pytest.fixture(scope="module")
def window(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """The city after a night that covered four months."""
    with dg.DagsterInstance.ephemeral() as instance:
        window = Window(instance, city)
        job = window.defs.resolve_job_def("kota_diklat_nightly_refresh")
        assert job.execute_in_process(instance=instance, tags=NIGHT).success
        yield window


def test_below_a_prefix_the_night_publishes_and_shows_its_verdicts(window: Window) -> None:
    assert (window.home / "published/current/warehouse.duckdb").exists()
    for table in ("marts/reaction", "core/dim_class"):
        for check in ("contract", "integrity"):
            record = window.instance.event_log_storage.get_latest_asset_check_execution_by_key(
                [dg.AssetCheckKey(key(table), check)]
            )
            assert len(record) == 1


def test_each_month_has_the_data_version_of_its_own_recipe(window: Window) -> None:
    for source in SOURCES:
        for month in ("2026-08", "2026-09", "2026-10", "2026-11"):
            manifest = read_json(window.home / "staging" / source / f"{month}.json")
            if manifest is not None:
                assert window.version(f"staging/{source}", month) == manifest["recipe"], (source, month)


def test_a_changed_rule_makes_what_it_made_outdated(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    month, table = "2026-10-01", "core/dim_class"
    assert window.status("staging/attendance", month) == window.status(table) == FRESH
    monkeypatch.setattr("assets.sources.code_version", lambda *rooms: "other rules")
    monkeypatch.setattr("assets.tables.code_version", lambda *files: f"other {files}")
    changed = Window(window.instance, window.home)
    outdated = (StaleStatus.STALE, {StaleCauseCategory.CODE})
    assert changed.status("staging/attendance", month) == changed.status(table) == outdated
    assert changed.status("published/warehouse") == FRESH, "that a table is outdated is told of the table"


def test_new_data_makes_outdated_what_was_built_of_the_old(window: Window) -> None:
    """The month has a new version and no other month has; a new build of it has a new name, so the tables are of an old one."""
    tables = ("core/dim_unit", "core/dim_class")
    assert [window.status(table) for table in tables] == [FRESH, FRESH]
    untouched = window.version("staging/units", "2026-09")
    more = window.home / "landing/units/2026-10/baru.csv"
    more.write_text("unit_code,unit_name,parent_unit_code,unit_type\nX,Dinas X,,dinas\n")
    window.make("staging/units", partition="2026-10-01", tags={AS_OF_TAG: "2026-11-24"})
    manifest = read_json(window.home / "staging/units/2026-10.json")
    assert manifest is not None
    assert window.version("staging/units", "2026-10") == manifest["recipe"]
    assert window.version("staging/units", "2026-09") == untouched
    window.make("ops/inputs", tags={AS_OF_TAG: "2026-11-24"})
    assert [window.status(table) for table in tables] == [(StaleStatus.STALE, {StaleCauseCategory.DATA})] * 2
    window.make(*(name.replace(".", "/") for name in models()))
    assert [window.status(table) for table in tables] == [FRESH, FRESH]


def test_a_single_table_can_be_made_from_the_ui(window: Window) -> None:
    result = window.make("marts/reaction")
    assert result.success
    evaluated = {evaluation.asset_check_key for evaluation in result.get_asset_check_evaluations()}
    assert evaluated == {
        dg.AssetCheckKey(key("marts/reaction"), check) for check in ("contract", "expectation", "integrity")
    }


def test_the_launchpad_can_name_another_store(window: Window, city: Path, tmp_path: Path) -> None:
    shutil.copytree(city / "landing", tmp_path / "other/landing")
    Store(tmp_path / "other").write_sample_key(2026)
    assert not (tmp_path / "other/staging").exists()
    config = {"resources": {"kota_diklat_diklat_store": {"config": {"home": str(tmp_path / "other")}}}}
    with dg.DagsterInstance.local_temp() as instance:
        elsewhere = Window(instance, window.home)
        assert elsewhere.make(
            "staging/units", partition="2026-10-01", tags={AS_OF_TAG: "2026-11-24"}, run_config=config
        ).success
    assert (tmp_path / "other/staging/units/2026-10.json").exists()


def test_without_a_home_the_store_is_the_folder_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIKLAT_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    resource = (build_defs().resources or {})["diklat_store"]
    assert resource.open() == Store(tmp_path / "data")


def test_every_asset_has_a_version_of_its_code() -> None:
    graph = build_defs().get_repository_def().asset_graph
    versions = {key.to_user_string(): graph.get(key).code_version for key in graph.get_all_asset_keys()}
    assert all(versions.values())
    tables = [versions[name.replace(".", "/")] for name in models()]
    assert len(set(tables)) == len(tables), "each table by its own file"
