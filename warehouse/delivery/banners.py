"""Lines between the people of a list on which nobody stands: the group of those below (`KELOMPOK A`, `Bidang Sosial`, `B. Dinas Sosial`).

One that says another class, or another day, than what stands above the table is no such line: whoever stands below it would be read
under the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_GROUP = re.compile(
    r"\W*(?:(?:[a-z]|[ivx]{1,4}|\d{1,2})\s*[.)]\s*)?(?:kelompok|bidang|bagian|sub ?bagian|sub ?bag|sub ?bidang|seksi|sekretariat|inspektorat|"
    r"dinas|badan|kantor|kecamatan|kelurahan|uptd?|puskesmas|rumah sakit|rsud?|pejabat|jabatan|golongan|regu|gugus|lanjutan|sambungan|"
    r"unit kerja|perangkat daerah|opd|peserta)\b.*",
    re.IGNORECASE,
)
_SECTION = re.compile(r"(?:[A-Z]|[IVX]{2,4})[.)]?").fullmatch
"""The letter, or the Roman numeral, of a group in the column that numbers the people."""
_WORD = re.compile(r"[^\W\d_]{2}").search


def is_banner(row: Sequence[str], line: int | None) -> bool:
    """Whether a row names a group, and nobody. `line` is the place of the column that numbers the people, where a list has one: a word
    there is no number, and a letter with one more text is the group's."""
    filled = [(at, cell) for at, cell in enumerate(row) if cell]
    if not filled or any(re.search(r"\d{5}", cell) for _, cell in filled):
        return False
    (at, cell), *more = filled
    if at == line and len(more) == 1:
        return bool(_SECTION(cell) and _WORD(more[0][1]))
    return not more and bool(_WORD(cell)) and (at == line or bool(_GROUP.fullmatch(cell)))
