"""Test for a trend in proportions over ordered groups, such as years."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm
from statsmodels.stats.contingency_tables import Table

from jobs.methods.checked import floats, level_of, one_order


class Trend(NamedTuple):
    """``slope``: the change of the proportion (0-1) per unit of score, with its limits ``low`` and ``high``;
    ``p``: the two-sided p value of the test that there is no trend."""

    slope: float
    low: float
    high: float
    p: float


def cochran_armitage(
    events: ArrayLike, trials: ArrayLike, scores: ArrayLike, *, level: float = 0.95
) -> Trend:
    """Test for a linear trend of the proportions ``events / trials`` over ``scores``, and estimate the slope.

    Three vectors of one length, one element per group, at least two groups; ``scores`` place the groups, such
    as years. Events and trials need not be whole: effective counts of a survey, n_effective times the rate,
    of n_effective, give the test of J. N. K. Rao & A. J. Scott (Biometrics 48, 1992, 577-585). Slope: least
    squares weighted by trials. The test is W. G. Cochran's (Biometrics 10, 1954, 417-451) and P. Armitage's
    (Biometrics 11, 1955, 375-386), as statsmodels' linear-by-linear association (A. Agresti, Categorical Data
    Analysis, 2013, 3.4.1), whose variance is n/(n - 1) of theirs. Limits at ``level`` are normal; the
    variance of each group's proportion is taken after adding two events and two others (Agresti & Coull,
    American Statistician 52, 1998, 119-126), so that a group without events has a variance too.

    p is NaN where no or every trial is an event, as nothing can be compared. Raises ValueError for events
    outside 0 to trials, trials that are not positive, missing values, different lengths, scores that do not
    differ, or a level outside (0, 1).
    """
    level = level_of(level)
    events, trials, scores = one_order(events=events, trials=trials, scores=scores)
    given = {"events": events, "trials": trials, "scores": scores}
    x, n, t = (np.atleast_1d(floats(name, values)) for name, values in given.items())
    if not len(x) == len(n) == len(t) >= 2:
        raise ValueError("events, trials and scores must be vectors of one length, two groups or more")
    if np.isnan(np.concatenate([x, n, t])).any() or (n <= 0).any() or (x < 0).any() or (x > n + 1e-9).any():
        raise ValueError("events must lie between 0 and trials, and trials be positive")
    if np.ptp(t) == 0:
        raise ValueError("scores do not differ")
    away = t - np.average(t, weights=n)
    lever = n * away / (n * away**2).sum()
    slope = float((lever * x / n).sum())
    drawn = (x + 2) / (n + 4)
    half = norm.ppf((1 + level) / 2) * float(np.sqrt((lever**2 * drawn * (1 - drawn) / n).sum()))
    some = 1e-12 < x.sum() < n.sum() - 1e-12
    p = float("nan")
    if some:
        table = Table(np.stack([x, n - x], axis=1), shift_zeros=False)
        p = float(table.test_ordinal_association(row_scores=t, col_scores=np.array([1.0, 0.0])).pvalue)
    return Trend(slope, slope - half, slope + half, p)
