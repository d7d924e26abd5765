"""gold.complaint_rate: quality complaints per 10,000 orders with exact 95% limits, by unit and period
(definitions.md#complaint-rate). A unit is one value of a dimension: the nation, a platform, a category or a
region.

KEY identifies a row: period_type, period_start, dimension_type, dimension_code. CELL: month, platform_code,
category_code, region_code. COUNTS: n_orders, n_quality_complaints."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, Hierarchy, hierarchies, memberships
from jobs.methods import intervals
from jobs.period import Period

METHOD_VERSION = "complaint_rate/2"
PER_ORDERS = 10_000  # the orders to which a rate is scaled
CELL = ["month", "platform_code", "category_code", "region_code"]  # columns that identify a row of `cells`
COUNTS = ["n_orders", "n_quality_complaints"]
KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]  # of the built table
DIMENSIONS = (
    Dimension("category", "category_code", hierarchy="category"),
    Dimension("nation"),
    Dimension("platform", "platform_code"),
    Dimension("region", "region_code", hierarchy="region"),
)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "commerce_state": [*CELL, "n_orders"],
    "complaint_state": [*CELL, "n_quality_matters"],
    "commerce_confidential": [*KEY, "confidential"],
}


def build(
    *,
    complaint_state: pd.DataFrame,
    commerce_state: pd.DataFrame,
    commerce_confidential: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the complaint rates: one row per period (month, quarter, year) and unit that has orders or
    quality complaints, sorted by KEY.

    ``complaint_state``, ``commerce_state``: gold, one row per month, platform, category and region, with
    n_quality_matters (a matter counts once a month) and n_orders; ``commerce_confidential``: gold, which rows
    of KEY must not show their orders; ``region``, ``product_category``: silver; ``period`` is not used.

    rate_per_10000 is complaints ÷ orders × 10,000 over the months of the period in which the unit has orders,
    with Garwood's limits (low, high); NaN without orders. Complaints of months without orders are
    ``n_without_orders`` and in no rate, since orders that were not filed would raise it; n_quality_complaints
    includes them. ``confidential`` is True where commerce_confidential says so or has no row, False without
    orders."""
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
    """Return orders and quality complaints one below the other: the rows of both tables that have any and
    name all of CELL, with CELL, n_orders and n_quality_complaints (matters), one of which is 0; ``month`` is
    the number of months since 1970-01, the other columns of CELL are categories.

    ``commerce_state``, ``complaint_state``: gold tables, one row per CELL with ``month`` as a date."""
    complaints = complaint_state[[*CELL, "n_quality_matters"]].rename(
        columns={"n_quality_matters": "n_quality_complaints"}
    )
    both = pd.concat([commerce_state[[*CELL, "n_orders"]], complaints], ignore_index=True)
    counts = {name: both[name].fillna(0).astype(np.int64) for name in COUNTS}
    codes = {name: pd.Categorical(both[name]) for name in CELL[1:]}
    both = both.assign(**counts, **codes)
    both = both[both["n_orders"] + both["n_quality_complaints"] > 0].dropna(subset=CELL)
    number, months = pd.factorize(both["month"])
    return both.assign(month=months.to_numpy("datetime64[M]").astype(np.int64)[number])


def by_period(rows: pd.DataFrame, trees: Mapping[str, Hierarchy]) -> pd.DataFrame:
    """Return the counts of ``rows`` by unit and period: one row per month, quarter and year of each unit,
    sorted by KEY, with KEY, month (number of the period's first month), COUNTS and n_without_orders:
    complaints of the months in which the unit has no order.

    ``rows``: as returned by `cells`; ``trees``: as returned by `dimensions.hierarchies`."""
    key = ["month", "dimension_type", "dimension_code"]
    units = pd.concat([_of_dimension(rows, dimension, trees) for dimension in DIMENSIONS])
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


def _of_dimension(rows: pd.DataFrame, dimension: Dimension, trees: Mapping[str, Hierarchy]) -> pd.DataFrame:
    """The counts of ``rows`` by month and code of a dimension, once for each unit in which the code counts.
    Added up by code first: there are far fewer codes than cells."""
    own = ["month"] if dimension.column is None else ["month", dimension.column]
    sums = rows.groupby(own, observed=True, as_index=False)[COUNTS].sum()
    ((_, at, codes),) = memberships(sums, (dimension,), trees)
    return sums.iloc[at][["month", *COUNTS]].assign(dimension_type=dimension.type, dimension_code=codes)
