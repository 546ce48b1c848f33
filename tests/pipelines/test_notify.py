"""Telling people: a real mail server, a real web server, a real file; grouped, once a day, and nothing about a person."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from pipelines import notify
from schemas.city import City
from warehouse.store import Store, read_json, write_json

from ..conftest import DAY, published_city, refresh

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
HOUR, LATER = dt.timedelta(hours=1), dt.timedelta(hours=21)


def notices(n: int) -> list[notify.Notice]:
    return [notify.Notice(f"key {i}", f"Kabar {i}", f"News {i}") for i in range(n)]


class Mailbox:
    """Keeps what the mail server takes."""

    address = ""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a free port that wants a password, with the address that leads to it."""

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"diklat", b"s p@ss")
        return AuthResult(success=good)

    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=authenticate, auth_required=True, auth_require_tls=False
    )
    controller.start()
    box.address = f"mailto://diklat:s%20p%40ss@127.0.0.1:{port}?mode=insecure&from=diklat@kota.example&to=a@kota.example,b@kota.example"
    yield box
    controller.stop()


class Hook:
    """Keeps what is posted to the web server, which answers with `status`."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.status, self.address = 204, ""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A web server on a free port, with the address that leads to it; its path is a secret, as those of chat programs are."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    hook.address = f"json://127.0.0.1:{server.server_port}/T0KEN"
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log file."""
    return tmp_path / "logs" / "diklat.log"


def tell(store: Store, *addresses: str, n: int = 1, now: dt.datetime = NOW) -> bool:
    return notify.tell(store, SecretStr(" ".join(addresses)), notices(n), now)


def lines(log: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_nobody_is_told_by_default(store: Store) -> None:
    assert tell(store, n=3)
    assert not store.home.exists()


def test_a_storm_is_one_mail_in_both_languages(store: Store, mailbox: Mailbox) -> None:
    assert tell(store, mailbox.address, n=500)
    assert sorted(envelope.rcpt_tos for envelope, _ in mailbox.messages) == [["a@kota.example"], ["b@kota.example"]]
    for _, message in mailbox.messages:
        assert message["Subject"] == "[diklat] Kabar 0 (+499)"
        assert message["From"] == "diklat@kota.example"
        text = message.get_body(["plain"]).get_content()
        assert text.index("- Kabar 499") < text.index("In English") < text.index("- News 499")
        assert "2026-11-24 15:00 WIB" in text


def test_the_hour_is_the_citys(store: Store, log: Path) -> None:
    store.home.mkdir()
    (store.home / "city.yaml").write_text("timezone: Asia/Makassar\n")
    tell(store, f"file://{log}")
    assert lines(log)[0]["text"].startswith("2026-11-24 16:00 WITA\n")


def test_a_webhook_is_posted_title_and_text(store: Store, hook: Hook) -> None:
    assert tell(store, hook.address, n=2)
    (body,) = hook.posted
    assert body["title"] == "[diklat] Kabar 0 (+1)"
    assert "Kabar 1" in body["message"]
    assert "News 1" in body["message"]


def test_the_same_is_told_once_a_day_and_the_new_at_once(store: Store, log: Path) -> None:
    def titles() -> list[str]:
        return [line["title"] for line in lines(log)]

    address = f"file://{log}"
    tell(store, address)
    tell(store, address, now=NOW + HOUR)
    assert titles() == ["[diklat] Kabar 0"]
    tell(store, address, n=2, now=NOW + HOUR)
    assert titles() == ["[diklat] Kabar 0", "[diklat] Kabar 1"]
    tell(store, address, now=NOW + LATER)
    assert titles() == ["[diklat] Kabar 0", "[diklat] Kabar 1", "[diklat] Kabar 0"]
    # What no longer stands is forgotten.
    told = read_json(store.home / "notified.json")
    assert told is not None
    assert [list(keys) for keys in told.values()] == [["key 0"]]


def test_what_stands_is_told_once_until_it_is_over(store: Store, log: Path) -> None:
    """However many days it stands; and once more where it comes again."""
    held = notify.Notice("held abc", "1 berkas ditahan", "1 file held")
    days = [[held], [held], [held], [], [], [held]]
    for number, standing in enumerate(days):
        notify.tell(store, SecretStr(f"file://{log}"), standing, NOW + dt.timedelta(days=number))
    assert [line["title"] for line in lines(log)] == [
        "[diklat] 1 berkas ditahan", "[diklat] Selesai: tidak ada lagi berkas yang ditahan.", "[diklat] 1 berkas ditahan",
    ]  # fmt: skip


def test_an_address_that_does_not_answer_holds_up_no_other_and_is_told_later(
    store: Store, log: Path, hook: Hook
) -> None:
    addresses = (hook.address, f"file://{log}")
    hook.status = 500
    assert not tell(store, *addresses)
    assert len(lines(log)) == 1
    hook.status = 204
    assert tell(store, *addresses, now=NOW + HOUR)
    assert [body["title"] for body in hook.posted] == ["[diklat] Kabar 0"] * 2
    assert len(lines(log)) == 1


def test_a_failure_is_logged_without_the_secrets_of_its_address(
    store: Store, mailbox: Mailbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    wrong = mailbox.address.replace("s%20p%40ss", "guess%40ed")
    assert not tell(store, wrong, hook.address, "smoke://signals/T0KEN")
    ours = [record for record in caplog.records if not record.name.startswith("mail.")]  # the mail server's own
    assert {record.name for record in ours} == {"diklat"}
    mail, post, unknown = (record.getMessage() for record in ours)
    assert "address 1 (mailto) failed" in mail
    assert "address 2 (json) failed" in post
    assert "500" in post
    assert "address 3 (smoke) failed: no address that can be used" in unknown
    assert not tell(store, "file://logs/diklat.log")
    assert "with three slashes" in caplog.text
    hook.status = 204
    assert tell(store, hook.address)
    assert "T0KEN" not in (store.home / "notified.json").read_text()
    for secret in ("guess", "T0KEN", "smoke://"):
        assert secret not in caplog.text


def test_no_identity_number_leaves_in_a_message(store: Store, log: Path) -> None:
    failed = notify.failure({"core__dim_employee": "not a date: '198503152010011001'"}, "run")
    notify.tell(store, SecretStr(f"file://{log}"), [failed], NOW)
    assert "198503152010011001" not in log.read_text()
    assert "core__dim_employee" in log.read_text()


def test_what_the_stores_say(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    wib = NOW.replace(hour=23)  # 06:00 of the next day in WIB
    assert notify.standing(store, wib) == []
    # A city that was read, and of which nothing was published.
    shutil.copytree(published_city(tmp_path_factory, 300, 3).home, store.home, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(store.published)
    assert [notice.key for notice in notify.standing(store, wib)] == ["missed night"]
    (store.landing / "attendance" / "2026-08" / "foto.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n")
    refresh(store, DAY)
    reminder, refused = notify.standing(store, NOW)
    assert "2026-11-30 (in 6 days)" in reminder.english
    assert "foto.xlsx" in refused.indonesian
    assert "ditolak" in refused.indonesian
    assert "()" not in refused.indonesian, "why is said, in words"
    assert "FILE_" not in refused.english
    assert {notice.key.split()[0] for notice in notify.standing(store, wib)} == {"missed", "refused", "due"}
    months_on = dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
    refresh(store, months_on.date())
    told = [notice.english for notice in notify.standing(store, months_on)]
    assert any("source attendance" in text for text in told)


def test_who_is_in_charge_is_reminded_once_before_a_decision_is_due_and_once_after(store: Store, log: Path) -> None:
    """And no more once it is done."""
    due = dt.date(2026, 12, 1)
    folder = store.published / "versions" / "a"
    folder.mkdir(parents=True)
    (store.published / "current").symlink_to("versions/a")
    write_json(folder / "manifest.json", {"as_of": "2026-12-31", "build_id": "a"})
    tables = {
        "ops/delivery": dict.fromkeys(("folder", "file_name", "status", "reason_code", "sha256"), pl.String),
        "ops/audit_result": {"audit": pl.String, "actual": pl.String, "column_name": pl.String, "passed": pl.Boolean},
    }
    files = {name: folder / "parquet" / f"{name}.parquet" for name in (*tables, "marts/follow_up_outcome")}
    for name, path in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(schema=tables.get(name)).write_parquet(path)
    decisions = pl.DataFrame(
        {
            "flag_id": ["TI-01:1:MATERI", "X"],
            "action": ["Revisi", "y"],
            "owner": ["BKPSDM", None],
            "due_on": [due, None],
        }
    ).with_columns(done_on=pl.lit(None, pl.Date))
    decisions.write_parquet(files["marts/follow_up_outcome"])
    (store.home / "contacts.yaml").write_text(
        "offices: [{unit_code: BKPSDM, owner: Bidang Diklat, contact: diklat@kota.example}]\n"
    )

    def night(day: dt.date) -> list[str]:
        before = log.read_text().splitlines() if log.exists() else []
        at = dt.datetime.combine(day, dt.time(8), dt.UTC)
        notify.tell(store, SecretStr(f"file://{log}"), notify.standing(store, at), at)
        return log.read_text().splitlines()[len(before) :] if log.exists() else []

    assert night(due - dt.timedelta(days=8)) == []
    [reminder] = night(due - dt.timedelta(days=7))
    assert all(
        word in reminder for word in ("TI-01:1:MATERI", "2026-12-01", "7 hari lagi", "BKPSDM (diklat@kota.example)")
    )
    assert night(due - dt.timedelta(days=3)) == night(due) == []
    [overdue] = night(due + dt.timedelta(days=1))
    assert "lewat 1 hari" in overdue
    assert night(due + dt.timedelta(days=2)) == []
    decisions.with_columns(done_on="due_on").write_parquet(files["marts/follow_up_outcome"])
    [over] = night(due + dt.timedelta(days=3))
    assert "Selesai" in over


def test_the_heartbeat_says_when_and_what(store: Store) -> None:
    notify.heartbeat(store, NOW, "daemon")
    assert read_json(store.home / "heartbeat.json") == {
        "at": "2026-11-24T08:00:00+00:00", "by": "daemon", "build_id": None, "as_of": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("nightly_at", "clock", "night"),
    [
        ("01:00", "06:00", 24),
        ("01:00", "03:00", 23),
        ("22:00", "06:00", 23),
        ("22:00", "23:00", 23),
        ("05:00", "05:00", 24),
        ("05:30", "06:00", 23),
    ],
)
def test_a_night_is_due_once_its_deadline_has_passed(nightly_at: str, clock: str, night: int) -> None:
    local = dt.datetime.fromisoformat(f"2026-11-24T{clock}:00")
    assert notify.last_due_night(local, City(nightly_at=nightly_at)) == dt.date(2026, 11, night)
