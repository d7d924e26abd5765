"""Small functions for arrays and columns of Python objects: None as numpy takes it, lists of the values of
groups, and rows as dicts."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

# None in a form that numpy.where, select and append take as a value.
NOTHING = np.array(None, dtype=object)


def lists(values: pd.Series | np.ndarray, sizes: Iterable[int]) -> list[list[Any]]:
    """Cut ``values``, in which the values of each group follow one another, into one list per group, in the
    order of the groups.

    ``sizes``: number of values of each group. The result is that of pandas' `groupby(...).agg(list)` on
    sorted rows, without making a Series for each group, which is slow. Raises ValueError where the sizes do
    not add up to the number of values.
    """
    ends = np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).tolist()
    if ends[-1] != len(values):
        raise ValueError(f"groups of {ends[-1]} values, and there are {len(values)}")
    found, collecting = values.tolist(), gc.isenabled()
    gc.disable()  # it would look through the growing lists over and over, for nothing
    try:
        return [found[start:end] for start, end in pairwise(ends)]
    finally:
        if collecting:
            gc.enable()


def dicts(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a frame as dicts, column → value, in order: what `frame.to_dict("records")` returns,
    in a quarter of the time, as values of object columns are taken as they are. NA of a nullable type becomes
    None; NaN and NaT stay. ``frame``: its columns have different names."""
    names = list(frame.columns)
    values = zip(*(_values(frame[name]) for name in names), strict=True)
    collecting = gc.isenabled()
    gc.disable()  # as in `lists`
    try:
        return [dict(zip(names, row, strict=True)) for row in values]
    finally:
        if collecting:
            gc.enable()


def _values(column: pd.Series) -> list[Any]:
    """The values of a column, None for NA of a nullable type."""
    values: list[Any] = column.tolist()
    return values if isinstance(column.dtype, np.dtype) else [None if v is pd.NA else v for v in values]
