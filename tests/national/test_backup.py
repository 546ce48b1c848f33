"""A nation is backed up and restored with its agencies: their keys above all, which nobody can make again."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"


def run(script: str, argument: Path, home: Path) -> str:
    words = {"PATH": os.environ["PATH"], "DIKLAT_HOME": str(home)}
    return subprocess.run(
        [DEPLOY / script, argument], env=words, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_nation_comes_back_with_its_agencies(tmp_path: Path) -> None:
    home, again = tmp_path / "nation", tmp_path / "again"
    kept = {
        "agencies.yaml": "agencies", "restricted/pseudonym.key": "nation", "landing/kota-a/units/2026-01/u.csv": "rows",
        "agencies/kota-a/restricted/pseudonym.key": "own", "agencies/kota-a/policy.csv": "limits",
        "agencies/kota-a/published/versions/1/manifest.json": "{}",
    }  # fmt: skip
    lost = {
        "agencies/kota-a/build/warehouse.duckdb": "",
        "agencies/kota-a/restricted/scratch/x": "",
        "agencies/kota-a/published/versions/0/old": "",
    }
    for name, text in {**kept, **lost}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    (home / "agencies/kota-a/published/current").symlink_to("versions/1")
    backup = Path(run("backup", tmp_path / "backups", home).splitlines()[-1])
    run("restore", backup, again)
    for name, text in kept.items():
        assert (again / name).read_text() == text
    assert not [name for name in lost if (again / name).exists()]
    assert (again / "agencies/kota-a/published/current/manifest.json").exists()
    modes = {
        name: stat.S_IMODE((again / name).stat().st_mode)
        for name in ("agencies", "agencies/kota-a", "agencies/kota-a/restricted")
    }
    assert modes == {
        "agencies": 0o711,
        "agencies/kota-a": 0o711,
        "agencies/kota-a/restricted": modes["agencies/kota-a/restricted"] & 0o700,
    }
