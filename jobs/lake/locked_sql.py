"""Run one SELECT that a user wrote, safely: DuckDB sees the given tables and cannot reach a file, the network
or a setting, and stops at limits of memory and time."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.dataset as ds

from jobs.errors import UsageError

# Bytes of one MiB.
MIB = 1 << 20
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # else a name that is no table is looked up among Python's
    "temp_directory": "",  # rows of the lake are not spilled to a folder that others may read
}
_AGAIN = 0.1  # seconds after which a query that should have stopped is interrupted once more
_SPARE = 1024  # MiB of address space for stacks of threads and for what allocators reserve without using it
_OUT_OF_MEMORY = (
    "the query needs more than its {} MiB of memory: read fewer rows or columns, or raise --memory"
)
_OUT_OF_TIME = "the query did not end within {:g} s and is stopped: narrow it, or raise --timeout"


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    ``memory``: MiB for DuckDB, and as many again for the rows that are returned; by default half of the
    machine's memory, at most 4096. ``seconds``: time from the start of the query until its last row is read;
    300 by default.
    """

    memory: int = min(4096, psutil.virtual_memory().total // 2 // MIB)
    seconds: float = 300.0


def select(tables: Mapping[str, ds.Dataset | pd.DataFrame], sql: str, limits: Limits) -> pa.Table:
    """Run one SELECT (DuckDB's SQL) and return its rows.

    ``tables``: name as the statement writes it, `<tier>.<name>` (`gold.detection_rate`) → the rows of that
    table. The returned table has the columns of the SELECT.

    Raises duckdb.Error where the SQL is wrong (it does not parse, or names an unknown table or column) or
    fails on a row. Raises UsageError where ``sql`` is not a single SELECT (SHOW and DESCRIBE count as one),
    reads a file, an extension or another database, or passes one of the ``limits``.
    """
    settings = _SETTINGS | {"memory_limit": f"{limits.memory}MiB"}
    with duckdb.connect(config=settings) as connection:
        for tier in sorted({t.split(".")[0] for t in tables}):
            connection.execute(f'CREATE SCHEMA "{tier}"')
        for table, dataset in tables.items():
            tier, name = table.split(".", 1)
            connection.register(f"{tier}__{name}", dataset)
            connection.execute(f'CREATE VIEW "{tier}"."{name}" AS SELECT * FROM "{tier}__{name}"')
        # From here on nothing but these tables can be reached, and no statement can undo that.
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        statement = _only_select(connection, sql)
        with _stopped_after(connection, limits.seconds), _bounded(limits.memory):
            try:
                return _rows(connection.sql(statement), limits)
            except duckdb.InterruptException as error:
                raise UsageError(_OUT_OF_TIME.format(limits.seconds)) from error
            except (duckdb.OutOfMemoryException, MemoryError) as error:
                raise UsageError(_OUT_OF_MEMORY.format(limits.memory)) from error
            except duckdb.PermissionException as error:
                raise UsageError(
                    "a query reads the tables of the lake and nothing else: no files, extensions or databases"
                ) from error


def _only_select(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"a query is one statement, and these are {len(statements)}")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise UsageError(f"a query is a SELECT, and this is {kind.name}: the lake is only read")
    return statements[0].query


def _rows(relation: duckdb.DuckDBPyRelation, limits: Limits) -> pa.Table:
    """All rows; their Arrow memory is not DuckDB's and is counted here."""
    with relation.to_arrow_reader() as reader:
        batches, size = [], 0
        for batch in reader:
            batches.append(batch)
            size += batch.nbytes
            if size > limits.memory * MIB:
                raise MemoryError
        return pa.Table.from_batches(batches, reader.schema)


@contextmanager
def _bounded(memory: int) -> Iterator[None]:
    """The process itself may grow by no more than ``memory`` MiB twice (DuckDB's and the rows') and _SPARE:
    DuckDB does not count one large value against its limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = psutil.Process().memory_info().vms + (2 * memory + _SPARE) * MIB
    if soft != resource.RLIM_INFINITY:
        most = min(most, soft)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what runs on the connection when ``seconds`` have passed before the block ends; it then
    raises duckdb.InterruptException. It is interrupted again and again, as DuckDB forgets an interrupt that
    comes before a query begins."""
    ended = threading.Event()

    def watch() -> None:
        wait = min(seconds, threading.TIMEOUT_MAX)
        while not ended.wait(wait):
            connection.interrupt()
            wait = _AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
