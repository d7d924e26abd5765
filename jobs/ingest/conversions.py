"""Apply the operations of a source YAML to columns of text: map, lookup, scale, date, instant, split
(definitions.md#feed). All columns are arrays of text with one element per record; a null stays null."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.deployment import deployment
from jobs.ingest.model import Operation
from jobs.ingest.numbers import scaled
from jobs.ingest.patterns import ISO_CELL, days_of_instants, local_days, texts, utc_instants
from jobs.ingest.records import normal, over_unique

NULL = pa.scalar(None, pa.string())
# Takes an array of values and returns as many: what stands for each of them if it fits nothing.
Fallback = Callable[[pa.Array], pa.Array]


def mapped(cells: pa.Array, operation: Operation, *, keep: bool) -> tuple[pa.Array, pa.Array]:
    """Map each cell by the values of a map or lookup (from → to; '' as `to` gives null).

    Returns the values, and an array of booleans that is true where the operation does not know the cell: its
    value is null then. With ``keep`` such a cell stays as it is and is not marked.
    """
    values = operation.values
    place = pc.index_in(cells, value_set=pa.array(list(values), pa.string()))
    targets = normal(pa.array(list(values.values()), pa.string()))
    known = targets.take(place)
    unmapped = pc.and_(pc.is_valid(cells), pc.is_null(place))
    if keep:
        return pc.if_else(unmapped, cells, known), pa.repeat(False, len(cells))
    return known, unmapped


def split(cells: pa.Array, typed: pa.Array | None, separator: str) -> pa.Array:
    """Split each cell at ``separator`` into a JSON list of its parts, trimmed, without empty ones; null where
    no part has text. ``typed``: true where the file itself says that the cell is a list, which keeps its
    elements, or a date, which becomes the only element (None: nowhere)."""

    def parts(values: pa.Array) -> pa.Array:
        return pa.array([_list(value.split(separator)) for value in values.to_pylist()], pa.string())

    return _where(
        typed, cells, lambda some: over_unique(some, _relisted), lambda some: over_unique(some, parts)
    )


def as_list(cells: pa.Array, typed: pa.Array | None) -> pa.Array:
    """Cells for a list column without `split`, as JSON lists of trimmed texts without empty ones; null where
    none is left. A cell becomes the only element of a list, except where ``typed`` is true (None: nowhere)
    and the file itself says that it is a list: that keeps its elements."""

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


def converted(
    cells: pa.Array,
    typed: pa.Array | None,
    operation: Operation,
    type_: str,
    timezone: str,
    otherwise: Fallback,
) -> pa.Array:
    """Apply a scale, date or instant to each cell; returns text: numbers, days `2026-01-02`, or UTC instants.

    ``typed``: true where the file itself says that the cell is a date, which is then read in ISO form and not
    by the operation's patterns; ``type_``: type of the target's column; ``timezone``: that of local times
    without an offset; ``otherwise``: a Fallback, given all different cells.
    """

    def by(patterns: tuple[str, ...]) -> Callable[[pa.Array], pa.Array]:
        def moments(values: pa.Array) -> pa.Array:
            return texts(_moments(values, operation, patterns, type_, timezone), otherwise(values))

        return lambda some: over_unique(some, moments)

    if operation.kind == "scale":
        factor = Decimal(operation.factor)
        return numbers(cells, lambda text: scaled(text, factor), otherwise)
    return _where(typed, cells, by(ISO_CELL), by(operation.patterns))


def numbers(cells: pa.Array, change: Callable[[str], str | None], otherwise: Fallback) -> pa.Array:
    """Change numbers, given as text, and return them as text: ``change`` is applied once to each different
    cell. Where it returns None, the value is that of ``otherwise``, which is given all different cells, also
    those that fit, and returns an array of the same length. Nulls stay null."""

    def change_all(values: pa.Array) -> pa.Array:
        changed = pa.array([change(value) for value in values.to_pylist()], pa.string())
        return pc.coalesce(changed, otherwise(values))

    return over_unique(cells, change_all)


def _moments(
    values: pa.Array, operation: Operation, patterns: tuple[str, ...], type_: str, timezone: str
) -> np.ndarray:
    if operation.kind == "date":
        return local_days(values, patterns)
    moments = utc_instants(values, patterns, timezone)
    return days_of_instants(moments, deployment().timezone) if type_ == "date" else moments
