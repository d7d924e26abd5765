"""gold.citation_rate: the share of listings on offer that cite a standard and, among those that cite one of
the register, the share whose standard is valid (definitions.md#citation)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, hierarchies, memberships
from jobs.marts.sampling.reliability import FEWEST
from jobs.methods.intervals import binomial
from jobs.period import Period

KEY = ["month", "dimension_type", "dimension_code"]
DIMENSIONS = (
    Dimension("nation"),
    Dimension("platform", "platform_code"),
    Dimension("region", "province_code", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
)
COUNTS = {
    "n_listings": "n_listings",
    "n_citing": "n_citing",
    "n_standard_known": "n_known",
    "n_standard_valid": "n_valid",
    "n_standard_upcoming": "n_upcoming",
    "n_standard_superseded": "n_superseded",
    "n_standard_withdrawn": "n_withdrawn",
}
SHARES = {"cited": ("n_citing", "n_listings"), "valid": ("n_valid", "n_known")}
READS = {"standard_coverage": ["month", "platform_code", "category_code", "province_code", *COUNTS]}


def build(
    *,
    standard_coverage: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.citation_rate: one row per month and nation, platform, province or category
    with a listing on offer, sorted by KEY. Columns are explained in schemas/gold/citation_rate.odcs.yaml.
    ``standard_coverage``: gold.standard_coverage, counts of listings (READS); the others are silver.
    ``period`` is not used.

    Shares are in 0-1 with Wilson's limits (95%), null where fewer than FEWEST (30) listings are in the
    denominator. All listings are counted, none is sampled: the limits say how far a share may move because
    other listings might have been on offer."""
    trees = hierarchies(region=region, product_category=product_category)
    parts = []
    for dimension, place, code in memberships(standard_coverage, DIMENSIONS, trees):
        rows = standard_coverage[["month", *COUNTS]].iloc[place].assign(dimension_code=code)
        sums = rows.groupby(["month", "dimension_code"], as_index=False)[[*COUNTS]].sum()
        parts.append(sums.assign(dimension_type=dimension.type))
    table = pd.concat(parts, ignore_index=True).rename(columns=COUNTS)
    counts = list(COUNTS.values())
    table[counts] = table[counts].astype("int64")
    table = table[table["n_listings"] > 0].sort_values(KEY, ignore_index=True)
    for name, (part, whole) in SHARES.items():
        few = (table[whole] < FEWEST).to_numpy()
        low, high = (
            np.asarray(side, float)
            for side in binomial(table[part].to_numpy(float), table[whole].to_numpy(float))
        )
        share = table[part].to_numpy(float) / np.maximum(table[whole].to_numpy(float), 1)
        for suffix, values in (("share", share), ("low", low), ("high", high)):
            table[f"{name}_{suffix}"] = np.where(few, np.nan, values)
    return table[[*KEY, *counts, *(f"{n}_{s}" for n in SHARES for s in ("share", "low", "high"))]]
