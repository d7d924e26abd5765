"""How long things take when some are not finished yet: Kaplan-Meier by statsmodels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.duration.survfunc import SurvfuncRight

from jobs.methods.checked import level_of
from jobs.plurals import plural


class Lag(NamedTuple):
    """``median`` and ``p90`` in the unit of the lags, NaN where fewer than half (nine tenths) have ended;
    limits of either, NaN where there is none."""

    median: float
    low: float
    high: float
    p90: float
    p90_low: float
    p90_high: float


def median_lag(lag: ArrayLike, ended: ArrayLike, *, level: float = 0.95) -> Lag:
    """The lag of steps of which some are still open.

    ``lag``: from start to end, or to the night where open, in one unit (days), not negative; ``ended``: true
    where it ended. Kaplan & Meier (JASA 53, 1958, 457-481): an open one counts as longer than its age. The
    median is the least lag by which at least half have ended; limits invert the log(-log) test
    (Brookmeyer & Crowley, Biometrics 38, 1982, 29-41).

    Raises ValueError for negative or missing lags, an ``ended`` that is not boolean, other lengths. No rows:
    NaN.
    """
    level_of(level)
    lags, ends = np.asarray(lag, dtype=float), np.asarray(ended)
    if lags.shape != ends.shape:
        raise ValueError(f"lengths differ: {plural(len(lags), 'lag')}, {plural(len(ends), 'end')}")
    if not (lags >= 0).all():
        raise ValueError("lag must not be negative or missing")
    if len(ends) and ends.dtype != bool:
        raise ValueError("ended must be true or false")
    if not ends.any():
        return Lag(*[np.nan] * 6)
    curve = SurvfuncRight(lags, ends.astype(int))
    median, p90 = _quantile(curve, 0.5), _quantile(curve, 0.9)
    late = (np.nan, np.nan) if np.isnan(p90) else _limits(curve, 0.9, p90, level)
    return Lag(median, *_limits(curve, 0.5, median, level), p90, *late)


def _quantile(curve: SurvfuncRight, share: float) -> float:
    """The first time by which ``share`` have ended; statsmodels, after SAS, waits until more than that
    have."""
    reached = np.flatnonzero(curve.surv_prob <= 1 - share + 1e-12)
    return float(curve.surv_times[reached[0]]) if len(reached) else np.nan


def _limits(curve: SurvfuncRight, share: float, value: float, level: float) -> tuple[float, float]:
    with np.errstate(all="ignore"):
        low, high = (float(limit) for limit in curve.quantile_ci(share, alpha=1 - level))
    if np.isnan(low) and np.isnan(high):
        # Many end on one day: before it the test rejects, from it on too, so that day alone is left.
        return value, value
    # With few ends the test may reject at the estimate itself.
    return (value if np.isnan(low) else min(low, value)), (high if np.isnan(high) else max(high, value))
