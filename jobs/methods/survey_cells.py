"""Weighted shares of very many overlapping domains of one stratified sample, from sums: what
`survey.estimate_by` gives, cell by cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from jobs.methods import intervals
from jobs.methods.checked import level_of

SUMS = ["n", "w", "wy", "w2", "w2y"]


def contributions(y: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """What each observed unit adds to the sums of a cell: frame[n, w, wy, w2, w2y], additive over units.

    ``y``: 0 or 1; ``weights``: not negative. A unit with weight 0 or NaN is outside every domain: its row is
    0.
    """
    inside = np.nan_to_num(weights) > 0
    w, one = np.where(inside, weights, 0.0), inside.astype(float)
    y = np.where(inside, y, 0.0)
    return pd.DataFrame({"n": one, "w": w, "wy": w * y, "w2": w**2, "w2y": w**2 * y})


def shares(
    sums: pd.DataFrame,
    *,
    cell: str,
    stratum: str,
    events: pd.Series,
    drawn: np.ndarray,
    population: np.ndarray,
    few: int = 5,
    level: float = 0.95,
) -> pd.DataFrame:
    """The weighted share of events in each cell with its linearised variance and limits: frame[value, se,
    low, high, df, n] by cell.

    ``sums``: SUMS (of :func:`contributions`) by ``cell`` and ``stratum``, unique in both; cells may overlap.
    ``events``: unweighted events of each cell, by cell. ``drawn``, ``population``: units of each stratum (its
    number is the position) in the sample and in the finite population; units were drawn at random within
    strata. Limits: logit with t quantiles; of a cell with fewer than ``few`` events those of Korn & Graubard
    (Survey Methodology 24, 1998, 193-201). ``df``: units of the cell less its strata; NaN limits where it is
    0. A stratum of which one unit was drawn, and not all there was, leaves the cell without se and limits: it
    is for the caller to join strata.

    Variance: sum over strata of (1 - n/N) n/(n - 1) (sum z² - (sum z)²/n) with z = w (y - p)/W, units outside
    the cell adding 0 (C.-E. Sarndal et al., Model Assisted Survey Sampling, 1992, 5.8), as
    `survey.estimate_by`, to which a test compares it.
    """
    level_of(level)
    cells, number = np.unique(sums[cell].to_numpy(), return_inverse=True)
    size = len(cells)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(number, weights=values, minlength=size)

    n, w, wy, w2, w2y = (sums[name].to_numpy(float) for name in SUMS)
    weight, count = total(w), total(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = total(wy) / weight
        own, all_of = p[number], weight[number]
        z, z2 = (wy - own * w) / all_of, (w2y * (1 - 2 * own) + own**2 * w2) / all_of**2
        h = sums[stratum].to_numpy()
        nh, Nh = np.asarray(drawn, float)[h], np.asarray(population, float)[h]
        part = (1 - nh / Nh) * nh / (nh - 1) * (z2 - z**2 / nh)
    part = np.where((nh >= Nh) | (n == 0), 0.0, np.where(nh < 2, np.nan, part))
    se = np.sqrt(np.maximum(total(part), 0.0))
    df = np.rint(count - total((n > 0).astype(float))).astype(int)
    low, high = _limits(p, se, df, count, events.reindex(cells).to_numpy(float) < few, level)
    found = {"value": p, "se": se, "low": low, "high": high, "df": df, "n": np.rint(count).astype(int)}
    return pd.DataFrame(found, index=pd.Index(cells, name=cell))


def _limits(
    p: np.ndarray, se: np.ndarray, df: np.ndarray, n: np.ndarray, exact: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Logit limits, Korn & Graubard's where ``exact`` or where the share is 0 or 1."""
    tail = (1 + level) / 2
    certain = p * (1 - p) < 1e-12
    with np.errstate(all="ignore"):
        t = stats.t.ppf(tail, np.where(df > 0, df, np.nan))
        centre, half = np.log(p / (1 - p)), t * se / (p * (1 - p))
        low, high = 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
        size = np.where(certain | (se == 0), n, p * (1 - p) / se**2)
        size = np.where(n > 1, size * (stats.t.ppf(tail, np.where(n > 1, n - 1, np.nan)) / t) ** 2, size)
    share = np.where(certain, np.round(np.nan_to_num(p)), p)
    known = np.isfinite(size) & np.isfinite(p) & (size > 0)
    size, share = np.where(known, size, np.nan), np.where(known, np.clip(share, 0, 1), np.nan)
    below, above = intervals.binomial(size * share, size, method="clopper_pearson", level=level)
    exact = exact | certain
    sure = exact & ~certain & (se == 0)  # all of the population was drawn
    low, high = (
        np.where(exact, np.where(sure, p, below), low),
        np.where(exact, np.where(sure, p, above), high),
    )
    none = (df <= 0) | ~np.isfinite(se)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)
