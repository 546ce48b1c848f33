"""What is documented as measured can be measured: every benchmark and simulator runs, small."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
import yaml

from benchmarks import attack, bare, city, files, nights, scale
from benchmarks import refresh as speed
from benchmarks.peers import __main__ as peers
from benchmarks.peers import analyst, projects, published
from benchmarks.trust import __main__ as trust
from benchmarks.trust import changes, follow_ups, people
from schemas.sources import SOURCES
from tests.conftest import DAY, copied, once, published_city, refresh
from warehouse.auditing.integrity import AuditFailed
from warehouse.database import connect
from warehouse.store import Store

ROOT = Path(__file__).parents[1]


def test_the_simulator_finds_what_it_plants_and_no_more() -> None:
    found = trust.measures(people.Scenario("small", batches=4), 1, 2)
    assert np.mean(found["bad curricula red within 3 batches"]) >= 0.7
    assert np.mean(found["healthy programs ever red, any aspect"]) <= 0.05
    assert np.mean(found["interval of the share now, after 3 batches"]) >= 0.9
    assert np.mean(found["interval of the share behind a class"]) >= 0.9
    assert np.mean(found["interval of the index behind a class"]) >= 0.9
    reds = trust.by_red(found)
    *every, shipped = reds
    assert every == ["red from 0.8", "red from 0.9", "red from 0.95", "red from 0.98"]
    power = [np.mean(reds[row]["bad curricula red within 3 batches"]) for row in every]
    assert power == sorted(power, reverse=True)
    # Of the material the policy is that of 0.95.
    assert power[2] == np.mean(reds[shipped]["bad curricula red within 3 batches"])


def test_a_promise_counts_as_kept_only_over_enough_cities() -> None:
    few = {
        "cities": [1.0] * 5,
        trust.EVER_RED: [0.0] * 100,
        trust.WITHIN.format(3): [0.0] * 25,
        trust.WITHIN.format(6): [1.0] * 25,
    }
    few |= {measure: [1.0] * 95 + [0.0] * 5 for measure in trust.INTERVALS}
    few[trust.INTERVALS[0]] = [1.0] * 400
    told = {scenario.name: few for scenario in trust.SCENARIOS}
    told["p = .12, ρ = .05"] = few | {"cities": [1.0] * 200}
    decisions = {name: [1.0] * 45 + [0.0] * 155 for name in follow_ups.AIMS}
    effects = {"lottery: no effect, yet an effect proven": [1.0] * 30 + [0.0] * 170}
    histories = {name: [1.0] * 20 + [0.0] * 180 for name in changes.AIMS}
    lines = trust.promises(told, effects, decisions, histories)
    words = {line.split(" | ")[1]: line.split(" | ")[0].strip("| ") for line in lines[2:]}
    assert words["p = .12, ρ = .05: healthy programs ever red, any aspect"] == "kept"
    assert words["p = .12, ρ = .05: bad curricula red within 3 batches"] == "broken"
    assert words["p = .12, ρ = .10: healthy programs ever red, any aspect"] == "kept as far as so few can tell"
    assert words["lottery: no effect, yet an effect proven"] == "broken"
    of_flags = [f"follow-up, {name}" for name in follow_ups.AIMS] + [f"change, {name}" for name in changes.AIMS]
    assert {words[name] for name in of_flags} == {"broken"}
    wide, right = (words[f"p = .12, ρ = .05: {measure}"] for measure in trust.INTERVALS[:2])
    assert (wide, right) == ("broken", "kept")


def test_what_turns_bad_is_found_and_what_stays_well_is_not() -> None:
    found = trust.measures(people.Scenario("turning", share=0.08, rho=0.02, turns=5, batches=9), 2, 1)
    assert np.mean(found["bad curricula red within 6 batches"]) >= 0.6
    assert np.mean(found["healthy programs ever red, any aspect"]) <= 0.05


def test_a_follow_up_after_which_nothing_changed_is_told_from_one_that_helped() -> None:
    found = trust.pooled(map(trust.follow_up_measures, range(2)))
    assert set(found) == set(follow_ups.AIMS)
    rates = {name: np.mean(values) for name, values in found.items()}
    helped = rates.pop(f"the material falls from 35 to 10 %: {follow_ups.MENDED}")
    assert helped >= 0.5
    assert max(rates.values()) <= 0.3


def test_a_long_history_of_one_quality_has_no_change_and_one_that_turned_has() -> None:
    found = trust.change_measures(0)
    assert set(changes.AIMS) <= set(found)
    rates = {name: np.mean(values) for name, values in found.items()}
    assert max(rate for name, rate in rates.items() if name.endswith(changes.NEVER)) <= 0.03
    assert (
        min(rate for name, rate in rates.items() if name.startswith("turned bad 6") and name.endswith(changes.SAID))
        >= 0.6
    )


def test_people_are_drawn_as_the_scenario_says() -> None:
    many = people.draw(np.random.default_rng(3), people.Scenario("plain", rho=0.2, batches=6), 20)
    healthy = many[(many["program"] < people.HEALTHY) & (many["aspect"] == "MATERI")]
    share = healthy["n_dissatisfied"] / healthy["n_respondents"]
    assert share.mean() == pytest.approx(0.12, abs=0.01)
    expected = 0.12 * 0.88 * (0.2 + 0.8 / healthy["n_respondents"].mean())
    assert share.var() == pytest.approx(expected, rel=0.15)


def test_claims_about_performance_are_measured() -> None:
    names = set(trust.effect_measures(0))
    assert {f"{design}: 95 % interval covers the truth" for design in ("lottery", "nominated")} <= names


@pytest.fixture
def bare_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small city of the benchmarks in `data` and what the bare script makes of it, to be read."""

    def make(folder: Path) -> None:
        city.write_city(folder / "data", 3_600, employees=300)
        bare.run(folder / "data", folder / "peer.duckdb")

    return once(tmp_path_factory, "bare-city", make)


def test_the_bare_script_builds_the_same_tables(bare_city: Path) -> None:
    with duckdb.connect(str(bare_city / "peer.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select count(*) from core.fact_attendance union all select count(*) from marts.reaction"
        ).fetchall()
    assert rows[0] == (3_600,)
    assert rows[1][0] > 0


def test_a_peer_makes_the_same_rows_or_is_none(bare_city: Path, tmp_path: Path) -> None:
    """pandas by hand, and the bare script with publication; then one presence more in what pandas made."""
    base = peers.fingerprint(bare_city / "peer.duckdb")
    assert set(base) == set(bare.without_python())
    assert base["core.fact_attendance"]["rows"] == 3_600
    analyst.run(bare_city / "data", tmp_path / "pandas")
    made = peers.fingerprint(tmp_path / "pandas")
    assert (peers.differences(base, made), len(made)) == ([], 13)
    published.run(bare_city / "data", tmp_path / "peer.duckdb")
    assert peers.differences(base, peers.fingerprint(tmp_path / "published")) == []
    quarantine = pl.read_parquet(tmp_path / "published" / "quarantine.parquet")
    assert quarantine["refused_for"].null_count() == 0
    assert quarantine["refused_for"].str.contains("^[A-Z_]+:[a-z_]+").all()
    with duckdb.connect(str(tmp_path / "peer.duckdb"), read_only=True) as con:
        told = " union all ".join(f"select count(*) as n from staging.refused_{name}" for name in SOURCES)
        assert con.execute(f"select cast(sum(n) as bigint) from ({told})").fetchall() == [(quarantine.height,)]

    path = tmp_path / "pandas" / "core" / "fact_attendance.parquet"
    presence = pl.read_parquet(path)
    presence.with_columns(pl.col("jp") + (pl.int_range(pl.len()) == 0)).write_parquet(path)
    assert peers.differences(base, peers.fingerprint(tmp_path / "pandas")) == ["core.fact_attendance: other jp"]
    pl.concat([presence, presence[:1]]).write_parquet(path)
    assert peers.differences(base, peers.fingerprint(tmp_path / "pandas")) == [
        "core.fact_attendance: 3,601 rows, not 3,600"
    ]


def test_the_projects_of_dbt_and_sqlmesh_are_the_products_own(bare_city: Path, tmp_path: Path) -> None:
    """Their queries, run in their order, give the bare script's rows; each tool's files hold every table and every check."""
    made = projects.queries(bare_city / "data")
    with duckdb.connect(str(tmp_path / "peer.duckdb")) as con:
        con.execute("; ".join(f"create schema {name}" for name in ("staging", "ops", "private", "core", "marts")))
        for table, query in made.items():
            con.execute(f"create table {table} as {query}")
        assert list(published.broken(con)) == []
        con.execute(
            "insert into core.dim_class by name (select class_key, class_id, -1 as cost_idr from core.dim_class limit 1)"
        )
        found = list(published.broken(con))
        con.execute("delete from core.dim_class where cost_idr = -1")
    assert {line.split(" of ")[0] for line in found} == {
        "core.dim_class: is_unique", "core.dim_class: not_null", "core.dim_class: accepted_range"
    }  # fmt: skip
    assert (
        peers.differences(peers.fingerprint(bare_city / "peer.duckdb"), peers.fingerprint(tmp_path / "peer.duckdb"))
        == []
    )

    expected = {projects.file_name(table) for table in made}
    checks = [check for model in bare.without_python().values() for check in projects.checks(model.contract)]
    projects.write_dbt(bare_city / "data", tmp_path / "dbt")
    models = {path.stem: path.read_text() for path in (tmp_path / "dbt" / "models").glob("*.sql")}
    assert set(models) == expected
    assert set(re.findall(r"ref\('(\w+)'\)", "".join(models.values()))) <= expected
    assert not re.findall(r"\b(?:from|join) (?:core|marts|staging|ops)\.", "".join(models.values()))
    described = yaml.safe_load((tmp_path / "dbt" / "models" / "schema.yml").read_text())["models"]
    assert sum(len(m["data_tests"]) + sum(len(c["data_tests"]) for c in m["columns"]) for m in described) == len(checks)
    projects.write_sqlmesh(bare_city / "data", tmp_path / "sqlmesh")
    assert {path.stem for path in (tmp_path / "sqlmesh" / "models").iterdir()} == expected
    assert len(list((tmp_path / "sqlmesh" / "audits").iterdir())) == sum(check.kind != "not_null" for check in checks)


def test_a_tool_that_fails_is_said_and_not_measured(tmp_path: Path) -> None:
    peer = peers.Peer("another", tmp_path, 1, "nothing", {"full refresh": ("false",)})
    peer.run("full refresh", tmp_path)
    base = peers.Peer("bare", tmp_path, 1, "", {"full refresh": ("true",)})
    base.run("full refresh", tmp_path)
    assert "| another | full refresh failed: false failed |" in "\n".join(peers.report([base, peer], 1))


def test_a_run_is_timed_and_a_failed_one_is_no_result(tmp_path: Path) -> None:
    measured = speed.Measured()
    speed.timed(measured, "true", home=tmp_path)
    assert (len(measured.seconds), measured.median) == (1, measured.seconds[0])
    with pytest.raises(RuntimeError, match="false failed"):
        speed.timed(measured, "false", home=tmp_path)


def test_a_night_that_has_become_dear_is_named() -> None:
    bounds = speed.QUICK_BOUNDS
    kinds = {name: speed.Measured(processor=[10 * bound]) for name, bound in bounds.items()}
    kinds["bare DuckDB script"] = speed.Measured(processor=[10.0])
    assert speed.too_dear(kinds) == []
    kinds["full refresh"].processor[0] *= 3
    [told] = speed.too_dear(kinds)
    assert (
        told
        == f"full refresh: {3 * bounds['full refresh']:.1f} × the bare script's processor seconds, allowed are {bounds['full refresh']:g}"
    )


def test_reading_is_measured(tmp_path: Path) -> None:
    target = tmp_path / "landing" / "attendance" / files.MONTH
    target.mkdir(parents=True)
    files.write_sheets(target, 2)
    assert files.measure(tmp_path).startswith("240 | 2 |")


def test_a_linear_program_recovers_nothing_and_would(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    """Of what is left out of a small city no cell is known better than before; of a program's sum that held a small class it is."""
    file = tmp_path / "warehouse.duckdb"
    shutil.copyfile(published_city(tmp_path_factory, 300, 3).build, file)
    with connect(file) as con:
        beside = attack.known_beside(con)
        found = attack.attack(con, beside)
        assert (found["hidden"] > 0).sum() >= 8
        assert found["hidden"].sum() > 40
        assert (found["narrowed"].sum(), found["recovered"].sum()) == (0, 0)
        con.execute(
            "update marts.program_scorecard as p set n_enrolled = s.n, n_completed = s.k from (select c.program_code, "
            "c.curriculum_version, count(*) as n, count(*) filter (f.status = 'completed') as k from core.fact_enrolment as f "
            "inner join core.dim_class as c using (class_key) group by all) as s "
            "where p.program_code = s.program_code and p.curriculum_version = s.curriculum_version"
        )
        found = attack.attack(con, beside).set_index("measure")
        assert found.loc["people who finished", "recovered"] > 0
        con.execute(
            "update marts.scorecard_history as p set n_enrolled = s.n, n_sessions_known = s.known, n_sessions_attended = s.k from ("
            "select h.program_code, h.curriculum_version, h.month_start, count(*) as n, sum(f.n_sessions_known) as known, "
            "sum(f.n_sessions_attended) as k from core.fact_enrolment as f inner join core.dim_class as c using (class_key) "
            "inner join marts.scorecard_history as h on c.program_code = h.program_code and c.curriculum_version = h.curriculum_version "
            "and c.ended_on <= h.counted_to group by all) as s where p.program_code = s.program_code "
            "and p.curriculum_version = s.curriculum_version and p.month_start = s.month_start"
        )
        found = attack.attack(con, beside).set_index("measure")
        assert found.loc["presence", "recovered"] > 0


def test_every_table_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "ENGINES", ("duckdb",))
    (line,) = scale.measure(1_800, tmp_path, employees=300)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:2] == ["1,800", "duckdb"]
    assert len(cells) == scale.HEAD.splitlines()[0].count("|") - 1
    assert all(float(cell.replace(",", "")) >= 0 for cell in cells[2:])


def test_nights_are_lived_through_and_all_is_made_again(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Without Dagster: a list comes, a month is lost and found, and then the version is made once more of what back-ups hold."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path / "data")
    pool = tmp_path / "attendance" / "2026-09" / "TS-2026-09-002.xls"
    pool.parent.mkdir(parents=True)
    shutil.move(store.landing.joinpath(*pool.parts[-3:]), pool)

    def in_process(store: Store, day: dt.date, kind: str, _: int) -> tuple[int, speed.Measured]:
        with pytest.raises(AuditFailed) if kind == "lose" else nullcontext():
            refresh(store, day)
        return int(kind == "lose"), speed.Measured([1.0], [1.0], [100.0])

    offices = nights.Offices(store.landing, [pool], 1)
    offices.send()
    assert store.landing.joinpath(*pool.parts[-3:]).exists()
    lived = list(nights.live(store, offices, ["lose", "find"], DAY + dt.timedelta(days=1), in_process))
    assert [(night.kind, night.code) for night in lived] == [("lose", 1), ("find", 0)]
    assert lived[0].files["landing"] < lived[1].files["landing"]
    again = nights.made_again(store, tmp_path / "again")
    assert not again.staging.exists()
    [at_once] = nights.live(
        again, nights.Offices(again.landing, [], 0), ["rest"], DAY + dt.timedelta(days=2), in_process
    )
    assert nights.hashes(again) == nights.hashes(store)
    assert "| 2 | find | 0 |" in "\n".join(nights.report(lived, at_once))


def test_what_takes_more_room_after_many_nights_is_named() -> None:
    def night(**size: int) -> nights.Night:
        return nights.Night("rest", 0, 1.0, 1.0, 1.0, Counter(size), Counter(dict.fromkeys(size, 3)), {})

    many = night(landing=10**6, staging=10**6, restricted=10**6, history=10**6)
    assert nights.grown(many, night(landing=10**6, staging=950_000, restricted=500_000, history=9)) == [
        "restricted: 1,000,000 size, made at once 500,000"
    ]
