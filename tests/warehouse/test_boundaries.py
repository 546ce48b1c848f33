"""One bad thing never stops the others: at every boundary something fails that nobody expected; it is named, and the rest
is published. Only a table that cannot be made stops the publication.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import copied, published_city
from warehouse import report
from warehouse.database import connect, open_version
from warehouse.faults import Faults, keep, kept
from warehouse.publishing import changes
from warehouse.publishing.version import SET_ASIDE, publish_build, review_build
from warehouse.report import charts, figures, site, summary
from warehouse.store import Store
from warehouse.words.language import SUPPRESSED

SECRET = "198503152010011001"
"""What an error says that repeats what a file holds: it may be in nothing that is written or logged."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A published sample city of 400 employees and six months."""
    return copied(published_city(tmp_path_factory, 400, 6), tmp_path_factory.mktemp("city") / "data")


def failing(*args: Any, **named: Any) -> Any:
    """What any function may turn out to be."""
    raise KeyError(SECRET)


def once(original: Callable[..., Any], wanted: Callable[..., bool]) -> Callable[..., Any]:
    """A function that fails where `wanted` says so, and else does what it did."""
    return lambda *args, **named: failing() if wanted(*args, **named) else original(*args, **named)


def publish_anew(store: Store) -> None:
    """The build with its report under another name, as a night would publish it."""
    with connect(store.build) as con:
        con.execute("update ops.build set build_id = 'another'")
    review_build(store)
    keep(store, "report", report.write(store.build, store.report))
    publish_build(store)
    assert store.current.resolve().name == "another"


def named(store: Store) -> dict[str, str]:
    """Piece → fault, as everybody sees it who asks the published version."""
    with open_version(store.current) as con:
        rows = con.execute(
            "select column_name, actual, severity, passed from ops.audit_result where audit = ?", [SET_ASIDE]
        ).fetchall()
    assert {row[2:] for row in rows} <= {("warning", False)}
    assert SECRET not in str(rows)
    return {piece: fault for piece, fault, _, _ in rows}


# ---- The report -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [None, SUPPRESSED])
def test_a_number_that_is_not_there_breaks_no_page(
    city: Store, gap: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown or left out, whichever number it is: a difference of one trained person, a class of three answers."""
    read = figures.read

    def without_numbers(*args: Any) -> figures.Figures:
        found = read(*args)
        for name in ("flags", "evidence", "scorecards", "classes", "behaviour", "performance", "methods", "instructors",
                     "hours", "services", "dose", "projects", "follow_ups"):  # fmt: skip
            for row in found.rows[name]:
                whole = {"batch_no", "year", "row_number"} | {key for key in row if key.startswith("n_")}
                row |= {key: gap for key, value in row.items() if isinstance(value, float) and key not in whole}
                row |= {
                    key: gap for key in ("n_expected", "n_over_cap", "n_floor_met", "n_pairs", "n_judged") if key in row
                }
        return found

    monkeypatch.setattr(figures, "read", without_numbers)
    assert report.write(city.build, tmp_path) == []
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ("disembunyikan" if gap else "tidak diketahui") in text


def test_pieces_of_the_report_that_fail_say_so_and_the_rest_is_published(
    city: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = copied(city, tmp_path / "copy")
    is_satisfaction = lambda name, *_, **__: name == "kepuasan"  # noqa: E731
    monkeypatch.setattr(charts, "by_month", once(charts.by_month, is_satisfaction))
    monkeypatch.setattr(site, "_deliveries", failing)
    monkeypatch.setattr(summary, "summary_pdf", failing)
    monkeypatch.setitem(figures.QUERIES, "comments", "select * from marts.nowhere")
    monkeypatch.setattr(changes, "plan", failing)
    publish_anew(store)
    pieces = named(store)
    programs = {piece for piece in pieces if "page program/" in piece or "page en/program/" in piece}
    assert set(pieces) - programs == {
        "chart kepuasan of index.html (id)", "chart kepuasan of index.html (en)", "page kiriman.html",
        "page en/kiriman.html", "ringkasan.pdf", "list comments", "plan.json",
    }  # fmt: skip
    assert pieces["list comments"].startswith("CatalogException in warehouse/report/figures.py:")
    texts = {
        str(path.relative_to(store.current.resolve() / "report")): path.read_text(encoding="utf-8")
        for path in (store.current.resolve() / "report").rglob("*.html")
    }
    assert "Halaman ini gagal dibuat" in texts["kiriman.html"]
    assert "This page could not be made" in texts["en/kiriman.html"]
    assert "Gambar ini gagal dibuat." in texts["index.html"]
    assert "rapat gagal dibuat" in texts["index.html"]
    assert {f"page {name}" for name in texts if "/program/" in f"/{name}"} == programs
    whole = [name for name, text in texts.items() if "gagal dibuat" not in text and "could not be made" not in text]
    assert {"metode.html"} | {name for name in texts if name.startswith(("opd/", "narasumber/"))} <= set(whole)
    assert not any(SECRET in text for text in texts.values())


def test_what_works_again_is_named_no_more(store: Store) -> None:
    faults = Faults()
    with faults.aside("ringkasan.pdf"):
        failing()
    keep(store, "report", faults)
    assert {producer: [fault.what for fault in found] for producer, found in kept(store).items()} == {
        "report": ["ringkasan.pdf"]
    }
    keep(store, "report", Faults())
    assert kept(store) == {}


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "disk"), RuntimeError("IO Error: No space left on device"), KeyboardInterrupt()]
)  # fmt: skip
def test_a_full_or_broken_disk_is_nobodys_fault_and_stops_the_run(error: BaseException) -> None:
    faults = Faults()
    with pytest.raises(type(error)), faults.aside("a page"):
        raise error
    assert faults == []
