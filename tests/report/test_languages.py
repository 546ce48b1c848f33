"""Each page speaks its language: no English on a page in Bahasa Indonesia, and on an English one only what senders wrote."""

from __future__ import annotations

import ast
import csv
import html
import itertools
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from schemas.sources import SOURCES
from tests.report.test_report import ask, pages
from warehouse.auditing.expectations import EXPECTATIONS, GUARDS
from warehouse.auditing.integrity import RULES
from warehouse.delivery.dialect import DELIMITERS, VARIANTS
from warehouse.report.words import words_of
from warehouse.store import Store
from warehouse.words.kept import kept, notes

HOUSE = Path(__file__).parents[2]
INDONESIAN = kept("id")
FUNCTION_WORDS = {
    "en": {"the", "of", "is", "are", "was", "were", "with", "from", "there", "than", "by", "be", "has", "have", "not", "which", "that", "their", "rows", "who", "for", "it", "this"},
    "id": {"yang", "dan", "dari", "dengan", "untuk", "tidak", "pada", "adalah", "ialah", "atau", "belum", "sudah", "baris", "kelas", "bukan", "dapat", "ini", "itu", "oleh", "dalam", "lebih"},
}  # fmt: skip
"""Words without which a language says little, and that the other does not have."""
ATTRIBUTES = ("title", "aria-label", "alt", "data-h", "placeholder")
"""Attributes that are read or heard."""
VOID = {"br", "wbr", "img", "input", "link", "meta", "hr", "source"}


class Spoken(HTMLParser):
    """The text of a page piece by piece, without code, and on English pages without what senders wrote in Bahasa Indonesia."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.pieces = language, [""]
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        native = self.language == "en" and found.get("lang") == "id"
        silent = tag in ("script", "style", "code") or native or "hreflang" in found
        if tag not in VOID:
            self._open.append(silent)
        if not any(self._open) and not silent:
            told = [found.get(name) for name in ATTRIBUTES]
            told += [value for name, value in attrs if tag == "body" and name.startswith("data-")]
            self.pieces += [*filter(None, told), ""]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()
            self.pieces.append("")

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.pieces[-1] += data


def spoken(path: Path, language: str) -> list[str]:
    """The pieces of text of a page that are to be in its language."""
    page = Spoken(language)
    page.feed(path.read_text(encoding="utf-8"))
    return [" ".join(piece.split()) for piece in page.pieces if piece.strip()]


@pytest.mark.parametrize(("folder", "language", "other"), [("", "id", "en"), ("en", "en", "id")])
def test_no_page_speaks_another_language(city: Store, site: Path, folder: str, language: str, other: str) -> None:
    names = {name for (name,) in ask(city, NAMES) if name}
    named = re.compile("|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))))
    quoted = re.compile(r"'[^']*'")
    foreign: dict[str, tuple[list[str], str]] = {}
    for path in pages(site / folder):
        if not folder and path.is_relative_to(site / "en"):
            continue
        for piece in spoken(path, language):
            words = (
                set(re.findall(r"\b[a-z]+\b", quoted.sub("", named.sub("", piece)).casefold())) & FUNCTION_WORDS[other]
            )
            if words:
                foreign.setdefault(piece, (sorted(words), str(path.relative_to(site))))
    assert foreign == {}


COMMAND = re.compile(
    r"`|\bdiklat (doctor|forget|hold|inspect|power|profile|refresh|release|report|rollback|sample|status|template|versions)\b"
)
"""What is typed, where it is not set as such."""


def test_what_is_typed_is_set_as_code(site: Path) -> None:
    assert [
        piece
        for path in pages(site)
        for piece in spoken(path, "en" if path.is_relative_to(site / "en") else "id")
        if COMMAND.search(piece)
    ] == []
    assert "<code>diklat template follow_ups" in (site / "keputusan.html").read_text()
    assert (
        words_of("id")
        .kept("Read the month again: `diklat refresh --full`.")
        .endswith("<code>diklat refresh --full</code>.</span>")
    )


NAMES = """
    select program_name from core.dim_program union select unit_name from core.dim_unit union select instructor_name from core.dim_instructor
    union select affiliation from core.dim_instructor union select competencies from core.dim_instructor union select competency_area from core.dim_program
    union select service from marts.service_satisfaction_index union select file_name from ops.delivery
"""
"""What things and people are called, whatever the page's language."""


def test_every_page_says_of_what_is_seen_in_a_file_in_its_own_language(city: Store, site: Path) -> None:
    """Also of what was only noticed: a heading that is not there, a table that nobody knows, a column of shares."""
    rows = ask(
        city,
        "select distinct source, coalesce(seen, ''), coalesce(drift, '') from ops.delivery where seen <> '' or drift <> ''",
    )
    told = {
        text: INDONESIAN(text, labels(source)) for source, seen, drift in rows for text in (*notes(drift), seen) if text
    }
    assert len(told) > 5
    assert None not in told.values()
    indonesian, english = ((site / folder / "kiriman.html").read_text() for folder in ("", "en"))
    for text, own in told.items():
        assert html.escape(text).replace("&#x27;", "&#39;") in english
        assert html.escape(str(own)).replace("&#x27;", "&#39;") in indonesian


def labels(source: str) -> dict[str, str]:
    return {column.name: column.label for column in SOURCES[source].columns}


def said_of_files() -> Iterator[tuple[str, list[str | None]]]:
    """Where the reading rooms say what they saw, and its pieces: None where they put something in."""
    for path in sorted([*(HOUSE / "warehouse/delivery").rglob("*.py"), *(HOUSE / "warehouse/staging").rglob("*.py")]):
        tree = ast.parse(path.read_text())
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            texts: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                texts = node.args[1:2] if name == "FileRefused" else node.args[2:3] if name == "_held" else []
            elif isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {getattr(target, "id", getattr(target, "attr", "")) for target in targets}
                texts = [node.value] if names & {"seen", "MOVED"} else []
                if "notes" in names:
                    texts = list(getattr(node.value, "elts", []))
            for text in texts:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield f"{path.name}:{node.lineno}", [text.value]
                elif isinstance(text, ast.JoinedStr) and "faults" not in ast.unparse(text):
                    yield f"{path.name}:{node.lineno}", [_piece(part, constants) for part in text.values]


def _piece(part: ast.expr, constants: Mapping[str, object]) -> str | None:
    if isinstance(part, ast.Constant):
        return str(part.value)
    known = constants.get(getattr(getattr(part, "value", None), "id", ""))
    return known if isinstance(known, str) else None


PUT_IN = ("status", "7", "'x'", "'x' and 'y'")
"""What may stand where the code puts something in: the name of a column, a number, what was seen, two of them."""


def test_whatever_is_seen_in_a_file_can_be_said() -> None:
    """Of each sentence of the reading rooms there is one in Bahasa Indonesia; what an error of the program says is its own."""
    sentences = [
        (where, pieces) for where, pieces in said_of_files() if re.search("[a-z]", "".join(filter(None, pieces)))
    ]
    assert len(sentences) > 50
    unknown = []
    for where, pieces in sentences:
        choices = [PUT_IN if piece is None else (piece,) for piece in pieces]
        if not any(INDONESIAN("".join(choice)) is not None for choice in itertools.product(*choices)):
            unknown.append((where, pieces))
    assert unknown == []


def test_whatever_was_noticed_in_a_file_can_be_said() -> None:
    assert [
        INDONESIAN(note, {"actual_pct": "Realisasi (%)", "start_date": "Tanggal mulai"})
        for note in notes(
            "not there: start_date, method; perhaps renamed: 'start_dates' is start_date; not used: 2 other columns; "
            "actual_pct lies between 0 and 1, where percentages go to 100: 1,200 rows; start_date lies after the month of delivery: 3 rows"
        )
    ] == [
        "tanpa kolom (tidak wajib): Tanggal mulai, method",
        "mungkin berganti nama: 'start_dates' ialah Tanggal mulai",
        "kolom lain yang tidak dipakai: 2",
        "Realisasi (%): semua nilainya antara 0 dan 1, padahal persentase sampai 100; bila 0,4 berarti 40%, tulis 40 atau 40% (1.200 baris)",
        "Tanggal mulai: tanggalnya sesudah bulan kiriman (3 baris)",
    ]


def test_limits_and_audits_that_a_page_may_show_can_be_said() -> None:
    """An audit of severity error that fails stops the publication: no page shows it, unless the loss is meant."""
    with (HOUSE / "schemas/policy.csv").open(newline="") as file:
        said = [row["source"] for row in csv.DictReader(file)]
    shown = [rule for rule in RULES.values() if rule.severity == "warning"]
    expected = [one for one in EXPECTATIONS if one.severity == "warning" or one.audit in GUARDS]
    said += [text for one in (*shown, *expected) for text in (one.meaning, one.resolve)]
    said += [one.expected for one in expected]
    assert [text for text in said if INDONESIAN(text) is None] == []
    assert (
        INDONESIAN("no source has more than the tolerated share refused (max_value 0.1)")
        == "tidak ada sumber yang ditolak melebihi toleransi (paling banyak 0.1)"
    )
    assert INDONESIAN("Something that the city wrote.") is None


def test_how_a_text_file_was_read_can_be_said() -> None:
    ways = [*DELIMITERS.values(), *VARIANTS.values(), "sheet 2", "header in row 7"]
    assert [way for way in ways if INDONESIAN(way) is None] == []
