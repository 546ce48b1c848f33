"""The report says what the warehouse says: nothing hidden, nothing invented, nothing that leads nowhere."""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pypdf
import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from pipelines.refresh import open_flags
from schemas.reasons import REASONS
from tests.conftest import REAL, needs_real, published_city, refresh
from warehouse import report
from warehouse.building.models import models
from warehouse.database import connect
from warehouse.evaluation import effects
from warehouse.evaluation.flags import rules
from warehouse.faults import Faults
from warehouse.report import charts, figures, summary
from warehouse.report.site import DEFINITIONS, file_name
from warehouse.report.words import words_of
from warehouse.store import Store
from warehouse.upkeep.questions import UnknownProgram, open_questions
from warehouse.words.language import CATALOGUES, SUPPRESSED

INDONESIAN, ENGLISH = words_of("id"), words_of("en")
SIZE_LIMIT = 500_000
"""Bytes of a page."""


class Reader(HTMLParser):
    """What a page links to, its ids, its tables and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.language, self.text, self._silent = "", "", False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.links += [str(found[name]) for name in ("href", "src") if found.get(name)]
        self.ids += [str(found["id"])] if found.get("id") else []
        if tag == "html":
            self.language = str(found["lang"])
        self._silent = tag in ("script", "style")
        self._between(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        self._between(tag)

    def handle_data(self, data: str) -> None:
        self.text += "" if self._silent else data

    def _between(self, tag: str) -> None:
        """A number with a name is a span, which parts nothing."""
        self.text += "" if tag == "span" else " "


def read(path: Path) -> Reader:
    """A page, read once."""
    return Reader(path)


def plain(path: Path) -> str:
    """A page's text with single spaces."""
    return " ".join(read(path).text.replace("\xa0", " ").split())


def pages(site: Path) -> Iterator[Path]:
    """Every page of a site."""
    return iter(sorted(site.rglob("*.html")))


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    """Rows of the published file."""
    with connect((store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        return con.execute(query).fetchall()


def test_every_row_of_a_table_has_its_head(site: Path) -> None:
    """So that one who hears a cell is told of which row it is."""
    rows = re.compile(r"<tbody>.*?</tbody>", re.DOTALL)
    first = [
        cell
        for path in pages(site)
        for body in rows.findall(path.read_text(encoding="utf-8"))
        for cell in re.findall(r"<tr[^>]*>\s*(<t[dh][^>]*>)", body)
    ]
    assert len(first) > 100
    assert [cell for cell in first if not cell.startswith('<th scope="row"')] == []


def test_every_link_leads_somewhere_on_this_disk(site: Path) -> None:
    ids = {path.resolve(): set(read(path).ids) for path in pages(site)}
    broken = []
    for path in pages(site):
        for link in read(path).links:
            if link == "data:," or link.endswith("audit/index.html"):  # an empty icon; the audits lie beside the report
                continue
            target, _, anchor = link.partition("#")
            anchor = anchor.partition(".")[0] if "=" in anchor else anchor  # what is chosen there: table.control=value
            file = (path.parent / unquote(target)).resolve() if target else path.resolve()
            if re.match(r"\w+:", link) or not file.is_file() or (anchor and anchor not in ids[file]):
                broken.append((str(path.relative_to(site)), link))
    assert broken == []


def test_every_page_is_there_in_both_languages_and_small(site: Path) -> None:
    indonesian = {path.relative_to(site) for path in pages(site) if "en" not in path.relative_to(site).parts[:1]}
    english = {path.relative_to(site / "en") for path in pages(site / "en")}
    assert indonesian == english
    for path in pages(site):
        assert path.stat().st_size < SIZE_LIMIT, path
        found = read(path)
        assert found.language == ("en" if "en" in path.relative_to(site).parts[:1] else "id")
        assert len(found.ids) == len(set(found.ids)), path


def test_there_is_a_page_for_everything(city: Store, site: Path) -> None:
    programs = ask(city, "select distinct program_code from core.dim_program where program_key <> 'unknown'")
    people = ask(city, "select instructor_id from core.dim_instructor where instructor_key not in ('unknown', 'none')")
    offices = ask(city, "select distinct unit_code from marts.training_hours where unit_code <> 'unknown'")
    for kind, codes in {"program": programs, "narasumber": people, "opd": offices}.items():
        assert codes
        assert {file_name(code) for (code,) in codes} <= {path.name for path in (site / kind).iterdir()}


def test_what_would_settle_an_open_question_stands_on_its_page(city: Store, site: Path) -> None:
    open_programs = {code for (code,) in ask(city, "select distinct program_code from marts.open_question")}
    assert open_programs
    for path in (site / "program").glob("*.html"):
        is_open = any(path.name == file_name(code) for code in open_programs)
        assert ("Pertanyaan yang masih terbuka" in path.read_text()) == is_open, path
    for code in open_programs:
        rows = open_questions(city, code)
        assert rows
        assert {row["program_code"] for row in rows} == {code}


def test_how_long_an_effect_lasts_and_what_is_carried_to_work_stand_on_the_page(city: Store, site: Path) -> None:
    for title, query in (
        (
            "Berapa lama bertahan",
            "select distinct program_code from marts.performance_over_time where average = 'dynamic'",
        ),
        ("Apakah yang dipelajari terbawa ke pekerjaan", "select distinct program_code from marts.transfer"),
    ):
        told = {file_name(code) for (code,) in ask(city, query)}
        assert told
        pages = (site / "program").glob("*.html")
        assert told == {path.name for path in pages if f"{title}<" in path.read_text()}


def test_a_program_that_nobody_knows_is_told_with_the_nearest(city: Store) -> None:
    with pytest.raises(UnknownProgram, match=r"No program 'TI-1'; known are .*TI-01"):
        open_questions(city, "TI-1")


RAISED = """(
    select f.* from marts.curriculum_flag as f
    where f.status <> 'selesai' and f.curriculum_version = (
        select max_by(c.curriculum_version, c.start_date) from core.dim_class as c where c.program_code = f.program_code
    )
)"""
"""Flags of the curricula that are given now, without those that later batches resolved."""
RAISE = f"update marts.curriculum_flag set is_raised = state in ('MERAH', 'KUNING') and flag_id in (select flag_id from {RAISED})"
"""What a mart says whose states were changed."""


def test_what_was_planted_stands_first_with_its_cause(city: Store, site: Path) -> None:
    truth = json.loads((city.home / "truth.json").read_text())
    text = plain(site / "index.html")
    red = ask(city, f"select program_code, aspect, instructor_id, cause from {RAISED} where state = 'MERAH'")
    cards = re.findall(r'<article class="flag MERAH"', (site / "keputusan.html").read_text())
    assert len(cards) == len(red) > 0
    assert text.index("Putusan per program") < text.index("Seluruh kota") < text.index("Pertanyaan kota")
    names = dict(ask(city, "select program_code, any_value(program_name) from core.dim_program group by 1"))
    for program in {program for program, aspect, _, _ in red if aspect == "MATERI"}:
        assert program in {planted["program_code"] for planted in truth["bad_curricula"] + truth["turned_bad"]}
    for program, mended in ((bad["program_code"], bad["fixed_from"]) for bad in truth["bad_curricula"]):
        page = plain(site / "program" / file_name(program))
        assert names[program] in text
        if mended:
            assert "membaik" in page
        else:
            assert "MERAH" in page or "KUNING" in page
            assert "Revisi kurikulum dan materi." in page or "Tinjau kurikulum" in page
    for person in (planted["instructor_id"] for planted in truth["weak_instructors"]):
        page = plain(site / "narasumber" / file_name(person))
        assert "MERAH" in page or "KUNING" in page


def test_a_contradiction_is_said_once(city: Store, site: Path) -> None:
    """By the reason, with its number."""
    flags = ask(
        city, f"select program_code, contradiction from {RAISED} where contradiction is not null and state = 'MERAH'"
    )
    assert flags
    for program, contradiction in flags:
        text = plain(site / "program" / file_name(program))
        assert "(Hedges g" in text
        assert text.count(INDONESIAN.word("contradiction", contradiction)) == 0, program


def test_each_chart_says_what_it_shows(site: Path) -> None:
    """Also to those who see it, but where that is a list of all that is drawn."""
    said = []
    for path in pages(site):
        for figure in re.findall(r"<figure.*?</figure>", path.read_text(), re.DOTALL):
            [description] = re.findall(r"<desc[^>]*>(.*?)</desc>", figure, re.DOTALL)
            if len(re.sub("<[^>]+>", "", description)) <= charts.SENTENCE:
                said.append(f'<p class="about" aria-hidden="true">{description}</p>' in figure)
    assert len(said) > 20
    assert all(said)


def test_no_caption_repeats_a_heading(site: Path) -> None:
    """Or another caption of the page: who hears the page, or lists its tables, could not tell them apart."""
    twice = []
    for path in pages(site):
        text = path.read_text()
        found = re.findall(
            r"<(?:h[1-3]|caption|figcaption)\b[^>]*>(.*?)</(?:h[1-3]|caption|figcaption)>", text, re.DOTALL
        )
        named = Counter(" ".join(re.sub("<[^>]+>", "", one).split()) for one in found)
        captions = re.findall(r"<(?:caption|figcaption)\b[^>]*>(.*?)<", text)
        twice += [(path.name, caption) for caption in captions if named[" ".join(caption.split())] > 1]
    assert twice == []


def test_what_matters_stands_first(city: Store, site: Path) -> None:
    """Data that stopped before data that is new, what was refused most, the form that teaches best; not the alphabet of codes."""
    known = [
        day
        for _, day in ask(
            city,
            "select n_gap_months, data_through from marts.observation_window where opd_code = 'semua' order by n_gap_months desc, data_through, source",
        )
    ]
    table = re.search(r"Data yang teramati</caption>.*?</table>", (site / "kiriman.html").read_text(), re.DOTALL)
    assert table
    assert re.findall(r'<td class="day" data-v="(\d{4}-\d\d-\d\d)"[^>]*>[^<]*</td><td class="n"', table[0]) == [
        f"{day}" for day in known
    ]
    gains = [
        value
        for (value,) in ask(
            city,
            "select max(gain_mean) as g from marts.program_method where n_methods > 1 group by program_code having g is not null order by g desc",
        )
    ]
    programs = re.findall(r'<tr data-key="([^|]+)\|', (site / "bentuk.html").read_text())
    best = dict(
        ask(city, "select program_code, max(gain_mean) from marts.program_method where n_methods > 1 group by 1")
    )
    assert [best[code] for code in dict.fromkeys(programs) if best[code] is not None] == gains


def test_numbers_are_those_of_sql(city: Store, site: Path) -> None:
    text = plain(site / "index.html")
    [(k, n, index)] = ask(
        city,
        "select sum(n_dissatisfied), sum(n_judged), sum(index_0_100 * n_judged) / sum(n_judged) from marts.program_scorecard "
        "where n_dissatisfied is not null",
    )
    words = INDONESIAN
    assert f"{words.plain(k, 'whole')} dari {words.plain(n, 'whole')}" in text
    assert f"{words.plain(index, 'points')} indeks 0–100, {words.plain(n, 'whole')} penilaian" in text
    for flag_id, program, reason in ask(
        city, "select flag_id, program_code, reason from marts.curriculum_flag where state = 'MERAH'"
    ):
        assert " ".join(reason.split()) in plain(site / "program" / file_name(program)), flag_id
    for n_read, n_accepted, n_refused in ask(
        city, "select sum(n_read), sum(n_accepted), sum(n_refused) from ops.delivery group by source"
    ):
        page = plain(site / "metode.html")
        assert f"{words.plain(n_read, 'whole')} {words.plain(n_accepted, 'whole')} " in page
        assert words.plain(n_refused, "whole") in page
    counted = dict(ask(city, f"select state, count(*) from {RAISED} group by 1"))
    told = f"{counted['MERAH']} tanda merah dan {counted.get('KUNING', 0)} kuning"
    assert told in plain(site / "keputusan.html")


def test_flags_stand_in_the_order_of_urgency(city: Store, site: Path) -> None:
    """Overdue ones first, then those that wait, then by how sure the share is above what is tolerated."""
    wanted = ask(
        city,
        f"select flag_id from {RAISED} where state = 'MERAH' "
        "order by flag_id not in (select flag_id from marts.follow_up_outcome where is_overdue), status not in ('terbuka', 'berlanjut'), status <> 'berlanjut', status <> 'terbuka', status <> 'ditindaklanjuti', now_low desc",
    )
    shown = re.findall(r'<article class="flag MERAH" id="([^"]+)"', (site / "keputusan.html").read_text())
    assert shown == [file_name(flag.replace(":", "-")).removesuffix(".html") for (flag,) in wanted]
    programs = ask(
        city,
        "select v.program_code from marts.program_verdict as v inner join marts.curriculum_flag using (flag_id) "
        "order by decision <> 'terlambat', decision <> 'menunggu', flag_state <> 'MERAH', status <> 'berlanjut', now_low desc",
    )
    assert len(programs) > 3
    verdicts = re.findall(r'<th scope="row"><a href="program/([^"]+)"', (site / "index.html").read_text())
    assert verdicts[: len(programs)] == [file_name(code) for (code,) in programs]


def test_the_same_tables_give_the_same_bytes(city: Store, site: Path, tmp_path: Path) -> None:
    report.write((city.current / "warehouse.duckdb").resolve(), tmp_path / "again")

    one, other = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
        for folder in (site, tmp_path / "again")
    )
    assert one.keys() == other.keys()
    assert [path for path in one if one[path] != other[path]] == []


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """The published file of a small city, to be changed."""
    city = published_city(tmp_path_factory, 300, 3)
    shutil.copyfile(city.current / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    return tmp_path / "warehouse.duckdb"


def test_what_somebody_typed_is_text(file: Path, tmp_path: Path) -> None:
    """Names, comments and file names of the senders may hold markup; an address may hold anything."""
    evil = "<script>alert('x')</script>\"'&{{ 7 * 7 }}"
    with duckdb.connect(file) as con:
        con.execute("update core.dim_program set program_name = ?", [evil])
        con.execute("update core.dim_instructor set instructor_name = ?, affiliation = ?", [evil, evil])
        con.execute("update core.dim_unit set unit_name = ?", [evil])
        con.execute("update marts.survey_comment set comment = ?", [evil])
        con.execute("update ops.delivery set file_name = ?, folder = ?, reason_code = 'FILE_SEVERAL'", [evil, evil])
        con.execute("update marts.curriculum_flag set reason = ?, action = ?", [evil, evil])
        con.execute("update marts.service_satisfaction_index set service = ?", [evil])
        con.execute("update marts.training_hours set unit_code = '../../etc/' || unit_code")
    report.write(file, tmp_path / "evil")
    for path in pages(tmp_path / "evil"):
        content = path.read_text()
        assert "<script>alert" not in content, path
        assert "49" not in content or "{{ 7 * 7 }}" not in evil or "&amp;49" not in content
    assert "landing/&lt;profile&gt;/" in (tmp_path / "evil" / "en" / "kiriman.html").read_text(), "our advice, too"
    assert {path.parent.name for path in pages(tmp_path / "evil" / "opd")} == {"opd"}
    assert len(pypdf.PdfReader(tmp_path / "evil" / report.SUMMARY).pages) == 1


def test_an_empty_city_has_a_report(store: Store, tmp_path: Path) -> None:
    store.landing.mkdir(parents=True)
    refresh(store)
    report.write((store.current / "warehouse.duckdb").resolve(), tmp_path / "empty")
    text = plain(tmp_path / "empty" / "index.html")
    assert "Belum ada program." in text
    assert "Tidak ada tanda merah" in plain(tmp_path / "empty" / "keputusan.html")
    shown = re.findall(r'<p class="big">(.*?)</p>', (tmp_path / "empty" / "index.html").read_text())
    assert len(shown) == 6
    assert all("tidak diketahui" in one for one in shown), "nothing measured is not zero"
    assert len(pypdf.PdfReader(tmp_path / "empty" / report.SUMMARY).pages) == 1


def test_what_is_left_out_is_said(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file) as con:
        [(class_id, program)] = con.execute(
            "select min(class_id), arg_min(program_code, class_id) from marts.class_scorecard"
        ).fetchall()
        con.execute(
            "update marts.class_scorecard set is_suppressed = true, index_overall = null where class_id = ?", [class_id]
        )
        con.execute("update marts.class_scorecard set gain_class = null where class_id <> ?", [class_id])
    report.write(file, tmp_path / "less")
    rows = re.findall(
        r"<tr><th scope=\"row\" class=\"id\">.*?</tr>",
        (tmp_path / "less" / "program" / file_name(program)).read_text(),
        re.DOTALL,
    )
    mine = [row for row in rows if f">{class_id}<" in row]
    assert any("disembunyikan (kelompok kecil)" in row for row in mine)
    others = [row for row in rows if f">{class_id}<" not in row and "Wilson" not in row]
    assert others
    assert any("tidak diketahui" in row and "disembunyikan" not in row for row in others)


def test_the_page_for_a_meeting_is_one_page_and_names_every_red_flag(city: Store, site: Path) -> None:
    found = pypdf.PdfReader(site / report.SUMMARY)
    assert len(found.pages) == 1
    assert [round(float(side)) for side in found.pages[0].mediabox[2:]] == [595, 842]
    text = " ".join(found.pages[0].extract_text().split())
    names = ask(
        city,
        f"select distinct p.program_name from {RAISED} as f inner join core.dim_program as p using (program_code, curriculum_version) where f.state = 'MERAH'",
    )
    assert names
    for (name,) in names:
        assert name.split()[0] in text
    assert "MERAH" in text
    assert "Per 24 November 2026" in text


def test_the_front_page_says_why_in_sentences_and_by_when_in_words(site: Path) -> None:
    for path, none in ((site / "index.html", "tidak ada"), (site / "en" / "index.html", "none")):
        [table] = re.findall(r"<table.*?</table>", path.read_text(), re.DOTALL)
        rows = [re.sub("<[^>]+>", "\t", row) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)[1:]]
        cells = [[cell.strip() for cell in row.split("\t") if cell.strip()] for row in rows]
        assert len(cells) > 3
        assert [row for row in cells if row[3][0].islower() or none in row] == []


def test_a_list_that_never_came_is_told_before_all_numbers(file: Path, tmp_path: Path) -> None:
    """Else a city that sent its attendance first is told that there is nothing."""
    with duckdb.connect(file) as con:
        con.execute("update ops.unlisted_code set n_unlisted = 0, unlisted_share = 0, codes = null")
        con.execute(
            "update ops.unlisted_code set n_listed = 0, n_rows = 1234, n_unlisted = 1234, unlisted_share = 1, codes = 'A-1' "
            "where source = 'attendance' and column_name = 'class_id'"
        )
        con.execute(
            "update ops.unlisted_code set n_rows = 40, n_unlisted = 4, unlisted_share = 0.1, codes = 'DINAS-X' "
            "where source = 'projects' and column_name = 'unit_code'"
        )
    report.write(file, tmp_path / "site")
    front, page = (plain(tmp_path / "site" / name) for name in ("index.html", "kiriman.html"))
    missing = "Daftar kelas (angkatan) belum diterima. Tanpa daftar itu baris ini belum dapat dihubungkan, dan tidak dihitung: daftar hadir 1.234 baris."
    assert missing in front
    assert "Kode di luar daftar, yang barisnya tidak dihitung: proyek, kolom Kode unit kerja: 4 dari 40 baris." in front
    assert page.index("DINAS-X") > page.index("A-1") > page.index("Kode yang tidak ada di daftarnya")
    with duckdb.connect(file) as con:
        con.execute("update ops.unlisted_code set n_unlisted = 0, unlisted_share = 0, codes = null")
    report.write(file, tmp_path / "whole")
    front, page = (plain(tmp_path / "whole" / name) for name in ("index.html", "kiriman.html"))
    assert "belum diterima" not in front
    assert "di luar daftar" not in front
    assert "Kode yang tidak ada di daftarnya" not in page


def test_a_quarter_without_decisions_says_when_the_last_one_was_recorded(file: Path, tmp_path: Path) -> None:
    """What nobody told may have been decided all the same: there is no zero."""
    with duckdb.connect(file) as con:
        con.execute("update marts.follow_up_outcome set decided_on = date '2025-10-12', done_on = null")
    report.write(file, tmp_path / "site")
    said = "Tidak ada keputusan yang tercatat pada triwulan itu; yang terakhir pada 12 Oktober 2025."
    assert said in plain(tmp_path / "site" / "index.html")
    assert f"Triwulan lalu: 1 Juli 2026 s.d. 30 September 2026. {said}" in plain(tmp_path / "site" / "keputusan.html")
    with duckdb.connect(file) as con:
        con.execute("update marts.follow_up_outcome set decided_on = date '2026-08-01'")
    report.write(file, tmp_path / "decided")
    assert re.search(
        r'data-metric="follow_up_outcome\.n_decided[^>]*>\d+<', (tmp_path / "decided" / "index.html").read_text()
    )


def test_what_is_resolved_or_replaced_asks_for_nothing(file: Path) -> None:
    """A flag that later batches resolved is a success; a curriculum that is given no more needs no decision."""
    with duckdb.connect(file) as con:
        con.execute("update marts.curriculum_flag set state = 'MERAH', status = 'terbuka' where aspect = 'MATERI'")
        first, second, *others = [
            flag for (flag,) in con.execute(
                f"select flag_id from {RAISED} where aspect = 'MATERI' order by program_code"
            ).fetchall()
        ]  # fmt: skip
        con.execute("update marts.curriculum_flag set status = 'selesai' where flag_id = ?", [first])
        con.execute(RAISE)
        con.execute("update marts.curriculum_flag set is_raised = false where flag_id = ?", [second])
    found = figures.read(file, Faults())
    asking = {flag["flag_id"] for flag in found.raised if flag["aspect"] == "MATERI"}
    assert asking == set(others)
    assert first in {flag["flag_id"] for flag in found.resolved}
    assert {first, second} <= {flag["flag_id"] for flag in found.rows["flags"]}
    assert figures.headline(found)["n_resolved"] == len(found.resolved) > 0


def test_the_tables_and_the_command_line_count_the_same_flags(city: Store) -> None:
    """Flags of a curriculum that is given no more are as red as they were, and ask for nothing."""
    [(raised,)] = ask(city, "select count(*) from marts.curriculum_flag where is_raised")
    assert [(raised,)] == ask(city, "select sum(n_flags_red + n_flags_yellow) from marts.program_verdict")
    assert (
        raised
        == len(open_flags(city))
        == len(figures.read((city.current / "warehouse.duckdb").resolve(), Faults()).raised)
    )
    assert ask(
        city,
        f"select count(*) from marts.curriculum_flag where is_raised and flag_id not in (select flag_id from {RAISED})",
    ) == [(0,)]


def test_of_many_classes_the_newest_are_shown_and_the_others_counted(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file) as con:
        [(program, n)] = con.execute(
            "select program_code, count(*) from marts.class_scorecard group by 1 order by 2 desc, 1 limit 1"
        ).fetchall()
        con.execute(
            "insert into marts.class_scorecard by name select c.* replace ('OLD-' || r.i as class_id, date '2020-01-01' as end_date) "
            "from (select * from marts.class_scorecard where program_code = ? limit 1) as c cross join range(120) as r(i)", [program],
        )  # fmt: skip
    assert report.write(file, tmp_path / "site") == []
    page = plain(tmp_path / "site" / "program" / file_name(program))
    assert f"{n + 20} kelas yang lebih lama ada di tabel marts.class_scorecard." in page
    assert page.count("OLD-") == 100 - n


def test_a_class_without_a_last_day_is_drawn_by_its_first(file: Path) -> None:
    with duckdb.connect(file) as con:
        queries = [figures.QUERIES[name] for name in ("satisfaction_by_month", "gain_by_month")]
        before = [con.execute(query).fetchall() for query in queries]
        con.execute("update core.dim_class set end_date = null")
        assert [con.execute(query).fetchall() for query in queries] == before
        assert all(before)


def test_of_many_classes_behind_a_flag_the_newest_are_listed_and_drawn(file: Path, tmp_path: Path) -> None:
    """A city of millions of answers has thousands of classes to a flag; of a narasumber the newest of all their flags count."""
    chosen = "select flag_id, program_code, instructor_id from marts.curriculum_flag where {} order by n_classes desc, flag_id limit 1"
    counted = "select count(*) from marts.curriculum_flag_evidence where {} = ?"
    with duckdb.connect(file) as con:
        [(flag, program, _)] = con.execute(chosen.format("state in ('MERAH', 'KUNING')")).fetchall()
        [(other, _, person)] = con.execute(chosen.format("instructor_id is not null")).fetchall()
        [(n_of_flag,)] = con.execute(counted.format("flag_id"), [flag]).fetchall()
        [(n_of_person,)] = con.execute(counted.format("instructor_id"), [person]).fetchall()
        for one in {flag, other}:
            con.execute(
                "insert into marts.curriculum_flag_evidence by name "
                "select e.* replace ('OLD-' || r.i as class_id, date '2020-01-01' as ended_on) from (select * from marts.curriculum_flag_evidence "
                "where flag_id = ? and unfavourable_share is not null limit 1) as e cross join range(120) as r(i)", [one],
            )  # fmt: skip
    assert report.write(file, tmp_path / "site") == []
    of_flag = plain(tmp_path / "site" / "program" / file_name(program))
    assert f"{n_of_flag + 20} kelas yang lebih lama ada di tabel marts.curriculum_flag_evidence." in of_flag
    assert of_flag.count("OLD-") == 100 - n_of_flag
    of_person = plain(tmp_path / "site" / "narasumber" / file_name(person))
    assert f"{n_of_person + 20} kelas yang lebih lama ada di tabel marts.curriculum_flag_evidence." in of_person
    assert of_person.count("OLD-") == 100 - n_of_person
    assert "100 kelas dari 1 Januari 2020" in of_person


def test_many_flags_are_counted_where_the_page_ends(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file) as con:
        con.execute("update marts.curriculum_flag set state = 'KUNING', status = 'terbuka' where state = 'HIJAU'")
        con.execute(RAISE)
        n = con.execute(f"select count(*) from {RAISED} where state in ('MERAH', 'KUNING')").fetchall()[0][0]
    summary.summary_pdf(figures.read(file, Faults()), tmp_path / "many.pdf")
    found = pypdf.PdfReader(tmp_path / "many.pdf")
    assert len(found.pages) == 1
    text = " ".join(found.pages[0].extract_text().split())
    [more] = re.findall(r"dan (\d+) lainnya \(", text)
    assert 0 < int(more) < n


@pytest.mark.parametrize(
    ("grade", "effect", "verdict", "why", "action"),
    [
        ("terbukti", 2, "terbukti_berhasil", "Kinerja naik karena pelatihan: +2,00 poin", "Teruskan."),
        (
            "terbukti",
            -2,
            "belum_terbukti",
            "Kinerja turun karena pelatihan: −2,00 poin",
            "Tinjau ulang seluruh program.",
        ),
        ("tanpa_pengaruh", 0.1, "belum_terbukti", "Kinerja tidak berubah secara berarti", "Tinjau tujuannya."),
        ("perubahan", 2, "belum_terbukti", "Kinerja berubah, tanpa pembanding yang adil", "Teruskan dan ukur."),
    ],
)
def test_the_front_says_what_is_known_of_performance_and_what_to_do(
    file: Path, tmp_path: Path, grade: str, effect: float, verdict: str, why: str, action: str
) -> None:
    with duckdb.connect(file) as con:
        con.execute(
            "update marts.performance_effect set is_suppressed = false, evidence_grade = ?, effect = ?, ci_low = ? - 1, ci_high = ? + 1 "
            "where outcome = 'numeric_score'",
            [grade, effect, effect, effect],
        )
        con.execute(
            "update marts.program_verdict set flag_id = null, flag_state = null, decision = 'tidak_ada', evidence_grade = ?, is_proven = ?, verdict = ?, "
            "performance_design = (select min(design) from marts.performance_effect as e where e.program_code = program_verdict.program_code)",
            [grade, grade == "terbukti", verdict],
        )
    report.write(file, tmp_path / "site")
    text = plain(tmp_path / "site" / "index.html")
    assert why in text
    assert action in text


def test_the_page_for_a_meeting_says_who_acts_by_when_and_what_is_proven(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file) as con:
        con.execute(
            "update marts.follow_up_outcome set owner = 'Bidang Uji', due_on = date '2026-12-24', done_on = null"
        )
        con.execute(
            "update marts.performance_effect set evidence_grade = 'terbukti', verdict_code = 'proven_risen', effect = 2, ci_low = 1, "
            "ci_high = 3, is_suppressed = false where outcome = 'numeric_score'"
        )
    summary.summary_pdf(figures.read(file, Faults()), tmp_path / "who.pdf")
    [page] = pypdf.PdfReader(tmp_path / "who.pdf").pages
    text = " ".join(page.extract_text().split())
    assert "Penanggung jawab Bidang Uji, tenggat 24 Desember 2026." in text
    assert "2,00 (selang kepercayaan 95% 1,00 s.d. 3,00)" in text.split("Pengaruh pada nilai kinerja")[1]
    with duckdb.connect(file) as con:
        con.execute("update marts.performance_effect set evidence_grade = 'perubahan'")
    summary.summary_pdf(figures.read(file, Faults()), tmp_path / "none.pdf")
    assert "Belum ada program" in pypdf.PdfReader(tmp_path / "none.pdf").pages[0].extract_text()


def test_the_page_for_a_meeting_begins_with_what_is_overdue_and_has_a_verdict_on_every_program(
    city: Store, site: Path
) -> None:
    text = " ".join(pypdf.PdfReader(site / report.SUMMARY).pages[0].extract_text().split())
    [(late, due)] = ask(city, "select flag_id, due_on from marts.follow_up_outcome where is_overdue")
    flags = re.findall(r"\b([A-Z]{2}-\d\d), versi", text)
    assert flags[0] == late.split(":")[0]
    assert f"terlambat: tenggat {INDONESIAN.date(due)}" in text
    others = text.split("Putusan program lain")[1]
    verdicts = ask(
        city,
        "select program_name, replace(verdict, '_', ' ') from marts.program_verdict where verdict <> 'perlu_diperbaiki'",
    )
    assert verdicts
    for name, verdict in verdicts:
        assert name in others.split(f"{verdict}: ")[1].split(".")[0]


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_programs_are_not_compared(file: Path, tmp_path: Path, n: int) -> None:
    with duckdb.connect(file) as con:
        con.execute(
            f"delete from marts.program_verdict where program_code not in (select min(program_code) from marts.program_verdict limit {n})"
        )
    assert report.write(file, tmp_path / "site") == []
    assert "Belum ada dua program untuk dibandingkan." in plain(tmp_path / "site" / "bandingkan.html")
    assert (tmp_path / "site" / "bandingkan.html").read_text().count("data-code=") == n


def test_every_definition_has_a_term_and_a_text() -> None:
    for anchor, entry in DEFINITIONS.items():
        assert set(entry) <= {"term", "text", "source"}, anchor
        assert entry["term"], anchor
        assert entry["text"], anchor


def phrases() -> set[str]:
    """Every phrase that the report, its definitions and the rules of flags say, as it stands in the code."""
    report_room = Path(report.__file__).parent
    text = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    said = set()
    for path in report_room.rglob("*.html"):
        said |= {ast.literal_eval(found) for found in re.findall(rf"say\(\s*{text}", path.read_text())}
    for path in report_room.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "say" and isinstance(node.args[0], ast.Constant):
                said.add(str(node.args[0].value))
    said |= {entry["text"] for entry in DEFINITIONS.values()}
    # What becomes of a whole file is told with how to mend it.
    of_files = ("FILE_", "FOLDER_", "PROFILE_", "PROGRAM_", "HELD")
    said |= {reason.mend for code, reason in REASONS.items() if code.startswith(of_files)}
    for rule in rules().values():
        said |= {rule.people, rule.unfavourable}
        module = sys.modules[type(rule).__module__]
        said |= set(module.ACTIONS.values()) | set(getattr(module, "REASONS", {}).values())
    return (
        said
        | set(effects.ASSOCIATIONS.values())
        | set(effects.VERDICTS.values())
        | set(effects.COMPARISONS.values())
        | set(effects.BALANCE.values())
    )


def catalogue(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def test_every_phrase_is_there_in_english() -> None:
    known = {message.id for message in catalogue("en")}
    assert len(phrases()) > 250
    assert phrases() - known == set()
    terms = {message.id for message in catalogue("en") if message.context == "definition"}
    assert {entry["term"] for entry in DEFINITIONS.values()} - terms == set()


def test_no_catalogue_holds_what_nobody_says() -> None:
    """A phrase that was changed in the code leaves its translation behind; it is found here."""
    contexts = {message.context for message in catalogue("id") if message.context}
    own = {message.id for message in catalogue("en") if message.id and message.context not in contexts}
    terms = {entry["term"] for entry in DEFINITIONS.values()}
    beside = {"Bahasa Indonesia", "{n} %", *effects.HOW.values(), "datang dengan cara yang tidak diketahui"}
    assert own - phrases() - terms - beside == set()


KINDS = {
    ("follow_up_outcome", "state_before"): "state", ("follow_up_outcome", "state_after"): "state",
    ("service_satisfaction_by_dose", "dose_group"): "dose", ("project_context", "status"): "project",
}  # fmt: skip
"""Columns whose codes go by another kind of word than the column's name."""


def test_every_code_has_words_in_every_language() -> None:
    first, *others = ({(m.context, m.id) for m in catalogue(code) if m.context} for code in ("id", "en"))
    assert first <= others[0]
    for contract in (model.contract for model in models().values()):
        for column in contract.columns if contract.layer == "marts" else ():
            kind = KINDS.get((contract.name, column.name), column.name)
            if column.values and any(context == kind for context, _ in first):
                assert {(kind, code) for code in column.values} <= first, f"{contract.table}.{column.name}"


def test_placeholders_are_the_same_in_every_language() -> None:
    for message in catalogue("en"):
        if message.id and message.context is None:
            wanted, given = (set(re.findall(r"{(\w+)}", text)) for text in (message.id, message.string))
            assert given <= wanted, message.id


def test_english_pages_are_english(city: Store, site: Path) -> None:
    """What the warehouse says in Bahasa Indonesia is not left to readers of English; comments and own words are marked."""
    own = [action for (action,) in ask(city, "select distinct action from marts.follow_up_outcome")]
    for path in pages(site / "en"):
        content = path.read_text()
        for text in re.findall(r'<span lang="id">(.*?)</span>', content):
            assert html.unescape(text) in own or path.parent.name == "narasumber", (path, text)
        assert "terhadap toleransi" not in content
        assert "Tidak dapat disimpulkan" not in content


def test_definitions_name_the_values_in_force(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file) as con:
        con.execute("update ops.policy set value = 0.17 where policy = 'dissatisfied_tolerated_share'")
        con.execute("update ops.policy set value = 7 where policy = 'minimum_cell_size'")
    report.write(file, tmp_path / "other")
    assert "di atas toleransi (17,0%)" in plain(tmp_path / "other" / "metode.html")
    assert "fewer than 7 people" in plain(tmp_path / "other" / "en" / "metode.html")


@pytest.mark.parametrize(
    ("value", "kind", "indonesian", "in_english"),
    [
        (1234567.5, "rupiah", "Rp1.234.568", "Rp1,234,568"),
        (0.2834, "share", "28,3%", "28.3%"),
        (0, "whole", "0", "0"),
        (-0.04, "signed_fine", "−0,04", "−0.04"),
        (0.001, "signed", "0,0", "0.0"),
        (12.345, "points", "12,3", "12.3"),
        (0.0004, "chance", "<\u00a00,001", "<\u00a00.001"),
        (0.99994, "probability", ">\u00a099,9%", ">\u00a099.9%"),
        (0.951, "probability", "95,1%", "95.1%"),
        (0.0003, "share", "<\u00a00,1%", "<\u00a00.1%"),
        (-0.348, "signed_share", "−34,8", "−34.8"),
        (0.3, "signed_share", "+30,0", "+30.0"),
        (39080, "signed_rupiah", "+Rp39.080", "+Rp39,080"),
        (-0.2, "signed_rupiah", "Rp0", "Rp0"),
    ],
)
def test_numbers_are_written_as_each_language_does(value: float, kind: Any, indonesian: str, in_english: str) -> None:
    assert INDONESIAN.plain(value, kind) == indonesian
    assert ENGLISH.plain(value, kind) == in_english


def test_an_index_that_a_rule_does_not_have_is_not_left_out(city: Store) -> None:
    flags = [
        flag
        for flag in figures.read((city.current / "warehouse.duckdb").resolve(), Faults()).rows["flags"]
        if flag["is_suppressed"]
    ]
    without = [flag["index_agency"] for flag in flags if flag["rule"] == "KEHADIRAN"]
    assert without
    assert set(without) == {None}
    assert any(flag["index_agency"] is SUPPRESSED for flag in flags if flag["rule"] == "KEPUASAN")


def test_what_never_was_is_unknown_and_not_left_out(file: Path) -> None:
    """A class that was not tested has no gain, a class without a list no response rate, whatever else of it is left out."""
    with duckdb.connect(file) as con:
        con.execute(
            "update marts.class_scorecard set is_suppressed = true, index_overall = null, gain_class = null, n_pairs = null"
        )
        con.execute(
            "update marts.program_scorecard set is_suppressed = true, index_0_100 = null, n_expected = null, response_rate = null"
        )
    rows = figures.read(file, Faults()).rows
    asked = [row for row in rows["classes"] if row["n_respondents"]]
    assert asked
    assert {row["index_overall"] for row in asked} == {SUPPRESSED}
    assert {row[name] for row in asked for name in ("n_pairs", "gain_class")} == {None}
    told = [row for row in rows["scorecards"] if row["n_respondents"] is not None]
    assert told
    assert {row["index_0_100"] for row in told} == {SUPPRESSED}
    assert {row["response_rate"] for row in told} == {None}


def test_completed_is_not_called_passed(city: Store, site: Path) -> None:
    """Completed is a status, passed an outcome: the page counts the first and says so."""
    counted = ask(
        city,
        "select c.program_code, count(*), count(case when f.status = 'completed' then 1 end), count(case when f.outcome = 'lulus' then 1 end) "
        "from core.fact_enrolment as f inner join core.dim_class as c on f.class_key = c.class_key "
        "where c.program_code in (select program_code from marts.program_scorecard group by 1 having count(*) = 1 and not bool_or(is_suppressed)) "
        "group by 1 order by 1",
    )
    assert counted
    words = INDONESIAN
    for program, n, completed, passed in counted:
        page = plain(site / "program" / file_name(program))
        share = words.plain(completed / n, "share").replace("\xa0", " ")
        assert f"menyelesaikan {share} ({words.plain(completed, 'whole')} dari {words.plain(n, 'whole')})" in page, (
            program
        )
        assert passed < completed
    assert not any(re.search(r"\bkelulusan\b", phrase, re.IGNORECASE) for phrase in phrases())


def test_zero_unknown_and_left_out_are_three_things() -> None:
    zero, unknown, left_out = (INDONESIAN.show(value, "whole") for value in (0, None, SUPPRESSED))
    assert zero == "0"
    assert "tidak diketahui" in unknown
    assert "disembunyikan" in left_out
    assert "data-v" in INDONESIAN.cell(0, "whole")
    assert "data-v" not in INDONESIAN.cell(None, "whole")


@needs_real
def test_lalondes_two_designs_are_told_apart(tmp_path: Path) -> None:
    """The same trained men, against those the lot left out and against those nobody chose: an effect, and no effect."""
    store = Store(tmp_path / "data")
    shutil.copytree(REAL / "lalonde", store.landing / "lalonde" / "2026-01")
    refresh(store)
    report.write((store.current / "warehouse.duckdb").resolve(), tmp_path / "site")
    lot, chosen = (plain(tmp_path / "site" / "program" / f"{code}.html") for code in ("NSW_MIXTAPE", "NSW74PSID1"))
    assert "+1.529,20" in lot
    assert ": tidak dapat disimpulkan" in lot or ": terbukti" in lot
    assert "+2.326,50" in chosen
    assert "perubahan, bukan bukti pengaruh" in chosen
    assert "dapat dibaca sebagai pengaruh" not in chosen
    assert "mendaftar sendiri" in chosen
    every = plain(tmp_path / "site" / "daftar-program.html")
    every = every[every.index("Perubahan nilai kinerja menurut program") :]
    assert every.index("1.529,20") < every.index("2.326,50"), "fair comparisons stand before changes"


@pytest.mark.parametrize("code", ["x" * 300, "é" * 300, "A/B:C'%<b>", "..", "日本語", "CON.", "-"])
def test_whatever_a_code_is_its_page_has_a_name_that_a_file_can_have(tmp_path: Path, code: str) -> None:
    name = file_name(code)
    (tmp_path / name).touch()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert name != file_name(f"{code}y")


def test_a_code_with_braces_is_a_code(city: Store) -> None:
    """Names of numbers are made of codes, and what was put in is never filled in again."""
    low, high = figures.bounds("program_scorecard.dissatisfied_{}|*|{n}|1", 0.5, 10.0)
    assert (low.name, high.name) == (
        "program_scorecard.dissatisfied_low|*|{n}|1",
        "program_scorecard.dissatisfied_high|*|{n}|1",
    )
