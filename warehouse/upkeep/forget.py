"""Forgetting a person (UU 27/2022: erasure): nothing of them stays in the stores and versions, and nothing comes back.

The person's pseudonym and the hashed words of their name are kept, so that no delivery brings them back. Answers to surveys
are tied to nobody and stay; so do sums over many people that were published before.
"""

from __future__ import annotations

import datetime as dt
import glob
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from schemas.identity import nip
from schemas.reasons import REASONS
from schemas.said import said
from schemas.sources import SOURCES
from warehouse.database import connect, parquet_of, parquet_rows, turn_into, write_anew, write_parquet
from warehouse.delivery.landing import scan
from warehouse.lock import one_writer
from warehouse.national.people import forget_in_nation
from warehouse.people.door import is_written
from warehouse.people.privacy import LENGTH, forgotten, pseudonyms, words_of, write_identity
from warehouse.publishing.files import months_of_facts, show_files
from warehouse.publishing.version import moment_of
from warehouse.staging.month import read_month
from warehouse.staging.recipe import Recipes, read_manifest
from warehouse.store import Store, file_sha256, open_to_readers, read_json, sync, write_json

EVER = dt.date(9999, 12, 31)


@dataclass
class Result:
    """What was done, and where the person still stands."""

    pseudonym: str
    n_rows: int = 0
    """Rows taken out of the staging store and the quarantine."""
    versions: list[str] = field(default_factory=list)
    """Published versions that were written anew."""
    still_in: list[str] = field(default_factory=list)
    """Delivered files that hold the person, and copies of them for the senders: they are the senders' to mend."""


def forget_person(store: Store, person: str, say: Callable[[str], object] = lambda line: None) -> Result:
    """Take a person, named by NIP or pseudonym, out of everything; `say` is told what is being done.

    May be stopped and called again. The next refresh publishes a version whose sums lack them, too. In a national home every agency that knows them
    forgets them; in an agency's, the nation forgets what it knows of them there.
    Raises LookupError when nothing is known of the person, ValueError when `person` is neither NIP nor pseudonym.
    """
    if store.is_national:
        return _forget_everywhere(store, person, say)
    code = pseudonym_of(store, person)
    names = {word for name in _names(store, code) for word in words_of(name)}
    months = months_with(store, code, names)
    before = forgotten(store)
    if not months and code not in before.people:
        raise LookupError(
            said("Nothing is known of {person}: no accepted or refused row bears this identity.", person=code)
        )
    result = Result(code)
    codes = pseudonyms(store.pseudonym_key(), "name")
    # First of all they are barred: whatever else is stopped half-way, no later reading brings them back.
    people, words = before.people | {code}, before.words | {codes.one(word) for word in names}
    then = {"since": before.since, "serial": before.serial} if code in before.people else moment_of(store)
    write_json(store.forgotten, {"people": sorted(people), "words": sorted(words)} | then)
    recipes = Recipes(store, scan(store, EVER))
    versions = sorted(
        path for path in (store.published / "versions").glob("*") if (path / "warehouse.duckdb").is_file()
    )
    of = len(months) + len(versions)
    for n, ((source, month), files) in enumerate(sorted(months.items()), start=1):
        say(said("[{nth}/{of}] reading {month} again without them", nth=n, of=of, month=f"{source} {month}"))
        n_before = _rows(store, source, month)
        # Whatever becomes of its files meanwhile, the month does not stay as it was.
        (store.staging / source / f"{month}.json").unlink(missing_ok=True)
        read_month(store, recipes.of(source, month))
        result.n_rows += n_before - _rows(store, source, month)
        for file in files:
            copies = sorted((store.returned / file).parent.glob(f"{glob.escape(Path(file).name)}*"))
            # A member of an archive lies unpacked until the archive is gone.
            copies += [path for path in [store.unpacked / file] if path.is_file()]
            result.still_in += [os.path.relpath(path, store.home) for path in (store.landing / file, *copies)]
    write_identity(store)
    shutil.rmtree(store.build.parent, ignore_errors=True)
    for n, folder in enumerate(versions, start=len(months) + 1):
        say(said("[{nth}/{of}] writing version {name} anew", nth=n, of=of, name=folder.name.lstrip(".")))
        if not (folder / "manifest.json").is_file():  # What a stopped run left: no version, and nobody's to open.
            shutil.rmtree(folder)
        elif _rewrite(folder, code):
            result.versions.append(folder.name)
    if store.national:
        forget_in_nation(store.national, store.home.name, code)
    return result


def _forget_everywhere(nation: Store, person: str, say: Callable[[str], object]) -> Result:
    """Take a person out of every agency of a nation that knows them; each has a pseudonym of its own for them."""
    found: list[Result] = []
    for home in sorted(path for path in nation.agencies.glob("*") if path.is_dir()):
        store = nation.agency(home.name)
        with one_writer(store, "diklat forget"), suppress(LookupError):
            result = forget_person(store, person, say=partial(_said_of, say, home.name))
            result.still_in = [os.path.relpath(home / file, nation.home) for file in result.still_in]
            found.append(result)
    if not found:
        raise LookupError(said("Nothing is known of this person in any agency."))
    versions = [version for result in found for version in result.versions]
    files = [file for result in found for file in result.still_in]
    return Result(
        ", ".join(result.pseudonym for result in found), sum(result.n_rows for result in found), versions, files
    )


def _said_of(say: Callable[[str], object], agency: str, line: str) -> None:
    say(said("{agency}: {line}", agency=agency, line=line))


def pseudonym_of(store: Store, person: str) -> str:
    """The pseudonym of a NIP, or the pseudonym itself; raises ValueError for anything else."""
    if re.fullmatch(rf"[0-9a-f]{{{2 * LENGTH}}}", person):
        return person
    digits, wrong = nip.check(person)
    if wrong or not digits:
        if wrong in (None, "NIP_LENGTH"):
            raise ValueError(
                said("This is neither an NIP or NI PPPK (18 digits) nor a pseudonym (32 characters of 0-9, a-f).")
            )
        reason = REASONS[wrong]
        raise ValueError(
            said(
                "{indonesian} {mend} ({english})",
                indonesian=reason.indonesian,
                mend=reason.mend,
                english=reason.english,
            )
        )
    return pseudonyms(store.pseudonym_key(), "person").one(digits)


def months_with(store: Store, code: str, names: set[str]) -> dict[tuple[str, str], list[str]]:
    """(source, month) → its files with rows of the person, accepted or refused, or with words about them."""
    months: dict[tuple[str, str], list[str]] = {}
    people = pseudonyms(store.pseudonym_key(), "person")

    def names_them(text: str) -> bool:
        words = names.intersection(re.findall(r"[^\W\d_]+", text.casefold()))
        # One word of a name may be anybody's.
        is_named = bool(words) and len(words) >= min(2, len(names))
        return code in text or is_named or any(people.one(n) == code for n in re.findall(r"\d{9,}", text))

    for source, contract in SOURCES.items():
        ids = [column.name for column in contract.columns if column.privacy == "pseudonym"]
        for path in sorted((store.staging / source).glob("[!.]*.parquet")):
            manifest = read_manifest(store, source, path.stem)
            if manifest is None:  # another edition read it: it is read again, whoever is in it
                months[source, path.stem] = []
                continue
            rows, files, tokens = pl.scan_parquet(path), set[str](), list[str]()
            is_theirs = [pl.col(name) == code for name in ids]
            if (words := store.words / source / path.name).is_file():
                tokens = [token for token, text in pl.read_parquet(words).iter_rows() if names_them(text)]
                is_theirs += [pl.col(column.name).is_in(tokens) for column in contract.columns if is_written(column)]
            if is_theirs:
                theirs = rows.filter(pl.any_horizontal(is_theirs)).select("source_file").collect().to_series()
                files |= {file["file_name"] for file in manifest["files"] if file["file"] in set(theirs)}
            if (refused := store.quarantine / source / path.name).is_file():
                raw = pl.read_parquet(refused, columns=["file_name", "raw_row"]).iter_rows()
                files |= {name for name, row in raw if row and names_them(row)}
            if files or tokens:  # words may be those of a file that is held
                months[source, path.stem] = sorted(files)
    return months


def _names(store: Store, code: str) -> set[str]:
    paths = (store.restricted / "identity").glob("*.parquet")
    frames = [pl.read_parquet(path).filter(pl.col("pseudonym") == code) for path in paths]
    return {name for frame in frames for name in frame.get_column("full_name").drop_nulls()}


def _rows(store: Store, source: str, month: str) -> int:
    paths = [root / source / f"{month}.parquet" for root in (store.staging, store.quarantine)]
    return sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in paths if path.is_file())


def _rewrite(folder: Path, code: str) -> bool:
    """Write a version's files anew without the person; whether there was anything of them.

    A new file takes the old one's place, so that readers who have the old one open go on; the database last, for as long as it names the
    person, whoever was stopped does all of it again. What a stop leaves is removed by the next run (`health.reconcile`).
    """
    file, copy, draft = folder / "warehouse.duckdb", folder / ".copy.tmp", folder / ".warehouse.duckdb.tmp"
    for path in (copy, draft):
        path.unlink(missing_ok=True)
    shutil.copyfile(file, copy)
    parquet, months = folder / "parquet", months_of_facts()
    by_month = [fact for fact in months if parquet_of(parquet, fact).is_dir()]
    with connect(copy) as con:
        for fact in by_month:
            turn_into(con, "table", fact, parquet_rows(parquet_of(parquet, fact)))
        changed = [table for table in _tables(con) if _erase(con, table, code)]
        # A fact that stands in files alone may lack them already, since somebody was stopped.
        changed += [fact for fact in by_month if changed and fact not in changed]
        # With the views of what holds now, where the version has them.
        names = [name for table in changed for name in (table, f"{table}_current")]
        targets = {name: path for name in names if (path := parquet_of(parquet, name)).exists()}
        anew = {name: target.with_name(f".{target.name}.tmp") for name, target in targets.items()}
        written = write_parquet(con, anew, {fact: months[fact] for fact in by_month})
        show_files(con, by_month, parquet)
        con.execute("checkpoint")
    if changed:
        manifest = read_json(folder / "manifest.json") or {}
        write_anew(copy, draft)
        drafts = {file: draft} | {
            targets[name] / path.relative_to(made): path
            for name, made in anew.items()
            for path in ([made] if made.is_file() else made.rglob("*.parquet"))
        }
        # The last of a month's rows may have been theirs.
        emptied = {path for fact in by_month for path in targets[fact].rglob("*.parquet")} - drafts.keys()
        manifest["rows"] |= {table: written[table] for table in changed}
        manifest |= {"sha256": file_sha256(draft)} | ({"place": str(folder)} if by_month else {})
        of_months = tuple(f"{targets[fact].relative_to(folder)}/" for fact in by_month)
        others = {name: sha256 for name, sha256 in manifest["files"].items() if not name.startswith(of_months)}
        made_anew = {str(target.relative_to(folder)): file_sha256(path) for target, path in drafts.items()}
        manifest["files"] = others | made_anew
        del drafts[file]
        for target, path in drafts.items():
            _take_place(target, path)
        for path in emptied:
            path.unlink()
        for made in anew.values():
            shutil.rmtree(made, ignore_errors=True)
        write_json(folder / "manifest.json", manifest)
        open_to_readers(folder / "manifest.json")
        _take_place(file, draft)
        for path in {path.parent for path in (*drafts, file)}:
            open_to_readers(path)
            sync(path)
    copy.unlink()
    return bool(changed)


def _take_place(target: Path, path: Path) -> None:
    """Put a finished file in the place of another, for whom that was for, or into a month that had none yet."""
    target.parent.mkdir(exist_ok=True)
    open_to_readers(path)
    with suppress(PermissionError):
        os.chown(path, -1, (target if target.exists() else target.parent).stat().st_gid)
    sync(path)
    path.replace(target)


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    query = (
        "select schema_name || '.' || table_name as name from duckdb_tables() order by name = 'core.dim_employee', name"
    )
    return [table for (table,) in con.execute(query).fetchall()]


def _erase(con: duckdb.DuckDBPyConnection, table: str, code: str) -> bool:
    """Delete the person's rows of one table (the dimension comes last: it knows their keys); where they only had a role
    in something, the role is unknown."""
    schema, name = table.split(".")
    query = "select column_name from duckdb_columns() where schema_name = ? and table_name = ?"
    columns = {column for (column,) in con.execute(query, [schema, name]).fetchall()}
    n = 0
    if "employee_id" in columns:
        n += con.execute(f"delete from {table} where employee_id = ?", [code]).fetchall()[0][0]
    for role in sorted(column for column in columns if column.endswith("_employee_key")):
        keys = "select employee_key from core.dim_employee where employee_id = ?"
        n += con.execute(f"update {table} set {role} = 'unknown' where {role} in ({keys})", [code]).fetchall()[0][0]
    return n > 0
