"""The language of the command line: everything that it can say is in the catalogue, and said in it where the setting asks for it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from babel.messages.pofile import read_po
from typer.testing import CliRunner, Result

from pipelines import cli, commands, progress, showing, speech
from pipelines.settings import Settings, SettingsError
from schemas.reasons import REASONS
from schemas.said import Count, said
from schemas.written import Flaw
from warehouse.auditing.integrity import RULES
from warehouse.store import Store

ROOT = Path(__file__).parents[2]
ROOMS = ("pipelines", "assets", "warehouse", "schemas")
WORD = re.compile(r"[^\W\d_]{2}")
ENGLISH = "{english}"
"""What is said beside Bahasa Indonesia, and left out where that alone is spoken."""
VALUE = re.compile(r"\{\w*(?=[:}])|%s")
"""A value; behind its colon stand the English words for one and for several, which are to be translated."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root, and Bahasa Indonesia."""
    monkeypatch.setenv("DIKLAT_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DIKLAT_LANGUAGE", "id")
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def flat(result: Result) -> str:
    """Its words, without the frames of a page of help."""
    return " ".join(result.output.replace("│", " ").split())


def loggers(tree: ast.AST) -> set[str]:
    """Names that a module has for the loggers whose records are shown."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "assets.common":
            names |= {name.name for name in node.names} & {"log", "progress", "steps"}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            logger = node.value.args[0]
            if isinstance(logger, ast.Constant) and logger.value in progress.LOGGERS:
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def phrases(code: str) -> Iterator[str]:
    """What a module can say: phrases of `_`, `said` and of those loggers. Fails on one that nobody could find in the code."""
    tree = ast.parse(code)
    shown = loggers(tree)
    texts = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, text = node.func, node.args[0]
        is_log = (
            isinstance(function, ast.Attribute)
            and function.attr in ("info", "warning")
            and isinstance(function.value, ast.Name)
            and function.value.id in shown
        )
        if not is_log and not (isinstance(function, ast.Name) and function.id in ("_", "said")):
            continue
        if isinstance(text, ast.Constant):
            yield text.value
        else:
            # What is not written here was made by `said` elsewhere.
            assert isinstance(text, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BoolOp), ast.unparse(node)
            assert not (isinstance(text, ast.Name) and text.id in texts), ast.unparse(node)


def helps(command: Any) -> Iterator[str]:
    """The texts of help pages."""
    yield from (part.help for part in (command, *command.params) if part.help)
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


def everything() -> set[str]:
    """All that the command line can say."""
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.parent.name != "words"]
    said_somewhere = {phrase for path in files for phrase in phrases(path.read_text(encoding="utf-8"))}
    typers_own = {*commands.PANELS.values(), commands.USAGE, commands.HELP, commands.OPTIONS, commands.COMMANDS}
    spoken = said_somewhere | set(helps(typer.main.get_command(cli.app))) | typers_own
    return {phrase for phrase in spoken if WORD.search(VALUE.sub("", phrase)) or ENGLISH in phrase}


def catalogue() -> dict[str, str]:
    with (speech.CATALOGUES / "id.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_everything_that_it_can_say_is_in_the_catalogue_and_nothing_else() -> None:
    assert everything() == catalogue().keys()


def test_a_phrase_that_nobody_translated_would_be_seen() -> None:
    planted = "log = logging.getLogger('diklat.run.steps')\nlog.warning('%s went', x)\nline(f'{_(\"New here\")}')\nsaid('a' 'b')"
    assert set(phrases(planted)) == {"%s went", "New here", "ab"}
    for hidden in ("_(f'{n} rows')", "said('a' if x else 'b')", "text = 'a'\n_(text)", "_('a %s' % b)"):
        with pytest.raises(AssertionError):
            list(phrases(hidden))


def test_every_translation_has_its_phrases_values_and_none_is_left_open() -> None:
    wrong = {
        phrase: text
        for phrase, text in catalogue().items()
        if sorted(VALUE.findall(phrase.replace(ENGLISH, ""))) != sorted(VALUE.findall(text)) or not text
    }
    assert wrong == {}


def test_no_phrase_is_as_it_was_in_english() -> None:
    """But for words that are the same in both."""
    same = {phrase for phrase, text in catalogue().items() if phrase == text}
    assert same == {"staging", "{n} MB"}


def test_a_warning_says_where_what_was_expected_what_it_means_and_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a file whose content is doubtful stands there with the doubt."""
    warning = {
        "audit": "integrity: known codes", "table_name": "staging.attendance", "column_name": "class_id",
        "expected": "codes that classes has", "actual": "1 rows of TS-2026-04-999 (attendance/2026-04/a.csv), 2 rows of X (attendance/2026-04/a.csv and 1 more), 9 codes more",
        **{name: getattr(RULES["integrity: known codes"], name) for name in ("meaning", "resolve")},
    }  # fmt: skip
    doubtful = {
        "folder": "follow_ups/2026-04",
        "file_name": "b.csv",
        "doubts": ["done_on lies after the month of delivery: 1 rows"],
    }
    facts = {
        "as_of": "2026-05-01", "changed": True, "sources": [{"source": "attendance", "files": 1, "n_read": 1, "n_accepted": 1,
        "n_refused": 0, "n_duplicate": 0}], "flags": [], "left_out": [{"mart": name, "n_rows": 4, "n_left_out": n} for name, n in (("reaction", 3), ("transfer", 0))], "refusals": [], "files_refused": [], "late": {}, "later": [],
        "warnings": [warning], "doubtful": [doubtful], "undone": {}, "hold": None, "build_id": "x", "warehouse": "x",
    }  # fmt: skip

    def told(language: str) -> str:
        with speech.speaking(language):
            showing.show_refresh(Store(home), facts)
        return capsys.readouterr().out

    english = told("en")
    assert (
        "Warning (integrity: known codes):\n"
        "       staging.attendance.class_id: expected codes that classes has, found 1 row of TS-2026-04-999 (attendance/2026-04/a.csv), "
        "2 rows of X (attendance/2026-04/a.csv and 1 more), 9 codes more\n"
        "       The rule: What is told of a class, a program, an office, a narasumber or a flag is of one that there is; rows of another count in none.\n"
        "       What to do: Look whether the code was mistyped, and whether the list was sent in which it stands.\n"
    ) in english
    assert "follow_ups/2026-04/b.csv\n       done_on lies after the month of delivery: 1 row\n" in english
    assert "Rows whose numbers are left out (small groups): reaction 3 of 4.\n" in english
    indonesian = told("id")
    assert (
        "diharapkan kode yang ada di classes, ditemukan 1 baris dari TS-2026-04-999 (attendance/2026-04/a.csv), 2 baris dari"
        in indonesian
    )
    assert "Periksa apakah kodenya salah ketik" in indonesian


def test_a_list_of_what_was_found_is_told_one_by_one() -> None:
    with speech.speaking("id"):
        assert (
            speech.kept("1 row of X (a.csv), 2 rows of Y (b.csv)") == "1 baris dari X (a.csv), 2 baris dari Y (b.csv)"
        )


def test_one_of_a_thing_is_said_as_one() -> None:
    text = said("{n:row/rows} of {m:file/files}", n=Count(1), m=Count(22_000))
    assert (text, speech._("{n:day/days}", n=Count(1))) == ("1 row of 22,000 files", "1 day")


def test_what_is_said_is_english_until_somebody_asks_for_another() -> None:
    text = said("{n} rows of {what}", n=Count(22_000), what=said("staging"))
    assert (text, json.dumps({"text": text})) == ("22,000 rows of staging", '{"text": "22,000 rows of staging"}')
    assert speech._(text) == text
    with speech.speaking("id"):
        assert speech._(said("{source} {n:row/rows}", source="a", n=Count(22_000))) == "a 22.000 baris"
        assert (speech.number(0.456, 2), speech.share(0.34)) == ("0,46", "34%")
        assert speech._(said("{n} unheard-of words", n=Count(22_000))) == "22.000 unheard-of words"
        assert speech._(said("{n:unheard-of word/unheard-of words}", n=Count(22_000))) == "22.000 unheard-of words"
    assert (speech.spoken(), speech.number(22_000), speech.share(0.34)) == ("en", "22,000", "34%")


def test_a_flaw_is_told_in_words_and_an_error_with_its_flaws() -> None:
    found = Flaw("policy.csv", 3, "value", said("nothing"), said("a number, as 0.30"), "share", said("Fill it in."))
    assert speech.flaw(found) == str(found)
    with speech.speaking("id"):
        assert speech.flaw(found) == (
            "policy.csv, baris 3, value: kosong; yang diizinkan: angka, misalnya 0.30. Maksud Anda share? Isilah."
        )


def test_status_and_versions_of_an_empty_root_in_bahasa_indonesia(home: Path) -> None:
    assert run("status").output == "Tidak ada kiriman yang menunggu.\nBelum ada yang terbit.\n"
    assert run("versions").output == "Belum ada yang terbit.\n"
    failed = run("rollback")
    assert (failed.exit_code, flat(failed)) == (1, "Tidak ada versi sebelumnya untuk dituju.")
    folder = home / "landing/attendance/2026-01"
    folder.mkdir(parents=True)
    (folder / "one.xlsx").write_text("no workbook")
    refused, published = run("status").output.splitlines()
    reason = REASONS["FILE_KIND"]
    assert refused.startswith(f"Ditolak: attendance/2026-01/one.xlsx: {reason.indonesian} ")
    assert refused.endswith(reason.mend)
    assert published.startswith("Belum ada yang terbit; yang seharusnya terbit lain")


def test_doctor_tells_its_findings_and_mends_in_bahasa_indonesia(home: Path) -> None:
    home.mkdir()
    (home / "policy.csv").write_text("policy,value,unit,owner,source,valid_from,version\nx,1,share,a,b,2026-01-01,1\n")
    told = flat(run("doctor"))
    for text in (
        "ruang kosong",
        "kunci nama samaran",
        "belum ada",
        "cara memperbaiki",
        "disisihkan",
        "policy.csv, baris",
    ):
        assert text in told


def test_machines_are_told_the_same_in_both_languages(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home.mkdir()
    file = tmp_path / "other.csv"
    file.write_text("class_id,b\n1,2\n")
    asked = (["status", "--json"], ["doctor", "--json"], ["inspect", str(file), "--json"])
    indonesian = [run(*command).stdout for command in asked]
    monkeypatch.setenv("DIKLAT_LANGUAGE", "en")

    def settled(text: str) -> str:
        return re.sub(r"[\d,]+ MB", "MB", text)

    assert [settled(run(*command).stdout) for command in asked] == [settled(text) for text in indonesian]


def test_pages_of_help_are_in_bahasa_indonesia_and_80_columns_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = flat(run("refresh", "--help"))
    for text in (
        "Pemakaian: root refresh [OPSI]",
        "Opsi",
        "Baca ulang setiap kiriman.",
        "Tampilkan bantuan ini",
        "[bawaan: 0]",
    ):
        assert text in page
    assert "Pemakaian" in run("nonsense").output
    assert "Perintah" in run("--help").output
    assert "Perbarui gudang data" in flat(run("--help"))
    english = set(helps(typer.main.get_command(cli.app)))
    for command in (["--help"], ["sample", "--help"], ["inspect", "--help"], ["national", "refresh", "--help"]):
        result = run(*command)
        assert max(map(len, result.output.splitlines())) <= 80
        assert not [text for text in english if text in flat(result)]
    monkeypatch.setenv("DIKLAT_LANGUAGE", "en")
    page = flat(run("refresh", "--help"))
    assert "Usage: root refresh [OPTIONS]" in page
    assert "Read every delivery again." in page
    assert "Options" in page


def test_a_language_that_there_is_not_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_LANGUAGE", "jv")
    result = run("status")
    assert (result.exit_code, flat(result)) == (2, "DIKLAT_LANGUAGE is 'jv'; allowed: 'en' or 'id'.")
    monkeypatch.setenv("DIKLAT_LANGUAGE", "id")
    monkeypatch.setenv("DIKLAT_NIGHTLY_CRON", "at one")
    result = run("status")
    assert result.exit_code == 2
    assert flat(result).startswith("DIKLAT_NIGHTLY_CRON berisi 'at one'; yang diizinkan: lima bagian jadwal cron")
    with pytest.raises(SettingsError, match="five fields"):
        Settings.read()


def test_nothing_is_loaded_for_english(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise AssertionError("a catalogue was read")

    monkeypatch.setattr("warehouse.words.language.Language", load)
    monkeypatch.setenv("DIKLAT_LANGUAGE", "en")
    assert run("versions").exit_code == 0
    monkeypatch.setenv("DIKLAT_LANGUAGE", "id")
    assert isinstance(run("versions").exception, AssertionError)


def test_what_was_seen_in_a_file_is_said_in_the_language_that_is_spoken() -> None:
    with speech.speaking("id"):
        assert "12.000 dari 22.000 baris ditolak." in showing.reason("HELD", "12,000 of 22,000 rows refused.")
        assert "ValueError: x." in showing.reason("PROGRAM_FAULT", "ValueError: x.")
    assert "12,000 of 22,000 rows refused." in showing.reason("HELD", "12,000 of 22,000 rows refused.")
