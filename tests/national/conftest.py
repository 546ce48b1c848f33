"""A tiny nation, made once for the whole run: two agencies that published, one that did not, and an entry that is flawed.

Both are the sample city that other tests have published already, the second with people of its own; so a nation costs a copy, not two refreshes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import DAY, once, published_city
from warehouse.database import quoted
from warehouse.national.version import publish_nation
from warehouse.store import Store

FORTH, BACK = 6, 3
"""People who were trained in kota-a and work in kota-b, and the other way round: fewer than the minimum cell."""
AGENCIES = """\
agencies:
  - {code: kota-a, name: BKPSDM Kota A, short_name: Kota A}
  - {code: kota-b, name: BKPSDM Kota B, short_name: Kota B}
  - {code: kota-c, name: BKPSDM Kota C, short_name: Kota C}
  - {code: kota-d, name: BKPSDM Kota D, short_name: Kota D, zone: Asia/Jakarta}
"""


def make(home: Path, city: Store) -> None:
    """The nation of two copies of a published city, and its first version."""
    nation = Store(home)
    home.mkdir()
    (home / "agencies.yaml").write_text(AGENCIES, encoding="utf-8")
    (home / "city.yaml").write_text("name: Provinsi Uji\nagency: BPSDM Provinsi Uji\n", encoding="utf-8")
    nation.write_sample_key(1)
    for code in ("kota-a", "kota-b"):
        shutil.copytree(city.home, nation.agency(code).home, symlinks=True)
        nation.landing.mkdir(exist_ok=True)
        (nation.agency(code).home / "landing").rename(nation.agency(code).landing)
        (nation.agency(code).current.resolve() / "report").mkdir(exist_ok=True)
        (nation.agency(code).current.resolve() / "report" / "index.html").write_text("<p>its own</p>")
    one, other = nation.agency("kota-a"), nation.agency("kota-b")
    _rewrite(other, "fact_enrolment", "* replace (md5('b' || employee_id) as employee_id)")
    _rewrite(other, "dim_employee", "* replace (md5('b' || employee_id) as employee_id)")
    with duckdb.connect(str(other.restricted / "identity.duckdb")) as con:
        # Nobody of one agency is anybody of the other, but for those who moved.
        con.execute("update identity set pseudonym = md5('b' || pseudonym), employee_id = reverse(employee_id)")
    _move(one, other, FORTH)
    _move(other, one, BACK)
    publish_nation(nation, DAY)


def _move(source: Store, target: Store, n: int) -> None:
    """The first `n` trained people of one agency leave it, and become untrained people of the other."""
    with duckdb.connect() as con:
        people = f"select distinct employee_id from {_table(source, 'fact_enrolment')} where status <> 'withdrawn'"
        current = f"select employee_id from {_table(source, 'dim_employee')} where is_current"
        gone = [
            row[0] for row in con.execute(f"{people} and employee_id in ({current}) order by all limit {n}").fetchall()
        ]
        new = [row[0] for row in con.execute(
            f"select distinct employee_id from {_table(target, 'dim_employee')} where is_current and employee_id not in "
            f"(select employee_id from {_table(target, 'fact_enrolment')}) order by all limit {n}").fetchall()]  # fmt: skip
    assert len(gone) == len(new) == n
    with duckdb.connect(str(source.restricted / "identity.duckdb"), read_only=True) as con:
        ids = dict(con.execute("select pseudonym, employee_id from identity").fetchall())
    with duckdb.connect(str(target.restricted / "identity.duckdb")) as con:
        con.executemany(
            "update identity set employee_id = ? where pseudonym = ?",
            [(ids[a], b) for a, b in zip(gone, new, strict=True)],
        )
    listed = ", ".join(f"'{code}'" for code in gone)
    _rewrite(source, "dim_employee", f"* replace (is_current and employee_id not in ({listed}) as is_current)")


def _table(store: Store, name: str) -> str:
    return f"read_parquet('{quoted(store.current.resolve() / 'parquet/core' / f'{name}.parquet')}')"


def _rewrite(store: Store, name: str, columns: str) -> None:
    path = store.current.resolve() / "parquet/core" / f"{name}.parquet"
    with duckdb.connect() as con:
        con.execute(f"create table t as select {columns} from {_table(store, name)}")
        path.unlink()
        con.execute(f"copy t to '{quoted(path)}'")


@pytest.fixture(scope="session")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The nation: to be read, and copied before it is changed."""
    city = published_city(tmp_path_factory, 300, 3)
    return Store(once(tmp_path_factory, "nation", lambda home: make(home, city)))


@pytest.fixture
def copy(nation: Store, tmp_path: Path) -> Store:
    """A nation of one's own, to be changed."""
    shutil.copytree(nation.home, tmp_path / "nation", symlinks=True)
    return Store(tmp_path / "nation")
