"""Lines between the people of a list on which nobody stands: the group of those below (`KELOMPOK A`, `Bidang Sosial`, `B. Dinas Sosial`), or what else
is said of the list (`Nilai Maksimum : 100`, `Tahun 2026`).

One that says another class, or another day, than what stands above the table is no such line: whoever stands below it would be read
under the wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.column import heading
from warehouse.delivery.sheets.between import SHORT

_GROUP = re.compile(
    r"\W*(?:(?:[a-z]|[ivx]{1,4}|\d{1,2})\s*[.)]\s*)?(?:kelompok|bidang|bagian|sub ?bagian|sub ?bag|sub ?bidang|seksi|sekretariat|inspektorat|"
    r"dinas|badan|kantor|kecamatan|kec|kelurahan|kel|pkm|uptd?|puskesmas|rumah sakit|rsud?|pejabat|jabatan|golongan|regu|gugus|lanjutan|sambungan|"
    rf"unit kerja|perangkat daerah|opd|peserta|{SHORT})\b.*",
    re.IGNORECASE,
)
SAID = frozenset(
    [
        "kode kelas",
        "kode angkatan",
        "id kelas",
        "class id",
        "nama kelas",
        "kelas",
        "nama pelatihan",
        "nama diklat",
        "judul pelatihan",
        "judul diklat",
        "nama kegiatan",
        "kegiatan",
        "judul kegiatan",
        "tahun",
        "tahun anggaran",
        "tahun pelaksanaan",
        "periode",
        "triwulan",
        "semester",
        "hari tanggal",
        "tanggal",
        "tgl",
        "waktu",
        "pukul",
        "jam",
        "tempat",
        "lokasi",
        "penyelenggara",
        "narasumber",
        "fasilitator",
        "pengajar",
        "materi",
        "mata pelatihan",
        "mata diklat",
        "jenis tes",
        "jenis ujian",
        "jumlah jp",
        "jumlah soal",
        "jumlah peserta",
        "jumlah hadir",
        "nilai maksimum",
        "nilai maksimal",
        "nilai maks",
        "nilai minimum",
        "nilai minimal",
        "nilai min",
        "nilai tertinggi",
        "nilai terendah",
        "skor maksimum",
        "skor minimum",
        "skor tertinggi",
        "skor terendah",
    ]
)
"""Labels of what is said of a list and not of one of its people, as headings. `Hari` and `Bulan` are people's names, too."""
_SECTION = re.compile(r"(?:[A-Z]|[IVX]{2,4})[.)]?").fullmatch
"""The letter, or the Roman numeral, of a group in the column that numbers the people."""
_WORD = re.compile(r"[^\W\d_]{2}").search
_COUNTED = re.compile(
    r"\W*(?:(?:jumlah|jml|total)\W+)?(?:(?:peserta|orang|yang)\W+)?(?:(?:tidak|tdk|belum)\W+)?"
    r"(?:hadir|izin|ijin|sakit|alph?a|tanpa keterangan|dinas luar|cuti|laki\W?laki|perempuan|pria|wanita|lulus|tuntas|keterangan|uraian|kategori|status"
    r"|c?pns|pppk|p3k|asn|(?:golongan|gol|eselon)\W*(?:[ivx]{1,4}(?:\W*[a-e])?)?|[ivx]{1,4}(?:\W*[a-e])?|struktural|fungsional|pelaksana|administrator|pengawas|pendidikan|jenis kelamin|jabatan)\W*",
    re.IGNORECASE,
).fullmatch
"""What a small table below a list counts, or is headed by."""
_COUNT = re.compile(r"\d{1,5}(?:[.,]\d+)?\s*(?:%|orang|org|peserta)?|jumlah|jml|total", re.IGNORECASE).fullmatch


def is_said(row: Sequence[str]) -> bool:
    """Whether a row says something of the list: a label of `SAID` and its value, in one cell or two, with a colon or without."""
    filled = [cell for cell in row if cell.strip(" :=")]
    if not 1 <= len(filled) <= 2 or any(re.search(r"\d{5}", cell) for cell in filled):
        return False
    label = heading(re.split("[:=]", filled[0])[0])
    return label in SAID or re.sub(r" \d+$", "", label) in SAID


def is_count(row: Sequence[str]) -> bool:
    """Whether a row counts people of a list (`Hadir` beside `25`), or heads such rows (`Keterangan` beside `Jumlah`)."""
    filled = [cell.strip() for cell in row if cell.strip(" :=")]
    return len(filled) == 2 and bool(_COUNTED(filled[0]) and _COUNT(filled[1].strip(" :=")))


def is_section(row: Sequence[str], line: int | None) -> bool:
    """Whether a row is a letter, or a Roman numeral, in the column that numbers the lines, and one word more: the name of the group of those below."""
    filled = [(at, cell) for at, cell in enumerate(row) if cell]
    return len(filled) == 2 and filled[0][0] == line and bool(_SECTION(filled[0][1]) and _WORD(filled[1][1]))


def is_banner(row: Sequence[str], line: int | None) -> bool:
    """Whether a row names a group, or says something of the list, and nobody. `line` is the place of the column that numbers the people, where a list has one: a word
    there is no number, and a letter with one more text is the group's."""
    filled = [(at, cell) for at, cell in enumerate(row) if cell]
    if not filled or any(re.search(r"\d{5}", cell) for _, cell in filled):
        return False
    if is_said(row) or is_count(row):
        return True
    (at, cell), *more = filled
    if at == line and len(more) == 1:
        return is_section(row, line)
    return not more and bool(_WORD(cell)) and (at == line or bool(_GROUP.fullmatch(cell)))
