"""NIP and NI PPPK: what a sound number of 18 digits looks like, and why another is refused."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache

from schemas.reasons import CELL_ERRORS

IS_SHARED = True
OF_PNS = ("NIP", "NIP PNS", "NIP ASN")
OF_PPPK = ("NI PPPK", "NIPPPK", "NIP PPPK", "NI P3K", "NIP3K", "NIP P3K", "Nomor Induk PPPK")
OF_BOTH = ("NIP / NI PPPK", "NIP / NIPPPK", "NIP / NIP PPPK")
"""Headings of the columns in which civil servants' numbers stand: of either kind, or of both. Who has the one has not the other."""
NON_ASN = re.compile(
    r"\W*(?:non\W?(?:asn|pns)|honorer|thl|tkk|tks|ppnpn|pjlp|phl|outsourc\w*|tenaga (?:kontrak|ahli|honorer|harian)|kontrak|magang"
    r"|tidak (?:ada|punya|memiliki)(?: nip)?|belum ada(?: nip)?|tanpa nip)\W*",
    re.IGNORECASE,
)
"""What is written for a NIP where somebody has none."""
_NUMBER = r"(?:(?:NIP|NI ?PPPK|NIPPPK)\b[\s.:]*)?\d{8}[\s.]?\d{6}[\s.]?\d[\s.]?\d{3}"
_NAMED = re.compile(
    rf"(?P<name>\D*[^\W\d_]{{2}}\D*?)[\s/,:-]*\b(?P<number>{_NUMBER})(?:\s[^\d]*)?|(?P<first>{_NUMBER})\s*[\n/]\s*(?P<last>\D*[^\W\d_]{{2}}\D*)",
    re.IGNORECASE,
)
"""A number of 18 digits below, or behind, a name in the same cell, or above it."""
LONGEST = 200
"""Characters of the longest cell that may be a name with its number; a page of text would be searched without end."""


@cache
def _is_date(text: str) -> bool:
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return 1930 <= int(text[:4]) <= 2015


def parts_of(raw: str) -> tuple[str, str]:
    """The name in a cell that holds a number, too, and that number; of any other cell '' and what it holds."""
    named = _NAMED.fullmatch(raw) if len(raw) <= LONGEST else None
    return (named["name"] or named["last"], named["number"] or named["first"]) if named else ("", raw)


@lru_cache(maxsize=200_000)
def check(raw: str) -> tuple[str | None, str | None]:
    """(the 18 digits, None) for a sound NIP or NI PPPK, otherwise (None, reason code).

    NIP: Peraturan Kepala BKN 22/2007: birth date, month of appointment, sex, serial 001–999. NI PPPK: digit 13 is 2,
    digit 14 the number of the work agreement. `…000` is a number that a spreadsheet destroyed; it is never repaired.
    """
    if raw in CELL_ERRORS:
        return None, "CELL_ERROR"
    if NON_ASN.fullmatch(raw):
        return None, "NIP_NON_ASN"
    if re.search(r"\d[eE]\+?\d|\d{5}[.,]0+$", raw):
        return None, "NIP_SCIENTIFIC"
    _, raw = parts_of(raw)
    digits = re.sub(
        r"^\W*(?:NIP|NI ?PPPK|NIPPPK)\b[\s.:]*|\s*\((?:C?PNS|PPPK|P3K|ASN)\)$", "", raw, flags=re.IGNORECASE
    )
    digits = re.sub(r"[\s.'`\u2018\u2019\u00a0-]", "", digits)
    if not digits.isascii() or not digits.isdigit() or len(digits) != 18:
        return None, {9: "NIP_OLD", 16: "NIP_IS_NIK"}.get(len(digits) if digits.isdigit() else 0, "NIP_LENGTH")
    if digits[15:] == "000":
        return None, "NIP_PRECISION_LOST"
    if not _is_date(digits[:8]):
        return None, "NIP_BIRTH_DATE"
    if digits[14] not in "12":
        return None, "NIP_SEX"
    pppk = digits[12] == "2" and digits[13] != "0" and int(digits[8:12]) >= 2019
    if not pppk and not (1 <= int(digits[12:14]) <= 12 and 1950 <= int(digits[8:12]) <= 2100):
        return None, "NIP_APPOINTMENT"
    return digits, None
