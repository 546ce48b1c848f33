"""What watches the nights from outside: figures for Prometheus, logs as JSON, a catalogue of lineage, promises of those who send."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipelines import lineage, metrics, notify
from pipelines.settings import Settings, prepare_logs
from schemas.contacts import Contacts
from schemas.written import Flawed
from warehouse.publishing.version import hold
from warehouse.store import Store

from ..conftest import copied, once, refresh
from .test_nights import CORRECTED, a_city, put

CONTACTS = """\
sources:
  - {source: attendance, owner: Bidang Diklat, contact: diklat@kota.example, due_day: 10, escalate_after_days: 5, escalate_to: Kepala}
  - {source: units, owner: Organisasi, contact: org@kota.example}
"""


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Store:
    """A copy of a published city of two rows of attendance, of 2026-10."""
    return copied(Store(once(tmp_path_factory, "two-rows", a_city)), tmp_path / "data")


def at(day: str) -> dt.datetime:
    """09:00 in WIB."""
    return dt.datetime.fromisoformat(f"{day}T02:00:00+00:00")


def late(store: Store, day: str) -> list[notify.Notice]:
    return [n for n in notify.standing(Store(store.home), at(day)) if n.key.startswith(("late", "contacts"))]


def test_a_promised_month_that_is_late_is_told_with_its_owner_and_then_those_above(city: Store, tmp_path: Path) -> None:
    (city.home / "contacts.yaml").write_text(CONTACTS)
    assert late(city, "2026-11-24") == [], "October is there"
    assert late(city, "2026-12-10") == [], "the last day"
    [notice] = late(city, "2026-12-11")
    assert (
        "attendance 2026-11 has not come, 1 day after it was due: Bidang Diklat (diklat@kota.example)."
        in notice.english
    )
    assert not notice.is_escalated
    [notice] = late(city, "2026-12-16")
    assert notice.is_escalated
    assert notice.english.endswith("(diklat@kota.example), Kepala.")

    ours, above = tmp_path / "ours.log", tmp_path / "above.log"
    for day in ("2026-12-11", "2026-12-16", "2026-12-16"):
        notify.tell(city, SecretStr(f"file://{ours}"), late(city, day), at(day), SecretStr(f"file://{above}"))
    put(city, CORRECTED, "attendance/2026-11/b.csv")
    notify.tell(city, SecretStr(f"file://{ours}"), [], at("2026-12-17"), SecretStr(f"file://{above}"))
    told = [[json.loads(line)["title"] for line in log.read_text().splitlines()] for log in (ours, above)]
    assert [len(titles) for titles in told] == [3, 2], "no alert twice, one when it is over"
    assert all(titles[-1] == "[diklat] Selesai: kiriman yang terlambat sudah datang." for titles in told)


OFFICE = """\
offices:
  - {unit_code: DINKES, owner: Subbag Kepegawaian, contact: dinkes@kota.example, escalate_after_days: 3, escalate_to: Sekretaris}
  - {unit_code: DLH, owner: Tata Usaha, contact: dlh@kota.example, sender: lingkungan}
"""


def test_who_answers_for_an_office_is_told_of_its_file_that_is_not_read_and_then_those_above(
    city: Store, tmp_path: Path
) -> None:
    """Once each, and once when nothing is refused any more, however many days it stands."""
    (city.home / "contacts.yaml").write_text(OFFICE)
    for name in ("dinkes__a.csv", "Lingkungan__b.csv", "c.csv"):
        put(city, f"no,such,columns\n{name},2,3\n", f"attendance/2026-10/{name}")
    refresh(city, dt.date(2026, 11, 24))
    # A file came when its change time says, which nobody can set.
    came = dt.datetime.fromtimestamp(max(path.stat().st_ctime for path in city.landing.rglob("*.csv")), dt.UTC)

    def told(days: int) -> list[notify.Notice]:
        moment = came + dt.timedelta(days=days, hours=1)
        return [notice for notice in notify.standing(Store(city.home), moment) if notice.key.startswith("refused")]

    texts = sorted(notice.english for notice in told(1))
    assert texts[0].startswith(
        "1 file refused, for 1 day, DINKES: Subbag Kepegawaian (dinkes@kota.example). attendance/"
    )
    assert texts[1].startswith("1 file refused, for 1 day, DLH: Tata Usaha (dlh@kota.example). attendance/2026-10/Ling")
    assert texts[2].startswith("1 file refused: attendance/2026-10/c.csv")
    ours, above = tmp_path / "ours.log", tmp_path / "above.log"
    for days, notices in ((1, told(1)), (2, told(2)), (4, told(4)), (5, told(5)), (6, [])):
        moment = came + dt.timedelta(days=days)
        notify.tell(city, SecretStr(f"file://{ours}"), notices, moment, SecretStr(f"file://{above}"))
    mended = "[diklat] Selesai: tidak ada lagi berkas yang ditolak."
    escalated = "[diklat] 1 berkas ditolak, 4 hari, DINKES: Subbag Kepegawaian (dinkes@kota.example), Sekretaris"
    first, *more = [json.loads(line)["title"] for line in ours.read_text().splitlines()]
    assert first.endswith("(+2)")
    assert [title.split(". ")[0] for title in more] == [escalated, mended]
    assert [json.loads(line)["title"].split(". ")[0] for line in above.read_text().splitlines()] == [
        escalated,
        mended,
    ]


def test_an_office_that_fell_silent_is_told_with_who_answers(city: Store) -> None:
    (city.home / "contacts.yaml").write_text(OFFICE)
    silent = notify.silence(
        "expectation: offices keep reporting", "1 of 2: opd_code DLH months_silent 9", city.contacts
    )
    assert silent.english.endswith("months_silent 9. DLH: Tata Usaha (dlh@kota.example).")


def test_a_flaw_in_the_contacts_is_told_and_stops_nothing(city: Store) -> None:
    (city.home / "contacts.yaml").write_text(CONTACTS.replace("attendance", "attendence"))
    [notice] = late(city, "2026-12-16")
    assert "contacts.yaml" in notice.english
    assert "attendance" in notice.english
    with pytest.raises(Flawed, match="attendence"):
        Contacts.read(city.home)


def test_figures_for_prometheus(city: Store, tmp_path: Path) -> None:
    folder = tmp_path / "textfile"
    metrics.write(city, "", at("2026-11-24"))
    assert not folder.exists()
    put(city, CORRECTED)
    hold(city, "a look")
    metrics.write(city, str(folder), at("2026-11-24"))
    assert [path.name for path in folder.iterdir()] == ["diklat.prom"]
    lines = (folder / "diklat.prom").read_text().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert values["diklat_is_held"] == values["diklat_is_undone"] == values["diklat_months_waiting"] == "1"
    assert values["diklat_heartbeat_timestamp_seconds"] == f"{at('2026-11-24').timestamp():.0f}"
    assert values["diklat_published_as_of_timestamp_seconds"] == "1795478400"
    assert 'diklat_files{status="accepted"}' in values
    assert 'diklat_audits_failed{severity="error"}' in values
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types)), "each figure is described once"


def test_logs_are_objects_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    own = logging.getLogger("diklat")
    before = list(own.handlers), own.propagate
    try:
        prepare_logs(Settings())
        assert own.handlers == before[0]
        for _ in range(2):
            prepare_logs(Settings(log_format="json"))
        logging.getLogger("diklat.test").warning("%s rows\nrefused", 3)
        [line] = capsys.readouterr().err.splitlines()
    finally:
        own.handlers, own.propagate = before
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("warning", "diklat.test", "3 rows\nrefused")


@pytest.fixture
def catalogue() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A catalogue that takes events: its address, and what it took."""
    took: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            took.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", took
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_catalogue_is_told_once_what_was_made_of_what(
    city: Store, catalogue: tuple[str, list[dict[str, Any]]]
) -> None:
    pytest.importorskip("openlineage.client", reason="the extra `lineage` is not installed")
    address, took = catalogue
    lineage.tell(city, "", "diklat")
    assert took == []
    for _ in range(2):
        lineage.tell(city, address, "diklat")
    first, last = took[0], took[-1]
    assert (first["eventType"], last["eventType"]) == ("START", "COMPLETE")
    assert first["job"] == last["job"] == {"namespace": "diklat", "name": "nightly_refresh", "facets": {}}
    events = {event["job"]["name"]: event for event in took}
    assert len(took) == len(events) + 1, "each table once"
    reaction = events["marts.reaction"]
    assert "core.fact_survey_response" in {dataset["name"] for dataset in reaction["inputs"]}
    text = json.dumps(took)
    assert "rowCount" in text
    assert "198503152010012001" not in text


def test_a_catalogue_that_does_not_answer_is_told_the_next_time(
    city: Store, catalogue: tuple[str, list[dict[str, Any]]]
) -> None:
    pytest.importorskip("openlineage.client", reason="the extra `lineage` is not installed")
    lineage.tell(city, "http://127.0.0.1:9", "diklat")
    lineage.tell(city, catalogue[0], "diklat")
    assert catalogue[1]
