"""A nation in Dagster: what is there, and a run in which one agency fails."""

from __future__ import annotations

import dagster as dg
import pytest

import pipelines.national as running
from assets.common import STORE
from pipelines.code_location import NATIONAL_REFRESH, build_defs
from pipelines.national import Ended
from pipelines.settings import Settings
from schemas.agencies import Agency
from tests.conftest import DAY
from warehouse.store import AS_OF_TAG, Store


def test_a_national_home_has_its_agencies_and_the_nation(nation: Store) -> None:
    repository = build_defs(Settings(home=nation.home)).get_repository_def()
    keys = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    assert keys == {"agencies/kota-a", "agencies/kota-b", "agencies/kota-c", "national/published"}
    checks = {(key.asset_key.to_user_string(), key.name) for key in repository.asset_graph.asset_check_keys}
    assert checks == {*((f"agencies/kota-{x}", "refreshed") for x in "abc"), ("national/published", "complete")}
    assert repository.get_schedule_def("nightly").job_name == NATIONAL_REFRESH
    tenant = build_defs(Settings(home=nation.home), key_prefix="negara").get_repository_def()
    assert dg.AssetKey(["negara", "national", "published"]) in tenant.asset_graph.get_all_asset_keys()


def test_an_agency_that_fails_in_a_run_stops_neither_the_others_nor_the_nation(
    copy: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refresh(store: Store, agency: Agency, **asked: object) -> Ended:
        assert asked["day"] == DAY
        return (
            Ended(agency.code, "gagal", ("core/dim_unit",), "said")
            if agency.code == "kota-a"
            else Ended(agency.code, "berhasil")
        )

    monkeypatch.setattr(running, "refresh_agency", refresh)
    monkeypatch.setenv("DAGSTER_HOME", str(copy.dagster_home))
    copy.dagster_home.mkdir(exist_ok=True)
    with dg.DagsterInstance.local_temp() as instance:
        result = build_defs(Settings(home=copy.home)).resolve_job_def(NATIONAL_REFRESH).execute_in_process(
            instance=instance, tags={AS_OF_TAG: DAY.isoformat()}, run_config={"resources": {STORE: {"config": {}}}}
        )  # fmt: skip
        assert result.success
        passed = {(e.asset_key.to_user_string(), e.check_name): e.passed for e in result.get_asset_check_evaluations()}
        assert passed == {
            ("agencies/kota-a", "refreshed"): False, ("agencies/kota-b", "refreshed"): True, ("agencies/kota-c", "refreshed"): True,
            ("national/published", "complete"): False,
        }  # fmt: skip
        event = instance.get_latest_materialization_event(dg.AssetKey(["national", "published"]))
    assert event is not None
    made = event.asset_materialization
    assert made is not None
    assert made.metadata["build_id"].value == copy.current.resolve().name
    assert "core/dim_unit" in str(made.metadata["agencies"].value) or "gagal" in str(made.metadata["agencies"].value)
