"""Makes columns of text, a whole column at a time with pyarrow, so that a million cells take a second. A
column here is a pandas Series, a numpy array or an Arrow array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

TEXT = pd.ArrowDtype(pa.string())
Column = Any  # pandas Series, numpy array, Arrow array


def arrow(column: Column) -> pa.Array:
    """Return a column as an Arrow array of text. None, NaN and NaT become null, days are written as
    yyyy-mm-dd, numbers as Arrow writes them."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pd.Series):
        column = (
            column.array.__arrow_array__() if isinstance(column.dtype, pd.ArrowDtype) else column.to_numpy()
        )
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not isinstance(column, pa.Array):
        values = np.asarray(column)
        if values.dtype.kind == "M":
            values = values.astype("datetime64[D]")
        column = pa.array(values, pa.string() if values.dtype.kind in "OU" else None, from_pandas=True)
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def joined(*parts: Column, sep: str = "") -> pa.Array:
    """Return the parts joined row by row, with ``sep`` between them, as Arrow text. A part is a column, or a
    str that is the same in every row; a row with a null part is null."""
    columns = [pa.scalar(p) if isinstance(p, str) else arrow(p) for p in parts]
    return pc.binary_join_element_wise(*columns, sep)


def picked(
    rng: np.random.Generator, words: Sequence[str], size: int, weights: Sequence[float] | None = None
) -> np.ndarray:
    """Return ``size`` words drawn at random (with ``rng``) from ``words``, with replacement, as an object
    array. ``weights``: how likely each is, in proportion; None: all alike."""
    shares = None if weights is None else np.asarray(weights, float) / np.sum(weights)
    return np.array(words, object)[rng.choice(len(words), size, p=shares)]


def digits(numbers: Column, width: int) -> pa.Array:
    """Return whole numbers as Arrow text with leading zeros, at least ``width`` characters long."""
    return pc.utf8_lpad(arrow(np.asarray(numbers, np.int64)), width, "0")


def text(column: pa.Array) -> pd.Series:
    """Return an Arrow column as a pandas Series of type TEXT, which keeps Arrow's memory."""
    return pd.Series(column, dtype=TEXT)
