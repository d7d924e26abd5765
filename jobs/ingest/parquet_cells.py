"""Turn typed columns of Parquet into exact text (definitions.md#landing): nothing is rounded, dates and times
are in ISO form, lists are JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from jobs.ingest.model import Refused
from jobs.ingest.numbers import DOUBLE_EXACT, DOUBLE_SURE, plain
from jobs.ingest.patterns import local_times
from jobs.ingest.records import over_unique

_FIRST, _LAST = np.datetime64("0001-01-01T00:00:00", "us"), np.datetime64("9999-12-31T23:59:59.999999", "us")
Cells = tuple[
    pa.Array, pa.Array | None
]  # text, and true where the file itself says that a cell is a date or a list


def cells(array: pa.Array, name: str, timezone: str) -> Cells:
    """Turn a column of a Parquet file into text. Instants are written in ``timezone`` with the offset, to the
    microsecond.

    Returns the texts, and an array of booleans that is true where the cell is a date, a timestamp or a list
    (None for other types that are not nested). Raises Refused for binary and other types that have no text.
    ``name``: the column's, for the message.
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
        return from_values(array.to_pylist(), name, timezone)
    raise _no_text(name, str(kind))


def from_values(values: list[Any], name: str, timezone: str) -> Cells:
    """As `cells`, for a list of Python values."""
    written = [_text(value, name, timezone) for value in values]
    return pa.array(written, pa.string()), pa.array(
        [isinstance(value, (list, date)) for value in values], pa.bool_()
    )


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
        return certain_of(array.to_pylist(), array.type) if _FLOATING.search(str(array.type)) else None
    if not pt.is_floating(array.type):
        return None
    bound, digits = _DIGITS[array.type.bit_width]
    numbers = array.cast(pa.float64())
    large = pc.and_(pc.greater_equal(pc.abs(numbers), float(bound)), pc.is_finite(numbers))
    large = pc.fill_null(large, False)
    if not pc.any(large).as_py():
        return None
    return pc.if_else(large, pa.scalar(digits, pa.int8()), pa.scalar(None, pa.int8()))


def certain_of(values: list[Any], kind: pa.DataType) -> pa.Array | None:
    """As `certain`, for a list of Python values of the type ``kind``, or of lists of such values."""
    digits = [_certain(value, kind) for value in values]
    return None if all(each is None for each in digits) else pa.array(digits, pa.int8())


def _certain(value: Any, kind: pa.DataType) -> int | None:
    parts: list[tuple[Any, pa.DataType]] = []
    if isinstance(value, list):
        parts = [(part, kind.value_type if is_list(kind) else kind) for part in value]
    elif isinstance(value, dict):
        parts = [(part, kind.field(name).type) for name, part in value.items()]
    elif isinstance(value, tuple):  # one entry of a map
        parts = [(value[0], kind.key_type), (value[1], kind.item_type)]
    elif value is not None and pt.is_floating(kind):
        bound, digits = _DIGITS[kind.bit_width]
        return digits if math.isfinite(value) and abs(value) >= bound else None
    return 0 if any(_certain(part, inner) is not None for part, inner in parts) else None


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


def _text(value: Any, name: str, timezone: str) -> str | None:
    """One value as a text cell."""
    value = _plain(value, name, timezone)
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value
        if value is None or isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )


def _plain(value: Any, name: str, timezone: str) -> Any:
    """A value with its scalars as text, but booleans and nulls."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(v, name, timezone) for v in value]
    if isinstance(value, dict):
        return {key: _plain(v, name, timezone) for key, v in value.items()}
    if isinstance(value, float):
        return _number(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(ZoneInfo(timezone))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    raise _no_text(name, "duration" if isinstance(value, timedelta) else type(value).__name__)
