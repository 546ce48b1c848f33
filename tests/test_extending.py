"""docs/extending.md, word for word: every file that the page shows is put where it says, and the city is refreshed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ("pipelines", "assets", "schemas", "warehouse")
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:schemas|warehouse)/[\w/]+\.(?:py|sql|yaml|po|csv|html)|\$DIKLAT_HOME/city\.yaml)`")
SCRIPT = """
import json, sys
from pathlib import Path

import duckdb
import polars as pl

from schemas.identity import SCHEMES
from tests.conftest import refresh, sample_city
from warehouse import report
from warehouse.database import connect
from warehouse.store import Store

home = Path(sys.argv[1])
city = (home / "city.yaml").read_text()
store = sample_city(Store(home), employees=300, months=3)
enrolled = pl.concat(pl.read_csv(p, infer_schema=False) for p in sorted((home / "landing/enrolments").glob("*/peserta.csv")))
lines = [f"{row['employee_id']},{row['class_id']},{n % 4}" for n, row in enumerate(enrolled.to_dicts())]
folder = home / "landing/mentor_app/2026-10"
folder.mkdir(parents=True)
(folder / "mentor.csv").write_text("NIP Peserta,Kelas,Jam\\n" + "\\n".join(lines) + "\\n")
refresh(store)
file = (store.current / "warehouse.duckdb").resolve()
report.write(file, home / "site")
with connect(file, read_only=True) as con:
    def ask(query):
        return con.execute(query).fetchall()
    print(json.dumps({
        "sent": len(lines),
        "facts": ask("select count(*), count(*) filter (employee_key <> 'unknown' and unit_key <> 'unknown' and ended_date_key > 0) from core.fact_mentoring")[0],
        "classes": ask("select count(*), sum(n_people) from marts.class_mentoring")[0],
        "flags": ask("select state, action, reason, rule_version from marts.curriculum_flag where rule = 'MENTORING'"),
        "evidence": ask("select count(*) from marts.curriculum_flag_evidence where flag_id like '%:MENTORING'")[0][0],
        "failed": ask("select audit from ops.audit_result where not passed and severity = 'error'"),
        "card": SCHEMES["staff_card"].check("p-001234"),
        "pages": {path.parent.name: path.read_text()[:2000] for path in (home / "site").glob("*/index.html")},
        "front": (home / "site/index.html").read_text(),
    }))
"""


def shown() -> dict[str, str]:
    """File → its text, of every block of the page that stands below the name of a file."""
    files: dict[str, str] = {}
    end = 0
    for block in BLOCK.finditer(PAGE):
        # A block below an existing file shows an entry of it, but for rows, which are added.
        named = FILE.findall(PAGE[end : block.start()].rsplit("\n## ", 1)[-1])
        names = [name for name in named if name.endswith(".csv") or not (ROOT / name).exists()]
        if names:
            files[names[0]] = block[2]
        end = block.end()
    return files


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a city says whose house has everything that the page adds."""
    house, home = tmp_path_factory.mktemp("house"), tmp_path_factory.mktemp("home") / "data"
    for room in HOUSE:
        shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    for name, text in shown().items():
        path = home / "city.yaml" if name.startswith("$") else house / name
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.suffix == ".csv" else ""
        path.write_text(before + text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home)], cwd=house, env={"PYTHONPATH": f"{house}:{ROOT}", "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_the_page_shows_one_file_for_each_thing() -> None:
    rooms = {str(Path(name).parent) for name in shown()}
    assert rooms == {
        "schemas/sources", "schemas/profiles", "schemas", "schemas/identity", "warehouse/models/core",
        "warehouse/models/marts", "warehouse/evaluation/rules", "warehouse/words", "warehouse/report/templates/sections", "$DIKLAT_HOME",
    }  # fmt: skip


def test_source_layout_and_fact_take_every_row_and_know_who_it_is_about(extended: dict[str, Any]) -> None:
    n, known = extended["facts"]
    assert n == extended["sent"] > 0
    assert known > 0.9 * n
    assert extended["failed"] == []


def test_the_mart_and_the_rule_follow(extended: dict[str, Any]) -> None:
    classes, people = extended["classes"]
    assert classes > 0
    assert people == extended["sent"]
    assert extended["evidence"] == classes
    assert {state for state, *_ in extended["flags"]} == {"MERAH"}
    assert all(action == "Cari lebih banyak mentor." for _, action, *_ in extended["flags"])
    assert all(
        re.search(r"\d+ dari \d+ peserta \(\d+,\d%\) kurang dibimbing\.", reason)
        for _, _, reason, _ in extended["flags"]
    )


def test_the_language_and_the_city_are_on_the_pages(extended: dict[str, Any]) -> None:
    assert "Laporan évaluasi diklat" in extended["pages"]["su"]
    assert "BKPSDMD Kota Makassar" in extended["pages"]["su"]
    assert "Cari lebih banyak mentor." in extended["front"]
    assert "Jam mentoring per program" in extended["front"]


def test_the_id_scheme_reads_a_card(extended: dict[str, Any]) -> None:
    assert extended["card"] == ["P001234", None]
