"""What lines above a list, and the names of its sheet and file, say of every row of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from schemas.bilingual import english, indonesian
from schemas.column import SCALE, SCALED, TWICE, heading
from warehouse.delivery.cells.appointments import names_kind
from warehouse.delivery.cells.class_code import LABELS, class_code, class_of, named_class
from warehouse.delivery.cells.legend import DASHES, grades_of
from warehouse.delivery.cells.others import titled_others
from warehouse.delivery.cells.period import (
    SAID,
    as_compared,
    is_of_titles,
    named_period,
    named_year,
    part_untold,
    period_of,
    with_years,
    year_of,
)
from warehouse.delivery.cells.presence import LISTS_AWAY
from warehouse.delivery.cells.spans import spans_of
from warehouse.delivery.sheets.between import SHORT
from warehouse.delivery.sheets.sheet import is_cut

MONTHS = "januari|februari|pebruari|maret|april|mei|juni|juli|agustus|september|oktober|november|nopember|desember"
"""Names of months, for expressions."""
DAY_LINE = (
    rf"(?i)^(?:(?:hari|tanggal|tgl)\W*)*(?:(?:senin|selasa|rabu|kamis|jum.?at|sabtu|minggu)\W+)?\d{{1,2}}\W+(?:{MONTHS})\W+\d{{4}}\W*$|"
    r"^\W*(?:hari|pertemuan|sesi)\W*(?:ke\W*)?(?:[ivx]+|\d{1,3})\W*$"
)
"""A line above a table that is the day, or the session, of what follows."""
_DAY_LABEL = re.compile(r"^\W*(?:hari\W*)?(?:tanggal|tgl)\W*[:=]\s*", re.IGNORECASE)
"""What stands before such a day."""
_SCALE = re.compile(
    r"\W*(?:skala|rentang)\s*(?:nilai|penilaian|skor|jawaban|likert)?\W+(\d)\s*(?:[-–]|s\.?\s?/?\s?d\b\.?|sampai(?: dengan)?)\s*(\d{1,3})\W*(?:\(.*\)\W*)?",
    re.IGNORECASE,
).fullmatch
"""A line that says from which score to which something is judged: `Skala Nilai : 0 - 100`."""
_OUT_OF = re.compile(
    r"\b(?:nilai|skor)\W+maks(?:imal|imum)?\b\.?\s+(?P<most>\d{2,3})\b(?!\W*(?:juta|ribu|rb|jt|orang|jp))|\bskala\s+(?P<scale>100)\b",
    re.IGNORECASE,
).search
"""What a title says of the highest grade (`Nilai maksimal 100`, `(skala 100)`)."""
_AS_OF = re.compile(
    r"\b(?:keadaan|posisi|kondisi|status|per|(?:laporan|realisasi|progre\w*|kemajuan|capaian)\b\D*\b(?:s\W?d|sampai(?: dengan)?|hingga))\b\W*"
    rf"(?:(?:per|pada|s\W?d|sampai(?: dengan)?|hingga|tanggal|tgl)\b\W*)*(?P<day>\d{{1,2}}\s+(?:{MONTHS})\s+20\d\d)\b",
    re.IGNORECASE,
).search
"""The day of which a title says that things stood as they are listed: `Keadaan s.d. 31 Januari 2026`."""
_MARKED = re.compile(r"[:=]|\d{4}").search
"""What no label has that stands over what it says."""


def find_facts(rows: Sequence[Sequence[str]], names: Sequence[str] = ()) -> dict[str, str]:
    """Labelled values in title rows: `Kode Kelas : A` in one cell, or in neighbouring cells. Keys as headings.

    The first line of all stands under `title`, the year of "… Tahun 2026" under `tahun`, the one period that titles name ("… Triwulan IV
    Tahun 2025") under `periode`, amounts that are no rupiah ("dalam jutaan rupiah") under `satuan uang`, the scale ("Skala Nilai 0-100") under `skala minimum`, `skala maksimum` and, of one from 0 on, `nilai maksimum`, a line that is a day alone under
    `hari tanggal`, the test that titles, the sheet or else the file are called after under `sebutan tes` (columns may be tests of their own), the phase of observations under `sebutan fase`, one that speaks of money and of no work under `sebutan keuangan`, of those who were away under `sebutan absen`, of those who were not let in under `sebutan cadangan`, of others than participants under `sebutan lain`, the service that the sheet
    or else the file is called after (`Layanan KTP`) under `sebutan layanan`, the office that the sheet is called after (`Dinkes`) under `sebutan unit`, what names a kind of appointment (`PPPK PARUH WAKTU`) under `sebutan jenis pegawai`, what tells grades (`1. Baik 2. Kurang`) under `sebutan skala`, the narasumber whose code titles, or else the sheet or file, name (`Narasumber NS-001`) under `sebutan narasumber`, the year that the sheet or else the file is called after (`SKP 2025`) under `sebutan tahun`, the day as of which titles say that all stood so under `sebutan hari`, labels of which two lines, or one and a title, say different things under `TWICE`; the class code in a title, or in the `names` of sheet and file, under `kode kelas`, where no label says the class.
    """
    lines = _Lines()
    for above, below in pairwise(rows):
        lines.read_below(above, below)
    for row in rows:
        lines.read(row)
    facts, shown = lines.facts, lines.titles
    # A file may hold several tests, each on a sheet of its own.
    own = [*shown, *names[:-1]]
    if twice := _said_twice(facts, lines.labelled, lines.titled, own):
        facts[TWICE] = "; ".join(twice)
    facts |= _called(shown, own, names)
    if period := period_of(shown, facts.get("tahun", "")):
        facts.setdefault(SAID, period)
    facts |= with_years(facts)
    facts |= named_period(names, facts, shown)
    facts |= part_untold(shown, facts)
    facts |= named_year(names, facts, shown)
    return facts | class_of([*names, *shown], facts) | named_class(shown, facts)


class _Lines:
    """What the lines above a list say, as they are read one after the other: of two that say something under one label the first is heard."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.labelled: dict[str, set[str]] = {}
        """Label → all that lines say under it, as it is compared."""
        self.titled: dict[str, set[str]] = {}
        """The same of titles."""
        self.titles: list[str] = []

    def read_below(self, above: Sequence[str], below: Sequence[str]) -> None:
        """Three labels and more with what they say below them: the first lines of a report."""
        labels, said = (
            {position: cell.strip() for position, cell in enumerate(row) if cell.strip()} for row in (above, below)
        )
        if (
            len(labels) > 2
            and len(said) > 1
            and said.keys() <= labels.keys()
            and not any(map(_MARKED, labels.values()))
        ):
            self.facts |= {heading(labels[at]): cell for at, cell in said.items() if heading(labels[at])}

    def read(self, row: Sequence[str]) -> None:
        """A line: a title, labels with what they say, or both."""
        cells = [cell.strip() for cell in row if cell.strip() not in ("", ":", "=")]
        if is_cut(row):
            whole = ", ".join(cells)
            if re.search("[:=]", cells[0]):
                cells = [whole]
            elif not re.search("[:=]", whole):
                self.titles.append(whole)
                self.facts.setdefault("title", whole)
        if cells:
            self._read_title(cells)
            self._read_labels(cells)

    def _read_title(self, cells: Sequence[str]) -> None:
        text = " ".join(cells)
        self.facts.setdefault("title", cells[0])
        if year := year_of(text):
            self.facts.setdefault("tahun", year)
            if not re.search("(?i)[:=]|anggaran", text):
                self._titled("tahun", year)
        if scored := _SCALE(text):
            self.facts.setdefault("skala minimum", scored[1])
            self.facts.setdefault("skala maksimum", scored[2])
            if scored[1] == "0":
                self._titled("nilai maksimum", scored[2])
        if best := _OUT_OF(text):
            self._titled("nilai maksimum", best["most"] or best["scale"])
        if scale := SCALED.search(text):
            self.facts.setdefault(SCALE, scale[0])
        if len(cells) == 1 and re.search(DAY_LINE, cells[0]):
            self.facts.setdefault("hari tanggal", _DAY_LABEL.sub("", cells[0]))
        if len(cells) == 1 and not re.search("[:=]", cells[0]):
            self.titles.append(cells[0])

    def _read_labels(self, cells: Sequence[str]) -> None:
        position = 0
        while position < len(cells):
            label, mark, value = re.match(r"([^:=]*)([:=]?)(.*)", cells[position], re.DOTALL).groups()  # type: ignore[union-attr]
            position += 1
            if not value.strip() and position < len(cells) and heading(label):
                value = cells[position].lstrip(":= ")
                position += bool(mark) or len(cells) == 2
            if mark == "=" and label.strip() in DASHES and value.strip():
                # A legend may explain them: `- = tidak hadir`.
                self.facts.setdefault(label.strip(), value.strip())
            if heading(label) and value.strip():
                self.labelled.setdefault(heading(label), set()).add(_as_compared(heading(label), value))
                for one in (heading(label), indonesian(label), *english(label)):
                    self.facts.setdefault(one, value.strip())

    def _titled(self, label: str, said: str) -> None:
        self.facts.setdefault(label, said)
        self.titled.setdefault(label, set()).add(said)


def _called(shown: Sequence[str], own: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """What a list is called after by its titles (`shown`), by them and its sheet (`own`), or by the `names` of sheet and file."""
    is_test = any(known.search(title) for known in (*_TESTS.values(), _REMEDIAL) for title in own)
    is_phase = any(map(_OF_PHASE.search, own))
    days = {said["day"] for said in map(_AS_OF, shown) if said}
    said = {
        "tes": _test_of(own if is_test else names),
        "fase": _phase_of(own if is_phase else names[-1:]),
        "keuangan": next(filter(_OF_MONEY, own), None),
        "layanan": next(filter(None, map(_service_of, names)), None),
        "narasumber": _speaker_of(shown) or _speaker_of(names),
        "absen": next(filter(LISTS_AWAY, [*own, *names[-1:]]), None),
        "lain": titled_others(shown, names),
        "cadangan": next(filter(_LISTS_WAITING, [*own, *names[-1:]]), None),
        "hari": days.pop() if len(days) == 1 else None,
        "unit": next((name.strip() for name in names[:-1] if _OFFICE(name)), None),
        "skala": next((title for title in shown if len(grades_of({"": title}, {})) > 1), None),
        "jenis pegawai": next(filter(names_kind, [*own, *names[-1:]]), None),
    }
    return {f"sebutan {about}": text for about, text in said.items() if text}


_TESTS = {
    "Pre Test": re.compile(r"(?i)(?<![^\W_])(?:pr[ea][\W_]{0,3}test?|tes[\W_]{0,3}awal)(?![^\W_])"),
    "Post Test": re.compile(r"(?i)(?<![^\W_])(?:(?:post?|pasca)[\W_]{0,3}test?|tes[\W_]{0,3}akhir)(?![^\W_])"),
}
"""Test before or after a class → how titles and names write it."""
_REMEDIAL = re.compile(
    r"(?i)(?:test?|awal|akhir)[\W_]{0,3}rem[ei]d\w*|(?<![^\W_])rem[ei]d\w*[\W_]{1,3}(?:(?:hasil|nilai)[\W_]{1,3})?(?:pr[ea]|post?|tes|pasca)"
    r"|^[\W_]*(?:(?:hasil|nilai|daftar|tes|ujian)[\W_]+)*rem[ei]d\w*[\W_]*$"
)
"""How they write one that is taken again by whom the first has shown to know too little; a class may be about remedial teaching."""


_OF_MONEY = re.compile(
    r"(?!.*(?:fisik|progre|pekerjaan|pembangunan|\b(?:dan|badan|dinas|bidang|bagian)\b)).*(?:\bkeuangan\b|\b(?:pe)?nyerapan\b|\bserapan\b|\brealisasi\W+anggaran\b).*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""What is titled so is about money, and about no work."""


def _test_of(titles: Sequence[str]) -> str | None:
    """The one test that titles are about; those that name both say neither."""
    said = [
        ["Remedial"] if _REMEDIAL.search(title) else [name for name, known in _TESTS.items() if known.search(title)]
        for title in titles
    ]
    single = {names[0] for names in said if len(names) == 1}
    return single.pop() if len(single) == 1 else None


_LISTS_WAITING = re.compile(
    r"\W*(?:(?:daftar|data|rekap\w*|nama)\W+)*(?:(?:calon|peserta|pegawai|asn)\W+)*"
    r"(?:(?:cadangan|(?:daftar\W+)?tunggu|waiting\W?list)(?!\W*(?:dan|serta|pangan|dana|devisa|energi)\b|\W*[/&,])"
    r"|(?:(?:yang|yg)\W+)?(?:tidak|tdk)\W+(?:terpilih|lolos|diterima))\b.*",
    re.IGNORECASE | re.DOTALL,
).fullmatch
"""A title of those who wanted to come and were not let in."""


_OF_PHASE = re.compile(
    r"(?i)(?<![^\W_])(sebelum|sesudah|setelah|pasca|pra)(?![^\W_])(\W*(?:(?:pelatihan|diklat|bimtek|kegiatan|mengikuti)\b|$))?"
)
"""How titles and names say whether somebody was observed before or after a class, and of what."""


def _phase_of(titles: Sequence[str]) -> str | None:
    """The one phase that titles name; those that name several say none."""
    said = [match for title in titles for match in _OF_PHASE.finditer(title.replace("_", " "))]
    words = {match[1].casefold() for match in said}
    return words.pop() if len(words) == 1 and any(match[2] is not None for match in said) else None


def _phases_of(titles: Sequence[str]) -> set[str]:
    """The phases of observations that titles name, whatever they call them."""
    said = {word for title in titles for word, _ in _OF_PHASE.findall(title.replace("_", " "))}
    return {"before" if word.casefold() in ("sebelum", "pra") else "after" for word in said}


def _tests_of(titles: Sequence[str]) -> set[str]:
    """The one test that titles are about, if any."""
    return {test} if (test := _test_of(titles)) else set()


_MEANT: Mapping[str, Callable[[Sequence[str]], set[str]]] = {
    "fase": _phases_of,
    "tahap": _phases_of,
    "jenis tes": _tests_of,
    "jenis ujian": _tests_of,
    "tes": _tests_of,
}
"""Label of a line → what it, and titles, say of the same."""


def _as_compared(label: str, value: str) -> str:
    """What a line says, the same however it is written: a period in other words, a code of a class with a remark or without."""
    same = as_compared(value) if label.startswith(SAID) else class_code([value.upper()]) if label in LABELS else ""
    return same or re.sub(r"[^\w.,]|_", "", value).strip(".,").casefold()


def _said_twice(
    facts: Mapping[str, str], labelled: Mapping[str, set[str]], titled: Mapping[str, set[str]], own: Sequence[str]
) -> list[str]:
    """Labels of which lines (`labelled`) say different things, or one and the titles (`titled`, and their words `own`)."""
    lines = {label: said - {""} for label, said in labelled.items()}
    # By whichever of them a list is read.
    lines["tahun"] = {year for label in _YEARS for said in lines.get(label, ()) for year in re.findall(r"20\d\d", said)}
    lines["nilai maksimum"] = {
        said[0] for said in map(re.compile(r"\d+").match, lines.get("nilai maksimum", ())) if said
    }
    others = {**titled, **{label: means(own) for label, means in _MEANT.items()}}
    for label, means in _MEANT.items():
        if len(lines.get(label, ())) == 1:
            lines[label] = means([facts[label]])
    twice = [label for label, said in lines.items() if said and len(said | others.get(label, set())) > 1]
    periods = [label for label in lines if label.startswith(SAID) and label in facts and label not in twice]
    return twice + [label for label in periods if not is_of_titles(facts[label], own, facts.get("tahun", ""))]


_YEARS = ("tahun", "tahun penilaian", "tahun kinerja")
"""Labels of the year that a list is of; that of its budget may be another."""


_SPEAKER = re.compile(
    r"(?<![^\W_])(?:narasumber|pengajar|fasilitator|instruktur|widyaiswara)[\W_]+(?P<code>[A-Z]{2,}-\d{1,4})(?![A-Za-z0-9-])",
    re.IGNORECASE,
)
"""How titles, and names of sheets and files, say by its code which narasumber was judged."""


def _speaker_of(titles: Sequence[str]) -> str | None:
    """The one narasumber whose code titles name."""
    codes = {match["code"].upper() for title in titles for match in _SPEAKER.finditer(title)}
    return codes.pop() if len(codes) == 1 else None


_SERVICE = re.compile(
    r"(?:jenis[\W_]+)?(?:pe)?layanan[\W_]+(?P<service>(?!20\d\d$)[^\W_].*)", re.IGNORECASE | re.DOTALL
)
"""How the name of a sheet or file begins that is called after the service that people were asked about."""


_OFFICE = re.compile(
    rf"\s*(?:(?:dinas|badan|kecamatan|kelurahan|puskesmas|inspektorat|satpol|sekretariat (?:daerah|dprd)) ?.*|(?:kec|kel)\. ?.+|rsud.*|{SHORT})\s*",
    re.IGNORECASE,
).fullmatch
"""The name of a sheet that is called after an office."""


def _service_of(name: str) -> str | None:
    """The service that a sheet or file is called after; what is called after a period (`Layanan TW IV`) is of that."""
    match = _SERVICE.fullmatch(name.strip())
    return match["service"] if match and not spans_of(match["service"]) else None
