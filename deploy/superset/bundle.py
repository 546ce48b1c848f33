"""Zips the dashboard bundle beside this file, with the path of the DuckDB file filled in.

    python bundle.py evaluasi_diklat.zip --database /var/lib/diklat/published/current/dashboards.duckdb

Only the standard library, so that any Python makes the same bytes: files in order, one fixed time, no compression.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from pathlib import Path, PurePosixPath

SOURCE = Path(__file__).parent / "bundle"
ROOT = "evaluasi_diklat"
EPOCH = (1980, 1, 1, 0, 0, 0)


def uri(database: str) -> str:
    """The SQLAlchemy address of a DuckDB file. The path is not resolved: `current` has to stay in it."""
    if not PurePosixPath(database).is_absolute() or "?" in database:
        raise ValueError(f"the path of the DuckDB file must be absolute and without '?', not {database!r}")
    return f"duckdb:///{database}"


def build(out: Path, database: str) -> Path:
    """Write the zip that Superset imports."""
    address = f"sqlalchemy_uri: {json.dumps(uri(database))}"
    with zipfile.ZipFile(out, "w") as bundle:
        for path in sorted(SOURCE.rglob("*.yaml"), key=lambda path: path.as_posix()):
            text = path.read_text(encoding="utf-8")
            if path.parent.name == "databases":
                text = re.sub(r"(?m)^sqlalchemy_uri:.*$", lambda _: address, text)
            name = f"{ROOT}/{path.relative_to(SOURCE).as_posix()}"
            bundle.writestr(zipfile.ZipInfo(name, EPOCH), text.encode())
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description="Zip the Superset dashboard.")
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--database", required=True, help="absolute path, through published/current, of the DuckDB file"
    )
    args = parser.parse_args()
    print(build(args.out, args.database))


if __name__ == "__main__":
    main()
