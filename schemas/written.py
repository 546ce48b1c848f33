"""What people write, read with its line numbers: YAML and CSV files become typed objects, or flaws in words.

A `Flaw` says which file, line and key, what was seen, what is allowed, the nearest known name, and how to mend it. What may
be written stands in the models (`schemas.city`, `schemas.profiles`, …); here is only how it is read and what a flaw is.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError, core_schema

from schemas.column import ContractError
from schemas.said import said

Location = tuple[str | int, ...]
"""The way from a file's root to an entry: keys of mappings, positions in lists."""
NATIONAL = "national"
"""How the flaws that an agency is told of begin the name of a file that is its nation's."""
TODO = re.compile(r"\bTODO\b")
"""What a drafted file holds where a person must decide."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing in a written file that is not as it must be."""

    file: str
    line: int
    """From 1; 0 where it is about the whole file."""
    key: str
    seen: str
    allowed: str = ""
    nearest: str = ""
    mend: str = ""

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.file, f"line {self.line}" if self.line else "", self.key)))
        text = "; ".join(filter(None, (self.seen, f"allowed: {self.allowed}" if self.allowed else "")))
        question = f"Did you mean {self.nearest}?" if self.nearest else ""
        return " ".join(filter(None, (f"{where}: {text}.", question, self.mend)))


class Flawed(ContractError):
    """A written file cannot be used; carries every flaw of it."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("\n".join(map(str, self.flaws)))


@dataclass(frozen=True, slots=True)
class Wrong:
    """What a rule of a model has to say about an entry, `at` from where the rule stands."""

    seen: str = ""
    """In words; empty for the value as it is written."""
    allowed: str | Sequence[str] = ""
    """In words, or the known names."""
    mend: str = ""
    at: Location = ()
    name: str = ""
    """The word that the nearest name is sought for; by default the value as it is written."""
    known: Sequence[str] = ()
    """Names of which the nearest is offered, where `allowed` does not list them."""

    @property
    def names(self) -> Sequence[str]:
        """Names of which the nearest is offered."""
        return self.known or ([] if isinstance(self.allowed, str) else self.allowed)


def wrong(*reasons: Wrong) -> PydanticCustomError:
    """The error that a validator raises: all that it found at once."""
    return PydanticCustomError("wrong", "not allowed", {"reasons": reasons})


class Written(BaseModel):
    """Base of everything that people write: no unknown entry, never changed once it is read. An entry that is left
    empty is not there."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, Mapping) else data

    def __getstate__(self) -> dict[Any, Any]:
        """What is written, without what was worked out of it meanwhile (cached properties), which another process does for itself."""
        state = super().__getstate__()
        return state | {"__dict__": {name: state["__dict__"][name] for name in type(self).model_fields}}


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class OneOf:
    """Marks a text that must be one of the names of a registry, exactly: `Annotated[Text, OneOf(SCHEMES)]`."""

    names: Iterable[str]

    def _check(self, text: str) -> str:
        if text not in self.names:
            raise wrong(Wrong(allowed=list(self.names)))
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.names)}


def nearest(name: str, names: Iterable[str]) -> str:
    """The known name that `name` most probably means; '' where it resembles none."""
    known = {one.casefold(): one for one in names}
    close = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.6)
    return known[close[0]] if close else ""


# ---------------------------------------------------------------- YAML


@dataclass(frozen=True)
class Misread:
    """A number that YAML reads otherwise than it looks: 010 is eight, 23:30 is 1410."""

    text: str
    number: int


class _Loader(yaml.SafeLoader):
    """YAML as it is, except that a number in disguise is no number, and a date that no calendar has stays text."""

    def construct_number(self, node: yaml.ScalarNode) -> int | Misread:
        number = self.construct_yaml_int(node)
        return number if str(number) == node.value else Misread(node.value, number)

    def construct_day(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)
_READ_AS = {
    "bool": said("a truth value"),
    "int": said("a number"),
    "float": said("a number"),
    "timestamp": said("a date"),
    "null": said("nothing"),
}


def _composed(text: str, loader: _Loader) -> yaml.Node | None:
    """The nodes of a text. libyaml finds them ten times as quickly; of what it does not take, PyYAML's own parser says more."""
    try:
        return cast("yaml.Node | None", yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError:
        return loader.get_single_node()


def _text(value: Any) -> Any:
    return str(value) if type(value) is int else value


Text = Annotated[
    str,
    BeforeValidator(_text),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1}),
]
"""A text of at least one letter; a plain whole number stands for its digits."""


def _day(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        with suppress(ValueError):
            return dt.date.fromisoformat(value)
    if type(value) is not dt.date:
        raise wrong(Wrong(allowed=said("a day of the calendar, YYYY-MM-DD")))
    return value


Day = Annotated[dt.date, BeforeValidator(_day)]
"""A day as YYYY-MM-DD, and no number that could be one."""


MOST_LISTED = 20
"""Of more names that are allowed none is listed where the nearest is told."""
MOST_ENTRIES = 100_000
"""Entries of a text in YAML, references written out: a few lines can stand for billions."""


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """How many entries a node has when each reference in it is written out. Raises RecursionError where one holds itself."""
    if id(node) not in known:
        inside = node.value if isinstance(node, yaml.CollectionNode) else []
        parts = [part for item in inside for part in (item if isinstance(item, tuple) else (item,))]
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]


class Document:
    """A text in YAML, with the line of each entry. Raises Flawed where it is no YAML, or leaves open what it says.

    `file` is its name in flaws, `above` the number of lines that stand above it where it is a part of a file.
    """

    def __init__(self, text: str, file: str, above: int = 0) -> None:
        self.file, self._above = file, above
        loader = _Loader(text)
        try:
            self._root = _composed(text, loader)
            if self._root is not None and (size := _written_out(self._root, {})) > MOST_ENTRIES:
                raise yaml.YAMLError(
                    f"its references (&, *) write out as {size:,} entries; allowed are {MOST_ENTRIES:,}"
                )
            flaws = list(self._doubtful(self._root))
            self.data: Any = loader.construct_document(self._root) if self._root and not flaws else {}
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise Flawed([self._broken(error.problem or str(error), text, mark.line if mark else -1)]) from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise Flawed([self._broken(str(error), text, -1)]) from error
        finally:
            loader.dispose()
        if flaws:
            raise Flawed(flaws)
        if self.data is None:
            self.data = {}

    @classmethod
    def read(cls, path: Path, file: str = "") -> Document:
        """The document in a file, which flaws call `file` (by default by its bare name)."""
        return cls(read_text(path, file or path.name), file or path.name)

    def _line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + 1 + self._above

    def _broken(self, problem: str, text: str, line: int) -> Flaw:
        if "'\\t'" in problem:
            problem, mend = said("a tab"), said("Indent with spaces.")
        else:
            mend = said("Check indentation, quotes and brackets at this line and the one above.")
        # A text that ends too early is reported behind its last line.
        return Flaw(
            self.file,
            min(line + 1, max(text.count("\n"), 1)) + self._above,
            "",
            said("no YAML: {problem}", problem=problem),
            mend=mend,
        )

    def _doubtful(self, node: yaml.Node | None, at: Location = (), seen: set[int] | None = None) -> Iterator[Flaw]:
        """Entries of which nobody can say what they mean: named by a word that is none, written twice, not filled in."""
        seen = set() if seen is None else seen
        if node is None or id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode) and TODO.search(node.value):
            yield Flaw(
                self.file,
                self._line(node),
                dotted(at),
                said("TODO not filled in: {value}", value=repr(node.value)),
                mend=said("Fill it in."),
            )
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                yield from self._doubtful(item, (*at, position), seen)
        elif isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in node.value:
                name, line = str(key.value) if isinstance(key, yaml.ScalarNode) else "", self._line(key)
                here = (*at, name)
                if _kind(key) not in ("str", "int", "merge"):
                    yield Flaw(self.file, line, dotted(here), name, said("a text as key"), mend=_quotes(key))
                elif name in lines:
                    twice = said("written twice, also in line {line}", line=lines[name])
                    yield Flaw(
                        self.file, line, dotted(here), twice, said("each key once"), mend=said("Keep one of the two.")
                    )
                lines[name] = line
                yield from self._doubtful(value, here, seen)

    def node(self, at: Location) -> tuple[yaml.Node | None, yaml.Node | None]:
        """The nodes of an entry's key (in a list: of its item) and of its value. What is not there has none of its
        own; then both are the nearest that it would stand in, and the value is None."""
        key = value = self._root
        for step in at:
            inside = value.value if isinstance(value, yaml.CollectionNode) else []
            if isinstance(value, yaml.SequenceNode) and isinstance(step, int) and step < len(inside):
                key = value = inside[step]
            elif isinstance(value, yaml.MappingNode) and (pairs := [p for p in inside if p[0].value == str(step)]):
                key, value = pairs[0]
            elif step != "[key]":
                return key, None
        return key, value

    def line(self, at: Location) -> int:
        """The line of an entry, or of the nearest one that it would stand in."""
        key, _ = self.node(at)
        return self._line(key) if key is not None else 0

    def seen(self, at: Location) -> str:
        """A value as it is written."""
        _, value = self.node(at)
        if isinstance(value, yaml.ScalarNode):
            return repr(value.value) if value.style else value.value
        return said("a list") if isinstance(value, yaml.SequenceNode) else said("entries") if value else said("nothing")

    def flaw(self, at: Location, reason: Wrong, kind: str = "") -> Flaw:
        """What a rule has to say about the entry at a place of this file; `kind` is pydantic's name of the error."""
        written = self.seen(at)
        close = nearest(reason.name or written.strip("'"), reason.names)
        mend = reason.mend or (_quotes(self.node(at)[1]) if kind == "string_type" else "")
        return Flaw(
            self.file, self.line(at), dotted(at), reason.seen or written, _listed(reason.allowed, close), close, mend
        )

    def parse(self, model: type[Model], data: Any = None, at: Location = ()) -> Model:
        """The typed content: of `data` where entries were merged into it, or of what stands `at` an entry alone. Raises
        Flawed with all that is wrong."""
        try:
            return model.model_validate(self.data if data is None else data)
        except ValidationError as error:
            flaws = [
                self.flaw((*at, *inside), reason, details["type"])
                for details in error.errors()
                for inside, reason in reasons(details, model)
            ]
            raise Flawed(sorted(flaws, key=lambda flaw: flaw.line)) from error


def _kind(node: yaml.Node) -> str:
    """What YAML takes a node for: str, bool, int, map, …"""
    return str(node.tag).rsplit(":", 1)[-1]


def _quotes(node: yaml.Node | None) -> str:
    """How to mend a bare word that YAML took for something else; '' where it did not."""
    kind = _READ_AS.get(_kind(node)) if isinstance(node, yaml.ScalarNode) else None
    if not node or not kind:
        return ""
    return said("Put quotes around it: '{value}'. Bare, YAML reads it as {kind}.", value=node.value, kind=kind)


# ---------------------------------------------------------------- CSV


@dataclass(frozen=True)
class Row:
    """One row of a CSV file: its line and its filled cells."""

    line: int
    cells: Mapping[str, str]
    surplus: int = 0
    """Cells beyond the header's."""


def read_rows(path: Path, model: type[Model], file: str = "") -> tuple[list[tuple[int, Model]], list[Flaw]]:
    """The sound rows of a CSV file, each with its line, and the flaws of the others, which call it `file` (by default by its bare name). Raises Flawed where the file as a whole
    cannot be read: no text, another delimiter, unknown columns, a quote that is never closed."""
    file = file or path.name
    sound, flaws = _rows_of(read_text(path, file), model, file)
    return [*sound], [*flaws]


@lru_cache
def _rows_of(text: str, model: type[Model], file: str) -> tuple[list[tuple[int, Model]], list[Flaw]]:
    """The same of a text. It is kept, for every step of a run asks for the same few files."""
    sound: list[tuple[int, Model]] = []
    flaws: list[Flaw] = []
    for row in _csv_rows(text, file, model):
        try:
            if row.surplus:
                raise Flawed([_too_many_cells(file, row)])
            sound.append((row.line, model.model_validate(row.cells)))
        except ValidationError as error:
            flaws += [flaw for details in error.errors() for flaw in _row_flaws(details, model, file, row)]
        except Flawed as error:
            flaws += error.flaws
    return sound, flaws


def _csv_rows(text: str, file: str, model: type[BaseModel]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    known = list(model.model_fields)
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if len(header) == 1 and re.search("[;\t|]", header[0]):
            raise Flawed(
                [
                    Flaw(
                        file,
                        1,
                        "",
                        repr(header[0]),
                        said("columns with commas between them"),
                        mend=said("Save as CSV with commas."),
                    )
                ]
            )
        strange = [name for name in header if name not in known or header.count(name) > 1]
        if strange or not header:
            raise Flawed(
                [
                    Flaw(file, 1, name, said("no column of this file") if name not in known else said("written twice"),
                         ", ".join(known), nearest(name, known))
                    for name in dict.fromkeys(strange or [""])
                ]
            )  # fmt: skip
        line = reader.line_num + 1
        for cells in reader:
            filled = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
            if filled:
                yield Row(line, filled, max(0, len(cells) - len(header)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Flawed(
            [
                Flaw(
                    file,
                    line,
                    "",
                    said("no CSV: {problem}", problem=error),
                    mend=said("Close every quote that is opened."),
                )
            ]
        ) from error


def _too_many_cells(file: str, row: Row) -> Flaw:
    return Flaw(
        file, row.line, "", said("{n} cells more than the header has", n=row.surplus), said("one cell per column"),
        mend=said('Put quotes around a cell that holds a comma ("…, …"); numbers have a decimal point: 0.30.'),
    )  # fmt: skip


def _row_flaws(details: ErrorDetails, model: type[BaseModel], file: str, row: Row) -> Iterator[Flaw]:
    for at, reason in reasons(details, model):
        cell = row.cells.get(str(at[-1]), "") if at else ""
        seen, close = (
            reason.seen or (repr(cell) if cell else said("nothing")),
            nearest(reason.name or cell, reason.names),
        )
        yield Flaw(file, row.line, dotted(at), seen, _listed(reason.allowed, close), close, reason.mend)


# ---------------------------------------------------------------- both


def read_text(path: Path, file: str) -> str:
    """The text of a file in UTF-8, with or without its mark. Raises Flawed where it is in another encoding, or not to be read."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Flawed(
            [Flaw(file, line, "", said("text that is not in UTF-8"), "UTF-8", mend=said("Save as UTF-8."))]
        ) from error
    except OSError as error:
        raise Flawed(
            [
                Flaw(
                    file,
                    0,
                    "",
                    said("cannot be read: {error}", error=error.strerror),
                    said("a file that the pipeline may read"),
                )
            ]
        ) from error


def dotted(at: Location) -> str:
    """The way to an entry in one word: `layouts[0].targets.attendance`."""
    words = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in at if step != "[key]"]
    return "".join(words).removeprefix(".")


def reasons(details: ErrorDetails, model: type[BaseModel]) -> Iterator[tuple[Location, Wrong]]:
    """(where, what) of one of pydantic's errors, in our words. An empty `seen` is the value as it is written."""
    at, kind = details["loc"], details["type"]
    if kind == "wrong":
        for reason in details["ctx"]["reasons"]:
            yield (*at, *reason.at), reason
    elif kind == "extra_forbidden":
        yield at, Wrong(said("unknown entry"), list(_entries(model, at[:-1])), name=str(at[-1]))
    elif kind == "missing":
        yield at, Wrong(said("not there"), said("an entry that must be filled in"))
    elif kind == "literal_error":
        yield at, Wrong("", list(map(str, _words(model, at))))
    elif kind in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
        yield at, Wrong("", said("entries, each `key: value`"))
    elif kind in ("list_type", "tuple_type"):
        yield at, Wrong("", said("a list: [first, second]"))
    elif kind == "string_type":
        yield at, Wrong("", said("a text"))
    elif kind == "string_too_short":
        yield at, Wrong(allowed=said("a text that is not empty"))
    else:
        yield at, Wrong("", re.sub(r"^(Input|Value) should be |^Value error, ", "", details["msg"]))


def _listed(allowed: str | Sequence[str], close: str) -> str:
    """What is allowed, in words; of many names that which is meant stands for all."""
    if isinstance(allowed, str):
        return allowed
    return "" if close and len(allowed) > MOST_LISTED else ", ".join(allowed)


def _under(kind: Any, step: str | int) -> Any:
    """The type of an entry inside a type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(step))
        return field.annotation if field else None
    origin, inside = get_origin(kind), get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return inside[1]
    if isinstance(origin, type) and issubclass(origin, Collection):
        return inside[0]
    return next((t for one in inside if (t := _under(one, step)) is not None), None)


def _leaves(kind: Any) -> Iterator[Any]:
    """The types that stand in a type, behind `Annotated` and `| None`."""
    if get_origin(kind) is Literal or not get_args(kind) or isinstance(kind, type):
        yield kind
    else:
        for one in get_args(kind):
            yield from _leaves(one)


def _type_at(model: type[BaseModel], at: Location) -> Any:
    kind: Any = model
    for step in at:
        kind = _under(kind, step)
    return kind


def _entries(model: type[BaseModel], at: Location) -> Iterator[str]:
    """The names of the entries that may stand at a place."""
    for kind in _leaves(_type_at(model, at)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from kind.model_fields


def _words(model: type[BaseModel], at: Location) -> Iterator[Any]:
    for kind in _leaves(_type_at(model, at)):
        if get_origin(kind) is Literal:
            yield from get_args(kind)
