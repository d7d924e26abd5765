"""Count the rows that fail expectations: all counts in one statement, and a sample of values where rows fail.

What is counted is a Question (jobs.contracts.questions): two SQL conditions, which rows to look at and which
of them fail, and the columns whose values a sample shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from jobs.contracts.questions import NUMBER, OTHER, TEXT, TRUTH, Question, quoted
from jobs.engine.interface import Workspace

# The question that counts all rows.
ROWS = Question("TRUE")
# The most values of a sample, as many as Great Expectations shows.
SHOWN = 20


class Counter:
    """Counts rows of the view ``name`` in the workspace ``space``. Each count and each sample is computed
    once.

    ``schema``: names and types of the view's columns (None: they are read from the view); ``beside``: columns
    that every sample shows in addition to those of its question.
    """

    def __init__(
        self, space: Workspace, name: str, *, schema: pa.Schema | None = None, beside: tuple[str, ...] = ()
    ):
        self._space, self._name, self._beside, self._given = space, name, beside, schema
        self._counts: dict[Question, int] = {}
        self._samples: dict[Question, list[Any]] = {}

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types of the columns of the view."""
        return self._given or self._space.rows(f"SELECT * FROM {self._name} LIMIT 0").schema

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Column → TEXT, NUMBER, TRUTH (boolean) or OTHER (dates, times, lists)."""
        return {field.name: _kind(field.type) for field in self.schema}

    def count(self, questions: Sequence[Question]) -> list[int]:
        """Return for each question, in their order, the number of rows that it finds. New questions are
        counted in one statement. Raises the engine's error where that fails."""
        new = [q for q in dict.fromkeys(questions) if q not in self._counts]
        if new:
            counts = ", ".join(f"{self._counted(q)} AS c{number}" for number, q in enumerate(new))
            # Without a plain count the subqueries would be repeated for every row.
            [row] = self._space.rows(f"SELECT count(*) AS n, {counts} FROM {self._name}").to_pylist()
            self._counts |= {q: int(row[f"c{number}"]) for number, q in enumerate(new)}
        return [self._counts[q] for q in questions]

    def sample(self, question: Question) -> list[Any]:
        """Return at most SHOWN of the values that a question finds, in ascending order, a value as often as
        it occurs; [] where it finds none.

        One shown column gives that column's values, several give a dictionary (column → value) per row, none
        gives None per row; the columns of ``beside`` are shown as well. Raises the engine's error where the
        statement fails.
        """
        [found] = self.count([question])
        shown = question.shown + tuple(c for c in self._beside if c not in question.shown)
        if not found or not shown:
            return [None] * min(found, SHOWN)
        if question not in self._samples:
            columns = ", ".join(map(quoted, shown))
            text = f"SELECT {columns} FROM {self._name} WHERE {_both(question)}"
            if question.repeated:
                text = f"SELECT {columns}, count(*) AS _times FROM {self._name} WHERE {question.among}"
                text += f" GROUP BY {columns} HAVING count(*) > 1"
            rows = self._space.rows(f"{text} ORDER BY {columns} LIMIT {SHOWN}").to_pylist()
            rows = [row for row in rows for _ in range(row.pop("_times", 1))][:SHOWN]
            self._samples[question] = [row[shown[0]] for row in rows] if len(shown) == 1 else rows
        return self._samples[question]

    def _counted(self, q: Question) -> str:
        """SQL that counts the rows that ``q`` finds: a subquery where values are grouped first."""
        if q.repeated:
            columns = ", ".join(map(quoted, q.shown))
            groups = f"SELECT count(*) AS _times FROM {self._name} WHERE {q.among} GROUP BY {columns}"
            return f"(SELECT coalesce(sum(_times), 0) FROM ({groups} HAVING count(*) > 1))"
        if q.lookup:
            value = quoted(q.shown[0])
            values = f"SELECT {value}, count(*) AS _times FROM {self._name} WHERE {q.among} GROUP BY {value}"
            return f"(SELECT coalesce(sum(_times), 0) FROM ({values}) WHERE {q.failing})"
        # Not count_if: of no rows, and of conditions that are all null, DuckDB's is null where Spark's is 0.
        return "count(*)" if _both(q) == "TRUE" else f"count(CASE WHEN {_both(q)} THEN 1 END)"


def _both(q: Question) -> str:
    """The condition that a failing row meets."""
    if q.among == "TRUE":
        return q.failing
    return q.among if q.failing == "TRUE" else f"({q.among}) AND ({q.failing})"


def _kind(arrow: pa.DataType) -> str:
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return TEXT
    if pa.types.is_boolean(arrow):
        return TRUTH
    number = pa.types.is_integer(arrow) or pa.types.is_floating(arrow) or pa.types.is_decimal(arrow)
    return NUMBER if number else OTHER
