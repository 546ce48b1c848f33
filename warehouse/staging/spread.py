"""Months read by whoever has room, such as a cluster's executors: each month by the very reader of one machine, in a folder that all of them see.

What a reading may look at (`Recipe`) lies in a note in the restricted area, which the executors' user may read, so that neither the pseudonyms'
key nor a name travels with the task. The note is the month's lock, too: a task that is tried again while the one before still runs, or one whose
run has ended, never writes beside another; and where there is no note any more, there is nothing to do.
"""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from schemas.sources import SOURCES
from warehouse.code import code_version, library_versions
from warehouse.staging.recipe import CODE, LIBRARIES, Recipe
from warehouse.store import OTHERS, Store, atomic

if TYPE_CHECKING:
    from warehouse.staging.report import FileReport


class Each(Protocol):
    """Calls a function with each number below `n`, each call wherever there is room; what they say, in the order of the numbers."""

    def __call__(self, function: Callable[[int], str], n: int) -> Sequence[str]:
        """See the class."""
        ...


class OtherEdition(Exception):
    """Who was to read months has other code, or other libraries, than who asks; the message says which."""


def read_months_spread(store: Store, recipes: Sequence[Recipe], each: Each) -> Iterator[tuple[str, list[FileReport]]]:
    """Read several months, each wherever there is room; (month, what became of its files) in the order of the recipes, once all are read.

    Raises OSError where a disk did not take a month, and OtherEdition.
    """
    from warehouse.staging.report import FileReport  # takes long to load for who has nothing but notes to clear

    clear(store)
    run = secrets.token_hex(8)
    try:
        for number, recipe in enumerate(recipes):
            with atomic(_notes(store) / f"{run}-{number}") as note:
                note.write_bytes(_noted(recipe))
        told = [json.loads(text) for text in each(partial(_read, str(store.home), run), len(recipes))]
    finally:
        clear(store)
    for answer in told:
        if "edition" in answer:
            raise OtherEdition(answer["edition"])
        if "errno" in answer:
            raise OSError(*answer["errno"])
    for recipe, answer in zip(recipes, told, strict=True):
        yield recipe.month, [FileReport(**report) for report in answer["reports"]]


def clear(store: Store) -> None:
    """Take away the notes of a run that has ended. Where a month is still being read, it is waited for: whatever executors a killed run has left
    behind finish the month that they read, and begin no other."""
    for path in sorted(_notes(store).glob("[!.]*")):
        with _held(path):
            path.unlink(missing_ok=True)


def _read(home: str, run: str, number: int) -> str:
    """Read the month of a note; what became of its files, or why it could not be read, as JSON."""
    from warehouse.staging.month import read_month

    os.umask(OTHERS)
    store = Store(Path(home))
    with _held(_notes(store) / f"{run}-{number}") as note:
        if note is None:
            return json.dumps({"reports": []})  # nobody hears it
        recipe = _recipe(note)
        if other := _otherwise(recipe):
            return json.dumps({"edition": f"{recipe.contract.name} {recipe.month}: {other}"})
        try:
            return json.dumps({"reports": [asdict(report) for report in read_month(store, recipe)]})
        except OSError as error:
            if error.errno is None:
                raise
            return json.dumps({"errno": [error.errno, error.strerror, error.filename and str(error.filename)]})


def _otherwise(recipe: Recipe) -> str:
    """What of this process would read otherwise than the recipe says; nothing where all is equal."""
    here = library_versions(*LIBRARIES)
    other = [
        f"{name} {here[name]} instead of {wanted}" for name, wanted in recipe.libraries.items() if here[name] != wanted
    ]
    return ", ".join(["another edition of this program"] * (code_version(*CODE) != recipe.code) + other)


def _noted(recipe: Recipe) -> bytes:
    said = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    # A contract is code, which whoever reads has, too.
    return pickle.dumps(said | {"contract": recipe.contract.name})


def _recipe(note: IO[bytes]) -> Recipe:
    said = pickle.load(note)
    return Recipe(**said | {"contract": SOURCES[said["contract"]]})


def _notes(store: Store) -> Path:
    return store.restricted / "reading"


@contextmanager
def _held(path: Path) -> Iterator[IO[bytes] | None]:
    """A note while nobody else has it; None where it is gone, be it while it was waited for."""
    try:
        note = path.open("r+b")  # a network's file is locked only where it may be written
    except FileNotFoundError:
        yield None
        return
    with note:
        fcntl.flock(note, fcntl.LOCK_EX)
        yield note if os.fstat(note.fileno()).st_nlink else None
