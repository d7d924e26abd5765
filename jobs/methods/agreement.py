"""How far two laboratories agree on the same goods: verdicts by Cohen's kappa, measured values by their
differences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from jobs.methods.checked import floats, level_of, one_order


class Kappa(NamedTuple):
    """Agreement beyond chance: ``value``, from -1 to 1 (complete agreement; 0 as by chance), and its
    confidence limits ``low`` and ``high``."""

    value: float
    low: float
    high: float


class Bias(NamedTuple):
    """Mean difference of paired values, in their unit. ``value``: mean of first - second, ``low`` and
    ``high`` its confidence limits; ``spread``: standard deviation of the differences; ``agree_low
    agree_high``: limits of agreement, ``value`` ± 1.96 ``spread``, between which about 95% of differences
    lie; ``n``: number of differences; ``clusters``: number of clusters."""

    value: float
    low: float
    high: float
    spread: float
    agree_low: float
    agree_high: float
    n: int
    clusters: int


class Shift(NamedTuple):
    """By how much the first of two series is generally higher than the second: ``value``, in the unit of the
    series, and its confidence limits ``low`` and ``high``."""

    value: float
    low: float
    high: float


def kappa(table: ArrayLike, *, level: float = 0.95) -> Kappa:
    """Compute Cohen's kappa and its confidence limits at ``level``.

    ``table``: a square table of counts, one row per verdict of the first judge, one column per verdict of the
    second, in the same order. J. Cohen, Educational and Psychological Measurement 20, 1960, 37-46; variance
    by Fleiss, Cohen & Everitt, Psychological Bulletin 72, 1969, 323-327. Where one of the two
    gave a single verdict throughout, chance explains all agreement and disagreement: all three are NaN. The
    limits are NaN where all agree, as the variance is then estimated as 0; else they are clipped to -1 to 1.

    Raises ValueError for a table that is not square, is empty, or holds negative or missing counts, or a
    level outside (0, 1).
    """
    level_of(level)
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"the table has the shape {counts.shape}; it must be square")
    if not (counts >= 0).all() or counts.sum() <= 0:
        raise ValueError("counts must not be negative or missing, and some must be above 0")
    if (counts.sum(axis=0) > 0).sum() < 2 or (counts.sum(axis=1) > 0).sum() < 2:
        return Kappa(np.nan, np.nan, np.nan)
    share, rows, cols = (part / counts.sum() for part in (counts, counts.sum(axis=1), counts.sum(axis=0)))
    chance = (rows * cols).sum()
    found = (np.diag(counts).sum() / counts.sum() - chance) / (1 - chance)
    same = np.diag(share) * (1 - (rows + cols) * (1 - found)) ** 2
    other = share * (cols[:, None] + rows) ** 2
    np.fill_diagonal(other, 0)
    spread = same.sum() + (1 - found) ** 2 * other.sum() - (found - chance * (1 - found)) ** 2
    value, error = float(found), float(np.sqrt(spread / (1 - chance) ** 2 / counts.sum()))
    if not error > 1e-12:
        return Kappa(value, np.nan, np.nan)
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return Kappa(value, max(value - reach, -1.0), min(value + reach, 1.0))


def bias(
    first: ArrayLike, second: ArrayLike, *, cluster: ArrayLike | None = None, level: float = 0.95
) -> Bias:
    """Compute the mean difference ``first - second`` of paired values, its limits at ``level``, and limits of
    agreement.

    ``first``, ``second``: vectors of one length, one element per pair, in one unit; of ratios give logarithms
    (Statistical Methods in Medical Research 8, 1999, 135-160, 2.3). ``cluster``: one label per pair; pairs
    with one label share a sample, so their differences are not independent. The limits of the mean then come
    from the sums of each cluster (linearised), with the number of clusters less 1 as degrees of freedom.
    Without it each pair is a cluster, and the limits are the usual ones of a mean by Student's t. Fewer than
    two clusters: only ``value``, ``n`` and ``clusters``, else NaN; no pair: all NaN. J. M. Bland & D. G.
    Altman, Lancet 327, 1986, 307-310.

    Raises ValueError for values that are missing or infinite, of different lengths or labels of Series, or
    for a ``level`` outside (0, 1).
    """
    level_of(level)
    difference, groups = _differences(first, second, cluster)
    n = len(difference)
    if not n:
        return Bias(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, 0, 0)
    mean = float(difference.mean())
    k = int(groups.max()) + 1
    if k < 2:
        return Bias(mean, np.nan, np.nan, np.nan, np.nan, np.nan, n, k)
    sums = np.bincount(groups, weights=difference - mean)
    error = float(np.sqrt(k / (k - 1) * (sums**2).sum())) / n
    reach = float(stats.t.ppf((1 + level) / 2, k - 1)) * error
    spread = float(difference.std(ddof=1))
    wide = float(stats.norm.ppf(0.975)) * spread
    return Bias(mean, mean - reach, mean + reach, spread, mean - wide, mean + wide, n, k)


def shift(
    first: ArrayLike, second: ArrayLike, *, cluster: ArrayLike | None = None, level: float = 0.95
) -> Shift:
    """Estimate by how much ``first`` is generally higher than ``second``, so that a few gross errors hardly
    matter: the pseudo-median, the median of the averages of all pairs of clusters' mean differences (each
    paired with itself too), with the limits that Wilcoxon's signed ranks give (normal approximation).

    ``first``, ``second``, ``cluster``: as in `bias`; each cluster has the same weight. ISO 13528 asks for
    robust estimators where laboratories are compared. J. L. Hodges & E. L. Lehmann, Annals of Mathematical
    Statistics 34, 1963, 598-611; M. Hollander, D. A. Wolfe & E. Chicken, Nonparametric Statistical Methods,
    2014, 3.2-3.3. Fewer than six clusters: limits are NaN, as no limits reach the level; no pair: all NaN.
    Memory: n (n + 1) / 2 numbers for n clusters.

    Raises ValueError for values that are missing or infinite, of different lengths or labels of Series, or
    for a ``level`` outside (0, 1).
    """
    level_of(level)
    difference, groups = _differences(first, second, cluster)
    if not len(difference):
        return Shift(np.nan, np.nan, np.nan)
    means = np.bincount(groups, weights=difference) / np.bincount(groups)
    n = len(means)
    averages = np.sort(((means[:, None] + means[None, :]) / 2)[np.triu_indices(n)])
    value = float(np.median(averages))
    spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    place = int(np.floor(n * (n + 1) / 4 - stats.norm.ppf((1 + level) / 2) * spread))
    if n < 6 or place < 0:
        return Shift(value, np.nan, np.nan)
    return Shift(value, float(averages[place]), float(averages[-place - 1]))


def _differences(
    first: ArrayLike, second: ArrayLike, cluster: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Differences of pairs, and the number of each one's cluster."""
    first, second, cluster = one_order(first=first, second=second, cluster=cluster)
    one, other = floats("first", first), floats("second", second)
    labels = np.arange(len(one)) if cluster is None else np.asarray(cluster)
    if not len(one) == len(other) == len(labels):
        raise ValueError(f"lengths differ: {len(one)}, {len(other)}, {len(labels)}")
    difference = one - other
    if np.isnan(difference).any() or pd.isna(labels).any():
        raise ValueError("values and clusters must not be missing")
    return difference, np.unique(labels, return_inverse=True)[1].ravel()
