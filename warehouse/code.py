"""The version of this program's own code, room by room: what was made by other code is made again."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

from warehouse.store import digest

ROOT = Path(__file__).parents[1]
SUFFIXES = (".py", ".sql", ".csv", ".yaml", ".html", ".css", ".js", ".typ", ".po")


@cache
def code_version(*rooms: str) -> str:
    """Digest of every source file in `rooms` (folders or files below the project's root, as `warehouse/delivery`)."""
    files = [
        path
        for room in rooms
        for path in ([ROOT / room] if (ROOT / room).is_file() else sorted((ROOT / room).rglob("*")))
        if path.suffix in SUFFIXES
    ]
    return digest([[str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")] for path in files])


@cache
def library_versions(*names: str) -> dict[str, str]:
    """Library → its installed version."""
    return {name: version(name) for name in names}
