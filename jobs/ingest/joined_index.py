"""The records of the files of one join, found by key, with the rule which of several with one key counts
(definitions.md#join). The position of a record counts, from 0, through all files of the join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.model import Join
from jobs.ingest.records import joint_key


class JoinedTables(NamedTuple):
    """The rows read from one joined file: one table per batch, with the columns that the join matches by or
    takes and, for the taken ones, `typed <name>` and `certain <name>` (as in a Batch)."""

    file: str
    tables: Sequence[pa.Table]


class Index:
    """The records of all files of one join, in one sequence: ``files`` in the order of delivery, each in its
    own order.

    Records with one key that agree in all taken columns are one. Where they differ, the record of the latest
    file counts. ``size``: number of records; ``taken``: taken column → its cells; ``typed``, ``certain``: of
    these, as in a Batch; ``clashing``: for each record whether it counts for its key although the same file
    has another record with that key that differs.
    """

    def __init__(self, join: Join, files: Sequence[JoinedTables]):
        names = [*(name for _, name in join.by), *join.take]
        tables = [table for file in files for table in file.tables]
        whole = pa.concat_tables(tables).combine_chunks() if tables else None
        columns = {n: _array(whole, n) if whole is not None else pa.array([], pa.string()) for n in names}
        self.size = 0 if whole is None else whole.num_rows
        self.typed = {n: _array(whole, f"typed {n}") for n in join.take if whole is not None}
        self.certain = {n: _array(whole, f"certain {n}") for n in join.take if whole is not None}
        self.taken = {n: columns[n] for n in join.take}
        self._files: list[str] = [file.file for file in files]
        sizes = [sum(table.num_rows for table in file.tables) for file in files]
        self._file = np.repeat(np.arange(len(files)), sizes)
        self._keys = joint_key([columns[name] for _, name in join.by])
        first = pc.index_in(self._keys, value_set=self._keys, skip_nulls=True)
        rows = np.arange(self.size, dtype=np.int32)
        # Of each record the first one with its key; a record without a key stands for itself.
        self._first = np.where(first.is_valid(), first.fill_null(0), rows).astype(np.int32)
        self._counting = rows.copy()  # of the first record of a key: the one that counts
        self.clashing = np.zeros(self.size, bool)
        again = self._first[self._first != rows]
        if len(again):
            self._settle(np.flatnonzero(np.isin(self._first, again)))

    def _settle(self, rows: np.ndarray) -> None:
        """Of keys that stand in several records: the first record of the last file that has them."""
        some = pa.array(rows)
        said = joint_key([pc.fill_null(_sized(cells.take(some)), "-") for cells in self.taken.values()])
        frame = pd.DataFrame(
            {
                "row": rows,
                "first": self._first[rows],
                "file": self._file[rows],
                "said": said.dictionary_encode().indices.to_numpy(),
            }
        )
        last = frame[frame["file"] == frame.groupby("first")["file"].transform("max")]
        by_key = last.groupby("first")
        counting = by_key["row"].min()
        self._counting[counting.index.to_numpy()] = counting.to_numpy()
        differ = by_key["said"].nunique()
        self.clashing[counting[differ > 1].to_numpy()] = True

    def places(self, keys: pa.Array) -> pa.Array:
        """For each key the position of the record that counts for it; null where no record has it. ``keys``:
        texts as `joint_key` makes them of the columns of a key."""
        found = pc.index_in(keys, value_set=self._keys, skip_nulls=True)
        return pa.array(self._counting).take(found)

    def file_of(self, place: int) -> str:
        """The name of the file that the record at position ``place`` is from."""
        return self._files[int(self._file[place])]

    def used(self, found: np.ndarray) -> np.ndarray:
        """Which records are used: those that were found by their key, and all others with the same key.
        ``found``: whether each record was found (`places`); the result is such an array of booleans, too."""
        used: np.ndarray = found[self._counting[self._first]]
        return used


def _array(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _sized(cells: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pc.cast(pc.utf8_length(cells), pa.string()), cells, ":")
