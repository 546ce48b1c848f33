"""The evaluation report: a static website and a one-page summary, made from nothing but a warehouse file."""

from pathlib import Path

from warehouse.report import site, summary
from warehouse.report.site import pictures

__all__ = ["PAGE", "SUMMARY", "pictures", "write"]
PAGE, SUMMARY = "index.html", "ringkasan.pdf"
"""The front page of a report's folder, and the page for a meeting."""


def write(warehouse: Path, folder: Path) -> None:
    """Write the report of a warehouse file, an audited build or a published version, below `folder`."""
    site.write(warehouse, folder)
    summary.summary_pdf(warehouse, folder / SUMMARY)
