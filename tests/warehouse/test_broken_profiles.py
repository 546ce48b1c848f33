"""A profile that is broken, or that fails on a file, is set aside by itself: its files wait or are refused, the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from schemas.profiles import load
from schemas.written import Flaw, Flawed
from warehouse.delivery.landing import Problem, scan
from warehouse.delivery.layouts.profile_layout import TOLD
from warehouse.delivery.layouts.rehearsal import rehearse
from warehouse.delivery.layouts.written import known_profiles
from warehouse.offices.inspection import inspect_file
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI = "198503152010012001", "199001012024211002"
PROFILE = """\
layouts:
  - header: [Pegawai, Kls, Ke, Ket]
    optional: [Catatan]
    targets:
      attendance:
        where: "Pegawai <> ''"
        select: {class_id: Kls, employee_id: Pegawai, session_no: Ke, status: Ket}
"""
FILE = f"Pegawai;Kls;Ke;Ket\n{ANI};A;1;H\n{BUDI};A;1;H\n"
CANONICAL = f"class_id,session_no,nip,status\nB,1,{ANI},H\n"


def write_profile(store: Store, text: str, name: str = "mine.yaml") -> Path:
    store.profiles.mkdir(parents=True, exist_ok=True)
    path = store.profiles / name
    path.write_text(text)
    return path


def problems(store: Store) -> list[Problem]:
    return list(scan(store, DAY).problems)


def flaws_of(store: Store, text: str) -> list[Flaw]:
    path = write_profile(store, text)
    with pytest.raises(Flawed) as caught:
        load(path, rehearse)
    return list(caught.value.flaws)


def test_files_of_a_broken_profile_wait_and_the_others_are_read(store: Store, deliver: Deliver, read: Read) -> None:
    write_profile(store, PROFILE.replace("layouts:", "id_scheme: nipp\nlayouts:"))
    deliver("mine/2026-01/a.csv", FILE)
    deliver("attendance/2026-01/b.csv", CANONICAL)
    [problem] = problems(store)
    assert (problem.file_name, problem.status, problem.code) == ("mine/2026-01/a.csv", "held", "PROFILE_BROKEN")
    assert problem.seen == (
        "profiles/mine.yaml, line 1, id_scheme: nipp; allowed: nip, opaque, person. Did you mean nip?"
    )  # fmt: skip
    assert read()["attendance/2026-01/b.csv"].n_accepted == 1


def test_a_mended_profile_reads_what_waited(store: Store, deliver: Deliver, read: Read) -> None:
    write_profile(store, PROFILE.replace("select", "selekt"))
    deliver("mine/2026-01/a.csv", FILE)
    assert [problem.code for problem in problems(store)] == ["PROFILE_BROKEN"]
    write_profile(store, PROFILE)
    assert read()["mine/2026-01/a.csv"].n_accepted == 2
    assert problems(store) == []


def test_what_is_said_of_a_waiting_file_follows_the_profile(store: Store, deliver: Deliver) -> None:
    deliver("mine/2026-01/a.csv", FILE)
    for word in ("nipp", "nippp"):
        write_profile(store, PROFILE.replace("layouts:", f"id_scheme: {word}\nlayouts:"))
        [problem] = problems(store)
        assert f"{word};" in problem.seen


def test_a_broken_profile_does_not_take_part_in_other_folders(store: Store, deliver: Deliver, read: Read) -> None:
    write_profile(store, PROFILE)
    deliver("attendance/2026-01/a.csv", FILE)
    assert read()["attendance/2026-01/a.csv"].profile == "mine"
    write_profile(store, PROFILE + "unknown: entry\n")
    assert [(problem.code, problem.status) for problem in problems(store)] == [("FILE_COLUMNS", "refused")]


@pytest.mark.parametrize("folder", ["skm", "service_satisfaction"])
def test_the_shipped_profile_does_not_step_in_for_a_broken_one_of_its_name(
    store: Store, deliver: Deliver, read: Read, folder: str
) -> None:
    deliver(f"{folder}/2026-01/dukcapil.csv", "unsur,total_nilai,n_resp\nU1,320,100\n")
    deliver("attendance/2026-01/b.csv", CANONICAL)
    write_profile(store, "extends: skm\nid_schema: nip\n", "skm.yaml")
    [problem] = problems(store)
    assert (problem.code, problem.status, "Did you mean id_scheme?" in problem.seen) == ("PROFILE_BROKEN", "held", True)
    assert set(read()) == {"attendance/2026-01/b.csv"}
    (store.profiles / "skm.yaml").unlink()
    assert read()[f"{folder}/2026-01/dukcapil.csv"].n_accepted == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "said", "nearest"),
    [
        ("class_id: Kls", "class_id: Klss", 7, "select.class_id", "'Klss' uses 'Klss', which is no column", "Kls"),
        ("class_id: Kls", "class_id: 'KELASKU(Kls)'", 7, "select.class_id", "unsupported function", ""),
        ("class_id: Kls", "class_id: 'Kls ||'", 7, "select.class_id", "unable to parse", ""),
        ("class_id: Kls", "class_id: 'CASE WHEN Kls THEN Ke END'", 7, "select.class_id", "", ""),
        ("class_id: Kls", "class_id: \"REGEXP_LIKE(Kls, '(')\"", 7, "select.class_id", "regex", ""),
        ("class_id: Kls", "class_id: value", 7, "select.class_id", "'value', which is no column", ""),
        ("Pegawai <>", "Pegawa <>", 6, "where", "'Pegawa', which is no column", "Pegawai"),
        ("Pegawai <> ''", "Pegawai", 6, "where", "", ""),
    ],
)  # fmt: skip
def test_an_expression_that_can_never_be_worked_out_is_a_flaw_before_any_file_is_read(
    store: Store, old: str, new: str, line: int, key: str, said: str, nearest: str
) -> None:
    [flaw] = flaws_of(store, PROFILE.replace(old, new))
    assert (flaw.line, flaw.key, flaw.nearest) == (line, f"layouts[0].targets.attendance.{key}", nearest), str(flaw)
    assert said in flaw.seen


COLUMNS = (
    "Pegawai", "Catatan", "kode", "opd", "_file", "_sha", "_row", "_sheet", "_month", "_month_end", "_scale_min", "_scale_max",
    "value", "_heading", "_nth", "ke", "butir", "Hari 1",
)  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_that_stands_beside_the_file_s_own_is_known(store: Store, name: str) -> None:
    text = "codebook: {scale: [1, 4], words: {}}\n" + PROFILE.replace(
        "    targets:", "    aliases: {Kode: kode}\n    facts: {opd: [OPD]}\n    targets:"
    ).replace("        select:", "        unpivot: {Hari 1: {ke: 1}, '/(?P<butir>.+)/': {}}\n        select:").replace(
        "Status}", f"'\"{name}\"'}}"
    )
    assert load(write_profile(store, text), rehearse)


def test_columns_of_the_other_file_are_not_known_beforehand(store: Store) -> None:
    text = PROFILE.replace("    targets:", "    lookup: {file: kelas.csv, by: Kls}\n    targets:")
    assert load(write_profile(store, text.replace("status: Ket", "status: Kehadiran")), rehearse)
    assert flaws_of(store, text.replace("status: Ket", "status: ADA(Kehadiran)"))[0].line == 8
    [flaw] = flaws_of(store, text.replace("by: Kls", "by: Klas"))
    assert (flaw.line, flaw.key, flaw.nearest) == (4, "layouts[0].lookup.by", "Kls")


QUERY = """\
layouts:
  - header: [Pegawai, Kls, Ke]
    targets:
      attendance:
        query: |
          select Kls as class_id, Pegawai as employee_id, Ke as session_no, min(_row) as _row from rows group by all
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("select Kls as", "select Klas as", 'column "Klas" not found'),
        ("min(_row)", "minimum(_row)", "minimum does not exist"),
        ("from rows", "from row_s", "row_s does not exist"),
        ("from rows", "from '/etc/passwd'", ""),
        (", min(_row) as _row", "", "gives no _row"),
        ("Ke as session_no", "Ke as sesi_no", "gives 'sesi_no', which is no column of attendance"),
        ("Pegawai as employee_id, ", "", "gives no employee_id"),
        ("select Kls", "drop table rows; select Kls", ""),
    ],
)
def test_a_query_is_tried_on_an_empty_table(store: Store, old: str, new: str, said: str) -> None:
    assert load(write_profile(store, QUERY), rehearse)
    flaws = flaws_of(store, QUERY.replace(old, new))
    assert any(said in flaw.seen for flaw in flaws), flaws
    assert {(flaw.line, flaw.key) for flaw in flaws} == {(5, "layouts[0].targets.attendance.query")}


SECRET = "rahasia-4711"


@pytest.mark.parametrize(
    ("profile", "where"),
    [
        (PROFILE.replace("session_no: Ke", "session_no: CAST(Ke AS BIGINT)"), "session_no (InvalidOperationError)"),
        (PROFILE.replace("Pegawai <> ''", "CAST(Ke AS BIGINT) > 0"), "where (InvalidOperationError)"),
        (QUERY.replace("Ke as", "cast(Ke as bigint) as"), "query (ConversionException)"),
    ],
)
def test_a_file_on_all_of_whose_values_an_expression_fails_is_refused_without_a_value_of_it(
    store: Store, deliver: Deliver, read: Read, profile: str, where: str
) -> None:
    write_profile(store, profile)
    deliver("mine/2026-01/a.csv", FILE.replace("A;1;H", f"A;{SECRET};H"))
    deliver("mine/2026-01/b.csv", FILE.replace("A;1;H", "C;1;H"))
    deliver("attendance/2026-01/c.csv", CANONICAL)
    reports = read()
    broken = reports["mine/2026-01/a.csv"]
    assert (broken.status, broken.reason_code) == ("refused", "PROFILE_FAILED")
    assert broken.seen == f"Profile mine, attendance: {where}."
    assert (broken.n_read, reports["mine/2026-01/b.csv"].n_accepted, reports["attendance/2026-01/c.csv"].n_accepted) == (
        0, 2, 1
    )  # fmt: skip
    staged = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    assert sorted(set(staged["class_id"])) == ["B", "C"]
    assert not any(SECRET in path.read_text() for path in store.staging.rglob("*.json"))


@pytest.mark.parametrize(
    ("profile", "column"),
    [
        (PROFILE.replace("session_no: Ke", "session_no: CAST(Ke AS BIGINT)"), ("session_no", 3, "Ke")),
        (PROFILE.replace("Pegawai <> ''", "CAST(Ke AS BIGINT) > 0"), ("", None, "")),
        (QUERY.replace("Ke as", "cast(Ke as bigint) as"), ("", None, "")),
    ],
)
def test_a_row_on_whose_values_an_expression_fails_is_refused_and_the_others_are_read(
    store: Store, deliver: Deliver, read: Read, profile: str, column: tuple[str, int | None, str]
) -> None:
    write_profile(store, profile)
    deliver("mine/2026-01/a.csv", FILE.replace("A;1;H", f"A;{SECRET};H", 1))
    report = read()["mine/2026-01/a.csv"]
    assert (report.status, report.n_accepted, report.n_refused) == ("partly_refused", 1, 1)
    [refused] = pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet").to_dicts()
    assert (refused["reason_code"], refused["row_number"]) == ("PROFILE_FAILED", 2)
    assert (refused["column_name"], refused["column_number"], refused["heading"]) == column
    assert refused["raw_row"] == f"{ANI} | A | {SECRET} | H"


def test_an_expression_that_fails_on_very_many_rows_refuses_the_file(
    store: Store, deliver: Deliver, read: Read
) -> None:
    write_profile(store, PROFILE.replace("session_no: Ke", "session_no: CAST(Ke AS BIGINT)"))
    rows = [f"{ANI};A{number};{'x' if number else 1};H\n" for number in range(TOLD + 2)]
    deliver("mine/2026-01/a.csv", "Pegawai;Kls;Ke;Ket\n" + "".join(rows))
    report = read()["mine/2026-01/a.csv"]
    assert (report.status, report.reason_code) == ("refused", "PROFILE_FAILED")


def test_a_recap_with_a_word_for_a_number_loses_that_row_alone(deliver: Deliver, read: Read, store: Store) -> None:
    """A decimal comma is a decimal mark; where nobody was asked there is no answer."""
    rows = 'U1,332,100\nU2,"331,5",100\nU3,tidak ada,100\nU4,340,100\nU5,0,0\nU6,10,0\n'
    deliver("skm/2026-01/dukcapil.csv", f"unsur,total_nilai,n_resp\n{rows}")
    report = read()["skm/2026-01/dukcapil.csv"]
    assert (report.n_accepted, report.n_refused) == (3, 3)
    staged = pl.read_parquet(store.staging / "service_satisfaction" / "2026-01.parquet")
    assert dict(staged.select("element", "score").rows()) == {"persyaratan": 3.32, "prosedur": 3.315, "biaya": 3.4}


def test_inspect_says_what_is_wrong_with_the_profile(store: Store, tmp_path: Path) -> None:
    write_profile(store, PROFILE.replace("class_id: Kls", "class_id: Klss"))
    file = tmp_path / "a.csv"
    file.write_text(FILE)
    for folder in ("mine", None):
        refused = inspect_file(store, file, folder)["refused"]
        assert "profiles/mine.yaml, line 7" in refused, folder
        assert "Did you mean Kls?" in refused, folder


def test_the_check_of_an_unchanged_profile_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write_profile(store, PROFILE)
    assert "mine" in known_profiles(store).layouts
    with monkeypatch.context() as patch:
        patch.setattr("schemas.profiles.load", lambda *_: pytest.fail("it was read again"))
        assert "mine" in known_profiles(store).layouts
