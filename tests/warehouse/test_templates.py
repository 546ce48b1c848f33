"""Templates: what an office fills in within the workbook's own rules loads without a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from schemas.column import POLARS_TYPES, Column
from schemas.contract import Contract
from schemas.sources import SOURCES
from warehouse.delivery import formats
from warehouse.delivery.cells.values import Reader
from warehouse.delivery.layouts.contract_layout import ContractLayout
from warehouse.delivery.sheets.titles import find_facts
from warehouse.offices import templates
from warehouse.offices.templates import example_row, headings, write_template
from warehouse.staging.report import FileReport
from warehouse.words.language import offered

Deliver = Callable[[str, str | bytes], Path]
Read = Callable[[], dict[str, FileReport]]
every_source = pytest.mark.parametrize("contract", SOURCES.values(), ids=list(SOURCES))


def template(contract: Contract, folder: Path, rows: int = 20) -> tuple[Path, Workbook]:
    path = folder / f"{contract.name}.xlsx"
    write_template(contract, path, rows)
    return path, openpyxl.load_workbook(path)


def rules(book: Workbook) -> dict[str, DataValidation]:
    """Column letter → its validation; fails where a column has two."""
    found: dict[str, DataValidation] = {}
    for rule in book["Data"].data_validations.dataValidation:
        letter = str(rule.sqref).split("2:")[0]
        assert letter not in found
        found[letter] = rule
    return found


def typed(column: Column, text: str) -> object:
    """A value as a person's typing becomes a cell: dates and numbers are such, all else is text."""
    if column.type in ("date", "timestamp") and column.unit != "month":
        return dt.datetime.fromisoformat(text)
    return float(text) if column.type in ("integer", "number") else text


def fill(book: Workbook, contract: Contract) -> None:
    for number, column in enumerate(contract.columns, start=1):
        cell = book["Data"].cell(2, number)
        form = cell.number_format
        cell.value = typed(column, example_row(contract)[column.name])
        cell.number_format = form  # openpyxl gives a date its own format; a spreadsheet program keeps the cell's.


@every_source
def test_the_sheet_to_fill_in_is_prepared(contract: Contract, tmp_path: Path) -> None:
    _, book = template(contract, tmp_path)
    sheet = book["Data"]
    assert book.sheetnames[:2] == ["Data", "Petunjuk"]
    header = [cell.value for cell in sheet[1]]
    assert header == headings(contract)
    assert contract.match(header) == {name: [position] for position, name in enumerate(contract.names)}
    assert all(cell.value is None for row in sheet.iter_rows(min_row=2) for cell in row)
    for number, column in enumerate(contract.columns, start=1):
        comment = sheet.cell(1, number).comment.text
        assert column.name in comment
        assert column.description in comment
        formats = {sheet.cell(row, number).number_format for row in (2, 21)}
        is_text = column.type in ("text", "boolean") or column.unit == "month"
        expected = {"integer": "0", "number": "General", "date": "yyyy-mm-dd", "timestamp": "yyyy-mm-dd hh:mm:ss"}
        assert formats == {"@" if is_text else expected[column.type]}
    assert sheet.freeze_panes == "A2"
    assert not sheet.merged_cells.ranges


@every_source
def test_cells_are_checked_by_the_workbook(contract: Contract, tmp_path: Path) -> None:
    _, book = template(contract, tmp_path)
    found = rules(book)
    for number, column in enumerate(contract.columns, start=1):
        rule = found.get(get_column_letter(number))
        if column.values:
            assert rule
            assert (rule.type, rule.formula1) == ("list", f'"{",".join(offered(column))}"')
        elif column.privacy == "pseudonym":
            assert rule
            assert '<>"000"' in rule.formula1
        elif column.type != "text":
            assert rule
    for rule in found.values():
        # Excel's limits: a longer text or formula makes the whole workbook "damaged".
        assert len(rule.formula1) <= 255
        assert len(rule.errorTitle) <= 32
        assert len(rule.error) <= 225
        assert rule.errorStyle == "stop"
        assert rule.error
        assert rule.prompt


@every_source
def test_what_an_empty_cell_stands_for_is_no_choice(contract: Contract, tmp_path: Path) -> None:
    """It is the tables' word, in English; who does not know leaves the cell empty."""
    _, book = template(contract, tmp_path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    lists = [str(rule.formula1) for rule in rules(book).values()]
    told = [*(str(cell.value) for cell in cells), *(cell.comment.text for cell in cells if cell.comment), *lists]
    for word in (column.blank for column in contract.columns if column.blank):
        assert [text for text in told if f", {word}" in text or f",{word}" in text or text == word] == []


@every_source
def test_what_is_offered_is_in_the_offices_language_and_read_again_as_its_code(contract: Contract) -> None:
    """A drop-down of `registered` and `completed` sends a clerk to a dictionary."""
    for column in contract.columns:
        words = offered(column)
        assert Reader().parse(pl.Series(words, dtype=pl.String), column)[0].to_list() == column.choices
        assert not {*words} & {"other", "before", "after", "registered", "completed", "randomised"}


@every_source
def test_the_example_keeps_the_contract(contract: Contract) -> None:
    row = example_row(contract)
    text = pl.DataFrame(
        [
            Reader().parse(pl.Series(c.name, [row[c.name]]), c)[0]
            if c.values or c.type == "boolean"
            else pl.Series(c.name, [row[c.name]])
            for c in contract.columns
        ]
    )
    frame = text.select(
        pl.col(c.name).str.replace(r"^(\d{4}-\d{2})$", "$1-01").str.to_date()
        if c.type == "date"
        else pl.col(c.name).str.to_datetime(time_unit="us")
        if c.type == "timestamp"
        else pl.col(c.name).cast(POLARS_TYPES[c.type])
        for c in contract.columns
    )
    contract.schema.validate(frame, lazy=True)


@every_source
def test_notes_are_not_taken_for_data(contract: Contract, tmp_path: Path) -> None:
    path, book = template(contract, tmp_path)
    lines = [[str(cell or "") for cell in row] for row in book["Petunjuk"].iter_rows(values_only=True)]
    assert contract.match([cell for line in lines for cell in line]) == {}
    assert contract.match(list(find_facts(lines))) == {}
    text = "\n".join(cell for line in lines for cell in line)
    assert all(column.label in text and column.description in text for column in contract.columns)
    assert templates.PURPOSE[contract.name] in text
    with formats.open_file(path, ContractLayout(contract).accepts, tmp_path / "scratch") as tables:
        assert [table.sheet for table in tables] == ["Data"]


@every_source
def test_a_filled_template_loads_without_a_refusal(
    contract: Contract, deliver: Deliver, read: Read, tmp_path: Path
) -> None:
    path, book = template(contract, tmp_path)
    deliver(f"{contract.name}/2026-01/blank.xlsx", path.read_bytes())
    fill(book, contract)
    book.save(path)
    deliver(f"{contract.name}/2026-01/t.xlsx", path.read_bytes())
    reports = read()
    blank, filled = (reports[f"{contract.name}/2026-01/{name}.xlsx"] for name in ("blank", "t"))
    assert (blank.n_read, blank.status) == (0, "accepted")
    assert "not read" not in blank.drift + filled.drift, "its sheet of notes is not said to hold something"
    assert (filled.n_read, filled.n_accepted, filled.n_refused, filled.status) == (1, 1, 0, "accepted")


def test_rules_over_several_columns_are_checked_in_each(tmp_path: Path) -> None:
    found = rules(template(SOURCES["observations"], tmp_path)[1])
    for letter in "GHI":
        assert "$H2<$I2" in found[letter].formula1 or "<=$I2" in found[letter].formula1
    classes = rules(template(SOURCES["classes"], tmp_path)[1])
    assert classes["G"].formula1.endswith('OR($G2="",$H2="",$G2<=$H2))')
    assert "mendahului" not in classes["H"].prompt, "what is wrong is said once it is"
    assert "Atau: Akhir mendahului awal." in classes["H"].error
    assert classes["H"].formula1 == 'AND(ISNUMBER($H2),$H2>=36526,$H2<=73050,OR($G2="",$H2="",$G2<=$H2))'


def test_long_lists_stand_in_a_hidden_sheet(tmp_path: Path) -> None:
    long = {f"kata pilihan nomor {number}": () for number in range(20)}
    columns = [
        Column("a", "text", "A.", "Alfa", values=long),
        Column("b", "text", "B.", "Beta", values={"satu, dua": (), "tiga": ()}, nullable=True),
        Column("c", "boolean", "C.", "Gama"),
    ]
    contract = Contract("odd", "staging", "Odd.", "a", ("a",), tuple(columns))
    _, book = template(contract, tmp_path)
    assert book.sheetnames == ["Data", "Petunjuk", "Pilihan"]
    assert book["Pilihan"].sheet_state == "hidden"
    found = rules(book)
    assert [found[letter].formula1 for letter in "ABC"] == ["Pilihan!$A$1:$A$20", "Pilihan!$B$1:$B$2", '"ya,tidak"']
    assert [book["Pilihan"]["A20"].value, book["Pilihan"]["B1"].value] == ["kata pilihan nomor 19", "satu, dua"]
    assert "Data dengan kolom: Alfa, Beta, Gama." in [row[0] for row in book["Petunjuk"].iter_rows(values_only=True)]


def test_names_head_the_columns_where_labels_are_not_clear(tmp_path: Path) -> None:
    contract = SOURCES["attendance"]
    twice = replace(contract, columns=tuple(replace(column, label="Sama") for column in contract.columns))
    assert headings(contract) == [column.label for column in contract.columns]
    assert headings(twice) == list(contract.names)


def test_open_flags_are_offered_and_nothing_else_is_refused(tmp_path: Path) -> None:
    """Many codes, which no rule holds itself; a flag that is not among them is warned about and let in."""
    flags = [f"TI-{number:02}:1:MATERI" for number in range(40)]
    write_template(SOURCES["follow_ups"], tmp_path / "t.xlsx", rows=20, known={"flag_id": flags})
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    rules = {str(rule.sqref).split(":")[0]: rule for rule in book["Data"].data_validations.dataValidation}
    rule = rules["A2"]
    assert (rule.type, rule.errorStyle) == ("list", "warning")
    assert "ditolak" not in rule.error
    assert rule.prompt.startswith("Pilih satu dari daftar")
    column = rule.formula1.split("$")[1]
    assert [cell.value for cell in book["Pilihan"][column]] == flags
    write_template(SOURCES["follow_ups"], tmp_path / "none.xlsx", rows=20)
    assert "Pilihan" not in openpyxl.load_workbook(tmp_path / "none.xlsx").sheetnames
