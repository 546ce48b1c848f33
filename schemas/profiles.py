"""Layout profiles: how a file that is not ours maps onto our sources. A new layout is a new YAML file, never code.

A profile lists `layouts`; a layout is picked by the columns its `header` names, and has `targets`: source → mapping.
Values are SQL expressions over the file's text columns (the polars SQL dialect), with these columns beside them:
`_file` (name without ending), `_sha` (12 hex digits of the content), `_row` (row number), `_month` and `_month_end` (of
the folder), `_row_period` and `_row_month` (what a column `Periode`, `Bulan` or `Triwulan` says of the row, and the month of its `Tanggal`), `_sheet`, `_scale_min` and `_scale_max` (of the codebook), and in unpivoted rows `value`, `_heading` (the column's heading),
`_nth` (its number, from 1), `_presence_share` (the policy's share of a meeting from which somebody was there) and `_session` (the session or day that the column is about: see `warehouse.delivery.sheets.session`). `extends` takes over a shipped profile, of which single entries are changed.
`{{name}}` stands for an entry of `vocabulary.yaml`, beside the profiles. docs/extending.md explains every entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from schemas.bilingual import english, indonesian
from schemas.column import SCALE, check_once, heading, is_share, noted, says_how
from schemas.identity import SCHEMES
from schemas.identity.nip import OF_BOTH, OF_PNS, OF_PPPK
from schemas.reasons import FileRefused
from schemas.said import said
from schemas.sources import SOURCES
from schemas.written import NATIONAL, Document, Flaw, Flawed, OneOf, Text, Written, Wrong, wrong

SHIPPED = Path(__file__).parent / "profiles"
NAMES = tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))
"""The shipped profiles."""
VOCABULARY = SHIPPED.parent / "vocabulary.yaml"
"""Words of which patterns are made."""

Dates = Literal["dmy", "mdy", "proven"]
"""Order of day and month where the column's values do not prove it; with `proven` they must."""
Scheme = Annotated[Text, OneOf(tuple(SCHEMES))]
"""Name of an id scheme."""
Whole = Annotated[int, Field(strict=True)]


def _patterns(unpivot: Mapping[str, Any]) -> Mapping[str, Any]:
    flaws = []
    for name in unpivot:
        try:
            if name.startswith("/") and not (len(name) > 2 and name.endswith("/")):
                raise re.error("it begins with a slash and does not end with one")
            re.compile(name.strip("/"))
        except re.error as error:
            flaws.append(Wrong(said("no pattern: {error}", error=error), said("/a regular expression/"), at=(name,)))
    if flaws:
        raise wrong(*flaws)
    return unpivot


def _pattern(text: str) -> str:
    _patterns({text: None})
    return text


def _headings(names: tuple[str, ...]) -> tuple[str, ...]:
    known: dict[str, str] = {}
    flaws = []
    for position, name in enumerate(names):
        if known.setdefault(heading(name), name) != name or names.index(name) != position:
            flaws.append(
                Wrong(
                    said("the same heading as {name}", name=repr(known[heading(name)])),
                    said("each heading once"),
                    at=(position,),
                )
            )
    if flaws:
        raise wrong(*flaws)
    return names


def _or_none(value: Any) -> Any:
    return {} if value is None else value


Headings = Annotated[tuple[Text, ...], AfterValidator(_headings)]


class Lookup(Written):
    """Another file of the same folder whose columns are added to each row where column `by` is equal."""

    file: Annotated[Text, Field(pattern=r"^[^/\\]+$")]
    by: Text


class Target(Written):
    """How one source is made of the layout's rows."""

    select: Mapping[Text, Text] = Field(default_factory=dict)
    """Source column → SQL expression; columns left out are null."""
    where: Text | None = None
    """Rows for which this SQL condition does not hold are not about the source; of unpivoted rows it may ask about `value`."""
    unpivot: Annotated[
        Mapping[Text, Annotated[Mapping[Text, Text], BeforeValidator(_or_none)]], AfterValidator(_patterns)
    ] = Field(default_factory=dict)
    """Wide to long: heading of a value column, or a /pattern/ whose named groups become text columns → further text
    columns for its rows."""
    without: Annotated[Text, AfterValidator(_pattern)] | None = None
    """/A pattern/ of headings that are no value columns, though an entry of `unpivot` would have them."""
    at_least: Annotated[Whole, Field(ge=1)] = 1
    """Value columns that a header must have before it is this layout's."""
    query: Text | None = None
    """Instead of all others: a DuckDB SELECT over the whole file as table `rows`, for layouts that must be counted
    together (taps of a fingerprint reader). Returns the source's columns and `_row`."""

    @model_validator(mode="after")
    def _alone(self) -> Self:
        if self.query and (others := self.model_fields_set - {"query"}):
            raise wrong(
                *(Wrong(said("beside a query"), said("the query alone"), at=(name,)) for name in sorted(others))
            )
        return self

    @cached_property
    def groups(self) -> frozenset[str]:
        """Every text column that the value columns' entries and patterns can give."""
        named = {name for wanted in self.unpivot for name in re.findall(r"\(\?P<(\w+)>", wanted)}
        return frozenset(named.union(*(more.keys() for more in self.unpivot.values())))

    def value_columns(self, header: Sequence[str]) -> list[tuple[str, dict[str, str | None]]]:
        """(column of the file, text columns for its rows) of every value column that the header has, in order."""
        found = [(name, dict(more)) for name in header if (more := self._of(name)) is not None]
        return [(name, more) for name, more in found if not self._is_without(name)]

    def left_out(self, header: Sequence[str]) -> list[str]:
        """The columns of the file that would be value columns, if their headings did not say otherwise."""
        return [name for name in header if self._is_without(name) and self._of(name) is not None]

    def _is_without(self, name: str) -> bool:
        return self._without is not None and self._without.fullmatch(" ".join(name.split())) is not None

    @cached_property
    def _without(self) -> re.Pattern[str] | None:
        return re.compile(self.without.strip("/"), re.IGNORECASE) if self.without else None

    @cached_property
    def _of(self) -> Callable[[str], Mapping[str, str | None] | None]:
        # The rows of a file that nobody knows are asked as headers, one by one and in many ways.
        return lru_cache(maxsize=1_000)(self._value_column)

    def _value_column(self, name: str) -> Mapping[str, str | None] | None:
        shown = " ".join(name.split())
        # Forms number their questions: "1. Materi …". Headings may stand in two languages; one that does not keeps its marks.
        ours = indonesian(shown)
        ours = shown if ours == heading(shown) else ours
        for text in dict.fromkeys((shown, re.sub(r"^\d{1,2}[.)] (?=[^\W\d])", "", shown), ours, *english(shown))):
            for wanted, more in self._wanted:
                if isinstance(wanted, str):
                    if heading(text) == wanted:
                        return more
                elif match := wanted.fullmatch(text):
                    return {**more, **match.groupdict()}
        return None

    @cached_property
    def _wanted(self) -> Sequence[tuple[str | re.Pattern[str], Mapping[str, str]]]:
        return [
            (re.compile(name[1:-1], re.IGNORECASE) if name.startswith("/") else heading(name), more)
            for name, more in self.unpivot.items()
        ]


class Codebook(Written):
    """The words of a form's answers and the scores that they stand for; never inferred from the answers."""

    scale: tuple[Whole, Whole]
    words: Mapping[Text, Whole]

    @model_validator(mode="after")
    def _on_the_scale(self) -> Self:
        low, high = self.scale
        if low >= high:
            raise wrong(
                Wrong(
                    said("{low} to {high}", low=low, high=high),
                    said("a scale whose top is above its bottom"),
                    at=("scale",),
                )
            )
        off = [word for word, score in self.words.items() if not low <= score <= high]
        if off:
            raise wrong(
                *(
                    Wrong(allowed=said("a score from {low} to {high}", low=low, high=high), at=("words", word))
                    for word in off
                )
            )
        return self

    def read(self, answer: str) -> str:
        """The score of an answer (`4`, `Sangat Setuju`, `4 - Sangat Setuju`, `d. Sangat Setuju`) as text; other answers are left as they are."""
        known = {heading(word): score for word, score in self.words.items()}
        match = re.fullmatch(r"(\d+)\s*(?:[-–.:=)]\s*)?(.*)", answer.strip())
        number, word = (match[1], match[2]) if match else ("", answer)
        # The letter of a choice on paper says nothing of its grade.
        word = re.sub(r"^[a-e]\s?[.)]\s*(?=\S)", "", word.strip(), flags=re.IGNORECASE)
        score = known.get(heading(word)) if word else int(number or -1)
        low, high = self.scale
        sound = score is not None and low <= score <= high and (not number or int(number) == score)
        return str(score) if sound else answer


def _for_editors(schema: dict[str, Any]) -> None:
    """Tell editors the sources, and the columns of each."""
    target = schema.pop("additionalProperties")
    schema["additionalProperties"] = False
    schema["properties"] = {
        name: {"allOf": [target, {"properties": {"select": {"propertyNames": {"enum": list(contract.names)}}}}]}
        for name, contract in SOURCES.items()
    }


class LayoutEntry(Written):
    """One kind of file, as a profile writes it. A layout without targets is known and serves others as a lookup."""

    header: Annotated[Headings, Field(min_length=1)]
    """Columns that tell the layout."""
    aliases: Mapping[Text, Text] = Field(default_factory=dict)
    """The file's heading → the name used here."""
    optional: Headings = ()
    """Columns, and facts, that may be missing; they are empty then."""
    facts: Mapping[Text, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Name used here → labels of a line that stands above the table (`Kode Kelas : …`)."""
    codebook: Codebook | None = None
    """This layout's own, instead of the profile's."""
    dates: Dates | None = None
    """This layout's own, instead of the profile's."""
    id_scheme: Scheme | None = None
    """This layout's own, instead of the profile's."""
    lookup: Lookup | None = None
    targets: Mapping[Text, Target] = Field(default_factory=dict, json_schema_extra=_for_editors)
    """Source → how it is made."""

    @field_validator("targets")
    @classmethod
    def _complete(cls, targets: Mapping[str, Target]) -> Mapping[str, Target]:
        if flaws := [flaw for source, target in targets.items() for flaw in _lacking(source, target)]:
            raise wrong(*flaws)
        return targets


def _lacking(source: str, target: Target) -> Iterator[Wrong]:
    """What a target has to do with its source: it must be one, have the columns, and get those that may not be empty."""
    contract = SOURCES.get(source)
    if contract is None:
        yield Wrong(said("no source"), list(SOURCES), at=(source,), name=source)
        return
    for column in set(target.select) - set(contract.names):
        yield Wrong(
            said("no column of {source}", source=source), contract.names, at=(source, "select", column), name=column
        )
    if target.query is None:
        # A column with a word for its empty cell is filled by leaving it out.
        needed = [column.name for column in contract.columns if not column.nullable and column.blank is None]
        for column in needed:
            if column not in target.select:
                mend = said(
                    "Say what {column} is made of: {about}", column=column, about=contract.column(column).description
                )
                yield Wrong(
                    said("not there"),
                    said("all of {names}", names=", ".join(needed)),
                    mend,
                    at=(source, "select", column),
                )


class Layout(LayoutEntry):
    """One kind of file, with what its profile says of all its layouts."""

    profile: Text
    missing: tuple[Text, ...] = ()
    """Words that stand for a missing value."""
    dates: Dates = "dmy"
    id_scheme: Scheme = "nip"
    """`nip`, or `opaque`: any code, kept apart from other profiles' codes."""

    def names(self, header: Sequence[str]) -> dict[str, str]:
        """Column of the file → the name used here, for the columns that are known by one."""
        found = {name: meant for name in header if (meant := self._meant(name)) is not None}
        said = {meant for name, meant in found.items() if heading(name) in self._known}
        return {name: meant for name, meant in found.items() if heading(name) in self._known or meant not in said}

    @cached_property
    def _meant(self) -> Callable[[str], str | None]:
        # The rows of a file that nobody knows are asked as headers, one by one and in many ways.
        return lru_cache(maxsize=1_000)(self._name_of)

    def _name_of(self, text: str) -> str | None:
        """The name of the column under a heading: by what it says, in one language or two, or by that without a note of how the column is filled in; or
        in English alone, where it can mean but one of the layout's."""
        bare, note = noted(text)
        found = self._known.get(heading(text)) or self._known.get(indonesian(text))
        found = found or (self._known.get(heading(bare)) if says_how(note) else None)
        if found is None:
            meant = {self._known[word] for word in english(text) if word in self._known}
            found = meant.pop() if len(meant) == 1 else None
        return None if found in self._amounts and is_share(text) else found

    @cached_property
    def _amounts(self) -> frozenset[str]:
        """The names that columns in rupiah are made of: a heading of percentages is none of them."""
        targets = [(SOURCES[source], target) for source, target in self.targets.items()]
        made = [
            text
            for contract, target in targets
            for column, text in target.select.items()
            if contract.column(column).unit == "IDR"
        ]
        return frozenset(
            name
            for name in self._known.values()
            if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for text in made)
        )

    @cached_property
    def _known(self) -> Mapping[str, str]:
        known = {heading(name): name for name in (*self.header, *self.optional)}
        known |= {heading(seen): name for seen, name in self.aliases.items()}
        number = known.get(heading(OF_PNS[0]))
        further = dict.fromkeys(map(heading, (*OF_PNS, *OF_PPPK, *OF_BOTH)), number) if number else {}
        return {seen: name for seen, name in further.items() if name} | known

    def found_facts(self, facts: Mapping[str, str]) -> dict[str, str | None]:
        """Name used here → what stands above the table."""
        return {
            name: next((facts[heading(label)] for label in labels if heading(label) in facts), None)
            for name, labels in self.facts.items()
        }

    def accepts(self, header: Sequence[str], facts: Mapping[str, str]) -> int:
        """How many columns of a header are recognised; 0 where a file with this header has another layout.

        Raises FileRefused where the header fits, but a line that must stand above the table is missing.
        """
        names = self.names(header)
        if len(set(names.values())) != len(names) or not set(self.header) <= set(names.values()):
            return 0
        # Of several groups of columns (a quarter each) only the first would be read.
        twice = [name for name, meant in names.items() if meant in self.header and header.count(name) > 1]
        targets = [target for target in self.targets.values() if target.unpivot]
        values = [target.value_columns(header) for target in targets]
        if any(len(columns) < target.at_least for target, columns in zip(targets, values, strict=True)):
            return 0
        if twice:
            raise FileRefused("FILE_COLUMNS", f"Several columns are called {twice[0]!r}: only one of them may be.")
        if SCALE in facts and self._amounts & {
            *names.values(),
            *(name for name, value in self.found_facts(facts).items() if value),
        }:
            raise FileRefused("FILE_UNITS", f"{facts[SCALE]!r}.")
        lacking = [name for name, value in self.found_facts(facts).items() if value is None]
        needed = [name for name in lacking if name not in self.optional]
        if lost := [self.facts[name][0] for name in needed]:
            # What is a column already need not stand above the table: that is another layout.
            labels = {heading(label) for name in needed for label in self.facts[name]}
            if labels & (set(map(heading, header)) - set(map(heading, self.header))):
                return 0
            raise FileRefused("FILE_FACTS", "; ".join(f"'{label} : ...'" for label in lost))
        read = [labels for name, labels in self.facts.items() if name not in names.values()]
        check_once(filter(None, (next(filter(facts.__contains__, map(heading, labels)), "") for labels in read)), facts)
        return len(names) + max(map(len, values), default=0)

    @cached_property
    def signature(self) -> str:
        """Text that changes whenever the reading of a file would."""
        return self.model_dump_json()


class Profile(Written):
    """A profile file."""

    extends: Annotated[Text, OneOf(NAMES)] | None = None
    """A shipped profile, of which the entries given here are changed."""
    id_scheme: Scheme = "nip"
    missing: tuple[Text, ...] = ()
    """Words that stand for "nothing here", beside `-`, `–`, `N/A`."""
    dates: Dates = "dmy"
    codebook: Codebook | None = None
    layouts: tuple[LayoutEntry, ...] = ()

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.layouts:
            raise wrong(Wrong(said("not there"), said("at least one layout"), at=("layouts",)))
        return self

    def named(self, name: str) -> tuple[Layout, ...]:
        """The layouts of the profile called `name`, each with what the profile says of all."""
        return tuple(
            Layout(
                **dict(entry)
                | {"profile": name, "missing": self.missing}
                | {"codebook": entry.codebook or self.codebook, "dates": entry.dates or self.dates}
                | {"id_scheme": entry.id_scheme or self.id_scheme}
            )
            for entry in self.layouts
        )


Rules = Callable[[Sequence[Layout]], Iterable[Wrong]]
"""What else the layouts of a profile must keep; `at` counts from the profile's root."""


def no_rules(layouts: Sequence[Layout]) -> Iterable[Wrong]:
    """Nothing else."""
    return ()


_NAMED = re.compile(r"\{\{(\w+)\}\}")


@cache
def vocabulary() -> Mapping[str, str]:
    """The entries of `VOCABULARY`, written out: a list as any of its words."""
    known: dict[str, str] = {}
    for name, words in Document.read(VOCABULARY).data.items():
        known[name] = _written_out("|".join([words] if isinstance(words, str) else words), known)
    return known


def _written_out(data: Any, known: Mapping[str, str]) -> Any:
    """What a profile says, each `{{name}}` replaced by the entry of that name."""
    if isinstance(data, dict):
        return {_written_out(name, known): _written_out(value, known) for name, value in data.items()}
    if isinstance(data, list):
        return [_written_out(item, known) for item in data]
    return _NAMED.sub(lambda match: known[match[1]], data) if isinstance(data, str) else data


def _unknown(data: Any, at: tuple[str | int, ...] = ()) -> Iterator[Wrong]:
    """The names that the vocabulary does not have."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        for text in (key, value):
            for name in _NAMED.findall(text) if isinstance(text, str) else ():
                if name not in vocabulary():
                    yield Wrong(f"{{{{{name}}}}}", tuple(vocabulary()), at=(*at, key), name=name)
        yield from _unknown(value, (*at, key))


def load(path: Path, rules: Rules = no_rules, file: str = "") -> tuple[Layout, ...]:
    """The layouts of one profile file, which flaws call `file`. Raises Flawed with all that is wrong in it."""
    file = file or f"profiles/{path.name}"
    if path.suffix != ".yaml":
        raise Flawed([Flaw(file, 0, "", said("not read"), said("names that end in .yaml"), mend=said("Rename it."))])
    document = Document.read(path, file)
    data = document.data
    while isinstance(data, dict) and (base := data.get("extends")):
        if base not in NAMES:
            raise Flawed([document.flaw(("extends",), Wrong(allowed=NAMES))])
        own = {key: value for key, value in data.items() if key != "extends" and value is not None}
        data = Document.read(SHIPPED / f"{base}.yaml").data | own
    if flaws := [document.flaw(reason.at, reason) for reason in _unknown(data)]:
        raise Flawed(flaws)
    layouts = document.parse(Profile, _written_out(data, vocabulary())).named(path.stem)
    if flaws := [document.flaw(reason.at, reason) for reason in rules(layouts)]:
        raise Flawed(flaws)
    return layouts


@cache
def _load(path: Path, rules: Rules, file: str, stamp: tuple[int, ...]) -> tuple[tuple[Layout, ...], tuple[Flaw, ...]]:
    """`load`, once per state of the file: its layouts, or its flaws."""
    try:
        return load(path, rules, file), ()
    except Flawed as error:
        return (), error.flaws
    except OSError:
        raise
    except Exception as error:  # what nobody expected of a profile costs that profile alone
        seen = f"the program failed at it ({type(error).__name__})"
        mend = "Tell whoever looks after the program; until then leave the profile out."
        return (), (Flaw(file, 0, "", seen, "a profile", mend=mend),)


@cache
def shipped_profiles() -> Mapping[str, tuple[Layout, ...]]:
    """The shipped profiles by name."""
    return {name: load(SHIPPED / f"{name}.yaml") for name in NAMES}


@dataclass(frozen=True)
class Profiles:
    """Every profile by name, and what is wrong with those that cannot be used."""

    layouts: Mapping[str, tuple[Layout, ...]]
    """The sound ones."""
    broken: Mapping[str, tuple[Flaw, ...]]
    """The city's own that are set aside, each by itself."""
    replaced: Mapping[str, tuple[Layout, ...]]
    """Those that a broken one of the same name replaces: nothing is read by them, and what they know waits."""
    own: frozenset[str]
    """Names of the city's own among the sound ones: where they know a file as well as a shipped one, they read it."""


def profiles(own: Path, *further: Path, rules: Rules = no_rules) -> Profiles:
    """Every profile: the shipped ones, those of the `further` folders (the nation's), and the city's own in the folder `own`; each wins over
    those of the same name that were said before, and must keep `rules`, too. One that is broken stands in no other's way."""
    layouts = dict(shipped_profiles())
    own_names: set[str] = set()
    broken: dict[str, tuple[Flaw, ...]] = {}
    for folder in (*reversed(further), own):
        for path in sorted(folder.glob("*.y*ml")):
            status = path.stat()
            file = f"{'' if folder == own else f'{NATIONAL} '}profiles/{path.name}"
            known, flaws = _load(path, rules, file, (status.st_mtime_ns, status.st_ctime_ns, status.st_size))
            # Beside a .yaml file of the same name another ending is a profile of nobody's.
            name = path.stem if not path.with_suffix(".yaml").exists() or path.suffix == ".yaml" else path.name
            if flaws:
                broken[name] = flaws
            else:
                broken.pop(name, None)
                layouts[name] = known
                own_names.add(name)
    return Profiles(
        {name: layouts[name] for name in layouts if name not in broken},
        broken,
        {name: known for name, known in layouts.items() if name in broken},
        frozenset(own_names - broken.keys()),
    )
