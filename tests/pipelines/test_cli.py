"""The command line's small commands; `refresh` is tested with the definitions it launches."""

from __future__ import annotations

import ast
import datetime as dt
import errno
import gc
import json
import multiprocessing
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
import typer.main
import yaml
from typer.testing import CliRunner, Result

from assets.common import STORE
from pipelines import cli, refresh, sampling, settings, showing, window
from pipelines.exit_code import ExitCode
from pipelines.progress import Progress
from schemas.city import OutsideCalendar
from warehouse.delivery.landing import scan
from warehouse.lock import one_window
from warehouse.publishing.version import point_at
from warehouse.store import Store

HEAD = "class_id,session_no,employee_id,status\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root."""
    monkeypatch.setenv("DIKLAT_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def test_bad_usage_is_exit_code_2() -> None:
    assert run("refresh", "--as-of", "yesterday").exit_code == 2
    assert run("refresh", "--as-of", "").exit_code == 2, "a variable of a script that is not set"
    assert run("nonsense").exit_code == 2
    assert run("inspect", "missing.csv").exit_code == 2


def test_a_day_outside_the_calendar_is_bad_usage(home: Path) -> None:
    """A mistyped year; published, it would keep every night from being published until then."""
    assert run("refresh", "--as-of", "20261101").exit_code == 2, "written as it is said, or a digit may be missing"
    for day in ("2062-11-29", "9999-12-31", "0001-01-01", "1999-12-31"):
        result = run("refresh", "--as-of", day)
        assert (result.exit_code, "2015-01-01 (first_month of city.yaml) to 2049-12-31" in result.stderr) == (
            2,
            True,
        ), day
    assert not home.exists(), "nothing was begun"


def test_a_clock_that_is_wrong_publishes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A battery that is empty, or a year that was mistyped: the version would hold back every night until then."""
    path = home / "landing/attendance/2026-01/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD)
    for clock in (dt.date(1970, 1, 1), dt.date(2014, 12, 31), dt.date(2062, 3, 3)):
        monkeypatch.setattr(refresh, "today", lambda city, clock=clock: clock)
        result = run("refresh")
        assert (result.exit_code, "machine's clock" in result.stderr) == (1, True), clock
        with pytest.raises(OutsideCalendar):
            refresh.run_tags(Store(home), clock)
    assert not (home / "published").exists()


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("refresh",), ("sample", "--employees", "200", "--months", "3"), ("hold", "rapat"), ("rollback",)],
)
def test_a_data_root_that_cannot_be_used_is_told_in_a_line(home: Path, arguments: tuple[str, ...]) -> None:
    """A file where the folder should be; another user's folder, or one on a disk that is read-only, gives such an error, too."""
    home.write_text("")
    result = run(*arguments)
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert result.exit_code == ExitCode.FAILED
    assert str(home) in result.stderr.replace("\n", "")


def test_a_target_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    result = run("template", "attendance", str(tmp_path / "a/b.xlsx"))
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert str(tmp_path / "a") in result.stderr.replace("\n", "")
    result = run("template", "attendance", "/proc/b.xlsx")
    assert "/proc/b.xlsx: No such file or directory." in result.stderr.replace("\n", ""), "the path that was asked for"


def test_a_city_too_small_for_what_is_planted_is_bad_usage(home: Path) -> None:
    assert run("sample", "--employees", "199", "--months", "3").exit_code == 2
    assert not home.exists(), "nothing was begun"
    assert run("sample", "--employees", "200", "--months", "3").exit_code == 0, "the least that is asked for"


def test_what_was_begun_is_done_though_nobody_reads_any_more(home: Path) -> None:
    """As with `diklat refresh | head -1`, or a terminal that is closed: a pipe whose reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    asked = [sys.executable, "-m", "diklat", "sample", "--employees", "200", "--months", "3"]
    try:
        ended = subprocess.run(asked, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (home / "truth.json").is_file()


def test_whoever_ends_a_sample_ends_who_writes_it_and_nothing_is_left(home: Path) -> None:
    """Another process writes it; by itself it would go on, and be waited for."""

    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Progress().shown() as progress:
        sampling.write_beside(Store(home), progress, **cli.SAMPLE, meanwhile=stopped)
    assert not multiprocessing.active_children()
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_a_disk_that_is_full_is_told_in_a_line_also_where_a_library_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polars says it by its words alone, without a number or a path."""

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device (os error 28)")

    monkeypatch.setattr(sampling, "write_beside", full)
    result = run("sample")
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert (result.exit_code, "The disk is full." in result.stderr) == (ExitCode.FAILED, True)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_what_a_service_manager_or_a_closed_terminal_sends_ends_a_command_like_ctrl_c(
    sent: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it began is put away; before, it was gone at once, and whom it had started went on."""
    before, ended = signal.getsignal(sent), []

    def write(*_: object, **__: object) -> None:
        try:
            os.kill(os.getpid(), sent)
        finally:
            ended.append("put away")

    # Where nothing stands in its way it would end the tests.
    signal.signal(sent, lambda *_: None)
    try:
        monkeypatch.setattr(sampling, "write_beside", write)
        assert run("sample").exit_code == 130
        assert ended == ["put away"]
        signal.signal(sent, signal.SIG_IGN)
        assert (run("sample").exit_code, len(ended)) == (0, 2), "as below nohup"
    finally:
        signal.signal(sent, before)


def test_the_sample_is_written_once_and_not_over_deliveries(home: Path) -> None:
    assert run("sample", "--employees", "300", "--months", "3").exit_code == 0
    assert (home / "truth.json").exists()
    assert run("sample", "--employees", "300", "--months", "3").exit_code == 2


def test_status_and_versions_of_an_empty_root() -> None:
    nothing = {"published": None, "changed": {}, "problems": [], "later": []}
    assert json.loads(run("status", "--json").stdout) == nothing
    assert json.loads(run("versions", "--json").stdout) == []
    assert run("rollback").exit_code == 1


def test_a_refresh_to_which_nothing_was_delivered_publishes_nothing_and_says_so(home: Path) -> None:
    result = run("refresh")
    assert (result.exit_code, "Nothing was delivered yet" in result.stdout) == (0, True)
    assert not (home / "published/current").exists()


def test_status_names_what_waits(home: Path) -> None:
    path = home / "landing/attendance/2026-01/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD)
    assert json.loads(run("status", "--json").stdout)["changed"] == {"attendance": ["2026-01"]}


def test_every_command_speaks_to_machines_but_the_one_that_lasts(home: Path, tmp_path: Path) -> None:
    program = typer.main.get_command(cli.app)
    commands = {name: command for name, command in program.commands.items() if not hasattr(command, "commands")}
    mute = {name for name, command in commands.items() if not any("--json" in one.opts for one in command.params)}
    assert mute == {"ui"}
    assert json.loads(run("hold", "rapat", "--json").stdout)["hold"]["reason"] == "rapat"
    assert json.loads(run("release", "--json").stdout)["released"]["reason"] == "rapat"
    assert json.loads(run("release", "--json").stdout) == {"released": None}
    blank = tmp_path / "hadir.xlsx"
    assert json.loads(run("template", "attendance", str(blank), "--json").stdout) == {"files": [str(blank)]}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [("hold", "rapat"), ("status", "--json"), ("--help",)])
def test_a_full_disk_behind_the_output_is_told_in_a_line(home: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "diklat", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        ["What was to be printed could not be written: no space is left there."],
    )
    assert (home / "hold.json").exists() == (arguments[0] == "hold"), "what was begun is done"


@pytest.mark.parametrize("arguments", [("hold", "rapat"), ("template", "attendance", "t.xlsx")])
def test_a_full_disk_is_told_in_a_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Whoever writes to it is told by the system without a path."""
    (home / "landing/attendance/2026-01").mkdir(parents=True)
    (home / "landing/attendance/2026-01/a.csv").write_text(HEAD)
    monkeypatch.chdir(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    monkeypatch.setattr(os, "replace", full)
    result = run(*arguments)
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert (result.exit_code, result.stderr.startswith("The disk is full.")) == (1, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="wants a file that takes nothing")
def test_a_workbook_for_which_there_is_no_room_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its archive is not closed a second time, with a traceback, by whoever clears away."""
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    (tmp_path / f".a.xlsx.{os.getpid()}.tmp").symlink_to("/dev/full")
    result = run("template", "attendance", str(tmp_path / "a.xlsx"))
    assert (result.exit_code, result.stderr.startswith("The disk is full.")) == (1, True)
    del result
    gc.collect()
    assert (told, list(tmp_path.iterdir())) == ([], [])


def test_who_only_looks_needs_not_write(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that is read-only, or full, the state is asked for most."""
    (home / "landing/attendance/2026-01").mkdir(parents=True)
    (home / "landing/attendance/2026-01/a.csv").write_text(HEAD)
    before = run("status").stdout
    assert "Waiting: attendance 2026-01" in before

    def closed(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    for name in ("mkdir", "chmod", "write_text", "replace"):
        monkeypatch.setattr(Path, name, closed)
    assert (run("status").stdout, run("versions").exit_code) == (before, 0)
    assert "data root" in run("doctor").stdout


@pytest.mark.parametrize("kind", ["csv", "zip"])
def test_a_file_that_there_is_no_room_to_look_into_waits(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (home / "landing/attendance/2026-01").mkdir(parents=True)
    path = home / f"landing/attendance/2026-01/a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", HEAD)
    else:
        path.write_text(HEAD)

    def full(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp', '/var/tmp']")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    result = run("status")
    assert (result.exit_code, "Waiting: attendance 2026-01" in result.stdout) == (0, True)


@pytest.mark.parametrize("alphabet", ["latin-1", "ascii", "utf-8"])
def test_what_an_alphabet_cannot_write_stops_nothing(tmp_path: Path, alphabet: str) -> None:
    """`LANG=id_ID` is Latin-1; a tick and a name of bytes are in no such alphabet. What is for machines stays whole."""
    home = tmp_path / "Kota Ñ ✓"
    environment = {"DIKLAT_HOME": os.fsdecode(os.fsencode(home) + b"\xff")}
    runner = CliRunner(charset=alphabet)
    assert "data root" in runner.invoke(cli.app, ["doctor"], env=environment).stdout
    told = runner.invoke(cli.app, ["hold", "rapat – ✓", "--json"], env=environment)
    assert json.loads(told.stdout)["hold"]["reason"] == "rapat – ✓"


ENDED_AT_THE_DOOR = """
import os, runpy, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "pipelines.cli":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
runpy.run_module("diklat", run_name="__main__")
"""


@pytest.mark.parametrize(("trap", "code"), [("-", -signal.SIGINT), ("''", 0)])
def test_ctrl_c_while_the_program_loads_ends_it_without_a_word(trap: str, code: int) -> None:
    """It takes seconds. Where whoever started it has it ignored, it goes on."""
    begin = f'trap {trap} INT; exec "$@"'
    asked = ["sh", "-c", begin, "sh", sys.executable, "-c", ENDED_AT_THE_DOOR, "--version"]
    ended = subprocess.run(asked, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (code, "")


def test_who_has_no_standard_output_is_served_all_the_same(home: Path) -> None:
    asked = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-m", "diklat", "hold", "rapat"]
    assert subprocess.run(asked, cwd=Path(__file__).parents[2], check=False).returncode == 0
    assert (Store(home).hold or {})["reason"] == "rapat"


def test_a_screen_that_is_too_narrow_for_columns_shows_a_table_row_by_row(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a telephone: columns had one letter a line."""
    monkeypatch.setattr(showing, "screen", showing.Screen(width=40))
    told = run("doctor").stdout.splitlines()
    assert told[:2] == ["✓ what: data root", f"found: {home} is not there; a refresh makes it"]
    assert run("versions").stdout.strip() == "Nothing is published yet."


def test_a_command_that_is_shown_can_be_copied_whatever_its_path() -> None:
    assert "duckdb -readonly '/srv/Kota A/w.duckdb'   or" in showing.opened_by("/srv/Kota A/w.duckdb")


LOOKS = (
    ("status",), ("status", "--json"), ("versions",), ("doctor",), ("report",), ("power", "MD-01"), ("profile", "check"),
    ("inspect", "FILE"), ("template", "follow_ups", "OUT"),
)  # fmt: skip
"""What only looks."""
CHANGES = (("release",), ("rollback",), ("forget", "197001011990011001"), ("national", "refresh"))
"""What changes something that is there."""


@pytest.mark.parametrize("arguments", [*LOOKS, *CHANGES])
def test_nothing_is_made_in_a_data_root_that_is_not_there(
    home: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Its path is mistyped."""
    (tmp_path / "a.csv").write_text(HEAD)
    names = {"FILE": str(tmp_path / "a.csv"), "OUT": str(tmp_path / "a.xlsx")}
    result = run(*(names.get(argument, argument) for argument in arguments))
    assert isinstance(result.exception, SystemExit | None), "no traceback"
    assert not home.exists()


def test_who_holds_where_nothing_is_published_is_told_so(home: Path) -> None:
    """The path may be mistyped, and what is meant goes on being published."""
    assert f"Nothing is published in {home}" in run("hold", "rapat").stdout.replace("\n", "")


@pytest.mark.parametrize("arguments", LOOKS)
def test_who_only_looks_leaves_the_data_root_as_it_is(home: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Also where something waits, and no key was made: one that was lost is to be brought back, not made anew."""
    path = home / "landing/attendance/2026-01/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD)
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.writestr("b.csv", HEAD)
    before = sorted(home.rglob("*"))
    names = {"FILE": str(path), "OUT": str(tmp_path / "a.xlsx")}
    run(*(names.get(argument, argument) for argument in arguments))
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize(
    ("is_published", "told"),
    [(False, "the published version stands as it was"), (True, "but 20261104-a had been published")],
)
def test_whoever_ends_a_refresh_is_told_what_readers_see(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_published: bool, told: str
) -> None:
    """Dagster makes a failed step of Ctrl-C, and of what a service manager sends; old versions are removed once the new one is published."""
    path = home / "landing/attendance/2026-01/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD)

    Store(home).version("20261104-a").mkdir(parents=True)

    @dg.asset(required_resource_keys={STORE})
    def ended() -> None:
        if is_published:
            point_at(Store(home), Store(home).version("20261104-a"))
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    resource = dg.ResourceDefinition(lambda _: None, config_schema=dg.Permissive())
    definitions = dg.Definitions([ended], jobs=[dg.define_asset_job("flow")], resources={STORE: resource})
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr(cli, "_nightly_refresh", lambda settings: definitions.resolve_job_def("flow"))
    result = run("refresh")
    assert (result.exit_code, result.stderr.strip()) == (130, f"Interrupted: {told}.")


def test_a_pipe_is_no_file_to_inspect(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = run("inspect", str(pipe))
    assert (result.exit_code, "No file, but a pipe" in " ".join(result.stdout.split())) == (3, True)


def test_why_a_number_is_none_is_told_to_who_would_forget() -> None:
    """A number that a spreadsheet destroyed has eighteen digits all the same."""
    result = run("forget", "198501012010011000")
    assert (result.exit_code, "ends in 000" in result.stderr) == (2, True)


def test_status_names_files_of_months_to_come(home: Path) -> None:
    path = home / "landing/attendance/2045-02/a.csv"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD)
    scan(Store(home), dt.date(2045, 2, 1))
    assert "attendance/2045-02/a.csv" in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["later"] == ["attendance/2045-02/a.csv"]


def test_status_is_five_lines_whatever_is_wrong_and_that_first(home: Path) -> None:
    folder = home / "landing/attendance/2026-01"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(HEAD)
    (folder / "one.xlsx").write_text("no workbook")
    (one,) = [line for line in run("status").stdout.splitlines() if line.startswith("Refused: ")]
    assert "attendance/2026-01/one.xlsx: The content does not fit the file's ending." in one
    for name in "bcdefgh":
        (folder / f"{name}.xlsx").write_text("no workbook")
    run("hold", "rapat")
    held, refused, waiting, published = run("status").stdout.splitlines()
    assert held.startswith("Held since")
    assert refused.startswith("Refused: 8 files, attendance/2026-01/one.xlsx among them")
    assert waiting.startswith("Waiting: attendance 2026-01")
    assert published.startswith("Nothing is published yet; what is wanted is another")
    assert len(json.loads(run("status", "--json").stdout)["problems"]) == 8


def test_ids_of_versions_and_questions_are_never_cut(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 80 columns. What is asked of a program stands below it."""
    long = "20261128-98754afff470"
    kept = {
        "build_id": long,
        "as_of": "2026-11-28",
        "created_at": "2026-11-27T21:50:35+00:00",
        "rows": {"a": 1_002_111},
        "is_current": True,
    }
    monkeypatch.setattr("warehouse.publishing.version.kept_versions", lambda _: [kept])
    shown = run("versions").stdout
    assert long in shown
    assert max(map(len, shown.splitlines())) <= 80
    (home / "published/current").mkdir(parents=True)
    question = {
        "question": "effect", "about": "numeric_score", "answer": "perubahan", "detectable": 0.46, "smallest": 1.2, "n_now": 0,
        "n_needed": 364, "n_more": 364, "needs": "lottery_places", "n_losers": 182,
    }  # fmt: skip
    monkeypatch.setattr(
        "warehouse.upkeep.questions.open_questions",
        lambda *_: [question, question | {"detectable": None, "n_losers": None}],
    )
    first, second, *_ = run("power", "TI-01").stdout.splitlines()
    assert first == "effect numeric_score: perubahan"
    assert "could be seen 0.46, matters 1.20; lottery places and 182 losers: 364 more" in second


def test_inspect_tells_how_a_file_would_be_read_and_keeps_nothing(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "daftar.csv"
    file.write_text("Status,Employee ID,class_id,session_no,note\nHadir,198503152010012000,A,1,x\n")
    result = run("inspect", str(file), "--json")
    assert result.exit_code == ExitCode.REFUSED
    (reading,) = json.loads(result.stdout)["readings"]
    assert (reading["source"], reading["n_read"], reading["n_refused"]) == ("attendance", 1, 1)
    assert reading["columns_not_used"] == ["note"]
    assert reading["refusals"][0]["reason_code"] == "NIP_PRECISION_LOST"
    assert not list(home.rglob("*.parquet"))


def test_inspect_tells_what_is_only_noticed_and_is_no_reason_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "proyek.csv"
    file.write_text(
        "project_id,unit_code,month,planned_pct,actual_pct\nP1,DPUPR,2026-01,0.5,0.4\nP2,DPUPR,2026-01,0.9,0.8\n"
    )
    result = run("inspect", str(file))
    assert (result.exit_code, result.output.count("not there")) == (ExitCode.DONE, 0)
    assert "Look again: actual_pct lies between 0 and 1, where percentages go to 100: 2 rows" in result.output
    monkeypatch.setenv("DIKLAT_LANGUAGE", "id")
    told = run("inspect", str(file)).output
    assert "Periksa lagi: actual_pct: semua nilainya antara 0 dan 1" in told
    assert "Dibaca sebagai: utf-8-sig, koma, judul kolom di baris 1, dikirim pada" in told


def test_inspect_says_why_nobody_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    result = run("inspect", str(file), "--json")
    assert result.exit_code == ExitCode.REFUSED
    assert "Judul kolom tidak dikenali" in json.loads(result.stdout)["refused"]


def test_report_and_forget_without_anything_published() -> None:
    assert run("report").exit_code == 1
    assert run("forget", "budi").exit_code == 2
    unknown = run("forget", "0" * 32)
    assert unknown.exit_code == 1
    assert "Nothing is known" in " ".join(unknown.output.split())


def published(home: Path) -> Path:
    """A version that has a report and nothing else, as closed as one is."""
    version = Store(home).version("20261104-a")
    (version / "report/assets").mkdir(parents=True)
    for name in ("assets/a.js", "index.html", "ringkasan.pdf"):
        (version / "report" / name).write_text(name)
    for folder in (version / "report", version / "report/assets"):
        folder.chmod(0o750)
    point_at(Store(home), version)
    return version


def test_what_is_handed_on_can_be_read_by_whoever_gets_it(home: Path, tmp_path: Path) -> None:
    """It is given the rights that the umask of who asks for it gives, not those of what is published."""
    published(home)
    before = os.umask(0o022)
    try:
        assert run("report", "--out", str(tmp_path / "www")).exit_code == 0
        assert run("template", "attendance", str(tmp_path / "a.xlsx")).exit_code == 0
    finally:
        os.umask(before)
    modes = {oct(path.stat().st_mode)[-3:] for path in [*(tmp_path / "www").rglob("*"), tmp_path / "a.xlsx"]}
    assert (modes, oct((tmp_path / "www").stat().st_mode)[-3:]) == ({"644", "755"}, "755")


@pytest.mark.parametrize("arguments", [("--out", "OUT"), ("--pdf", "--out", "OUT")])
def test_a_copy_of_the_report_is_whole_or_not_there(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Half a folder would be refused as one that exists when it is asked for again, and looks like a report."""
    published(home)
    real = shutil.copyfile

    def ended(source: Path, target: Path) -> None:
        real(source, target)
        if source.suffix in {".html", ".pdf"}:
            raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    options = ("report", *(str(tmp_path / "out/copy") if name == "OUT" else name for name in arguments))
    monkeypatch.setattr(shutil, "copyfile", ended)
    assert run(*options).exit_code == 130
    assert list((tmp_path / "out").iterdir()) == []
    monkeypatch.setattr(shutil, "copyfile", real)
    assert run(*options).exit_code == 0


def test_who_is_stopped_while_readers_are_led_back_has_held_publication(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Led back and not held, they would be led forward by the next night."""
    published(home)
    (home / "published/versions/20261104-a/manifest.json").write_text('{"build_id": "20261104-a", "created_at": ""}')

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("warehouse.publishing.version.point_at", stopped)
    assert run("rollback", "20261104-a").exit_code == 130
    assert (Store(home).hold or {})["reason"] == "rolled back to 20261104-a"


def test_profile_check_says_what_is_wrong_by_line(home: Path) -> None:
    sound = "layouts:\n  - header: [A]\n"
    folder = home / "profiles"
    assert (run("profile", "check").exit_code, run("profile", "check", "missing.yaml").exit_code) == (0, 2)
    folder.mkdir(parents=True)
    (folder / "fine.yaml").write_text(sound)
    assert run("profile", "check").exit_code == 0
    (folder / "broken.yaml").write_text(f"id_scheme: nipp\n{sound}")
    result = run("profile", "check", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["is_sound"], told["profiles"]["fine.yaml"]) == (1, False, [])
    [flaw] = told["profiles"]["broken.yaml"]
    assert (flaw["line"], flaw["key"], flaw["seen"], flaw["nearest"]) == (1, "id_scheme", "nipp", "nip")
    assert (
        flaw["text"] == "profiles/broken.yaml, line 1, id_scheme: nipp; allowed: nip, opaque, person. Did you mean nip?"
    )
    assert run("profile", "check", str(folder / "fine.yaml")).exit_code == 0
    assert run("profile", "check", str(folder / "broken.yaml")).exit_code == 1


SQL = re.compile(
    r"\b(select\b.+\bfrom|insert into|create (or replace )?(table|view)|from \w+\.\w+)\b", re.IGNORECASE | re.DOTALL
)


def queries(module: str) -> list[str]:
    """Texts in a module's code that are SQL."""
    tree = ast.parse(Path(module).read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if SQL.search(text)]


def test_the_command_line_asks_no_database() -> None:
    assert cli.__file__ is not None
    assert queries(cli.__file__) == []
    imported = {
        node.module
        for node in ast.walk(ast.parse(Path(cli.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert not imported & {"duckdb", "warehouse.database"}
    assert refresh.__file__ is not None
    assert len(queries(refresh.__file__)) >= len(refresh.QUERIES), "SQL would be seen"


def test_it_says_which_version_it_is() -> None:
    assert run("--version").output.split() == ["diklat", version("diklat")]


def test_a_setting_that_cannot_be_used_is_bad_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIKLAT_NIGHTLY_CRON", "at one")
    result = run("status")
    assert result.exit_code == 2
    assert "DIKLAT_NIGHTLY_CRON is 'at one'" in " ".join(result.output.split())


def test_the_window_is_shown_this_installation_wherever_it_is_started(home: Path) -> None:
    code = home.parent / "code.sock"
    workspace = yaml.safe_load(settings.write_workspace(settings.Settings.read(), code).read_text())
    assert workspace == {"load_from": [{"grpc_server": {"socket": str(code), "location_name": "diklat"}}]}


def test_a_port_that_another_program_has_is_told_before_anything_starts(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = run("ui", "--port", str(other.getsockname()[1]))
    assert (result.exit_code, "cannot be used" in result.stderr) == (1, True)
    assert not home.exists()


def test_a_second_window_of_one_data_root_is_told_where_the_first_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each daemon would launch every night. On the port that the first has, too."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    started: list[object] = []
    monkeypatch.setattr(window, "subprocess", SimpleNamespace(Popen=lambda command, **_: started.append(command)))
    with socket.create_server(("127.0.0.1", 0)) as first, one_window(Store(home), "http://first"):
        for port in (first.getsockname()[1], 3000):
            result = run("ui", "--port", str(port))
            assert (result.exit_code, "http://first" in result.stderr, started) == (1, True, [])


def test_the_programs_of_a_window_that_is_killed_end(home: Path) -> None:
    """They went on, held the port, and each further window was a second daemon. They hold the pipe that is read to its end."""
    begins = "import sys; from pipelines import window; window.begin('http.server', '0', '--bind', '127.0.0.1'); print(); sys.stdin.read()"
    begun = subprocess.Popen(
        [sys.executable, "-c", begins], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert begun.stdout is not None
    begun.stdout.readline()
    begun.kill()
    begun.communicate(timeout=60)


def test_what_somebody_filled_in_is_not_written_over(tmp_path: Path) -> None:
    blank, profile, strange = tmp_path / "hadir.xlsx", tmp_path / "p.yaml", tmp_path / "aneh.csv"
    strange.write_text("Aneh;Lain\n1;2\n")
    for arguments, file in (
        (("template", "attendance", str(blank)), blank),
        (("inspect", str(strange), "--draft", str(profile)), profile),
    ):
        assert run(*arguments).exit_code in (0, 3)
        file.write_text("filled in")
        result = run(*arguments)
        assert (result.exit_code, "exists already" in result.stderr, file.read_text()) == (2, True, "filled in")


def test_the_programs_of_the_window_find_dagsters_tables(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both at once would make them twice, and no code location would ever load."""
    seen: list[int] = []
    umasks: set[int] = set()

    class Program:
        pid = 0

        def __init__(self, command: list[str | Path], **_: object) -> None:
            if "--socket" in command:
                Path(command[command.index("--socket") + 1]).touch()
            umasks.add(os.umask(0o077))
            with sqlite3.connect(home / "dagster/schedules/schedules.db") as database:
                seen.extend(count for (count,) in database.execute("select count(*) from alembic_version"))

        def poll(self) -> None:
            if len(seen) == 3:
                raise KeyboardInterrupt

    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr(window, "subprocess", SimpleNamespace(Popen=Program))
    monkeypatch.setattr(window, "_end", lambda programs: None)
    monkeypatch.setattr(window.signal, "signal", lambda *_: None)
    before = os.umask(0o022)
    try:
        assert run("ui").exit_code == 0
    finally:
        os.umask(before)
    assert seen == [1, 1, 1]
    assert (umasks, list(Store(home).open_to_others())) == ({0o077}, []), "what they write is closed to other users"


def test_without_the_code_no_window_opens(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stood open and was empty."""
    started: list[object] = []
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr(
        window,
        "subprocess",
        SimpleNamespace(Popen=lambda command, **_: started.append(command) or SimpleNamespace(poll=lambda: 1)),
    )
    monkeypatch.setattr(window, "_end", lambda programs: None)
    monkeypatch.setattr(window.signal, "signal", lambda *_: None)
    result = run("ui")
    assert (result.exit_code, len(started), "ended by itself" in result.stderr) == (1, 1, True)
