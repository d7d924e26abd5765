"""XLSX: one sheet, by python-calamine. Typed cells become text: whole numbers without a point, dates in ISO form, booleans
true/false."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from jobs.ingest.model import Feed, Reason, Refused
from jobs.ingest.numbers import plain
from jobs.ingest.records import BATCH, Batch, Found, header_names, strings, twice


def batches(stream: BinaryIO, feed: Feed, found: Found) -> Iterator[Batch]:
    """Batches of one sheet; the record number is the row's below the header; blank rows are no records. Refused: no workbook or
    no sheet."""
    rows = _sheet(stream, feed, found)
    top = feed.options.header_row
    names = header_names([_text(v) or "" for v in rows[top - 1]], found) if len(rows) >= top else []
    body = rows[top:]
    while names and names[-1].startswith("(column ") and not any(_text(row[len(names) - 1]) for row in body):
        found.names.pop(names.pop())  # formatted but empty columns at the right edge are none
    if twice(names):
        raise Refused(f"表头中列名重复：{'、'.join(twice(names))}", f"column names stand twice in the header: {', '.join(twice(names))}")
    found.present = set(feed.inputs) & set(names)
    places = {name: names.index(name) for name in sorted(found.present)}
    numbered = [(i, row) for i, row in enumerate(body, 1) if any((_text(v) or "").strip() for v in row)]
    for start in range(0, len(numbered), BATCH):
        part = numbered[start:start + BATCH]
        typed = {name: [isinstance(row[i], date) for _, row in part] for name, i in places.items()}
        yield Batch(
            {name: strings([_text(row[i]) for _, row in part]) for name, i in places.items()},
            pa.array([i for i, _ in part], pa.int64()), {name: pa.array(flags) for name, flags in typed.items() if any(flags)},
        )


def _sheet(stream: BinaryIO, feed: Feed, found: Found) -> list[list[Any]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        sheets = book.sheet_names
        name = feed.options.sheet or sheets[0]
        if name not in sheets:
            known = ", ".join(sheets)
            raise Refused(f"没有名为“{name}”的工作表（有：{known}）", f"has no sheet {name!r} (it has: {known})")
        if feed.options.sheet is None and len(sheets) > 1:
            rest = ", ".join(sheets[1:])
            found.warnings.append(Reason(f"只读取了第一个工作表，未读取：{rest}", f"only the first sheet was read, not: {rest}"))
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise Refused(f"不是可读的工作簿（{error}）", f"is not a workbook that can be read ({error})") from error


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain(Decimal(repr(value)))
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return None if value is None else str(value)
