"""The pages that people read: every link leads somewhere, also to a heading of a page, and the site knows every page."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from warehouse.building.models import models

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
