"""How well a score separates units with an event from others, and whether it still means what it meant when
it was made: the area under the ROC curve (AUC) with DeLong's interval, Kolmogorov-Smirnov (KS), population
stability index (PSI), calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from jobs.methods.checked import columns, complete, floats, level_of
from jobs.methods.intervals import binomial


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve: ``value`` and its confidence limits ``low`` and ``high``, within 0-1 (0.5: no
    better than chance)."""

    value: float
    low: float
    high: float


def auc(y: ArrayLike, score: ArrayLike, *, level: float = 0.95) -> Auc:
    """Compute the area under the ROC curve: the probability that a unit with the event has a higher score
    than one without; ties count half.

    ``y``: one per unit, 0 or 1 (or boolean), 1 the event; ``score``: one per unit, any scale, higher for the
    likelier event. Limits: the normal interval at ``level`` with the variance of E. R. DeLong et al.,
    Biometrics 44, 1988, 837-845, clipped to 0-1; NaN where either class has one unit only.

    Raises ValueError for other y, missing or infinite values, different lengths, or a class without units.
    """
    level_of(level)
    events, others = _classes(y, score)
    m, n = len(events), len(others)
    # Placement values by midranks (X. Sun & W. Xu, IEEE Signal Processing Letters 21, 2014, 1389-1393).
    together = stats.rankdata(np.concatenate([events, others]))
    above = (together[:m] - stats.rankdata(events)) / n
    below = 1 - (together[m:] - stats.rankdata(others)) / m
    value = float(above.mean())
    if min(m, n) < 2:
        return Auc(value, np.nan, np.nan)
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)
    return Auc(value, float(max(0.0, value - half)), float(min(1.0, value + half)))


def stratified(parts: Sequence[Auc], pairs: ArrayLike, *, level: float = 0.95) -> Auc:
    """Combine the areas of strata, such as periods, to one: the probability that a unit with the event has a
    higher score than one without of the same stratum. It is the mean of the areas weighted by ``pairs``.

    ``parts``: areas of independent strata, with limits at ``level``, from which the variance of each is taken
    (from the limit that is not clipped); ``pairs``: one per stratum, the number of units with the event times
    that of the others. The limits are normal, clipped to 0-1.

    Raises ValueError without strata, for pairs that are not positive, different lengths, missing limits.
    """
    level_of(level)
    weight = floats("pairs", pairs)
    value, low, high = (
        np.array([getattr(part, name) for part in parts]) for name in ("value", "low", "high")
    )
    if not len(parts) or weight.shape != value.shape or not (weight > 0).all() or np.isnan([low, high]).any():
        raise ValueError("every stratum must have an area with limits and a positive number of pairs")
    share = weight / weight.sum()
    mean = float(share @ value)
    half = float(np.sqrt((share**2) @ np.maximum(high - value, value - low) ** 2))
    return Auc(mean, max(0.0, mean - half), min(1.0, mean + half))


def ks(y: ArrayLike, score: ArrayLike) -> float:
    """Compute the Kolmogorov-Smirnov distance: the greatest difference, 0-1, between the distribution
    functions of the score of units with and without the event. Arguments and errors as in :func:`auc`."""
    return float(stats.ks_2samp(*_classes(y, score), method="asymp").statistic)


def psi(expected: ArrayLike, actual: ArrayLike, *, bins: int = 10) -> float:
    """Compute the population stability index, at least 0: sum of (a - e) ln(a / e) over classes of the score,
    e and a the shares of units before and now. By convention the population has changed above 0.25.

    ``expected``: scores when the scorecard was made, ``actual``: scores now, vectors of any lengths. Classes
    are bounded by the ``bins``-quantiles of ``expected`` (equal ones fall together); the outer classes are
    open. A class that is empty on one side counts as half a unit, so that the index stays finite. N. Siddiqi,
    Credit Risk Scorecards, 2006.

    Raises ValueError for missing or infinite values, an empty vector, fewer than two bins.
    """
    _check_bins(bins)
    before, now = floats("expected", expected), floats("actual", actual)
    if (
        before.ndim != 1
        or now.ndim != 1
        or not len(before)
        or not len(now)
        or np.isnan(before).any()
        or np.isnan(now).any()
    ):
        raise ValueError("expected and actual must be vectors without missing values, not empty")
    inner = np.unique(np.quantile(before, np.linspace(0, 1, bins + 1)[1:-1]))
    held = np.array(
        [np.bincount(np.searchsorted(inner, scores), minlength=len(inner) + 1) for scores in (before, now)]
    )
    held = held[:, held.any(axis=0)]
    first, second = np.maximum(held, 0.5) / [[len(before)], [len(now)]]
    return float(((second - first) * np.log(second / first)).sum())


def calibration(y: ArrayLike, p: ArrayLike, *, bins: int = 10) -> pd.DataFrame:
    """Compare predicted probabilities with observed shares, in classes of about equal numbers of units
    ordered by prediction.

    ``y`` as in :func:`auc` (one class may be absent); ``p``: predicted probabilities in 0-1, one per unit.
    Returns one row per class that holds units, from the lowest predictions on: ``n``, units; ``predicted``,
    the mean of p; ``observed``, the share with the event; ``low``, ``high``, 95% Wilson limits of that share.
    There are at most ``bins`` classes; equal predictions stay in one. D. W. Hosmer & S. Lemeshow, Applied
    Logistic Regression, 2000.

    Raises ValueError for other y, p outside 0-1, missing or infinite values, different lengths, no unit,
    fewer than two bins.
    """
    _check_bins(bins)
    frame = complete(columns(y=y, p=p))
    if not frame.y.isin([0, 1]).all() or not frame.p.between(0, 1).all() or frame.empty:
        raise ValueError("y must be 0 or 1, p between 0 and 1, and there must be units")
    cut = (
        pd.qcut(frame.p, bins, duplicates="drop")
        if frame.p.nunique() > 1
        else pd.Series(0, index=frame.index)
    )
    table = frame.groupby(cut.to_numpy(), observed=True).agg(
        n=("y", "size"), predicted=("p", "mean"), observed=("y", "mean")
    )
    table = table.reset_index(drop=True)
    table["low"], table["high"] = binomial(table.observed * table.n, table.n)
    return table


def _classes(y: ArrayLike, score: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the units with and without the event."""
    frame = complete(columns(y=y, score=score))
    if not frame.y.isin([0, 1]).all():
        raise ValueError("y must be 0 or 1")
    events, others = (frame.score[frame.y == kind].to_numpy() for kind in (1, 0))
    if not len(events) or not len(others):
        raise ValueError("y must hold both classes")
    return events, others


def _check_bins(bins: int) -> None:
    if bins != int(bins) or bins < 2:
        raise ValueError(f"bins is {bins}; it must be a whole number from 2 on")
