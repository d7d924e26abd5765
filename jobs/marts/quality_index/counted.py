"""What redraws an indicator that is counted, not sampled: the posterior of its share or of its rate. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv

from jobs.marts.quality_index.scoring import USED

BETA, GAMMA = "beta", "gamma"
LAW = "estimate_law"


def with_laws(rows: pd.DataFrame, goalpost: pd.DataFrame, tails: tuple[float, float]) -> pd.DataFrame:
    """``rows`` (indicator, status, value, numerator, denominator, estimate_mean, estimate_precision) with
    ``estimate_law``, and the estimate and limits (``value_low``, ``value_high``: ``tails``) of used ones that
    have none yet.

    Those that have one are sampled shares: beta. Other shares have Jeffreys' posterior of the binomial,
    Beta(x + 1/2, n - x + 1/2), so that two deadlines of two say little; rates per number of something that
    of the Poisson distribution, Gamma(x + 1/2) by the exposure (H. Jeffreys, Theory of Probability, 1961;
    L. D. Brown, T. T. Cai & A. DasGupta, Statistical Science 16, 2001). The mean of a gamma law is in the
    indicator's unit, its precision the exposure in it, so that mean times precision is its shape. Limits hold
    the value itself. Without counts there is no law and nothing is redrawn.
    """
    unit = goalpost.drop_duplicates("indicator", keep="last").set_index("indicator")["unit"]
    per = unit.str.extract(r"per (\d+)", expand=False).astype(float)
    times = rows["indicator"].map(per).to_numpy(float)
    x, n, value = (rows[name].to_numpy(float) for name in ("numerator", "denominator", "value"))
    mean, precision = (rows[f"estimate_{name}"].to_numpy(float) for name in ("mean", "precision"))
    low, high = rows["value_low"].to_numpy(float), rows["value_high"].to_numpy(float)
    used = (rows["status"] == USED).to_numpy()
    own = used & np.isfinite(mean) & np.isfinite(precision)
    counted = used & ~own & np.isfinite(x) & (n > 0)
    rate, share = counted & np.isfinite(times), counted & ~np.isfinite(times) & (x <= n)
    exposure = np.divide(n, times, out=np.ones(len(rows)), where=rate)
    mean = np.select([rate, share], [(x + 0.5) / exposure, (x + 0.5) / (n + 1)], default=mean)
    precision = np.select([rate, share], [exposure, n + 1], default=precision)
    a, b = np.where(share, x + 0.5, 1.0), np.where(share, n - x + 0.5, 1.0)
    ends = [
        np.select(
            [rate, share],
            [gammaincinv(np.where(rate, x + 0.5, 1.0), tail) / exposure, betaincinv(a, b, tail)],
            default=given,
        )
        for tail, given in zip(tails, (low, high), strict=True)
    ]
    new = rate | share
    law = pd.Series(np.select([rate, share | own], [GAMMA, BETA], default=""), rows.index, dtype=object)
    return rows.assign(
        value_low=np.where(new, np.minimum(ends[0], value), low),
        value_high=np.where(new, np.maximum(ends[1], value), high),
        estimate_mean=mean,
        estimate_precision=precision,
        **{LAW: law.where(law != "", None)},
    )


def together(
    generator: np.random.Generator, one: np.ndarray, two: np.ndarray, correlation: float
) -> np.ndarray:
    """``two`` in another order, so that it has about that rank correlation with ``one``, each keeping its
    distribution (R. L. Iman & W. J. Conover, Communications in Statistics B 11, 1982, 311-334)."""
    first = np.empty(len(one))
    first[np.argsort(one, kind="stable")] = np.sort(generator.standard_normal(len(one)))
    noise = generator.standard_normal(len(one))
    wanted = correlation * first + np.sqrt(1 - correlation**2) * noise
    found = np.empty(len(two))
    found[np.argsort(wanted, kind="stable")] = np.sort(two)
    return found


def shared(part: float, whole: float) -> float:
    """Correlation of the counts of events and of those of them that are of one kind, among the same trials
    (multinomial): ``part`` and ``whole`` are their rates."""
    odds = part * (1 - whole) / ((1 - part) * whole) if 0 < part < 1 and 0 < whole < 1 else 0.0
    return float(np.sqrt(min(odds, 1.0)))


def redrawn(
    generator: np.random.Generator, mean: np.ndarray, precision: np.ndarray, gamma: np.ndarray, draws: int
) -> np.ndarray:
    """Values of indicators drawn from their laws: ``draws`` x indicators.

    ``mean``, ``precision``: as `with_laws` gives them; ``gamma``: whether the law is gamma, else beta. A law
    without spread (a share of 0 or 1 beyond doubt) gives its mean.
    """
    shape, other = mean * precision, np.where(gamma, 1.0, (1 - mean) * precision)
    fixed = (shape <= 0) | (other <= 0)
    values = np.repeat(mean[None], draws, axis=0)
    rate, share = np.flatnonzero(gamma & ~fixed), np.flatnonzero(~gamma & ~fixed)
    values[:, rate] = generator.standard_gamma(shape[rate], (draws, len(rate))) / precision[rate]
    values[:, share] = generator.beta(shape[share], other[share], (draws, len(share)))
    return values
