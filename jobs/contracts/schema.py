"""The columns of a contract as an Arrow schema."""

from __future__ import annotations

import re

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
