"""What runs the models' queries: DuckDB, which is embedded and the default, or Apache Spark, for what one machine cannot hold.

A model is written once, in DuckDB's words; for Spark sqlglot translates it, and the contract says what its columns are. Spark reads the
staged months where they lie and writes what a query gives as Parquet; the build's DuckDB file takes that in, so that audits and
publication are the same. Whatever a Python model is given passes this file, too, with DuckDB's own types.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from warehouse.database import quoted

if TYPE_CHECKING:
    import pandas as pd
    from sqlglot import exp

ROWS = "engine_collected_rows"
"""Policy: how many rows of an input a Python model may be given by a cluster."""


class EngineMissing(Exception):
    """The engine that the settings ask for is not installed or does not answer; the message says what to do."""


class TooManyRows(Exception):
    """An input of a Python model is too large to be brought to one machine; the message names the input."""


class Engine(Protocol):
    """What runs queries in DuckDB's words over the tables of a build."""

    name: str

    def make(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Make a table of the build of a query's rows, whatever there was before."""
        ...

    def frame(self, con: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
        """The query's rows as a Python model is given them. Raises TooManyRows."""
        ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """What to tell about the engine beside a table that it made: name → text, or address."""
        ...


class DuckDB:
    """The build's own database."""

    name = "duckdb"
    metadata: Mapping[str, str] = {}

    def make(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Make a table of the build."""
        con.execute(f"create or replace table {table} as {query}")

    def frame(self, con: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
        """The query's rows, however many: they are on this machine already."""
        return con.sql(query).df()


DUCKDB = DuckDB()


@contextmanager
def opened(name: str, remote: str, folder: Path) -> Iterator[Engine]:
    """The engine of this name for as long as a build lasts. `remote`: address of a Spark Connect server (`sc://host:15002`), or empty for
    this machine. `folder`: where Spark writes; a server must see it, and the data root, under the same path. Raises EngineMissing."""
    if name == DUCKDB.name:
        yield DUCKDB
        return
    session = _session(remote)
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="spark-", dir=folder))
    try:
        yield Spark(session, work)
    finally:
        session.stop()
        shutil.rmtree(work, ignore_errors=True)


INSTALL = (
    "DIKLAT_ENGINE=spark needs pyspark{}: `pip install 'diklat[spark]'`, and Java 17 or later for Spark on this machine"
)


def _session(remote: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineMissing(INSTALL.format(f" ({error})")) from error
    if not remote and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise EngineMissing(INSTALL.format(", which is here, and Java, which is not"))
    builder = SparkSession.builder.appName("diklat")
    builder = builder.remote(remote) if remote else builder.master("local[*]")
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise EngineMissing(f"Spark does not answer at {remote or 'local[*]'}: {error}") from error
    for key, value in SESSION.items():
        session.conf.set(key, value)
    return session


SESSION = {
    # What overflows or cannot be cast fails, as in DuckDB, instead of becoming null.
    "spark.sql.ansi.enabled": "true",
    # The city's own time stands in the rows; no zone is put on it.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
"""What a session must say for the models to mean what they mean in DuckDB. Everything else is the cluster's matter (`spark-defaults.conf`)."""


class Spark:
    """A Spark session over one build. Tables are temporary views of the session, so that nobody else's are met."""

    name = "spark"

    def __init__(self, session: Any, folder: Path) -> None:
        self.session = session
        self._folder = folder
        self._answers: dict[str, tuple[Path, Any]] = {}
        """Query in Spark's words → its rows, written: models ask the same of the same tables."""
        self._views: dict[str, bool] = {}
        """View that stands → whether its rows are written and not computed by each reader."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The application's id and its page; nothing where a server runs it, which tells neither."""
        try:
            context = self.session.sparkContext
        except Exception:
            return {}
        told = {"spark/application_id": context.applicationId, "spark/ui": context.uiWebUrl}
        return {name: text for name, text in told.items() if text}

    def make(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Spark makes the rows and writes them, for itself and for the build's file."""
        rows, made = self._rows(con, query)
        con.execute(f"create or replace table {table} as {rows}")
        self._show(_view_of(table), made)

    def frame(self, con: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
        """The query's rows, counted before any is brought here."""
        rows, _ = self._rows(con, query)
        [(most,)] = con.execute(f"select max(value) from ops.policy where policy = '{ROWS}'").fetchall()
        [(n,)] = con.execute(f"select count(*) from ({rows})").fetchall()
        if n > most:
            raise TooManyRows(f"{n:,} rows would be brought to one machine, and {ROWS} allows {most:,.0f}")
        return con.sql(rows).df()

    def _rows(self, con: duckdb.DuckDBPyConnection, query: str) -> tuple[str, Any]:
        """A query's rows, written by Spark: for DuckDB a SELECT with the names and types that it gives the query itself; for Spark a frame."""
        bound = con.sql(query)
        text = self._in_spark(con, parsed(query))
        if text not in self._answers:
            self._answers[text] = self._written(self.session.sql(text))
        path, made = self._answers[text]
        columns = (f'cast("{n}" as {t}) as "{n}"' for n, t in zip(bound.columns, bound.types, strict=True))
        return f"select {', '.join(columns)} from read_parquet('{quoted(path)}/*.parquet')", made

    def _written(self, frame: Any) -> tuple[Path, Any]:
        path = Path(tempfile.mkdtemp(dir=self._folder)) / "rows"
        frame.write.parquet(str(path))
        return path, self.session.read.schema(frame.schema).parquet(str(path))

    def _show(self, name: str, frame: Any, *, is_written: bool = True) -> None:
        frame.createOrReplaceTempView(name)
        self._views[name] = is_written

    def _in_spark(self, con: duckdb.DuckDBPyConnection, query: exp.Expr) -> str:
        """The query in Spark's words, when all that it reads stands as views.

        A part (`with`) is a view of its own, called by what it says: what is read more than once, by whichever queries of the build, is
        computed once, which Spark does not do by itself.
        """
        from sqlglot import exp

        parts = query.args.pop("with_", None)
        names: dict[str, str] = {}
        reads = Counter(table.name for tree in (query, parts) if tree for table in tree.find_all(exp.Table))
        for part in parts.expressions if parts else ():
            # Constants are no work.
            is_shared = reads[part.alias] > 1 and part.find(exp.Table) is not None
            names[part.alias] = self._part(con, part.this, names, is_shared=is_shared)
        return self._named(con, query, names)

    def _part(
        self, con: duckdb.DuckDBPyConnection, query: exp.Expr, names: Mapping[str, str], *, is_shared: bool
    ) -> str:
        text = self._named(con, query, names)
        name = _name_of(text)
        if name not in self._views or (is_shared and not self._views[name]):
            frame = self.session.sql(text)
            if is_shared:
                _, frame = self._written(frame)
            self._show(name, frame, is_written=is_shared)
        return name

    def _named(self, con: duckdb.DuckDBPyConnection, query: exp.Expr, names: Mapping[str, str]) -> str:
        """The query's text with its tables, parts and files called as their views."""
        from sqlglot import exp

        for table in list(query.find_all(exp.Table)):
            if isinstance(table.this, exp.ReadParquet):
                files = [literal.name for literal in table.this.find_all(exp.Literal)]
                name = self._files(con, files)
            elif table.db:
                name = self._table(con, f"{table.db}.{table.name}")
            elif table.name in names:
                name = names[table.name]
            else:
                continue
            table.replace(exp.alias_(exp.to_table(name), table.alias_or_name or name, table=True))
        return translated(query)

    def _files(self, con: duckdb.DuckDBPyConnection, files: list[str]) -> str:
        """A view of Parquet files, read by Spark where they lie."""
        name = _name_of(" ".join(files))
        if name not in self._views:
            bound = con.read_parquet(files)
            columns = (f"`{n}` {_spark_type(str(t))}" for n, t in zip(bound.columns, bound.types, strict=True))
            self._show(name, self.session.read.schema(", ".join(columns)).parquet(*files))
        return name

    def _table(self, con: duckdb.DuckDBPyConnection, table: str) -> str:
        """A view of a table of the build: of a staging view by what it says, else of its rows, given out by DuckDB."""
        name = _view_of(table)
        if name not in self._views:
            asked = "select sql from duckdb_views() where schema_name = ? and view_name = ?"
            found = con.execute(asked, table.split(".")).fetchone()
            if found:
                text = self._in_spark(con, parsed(found[0]).expression)
            else:
                path = self._folder / f"{table}.parquet"
                con.execute(f"copy {table} to '{quoted(path)}' (format parquet)")
                text = f"select * from {self._files(con, [str(path)])}"
            self._show(name, self.session.sql(text))
        return name


def parsed(query: str) -> exp.Expr:
    """A query in DuckDB's words, taken apart."""
    import sqlglot

    return sqlglot.parse_one(query, read="duckdb")


def translated(query: exp.Expr) -> str:
    """A query in Spark's words, where sqlglot alone would change its meaning said otherwise."""
    from sqlglot import exp

    for number in list(query.find_all(exp.Literal)):
        # 1.0 divided by something is a double in DuckDB; in Spark a decimal, cut off after some digits.
        if number.is_number and "." in number.name:
            number.replace(exp.cast(number.copy(), "double"))
    for rounded in reversed(list(query.find_all(exp.Round))):  # the inner ones first
        # DuckDB rounds what is left of the point once this is multiplied; Spark the number as it is printed: 1.005 is not 1.00 there.
        digits = rounded.args.get("decimals")
        if digits is not None:
            power = exp.cast(exp.Literal.number(10 ** int(digits.name)), "double")
            moved = exp.Mul(this=exp.paren(rounded.this.copy()), expression=power)
            rounded.replace(exp.paren(exp.Div(this=exp.Round(this=moved), expression=power.copy())))
    return query.sql("spark")


def _spark_type(duckdb_type: str) -> str:
    from sqlglot import exp

    return exp.DataType.build(duckdb_type, dialect="duckdb").sql("spark")


def _view_of(table: str) -> str:
    return table.replace(".", "__")


def _name_of(text: str) -> str:
    return f"part_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
