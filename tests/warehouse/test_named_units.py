"""Units are told by their codes, or by the names that the city's own list of units has for them; the city itself need not be one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.building.inputs import create_staging_views
from warehouse.database import connect
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book, build, copied, published_city, table_hashes

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
UNITS = (
    ("Kode Unit", "Nama Unit", "Unit Induk"),
    ("1.02", "Dinas Kesehatan", ""),
    ("1.02.01", "Puskesmas Serua", "Dinas Kesehatan"),
    ("1.02.02", "Sekretariat", "1.02"),
    ("1.03", "Dinas Sosial", ""),
    ("1.03.01", "Sekretariat", "DINAS SOSIAL"),
)


@pytest.fixture
def staged(store: Store, deliver: Deliver, read: Read) -> Callable[[str, str], list[str | None]]:
    """The list of units is there; which values a column of a source has in the staging area, in the order of the file's rows."""
    deliver("units/2026-01/a.xlsx", book(*UNITS))

    def of(source: str, column: str) -> list[str | None]:
        read()
        with connect(":memory:") as con:
            create_staging_views(con, store, DAY)
            query = f"select {column} from staging.{source} order by delivery_month, source_row"
            return [value for (value,) in con.execute(query).fetchall()]

    return of


def employed(*units: str) -> bytes:
    rows = [(f"19850315201001{nth}001", f"A{nth}", unit, "Pelaksana") for nth, unit in enumerate(units, 1)]
    return book(("NIP", "Nama", "Unit Kerja", "Jenis Jabatan"), *rows)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("1.02", "1.02"), ("Dinas Kesehatan", "1.02"), ("DINAS  KESEHATAN", "1.02"), ("Dinas Kesehatan Kota Tangerang Selatan", "1.02"), ("Dinkes", "1.02"),
        ("Puskesmas Serua", "1.02.01"), ("puskesmas serua", "1.02.01"),
        ("Sekretariat", "Sekretariat"), ("Puskesmas Lain", "Puskesmas Lain"),
    ],
)  # fmt: skip
def test_whoever_works_where_the_list_has_a_name_for_it_works_there(
    deliver: Deliver, staged: Callable[[str, str], list[str | None]], said: str, code: str
) -> None:
    """Lists of employees have names, and lists of units codes of the city's own: nobody had been in any office. Of what two are called nobody can say which is meant."""
    deliver("employees/2026-01/a.xlsx", employed(said))
    assert staged("employees", "unit_code") == [code]


def test_a_unit_may_name_what_it_belongs_to(staged: Callable[[str, str], list[str | None]]) -> None:
    assert staged("units", "parent_unit_code") == [None, "1.02", "1.02", None, "1.03"]


def test_a_name_that_came_later_is_known_in_the_months_before(
    store: Store, deliver: Deliver, read: Read, staged: Callable[[str, str], list[str | None]]
) -> None:
    """No month is read again for it."""
    deliver("employees/2026-01/a.xlsx", employed("Puskesmas Pamulang", "Puskesmas Serua"))
    assert staged("employees", "unit_code") == ["Puskesmas Pamulang", "1.02.01"]
    deliver("units/2026-02/a.xlsx", book(*UNITS, ("1.02.09", "Puskesmas Pamulang", "1.02")))
    read()
    assert read() == {}
    assert staged("employees", "unit_code") == ["1.02.09", "1.02.01"]


@pytest.mark.parametrize("names_the_city", [True, False])
def test_whether_the_city_is_a_unit_of_its_own_list_changes_no_other_table(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, names_the_city: bool
) -> None:
    """With its line left out, and with its code left out, too."""
    store = copied(published_city(tmp_path_factory, 300, 3), tmp_path / "data")
    before = table_hashes(store, store.build)
    for file in store.landing.glob("units/*/*.csv"):
        head, city, *offices = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        code = city.split(",")[0]
        file.write_text(
            "".join([head, *(line if names_the_city else line.replace(f",{code},", ",,") for line in offices)])
        )
    build(store)
    after = table_hashes(store, store.build)
    assert {table for table in before if before[table] != after[table] and not table.startswith("ops.")} == {
        "core.dim_unit"
    }
