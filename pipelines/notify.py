"""Telling people: failures, held files, a missed night, sources that fell silent; by e-mail, webhook and log file.

Each channel is off until its one setting names where to: `DIKLAT_NOTIFY_EMAIL` (`smtp://user:password@host:587?from=…&to=…`,
`smtps://` for TLS from the start, `smtp+plain://` for none), `DIKLAT_NOTIFY_WEBHOOK` (a URL that takes a POST of JSON),
`DIKLAT_NOTIFY_LOG` (a file). What is told at one time is one message, and the same thing is told once a day, so a
backfill with a hundred failures is one message. Messages carry nothing about a person.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from warehouse.store import ZONE, Store, digest, read_json, write_json

log = logging.getLogger("diklat")
AGAIN_AFTER = dt.timedelta(hours=20)
"""The same notice is told again after this time, while its cause stands."""
PATIENCE = 15
"""Seconds that a mail server or webhook has to answer."""
LONGEST = 500
"""Characters of one notice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, in Bahasa Indonesia and in English. Equal keys are the same thing."""

    key: str
    indonesian: str
    english: str


def tell(place: Store, notices: Sequence[Notice], now: dt.datetime) -> bool:
    """Send what was not told lately, as one message per channel; returns whether every channel took it.

    A channel that does not answer is logged and is told again the next time; the others are not held up by it.
    """
    path = place.home / "notified.json"
    told = read_json(path) or {}
    all_took_it = True
    for name, send in channels(os.environ).items():
        before = told.setdefault(name, {})
        fresh = [one for one in notices if _is_due(before.get(one.key), now)]
        if not fresh:
            continue
        try:
            send(fresh, now)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            log.warning("notification by %s failed: %s", name, error)
            all_took_it = False
            continue
        before |= {one.key: now.isoformat(timespec="seconds") for one in fresh}
    standing = {one.key for one in notices}
    kept = {
        name: {key: at for key, at in keys.items() if key in standing or not _is_due(at, now)}
        for name, keys in told.items()
    }
    if kept != read_json(path) and any(kept.values()):
        write_json(path, kept)
    return all_took_it


def _is_due(at: str | None, now: dt.datetime) -> bool:
    return at is None or now - dt.datetime.fromisoformat(at) >= AGAIN_AFTER


Send = Callable[[Sequence[Notice], dt.datetime], None]


def channels(settings: Mapping[str, str]) -> dict[str, Send]:
    """The channels that are switched on, by name."""
    ways: dict[str, Callable[[str], Send]] = {"EMAIL": _email, "WEBHOOK": _webhook, "LOG": _log_file}
    return {
        name.lower(): way(settings[f"DIKLAT_NOTIFY_{name}"])
        for name, way in ways.items()
        if settings.get(f"DIKLAT_NOTIFY_{name}")
    }


def _subject(notices: Sequence[Notice]) -> str:
    more = f" (+{len(notices) - 1})" if len(notices) > 1 else ""
    return f"[diklat] {_clean(notices[0].indonesian).splitlines()[0][:90]}{more}"


def _text(notices: Sequence[Notice], now: dt.datetime) -> str:
    day = f"{now.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M} WIB"
    indonesian = "\n".join(f"- {_clean(one.indonesian)}" for one in notices)
    english = "\n".join(f"- {_clean(one.english)}" for one in notices)
    return f"{day}\n\n{indonesian}\n\nIn English:\n{english}\n"


def _clean(text: str) -> str:
    """Without long numbers: whatever they are, a message is no place for an identity number."""
    return re.sub(r"\d{15,}", "…", text)[:LONGEST]


def _email(setting: str) -> Send:
    def send(notices: Sequence[Notice], now: dt.datetime) -> None:
        url = urlsplit(setting)
        query = parse_qs(url.query)
        if url.scheme not in ("smtp", "smtps", "smtp+plain") or not url.hostname or not {"from", "to"} <= query.keys():
            raise ValueError("DIKLAT_NOTIFY_EMAIL must be smtp://user:password@host:port?from=address&to=address")
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = _subject(notices), query["from"][0], ", ".join(query["to"])
        message.set_content(_text(notices, now))
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                url.hostname, url.port or 465, timeout=PATIENCE, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(url.hostname, url.port or 587, timeout=PATIENCE)
        with server:
            if url.scheme == "smtp":
                server.starttls(context=ssl.create_default_context())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)

    return send


def _webhook(setting: str) -> Send:
    def send(notices: Sequence[Notice], now: dt.datetime) -> None:
        if urlsplit(setting).scheme not in ("http", "https"):
            raise ValueError("DIKLAT_NOTIFY_WEBHOOK must be an http(s) URL")
        # `text` is what chat programs show.
        body = {
            "text": f"{_subject(notices)}\n{_text(notices, now)}",
            "notices": [{"key": one.key, "id": _clean(one.indonesian), "en": _clean(one.english)} for one in notices],
        }
        request = urllib.request.Request(
            setting, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=PATIENCE):
            pass

    return send


def _log_file(setting: str) -> Send:
    def send(notices: Sequence[Notice], now: dt.datetime) -> None:
        path = Path(setting)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as handle:
            for one in notices:
                line = {"at": now.isoformat(timespec="seconds"), "key": one.key, "id": _clean(one.indonesian)}
                handle.write(json.dumps(line | {"en": _clean(one.english)}, ensure_ascii=False) + "\n")

    return send


def failure(steps: Mapping[str, str], run_id: str, n_runs: int = 1) -> Notice:
    """Runs that failed for one cause: step → what it said. `run_id` is one of them."""
    what = "; ".join(f"{step}: {said}" for step, said in steps.items()) or "no step began"
    times = f"{n_runs} × " if n_runs > 1 else ""
    return Notice(
        f"failure {digest(steps)[:12]}",
        f"{times}Penyegaran gagal (run {run_id}); gudang data kemarin tetap berlaku. {what}",
        f"{times}The refresh failed (run {run_id}); yesterday's warehouse stands. {what}",
    )


def standing(place: Store, now: dt.datetime) -> list[Notice]:
    """What the stores themselves say: files held or refused, a night missed, sources and offices that fell silent."""
    from warehouse.database import open_version

    local = now.astimezone(ZoneInfo(ZONE))
    manifest = read_json(place.current / "manifest.json")
    found = []
    if manifest is None:
        if any(place.landing.glob("*/*/*")) and local.hour >= DEADLINE_HOUR:
            found.append(Notice("missed night", "Belum ada gudang data yang terbit.", "Nothing was ever published."))
        return found
    due = local.date() if local.hour >= DEADLINE_HOUR else local.date() - dt.timedelta(days=1)
    if dt.date.fromisoformat(manifest["as_of"]) < due:
        found.append(
            Notice(
                f"missed night {due}",
                f"Penyegaran malam {due} tidak terjadi: yang terbit masih per {manifest['as_of']}.",
                f"The night of {due} was missed: what is published is as of {manifest['as_of']}.",
            )
        )
    with open_version(place.current) as con:
        files = con.execute(
            "select folder, file_name, status, reason_code, sha256 from ops.delivery "
            "where status in ('held', 'refused') order by all"
        ).fetchall()
        silent = con.execute(
            "select audit, actual from ops.audit_result where not passed and audit in "
            "('expectation: sources keep their rhythm', 'expectation: offices keep reporting') order by all"
        ).fetchall()
    for word, indonesian in {"held": "ditahan", "refused": "ditolak"}.items():
        own = [row for row in files if row[2] == word]
        if own:
            names = ", ".join(f"{folder}/{name} ({code})" for folder, name, _, code, _ in own[:10])
            more = f" +{len(own) - 10}" if len(own) > 10 else ""
            found.append(
                Notice(
                    f"{word} {digest([row[4] or row[:2] for row in own])[:12]}",
                    f"{len(own)} berkas {indonesian}: {names}{more}. Lihat restricted/returned.",
                    f"{len(own)} files {word}: {names}{more}. See restricted/returned.",
                )
            )
    for audit, actual in silent:
        found.append(
            Notice(
                f"silent {digest([audit, actual])[:12]}",
                f"Data tidak lagi datang: {actual}.",
                f"Data stopped coming ({audit.removeprefix('expectation: ')} is not met): {actual}.",
            )
        )
    return found


DEADLINE_HOUR = 5
"""WIB hour by which the night's version must be published."""


def heartbeat(place: Store, now: dt.datetime, by: str) -> None:
    """Write `heartbeat.json`: an outside watchdog alarms when it grows older than it should."""
    manifest = read_json(place.current / "manifest.json") or {}
    write_json(
        place.home / "heartbeat.json",
        {
            "at": now.isoformat(timespec="seconds"),
            "by": by,
            "build_id": manifest.get("build_id"),
            "as_of": manifest.get("as_of"),
        },
    )
