"""Arrays of Python objects: what numpy takes for a missing value, and lists of the values of groups."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

NOTHING = np.array(None, dtype=object)  # None as numpy.where, select and append take it


def lists(values: pd.Series | np.ndarray, sizes: Iterable[int]) -> list[list[Any]]:
    """The values of each group, which lie one group behind the other; ``sizes``: values of each, none of
    them left over. Like pandas' `groupby(...).agg(list)` of sorted rows, without a Series a group."""
    ends = np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).tolist()
    if ends[-1] != len(values):
        raise ValueError(f"groups of {ends[-1]} values, and there are {len(values)}")
    found = values.tolist()
    return [found[start:end] for start, end in pairwise(ends)]
