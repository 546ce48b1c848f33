"""What lines above a list, and the names of its sheet and file, say of every row of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from schemas.bilingual import english, indonesian
from schemas.column import SCALE, SCALED, TWICE, heading
from warehouse.delivery.cells.class_code import LABELS, class_code, class_of, named_class
from warehouse.delivery.cells.legend import DASHES
from warehouse.delivery.cells.others import titled_others
from warehouse.delivery.cells.period import (
    SAID,
    as_compared,
    is_of_titles,
    named_period,
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
    or else the file is called after (`Layanan KTP`) under `sebutan layanan`, the office that the sheet is called after (`Dinkes`) under `sebutan unit`, the narasumber whose code titles, or else the sheet or file, name (`Narasumber NS-001`) under `sebutan narasumber`, the day as of which titles say that all stood so under `sebutan hari`, labels of which two lines, or one and a title, say different things under `TWICE`; the class code in a title, or in the `names` of sheet and file, under `kode kelas`, where no label says the class.
    """
    facts: dict[str, str] = {}
    labelled: dict[str, set[str]] = {}
    titled: dict[str, set[str]] = {}
    titles = list(names)
    for above, below in pairwise(rows):
        # Three labels and more with what they say below them: the first lines of a report.
        labels = {position: cell.strip() for position, cell in enumerate(above) if cell.strip()}
        said = {position: cell.strip() for position, cell in enumerate(below) if cell.strip()}
        if (
            len(labels) > 2
            and len(said) > 1
            and said.keys() <= labels.keys()
            and not any(map(_MARKED, labels.values()))
        ):
            facts |= {heading(labels[position]): cell for position, cell in said.items() if heading(labels[position])}
    for row in rows:
        cells = [cell.strip() for cell in row if cell.strip() not in ("", ":", "=")]
        if is_cut(row):
            whole = ", ".join(cells)
            if re.search("[:=]", cells[0]):
                cells = [whole]
            elif not re.search("[:=]", whole):
                titles.append(whole)
                facts.setdefault("title", whole)
        if cells:
            facts.setdefault("title", cells[0])
            if year := year_of(" ".join(cells)):
                facts.setdefault("tahun", year)
                if not re.search("(?i)[:=]|anggaran", " ".join(cells)):
                    titled.setdefault("tahun", set()).add(year)
            if scored := _SCALE(" ".join(cells)):
                facts |= {"skala minimum": scored[1], "skala maksimum": scored[2]} | facts
                facts |= {"nilai maksimum": scored[2]} | facts if scored[1] == "0" else {}
                titled.setdefault("nilai maksimum", set()).update([scored[2]] if scored[1] == "0" else [])
            if best := _OUT_OF(" ".join(cells)):
                facts.setdefault("nilai maksimum", best["most"] or best["scale"])
                titled.setdefault("nilai maksimum", set()).add(best["most"] or best["scale"])
            if scale := SCALED.search(" ".join(cells)):
                facts.setdefault(SCALE, scale[0])
            if len(cells) == 1 and re.search(DAY_LINE, cells[0]):
                facts.setdefault("hari tanggal", _DAY_LABEL.sub("", cells[0]))
            if len(cells) == 1 and not re.search("[:=]", cells[0]):
                titles.append(cells[0])
        position = 0
        while position < len(cells):
            label, mark, value = re.match(r"([^:=]*)([:=]?)(.*)", cells[position], re.DOTALL).groups()  # type: ignore[union-attr]
            position += 1
            if not value.strip() and position < len(cells) and heading(label):
                value = cells[position].lstrip(":= ")
                position += bool(mark) or len(cells) == 2
            if mark == "=" and label.strip() in DASHES and value.strip():
                # A legend may explain them: `- = tidak hadir`.
                facts.setdefault(label.strip(), value.strip())
            if heading(label) and value.strip():
                facts.setdefault(heading(label), value.strip())
                labelled.setdefault(heading(label), set()).add(_as_compared(heading(label), value))
                for ours in (indonesian(label), *english(label)):
                    facts.setdefault(ours, value.strip())
    # A file may hold several tests, each on a sheet of its own.
    own = [*titles[len(names) :], *names[:-1]]
    if twice := _said_twice(facts, labelled, titled, own):
        facts[TWICE] = "; ".join(twice)
    is_said = any(known.search(title) for known in (*_TESTS.values(), _REMEDIAL) for title in own)
    if test := _test_of(own) if is_said else _test_of(names):
        facts["sebutan tes"] = test
    if phase := _phase_of(own if any(map(_OF_PHASE.search, own)) else names[-1:]):
        facts["sebutan fase"] = phase
    if money := next(filter(_OF_MONEY, own), None):
        facts["sebutan keuangan"] = money
    if service := next(filter(None, map(_service_of, names)), None):
        facts["sebutan layanan"] = service
    if speaker := _speaker_of(titles[len(names) :]) or _speaker_of(names):
        facts["sebutan narasumber"] = speaker
    if away := next(filter(LISTS_AWAY, [*own, *names[-1:]]), None):
        facts["sebutan absen"] = away
    if others := titled_others(titles[len(names) :], names):
        facts["sebutan lain"] = others
    if waiting := next(filter(_LISTS_WAITING, [*own, *names[-1:]]), None):
        facts["sebutan cadangan"] = waiting
    if len(days := {said["day"] for said in map(_AS_OF, titles[len(names) :]) if said}) == 1:
        facts["sebutan hari"] = days.pop()
    if office := next((name for name in names[:-1] if _OFFICE(name)), None):
        facts["sebutan unit"] = office.strip()
    if period := period_of(titles[len(names) :], facts.get("tahun", "")):
        facts.setdefault(SAID, period)
    facts |= with_years(facts)
    facts |= named_period(names, facts, titles[len(names) :])
    facts |= part_untold(titles[len(names) :], facts)
    return facts | class_of(titles, facts) | named_class(titles[len(names) :], facts)


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
    said = [match for title in titles for match in _OF_PHASE.findall(title.replace("_", " "))]
    words = {word.casefold() for word, _ in said}
    return words.pop() if len(words) == 1 and any(of for _, of in said) else None


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
