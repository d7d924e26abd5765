"""Turns the simulator's rows into the columns of a platform's file: its headers, words, and formats of days
and amounts. Platforms that write alike are a family (`jobs.simulate.country.dialects`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.environment import SCHEMAS
from jobs.simulate.country.dialects import WAYS, Column
from jobs.simulate.country.faults import written
from jobs.simulate.country.rows import Rows


def rendered(rows: Rows, columns: Sequence[Column], lookup: str) -> dict[str, pa.Array]:
    """Return the columns of a file, header → Arrow column, each with one cell per row of ``rows``.

    ``columns``: those of the family's feed; each says which column of ``rows`` it holds and the ``way`` in
    which its values are written. ``lookup``: name of the file in schemas/lookups whose words replace the
    category codes, read only for the way `category` ('' where no column has it). Rows with a fault get the
    fault's text in its column, where the column itself cannot hold it (`faults.written`); the whole column
    is then text. Raises KeyError for an unknown way.
    """
    wrong = np.unique(rows.fault[rows.fault >= 0])
    table = {}
    for column in columns:
        cells = rows.columns[column.name]
        out = _in_words(cells, lookup) if column.way == "category" else _way(column.way)(cells)
        for fault in wrong:
            if (text := written(int(fault), column.name, cells.type)) is not None:
                out = pc.if_else(pa.array(rows.fault == fault), pa.scalar(text), out.cast(pa.string()))
        table[column.header] = out
    return table


def _way(way: str) -> Callable[[pa.Array], pa.Array]:
    if way in WAYS:
        return lambda cells: _mapped(cells.cast(pa.string()), WAYS[way])
    return {
        "": lambda cells: cells,
        "fen": _fen,
        "compact": _compact,
        "slash": _slashed,
        "mixed": _mixed,
        "iso8601": _iso8601,
    }[way]


def _mapped(cells: pa.Array, words: dict[str, str]) -> pa.Array:
    """Each value replaced by ``words``; one that is not among them stays as it is."""
    place = pc.index_in(cells, value_set=pa.array(list(words)))
    return pc.coalesce(pa.array(list(words.values())).take(place), cells)


@lru_cache(maxsize=16)
def _tree(lookup: str) -> dict[str, str]:
    """Category code of the reference → the provider's word for it (the first of several), from the lookup
    with which the provider's files are read."""
    frame = pd.read_csv(SCHEMAS / "lookups" / f"{lookup}.csv", dtype=str)
    return frame.drop_duplicates("to").set_index("to")["from"].to_dict()


def _in_words(cells: pa.Array, lookup: str) -> pa.Array:
    return _mapped(cells, _tree(lookup))


def _fen(cells: pa.Array) -> pa.Array:
    return (
        pc.multiply(cells, pa.scalar(100, pa.int64())).cast(pa.decimal128(20, 0), safe=False).cast(pa.int64())
    )


def _by_day(write: Callable[[pd.DatetimeIndex], pd.Index]) -> Callable[[pa.Array], pa.Array]:
    """``write`` applied once to each different day."""

    def apply(cells: pa.Array) -> pa.Array:
        encoded = cells.dictionary_encode()
        if not len(encoded.dictionary):
            return pa.nulls(len(cells), pa.string())
        moments = pd.DatetimeIndex(encoded.dictionary.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False))
        return pa.array(write(moments), pa.string()).take(encoded.indices)

    return apply


def _compact(cells: pa.Array) -> pa.Array:
    return _by_day(lambda d: d.strftime("%Y%m%d"))(cells)


def _slashed(cells: pa.Array) -> pa.Array:
    """Days as yyyy/MM/dd, timestamps as yyyy/MM/dd HH:mm."""
    pattern = "%Y/%m/%d %H:%M" if pa.types.is_timestamp(cells.type) else "%Y/%m/%d"
    return _by_day(lambda d: d.strftime(pattern))(cells)


def _mixed(cells: pa.Array) -> pa.Array:
    """A third each as 2025-03-01, 2025年3月1日, 2025/3/1."""
    ways = [
        _by_day(lambda d: d.strftime("%Y-%m-%d"))(cells),
        _by_day(lambda d: pd.Index([f"{m.year}年{m.month}月{m.day}日" for m in d]))(cells),
        _by_day(lambda d: pd.Index([f"{m.year}/{m.month}/{m.day}" for m in d]))(cells),
    ]
    return pc.choose(pa.array(np.arange(len(cells)) % 3), *ways)


def _iso8601(cells: pa.Array) -> pa.Array:
    return pc.strftime(cells, format="%Y-%m-%dT%H:%M:%S+08:00")
