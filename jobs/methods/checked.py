"""Check and convert the arguments of the statistical methods: to float vectors of one length and one index.
What does not fit raises a ValueError that names the argument; ``name`` is the argument's name for that
message."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

Rows = TypeVar("Rows", pd.Series, pd.DataFrame)


def columns(**named: ArrayLike) -> pd.DataFrame:
    """Put the named vectors as float columns into one frame, in the order of the arguments.

    Each is a list, tuple, numpy array or pandas Series of numbers, or a scalar, which is repeated; missing
    values (None, NaN, pandas.NA) become NaN. Lists and arrays go by position. Series go by label: the first
    Series gives the index; others must have the same labels and are put into its order. Without a Series the
    index is 0, 1, …; with scalars only there is one row.

    Raises ValueError for text, dates, infinite values, more than one dimension, different lengths, labels
    that differ, and labels that are repeated unless all indexes are equal.
    """
    vectors = {name: floats(name, value) for name, value in named.items()}
    series = {name: value.index for name, value in named.items() if isinstance(value, pd.Series)}
    sizes = {name: len(vector) for name, vector in vectors.items() if vector.ndim}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"lengths differ: {', '.join(f'{name} {size}' for name, size in sizes.items())}")
    size = next(iter(sizes.values()), 1)
    index = next(iter(series.values()), pd.RangeIndex(size))
    for name, labels in series.items():
        vectors[name] = vectors[name][_order(name, labels, index)]
    return pd.DataFrame(
        {name: np.broadcast_to(vector, size) for name, vector in vectors.items()}, index=index
    )


def floats(name: str, value: ArrayLike) -> np.ndarray:
    """Convert a scalar or vector to a new float array of 0 or 1 dimension; missing values become NaN. Raises
    ValueError for text, dates, infinite values or more dimensions."""
    array = numbers(name, value)
    if array.ndim > 1:
        raise ValueError(f"{name} has {array.ndim} dimensions; it must be a vector")
    return array


def matrix(name: str, value: ArrayLike) -> np.ndarray:
    """Convert a frame or two-dimensional array to a new float array; missing values become NaN. Raises
    ValueError for text, dates, infinite values or another number of dimensions."""
    array = numbers(name, value)
    if array.ndim != 2:
        raise ValueError(f"{name} has {array.ndim} dimensions; it must have 2")
    return array


def numbers(name: str, value: ArrayLike) -> np.ndarray:
    """Convert numbers of any shape to a new float array of that shape; missing values become NaN. Raises
    ValueError for text, dates and infinite values."""
    if isinstance(value, pd.DataFrame):
        value = value.astype(object).to_numpy()
    elif isinstance(value, pd.Series | pd.Index):
        value = value.to_numpy(dtype=object) if value.dtype.kind not in "biuf" else value.to_numpy()
    raw = np.asarray(value)
    if raw.dtype == object:
        flat = [_number(name, item) for item in raw.ravel()]
        raw = np.array(flat, dtype=float).reshape(raw.shape)
    if raw.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, not {raw.dtype}")
    array = np.array(raw, dtype=float)
    if np.isinf(array).any():
        raise ValueError(f"{name} must be finite")
    return array


def level_of(level: float) -> float:
    """Return ``level`` if it lies between 0 and 1 (both excluded), else raise ValueError."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1")
    return float(level)


def complete(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` if no value is missing; else raise a ValueError that names the first column with a
    missing value."""
    for name in frame.columns[frame.isna().any()]:
        raise ValueError(f"{name} has missing values")
    return frame


def counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` (columns x, events, and n, trials) if 0 <= x <= n in each row, else raise ValueError.
    Missing values pass, and the numbers need not be integers."""
    if (frame.x < 0).any() or (frame.n < 0).any() or (frame.x > frame.n).any():
        raise ValueError("x must lie between 0 and n")
    return frame


def one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of ``known``, else raise a ValueError that lists them."""
    if value not in known:
        raise ValueError(f"{name} is {value!r}; known are {', '.join(known)}")
    return value


def in_order(name: str, rows: Rows, index: pd.Index) -> Rows:
    """Return ``rows`` (Series or frame) in the order of the labels of ``index``. Raises ValueError where the
    lengths differ, where ``rows`` lacks a label, and where the labels differ in order and one is repeated."""
    if len(rows) != len(index):
        raise ValueError(f"lengths differ: {name} has {len(rows)}, the first {len(index)}")
    return rows.iloc[_order(name, rows.index, index)]


def one_order(**named: Any) -> list[Any]:
    """Return the named vectors (lists, arrays, Series, frames) in the order of the arguments, with all Series
    and frames in the order of the labels of the first of them. Lists and arrays, which go by position, and
    None are returned as they are. Raises ValueError as :func:`in_order`."""
    labels = next((v.index for v in named.values() if isinstance(v, pd.Series | pd.DataFrame)), None)
    return [
        in_order(name, value, labels)
        if labels is not None and isinstance(value, pd.Series | pd.DataFrame)
        else value
        for name, value in named.items()
    ]


def along(name: str, value: Any, table: object) -> Any:
    """Return ``value`` in the order of the columns of ``table``, a frame, or of the labels of a Series. What
    is no Series goes by position and is returned as it is, as is any value where ``table`` has no labels.
    Raises ValueError where the labels are not the same, each once in ``value``."""
    labels = (
        table.columns
        if isinstance(table, pd.DataFrame)
        else table.index
        if isinstance(table, pd.Series)
        else None
    )
    if labels is None or not isinstance(value, pd.Series):
        return value
    if not value.index.is_unique or set(value.index) != set(labels):
        raise ValueError(f"{name} must have the labels of the columns")
    return value.reindex(list(labels))


def _number(name: str, item: object) -> float:
    if item is None or item is pd.NA or item is pd.NaT:
        return np.nan
    if isinstance(item, str | bytes) or not hasattr(item, "__float__"):
        raise ValueError(f"{name} must hold numbers, not {item!r}")
    return float(item)


def _order(name: str, labels: pd.Index, index: pd.Index) -> np.ndarray:
    """Positions in ``labels`` of the labels of ``index``."""
    if labels.equals(index):
        return np.arange(len(index))
    if not labels.is_unique or not index.is_unique:
        raise ValueError(f"the index of {name} differs from the first and repeats labels")
    order = labels.get_indexer(index)
    if (order < 0).any():
        raise ValueError(f"the index of {name} lacks labels of the first, such as {index[order < 0][0]!r}")
    return order
