"""Estimate what a Parquet file decodes to before it is decoded: half a megabyte can hold one long text a
hundred thousand times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from jobs.ingest.limits import current, too_large

PIECE = 64 << 20  # bytes of text that are decoded at once
GATHERED, AT_ONCE = 4 << 20, 1_000  # bytes and number of small batches that are read as one
_VALUE = 8  # bytes of any value, also of none: its place, its marks
_TEXTS = ("STRING", "JSON", "ENUM", "NONE")


def texts_below(schema: pq.ParquetSchema, columns: Sequence[str]) -> list[str]:
    """The paths (`a.b.list.element`) of the text leaves that lie in the top-level ``columns`` of a schema, as
    `read_dictionary` of pyarrow takes them."""
    leaves = [schema.column(i) for i in range(len(schema))]
    return [
        leaf.path
        for leaf in leaves
        if leaf.physical_type == "BYTE_ARRAY"
        and leaf.logical_type.type in _TEXTS
        and any(leaf.path == name or leaf.path.startswith(f"{name}.") for name in columns)
    ]


def rows_at_once(metadata: pq.FileMetaData, most: int) -> int:
    """The number of rows to read as one batch: ``most``, or fewer where the metadata shows that rows are
    long. Only sizes of row groups are used, since pyarrow aborts the process on damaged sizes of columns."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    longest = max((g.total_byte_size // max(g.num_rows, 1) for g in groups), default=0)
    return int(max(1, min(most, PIECE // max(longest, 1))))


def bounded(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Validate batches and yield their rows in order, in pieces that decode to at most PIECE bytes (a single
    row may take more). Small batches are joined, where pyarrow can, until they decode to GATHERED bytes or
    are AT_ONCE. Raises Refused (Limited) where all together decode to more than the file's limit, and
    pyarrow.ArrowInvalid for a batch that is not valid."""
    decoded, size = 0, 0
    held: list[pa.RecordBatch] = []
    for batch in batches:
        batch.validate(full=True)
        spread = _spread(batch)
        decoded, size = decoded + spread, size + spread
        if decoded > current().unpacked:
            mib = current().unpacked >> 20
            raise too_large(f"Parquet 数据解码后超过 {mib} MiB", f"decodes to more than {mib} MiB")
        held.append(batch)
        if size >= GATHERED or len(held) == AT_ONCE:
            yield from _joined(held)
            held, size = [], 0
    yield from _joined(held)


def _joined(batches: Sequence[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches put together, as a file with few rows in each row group gives very small ones; then cut
    into pieces (`_cut`)."""
    if len(batches) > 1 and not any(_has_dictionary(field.type) for field in batches[0].schema):
        batches = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()
    for batch in batches:
        yield from _cut(batch)


def _has_dictionary(kind: pa.DataType) -> bool:
    """Whether a nested type has a dictionary-encoded field: pyarrow cannot unify dictionaries within it."""
    fields = [kind.field(i).type for i in range(kind.num_fields)]
    return any(pt.is_dictionary(each) or _has_dictionary(each) for each in fields)


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if batch.num_rows < 2 or _spread(batch) <= PIECE:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _cut(batch.slice(0, half))
    yield from _cut(batch.slice(half))


def _spread(batch: pa.RecordBatch) -> int:
    return sum(map(_bytes, batch.columns))


def _bytes(array: pa.Array) -> int:
    """How many bytes an array would take if the texts of its dictionaries were written out; nothing is
    decoded."""
    kind = array.type
    own: int = len(array) * _VALUE
    if pt.is_dictionary(kind):
        lengths = pc.binary_length(array.dictionary).cast(pa.int64())
        return own + int(pc.sum(lengths.take(array.indices)).as_py() or 0)
    if pt.is_struct(kind):
        return own + sum(map(_bytes, array.flatten()))
    if pt.is_map(kind):
        return own + _bytes(array.keys) + _bytes(array.items)
    if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind):
        return own + _bytes(pc.list_flatten(array))
    return max(own, int(array.nbytes))
