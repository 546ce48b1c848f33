"""One bad thing never stops the others: at every boundary something fails that nobody expected; it is named, and the rest
is published. Only a table that cannot be made stops the publication.
"""

from __future__ import annotations

import datetime as dt
import errno
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from pydantic import SecretStr

from pipelines import notify, runs
from pipelines.refresh import failure_of
from schemas.policy import read_policy
from tests.conftest import DAY, copied, published_city, refresh
from warehouse import report
from warehouse.auditing.integrity import RULES, audit_build
from warehouse.building.build import ModelFailed
from warehouse.building.models import models
from warehouse.database import connect, open_version
from warehouse.delivery.landing import scan
from warehouse.evaluation import effects
from warehouse.faults import Fault, Faults, keep, kept
from warehouse.offices import returned
from warehouse.offices.inspection import inspect_file
from warehouse.publishing import changes
from warehouse.publishing.version import SET_ASIDE, publish_build, review_build
from warehouse.report import charts, figures, site, summary
from warehouse.report.words import words_of
from warehouse.staging import month
from warehouse.staging.file import Reading
from warehouse.staging.recipe import changed_months
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.language import SUPPRESSED

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
SECRET = "198503152010011001"
"""What an error says that repeats what a file holds: it may be in nothing that is written or logged."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city."""
    return copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("city") / "data")


def failing(*args: Any, **named: Any) -> Any:
    """What any function may turn out to be."""
    raise KeyError(SECRET)


def once(original: Callable[..., Any], wanted: Callable[..., bool]) -> Callable[..., Any]:
    """A function that fails where `wanted` says so, and else does what it did."""
    return lambda *args, **named: failing() if wanted(*args, **named) else original(*args, **named)


def publish_anew(store: Store) -> None:
    """The build with its report under another name, as a night would publish it."""
    with connect(store.build) as con:
        con.execute("update ops.build set build_id = 'another'")
    review_build(store)
    keep(store, "report", report.write(store.build, store.report))
    publish_build(store)
    assert store.current.resolve().name == "another"


def named(store: Store) -> dict[str, str]:
    """Piece → fault, as everybody sees it who asks the published version."""
    with open_version(store.current) as con:
        rows = con.execute(
            "select column_name, actual, severity, passed from ops.audit_result where audit = ?", [SET_ASIDE]
        ).fetchall()
    assert {row[2:] for row in rows} <= {("warning", False)}
    assert SECRET not in str(rows)
    return {piece: fault for piece, fault, _, _ in rows}


# ---- The report -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [None, SUPPRESSED])
@pytest.mark.parametrize("code", sorted({*effects.VERDICTS, *effects.BALANCE} - {"change"}))
def test_every_verdict_is_said_whatever_number_is_not_there(code: str, gap: object) -> None:
    row = dict.fromkeys(models()["marts.performance_effect"].contract.names, gap)
    row |= {"verdict_code": code, "design": "lottery"}
    limits = {policy.policy: policy.value for policy in read_policy().rows}
    for language in ("id", "en"):
        assert len(words_of(language).tell(effects.verdict(row, limits))) > 20


@pytest.mark.parametrize("gap", [None, SUPPRESSED])
def test_a_number_that_is_not_there_breaks_no_page(
    city: Store, gap: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown or left out, whichever number it is: a difference of one trained person, a class of three answers."""
    read = figures.read

    def without_numbers(*args: Any) -> figures.Figures:
        found = read(*args)
        for name in ("flags", "evidence", "scorecards", "classes", "behaviour", "performance", "methods", "instructors",
                     "hours", "services", "dose", "projects", "follow_ups", "verdicts", "starts", "project_months", "project_changes", "forms",
                     "gaps"):  # fmt: skip
            for row in found.rows[name]:
                whole = {"batch_no", "year", "row_number"} | {key for key in row if key.startswith("n_")}
                row |= {key: gap for key, value in row.items() if isinstance(value, float) and key not in whole}
                row |= {
                    key: gap for key in ("n_expected", "n_over_cap", "n_floor_met", "n_pairs", "n_judged") if key in row
                }
        return found

    monkeypatch.setattr(figures, "read", without_numbers)
    assert report.write(city.build, tmp_path) == []
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ("disembunyikan" if gap else "tidak diketahui") in text


def test_pieces_of_the_report_that_fail_say_so_and_the_rest_is_published(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = copied(city, tmp_path / "copy")
    monkeypatch.setattr(charts, "by_month", once(charts.by_month, lambda name, *_, **__: name == "kepuasan"))
    monkeypatch.setattr(site, "_deliveries", failing)
    monkeypatch.setattr(summary, "summary_pdf", failing)
    monkeypatch.setitem(figures.QUERIES, "comments", "select * from marts.nowhere")
    monkeypatch.setattr(changes, "plan", failing)
    publish_anew(store)
    pieces = named(store)
    programs = {piece for piece in pieces if "page program/" in piece or "page en/program/" in piece}
    assert set(pieces) - programs == {
        "chart kepuasan of daftar-program.html (id)", "chart kepuasan of daftar-program.html (en)", "page kiriman.html",
        "page en/kiriman.html", "ringkasan.pdf", "list comments", "plan.json",
    }  # fmt: skip
    assert pieces["list comments"].startswith("CatalogException in warehouse/report/figures.py:")
    texts = {
        str(path.relative_to(store.current.resolve() / "report")): path.read_text(encoding="utf-8")
        for path in (store.current.resolve() / "report").rglob("*.html")
    }
    assert "Halaman ini gagal dibuat" in texts["kiriman.html"]
    assert "This page could not be made" in texts["en/kiriman.html"]
    assert "Gambar ini gagal dibuat." in texts["daftar-program.html"]
    assert "rapat gagal dibuat" in texts["index.html"]
    assert {f"page {name}" for name in texts if "/program/" in f"/{name}"} == programs
    whole = [name for name, text in texts.items() if "gagal dibuat" not in text and "could not be made" not in text]
    assert {"metode.html"} | {name for name in texts if name.startswith(("opd/", "narasumber/"))} <= set(whole)
    assert not any(SECRET in text for text in texts.values())


def test_what_works_again_is_named_no_more(store: Store) -> None:
    faults = Faults()
    with faults.aside("ringkasan.pdf"):
        failing()
    keep(store, "report", faults)
    assert {producer: [fault.what for fault in found] for producer, found in kept(store).items()} == {
        "report": ["ringkasan.pdf"]
    }
    keep(store, "report", Faults())
    assert kept(store) == {}


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "disk"), RuntimeError("IO Error: No space left on device"), KeyboardInterrupt()]
)  # fmt: skip
def test_a_full_or_broken_disk_is_nobodys_fault_and_stops_the_run(error: BaseException) -> None:
    faults = Faults()
    with pytest.raises(type(error)), faults.aside("a page"):
        raise error
    assert faults == []


# ---- A file, a month --------------------------------------------------------------------------------------------------

HEAD, ANI = "class_id,session_no,nip,status\n", "198503152010012001"
BAD, GOOD = "attendance/2026-01/bad.csv", "attendance/2026-01/good.csv"


def is_bad(*args: Any, **named: Any) -> bool:
    """Whether any of the arguments is the bad file, or its table, delivery or rows."""
    return any("bad" in str(getattr(arg, "path", arg)) for arg in args)


def has_bad_rows(*args: Any, **named: Any) -> bool:
    """Whether a batch holds the rows of the bad file."""
    return any(isinstance(arg, pl.DataFrame) and "BAD" in arg.get_column("class_id").to_list() for arg in args)


READING: list[tuple[str, Callable[..., bool]]] = [
    ("warehouse.delivery.landing.file_sha256", is_bad),
    ("warehouse.delivery.landing._routed", is_bad),
    ("warehouse.delivery.formats.csv.encoding_of", is_bad),
    ("warehouse.staging.file.open_tables", is_bad),
    ("warehouse.delivery.layouts.contract_layout.ContractLayout.__call__", is_bad),
    ("warehouse.staging.validate.Splitter.split", has_bad_rows),
    ("warehouse.staging.validate.Splitter.pseudonymise", has_bad_rows),
    ("warehouse.staging.file.quarantined", is_bad),
]
"""What is done with a file, and where it fails."""


@pytest.mark.parametrize(("place", "wanted"), READING, ids=[place.split(".", 1)[1] for place, _ in READING])
def test_a_file_at_which_the_program_fails_is_held_by_name_and_the_others_are_read(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    place: str, wanted: Callable[..., bool],
) -> None:  # fmt: skip
    deliver(BAD, f"{HEAD}BAD,1,{ANI},H\nBAD,2,{ANI},nonsense\n")
    deliver(GOOD, f"{HEAD}A,1,{ANI},H\n")
    with monkeypatch.context() as broken:
        room, name = place.rsplit(".", 1)
        original = getattr(resolve_name(room), name)
        broken.setattr(place, once(original, wanted))
        problems = {(p.file_name, p.status, p.code): p.seen for p in scan(store, DAY).problems}
        reports = read()
    problems |= {(r.file_name, r.status, r.reason_code): r.seen for r in reports.values() if r.status == "held"}
    [(problem, seen)] = problems.items()
    assert problem == (BAD, "held", "PROGRAM_FAULT")
    assert re.fullmatch(r"KeyError in (warehouse|schemas)/[\w/]+\.py:\d+\.", seen), "the place in the code is told"
    assert reports[GOOD].n_accepted == 1
    assert staged_classes(store) == ["A"]
    assert SECRET not in caplog.text + seen
    again = read()
    assert again[BAD].n_accepted == 1, "it is tried again without being delivered again"
    assert staged_classes(store) == ["A", "BAD"]


def test_a_profile_at_which_the_program_fails_is_set_aside_and_the_other_files_are_read(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.profiles.mkdir(parents=True)
    (store.profiles / "mine.yaml").write_text("extends: skm\n")
    deliver("mine/2026-01/a.csv", "unsur,total_nilai,n_resp\nU1,332,100\n")
    deliver(GOOD, f"{HEAD}A,1,{ANI},H\n")
    monkeypatch.setattr("warehouse.delivery.layouts.rehearsal.rehearse", lambda layouts: failing())
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.status) == ("PROFILE_BROKEN", "held")
    assert problem.seen.startswith("profiles/mine.yaml: the program failed at it (KeyError)")
    assert read()[GOOD].n_accepted == 1


def test_inspect_says_that_the_program_failed_at_a_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(f"{HEAD}BAD,1,{ANI},H\n")
    monkeypatch.setattr("warehouse.delivery.layouts.contract_layout.ContractLayout.__call__", failing)
    refused = inspect_file(store, file, "attendance")["refused"]
    assert "(The program failed at this file; it is held and tried again in the next run.) KeyError in " in refused
    assert SECRET not in refused


def staged_classes(store: Store) -> list[str]:
    return sorted(pl.read_parquet(store.staging / "attendance" / "2026-01.parquet").get_column("class_id"))


def test_a_month_that_fails_holds_its_files_and_the_other_months_are_read(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (BAD, GOOD, "attendance/2026-02/c.csv"):
        deliver(name, f"{HEAD}{Path(name).stem},1,{ANI},H\n")
    settled = month.resolve_repeats
    with monkeypatch.context() as broken:
        broken.setattr(
            month, "resolve_repeats", once(settled, lambda contract, deliveries, *_: deliveries[0].month == "2026-01")
        )
        reports = read()
    held = {name: (report.status, report.reason_code) for name, report in reports.items() if report.status == "held"}
    assert held == dict.fromkeys((BAD, GOOD), ("held", "PROGRAM_FAULT"))
    assert reports["attendance/2026-02/c.csv"].n_accepted == 1
    assert staged_classes(store) == []
    assert {name: report.n_accepted for name, report in read().items()} == {BAD: 1, GOOD: 1}


def test_a_file_whose_line_numbers_fail_keeps_those_of_its_records(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(BAD, f"{HEAD}\nBAD,1,{ANI},H\nBAD,2,{ANI},nonsense\n")
    monkeypatch.setattr("warehouse.delivery.formats.line_numbers", failing)
    assert read()[BAD].n_refused == 1
    refused = pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet")
    assert refused.get_column("row_number").to_list() == [3]


def test_a_returned_workbook_that_fails_is_set_aside_and_the_others_are_written(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (BAD, GOOD):
        deliver(name, f"{HEAD}{Path(name).stem},1,{ANI},nonsense\n")
    read()
    with monkeypatch.context() as broken:
        broken.setattr(returned, "write_return", once(returned.write_return, is_bad))
        assert [path.name for path in returned.write_returns(store)] == ["good.csv.kembali.xlsx"]
    assert [fault.what for fault in kept(store)["returned"]] == [BAD]
    assert len(returned.write_returns(store)) == 2
    assert kept(store) == {}


def test_a_city_with_a_file_and_a_workbook_that_fail_is_published_without_them(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = copied(city, tmp_path / "copy")
    (store.staging / "projects" / "2026-09.json").unlink()
    before = store.current.resolve()
    with monkeypatch.context() as broken:
        broken.setattr(
            Reading,
            "read",
            once(Reading.read, lambda reading, *_: reading.delivery.file_name == "projects/2026-09/proyek.csv"),
        )
        keep(store, "returned", Faults([Fault("attendance/2026-09/daftar_hadir.csv", "KeyError in returned.py:1")]))
        refresh(store)
    assert store.current.resolve() != before
    with open_version(store.current) as con:
        files = con.execute(
            "select folder, file_name, status, seen from ops.delivery where reason_code = 'PROGRAM_FAULT'"
        ).fetchall()
        [(projects,)] = con.execute("select count(*) from core.fact_project_progress").fetchall()
        [(others,)] = con.execute("select count(*) from core.fact_attendance").fetchall()
    [(folder, name, status, seen)] = files
    assert (folder, name, status) == ("projects/2026-09", "proyek.csv", "held")
    assert seen.startswith("KeyError in ")
    assert projects > 0
    assert others > 0
    assert named(store) == {"attendance/2026-09/daftar_hadir.csv": "KeyError in returned.py:1"}
    told = " ".join(notice.english for notice in notify.standing(store, NOW))
    assert "projects/2026-09/proyek.csv (The program failed at this file" in told
    assert "attendance/2026-09/daftar_hadir.csv (KeyError in returned.py:1)" in told
    landing = scan(store, DAY)
    assert changed_months(store, landing) == {"projects": ["2026-09"]}, "it is tried again in the next night"


# ---- The audits, the messages -----------------------------------------------------------------------------------------


def test_an_audit_that_fails_itself_has_not_passed_and_the_others_are_asked(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = copied(city, tmp_path / "copy")
    for name in ("integrity: grain", "integrity: unknown share"):
        monkeypatch.setitem(RULES, name, replace(RULES[name], look=failing))
    with connect(store.build) as con:
        failed = [verdict for verdict in audit_build(con, store) if not verdict.passed]
    assert {(verdict.audit, verdict.severity) for verdict in failed} >= {
        ("integrity: grain", "error"), ("integrity: unknown share", "warning"),
    }  # fmt: skip
    assert all("the audit failed: KeyError in " in v.actual for v in failed if v.audit == "integrity: grain")
    assert SECRET not in str(failed)


def test_an_address_at_which_the_program_fails_holds_up_no_other(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.home.mkdir(parents=True)
    log = tmp_path / "log.jsonl"
    monkeypatch.setattr(notify, "_send", once(notify._send, lambda url, *_: url.startswith("json")))
    notices = [notify.Notice("key", "Kabar", "News")]
    assert not notify.tell(store, SecretStr(f"json://127.0.0.1/hook,file://{log}"), notices, NOW)
    assert "News" in log.read_text(encoding="utf-8")
    assert "notification by address 1 (json) failed: KeyError in " in caplog.text
    assert SECRET not in caplog.text


def test_where_the_stores_cannot_be_asked_that_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "_standing", failing)
    [notice] = notify.standing(store, NOW)
    assert "KeyError in " in notice.english
    assert SECRET not in str(notice)


# ---- What stops the publication ---------------------------------------------------------------------------------------


def test_a_table_that_cannot_be_made_stops_the_publication_by_name_and_yesterdays_version_stands(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = copied(city, tmp_path / "copy")
    before = store.current.resolve()
    first = next(iter(models().values()))
    monkeypatch.setitem(first.queries, "", "select cast('x' as int) as y")
    with pytest.raises(ModelFailed, match=f"{first.table} could not be made: .*"):
        refresh(store)
    assert store.current.resolve() == before
    assert (before / "warehouse.duckdb").is_file()


def test_a_failed_run_names_the_table_and_every_line_of_what_is_said() -> None:
    said = "ModelFailed: core.dim_date could not be made: x\nLINE 1: y"
    engine = SimpleNamespace(cls_name="ConversionException", message="ConversionException: x\n", cause=None)
    table = SimpleNamespace(cls_name="ModelFailed", message=f"{said}\n", cause=engine)
    step = SimpleNamespace(cls_name="DagsterExecutionStepExecutionError", message="z\n", cause=table)
    failed: Any = SimpleNamespace(user_failure_data=None, error=step)
    assert runs.cause(failed) == said


def test_a_failure_beside_every_step_is_told_with_all_its_lines(store: Store) -> None:
    assert "first\nsecond" in failure_of(store, store.current, RuntimeError("first\nsecond"))
