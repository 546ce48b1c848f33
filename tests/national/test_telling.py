"""What a nation tells people, and whoever watches it from outside."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

import pipelines.national as running
from pipelines import cli, metrics, notify
from pipelines.code_location import build_defs
from pipelines.national import Ended
from pipelines.settings import Settings
from schemas.agencies import Agency
from tests.conftest import DAY
from warehouse.national import version
from warehouse.national.agencies import DONE, FAILED, note_refreshed
from warehouse.national.version import publish_nation
from warehouse.publishing.version import hold
from warehouse.store import Store, read_json

MORNING = dt.datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=dt.UTC)
"""09:00 in WIB of the day that is published."""


def told(nation: Store, now: dt.datetime = MORNING) -> dict[str, str]:
    """Key, without its digest → what is told in English."""
    return {notice.key.rsplit(" ", 1)[0]: notice.english for notice in notify.standing(Store(nation.home), now)}


def test_agencies_that_failed_or_are_behind_are_told_with_where_they_stopped(copy: Store) -> None:
    note_refreshed(copy, "kota-a", FAILED, ["core/dim_unit"])
    found = told(copy)
    assert set(found) == {"agencies failed", "agencies behind", "agencies.yaml"}
    assert found["agencies failed"] == (
        "The refresh of 1 of 4 agencies failed; their old versions stand: kota-a (core/dim_unit)."
    )
    assert "1 of 4 agencies" in found["agencies behind"]
    assert "kota-c (no version is read)" in found["agencies behind"]
    assert "agencies[3].zone" in found["agencies.yaml"]
    later = told(copy, MORNING + dt.timedelta(days=15))
    assert "kota-a (still as of 2026-11-24)" in later["agencies behind"]
    assert "kota-d" not in later["agencies behind"], "its entry is told of"
    assert "missed night" in later


def test_a_version_that_cannot_be_read_is_told_once_a_nation_was_made_without_it(copy: Store) -> None:
    (copy.agency("kota-b").current.resolve() / "parquet/marts/program_scorecard.parquet").write_bytes(b"cut")
    assert "kota-b" not in told(copy)["agencies behind"]
    publish_nation(copy, DAY)
    assert "kota-b (no version is read)" in told(copy)["agencies behind"]


def test_a_held_nation_says_so_and_misses_no_night(copy: Store) -> None:
    hold(copy, "Pilkada")
    found = told(copy, MORNING + dt.timedelta(days=3))
    assert "Pilkada" in " ".join(found.values())
    assert "missed night" not in found


def test_what_is_mended_is_told_as_mended(copy: Store, tmp_path: Path) -> None:
    to = SecretStr(f"file://{tmp_path}/told.jsonl")
    note_refreshed(copy, "kota-a", FAILED, ["core/dim_unit"])
    for outcome in (FAILED, DONE):
        note_refreshed(copy, "kota-a", outcome)
        assert notify.tell(copy, to, notify.standing(copy, MORNING), MORNING)
    first, second = (json.loads(line)["text"] for line in (tmp_path / "told.jsonl").read_text().splitlines())
    assert "Penyegaran 1 dari 4 instansi gagal" in first
    assert "Selesai: penyegaran semua instansi berhasil." in second
    assert "agencies.yaml" not in second, "what stands is told once"


def run_of(outcome: str) -> object:
    def refresh(store: Store, agency: Agency, **asked: object) -> Ended:
        return Ended(
            agency.code, outcome if agency.code == "kota-a" else DONE, ("core/dim_unit",) * (outcome == FAILED)
        )

    return refresh


def test_the_command_tells_people_and_leaves_figures_and_a_heartbeat(
    copy: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "refresh_agency", run_of(FAILED))
    for name, value in (("HOME", copy.home), ("NOTIFY", f"file://{tmp_path}/told.jsonl"), ("METRICS", tmp_path)):
        monkeypatch.setenv(f"DIKLAT_{name}", str(value))
    assert CliRunner().invoke(cli.app, ["national", "refresh", "--as-of", DAY.isoformat()]).exit_code == 3
    [message] = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert "kota-a (core/dim_unit)" in message["text"]
    beat = read_json(copy.home / "heartbeat.json") or {}
    assert (beat["by"], beat["undone"]["stopped_at"]) == ("diklat national refresh", ["kota-a: core/dim_unit"])
    figures = (tmp_path / "diklat.prom").read_text()
    assert "diklat_is_undone 1" in figures
    assert 'diklat_agencies{state="belum"} 1' in figures


def test_a_nation_that_is_not_published_is_told(copy: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "refresh_agency", run_of(DONE))
    monkeypatch.setattr(version, "seal", full)
    monkeypatch.setenv("DIKLAT_HOME", str(copy.home))
    monkeypatch.setenv("DIKLAT_NOTIFY", f"file://{tmp_path}/told.jsonl")
    assert CliRunner().invoke(cli.app, ["national", "refresh", "--as-of", "2026-11-26"]).exit_code == 1
    [message] = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert "national/published" in message["text"]
    assert "No space left on device" in message["text"]


def test_a_list_of_agencies_that_cannot_be_used_is_told(
    copy: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy.home / "agencies.yaml").write_text("agencies: [")
    monkeypatch.setenv("DIKLAT_HOME", str(copy.home))
    monkeypatch.setenv("DIKLAT_NOTIFY", f"file://{tmp_path}/told.jsonl")
    assert CliRunner().invoke(cli.app, ["national", "refresh"]).exit_code == 2
    [message] = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert "agencies.yaml" in message["text"]


def test_the_daemon_of_a_nation_tells_people(copy: Store, tmp_path: Path) -> None:
    note_refreshed(copy, "kota-a", FAILED, ["core/dim_unit"])
    settings = Settings(home=copy.home, notify=SecretStr(f"file://{tmp_path}/told.jsonl"))
    with dg.DagsterInstance.local_temp() as instance:
        notifier = build_defs(settings).get_repository_def().get_sensor_def("notifier")
        notifier(dg.build_sensor_context(instance))
    assert "kota-a (core/dim_unit)" in (tmp_path / "told.jsonl").read_text()
    assert (read_json(copy.home / "heartbeat.json") or {})["by"] == "daemon"


def test_a_nations_figures_are_its_own(copy: Store, tmp_path: Path) -> None:
    metrics.write(copy, str(tmp_path), MORNING)
    figures = (tmp_path / "diklat.prom").read_text()
    assert "diklat_is_undone 0" in figures
    assert "diklat_files" not in figures
