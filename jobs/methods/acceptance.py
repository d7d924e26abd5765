"""What a sampling plan by attributes can and cannot show: the probability that it accepts a lot, and the
smallest plan for two risks. A plan (n, c) draws n units of a lot and accepts the lot if at most c of them are
non-conforming. Quality is the share of non-conforming units, 0-1, so a lower one is better."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from jobs.methods.checked import numbers


def oc(p: ArrayLike, *, n: int, c: int, N: int | None = None) -> float | np.ndarray:
    """Compute the operating characteristic: the probability that a lot of quality ``p`` is accepted, that is,
    at most ``c`` of ``n`` drawn units are non-conforming.

    ``p``: share non-conforming in 0-1, a scalar or an array of any shape; the result has its shape, in 0-1,
    NaN where ``p`` is missing. Without ``N`` the lot is large or a process (binomial; type B curve of ISO
    2859-1 and GB/T 2828.1); with it the lot has ``N`` units of which ``N p``, rounded half up to a whole
    unit, are non-conforming (hypergeometric; type A).

    A low probability for a bad lot is what the plan can show; a lot that passes is not shown to be good: its
    quality may be any at which this curve is not small. Source: ISO 2859-1; D. C. Montgomery, Introduction to
    Statistical Quality Control, ch. 15.

    Raises ValueError unless 0 <= c < n, both whole, n <= N and p within 0-1.
    """
    _check_plan(n, c, N)
    quality = numbers("p", p)
    if ((quality < 0) | (quality > 1)).any():
        raise ValueError("p must lie between 0 and 1")
    if N is None:
        chance = stats.binom.cdf(c, n, quality)
    else:
        known = np.where(np.isnan(quality), 0.0, quality)
        bad = np.floor(np.round(known * N, 9) + 0.5).astype(int)
        chance = np.where(np.isnan(quality), np.nan, stats.hypergeom.cdf(c, N, bad, n))
    return chance if quality.ndim else float(chance)


def plan(*, prp: tuple[float, float], crp: tuple[float, float], N: int | None = None) -> tuple[int, int]:
    """Find the smallest single plan ``(n, c)`` that meets both risks.

    ``prp``, the producer's risk point: (quality, least probability of acceptance), such as (0.01, 0.95).
    ``crp``, the consumer's risk point: (quality, greatest probability of acceptance), such as (0.05, 0.10).
    ``N``: units in the lot, as in :func:`oc`. Returns the least c for which some n meets both, with the least
    such n (G. Kiermeier, Journal of Statistical Software 26(6), 2008).

    Raises ValueError unless 0 <= quality of prp < quality of crp <= 1 and the probability of prp is the
    greater, both between 0 and 1; with ``N``, also where no plan distinguishes the two qualities.
    """
    (good, accept), (bad, pass_) = prp, crp
    if not 0 <= good < bad <= 1 or not 0 < pass_ < accept < 1:
        raise ValueError(
            "prp must have the better quality and the greater chance of acceptance, all between 0 and 1"
        )
    c, n = 0, 1
    while (least := _least_n(bad, pass_, c, max(n, c + 1), N)) is not None:
        n = least
        if oc(good, n=n, c=c, N=N) >= accept:
            return n, c
        c += 1
    raise ValueError(f"a lot of {N} units cannot distinguish {good} from {bad}")


def _least_n(bad: float, pass_: float, c: int, start: int, N: int | None) -> int | None:
    """The least n from ``start`` on at which a lot of quality ``bad`` passes with chance ``pass_`` at most;
    the chance falls with n."""
    if N is not None and (start > N or oc(bad, n=N, c=c, N=N) > pass_):
        return None
    high = start
    while oc(bad, n=high, c=c, N=N) > pass_:
        high = 2 * high if N is None else min(2 * high, N)
    return bisect_left(range(start, high), True, key=lambda n: bool(oc(bad, n=n, c=c, N=N) <= pass_)) + start


def _check_plan(n: int, c: int, N: int | None) -> None:
    whole = [value for value in (n, c, N) if value is not None]
    if any(isinstance(value, bool) or value != int(value) for value in whole):
        raise ValueError("n, c and N must be whole numbers")
    if not 0 <= c < n:
        raise ValueError(f"c is {c} and n is {n}; 0 <= c < n must hold")
    if N is not None and n > N:
        raise ValueError(f"n is {n}, more than the {N} units of the lot")
