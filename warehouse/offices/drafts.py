"""A profile for a layout that nobody knows, as YAML for the city to edit: headings alone, never a cell that may be about somebody.

Belongs here: which row is the heading, and the text of the draft. Does not belong here: trying files (`inspection`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from schemas.column import heading
from schemas.contract import Contract
from schemas.profiles import shipped_profiles
from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse.delivery import formats

_WORDS = (
    "no nomor nama nip nik kelas kode nilai email surel jabatan waktu tanggal tgl sesi status keterangan jumlah angkatan pelatihan "
    "peserta golongan instansi opd skor predikat periode tahun bulan pertanyaan jawaban saran komentar telepon alamat jenis aspek "
    "name id date time score class code type status department employee gender age program course training outcome cost duration days "
    "location trainer email question answer rating response comment year month hours start end participant organization level "
    "session position grade result category total number"
)
"""Words that headings begin or end with, beside the headings that are known."""
WORDS = frozenset(_WORDS.split())


def draft_profile(file: Path, scratch: Path) -> str | None:
    """A profile for a layout that nobody knows: the source that fits best, and what is to be filled in; until then it is none.

    None where the file cannot be opened as a table at all.
    """
    try:
        with formats.open_file(file, lambda header, facts: 0, scratch):
            return None
    except formats.UnknownHeader as unknown:
        return draft_of(file.name, unknown.rows)
    except FileRefused:
        return None


def draft_of(file: str, rows: Sequence[Sequence[str]]) -> str:
    """The draft for a file called `file`, in whose first `rows` nobody knows a header."""
    names = _headings(rows)
    contract = max(SOURCES.values(), key=lambda source: _fit(source, names))
    found = {column: names[positions[0]] for column, positions in contract.match(names).items()}
    lines = [f"# Drafted from {file}; read docs/extending.md, fill in what is marked, save as profiles/<name>.yaml."]
    if not names:
        lines.append(
            "# No row of the file is a heading for certain: write one into the file, above its rows, and its names here."
        )
        names = ["TODO"]
    if not found:
        lines.append("# None of its headings is one of ours: choose the source that its rows are about.")
    lines += [
        "id_scheme: nip  # person, for names and mail addresses; or opaque, for ids that are no NIP",
        "layouts:",
        "  - header:",
        *(f"      - {_quoted(name)}" for name in names),
        "    targets:",
        f"      {contract.name}:  # one of {', '.join(SOURCES)}",
        "        select:",
    ]
    for column in contract.columns:
        if column.name in found:
            expression = '"' + found[column.name].replace('"', '""') + '"'
            lines.append(f"          {column.name}: {_quoted(expression)}")
        else:
            mark = "# " if column.nullable else ""
            lines.append(f"          {mark}{column.name}: \"'TODO'\"  # {column.label}: {column.description}")
    return "\n".join(lines) + "\n"


def _fit(contract: Contract, names: Sequence[str]) -> tuple[int, float]:
    """How many of the source's columns are among the headings, and what share that is: a list of NIPs and names is one of employees."""
    n = len(contract.match(names))
    return n, n / len(contract.columns)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of the widest row that is a heading for certain; none where there is no such row."""
    best: list[str] = []
    for at, row in enumerate(rows):
        names = list(dict.fromkeys(cell for cell in row if cell))
        if len(names) > len(best) and _is_heading(row, rows[at + 1 :]):
            best = names
    return best


def _is_heading(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of a row are headings: words that are known as such in half of them; or in one, above a column in which
    every row below has digits and this one has none."""
    cells = [cell for cell in row if cell]
    if len(cells) < 2 or any("@" in cell or re.search(r"\d{5}", re.sub(r"[\s.,-]", "", cell)) for cell in cells):
        return False
    hits = sum(map(_is_known, cells))
    if 2 * hits >= len(cells):
        return True
    return bool(hits) and any(
        len(values) > 1 and all(re.search(r"\d", value) for value in values) and re.fullmatch(r"\D*[^\W\d]\D*", cell)
        for position, cell in enumerate(row)
        if (values := [other[position] for other in below if position < len(other) and other[position]])
    )


def _is_known(cell: str) -> bool:
    words = heading(cell).split()
    return heading(cell) in _known() or (0 < len(words) < 5 and bool({words[0], words[-1]} & WORDS))


@cache
def _known() -> Mapping[str, None]:
    """Every heading that a source or a shipped profile knows."""
    contracts: list[Contract] = list(SOURCES.values())
    names = [text for c in contracts for column in c.columns for text in (column.name, column.label, *column.aliases)]
    for layouts in shipped_profiles().values():
        names += [text for layout in layouts for text in (*layout.header, *layout.optional, *layout.aliases)]
    return dict.fromkeys(map(heading, names))
