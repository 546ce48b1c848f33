"""Tries the dashboard on a real Superset, from installation to every number.

    python try.py FOLDER WAREHOUSE.duckdb

Makes FOLDER/venv from requirements.txt, a Superset in FOLDER/home with SQLite, publishes the file as version 1 behind a
symlink `current`, imports the bundle, starts the server on a free port of the loopback, and compares every number with
`check.py`. Then a version 2 with changed numbers is published and the symlink moved, with the server running: the numbers
must equal version 2 (the new version is picked up), and every chart must differ from version 1 (a wrong number turns the
check red). Exit code 0 only if all three hold. `--keep` leaves the server running and says how to log in.

FOLDER is used again where it exists. Needs CPython 3.11 and a package registry; takes about two minutes.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

import bundle

HERE = Path(__file__).parent
CONFIG = """\
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
"""
# Changes what every chart shows.
TAMPER = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as con:
    flags = con.execute("select f.flag_id from marts.curriculum_flag as f inner join marts.program_verdict using (program_code, curriculum_version) order by state = 'MERAH', f.flag_id").fetchall()
    for (flag,), state in zip(flags, ("MERAH", "KUNING", "DATA_KURANG")):
        con.execute("update marts.curriculum_flag set state = ?, status = 'terbuka', is_raised = ? where flag_id = ?", [state, state != "DATA_KURANG", flag])
    con.execute("update marts.program_verdict set verdict = 'terbukti_berhasil', decision = 'terlambat' where program_code = 'BJ-01'")
    con.execute("update marts.follow_up_outcome set share_before = share_before - 0.01, owner = 'BKN'")
    con.execute("update marts.performance_effect set effect = effect + 0.01")
    con.execute("update marts.instructor_scorecard set n_respondents = n_respondents + 1")
    con.execute("update marts.class_scorecard set n_respondents = n_respondents + 1, n_passed = n_passed - 1")
    con.execute("update ops.freshness set n_warnings = n_warnings + 1")
    con.execute("update ops.run set as_of = as_of + 1")
    con.execute("update marts.reaction set index_0_100 = index_0_100 / 2, n_dissatisfied = n_dissatisfied + 1")
    con.execute("update marts.program_scorecard set n_completed = n_completed - 1, behaviour_n_pairs = behaviour_n_pairs + 1")
    con.execute("update marts.scorecard_history set index_0_100 = index_0_100 / 2")
    con.execute("update marts.training_hours set n_floor_met = n_floor_met + 1, n_over_cap = n_over_cap + 1")
    con.execute("update marts.service_satisfaction_index set ikm = ikm - 0.01")
    con.execute("update marts.service_satisfaction_by_dose set ikm = ikm - 0.01")
"""


class Trial:
    """A Superset of its own in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.home = self.folder / "home"
        self.bin = self.folder / "venv" / "bin"
        self.password = secrets.token_urlsafe(12)
        self.published = self.folder / "published"

    @property
    def file(self) -> Path:
        """The path that Superset is given: through the symlink."""
        return self.published / "current" / "dashboards.duckdb"

    def install(self) -> None:
        """The virtual environment, once."""
        if not (self.bin / "superset").is_file():
            venv.create(self.folder / "venv", with_pip=True)
            run([str(self.bin / "python"), "-m", "pip", "install", "-q", "-r", str(HERE / "requirements.txt")])

    def publish(self, version: str, source: Path) -> Path:
        """A version, and the symlink moved to it in one step."""
        place = self.published / "versions" / version
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        file = Path(shutil.copyfile(source, place / "dashboards.duckdb"))
        if version != "1":
            run([str(self.bin / "python"), "-c", TAMPER, str(file)])
        link = self.published / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("versions") / version)
        link.replace(self.published / "current")
        return file

    def superset(self, *arguments: str) -> None:
        """One command of Superset; its words are shown only if it fails."""
        run([str(self.bin / "superset"), *arguments], self.environment())

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "SUPERSET_CONFIG_PATH": str(self.home / "superset_config.py"),
            "SUPERSET_HOME": str(self.home),
            "FLASK_APP": "superset.app:create_app()",
        }

    def set_up(self) -> None:
        """A new metadata database with one administrator and the dashboard."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        config = CONFIG.format(secret=secrets.token_urlsafe(42), home=self.home)
        config += (HERE / "superset_config.py").read_text(encoding="utf-8")
        (self.home / "superset_config.py").write_text(config, encoding="utf-8")
        self.superset("db", "upgrade")
        names = ["--username", "admin", "--firstname", "Admin", "--lastname", "Admin", "--email", "admin@localhost"]
        self.superset("fab", "create-admin", *names, "--password", self.password)
        self.superset("init")
        archive = bundle.build(self.folder / "evaluasi_diklat.zip", str(self.file))
        self.superset("import-dashboards", "--path", str(archive), "--username", "admin")

    def start(self, port: int) -> subprocess.Popen[bytes]:
        """The server; returns when it answers."""
        with (self.folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [str(self.bin / "superset"), "run", "--host", "127.0.0.1", "--port", str(port), "--with-threads"],
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    return server
            except (urllib.error.URLError, OSError):
                if server.poll() is not None:
                    break
                time.sleep(1)
        server.terminate()
        raise SystemExit(f"Superset did not start; see {self.folder / 'server.log'}")

    def check(self, port: int, file: Path, *options: str) -> bool:
        """Whether every number of the dashboard equals the file's, or with `--differ` no chart does."""
        command = [
            str(self.bin / "python"),
            str(HERE / "check.py"),
            "--url",
            f"http://127.0.0.1:{port}",
            "--file",
            str(file),
        ]
        command += options
        return subprocess.run(command, env=os.environ | {"SUPERSET_PASSWORD": self.password}).returncode == 0


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Try the dashboard on a real Superset.")
    parser.add_argument("folder", type=Path, help="for the virtual environment, Superset's home and the versions")
    parser.add_argument("warehouse", type=Path, help="a published dashboards.duckdb or warehouse.duckdb")
    parser.add_argument("--keep", action="store_true", help="leave the server running until Ctrl-C")
    args = parser.parse_args()
    trial = Trial(args.folder)
    trial.install()
    first = trial.publish("1", args.warehouse)
    trial.set_up()
    port = free_port()
    server = trial.start(port)
    try:
        print("Version 1, the dashboard loaded once more over itself: the numbers must equal the file's", flush=True)
        again = bundle.build(trial.folder / "again.zip", str(trial.file), "assets")
        equal = trial.check(port, first, "--load", str(again))
        second = trial.publish("2", args.warehouse)
        print("\nVersion 2 published while the server runs: the numbers must equal those of version 2", flush=True)
        fresh = trial.check(port, second)
        print("\nThe same numbers against version 1: every chart must differ", flush=True)
        red = trial.check(port, first, "--differ")
        print(f"\nequal: {equal}, new version picked up: {fresh}, wrong numbers found: {red}", flush=True)
        if args.keep:
            trial.publish("1", args.warehouse)
            print(f"http://127.0.0.1:{port}/superset/dashboard/evaluasi-diklat/  admin  {trial.password}", flush=True)
            server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait(timeout=30)
    sys.exit(not (equal and fresh and red))


if __name__ == "__main__":
    main()
