"""Several tables in one file: each is read by its own layout, or left out and counted; no row is taken for another table's."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.delivery.landing import scan
from warehouse.delivery.sheets import parts
from warehouse.delivery.sheets.headings import find_headers
from warehouse.delivery.text import head
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
Cells = Sequence[Sequence[str]]
BUDI, SITI, ANI = "198503152010011001", "198703162011012002", "197803182005012004"


def text(cells: Cells) -> bytes:
    return "\n".join(",".join(row) for row in cells).encode() + b"\n"


@pytest.fixture(params=["a.csv", "a.xlsx"])
def read_list(request: pytest.FixtureRequest, store: Store, deliver: Deliver, read: Read) -> Callable[..., FileReport]:
    """Deliver a list as text and as a workbook; what became of it."""

    def go(*cells: Sequence[str]) -> FileReport:
        content = text(cells) if request.param == "a.csv" else book(*cells)
        deliver(f"attendance/2026-01/{request.param}", content)
        return read()[f"attendance/2026-01/{request.param}"]

    return go


def presences(store: Store) -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    return sorted(frame.select("class_id", "session_no", "status").rows())


def test_a_table_per_class_one_below_the_other(store: Store, read_list: Callable[..., FileReport]) -> None:
    """Their sessions, their columns and the order of these may differ."""
    report = read_list(
        ["Kode Kelas : A"],
        ["NIP", "Nama", "Hari 1", "Hari 2"],
        [BUDI, "Budi", "H", "I"],
        [],
        ["Kode Kelas : B"],
        ["Nama", "NIP", "Hari 3", "Hari 4"],
        ["Siti", SITI, "S", "A"],
        ["Kode Kelas : C"],
        ["NIP", "Nama", "Hari 1", "Hari 2"],
        [ANI, "Ani", "H", "H"],
    )
    assert (report.n_accepted, report.n_refused) == (6, 0)
    assert presences(store) == [
        ("A", 1, "hadir"), ("A", 2, "izin"), ("B", 3, "sakit"), ("B", 4, "alpa"), ("C", 1, "hadir"), ("C", 2, "hadir"),
    ]  # fmt: skip


def test_a_wider_table_right_below_does_not_hide_a_small_one(
    store: Store, read_list: Callable[..., FileReport]
) -> None:
    """One person and one session stand above: the headings with most columns are not those of the file."""
    report = read_list(
        ["DAFTAR HADIR"],
        ["Kode Kelas : A"],
        ["No", "Nama", "NIP", "Sesi 1"],
        ["1", "Budi", BUDI, "I"],
        ["DAFTAR HADIR"],
        ["Kode Kelas : A"],
        ["No", "Nama", "NIP", "Sesi 2", "Sesi 3", "Sesi 4", "Sesi 5"],
        ["1", "Budi", BUDI, "I", "S", "H", "H"],
    )
    assert (report.n_accepted, report.n_refused) == (5, 0)
    assert presences(store) == [
        ("A", 1, "izin"), ("A", 2, "izin"), ("A", 3, "sakit"), ("A", 4, "hadir"), ("A", 5, "hadir"),
    ]  # fmt: skip


def test_the_header_of_a_wider_table_below_one_person_is_not_the_first_one_s(
    store: Store, read_list: Callable[..., FileReport]
) -> None:
    """Nor is what stands between them part of a header of three rows."""
    read_list(
        ["Kode Kelas : A"],
        ["No", "Nama", "NIP", "Hari 1"],
        ["1", "Budi", "19850315 201001 1 001", "H"],
        ["No", "Nama", "NIP", "Hari 1", "Hari 2"],
        ["1", "Siti", SITI, "S", "I"],
    )
    assert presences(store) == [("A", 1, "hadir"), ("A", 1, "sakit"), ("A", 2, "izin")]


def test_the_next_sessions_of_a_class_go_on_below(store: Store, read_list: Callable[..., FileReport]) -> None:
    """The class is that of the page before, whichever that was."""
    read_list(
        ["Kode Kelas : A"],
        ["NIP", "Nama", "Hari 1"],
        [BUDI, "Budi", "H"],
        ["Kode Kelas : B"],
        ["NIP", "Nama", "Hari 1"],
        [SITI, "Siti", "H"],
        ["NIP", "Nama", "Hari 2"],
        [SITI, "Siti", "S"],
    )
    assert presences(store) == [("A", 1, "hadir"), ("B", 1, "hadir"), ("B", 2, "sakit")]


def test_tables_side_by_side_are_two(store: Store, read_list: Callable[..., FileReport]) -> None:
    report = read_list(
        ["Kode Kelas : A", "", "", "", "Kode Kelas : B", "", ""],
        ["NIP", "Nama", "Hari 1", "", "NIP", "Nama", "Hari 1"],
        [BUDI, "Budi", "H", "", SITI, "Siti", "S"],
        ["", "", "", "", ANI, "Ani", "A"],
    )
    assert (report.n_accepted, report.n_refused) == (3, 0)
    assert presences(store) == [("A", 1, "hadir"), ("B", 1, "alpa"), ("B", 1, "sakit")]


def test_a_list_that_goes_on_beside_itself_is_of_one_class(store: Store, read_list: Callable[..., FileReport]) -> None:
    read_list(
        ["Kode Kelas : A", "", "", "", "", ""],
        ["No", "NIP", "Hari 1", "No", "NIP", "Hari 1"],
        ["1", BUDI, "H", "3", SITI, "S"],
        ["2", ANI, "A", "", "", ""],
    )
    assert presences(store) == [("A", 1, "alpa"), ("A", 1, "hadir"), ("A", 1, "sakit")]


def test_a_table_that_nobody_knows_is_left_out_with_a_word(store: Store, read_list: Callable[..., FileReport]) -> None:
    """A recap below, whose numbers are no presences."""
    report = read_list(
        ["Kode Kelas : A"],
        ["NIP", "Nama", "Hari 1"],
        [BUDI, "Budi", "H"],
        [],
        ["Rekapitulasi"],
        ["NIP", "Nama", "JP"],
        [BUDI, "Budi", "8"],
        [SITI, "Siti", "4"],
    )
    assert presences(store) == [("A", 1, "hadir")]
    assert (report.n_refused, report.n_skipped) == (0, 4)
    assert "begins another table, whose columns are not known: 4 rows left out" in report.drift


def test_a_file_of_which_every_row_is_another_table_s_is_refused(read_list: Callable[..., FileReport]) -> None:
    """It was accepted with no row."""
    lines = [["Kode Kelas : A"], ["NIP", "Nama", "Hari 1"], [], ["NIP", "Nama", "JP"], [BUDI, "Budi", "8"]]
    report = read_list(*lines)
    assert (report.reason_code, report.n_read) == ("FILE_LAYOUTS", 0)


def test_a_heading_without_rows_is_told(read_list: Callable[..., FileReport]) -> None:
    report = read_list(["Kode Kelas : A"], ["NIP", "Nama", "Hari 1"])
    assert (report.status, report.drift) == ("accepted", "no row stands below the headings")


@pytest.mark.parametrize("recap", [("H", "S", "I", "A"), ("Hadir", "Sakit", "Izin", "Alpa")])
def test_a_row_that_holds_the_words_over_the_recap_beside_it_is_a_row(
    store: Store, read_list: Callable[..., FileReport], recap: tuple[str, ...]
) -> None:
    """The sums of each person's presences stand beside them, below the words that the presences are written in: `Hadir` is no session."""
    there, ill, left, away = recap
    report = read_list(
        ["Kode Kelas : A"],
        ["No", "Nama", "NIP", "Hari", "", "", "Jumlah", "", "", "", ""],
        ["", "", "", "1", "2", "3", *recap, "%"],
        ["1", "Budi", BUDI, there, there, there, "3", "0", "0", "0", "100%"],
        ["2", "Siti", SITI, there, "", away, "1", "0", "0", "1", "50%"],
        ["3", "Ani", ANI, away, ill, left, "0", "1", "1", "1", "0%"],
    )
    assert (report.n_accepted, report.n_refused, report.n_skipped) == (9, 0, 0)


def test_numbered_sections_of_a_report_are_tables_of_their_own(
    store: Store, read_list: Callable[..., FileReport]
) -> None:
    report = read_list(
        ["1. Ringkasan"],
        ["Kode Kelas", "A"],
        [],
        ["2. Peserta"],
        ["NIP", "Nama", "Hari 1"],
        [BUDI, "Budi", "H"],
        [],
        ["3. Kegiatan"],
        ["Orang", "Masuk", "Keluar", "Lama"],
        ["Budi", "08:01", "09:00", "59"],
        ["Budi", "09:05", "10:00", "55"],
    )
    assert presences(store) == [("A", 1, "hadir")]
    assert (report.n_refused, report.n_skipped) == (0, 4)


@pytest.mark.parametrize("first", [["Daftar hadir"], ["A. Dinas Kesehatan"]])
def test_an_office_that_is_numbered_among_its_people_begins_no_table(
    store: Store, read_list: Callable[..., FileReport], first: list[str]
) -> None:
    """Nobody is left out, whether or not a number stands beside the name, and the office is nobody."""
    report = read_list(
        ["Kode Kelas : A"],
        first,
        ["Nama", "NIP", "Hari 1", "Hari 2"],
        ["Budi", BUDI, "H", "S"],
        ["B. Dinas Sosial"],
        ["Siti", "", "H", "I"],
        ["Ani", ANI, "A", "H"],
    )
    assert presences(store) == [("A", 1, "alpa"), ("A", 1, "hadir"), ("A", 2, "hadir"), ("A", 2, "sakit")]
    assert (report.n_accepted, report.n_skipped) == (4, 1), "the office is nobody"
    assert report.n_refused == 2, "who has no number"


def test_blank_lines_between_people_end_no_table(store: Store, read_list: Callable[..., FileReport]) -> None:
    report = read_list(
        ["Kode Kelas : A"],
        ["NIP", "Nama", "Unit", "Hari 1"],
        [BUDI, "Budi", "Dinas", "H"],
        [],
        [SITI, "Siti", "Dinas", "H"],
        [],
        ["tidak ada", "Tamu", "Luar", "H"],
    )
    assert (report.n_accepted, report.n_refused) == (2, 1)


def test_sheets_of_several_layouts_are_read_by_their_own(store: Store, deliver: Deliver, read: Read) -> None:
    """In a profile's folder, where each table says by its columns what it is about."""
    rating = ["nipBaru,tahun,hasilKinerjaNilai,perilakuKerjaNilai", f"{BUDI},2025,1,2"]
    head = "nipBaru,latihanStrukturalId,latihanStrukturalNama,tanggal,tanggalSelesai,institusiPenyelenggara,jumlahJam"
    course = [head, f"{BUDI},7,PKA,2025-03-01,2025-03-05,LAN,40"]
    deliver("siasn/2026-01/a.xlsx", book(*(line.split(",") for line in [*rating, "", *course])))
    read()
    [rated] = pl.read_parquet(store.staging / "performance" / "2026-01.parquet").rows()
    [enrolled] = pl.read_parquet(store.staging / "enrolments" / "2026-01.parquet").select("class_id").rows()
    assert "baik" in rated
    assert enrolled == ("SIASN-7-2025-03-01-LAN",)


FIRST = [["Kode Kelas : A"], ["No", "Nama", "NIP", "Hari 1"], ["1", "Budi", BUDI, "H"]]
CONTRACT = ["Kode kelas", "Sesi ke-", "NIP", "Status kehadiran"]
SECOND: dict[str, tuple[Cells, tuple[str, str] | None]] = {
    "no class": ([["DAFTAR HADIR"], ["Nama", "NIP", "Hari 1"], ["Siti", SITI, "H"]], ("FILE_FACTS", "Sheet 2: 'Kode Kelas : ...'")),
    "no class, bare days": ([["NIP", "1", "2"], [SITI, "H", "S"]], ("FILE_FACTS", "Sheet 2: 'Kode Kelas : ...'")),
    "two numbers": (
        [[*CONTRACT, "NIP Baru"], ["B", "1", SITI, "H", ANI]],
        ("FILE_COLUMNS", "Sheet 2: The columns 'NIP' and 'NIP Baru' both mean employee_id."),
    ),
    "a heading that nobody knows": (
        [[*CONTRACT[:3], "Statuss"], ["B", "1", SITI, "H"]],
        ("FILE_COLUMNS", "Sheet 2: Missing: status. Perhaps 'Statuss' is status?"),
    ),
    "another layout": ([CONTRACT, ["B", "1", SITI, "H"]], ("FILE_LAYOUTS", "Sheet 2, row 1.")),
    "a list by name": ([["Kode Kelas : B"], ["Nama", "Hari 1"], ["Siti", "H"]], ("FILE_LAYOUTS", "Sheet 2, row 2.")),
    "a recap": ([["No", "Nama", "NIP", "Hadir", "Sakit"], ["1", "Budi", BUDI, "1", "0"]], None),
    "a recap of the class by name": ([["Kode Kelas : A"], ["Nama", "Hadir", "Sakit"], ["Budi", "1", "0"]], None),
    "people": ([["NIP", "Nama", "Jabatan"], [SITI, "Siti", "Analis"]], None),
}  # fmt: skip
"""A second sheet, and why the file is refused for it."""


@pytest.mark.parametrize("name", SECOND)
def test_a_list_that_would_be_lost_on_another_sheet_refuses_the_file(
    store: Store, deliver: Deliver, read: Read, name: str
) -> None:
    rows, why = SECOND[name]
    made = openpyxl.load_workbook(io.BytesIO(book(*FIRST)))
    sheet = made.create_sheet("B")
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    deliver("attendance/2026-01/a.xlsx", buffer.getvalue())
    problems = [(problem.code, problem.seen) for problem in scan(store, DAY).problems]
    assert problems == ([why] if why else [])
    if not why:
        report = read()["attendance/2026-01/a.xlsx"]
        assert (report.n_accepted, report.n_refused, report.drift) == (1, 0, "sheets not read: 2")


def test_a_list_of_another_layout_below_the_first_refuses_the_file(store: Store, deliver: Deliver) -> None:
    deliver("attendance/2026-01/a.csv", text([*FIRST, [], CONTRACT, ["B", "1", SITI, "H"]]))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_LAYOUTS", "Row 4.")


def test_a_class_in_a_column_is_not_that_of_the_table_above(store: Store, deliver: Deliver) -> None:
    deliver("attendance/2026-01/a.csv", text([*FIRST, [], ["NIP", "Kode Kelas", "Hari 1"], [SITI, "B", "H"]]))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_LAYOUTS", "Row 4.")


def test_of_tables_side_by_side_that_nobody_knows_the_first_is_asked_about_alone() -> None:
    """A calendar of a year has hundreds of them, sheet by sheet."""
    asked: list[tuple[str, ...]] = []

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        asked.append(tuple(filter(None, header)))
        return 0

    assert find_headers([(1, ["Tanggal", "Keterangan"] * 20)], accepts) == []
    assert asked == [("Tanggal", "Keterangan"), ("Tanggal", "Keterangan") * 20]


def test_numbered_lines_on_which_nobody_stands_are_left_out(store: Store, read_list: Callable[..., FileReport]) -> None:
    report = read_list(
        ["Kode Kelas : A-1-1", "", "", ""],
        ["No", "Nama", "NIP", "Sesi 1"],
        ["1", "Budi", BUDI, "H"],
        ["2", "", "", ""],
        ["3", "Siti", SITI, ""],
        ["4.", "", "", ""],
        ["5.0666", "", "", ""],
        ["6", "Tamu", "", "H"],
    )
    assert (report.n_read, report.n_accepted, report.n_refused, report.n_skipped) == (3, 2, 1, 3)


def test_a_number_alone_is_somebody_where_a_list_has_no_names(store: Store, deliver: Deliver, read: Read) -> None:
    store.profiles.mkdir(parents=True)
    (store.profiles / "nomor.yaml").write_text(
        "id_scheme: opaque\nlayouts:\n  - header: ['No', Hari 1, Hari 2]\n    targets:\n      attendance:\n"
        "        unpivot: {Hari 1: {s: '1'}, Hari 2: {s: '2'}}\n"
        "        select: {class_id: \"'A-1'\", session_no: s, employee_id: '\"No\"', status: value}\n"
    )
    deliver("nomor/2026-01/a.csv", "No,Hari 1,Hari 2\n1,H,H\n2,,\n")
    assert read()["nomor/2026-01/a.csv"].n_accepted == 4


ODD = [
    "", " ", ",,,", "Daftar hadir", "Kode Kelas : B,,,", "Kode Kelas,: B", "class_id,session_no,employee_id,status", "class_id,x,employee_id,y",
    "2. Rekap", ",,Jumlah,", "a,b,c,d", "x=1,2,3,4", "\rA,1,2,H", "Daftar\r\na,b,c,d", "Kode,: B\r\na,b,c,d", "\r\na,b,c,d",
]  # fmt: skip
"""Rows that are none of a long table's, or look so."""


@given(odd=st.lists(st.tuples(st.integers(0, 2 * parts.ROWS_AT_ONCE), st.sampled_from(ODD)), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_told_of_all_rows_at_once_is_true_of_each(
    odd: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A long text is one table only where no row of it could be a heading; where nothing is odd, it is."""
    lines = ["class_id,session_no,employee_id,status"]
    lines += [f"TS-2026-01-001,{number},{BUDI},hadir" for number in range(2 * parts.ROWS_AT_ONCE)]
    for at, line in odd:
        lines.insert(at + 1, line)
    file = tmp_path_factory.mktemp("long") / "a.csv"
    file.write_bytes("\r\n".join(lines).encode())
    headers = find_headers(head(file, ","), lambda names, facts: len(names))
    is_one = parts._is_one_table(file, ",", headers)
    rows, known = parts._lines(file, ","), parts._texts(headers)
    below = range(headers[0].record, len(rows))
    assert not is_one or not any(parts._may_be_heading(rows, at, known) for at in below)
    assert is_one or odd
