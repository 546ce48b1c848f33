"""What runs the models' queries: DuckDB, which is embedded and the default, or Apache Spark, for what one machine cannot hold.

A model is written once, in DuckDB's words; for Spark sqlglot translates it, and the contract says what its columns are. Spark reads the
staged months where they lie and writes what a query gives as Parquet; the build's DuckDB file takes that in, so that audits and
publication are the same. Whatever a Python model is given passes this file, too, with DuckDB's own types.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
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

    def begin(self, table: str) -> None:
        """Say for which table the next queries are. Raises EngineMissing."""
        ...

    def make(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Make a table of the build of a query's rows, whatever there was before."""
        ...

    def frames(self, con: duckdb.DuckDBPyConnection, queries: Mapping[str, str]) -> dict[str, pd.DataFrame]:
        """The rows of each query as a Python model is given them. Raises TooManyRows."""
        ...

    def each(self, function: Callable[[int], str], n: int) -> list[str]:
        """What a function of this program says of each number below `n`, in their order; where there are several machines, on all of them."""
        ...

    def metadata(self, table: str) -> Mapping[str, str]:
        """What to tell about the engine beside a table that it made: name → text, or address. Nothing of a table that was taken from the
        last build."""
        ...


class DuckDB:
    """The build's own database."""

    name = "duckdb"

    def begin(self, table: str) -> None:
        """It needs not know."""

    def make(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Make a table of the build."""
        con.execute(f"create or replace table {table} as {query}")

    def frames(self, con: duckdb.DuckDBPyConnection, queries: Mapping[str, str]) -> dict[str, pd.DataFrame]:
        """The queries' rows, however many: they are on this machine already."""
        return {name: con.sql(query).df() for name, query in queries.items()}

    def each(self, function: Callable[[int], str], n: int) -> list[str]:
        """One after the other."""
        return [function(number) for number in range(n)]

    def metadata(self, table: str) -> Mapping[str, str]:
        """Nothing that the build would not tell itself."""
        return {}


DUCKDB = DuckDB()


@contextmanager
def opened(name: str, remote: str, folder: Path) -> Iterator[Engine]:
    """The engine of this name for as long as a build lasts. `remote`: address of a Spark Connect server (`sc://host:15002`), or empty for
    this machine. `folder`: where Spark writes, the build's alone; a server must see it, and the data root, under the same path."""
    # What a killed build left there is of no use, whichever engine comes next: its views are gone.
    shutil.rmtree(folder, ignore_errors=True)
    if name == DUCKDB.name:
        yield DUCKDB
        return
    folder.mkdir(parents=True)
    spark = Spark(remote, folder)
    try:
        yield spark
    finally:
        spark.stop()
        shutil.rmtree(folder, ignore_errors=True)


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
    if not remote:
        builder.config("spark.ui.showConsoleProgress", "false")  # how far a run is it says itself
        # What executors run Python with; a server says it itself.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        if not any(os.environ.get(name) for name in SPARKS_OWN):
            builder.config("spark.driver.extraJavaOptions", JAVA).config("spark.driver.memory", f"{_heap_mb()}m")
    try:
        # Without a server it is what spark-defaults.conf says; where that says nothing, all cores of this machine.
        session = (builder.remote(remote) if remote else builder).getOrCreate()
    except Exception as error:
        # Behind the host the address may have a token.
        at = f" at {remote.split('/')[2]}" if remote else ""
        raise EngineMissing(f"Spark does not answer{at}: {error}") from error
    for key, value in SESSION.items():
        session.conf.set(key, value)
    context = _context(session)
    if context and context.master.startswith("local") and not context.getConf().contains(PIECES):
        session.conf.set(PIECES, str(context.defaultParallelism))
    return session


def _context(session: Any) -> Any:
    """The Spark application that runs in this process; None where a server runs it, which tells its clients nothing of it."""
    return getattr(session, "sparkContext", None)


SPARKS_OWN = ("SPARK_CONF_DIR", "SPARK_HOME", "PYSPARK_SUBMIT_ARGS")
"""Where somebody says in Spark's own words what it shall be."""


JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseParallelGC"
"""How Java runs Spark on this machine, where nobody says otherwise. Each query is code of its own, made, run for some seconds and thrown away: to
compile it as well as can be costs more than it saves. With the quick compiler alone Java keeps a fifth of the room for what it compiled, and the
code of a build does not go into that: it is swept out and compiled again."""


def _heap_mb() -> int:
    """Java's memory for Spark on this machine, where nobody says otherwise: a quarter of what there is, as Java itself would take, and at least
    the gigabyte that Spark takes, which is meant for who drives a cluster and not for who does its work."""
    return max(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20, 1024)


PIECES = "spark.sql.shuffle.partitions"
"""Into how many pieces rows are cut: 200 where nobody says otherwise, which is meant for a cluster; on one machine one for each core."""


SESSION = {
    # What overflows or cannot be cast fails, as in DuckDB, instead of becoming null.
    "spark.sql.ansi.enabled": "true",
    # The city's own time stands in the rows; no zone is put on it.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # Files of keys and codes pack to a tenth and less. By their size alone a table that fills a gigabyte is one to be sent to every executor.
    "spark.sql.sources.fileCompressionFactor": "10",
}
"""What a session must say for the models to mean what they mean in DuckDB, and to be planned by what their files hold. Everything else is the cluster's matter (`spark-defaults.conf`)."""


class Spark:
    """A Spark session over one build, begun by the first table that it makes. Tables are temporary views of the session, so that nobody
    else's are met."""

    name = "spark"

    def __init__(self, remote: str, folder: Path) -> None:
        self._remote = remote
        self._folder = folder
        self._made: set[str] = set()
        self._views: set[str] = set()
        self._answers: dict[str, str] = {}
        """Query in Spark's words → the files of its rows: models ask the same of the same tables."""
        self._tables: dict[str, str] = {}
        """Table of the build → the files of its rows."""

    @cached_property
    def session(self) -> Any:
        """The session: to begin one takes as long as to make some tables."""
        return _session(self._remote)

    def stop(self) -> None:
        """End the session, if there is one. One that was lost with its server cannot be ended."""
        if session := self.__dict__.pop("session", None):
            with suppress(Exception):
                session.stop()

    def begin(self, table: str) -> None:
        """Spark's own pages call the jobs that follow by the table."""
        self._made.add(table)
        if context := _context(self.session):
            context.setJobDescription(table)

    def metadata(self, table: str) -> Mapping[str, str]:
        """The application's id and its page."""
        if table not in self._made or not (context := _context(self.session)):
            return {}
        told = {"spark/application_id": context.applicationId, "spark/ui": context.uiWebUrl}
        return {name: text for name, text in told.items() if text}

    def each(self, function: Callable[[int], str], n: int) -> list[str]:
        """Each number is a task of its own, which Spark tries again where it is lost. Executors have this program installed."""

        def say(batches: Iterator[Any]) -> Iterator[Any]:
            import pyarrow

            for batch in batches:
                numbers = batch.column(0).to_pylist()
                yield pyarrow.RecordBatch.from_pydict({"number": numbers, "said": [function(i) for i in numbers]})

        if context := _context(self.session):
            context.setJobDescription("reading")
        told = self.session.range(0, n, 1, n).mapInArrow(say, "number long, said string").collect()
        return [row["said"] for row in sorted(told)]

    def make(self, con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
        """Spark makes the rows and writes them, for itself and for the build's file."""
        [(rows, self._tables[table])] = self._rows(con, query)
        con.execute(f"create or replace table {table} as {rows}")

    def frames(self, con: duckdb.DuckDBPyConnection, queries: Mapping[str, str]) -> dict[str, pd.DataFrame]:
        """The queries' rows, counted before any is brought here."""
        return {
            name: self._brought(con, rows)
            for name, (rows, _) in zip(queries, self._rows(con, *queries.values()), strict=True)
        }

    def _brought(self, con: duckdb.DuckDBPyConnection, rows: str) -> pd.DataFrame:
        [(most,)] = con.execute(f"select max(value) from ops.policy where policy = '{ROWS}'").fetchall()
        [(n,)] = con.execute(f"select count(*) from ({rows})").fetchall()
        if n > most:
            raise TooManyRows(f"{n:,} rows would be brought to one machine, and {ROWS} allows {most:,.0f}")
        return con.sql(rows).df()

    def _rows(self, con: duckdb.DuckDBPyConnection, *queries: str) -> Iterator[tuple[str, str]]:
        """The rows of queries, written by Spark: of each a SELECT for DuckDB, with the names and types that it gives the query itself; the files."""
        bounds = [con.sql(query) for query in queries]
        for bound, text in zip(bounds, self._in_spark(con, *queries), strict=True):
            files = self._answer(text)
            columns = (f'cast("{n}" as {t}) as "{n}"' for n, t in zip(bound.columns, bound.types, strict=True))
            yield f"select {', '.join(columns)} from read_parquet('{quoted(files)}')", files

    def _answer(self, text: str) -> str:
        if text not in self._answers:
            path = Path(tempfile.mkdtemp(dir=self._folder)) / "rows"
            self.session.sql(text).write.parquet(str(path))
            self._answers[text] = f"{path}/*.parquet"
        return self._answers[text]

    def _in_spark(self, con: duckdb.DuckDBPyConnection, *queries: str) -> list[str]:
        """Queries in Spark's words, when all that they read stands as views.

        A part (`with`) that is read more than once, by whichever of the queries, is computed once in the build, which Spark does not do by
        itself; one that is read once stays in the query that reads it.
        """
        trees = [_apart(query) for query in queries]
        reads = _reads(trees)
        return [self._text(con, body, parts, {}, reads) for body, parts in trees]

    def _text(
        self,
        con: duckdb.DuckDBPyConnection,
        query: exp.Expr,
        parts: Mapping[str, exp.CTE],
        written: dict[str, str],
        reads: Mapping[exp.CTE, int],
    ) -> str:
        """The query's text with the parts that it needs; tables, written parts and files are called as their views."""
        from sqlglot import exp

        needed: dict[str, exp.CTE] = {}

        def need(tree: exp.Expr) -> None:
            for part in _read_by(tree, parts):
                name = part.alias
                if name in written or name in needed:
                    continue
                if reads[part] > 1 and _is_work(part):
                    written[name] = self._files(con, [self._answer(self._text(con, part.this, parts, written, reads))])
                else:
                    need(part.this)
                    needed[name] = part.copy()

        need(query)
        whole = query.copy()
        if needed:
            own = whole.args.get("with_")
            whole.set("with_", exp.With(expressions=[*needed.values(), *(own.expressions if own else ())]))
        for table in list(whole.find_all(exp.Table)):
            if isinstance(table.this, exp.ReadParquet):
                name = self._files(con, [literal.name for literal in table.this.find_all(exp.Literal)])
            elif table.db:
                name = self._table(con, f"{table.db}.{table.name}")
            elif table.name in written:
                name = written[table.name]
            else:
                continue
            table.replace(exp.alias_(exp.to_table(name), table.alias_or_name or name, table=True))
        return translated(whole)

    def _files(self, con: duckdb.DuckDBPyConnection, files: list[str]) -> str:
        """A view of Parquet files, read by Spark where they lie."""
        name = f"files_{hashlib.sha256(' '.join(files).encode()).hexdigest()[:16]}"
        if name not in self._views:
            bound = con.read_parquet(files)
            columns = (f"`{n}` {_spark_type(str(t))}" for n, t in zip(bound.columns, bound.types, strict=True))
            # A folder: where a name holds a pattern, Spark looks for a file of that very name first, and complains.
            read = [file.removesuffix("/*.parquet") for file in files]
            self._show(name, self.session.read.schema(", ".join(columns)).parquet(*read))
        return name

    def _table(self, con: duckdb.DuckDBPyConnection, table: str) -> str:
        """A view of a table of the build: of a staging view by what it says, else of its rows, which Spark wrote or DuckDB gives out."""
        if table not in self._tables:
            name = table.replace(".", "__")
            if name in self._views:
                return name
            # The last build is attached, too, with views of the same names on the months that it had.
            asked = "select sql from duckdb_views() where database_name = current_database() and schema_name = ? and view_name = ?"
            if found := con.execute(asked, table.split(".")).fetchall():
                [text] = self._in_spark(con, found[0][0])
                self._show(name, self.session.sql(text))
                return name
            self._tables[table] = str(self._folder / f"{table}.parquet")
            con.execute(f"copy {table} to '{quoted(self._tables[table])}' (format parquet)")
        return self._files(con, [self._tables[table]])

    def _show(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)
        self._views.add(name)


def _apart(query: str) -> tuple[exp.Expr, dict[str, exp.CTE]]:
    """A query in DuckDB's words without its parts (`with`), and these by name; what a part has of its own stays in it."""
    from sqlglot import exp

    tree = parsed(query)
    tree = tree.expression if isinstance(tree, exp.Create) else tree
    found = [found for found in tree.find_all(exp.With) if not found.find_ancestor(exp.CTE)]
    return tree, {part.alias: part for parts in found for part in parts.pop().expressions}


def _read_by(reader: exp.Expr, parts: Mapping[str, exp.CTE]) -> list[exp.CTE]:
    """The parts that a query, or a part, reads, each as often as it does."""
    from sqlglot import exp

    return [parts[table.name] for table in reader.find_all(exp.Table) if not table.db and table.name in parts]


def _reads(trees: Iterable[tuple[exp.Expr, Mapping[str, exp.CTE]]]) -> Counter[exp.CTE]:
    """How often each part is read by queries and their parts: by one that several queries have, once; by one that is put in place wherever
    it is read, as often as that."""
    reads: Counter[exp.CTE] = Counter()

    def read(reader: exp.Expr, parts: Mapping[str, exp.CTE]) -> None:
        for part in _read_by(reader, parts):
            reads[part] += 1
            if reads[part] == 1 or not _is_work(part):
                read(part.this, parts)

    for body, parts in trees:
        read(body, parts)
    return reads


def _is_work(part: exp.CTE) -> bool:
    """Whether a part costs more to compute than to read back: constants, and rows of one table picked and reckoned with each by itself, do not."""
    from sqlglot import exp

    return bool(part.find(exp.Table)) and bool(
        part.find(exp.Join, exp.Group, exp.AggFunc, exp.Distinct, exp.Window, exp.Subquery)
    )


def parsed(query: str) -> exp.Expr:
    """A query in DuckDB's words, taken apart."""
    import sqlglot

    return sqlglot.parse_one(query, read="duckdb")


def translated(query: exp.Expr) -> str:
    """A query in Spark's words, where sqlglot alone would change its meaning said otherwise."""
    from sqlglot import exp

    for part in query.find_all(exp.CTE):
        part.set("materialized", None)  # what is kept Spark is told by files, not by words
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
    for total in list(query.find_all(exp.Cast)):
        summed, number = total.this, total.this.this
        if (
            isinstance(summed, exp.Sum)
            and isinstance(number, exp.Cast)
            and total.is_type("double")
            and number.is_type("decimal")
        ):
            total.replace(_exact_sum(number))
    return query.sql("spark")


_HALF = 2**32


def _exact_sum(decimal: exp.Cast) -> exp.Expr:
    """The sum of numbers cast to decimals, as a double, by sums of two halves of the whole numbers that they are in the last digit: as exact, in
    whatever order, and a tenth of the work. Spark makes each wide decimal by way of its text and adds objects."""
    from sqlglot import exp

    unit = exp.cast(exp.Literal.number(10 ** int(decimal.to.expressions[1].name)), "double")
    half = exp.cast(exp.Literal.number(_HALF), "double")
    whole = exp.func("rint", exp.Mul(this=exp.paren(exp.cast(decimal.this, "double")), expression=unit))
    rest = exp.func("pmod", whole, half)
    # Cast, not floored: what is too large for a whole number must fail.
    above = exp.Div(this=exp.paren(exp.Sub(this=whole.copy(), expression=rest)), expression=half.copy())
    high, low = (exp.Sum(this=exp.cast(part.copy(), "bigint")) for part in (above, rest))
    put_together = exp.Add(
        this=exp.Mul(this=exp.cast(high, "double"), expression=half.copy()), expression=exp.cast(low, "double")
    )
    return exp.paren(exp.Div(this=exp.paren(put_together), expression=unit.copy()))


def _spark_type(duckdb_type: str) -> str:
    from sqlglot import exp

    return exp.DataType.build(duckdb_type, dialect="duckdb").sql("spark")
