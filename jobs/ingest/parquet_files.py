"""Read Parquet with pyarrow, one column at a time. The values of nested columns are found by path, as in
JSON, and all values become text (jobs.ingest.parquet_cells)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from jobs.ingest.model import Feed, Refused
from jobs.ingest.nested import not_a_list, parts_of
from jobs.ingest.opening import whole
from jobs.ingest.parquet_cells import Cells, Steps, cells, cells_within, certain, certain_within, is_list
from jobs.ingest.parquet_size import bounded, rows_at_once, texts_below
from jobs.ingest.paths import parse_path
from jobs.ingest.records import BATCH, HOLDS_NUL, Batch, Found, holding_nul, normal, one_line


def batches(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    """Yield the batches of a Parquet file; the record number is that of the row, from 1. A row with a NUL in
    a text is unreadable (``found.unreadable``); where `explode` takes rows apart, each part stays, also one
    with a NUL.

    Raises Refused where the file is truncated, damaged (as far as its checksums and its text show), encrypted
    or nested too deeply, where a column that is read has a type without text, or occurs twice, and where
    `explode` names something that is no list; Limited where it decodes to more than the limit.
    """
    try:
        yield from _batches(stream, feed, found)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        # Arrow's lack of memory is an ArrowException, and no fault of the file.
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None):
            raise
        if "encrypt" in str(error) or "decrypt" in str(error):
            raise Refused("Parquet 文件已加密", "the Parquet file is encrypted") from error
        if "too deeply nested" in str(error):
            raise Refused("嵌套过深", "is nested too deeply") from error
        raise Refused("Parquet 文件不完整或已损坏", "the Parquet file is truncated or damaged") from error


def _batches(stream: io.BufferedReader, feed: Feed, found: Found) -> Iterator[Batch]:
    source = stream if stream.seekable() else pa.BufferReader(whole(stream))
    file = pq.ParquetFile(source, page_checksum_verification=True)
    schema = file.schema_arrow
    record = pa.struct(list(schema))
    elements = _look_around(record, feed, found)
    paths = {name: parse_path(name.removeprefix("..")) for name in sorted(found.present) if name != "."}
    outer = [n for n in feed.inputs if n != "." and (feed.explode is None or n.startswith(".."))]
    tops = {parse_path(name.removeprefix(".."))[0] for name in outer}
    tops |= {parse_path(feed.explode)[0]} if elements is not None else set()
    if twice := sorted(name for name in tops if schema.names.count(name) > 1):
        listed = [one_line(str(name)) for name in twice]
        en = f"column names occur twice: {', '.join(listed)}"
        raise Refused(f"列名重复：{'、'.join(listed)}", en)
    columns = [name for name in schema.names if name in tops]
    # A text that stands once in the file and a million times in its column stays one until it is measured.
    file = pq.ParquetFile(
        source, page_checksum_verification=True, read_dictionary=texts_below(file.schema, columns)
    )
    read = file.iter_batches(rows_at_once(file.metadata, BATCH), columns=columns, use_threads=False)
    number = 1
    for part in bounded(read):
        records = pa.array(np.arange(number, number + part.num_rows), pa.int64())
        number += part.num_rows
        whole_record = part.to_struct_array()
        if feed.explode is None:
            yield _batch(whole_record, None, paths, feed, records, None, found)
        elif elements is not None:
            lists = _lists(_below(whole_record, parse_path(feed.explode)), feed)
            parents = pc.list_parent_indices(lists)
            found.exploded += part.num_rows
            yield _batch(
                whole_record,
                pc.list_flatten(lists),
                paths,
                feed,
                records.take(parents),
                parents,
                found,
            )
    if number - 1 != file.metadata.num_rows:
        raise pa.ArrowInvalid("holds another number of rows than it says")


def _look_around(record: pa.DataType, feed: Feed, found: Found) -> pa.DataType | None:
    """Fill names and present of ``found`` from the types; the type of the elements to be exploded, None for
    none."""

    def there(kind: pa.DataType | None, names: list[str]) -> set[str]:
        return {
            name
            for name in names
            if kind is not None and type_at(kind, parse_path(name.removeprefix(".."))) is not None
        }

    fields = [record.field(i).name for i in range(record.num_fields)]
    if feed.explode is None:
        found.names = dict.fromkeys(fields)
        found.present = there(record, list(feed.inputs))
        return None
    found.names = dict.fromkeys(f"..{name}" for name in fields)
    lists = type_at(record, parse_path(feed.explode))
    found.has_list = lists is not None
    if lists is None:
        return None
    if feed.explode_by is not None and not is_list(lists):
        found.present = {"."} & set(feed.inputs) | there(
            record, [n for n in feed.inputs if n.startswith("..")]
        )
        return pa.string()
    if not is_list(lists):
        raise Refused(*not_a_list(feed.explode))
    if pt.is_struct(lists.value_type):
        found.names.update({lists.value_type.field(i).name: None for i in range(lists.value_type.num_fields)})
    found.present = {"."} & set(feed.inputs) | there(record, [n for n in feed.inputs if n.startswith("..")])
    found.present |= there(lists.value_type, [n for n in feed.inputs if not n.startswith(".")])
    return lists.value_type


def _lists(column: pa.Array, feed: Feed) -> pa.Array:
    """The lists to be exploded: of texts, their parts."""
    if feed.explode_by is None or is_list(column.type):
        return column
    texts, _ = cells(column, str(feed.explode), feed.timezone)
    parts = [None if t is None else parts_of(t, feed.explode_by) for t in texts.to_pylist()]
    return pa.array(parts, pa.list_(pa.string()))


def type_at(kind: pa.DataType, steps: Steps) -> pa.DataType | None:
    """The type of the value at a path (``steps``) in a record of type ``kind``; None where the type has no
    such field."""
    for step in steps:
        if isinstance(step, str) and step != "*":
            if not pt.is_struct(kind) or kind.get_field_index(step) < 0:
                return None
            kind = kind.field(step).type
        elif not is_list(kind):
            return None
        else:
            kind = kind.value_type
    return kind


def _batch(
    record: pa.StructArray,
    element: pa.Array | None,
    paths: dict[str, Steps],
    feed: Feed,
    numbers: pa.Array,
    parents: pa.Array | None,
    found: Found,
) -> Batch:
    """Make a Batch of records or, where ``element`` is given, of the elements that they were exploded into.
    ``paths``: name → steps to its value, from the element, or from the record for names that begin with `..`;
    ``numbers``: of each row's record in the file; ``parents``: of each element the position of its record in
    ``record``."""
    columns: dict[str, Cells] = {}
    unsure: dict[str, pa.Array] = {}
    for name, steps in paths.items():
        outer = element is None or name.startswith("..")
        texts, typed, digits = _cells(record if outer else element, steps, name, feed.timezone)
        if outer and parents is not None:
            texts, typed = texts.take(parents), typed.take(parents) if typed is not None else None
            digits = digits.take(parents) if digits is not None else None
        columns[name] = texts, typed
        if digits is not None:
            unsure[name] = digits
    if element is not None and "." in found.present:
        columns["."] = cells(element, ".", feed.timezone)
        if (digits := certain(element)) is not None:
            unsure["."] = digits
    if element is None:  # of a record that is taken apart, each part stays
        columns, unsure, numbers = _without_nul(columns, unsure, numbers, found)
    marked = {
        name: typed for name, (_, typed) in columns.items() if typed is not None and pc.any(typed).as_py()
    }
    place = _places(parents) if parents is not None else None
    texts = {name: normal(cells) for name, (cells, _) in columns.items()}
    return Batch(texts, numbers, marked, place, unsure)


def _without_nul(
    columns: dict[str, Cells], unsure: dict[str, pa.Array], numbers: pa.Array, found: Found
) -> tuple[dict[str, Cells], dict[str, pa.Array], pa.Array]:
    """Rows without a NUL in a text; the others are unreadable."""
    held = [nul for texts, _ in columns.values() if (nul := holding_nul(texts)) is not None]
    if not held:
        return columns, unsure, numbers
    bad = reduce(pc.or_, held)
    found.unreadable += [(number, HOLDS_NUL) for number in numbers.filter(bad).to_pylist()]
    good = pc.invert(bad)
    kept = {
        name: (texts.filter(good), typed.filter(good) if typed is not None else None)
        for name, (texts, typed) in columns.items()
    }
    return kept, {name: digits.filter(good) for name, digits in unsure.items()}, numbers.filter(good)


def _places(parents: pa.Array) -> pa.Array:
    """The 1-based position of each element among those of its record."""
    of = parents.to_numpy(zero_copy_only=False)
    first = np.flatnonzero(np.diff(of, prepend=-1) != 0)
    return pa.array(np.arange(len(of)) - np.repeat(first, np.diff(first, append=len(of))) + 1, pa.int64())


def _cells(
    array: pa.Array, steps: Steps, name: str, timezone: str
) -> tuple[pa.Array, pa.Array | None, pa.Array | None]:
    """Text, `typed` and `certain` of a column, as in a Batch."""
    names = next((i for i, step in enumerate(steps) if not isinstance(step, str) or step == "*"), len(steps))
    inner = _below(array, steps[:names])
    if names == len(steps):
        return *cells(inner, name, timezone), certain(inner)
    kind = type_at(array.type, steps)
    assert kind is not None, "only paths that the types have are read"
    below = steps[names:]
    return *cells_within(inner, below, kind, name, timezone), certain_within(inner, below, name)


def _below(array: pa.Array, steps: Steps) -> pa.Array:
    for step in steps:
        array = pc.struct_field(array, step)
    return array
