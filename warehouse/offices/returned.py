"""Refused rows go back to the sender: a copy of the sender's file with marked cells, and a sheet that says what to mend. Of a file none of whose rows
is refused that sheet alone goes back, where what it holds is doubtful."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.cell.cell import ERROR_CODES, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from schemas.said import Count
from schemas.sources import SOURCES
from warehouse.delivery.formats import format_of
from warehouse.delivery.landing import PART, RETURNED
from warehouse.delivery.sheets.sheet import Record
from warehouse.faults import Faults, keep
from warehouse.staging.recipe import read_manifest
from warehouse.store import Store, atomic, digest, read_json, write_json
from warehouse.words import kept
from warehouse.words.language import SOURCE, language

LAYOUT = 3
"""Counts up when returned workbooks are to be made anew."""
SUMMARY, DATA, AUTHOR, TITLE = "Ringkasan", "Data", "Pemeriksaan data", "Baris yang perlu diperbaiki"
DOUBTFUL = "Yang perlu diperiksa"
"""The title where no row is refused."""
COPY_LIMIT = 1_000
"""Records of a file of text beyond which only the refused ones go back."""
HEAD_LIMIT = 20
"""Records above the first refused one that go back as the header part of such a file."""
LIST_LIMIT = 5_000
"""Rows of the summary."""
TASK_LIMIT = 5
"""Things to do that stand above them, those of most rows first."""
WIDTHS = (16, 14, 24, 26, 42, 42, 42)
CELL, ROW = PatternFill("solid", fgColor="FFF4B6B7"), PatternFill("solid", fgColor="FFFFF4C9")
TEXT, LINK = "Pemeriksaan data: teks", "Pemeriksaan data: tautan"
"""Styles of the summary's rows."""
THEIRS = "Komentar pengirim:"
# What XML cannot hold, and where formulas start. A validation may be a list of words, a number, or cells of the workbook.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_font = partial(Font, name="Calibri")
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = re.compile(
    r""""[^"]*"|[-+.\dE]+|(?:(?:\w+|'[^'\[\]]+')!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?""", re.IGNORECASE
)

_ANOTHER = (
    "Berkas {ending} tidak dapat ditulis ulang: salinan ini berkas .xlsx, dengan nilai selnya saja dan tanpa makro. Kirim salinan ini "
    "dan hapus berkas {ending} yang lama."
)
_ANOTHER_ENGLISH = "A {ending} file cannot be written: this copy is an .xlsx file with the values alone and no macros. Send it and remove the old one."

_STORED = "Baris lain di berkas ini sudah tersimpan; mengirimnya sekali lagi tidak menimbulkan masalah."
_HELD = "Seluruh berkas ditahan dan belum ada barisnya yang tersimpan: kirim ulang semua barisnya."
_NOTHING = "Belum ada baris berkas ini yang tersimpan."
_WHOLE = (
    "Perbaiki sel berwarna (merah muda: isi sel salah; kuning: ada yang kurang pada baris) di lembar berikutnya, hapus baris yang tidak perlu, lalu kirim berkas ini "
    "sebagai pengganti berkas lama. Judul kolom jangan diubah."
)
_PART = (
    f"Lembar {PART} hanya memuat baris yang ditolak. Perbaiki sel berwarna di sana, hapus baris yang tidak perlu, lalu "
    "kirim berkas ini sebagai berkas tambahan. Berkas lama jangan dihapus."
)
_PART_HELD = f"Lembar {PART} hanya memuat baris yang ditolak. Perbaiki baris itu dalam berkas asli Anda."
_NO_COPY = "Berkas ini tidak dapat disalin. Perbaiki baris di bawah ini dalam berkas asli Anda, lalu kirim ulang."
_LOOK = "Tidak ada baris yang ditolak. Periksa yang disebut di bawah ini dalam berkas asli Anda; perbaiki dan kirim ulang berkas itu bila keliru, biarkan bila benar."
_ALL_STORED = "Semua barisnya sudah tersimpan seperti yang tertulis."
_ENGLISH = {
    _LOOK: "No row is refused. Look at what is named below in your own file; mend it and send it again if it is wrong, leave it if it is right.",
    _ALL_STORED: "All of its rows are stored as they stand.",
    _WHOLE: "Mend the coloured cells on the next sheet, delete rows that are not needed, and send this file in place of the old one.",
    _PART: f"The sheet {PART} holds only refused rows. Mend the coloured cells and send this file beside the old one.",
    _PART_HELD: f"The sheet {PART} holds only refused rows. Mend these rows in your own file.",
    _NO_COPY: "The file could not be copied. Mend these rows in your own file and send it again.",
    _STORED: "All other rows are stored already; sending them again does no harm.",
    _NOTHING: "None of the rows of this file is stored yet.",
    _HELD: "The whole file is held and none of its rows is stored yet: send all of them again.",
}


@dataclass
class _Copy:
    """The sender's sheets in a new workbook, and where in them a refused row stands."""

    book: Workbook
    advice: str
    ending: str = ""
    """Of the sender's workbook, where the copy is of another kind."""
    rows: dict[tuple[str, int], int] | None = None
    """(sheet, row) as refused → row of the sheet `Data`; None where the sheets are the sender's own."""
    last: dict[tuple[Worksheet, int], int] = field(default_factory=dict)
    """(sheet, row) → last column that is filled."""

    def find(self, refusal: dict[str, Any]) -> tuple[Worksheet, int] | None:
        """The sheet and row of a refusal, or None where the copy does not hold it."""
        name, row = refusal["sheet_name"] or "", refusal["row_number"]
        if self.rows is not None:
            return (self.book.worksheets[-1], self.rows[name, row]) if (name, row) in self.rows else None
        sheets = [sheet for sheet in self.book.worksheets if not name or sheet.title == name]
        return (sheets[0], row) if sheets and row else None


def write_return(
    path: Path,
    refusals: pl.DataFrame,
    target: Path,
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
    held: bool = False,
    stored: bool = True,
    notes: Sequence[str] = (),
) -> None:
    """Write the workbook that tells the sender of the file at `path` what to mend, atomically, for its owner only.

    A file that cannot be copied still gives the summary, with the refused rows as we read them. `held`: none of the
    file's rows is loaded; of a file without `refusals` there are its `notes` alone; `stored`: some of them are. `notes` are what else was noticed, in Bahasa Indonesia. Raises OSError where `target` cannot be written.
    """
    for folder in [folder for folder in reversed(target.parents) if not folder.exists()]:
        folder.mkdir(mode=0o700)
    # Rows that were made of one row, or sources that were, have the same cell to mend.
    refusals = refusals.unique(
        ["sheet_name", "row_number", "column_number", "reason_code"], keep="first", maintain_order=True
    )
    refusals = refusals.sort("sheet_name", "row_number", "column_number", nulls_last=False, maintain_order=True)
    if refusals.is_empty():
        with atomic(target) as temporary:
            temporary.touch(mode=0o600)
            book = Workbook()
            book.remove(book.active)
            _finished(_Copy(book, _LOOK), path.name, refusals, _ALL_STORED, notes).save(temporary)
        return
    state = _HELD if held else _STORED if stored else _NOTHING
    with atomic(target) as temporary:
        temporary.touch(mode=0o600)
        try:
            _finished(_copy(path, refusals, encoding, delimiter), path.name, refusals, state, notes).save(temporary)
        except Exception:  # whatever csv, Polars or openpyxl stumble over: the reasons go back all the same
            plain = refusals.with_columns(pl.lit(None, dtype=pl.Int64).alias("column_number"))
            _finished(_without_file(plain), path.name, plain, state, notes).save(temporary)


def write_returns(store: Store) -> list[Path]:
    """Bring the returned workbooks of all files with refused rows, or doubtful ones, up to date; the paths that stand now, sorted.

    A workbook whose file and refusals are unchanged is left alone; one whose file has no refusals any more is removed. One
    that cannot be made is set aside; the others are written.
    """
    folder = store.returned
    index, before = {}, read_json(folder / "index.json") or {}
    faults = Faults()
    standing = []
    for name, refusals, about in _files(store):
        path, target = store.delivered(name), folder / (name + RETURNED)
        if not path.is_file():
            continue
        state = digest((LAYOUT, about, refusals.rows()))
        if before.get(name) != state or not target.is_file():
            with path.open("rb") as handle:
                if about["sha256"] not in ("", hashlib.file_digest(handle, "sha256").hexdigest()):
                    continue  # changed since it was read: the refusals are not this file's
            failed = len(faults)
            with faults.aside(name):
                write_return(
                    path,
                    refusals,
                    target,
                    encoding=about["encoding"] or "utf-8-sig",
                    delimiter=about["delimiter"] or ",",
                    held=about["held"],
                    stored=about["stored"],
                    notes=about["notes"],
                )
            if len(faults) > failed:
                continue  # tried again the next time
        index[name] = state
        standing.append(target)
    for stale in set(folder.rglob(f"*{RETURNED}")) - set(standing):
        stale.unlink()
        for above in stale.relative_to(folder).parents[:-1]:
            with suppress(OSError):  # others stand there
                (folder / above).rmdir()
    if index != before:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_json(folder / "index.json", index)
    keep(store, "returned", faults)
    return sorted(standing)


def _files(store: Store) -> Iterator[tuple[str, pl.DataFrame, dict[str, Any]]]:
    """Each file with refusals (of whatever sources and months), or with doubts, and what its manifests say about it."""
    frames: list[pl.DataFrame] = []
    manifests: dict[str, list[dict[str, Any]]] = {}
    noticed: dict[str, dict[str, None]] = {}
    doubtful: set[str] = set()
    for quarantine in sorted(store.quarantine.glob("*/*.parquet")):
        frames.append(pl.read_parquet(quarantine))
        manifest = read_manifest(store, quarantine.parent.name, quarantine.stem) or {}
        for entry in manifest.get("files", []):
            manifests.setdefault(entry["file_name"], []).append(entry)
            if kept.doubts(entry.get("drift") or ""):
                doubtful.add(entry["file_name"])
            for note in kept.notes(entry.get("drift") or ""):
                told = kept.kept(SOURCE)(note, _labels(quarantine.parent.name)) or note
                noticed.setdefault(entry["file_name"], {})[told] = None
    refusals = pl.concat(frames) if frames else pl.DataFrame(schema={"file_name": pl.String})
    refused = {str(name): rows for (name,), rows in refusals.partition_by("file_name", as_dict=True).items()}
    for name in sorted(refused.keys() | doubtful):
        rows = refused.get(name, refusals.clear())
        entries = manifests.get(name, [])
        about = {key: next((e[key] for e in entries if e.get(key)), "") for key in ("sha256", "encoding", "delimiter")}
        yield (
            name,
            rows,
            about
            | {
                "held": any(entry.get("status") == "held" for entry in entries),
                "stored": not entries or any(entry.get("n_accepted") for entry in entries),
                "notes": list(noticed.get(name, ())),
            },
        )


def _labels(source: str) -> dict[str, str]:
    """Column of a source → its heading in Bahasa Indonesia, by which a sender knows it."""
    return {column.name: column.label for column in SOURCES[source].columns} if source in SOURCES else {}


# ---------------------------------------------------------------- the copy


def _copy(path: Path, refusals: pl.DataFrame, encoding: str, delimiter: str) -> _Copy:
    content = format_of(path).copy_back(path, encoding, delimiter)
    if isinstance(content, Workbook):
        copy = _workbook(content)
        copy.ending = "" if path.suffix.lower() == ".xlsx" else path.suffix.lower()
        return copy
    return _table(content, set(refusals.get_column("row_number").drop_nulls()))


def _table(records: Iterable[Record], wanted: set[int]) -> _Copy:
    """One sheet of text: all records of a small file, the header part and the refused records of a large one."""
    first, count = min(wanted, default=0), 0
    whole: list[Record] = []
    part: list[Record] = []
    for line, cells in records:
        count += 1
        if count <= COPY_LIMIT:
            whole.append((line, cells))
        if (line in wanted and len(part) < COPY_LIMIT) or (line < first and count <= HEAD_LIMIT):
            part.append((line, cells))
    kept = whole if count <= COPY_LIMIT else part
    book = Workbook()
    book.active.title = DATA if kept is whole else PART
    widths: dict[int, int] = {}
    for row, (_, texts) in enumerate(kept, start=1):
        for column, text in enumerate(texts, start=1):
            cell = book.active.cell(row, column)
            _put(cell, text)
            cell.number_format = "@"
            widths[column] = max(widths.get(column, 8), *map(len, text.splitlines() or [""]))
    for column, width in widths.items():
        book.active.column_dimensions[get_column_letter(column)].width = min(width + 2, 45)
    lines = {("", line): row for row, (line, _) in enumerate(kept, start=1)}
    return _looked_at(_Copy(book, _WHOLE if kept is whole else _PART, rows=lines))


def _workbook(book: Workbook) -> _Copy:
    """The sender's workbook: its look and values, without whatever could calculate or lead elsewhere."""
    book.defined_names.clear()
    for sheet in list(book.chartsheets):
        book.remove(sheet)
    returned = [sheet for sheet in book.worksheets if sheet.title.startswith(SUMMARY) and sheet["A1"].value == TITLE]
    for sheet in returned:
        book.remove(sheet)  # a workbook of ours that came back: its marks are of the last time
    for sheet in book.worksheets:
        sheet.defined_names.clear()
        sheet.tables.clear()
        sheet._images, sheet._charts, sheet._pivots = [], [], []
        sheet.conditional_formatting, sheet.auto_filter = ConditionalFormattingList(), AutoFilter()
        sheet.sheet_view.tabSelected = False
        rules = sheet.data_validations.dataValidation
        rules[:] = [r for r in rules if all(not f or _PLAIN.fullmatch(f) for f in (r.formula1, r.formula2))]
        for cell in sheet._cells.values():  # not iter_rows, which makes every empty cell up to the last one
            if isinstance(cell, MergedCell):
                continue
            cell.hyperlink = None
            if isinstance(cell.value, str):
                _put(cell, cell.value, cell.data_type)
            if cell.comment:
                _sender_comment(cell)
            if returned and getattr(cell.fill, "fgColor", None) in (CELL.fgColor, ROW.fgColor):
                cell.fill = PatternFill()
    return _looked_at(_Copy(book, _WHOLE))


def _without_file(refusals: pl.DataFrame) -> _Copy:
    """A sheet `Data` with the refused rows as we read them."""
    rows = refusals.unique(["sheet_name", "row_number"], keep="first", maintain_order=True).head(COPY_LIMIT)
    book = Workbook()
    book.active.title = DATA
    book.active.column_dimensions["A"].width = 120
    lines = {}
    for at, row in enumerate(rows.iter_rows(named=True), start=1):
        _put(book.active.cell(at, 1), row["raw_row"] or "")
        book.active.cell(at, 1).alignment = Alignment(wrap_text=True, vertical="top")
        lines[row["sheet_name"] or "", row["row_number"]] = at
    return _Copy(book, _NO_COPY, rows=lines)


def _looked_at(copy: _Copy) -> _Copy:
    """Notes how far rows are filled."""
    for sheet in copy.book.worksheets:
        for (row, column), cell in sheet._cells.items():
            if cell.value is None or cell.value == "":
                continue
            copy.last[sheet, row] = max(copy.last.get((sheet, row), 1), column)
    return copy


def _clean(text: str) -> str:
    return _ILLEGAL.sub("", text)


def _put(cell: Cell, text: str, kind: str = "s") -> None:
    """Text into a cell, never as a formula: the type says text, and the quote prefix lasts when the cell is edited."""
    cell.value = _clean(text)
    cell.data_type = "e" if kind == "e" and text in ERROR_CODES else "s"
    if text.startswith(_ACTIVE):
        cell.quotePrefix = True


# ---------------------------------------------------------------- marks and summary


def _finished(copy: _Copy, name: str, refusals: pl.DataFrame, state: str, notes: Sequence[str]) -> Workbook:
    _mark(copy, refusals)
    _summary(copy, name, refusals, state, notes)
    return copy.book


def _sender_comment(cell: Cell) -> None:
    """Leaves of a comment what the sender wrote: of one of ours, what stands below our text."""
    text = _clean(cell.comment.text)
    if cell.comment.author == AUTHOR:
        text = text.partition(f"{THEIRS}\n")[2]
    cell.comment = Comment(text, _clean(cell.comment.author or ""), height=110, width=300) if text else None


def _mark(copy: _Copy, refusals: pl.DataFrame) -> None:
    """Colours and comments. A refusal without a cell marks its row, and comes first so that cells keep their colour."""
    notes: dict[tuple[Worksheet, int, int], dict[str, None]] = {}
    for refusal in refusals.iter_rows(named=True):
        if not (target := copy.find(refusal)):
            continue
        sheet, row = target
        column = refusal["column_number"]
        sheet.row_dimensions[row].hidden = False
        if column is None:
            for each in range(1, copy.last.get((sheet, row), 1) + 1):
                _cell(sheet, row, each).fill = ROW
        else:
            cell = _cell(sheet, row, column)
            cell.fill = CELL
            # Retyped digits stay digits. Dates and percentages keep the format that gives them their meaning.
            if cell.number_format == "General" or refusal["reason_code"].startswith("NIP_"):
                cell.number_format = "@"
        text = f"{refusal['reason_indonesian']}\nCara memperbaiki: {refusal['how_to_mend']}"
        cell = _cell(sheet, row, column or 1)
        notes.setdefault((sheet, cell.row, cell.column), {})[text] = None
    for (sheet, row, column), texts in notes.items():
        cell = sheet.cell(row, column)
        text = "\n\n".join(texts)
        if cell.comment:
            text += f"\n\n{THEIRS}\n{cell.comment.text}"
        lines = sum(1 + len(line) // 48 for line in text.split("\n"))
        cell.comment = Comment(_clean(text), AUTHOR, height=24 + 18 * lines, width=360)


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell, or the one that stands for it in a merged area."""
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        return sheet.cell(area.min_row, area.min_col)
    return cell


def _called(refusal: dict[str, Any]) -> str:
    """What the sender calls the refused column: by its heading in the file, else by the one that it should have."""
    name = refusal["column_name"]
    return refusal["heading"] or _labels(refusal["source"]).get(name, name) or "(seluruh baris)"


def _tasks(refusals: pl.DataFrame, notes: Sequence[str]) -> list[str]:
    """What there is to do, once however many rows it is about: those of most rows first; and what else was noticed."""
    tasks: dict[tuple[str, str, str], set[tuple[str, int]]] = {}
    for row in refusals.iter_rows(named=True):
        task = (_called(row), row["reason_indonesian"], row["how_to_mend"])
        tasks.setdefault(task, set()).add((row["sheet_name"], row["row_number"]))
    told = [
        f"• {language(SOURCE).number(len(rows), 0)} baris, {column}: {reason} {mend}"
        for (column, reason, mend), rows in sorted(tasks.items(), key=lambda item: -len(item[1]))
    ]
    if len(told) > TASK_LIMIT:
        told[TASK_LIMIT:] = [f"• dan {len(told) - TASK_LIMIT} sebab lain, lihat daftar di bawah."]
    if not told:
        return [f"• {note[:1].upper()}{note[1:]}." for note in notes]
    return told + ([f"Perhatikan juga: {'; '.join(notes)}."] if notes else [])


def _summary(copy: _Copy, name: str, refusals: pl.DataFrame, state: str, notes: Sequence[str]) -> None:
    targets = [copy.find(refusal) for refusal in refusals.head(LIST_LIMIT).iter_rows(named=True)]
    sheet = copy.book.create_sheet(SUMMARY, 0)
    copy.book.active = 0
    advice = _PART_HELD if state == _HELD and copy.advice == _PART else copy.advice
    tasks = _tasks(refusals, notes)
    width = sum(WIDTHS)
    n_rows, n_more = refusals.select("sheet_name", "row_number").n_unique(), refusals.height - LIST_LIMIT
    another, english = (
        ("", "")
        if not copy.ending
        else (text.format(ending=copy.ending) + " " for text in (_ANOTHER, _ANOTHER_ENGLISH))
    )
    counted = f"{n_rows:,} baris ditolak.".replace(",", ".")
    refused = f"{Count(n_rows):row/rows} refused." if n_rows else ""
    if n_more > 0:
        counted += f" Daftar ini memuat {LIST_LIMIT:,} catatan pertama; masih ada {n_more:,} lagi.".replace(",", ".")
    if copy.rows is not None and n_rows > COPY_LIMIT:
        counted += f" Lembar Data memuat paling banyak {COPY_LIMIT:,} baris.".replace(",", ".")
    for row, (text, font, height) in enumerate(
        [
            (TITLE if n_rows else DOUBTFUL, _font(bold=True, size=14), 24),
            (f"Berkas: {name}. {counted if n_rows else ''}".strip(), _font(bold=True), 18),
            (f"{advice} {another}{state}", _font(), 50 if another else 34),
            (
                f"{refused} {_ENGLISH[advice]} {english}{_ENGLISH[state]}".strip(),
                _font(size=8, color="FF666666"),
                16,
            ),
            ("\n".join(tasks), _font(), 3 + 15 * sum(1 + len(task) // width for task in tasks)),
        ],
        start=1,
    ):
        _put(sheet.cell(row, 1), text)
        sheet.cell(row, 1).font, sheet.cell(row, 1).alignment = font, Alignment(wrap_text=True, vertical="center")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=7)
        sheet.row_dimensions[row].height = height
    titles = ["Lembar", "Baris", "Kolom", "Isi", "Alasan", "Cara memperbaiki", "Reason (English)"]
    for column, (title, width) in enumerate(zip(titles, WIDTHS, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        if n_rows:
            cell = sheet.cell(6, column, title)
            cell.font, cell.fill = _font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor="FF35506B")
    # By name: a font that is set cell by cell is looked for among all fonts each time, which is half of the work.
    top = Alignment(wrap_text=True, vertical="top")
    for style, font in ((TEXT, _font()), (LINK, _font(color="FF1F5FAF", underline="single"))):
        if style not in copy.book.named_styles:  # a workbook of ours that came back has it
            copy.book.add_named_style(NamedStyle(style, font=font, alignment=top))
    for at, (refusal, target) in enumerate(zip(refusals.iter_rows(named=True), targets, strict=False), start=7):
        _entry(copy, sheet, at, refusal, target)
    sheet.freeze_panes = "A7"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _entry(
    copy: _Copy, sheet: Worksheet, at: int, refusal: dict[str, Any], target: tuple[Worksheet, int] | None
) -> None:
    """One row of the summary, with a link to the cell."""
    column, where, kolom = refusal["column_number"], refusal["sheet_name"], _called(refusal)
    line = f"{refusal['row_number'] or ''}"
    if target:
        where = target[0].title
        line = f"{target[1]}" if f"{target[1]}" == line else f"{target[1]} (berkas asli: baris {line})"
        if column:
            kolom = f"{get_column_letter(column)}: {kolom}"
    texts = [where, line, kolom, refusal["value_seen"]]
    texts += [refusal["reason_indonesian"], refusal["how_to_mend"], refusal["reason_english"]]
    texts = [(text or "")[:500] for text in texts]
    # Not every program fits the height to wrapped text when it opens a file.
    needed = max(
        sum(1 + len(line) // width for line in text.split("\n")) for text, width in zip(texts, WIDTHS, strict=True)
    )
    sheet.row_dimensions[at].height = min(400, 3 + 15 * needed)
    for number, text in enumerate(texts, start=1):
        cell = sheet.cell(at, number)
        leads = target if number <= 3 else None
        cell.style = LINK if leads else TEXT
        _put(cell, text)
        if leads:
            goal = f"{quote_sheetname(leads[0].title)}!{get_column_letter(column or 1)}{leads[1]}"
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=goal)
