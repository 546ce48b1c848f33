"""The class that a list is about, where no line "Kode Kelas : …" says it: a code in its titles, or in the name of its sheet or file.

A code has letters, digits and at least two marks between them, such as `TS-2026-01-001`. Where they hold two, a line must say it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from schemas.column import heading
from warehouse.delivery.cells.days import WEEKDAYS
from warehouse.delivery.cells.spans import MONTH_NAMES

LABEL = "kode kelas"
"""Fact under which the class stands, as a heading."""
LABELS = frozenset([LABEL, "kode angkatan", "id kelas", "class id"])
"""Labels of a line that says it."""
OF_CLASS = re.compile(r"\b(?:kelas|angkatan|batch|gelombang)\b").search
"""Headings, as they are compared, of columns that may name the class of each row."""
NAMED = "sebutan kelas"
"""Fact under which stands what titles call the class."""
_CODE = re.compile(r"(?<![^\W_])(?<![.-])[A-Z][A-Z0-9]*(?:[-.][A-Z0-9]+)+[-.]\d+(?![-.]?[A-Z0-9])")
_DATED = re.compile(r"[-.]20\d\d[-.]\d{1,2}[-.]\d{1,2}$")
"""A day right behind a code: where the code ends cannot be told."""
_WORDS = frozenset(
    f"MINGGU PEKAN KE HARI TANGGAL TGL BULAN SESI PERTEMUAN ABSEN ABSENSI PRESENSI DAFTAR HADIR ANGKATAN KELAS NO NOMOR {' '.join(MONTH_NAMES).upper()}".split()
)
"""What stands with a number and is no code: `ABSEN-MINGGU-2`."""
_SPEAKS = re.compile(
    r"(?:(?:nama|judul|kode) )?(?:kelas|angkatan|diklat|pelatihan|bimtek|kegiatan|judul|topik|topic)\b.*"
)
"""Labels whose values may name the class among other words."""


def class_code(texts: Iterable[str]) -> str | None:
    """The one code in the texts."""
    codes = {code for text in texts for code in _CODE.findall(text)}
    if len(codes) != 1:
        return None
    [code] = codes
    return None if _DATED.search(code) or _WORDS.intersection(re.split(r"[-.]", code)) else code


def with_classes(names: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The names of columns, of which the one that names the class of each row (`Kelas`) is called after codes where most of what stands below it in
    `rows` are codes; a room, or a group, is none."""
    said = {at: heading(name) for at, name in enumerate(names) if name}
    found = [] if LABELS.intersection(said.values()) else [at for at, name in said.items() if OF_CLASS(name)]
    texts = {at: [row[at] for row in rows if row[at : at + 1] not in ([], [""])] for at in found}
    coded = [
        at for at in found if 2 * sum(class_code([text.upper()]) is not None for text in texts[at]) > len(texts[at])
    ]
    return tuple("Kode Kelas" if [at] == coded else name for at, name in enumerate(names))


def other_code(name: str, said: Collection[str]) -> str | None:
    """The code in the name of a file, where it is none of the classes that are `said` in it and is made like one of them, as `TS-2026-01-002` is
    like `TS-2026-01-001`: one that is made otherwise may be of anything."""
    code = class_code([name])
    shapes = {re.sub(r"\d", "0", class_id) for class_id in said}
    return code if code and code not in said and re.sub(r"\d", "0", code) in shapes else None


def class_of(titles: Sequence[str], facts: Mapping[str, str]) -> dict[str, str]:
    """The class as a fact, of a table under these `titles` and labelled `facts`; none where a line says it, or nothing does."""
    if LABELS & facts.keys():
        return {}
    code = class_code([*titles, *(value for label, value in facts.items() if _SPEAKS.fullmatch(heading(label)))])
    return {LABEL: code} if code else {}


_TITLED = re.compile(
    r"\b(?:kelas|angkatan|gelombang|batch|diklat|pelatihan|bimtek|bimbingan teknis|workshop|lokakarya|seminar|sosialisasi|kursus)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"\b(?:hari|sesi|pertemuan|minggu|pekan|halaman|lembar|tanggal|tgl)\b\W*(?:ke\b\W*)?\w*|"
    rf"\b\d{{1,2}}\W+(?:{'|'.join(MONTH_NAMES)})\b(?:\W+\d{{4}})?|\b(?:{'|'.join(WEEKDAYS)})\b"
)
_ABOUT_THE_LIST = frozenset(
    [
        "daftar",
        "hadir",
        "kehadiran",
        "absen",
        "absensi",
        "presensi",
        "peserta",
        "rekap",
        "lanjutan",
        "nilai",
        "dan",
        "ke",
        "pada",
        "untuk",
        "di",
    ]
)


def named_class(titles: Iterable[str], facts: Mapping[str, str]) -> dict[str, str]:
    """What the titles call the class, as a fact: the words of the lines that speak of it, but for the day and the list."""
    lines = [title for title in titles if _TITLED.search(title)]
    lines += [f"{label} {value}" for label, value in facts.items() if _TITLED.search(label) and label not in LABELS]
    words = {word for line in lines for word in re.findall(r"\w+", _WHEN.sub(" ", line.casefold()))} - _ABOUT_THE_LIST
    return {NAMED: " ".join(sorted(words))} if words else {}


def is_other_class(facts: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Whether a table is titled for a class that what stands above the tables before, labelled `facts`, does not name, and has no line
    that says which."""
    said = {word for name in (NAMED, *LABELS) for word in re.findall(r"\w+", facts.get(name, "").casefold())}
    return bool(LABELS & facts.keys() and not LABELS & own.keys() and set(own.get(NAMED, "").split()) - said)


def other_class(facts: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Whether a line says another class, `own`, than that of what stands above the table, `facts`."""
    said, above = ({re.sub(r"\s", "", of[name]).upper() for name in LABELS & of.keys()} for of in (own, facts))
    return bool(said and above and not said & above)


def over(facts: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """What stands above a table, and where that does not say it, what stood above the tables before: a class of its own replaces
    theirs, however either is labelled."""
    kept = {label: value for label, value in facts.items() if not (LABELS & own.keys() and label in LABELS)}
    return {**kept, **own}
