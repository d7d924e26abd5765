"""The columns of a contract as an Arrow schema, and as DDL for Spark."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from jobs.contracts.model import Contract

_ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "array<string>": pa.list_(pa.string()),
}


def arrow_type(column_type: str) -> pa.DataType:
    """The Arrow type for a contract's type; KeyError where contracts have no such type."""
    if decimal := re.fullmatch(r"decimal\((\d+),(\d+)\)", column_type):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _ARROW[column_type]


def arrow_schema(contract: Contract) -> pa.Schema:
    """The Arrow schema of a contract: one field per column, in order. Timestamps are UTC in microseconds;
    fields are nullable unless required."""
    return pa.schema(
        [pa.field(c.name, arrow_type(c.type), nullable=not c.required) for c in contract.columns]
    )


def spark_ddl(contract: Contract, extra: Mapping[str, str] | None = None) -> str:
    """The columns of a contract as DDL for Spark's `schema(...)`: `` `a` STRING, `b` DATE ``. ``extra``:
    further columns → types, put behind."""
    columns = {c.name: c.type.upper() for c in contract.columns} | {
        name: kind.upper() for name, kind in (extra or {}).items()
    }
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
