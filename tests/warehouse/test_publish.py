"""Write, audit, publish: a small sample city from its files to the published version, and what stops it."""

from __future__ import annotations

import datetime as dt
import grp
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from schemas.ops import OPS
from warehouse.auditing.integrity import SHAPE, AuditFailed, audit_build
from warehouse.building.models import models
from warehouse.database import connect, open_version, parquet_rows, write_parquet
from warehouse.lock import one_writer
from warehouse.publishing import again
from warehouse.publishing.files import FORMS, months_of_facts, write_dashboards
from warehouse.publishing.version import (
    drop_old_versions,
    is_sound,
    kept_versions,
    moment_of,
    publish_build,
    rollback,
)
from warehouse.report.site import begin
from warehouse.store import ANALYSTS, Store, read_json
from warehouse.upkeep.forget import forget_person
from warehouse.upkeep.health import examine, reconcile
from warehouse.words.language import language

from ..conftest import DAY, build, copied, published_city, read_changed, refresh, table_hashes, words_in

CLIENTS = Path(__file__).parents[2] / ".clients"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city of 300 employees and three months. Tests copy it before they change it."""
    return published_city(tmp_path_factory, 300, 3)


def test_every_accepted_row_is_in_a_fact(city: Store) -> None:
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        kept = dict(con.execute("select source, sum(n_accepted) from ops.delivery group by 1").fetchall())
        attendance = con.execute("select count(*) from core.fact_attendance").fetchall()[0][0]
        answers = con.execute("select count(*) from core.fact_survey_response").fetchall()[0][0]
    assert (attendance, answers) == (kept["attendance"], kept["survey_responses"])


def test_the_manifest_counts_the_rows_that_leave_numbers_out(city: Store) -> None:
    left_out = (read_json(city.current / "manifest.json") or {})["left_out"]
    assert left_out["marts.reaction"] > 0
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        for mart, n in left_out.items():
            assert con.execute(f"select count(*) filter (is_suppressed) from {mart}").fetchall() == [(n,)]


def test_every_table_view_and_column_is_described_in_the_published_file(city: Store) -> None:
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        bare = con.execute(
            "select table_name, column_name from duckdb_columns() where comment is null and not internal "
            "union all select table_name, '' from duckdb_tables() where comment is null "
            "union all select view_name, '' from duckdb_views() where comment is null and not internal"
        ).fetchall()
        views = con.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal and view_name like '%_current'"
        ).fetchall()
        for (view,) in views:
            key = view.split("dim_")[1].removesuffix("_current") + "_key"
            rows = f"select count(*), count(distinct {key}) from"
            assert (
                con.execute(f"{rows} {view}").fetchall()
                == con.execute(f"{rows} {view.removesuffix('_current')} where is_current").fetchall()
            )
    assert bare == []
    assert {view for (view,) in views} == {f"core.dim_{name}_current" for name in ("employee", "program", "unit")}


def test_a_day_has_a_calendar_for_each_role_that_it_plays(city: Store) -> None:
    """Two days of one fact are told apart by name, and join by name."""
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        views = con.execute("select view_name from duckdb_views() where view_name like 'dim_%_date'").fetchall()
        n, n_joined, bare = con.execute(
            "select (select count(*) from core.fact_enrolment), "
            "(select count(*) from core.fact_enrolment join core.dim_start_date using (start_date_key) "
            "join core.dim_end_date using (end_date_key) where end_on >= start_on or end_on is null), "
            "(select count(*) from duckdb_columns() where table_name = 'dim_end_date' and comment is null)"
        ).fetchall()[0]
    roles = {"start", "end", "assessed", "observed", "submitted", "decided", "period_end", "month"}
    assert {view for (view,) in views} == {f"dim_{role}_date" for role in roles}
    assert n == n_joined > 0
    assert bare == 0


def test_every_view_is_a_parquet_file_and_stands_in_the_dashboards_file_unless_it_is_about_persons(city: Store) -> None:
    views = "select schema_name || '.' || view_name from duckdb_views() where not internal"
    with connect((city.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        names = {name for (name,) in con.execute(views).fetchall()}
        for name in names:
            path = city.current / "parquet" / f"{name.replace('.', '/')}.parquet"
            rows = [
                con.execute(f"select count(*), sum(hash(t)) from {place} as t").fetchall()
                for place in (name, f"'{path}'")
            ]
            assert rows[0] == rows[1], name
    with connect((city.current / "dashboards.duckdb").resolve(), read_only=True) as con:
        assert {name for (name,) in con.execute(views).fetchall()} == names - {"core.dim_employee_current"}


def test_every_code_of_a_closed_list_is_told_in_words_in_both_languages(city: Store) -> None:
    """Beside the tables, in the order of its list; and in the comment of its column."""
    with connect((city.current / "dashboards.duckdb").resolve(), read_only=True) as con:
        told = con.execute(
            "select table_name, column_name, list(code order by position), list([label, label_en] order by position) "
            "from ops.code_list group by all"
        ).fetchall()
        comments = con.execute(
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns()"
        ).fetchall()
    contracts = {
        contract.table: contract for contract in (*(model.contract for model in models().values()), *OPS.values())
    }
    lists = {
        (table, column.name): list(column.values)
        for table, one in contracts.items()
        for column in one.columns
        if column.values
    }
    assert {(table, column): codes for table, column, codes, _ in told} == lists
    words = {(table, column): dict(zip(codes, labels, strict=True)) for table, column, codes, labels in told}
    assert words["core.dim_class", "method"]["bimbingan_teknis"] == ["bimbingan teknis", "technical guidance"]
    assert [
        code
        for _, column, codes, _ in told
        for code in codes
        if not all(code in language(one).words(column) for one in ("id", "en"))
    ] == []
    for table, column, comment in comments:
        for code, (label, _) in words.get((table, column), {}).items():
            assert f"{code} = {label}" in comment


def test_nothing_that_was_dropped_is_left_in_a_published_file(city: Store) -> None:
    """What is emptied or dropped stays readable in a file's free blocks: a published file has none."""
    for name in ("warehouse.duckdb", "dashboards.duckdb"):
        with connect((city.current / name).resolve(), read_only=True) as con:
            assert con.execute("select free_blocks from pragma_database_size()").fetchall() == [(0,)], name


def test_parquet_files_carry_their_descriptions(city: Store) -> None:
    said = pq.read_schema(city.current / "parquet/marts/curriculum_flag.parquet").metadata
    assert said[b"description"].decode().startswith("One flag per program")
    assert json.loads(said[b"columns"])["flag_id"].endswith("[Kode tanda]")


def test_parquet_and_database_hold_the_same(city: Store) -> None:
    manifest = read_json(city.current / "manifest.json")
    assert manifest is not None
    for table, rows in manifest["rows"].items():
        path = city.current / "parquet" / f"{table.replace('.', '/')}.parquet"
        assert pl.scan_parquet(path).select(pl.len()).collect().item() == rows


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0)])
def test_months_in_any_order_and_twice_give_the_same_rows(city: Store, tmp_path: Path, order: tuple[int, ...]) -> None:
    delivered = sorted({path.name for path in city.landing.glob("*/*")})
    months = [delivered[nth] for nth in order]
    store = Store(tmp_path / "data")
    store.write_sample_key(2026)
    for number, month in enumerate([*months, months[0]]):
        for folder in city.landing.glob(f"*/{month}"):
            target = store.landing / folder.relative_to(city.landing)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder, target)
        # Each is read as it comes; once, what the first month alone gave was built before.
        build(store) if number == len(months) or (number, order[0]) == (0, 2) else read_changed(store)
    assert table_hashes(store, store.build) == table_hashes(city, city.build)


DEFECTS = {
    "duplicate key": ("insert into core.dim_class select * from core.dim_class where class_key <> 'unknown' limit 1", "integrity: grain", "core.dim_class"),
    "null reference": ("update core.fact_attendance set employee_key = null", "integrity: references", "core.fact_attendance"),
    "overlap": ("update core.dim_unit set valid_to = date '9999-12-31', valid_from = valid_from where unit_code = (select unit_code from core.dim_unit group by 1 having count(*) > 1 limit 1)", "integrity: intervals", "core.dim_unit"),
    "multiplied row": ("insert into core.fact_assessment select * from core.fact_assessment limit 1", "integrity: rows kept", "core.fact_assessment"),
    "wrong type": ("alter table core.dim_class alter scheduled_jp type varchar", "contract: columns and types", "core.dim_class"),
    "missing column": ("alter table marts.class_scorecard drop column n_enrolled", "contract: columns and types", "marts.class_scorecard"),
    "broken rule": ("update marts.reaction set response_rate = -1", "contract: rules", "marts.reaction"),
}  # fmt: skip


@pytest.mark.parametrize("is_shape", [True, False])
def test_planted_defects_stop_publication_and_name_themselves(copy: Store, is_shape: bool) -> None:
    """Those of columns and types apart: of a table of another shape nothing more is asked."""
    planted = [defect for defect in DEFECTS.values() if (defect[1] == SHAPE) == is_shape]
    before = os.readlink(copy.current)
    with connect(copy.build) as con:
        for statement, _, _ in planted:
            con.execute(statement)
    with pytest.raises(AuditFailed) as failed:
        publish_build(copy)
    for _, name, table in planted:
        told = next(str(v) for v in failed.value.failed if (v.audit, v.table_name) == (name, table))
        assert name in told
        assert table in told
        assert told in str(failed.value)
    assert os.readlink(copy.current) == before


def test_a_copy_that_lost_a_row_is_not_published(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(warehouse: Path, path: Path) -> None:
        write_dashboards(warehouse, path)
        with connect(warehouse) as con:
            con.execute("delete from core.fact_attendance where rowid = 0")

    before = os.readlink(copy.current)
    with connect(copy.build) as con:
        con.execute("update ops.build set build_id = 'another'")
    monkeypatch.setattr("warehouse.publishing.version.write_dashboards", losing)
    with pytest.raises(OSError, match=r"rows of core\.fact_attendance, the build"):
        publish_build(copy)
    assert os.readlink(copy.current) == before


@pytest.mark.parametrize("by_month", [False, True])
def test_what_did_not_change_is_taken_from_the_version_made_last(
    copy: Store, by_month: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_month:
        _by_month(copy)
    before = table_hashes(copy)
    with connect(copy.build) as con:
        con.execute("update ops.build set build_id = 'another'; delete from core.fact_attendance where rowid = 0")
    monkeypatch.setattr("warehouse.publishing.version.verdicts_of", lambda store: [])
    monkeypatch.setattr("warehouse.publishing.files.untied", lambda rows: rows)
    publish_build(copy, by_month=by_month)
    assert {table for table, rows in table_hashes(copy).items() if rows != before[table]} == (
        {"ops.build"} if by_month else {"ops.build", "core.fact_attendance"}
    )
    assert is_sound(copy.current)


def _damage(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")


CHANGES = {
    "its rows": lambda store, file, con: con.execute(f"update {FORMS} set score = coalesce(score, 0) + 1 where rowid = 0"),
    "the policy": lambda store, file, con: con.execute("update ops.policy set value = 6 where policy = 'minimum_cell_size'"),
    "what is withheld of it": lambda store, file, con: con.execute("update marts.reaction set is_suppressed = not is_suppressed"),
    "the secret": lambda store, file, con: (store.restricted / "pseudonym.key").write_bytes(b"x" * 32),
    "the file": lambda store, file, con: file.unlink(),
    "a byte of the file": lambda store, file, con: _damage(file),
}  # fmt: skip
"""On what it hangs how answers are shown, and whether they can be taken."""


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_made_anew(copy: Store, change: str) -> None:
    file = copy.current.resolve() / "parquet/core/fact_survey_response.parquet"
    with connect(copy.build) as con:
        assert again.shown_before(copy, again.ingredients(con, copy), ())[FORMS] == file
        CHANGES[change](copy, file, con)
        assert FORMS not in again.shown_before(copy, again.ingredients(con, copy), ())


def test_files_that_do_not_add_up_are_named(copy: Store) -> None:
    path = next((copy.staging / "attendance").glob("*.parquet"))
    pl.read_parquet(path).head(-1).write_parquet(path)
    with pytest.raises(AuditFailed, match=r"attendance/\d{4}-\d{2}: \d+ rows, manifest \d+"):
        publish_build(copy)


def test_a_sound_build_passes_every_audit_of_severity_error(city: Store) -> None:
    with connect(city.build) as con:
        assert [str(v) for v in audit_build(con, city) if not v.passed and v.severity == "error"] == []


def test_rollback_goes_to_the_version_before_and_refuses_a_broken_one(copy: Store) -> None:
    first, second = os.readlink(copy.current), "another"
    with connect(copy.build) as con:
        con.execute(f"update ops.build set build_id = '{second}'")
    publish_build(copy)
    assert os.readlink(copy.current) == f"versions/{second}"
    assert [manifest["is_current"] for manifest in kept_versions(copy)].count(True) == 1
    assert f"versions/{rollback(copy)}" == first
    file = copy.published / "versions" / second / "warehouse.duckdb"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(LookupError, match="No sound version"):
        rollback(copy, second)


def _also(store: Store, name: str, created_at: str) -> None:
    """Publish the build under another name, as by a clock that says so."""
    with connect(store.build) as con:
        con.execute(f"update ops.build set build_id = '{name}'")
    publish_build(store)
    file = store.version(name) / "manifest.json"
    file.chmod(0o600)
    file.write_text(json.dumps((read_json(file) or {}) | {"created_at": created_at}))


def test_the_version_before_is_the_one_that_was_made_before_whatever_the_clock_says(copy: Store) -> None:
    """A clock that was ahead is set back; and what goes in becomes again what it had been."""
    first = copy.current.resolve().name
    _also(copy, "ahead", "2031-01-01T00:00:00+00:00")
    _also(copy, "set-back", "2026-01-01T00:00:00+00:00")
    assert [manifest["build_id"] for manifest in kept_versions(copy)] == ["set-back", "ahead", first]
    assert [rollback(copy), rollback(copy)] == ["ahead", first]
    with connect(copy.build) as con:
        con.execute(f"update ops.build set build_id = '{first}'")
    publish_build(copy)
    assert is_sound(copy.current)
    assert stat.S_IMODE((copy.current / "manifest.json").stat().st_mode) == 0o440
    assert rollback(copy) == "set-back", "what readers had before it"


def test_a_version_from_before_a_forgetting_is_withdrawn_whatever_the_clock_says(copy: Store) -> None:
    first = copy.current.resolve().name
    _also(copy, "ahead", "2031-01-01T00:00:00+00:00")
    copy.forgotten.write_text(json.dumps({"people": ["a"], "words": []} | moment_of(copy)))
    _also(copy, "set-back", "2026-01-01T00:00:00+00:00")
    drop_old_versions(copy)
    assert [manifest["build_id"] for manifest in kept_versions(copy)] == ["set-back"], first


def test_no_number_or_name_of_a_person_leaves_the_restricted_store(city: Store) -> None:
    people = pl.concat([pl.read_csv(path, infer_schema=False) for path in city.landing.glob("employees/*/*.csv")])
    needles = {text for column in ("employee_id", "full_name") for text in people[column].unique()}
    assert all(needle.isascii() for needle in needles)
    for path in [*city.published.rglob("*"), *city.staging.rglob("*")]:
        if path.is_file():
            assert words_in(path.read_bytes().decode("latin-1"), needles) == set(), path
    assert oct(city.restricted.stat().st_mode)[-3:] == "700"
    assert oct((city.restricted / "identity.duckdb").stat().st_mode)[-3:] == "600"


def test_all_but_the_published_is_closed_to_other_users(copy: Store) -> None:
    """Also where the umask would open it, and what lay open before; the group of the published folder reads, and changes nothing."""
    (copy.home / "history").chmod(0o755)
    (copy.landing / "attendance").chmod(0o777)
    before = os.umask(0)
    try:
        with one_writer(copy, "a test"):
            reconcile(copy)
            refresh(copy, DAY + dt.timedelta(days=1))
    finally:
        assert os.umask(before) == 0, "the umask is as it was"
    assert list(copy.open_to_others()) == []
    assert [finding.is_good for finding in examine(copy) if finding.what == "closed to other users"] == [True]
    for path in [copy.published, *copy.current.resolve().rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o750 if path.is_dir() else 0o440), path


def test_what_comes_later_goes_to_the_group_of_the_published_folder(copy: Store) -> None:
    """An administrator's set-group-id stays, and what is made below has it."""
    shutil.rmtree(copy.published)
    copy.published.mkdir()
    copy.published.chmod(0o2750)
    with one_writer(copy, "a test"):
        publish_build(copy)
    for folder in (
        copy.published,
        copy.published / "versions",
        copy.current.resolve(),
        copy.current.resolve() / "parquet",
    ):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2750, folder
    assert stat.S_IMODE((copy.current.resolve() / "audit").stat().st_mode) & 0o777 == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to a group of which it is no member")
def test_what_has_rows_about_people_is_for_the_analysts_group(copy: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    group = 54_321
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_gid={ANALYSTS: group}[name]))

    def theirs() -> list[bool]:
        return [finding.is_good for finding in examine(copy) if finding.what == "rows about people"]

    assert theirs() == [False], "the version was made before there was such a group"
    refresh(copy, DAY + dt.timedelta(days=1))
    assert theirs() == [True]
    version = copy.current.resolve()
    given = {path for path in version.rglob("*") if path.stat().st_gid == group}
    assert given == {version / "warehouse.duckdb", version / "parquet", *(version / "parquet").rglob("*")}
    monkeypatch.setattr(grp, "getgrnam", lambda name: {}[name])
    assert theirs() == [], "a host without the group"


def test_a_report_that_is_not_published_is_closed_to_other_users(tmp_path: Path) -> None:
    """A failed audit leaves it where it was made; the program's own folders, from which it takes styles, are open."""
    before = os.umask(0o077)
    try:
        begin(tmp_path / "report")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "report").rglob("*") if path.is_dir()] == [0o700]


def test_what_is_open_to_others_is_named(copy: Store) -> None:
    copy.close_to_others()
    (copy.home / "landing").chmod(0o750)
    [finding] = [finding for finding in examine(copy) if finding.what == "closed to other users"]
    assert (finding.is_good, finding.found) == (False, "open: landing")


@pytest.mark.parametrize("version", ["1.4.5", "1.5.6"])
def test_older_clients_read_the_published_file(city: Store, by_month: Store, version: str) -> None:
    place = CLIENTS / f"duckdb-{version}"
    if not (place / "duckdb").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place), f"duckdb=={version}"]
        subprocess.run(command, check=True)
    script = (
        "import duckdb, json, sys\n"
        "for file in sys.argv[2:]:\n"
        "    c = duckdb.connect(file, read_only=True)\n"
        "    names = c.execute(sys.argv[1]).fetchall()\n"
        "    print(json.dumps([duckdb.__version__, {n: str(c.execute(f'select count(*), sum(cast(hash(t) as hugeint)) from {n} as t').fetchone()[0])"
        " + str(len(c.execute(f'select * from {n} limit 3').fetchall())) for (n,) in names}]))"
    )
    every = (
        "select schema_name || '.' || table_name from duckdb_tables() union all "
        "select schema_name || '.' || view_name from duckdb_views() where not internal order by 1"
    )
    files = [(city.current / name).resolve() for name in ("warehouse.duckdb", "dashboards.duckdb")]
    files.append(by_month.current.resolve() / "warehouse.duckdb")
    command = [sys.executable, "-c", script, every, *map(str, files)]
    said = subprocess.run(command, env={"PYTHONPATH": str(place)}, check=True, capture_output=True, text=True).stdout
    for file, line in zip(files, said.splitlines(), strict=True):
        with connect(file, read_only=True) as con:
            tables = [table for (table,) in con.execute(every).fetchall()]
            n = {t: con.execute(f"select count(*) from {t}").fetchall()[0][0] for t in tables}
        assert json.loads(line) == [version, {t: f"{n[t]}{min(n[t], 3)}" for t in tables}]
        assert len(tables) > 30


@pytest.fixture(scope="module")
def by_month(city: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same city, of which the current version has its facts by month. To be read: its views hold its path."""
    return _by_month(copied(city, tmp_path_factory.mktemp("by_month") / "home"))


def _by_month(store: Store) -> Store:
    with connect(store.build) as con:
        con.execute("update ops.build set build_id = 'by-month'")
    publish_build(store, by_month=True)
    return store


def _rows(con: duckdb.DuckDBPyConnection, rows: str) -> str:
    return str(con.execute(f"select count(*), sum(cast(hash(t) as hugeint)) from {rows} as t").fetchall()[0])


def test_facts_by_month_are_the_same_rows_in_files_alone(city: Store, by_month: Store) -> None:
    """Described, read by the database's views and where the files lie, each row below the month of its day; what is for wide circles stands alone."""
    one, other = city.current.resolve(), by_month.current.resolve()
    facts = months_of_facts()
    with (
        connect(one / "warehouse.duckdb", read_only=True) as whole,
        connect(other / "warehouse.duckdb", read_only=True) as con,
    ):
        asked = "select schema_name || '.' || view_name from duckdb_views() where view_name like 'fact_%' order by all"
        assert [view for (view,) in con.execute(asked).fetchall()] == sorted(facts)
        for fact in facts:
            folder = other / "parquet" / f"{fact.replace('.', '/')}.parquet"
            assert _rows(con, fact) == _rows(whole, fact) == _rows(con, parquet_rows(folder))
            texts = f"select column_name, comment from duckdb_columns() where schema_name || '.' || table_name = '{fact}' order by 1"
            assert con.execute(texts).fetchall() == whole.execute(texts).fetchall()
            told = f"select count(*) filter (month <> {facts[fact]}) from read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
            assert con.execute(told).fetchall() == [(0,)]
            [(n,)] = con.execute(f"select count(*) from {fact}").fetchall()
            assert (pl.read_parquet(folder).height, len(pd.read_parquet(folder))) == (n, n)
        months = (other / "parquet" / "core" / "fact_attendance.parquet").glob("month=2026*")
        assert len(list(months)) > 1
    assert (other / "warehouse.duckdb").stat().st_size < (one / "warehouse.duckdb").stat().st_size
    assert table_hashes(by_month, other / "dashboards.duckdb").items() - table_hashes(
        city, one / "dashboards.duckdb"
    ).items() == {("ops.build", table_hashes(by_month, other / "dashboards.duckdb")["ops.build"])}
    resources = (read_json(other / "datapackage.json") or {})["resources"]
    described = {path for r in resources for path in ([r["path"]] if isinstance(r["path"], str) else r["path"])}
    assert described == {
        str(path.relative_to(other)) for path in (other / "parquet").rglob("*.parquet") if path.is_file()
    }


def test_a_fact_without_rows_has_a_file(tmp_path: Path) -> None:
    with connect(tmp_path / "one.duckdb") as con:
        con.execute("create schema core; create table core.fact_x (day integer, n integer)")
        written = write_parquet(con, {"core.fact_x": tmp_path / "fact_x.parquet"}, {"core.fact_x": "day // 100"})
        assert written == {"core.fact_x": 0}
        rows = con.sql(f"select * from {parquet_rows(tmp_path / 'fact_x.parquet')}")
        assert (rows.columns, rows.fetchall()) == (["day", "n"], [])


def test_a_draft_that_was_to_be_found_in_its_place_is_cleared_away(
    copy: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an error or a kill ended the publication, readers stay, and the next one goes well."""
    before = os.readlink(copy.current)

    def full(*_: object) -> None:
        raise OSError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.publishing.version.show_files", full)
        with pytest.raises(OSError, match="full"):
            _by_month(copy)
    versions = copy.published / "versions"
    assert [path.name for path in versions.iterdir() if path.is_symlink()] == []
    (versions / "by-month").symlink_to(".by-month.tmp")
    assert os.readlink(copy.current) == before
    _by_month(copy)
    assert copy.current.resolve() == versions.resolve() / "by-month"
    (versions / "another").symlink_to(".another.tmp")
    reconcile(copy)
    assert not (versions / "another").is_symlink()


def test_somebody_who_is_forgotten_is_in_no_month(city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of months in which nobody else is go; the views show the others. Also where one who was to forget them was stopped at the last file."""
    store = copied(city, tmp_path / "home")
    with connect(store.build) as con:
        asked = "select employee_id from core.fact_observation inner join core.fact_attendance using (employee_id) order by 1 limit 1"
        [(code,)] = con.execute(asked).fetchall()
        [(first,)] = con.execute("select min(date_key) from core.dim_date where date_key > 0").fetchall()
        con.execute(f"update core.fact_observation set observed_date_key = {first} where employee_id = '{code}'")
    _by_month(store)
    version = store.current.resolve()
    of_month = version / "parquet" / "core" / "fact_observation.parquet" / f"month={first // 100}"
    assert list(of_month.iterdir()) != []
    with open_version(version) as con:
        n = con.execute(f"select count(*) from core.fact_attendance where employee_id <> '{code}'").fetchall()
    real = Path.replace

    def stopped(path: Path, target: Path) -> Path:
        if Path(target) == version / "warehouse.duckdb":
            raise KeyboardInterrupt
        return real(path, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", stopped)
        forget_person(store, code)
    forget_person(store, code)
    assert is_sound(version)
    assert list(of_month.iterdir()) == []
    assert not any(code.encode() in path.read_bytes() for path in version.rglob("*") if path.is_file())
    with connect(version / "warehouse.duckdb", read_only=True) as con:
        assert con.execute("select count(*) from core.fact_attendance").fetchall() == n
        assert con.execute(
            "select count(*) from duckdb_columns() where table_name like 'fact_%' and comment is null"
        ).fetchall() == [(0,)]
    assert not list(version.rglob("*.tmp"))


def test_a_version_by_month_that_was_moved_is_made_anew(by_month: Store, tmp_path: Path) -> None:
    """Its views lead to the old place, where somebody may still be who was forgotten here."""
    moved = copied(by_month, tmp_path / "moved")
    version = moved.current.resolve()
    assert is_sound(by_month.current)
    assert not is_sound(version)
    with open_version(version) as con:
        [(code,)] = con.execute("select min(employee_id) from core.fact_attendance").fetchall()
    forget_person(moved, code)
    assert is_sound(version)
    with connect(version / "warehouse.duckdb", read_only=True) as con:
        asked = f"select count(*) from core.fact_attendance where employee_id = '{code}'"
        assert con.execute(asked).fetchall() == [(0,)]
    again = copied(by_month, tmp_path / "again")
    reconcile(again)
    publish_build(again, by_month=True)
    assert is_sound(again.current)
