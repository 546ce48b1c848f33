"""The golongan of civil servants, however it is written."""

from __future__ import annotations

import re

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII")


_GRADE_WITHIN = re.compile(r"(?<![\w/])(I{1,3}(?!\s?/\s?[Ee])|IV)\s?/\s?([A-Ea-e])(?![\w/])")
"""A golongan among other words, which its slash tells from the Roman numeral of a pangkat (`Penata Tk. I III/d`)."""

_GRADE_BEHIND = re.compile(
    r".*[^\W\d_].*?[\s/,(-](?P<level>IV|I{1,3})[\s.-]{0,2}(?P<room>[a-e])\W*", re.IGNORECASE | re.DOTALL
).fullmatch
"""A golongan behind its pangkat, without a slash (`Penata Muda Tk. I / III b`)."""
_RANKS = {"juru": "I", "pengatur": "II", "penata": "III", "pembina": "IV"}
"""Pangkat → the level of its golongan: one that contradicts it is none (`Pembina Tk. I/b`)."""


def grade(text: str) -> str | None:
    """A golongan in one spelling: `III/c` for PNS (I/a to IV/e), `IX` for PPPK (I to XVII); None where it is none.

    Reads `III/c`, `IIIc`, `3c`, `III-C`, `Penata (III/c)`, `Penata Tk. I III/d`, `IX`, `9`. Source: the seeders of several SIMPEG.
    """
    for part in (text, *re.findall(r"\(([^)]*)\)", text), *re.split(r"\s+[-/]\s+|\s*,\s*", text)):
        part = re.sub(r"\W*\b(?:pppk|p3k)\b\W*", "", part.strip(), flags=re.IGNORECASE)
        part = re.sub(r"^gol(ongan)?\.?\s*", "", part, flags=re.IGNORECASE)
        if match := re.fullmatch(r"(I{1,3}|IV|[1-4])\s*[-/.\s]?\s*([a-e])", part, re.IGNORECASE):
            number = match[1].upper()
            level = number if number in ROMAN else ROMAN[int(number) - 1]
            if match[2].casefold() != "e" or level == "IV":
                return f"{level}/{match[2].casefold()}"
        if part.upper() in ROMAN:
            return part.upper()
        if part.isascii() and part.isdigit() and 1 <= int(part) <= len(ROMAN):
            return ROMAN[int(part) - 1]
    within = {f"{level}/{room.casefold()}" for level, room in _GRADE_WITHIN.findall(text)}
    if not within and (match := _GRADE_BEHIND(text)):
        within = {f"{match['level'].upper()}/{match['room'].casefold()}"}
    ranks = {level for rank, level in _RANKS.items() if re.search(rf"(?i)\b{rank}\b", text)}
    return within.pop() if len(within) == 1 and ranks <= {next(iter(within)).partition("/")[0]} else None
