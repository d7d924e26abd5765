"""Funnel plots: which providers (provinces, laboratories, …) differ from a target by more than chance and the
usual differences between providers. A provider of a given size lies beyond a control limit, above the upper
or below the lower one, with a given small probability if it is like the others; the band between two limits
narrows with size. Over-dispersion: providers
differ from one another by more than chance alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from jobs.methods.checked import columns, complete, counts, one_of

_LIMITS = {"low95": 0.025, "high95": 0.975, "low998": 0.001, "high998": 0.999}
OUTSIDE = stats.norm.ppf(0.999)  # a score beyond ± this (3.09) lies outside the 99.8% control limits


def funnel(
    x: ArrayLike,
    n: ArrayLike,
    *,
    target: float | None = None,
    overdispersion: str = "additive",
    scale: str = "raw",
    winsor: float = 0.1,
) -> pd.DataFrame:
    """Compute scores and control limits of proportions ``x / n`` around a target.

    ``x`` events among ``n`` trials, one pair per provider. ``target``: a proportion between 0 and 1, by
    default sum(x) / sum(n). ``overdispersion``: ``none``; ``multiplicative``, standard errors are multiplied
    by the root of phi (at least 1), the mean of z² after the share ``winsor`` of z at either end was set to
    the quantile there; ``additive``, the variance tau2 between providers, by the method of moments from that
    phi, is added. ``scale``: ``raw``, standard error root(target (1 - target) / n); ``arcsine``,
    arcsin(root(x / n)) with 1 / (2 root(n)), for rare events.

    Returns one row per provider, in order (a Series' index is kept): ``z``, the distance from the target in
    standard errors that include over-dispersion; ``low95 high95 low998 high998``, control limits of the
    provider's proportion (0-1), outside of which it lies with probability 5% and 0.2% if the provider is like
    the others; ``outlier``, whether x / n is outside the 99.8% limits. Limits are exact binomial,
    interpolated, for ``none`` on the raw scale, else normal. A provider without trials has NaN and is no
    outlier; it counts nowhere. If the target is 0 or 1 (no or only events), z is 0 and all limits are the
    target. D. J. Spiegelhalter, Statistics in Medicine 24, 2005, 1185-1202; Quality and Safety in Health Care
    14, 2005, 347-351.

    Raises ValueError for x outside 0-n, missing or infinite values, no trial at all, a target outside (0, 1),
    winsor outside 0 to below 0.5, an unknown overdispersion or scale.
    """
    one_of("overdispersion", overdispersion, ("none", "additive", "multiplicative"))
    one_of("scale", scale, ("raw", "arcsine"))
    if not 0 <= winsor < 0.5:
        raise ValueError(f"winsor is {winsor}; it must be in 0 to below 0.5")
    if target is not None and not 0 < target < 1:
        raise ValueError(f"target is {target}; it must lie between 0 and 1")
    frame = counts(complete(columns(x=x, n=n)))
    index, frame = frame.index, frame.reset_index(drop=True)
    seen = frame[frame.n > 0]
    if seen.empty:
        raise ValueError("there is no trial")
    centre = seen.x.sum() / seen.n.sum() if target is None else target
    table = _limits(seen, centre, overdispersion, scale, winsor) if 0 < centre < 1 else _flat(seen, centre)
    share = seen.x / seen.n
    table["outlier"] = (share < table.low998 - 1e-12) | (share > table.high998 + 1e-12)
    table = table.reindex(frame.index)
    table["outlier"] = table.outlier.eq(True)
    return table.set_axis(index)


def standardised(
    observed: ArrayLike,
    expected: ArrayLike,
    variance: ArrayLike,
    *,
    winsor: float = 0.1,
    consistent: bool = False,
) -> pd.DataFrame:
    """Compute scores and control limits of standardised ratios ``observed / expected`` around 1, with
    additive over-dispersion.

    ``observed`` events, ``expected`` events for the provider's mix of cases (above 0) and the ``variance`` of
    observed - expected (above 0), one triple per provider. z = (observed - expected) / root(variance). phi is
    the mean of z² after the share ``winsor`` of z at either end was set to the quantile there. tau2, the
    variance of ratios between providers, follows by the method of moments from phi and the standard errors of
    the ratios, root(variance) / expected. ``consistent``: phi is first divided by :func:`left_of_a_normal`
    (0.412 at 0.2), as robust scales are (R. R. Wilcox, Introduction to Robust Estimation, 2012, 3.3); without
    it phi is below 1 for providers that differ by chance alone.

    Returns one row per provider, in order (a Series' index is kept): ``ratio``; ``z``; ``score``, (ratio - 1)
    in standard errors that include tau2; ``p``, two-sided, of the score; ``tau``, root of tau2, the same in
    each row; ``low95 high95 low998 high998``, control limits of the ratio, not below 0; ``outlier``, whether
    the score is outside the 99.8% limits. D. J. Spiegelhalter, Statistics in Medicine 24, 2005, 1185-1202,
    sections 4.2 and A.3 (ratios, random effects).

    Raises ValueError for missing, infinite or negative values, an expectation or variance of 0, no provider,
    winsor outside 0 to below 0.5.
    """
    if not 0 <= winsor < 0.5:
        raise ValueError(f"winsor is {winsor}; it must be in 0 to below 0.5")
    frame = complete(columns(observed=observed, expected=expected, variance=variance))
    if frame.empty:
        raise ValueError("there is no provider")
    seen, wanted, spread = (frame[name].to_numpy() for name in frame)
    if (seen < 0).any() or (wanted <= 0).any() or (spread <= 0).any():
        raise ValueError("observed must not be negative; expected and variance must be above 0")
    ratio, error = seen / wanted, np.sqrt(spread) / wanted
    z = (ratio - 1) / error
    phi = (z.clip(*np.quantile(z, [winsor, 1 - winsor])) ** 2).mean()
    tau2 = _between(phi / (left_of_a_normal(winsor) if consistent else 1.0), 1 / error**2)
    error = np.sqrt(error**2 + tau2)
    score = (ratio - 1) / error
    figures = {"ratio": ratio, "z": z, "score": score, "p": 2 * special.ndtr(-np.abs(score))}
    limits = {name: (1 + special.ndtri(tail) * error).clip(min=0) for name, tail in _LIMITS.items()}
    figures |= {"tau": np.full(len(z), np.sqrt(tau2)), **limits, "outlier": np.abs(score) > OUTSIDE}
    return pd.DataFrame(figures, index=frame.index)


def left_of_a_normal(winsor: float) -> float:
    """The variance of a standard normal variable (1 before) after winsorising: values beyond the quantile of
    the share ``winsor`` (0 to below 0.5) at either end are set to that quantile. 1 for a share of 0."""
    if not winsor:
        return 1.0
    end = -special.ndtri(winsor)
    return float(1 - 2 * winsor - 2 * end * stats.norm.pdf(end) + 2 * winsor * end**2)


def _limits(
    seen: pd.DataFrame, centre: float, overdispersion: str, scale: str, winsor: float
) -> pd.DataFrame:
    """Scores and control limits of providers. ``seen``: their counts x of n > 0; ``centre``: the common
    share, strictly between 0 and 1; the other arguments as in `funnel`, already checked."""
    if scale == "raw":
        value, middle, error = seen.x / seen.n, centre, np.sqrt(centre * (1 - centre) / seen.n)
    else:
        value, middle, error = (
            np.arcsin(np.sqrt(seen.x / seen.n)),
            np.arcsin(np.sqrt(centre)),
            1 / (2 * np.sqrt(seen.n)),
        )
    z = (value - middle) / error
    phi = (z.clip(*np.quantile(z, [winsor, 1 - winsor])) ** 2).mean()
    if overdispersion == "multiplicative":
        error = error * np.sqrt(max(phi, 1.0))
    elif overdispersion == "additive":
        error = np.sqrt(error**2 + _between(phi, 1 / error**2))
    table = pd.DataFrame({"z": (value - middle) / error})
    for name, tail in _LIMITS.items():
        if overdispersion == "none" and scale == "raw":
            table[name] = _exact(tail, seen.n, centre)
        elif scale == "raw":
            table[name] = (middle + stats.norm.ppf(tail) * error).clip(0, 1)
        else:
            table[name] = np.sin((middle + stats.norm.ppf(tail) * error).clip(0, np.pi / 2)) ** 2
    return table


def _between(phi: float, weight: pd.Series | np.ndarray) -> float:
    """tau2 by the method of moments (DerSimonian & Laird), 0 where providers differ no more than chance makes
    them."""
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    return max(0.0, (len(weight) * phi - (len(weight) - 1)) / spread) if spread > 0 else 0.0


def _exact(tail: float, n: pd.Series, centre: float) -> np.ndarray:
    """Binomial quantiles interpolated between counts (Spiegelhalter 2005, appendix), within 0-1."""
    count = stats.binom.ppf(tail, n, centre)
    part = (stats.binom.cdf(count, n, centre) - tail) / stats.binom.pmf(count, n, centre)
    return np.clip((count - part) / n, 0, 1)


def _flat(seen: pd.DataFrame, centre: float) -> pd.DataFrame:
    return pd.DataFrame({"z": 0.0, **dict.fromkeys(_LIMITS, centre)}, index=seen.index)
