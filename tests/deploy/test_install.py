"""docs/operations.md and deploy/ as the users whom they name: nginx' workers, the back-up's user, senders and who collects from them."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.chaos.sandbox import ROOT
from tests.window.test_window import free_port

DEPLOY = ROOT / "deploy"
GUIDE = (ROOT / "docs" / "operations.md").read_text()
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nginx") is None, reason="wants root, and Debian's package nginx"
)
NOBODY = ["runuser", "-u", "nobody", "--"]


@pytest.fixture
def host() -> Iterator[Path]:
    """A folder that every user reaches, in the place of the host's root."""
    folder = Path(tempfile.mkdtemp(prefix="diklat-host-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)  # nginx may still be taking its file away


@needs_root
def test_the_workers_of_nginx_read_the_passwords_and_the_report_and_nobody_else_does(host: Path) -> None:
    http, https, nginx = free_port(), free_port(), host / "nginx"
    nginx.mkdir()
    [line] = re.findall(r"^install .*/etc/nginx/diklat\.htpasswd", GUIDE, re.MULTILINE)
    subprocess.run(line.replace("/etc/nginx", str(nginx)).split(), check=True)
    passwords = nginx / "diklat.htpasswd"
    digest = subprocess.run(["openssl", "passwd", "-apr1", "open"], check=True, capture_output=True, text=True).stdout
    passwords.write_text(f"engineer:{digest}")  # as htpasswd does: the mode and the group stay
    [line] = re.findall(r"^install .*/etc/nginx/diklat-readers\.htpasswd", GUIDE, re.MULTILINE)
    subprocess.run(line.replace("/etc/nginx", str(nginx)).split(), check=True)
    (nginx / "diklat-readers.htpasswd").write_text(f"reader:{digest}")
    for name in ("diklat.htpasswd", "diklat-readers.htpasswd"):
        assert subprocess.run([*NOBODY, "cat", nginx / name], capture_output=True).returncode != 0
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout",
         nginx / "privkey.pem", "-out", nginx / "fullchain.pem"], check=True, capture_output=True,
    )  # fmt: skip
    report = host / "data/published/current/report"
    report.mkdir(parents=True)
    (report / "index.html").write_text("laporan")
    text = (DEPLOY / "nginx.conf").read_text().replace("/etc/diklat/tls", str(nginx)).replace("/etc/nginx", str(nginx))
    values = {
        "DIKLAT_SERVER_NAME": "localhost", "DIKLAT_HOME": str(host / "data"), "DIKLAT_RESOLVER": "127.0.0.1",
        "DIKLAT_VIEWERS": f"127.0.0.1:{free_port()}", "DIKLAT_ENGINEERS": f"127.0.0.1:{free_port()}",
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    text = text.replace("listen 80;", f"listen {http};").replace("listen 443 ssl;", f"listen {https} ssl;")
    paths = " ".join(
        f"{kind}_temp_path {nginx}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = nginx / "nginx.conf"
    config.write_text(
        f"user www-data; pid {nginx}/pid; error_log {nginx}/error.log; events {{}} http {{ access_log off; {paths} {text} }}"
    )

    def code(*words: str) -> str:
        curl = ["curl", "--insecure", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", *words]
        return subprocess.run(curl, check=True, capture_output=True, text=True).stdout

    subprocess.run(["nginx", "-c", config], check=True, capture_output=True)
    try:
        site = f"https://localhost:{https}"
        reader = ["--user", "reader:open"]
        assert (code(f"{site}/report/"), code(f"{site}/report/", *reader)) == ("401", "200")
        assert code(f"{site}/report/", "--user", "engineer:open") == "401"
        asked = ["curl", "--insecure", "--silent", "--head", *reader, f"{site}/report/"]
        headers = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.casefold()
        for header in ("content-security-policy: default-src 'none'", "strict-transport-security", "x-content-type-options: nosniff",
                       "x-frame-options", "referrer-policy"):  # fmt: skip
            assert headers.count(header) == 1, header
        assert (code(f"{site}/report"), code(f"{site}/report/../warehouse.duckdb", "--path-as-is", *reader)) != (
            "200",
            "200",
        )
        assert code(f"{site}/engineers/") == "401"
        assert code(f"{site}/engineers/", "--user", "engineer:wrong") == "401"
        assert code(f"{site}/engineers/", "--user", "engineer:open") == "502", "let in; nobody listens behind the proxy"
        passwords.chmod(0o600)
        assert code(f"{site}/engineers/", "--user", "engineer:open") in ("403", "500"), "what this test would see"
    finally:
        subprocess.run(["nginx", "-c", config, "-s", "stop"], check=True, capture_output=True)


@needs_root
def test_the_back_up_runs_as_a_user_of_its_own(host: Path) -> None:
    home, backups = host / "data", host / "backups"
    for part in ("landing/units/2026-10", "restricted", "history"):
        (home / part).mkdir(parents=True)
    files = {
        "landing/units/2026-10/u.csv": "x",
        "restricted/pseudonym.key": "k",
        "contacts.yaml": "sources: []\n",
        "history/run_history.parquet": "p",
    }
    for name, text in files.items():
        (home / name).write_text(text)
    (home / "restricted").chmod(0o700)
    backups.mkdir(mode=0o700)
    subprocess.run(["chown", "-R", "nobody:nogroup", home, backups], check=True)
    settings = {"DIKLAT_HOME": str(home), "DIKLAT_BACKUPS": str(backups), "PATH": os.environ["PATH"]}
    words = [f"{name}={value}" for name, value in settings.items()]
    done = subprocess.run([*NOBODY, "env", "-i", *words, DEPLOY / "backup"], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    backup = Path(done.stdout.strip())
    listed = subprocess.run(["tar", "-tzf", backup / "files.tar.gz"], check=True, capture_output=True, text=True).stdout
    assert set(files) <= set(listed.splitlines())
    assert backup.owner() == "nobody"


def test_an_encrypted_back_up_says_nothing_without_its_key_and_everything_with_it(tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("Debian's package age is not installed")
    home, key, other = tmp_path / "data", tmp_path / "key", tmp_path / "other"
    (home / "restricted").mkdir(parents=True)
    (home / "restricted/pseudonym.key").write_text("the key of the pseudonyms")
    public = {}
    for file in (key, other):
        said = subprocess.run(["age-keygen", "-o", file], check=True, capture_output=True, text=True).stderr
        public[file] = said.split("Public key: ")[1].strip()
    clean = {"PATH": os.environ["PATH"]}

    def do(script: str, *words: Path, **settings: object) -> subprocess.CompletedProcess[str]:
        environment = clean | {name: str(value) for name, value in settings.items()}
        return subprocess.run([DEPLOY / script, *words], env=environment, capture_output=True, text=True)

    done = do("backup", tmp_path / "backups", DIKLAT_HOME=home, DIKLAT_BACKUP_KEY=public[key])
    assert done.returncode == 0, done.stderr
    backup = Path(done.stdout.strip())
    assert {path.name for path in backup.iterdir()} == {"files.tar.gz.age", "SHA256SUMS"}
    for settings, why in (({}, "opens an encrypted back-up"), ({"DIKLAT_BACKUP_PRIVATE_KEY": other}, "was not opened")):
        refused = do("restore", backup, DIKLAT_HOME=tmp_path / "refused", **settings)
        assert refused.returncode != 0
        assert why in refused.stderr
        assert not (tmp_path / "refused").exists()
    assert do("restore", backup, DIKLAT_HOME=tmp_path / "new", DIKLAT_BACKUP_PRIVATE_KEY=key).returncode == 0
    assert (tmp_path / "new/restricted/pseudonym.key").read_text() == "the key of the pseudonyms"


def test_a_back_up_that_cannot_be_encrypted_is_none(tmp_path: Path) -> None:
    (tmp_path / "data/restricted").mkdir(parents=True)
    settings = {"DIKLAT_HOME": str(tmp_path / "data"), "DIKLAT_BACKUP_KEY": "no key", "PATH": os.environ["PATH"]}
    done = subprocess.run([DEPLOY / "backup", tmp_path / "backups"], env=settings, capture_output=True, text=True)
    assert done.returncode != 0
    assert not [path for path in (tmp_path / "backups").iterdir() if not path.name.startswith(".")]


def test_the_addresses_of_who_is_told_are_for_the_code_service_alone() -> None:
    units = {path.name: path.read_text() for path in (DEPLOY / "systemd").glob("*.service")}
    assert [name for name, unit in units.items() if "diklat_notify" in unit] == ["diklat-code.service"]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert [name for name, service in services.items() if "secrets" in service] == ["code"]


def collect(host: Path, **settings: str) -> str:
    """Collect once; what was said."""
    environment = {
        "DIKLAT_HOME": str(host / "data"), "DIKLAT_SENDERS": str(host / "senders"), "DIKLAT_SETTLED_SECONDS": "0",
        "PATH": os.environ["PATH"], **settings,
    }  # fmt: skip
    done = subprocess.run([DEPLOY / "collect"], env=environment, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


def send(host: Path, sender: str, name: str, text: str) -> Path:
    path = host / "senders" / sender / "kirim" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_what_senders_put_down_is_collected_under_their_names(host: Path) -> None:
    for sender in ("dinkes", "dishub"):
        send(host, sender, "attendance/2026-10/daftar hadir.csv", sender)
    moving = send(host, "dinkes", "attendance/2026-10/b.csv", "half")
    assert collect(host, DIKLAT_SETTLED_SECONDS="3600") == "", "what still moves is left"
    moving.unlink()
    assert "dishub: attendance/2026-10/daftar hadir.csv" in collect(host)
    landing = host / "data/landing/attendance/2026-10"
    assert {path.name: path.read_text() for path in landing.iterdir()} == {
        "dinkes__daftar hadir.csv": "dinkes", "dishub__daftar hadir.csv": "dishub",
    }  # fmt: skip
    send(host, "dinkes", "attendance/2026-10/daftar hadir.csv", "corrected")
    collect(host)
    assert (landing / "dinkes__daftar hadir.csv").read_text() == "corrected"
    assert not [path for path in (host / "senders").rglob("*") if path.is_file()]
    assert collect(host) == ""


def test_in_a_nation_a_sender_sends_for_its_agency_alone(host: Path) -> None:
    (host / "data").mkdir()
    (host / "data/agencies.yaml").write_text("agencies: []\n")
    for sender, agency in (("dinkes", "kota-a"), ("dishub", "kota-b"), ("lost", ""), ("sly", "../../restricted")):
        send(host, sender, "units/2026-10/u.csv", sender)
        if agency:
            (host / "senders" / sender / "agency").write_text(f"{agency}\n")
    send(host, "dinkes", "kota-b/units/2026-10/other.csv", "not its own")
    said = collect(host)
    assert all(f"{sender} sends for no agency" in said for sender in ("lost", "sly"))
    assert {str(path.relative_to(host / "data")): path.read_text() for path in (host / "data").rglob("*.csv")} == {
        "landing/kota-a/units/2026-10/dinkes__u.csv": "dinkes", "landing/kota-b/units/2026-10/dishub__u.csv": "dishub",
    }  # fmt: skip
    assert collect(host, DIKLAT_SENDERS=str(host / "nobody")) == ""
    assert (host / "senders/lost/kirim/units/2026-10/u.csv").exists(), "nothing is lost"


def test_a_file_is_collected_whatever_its_senders_clock_says(host: Path) -> None:
    """Programs that send can keep the times that files have at home."""
    file = send(host, "dishub", "attendance/2026-10/besok.csv", "a")
    os.utime(file, (4e9, 4e9))
    assert "dishub: attendance/2026-10/besok.csv" in collect(host)


def test_a_file_in_no_months_folder_is_told(host: Path) -> None:
    """Its sender takes it for delivered."""
    for name in ("besok.csv", "attendance/hadir.csv"):
        send(host, "dishub", name, "a")
    said = collect(host)
    assert all(f"dishub: {name} stays where it is" in said for name in ("besok.csv", "attendance/hadir.csv"))


def test_what_a_stopped_collector_left_is_removed(host: Path) -> None:
    """It holds what somebody sent, and stands on no list of those who are to be forgotten."""
    month = host / "data/landing/attendance/2026-10"
    month.mkdir(parents=True, exist_ok=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, under_way = (month / f".dis-hub-{pid}.tmp" for pid in (ended.pid, os.getpid()))
    for path in (left, under_way):
        path.write_text("a")
    collect(host)
    assert [path.exists() for path in (left, under_way)] == [False, True]


def test_a_sender_leads_the_collector_nowhere_and_fills_no_disk(host: Path) -> None:
    secret = host / "secret"
    secret.mkdir()
    (secret / "key").write_text("s3cret")
    inside = send(host, "dinkes", "attendance/2026-10/a.csv", "fine").parent
    (inside / "link.csv").symlink_to(secret / "key")
    (inside.parent / "2026-11").symlink_to(secret)
    said = collect(host)
    assert "attendance/2026-10/link.csv is no file" in said
    assert "attendance/2026-11/key is no file" in said
    assert [path.name for path in (host / "data/landing").rglob("*") if path.is_file()] == ["dinkes__a.csv"]
    send(host, "dishub", "units/2026-10/u.csv", "x" * 2_000_000)
    send(host, "dinkes", "units/2026-10/u.csv", "x")
    assert "dishub has 1 MB waiting, more than 1" in collect(host, DIKLAT_SENDER_MEGABYTES="1")
    assert [path.name for path in (host / "data/landing/units/2026-10").iterdir()] == ["dinkes__u.csv"]


@needs_root
def test_a_sender_that_shuts_its_folder_stops_no_other(host: Path) -> None:
    """By `chmod`, which nobody can keep it from. The collector runs as a user of its own."""
    shut = send(host, "dinkes", "attendance/2026-10/a.csv", "a").parent
    kept = send(host, "dinkes", "attendance/2026-11/b.csv", "b").parent
    closed = send(host, "dinkes", "units/2026-10/c.csv", "c")
    send(host, "dishub", "units/2026-10/u.csv", "u")
    (host / "data").mkdir()
    subprocess.run(["chown", "-R", "nobody:nogroup", host / "data", host / "senders"], check=True)
    for path, mode in ((shut, 0o700), (kept, 0o755), (closed, 0o600)):
        shutil.chown(path, "root", "root")
        path.chmod(mode)
    settings = {
        "DIKLAT_HOME": str(host / "data"),
        "DIKLAT_SENDERS": str(host / "senders"),
        "DIKLAT_SETTLED_SECONDS": "0",
    }
    words = [f"{name}={value}" for name, value in (settings | {"PATH": os.environ["PATH"]}).items()]
    done = subprocess.run([*NOBODY, "env", "-i", *words, DEPLOY / "collect"], capture_output=True, text=True, cwd="/")
    assert (done.returncode, set(done.stdout.splitlines())) == (
        0,
        {"dinkes: attendance/2026-11/b.csv", "dishub: units/2026-10/u.csv"},
    )
    said = done.stderr.splitlines()
    assert [line.partition(" may not")[0] for line in said] == [
        "dinkes: attendance/2026-10/ attendance/2026-11/", "dinkes: units/2026-10/c.csv",
    ]  # fmt: skip
    landed = {path.name: path.read_text() for path in (host / "data").rglob("*") if path.is_file()}
    assert landed == {"dinkes__b.csv": "b", "dishub__u.csv": "u"}, (
        "what may be read is taken, as of a folder that was sent whole"
    )
    assert (kept / "b.csv").exists()
    os.utime(host / "data/landing/attendance/2026-11/dinkes__b.csv", (2_000_000_000, 2_000_000_000))
    again = subprocess.run([*NOBODY, "env", "-i", *words, DEPLOY / "collect"], capture_output=True, text=True, cwd="/")
    assert again.stdout == "", "once"
    os.utime(host / "data/landing/attendance/2026-11/dinkes__b.csv", (1_000_000_000, 1_000_000_000))
    (kept / "b.csv").write_text("corrected")
    os.utime(kept / "b.csv", (900_000_000, 900_000_000))  # older than what it corrects, as `put -p` sends it
    subprocess.run([*NOBODY, "env", "-i", *words, DEPLOY / "collect"], capture_output=True, cwd="/")
    assert (host / "data/landing/attendance/2026-11/dinkes__b.csv").read_text() == "corrected"


SSHD = Path("/usr/sbin/sshd")


@pytest.fixture
def srv() -> Iterator[Path]:
    """A folder above which nobody but root writes: sshd wants no other, neither for keys nor for a chroot."""
    folder = Path(tempfile.mkdtemp(dir="/srv", prefix="diklat-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0 or not SSHD.exists(), reason="wants root, and Debian's package openssh-server")
def test_a_sender_transfers_files_and_nothing_else(srv: Path) -> None:
    """By the shipped snippet of sshd, on a port of its own, for a user who is removed again."""
    host, name, port = srv, f"uji-{os.getpid()}", free_port()
    senders, group, keys = host / "senders", "diklat-senders", host / "keys"
    keys.mkdir(mode=0o755)
    for key in ("host", "sender", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host / key], check=True)
    (keys / name).write_text((host / "sender.pub").read_text())
    had_group = subprocess.run(["getent", "group", group], capture_output=True).returncode == 0
    if not had_group:
        subprocess.run(["groupadd", "--system", group], check=True)
    subprocess.run(
        ["useradd", "--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin", "--gid", group, name],
        check=True,
    )
    (senders / name / "kirim").mkdir(parents=True)
    shutil.chown(senders / name / "kirim", name)
    snippet = (DEPLOY / "sshd_senders.conf").read_text()
    snippet = snippet.replace("/srv/diklat-senders", str(senders)).replace("/etc/ssh/diklat-senders", str(keys))
    (host / "sshd.conf").write_text(
        f"Port {port}\nHostKey {host}/host\nPidFile {host}/pid\nUsePAM yes\nSubsystem sftp internal-sftp\n{snippet}"
    )
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes"]

    def as_sender(program: str, *words: str, key: str = "sender", text: str = "") -> subprocess.CompletedProcess[str]:
        flag = "-P" if program == "sftp" else "-p"
        command = [program, *options, "-i", str(host / key), flag, str(port), f"{name}@127.0.0.1", *words]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)

    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", host / "sshd.conf"], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        assert any("Server listening" in line for line in server.stderr)
        (host / "a.csv").write_text("a")
        sent = as_sender("sftp", text=f"put {host}/a.csv a.csv\nput {host}/a.csv /a.csv\ncd /etc\nls /\n")
        assert (senders / name / "kirim" / "a.csv").exists(), sent.stderr
        assert (senders / name / "kirim" / "a.csv").read_text() == "a"
        assert sorted(path.name for path in (senders / name).iterdir()) == ["kirim"], "nothing beside its folder"
        assert "No such file" in sent.stderr, "there is no /etc"
        shell = as_sender("ssh", "id")
        assert (shell.returncode != 0, "uid=" in shell.stdout) == (True, False)
        assert as_sender("sftp", key="stranger", text="ls\n").returncode != 0
    finally:
        server.terminate()
        server.wait()
        subprocess.run(["userdel", name], check=True)
        if not had_group:
            subprocess.run(["groupdel", group], capture_output=True)


def test_the_image_takes_what_it_copies_and_no_data() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    copied = re.findall(r"^COPY (.*) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    for name in " ".join(copied).split():
        assert not [pattern for pattern in ignored if fnmatch.fnmatch(name, pattern)], name
    assert {".git", ".venv", "data"} <= set(ignored)


def test_every_file_that_the_guide_names_is_there() -> None:
    for name in set(re.findall(r"deploy/[\w./*-]+\w", GUIDE)):
        assert list(ROOT.glob(name)), name
    units = set(re.findall(r"diklat-[a-z-]+(?:\.timer|\.service)?", re.findall(r"enable --now (.*)", GUIDE)[0]))
    for unit in units:
        assert (DEPLOY / "systemd" / (unit if "." in unit else f"{unit}.service")).exists(), unit


@needs_root
def test_a_path_is_meant_from_where_it_is_typed(host: Path) -> None:
    """`deploy/run diklat inspect kiriman.xlsx`; from root's own folder, where the services' user may not be, it runs all the same."""
    (host / "environment").write_text("DIKLAT_HOME='/nowhere'\n")
    (host / "kiriman.csv").write_text("isi")
    (host / "shut").mkdir(mode=0o700)
    environment = os.environ | {"DIKLAT_ENVIRONMENT": str(host / "environment"), "DIKLAT_USER": "nobody"}

    def run(folder: Path, *command: str) -> str:
        asked = [DEPLOY / "run", *command]
        return subprocess.run(asked, check=True, capture_output=True, text=True, cwd=folder, env=environment).stdout

    assert run(host, "cat", "kiriman.csv") == "isi"
    assert Path(run(host / "shut", "pwd").strip()) == ROOT


def test_a_back_up_is_restored_where_the_guide_was_followed(tmp_path: Path) -> None:
    """It has a city.yaml made that nobody has written yet; what somebody wrote is in the way."""
    home, new = tmp_path / "data", tmp_path / "new"
    (home / "restricted").mkdir(parents=True)
    (home / "restricted/pseudonym.key").write_text("the key")
    (new / "landing").mkdir(parents=True)
    (new / "city.yaml").write_text("name: Kota Lain\n")
    environment = {"PATH": os.environ["PATH"]}

    def do(script: str, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
        settings = environment | {"DIKLAT_HOME": str(home)}
        return subprocess.run([DEPLOY / script, folder], env=settings, capture_output=True, text=True)

    backup = Path(do("backup", tmp_path / "backups", home).stdout.strip())
    assert do("restore", backup, new).returncode == 2
    (new / "city.yaml").write_text("")
    assert do("restore", backup, new).returncode == 0
    assert (new / "restricted/pseudonym.key").read_text() == "the key"
