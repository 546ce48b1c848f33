"""Who is no participant of a class, though lists of who was there name them, too: narasumber, moderators, and the committee."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

_ROLE = r"(?:nara\W?sumber|moderator|pemateri|penyaji|panitia|pembawa acara)"
_ROLES = rf"(?:(?:para|tim|unsur)\W+)*{_ROLE}(?:\W+(?:(?:dan|serta)\W+)?{_ROLE})*"
_LISTED = r"(?:daftar|hadir|kehadiran|absen|absensi|presensi|rekap\w*|data|nama)"
_TITLED = re.compile(rf"\W*(?:{_LISTED}\W+)+{_ROLES}\b(?!.*\bpeserta\b).*", re.IGNORECASE | re.DOTALL).fullmatch
"""A title of others than participants."""
_CALLED = re.compile(rf"\W*(?:{_LISTED}\W+)*{_ROLES}\W*\d?\W*", re.IGNORECASE).fullmatch
"""The name of a sheet that is called after them."""
_OF_PARTICIPANTS = re.compile(rf"\b{_LISTED}\b.*\bpeserta\b", re.IGNORECASE | re.DOTALL).search
_GROUP = re.compile(
    rf"\W*(?:(?:[A-Z]|[IVX]{{1,4}}|\d{{1,2}})\s*[.)]\s*)?(?:(?:daftar|kelompok|nama)\W+)?{_ROLES}\W*(?:\(.*\)\W*)?",
    re.IGNORECASE,
).fullmatch
IS_OTHER = rf"(?i)^\W*(?:(?:sebagai|ketua|wakil|anggota|sekretaris|bendahara|koordinator|tim|seksi)\W+)*{_ROLE}\b"
"""How a cell beside somebody says that they are one of them."""


def titled_others(titles: Sequence[str], names: Sequence[str]) -> str:
    """The title, or else the name of the sheet or file (`names`), of a list of others than participants; '' where it is none."""
    if any(map(_OF_PARTICIPANTS, titles)):
        return ""
    shown = [name.replace("_", " ") for name in names]
    return next(chain(filter(_TITLED, [*titles, *shown]), filter(_CALLED, shown[:-1])), "")


def group_of_others(row: Sequence[str]) -> str:
    """The line among the people of a list below which others than participants stand (`B. NARASUMBER`); '' where it is none."""
    filled = [cell.strip() for cell in row if cell.strip(" :")]
    text = filled[-1] if 0 < len(filled) < 3 and (len(filled) == 1 or len(filled[0]) < 4) else ""
    return text if _GROUP(text) else ""
