"""The period that a list or a survey is about, where no line "Periode : …" says it: in its titles, or in the name of its sheet or file.

What is reckoned up to a quarter (`s.d. Triwulan III 2025`) began with the year. A title about two years (`Tahun 2024 dan 2025`) says none,
and the year of a regulation (`Nomor 14 Tahun 2017`) is nobody's period. Which words name a period: see `warehouse.delivery.cells.spans`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from schemas.column import heading
from warehouse.delivery.cells.days import HEADINGS, day_range
from warehouse.delivery.cells.spans import MONTH_NAMES, MONTHS, PARTS, Span, spans_of, whole_span

SAID = "periode"
"""Fact under which stands the period that a line, or else the titles, say; labels that begin so say it, too."""
NAMED = "sebutan periode"
"""Fact under which stands the period that the sheet, or else the file, is called after."""
LASTING = "sebutan masa"
"""The same, unless it is one month that may be the one in which the file was made: a sheet that is called so and no more, or what is titled for each month, is of it."""
CALLED = "sebutan tahun"
"""Fact under which stands the year that the sheet, or else the file, is called after, where nothing says a part of one."""
_YEAR_WORD = r"(?:\b(?:tahun|thn|t\.?a)\b\W+)"
_OF = r"(?:(?:anggaran|penilaian|kinerja)\W+)?"
_IN_TITLE = re.compile(
    rf"{_YEAR_WORD}{_OF}(?P<year>20\d\d)\b(?P<other>\W*(?:(?:dan|-|–|s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?|hingga)\W*)?20\d\d\b)?"
)
_BARE = re.compile(
    r"(?!.*\b(?:menuju|visi|emas)\b).*\b(?:kurva\W{0,2}s|predikat|skp|penilaian kinerja|prestasi kerja)\b[^\d/]*\s(?P<year>20\d\d)\W*$"
)
"""A title of what is always of a year, with nothing but that at its end (`KURVA S 2026`); of another title it may be a goal (`INDONESIA EMAS 2045`)."""
_REGULATION = re.compile(
    r"\b(?:nomor|no\.?|permen\w*|perwal\w*|perda|perpres|uu|pp)\W*(?:(?:pan\W?rb|ri|nomor|no)\W+)*\d+\s*(?:tahun|/)\s*\d{4}"
)
_DAYS = re.compile(r"\b(?:periode|tanggal|tgl)\W+(?:penilaian\W+)?(?P<days>\d.*)")
"""What a title says of a period by its days (`Periode 1 Oktober s.d. 31 Desember 2025`)."""
_YEAR_TEXT = r"20\d\d"
_YEAR = re.compile(rf"(?<!\d){_YEAR_TEXT}(?!\d)")


_ALONE = re.compile(rf"(?<![^\s_(]){_YEAR_TEXT}(?![^\s_),])")
"""A year in the name of a sheet or file that is part of no code and of no day in figures."""
_OF_MONTH = re.compile(rf"(?<![^\W_])(?:{'|'.join(MONTH_NAMES)})(?![^\W_])").search


def year_of(line: str) -> str | None:
    """The one year that a title is about: `… Tahun 2026`, `… TA. 2026`."""
    text = _without_regulation(line)
    found = list(_IN_TITLE.finditer(text))
    if not found and (bare := _BARE.match(text)):
        return bare["year"]
    years = {match["year"] for match in found}
    return years.pop() if len(years) == 1 and not any(match["other"] for match in found) else None


def period_of(titles: Sequence[str], year: str = "") -> str | None:
    """The one period that titles name; without a year where none of them, nor `year`, says it. Of several, which are none together, the words."""
    lines = [_without_regulation(title) for title in titles]
    known = _number(year) or _number(_only(_YEAR.findall(" ".join(lines))))
    days = [match["days"] for line in lines for match in _DAYS.finditer(line) if day_range(match["days"])]
    spans = [span for line in lines for span in spans_of(line, known) if span.is_sure or whole_span(line)]
    # A month alone on a line may be that in which the list was printed: of another year than the list's it is neither.
    other = [year for span in spans if not span.is_sure and _number(year) not in (0, span.last[0])]
    return " | ".join(dict.fromkeys([*days, *_different(spans), *other])) or None


_EACH = re.compile(
    r"\b(?:bulanan|triwulanan|tribulanan|kuartalan|caturwulanan|semesteran|periodik|mingguan)\b(?:\W+(?:tahun|thn|ta)\b\W*(?:20\d\d)?)?"
)
"""What a title says that is about some part of a year, and not which."""


def part_untold(titles: Sequence[str], facts: Mapping[str, str]) -> dict[str, str]:
    """The words of titles that are about some part of a year (`PREDIKAT TRIWULANAN TAHUN 2025`), as a fact, where nothing says which: the whole year is not meant."""
    if {SAID, LASTING} & facts.keys() or not _number(facts.get("tahun", "")):
        return {}
    found = _each(titles)
    return {SAID: found} if found else {}


def _each(titles: Sequence[str]) -> str:
    """The words of titles that are about some part of a year, and not which; '' where they have none."""
    found = next(filter(None, (_EACH.search(_without_regulation(title)) for title in titles)), None)
    return found[0] if found else ""


def with_years(facts: Mapping[str, str]) -> dict[str, str]:
    """The lines that say a period without its year (`Periode : Semester II`), as facts with that of the list; where there is none, those that say
    one in other words (`Bulan : Oktober`, `Triwulan : IV`). One of another year than the list's may be when it was printed, and of one that says no part of a year nobody can say what it is: both, which are none."""
    year = _number(facts.get("tahun", ""))
    said = {label: text for label, text in facts.items() if label.startswith(SAID)}
    parts = [
        _part_said(label, text)
        for label, text in facts.items()
        if not said and (label in OF_ROWS or _OF_PART(label)) and re.search(r"[^\W_]", text)
    ]
    years = _YEAR.findall(parts[0]) if parts else []
    if year and parts and (not spans_of(parts[0]) or (years and str(year) not in years)):
        return {SAID: f"{year} | {parts[0]}"}
    new = {SAID: parts[0]} if parts and spans_of(parts[0]) else {}
    bare = {label: text for label, text in (said | new).items() if not _YEAR.search(text)}
    return new | {label: f"{text} {year}" for label, text in bare.items() if year and spans_of(text)}


def _part_said(label: str, text: str) -> str:
    """A part of a year in words, as a line says it: a month by its number, too, and up to which, where the label says that (`s/d Bulan`)."""
    if "bulan" in label and re.fullmatch(r"0?[1-9]|1[0-2]", text):
        text = MONTHS[int(text) - 1]
    part = next((part for part in PARTS if part in label.split()), "")
    before = "s.d. " if re.search(r"\b(?:s ?d|sampai)\b", label) else ""
    return f"{before}{part} {text}".strip() if part and part not in text.casefold() else f"{before}{text}"


def other_month(facts: Mapping[str, str], month: str) -> str | None:
    """The one month that a list is said to be of, where it is neither the `month` of delivery (YYYY-MM) nor that before it."""
    span = whole_span(facts.get(SAID, ""))
    if span is None or not span.is_one_month or not span.last[0]:
        return None
    months = int(month[:4]) * 12 + int(month[5:]) - span.last[0] * 12 - span.last[1]
    return None if months in (0, 1) else span.text


def other_period(facts: Mapping[str, str], sheet: str) -> str | None:
    """The period that a sheet is called after, where none of its months is one that the list says it is of: who copies a sheet may forget its title."""
    if (year := _number(sheet)) and _number(facts.get("tahun", "")) not in (0, year):
        return str(year)
    said = whole_span(facts.get(SAID, ""))
    if said is None or not said.first[1] or not said.last[0]:
        return None
    named = [span for span in spans_of(sheet, said.last[0]) if span.is_sure or whole_span(sheet)]
    if len(named) != 1 or not named[0].first[1]:
        return None
    return named[0].text if named[0].last < said.first or named[0].first > said.last else None


def as_compared(text: str) -> str:
    """A period that a line says, the same in whatever words (`Semester I 2026`, `Januari - Juni 2026`); '' where it is no one period, or of no year."""
    span = whole_span(text)
    return f"{span.first} {span.last}" if span and span.first[1] and span.last[0] else ""


def is_of_titles(text: str, titles: Sequence[str], year: str = "") -> bool:
    """Whether a period that a line says is that of the titles, lies within it, or around it; so is any, where either is no one period, or of no year."""
    said, titled = whole_span(text), whole_span(period_of(titles, year) or "")
    if said is None or titled is None or not all((said.first[1], said.last[0], titled.first[1], titled.last[0])):
        return True
    return (said.first <= titled.first and titled.last <= said.last) or (
        titled.first <= said.first and said.last <= titled.last
    )


def named_period(names: Sequence[str], facts: Mapping[str, str], titles: Sequence[str] = ()) -> dict[str, str]:
    """The period that the sheet, or else the file, is called after, as facts; without a year where nothing says it. A month that a title
    names without calling it a period (`SKM Oktober 2025`) says more than the file's name."""
    years = _only(year for name in names for year in _YEAR.findall(name.replace("_", " ")))
    lines = [*map(_without_regulation, titles)]
    year = _number(facts.get("tahun", "")) or _number(years) or _number(_only(_YEAR.findall(" ".join(lines))))
    texts = [*names[:-1], *lines, *names[-1:]]
    is_monthly = _each(titles).startswith("bulanan")
    for at, text in enumerate(texts):
        spans = [span for span in spans_of(text, year) if text in names or span.last[0]]
        # A file may be called after the month in which it is sent.
        if len(said := _different(spans)) == 1 and (at < len(texts) - 1 or _may_be_of(spans[0], year)):
            is_meant = is_monthly or (at < len(names) - 1 and whole_span(text) is not None)
            if not spans[0].is_one_month:
                return {NAMED: said[0], LASTING: said[0]}
            # Alone, without its year, it would be taken for the month of delivery.
            lasting = said[0] if spans[0].last[0] else f"bulan {said[0]}"
            return {NAMED: said[0]} | ({LASTING: lasting} if is_meant and _may_be_of(spans[0], year) else {})
    return {}


def named_year(names: Sequence[str], facts: Mapping[str, str], titles: Sequence[str]) -> dict[str, str]:
    """The one year that the sheet, or else the file, is called after (`2025`, `SKP 2025`), as a fact, where no line or title says when, and nothing speaks of a part of a year."""
    if {SAID, NAMED, LASTING, "tahun"} & facts.keys() or _each([*titles, *names]):
        return {}
    for name in map(_without_regulation, names):
        if _OF_MONTH(name):
            return {}
        if years := set(_ALONE.findall(name)):
            return {CALLED: years.pop()} if len(years) == 1 else {}
    return {}


OF_ROWS: Mapping[str, str] = {
    **dict.fromkeys(("periode", "periode survei", "periode penilaian", "bulan", "bulan survei", "bulan penilaian"), ""),
    **dict.fromkeys(("triwulan", "tw", "triwulan penilaian"), "triwulan "),
    **dict.fromkeys(("semester", "smt", "semester penilaian"), "semester "),
}
"""Headings of columns that say the period of each row, and labels of lines above them all → what stands before it in words."""
_OF_PART = re.compile(
    r"(?:(?:keadaan|posisi|data|progres|realisasi|laporan|pada|per|akhir|s d|sd|sampai(?: dengan)?) )*(?:bulan|triwulan|tw|semester|smt|kuartal|kwartal|caturwulan|cawu)"
    r"(?: (?:ini|laporan|pelaporan|penilaian|survei|pelaksanaan|data|kinerja|skp|berjalan|evaluasi|pengukuran|ke))*"
).fullmatch
"""Labels, as headings, of lines that say the part of a year that a list is of (`Keadaan s/d Bulan`, `Bulan Laporan`)."""
DAYS = (*HEADINGS, "tanggal survei", "tanggal pengisian", "tanggal survey")
"""Headings of columns that say the day of each row of a survey."""


def of_rows(rows: pl.DataFrame, facts: Mapping[str, str]) -> tuple[pl.Series, pl.Series]:
    """What columns of clean text say of each row: its period, with the year that stands beside or above where it has none of its own, and the month
    of its day."""
    named = {heading(name): name for name in reversed(rows.columns)}
    above = _number(facts.get("tahun", "")) or None
    year = pl.lit(str(above) if above else None, pl.String)
    if "tahun" in named:
        year = pl.coalesce(pl.col(named["tahun"]).str.extract(rf"^\s*({_YEAR_TEXT})\s*$"), year)
    said = []
    for label, before in OF_ROWS.items():
        if label in named:
            cell = pl.col(named[label])
            if "bulan" in label:
                # As exports number them.
                cell = cell.replace(
                    {figures: month for at, month in enumerate(MONTHS, 1) for figures in (f"{at}", f"{at:02}")}
                )
            text = pl.concat_str(pl.lit(before), cell)
            has_year = text.str.contains(rf"(?:^|\D){_YEAR_TEXT}(?:\D|$)")
            said.append(pl.when(has_year | year.is_null()).then(text).otherwise(pl.concat_str(text, pl.lit(" "), year)))
    nothing = pl.lit(None, pl.String)
    day = next((named[label] for label in DAYS if label in named), None)
    months = {text: _month_of(text) for text in rows.get_column(day).unique()} if day else {}
    month = pl.col(day).replace_strict(months, return_dtype=pl.String) if day else nothing
    found = rows.with_columns(pl.coalesce(*said, nothing).alias("_row_period"), month.alias("_row_month"))
    return found.get_column("_row_period"), found.get_column("_row_month")


def _month_of(text: str | None) -> str | None:
    """The month of a day in ISO's figures, ours (the day first), or words; of another way of writing one, that."""
    if text is None:
        return None
    if match := re.match(r"(\d{4}-\d\d)-\d\d\b", text):
        return match[1]
    if match := re.fullmatch(r"\d{1,2}[-/](\d{1,2})[-/](\d{4})", text):
        return f"{match[2]}-{match[1]}"
    return re.sub(r"^(?:[^\W\d]+,?\s+)?\d{1,2}\s+", "", text)


def _different(spans: Iterable[Span]) -> list[str]:
    return list({(span.first, span.last, "" if span.first[1] else span.words): span.text for span in spans}.values())


def _may_be_of(span: Span, year: int) -> bool:
    """Whether it is of a year, 0 where nothing says it; of what is no one period nobody can say."""
    return not span.first[1] or not year or year in (span.first[0], span.last[0])


def _number(text: str) -> int:
    """The year that a text is, whatever stands under such a label; 0 where it is none."""
    return int(text) if _YEAR.fullmatch(text.strip()) else 0


def _only(years: Iterable[str]) -> str:
    different = set(years)
    return different.pop() if len(different) == 1 else ""


def _without_regulation(line: str) -> str:
    return _REGULATION.sub("", line.casefold())
