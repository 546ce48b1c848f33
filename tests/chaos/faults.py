"""The faults. Each gets a sandbox of its own and returns what was seen; what must not be raises AssertionError."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelines.refresh import undone
from tests.chaos.sandbox import CORRECTION, DAY, ROOT, Sandbox, correct, plain_refresh, remount, small_disk
from tests.conftest import table_hashes
from warehouse.auditing.integrity import AuditFailed
from warehouse.database import connect
from warehouse.publishing.version import is_sound, publish_build
from warehouse.store import Store
from warehouse.upkeep import health

Fault = Callable[[Sandbox], str]
QUICK: dict[str, Fault] = {}
SLOW: dict[str, Fault] = {}


class NotHere(Exception):
    """This machine does not allow the fault: no mounting, no clock that can be moved."""


def fault(name: str, *, quick: bool = False) -> Callable[[Fault], Fault]:
    """Register a fault under the name that the table shows."""

    def register(function: Fault) -> Fault:
        (QUICK if quick else SLOW)[name] = function
        return function

    return register


STEPS = (
    ("before", "warehouse.staging.month:read_month", 1), ("after", "warehouse.staging.month:read_month", 1),
    ("before", "warehouse.staging.month:write_json", 1), ("before", "warehouse.building.inputs:begin_build", 1),
    ("after", "warehouse.building.inputs:begin_build", 1), ("before", "warehouse.building.build:build_table", 1), ("after", "warehouse.building.build:build_table", 20),
    ("before", "warehouse.publishing.version:review_build", 1), ("before", "warehouse.auditing.expectations:check", 1),
    ("after", "warehouse.publishing.version:review_build", 1), ("before", "warehouse.report:write", 1),
    ("after", "warehouse.report:write", 1), ("before", "warehouse.publishing.version:_copy", 1),
    ("before", "warehouse.publishing.version:_verify", 1), ("after", "warehouse.publishing.version:_verify", 1),
    ("after", "warehouse.publishing.version:_copy", 1), ("before", "warehouse.publishing.version:_point", 1),
    ("after", "warehouse.publishing.version:_point", 1), ("before", "warehouse.publishing.version:drop_old_versions", 1),
    ("before", "warehouse.people.privacy:write_identity", 1), ("after", "warehouse.people.privacy:write_identity", 1),
)  # fmt: skip
"""Every named step of a refresh, from the first file read to the last one written."""
DECISIVE = [
    step
    for step in STEPS
    if step[1].endswith(":_point") or step[:2] == ("after", "warehouse.publishing.version:_verify")
]


def _kill_at(box: Sandbox, steps: Iterable[tuple[str, str, int]], *plain: str) -> str:
    stood = {"old": 0, "new": 0}
    for when, where, nth in steps:
        one = box.copy(box.store.home.parent / f"{when}-{where.split(':')[1]}-{nth}")
        code, said = one.run(*plain, "--kill", when, where, str(nth))
        assert code == -signal.SIGKILL, f"not killed {when} {where}: exit {code} {said[-500:]}"
        stood[one.check(cli=not plain)] += 1
        shutil.rmtree(one.store.home.parent)
    return (
        f"{sum(stood.values())} kills: {stood['old']} left the old version, {stood['new']} the new one; all recovered"
    )


@fault("kill -9 at the decisive steps of a publication", quick=True)
def kill_at_decisive_steps(box: Sandbox) -> str:
    """Around the manifest, the verification and the pointer; without Dagster."""
    return _kill_at(box, DECISIVE, "--plain")


@fault("kill -9 at every named step")
def kill_at_every_step(box: Sandbox) -> str:
    """Under Dagster, as the night runs."""
    return _kill_at(box, STEPS)


@fault("a file corrected at every named step")
def corrected_at_every_step(box: Sandbox) -> str:
    """Under Dagster, as the night runs: the run ends well, knows that something waits, and the next one gives what a refresh
    from scratch gives."""
    target = box.copy(box.store.home.parent / "corrected")
    correct(target.store)
    target.learn()
    in_time = 0
    for when, where, nth in STEPS:
        one = box.copy(box.store.home.parent / f"{when}-{where.split(':')[1]}-{nth}")
        code, said = one.run("--correct", when, where, str(nth))
        assert code in (0, 3), f"{when} {where}: exit {code} {said[-500:]}"
        waits = bool(undone(one.store, DAY))
        in_time += not waits
        assert waits or table_hashes(one.store) == target.expected, f"{when} {where}: nothing waits, and other rows"
        one.new, one.expected = target.new, target.expected
        one.check_recovers()
        assert not undone(one.store, DAY)
        shutil.rmtree(one.store.home.parent)
    return f"{len(STEPS)} corrections: {len(STEPS) - in_time} left to the next run, {in_time} came in time; never lost"


@fault("kill -9 at 100 random moments")
def kill_at_random_moments(box: Sandbox) -> str:
    """One after the other on one data root, each kill meeting what the last one left; then one refresh in peace."""
    moments = random.Random(7)
    began = time.monotonic()
    trial = box.copy(box.store.home.parent / "timed")
    trial.run()
    whole = time.monotonic() - began
    stood: dict[str, int] = {"old": 0, "new": 0, "ended before the kill": 0}
    for _ in range(100):
        process = box.start()
        try:
            process.communicate(timeout=moments.uniform(0, whole))
            stood["ended before the kill"] += 1
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            stood["new" if box.check_published() == box.new else "old"] += 1
        if box.check_published() == box.new:
            # Something to do again: the correction is taken back, or comes again.
            box.old, box.new = box.new, box.old
            path = box.store.landing / "attendance/2026-10/koreksi.csv"
            if path.exists():
                path.unlink()
            else:
                box.deliver()
    if (box.store.landing / "attendance/2026-10/koreksi.csv").exists():
        box.check_recovers(cli=True)
    else:
        box.deliver()
        box.old, box.new = sorted((box.old, box.new), key=lambda name: name == trial.new)
        box.check_recovers(cli=True)
    return (
        f"kills after up to {whole:.0f} s: " + ", ".join(f"{n} × {name}" for name, n in stood.items()) + "; recovered"
    )


def _flip(path: Path) -> None:
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def _empty(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"")


DAMAGES = (_flip, _cut, _empty)
KEPT = (
    "published/current/warehouse.duckdb", "published/current/parquet/marts/reaction.parquet",
    "staging/attendance/2026-10.parquet", "restricted/quarantine/attendance/2026-10.parquet",
)  # fmt: skip
"""Files whose damage is noticed by itself; that of the disposable build just has no effect."""


def _damage(box: Sandbox, pairs: Iterable[tuple[str, Callable[[Path], None]]]) -> str:
    box.advance()
    box.old = box.new
    pairs = list(pairs)
    for name, damage in pairs:
        damage(box.store.home / name)
        if name in KEPT:
            said = health.reconcile(box.store)
            assert any("damaged" in line for line in said), f"{name}: the damage was not noticed"
        box.check_recovers()
    return f"{len(pairs)} damages, all noticed and mended"


@fault("truncated, empty and bit-flipped files", quick=True)
def damaged_files(box: Sandbox) -> str:
    """Published, Parquet, staging, quarantine, build: noticed, said, mended."""
    return _damage(box, zip((*KEPT, "build/warehouse.duckdb"), itertools.cycle(DAMAGES), strict=False))


@fault("truncated, empty and bit-flipped files, each of each")
def damaged_files_in_every_way(box: Sandbox) -> str:
    """The same with every damage of every file."""
    return _damage(box, [*itertools.product(KEPT, DAMAGES), *(("build/warehouse.duckdb", d) for d in (_flip, _cut))])


@fault("a stale .wal beside the published file", quick=True)
def stale_wal(box: Sandbox) -> str:
    """Nobody could open the file any more."""
    (box.store.current.resolve() / "warehouse.duckdb.wal").write_bytes(b"no log of yours")
    plain_refresh(box.store, DAY)
    return f"removed; {box.check()} version opens"


@fault("a client that opens the published file read-write", quick=True)
def read_write_client(box: Sandbox) -> str:
    """It stays, and it writes: we never write that file, and notice that somebody did."""
    script = (
        "import duckdb, sys\ncon = duckdb.connect(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.readline()\n"
        "con.execute('create table mine as select 1 as one'); con.execute('checkpoint'); print('wrote', flush=True); sys.stdin.read()"
    )
    file = box.store.current.resolve() / "warehouse.duckdb"
    client = subprocess.Popen(
        [sys.executable, "-c", script, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        opened = client.stdout.readline() == "open\n"
        box.check_recovers()
        if not opened:
            return "it was not let in (the file is read-only); published beside it"
        client.stdin.write("write\n")
        client.stdin.flush()
        assert client.stdout.readline() == "wrote\n"
    finally:
        client.communicate()
    assert not is_sound(box.store.version(box.old)), "what the client wrote was not noticed"
    assert is_sound(box.store.current)
    return "published beside it; the version that it wrote into is known as damaged, the new one is whole"


@fault("half-copied files: cut in a row, cut at a row's end, still being written", quick=True)
def half_copied(box: Sandbox) -> str:
    """Held or refused by name, never loaded in part without a word, and loaded once whole."""
    import hashlib

    whole = (box.store.landing / CORRECTION).read_text()
    in_a_row, at_its_end = whole[:-7], whole[: whole.rindex("\n", 0, -1) + 1]
    box.deliver(in_a_row)
    others = [box.deliver(text, f"attendance/2026-10/{name}.csv") for name, text in
              (("end", at_its_end), ("row", in_a_row), ("open", whole))]  # fmt: skip
    notes = [path.with_name(path.name + ".sha256") for path in others[:2]]
    for note in notes:
        note.write_text(hashlib.sha256(whole.encode()).hexdigest())
    with others[2].open("a"):
        plain_refresh(box.store, DAY)
    with connect((box.store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        query = "select file_name, any_value(status), sum(n_refused) from ops.delivery where folder = ? group by all"
        found = {
            name: (status, refused) for name, status, refused in con.execute(query, ["attendance/2026-10"]).fetchall()
        }
    for name in ("koreksi.csv", "end.csv", "row.csv"):
        status, refused = found[name]
        assert status in ("held", "refused") or refused, f"a cut file was loaded: {name} {status}"
    assert found["open.csv"][0] == "held", f"a file that is being written was {found['open.csv'][0]}"
    for path in (*others, *notes):
        path.unlink()
    box.deliver(whole)
    box.check_recovers()
    return "3 cuts refused or held, an open one held; loaded once whole"


@fault("the same file twice, and under another name", quick=True)
def same_file(box: Sandbox) -> str:
    """One load, whatever it is called."""
    box.advance()
    text = (box.store.landing / "attendance/2026-10/koreksi.csv").read_text()
    box.deliver(text, "attendance/2026-10/salinan.csv")
    os.utime(box.deliver(text), (0, 0))
    plain_refresh(box.store, DAY)
    found = table_hashes(box.store)
    facts = [table for table in box.expected if table.startswith(("core.", "marts."))]
    assert all(found[table] == box.expected[table] for table in facts), "the copy changed the facts"
    with connect((box.store.current / "warehouse.duckdb").resolve(), read_only=True) as con:
        statuses = con.execute(
            "select status from ops.delivery where file_name in ('koreksi.csv', 'salinan.csv')"
        ).fetchall()
    assert ("duplicate",) in statuses
    return "one load, the copy is named as duplicate"


@fault("publish alone after a failed audit", quick=True)
def publish_alone(box: Sandbox) -> str:
    """The gate reads the verdicts of that very build, whoever opens it and however often."""
    box.advance()
    box.old = box.new
    before = os.readlink(box.store.current)
    with connect(box.store.build) as con:
        con.execute("update core.fact_attendance set class_key = 'nowhere'")
        con.execute("update ops.build set build_id = 'spoiled'")
    for _ in range(3):
        with pytest.raises(AuditFailed, match="references"):
            publish_build(box.store)
    assert os.readlink(box.store.current) == before
    box.check_recovers()
    return "refused three times, pointer unmoved"


@fault("months delivered out of order")
def out_of_order(box: Sandbox) -> str:
    """The rows do not depend on the order of arrival, but for what came late of a group that was shown: nothing was, here."""
    store = Store(box.store.home.with_name("shuffled"))
    store.write_sample_key(2026)
    months = sorted({path.name for path in box.store.landing.glob("*/*")})
    order = [months[-1], months[0], *months[1:-1]]
    for month in order:
        for folder in box.store.landing.glob(f"*/{month}"):
            shutil.copytree(folder, store.landing / folder.relative_to(box.store.landing))
        store.shown.unlink(missing_ok=True)
        plain_refresh(store, DAY)
    found = table_hashes(store)
    assert found == box.expected, "other rows than in order"
    box.check_recovers()
    return f"order {', '.join(order)}: the same rows"


@fault("clock set back, files from 1980 and from the future")
def clock_set_back(box: Sandbox) -> str:
    """Content counts, not time."""
    for number, path in enumerate(sorted(path for path in box.store.landing.rglob("*.*"))):
        os.utime(path, (315_532_800 if number % 2 else 4_102_444_800,) * 2)
    tool = shutil.which("faketime")
    if tool is None:
        raise NotHere("faketime is not installed")
    plain_refresh(box.store, DAY)
    before = os.readlink(box.store.current)
    done = subprocess.run(
        [tool, "-f", "-2h", sys.executable, "-m", "tests.chaos.driver", "--plain", DAY.isoformat()],
        cwd=ROOT, env=box.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    assert os.readlink(box.store.current) == before
    box.check_recovers()
    return "two hours back: nothing read again, the same version"


@fault("TZ=UTC and TZ=Asia/Makassar")
def time_zones(box: Sandbox) -> str:
    """The business date is WIB's, wherever the machine thinks it is."""
    found = []
    for zone in ("UTC", "Asia/Makassar", "America/Los_Angeles"):
        one = box.copy(box.store.home.parent / zone.replace("/", "-"))
        code, said = one.run("--plain", env={"TZ": zone})
        assert code == 0, said[-500:]
        found.append(table_hashes(one.store))
    assert all(one == box.expected for one in found), "other rows in another zone"
    return "the same rows in three zones"


@fault("two refreshes at once")
def two_at_once(box: Sandbox) -> str:
    """One runs; the other says who that is. Nothing is loaded twice."""
    both = [box.start(), box.start()]
    ended = [process.communicate(timeout=600) for process in both]
    codes = sorted(process.returncode for process in both)
    refused = [out + err for (out, err), process in zip(ended, both, strict=True) if process.returncode == 1]
    assert codes[-1] == 3 or codes == [1, 3], f"exit codes {codes}: {refused}"
    for said in refused:
        assert re.search(r"Another refresh is running \(process \d+, diklat refresh\)", " ".join(said.split())), said[
            -500:
        ]
    return f"exit codes {codes}; {box.check()} version, the expected rows"


READER = """
import json, sys, time
from pathlib import Path
import duckdb
home, reopen = Path(sys.argv[1]), sys.argv[2] == "reopen"
seen, times, con = [], [], None
print("ready", flush=True)
while not (home / "stop").exists():
    began = time.perf_counter()
    if con is None:
        path = (home / "published/current").resolve()
        con = duckdb.connect(str(path / "warehouse.duckdb"), read_only=True)
    build = con.execute("select build_id from ops.build").fetchall()[0][0]
    n = con.execute("select count(*) from core.fact_attendance").fetchall()[0][0]
    con.execute("select program_code, avg(index_0_100) from marts.reaction group by 1").fetchall()
    times.append(time.perf_counter() - began)
    seen.append((build, n, path.name))
    if reopen:
        con.close(); con = None
print(json.dumps({"seen": sorted(set(seen)), "n": len(seen), "times": times}))
"""


@fault("twenty readers during ten publications")
def readers(box: Sandbox) -> str:
    """Ten keep their connection, ten open anew each time: no error, no mixture of versions, and the new one is seen."""

    def start() -> list[subprocess.Popen[str]]:
        (box.store.home / "stop").unlink(missing_ok=True)
        found = [
            subprocess.Popen(
                [sys.executable, "-c", READER, str(box.store.home), how],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for how in ["keep"] * 10 + ["reopen"] * 10
        ]
        for process in found:
            assert process.stdout is not None
            process.stdout.readline()
        return found

    def stop(processes: list[subprocess.Popen[str]]) -> list[dict[str, Any]]:
        (box.store.home / "stop").touch()
        results = []
        for process in processes:
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, f"a reader failed: {err[-500:]}"
            results.append(json.loads(out))
        return results

    def publish(number: int) -> str:
        koreksi = box.store.landing / "attendance/2026-10/koreksi.csv"
        box.deliver(koreksi.read_text().replace("hadir", "izin" if number % 2 else "sakit"))
        lines = koreksi.read_text().splitlines()
        box.deliver("\n".join(lines[: len(lines) - number % 4]) + "\n")
        code, said = box.run("--plain", day=DAY + dt.timedelta(days=number))
        assert code == 0, said[-500:]
        return Path(os.readlink(box.store.current)).name

    idle = start()
    subprocess.run([sys.executable, "-c", "sum(i * i for i in range(10**8))"], check=True)
    quiet = stop(idle)
    processes = start()
    try:
        published = [publish(number) for number in range(10)]
    finally:
        # Readers end by themselves when they are told, also those of a publication that failed.
        (box.store.home / "stop").touch()
    found = stop(processes)
    for number, one in enumerate(found):
        builds = [build for build, _, _ in one["seen"]]
        assert all(build == folder for build, _, folder in one["seen"]), "a reader saw another version than it opened"
        assert len(builds) == len(set(builds)), "one version with two contents"
        if number < 10:
            assert len(builds) == 1, "an open connection changed its version"
        else:
            assert len(builds) > 1, "a reader that opens anew never saw a new version"
    p95 = [statistics.quantiles([t for one in those for t in one["times"]], n=20)[-1] for those in (quiet, found)]
    total = sum(one["n"] for one in found)
    return f"{total:,} readings of {len(set(published))} versions, 0 errors, 0 mixtures; p95 {p95[1] / p95[0]:.2f} × that beside another busy process"


@fault("disk full")
def disk_full(box: Sandbox) -> str:
    """Said before anything is written; and when it fills in the midst of it, the old version stands."""
    folder = box.store.home.parent / "disk"
    size = (
        sum(path.stat().st_size for path in box.store.home.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6
    )
    seen = []
    try:
        with small_disk(folder, size * 1.3 + 10):
            one = box.copy(folder)
            code, said = one.run()
            text = " ".join(said.split())
            assert code == 1, f"exit {code}"
            assert re.search(r"has \d+ MB free, a run needs \d+ MB", text), text[-800:]
            assert one.check_published() == one.old
            for spare in (0.2, 1, 3, 6, 10, 15, 22, 30):
                used = shutil.disk_usage(folder).used / 2**20
                remount(folder, f"size={int((used + spare) * 1024)}k")
                code, said = one.run("--blind", "--plain")
                seen.append(code)
                if one.check_published() == one.new:
                    break
            assert 1 in seen, "the disk was never full"
            remount(folder, "size=2g")
            one.check(cli=True)
    except OSError as error:
        if "permitted" in str(error) or "denied" in str(error):
            raise NotHere(str(error)) from error
        raise
    return f"refused beforehand; {seen.count(1)} refreshes ran into a full disk and left the old version; recovered"


@fault("read-only disk")
def read_only_disk(box: Sandbox) -> str:
    """A clear word and exit 1; readers go on."""
    folder = box.store.home.parent / "disk"
    try:
        with small_disk(folder, 2000):
            one = box.copy(folder)
            remount(folder, "ro")
            code, said = one.run()
            assert code == 1, f"exit {code}: {said[-300:]}"
            assert "Read-only file system" in said, said[-500:]
            assert "Traceback" not in said, said[-500:]
            assert one.check_published() == one.old
            remount(folder, "rw")
            one.check()
    except OSError as error:
        if "permitted" in str(error) or "denied" in str(error):
            raise NotHere(str(error)) from error
        raise
    return "exit 1, named; readers went on; recovered"


@fault("daemon and run killed in the midst of the night, then started again")
def daemon_killed(box: Sandbox) -> str:
    """The schedule fires by itself; a killed host leaves no run that blocks the next night."""
    from tests.chaos.night import Night

    with Night(box) as night:
        first = night.wait_for_run("STARTED")
        night.kill()
        stood = "the old version" if Path(os.readlink(box.store.current)).name == box.old else "a new one"
        assert is_sound(box.store.current)
        night.start()
        second = night.wait_for_run("SUCCESS")
        states = night.states()
    assert states[first] in ("FAILURE", "SUCCESS"), f"the killed run is {states[first]}"
    assert "STARTED" not in states.values() or list(states.values()).count("STARTED") <= 1, states
    assert second
    assert is_sound(box.store.current)
    return f"killed while {stood} stood; the next tick published, the killed run is {states[first]}"


@fault("the run of the sensor killed, the daemon alive")
def sensor_run_killed(box: Sandbox) -> str:
    """Nothing but the sensor starts it again, within minutes."""
    from tests.chaos.night import Night

    with Night(box, cron="0 0 29 2 *") as night:
        first = night.wait_for_run("STARTED")
        process = night.process_of(first)
        began = time.monotonic()
        os.kill(process, signal.SIGKILL)
        second = night.wait_for_run("SUCCESS")
        seconds = time.monotonic() - began
        with night.instance() as instance:
            sensors = [instance.get_run_by_id(run).tags.get("dagster/sensor_name") for run in (first, second)]
        states = night.states()
    assert sensors == ["deliveries"] * 2, sensors
    assert (states[first], second != first) == ("FAILURE", True), states
    assert Path(os.readlink(box.store.current)).name != box.old
    assert is_sound(box.store.current)
    return f"started again by itself, published {seconds:,.0f} s after the kill"


@fault("two weeks of nights: kills at 5 % of the steps, corrections, late months")
def two_weeks(box: Sandbox) -> str:
    """Each morning the published rows are those of a build from scratch."""
    return nights(box, 14)


def nights(box: Sandbox, n_nights: int, share: float = 0.05, seed: int = 3) -> str:
    """Some nights one after the other on one data root; at each named step a run is killed with the probability `share`, and then
    started again until it ends."""
    chance = random.Random(seed)
    kills = late = corrections = 0
    for night in range(n_nights):
        day = DAY + dt.timedelta(days=night)
        if night % 3 == 1:
            correct(box.store)
            corrections += 1
        else:
            month = chance.choice(("2026-08", "2026-09", "2026-10"))
            late += month < "2026-10"
            lines = (box.store.landing / "attendance" / month / "daftar_hadir.csv").read_text().splitlines()
            further = [line.rsplit(",", 1)[0].replace(",1,", f",{20 + night},") + ",hadir" for line in lines[1:9]]
            box.deliver("\n".join([lines[0], *further]) + "\n", f"attendance/{month}/malam-{night}.csv")
        while met := next((step for step in STEPS if chance.random() < share), None):
            code, said = box.run("--plain", "--kill", *map(str, met), day=day)
            assert code in (0, -signal.SIGKILL), f"night {night}: exit {code} {said[-500:]}"
            assert is_sound(box.store.current), f"night {night}: what readers see is not whole"
            kills += code != 0
            if code == 0:
                break
        plain_refresh(box.store, day)
        scratch = Store(box.store.home.with_name(f"scratch-{night}"))
        shutil.copytree(box.store.landing, scratch.landing)
        shutil.copyfile(box.store.restricted / "pseudonym.key", scratch.restricted / "pseudonym.key")
        plain_refresh(scratch, day)
        now, anew = table_hashes(box.store), table_hashes(scratch)
        wrong = sorted(table for table in now.keys() | anew.keys() if now.get(table) != anew.get(table))
        assert not wrong, f"night {night}: other rows than from scratch in {wrong}"
        shutil.rmtree(scratch.home)
    return f"{n_nights} nights, {kills} kills, {corrections} corrections, {late} late months: each morning the rows of a build from scratch"


@contextmanager
def _spark(box: Sandbox) -> Iterator[Any]:
    """The cluster of `deploy/spark/cluster`."""
    from tests.chaos.cluster import Cluster

    if missing := [name for name in ("java", "ps") if not shutil.which(name)]:
        raise NotHere(f"{' and '.join(missing)}: not installed")
    with Cluster(box.store.home.parent / "cluster") as cluster:
        yield cluster


def _started(box: Sandbox, name: str, settings: dict[str, str]) -> tuple[Sandbox, subprocess.Popen[str]]:
    """A refresh of a copy of the sandbox, with Spark."""
    one = box.copy(box.store.home.parent / name)
    one.settings = settings
    return one, one.start()


def _answered(box: Sandbox, refresh: subprocess.Popen[str], answers: int) -> None:
    """Wait until Spark has written so many answers for the build."""
    from tests.chaos.cluster import wait_until

    def there() -> bool:
        assert refresh.poll() is None, f"ended before {answers} answers of Spark: {refresh.communicate()}"
        return len(list(box.store.build.with_name("engine").glob("tmp*/rows/_SUCCESS"))) >= answers

    wait_until(there, f"{answers} answers of Spark")


@fault("kill -9 of Spark's executors")
def spark_executors_killed(box: Sandbox) -> str:
    """All of them, twice in a build: it takes longer, and nothing else."""
    from tests.chaos.cluster import PATIENCE, kill

    with _spark(box) as cluster:
        for name, settings in (("driver", cluster.driver), ("server", cluster.client)):
            one, refresh = _started(box, name, settings)
            for answers in (1, 4):
                _answered(one, refresh, answers)
                kill(cluster.executors)
            said = refresh.communicate(timeout=PATIENCE)
            assert refresh.returncode in (0, 3), said
            assert one.check_published() == one.new
            assert table_hashes(one.store) == one.expected
    return "all of a refresh's own driver and all of a server, twice: published, the rows that DuckDB gives"


@fault("kill -9 of what drives Spark: the refresh, its Java, a server")
def spark_drivers_killed(box: Sandbox) -> str:
    """The refresh ends, and with it what it drove; the next one publishes."""
    from tests.chaos.cluster import PATIENCE, kill, wait_until

    with _spark(box) as cluster:
        for victim in ("refresh", "Java", "server"):
            one, refresh = _started(box, victim, cluster.client if victim == "server" else cluster.driver)
            _answered(one, refresh, 2)
            kill({"refresh": [refresh.pid], "Java": cluster.drivers, "server": cluster.servers}[victim])
            if victim == "server":
                # As systemd does. Its clients would wait for it, ten minutes; what it had of them is gone.
                cluster.restart()
            said = refresh.communicate(timeout=PATIENCE)
            assert refresh.returncode == (-signal.SIGKILL if victim == "refresh" else 1), said
            assert one.check_published() == one.old
            # What is left are the server's own.
            wait_until(lambda: not cluster.drivers and len(cluster.executors) <= 2, "driver and executors ended, too")
            one.check_recovers(cli=True)
            assert not one.store.build.with_name("engine").exists()
    return "each left the old version and no process; the next run published the rows that DuckDB gives"
