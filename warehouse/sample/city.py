"""A sample city: the files that its offices would send, and what is planted in them.

Belongs here: writing a whole city, in the layout of `landing/<source>/<YYYY-MM>/`, with known truth.
Does not belong here: reading it. Nothing in this package is used when real files are read.

A city is as hard as a real one: most people never come and some come often, classes of three beside classes of forty,
answers that hang together, training whose effects mix, files as people make them. Four steps make it: `world` (who and what there
is), `courses` (who is trained in what, and what it changes), `answers` and `deliveries` (what people say and what offices
deliver), `files` (how they write it). `truth` says what is planted, so that findings can be marked right or wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.sample.answers import plan_observations
from warehouse.sample.courses import City, plan_city
from warehouse.sample.deliveries import SOURCES
from warehouse.sample.files import Landing, odd_files, without_carried
from warehouse.sample.truth import describe_truth
from warehouse.sample.world import Row, plan_world
from warehouse.store import Store, write_json

LEAST_EMPLOYEES, LEAST_MONTHS = 200, 3


@contextmanager
def written_whole(store: Store) -> Iterator[Store]:
    """A draft of a data root: what the block writes comes into `store` when it ends well, and is nowhere when it does not. Half a city would be
    read as a whole one, and nobody could write the other half. The caller holds the writer's lock."""
    draft = Store(store.home / "build" / ".sample.tmp")
    shutil.rmtree(draft.home, ignore_errors=True)
    draft.landing.mkdir(parents=True)
    try:
        yield draft
        for path in draft.home.iterdir():
            target = store.landing if path == draft.landing else store.home / path.name
            if path.is_dir():
                shutil.copytree(path, target, copy_function=shutil.move, dirs_exist_ok=True)
            else:
                shutil.move(path, target)
    finally:
        shutil.rmtree(draft.home, ignore_errors=True)


def write_sample(
    landing: Path,
    *,
    employees: int = 22_000,
    months: int = 24,
    seed: int = 2026,
    end_month: str = "2026-10",
    progress: Callable[[str], None] | None = None,
) -> Row:
    """Write the deliveries of a sample city below `landing` and `truth.json` beside it; return the truth.

    `employees` is the headcount of the first month, `end_month` the last of the `months` months (YYYY-MM).
    The same arguments write the same bytes; the clock is never read. Files of other names are left alone.
    Raises ValueError below 200 employees or 3 months, where what is planted would not show.
    """
    if employees < LEAST_EMPLOYEES or months < LEAST_MONTHS:
        raise ValueError(
            f"A sample city needs at least {LEAST_EMPLOYEES} employees and {LEAST_MONTHS} months, not {employees} and "
            f"{months}: with fewer, what is planted cannot be found again."
        )
    city = invent_city(employees, months, seed, end_month)
    out = Landing(landing, city.world.rng(1))
    for month, name in enumerate(map(str, city.world.months)):
        frames = {source: make(city, month) for source, (_, make) in SOURCES.items()}
        odd = list(odd_files(city, month, frames))
        for source, (stem, _) in SOURCES.items():
            out.write(source, name, stem, without_carried(source, frames[source], odd))
        for file in odd:
            out.write_odd(file, name)
        if progress:
            progress(f"{name}: {out.n_rows.total():,} rows so far")
    truth = describe_truth(city) | {
        "arguments": {"employees": employees, "months": months, "seed": seed, "end_month": end_month},
        "rows": dict(sorted(out.n_rows.items())),
        "planted_defects": out.defects,
        "files": out.files,
    }
    write_json(landing.parent / "truth.json", truth)
    return truth


def invent_city(employees: int, months: int, seed: int, end_month: str) -> City:
    """Decide on everything; nothing is written."""
    city = plan_city(plan_world(employees, months, seed, end_month), employees)
    city.observations = plan_observations(city)
    return city
