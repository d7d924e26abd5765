"""Answers to the gate's questions about one table version, by DuckDB over its files: one pass for all, one grouped count a key."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from jobs.gate.questions import NUMBER, OTHER, TEXT, Question, quoted

FLOATS = ("FLOAT", "DOUBLE")  # equal values may have unlike bits: these are grouped by value


def _kind(arrow: pa.DataType) -> str:
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return TEXT
    return NUMBER if pa.types.is_integer(arrow) or pa.types.is_floating(arrow) or pa.types.is_decimal(arrow) else OTHER


class Counter:
    """``rows``: the version, of which those that ``where`` (SQL) holds count; ``derived``: further columns, name → SQL, 0 or 1.

    A context manager: it holds a connection. Counts are kept, so a question is counted once.
    """

    def __init__(self, rows: ds.Dataset | pa.Table, *, where: str = "TRUE", derived: Mapping[str, str] | None = None):
        # The JVM has its third of the memory; what does not fit into this quarter is spilled.
        self._connection = duckdb.connect(config={"memory_limit": "25%", "temp_directory": tempfile.gettempdir()})
        self._connection.register("version", rows)
        columns = "".join(f", ({sql}) AS {quoted(name)}" for name, sql in (derived or {}).items())
        self._connection.execute(f"CREATE VIEW audited AS SELECT *{columns} FROM version WHERE {where}")
        self.types = {f.name: _kind(f.type) for f in rows.schema} | dict.fromkeys(derived or {}, NUMBER)
        self._counts: dict[Question, int] = {}

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *_: Any) -> None:
        self._connection.close()

    def count(self, questions: Sequence[Question]) -> list[int]:
        """Rows that each question finds. duckdb.Error where one cannot be answered."""
        new = [q for q in dict.fromkeys(questions) if q not in self._counts]
        if plain := [q for q in new if not (q.repeated or q.lookup)]:
            counts = ", ".join(f"count(*) FILTER (({q.among}) AND {q.failing})" for q in plain)
            self._counts |= dict(zip(plain, self._one(f"SELECT {counts} FROM audited"), strict=True))
        for q in new:
            if q.lookup:
                values = f"SELECT {quoted(q.shown[0])}, count(*) AS _times FROM audited WHERE {q.among} GROUP BY ALL"
                self._counts[q] = int(self._one(f"SELECT coalesce(sum(_times), 0) FROM ({values}) WHERE {q.failing}")[0])
            elif q.repeated:
                self._counts[q] = self._repeated(q)
        return [self._counts[q] for q in questions]

    def sample(self, q: Question, limit: int) -> list[Any]:
        """Up to ``limit`` unexpected values of a counted question, as GX shows them: values, pairs, or rows as dictionaries."""
        if not self._counts[q]:
            return []
        shown = ", ".join(map(quoted, q.shown))
        often = f" QUALIFY count(*) OVER (PARTITION BY {shown}) > 1" if q.repeated else ""
        rows = self._connection.sql(f"SELECT {shown} FROM audited WHERE ({q.among}) AND {q.failing}{often} LIMIT {int(limit)}").fetchall()
        if len(q.shown) == 1:
            return [value for value, in rows]
        return [dict(zip(q.shown, row, strict=True)) for row in rows] if q.repeated else rows

    def _repeated(self, q: Question) -> int:
        """Equal values have equal hashes, so where no two hashes meet no two keys do; only otherwise the values are grouped."""
        def rows(key: str) -> int:
            groups = f"SELECT count(*) AS _times FROM audited WHERE {q.among} GROUP BY {key} HAVING count(*) > 1"
            return int(self._one(f"SELECT coalesce(sum(_times), 0) FROM ({groups})")[0])
        shown = ", ".join(map(quoted, q.shown))
        types = self._connection.sql(f"SELECT {shown} FROM audited LIMIT 0").types
        return rows(shown) if any(str(t) in FLOATS for t in types) or rows(f"hash({shown})") else 0

    def _one(self, sql: str) -> tuple[Any, ...]:
        return self._connection.sql(sql).fetchall()[0]
