"""What an engineer sees: the UI and the daemon of `diklat ui`, in headless Chromium. `DIKLAT_SHOTS` names a folder for pictures."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pipelines import runs
from tests.chaos.night import Night
from tests.chaos.sandbox import Sandbox
from warehouse.publishing.version import is_sound

CHROMIUM = shutil.which("chromium")
PATIENCE = 300_000
"""Milliseconds until something must have been shown."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A published city with a correction and a picture that calls itself a workbook waiting."""
    box = Sandbox.shared(tmp_path_factory, tmp_path_factory.mktemp("window"))
    (box.store.landing / "attendance/2026-10/foto.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n")
    (box.store.home / "city.yaml").write_text("first_month: 2026-08\n")
    return box


@pytest.fixture(scope="module")
def night(city: Sandbox) -> Iterator[Night]:
    """`diklat ui`, started in an empty folder, with a schedule that fires every minute instead of at 01:00."""
    night, elsewhere = Night(city), city.store.home.parent / "elsewhere"
    elsewhere.mkdir()
    night.port = free_port()
    night.process = subprocess.Popen(
        [Path(sys.executable).parent / "diklat", "ui", "--port", str(night.port)],
        cwd=elsewhere, env=city.environment | {"DIKLAT_NIGHTLY_CRON": "* * * * *"}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert night.process.stdout is not None
    try:
        assert any("Serving dagster-webserver" in line for line in night.process.stdout)
        yield night
    finally:
        # As a service manager ends it, and with it everything that it started.
        night.process.terminate()
        night.process.wait()
        assert not night.left(), "SIGTERM ends the children, too"


@pytest.fixture(scope="module")
def page(night: Night) -> Iterator[Page]:
    """One tab of a browser that reaches nothing but this machine."""
    if CHROMIUM is None:
        pytest.skip("Debian's package chromium is not installed")
    assert night.process is not None
    # Nobody may have to wait until somebody reads.
    with (
        subprocess.Popen(["cat"], stdin=night.process.stdout, stdout=subprocess.DEVNULL) as reader,
        sync_playwright() as tool,
    ):
        browser = tool.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        tab = browser.new_page(viewport={"width": 1500, "height": 1000}, base_url=f"http://127.0.0.1:{night.port}")
        tab.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield tab
        browser.close()
        reader.kill()


def test_the_night_fires_by_itself_and_publishes(city: Sandbox, night: Night) -> None:
    run = night.wait_for_run("SUCCESS")
    with night.instance() as instance:
        tags = instance.get_run_by_id(run).tags
        own = instance.get_runs(dg.RunsFilter(tags=runs.repository_tag("diklat")))
    assert tags["dagster/schedule_name"] == "nightly"
    assert run in {own_run.run_id for own_run in own}, "filed as the command line files its own"
    assert Path(os.readlink(city.store.current)).name != city.old
    assert is_sound(city.store.current)


def shoot(page: Page, name: str) -> None:
    """Keep a picture where one was asked for."""
    if folder := os.environ.get("DIKLAT_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_schedule_is_stopped_by_its_switch(night: Night, page: Page) -> None:
    """From here on nothing runs but what somebody asked for."""
    page.goto("/locations/diklat/schedules/nightly")
    switch = page.get_by_role("checkbox")
    expect(switch).to_be_checked()
    switch.press("Space")
    expect(switch).not_to_be_checked()
    with night.instance() as instance:
        states = {state.instigator_name: state.status.value for state in instance.all_instigator_state()}
    assert states["nightly"] == "STOPPED"


def test_a_range_is_launched_from_the_ui_and_is_one_run(city: Sandbox, night: Night, page: Page) -> None:
    page.goto("/locations/diklat/jobs/nightly_refresh")
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_role("button", name="All", exact=True).click()
    shoot(page, "launch")
    page.get_by_role("button", name="Launch backfill").click()
    page.get_by_role("button", name="Launch backfill").wait_for(state="detached")
    page.goto("/runs?view=backfills")
    row = page.get_by_role("row").filter(has_text="partitions").first
    expect(row.or_(page.locator("body")).filter(has_text="Success").first).to_be_visible()
    shoot(page, "backfill")
    with night.instance() as instance:
        [backfill] = instance.get_backfills()
        [run] = [run for run in instance.get_runs() if run.tags.get("dagster/backfill") == backfill.backfill_id]
    assert run.status.value == "SUCCESS"
    assert run.tags["dagster/asset_partition_range_end"] > run.tags["dagster/asset_partition_range_start"]
    assert is_sound(city.store.current)


def test_every_button_starts_a_run_that_succeeds(city: Sandbox, night: Night, page: Page) -> None:
    """An asset, a group, a check, and the job without a month, by a form that asks for one source to be read again."""
    before = set(by_hand(night))
    for place, name in {
        "/assets/marts/reaction": "Materialize",
        "/locations/diklat/asset-groups/published": "Materialize",
        "/assets/marts/reaction?view=checks": "Execute",
    }.items():
        page.goto(place)
        # "Execute all" stands before the check's own.
        page.get_by_role("button", name=re.compile(f"{name}( all)?$")).last.click()
        expect(page.get_by_text("Launched run").first).to_be_visible()
        shoot(page, f"button-{place.rsplit('/')[-1]}")
    page.goto("/locations/diklat/jobs/nightly_refresh/playground")
    expect(page.locator(".CodeMirror")).to_contain_text("sources: []")
    page.evaluate(
        "const form = document.querySelector('.CodeMirror').CodeMirror;"
        "form.setValue(form.getValue().replace('sources: []', 'sources: [units]'))"
    )
    page.get_by_role("button", name="Launch Run").click()
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/runs/*")
    launched = set(by_hand(night)) - before
    assert len(launched) == 4
    for run in launched:
        page.goto(f"/runs/{run}")
        expect(page.get_by_text(re.compile("^(Success|Failure)$")).first).to_be_visible()
    shoot(page, "run")
    states = by_hand(night)
    assert {states[run] for run in launched} == {"SUCCESS"}
    assert is_sound(city.store.current)


def by_hand(night: Night) -> dict[str, str]:
    """Run id → status of the runs that no schedule and no sensor started."""
    own = {"dagster/schedule_name", "dagster/sensor_name"}
    with night.instance() as instance:
        return {run.run_id: run.status.value for run in instance.get_runs() if not own & set(run.tags)}


def test_an_asset_shows_what_it_is_and_where_it_comes_from(page: Page) -> None:
    page.goto("/assets/marts/curriculum_flag?view=overview")
    for words in ("Grain: program × curriculum version × aspect", "flag_id", "Row count", "Freshness policy", "diklat"):
        expect(page.get_by_text(words).first).to_be_visible()
    shoot(page, "asset")
    page.goto("/assets/marts/curriculum_flag?view=lineage")
    for neighbour in ("reaction", "learning_gain", "program_scorecard"):
        expect(page.get_by_text(neighbour, exact=True).first).to_be_visible()
    shoot(page, "lineage")


def test_a_failed_check_explains_itself(page: Page) -> None:
    page.goto("/assets/staging/attendance?view=checks")
    expect(page.get_by_text(re.compile(r"[1-9]\d* refused or held"))).to_be_visible()
    expect(page.get_by_text("Failed").first).to_be_visible()
    page.get_by_text("[Show Markdown]").first.click()
    for words in (
        "attendance/2026-10/foto.xlsx",
        "The content does not fit the file's ending.",
        "Simpan ulang sebagai CSV",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    shoot(page, "check")


def test_nothing_leaves_the_machine(page: Page) -> None:
    outside: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if not is_local(request.url) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in ("/overview", "/assets", "/runs", "/automation"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert (outside, errors) == ([], [])


def is_local(url: str) -> bool:
    """Whether the address is this machine's, or the page's own data."""
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def test_an_address_outside_would_be_seen() -> None:
    assert not is_local("https://example.org/telemetry.js")
