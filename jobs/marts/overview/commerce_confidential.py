"""gold.commerce_confidential: of which units, periods and cells the orders may not be shown, nor what gives
them back (definitions.md#confidential)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import hierarchies
from jobs.marts.overview.commerce_cells import TABLE, withheld
from jobs.period import Period

KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "category_code"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def build(
    *,
    commerce_concentration: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per month, quarter and year and unit with trade, and per month and `table` cell, sorted by KEY;
    the first argument is gold, the others silver.

    Confidential by itself: fewer than five enterprises, or one above 85% of the orders or units. Further
    cells are withheld so that no sum, over months, units or the table, gives one back within 15 %
    (`commerce_cells.withheld`). A unit is withheld for whole years, so a quarter and a year are as their
    months are: with five enterprises in a month and none above 85% of any, they have so too.
    """
    trees = hierarchies(region=region, product_category=product_category)
    rows = commerce_concentration.assign(
        confidential=withheld(commerce_concentration, trees, industrial_cluster)
    )
    table = by_period(rows)
    starts = table["first"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return table.assign(period_start=starts)[[*KEY, "n_orders", "confidential"]].sort_values(
        KEY, ignore_index=True
    )


def by_period(rows: pd.DataFrame) -> pd.DataFrame:
    """Months, quarters and years of each unit, months of each cell of the table; ``first`` as months since
    1970."""
    month = rows["month"].to_numpy("datetime64[M]").astype(np.int64)
    units = rows["dimension_type"].ne(TABLE)
    parts = [
        rows.assign(period_type=kind, first=month // size * size)[units | (kind == "month")]
        for kind, size in MONTHS.items()
    ]
    by = ["period_type", "first", "dimension_type", "dimension_code", "category_code"]
    return (
        pd.concat(parts, ignore_index=True)
        .groupby(by, as_index=False)
        .agg(n_orders=("n_orders", "sum"), confidential=("confidential", "any"))
    )
