"""How long steps take when some are not finished yet: quantiles of Kaplan and Meier's estimate, by
statsmodels."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from jobs.methods.checked import floats, level_of, one_order
from jobs.plurals import plural


class Lag(NamedTuple):
    """Result of :func:`median_lag`, in the unit of the lags: ``median`` and ``p90``, the times by which half
    and nine tenths have ended, NaN where fewer have; their confidence limits ``low``, ``high`` and
    ``p90_low``, ``p90_high``. An upper limit is inf where too few have ended to give one, also beside a
    median that is NaN; the limits of a p90 that is NaN are NaN."""

    median: float
    low: float
    high: float
    p90: float
    p90_low: float
    p90_high: float


def median_lag(lag: ArrayLike, ended: ArrayLike, *, level: float = 0.95) -> Lag:
    """Estimate the median and the 90% quantile of the time that a step takes when some steps are still open.

    ``lag``: one per step, the time from start to end, or to now where it is open, in one unit (days), not
    negative; ``ended``: one boolean per step, true where it ended. Kaplan & Meier (JASA 53, 1958, 457-481):
    an open one counts as longer than its age. A quantile is the least lag by which at least that share has
    ended; limits at ``level`` invert the log(-log) test (Brookmeyer & Crowley, Biometrics 38, 1982, 29-41).
    Without rows, or without an ended step, all fields are NaN.

    Raises ValueError for negative, missing or infinite lags, text, dates, an ``ended`` that is not boolean,
    different lengths or labels of Series, a level outside (0, 1).
    """
    level_of(level)
    lag, ended = one_order(lag=lag, ended=ended)
    lags, ends = floats("lag", lag), np.asarray(ended)
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
    """As ``curve.quantile_ci``, which asks scipy for the normal quantile anew each time."""
    left = curve.surv_prob
    with np.errstate(all="ignore"):
        far = np.log(-np.log(left)) - np.log(-np.log(1 - share))
        far /= -1 / (left * np.log(left)) * curve.surv_prob_se
    near = np.flatnonzero(np.abs(far) <= _reach(level))
    if not len(near):
        # Many end on one day: before it the test rejects, from it on too, so that day alone is left.
        return value, value
    last = near[-1] + 1
    high = curve.surv_times[last] if last < len(left) else np.inf
    # With few ends the test may reject at the estimate itself.
    return float(min(curve.surv_times[near[0]], value)), float(max(high, value))


@cache
def _reach(level: float) -> float:
    return float(stats.norm.ppf(1 - (1 - level) / 2))
