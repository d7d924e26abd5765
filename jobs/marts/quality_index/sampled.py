"""Computes three indicators from probability samples: the exposure rate, serious failures, and batches with a
violation found before the test; with limits and the beta law from which they are redrawn. Pure.

The exposure rate is the share of failing goods among the goods sold. A rate is shrunk if it is moved towards
that of similar units, as few batches say little; it is direct if it is not. Shares are in 0-1.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code. ESTIMATE: value,
value_low, value_high, estimate_mean, estimate_precision. COLUMNS: period_type, period_start, dimension_type,
dimension_code, indicator, numerator, denominator, value, value_low, value_high, estimate_mean,
estimate_precision."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from jobs.marts.quality_index.units import KEY, NATIONAL, PERIODS, Units
from jobs.marts.sampling import outcomes
from jobs.methods.beta_binomial_bootstraps import limits
from jobs.methods.beta_binomials import Samples, means_without

LEVEL = 0.9  # of the limits of the index
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)  # the quantiles that are its limits
STATED = 0.95  # level of the limits in gold.detection_rate
FEWEST_UNITS = 10  # units of a dimension without which nothing is shrunk
REPLICATES = 100  # of the bootstrap
# Share with 90% limits; mean and precision (alpha + beta) of the beta distribution that represents it.
ESTIMATE = ["value", "value_low", "value_high", "estimate_mean", "estimate_precision"]
COLUMNS = [*KEY, "indicator", "numerator", "denominator", *ESTIMATE]


def sampled(detection_rate: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Return the three indicators: one row per unit, period and indicator with a value, with COLUMNS; of the
    exposure rate also one where batches were judged and too few count in effect for a rate: its ESTIMATE is
    NaN. ``detection_rate``: gold.

    - `exposure_rate`: the shrunk one; for the nation and dimensions with fewer than ten units the direct one.
      numerator and denominator are the failing and judged batches.
    - `serious_rate`: serious failures per judged batch (per failing one, a unit would lose by failing less),
      only where there is an exposure rate, as it is made from the same batches.
    - `violation_exits`: violations before the test among batches that were not void.

    The latter two are shrunk over the units of a period and dimension (`shares`), as they come from few
    batches."""
    rows = chosen(detection_rate, units)
    judged = outcomes.judged(rows)
    exposed = rows.assign(
        indicator="exposure_rate",
        numerator=rows["n_nonconforming"].astype(float),
        denominator=judged.astype(float),
    )
    exposed = exposed[(judged > 0).to_numpy()]
    exposed = exposed.assign(**exposure(exposed))
    parts = [exposed]
    known = rows.index.isin(exposed.index[exposed["value"].notna()])
    # Categories of level 1 (HA) and of level 2 (HA01) are shrunk apart; other dimensions have one level.
    of_category = rows["dimension_type"].eq("category")
    levels = rows["dimension_code"].str.len().where(of_category, 0).astype(str)
    for indicator, events, trials in (
        ("serious_rate", rows["n_serious"], judged.where(known, 0)),
        ("violation_exits", rows["n_exited_violation"], rows["n_sampled"] - rows["n_exited_void"]),
    ):
        table = rows.assign(
            indicator=indicator,
            numerator=events.astype(float),
            denominator=trials.astype(float),
            level=levels,
        )
        table = table[table["denominator"] > 0]
        parts.append(table.assign(**shares(table)))
    table = pd.concat([part[COLUMNS] for part in parts], ignore_index=True)
    kept = table["value"].notna() | table["indicator"].eq("exposure_rate")
    return table[kept].reset_index(drop=True)


def chosen(rates: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Return the rows of gold.detection_rate (``rates``) that the quality index uses: of probability samples,
    cut by one dimension (dimension2_type is empty), of ``units``, for regions those of the sellers'
    provinces; of months, quarters and years. The rows are numbered anew."""
    own = rates[
        (rates["design"] == "probability")
        & (rates["dimension2_type"] == "")
        & rates["region_role"].isin(["", "seller"])
        & rates["period_type"].isin(list(PERIODS))
    ]
    known = np.zeros(len(own), dtype=bool)
    for dimension in own["dimension_type"].unique():
        if dimension in ("nation", "platform", "region", "category", "cluster"):
            known |= own["dimension_type"].eq(dimension).to_numpy() & units.known(
                dimension, own["dimension_code"]
            )
    return own[known].reset_index(drop=True)


def exposure(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns ESTIMATE of the exposure rate, by name: of the shrunk rate where there is one, else
    of the direct rate; NaN where that is insufficient. The nation's is always the direct rate.

    ``rows``: rows of gold.detection_rate, with shrunk_… and exposure_… rate and 95% limits."""
    small = rows["shrunk_rate"].notna().to_numpy() & (rows["dimension_type"] != NATIONAL).to_numpy()
    value, low, high = (
        np.where(small, rows[f"shrunk_{end}"].to_numpy(float), rows[f"exposure_{end}"].to_numpy(float))
        for end in ("rate", "low", "high")
    )
    low = np.where(np.isnan(low), 0.0, low)
    mean, precision = np.empty(len(value)), np.empty(len(value))
    for mine, law in ((small, posterior), (~small, direct)):
        mean[mine], precision[mine] = law(value[mine], low[mine], high[mine], STATED)
    return _estimate(value, mean, precision)


def shares(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns ESTIMATE of numerator / denominator of each row, by name, shrunk towards the common
    share of the units of its dimension, level and period.

    ``rows``: KEY, indicator, level, numerator, denominator (above 0). The method is beta-binomial empirical
    Bayes, with the prior of each unit from all others: if its own counts were in the prior, one failure
    fewer could raise its estimate. The distribution has that mean, and limits as wide as those by
    parametric bootstrap (`beta_binomial_bootstraps.limits`). The nation, and dimensions with fewer than
    FEWEST_UNITS (10) units, have Jeffreys' posterior; the nation's value is the share itself."""
    x, n = rows["numerator"].to_numpy(float), rows["denominator"].to_numpy(float)
    mean, precision = (x + 0.5) / (n + 1), n + 1
    value = np.where(rows["dimension_type"] == NATIONAL, x / n, mean)
    groups = rows.reset_index(drop=True).groupby(
        ["period_type", "period_start", "dimension_type", "level"], sort=True
    )
    large = [(name, g) for name, g in groups if name[2] != NATIONAL and len(g) >= FEWEST_UNITS]
    if large:
        seeds = [zlib.crc32(repr((g["indicator"].iloc[0], *map(str, name))).encode()) for name, g in large]
        at = np.concatenate([group.index.to_numpy() for _, group in large])
        samples = Samples(x[at], n[at], np.array([len(group) for _, group in large]))
        low, high = limits(samples, seeds, replicates=REPLICATES, level=LEVEL)
        value[at] = means_without(samples)
        mean[at], precision[at] = posterior(value[at], low, high, LEVEL)
    return _estimate(value, mean, precision)


def posterior(
    value: np.ndarray, low: np.ndarray, high: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and precision (alpha + beta) of the beta distributions that represent rates with limits;
    NaN where the rate or its upper limit is NaN.

    ``value``, ``low``, ``high``: shares; ``level``: level of the limits. The mean is the rate, and the
    central interval of ``level`` is as wide as the limits are apart, so that what the limits include (the
    design, the error of a prior) is kept. Where such a distribution would have less than half an event, it
    has half an event in as many trials as make it as wide. For a rate of 0 only the upper limit is
    informative: it is read as that of n trials without an event (C. J. Clopper & E. S. Pearson, Biometrika
    26, 1934), and the result is Jeffreys' posterior of these; a rate of 1 is its mirror image."""
    tail = (1 - level) / 2
    known = np.isfinite(value) & np.isfinite(high)
    mean, precision = np.full(len(value), np.nan), np.full(len(value), np.nan)
    inner = known & (value > 0) & (value < 1) & (high > low)
    mean[inner] = value[inner]
    precision[inner] = _matched(value[inner], (high - low)[inner], tail, half=0.0)
    for part, width in ((mean, high - low), (1 - mean, high - low)):
        few = inner & (part * precision < 0.5)
        trials = _matched(np.zeros(few.sum()), width[few], tail, half=0.5)
        precision[few] = trials + 1
        mean[few] = np.where(mean[few] < 0.5, 0.5, trials + 0.5) / (trials + 1)
    for edge, open_end in ((known & (value <= 0), high), (known & (value >= 1), 1 - low)):
        trials = np.log(tail) / np.log1p(-np.clip(open_end[edge], 1e-9, 1 - 1e-9))
        mean[edge], precision[edge] = 0.5 / (trials + 1), trials + 1
    mean = np.where(known & (value >= 1), 1 - mean, mean)
    return mean, precision


def direct(
    value: np.ndarray, low: np.ndarray, high: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and precision (alpha + beta) of Jeffreys' posterior of rates that are not shrunk, with as
    many trials as make its central interval of ``level`` as wide as the limits are apart; for a rate of 0 or
    1, and for NaN, as `posterior`. Arguments as in `posterior`."""
    tail = (1 - level) / 2
    inner = np.isfinite(high) & (value > 0) & (value < 1) & (high > low)
    mean, precision = posterior(np.where(inner, np.nan, value), low, high, level)
    trials = _matched(value[inner], (high - low)[inner], tail, half=0.5)
    mean[inner], precision[inner] = (value[inner] * trials + 0.5) / (trials + 1), trials + 1
    return mean, precision


def _matched(mean: np.ndarray, width: np.ndarray, tail: float, *, half: float) -> np.ndarray:
    """Trials of Beta(mean trials + half, (1 - mean) trials + half), by bisection on the logarithm: the
    interval narrows as they grow. Not below 2, where without ``half`` the density would pile up at both
    ends."""
    low, high = np.full(len(mean), np.log(2.0)), np.full(len(mean), np.log(1e8))
    for _ in range(50):
        middle = (low + high) / 2
        a, b = mean * np.exp(middle) + half, (1 - mean) * np.exp(middle) + half
        wider = betaincinv(a, b, 1 - tail) - betaincinv(a, b, tail) > width
        low, high = np.where(wider, middle, low), np.where(wider, high, middle)
    return np.exp((low + high) / 2)


def _estimate(value: np.ndarray, mean: np.ndarray, precision: np.ndarray) -> dict[str, np.ndarray]:
    """ESTIMATE; limits are quantiles of the beta distribution."""
    known = np.isfinite(value) & np.isfinite(mean)
    a, b = np.where(known, mean * precision, 1.0), np.where(known, (1 - mean) * precision, 1.0)
    low, high = (np.where(known, betaincinv(a, b, tail), np.nan) for tail in TAILS)
    parts = dict(zip(ESTIMATE, (value, low, high, mean, precision), strict=True))
    return {name: np.where(known, part, np.nan) for name, part in parts.items()}
