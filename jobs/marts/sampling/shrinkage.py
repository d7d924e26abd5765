"""Exposure rates of small domains (units with few samples), shrunk towards the common rate of the domains of
one level and benchmarked to their total. Pure."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from jobs.methods import small_area
from jobs.methods.beta_binomial_bootstraps import limits
from jobs.methods.beta_binomials import Samples, means

LEVEL = 0.95
APPLIED = (0.9, 1.1)  # a benchmark factor outside says that samples are too few, and is not applied
FEWEST_DOMAINS = 10
REPLICATES = 100  # of the bootstrap
# Dimensions whose units get shrunk rates.
SHRUNK = ("platform", "region", "category", "cluster", "channel")
NOT_SHRUNK_ROLE = "consumer"  # where a buyer had it sent says nothing of what is sold there
COLUMNS = ["units_share", "shrunk_rate", "shrunk_low", "shrunk_high", "shrunk_pooled", "benchmark_factor"]


def shrunk(domains: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return COLUMNS for each row of ``domains``, with its index; NaN where there is no estimate. Rates are
    shares in 0-1.

    ``domains``: one row per domain, with ``groups`` (columns of text that name its period, dimension and
    level), n (judged samples), value and se (exposure rate and its standard error), units (estimated units
    sold) and weighting (n sum(w^2)/sum(w)^2, at least 1). Domains with equal ``groups`` form a group; it has
    estimates if it has at least ten domains. Their effective counts n* = n/deff (`design_effects`) and x* =
    n*·value then share a beta prior.

    ``units_share``: share in the units of the group, also in smaller groups. ``shrunk_pooled``: all domains
    have the group's rate, as they differ no more than by chance. ``benchmark_factor``: the sum of
    units_share·value over the group, divided by that of units_share·estimate; the former is the nation's
    exposure rate where the domains are a partition of it. Within APPLIED the estimate is multiplied by the
    factor (G. S. Datta et al., TEST 20, 2011, 574-588), so that both sums are equal; each limit is the wider
    of its values before and after. Outside APPLIED the factor is not applied: it is then mostly the error of
    the nation's rate. Nor is it in a group without failures.

    ``shrunk_low``, ``shrunk_high``: 95% limits by parametric bootstrap, with the prior of the estimate and
    the effective batches of each domain by the larger deff. In a group without failures the bootstrap has
    nothing to draw from and would give each domain the limit of the whole group; the upper limits are then at
    least those of `none_failed`."""
    found = pd.DataFrame(np.nan, index=domains.index, columns=COLUMNS).astype({"shrunk_pooled": "object"})
    usable = domains[(domains["n"] > 0) & domains["value"].notna() & (domains["units"] > 0)]
    if usable.empty:
        return found
    group, names = _groups(usable, groups)
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    units = usable["units"].to_numpy(float)
    share = np.empty(len(usable))
    for part in parts:
        share[part] = units[part] / units[part].sum()
    found.loc[usable.index, "units_share"] = share
    large = [part for part in parts if len(part) >= FEWEST_DOMAINS]
    if large:
        seeds = [zlib.crc32(repr(names[group[part[0]]]).encode()) for part in large]
        table = _estimates(usable, share, large, seeds)
        for name in COLUMNS[1:]:
            found.loc[table.index, name] = table[name]
    return found


def _groups(rows: pd.DataFrame, groups: list[str]) -> tuple[np.ndarray, list[tuple[Any, ...]]]:
    """The number of each row's group, and the names of the groups by number."""
    found = rows.groupby(groups, sort=False).ngroup().to_numpy()
    first = np.unique(found, return_index=True)[1]
    return found, list(rows[groups].iloc[first].itertuples(index=False, name=None))


def design_effects(
    n: np.ndarray, value: np.ndarray, se: np.ndarray, weighting: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return two design effects (deff) of each domain of a group, as arrays: one for its estimate and one for
    its limits. A design effect is the variance divided by that of a simple random sample of as many batches.

    ``n``, ``value``, ``se``, ``weighting``: arrays over the domains, as in `shrunk`. Both effects are
    ``weighting``, the loss by unequal weights (L. Kish, Survey Sampling, 1965, 11.7), times one factor of the
    group: the sum of the design variances (se²) divided by that of value(1 - value)/n·weighting; domains
    without a standard error are left out.

    One deff for all domains would make limits too narrow: a domain with one giant listing would count by the
    number of its batches, while weighting runs from 1 to 14 within one level. Nor can a domain's variance be
    used: of a few events it is noise, of none it is 0. The estimate uses the gain by strata (a factor below
    1, but a deff of at least 1); limits do not, as linearised variances of few and unequally weighted events
    are too small (by a third on seeded populations)."""
    known = np.isfinite(se)
    expected = (value * (1 - value) / n * weighting)[known].sum()
    factor = float((se[known] ** 2).sum() / expected) if expected > 0 else 1.0
    return np.maximum(1.0, weighting * factor), weighting * max(1.0, factor)


def _estimates(
    rows: pd.DataFrame, share: np.ndarray, groups: list[np.ndarray], seeds: list[int]
) -> pd.DataFrame:
    """shrunk_rate, shrunk_low, shrunk_high, shrunk_pooled, benchmark_factor of the domains of ``groups``
    (positions in ``rows``)."""
    n, value, se, weighting = (rows[name].to_numpy(float) for name in ("n", "value", "se", "weighting"))
    effects = [design_effects(n[part], value[part], se[part], weighting[part]) for part in groups]
    at, units = np.concatenate(groups), np.array([len(part) for part in groups])
    drawn, cautious = (
        Samples(np.clip(size * value[at], 0, size), size, units)
        for size in (n[at] / np.concatenate(deffs) for deffs in zip(*effects, strict=True))
    )
    low, high = limits(cautious, seeds, replicates=REPLICATES, level=LEVEL, prior=drawn)
    mean, pooled = means(drawn)
    ends, factor = np.cumsum(units), np.empty(len(groups))
    for i, (part, end, size) in enumerate(zip(groups, ends, units, strict=True)):
        own = slice(end - size, end)
        total = float((share[part] * value[part]).sum())
        factor[i] = small_area.benchmarked(mean[own], share[part], total).factor
        if not cautious.x[own].any():
            high[own] = np.maximum(high[own], none_failed(cautious.n[own]))
        elif APPLIED[0] <= factor[i] <= APPLIED[1]:
            mean[own] = np.minimum(factor[i] * mean[own], 1.0)
            # The factor has the error of the nation's own rate: limits hold what it moves and what it leaves.
            low[own] = np.minimum(low[own], factor[i] * low[own])
            high[own] = np.minimum(np.maximum(high[own], factor[i] * high[own]), 1.0)
    return pd.DataFrame(
        {
            "shrunk_rate": mean,
            "shrunk_low": np.minimum(low, mean),
            "shrunk_high": np.maximum(high, mean),
            "shrunk_pooled": np.repeat(pooled, units).astype(object),
            "benchmark_factor": np.repeat(factor, units),
        },
        index=rows.index[at],
    )


def none_failed(n: np.ndarray) -> np.ndarray:
    """Return the upper 95% limit of the rate of each domain of a group in which nothing failed: an array of
    shares in 0-1. ``n``: effective batches of each domain.

    The prior of all domains is a beta distribution whose mean is the group's 95% upper limit, 1 - 0.05^(1/sum
    n) (Clopper & Pearson, Biometrika 26, 1934), and whose first parameter is Jeffreys' 1/2, as no failure
    shows how domains differ. The limit is the 97.5% quantile of the posterior by the domain's n."""
    upper = 1 - 0.05 ** (1 / n.sum())
    return stats.beta.ppf((1 + LEVEL) / 2, 0.5, 0.5 / upper - 0.5 + n)
