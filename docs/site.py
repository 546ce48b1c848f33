"""What the site (mkdocs.yml) has beside the pages of this folder: the README as its first page, and every decision."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]


def on_config(config: Any) -> Any:
    """Put all decisions, in their order, in the place of their folder."""
    decisions = [f"adr/{path.name}" for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    for entry in config.nav:
        if isinstance(entry, dict) and entry.get("Decisions"):
            entry["Decisions"] = decisions
    return config


def on_files(files: Files, config: Any) -> Files:
    """Make the README the first page."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "index.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """A link to a file of the repository that is no page becomes the file's name."""
    folder = (ROOT / "docs" / page.file.src_uri).parent

    def shown(link: re.Match[str]) -> str:
        label, target = link.groups()
        path = (folder / target.partition("#")[0]).resolve()
        is_page = path.is_relative_to(ROOT / "docs") and path.is_file()
        return link.group() if is_page or re.match(r"[a-z]+:|#", target) else label

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", shown, markdown)
