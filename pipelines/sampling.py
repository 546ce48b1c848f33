"""The sample city, written by a process beside this one. Nothing here prints."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager

from pipelines.national import HEARD_SECONDS
from pipelines.progress import Progress
from schemas.said import Count, said
from warehouse.sample.city import write_sample, written_whole
from warehouse.store import Store


def write_beside(
    store: Store,
    progress: Progress,
    *,
    employees: int,
    months: int,
    seed: int,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Write the sample city into an empty landing area, with its key; what this process has to do `meanwhile` (to load Dagster) takes as
    long. Whoever ends this process ends that one, and nothing is left."""
    doing = said(
        "Writing a sample city: {employees} employees, {months} months",
        employees=Count(employees),
        months=Count(months),
    )
    with (
        written_whole(store) as draft,
        # A month's list of employees is written first of its files.
        progress.counting(doing, months, lambda: len(list(draft.landing.glob("employees/*")))),
        _worker() as pool,
    ):
        written = pool.submit(write_sample, draft.landing, employees=employees, months=months, seed=seed)
        meanwhile()
        while not written.done():
            # Not for ever, that Ctrl-C is heard.
            wait([written], HEARD_SECONDS)
        written.result()
    store.write_sample_key(seed)


@contextmanager
def _worker() -> Iterator[ProcessPoolExecutor]:
    """A process beside this one, which ends with what this one does meanwhile, however that ends."""
    with ProcessPoolExecutor(
        max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
    ) as pool:
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def _end_with_parent() -> None:
    """In a worker: end when the process that started it is gone, also where it was killed."""
    parent = multiprocessing.parent_process()

    def wait_for_end() -> None:
        if parent:
            parent.join()
        os._exit(1)

    # Whoever ends the parent by Ctrl-C ends this one by it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=wait_for_end, daemon=True).start()
