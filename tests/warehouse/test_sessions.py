"""Which session a presence is about: a number or a day that the list says, and never the place where its column stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.reasons import FileRefused
from warehouse.building.inputs import create_staging_views
from warehouse.delivery.sheets.session import Mark, read_mark
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI = "198503152010012001", "199001012024211002"
FOLDER = "attendance_sheet/2026-01"
JAN_12 = dt.date(2026, 1, 12)


def listed(*lines: str, title: str = "Kode Kelas : K-1") -> str:
    return "\n".join((title, *lines)) + "\n"


def sessions(store: Store, *months: str) -> list[tuple[int, str]]:
    """(session, status) of every accepted row, in order."""
    paths = [store.staging / "attendance" / f"{month}.parquet" for month in months or ("2026-01",)]
    frame = pl.concat(pl.read_parquet(path) for path in paths)
    return sorted(frame.select("session_no", "status").rows())


@pytest.mark.parametrize(("days", "is_read"), [((1, 2), False), ((6, 7), True)])
def test_days_that_are_counted_through_a_week_are_refused(
    store: Store, deliver: Deliver, read: Read, days: tuple[int, int], is_read: bool
) -> None:
    """Else the first day of the second week would be the first day of the class."""
    head = ",".join(("NIP", *(f"Hari {day}" for day in days)))
    deliver(f"{FOLDER}/a.csv", f"ABSEN MINGGU KE-2\nKode Kelas : K-1\n{head}\n{ANI},H,H\n")
    report = read()[f"{FOLDER}/a.csv"]
    assert (report.n_accepted, report.reason_code) == ((2, "") if is_read else (0, "FILE_SESSIONS"))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Hari 5", Mark(day_no=5)),
        ("Hari ke-5", Mark(day_no=5)),
        ("Hari IV", Mark(day_no=4)),
        ("Kehadiran Hari I Pagi", Mark(day_no=1, part=1)),
        ("Sesi 3", Mark(session_no=3)),
        ("Pertemuan ke-12", Mark(number=12)),
        ("Senin 12/01 ke-5", Mark(number=5, day=JAN_12)),
        ("12 Jan", Mark(day=JAN_12)),
        ("Tgl 12/01", Mark(day=JAN_12)),
        ("Senin, 12 Januari 2026", Mark(day=JAN_12)),
        ("2026-01-12", Mark(day=JAN_12)),
        ("28 Des", Mark(day=dt.date(2025, 12, 28))),
        ("12 Jan Sesi 2", Mark(session_no=2, day=JAN_12)),
        ("12 Jan 13.00-15.00", Mark(day=JAN_12, part=63)),
        ("Jam 08.00-09.30", Mark(part=58)),
        ("Senin", Mark(is_weekday=True)),
        ("Minggu 2", Mark()),
        ("Hari 1-2", Mark()),
        ("12 s.d. 14 Januari 2026", Mark()),
        ("Tanda Tangan", Mark()),
    ],
)
def test_a_heading_says_a_number_or_a_day(text: str, mark: Mark) -> None:
    assert read_mark(text, "2026-01") == mark


@pytest.mark.parametrize(
    ("month", "year"), [("2026-03", 2026), ("2026-02", 2026), ("2026-01", 2025), ("2026-10", 2026), ("2027-02", 2027), ("2027-01", 2026)]
)  # fmt: skip
def test_a_day_without_a_year_is_the_last_that_came_or_one_of_the_next_month(month: str, year: int) -> None:
    """However late its list is sent: seven months after the day it had been that of the year to come."""
    assert read_mark("6 Maret", month) == Mark(day=dt.date(year, 3, 6))


@pytest.mark.parametrize("text", ["Selasa, 12 Januari 2026", "31/02", "1/13/2026", "26-01-12"])
def test_a_day_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match="Write 'Sesi 5'"):
        read_mark(text, "2026-01")


def test_two_weekly_lists_go_on_from_each_other(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/minggu1.csv", listed("NIP,Hari 1,Hari 2,Hari 3", f"{ANI},H,H,H", f"{BUDI},H,H,H"))
    deliver(f"{FOLDER}/minggu2.csv", listed("NIP,Hari 4,Hari 5,Hari 6", f"{ANI},H,H,H", f"{BUDI},A,H,H"))
    reports = read()
    assert [(report.status, report.n_accepted) for report in reports.values()] == [("accepted", 6)] * 2
    assert sessions(store) == sorted([(n, "hadir") for n in (1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)] + [(4, "alpa")])


def test_a_list_of_the_last_days_alone_is_about_those_days(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", listed("NIP,Nama,Hari 5,Hari 6", f"{ANI},x,H,A"))
    read()
    assert sessions(store) == [(5, "hadir"), (6, "alpa")]


def test_the_order_of_the_columns_says_nothing(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", listed("NIP,Nama,Hari 1,Hari 3,Hari 2", f"{ANI},x,H,A,I"))
    read()
    assert sessions(store) == [(1, "hadir"), (2, "izin"), (3, "alpa")]


def test_a_class_over_two_months_keeps_all_its_sessions(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", listed("NIP,Hari 1,Hari 2,Hari 3", f"{ANI},H,H,H"))
    deliver("attendance_sheet/2026-02/b.csv", listed("NIP,Hari 4,Hari 5,Hari 6", f"{ANI},H,A,H"))
    read()
    with duckdb.connect() as con:
        create_staging_views(con, store, dt.date(2026, 2, 28))
        assert con.sql("select session_no, status from staging.attendance order by all").fetchall() == [
            (1, "hadir"), (2, "hadir"), (3, "hadir"), (4, "hadir"), (5, "alpa"), (6, "hadir"),
        ]  # fmt: skip


def test_days_that_are_named_are_those_days_whatever_list_they_stand_in(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(f"{FOLDER}/a.csv", listed("NIP,12 Jan,13 Jan Pagi,13 Jan Siang", f"{ANI},H,A,I"))
    deliver(f"{FOLDER}/b.csv", listed("NIP,Tgl 14/01", f"{ANI},H"))
    read()
    assert sessions(store) == [(20260112, "hadir"), (20260114, "hadir"), (2026011301, "alpa"), (2026011302, "izin")]


TOP = [["Kode Kelas : K-1"]]


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        ({"Hari 1": [*TOP, ["NIP", "Kehadiran"], [ANI, "H"]], "Hari 2": [*TOP, ["NIP", "Kehadiran"], [ANI, "A"]]},
         [(1, "hadir"), (2, "alpa")]),
        ({"12 Jan": [*TOP, ["NIP", "Hadir"], [ANI, "H"]], "13 Jan": [*TOP, ["NIP", "Hadir"], [ANI, "A"]]},
         [(20260112, "hadir"), (20260113, "alpa")]),
        ({"Hari 1": [*TOP, ["Hari/Tanggal : Senin, 12 Januari 2026"], ["NIP", "Pagi", "Siang"], [ANI, "H", "I"]],
          "Hari 2": [*TOP, ["Hari/Tanggal : Selasa, 13 Januari 2026"], ["NIP", "Pagi"], [ANI, "A"]]},
         [(2026011201, "hadir"), (2026011202, "izin"), (2026011301, "alpa")]),
        ({"Hari 1": [*TOP, ["NIP", "Pagi", "Siang"], [ANI, "H", "I"]], "Hari 2": [*TOP, ["NIP", "Pagi", "Siang"], [ANI, "A", "S"]]},
         [(1, "hadir"), (2, "izin"), (3, "alpa"), (4, "sakit")]),
        ({"A": [*TOP, ["Pertemuan ke : 3"], ["NIP", "Tanda Tangan", "Kehadiran"], [ANI, "x", "H"]]}, [(3, "hadir")]),
        ({"A": [*TOP, ["Senin, 12 Januari 2026"], ["NIP", "Tanda Tangan"], [ANI, "paraf"]]}, [(20260112, "hadir")]),
    ],
    ids=["numbered days", "dated sheets", "dates above", "parts of numbered days", "a number above", "a line that is a day"],
)  # fmt: skip
def test_a_sheet_per_day_keeps_its_day(
    store: Store, deliver: Deliver, read: Read, sheets: Mapping[str, list[list[object]]], expected: list[object]
) -> None:
    deliver(f"{FOLDER}/a.xlsx", workbook(sheets))
    read()
    assert sessions(store) == expected


def test_two_tables_one_below_the_other_keep_their_days(store: Store, deliver: Deliver, read: Read) -> None:
    lines = ["NIP,Kehadiran", f"{ANI},H", "Hari/Tanggal : 13 Januari 2026,", "NIP,Kehadiran", f"{ANI},A"]
    deliver(f"{FOLDER}/a.csv", listed("Hari/Tanggal : 12 Januari 2026,", *lines))
    read()
    assert sessions(store) == [(20260112, "hadir"), (20260113, "alpa")]


@pytest.mark.parametrize(
    "header",
    ["NIP,Senin,Selasa", "NIP,Kehadiran", "NIP,Hari 1,Hari 1 Pagi", "NIP,Hari 1,Hari I", "NIP,Hari 2 Pagi,Hari 2 Siang",
     "NIP,Hari 1-2,Hari 3"],
    ids=["weekdays", "nothing", "a day and its part", "twice", "how many sessions were before", "two days in one"],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_with_what_to_write(
    store: Store, deliver: Deliver, read: Read, header: str
) -> None:
    deliver(f"{FOLDER}/a.csv", listed(header, f"{ANI}{',H' * header.count(',')}"))
    [report] = read().values()
    assert (report.status, report.reason_code, report.n_accepted) == ("refused", "FILE_SESSIONS", 0)
    assert "Write 'Sesi 5'" in report.seen
    assert sessions(store) == []


def test_a_sheet_whose_name_contradicts_its_title_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        f"{FOLDER}/a.xlsx", workbook({"13 Jan": [*TOP, ["Tanggal : 12 Januari 2026"], ["NIP", "Hadir"], [ANI, "H"]]})
    )
    assert read()[f"{FOLDER}/a.xlsx"].reason_code == "FILE_SESSIONS"


def test_the_log_of_the_next_week_goes_on(store: Store, deliver: Deliver, read: Read) -> None:
    for week, days in enumerate(((12, 13), (14, 15)), start=1):
        lines = [f"{ANI};{day}/01/2026;07:30;16:05" for day in days]
        deliver(f"fingerprint/2026-01/{week}.csv", listed("NIP;Tanggal;Jam Masuk;Jam Pulang", *lines))
    assert all(report.n_accepted == 2 for report in read().values())
    assert sessions(store) == [(20260112 + n, "hadir") for n in range(4)]


def test_a_number_that_is_no_session_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    rows = "".join(f"K-1,{number},{ANI},H\n" for number in (500, 501, 20260112, 20261312, 2026011201, 202601120))
    deliver("attendance/2026-01/a.csv", f"class_id,session_no,nip,status\n{rows}")
    read()
    assert [number for number, _ in sessions(store)] == [500, 20260112, 2026011201]


def test_a_day_gets_the_timetables_number_where_both_have_as_many_sessions(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver(
        "sessions/2026-01/s.csv",
        "class_id,session_no,session_date,jp\nK-1,1,2026-01-12,2\nK-1,2,2026-01-12,2\nK-1,3,2026-01-13,2\nK-1,4,2026-01-14,2\n"
        "K-1,5,2026-01-15,2\nK-1,6,2026-01-15,2\n",
    )
    deliver(f"{FOLDER}/a.csv", listed("NIP,12 Jan Siang,12 Jan Pagi,13 Jan,14 Jan,15 Jan", f"{ANI},H,A,I,H,S"))
    deliver(f"{FOLDER}/b.csv", listed("NIP,Sesi 4", f"{ANI},H"))
    read()
    with duckdb.connect() as con:
        create_staging_views(con, store, dt.date(2026, 2, 28))
        # The 14th came by its number, too; of the 15th nobody can say which of two sessions the list is about.
        assert con.sql("select session_no, status from staging.attendance order by all").fetchall() == [
            (1, "alpa"), (2, "hadir"), (3, "izin"), (4, "hadir"), (20260114, "hadir"), (20260115, "sakit"),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "above",
    ["Bulan : Januari 2026", "DAFTAR HADIR BULAN JANUARI 2026", "Periode,Januari 2026"],
    ids=["label", "title", "cells"],
)
def test_bare_numbers_are_days_of_the_month_that_is_said(
    store: Store, deliver: Deliver, read: Read, above: str
) -> None:
    """Also in a later month's delivery."""
    days = ",".join(map(str, range(1, 32)))
    rows = [f"NIP,{days}", f"{ANI},H,I" + "," * 29]
    deliver("attendance_sheet/2026-03/a.csv", "\n".join([above, "Kode Kelas : K-1", *rows]) + "\n")
    read()
    assert sessions(store, "2026-03")[:3] == [(20260101, "hadir"), (20260102, "izin"), (20260103, "unknown")]


@pytest.mark.parametrize(
    ("above", "days"), [("Daftar hadir", "1,2,3"), ("Bulan : Februari 2026", "28,29")], ids=["no month", "no such day"]
)
def test_bare_numbers_without_a_month_or_beyond_its_end_are_refused(
    store: Store, deliver: Deliver, read: Read, above: str, days: str
) -> None:
    deliver(
        f"{FOLDER}/a.csv",
        listed(f"NIP,{days}", f"{ANI},H,H,H"[: 18 + 2 * (days.count(",") + 1)], title=f"{above}\nKode Kelas : K-1"),
    )
    report = read()[f"{FOLDER}/a.csv"]
    assert report.reason_code == "FILE_SESSIONS"
    assert "Bulan : Januari 2026" in report.seen


@pytest.mark.parametrize("heading", ["MP 1", "JP 1", "Jam ke-1"])
def test_hours_of_lessons_are_sessions(store: Store, deliver: Deliver, read: Read, heading: str) -> None:
    deliver(f"{FOLDER}/a.csv", listed(f"NIP,{heading}", f"{ANI},H"))
    read()
    assert sessions(store) == [(1, "hadir")]


def test_a_list_of_several_classes_names_them_in_a_column(store: Store, deliver: Deliver, read: Read) -> None:
    for folder in ("attendance", "attendance_sheet"):
        deliver(f"{folder}/2026-01/a.csv", f"Kode Kelas,NIP,Hari 1\n{folder},{ANI},H\nK-2,{BUDI},I\n")
    reports = read()
    assert [report.n_accepted for report in reports.values()] == [2, 1]


def test_people_sign_to_the_left_and_to_the_right_by_turns(store: Store, deliver: Deliver, read: Read) -> None:
    """`Tanda Tangan` is one heading over two columns."""
    head = ["Kode Kelas : K-1;;;", "Hari/Tanggal : 12 Januari 2026;;;", "Nama;NIP;Tanda Tangan;"]
    people = [f"1985031520100120{number:02}" for number in range(11, 14)]
    signed = ["1. paraf;", ";Sakit", "3. ......;"]
    rows = [f"Peserta;{who};{text}" for who, text in zip(people, signed, strict=True)]
    deliver(f"{FOLDER}/a.csv", "\n".join([*head, *rows]) + "\n")
    read()
    states = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet").sort("source_row").get_column("status")
    assert states.to_list() == ["hadir", "sakit", "unknown"]


def test_a_signature_says_that_somebody_was_there(store: Store, deliver: Deliver, read: Read) -> None:
    """In their own hand, whatever it reads; the number of the line to sign on, dots and dashes are none."""
    signed = ["Ani S.", "ttd", "√", "1. ........", "2", "…", "Sakit", "Belum jelas", ""]
    people = [f"1985031520100120{number:02}" for number in range(11, 20)]
    rows = [f"{who},{text}" for who, text in zip(people, signed, strict=True)]
    deliver(
        f"{FOLDER}/a.csv", listed("NIP,Tanda Tangan", *rows, title="Kode Kelas : K-1\nHari/Tanggal : 12 Januari 2026")
    )
    report = read()[f"{FOLDER}/a.csv"]
    states = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet").sort("source_row").get_column("status")
    assert states.to_list() == ["hadir", "hadir", "hadir", "unknown", "unknown", "unknown", "sakit", "unknown"]
    assert report.n_refused == 1, "what is neither a presence nor a signature"


def test_a_file_that_only_repeats_another_is_named(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(f"{FOLDER}/a.csv", listed("NIP,Hari 1,Hari 2", f"{ANI},H,H"))
    deliver(f"{FOLDER}/b.csv", listed("NIP,Nama,Hari 1", f"{ANI},x,H"))
    report = read()[f"{FOLDER}/b.csv"]
    assert (report.status, report.n_accepted, report.n_duplicate) == ("duplicate", 0, 1)
    assert report.seen == f"Every row stands in {FOLDER}/a.csv, too."


@pytest.mark.parametrize(
    ("line", "columns", "seen"),
    [
        ("Hari/Tanggal : 12 s.d. 14 Januari 2026", "1,2,3", "Column '1' is none of '12 s.d. 14 januari 2026'."),
        ("DAFTAR HADIR TANGGAL 12 - 14 JANUARI 2026", "1,2,3", "Column '1' is none of '12 - 14 januari 2026'."),
        ("Hari/Tanggal : 2 Januari 2026", "1,2,3", "Column '1' is none of '2 januari 2026'."),
        ("DAFTAR HADIR DESEMBER 2025 - JANUARI 2026", "1,2,3", "Column '1'."),
        ("Hari/Tanggal : 12, 13 dan 14 Januari 2026", "12,13,14", ""),
        ("DAFTAR HADIR SAMPAI 2 JANUARI 2026", "1,2,3", ""),
        ("DAFTAR HADIR JANUARI 2026", "1,2,3", ""),
    ],
)
def test_numbers_above_columns_are_days_of_a_month_where_the_list_is_about_those(
    store: Store, deliver: Deliver, read: Read, line: str, columns: str, seen: str
) -> None:
    """The sessions of the twelfth to the fourteenth had been of the first to the third of that month."""
    deliver(f"{FOLDER}/a.csv", f"{line}\nKode Kelas : K-1\nNIP;{columns.replace(',', ';')}\n{ANI};H;H;H\n")
    report = read()[f"{FOLDER}/a.csv"]
    assert (report.reason_code, report.seen.partition(" Write ")[0]) == ("FILE_SESSIONS" if seen else "", seen)
    days = [] if seen else [20260100 + int(day) for day in columns.split(",")]
    assert [session for session, _ in sessions(store)] == days


def test_a_reason_of_absence_beside_the_presences_is_told(store: Store, deliver: Deliver, read: Read) -> None:
    """A remark is not read; who has it, and no presence that says so, was unknown without a word."""
    rows = [
        ("NIP", "Hari 1", "Unit Kerja", "Ket"),
        (ANI, "H", "Dinas Sosial", "Sakit"),
        (BUDI, "S", "Bappeda", "Sakit"),
        ("198703162011012002", "", "Bappeda", "Izin"),
    ]
    deliver(f"{FOLDER}/a.xlsx", workbook({"x": [("Kode Kelas : K-1",), *rows]}))
    assert read()[f"{FOLDER}/a.xlsx"].drift == "column 4 says why people were away, and is not read: 2 rows"


@pytest.mark.parametrize(("day", "n"), [("12 Januari 2025", 1), ("12 Januari 2026", 0), ("12 Desember 2025", 0)])
def test_a_presence_a_year_before_its_delivery_is_told(deliver: Deliver, read: Read, day: str, n: int) -> None:
    deliver(f"{FOLDER}/a.csv", listed(f"NIP,{day}", f"{ANI},H"))
    told = f"session_no lies in the month of delivery, a year before: {n} rows"
    assert read()[f"{FOLDER}/a.csv"].drift == (told if n else "")


@pytest.mark.parametrize(("column", "is_read"), [("Paraf", False), ("14 Januari 2026", True)])
def test_of_two_days_above_a_list_neither_is_that_of_a_column_without_one(
    store: Store, deliver: Deliver, read: Read, column: str, is_read: bool
) -> None:
    """The first had been taken: in a printed form it is the day from which the form is in use."""
    above = ["Tanggal : 01/02/2020", "Tanggal : 13/01/2026"]
    deliver(f"{FOLDER}/a.csv", listed(*above, f"NIP;{column}", f"{ANI};H"))
    report = read()[f"{FOLDER}/a.csv"]
    assert (report.reason_code, report.seen) == (("", "") if is_read else ("FILE_TWICE", "'Tanggal : ...'"))
    assert not is_read or sessions(store) == [(20260114, "hadir")]
