"""Pages about the audits of a build, for a browser without network: an overview, and Great Expectations' evidence
for each expectation. They show aggregates only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from warehouse.auditing.integrity import Verdict

STYLE = (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")


def anchor(expectation: str) -> str:
    """Where an expectation stands on its page."""
    return re.sub(r"[^a-z]+", "-", expectation.lower()).strip("-")


def evidence(result: Any) -> str:
    """What Great Expectations shows of one validation: its sections, without the page around it that needs a network."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    _, *sections = ValidationResultsPageRenderer(run_info_at_end=False).render(result).sections
    html = "".join(
        _section_view().render({"section": section.to_json_dict(), "section_loop": {"index": number}})
        for number, section in enumerate(sections, 1)
    )
    return re.sub(r'\bid="[^"]*"|<div id="?content-block-[^>]*-parent".*?</div>\s*</div>', "", html, flags=re.DOTALL)


@cache
def _section_view() -> Any:
    # One for all: each compiles its templates anew.
    from great_expectations.render.view import DefaultJinjaSectionView

    return DefaultJinjaSectionView()


def write_expectations(folder: Path, verdicts: Sequence[Verdict], evidences: Sequence[str]) -> None:
    """One page with the evidence of each expectation, in the same order as their verdicts."""
    parts = []
    for verdict, html in zip(verdicts, evidences, strict=True):
        name = verdict.audit.split(": ", 1)[1]
        state = "passed" if verdict.passed else verdict.severity
        parts.append(
            f'<section id="{anchor(name)}"><h2>{escape(name)}</h2><p class="{state}"><b>{state}</b>: expected '
            f"{escape(verdict.expected)}; found {escape(verdict.actual)}.</p>"
            f"<p>{escape(verdict.meaning)} {escape(verdict.resolve)}</p>{html}</section>"
        )
    page = '<p><a href="index.html">← all audits</a></p><h1>Expectations</h1>' + "".join(parts)
    (folder / "expectations.html").write_text(_page("Expectations", page), encoding="utf-8")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )


def write_index(folder: Path, build_id: str, verdicts: Sequence[Verdict]) -> None:
    """The overview: what failed first, then every audit with what was expected, found, meant, and how to resolve it."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    stopping = sum(verdict.severity == "error" for verdict in failed)
    head = (
        f"{len(verdicts)} audits of {escape(build_id)}: {len(verdicts) - len(failed)} passed, "
        f"{len(failed) - stopping} warnings, {stopping} stop the publication."
    )
    sections = [("Failed", failed)] if failed else []
    kinds = sorted({verdict.audit.split(":")[0] for verdict in verdicts})
    sections += [(kind.capitalize(), [v for v in verdicts if v.audit.startswith(f"{kind}:")]) for kind in kinds]
    body = "".join(
        f"<h2>{title}</h2><table><thead><tr><th>state<th>audit<th>on<th>expected<th>found<th>what it means<th>how to resolve it"
        f"</tr></thead><tbody>{''.join(map(_row, rows))}</tbody></table>"
        for title, rows in sections
    )
    page = f"<h1>Audits</h1><p>{head}</p>{body}"
    (folder / "index.html").write_text(_page(f"Audits of {build_id}", page), encoding="utf-8")


def _row(verdict: Verdict) -> str:
    state = "passed" if verdict.passed else verdict.severity
    kind, name = verdict.audit.split(": ", 1)
    title = (
        f'<a href="expectations.html#{anchor(name)}">{escape(name)}</a>'
        if kind == "expectation"
        else escape(verdict.audit)
    )
    where = f"{verdict.table_name}.{verdict.column_name}" if verdict.column_name else verdict.table_name
    cells = (title, escape(where), *map(escape, (verdict.expected, verdict.actual, verdict.meaning, verdict.resolve)))
    return (
        f'<tr class="{state}"><td class="state">{state}</td>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    )
