"""What people write for a nation: the list of its agencies, and an agency's own over the nation's over the shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.agencies import Agencies
from schemas.policy import read_policy
from schemas.written import Flawed
from warehouse.delivery.cells.words import fold
from warehouse.delivery.layouts.written import check_profiles, known_profiles, set_aside, unit_aliases
from warehouse.offices.inspection import inspect_file
from warehouse.store import Store

LIST = "agencies:\n  - {code: kota-a, name: BKPSDM Kota A, short_name: Kota A}\n"
HEAD = "policy,value,unit,owner,source,valid_from,version\n"
PROFILE = "layouts:\n  - header: [NomorInduk, Rombel]\n    targets:\n      enrolments:\n        select: {employee_id: NomorInduk, class_id: Rombel, status: \"'registered'\"}\n"


@pytest.fixture
def nation(tmp_path: Path) -> Store:
    (tmp_path / "agencies.yaml").write_text(LIST)
    return Store(tmp_path)


@pytest.fixture
def agency(nation: Store) -> Store:
    store = nation.agency("kota-a")
    store.profiles.mkdir(parents=True)
    nation.profiles.mkdir()
    return store


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{code: Kota A, name: A, short_name: A}", "agencies[1].code: Kota A; allowed: small letters"),
        ("{code: b, name: B}", "agencies[1].short_name: not there"),
        ("{code: b, name: B, short_name: B, timezone: Asia/Makasar}", "Did you mean Asia/Makassar?"),
        ("{code: b, name: B, shortname: B}", "Did you mean short_name?"),
        ("{code: b, name: B, short_name: B, address: kota.go.id}", "an address as https://"),
        ("{code: kota-a, name: B, short_name: B}", "kota-a is the code of 2 entries"),
        ("kota-b", "agencies[1]: kota-b"),
    ],
)
def test_a_flawed_entry_is_set_aside_by_itself_with_its_line(tmp_path: Path, entry: str, told: str) -> None:
    (tmp_path / "agencies.yaml").write_text(f"{LIST}  - {entry}\n  - {{code: z, name: Z, short_name: Z}}\n")
    agencies = Agencies.read(tmp_path)
    text = "\n".join(map(str, agencies.set_aside))
    assert told in text
    assert "agencies.yaml, line " in text
    # Of two with one code nobody can say which is meant.
    assert [agency.code for agency in agencies.sound] == (["z"] if "2 entries" in text else ["kota-a", "z"])
    assert len(agencies.unsound) == 1


@pytest.mark.parametrize(
    "text", ["", "agencies: []\n", "agency: []\n", "- kota-a\n", "agencies: {a: 1}\n", "agencies: [\n"]
)
def test_a_list_that_says_nothing_stops_the_nation(tmp_path: Path, text: str) -> None:
    (tmp_path / "agencies.yaml").write_text(text)
    with pytest.raises(Flawed, match=r"agencies\.yaml"):
        Agencies.read(tmp_path)


def test_a_home_knows_its_nation_by_where_it_lies(nation: Store, agency: Store, tmp_path: Path) -> None:
    assert nation.is_national
    assert nation.national is None
    assert agency.national == nation
    assert agency.landing == tmp_path / "landing" / "kota-a"
    assert Store(tmp_path / "elsewhere" / "kota-a").national is None
    (tmp_path / "agencies.yaml").unlink()
    alone = Store(agency.home)
    assert (alone.national, alone.landing) == (None, agency.home / "landing")


def test_an_agencys_limit_wins_over_the_nations_and_that_over_the_shipped(nation: Store, agency: Store) -> None:
    row = "{name},{value},people,BPSDM,decision,2026-01-01,1\n"
    nation.policy.write_text(
        HEAD + row.format(name="minimum_respondents", value=8) + row.format(name="minimum_cell_size", value=7)
    )
    agency.policy.write_text(HEAD + row.format(name="minimum_respondents", value=9))
    limits = read_policy(*agency.policies).limits()
    assert (limits["minimum_respondents"], limits["minimum_cell_size"], limits["minimum_comment_group"]) == (9, 7, 10)
    assert read_policy(*nation.policies).limits()["minimum_respondents"] == 8


def test_a_broken_national_limit_is_set_aside_by_itself_and_named_as_the_nations(nation: Store, agency: Store) -> None:
    nation.policy.write_text(
        f"{HEAD}minimum_cell_size,few,people,B,d,2026-01-01,1\nminimum_respondents,8,people,B,d,2026-01-01,1\n"
    )
    limits = read_policy(*agency.policies).limits()
    assert (limits["minimum_cell_size"], limits["minimum_respondents"]) == (5, 8)
    [flaw] = set_aside(agency)
    assert str(flaw).startswith("national policy.csv, line 2, value: 'few'")
    [own] = set_aside(nation)
    assert str(own).startswith("policy.csv, line 2")


def test_profiles_are_looked_for_at_the_agency_then_the_nation(nation: Store, agency: Store) -> None:
    (nation.profiles / "simpeg.yaml").write_text(PROFILE)
    assert "simpeg" in known_profiles(agency).layouts
    assert "simpeg" in known_profiles(agency).own, "before a shipped one it reads what both know"
    (agency.profiles / "simpeg.yaml").write_text(PROFILE.replace("Rombel", "Kelompok"))
    [layout] = known_profiles(agency).layouts["simpeg"]
    assert "Kelompok" in str(layout)
    (nation.profiles / "simpeg.yaml").write_text("layouts: 1\n")
    assert known_profiles(agency).broken == {}, "one's own stands in for the broken one"
    (agency.profiles / "simpeg.yaml").unlink()
    assert str(known_profiles(agency).broken["simpeg"][0]).startswith("national profiles/simpeg.yaml")
    assert "simpeg" not in known_profiles(agency).layouts
    assert check_profiles(agency) == {}


def test_a_broken_profile_of_ones_own_lets_the_nations_read_nothing_meanwhile(nation: Store, agency: Store) -> None:
    """As over a shipped one: what it knows waits until it is mended, and is read by no other's rule."""
    (nation.profiles / "simpeg.yaml").write_text(PROFILE)
    (agency.profiles / "simpeg.yaml").write_text("layouts: 1\n")
    known = known_profiles(agency)
    assert "simpeg" not in known.layouts
    assert "simpeg" in known.replaced


def test_an_agencys_names_of_units_win_over_the_nations(nation: Store, agency: Store) -> None:
    head = "alias,unit_code,valid_from,valid_to\n"
    nation.unit_aliases.write_text(f"{head}Diskominfo,N-1,,\nDinkes,N-2,,\n")
    agency.unit_aliases.write_text(f"{head}Diskominfo,A-1,,\n")
    names = unit_aliases(agency).names
    assert [names[fold(name)][0][2] for name in ("Diskominfo", "Dinkes")] == ["A-1", "N-2"]


def test_a_city_is_its_own_file_then_its_entry_then_the_nations(nation: Store, agency: Store) -> None:
    (nation.home / "city.yaml").write_text(
        "name: Provinsi Uji\nagency: BPSDM\ntimezone: Asia/Jayapura\nyear_starts_in: 7\nfirst_month: 2020-01\n"
    )
    city = Store(agency.home).city
    assert (city.name, city.agency, city.timezone, city.year_starts_in) == (
        "Kota A",
        "BKPSDM Kota A",
        "Asia/Jayapura",
        7,
    )
    (nation.home / "agencies.yaml").write_text(
        LIST.replace("short_name: Kota A", "short_name: Kota A, timezone: Asia/Makassar")
    )
    (agency.home / "city.yaml").write_text("name: Kota A Baru\nyear_starts_in: 1\n")
    city = Store(agency.home).city
    assert (city.name, city.timezone, city.year_starts_in, city.first_month) == (
        "Kota A Baru",
        "Asia/Makassar",
        1,
        "2020-01",
    )
    assert nation.city.name == "Provinsi Uji"
    (nation.home / "agencies.yaml").write_text(LIST.replace("kota-a", "kota-b"))
    with pytest.raises(Flawed, match="no entry with code kota-a"):
        _ = Store(agency.home).city


def test_a_file_is_inspected_by_what_agency_and_nation_say(nation: Store, agency: Store, tmp_path: Path) -> None:
    (nation.profiles / "simpeg.yaml").write_text(PROFILE)
    nation.policy.write_text(f"{HEAD}minimum_respondents,8,people,B,d,2026-01-01,1\n")
    file = tmp_path / "daftar.csv"
    file.write_text("NomorInduk,Rombel\n199407142014011001,K-1\n")
    told = inspect_file(agency, file, None)
    assert [reading["layout"] for reading in told["readings"]] == ["profile simpeg"]
