"""The interface of the two engines, Spark and DuckDB (embedded), to the steps of a run: name inputs, run SQL
over them, get rows, commit a table.

All SQL is Spark SQL; for DuckDB it is translated by `jobs.engine.dialect`. Code outside of jobs/engine is the
same for both. ``months`` are always first days of months, of a table that is partitioned by the column
`_month`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa

from jobs.lake.tables import Lake, these


@dataclass(frozen=True)
class Stored:
    """Rows of one version of a Delta table, as an input of SQL.

    ``where``: a Spark SQL condition over its columns; ``months``: first days of the months to read, for a
    table that is partitioned by month (None: all); ``schema``: the columns to give and their types, null
    where the version lacks them (None: the columns of the version); ``lake``: the lake of the table (None:
    the engine's).
    """

    table: str
    version: int
    where: str = "TRUE"
    months: tuple[date, ...] | None = None
    schema: pa.Schema | None = None
    lake: Lake | None = None

    @property
    def condition(self) -> str:
        """``where`` and ``months`` as one condition in Spark SQL."""
        return (
            self.where
            if self.months is None
            else f"({self.where}) AND {these(self.months) if self.months else 'FALSE'}"
        )


class Workspace(Protocol):
    """The views and tables that one step of a run names. They are removed when the workspace closes. Not safe
    for use by several threads."""

    def read(self, name: str, rows: Stored | pa.Table) -> None:
        """Make rows readable in SQL under ``name``: those of a stored table version, or an Arrow table. A
        view of that name is replaced. Raises KeyError where the stored table does not exist,
        deltalake's DeltaError where it has no such version."""

    def define(self, name: str, text: str, *, keep: bool = False) -> None:
        """Make the result of the SELECT ``text`` readable under ``name``. ``keep``: compute it once and keep
        the result, for a view that several statements read."""

    def rows(self, text: str) -> pa.Table:
        """Run the SELECT ``text`` and return its rows, in memory."""

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
        """Replace a table by the rows of a SELECT, in one Delta commit; returns the number of the version
        that then holds them.

        ``table``: `<tier>.<name>`; ``text``: the SELECT; ``schema``: names and types of the columns that are
        written, all nullable; a column `_month` partitions the table. ``months``: first days of the months
        that are replaced (None: the whole table); at least one, and each row belongs to one of them.

        ``last``: an earlier version; where it holds the same rows, by ``key`` (columns that together identify
        a row; needed with ``last``), nothing is written and ``last`` is returned. The rows are not compared,
        and a version is always written, where ``months`` are given or Spark's workers write the table, and
        on DuckDB where ``last`` has more than ARROW_ROWS rows.
        """

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
        """Replace a table by the rows that ``build`` returns for all parts of its inputs, in one Delta
        commit; returns the number of the version that then holds them.

        ``build(space, part)`` returns the rows of one part, with the columns of ``schema``; ``part`` counts
        from 0 to ``parts`` - 1, and ``space`` is a workspace of the embedded engine. DuckDB's engine builds
        one part after another in this process; on Spark each part is a task of a worker, to which ``build``
        is sent by pickle. ``key``: columns that together identify a row; where this process puts several
        parts together, it sorts the rows by them. ``months``: first days of the months that are replaced
        (None: the whole table). ``last``: an earlier version; where it holds the same rows, nothing is
        written and ``last`` is returned, except where ``months`` are given or Spark's workers write the
        table.
        """


class Engine(Protocol):
    """One of the two engines. ``name``: `embedded` (DuckDB in this process) or `spark`."""

    name: str

    def workspace(
        self, *, as_of: date | None = None, small: bool = False
    ) -> AbstractContextManager[Workspace]:
        """Open a workspace for one step, as a context manager. ``as_of``: the date that `:as_of` stands for
        in its SQL. ``small``: all inputs together have at most ARROW_ROWS rows; Spark then returns the rows
        to this process, which writes them, as a Spark commit would take longer."""
