"""Lines among the rows of a table that say something else than what is read for every row from above it: `Unit Kerja : Dinas Sosial` below
`Unit Kerja : Dinas Kesehatan`, `PPPK` below `Status Kepegawaian : PNS`, `POST TEST`. Whoever stands below would be read under what they are not.

What the table does not read from above it (`Tempat : Aula`), or has a column for, may change from line to line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal

from schemas.aliases import UNIT_ALIASES
from schemas.column import Column
from schemas.reasons import FileRefused
from warehouse.delivery.cells.values import WITHIN
from warehouse.delivery.cells.words import fold, word_of

Line = tuple[int, Sequence[str], Mapping[str, str]]
"""A line among the rows: its number, its cells, and what it says, labelled as a line above the table would be."""
_LEAD = re.compile(
    r"\W*(?:(?:[A-Z]|[IVX]{1,4}|\d{1,2})\s*[.)]\s*)?(?:(?:kelompok|peserta|pegawai|status)\s+)?", re.IGNORECASE
)
"""What stands before the name of a group: `B. Peserta`."""
_SECTION = re.compile(r"(?:[A-Z]|[IVX]{1,4}|\d{1,2})[.)]?").fullmatch
SHORT = (
    r"(?:din(?:kes|sos|kop|hub|dik)\w*|dis(?:dik|hub|nak|perin|perdag|pora|por|perkim|bud|damkar|dukcapil|kominfo|tan|kan|permades|par|pus)\w*|damkar\w*"
    r"|bap+e\w+|bkp?sdm\w*|bkp?d|bkpp|bkad|bpka?d|bapenda|bpbd|kesbang\w*|dpmptsp|dpmd|dlh\w*|dpup\w*|dp3a\w*|dkp3|dkppp|dckt?r|dsda\w*|itko|set(?:da|wan)"
    r"|(?:sat)?pol\W?pp)(?:\W+(?:kota|kab(?:upaten)?)\b.*)?"
)
"""How offices are called for short."""
_OFFICE = re.compile(
    r"(?:dinas|badan|kecamatan|satuan|inspektorat|sekretariat (?:daerah|dprd|dewan)|kantor(?! (?:cabang|kelurahan|lurah|desa|urusan)))\b.*"
    rf"|kec\..+|{SHORT}",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""The name of an office: of a part of one (`Bidang`, `Sekretariat`, `Seksi`) the office above may be meant."""

_WITHIN = re.compile(
    r"(?:kelurahan|kel(?=\.)|puskesmas|pkm|uptd?|rsud?|rumah sakit|sdn?|smpn?|tkn?|sd negeri|smp negeri|tk negeri|paud|pkbm|skb|bagian)\b.*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""The name of a unit of its own that lies in an office."""
_PART = re.compile(
    r"(?:sekretariat|asisten|bidang|bagian|seksi|sub ?(?:bagian|bag|bidang|bid|seksi)|instalasi)\b.*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""The name of a part of what stands above."""
_HAS_UNITS = re.compile(r"(?:sekretariat|setda|setwan)\b", re.IGNORECASE).match
"""Of these a `Bagian` is a unit of its own; elsewhere, as in a hospital, it is a part."""
_RECKONED = re.compile(r"\s*\(\W*(?:jumlah\W*)?\d+\s*(?:orang|org|pegawai|asn)?\W*\)$", re.IGNORECASE)
"""How many people a line counts."""


def check_lines(
    lines: Sequence[Line],
    above: Mapping[str, str | None],
    said: Callable[[Mapping[str, str]], Mapping[str, str | None]],
    column_of: Callable[[str], Column | None],
) -> None:
    """Raise FileRefused for a line that says something else than what is read from `above` the table: name → its value. `said` gives the
    same of a line's facts, and `column_of` the column of a name that is one."""
    for number, row, facts in lines:
        own = said(facts)
        for name, value in above.items():
            if value is None:
                continue
            column = column_of(name)
            other = own.get(name) or (_named(column, row) if column else None)
            if other is not None and not _is_same(column, value, other):
                line = " ".join(cell for cell in row if cell.strip())
                raise FileRefused("FILE_BETWEEN", f"Row {number} {line!r}: above the table stands {value!r}.")


def unit_of(row: Sequence[str], above: str) -> tuple[str, Literal["office", "unit", "part"]] | None:
    """What a line without a label names below another unit ('' below none), and what it is: an office, a unit that may lie in one (`KELURAHAN SERUA`), or a part
    of one of the two (`SEKRETARIAT`); None where it names none."""
    text = _RECKONED.sub("", _alone(row)).strip()
    bare = _LEAD.sub("", text, count=1)
    if _OFFICE(bare):
        return bare, "office"
    if _PART(bare) and above and not (bare[:6].casefold() == "bagian" and _HAS_UNITS(above.split(WITHIN)[-1])):
        return bare, "part"
    return (bare, "unit") if _WITHIN(bare) else None


def _alone(row: Sequence[str]) -> str:
    """The text of a line that has one; a section's letter may stand before it. '' where it has several, or none."""
    filled = [cell for cell in row if cell.strip(" :=")]
    if len(filled) == 2 and _SECTION(filled[0]):
        filled = filled[1:]
    return filled[0].strip(" :.-–—") if len(filled) == 1 else ""


def _named(column: Column, row: Sequence[str]) -> str | None:
    """What a line without a label names, where that is a word of the column, or an office."""
    text = _alone(row)
    bare = _LEAD.sub("", text, count=1)
    if column.values:
        return next((text for text in (text, bare) if word_of(column, text)), None)
    return bare if column.reader == "unit" and _OFFICE(bare) else None


def _is_same(column: Column | None, value: str, other: str) -> bool:
    if column and column.reader == "unit":
        return _code_of(value) == _code_of(other)
    word = (word_of(column, value) if column else None) or fold(value)
    return word in (column and word_of(column, other), fold(other))


def _code_of(unit: str) -> str:
    return _codes().get(fold(unit), fold(unit))


@cache
def _codes() -> Mapping[str, str]:
    """Shipped name of a unit → its code, folded: one line may call an office for short that another writes out."""
    with UNIT_ALIASES.open(encoding="utf-8", newline="") as file:
        return {fold(row["alias"]): fold(row["unit_code"]) for row in csv.DictReader(file)}
