"""Adjusted p values of many tests; scipy computes those that control the false discovery rate.

statsmodels' ``multipletests`` is not used: each call of it collects all garbage of the process, which takes
0.1 s in a large one, and a site makes hundreds of calls.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control

from jobs.methods.checked import floats, one_of

METHODS = ("bh", "by", "holm", "hochberg", "bonferroni")


def adjust(p: ArrayLike, *, method: str = "bh") -> np.ndarray | pd.Series:
    """Adjust p values for the number of tests: each becomes the smallest error rate, of the kind that
    ``method`` controls, at which its hypothesis would be rejected.

    ``p``: a vector of p values in 0-1. A missing one stays missing and does not count as a test. Returns an
    array of the same length in the same order; a Series gives a Series with its index.

    ``method``: ``bh``, the false discovery rate of independent or positively dependent tests (Benjamini &
    Hochberg, JRSS B 57, 1995, 289-300); ``by``, that of any dependence (Benjamini & Yekutieli, Annals of
    Statistics 29, 2001, 1165-1188); ``holm``, ``hochberg`` and ``bonferroni``, the probability of any false
    rejection.

    Raises ValueError for a value outside 0-1, an infinite value, text or an unknown method.
    """
    one_of("method", method, METHODS)
    values = np.atleast_1d(floats("p", p))
    if ((values < 0) | (values > 1)).any():
        raise ValueError("p must lie between 0 and 1")
    known = ~np.isnan(values)
    if known.any():
        values[known] = _adjusted(values[known], method)
    return pd.Series(values, index=p.index, name=p.name) if isinstance(p, pd.Series) else values


def _adjusted(p: np.ndarray, method: str) -> np.ndarray:
    """``p`` (without missing values) adjusted by one of METHODS, in the same order."""
    if method in ("bh", "by"):
        return false_discovery_control(p, method=method)
    if method == "bonferroni":
        return np.minimum(p * len(p), 1.0)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    if method == "holm":
        steps = np.maximum.accumulate(steps)
    else:  # hochberg
        steps = np.minimum.accumulate(steps[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
