"""Write, audit, publish: what readers open is a finished, verified copy; a pointer is moved, no file is changed.

`published/versions/<build_id>/{warehouse.duckdb, parquet/, report/, manifest.json}`; `published/current` → the newest
good one. The build id is made of the as-of date and of everything that went in: equal inputs, equal id.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from schemas.column import POLARS_TYPES
from schemas.ops import OPS
from schemas.said import said
from warehouse.auditing import pages as data_docs
from warehouse.auditing.integrity import SHAPE, AuditFailed, Verdict, audit_build
from warehouse.building.inputs import build_id, write_table
from warehouse.building.late import late_rows, note_shown
from warehouse.building.models import models
from warehouse.building.unchanged import last_of
from warehouse.database import connect, parquet_of, rows_of, write_parquet
from warehouse.delivery.landing import Landing
from warehouse.faults import Faults, keep, kept
from warehouse.people.privacy import forgotten
from warehouse.publishing import again, changes
from warehouse.publishing.changes import LATER
from warehouse.publishing.files import (
    SHOWN,
    copy_tables,
    describe_all,
    leave_build,
    months_of_facts,
    show_files,
    write_dashboards,
)
from warehouse.publishing.freshness import write_freshness
from warehouse.publishing.history import add_night, write_history
from warehouse.publishing.package import describe_version
from warehouse.store import (
    ALL_BUT_READERS,
    Store,
    digest,
    file_sha256,
    give_to_analysts,
    open_to_readers,
    read_json,
    sync,
    write_json,
)

KEPT_VERSIONS = 7
AUDIT_RESULT = OPS["audit_result"]
"""The table of verdicts; its columns are the fields of `Verdict`."""


def review_build(store: Store) -> list[Verdict]:
    """Audit the build and plan its publication: verdicts go to `ops.audit_result`, pages to `build/audit`, differences to
    `build/plan.json`. What was audited is kept as hashes, so that the verdicts are known to be of
    that very build.

    Raises FileNotFoundError without a build.
    """
    if not store.build.exists():
        raise FileNotFoundError(f"There is no build at {store.build}: run a whole refresh.")
    folder = store.build.parent
    last_of(store.build).unlink(missing_ok=True)
    (folder / "audit.json").unlink(missing_ok=True)
    for made in ("audit", "report"):
        shutil.rmtree(folder / made, ignore_errors=True)
    (folder / "plan.json").unlink(missing_ok=True)
    (folder / "audit").mkdir()
    faults = Faults()
    last = store.current.resolve() if is_sound(store.current) else None
    with connect(store.build) as con:
        name = con.execute("select build_id from ops.build").fetchall()[0][0]
        verdicts = audit_build(con, store)
        shaped = all(verdict.passed for verdict in verdicts if verdict.audit == SHAPE)
        if shaped:
            # Expectations read columns by name: where the contract does not hold they would only fail again.
            from warehouse.auditing import beside, expectations

            verdicts += expectations.check(con, last, folder / "audit", beside.ask)
            with faults.aside("plan.json"):
                write_json(folder / "plan.json", changes.plan(con, name, last))
        verdicts.sort(key=lambda verdict: [getattr(verdict, column) for column in AUDIT_RESULT.key])
        with faults.aside("audit/index.html"):
            data_docs.write_index(folder / "audit", name, verdicts)
        _write_verdicts(con, verdicts)
        write_history(con, store)
        con.execute("checkpoint")
    keep(store, "audit", faults)
    write_json(folder / "audit.json", {"build_id": name, "audited": _audited(store)})
    return verdicts


def _audited(store: Store) -> list[Any]:
    """What was audited: the build's content, and the staging files that its views lead to."""
    staged = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(store.staging.glob("*/*.parquet"))
    ]
    return [file_sha256(store.build), digest(staged)]


def verdicts_of(store: Store) -> list[Verdict]:
    """The verdicts on the build as it is now: those written into it, or, if it changed since, those of a new review."""
    reviewed = read_json(store.build.parent / "audit.json")
    if reviewed is None or not store.build.exists() or reviewed["audited"] != _audited(store):
        return review_build(store)
    columns, key = AUDIT_RESULT.names, ", ".join(AUDIT_RESULT.key)
    with connect(store.build, read_only=True) as con:
        rows = con.execute(f"select {', '.join(columns)} from {AUDIT_RESULT.table} order by {key}").fetchall()
    return [Verdict(**dict(zip(columns, row, strict=True))) for row in rows]


def publish_build(
    store: Store,
    say: Callable[[str], object] = lambda line: None,
    *,
    allow_loss: bool = False,
    begun: dt.datetime | None = None,
    by_month: bool = False,
) -> dict[str, Any]:
    """Publish the build if its audits passed; returns the version's manifest. `say` is told the plan before the pointer
    moves. With `allow_loss` it may hold less than the published version. `begun` is when the run began, for the history of nights. With
    `by_month` facts stand in Parquet files by month alone, which the version's database shows as views.

    While publication is held, the version is made and the pointer stays.

    Raises AuditFailed naming every failed audit, FileNotFoundError without a build, OSError when the disk does not keep
    what was written. In each case the pointer stays.
    """
    from warehouse.auditing.expectations import GUARDS

    allowed = GUARDS if allow_loss else frozenset()
    verdicts = verdicts_of(store)
    if failed := [v for v in verdicts if not v.passed and v.severity == "error" and v.audit not in allowed]:
        raise AuditFailed(failed)
    with connect(store.build, read_only=True) as con:
        name, as_of = con.execute("select build_id, as_of from ops.build").fetchall()[0]
    target = store.version(name)
    if is_sound(target):
        made_again(store, target)
    else:
        before = os.umask(ALL_BUT_READERS)
        try:
            _copy(store, target, name, as_of, verdicts, begun, months_of_facts() if by_month else {})
        finally:
            os.umask(before)
    if planned := read_json(store.build.parent / "plan.json"):
        for line in changes.lines(planned):
            say(line)
    if not store.hold:
        with connect(store.build, read_only=True) as con:
            note_shown(con, store, as_of)
        point_at(store, target)
    drop_old_versions(store)
    store.close_to_others()
    return dict(read_json(target / "manifest.json") or {})


def _write_verdicts(con: duckdb.DuckDBPyConnection, verdicts: Sequence[Verdict]) -> None:
    """Write the verdicts as the rows of their table's contract."""
    schema = {column.name: POLARS_TYPES[column.type] for column in AUDIT_RESULT.columns}
    write_table(con, AUDIT_RESULT.table, pl.DataFrame([asdict(verdict) for verdict in verdicts], schema=schema))


SET_ASIDE = "program: set aside"
"""The verdict that a piece beside the tables failed: a page, a chart, a returned workbook."""


def _set_aside(store: Store) -> list[Verdict]:
    """What the producers beside the tables set aside, for it is known only after the audits: warnings, one per piece."""
    return [
        Verdict(
            SET_ASIDE, producer, fault.what, "warning", False, "made", fault.error,
            "The program failed at this piece; the others, and every number of the warehouse, are whole.",
            "Tell whoever looks after the program the place in the code; it is tried again with the next version.",
        )
        for producer, faults in kept(store).items()
        for fault in {fault.what: fault for fault in faults}.values()
    ]  # fmt: skip


def _copy(
    store: Store,
    target: Path,
    name: str,
    as_of: dt.date,
    audited: Sequence[Verdict],
    begun: dt.datetime | None,
    months: Mapping[str, str],
) -> None:
    """Write the build's tables as people get them into a draft beside `target`, verify it as a reader would, and give it its name when it is whole.
    `months`: of tables that are to stand in files by month alone."""
    build, moment = store.build, dt.datetime.now(dt.UTC)
    draft = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    file, parquet = draft / "warehouse.duckdb", draft / "parquet"
    for schema in SHOWN:
        (parquet / schema).mkdir(parents=True)
    with connect(build, read_only=True) as con:
        late, made_of = late_rows(con), again.ingredients(con, store)
        built = {table: n for table, n in _counts(con).items() if table.startswith(SHOWN) and not table.endswith(LATER)}
    before = again.shown_before(store, made_of, months)
    for table, path in before.items():
        again.copy(path, parquet_of(parquet, table))
    with connect(file) as con:
        written = copy_tables(con, build, built, store.pseudonym_key(), before, parquet, months)
        verdicts = [*audited, *_set_aside(store)]
        _write_verdicts(con, verdicts)
        write_freshness(con, store, verdicts, moment)
        leave_build(con)
        add_night(con, store, verdicts, moment, begun)
        write_history(con, store)
        describe_all(con)
        con.execute("checkpoint")
        expected = _counts(con) | built
        shown = expected | _view_counts(con)
        written |= write_parquet(con, {table: parquet_of(parquet, table) for table in shown if table not in written})
        left_out = _left_out(con)
        [about] = rows_of(con, "select * from ops.run")
    write_dashboards(file, draft / "dashboards.duckdb")
    with _found_at(target, draft):
        if months:
            with connect(file) as con:
                show_files(con, months, target / "parquet")
                con.execute("checkpoint")
        _verify(file, shown, written)
    for beside in ("plan.json", "audit", "report"):
        source = build.parent / beside
        if source.is_dir():
            shutil.copytree(source, draft / beside)
        elif source.exists():
            shutil.copyfile(source, draft / beside)
    describe_version(draft, about | {"build_id": name}, shown)
    seal(
        store,
        draft,
        target,
        {
            "build_id": name,
            "as_of": as_of.isoformat(),
            "created_at": moment.isoformat(timespec="seconds"),
            "sha256": file_sha256(file),
            "rows": expected,
            "left_out": left_out,
            "late": late,
        }
        | ({"place": str(target)} if months else {}),
    )
    again.note(store, target, made_of)


def seal(store: Store, draft: Path, target: Path, manifest: dict[str, Any]) -> None:
    """Write a draft's manifest with the hash of every file, open it to readers, and give it its name: a version is whole or not there."""
    files = {str(path.relative_to(draft)): file_sha256(path) for path in sorted(draft.rglob("*")) if path.is_file()}
    write_json(draft / "manifest.json", manifest | {"serial": next_serial(store), "files": files})
    for path in (store.published, target.parent, draft):
        open_to_readers(path)
    for path in draft.rglob("*"):
        open_to_readers(path)
        sync(path)
    give_to_analysts(draft)
    sync(draft)
    _put_aside(target)
    draft.rename(target)
    sync(target.parent)


def _put_aside(target: Path) -> None:
    """Of the same name, but it did not pass its own checks: it is put aside, never mended in place."""
    if target.is_symlink():  # left by one who was stopped while a draft was to be found there
        target.unlink()
    if target.exists():
        broken = target.with_name(f".{target.name}.broken")
        shutil.rmtree(broken, ignore_errors=True)
        target.rename(broken)


@contextmanager
def _found_at(target: Path, draft: Path) -> Iterator[None]:
    """Have a draft be found where it will be, for a view of its files holds their path. Nobody is pointed there, and it is no version: it has no
    manifest."""
    _put_aside(target)
    target.symlink_to(draft.name)
    try:
        yield
    finally:
        target.unlink()


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Table → its number of rows."""
    tables = con.execute("select schema_name || '.' || table_name from duckdb_tables() order by all").fetchall()
    return {table: con.execute(f"select count(*) from {table}").fetchall()[0][0] for (table,) in tables}


def _view_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """View → its number of rows."""
    views = con.execute(
        "select schema_name || '.' || view_name from duckdb_views() where not internal order by all"
    ).fetchall()
    return {view: con.execute(f"select count(*) from {view}").fetchall()[0][0] for (view,) in views}


def _left_out(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Mart → its rows of which numbers are left out because they would tell about few people."""
    marts = [model.table for model in models().values() if model.contract.small_groups]
    return {mart: con.execute(f"select count(*) from {mart} where is_suppressed").fetchall()[0][0] for mart in marts}


def _verify(file: Path, expected: dict[str, int], written: dict[str, int]) -> None:
    """Open the copy as a reader would; a difference is an OSError, because the disk did not keep what was written."""
    with connect(file, read_only=True) as con:
        for kind, found in (("copy", _counts(con) | _view_counts(con)), ("Parquet copy", written)):
            for table in sorted(found.keys() | expected.keys()):
                if found.get(table) != expected.get(table):
                    raise OSError(
                        f"The {kind} of {file} holds {found.get(table)} rows of {table}, the build {expected.get(table)}: "
                        "publication stopped."
                    )


def is_sound(version: Path) -> bool:
    """Whether a version is complete: its manifest is there, each of its files has the manifest's hash, and views of its files, if it has such, lead
    to these very files and not to where it was before somebody moved it."""
    manifest = read_json(version / "manifest.json")
    if manifest is None or Path(manifest.get("place", version)).resolve() != version.resolve():
        return False
    files = ({"warehouse.duckdb": manifest["sha256"]} if "sha256" in manifest else {}) | manifest.get("files", {})
    return all((version / name).is_file() and file_sha256(version / name) == sha256 for name, sha256 in files.items())


def point_at(store: Store, target: Path) -> None:
    """Have readers led to a version: the link is moved in one step."""
    link = store.published / ".current.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / target.name)
    link.replace(store.current)
    sync(store.published)


def kept_versions(store: Store) -> list[dict[str, Any]]:
    """Manifests of the kept versions, newest first, each with `is_current`."""
    manifests = [
        manifest | {"is_current": store.current.resolve() == path.resolve()}
        for path in (store.published / "versions").glob("[!.]*")
        if (manifest := read_json(path / "manifest.json"))
    ]
    return sorted(manifests, key=lambda manifest: (*_nth(manifest), manifest["build_id"]), reverse=True)


def _nth(manifest: Mapping[str, Any]) -> tuple[int, str]:
    """Which of all a version is, for a clock may be set back; those from before versions were numbered came first, in the order of their time."""
    return manifest.get("serial", 0), manifest["created_at"]


def next_serial(store: Store) -> int:
    """The number of what is made next: a version, or a forgetting, of which versions lack somebody only if they come after it."""
    return 1 + max(forgotten(store).serial, *(_nth(manifest)[0] for manifest in kept_versions(store)), 0)


def moment_of(store: Store) -> dict[str, str | int]:
    """Now, as the register of who was forgotten has it: the clock's time, and the number among the versions."""
    return {"since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "serial": next_serial(store)}


def made_again(store: Store, version: Path) -> None:
    """Make a version that is there the newest, where what went in became again what it had been: before it is what readers had meanwhile."""
    if kept_versions(store)[0]["build_id"] != version.name:
        file = version / "manifest.json"
        write_json(file, (read_json(file) or {}) | {"serial": next_serial(store)})
        open_to_readers(file)


def rollback(store: Store, wanted: str | None = None, *, is_held: bool = False) -> str:
    """Move the pointer to `wanted`, or to the version before the current one; with `is_held` publication is held there until `release`. Returns
    its build id.

    Raises LookupError when there is no such version or it is not sound.
    """
    kept = kept_versions(store)
    if wanted is None:
        position = next((i for i, manifest in enumerate(kept) if manifest["is_current"]), -1)
        earlier = kept[position + 1 :]
        if not earlier:
            raise LookupError(said("There is no earlier version to go back to."))
        wanted = earlier[0]["build_id"]
    target = store.version(str(wanted))
    if not is_sound(target):
        names = ", ".join(manifest["build_id"] for manifest in kept) or said("none")
        raise LookupError(said("No sound version {name}; kept are: {names}.", name=repr(wanted), names=names))
    if is_held:
        # First: of who is stopped between the two nothing is undone by the next night.
        hold(store, f"rolled back to {wanted}")
    point_at(store, target)
    return str(wanted)


def hold(store: Store, reason: str) -> None:
    """Leave readers where they are until `release`: versions are made and audited, and wait.

    No lock is needed: a run that is on its way looks right before it would move the pointer.
    """
    since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    write_json(store.holding, {"reason": reason, "since": since})


def release(store: Store) -> dict[str, Any] | None:
    """Let the next run publish again; returns what held publication, or None where nothing did."""
    held = store.hold
    store.holding.unlink(missing_ok=True)
    return held


def drop_old_versions(store: Store) -> None:
    """Remove all but the newest versions and the current one; once somebody was forgotten and a version lacks them, those from
    before, too: what one has and the other has not would be theirs."""
    versions, last = kept_versions(store), forgotten(store)
    since = (last.serial, last.since)
    has_forgotten = any(manifest["is_current"] and _nth(manifest) > since for manifest in versions)
    for nth, manifest in enumerate(versions):
        is_from_before = has_forgotten and _nth(manifest) <= since
        if not manifest["is_current"] and (nth >= KEPT_VERSIONS or is_from_before):
            _drop(store.version(manifest["build_id"]))


def _drop(version: Path) -> None:
    """Remove a version. It is none from the first moment on: who is stopped meanwhile leaves a draft, whose rest the next run removes."""
    gone = version.with_name(f".{version.name}.gone")
    version.rename(gone)
    shutil.rmtree(gone)


def is_published(store: Store, as_of: dt.date, landing: Landing) -> bool:
    """Whether the current version is what was staged, and whole; while publication is held, whether the version of it is
    ready. That nothing else waits to be staged is another question (`changed_months`)."""
    made = _made(store, as_of, landing)
    return made is not None and is_sound(made)


def is_made(store: Store, as_of: dt.date, landing: Landing) -> bool:
    """The same by the name alone, without a look at the files."""
    return _made(store, as_of, landing) is not None


def _made(store: Store, as_of: dt.date, landing: Landing) -> Path | None:
    """Where the version of these inputs is, once it is made: readers are pointed at it, unless publication is held."""
    name = build_id(store, as_of, landing)
    folder = store.version(name) if store.hold else store.current
    manifest = read_json(folder / "manifest.json")
    return folder if manifest is not None and manifest["build_id"] == name else None
