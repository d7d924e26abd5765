"""The CSV files of a golden case as Arrow tables typed by a contract."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.contracts.model import Contract
from jobs.contracts.schema import arrow_schema, arrow_type
from jobs.deployment import deployment
from jobs.engine.dispositions import SILVER_META

READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
    "int": int,
    "bigint": int,
    "double": float,
    "array<string>": json.loads,
}


class CaseError(Exception):
    """A golden case is written wrongly: file, record, column, what."""


def read_texts(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and records as text; CaseError for a record that is longer or shorter than the header."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *records = [row for row in csv.reader(file) if row]
    for number, record in enumerate(records, start=1):
        if len(record) != len(header):
            raise CaseError(f"{path}: record {number}: {len(record)} cells, the header has {len(header)}")
    return header, [dict(zip(header, record, strict=True)) for record in records]


def table_schema(contract: Contract) -> pa.Schema:
    """The contract's columns and, of a silver table, its own ones."""
    meta = SILVER_META if contract.conformed or not contract.inputs else {}
    return pa.schema(
        [*arrow_schema(contract), *(pa.field(name, arrow_type(kind)) for name, kind in meta.items())]
    )


def read_table(path: Path, contract: Contract) -> pa.Table:
    """An input of a case: all columns of the contract (and a silver table's own), absent ones null, but for
    `_jurisdiction` and `_currency`, which are the deployment's.

    CaseError: an unknown column, a required one that is absent or empty, a cell that is not of its type.
    """
    header, records = read_texts(path)
    types, schema = _types(contract), table_schema(contract)
    _refuse_unknown(path, header, types)
    absent = [column.name for column in contract.columns if column.required and column.name not in header]
    if absent:
        raise CaseError(f"{path}: {', '.join(absent)}: is required and absent")
    own = {"_jurisdiction": deployment().code, "_currency": deployment().currency}
    said = (_typed(path, number, record, types, contract) for number, record in enumerate(records, start=1))
    rows = [{**{name: code for name, code in own.items() if name in types}, **row} for row in said]
    for number, row in enumerate(rows, start=1):
        for column in contract.columns:
            if column.required and row[column.name] is None:
                raise CaseError(f"{path}: record {number}: {column.name}: is required and empty")
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )


def read_expected(path: Path, contract: Contract) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns of expect.csv and its rows, typed. CaseError: a column that the table lacks, a key column that
    the file lacks."""
    header, records = read_texts(path)
    types = _types(contract)
    _refuse_unknown(path, header, types)
    absent = [name for name in contract.key if name not in header]
    if absent:
        raise CaseError(f"{path}: no key column {', '.join(absent)}")
    return header, [
        _typed(path, number, record, types, contract) for number, record in enumerate(records, start=1)
    ]


def write_expected(
    path: Path, contract: Contract, rows: list[dict[str, Any]], equal: Callable[[Any, Any], bool]
) -> None:
    """Write expect.csv anew from a result: the columns of its header (of an empty file all of the contract),
    a record each row: those that were there in their order, then new ones by their key, as an engine gives no
    order. A cell whose value is still ``equal`` keeps its text."""
    if not path.read_text(encoding="utf-8").strip():
        path.write_text(",".join(contract.column_names) + "\n", encoding="utf-8")
    header, records = read_texts(path)
    columns, values = read_expected(path, contract)
    kept = {
        tuple(value[k] for k in contract.key): (value, record)
        for value, record in zip(values, records, strict=True)
    }
    place = {key: number for number, key in enumerate(kept)}

    def in_order(row: dict[str, Any]) -> tuple[int, list[str]]:
        key = tuple(row[k] for k in contract.key)
        return place.get(key, len(place)), [_text(value) for value in key]

    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        for row in sorted(rows, key=in_order):
            value, record = kept.get(tuple(row[k] for k in contract.key), ({}, {}))
            out.writerow(
                record[c] if c in record and equal(row[c], value[c]) else _text(row[c]) for c in columns
            )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else str(value)


def _types(contract: Contract) -> dict[str, str]:
    return {c.name: c.type for c in contract.columns} | (
        SILVER_META if contract.conformed or not contract.inputs else {}
    )


def _refuse_unknown(path: Path, header: list[str], types: Mapping[str, str]) -> None:
    unknown = [name for name in header if name not in types]
    if unknown:
        raise CaseError(f"{path}: no such column: {', '.join(unknown)}")


def _typed(
    path: Path, number: int, record: Mapping[str, str], types: Mapping[str, str], contract: Contract
) -> dict[str, Any]:
    """A record's values; an empty cell is null, in key columns the empty text."""
    values: dict[str, Any] = {}
    for name, text in record.items():
        if text == "" and not (name in contract.key and types[name] == "string"):
            values[name] = None
            continue
        try:
            values[name] = Decimal(text) if types[name].startswith("decimal") else READERS[types[name]](text)
        except (ValueError, KeyError, ArithmeticError) as error:
            raise CaseError(f"{path}: record {number}: {name}: {text!r} is not a {types[name]}") from error
    return values
