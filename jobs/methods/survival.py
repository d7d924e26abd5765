"""How long things take when some are not finished yet: Kaplan-Meier by statsmodels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.duration.survfunc import SurvfuncRight

from jobs.methods.checked import level_of


class Lag(NamedTuple):
    """``median`` and ``p90`` in the unit of the lags, NaN where fewer than half (nine tenths) have ended;
    limits of the median (``high`` may be inf)."""

    median: float
    low: float
    high: float
    p90: float


def median_lag(lag: ArrayLike, ended: ArrayLike, *, level: float = 0.95) -> Lag:
    """The lag of steps of which some are still open.

    ``lag``: from start to end, or to the night where open, in one unit (days), not negative; ``ended``: true
    where it ended. Kaplan & Meier (JASA 53, 1958, 457-481): an open one counts as longer than its age. The
    median is the least lag by which at least half have ended; its limits invert the log(-log) test
    (Brookmeyer & Crowley, Biometrics 38, 1982, 29-41).

    Raises ValueError for negative or missing lags, an ``ended`` that is not boolean, other lengths. No rows:
    NaN.
    """
    level_of(level)
    lags, ends = np.asarray(lag, dtype=float), np.asarray(ended)
    if lags.shape != ends.shape:
        raise ValueError(f"lengths differ: {len(lags)} lags, {len(ends)} ends")
    if not (lags >= 0).all():
        raise ValueError("lag must not be negative or missing")
    if len(ends) and ends.dtype != bool:
        raise ValueError("ended must be true or false")
    if not ends.any():
        return Lag(np.nan, np.nan, np.nan, np.nan)
    curve = SurvfuncRight(lags, ends.astype(int))
    median = _quantile(curve, 0.5)
    low, high = (float(limit) for limit in _limits(curve, level))
    if np.isnan(low) and np.isnan(high):
        # Many end on one day: before it the test rejects, from it on too, so that day alone is left.
        low = high = median
    return Lag(median, low, high, _quantile(curve, 0.9))


def ninth_decile_limits(lag: ArrayLike, ended: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """Confidence limits of the lag by which nine tenths have ended, as those of `median_lag`; arguments and
    errors are those of `median_lag`. NaN where no limit exists: fewer than nine tenths have ended, or
    nothing has."""
    if np.isnan(p90 := median_lag(lag, ended, level=level).p90):
        return np.nan, np.nan
    curve = SurvfuncRight(np.asarray(lag, dtype=float), np.asarray(ended).astype(int))
    with np.errstate(all="ignore"):
        low, high = (float(limit) for limit in curve.quantile_ci(0.9, alpha=1 - level))
    return (p90 if np.isnan(low) else min(low, p90)), (np.nan if np.isnan(high) else max(high, p90))


def _quantile(curve: SurvfuncRight, share: float) -> float:
    """The first time by which ``share`` have ended; statsmodels, after SAS, waits until more than that
    have."""
    reached = np.flatnonzero(curve.surv_prob <= 1 - share + 1e-12)
    return float(curve.surv_times[reached[0]]) if len(reached) else np.nan


def _limits(curve: SurvfuncRight, level: float) -> tuple[float, float]:
    with np.errstate(all="ignore"):
        return curve.quantile_ci(0.5, alpha=1 - level)
