"""A nation of agencies: each by itself, and what they published together, with no cell and no person in it that should not be."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from pipelines import cli
from pipelines import national as running
from pipelines.national import Ended, failures, refresh_agencies
from schemas.agencies import Agency
from schemas.national import ALL, NATIONAL_TABLES
from tests.conftest import DAY, words_in
from warehouse.auditing.integrity import AuditFailed
from warehouse.database import connect, open_version
from warehouse.national import version
from warehouse.national.agencies import FAILED, NOT_RUN, known
from warehouse.national.tables import _PIECES, measures
from warehouse.national.version import FILE, audit, publish_nation
from warehouse.people.privacy import forgotten
from warehouse.report.metrics import METRICS
from warehouse.report.national import CARDS, GROUPS
from warehouse.report.words import words_of
from warehouse.store import Store
from warehouse.upkeep.forget import forget_person

from .conftest import BACK, FORTH


def ask(nation: Store, query: str) -> list[tuple[object, ...]]:
    with connect(nation.current.resolve() / FILE, read_only=True) as con:
        return con.execute(query).fetchall()


# ---------------------------------------------------------------- the agencies, each by itself


def done(store: Store, agency: Agency) -> Ended:
    return Ended(agency.code, "berhasil", seconds=1)


def test_one_agency_that_fails_stops_no_other(copy: Store) -> None:
    def run(store: Store, agency: Agency) -> Ended:
        if agency.code == "kota-a":
            raise RuntimeError("what nobody expected")
        return done(store, agency)

    said: list[str] = []
    ended = refresh_agencies(copy, run, workers=2, say=said.append)
    assert [one.code for one in ended] == ["kota-a", "kota-b", "kota-c"]
    assert [one.code for one in failures(ended)] == ["kota-a"]
    assert sorted(re.findall(r"\[(\d)/3\]", " ".join(said))) == ["1", "2", "3"]
    states = {one.agency_code: (one.state, one.refreshed) for one in known(copy, DAY)}
    assert states == {
        "kota-a": ("terbit", FAILED), "kota-b": ("terbit", "berhasil"), "kota-c": ("belum", "berhasil"), "kota-d": ("disisihkan", NOT_RUN),
    }  # fmt: skip
    publish_nation(copy, DAY, said.append)
    assert "kota-a: its refresh failed at tidak diketahui; its version of 2026-11-24 stands" in said
    assert ask(copy, "select n_programs > 0, stopped_at from nation.agency where agency_code = 'kota-a'") == [
        (True, "tidak diketahui")
    ]
    text = (copy.current / "report" / "index.html").read_text()
    assert "penyegaran terakhir gagal" in text
    assert "what nobody expected" not in "".join(
        path.read_text(errors="ignore") for path in copy.published.rglob("*.html")
    )


@pytest.mark.parametrize(
    ("child", "end"),
    [
        ("print(); input()", signal.SIGTERM),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); input()", signal.SIGKILL),
    ],
)
def test_whoever_ends_a_national_refresh_ends_those_of_the_agencies(
    copy: Store, monkeypatch: pytest.MonkeyPatch, child: str, end: signal.Signals
) -> None:
    """By `kill` of it alone: the refreshes that it had begun would go on, and be waited for; one that hears nothing, too."""
    if end == signal.SIGKILL:
        monkeypatch.setattr(running, "ENDING_SECONDS", 0)
    begun: list[subprocess.Popen[str]] = []

    def run(store: Store, agency: Agency) -> Ended:
        if begun:
            raise AssertionError("no further one is begun")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-u", "-c", child], text=True, **pipes) as process:
            assert process.stdout
            process.stdout.readline()
            running._running.add(process)
            begun.append(process)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            process.wait()
        return done(store, agency)

    # Tests that run in the background have none.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # As Polars does: what the signal interrupts begins again.
    signal.siginterrupt(signal.SIGINT, False)
    try:
        with pytest.raises(KeyboardInterrupt):
            refresh_agencies(copy, run)
    finally:
        signal.signal(signal.SIGINT, before)
        running._running.clear()
    assert begun[0].returncode == -end


def test_agencies_without_a_version_or_with_an_old_one_are_named(copy: Store) -> None:
    said: list[str] = []
    publish_nation(copy, DAY + dt.timedelta(days=15), said.append)
    states = dict(ask(copy, "select agency_code, state from nation.agency"))
    assert states == {"kota-a": "usang", "kota-b": "usang", "kota-c": "belum", "kota-d": "disisihkan"}
    assert any("agencies[3].zone: unknown entry" in line for line in said)
    page = (copy.current / "report" / "index.html").read_text()
    assert all(
        name in page for name in ("Kota A", "Kota B", "Kota C", "kota-d", "data sudah", "belum menerbitkan apa pun")
    )


def test_a_version_that_cannot_be_read_is_named_and_stops_no_other(copy: Store) -> None:
    (copy.agency("kota-a").current.resolve() / "parquet/marts/program_scorecard.parquet").write_bytes(b"cut")
    said: list[str] = []
    manifest = publish_nation(copy, DAY, said.append)
    assert "kota-a: its published version cannot be read" in said
    assert manifest["agencies"]["kota-a"] is None
    assert ask(copy, "select distinct agency_code from nation.measure order by all") == [("kota-b",), (ALL,)]
    assert "versi terbitnya tidak terbaca" in (copy.current / "report" / "index.html").read_text()


def test_a_stop_between_agencies_leaves_the_old_version(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = copy.current.resolve()

    def run(store: Store, agency: Agency, **asked: object) -> Ended:
        if agency.code == "kota-b":
            raise KeyboardInterrupt
        return done(store, agency)

    monkeypatch.setattr(running, "refresh_agency", run)
    monkeypatch.setenv("DIKLAT_HOME", str(copy.home))
    assert CliRunner().invoke(cli.app, ["national", "refresh", "--as-of", "2026-11-25"]).exit_code not in (0, 3)
    assert copy.current.resolve() == before
    monkeypatch.setattr(running, "refresh_agency", lambda store, agency, **asked: done(store, agency))
    result = CliRunner().invoke(cli.app, ["national", "refresh", "--as-of", "2026-11-25", "--json"])
    facts = json.loads(result.stdout[result.stdout.index("{") :])
    assert (result.exit_code, facts["missing"]) == (3, ["kota-c", "kota-d"])
    assert copy.current.resolve().name == facts["build_id"] != before.name


def test_a_version_that_is_not_whole_is_never_pointed_at(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = copy.current.resolve()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(version, "seal", full)
    with pytest.raises(OSError, match="No space left"):
        publish_nation(copy, DAY + dt.timedelta(days=1))
    assert copy.current.resolve() == before


def test_equal_agencies_give_the_same_version(nation: Store, copy: Store) -> None:
    again = publish_nation(copy, DAY)
    assert again["build_id"] == nation.current.resolve().name
    shutil.rmtree(copy.published)
    assert publish_nation(copy, DAY)["build_id"] == nation.current.resolve().name
    for name in ("report/index.html", "report/en/belajar.html"):
        assert (copy.current / name).read_bytes() == (nation.current / name).read_bytes()


def test_a_national_home_is_not_refreshed_as_a_city(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_HOME", str(copy.home))
    for command in (["refresh"], ["sample"], ["power", "P"]):
        result = CliRunner().invoke(cli.app, command)
        assert result.exit_code == 2
        assert "national refresh" in " ".join(result.output.split())
    told = json.loads(CliRunner().invoke(cli.app, ["status", "--json"]).stdout)
    assert [one["state"] for one in told["agencies"]][2:] == ["belum", "disisihkan"]
    assert "agencies[3].zone" in told["set_aside"][0]
    lines = CliRunner().invoke(cli.app, ["status"]).output
    assert "nothing published" in lines
    assert not re.search("belum|disisihkan|berhasil|tidak dijalankan", lines), "in English"
    assert all(one["agency_code"] in lines and (one["build_id"] or "no version") in lines for one in told["agencies"])
    monkeypatch.setenv("DIKLAT_HOME", str(copy.agencies / "kota-a"))
    result = CliRunner().invoke(cli.app, ["national", "refresh"])
    assert result.exit_code == 2
    assert "has no agencies.yaml" in " ".join(result.output.split())


# ---------------------------------------------------------------- cells


def test_what_the_nation_says_is_what_the_agencies_published(nation: Store) -> None:
    """Every measure by plain SQL over the agencies' own files, as docs/metrics.md has it."""
    whole = {name: [0.0, 0.0] for name in METRICS}
    for code in ("kota-a", "kota-b"):
        with open_version(nation.agency(code).current) as con:
            for name, metric in METRICS.items():
                [(value, above, below)] = con.execute(
                    f"select {metric.expression}, {metric.above}, {metric.below or 'null'} from marts.{metric.mart} where {metric.where}"
                ).fetchall()
                [told] = ask(
                    nation,
                    f"select value, numerator, denominator from nation.measure where metric = '{name}' and agency_code = '{code}' and program_code = '{ALL}'",
                )
                for found, own in zip(told, (value, above, below if above is not None else None), strict=True):
                    assert found == (None if own is None else pytest.approx(float(own))), (code, name)
                whole[name][0] += float(above or 0)
                whole[name][1] += float(below or 0)
    for name, (above, below) in whole.items():
        [told] = ask(
            nation,
            f"select numerator, denominator from nation.measure where metric = '{name}' and agency_code = '{ALL}'",
        )
        assert (told[0] or 0, told[1] or 0) == (pytest.approx(above), pytest.approx(below))


def pieces(*rows: tuple[str, str, float | None, float, float]) -> pl.DataFrame:
    """Rows of `porsi_tidak_puas`: agency, program, dissatisfied (None: left out there), judged, people."""
    made = [(a, "porsi_tidak_puas", p, above, below, people, above is None) for a, p, above, below, people in rows]
    return pl.DataFrame(made, schema=_PIECES.schema, orient="row")


def cells(rows: pl.DataFrame, minimum: float = 5) -> dict[tuple[str, str], tuple[object, ...]]:
    found = measures(rows, dict.fromkeys(sorted(set(rows["agency"])), DAY), minimum)
    return {
        (row["agency_code"], row["program_code"]): (row["numerator"], row["denominator"], row["is_suppressed"], row["n_agencies_left_out"])
        for row in found if row["metric"] == "porsi_tidak_puas"
    }  # fmt: skip


def test_small_cells_are_left_out_and_in_no_sum() -> None:
    found = cells(
        pieces(
            ("a", "P1", 3, 20, 20),
            ("a", "P2", 2, 4, 4),
            ("b", "P1", 1, 4, 4),
            ("c", "P1", 6, 30, 30),
            ("d", "P1", None, 9, 9),
        )
    )
    assert found["a", "P1"] == (3, 20, False, 0)
    assert found["a", "P2"] == (None, None, True, 0)
    assert found["a", ALL] == (3, 20, False, 0), "less P1 the total would be P2"
    assert found["b", ALL] == (None, None, True, 0)
    assert found["d", ALL] == (None, None, True, 0)
    assert found[ALL, ALL] == (9, 50, False, 2), "less a and c the total would be b"


def test_unknown_is_neither_zero_nor_small() -> None:
    rows = pieces(("a", "P1", None, 9, 9)).with_columns(pl.lit(False).alias("is_suppressed"))
    assert cells(rows)["a", ALL] == (None, None, False, 0)
    assert cells(rows)[ALL, ALL] == (None, None, False, 0)


def test_an_interval_is_of_rows_and_of_a_share_at_least_wilsons() -> None:
    rows = pieces(*(("a", f"P{n}", above, 20, 20) for n, above in enumerate((2, 9, 4))))
    [row] = [
        r
        for r in measures(rows, {"a": DAY}, 5)
        if (r["metric"], r["agency_code"], r["program_code"]) == ("porsi_tidak_puas", "a", ALL)
    ]
    assert 0 <= row["value_low"] < 0.16 < row["value"] == 0.25 < 0.37 < row["value_high"]
    same = pieces(*(("a", f"P{n}", 0, 20, 20) for n in range(3)))
    [row] = [
        r
        for r in measures(same, {"a": DAY}, 5)
        if (r["metric"], r["agency_code"], r["program_code"]) == ("porsi_tidak_puas", "a", ALL)
    ]
    assert (row["value"], row["value_low"]) == (0, 0)
    assert row["value_high"] == pytest.approx(0.0602, abs=1e-3), "none of sixty is not none for sure"


DEFECTS = {
    "small cells": "update nation.measure set n_people = 4 where agency_code = 'kota-a' and program_code = 'semua' and metric = 'porsi_lulus'",
    "left out": "update nation.measure set is_suppressed = true where agency_code = 'semua' and metric = 'porsi_lulus'",
    "sums of what is shown": "update nation.measure set is_suppressed = true, numerator = null, denominator = null, value = null, value_low = null, "
    "value_high = null, n_people = null where agency_code = 'kota-a' and program_code = 'semua' and metric = 'porsi_lulus'",
    "grain": "insert into nation.mover select * from nation.mover limit 1",
    "contract": "update nation.agency set state = 'baik' where agency_code = 'kota-a'",
    "no person": "create table nation.people as select 'x' as employee_id",
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_turns_its_audit_red(nation: Store, tmp_path: Path, name: str) -> None:
    shutil.copyfile(nation.current.resolve() / FILE, tmp_path / FILE)
    (tmp_path / FILE).chmod(0o600)
    with connect(tmp_path / FILE) as con:
        assert all(row["passed"] for row in audit(con))
        con.execute(DEFECTS[name])
        assert name in {row["audit"] for row in audit(con) if not row["passed"]}


def test_a_red_audit_publishes_nothing(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = copy.current.resolve()
    monkeypatch.setattr(
        version, "audit", lambda con: [{"audit": "small cells", "passed": False, "actual": "1", "meaning": "-"}]
    )
    with pytest.raises(AuditFailed, match="small cells"):
        publish_nation(copy, DAY + dt.timedelta(days=1))
    assert copy.current.resolve() == before


# ---------------------------------------------------------------- people


def people_of(nation: Store) -> set[str]:
    """Everything that says who somebody is: numbers, pseudonyms of each agency, and the nation's."""
    found: set[str] = set()
    for code in ("kota-a", "kota-b"):
        with connect(nation.agency(code).restricted / "identity.duckdb", read_only=True) as con:
            for row in con.execute("select pseudonym, employee_id from identity").fetchall():
                found |= set(row)
        found |= set(pl.read_parquet(nation.restricted / "people" / f"{code}.parquet")["national"])
    return found


def texts(folder: Path) -> Iterator[str]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            yield str(pl.read_parquet(path).rows())
        elif path.suffix == ".duckdb":
            with connect(path, read_only=True) as con:
                for (table,) in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall():
                    yield str(con.execute(f"from {table}").fetchall())
        yield path.read_bytes().decode("latin-1")


def test_no_person_of_any_agency_is_in_the_national_files(nation: Store) -> None:
    people = people_of(nation)
    assert len(people) > 1000
    assert not words_in(" ".join(texts(nation.current.resolve())), people)


def test_a_person_in_a_national_file_would_be_seen(nation: Store, copy: Store) -> None:
    one = min(people_of(nation))
    folder = copy.current.resolve()
    (folder / "parquet" / "x.parquet").parent.mkdir(exist_ok=True)
    pl.DataFrame({"who": [one]}).write_parquet(folder / "parquet" / "x.parquet")
    assert words_in(" ".join(texts(folder)), people_of(nation)) == {one}


def test_those_who_moved_are_counted_and_few_are_not_told(nation: Store) -> None:
    assert BACK < 5 < FORTH
    assert ask(nation, "select * from nation.mover order by all") == [
        ("kota-a", "kota-b", FORTH, False),
        ("kota-b", "kota-a", None, True),
    ]
    text = (nation.current / "report" / "index.html").read_text()
    assert "kelompok terlalu kecil" in text
    assert "group too small" in (nation.current / "report" / "en" / "index.html").read_text()


def test_who_moved_is_known_in_the_restricted_area_alone(nation: Store) -> None:
    own = {code: pl.read_parquet(nation.restricted / "people" / f"{code}.parquet") for code in ("kota-a", "kota-b")}
    assert len(set(own["kota-a"]["national"]) & set(own["kota-b"]["national"])) == FORTH + BACK
    assert not set(own["kota-a"]["person"]) & set(own["kota-b"]["person"])
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (nation.restricted / "people").iterdir())
    assert stat.S_IMODE(nation.restricted.stat().st_mode) == 0o700


def test_an_agency_whose_list_of_people_is_away_is_in_no_count_of_moves(copy: Store) -> None:
    (copy.agency("kota-b").restricted / "identity.duckdb").unlink()
    publish_nation(copy, DAY)
    assert ask(copy, "from nation.mover") == []
    assert dict(ask(copy, "select agency_code, knows_people from nation.agency")) == {
        "kota-a": True,
        "kota-b": False,
        "kota-c": False,
        "kota-d": False,
    }


def test_nothing_of_a_former_agency_stays(copy: Store) -> None:
    text = (copy.home / "agencies.yaml").read_text()
    (copy.home / "agencies.yaml").write_text(
        "".join(line for line in text.splitlines(keepends=True) if "kota-b" not in line)
    )
    publish_nation(copy, DAY)
    assert [path.name for path in sorted((copy.restricted / "people").iterdir())] == ["kota-a.parquet"]
    assert ask(copy, "select count(*) from nation.measure where agency_code = 'kota-b'") == [(0,)]


def test_forgetting_reaches_the_nation(copy: Store) -> None:
    """Whoever is forgotten in an agency is no mover any more, and older national versions go with the next one."""
    old = copy.current.resolve().name
    store = copy.agency("kota-a")
    both = pl.read_parquet(copy.restricted / "people" / "kota-b.parquet")["national"].to_list()
    mover = pl.read_parquet(copy.restricted / "people" / "kota-a.parquet").filter(pl.col("national").is_in(both))[
        "person"
    ][0]
    forget_person(store, mover)
    assert mover not in set(pl.read_parquet(copy.restricted / "people" / "kota-a.parquet")["person"])
    assert forgotten(copy).since
    publish_nation(copy, DAY)
    assert copy.current.resolve().name != old
    assert mover not in " ".join(texts(copy.current.resolve()))


def test_forgetting_in_the_national_home_asks_every_agency(copy: Store) -> None:
    with connect(copy.agency("kota-a").restricted / "identity.duckdb", read_only=True) as con:
        [(number, person)] = con.execute(
            "select employee_id, pseudonym from identity where employee_id like '19%' order by all limit 1"
        ).fetchall()
    shutil.rmtree(copy.agency("kota-b").staging)  # it knows nobody
    result = forget_person(copy, number)
    assert person in forgotten(copy.agency("kota-a")).people
    assert not forgotten(copy.agency("kota-b")).people
    assert result.n_rows > 0
    assert all(file.startswith(("agencies/kota-a/", "landing/kota-a/")) for file in result.still_in)
    with pytest.raises(LookupError):
        forget_person(copy, "f" * 32)


# ---------------------------------------------------------------- what lies where


def test_each_agencys_published_folder_is_readable_alone(copy: Store) -> None:
    copy.agencies.chmod(0o711)
    copy.close_to_others()
    assert not list(copy.open_to_others())
    assert stat.S_IMODE(copy.agencies.stat().st_mode) == 0o711, "readers go through to what an agency published"
    for code in ("kota-a", "kota-b"):
        store = copy.agency(code)
        assert store.landing == copy.home / "landing" / code
        assert stat.S_IMODE(store.landing.stat().st_mode) & 0o077 == 0
        file = store.current.resolve() / "warehouse.duckdb"
        assert stat.S_IMODE(file.stat().st_mode) & 0o040
    manifest = json.loads((copy.current / "manifest.json").read_text())
    assert manifest["agencies"] == {
        code: copy.agency(code).current.resolve().name if code < "kota-c" else None
        for code in ("kota-a", "kota-b", "kota-c", "kota-d")
    }


# ---------------------------------------------------------------- the report


def test_every_measure_has_its_place_on_a_page() -> None:
    placed = [metric for group in GROUPS.values() for metric in group]
    assert sorted(placed) == sorted(METRICS)
    assert set(CARDS) <= set(METRICS)


CELL = re.compile(r'data-metric="([^"]+)"[^>]*>([^<]*)<')


def test_every_number_of_a_page_is_a_cell_of_the_national_file(nation: Store) -> None:
    with connect(nation.current.resolve() / FILE, read_only=True) as con:
        cells: dict[str, object] = {}
        for contract in NATIONAL_TABLES.values():
            rows = con.execute(f"select * from {contract.table}").fetchall()
            for row in (dict(zip(contract.names, values, strict=True)) for values in rows):
                key = "|".join(str(row[name]) for name in contract.key)
                cells |= {f"{contract.name}.{column}|{key}": value for column, value in row.items()}
    for page in ("index.html", *(f"{group}.html" for group in GROUPS), "en/kepuasan.html"):
        found = CELL.findall((nation.current / "report" / page).read_text())
        assert len(found) > 5
        words = words_of("en" if page.startswith("en/") else "id")
        for name, shown in found:
            table, column, metric = re.split(r"[.|]", name)[:3]
            if name not in cells:
                assert (column in ("n_attention", "n_known"), shown.isdigit()) == (True, True), name
                continue
            kind = METRICS[metric].format if table == "measure" and column.startswith("value") else "whole"
            assert shown == words.plain(cells[name], kind), (page, name)


def test_every_link_of_the_report_leads_somewhere(nation: Store) -> None:
    root = nation.published / "current" / "report"
    own = 0
    for page in root.rglob("*.html"):
        for href in re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', page.read_text()):
            assert (page.parent / href).exists(), (page, href)
            own += "agencies/" in href
    assert own >= 2


def test_the_order_of_agencies_is_that_of_their_list(nation: Store) -> None:
    text = (nation.current / "report" / "kepuasan.html").read_text()
    assert text.index(">Kota A</a>") < text.index(">Kota B</a>")
    assert "bukan peringkat" in text


def test_a_page_that_fails_says_so_and_the_others_stand(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise KeyError("planted")

    monkeypatch.setattr("warehouse.report.national._method", broken)
    monkeypatch.setattr("warehouse.report.charts.intervals", broken)
    manifest = publish_nation(copy, DAY + dt.timedelta(days=1))
    assert {fault["what"] for fault in manifest["set_aside"]} >= {
        "page metode.html",
        "page en/metode.html",
        "chart indeks_kepuasan (id)",
    }
    assert "gagal dibuat" in (copy.current / "report" / "metode.html").read_text()
