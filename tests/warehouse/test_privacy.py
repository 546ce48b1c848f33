"""Nobody's identity is in what is published; a comment names nobody; a person can be forgotten for good."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from schemas.policy import policy_value
from tests.conftest import DAY, copied, published_city, refresh, words_in
from warehouse import report
from warehouse.building.build import build_table
from warehouse.building.inputs import begin_build
from warehouse.building.models import models
from warehouse.database import connect, open_version
from warehouse.delivery.landing import scan
from warehouse.people.privacy import Names
from warehouse.publishing.files import copy_tables, write_dashboards
from warehouse.publishing.version import is_sound, review_build
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes
from warehouse.store import Store
from warehouse.upkeep import health
from warehouse.upkeep.forget import forget_person, months_with, pseudonym_of

NAMES = Names(["Budi Santoso, S.Sos.", "SITI RAHMAWATI", "Dr. Bagus Wijaya, M.Si.", "Sri Wahyuni Lestari", "Nur'aini"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Pak Budi terlalu cepat", "Pak [nama] terlalu cepat"),
        ("bu siti ramah, budi santoso juga", "bu [nama] ramah, [nama] juga"),
        ("BUDI SANTOSO bagus", "[nama] bagus"),
        ("Materi bagus dan lestari", "Materi bagus dan lestari"),  # words of the language, written small
        ("sri wahyuni lestari hadir", "[nama] hadir"),  # unless they are a name's neighbours
        ("Pak Joko hebat", "Pak [nama] hebat"),  # nobody known, but addressed
        ("Pak, mohon contoh ditambah", "Pak, mohon contoh ditambah"),
        ("NIP 19800101 200501 1 001, 0812-3456-7890, a.b@c.id", "NIP [nomor], [nomor], [surel]"),
        ("Kelas 20 orang, jam 08.30", "Kelas 20 orang, jam 08.30"),
        ("Terima kasih Bpk.Joko, Sdr.Joko dan Bu.Siti", "Terima kasih Bpk.[nama], Sdr.[nama] dan Bu.[nama]"),
        ("Budi-nya ramah. Budi.Kurang suaranya", "[nama]-nya ramah. [nama].[nama] suaranya"),
        ("Panitia BudiSantoso sigap, budisantoso juga", "Panitia [nama] sigap, [nama] juga"),
        ("e-learning dan tatap-muka, PowerPoint bagus", "e-learning dan tatap-muka, PowerPoint bagus"),
        ("Pak Ma'ruf dan Nur'aini", "Pak [nama] dan [nama]"),
        ("surel a@b dan @siapa", "surel [surel] dan @siapa"),
    ],
)
def test_a_comment_names_nobody(said: str, shown: str) -> None:
    assert NAMES.scrub(said) == shown


def test_a_long_word_takes_no_longer_than_many_short_ones() -> None:
    """Were it looked at anew from each of its letters, it would take minutes."""
    assert NAMES.scrub("x" * 1_000_000 + "@") == "x" * 1_000_000 + "@"
    assert NAMES.scrub("Xy" * 100_000) == "Xy" * 100_000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published city in which respondents name colleagues, once by NIP."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path_factory.mktemp("private") / "data")
    with open_version(store.current) as con:
        # A class of the newest month, whose survey month can be delivered again with a file more.
        class_id, month = con.execute(
            "select class_id, strftime(end_date, '%Y-%m') from marts.class_scorecard where n_respondents >= 10 "
            "order by end_date desc, class_id limit 1"
        ).fetchall()[0]
    people = identities(store)
    path = store.landing / "survey_responses" / month / "zz-komentar.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            [
                "response_id",
                "class_id",
                "submitted_at",
                "aspect",
                "item_code",
                "score",
                "scale_min",
                "scale_max",
                "instructor_id",
                "comment",
            ]
        )
        for number, (nip, name) in enumerate(people):
            said = f"{name.split(',')[0].lower()} membantu, hubungi {name} atau NIP {nip}"
            out.writerow([f"Z{number}", class_id, f"{month}-28T10:00:00", "OVERALL", "Q8", 4, 1, 4, "", said])
    refresh(store)
    return store


def identities(store: Store) -> list[tuple[str, str]]:
    """NIP and name of everybody, from the restricted store."""
    with connect(store.restricted / "identity.duckdb", read_only=True) as con:
        return con.execute("select employee_id, full_name from identity order by all").fetchall()


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything that can be read below a folder: the bytes of each file, and the text inside packed ones."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        yield path, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            yield path, pl.read_parquet(path).write_csv()
        elif path.suffix == ".duckdb":
            with connect(path, read_only=True) as con:
                tables = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
                for (table,) in tables:
                    yield path, con.sql(f"select * from {table}").pl().write_csv()


def found(folder: Path, wanted: set[str]) -> set[tuple[str, str]]:
    """Which of the wanted texts stand where."""
    return {(path.name, text) for path, content in texts(folder) for text in words_in(content, wanted)}


def test_no_nip_and_no_name_is_published(city: Store) -> None:
    people = identities(city)
    with open_version(city.current) as con:
        trainers = {name for (name,) in con.execute("select instructor_name from core.dim_instructor").fetchall()}
        comments = [text for (text,) in con.execute("select comment from marts.survey_comment").fetchall()]
    assert sum("[nama]" in comment and "[nomor]" in comment for comment in comments) >= len(people)
    names = {name for _, name in people if not any(name in (trainer or "") for trainer in trainers)}
    assert len(names) > 0.9 * len(people)
    assert found(city.published.resolve(), {nip for nip, _ in people} | names) == set()


def test_the_search_would_find_one(city: Store, tmp_path: Path) -> None:
    nip, name = identities(city)[0]
    pl.DataFrame({"a": [f"x{nip}"], "b": [name]}).write_parquet(tmp_path / "a.parquet")
    with connect(tmp_path / "b.duckdb") as con:
        con.execute(f"create table t as select '{nip}' as a")
    assert found(tmp_path, {nip, name}) == {("a.parquet", nip), ("a.parquet", name), ("b.duckdb", nip)}


def test_dashboards_hold_no_row_about_one_person(city: Store) -> None:
    with connect((city.current / "dashboards.duckdb").resolve(), read_only=True) as con:
        tables = {
            name for (name,) in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        }
        columns = {name for (name,) in con.execute("select column_name from duckdb_columns()").fetchall()}
        bare = con.execute("select count(*) from duckdb_columns() where comment is null and not internal").fetchall()[
            0
        ][0]
        con.execute("select count(*) from core.dim_unit_current").fetchall()
    assert {table for table in tables if table.startswith("marts.")} == {n for n in models() if n.startswith("marts.")}
    assert {"core.dim_class", "core.dim_program", "ops.delivery"} <= tables
    assert not {"core.dim_employee", "core.fact_survey_response", "core.fact_enrolment"} & tables
    assert not {"employee_id", "employee_key", "response_id"} & columns
    assert bare == 0


def test_answers_of_small_groups_are_in_no_published_file(copy: Store, tmp_path: Path) -> None:
    with open_version(copy.current) as con:
        class_id = con.execute("select min(class_id) from marts.reaction where n_respondents >= 10").fetchall()[0][0]
    for path in (copy.staging / "survey_responses").glob("*.parquet"):
        rows = pl.read_parquet(path)
        kept = set(rows.filter(pl.col("class_id") == class_id).get_column("response_id").unique().sort().head(4))
        few = rows.filter((pl.col("class_id") != class_id) | pl.col("response_id").is_in(list(kept)))
        few.write_parquet(path)
    build(copy)
    review_build(copy)
    query = (
        "select c.class_id, count(*), count(score), count(distinct response_id) from core.fact_survey_response as f "
        "inner join core.dim_class as c using (class_key) group by 1"
    )
    with connect(copy.build, read_only=True) as con:
        before = {name: counts for name, *counts in con.execute(query).fetchall()}
    with connect(tmp_path / "warehouse.duckdb") as con:
        copy_tables(con, copy.build, list(models()), copy.pseudonym_key(), {}, tmp_path, {})
        after = {name: counts for name, *counts in con.execute(query).fetchall()}
    small = {name for name, (_, _, people) in before.items() if people < 5}
    assert class_id in small
    assert before[class_id][0] == before[class_id][1] > 0
    for name, (rows, scores, _) in before.items():
        assert after[name][:2] == [rows, 0 if name in small else scores], name


def build(store: Store) -> None:
    """The tables anew from what is staged."""
    store.build.unlink(missing_ok=True)
    with connect(store.build) as con:
        begin_build(con, store, DAY, scan(store, DAY))
        for model in models().values():
            build_table(con, model)


def test_forgetting_leaves_nothing_behind(copy: Store) -> None:
    """Not in the stores, not in a version, not in the words of others; and no later reading brings it back."""
    with open_version(copy.current) as con:
        # Somebody with rows everywhere.
        code = con.execute(
            "select employee_id from core.fact_enrolment inner join core.fact_observation using (employee_id) "
            "inner join core.fact_performance using (employee_id) order by employee_id limit 1"
        ).fetchall()[0][0]
    with connect(copy.restricted / "identity.duckdb", read_only=True) as con:
        nip, name = con.execute("select employee_id, full_name from identity where pseudonym = ?", [code]).fetchall()[0]
    assert found(copy.staging, {nip, name}) == set(), "what somebody wrote is restricted"
    (copy.landing / "attendance" / "2026-11").mkdir(exist_ok=True)
    refused = f"class_id,session_no,employee_id,status\nTIDAK-ADA,x,{nip},hadir\n"
    (copy.landing / "attendance" / "2026-11" / "zz-salah.csv").write_text(refused)
    read_month(copy, Recipes(copy, scan(copy, DAY)).of("attendance", "2026-11"))
    others = [copy.staging, copy.quarantine, copy.restricted / "identity", copy.words, copy.published.resolve()]
    assert all(found(folder, {nip, code}) for folder in others)

    n_versions = len(list((copy.published / "versions").iterdir()))
    result = forget_person(copy, nip)

    assert result.pseudonym == code
    assert len(result.versions) == n_versions == 2
    assert "landing/attendance/2026-11/zz-salah.csv" in result.still_in
    assert result.n_rows > 0
    assert all(is_sound(version) for version in (copy.published / "versions").iterdir())
    for version in result.versions:
        with connect(copy.version(version) / "warehouse.duckdb", read_only=True) as con:
            assert con.execute("select free_blocks from pragma_database_size()").fetchall() == [(0,)]
    for folder in others:
        assert found(folder, {nip, code}) == set(), folder
    assert code not in {person for person, _ in identities(copy)}
    with open_version(copy.current) as con:
        assert con.execute("select count(*) from core.fact_enrolment").fetchall()[0][0] > 0

    before = copy.current.resolve()
    refresh(copy)
    assert copy.current.resolve() != before, "the sums of the next version lack the person"
    left = list((copy.published / "versions").iterdir())
    assert left == [copy.current.resolve()], "and none is kept from which they could be subtracted"
    for path in copy.staging.rglob("*.json"):
        path.unlink()
    refresh(copy)
    for folder in others:
        assert found(folder, {nip, code, name}) == set(), folder
    assert forget_person(copy, code).n_rows == 0


def test_forgetting_names_the_archive_and_the_member_that_lies_unpacked(
    store: Store, deliver: Callable[[str, bytes], Path], read: Callable[[], object]
) -> None:
    """They hold the person until somebody sends another archive."""
    nip, buffer = "198503152010012001", io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("minggu 1/hadir.csv", f"class_id,session_no,employee_id,status\nA,1,{nip},H\n")
    deliver("attendance/2026-01/absen.zip", buffer.getvalue())
    read()
    assert forget_person(store, nip).still_in == [
        "landing/attendance/2026-01/absen.zip/minggu 1/hadir.csv",
        "restricted/unpacked/attendance/2026-01/absen.zip/minggu 1/hadir.csv",
    ]


def test_forgetting_needs_a_known_person(copy: Store) -> None:
    with pytest.raises(ValueError, match="neither"):
        forget_person(copy, "budi")
    with pytest.raises(LookupError, match="Nothing is known"):
        forget_person(copy, "0" * 32)
    assert not copy.forgotten.exists()
    assert pseudonym_of(copy, "a" * 32) == "a" * 32


def test_a_policy_that_the_city_does_not_name_is_the_shipped_one(copy: Store) -> None:
    """An own file from before a value was thought of leaves no limit out; least of all the smallest group."""
    (copy.home / "policy.csv").write_text(
        "policy,value,unit,owner,source,valid_from,version\nminimum_respondents,7,people,BKPSDM,own,2026-01-01,2\n"
    )
    build(copy)
    with connect(copy.build) as con:
        found = dict(con.execute("select policy, value from ops.policy").fetchall())
    assert (found["minimum_cell_size"], found["minimum_respondents"]) == (5, 7)
    assert policy_value("minimum_cell_size", copy.policy) == 5
    assert policy_value("minimum_respondents", copy.policy) == 7


def test_forgetting_that_is_stopped_leaves_whole_versions_and_is_made_good(
    copy: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_version(copy.current) as con:
        code = con.execute("select min(employee_id) from core.fact_enrolment").fetchall()[0][0]

    def full(*_: object) -> None:
        raise OSError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.upkeep.forget.write_parquet", full)
        with pytest.raises(OSError, match="full"):
            forget_person(copy, code)
    assert all(is_sound(version) for version in (copy.published / "versions").iterdir())
    assert health.reconcile(copy) != []
    assert not list((copy.published / "versions").rglob("*.tmp"))
    forget_person(copy, code)
    assert found(copy.published.resolve(), {code}) == set()


@pytest.mark.parametrize("at", [1, 3, 99])
def test_forgetting_that_is_killed_between_two_files_is_made_good_by_the_next(
    copy: Store, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Whatever names the person goes before what tells that they are named."""
    with open_version(copy.current) as con:
        code = con.execute("select min(employee_id) from core.fact_enrolment").fetchall()[0][0]
    real, version = Path.replace, copy.current.resolve()
    replaced: list[Path] = []

    def killed(path: Path, target: Path) -> Path:
        if Path(target).is_relative_to(version):
            if len(replaced) == at or (at == 99 and Path(target).name == "warehouse.duckdb"):
                raise KeyboardInterrupt
            replaced.append(Path(target))
        return real(path, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", killed)
        forget_person(copy, code)
    assert version.name in forget_person(copy, code).versions
    assert is_sound(version)
    assert found(version, {code}) == set()


def test_what_a_held_file_says_of_somebody_is_found_to_be_forgotten(
    store: Store, deliver: Callable[[str, str | bytes], Path], read: Callable[[], object]
) -> None:
    """None of its rows is staged; its words are kept until it is read again. A month that another edition read is read again, too."""
    head = "program_code,program_name,competency_area,curriculum_version,version_valid_from,objectives\n"
    good = "A,Uji,Uji,1,2026-01-01,untuk Ani Lestari\n"
    deliver("programs/2026-01/a.csv", head + good + "".join(f"B{n},Uji,Uji,1,kapan,\n" for n in range(60)))
    deliver("units/2026-01/a.csv", "unit_code,unit_name,parent_unit_code,unit_type\n")
    read()
    assert pl.read_parquet(store.staging / "programs" / "2026-01.parquet").is_empty()
    assert months_with(store, "0" * 32, {"ani", "lestari"}) == {("programs", "2026-01"): []}
    assert months_with(store, "0" * 32, {"budi", "lestari"}) == {}
    (store.told / "programs" / "2026-01.json").unlink()
    assert ("programs", "2026-01") in months_with(store, "0" * 32, {"budi", "lestari"})


def test_narasumber_stand_by_their_codes_alone_where_the_city_says_so(city: Store, tmp_path: Path) -> None:
    """In the report and for dashboards; analysts see who they are."""
    for file in (city.build, city.current.resolve() / "dashboards.duckdb"):
        shutil.copyfile(file, tmp_path / file.name)
        with connect(tmp_path / file.name) as con:
            asked = con.execute("select distinct instructor_name from core.dim_instructor").fetchall()
            con.execute("update ops.run set names_instructors = false")
    trainers, wide = {name for (name,) in asked if name}, tmp_path / "wide"
    report.write(city.build, tmp_path / "named")
    report.write(tmp_path / "warehouse.duckdb", wide / "report")
    write_dashboards(tmp_path / "dashboards.duckdb", wide / "dashboards.duckdb")
    assert len({name for _, name in found(tmp_path / "named", trainers)}) > 3, "the search finds those who are named"
    assert found(wide, trainers) == set()


def test_what_has_digits_is_nobodys_name() -> None:
    """Rows of published studies are called after their file, which is the code of a program, too."""
    names = Names(["nsw_mixtape-1", "Budi Santoso"])
    assert not names.is_name("NSW_MIXTAPE")
    assert names.is_name("Budi_Santoso")
