"""The pages that people read: every link leads somewhere, also to a heading of a page, and the site knows every page."""

from __future__ import annotations

import csv
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import duckdb
import pytest
import yaml

from benchmarks import scale
from pipelines import showing
from schemas.column import DUCKDB_TYPES
from schemas.national import NATIONAL_TABLES
from schemas.policy import POLICY
from warehouse.building.models import models
from warehouse.delivery.sheets.headings import HEADER_ROWS, HEADER_WITHIN
from warehouse.national.sample import MONTHS, SAMPLE
from warehouse.store import Store

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    name
    for name in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
)


def links(text: str) -> Iterator[str]:
    """Targets of a page's links, without those of its code and those that leave the project."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    for target in re.findall(r"\]\(<?([^)>\s]+)>?\)", prose):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in a link, as GitHub and the site do."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    titles = re.findall(r"^#+ +(.+?)\s*$", prose, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", title)).lower() for title in titles)
    return {title.strip().replace(" ", "-") for title in plain} | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    wrong = []
    for target in links(page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (
            anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8"))
        ):
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    assert broken(ROOT / name) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# A Title: of `one` thing\n")
    page = tmp_path / "a.md"
    page.write_text("[x](b.md) [x](b.md#a-title-of-one-thing) [x](c.md) [x](b.md#other) `[x](d.md)`\n")
    assert broken(page) == ["c.md", "b.md#other"]


def test_the_site_has_every_page() -> None:
    def flat(entries: list[object]) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, str):
                yield entry
            else:
                assert isinstance(entry, dict)
                for value in entry.values():
                    yield from flat(value) if isinstance(value, list) else [value]

    listed = list(flat(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    pages = {name.removeprefix("docs/") for name in PAGES if name.startswith("docs/") and "/adr/" not in name}
    assert sorted(listed) == sorted({"index.md", "adr/", *pages})


def test_bi_is_told_every_key_of_every_fact() -> None:
    page = (ROOT / "docs" / "bi" / "README.md").read_text(encoding="utf-8")
    told = {
        fact: set(re.findall(r"`(\w+_key)`", keys))
        for fact, keys in re.findall(r"^\| `(fact_\w+)` \| (.*)$", page, re.M)
    }
    assert told == {
        model.contract.name: {column.name for column in model.contract.columns if column.references}
        for model in models().values()
        if model.contract.name.startswith("fact_")
    }


def test_what_measures_say_of_trust_is_what_was_found() -> None:
    """A rate with its interval stands in TRUST as it stands in the page."""
    rates = r"\d+\.\d \(\d+\.\d–\d+\.\d"
    page, found = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/measures.md", "benchmarks/TRUST.md"))
    said = set(re.findall(rates, page))
    assert len(said) > 20
    assert said <= set(re.findall(rates, found))


def test_what_scale_says_of_spark_is_what_its_table_says() -> None:
    """The table is one that the benchmark prints, and each "times as long" a quotient of its two lines."""
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert scale.HEAD in page
    lines = re.findall(r"^\| [\d,]+ \| (duckdb|spark) \| (.+) \|$", page, re.M)
    # Of the largest size, which stands last.
    duckdb_took, spark_took = (
        [float(cell.replace(",", "")) for cell in cells.split(" | ")[1:]] for _, cells in sorted(lines[-2:])
    )
    # Nothing is shuffled on one machine.
    whole, processor, _, _, watched = (
        there / here if here else 0.0 for here, there in zip(duckdb_took, spark_took, strict=True)
    )
    said = re.search(
        r"Spark takes (\d+) times as long and (\d+) times the processor time, and (\d+) times as long", page
    )
    assert said
    assert [round(times) for times in (whole, processor, watched)] == list(map(int, said.groups()))


def test_what_national_says_of_its_tables_and_its_sample_is_so() -> None:
    page, measured = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("national.md", "scale.md"))
    named = set(re.findall(r"`nation\.(\w+)`", page))
    assert named == {name for name, table in NATIONAL_TABLES.items() if table.layer == "nation"}
    grains = re.findall(r"^\| `nation\.(\w+)` \| (.+?) \|", page, re.M)
    assert len(grains) > 2
    assert dict(grains) == {name: NATIONAL_TABLES[name].grain for name, _ in grains}
    (query,) = re.findall(r"^```sql\n(.*?)```", page, re.M | re.S)
    with duckdb.connect() as con:
        con.execute("create schema nation")
        for name in named:
            columns = ", ".join(f"{one.name} {DUCKDB_TYPES[one.type]}" for one in NATIONAL_TABLES[name].columns)
            con.execute(f"create table nation.{name} ({columns})")
        assert con.execute(query).fetchall() == []
    limits = {row["policy"]: row["value"] for row in csv.DictReader(POLICY.read_text(encoding="utf-8").splitlines())}
    assert re.findall(r"`national_old_days` \((\d+)\)", page) == [limits["national_old_days"]]
    numbers = {3: "three", 6: "six"}
    first, second, third = (employees for *_, employees in SAMPLE)
    assert f"{numbers[len(SAMPLE)]} small invented agencies" in page
    assert f"({first}, {second} and {third} employees, {numbers[MONTHS]} months;" in measured


def test_the_tests_that_the_review_of_the_report_names_are_there() -> None:
    page = (ROOT / "docs" / "report-review.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "report").glob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 5
    assert named <= set(re.findall(r"^def (test_\w+)", tests, re.M))


class Generated:
    """What mkdocs has for a page that no file is."""

    def __init__(self, name: str, content: str) -> None:
        self.name, self.content = name, content

    @classmethod
    def generated(cls, _: object, name: str, content: str) -> Generated:
        return cls(name, content)


def test_the_site_begins_with_the_readme_and_links_only_to_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/site.py does where mkdocs calls it; `make site` builds the whole of it, strictly."""
    files = ModuleType("mkdocs.structure.files")
    # A module that is made here has whatever is put into it, which mypy does not know.
    files.File = files.Files = Generated  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mkdocs.structure.files", files)
    site = runpy.run_path(str(ROOT / "docs" / "site.py"))
    nav = SimpleNamespace(nav=["index.md", {"Decisions": ["adr/"]}])
    decisions = site["on_config"](nav).nav[1]["Decisions"]
    assert decisions == sorted(name.removeprefix("docs/") for name in PAGES if name.startswith("docs/adr/"))
    (first,) = site["on_files"]([], None)
    assert first.name == "index.md"

    def shown(name: str, text: str) -> list[str]:
        page = SimpleNamespace(file=SimpleNamespace(src_uri=name))
        return re.findall(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)", site["on_page_markdown"](text, page))

    for name, text in [("index.md", first.content), *((name.removeprefix("docs/"), (ROOT / name).read_text()) for name in PAGES if name.startswith("docs/"))]:  # fmt: skip
        targets = [target for target in shown(name, text) if not re.match(r"[a-z]+:|#", target)]
        lost = [
            target
            for target in targets
            if not (ROOT / "docs" / name).parent.joinpath(target.partition("#")[0]).is_file()
        ]
        assert lost == [], name
    assert shown("index.md", "[a](measures.md) [b](../pyproject.toml) [c](https://example.org) [d](nothing.md)") == [
        "measures.md",
        "https://example.org",
    ]


def test_the_sample_of_the_readme_is_what_a_refresh_prints(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its numbers, through the very lines that print: what is shown is how it looks today."""
    told = re.search(
        r"^```\n( +Deliveries as of .*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert told
    lines = told[1].splitlines()
    numbers = ("files", "n_read", "n_accepted", "n_refused", "n_duplicate")
    sources = [
        {"source": cells[0], **dict(zip(numbers, (int(cell.replace(",", "")) for cell in cells[1:]), strict=True))}
        for line in lines
        if (cells := [cell.strip() for cell in line.strip("│").split("│")]) and line.startswith("│") and "…" not in line
    ]
    flag = re.compile(r"(MERAH|KUNING) +(\S+) +(\d+)% of ([\d,]+)(?: +(\w+))?$")
    since = re.compile(r" +since (\S+): ([\d,]+) of ([\d,]+)$")
    flags: list[dict[str, Any]] = []
    for line in lines:
        if found := flag.match(line):
            state, flag_id, share, n, cause = found.groups()
            numbers_of = {
                "unfavourable_share": int(share) / 100,
                "n_observed": int(n.replace(",", "")),
                "changed_on": None,
            }
            flags.append({"state": state, "flag_id": flag_id, "cause": cause, "action": "", **numbers_of})
        elif found := since.match(line):
            day, now, of = found.groups()
            flags[-1] |= {
                "changed_on": day,
                "n_unfavourable_now": int(now.replace(",", "")),
                "n_observed_now": int(of.replace(",", "")),
            }
        elif flags and line.startswith("       "):
            flags[-1]["action"] = f"{flags[-1]['action']} {line.strip()}".strip()
    left = re.findall(r"(\w+) ([\d,]+) of ([\d,]+),", " ".join(lines))
    assert min(map(len, (sources, flags, left))) >= 3
    facts = {
        "as_of": re.findall(r"Deliveries as of (\S+)", told[1])[0], "changed": True, "sources": sources, "flags": flags,
        "left_out": [{"mart": mart, "n_left_out": int(k.replace(",", "")), "n_rows": int(n.replace(",", ""))} for mart, k, n in left],
        "refusals": [], "files_refused": [], "doubtful": [], "late": {}, "later": [], "warnings": [], "undone": {}, "hold": None, "build_id": "…",
        "warehouse": "data/published/current/warehouse.duckdb",
    }  # fmt: skip
    showing.show_refresh(Store(tmp_path), facts)
    printed = " ".join(capsys.readouterr().out.split())
    for line in lines:
        words = (
            " ".join(line.split())
            .replace("data/published/current/report", str(tmp_path / "published/current/report"))
            .removesuffix(", …")
        )
        assert line[:1] in {*"┏┡└"} or "…" in words or words in printed, (
            words
        )  # a frame is as wide as sources that are left out
    assert not any("…" in line for line in lines[lines.index("Curriculum flags:") : -4]), "no flag is left out"
    told_of = {flag["flag_id"].partition(":")[0] for flag in flags}
    assert told_of == faulty_programs(), "every fault that the sample was given"


def faulty_programs() -> set[str]:
    """Programs of the sample of which something is bad at its end: their material, a narasumber, or that people stay away."""
    with (ROOT / "warehouse" / "sample" / "programs.csv").open(encoding="utf-8") as file:
        return {
            row["program_code"]
            for row in csv.DictReader(file)
            if row["rarely_present"]
            or row["weak_instructor"]
            or (row["materi_dislike"] and row["is_revised"] != "yes")
            or row["schedule"] == "turning"
        }


def test_how_far_a_header_is_looked_for_is_as_the_page_says() -> None:
    said = {3: "three", 4: "four", 5: "five"}[HEADER_ROWS]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"is looked for in the first {HEADER_WITHIN} rows and may span {said}." in page
