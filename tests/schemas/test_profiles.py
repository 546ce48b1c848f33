"""Profiles: what a profile file may say, and how a flaw of one is told."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.profiles import (
    NAMES,
    SHIPPED,
    VOCABULARY,
    Layout,
    LayoutEntry,
    Profile,
    Target,
    load,
    profiles,
    shipped_profiles,
    vocabulary,
)
from schemas.written import Flaw, Flawed

HEAD = "id_scheme: nip\nlayouts:\n  - header: [NIP Peserta, Kelas, Sesi, Status]\n"
TARGET = """\
    targets:
      attendance:
        select:
          class_id: Kelas
          employee_id: '"NIP Peserta"'
          session_no: Sesi
          status: Status
"""
SOUND = HEAD + TARGET


def flaws(folder: Path, text: str) -> tuple[Flaw, ...]:
    path = folder / "mine.yaml"
    path.write_text(text)
    with pytest.raises(Flawed) as caught:
        load(path)
    assert all(flaw.file == "profiles/mine.yaml" for flaw in caught.value.flaws)
    return caught.value.flaws


def test_a_sound_profile_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SOUND)
    [layout] = load(tmp_path / "mine.yaml")
    assert (layout.profile, layout.id_scheme, layout.dates, layout.missing) == ("mine", "nip", "dmy", ())
    assert layout.targets["attendance"].select["session_no"] == "Sesi"


@pytest.mark.parametrize(
    ("text", "line", "key", "seen", "nearest"),
    [
        (SOUND.replace("nip", "NIP"), 1, "id_scheme", "NIP", "nip"),
        (SOUND.replace("nip", "nipp"), 1, "id_scheme", "nipp", "nip"),
        (f"dates: ymd\n{SOUND}", 1, "dates", "ymd", "mdy"),
        (f"{HEAD}    dates: dmyy\n{TARGET}", 4, "layouts[0].dates", "dmyy", "dmy"),
        (f"mising: ['x']\n{SOUND}", 1, "mising", "unknown entry", "missing"),
        (f"{HEAD}    alias: {{Kls: Kelas}}\n{TARGET}", 4, "layouts[0].alias", "unknown entry", "aliases"),
        (f"{SOUND}        were: \"Kelas = '1'\"\n", 11, "layouts[0].targets.attendance.were", "unknown entry", "where"),
        (f"codebook: {{scal: [1, 4], words: {{}}, scale: [1, 4]}}\n{SOUND}", 1, "codebook.scal", "unknown entry", "scale"),
        (f"{HEAD}    lookup: {{file: a.csv, buy: x, by: Kelas}}\n{TARGET}", 4, "layouts[0].lookup.buy", "unknown entry", "by"),
        (SOUND.replace("attendance", "attendence"), 5, "layouts[0].targets.attendence", "no source", "attendance"),
        (SOUND.replace("status:", "statuss:"), 10, "layouts[0].targets.attendance.select.statuss",
         "no column of attendance", "status"),
        (SOUND.replace("          employee_id: '\"NIP Peserta\"'\n", ""), 6,
         "layouts[0].targets.attendance.select.employee_id", "not there", ""),
        (f"extends: google_frm_4\n{SOUND}", 1, "extends", "google_frm_4", "google_form_4"),
        (f"codebook: {{scale: [1, 4], words: {{Setuju: 5}}}}\n{SOUND}", 1, "codebook.words.Setuju", "5", ""),
        (f"codebook: {{scale: [4, 1], words: {{Setuju: 3}}}}\n{SOUND}", 1, "codebook.scale", "4 to 1", ""),
        (f"codebook: {{scale: [1, 4], words: {{Setuju: yes}}}}\n{SOUND}", 1, "codebook.words.Setuju", "yes", ""),
        (f"{SOUND}        unpivot:\n          '/Hari (/': {{}}\n", 12, "layouts[0].targets.attendance.unpivot./Hari (/",
         "no pattern: missing ), unterminated subpattern at position 5", ""),
        (f"{SOUND}        unpivot:\n          '/Hari': {{}}\n", 12, "layouts[0].targets.attendance.unpivot./Hari",
         "no pattern: it begins with a slash and does not end with one", ""),
        (f"{SOUND}        unpivot:\n          Hari: {{country: NO}}\n", 12,
         "layouts[0].targets.attendance.unpivot.Hari.country", "NO", ""),
        (f"country: NO\n{SOUND}", 1, "country", "unknown entry", ""),
        (f"{SOUND}        without: '/{{{{mont}}}}/'\n", 11, "layouts[0].targets.attendance.without", "{{mont}}", "month"),
        (f"{SOUND}        query: select 1\n", 6, "layouts[0].targets.attendance.select", "beside a query", ""),
        (SOUND.replace("Sesi, Status]", "No, Status]"), 3, "layouts[0].header[2]", "No", ""),
        (SOUND.replace("Sesi, Status]", "kelas., Status]"), 3, "layouts[0].header[2]", "the same heading as 'Kelas'", ""),
        (SOUND.replace("[NIP Peserta, Kelas, Sesi, Status]", "[]"), 3, "layouts[0].header", "a list", ""),
        (f"{HEAD}    facts: {{kelas: []}}\n{TARGET}", 4, "layouts[0].facts.kelas", "a list", ""),
        (f"{HEAD}    facts: {{kelas: Kode Kelas}}\n{TARGET}", 4, "layouts[0].facts.kelas", "Kode Kelas", ""),
        (f"{HEAD}    lookup: {{file: ../a.csv, by: Kelas}}\n{TARGET}", 4, "layouts[0].lookup.file", "../a.csv", ""),
        ("layouts:\n  - targets: {}\n", 2, "layouts[0].header", "not there", ""),
        ("id_scheme: nip\n", 1, "layouts", "not there", ""),
        ("", 0, "layouts", "not there", ""),
        ("- a\n", 1, "", "a list", ""),
    ],
)  # fmt: skip
def test_a_flaw_of_a_profile_names_line_key_value_and_the_nearest_name(
    tmp_path: Path, text: str, line: int, key: str, seen: str, nearest: str
) -> None:
    [flaw] = flaws(tmp_path, text)
    assert (flaw.line, flaw.key, flaw.seen, flaw.nearest) == (line, key, seen, nearest), str(flaw)


def test_words_of_the_vocabulary_stand_in_patterns_and_expressions(tmp_path: Path) -> None:
    more = "        unpivot:\n          '/(?P<bulan>{{month}})/': {}\n        without: '/{{beside_a_test}}/'\n"
    (tmp_path / "mine.yaml").write_text(SOUND + more)
    [layout] = load(tmp_path / "mine.yaml")
    target = layout.targets["attendance"]
    assert [name for name, _ in target.value_columns(["Januari", "Pebruari", "Agt", "Pre Test Durasi"])] == [
        "Januari",
        "Pebruari",
        "Agt",
    ]
    assert "{{" not in str(target.without)


def test_every_word_of_the_vocabulary_is_a_pattern_that_some_profile_uses() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*SHIPPED.glob("*.yaml"), VOCABULARY)]
    for name, pattern in vocabulary().items():
        re.compile(pattern)
        assert any(f"{{{{{name}}}}}" in text for text in texts), name


def test_a_bare_no_is_named_with_its_mend(tmp_path: Path) -> None:
    [flaw] = flaws(tmp_path, f"{SOUND}        unpivot:\n          Hari: {{country: NO}}\n")
    assert flaw.mend == "Put quotes around it: 'NO'. Bare, YAML reads it as a truth value."


def test_a_draft_that_is_not_filled_in_is_no_profile(tmp_path: Path) -> None:
    [flaw] = flaws(tmp_path, SOUND.replace("class_id: Kelas", "class_id: \"'TODO'\"  # Kode kelas"))
    assert (flaw.line, flaw.key) == (7, "layouts[0].targets.attendance.select.class_id")
    assert "TODO not filled in" in flaw.seen


def test_a_column_with_a_word_for_its_empty_cell_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SOUND.replace("          status: Status\n", ""))
    assert load(tmp_path / "mine.yaml")


def test_a_shipped_profile_is_extended_over_several_steps(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: google_form_5\nid_scheme: nip\n")
    layout = load(tmp_path / "mine.yaml")[0]
    assert (layout.profile, layout.id_scheme, layout.codebook.scale if layout.codebook else ()) == (
        "mine",
        "nip",
        (1, 5),
    )
    assert layout.targets == shipped_profiles()["google_form_4"][0].targets


FULL: dict[str, Any] = {
    "id_scheme": "opaque",
    "missing": ["?", "kosong"],
    "codebook": {"scale": [1, 4], "words": {"Setuju": 3}},
    "dates": "mdy",
    "layouts": [
        {
            "header": ["NIP", "Kelas"],
            "aliases": {"Kode Kelas": "Kelas"},
            "optional": ["Sesi"],
            "facts": {"unit": ["OPD"]},
            "lookup": {"file": "kelas.csv", "by": "Kelas"},
            "targets": {
                "attendance": {
                    "where": "NIP <> ''",
                    "unpivot": {"Hari 1": {"ke": "1"}},
                    "select": {"class_id": "Kelas", "employee_id": "NIP", "session_no": "ke", "status": "value"},
                }
            },
        }
    ],
}
CLOSED: list[tuple[str | int, ...]] = [
    (), ("codebook",), ("layouts", 0), ("layouts", 0, "lookup"), ("layouts", 0, "targets", "attendance"),
]  # fmt: skip
"""Where a profile's entries have fixed names."""


@settings(deadline=None, max_examples=60)
@given(place=st.sampled_from(CLOSED), name=st.from_regex(r"zz[a-z_]{1,12}", fullmatch=True))
def test_any_unknown_entry_anywhere_is_a_flaw_with_its_name_and_line(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str | int, ...], name: str
) -> None:
    changed = copy.deepcopy(FULL)
    inside: Any = changed
    for step in place:
        inside = inside[step]
    inside[name] = "x"
    text = yaml.safe_dump(changed, sort_keys=False)
    [flaw] = flaws(tmp_path_factory.mktemp("profile"), text)
    assert flaw.key.rsplit(".", 1)[-1] == name
    assert text.splitlines()[flaw.line - 1].strip() == f"{name}: x"


def test_the_full_profile_is_sound(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(FULL))
    assert load(tmp_path / "mine.yaml")


CHANGES: dict[str, Any] = {
    "id_scheme": "nip", "missing": ["?"], "codebook": {"scale": [1, 5], "words": {"Setuju": 3}}, "dates": "dmy",
}  # fmt: skip
LAYOUT_CHANGES: dict[str, Any] = {
    "header": ["NIP", "Kelas", "Ket"], "aliases": {}, "optional": [], "facts": {}, "lookup": None, "dates": "proven",
    "codebook": {"scale": [1, 4], "words": {"Setuju": 4}}, "targets": {},
}  # fmt: skip


def layout(data: dict[str, Any]) -> Layout:
    return Profile.model_validate(data).named("mine")[0]


def test_whatever_a_profile_may_say_changes_its_signature() -> None:
    """The signature goes into the fingerprint of every month that the profile reads."""
    assert CHANGES.keys() | {"extends", "layouts"} == Profile.model_fields.keys()
    assert LAYOUT_CHANGES.keys() | {"profile", "missing", "id_scheme"} == Layout.model_fields.keys()
    signatures = [layout(FULL).signature]
    signatures += [layout(FULL | {name: value}).signature for name, value in CHANGES.items()]
    signatures += [
        layout(FULL | {"layouts": [FULL["layouts"][0] | {name: value}]}).signature
        for name, value in LAYOUT_CHANGES.items()
    ]
    assert len(set(signatures)) == len(signatures)
    assert layout(copy.deepcopy(FULL)).signature == signatures[0]


def test_a_broken_profile_stands_in_no_other_s_way(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(SOUND.replace("nip", "nipp"))
    (tmp_path / "fine.yaml").write_text(SOUND)
    (tmp_path / "other.yml").write_text(SOUND)
    known = profiles(tmp_path)
    assert set(known.layouts) == {*shipped_profiles(), "fine"}
    assert {name: [flaw.key for flaw in flaws] for name, flaws in known.broken.items()} == {
        "broken": ["id_scheme"], "other": [""]
    }  # fmt: skip
    assert known.replaced == {}


def test_a_broken_profile_that_replaces_a_shipped_one_puts_neither_in_force(tmp_path: Path) -> None:
    (tmp_path / "skm.yaml").write_text("layouts: []")
    known = profiles(tmp_path)
    assert "skm" not in known.layouts
    assert known.replaced == {"skm": shipped_profiles()["skm"]}


def test_a_mended_profile_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SOUND.replace("nip", "nipp"))
    assert set(profiles(tmp_path).broken) == {"mine"}
    path.write_text(SOUND)
    assert (profiles(tmp_path).broken, "mine" in profiles(tmp_path).layouts) == ({}, True)


def test_a_stray_file_of_another_ending_leaves_the_profile_of_its_name_in_force(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SOUND)
    (tmp_path / "mine.yml").write_text(SOUND)
    known = profiles(tmp_path)
    assert "mine" in known.layouts
    assert list(known.broken) == ["mine.yml"]


EDITORS = json.loads(
    (Path(__file__).parents[2] / "docs" / "schemas" / "profile.schema.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", NAMES)
def test_an_editor_finds_nothing_wrong_with_a_shipped_profile(name: str) -> None:
    text = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(text, EDITORS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("id_scheme: nip", "id_scheme: nipp"),
        ("header:", "heading:"),
        ("attendance:", "attendence:"),
        ("status:", "statuss:"),
        ("select:", "selekt:"),
    ],
)
def test_an_editor_marks_what_the_reader_would_refuse(old: str, new: str) -> None:
    jsonschema.validate(yaml.safe_load(SOUND), EDITORS)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(SOUND.replace(old, new)), EDITORS)


def test_every_entry_of_a_profile_is_explained() -> None:
    text = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
    table = text.split("What a profile may say")[1].split("Beside the file's columns")[0]
    explained = set(re.findall(r"`(\w+)`", table))
    for model in (Profile, LayoutEntry, Target):
        assert set(model.model_fields) <= explained, model
