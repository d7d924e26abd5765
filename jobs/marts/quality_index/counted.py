"""Computes the probability distributions (laws) of the indicators' values given the counts behind them. The
estimate that is scored and the draws for its limits come from the same law, so that both agree. Pure.

A goalpost is the value at which an indicator scores 1 or 100. A beta law has mean m and precision p with the
parameters m·p and (1 - m)·p; a gamma law the shape m·p and the rate p."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv, digamma, gammaincinv, ndtr, poch

from jobs.marts.quality_index.scoring import USED, turned, turned_back

BETA, GAMMA = "beta", "gamma"  # values of estimate_law
LAW = "estimate_law"
LEAST = 0.1  # the least number of good cases that the prior is worth: none of many is no certainty
# Normal scores at which the quantiles of a law are found; between them they are interpolated, which is right
# to a hundredth of the law's standard deviation.
NODES = np.linspace(-4.0, 4.0, 33)


def with_laws(rows: pd.DataFrame, tails: tuple[float, float]) -> pd.DataFrame:
    """Return ``rows`` with the law of each value: estimate_law (`beta`, `gamma` or None), estimate_mean,
    estimate_precision, estimate, value_low and value_high (quantiles ``tails`` of the law). Rows with another
    status than `used` have no `estimate` (NaN); their other columns stay as they are.

    ``rows``: status, unit, value, value_low, value_high, numerator, denominator, estimate_mean,
    estimate_precision, and the goalposts as `scoring.with_goalposts` adds them. Rows that have a mean and
    precision already are sampled shares: their law is beta, and their limits stay. For counts x of n the law
    is the posterior of a prior that is worth half an event:

    - Rates (unit `per N`): Gamma(x + 1/2), with the exposure plus that in which half an event is expected at
      the rate that scores half-way between the goalposts; mean in the indicator's unit.
    - Shares (all other units), such as of duties met: Beta(x + a, n - x + b). On the bad side (b where a
      higher share is better, else a) the prior has half an event, on the other as much as brings its mean to
      the bad goalpost (Jeffreys' prior where that is a half; a bad share below 5% counts as 5%, and the prior
      is never less than LEAST): with few cases the share stays near the bad goalpost, so that no unit gains
      by filing fewer cases.

    ``estimate`` is the mean of the law on the scale on which it is scored (`centre`), so that the index lies
    in the middle of the draws. Without counts (or where a share has more than 1) there is no law, and the
    estimate is the value."""
    times = rows["unit"].str.extract(r"per (\d+)", expand=False).to_numpy(float)
    x, n, value = (rows[name].to_numpy(float) for name in ("numerator", "denominator", "value"))
    mean, precision = (rows[f"estimate_{name}"].to_numpy(float) for name in ("mean", "precision"))
    low, high = rows["value_low"].to_numpy(float), rows["value_high"].to_numpy(float)
    used = (rows["status"] == USED).to_numpy()
    own = used & np.isfinite(mean) & np.isfinite(precision)
    counted = used & ~own & np.isfinite(x) & (n > 0)
    rate, share = counted & np.isfinite(times), counted & ~np.isfinite(times) & (x <= n)
    a, b, exposure = _posterior(rows, rate, share, times)
    mean = np.select([rate, share], [a / exposure, a / (a + b)], default=mean)
    precision = np.select([rate, share], [exposure, a + b], default=precision)
    ends = [
        np.select(
            [rate, share],
            [gammaincinv(a, tail) / exposure, betaincinv(a, b, tail)],
            default=given,
        )
        for tail, given in zip(tails, (low, high), strict=True)
    ]
    new, known = rate | share, rate | share | own
    law = pd.Series(np.select([rate, share | own], [GAMMA, BETA], default=""), rows.index, dtype=object)
    middles = centre(
        np.where(known, mean, 0.5), np.where(known, precision, 1.0), rate, rows["transform"].to_numpy(object)
    )
    return rows.assign(
        value_low=np.where(new, ends[0], low),
        value_high=np.where(new, ends[1], high),
        estimate=np.where(known, middles, np.where(used, value, np.nan)),
        estimate_mean=mean,
        estimate_precision=precision,
        **{LAW: law.where(law != "", None)},
    )


def _posterior(
    rows: pd.DataFrame, rate: np.ndarray, share: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both parameters of the beta distribution where ``share``; shape and exposure (first and third) of the
    gamma distribution where ``rate``, per ``times``. Elsewhere 1."""
    x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
    middle, ones = half_way(rows), np.ones(len(rows))
    exposure = np.divide(n, times, out=ones.copy(), where=rate)
    exposure += np.divide(0.5, middle, out=np.zeros(len(rows)), where=rate & (middle > 0))
    higher = (rows["direction"] == "higher_better").to_numpy()
    worst = np.where(higher, 1 - rows["goal_low"].to_numpy(float), rows["goal_high"].to_numpy(float))
    bad = np.clip(worst, 0.05, 1.0)
    good = np.maximum(0.5 * (1 - bad) / bad, LEAST)
    a = np.select([rate, share], [x + 0.5, x + np.where(higher, good, 0.5)], default=ones)
    b = np.where(share, n - x + np.where(higher, 0.5, good), 1.0)
    return a, b, exposure


def half_way(rows: pd.DataFrame) -> np.ndarray:
    """Return the value of each row that scores half-way between its goalposts, on the scale of its transform.
    ``rows``: goal_low, goal_high, transform."""
    low, high = (turned(rows[f"goal_{end}"].to_numpy(float), rows["transform"]) for end in ("low", "high"))
    return turned_back((low + high) / 2, rows["transform"])


def centre(mean: np.ndarray, precision: np.ndarray, gamma: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """Return the value whose score is the mean score of the law's values if no score was clipped: the mean of
    the transformed value, transformed back. Arrays of one length.

    ``mean``, ``precision``, ``gamma``: of each law, as in `quantiles`; ``transform``: `sqrt`, `log` or
    another text for none."""
    shape = mean * precision
    with np.errstate(all="ignore"):
        root = poch(shape, 0.5) ** 2 / np.where(gamma, precision, poch(precision, 0.5) ** 2)
        logarithm = np.exp(digamma(shape) - np.where(gamma, np.log(precision), digamma(precision)))
    return np.select([transform == "sqrt", transform == "log"], [root, logarithm], default=mean)


def shared(part: float, whole: float) -> float:
    """Return the correlation (0-1) between a count of events and the count of those of them that are of one
    kind, among the same trials (multinomial), for example failures and serious failures. ``part``: rate of
    the kind, ``whole``: rate of all events, both 0-1; 0 where either is 0 or 1."""
    odds = part * (1 - whole) / ((1 - part) * whole) if 0 < part < 1 and 0 < whole < 1 else 0.0
    return float(np.sqrt(min(odds, 1.0)))


def quantiles(mean: np.ndarray, precision: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """Return the quantiles of laws at the normal scores NODES: an array of laws x nodes.

    ``mean``, ``precision``: as `with_laws` returns them; ``gamma``: whether each law is gamma, else beta. A
    law without spread (a share of 0 or 1 beyond doubt) has its mean at all nodes."""
    shape, other = mean * precision, np.where(gamma, 1.0, (1 - mean) * precision)
    fixed = (shape <= 0) | (other <= 0)
    rate, share = np.flatnonzero(gamma & ~fixed), np.flatnonzero(~gamma & ~fixed)
    found, below = np.repeat(mean[:, None], len(NODES), axis=1), ndtr(NODES)
    found[rate] = gammaincinv(shape[rate, None], below) / precision[rate, None]
    found[share] = betaincinv(shape[share, None], other[share, None], below)
    return found


def redrawn(nodes: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Return random values of laws: an array of draws x laws, by interpolation between quantiles.

    ``nodes``: as returned by `quantiles` (laws x nodes); ``normal``: standard normal numbers, draws x laws.
    For the same number a law that lies higher gives a higher value, so that better counts lower no draw of an
    index."""
    step = NODES[1] - NODES[0]
    place = np.clip((normal - NODES[0]) / step, 0, len(NODES) - 1)
    left = np.minimum(place.astype(int), len(NODES) - 2)
    at = np.arange(len(nodes)) * len(NODES) + left
    flat, share = nodes.ravel(), place - left
    return flat[at] * (1 - share) + flat[at + 1] * share
