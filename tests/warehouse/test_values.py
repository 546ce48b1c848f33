"""Text to values: identity numbers, words, dates and numbers."""

from __future__ import annotations

import datetime as dt
import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.column import Column
from schemas.identity import nip
from schemas.sources import SOURCES
from warehouse.delivery.cells.values import Reader, clean, prove


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("196608011988031001", "196608011988031001"),
        ("19660801 198803 1 001", "196608011988031001"),
        ("'19660801.198803.1.001", "196608011988031001"),
        ("200012312024211001", "200012312024211001"),  # NI PPPK: digits 13–14 are 21, no month
    ],
)
def test_sound_numbers_are_kept_as_digits(raw: str, digits: str) -> None:
    assert nip.check(raw) == (digits, None)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.98503E+17", "NIP_SCIENTIFIC"),
        ("198503152010011008.0", "NIP_SCIENTIFIC"),
        ("198503152010011000", "NIP_PRECISION_LOST"),
        ("130812345", "NIP_OLD"),
        ("3674011503850001", "NIP_IS_NIK"),
        ("19850315201001100", "NIP_LENGTH"),
        ("19850315201001100x", "NIP_LENGTH"),
        ("198502302010011001", "NIP_BIRTH_DATE"),
        ("198503152010013001", "NIP_SEX"),
        ("198503152010131001", "NIP_APPOINTMENT"),
        ("٠٩٨٥٠٣١٥٢٠١٠٠١١٠٠١", "NIP_LENGTH"),  # digits of another script are no NIP
    ],
)
def test_damaged_numbers_are_named_and_never_repaired(raw: str, code: str) -> None:
    assert nip.check(raw) == (None, code)


def column(name: str, source: str = "attendance") -> Column:
    return SOURCES[source].column(name)


def parsed(texts: list[str | None], column: Column) -> list[object]:
    series = clean(pl.DataFrame({column.name: texts}, schema={column.name: pl.String})).to_series()
    return Reader(lambda name: prove(series, column)).parse(series, column)[0].to_list()


def test_words_are_brought_to_the_contract_s_spelling_and_an_empty_cell_is_unknown() -> None:
    words = ["Hadir", "H", "√", "Ijin", "SAKIT", "Alpha", "Dinas_Luar", "", None, "entahlah"]
    expected = ["hadir", "hadir", "hadir", "izin", "sakit", "alpa", "dinas luar", "unknown", "unknown", None]
    assert parsed(words, column("status")) == expected


def test_dates_are_day_first_and_must_exist() -> None:
    dates = ["2026-03-12", "12/03/2026", "12-03-2026", "2026-03-12 00:00:00", "2026-02-31", "31/02/2026", "tomorrow"]
    assert parsed(dates, column("session_date", "sessions")) == [dt.date(2026, 3, 12)] * 4 + [None] * 3


@pytest.mark.parametrize(
    "text",
    ["Kamis, 12 Maret 2026", "Kamis/12 Maret 2026", "Jum’at, 12 Maret 2026", "12 / 03 / 2026", "12 Maret 2026.", "12/Mar/2026", "12 Maret'26", "March 12, 2026",
     "12 Maret 2026 pukul 08.05", "12 Maret 2026 jam 8:05", "Tgl. 12 Maret 2026", "12 Maret 2026 (Kamis)"],
)  # fmt: skip
def test_a_day_is_read_in_any_way_that_offices_write_it(text: str) -> None:
    assert parsed([text], column("session_date", "sessions")) == [dt.date(2026, 3, 12)]


@pytest.mark.parametrize("text", ["2026-03-11T17:00:00.000Z", "2026-03-12T00:00:00+07:00", "2026-03-12T16:59:59Z"])
def test_a_day_that_a_program_tells_in_utc_is_the_city_s(text: str) -> None:
    found, _ = Reader(zone="Asia/Jakarta").parse(pl.Series([text]), column("session_date", "sessions"))
    assert found.to_list() == [dt.date(2026, 3, 12)]


def test_a_year_of_two_digits_is_one_where_it_can_be_nothing_else() -> None:
    days = ["12/03/26", "12.3.26", "12-03-26", "26-03-12", "12 03 26", "12/03/026"]
    assert parsed(days, column("session_date", "sessions")) == [dt.date(2026, 3, 12)] * 3 + [None] * 3


def test_the_month_stands_first_where_one_day_of_two_digits_proves_it() -> None:
    """The first of the two was read as the twelfth of the third month."""
    days = [dt.date(2026, 3, 12), dt.date(2026, 3, 25)]
    for texts in (["3/12/26", "3/25/26"], ["3/12/26", "3/25/2026"]):
        assert parsed(texts, column("session_date", "sessions")) == days


@pytest.mark.parametrize("text", ["25-10-26", "26-10-25"])
@pytest.mark.parametrize("month", [9, 10, 11])
def test_between_hyphens_the_year_is_last_where_that_makes_a_day_of_the_month_of_delivery(
    text: str, month: int
) -> None:
    found, codes = Reader(day=dt.date(2026, month, 1)).parse(pl.Series([text]), column("session_date", "sessions"))
    is_sure = (text, month) == ("25-10-26", 10)
    assert (found.to_list(), codes) == (([dt.date(2026, 10, 25)], {}) if is_sure else ([None], {text: "DATE_ORDER"}))


def test_between_hyphens_the_year_is_last_where_the_others_of_the_column_say_so() -> None:
    day = column("session_date", "sessions")
    days = [dt.date(2026, 10, 25), dt.date(2026, 10, 26)]
    assert parsed(["25-10-26", "26-10-26"], day) == days


@pytest.mark.parametrize(
    "text",
    ["12 s.d. 14 Oktober 2026", "12-14 Okt. 26", "12—14 Oktober 2026", "Senin, 12 Oktober s.d. Rabu, 14 Oktober 2026", "12 s.d. 14 Oktober 2026 (3 hari)",
     "12/10/26 - 14/10/26", "12 - 14 Okt 2026 (3 hari kerja)", "12-14/10/2026", "12-10-2026 s/d 14-10-2026", "2026-10-12 s.d. 2026-10-14", "12, 13 dan 14 Oktober 2026"],
)  # fmt: skip
def test_two_days_are_told_in_any_way_that_offices_write_them(text: str) -> None:
    assert [parsed([text], column(name, "classes"))[0] for name in ("start_date", "end_date")] == [
        dt.date(2026, 10, 12),
        dt.date(2026, 10, 14),
    ]


@pytest.mark.parametrize("text", ["12 Maret 2026 (batal)", "12 s.d. 14 Maret 2026 (ditunda)"])
def test_a_remark_on_a_day_is_not_overlooked(text: str) -> None:
    assert parsed([text], column("start_date", "classes")) == [None]


def test_days_around_the_turn_of_a_year_have_the_year_of_the_last() -> None:
    text = "28 Desember - 2 Januari 2027"
    assert parsed([text], column("start_date", "classes")) == [dt.date(2026, 12, 28)]


def test_a_version_is_one_however_it_is_typed() -> None:
    """The classes of version 1 were of no curriculum where its program called it 1.0."""
    assert parsed(["1", "1.0", "v1", "Versi 1"], column("curriculum_version", "programs")) == ["1"] * 4
    assert parsed(["1.10", "v2.1", "A"], column("curriculum_version", "classes")) == ["1.10", "2.1", "A"]
    assert parsed(["MD-01 : v1.0 : Materi"], column("flag_id", "follow_ups")) == ["MD-01:1:MATERI"]


@pytest.mark.parametrize("text", ["26-03-12", "0026-03-12", "1/1/0026", "1026-01-01", "3026-01-01", "12 Januari 0026"])
def test_nobody_writes_of_the_year_26(text: str) -> None:
    assert parsed([text], column("session_date", "sessions")) == [None]
    assert parsed([f"{text} 10:00:00"], column("submitted_at", "survey_responses")) == [None]


@pytest.mark.parametrize("word", ["hadir (terlambat 10 menit)", "Terlambat", "●", "ü", "H (daring)"])
def test_who_came_was_there_whatever_is_remarked(word: str) -> None:
    assert parsed([word, "Sakit (surat dokter)", "(hadir)", "S (H"], column("status")) == ["hadir", "sakit", None, None]


@pytest.mark.parametrize(
    ("meant", "words"),
    [
        ("hadir", "ttd|Hadir via Zoom|Hadir (daring)|hadir online|Hadir - Zoom Meeting|HADIR LURING|Hadir tatap muka|Hdr.|Terlambat 10 menit|Ya"),
        ("alpa", "Tidak Hadir|Tdk Hadir|Tdk. hadir|TH|Alpa|Tanpa Ket.|Mangkir|Tidak hadir tanpa keterangan|Alpa - tanpa kabar"),
        ("sakit", "Tidak hadir (sakit)|Tidak hadir, sakit|Sakit / surat dokter|Sakit dgn surat dokter|Izin sakit|Tidak hadir karena sakit"),
        ("izin", "Izin - acara keluarga|Tidak Hadir - Izin|Izin: rapat|Izin tidak hadir|izin karena anak sakit keras"),
        ("dinas luar", "Tugas luar|Dinas|Perjalanan dinas|DL (Bandung)|Tidak hadir, dinas luar"),
        ("cuti", "Cuti tahunan|Cuti melahirkan|Cuti, alasan penting"),
        (None, "Hadir / Tidak Hadir|H/I/S/A|Hadir (izin)|Hadir: tidak|Sakit: tidak|Izin (tidak)|Sakit/Izin|Izin atau Sakit|Sakit dan izin|A (izin)|Absen|T|TL|x|Hadir sebagian|Tidak hadir (rapat)|Zoom"),
    ],
)  # fmt: skip
def test_presence_is_told_by_a_word_and_what_stands_beside_it_contradicts_it_or_not(
    meant: str | None, words: str
) -> None:
    said = words.split("|")
    assert dict(zip(said, parsed(said, column("status")), strict=True)) == dict.fromkeys(said, meant)


@pytest.mark.parametrize("piece", ["a", "ab - ", "hadir (", "- "])
def test_the_longest_cell_that_excel_has_says_nothing_and_costs_nothing(piece: str) -> None:
    text = (piece * 32_767)[:32_767]
    begun = time.process_time()
    assert nip.check(text)[0] is None
    assert parsed([text], column("status")) == [None]
    assert time.process_time() - begun < 2


def test_a_remark_changes_no_other_word() -> None:
    assert parsed(["PPPK (paruh waktu)"], column("employment_type", "employees")) == [None]


@pytest.mark.parametrize(
    "month", ["2026-03", "2026-03-31", "3/2026", "Maret 2026", "Bulan Maret 2026", "Mar-26", "31/03/2026"]
)
def test_a_month_is_its_first_day(month: str) -> None:
    assert parsed([month, "2026-13", "13/2026", "Marut 2026", "0026-03"], column("month", "projects")) == [
        dt.date(2026, 3, 1),
        *[None] * 4,
    ]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("Triwulan III 2026", "2026-07-01", "2026-09-30"), ("TW. 1 Tahun 2024", "2024-01-01", "2024-03-31"),
        ("Semester 2 Tahun Anggaran 2026", "2026-07-01", "2026-12-31"), ("Tahun 2026", "2026-01-01", "2026-12-31"),
        ("Januari s.d. Februari 2024", "2024-01-01", "2024-02-29"), ("Des 2025 - Mar 2026", "2025-12-01", "2026-03-31"),
        ("Periode: Oktober 2026", "2026-10-01", "2026-10-31"), ("1 Juli s.d. 30 September 2026", "2026-07-01", "2026-09-30"),
    ],
)  # fmt: skip
def test_a_period_may_be_named(period: str, first: str, last: str) -> None:
    for name, day in (("period_start", first), ("period_end", last)):
        assert parsed([period], column(name, "performance")) == [dt.date.fromisoformat(day)]
    assert parsed([period], column("start_date", "classes")) == [dt.date(2026, 7, 1) if "1 Juli" in period else None]


def test_the_group_of_a_position_may_be_told_by_its_echelon_or_level() -> None:
    said = [
        "Eselon II.b",
        "eselon III a",
        "Pengawas (Eselon IV.a)",
        "JFU",
        "Fungsional Ahli Muda",
        "JF Terampil",
        "Eselon VI",
        "Fungsional",
    ]
    groups = ["jpt", "administrator", "pengawas", "pelaksana", "jf_keahlian", "jf_keterampilan", None, None]
    assert parsed(said, column("position_group", "employees")) == groups


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("jpt", "Jabatan Pimpinan Tinggi Pratama|Pimpinan Tinggi|JPT Pratama (Eselon II.b)|Es. II.b"),
        ("administrator", "Jabatan Administrator|Eselon III/a|Es. III"),
        ("pengawas", "Pejabat Pengawas|Esl. IV/a"),
        ("pelaksana", "Fungsional Umum|Jabatan Fungsional Umum|Fungsional Umum (JFU)|Staff|Jabatan Pelaksana"),
        ("jf_keahlian", "Fungsional Keahlian|JFT Ahli Muda|Jabatan Fungsional Tertentu Ahli Madya"),
        ("jf_keterampilan", "Jabatan Fungsional Keterampilan|Fungsional Tertentu Terampil"),
    ],
)
def test_the_group_of_a_position_has_older_and_longer_names(group: str, words: str) -> None:
    said = words.split("|")
    assert parsed(said, column("position_group", "employees")) == [group] * len(said)


def test_a_word_that_covers_several_groups_is_refused_as_such() -> None:
    said = pl.Series(
        ["Struktural", "Jabatan Struktural", "Fungsional Tertentu (JFT)", "Jabatan Administrasi", "Direksi"]
    )
    found, codes = Reader().parse(said, column("position_group", "employees"))
    assert found.to_list() == [None] * 5
    assert codes == dict.fromkeys(said.to_list()[:4], "TOO_BROAD") | {"Direksi": "NOT_ALLOWED"}


def test_a_number_in_a_row_of_such_may_be_called_what_it_counts() -> None:
    texts = ["2", "Sesi 2", "Pertemuan ke-2", "ke 2", "II", "Sesi II", "x", "Hari 2", "Sesi IIX"]
    assert parsed(texts, column("session_no", "sessions")) == [2] * 6 + [None] * 3
    assert parsed(["Angkatan IV", "Gelombang 4"], column("batch_no", "classes")) == [4, 4]
    assert parsed(["3 JP", "3 jam pelajaran", "2,5 JP", "3 jam"], column("jp", "sessions")) == [3.0, 3.0, 2.5, None]


@pytest.mark.parametrize(
    "text",
    [
        "Triwulan V 2026",
        "Semester III 2026",
        "Triwulan III",
        "Desember - Maret",
        "Triwulan IV dan I 2026",
        "Maret",
        "26",
    ],
)
def test_what_names_no_period_is_refused(text: str) -> None:
    assert parsed([text], column("period_end", "performance")) == [None]


def test_numbers_take_a_decimal_comma_and_refuse_the_rest() -> None:
    numbers = ["87.5", "87,5", "1.234,5", "nan", "inf", "12 %", "-3"]
    assert parsed(numbers, column("score", "assessments")) == [87.5, 87.5, 1234.5, None, None, None, -3.0]


def test_people_have_no_thousandths() -> None:
    """1.250 was in doubt; 1.000 may be a one with zeros."""
    assert parsed(["1.250", "1,250 orang", "1.000"], column("planned_participants", "classes")) == [1250, 1250, None]  # fmt: skip
    assert parsed(["1.250"], column("session_no")) == [None]


@given(st.integers(-(2**62), 2**62))
def test_whole_numbers_survive_text(number: int) -> None:
    assert parsed([str(number), f"{number}.0"], column("session_no")) == [number, number]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_any_date_survives_each_way_of_writing(date: dt.date) -> None:
    texts = [f"{date:%Y-%m-%d}", f"{date:%d/%m/%Y}", f"{date:%d-%m-%Y}"]
    assert parsed(texts, column("session_date", "sessions")) == [date] * 3
