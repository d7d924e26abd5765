"""Which weeks have more reports than their past explains: EARS for short histories (weeks), Farrington's
method for long ones (years). A threshold is the count above which a week is an alarm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from jobs.methods.checked import columns, one_of

_ALPHA = {"C1": 0.001, "C2": 0.001, "C3": 0.025}
# Weeks without enough reports make no alarm (Farrington 1996): at least 5 in the last 4 weeks.
_CASES, _WEEKS = 5, 4
_DEVIANCE, _MOST_STEPS = 1e-10, 100  # a regression has converged once its deviance moves by no more


@dataclass(frozen=True)
class _Rules:
    """How the two editions of Farrington's method differ."""

    seasons: int  # parts of a year, the weeks around the reference week being the last
    excluded: int  # latest weeks that are left out, the current one beside them
    residual: float  # Anscombe residuals above it lose weight
    trend_p: float  # the trend stays if its p value is below


@dataclass(frozen=True)
class _Fit:
    """A quasi-Poisson regression: coefficients, their covariance at scale 1, fitted counts, Pearson's scale,
    degrees of freedom."""

    params: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray
    scale: float
    free: int


_OLD, _NEW = _Rules(1, 0, 1.0, 0.05), _Rules(10, 26, 2.58, np.inf)


def ears(
    counts: ArrayLike,
    *,
    method: str = "C1",
    baseline: int = 7,
    alpha: float | None = None,
    exposure: ArrayLike | None = None,
) -> pd.DataFrame:
    """Detect alarms in weekly counts by EARS C1, C2 or C3 (L. Hutwagner et al., Journal of Urban Health 80,
    2003, i89-i96), as R's surveillance 1.20 computes them.

    ``counts``: one per week, oldest first. C1 compares a week with the mean and standard deviation of the
    ``baseline`` weeks just before it; C2 with those that end two weeks earlier; C3 adds up by how much C2's
    standard score exceeded 1 in the two weeks before. ``alpha``: one-sided probability of a false alarm in a
    week, default 0.001 (C3 0.025). ``exposure``: one per week, above 0, such as orders; counts are compared
    as if each week had the mean exposure, and ``threshold`` is converted back to the week's exposure.

    Returns one row per week, in order (a Series' index is kept): ``threshold`` in reports; ``alarm``, whether
    the count is above it; ``p``, the upper normal tail of the standard score (for C3 of the sum), 1 in a week
    without reports. Threshold and p are NaN, and there is no alarm, without enough history or with a missing
    count in it. For C3 the threshold is that of the R package, count + sd x (z - sum), at least 0, so the
    alarm depends on the two weeks before only.

    Raises ValueError for negative or infinite counts, an exposure that is missing or not positive, a baseline
    that is not whole or below 3, alpha outside (0, 1), an unknown method.
    """
    one_of("method", method, tuple(_ALPHA))
    if baseline != int(baseline) or baseline < 3:
        raise ValueError(f"baseline is {baseline}; it must be a whole number from 3 on")
    alpha = _ALPHA[method] if alpha is None else alpha
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must lie between 0 and 1")
    frame = columns(counts=counts, exposure=1.0 if exposure is None else exposure)
    if (frame.counts < 0).any() or not (frame.exposure > 0).all():
        raise ValueError("counts must not be negative, exposure must be positive")
    scale = frame.exposure / frame.exposure.mean()
    level = frame.counts / scale
    past = level.shift(1 if method == "C1" else 3).rolling(int(baseline))
    mean, spread = past.mean(), past.std()
    # Sums of a rolling window leave rounding where all values are equal.
    spread = spread.where(past.max() > past.min(), 0.0 * mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = ((level - mean) / spread).where(
            (spread > 0) | mean.isna(), np.where(level > mean, np.inf, -np.inf)
        )
    z = stats.norm.ppf(1 - alpha)
    if method == "C3":
        over = (score - 1).clip(lower=0).where(score.notna())
        score = (over.shift(1) + over.shift(2)).where(level.notna())
        with np.errstate(invalid="ignore"):
            threshold = (
                (level + spread * (z - score)).clip(lower=0).where(spread > 0, level.where(score <= z, 0.0))
            )
        threshold = threshold.where(score.notna())
    else:
        threshold = mean + z * spread
    threshold *= scale
    p = pd.Series(stats.norm.sf(score), index=frame.index).mask(score.notna() & (frame.counts == 0), 1.0)
    return pd.DataFrame({"threshold": threshold, "alarm": frame.counts > threshold, "p": p})


def farrington(
    counts: ArrayLike,
    *,
    period: int = 52,
    years: int = 5,
    half_window: int = 3,
    flexible: bool = True,
    alpha: float = 0.01,
    offset: ArrayLike | None = None,
    trend: bool = True,
) -> pd.DataFrame:
    """Detect alarms in weekly counts by Farrington's method: each week is compared with a quasi-Poisson
    regression on past years.

    ``counts``: one per week (or other step, of which a year has ``period``), oldest first; a missing one is
    left out of the past. ``flexible=False``, C. P. Farrington et al., JRSS A 159, 1996, 547-563: the past is
    the 2 ``half_window`` + 1 weeks around the same week of each of ``years`` years; a trend is kept if it is
    significant (5%), there are 3 years or more and the prediction is not above all past counts; weeks with
    residuals above 1 lose weight; the threshold is computed on the 2/3 power of counts; ``alpha`` is
    two-sided. ``flexible=True``, A. Noufaily et al., Statistics in Medicine 32, 2013, 1206-1222: the past is
    all weeks of those years but the last 26, in ten seasons; a trend need not be significant, the other
    conditions are the same; residuals above 2.58 lose weight; ``alpha`` is the one-sided tail of a negative
    binomial distribution. ``offset``: one per week, added to the linear predictor: the logarithm of the
    exposure (orders). ``trend=False``: never a trend. As R's surveillance 1.20 (farrington;
    farringtonFlexible with nbPlugin).

    Returns one row per week, in order (a Series' index is kept): ``expected`` and ``threshold`` in reports;
    ``alarm``, whether the count is above the threshold and this and the 3 weeks before have at least 5
    reports; ``p``, the one-sided probability of such a count or more. NaN and no alarm in the first ``years``
    x ``period`` + ``half_window`` weeks and where the regression does not converge. Where the past has no
    report, expected and threshold are 0, and p is 0, in a week without reports 1.

    Raises ValueError for negative or infinite counts, a missing offset, alpha outside (0, 1), or period,
    years and half_window that are not whole or do not fit in a year.
    """
    if any(
        value != int(value) or value < least for value, least in ((period, 2), (years, 1), (half_window, 0))
    ):
        raise ValueError("period, years and half_window must be whole numbers, from 2, 1 and 0 on")
    rules = _NEW if flexible else _OLD
    if not 0 < alpha < 1 or 2 * half_window + rules.seasons > period:
        raise ValueError("alpha must lie between 0 and 1, and the windows within a year")
    frame = columns(counts=counts, offset=0.0 if offset is None else offset)
    if (frame.counts < 0).any() or frame.offset.isna().any():
        raise ValueError("counts must not be negative, offset must be known")
    count, shift = frame.counts.to_numpy(), frame.offset.to_numpy()
    rows = np.full((len(frame), 3), np.nan)
    for week in range(period * years + half_window, len(frame)):
        past, season = _past(week, period, years, half_window, rules)
        known = ~np.isnan(count[past])
        rows[week] = _judged(
            count, shift, week, past[known], season[known], rules, alpha, trend and years >= 3
        )
    table = pd.DataFrame(rows, columns=["expected", "threshold", "p"], index=frame.index)
    enough = frame.counts.rolling(_WEEKS).sum() >= _CASES
    table["alarm"] = (frame.counts > table.threshold) & enough
    return table[["expected", "threshold", "alarm", "p"]]


def farrington_last(
    counts: np.ndarray, offset: np.ndarray, *, years: int, half_window: int = 3, alpha: float = 0.01
) -> tuple[float, float, float]:
    """Compute ``(expected, threshold, p)`` of the last week only, as :func:`farrington` does (52 weeks a
    year, flexible, with a trend from 3 years on). For very many series.

    ``counts``, ``offset``: vectors of one length, one element per week, oldest first, at least 52 ``years`` +
    ``half_window`` + 1 weeks. They are not checked: counts must be whole and known, offsets finite. NaN where
    the regression does not converge. The rule that an alarm needs 5 reports in 4 weeks is left to the caller.
    """
    week = len(counts) - 1
    past, season = _past(week, 52, years, half_window, _NEW)
    return _judged(counts, offset, week, past, season, _NEW, alpha, years >= 3)


def _past(week: int, period: int, years: int, half: int, rules: _Rules) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the past weeks that count, and their season, 0 for the weeks around the reference
    weeks."""
    season = np.full(week + 1, -1)
    for year in range(1, years + 1):
        centre = week - year * period
        season[centre - half : centre + half + 1] = 0
        if rules.seasons > 1:
            between = np.array_split(np.arange(centre + half + 1, centre + period - half), rules.seasons - 1)
            for number, weeks in enumerate(between, start=1):
                season[weeks] = number
    if rules.seasons > 1:
        season[max(0, week - rules.excluded) :] = -1
    past = np.flatnonzero(season >= 0)
    return past, season[past]


def _judged(
    count: np.ndarray,
    shift: np.ndarray,
    week: int,
    past: np.ndarray,
    season: np.ndarray,
    rules: _Rules,
    alpha: float,
    trend: bool,
) -> tuple[float, float, float]:
    """expected, threshold and p of one week."""
    y = count[past]
    if not len(y):
        return np.nan, np.nan, np.nan
    if not y.any():
        return 0.0, 0.0, np.nan if np.isnan(count[week]) else float(count[week] == 0)
    seasons = (season[:, None] == np.unique(season[season > 0])).astype(float)
    design = np.column_stack([np.ones(len(y)), seasons])
    # Time counts from the week that is judged, its season is the first: what is predicted is the intercept.
    time = (past - week) / 52.0
    model = None
    if trend:
        model = _fitted(y, np.column_stack([design, time]), shift[past], rules.residual)
        if model is not None:
            error = np.sqrt(model.covariance[-1, -1] * model.scale)
            significant = stats.t.sf(abs(model.params[-1] / error), model.free) * 2 < rules.trend_p
            if not significant or np.exp(model.params[0] + shift[week]) > y.max():
                model = None
    model = model or _fitted(y, design, shift[past], rules.residual)
    if model is None:
        return np.nan, np.nan, np.nan
    phi = max(model.scale, 1.0)
    expected = float(np.exp(model.params[0] + shift[week]))
    if rules.seasons > 1:
        return expected, *_quantile(expected, phi, alpha, count[week])
    error = expected * np.sqrt(model.covariance[0, 0] * phi)
    spread = np.sqrt(4 / 9 * expected ** (1 / 3) * (phi + error**2 / expected))
    middle = expected ** (2 / 3)
    threshold = (middle + stats.norm.ppf(1 - alpha / 2) * spread) ** 1.5
    return expected, float(threshold), float(stats.norm.sf((count[week] ** (2 / 3) - middle) / spread))


def _quantile(expected: float, phi: float, alpha: float, count: float) -> tuple[float, float]:
    law, shape = (stats.nbinom, (expected / (phi - 1), 1 / phi)) if phi > 1 else (stats.poisson, (expected,))
    p = float(law.sf(count - 1, *shape)) if not np.isnan(count) else np.nan
    return float(law.ppf(1 - alpha, *shape)), p


def _fitted(y: np.ndarray, design: np.ndarray, shift: np.ndarray, residual: float) -> _Fit | None:
    """Quasi-Poisson regression, fitted again with less weight for weeks of high residuals; None where it does
    not converge."""
    with np.errstate(all="ignore"):
        first = _regression(y, design, shift, np.ones(len(y)))
        if first is None:
            return None
        mu = first.fitted
        hat = np.minimum(mu * np.einsum("ij,jk,ik->i", design, first.covariance, design), 1 - 1e-12)
        anscombe = (
            1.5 * (y ** (2 / 3) * mu ** (-1 / 6) - mu**0.5) / np.sqrt(max(first.scale, 1.0) * (1 - hat))
        )
        weight = np.where(anscombe > residual, anscombe**-2.0, 1.0)
        return _regression(y, design, shift, weight * len(y) / weight.sum())


def _regression(y: np.ndarray, design: np.ndarray, shift: np.ndarray, weight: np.ndarray) -> _Fit | None:
    """The likeliest coefficients by iteratively reweighted least squares, as statsmodels' GLM finds them;
    None where there are none."""
    free = len(y) - design.shape[1]
    if free <= 0:
        return None
    mu, before = (y + y.mean()) / 2, np.inf
    predictor = np.log(mu)
    for _ in range(_MOST_STEPS):
        root = np.sqrt(weight * mu)
        if not np.isfinite(root).all():
            return None
        inverse = np.linalg.pinv(root[:, None] * design)
        params = inverse @ (root * (predictor + (y - mu) / mu - shift))
        predictor = design @ params + shift
        mu = np.exp(predictor)
        deviance = 2 * float(np.sum(weight * (special.xlogy(y, y / mu) - (y - mu))))
        if abs(deviance - before) <= _DEVIANCE:
            scale = float(np.sum(weight * (y - mu) ** 2 / mu)) / free
            covariance = inverse @ inverse.T
            return _Fit(params, covariance, mu, scale, free) if np.isfinite(params).all() else None
        before = deviance
    return None
