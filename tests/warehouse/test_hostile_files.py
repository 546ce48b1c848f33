"""Files that would harm: refused by name, in bounded time and memory, and nothing outside the landing area is touched."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import polars as pl
import pyarrow as arrow
import pyarrow.parquet as arrow_parquet
import pytest

from schemas.reasons import FileRefused
from warehouse.building.inputs import untaken
from warehouse.delivery.landing import NAME_LIMIT, scan
from warehouse.delivery.workbooks import workbook
from warehouse.offices.returned import write_return
from warehouse.sample.workbooks import compound, ods, xls
from warehouse.staging.report import FileReport
from warehouse.store import Store, file_sha256

from ..conftest import DAY

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI = "198503152010012001"
HEAD = ["class_id", "session_no", "employee_id", "status"]


def book(*rows: list[object]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows or ([*HEAD], ["A", 1, ANI, "H"]):
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def changed(content: bytes, parts: dict[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """The workbook with parts replaced, changed or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = parts.pop(name, None)
            new.writestr(name, old.read(name) if part is None else part(old.read(name)) if callable(part) else part)
        for name, part in parts.items():
            assert isinstance(part, bytes)
            new.writestr(name, part)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def bomb() -> bytes:
    """A gigabyte of blanks in a part that packs to a megabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        with zipfile.ZipFile(io.BytesIO(book())) as old:
            for name in old.namelist():
                if name != SHEET:
                    new.writestr(name, old.read(name))
        with new.open(SHEET, "w", force_zip64=True) as part:
            for _ in range(64):
                part.write(b" " * (16 << 20))
    return buffer.getvalue()


def liar() -> bytes:
    """A part that says it is small and is 200 MB: the size in the archive's directory is changed."""
    content = bytearray(changed(book(), {SHEET: b" " * (200 << 20)}))
    size = (200 << 20).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (1000).to_bytes(4, "little")
    return bytes(content)


def far_cell(sheet: bytes) -> bytes:
    return sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>')


def entity(sheet: bytes) -> bytes:
    lines = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"ha") for n in range(10))
    return b"<!DOCTYPE lolz [" + lines + b"]>" + sheet.replace(b"</sheetData>", b"<!-- &a9; --></sheetData>")


def heavy() -> bytes:
    """One long text that a hundred thousand cells point at: three gigabytes once written out."""
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * 32_000
        + b"</t></si></sst>"
    )
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, 100_000))
    return changed(
        book(),
        {
            SHEET: lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"),
            "xl/sharedStrings.xml": strings,
            "xl/_rels/workbook.xml.rels": lambda rels: rels.replace(
                b"</Relationships>",
                b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            ),
        },
    )


HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "bomb.xlsx": (bomb, {"FILE_TOO_LARGE"}),
    "liar.xlsx": (liar, {"FILE_UNREADABLE", "FILE_TOO_LARGE", "FILE_KIND"}),
    "far.xlsx": (lambda: changed(book(), {SHEET: far_cell}), {"FILE_TOO_LARGE"}),
    "heavy.xlsx": (heavy, {"FILE_TOO_LARGE"}),
    "laugh.xlsx": (lambda: changed(book(), {SHEET: entity}), {"FILE_HOSTILE"}),
    "outside.xlsx": (
        lambda: changed(
            book(), {"xl/workbook.xml": lambda x: b'<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + x}
        ),
        {"FILE_HOSTILE"},
    ),
    "locked.xlsx": (lambda: compound({"EncryptedPackage": bytes(4096)}), {"FILE_PASSWORD"}),
    "no book.xls": (lambda: compound({"WordDocument": bytes(4096)}), {"FILE_KIND"}),
    "hollow.xlsx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), {"FILE_UNREADABLE"}),
    "cut.xls": (lambda: xls([["a", "b"]] * 500)[:5000], {"FILE_UNREADABLE"}),
    "circle.xls": (lambda: circle(), {"FILE_UNREADABLE"}),
    "bomb.ods": (lambda: ods_of(REPEATED), {"FILE_TOO_LARGE"}),
    "locked.ods": (
        lambda: changed(ods([["a"]]), {"META-INF/manifest.xml": b"<m><encryption-data/></m>"}),
        {"FILE_PASSWORD"},
    ),
    "laugh.ods": (lambda: changed(ods([["a"]]), {"content.xml": entity}), {"FILE_HOSTILE"}),
    "macro.xlsx": (lambda: changed(book(), {"xl/vbaProject.bin": b"x"}), {"FILE_MACRO"}),
    "twice.xlsx": (lambda: doubled(), {"FILE_HOSTILE"}),
    "cut.xlsx": (lambda: book()[:3000], {"FILE_KIND"}),
    "broken.xlsx": (lambda: changed(book(), {SHEET: lambda sheet: sheet[: len(sheet) // 2]}), {"FILE_UNREADABLE"}),
    "rubbish.xlsx": (lambda: changed(book(), {"xl/workbook.xml": b"\x00\xff" * 99}), {"FILE_UNREADABLE"}),
    "binary.xlsb": (lambda: zipped({"xl/workbook.bin": b"\xff" * 99}), {"FILE_UNREADABLE"}),
    "numbered.xls": (
        lambda: (
            b"<?xml version='1.0'?><Workbook>" + b"<Table><Row ss:Index='65534'><Cell>x</Cell></Row></Table>" * 2_000
        ),
        {"FILE_TOO_LARGE"},
    ),
    "page.xls": (lambda: b"<html><p>Sesi Anda berakhir.</p></html>", {"FILE_KIND"}),
    "cut page.xls": (lambda: b"<table><tr><td>NIP<td>Nama<tr><td>1985", {"FILE_TRUNCATED"}),
    "wide page.xls": (lambda: b"<table>" + b"<td colspan=1000>x" * 60_000 + b"</table>", {"FILE_TOO_LARGE"}),
    "deep page.htm": (lambda: b"<table><tr><td>" * 50_000 + b"</table>" * 50_000, {"FILE_EMPTY"}),
    "outside.zip": (lambda: zipped({"../../outside.csv": b"a,b"}), {"FILE_HOSTILE"}),
    "root.zip": (lambda: zipped({"/etc/outside.csv": b"a,b"}), {"FILE_HOSTILE"}),
    "drive.zip": (lambda: zipped({"C:\\outside.csv": b"a,b"}), {"FILE_HOSTILE"}),
    "twins.zip": (lambda: zipped({"a.csv": b"a,b", "A.csv": b"a,b"}), {"FILE_HOSTILE"}),
    "link.zip": (lambda: linked(), {"FILE_LINK"}),
    "many.zip": (lambda: zipped({f"{n}.csv": b"" for n in range(1001)}), {"FILE_TOO_LARGE"}),
    "bomb.zip": (lambda: zipped({"a.csv": bytes(200 << 20)}), {"FILE_TOO_LARGE"}),
    "cut.zip": (lambda: zipped({"a.csv": b"a,b" * 99})[:60], {"FILE_KIND"}),
    "damaged.zip": (
        lambda: zipped({"a.csv": b"1234567890"}, zipfile.ZIP_STORED).replace(b"45", b"54"),
        {"FILE_UNREADABLE"},
    ),
    "empty.zip": (lambda: zipped({}), {"FILE_EMPTY"}),
}


REPEATED = (
    '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" office:value="1" '
    'table:number-columns-repeated="1024"/></table:table-row>'
)


def ods_of(rows: str) -> bytes:
    """An OpenDocument spreadsheet with these rows."""
    return changed(
        ods([]), {"content.xml": lambda part: part.replace(b"</table:table>", rows.encode() + b"</table:table>")}
    )


def circle() -> bytes:
    """An old workbook whose last sector is followed by its first."""
    content = xls([["a", "b"]] * 500)
    last = content.index(b"\xfe\xff\xff\xff", 512 + 8)
    return content[:last] + (2).to_bytes(4, "little") + content[last + 4 :]


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def linked() -> bytes:
    """An archive whose member is a link to a file outside."""
    buffer, entry = io.BytesIO(), zipfile.ZipInfo("a.csv")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def doubled() -> bytes:
    buffer = io.BytesIO(book())
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(SHEET, b"<other/>")
    return buffer.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_the_next_one_is_read(
    store: Store, deliver: Deliver, read: Read, name: str
) -> None:
    make, codes = HOSTILE[name]
    deliver(f"attendance/2026-01/{name}", make())
    deliver("attendance/2026-01/good.xlsx", book())
    landing = scan(store, DAY)
    assert [problem.file_name for problem in landing.problems] == [f"attendance/2026-01/{name}"]
    assert landing.problems[0].code in codes
    assert read()["attendance/2026-01/good.xlsx"].n_accepted == 1
    assert not list(store.scratch.glob("*"))


def test_the_child_process_stays_within_its_memory(tmp_path: Path) -> None:
    (tmp_path / "far.xlsx").write_bytes(changed(book(), {SHEET: far_cell}))
    (tmp_path / "heavy.xlsx").write_bytes(heavy())
    code = (
        "import resource, sys; from pathlib import Path; from warehouse.delivery.workbooks import workbook\n"
        "from schemas.reasons import FileRefused\n"
        "for name in ('far.xlsx', 'heavy.xlsx'):\n"
        "    try: workbook.convert(Path(sys.argv[1]) / name, Path(sys.argv[1]))\n"
        "    except FileRefused as refused: print(refused.code)\n"
        "workbook.close()\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    first, second, megabytes = done.stdout.split()
    assert (first, second) == ("FILE_TOO_LARGE", "FILE_TOO_LARGE")
    assert int(megabytes) < 500


def test_a_child_that_hangs_is_ended_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_bytes(book())
    workbook.convert(tmp_path / "a.xlsx", tmp_path)
    for worker in workbook._idle:
        os.kill(worker._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(workbook, "SECONDS", 0.01)
    while workbook._idle:
        with pytest.raises(FileRefused, match="limits"):
            workbook.convert(tmp_path / "a.xlsx", tmp_path)
    monkeypatch.undo()
    assert workbook.convert(tmp_path / "a.xlsx", tmp_path)[0]["rows"] == 2


LINK_TO = "file:///etc/passwd"


def leads_outside() -> bytes:
    """A workbook one of whose cells takes its value from another file: what it was when it was saved stands beside the formula."""
    content = book([*HEAD], ["A", 1, ANI, "H"])
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return changed(
        content,
        {
            SHEET: lambda xml: re.sub(
                rb'<c r="B2"[^>]*>.*?</c>', rb'<c r="B2"><f>[1]Daftar!A1</f><v>4</v></c>', xml
            ),
            "xl/externalLinks/externalLink1.xml": (
                f'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}">'
                '<externalBook r:id="rId1"><sheetNames><sheetName val="Daftar"/></sheetNames></externalBook></externalLink>'
            ).encode(),
            "xl/externalLinks/_rels/externalLink1.xml.rels": (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
                f'Type="{office}/externalLinkPath" Target="{LINK_TO}" TargetMode="External"/></Relationships>'
            ).encode(),
            "[Content_Types].xml": lambda xml: xml.replace(
                b"</Types>",
                b'<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="application/'
                b'vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"/></Types>',
            ),
            "xl/_rels/workbook.xml.rels": lambda xml: xml.replace(
                b"</Relationships>",
                f'<Relationship Id="rId99" Type="{office}/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>'.encode(),
            ),
            "xl/workbook.xml": lambda xml: xml.replace(
                b"<calcPr", f'<externalReferences><externalReference xmlns:r="{office}" r:id="rId99"/></externalReferences><calcPr'.encode()
            ),
        },
    )  # fmt: skip


def test_a_link_to_another_file_is_not_followed_and_does_not_go_back(
    store: Store, deliver: Deliver, read: Read, tmp_path: Path
) -> None:
    path = deliver("attendance/2026-01/a.xlsx", leads_outside())
    assert len(openpyxl.load_workbook(path)._external_links) == 1
    [report] = read().values()
    assert (report.n_accepted, report.n_refused) == (1, 0)
    assert pl.read_parquet(store.staging / "attendance/2026-01.parquet")["session_no"].to_list() == [4]
    refusal = {
        "sheet_name": "Sheet", "row_number": 2, "column_number": 2, "reason_code": "NOT_A_NUMBER", "column_name": "session_no",
        "heading": "session_no", "value_seen": "4", "reason_indonesian": "Salah.", "reason_english": "Wrong.", "how_to_mend": "Perbaiki.",
        "raw_row": "",
    }  # fmt: skip
    returned = tmp_path / "a.xlsx.kembali.xlsx"
    write_return(path, pl.DataFrame([refusal]), returned)
    with zipfile.ZipFile(returned) as archive:
        assert not [
            name for name in archive.namelist() if "externalLink" in name or LINK_TO.encode() in archive.read(name)
        ]


@pytest.mark.parametrize(
    "name",
    ["📊 hadir.csv", "a'; drop table x; --.csv", "x" * 240 + ".csv", "CON.csv", "dua\nbaris.csv", "-rf.csv"],
)
def test_odd_names_are_only_names(store: Store, deliver: Deliver, read: Read, name: str) -> None:
    deliver(f"attendance/2026-01/{name}", f"{','.join(HEAD)}\nA,1,{ANI},H\n")
    reports = read()
    assert [report.n_accepted for report in reports.values()] == [1]
    assert list(reports) == [f"attendance/2026-01/{name}"]


def test_a_folder_that_leads_elsewhere_is_not_followed(store: Store, deliver: Deliver, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.csv").write_text(f"{','.join(HEAD)}\nA,1,{ANI},H\n")
    deliver("attendance/2026-01/b.csv", f"{','.join(HEAD)}\nA,1,{ANI},H\n")
    (store.landing / "attendance" / "2026-02").symlink_to(tmp_path / "secret")
    landing = scan(store, DAY)
    assert [d.file_name for ds in landing.deliveries.values() for d in ds] == ["attendance/2026-01/b.csv"]
    assert [problem.code for problem in landing.problems] == ["FILE_LINK"]


def test_a_name_that_is_too_long_is_told_and_does_not_stop_the_night(
    store: Store, deliver: Deliver, read: Read
) -> None:
    longest, longer = "a" * (NAME_LIMIT - 4), "b" * 251
    deliver(f"attendance/2026-01/{longest}.csv", f"{TEXT}A,1,{ANI},H\n")
    deliver(f"attendance/2026-01/{longer}.csv", TEXT)
    assert problem_of(store) == (f"attendance/2026-01/{longer}.csv", "FILE_NAME_LENGTH", "refused")
    assert read()[f"attendance/2026-01/{longest}.csv"].n_accepted == 1


@pytest.mark.parametrize(
    "name", [b"attendance/2026-01/caf\xe9.csv", b"attendance/2026-01\xff/a.csv", b"abs\xff/2026-01/a.zip"]
)
def test_a_name_that_is_no_utf_8_is_told_and_does_not_stop_the_night(
    store: Store, deliver: Deliver, read: Read, name: bytes
) -> None:
    """An old program of Windows writes it in an alphabet of its own."""
    deliver("attendance/2026-01/b.csv", f"{TEXT}A,1,{ANI},H\n")
    path = os.path.join(os.fsencode(store.landing), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(TEXT.encode())
    assert problem_of(store) == (name.decode("utf-8", "backslashreplace"), "FILE_NAME", "refused")
    assert read()["attendance/2026-01/b.csv"].n_accepted == 1
    [untold] = untaken(store, scan(store, DAY))
    assert json.loads(json.dumps(untold.file_name, ensure_ascii=False).encode()) == untold.file_name


def test_a_pipe_in_the_landing_area_does_not_stop_the_night(store: Store, deliver: Deliver, read: Read) -> None:
    path = deliver("attendance/2026-01/b.csv", f"{','.join(HEAD)}\nA,1,{ANI},H\n")
    os.mkfifo(path.with_name("pipe.csv"))
    assert read()["attendance/2026-01/b.csv"].n_accepted == 1


def test_a_text_file_with_an_endless_cell_is_read_in_bounded_memory(store: Store, deliver: Deliver) -> None:
    deliver("attendance/2026-01/wide.csv", f"{','.join(HEAD)}\n" + "A" * (60 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert scan(store, DAY).problems[0].code == "FILE_TRUNCATED"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10


# ---- What is no file, and what says that it is small ------------------------------------------------------------------

TEXT = "class_id,session_no,nip,status\n"


def problem_of(store: Store) -> tuple[str, str, str]:
    """File, reason and status of the one problem of the landing area."""
    [problem] = scan(store, DAY).problems
    return problem.file_name, problem.code, problem.status


def test_a_pipe_or_socket_is_named_as_no_file_and_nobody_waits_for_it(store: Store, deliver: Deliver) -> None:
    folder = deliver("attendance/2026-01/a.csv", TEXT).parent
    os.mkfifo(folder / "p.csv")
    assert problem_of(store) == ("attendance/2026-01/p.csv", "FILE_NO_FILE", "refused")
    (folder / "p.csv").unlink()
    with socket.socket(socket.AF_UNIX) as listening, inside(folder):
        listening.bind("s.csv")
        assert problem_of(store) == ("attendance/2026-01/s.csv", "FILE_NO_FILE", "refused")


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """A socket's address is short; below the folder its name is enough."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def test_a_link_that_leads_nowhere_is_named(store: Store, deliver: Deliver) -> None:
    deliver("attendance/2026-01/a.csv", TEXT).with_name("l.csv").symlink_to("/nowhere/at/all")
    assert problem_of(store) == ("attendance/2026-01/l.csv", "FILE_LINK", "refused")


@pytest.mark.parametrize(
    ("error", "code"), [(PermissionError(13, "no"), "FILE_NO_ACCESS"), (FileNotFoundError(2, "gone"), "FILE_CHANGING")]
)
def test_a_file_that_may_not_be_read_or_went_away_waits(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    path = deliver("attendance/2026-01/a.csv", f"{TEXT}A,1,{ANI},H\n")
    deliver("attendance/2026-01/b.csv", f"{TEXT}B,1,{ANI},H\n")

    def closed(opened: Path) -> str:
        if opened == path:
            raise type(error)(error.errno, error.strerror, str(path))
        return file_sha256(opened)

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.delivery.landing.file_sha256", closed)
        assert problem_of(store) == ("attendance/2026-01/a.csv", code, "held")
        assert set(read()) == {"attendance/2026-01/b.csv"}
    assert read()["attendance/2026-01/a.csv"].n_accepted == 1


def test_a_folder_that_may_not_be_looked_into_is_named(
    store: Store, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver("attendance/2026-01/a.csv", TEXT)
    listed = os.scandir

    def closed(folder: str) -> object:
        if str(folder).endswith("2026-01"):
            raise PermissionError(13, "no", str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "scandir", closed)
    assert problem_of(store) == ("attendance/2026-01", "FILE_NO_ACCESS", "held")


@pytest.mark.parametrize("use_dictionary", [True, False])
def test_a_small_parquet_file_of_much_text_is_refused_by_its_size(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch, use_dictionary: bool
) -> None:
    """Its text stands once in a dictionary, or is packed a thousandfold."""
    monkeypatch.setattr("warehouse.delivery.formats.parquet.CONTENT_LIMIT", 10_000_000)
    n, path = 2_000, deliver("attendance/2026-01/a.parquet", "")
    columns = {"class_id": ["x" * 10_000] * n, "session_no": range(n), "nip": [ANI] * n, "status": ["H"] * n}
    arrow_parquet.write_table(arrow.table(columns), path, compression="zstd", use_dictionary=use_dictionary)
    assert path.stat().st_size < 100_000
    reports = read()
    codes = [report.reason_code for report in reports.values()] or [problem_of(store)[1]]
    assert codes == ["FILE_TOO_LARGE"]


def test_a_parquet_file_is_read_in_pieces_that_fit(
    store: Store, deliver: Deliver, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.delivery.formats.parquet.PIECE", 1_000)
    n, path = 500, deliver("attendance/2026-01/a.parquet", "")
    columns = {"class_id": [f"K{at % 7}" for at in range(n)], "session_no": range(1, n + 1), "nip": [ANI] * n, "status": ["H"] * n}  # fmt: skip
    arrow_parquet.write_table(arrow.table(columns), path)
    report = read()["attendance/2026-01/a.parquet"]
    staged = pl.read_parquet(store.staging / "attendance" / "2026-01.parquet")
    assert dict(zip(staged["source_row"], staged["class_id"], strict=True)) == {at + 2: f"K{at % 7}" for at in staged["source_row"] - 2}  # fmt: skip
    assert report.n_read == n
