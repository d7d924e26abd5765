"""Turn typed columns of Parquet into exact text (definitions.md#landing): no number is rounded, times are cut
to the microsecond, dates and times are in ISO form, lists and objects are JSON. Values in lists, objects and
maps are written as those of a column of their type are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from jobs.ingest.model import Refused
from jobs.ingest.numbers import DOUBLE_EXACT, DOUBLE_SURE, plain
from jobs.ingest.paths import MISSING, value_at
from jobs.ingest.patterns import local_times
from jobs.ingest.records import one_line, over_unique

_FIRST, _LAST = np.datetime64("0001-01-01T00:00:00", "us"), np.datetime64("9999-12-31T23:59:59.999999", "us")
Steps = tuple[str | int, ...]  # a path below a column (jobs.ingest.paths)
Cells = tuple[
    pa.Array, pa.Array | None
]  # text, and true where the file itself says that a cell is a date or a list


def cells(array: pa.Array, name: str, timezone: str) -> Cells:
    """Turn a column of a Parquet file into text. Instants are written in ``timezone`` with the offset, to the
    microsecond.

    Returns the texts, and an array of booleans that is true where the cell is a date, a timestamp or a list
    (None for other types that are not nested). Raises Refused for binary and other types that have no text,
    and for objects with two fields of one name. ``name``: the column's, for the message.
    """
    kind = array.type
    if pt.is_dictionary(kind):
        return cells(array.dictionary_decode(), name, timezone)
    if (
        pt.is_string(kind)
        or pt.is_large_string(kind)
        or pt.is_integer(kind)
        or pt.is_boolean(kind)
        or pt.is_null(kind)
    ):
        return array.cast(pa.string()), None
    if pt.is_floating(kind):
        wide = array.cast(pa.float32()) if pt.is_float16(kind) else array
        return _changed_texts(wide.cast(pa.string()), _number), None
    if pt.is_decimal(kind):
        return _changed_texts(array.cast(pa.string()), lambda text: format(Decimal(text), "f")), None
    if pt.is_date(kind):
        return array.cast(pa.date32()).cast(pa.string()), array.is_valid()
    if pt.is_timestamp(kind):
        return _moments(array, timezone), array.is_valid()
    if pt.is_time(kind):
        return pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", ""), None
    if pt.is_nested(kind):
        return cells_within(array, (), kind, name, timezone)
    raise _no_text(name, str(kind))


def cells_within(array: pa.Array, steps: Steps, kind: pa.DataType, name: str, timezone: str) -> Cells:
    """As `cells`, for the values that the path ``steps`` finds in each value of a nested column; null where
    there is none. ``kind``: the type of what is found, or of the elements where the path has `*`."""

    def texts(part: pa.Array) -> list[Any]:
        if pt.is_boolean(part.type) or pt.is_null(part.type):
            return list(part.to_pylist())
        try:
            return list(cells(part, name, timezone)[0].to_pylist())
        except Refused as refusal:  # raised where such a value is found, not where the type has it
            return [refusal if there else None for there in part.is_valid().to_pylist()]

    values = _found(_values(array, name, texts), steps)
    day = pt.is_date(kind) or pt.is_timestamp(kind)
    typed = [isinstance(value, list) or (day and value is not None) for value in values]
    return pa.array([_text(value) for value in values], pa.string()), pa.array(typed, pa.bool_())


# Of floating-point types: their size in bits → below which whole numbers keep all their digits, and how many
# of the first digits of a larger one stay as they are.
_FLOATING = re.compile("halffloat|float|double")  # types that hold one
_DIGITS = {16: (2**11, 2), 32: (2**24, 5), 64: (DOUBLE_EXACT, DOUBLE_SURE)}


def certain(array: pa.Array) -> pa.Array | None:
    """For floating-point numbers that may have been rounded, the number of leading digits that are certain
    (int8); null for other cells. None where the column has no such number. A list, object or map that holds
    one has 0."""
    if pt.is_dictionary(array.type):
        return certain(array.dictionary_decode())
    if pt.is_nested(array.type):
        return certain_within(array, (), "")
    if not pt.is_floating(array.type):
        return None
    bound, digits = _DIGITS[array.type.bit_width]
    numbers = array.cast(pa.float64())
    large = pc.and_(pc.greater_equal(pc.abs(numbers), float(bound)), pc.is_finite(numbers))
    large = pc.fill_null(large, False)
    if not pc.any(large).as_py():
        return None
    return pc.if_else(large, pa.scalar(digits, pa.int8()), pa.scalar(None, pa.int8()))


def certain_within(array: pa.Array, steps: Steps, name: str) -> pa.Array | None:
    """As `certain`, for the values that the path ``steps`` finds in each value of a nested column. ``name``:
    as for `cells`."""
    if not _FLOATING.search(str(array.type)):
        return None

    def digits(part: pa.Array) -> list[Any]:
        found = certain(part)
        return [None] * len(part) if found is None else list(found.to_pylist())

    found = [_certain(value) for value in _found(_values(array, name, digits), steps)]
    return None if all(each is None for each in found) else pa.array(found, pa.int8())


def _certain(digits: Any) -> int | None:
    """Certain digits of a value: of a nested one 0 where any value in it has uncertain ones."""
    parts = digits.values() if isinstance(digits, dict) else digits
    if not isinstance(digits, (list, dict)):
        return None if digits is None else int(digits)
    return 0 if any(_certain(part) is not None for part in parts) else None


def _found(values: list[Any], steps: Steps) -> list[Any]:
    """What a path finds in each value, None where there is nothing."""
    found = [value_at(value, steps) for value in values] if steps else values
    return [None if value is MISSING else value for value in found]


def _values(array: pa.Array, name: str, leaf: Callable[[pa.Array], list[Any]]) -> list[Any]:
    """Return the values of a nested array as Python lists (a map as a list of [key, value]) and dicts, with
    the results of ``leaf`` for each array of values that are not nested. Null lists and objects are None.
    Raises Refused for objects with two fields of one name (``name``: the column's)."""
    kind, there = array.type, array.is_valid().to_pylist()
    if pt.is_dictionary(kind):
        return _values(array.dictionary_decode(), name, leaf)
    if pt.is_struct(kind):
        fields = [kind.field(i).name for i in range(kind.num_fields)]
        if twice := sorted({field for field in fields if fields.count(field) > 1}):
            listed = [one_line(str(field)) for field in twice]
            raise Refused(
                f"列“{name}”的对象中字段名重复：{'、'.join(listed)}",
                f"field names occur twice in an object of the column {name}: {', '.join(listed)}",
            )
        columns = [_values(part, name, leaf) for part in array.flatten()]
        rows = list(zip(*columns, strict=True)) if fields else [()] * len(array)
        objects = [dict(zip(fields, row, strict=True)) for row in rows]
        return [each if is_there else None for is_there, each in zip(there, objects, strict=True)]
    if pt.is_fixed_size_list(kind):
        return _values(array.cast(pa.list_(kind.value_type)), name, leaf)
    if is_list(kind) or pt.is_map(kind):
        ends = array.offsets.to_pylist()
        first, size = ends[0], ends[-1] - ends[0]
        parts = [
            _values(part.slice(first, size), name, leaf)
            for part in ((array.keys, array.items) if pt.is_map(kind) else (array.values,))
        ]
        entries = [list(entry) for entry in zip(*parts, strict=True)] if pt.is_map(kind) else parts[0]
        return [
            entries[start - first : end - first] if is_there else None
            for is_there, (start, end) in zip(there, pairwise(ends), strict=True)
        ]
    return leaf(array)


def is_list(kind: pa.DataType) -> bool:
    """Whether a type is a list: of any length, of a fixed length or with large offsets."""
    return bool(pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind))


def _no_text(name: str, kind: str) -> Refused:
    return Refused(
        f"列“{name}”的类型 {kind} 无法作为文本读取",
        f"the column {name} has the type {kind}, which cannot be read as text",
    )


def _changed_texts(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    return over_unique(texts, lambda values: pa.array([change(v) for v in values.to_pylist()], pa.string()))


def _number(text: str) -> str:
    number = Decimal(text)
    return plain(number) if number.is_finite() else text


def _moments(array: pa.Array, timezone: str) -> pa.Array:
    zoned = array.type.tz is not None
    utc = (
        array.cast(pa.timestamp("us", array.type.tz), safe=False)
        .cast(pa.timestamp("us"))
        .to_numpy(zero_copy_only=False)
    )
    suffix = pa.scalar("Z" if zoned else "")
    written = _iso(utc)
    if zoned:
        inside = np.where((utc >= _FIRST) & (utc <= _LAST), utc, np.datetime64("NaT"))
        local = local_times(inside, timezone)
        seconds = (local - inside).astype("timedelta64[s]")
        exact = ~np.isnat(local) & (
            seconds.astype(np.int64) % 60 == 0
        )  # historical local mean time has seconds: then in UTC
        written = pc.if_else(pa.array(exact), _iso(local), written)
        offsets = pa.array(np.where(exact, seconds.astype(np.int64), 0), pa.int64())
        named = over_unique(
            offsets, lambda some: pa.array([_offset(s) for s in some.to_pylist()], pa.string())
        )
        suffix = pc.if_else(pa.array(exact), named, suffix)
    written = pc.binary_join_element_wise(pc.replace_substring_regex(written, r"\.000000$", ""), suffix, "")
    return pc.if_else(array.is_valid(), written, pa.scalar(None, pa.string()))


def _iso(moments: np.ndarray) -> pa.Array:
    return pa.array(np.datetime_as_string(moments), pa.string())


def _offset(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"


def _text(value: Any) -> str | None:
    """Return a value of `_values` with texts as a text cell: None stays None, booleans are true and false,
    lists and dicts are compact JSON. Raises the Refused of a value that has no text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Refused):
        raise value
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_refuse)


def _refuse(value: Any) -> Any:
    raise value
