"""JSON Lines: one object a line; numbers stay as written; nested values by path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from jobs.ingest.model import Feed, Reason
from jobs.ingest.opening import MARK, text_of
from jobs.ingest.paths import MISSING, parse_path, value_at
from jobs.ingest.records import BATCH, UNDECODABLE, Batch, Found, strings

_SURROGATE = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def batches(stream: BinaryIO, feed: Feed, found: Found) -> Iterator[Batch]:
    """Batches of a JSON Lines file; the record number is the line's. Unreadable: what is no JSON object or does not decode."""
    text = text_of(stream, feed.encoding, strict=False, newline="\n")
    paths = {name: parse_path(name) for name in feed.inputs}
    cells: dict[str, list[Any]] = {name: [] for name in paths}
    numbers: list[int] = []
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        record = _object(line)
        if isinstance(record, Reason):
            found.unreadable.append((number, record))
            continue
        for key in record:
            found.names[key] = None
        for name, steps in paths.items():
            value = value_at(record, steps)
            if value is MISSING:
                value = None
            else:
                found.present.add(name)
            cells[name].append(value)
        numbers.append(number)
        if len(numbers) == BATCH:
            yield _batch(cells, numbers)
            cells, numbers = {name: [] for name in paths}, []
    if numbers:
        yield _batch(cells, numbers)


def _object(line: str) -> dict | Reason:
    if MARK in line:
        return UNDECODABLE
    try:
        record = _DECODER.decode(line.strip())
        if _SURROGATE.search(line):
            json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        return Reason("不是有效的 JSON", f"is not JSON ({what})")
    return record if isinstance(record, dict) else Reason("不是 JSON 对象", "is not a JSON object")


def _batch(cells: dict[str, list[Any]], numbers: list[int]) -> Batch:
    lists = {name: [isinstance(v, list) for v in values] for name, values in cells.items()}
    return Batch(
        {name: strings([_text(v) for v in values]) for name, values in cells.items()}, pa.array(numbers, pa.int64()),
        {name: pa.array(flags) for name, flags in lists.items() if any(flags)},
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
