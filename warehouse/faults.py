"""One bad thing never stops the others: what fails though nobody expected it is set aside by name, and the rest goes on.

What may be wrong with a file or a row has reasons of its own (`schemas.reasons`). Here stands a fault of the program: it is
told by its kind and its place in the code, never by its message, which may repeat what a file holds.
"""

from __future__ import annotations

import errno
import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from schemas.reasons import FileRefused
from warehouse.store import Store, read_json, write_json

log = logging.getLogger("diklat.run.steps")
ROOT = Path(__file__).parents[1]
HOUSE = tuple(str(ROOT / room) + "/" for room in ("pipelines", "assets", "schemas", "warehouse"))
"""Where our own code lies."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a disk that takes no more."""
_NO_ROOM = re.compile("no space left|disk is full|disk full|quota exceeded", re.IGNORECASE)
_READ_ONLY = re.compile("read-only file system", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What was set aside."""

    what: str
    """The piece: a file, a page, a chart, an address."""
    error: str
    """Kind of the error and where in the code: `KeyError in warehouse/report/site.py:196`."""


class Faults(list[Fault]):
    """What was set aside so far. Threads may share it."""

    @contextmanager
    def aside(self, what: str) -> Iterator[None]:
        """Run the block; where it fails unexpectedly, note `what` failed and go on behind it.

        Errors of the operating system, such as a full disk, are nobody's fault and go on up.
        """
        try:
            yield
        except BaseException as error:
            if not is_fault(error):
                raise
            places = _places(error)
            log.warning("set aside: %s (%s at %s)", what, type(error).__name__, " < ".join(places))
            self.append(Fault(what, f"{type(error).__name__} in {places[0]}"))


def is_full(error: BaseException) -> bool:
    """Whether a disk takes no more. Libraries (Polars, DuckDB, SQLite) say so by their message alone."""
    return getattr(error, "errno", None) in NO_ROOM or says_full(str(error))


def says_full(message: str) -> bool:
    """Whether a message, as of a failed step, says that a disk takes no more."""
    return bool(_NO_ROOM.search(message))


def is_fault(error: BaseException) -> bool:
    """Whether an error is the program's own: not a reason that was expected, not the operating system's, no request to stop."""
    if isinstance(error, FileRefused):
        return False
    if (isinstance(error, OSError) and error.errno is not None) or is_full(error) or _READ_ONLY.search(str(error)):
        return False
    # Libraries written in Rust panic beside Exception, each with a class of its own of this name.
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _places(error: BaseException) -> list[str]:
    """Where the error arose, innermost first: our own lines, or where there is none, the library's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [frame for frame in frames if frame.filename.startswith(HOUSE)] or frames
    return [f"{frame.filename.removeprefix(f'{ROOT}/')}:{frame.lineno}" for frame in reversed(own)] or [
        "an unknown place"
    ]


def keep(store: Store, producer: str, faults: Faults) -> None:
    """Keep what a producer (`report`, `returned`) set aside until it works again; the publication shows it in
    `ops.audit_result`."""
    path = _kept(store) / f"{producer}.json"
    if faults:
        write_json(path, [asdict(fault) for fault in faults])
    else:
        path.unlink(missing_ok=True)


def kept(store: Store) -> dict[str, list[Fault]]:
    """Producer → what it set aside when it last ran."""
    return {
        path.stem: [Fault(**fault) for fault in read_json(path) or []] for path in sorted(_kept(store).glob("*.json"))
    }


def _kept(store: Store) -> Path:
    return store.build.parent / "faults"
