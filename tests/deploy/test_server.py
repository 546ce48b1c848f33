"""deploy/ as it is shipped: PostgreSQL as Dagster's storage, code server, daemon, both windows, the proxy, back-up and restore."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines import runs, settings
from tests.chaos.sandbox import ROOT, Sandbox
from tests.conftest import refresh, table_hashes
from tests.window.test_window import free_port
from warehouse.publishing.version import is_sound
from warehouse.store import Store

DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
IS_ROOT = os.geteuid() == 0


@dataclass
class Server:
    """A data root with everything that deploy/ starts on it."""

    box: Sandbox
    environment: dict[str, str]
    viewers: int
    engineers: int
    daemon: subprocess.Popen[str]
    folder: Path

    def sql(self, query: str, database: str = "diklat") -> list[str]:
        """Lines that psql prints."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--dbname", database, "--command", query],
            env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()


def as_postgres(*command: str | Path) -> list[str]:
    """PostgreSQL refuses to run as root."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if IS_ROOT else words


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """A server of its own behind a socket; libpq's settings that lead to it. Yields once it answers."""
    assert POSTGRES is not None
    folder = Path(tempfile.mkdtemp(prefix="diklat-pg-"))
    if IS_ROOT:
        shutil.chown(folder, "postgres")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        subprocess.run(
            as_postgres(POSTGRES / "initdb", "--username=diklat", "--auth=trust", "--encoding=UTF8", "--no-sync", folder / "data"),
            check=True, cwd="/", **quiet,
        )  # fmt: skip
        start = [
            POSTGRES / "pg_ctl",
            "--pgdata",
            folder / "data",
            "--wait",
            "--options",
            f"-c listen_addresses='' -k {folder}",
        ]
        subprocess.run(as_postgres(*start, "start"), check=True, cwd="/", **quiet)
        try:
            found = {"PGHOST": str(folder), "PGUSER": "diklat", "PGDATABASE": "diklat", "PGPASSWORD": ""}
            subprocess.run(["createdb", "diklat"], env=os.environ | found, check=True)
            yield found
        finally:
            stop = [POSTGRES / "pg_ctl", "--pgdata", folder / "data", "--mode=immediate", "stop"]
            subprocess.run(as_postgres(*stop), check=True, cwd="/", **quiet)
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(command: list[str | Path], environment: dict[str, str], ready: str) -> Iterator[subprocess.Popen[str]]:
    """A service, once it has said that it is ready; ended with everything that it started."""
    process = subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if ready in line:
                break
        else:
            raise AssertionError("".join(said))
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def commands() -> dict[str, list[str]]:
    """Service → its command, as the unit files say it."""
    found = {}
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        [line] = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
        found[unit.stem] = line.split()
    return found


OWN = {"city.yaml": "name: Kota Contoh\nlogo: 'gambar/logo.svg'\n", "gambar/logo.svg": "<svg/>"}
"""What the city says of itself, by file."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Every service of deploy/systemd, by the units' own commands; ports, paths and the hour of the night are other ones."""
    if POSTGRES is None:
        pytest.skip("Debian's package postgresql is not installed")
    folder = tmp_path_factory.mktemp("server")
    box = Sandbox.shared(tmp_path_factory, folder)
    for name, text in OWN.items():
        path = box.store.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    socket = Path(tempfile.mkdtemp(prefix="diklat-run-")) / "code.sock"
    viewers, engineers = free_port(), free_port()
    places = {
        "/opt/diklat/.venv/bin": str(BIN), "/opt/diklat": str(ROOT), "/run/diklat/code.sock": str(socket),
        "3000": str(viewers), "3001": str(engineers),
    }  # fmt: skip

    def here(service: str) -> list[str | Path]:
        words = commands()[service]
        for old, new in places.items():
            words = [word.replace(old, new) for word in words]
        return list(words)

    with ExitStack() as stack:
        environment = box.environment | stack.enter_context(postgres()) | {
            "DAGSTER_HOME": str(DEPLOY), "DIKLAT_CODE_SOCKET": str(socket), "DIKLAT_NIGHTLY_CRON": "* * * * *",
            "DIKLAT_BACKUPS": str(folder / "backups"), "DIKLAT_LOGS": str(folder / "logs"), "PATH": f"{BIN}:{os.environ['PATH']}",
        }  # fmt: skip
        stack.enter_context(running(here("diklat-code"), environment, "Started Dagster code server"))
        window = "Serving dagster-webserver"
        stack.enter_context(running(here("diklat-webserver"), environment, window))
        stack.enter_context(running(here("diklat-webserver-engineers"), environment, window))
        daemon = stack.enter_context(running(here("diklat-daemon"), environment, "dagster.daemon"))
        yield Server(box, environment, viewers, engineers, daemon, folder)
    shutil.rmtree(socket.parent)


def ask(address: str, query: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and body of a GET, or of a GraphQL request."""
    data = json.dumps({"query": query}).encode() if query else None
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(errors="replace")


def wait_for(server: Server, seen: Callable[[], bool]) -> None:
    """Look whenever the daemon says something, which it does often."""
    assert server.daemon.stdout is not None
    said = []
    for line in server.daemon.stdout:
        said.append(line)
        if seen():
            return
        if len(said) > 2_000:
            break
    raise AssertionError("".join(said[-30:]))


def test_the_night_runs_with_postgresql(server: Server) -> None:
    wait_for(server, lambda: "SUCCESS" in server.sql("select status from runs where status = 'SUCCESS'"))
    assert Path(os.readlink(server.box.store.current)).name != server.box.old
    assert is_sound(server.box.store.current)
    assert int(server.sql("select count(*) from event_logs")[0]) > 100
    assert not (server.box.store.home / "dagster" / "history").exists()


def test_what_a_run_printed_is_read_in_the_window(server: Server) -> None:
    wait_for(server, lambda: next((server.folder / "logs").rglob("*.complete"), None) is not None)
    printed = next(path for path in (server.folder / "logs").rglob("*.err") if path.stat().st_size)
    key = json.dumps([printed.parts[-3], printed.parts[-2], printed.stem])
    _, seen = ask(f"http://127.0.0.1:{server.viewers}/graphql", f"{{ capturedLogs(logKey: {key}) {{ stderr }} }}")
    printed_lines = json.loads(seen)["data"]["capturedLogs"]["stderr"]
    assert "build begun as of" in printed_lines
    assert "published " in printed_lines


def test_viewers_see_and_cannot_change(server: Server) -> None:
    mutation = 'mutation { terminateRun(runId: "none") { __typename } }'
    status, seen = ask(f"http://127.0.0.1:{server.viewers}/graphql", "{ version }")
    assert (status, '"version"' in seen) == (200, True)
    _, refused = ask(f"http://127.0.0.1:{server.viewers}/graphql", mutation)
    _, allowed = ask(f"http://127.0.0.1:{server.engineers}/engineers/graphql", mutation)
    assert "UnauthorizedError" in refused
    assert "RunNotFoundError" in allowed


def test_the_proxy_lets_in_whom_it_should(server: Server) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("Debian's package nginx is not installed")
    folder, http, https = server.folder / "nginx", free_port(), free_port()
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout",
         folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    digest = subprocess.run(["openssl", "passwd", "-apr1", "open"], check=True, capture_output=True, text=True).stdout
    (folder / "engineers.htpasswd").write_text(f"engineer:{digest}")
    (folder / "readers.htpasswd").write_text(f"reader:{digest}")
    text = (DEPLOY / "nginx.conf").read_text()
    settings_ = {
        "DIKLAT_SERVER_NAME": "localhost", "DIKLAT_HOME": str(server.box.store.home), "DIKLAT_RESOLVER": "127.0.0.1",
        "DIKLAT_VIEWERS": f"127.0.0.1:{server.viewers}", "DIKLAT_ENGINEERS": f"127.0.0.1:{server.engineers}",
    }  # fmt: skip
    for name, value in settings_.items():
        text = text.replace(f"${{{name}}}", value)
    assert not re.search(r"\$\{[A-Z]", text.split("\n", 1)[1])
    text = text.replace("/etc/diklat/tls/", f"{folder}/")
    text = text.replace("/etc/nginx/diklat.htpasswd", f"{folder}/engineers.htpasswd")
    text = text.replace("/etc/nginx/diklat-readers.htpasswd", f"{folder}/readers.htpasswd")
    text = text.replace("listen 80;", f"listen {http};").replace("listen 443 ssl;", f"listen {https} ssl;")
    config = folder / "nginx.conf"
    as_root = "user root;" if IS_ROOT else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"{as_root} pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; {temporary} {text} }}"
    )
    subprocess.run(["nginx", "-c", config], check=True, capture_output=True)
    try:
        curl = [
            "curl",
            "--insecure",
            "--silent",
            "--max-time",
            "60",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
        ]
        site = f"https://localhost:{https}"

        def code(*words: str) -> str:
            return subprocess.run([*curl, *words], check=True, capture_output=True, text=True).stdout

        post = ["--data", json.dumps({"query": "{ version }"}), "--header", "Content-Type: application/json"]
        login = ["--user", "engineer:open"]
        assert code(f"http://localhost:{http}/healthz") == "301"
        assert code(f"{site}/healthz") == "200"
        reader = ["--user", "reader:open"]
        for page in ("server_info", "audit/index.html", "report/", "report/ringkasan.pdf"):
            assert (code(f"{site}/{page}"), code(f"{site}/{page}", *reader)) == ("401", "200"), page
            assert code(f"{site}/{page}", "--user", "reader:shut") == "401"
        assert code(f"{site}/engineers/server_info") == "401"
        assert code(f"{site}/engineers/graphql", *post) == "401"
        assert code(f"{site}/engineers/graphql", *post, *login) == "200"
        assert code(f"{site}/engineers/graphql?query=mutation", *login) == "405"
        assert (
            code(f"{site}/engineers/graphql", *post, *login, "--header", "Origin: https://elsewhere.example") == "403"
        )
        for way in (
            "/audit/../warehouse.duckdb",
            "/audit../warehouse.duckdb",
            "/audit/..%2fwarehouse.duckdb",
            "/report/..%2fdashboards.duckdb",
            "/published/",
        ):
            body = subprocess.run(
                ["curl", "--insecure", "--silent", "--path-as-is", *reader, f"{site}{way}"],
                check=True,
                capture_output=True,
            ).stdout
            assert b"DUCK" not in body[:16]
    finally:
        subprocess.run(["nginx", "-c", config, "-s", "stop"], check=True, capture_output=True)


def test_a_back_up_brings_everything_back(server: Server) -> None:
    done = subprocess.run([DEPLOY / "backup"], env=server.environment, check=True, capture_output=True, text=True)
    backup = Path(done.stdout.strip())
    assert backup.stat().st_mode & 0o077 == 0
    subprocess.run(["createdb", "restored"], env=server.environment, check=True)
    again = Store(server.folder / "restored")
    there = server.environment | {"DIKLAT_HOME": str(again.home), "PGDATABASE": "restored"}
    subprocess.run([DEPLOY / "restore", backup], env=there, check=True, capture_output=True)
    assert is_sound(again.current)
    assert {name: (again.home / name).read_text() for name in OWN} == OWN
    runs = "select count(*) from runs where status = 'SUCCESS'"
    assert int(server.sql(runs, "restored")[0]) > 0
    assert subprocess.run([BIN / "diklat", "doctor"], env=there, capture_output=True).returncode == 0
    day = json.loads((again.current / "manifest.json").read_text())["as_of"]
    before = table_hashes(again)
    refresh(again, dt.date.fromisoformat(day))
    assert table_hashes(again) == before
    full = subprocess.run([DEPLOY / "restore", backup], env=there, capture_output=True, text=True)
    assert (full.returncode, "is not empty" in full.stderr) == (2, True)
    (backup / "files.tar.gz").write_bytes(b"damaged")
    elsewhere = there | {"DIKLAT_HOME": str(server.folder / "other")}
    broken = subprocess.run([DEPLOY / "restore", backup], env=elsewhere, capture_output=True, text=True)
    assert (broken.returncode, "is damaged" in broken.stderr) == (1, True)


@dg.asset(check_specs=[dg.AssetCheckSpec("fine", asset="talking")])
def talking() -> dg.MaterializeResult:
    """An asset whose run says much, and nothing that packs well."""
    text = "".join(random.choices("abcdefghijklmnop", k=400_000))
    return dg.MaterializeResult(metadata={"text": text}, check_results=[dg.AssetCheckResult(passed=True)])


@pytest.mark.skipif(POSTGRES is None, reason="Debian's package postgresql is not installed")
def test_old_runs_leave_postgresql_as_large_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pruned each time that runs came together, it ends as large as after the first ones; without, it grows with each."""
    owner = runs.Owner("diklat", frozenset(), frozenset({talking.key}))
    job = dg.Definitions(assets=[talking]).resolve_implicit_global_asset_job_def()
    shutil.copyfile(DEPLOY / "dagster.yaml", tmp_path / "dagster.yaml")
    with postgres() as found:
        for name, value in (found | {"DIKLAT_LOGS": str(tmp_path), "DIKLAT_HOME": str(tmp_path)}).items():
            monkeypatch.setenv(name, value)
        sizes, kept = [], 0
        with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
            for _ in range(4):
                for _ in range(2):
                    last = job.execute_in_process(
                        asset_selection=[talking.key], instance=instance, tags=runs.repository_tag("diklat")
                    ).run_id
                runs.prune_runs(instance, owner, dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
                kept = len(instance.get_runs())
                query = "select pg_total_relation_size('event_logs')"
                command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", query]
                done = subprocess.run(command, env=os.environ | found, capture_output=True, text=True, check=True)
                sizes.append(int(done.stdout))
            assert instance.get_latest_materialization_event(talking.key).run_id == last
            said = instance.all_logs(last, of_type=dg.DagsterEventType.STEP_START)
        assert kept == 1
        assert said == [], "of an old run that holds the latest its events of assets alone are kept"
        assert sizes[3] < 1.1 * sizes[1]


def test_the_instance_says_what_the_program_says() -> None:
    deployed, own = yaml.safe_load((DEPLOY / "dagster.yaml").read_text()), yaml.safe_load(settings.DAGSTER_YAML)
    del own["event_log_storage"]  # SQLite's
    assert {name: deployed.get(name) for name in own} == own


def test_compose_starts_what_systemd_starts() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    pairs = {"code": "diklat-code", "daemon": "diklat-daemon", "webserver": "diklat-webserver", "backup": "diklat-backup",
             "webserver-engineers": "diklat-webserver-engineers"}  # fmt: skip
    for name, unit in pairs.items():
        words = [word.removeprefix("/opt/diklat/").removeprefix(".venv/bin/") for word in commands()[unit]]
        # In a network of its own a container listens to its neighbours.
        assert [word.replace("0.0.0.0", "127.0.0.1") for word in compose[name]["command"]] == words
    assert all("healthcheck" in compose[name] for name in compose if name != "backup")


def test_every_setting_is_in_the_example() -> None:
    example = set(re.findall(r"^(\w+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE))
    used = set()
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix != ".example":
            text = path.read_text(errors="ignore")
            used |= set(re.findall(r"\$\{?((?:DIKLAT|PG)[A-Z_]*[A-Z])", text)) | set(
                re.findall(r"env: ((?:DIKLAT|PG)\w+)", text)
            )
    assert used - example - {"DIKLAT_ENVIRONMENT", "DIKLAT_USER", "DIKLAT_BACKUP_PRIVATE_KEY"} == set()
