"""The period that a list or a survey is about, where no line "Periode : …" says it: in its titles, or in the name of its sheet or file.

What is reckoned up to a quarter (`s.d. Triwulan III 2025`) began with the year. A title about two years (`Tahun 2024 dan 2025`) says none,
and the year of a regulation (`Nomor 14 Tahun 2017`) is nobody's period.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from warehouse.delivery.values import MONTH_NAMES

NAMED = "sebutan periode"
"""Fact under which stands the period that the sheet, or else the file, is called after."""
_MONTHS = [
    "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november", "desember",
]  # fmt: skip
_MONTH = rf"(?:{'|'.join([*_MONTHS, 'pebruari', 'nopember'])})"
_TO = r"(?:-|–|s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?|hingga)"
_UP_TO = r"(?:(?P<up>\b(?:s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?|hingga))\s+)?"
_NUMBER = r"(?:i{1,3}|iv|[1-4])\b"
_PART = r"\b(?:(?P<quarter>triwulan|tw|kuartal|q)|semester|smt)\W*(?:ke\W*)?"
_YEAR_WORD = r"(?:\b(?:tahun|thn|t\.?a)\b\W+)"
_OF = r"(?:(?:anggaran|penilaian|kinerja)\W+)?"
_YEAR = r"(?P<year>20\d\d)\b"
_RANGE = rf"(?P<months>{_MONTH}(?:\s*{_TO}\s*{_MONTH})?)"
_TITLED = re.compile(rf"{_UP_TO}(?:{_PART}(?P<n>{_NUMBER})|\b(?:bulan|periode)\W+{_RANGE})\W+{_YEAR_WORD}?{_OF}{_YEAR}")
_CALLED = re.compile(
    rf"{_UP_TO}(?:{_PART}(?P<n>{_NUMBER})|(?<!\d )\b{_RANGE})"
    rf"(?!\s*(?:,|&|/|\bdan\b|{_TO})\s*(?:(?:triwulan|tw|kuartal|q|semester|smt)\W*)?(?:{_NUMBER}|{_MONTH}))(?:\W+{_YEAR_WORD}?{_OF}{_YEAR})?"
)
_MONTH_ALONE = re.compile(
    rf"(?:bulan )?(?P<months>{'|'.join(MONTH_NAMES)})\b\.?(?:\W*(?P<year>20\d\d)|[-'](?P<short>\d\d))?"
)
_IN_TITLE = re.compile(rf"{_YEAR_WORD}{_OF}{_YEAR}(?P<other>\W*(?:(?:dan|{_TO})\W*)?20\d\d\b)?")
_REGULATION = re.compile(r"\b(?:nomor|no\.?)\s*\d+\s*tahun\s*\d{4}")


def year_of(line: str) -> str | None:
    """The one year that a title is about: `… Tahun 2026`, `… TA. 2026`."""
    found = list(_IN_TITLE.finditer(_REGULATION.sub("", line.casefold())))
    years = {match["year"] for match in found}
    return years.pop() if len(years) == 1 and not any(match["other"] for match in found) else None


def period_of(titles: Iterable[str]) -> str | None:
    """The one period that titles name with its year."""
    said = {period for title in titles for period in _said(_TITLED.finditer(title.casefold()))}
    return said.pop() if len(said) == 1 else None


def named_period(names: Sequence[str], facts: Mapping[str, str]) -> dict[str, str]:
    """The period that the sheet, or else the file, is called after, as a fact; without a year where nothing says it."""
    texts = [" ".join(re.sub(r"[_\s]+", " ", name).casefold().split()) for name in names]
    years = {year for text in texts for year in re.findall(r"(?<!\d)20\d\d(?!\d)", text)}
    year = facts.get("tahun") or (years.pop() if len(years) == 1 else "")
    for text in texts:
        alone = _MONTH_ALONE.fullmatch(text)
        said = set(_said([alone] if alone else _CALLED.finditer(text), year))
        # A file may be called after the month in which it is sent.
        if len(said) == 1 and (text is not texts[-1] or not year or any(year in period for period in said)):
            return {NAMED: said.pop()}
    return {}


def _said(found: Iterable[re.Match[str]], year: str = "") -> Iterator[str]:
    """Periods in the words in which columns of periods are read."""
    for match in found:
        about = match.groupdict()
        period = about["months"]
        if not period:
            number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(about["n"]) or int(about["n"])
            period = f"{'triwulan' if about['quarter'] else 'semester'} {number}"
            if about["up"]:
                if re.search(rf"{_PART}(?!i\b|1\b){_NUMBER}\W*$", match.string[: match.start()]):
                    continue  # From another quarter on.
                period = f"januari s.d. {_MONTHS[(3 if about['quarter'] else 6) * number - 1]}"
        yield f"{period} {about['year'] or about.get('short') or year}".strip()
