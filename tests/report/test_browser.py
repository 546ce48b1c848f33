"""The report in a real browser: every page, in both languages, on a phone, a tablet and a desk. `DIKLAT_SHOTS` names a folder for pictures."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import DAY, copied, refresh
from warehouse.database import connect
from warehouse.report.drawing import INK
from warehouse.store import Store

from .test_report import pages

CHROMIUM = shutil.which("chromium")
WIDTHS = (360, 768, 1440)
SERIOUS = ("serious", "critical")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's package chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def kinds(site: Path) -> list[Path]:
    """One page of each kind, in both languages: the fullest of its kind."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in pages(site):
        inside = path.relative_to(site)
        language = "en" if inside.parts[0] == "en" else "id"
        folder = path.parent.name if path.parent not in (site, site / "en") else path.name
        groups.setdefault((language, folder), []).append(path)
    return [max(group, key=lambda path: path.stat().st_size) for group in groups.values()]


ALIKE = """() => {
    for (const body of document.querySelectorAll('tbody')) {
        const seen = new Set()
        for (const row of [...body.rows]) {
            const make = JSON.stringify([row, ...row.querySelectorAll('*')].map(one => [one.tagName, one.getAttribute('class'),
                one.style.color, one.style.backgroundColor, one.getAttributeNames(), one.textContent.trim() === '']))
            seen.has(make) ? row.remove() : seen.add(make)
        }
    }
}"""


def look(page: Page, path: Path) -> None:
    """Open a page and leave of each table one row of each make. What axe-core judges hangs on elements, classes, colours and
    attributes, and on whether there is a text; not on which text it is, and how often."""
    page.goto(path.as_uri())
    page.evaluate(ALIKE)


def test_a_code_longer_than_a_screen_is_broken(page: Page, site: Path) -> None:
    """What a city calls its programs and narasumber is its own matter; their flags are called after both."""
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto((site / "keputusan.html").as_uri())
    flag = f'<dl class="line"><div><dt>Kode tanda</dt><dd><code>{"PELATIHAN:" * 9}</code></dd></div></dl>'
    page.evaluate("flag => document.querySelector('main').insertAdjacentHTML('beforeend', flag)", flag)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_every_kind_of_page_is_quiet_and_fits(page: Page, site: Path) -> None:
    """No error in the console, no request that leaves the disk, nothing wider than the screen."""
    wrong: list[str] = []
    page.on(
        "console",
        lambda message: wrong.append(f"{page.url}: {message.text}") if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append(request.url)
    )
    page.on("requestfailed", lambda request: wrong.append(f"{request.url} is not there"))
    for path in kinds(site):
        page.goto(path.as_uri())
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{path.relative_to(site)} is {wide} wide on a screen of {width}")
    assert wrong == []


WIDE = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.getAttribute('aria-label'))"
"""Tables that are scrolled sideways."""


def test_on_a_desk_no_table_is_wider_than_the_page(page: Page, site: Path) -> None:
    """Also of a program whose classes are left out; on a phone the class stays in sight."""
    page.set_viewport_size({"width": 1200, "height": 900})
    wide = []
    for path in {*kinds(site), *(site / "program").glob("*.html"), *(site / "en" / "program").glob("*.html")}:
        page.goto(path.as_uri())
        wide += [(path.name, name) for name in page.locator(".scroll").evaluate_all(WIDE)]
    assert wide == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(max((site / "program").glob("*.html"), key=lambda path: path.stat().st_size).as_uri())
    classes = page.locator(".scroll", has_text="Semua kelas")
    first = classes.locator("tbody th").first
    classes.evaluate("one => one.scrollLeft = 400")
    assert first.evaluate("one => one.getBoundingClientRect().left") >= 0


HIDDEN_HEADS = """() => [...document.querySelectorAll('thead th:has(button)')].filter(head => {
    const range = document.createRange(), arrow = head.querySelector('button')
    range.setStart(head, 0)
    range.setEndBefore(arrow)
    const glyph = document.createRange()
    glyph.selectNodeContents(arrow)
    const at = glyph.getBoundingClientRect()
    return [...range.getClientRects()].some(box =>
        box.right > at.left + 1 && box.left < at.right - 1 && box.bottom > at.top + 1 && box.top < at.bottom - 1)
}).map(head => head.textContent)"""
"""Heads of columns that the arrow which sorts by them lies on."""


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_no_arrow_lies_on_the_head_that_it_sorts_by(page: Page, site: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in kinds(site):
        page.goto(path.as_uri())
        assert page.evaluate(HIDDEN_HEADS) == [], path.name
    page.goto((site / "daftar-program.html").as_uri())
    page.add_style_tag(content="table.sort thead tr th:has(button) { padding: 0 !important }")
    assert page.evaluate(HIDDEN_HEADS), "an arrow on a word is found"


def test_versions_stand_below_their_head(page: Page, site: Path) -> None:
    """To the right, as the numbers of batches beside them."""
    page.goto(max((site / "program").glob("*.html"), key=lambda path: path.stat().st_size).as_uri())
    table = page.locator("table", has_text="Semua kelas")
    at = (
        table.locator("thead th")
        .all_inner_texts()
        .index(next(t for t in table.locator("thead th").all_inner_texts() if t.startswith("Versi")))
        + 1
    )
    cells = table.locator(f"tr > :nth-child({at})")
    assert cells.count() > 5
    assert set(cells.evaluate_all("all => all.map(one => getComputedStyle(one).textAlign)")) == {"right"}


def test_on_a_phone_what_is_to_be_mended_is_read_below_its_file(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto((site / "kiriman.html").as_uri())
    table = page.locator(".scroll", has_text="Semua berkas").last
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
    row = table.locator("tbody tr", has=page.locator("li")).first
    name, said = row.locator(".file").bounding_box(), row.locator(".said").bounding_box()
    assert name is not None
    assert said is not None
    assert said["y"] > name["y"]
    counts = row.locator("td.n").evaluate_all("all => all.map(one => one.getBoundingClientRect().y)")
    assert len(counts) == 4
    assert len(set(counts)) == 1, "a line for all: a page of hundreds of files is long enough"
    assert "Ditolak: " in row.locator("td").evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::before').content).join()"
    ).replace('"', "")


def test_verdicts_are_read_without_scrolling_sideways(page: Page, site: Path) -> None:
    """On a tablet, and on a phone, where what to do and by when stands below each program, with its heading."""
    table = page.locator(".scroll:has(.stack)")
    for width in (768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto((site / "index.html").as_uri())
        assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 1, width
    when = table.locator("td:last-child").first
    assert when.evaluate("one => getComputedStyle(one, '::before').content") == '"Kapan: "'


@pytest.mark.parametrize("width", WIDTHS)
def test_nobody_is_shut_out(page: Page, site: Path, width: int) -> None:
    """axe-core finds nothing serious: contrast, names, headings, tables, keyboard. The languages share the layout of a width."""
    page.set_viewport_size({"width": width, "height": 900})
    axe, found = Axe(), []
    for path in kinds(site):
        if width != WIDTHS[-1] and path.is_relative_to(site / "en"):
            continue
        look(page, path)
        serious = [v for v in axe.run(page).response["violations"] if v["impact"] in SERIOUS]
        found += [(str(path.relative_to(site)), v["id"], v["nodes"][0]["html"][:120]) for v in serious]
        if folder := os.environ.get("DIKLAT_SHOTS"):
            name = "-".join(path.relative_to(site).with_suffix("").parts)
            page.screenshot(path=Path(folder) / f"report-{width}-{name}.png", full_page=True)
    assert found == []


def test_in_the_dark_every_word_is_read(page: Page, site: Path) -> None:
    """Whoever asks for a dark screen gets one, with contrast on every kind of page."""
    page.emulate_media(color_scheme="dark")
    found = []
    for path in kinds(site):
        if not path.is_relative_to(site / "en"):  # the languages share the colours
            look(page, path)
            report = Axe().run(page, options={"runOnly": ["color-contrast"]}).response
            found += [(path.name, one["html"][:120]) for v in report["violations"] for one in v["nodes"]]
    assert found == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 30)"
    page.evaluate("document.querySelector('main').style.color = '#3c4650'")
    assert Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]


def test_charts_have_the_colours_of_their_paper(page: Page, site: Path) -> None:
    """On a dark screen no panel of white; on paper, whatever the screen is, dark on white."""
    page.goto((site / "daftar-program.html").as_uri())
    told = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).fill]"
    chart = page.locator("figure svg").first
    seen = {}
    for media, scheme in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
        page.emulate_media(media=media, color_scheme=scheme)
        seen[media, scheme] = chart.evaluate(told)
    assert {background for background, _ in seen.values()} == {"rgba(0, 0, 0, 0)"}
    assert seen["screen", "dark"][1] == "rgb(211, 218, 225)"
    assert seen["print", "dark"][1] == seen["screen", "light"][1] == "rgb(61, 70, 80)"


@pytest.mark.parametrize("name", ["index.html", "en/index.html"])
def test_the_front_page_prints_on_two_sheets(page: Page, site: Path, tmp_path: Path, name: str) -> None:
    """On the first stands every program with verdict, why, what to do and by when."""
    page.emulate_media(color_scheme="dark")  # paper is white whatever the screen is
    page.goto((site / name).as_uri())
    programs = page.locator("table.stack tbody th").all_inner_texts()
    page.pdf(path=tmp_path / "front.pdf", prefer_css_page_size=True)
    sheets = pypdf.PdfReader(tmp_path / "front.pdf").pages
    first = " ".join(sheets[0].extract_text().split())
    assert len(sheets) <= 2
    assert [program for program in programs if " ".join(program.split()) not in first] == []
    assert len(programs) > 10


def test_a_planted_fault_is_found(page: Page, site: Path) -> None:
    """What axe-core looks for, it finds."""
    page.goto((site / "index.html").as_uri())
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><a href=\"#\"></a>')"
    )
    assert {"image-alt", "link-name"} <= {violation["id"] for violation in Axe().run(page).response["violations"]}


def test_a_fault_in_one_row_of_many_is_found(page: Page, site: Path) -> None:
    """Rows of one make are looked at once, and none of a make of its own is left out."""
    page.goto((site / "daftar-opd.html").as_uri())
    rows = page.locator("tbody tr")
    before = rows.count()
    faults = '<img src="data:,"><a href="#"></a><b style="color: #eee">kata</b>'
    rows.nth(before // 2).locator("td").last.evaluate(f"cell => cell.insertAdjacentHTML('beforeend', '{faults}')")
    page.evaluate(ALIKE)
    found = {violation["id"] for violation in Axe().run(page).response["violations"]}
    assert {"image-alt", "link-name", "color-contrast"} <= found
    assert 0 < rows.count() < before / 2


def test_tables_sort_by_value_and_unknown_stands_last(page: Page, site: Path) -> None:
    page.goto((site / "daftar-narasumber.html").as_uri())
    table = page.locator("section[aria-labelledby=narasumber] table")
    column = table.locator("thead th").nth(6)

    def shown() -> list[float | None]:
        found = table.locator("tbody tr td:nth-child(7)").evaluate_all(
            "cells => cells.map(cell => cell.dataset.v ?? null)"
        )
        return [None if value is None else float(value) for value in found]

    for order in ("ascending", "descending"):
        column.get_by_role("button").press("Enter")
        assert column.get_attribute("aria-sort") == order
        known = [value for value in shown() if value is not None]
        assert len(known) > 5
        assert known == sorted(known, reverse=order == "descending")
        assert shown()[len(known) :] == [None] * (len(shown()) - len(known))


def test_tables_filter_by_words(page: Page, site: Path) -> None:
    page.goto((site / "kiriman.html").as_uri())
    rows = page.locator("table").last.locator("tbody tr:visible")
    every = rows.count()
    page.get_by_label("Saring tabel").fill("daftar hadir ditolak")
    assert 0 < rows.count() < every
    assert all("daftar hadir" in text.lower() for text in rows.all_inner_texts())
    assert page.get_by_role("status").inner_text() == f"{rows.count()} baris"


def test_a_table_is_saved_as_it_is_seen(page: Page, site: Path) -> None:
    """With the rows that the filter leaves; a text is no formula."""
    page.goto((site / "kiriman.html").as_uri())
    table = page.locator("table").last
    page.get_by_label("Saring tabel").fill("daftar hadir ditolak")
    cell = table.locator("tbody tr:visible th").first
    cell.evaluate("cell => { cell.textContent = '=daftar hadir; \"a\"' }")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Unduh CSV").last.click()
    assert saved.value.suggested_filename.endswith(".csv")
    text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert [len(rows[0])] * len(rows) == [len(row) for row in rows]
    assert len(rows) - 1 == table.locator("tbody tr:visible").count() > 0
    assert rows[0][0] == table.locator("thead th").first.inner_text().removesuffix("↕").strip()
    assert rows[1][0] == '\'=daftar hadir; "a"'


def test_a_decision_begins_at_its_flag_and_comes_back(page: Page, city: Store, site: Path, tmp_path: Path) -> None:
    """The sheet of a card has its code and what is to be done; filled in and delivered, the flag waits no longer."""
    page.goto((site / "keputusan.html").as_uri())
    card = page.locator("article.flag").filter(has_text="terbuka, belum ada keputusan").first
    flag, action = card.get_attribute("data-flag"), card.get_attribute("data-action")
    with page.expect_download() as saved:
        card.get_by_role("button", name=f"Isi tindak lanjut (XLSX): {flag}").click()
    assert saved.value.suggested_filename == f"tindak-lanjut-{card.get_attribute('id')}.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))
    [sheet] = book.worksheets
    assert [cell.value for cell in sheet[2]][:3] == [flag, action, None]
    for column, value in zip("CDE", ("BKPSDM", DAY, DAY + dt.timedelta(days=30)), strict=True):
        sheet[f"{column}2"] = value
    store = copied(city, tmp_path / "data")
    (store.landing / "follow_ups" / f"{DAY:%Y-%m}").mkdir(parents=True)
    book.save(store.landing / "follow_ups" / f"{DAY:%Y-%m}" / saved.value.suggested_filename)
    refresh(store)
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        told = con.execute(
            "select f.status, o.action, o.owner, o.due_on from marts.curriculum_flag as f inner join marts.follow_up_outcome as o using (flag_id) where f.flag_id = ?",
            [flag],
        ).fetchall()
    assert told == [("ditindaklanjuti", action, "BKPSDM", DAY + dt.timedelta(days=30))]


def test_a_table_is_saved_as_a_workbook(page: Page, site: Path) -> None:
    """What is seen, numbers as numbers and days as days; the second sheet says where it comes from and what was chosen."""
    page.goto((site / "keputusan.html").as_uri())
    table = page.locator("table", has_text="Perubahan bersih")
    table.locator("tbody th").first.evaluate("cell => { cell.textContent = '=1+1' }")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Unduh XLSX: Semua keputusan yang tercatat").click()
    assert saved.value.suggested_filename.endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))
    sheet, about = book.worksheets
    assert sheet.title == table.locator("caption").inner_text()
    assert sheet.max_row - 1 == table.locator("tbody tr:visible").count() > 1
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    decided = table.locator("tbody tr").first.locator("td").nth(1).get_attribute("data-v")
    assert sheet["C2"].value.date().isoformat() == decided
    assert "versi" in about.cell(about.max_row, 1).value
    page.goto((site / "daftar-program.html").as_uri())
    with page.expect_download() as saved:
        page.get_by_role("button", name="Unduh XLSX: Semua program").click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes())).worksheets[0]
    shares = page.locator("table").first.locator("tbody tr td:nth-child(4)")
    values = shares.evaluate_all("cells => cells.map(({dataset: {v}, innerText}) => v ? Number(v) : innerText)")
    assert [row[3].value for row in sheet.iter_rows(min_row=2)] == values
    assert {isinstance(value, str) for value in values} == {True, False}  # what is left out says so
    assert sheet["D2"].number_format == "0.0%"


def test_a_share_is_saved_as_a_number_beside_its_counts(page: Page, site: Path) -> None:
    page.goto((site / "daftar-narasumber.html").as_uri())
    with page.expect_download() as saved:
        page.get_by_role("button", name="Unduh XLSX: Menurut penilaian peserta, yang terburuk dahulu").click()
    heads, *rows = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes())).worksheets[0].values
    at = heads.index("Tidak puas")
    assert heads[at + 1] == "Tidak puas (n)"
    assert heads[at + 2] == "Selang 95%"
    shares = [row for row in rows if isinstance(row[at], int | float)]
    assert len(shares) > 5
    for row in shares:
        few, all_of_them = (int(text.replace(".", "")) for text in row[at + 1].split(" dari "))
        assert row[at] == pytest.approx(few / all_of_them)
    assert all(row[at + 1] is None for row in rows if row not in shares)


def test_a_difference_is_saved_as_a_number(page: Page, site: Path) -> None:
    """With its sign, also of rupiah: in no cell of a text an apostrophe makes one of it."""
    page.goto((site / "en" / "bentuk.html").as_uri())
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV: Programs by form").click()
    text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download XLSX: Programs by form").click()
    rows = list(openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes())).worksheets[0].values)
    for head in ("Difference in cost", "Difference in N-gain"):
        texts = [line[head] for line in lines]
        assert any(text.startswith("+") for text in texts)
        assert not any(text.startswith(("'", "−")) for text in texts)
        numbers = [row[rows[0].index(head)] for row in rows[1:]]
        told = [number for number, text in zip(numbers, texts, strict=True) if text[-1:].isdigit()]
        assert told
        assert all(isinstance(number, int | float) for number in told)


def test_a_workbook_that_cannot_be_made_says_so(page: Page, site: Path, tmp_path: Path) -> None:
    """Somebody who was sent the page may not have what stands beside it."""
    alone = shutil.copytree(site, tmp_path / "site", ignore=shutil.ignore_patterns("write-excel-file.js"))
    page.goto((alone / "keputusan.html").as_uri())
    page.get_by_role("button", name="Unduh XLSX: Semua keputusan yang tercatat").click()
    assert "CSV" in page.get_by_role("alert").inner_text()


def test_what_was_chosen_is_in_the_address(page: Page, site: Path) -> None:
    """Words, one of few values and the order: whoever gets the link sees the same rows."""
    page.goto((site / "kiriman.html").as_uri())
    rows = page.locator("table#semua-berkas tbody tr:visible")
    page.get_by_label("Data:").select_option("daftar hadir")
    every = rows.count()
    page.get_by_label("Saring tabel").fill("kolom")
    page.locator("table#semua-berkas thead th").nth(5).get_by_role("button").click()
    chosen = rows.all_inner_texts()
    assert 0 < len(chosen) < every
    assert all(text.startswith("daftar hadir") for text in chosen)
    sent = page.url
    page.goto("about:blank")
    page.goto(sent)
    assert rows.all_inner_texts() == chosen
    assert page.get_by_label("Data:").input_value() == "daftar hadir"
    # Whoever then jumps to a place of the page keeps the choice.
    page.evaluate(
        "() => new Promise(done => { addEventListener('hashchange', done, {once: true}); location.hash = 'isi' })"
    )
    assert rows.all_inner_texts() == chosen
    page.get_by_label("Data:").select_option("semua")
    page.get_by_label("Saring tabel").fill("")
    assert rows.count() > every


def test_of_days_the_year_is_chosen(page: Page, site: Path) -> None:
    page.goto(max((site / "program").glob("*.html"), key=lambda path: path.stat().st_size).as_uri())
    table = page.locator("table.dense", has_text="Semua kelas")
    years = page.get_by_label("Selesai:").last.locator("option").all_inner_texts()
    assert years[1:] == sorted(set(years[1:]))
    page.get_by_label("Selesai:").last.select_option(years[-1])
    days = table.locator("tbody tr:visible td.day").evaluate_all("cells => cells.map(cell => cell.dataset.v)")
    assert {day[:4] for day in days} == {years[-1]}


def test_two_programs_stand_side_by_side(page: Page, site: Path) -> None:
    """A program's page leads to it; what the two have is what the list of programs says of them."""
    one, other = sorted((site / "program").glob("*.html"))[-2:]
    page.goto(one.as_uri())
    name = page.locator("h1").evaluate("heading => heading.firstChild.textContent.trim()")
    page.get_by_role("link", name="Bandingkan dengan program lain").click()
    page.get_by_label("Program 2").select_option(other.stem)
    heads = page.locator("table#berdampingan thead th:visible").all_inner_texts()
    assert len(heads) == 3
    assert name in heads
    assert page.get_by_label("Program 1").input_value() == one.stem
    at = heads.index(name)
    told = {cells[0]: cells[at] for cells in page.locator("table#berdampingan tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].filter(cell => !cell.hidden).map(cell => cell.innerText.trim()))")}  # fmt: skip
    page.goto((site / "daftar-program.html").as_uri())
    listed = page.locator("table").first
    heads = [head.removesuffix("↕").strip() for head in listed.locator("thead th").all_inner_texts()]
    line = listed.locator("tbody tr", has_text=f"{one.stem}, versi").locator("th, td").all_inner_texts()
    both = {head: value.strip() for head, value in zip(heads, line, strict=True) if head in told}
    assert len(both) >= 8
    assert {head: told[head].split(" (")[0] for head in both} == both


@pytest.mark.parametrize("below", [".", "en"])
def test_on_a_phone_both_programs_are_seen(page: Page, site: Path, below: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto((site / below / "bandingkan.html").as_uri())
    assert page.locator(".scroll").evaluate_all(WIDE) == []


def test_a_program_never_stands_beside_itself(page: Page, site: Path) -> None:
    """Whichever of the two is chosen, from a link or by hand, two programs are seen; one that there is not leaves the first two."""
    address = (site / "bandingkan.html").as_uri()
    page.goto(address)
    codes = page.locator("table#berdampingan thead th").evaluate_all(
        "heads => heads.slice(1).map(head => head.dataset.code)"
    )
    seen = page.locator("table#berdampingan thead th:visible[data-code]")
    for chosen in (
        "",
        *(f"#berdampingan.a={code}" for code in codes[:3]),
        f"#berdampingan.a={codes[0]}&berdampingan.b={codes[0]}",
        "#berdampingan.a=none",
    ):
        page.goto("about:blank")
        page.goto(address + chosen)
        assert seen.count() == 2, chosen
    assert [page.get_by_label(f"Program {at}").input_value() for at in (1, 2)] == codes[:2]
    assert page.get_by_label("Program 2").locator("option:disabled").get_attribute("value") == codes[0]


def test_a_filter_says_what_it_leaves_alone(page: Page, site: Path) -> None:
    page.goto((site / "kiriman.html").as_uri())
    told = page.get_by_text("Yang disaring hanya tabel ini")
    assert told.count() > 0
    assert not told.last.is_visible()
    page.get_by_label("Saring tabel").fill("daftar hadir ditolak")
    assert told.last.is_visible()


def test_a_chart_of_the_same_rows_follows_a_filter(page: Page, site: Path) -> None:
    """What the table hides is dimmed in the chart, which keeps its axis; other charts stay."""
    page.goto((site / "bentuk.html").as_uri())
    figures, rows = page.locator("figure svg"), page.locator("table[id] tbody tr[data-key]")
    told = "all => all.map(one => [one.dataset.row, one.classList.contains('dim')])"
    assert not any(is_dim for _, is_dim in page.locator("figure [data-row]").evaluate_all(told))
    page.get_by_label("Bentuk:").first.select_option("seminar")
    left = set(rows.locator("visible=true").evaluate_all("all => all.map(one => one.dataset.key)"))
    assert left
    for nth in range(figures.count()):
        for key, is_dim in figures.nth(nth).locator("[data-row]").evaluate_all(told):
            assert is_dim == (not any(one == key or one.startswith(f"{key}|") for one in left)), key
    page.get_by_label("Bentuk:").first.select_option("semua")
    assert page.locator("figure .dim").count() == 0


def test_what_has_the_focus_is_seen(page: Page, site: Path) -> None:
    """A ring of the ink's colour around the yellow one: on white, yellow alone is pale."""
    page.goto((site / "index.html").as_uri())
    for scheme, ink in (("light", "rgb(28, 36, 44)"), ("dark", "rgb(232, 235, 238)")):
        page.emulate_media(color_scheme=scheme)
        page.keyboard.press("Tab")
        assert ink in page.evaluate("getComputedStyle(document.activeElement).boxShadow")


@pytest.mark.parametrize("name", ["index.html", "en/index.html"])
def test_the_front_page_is_three_screens_of_a_desk(page: Page, site: Path, name: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto((site / name).as_uri())
    assert page.locator("table.stack tbody tr").count() > 10
    assert page.evaluate("document.documentElement.scrollHeight") <= 3 * 900


def test_the_switch_leads_to_the_same_page_in_the_other_language(page: Page, site: Path) -> None:
    page.goto(next((site / "program").glob("*.html")).as_uri())
    here = page.url
    page.get_by_role("link", name="English").click()
    assert page.url == here.replace("/program/", "/en/program/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Bahasa Indonesia").click()
    assert page.url == here


BROKEN = """() => {
    const lines = cell => {
        const range = document.createRange(), found = []
        for (const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT); walk.nextNode();)
            for (const {0: word, index} of walk.currentNode.data.matchAll(/[\\p{L}\\p{N},.%]+/gu)) {
                range.setStart(walk.currentNode, index)
                range.setEnd(walk.currentNode, index + word.length)
                if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word)
            }
        return found
    }
    return [...document.querySelectorAll('th, td:not(.file):not(:has(code))')].flatMap(lines)
}"""
"""Words and numbers in cells that a line break parts."""


def test_on_paper_no_word_is_broken_and_no_table_is_wider_than_its_sheet(page: Page, site: Path) -> None:
    """Upright, or across where the page has a table of many columns."""
    page.emulate_media(media="print")
    wrong = []
    for path in kinds(site):
        page.goto(path.as_uri())
        is_across = page.locator(".dense").count() > 0
        page.set_viewport_size({"width": 1016 if is_across else 688, "height": 1000})  # A4 less its margins of 14 mm
        where = str(path.relative_to(site))
        wrong += [(where, word) for word in page.evaluate(BROKEN)]
        wide = page.locator(".scroll").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        )
        wrong += [(where, "a table is cut")] * wide
    assert wrong == []
    page.goto((site / "daftar-program.html").as_uri())
    page.add_style_tag(content="td, th { overflow-wrap: anywhere } table { width: 10rem !important }")
    assert page.evaluate(BROKEN), "a broken word is found"


def test_on_paper_nothing_ends_a_sheet_that_leads_to_something(page: Page, site: Path) -> None:
    """Nor is there a heading that opens nothing. Sheets end elsewhere in every city: what holds them together is asked of the style."""
    page.emulate_media(media="print")
    loose = set()
    for path in kinds(site):
        page.goto(path.as_uri())
        loose |= set(
            page.locator("h2, h3, caption, .definitions dt").evaluate_all(
                "all => all.filter(one => getComputedStyle(one).breakAfter !== 'avoid').map(one => one.tagName)"
            )
        )
        assert page.locator("summary:visible").count() == 0
    assert loose == set()


def test_no_first_sheet_is_left_empty(page: Page, site: Path, tmp_path: Path) -> None:
    """What has to stay together with all that follows is moved to the next sheet whole."""
    empty = []
    for path in kinds(site):
        page.goto(path.as_uri())
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        first, *others = pypdf.PdfReader(tmp_path / "page.pdf").pages
        if others and len(first.extract_text()) < 400:
            empty.append((str(path.relative_to(site)), first.extract_text()))
    assert empty == []


def test_on_paper_charts_share_a_sheet(page: Page, site: Path, tmp_path: Path) -> None:
    """A sheet for two of three charts, and another for the third, would be half empty each."""
    for below in ("", "en/"):
        page.goto((site / below / "daftar-program.html").as_uri())
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(tmp_path / "page.pdf").pages]
        on = [
            [nth for nth, text in enumerate(sheets) if f"{word} {n}." in text]
            for n in (1, 2, 3)
            for word in ("Gambar" if not below else "Figure",)
        ]
        assert on[0] == on[1] == on[2] != []


def test_files_that_need_nothing_are_not_printed(page: Page, site: Path) -> None:
    """A city sends hundreds of files; who reads on paper wants those to be mended."""
    page.goto((site / "kiriman.html").as_uri())
    rows, note = page.locator("tbody tr", has=page.locator(".said")), page.get_by_text("tidak dicetak")
    on_screen = rows.locator("visible=true").count()
    assert note.is_hidden()
    page.emulate_media(media="print")
    on_paper = rows.locator("visible=true")
    assert note.is_visible()
    assert 0 < on_paper.count() < on_screen
    assert all(text.strip() for text in on_paper.locator(".said").all_inner_texts())


def test_a_page_across_is_printed_across(page: Page, site: Path, tmp_path: Path) -> None:
    for name, is_across in (("keputusan.html", False), ("daftar-program.html", True)):
        page.goto((site / name).as_uri())
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        for sheet in pypdf.PdfReader(tmp_path / "page.pdf").pages:
            assert (sheet.mediabox.width > sheet.mediabox.height) == is_across


def test_a_chart_is_saved_as_an_image_of_its_own(page: Page, site: Path) -> None:
    """An SVG that any program draws: well-formed, and with the colours of white paper though the screen is dark."""
    page.emulate_media(color_scheme="dark")
    page.goto((site / "daftar-program.html").as_uri())
    with page.expect_download() as saved:
        page.get_by_role("button", name="Unduh SVG: Indeks kepuasan menurut bulan akhir kelas").click()
    assert saved.value.suggested_filename == "Program-Indeks-kepuasan-menurut-bulan-akhir-kelas.svg"
    image = ET.parse(saved.value.path()).getroot()
    assert image.tag == "{http://www.w3.org/2000/svg}svg"
    assert image.get("fill") == INK


def test_each_chart_shows_its_address(page: Page, site: Path) -> None:
    page.goto((site / "en" / "daftar-program.html").as_uri())
    figures = page.locator("figure")
    assert figures.count() > 2
    for at in range(figures.count()):
        figures.nth(at).get_by_role("link", name="Link to this figure").click()
        assert page.evaluate("location.hash.slice(1)") == figures.nth(at).get_attribute("id")
    assert page.evaluate("document.querySelector('figure:target').getBoundingClientRect().top < innerHeight")


def test_charts_are_read_on_a_phone(page: Page, site: Path) -> None:
    """Their letters are no smaller than those of a footnote."""
    page.set_viewport_size({"width": 390, "height": 900})
    small = []
    for path in kinds(site):
        page.goto(path.as_uri())
        heights = page.locator("figure svg").evaluate_all("all => all.map(one => one.getScreenCTM().a * 11)")
        small += [(path.name, height) for height in heights if height < 9]
    assert small == []


def test_on_paper_the_controls_are_gone_and_no_table_is_cut(page: Page, site: Path, tmp_path: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})  # A4 less its margins
    assert page.locator("nav").is_hidden()
    assert page.locator("th button").first.is_hidden()
    wide = page.locator(".scroll").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert wide == 0
