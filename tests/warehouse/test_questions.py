"""Questions of a form whose answers are no scores of what they begin with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.profiles import shipped_profiles
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import book, staged_rows, workbook

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
TOLD = "asks the other way round, or about something else: not read"


@pytest.mark.parametrize("profile", ["google_form_4", "google_form_5", "survey_export_4", "survey_export_5"])
@pytest.mark.parametrize(
    ("question", "is_read"),
    [
        ("Materi [Materi sulit dipahami]", False),
        ("Materi terlalu teoritis", False),
        ("Metode kurang bervariasi", False),
        ("Sarana tidak memadai", False),
        ("Materi Kejelasan [Kepentingan]", False),
        ("Materi [Pemahaman sebelum pelatihan]", False),
        ("Keseluruhan (skala 0 - 10)", False),
        ("Materi tidak sulit dipahami", True),
        ("Materi tidak terlalu sulit", True),
        ("Metode [Tidak membosankan]", True),
        ("Narasumber [Mampu menjelaskan hal yang sulit]", True),
        ("Panitia tanggap terhadap kesulitan peserta", True),
        ("Panitia memberi informasi sebelum pelatihan", True),
        ("Materi [Sesuai harapan]", True),
    ],
)
def test_a_question_is_read_unless_it_is_asked_the_other_way_round_or_about_something_else(
    profile: str, question: str, is_read: bool
) -> None:
    target = next(layout for layout in shipped_profiles()[profile] if layout.targets).targets["survey_responses"]
    assert [name for name, _ in target.value_columns([question])] == [question] * is_read
    assert target.left_out([question]) == [question] * (not is_read)


def test_what_is_asked_the_other_way_round_is_told_and_not_read(store: Store, deliver: Deliver, read: Read) -> None:
    """Whoever found nothing difficult had been dissatisfied with the material."""
    header = ("Cap waktu", "Kode Kelas", "Materi [Kejelasan]", "Materi [Materi sulit dipahami]")
    rows = [(f"1{day}/01/2026 15:01:02", "TS-2026-01-001", 4, 1) for day in range(3, 6)]
    deliver("google_form_4/2026-01/a.xlsx", book(header, *rows))
    report = read()["google_form_4/2026-01/a.xlsx"]
    assert report.drift == f"column 4 {TOLD}"
    assert staged_rows(store, "survey_responses").get_column("item_code").to_list() == ["Kejelasan"] * 3


def test_every_layout_of_forms_leaves_out_the_same_questions() -> None:
    """The pattern stands in the profile of each kind of form."""
    layouts = [
        layout for name in ("google_form_4", "google_form_5", "survey_export_4", "survey_export_5")
        for layout in shipped_profiles()[name]
    ]  # fmt: skip
    patterns = {
        layout.targets["survey_responses"].without for layout in layouts if "survey_responses" in layout.targets
    }
    assert len(patterns) == 1
    assert patterns != {None}


ASKED = [
    ("1. Kualitas materi pelatihan", "MATERI"),
    ("Kelengkapan dan kejelasan modul", "MATERI"),
    ("Kemampuan narasumber menyampaikan materi", "NARASUMBER"),
    ("Penguasaan materi oleh narasumber", "NARASUMBER"),
    ("Kejelasan penyampaian materi", "NARASUMBER"),
    ("Bagaimana penilaian Anda terhadap metode pembelajaran?", "METODE"),
    ("Pelayanan panitia", "PENYELENGGARA"),
    ("Kebersihan ruangan", "SARPRAS"),
    ("Tingkat manfaat pelatihan", "MANFAAT"),
    ("Materi", "MATERI"),
    ("Metode pelatihan", "METODE"),
    ("Sarana dan prasarana", "SARPRAS"),
    ("Fasilitator [Penguasaan materi]", "NARASUMBER"),
    ("Fasilitas [Kebersihan]", "SARPRAS"),
    ("Kemampuan narasumber menjelaskan materi", "NARASUMBER"),
    ("Kelengkapan sarana dan prasarana", "SARPRAS"),
    ("Materi dijelaskan dengan baik", "MATERI"),
    ("Seberapa puas Anda terhadap materi?", "MATERI"),
    ("Seberapa puaskah Saudara dengan kemampuan narasumber?", "NARASUMBER"),
    ("Tingkat kepuasan Anda terhadap panitia", "PENYELENGGARA"),
    ("Siapa narasumber terbaik?", None),
    ("Jelaskan kekurangan materi", None),
    ("Seberapa puas Anda?", None),
    ("Sarannya untuk materi", None),
    ("Materi yang disampaikan jelas", "MATERI"),
    ("Saran untuk panitia", None),
    ("Apa manfaat materi?", None),
    ("Ketepatan waktu", None),
]


@pytest.mark.parametrize("profile", ["google_form_4", "survey_export_5"])
@pytest.mark.parametrize(("question", "aspect"), ASKED)
def test_what_a_question_is_about_may_stand_behind_what_is_asked_of_it(
    profile: str, question: str, aspect: str | None
) -> None:
    target = next(layout for layout in shipped_profiles()[profile] if layout.targets).targets["survey_responses"]
    assert [more["aspek"] for _, more in target.value_columns([question])] == [aspect] * (aspect is not None)


def test_a_column_that_is_called_after_an_aspect_is_a_question_where_it_holds_scores(
    store: Store, deliver: Deliver, read: Read
) -> None:
    header = ("Cap waktu", "Kode Kelas", "Materi", "Narasumber", "Metode", "Ketepatan waktu", "Masa kerja")
    rows = [(f"1{day}/01/2026 15:01:02", "TS-2026-01-001", "Pembukaan", "Dr. A", 4, 3, 2) for day in range(3, 6)]
    deliver("google_form_4/2026-01/a.xlsx", book(header, *rows))
    report = read()["google_form_4/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted) == (3, 3)
    assert report.drift == "column 6 holds answers to a question that is not known: not read"


def test_several_narasumber_whom_nobody_names_are_judged_each(store: Store, deliver: Deliver, read: Read) -> None:
    """Their answers contradicted each other."""
    header = ("Cap waktu", "Kode Kelas", "Narasumber 1 - Penguasaan materi", "Narasumber 2 - Penguasaan materi")
    deliver("google_form_4/2026-01/a.xlsx", book(header, ("13/01/2026 15:01:02", "TS-2026-01-001", 4, 2)))
    read()
    assert staged_rows(store, "survey_responses").select("item_code", "score").rows() == [
        ("Narasumber 1: Penguasaan materi", 4.0),
        ("Narasumber 2: Penguasaan materi", 2.0),
    ]


def test_forms_on_paper_may_be_a_list(store: Store, deliver: Deliver, read: Read) -> None:
    rows = [
        ("Kode Kelas : TS-2026-01-001",),
        ("No", "Nama", "Materi", "Narasumber", "Metode"),
        (1, "Budi", 4, 3, 2),
        (2, "", "Sangat Baik", "Baik", "Kurang"),
        ("", "Rata-rata", 4, 3, 2),
    ]
    deliver("survey_export_4/2026-01/a.xlsx", book(*rows))
    report = read()["survey_export_4/2026-01/a.xlsx"]
    assert (report.n_read, report.n_accepted) == (6, 6)
    assert staged_rows(store, "survey_responses").select("aspect", "score").unique().sort("aspect").rows() == [
        ("MATERI", 4.0),
        ("METODE", 2.0),
        ("NARASUMBER", 3.0),
    ]


@pytest.mark.parametrize("question", ["Metode lain yang diusulkan", "Materi yang paling menarik", "Materi yang perlu ditambahkan"])  # fmt: skip
def test_a_question_that_wants_words_is_none_of_a_form_s_scores(question: str) -> None:
    """Each answer was refused."""
    target = shipped_profiles()["google_form_4"][0].targets["survey_responses"]
    assert target.value_columns([question, "Materi yang disampaikan jelas"])[0][0] == "Materi yang disampaikan jelas"


@pytest.mark.parametrize(
    ("question", "of"),
    [
        ("Narasumber [NS-01]", "NS-01"),
        ("Penilaian narasumber [NS-01 - Dr. Andi]", "NS-01"),
        ("Bagaimana penilaian Anda terhadap narasumber berikut? [Budi, M.Si]", "Budi, M.Si"),
        ("Narasumber [Penguasaan materi]", "Dr. Andi"),
    ],
)
def test_the_rows_of_a_grid_may_be_those_who_taught(
    store: Store, deliver: Deliver, read: Read, question: str, of: str
) -> None:
    """Their grades were those of the one whom the form names, or nobody's."""
    header = ("Cap waktu", "Kode Kelas", "Nama Narasumber", question)
    deliver("google_form_4/2026-01/a.xlsx", book(header, ("12/01/2026 9:15:32", "TS-2026-01-001", "Dr. Andi", 3)))
    read()
    assert staged_rows(store, "survey_responses").select("instructor_id", "score").rows() == [(of, 3.0)]


@pytest.mark.parametrize("heading", ["Kode Kelas", "Kode Angkatan"])
def test_forms_on_paper_may_be_of_several_classes(store: Store, deliver: Deliver, read: Read, heading: str) -> None:
    header = ("No", heading, "Materi", "Metode")
    rows = [(1, "TS-2026-01-001", 4, 3), (2, "TS-2026-01-002", 3, 3)]
    deliver("survey_export_4/2026-01/a.xlsx", book(header, *rows))
    read()
    assert staged_rows(store, "survey_responses").get_column("class_id").n_unique() == 2


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("Bagaimana penilaian Anda terhadap aspek berikut? [Materi pelatihan]", "MATERI"),
        ("Bagaimana penilaian Anda terhadap aspek berikut? [2. Kualitas narasumber]", "NARASUMBER"),
        ("Berikan penilaian [Metode pembelajaran]", "METODE"),
        ("Tingkat kepuasan Anda [Panitia]", "PENYELENGGARA"),
        ("Tingkat kepuasan Anda [Sarana dan prasarana]", "SARPRAS"),
        ("Pernyataan berikut [Manfaat bagi pekerjaan]", "MANFAAT"),
        ("Penilaian terhadap Narasumber [Materi yang disampaikan]", "NARASUMBER"),
        ("Kepuasan atas fasilitas [Materi cetak]", "SARPRAS"),
        ("Tingkat kepentingan aspek, menurut penilaian Anda [Materi]", None),
        ("Penilaian sebelum pelatihan [Materi]", None),
        ("Apa yang perlu diperbaiki? [Materi]", None),
        ("Bagaimana penilaian Anda? [Parkir]", None),
        ("Narasumber - penyampaian (1-5)", "NARASUMBER"),
    ],
)
def test_rows_of_a_grid_may_be_about_something_each(question: str, aspect: str | None) -> None:
    target = next(layout for layout in shipped_profiles()["google_form_5"] if layout.targets).targets[
        "survey_responses"
    ]
    assert [more["aspek"] for _, more in target.value_columns([question])] == [aspect] * (aspect is not None)


@pytest.mark.parametrize(
    ("answer", "score"),
    [("d. Sangat Setuju", "4"), ("A) Sangat Tidak Setuju", "1"), ("d.", "d."), ("e. entah", "e. entah"), ("S.", "3")],
)
def test_the_letter_of_a_choice_stands_before_its_words(answer: str, score: str) -> None:
    codebook = next(layout.codebook for layout in shipped_profiles()["survey_export_4"] if layout.codebook)
    assert codebook.read(answer) == score


@pytest.mark.parametrize(
    ("question", "is_read"),
    [
        ("Materi Harapan", False),
        ("Materi kejelasan Tingkat Kepentingan", False),
        ("Materi sesuai harapan", True),
        ("Metode melebihi ekspektasi", True),
    ],
)
def test_what_people_expect_is_no_grade_below_an_aspect_of_its_own_either(question: str, is_read: bool) -> None:
    target = next(layout for layout in shipped_profiles()["survey_export_5"] if layout.targets).targets[
        "survey_responses"
    ]
    assert bool(target.value_columns([question])) is is_read
    assert target.left_out([question]) == [question] * (not is_read)


PAPER = [("No", "Materi", "Narasumber Penguasaan"), (1, 4, 5), (2, 3, 4)]


@pytest.mark.parametrize(
    ("sheets", "found"),
    [
        ({"Data": [("Narasumber : NS-001 (Dr. Andi)",)]}, ["NS-001"] * 2),
        ({"Data": [("Nama Narasumber : Dr. Andi",)]}, ["Dr. Andi"] * 2),
        ({"Data": [("EVALUASI NARASUMBER NS-001",)]}, ["NS-001"] * 2),
        ({"Narasumber NS-001": [], "Narasumber NS-002": []}, ["NS-001", "NS-001", "NS-002", "NS-002"]),
        ({"Data": [("EVALUASI NARASUMBER TS-2026-01-001",)]}, [None] * 2),
    ],
    ids=["a line of a code", "a line of a name", "a title", "sheets", "a class"],
)
@pytest.mark.parametrize("profile", ["survey_export_5", "google_form_5"])
def test_whom_forms_judge_may_stand_above_them(
    store: Store,
    deliver: Deliver,
    read: Read,
    profile: str,
    sheets: dict[str, list[tuple[str]]],
    found: list[str | None],
) -> None:
    """Their grades had been nobody's."""
    made = {}
    for hour, (sheet, above) in enumerate(sheets.items(), start=10):
        form = PAPER if profile == "survey_export_5" else [
            ("Cap waktu", *PAPER[0][1:]), *((f"14/01/2026 {hour}:0{nth}:22", *cells) for nth, *cells in PAPER[1:]),
        ]  # fmt: skip
        made[sheet] = [("Kode Kelas : TS-2026-01-001",), *above, *form]
    deliver(f"{profile}/2026-01/a.xlsx", workbook(made))
    read()
    answers = staged_rows(store, "survey_responses")
    assert answers.filter(answers["aspect"] == "NARASUMBER").get_column("instructor_id").to_list() == found
    assert answers.filter(answers["aspect"] != "NARASUMBER").get_column("instructor_id").null_count() == len(found)


@pytest.mark.parametrize("profile", ["google_form_4", "survey_export_4"])
@pytest.mark.parametrize(
    ("question", "whom"),
    [
        ("Narasumber Dr. Andi Wijaya, M.Si.", "Dr. Andi Wijaya, M.Si."),
        ("Narasumber: Rina Sari, S.E., M.M.", "Rina Sari, S.E., M.M."),
        ("Narasumber menguasai materi, metode", None),
    ],
)
def test_a_question_may_be_called_after_whom_it_is_about(profile: str, question: str, whom: str | None) -> None:
    """Their grades had been nobody's."""
    target = next(layout for layout in shipped_profiles()[profile] if layout.targets).targets["survey_responses"]
    assert [more.get("narasumber") for _, more in target.value_columns([question])] == [whom]
