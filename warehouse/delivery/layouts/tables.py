"""Which tables of a file are read by which layout, or why none is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.column import heading
from schemas.contract import Contract
from schemas.profiles import Layout
from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse.delivery import formats
from warehouse.delivery.cells import values
from warehouse.delivery.cells.class_code import LABELS, other_code
from warehouse.delivery.layouts.columns import NOTHING, lacking
from warehouse.delivery.layouts.contract_layout import ContractLayout
from warehouse.delivery.layouts.mapping import HeaderMatcher
from warehouse.delivery.layouts.profile_layout import ProfileLayout
from warehouse.delivery.sheets.headings import Alike, find_headers
from warehouse.delivery.sheets.session import names_session
from warehouse.delivery.sheets.sheet import Passed, Table

_NAMES = {
    source: re.compile(rf"(?:(?:nama|judul) )?(?:{words})|nama(?: lengkap)?(?: dan gelar)?").fullmatch
    for source, words in {
        "instructors": "narasumber|nara sumber|pengajar|fasilitator|instruktur|widyaiswara|pemateri",
        "programs": "program|pelatihan|diklat|program pelatihan",
        "classes": "kelas|pelatihan|diklat|angkatan|kegiatan|program|bimtek",
        "projects": "paket|paket pekerjaan|pekerjaan|proyek|kegiatan|sub kegiatan",
        "units": "opd|unit|unit kerja|perangkat daerah|skpd|instansi",
    }.items()
}
"""Source that lists things → the headings, as they are compared, of their names."""


_WEIGHTED = re.compile(
    r"(?:(?:nilai|skor|hasil|bobot)\W+)*(?:pre|pra|post?|pasca|tes\W+(?:awal|akhir))\W*(?:test?)?\W+(?:bobot\W+)?\d{1,2}\s?%\W*",
    re.IGNORECASE,
).fullmatch
"""Headings of tests that say how much they count for."""


@contextmanager
def open_tables(path: Path, readings: Sequence[HeaderMatcher], scratch: Path) -> Iterator[list[Table]]:
    """The tables of the file at `path` that any of `readings` recognises; FileRefused says what the others lack, also one sheet among
    others, on which people would be lost."""
    refused, alike = list[FileRefused](), list[FileRefused]()

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        best = 0
        for one in readings:
            try:
                best = max(best, one.accepts(header, facts))
            except FileRefused as reason:
                (alike if isinstance(header, Alike) else refused).append(reason)
        return best

    try:
        with formats.open_file(path, accepts, scratch) as tables:
            was_refused = bool(refused)
            # Read with a line less above it, the table would lack what makes it wrong.
            if wrong := [reason for reason in refused if reason.code in ("FILE_UNITS", "FILE_TWICE")]:
                raise wrong[0]
            for sheet in tables[0].passed_over:
                # Asked once more only where somebody had something to say: a workbook may have many sheets of nobody's.
                if was_refused:
                    _check_refused(sheet, readings)
                _check_headings(sheet, readings)
            if lists := _lists(tables[0].unseen, readings):
                tables[0].notes += (f"hidden sheets hold lists, and are not read: {', '.join(map(str, lists))}",)
            said = {code for table in tables for label, code in table.facts.items() if label in LABELS}
            if said and (named := other_code(path.stem, said)):
                tables[0].notes += (f"the file is called after another class than the lists in it: {named}",)
            for table in tables:
                own = {code for label, code in table.facts.items() if label in LABELS}
                if table.sheet and own and (named := other_code(table.sheet, own)):
                    tables[0].notes += (
                        f"sheet {table.sheet_number} is called after another class than the list in it: {named}",
                    )
            yield tables
    except formats.UnknownHeader as unknown:
        columns = _phases(readings, unknown.rows)
        # Columns of both phases are of none that a line could say.
        if refused and not (columns and "'Fase : ...'" in least(refused).seen):
            raise least(refused) from unknown
        if lists := _lists(unknown.unseen, readings):
            raise FileRefused("FILE_HIDDEN", f"Hidden sheets: {', '.join(map(str, lists))}.") from unknown
        contracts = [one.contract for one in readings if isinstance(one, ContractLayout)]
        if columns:
            raise FileRefused("FILE_PHASES", f"Columns {columns[0]!r} and {columns[1]!r}.") from unknown
        if weighted := _weighted(readings, unknown.rows):
            raise FileRefused("FILE_WEIGHTS", f"Column {weighted!r}.") from unknown
        if lost := _by_name(contracts, unknown.rows):
            raise FileRefused("FILE_CODES", f"Missing: {lost}.") from unknown
        if alike:
            raise least(alike) from unknown
        layouts = [one.layout if isinstance(one, ProfileLayout) else one for one in readings]
        seen = lacking(contracts, unknown.rows)
        if not contracts or seen == NOTHING:
            # Of a source's folder only what comes near to another layout is likely to be meant so.
            known = [one for one in layouts if isinstance(one, Layout)]
            seen = _lacking_of(known, unknown.rows, nearly=bool(contracts)) or seen
        raise FileRefused("FILE_COLUMNS", seen) from unknown


def _lists(sheets: Iterable[Passed], readings: Sequence[HeaderMatcher]) -> list[int]:
    """The numbers of the sheets on which a list stands that is known, with something below its header."""

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        best = 0
        for one in readings:
            with suppress(FileRefused):
                best = max(best, one.accepts(header, facts))
        return best

    found = ((sheet, find_headers(sheet.first, accepts, sheet.names)) for sheet in sheets)
    return [
        sheet.number
        for sheet, headers in found
        if any(any(cells) for header in headers for _, cells in sheet.first[header.record :])
    ]


def _check_refused(sheet: Passed, readings: Sequence[HeaderMatcher]) -> None:
    """Raise FileRefused where a sheet that nobody reads holds a list whose headings are known: it lacks a line above it, or has a heading
    too much."""
    lacking: list[FileRefused] = []

    def accepts(header: Sequence[str], facts: Mapping[str, str]) -> int:
        for one in readings:
            try:
                one.accepts(header, facts)
            except FileRefused as reason:
                layout = one.layout if isinstance(one, ProfileLayout) else one
                # A survey's recap is headed like its forms, and nobody stands on it.
                is_survey = isinstance(layout, Layout) and layout.id_scheme == "opaque"
                if not is_survey and is_list(layout, header):
                    lacking.append(reason)
        return 0

    find_headers(sheet.first, accepts, sheet.names)
    if lacking:
        reason = least(lacking)
        raise FileRefused(reason.code, f"Sheet {sheet.number}: {reason.seen}")


def _check_headings(sheet: Passed, readings: Sequence[HeaderMatcher]) -> None:
    """Raise FileRefused where a sheet that nobody reads has the headings of a contract but for one."""
    rows = [cells for _, cells in sheet.first]
    for contract in (one.contract for one in readings if isinstance(one, ContractLayout)):
        most = max((len({*contract.match(row)} & {*contract.required}) for row in rows), default=0)
        if most > 2 and most == len(contract.required) - 1:
            raise FileRefused("FILE_COLUMNS", f"Sheet {sheet.number}: {lacking([contract], rows)}")


def is_list(layout: HeaderMatcher, header: Sequence[str]) -> bool:
    """Whether a header that the layout knows is that of a list: of no recap, whose columns of presences do not say when, and of no
    machine's log, whose report may tell the same twice, as a sum and in detail."""
    for target in layout.targets.values() if isinstance(layout, Layout) else ():
        if target.query:
            return False
        if re.search(r"\b_session\b", " ".join(target.select.values())):
            return any(names_session(name) for name, _ in target.value_columns(header))
    return True


def least(refused: Sequence[FileRefused]) -> FileRefused:
    """Of what was refused of one header, read together with more rows above it and with fewer, the reason that asks least."""
    return min((reason for reason in refused if reason.code == refused[0].code), key=lambda reason: len(reason.seen))


def _sources(readings: Sequence[HeaderMatcher]) -> set[str]:
    """The sources that a file is looked into for."""
    return {
        name
        for one in readings
        for name in (one.layout.targets if isinstance(one, ProfileLayout) else getattr(one, "targets", ()))
    } | {one.contract.name for one in readings if isinstance(one, ContractLayout)}


def _weighted(readings: Sequence[HeaderMatcher], rows: Sequence[Sequence[str]]) -> str:
    """Where tests are looked for: the first heading of one that says its weight (`Post Test (60%)`); '' where there is none."""
    cells = (cell for row in rows for cell in row) if "assessments" in _sources(readings) else ()
    return next(filter(_WEIGHTED, cells), "")


def _phases(readings: Sequence[HeaderMatcher], rows: Sequence[Sequence[str]]) -> list[str]:
    """Where observations are looked for: the headings of a row that say the phase before a class and the one after it, one of each."""
    sources = _sources(readings)
    phase = SOURCES["observations"].column("phase")
    for row in rows if "observations" in sources else ():
        said = {word: cell for cell in reversed(row) if (word := values.word_of(phase, cell))}
        if len(said) > 1:
            return [said[word] for word in phase.values]
    return []


def scale_of(mapper: ContractLayout | ProfileLayout) -> tuple[int, int] | None:
    """The one scale on which a layout reads answers: its codebook's, or that of the source; None where each row says its own."""
    if isinstance(mapper, ProfileLayout) and mapper.layout.codebook:
        return mapper.layout.codebook.scale
    score = next((column for column in mapper.contract.columns if column.name == "score"), None)
    if score is None or score.minimum is None or score.maximum is None:
        return None
    return int(score.minimum), int(score.maximum)


def asked(mapper: ContractLayout | ProfileLayout, table: Table) -> list[str]:
    """The headings of a table's columns that hold answers, or their mean."""
    found = {mapper.cell_of(table).get("score", 0)}
    if isinstance(mapper, ProfileLayout):
        found |= {table.header.index(name) + 1 for name, _ in mapper.target.value_columns(table.header)}
    return [table.header[at - 1] for at in sorted(found) if at]


def check_units(table: Table, mapper: ContractLayout | ProfileLayout) -> None:
    """Raise FileRefused where a line within a table that was read, or below it, says that its amounts are no rupiah."""
    if table.scaled and any(mapper.contract.column(name).unit == "IDR" for name in mapper.cell_of(table)):
        raise FileRefused("FILE_UNITS", f"{table.scaled!r}.")


def _by_name(contracts: Sequence[Contract], rows: Sequence[Sequence[str]]) -> str:
    """The column of codes that a list of things lacks, whose names it has; '' where it has codes, or lists something else."""
    for contract in contracts:
        code, names = contract.key[0], _NAMES.get(contract.name)
        is_named = names and any(sum(map(bool, row)) > 1 and any(map(names, map(heading, row))) for row in rows)
        has_codes = any(
            heading(cell).startswith(("kode", "id ")) or code in contract.match([cell]) for row in rows for cell in row
        )
        if is_named and not has_codes:
            return code
    return ""


def _lacking_of(layouts: Sequence[Layout], rows: Sequence[Sequence[str]], *, nearly: bool) -> str:
    """What the row that comes closest to the header of a layout lacks: columns by their headings, or those that its further columns would be, or that two are
    called alike; '' where none is known, or with `nearly` none that lacks but one column of several."""
    best, text = 0, ""
    for layout, row in ((layout, row) for layout in layouts for row in rows):
        names = layout.names(row)
        found = {*layout.header}.intersection(names.values())
        lost = [name for name in layout.header if name not in found]
        n = 2 * len(found) - len(lost)
        if not found or n <= best or (nearly and not (len(lost) == 1 and len(found) > 1)):
            continue
        selects = (column for target in layout.targets.values() for column in target.select.items())
        made = [column for column, said in selects if re.search(r"\bvalue\b", said)]
        alike = [[seen for seen, meant in names.items() if meant == name] for name in layout.header]
        called = {meant: seen for seen, meant in reversed([*layout.aliases.items()])}
        shown = [name if name != name.lower() else called.get(name, name) for name in lost] or made[:1]
        best, text = n, f"Missing: {', '.join(shown or layout.header)}."
        if not lost and (twice := next((seen for seen in alike if len(seen) > 1), None)):
            text = f"The columns {' and '.join(map(repr, twice[:2]))} both mean {names[twice[0]]}."
    return text
