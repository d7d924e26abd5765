"""Weighted shares of very many overlapping domains (cells) of one stratified sample, computed from sums. A
cell is a combination of values such as a province and a goods category. The shares equal those of
`survey.estimate_by` for each cell, but their limits also hold for skewed weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from jobs.methods import intervals
from jobs.methods.checked import level_of

# Sums over the observed units of a cell in a stratum: units, weights, weights of units with the event, and
# the squares of both weights.
SUMS = ["n", "w", "wy", "w2", "w2y"]


def contributions(y: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """Compute what each observed unit adds to the sums of the cells that it is in: one row per unit, in
    order, columns SUMS.

    ``y``: 0 or 1, 1 the event; ``weights``: not negative; vectors, one element per unit. A unit with weight 0
    or NaN is outside every cell: its row is 0. Group the rows by cell and stratum and add them up for
    :func:`shares`.
    """
    inside = np.nan_to_num(weights) > 0
    w, one = np.where(inside, weights, 0.0), inside.astype(float)
    y = np.where(inside, y, 0.0)
    return pd.DataFrame({"n": one, "w": w, "wy": w * y, "w2": w**2, "w2y": w**2 * y})


def shares(
    sums: pd.DataFrame, *, cell: str, stratum: str, drawn: np.ndarray, level: float = 0.95
) -> pd.DataFrame:
    """Compute the weighted share of units with the event in each cell, with its linearised standard error and
    limits: one row per cell (index: the cell, sorted), columns value, se, low, high, df, n, n_effective,
    deff.

    ``sums``: one row per cell and stratum (columns ``cell`` and ``stratum``), with SUMS as
    :func:`contributions` defines them; cells may overlap. ``stratum`` holds positions in ``drawn``, the
    number of units of each stratum in the whole sample, drawn with replacement within strata. ``value``, the
    limits: 0-1. ``df``: units of the cell less its strata; ``n``: its units.

    Variance: sum over strata of n/(n - 1) (sum z² - (sum z)²/n), n the drawn units, with z = w (y - p)/W,
    units outside the cell adding 0 (C.-E. Sarndal et al., Model Assisted Survey Sampling, 1992, 5.8), as
    `survey.estimate_by`, to which a test compares it. A stratum of which one unit was drawn leaves the cell
    without se and limits (NaN): the caller joins strata to avoid it.

    ``n_effective``: Kish's (sum w)²/(sum w²), at most n; it depends on the weights alone, so that a rule that
    uses it does not depend on the outcome. ``deff``: the variance divided by that of a simple random sample,
    p(1 - p)/n; NaN where p is 0 or 1. Limits are those of :func:`limits`. Raises ValueError for a level
    outside (0, 1).
    """
    level_of(level)
    cells, number = np.unique(sums[cell].to_numpy(), return_inverse=True)
    size = len(cells)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(number, weights=values, minlength=size)

    n, w, wy, w2, w2y = (sums[name].to_numpy(float) for name in SUMS)
    weight, count, squares = total(w), total(n), total(w2)
    nh = np.asarray(drawn, float)[sums[stratum].to_numpy()]
    with np.errstate(divide="ignore", invalid="ignore"):
        p = total(wy) / weight
        at, whole = p[number], weight[number]
        z, z2 = (wy - at * w) / whole, (w2y - 2 * at * w2y + at**2 * w2) / whole**2
        part = nh / (nh - 1) * (z2 - z**2 / nh)
        kish = np.minimum(weight**2 / squares, count)
    part = np.where(n == 0, 0.0, np.where(nh < 2, np.nan, part))
    se = np.sqrt(np.maximum(total(part), 0.0))
    df = np.rint(count - total((n > 0).astype(float))).astype(int)
    certain = p * (1 - p) < 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.where(certain, np.nan, se**2 / (p * (1 - p) / count))
    low, high = limits(p, kish=kish, of_variance=count / deff, df=df, n=count, level=level)
    none = np.isnan(se)
    found = {
        "value": p,
        "se": se,
        "low": np.where(none, np.nan, low),
        "high": np.where(none, np.nan, high),
        "df": df,
        "n": np.rint(count).astype(int),
        "n_effective": kish,
        "deff": deff,
    }
    return pd.DataFrame(found, index=pd.Index(cells, name=cell))


def limits(
    p: np.ndarray,
    *,
    kish: np.ndarray,
    of_variance: np.ndarray,
    df: np.ndarray,
    n: np.ndarray,
    level: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the lower and upper limits, arrays ``(low, high)`` in 0-1, of weighted shares ``p``: those of
    E. L. Korn & B. I. Graubard (Survey Methodology 24, 1998, 193-201), exact at an effective size. All
    arguments are arrays of one length, one element per cell.

    ``kish``: n_effective of :func:`shares`; ``of_variance``: n divided by the design effect, NaN where there
    is none; ``df``, ``n``: as in :func:`shares`. The effective size is the smaller of the first two, because
    the variance is estimated from the few units that were drawn and, with skewed weights, is too small where
    none of the large ones has the event. It is reduced further for few ``df`` (at least 1) compared with the
    n - 1 of a simple random sample. ``low`` is 0 where p is; both are NaN where p or the size is.
    """
    tail = (1 + level) / 2
    size = np.fmin(kish, of_variance)
    with np.errstate(all="ignore"):
        t = stats.t.ppf(tail, np.maximum(df, 1))
        own = stats.t.ppf(tail, np.where(n > 1, n - 1, 1))
    size = size * np.minimum(own / t, 1.0) ** 2
    known = np.isfinite(size) & np.isfinite(p) & (size > 0)
    size, share = np.where(known, size, np.nan), np.where(known, np.clip(p, 0, 1), np.nan)
    return intervals.binomial(size * share, size, method="clopper_pearson", level=level)
