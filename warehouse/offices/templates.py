"""Blank workbooks for the offices: what is filled in within their rules loads without a refusal.

Everything is derived from the contract. A rule over several columns is checked in each of them, because people fill
in a row in any order: whichever cell comes last is the one that Excel can check.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from types import MappingProxyType

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from schemas.column import Column
from schemas.contract import Contract
from schemas.reasons import REASONS
from warehouse.store import whole
from warehouse.words.language import offered

DATA, NOTES, CHOICES = "Data", "Petunjuk", "Pilihan"
PURPOSE: Mapping[str, str] = {
    "assessments": "Nilai tes peserta sebelum dan sesudah pelatihan.",
    "attendance": "Kehadiran setiap peserta pada setiap sesi.",
    "classes": "Kelas (angkatan) pelatihan: jadwal, bentuk, biaya, dan cara penetapan peserta.",
    "employees": "Daftar lengkap seluruh pegawai pada satu bulan.",
    "enrolments": "Peserta setiap kelas, hasil akhirnya, dan sertifikatnya.",
    "follow_ups": "Tindak lanjut yang diputuskan atas tanda pada kurikulum.",
    "instructors": "Daftar narasumber yang mengajar.",
    "observations": "Perilaku di tempat kerja sebelum dan sesudah pelatihan, menurut para pengamat.",
    "performance": "Penilaian kinerja (SKP) pegawai per periode.",
    "programs": "Program pelatihan dan versi kurikulumnya.",
    "projects": "Kemajuan kumulatif proyek pembangunan, bulan demi bulan.",
    "service_satisfaction": "Jawaban masyarakat atas sembilan unsur survei kepuasan (SKM).",
    "sessions": "Jadwal sesi setiap kelas dengan narasumber dan jam pelajarannya.",
    "survey_responses": "Jawaban peserta atas kuesioner, satu baris untuk setiap butir.",
    "units": "Daftar lengkap unit kerja pada satu bulan.",
}
EXAMPLES: Mapping[str, str] = {
    "employee_id": "198503152010012001", "manager_employee_id": "198503152010012001", "observer_id": "198503152010012001", "full_name": "Ani Lestari",
    "unit_code": "BKPSDM", "unit_name": "Badan Kepegawaian", "parent_unit_code": "SETDA", "unit_type": "badan",
    "position_title": "Analis Kebijakan", "position_group": "pelaksana", "grade": "III/c", "education_level": "S1",
    "program_code": "MD-01", "program_name": "Manajemen Dokumen", "competency_area": "Manajemen dokumen",
    "curriculum_version": "v1", "new_curriculum_version": "v2", "version_valid_from": "2026-01-01",
    "objectives": "Mengelola arsip elektronik", "class_id": "MD-01-1", "organiser": "BKPSDM", "module_name": "Tata naskah",
    "instructor_id": "NS-001", "instructor_type": "widyaiswara", "affiliation": "BKPSDM", "competencies": "Kearsipan",
    "start_date": "2026-01-12", "end_date": "2026-01-16", "period_start": "2026-01-01", "period_end": "2026-01-31",
    "cost_idr": "15000000", "planned_participants": "30", "scheduled_jp": "20", "certificate_jp": "20", "jp": "2",
    "certificate_no": "800/012/BKPSDM", "enrolments.status": "completed", "score": "3", "assessments.score": "80",
    "scale_min": "1", "scale_max": "4", "max_score": "100", "assessment_code": "T1", "item_code": "M1",
    "observations.aspect": "Kerja sama", "regime": "PermenPANRB 6/2022", "predicate": "baik", "numeric_score": "87.5",
    "work_rating": "sesuai", "behaviour_rating": "sesuai", "respondent_id": "R-0001", "response_id": "F-0001",
    "service": "KTP elektronik", "comment": "Materi jelas.", "project_id": "PRJ-001", "planned_pct": "40",
    "actual_pct": "35.5", "contract_idr": "1500000000", "realised_idr": "450000000", "planned_end": "2026-12-31",
    "flag_id": "MD-01:v1:MATERI", "action": "Perbarui modul", "owner": "Bidang Diklat", "due_on": "2026-03-31",
    "done_on": "2026-03-20", "month": "2026-01",
}  # fmt: skip
"""Invented values: by `source.column`, else by column."""
RULES: Mapping[str, tuple[str, ...]] = {
    "END_BEFORE_START": ("{start_date}<={end_date}", "{period_start}<={period_end}"),
    "SCALE_EMPTY": ("{scale_min}<{scale_max}",),
    "OFF_SCALE": ("{scale_min}<={score}", "{score}<={scale_max}", "{score}<={max_score}"),
    "GRADE_UNCLEAR": ('OR({employment_type}<>"PNS",ISNUMBER(FIND("/",{grade})))',),
}
"""Code of a contract's rule → the same as formulas; one counts where the source has all of its columns."""
UNITS = {
    "people": "orang", "IDR": "rupiah (Rp)", "JP": "jam pelajaran dari 45 menit (JP)", "month": "per bulan", "answers": "kuesioner",
}  # fmt: skip
KINDS = {
    "text": "teks", "integer": "bilangan bulat", "number": "angka", "boolean": "ya atau tidak", "month": "bulan TTTT-BB",
    "date": "tanggal TTTT-BB-HH", "timestamp": "waktu TTTT-BB-HH JJ:MM:DD", "nip": "teks, 18 angka", "choice": "pilihan",
}  # fmt: skip
FORMATS = {"integer": "0", "number": "General", "date": "yyyy-mm-dd", "timestamp": "yyyy-mm-dd hh:mm:ss"}
NATIVE = {"integer": "whole", "number": "decimal", "date": "date", "timestamp": "date"}
DAYS = (36526, 73050)
"""2000-01-01 and 2099-12-31 as a spreadsheet counts days."""
HOUSE_RULES = (
    ("Isi lembar Data saja; satu baris untuk satu catatan.", "Fill in the sheet Data only; one record per row."),
    ("Jangan mengubah judul kolom dan jangan menggabungkan sel.", "Keep the headings, merge no cells."),
    ("Jangan menambahkan baris jumlah atau rata-rata.", "Add no totals."),
    ("NIP tetap sebagai teks; NIP berakhiran 000 sudah rusak.", "The NIP stays text; one ending in 000 is destroyed."),
    ("Yang tidak diketahui dibiarkan kosong: kosong bukan nol.", "Leave the unknown empty: empty is not zero."),
)
REQUIRED, OPTIONAL, LACKING = (PatternFill("solid", fgColor=c, bgColor=c) for c in ("1F5C7A", "DCEAF2", "FFE699"))
WHITE, DARK = Font("Calibri", 11, bold=True, color="FFFFFF"), Font("Calibri", 11, color="1F2D3A")
TITLE, ASIDE = Font("Calibri", 14, bold=True, color="1F5C7A"), Font("Calibri", 11, color="5A6672")
LINE = Border(bottom=Side("thin", color="D0D7DE"))
WRAP = Alignment(wrap_text=True, vertical="top")


def write_template(
    contract: Contract, target: Path, rows: int = 1000, known: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> None:
    """Write the blank workbook of a source: sheet to fill in, notes, and lists too long to stand in a rule.

    `known` has what the city's own data offers for a column, such as the open flags: a drop-down that warns and refuses nothing.
    """
    book = Workbook()
    data = book.active
    data.title = DATA
    _data(data, contract, rows)
    _notes(book.create_sheet(NOTES), contract)
    _validations(book, contract, rows, known)
    # By way of memory: the archive that a workbook is closes itself a second time, with a traceback, where the disk took only half.
    made = io.BytesIO()
    book.save(made)
    with whole(target) as temporary:
        temporary.write_bytes(made.getvalue())


def example_row(contract: Contract) -> dict[str, str]:
    """An invented value for each column, which together keep the contract."""
    return {column.name: _example(contract, column) for column in contract.columns}


def _example(contract: Contract, column: Column) -> str:
    known = EXAMPLES.get(f"{contract.name}.{column.name}") or EXAMPLES.get(column.name, "")
    if column.values:
        return offered(column)[column.choices.index(known) if known in column.choices else 0]
    number = max(column.minimum if column.minimum is not None else 1, min(1, column.maximum or 1))
    by_type = {"text": "contoh", "boolean": "ya", "date": "2026-01-15", "timestamp": "2026-01-15 10:30:00"}
    return known or by_type.get(column.type, f"{number:g}")


def headings(contract: Contract) -> list[str]:
    """The header that staff see: the labels where the reader maps each to its column, otherwise the names."""
    labels = [column.label for column in contract.columns]
    is_clear = contract.match(labels) == {name: [position] for position, name in enumerate(contract.names)}
    return labels if is_clear else list(contract.names)


def _may_be_empty(column: Column) -> bool:
    return column.nullable or column.blank is not None


def _kind(column: Column) -> str:
    if column.values:
        return "choice"
    if column.privacy == "pseudonym":
        return "nip"
    return "month" if column.unit == "month" else column.type


def _content(column: Column) -> str:
    low, high = (None if bound is None else f"{bound:g}" for bound in (column.minimum, column.maximum))
    bounds = f"{low} sampai {high}" if low and high else f"paling kecil {low}" if low else f"paling besar {high}"
    return KINDS[_kind(column)] + (f", {bounds}" if low or high else "")


# ---------------------------------------------------------------- sheet Data


def _data(sheet: Worksheet, contract: Contract, rows: int) -> None:
    examples = example_row(contract)
    for number, (column, text) in enumerate(zip(contract.columns, headings(contract), strict=True), start=1):
        cell, letter = sheet.cell(1, number, text), get_column_letter(number)
        cell.fill, cell.font = (OPTIONAL, DARK) if _may_be_empty(column) else (REQUIRED, WHITE)
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        cell.comment = _comment(column)
        longest = max(map(len, (*offered(column), examples[column.name], FORMATS.get(_kind(column), ""))))
        sheet.column_dimensions[letter].width = min(max(longest + 3, len(text) + 5, 12), 40)
        # The whole column too, so that a NIP pasted below the prepared rows stays text.
        sheet.column_dimensions[letter].number_format = FORMATS.get(_kind(column), "@")
        for row in range(2, rows + 2):
            sheet.cell(row, number).number_format = FORMATS.get(_kind(column), "@")
        if not _may_be_empty(column):
            is_lacking = f'AND(COUNTA($A2:${get_column_letter(len(contract.columns))}2)>0,{letter}2="")'
            sheet.conditional_formatting.add(f"{letter}2:{letter}{rows + 1}", FormulaRule([is_lacking], fill=LACKING))
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(contract.columns))}{rows + 1}"
    sheet.print_title_rows = "1:1"
    sheet.print_options.gridLines = True
    _print_setup(sheet)


def _print_setup(sheet: Worksheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins = PageMargins(0.4, 0.4, 0.5, 0.5)


def _comment(column: Column) -> Comment:
    lines = [
        f"{column.label} ({column.name})",
        f"{'Boleh kosong' if _may_be_empty(column) else 'Wajib diisi'}. Isi: {_content(column)}.",
        f"Satuan: {UNITS.get(column.unit, column.unit)}" if column.unit else "",
        f"Pilihan: {', '.join(offered(column))}" if column.values else "",
        f"English: {column.description}",
    ]
    text = "\n".join(filter(None, lines))
    return Comment(text, "diklat", width=340, height=40 + 18 * sum(1 + len(line) // 48 for line in lines if line))


# ---------------------------------------------------------------- what Excel checks

OFFERED = "Pilih satu dari daftar, atau isi yang lain."
NOT_OFFERED = "Tidak ada di daftar. Isi tetap boleh dipakai bila memang itu yang dimaksud."
"""What is said where a drop-down offers what the city's own data has, and something else is written."""


def _validations(book: Workbook, contract: Contract, rows: int, known: Mapping[str, Sequence[str]]) -> None:
    sheet = book[DATA]
    for number, column in enumerate(contract.columns, start=1):
        offered = known.get(column.name, ())
        if rule := _list(book, offered or _words(column)) or _bounds(contract, column):
            wanted = OFFERED if offered else _wanted(column)
            rule.errorTitle = rule.promptTitle = column.label[:32]
            # Excel takes 225 characters here, and no workbook with more.
            rule.error = (NOT_OFFERED if offered else " ".join(["Isi ditolak.", wanted, *_reasons(contract, column)]))[
                :225
            ]
            rule.prompt = wanted[:225]
            rule.errorStyle = "warning" if offered else "stop"
            rule.showErrorMessage, rule.showInputMessage = True, True
            rule.allow_blank = _may_be_empty(column)
            letter = get_column_letter(number)
            rule.add(f"{letter}2:{letter}{rows + 1}")
            sheet.add_data_validation(rule)


def _words(column: Column) -> Sequence[str]:
    return offered(column) or (["ya", "tidak"] if column.type == "boolean" else [])


def _list(book: Workbook, words: Sequence[str]) -> DataValidation | None:
    if not words:
        return None
    joined = ",".join(words)
    if len(joined) <= 255 and joined.count(",") == len(words) - 1 and '"' not in joined:
        return DataValidation("list", formula1=f'"{joined}"')
    if CHOICES not in book.sheetnames:
        book.create_sheet(CHOICES).sheet_state = "hidden"
    sheet = book[CHOICES]
    position = sheet.max_column + (sheet.cell(1, 1).value is not None)
    for row, word in enumerate(words, start=1):
        sheet.cell(row, position, word)
    letter = get_column_letter(position)
    return DataValidation("list", formula1=f"{CHOICES}!${letter}$1:${letter}${len(words)}")


def _bounds(contract: Contract, column: Column) -> DataValidation | None:
    cell = _cell(contract, column.name)
    own, rules = list(_conditions(column, cell)), [formula for _, formula in _rules(contract, column)]
    native = NATIVE.get(_kind(column))
    if native and not rules:
        low, high = _range(column)
        return DataValidation(native, operator="between", formula1=f"{low:.15g}", formula2=f"{high:.15g}")
    if own or rules:
        return DataValidation("custom", formula1=f"AND({','.join([*own, *rules])})")
    return None


def _range(column: Column) -> tuple[float, float]:
    if column.type in ("date", "timestamp"):
        return DAYS[0], DAYS[1] + (column.type == "timestamp")
    low, high = column.minimum, column.maximum
    return -1e14 if low is None else low, 1e14 if high is None else high


def _conditions(column: Column, cell: str) -> Iterator[str]:
    """What a cell must be by itself, as formulas."""
    kind = _kind(column)
    if kind == "nip":
        digits = f'SUBSTITUTE({cell}," ","")'
        yield f'ISTEXT({cell}),LEN({digits})=18,RIGHT({cell},3)<>"000"'
        yield f'ISNUMBER(-LEFT({digits},9)),ISNUMBER(-RIGHT({digits},9)),ISNUMBER(FIND(MID({digits},15,1),"12"))'
    elif kind == "month":
        yield f'ISTEXT({cell}),LEN({cell})=7,MID({cell},5,1)="-",VALUE(LEFT({cell},4))>=2000'
        yield f"VALUE(RIGHT({cell},2))>=1,VALUE(RIGHT({cell},2))<=12"
    elif kind in NATIVE:
        low, high = _range(column)
        yield f"ISNUMBER({cell}),{cell}>={low:.15g},{cell}<={high:.15g}"
        if kind == "integer":
            yield f"INT({cell})={cell}"


def _rules(contract: Contract, column: Column) -> Iterator[tuple[str, str]]:
    """(code, formula) of the contract's rules that the column takes part in; a rule waits until its cells are filled."""
    for rule in contract.rules:
        for formula in RULES.get(rule.code, ()):
            names = list(dict.fromkeys(re.findall(r"\{(\w+)\}", formula)))
            if column.name in names and set(names) <= set(contract.names):
                cells = {name: _cell(contract, name) for name in names}
                empty = ",".join(f'{cell}=""' for cell in cells.values())
                yield rule.code, f"OR({empty},{formula.format(**cells)})"


def _cell(contract: Contract, name: str) -> str:
    return f"${get_column_letter(contract.names.index(name) + 1)}2"


def _wanted(column: Column) -> str:
    """What is to be put into a cell."""
    kind = _kind(column)
    first = "Pilih satu dari daftar." if kind in ("choice", "boolean") else f"Isi: {_content(column)}."
    if kind == "nip":
        first = "Isi NIP 18 angka dan biarkan sel ini berformat Teks. NIP berakhiran 000 sudah rusak: salin ulang dari sumbernya."
    return f"{first} Boleh kosong." if _may_be_empty(column) else first


def _reasons(contract: Contract, column: Column) -> list[str]:
    """Why else a cell may be refused, beside the others of its row."""
    codes = dict.fromkeys(code for code, _ in _rules(contract, column)) if _kind(column) != "choice" else {}
    return ["Atau:", *(REASONS[code].indonesian for code in codes)] if codes else []


# ---------------------------------------------------------------- sheet Petunjuk


def _notes(sheet: Worksheet, contract: Contract) -> None:
    """The notes. No cell may equal a heading of the source, lest a reader take this sheet for data."""
    labels = " + ".join(contract.column(name).label for name in contract.key)
    fallback = f"Data dengan kolom: {', '.join(column.label for column in contract.columns)}."
    folder = f"landing/{contract.name}/TTTT-BB/ (TTTT-BB = tahun dan bulan data, misalnya 2026-01)"
    for line in (
        f"Petunjuk pengisian ({contract.name})",
        PURPOSE.get(contract.name, fallback),
        f"Simpan berkas yang sudah diisi di folder {folder}.",
        f"Satu baris untuk setiap {labels}"
        + ("; gabungan ini tidak boleh berulang." if len(contract.key) > 1 else "."),
        *(f"• {rule}" for rule, _ in HOUSE_RULES),
        None,
    ):
        sheet.append([line])
    sheet["A1"].font = TITLE
    for fill, font, line in (
        (REQUIRED, WHITE, "Judul berwarna tua: wajib diisi."),
        (OPTIONAL, DARK, "Judul berwarna muda: boleh kosong."),
        (LACKING, DARK, "Sel kuning di lembar Data: wajib, tetapi masih kosong."),
    ):
        sheet.append([None, line])
        sheet.cell(sheet.max_row, 1, "Warna").fill = fill
        sheet.cell(sheet.max_row, 1).font = font
    sheet.append([])
    _table(sheet, contract)
    for line in (
        None,
        "In English",
        contract.description,
        f"Grain (one row per): {contract.grain}. Put the file into landing/{contract.name}/YYYY-MM/.",
        *(f"• {rule}" for _, rule in HOUSE_RULES),
    ):
        sheet.append([line])
        sheet.cell(sheet.max_row, 1).font = ASIDE
    sheet.sheet_view.showGridLines = False
    _print_setup(sheet)


def _table(sheet: Worksheet, contract: Contract) -> None:
    widths = (28, 9, 31, 38, 19, 22, 62)
    sheet.append(["Judul kolom di Data", "Wajib?", "Jenis isi", "Pilihan", "Satuan", "Contoh", "Keterangan (English)"])
    for cell in sheet[sheet.max_row]:
        cell.fill, cell.font = REQUIRED, WHITE
    examples = example_row(contract)
    for number, (column, text) in enumerate(zip(contract.columns, headings(contract), strict=True), start=1):
        required = "tidak" if _may_be_empty(column) else "ya"
        unit = UNITS.get(column.unit, column.unit)
        # The letter of the column keeps the first cell from being a heading.
        first = f"{get_column_letter(number)}. {text}"
        line = [first, required, _content(column), ", ".join(offered(column)), unit, examples[column.name]]
        # A description alone may be a heading too ("Planned end."), hence the name before it.
        line.append(f"{column.name} – {column.description}")
        sheet.append(line)
        for cell in sheet[sheet.max_row]:
            cell.alignment, cell.border, cell.number_format = WRAP, LINE, "@"
        tallest = max(len(wrap(part, width - 3)) for part, width in zip(line, widths, strict=True))
        sheet.row_dimensions[sheet.max_row].height = 15.5 * tallest
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
