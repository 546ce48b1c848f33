"""What a list says its own signs mean (`H = Hadir, S = Sakit`), above it or below.

Most say what everybody takes them for. One that nobody knows (`X = tidak hadir`) is read as the list says. Where one says otherwise (`A = Ada`,
`I = Ikut`), each cell with that letter would be read as the contrary of what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from schemas.fields import ELEMENTS
from schemas.reasons import FileRefused
from warehouse.delivery.cells.presence import PRESENT, presence

_MARKED = r"(?P<letters>[A-Z]{1,3}|U[1-9]|[a-z]|\d(?=\s*=)|[×✗✘☓√✓–—-](?=\s*=))\s*[:=]"
"""A sign and its mark: letters, or a digit, a cross or a dash, of which other lists are full."""
_ANY = _MARKED.replace("?P<letters>", "?:")
_PIECE = re.compile(rf"(?<![\w.]){_MARKED}\s*(?P<text>[^\W\d][^,;:=]*?)\s*(?=$|[,;]|\s{_ANY})")
_TITLE = re.compile(r"^\W*(?:keterangan|ket|catatan|legenda)\b[\s.:;]*", re.IGNORECASE)
LONGEST = 3
"""Letters of the longest sign."""
BLANK = ""
"""An empty cell, which says nothing where the list does not say what it means."""
_EMPTY = r"(?:(?:sel|kolom|kotak|yang)\s+)*(?:kosong|dikosongkan|(?:tidak|tdk)\s+di\s?isi)"
_COLOUR = (
    r"(?:merah|kuning|hijau|biru|abu-?abu|hitam|jingga|oranye|ungu|merah muda|di\s?arsir|arsiran|di\s?warnai|di\s?blok)"
)
_COLOURED = rf"(?:(?:sel|kolom|kotak|yang|warna|berwarna|blok|tanda)\s+)*{_COLOUR}(?:\s+(?:muda|tua))?"
_IF_COLOURED = re.compile(
    rf"(?<!\w)(?P<colour>{_COLOURED})\s*[:=]\s*(?P<text>[^\W\d][^,;:=]*?)\s*(?=$|[,;]|\s{_ANY})", re.IGNORECASE
)
_IF_EMPTY = re.compile(rf"(?<!\w){_EMPTY}\s*[:=]\s*(?P<text>[^\W\d][^,;:=]*?)\s*(?=$|[,;]|\s{_ANY})", re.IGNORECASE)
DASHES = ("-", "–", "—")
"""What says nothing where the list does not say what it means."""
SIGN = re.compile(rf"[A-Za-z]{{1,{LONGEST}}}|[\d×✗✘☓√✓]").fullmatch
"""What may be one."""
MAY_BE = (
    r"^\W*(?:(?:[A-Z]{1,3}|[a-z])\s*(?:[:=]|$)|[\d×✗✘☓√✓]\s*(?:=|$)|[–—-]\s*=|(?i:keterangan|ket|catatan|legenda)\b"
    rf"|(?i:{_EMPTY}|{_COLOURED})\s*(?:[:=]|$))"
)
"""How the first cell of such a row begins."""
_ELSE = re.compile(r"\b(?:ada|ikut|masuk|datang|mengikuti|libur|setengah hari)\b")
"""Words that no letter of an absence stands for."""
_NOT = re.compile(r"\b(?:tidak|tdk|tak|tanpa|belum|bukan)\b")


def _text(cells: Sequence[str]) -> str:
    """A row as one text; a letter, its mark and its meaning may stand in cells of their own."""
    text = " ; ".join(" ".join(cell.split()) for cell in cells if cell)
    return re.sub(r"\s*;\s*(?=[:=])|(?<=[:=])\s*;\s*", " ", text)


def legend_of(cells: Sequence[str]) -> dict[str, str]:
    """Signs → what a row says that they mean; a letter is the same in either case."""
    text = _text(cells)
    said = {match["letters"].upper(): match["text"] for match in _PIECE.finditer(text)}
    said |= {match["colour"].upper(): match["text"] for match in _IF_COLOURED.finditer(text)}
    return said | ({BLANK: match["text"]} if (match := _IF_EMPTY.search(text)) else {})


def is_legend(cells: Sequence[str]) -> bool:
    """Whether a row says what letters mean, or that this follows, and nothing else."""
    text = _text(cells)
    pieces = [piece.strip() for piece in re.split("[;,]", _TITLE.sub("", text)) if piece.strip()]
    known = (_PIECE, _IF_EMPTY, _IF_COLOURED)
    return bool(text) and all(any(one.fullmatch(piece) for one in known) for piece in pieces)


def legend_above(facts: Mapping[str, str]) -> dict[str, str]:
    """The same of the lines above a table, which are kept by their labels."""
    is_sign = re.compile(rf".{{1,{LONGEST}}}|{_EMPTY}|{_COLOURED.replace('-', ' ')}").fullmatch
    lines = [[f"{label.upper()} = {text}"] if is_sign(label) else [text] for label, text in facts.items()]
    return {letters: text for line in lines for letters, text in legend_of(line).items()}


def explained(text: str, legend: Mapping[str, str], word_of: Callable[[str], str | None]) -> str | None:
    """The contract's word that a cell says by the list's own legend; None where that does not explain it, or with no word of ours."""
    meant = legend.get(text.strip().upper(), "")
    said = _said(meant, word_of)
    is_either = len(said) > 1 and re.search(r"/|\batau\b", meant)
    return None if is_either else presence(meant, word_of) or (said.pop() if len(said) == 1 else None)


def together(legends: Iterable[Mapping[str, str]], word_of: Callable[[str], str | None]) -> dict[str, str]:
    """The legends of the tables of one file as one, without the signs that mean different things in it."""
    found: dict[str, str] = {}
    unsure: set[str] = set()
    for legend in legends:
        for sign, text in legend.items():
            if explained(sign, {sign: found.setdefault(sign, text)}, word_of) != explained(sign, legend, word_of):
                unsure.add(sign)
    return {sign: text for sign, text in found.items() if sign not in unsure}


def _said(text: str, word_of: Callable[[str], str | None]) -> set[str]:
    """The contract's words that the parts of an explanation say (`Alpa / Mangkir`)."""
    parts = [part.strip() for part in re.split(r"[/()]|\batau\b", text) if part.strip()]
    return {word for part in parts if (word := presence(part, word_of))}


def coloured(legend: Mapping[str, str], word_of: Callable[[str], str | None]) -> str:
    """What a list says that the colour of a cell means, where that is another presence than to have been there; '' where it says no such thing."""
    is_colour = re.compile(_COLOURED, re.IGNORECASE).fullmatch
    found = ((sign, text) for sign, text in legend.items() if is_colour(sign) and _said(text, word_of) - {PRESENT})
    return next((f"{sign.casefold()} = {text}" for sign, text in found), "")


def check_legend(legend: Mapping[str, str], word_of: Callable[[str], str | None]) -> None:
    """Raise FileRefused where a letter means something else to the list than to everybody. `word_of` gives the contract's word of a spelling."""
    for letters, text in legend.items():
        ours = word_of(letters)
        said = _said(text, word_of)
        is_else = not said and _ELSE.search(text.casefold()) and not _NOT.search(text.casefold())
        if ours and ((said and ours not in said) or (is_else and (ours != PRESENT or "libur" in text.casefold()))):
            raise FileRefused("FILE_LEGEND", f"{letters} = {text!r}, where {letters} is read as {ours!r}.")


ELEMENTS_BY_CODE = {f"U{number}": element for number, element in enumerate(ELEMENTS, start=1)} | {
    "U8": "sarana",
    "U9": "pengaduan",
}
"""Codes of the elements of public satisfaction as they are read where nothing above the table says what they are."""


def check_codes(facts: Mapping[str, str], legend: Mapping[str, str], word_of: Callable[[str], str | None]) -> None:
    """Raise FileRefused where a line below the rows says that a code of an element means something else than what is read from it: by a line above the table
    (`facts`), or else as most have it."""
    for code, element in ELEMENTS_BY_CODE.items():
        ours, said = word_of(facts.get(code.casefold(), "")) or element, word_of(legend.get(code, ""))
        if said and said != ours:
            raise FileRefused("FILE_ELEMENTS", f"{code} = {legend[code]!r}, where {code} is read as {ours!r}.")


_MEANS = r"\s*(?:=|\b(?:adalah|berarti|artinya|untuk)\b)\s*"
_GRADED = (
    re.compile(rf"(?<![\w.])(?P<grade>\d{{1,2}}){_MEANS}(?P<text>[^\W\d][^,;:=()\d]*)"),
    re.compile(rf"(?P<text>[^\W\d][^,;:=()\d]*?){_MEANS}(?P<grade>\d{{1,2}})\s*(?=$|[,;)])"),
    re.compile(r"(?<![\w.])(?P<grade>\d{1,2})\s*\(\s*(?P<text>[^\W\d][^,;:=()\d]*)\)"),
    re.compile(r"(?P<text>[^\W\d][^,;:=()\d]*?)\s*\(\s*(?P<grade>[0-5])\s*\)"),
    # A numbered line may be anything: `1. Isilah dengan baik`.
    re.compile(
        r"(?i)(?<![\w.])(?P<grade>\d)\s*[:=.–-]\s*(?P<text>(?:(?:sangat|amat|kurang|tidak|tdk|cukup|agak)\s+)*[^\W\d]+)\s*(?=$|[,;)/|]|\d\s*[:=.–-])"
    ),
)
"""What a grade means: `1 = Sangat Baik`, `Sangat Baik = 1`, `1 (Sangat Baik)`, `Sangat Baik (1)`, or `1. Sangat Baik 2. Baik`."""
_WORST = re.compile(r"\b(?:tidak|tdk|tak|kurang|buruk|jelek|rendah|never|poor|bad|dis\w+)\b", re.IGNORECASE)
_BEST = re.compile(
    r"\b(?:puas|memuaskan|baik|setuju|sesuai|bagus|mudah|jelas|bermanfaat|selalu|tinggi|istimewa|unggul|good|excellent|satisfied|agree)\b",
    re.IGNORECASE,
)


def grades_of(facts: Mapping[str, str], legend: Mapping[str, str]) -> dict[int, str]:
    """Grades → what they mean by a line above the table (`facts`), or one around its rows (`legend`)."""
    said = {int(sign): text for sign, text in legend.items() if sign.isdigit()}
    for label, value in facts.items():
        found = max((list(known.finditer(f"{label} = {value}")) for known in _GRADED), key=len)
        # `Skala Maksimum : 4` says nothing of a grade.
        if len(found) > 1 or label.isdigit():
            said |= {int(match["grade"]): match["text"].strip() for match in found}
    return said


def check_grades(facts: Mapping[str, str], legend: Mapping[str, str]) -> None:
    """Raise FileRefused where the lowest grade of a scale is the best, by what is said above the table or around its rows."""
    said = grades_of(facts, legend)
    is_best = {
        grade: bool(_BEST.search(text)) and not _WORST.search(text)
        for grade, text in said.items()
        if _BEST.search(text) or _WORST.search(text)
    }
    low, high = min(is_best, default=0), max(is_best, default=0)
    if low < high and is_best[low] and not is_best[high]:
        raise FileRefused("FILE_TURNED", f"{low} = {said[low]!r}, {high} = {said[high]!r}.")


def check_scale(facts: Mapping[str, str], legend: Mapping[str, str], scale: tuple[int, int]) -> None:
    """Raise FileRefused where the answers are said to be on another scale than the one on which they are read, or to have a higher grade."""
    low, high = facts.get("skala minimum", ""), facts.get("skala maksimum", "")
    if low.isdigit() and high.isdigit() and (int(low), int(high)) != scale:
        raise FileRefused("FILE_SCALE", f"{low} - {high}.")
    grades = {
        grade: text for grade, text in grades_of(facts, legend).items() if _BEST.search(text) or _WORST.search(text)
    }
    if (top := max(grades, default=0)) > scale[1]:
        raise FileRefused("FILE_SCALE", f"{top} = {grades[top]!r}.")


_IN_HEADING = re.compile(
    r"(?:[\[(]\s*|\b(?:skala|rentang)\W+(?:(?:likert|nilai|jawaban)\W+)?)(?P<low>[01])\s*(?:[-–]|s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?)\s*(?P<high>\d{1,2})(?![\d/.-])",
    re.IGNORECASE,
).search


def check_headings(headings: Iterable[str], scale: tuple[int, int]) -> None:
    """Raise FileRefused where the heading of an answer says another scale (`Kejelasan materi (1-5)`), or that its lowest grade is the best."""
    for heading in headings:
        said = _IN_HEADING(heading)
        facts = {"skala minimum": said["low"], "skala maksimum": said["high"]} if said else {}
        check_grades({heading: ""}, {})
        check_scale({heading: "", **facts}, {}, scale)
