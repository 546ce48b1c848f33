"""Headings in two languages: `Nama / Name`, `NIP (Employee ID)`, one above the other in a cell.

A heading counts as one in two languages only where one half is known to translate the other: `Nama / Jabatan` are two things.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from schemas.column import heading

_NAME = "name|full name|participant|participants|participant name|name of participant|employee name"
_NUMBER = "employee id|employee number|employee no|employee id number|employee identification number|staff id|staff number|id number"
_OFFICE = "unit|work unit|working unit|office|department|agency|institution|organization|organisation"
_WORDS: Mapping[str, str] = {
    "no": "no|number",
    "nomor": "no|number",
    "no urut": "no|number|serial number",
    "nama": _NAME,
    "nama lengkap": _NAME,
    "nama peserta": _NAME,
    "nama pegawai": _NAME,
    "nip": _NUMBER,
    "nip ni pppk": _NUMBER,
    "email": "email|e mail|email address|mail address",
    "surel": "email|e mail|email address|mail address",
    "jenis kelamin": "gender|sex",
    "unit kerja": _OFFICE,
    "perangkat daerah": _OFFICE,
    "opd": _OFFICE,
    "instansi": _OFFICE,
    "kode unit kerja": "unit code|office code",
    "jabatan": "position|job title|occupation",
    "pangkat": "rank",
    "golongan": "grade|rank",
    "pangkat golongan": "rank|grade|rank grade",
    "kelas": "class",
    "kode kelas": "class|class code|class id",
    "kode program": "program code|programme code",
    "program": "program|programme|training program|training",
    "nama program": "program name|program|programme",
    "tanggal": "date",
    "hari": "day",
    "hari tanggal": "date|day date",
    "tanggal mulai": "start date|start",
    "tanggal selesai": "end date|end|finish date",
    "bulan": "month",
    "tahun": "year",
    "periode": "period",
    "triwulan": "quarter",
    "waktu": "time",
    "sesi": "session",
    "sesi ke": "session|session no|session number",
    "pertemuan": "meeting|session",
    "kehadiran": "attendance|presence",
    "status": "status",
    "status kehadiran": "attendance|attendance status|status",
    "hadir": "present",
    "izin": "permission|excused|leave",
    "sakit": "sick",
    "alpa": "absent",
    "tanda tangan": "signature",
    "paraf": "signature|initial|initials",
    "keterangan": "remark|remarks|note|notes|description|information",
    "jenis tes": "test|test type|type of test",
    "nilai": "score|grade|mark|value",
    "skor": "score",
    "nilai maksimum": "maximum score|max score|maximum grade",
    "skor maksimum": "maximum score|max score",
    "pre test": "pre test|pretest",
    "post test": "post test|posttest",
    "tes awal": "pre test|pretest",
    "tes akhir": "post test|posttest",
    "predikat": "predicate|rating",
    "narasumber": "instructor|resource person|trainer|speaker",
    "nama narasumber": "instructor|instructor name|resource person|trainer|speaker",
    "materi": "material|topic|subject",
    "tempat": "place|venue|location",
    "lokasi": "place|venue|location",
}
"""Heading in Bahasa Indonesia → what stands beside it in English, as headings."""
LONGEST = 8
"""Words of the longest heading in two languages; what has more is a sentence."""
_NUMBERED = re.compile(r" \d{1,3}$").search
_ENGLISH: Mapping[str, frozenset[str]] = {word: frozenset(words.split("|")) for word, words in _WORDS.items()}
_OURS: Mapping[str, tuple[str, ...]] = {
    name: tuple(word for word, words in _ENGLISH.items() if name in words)
    for name in {name for words in _ENGLISH.values() for name in words}
    - _WORDS.keys()
    - {"number", "serial number", "participants"}
}
"""Heading in English → those in Bahasa Indonesia. A number is that of a line as well as of somebody, and participants are counted."""


@lru_cache(maxsize=10_000)
def indonesian(text: str) -> str:
    """A heading as it is compared; of one in two languages its half in Bahasa Indonesia, whichever stands first."""
    whole = heading(text)
    words = whole.split(" ")
    if len(words) > LONGEST:
        return whole
    pairs = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words)))
    return next(filter(None, (_half(*pair) for pair in pairs)), whole)


def english(text: str) -> tuple[str, ...]:
    """The headings in Bahasa Indonesia that one in English alone may stand for; none where it is also a word of ours."""
    whole = heading(text)
    number = _NUMBERED(whole)
    name = whole[: number.start()] if number else whole
    return tuple(word + (number[0] if number else "") for word in _OURS.get(name, ()))


def translates(above: str, below: str) -> bool:
    """Whether two headings, one above the other, say the same in two languages."""
    above, below = heading(above), heading(below)
    return above != below and bool(_half(above, below))


def _half(left: str, right: str) -> str:
    """The half in Bahasa Indonesia of a heading whose halves, as headings, say the same; '' where they do not. A number stands with both
    or with the last (`Sesi / Session 1`)."""
    number = _NUMBERED(right)
    if number:
        right = right[: number.start()]
        left = left.removesuffix(number[0])
    for half, other in ((left, right), (right, left)):
        if other in _ENGLISH.get(half, ()):
            return half + (number[0] if number else "")
    return ""
