"""A sample nation, to try with: three small sample cities as agencies, and a few people who were trained in one and moved to the next."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from warehouse.sample.city import write_sample, written_whole
from warehouse.store import Store

SAMPLE = (
    ("kota-contoh", "Kota Contoh", 600),
    ("kabupaten-contoh", "Kabupaten Contoh", 400),
    ("kota-misal", "Kota Misal", 300),
)
"""Code, name and employees of each agency."""
MONTHS, MOVERS = 6, 7
AGENCIES = """\
# The agencies of this nation, each with a folder below agencies/ and landing/ (docs/national.md).
agencies:
{entries}"""
ENTRY = """\
  - code: {code}
    name: BKPSDM {name}
    short_name: {name}
"""
CITY = """\
name: Provinsi Contoh
agency: BPSDM Provinsi Contoh
"""


def write_sample_nation(
    nation: Store,
    *,
    seed: int = 2026,
    months: int = MONTHS,
    sizes: tuple[tuple[str, str, int], ...] = SAMPLE,
    movers: int = MOVERS,
) -> None:
    """Write `agencies.yaml`, `city.yaml` and every agency's deliveries below the national home, with keys that everybody knows: invented people need no
    secret. `movers` people who completed a class of an agency leave it before the last month, and stand in the next agency's list."""
    nation.home.mkdir(parents=True, exist_ok=True)
    with written_whole(nation) as draft:
        _write_nation(draft, seed=seed, months=months, sizes=sizes, movers=movers)


def _write_nation(
    nation: Store, *, seed: int, months: int, sizes: tuple[tuple[str, str, int], ...], movers: int
) -> None:
    entries = "".join(ENTRY.format(code=code, name=name) for code, name, _ in sizes)
    (nation.home / "agencies.yaml").write_text(AGENCIES.format(entries=entries), encoding="utf-8")
    (nation.home / "city.yaml").write_text(CITY, encoding="utf-8")
    nation.write_sample_key(seed)
    last = ""
    for nth, (code, _, employees) in enumerate(sizes):
        agency = nation.agency(code)
        for folder in (nation.agencies, agency.home):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o711)
        agency.landing.mkdir(parents=True)
        truth = write_sample(agency.landing, employees=employees, months=months, seed=seed + nth)
        last = truth["arguments"]["end_month"]
        (agency.landing.parent / "truth.json").replace(agency.home / "truth.json")
        agency.write_sample_key(seed + nth)
    homes = [nation.agency(code) for code, _, _ in sizes]
    for one, other in zip(homes, [*homes[1:], homes[0]], strict=True):
        _move(one.landing, other.landing, last, movers)
    (nation.home / "truth.json").write_text(
        json.dumps({"movers": movers, "agencies": [code for code, _, _ in sizes]}) + "\n"
    )


def _move(one: Path, other: Path, month: str, n: int) -> None:
    """Take the first people who completed a class out of one agency's last list of employees, and put them into another's."""
    completed = sorted(
        {
            row["employee_id"]
            for path in sorted(one.glob("enrolments/*/peserta.csv"))
            for row in _rows(path)
            if row["status"] == "completed"
        }
    )
    own, target = one / "employees" / month / "pegawai.csv", other / "employees" / month / "pegawai.csv"
    rows = _rows(own)
    there = {row["employee_id"] for row in rows}
    chosen = [person for person in completed if person in there][:n]
    _write(own, [row for row in rows if row["employee_id"] not in chosen])
    _write(target, [*_rows(target), *(row for row in rows if row["employee_id"] in chosen)])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
