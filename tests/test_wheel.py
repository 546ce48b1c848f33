"""The wheel: installed elsewhere, it is the whole program, and takes no name that another package might use.

The libraries are those of this environment, the program is the wheel's: nothing of the repository is on its path.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

ROOT = Path(__file__).parents[1]
REFUSED = 3
"""Exit code of a refresh that published, but refused rows."""
HOUSE = ("pipelines", "assets", "schemas", "warehouse")


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel, and an empty folder to work in."""

    wheel: Path
    bin: Path
    folder: Path

    def start(self, *command: str | Path, **options: int) -> subprocess.Popen[str]:
        """Start one of the environment's programs in the folder; nothing says where the repository is."""
        names = ("PYTHONPATH", "VIRTUAL_ENV", "DAGSTER_HOME")
        clean = {
            name: value
            for name, value in os.environ.items()
            if name not in names and not name.startswith("DIKLAT_") and str(ROOT) not in value
        }
        return subprocess.Popen(
            [self.bin / command[0], *command[1:]], cwd=self.folder, env=clean, text=True, stdout=subprocess.PIPE, **options
        )  # fmt: skip

    def run(self, *command: str | Path, code: int = 0) -> str:
        """What the command prints; it must end with `code`."""
        process = self.start(*command, stderr=subprocess.STDOUT)
        output, _ = process.communicate()
        assert process.returncode == code, output
        return output


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel of a copy of the repository's files, and install it beside this environment's libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    source, pip = folder / "source", [sys.executable, "-m", "pip"]
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, source]
    subprocess.run([*pip, *build], check=True, cwd=folder)
    [wheel] = folder.glob("*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    [libraries] = environment.glob("lib/python3.*/site-packages")
    # As a path, whose own .pth files are not followed: an editable install of the repository is not found by it.
    (libraries / "libraries.pth").write_text(sysconfig.get_paths()["purelib"])
    for name in ("dagster", "dagster-daemon", "dagster-webserver"):
        text = (Path(sysconfig.get_paths()["scripts"]) / name).read_text(encoding="utf-8")
        (environment / "bin" / name).write_text(re.sub(r"\A#!.*", f"#!{python}", text), encoding="utf-8")
        (environment / "bin" / name).chmod(0o755)
    (folder / "empty").mkdir()
    return Installed(wheel, environment / "bin", folder / "empty")


def tracked() -> list[str]:
    """The repository's files: those that git knows, and new ones that it does not leave out; none that was removed."""
    known = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(known, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


def test_the_wheel_holds_every_file_of_the_house_as_it_is_and_nothing_else(installed: Installed) -> None:
    """By what git knows: a model, a page or a catalogue of words that is added is in the wheel without being listed."""
    wanted = {name: f"diklat/_house/{name}" for name in tracked() if name.startswith(tuple(f"{top}/" for top in HOUSE))}
    wanted |= {name: name for name in tracked() if name.startswith("diklat/")}
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert names == set(wanted.values())
        assert [name for name, path in wanted.items() if wheel.read(path) != (ROOT / name).read_bytes()] == []
    assert any(name.endswith(".sql") for name in names)
    assert any(name.endswith(".yaml") for name in names)


def test_no_name_but_its_own_can_be_imported_before_it_is(installed: Installed) -> None:
    code = (
        "import importlib.util as u, json, sys\n"
        f"before = [name for name in {HOUSE} if u.find_spec(name)]\n"
        "import diklat, importlib\n"
        f"files = [importlib.import_module(name).__file__ for name in ('diklat', *{HOUSE}, 'pipelines.cli')]\n"
        "print(json.dumps({'before': before, 'files': files, 'path': sys.path}))"
    )
    told = json.loads(installed.run("python", "-c", code))
    assert told["before"] == []
    home = str(installed.bin.parent)
    assert all(file.startswith(home) for file in told["files"]), told["files"]
    assert not any(path.startswith(str(ROOT)) and "site-packages" not in path for path in told["path"])


@pytest.fixture(scope="module")
def published(installed: Installed) -> Path:
    """The folder's data root after a refresh of a small city."""
    installed.run("diklat", "sample", "--employees", "300", "--months", "3")
    refresh = ("diklat", "refresh", "--sample-if-empty", "--as-of", "2026-11-24")
    output = installed.run(*refresh, code=REFUSED)  # the sample city has rows to refuse
    assert "Curriculum flags" in output
    return installed.folder / "data"


def test_it_publishes_and_says_where_the_report_is(installed: Installed, published: Path) -> None:
    assert (published / "published" / "current" / "warehouse.duckdb").is_file()
    page = Path(installed.run("diklat", "report").strip())
    assert page.is_relative_to(published.resolve())
    assert "<html" in page.read_text(encoding="utf-8")


@pytest.fixture
def address(installed: Installed, published: Path) -> Iterator[str]:
    """Where `diklat ui` serves; afterwards SIGTERM must end it and all that it started."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = installed.start("diklat", "ui", "--port", str(port), stderr=subprocess.STDOUT, process_group=0)
    assert process.stdout is not None
    try:
        assert any("Serving dagster-webserver" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        # Whoever is still there keeps the pipe open.
        process.communicate(timeout=60)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_its_window_opens_on_its_own_definitions_and_ends(address: str) -> None:
    query = "{workspaceOrError{... on Workspace{locationEntries{name loadStatus locationOrLoadError{__typename}}}}assetNodes{id}}"
    # It says that it serves a little before it listens.
    answer = urllib3.PoolManager(retries=urllib3.Retry(connect=10, backoff_factor=0.1)).request(
        "POST", f"{address}/graphql", json={"query": query}, timeout=60
    )
    data = answer.json()["data"]
    [entry] = data["workspaceOrError"]["locationEntries"]
    assert (entry["name"], entry["loadStatus"]) == ("diklat", "LOADED")
    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation"
    assert len(data["assetNodes"]) > 40
