"""A .zip file: unpacked once, each member a file of its own from then on, under the same limits as any other.

Belongs here: what of an archive is taken out, and where to. Does not belong here: which files are archives, and what becomes
of the members (`warehouse.delivery.landing`).
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from schemas.reasons import FileRefused

ENDING = ".zip"
MEMBERS_LIMIT = 1_000
"""Files of one archive."""
UNPACKED_LIMIT = 1 << 30
"""Bytes of all members together."""
RATIO_LIMIT = 150
"""A member above 64 MB that packs better than this is no table that anybody made."""
PIECE = 16 << 20
CLUTTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
"""What programs put into archives by themselves, beside hidden and lock files."""
DONE = ".sha256"
"""File in an unpacked archive's folder: the hash of the archive that its members are from."""


def unpack(path: Path, sha256: str, folder: Path, scratch: Path) -> list[Path]:
    """The members of the archive at `path`, in order, unpacked below `folder` unless they are there already.

    Raises FileRefused for names that lead out of the folder, links, passwords, sizes, and what is damaged: then none of the
    members is taken. `scratch` takes them until they are whole.
    """
    if not is_unpacked(folder, sha256):
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder.parent)
        with tempfile.TemporaryDirectory(dir=scratch, prefix=f"{os.getpid()}-") as temporary:
            new = Path(temporary, "members")
            new.mkdir(mode=0o700)
            _unpack(path, new)
            (new / DONE).write_text(sha256, encoding="ascii")
            (new / DONE).chmod(0o600)
            new.rename(folder)
    return sorted(member for member in folder.rglob("*") if member.is_file() and member != folder / DONE)


def is_unpacked(folder: Path, sha256: str) -> bool:
    """Whether the members of that very archive lie below the folder."""
    done = folder / DONE
    return done.is_file() and done.read_text(encoding="ascii") == sha256


def _unpack(path: Path, folder: Path) -> None:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FileRefused("FILE_KIND", "The content is no .zip archive, or it is cut.") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        members = [(entry, name) for entry in entries if (name := _target(entry))]
        _check(members, path.stat().st_size)
        try:
            for entry, name in members:
                target = folder.joinpath(*name.parts)
                _make(target.parent)
                with archive.open(entry) as source, target.open("xb") as sink:
                    target.chmod(0o600)
                    shutil.copyfileobj(source, sink, PIECE)
        except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, FileExistsError) as error:
            raise FileRefused("FILE_UNREADABLE", f"A member is damaged or cut ({type(error).__name__}).") from error


def _make(folder: Path) -> None:
    """A folder, and those above it, for their owner alone."""
    for each in [each for each in reversed([folder, *folder.parents]) if not each.exists()]:
        each.mkdir(mode=0o700)


def _target(entry: zipfile.ZipInfo) -> PurePosixPath | None:
    """Where a member goes, below the archive's folder; None for what is no delivery."""
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in entry.filename or not entry.filename.isprintable():
        raise FileRefused("FILE_HOSTILE", "The name of a member leads out of the archive, or is none.")
    if any(len(part.encode()) > 240 for part in name.parts):
        raise FileRefused("FILE_HOSTILE", "The name of a member is longer than a file's can be.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileRefused("FILE_LINK", "A member of the archive is a link.")
    is_clutter = any(part in CLUTTER or part.startswith((".", "~$")) for part in name.parts)
    return None if is_clutter else name


def _check(members: list[tuple[zipfile.ZipInfo, PurePosixPath]], packed: int) -> None:
    names = {name for _, name in members}
    if not members:
        raise FileRefused("FILE_EMPTY")
    if len({str(name).casefold() for name in names}) < len(members):
        raise FileRefused("FILE_HOSTILE", "Members of the archive have one name.")
    if any(entry.flag_bits & 1 for entry, _ in members):
        raise FileRefused("FILE_PASSWORD")
    total = sum(entry.file_size for entry, _ in members)
    if len(members) > MEMBERS_LIMIT:
        raise FileRefused("FILE_TOO_LARGE", f"{len(members):,} members; {MEMBERS_LIMIT:,} are taken.")
    if total > UNPACKED_LIMIT or (total > 64 << 20 and total > RATIO_LIMIT * packed):
        raise FileRefused("FILE_TOO_LARGE", f"{total:,} bytes unpacked from {packed:,}.")
