"""Files of other programs give the rows that the same table gives as .xlsx; an archive's members are files of their own."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from warehouse.building.inputs import begin_build
from warehouse.database import connect
from warehouse.delivery.landing import scan
from warehouse.delivery.workbooks import workbook
from warehouse.offices.inspection import inspect_file
from warehouse.offices.returned import TITLE, write_returns
from warehouse.sample.workbooks import SMALL_STREAM, compound, ods, xls
from warehouse.staging.report import FileReport
from warehouse.store import Store

from ..conftest import DAY, book

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
ANI, BUDI = "198503152010012001", "199001012024211002"
HEAD = ["class_id", "session_no", "employee_id", "status"]
ROWS = [HEAD, ["MD-01-1", "1", ANI, "H"], ["MD-01-1", "2", BUDI, "I"]]
TEXT = "\n".join(map(",".join, ROWS)) + "\n"


def rows(store: Store, source: str = "attendance") -> list[tuple[object, ...]]:
    frame = pl.read_parquet(store.staging / source / "2026-01.parquet")
    return frame.select("class_id", "session_no", "status").sort("session_no").rows()


SAME = [("MD-01-1", 1, "hadir"), ("MD-01-1", 2, "izin")]


def page(*table: Sequence[str], above: str = "", charset: str = "utf-8") -> bytes:
    """A web page of a table, without the ends that most pages leave out."""
    cells = "".join("<tr>" + "".join(f"<td>&nbsp;{cell}" for cell in row) for row in table)
    head = f"<meta http-equiv=Content-Type content='text/html; charset={charset}'><style>td {{}}</style>"
    return f"<html><head>{head}<title>x</title></head><body>{above}<table>{cells}</table></body></html>".encode(charset)


def excel_2003(*table: Sequence[str]) -> bytes:
    cells = "".join(
        "<Row>" + "".join(f"<Cell><Data ss:Type='String'>{cell}</Data></Cell>" for cell in row) + "</Row>"
        for row in table
    )
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    about = "<DocumentProperties><Author>status</Author></DocumentProperties>"
    return f"""<?xml version="1.0"?>\n<Workbook xmlns="{name}" xmlns:ss="{name}">{about}<Worksheet ss:Name="A"><Table>
        {cells}</Table></Worksheet></Workbook>""".encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page of a web application.xls", page(*ROWS)),
        ("page.html", page(*ROWS, charset="windows-1252")),
        ("xml of a web application.xls", excel_2003(*ROWS)),
        ("a.xls", xls(ROWS)),
        ("a.ods", ods(ROWS)),
        ("a.xlsm", book(*ROWS)),
        ("new in an old name.xls", book(*ROWS)),
        ("old in a new name.xlsx", xls(ROWS)),
        ("text of a web application.xls", TEXT.replace(",", "\t").encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_same_table_gives_the_same_rows(
    store: Store, deliver: Deliver, read: Read, name: str, content: bytes
) -> None:
    deliver(f"attendance/2026-01/{name}", content)
    assert read()[f"attendance/2026-01/{name}"].n_accepted == 2
    assert rows(store) == SAME


def with_part(content: bytes, name: str, part: bytes | Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for other in old.namelist():
            if other != name:
                new.writestr(other, old.read(other))
        new.writestr(name, part if isinstance(part, bytes) else part(old.read(name)))
    return buffer.getvalue()


def test_macros_are_no_hindrance_and_are_not_looked_at(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.xlsm", with_part(book(*ROWS), "xl/vbaProject.bin", b"whatever"))
    assert read()["attendance/2026-01/a.xlsm"].n_accepted == 2


def test_a_sound_workbook_that_one_reader_does_not_take_is_read_by_another(
    store: Store, deliver: Deliver, read: Read
) -> None:
    """White space beside a number is allowed by the format, and one of the libraries stumbles over it."""
    content = book(HEAD, ["MD-01-1", 1, ANI, "H"], ["MD-01-1", 2, BUDI, "I"])
    deliver(
        "attendance/2026-01/a.xlsx",
        with_part(content, "xl/worksheets/sheet1.xml", lambda part: part.replace(b"<v>1</v>", b"<v> 1 </v>")),
    )
    assert read()["attendance/2026-01/a.xlsx"].n_accepted == 2
    assert rows(store) == SAME


def test_what_stands_above_a_table_of_a_page_and_cells_that_span_others_are_read(
    store: Store, deliver: Deliver, read: Read
) -> None:
    table = (
        "<table><tr><th rowspan=2>No<th rowspan=2>NIP<th colspan=2>Kehadiran</th></tr><tr><th>Hari 1<th>Hari\n 2</tr>"
        f"<tr><td>1<td rowspan=2>{ANI}<td>H<td>Sakit<br>(surat)</tr><tr><td>2<td>H<td>Sakit</tr></table>"
        "<script>document.write('<td>evil')</script><table><tr><td>Mengetahui,<td>5 Januari 2026</table>"
    )
    deliver("attendance/2026-01/a.xls", f"<h3>DAFTAR HADIR</h3><p>Kode Kelas : <b>MD-01-1</b></p>{table}".encode())
    report = read()["attendance/2026-01/a.xls"]
    assert (report.n_read, report.n_accepted, report.n_duplicate, report.n_refused) == (4, 2, 2, 0)
    assert rows(store) == [("MD-01-1", 1, "hadir"), ("MD-01-1", 2, "sakit")]


# ---------------------------------------------------------------- cells


def sheet_of(content: bytes, folder: Path, ending: str) -> str:
    path = folder / f"a{ending}"
    path.write_bytes(content)
    [sheet] = workbook.convert(path, folder)
    return Path(sheet["file"]).read_text()


def old_book(styles: Sequence[int], formats: Mapping[int, str], *cells: tuple[int, bytes]) -> bytes:
    """A workbook of Excel 97 with cell styles (numbers of formats), further formats, and records of cells."""
    begin = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0005, 0, 0, 0, 0x0600)
    more = b"".join(
        struct.pack("<HHHHB", 0x041E, 5 + len(text), number, len(text), 0) + text.encode()
        for number, text in formats.items()
    )
    more += b"".join(struct.pack("<HHHHH", 0x00E0, 20, 0, number, 0) + bytes(14) for number in styles)
    size = len(begin) + len(more) + 4 + 8 + 6 + 4
    stream = (
        begin + more + struct.pack("<HHIHBB", 0x0085, 14, size, 0, 6, 0) + b"Sheet1" + struct.pack("<HH", 0x000A, 0)
    )
    stream += begin.replace(struct.pack("<H", 0x0005), struct.pack("<H", 0x0010), 1)
    stream += b"".join(struct.pack("<HH", kind, len(content)) + content for kind, content in cells)
    return compound({"Workbook": (stream + struct.pack("<HH", 0x000A, 0)).ljust(SMALL_STREAM, b"\0")})


def test_a_percentage_of_an_old_workbook_is_no_bare_share(tmp_path: Path) -> None:
    """85 % as a number cell, packed, as a formula's result, and in a format of its own; a plain 0.85 stays one."""
    share = struct.pack("<d", 0.85)
    packed = struct.unpack("<I", struct.pack("<i", 85 << 2 | 3))[0]
    content = old_book(
        [0, 9, 164],
        {164: "0,0%"},
        (0x0203, struct.pack("<HHH", 0, 0, 1) + share),
        (0x027E, struct.pack("<HHHI", 0, 1, 1, packed)),
        (0x0006, struct.pack("<HHH", 0, 2, 1) + share + struct.pack("<HIH", 0, 0, 0)),
        (0x00BD, struct.pack("<HHHIHIH", 0, 3, 2, packed, 0, packed, 4)),
        (0x0203, struct.pack("<HHH", 0, 5, 0) + share),
    )
    assert sheet_of(content, tmp_path, ".xls") == '"85%","85%","85%","85%","0.85","0.85"\n'


def test_a_code_of_any_workbook_is_what_is_shown(tmp_path: Path) -> None:
    """7 shown as 007 or NS-007 was another code in a file of another program."""
    number = struct.pack("<d", 7.0)
    numbers = [(0x0203, struct.pack("<HHH", 0, column, column) + number) for column in range(3)]
    content = old_book([164, 165, 1], {164: "000", 165: '"NS-"000'}, *numbers)
    assert sheet_of(content, tmp_path, ".xls") == '"007","NS-007","7"\n'
    shown = ["007", "NS-007", "7", "Rp 7", "7,0", "7 juta", "7%", "7 JP"]
    cell = '<table:table-cell office:value-type="float" office:value="7"><text:p>{}</text:p></table:table-cell>'
    content = open_document("".join(map(cell.format, shown)))
    assert sheet_of(content, tmp_path, ".ods") == '"007","NS-007","7","Rp 7","7","7 juta","7%","7"\n'


def test_an_error_of_an_old_workbook_is_one(tmp_path: Path) -> None:
    result = struct.pack("<BBBBBBH", 2, 0, 7, 0, 0, 0, 0xFFFF)
    content = old_book(
        [0],
        {},
        (0x0205, struct.pack("<HHHBB", 0, 0, 0, 7, 1)),
        (0x0006, struct.pack("<HHH", 0, 1, 0) + result + struct.pack("<HIH", 0, 0, 0)),
        (0x0205, struct.pack("<HHHBB", 0, 2, 0, 1, 0)),
    )
    assert sheet_of(content, tmp_path, ".xls") == '"#ERROR!","#ERROR!","true"\n'


def open_document(*cells: str) -> bytes:
    """An OpenDocument spreadsheet with rows of cells as XML."""
    made = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    return with_part(
        ods([]),
        "content.xml",
        lambda part: part.replace(b"</table:table>", made.encode() + b"</table:table>"),
    )


def test_what_cells_of_an_open_document_show(tmp_path: Path) -> None:
    one = '<table:table-cell office:value-type="float" office:value="1"/>'
    content = open_document(
        '<table:table-cell office:value-type="percentage" office:value="0.85" table:number-columns-repeated="2"/>'
        '<table:table-cell office:value-type="date" office:date-value="2026-03-12"/>'
        '<table:table-cell table:formula="of:=1/0" office:value-type="string"><text:p>#DIV/0!</text:p></table:table-cell>'
        '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>both</text:p></table:table-cell>',
        one * 4 + "<table:covered-table-cell/>",
    )
    assert sheet_of(content, tmp_path, ".ods").splitlines() == [
        '"85%","85%","2026-03-12","#ERROR!","both"',
        '"1","1","1","1","both"',
    ]


@pytest.mark.parametrize("ending", [".ods", ".html"])
def test_cells_that_are_merged_sideways_are_known(tmp_path: Path, ending: str) -> None:
    """With their rows, of which a block has several."""
    cell = '<table:table-cell office:value-type="string"'
    content = {
        ".ods": open_document(
            f'{cell}><text:p>a</text:p></table:table-cell>{cell} table:number-columns-spanned="3"><text:p>IZIN</text:p></table:table-cell>'
            '<table:covered-table-cell table:number-columns-repeated="2"/>',
            f'{cell} table:number-columns-spanned="2" table:number-rows-spanned="2"><text:p>b</text:p></table:table-cell><table:covered-table-cell/>',
        ),
        ".html": b"<table><tr><td>a<td colspan=3>IZIN</tr><tr><td colspan=2 rowspan=2>b<td>c<td>d</tr></table>",
    }[ending]
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    [sheet] = workbook.convert(path, tmp_path)
    assert sheet["wide"] == [[0, 0, 1, 3], [1, 2, 0, 1]]
    assert Path(sheet["file"]).read_text().startswith('"a","IZIN"')


def test_hidden_sheets_of_an_open_document_are_not_read(tmp_path: Path) -> None:
    hidden = (
        b'<office:automatic-styles><style:style xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" style:name="h" '
        b'style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    )
    content = with_part(
        ods([["a"]]),
        "content.xml",
        lambda part: part.replace(b"<office:body>", hidden + b"<office:body>").replace(
            b"</office:spreadsheet>",
            b'<table:table table:name="no" table:style-name="h"/></office:spreadsheet>',
        ),
    )
    assert sheet_of(content, tmp_path, ".ods") == '"a"\n'


# ---------------------------------------------------------------- back to the sender


@pytest.mark.parametrize(("ending", "made"), [(".xls", xls), (".ods", ods)])
def test_what_cannot_be_written_goes_back_as_another_workbook_and_says_so(
    store: Store, deliver: Deliver, read: Read, ending: str, made: Callable[[Sequence[Sequence[str]]], bytes]
) -> None:
    path = deliver(f"attendance/2026-01/a{ending}", made([*ROWS, ["MD-01-1", "3", "198503152010012000", "H"]]))
    read()
    [back] = write_returns(store)
    assert back.name == f"a{ending}.kembali.xlsx"
    marked = openpyxl.load_workbook(back)
    summary = marked.worksheets[0]
    assert summary["A1"].value == TITLE
    assert f"hapus berkas {ending} yang lama" in summary["A3"].value
    sheet = marked["Sheet1"]
    assert [cell.value for cell in sheet[4]] == ["MD-01-1", "3", "198503152010012000", "H"]
    assert sheet["C4"].comment is not None
    sheet["C4"].value = ANI
    path.unlink()
    marked.save(path.with_suffix(".xlsx"))
    assert read()["attendance/2026-01/a.xlsx"].n_accepted == 3


# ---------------------------------------------------------------- archives


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_refusal_names_the_row_of_excels_xml_also_behind_rows_that_it_leaves_out(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "daftar.xls"
    text = excel_2003(*ROWS, ["MD-01-1", "3", ANI, "?!"]).decode()
    fourth = text.rindex("<Row>")
    path.write_text(text[:fourth] + '<Row ss:Index="9">' + text[fourth + len("<Row>") :])
    (reading,) = inspect_file(store, path)["readings"]
    assert (reading["n_accepted"], [refusal["row_number"] for refusal in reading["refusals"]]) == (2, [9])


def test_each_member_is_a_file_of_its_own(store: Store, deliver: Deliver, read: Read) -> None:
    """Of other formats and layouts, some bad: the bad ones are named, the others are read."""
    sheet = book(["Kode Kelas : MD-01-1"], ["NIP", "Nama", "Hari 2"], [BUDI, "Budi", "I"])
    deliver(
        "attendance/2026-01/semua.zip",
        zipped(
            **{
                "a.csv": f"{','.join(HEAD)}\nMD-01-1,1,{ANI},H\n",
                "dua/b.xlsx": sheet,
                "dua/kosong.csv": b"",
                "dua/lagi.zip": zipped(x="y"),
                "foto.jpg": b"\xff\xd8",
                "__MACOSX/._a.csv": b"x",
                "~$b.xlsx": b"x",
            }
        ),
    )
    reports = read()
    assert {name: report.n_accepted for name, report in reports.items()} == {
        "attendance/2026-01/semua.zip/a.csv": 1,
        "attendance/2026-01/semua.zip/dua/b.xlsx": 1,
    }
    assert rows(store) == SAME
    problems = {problem.file_name.partition(".zip/")[2]: problem.code for problem in scan(store, DAY).problems}
    assert problems == {"dua/kosong.csv": "FILE_EMPTY", "dua/lagi.zip": "FILE_ENDING", "foto.jpg": "FILE_ENDING"}


def test_an_archive_that_is_gone_or_changed_leaves_nothing(store: Store, deliver: Deliver, read: Read) -> None:
    path = deliver("attendance/2026-01/a.zip", zipped(**{"a.csv": TEXT, "b.csv": TEXT}))
    reports = read()
    assert [report.status for report in reports.values()] == ["accepted", "duplicate"]
    before = {member: member.stat().st_ino for member in store.unpacked.rglob("*.csv")}
    assert read() == {}
    assert {member: member.stat().st_ino for member in store.unpacked.rglob("*.csv")} == before
    deliver("attendance/2026-01/a.zip", zipped(**{"c.csv": TEXT}))
    assert list(read()) == ["attendance/2026-01/a.zip/c.csv"]
    assert [member.name for member in store.unpacked.rglob("*.csv")] == ["c.csv"]
    path.unlink()
    read()
    assert not (store.staging / "attendance" / "2026-01.parquet").exists()
    assert not list(store.unpacked.rglob("*.csv"))


def test_a_member_lies_in_the_folder_of_its_archive(store: Store, deliver: Deliver, read: Read) -> None:
    """So that another archive, or the files themselves, may take its place in the month and nothing counts as lost."""
    deliver("attendance/2026-01/a.zip", zipped(**{"x/a.csv": TEXT, "b.doc": "x"}))
    read()
    with connect(":memory:") as con:
        begin_build(con, store, DAY, scan(store, DAY))
        files = con.execute("select folder, file_name, status from ops.delivery order by all").fetchall()
    assert files == [
        ("attendance/2026-01", "a.zip/b.doc", "refused"),
        ("attendance/2026-01", "a.zip/x/a.csv", "accepted"),
    ]


def test_only_the_programs_own_account_may_read_what_was_unpacked(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.zip", zipped(**{"x/a.csv": TEXT}))
    read()
    modes = {path.stat().st_mode & 0o077 for path in [store.unpacked, *store.unpacked.rglob("*")]}
    assert modes == {0}


def test_a_member_with_refused_rows_goes_back(store: Store, deliver: Deliver, read: Read) -> None:
    deliver("attendance/2026-01/a.zip", zipped(**{"x.csv": TEXT + "MD-01-1,3,198503152010012000,H\n"}))
    read()
    assert [str(path.relative_to(store.returned)) for path in write_returns(store)] == [
        "attendance/2026-01/a.zip/x.csv.kembali.xlsx"
    ]


def test_an_archive_is_inspected_member_by_member(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(**{"a.csv": TEXT, "b.csv": TEXT.replace("MD-01-1", "MD-01-2")}))
    about = inspect_file(store, path)
    assert [(reading["file_name"].partition(".zip/")[2], reading["n_accepted"]) for reading in about["readings"]] == [
        ("a.csv", 2),
        ("b.csv", 2),
    ]
