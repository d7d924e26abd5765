"""Confidence limits of proportions, of their differences and of rates: checked, array-wise calls to
statsmodels."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from jobs.methods.checked import numbers, one_order

Limits: TypeAlias = Any  # float where scalars came in, else numpy.ndarray; callers know which they gave

# Our names -> those of statsmodels.
_METHODS = {"wilson": "wilson", "clopper_pearson": "beta"}


def binomial(
    x: ArrayLike, n: ArrayLike, *, method: str = "wilson", level: float = 0.95
) -> tuple[Limits, Limits]:
    """Compute two-sided confidence limits of the proportion ``x / n``.

    ``x`` events among ``n`` trials: scalars, or arrays that broadcast (a second Series is put into the order
    of the first one's labels). Neither has to be whole, so that effective sizes of a survey may be given.
    Returns ``(low, high)`` in 0-1: floats for scalars, else numpy arrays of the broadcast shape. ``n = 0`` or
    a missing value gives NaN; no event gives a low limit of exactly 0, only events a high limit of exactly 1.

    ``method``: ``wilson``, the score interval (E. B. Wilson, JASA 22, 1927, 209-212; as method 3 in Newcombe,
    Statistics in Medicine 17, 1998, 857-872), or ``clopper_pearson``, the exact one (Biometrika 26, 1934,
    404-413). ``level``: coverage, between 0 and 1.

    Raises ValueError for ``x < 0``, ``x > n``, text, dates, an infinite value, an unknown method, a level
    outside (0, 1), or two Series with different labels.
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; known are {', '.join(_METHODS)}")
    events, trials = _checked(x, n, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = proportion_confint(events, trials, alpha=1 - level, method=_METHODS[method])
    # Exact in theory; in floating point the score limits miss 0 and 1 by a rounding error.
    return _shaped(np.where(events == 0, 0.0, low), trials), _shaped(
        np.where(events == trials, 1.0, high), trials
    )


def difference(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, level: float = 0.95
) -> tuple[Limits, Limits]:
    """Compute two-sided confidence limits of the difference of proportions ``x1 / n1 - x2 / n2`` of two
    independent samples: ``(low, high)`` within -1 to 1.

    Newcombe's hybrid score interval without continuity correction (method 10 of Statistics in Medicine 17,
    1998, 873-890): the squared distances of each Wilson limit from its proportion are added. Arguments,
    shapes and errors as in :func:`binomial`; a sample without trials gives NaN.
    """
    x1, n1, x2, n2 = _broadcast(x1=x1, n1=n1, x2=x2, n2=n2)
    (events1, trials1), (events2, trials2) = _checked(x1, n1, level), _checked(x2, n2, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = confint_proportions_2indep(
            events1, trials1, events2, trials2, compare="diff", method="newcomb", alpha=1 - level
        )
    defined = (trials1 > 0) & (trials2 > 0)
    return (
        _shaped(np.clip(np.where(defined, low, np.nan), -1, 1), trials1),
        _shaped(np.clip(np.where(defined, high, np.nan), -1, 1), trials1),
    )


def mover(
    value1: ArrayLike, low1: ArrayLike, high1: ArrayLike, value2: ArrayLike, low2: ArrayLike, high2: ArrayLike
) -> tuple[Limits, Limits]:
    """Compute confidence limits of ``value1 - value2`` for two independent estimates, from the limits of each
    at the same level: ``(low, high)`` in the unit of the values, floats for scalars, else arrays.

    MOVER (method of variance estimates recovery; G. Y. Zou & A. Donner, Statistics in Medicine 27, 2008,
    1693-1702): the squared distances of each limit from its value are added; with Wilson limits this is
    :func:`difference`. All arguments in one unit: scalars, or arrays (Series) that broadcast. A missing
    argument gives NaN.

    Raises ValueError for text, dates, an infinite argument, a value outside its limits, or Series with
    different labels.
    """
    values = _broadcast(value1=value1, low1=low1, high1=high1, value2=value2, low2=low2, high2=high2)
    first, low_first, high_first, second, low_second, high_second = values
    if any(
        (below > above).any()
        for below, above in zip(
            (low_first, first, low_second, second), (first, high_first, second, high_second), strict=True
        )
    ):
        raise ValueError("a value must lie within its limits")
    low = first - second - np.hypot(first - low_first, high_second - second)
    high = first - second + np.hypot(high_first - first, second - low_second)
    missing = np.isnan(sum(values))
    low, high = np.where(missing, np.nan, low), np.where(missing, np.nan, high)
    return (low, high) if low.ndim else (float(low), float(high))


def ratio(x1: float, n1: float, x2: float, n2: float, *, level: float = 0.95) -> tuple[float, float]:
    """Compute two-sided confidence limits of the ratio of proportions ``(x1 / n1) / (x2 / n2)`` of two
    independent samples. Takes and returns scalars: ``(low, high)``, at least 0.

    The score interval (O. Miettinen & M. Nurminen, Statistics in Medicine 4, 1985, 213-226): the ratios at
    which Pearson's chi-squared of both samples times 1 - 1/(n1 + n2), with the proportions most likely at
    that ratio, equals the quantile of ``level``, found by bracketing. (statsmodels 0.14 solves a cubic, which
    gives complex limits, or a lower one above 0, where a sample has no or only events.) No event in the first
    sample gives a low limit of exactly 0. NaN without trials, without an event in the second sample, or with
    a missing value.

    Raises ValueError as :func:`binomial`.
    """
    (a, b), (n, m) = zip(*(_checked(*pair, level) for pair in ((x1, n1), (x2, n2))), strict=True)
    events, trials = np.array([a, b], dtype=float), np.array([n, m], dtype=float)
    if not (trials > 0).all() or not events[1] > 0 or np.isnan(events).any():
        return np.nan, np.nan
    most = stats.chi2.ppf(level, 1) / (1 - 1 / trials.sum())

    def excess(log: float) -> float:
        theta = np.exp(log)
        middle = theta * (trials[0] + events[1]) + events[0] + trials[1]
        root = np.sqrt(max(middle**2 - 4 * theta * trials.sum() * events.sum(), 0.0))
        second = 2 * events.sum() / (middle + root)  # the smaller root, in a form that does not cancel
        p = np.clip(np.array([theta * second, second]), 1e-300, 1.0)
        apart, spread = (events - trials * p) ** 2, trials * p * (1 - p)
        known = np.where(spread > 0, spread, 1.0)
        return float(np.where(apart > 1e-18, apart / known, 0.0).sum() - most)

    found = events[0] / trials[0] / (events[1] / trials[1])
    centre = np.log(found) if found > 0 else -60.0
    low = np.exp(optimize.brentq(excess, centre - 60, centre)) if found > 0 else 0.0
    return min(float(low), found), max(float(np.exp(optimize.brentq(excess, centre, centre + 120))), found)


def poisson(x: ArrayLike, exposure: ArrayLike, *, level: float = 0.95) -> tuple[Limits, Limits]:
    """Compute two-sided exact confidence limits of the rate ``x / exposure`` of a Poisson count.

    ``x`` events over an ``exposure`` in any unit (orders, person-years): scalars, or arrays that broadcast (a
    second Series is put into the order of the first one's labels). Neither has to be whole. Returns ``(low,
    high)`` in events per that unit: floats for scalars, else numpy arrays of the broadcast shape. No exposure
    or a missing value gives NaN; no event gives a low limit of exactly 0. F. Garwood, Biometrika 28, 1936,
    437-442: the two rates that leave half of the error in a tail, from quantiles of the chi-squared
    distribution.

    Raises ValueError for ``x < 0``, ``exposure < 0``, text, dates, an infinite value, a level outside (0, 1),
    or two Series with different labels.
    """
    _check_level(level)
    events, units = _broadcast(x=x, exposure=exposure)
    if (events < 0).any() or (units < 0).any():
        raise ValueError("x and exposure must not be negative")
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = confint_poisson(events, units, method="exact-c", alpha=1 - level)
    said = np.where(np.isnan(events), np.nan, units)  # statsmodels takes a missing count for none
    return _shaped(np.where(events == 0, 0.0, low), said), _shaped(high, said)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1")


def _checked(x: ArrayLike, n: ArrayLike, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Events and trials as float arrays of one shape; ValueError where they cannot be counts of one
    sample."""
    _check_level(level)
    events, trials = _broadcast(x=x, n=n)
    if (events < 0).any() or (events > trials).any() or (trials < 0).any():
        raise ValueError("x must lie between 0 and n")
    return events, trials


def _broadcast(**named: ArrayLike) -> list[np.ndarray]:
    """Float arrays of one shape, copied: statsmodels asks for writable ones. Series are put into the order of
    the first one's labels; missing values become NaN. ValueError where an argument holds text, dates or
    infinite values."""
    arrays = [numbers(name, value) for name, value in zip(named, one_order(**named), strict=True)]
    return [np.array(array) for array in np.broadcast_arrays(*arrays)]


def _shaped(limits: np.ndarray, trials: np.ndarray) -> Limits:
    """NaN where there is no trial; a float where scalars came in."""
    limits = np.where(trials > 0, limits, np.nan)
    return limits if limits.ndim else float(limits)
