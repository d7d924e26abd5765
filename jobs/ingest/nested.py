"""Turn JSON records into batches of text cells: values by path, and `explode`, which makes a record of each
element of a list. A record with a list is then the parent of its elements; its fields are named `..name`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import compress
from typing import Any

import pyarrow as pa

from jobs.ingest.model import NESTED, Feed, Reason, Refused
from jobs.ingest.paths import MISSING, parse_path, value_at, values_at
from jobs.ingest.records import BATCH, Batch, Found, strings

DOUBLED = Reason("同一字段出现两次且值不同", "names a field twice, with different values")
Record = tuple[int, dict[str, Any] | Reason]  # its number, and the object or why there is none
_Row = tuple[
    int, int | None, dict[str, Any], Any
]  # number of its record, place in the list, the record and its element (without explode the record itself)
_ROWS = 1_000  # rows of which the cells are read together, a column at a time


def decoder(doubled: dict[int, dict[str, Any]]) -> json.JSONDecoder:
    """A JSON decoder that leaves numbers as the text that is written. An object that names a field twice with
    different values, so that it is unknown which is meant, is added to ``doubled``, by its id()."""

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs) and any(found[name] != value for name, value in pairs):
            doubled[id(found)] = found
        return found

    return json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=made)


def holds(value: Any, objects: dict[int, dict[str, Any]]) -> bool:
    """Whether ``value`` is, or contains at any depth, one of ``objects`` (by id())."""
    level = [value] if objects else []
    while level:
        if any(id(v) in objects for v in level):
            return True
        level = [
            inner
            for v in level
            if isinstance(v, (dict, list))
            for inner in (v.values() if isinstance(v, dict) else v)
        ]
    return False


def batches(records: Iterable[Record], feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the batches of ``records``, each a number with an object or the reason why it is unreadable.
    Fills `names`, `present`, `unreadable`, `has_list` and `exploded` of ``found``. A batch has the columns
    that the feed reads; with `explode` one row per element of the list."""
    cells, rows, room = _Cells(feed, found), list[_Row](), min(_ROWS, BATCH)
    for number, record in records:
        if isinstance(record, Reason):
            found.unreadable.append((number, record))
            continue
        for place, element in _elements(number, record, feed, found):
            rows.append((number, place, record, element))
            if len(rows) < room:
                continue
            cells.add(rows)
            if cells.size == BATCH:
                yield cells.batch()
                cells = _Cells(feed, found)
            rows, room = [], min(_ROWS, BATCH - cells.size)
    if rows:
        cells.add(rows)
    if cells.size:
        yield cells.batch()


class _Cells:
    """The cells of a batch that grows. ``size``: its rows. The values at a path are read for many rows at
    once; few records are kept whole, as most of one may be what the feed does not read."""

    def __init__(self, feed: Feed, found: Found):
        self._feed, self._found = feed, found
        self._paths = {name: _path(name, feed) for name in feed.inputs}
        self._values: dict[str, list[Any]] = {name: [] for name in feed.inputs}
        self._numbers: list[int] = []
        self._places: list[int | None] = []

    @property
    def size(self) -> int:
        return len(self._numbers)

    def add(self, rows: list[_Row]) -> None:
        """Read the cells of rows, and note in `present` of what was found which columns they have."""
        numbers, places, records, elements = zip(*rows, strict=True)
        self._numbers += numbers
        self._places += places
        for name, (outside, steps) in self._paths.items():
            values = values_at(records if outside else elements, steps)
            self._values[name] += values
            if name not in self._found.present and any(value is not MISSING for value in values):
                self._found.present.add(name)

    def batch(self) -> Batch:
        columns, lists = {}, {}
        for name, values in self._values.items():
            kinds = set(map(type, values))
            plain = kinds <= {str, type(None)}
            columns[name] = strings(
                values if plain else [None if value is MISSING else text(value) for value in values]
            )
            if list in kinds:
                lists[name] = pa.array([isinstance(value, list) for value in values])
        element = pa.array(self._places, pa.int64()) if self._feed.explode else None
        return Batch(columns, pa.array(self._numbers, pa.int64()), lists, element)


def from_rows(rows: Iterable[Batch], feed: Feed, found: Found, header: Found) -> Iterator[Batch]:
    """Yield the batches of a file of rows (CSV, XLSX, SQLite) in which `explode` names a column with a JSON
    list, or with a text of several parts: one row per element or part (of several columns split side by side:
    one per position). A blank cell and an empty list give no row; a record whose cell is not a list, or whose
    columns have different numbers of parts, is added to ``found.unreadable``.

    ``rows``: the batches of the file's reader; ``header``: the Found that this reader fills. Its findings are
    added to ``found``, column names as `..name`, after the last batch: before that ``found`` is not complete.
    """
    marks = _Marks()
    for batch in batches(_of_rows(rows, feed, marks), feed, found):
        yield marks.put_on(batch)
    found.names = dict.fromkeys(f"..{name}" for name in header.names) | {
        n: None for n in found.names if not n.startswith("..")
    }
    found.has_list = feed.explode in header.present
    found.present |= {
        name for name in feed.inputs if name.removeprefix("..") in header.present and name.startswith("..")
    }
    found.unreadable += header.unreadable
    found.warnings += header.warnings


class _Marks:
    """What a reader says of the cells of its records beside their text, so that the rows made of a record
    have it in the columns that come from the record itself (`..name`)."""

    def __init__(self) -> None:
        self._typed: dict[str, set[int]] = {}  # column → the records whose cell the file itself types
        self._certain: dict[str, dict[int, int]] = {}  # column → record → its certain digits

    def note(self, batch: Batch) -> None:
        """Keep what a batch of the file's reader says in `typed` and `certain` (`Batch`), by column and
        record number, beside that of earlier batches of the file: it adds up."""
        records = batch.record.to_pylist() if batch.typed or batch.certain else []
        for name, flags in batch.typed.items():
            self._typed.setdefault(name, set()).update(compress(records, flags.to_pylist()))
        for name, digits in batch.certain.items():
            pairs = zip(records, digits.to_pylist(), strict=True)
            self._certain.setdefault(name, {}).update({n: known for n, known in pairs if known is not None})

    def put_on(self, batch: Batch) -> Batch:
        """Return a batch of rows made of noted records with their marks in the columns `..name`. What it says
        in `typed` itself stays, what it says in `certain` is replaced."""
        records = batch.record.to_pylist() if self._typed or self._certain else []
        outer = [(name, name[2:]) for name in batch.columns if name[:2] == ".."]
        typed = {
            name: pa.array([n in self._typed[own] for n in records], pa.bool_())
            for name, own in outer
            if own in self._typed
        }
        certain = {
            name: pa.array([self._certain[own].get(n) for n in records], pa.int8())
            for name, own in outer
            if own in self._certain
        }
        return replace(batch, typed=typed | dict(batch.typed), certain=certain)


def _of_rows(rows: Iterable[Batch], feed: Feed, marks: _Marks) -> Iterator[Record]:
    assert feed.explode is not None, "rows without explode are records already"
    doubled: dict[int, dict[str, Any]] = {}
    decode = decoder(doubled).decode
    for batch in rows:
        marks.note(batch)
        for number, record in zip(
            batch.record.to_pylist(), pa.table(dict(batch.columns)).to_pylist(), strict=True
        ):
            if (cell := record.get(feed.explode)) is not None and feed.explode_by is None:
                try:
                    record[feed.explode] = decode(cell)
                except (ValueError, RecursionError):
                    yield number, not_a_list(feed.explode)
                    continue
                if doubled:
                    doubled.clear()
                    yield number, DOUBLED
                    continue
            yield number, record


def _path(name: str, feed: Feed) -> tuple[bool, tuple[str | int, ...]]:
    """Where the values of a column stand: whether in the record itself and not in the element of its list,
    and the path from there (() for all of it)."""
    if feed.explode is None:
        return True, parse_path(name)
    if name == ".":
        return False, ()
    if name.startswith(".."):
        return True, _steps(name.removeprefix(".."), feed)
    return False, (name,) if feed.explode_with else parse_path(name)


def _steps(text: str, feed: Feed) -> tuple[str | int, ...]:
    """A path in a record: in a file of rows the header itself."""
    return parse_path(text) if feed.format in NESTED else (text,)


def _elements(
    number: int, record: dict[str, Any], feed: Feed, found: Found
) -> Iterator[tuple[int | None, Any]]:
    """Yield (place from 1, element) of the list that a feed explodes, (None, the record) for a feed that
    explodes nothing. A record whose list is no list is added to ``found.unreadable``; a record without the
    list has no element."""
    if feed.explode is None:
        found.names.update(dict.fromkeys(record))
        yield None, record
        return
    found.names.update(dict.fromkeys(f"..{name}" for name in record))
    elements = value_at(record, _steps(feed.explode, feed))
    found.has_list |= elements is not MISSING
    if feed.explode_with and elements is not MISSING:
        elements = parallel_parts(record, feed)
    elif elements is MISSING or elements is None:
        elements = []
    elif feed.explode_by is not None:
        elements = parts_of(elements, feed.explode_by)
    if isinstance(elements, Reason):
        found.unreadable.append((number, elements))
        return
    if not isinstance(elements, list):
        found.unreadable.append((number, not_a_list(feed.explode)))
        return
    found.exploded += 1
    for place, element in enumerate(elements, 1):
        if isinstance(element, dict):
            found.names.update(dict.fromkeys(element))
        yield place, element


def parts_of(value: Any, by: str) -> list[Any]:
    """Split a text at ``by`` (a literal text, not empty) into its parts, trimmed, without empty ones. A list
    is returned as it is, null gives []. Any other value, also an object, is split as the text that `text`
    makes of it. Raises Refused where it is nested too deeply to be written."""
    if isinstance(value, list):
        return value
    return [part for part in map(str.strip, (text(value) or "").split(by)) if part]


def parallel_parts(record: dict[str, Any], feed: Feed) -> list[dict[str, Any]] | Reason:
    """Split the texts of the columns of a record that ``feed`` explodes and combine the parts with equal
    positions: one dictionary per position, column → part or None, without positions where all are empty. A
    Reason where the texts have different numbers of parts; a column without any text is not counted."""
    assert feed.explode is not None and feed.explode_by is not None, "the language splits them by a text"
    parts: dict[str, list[str]] = {}
    for name in (feed.explode, *feed.explode_with):
        if name in record:
            parts[name] = [p.strip() for p in (record[name] or "").rstrip().split(feed.explode_by)]
            while parts[name] and not parts[name][-1]:
                parts[name].pop()
    sizes = {name: len(each) for name, each in parts.items() if each}
    if len(set(sizes.values())) > 1:
        listed = [f"{size} in {name}" for name, size in sizes.items()]
        zh = "，".join(f"“{name}”有{size}项" for name, size in sizes.items())
        return Reason(f"并列的各列项数不同：{zh}", f"holds unlike numbers of parts: {', '.join(listed)}")
    rows = [
        {name: (each[i] or None) if each else None for name, each in parts.items()}
        for i in range(max(sizes.values(), default=0))
    ]
    return [row for row in rows if any(row.values())]


def not_a_list(name: str) -> Reason:
    """The reason for a record whose exploded value is not a list."""
    return Reason(f"“{name}”不是列表", f"{name} is not a list")


def text(value: Any) -> str | None:
    """A value of a JSON record as a text cell: texts as they are, booleans as `true` and `false`, lists and
    objects as JSON; None for null. Raises Refused where it is nested too deeply to be written."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:  # it could be read, but only just
        raise Refused("嵌套过深", "is nested too deeply") from error
