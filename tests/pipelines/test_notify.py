"""Telling people: a real mail server, a real web server, a real file; grouped, once a day, and nothing about a person."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from pipelines import notify
from warehouse.sample.city import write_sample
from warehouse.store import Store, read_json

from ..conftest import DAY, refresh

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
HOUR, LATER = dt.timedelta(hours=1), dt.timedelta(hours=21)


def notices(n: int) -> list[notify.Notice]:
    return [notify.Notice(f"key {i}", f"Kabar {i}", f"News {i}") for i in range(n)]


class Mailbox:
    """Keeps what the mail server takes."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server on a free port that wants a password, and the setting that leads to it."""

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
    setting = (
        f"smtp+plain://diklat:s%20p%40ss@127.0.0.1:{port}?from=diklat@kota.example&to=a@kota.example&to=b@kota.example"
    )
    monkeypatch.setenv("DIKLAT_NOTIFY_EMAIL", setting)
    yield box
    controller.stop()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """A web server on a free port that keeps what is posted to it."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("DIKLAT_NOTIFY_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook")
    yield posted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The setting that leads to a log file."""
    monkeypatch.setenv("DIKLAT_NOTIFY_LOG", str(tmp_path / "logs" / "diklat.log"))
    return tmp_path / "logs" / "diklat.log"


def test_every_channel_is_off_by_default(store: Store) -> None:
    assert notify.channels({}) == {}
    assert notify.tell(store, notices(3), NOW)
    assert not store.home.exists()


def test_a_storm_is_one_mail_in_both_languages(store: Store, mailbox: Mailbox) -> None:
    assert notify.tell(store, notices(500), NOW)
    ((envelope, message),) = mailbox.messages
    assert envelope.rcpt_tos == ["a@kota.example", "b@kota.example"]
    assert message["Subject"] == "[diklat] Kabar 0 (+499)"
    assert message["From"] == "diklat@kota.example"
    text = message.get_content()
    assert text.index("- Kabar 499") < text.index("In English") < text.index("- News 499")
    assert "2026-11-24 15:00 WIB" in text


def test_a_webhook_gets_text_for_chats_and_notices_for_programs(store: Store, hook: list[dict[str, Any]]) -> None:
    notify.tell(store, notices(2), NOW)
    (body,) = hook
    assert "Kabar 1" in body["text"]
    assert body["notices"][1] == {"key": "key 1", "id": "Kabar 1", "en": "News 1"}


def test_the_same_is_told_once_a_day_and_the_new_at_once(store: Store, log: Path) -> None:
    def keys() -> list[str]:
        return [json.loads(line)["key"] for line in log.read_text(encoding="utf-8").splitlines()]

    notify.tell(store, notices(1), NOW)
    notify.tell(store, notices(1), NOW + HOUR)
    assert keys() == ["key 0"]
    notify.tell(store, notices(2), NOW + HOUR)
    assert keys() == ["key 0", "key 1"]
    notify.tell(store, notices(1), NOW + LATER)
    assert keys() == ["key 0", "key 1", "key 0"]
    # What no longer stands is forgotten.
    assert list(read_json(store.home / "notified.json")["log"]) == ["key 0"]  # type: ignore[index]


def test_a_channel_that_does_not_answer_holds_up_no_other_and_is_told_later(
    store: Store, log: Path, hook: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    working = os.environ["DIKLAT_NOTIFY_WEBHOOK"]
    monkeypatch.setenv("DIKLAT_NOTIFY_WEBHOOK", "http://127.0.0.1:1/nobody")
    assert not notify.tell(store, notices(1), NOW)
    assert len(log.read_text().splitlines()) == 1
    monkeypatch.setenv("DIKLAT_NOTIFY_WEBHOOK", working)
    assert notify.tell(store, notices(1), NOW + HOUR)
    assert len(hook) == 1
    assert len(log.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "setting"),
    [("EMAIL", "smtp://host"), ("EMAIL", "imap://host?from=a&to=b"), ("WEBHOOK", "file:///etc/passwd")],
)
def test_a_wrong_setting_is_said_and_nothing_is_sent(
    store: Store, name: str, setting: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(f"DIKLAT_NOTIFY_{name}", setting)
    assert not notify.tell(store, notices(1), NOW)
    assert f"DIKLAT_NOTIFY_{name}" in caplog.text


def test_no_identity_number_leaves_in_a_message(store: Store, log: Path) -> None:
    notify.tell(store, [notify.failure({"core__dim_employee": "not a date: '198503152010011001'"}, "run")], NOW)
    assert "198503152010011001" not in log.read_text()
    assert "core__dim_employee" in log.read_text()


def test_what_the_stores_say(store: Store) -> None:
    wib = NOW.replace(hour=23)  # 06:00 of the next day in WIB
    assert notify.standing(store, wib) == []
    write_sample(store.landing, employees=300, months=3)
    assert [one.key for one in notify.standing(store, wib)] == ["missed night"]
    (store.landing / "attendance" / "2026-10" / "foto.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n")
    refresh(store, DAY)
    (refused,) = notify.standing(store, NOW)
    assert "foto.xlsx" in refused.indonesian
    assert "ditolak" in refused.indonesian
    assert {one.key.split()[0] for one in notify.standing(store, wib)} == {"missed", "refused"}
    months_on = dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
    refresh(store, months_on.date())
    told = [one.english for one in notify.standing(store, months_on)]
    assert any("source attendance" in text for text in told)


def test_the_heartbeat_says_when_and_what(store: Store) -> None:
    notify.heartbeat(store, NOW, "daemon")
    assert read_json(store.home / "heartbeat.json") == {
        "at": "2026-11-24T08:00:00+00:00", "by": "daemon", "build_id": None, "as_of": None
    }  # fmt: skip
