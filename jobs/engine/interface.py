"""What a step of the night asks of an engine: names for its inputs, SQL over them, rows, a commit.

Texts are Spark SQL. Spark runs them as they are, DuckDB after `jobs.engine.dialect`. Nothing outside this
room asks which one it is.
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
    """Rows of one version of a Delta table.

    ``where``: a Spark SQL condition over its columns; ``months``: of a table kept by month, only these;
    ``schema``: the wanted columns,
    of which those that the version lacks are null (None: the columns of the version); ``lake``: another one
    than the night's.
    """

    table: str
    version: int
    where: str = "TRUE"
    months: tuple[date, ...] | None = None
    schema: pa.Schema | None = None
    lake: Lake | None = None

    @property
    def condition(self) -> str:
        """``where`` and ``months`` as one condition."""
        return (
            self.where
            if self.months is None
            else f"({self.where}) AND {these(self.months) if self.months else 'FALSE'}"
        )


class Workspace(Protocol):
    """The names of one step; they and what was kept are gone when it closes. Not to be shared by threads."""

    def read(self, name: str, rows: Stored | pa.Table) -> None:
        """Give rows a name."""

    def define(self, name: str, text: str, *, keep: bool = False) -> None:
        """Give the rows of a SELECT a name; ``keep``: compute them once, here, however often they are
        read."""

    def rows(self, text: str) -> pa.Table:
        """The rows of a SELECT, in memory."""

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
        """Replace a table, or these months of it, by the rows of a SELECT in one Delta commit; returns the
        new version, or ``last`` without a commit where that version holds the same rows (not looked at where
        it has more than ARROW_ROWS, where Spark writes, and of a table of which months are replaced).

        ``schema``: columns and types of what is written, all nullable; a column `_month` partitions the
        table. ``key``: columns that name a row.
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
        """Replace a table, or these months of it, by the rows of all parts together, in one Delta commit;
        returns the new version, or ``last`` without a commit where that version holds the same rows (not
        looked at where Spark's workers write, and of a table of which months are replaced).

        ``build(space, part)``: the rows of one part (from 0), of ``schema``, from what it reads through an
        embedded workspace. In this process one part is built after another; on Spark each is a task of a
        worker, to which ``build`` is sent by pickle. ``key``: the order of rows that this process commits.
        """


class Engine(Protocol):
    """``name``: embedded or spark."""

    name: str

    def workspace(
        self, *, as_of: date | None = None, small: bool = False
    ) -> AbstractContextManager[Workspace]:
        """A workspace in which `:as_of` stands for the date; ``small``: all inputs together are few rows
        (ARROW_ROWS)."""
