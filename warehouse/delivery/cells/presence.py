"""What a cell of a list of presences says: one of the contract's words, alone or with what people write beside it.

A remark (in brackets, behind a mark, or how somebody was there: `Hadir via Zoom`) changes no word; one that says another word
(`Hadir (izin)`, or both choices of a printed form) contradicts it, and nothing is concluded. Of an absence it may say the reason:
`Tidak hadir (sakit)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

PRESENT = "hadir"
LONGEST = 200
"""Characters of the longest cell that is taken apart; what has more is no word with a remark, and could have remarks without end."""
_HOW = re.compile(
    r"(?:(?:via|melalui|lewat|secara|dengan|dgn|di|pakai) )?(?:zoom(?: meetings?)?|(?:google |g ?)meet|(?:ms |microsoft )?teams|"
    r"daring|online|on line|virtual|vicon|video ?conference|luring|offline|tatap muka|langsung|fisik|onsite|on site|hybrid|hibrida)|"
    r"(?:terlambat|telat)(?: \d{1,3} ?(?:menit|mnt|jam|m|')?)?"
)
"""In what way somebody was there, or when they came."""
_WHERE = re.compile(r"(?:via|melalui|lewat) zoom|(?:secara )?(?:daring|online|luring|offline|onsite|tatap muka)")
"""The way that says by itself that somebody was there."""
_SAID = re.compile(
    r"(?P<word>.*?)\s*\((?P<more>[^()]*)\)|(?P<head>[^\W\d_][^\W\d_ .]+(?:[ .]+[^\W\d_]+)?)\s*[-–—:;,/]\s*(?P<rest>\S.*)"
)
"""A word, and what stands in brackets, or behind a mark, beside it. A letter with a mark (`H/I/S/A`) is a choice that nobody made."""
_BECAUSE = re.compile(
    r"(?P<word>(?:tidak|tdk\.?) (?:(?:dapat|bisa) )?hadir|sakit|izin|ijin|cuti|terlambat) (?:(?:karena|krn|dengan|dgn|ada|untuk|atau|dan|serta) )?(?P<more>.+)"
)
_AWAY = r"(?:tidak|tdk\.?|tak) (?:(?:dapat|bisa) )?hadir"
_UNSAID = re.compile(rf"{_AWAY}|th|absent|tidak")
"""Absence, and no word of its reason."""
_NOT = re.compile(r"\b(?:tidak|tdk|tak|belum|blm|bukan|batal)\b")


LISTS_AWAY = re.compile(
    r"\W*(?:(?:daftar|rekap\w*|data|laporan|absensi|presensi|nama)\W+)*(?:(?:peserta|pegawai|asn|nama)\W+)*(?:(?:yang|yg)\W+)?"
    r"(?:(?:tidak|tdk|tak|belum)\W+hadir|ketidakhadiran|mangkir)\b(?!\W*(?:dan|/|&)).*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""A title of those who were away."""


def presence(text: str, word_of: Callable[[str], str | None]) -> str | None:
    """The word of the contract that a cell says; None where it says none, or two. `word_of` gives that of a spelling alone."""
    said = " ".join(text.casefold().split()).rstrip(" .!")
    if (found := word_of(said)) or len(said) > LONGEST:
        return found
    head, _, way = said.partition(" ")
    if word_of(head) == PRESENT and _HOW.fullmatch(way):
        return PRESENT
    if (re.fullmatch(r"(?:terlambat|telat)\b.*", said) or _WHERE.fullmatch(said)) and _HOW.fullmatch(said):
        return PRESENT
    for pattern in (_SAID, _BECAUSE):
        if match := pattern.fullmatch(said):
            parts = match.groupdict()
            word, more = parts["word"] or parts.get("head") or "", parts["more"] or parts.get("rest") or ""
            return _remarked(word.rstrip(" ."), more, word_of)
    return None


def _remarked(word: str, remark: str, word_of: Callable[[str], str | None]) -> str | None:
    found, other = word_of(word), presence(remark, word_of) if remark else None
    if found is None and word:
        found = presence(word, word_of)
    if found and _UNSAID.fullmatch(word):
        # Why somebody was away, in words that are none of the contract's, is nobody's to sort.
        return other if other != PRESENT else None
    if other is not None and other != found:
        # `Izin tidak hadir` is no contradiction; `Izin: tidak` is one.
        return found if found != PRESENT and re.fullmatch(_AWAY, remark) else None
    return None if found == PRESENT and _NOT.search(remark) else found
