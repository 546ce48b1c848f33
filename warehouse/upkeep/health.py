"""What must be true before a run: nothing half done lies about, nothing is damaged, there is room.

`reconcile` mends what a stopped or a damaged past left behind, and says each time what it found. `examine` only looks.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from schemas.agencies import Agencies
from schemas.said import Count, said
from schemas.sources import SOURCES
from schemas.written import Flawed
from warehouse.delivery.landing import Landing
from warehouse.delivery.layouts.written import set_aside
from warehouse.lock import holder
from warehouse.publishing.version import is_sound, kept_versions, rollback
from warehouse.staging import spread
from warehouse.store import ANALYSTS, FOR_ANALYSTS, Store, analysts, file_sha256, read_json

SPARE_BYTES = 50_000_000
"""Room that a run wants beside what its files are known to need."""


class NoRoom(OSError):
    """The disk has not the room that a run needs."""


def reconcile(store: Store) -> list[str]:
    """Put right what an ended process or a bad disk left behind; returns what was found, one line each.

    Drafts are removed. A damaged month is read again by the run that follows. A damaged published version is put aside
    and readers are pointed at the newest sound one. The caller holds the writer's lock.
    """
    store.close_to_others()
    spread.clear(store)
    found: list[str] = [
        said("removed what a stopped run left: {path}", path=path.relative_to(store.home)) for path in _leftovers(store)
    ]
    for manifest, name in _damaged_months(store):
        # Without its manifest the month counts as never read.
        manifest.unlink()
        month = f"{manifest.parent.name} {manifest.stem}"
        found.append(said("damaged: {file}; {month} is read again", file=name, month=month))
    return found + _mend_published(store)


def _leftovers(store: Store) -> Iterator[Path]:
    """Drafts of files and versions whose writers are gone, each removed as it is named."""
    drafts = [
        *(path for root in (store.staging, store.restricted) for path in root.rglob(".*.tmp")),
        *store.published.glob(".*.tmp"),
        *store.published.glob("versions/*/.*.tmp"),
        *store.published.glob("versions/*/parquet/*/.*.tmp"),
        *store.published.glob("versions/.*"),
        # Where a draft was to be found; an administrator's link leads to no draft.
        *(
            one
            for one in store.published.glob("versions/*")
            if one.is_symlink() and one.readlink().name.startswith(".")
        ),
        *store.restricted.glob("*.tmp"),
        *store.home.glob("build/.*.tmp"),
        *store.staging.glob("files.json"),  # an earlier edition's; true names of files are restricted now
    ]
    for path in drafts:
        _remove(path)
        yield path
    for folder in store.scratch.glob("*"):
        if not _lives(folder.name.split("-")[0]):
            _remove(folder)
            yield folder
    # Here the daemon writes, too, who need not hold the lock.
    for path in (*store.home.glob(".*.tmp"), *store.history.glob(".*.tmp")):
        if not _lives(path.name.split(".")[-2]):
            _remove(path)
            yield path


def _lives(process: str) -> bool:
    return Path("/proc", process).exists()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _damaged_months(store: Store) -> Iterator[tuple[Path, str]]:
    """Manifest and first file of each staging month whose files are not those that its manifest describes."""
    for source in SOURCES:
        for manifest in sorted((store.staging / source).glob("*.json")):
            said = (read_json(manifest) or {}).get("sha256", {str(manifest.relative_to(store.home)): ""})
            for name, sha256 in said.items():
                path = store.home / name
                if not path.is_file() or file_sha256(path) != sha256:
                    yield manifest, name
                    break


def _mend_published(store: Store) -> list[str]:
    found: list[str] = []
    for log in sorted(store.published.glob("versions/*/warehouse.duckdb.wal")):
        # Some program opened the published file to write. Beside a log that is not its own nobody can open it.
        log.unlink()
        path = log.relative_to(store.home)
        found.append(said("removed a write-ahead log beside a published file: {path}", path=path))
    if store.current.is_symlink() and not is_sound(store.current):
        broken = os.readlink(store.current)
        sound = [one["build_id"] for one in kept_versions(store) if is_sound(store.version(one["build_id"]))]
        if sound:
            rollback(store, sound[0])
            found.append(
                said(
                    "damaged: published {version}; readers were pointed back to {sound}", version=broken, sound=sound[0]
                )
            )
        else:
            found.append(
                said(
                    "damaged: published {version}, and no version before it is sound; it is built anew", version=broken
                )
            )
    return found


def check_room(store: Store, landing: Landing, changed: dict[str, list[str]]) -> None:
    """Raise NoRoom, with the bytes needed and there, if a run over the `changed` months would fill the disk.

    Staging needs at most what the files have; a build, its draft, the two files that are published of it and their Parquet
    files at most five times the last one.
    """
    files = [
        d.path for source, months in changed.items() for m in months for d in landing.deliveries.get((source, m), ())
    ]
    last = max(
        (path.stat().st_size for path in (store.build, store.current / "warehouse.duckdb") if path.exists()), default=0
    )
    needed = sum(path.stat().st_size for path in files if path.exists()) + 5 * last + SPARE_BYTES
    store.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(store.home).free
    if free < needed:
        raise NoRoom(
            said(
                "{home} has {free} MB free, a run needs {needed} MB: free some space (old files in published/versions are "
                "removed by themselves after seven versions) or move DIKLAT_HOME.",
                home=store.home,
                free=Count(free / 1e6),
                needed=Count(needed / 1e6),
            )
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_good: bool
    found: str
    resolve: str = ""


def _takes_files(folder: Path) -> bool:
    """Whether a file can be made there: tried with one that has no name, for root may write everywhere, and nobody below /proc."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _few(store: Store, paths: Iterable[Path]) -> str:
    """The first of these, by their names below the data root."""
    names = [str(path.relative_to(store.home)) for path in islice(paths, 4)]
    return f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}"


def examine(store: Store) -> list[Finding]:
    """Look at everything that a run needs, and change nothing."""
    found = [_data_root(store)]
    if not store.home.is_dir():
        return found
    free = shutil.disk_usage(store.home).free
    found.append(
        Finding(said("free space"), free > SPARE_BYTES, said("{n} MB", n=Count(free / 1e6)), said("Free some space."))
    )
    if os.geteuid() and (strange := _few(store, store.of_other_users())):
        # Root reads everything. Another user can look no further.
        return [*found, Finding(said("made by its owner"), False, said("not: {paths}", paths=strange),
                                said("Give the data root back to its owner (chown -R), and run the program as that user (deploy/run)."))]  # fmt: skip
    return found + [finding for look in LOOKS for finding in look(store)]


def _data_root(store: Store) -> Finding:
    """Whether the data root is there, or can be made, and takes files."""
    home = store.home
    there = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    return Finding(
        said("data root"),
        there.is_dir() and _takes_files(there),
        str(home) if home.exists() else said("{home} is not there; a refresh makes it", home=home),
        said("Give the user that runs the pipeline the right to write there."),
    )


def _readers(store: Store) -> Iterator[Finding]:
    """Whether others read what is published alone, and rows about people only those who may."""
    seen = _few(store, store.open_to_others())
    yield Finding(
        said("closed to other users"), not seen, said("open: {paths}", paths=seen) if seen else said("all but published"),
        said("`diklat refresh` closes what is its user's; of the rest: chmod -R go= in the data root, but for published."),
    )  # fmt: skip
    if (group := analysts()) is not None and store.current.exists():
        is_theirs = all((store.current / part).stat().st_gid == group for part in FOR_ANALYSTS)
        yield Finding(
            said("rows about people"), is_theirs, said("for {group} alone", group=ANALYSTS) if is_theirs else said("for all readers"),
            said("Make this user a member of {group} (usermod -aG); the next version is theirs. To the current one: chgrp -R.", group=ANALYSTS),
        )  # fmt: skip


def _key(store: Store) -> Iterator[Finding]:
    """Whether the key of the pseudonyms is there, where people were read."""
    key = store.home / "restricted" / "pseudonym.key"
    yield Finding(
        said("pseudonym key"), key.exists() or not any(store.staging.glob("*/*.parquet")),
        said("the sample city's") if key.exists() and store.has_sample_key else said("there") if key.exists() else said("not yet made"),
        said("Restore it from the back-up: without it new pseudonyms do not join with those of earlier months."),
    )  # fmt: skip


def _landing(store: Store) -> Iterator[Finding]:
    """Whether what was delivered is there still: a disk that is not mounted looks like a landing area in which nothing is."""
    if not store.is_national and any(store.staging.glob("*/*.parquet")):
        is_there = any(store.landing.glob("*/*/*"))
        yield Finding(
            said("landing area"), is_there, str(store.landing) if is_there else said("nothing in {folder}, though it was read", folder=store.landing),
            said("Mount it, or bring back what was delivered: a refresh publishes no such loss."),
        )  # fmt: skip


def _written(store: Store) -> Iterator[Finding]:
    """What the city wrote: its profiles, limits, further names of units, and what it says of itself."""
    try:
        flaws = [*set_aside(store), *(Agencies.read(store.home).set_aside if store.is_national else ())]
        _ = store.contacts
    except Flawed as error:
        flaws = list(error.flaws)
    for flaw in flaws:
        yield Finding(said("set aside"), False, said("{flaw}", flaw=flaw), flaw.mend or said("Mend the named line."))
    if not flaws:
        yield Finding(said("what the city wrote"), True, said("sound"))


def _writer(store: Store) -> Iterator[Finding]:
    """Who wrote last."""
    lock = store.home / ".writer.lock"
    yield Finding(
        said("writer"), True, said("last: {holder}", holder=holder(lock)) if lock.exists() else said("none yet")
    )


def _versions(store: Store) -> Iterator[Finding]:
    """Whether the versions that are kept are whole, and there is one."""
    kept = kept_versions(store)
    for manifest in kept:
        name = manifest["build_id"]
        sound = is_sound(store.version(name))
        role = said("current") if manifest["is_current"] else said("kept")
        state = said("{role}, whole", role=role) if sound else said("{role}, damaged", role=role)
        yield Finding(said("version {name}", name=name), sound, state,
                      said("`diklat refresh` points readers at the newest sound version and builds anew."))  # fmt: skip
    if not kept:
        yield Finding(said("published"), False, said("nothing yet"), "`diklat refresh`")


def _staging(store: Store) -> Iterator[Finding]:
    """Whether what was read is whole."""
    damaged = [name for _, name in _damaged_months(store)]
    yield Finding(
        said("staging"), not damaged, ", ".join(damaged) or said("whole"), said("`diklat refresh` reads it again.")
    )


LOOKS: tuple[Callable[[Store], Iterator[Finding]], ...] = (
    _readers, _key, _landing, _written, _writer, _versions, _staging,
)  # fmt: skip
"""What `examine` looks at in a data root that it may read, in this order."""
