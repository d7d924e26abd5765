"""How long things take when some are not finished yet: Kaplan-Meier by statsmodels, share on time, age of what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.duration.survfunc import SurvfuncRight

from jobs.methods.checked import columns, complete, level_of


@dataclass(frozen=True)
class Lag:
    """``median`` and ``p90`` in the unit of the lags, NaN where fewer than half (nine tenths) have ended; limits of the median
    (``high`` may be inf). ``on_time``: share 0-1 of those that fell due, NaN without any. ``ageing``: open ones by age."""

    n: int
    n_open: int
    median: float
    low: float
    high: float
    p90: float
    on_time: float
    ageing: pd.Series


def median_lag(
    lag: ArrayLike,
    ended: ArrayLike,
    *,
    due: ArrayLike | None = None,
    bands: Sequence[float] = (7, 15, 30, 60, 90),
    level: float = 0.95,
) -> Lag:
    """The lag of steps of which some are still open.

    ``lag``: from start to end, or to the night where open, in one unit (days), not negative; ``ended``: true where it ended.
    Kaplan & Meier (JASA 53, 1958, 457-481): an open one counts as longer than its age. The median is the least lag by which at least
    half have ended; its limits invert the log(-log) test (Brookmeyer & Crowley, Biometrics 38, 1982, 29-41).

    ``due``: the lag allowed, a scalar or one per row, missing where none is: on time are those that ended within it, among all that ended
    or whose time ran out; an open one within its time is not counted, one beyond it is late. Pass rows whose deadline fell in
    the period. ``bands``: upper bounds, included, of the classes of ``ageing`` (index such as "> 7–15", "> 90").

    Raises ValueError for negative or missing lags, an ``ended`` that is not boolean, other lengths, bands that do not rise. No rows: NaN.
    """
    level_of(level)
    if list(bands) != sorted(set(bands)) or not bands:
        raise ValueError("bands must rise")
    frame = columns(lag=lag, ended=ended, due=np.nan if due is None else due)
    complete(frame[["lag", "ended"]])
    if (frame.lag < 0).any() or not frame.ended.isin([0, 1]).all():
        raise ValueError("lag must not be negative, ended must be true or false")
    frame["ended"] = frame.ended == 1
    ageing = _ageing(frame.lag[~frame.ended], bands)
    on_time = _on_time(frame)
    if not frame.ended.any():
        return Lag(len(frame), int((~frame.ended).sum()), np.nan, np.nan, np.nan, np.nan, on_time, ageing)
    curve = SurvfuncRight(frame.lag.to_numpy(), frame.ended.to_numpy().astype(int))
    median = _quantile(curve, 0.5)
    low, high = (float(limit) for limit in _limits(curve, level))
    if np.isnan(low) and np.isnan(high):  # many end on one day: before it the test rejects, from it on too, so that day alone is left
        low = high = median
    return Lag(len(frame), int((~frame.ended).sum()), median, low, high, _quantile(curve, 0.9), on_time, ageing)


def _quantile(curve: SurvfuncRight, share: float) -> float:
    """The first time by which ``share`` have ended; statsmodels, after SAS, waits until more than that have."""
    reached = np.flatnonzero(curve.surv_prob <= 1 - share + 1e-12)
    return float(curve.surv_times[reached[0]]) if len(reached) else np.nan


def _limits(curve: SurvfuncRight, level: float) -> tuple[float, float]:
    with np.errstate(all="ignore"):
        return curve.quantile_ci(0.5, alpha=1 - level)


def _on_time(frame: pd.DataFrame) -> float:
    fell = frame.due.notna() & (frame.ended | (frame.lag > frame.due))
    met = frame.ended & (frame.lag <= frame.due)
    return float(met[fell].mean()) if fell.any() else np.nan


def _ageing(ages: pd.Series, bands: Sequence[float]) -> pd.Series:
    names = [f"0–{bands[0]}", *(f"> {a}–{b}" for a, b in zip(bands, bands[1:], strict=False)), f"> {bands[-1]}"]
    cut = pd.cut(ages, [-np.inf, *bands, np.inf], labels=names)
    return cut.value_counts().reindex(names, fill_value=0).astype(int)
