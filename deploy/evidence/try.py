"""Tries the site on a real Evidence, from installation to every measure that a browser shows, without the internet.

    python try.py FOLDER DASHBOARDS.duckdb

Copies the project into FOLDER/site and installs it there once, publishes the file as version 1 behind a symlink `current`, runs `npm run
sources` and `npm run build`, serves the build on the loopback, and opens it in a headless Chromium that can reach nothing else. Every measure
of the city, of a program and of an office that is chosen in the page (DuckDB-WASM answers that in the browser), every verdict and every source
is read out of the page and compared with SQL run on the file. Then a version 2 with changed numbers is published and the site built again: all
must equal version 2 (the new version is picked up), and every measure must differ from version 1 (a wrong number turns the check red). Exit
code 0 only if all of it holds and the browser neither complained nor asked anybody else. `--keep` serves version 1 until Ctrl-C.

Needs this project's environment with its `dev` packages, Node 20 with npm, a package registry for the first run, and Debian's chromium.
Takes about four minutes, one of them for the installation.
"""

from __future__ import annotations

import argparse
import functools
import math
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
from playwright.sync_api import Page, sync_playwright

from warehouse.report.metrics import METRICS, Metric

HERE = Path(__file__).parent
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
ZONE = "America/New_York"
"""Of the machine that builds and of the reader: a day that is a moment would move there."""
TAMPER = """
update marts.program_scorecard set index_0_100 = index_0_100 / 2, n_dissatisfied = n_dissatisfied + 1, n_completed = n_completed - 1,
    n_passed = n_passed - 1, pre_mean = pre_mean + 1, post_mean = post_mean + 2;
update marts.behaviour_change set change = change + 1;
update marts.program_method set cost_idr = cost_idr + 1000000;
update marts.training_hours set n_floor_met = n_floor_met + 1;
update marts.training_gap set n_without_training = n_without_training + 1, n_below_floor = n_below_floor + 1, jp_missing = jp_missing + 1;
update marts.service_satisfaction_index set ikm = ikm - 1;
update marts.program_verdict set verdict = 'terbukti_berhasil', owner = 'BKN', due_on = date '2027-03-01', decision = 'terlambat';
update ops.freshness set n_warnings = n_warnings + 1;
update ops.run set as_of = as_of + 1;
"""
"""Changes every measure, verdict and source of the page."""
READ = """() => {
    const number = cell => {
        const data = cell.querySelector('data')
        return data ? [Number(data.value), data.textContent] : [null, cell.textContent.trim()]
    }
    const table = root => Object.fromEntries([...document.querySelectorAll(`${root} tr[data-ukuran]`)].map(
        row => [row.dataset.ukuran, [...row.cells].slice(1, 4).map(number)]))
    const said = cell => cell.querySelector('time')?.dateTime ?? (cell.textContent.trim() === '–' ? null : cell.textContent.trim())
    const rows = name => Object.fromEntries([...document.querySelectorAll(`tr[data-${name}]`)].map(
        row => [row.dataset[name], [...row.cells].slice(1).map(said)]))
    return {
        kota: table('.kota'), program: table('.satu-program'), unit: table('.satu-unit'), putusan: rows('program'), sumber: rows('sumber'),
        ringkasan: Object.fromEntries([...document.querySelectorAll('data[data-putusan]')].map(one => [one.dataset.putusan, [one.textContent]])),
        hari: {'dinilai per': [document.querySelector('article time').dateTime]},
    }
}"""
"""JavaScript: what the page shows. Of a measure its value and two sums, each unrounded and as it is written; of a row what its cells say."""
WORDS = {
    column: f"(select label from ops.code_list where table_name = 'marts.program_verdict' and column_name = '{column}' and code = v.{column})"
    for column in ("verdict", "decision", "evidence_grade")
}
"""Column → SQL: its code in words."""
SAID = {
    "putusan": f"select program_code, {WORDS['verdict']}, flag_state, action, {WORDS['decision']}, owner, due_on, {WORDS['evidence_grade']} from marts.program_verdict as v",
    "sumber": "select source, data_through, delivered_at::date, n_files_refused, n_files_held, n_warnings from ops.freshness",
    "ringkasan": "select verdict, count(*) from marts.program_verdict group by all",
    "hari": "select 'dinilai per', as_of from ops.run",
}
"""What the page says besides measures → SQL by hand: its key, then what stands there."""
PROGRAM = "select program_code, program_name from marts.behaviour_change where change is not null order by program_name desc limit 1"
UNIT = """
select unit_code, unit_name from marts.training_gap semi join marts.service_satisfaction_index using (unit_code)
where n_without_training is not null and n_below_floor is not null order by unit_name desc limit 1"""
"""The program and the office to be chosen: those that have all measures."""
Shown = dict[str, dict[str, list[Any]]]


class Trial:
    """A site of its own in one folder."""

    def __init__(self, folder: Path) -> None:
        self.site = folder.resolve() / "site"
        self.published = folder.resolve() / "published"

    def install(self) -> None:
        """The project as it is now; its packages once."""
        for name in ("sources", "pages", "components", "package.json", "evidence.config.yaml"):
            if (HERE / name).is_dir():
                shutil.rmtree(self.site / name, ignore_errors=True)
                shutil.copytree(HERE / name, self.site / name)
            else:
                shutil.copy(HERE / name, self.site / name)
        if not (self.site / "node_modules" / "@evidence-dev" / "evidence").is_dir():
            self.npm("install", "--no-audit", "--no-fund")

    def publish(self, version: str, source: Path) -> Path:
        """A version, and the symlink moved to it in one step."""
        place = self.published / "versions" / version
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        file = Path(shutil.copyfile(source, place / "dashboards.duckdb"))
        if version != "1":
            with duckdb.connect(str(file)) as con:
                con.execute(TAMPER)
        link = self.published / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("versions") / version)
        link.replace(self.published / "current")
        return file

    def build(self) -> None:
        """The site of what is published now. Evidence builds a page whose query fails, too, and says so in its output alone."""
        self.npm("run", "sources")
        shutil.rmtree(self.site / "build", ignore_errors=True)  # or the data of earlier versions stay in it
        said = self.npm("run", "build")
        if "Error" in said:
            raise SystemExit(f"a query of the page fails:\n{said[-3000:]}")

    def npm(self, *arguments: str) -> str:
        """One command of npm; its words are shown only if it fails."""
        environment = os.environ | {
            "SEND_ANONYMOUS_USAGE_STATS": "no",
            "EVIDENCE_SOURCE__diklat__filename": "../../../published/current/dashboards.duckdb",
            "TZ": ZONE,
        }
        done = subprocess.run(["npm", *arguments], cwd=self.site, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"npm {' '.join(arguments)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout + done.stderr


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing of what it serves."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on the loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def choose(page: Page, title: str, root: str, name: str) -> None:
    """Chooses in a dropdown, as a reader does, and waits for the answer."""
    opener = page.get_by_role("combobox").filter(has_text=title)
    if name in opener.inner_text():
        return
    before = page.locator(root).inner_text()
    opener.click()
    page.locator("[data-cmdk-input]").fill(name)
    page.get_by_role("option", name=name, exact=True).first.click()
    page.wait_for_function("([root, before]) => document.querySelector(root).innerText !== before", arg=[root, before])
    page.keyboard.press("Escape")


def read(address: str, program: str, unit: str) -> tuple[Shown, list[str]]:
    """What the page shows when a program and an office are chosen, and what the browser complained of or asked of others."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", OFFLINE])
        page = browser.new_page(timezone_id=ZONE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith((address, "data:", "blob:")) else wrong.append(asked.url),
        )
        page.goto(address, wait_until="networkidle")
        choose(page, "Program", ".satu-program", program)
        choose(page, "Perangkat daerah", ".satu-unit", unit)
        page.get_by_role("button", name="Sampai kapan").click()
        page.wait_for_selector("tr[data-sumber]")
        shown: Shown = page.evaluate(READ)
        browser.close()
    return shown, wrong


def expected(con: duckdb.DuckDBPyConnection, program: str, unit: str) -> Shown:
    """The same by SQL on the file: measures as the project defines them, of all rows and of one code."""

    def measure(one: Metric, where: str) -> list[Any]:
        query = f"select {one.expression}, {one.above}, {one.below or 'null'} from marts.{one.mart} where {one.where} and {where}"
        return list(con.execute(query).fetchall()[0])

    def of(name: str) -> str:
        has = con.execute(
            "select 1 from duckdb_columns() where schema_name = 'marts' and table_name = ? and column_name = 'program_code'",
            [name],
        )
        return "program" if has.fetchall() else "unit"

    told: Shown = {"kota": {name: measure(one, "true") for name, one in METRICS.items()}}
    for kind, code in (("program", program), ("unit", unit)):
        told[kind] = {
            name: measure(one, f"{kind}_code = '{code}'") for name, one in METRICS.items() if of(one.mart) == kind
        }
    for kind, query in SAID.items():
        told[kind] = {
            key: [value if value is None else str(value) for value in row]
            for key, *row in con.execute(query).fetchall()
        }
    return told


def number(text: str) -> float:
    """`Rp1.234,5` or `−12,5%` as a number."""
    return float(text.strip("Rp%+<\u00a0").replace(".", "").replace(",", ".").replace("−", "-"))


def equal(name: str, found: list[Any], wanted: list[Any]) -> bool:
    """Whether a measure's three numbers are those of the file, to nine digits, and are written as what they are rounded; an empty one is a dash."""
    kinds = (METRICS[name].format, "whole", "whole")
    for (value, text), want, kind in zip(found, wanted, kinds, strict=True):
        if want is None or value is None:
            if not (want is value and text == "–"):
                return False
            continue
        digits = {"points": 1, "share": 1, "signed": 1, "fine": 2}.get(kind, 0)
        written = number(text) / (100 if kind == "share" else 1)
        close = (
            0 < value < 0.0005
            if text.startswith("<")
            else abs(written - value) <= 0.51 * 10.0 ** -(digits + (2 if kind == "share" else 0))
        )
        if not (close and math.isclose(value, want, rel_tol=1e-9, abs_tol=1e-9)):
            return False
    return True


def compare(found: Shown, wanted: Shown) -> dict[str, bool]:
    """What is shown → whether it equals the file's; what one of the two lacks does not."""
    told: dict[str, bool] = {}
    for kind in wanted:
        for key in {**wanted[kind], **found.get(kind, {})}:
            left, right = found.get(kind, {}).get(key), wanted[kind].get(key)
            both = left is not None and right is not None
            told[f"{kind} {key}"] = both and (equal(key, left, right) if key in METRICS else left == right)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description="Try the site on a real Evidence.")
    parser.add_argument("folder", type=Path, help="for the site, its packages and the versions")
    parser.add_argument("dashboards", type=Path, help="a published dashboards.duckdb")
    parser.add_argument("--keep", action="store_true", help="serve version 1 until Ctrl-C")
    args = parser.parse_args()
    trial = Trial(args.folder)
    trial.site.mkdir(parents=True, exist_ok=True)
    trial.install()
    wanted: dict[str, Shown] = {}
    held = True
    for version in ("1", "2"):
        file = trial.publish(version, args.dashboards)
        with duckdb.connect(str(file), read_only=True) as con:
            [(program, program_name)] = con.execute(PROGRAM).fetchall()
            [(unit, unit_name)] = con.execute(UNIT).fetchall()
            wanted[version] = expected(con, program, unit)
        trial.build()
        with served(trial.site / "build") as address:
            found, wrong = read(address, program_name, unit_name)
        told = compare(found, wanted[version])
        bad = [name for name, is_equal in told.items() if not is_equal]
        print(
            f"Version {version}: {len(told)} things shown, {sum(name.split()[-1] in METRICS for name in told)} of them measures (the city, {program_name}, {unit_name})"
        )
        print(
            "".join(f"  NOT EQUAL: {name}\n" for name in bad) + "".join(f"  BROWSER: {one[:200]}\n" for one in wrong),
            end="",
            flush=True,
        )
        held = held and not bad and not wrong
    stale = compare(found, wanted["1"])
    same = [name for name, is_equal in stale.items() if is_equal]
    print(
        f"The page of version 2 against version 1: {len(stale) - len(same)} differ, {len(same)} do not{': ' if same else ''}{', '.join(same)}",
        flush=True,
    )
    if args.keep:
        trial.publish("1", args.dashboards)
        trial.build()
        with served(trial.site / "build") as address:
            print(address, flush=True)
            threading.Event().wait()
    sys.exit(not held or bool(same))


if __name__ == "__main__":
    main()
