"""The store: atomic writing, and a key that is made once."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warehouse.store import Store, atomic, read_json


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), atomic(path) as temporary:
        temporary.write_text("half")
        raise OSError("full")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_whoever_comes_first_makes_the_key_and_everybody_gets_that_one(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: store.pseudonym_key(), range(50)))
    assert len(keys) == 1
    assert oct((store.restricted / "pseudonym.key").stat().st_mode)[-3:] == "600"
    assert not store.has_sample_key


def test_the_sample_s_key_is_told_apart_and_never_replaces_a_secret(store: Store) -> None:
    secret = store.pseudonym_key()
    store.write_sample_key(1)
    assert store.pseudonym_key() == secret
    other = Store(store.home / "other")
    other.write_sample_key(1)
    assert other.has_sample_key


def test_a_broken_manifest_is_made_anew_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"fingerprint": ')
    assert read_json(tmp_path / "m.json") is None


def test_a_landing_area_that_is_mounted_read_only_stops_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is open there to other users stays so, and `diklat doctor` names it."""
    (store.landing / "attendance").mkdir(parents=True)
    store.close_to_others()
    (store.landing / "attendance").chmod(0o755)

    def chmod(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "chmod", chmod)
    store.close_to_others()
    assert list(store.open_to_others()) == [store.landing / "attendance"]
