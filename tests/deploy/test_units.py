"""deploy/systemd as systemd reads it: units, users and folders. Nothing is started: these hosts of tests have no systemd as their first process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.sandbox import ROOT

SYSTEMD = ROOT / "deploy" / "systemd"
UNITS = sorted([*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")])
needs_systemd = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("systemd-analyze") is None, reason="wants root, and Debian's package systemd"
)


def complaints(folder: Path, **changes: str) -> str:
    """What systemd says of the units, with this checkout in the place of /opt/diklat. `changes`: name of a service → a line more of it."""
    folder.mkdir()
    for unit in UNITS:
        text = unit.read_text() + changes.get(unit.stem.removeprefix("diklat-"), "") * (unit.suffix == ".service")
        text = text.replace("/opt/diklat/.venv/bin", str(Path(sys.executable).parent)).replace("/opt/diklat", str(ROOT))
        (folder / unit.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *sorted(folder.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"})
    # Of what else is installed on this host it speaks, too.
    return "\n".join(line for line in done.stderr.splitlines() if "diklat" in line)


@needs_systemd
def test_systemd_understands_every_line_of_the_units(tmp_path: Path) -> None:
    assert complaints(tmp_path / "shipped") == ""
    assert "ProtectEverything" in complaints(tmp_path / "mistyped", code="[Service]\nProtectEverything=yes\n")
    assert "no-such-program" in complaints(
        tmp_path / "missing", backup="[Service]\nExecStartPost=/usr/bin/no-such-program\n"
    )


@needs_systemd
def test_users_and_folders_are_made_as_the_table_of_the_guide_says(tmp_path: Path) -> None:
    """In the root of a host that has nginx' user and nothing else."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n")
    (tmp_path / "etc/group").write_text("www-data:x:33:\n")
    for _ in range(2):  # an upgrade runs them again
        for tool, words in (("sysusers", []), ("tmpfiles", ["--create"])):
            command = [f"systemd-{tool}", f"--root={tmp_path}", *words, SYSTEMD / f"diklat.{tool}"]
            subprocess.run(command, check=True, capture_output=True)
    users = {line.split(":")[0]: line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    groups = {line.split(":")[0]: line.split(":") for line in (tmp_path / "etc/group").read_text().splitlines()}
    assert users["diklat"][5:] == ["/var/lib/diklat", "/usr/sbin/nologin"]
    assert groups["diklat-readers"][3] == "www-data", "the proxy serves the report"
    assert groups["diklat-senders"][3] == ""
    diklat, readers = int(users["diklat"][2]), int(groups["diklat-readers"][2])
    home = tmp_path / "var/lib/diklat"
    modes = {"landing": 0o700, "restricted": 0o700, "staging": 0o700, "build": 0o700, "published": 0o2750}
    for name, mode in modes.items():
        state = (home / name).stat()
        assert (name, state.st_uid, state.st_mode & 0o7777) == (name, diklat, mode)
    assert (home / "published").stat().st_gid == readers
    assert (tmp_path / "srv/diklat-senders").stat().st_uid == 0


def test_every_unit_shares_one_hardening() -> None:
    """What one service may do less than another is a line above the common ones."""
    common = {
        unit.name: unit.read_text().split("UMask=0077")[1].split("[Install]")[0].strip()
        for unit in SYSTEMD.glob("*.service")
    }
    assert len(set(common.values())) == 1, common
    assert all(re.search(r"^User=diklat$", unit.read_text(), re.MULTILINE) for unit in SYSTEMD.glob("*.service"))
