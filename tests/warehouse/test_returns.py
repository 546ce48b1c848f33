"""Refused rows go back to the sender: marks at the right cells, nothing that calculates, nothing that is stale."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from schemas.reasons import REASONS
from warehouse.delivery.landing import PART, _has_part
from warehouse.offices import returned as returns
from warehouse.offices.returned import write_return, write_returns
from warehouse.staging.refusals import REFUSALS
from warehouse.staging.report import FileReport
from warehouse.store import Store, read_json, write_json

RED, YELLOW = returns.CELL.fgColor.rgb, returns.ROW.fgColor.rgb
MEND = REASONS["NOT_A_NUMBER"].mend


def refusal(row: int, column: int | None, code: str = "NOT_A_NUMBER", **others: Any) -> dict[str, Any]:
    reason = REASONS[code]
    return {
        "source": "attendance",
        "month": "2026-01",
        "file_name": "attendance/2026-01/a.csv",
        "sheet_name": "",
        "row_number": row,
        "column_name": "score" if column else "",
        "column_number": column,
        "heading": "score" if column else "",
        "reason_code": code,
        "value_seen": None,
        "reason_indonesian": reason.indonesian,
        "reason_english": reason.english,
        "how_to_mend": reason.mend,
        "raw_row": f'{{"row": {row}}}',
    } | others


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=REFUSALS)


def returned(path: Path, *rows: dict[str, Any], **options: Any) -> Workbook:
    target = path.parent / "out" / "back.xlsx"
    write_return(path, frame(*rows), target, **options)
    return load_workbook(target)


def csv_file(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode())
    return path


def marked(sheet: Worksheet, colour: str = RED) -> list[str]:
    return [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == colour]


def commented(sheet: Worksheet) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def listed(book: Workbook) -> list[tuple[Any, ...]]:
    return list(book["Ringkasan"].iter_rows(min_row=7, values_only=True))


def heading(book: Workbook) -> str:
    return " ".join(str(book["Ringkasan"].cell(row, 1).value) for row in range(1, 5))


def test_csv_rows_are_found_behind_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'nip,note,score\n1,"two\nlines",5\n\n2,x,abc\n3,y,7\n')
    book = returned(path, refusal(5, 3, value_seen="abc"))
    assert book.sheetnames == ["Ringkasan", "Data"]
    data = book["Data"]
    assert [row[0] for row in data.iter_rows(values_only=True)] == ["nip", "1", "2", "3"]
    assert marked(data) == ["C3"]
    assert list(commented(data)) == ["C3"]
    assert MEND in commented(data)["C3"]
    assert all(cell.number_format == "@" and cell.data_type == "s" for row in data.iter_rows() for cell in row)
    reason = REASONS["NOT_A_NUMBER"]
    assert listed(book) == [
        ("Data", "3 (berkas asli: baris 5)", "C: score", "abc", reason.indonesian, reason.mend, reason.english)
    ]
    assert book["Ringkasan"]["C7"].hyperlink.location == "'Data'!C3"
    assert "1 baris ditolak" in heading(book)
    assert "sudah tersimpan" in heading(book)


def test_what_is_to_be_done_is_said_once_and_first(tmp_path: Path) -> None:
    """However many rows it is about, and by the heading that the sender knows, though the file lacks it."""
    path = csv_file(tmp_path, "nip,score\n1,x\n2,y\n3,7\n")
    code = {"column_name": "class_id", "how_to_mend": "Tulis kode kelas."}
    rows = [refusal(row, None, "MISSING", **code) for row in (2, 3, 4)]
    book = returned(path, refusal(2, 2), *rows, stored=False, notes=["lembar yang tidak dibaca: 2"])
    tasks = str(book["Ringkasan"]["A5"].value).splitlines()
    assert tasks == [
        "• 3 baris, Kode kelas: Sel wajib diisi, tetapi kosong. Tulis kode kelas.",
        f"• 1 baris, score: {REASONS['NOT_A_NUMBER'].indonesian} {MEND}",
        "Perhatikan juga: lembar yang tidak dibaca: 2.",
    ]
    assert book["Ringkasan"].row_dimensions[5].height >= 45
    assert "Kode kelas" in [row[2] for row in listed(book)]
    assert "Belum ada baris berkas ini yang tersimpan." in heading(book)
    assert "sudah tersimpan" not in heading(book)


def test_of_many_causes_the_commonest_stand_first(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "nip,score\n" + "1,x\n" * 9)
    rows = [refusal(row, 2, how_to_mend=f"Perbaiki {min(row, 8)}.") for row in range(2, 10)]
    tasks = str(returned(path, *rows)["Ringkasan"]["A5"].value).splitlines()
    assert len(tasks) == returns.TASK_LIMIT + 1
    assert tasks[0].startswith("• 2 baris, score")
    assert tasks[-1] == "• dan 2 sebab lain, lihat daftar di bawah."


def test_encoding_and_delimiter_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("nama;score\nRené;x\n".encode("cp1252"))
    data = returned(path, refusal(2, 2), encoding="cp1252", delimiter=";")["Data"]
    assert [data["A2"].value, *marked(data)] == ["René", "B2"]


def test_a_workbook_keeps_its_look_and_is_marked_below_its_title(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = Workbook()
    book.active.title = "Petunjuk"
    sheet = book.create_sheet("Daftar Hadir")
    for row in (["DAFTAR HADIR"], ["Kelas", "A"], [], ["NIP", "Nama", "Nilai", "Tanggal"]):
        sheet.append(row)
    sheet.append([1.985e17, "Ani", 87.5, date(2026, 3, 12)])
    sheet.append(["2", "Budi", "abc", date(2026, 3, 12)])
    sheet.merge_cells("A1:D1")
    sheet.column_dimensions["B"].width = 33
    sheet["C6"].comment = Comment("Tolong dicek", "Kantor")
    book.save(path)
    name = {"sheet_name": "Daftar Hadir"}
    back = returned(
        path,
        refusal(6, 3, **name, value_seen="abc"),
        refusal(5, 1, "NIP_SCIENTIFIC", **name),
        refusal(6, 4, "END_BEFORE_START", **name),
        refusal(1, 2, "MISSING", **name),
    )
    assert back.sheetnames == ["Ringkasan", "Petunjuk", "Daftar Hadir"]
    assert back.active.title == "Ringkasan"
    data = back["Daftar Hadir"]
    assert marked(data) == ["A1", "A5", "C6", "D6"]  # B1 is part of the merged A1
    assert data["A5"].number_format == "@"
    assert data["D6"].number_format != "@"  # a date stays a date
    assert (data["C5"].value, data.column_dimensions["B"].width) == (87.5, 33)
    assert [str(area) for area in data.merged_cells.ranges] == ["A1:D1"]
    assert commented(data)["C6"].endswith("Komentar pengirim:\nTolong dicek")
    assert ("Daftar Hadir", "6", "C: score", "abc") in [row[:4] for row in listed(back)]


def test_a_returned_workbook_that_comes_back_has_the_new_marks_only(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["NIP", "Nilai"])
    book.active.append(["1", "x"])
    book.active["B2"].comment = Comment("Asli", "Kantor")
    book.save(tmp_path / "a.xlsx")
    write_return(tmp_path / "a.xlsx", frame(refusal(2, 2), refusal(2, None, "RAGGED")), tmp_path / "b.xlsx")
    again = returned(tmp_path / "b.xlsx", refusal(2, 1, "MISSING", sheet_name="Sheet"))
    assert again.sheetnames == ["Ringkasan", "Sheet"]
    assert marked(again["Sheet"]) == ["A2"]
    assert marked(again["Sheet"], YELLOW) == []
    assert commented(again["Sheet"])["B2"] == "Asli"
    assert len(listed(again)) == 1


FORMULAS = ["=1+1", "+6281", "-5", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "#REF!"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("h\n" + "\n".join(FORMULAS) + "\n")
    elif kind == "parquet":
        pl.DataFrame({"h": FORMULAS}).write_parquet(path)
    else:
        book = Workbook()
        for row, text in enumerate(["h", *FORMULAS], start=1):
            book.active.cell(row, 1, text).data_type = "s"
        book.active["B1"] = -5
        book.active["B2"] = "=1+1"  # a true formula, never calculated: empty
        book.save(path)
    back = returned(path, *(refusal(row, 1, value_seen=text) for row, text in enumerate(FORMULAS, start=2)))
    data = back.worksheets[1]
    cells = [data.cell(row, 1) for row in range(2, 2 + len(FORMULAS))]
    cells += [back["Ringkasan"].cell(row, 4) for row in range(7, 7 + len(FORMULAS))]
    assert [cell.value for cell in cells] == FORMULAS * 2
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(bool(cell.quotePrefix) == (cell.value != "#REF!") for cell in cells)
    if kind == "xlsx":
        assert (data["B1"].value, data["B1"].data_type, data["B2"].value) == (-5, "n", None)


def test_what_could_calculate_or_lead_elsewhere_is_removed(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["NIP", "Nilai"])
    sheet.append(["tautan", "x"])
    sheet["A2"].hyperlink = Hyperlink(ref="A2", target="https://example.org")
    for formula in ('"ya,tidak"', "Pilihan!$A$1:$A$3", "[1]Lain!$A$1", 'WEBSERVICE("http://example.org")'):
        rule = DataValidation("list", formula1=formula)
        rule.add("B2")
        sheet.add_data_validation(rule)
    book.save(tmp_path / "a.xlsx")
    data = returned(tmp_path / "a.xlsx", refusal(2, 2))["Sheet"]
    assert data["A2"].hyperlink is None
    assert [r.formula1 for r in data.data_validations.dataValidation] == ['"ya,tidak"', "Pilihan!$A$1:$A$3"]


def test_several_reasons_stand_in_one_comment(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "nip,score\n1,x\n")
    back = returned(path, refusal(2, 2), refusal(2, 2, "TOO_LARGE"), refusal(2, 2, source="evaluations"))
    text = commented(back["Data"])["B2"]
    assert text.count(REASONS["NOT_A_NUMBER"].indonesian) == 1
    assert REASONS["TOO_LARGE"].indonesian in text
    assert "1 baris ditolak" in heading(back)


def test_a_row_refused_as_a_whole_is_light_and_its_cells_stay_red(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a,b,c\n1,2,3\n4,5,6,7\n")
    data = returned(path, refusal(3, 2), refusal(3, None, "RAGGED"))["Data"]
    assert marked(data, YELLOW) == ["A3", "C3", "D3"]
    assert marked(data) == ["B3"]
    assert REASONS["RAGGED"].indonesian in commented(data)["A3"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_of_a_large_file_only_refused_rows_go_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(returns, "COPY_LIMIT", 50)
    monkeypatch.setattr(returns, "HEAD_LIMIT", 3)
    path = tmp_path / f"a.{kind}"
    table = pl.DataFrame({"id": range(2, 102), "score": [None] * 100})
    table.write_csv(path) if kind == "csv" else table.write_parquet(path)
    back = returned(path, refusal(60, 2), refusal(70, 1))
    assert [row[0].value for row in back["Data tambahan"].iter_rows()] == ["id", "2", "3", "60", "70"]
    assert marked(back["Data tambahan"]) == ["B4", "A5"]
    assert "hanya memuat baris yang ditolak" in heading(back)
    assert "dalam berkas asli" in heading(returned(path, refusal(60, 2), held=True))


def test_the_summary_is_limited_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "LIST_LIMIT", 2)
    back = returned(csv_file(tmp_path, "a\n1\n2\n3\n4\n"), *(refusal(row, 1) for row in (2, 3, 4, 5)))
    assert len(listed(back)) == 2
    assert "masih ada 2 lagi" in heading(back)
    assert len(marked(back["Data"])) == 4


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    target = tmp_path / "x" / "y" / "b.xlsx"
    write_return(csv_file(tmp_path, "a\n1\n"), frame(refusal(2, 1)), target)
    assert [oct(p.stat().st_mode)[-3:] for p in (target, target.parent, target.parent.parent)] == ["600", "700", "700"]
    assert [p.name for p in target.parent.iterdir()] == ["b.xlsx"]


def test_a_workbook_that_cannot_be_opened_still_gives_the_reasons(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    back = returned(tmp_path / "a.xlsx", refusal(7, 3, raw_row="=raw"), refusal(7, 4))
    assert back["Data"]["A1"].value == "=raw"
    assert back["Data"]["A1"].data_type == "s"
    assert marked(back["Data"], YELLOW) == ["A1"]
    assert "tidak dapat disalin" in heading(back)


@pytest.mark.parametrize("reference", ["A1:XFD1048576", "A5:ZZ9000"])
def test_a_workbook_with_huge_merged_areas_is_not_opened(tmp_path: Path, reference: str) -> None:
    book = Workbook()
    book.active["A1"] = "NIP"
    book.active.merged_cells.add(reference)
    book.save(tmp_path / "a.xlsx")
    assert "tidak dapat disalin" in heading(returned(tmp_path / "a.xlsx", refusal(2, 1)))


def test_control_characters_do_no_harm(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a\x01,b\n1,\x00x\x0by\ufffe\n")
    back = returned(path, refusal(2, 2, value_seen="\x00x"))
    assert [cell.value for row in back["Data"].iter_rows() for cell in row] == ["a", "b", "1", "xy"]


# ---------------------------------------------------------------- all files of a store


def put(store: Store, source: str, *rows: dict[str, Any], **entry: str) -> None:
    """A month as the staging store leaves it."""
    path = store.quarantine / source / "2026-01.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame(*(row | {"source": source} for row in rows)).write_parquet(path)
    names = sorted({row["file_name"] for row in rows})
    files = [{"file_name": name, "sha256": "", **entry} for name in names]
    write_json(store.staging / source / "2026-01.json", {"files": files})
    write_json(store.told / source / "2026-01.json", {"files": [{"file_name": name} for name in names], "sheets": {}})


def land(store: Store, name: str, text: str = "nip;score\n1;x\n") -> str:
    path = store.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def test_a_file_of_several_sources_gives_one_workbook(store: Store) -> None:
    name = land(store, "city/2026-01/a.csv")
    put(store, "attendance", refusal(2, 2, file_name=name), encoding="utf-8-sig", delimiter=";")
    put(store, "evaluations", refusal(2, 1, file_name=name), encoding="utf-8-sig", delimiter=";", status="held")
    [path] = write_returns(store)
    assert path == store.restricted / "returned" / "city/2026-01/a.csv.kembali.xlsx"
    book = load_workbook(path)
    assert marked(book["Data"]) == ["A2", "B2"]
    assert "ditahan" in heading(book)


def test_what_was_noticed_is_told_with_the_refused_rows(store: Store) -> None:
    """A whole column of shares was accepted; who sends it hears of it."""
    name = land(store, "projects/2026-01/a.csv")
    drift = "actual_pct lies between 0 and 1, where percentages go to 100: 12 rows; not used: 2 other columns"
    put(store, "projects", refusal(2, 1, file_name=name, source="projects"), drift=drift)
    [path] = write_returns(store)
    told = str(load_workbook(path)["Ringkasan"]["A5"].value)
    assert "Perhatikan juga: Realisasi fisik kumulatif: semua nilainya antara 0 dan 1" in told
    assert "kolom lain yang tidak dipakai: 2." in told
    put(store, "projects", refusal(2, 1, file_name=name, source="projects"))
    [path] = write_returns(store)
    assert "Perhatikan" not in str(load_workbook(path)["Ringkasan"]["A5"].value)


def test_a_doubt_goes_back_though_no_row_is_refused(store: Store) -> None:
    """The summary alone, with what to look at; what a file lacks at its sender's will is no doubt."""
    doubted, lacking = land(store, "projects/2026-01/a.csv"), land(store, "projects/2026-01/b.csv")
    put(store, "projects", refusal(2, 1, file_name="gone", source="projects"))
    doubt = "actual_pct lies between 0 and 1, where percentages go to 100: 12 rows"
    files = [
        {"file_name": doubted, "sha256": "", "n_accepted": 12, "drift": f"not there: note; {doubt}"},
        {"file_name": lacking, "sha256": "", "n_accepted": 12, "drift": "not there: note; not used: 2 other columns"},
    ]
    write_json(store.staging / "projects" / "2026-01.json", {"files": files})
    write_json(store.told / "projects" / "2026-01.json", {"files": [{} for _ in files], "sheets": {}})
    [path] = write_returns(store)
    assert path.name == "a.csv.kembali.xlsx"
    book = load_workbook(path)
    assert book.sheetnames == ["Ringkasan"]
    assert heading(book).startswith("Yang perlu diperiksa Berkas: a.csv. Tidak ada baris yang ditolak.")
    assert "Realisasi fisik kumulatif: semua nilainya antara 0 dan 1" in str(book["Ringkasan"]["A5"].value)
    assert write_returns(store) == [path]


def test_what_is_up_to_date_is_left_alone_and_what_is_stale_goes(store: Store) -> None:
    one, two = land(store, "attendance/2026-01/a.csv"), land(store, "attendance/2026-01/b.csv")
    put(store, "attendance", refusal(2, 1, file_name=one), refusal(2, 1, file_name=two))
    first = {path: path.stat().st_ino for path in write_returns(store)}
    assert {path: path.stat().st_ino for path in write_returns(store)} == first
    put(store, "attendance", refusal(2, 1, file_name=one), refusal(2, 1, "MISSING", file_name=two))
    second = {path: path.stat().st_ino for path in write_returns(store)}
    assert [first[path] == second[path] for path in sorted(first)] == [True, False]
    put(store, "attendance", refusal(2, 1, file_name=two))
    assert [path.name for path in write_returns(store)] == ["b.csv.kembali.xlsx"]
    folder = store.restricted / "returned"
    assert list(read_json(folder / "index.json") or {}) == [two]
    assert [path.name for path in folder.rglob("*.xlsx")] == ["b.csv.kembali.xlsx"]
    (store.landing / two).unlink()
    assert write_returns(store) == []
    assert [path.name for path in folder.iterdir()] == ["index.json"], "no empty folder is left"


def test_a_file_that_changed_since_it_was_read_waits_for_the_next_run(store: Store) -> None:
    name = land(store, "attendance/2026-01/a.csv")
    put(store, "attendance", refusal(2, 1, file_name=name), sha256="0" * 64)
    assert write_returns(store) == []


def test_one_broken_file_does_not_stop_the_others(store: Store) -> None:
    names = [land(store, "attendance/2026-01/a.xlsx"), land(store, "attendance/2026-01/b.csv")]
    put(store, "attendance", *(refusal(2, 1, file_name=name) for name in names))
    assert len(write_returns(store)) == 2


def test_an_empty_store_has_nothing_to_return(store: Store) -> None:
    assert write_returns(store) == []


@pytest.mark.parametrize("is_part", [False, True])
def test_a_mended_return_that_is_sent_beside_its_file_takes_its_place_where_it_holds_all_of_it(
    store: Store,
    deliver: Callable[[str, str | bytes], Path],
    read: Callable[[], dict[str, FileReport]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_part: bool,
) -> None:
    """Of a long file the refused rows alone go back, and are read beside it."""
    if is_part:
        monkeypatch.setattr(returns, "COPY_LIMIT", 3)
        monkeypatch.setattr(returns, "HEAD_LIMIT", 1)
    nips = ["198001122010011001", "198102122010012002", "198203122010011003", "198304122010012004"]
    rows = [f"A,1,{nip},{'??' if nip == nips[2] else 'hadir'}" for nip in nips]
    deliver("attendance/2026-01/a.csv", "class_id,session_no,employee_id,status\n" + "\n".join(rows) + "\n")
    assert read()["attendance/2026-01/a.csv"].n_refused == 1
    [path] = write_returns(store)
    book = load_workbook(path)
    sheet = book["Data tambahan" if is_part else "Data"]
    [cell] = marked(sheet)
    assert cell == ("D2" if is_part else "D4")
    sheet[cell] = "izin"
    book.save(tmp_path / "mended.xlsx")
    deliver("attendance/2026-01/" + path.name, (tmp_path / "mended.xlsx").read_bytes())
    reports = read()
    mended, old = reports["attendance/2026-01/" + path.name], reports["attendance/2026-01/a.csv"]
    assert (mended.n_read, mended.n_accepted, mended.n_refused) == ((1, 1, 0) if is_part else (4, 4, 0))
    if not is_part:
        assert (old.status, old.n_accepted, old.seen) == ("duplicate", 0, f"In its place stands {mended.file_name}")
        assert write_returns(store) == []


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_workbook_that_is_damaged_is_no_part_and_stops_nobody(tmp_path: Path, is_damaged: bool) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", f'<sheet name="{PART}"/>' + "".join(map(chr, range(32, 127))) * 9)
    if is_damaged:
        content = bytearray(path.read_bytes())
        at = content.index(b"xl/workbook.xml") + len("xl/workbook.xml")
        content[at : at + 40] = b"\xff" * 40
        path.write_bytes(content)
    assert _has_part(path) is not is_damaged
