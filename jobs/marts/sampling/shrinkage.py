"""Exposure rates of small domains, shrunk towards what those of one level have in common, and benchmarked (definitions.md 2). Pure."""

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

    ``domains``: ``groups`` (columns that name a period, dimension and level, text), n (judged), value and se (exposure rate and its
    standard error), units (estimated units sold). A group needs ten domains; deff, pooled over it, is the sum of design variances by that
    of binomial ones, at least 1; n* = n/deff, x* = n*·value share a beta prior. ``units_share``: of the units of the group's
    domains; the sum of units_share·shrunk_rate over them is that of units_share·value, which is the nation's exposure rate
    where the domains are a partition of it. Limits, of the parametric bootstrap, are scaled by the same factor.
    """
    found = pd.DataFrame(np.nan, index=domains.index, columns=COLUMNS).astype({"shrunk_pooled": "object"})
    usable = domains[(domains["n"] > 0) & domains["value"].notna() & (domains["units"] > 0)]
    for name, group in usable.groupby(groups, sort=False):
        share = group["units"] / group["units"].sum()
        found.loc[group.index, "units_share"] = share
        if len(group) >= FEWEST_DOMAINS:
            found.loc[group.index, COLUMNS[1:]] = _of_group(group, share, zlib.crc32(repr(name).encode()))
    return found


def pooled_deff(n: np.ndarray, value: np.ndarray, se: np.ndarray) -> float:
    """Sum of the design variances by the sum of the binomial ones, at least 1; domains without a standard error are left out."""
    known = np.isfinite(se)
    binomial = (value * (1 - value) / n)[known].sum()
    return float(max(1.0, (se[known] ** 2).sum() / binomial)) if binomial > 0 else 1.0


def _of_group(group: pd.DataFrame, share: pd.Series, seed: int) -> np.ndarray:
    """shrunk_rate, shrunk_low, shrunk_high, shrunk_pooled, benchmark_factor of the domains of a group."""
    n, value = group["n"].to_numpy(float), group["value"].to_numpy(float)
    effective = n / pooled_deff(n, value, group["se"].to_numpy(float))
    events = np.clip(effective * value, 0, effective)
    fitted = small_area.beta_binomial(events, effective)
    low, high = small_area.beta_binomial_bootstrap(events, effective, seed=seed, replicates=REPLICATES)
    total = float((share * value).sum())
    scaled = small_area.benchmark(fitted.mean, share.to_numpy(), total=total)
    theta, factor = np.minimum(scaled.theta, 1.0), scaled.factor
    low, high = np.minimum(low * factor, theta), np.clip(high * factor, theta, 1.0)
    table = np.empty((len(group), 5), dtype=object)
    table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4] = theta, low, high, fitted.pooled, factor
    return table
