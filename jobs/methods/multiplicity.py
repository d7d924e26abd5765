"""Many tests at once: adjusted p values, by statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.stats.multitest import multipletests

from jobs.methods.checked import floats, one_of

# Our names -> those of statsmodels.
_METHODS = {"bh": "fdr_bh", "by": "fdr_by", "holm": "holm", "hochberg": "simes-hochberg", "bonferroni": "bonferroni"}


def adjust(p: ArrayLike, *, method: str = "bh") -> np.ndarray | pd.Series:
    """Adjusted p values: the smallest error rate at which each hypothesis would be rejected.

    ``p``: a vector of p values in 0-1. A missing one stays missing and does not count as a test. Returns an array of the same
    length in the same order; a Series gives a Series with its index.

    ``method``: ``bh``, the false discovery rate of independent or positively dependent tests (Benjamini & Hochberg, JRSS B 57,
    1995, 289-300); ``by``, that of any dependence (Benjamini & Yekutieli, Annals of Statistics 29, 2001, 1165-1188); ``holm``,
    ``hochberg`` and ``bonferroni``, the chance of any false rejection.

    Raises ValueError for a value outside 0-1, an infinite value, text or an unknown method.
    """
    one_of("method", method, tuple(_METHODS))
    values = np.atleast_1d(floats("p", p))
    if ((values < 0) | (values > 1)).any():
        raise ValueError("p must lie between 0 and 1")
    known = ~np.isnan(values)
    if known.any():
        values[known] = multipletests(values[known], method=_METHODS[method])[1]
    return pd.Series(values, index=p.index, name=p.name) if isinstance(p, pd.Series) else values
