"""The closed set of operations of a source YAML, a column at a time: text in, text out (sources.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.deployment import deployment
from jobs.ingest.model import ColumnMap, Operation
from jobs.ingest.numbers import scaled
from jobs.ingest.patterns import ISO_CELL, days_of_instants, local_days, texts, utc_instants
from jobs.ingest.records import Batch, normal

NULL = pa.scalar(None, pa.string())
LIST = "array<string>"
# What Spark's cast could still read as a date or a number although it fits nothing that the YAML states.
_CASTABLE = r"(?i)^(?:[-+.0-9]|nan|inf)"
# put before such a text, so that silver's cast fails too and the row is quarantined instead of guessed
UNFIT = "?"


@dataclass(frozen=True)
class Cells:
    """One landed column. ``unmapped``: true where a map or lookup did not know the value; ``original``: where
    an operation changed it; ``lost``: how many values of a version column that the contract lacks are null
    because they fit nothing."""

    values: pa.Array
    unmapped: pa.Array | None = None
    original: pa.Array | None = None
    lost: int = 0


def landed(column: ColumnMap, batch: Batch, timezone: str) -> Cells:
    """The cells of one target column. A column that the file lacks counts as empty."""
    produced, typed = _produced(column, batch)
    unmapped = None
    if column.operation is None:
        values = _as_list(produced, typed) if column.type == LIST else produced
    elif column.operation.kind in ("map", "lookup"):
        values, unmapped = _mapped(produced, column)
    elif column.operation.kind == "split":
        values = _split(produced, typed, column.operation.separator)
    else:
        values = _converted(produced, typed, column, timezone)
    original = None
    if column.changes:
        before = (
            batch.columns.get(column.inputs[0], produced)
            if column.producer in ("substr", "extract")
            else produced
        )
        same = pc.fill_null(pc.equal(values, before), False)
        original = pc.if_else(same, NULL, before)
    return Cells(
        values, unmapped, original, 0 if column.in_contract else values.null_count - produced.null_count
    )


def _produced(column: ColumnMap, batch: Batch) -> tuple[pa.Array, pa.Array | None]:
    size = len(batch.record)

    def cells(name: str) -> pa.Array:
        return batch.columns[name] if name in batch.columns else pa.nulls(size, pa.string())

    if column.producer == "const":
        return pa.repeat(pa.scalar(column.elements[0].text, pa.string()), size), None
    if column.producer in ("concat", "coalesce"):
        text = pa.string()
        parts = [
            cells(e.column) if e.column is not None else pa.repeat(pa.scalar(e.text, text), size)
            for e in column.elements
        ]
        if column.producer == "coalesce":
            return pc.coalesce(*parts), None
        # As SQL's || does: a null part makes the whole null, so half an identifier never passes for one.
        return normal(pc.binary_join_element_wise(*parts, "", null_handling="emit_null")), None
    name = column.elements[0].column
    assert name is not None, "from, substr and extract read a column of the file"
    if column.producer == "substr":
        return normal(
            pc.utf8_slice_codeunits(cells(name), column.start - 1, column.start - 1 + column.length)
        ), None
    if column.producer == "extract":
        expression = re.compile(column.expression)

        def group(values: pa.Array) -> pa.Array:
            found = (expression.search(value) for value in values.to_pylist())
            return normal(pa.array([f.group(1) if f else None for f in found], pa.string()))

        return over_unique(cells(name), group), None
    return cells(name), batch.typed.get(name)


def over_unique(cells: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """``change`` applied once to each different value; nulls stay null."""
    encoded = cells.dictionary_encode()
    if not len(encoded.dictionary):
        return cells
    return change(encoded.dictionary).take(encoded.indices)


def _mapped(cells: pa.Array, column: ColumnMap) -> tuple[pa.Array, pa.Array]:
    assert column.operation is not None, "a column with a map or lookup"
    values = column.operation.values
    place = pc.index_in(cells, value_set=pa.array(list(values), pa.string()))
    targets = normal(pa.array(list(values.values()), pa.string()))
    known = targets.take(place)
    unmapped = pc.and_(pc.is_valid(cells), pc.is_null(place))
    if column.on_unmapped == "keep":
        return pc.if_else(unmapped, cells, known), pa.repeat(False, len(cells))
    return known, unmapped


def _split(cells: pa.Array, typed: pa.Array | None, separator: str) -> pa.Array:
    def parts(values: pa.Array) -> pa.Array:
        return pa.array([_list(value.split(separator)) for value in values.to_pylist()], pa.string())

    return _where(
        typed, cells, lambda some: over_unique(some, _relisted), lambda some: over_unique(some, parts)
    )


def _as_list(cells: pa.Array, typed: pa.Array | None) -> pa.Array:
    """A list column without split: JSON's own lists, and any other cell as the one element of its list."""

    def single(values: pa.Array) -> pa.Array:
        return pa.array([_list([value]) for value in values.to_pylist()], pa.string())

    return _where(
        typed, cells, lambda some: over_unique(some, _relisted), lambda some: over_unique(some, single)
    )


def _relisted(values: pa.Array) -> pa.Array:
    """Of cells that the file itself types: a list is JSON, a date stands for itself."""
    return pa.array(
        [_list(json.loads(v) if v.startswith("[") else [v]) for v in values.to_pylist()], pa.string()
    )


def _list(elements: list[Any]) -> str | None:
    """A JSON array of texts, trimmed, without empty ones; None for none."""
    written = [_element(e).strip() for e in elements if e is not None]
    kept = [w for w in written if w]
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _element(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _where(
    typed: pa.Array | None,
    cells: pa.Array,
    inside: Callable[[pa.Array], pa.Array],
    outside: Callable[[pa.Array], pa.Array],
) -> pa.Array:
    """``inside`` for the cells that the file itself types, ``outside`` for the others."""
    if typed is None:
        return outside(cells)
    return pc.if_else(typed, inside(pc.if_else(typed, cells, NULL)), outside(pc.if_else(typed, NULL, cells)))


def _converted(cells: pa.Array, typed: pa.Array | None, column: ColumnMap, timezone: str) -> pa.Array:
    """scale, date, instant. A cell that fits nothing keeps its text (marked where a cast could read it all
    the same)."""
    operation = column.operation
    assert operation is not None, "a column with scale, date or instant"

    def by(patterns: tuple[str, ...]) -> Callable[[pa.Array], pa.Array]:
        return lambda some: over_unique(
            some, lambda values: _moments(values, operation, patterns, column, timezone)
        )

    if operation.kind == "scale":
        return over_unique(cells, lambda values: _scaled(values, operation, column))
    return _where(typed, cells, by(ISO_CELL), by(operation.patterns))


def _scaled(values: pa.Array, operation: Operation, column: ColumnMap) -> pa.Array:
    factor = Decimal(operation.factor)
    numbers = pa.array([scaled(value, factor) for value in values.to_pylist()], pa.string())
    return pc.coalesce(numbers, _unfit(values, column))


def _moments(
    values: pa.Array, operation: Operation, patterns: tuple[str, ...], column: ColumnMap, timezone: str
) -> pa.Array:
    if operation.kind == "date":
        moments = local_days(values, patterns)
    else:
        moments = utc_instants(values, patterns, timezone)
        if column.type == "date":
            moments = days_of_instants(moments, deployment().timezone)
    return texts(moments, _unfit(values, column))


def _unfit(values: pa.Array, column: ColumnMap) -> pa.Array:
    if not column.in_contract:  # a version is only compared, never cast: text that is no moment must not win
        return pa.nulls(len(values), pa.string())
    if column.type == "string":
        return values
    marked = pc.binary_join_element_wise(UNFIT, values, "")
    return pc.if_else(pc.match_substring_regex(values, _CASTABLE), marked, values)
