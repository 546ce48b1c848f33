"""What the city wrote: sound parts are in force, broken ones are left out by themselves, and everybody is told."""

from __future__ import annotations

import datetime as dt

import duckdb
import polars as pl
import pytest

from schemas.aliases import UNIT_ALIASES
from schemas.column import ContractError
from schemas.fields import FIELDS
from schemas.policy import POLICY
from warehouse.building.inputs import begin_build, build_id
from warehouse.database import connect
from warehouse.delivery.cells.values import Reader
from warehouse.delivery.landing import Landing, scan
from warehouse.delivery.layouts.written import set_aside, unit_aliases
from warehouse.publishing.version import verdicts_of
from warehouse.store import Store
from warehouse.upkeep.health import examine

from ..conftest import DAY, copied, published_city, refresh

HEAD = "alias,unit_code,valid_from,valid_to\n"


def write(store: Store, name: str, text: str) -> None:
    path = store.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def unit(store: Store, name: str, day: str = "2026-01-01") -> str:
    """The code under which a unit is kept that a file of `day` calls `name`."""
    reader = Reader(aliases=unit_aliases(store).names, day=dt.date.fromisoformat(day))
    return str(reader.parse(pl.Series([name]), FIELDS["unit_code"])[0][0])


def test_the_shipped_names_of_units_are_sound_and_agree(store: Store) -> None:
    assert unit_aliases(store).set_aside == ()
    write(store, "unit_aliases.csv", UNIT_ALIASES.read_text(encoding="utf-8"))
    assert unit_aliases(store).set_aside == ()
    assert unit(store, "dinas kesehatan") == "DINKES"


def test_the_city_s_own_name_of_a_unit_wins_over_a_shipped_one(store: Store) -> None:
    write(store, "unit_aliases.csv", "alias,unit_code\nDinas  kesehatan,1.02.01\n")
    assert unit(store, "Dinas Kesehatan") == "1.02.01"


def test_the_shipped_name_holds_on_the_days_for_which_the_city_has_none(store: Store) -> None:
    write(store, "unit_aliases.csv", HEAD + "Dinas Kesehatan,OLD,2024-01-01,2025-01-01\n")
    days = ("2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01")
    assert [unit(store, "Dinas Kesehatan", day) for day in days] == ["DINKES", "OLD", "OLD", "DINKES"]


def test_names_of_units_may_stand_in_the_city_file(store: Store) -> None:
    write(store, "city.yaml", "aliases:\n  - {name: Dinas Kesehatan, unit_code: 1.02.01}\n")
    assert unit(store, "Dinas Kesehatan") == "1.02.01"


@pytest.mark.parametrize(
    ("row", "key", "seen"),
    [
        ("B,,,", "unit_code", "not there"),
        (",B,,", "alias", "not there"),
        ("B,B,2026-02-30,", "valid_from", "'2026-02-30'"),
        ("B,B,2026-02-01,2026-01-01", "valid_to", "'2026-01-01'"),
        ("B,B,2026-02-01,2026-02-01", "valid_to", "'2026-02-01'"),
        ("B, of the north,B,,", "", "1 cells more than the header has"),
    ],
)
def test_a_broken_name_of_a_unit_is_set_aside_by_itself(store: Store, row: str, key: str, seen: str) -> None:
    write(store, "unit_aliases.csv", f"{HEAD}A,1,,\n{row}\nC,3,,\n")
    [flaw] = set_aside(store)
    assert (flaw.file, flaw.line, flaw.key, flaw.seen) == ("unit_aliases.csv", 3, key, seen)
    assert [unit(store, name) for name in "ABC"] == ["1", "B", "3"]


def test_names_that_contradict_each_other_are_both_set_aside(store: Store) -> None:
    write(
        store, "unit_aliases.csv", HEAD + "A,1,,2026-06-01\na,2,2026-01-01,\nA,3,2020-01-01,2020-02-01\nB,1,,\nb,1,,\n"
    )
    write(store, "city.yaml", "aliases:\n  - {name: B, unit_code: 9}\n")
    flaws = set_aside(store)
    assert [(flaw.file, flaw.line) for flaw in flaws] == [
        ("unit_aliases.csv", line) for line in (2, 3, 4, 5, 6)
    ] + [("city.yaml", 0)]  # fmt: skip
    assert "city.yaml aliases[0]" in str(flaws[3])
    assert unit(store, "A", "2026-03-01") == "A"


def test_of_a_file_of_names_that_cannot_be_read_the_shipped_ones_hold(store: Store) -> None:
    write(store, "unit_aliases.csv", "alias;unit_code\nDinas Kesehatan;1.02.01\n")
    [flaw] = set_aside(store)
    assert "commas" in str(flaw)
    assert unit(store, "Dinas Kesehatan") == "DINKES"


def test_a_broken_city_file_stops_the_run_before_it_starts_and_the_doctor_says_why(store: Store) -> None:
    write(store, "city.yaml", "timezone: Asia/Jakrta\n")
    with pytest.raises(ContractError, match="Did you mean Asia/Jakarta"):
        _ = store.city
    found = [finding for finding in examine(store) if finding.what == "set aside"]
    assert [(finding.is_good, "Asia/Jakarta?" in finding.found) for finding in found] == [(False, True)]


def ops_policy(store: Store, day: dt.date) -> list[tuple[object, ...]]:
    with connect(":memory:") as con:
        begin_build(con, store, day, Landing({}, []))
        return con.execute("select * from ops.policy order by policy").fetchall()


def test_the_warehouse_holds_the_values_in_force_with_all_that_their_rows_say(store: Store) -> None:
    write(
        store,
        "policy.csv",
        "policy,value,unit,owner,source,valid_from,version\nminimum_respondents,7,people,B,own,2026-01-01,2\n"
        "minimum_respondents,9,people,B,own,2026-12-01,3\njp_floor_pns,-1,JP,B,own,2026-01-01,2\n",
    )
    shipped = duckdb.sql(
        f"select policy, value::double, unit, owner, source, valid_from, version::varchar from read_csv('{POLICY}') order by all"
    ).fetchall()
    rows = ops_policy(store, DAY)
    assert set(rows) ^ set(shipped) == {
        ("minimum_respondents", 5.0, "people", "Agency", "Threshold rule of statistical agencies (OECD glossary 7010)",
         dt.date(2026, 1, 1), "1"),
        ("minimum_respondents", 7.0, "people", "B", "own", dt.date(2026, 1, 1), "2"),
    }  # fmt: skip
    assert {row[0]: row[1] for row in ops_policy(store, dt.date(2026, 12, 1))}["minimum_respondents"] == 9


def test_what_is_set_aside_makes_another_version(store: Store) -> None:
    landing = scan(store, DAY)
    ids = [build_id(store, DAY, landing)]
    for text in ("alias,unit_code\nA,\n", "alias,unit_code\n"):
        write(store, "unit_aliases.csv", text)
        ids.append(build_id(store, DAY, landing))
    assert ids[0] != ids[1]
    assert ids[2] == ids[0]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A city with one broken profile, one broken limit, one broken name of a unit; published."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("written") / "data")
    write(store, "profiles/mine.yaml", "id_scheme: nipp\nlayouts:\n  - header: [A, B]\n")
    write(
        store,
        "policy.csv",
        "policy,value,unit,owner,source,valid_from,version\ndissatisfied_tolerated_shar,0.3,share,B,own,2026-01-01,2\n"
        "minimum_respondents,6,people,B,own,2026-01-01,2\n",
    )
    write(store, "unit_aliases.csv", "alias,unit_code\nKantor Lama,\nKantor Baru,KB-01\n")
    write(store, "landing/mine/2026-11/a.csv", "A,B\n1,2\n")
    refresh(store)
    return store


def test_a_city_with_broken_files_still_publishes(city: Store) -> None:
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        limits = dict(con.execute("select policy, value from ops.policy").fetchall())
        files = con.execute(
            "select folder, file_name, status, reason_code, seen from ops.delivery where status = 'held'"
        ).fetchall()
        [rows] = con.execute("select count(*) from core.fact_attendance").fetchall()[0]
    assert rows > 0
    assert (limits["minimum_respondents"], limits["dissatisfied_tolerated_share"]) == (6, 0.2)
    assert files == [
        ("mine/2026-11", "a.csv", "held", "PROFILE_BROKEN",
         "profiles/mine.yaml, line 1, id_scheme: nipp; allowed: nip, opaque, person. Did you mean nip?")
    ]  # fmt: skip


SAID = ("profiles/mine.yaml, line 1, id_scheme", "policy.csv, line 2, policy", "unit_aliases.csv, line 2, unit_code")


def test_the_published_version_says_what_was_set_aside(city: Store) -> None:
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        [(severity, passed, actual)] = con.execute(
            "select severity, passed, actual from ops.audit_result where audit = 'integrity: typed inputs'"
        ).fetchall()
    assert (severity, passed) == ("warning", False)
    assert all(words in actual for words in SAID), actual
    assert "Did you mean dissatisfied_tolerated_share?" in actual


def test_the_doctor_says_what_was_set_aside_and_how_to_mend_it(city: Store) -> None:
    found = [finding for finding in examine(city) if finding.what == "set aside"]
    assert [next(words for words in SAID if words in finding.found) for finding in found] == list(SAID)
    assert all(finding.resolve and not finding.is_good for finding in found)


def test_once_mended_nothing_is_set_aside(copy: Store) -> None:
    write(copy, "profiles/mine.yaml", "layouts:\n  - header: [A, B]\n")
    write(copy, "policy.csv", POLICY.read_text(encoding="utf-8"))
    write(copy, "unit_aliases.csv", "alias,unit_code\nKantor Baru,KB-01\n")
    assert set_aside(copy) == []
    refresh(copy)
    assert [v.passed for v in verdicts_of(copy) if v.audit == "integrity: typed inputs"] == [True]
    assert [finding.is_good for finding in examine(copy) if finding.what == "what the city wrote"] == [True]
