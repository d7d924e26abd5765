"""Read JSON: one document that holds a list of records, or JSON Lines, one value per line. Numbers stay text
as they are written."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from jobs.ingest import nested
from jobs.ingest.model import Feed, Reason, Refused
from jobs.ingest.nested import DOUBLED, Record, decoder, holds
from jobs.ingest.opening import MARK, text_of, whole_text
from jobs.ingest.paths import MISSING, record_steps, value_at
from jobs.ingest.records import HOLDS_NUL, NUL, UNDECODABLE, Batch, Found, cut_off

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
NO_OBJECT = Reason("不是 JSON 对象", "is not a JSON object")
DEPTH = (
    100  # lists and objects within each other in a line; what is deeper cannot be written as a cell for sure
)
TOO_DEEP = Reason("嵌套过深", "is nested too deeply")
_SURROGATES = Reason("含有不成对的代理字符", "holds half of a surrogate pair")


def lines(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the batches of a JSON Lines file. The record number is that of the line, from 1; with
    `record_path` it counts the records in all lines, each of which holds one or a list of them.

    A record is unreadable (``found.unreadable``) whose line does not decode, is no JSON or does not hold the
    path, or that is no object, is nested more than DEPTH deep, names a field twice with different values, or
    holds a NUL or half of a surrogate pair. Raises Refused where the last line has no line end and is no
    JSON: the file is cut off.
    """
    text = text_of(stream, feed.encoding, strict=False, newline="\n")
    path = feed.options.record_path
    yield from nested.batches(_in_lines(text, record_steps(path)) if path else _of_lines(text), feed, found)


def _of_lines(text: Iterator[str]) -> Iterator[Record]:
    doubled: dict[int, dict[str, Any]] = {}
    reader = decoder(doubled)
    for number, line in enumerate(text, 1):
        if line.strip():
            yield number, _object(_value(line, number, reader), line, doubled)
            doubled.clear()


def _in_lines(text: Iterator[str], steps: tuple[str | int, ...]) -> Iterator[Record]:
    number, doubled = 0, dict[int, dict[str, Any]]()
    reader = decoder(doubled)
    for line in filter(str.strip, text):
        doubled.clear()
        value = _value(line, number + 1, reader)
        inner = value if isinstance(value, Reason) else value_at(value, steps)
        if inner is MISSING:
            inner = Reason("没有 record_path 所指的内容", "holds nothing at record_path")
        for record in inner if isinstance(inner, list) else [] if inner is None else [inner]:
            number += 1
            yield number, _object(record, line, doubled)


def _value(line: str, number: int, reader: json.JSONDecoder) -> Any:
    """The value of a line. Refused: it is the last one, without a line end, and breaks off."""
    try:
        value = reader.decode(line.strip().removeprefix("\ufeff").lstrip())  # of files put together
    except RecursionError:
        value = TOO_DEEP
    except ValueError as error:
        if not line.endswith("\n") and line.strip(" \t\r\0\x1a"):
            raise cut_off(number) from error
        value = Reason("不是有效的 JSON", f"is not JSON ({_what(error)})")
    if MARK in line:
        return UNDECODABLE
    return TOO_DEEP if line.count("[") + line.count("{") > DEPTH and _deep(value) else value


def _deep(value: Any) -> bool:
    """Whether a value is nested more than DEPTH times."""
    level, depth = [value], 0
    while level := [v for v in level if isinstance(v, (dict, list))]:
        depth += 1
        if depth > DEPTH:
            return True
        level = [inner for v in level for inner in (v.values() if isinstance(v, dict) else v)]
    return False


def _what(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _object(value: Any, source: str, doubled: dict[int, dict[str, Any]]) -> dict[str, Any] | Reason:
    """The record, or why there is none; ``doubled``: what the decoder of ``source`` found."""
    if isinstance(value, Reason):
        return value
    if not isinstance(value, dict):
        return NO_OBJECT
    if holds(value, doubled):
        return DOUBLED
    if "\\u0000" in source and _holds_nul(value):
        return HOLDS_NUL
    if _SURROGATE.search(source):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return _SURROGATES
    return value


def _holds_nul(value: Any) -> bool:
    """Whether a text within a value, a name among them, holds a NUL."""
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, dict):
        return any(NUL in name or _holds_nul(inner) for name, inner in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


def document(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the batches of a JSON document: of the list at `record_path`, or of the document itself; with
    `explode`, an object there is the only record. The record number is the position in the list, from 1.

    A record is unreadable (``found.unreadable``) that is no object, names a field twice with different
    values, or holds a NUL or half of a surrogate pair. Raises Refused where the document does not decode, is
    no JSON, is nested too deeply, is cut off or holds no such list.
    """
    text = whole_text(stream, feed.encoding)
    read = _decoded(text)
    del text
    records = _list_at(read.value, feed.options.record_path, alone=feed.explode is not None)
    yield from nested.batches(
        ((i, _object(record, read.escaped, read.doubled)) for i, record in enumerate(records, 1)), feed, found
    )


class _Document(NamedTuple):
    """A document that was decoded. ``escaped``: an escaped surrogate and an escaped NUL, where its text has
    one: not the text, which would be searched anew for each record; ``doubled``: as of `decoder`."""

    value: Any
    escaped: str
    doubled: dict[int, dict[str, Any]]


_SHARED = 16 << 20  # characters of a document that is kept for the next feed
_LAST: dict[bytes, _Document] = {}  # the last one, by the hash of its text


def _decoded(text: str) -> _Document:
    """Decode a document. The feeds of a source that read one file do so one after another (jobs.ingest.pool),
    so the last document is kept; with its text, and beside the next one, it would take more memory than the
    file alone. Raises Refused as `document`."""
    known = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() if len(text) <= _SHARED else b""
    if known in _LAST:
        return _LAST[known]
    _LAST.clear()
    doubled: dict[int, dict[str, Any]] = {}
    if "\0" in text[:100]:
        raise Refused("含有 NUL 字节（编码是否为 UTF-16？）", "holds NUL bytes (is the encoding UTF-16?)")
    try:
        value = decoder(doubled).decode(text.strip())
    except RecursionError as error:
        raise Refused(*TOO_DEEP) from error
    except ValueError as error:
        at = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refused(
            "不是完整有效的 JSON 文档", f"is not a whole JSON document ({_what(error)}{at})"
        ) from error
    pair = _SURROGATE.search(text)
    read = _Document(value, (pair[0] if pair else "") + ("\\u0000" if "\\u0000" in text else ""), doubled)
    if known:
        _LAST[known] = read
    return read


def _list_at(value: Any, path: str | None, *, alone: bool) -> list[Any]:
    """The records of a document; pages (`[*]`) one behind the other, a null for no record. ``alone``: an
    object may stand for a list of one."""

    def walk(here: Any, steps: tuple[str | int, ...], done: str) -> Iterator[Any]:
        if not steps:
            if alone and isinstance(here, dict):
                here = [here]
            if here is not None and not isinstance(here, list):
                raise _no_list(here, done or "the document", done)
            yield from here or ()
            return
        step, rest = steps[0], steps[1:]
        below = f"{done}[{step}]" if isinstance(step, int) or step == "*" else f"{done}.{step}".lstrip(".")
        if step == "*" and isinstance(here, list):
            for page in here:
                yield from walk(page, rest, below)
            return
        inner = value_at(here, (step,)) if step != "*" else MISSING
        if inner is MISSING:
            raise _no_list(here, below, done)
        yield from walk(inner, rest, below)

    return list(walk(value, record_steps(path) if path else (), ""))


def _no_list(here: Any, wanted: str, done: str) -> Refused:
    """``here``: the value at ``done``, which the path leads to. Keys are named, values never."""
    keys = ", ".join(list(here)[:20]) if isinstance(here, dict) else ""
    lists = ", ".join(_lists(here, done)[:10])
    zh, en = (
        f"（{done or '文档'}下有：{keys}）" if keys else "",
        f" ({done or 'the document'} has: {keys})" if keys else "",
    )
    if lists:
        zh, en = f"{zh}；列表位于：{lists}", f"{en}; lists are at: {lists}"
    return Refused(f"record_path：{wanted} 处没有列表{zh}", f"record_path: there is no list at {wanted}{en}")


def _lists(value: Any, at: str, depth: int = 4) -> list[str]:
    """Paths of the lists below a value, as record_path would name them; none below a key that a path cannot
    name, as it is empty or has a `.` or bracket in it."""
    if isinstance(value, list):
        return [at] if at else []
    if not isinstance(value, dict) or not depth:
        return []
    return [
        path
        for key, inner in value.items()
        if key and not set(key) & set(".[]")
        for path in _lists(inner, f"{at}.{key}".lstrip("."), depth - 1)
    ]


def record_paths(stream: io.BufferedReader, encoding: str) -> list[str]:
    """The paths of the lists in a JSON document, in its order, as `record_path` names them: those below at
    most four keys; lists within lists are not searched. [] for a document that is a list itself, holds no
    list or is no JSON. Raises Refused where it does not decode or is too large to be read whole."""
    try:
        return _lists(decoder({}).decode(whole_text(stream, encoding).strip()), "")
    except (ValueError, RecursionError):
        return []
