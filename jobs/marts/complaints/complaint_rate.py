"""gold.complaint_rate: quality complaints per 10,000 orders, with exact limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, hierarchies, memberships
from jobs.methods import intervals
from jobs.period import Period

METHOD_VERSION = "complaint_rate/2"
PER_ORDERS = 10_000
CELL = ["month", "platform_code", "category_code", "region_code"]
COUNTS = ["n_orders", "n_quality_complaints"]
KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
DIMENSIONS = (
    Dimension("category", "category_code", hierarchy="category"),
    Dimension("nation"),
    Dimension("platform", "platform_code"),
    Dimension("region", "region_code", hierarchy="region"),
)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def build(
    *,
    complaint_state: pd.DataFrame,
    commerce_state: pd.DataFrame,
    commerce_confidential: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per period and unit that has orders or quality complaints, sorted by key.

    Complaints over orders of the months in which the unit has orders, a matter once a month; those of other
    months are ``n_without_orders`` and in no rate: a month whose orders were not filed would raise the rate
    of the rest. Limits: Garwood's, 95%. Without orders there is no rate. ``confidential``: what
    commerce_confidential (gold) says; orders of which it says nothing are so too.
    """
    sums = by_period(
        cells(commerce_state, complaint_state), hierarchies(region=region, product_category=product_category)
    )
    orders = sums["n_orders"].to_numpy(float)
    complaints = (sums["n_quality_complaints"] - sums["n_without_orders"]).to_numpy(float)
    low, high = intervals.poisson(complaints, orders)
    rate = np.divide(complaints, orders, out=np.full(len(sums), np.nan), where=orders > 0)
    flags = sums[KEY].merge(commerce_confidential[[*KEY, "confidential"]], on=KEY, how="left")["confidential"]
    return sums[[*KEY, *COUNTS, "n_without_orders"]].assign(
        rate_per_10000=rate * PER_ORDERS,
        low=low * PER_ORDERS,
        high=high * PER_ORDERS,
        confidential=(orders > 0) & flags.ne(False).to_numpy(bool),
        method_version=METHOD_VERSION,
    )


def cells(commerce_state: pd.DataFrame, complaint_state: pd.DataFrame) -> pd.DataFrame:
    """Return CELL and COUNTS, one row per month, platform, category and region with orders or quality
    complaints; ``month`` is a number since 1970-01. A count that only one of the tables has is 0 elsewhere.
    """
    complaints = complaint_state[[*CELL, "n_quality_matters"]].rename(
        columns={"n_quality_matters": "n_quality_complaints"}
    )
    both = pd.concat([commerce_state[[*CELL, "n_orders"]], complaints], ignore_index=True)
    months = both["month"].to_numpy("datetime64[M]").astype(np.int64)
    counts = {name: both[name].fillna(0).astype(np.int64) for name in COUNTS}
    both = both.assign(month=months, **counts)
    return both[both["n_orders"] + both["n_quality_complaints"] > 0].groupby(CELL, as_index=False).sum()


def by_period(rows: pd.DataFrame, trees: Mapping[str, Hierarchy]) -> pd.DataFrame:
    """Return KEY, COUNTS and n_without_orders, one row per unit and month, quarter and year, sorted by KEY.
    n_without_orders: complaints of the unit's months without an order. ``rows``: as `cells`; ``trees``: as
    `hierarchies`."""
    key = ["month", "dimension_type", "dimension_code"]
    units = pd.concat(
        [
            rows.iloc[at][["month", *COUNTS]].assign(dimension_type=dimension.type, dimension_code=codes)
            for dimension, at, codes in memberships(rows, DIMENSIONS, trees)
        ]
    )
    units = units.groupby(key, as_index=False).sum()
    units["n_without_orders"] = units["n_quality_complaints"].where(units["n_orders"] == 0, 0)
    parts = [
        units.assign(month=units["month"] // months * months)
        .groupby(key, as_index=False)
        .sum()
        .assign(period_type=kind)
        for kind, months in _MONTHS.items()
    ]
    sums = pd.concat(parts, ignore_index=True)
    starts = sums["month"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return sums.assign(period_start=starts).sort_values(KEY, ignore_index=True)
