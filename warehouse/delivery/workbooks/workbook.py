"""Workbooks to text, in a process of its own with limits: nothing that a workbook holds can harm the run.

The parent sends a path and a folder; the child writes each visible sheet as one CSV file into the folder (UTF-8, every
cell quoted, line n = the sheet's row n) and answers what it saw. A child that dies or takes too long is a refused file.
Which program wrote the workbook is told by its content, whatever its name ends in: Excel (this module), Excel 97
(`warehouse.delivery.workbooks.biff`), Excel's binary kind (`warehouse.delivery.workbooks.biff12`), LibreOffice (`warehouse.delivery.workbooks.opendocument`), or a web
application (`warehouse.delivery.workbooks.webpage`).
Imports little, because it is started as a program: `python -m warehouse.delivery.workbooks.workbook`.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import resource
import select
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, cast
from xml.etree import ElementTree

from schemas.reasons import ERROR_CELL, FileRefused
from warehouse.delivery.workbooks import biff, biff12, opendocument, webpage
from warehouse.delivery.workbooks.opendocument import Looks, Special, Struck
from warehouse.delivery.workbooks.shown import BUILT_IN, of_format, shown

UNPACKED_LIMIT = 1 << 30
"""Bytes of a workbook's parts, unpacked, beyond which it is not opened."""
STRINGS_LIMIT = 256 << 20
"""The same for the shared texts, which are held in memory."""
RATIO_LIMIT = 150
"""A workbook above 64 MB that packs better than this was not made by a spreadsheet program."""
MEMORY_LIMIT, MEMORY_FREE, MEMORY_FACTOR = 2 << 30, 128 << 20, 8
"""Address space of the child at most; for one workbook it may grow by the second and by the third times the unpacked size:
a workbook that says little may not become much (one long text that many cells point at)."""
PAGE_FACTOR = 40
"""The same for a web page, whose cells are all held in memory."""
OUTPUT_LIMIT = 512 << 20
"""Bytes of text that one sheet may become."""
SECONDS, SECONDS_PER_MB = 10.0, 3.0
"""Time that the child has for a workbook, and more for each megabyte of it."""
PIECE = 16 << 20

TEXTS = 10_000
"""Texts with something struck through that are looked for."""
UNSEEN_LIMIT = 4 << 20
"""Bytes of a hidden sheet, unpacked, beyond which it is none that an office keeps by hand: nobody looks for a list in it."""
HEAD = 100
"""Rows of a hidden sheet that are looked at: enough to tell whether a list stands on it."""
BESIDE = 1
"""Cells of a row that are not struck through where it is: its number, or why it was taken out."""
Area = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a merged area, each as (row, column) from 0."""
Asked = tuple[int, str, bool, Callable[[], Any]]
"""A sheet: its number from 0, its name, whether it is hidden, and a way to open it."""

_BROKEN = re.compile(
    # An error, or a formula that no value follows.
    rb"""<(?:\w+:)?c\b([^>]*\bt=["']e["'][^>]*)>"""
    rb"""|<(?:\w+:)?c\b([^>]*[^/])>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?!<(?:\w+:)?(?:v>|v\s[^/>]*>)[^<])"""
)
_DIMENSION = re.compile(rb"""<(?:\w+:)?dimension\b[^>]*?\bref=["']([^"']*)["'][^>]*?(?:/>|>\s*</(?:\w+:)?dimension>)""")
_HIDDEN = re.compile(
    rb"""<(?:\w+:)?row\b(?=[^>]*\bhidden=["'](?:1|true)["'])[^>]*?\br=["'](\d+)["']""",
)
_HIDDEN_COLUMNS = re.compile(rb"""<(?:\w+:)?col\b(?=[^>]*\bhidden=["'](?:1|true)["'])[^>]*>""")
_FIRST, _LAST = (re.compile(rb"""\b%s=["'](\d+)["']""" % name) for name in (b"min", b"max"))
_WITHIN = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*\bt=["']inlineStr["'][^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?strike\b(?!\s*val=["'](?:0|false))""",
    re.DOTALL,
)
"""A cell that holds its own text, something of which is struck through."""
_WHERE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d+)["']""")


# ---------------------------------------------------------------- the parent's side


class _Worker:
    """One child process, used again until it fails."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "warehouse.delivery.workbooks.workbook"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, request: dict[str, str], seconds: float) -> dict[str, Any]:
        """The child's answer; raises FileRefused when there is none within `seconds`."""
        source, sink = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        try:
            source.write(json.dumps(request) + "\n")
            source.flush()
            ready, _, _ = select.select([sink], [], [], seconds)
            answer = sink.readline() if ready else ""
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.kill()
            self._process.wait()
            raise FileRefused("FILE_TOO_LARGE", "The workbook could not be read within the limits of time and memory.")
        return cast(dict[str, Any], json.loads(answer))

    def end(self) -> None:
        """Let the child go."""
        cast(IO[str], self._process.stdin).close()
        self._process.wait()


_idle: list[_Worker] = []


def convert(path: Path, folder: Path, *, unseen: bool = False) -> list[dict[str, Any]]:
    """Write the visible sheets of the workbook at `path` into `folder`: a list of {name, number, file, rows, epoch_1904, wide, struck,
    partly_struck, hidden, hidden_columns, is_unseen}; the four before the last are the numbers of rows that were left out because they are struck through, of those of which
    some cells are, and of those that hold something and are hidden, and the places, from 0, of columns that are. With `unseen` also the first rows of the hidden ones, which
    `is_unseen` tells.

    Raises FileRefused naming what is wrong with the workbook.
    """
    worker = _idle.pop() if _idle else _Worker()
    seconds = SECONDS + SECONDS_PER_MB * path.stat().st_size / (1 << 20)
    request = {"path": str(path.absolute()), "folder": str(folder.absolute()), "unseen": "yes" if unseen else ""}
    answer = worker.ask(request, seconds)
    _idle.append(worker)
    if "refused" in answer:
        raise FileRefused(*answer["refused"])
    return cast(list[dict[str, Any]], answer["sheets"])


def close() -> None:
    """End the children that wait for work; they also end by themselves when this process does."""
    while _idle:
        _idle.pop().end()


# ---------------------------------------------------------------- the child's side


def main() -> None:
    """Answer requests until the parent goes away."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            sheets = _sheets(Path(request["path"]), Path(request["folder"]), bool(request["unseen"]))
            answer: dict[str, Any] = {"sheets": list(sheets)}
        except FileRefused as refused:
            answer = {"refused": [refused.code, refused.seen]}
        except (MemoryError, OSError) as error:
            answer = {"refused": ["FILE_TOO_LARGE", type(error).__name__]}
        except BaseException as error:  # whatever a broken workbook makes a library raise
            answer = {"refused": ["FILE_UNREADABLE", type(error).__name__]}
        print(json.dumps(answer), flush=True)


def _sheets(path: Path, folder: Path, unseen: bool) -> Iterator[dict[str, Any]]:
    with path.open("rb") as handle:
        start = handle.read(512)
    if start.startswith(biff.SIGNATURE):
        yield from _old(path, folder, unseen)
        return
    if webpage.is_markup(start):
        yield from _page(path, folder)
        return
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FileRefused("FILE_KIND", "The content is no workbook, or it is cut.") from error
    with archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            yield from _office(archive, path, folder, unseen)
        elif biff12.BOOK in names:
            yield from _binary(archive, path, folder, unseen)
        elif opendocument.CONTENT in names and archive.read("mimetype").startswith(opendocument.KIND):
            yield from _open_document(archive, path, folder, unseen)
        else:
            raise FileRefused("FILE_KIND", "The archive holds no workbook.")


def _page(path: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """The one sheet of a web page."""
    _limit_memory(MEMORY_FREE + PAGE_FACTOR * path.stat().st_size)
    page = webpage.Page(path)
    if not page.tables:
        raise FileRefused("FILE_KIND", "The content is a web page (HTML) or XML without a table.")
    yield from _written([(0, path.stem, False, lambda: page)], folder, lambda name: {}, False)


def _office(archive: zipfile.ZipFile, path: Path, folder: Path, unseen: bool) -> Iterator[dict[str, Any]]:
    """The sheets of a workbook of Excel 2007 and later; macros are never looked at."""
    import python_calamine as calamine

    if path.suffix.lower() == ".xlsx" and any(name.endswith("vbaProject.bin") for name in archive.namelist()):
        raise FileRefused("FILE_MACRO")
    unpacked = _check_parts(archive, path.stat().st_size, (".xml", ".rels", ".vml"))
    _limit_memory(MEMORY_FREE + MEMORY_FACTOR * unpacked)
    parts, epoch_1904 = _parts(archive)
    styles = _styles(archive)

    def special(name: str) -> Special:
        return _special_cells(archive, parts[name], styles)

    whole, partly = _struck_texts(archive)

    def looks(name: str) -> Looks:
        struck = _struck_cells(archive, parts[name], styles.get("struck", set()), whole)
        within = ([_texts(partly)] if partly else []) + ([_WITHIN] if _holds(archive, parts[name], b"strike") else [])
        some = {row for text in within for row, _, _ in _found(archive, parts[name], {"struck": text})}
        return Looks(struck, *_hidden(archive, parts[name]), some)

    try:
        book = calamine.CalamineWorkbook.from_path(
            _called(_with_known_sizes(archive, parts, path, folder), ".xlsx", folder)
        )
        asked = [sheet for sheet in _asked(book, unseen) if not sheet[2] or _is_small(archive, parts[sheet[1]])]
        written = list(_written(asked, folder, special, epoch_1904, looks=looks))
    except calamine.PasswordError:
        raise FileRefused("FILE_PASSWORD") from None
    except calamine.CalamineError:
        written = list(_written(_second_reading(path, unseen), folder, special, epoch_1904, looks=looks))
    yield from written


def _is_small(archive: zipfile.ZipFile, part: str) -> bool:
    return archive.getinfo(part).file_size <= UNSEEN_LIMIT


def _second_reading(path: Path, unseen: bool) -> list[Asked]:
    """The sheets of a sound workbook that the first reader does not take."""
    from openpyxl import load_workbook

    book = load_workbook(path, data_only=True, keep_links=False)
    return [
        (number, sheet.title, sheet.sheet_state != "visible", partial(_OpenpyxlSheet, sheet))
        for number, sheet in enumerate(book._sheets)
        if sheet in book.worksheets and (unseen or sheet.sheet_state == "visible")
    ]


class _OpenpyxlSheet:
    """A sheet of openpyxl with the face of one of calamine."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.start = (sheet.min_row - 1, sheet.min_column - 1)
        self.end = (sheet.max_row - 1, sheet.max_column - 1)
        self.merged_cell_ranges = [
            ((area.min_row - 1, area.min_col - 1), (area.max_row - 1, area.max_col - 1))
            for area in sheet.merged_cells.ranges
        ]

    def iter_rows(self) -> Iterator[list[Any]]:
        """The cells from the first row and the first filled column on."""
        for row in self._sheet.iter_rows(min_row=1, min_col=self._sheet.min_column, values_only=True):
            yield ["" if value is None else float(value) if type(value) is int else value for value in row]


def _open_document(archive: zipfile.ZipFile, path: Path, folder: Path, unseen: bool) -> Iterator[dict[str, Any]]:
    """The sheets of an OpenDocument spreadsheet."""
    import python_calamine as calamine

    unpacked = _check_parts(archive, path.stat().st_size, opendocument.PARTS)
    if opendocument.is_locked(archive):
        raise FileRefused("FILE_PASSWORD")
    _limit_memory(MEMORY_FREE + MEMORY_FACTOR * unpacked)
    special, merged, looks = opendocument.special_cells(archive)
    book = calamine.CalamineWorkbook.from_path(_called(path, ".ods", folder))
    nothing = Looks({}, set(), set())
    yield from _written(
        _asked(book, unseen),
        folder,
        lambda name: special.get(name, {}),
        False,
        merged,
        lambda name: looks.get(name, nothing),
    )


def _old(path: Path, folder: Path, unseen: bool) -> Iterator[dict[str, Any]]:
    """The sheets of a workbook of Excel 97 to 2003."""
    import python_calamine as calamine

    _limit_memory(MEMORY_FREE + MEMORY_FACTOR * path.stat().st_size)
    special, epoch_1904, looks = biff.special_cells(path)
    book = calamine.CalamineWorkbook.from_path(_called(path, ".xls", folder))
    names = [sheet.name for sheet in book.sheets_metadata]
    yield from _written(
        _asked(book, unseen),
        folder,
        lambda name: special.get(names.index(name), {}),
        epoch_1904,
        looks=lambda name: looks[names.index(name)],
    )


def _binary(archive: zipfile.ZipFile, path: Path, folder: Path, unseen: bool) -> Iterator[dict[str, Any]]:
    """The sheets of a binary workbook of Excel 2007 and later; macros are never looked at."""
    import python_calamine as calamine

    unpacked = _check_parts(archive, path.stat().st_size, (".xml", ".rels", ".vml", ".bin"))
    _limit_memory(MEMORY_FREE + MEMORY_FACTOR * unpacked)
    about, epoch_1904 = biff12.look(archive, _targets(archive, "xl/_rels/workbook.bin.rels"))
    book = calamine.CalamineWorkbook.from_path(_called(path, ".xlsb", folder))
    merged = {name: sheet.merged for name, sheet in about.items()}
    yield from _written(
        _asked(book, unseen),
        folder,
        lambda name: about[name].special,
        epoch_1904,
        merged,
        lambda name: about[name].looks,
    )


def _asked(book: Any, unseen: bool) -> list[Asked]:
    """The sheets of calamine's workbook that its users see; with `unseen` those that they do not see, too."""
    import python_calamine as calamine

    return [
        (number, sheet.name, is_hidden, partial(book.get_sheet_by_index, number))
        for number, sheet in enumerate(book.sheets_metadata)
        for is_hidden in [sheet.visible != calamine.SheetVisibleEnum.Visible]
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet and (unseen or not is_hidden)
    ]


def _called(path: Path, ending: str, folder: Path) -> Path:
    """The workbook under a name that ends in `ending`, by which the library goes."""
    if path.suffix.lower() == ending:
        return path
    link = folder / f"called{ending}"
    link.symlink_to(path.absolute())
    return link


def _written(
    sheets: Sequence[Asked],
    folder: Path,
    special: Callable[[str], Special],
    epoch_1904: bool,
    merged: Mapping[str, Sequence[Area]] | None = None,
    looks: Callable[[str], Looks] = lambda name: Looks({}, set(), set()),
) -> Iterator[dict[str, Any]]:
    """Write sheets, and tell of each what the parent is told."""
    for number, name, is_unseen, opened in sheets:
        file = folder / f"{number}.csv"
        sheet = opened()
        areas = merged.get(name, ()) if merged else sheet.merged_cell_ranges or ()
        look = looks(name)
        limit = HEAD if is_unseen else None
        rows, left_out, partly, hidden = _write(sheet, file, special(name), areas, look, limit)
        wide = [(top, bottom, left, right) for (top, left), (bottom, right) in areas if left < right]
        tall = [(top, bottom, left) for (top, left), (bottom, right) in areas if top < bottom and left == right]
        yield {
            "name": name, "number": number + 1, "file": str(file), "rows": rows, "epoch_1904": epoch_1904, "wide": wide,
            "tall": tall,
            "struck": left_out, "partly_struck": partly, "hidden": hidden,
            "hidden_columns": sorted(look.columns), "is_unseen": is_unseen,
        }  # fmt: skip


def _limit_memory(more: int) -> None:
    """Let the process grow by `more` bytes of address space, within `MEMORY_LIMIT`."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    size = pages * resource.getpagesize() + more if pages else MEMORY_LIMIT
    resource.setrlimit(resource.RLIMIT_AS, (min(size, MEMORY_LIMIT), MEMORY_LIMIT))


def _check_parts(archive: zipfile.ZipFile, packed: int, read: tuple[str, ...]) -> int:
    """Refuse what is too large, what lies about its size, and XML that defines entities among the parts whose names end in one
    of `read`. Returns the unpacked bytes."""
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(names) < len(entries) or any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("FILE_HOSTILE", "Parts of the workbook are repeated or locked.")
    total = sum(entry.file_size for entry in entries)
    strings = sum(
        entry.file_size for entry in entries if entry.filename.endswith(("sharedStrings.xml", "sharedStrings.bin"))
    )
    if total > UNPACKED_LIMIT or strings > STRINGS_LIMIT or (total > 64 << 20 and total > RATIO_LIMIT * packed):
        raise FileRefused("FILE_TOO_LARGE", f"{total:,} bytes unpacked from {packed:,}.")
    for entry in entries:
        if not entry.filename.endswith(read):
            continue
        # The whole part is unpacked once: a part that is longer than it says, or broken, shows here.
        try:
            with archive.open(entry) as part:
                tail = b""
                while piece := part.read(PIECE):
                    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", tail + piece, re.IGNORECASE):
                        raise FileRefused("FILE_HOSTILE", "A part of the workbook defines entities.")
                    tail = piece[-16:]
        except (zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise FileRefused("FILE_UNREADABLE", "A part of the workbook is damaged or cut.") from error
    return total


def _with_known_sizes(archive: zipfile.ZipFile, parts: Mapping[str, str], path: Path, folder: Path) -> Path:
    """The workbook, or a copy in `folder` without the sizes of its sheets where one is not in cells: LibreOffice writes `1:5` for
    whole rows, and the library takes nothing but cells. Nobody needs the sizes."""
    unsized = []
    for part in set(parts.values()) & set(archive.namelist()):
        with archive.open(part) as handle:
            size = _DIMENSION.search(handle.read(1 << 12))
        if size and not re.fullmatch(rb"[A-Z]+\d+(?::[A-Z]+\d+)?", size[1]):
            unsized.append(part)
    if not unsized:
        return path
    copy = folder / "book.xlsx"
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for entry in archive.infolist():
            content = archive.read(entry)
            new.writestr(
                entry.filename, _DIMENSION.sub(b"", content, count=1) if entry.filename in unsized else content
            )
    return copy


def _tags(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (node for node in root.iter() if node.tag.rpartition("}")[2] == name)


def _targets(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Id of a relation → its target."""
    relations = ElementTree.fromstring(archive.read(part))
    return {node.get("Id", ""): node.get("Target", "") for node in _tags(relations, "Relationship")}


def _parts(archive: zipfile.ZipFile) -> tuple[dict[str, str], bool]:
    """(sheet's name → its part, whether dates count from 1904)."""
    root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    parts = {}
    for node in _tags(root, "sheet"):
        identity = next((value for key, value in node.attrib.items() if key.endswith("}id")), None)
        target = targets.get(identity or "", "")
        parts[node.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    epoch = any(node.get("date1904") in ("1", "true") for node in _tags(root, "workbookPr"))
    return parts, epoch


def _styles(archive: zipfile.ZipFile) -> dict[str, set[bytes]]:
    """What a cell's style says beside its value → the numbers of such styles: how it is shown (see `warehouse.delivery.workbooks.shown`), and that it is
    struck through."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    codes = {n.get("numFmtId"): n.get("formatCode", "") for n in _tags(root, "numFmt")}
    kinds = {str(number): kind for number, kind in BUILT_IN.items()} | {
        number: of_format(code) for number, code in codes.items()
    }
    fonts = next(_tags(root, "fonts"), ElementTree.Element("none"))
    strikes = [next(_tags(font, "strike"), None) for font in fonts]
    struck = {str(i) for i, mark in enumerate(strikes) if mark is not None and mark.get("val") not in ("0", "false")}
    styles: dict[str, set[bytes]] = {}
    for i, node in enumerate(next(_tags(root, "cellXfs"), ElementTree.Element("none"))):
        for kind in (kinds.get(node.get("numFmtId"), ""), "struck" if node.get("fontId") in struck else ""):
            if kind:
                styles.setdefault(kind, set()).add(str(i).encode())
    return styles


def _styled(styles: set[bytes]) -> re.Pattern[bytes]:
    """The cells of one of these styles."""
    return re.compile(rb"<(?:\w+:)?c\b([^>]*\bs=[\"'](?:" + b"|".join(sorted(styles)) + rb")[\"'][^>]*)>")


def _special_cells(archive: zipfile.ZipFile, part: str, styles: Mapping[str, set[bytes]]) -> Special:
    """The cells of a sheet whose bare value would say something else."""
    special: Special = {}
    shown = {kind: _styled(numbers) for kind, numbers in styles.items() if kind != "struck" and numbers}
    for row, column, kind in _found(archive, part, {"error": _BROKEN} | shown):
        special.setdefault(row, {}).setdefault(column, kind)
    return special


def _struck_cells(archive: zipfile.ZipFile, part: str, styles: set[bytes], texts: Sequence[bytes]) -> Struck:
    """The cells of a sheet that are struck through, by their style or by their text."""
    cells: Struck = {}
    for looked_for in [*([_styled(styles)] if styles else []), *([_texts(texts)] if texts else [])]:
        for row, column, _ in _found(archive, part, {"struck": looked_for}):
            cells.setdefault(row, set()).add(column)
    return cells


def _texts(numbers: Sequence[bytes]) -> re.Pattern[bytes]:
    """The cells that hold one of these shared texts."""
    which = b"|".join(numbers)
    return re.compile(rb"<(?:\w+:)?c\b([^>]*\bt=[\"']s[\"'][^>]*)>\s*<(?:\w+:)?v>(?:" + which + rb")</")


def _struck_texts(archive: zipfile.ZipFile) -> tuple[list[bytes], list[bytes]]:
    """Numbers of the shared texts that are struck through, and of those of which a part is."""
    whole: list[bytes] = []
    partly: list[bytes] = []
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist() or not _holds(archive, name, b"strike"):
        return whole, partly
    number = 0
    with archive.open(name) as part:
        for _, node in ElementTree.iterparse(part):
            if node.tag.rpartition("}")[2] != "si":
                continue
            runs = [
                any(mark.get("val") not in ("0", "false") for mark in _tags(run, "strike"))
                for run in _tags(node, "r")
                if "".join(text.text or "" for text in _tags(run, "t")).strip()
            ]
            if any(runs):
                (whole if all(runs) else partly).append(str(number).encode())
            number += 1
            node.clear()
    return whole[:TEXTS], partly[:TEXTS]


def _holds(archive: zipfile.ZipFile, name: str, word: bytes) -> bool:
    with archive.open(name) as part:
        tail = b""
        while piece := part.read(PIECE):
            if word in tail + piece:
                return True
            tail = piece[-len(word) :]
    return False


def _hidden(archive: zipfile.ZipFile, part: str) -> tuple[set[int], set[int]]:
    """The rows and the columns of a sheet that nobody sees, from 0."""
    rows: set[int] = set()
    columns: set[int] = set()
    with archive.open(part) as handle:
        rest = b""
        while piece := handle.read(PIECE):
            text = rest + piece
            if b"hidden=" in text:
                rows.update(int(number) - 1 for number in _HIDDEN.findall(text))
                for mark in _HIDDEN_COLUMNS.findall(text):
                    first, last = (int(number) for number in (_FIRST.findall(mark) + _LAST.findall(mark))[:2])
                    columns.update(range(first - 1, min(last, opendocument.COLUMNS)))
            # The mark of a row may lie in two pieces.
            rest = text[text.rfind(b"<") :]
    return rows, columns


def _found(
    archive: zipfile.ZipFile, part: str, searches: Mapping[str, re.Pattern[bytes]]
) -> Iterator[tuple[int, int, str]]:
    """Row and column, from 0, of each cell of a sheet that is looked for, and why."""
    with archive.open(part) as handle:
        rest = b""
        while True:
            piece = handle.read(PIECE)
            text = rest + piece
            # A cell is looked at whole: what follows the last row's end waits for the next piece.
            cut = text.rfind(b"</row>") if b"</row>" in text else text.rfind(b":row>")
            if piece:
                cut = max(cut, 0)
                text, rest = text[:cut], text[cut:]
            for kind, pattern in searches.items():
                for match in pattern.finditer(text):
                    cell = next(group for group in match.groups() if group)
                    if kind != "struck" and b'"str"' in cell and text[match.end() : match.end() + 2] == b"<v":
                        continue  # A formula whose result is the empty text.
                    where = _WHERE.search(cell)
                    if where is None:
                        raise FileRefused("FILE_UNREADABLE", "Cells without an address.")
                    column = 0
                    for letter in where[1]:
                        column = column * 26 + letter - 64
                    yield int(where[2]) - 1, column - 1, kind
            if not piece:
                return


def _write(
    sheet: Any, file: Path, special: Special, merged: Sequence[Area], looks: Looks, limit: int | None
) -> tuple[int, list[int], list[int], list[int]]:
    """Write the sheet's cells as text, row n on line n, `limit` rows at most, and nothing of a row that is struck through; returns the number of rows, the numbers of those
    that are, of those of which some cells are, and of those that are hidden."""
    if sheet.start is None and not special:
        file.touch()
        return 0, [], [], []
    first, last_row, last = (sheet.start[1], *sheet.end) if sheet.start else (0, -1, -1)
    width = max([last + 1, *(column + 1 for cells in special.values() for column in cells)])
    rows = max([last_row + 1, *(row + 1 for row in special)])
    rows = rows if limit is None else min(rows, limit)
    # A cell merged downwards holds for each of its rows. One merged sideways is a title, a label over several columns, or what a row says
    # of several days: which, the parent tells.
    by_row: dict[int, list[int]] = {}
    for (top, left), (bottom, right) in merged:
        if left == right < width:
            for row in range(top + 1, min(bottom + 1, rows)):
                by_row.setdefault(row, []).append(left)
    above: dict[int, str] = {}
    left_out: list[int] = []
    partly: list[int] = []
    hidden: list[int] = []
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\n")
        cells = sheet.iter_rows()
        for number in range(rows):
            line = [""] * first + [_text(value) for value in next(cells, [])]
            line += [""] * (width - len(line))
            filled = {column for column, text in enumerate(line) if text} if number in looks.struck else set()
            if taken_out := filled & looks.struck.get(number, set()):
                is_out = len(taken_out) == len(filled) or (len(taken_out) > 1 and len(filled - taken_out) <= BESIDE)
                (left_out if is_out else partly).append(number + 1)
                if is_out:
                    line = [""] * width
            if number in looks.partly and any(line) and number + 1 not in partly:
                partly.append(number + 1)
            if number in looks.hidden and any(line):
                hidden.append(number + 1)
            for column in by_row.get(number, ()):
                line[column] = line[column] or above.get(column, "")
            above = {column: line[column] for column in by_row.get(number + 1, ())}
            for column, kind in special.get(number, {}).items():
                if kind == "error":
                    line[column] = ERROR_CELL
                elif line[column]:
                    line[column] = shown(line[column], kind)
            writer.writerow(line)
    return rows, left_out, partly, hidden


def _text(value: Any) -> str:
    """A cell as text that says what the cell says, and no more."""
    if isinstance(value, str):
        return value if value.strip() else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer():
            # Beyond 15 digits a spreadsheet's number has lost the rest: shown as the number that it is, never as digits.
            return str(int(value)) if abs(value) < 1e15 else f"{value:.14e}"
        text = repr(value)
        # A number cell is no text: its point is a decimal mark, which three digits behind it would leave in doubt.
        return text + "0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


if __name__ == "__main__":
    main()
