"""A column: what it is, may hold, and is called. Everything else about columns is made of this.

Belongs here: the words of the contract language itself. Which columns there are stands in `schemas.fields` and in the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from schemas.reasons import FileRefused

if TYPE_CHECKING:
    # What only looks at files or says what is published does without it: it takes a second to load.
    import pandera.polars as pa

Type = Literal["text", "integer", "number", "boolean", "date", "timestamp"]
Privacy = Literal["public", "pseudonym", "respondent", "identifier", "free_text"]
"""public: may be published. pseudonym: a person's id, replaced at staging. respondent: the same in the separate
key space of surveys. identifier: name and the like, kept in the restricted store only. free_text: may name people, hence kept there, too."""

POLARS_TYPES: Mapping[Type, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
}
DUCKDB_TYPES: Mapping[Type, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


PANDERA_CODES: Mapping[str, str] = {"not_nullable": "MISSING"}
"""Check that pandera names itself → the code of `schemas.reasons` that says the same."""


class ValueRule(NamedTuple):
    """A rule of a column's values, in both languages in which it is asked."""

    code: str
    """Code of `schemas.reasons`."""
    check: tuple[str, Any] | None
    """For pandera: the name of its check, and what that is given; None where the schema says it by itself (`nullable`)."""
    broken: str
    """For SQL: true of a value against the rule."""


class ContractError(ValueError):
    """A contract contradicts itself or names what does not exist."""


_SHORT = {"tgl": "tanggal", "bln": "bulan", "thn": "tahun", "jml": "jumlah", "jlh": "jumlah"}
"""How headings shorten a word → the word."""
_SHORTENED = re.compile(rf"\b(?:{'|'.join(_SHORT)})\b")


@lru_cache(maxsize=100_000)
def heading(text: str) -> str:
    """A column heading as it is compared: lower case, letters and digits only, one space between words, which are written out (`Tgl`); `N I P` is a
    word."""
    words = re.sub(r"[\W_]+", " ", text).strip().casefold()
    words = _SHORTENED.sub(lambda match: _SHORT[match[0]], words)
    return words.replace(" ", "") if re.fullmatch(r"[^\W\d](?: [^\W\d])+", words) else words


SCALE = "satuan uang"
"""Fact under which stands, as a heading, that amounts below are no rupiah."""
TWICE = "sebutan berlainan"
"""Fact under which stand, as headings, the labels of lines above a table that say one thing and another."""


def check_once(labels: Iterable[str], facts: Mapping[str, str]) -> None:
    """Raise FileRefused where lines above a table say different things under one of the `labels` by which it is read: the first may be somebody else's."""
    if twice := sorted({*facts.get(TWICE, "").split("; ")} & {*labels}):
        shown = twice[0].upper() if len(twice[0]) < 5 else twice[0].capitalize()
        raise FileRefused("FILE_TWICE", f"'{shown} : ...'")


SCALED = re.compile(
    r"\bdalam (?:(?:ribu|juta|mil[iy]ar)an\b|(?:ribu|juta|mil[iy]ar) (?:rupiah|rp)\b)|\bsatuan\W+(?:rp\W*)?(?:ribu|juta|mil[iy]ar)(?:an)?\b"
    r"|\((?:x ?)?rp\.? ?(?:1?\.?000(?:\.000)?|(?:ribu|juta|mil[iy]ar)(?:an)?)\)",
    re.IGNORECASE,
)
"""What is written above amounts in thousands or millions of rupiah."""


def is_share(text: str) -> bool:
    """Whether a heading says that percentages stand below it."""
    return bool(re.search(r"[%％]|\bpersen\b", text, re.IGNORECASE))


_NOTE = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]", re.DOTALL)
_HOW = re.compile(
    r"(?:(?:skala|rentang|nilai)\W*)?\d+\s*(?:[-–]|s\.?\s*/?\s*d\.?)\s*\d+|\d+\s*(?:digit|angka)|angka|(?:wajib|harus)(?: di\s?isi)?"
    r"|(?:tanpa|pakai) (?:spasi|titik)|(?:lengkap )?(?:dengan|beserta|serta|dan|tanpa) gelar|gelar lengkap|huruf (?:kapital|besar)|(?:jika|bila|kalau) ada"
    r"|sesuai (?:sk|ktp|ijazah|sertifikat)"
    r"|(?:dd|hh|tgl|tt)[-/. ](?:mm|bb|bln)[-/. ](?:yyyy|tttt|thn|yy)|(?:yyyy|tttt|thn)[-/. ](?:mm|bb|bln)[-/. ](?:dd|hh|tgl|tt)",
    re.IGNORECASE,
)
"""What a note in a heading says of how its cells are filled in: `0-100`, `18 digit`, `wajib diisi`, `tanpa spasi`, `dengan gelar`, `dd/mm/yyyy`; none with the month first."""
_UNITS = {"%": ("",), "IDR": ("rp", "rupiah", "dalam rupiah"), "JP": ("jp", "jam pelajaran"), "people": ("orang",)}
"""Unit of a column → what a note calls it, as headings."""


def noted(text: str) -> tuple[str, str]:
    """(a heading without the note in brackets at its end, the note); the note is empty where there is none."""
    match = _NOTE.fullmatch(text.rstrip(" *\n")) if ")" in text or "]" in text else None
    return (match[1], match[2].strip()) if match else (text, "")


def says_how(note: str) -> bool:
    """Whether a note in a heading only says how its cells are filled in, whatever column it is."""
    return bool(_HOW.fullmatch(note))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: everything the product knows about it."""

    name: str
    type: Type
    description: str
    label: str
    unit: str = ""
    privacy: Privacy = "public"
    nullable: bool = False
    is_subject: bool = False
    """What the table is about: a delivery has the column, though cells of it may be empty."""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Allowed words, each with the other spellings that mean the same."""
    aliases: Sequence[str] = ()
    """Other headings under which offices send the column, beside its name and label."""
    wider: Sequence[str] = ()
    """Those of its headings that say something wider, and mean the column only where no nearer one stands beside them."""
    vague: Sequence[str] = ()
    """Further headings that are wider, and in a line above the table are about the list and say nothing of its rows (`Tanggal`, `Kegiatan`)."""
    codes: str = ""
    """Of a column of names: that of their codes, whose wider headings (`OPD`) mean the names where a code (`Kode`) stands beside them."""
    broad: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Words that people write and that cover several of `values` → those: which one is meant is not guessed."""
    reader: Literal[
        "",
        "capitals",
        "class",
        "code",
        "flag",
        "grade",
        "ordinal",
        "presence",
        "regime",
        "remark",
        "session",
        "unit",
        "version",
    ] = ""
    """A way of writing that needs more than a list of words (`remark`: one of them, with anything in brackets behind it; `capitals`: any words; `code`: with
    what it stands for behind it; `class`, `flag`, `version`, `regime`: codes of these): see `warehouse.delivery.cells.values`, `codes` and `grades`, and of
    `presence` the module of that name."""
    ends: str | None = None
    """Of a last day: the column of the first one, whose text may tell both (`1 s.d. 5 Oktober 2026`)."""
    blank: str | None = None
    """The word that an empty cell stands for (an unsigned attendance cell is unknown, not absent)."""
    unsaid: Sequence[str] = ()
    """Words that say that there is nothing to say yet (`belum`), in small letters: the cell is empty."""
    is_deadline: bool = False
    """Of a day: where a month or a quarter is named, its last day is meant."""
    is_of_row: bool = False
    """It is said of each row: a line above the table says it of none, such as the hours of the class above a list of who came."""
    minimum: float | None = None
    maximum: float | None = None
    references: str | None = None
    """Table whose column of the same role this one points at, as `layer.table` or a source's name."""
    is_past: bool = False
    """Of a day or moment: it tells what has happened, so that one behind the month of its delivery is worth a warning."""
    share_of: Sequence[str] = ()
    """Of a share: numerator and denominator, as SQL over the table's columns. The audits hold the share to them: empty
    where there is no denominator, else exactly their quotient."""

    @property
    def choices(self) -> list[str]:
        """The words that a sender may choose from: the one that an empty cell stands for is not written."""
        return [word for word in self.values if word != self.blank]

    @property
    def is_code(self) -> bool:
        """Whether the column holds codes that somebody gave, and that are never dates."""
        is_name = self.references is not None or self.name.endswith(("_id", "_code"))
        return self.type == "text" and is_name and self.privacy != "respondent"

    def explains(self, note: str) -> bool:
        """Whether a note in the column's heading only says how it is filled in, or in its own unit or words (`H/I/S/A`)."""
        words = {heading(word) for value in self.values for word in (value, *self.values[value])}
        return bool(
            says_how(note)
            or heading(note) in _UNITS.get(self.unit, ())
            or (words and words.issuperset(map(heading, re.split(r"[/,;|]", note))))
        )

    def rules(self) -> Iterator[ValueRule]:
        """The column's rules. A value that is empty is against none but the first."""
        if not self.nullable:
            # To pandera and Polars an undefined number is no number either.
            undefined = f" or isnan({self.name})" if self.type == "number" else ""
            yield ValueRule("MISSING", None, f"{self.name} is null{undefined}")
        if self.values:
            words = ", ".join("'" + word.replace("'", "''") + "'" for word in self.values)
            yield ValueRule("NOT_ALLOWED", ("isin", list(self.values)), f"{self.name} not in ({words})")
        if self.minimum is not None:
            yield ValueRule("TOO_SMALL", ("ge", self.minimum), f"{self.name} < {self.minimum}")
        if self.maximum is not None:
            yield ValueRule("TOO_LARGE", ("le", self.maximum), f"{self.name} > {self.maximum}")

    def checks(self) -> list[pa.Check]:
        """The column's rules as pandera checks; each `error` is a code of `schemas.reasons`."""
        import pandera.polars as pa

        checks = [(rule.code, *rule.check) for rule in self.rules() if rule.check is not None]
        return [getattr(pa.Check, name)(given, error=code) for code, name, given in checks]

    def pandera(self) -> pa.Column:
        """The pandera column; `title` is the label, `metadata` carries unit and privacy class."""
        import pandera.polars as pa

        return pa.Column(
            POLARS_TYPES[self.type],
            checks=self.checks(),
            nullable=self.nullable,
            title=self.label,
            description=self.description,
            metadata={"unit": self.unit, "privacy": self.privacy},
        )
