"""What the report made before: a page is not made again while all that it is made of is as it was.

The file is a help and nothing else. It lies in the disposable build folder, which goes when a person is forgotten; each entry is
verified when it is read, and a file that is damaged, missing, read-only or on a full disk costs time and never a report.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import pickle
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from warehouse.code import code_version, library_versions

log = logging.getLogger("diklat.run.steps")
TABLE = "create table if not exists made (key blob primary key, sha256 blob, content blob, version text) without rowid"


class Cache:
    """Texts by a digest of what they are made of, in a SQLite file; without a file each is made anew.

    An entry names the last version that used it, and is dropped once that is none of `versions`, those that are published and kept.
    """

    def __init__(self, file: Path | None = None, versions: Collection[str] = ()) -> None:
        self.file, self.versions = file, versions
        self._used: set[bytes] = set()
        self._new: dict[bytes, bytes] = {}
        self._connection: sqlite3.Connection | None = None
        if file is not None:
            with self._harmless(file):
                self._connection = _opened(file)

    def text(self, make: Callable[[], str], *made_of: Any) -> str:
        """What `make` gives, or gave when it was last asked to make a text of the same. `made_of` is plain data, and decides all
        of the text beside the program and its libraries."""
        if self.file is None:
            return make()
        key = hashlib.sha256(pickle.dumps([_program(), *made_of], protocol=5)).digest()
        content = self._kept(self.file, key)
        if content is not None:
            self._used.add(key)
            return zlib.decompress(content).decode()
        text = make()
        self._new[key] = zlib.compress(text.encode(), 1)
        return text

    def _kept(self, file: Path, key: bytes) -> bytes | None:
        with self._harmless(file):
            query = "select sha256, content from made where key = ?"
            for sha256, content in self._connection.execute(query, [key]) if self._connection else ():
                if isinstance(content, bytes) and sha256 == _sealed(key, content):
                    return content
        return None

    def keep(self, version: str) -> None:
        """Keep for the next report what this one, of `version`, used; drop what no kept version uses."""
        if self.file is None:
            return
        new = [(key, _sealed(key, content), content, version) for key, content in self._new.items()]
        stay = sorted({version, *self.versions})
        with self._harmless(self.file), closing(_opened(self.file)) as con, con:
            con.executemany("insert or replace into made values (?, ?, ?, ?)", new)
            con.executemany("update made set version = ? where key = ?", [(version, key) for key in self._used])
            con.execute(f"delete from made where version not in ({', '.join('?' * len(stay))})", stay)

    @contextmanager
    def _harmless(self, file: Path) -> Iterator[None]:
        """What goes wrong with the file stops nobody: it is begun anew, if need be by the next report."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            log.warning("the cache of the report is begun anew: %s", type(error).__name__)
            self._connection = None
            with suppress(OSError):
                file.unlink(missing_ok=True)


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file)
    # A power cut may cost entries: nothing is trusted that does not bear its seal.
    connection.execute("pragma synchronous = off")
    connection.execute("pragma auto_vacuum = full")
    connection.execute(TABLE)
    return connection


def _sealed(key: bytes, content: bytes) -> bytes:
    return hashlib.sha256(key + content).digest()


@functools.cache
def _program() -> list[Any]:
    """What made the texts: other code or another library makes them anew."""
    rooms = code_version("schemas", "warehouse/evaluation", "warehouse/report", "warehouse/words")
    return [rooms, library_versions("babel", "jinja2", "markupsafe")]
