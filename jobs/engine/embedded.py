"""The embedded engine: DuckDB in this process reads the Parquet files of a table version, spills to disk
where memory is short, and commits through deltalake. It never starts a JVM. Its classes implement the
protocols of jobs.engine.interface.

A workspace holds the views and tables that one step of a run (the build of one table) names. Texts of SQL are
Spark SQL and are translated. ``months`` are first days of months, of a table partitioned by `_month`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain

import duckdb
import pyarrow as pa

from jobs.engine.dialect import to_duckdb
from jobs.engine.interface import Stored, Workspace
from jobs.engine.sizes import ARROW_ROWS, BATCH_ROWS, embedded_memory
from jobs.errors import QualityError
from jobs.lake.tables import MONTH, Lake, data_files, sorted_by

_TYPES = {
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.list_(pa.string()): "VARCHAR[]",
}


def duckdb_type(arrow: pa.DataType) -> str:
    """Return the DuckDB name of an Arrow type, for the types that tables of the lake have. Raises KeyError
    for any other."""
    if pa.types.is_timestamp(arrow):
        return "TIMESTAMPTZ"
    if pa.types.is_decimal(arrow):
        return f"DECIMAL({arrow.precision},{arrow.scale})"
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return f"{duckdb_type(arrow.value_type)}[]"
    return _TYPES[arrow]


def quoted(name: str) -> str:
    """Return a name as a quoted identifier of DuckDB: `a"b` becomes `"a""b"`."""
    return '"' + name.replace('"', '""') + '"'


def replaced(
    lake: Lake,
    table: str,
    rows: pa.Table,
    *,
    key: Sequence[str],
    months: Sequence[date] | None,
    last: int | None,
) -> int:
    """Replace all rows of ``table``, or with ``months`` the rows of these months (first days) only, by
    ``rows``; returns the number of the version that then holds them.

    Nothing is written, and ``last`` is returned, where ``months`` is None and version ``last`` (None: there
    is none) holds the same rows already. ``key``: columns that together identify a row, by which the rows are
    compared.
    """
    if months is None and last is not None and lake.holds(table, last, rows, key=key):
        return last
    return lake.overwrite(table, rows, months=months)


def up_to(batches: Iterator[pa.RecordBatch], rows: int) -> list[pa.RecordBatch]:
    """Take batches from the front of the iterator ``batches`` until they hold more than ``rows`` rows
    together, or until it ends; the iterator then continues with the batches that were not taken."""
    held: list[pa.RecordBatch] = []
    while sum(batch.num_rows for batch in held) <= rows and (batch := next(batches, None)) is not None:
        held.append(batch)
    return held


@contextmanager
def _statement_errors() -> Iterator[None]:
    """Errors of a statement's text say what is wrong with it: unlike those of its rows they hold no data."""
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        raise QualityError(f"{type(error).__name__}: {' '.join(str(error).split())[:500]}") from error


class Embedded:
    """The engine of this process: one DuckDB database, whose workspaces share its memory limit and threads.

    ``lake``: the lake that it reads and writes; ``memory``: the limit, such as `4096MiB` (None:
    embedded_memory()).
    """

    name = "embedded"

    def __init__(self, lake: Lake, memory: str | None = None):
        self.lake = lake
        self._spill = tempfile.TemporaryDirectory(prefix="quality-spill-")
        self._root = duckdb.connect(
            config={
                "memory_limit": memory or embedded_memory(),
                "temp_directory": self._spill.name,
                "preserve_insertion_order": "false",
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
            }
        )
        self._root.execute("SET GLOBAL TimeZone = 'UTC'")

    @contextmanager
    def workspace(self, *, as_of: date | None = None, small: bool = False) -> Iterator[Workspace]:
        """Open a workspace for one step, as a context manager; it is closed at the end of the block.
        ``as_of``: the date that `:as_of` stands for in its SQL; ``small``: has no effect in this engine."""
        with self._root.cursor() as cursor:
            yield EmbeddedWorkspace(cursor, self.lake, as_of)

    def close(self) -> None:
        """Close the database and remove its temporary files."""
        self._root.close()
        self._spill.cleanup()


class EmbeddedWorkspace:
    """The views and tables of one step, on a connection of the engine's database; it implements Workspace."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lake: Lake, as_of: date | None):
        self._connection, self._lake, self._as_of = connection, lake, as_of
        connection.execute("SET TimeZone = 'UTC'")

    def read(self, name: str, rows: Stored | pa.Table) -> None:
        """Make rows readable in SQL under ``name``: those of a stored table version, which are read when a
        statement needs them, or an Arrow table. A view of that name is replaced. Raises KeyError where the
        stored table does not exist."""
        if isinstance(rows, pa.Table):
            self._connection.execute(f"DROP VIEW IF EXISTS temp.main.{quoted(name)}")
            self._connection.register(name, rows)
        else:
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {self._scan(rows)}")

    def define(self, name: str, text: str, *, keep: bool = False) -> None:
        """Make the result of the SELECT ``text`` readable under ``name``, as a view; with ``keep`` as a
        temporary table, so that it is computed once.

        Raises QualityError where DuckDB refuses the text (such as for an unknown column), what `to_duckdb`
        raises where it cannot be translated, and with ``keep`` duckdb.Error where a row fails."""
        what = "TABLE" if keep else "VIEW"
        with _statement_errors():
            self._connection.execute(
                f"CREATE OR REPLACE TEMP {what} {quoted(name)} AS {to_duckdb(text, self._as_of)}"
            )

    def rows(self, text: str) -> pa.Table:
        """Run the SELECT ``text`` and return its rows, in memory. Raises as `define` does for a wrong text,
        duckdb.Error where a row fails."""
        with _statement_errors():
            found = self._connection.sql(to_duckdb(text, self._as_of))
        return found.to_arrow_table()

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

        ``schema``: names and types of the columns that are written, all nullable. ``last``: an earlier
        version; where it holds the same rows, compared by ``key`` (columns that together identify a row;
        needed with ``last``), nothing is written and ``last`` is returned. Rows are not compared where
        ``months`` are given or ``last`` has more than ARROW_ROWS rows. They are written batch by batch, so
        that they need not fit into memory. ``months`` must not be empty, and each row must belong to one of
        them. Raises as `define` does for a wrong text, duckdb.Error where a row fails.
        """
        target = pa.schema([f.with_nullable(True) for f in schema])
        columns = ", ".join(
            f"CAST({quoted(f.name)} AS {duckdb_type(f.type)}) AS {quoted(f.name)}" for f in target
        )
        with _statement_errors():
            found = self._connection.sql(f"SELECT {columns} FROM ({to_duckdb(text, self._as_of)})")
        with found.to_arrow_reader(
            BATCH_ROWS
        ) as batches:  # read to its end before the next statement on the connection
            typed: Iterator[pa.RecordBatch] = (batch.cast(target) for batch in batches)
            if last is not None and months is None and self._lake.rows(table, last) <= ARROW_ROWS:
                held = up_to(typed, self._lake.rows(table, last))
                if self._lake.holds(table, last, pa.Table.from_batches(held, target), key=key):
                    return last
                typed = chain(held, typed)
            return self._lake.overwrite(
                table, pa.RecordBatchReader.from_batches(target, typed), months=months
            )

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
        ``build(space, part)`` returns for the parts 0 to ``parts`` - 1, built one after another; returns the
        number of the version that then holds them.

        ``schema``: not used in this engine, the rows bring theirs; ``key``: columns that together identify a
        row, by which the rows of several parts are sorted. ``last``: an earlier version; where ``months`` is
        None and it holds the same rows, nothing is written and ``last`` is returned.
        """
        found = [build(self, part) for part in range(parts)]
        rows = found[0] if parts == 1 else sorted_by(pa.concat_tables(found), key)
        return replaced(self._lake, table, rows, key=key, months=months, last=last)

    def _scan(self, stored: Stored) -> str:
        """A SELECT over the files of a version."""
        opened = (stored.lake or self._lake).open(stored.table, stored.version)
        if opened is None:
            raise KeyError(stored.table)
        present = pa.schema(opened.schema().to_arrow())
        wanted = present if stored.schema is None else stored.schema
        columns = ", ".join(
            (
                f"CAST({quoted(f.name) if f.name in present.names else 'NULL'} AS {duckdb_type(f.type)}) AS "
                f"{quoted(f.name)}"
            )
            for f in wanted
        )
        files = [str(path) for path in data_files(opened)]
        where = (
            ""
            if stored.condition == "TRUE"
            else f" WHERE {to_duckdb('SELECT ' + stored.condition).removeprefix('SELECT ')}"
        )
        if not files:
            nothing = ", ".join(f"CAST(NULL AS {duckdb_type(f.type)}) AS {quoted(f.name)}" for f in present)
            return f"SELECT {columns} FROM (SELECT {nothing}) WHERE FALSE"
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        partition = (
            f", hive_partitioning = true, hive_types = {{'{MONTH}': DATE}}"
            if MONTH in present.names
            else ", hive_partitioning = false"
        )
        return f"SELECT {columns} FROM read_parquet([{listed}], union_by_name = true{partition}){where}"
