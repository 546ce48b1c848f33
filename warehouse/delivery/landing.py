"""What was delivered: scans the landing area, knows files by content, and tells which months must be read again.

A file is routed by its folder (`landing/<source or profile>/<YYYY-MM>/`) and its header. Content hashes are kept with
the file's size and times, so that a file that was not touched is not read again.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.profiles import Layout, Profiles
from schemas.reasons import FileRefused
from schemas.sources import SOURCES
from warehouse.code import code_version
from warehouse.delivery import archive
from warehouse.delivery.layouts.written import known_profiles
from warehouse.faults import NO_ROOM, Faults
from warehouse.store import Store, digest, file_sha256, read_json, write_json

if TYPE_CHECKING:
    from warehouse.delivery.layouts.mapping import HeaderMatcher

NAME_LIMIT = 248
"""Bytes of a file's name: what a sender may have put beside it (`.sha256`) has a longer one, and 255 is the most."""
NO_DELIVERY = (".part", ".partial", ".crdownload", ".filepart", ".tmp", ".sha256")
"""Endings of files that a copy is still making, or that only accompany a delivery."""

RETURNED = ".kembali.xlsx"
"""What the name of a file ends with that went back to its sender, after its own. Sent again it takes that one's place, unless it has the sheet `PART`."""
PART = "Data tambahan"
"""Of a long file its refused rows alone go back."""
LISTED = 1_000_000
"""Bytes of a workbook's list of sheets that are looked at: packed ones may be of any length."""

WAITING = ("FILE_CHANGING", "FILE_NO_ACCESS", "PROFILE_BROKEN", "PROGRAM_FAULT")
"""Reasons for which a file is held, not refused: it may be sound, and is looked at again in the next run."""


ABSENT = "absent"
"""Stands for the hash of a file that is not there."""
UNREAD: Mapping[str, Any] = {"stamp": [], "rules": "", "sha256": ""}
"""What is known of a file that was never read."""


@dataclass(frozen=True)
class Delivery:
    """One delivered file, as one source reads it."""

    source: str
    month: str
    path: Path
    file_name: str
    """Path below the landing area; of a member of an archive, below the archive."""
    sha256: str
    """Empty where who only looks met it first."""
    layout: Layout | None
    """None: the canonical layout."""
    duplicate_of: str | None = None
    """Name of the file that brought the same content first, or of the mended copy that takes its place."""
    others: tuple[str, ...] = ()
    """Hashes of other files that the layout looks up in."""

    @property
    def is_as_seen(self) -> bool:
        """Whether the file, and what is looked up in beside it, still has the content that was seen in the landing area."""
        seen = (self.sha256, *self.others)
        return seen == tuple(_sha256(path) for path in (self.path, *_beside(self.path, self.layout)))


@dataclass(frozen=True)
class Problem:
    """A delivered file that no source reads, and why."""

    source: str
    month: str
    file_name: str
    sha256: str
    code: str
    seen: str
    status: str = "refused"
    """refused, or held: left for the next run."""


@dataclass(frozen=True)
class Landing:
    """Everything in the landing area up to a month, routed: the picture that a whole run works on."""

    deliveries: Mapping[tuple[str, str], Sequence[Delivery]]
    """(source, month) → its files in order."""
    problems: Sequence[Problem]
    later: Sequence[str] = ()
    """Files of months after the as-of date that were read before: an old day is replayed, and does not see them."""
    as_of: dt.date = dt.date.max
    """Day up to whose month the area was scanned: limits are those in force on it."""


def arrival(index: Mapping[str, Any], name: str) -> int | None:
    """When a delivered file came, as change time in ns, by the landing area's index; None where that does not know it. A member of an
    archive came when the archive did, whenever it was unpacked."""
    known = index.get("/".join(name.split("/")[:3]))
    return known["stamp"][2] if known else None


def scan(store: Store, as_of: dt.date) -> Landing:
    """Route every file of the landing area. Hidden and lock files are no deliveries; what was delivered for a month after
    that of `as_of`, and never read before, waits. What there is no room to look into in a store that is only looked at is told as not read yet."""
    with _Room(store) as room:
        return _Look(store, as_of, room).around()


class _File(NamedTuple):
    """A file that lies in the landing area, or in an archive of it, and where."""

    path: Path
    relative: Path
    folder: str
    month: str
    """Empty where it lies in no folder of a month."""
    is_member: bool
    is_later: bool
    """Whether its month comes after the one up to which is looked."""

    @property
    def name(self) -> str:
        """What it is called below the landing area."""
        return str(self.relative)


class _Look:
    """One look around the landing area: what is found there, and what is kept of it for the next look."""

    def __init__(self, store: Store, as_of: dt.date, room: _Room) -> None:
        self._store, self._as_of, self._room = store, as_of, room
        self._old = read_json(store.landing_index) or {}
        self._new: dict[str, Any] = {}
        self._known = known_profiles(store)
        self._rules = digest(
            [
                [layout.signature for layouts in self._known.layouts.values() for layout in layouts],
                {name: list(map(str, flaws)) for name, flaws in self._known.broken.items()},
                code_version("schemas", "warehouse/delivery"),
            ]
        )
        self._found: dict[tuple[str, str], list[Delivery]] = {}
        self._problems: list[Problem] = []
        self._later: list[str] = []
        self._archives: set[Path] = set()
        # Who only looks, and keeps no hash, is spared that of a file that was never read: it waits, whatever it holds.
        is_told = self._old or not any(store.staging.glob("*/*.json"))
        self._unread = UNREAD if store.is_looked_at and is_told else None
        paths, self._closed = _listed(store.landing)
        self._writing = _open_for_writing(store.landing)
        self._waiting = deque(paths)

    def around(self) -> Landing:
        """Look at every file, and keep what was seen where the store is not only looked at."""
        while self._waiting:
            path = self._waiting.popleft()
            if not path.name.startswith((".", "~$")) and not path.name.endswith(NO_DELIVERY):
                self._look_at(self._placed(path))
        if not self._store.is_looked_at:
            _remove_unpacked(self._store.unpacked, self._archives)
            if self._new != self._old:
                write_json(self._store.landing_index, self._new)
        found = {key: _mark_duplicates(*key, self._found) for key in sorted(self._found)}
        return Landing(found, self._problems, self._later, self._as_of)

    def _placed(self, path: Path) -> _File:
        is_member = not path.is_relative_to(self._store.landing)
        relative = path.relative_to(self._room.root(path) if is_member else self._store.landing)
        is_in_month = is_member or len(relative.parts) == 3
        folder, month = (relative.parts[0], relative.parts[1]) if is_in_month else (relative.parts[0], "")
        is_later = bool(re.fullmatch(r"\d{4}-\d\d", month)) and month > f"{self._as_of:%Y-%m}"
        return _File(path, relative, folder, month, is_member, is_later)

    def _look_at(self, file: _File) -> None:
        """Have a file among the deliveries, the problems, or those of a later month."""
        if file.is_later and file.name in self._old:
            self._new[file.name] = self._old[file.name]
            self._later.append(file.name)
            self._archives.add(self._store.unpacked / file.relative)
            return
        if (shown := _shown(file.relative)) != file.name:
            # Neither JSON nor Parquet can hold the name, and who asks for the file would not find it by another.
            self._problems.append(Problem(_shown(Path(file.folder)), file.month, shown, "", "FILE_NAME", ""))
            return
        faults = Faults()
        try:
            with faults.aside(file.name), readable(self._store):
                self._check_place(file)
                for delivery in self._deliveries(file):
                    self._found.setdefault((delivery.source, file.month), []).append(delivery)
            if faults:
                raise FileRefused("PROGRAM_FAULT", f"{faults[0].error}.")
        except FileRefused as refused:
            sha = self._new.get(file.name, {}).get("sha256", "")
            status = "held" if refused.code in WAITING or file.is_later else "refused"
            self._problems.append(Problem(file.folder, file.month, file.name, sha, refused.code, refused.seen, status))
        except OSError as error:
            if not self._store.is_looked_at or error.errno not in {*NO_ROOM, errno.EROFS}:
                raise
            # Who only looks is told that it waits, and what else there is to tell.
            layouts = self._known.layouts.get(file.folder, ())
            sources = [file.folder] if file.folder in SOURCES else [name for one in layouts for name in one.targets]
            for source in dict.fromkeys(sources):
                delivery = Delivery(source, file.month, file.path, file.name, self._new[file.name]["sha256"], None)
                self._found.setdefault((source, file.month), []).append(delivery)

    def _check_place(self, file: _File) -> None:
        """Raise FileRefused for what lies where no delivery lies, or can be no delivery."""
        first, folders = self._store.city.first_month, (SOURCES, self._known.layouts, self._known.broken)
        if len(os.fsencode(file.path.name)) > NAME_LIMIT:
            raise FileRefused("FILE_NAME_LENGTH")
        if file.path.is_symlink():
            raise FileRefused("FILE_LINK")
        if file.path in self._closed:
            raise FileRefused("FILE_NO_ACCESS")
        if not file.path.is_file():
            raise FileRefused("FILE_NO_FILE")
        if not any(file.folder in known for known in folders):
            raise FileRefused("FOLDER_UNKNOWN", f"Folder {file.folder!r}.")
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", file.month) or file.month < first:
            raise FileRefused("FOLDER_MONTH", f"Folder {'/'.join(file.relative.parts[:-1])!r}; first month {first}.")
        if file.is_later:
            raise FileRefused("FOLDER_MONTH", f"{file.month} lies after {self._as_of:%Y-%m}: it waits for its month.")
        if str(file.path) in self._writing:
            raise FileRefused("FILE_CHANGING", "A program is writing it.")

    def _deliveries(self, file: _File) -> list[Delivery]:
        """The file as each of its sources reads it; of an archive none, and its members are looked at next. Raises FileRefused for one that
        nobody can read."""
        is_packed = file.path.suffix.lower() == archive.ENDING
        unread = None if is_packed or _sum_of(file.path).is_file() else self._unread
        entry = self._new[file.name] = _entry(file.path, self._old.get(file.name, unread), self._rules)
        _check_sum(file.path, entry["sha256"])
        if is_packed and "refused" not in entry:
            self._unpack(file, entry)
            return []
        if "routes" not in entry and entry.get("refused", WAITING)[0] in WAITING:
            entry |= _routed(file.path, file.folder, self._known, self._room.scratch)
        if "refused" in entry:
            raise FileRefused(*entry["refused"])
        deliveries = []
        for source, position in entry["routes"]:
            layout = None if position is None else self._known.layouts[position[0]][position[1]]
            others = tuple(self._sha_beside(file, beside) for beside in _beside(file.path, layout))
            deliveries.append(Delivery(source, file.month, file.path, file.name, entry["sha256"], layout, None, others))
        return deliveries

    def _unpack(self, file: _File, entry: dict[str, Any]) -> None:
        """Have the members of an archive looked at next, in their order."""
        if file.is_member:
            raise FileRefused("FILE_ENDING", "An archive within an archive is not unpacked.")
        try:
            members = self._room.members(file.path, file.relative, entry["sha256"])
        except FileRefused as refused:
            entry["refused"] = [refused.code, refused.seen]
            raise
        self._waiting.extendleft(reversed(members))
        self._archives.add(self._store.unpacked / file.relative)

    def _sha_beside(self, file: _File, beside: Path) -> str:
        if not beside.is_file():
            return ABSENT
        entry = _entry(beside, self._old.get(str(file.relative.with_name(beside.name))), self._rules)
        return str(entry["sha256"])


class _Room(ExitStack):
    """Where files lie while they are looked into: in the restricted store, or for a while outside of one that is only looked at."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    @cached_property
    def scratch(self) -> Path:
        """For the text of files. Raises OSError where there is no room for any."""
        if not self._store.is_looked_at:
            return self._store.scratch
        try:
            return Path(self.enter_context(tempfile.TemporaryDirectory(prefix="diklat-")))
        except OSError as error:
            # No folder for such files takes one.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error

    def members(self, path: Path, relative: Path, sha256: str) -> list[Path]:
        """The members of a delivered archive, in order."""
        unpacked = self._store.unpacked
        if self._store.is_looked_at and not archive.is_unpacked(unpacked / relative, sha256):
            unpacked = self.scratch / unpacked.name
        self.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        return archive.unpack(path, sha256, unpacked / relative, self.scratch)

    def root(self, member: Path) -> Path:
        """The folder that a member's name begins below."""
        unpacked = self._store.unpacked
        return unpacked if member.is_relative_to(unpacked) else self.scratch / unpacked.name


def _shown(path: Path) -> str:
    """A path as it can be shown: bytes of a name that are no UTF-8 (of an old Windows program, say) as their numbers."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _remove_unpacked(unpacked: Path, kept: Set[Path]) -> None:
    """Remove what was unpacked of archives that are gone."""
    for folder in set(unpacked.glob("*/*/*")) - kept:
        shutil.rmtree(folder, ignore_errors=True)


def _listed(landing: Path) -> tuple[list[Path], set[Path]]:
    """Everything in the landing area that is no folder, in order; and the folders that may not be looked into, which stand
    among it."""
    paths: list[Path] = []
    closed: set[Path] = set()

    def note(error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return
        if not isinstance(error, PermissionError) or Path(error.filename) == landing:
            raise error
        closed.add(Path(error.filename))

    for root, folders, files in os.walk(landing, onerror=note):
        links = [name for name in folders if Path(root, name).is_symlink()]
        paths += [Path(root, name) for name in (*files, *links)]
    return sorted([*paths, *closed]), closed


@contextmanager
def readable(store: Store) -> Iterator[None]:
    """Raise FileRefused where a delivered file may not be read, or goes away while it is."""
    try:
        yield
    except (FileNotFoundError, PermissionError) as error:
        name = Path(error.filename) if error.filename is not None else Path()
        if not (name.is_relative_to(store.landing) or name.is_relative_to(store.unpacked)):
            raise
        if isinstance(error, PermissionError):
            raise FileRefused("FILE_NO_ACCESS") from None
        raise FileRefused("FILE_CHANGING", "It went away while it was read.") from None


def _entry(path: Path, old: Mapping[str, Any] | None, rules: str) -> dict[str, Any]:
    """Hash and routes of a file; both are taken from `old` while neither the file nor the rules of routing changed.

    Of one that is `UNREAD` there is no hash. Raises FileRefused when the file changes while it is read.
    """
    stamp = _stamp(path)
    if old is not None and old["stamp"] in (stamp, UNREAD["stamp"]):
        if old["rules"] == rules:
            return dict(old)
        return {"stamp": stamp, "rules": rules, "sha256": old["sha256"]}
    sha = file_sha256(path)
    if _stamp(path) != stamp:
        raise FileRefused("FILE_CHANGING", "It changed while it was read.")
    return {"stamp": stamp, "rules": rules, "sha256": sha}


def _beside(path: Path, layout: Layout | None) -> list[Path]:
    """The other files that the layout looks up in."""
    return [path.parent / layout.lookup.file] if layout is not None and layout.lookup is not None else []


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except (FileNotFoundError, PermissionError):
        return ABSENT


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    # The change time cannot be set by hand, so a touched file is always noticed.
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _open_for_writing(folder: Path) -> set[str]:
    """Files below `folder` that a process of this machine has open for writing (Linux; elsewhere nothing is seen)."""
    found = set()
    for process in filter(str.isdigit, _names_in("/proc")):
        for number in _names_in(f"/proc/{process}/fd"):
            try:
                target = os.readlink(f"/proc/{process}/fd/{number}")
                if target.startswith(f"{folder}/"):
                    flags = Path(f"/proc/{process}/fdinfo/{number}").read_text().split("flags:")[1].split()[0]
                    if int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
                        found.add(target)
            except (OSError, IndexError):
                continue  # The process, or its right to be looked at, is gone.
    return found


def _names_in(folder: str) -> list[str]:
    """What stands in a folder; nothing where it is not there, or may not be looked at."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _sum_of(path: Path) -> Path:
    """Where a sender may have written a file's sha256."""
    return path.with_name(f"{path.name}.sha256")


def _check_sum(path: Path, sha256: str) -> None:
    """Hold a file whose sender wrote its sha256 beside it, as long as the two differ."""
    beside = _sum_of(path)
    if beside.is_file() and beside.read_text(encoding="ascii", errors="replace").split()[:1] != [sha256]:
        raise FileRefused("FILE_CHANGING", f"It is not the file that {beside.name} describes.")


def _routed(path: Path, folder: str, known: Profiles, scratch: Path) -> dict[str, Any]:
    """`routes`: the sources that read the file, each with profile and number of its layout (None: the canonical one);
    or `refused`: why nobody reads it."""
    # All that reads files loads with it, which a night without a new one does not need.
    from warehouse.delivery.layouts.contract_layout import ContractLayout
    from warehouse.delivery.layouts.tables import is_list, open_tables

    contract = SOURCES.get(folder)
    if contract is None and folder in known.broken:
        return _waiting(known, folder)
    # A shipped profile that a broken one replaces still knows its files: it reads none, and none goes astray.
    layouts = {**known.layouts, **known.replaced}
    names = [folder] if contract is None else list(layouts)
    candidates = [
        (layout, (name, number))
        for name in names
        for number, layout in enumerate(layouts[name])
        if contract is None or folder in layout.targets
    ]
    canonical = [ContractLayout(contract)] if contract else []
    try:
        with open_tables(path, [*canonical, *(layout for layout, _ in candidates)], scratch) as found:
            headings = [(table.header, table.facts, table.place) for table in found]
    except FileRefused as refused:
        return {"refused": [refused.code, refused.seen]}
    routes: dict[str, tuple[str, int] | None] = {}
    # What the first table is decides; the others may be of other sources, each read by its own layout.
    for nth, (header, facts, place) in enumerate(headings):
        layout: HeaderMatcher
        position: tuple[str, int] | None = None
        sources: Iterable[str] = (folder,)
        if canonical and canonical[0].accepts(header, facts):
            layout = canonical[0]
        else:
            scores = [_score(layout, header, facts) for layout, _ in candidates]
            best = [candidate for candidate, score in zip(candidates, scores, strict=True) if score == max(scores)]
            best = [candidate for candidate in best if candidate[0].profile in known.own] or best
            named = sorted({layout.profile for layout, _ in best})
            if nth and len(named) > 1:
                continue
            if len(named) > 1:
                return {"refused": ["FILE_SEVERAL", f"Profiles: {', '.join(named)}."]}
            layout, position = best[0]
            if layout.profile in known.broken:
                return _waiting(known, layout.profile)
            sources = layout.targets if contract is None else sources
        for source in sources:
            first = routes.setdefault(source, position)
            reads = canonical[0] if first is None else known.layouts[first[0]][first[1]]
            # Read as the first table is it would lose columns, or all of them.
            known_then, known_best = (_score(one, header, facts) for one in (reads, layout))
            if first != position and known_then < known_best and is_list(layout, header):
                return {"refused": ["FILE_LAYOUTS", f"{place}."]}
    return {"routes": list(routes.items())}


def _waiting(known: Profiles, profile: str) -> dict[str, Any]:
    return {"refused": ["PROFILE_BROKEN", " ".join(map(str, known.broken[profile]))]}


def _score(layout: HeaderMatcher, header: Sequence[str], facts: Mapping[str, str]) -> int:
    try:
        return layout.accepts(header, facts)
    except FileRefused:
        return 0


def _has_part(path: Path) -> bool:
    """Whether a file is a workbook with the sheet `PART`; a damaged or locked one is not known to be."""
    try:
        with zipfile.ZipFile(path) as book, book.open("xl/workbook.xml") as sheets:
            return PART.encode() in sheets.read(LISTED)
    except (OSError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def _mark_duplicates(source: str, month: str, found: Mapping[tuple[str, str], list[Delivery]]) -> list[Delivery]:
    """Mark files whose content an earlier file brought: in the same month, and for events in any earlier month too; and those whose mended copy
    lies beside them."""
    first: dict[str, str] = {}
    if not SOURCES[source].snapshot:
        for (other, earlier), deliveries in sorted(found.items()):
            if other == source and earlier < month:
                for delivery in deliveries:
                    first.setdefault(delivery.sha256, delivery.file_name)
    marked, paths = [], {delivery.file_name: delivery.path for delivery in found[source, month]}
    for delivery in found[source, month]:
        mended = delivery.file_name + RETURNED
        if mended in paths and _has_part(paths[mended]) <= _has_part(delivery.path):
            marked.append(replace(delivery, duplicate_of=mended))
            continue
        original = first.setdefault(delivery.sha256, delivery.file_name) if delivery.sha256 else delivery.file_name
        same = original != delivery.file_name
        marked.append(replace(delivery, duplicate_of=original if same else None))
    return marked
