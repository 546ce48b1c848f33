"""What people write: each flaw with file, line, key, the value seen, what is allowed, and the nearest known name."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest

from schemas.aliases import UnitAlias
from schemas.city import City
from schemas.column import ContractError
from schemas.written import Flaw, Flawed, read_rows
from warehouse.store import Store


def write(folder: Path, text: str | bytes, name: str = "city.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def flaws(folder: Path, text: str | bytes) -> tuple[Flaw, ...]:
    write(folder, text)
    with pytest.raises(Flawed) as caught:
        City.read(folder, ["id", "en"])
    return caught.value.flaws


def test_a_city_without_a_file_is_tangerang_selatan(tmp_path: Path) -> None:
    city = Store(tmp_path).city
    assert (city.name, city.timezone, city.nightly_at, city.deadline_hour) == (
        "Kota Tangerang Selatan", "Asia/Jakarta", "01:00", 5
    )  # fmt: skip
    assert (city.first_month, city.year_starts_in, city.languages, city.aliases, city.logo) == (
        "2015-01", 1, ("id", "en"), (), None
    )  # fmt: skip


def test_a_city_is_what_its_file_says(tmp_path: Path) -> None:
    write(tmp_path, "<svg/>", "logo.svg")
    write(
        tmp_path,
        "name: Kota Makassar\ntimezone: Asia/Makassar\nnightly_at: '23:30'\nlanguages: [en]\nlogo: logo.svg\n"
        "first_month: 2020-07\naliases:\n  - {name: Kantor Baru, unit_code: KB-01, valid_from: 2026-01-01}\n",
    )
    city = City.read(tmp_path, ["id", "en"])
    assert (city.name, city.zone_label, city.languages, city.first_month) == (
        "Kota Makassar",
        "WITA",
        ("en",),
        "2020-07",
    )
    assert city.aliases == (UnitAlias(name="Kantor Baru", unit_code="KB-01", valid_from=dt.date(2026, 1, 1)),)


def test_an_empty_city_file_is_the_default(tmp_path: Path) -> None:
    write(tmp_path, "# name:\n")
    assert City.read(tmp_path, ["id", "en"]) == City()


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Asia/Jakarta", "WIB"),
        ("Asia/Pontianak", "WIB"),
        ("Asia/Makassar", "WITA"),
        ("Asia/Jayapura", "WIT"),
        ("UTC", "UTC"),
        ("Asia/Singapore", "Asia/Singapore"),
        ("Europe/Amsterdam", "Europe/Amsterdam"),
    ],
)
def test_a_zone_goes_by_the_word_that_people_use(zone: str, label: str) -> None:
    assert City(timezone=zone).zone_label == label


@pytest.mark.parametrize(
    ("text", "line", "key", "seen", "nearest"),
    [
        ("name: X\ntimezone: Asia/Jakrta\n", 2, "timezone", "Asia/Jakrta", "Asia/Jakarta"),
        ("timezone: Jakarta\n", 1, "timezone", "Jakarta", "Asia/Jakarta"),
        ("timezone: ../../etc/passwd\n", 1, "timezone", "../../etc/passwd", ""),
        ("timezome: Asia/Jakarta\n", 1, "timezome", "unknown entry", "timezone"),
        ("first_month: 2015-13\n", 1, "first_month", "2015-13", ""),
        ("first_month: 1015-01\n", 1, "first_month", "1015-01", ""),
        ("nightly_at: '1:00'\n", 1, "nightly_at", "'1:00'", ""),
        ("nightly_at: 24:00\n", 1, "nightly_at", "24:00", ""),
        ("deadline_hour: 24\n", 1, "deadline_hour", "24", ""),
        ("deadline_hour: yes\n", 1, "deadline_hour", "yes", ""),
        ("deadline_hour: 010\n", 1, "deadline_hour", "010", ""),
        ("year_starts_in: 0\n", 1, "year_starts_in", "0", ""),
        ("languages: []\n", 1, "languages", "an empty list", ""),
        ("languages: [id, id]\n", 1, "languages[1]", "id", ""),
        ("languages:\n  - ind\n", 2, "languages[0]", "ind", "id"),
        ("languages: id\n", 1, "languages", "id", ""),
        ("logo: logo.gif\n", 1, "logo", "logo.gif", ""),
        ("logo: ../logo.svg\n", 1, "logo", "../logo.svg", ""),
        ("logo: logo.svg\n", 1, "logo", "logo.svg", ""),
        ("aliases:\n  - name: A\n", 2, "aliases[0].unit_code", "not there", ""),
        ("aliases: [{name: A, unit_code: ''}]\n", 1, "aliases[0].unit_code", "''", ""),
        ("aliases: [{name: A, unit_code: B, valid_from: 2026}]\n", 1, "aliases[0].valid_from", "2026", ""),
        ("aliases:\n- {name: A, unit_code: B, valid_from: 2026-02-30}\n", 2, "aliases[0].valid_from", "2026-02-30", ""),
        (
            "aliases:\n- name: A\n  unit_code: B\n  valid_from: 2026-02-01\n  valid_to: 2026-01-01\n",
            5, "aliases[0].valid_to", "2026-01-01", "",
        ),
        ("- name\n", 1, "", "a list", ""),
    ],
)  # fmt: skip
def test_a_flaw_names_line_key_value_and_the_nearest_name(
    tmp_path: Path, text: str, line: int, key: str, seen: str, nearest: str
) -> None:
    [flaw] = flaws(tmp_path, text)
    assert (flaw.file, flaw.line, flaw.key, flaw.seen, flaw.nearest) == ("city.yaml", line, key, seen, nearest)
    assert flaw.allowed
    assert str(flaw).startswith(f"city.yaml, line {line}")


def test_every_flaw_is_said_at_once(tmp_path: Path) -> None:
    write(tmp_path, "timezone: WIB\nfirst_month: soon\nnam: x\n")
    with pytest.raises(ContractError) as caught:
        City.read(tmp_path, ["id", "en"])
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "city.yaml, line 1, timezone", "city.yaml, line 2, first_month", "city.yaml, line 3, nam"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "read_as"), [("NO", "a truth value"), ("On", "a truth value"), ("1.10", "a number"), ("010", "a number"),
                           ("23:30", "a number"), ("2026-01-01", "a date")],
)  # fmt: skip
def test_a_bare_word_that_yaml_takes_for_something_else_is_told_to_be_quoted(
    tmp_path: Path, value: str, read_as: str
) -> None:
    [flaw] = flaws(tmp_path, f"name: {value}\n")
    assert flaw.mend == f"Put quotes around it: '{value}'. Bare, YAML reads it as {read_as}."


def test_a_plain_number_stands_for_its_digits(tmp_path: Path) -> None:
    write(tmp_path, "aliases: [{name: Dinas 1, unit_code: 17}]\n")
    assert City.read(tmp_path, ["id", "en"]).aliases[0].unit_code == "17"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: A\nagency: B\nname: C\n", 3, "written twice, also in line 1"),
        ("name: A\n\tagency: B\n", 2, "a tab"),
        ("name: A\nlanguages: [id\n", 2, "no YAML"),
        ("name: {{ city }}\n", 1, "a text as key"),
        ("name: A\nNO: B\n", 2, "Put quotes around it: 'NO'."),
        ("name: A\n---\nname: B\n", 2, "no YAML"),
        ("name: *other\n", 1, "no YAML"),
        (b"name: A\nagency: Dinas Kesehatan \xe9\n", 2, "not in UTF-8"),
        ("name: A\nagency: TODO\n", 2, "TODO not filled in"),
    ],
)
def test_what_is_no_sound_yaml_is_named_with_its_line(tmp_path: Path, text: str | bytes, line: int, said: str) -> None:
    [flaw] = flaws(tmp_path, text)
    assert (flaw.line, said in str(flaw)) == (line, True), flaw


def test_a_few_lines_that_stand_for_billions_of_entries_are_refused(tmp_path: Path) -> None:
    """Lists of references to lists: written out they would fill the memory."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise("abcdefghi")]
    [flaw] = flaws(tmp_path, "\n".join([*lines, "languages: *i", ""]))
    assert "entries; allowed are 100,000" in flaw.seen
    assert "recursion" in flaws(tmp_path, "languages: &a [*a]\n")[0].seen


def test_references_that_save_writing_are_read(tmp_path: Path) -> None:
    write(tmp_path, "languages: &own [id, en]\naliases: [{name: A, unit_code: U}]\n")
    assert City.read(tmp_path, ["id", "en"]).languages == ("id", "en")


def test_a_sound_row_is_kept_beside_a_broken_one(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'name,unit_code,valid_from\nA,1,\n"B\nb",,2026-01-01\nC,3,2026-13-01\nD,4,2026-01-01\n', "u.csv"
    )
    rows, found = read_rows(path, UnitAlias)
    assert [(line, row.name) for line, row in rows] == [(2, "A"), (6, "D")]
    assert [(flaw.line, flaw.key, flaw.seen) for flaw in found] == [
        (3, "unit_code", "not there"), (5, "valid_from", "'2026-13-01'")
    ]  # fmt: skip


def test_a_cell_too_many_is_a_comma_without_quotes(tmp_path: Path) -> None:
    rows, [flaw] = read_rows(write(tmp_path, "name,unit_code\nDinas A, B,1\n", "u.csv"), UnitAlias)
    assert (rows, flaw.line, "quotes" in flaw.mend) == ([], 2, True)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name;unit_code\nA;1\n", 1, "commas between them"),
        ("name,unit_kode\nA,1\n", 1, "Did you mean unit_code?"),
        ("name,name,unit_code\nA,A,1\n", 1, "written twice"),
        ("", 1, "no column"),
        ('name,unit_code\nA,1\n"B,2\nC,3\n', 3, "Close every quote"),
        (b"name,unit_code\n\xe9,1\n", 2, "Save as UTF-8"),
    ],
)
def test_a_csv_file_that_cannot_be_read_says_why(tmp_path: Path, text: str | bytes, line: int, said: str) -> None:
    with pytest.raises(Flawed) as caught:
        read_rows(write(tmp_path, text, "u.csv"), UnitAlias)
    [flaw] = caught.value.flaws
    assert (flaw.line, said in str(flaw)) == (line, True), flaw


def test_a_file_that_is_not_to_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "city.yaml").mkdir()
    with pytest.raises(ContractError, match=r"city\.yaml: cannot be read"):
        City.read(tmp_path, ["id", "en"])
