"""gold.sampling_ledger: where every sample went, from plan to conclusion, with the identities that must hold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import hierarchies
from jobs.marts.sampling.counts import Design, by_period, monthly
from jobs.marts.sampling.dimensions import LEDGER_DIMENSIONS
from jobs.marts.sampling.outcomes import outcomes
from jobs.period import Period

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
# Not known until orders are delivered (silver.sampling_order); null says so, 0 would be a claim.
FROM_ORDERS = ["n_planned", "n_ordered", "n_cancelled", "n_received", "n_lost"]
FROM_SAMPLES = [
    "n_sampled", "n_exited_violation", "n_exited_void", "n_tested", "n_not_judged", "n_first_nonconforming", "n_nonconforming",
    "n_open",
]


def build(
    *, sample: pd.DataFrame, conclusion: pd.DataFrame, region: pd.DataFrame, product_category: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """One row per period and plan, platform, seller's region or category, sorted by key (definitions.md 2).

    Arguments are the silver tables so named; counts are batches.
    """
    trees = hierarchies(region=region, product_category=product_category)
    everything = np.full(len(sample), Design.ALL)
    counts = by_period(monthly(sample, outcomes(sample, conclusion), everything, LEDGER_DIMENSIONS, trees))
    ledger = counts[KEY].copy()
    for name in FROM_ORDERS:
        ledger[name] = pd.array([pd.NA] * len(ledger), dtype="Int64")
    ledger[FROM_SAMPLES] = counts[FROM_SAMPLES]
    return ledger.assign(balanced=balanced(counts))


def balanced(counts: pd.DataFrame) -> pd.Series:
    """Whether every sample is accounted for: n_sampled = n_exited_violation + n_exited_void + n_tested, and
    n_tested = n_conforming + n_nonconforming + n_not_judged."""
    left = counts["n_exited_violation"] + counts["n_exited_void"]
    judged = counts["n_conforming"] + counts["n_nonconforming"]
    return (counts["n_sampled"] == left + counts["n_tested"]) & (counts["n_tested"] == judged + counts["n_not_judged"])
