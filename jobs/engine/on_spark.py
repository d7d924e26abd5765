"""The engine Spark: on this machine, or on the cluster that QUALITY_SPARK_MASTER names. It reads and commits
large tables through Delta, small ones through Arrow in this process. Its classes implement the protocols of
jobs.engine.interface.

A workspace holds the views that one step of a run (the build of one table) names. A step is small where its
inputs together have at most ARROW_ROWS rows. ``months`` are first days of months, of a table partitioned by
`_month`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date

import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import DataType

from jobs.engine.dialect import AS_OF
from jobs.engine.embedded import Embedded, replaced
from jobs.engine.interface import Stored, Workspace
from jobs.engine.session import INTERPRETED
from jobs.engine.sizes import ARROW_ROWS
from jobs.lake.tables import MONTH, Lake, sorted_by, these


class OnSpark:
    """The engine of a run on Spark. ``lake``: the lake that it reads and writes; ``start``: starts the run's
    Spark session; called once, by the first step that needs it or by `begin`, and again if it raised."""

    name = "spark"

    def __init__(self, lake: Lake, start: Callable[[], SparkSession]):
        self.lake, self._start = lake, start
        self._session: SparkSession | None = None
        self._starting = threading.Lock()

    @property
    def started(self) -> bool:
        """Whether the session was started."""
        return self._session is not None

    def begin(self) -> SparkSession:
        """Return the run's Spark session, and start it where that has not been done. Errors of the start are
        raised."""
        with self._starting:
            if self._session is None:
                self._session = self._start()
            return self._session

    @contextmanager
    def workspace(self, *, as_of: date | None = None, small: bool = False) -> Iterator[Workspace]:
        """Open a workspace for one step, as a context manager, and start Spark where that has not been done;
        its views are dropped at the end of the block. ``as_of``: the date that `:as_of` stands for in its
        SQL; ``small``: the step is small, so that rows are interpreted and written by this process."""
        session = self.begin().newSession()  # its own temporary views and settings, in the same JVM
        for name, value in INTERPRETED.items() if small else ():
            session.conf.set(name, value)
        space = SparkWorkspace(session, self.lake, as_of, small)
        try:
            yield space
        finally:
            space.forget()


class SparkWorkspace:
    """The temporary views of one step, in a separate Spark session; it implements Workspace."""

    def __init__(self, session: SparkSession, lake: Lake, as_of: date | None, small: bool):
        self._session, self._lake, self._small = session, lake, small
        self._as_of = as_of
        self._kept: list[DataFrame] = []
        self._names: set[str] = set()

    def read(self, name: str, rows: Stored | pa.Table) -> None:
        """Make rows readable in SQL under ``name``: those of a stored table version, or an Arrow table. A
        view of that name is replaced."""
        frame = local_frame(self._session, rows) if isinstance(rows, pa.Table) else self._stored(rows)
        self._name(name, frame)

    def define(self, name: str, text: str, *, keep: bool = False) -> None:
        """Make the result of the SELECT ``text`` readable under ``name``, as a view. With ``keep`` its rows
        are computed once: cached by Spark, or held in this process in a small step."""
        frame = self._select(text)
        if keep and self._small:
            frame = local_frame(self._session, arrow_of(frame))
        elif keep:
            frame = frame.persist()
            self._kept.append(frame)
        self._name(name, frame)

    def rows(self, text: str) -> pa.Table:
        """Run the SELECT ``text`` and return its rows, in memory."""
        return arrow_of(self._select(text))

    def commit(
        self,
        table: str,
        text: str,
        schema: pa.Schema,
        *,
        key: Sequence[str] = (),
        months: Sequence[date] | None = None,
        last: int | None = None,
    ) -> int:
        """Replace ``table`` (`<tier>.<name>`), or with ``months`` the rows of these months only, by the rows
        of the SELECT ``text``, in one Delta commit; returns the number of the version that then holds them.
        ``months`` must not be empty, and each row must belong to one of them.

        ``schema``: names and types of the columns that are written, all nullable. In a small step the driver
        writes the rows, and where ``months`` is None and version ``last`` holds the same rows, compared by
        ``key`` (columns that together identify a row; needed with ``last``), nothing is written and ``last``
        is returned. Otherwise Spark's workers write, and ``key`` and ``last`` have no effect.
        """
        target = from_arrow_schema(schema)
        found = self._select(text)
        frame = found.select(*[found[f.name].cast(f.dataType).alias(f.name) for f in target])
        if self._small:
            rows = arrow_of(frame).cast(pa.schema([f.with_nullable(True) for f in schema]))
            return replaced(self._lake, table, rows, key=key, months=months, last=last)
        return self._write(table, frame, months)

    def commit_parts(
        self,
        table: str,
        build: Callable[[Workspace, int], pa.Table],
        parts: int,
        schema: pa.Schema,
        *,
        key: Sequence[str],
        months: Sequence[date] | None = None,
        last: int | None = None,
    ) -> int:
        """Replace ``table``, or with ``months`` the rows of these months only, by the rows that
        ``build(space, part)`` returns for the parts 0 to ``parts`` - 1, in one Delta commit; returns the
        number of the version that then holds them.

        Each part is built by a worker of Spark, with DuckDB; ``build`` is sent to it by pickle. ``schema``:
        columns and types of the rows. In a small step this process sorts the rows by ``key`` and writes them;
        where ``months`` is None and version ``last`` holds the same rows, nothing is written and ``last`` is
        returned. Otherwise Spark's workers write, and ``key`` and ``last`` have no effect.
        """
        # With one partition for each number, groupBy needs no shuffle, and each part is one task.
        numbers = self._session.range(parts, numPartitions=parts)
        task = _part(self._lake, self._as_of, build)
        frame = numbers.groupBy("id").applyInPandas(task, from_arrow_schema(schema))
        if self._small:
            rows = pa.Table.from_arrays(sorted_by(arrow_of(frame), key).columns, schema=schema)
            return replaced(self._lake, table, rows, key=key, months=months, last=last)
        return self._write(table, frame, months)

    def _write(self, table: str, frame: DataFrame, months: Sequence[date] | None) -> int:
        writer = frame.write.format("delta").mode("overwrite")
        if months is not None:
            writer = writer.option("replaceWhere", these(months))
        else:
            writer = writer.option("overwriteSchema", "true")
        if MONTH in frame.columns:
            writer = writer.partitionBy(MONTH)
        writer.save(str(self._lake.path(table)))
        return self._lake.opened(table).version()

    def forget(self) -> None:
        """Release the results that were computed once and kept (`keep` of `Workspace.define`), and drop the
        temporary views."""
        for frame in self._kept:
            frame.unpersist()
        for name in self._names:
            self._session.catalog.dropTempView(name)

    def _name(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._names.add(name)

    def _select(self, text: str) -> DataFrame:
        if self._as_of is not None:  # as a literal: a view cannot hold a parameter
            text = re.sub(rf"(?<![:\w]):{AS_OF}\b", f"DATE '{self._as_of}'", text)
        return self._session.sql(text)

    def _stored(self, stored: Stored) -> DataFrame:
        lake = stored.lake or self._lake
        if lake.rows(stored.table, stored.version) <= ARROW_ROWS:
            frame = local_frame(self._session, lake.arrow(stored.table, stored.version))
        else:
            path = str(lake.path(stored.table))
            frame = self._session.read.format("delta").option("versionAsOf", stored.version).load(path)
        frame = frame.where(stored.condition)
        if stored.schema is None:
            return frame
        absent = {f.name: f.dataType for f in from_arrow_schema(stored.schema) if f.name not in frame.columns}
        return frame.withColumns({n: _null(t) for n, t in absent.items()}).select(*stored.schema.names)


def _part(
    lake: Lake, as_of: date | None, build: Callable[[Workspace, int], pa.Table]
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what a worker runs for the number of a part: it reads the lake and builds the rows of the
    part."""

    def task(numbers: pd.DataFrame) -> pd.DataFrame:
        with closing(Embedded(lake)) as engine, engine.workspace(as_of=as_of) as space:
            rows = build(space, int(numbers["id"].iloc[0]))
        return rows.to_pandas(date_as_object=True, integer_object_nulls=True)

    return task


def _null(kind: DataType) -> Column:
    from pyspark.sql import functions as F

    return F.lit(None).cast(kind)


def arrow_of(frame: DataFrame) -> pa.Table:
    """Return the rows of a Spark frame as an Arrow table with nullable columns. The buffers are copied, as
    the JVM omits the offsets of empty vectors, and other readers fail without them."""
    rows = frame.toArrow()
    schema = pa.schema([f.with_nullable(True) for f in rows.schema])
    if not rows.num_rows:
        return pa.Table.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
    return rows.take(pa.array(range(rows.num_rows))).cast(schema)


def local_frame(session: SparkSession, rows: pa.Table) -> DataFrame:
    """Return a Spark frame with all of ``rows``, which are sent to the JVM of ``session`` as Arrow, so they
    have to fit into its memory. Rows given as a Python list would start Python workers in every job that
    reads them."""
    if not rows.num_rows:  # Spark's conversion wants at least one chunk a column
        rows = pa.Table.from_arrays([pa.array([], f.type) for f in rows.schema], schema=rows.schema)
    return session.createDataFrame(rows)
