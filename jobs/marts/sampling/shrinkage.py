"""Exposure rates of small domains, shrunk towards what those of one level have in common, and benchmarked. Pure."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd

from jobs.methods import small_area

FEWEST_DOMAINS = 10
REPLICATES = 100
SHRUNK = ("platform", "region", "category", "cluster", "channel")
NOT_SHRUNK_ROLE = "consumer"  # where a buyer had it sent says nothing of what is sold there
COLUMNS = ["units_share", "shrunk_rate", "shrunk_low", "shrunk_high", "shrunk_pooled", "benchmark_factor"]


def shrunk(domains: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """COLUMNS for each row of ``domains``, NaN where there is none.

    ``domains``: ``groups`` (columns that name a period, dimension and level, text), n (judged), value and se (exposure rate and
    its standard error), units (estimated units sold), weighting (n sum(w^2)/sum(w)^2, at least 1). A group needs ten domains;
    n* = n/deff (:func:`design_effects`), x* = n*·value share a beta prior. ``units_share``: of the units of the group's
    domains; the sum of units_share·shrunk_rate over them is that of units_share·value, which is the nation's exposure rate
    where the domains are a partition of it.

    Limits are those of the parametric bootstrap as they are, stretched only where the benchmarked estimate lies outside them.
    Benchmarking moves the estimate within a posterior that it leaves alone (G. S. Datta et al., TEST 20, 2011, 574-588); limits
    scaled by the factor would take over the error of the nation's own rate, which on a small lake is greater than what the
    factor mends.
    """
    found = pd.DataFrame(np.nan, index=domains.index, columns=COLUMNS).astype({"shrunk_pooled": "object"})
    usable = domains[(domains["n"] > 0) & domains["value"].notna() & (domains["units"] > 0)]
    for name, group in usable.groupby(groups, sort=False):
        share = group["units"] / group["units"].sum()
        found.loc[group.index, "units_share"] = share
        if len(group) >= FEWEST_DOMAINS:
            found.loc[group.index, COLUMNS[1:]] = _of_group(group, share, zlib.crc32(repr(name).encode()))
    return found


def design_effects(n: np.ndarray, value: np.ndarray, se: np.ndarray, weighting: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """deff of each domain for its estimate and for its limits: ``weighting``, its loss by unequal weights (L. Kish, Survey
    Sampling, 1965, 11.7), times one factor of the group.

    The factor is the sum of the design variances by that of value(1 - value)/n·weighting; domains without a standard error are
    left out. One deff for all, which lets a domain with one giant listing speak as loudly as its batches are many, is what
    limits do not survive: weighting runs from 1 to 14 within one level. A domain's own variance is no choice either: of a few
    events it is noise, of none it is 0. The estimate takes what strata gain (a factor below 1, deff not below 1); limits do
    not, as linearised variances of few and unequally weighted events are too small (by a third on seeded populations).
    """
    known = np.isfinite(se)
    expected = (value * (1 - value) / n * weighting)[known].sum()
    factor = float((se[known] ** 2).sum() / expected) if expected > 0 else 1.0
    return np.maximum(1.0, weighting * factor), weighting * max(1.0, factor)


def _of_group(group: pd.DataFrame, share: pd.Series, seed: int) -> np.ndarray:
    """shrunk_rate, shrunk_low, shrunk_high, shrunk_pooled, benchmark_factor of the domains of a group."""
    n, value = group["n"].to_numpy(float), group["value"].to_numpy(float)
    sizes = [n / deff for deff in design_effects(n, value, group["se"].to_numpy(float), group["weighting"].to_numpy(float))]
    (events, size), (fewer, cautious) = ((np.clip(size * value, 0, size), size) for size in sizes)
    fitted = small_area.beta_binomial(events, size)
    low, high = small_area.beta_binomial_bootstrap(fewer, cautious, seed=seed, replicates=REPLICATES)
    total = float((share * value).sum())
    scaled = small_area.benchmark(fitted.mean, share.to_numpy(), total=total)
    theta = np.minimum(scaled.theta, 1.0)
    table = np.empty((len(group), 5), dtype=object)
    table[:, 0], table[:, 1], table[:, 2] = theta, np.minimum(low, theta), np.maximum(high, theta)
    table[:, 3], table[:, 4] = fitted.pooled, scaled.factor
    return table
