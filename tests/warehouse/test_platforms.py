"""Reports of meetings, learning platforms and forms: who was there, what they scored and answered, and who cannot be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from schemas.identity import IdSpace
from warehouse.delivery.landing import scan
from warehouse.people.privacy import Names, pseudonyms
from warehouse.staging.report import FileReport
from warehouse.store import Store
from warehouse.words.kept import kept

from ..conftest import DAY, book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
BUDI, SITI, JOKO, ANI, ANI_TOO = (
    "198503152010011001", "198703162011012002", "199003172012011003", "197803182005012004", "199503182020012001",
)  # fmt: skip
CLASS = "TS-2026-01-001"


@pytest.fixture(autouse=True)
def people(store: Store, deliver: Deliver) -> None:
    """Five employees, of whom two share a name and two have no mail address."""
    rows = [
        (BUDI, "Drs. Budi Santoso, M.Si.", "budi@kota.example"),
        (SITI, "Siti Aminah", "siti@kota.example"),
        (JOKO, "Joko", ""),
        (ANI, "Ani Lestari", "ani@kota.example"),
        (ANI_TOO, "Ani Lestari", ""),
    ]
    head = "employee_id,full_name,employment_type,unit_code,position_group,email"
    text = "\n".join(f'{nip},"{name}",PNS,DINKES,pelaksana,{mail}' for nip, name, mail in rows)
    deliver("employees/2026-01/pegawai.csv", f"{head}\n{text}\n")


def who(store: Store) -> dict[str, str]:
    people = pseudonyms(store.pseudonym_key(), "person")
    return {people.one(nip): name for nip, name in ((BUDI, "Budi"), (SITI, "Siti"), (JOKO, "Joko"), (ANI, "Ani"))}


def presences(store: Store) -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    names = who(store)
    return sorted(
        (names[p], c, s, t) for c, s, p, t in frame.select("class_id", "session_no", "employee_id", "status").rows()
    )


def reasons(store: Store, source: str = "attendance") -> list[str]:
    return pl.read_parquet(store.quarantine / source / "2026-01.parquet").get_column("reason_code").to_list()


ZOOM_OLD = f"""Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,
812 3456 7890,{CLASS} Manajemen Dokumen,01/13/2026 07:55:01 AM,01/13/2026 10:02:11 AM,host@kota.example,128,6,

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent
Budi,budi@kota.example,01/13/2026 08:00:00 AM,01/13/2026 08:50:00 AM,50,No,Y
BUDI SANTOSO_DINKES,budi@kota.example,01/13/2026 08:55:00 AM,01/13/2026 10:00:00 AM,65,No,Y
Dinkes - Siti Aminah,,01/13/2026 09:00:00 AM,01/13/2026 10:00:00 AM,60,Yes,Y
{JOKO} Joko,,01/13/2026 08:00:00 AM,01/13/2026 10:00:00 AM,120,Yes,Y
Ani Lestari,,01/13/2026 08:00:00 AM,01/13/2026 10:00:00 AM,120,Yes,Y
Galaxy A12,,01/13/2026 08:00:00 AM,01/13/2026 10:00:00 AM,120,Yes,Y
"""
MERGED = [("Budi", CLASS, 20260113, "hadir"), ("Joko", CLASS, 20260113, "hadir"), ("Siti", CLASS, 20260113, "unknown")]


def test_a_zoom_report_merges_who_came_again(store: Store, deliver: Deliver, read: Read) -> None:
    """Budi stayed 115 of 120 minutes in two parts; Siti half of them, of which nothing is concluded. A name that two bear, and one
    that nobody bears, are refused."""
    deliver("attendance/2026-01/participants_81234567890.csv", ZOOM_OLD)
    report = read()["attendance/2026-01/participants_81234567890.csv"]
    assert presences(store) == MERGED
    assert (report.n_read, report.n_refused) == (5, 2)
    assert sorted(reasons(store)) == ["PERSON_AMBIGUOUS", "PERSON_UNKNOWN"]


def test_two_devices_at_once_count_once(store: Store, deliver: Deliver, read: Read) -> None:
    twice = ZOOM_OLD.replace("Galaxy A12,,", "Siti HP,siti@kota.example,").replace(
        "Dinkes - Siti Aminah,,01/13/2026 09:00:00 AM", "Siti,siti@kota.example,01/13/2026 08:00:00 AM"
    )
    deliver(
        "attendance/2026-01/a.csv",
        twice.replace(
            "08:00:00 AM,01/13/2026 10:00:00 AM,120,Yes,Y\nAni", "08:00:00 AM,01/13/2026 10:00:00 AM,120,Yes,Y\nAni"
        ),
    )
    read()
    assert ("Siti", CLASS, 20260113, "hadir") in presences(store)
    assert ("Budi", CLASS, 20260113, "hadir") in presences(store), "their 115 minutes are measured against 120, not 180"


def test_the_share_of_the_meeting_is_a_limit_of_the_policy(store: Store, deliver: Deliver, read: Read) -> None:
    store.policy.parent.mkdir(parents=True, exist_ok=True)
    (store.home / "policy.csv").write_text(
        "policy,value,unit,owner,source,valid_from,version\npresence_minimum_share,0.50,share,BKPSDM,ours,2026-01-01,1\n"
    )
    deliver("attendance/2026-01/a.csv", ZOOM_OLD)
    read()
    assert ("Siti", CLASS, 20260113, "hadir") in presences(store)


ZOOM_NEW = f"""Topic,ID,Host name,Host email,Duration (minutes),Start time,End time,Participants
{CLASS} Manajemen Dokumen,812 3456 7890,BKPSDM,host@kota.example,128,01/13/2026 07:55:01 AM,01/13/2026 10:02:11 AM,2

Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room
Budi Santoso,budi@kota.example,01/13/2026 08:00:00 AM,01/13/2026 10:00:00 AM,120,No,No
Siti Aminah (Siti),,01/13/2026 08:00:00 AM,01/13/2026 09:59:00 AM,119,Yes,No
"""
BOTH = [("Budi", CLASS, 20260113, "hadir"), ("Siti", CLASS, 20260113, "hadir")]
ZOOM_TOTALS = f"""Topic,ID,Host name,Host email,Duration (minutes),Start time,End time,Participants
{CLASS} Manajemen Dokumen,812 3456 7890,BKPSDM,host@kota.example,128,01/13/2026 07:55:01 AM,01/13/2026 10:02:11 AM,2

Name (original name),Email,Total duration (minutes),Guest
Budi Santoso,budi@kota.example,120,No
Siti Aminah (Siti),,20,Yes
Joko,,0,Yes
"""
TEAMS = f"""1. Summary
Meeting title\t{CLASS} Manajemen Dokumen
Attended participants\t2
Start time\t1/13/26, 7:55:01 AM
End time\t1/13/26, 10:02:11 AM
Meeting duration\t2h 7m 10s

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Budi Santoso\t1/13/26, 8:00:00 AM\t1/13/26, 10:00:00 AM\t1h 55m 4s\tbudi@kota.example\tbudi@kota.example\tPresenter
Siti Aminah (Guest)\t1/13/26, 8:00:00 AM\t1/13/26, 10:00:00 AM\t2h\t\t\tAttendee

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Budi Santoso\t1/13/26, 8:00:00 AM\t1/13/26, 8:50:00 AM\t50m\tbudi@kota.example\tPresenter
Budi Santoso\t1/13/26, 8:55:00 AM\t1/13/26, 10:00:00 AM\t1h 5m 4s\tbudi@kota.example\tPresenter
"""
TEAMS_ID = TEAMS
for _english, _indonesian in (
    ("1. Summary", "1. Ringkasan"), ("Meeting title", "Judul rapat"), ("2. Participants", "2. Peserta"),
    ("Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail", "Nama\tGabung Pertama\tKeluar Terakhir\tDurasi Dalam Rapat\tEmail"),
    ("3. In-Meeting Activities", "3. Aktivitas dalam Rapat"), ("Name\tJoin Time\tLeave Time\tDuration", "Nama\tWaktu Gabung\tWaktu Keluar\tDurasi"),
    ("1h 55m 4s", "1 jam 55 mnt 4 dtk"), ("\t2h\t", "\t2 jam\t"), ("1/13/26, 8:00:00 AM", "13/01/26 08.00.00"), ("1/13/26, 10:00:00 AM", "13/01/26 10.00.00"),
):  # fmt: skip
    TEAMS_ID = TEAMS_ID.replace(_english, _indonesian)
TEAMS_SUMMARY = f"""Meeting Summary
Total Number of Participants\t2
Meeting Title\t{CLASS} Manajemen Dokumen
Meeting Start Time\t1/13/2026, 7:55:01 AM

Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)
Budi Santoso\t1/13/2026, 8:00:00 AM\t1/13/2026, 10:00:00 AM\t2h\tbudi@kota.example\tOrganizer\tbudi@kota.example
Siti Aminah\t1/13/2026, 8:00:00 AM\t1/13/2026, 9:58:00 AM\t1h 58m\t\tAttendee\t
"""
TEAMS_OLDEST = f"""Kode Kelas : {CLASS}
Full Name\tUser Action\tTimestamp
Budi Santoso\tJoined before\t1/13/2026, 8:00:00 AM
Siti Aminah\tJoined\t1/13/2026, 8:01:00 AM
Siti Aminah\tLeft\t1/13/2026, 8:11:00 AM
Siti Aminah\tJoined\t1/13/2026, 8:12:00 AM
Budi Santoso\tLeft\t1/13/2026, 10:00:00 AM
"""
MEET = """First name,Last name,Email,Duration,Time joined,Time exited
Budi,Santoso,budi@kota.example,2 hr,8:00 AM,10:00 AM
Siti,Aminah,,1 hr 50 min,8:10 AM,10:00 AM
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("zoom.csv", ZOOM_NEW.encode()),
        ("teams.csv", TEAMS.encode("utf-16")),
        ("teams id.csv", TEAMS_ID.encode("utf-16")),
        ("teams 2021.csv", TEAMS_SUMMARY.encode("utf-16")),
        ("teams 2020.csv", TEAMS_OLDEST.encode("utf-16")),
        (f"{CLASS} Materi - 2026-01-13 08_00 WIB - Attendance report.csv", MEET.encode()),
    ],
    ids=["Zoom", "Teams", "Teams in Indonesian", "Teams with a summary", "Teams by comings and goings", "Meet"],
)  # fmt: skip
def test_every_report_of_a_meeting_says_the_same(
    store: Store, deliver: Deliver, read: Read, name: str, content: bytes
) -> None:
    deliver(f"attendance/2026-01/{name}", content)
    report = read()[f"attendance/2026-01/{name}"]
    assert presences(store) == BOTH
    assert (report.profile, report.n_refused) == ("online_meeting", 0)


def test_a_report_of_totals_says_who_stayed(store: Store, deliver: Deliver, read: Read) -> None:
    """It does not say when somebody came and went: that is no stay of no time, of which nobody's is shorter than the longest."""
    deliver("attendance/2026-01/zoom.csv", ZOOM_TOTALS)
    read()
    assert [status for _, _, _, status in presences(store)] == ["hadir", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("name", "day"),
    [
        (f"Zoom {CLASS} 2026-01-12.csv", 20260112),
        (f"participants_{CLASS}_2026_01_13.csv", 20260113),
        (f"zoom {CLASS}.csv", None),
    ],
)
def test_a_report_without_times_is_of_the_day_in_its_name(
    store: Store, deliver: Deliver, read: Read, name: str, day: int | None
) -> None:
    lines = ["Name (Original Name),User Email,Total Duration (Minutes),Guest", "Budi,budi@kota.example,120,No"]
    deliver(f"online_meeting/2026-01/{name}", "\n".join(lines))
    report = read()[f"online_meeting/2026-01/{name}"]
    assert report.n_accepted == (day is not None)
    if day:
        assert [said for _, _, said, _ in presences(store)] == [day]


def test_of_a_host_s_report_each_meeting_is_of_the_class_in_its_own_topic(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """The meeting's length stands under the same heading as a person's; where a topic names no class, the file does."""
    head = (
        "Topic,ID,Host name,Duration (minutes),Name (original name),Email,Join time,Leave time,Duration (minutes),Guest"
    )
    rows = [
        (CLASS, "Budi", "budi@kota.example", "08:00:00 AM", "10:00:00 AM", 120),
        (CLASS, "Siti", "siti@kota.example", "08:00:00 AM", "08:30:00 AM", 30),
        ("TS-2026-01-002", "Siti", "siti@kota.example", "01:00:00 PM", "02:00:00 PM", 60),
        ("Rapat", "Joko", "", "03:00:00 PM", "04:00:00 PM", 60),
    ]
    lines = [
        f"{topic} Bimtek,81,Panitia,200,{name},{mail},01/13/2026 {came},01/13/2026 {left},{minutes},No"
        for topic, name, mail, came, left, minutes in rows
    ]
    deliver("attendance/2026-01/TS-2026-01-003.csv", "\n".join([head, *lines]) + "\n")
    read()
    assert presences(store) == [
        ("Budi", CLASS, 20260113, "hadir"), ("Joko", "TS-2026-01-003", 20260113, "hadir"),
        ("Siti", CLASS, 20260113, "unknown"), ("Siti", "TS-2026-01-002", 20260113, "hadir"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "days", "session"),
    [
        ("2026-01-12", ("01/12/2026", "01/12/2026"), 20260112),
        ("one that proves the month", ("01/13/2026", "01/13/2026"), 20260113),
        ("either is of the folder's month", ("01/01/2026", "01/01/2026"), 20260101),
        ("nothing tells", ("02/03/2026", "02/03/2026"), 20260302),
    ],
)
def test_a_fingerprint_report_is_about_the_taps_of_whom_its_names_mean(
    store: Store, deliver: Deliver, read: Read, name: str, days: tuple[str, str], session: int
) -> None:
    """The hours of work stand beside the taps, people go by the reader's own number, and the reader may write the month first."""
    file = f"fingerprint/2026-01/{CLASS} {name}.csv"
    deliver(
        file,
        "No. ID;Nama;Tanggal;Jam Kerja;Jam Masuk;Jam Pulang;Scan Masuk;Scan Pulang;Absent\n"
        f"200989;Budi Santoso;{days[0]};Normal;08:00;16:00;07:41;19:58;\n"
        f"061087;Siti Aminah;{days[1]};Normal;08:00;16:00;;;True\n"
        f"{JOKO};Tamu;{days[1]};Normal;08:00;16:00;07:50;16:01;\n"
        f"7;Galaxy;{days[1]};Normal;08:00;16:00;07:50;16:01;\n",
    )
    assert read()[file].n_accepted == 3
    assert presences(store) == [
        ("Budi", CLASS, session, "hadir"), ("Joko", CLASS, session, "hadir"), ("Siti", CLASS, session, "unknown"),
    ]  # fmt: skip
    assert reasons(store) == ["PERSON_UNKNOWN"]


def test_days_of_a_fingerprint_report_may_be_in_words_and_why_somebody_was_away_is_told(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """They were missing, for whoever looked at them; and who was ill was unknown without a word."""
    file = f"fingerprint/2026-01/{CLASS}.csv"
    deliver(
        file,
        "PIN;Nama;Tgl;Scan Masuk;Scan Pulang;Keterangan\n"
        "1;Budi Santoso;12-Jan-26;07:41;16:01;\n2;Siti Aminah;Selasa, 13 Januari 2026;;;Sakit\n1;Budi Santoso;13/01/2026;07:41;16:01;\n",
    )
    drift = read()[file].drift
    assert presences(store) == [
        ("Budi", CLASS, 20260112, "hadir"), ("Budi", CLASS, 20260113, "hadir"), ("Siti", CLASS, 20260113, "unknown"),
    ]  # fmt: skip
    assert drift == "column 6 says why people were away, and is not read: 1 rows"


IN, OUT = "13/01/2026 07:45,C/In", "13/01/2026 16:05,C/Out"


@pytest.mark.parametrize(
    ("header", "budi", "siti", "status"),
    [
        ("No.,Name,Time,State,Exception", f"12,Budi Santoso,{IN},OK|12,Budi Santoso,{OUT},OK", f"13,Siti Aminah,{OUT},OK", "unknown"),
        ("Department,Name,No.,Date/Time,Status,ID Number", f"DINKES,Budi Santoso,12,{IN},|DINKES,Budi Santoso,12,{OUT},", f"DINKES,Siti Aminah,13,{IN},", "unknown"),
        ("AC-No.,Name,Date,On duty,Clock In,Clock Out", "12,Budi Santoso,13/01/2026,07:30,07:45,16:05", "13,Siti Aminah,13/01/2026,07:30,07:50,", "unknown"),
        ("PIN,Nama,Waktu,Status", "12,Budi Santoso,13/01/2026 07:45,Hadir", "13,Siti Aminah,13/01/2026 07:46,Sakit", "sakit"),
        ("NIP,Nama,Waktu,Status", f"{BUDI},B,{IN}|{BUDI},B,{OUT}", f"{SITI},S,13/01/2026 07:46,Izin", "izin"),
    ],
    ids=["a log by name", "a log with empty numbers", "a report in English", "words", "words beside taps"],
)  # fmt: skip
def test_a_log_of_taps_is_of_whom_its_names_mean(
    store: Store, deliver: Deliver, read: Read, header: str, budi: str, siti: str, status: str
) -> None:
    """They were unknown columns, or people without a number; and what is no direction was nothing."""
    text = "\n".join([f"Kode Kelas : {CLASS}", header, *budi.split("|"), siti, ""])
    deliver("attendance/2026-01/log.csv", text)
    read()
    assert presences(store) == [("Budi", CLASS, 20260113, "hadir"), ("Siti", CLASS, 20260113, status)]


def test_numbers_beside_names_in_a_fingerprint_report_stay_numbers(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "fingerprint/2026-01/a.csv",
        f"Kode Kelas : A-1;;;;\nNIP;Nama;Tanggal;Jam Masuk;Jam Pulang\n480112345;Budi Santoso;12/01/2026;07:30;16:05\n{SITI};x;12/01/2026;07:30;16:05\n",
    )
    read()
    assert presences(store) == [("Siti", "A-1", 20260112, "hadir")]
    assert reasons(store) == ["NIP_OLD"]


def test_what_a_meeting_does_not_say_is_told_where_to_be_written(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.csv", ZOOM_NEW.replace(f"{CLASS} ", ""))
    read()
    advice = pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet").get_column("how_to_mend")
    assert advice.str.contains("Kode Kelas : ...", literal=True).all()
    deliver("attendance/2026-01/b.csv", "class_id;session_no;employee_id;status\n;1;x;Hadir\n")
    read()
    told = pl.read_parquet(store.quarantine / "attendance" / "2026-01.parquet").filter(
        file_name="attendance/2026-01/b.csv"
    )
    assert "Isi sel ini." in told.get_column("how_to_mend").to_list()


def test_a_meeting_that_names_no_class_is_refused(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.csv", ZOOM_NEW.replace(f"{CLASS} ", ""))
    assert read()["attendance/2026-01/a.csv"].n_accepted == 0
    assert set(reasons(store)) == {"MISSING"}


def test_a_day_that_may_be_a_month_is_told_by_the_folder_or_refused(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.csv", ZOOM_NEW.replace("01/13/2026", "01/05/2026"))
    read()
    assert {day for _, _, day, _ in presences(store)} == {20260105}
    deliver("attendance/2026-01/a.csv", ZOOM_NEW.replace("01/13/2026", "02/05/2026"))
    assert read()["attendance/2026-01/a.csv"].n_accepted == 0


def test_people_change_with_the_employees_picture(store: Store, deliver: Deliver, read: Read) -> None:
    """Who could not be told is, once the employees' picture says it: the meeting's month is read again by itself."""
    deliver("attendance/2026-01/a.csv", ZOOM_OLD)
    read()
    path = store.landing / "employees" / "2026-01" / "pegawai.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if ANI_TOO not in line))
    read()
    assert read() == {} or ("Ani", CLASS, 20260113, "hadir") in presences(store)
    assert ("Ani", CLASS, 20260113, "hadir") in presences(store)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Santoso", "PERSON_UNKNOWN"), ("Budi", "PERSON_UNKNOWN"), ("x <siti@kota.example>", None), ("Bapak Joko", None),
     ("Ani Lestari", "PERSON_AMBIGUOUS"), ("Ani Lestari <ani@kota.example>", None), ("198503152010011000", "NIP_PRECISION_LOST")],
)  # fmt: skip
def test_whom_a_text_means(store: Store, read: Read, text: str, code: str | None) -> None:
    """A part of a name is nobody's."""
    from warehouse.people.known import known_people

    read()
    assert IdSpace("person", "x", known_people(store, "2026-03")).check(text)[1] == code


@pytest.mark.parametrize(
    ("month", "text", "code"),
    [
        ("2026-02", "Ani Lestari", "PERSON_AMBIGUOUS"), ("2026-02", "Siti Aminah", None), ("2026-02", "Budi S. Santoso", None),
        ("2026-02", "Budi Santoso", None), ("2027-02", "Ani Lestari", None), ("2027-02", "Siti Aminah", "PERSON_UNKNOWN"),
        ("2025-12", "Ani Lestari", "PERSON_AMBIGUOUS"),
    ],
)  # fmt: skip
def test_a_list_of_one_office_makes_nobodys_name_unique(
    store: Store, deliver: Deliver, read: Read, month: str, text: str, code: str | None
) -> None:
    """The other who bears it works elsewhere: she had been given what a name in a log of that month said. Nor does a list without somebody make them unknown
    at once, whose presence may be sent late."""
    from warehouse.people.known import known_people

    head = "employee_id,full_name,employment_type,unit_code,position_group"
    deliver(
        "employees/2026-02/dinkes.csv",
        f"{head}\n{ANI},Ani Lestari,PNS,DINKES,pelaksana\n{BUDI},Budi S. Santoso,PNS,DINKES,pelaksana\n",
    )
    read()
    assert IdSpace("person", "x", known_people(store, month)).check(text)[1] == code


# ---------------------------------------------------------------- learning platforms


def test_moodles_grades(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "assessments/2026-01/nilai.csv",
        f"Kode Kelas : {CLASS}\n"
        "First name,Last name,ID number,Email address,Quiz: Pre-test (Percentage),Quiz: Post-test (Percentage),Course total (Real)\n"
        f"Budi,Santoso,{BUDI},,60.00 %,80.00 %,70\nSiti,Aminah,,siti@kota.example,-,90.00 %,45\n",
    )
    assert read()["assessments/2026-01/nilai.csv"].n_refused == 0
    frame = pl.read_parquet(store.staging / "assessments" / "2026-01.parquet")
    rows = [(who(store)[p], k, s, m) for p, k, s, m in frame.select("employee_id", "kind", "score", "max_score").rows()]
    assert sorted(rows, key=str) == [
        ("Budi", "post", 80.0, 100.0), ("Budi", "pre", 60.0, 100.0), ("Siti", "post", 90.0, 100.0), ("Siti", "pre", None, 100.0),
    ]  # fmt: skip


def test_moodles_points_beside_the_percentages_of_a_test_say_the_same(
    store: Store, deliver: Deliver, read: Read
) -> None:
    head = "First name,Last name,Quiz: Pre-test (Real),Quiz: Pre-test (Percentage),Quiz: Post-test (Real)"
    deliver(
        "assessments/2026-01/a.csv", f"Kode Kelas : {CLASS}\nNilai Maksimum : 10\n{head}\nBudi,Santoso,6.00,60.00 %,8\n"
    )
    read()
    frame = pl.read_parquet(store.staging / "assessments" / "2026-01.parquet")
    assert sorted(frame.select("kind", "score", "max_score").rows()) == [("post", 8.0, 10.0), ("pre", 60.0, 100.0)]


def test_moodles_points_need_their_maximum(store: Store, deliver: Deliver, read: Read) -> None:
    text = "Nama depan,Nama belakang,Kuis:Post Test (Nilai)\nBudi,Santoso,8\n"
    deliver("assessments/2026-01/a.csv", f"Kode Kelas : {CLASS}\n{text}")
    assert read()["assessments/2026-01/a.csv"].n_accepted == 0
    deliver("assessments/2026-01/a.csv", f"Kode Kelas : {CLASS}\nNilai Maksimum : 10\n{text}")
    assert read()["assessments/2026-01/a.csv"].n_accepted == 1


QUIZ = (
    "Last name,First name,Email address,Status,Duration,Grade/10.00,Q. 1 /5.00\n"
    "Santoso,Budi,budi@kota.example,Finished,20 mins,8.00,5\nAminah,Siti,,In progress,-,-,-\nOverall average,,,,,8.00,5\n"
)
FORM_QUIZ = (
    "Timestamp,Score,Nama Lengkap,NIP,1. Ibu kota Banten?\n"
    f"1/12/2026 8:05:10,8 / 10,Budi S.,{BUDI},Serang\n1/12/2026 8:06:10,6 / 10,Siti Aminah,,Tangerang\n"
)


@pytest.mark.parametrize("text", [QUIZ, FORM_QUIZ], ids=["Moodle", "Google Forms"])
@pytest.mark.parametrize(
    ("name", "line", "kind"),
    [
        ("Arsip-Pre Test-grades", "", "pre"), ("postes_arsip", "", "post"), ("kuis", "Jenis Tes : Tes Akhir\n", "post"), ("kuis", "", None),
        ("Presentasi", "", None), ("Pre-employment", "", None), ("Pre Test dan Post Test", "", None),
    ],
)  # fmt: skip
def test_the_report_of_a_quiz_is_the_test_that_its_line_or_its_name_says(
    store: Store, deliver: Deliver, read: Read, text: str, name: str, line: str, kind: str | None
) -> None:
    deliver(f"assessments/2026-01/{name}.csv", f"Kode Kelas : {CLASS}\n{line}{text}")
    if kind is None:
        assert [(problem.code, problem.seen) for problem in scan(store, DAY).problems] == [
            ("FILE_FACTS", "'Jenis Tes : ...'")
        ]
    else:
        read()
        frame = pl.read_parquet(store.staging / "assessments" / "2026-01.parquet")
        people = frame.get_column("employee_id").replace_strict(who(store))
        found = sorted(zip(people, *frame.select("kind", "score", "max_score"), strict=True))
        assert found == [("Budi", kind, 8.0, 10.0), ("Siti", kind, 6.0 if text == FORM_QUIZ else None, 10.0)]


def test_moodles_attendance(store: Store, deliver: Deliver, read: Read) -> None:
    deliver(
        "attendance/2026-01/hadir.xlsx",
        book(
            ["Course", "Manajemen Dokumen"],
            ["Kode Kelas", CLASS],
            [],
            [
                "Last name",
                "First name",
                "Email address",
                "13 Jan 2026 8.00AM All students",
                "14 Jan 2026 8.00AM All students",
                "P",
                "Points",
            ],
            ["Santoso", "Budi", "budi@kota.example", "P (2/2)", "L (1/2)", 1, "3 / 4"],
            ["Aminah", "Siti", "siti@kota.example", "A (0/2)", "?", 0, "0 / 2"],
        ),
    )
    read()
    assert [(name, status) for name, _, _, status in presences(store)] == [
        ("Budi", "hadir"), ("Budi", "hadir"), ("Siti", "alpa"), ("Siti", "unknown"),
    ]  # fmt: skip


# ---------------------------------------------------------------- forms


FORMS = [
    [
        "ID",
        "Start time",
        "Completion time",
        "Email",
        "Name",
        "Kode Kelas",
        "Materi: kesesuaian",
        "Narasumber NS-001: penguasaan",
        "Keseluruhan",
        "Saran",
    ],
    ["1", "1/13/2026 9:00:00", "1/13/2026 9:05:00", "anonymous", "", CLASS, "Setuju", "Sangat Setuju", "3", "baik"],
]
MONKEY = [
    [
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "End Date",
        "IP Address",
        "Kode Kelas",
        "Materi",
        "",
        "Narasumber NS-001",
        "Keseluruhan",
        "Saran",
    ],
    [
        "",
        "",
        "",
        "",
        "",
        "Open-Ended Response",
        "kesesuaian",
        "contoh",
        "penguasaan",
        "Response",
        "Open-Ended Response",
    ],
    [
        "114",
        "1",
        "01/13/2026 09:00:00 AM",
        "01/13/2026 09:05:00 AM",
        "10.0.0.1",
        CLASS,
        "Setuju",
        "",
        "Sangat Setuju",
        "3",
        "baik",
    ],
]
KOBO = [
    ["start", "end", "identitas", "penilaian", "", "", "", "_submission_time", "_uuid"],
    ["", "", "Kode Kelas", "Materi", "Narasumber NS-001", "Keseluruhan", "saran_masukan", "", ""],
    ["2026-01-13", "2026-01-13", CLASS, "3", "4", "3", "baik", "2026-01-13 09:05:00", "a-b-c"],
]
KOBO_FLAT = [
    ["start", "end", "identitas/kode_kelas", "Materi/kesesuaian", "Narasumber NS-001/penguasaan", "Keseluruhan", "saran_masukan", "_submission_time", "_uuid"],
    KOBO[2],
]  # fmt: skip


@pytest.mark.parametrize("rows", [FORMS, MONKEY, KOBO, KOBO_FLAT], ids=["Forms", "SurveyMonkey", "Kobo", "Kobo flat"])
def test_exports_of_forms_with_one_two_and_three_heading_rows(
    store: Store, deliver: Deliver, read: Read, rows: list[list[str]]
) -> None:
    deliver("survey_export_4/2026-01/a.xlsx", book(*rows))
    report = read()["survey_export_4/2026-01/a.xlsx"]
    frame = pl.read_parquet(store.staging / "survey_responses" / "2026-01.parquet").sort("aspect")
    answered = frame.filter(pl.col("score").is_not_null()).select("class_id", "aspect", "score", "instructor_id").rows()
    assert answered == [
        (CLASS, "MATERI", 3.0, None), (CLASS, "NARASUMBER", 4.0, "NS-001"), (CLASS, "OVERALL", 3.0, None),
    ]  # fmt: skip
    assert report.n_refused == 0
    assert frame.get_column("comment").drop_nulls().len() == 1


ASKED = [["Timestamp", "Email Address", "Nama Lengkap", "NIP", "Kehadiran"],
         ["1/13/2026 8:05:10", "budi@kota.example", "Budi S.", "", "Hadir"], ["1/14/2026 8:05:10", "", "Siti", SITI, "Izin"]]  # fmt: skip


@pytest.mark.parametrize("is_column", [True, False])
@pytest.mark.parametrize(
    ("heading", "days"), [("Timestamp", (None, None)), ("Cap waktu", ("13/01/2026 8.05.10", "14/01/2026 8.05.10"))]
)
def test_a_form_that_asks_whether_somebody_is_there_is_of_its_own_day(
    store: Store, deliver: Deliver, read: Read, heading: str, days: tuple[str | None, ...], is_column: bool
) -> None:
    rows = [
        [day or row[0], *row[1:], *([CLASS] if is_column else [])] for day, row in zip(days, ASKED[1:], strict=True)
    ]
    head = [heading, *ASKED[0][1:], *(["Kode Kelas"] if is_column else [])]
    deliver("attendance/2026-01/a.xlsx", book(*([] if is_column else [["Kode Kelas", CLASS]]), head, *rows))
    read()
    assert presences(store) == [("Budi", CLASS, 20260113, "hadir"), ("Siti", CLASS, 20260114, "izin")]


def test_a_form_whose_order_of_day_and_month_is_not_proven_or_that_asks_nothing_is_refused(
    store: Store, deliver: Deliver, read: Read
) -> None:
    deliver("attendance/2026-01/a.xlsx", book(["Kode Kelas", CLASS], ASKED[0], ["1/2/2026 8:05:10", *ASKED[1][1:]]))
    read()
    assert reasons(store) == ["DATE_ORDER"]
    deliver("attendance/2026-01/a.xlsx", book(["Kode Kelas", CLASS], *(row[:-1] for row in ASKED)))
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_COLUMNS"]


@pytest.mark.parametrize("when", ["2026-01-12T18:30:00", "2026-01-12 18:30:00", "2026-01-12T18:30:00+00:00"])
def test_kobo_notes_the_time_of_utc(store: Store, deliver: Deliver, read: Read, when: str) -> None:
    deliver("survey_export_4/2026-01/a.xlsx", book(KOBO_FLAT[0], [*KOBO[2][:7], when, "a-b-c"]))
    read()
    frame = pl.read_parquet(store.staging / "survey_responses" / "2026-01.parquet")
    assert set(frame.get_column("submitted_at")) == {dt.datetime(2026, 1, 13, 1, 30)}


def test_who_types_their_address_in_capitals_is_nobody_else(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [
        ["1/25/2026 9:15:32", " Budi@Kota.example", CLASS, 3],
        ["1/25/2026 9:17:02", "budi@kota.example", CLASS, 4],
    ]
    deliver("google_form_5/2026-01/a.xlsx", book(["Timestamp", "Email Address", "Kode Kelas", "Materi [Jelas]"], *rows))
    report = read()["google_form_5/2026-01/a.xlsx"]
    frame = pl.read_parquet(store.staging / "survey_responses" / "2026-01.parquet")
    code = pseudonyms(store.pseudonym_key(), "survey").one(f"google_form_5:budi@kota.example|{CLASS}")
    assert (report.n_duplicate, frame.select("response_id", "score").rows()) == (1, [(code, 4.0)])


def test_a_forgotten_name_leaves_no_row_behind() -> None:
    """Two of its words, or its only one; a word that it shares with others is theirs."""
    secret = b"a key of thirty-two bytes of text"
    code = pseudonyms(secret, "name").one
    names = Names([], secret, [code("siti"), code("aminah"), code("joko")])
    assert [names.is_forgotten(text) for text in ("Siti Aminah <s@kota.example>", "Dinkes Siti Aminah", "Joko")] == [
        True
    ] * 3
    assert not names.is_forgotten("Siti Rahma")
    assert not names.is_forgotten("Budi Santoso")


def named(*rows: str, title: str = "Kode Kelas : TS-2026-01-001") -> str:
    return "\n".join((title, *rows)) + "\n"


@pytest.mark.parametrize("is_column", [False, True], ids=["a line above the table", "a column"])
def test_a_sheet_without_nip_is_read_by_full_name(store: Store, deliver: Deliver, read: Read, is_column: bool) -> None:
    """Joko goes by his whole name; two are called Ani Lestari; nobody is called Wati, and half of Siti's name is no name."""
    rows = ["Budi Santoso", "JOKO", "Ani Lestari", "Wati", "Siti"]
    if is_column:
        text = named("Nama Peserta;Kode Kelas;Hari 1", *(f"{name};{CLASS};H" for name in rows), title="DAFTAR HADIR")
    else:
        text = named("No;Nama Peserta;Hari 1", *(f"{n};{name};H" for n, name in enumerate(rows, start=1)))
    deliver("attendance/2026-01/hadir.csv", text)
    report = read()["attendance/2026-01/hadir.csv"]
    assert presences(store) == [("Budi", CLASS, 1, "hadir"), ("Joko", CLASS, 1, "hadir")]
    assert (report.profile, report.n_read, report.n_refused) == ("attendance_sheet", 5, 3)
    assert sorted(reasons(store)) == ["PERSON_AMBIGUOUS", "PERSON_UNKNOWN", "PERSON_UNKNOWN"]


def test_a_nip_beside_a_name_is_the_nip(store: Store, deliver: Deliver, read: Read) -> None:
    """A broken NIP is refused as such: whoever gives one is not looked up by name."""
    deliver(
        "attendance/2026-01/a.csv", named("NIP,Nama,Email,Hari 1", f"{JOKO},Budi Santoso,,H", "1985,Siti Aminah,,H")
    )
    read()
    assert presences(store) == [("Joko", CLASS, 1, "hadir")]
    assert reasons(store) == ["NIP_LENGTH"]


def test_a_mail_address_tells_whom_a_name_may_mean(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.csv", named("Nama,Email,Hari 1", "Ani Lestari,ani@kota.example,H"))
    read()
    assert presences(store) == [("Ani", CLASS, 1, "hadir")]


@pytest.mark.parametrize(
    "text",
    [
        named("Nilai Maksimum : 100", "Nama,Pre Test,Nilai Post-Test", "Budi Santoso,40,80", "Ani Lestari,50,60"),
        named("Nama,Jenis tes,Nilai,Nilai maksimum", "Budi Santoso,pre,40,100", "Budi Santoso,post,80,100",
              "Ani Lestari,pre,50,100", "Ani Lestari,post,60,100"),
        named("Nilai Maks : 100", "Nama;Kode Kelas;Pretest;Posttest", f"Budi Santoso;{CLASS};40;80", f"Ani Lestari;{CLASS};50;60",
              title="REKAP NILAI"),
    ],
    ids=["a column per test", "a row per test", "the class in a column"],
)  # fmt: skip
def test_grades_are_read_by_full_name(store: Store, deliver: Deliver, read: Read, text: str) -> None:
    deliver("assessments/2026-01/nilai.csv", text)
    report = read()["assessments/2026-01/nilai.csv"]
    frame = pl.read_parquet(store.staging / "assessments" / "2026-01.parquet")
    names = who(store)
    rows = frame.select("class_id", "employee_id", "kind", "assessment_code", "score", "max_score").rows()
    assert sorted((c, names[p], k, t, s, m) for c, p, k, t, s, m in rows) == [
        (CLASS, "Budi", "post", None, 80, 100), (CLASS, "Budi", "pre", None, 40, 100),
    ]  # fmt: skip
    assert (report.n_refused, set(reasons(store, "assessments"))) == (2, {"PERSON_AMBIGUOUS"})


def test_grades_without_their_maximum_are_refused(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("assessments/2026-01/nilai.csv", named("Nama,Pre Test,Post Test", "Budi Santoso,40,80"))
    [problem] = scan(store, DAY).problems
    assert (problem.code, problem.seen) == ("FILE_FACTS", "'Nilai Maksimum : ...'")


@pytest.mark.parametrize(
    ("names", "n"),
    [
        (("Siti Aminah", "Budi Santoso"), 2), (("Drs. Budi Santoso, M.Si.", "Siti Aminah"), 0), (("Budi S.", "Siti Aminah"), 0), (("Budi Santoso", "Ani Lestari"), 1),
    ],
)  # fmt: skip
def test_a_number_beside_the_name_of_somebody_else_is_told(
    deliver: Deliver, read: Read, names: tuple[str, str], n: int
) -> None:
    """Of a list that is sorted by one column alone everybody has another's scores."""
    rows = [(BUDI, names[0], 60, 80), (SITI, names[1], 50, 70)]
    lines = [(f"Kode Kelas : {CLASS}",), ("Nilai Maksimum : 100",)]
    deliver("assessments/2026-01/a.xlsx", book(*lines, ("NIP", "Nama", "Pre Test", "Post Test"), *rows))
    told = read()["assessments/2026-01/a.xlsx"].drift
    assert told == (f"employee_id stands beside the name of somebody else: {2 * n} rows" if n else "")
    assert not n or kept("id")(told, {}) is not None


def test_a_log_that_does_not_say_who_came_and_who_went_is_sent_back_for_that(store: Store, deliver: Deliver) -> None:
    """*None of the columns is known* helped nobody; of a list of anything else nothing is guessed."""
    taps = [(12, "Budi Santoso", "13/01/2026 07:45", "FP"), (12, "Budi Santoso", "13/01/2026 16:05", "FP")]
    lines = (f"Kode Kelas : {CLASS}",)
    deliver("attendance/2026-01/a.xlsx", book(lines, ("PIN", "Nama", "Tanggal/Waktu", "Verifikasi"), *taps))
    deliver("attendance/2026-01/b.xlsx", book(lines, ("No", "Uraian", "Jumlah"), (1, "Konsumsi", 3)))
    seen = [problem.seen for problem in scan(store, DAY).problems]
    assert seen == ["Missing: Status.", "None of the columns is known."]


def test_who_says_before_a_class_that_they_will_come_was_not_there(deliver: Deliver, store: Store) -> None:
    """They had been there on the day on which they filled in the form."""
    text = f"Cap waktu,NIP,Kode Kelas,Konfirmasi Kehadiran\n09/01/2026 8:01:22,{BUDI},{CLASS},Hadir\n"
    deliver("attendance/2026-01/form.csv", text)
    assert [problem.code for problem in scan(store, DAY).problems] == ["FILE_COLUMNS"]


@pytest.mark.parametrize(
    ("said", "status"),
    [("Saya hadir", "hadir"), ("Tidak dapat hadir", "alpa"), ("Tidak bisa hadir karena sakit", "sakit")],
)
def test_people_say_in_a_form_that_they_are_there(
    store: Store, deliver: Deliver, read: Read, said: str, status: str
) -> None:
    text = f"Cap waktu,NIP,Kode Kelas,Kehadiran\n13/01/2026 8:01:22,{BUDI},{CLASS},{said}\n"
    deliver("attendance/2026-01/form.csv", text)
    read()
    assert [row[3] for row in presences(store)] == [status]


def test_who_is_no_guest_of_a_meeting_was_not_away(deliver: Deliver, read: Read) -> None:
    """`Tidak` below `Tamu` was told as a reason of absence."""
    head = "Nama (Nama Asli),Email Pengguna,Waktu Bergabung,Waktu Keluar,Durasi (Menit),Tamu"
    name = f"attendance/2026-01/{CLASS} 2026-01-12.csv"
    deliver(
        name,
        f"{head}\nSiti Aminah,,12/01/2026 08:00:00,12/01/2026 09:00:00,60,Tidak\nJoko,,12/01/2026 08:00:00,12/01/2026 12:00:00,240,Ya\n",
    )
    assert "away" not in read()[name].drift
