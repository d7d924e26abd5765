"""Recognise codes that a program has stored as numbers, so that their last digits are lost (6.92E+12 in a
text; more digits than a workbook or a floating-point number keeps). Different codes may have become equal by
it."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.model import ColumnMap, Feed, Reason, Value
from jobs.ingest.operations import Around, either, of_chosen
from jobs.ingest.records import Batch
from jobs.plurals import plural

_PATTERN = r"^[1-9](?:\.[0-9]+)?[eE]\+[0-9]{2,3}$"


def is_code(column: ColumnMap, feed: Feed) -> bool:
    """Whether the values of a column identify something, so that they must not be rounded: codes, and text
    columns of the key. False under `on_unmapped: keep`, which takes values as they are."""
    named = column.code or column.name in feed.key
    return named and column.type == "string" and column.on_unmapped != "keep"


def empties(column: ColumnMap, feed: Feed) -> bool:
    """Whether a shortened value of this column is landed as null: that is so for codes that are not required.
    What the file stated is kept as the original, except where it could name a person."""
    return column.in_contract and is_code(column, feed) and not column.required


def shortened(value: Value, batch: Batch, around: Around) -> pa.Array | None:
    """An array of booleans, one per record of the batch, that is true where ``value`` is made from a cell
    whose last digits are lost; None where no cell is.

    The result of a map or lookup is never marked, since the source states it. Of a `substr` only the digits
    that it takes must be certain.
    """
    found = _shortened(value, batch, around, None)
    return found if found is not None and pc.any(found).as_py() else None


def _shortened(value: Value, batch: Batch, around: Around, last: int | None) -> pa.Array | None:
    """``last``: the last character of the cell that matters, None for all."""
    if value.operation is not None and value.operation.kind in ("map", "lookup"):
        return None
    if value.column is not None:
        return _of_cells(batch, value.column, last)
    last = value.start + value.length - 1 if value.kind == "substr" and _is_cell(value.parts[0]) else None
    found = [_shortened(part, batch, around, last) for part in value.parts]
    if value.kind == "coalesce" and any(each is not None for each in found):
        return of_chosen(value, batch, around, found)
    return reduce(either, found, None)


def _is_cell(value: Value) -> bool:
    return value.column is not None and value.operation is None


def _of_cells(batch: Batch, name: str, last: int | None) -> pa.Array | None:
    if name not in batch.columns:
        return None
    found = pc.fill_null(pc.match_substring_regex(batch.columns[name], _PATTERN), False)
    if (certain := batch.certain.get(name)) is not None:
        unsure = pc.is_valid(certain) if last is None else pc.fill_null(pc.less(certain, last), False)
        found = pc.or_(found, unsure)
    return found


def warning(column: str, count: int, first: int) -> Reason:
    """The warning that a column has ``count`` shortened values, the first of them in record ``first``."""
    return Reason(
        f"“{column}”有{count}个值（首见于第{first}条记录）是末位已丢失或可能已丢失的数值（写作 6.92E+12；"
        "超过电子表格保留的 15 位且以 0 结尾；或超过浮点数的精度），不能作为编码；请以文本送达",
        f"{column}: {plural(count, 'value')}, first in record {first}, are numbers whose last digits are or "
        "may be lost (written as 6.92E+12; ending in 0 beyond the fifteen digits that a spreadsheet keeps; "
        "beyond what a floating-point number keeps), so that they are no codes; hand them in as text",
    )
