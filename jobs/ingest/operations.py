"""Make the columns of the target from the records of a file by the values of a source YAML
(definitions.md#feed): text in, text out, a column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import NamedTuple
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.conversions import NULL, Fallback, as_list, converted, mapped, numbers, split
from jobs.ingest.expressions import compile_expression
from jobs.ingest.model import ColumnMap, Value
from jobs.ingest.numbers import fixed
from jobs.ingest.personal import hashed
from jobs.ingest.records import Batch, normal, over_unique

LIST = "array<string>"
# What Spark's cast could still read as a date or a number although it fits nothing that the YAML states.
_CASTABLE = r"(?i)^(?:[-+.0-9]|nan|inf)"
# put before such a text, so that silver's cast fails too and the row is quarantined instead of guessed
UNFIT = "?"


class Around(NamedTuple):
    """What a value may depend on besides the cells of its record. ``timezone``: that of local times (IANA);
    ``file``: the file's path below the source's folder; ``member``: the name of the archive's member, None
    for a plain file; ``key``: the key of the pseudonyms."""

    timezone: str
    file: str = ""
    member: str | None = None
    key: bytes = b""


@dataclass(frozen=True)
class Cells:
    """One landed column; all arrays have one element per record.

    ``values``: text; ``unmapped``: true where a map or lookup does not know the value, or a part of the value
    fits nothing, so that the cell is empty (None: nowhere); ``original``: what the file states where the
    value comes from (`_Maker.raw`), where the value differs from it, else null (None: it is not kept);
    ``lost``: of a version column that is not in the
    contract, the number of values that fit nothing and are null.
    """

    values: pa.Array
    unmapped: pa.Array | None = None
    original: pa.Array | None = None
    lost: int = 0


class _Made(NamedTuple):
    """Values made for the records of a batch, one each. ``cells``: as text; ``typed``: true where the file
    itself says that the cell is a date or a list, None where it says so of none; ``unknown``: true where the
    cell is empty because a map or lookup did not know the value, or it did not fit an operation, None where
    nothing is unknown. A value that a map does not know and that stands (`_Maker`) is not marked."""

    cells: pa.Array
    typed: pa.Array | None = None
    unknown: pa.Array | None = None


def landed(column: ColumnMap, batch: Batch, around: Around) -> Cells:
    """Make the cells of one target column from a batch. A column that the file lacks counts as empty.
    ``column``: how the feed makes it; ``around``: the file that the batch is from, and its time zone."""
    make = _Maker(batch, around, keep=column.on_unmapped == "keep")
    unfit = partial(_unfit, column=column)
    produced = make.produced(column.value, column.type, unfit)
    made = make.operated(produced, column.value, column.type, unfit)
    values = made.cells
    if column.type == LIST and column.operation is None:
        values = as_list(values, made.typed)
    original = None
    if column.changes:
        before = make.raw(column.value, column.type)
        original = pc.if_else(pc.fill_null(pc.equal(values, before), False), NULL, before)
    lost = 0 if column.in_contract else values.null_count - produced.cells.null_count
    return Cells(values, made.unknown, original, lost)


def of_chosen(
    value: Value, batch: Batch, around: Around, flags: Sequence[pa.Array | None]
) -> pa.Array | None:
    """For each cell of a `coalesce` (``value``), the flag of the part that it takes its value from, so that a
    flag of an unused part does not count; None where no part has flags. ``flags``: for each part an array of
    booleans, or None where all are false."""
    make = _Maker(batch, around, keep=False)
    parts = [make.made(part, "string", _nothing).cells for part in value.parts]
    return _chosen([_Made(cells, flag) for cells, flag in zip(parts, flags, strict=True)])


def _nothing(values: pa.Array) -> pa.Array:
    return pa.nulls(len(values), pa.string())


def _unfit(values: pa.Array, column: ColumnMap) -> pa.Array:
    """What fits nothing keeps its text, marked where a cast could read it all the same."""
    if not column.in_contract:  # a version is only compared, never cast: text that is no moment must not win
        return _nothing(values)
    if column.type == "string":
        return values
    marked = pc.binary_join_element_wise(UNFIT, values, "")
    return pc.if_else(pc.match_substring_regex(values, _CASTABLE), marked, values)


class _Maker:
    """Makes values of one batch. ``keep``: a value that a map does not know stands. In its methods ``type_``
    is the type of the target column, and ``otherwise`` gives what stands for values that fit nothing; where
    that is `_nothing`, they are empty and unknown."""

    def __init__(self, batch: Batch, around: Around, *, keep: bool):
        self._batch, self._around, self._keep = batch, around, keep
        self._size = len(batch.record)

    def made(self, value: Value, type_: str, otherwise: Fallback) -> _Made:
        """A value with its operation; ``otherwise`` stands for what fits nothing."""
        return self.operated(self.produced(value, type_, otherwise), value, type_, otherwise)

    def produced(self, value: Value, type_: str, otherwise: Fallback) -> _Made:
        """Make a value's cells before its operation: of the column or the parts that it names. ``type_``: of
        the target's column; ``otherwise`` stands for what fits nothing."""
        if not value.parts:
            return self._plain(value)
        if value.kind == "from":
            return self.made(value.parts[0], type_, otherwise if value.operation is None else _nothing)
        inner = type_ if value.kind == "coalesce" else "string"
        parts = [self.made(part, inner, _nothing) for part in value.parts]
        cells = [part.cells for part in parts]
        if value.kind == "coalesce":
            made = pc.coalesce(*cells) if len(cells) > 1 else cells[0]
            typed = _chosen(parts)
            return _Made(made, typed, _unknown(parts, made))
        if value.kind == "decimal":
            last = otherwise if value.operation is None else _nothing
            made = numbers(cells[0], partial(fixed, places=value.length), last)
            lost = pc.and_(pc.is_valid(cells[0]), pc.is_null(made))
            return _Made(made, None, either(_unknown(parts, made), lost if last is _nothing else None))
        made = self._text(value, cells)
        return _Made(made, None, _unknown(parts, made))

    def operated(self, made: _Made, value: Value, type_: str, otherwise: Fallback) -> _Made:
        """Apply the value's operation to the cells ``made``, which are returned as they are without one."""
        operation = value.operation
        if operation is None:
            return made
        if operation.kind in ("map", "lookup"):
            cells, unknown = mapped(made.cells, operation, keep=self._keep)
            return _Made(cells, None, either(made.unknown, unknown))
        if operation.kind == "split":
            cells = split(made.cells, made.typed, operation.separator)
            return _Made(cells, pc.is_valid(cells), made.unknown)
        cells = converted(made.cells, made.typed, operation, type_, self._around.timezone, otherwise)
        lost = pc.and_(pc.is_valid(made.cells), pc.is_null(cells)) if otherwise is _nothing else None
        return _Made(cells, None, either(made.unknown, lost))

    def raw(self, value: Value, type_: str) -> pa.Array:
        """What the file says where the value comes from: cells before they were cut, padded or converted. Of
        a `coalesce` this is what the part says that gives the value, also where an earlier part has text that
        gives none; where no part gives a value, it is the first text that is there."""
        if not value.parts:
            return self._plain(value).cells
        inner = type_ if value.kind in ("from", "coalesce") else "string"
        parts = [self.raw(part, inner) for part in value.parts]
        if value.kind == "coalesce":
            made = [self.made(part, inner, _nothing).cells for part in value.parts]
            used = [
                pc.if_else(pc.is_valid(cells), said, NULL) for cells, said in zip(made, parts, strict=True)
            ]
            return pc.coalesce(*used, *parts)
        return self._text(value, parts) if value.kind in ("concat", "hash") else parts[0]

    def _plain(self, value: Value) -> _Made:
        """A value that is not made of others."""
        if value.kind == "from":
            name, known = value.column, self._batch.columns
            assert name is not None, "a value without parts reads a column"
            cells = known[name] if name in known else pa.nulls(self._size, pa.string())
            return _Made(cells, self._batch.typed.get(name))
        if value.kind == "record":
            return _Made(pc.cast(self._batch.record, pa.string()))
        text = value.text if value.kind == "const" else self._of_name(value.expression)
        return _Made(pa.repeat(pa.scalar(text, pa.string()), self._size))

    def _of_name(self, expression: str) -> str | None:
        """Group 1 in the bare name of the archive's member, else of the file, percent-decoded."""
        names = [name for name in (self._around.member, self._around.file) if name]
        for name in names:
            if found := compile_expression(expression).first(name.rsplit("/", 1)[-1]):
                return unquote(found).strip() or None
        return None

    def _text(self, value: Value, parts: Sequence[pa.Array]) -> pa.Array:
        if value.kind == "concat":
            # As SQL's || does: a null part makes the whole null, so half an identifier never passes for one.
            return normal(pc.binary_join_element_wise(*parts, "", null_handling="emit_null"))
        if value.kind == "hash":
            return hashed(parts, self._around.key)
        if value.kind == "substr":
            first = value.start - 1
            return normal(pc.utf8_slice_codeunits(parts[0], first, first + value.length))
        if value.kind == "pad":
            return pc.utf8_lpad(parts[0], value.length, value.fill)
        assert value.kind == "extract", f"{value.kind} is no producer"
        expression = compile_expression(value.expression)

        def group(values: pa.Array) -> pa.Array:
            return normal(pa.array(map(expression.first, values.to_pylist()), pa.string()))

        return over_unique(parts[0], group)


def _chosen(parts: Sequence[_Made]) -> pa.Array | None:
    """`typed` of the first part that is there."""
    if all(part.typed is None for part in parts):
        return None
    no = pa.scalar(False)
    typed = pa.repeat(no, len(parts[0].cells))
    for part in reversed(parts):
        typed = pc.if_else(pc.is_valid(part.cells), part.typed if part.typed is not None else no, typed)
    return typed


def _unknown(parts: Sequence[_Made], made: pa.Array) -> pa.Array | None:
    """Where something in the parts was not known and the whole is empty for it."""
    found = reduce(either, (part.unknown for part in parts), None)
    return None if found is None else pc.and_(found, pc.is_null(made))


def either(one: pa.Array | None, other: pa.Array | None) -> pa.Array | None:
    """The flags that are true where one of the two arrays is; None stands for an array that is all false."""
    return pc.or_(one, other) if one is not None and other is not None else one if other is None else other
