"""The evaluation report: a static website and a one-page summary, made from nothing but a warehouse file."""

from pathlib import Path

from warehouse.faults import Faults
from warehouse.report import figures, site, summary
from warehouse.report.cache import Cache

__all__ = ["PAGE", "SUMMARY", "Cache", "write"]
PAGE, SUMMARY = "index.html", "ringkasan.pdf"
"""The front page of a report's folder, and the page for a meeting."""


def write(warehouse: Path, folder: Path, cache: Cache | None = None) -> Faults:
    """Write the report of a warehouse file, an audited build or a published version, below `folder`; what `cache` has is not made
    again, to the same bytes.

    A list, chart, page or the page for a meeting that fails is set aside and says so in its place; returned is what was.
    """
    faults = Faults()
    said = figures.read(warehouse, faults, cache)
    page = folder / SUMMARY
    page.unlink(missing_ok=True)
    with faults.aside(SUMMARY):
        summary.summary_pdf(said, page)
    site.write(said, folder, has_summary=page.is_file())
    said.cache.keep(said.build_id)
    return faults
