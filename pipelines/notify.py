"""Telling people: failures, held files, a missed night, sources that fell silent; to whatever addresses `DIKLAT_NOTIFY` names.

Apprise knows the channels (`mailtos://user:password@host:587?from=…&to=…`, `json://host/hook`, `slack://…`); a log file is
ours, `file:///path`. What is told at one time is one message, what stands is told once and once more when it is over, and a
failure for the same cause once a day, so a backfill with a hundred failures is one message. Messages carry nothing about a person.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from pipelines.refresh import Look, Undone, look, standing_facts
from schemas.agencies import Agencies
from schemas.city import City
from schemas.contacts import Contacts, OfficeContact
from schemas.policy import read_policy
from schemas.reasons import REASONS
from schemas.said import Count
from schemas.written import Flawed
from warehouse.database import open_version
from warehouse.delivery.landing import arrival
from warehouse.faults import Faults
from warehouse.national.agencies import FAILED, known
from warehouse.publishing.version import SET_ASIDE
from warehouse.staging.recipe import staged
from warehouse.store import Store, digest, read_json, write_json

log = logging.getLogger("diklat")
AGAIN_AFTER = dt.timedelta(hours=20)
"""What happened is told again after this time, where it happened again; what stands (`MENDED`) is told once, until it is over."""
FAULT = "fault"
"""Begins the key of the notice that the stores cannot be asked."""
LONGEST = 500
"""Characters of one notice."""


MENDED = {
    "held": ("tidak ada lagi berkas yang ditahan", "no file is held any more"),
    "refused": ("tidak ada lagi berkas yang ditolak", "no file is refused any more"),
    "set aside": ("tidak ada lagi bagian yang gagal dibuat", "no piece fails any more"),
    "due": (
        "tidak ada lagi keputusan yang menunggu menjelang atau lewat tenggatnya",
        "no decision waits near or past its day",
    ),
    "silent": ("semua sumber dan OPD mengirim lagi", "every source and office sends again"),
    "missed night": ("penyegaran malam sudah terbit", "the night is published"),
    "undone": ("semua kiriman sudah terbit", "everything that was delivered is published"),
    "late": ("kiriman yang terlambat sudah datang", "what was late has come"),
    "contacts": ("contacts.yaml dapat dibaca", "contacts.yaml can be read"),
    "hold": ("penerbitan tidak ditahan lagi", "publication is not held any more"),
    "agencies failed": ("penyegaran semua instansi berhasil", "every agency's refresh ends well"),
    "agencies behind": ("versi semua instansi terbaca dan baru", "every agency's version is read and new"),
    "agencies.yaml": ("agencies.yaml dapat dibaca", "agencies.yaml can be read"),
}
"""First words of a standing notice's key → what is told once nothing of its kind stands any more."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, in Bahasa Indonesia and in English. Equal keys are the same thing."""

    key: str
    indonesian: str
    english: str
    is_escalated: bool = False
    """Whether those above are told, too."""


def tell(
    store: Store,
    addresses: SecretStr,
    notices: Sequence[Notice],
    now: dt.datetime,
    escalate: SecretStr | None = None,
) -> bool:
    """Send what was not told lately, and what was told and is over, as one message per address; returns whether every address
    took it.

    The addresses of `escalate` are told of what is escalated alone. An address that does not answer is logged and is told again the
    next time; the others are not held up by it.
    """
    path = store.home / "notified.json"
    before = read_json(path) or {}
    told: dict[str, dict[str, str]] = {}
    all_took_it = True
    everything = [(url, list(notices)) for url in _split(addresses.get_secret_value())]
    above = [
        (url, [n for n in notices if n.is_escalated or n.key.startswith(FAULT)])
        for url in _split(escalate.get_secret_value() if escalate else "")
    ]
    for number, (url, own) in enumerate([*everything, *above], 1):
        # An address is known by a digest: what it holds of passwords stays out of the file.
        name = f"{urlsplit(url).scheme} {digest(url)[:12]}"
        told[name] = dict(before.get(name, {}))
        over = _over(told[name], own)
        fresh = [*(notice for notice in own if _is_due(notice.key, told[name].get(notice.key), now)), *over.values()]
        if not fresh:
            continue
        faults, reason = Faults(), ""
        with faults.aside(f"notification by address {number}"):
            reason = _send(url, _subject(fresh), _text(fresh, now, store.city))
        # What failed within a channel may hold its address: only where it failed is said.
        if reason := "; ".join(fault.error for fault in faults) or reason:
            log.warning("notification by address %s (%s) failed: %s", number, urlsplit(url).scheme, reason)
            all_took_it = False
        else:
            told[name] |= {
                notice.key: now.isoformat(timespec="seconds") for notice in fresh if notice not in over.values()
            }
            # What comes again is told again.
            told[name] = {key: at for key, at in told[name].items() if _kind(key) not in over}
    standing = {notice.key for notice in notices}
    kept = {
        name: {key: at for key, at in keys.items() if key in standing or not _is_due("", at, now)}
        for name, keys in told.items()
    }
    if kept != before and (any(kept.values()) or before):
        write_json(path, kept)
    return all_took_it


def _kind(key: str) -> str:
    """Which of the kinds that can be over a notice is of, or an empty text."""
    return next((kind for kind in MENDED if key.startswith(kind)), "")


def _over(told: Mapping[str, str], notices: Sequence[Notice]) -> dict[str, Notice]:
    """Kind → the notice that nothing of it stands any more, of all kinds that were told. While the stores cannot be asked,
    nothing is known to be over."""
    if any(notice.key.startswith(FAULT) for notice in notices):
        return {}
    standing = {_kind(notice.key) for notice in notices}
    if "hold" in standing:
        # Nights are not called missed while readers are held where they are; that does not publish them.
        standing.add("missed night")
    gone = {_kind(key) for key in told} - standing
    return {
        kind: Notice(f"mended {kind}", f"Selesai: {indonesian}.", f"Mended: {english}.")
        for kind, (indonesian, english) in MENDED.items()
        if kind in gone
    }


def _is_due(key: str, at: str | None, now: dt.datetime) -> bool:
    return at is None or (not _kind(key) and now - dt.datetime.fromisoformat(at) >= AGAIN_AFTER)


def _split(addresses: str) -> list[str]:
    if not addresses:
        return []
    from apprise.utils.parse import parse_urls

    return list(parse_urls(addresses))


def _send(url: str, title: str, body: str) -> str:
    """Send to one address; returns what went wrong, without the secrets of the address, or an empty text."""
    if url.startswith("file:"):
        return _append(url, title, body)
    import apprise

    with _messages() as messages:
        channel = apprise.Apprise()
        if not channel.add(url):
            return "no address that can be used, see https://appriseit.com/services/"
        if channel.notify(body, title, apprise.NotifyType.WARNING, body_format=apprise.NotifyFormat.TEXT):
            return ""
    return _without_secrets("; ".join(messages) or "it did not answer", url)


def _append(url: str, title: str, body: str) -> str:
    """A log file gets a line of JSON for each message. Apprise has no such channel."""
    address = urlsplit(url)
    if address.netloc or not address.path:
        return "a log file is file:///path, with three slashes"
    path = Path(unquote(address.path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"title": title, "text": body}, ensure_ascii=False) + "\n")
    except OSError as error:
        return str(error)
    return ""


@contextmanager
def _messages() -> Iterator[list[str]]:
    """What Apprise logs within the block, which then goes nowhere else: it may hold an address as it is written."""
    messages: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, handler = logging.getLogger("apprise"), Keep(logging.WARNING)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _without_secrets(text: str, url: str) -> str:
    """`text` without any part of the address: some channels have their token where others have the host."""
    address = urlsplit(url)
    values = [value for _, value in parse_qsl(address.query)]
    parts = [*re.split("[:@]", address.netloc), *address.path.split("/"), *values]
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        if len(part) > 2:
            text = text.replace(part, "…")
    return text


def _subject(notices: Sequence[Notice]) -> str:
    more = f" (+{len(notices) - 1})" if len(notices) > 1 else ""
    return f"[diklat] {_clean(notices[0].indonesian).splitlines()[0][:90]}{more}"


def _text(notices: Sequence[Notice], now: dt.datetime, city: City) -> str:
    day = f"{now.astimezone(ZoneInfo(city.timezone)):%Y-%m-%d %H:%M} {city.zone_label}"
    indonesian = "\n".join(f"- {_clean(notice.indonesian)}" for notice in notices)
    english = "\n".join(f"- {_clean(notice.english)}" for notice in notices)
    return f"{day}\n\n{indonesian}\n\nIn English:\n{english}\n"


def _clean(text: str) -> str:
    """Without long numbers: whatever they are, a message is no place for an identity number."""
    return re.sub(r"\d{15,}", "…", text)[:LONGEST]


def failure(steps: Mapping[str, str], run_id: str, n_runs: int = 1) -> Notice:
    """Runs that failed for one cause: step → what it says. `run_id` is one of them."""
    what = "; ".join(f"{step}: {message}" for step, message in steps.items()) or "no step began"
    times = f"{n_runs} × " if n_runs > 1 else ""
    return Notice(
        f"failure {digest(steps)[:12]}",
        f"{times}Penyegaran gagal (run {run_id}); gudang data kemarin tetap berlaku. {what}",
        f"{times}The refresh failed (run {run_id}); yesterday's warehouse stands. {what}",
    )


def standing(store: Store, now: dt.datetime, seen: Look | None = None) -> list[Notice]:
    """What the stores themselves say: publication held, a delivery that a run did not get published, files held or refused, a
    night missed, decisions on flags that are due, sources and offices that fell silent, pieces that the program failed at; of a nation, agencies that failed
    or are behind. Where they cannot be asked, that is what is told."""
    faults = Faults()
    with faults.aside("what stands to be told"):
        return _standing(store, now, seen or look(store))
    what = "; ".join(fault.error for fault in faults)
    return [
        Notice(
            f"{FAULT} {digest(what)[:12]}",
            f"Program gagal membaca keadaan gudang data: {what}.",
            f"The program failed to read what is published: {what}.",
        )
    ]


def _standing(store: Store, now: dt.datetime, seen: Look) -> list[Notice]:
    local = now.astimezone(ZoneInfo(store.city.timezone))
    notices = _held(store)
    if store.is_national:
        return [*notices, *_agencies(store, local.date()), *_missed(store, local)]
    contacts, flawed = _contacts(store)
    notices += [
        *_undone(seen(local.date())),
        *flawed,
        *_late(store, contacts, local.date()),
        *_missed(store, local),
    ]
    if (store.current / "manifest.json").exists():
        notices += _published(store, now, contacts)
    return notices


def _undone(pending: Undone) -> Iterator[Notice]:
    """That what was delivered is not published, for the last run stopped."""
    if pending and pending.stopped_at:
        what = "; ".join(f"{source} {', '.join(months)}" for source, months in pending.months.items())
        steps = ", ".join(pending.stopped_at)
        yield Notice(
            f"undone {digest(pending.facts)[:12]}",
            f"Kiriman belum terbit ({what or 'sudah dibaca'}): proses terakhir berhenti pada langkah {steps}.",
            f"A delivered change is not published ({what or 'it was read'}): the last run stopped at step {steps}.",
        )


def _contacts(store: Store) -> tuple[Contacts, list[Notice]]:
    """Whom the city says to ask, nobody where what it wrote cannot be read, and that it cannot."""
    try:
        return store.contacts, []
    except Flawed as error:
        what = "; ".join(map(str, error.flaws))
        return Contacts(), [
            Notice(
                f"contacts {digest(what)[:12]}",
                f"contacts.yaml tidak dipakai: {what}.",
                f"contacts.yaml is not in force: {what}.",
            )
        ]


def _published(store: Store, now: dt.datetime, contacts: Contacts) -> Iterator[Notice]:
    """What the published version tells: decisions that fall due, files that were not taken, pieces that failed, sources and offices that are silent."""
    with open_version(store.current, "ops.*", "marts.follow_up_outcome") as con:
        files = con.execute(
            "select folder, file_name, status, reason_code, sha256 from ops.delivery "
            "where status in ('held', 'refused') order by all"
        ).fetchall()
        silent = con.execute(
            "select audit, actual from ops.audit_result where not passed and audit in "
            "('expectation: sources keep their rhythm', 'expectation: offices keep reporting') order by all"
        ).fetchall()
        pieces = con.execute(
            "select column_name, actual from ops.audit_result where not passed and audit = ? order by all", [SET_ASIDE]
        ).fetchall()
        decisions = con.execute(
            "select flag_id, action, coalesce(owner, ''), due_on from marts.follow_up_outcome "
            "where done_on is null and due_on is not null order by all"
        ).fetchall()
    today = now.astimezone(ZoneInfo(store.city.timezone)).date()
    ahead = read_policy(*store.policies).limits(today)["follow_up_reminder_days"]
    for flag, action, owner, due_on in decisions:
        if (due_on - today).days <= ahead:
            yield _due(flag, action, owner, due_on, today, contacts)
    index = read_json(store.landing_index) or {}
    by_office: dict[tuple[str, OfficeContact | None], list[_File]] = {}
    for folder, name, status, code, sha256 in files:
        office = next((office for office in contacts.offices if office.sent(name)), None)
        came = arrival(index, f"{folder}/{name}")
        days = (now - dt.datetime.fromtimestamp(came / 1e9, dt.UTC)).days if came else 0
        by_office.setdefault((status, office), []).append(_File(f"{folder}/{name}", code, sha256, days))
    for (status, office), own in by_office.items():
        yield _not_read(status, office, own)
    if pieces:
        names = ", ".join(f"{piece} ({fault})" for piece, fault in pieces[:10])
        more = f" +{len(pieces) - 10}" if len(pieces) > 10 else ""
        yield Notice(
            f"set aside {digest(pieces)[:12]}",
            f"{len(pieces)} bagian gagal dibuat, yang lain terbit: {names}{more}.",
            f"{len(pieces)} pieces could not be made, the rest is published: {names}{more}.",
        )
    for audit, actual in silent:
        yield silence(audit, actual, contacts)


def _held(store: Store) -> list[Notice]:
    """That somebody holds publication."""
    held = store.hold
    if not held:
        return []
    return [
        Notice(
            f"hold {held['since']}",
            f"Penerbitan ditahan sejak {held['since']}: {held['reason']}. `diklat release` melepasnya.",
            f"Publication is held since {held['since']}: {held['reason']}. `diklat release` lifts it.",
        )
    ]


def _missed(store: Store, local: dt.datetime) -> Iterator[Notice]:
    """A night that published nothing, though something was delivered and nobody holds readers where they are."""
    manifest = read_json(store.current / "manifest.json")
    due = last_due_night(local, store.city)
    if manifest is None:
        if any(store.landing.glob("*/*/*")) and local.hour >= store.city.deadline_hour:
            yield Notice("missed night", "Belum ada gudang data yang terbit.", "Nothing was ever published.")
    elif dt.date.fromisoformat(manifest["as_of"]) < due and not store.hold:
        yield Notice(
            f"missed night {due}",
            f"Penyegaran malam {due} tidak terjadi: yang terbit masih per {manifest['as_of']}.",
            f"The night of {due} was missed: what is published is as of {manifest['as_of']}.",
        )


def _agencies(nation: Store, day: dt.date) -> Iterator[Notice]:
    """The agencies of a nation whose refresh failed, whose version is not read or old, whose entry is flawed. What else is the matter
    in an agency, its own refresh tells."""
    is_read = True
    try:
        flaws = "; ".join(map(str, Agencies.read(nation.home).set_aside))
    except Flawed as error:
        is_read, flaws = False, "; ".join(map(str, error.flaws))
    if flaws:
        yield Notice(
            f"agencies.yaml {digest(flaws)[:12]}",
            f"agencies.yaml: ada yang disisihkan: {flaws}.",
            f"agencies.yaml: some of it is set aside: {flaws}.",
        )
    if not is_read:
        return
    agencies = known(nation, day)
    failed = [one for one in agencies if one.refreshed == FAILED]
    if failed:
        what = ", ".join(f"{one.agency_code} ({one.stopped_at})" for one in failed)
        yield Notice(
            f"agencies failed {digest(what)[:12]}",
            f"Penyegaran {len(failed)} dari {len(agencies)} instansi gagal; versi mereka yang lama tetap berlaku: {what}.",
            f"The refresh of {len(failed)} of {len(agencies)} agencies failed; their old versions stand: {what}.",
        )
    # The national version says which could not be read, as `known` does which never published.
    read = (read_json(nation.current / "manifest.json") or {"agencies": {}})["agencies"]
    behind = {
        one.agency_code: ("belum terbit" if one.state == "belum" else "tak terbaca", "no version is read")
        for one in agencies
        if one.state == "belum" or (one.is_read and read.get(one.agency_code, one.build_id) is None)
    } | {
        one.agency_code: (f"masih per {one.as_of}", f"still as of {one.as_of}")
        for one in agencies
        if one.state == "usang"
    }
    if behind:
        indonesian, english = (
            ", ".join(f"{code} ({how[at]})" for code, how in sorted(behind.items())) for at in (0, 1)
        )
        yield Notice(
            f"agencies behind {digest(behind)[:12]}",
            f"{len(behind)} dari {len(agencies)} instansi tidak terbarui dalam laporan nasional: {indonesian}.",
            f"{len(behind)} of {len(agencies)} agencies are not up to date in the national report: {english}.",
        )


def _due(flag: str, action: str, owner: str, due: dt.date, day: dt.date, contacts: Contacts) -> Notice:
    """A decision that is nearly due, or overdue, and who is in charge of it."""
    office = next(
        (one for one in contacts.offices if owner.casefold() in (one.unit_code.casefold(), one.owner.casefold())), None
    )
    who = f"{owner or '–'}{f' ({office.contact})' if office else ''}"
    late = (day - due).days
    is_escalated = office is not None and late > office.escalate_after_days
    indonesian = f"lewat {late} hari" if late > 0 else f"{-late} hari lagi" if late else "hari ini"
    english = f"{Count(late):day/days} ago" if late > 0 else f"in {Count(-late):day/days}" if late else "today"
    return Notice(
        f"due {flag} {action} {due}{' overdue' if late > 0 else ''}{' escalated' if is_escalated else ''}",
        f"Keputusan untuk {flag} jatuh tempo {due} ({indonesian}): {action}. Penanggung jawab: {who}.",
        f"The decision on {flag} is due on {due} ({english}): {action}. In charge: {who}.",
        is_escalated,
    )


def silence(audit: str, actual: str, contacts: Contacts) -> Notice:
    """Sources or offices that fell silent, by what an audit saw, and who answers for the offices among them."""
    named = [office for office in contacts.offices if re.search(rf"\b{re.escape(office.unit_code)}\b", actual)]
    ask = "".join(f" {office.unit_code}: {office.owner} ({office.contact})." for office in named)
    return Notice(
        f"silent {digest([audit, actual])[:12]}",
        f"Data tidak lagi datang: {actual}.{ask}",
        f"Data stopped coming ({audit.removeprefix('expectation: ')} is not met): {actual}.{ask}",
    )


class _File(NamedTuple):
    path: str
    code: str
    sha256: str
    days: int
    """Since it came."""


def _why(code: str) -> tuple[str, str]:
    """Why a file was not read, in both languages; without a code every row of it was refused."""
    if not code:
        return "semua barisnya ditolak", "every row was refused"
    reason = REASONS.get(code)
    return (reason.indonesian.rstrip("."), reason.english.rstrip(".")) if reason else (code, code)


def _not_read(status: str, office: OfficeContact | None, files: Sequence[_File]) -> Notice:
    """Files that are held or refused, all of one office where somebody answers for it."""
    shown, more = files[:10], f" +{len(files) - 10}" if len(files) > 10 else ""
    berkas, names = (", ".join(f"{file.path} ({why})" for file, why in zip(shown, reasons, strict=True))
                     for reasons in zip(*(_why(file.code) for file in shown), strict=True))  # fmt: skip
    key = f"{status} {digest([file.sha256 or file.path for file in files])[:12]}"
    indonesian = f"{len(files)} berkas {'ditahan' if status == 'held' else 'ditolak'}"
    english = f"{Count(len(files)):file/files} {status}"
    if office is None:
        see = "restricted/returned"
        return Notice(key, f"{indonesian}: {berkas}{more}. Lihat {see}.", f"{english}: {names}{more}. See {see}.")
    days = max(file.days for file in files)
    is_escalated = days > office.escalate_after_days
    above = f", {office.escalate_to}" if is_escalated and office.escalate_to else ""
    who = f"{office.owner} ({office.contact}){above}"
    return Notice(
        f"{key}{' escalated' if is_escalated else ''}",
        f"{indonesian}, {days} hari, {office.unit_code}: {who}. {berkas}{more}.",
        f"{english}, for {Count(days):day/days}, {office.unit_code}: {who}. {names}{more}.",
        is_escalated,
    )


def _late(store: Store, contacts: Contacts, day: dt.date) -> Iterator[Notice]:
    """Sources of which a promised month is not there."""
    there = {key for key, manifest in staged(store, day).items() if any(f["n_accepted"] for f in manifest["files"])}
    for promise in contacts.sources:
        due = promise.last_due(day)
        if due is None or (promise.source, due[0]) in there or due[0] < store.city.first_month:
            continue
        days = (day - due[1]).days
        is_escalated = days > promise.escalate_after_days
        above = f", {promise.escalate_to}" if is_escalated and promise.escalate_to else ""
        yield Notice(
            f"late {promise.source} {due[0]}{' escalated' if is_escalated else ''}",
            f"{promise.source} {due[0]} belum datang, {days} hari setelah tenggat: {promise.owner} ({promise.contact}){above}.",
            f"{promise.source} {due[0]} has not come, {Count(days):day/days} after it was due: {promise.owner} ({promise.contact}){above}.",
            is_escalated,
        )


def last_due_night(local: dt.datetime, city: City) -> dt.date:
    """The as-of date that must be published at a moment of the city's clock: that of the last night whose deadline passed."""
    deadline = local.replace(hour=city.deadline_hour, minute=0, second=0, microsecond=0)
    if deadline > local:
        deadline -= dt.timedelta(days=1)
    start = deadline.replace(hour=int(city.nightly_at[:2]), minute=int(city.nightly_at[3:]))
    return (start if start <= deadline else start - dt.timedelta(days=1)).date()


def heartbeat(store: Store, now: dt.datetime, by: str, seen: Look | None = None) -> None:
    """Write `heartbeat.json`: an outside watchdog alarms when it grows older than it should. What is wanted and not published,
    and what holds publication, is in it as `undone` and `hold`; nothing where there is nothing of it."""
    manifest = read_json(store.current / "manifest.json") or {}
    facts: dict[str, Any] = {
        "at": now.isoformat(timespec="seconds"),
        "by": by,
        "build_id": manifest.get("build_id"),
        "as_of": manifest.get("as_of"),
    }
    with Faults().aside("what is undone"):
        facts |= standing_facts(store, (seen or look(store))(now.astimezone(ZoneInfo(store.city.timezone)).date()))
    write_json(store.home / "heartbeat.json", facts)
