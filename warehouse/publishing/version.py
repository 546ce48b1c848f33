"""Write, audit, publish: what readers open is a finished, verified copy; a pointer is moved, no file is changed.

`published/versions/<build_id>/{warehouse.duckdb, parquet/, report/, manifest.json}`; `published/current` → the newest
good one. The build id is made of the as-of date and of everything that went in: equal inputs, equal id.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

import schemas
from schemas.policy import POLICY
from warehouse.auditing import pages as data_docs
from warehouse.auditing.integrity import SHAPE, AuditFailed, Verdict, audit
from warehouse.building import build as engine
from warehouse.delivery.landing import Landing
from warehouse.people.privacy import Names, forgotten
from warehouse.publishing import changes
from warehouse.store import Store, digest, file_sha256, read_json, sync, write_json

KEPT_VERSIONS = 7
DELIVERY = {
    "source": pl.String, "month": pl.String, "file_name": pl.String, "sha256": pl.String, "profile": pl.String,
    "n_read": pl.Int64, "n_accepted": pl.Int64, "n_refused": pl.Int64, "n_duplicate": pl.Int64, "n_skipped": pl.Int64,
    "status": pl.String, "reason_code": pl.String, "seen": pl.String, "read_as": pl.String, "drift": pl.String,
}  # fmt: skip


def build_id(store: Store, as_of: dt.date, deliveries: Landing) -> str:
    """Name of the version that these inputs make: files, contracts, models, policy and as-of date."""
    inputs = [
        [[key, deliveries.fingerprint(*key)] for key in sorted(deliveries.deliveries)],
        [[p.file_name, p.sha256, p.code] for p in deliveries.problems],
        _rules(),
        store.policy.read_text(encoding="utf-8"),
        store.pseudonym_key().hex(),
        read_json(store.forgotten),
    ]
    return f"{as_of:%Y%m%d}-{digest(inputs)[:12]}"


SOURCE_FILES = (".py", ".sql", ".csv", ".yaml", ".html", ".css", ".js", ".typ")


@cache
def _rules() -> list[str]:
    """The text of every contract, model, policy value and page."""
    rooms = [engine.MODELS.parent, Path(schemas.__file__).parent]
    files = sorted(path for room in rooms for path in room.rglob("*") if path.suffix in SOURCE_FILES)
    return [path.read_text(encoding="utf-8") for path in files]


def begin(con: duckdb.DuckDBPyConnection, store: Store, as_of: dt.date, deliveries: Landing) -> None:
    """Prepare the build: staging views, the as-of date, the policy, what was delivered and what was refused."""
    con.execute("create schema if not exists ops")
    con.execute(f"create or replace table ops.run as select date '{as_of}' as as_of")
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in engine.columns_of("ops.policy").items())

    def policies(file: Path) -> str:
        return (
            f"read_csv('{_quoted(file)}', header = true, auto_detect = false, delim = ',', quote = '\"', "
            f"columns = {{{types}}})"
        )

    con.execute(
        f"create or replace table ops.policy as with given as (select * from {policies(store.policy)}), "
        f"shipped as (select * from {policies(POLICY)}) select * from (select * from given union all "
        # A value that the city's own file does not name is the shipped one: a limit is never simply missing.
        f"select * from shipped where policy not in (select policy from given)) "
        # The value in force on the as-of date; before the first one, the first.
        f"qualify row_number() over (partition by policy order by valid_from <= date '{as_of}' desc, "
        f"abs(date_diff('day', valid_from, date '{as_of}'))) = 1"
    )
    delivered, rejected = [], []
    for source, month in deliveries.deliveries:
        manifest = read_json(store.staging / source / f"{month}.json") or {"files": []}
        delivered += [{"source": source, "month": month, **report} for report in manifest["files"]]
        refused = store.quarantine / source / f"{month}.parquet"
        if refused.exists():
            rejected.append(
                pl.read_parquet(refused, columns=["source", "month", "file_name", "reason_code", "column_name"])
            )
    for problem in deliveries.problems:
        delivered.append({**asdict(problem), "profile": "", "status": problem.status, "reason_code": problem.code}
                         | dict.fromkeys(("n_read", "n_accepted", "n_refused", "n_duplicate", "n_skipped"), 0))  # fmt: skip
    files = pl.DataFrame([{name: row.get(name) for name in DELIVERY} for row in delivered], schema=DELIVERY)
    key = ["source", "month", "file_name", "reason_code", "column_name"]
    summary = pl.concat([pl.DataFrame(schema=dict.fromkeys(key, pl.String)), *rejected])
    summary = summary.group_by(key).agg(pl.len().cast(pl.Int64).alias("n_rows")).sort(key)
    for name, table in {"delivery": files.sort("source", "month", "file_name"), "rejection_summary": summary}.items():
        # In the store a file goes by its path below the landing area, in the warehouse by folder and name.
        path = pl.col("file_name").str
        table = table.with_columns(
            path.extract(r"([^/]*)$").alias("file_name"), path.extract(r"^(.*)/").fill_null("").alias("folder")
        )
        con.register("incoming", table.to_arrow())
        con.execute(f"create or replace table ops.{name} as select * from incoming")
        con.unregister("incoming")
    name = build_id(store, as_of, deliveries)
    con.execute(f"create or replace table ops.build as select '{name}' as build_id, date '{as_of}' as as_of")
    engine.create_staging_views(con, store, as_of.isoformat())
    _write_comments(con, store)


def _write_comments(con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """`private.survey_comment`: what respondents wrote, without the names of employees and narasumber."""
    people = [
        pl.read_parquet(path, columns=["full_name"]) for path in (store.restricted / "identity").glob("*.parquet")
    ]
    known = (
        pl.concat([pl.DataFrame(schema={"full_name": pl.String}), *people])
        .get_column("full_name")
        .drop_nulls()
        .unique()
    )
    trainers = con.execute("select distinct full_name from staging.instructors where full_name is not null").fetchall()
    names = Names([*known, *(name for (name,) in trainers)], store.pseudonym_key(), forgotten(store).words)
    # A form has one comment, which some systems repeat on each of its questions.
    said = sorted((store.words / "survey_responses").glob("[!.]*.parquet"))
    found = con.execute(
        "select distinct s.class_id, s.response_id, w.comment from staging.survey_responses as s inner join ops.run as r "
        "on coalesce(cast(s.submitted_at as date) <= r.as_of, true) inner join read_parquet(?) as w "
        "using (delivery_month, source_file, source_sheet, source_row) where trim(w.comment) <> ''",
        [[str(path) for path in said]],
    ).fetchall() if said else []  # fmt: skip
    rows = [(class_id, names.scrub(" ".join(comment.split()))) for class_id, _, comment in found]
    table = pl.DataFrame(rows, schema={"class_id": pl.String, "comment": pl.String}, orient="row")
    con.execute("create schema if not exists private")
    con.register("incoming", table.to_arrow())
    con.execute("create or replace table private.survey_comment as select * from incoming")
    con.unregister("incoming")


def review(store: Store) -> list[Verdict]:
    """Audit the build and plan its publication: verdicts go to `ops.audit_result`, pages to `build/audit`, differences to
    `build/plan.json`. What was audited is kept as hashes, so that the verdicts are known to be of
    that very build.

    Raises FileNotFoundError without a build.
    """
    if not store.build.exists():
        raise FileNotFoundError(f"There is no build at {store.build}: run a whole refresh.")
    folder = store.build.parent
    (folder / "audit.json").unlink(missing_ok=True)
    for made in ("audit", "report"):
        shutil.rmtree(folder / made, ignore_errors=True)
    (folder / "audit").mkdir()
    last = store.current.resolve() if is_sound(store.current) else None
    with engine.connect(store.build) as con:
        name = con.execute("select build_id from ops.build").fetchall()[0][0]
        verdicts = audit(con, store)
        shaped = all(verdict.passed for verdict in verdicts if verdict.audit == SHAPE)
        if shaped:
            # Expectations read columns by name: where the contract does not hold they would only fail again.
            from warehouse.auditing.expectations import check

            verdicts += check(con, last, folder / "audit")
            write_json(folder / "plan.json", changes.plan(con, name, last))
        data_docs.write_index(folder / "audit", name, verdicts)
        _write_verdicts(con, verdicts)
        con.execute("checkpoint")
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
    said = read_json(store.build.parent / "audit.json")
    if said is None or not store.build.exists() or said["audited"] != _audited(store):
        return review(store)
    with engine.connect(store.build, read_only=True) as con:
        columns = ", ".join(field.name for field in fields(Verdict))
        return [Verdict(*row) for row in con.execute(f"select {columns} from ops.audit_result").fetchall()]


def finish(store: Store, say: Callable[[str], object] = lambda line: None) -> dict[str, Any]:
    """Publish the build if its audits passed; returns the version's manifest. `say` is told the plan before the pointer
    moves.

    Raises AuditFailed naming every failed audit, FileNotFoundError without a build, OSError when the disk does not keep
    what was written. In each case the pointer stays.
    """
    if failed := [v for v in verdicts_of(store) if not v.passed and v.severity == "error"]:
        raise AuditFailed(failed)
    with engine.connect(store.build, read_only=True) as con:
        name, as_of = con.execute("select build_id, as_of from ops.build").fetchall()[0]
    target = store.version(name)
    if not is_sound(target):
        _copy(store.build, target, name, as_of)
    for line in changes.lines(read_json(store.build.parent / "plan.json") or {}):
        say(line)
    _point(store, target)
    _forget_old(store)
    return dict(read_json(target / "manifest.json") or {})


def _write_verdicts(con: duckdb.DuckDBPyConnection, verdicts: Sequence[Verdict]) -> None:
    rows = pl.DataFrame([asdict(verdict) for verdict in verdicts], schema=[field.name for field in fields(Verdict)])
    con.register("incoming", rows.to_arrow())
    con.execute("create or replace table ops.audit_result as select * from incoming")
    con.unregister("incoming")


def _copy(build: Path, target: Path, name: str, as_of: dt.date) -> None:
    """Copy the build into a draft beside `target`, verify it as a reader would, and give it its name when it is whole."""
    draft = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    file, copy = draft / "warehouse.duckdb", draft / ".copy.tmp"
    shutil.copyfile(build, copy)
    with engine.connect(copy) as con:
        engine.present(con)
        con.execute("checkpoint")
    engine.write_anew(copy, file)
    copy.unlink()
    counts = {}
    with engine.connect(file) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        for schema, table in tables:
            (draft / "parquet" / schema).mkdir(parents=True, exist_ok=True)
            path = draft / "parquet" / schema / f"{table}.parquet"
            engine.write_parquet(con, f"{schema}.{table}", path)
            counts[f"{schema}.{table}"] = con.execute(f"select count(*) from {schema}.{table}").fetchall()[0][0]
        con.execute("checkpoint")
    for beside in ("plan.json", "audit", "report"):
        source = build.parent / beside
        if source.is_dir():
            shutil.copytree(source, draft / beside)
        elif source.exists():
            shutil.copyfile(source, draft / beside)
    _verify(file, counts)
    file.chmod(0o444)
    engine.write_dashboards(file, draft / "dashboards.duckdb")
    (draft / "dashboards.duckdb").chmod(0o444)
    manifest = {
        "build_id": name,
        "as_of": as_of.isoformat(),
        "created_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "sha256": file_sha256(file),
        "files": {
            str(path.relative_to(draft)): file_sha256(path) for path in sorted(draft.rglob("*")) if path.is_file()
        },
        "rows": counts,
    }
    write_json(draft / "manifest.json", manifest)
    for path in draft.rglob("*"):
        sync(path)
    sync(draft)
    if target.exists():
        # Same name, but it did not pass its own checks: it is put aside, never mended in place.
        shutil.rmtree(target.with_name(f".{target.name}.broken"), ignore_errors=True)
        target.rename(target.with_name(f".{target.name}.broken"))
    draft.rename(target)
    sync(target.parent)


def _verify(file: Path, counts: dict[str, int]) -> None:
    """Open the copy as a reader would; a difference is an OSError, because the disk did not keep what was written."""
    with engine.connect(file, read_only=True) as con:
        for table, expected in counts.items():
            found = con.execute(f"select count(*) from {table}").fetchall()[0][0]
            if found != expected:
                raise OSError(
                    f"The copy {file} holds {found} rows of {table}, the build {expected}: publication stopped."
                )


def is_sound(version: Path) -> bool:
    """Whether a version is complete: its manifest is there, and each of its files has the manifest's hash."""
    manifest = read_json(version / "manifest.json")
    if manifest is None:
        return False
    files = {"warehouse.duckdb": manifest["sha256"]} | manifest.get("files", {})
    return all((version / name).is_file() and file_sha256(version / name) == sha256 for name, sha256 in files.items())


def _point(store: Store, target: Path) -> None:
    link = store.published / ".current.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / target.name)
    link.replace(store.current)
    sync(store.published)


def versions(store: Store) -> list[dict[str, Any]]:
    """Manifests of the kept versions, newest first, each with `is_current`."""
    found = [
        manifest | {"is_current": store.current.resolve() == path.resolve()}
        for path in (store.published / "versions").glob("[!.]*")
        if (manifest := read_json(path / "manifest.json"))
    ]
    return sorted(found, key=lambda manifest: (manifest["created_at"], manifest["build_id"]), reverse=True)


def rollback(store: Store, wanted: str | None = None) -> str:
    """Move the pointer to `wanted`, or to the version before the current one. Returns its build id.

    Raises LookupError when there is no such version or it is not sound.
    """
    kept = versions(store)
    if wanted is None:
        position = next((i for i, manifest in enumerate(kept) if manifest["is_current"]), -1)
        earlier = kept[position + 1 :]
        if not earlier:
            raise LookupError("There is no earlier version to go back to.")
        wanted = earlier[0]["build_id"]
    target = store.version(str(wanted))
    if not is_sound(target):
        raise LookupError(f"No sound version {wanted!r}; kept are: {', '.join(m['build_id'] for m in kept) or 'none'}.")
    _point(store, target)
    return str(wanted)


def _forget_old(store: Store) -> None:
    for manifest in versions(store)[KEPT_VERSIONS:]:
        if not manifest["is_current"]:
            shutil.rmtree(store.version(manifest["build_id"]))


def write_identity(store: Store) -> None:
    """`restricted/identity.duckdb`: who a pseudonym is, newest month first known; mode 0600, never published."""
    months = sorted((store.restricted / "identity").glob("*.parquet"))
    if not months:
        return
    target = store.restricted / "identity.duckdb"
    draft = target.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    listed = ", ".join(f"'{_quoted(path)}'" for path in months)
    with engine.connect(draft) as con:
        con.execute(
            f"create table identity as select pseudonym, arg_max(employee_id, filename) as employee_id, "
            f"arg_max(full_name, filename) as full_name from read_parquet([{listed}], filename = true) group by pseudonym"
        )
    draft.chmod(0o600)
    draft.replace(target)


def is_published(store: Store, as_of: dt.date, deliveries: Landing) -> bool:
    """Whether the current version is what these inputs make, and whole."""
    manifest = read_json(store.current / "manifest.json")
    return (
        manifest is not None and manifest["build_id"] == build_id(store, as_of, deliveries) and is_sound(store.current)
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
