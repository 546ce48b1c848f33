"""What a stopped or damaged past left behind is put right, and said; nothing is mended in silence."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from warehouse.database import connect
from warehouse.delivery.landing import Landing, scan
from warehouse.publishing import version
from warehouse.publishing.version import is_published, is_sound, rollback
from warehouse.staging.recipe import changed_months
from warehouse.store import Store, atomic
from warehouse.upkeep import health
from warehouse.upkeep.forget import forget_person

from ..conftest import DAY, copied, published_city, read_changed, refresh, table_hashes


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A sample city of 300 employees and three months, published twice."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("city") / "data")
    newest = Path(os.readlink(store.current)).name
    refresh(store, DAY.replace(day=1), allow_loss=True)
    rollback(store, newest)
    return store


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_sound_store_needs_nothing(copy: Store) -> None:
    assert health.reconcile(copy) == []
    assert all(finding.is_good for finding in health.examine(copy))


DRAFTS = (
    "staging/attendance/.2026-10.parquet.4711.tmp", "restricted/quarantine/units/.2026-10.parquet.1.tmp",
    "restricted/identity.tmp", "published/.current.tmp", "published/versions/.20261124-x.tmp/warehouse.duckdb",
    "published/versions/20260101-x/.copy.tmp", "published/versions/20260101-x/parquet/core/.dim_employee.parquet.tmp",
    "staging/files.json", "build/.plan.json.1.tmp", "restricted/scratch/99999999-abc/sheet.csv",
    ".heartbeat.json.99999999.tmp", "history/.run_history.parquet.99999999.tmp",
)  # fmt: skip


def test_drafts_of_a_stopped_run_are_removed_and_named(copy: Store) -> None:
    paths = [copy.home / name for name in DRAFTS]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    said = health.reconcile(copy)
    assert len(said) == len(DRAFTS)
    assert all("stopped run" in line for line in said)
    assert [path for path in paths if path.exists()] == []
    with atomic(copy.home / "heartbeat.json") as living:
        living.write_text("{}")
        assert health.reconcile(copy) == [], "a daemon writes its draft now"


def test_a_version_whose_removal_was_stopped_is_none_any_more(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the first file, and that was the manifest: the rest would stay for ever, and who is forgotten in it."""
    current = Path(os.readlink(copy.current)).name

    def killed(folder: Path, **_: object) -> None:
        (folder / "manifest.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(version, "KEPT_VERSIONS", 0)
        patch.setattr("warehouse.publishing.version.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            version.drop_old_versions(copy)
    (rest,) = [path for path in (copy.published / "versions").iterdir() if path.name != current]
    with connect(copy.current.resolve() / "warehouse.duckdb", read_only=True) as con:
        [(code,)] = con.execute("select min(employee_id) from core.fact_enrolment").fetchall()
    forget_person(copy, code)
    assert not rest.exists(), "nobody is left in it"
    rest.mkdir()
    assert health.reconcile(copy) == [f"removed what a stopped run left: published/versions/{rest.name}"]


def rows_read(store: Store) -> dict[Path, list[str]]:
    """All that was read: file of the stores → its rows, in any order."""
    return {
        path: sorted(map(str, pl.read_parquet(path).rows()))
        for folder in (store.staging, store.quarantine, store.restricted / "identity")
        for path in folder.rglob("*.parquet")
    }


@pytest.mark.parametrize("damage", [flip, lambda path: path.write_bytes(path.read_bytes()[:-9]), os.unlink])
def test_a_damaged_month_is_read_again(copy: Store, damage: Callable[[Path], object]) -> None:
    """Of the accepted rows, of the refused ones, of who a pseudonym is: each of another month or source."""
    accepted = sorted((copy.staging / "attendance").glob("*.parquet"))[0]
    refused = sorted((copy.quarantine / "attendance").glob("*.parquet"))[-1]
    identity = sorted((copy.restricted / "identity").glob("*.parquet"))[0]
    assert accepted.stem != refused.stem
    before = rows_read(copy)
    for path in (accepted, refused, identity):
        damage(path)
    said = health.reconcile(copy)
    assert len(said) == 3
    for path in (accepted, refused, identity):
        assert len([line for line in said if str(path.relative_to(copy.home)) in line]) == 1, path
    changed = {source: list(months) for source, months in changed_months(copy, scan(copy, DAY)).items()}
    assert changed.pop("employees") == [identity.stem]
    # Whoever looks up people in the list of that month waits for it, too.
    assert changed.keys() == {"attendance"}
    assert {accepted.stem, refused.stem} <= {*changed["attendance"]}
    read_changed(copy)
    assert rows_read(copy) == before
    assert health.reconcile(copy) == []


@pytest.mark.parametrize("file", ["warehouse.duckdb", "parquet/marts/reaction.parquet"])
def test_a_damaged_published_version_is_left_for_the_newest_sound_one_and_built_anew(copy: Store, file: str) -> None:
    good, before = os.readlink(copy.current), table_hashes(copy)
    flip(copy.current / file)
    assert not is_published(copy, DAY, scan(copy, DAY))
    assert [finding.what for finding in health.examine(copy) if not finding.is_good] == [f"version {Path(good).name}"]
    (said,) = health.reconcile(copy)
    assert good in said
    assert "pointed back" in said
    assert os.readlink(copy.current) != good
    refresh(copy)
    assert os.readlink(copy.current) == good
    assert table_hashes(copy) == before
    assert is_sound(copy.current)


def test_when_no_version_is_sound_the_warehouse_is_built_anew(copy: Store) -> None:
    before = table_hashes(copy)
    for path in copy.published.glob("versions/*/warehouse.duckdb"):
        path.chmod(0o644)
        path.write_bytes(b"")
    (said,) = health.reconcile(copy)
    assert "built anew" in said
    refresh(copy)
    assert table_hashes(copy) == before


def test_a_log_beside_the_published_file_is_removed(copy: Store) -> None:
    log = copy.current.resolve() / "warehouse.duckdb.wal"
    log.write_bytes(b"stale")
    (said,) = health.reconcile(copy)
    assert "write-ahead log" in said
    with connect((copy.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        assert con.execute("select count(*) from ops.build").fetchall() == [(1,)]


def test_the_data_root_is_good_where_a_refresh_can_make_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = {
        place: [finding.is_good for finding in health.examine(Store(tmp_path / place)) if finding.what == "data root"]
        for place in ("new", "new/below/it", "file", "file/below/it")
    }
    assert found == {"new": [True], "new/below/it": [True], "file": [False], "file/below/it": [False]}
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "nothing was changed"


@pytest.mark.parametrize("is_link", [False, True])
def test_a_landing_area_in_which_nothing_is_any_more_is_told(copy: Store, is_link: bool) -> None:
    """A disk that is not mounted: an empty folder, or a link that leads nowhere."""
    shutil.rmtree(copy.landing)
    if is_link:
        copy.landing.symlink_to(copy.home / "not mounted")
    [told] = [finding for finding in health.examine(copy) if not finding.is_good]
    assert (told.what, told.found) == ("landing area", f"nothing in {copy.landing}, though it was read")


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_what_another_user_made_is_told_and_nothing_of_it_is_asked_for(
    copy: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root refreshed the services' data root: they can read none of it, the doctor neither. What was delivered, or written, is anybody's."""
    for path in (copy.home, *copy.home.rglob("*")):
        if not path.is_relative_to(copy.restricted) and not path.is_relative_to(copy.landing):
            os.chown(path, 65534, -1, follow_symlinks=False)
    assert all(finding.is_good for finding in health.examine(copy)), "root reads everything"
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    monkeypatch.setattr(Store, "pseudonym_key", lambda _: pytest.fail("closed"))
    *_, finding = health.examine(copy)
    assert (finding.is_good, finding.found.startswith("not: restricted, ")) == (False, True)
    assert "deploy/run" in finding.resolve


def test_too_little_room_is_said_before_anything_is_written(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**7, 10**7))
    with pytest.raises(health.NoRoom, match=r"has 10 MB free, a run needs \d+ MB"):
        health.check_room(copy, Landing({}, [], []), {})


def test_a_data_root_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Before the first refresh, or where its path is mistyped."""
    [finding] = health.examine(Store(tmp_path / "typo"))
    assert (finding.is_good, finding.found) == (True, f"{tmp_path / 'typo'} is not there; a refresh makes it")
