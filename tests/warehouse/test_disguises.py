"""Whatever people do to a table: the same rows come back, or a refusal, and never other rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.sources import SOURCES
from warehouse.delivery.landing import scan
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, staged_rows

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
COLUMNS = [
    "class_id",
    "program_code",
    "curriculum_version",
    "batch_no",
    "start_date",
    "scheduled_jp",
    "cost_idr",
    "organiser",
]
CLASSES = SOURCES["classes"]
MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]

Row = tuple[str, str, str, int, dt.date, float, int, str]
row = st.tuples(
    st.from_regex(r"[A-Z]{2}-[0-9]{2}-[0-9]{1,3}", fullmatch=True),
    st.sampled_from(["MD-01", "TI 02", "Total Quality", "Jumlah Aset"]),
    st.sampled_from(["1", "2026", "2b"]),
    st.integers(1, 99),
    st.dates(dt.date(2020, 1, 1), dt.date(2029, 12, 31)),
    st.decimals(0, 20_000, places=2).map(float),
    st.integers(0, 9_000_000_000),
    st.sampled_from(
        ["BKPSDM", "Dinas Pekerjaan; Umum", 'Bagian "Umum"', "Kantor, lantai 2", "Café Diklat", "dua\nbaris"]
    ),
)
rows = st.lists(row, min_size=1, max_size=12, unique_by=lambda r: r[0])


@dataclass
class Disguise:
    """What is done to the table."""

    order: list[int]
    heading: str
    titles: list[list[str]]
    date: str
    number: str
    money: str
    tail: list[list[str]] = field(default_factory=list)
    has_numbering: bool = False
    extra: bool = False
    blanks: bool = False

    def header(self) -> list[str]:
        """The header in this disguise."""
        columns = [CLASSES.column(COLUMNS[position]) for position in self.order]
        ways: dict[str, Callable[[Any], str]] = {
            "name": lambda c: c.name,
            "shout": lambda c: f"  {c.name.replace('_', ' ').upper()} ",
            "label": lambda c: c.label,
            "broken label": lambda c: c.label.replace(" ", "\n", 1) + " *",
        }
        return [ways[self.heading](column) for column in columns]

    def cells(self, one: Row) -> list[str]:
        """A row's texts in this disguise."""
        day: dt.date = one[4]
        dates = {
            "iso": day.isoformat(),
            "slash": f"{day:%d/%m/%Y}",
            "dots": f"{day.day}.{day.month}.{day.year}",
            "words": f"{day.day} {MONTHS[day.month - 1]} {day.year}",
            "short": f"{day.day} {MONTHS[day.month - 1][:3]} {day:%y}",
            "month first": f"{day.month}/{day.day}/{day.year}",
            "serial": str((day - dt.date(1899, 12, 30)).days),
        }
        swap = str.maketrans(",.", ".,")
        numbers = {
            "point": str(one[5]),
            "comma": str(one[5]).replace(".", ","),
            "grouped": f"{one[5]:,.2f}".translate(swap),
            "shortest grouped": f"{one[5]:,}".removesuffix(".0").translate(swap),
            "english": f"{one[5]:,.2f}",
        }
        plain = f"{one[6]:,}".translate(swap)
        money = {
            "plain": str(one[6]),
            "rp": f"Rp {plain}",
            "full": f"Rp{plain},00",
            "dash": f"{plain},-",
            "grouped": plain,
        }
        typed = [*one[:3], str(one[3]), dates[self.date], numbers[self.number], money[self.money], one[7]]
        return [str(typed[position]) for position in self.order]

    def lines(self, table: list[Row]) -> list[list[str]]:
        """The whole sheet."""
        width = len(COLUMNS) + self.extra
        header = [*self.header(), *(["Catatan"] if self.extra else [])]
        body = [[*self.cells(one), *(["x"] if self.extra else [])] for one in table]
        if self.has_numbering:
            body.insert(0, [f"({n})" for n in range(1, width + 1)])
        if self.blanks:
            body = [line for one in body for line in (one, [""] * width)]
        return [[*line, *[""] * (width - len(line))] for line in [*self.titles, header, *body, *self.tail]]


disguise = st.builds(
    Disguise,
    order=st.permutations(range(len(COLUMNS))),
    heading=st.sampled_from(["name", "shout", "label", "broken label"]),
    titles=st.sampled_from([[], [["DAFTAR KELAS"]], [["DAFTAR KELAS TAHUN 2026"], [], ["Kota : Tangerang Selatan", "", "Semester I"]]]),
    date=st.sampled_from(["iso", "slash", "dots", "words", "short", "month first", "serial"]),
    number=st.sampled_from(["point", "comma", "grouped", "shortest grouped", "english"]),
    money=st.sampled_from(["plain", "rp", "full", "dash", "grouped"]),
    tail=st.sampled_from(
        [[], [["JUMLAH", "12"]], [["", "Total :", "", "3"], [], ["", "", "Tangerang Selatan, 3 Maret 2026"],
         ["", "", "Mengetahui,"], [], ["", "", "Nama Pejabat, S.Sos."], ["", "", "NIP. 19700101 199503 1 001"]]]
    ),
    has_numbering=st.booleans(),
    extra=st.booleans(),
    blanks=st.booleans(),
)  # fmt: skip


def as_csv(lines: list[list[str]], delimiter: str, encoding: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return buffer.getvalue().encode(encoding)


def as_workbook(lines: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    hidden = book.create_sheet("Lama", 0)
    hidden.sheet_state = "hidden"
    book.active = 1
    for sheet in (hidden, book.worksheets[1]):
        for line in lines:
            sheet.append([cell or None for cell in line])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read_back(store: Store, deliver: Deliver, read: Read, name: str, content: bytes) -> tuple[list[Any], int, int]:
    """(accepted rows, rows refused, rows read); nothing at all where the file is refused."""
    for path in store.landing.rglob("*.*"):
        path.unlink()
    deliver(f"classes/2026-01/{name}", content)
    report = read().get(f"classes/2026-01/{name}")
    if report is None:
        landing = scan(store, DAY)
        assert landing.problems or landing.deliveries
        return ([], 0, 0) if landing.problems else staged(store)
    assert report.n_read == report.n_accepted + report.n_refused + report.n_duplicate
    return staged(store)[0], report.n_refused, report.n_read


def staged(store: Store) -> tuple[list[Any], int, int]:
    frame = staged_rows(store, "classes").select(COLUMNS)
    return frame.rows(), 0, frame.height


def check(table: list[Row], look: Disguise, accepted: list[Any], n_refused: int, n_read: int) -> None:
    assert set(accepted) <= set(table), "rows that nobody sent"
    assert n_read in (0, len(table))
    assert len(accepted) + n_refused == n_read
    proven = look.date != "month first" or any(one[4].day > 12 for one in table)
    if proven and look.number != "shortest grouped" and n_read:
        assert n_refused == 0


def lone(table: list[Row], look: Disguise) -> bool:
    """A column of dates that nothing proves to be month first is read day first: by the law of the place, not by guess."""
    return look.date == "month first" and not any(one[4].day > 12 for one in table)


relaxed = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)


@relaxed
@given(table=rows, look=disguise, delimiter=st.sampled_from(",;\t"),
       encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))  # fmt: skip
def test_a_text_file_in_any_disguise(
    store: Store, deliver: Deliver, read: Read, table: list[Row], look: Disguise, delimiter: str, encoding: str
) -> None:
    if lone(table, look):
        return
    content = as_csv(look.lines(table), delimiter, encoding)
    check(table, look, *read_back(store, deliver, read, "k.csv", content))


@relaxed
@given(table=rows, look=disguise)
def test_a_workbook_in_any_disguise(
    store: Store, deliver: Deliver, read: Read, table: list[Row], look: Disguise
) -> None:
    if lone(table, look):
        return
    check(table, look, *read_back(store, deliver, read, "k.xlsx", as_workbook(look.lines(table))))


@relaxed
@given(table=rows, look=disguise, cut=st.floats(0.3, 1))
def test_a_cut_text_file_gives_no_row_that_nobody_sent(
    store: Store, deliver: Deliver, read: Read, table: list[Row], look: Disguise, cut: float
) -> None:
    look.tail, look.order = [], [*range(len(COLUMNS))]  # The free text comes last: its rest may be cut off unseen.
    look.date = look.date.replace("month first", "iso")  # What proved the order may be cut off.
    content = as_csv(look.lines(table), ";", "utf-8")
    accepted, _, _ = read_back(store, deliver, read, "k.csv", content[: int(len(content) * cut)])
    assert {one[:7] for one in accepted} <= {one[:7] for one in table}
