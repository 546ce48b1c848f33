"""Inspecting a file: who comes closest and why nobody reads it, a draft without anybody in it, and the city's own settings."""

from __future__ import annotations

import datetime as dt
import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.profiles import load
from schemas.written import Flawed
from warehouse.delivery.layouts.rehearsal import rehearse
from warehouse.delivery.layouts.written import known_profiles
from warehouse.offices.drafts import draft_profile
from warehouse.offices.inspection import _nearest, inspect_file
from warehouse.store import Store

from ..conftest import book

Write = Callable[[str, str | bytes], Path]
ANI, BUDI = "198503152010012001", "199001012024211002"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, content: str | bytes) -> Path:
        path = tmp_path / "beside" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


def test_an_archive_that_is_read_is_not_refused_besides(store: Store, write: Write) -> None:
    """Other folders than its own are tried first, and what they say of it is nothing against it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", f"class_id,session_no,employee_id,status\nA,1,{ANI},H\n")
    about = inspect_file(store, write("a.zip", packed.getvalue()))
    assert [(one["source"], one["n_accepted"]) for one in about["readings"]] == [("attendance", 1)]
    assert (about["refused"], about["draft"]) == (None, None)


def test_who_comes_closest_is_told_by_the_share_of_the_headings(store: Store, write: Write) -> None:
    about = inspect_file(store, write("a.csv", f"NIP,Jenis tes,Nilai,Nilai maksimum\n{ANI},pre,80,100\n"))
    assert about["nearest"][0] == {"layout": "assessments", "there": 4, "of": 5, "missing": ["class_id"]}
    assert "Closest is assessments: 4 of 5 headings are there; not there: class_id." in about["refused"]


def test_four_headings_of_five_are_nearer_than_the_only_one_of_a_short_source(store: Store) -> None:
    header = ["Kode narasumber", "NIP", "Jenis tes", "Nilai", "Nilai maksimum"]
    assert _nearest([header], known_profiles(store))[0]["layout"] == "assessments"


def test_no_advice_is_given_that_would_not_help(store: Store, write: Write) -> None:
    """A number and a time are no survey of an office, whatever line stood above them."""
    about = inspect_file(store, write("a.csv", "No,Waktu\n1,08:00\n2,09:00\n"))
    assert "Unit Pelayanan" not in about["refused"]
    assert "Judul kolom tidak dikenali" in about["refused"]
    assert "'No'" in about["draft"]


def test_a_line_that_is_missing_above_a_known_table_is_the_advice(store: Store, write: Write) -> None:
    about = inspect_file(store, write("a.csv", f"NIP,Nama,Hari 1,Hari 2\n{ANI},Ani,H,H\n"))
    assert "'Kode Kelas : ...'" in about["refused"]


def test_a_form_whose_scale_the_folder_must_say_is_not_guessed(store: Store, write: Write) -> None:
    text = "Cap waktu,Kode Kelas,Materi [Isi],Keseluruhan\n13/01/2026 08:00:00,A,Setuju,Setuju\n"
    assert "google_form_4, google_form_5" in inspect_file(store, write("a.csv", text))["refused"]
    assert inspect_file(store, write("a.csv", text), "google_form_4")["readings"]


MEETING = """Topic,ID,Start time,End time
TS-2026-09-001 Dokumen,812 3456 7890,09/10/2026 07:55:01 AM,09/10/2026 10:02:11 AM

Name (original name),Email,Join time,Leave time,Duration (minutes)
Ani,ani@kota.example,09/10/2026 08:00:00 AM,09/10/2026 10:00:00 AM,120
"""
"""The ninth of October, or the tenth of September: the month of delivery tells."""


@pytest.mark.parametrize(
    ("name", "changed", "month"),
    [("2026-09/a.csv", 11, "2026-09"), ("participants 2026-10-09.csv", 11, "2026-10"), ("a.csv", 10, "2026-10")],
    ids=["of its folder", "in its name", "of its last change"],
)
def test_an_ambiguous_day_is_tried_in_the_files_own_month(
    store: Store, write: Write, name: str, changed: int, month: str
) -> None:
    file = write("a.csv", MEETING)
    file = file.rename(file.with_name(Path(name).name) if "/" not in name else _made(file, name))
    moment = dt.datetime(2026, changed, 12, tzinfo=dt.UTC).timestamp()
    os.utime(file, (moment, moment))
    [reading] = inspect_file(store, file)["readings"]
    assert (reading["month"], reading["n_read"]) == (month, 1)
    assert [refusal["reason_code"] for refusal in reading["refusals"]] == ["PERSON_UNKNOWN"], (
        "not MISSING: the day is known"
    )


def _made(file: Path, name: str) -> Path:
    target = file.parent / name
    target.parent.mkdir(parents=True)
    return target


UNKNOWN = [["Peserta", "Ruang", "Skor Akhir"], ["Ani Lestari", "Aula", "80"], ["Budi Santoso", "Aula", "70"]]
HEADLESS = [
    [ANI, "Ani Lestari", "Staf Program", "ani@kota.example"],
    [BUDI, "Budi Santoso", "Kepala Unit", "budi@kota.example"],
]
NAMES = [["Ani Lestari", "Dinas Kesehatan", "Perempuan"], ["Budi Santoso", "Dinas Sosial", "Laki-laki"]]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_draft_holds_the_headings(store: Store, write: Write, ending: str) -> None:
    content = "\n".join(map(",".join, UNKNOWN)) if ending == ".csv" else book(["DAFTAR NILAI"], [], *UNKNOWN)
    draft = inspect_file(store, write(f"a{ending}", content))["draft"]
    assert all(f"- '{name}'" in draft for name in UNKNOWN[0])
    assert "Ani" not in draft


@pytest.mark.parametrize("rows", [HEADLESS, NAMES], ids=["numbers", "names alone"])
def test_a_draft_of_a_list_without_headings_names_nobody(write: Write, tmp_path: Path, rows: list[list[str]]) -> None:
    draft = draft_profile(write("a.csv", "\n".join(map(",".join, rows)) + "\n"), tmp_path)
    assert draft is not None
    assert "TODO" in draft
    assert not [cell for row in rows for cell in row if cell in draft]


def test_a_draft_is_no_profile_until_it_is_filled_in(write: Write, tmp_path: Path) -> None:
    draft = draft_profile(write("a.csv", "\n".join(map(",".join, UNKNOWN)) + "\n"), tmp_path)
    (tmp_path / "mine.yaml").write_text(str(draft))
    with pytest.raises(Flawed, match="TODO not filled in"):
        load(tmp_path / "mine.yaml", rehearse)


def test_a_path_may_be_relative(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.xlsx", book(*UNKNOWN))
    monkeypatch.chdir(path.parent)
    assert inspect_file(store, Path(path.name))["draft"]


def test_the_citys_own_settings_hold(store: Store, write: Write) -> None:
    """Its first month, its names of units, its limits."""
    store.home.mkdir(parents=True)
    (store.home / "gambar").mkdir()
    (store.home / "gambar" / "logo.png").write_bytes(b"x")
    (store.home / "city.yaml").write_text(
        "logo: gambar/logo.png\nfirst_month: 2026-06\naliases: [{name: Kantor Baru, unit_code: KB-01}]\n"
    )
    head = "policy,value,unit,owner,source,valid_from,version\n"
    rows = [
        "hold_minimum_rows,1,rows,BKPSDM,ours,2026-01-01,1",
        "hold_refused_share,0.10,share,BKPSDM,ours,2026-01-01,1",
    ]
    (store.home / "policy.csv").write_text(head + "\n".join(rows) + "\n")
    text = "employee_id,full_name,employment_type,unit_code,position_group\n"
    path = write("a.csv", text + f"{ANI},Ani,PNS,Kantor Baru,pelaksana\n{BUDI[:9]},Budi,PPPK,Kantor Baru,pelaksana\n")
    [reading] = inspect_file(store, path)["readings"]
    assert (reading["status"], reading["reason_code"]) == ("held", "HELD")
    assert inspect_file(store, path)["refused"] is None


def test_two_megabytes_that_nobody_knows_are_answered_soon(store: Store, write: Write) -> None:
    """In processor time, since other tests run beside: three seconds are asked, whatever the machine does besides."""
    row = "Peserta,Ruang,Skor\n" + "Ani Lestari di ruang yang panjang namanya,Aula besar di lantai dua,80\n" * 30_000
    path = write("a.csv", row)
    assert path.stat().st_size > 2_000_000
    begun = time.process_time()
    assert inspect_file(store, path)["draft"]
    assert time.process_time() - begun < 3


def test_of_headings_that_mean_the_same_it_is_not_said_that_none_is_missing(store: Store, write: Write) -> None:
    file = write("a.csv", "NIP,Tanggal,Scan Masuk,Scan 1,Jam Pulang\nx,2026-01-12,08:00,07:40,16:00\n")
    refused = inspect_file(store, file)["refused"]
    assert "two of the file's headings mean the same" in refused
    assert "not there: ." not in refused


@pytest.mark.parametrize(
    ("headings", "source", "is_known"),
    [(["NAMA", "NIP", "Bagian"], "employees", True), (["Peserta", "Bagian"], "assessments", False)],
)
def test_a_draft_is_for_the_source_of_which_most_is_there_or_says_that_nothing_is(
    write: Write, tmp_path: Path, headings: list[str], source: str, is_known: bool
) -> None:
    draft = str(draft_profile(write("a.csv", ",".join(headings) + "\nx,y,z\n"), tmp_path))
    assert f"\n      {source}:" in draft
    assert ("None of its headings is one of ours" in draft) is not is_known


def test_what_the_citys_own_profile_reads_is_shown_where_a_shipped_one_fits_as_well(store: Store, write: Write) -> None:
    file = write("a.csv", f"NIP,Kode Kelas,Hari 1\n{ANI},A-1,Hadir\n")
    assert inspect_file(store, file)["readings"][0]["source"] == "attendance"
    store.profiles.mkdir(parents=True)
    (store.profiles / "daftar.yaml").write_text(
        "layouts:\n  - header: [NIP, Kode Kelas, Hari 1]\n    targets:\n      enrolments:\n"
        "        select: {class_id: '\"Kode Kelas\"', employee_id: NIP, status: \"'completed'\"}\n"
    )
    [reading] = inspect_file(store, file)["readings"]
    assert (reading["source"], reading["layout"], reading["n_accepted"]) == ("enrolments", "profile daftar", 1)
