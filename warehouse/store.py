"""Where things lie: the data root's folders and files, and atomic writing."""

from __future__ import annotations

import grp
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from schemas.agencies import FILE as AGENCIES_FILE
from schemas.agencies import Agencies
from schemas.city import City
from schemas.contacts import Contacts
from warehouse.words.language import languages

AS_OF_TAG = "diklat/as_of"
"""Tag of a run that carries its as-of date."""
SAMPLE_KEY = b"sample:"
"""Beginning of the key file of a sample city: invented people need no secret."""


OTHERS = 0o077
"""The rights of everybody but the owner; the umask of what is closed."""
ALL_BUT_READERS = 0o027
"""The umask of what is published: its group reads."""


def open_to_readers(path: Path) -> None:
    """Let the group of a published folder, or file, read it, and nobody change the file. A folder whose set-group-id gives what comes
    later to a group is as an administrator made it, or made in such a one: to change its mode would take that away."""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode) and not mode & stat.S_ISGID:
        path.chmod(0o750)
    elif stat.S_ISREG(mode):
        path.chmod(0o440)


MADE = (
    ".writer.lock", "build", "dagster", "heartbeat.json", "history", "hold.json", "last_failure.json", "published", "restricted", "staging",
)  # fmt: skip
"""What of a data root the program makes itself; the rest is delivered, or written by the city."""
ANALYSTS, FOR_ANALYSTS = "diklat-analysts", ("warehouse.duckdb", "parquet")
"""The group that alone reads what in a version has rows about people, where the host has such a group; else all readers do."""


def analysts() -> int | None:
    """The number of the analysts' group; None where the host has none."""
    with suppress(KeyError):
        return grp.getgrnam(ANALYSTS).gr_gid
    return None


def give_to_analysts(version: Path) -> None:
    """Give the parts of a version that have rows about people to the analysts' group. `diklat doctor` says where this user may not."""
    if (group := analysts()) is None:
        return
    for part in FOR_ANALYSTS:
        for path in (version / part, *(version / part).rglob("*")):
            with suppress(PermissionError):
                os.chown(path, -1, group)


@dataclass(frozen=True)
class Store:
    """The data root (`DIKLAT_HOME`). Everything below it but `published` is closed to other users, whatever the umask; what is under
    `restricted` is never published."""

    home: Path
    is_looked_at: bool = False
    """Whether it is only looked at: then nothing is made in it, not even what the next run would find made."""

    def open_to_others(self) -> Iterator[Path]:
        """What lies below the data root, but for `published`, and other users may read, write or enter. Links are what they lead to. The homes of
        a nation's agencies look after themselves."""
        if not self.home.is_dir():
            return
        tops = {*self.home.iterdir(), *({self.landing} if self.national and self.landing.is_dir() else ())}
        for top in sorted(tops - {self.published, *({self.agencies} if self.is_national else ())}):
            below = (Path(folder, name) for folder, folders, files in os.walk(top) for name in (*folders, *files))
            for path in (top, *below):
                with suppress(FileNotFoundError):
                    mode = path.lstat().st_mode
                    if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) & OTHERS:
                        yield path

    def close_to_others(self) -> None:
        """Close what is open to others, where it is this user's to close; `diklat doctor` names what is not."""
        for path in self.open_to_others():
            # Of a landing area that is mounted read-only, or knows no rights, nothing can be closed.
            with suppress(OSError):
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)

    def of_other_users(self) -> Iterator[Path]:
        """What the program made in the data root as somebody else than its owner: closed as it is, that one cannot read it."""
        owner = self.home.stat().st_uid
        for top in (self.home / name for name in MADE):
            below = (Path(folder, name) for folder, folders, files in os.walk(top) for name in (*folders, *files))
            for path in (top, *below):
                with suppress(FileNotFoundError):
                    if path.lstat().st_uid != owner:
                        yield path

    @cached_property
    def city(self) -> City:
        """The city that the data root is of; of an agency of a nation, what its own file does not say is as its entry in `agencies.yaml`, and then the
        national `city.yaml`, say. Raises ContractError with every flaw of these."""
        if self.national is None:
            return City.read(self.home, languages())
        entry = Agencies.read(self.national.home).one(self.home.name)
        return City.read(self.home, languages(), {**self.national.city.handed_down, **entry.city})

    @cached_property
    def contacts(self) -> Contacts:
        """Who answers for sources and offices. Raises ContractError with every flaw of `contacts.yaml`."""
        return Contacts.read(self.home)

    @property
    def is_national(self) -> bool:
        """Whether this is the home of a nation, a province or a ministry: of many agencies, each with a home of its own."""
        return (self.home / AGENCIES_FILE).is_file()

    @property
    def agencies(self) -> Path:
        """The homes of a nation's agencies, each by its code."""
        return self.home / "agencies"

    def agency(self, code: str) -> Store:
        """The home of one agency of this nation. It knows its nation by where it lies, so that every command works in it alone."""
        return Store(self.agencies / code, self.is_looked_at)

    @cached_property
    def national(self) -> Store | None:
        """The nation whose agency this is the home of (`<nation>/agencies/<code>`); None of a city by itself."""
        above = Store(self.home.parent.parent, self.is_looked_at)
        return above if above.agencies == self.home.parent and above.is_national else None

    @property
    def homes(self) -> tuple[Path, ...]:
        """Where what people write (profiles, limits) is looked for: its own home first, then the nation's."""
        return (self.home, *([self.national.home] if self.national else []))

    @property
    def landing(self) -> Path:
        """Files as delivered; never changed by us. An agency's lie in its nation's landing area, below its code."""
        return self.national.landing / self.home.name if self.national else self.home / "landing"

    @property
    def staging(self) -> Path:
        """Accepted rows per source and month, typed and pseudonymised."""
        return self.home / "staging"

    @property
    def restricted(self) -> Path:
        """What names people: keys, identities, refused rows."""
        folder = self.home / "restricted"
        if self.is_looked_at:
            return folder
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
        return folder

    @property
    def quarantine(self) -> Path:
        """Refused rows, raw, with reasons."""
        return self.restricted / "quarantine"

    @property
    def returned(self) -> Path:
        """Workbooks to send back: copies of delivered files with the refused cells marked."""
        return self.restricted / "returned"

    @property
    def scratch(self) -> Path:
        """Text of files while they are read: empty between runs."""
        return self.restricted / "scratch"

    @property
    def unpacked(self) -> Path:
        """Members of delivered archives, as delivered: `unpacked/<source>/<month>/<archive>/<member>`."""
        return self.restricted / "unpacked"

    def delivered(self, name: str) -> Path:
        """A delivered file by its name below the landing area; a member of an archive is named below that."""
        path = self.landing / name
        return path if path.exists() or path.is_symlink() else self.unpacked / name

    @property
    def unit_aliases(self) -> Path:
        """The city's own further names of units, where it has such a file."""
        return self.home / "unit_aliases.csv"

    @property
    def policy(self) -> Path:
        """The city's own limits, where it has such a file."""
        return self.home / "policy.csv"

    @property
    def policies(self) -> tuple[Path, ...]:
        """Where limits are looked for before the shipped ones, its own first."""
        return tuple(home / self.policy.name for home in self.homes)

    @property
    def build(self) -> Path:
        """The private database that is being built; disposable."""
        return self.home / "build" / "warehouse.duckdb"

    @property
    def report(self) -> Path:
        """The evaluation report on the build; disposable."""
        return self.build.parent / "report"

    @property
    def report_cache(self) -> Path:
        """Pages of the kept versions' reports, for the next report; disposable."""
        return self.build.with_name("report_cache.sqlite")

    @property
    def last_failure(self) -> Path:
        """When a refresh last failed, and by which steps."""
        return self.home / "last_failure.json"

    @property
    def history(self) -> Path:
        """What nights were like, kept for the next versions to say."""
        return self.home / "history"

    @property
    def published(self) -> Path:
        """Versions that readers open, and the `current` pointer."""
        return self.home / "published"

    @property
    def current(self) -> Path:
        """The newest good version: a link that is moved, never a file that is written."""
        return self.published / "current"

    def version(self, build_id: str) -> Path:
        """The folder of one published version."""
        return self.published / "versions" / build_id

    @property
    def hold(self) -> dict[str, Any] | None:
        """Why publication is held and since when, or None while it is not (`warehouse.publishing.version.hold`)."""
        return read_json(self.holding)

    @property
    def holding(self) -> Path:
        """The file that holds publication as long as it is there."""
        return self.home / "hold.json"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage; the stores above are complete without it."""
        return self.home / "dagster"

    @property
    def profiles(self) -> Path:
        """The city's own layout profiles."""
        return self.home / "profiles"

    def pseudonym_key(self) -> bytes:
        """The secret that pseudonyms are made with; written once, mode 0600. Losing it breaks joins over time. Where there is none yet, and the
        store is only looked at, one that nothing was made with."""
        path = self.restricted / "pseudonym.key"
        if not path.exists():
            if self.is_looked_at:
                return self._no_key
            self._write_key(path, secrets.token_bytes(32))
        return path.read_bytes()

    @cached_property
    def _no_key(self) -> bytes:
        return secrets.token_bytes(32)

    @staticmethod
    def _write_key(path: Path, key: bytes) -> None:
        """Write the key unless there is one: whoever comes first decides, and nobody ever sees half a key."""
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        temporary.touch(mode=0o600)
        temporary.write_bytes(key)
        with suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink()
        sync(path.parent)

    @property
    def words(self) -> Path:
        """What people wrote in their own words, by source and month: it may name somebody."""
        return self.restricted / "words"

    @property
    def told(self) -> Path:
        """What senders called their files and what was seen in them, by source and month: it may name somebody."""
        return self.restricted / "told"

    @property
    def landing_index(self) -> Path:
        """What is known of the landing area's files by size and change time: they need not be looked into again."""
        return self.restricted / "landing.json"

    @property
    def forgotten(self) -> Path:
        """Whom nothing may be read of again: pseudonyms, and the words of their names as keyed hashes."""
        return self.restricted / "forgotten.json"

    @property
    def shown(self) -> Path:
        """Whose forms, tests and observations the published numbers are made of, as numbers: what came later may have to wait."""
        return self.restricted / "shown.parquet"

    @property
    def has_sample_key(self) -> bool:
        """Whether pseudonyms are made with the sample city's key, which everybody knows."""
        return self.pseudonym_key().startswith(SAMPLE_KEY)

    def write_sample_key(self, seed: int) -> None:
        """Give a store that has no key yet the sample city's: equal seeds then give equal tables."""
        self._write_key(self.restricted / "pseudonym.key", SAMPLE_KEY + hashlib.sha256(str(seed).encode()).digest())


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block ends well it is synced and takes `path`'s place.

    A stop at any moment leaves the old file or the new one, whole. A failed block leaves nothing behind.
    """
    with whole(path) as temporary:
        yield temporary
        temporary.chmod(0o600)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """The same of a file, or a folder, that somebody asked for: it has the rights that their umask gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        sync(temporary)
        if temporary.is_dir():
            # No folder takes the place of a file, not of an empty one.
            path.unlink(missing_ok=True)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        if error.filename == str(temporary):
            # Whoever reads why asked for that path, and never saw the other.
            error.filename = str(path)
        raise
    finally:
        # Of a disk that is read-only nothing can be removed, and that is no news.
        with suppress(OSError):
            shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink()


def sync(path: Path) -> None:
    """Make a file's content, or the renames in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """Write `value` atomically as indented JSON."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any | None:
    """The JSON at `path`, or None where there is none or it is broken (a broken one is made anew, never trusted)."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None


def digest(value: Any) -> str:
    """sha256 (hex) of a JSON-able value, independent of dict order."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """sha256 (hex) of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
