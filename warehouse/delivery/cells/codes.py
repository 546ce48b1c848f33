"""Codes of classes, programs, narasumber, flags, versions and rules, however they are typed."""

from __future__ import annotations

import re

from schemas.fields import FIELDS
from schemas.reasons import CELL_ERRORS
from warehouse.delivery.cells.words import word_of

_CODE = r"[a-z][a-z0-9]*(?:\s*[-.]\s*[a-z0-9]+)+\s*[-.]\s*\d+"
_CLASS = re.compile(rf"({_CODE})(?:\s*\([^()]*\))?", re.IGNORECASE).fullmatch
_CLASSES = re.compile(rf"(?<![\w.-]){_CODE}(?![\w-])".replace(r"\s*", ""), re.IGNORECASE).findall


_TITLED_CLASS = re.compile(
    rf"(?!.*\b(?:kelas|angkatan|gelombang|batch|kelompok|batal|pindah\w*|\w*ganti\w*|bukan|eks|ex)\b)"
    rf"(?:({_CODE})\s*[-–:|]?\s+[^\W\d][^\d]{{2,}}|[^\W\d][^\d]{{2,}}[\s(\[]+({_CODE})[)\]]?)".replace(
        r"\s*[-.]\s*", "[-.]"
    ),
    re.IGNORECASE,
).fullmatch
"""A code and the title of its class, as forms offer both to choose from; what else is said beside it may be another's."""


def class_code_of(text: str) -> str | None:
    """The code of a class however it is typed (`ts - 2026 - 01 - 001`, with a remark in brackets, or with the title of the class); None where the text
    names several. What has two marks at most is left as it is."""
    if match := _CLASS(text) or _TITLED_CLASS(text):
        return re.sub(r"\s", "", match[1] or match[2]).upper()
    return None if len({code.upper() for code in _CLASSES(text)}) > 1 or text in CELL_ERRORS else text


SMALL_CODE = r"^(?:[A-Z]*[a-z][A-Za-z]{0,6})[-. ]?\d[\d.-]*$"
"""A code that was typed without capitals: a few letters and numbers (`md-01`)."""


def names_several(text: str) -> bool:
    """Whether a cell names several narasumber, or programs, by their codes or numbers, or several flags."""
    parts = re.split(r"\s*[,;&\n]\s*|\s+/\s+|\s+dan\s+", text.strip())
    is_each = len(parts) > 1 and all(re.fullmatch(r"[\w.-]*\d[\w.-]*|[^:]+:.+", part) for part in parts)
    # A slash without spaces is part of a code, but between two that are made alike.
    return is_each or bool(re.fullmatch(r"(?i)([a-z]+[-.]?)\d+(?:/\1\d+)+", text.strip()))


_NAMED_CODE = re.compile(
    r"([A-Z]+(?:[-.][A-Z\d]+)*[-.]?\d+)\s*(?!.*\b(?:batal|\w*ganti\w*|berhalangan|tidak|tdk|calon|moderator)\b)"
    r"(?:\([^()\d]*[^\W\d][^()\d]*\)|[-–:/]\s+[^\W\d][^\d]*)",
    re.IGNORECASE,
).fullmatch
"""A code and what it stands for: `NS-001 (Dr. Andi)`, `MD-01 - Manajemen Dokumen`; what else is said beside it (`diganti NS-002`) may be another's."""


def code_of(text: str) -> str:
    """The code of a narasumber, or a program, before its name."""
    match = _NAMED_CODE(text)
    return match[1] if match else text


def version_of(text: str) -> str:
    """A curriculum's version however it is typed: `1.0`, `1,0`, `v1` and `Versi 1` are 1."""
    match = _VERSION(text)
    return match[1].replace(",", ".") if match else text


_VERSION = re.compile(r"(?:v(?:er(?:si)?)?\.?\s*)?(\d+(?:[.,]\d+)*?)(?:[.,]0+)?", re.IGNORECASE).fullmatch


_RULED = re.compile(
    r"(?:pp|permen\w*|peraturan)\b\D*(\d{1,3})\s*(?:/|tahun|thn|th\.?)\s*(20\d\d)", re.IGNORECASE
).search
_REGIMES = {("46", "2011"): "PP 46/2011", ("30", "2019"): "PP 30/2019", ("6", "2022"): "PermenPANRB 6/2022"}


def regime_of(text: str) -> str:
    """The rules of ratings however they are cited (`Permenpan RB No. 6 Tahun 2022`)."""
    match = _RULED(text)
    return _REGIMES.get((match[1].lstrip("0"), match[2]), text) if match else text


def flag_of(text: str) -> str:
    """The code of a flag however its parts are spaced, and its aspect is written (`MD-01 : 1 : Materi`)."""
    program, *rest = (part.strip() for part in text.split(":"))
    rest[:1] = map(version_of, rest[:1])
    if len(rest) > 1:
        rest[1] = word_of(FIELDS["aspect"], rest[1]) or rest[1].upper()
    return ":".join([program.upper() if re.match(SMALL_CODE, program) else program, *rest])
